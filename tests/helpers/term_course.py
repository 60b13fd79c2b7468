"""A term to play through: three notebooks without their experiments, forty students, three LMSs.

Answers are the sample class's; they are put into downloads as Canvas, Moodle and Gradescope make
them, with what goes wrong in a term: late, twice, together, by a stranger, broken, nothing at all.
"""

from __future__ import annotations

import re
import shutil
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from autograder.authoring import build
from autograder.course import Course
from autograder.project import MANIFEST, Project
from autograder.sample.students import write_class
from helpers import PROJECT, ROOT
from helpers.handed_in import zipped

RULES, RATES, DROPOUT = NOTEBOOKS = ("05_update_rules", "06_schedules", "07_dropout")
COUNT = 40
SLOW = ("endless loop", "own cell never ends")
"""They take what the limits allow: here, these students hand nothing in."""

CANVAS_CSV, TIMES, MOODLE_CSV = "class.csv", "times.csv", "worksheet.csv"
IN_TIME, LATER = "canvas.zip", "canvas-later.zip"
MOODLE, GRADESCOPE = "moodle.zip", "gradescope.zip"


def project(root: Path) -> Project:
    """A checkout in `root` with the three notebooks, of which each keeps what is graded alone."""
    leave = shutil.ignore_patterns("__pycache__")
    shutil.copytree(ROOT / "cs231n_lib", root / "cs231n_lib", ignore=leave)
    shutil.copytree(PROJECT.root / "lessons", root / "notebooks" / "lessons", ignore=leave)
    manifest = root / "notebooks" / MANIFEST
    manifest.write_text(
        f'id = "cs231n"\nlibrary = "../cs231n_lib"\nlessons = {[*NOTEBOOKS]}\n', encoding="utf-8"
    )
    made = Project.read(manifest)
    for name in NOTEBOOKS:
        text = made.text(name).read_text(encoding="utf-8")
        cells = re.split(r"^(?=# %%)", text, flags=re.M)
        kept = [cell for cell in cells if cell.partition("\n")[0] != "# %%"]
        made.text(name).write_text("".join(kept), encoding="utf-8")
    build.build(NOTEBOOKS, made)
    return made


@dataclass
class HandIns:
    """What was handed in for a notebook. score : what each must earn; files : {student: bytes}."""

    score: dict[str, float]
    most: float
    files: dict[str, bytes]
    kind: dict[str, str]

    def good(self) -> list[str]:
        """Students who earn points, but not all: what is taken off can be seen."""
        return [x for x in self.files if 0 < self.score[x] < self.most and x not in self.odd()]

    def odd(self) -> list[str]:
        return [x for x in self.files if self.kind[x] in ("broken JSON", "no notebook")]


