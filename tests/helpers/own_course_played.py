"""docs/your_own_course.md, played: its commands are typed in order, its changes are made."""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from helpers import ROOT
from helpers.new_course import LESSON, PADDED, answered
from helpers.typed_page import PART, Typed, type_in

PAGE = ROOT / "docs" / "your_own_course.md"
COMMAND = re.compile(r"^\$ (cd|python -m autograder) (.*)\n((?:(?!\$ ).*\n)*)", re.M)
EXERCISE = Path("lessons", "smoothing", "moving_average.py")


@dataclass
class Played:
    """The course after its last command.

    excerpts : what the page shows of the exercise, and the exercise's text at that time.
    """

    folder: Path
    typed: list[Typed] = field(default_factory=list)
    excerpts: list[tuple[str, str]] = field(default_factory=list)


def play(folder: Path, library: str = "", leave_out: Sequence[str] = ()) -> Played:
    """Do what the page says in the folder `folder`.

    library : make the course with one. leave_out : the commands that need not be typed.
    """
    played = Played(folder)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("COLUMNS", "80")
        patch.chdir(folder)
        for part in PART.finditer(PAGE.read_text(encoding="utf-8")):
            if part["hook"]:
                hand_in_as_a_student()
            elif part["kind"] == "python":
                played.excerpts.append((part["block"], EXERCISE.read_text(encoding="utf-8")))
            elif part["kind"] == "diff":
                change(part["block"])
            elif part["kind"] == "console":
                for program, words, shown in COMMAND.findall(part["block"]):
                    if program == "cd":
                        patch.chdir(words)
                    elif words.split()[0] not in leave_out:
                        if library and words == "new my-course":
                            words += f" --library {library}"
                        played.typed.append(type_in(words, shown or "...\n"))
    return played


def change(lines: str) -> None:
    """Change the exercise as a diff of one line says."""
    old, new = (re.search(rf"^{re.escape(sign)}(.*)$", lines, re.M)[1] for sign in "-+")  # type: ignore[index]
    text = EXERCISE.read_text(encoding="utf-8")
    assert text.count(old) == 1, f"the page changes a line that must be there once: {old}"
    EXERCISE.write_text(text.replace(old, new), encoding="utf-8")
    for name in [name for name in sys.modules if name.startswith("project_")]:
        del sys.modules[name]  # each command of a terminal is a new process, which reads it anew


def hand_in_as_a_student() -> None:
    """Write the notebook that the page describes."""
    notebook = answered(Path("course", "release", LESSON), {"moving_average_solution": PADDED})
    path = Path("handed-in", "student-01", f"{LESSON}.ipynb")
    path.parent.mkdir(parents=True)
    path.write_text(json.dumps(notebook), encoding="utf-8")


__all__ = ["PAGE", "Played", "play"]
