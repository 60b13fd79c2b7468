"""Attacks on hand-written tests out of reach: results that lie about themselves, and exceptions.

What bites among the answers gains nothing here, and everybody's later test keeps its point.
"""

from __future__ import annotations

import pytest
from helpers.tester_attacks import FINE, QUICK, TASKS, Attack, check, marks

EVERYTHING_IS_EQUAL = """
class Lie(KIND):
    __eq__ = __le__ = __ge__ = __lt__ = __gt__ = __contains__ = lambda self, other: True
    __ne__ = lambda self, other: False
    __sub__ = __rsub__ = __mul__ = __rmul__ = lambda self, other: Lie()
    __abs__ = __round__ = lambda self, *digits: Lie()
    __hash__ = lambda self: hash(2)
    __bool__ = lambda self: True
    __float__ = lambda self: 7.0
    __index__ = __int__ = lambda self: 6
"""
ANSWER = "\ndef f(x):\n    return Lie()\n"


def lie(kind: str, more: str = "") -> str:
    """An answer that returns an object of a subclass of `kind`, equal to everything."""
    return EVERYTHING_IS_EQUAL.replace("KIND", kind) + more + ANSWER


ATTACKS = {
    "object": Attack("number", lie("object"), True),
    "an object near": Attack("near", lie("object"), True),
    "float": Attack("near", lie("float"), True),
    "int": Attack("number", lie("int"), True),
    "str": Attack("words", lie("str"), True),
    "list": Attack("number", lie("list"), True),
    "dict": Attack(
        "containers",
        lie("dict", "    __getitem__ = lambda self, key: Lie()\n    __len__ = lambda self: 2\n"),
    ),
    "set": Attack("types", lie("set")),
    "tuple": Attack("number", lie("tuple"), True),
    "complex": Attack("number", lie("complex"), True),
    "exception": Attack("number", lie("ValueError"), True),
    "class with a lying metaclass": Attack(
        "types",
        EVERYTHING_IS_EQUAL.replace("KIND", "type")
        + """
    __instancecheck__ = lambda cls, value: True

def f(x):
    return Lie("int", (int,), {"__class__": int})
""",
    ),
    "says that its class is int": Attack(
        "types", lie("object", "    __class__ = property(lambda self: int)\n")
    ),
    "has every attribute": Attack(
        "containers", lie("object", "    __getattr__ = lambda self, name: (lambda *args: Lie())\n")
    ),
    "a list of every number": Attack(
        "containers",
        lie(
            "object", "    __iter__ = lambda self: iter(range(100))\n    __len__ = lambda self: 2\n"
        ),
    ),
    "an array": Attack(
        "numpy",
        """
        import numpy as np
        class Lie(np.ndarray):
            def __array_ufunc__(self, *args, **kwargs): return np.bool_(True)
            def __array_function__(self, *args, **kwargs): return True
            __eq__ = lambda self, other: np.bool_(True)
            shape = (1,)
        def f(x):
            return np.zeros(1).view(Lie)
        """,
    ),
    "makes itself an array": Attack(
        "numpy",
        """
        import numpy as np
        class Lie:
            shape, ndim, size, dtype = (1,), 1, 1, np.dtype(float)
            def __array__(self, *args, **kwargs): return np.zeros(1)
            def __array_ufunc__(self, *args, **kwargs): return np.bool_(True)
            def __array_function__(self, *args, **kwargs): return True
            __array_interface__ = __array_priority__ = 1e9
        def f(x):
            return Lie()
        """,
    ),
    "numbers of a lying class in an array": Attack(
        "numpy", "import numpy as np\n" + lie("object") + "    return np.array([Lie()])"
    ),
    "a module": Attack("number", "import math\nmath.__eq__ = True\nf = math"),
    "equal when it is asked again": Attack(
        "near", lie("object", "    __abs__ = lambda self: -1\n    __neg__ = __abs__\n"), True
    ),
    "an endless generator": Attack(
        "all", "def f(x):\n    while True:\n        yield x", limits=QUICK
    ),
    "an iterator that waits": Attack(
        "containers",
        "import time\nclass F:\n    def __iter__(self): time.sleep(100)\n    __len__ = __iter__\n"
        "def f(x):\n    return F()",
        limits=QUICK,
    ),
    "a text that waits": Attack(
        "number",
        """
        class Late(ValueError):
            def __str__(self):
                while True: pass
            __repr__ = _render_traceback_ = __str__
        def f(x):
            raise Late
        """,
        limits=QUICK,
    ),
    "AssertionError": Attack("raises", "def f(x):\n    raise AssertionError"),
    "AssertionError of the answer's own": Attack(
        "number",
        "import builtins\nclass AssertionError(ValueError): pass\n"
        "builtins.AssertionError = AssertionError\ndef f(x):\n    raise AssertionError",
    ),
    "ValueError for everything": Attack("raises", "def f(x):\n    raise ValueError"),
    "StopIteration": Attack("all", "def f(x):\n    raise StopIteration", True),
    "StopIteration of a subclass": Attack(
        "all", "class Stop(StopIteration): pass\ndef f(x):\n    raise Stop", True
    ),
    "SkipTest": Attack("unittest", "import unittest\ndef f(x):\n    raise unittest.SkipTest", True),
    "SkipTest of a subclass": Attack(
        "unittest",
        "import unittest\nclass Skip(unittest.SkipTest): pass\ndef f(x):\n    raise Skip",
        True,
    ),
    "SystemExit": Attack("unittest", "def f(x):\n    raise SystemExit(0)"),
    "KeyboardInterrupt": Attack("raises", "def f(x):\n    raise KeyboardInterrupt"),
    "GeneratorExit": Attack("all", "def f(x):\n    raise GeneratorExit"),
    "an operator that accepts what it must refuse": Attack(
        "vector",
        """
        class Vector:
            def __init__(self, x):
                self.x = x
            def __add__(self, other):
                return Vector(self.x + getattr(other, "x", 0))
        """,
    ),
}


@pytest.mark.parametrize("name", TASKS)
def test_a_right_answer_gets_everything(name):
    """But for a test that takes a refused operator for what it expects: it stays in place."""
    expected = {**FINE, "attacked": 0.0} if name == "vector" else FINE
    assert marks(TASKS[name], TASKS[name].solution) == expected


@pytest.mark.parametrize("attack", ATTACKS.values(), ids=ATTACKS.keys())
def test_an_attack_gains_nothing(attack):
    check(attack, TASKS[attack.task])


@pytest.mark.parametrize(
    "attack", [pytest.param(item, id=name) for name, item in ATTACKS.items() if item.bites]
)
def test_among_the_answers_it_would(attack):
    assert marks(TASKS[attack.task], attack.cells, False, attack.limits)["attacked"] > 0
