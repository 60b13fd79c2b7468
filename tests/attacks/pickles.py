"""Returns objects that do something when they are unpickled, or copied.

place: answer
honest: affine 0, halve 3, q_linear 1
"""

import numpy as np

COMMAND = "touch /tmp/@MARK@-pickle"


class Trap:
    def __reduce__(self):
        import os

        return os.system, (COMMAND,)

    def __deepcopy__(self, memo):
        raise KeyboardInterrupt

    __copy__ = None


def affine_forward(x, w, b):
    kind = np.dtype([("a", object)])
    return np.array([(Trap(),)] * 4, dtype=kind), (Trap(), [Trap()], {"x": Trap()})
