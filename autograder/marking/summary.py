"""What a class knew of each question in words: how many were given each item of its rubric."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection
from dataclasses import dataclass

from ..course import Course
from .gradebook import entries
from .questions import questions
from .store import Store
from .types import Item, Question

__all__ = ["Given", "Marked", "marked_questions"]


@dataclass(frozen=True)
class Given:
    """An item of a rubric, and how many answers it was given for."""

    item: Item
    times: int


@dataclass(frozen=True)
class Marked:
    """A question's marked answers. items : in the rubric's order."""

    question: Question
    answers: int
    mean: float
    items: tuple[Given, ...]


def marked_questions(course: Course, assignment: str, students: Collection[str]) -> list[Marked]:
    """The questions of which answers of `students` were marked with a rubric's items, in order.

    Marks that were changed in another program since, such as the formgrader, do not count.
    """
    store, marked = Store(course), []
    if not store.path.exists():
        return []
    for question in questions(course, assignment):
        marks = {
            student: kept.mark
            for student, kept in store.marks(question).items()
            if student in students
        }
        now = entries(course, question, list(marks)) if marks else {}
        valid = [
            mark
            for student, mark in marks.items()
            if student in now and now[student].points == mark.points
        ]
        if not valid:
            continue
        times = Counter(item for mark in valid for item in mark.items)
        marked.append(
            Marked(
                question,
                answers=len(valid),
                mean=sum(mark.points for mark in valid) / len(valid),
                items=tuple(Given(item, times[item.id]) for item in store.items(question)),
            )
        )
    return marked
