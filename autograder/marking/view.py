"""What is shown of questions, groups and answers, as what JSON can hold."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from ..course import Course
from . import graders
from .aliases import Aliases
from .gradebook import Entry
from .pile import Pile
from .questions import whole
from .rendering import render, render_source
from .store import Kept, Store
from .types import Group, Mark, Question

__all__ = ["View", "counts", "draft_of"]

SHOWN = 200
"""Members of a group that are sent to the page; all others are marked with them."""
_KEYS = 9
"""Items of a rubric that a digit gives; 0 is for no points."""


class View:
    """Shows them to one grader."""

    def __init__(self, course: Course, store: Store, aliases: Aliases, grader: str) -> None:
        self.course, self.store, self.aliases, self.grader = course, store, aliases, grader

    def question(self, pile: Pile) -> dict[str, Any]:
        """A question with its model answer, its rubric and how far it is marked."""
        about = pile.question
        return {
            "name": about.name,
            "text": render_source(about.text),
            "answer": render_source(about.answer, about.kind),
            "max_points": about.max_points,
            "kind": about.kind,
            "items": self.items(about),
            **self.state(pile),
        }

    def group(self, pile: Pile, group: Group, expected: Mapping[str, Entry]) -> dict[str, Any]:
        """A group: the first answer whole, of all others what differs.

        expected : what the gradebook says of the answers.
        """
        marks, drafts = self.store.marks(pile.question), self.store.drafts(pile.question)
        return {
            "key": self.key(pile, group.members),
            "size": len(group.members),
            "members": [
                {
                    "id": self.aliases.of(student),
                    "label": self.aliases.label(student),
                    "html": "" if place else self.html(pile.question, student),
                    "differences": [
                        (part.kind, part.text) for part in group.differences.get(student, ())
                    ],
                    "before": _before(
                        expected[student], marks.get(student), pile.reasons.get(student, "")
                    ),
                }
                for place, student in enumerate(group.members[:SHOWN])
            ],
            "draft": next(
                (
                    draft_of(drafts[name].mark)
                    for name in group.members
                    if name in drafts and drafts[name].mark.digest == pile.digests[name]
                ),
                None,
            ),
        }

    def to_read_again(self, pile: Pile) -> list[str]:
        """The students whose answers this grader is to read a second time."""
        students = pile.digests.keys() - pile.blank
        return graders.to_read_again(self.store, pile.question, self.grader, students)

    def key(self, pile: Pile, students: Sequence[str]) -> str:
        """The id of a group: another one if a member or an answer is another one."""
        digests = {student: pile.digests[student] for student in students}
        return self.aliases.group(pile.question.name, digests)

    def html(self, question: Question, student: str) -> str:
        """One answer."""
        return render(whole(self.course, question, student), question.kind)

    def items(self, question: Question) -> list[dict[str, Any]]:
        """The rubric, with the key of each item, and its formulas as they are read."""
        items = enumerate(self.store.items(question), start=1)
        return [
            {**vars(item), "html": _line(item.text), "key": str(place) if place <= _KEYS else ""}
            for place, item in items
        ]

    def state(self, pile: Pile) -> dict[str, Any]:
        """What changes about a question as it is marked."""
        agreement = graders.agreement(self.store, pile.question)
        return {
            "comments": self.store.comments(pile.question),
            "second": len(self.to_read_again(pile)),
            "agreement": {
                "n": agreement.n,
                "same": agreement.same,
                "kappa": agreement.kappa,
                "disagreements": [
                    {
                        "label": self.aliases.label(one.student),
                        "first": one.first,
                        "second": one.second,
                    }
                    for one in agreement.disagreements
                    if not one.settled
                ],
            },
            **counts(pile),
        }


def _line(text: str) -> str:
    """An item's text as HTML; without its paragraph if it is one."""
    html = render_source(text).strip()
    inside = html.removeprefix("<p>").removesuffix("</p>")
    return inside if len(html) - len(inside) == 7 and "<p>" not in inside else html


def counts(pile: Pile) -> dict[str, int]:
    waiting = sum(len(group.members) for group in pile.groups)
    return {"waiting": waiting, "marked": pile.marked}


def draft_of(mark: Mark) -> dict[str, Any]:
    """What was sent, but is not saved."""
    points = mark.points if mark.typed else None
    return {"items": mark.items, "points": points, "comment": mark.comment}


def _before(entry: Entry, kept: Kept | None, reason: str) -> dict[str, Any] | None:
    """The mark that an answer has, which is to be marked again."""
    if entry.points is None:
        return None
    mark = kept.mark if kept and kept.mark.points == entry.points else None
    return {
        "points": entry.points,
        "items": mark.items if mark else (),
        "comment": entry.comment or "",
        "grader": mark.grader if mark else "",
        "reason": reason,
    }
