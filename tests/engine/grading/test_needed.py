"""Which cells a mark needs: each claim is tried by running the cells with and without one."""

from __future__ import annotations

import contextlib
import os
import sys
import types

import matplotlib.pyplot as plt
import numpy as np
import pytest

from autograder.grading.needed.cells import Part, _Notebook, left_out
from autograder.grading.needed.library import Library

SETUP = """\
import functools
import os
import matplotlib.pyplot as plt
import numpy as np
from lib import TABLE, count, numbers, pure
data = [1, 2, 3]
alias = data
pair = np.ones(2)
def total(numbers):
    return sum(numbers)
def forget():
    data.clear()
class Model:
    rate = 1
"""
LIB = """\
import functools
TABLE = [1, 2]
_seen = []
def pure(x):
    return x + 1
def count(x):
    _seen.append(x)
    return len(_seen)
def twice(x):
    return count(x)
def table():
    return TABLE
@functools.cache
def numbers():
    return [1]
def size() -> int:
    return len(TABLE)
class Counter:
    def __call__(self):
        return count(0)
"""
MATTERS = {
    "a name that the answer reads": ("k = 5", "k + 1"),
    "a name that a function reads": ("k = 5", "(lambda: k)()"),
    "a name that a loop binds": ("for k in range(3):\n    pass", "k"),
    "a module": ("import math", "math.pi"),
    "a function of the answer's": ("def total(numbers):\n    return 0", "total(data)"),
    "a list that gets longer": ("data.append(4)", "total(data)"),
    "a list, in a function": ("def more():\n    data.append(4)\nmore()", "total(data)"),
    "a list, by a function of the course": ("forget()", "total(data)"),
    "a list, in a loop": ("for i in range(2):\n    data[i] = 7", "data"),
    "a list, by its other name": ("alias[0] = 7", "data"),
    "a list, by a new name": ("other = alias\nother[0] = 7", "data"),
    "a list, by who gets it": ("np.random.default_rng(0).shuffle(data)", "data"),
    "an array, in place": ("pair += 1", "pair.sum()"),
    "an array, as an output": ("np.add(pair, 1, out=pair)", "pair.sum()"),
    "a part of the library": ("TABLE.append(3)", "len(TABLE)"),
    "a part of the library, by its module": (
        "import lib\ndef more(x):\n    x += [3]\nmore(lib.TABLE)", "len(TABLE)"
    ),
    "a state of the library": ("count(1)", "count(1)"),
    "a state of the library, through a function": ("from lib import twice\ntwice(1)", "count(1)"),
    "a state of the library, through an object": ("import lib\nlib.Counter()()", "count(1)"),
    "a list that the library hands out": (
        "import lib\nt = lib.table()\nt.append(3)", "len(TABLE)"
    ),
    "a list that the library keeps": (
        "t = numbers()\nt.append(3)", "numbers()"
    ),
    "an attribute of a function": ("total.calls = 3", "getattr(total, 'calls', 0)"),
    "an attribute of a class": ("Model.rate = 3", "Model().rate"),
    "the global generator": ("np.random.rand()", "np.random.rand()"),
    "its seed": ("np.random.seed(1)", "np.random.rand()"),
    "matplotlib's settings": ("plt.rcParams['font.size'] = 3", "plt.rcParams['font.size']"),
    "NumPy's settings": ("np.set_printoptions(precision=1)", "str(np.array([0.123]))"),
    "a file": ("with open('k.txt', 'w') as file:\n    file.write('k')", "os.path.exists('k.txt')"),
    "a file of NumPy's": ("np.save('k.npy', np.ones(2))", "os.path.exists('k.npy')"),
    "the environment": ("os.environ['K_OF_TEST'] = '1'", "os.environ.get('K_OF_TEST')"),
    "a name by its text": ("k = 5", "globals()['k']"),
    "a name in a text": ("k = 5", "eval('k')"),
}  # fmt: skip
WITH_ANSWERS = {
    "a mutable default": ("f()", "def f(seen=[]):\n    seen.append(1)\n    return len(seen)"),
    "a global": ("f()", "n = 0\ndef f():\n    global n\n    n += 1\n    return n"),
    "an attribute": ("f()", "def f():\n    f.n = getattr(f, 'n', 0) + 1\n    return f.n"),
    "a cache": (
        "f()",
        "import functools\nimport itertools\nc = itertools.count()\n@functools.cache\n"
        "def g(x):\n    return next(c)\ndef f():\n    return g(0) + next(c)",
    ),
    "a closure": (
        "f()",
        "def make():\n    n = [0]\n    def f():\n        n[0] += 1\n        return n[0]\n"
        "    return f\nf = make()",
    ),
    "a class": (
        "f()",
        "class C:\n    n = 0\n    def step(self):\n        type(self).n += 1\n        return C.n\n"
        "def f():\n    return C().step()",
    ),
    "an iterator": ("next(it)", "it = iter('abc')\ndef f():\n    return next(it)"),
    "the global generator": ("f()", "def f():\n    return np.random.rand()"),
    "a helper's state": (
        "f()", "log = []\ndef note():\n    log.append(1)\ndef f():\n    note()\n    return len(log)"
    ),
}  # fmt: skip
CONSTANTS = {
    "read by item": "C['k']",
    "read by method": "C.get('k')",
    "unpacked": "{**C, 'a': 1}",
    "copied": "dict(C)",
    "looped over": "[key for key in C]",
    "looked into": "'k' in C",
}
HANDED_ON = {
    "returned": "return C",
    "passed": "return str(id(C))",
    "changed": "C['k'] += 1\n    return C['k']",
    "renamed": "d = C\n    d['k'] += 1\n    return C['k']",
}
LEFT_OUT = {
    "a figure": "figure, ax = plt.subplots()\nax.plot([1, 2])\nplt.close(figure)",
    "an experiment": "rng = np.random.default_rng(0)\nx = rng.normal(size=3)\nprint(total(x))",
    "a function that has a name of the answer's for its own": "def g(data):\n    data.append(1)",
    "a comprehension": "print([data for data in 'ab'])",
    "what the library only looks into": "from lib import size\nprint(size())",
    "np.append": "print(np.append([1], 2), pure(3))",
    "its own list": "mine = [1]\nmine.append(2)\nmine[0] = 4",
    "an undefined name": "print(nowhere)",
    "a loop over the course's names": "for i in range(3):\n    print(i, total([i]))",
}
ANSWER = "value = 1\ndef f():\n    return total(data) + value"


