"""Lets Python recurse without end, until the stack or the memory is used up.

place: start
honest: affine 0, halve 3, q_linear 1
"""

import sys

sys.setrecursionlimit(2**31 - 1)


def deeper(values):
    return deeper([*values, values, *map(lambda item: item, values)][-3:])


class Deep:
    def __repr__(self):
        return repr(self)


try:
    print(repr(Deep()))
finally:
    deeper([])