@dataclass
class Term:
    """The term's inputs, in the folder where its commands are typed."""

    folder: Path
    by_notebook: dict[str, HandIns] = field(default_factory=dict)
    late: dict[str, dict[str, datetime]] = field(default_factory=dict)
    """When the late ones handed in, by notebook."""

    @property
    def course(self) -> Course:
        return Course(self.folder / "course")

    def hand_in(self, notebook: str) -> HandIns:
        """Let the sample class answer `notebook`, and take the files away from the course."""
        expected = write_class(self.course, notebook, COUNT)
        files = {}
        for student, want in expected.items():
            folder = self.course.submitted_dir(notebook, student)
            (path,) = folder.iterdir()
            if want.kind not in SLOW:
                files[student] = path.read_bytes()
            shutil.rmtree(folder)
        found = HandIns(
            {student: want.score for student, want in expected.items()},
            next(iter(expected.values())).max_score,
            files,
            {student: want.kind for student, want in expected.items()},
        )
        self.by_notebook[notebook] = found
        return found

    def untouched(self, notebook: str) -> bytes:
        return (self.course.release_dir(notebook) / f"{notebook}.ipynb").read_bytes()

    # -- the downloads ------------------------------------------------------------------------

    def write_roster(self) -> None:
        lines = ["Student,ID,SIS User ID,SIS Login ID,Section", "    Points Possible,,,,"]
        lines += [
            f'"{letters(number)}, Student",{4000 + number},S-{number},{name(number)},A'
            for number in range(1, COUNT + 1)
        ]
        (self.folder / CANVAS_CSV).write_text("\n".join([*lines, ""]), encoding="utf-8")

    def write_canvas(self) -> None:
        """Two downloads: by the due date, and after it; with the times of the late ones in a CSV.

        Two are late; one, in time with nothing written, hands in again; a stranger is there too.
        """
        own = self.hand_in(RULES)
        first, second, again = own.good()[:3]
        days = {first: datetime(2025, 10, 15, 20), second: datetime(2025, 10, 17, 20)}
        self.late[RULES] = days
        early = {**own.files, again: self.untouched(RULES)}
        files = {_canvas(x): data for x, data in early.items() if x not in days}
        files["somebody_9999_600_05_update_rules.ipynb"] = self.untouched(RULES)
        for x in own.odd():
            if own.kind[x] == "no notebook":
                files[_canvas(x, "README.txt")] = files.pop(_canvas(x))
        zipped(self.folder / IN_TIME, files)
        later = {_canvas(x, late="_late"): own.files[x] for x in days}
        zipped(self.folder / LATER, {**later, _canvas(again): own.files[again]})
        rows = [f"{x},{time}Z" for x, time in days.items()]
        text = "\n".join(["student_id,submitted", *rows, ""])
        (self.folder / TIMES).write_text(text, encoding="utf-8")

    def write_moodle(self) -> None:
        """A download, and the worksheet with the numbers and times of who is in it."""
        own = self.hand_in(RATES)
        late = {
            next(iter(self.late[RULES])): datetime(2025, 10, 30, 12),
            "student-05": datetime(2025, 10, 30, 12),
        }
        self.late[RATES] = late
        rows = ['Identifier,"Full name",Username,"Last modified (submission)"']
        files = {}
        for number in range(1, COUNT + 1):
            x, full = name(number), f"Student {letters(number)}"
            when = f"{late[x]:%A, %d %B %Y, %I:%M %p}" if x in late else "-"
            rows.append(f'"Participant {300 + number}","{full}",{x},"{when}"')
            called = "README.txt" if own.kind[x] == "no notebook" else f"{RATES}.ipynb"
            if x in own.files:
                folder = f"{full}_{300 + number}_assignsubmission_file"
                files[f"{folder}/{called}"] = own.files[x]
        zipped(self.folder / MOODLE, files)
        (self.folder / MOODLE_CSV).write_text("\n".join([*rows, ""]), encoding="utf-8")

    def write_gradescope(self) -> None:
        """An export: two who worked together, one who handed in twice, one late."""
        own = self.hand_in(DROPOUT)
        late = list(self.late[RULES])[1]
        self.late[DROPOUT] = {late: datetime(2025, 11, 12, 12)}
        one, other, twice = [x for x in own.good() if x != late][:3]
        own.score[other], own.files[other] = own.score[one], own.files[one]
        told, files = "", {}
        groups = [[x] for x in own.files if x != other]
        groups[groups.index([one])].append(other)
        for number, (group, data) in enumerate(
            [([twice], self.untouched(DROPOUT)), *((g, own.files[g[0]]) for g in groups)], start=11
        ):
            time = datetime(2025, 11, 10, 8) if number == 11 else datetime(2025, 11, 11, 8)
            time = self.late[DROPOUT].get(group[0], time)
            people = "".join(f"  - :name: Student\n    :sid: {x}\n" for x in group)
            told += f"submission_{number}:\n  :submitters:\n{people}  :created_at: {time} Z\n"
            called = "README.txt" if own.kind[group[0]] == "no notebook" else f"{DROPOUT}.ipynb"
            files[f"export/submission_{number}/{called}"] = data
        zipped(self.folder / GRADESCOPE, {"export/submission_metadata.yml": told.encode(), **files})


def name(number: int) -> str:
    return f"student-{number:02}"


def letters(number: int) -> str:
    """A last name: A, B, ..., Z, AA, AB, ..."""
    more, last = divmod(number - 1, 26)
    return ("A" if more else "") + chr(ord("A") + last)


def _canvas(student: str, called: str = f"{RULES}.ipynb", late: str = "") -> str:
    number = int(student.removeprefix("student-"))
    return f"{letters(number).lower()}student{late}_{4000 + number}_{500 + number}_{called}"


__all__ = ["COUNT", "NOTEBOOKS", "HandIns", "Term", "name", "project"]
