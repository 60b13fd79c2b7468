"""Returns arrays of each kind that NumPy has and the codec has not.

place: answer
honest: affine 0, halve 3, q_linear 1
"""

import numpy as np

kinds = iter(["U4", "S4", "M8[s]", "V8", [("a", "f8"), ("b", "O")], "m8[ns]"])


def affine_forward(x, w, b):
    shape = (len(x), len(b))
    odd = np.zeros(shape, dtype=np.dtype(next(kinds)))
    return odd, (np.zeros(3, ">f8"), np.float16(1), np.longdouble(1) / 3)
