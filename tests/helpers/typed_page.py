"""A page of the docs, played: its commands are typed in order, and what it shows is compared."""

from __future__ import annotations

import contextlib
import doctest
import io
import os
import re
import shlex
from dataclasses import dataclass
from typing import Any

from autograder.commands import main

PART = re.compile(
    r"^```(?P<kind>\w+)\n(?P<block>.*?)^```$|^<!-- meanwhile: (?P<hook>.+?) -->$", re.S | re.M
)
"""A block of the page; or a comment that says what happens meanwhile."""
COMMAND = re.compile(r"^\$ python -m autograder (.*)\n((?:(?!\$ ).*\n)*)", re.M)


@dataclass
class Typed:
    """A command of the page: what the page shows below it, what it wrote, its exit code."""

    command: str
    shown: str
    output: str
    code: int

    @property
    def complaint(self) -> str:
        """What differs from the page; "" where nothing does."""
        if agrees(self.shown, self.output):
            return ""
        return f"$ {self.command}\n{self.output}\nnot as on the page:\n{self.shown}"


def type_in(command: str, shown: str = "...\n") -> Typed:
    out = io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(out):
        code = main(shlex.split(command))
    return Typed(command, shown, out.getvalue(), code)


def agrees(shown: str, output: str) -> bool:
    """Whether a command wrote what the page shows; there, "..." stands for any text."""
    checker: Any = doctest.OutputChecker()
    return bool(checker.check_output(_plain(shown), _plain(output), doctest.ELLIPSIS))


def _plain(text: str) -> str:
    """Without what differs between machines, and blank lines and spaces at the ends.

    And without the line where a file was cut off, which moves with each word of its notebook.
    """
    text = text.replace(os.sep, "/")
    text = re.sub(
        r"^(grading|feedback) (\S+) (\d+)/(?!\3,).*\n", "", text, flags=re.M
    )  # on the way
    text = re.sub(r"^(grading|feedback) (\S+ \d+/\d+), .*", r"\1 \2", text, flags=re.M)
    text = re.sub(r"\d+ at once, isolation: \S+", "at once", text)
    text = re.sub(r"(starting at, line) \d+", r"\1", text)
    lines = [line.rstrip() for line in text.splitlines()]
    return "\n".join([*filter(None, lines), ""])


__all__ = ["COMMAND", "PART", "Typed", "agrees", "type_in"]
