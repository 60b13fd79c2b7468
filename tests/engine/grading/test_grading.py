"""Grading one submission: the marks, the reasons, and what the graded notebook holds."""

from __future__ import annotations

import json
import os
from pathlib import Path
from types import SimpleNamespace

import nbformat
import numpy as np
import pytest
from helpers.small_course import FIRST, FIRST_TEXT, project
from nbformat.v4 import new_code_cell, new_output
from nbgrader.utils import determine_grade

from autograder import course
from autograder.authoring import build, release
from autograder.grading.cell_outputs import grade_hand_written_test, safe_outputs
from autograder.grading.kernel import Limits
from autograder.grading.outputs import Execution
from autograder.grading.submission import grade, results_of
from autograder.plugin import HideRubrics, load_release

TEXT = (
    FIRST_TEXT
    + '''
# %% solution="affine_again"
def affine_again(x):
    """Anything."""
    ### BEGIN SOLUTION
    return 3 * x
    ### END SOLUTION

# %% test="by_hand" points=4
assert callable(affine_again)
### BEGIN HIDDEN TESTS
assert affine_again(2) == 6
### END HIDDEN TESTS
'''
)
RIGHT = "def affine_forward(x, w, b):\n    return x.reshape(len(x), -1) @ w + b, None"
NO_BIAS = "def affine_forward(x, w, b):\n    return x.reshape(len(x), -1) @ w, None"
LIMITS = Limits(cell_seconds=3, test_seconds=3, total_seconds=60)


@pytest.fixture(scope="module")
def released(tmp_path_factory):
    """A course whose one notebook is released."""
    root = tmp_path_factory.mktemp("small")
    # The hand-written test has a solution cell of its own, which needs no exercise.
    text = TEXT.replace('# %% solution="affine_again"', "# %%").replace(
        "    ### BEGIN SOLUTION\n    return 3 * x\n    ### END SOLUTION\n", "    return 3 * x\n"
    )
    made = project(root / "project", first=text)
    build.build([], made)
    here = course.init(root / "course")
    release.release(here, FIRST, made)
    return SimpleNamespace(course=here, project=made, release=load_release(here, FIRST, made))


@pytest.fixture
def graded(released, tmp_path):
    """Returns a function that fills cells of the release by id, hands it in, and grades it."""

    def graded(change=None, **answers):
        notebook = nbformat.from_dict(json.loads(json.dumps(released.release.notebook)))
        for cell in notebook.cells:
            cell.source = answers.get(cell.id, cell.source)
        if change:
            change(notebook)
        (tmp_path / f"{FIRST}.ipynb").write_text(json.dumps(notebook), encoding="utf-8")
        return grade(tmp_path, released.release, LIMITS).notebook

    return graded


def marks(notebook):
    """What nbgrader will read: {grade cell: points}."""
    return {
        cell.metadata.nbgrader.grade_id: determine_grade(cell)[0]
        for cell in notebook.cells
        if cell.metadata.get("nbgrader", {}).get("grade")
    }


def cell_of(notebook, name):
    return next(cell for cell in notebook.cells if cell.id == name)


def shown(notebook, name):
    return "".join(
        output.get("data", {}).get("text/html", "") for output in cell_of(notebook, name).outputs
    )


def test_a_right_answer_gets_everything(graded):
    notebook = graded(
        affine_solution=RIGHT, q_linear_solution="q_linear = 'B'", why_bias="Because."
    )
    assert marks(notebook) == {"affine": 4.5, "q_linear": 1, "why_bias": None, "by_hand": 4}
    nbformat.validate(notebook)


def test_the_untouched_release_gets_nothing(graded):
    assert marks(graded()) == {"affine": 0, "q_linear": 0, "why_bias": 0, "by_hand": 4}


def test_a_mistake_is_named_in_the_graded_notebook(graded):
    notebook = graded(affine_solution=NO_BIAS)
    assert marks(notebook)["affine"] == 0
    assert "looks like: no bias" in shown(notebook, "affine")
    reports = results_of(notebook).reports
    assert reports[0].verdicts[0].mistake == "no bias"


def test_an_unreadable_submission_gets_a_zero_and_its_reason(released, tmp_path):
    (tmp_path / f"{FIRST}.ipynb").write_text("{ broken", encoding="utf-8")
    notebook = grade(tmp_path, released.release, LIMITS).notebook
    assert marks(notebook) == {"affine": 0, "q_linear": 0, "why_bias": 0, "by_hand": 0}
    assert "not a notebook" in notebook.cells[0].source
    assert "not a notebook" in shown(notebook, "affine")
    assert "not a notebook" in results_of(notebook).unreadable


def test_no_submission_at_all_gets_a_zero_too(released, tmp_path):
    notebook = grade(tmp_path / "nowhere", released.release, LIMITS).notebook
    assert sum(mark or 0 for mark in marks(notebook).values()) == 0


@pytest.mark.parametrize(
    "killer",
    [
        "def affine_forward(x, w, b):\n    while True: pass",
        "import os\ndef affine_forward(x, w, b):\n    os._exit(1)",
        "import os; os._exit(1)",
        "while True: pass",
        "def affine_forward(x, w, b)\n    return x",
        "raise SystemExit",
        "import sys, os; os.close(1); os.close(2); sys.stdout = None",
    ],
)
def test_a_failure_costs_its_question_and_no_other(graded, killer):
    notebook = graded(affine_solution=killer, q_linear_solution="q_linear = 'B'")
    found = marks(notebook)
    assert (found["affine"], found["q_linear"], found["by_hand"]) == (0, 1, 4)


