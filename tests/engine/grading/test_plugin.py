"""`nbgrader autograde` in a course, with what may be said to it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import nbformat
import pytest
from helpers import ROOT
from helpers.plain_notebooks import code, test
from nbformat.v4 import new_notebook
from nbgrader.api import Gradebook
from nbgrader.converters import Autograde
from nbgrader.coursedir import CourseDirectory
from traitlets.config import Config

from autograder.course import init, put_programs_on_path
from autograder.project import Project

pytestmark = [
    pytest.mark.skipif(os.name != "posix", reason="Windows does not grade"),
    pytest.mark.filterwarnings("ignore::sqlalchemy.exc.SAWarning"),  # nbgrader's
]
ANSWER = """
def double(x):
    ### BEGIN SOLUTION
    return 2 * x
    ### END SOLUTION
"""
TEMPLATES = '''
python3:
  dispatch: "type({{snippet}})"
  templates:
    default:
      - {test: "{{snippet}}", fail: "wrong value"}
  normalize: "str({{snippet}})"
  check: |
    assert {{snippet}} == """{{value}}""", "{{message}}"
'''


@pytest.fixture(scope="module")
def course(tmp_path_factory):
    """An assignment with a test that nbgrader writes, and one that takes a second."""
    made = init(tmp_path_factory.mktemp("course") / "c", Project(Path("/nowhere")))
    (made.root / "autotests.yml").write_text(TEMPLATES, encoding="utf-8")
    cells = [
        code(ANSWER, "double"),
        test("### AUTOTEST double(21)", "test_double", 2),
        test("import time\ntime.sleep(1.0)", "test_time", 1),
    ]
    kernel = {"name": "python3", "language": "python", "display_name": "Python 3"}
    notebook = new_notebook(cells=cells, metadata={"kernelspec": kernel})
    (made.source_dir("ps1")).mkdir()
    nbformat.write(notebook, made.source_dir("ps1") / "ps1.ipynb")
    _generate(made)
    return made


def _generate(course, *words):
    """In a process of its own: nbgrader leaves the channels to its kernel open."""
    put_programs_on_path()
    ran = subprocess.run(
        [sys.executable, "-m", "nbgrader", "generate_assignment", "ps1", "--force", *words],
        cwd=course.root,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
    )
    assert ran.returncode == 0, ran.stderr


def _autograde(course, url="", **execute):
    config = course.config()
    config.merge(Config({"Execute": execute}))
    if url:
        config.CourseDirectory.db_url = url
    directory = CourseDirectory(config=config)
    directory.assignment_id = "ps1"
    app = Autograde(coursedir=directory, config=config)
    app.force = True
    app.start()


def _hand_in(course, answer):
    document = json.loads((course.release_dir("ps1") / "ps1.ipynb").read_text(encoding="utf-8"))
    document["cells"][0]["source"] = answer
    folder = course.submitted_dir("ps1", "student-01")
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "ps1.ipynb").write_text(json.dumps(document), encoding="utf-8")


def _marks(course, url=""):
    with Gradebook(url or course.db_url) as book:
        submission = book.find_submission_notebook("ps1", "ps1", "student-01")
        return {grade.name: grade.score for grade in submission.grades}


@pytest.mark.parametrize(("answer", "mark"), [("return 2 * x", 2.0), ("return 2 + x", 0.0)])
def test_a_test_that_nbgrader_wrote_is_run_as_it_wrote_it(course, answer, mark):
    assert "AUTOTEST" not in (course.release_dir("ps1") / "ps1.ipynb").read_text(encoding="utf-8")
    _hand_in(course, f"def double(x):\n    {answer}")
    _autograde(course)
    assert _marks(course) == {"test_double": mark, "test_time": 1.0}


def test_its_limit_for_a_cell_counts(course):
    _hand_in(course, "def double(x):\n    return 2 * x")
    _autograde(course, timeout=0.7)
    assert _marks(course) == {"test_double": 2.0, "test_time": 0.0}


def test_outputs_that_students_hand_in_give_no_marks(course, caplog):
    _hand_in(course, "def double(x):\n    return 2 + x")
    _autograde(course, enabled=False, timeout=-1)
    assert _marks(course) == {"test_double": 0.0, "test_time": 1.0}
    assert "--no-execute is ignored" in caplog.text


@pytest.mark.nightly
def test_the_gradebook_may_be_another_one(course, tmp_path):
    url = f"sqlite:///{tmp_path / 'other.db'}"
    _generate(course, "--db", url)
    _hand_in(course, "def double(x):\n    return 2 * x")
    _autograde(course, url)
    assert _marks(course, url) == {"test_double": 2.0, "test_time": 1.0}
