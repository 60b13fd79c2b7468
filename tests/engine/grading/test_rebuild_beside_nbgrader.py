"""Ordinary notebooks get what plain nbgrader gives them, cell by cell, or more with a reason."""

from __future__ import annotations

import json

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_raw_cell
from nbgrader.api import Gradebook
from nbgrader.apps.api import NbGraderAPI
from traitlets.config import Config

from autograder.course import put_programs_on_path
from autograder.grading.hand_in import HandedIn
from autograder.grading.recognise import with_ids
from autograder.grading.released import Release
from autograder.grading.submission import grade, results_of

# nbgrader 0.9.6 makes a submission before it has a session; nbclient warns about its own loop.
pytestmark = [
    pytest.mark.slow,
    pytest.mark.filterwarnings("ignore:Object of type <Submitted:Warning"),
    pytest.mark.filterwarnings("ignore::DeprecationWarning"),
]

KINDS = "kinds"
DOT = (
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAA"
    "AABJRU5ErkJggg=="
)
STUB = "### BEGIN SOLUTION\n{}\n### END SOLUTION"


def marked(cell, name, points=None, **flags):
    cell.metadata.nbgrader = {"grade": False, "solution": False, "locked": False}
    cell.metadata.nbgrader.update({"grade_id": name, "schema_version": 3, "task": False, **flags})
    if points is not None:
        cell.metadata.nbgrader["points"] = points
    return cell


def answer(text, name):
    return marked(new_code_cell(STUB.format(text)), name, solution=True)


def check(text, name, points=1.0):
    return marked(new_code_cell(text), name, points, grade=True, locked=True)


def notebook_of_all_kinds():
    cells = [
        new_markdown_cell("# All kinds"),
        new_code_cell("import math\n%matplotlib inline"),
        new_markdown_cell("![a](attachment:dot.png)", attachments={"dot.png": {"image/png": DOT}}),
        new_code_cell("rate = None  # yours to set"),
        answer("def scaled(x):\n    return math.pi * rate * x", "scaled"),
        check("assert scaled(1) == math.pi * rate", "test_scaled"),
        new_markdown_cell("Set `limit` here."),
        new_raw_cell("\\newpage"),
        check("assert limit == 3", "test_limit", 0.5),
        answer("%%writefile helper.py\ndef seven():\n    return 7", "file"),
        check("import importlib, sys\nfrom helper import seven\nassert seven() == 7", "test_file"),
        answer("%%time\nslow = sum(range(10))", "timed"),
        check("%%time\nassert slow == 45", "test_timed"),
        check("0.25 + bool(slow == 45)", "partial", 2),
        marked(new_code_cell("print('locked')"), "locked", locked=True),
        marked(new_markdown_cell("Find a source."), "task", 2, task=True, locked=True),
        marked(new_markdown_cell("YOUR ANSWER HERE"), "why", 2, grade=True, solution=True),
        marked(new_code_cell("# plot it"), "plot", 2, grade=True, solution=True),
        new_code_cell("draws = [math.floor(rate)]"),
        new_code_cell("draws.append(4)"),
        check("assert draws[-1] == 4", "test_draws"),
    ]
    notebook = new_notebook(cells=cells)
    for cell in notebook.cells:
        cell.pop("id")
    notebook.nbformat_minor = 2
    return notebook


def place(cells, name):
    names = [cell.metadata.get("nbgrader", {}).get("grade_id") for cell in cells]
    return names.index(name)


def writes(**answers):
    """A change that fills in answers by grade id, and what is plain."""

    def change(cells):
        for name, text in answers.items():
            cells[place(cells, name)].source = text
        cells[3].source = "rate = 2.0"

    return change


SCALED = "def scaled(x):\n    return math.pi * rate * x"
FILE = "%%writefile helper.py\ndef seven():\n    return 7"
TIMED = "%%time\nslow = sum(range(10))"
RIGHT = writes(scaled=SCALED, file=FILE, timed=TIMED, why="Because.", plot="print(1)")


