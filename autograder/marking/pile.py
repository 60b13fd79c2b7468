"""The answers to one question that wait, in memory and in groups.

A notebook is read again only if its file changed. Answers that come while somebody marks are
grouped among themselves: the groups that somebody works through stay as they are.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping

from ..course import Course
from .groups import group
from .questions import answers
from .types import Answer, Group, Part, Question

__all__ = ["Pile"]


class Pile:
    """digests : of all answers that were read, by student; blank : who answered nothing; reasons :
    why answers come back that had a mark, by student; groups : what is to be marked, in order;
    marked : how many answers have a mark and do not come back.
    """

    def __init__(self, course: Course, question: Question) -> None:
        self.course, self.question = course, question
        self.digests: dict[str, str] = {}
        self.blank: set[str] = set()
        self.reasons: dict[str, str] = {}
        self.groups: list[Group] = []
        self.marked = 0
        self._texts: dict[str, str] = {}
        self._stamps: dict[str, tuple[int, int] | None] = {}

    def read(self, students: Iterable[str]) -> set[str]:
        """Read what is new or changed of these; returns whose answer changed since it was read."""
        stamps = {student: self._stamp(student) for student in students}
        due = [name for name, stamp in stamps.items() if self._stamps.get(name, ()) != stamp]
        fresh = answers(self.course, self.question, due)
        changed = {
            student
            for student, answer in fresh.items()
            if self.digests.get(student, answer.digest) != answer.digest
        }
        for student, answer in fresh.items():
            self.digests[student], self._texts[student] = answer.digest, _text(answer)
            (self.blank.discard if _text(answer).strip() else self.blank.add)(student)
        self._stamps.update(stamps)
        return changed

    def _stamp(self, student: str) -> tuple[int, int] | None:
        question = self.question
        folder = self.course.autograded_dir(question.assignment, student)
        try:
            status = (folder / f"{question.notebook}.ipynb").stat()
        except OSError:
            return None
        return status.st_mtime_ns, status.st_size

    def sort(
        self, waiting: Collection[str], changed: Collection[str], reasons: Mapping[str, str]
    ) -> None:
        """Leave in the groups who waits, and group who is new or has changed their answer.

        reasons : of those who had a mark before. They come first, each alone.
        """
        self.reasons = dict(reasons)
        self.groups = list(self._of(set(waiting) - {*changed}))
        placed = {student for one in self.groups for student in one.members}
        new = [student for student in waiting if student not in placed]
        alone = [Group((student,)) for student in new if student in reasons]
        alike = self._grouped(student for student in new if student not in reasons)
        self.groups = sorted([*self.groups, *alone, *alike], key=self._place)
        self._texts = {name: text for name, text in self._texts.items() if name in waiting}

    def _place(self, one: Group) -> tuple[bool, bool, int]:
        first = one.members[0]
        return first not in self.reasons, first in self.blank, -len(one.members)

    def drop(self, students: Collection[str]) -> None:
        """Take these out of the groups: they wait no longer."""
        gone = set(students)
        self.groups = list(self._of({name for one in self.groups for name in one.members} - gone))

    def put_first(self, one: Group) -> None:
        """Let a group wait, or its members, before all others."""
        self.drop(one.members)
        self.groups.insert(0, one)

    def _of(self, students: Collection[str]) -> Iterator[Group]:
        """The groups, as far as these students are in them."""
        for one in self.groups:
            members = tuple(name for name in one.members if name in students)
            if members == one.members:
                yield one
            elif members and members[0] == one.members[0]:
                yield Group(members, _only(one.differences, members))
            elif members:  # all are compared with the first one, who has left
                yield from self._grouped(members)

    def _grouped(self, students: Iterable[str]) -> list[Group]:
        names = list(students)
        if missing := [name for name in names if name not in self._texts]:
            for name, answer in answers(self.course, self.question, missing).items():
                self._texts[name] = _text(answer)
        return group({name: self._texts[name] for name in names}, self.question.kind)


def _text(answer: Answer) -> str:
    """What answers are grouped by: one that cannot be read, by the reason, is no empty one."""
    return answer.text or "".join(answer.outputs)


def _only(
    differences: Mapping[str, tuple[Part, ...]], members: Collection[str]
) -> dict[str, tuple[Part, ...]]:
    return {name: parts for name, parts in differences.items() if name in members}
