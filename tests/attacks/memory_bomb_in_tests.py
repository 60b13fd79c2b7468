"""Takes all memory in a test, and holds on to it.

place: answer
honest: affine 0, halve 3, q_linear 1
"""

kept = []


def affine_forward(x, w, b):
    for _ in range(300):
        kept.append(bytearray(b"x") * 10_000_000)
    raise SystemExit(f"BREACH {len(kept)}")
