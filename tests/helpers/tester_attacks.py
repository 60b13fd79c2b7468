"""A small notebook whose hand-written tests are attacked, out of reach or among the answers.

It has a task of the instructor's, which the attacker wants points for, and a second one that
everybody answers rightly: whatever an attack does, that one keeps its point.
"""

from __future__ import annotations

import json
import textwrap
import time
from dataclasses import dataclass, replace

import nbformat
from nbformat.v4 import new_code_cell, new_notebook

from autograder.grading.hand_in import HandedIn
from autograder.grading.kernel import Limits
from autograder.grading.released import Release
from autograder.grading.submission import Graded, grade, results_of
from helpers.plain_notebooks import code, test

__all__ = ["FINE", "LIMITS", "POINTS", "QUICK", "Attack", "Task", "check", "graded", "marks"]

LIMITS = Limits(
    cell_seconds=8, total_seconds=60, memory=1 << 30, file_size=16 << 20, output_bytes=100_000
)
QUICK = replace(LIMITS, cell_seconds=2)
"""For attacks that end by a time limit only."""
POINTS = 2.0
"""Of the test that is attacked."""
FINE = {"attacked": POINTS, "later": 1.0}
FILES = {"data.csv": b"x\n1\n2\n3\n"}


@dataclass(frozen=True)
class Task:
    """What the instructor wrote: the reference solution, and the test cell.

    locked : a cell before the answer; plain : one that students may change.
    """

    solution: str
    test: str
    locked: str = ""
    plain: str = ""


@dataclass(frozen=True)
class Attack:
    """Cells (between lines of ``---``) of a student who wants the points of a task.

    bites : among the answers it earns points, which is looked at; breaks : its own notebook, so
    that the later point may be lost as well; limits : of time and memory.
    """

    task: str
    cells: str
    bites: bool = False
    breaks: bool = False
    limits: Limits = LIMITS


def _text(source: str) -> str:
    return textwrap.dedent(source).strip()


def _release(task: Task, apart: bool) -> Release:
    locked = code(_text(task.locked))
    locked.metadata.nbgrader = {
        "schema_version": 3, "grade_id": "set_up", "grade": False, "solution": False,
        "task": False, "locked": True,
    }  # fmt: skip
    cells = [
        locked,
        code(_text(task.plain)),
        code(_text(task.solution), "answer"),
        test(_text(task.test), "attacked", POINTS),
        code("def triple(x):\n    return 3 * x", "second"),
        test("assert triple(4) == 12 and triple('a') == 'aaa'", "later", 1),
    ]
    for number, cell in enumerate(cells):
        cell.id = f"cell-{number}"
    source = new_notebook(cells=[cell for cell in cells if cell.source])
    notebook = json.loads(json.dumps(source))
    released = new_notebook(cells=[new_code_cell(**_fields(cell)) for cell in notebook["cells"]])
    for cell in released.cells:
        if cell.metadata.get("nbgrader", {}).get("solution"):
            cell.source = "# YOUR CODE HERE"
    names = frozenset(FINE) if apart else frozenset()
    return Release("attacked", released, source, {}, FILES, out_of_reach=names)


def _fields(cell: dict) -> dict:
    return {key: cell[key] for key in ("id", "source", "metadata")}


def graded(task: Task, cells: str, apart: bool = True, limits: Limits = LIMITS) -> Graded:
    """Grade a submission: its cells stand before the answer, the last one is the answer."""
    release = _release(task, apart)
    *before, answer = [_text(part) for part in _text(cells).split("\n---\n")]
    notebook = json.loads(json.dumps(release.notebook))
    at = next(k for k, cell in enumerate(notebook["cells"]) if cell["id"] == "cell-2")
    notebook["cells"][at]["source"] = answer
    for cell in notebook["cells"]:
        if cell["id"] == "cell-4":
            cell["source"] = "def triple(x):\n    return x + x + x"
    notebook["cells"][at:at] = [
        new_code_cell(part, id=f"added-{number}") for number, part in enumerate(before)
    ]
    return grade(HandedIn(json.dumps(notebook).encode()), release, limits)


def marks(task: Task, cells: str, apart: bool = True, limits: Limits = LIMITS) -> dict[str, float]:
    return results_of(graded(task, cells, apart, limits).notebook).marks


def check(attack: Attack, task: Task) -> None:
    """Assert that it gains nothing, in time, and that what it leaves behind can be read."""
    began = time.monotonic()
    result = graded(task, attack.cells, limits=attack.limits)
    assert time.monotonic() - began < 60
    earned = results_of(result.notebook).marks
    assert earned["attacked"] == 0.0
    assert attack.breaks or earned["later"] == FINE["later"]
    text = nbformat.writes(result.notebook)
    assert len(text) < 2_000_000
    nbformat.validate(nbformat.reads(text, 4))


