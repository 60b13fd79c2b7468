"""Takes memory, up to three gigabytes, and keeps it while the cells below run.

place: start
honest: affine 0, halve 3, q_linear 1
"""

kept = []
try:
    for _ in range(300):
        kept.append(bytearray(b"x") * 10_000_000)
    print("BREACH", len(kept))
except MemoryError:
    del kept[-20:]  # leave a little for what must go on
del kept[20:]
