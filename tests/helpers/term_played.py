"""docs/instructors.md, played: its commands are typed in order, on a sample course."""

from __future__ import annotations

import contextlib
import doctest
import io
import os
import re
import shlex
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from nbgrader.api import Gradebook

from autograder.commands import main
from autograder.course import SECRET, SETTINGS
from autograder.reports.status import of_notebooks, of_students
from helpers import ROOT
from helpers.term_course import RULES, Term, project

PAGE = ROOT / "docs" / "instructors.md"
PART = re.compile(
    r"^```(?P<kind>console|toml)\n(?P<block>.*?)^```$|^<!-- meanwhile: (?P<hook>.+?) -->$",
    re.S | re.M,
)
COMMAND = re.compile(r"^\$ python -m autograder (.*)\n((?:(?!\$ ).*\n)*)", re.M)
MARK, EXTRA, COMMENT = 1.0, 0.5, "Well said."
PRAISED = "what_happens_with_adagrad"


@dataclass
class Said:
    """A command of the page: what it must say, what it said, its exit code."""

    command: str
    wanted: str
    said: str
    code: int


@dataclass
class Played:
    """The term after its last command. counts : {command: counts of each notebook then}."""

    term: Term
    said: list[Said] = field(default_factory=list)
    counts: list[dict[str, dict[str, int]]] = field(default_factory=list)
    praised: str = ""
    """The student with a comment and extra credit."""


def play(folder: Path) -> Played:
    """Do what the page says, in `folder`, which becomes a checkout."""
    project(folder)
    term = Term(folder)
    played = Played(term)
    hooks = {
        "class.csv": term.write_roster,
        "canvas": term.write_canvas,
        "moodle": term.write_moodle,
        "gradescope": term.write_gradescope,
        "marked by hand": lambda: mark_by_hand(played),
    }
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("COLUMNS", "80")
        patch.chdir(folder)
        for part in PART.finditer(PAGE.read_text(encoding="utf-8")):
            if part["hook"]:
                hooks[part["hook"]]()
            elif part["kind"] == "toml":
                (term.course.root / SETTINGS).write_text(part["block"], encoding="utf-8")
            else:
                for command, wanted in COMMAND.findall(part["block"]):
                    played.said.append(type_in(command, wanted))
                    if command == "init":  # some mistakes cost more under one secret than another
                        (term.course.root / SECRET).write_bytes(bytes(range(32)))
                    if command == "status":
                        lines = of_notebooks(term.course, of_students(term.course))
                        played.counts.append({x.notebook: dict(x.counts) for x in lines})
    return played


def type_in(command: str, wanted: str) -> Said:
    out = io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(out):
        code = main(shlex.split(command))
    return Said(command, wanted, out.getvalue(), code)


def mark_by_hand(played: Played) -> None:
    """As the formgrader does it: every answer in words to the first notebook, one with praise."""
    course = played.term.course
    with Gradebook(course.db_url, "cs231n") as book:
        handed_in = book.notebook_submissions(RULES, RULES)
        for notebook in sorted(handed_in, key=lambda each: each.student.id):
            student = notebook.student.id
            for grade in notebook.grades:
                if not grade.needs_manual_grade:
                    continue
                grade.manual_score, grade.needs_manual_grade = MARK, False
                if not played.praised and grade.name == PRAISED:
                    played.praised, grade.extra_credit = student, EXTRA
                    told = book.find_comment(grade.name, RULES, RULES, student)
                    told.manual_comment = COMMENT
        book.db.commit()


def agrees(wanted: str, said: str) -> bool:
    """Whether a command said what the page shows; there, "..." stands for any text."""
    checker: Any = doctest.OutputChecker()
    return bool(checker.check_output(_plain(wanted), _plain(said), doctest.ELLIPSIS))


def _plain(text: str) -> str:
    """Without what differs between machines, and blank lines and spaces at the ends."""
    text = text.replace(os.sep, "/")
    text = re.sub(
        r"^(grading|feedback) (\S+) (\d+)/(?!\3,).*\n", "", text, flags=re.M
    )  # on the way
    text = re.sub(r"^(grading|feedback) (\S+ \d+/\d+), .*", r"\1 \2", text, flags=re.M)
    text = re.sub(r"\d+ at once, isolation: \S+", "at once", text)
    lines = [line.rstrip() for line in text.splitlines()]
    return "\n".join([*filter(None, lines), ""])


__all__ = ["COMMENT", "EXTRA", "MARK", "PAGE", "PRAISED", "Played", "agrees", "play"]
