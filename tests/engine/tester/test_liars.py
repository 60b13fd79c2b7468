"""Answers that lie about themselves: no object of theirs is shown what was expected."""

from __future__ import annotations

import textwrap

import pytest
from helpers import edition

from autograder.grading import apart
from autograder.grading.kernel import Limits, Sandbox

REFERENCE = ["def f(x):\n    return 2 * x", "assert f(3) == 6"]
LIAR = """
    class Liar:
        def __eq__(self, other): return True
        def __ne__(self, other): return False
        def __lt__(self, other): return True
        __gt__ = __le__ = __ge__ = __contains__ = __lt__
        def __add__(self, other): return other
        __radd__ = __sub__ = __rsub__ = __mul__ = __rmul__ = __add__
        def __abs__(self): return 0
        def __hash__(self): return hash(6)
        def __enter__(self): return self
        def __exit__(self, *error): return True
        def equals(self, other): return True
        startswith = issubset = count = equals
        def __getattr__(self, name): return lambda *args: True
"""


@pytest.fixture(scope="module")
def folder():
    return edition()


def run(folder, answer, test, reference=None):
    """The execution of a test cell after an answer."""
    limits = Limits(cell_seconds=5)
    with (
        Sandbox(folder, limits) as sandbox,
        apart.Tester(sandbox, folder, limits, "", reference or REFERENCE) as tester,
    ):
        for cell in textwrap.dedent(answer).strip().split("\n---\n"):
            sandbox.execute(cell)
        return tester.run(textwrap.dedent(test).strip())


def passes(*args):
    execution = run(*args)
    return not execution.failed and not execution.problem


@pytest.mark.parametrize(
    "test",
    [
        "assert f(3) == 6",
        "assert 6 == f(3)",
        "assert not f(3) != 6",
        "assert 5 < f(3)",
        "assert abs(f(3) - 6) < 1e-9",
        "assert f(3) in [6]",
        "assert f(3) in {6}",
        "assert 6 in f(3)",
        "assert [f(3)] == [6]",
        "assert {'a': f(3)} == {'a': 6}",
        "assert (f(3), 1) == (6, 1)",
        "assert f(3).equals(6)",
        "assert f(3).startswith('6')",
        "assert f(3).issubset({6})",
        "assert f(3).count(6) == True",
        "import numpy as np\nnp.testing.assert_equal(f(3), 6)",
        "import numpy as np\nassert np.isclose(f(3), 6)",
        "import numpy as np\nassert (np.array([6, 7]) == f(3)).all()",
        "import math\nassert math.isclose(f(3), 6)",
        "import unittest\nunittest.TestCase().assertEqual(f(3), 6)",
        "import unittest\nunittest.TestCase().assertAlmostEqual(f(3), 6)",
        "with f(3) as x:\n    assert x is 6",
        "assert isinstance(f(3), int)",
        "assert type(f(3)) is int",
    ],
)
def test_a_lying_object_passes_no_test(folder, test):
    for result in ("Liar()", "Liar", "[Liar()][0]", "(lambda: Liar())()"):
        answer = f"{textwrap.dedent(LIAR)}\ndef f(x): return {result}"
        assert not passes(folder, answer, test)
    assert passes(folder, "def f(x): return 'no'", "assert f(3) == 'no'")


@pytest.mark.parametrize(
    "answer",
    [
        "class f(int):\n    def __new__(cls, x): return int.__new__(cls, 5)\n"
        "    def __eq__(self, other): return True",
        "def f(x): raise SystemExit",
        "def f(x): raise KeyboardInterrupt",
        "def f(x): exit()",
        "def f(x):\n    import os\n    os._exit(0)",
        "import builtins\nbuiltins.AssertionError = type('Nothing', (Exception,), {})\nf = len",
        "import sys\nsys.modules['numpy'].testing = None\ndef f(x): return 5",
        "import inspect\ndef f(x):\n    for frame in inspect.stack():\n"
        "        frame.frame.f_globals.update(f=lambda x: 6)\n    return 5",
        "get_ipython().run_cell = lambda *a, **k: type('R', (), {'success': True})()\nf = None",
        "import autograder_tester.notebook as n\n"
        'n.Notebook.serve = lambda *a: \'{"forget": [], "parts": []}\'',
        "import autograder_tester.notebook as n\nn.Notebook.serve = lambda *a: 'x' * 1000",
        "import autograder_tester.notebook as n\nn.Notebook.serve = lambda *a: None",
        "import autograder_tester.notebook as n\nn.to_text = lambda *a: '[' * 10**7",
        "assert_equal = print\ncheck = print\nassertion = print",
        "import builtins\nbuiltins.f = lambda x: 6 if False else 5",
    ],
)
def test_no_trick_passes(folder, answer):
    assert not passes(folder, answer, "import numpy as np\nassert f(3) == 6")


