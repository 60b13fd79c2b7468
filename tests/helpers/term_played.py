"""docs/instructors.md, played: its commands are typed in order, on a sample course."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

import pytest
from nbgrader.api import Gradebook

from autograder.course import SETTINGS
from autograder.reports.status import of_notebooks, of_students
from helpers import ROOT
from helpers.term_course import RULES, Term, project
from helpers.typed_page import COMMAND, PART, Typed, type_in

PAGE = ROOT / "docs" / "instructors.md"
MARK, EXTRA, COMMENT = 1.0, 0.5, "Well said."
PRAISED = "what_happens_with_adagrad"


@dataclass
class Played:
    """The term after its last command. counts : {command: counts of each notebook then}."""

    term: Term
    typed: list[Typed] = field(default_factory=list)
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
            elif part["kind"] == "console":
                for command, shown in COMMAND.findall(part["block"]):
                    played.typed.append(type_in(command, shown))
                    if command == "status":
                        lines = of_notebooks(term.course, of_students(term.course))
                        played.counts.append({x.notebook: dict(x.counts) for x in lines})
    return played


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


__all__ = ["COMMENT", "EXTRA", "MARK", "PAGE", "PRAISED", "Played", "play"]
