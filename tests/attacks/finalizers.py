"""Leaves work for later: finalizers, weak references, exit handlers, a garbage hook.

place: start
honest: affine 0, halve 3, q_linear 1
"""

import atexit
import gc
import weakref

from IPython.display import display


def later(*arguments):
    globals()["affine_forward"] = lambda x, w, b: (x @ w, (x, w, b))
    display(6.0)


class Late:
    def __del__(self):
        later()


ring = [Late()]
ring.append(ring)
weakref.finalize(ring[0], later)
atexit.register(later)
gc.callbacks.append(lambda phase, info: later())
del ring
