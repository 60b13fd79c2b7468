"""What the page talks to: which answers are next, what a grader gives them, what is undone.

No web in here. Each public method is an action of the page; it takes and gives what JSON can hold.
A student is an id without meaning to the page, until somebody asks for names.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, Any

from msgspec import Meta, Struct

from ..course import Course
from ..errors import AutograderError
from . import gradebook, graders, saving
from .aliases import Aliases
from .gradebook import Entry
from .pile import Pile
from .requests import look_again, open_requests
from .store import Store
from .todo import questions_of
from .types import Group, Item, Mark, Question
from .view import View, counts, draft_of

__all__ = ["ACTIONS", "Desk"]

_KEPT = 200
"""Groups that are on the page, and saves that can be shown again as they were."""

Text = Annotated[str, Meta(max_length=20_000)]
Name = Annotated[str, Meta(max_length=500)]
Names = Annotated[list[Name], Meta(max_length=10_000)]


class ItemTyped(Struct):
    """An item as the page sends it. id : None for a new one."""

    points: float
    text: Text
    id: Name | None = None


@dataclass(frozen=True)
class _Held:
    """A group on the page. expected : what the gradebook said of its answers when it was shown."""

    group: Group
    expected: Mapping[str, Entry]


class Desk:
    """The place of one grader at one assignment's questions."""

    def __init__(self, course: Course, assignment: str, grader: str) -> None:
        self.course, self.assignment, self.grader = course, assignment, grader
        self.store, self._aliases = Store(course), Aliases(course)
        self._view = View(course, self.store, self._aliases, grader)
        self._questions = questions_of(course, assignment)
        self._piles: dict[str, Pile] = {}
        self._held: dict[str, _Held] = {}
        self._saved: dict[str, Group] = {}

    # ------------------------------------------------------------------------------ what is to do

    def overview(self) -> dict[str, Any]:
        """The questions, and how much there is to do."""
        return {
            "assignment": self.assignment,
            "title": self.assignment,
            "grader": self.grader,
            "questions": [self._summary(question) for question in self._questions.values()],
        }

    def _summary(self, question: Question) -> dict[str, Any]:
        entries = gradebook.entries(self.course, question)
        asked = open_requests(self.store, question).keys() & entries.keys()
        waiting = {student for student, entry in entries.items() if entry.waits} | asked
        return {
            "name": question.name,
            "max_points": question.max_points,
            "waiting": len(waiting),
            "marked": sum(
                entry.points is not None and student not in waiting
                for student, entry in entries.items()
            ),
        }

    def open(self, question: Name) -> dict[str, Any]:
        """A question with its model answer, its rubric and the comments given before."""
        return self._view.question(self._open(question))

    def next(
        self, question: Name, skip: Names | None = None, second: bool = False
    ) -> dict[str, Any]:
        """The next group, None if there is none; it is this grader's for some minutes.

        skip : the keys of groups that are not wanted now; second : an answer that another grader
        has marked, for a second reading.
        """
        pile, skipped = self._pile(question), frozenset(skip or ())
        if second:
            return {"group": self._take_second(pile, skipped), **counts(pile)}
        group = self._take(pile, skipped)
        if group is None:
            self._sort(pile)  # others may have marked, and answers may have come
            group = self._take(pile, skipped)
        return {"group": group, **counts(pile)}

    def renew(self, question: Name, keys: Names) -> dict[str, Any]:
        """Keep these groups for some more minutes."""
        members = [
            name for key in keys if key in self._held for name in self._held[key].group.members
        ]
        graders.claim(self.store, self._question(question), members, self.grader)
        return {}

    def leave(self, question: Name, key: Name) -> dict[str, Any]:
        """Give a group back, so that others can have it."""
        if held := self._held.pop(key, None):
            about = self._question(question)
            graders.leave(self.store, about, self.grader, held.group.members)
        return {}

    def member(self, question: Name, id: Name) -> dict[str, Any]:
        """One answer, to look at."""
        return {"html": self._view.html(self._question(question), self._aliases.student(id))}

    def names(self, question: Name, ids: Names) -> dict[str, Any]:
        """Who wrote these answers."""
        return {"names": self._aliases.names(ids)}

    # -------------------------------------------------------------------------- what a grader does

    def save(
        self,
        question: Name,
        ids: Names,
        items: Names,
        points: float | None = None,
        comment: Text = "",
        second: bool = False,
        key: Name = "",
    ) -> dict[str, Any]:
        """Give the same mark to a group: `points` if they were typed, else those of the items.

        key : of the group, all of which is marked, `ids` being those that were sent.
        """
        pile, held = self._pile(question), self._held.get(key)
        students = list(held.group.members if held else map(self._aliases.student, ids))
        if changed := pile.read(students):
            self._sort(pile, changed)
            raise AutograderError(
                f"{len(changed)} of these answers changed meanwhile, so nothing was saved; "
                "load the page again"
            )
        if self._view.key(pile, students) != key:
            raise AutograderError("these answers are no longer this group; load the page again")
        digests = {student: pile.digests[student] for student in students}
        marks = saving.marks_for(
            self.store, pile.question, digests, items, points, comment, self.grader
        )
        undo = None
        if second:
            self._save_second(pile, marks)
        else:
            undo = self._save(pile, marks, held)
        return {
            "saved": len(marks),
            "points": marks[0].points,
            "at": marks[0].at,
            "undo": undo,
            **self._view.state(pile),
        }

    def _save(self, pile: Pile, marks: Sequence[Mark], held: _Held | None) -> str:
        """Save marks; returns what to call the save when it is undone."""
        question, students = pile.question, [mark.student for mark in marks]
        expected = held.expected if held else self._still_waiting(pile, students)
        number = saving.save(self.course, self.store, question, marks, expected)
        graders.leave(self.store, question, self.grader, students)
        pile.drop(students)
        pile.marked += len(students)
        token = f"{number} {question.name}"
        self._saved[token] = held.group if held else Group(tuple(students))
        _forget(self._saved)
        self._held = {key: one for key, one in self._held.items() if one is not held}
        return token

    def _still_waiting(self, pile: Pile, students: Sequence[str]) -> Mapping[str, Entry]:
        """The entries of answers on a page that was opened before this program began."""
        entries = gradebook.entries(self.course, pile.question, students)
        marks = self.store.marks(pile.question)
        for student in students:
            entry, mark = entries[student], marks[student].mark if student in marks else None
            mine = mark and (mark.grader, mark.points) == (self.grader, entry.points)
            if not (entry.waits or student in pile.reasons or mine):
                raise AutograderError(
                    "these answers were marked meanwhile, so nothing was saved; load the page again"
                )
        return entries

    def _save_second(self, pile: Pile, marks: Sequence[Mark]) -> None:
        """Keep second readings; these are final."""
        if not {mark.student for mark in marks} <= {*self._view.to_read_again(pile)}:
            raise AutograderError("somebody else has read this answer a second time; skip it")
        graders.read_again(self.store, pile.question, marks)

    def take_out(self, question: Name, id: Name, key: Name) -> dict[str, Any]:
        """Put one answer into a group of its own: {"group": that one, "rest": the others}."""
        pile, student = self._pile(question), self._aliases.student(id)
        held = self._held.get(key)
        if held is None or len(held.group.members) < 2 or student not in held.group.members:
            raise AutograderError("that answer is not in this group; load the page again")
        del self._held[key]
        alone, others = Group((student,)), set(held.group.members) - {student}
        pile.put_first(alone)
        rest = next((group for group in pile.groups if others & set(group.members)), None)
        if rest is None:
            raise AutograderError("the others are no longer waiting; load the page again")
        return {
            "group": self._shown(pile, alone, held.expected),
            "rest": self._shown(pile, rest, held.expected),
            **counts(pile),
        }

    def undo(self, token: Name) -> dict[str, Any]:
        """Take back a save, the whole group; it is shown again, with what was given."""
        number, _, name = token.partition(" ")
        pile = self._pile(name)
        if not number.isdecimal() or len(number) > 15:
            raise AutograderError("there is no such save")
        taken = saving.undo(self.course, self.store, pile.question, self.grader, int(number))
        group = self._saved.pop(token, Group(tuple(taken.marks)))
        self._sort(pile)
        pile.put_first(group)
        graders.claim(self.store, pile.question, group.members, self.grader)
        shown = self._shown(pile, group, taken.before)
        shown["draft"] = draft_of(taken.marks[group.members[0]])
        return {"group": shown, **counts(pile)}

    def set_items(self, question: Name, items: list[ItemTyped]) -> dict[str, Any]:
        """Change the rubric, and with it the points of whoever has a changed item."""
        about = self._question(question)
        rubric = [Item(item.id or "", item.points, item.text) for item in items]
        changes = saving.change_items(self.course, self.store, about, rubric, self.grader)
        return {
            "items": self._view.items(about),
            "changed": [
                {
                    "label": self._aliases.label(change.student),
                    "before": change.before,
                    "after": change.after,
                    "stays": change.stays,
                }
                for change in changes
            ],
        }

    # ---------------------------------------------------------------------------------- the groups

    def _question(self, name: str) -> Question:
        if name not in self._questions:
            raise AutograderError(f"{self.assignment} has no question {name!r}")
        return self._questions[name]

    def _pile(self, name: str) -> Pile:
        return self._piles.get(name) or self._open(name)

    def _open(self, name: str) -> Pile:
        question = self._question(name)
        saving.recover(self.course, self.store, question)
        pile = self._piles.setdefault(name, Pile(self.course, question))
        self._sort(pile)
        return pile

    def _sort(self, pile: Pile, changed: Collection[str] = ()) -> None:
        """See in the gradebook who waits."""
        entries = gradebook.entries(self.course, pile.question)
        changed = {*changed, *pile.read(entries)}
        self._aliases.know(entries)
        reasons = look_again(self.course, self.store, pile.question, entries, pile.digests)
        waiting = {name for name, entry in entries.items() if entry.waits or name in reasons}
        pile.sort(waiting, changed, reasons)
        pile.marked = sum(
            entry.points is not None and name not in waiting for name, entry in entries.items()
        )

    def _take(self, pile: Pile, skip: Collection[str]) -> dict[str, Any] | None:
        """Show the first group that is not to be skipped and that nobody else has."""
        others = graders.claimed_by_others(self.store, pile.question, self.grader).keys()
        for group in list(pile.groups):
            members = group.members
            if not others.isdisjoint(members) or self._view.key(pile, members) in skip:
                continue
            entries = gradebook.entries(self.course, pile.question, members)
            waiting = {name for name, entry in entries.items() if entry.waits}
            done = set(members) - waiting - (pile.reasons.keys() & entries.keys())
            changed = pile.read(members)
            if done or changed:
                self._sort(pile, changed)
                return self._take(pile, skip)
            if graders.claim(self.store, pile.question, members, self.grader):
                return self._shown(pile, group, entries)
        return None

    def _take_second(self, pile: Pile, skip: Collection[str]) -> dict[str, Any] | None:
        """Show an answer that another grader marked, without that mark."""
        for student in self._view.to_read_again(pile):
            if self._view.key(pile, [student]) not in skip:
                return self._shown(pile, Group((student,)), {student: Entry(student)})
        return None

    def _shown(self, pile: Pile, group: Group, expected: Mapping[str, Entry]) -> dict[str, Any]:
        """A group as the page gets it, which from now on can be saved."""
        shown = self._view.group(pile, group, expected)
        self._held[shown["key"]] = _Held(group, {name: expected[name] for name in group.members})
        _forget(self._held)
        return shown


def _forget(values: dict[str, Any]) -> None:
    for key in list(values)[:-_KEPT]:
        del values[key]


ACTIONS = frozenset(name for name in vars(Desk) if not name.startswith("_"))
"""What the page may ask for."""