def test_an_assertion_of_a_callback_cannot_be_swallowed(folder):
    answer = """
        def each(visit):
            try:
                visit(1)
            except BaseException:
                pass
    """
    test = "def visit(x): assert x == 2\neach(visit)"
    assert not passes(folder, answer, test)


def test_an_answer_raises_no_assertion_error_and_no_end(folder):
    test = """
        try:
            f(1)
        except AssertionError:
            print('seen')
        except Exception as error:
            print(type(error).__name__, isinstance(error, AssertionError))
    """
    for name in ("AssertionError", "SystemExit", "KeyboardInterrupt"):
        execution = run(folder, f"def f(x): raise {name}", test)
        assert [output["text"] for output in execution.outputs] == [f"{name} False\n"]


def test_an_answer_cannot_replace_helpers_of_the_instructor_or_modules(folder):
    reference = ["def check(x): assert x == 1", "from math import isclose", *REFERENCE]
    answer = "check = print\ndef isclose(*a): return True\nimport math\nmath.isclose = isclose"
    limits = Limits(cell_seconds=5)
    with (
        Sandbox(folder, limits) as sandbox,
        apart.Tester(sandbox, folder, limits, "", reference) as tester,
    ):
        tester.provide(reference[0])
        sandbox.execute(answer)
        assert tester.run("check(2)").failed
        assert tester.run("assert isclose(1, 2)").failed
        assert not tester.run("check(1)\nassert isclose(1, 1)").failed


@pytest.mark.parametrize(
    "reply",
    [
        "({'f': f, 'check': print, 'np': print, 'len': print}, {})",
        "({'f': f}, {'helper.py': b'x', '../x.txt': b'x', 'x.txt': b'x'})",
    ],
)
def test_the_tester_takes_no_more_than_it_asked_for(tmp_path, reply):
    answer = f"""
        import autograder_tester.notebook as notebook
        def f(x): return 5
        notebook.Notebook._do_names = lambda self, names, files: {reply}
    """
    reference = ["def check(x): assert x == 6", *REFERENCE]
    test = """
        import os
        assert f(3) == 5 and os.listdir() == []
        assert len([1]) == 1
    """
    limits = Limits(cell_seconds=5)
    with (
        Sandbox(tmp_path, limits) as sandbox,
        apart.Tester(sandbox, tmp_path, limits, "", reference) as tester,
    ):
        tester.provide(reference[0])
        sandbox.execute(textwrap.dedent(answer))
        execution = tester.run(textwrap.dedent(test))
        assert not execution.failed, execution
        assert tester.run("check(f(3))").failed


def test_what_the_test_expects_does_not_reach_the_answer(folder):
    """Names that the solution's functions do not read stay where they are."""
    answer = "expected = None\ndef f(x):\n    return expected"
    assert not passes(folder, answer, "expected = 6\nassert f(3) == expected")


def test_random_numbers_of_the_test_are_its_own_choice(folder):
    answer = "import random\ndef f(x):\n    random.seed(0)\n    return 0"
    test = """
        import random
        random.seed(7)
        f(1)
        drawn = random.random()
        random.seed(7)
        assert drawn == random.random()
    """
    assert passes(folder, answer, test)


@pytest.mark.parametrize("suffix", ["py", "pkl", "so", "pth"])
def test_no_file_of_a_student_becomes_code(folder, suffix):
    answer = f"open('helper.{suffix}', 'w').write('raise SystemExit')\nf = None"
    test = f"import os\nassert os.path.exists('helper.{suffix}')"
    assert not passes(folder, answer, test)


def test_nothing_of_a_student_is_unpickled(folder):
    answer = """
        import pickle
        class Evil:
            def __reduce__(self): return (print, ('pwned',))
        with open('data.dat', 'wb') as file:
            pickle.dump(Evil(), file)
    """
    execution = run(folder, answer, "import pickle\npickle.load(open('data.dat', 'rb'))")
    assert execution.failed
    assert "pwned" not in str(execution.outputs)
