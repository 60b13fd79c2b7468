"""What marking is about: a question, its rubric's items, answers, groups of them, marks."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

__all__ = ["Answer", "Group", "Item", "Mark", "Part", "Question"]


@dataclass(frozen=True)
class Item:
    """One line of a rubric: what it is given for, and its points (negative: a deduction).

    id : stays when text or points are edited; made from the place in the source at first.
    """

    id: str
    points: float
    text: str


@dataclass(frozen=True)
class Question:
    """A cell that a person marks.

    name : as in reports, CELL or NOTEBOOK/CELL (:func:`autograder.results.cell_name`); kind :
    an answer in Markdown, one in code, or nbgrader's task; text : the Markdown that asks; answer :
    the model answer (Markdown or code), and rubric : its items, both from the source.
    """

    assignment: str
    notebook: str
    cell: str
    name: str
    max_points: float
    kind: Literal["words", "code", "task"]
    text: str
    answer: str
    rubric: tuple[Item, ...] = ()


@dataclass(frozen=True)
class Answer:
    """What one student wrote, as in the graded notebook, bounded in size.

    text : source of the cell (of a task: of the student's cells below it); digest : of all that is
    shown, so that a changed answer is noticed; pictures : attached or drawn, by name, as data.
    cut : how many characters were left out.
    """

    student: str
    text: str
    digest: str
    pictures: Mapping[str, tuple[str, bytes]] = field(default_factory=dict)
    outputs: Sequence[str] = ()
    cut: int = 0


@dataclass(frozen=True)
class Part:
    """A piece of an answer beside another one. kind "less": only the other one has it."""

    kind: Literal["same", "more", "less"]
    text: str


@dataclass(frozen=True)
class Group:
    """Answers that are equal or nearly equal. members : students; the first one's text is shown."""

    members: tuple[str, ...]
    differences: Mapping[str, tuple[Part, ...]] = field(default_factory=dict)
    """Of the members whose text is not the first one's."""


@dataclass(frozen=True)
class Mark:
    """What a person gave to one answer. items : ids; points : their sum, or what was typed."""

    student: str
    items: tuple[str, ...]
    points: float
    comment: str
    grader: str
    at: str
    """UTC, ISO 8601."""
    digest: str
    """Of the answer that was marked."""
    typed: bool = False
    """The points were typed, so they stay when the points of an item are changed."""
