"""Honest answers in unusual styles: the same marks out of reach as in the student's process."""

from __future__ import annotations

import pytest
from helpers.tester_attacks import FINE, TASKS, Task, marks

MORE = {
    **TASKS,
    "sequence": Task(
        "def f(n):\n    return list(range(n))",
        "assert list(f(3)) == [0, 1, 2]\nassert [x for x in f(2)] == [0, 1] and sum(f(4)) == 6",
    ),
    "counts": Task(
        "def f(text):\n    return {c: text.count(c) for c in text}",
        "assert f('aab') == {'a': 2, 'b': 1}\nassert isinstance(f('a'), dict) and f('b')['b'] == 1",
    ),
    "factory": Task(
        "def f(n):\n    return lambda x: x + n", "add = f(2)\nassert add(5) == 7 and f(-1)(1) == 0"
    ),
    "stack": Task(
        """
        class Stack:
            def __init__(self): self.items = []
            def push(self, x): self.items.append(x)
            def top(self): return self.items[-1]
            def ask(self, x): return x in self.items
            def __len__(self): return len(self.items)
        """,
        """
        s = Stack()
        s.push(3)
        s.push(4)
        assert len(s) == 2 and s.top() == 4 and s.items == [3, 4] and s.ask(3)
        assert len(Stack()) == 0
        """,
    ),
    "money": Task(
        """
        class Money:
            def __init__(self, n): self.n = n
            def __add__(self, other): return Money(self.n + other.n)
            def __eq__(self, other): return self.n == other.n
        """,
        "assert Money(1) + Money(2) == Money(3)\n"
        "assert not Money(1) == Money(2) and Money(4).n == 4",
    ),
    "resource": Task(
        """
        class Opened:
            def __enter__(self):
                self.open = True
                return self
            def __exit__(self, *error):
                self.open = False
        """,
        "with Opened() as o:\n    assert o.open\nassert not o.open",
    ),
    "fetched": Task(DOUBLE := "def f(x):\n    return 2 * x", "x = 3\nassert f(x) == 6"),
    "state": Task(
        "calls = 0\ndef f():\n    global calls\n    calls += 1\n    return calls",
        "calls = 0\nassert f() == 1 and calls == 1\ncalls = 5\nassert f() == 6 and calls == 6",
    ),
    "ends": Task(
        "def f(n):\n    return iter(range(n))",
        "it = f(1)\nassert next(it) == 0\ntry:\n    next(it)\n    raise AssertionError\n"
        "except StopIteration:\n    pass\nassert list(f(2)) == [0, 1] and next(f(0), 7) == 7",
    ),
    "written": Task(
        "def f(path, text):\n    open(path, 'w').write(text)",
        "f('./note.txt', 'hello')\nassert open('./note.txt').read() == 'hello'",
    ),
    "rewritten": Task(
        "def f():\n    return open('input.txt').read()[::-1]",
        "open('input.txt', 'w').write('abc')\nassert f() == 'cba'",
    ),
}
ANSWERS = {
    "scalars of numpy": ("near", "import numpy as np\ndef f(x):\n    return np.float64(x) * 2"),
    "a fraction": ("near", "from fractions import Fraction\ndef f(x):\n    return Fraction(x) * 2"),
    "a subclass of float": ("near", "class X(float): pass\ndef f(x):\n    return X(2 * x)"),
    "single precision": (
        "numpy",
        "import numpy as np\ndef f(x):\n    return np.add(x, x, dtype=np.float32)",
    ),
    "a lambda": ("number", "f = lambda x: x + x"),
    "a partial function": (
        "number",
        "from functools import partial\nimport operator\nf = partial(operator.mul, 2)",
    ),
    "an object that can be called": (
        "number",
        "class F:\n    def __call__(self, x):\n        return 2 * x\nf = F()",
    ),
    "a class": ("number", "class f(int):\n    def __new__(cls, x):\n        return 2 * x"),
    "a bound method": ("number", "f = (2).__mul__"),
    "a decorator": (
        "number",
        "def twice(g):\n    def inner(*args, **options):\n        return 2 * g(*args, **options)\n"
        "    return inner\n@twice\ndef f(x):\n    return x",
    ),
    "a cache": (
        "number",
        "from functools import lru_cache\n@lru_cache\ndef f(x):\n    return x and 2 + f(x - 1) "
        "if x > 0 else 2 * x",
    ),
    "a global table": ("number", "table = {}\ndef f(x):\n    return table.setdefault(x, 2 * x)"),
    "a tuple": ("sequence", "def f(n):\n    return tuple(range(n))"),
    "a generator": ("sequence", "def f(n):\n    yield from range(n)"),
    "an array": ("sequence", "import numpy as np\ndef f(n):\n    return np.arange(n)"),
    "an iterator of its own": (
        "sequence",
        "class Up:\n    def __init__(self, n): self.n, self.k = n, -1\n"
        "    def __iter__(self): return self\n    def __next__(self):\n        self.k += 1\n"
        "        if self.k == self.n: raise StopIteration\n        return self.k\nf = Up",
    ),
    "a deque": ("sequence", "from collections import deque\ndef f(n):\n    return deque(range(n))"),
    "a Counter": ("counts", "from collections import Counter as f"),
    "an OrderedDict": (
        "counts",
        "from collections import OrderedDict\ndef f(text):\n"
        "    return OrderedDict((c, text.count(c)) for c in text)",
    ),
    "a defaultdict": (
        "counts",
        "from collections import defaultdict\ndef f(text):\n    counts = defaultdict(int)\n"
        "    for c in text: counts[c] += 1\n    return counts",
    ),
    "a dictionary of its own": (
        "counts",
        "class D(dict): pass\ndef f(text):\n    return D({c: text.count(c) for c in text})",
    ),
    "a closure with state": (
        "factory",
        "def f(n):\n    def add(x):\n        nonlocal n\n        return x + n\n    return add",
    ),
    "a factory of objects": (
        "factory",
        "class f:\n    def __init__(self, n): self.n = n\n"
        "    def __call__(self, x): return x + self.n",
    ),
    "properties and a base class": (
        "stack",
        """
        class Base:
            def __init__(self): self._items = []
            def __len__(self): return len(self._items)
        class Stack(Base):
            @property
            def items(self): return list(self._items)
            def push(self, x): self._items.append(x)
            def top(self): return self._items[-1]
            def ask(self, x): return x in self._items
        """,
    ),
    "a stack that is a list": (
        "stack",
        "class Stack(list):\n    push = list.append\n    def top(self): return self[-1]\n"
        "    def ask(self, x): return x in self\n    items = property(list)",
    ),
    "a dataclass": (
        "money",
        "from dataclasses import dataclass\n@dataclass(frozen=True)\nclass Money:\n    n: int\n"
        "    def __add__(self, other): return Money(self.n + other.n)",
    ),
    "a named tuple": (
        "money",
        "from typing import NamedTuple\nclass Money(NamedTuple):\n    n: int\n"
        "    def __add__(self, other): return Money(self.n + other.n)",
    ),
    "a manager of contexts": (
        "resource",
        "from contextlib import contextmanager\nfrom types import SimpleNamespace\n"
        "@contextmanager\ndef Opened():\n    o = SimpleNamespace(open=True)\n    yield o\n"
        "    o.open = False",
    ),
    "a large variable of that name": (
        "fetched",
        f"import numpy as np\nx = np.zeros(10**7)\nexpected = x\n---\n{DOUBLE}",
    ),
    "state in a global": ("state", MORE["state"].solution),
    "iterators that end": ("ends", "def f(n):\n    return (k for k in range(n))"),
    "a file": ("written", "from pathlib import Path\ndef f(p, t):\n    Path(p).write_text(t)"),
    "a file of the test": (
        "rewritten",
        "def f():\n    with open('input.txt') as file:\n"
        "        return ''.join(reversed(file.read()))",
    ),
    "a file with its own copy": (
        "data",
        "open('copy.csv', 'w').write(open('data.csv').read())\n---\n"
        "import numpy as np\ndef f():\n    return np.loadtxt('copy.csv', skiprows=1).sum()",
    ),
    "exceptions of its own": (
        "raises",
        "class Negative(ValueError): pass\n"
        "def f(x):\n    if x < 0: raise Negative(x)\n    return 2 * x",
    ),
}


@pytest.mark.parametrize("name", ANSWERS)
def test_marks_are_the_same(name):
    task, cells = ANSWERS[name]
    here = marks(MORE[task], cells, apart=False)
    assert here == FINE
    assert marks(MORE[task], cells) == FINE
