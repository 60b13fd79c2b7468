"""Graded submissions of the small course without a sandbox, and a gradebook's whole contents."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from contextlib import contextmanager
from pathlib import Path

import pytest
from nbformat import from_dict
from nbgrader.api import Gradebook
from nbgrader.utils import determine_grade
from sqlalchemy import MetaData, create_engine, select

from autograder.authoring import build
from autograder.authoring.release import release
from autograder.course import CONFIG, Course, init
from autograder.grading.gradebook import current
from autograder.grading.hand_in import HandedIn, collect
from autograder.grading.load import load_release
from autograder.grading.recorder import Recorder
from autograder.grading.submission import KEY, grade
from helpers.small_course import FIRST, project

QUESTION = "why_bias"
FULL = {"affine": 4.5, "q_linear": 1.0}
NAMED_BY = {
    "assignment": ["name"],
    "notebook": ["assignment_id", "name"],
    "base_cell": ["notebook_id", "name", "type"],
    "source_cell": ["notebook_id", "name"],
    "student": [],
    "submitted_assignment": ["assignment_id", "student_id"],
    "submitted_notebook": ["assignment_id", "notebook_id"],
    "grade": ["notebook_id", "cell_id"],
    "comment": ["notebook_id", "cell_id"],
}


def released(root: Path) -> Course:
    """A course in `root` whose first small notebook is released."""
    made = project(root / "project")
    build.build([], made)
    course = init(root / "course")
    release(course, FIRST, made)
    return course


def twin(course: Course, root: Path) -> Course:
    """A copy of a course: what is done to one is not done to the other."""
    return Course(Path(shutil.copytree(course.root, root)))


def set_url(course: Course, url: str) -> None:
    """Name the gradebook's database in the course's configuration."""
    with (course.root / CONFIG).open("a", encoding="utf-8") as config:
        config.write(f"\nc.CourseDirectory.db_url = {url!r}\n")


class Class:
    """Hands in and grades submissions of a course, as a grader with known results would."""

    def __init__(self, course: Course, made: Path) -> None:
        self.course = course
        self.made = made
        self.release = load_release(course, FIRST, project(made))

    def hand_in(self, student: str, answer: str | None = None, code: str = "", stamp: str = ""):
        """Hand in an answer to the question in words (None: untouched) and some code."""
        notebook = json.loads(json.dumps(self.release.notebook))
        for cell in notebook["cells"]:
            if cell["id"] == QUESTION and answer is not None:
                cell["source"] = answer
            if cell["id"] == "affine_solution" and code:
                cell["source"] = code
        folder = self.course.submitted_dir(FIRST, student)
        folder.mkdir(parents=True, exist_ok=True)
        (folder / f"{FIRST}.ipynb").write_text(json.dumps(notebook), encoding="utf-8")
        if stamp:
            (folder / "timestamp.txt").write_text(stamp, encoding="utf-8")

    def graded(self, student: str, **points: float):
        """What grading it would give, if its checks earned these points."""
        handed_in = collect(self.course.submitted_dir(FIRST, student), FIRST)
        graded = grade(HandedIn(problem="not run"), self.release).notebook
        cells = {
            cell["id"]: cell for cell in json.loads(handed_in.data or b'{"cells": []}')["cells"]
        }
        marks = {}
        for cell in graded.cells:
            if cell.id in cells and cell.metadata.get("nbgrader", {}).get("solution"):
                cell.source = cells[cell.id]["source"]
            if cell.id in points:
                cell.outputs[-1].data["text/plain"] = repr(float(points[cell.id]))
            if cell.metadata.get("nbgrader", {}).get("grade"):
                marks[cell.id] = determine_grade(cell)[0]
        for report in graded.metadata[KEY]["reports"]:
            full = points.get(report["exercise"], 0.0) == FULL[report["exercise"]]
            for verdict in report["verdicts"]:
                verdict["status"] = "passed" if full else "failed"
        told = {"submission": handed_in.digest, "marks": marks, "unreadable": handed_in.problem}
        graded.metadata[KEY].update(told)
        return from_dict(graded)


def record(klass, *students, **points):
    with Recorder(klass.course, FIRST) as book:
        for student in students:
            book.record(student, {FIRST: klass.graded(student, **points)})


def grade_of(course, student, cell=QUESTION):
    with Gradebook(course.db_url, "cs231n") as book:
        grade = book.find_grade(cell, FIRST, FIRST, student)
        return grade.auto_score, grade.manual_score, grade.extra_credit, grade.needs_manual_grade


def mark_by_hand(course, student, cell=QUESTION, score=1.5):
    """As the formgrader does it: points, extra credit, and a comment."""
    with Gradebook(course.db_url, "cs231n") as book:
        grade = book.find_grade(cell, FIRST, FIRST, student)
        grade.manual_score, grade.extra_credit, grade.needs_manual_grade = score, 0.5, False
        if cell == QUESTION:
            book.find_comment(cell, FIRST, FIRST, student).manual_comment = "Well said."
        book.db.commit()


def unchanged(klass, limits=None):
    students = ["student-01", "student-02", "student-03"]
    return list(current(klass.course, FIRST, students, [klass.release], limits))


def files_of(course):
    found = [path for path in course.autograded.rglob("*") if path.is_file()]
    return {
        path.relative_to(course.root).as_posix(): (path.read_bytes(), path.stat().st_mode)
        for path in found
        if path.name != f".{FIRST}.lock"
    }


def contents(url: str) -> dict[str, list[str]]:
    """Every row of every table, as text, in order; what a row is called stands for its id.

    Without the course that nbgrader's preprocessors add, "default_course": nothing belongs to it.
    """
    engine, schema = create_engine(url), MetaData()
    called: dict[str, str] = {}
    found: dict[str, list[str]] = {}
    with engine.connect() as connection:
        schema.reflect(connection)
        for table in schema.sorted_tables:
            rows = []
            for row in connection.execute(select(table)).mappings():
                told = {name: called.get(value, value) for name, value in row.items()}
                if NAMED_BY.get(table.name):
                    name = "/".join(str(told[column]) for column in NAMED_BY[table.name])
                    called[told.pop("id")] = f"{table.name} {name}"
                rows.append(repr(sorted(told.items(), key=lambda item: item[0])))
            found[table.name] = sorted(row for row in rows if "default_course" not in row)
    engine.dispose()
    return found


@contextmanager
def small_disk(folder, size="64k"):
    """A file system of its own in `folder`; skips where this user may not make one."""
    folder.mkdir(exist_ok=True)
    mount = ["mount", "-t", "tmpfs", "-o", f"size={size}", "tmpfs", folder]
    if os.name != "posix" or os.geteuid() or subprocess.run(mount, check=False).returncode:
        pytest.skip("needs to be root, with the right to mount")
    try:
        yield
    finally:
        subprocess.run(["umount", "-l", folder], check=True)


def fill(path):
    with path.open("wb", buffering=0) as file:
        while file.write(b"0" * 1024):
            pass


__all__ = [
    "FIRST",
    "FULL",
    "QUESTION",
    "Class",
    "contents",
    "fill",
    "released",
    "set_url",
    "small_disk",
    "twin",
]
