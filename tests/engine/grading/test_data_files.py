"""Data that go along with a notebook: each submission has its own copy of them."""

from __future__ import annotations

import json
import os

import pytest
from helpers.new_course import LESSON, RIGHT, answered, opened, written

from autograder.grading.hand_in import HandedIn
from autograder.grading.load import load_release
from autograder.grading.submission import grade
from autograder.sandbox import isolation

pytestmark = pytest.mark.skipif(os.name != "posix", reason="Windows does not grade")

LEVELS = [level for level, why_not in isolation.available().items() if not why_not]
READS = 'print(len(open("readings.csv").readlines()), open("raw/more.csv").read())'
UNTOUCHED = "121 1,2,3\n\n"
SPOILS = {
    "overwritten": 'for name in ("readings.csv", "raw/more.csv"): open(name, "w").write("0")',
    "deleted": 'import os, shutil; os.remove("readings.csv"); shutil.rmtree("raw")',
    "made read-only": 'import os; os.chmod("readings.csv", 0); os.chmod("raw", 0)',
    "replaced": 'import os, shutil; shutil.rmtree("raw"); os.symlink("/dev/full", "raw")',
}


@pytest.fixture(scope="module")
def course(tmp_path_factory):
    project = written(tmp_path_factory.mktemp("data") / "my-course")
    data = project.lesson(LESSON) / "files" / "raw" / "more.csv"
    data.parent.mkdir()
    data.write_text("1,2,3\n", encoding="utf-8")
    return opened(project)


def graded(course, level, *cells):
    """The points of right answers with these cells after the set-up, and what the cells print."""
    notebook = answered(course.released, RIGHT, *cells)
    submission = HandedIn(json.dumps(notebook).encode())
    result = grade(submission, load_release(course.course, LESSON), level=level)
    outputs = [
        "".join(output.get("text", "") for output in cell.outputs)
        for cell in result.notebook.cells
        if cell.cell_type == "code" and "nbgrader" not in cell.metadata
    ]
    return sum(report.earned for report in result.reports), outputs[: len(cells)]


@pytest.mark.parametrize("level", LEVELS)
def test_a_submission_reads_its_data(level, course):
    assert graded(course, level, READS) == (7.0, [UNTOUCHED])


@pytest.mark.parametrize("level", LEVELS)
def test_who_spoils_the_data_harms_no_other_submission(level, course):
    for spoil in SPOILS.values():
        points, outputs = graded(course, level, f'{spoil}\nprint("spoilt")')
        assert (points, outputs) == (7.0, ["spoilt\n"]), "they are its own to spoil, once read"
        assert graded(course, level, READS) == (7.0, [UNTOUCHED])
    released = {path.name: path.read_bytes() for path in course.released.glob("*.csv")}
    source = course.project.files(LESSON)["readings.csv"]
    assert released == {"readings.csv": source.read_bytes()}
