"""Raises from very deep, with fifty causes, and a line of 200 kB.

place: start
honest: affine 0, halve 3, q_linear 1
"""

error = None
for _number in range(50):
    try:
        raise ValueError("x" * 1000) from error
    except ValueError as caught:
        error = caught
exec("def deeper(n):\n    return deeper(n - 1) if n else 1 / 0  #" + "x" * 200_000)
try:
    deeper(500)  # noqa: F821
except ZeroDivisionError as last:
    raise last from error
