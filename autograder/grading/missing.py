"""Why an answer is missing: the error with which its cell ended, or an answer cell before it."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from nbformat import NotebookNode
from nbgrader.utils import is_solution

from ..check.pack import Pack
from ..check.probe import Outcome

__all__ = ["AnswerErrors"]


_FILE = re.compile(r"\(<[^>]*>, (?=line )")


class AnswerErrors:
    """The errors of the answer cells that have run so far."""

    def __init__(self) -> None:
        self._errors: list[tuple[NotebookNode, str]] = []

    def note(self, cell: NotebookNode) -> None:
        """Remember how `cell`, which has its outputs, ended."""
        for output in cell.outputs if is_solution(cell) else ():
            if output.output_type == "error" and output.ename != "NotImplementedError":
                error = f"{output.ename}: {output.evalue}".strip().partition("\n")[0]
                error = _FILE.sub("(", error)  # of the cell, which is no file
                self._errors.append((cell, error[:200]))

    def explain(self, pack: Pack, outcomes: Sequence[Outcome]) -> list[Outcome]:
        """The outcomes of an exercise, with the error named that made an answer missing."""
        return [
            replace(outcome, error=self._why(pack, outcome.error))
            if outcome.status == "missing" and self._errors
            else outcome
            for outcome in outcomes
        ]

    def _why(self, pack: Pack, message: str) -> str:
        for cell, error in reversed(self._errors):
            if _belongs_to(cell, pack):
                return f"{message} Its cell ended with {error}"
        cell, error = self._errors[-1]
        return f"{message} A cell before it, `{cell.id}`, ended with {error}"


def _belongs_to(cell: NotebookNode, pack: Pack) -> bool:
    """Whether the cell is where an answer to this exercise is written, or should be."""
    ids = {f"{name}_solution" for name in (pack.exercise, *pack.names)}
    names = "|".join(map(re.escape, pack.names))
    definition = re.compile(rf"^(?:(?:async )?def (?:{names})\(|(?:{names})\s*[:=])", re.MULTILINE)
    return cell.metadata.nbgrader.grade_id in ids or bool(definition.search(cell.source))
