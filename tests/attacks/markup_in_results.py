"""Returns objects, and raises exceptions, whose names are markup and formulas that are links.

place: answer
honest: affine 0, halve 3, q_linear 1
"""

import itertools

count = itertools.count()
ACT = "<script>alert(1)</script><img src=x onerror=alert(1)>"
LINK = r"$\href{javascript:alert(1)}{x}$ `<b onclick=alert(1)>`"


def affine_forward(x, w, b):
    number = next(count)
    if number == 3:
        raise ValueError(ACT + LINK)
    name = (ACT, LINK, r"\(\href{javascript:alert(1)}{x}\)")[number]
    return type(name, (), {"sum": lambda self: self, "__float__": lambda self: 1 / 0})(), ()