@pytest.fixture(autouse=True)
def world(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("K_OF_TEST", raising=False)


def result(*cells):
    """What the last cell, an expression, gives after the others."""
    lib = types.ModuleType("lib")
    exec(LIB, lib.__dict__)
    np.random.seed(0)  # noqa: NPY002  (it is what is tried)
    sys.modules["lib"] = lib
    names: dict = {}
    try:
        with plt.rc_context(), np.printoptions(), contextlib.redirect_stdout(None):
            *before, last = cells
            for cell in before:
                with contextlib.suppress(NameError, KeyError):
                    exec(cell, names)
            try:
                return repr(eval(last, names))
            except (NameError, KeyError):
                return "a name is missing"
    finally:
        del sys.modules["lib"]
        os.environ.pop("K_OF_TEST", None)
        for file in os.listdir():
            os.remove(file)


def skipped(*cells, asked=("f",), ours=True):
    """Whether the second cell, which is plain, is left out."""
    setup, plain, *rest = cells
    parts = [Part("setup", setup), Part("plain", plain, plain=True)]
    parts += [Part(f"cell {i}", cell, ours=ours) for i, cell in enumerate(rest)]
    library = Library.of({"lib.py": LIB.encode()})
    return "plain" in left_out([*parts, Part("test", "", asked=asked)], library)


@pytest.mark.parametrize(("plain", "read"), MATTERS.values(), ids=MATTERS)
def test_a_cell_that_matters_runs(plain, read):
    answer = f"def f():\n    return {read}"
    assert result(SETUP, plain, answer, read) != result(SETUP, answer, read)
    assert not skipped(SETUP, plain, answer)
    assert not skipped(SETUP, plain, f"value = {read}", ours=False)


@pytest.mark.parametrize(("plain", "answer"), WITH_ANSWERS.values(), ids=WITH_ANSWERS)
def test_a_cell_runs_that_calls_an_answer_with_a_state(plain, answer):
    setup = f"{SETUP}{answer}\n"
    assert result(setup, plain, "f()") != result(setup, "f()")
    assert not skipped(setup, plain, "pass")


@pytest.mark.parametrize("use", CONSTANTS.values(), ids=CONSTANTS)
def test_constants_in_a_dict_that_is_only_read_are_no_state(use):
    answer = f"C = {{'k': 1, 'x': -2.5}}\ndef f():\n    return {use}"
    assert skipped(f"{SETUP}{answer}", "print(f())", "pass")
    assert not skipped(f"{SETUP}{answer}", "print(f())\nC['k'] = 2", "pass")
    nested = answer.replace("-2.5", "[1]")
    assert not skipped(f"{SETUP}{nested}", "print(f())", "pass")


@pytest.mark.parametrize("made", ["slice(1)", "range(3)", "float('inf')", "'k'", "(1, 2)"])
def test_what_cannot_be_changed_is_no_state(made):
    answer = f"C = {made}\ndef f():\n    return [1, 2, C]"
    assert skipped(f"{SETUP}{answer}", "print(f())", "pass")


@pytest.mark.parametrize("use", HANDED_ON.values(), ids=HANDED_ON)
def test_constants_that_are_handed_on_may_change(use):
    answer = f"C = {{'k': 1}}\ndef f():\n    {use}"
    assert not skipped(f"{SETUP}{answer}", "print(f())", "pass")


@pytest.mark.parametrize("plain", LEFT_OUT.values(), ids=LEFT_OUT)
def test_a_cell_that_does_not_matter_is_left_out(plain):
    assert result(SETUP, plain, ANSWER, "f()") == result(SETUP, ANSWER, "f()")
    assert skipped(SETUP, plain, ANSWER)
    assert skipped(SETUP, plain, ANSWER, ours=False)


def test_a_name_that_a_cell_binds_before_it_reads_it_is_its_own():
    plain = Part("k", "k = 1", plain=True)
    for sure in ("k = 2\nprint(k)", "for k in x:\n    print(k)", "with x as k:\n    k.y", "k = 2"):
        assert left_out([plain, Part("own", sure, ours=False)], Library()).keys() == {"k"}
    for unsure in (
        "k += 1", "if x:\n    k = 2\nprint(k)", "def g():\n    k = 2\nprint(k)", "print(k)\nk = 2",
        "try:\n    k = 2\nfinally:\n    print(k)", "while x:\n    k = 2\nprint(k)", "k = k or 2",
    ):  # fmt: skip
        assert left_out([plain, Part("own", unsure, ours=False)], Library()) == {}, unsure


def test_a_cell_runs_for_another_that_runs():
    chain = [Part("a", "x = 1", plain=True), Part("b", "y = x", plain=True)]
    chain += [Part("c", "z = x", plain=True), Part("d", "print(y)", ours=False)]
    assert left_out(chain, Library()) == {"c": {"z"}}


LOOKS = [
    "%whos", "!ls", "%%time\nx = 1", "x?", "_", "Out[1]", "get_ipython().user_ns", "vars()",
    "dir()", "import inspect\ninspect.currentframe()", "import gc\ngc.get_objects()",
    "x = 1;\n  y = 2\n%timeit x",
]  # fmt: skip


@pytest.mark.parametrize("own", LOOKS)
def test_all_cells_run_beside_one_that_may_look_at_everything(own):
    assert not skipped(SETUP, "y = 1", own, ours=False)
    assert skipped(SETUP, "y = 1", "print(1)", ours=False)


@pytest.mark.parametrize("source", ["def f(:\n  pass", "x = = 1", "for", "'''open", "x = 3 % 2 +"])
def test_a_cell_that_is_no_python_needs_nothing(source):
    assert skipped(SETUP, "y = 1", source, ours=False)


@pytest.mark.parametrize("setting", ["%matplotlib inline", "%load_ext autoreload\n%autoreload 2"])
def test_a_cell_that_sets_something_up_runs_and_hides_nothing(setting):
    parts = [Part("s", setting, plain=True), Part("p", "y = 1", plain=True), Part("a", "x = 1")]
    assert left_out(parts, Library()).keys() == {"p"}


HOSTILE = {
    "a chain of names": ["".join(f"a{i + 1} = a{i}\n" for i in range(20_000))],
    "a shorter chain": ["".join(f"a{i + 1} = a{i}\n" for i in range(900))],
    "a chain of functions": ["".join(f"def f{i + 1}(): f{i}()\n" for i in range(800))],
    "many short cells": ["x"] * 5_000,
    "deep": ["x = " + "[" * 150 + "]" * 150],
    "deeper": ["x = " + "(" * 5_000],
    "a long sum": ["x = " + "+".join("1" * 9_000)],
    "a long line": ["x = 1;" * 3_000],
    "a null": ["x = '\0'"],
    "half a character": ["x = '\ud800'"],
}


@pytest.mark.parametrize("cells", HOSTILE.values(), ids=HOSTILE)
def test_what_a_student_writes_bounds_the_work(cells, monkeypatch):
    visited = [0]
    follow = _Notebook._follow

    def count(self, names, through):
        visited[0] += len(reached := follow(self, names, through))
        return reached

    monkeypatch.setattr(_Notebook, "_follow", count)
    skipped(SETUP, "y = 1", *cells, ours=False)
    assert visited[0] < 2_000_000
