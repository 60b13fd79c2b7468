"""What grading leaves out, and how it finds that this was wrong."""

from __future__ import annotations

import copy
import json
import time

import pytest
from helpers.graded_class import FIRST, record
from nbformat.v4 import new_code_cell, new_notebook
from nbgrader.utils import compute_checksum

from autograder.grading.gradebook import current
from autograder.grading.hand_in import HandedIn
from autograder.grading.kernel import Limits, Sandbox
from autograder.grading.released import Release
from autograder.grading.submission import grade, results_of

LIMITS = Limits(cell_seconds=5, test_seconds=5, total_seconds=60)
STUB = "def f():\n    raise NotImplementedError"
EXPERIMENT = "experiment = 5\nprint('measured', experiment)"


def cell(name, source, **flags):
    made = new_code_cell(source, id=name)
    if flags:
        flags = {"grade": False, "solution": False, "locked": False, "task": False, **flags}
        made.metadata.nbgrader = {"grade_id": name, "schema_version": 3, **flags}
        made.metadata.nbgrader.checksum = compute_checksum(made)
    return made


def notebook(experiment=EXPERIMENT, test="assert f() == 1"):
    return new_notebook(
        cells=[
            cell("setup", "import numpy as np", locked=True),
            cell("experiment", experiment),
            cell("answer", STUB, solution=True),
            cell("test", test, grade=True, locked=True, points=1),
        ]
    )


def graded(released, answer, figures=False, limits=LIMITS, **changes):
    submission = copy.deepcopy(released)
    for item in submission.cells:
        item.source = {"answer": answer, **changes}.get(item.id, item.source)
    release = Release("nb", released, released, packs={}, files={})
    result = grade(HandedIn(json.dumps(submission).encode()), release, limits, figures=figures)
    return result, {item.id: item for item in result.notebook.cells}


RIGHT = "def f():\n    return 1"


def test_an_experiment_that_no_mark_depends_on_does_not_run():
    result, cells = graded(notebook(), RIGHT)
    assert results_of(result.notebook).marks == {"test": 1}
    assert "experiment" not in result.seconds
    assert cells["experiment"].outputs == []
    assert cells["experiment"].execution_count is None


def test_the_others_have_the_numbers_that_they_have_in_jupyter():
    _, cells = graded(notebook(), RIGHT)
    assert [cells[name].execution_count for name in ("setup", "answer", "test")] == [1, 3, 4]


def test_with_figures_it_runs_and_shows_what_it_prints():
    result, cells = graded(notebook(), RIGHT, figures=True)
    assert cells["experiment"].outputs[0].text == "measured 5\n"
    assert results_of(result.notebook).figures
    assert not results_of(graded(notebook(), RIGHT)[0].notebook).figures


def test_a_changed_one_runs():
    _, cells = graded(notebook(), RIGHT, experiment="print('mine')")
    assert cells["experiment"].outputs[0].text == "mine\n"


def test_an_error_in_it_is_nobody_s():
    result, cells = graded(notebook("1 / 0"), RIGHT)
    assert cells["experiment"].outputs == []
    assert results_of(result.notebook).marks == {"test": 1}


HIDDEN = {
    "a name behind a word that is put together": (
        "experiment = 1",
        "def f():\n    import sys\n    main = getattr(sys, 'mod' + 'ules')['__main__']\n"
        "    if not hasattr(main, 'exp' + 'eriment'):\n"
        "        raise NameError(\"name 'experiment' is not defined\")\n    return 1",
    ),
    "a file that a method writes": (
        "import matplotlib.pyplot as plt\nplt.figure().canvas.print_png('seen.png')",
        "def f():\n    with open('seen.png', 'rb') as file:\n        return len(file.read()[:1])",
    ),
    "an import of the notebook": (
        "experiment = 1",
        "import importlib\nmain = importlib.__dict__" "['import_module']('__ma' + 'in__')\n"
        "def f():\n    return main.experiment",
    ),
}  # fmt: skip


@pytest.mark.parametrize(("experiment", "answer"), HIDDEN.values(), ids=HIDDEN)
def test_what_is_missed_runs_after_all(experiment, answer):
    result, cells = graded(notebook(experiment), answer)
    assert results_of(result.notebook).marks == {"test": 1}
    assert cells["experiment"].execution_count == 2
    assert results_of(result.notebook).facts == []


def test_a_name_that_no_cell_has_is_not_waited_for():
    result, _ = graded(notebook(), "def f():\n    return misspelt")
    assert results_of(result.notebook).marks == {"test": 0}
    assert "experiment" not in result.seconds


def test_both_runs_together_have_the_time_of_one(tmp_path):
    sandbox = Sandbox(tmp_path, LIMITS)
    with sandbox:
        end = sandbox.seconds_left() + time.monotonic()
    with sandbox:
        assert sandbox.seconds_left() + time.monotonic() == pytest.approx(end, abs=1e-3)


def test_a_wrong_answer_stays_wrong_where_the_experiment_defines_the_right_one():
    """The experiment after the answer would undo it: it is what the test reads."""
    released = new_notebook(cells=[*notebook().cells[::2], notebook().cells[3]])
    released.cells.insert(2, cell("later", "def f():\n    return 1"))
    result, _ = graded(released, "def f():\n    return 2")
    assert results_of(result.notebook).marks == {"test": 1}
    assert "later" in result.seconds


def test_who_was_graded_without_figures_is_graded_again_for_them(klass):
    record(klass, "student-01")
    arguments = klass.course, FIRST, ["student-01"], [klass.release]
    assert list(current(*arguments)) == ["student-01"]
    assert list(current(*arguments, figures=True)) == []
