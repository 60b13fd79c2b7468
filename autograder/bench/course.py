"""What the commands about a whole course take for 3,000 students in ten notebooks; needs Linux.

``python -m autograder.bench.course [STUDENTS ...] [COURSE]`` (default 3000) prints the processor
seconds and the megabytes of each. Its class hands in what a few did, whose work was graded: in
light notebooks, or those of a graded COURSE, which stays as it is.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
import tempfile
from collections import defaultdict
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any
from uuid import uuid4

from nbgrader import api
from sqlalchemy import delete, insert, select

from ..authoring.build import source_notebook
from ..authoring.percent import dump
from ..authoring.release import release
from ..course import Course, init
from ..errors import AutograderError
from ..grading.classroom import grade_class
from ..grading.database import add_indexes, connect
from .classes import project

__all__ = ["cost", "crowd", "few_graded", "main"]

NOTEBOOKS = [f"{number:02}_light" for number in range(10)]
COMMANDS = (
    ["status"],
    ["report"],
    ["report", "ASSIGNMENT"],
    ["export", "csv"],
    ["export", "json"],
)
_RUN = """\
import sys, time
from autograder.commands import main
code = main(sys.argv[1:])
# Not ru_maxrss, which is at least that of the process that started this one.
memory = next(line for line in open("/proc/self/status") if line.startswith("VmHWM"))
print(time.process_time(), memory.split()[1])
sys.exit(code)
"""
_ROWS = (api.SubmittedAssignment, api.SubmittedNotebook, api.Grade, api.Comment)
_LEFT_OUT = ("submitted", "autograded", "feedback", "reports", "exports", "download", "timings")
_ANSWERS = {
    "right": ("maximum", "maximum"),
    "wrong": ("np.maximum(x, 0)", "np.minimum(x, 0)"),
    "broken": ('"', ""),
}
"""By student: what is replaced in the file with right answers."""


def few_graded(folder: Path, notebooks: Sequence[str]) -> Course:
    """A course with one submission of each kind, really graded."""
    course = init(folder / "few", project(folder, notebooks[0]))
    for name in notebooks:
        made = project(folder, name)
        release(course, name, made)
        text = dump(source_notebook(name, made))
        for student, change in _ANSWERS.items():
            path = course.submitted_dir(name, student) / f"{name}.ipynb"
            path.parent.mkdir(parents=True)
            path.write_text(text.replace(*change), encoding="utf-8")
        grade_class(course, name, project=made)
    return course


def crowd(few: Course, folder: Path, students: int) -> Course:
    """A copy of a graded course in `folder`, where so many handed in what those `few` did."""
    shutil.copytree(few.root, folder, ignore=shutil.ignore_patterns(*_LEFT_OUT))
    course = Course(folder)
    names = [f"s-{number:05}" for number in range(students)]
    engine = connect(course, write=True)
    with engine.begin() as database:
        known = {
            kind: [dict(row._mapping) for row in database.execute(select(kind.__table__))]
            for kind in _ROWS
        }
        columns = select(api.Assignment.id, api.Assignment.name)
        titles: dict[str, str] = {id: name for id, name in database.execute(columns)}
        for kind in (*reversed(_ROWS), api.Student):
            database.execute(delete(kind.__table__))
        database.execute(insert(api.Student.__table__), [{"id": name} for name in names])
        hand_ins = _by(known[api.SubmittedAssignment], "assignment_id")
        parts = _by(known[api.SubmittedNotebook], "assignment_id")
        cells = {kind: _by(known[kind], "notebook_id") for kind in (api.Grade, api.Comment)}
        for assignment, submissions in hand_ins.items():
            rows: dict[Any, list[dict[str, Any]]] = {kind: [] for kind in _ROWS}
            for number, name in enumerate(names):
                old = submissions[number % len(submissions)]
                new = {**old, "id": uuid4().hex, "student_id": name}
                rows[api.SubmittedAssignment].append(new)
                for part in parts[old["id"]]:
                    copy = {**part, "id": uuid4().hex, "assignment_id": new["id"]}
                    rows[api.SubmittedNotebook].append(copy)
                    for kind, known_cells in cells.items():
                        rows[kind] += [
                            {**cell, "id": uuid4().hex, "notebook_id": copy["id"]}
                            for cell in known_cells[part["id"]]
                        ]
                title = titles[assignment]
                for of in (Course.submitted_dir, Course.autograded_dir):
                    shutil.copytree(of(few, title, old["student_id"]), of(course, title, name))
            for kind, values in rows.items():
                database.execute(insert(kind.__table__), values)
    engine.dispose()
    add_indexes(course)
    return course


def _by(rows: Iterable[dict[str, Any]], column: str) -> dict[str, list[dict[str, Any]]]:
    groups = defaultdict(list)
    for row in rows:
        groups[row[column]].append(row)
    return groups


def cost(course: Course, words: Sequence[str]) -> tuple[float, float]:
    """The processor seconds and the largest megabytes of a command; raises if it fails."""
    command = [sys.executable, "-c", _RUN, *words, "--course", str(course.root)]
    run = subprocess.run(command, stdout=-1, stderr=subprocess.STDOUT, text=True)
    if run.returncode:
        raise AutograderError(f"{' '.join(words)} failed:\n{run.stdout}")
    seconds, kilobytes = run.stdout.split()[-2:]
    return float(seconds), int(kilobytes) / 1024


def main(arguments: Sequence[str]) -> None:
    numbers = [int(word) for word in arguments if word.isdigit()] or [3000]
    given = [Path(word) for word in arguments if not word.isdigit()]
    with tempfile.TemporaryDirectory(prefix="bench-") as folder:
        few = Course.open(given[0]) if given else few_graded(Path(folder), NOTEBOOKS)
        names = sorted(path.name for path in few.release.iterdir())
        for students in numbers:
            course = crowd(few, Path(folder, f"of-{students}"), students)
            for words in COMMANDS:
                words = [names[0] if word == "ASSIGNMENT" else word for word in words]
                seconds, megabytes = cost(course, words)
                print(
                    f"{students} students, {len(names)} notebooks: {' '.join(words)}: "
                    f"{seconds:.1f} s of processor time, {megabytes:.0f} MB",
                    flush=True,
                )
            shutil.rmtree(course.root)


if __name__ == "__main__":
    main(sys.argv[1:])
