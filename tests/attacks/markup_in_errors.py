"""Raises exceptions whose name, text, file and line are markup, coloured by broken codes.

place: start
honest: affine 0, halve 3, q_linear 1
"""

ACT = "<script>alert(1)</script><img src=x onerror=alert(1)>"
CODES = (
    "\x1b[38;5;"
    + "9" * 5000
    + "m\x1b[48;2;1;2m\x1b[;;;;m\x1b[38;2;999;0;0m\x1b[999m\x1b["
    + "1" * 9000
)
Named = type(ACT, (Exception,), {"__module__": ACT})
exec(compile("def " + "f(error): raise error", ACT, "exec"))
f(Named(ACT + CODES))  # noqa: F821