def test_a_cell_that_was_stopped_is_told_as_a_fact(graded):
    def add(notebook):
        at = [cell.id for cell in notebook.cells].index("affine")
        notebook.cells.insert(at + 1, new_code_cell("while True: pass", id="mine"))

    results = results_of(
        graded(add, affine_solution=RIGHT, q_linear_solution="import os; os._exit(1)")
    )
    assert results.facts == [
        "Stopped after 3 s: a cell after `affine`.",
        "The Python process ended while this ran: `q_linear_solution`.",
    ]
    assert results_of(graded(affine_solution=RIGHT)).facts == []


def test_edited_points_and_prefilled_results_count_for_nothing(graded):
    def change(notebook):
        cell = cell_of(notebook, "affine")
        cell.metadata.nbgrader.points = 1000
        cell.metadata.nbgrader.solution = True
        cell.source = "1000.0"
        cell.outputs = [new_output("execute_result", {"text/plain": "1000.0"})]

    notebook = graded(change, affine_solution=NO_BIAS)
    assert marks(notebook)["affine"] == 0
    assert cell_of(notebook, "affine").metadata.nbgrader.points == 4.5
    assert "locked cell `affine`" in notebook.cells[0].source


@pytest.mark.parametrize(
    "cheat",
    [
        "import autograder.check as c\nc.check = lambda name: 4.5",
        "import autograder.check.judge as j\nj.judge = None",
        "import sys; sys.displayhook = lambda x: print('4.5')",
        "import numpy as np\nnp.isclose = np.allclose = lambda *a, **k: np.True_",
        "import ast\nclass T(ast.NodeTransformer):\n"
        "    def visit_Assert(self, node): return None\n"
        "get_ipython().ast_transformers.append(T())",
        "from IPython.display import display\n"
        "get_ipython().events.register('post_run_cell', lambda *a: display(4.5))",
    ],
)
def test_cheats_that_stock_tools_fall_for_earn_nothing(graded, cheat):
    def change(notebook):
        notebook.cells.insert(2, new_code_cell(cheat))

    assert marks(graded(change, affine_solution=NO_BIAS))["affine"] == 0


def test_outputs_of_students_hold_no_html(graded):
    def change(notebook):
        code = (
            "from IPython.display import HTML, Javascript, SVG, display\n"
            "display(HTML('<b>x</b>'), Javascript('alert(1)'))\nprint('<script>')\n"
            "display({'image/png': '\"><script>alert(1)</script>', 'text/plain': 'p'}, raw=True)"
        )
        notebook.cells.insert(2, new_code_cell(code))

    notebook = graded(change)
    kinds = {
        mime
        for cell in notebook.cells
        if cell.id not in ("affine", "q_linear")
        for output in cell.get("outputs", [])
        for mime in output.get("data", {})
    }
    assert kinds <= {"text/plain"}


def replace_helper(source):
    """A change that gives `affine_again`, which the hand-written test calls, another source."""

    def change(notebook):
        cell = next(cell for cell in notebook.cells if "def affine_again" in cell.source)
        cell.source = source

    return change


def test_a_hand_written_test_runs_with_its_hidden_lines_and_is_marked(graded):
    assert marks(graded())["by_hand"] == 4
    notebook = graded(replace_helper("def affine_again(x):\n    return 0"))
    assert marks(notebook)["by_hand"] == 0
    assert results_of(notebook).not_tamper_proof == ["by_hand"]


@pytest.mark.parametrize(("shown", "mark"), [("2.5", 2.5), ("1000.0", 0), ("nan", 0), ("Right", 4)])
def test_a_hand_written_test_may_end_with_its_points(shown, mark):
    result = {"data": {"text/plain": shown}, "output_type": "execute_result"}
    outputs = grade_hand_written_test(safe_outputs(Execution([result])), 4.0)
    (found,) = [output for output in outputs if output.output_type == "execute_result"]
    assert float(found.data["text/plain"]) == mark


@pytest.mark.parametrize(
    "noise", ["import warnings; warnings.warn('honest')", "import sys; print('x', file=sys.stderr)"]
)
def test_a_warning_costs_nothing(graded, noise):
    source = f"def affine_again(x):\n    {noise}\n    return 3 * x"
    assert marks(graded(replace_helper(source)))["by_hand"] == 4


def test_a_new_release_is_read_again(released):
    course, name = released.course, released.release.name
    before = load_release(course, name, released.project)
    assert load_release(course, name, released.project) is before
    path = course.release_dir(name) / f"{name}.ipynb"
    os.utime(path, ns=(0, 0))
    assert load_release(course, name, released.project) is not before


def test_rubrics_are_for_graders_alone(graded, released):
    notebook = graded(why_bias="I think so.")
    rubric = cell_of(notebook, "rubric-why_bias")
    assert "1 point for" in rubric.source
    assert "SOLUTION" not in rubric.source
    shown, _ = HideRubrics().preprocess(notebook, {})
    assert all("1 point for" not in cell.source for cell in shown.cells)


def test_grading_again_gives_the_same(graded):
    answers = {"affine_solution": NO_BIAS, "q_linear_solution": "q_linear = 'A'"}
    assert json.dumps(graded(**answers)) == json.dumps(graded(**answers))


def test_expected_results_are_written_nowhere(released, graded):
    graded(affine_solution=NO_BIAS)
    expected = [
        case.expected.values["out"].tobytes()
        for pack in released.release.packs.values()
        for case in pack.cases
        if "out" in case.expected.values
    ]
    assert expected
    for path in Path(released.course.root).rglob("*"):
        if path.is_file():
            data = path.read_bytes()
            if path.suffix == ".npz":
                with np.load(path, allow_pickle=False) as archive:
                    data = b"".join(archive[name].tobytes() for name in archive.files)
            assert not any(needle in data for needle in expected), path
