"""A test cell gives the same verdict apart as in the student's process: each kind of cell."""

from __future__ import annotations

import textwrap
from typing import NamedTuple

import pytest
from helpers import edition

from autograder.grading import apart
from autograder.grading.kernel import Limits, Sandbox

LIMITS = Limits(cell_seconds=20)


class Kind(NamedTuple):
    """right, wrong : answers; test : the cell; provided : a locked cell before the answer."""

    right: str
    wrong: str
    test: str
    provided: str = ""


KINDS = {
    "a function": Kind(
        "def double(x): return 2 * x",
        "def double(x): return x + 2",
        "assert double(3) == 6\nassert double('a') == 'aa'",
    ),
    "a variable": Kind("total = 10", "total = '10'", "assert total == 10"),
    "digests": Kind(
        "words = ['a', 'b']",
        "words = ('a', 'b')",
        """
        import hashlib, json
        text = json.dumps(words) + type(words).__name__
        assert hashlib.sha256(text.encode()).hexdigest().startswith('5734ffb72e7ad4ea')
        """,
    ),
    "types": Kind(
        "def f(x): return (x, [x])",
        "def f(x): return [x, (x,)]",
        "assert type(f(1)) == tuple and isinstance(f(1)[1], list)",
    ),
    "arrays": Kind(
        "import numpy as np\ndef norm(x): return np.sqrt((x ** 2).sum())",
        "import numpy as np\ndef norm(x): return float((x ** 2).sum())",
        """
        np.testing.assert_allclose(norm(np.array([3.0, 4.0])), 5)
        assert isinstance(norm(np.ones(2)), np.floating)
        """,
    ),
    "an import of an answer": Kind(
        "from math import isclose\ndef third(): return 1 / 3",
        "from math import isclose\ndef third(): return 1 / 4",
        "assert isclose(third(), 0.3333, rel_tol=1e-3)",
    ),
    "helpers of the instructor": Kind(
        "def square(x): return x * x",
        "def square(x): return x",
        "check(square, [(2, 4), (3, 9)])",
        """
        def check(function, cases):
            for case, expected in cases:
                assert function(case) == expected
        """,
    ),
    "data that the answer changes": Kind(
        "basket['rice'] = 2",
        "basket['Rice'] = 2",
        "assert basket == {'milk': 1, 'rice': 2}",
        "basket = {'milk': 1}",
    ),
    "a shared seed": Kind(
        "import random\ndef roll(): return [random.randint(1, 6) for _ in range(3)]",
        "import random\ndef roll(): return [random.randint(0, 6) for _ in range(3)]",
        """
        random.seed(5)
        expected = [random.randint(1, 6) for _ in range(3)]
        random.seed(5)
        assert roll() == expected
        """,
    ),
    "a callback": Kind(
        "def twice(f, x): return f(f(x))",
        "def twice(f, x): return f(x)",
        "assert twice(lambda x: x + 1, 1) == 3\nassert twice(str.upper, 'a') == 'A'",
    ),
    "a function that is returned": Kind(
        "def adder(n):\n    return lambda x: x + n",
        "def adder(n):\n    return lambda x: x - n",
        "add = adder(2)\nassert callable(add) and add(5) == 7",
    ),
    "objects": Kind(
        """
        class Stack:
            '''A stack.'''
            def __init__(self): self.items = []
            def push(self, x): self.items.append(x); return self
            def pop(self): return self.items.pop()
            def __len__(self): return len(self.items)
            @property
            def top(self): return self.items[-1]
        """,
        """
        class Stack:
            '''A stack.'''
            def __init__(self): self.items = []
            def push(self, x): self.items.insert(0, x); return self
            def pop(self): return self.items.pop()
            def __len__(self): return len(self.items)
            @property
            def top(self): return self.items[-1]
        """,
        """
        s = Stack()
        assert isinstance(s, Stack) and type(s).__name__ == 'Stack' and len(s) == 0
        assert s.push(1) is s
        s.push(2)
        assert s.top == 2 and s.items == [1, 2]
        s.items.append(3)
        assert s.pop() == 3 and len(s) == 2
        s.items = [7]
        assert hasattr(s, 'top') and not hasattr(s, 'bottom') and s.pop() == 7
        assert Stack.__doc__ == 'A stack.'
        """,
    ),
    "operators between objects": Kind(
        """
        class V:
            def __init__(self, x): self.x = x
            def __add__(self, other): return V(self.x + other.x)
            def __eq__(self, other): return self.x == other.x
        """,
        """
        class V:
            def __init__(self, x): self.x = x
            def __add__(self, other): return V(self.x - other.x)
            def __eq__(self, other): return self.x == other.x
        """,
        "assert V(1) + V(2) == V(3)\nassert V(1) != V(2)",
    ),
    "inheritance": Kind(
        "class A:\n    def f(self): return 1\nclass B(A):\n    pass",
        "class A:\n    def f(self): return 1\nclass B:\n    def f(self): return 1",
        "assert issubclass(B, A) and isinstance(B(), A) and B().f() == 1",
    ),
    "a named tuple": Kind(
        "from collections import namedtuple\nP = namedtuple('P', 'x y')\np = P(1, 2)",
        "from collections import namedtuple\nP = namedtuple('P', 'y x')\np = P(1, 2)",
        "assert p.x == 1 and p == (1, 2) and P(3, 4).y == 4 and p._fields == ('x', 'y')",
    ),
    "exceptions": Kind(
        "def f(x):\n    if x < 0:\n        raise ValueError('negative')\n    return x",
        "def f(x):\n    if x < 0:\n        raise TypeError('negative')\n    return x",
        """
        try:
            f(-1)
        except ValueError as error:
            assert str(error) == 'negative'
        else:
            raise AssertionError('no error')
        """,
    ),
    "an exception of the answer": Kind(
        "class Broke(Exception):\n    def __init__(self, n): super().__init__(n); self.n = n\n"
        "def pay(n): raise Broke(n)",
        "class Broke(Exception):\n    def __init__(self, n): super().__init__(n); self.n = 0\n"
        "def pay(n): raise Broke(n)",
        """
        try:
            pay(3)
        except Broke as error:
            assert error.n == 3 and error.args == (3,)
        """,
    ),
    "changes in place": Kind(
        "def clear(x): x.clear(); x.append(0)",
        "def clear(x): return [0]",
        "values = [1, 2]\nother = values\nclear(values)\nassert other == [0]",
    ),
    "identity": Kind(
        "def same(x): return x\ns = 'min'",
        "def same(x): return list(x)\ns = 'min'",
        "values = [1]\nassert same(values) is values\nassert s is 'min'",
    ),
    "a global that the answer changes": Kind(
        "count = 0\ndef tick():\n    global count\n    count += 1",
        "count = 0\ndef tick():\n    count = 1",
        "count = 5\ntick()\ntick()\nassert count == 7",
    ),
    "a global that the test sets": Kind(
        "rate = 1\ndef price(x): return x * rate",
        "rate = 1\ndef price(x): return x",
        "rate = 3\nassert price(2) == 6",
    ),
    "generators": Kind(
        "def count(n):\n    for i in range(n):\n        yield i",
        "def count(n):\n    return list(range(n))",
        """
        import types
        numbers = count(3)
        assert isinstance(numbers, types.GeneratorType)
        assert next(numbers) == 0 and list(numbers) == [1, 2]
        """,
    ),
    "an iterator as argument": Kind(
        "def first(it): return next(it)",
        "def first(it): return list(it)[-1]",
        "numbers = iter([1, 2])\nassert first(numbers) == 1 and next(numbers) == 2",
    ),
    "printed text": Kind(
        "def hello(): print('hello')",
        "def hello(): return 'hello'",
        """
        import contextlib, io
        with contextlib.redirect_stdout(io.StringIO()) as text:
            hello()
        assert text.getvalue() == 'hello\\n'
        """,
    ),
    "input": Kind(
        "def ask(): return int(input('n?')) + 1",
        "def ask(): return input('n?')",
        """
        from unittest.mock import patch
        with patch('builtins.input', return_value='4') as mocked:
            assert ask() == 5
        mocked.assert_called_once_with('n?')
        """,
    ),
    "names and texts": Kind(
        "radius = 2\narea = 12",
        "radius = 2\nAREA = 12",
        "assert 'area' in globals() and 'area' in dir() and eval('area + radius') == 14",
    ),
    "source and signature": Kind(
        "def f(a, b=2):\n    'Adds.'\n    return a + b",
        "def f(a, b=3):\n    'Adds.'\n    return a + b",
        """
        import inspect
        assert '+' in inspect.getsource(f) and f.__doc__ == 'Adds.' and f.__name__ == 'f'
        assert inspect.signature(f).parameters['b'].default == 2
        """,
    ),
    "a magic": Kind("def f(): return 1", "def f(): return 2", "%time x = f()\nassert x == 1"),
    "a file that the answer writes": Kind(
        "open('out.txt', 'w').write('done')",
        "open('out.txt', 'w').write('do')",
        "assert open('out.txt').read() == 'done'",
    ),
    "a file that the test writes": Kind(
        "def size(name): return len(open(name).read())",
        "def size(name): return len(name)",
        """
        with open('made.txt', 'w') as file:
            file.write('abc')
        assert size('made.txt') == 3
        """,
    ),
    "a file in memory": Kind(
        "def lines(file): return [line.strip() for line in file]",
        "def lines(file): return list(file)",
        "import io\nassert lines(io.StringIO('a\\nb\\n')) == ['a', 'b']",
    ),
    "an enumeration": Kind(
        "import enum\nclass Color(enum.Enum):\n    RED = 1\ndef pick(): return Color.RED",
        "import enum\nclass Color(enum.Enum):\n    RED = 1\ndef pick(): return 'RED'",
        "assert pick() is Color.RED and pick().value == 1 and len(Color) == 1",
    ),
}


def dedented(kind):
    return Kind(*(textwrap.dedent(text).strip() for text in kind))


@pytest.fixture(scope="module")
def folder():
    return edition()


def verdicts(folder, kind, answer):
    """(in place, apart): whether the test passes."""
    reference = [text for text in (kind.provided, kind.right, kind.test) if text]
    results = []
    for out_of_reach in (False, True):
        with (
            Sandbox(folder, LIMITS) as sandbox,
            apart.Tester(sandbox, folder, LIMITS, "", reference) as tester,
        ):
            if kind.provided:
                sandbox.execute(kind.provided)
                tester.provide(kind.provided)
            sandbox.execute(answer)
            execution = (tester.run if out_of_reach else sandbox.execute)(kind.test)
            results.append(not execution.failed and not execution.problem)
    return tuple(results)


@pytest.mark.parametrize("name", KINDS)
def test_a_right_answer_passes_and_a_wrong_one_and_none_fail(folder, name):
    kind = dedented(KINDS[name])
    assert verdicts(folder, kind, kind.right) == (True, True)
    assert verdicts(folder, kind, kind.wrong) == (False, False)
    assert verdicts(folder, kind, "pass") == (False, False)