def arranged_otherwise(cells):
    """Right work, with cells split, merged, deleted, added and turned into others."""
    RIGHT(cells)
    cells[6].update(cell_type="code", source="limit = 3", outputs=[], execution_count=None)
    cells[18:20] = [new_code_cell("draws = [1]"), new_code_cell("draws += [4]")]
    cells.insert(place(cells, "task") + 1, new_markdown_cell("My source is this book."))
    cells[3:5] = [
        nbformat.from_dict({**cells[4], "source": f"rate = 2.0\n{SCALED}"}),
        new_code_cell("import math"),
    ]


def copied(cells):
    """Right work, beside a copy of a test that was written over."""
    RIGHT(cells)
    copy = json.loads(json.dumps(cells[place(cells, "test_timed")]))
    cells.insert(0, nbformat.from_dict({**copy, "source": "mine = 1"}))
    cells[place(cells, "timed")].source = "slow = 44 + mine"


STUDENTS = {
    "right": RIGHT,
    "arranged": arranged_otherwise,
    "copied": copied,
    "wrong": writes(scaled="def scaled(x):\n    return x", timed="slow = 44", why="So."),
    "empty": lambda cells: None,
}


MORE = {"copied"}
"""Of them nbgrader 0.9.6 grades no cell: it finds metadata that are too old in a cell's copy."""


@pytest.fixture(scope="module")
def course(tmp_path_factory):
    """nbgrader's own course with the assignment, graded by nbgrader: its marks by student."""
    with pytest.MonkeyPatch.context() as monkeypatch:
        monkeypatch.setenv("MPLBACKEND", "Agg")
        monkeypatch.setenv("OMP_NUM_THREADS", "1")
        put_programs_on_path()
        root = tmp_path_factory.mktemp("plain")
        config = Config()
        config.CourseDirectory.root = str(root)
        config.CourseDirectory.course_id = "plain"
        config.Exchange.root = str(root / "exchange")
        api = NbGraderAPI(config=config)
        write(root / "source" / KINDS, notebook_of_all_kinds())
        made = api.generate_assignment(KINDS)
        assert made["success"], made.get("log", "") + made.get("error", "")
        released = nbformat.read(root / "release" / KINDS / f"{KINDS}.ipynb", as_version=4)
        marks = {}
        for student, change in STUDENTS.items():
            submission = nbformat.from_dict(json.loads(json.dumps(released)))
            change(submission.cells)
            for cell in submission.cells:
                cell.pop("id", None)
            write(root / "submitted" / student / KINDS, submission)
            graded = api.autograde(KINDS, student)
            if not graded["success"]:
                assert student in MORE, graded.get("log", "") + graded.get("error", "")
                continue
            with Gradebook(api.coursedir.db_url, "plain") as gradebook:
                grades = gradebook.find_submission_notebook(KINDS, KINDS, student).grades
                marks[student] = {grade.name: grade.auto_score for grade in grades}
        return root, marks


def write(folder, notebook):
    folder.mkdir(parents=True)
    (folder / f"{KINDS}.ipynb").write_text(json.dumps(notebook), encoding="utf-8")


def graded_here(root, student):
    """Marks and facts, with a release as it is read from the course."""
    released, source = (
        with_ids(nbformat.read(root / folder / KINDS / f"{KINDS}.ipynb", as_version=4))
        for folder in ("release", "source")
    )
    data = (root / "submitted" / student / KINDS / f"{KINDS}.ipynb").read_bytes()
    notebook = grade(HandedIn(data), Release(KINDS, released, source, {}, {})).notebook
    nbformat.validate(notebook)
    results = results_of(notebook)
    return results.marks, results.facts


@pytest.mark.parametrize("student", STUDENTS)
def test_honest_work_gets_nbgrader_s_marks(course, student):
    root, marks = course
    here, facts = graded_here(root, student)
    there = marks.get(student, marks["right"])
    assert facts == ["The cell `test_timed` was there more than once."] * (student in MORE)
    assert here == {name: there[name] for name in here}