DOUBLE = "def f(x):\n    return 2 * x"
TASKS = {
    "number": Task(DOUBLE, "assert f(3) == 6\nassert f(-40) == -80"),
    "near": Task(DOUBLE, "assert abs(f(3.5) - 7) < 1e-9 and abs(f(2) - 4) < 1e-9"),
    "numpy": Task(
        "import numpy as np\ndef f(x):\n    return 2 * np.asarray(x)",
        """
        import numpy as np
        np.testing.assert_allclose(f([1, 2]), [2, 4])
        np.testing.assert_array_equal(f([[3]]), [[6]])
        assert np.allclose(f(np.ones(2)), 2) and f([1]).shape == (1,)
        """,
    ),
    "words": Task(
        "def f(x):\n    return {'France': 'Paris', 'Italy': 'Rome'}[x]",
        """
        assert f("France") == "Paris"
        ### BEGIN HIDDEN TESTS
        assert f("Italy") == "Rome", "format"
        ### END HIDDEN TESTS
        """,
    ),
    "containers": Task(
        "def f(x):\n    return {'twice': [2 * x], 'name': str(x)}",
        """
        assert f(3) == {"twice": [6], "name": "3"}
        assert f(4)["twice"] == [8] and "name" in f(5) and len(f(6)) == 2
        assert 14 in f(7)["twice"] and sorted(f(7)) == ["name", "twice"]
        """,
    ),
    "types": Task(
        DOUBLE, "assert isinstance(f(3), int) and type(f(2)) is int and f(1) in {2} and f(4) > 7"
    ),
    "all": Task(
        DOUBLE,
        """
        assert all(map(lambda x, y: x == y, map(f, [1, 2]), [2, 4]))
        for result, expected in zip(map(f, [3, 4]), [6, 8]):
            assert result == expected
        """,
    ),
    "unittest": Task(
        DOUBLE,
        """
        import io, unittest
        class TestF(unittest.TestCase):
            def test_double(self):
                self.assertEqual(f(3), 6)
                self.assertAlmostEqual(f(0.1), 0.2)
        suite = unittest.defaultTestLoader.loadTestsFromTestCase(TestF)
        assert unittest.TextTestRunner(stream=io.StringIO()).run(suite).wasSuccessful()
        """,
    ),
    "raises": Task(
        """
        def f(x):
            if x < 0:
                raise ValueError("negative")
            return 2 * x
        """,
        """
        try:
            f(-1)
        except ValueError:
            pass
        else:
            raise AssertionError("must refuse -1")
        assert f(3) == 6
        """,
    ),
    "vector": Task(
        """
        class Vector:
            def __init__(self, x):
                self.x = x
            def __add__(self, other):
                if not isinstance(other, Vector):
                    raise TypeError
                return Vector(self.x + other.x)
        """,
        """
        assert (Vector(1) + Vector(2)).x == 3
        try:
            Vector(1) + 5
        except TypeError:
            pass
        else:
            raise AssertionError
        """,
    ),
    "points": Task(DOUBLE, "0.5 * (f(1) == 2) + 1.5 * (f(5) == 10)"),
    "variable": Task(DOUBLE, "expected = 6\nassert f(3) == expected"),
    "loop": Task(DOUBLE, "for n in range(4):\n    assert f(n) == 2 * n"),
    "callback": Task(
        "def f(visit):\n    for x in range(3):\n        visit(2 * x)",
        """
        seen = []
        def visit(x):
            assert x in (0, 2, 4)
            seen.append(x)
        f(visit)
        assert seen == [0, 2, 4]
        """,
    ),
    "helper": Task(DOUBLE, "near(f(3), 6)", locked="def near(a, b):\n    assert abs(a - b) < 1e-6"),
    "plain helper": Task(
        DOUBLE, "near(f(3), 6)", plain="def near(a, b):\n    assert abs(a - b) < 1e-6"
    ),
    "file": Task("def f(x):\n    return x.replace('png', 'jpg')", "assert f('a.png') == 'a.jpg'"),
    "data": Task(
        "def f():\n    return sum(map(int, open('data.csv').read().split()[1:]))",
        """
        numbers = open("data.csv").read().split()[1:]
        assert f() == sum(map(int, numbers))
        """,
    ),
    "digest": Task(
        "answer = 'forty-two'",
        """
        from hashlib import sha256
        digest = "5cc47001f7c1334db3c568ddbb1c8ee51812aa8e75582ca616b1ec31bf2ddc16"
        assert sha256(answer.encode()).hexdigest() == digest
        """,
    ),
    "builtin": Task("def pow(a, b):\n    return a**b", "assert pow(2, 3) == 8"),
    "random": Task(
        "import random\ndef f():\n    return [random.random() for k in range(3)]",
        """
        import random
        random.seed(4)
        expected = [random.random() for k in range(3)]
        random.seed(4)
        assert f() == expected
        """,
    ),
}
"""Tests of the kinds that instructors write, each with a right answer."""
