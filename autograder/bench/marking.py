"""What the page of ``mark`` takes for a class of 3,000 whose answers are all different.

``python -m autograder.bench.marking [STUDENTS ...]`` (default 300 and 3000) prints the seconds of
opening the page, of the next answer and of saving one, and the megabytes of the process, at the
beginning and after all that. Nothing is graded: the gradebook and the graded notebooks are written.
"""

from __future__ import annotations

import json
import random
import resource
import sys
import tempfile
import time
from pathlib import Path
from statistics import median
from typing import Any
from uuid import uuid4

from nbgrader import api
from sqlalchemy import insert, select
from sqlalchemy.orm import Session

from ..authoring.percent import dump, to_notebook
from ..authoring.release import release
from ..course import Course, init
from ..grading.database import connect
from ..marking.desk import Desk
from ..project import Project

__all__ = ["NAME", "class_of", "main", "measure"]

NAME = "01_words"
QUESTIONS = ("why", "what_if", "how_long")
_CELL = """\
# %% [markdown]
# What happens, and why?

# %% [markdown] question="{name}" points=2
# ### BEGIN SOLUTION
# **Model answer.** The steps get smaller.
#
# **Rubric.** 1 point for the size; 1 point for the reason.
# ### END SOLUTION
"""
_TEXT = (
    "the step gets smaller since each gradient is divided by a sum of squares which grows and a "
    "valley is steep across but shallow along so noise moves every weight towards its minimum"
)
_SAVES = 30


def class_of(folder: Path, students: int) -> Course:
    """A course whose graded answers, of about 300 characters, are all different."""
    course = init(folder / "course", Project(folder))
    course.source_dir(NAME).mkdir(parents=True)
    text = "\n".join(_CELL.format(name=name) for name in QUESTIONS)
    source = course.source_dir(NAME) / f"{NAME}.ipynb"
    source.write_text(dump(to_notebook(text, {}, NAME)), encoding="utf-8")
    release(course, NAME)
    notebook = json.loads((course.release_dir(NAME) / f"{NAME}.ipynb").read_bytes())
    rng = random.Random(0)
    names = [f"s-{number:05}" for number in range(students)]
    for name in names:
        for cell in notebook["cells"]:
            if cell["metadata"].get("nbgrader", {}).get("solution"):
                cell["source"] = " ".join(rng.choices(_TEXT.split(), k=55))
        path = course.autograded_dir(NAME, name) / f"{NAME}.ipynb"
        path.parent.mkdir(parents=True)
        path.write_text(json.dumps(notebook), encoding="utf-8")
    _fill_gradebook(course, names)
    return course


def _fill_gradebook(course: Course, names: list[str]) -> None:
    """The rows that grading would write, at once."""
    engine = connect(course, write=True)
    with Session(engine) as database, database.begin():
        assignment = database.scalar(select(api.Assignment.id).where(api.Assignment.name == NAME))
        notebook = database.scalar(select(api.Notebook.id))
        graded = database.scalars(select(api.GradeCell.id)).all()
        written = database.scalars(select(api.SolutionCell.id)).all()
        rows: dict[Any, list[dict[str, Any]]] = {
            kind: []
            for kind in (
                api.Student, api.SubmittedAssignment, api.SubmittedNotebook, api.Grade, api.Comment
            )
        }  # fmt: skip
        for name in names:
            submission, copy = uuid4().hex, uuid4().hex
            rows[api.Student].append({"id": name})
            rows[api.SubmittedAssignment].append(
                {"id": submission, "assignment_id": assignment, "student_id": name}
            )
            rows[api.SubmittedNotebook].append(
                {"id": copy, "assignment_id": submission, "notebook_id": notebook}
            )
            rows[api.Grade] += [
                {
                    "id": uuid4().hex,
                    "cell_id": cell,
                    "notebook_id": copy,
                    "needs_manual_grade": True,
                }
                for cell in graded
            ]
            rows[api.Comment] += [
                {"id": uuid4().hex, "cell_id": cell, "notebook_id": copy} for cell in written
            ]
        for kind, values in rows.items():
            database.execute(insert(kind), values)
    engine.dispose()


def measure(course: Course) -> dict[str, float]:
    """Mark some answers of each question: the seconds that the page waited, and megabytes."""
    began = time.perf_counter()
    desk = Desk(course, NAME, "grader")
    desk.overview()
    desk.open(QUESTIONS[0])
    desk.next(QUESTIONS[0])
    opened, first = time.perf_counter() - began, _megabytes()
    nexts, saves = [], []
    for question in QUESTIONS:
        shown = desk.next(question)["group"]
        for _ in range(_SAVES):
            if shown is None:
                break
            began = time.perf_counter()
            ahead = desk.next(question, [shown["key"]])["group"]
            nexts.append(time.perf_counter() - began)
            ids = [member["id"] for member in shown["members"]]
            began = time.perf_counter()
            desk.save(question, ids, ["1"], None, "Well seen.", key=shown["key"])
            saves.append(time.perf_counter() - began)
            shown = ahead
    return {
        "open": opened,
        "next": median(nexts),
        "slowest next": max(nexts),
        "save": median(saves),
        "slowest save": max(saves),
        "MB": first,
        "MB at the end": _megabytes(),
    }


def _megabytes() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def main(numbers: list[str]) -> None:
    for students in map(int, numbers or ["300", "3000"]):
        with tempfile.TemporaryDirectory(prefix="bench-") as folder:
            course = class_of(Path(folder), students)
            values = ", ".join(f"{name} {value:.3f}" for name, value in measure(course).items())
            print(f"{students} students: {values}", flush=True)


if __name__ == "__main__":
    main(sys.argv[1:])
