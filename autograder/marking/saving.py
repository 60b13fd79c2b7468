"""Save marks, take them back, and change what a rubric's items are worth: all or nothing.

The order: what is intended goes into the course's ``marking.db``, then the marks into the gradebook
in one transaction, then "saved" is said. Killed before the gradebook's transaction, the answers
still wait and what was sent comes back as a draft; killed after it, :func:`recover` sees in the
gradebook that it was saved.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace

from ..course import Course
from ..errors import AutograderError
from . import gradebook
from .gradebook import Entry, MarkedElsewhere, entries, entry_of
from .store import Save, Store
from .types import Item, Mark, Question

__all__ = ["Change", "change_items", "marks_for", "recover", "save", "total", "undo"]

_MAX_COMMENT = 10_000  # characters
_MAX_ITEMS = 50
_MAX_TEXT = 1000
_CHANGED_RUBRIC = "somebody changed the rubric meanwhile: look at it again, then save"


def total(items: Iterable[Item], chosen: Iterable[str], max_points: float) -> float:
    """The points of the `chosen` items, at least 0 and at most `max_points`.

    >>> total([Item("a", 0.1, ""), Item("b", 0.2, "")], ["a", "b"], 1.0)
    0.3
    """
    points = {item.id: item.points for item in items}
    return _bounded(math.fsum(points[id] for id in set(chosen) & points.keys()), max_points)


def marks_for(
    store: Store,
    question: Question,
    digests: Mapping[str, str],
    items: Sequence[str],
    points: float | None,
    comment: str,
    grader: str,
) -> list[Mark]:
    """The same mark for several answers.

    digests : of the answers, by student; items : ids; points : None if they follow from the items.

    Raises AutograderError if an item is not in the rubric, or points or comment cannot be saved.
    """
    rubric = store.items(question)
    unknown = set(items) - {item.id for item in rubric}
    if unknown:
        raise AutograderError(_CHANGED_RUBRIC)
    if points is not None and not math.isfinite(points):
        raise AutograderError(f"points must be a number, got {points}")
    if len(comment) > _MAX_COMMENT:
        raise AutograderError(
            f"a comment may have {_MAX_COMMENT} characters, this one has {len(comment)}"
        )
    chosen = tuple(item.id for item in rubric if item.id in items)
    sum_of_items = total(rubric, chosen, question.max_points)
    given = sum_of_items if points is None else _bounded(points, question.max_points)
    at, comment, typed = store.now(), _storable(comment), given != sum_of_items
    return [
        Mark(student, chosen, given, comment, grader, at, digest, typed)
        for student, digest in digests.items()
    ]


def _bounded(points: float, max_points: float) -> float:
    return min(max(round(points, 6), 0.0), max_points)


def _storable(text: str) -> str:
    """Without what no database takes: PostgreSQL refuses NUL, all refuse half a character."""
    return text.replace("\0", "").encode(errors="replace").decode().strip()


# ------------------------------------------------------------------------------------------- marks


def save(
    course: Course,
    store: Store,
    question: Question,
    marks: Sequence[Mark],
    expected: Mapping[str, Entry] | None = None,
) -> int:
    """Save `marks` of one grader; when this returns, they are saved. Returns the save's number.

    expected : the gradebook's entries that the grader saw, by student; by default those of now.

    Raises
    ------
    MarkedElsewhere : if one of the entries is another one by now.
    AutograderError : if they cannot be saved. Nothing is in the gradebook then, and what was sent
        comes back as a draft, unless ``marking.db`` failed.
    """
    students = [mark.student for mark in marks]
    if not marks or len(set(students)) < len(students):
        raise AutograderError("marks must be of one answer at least, and one of each")
    with store.alone():
        rubric = store.items(question)
        if not all(_follows(mark, rubric, question) for mark in marks):
            raise AutograderError(_CHANGED_RUBRIC)
        if expected is None:
            expected = entries(course, question, students)
        before = {student: expected.get(student, Entry(student)) for student in students}
        number = store.intend(question, marks, before, marks[0].grader)
        try:
            changes = [entry_of(mark, before[mark.student]) for mark in marks]
            gradebook.write(course, question, changes, before)
        except MarkedElsewhere:
            store.settle(question, number, "undone")
            raise
        with suppress(AutograderError):  # it is saved, and recover() will see that it is
            store.settle(question, number, "saved")
    return number


def _follows(mark: Mark, rubric: Sequence[Item], question: Question) -> bool:
    """Whether a mark is what its items are worth; somebody may have changed them meanwhile."""
    known = {item.id for item in rubric} >= set(mark.items)
    return known and (mark.typed or mark.points == total(rubric, mark.items, question.max_points))


def recover(course: Course, store: Store, question: Question) -> None:
    """See in the gradebook what became of saves that were cut short, before marking begins."""
    if store.unsettled(question):
        with store.alone():
            _recover(course, store, question)


def _recover(course: Course, store: Store, question: Question) -> None:
    unsettled = store.unsettled(question)
    now, marks = entries(course, question), store.marks(question)
    for cut_short in unsettled:
        after = _after(cut_short)
        # Who has a later mark says nothing about this one.
        rest = [
            student
            for student in after
            if student not in marks or marks[student].save < cut_short.id
        ]
        if cut_short.state == "undoing":
            undone = all(now.get(student) == cut_short.before[student] for student in rest)
            store.settle(question, cut_short, "undone" if undone else "saved")
        elif not rest:
            store.settle(question, cut_short, "undone")
        elif all(now.get(student) == after[student] for student in rest):
            store.settle(question, cut_short, "saved")


def _after(written: Save) -> dict[str, Entry]:
    """What the gradebook says of these answers if the save has reached it."""
    if written.kind == "items":
        return {
            student: replace(written.before[student], points=mark.points)
            for student, mark in written.marks.items()
        }
    return {
        student: entry_of(mark, written.before[student]) for student, mark in written.marks.items()
    }


def undo(
    course: Course, store: Store, question: Question, grader: str, number: int | None = None
) -> Save:
    """Take back a grader's save (the last one), the whole group; returns what it was.

    Raises AutograderError if there is none, or somebody has changed one of its marks since.
    """
    with store.alone():
        number = number or store.last_save(question, grader)
        if number is None:
            raise AutograderError(f"{grader} has saved nothing that can be undone")
        last = store.save(number)
        marks = store.marks(question)
        same = all(name in marks and marks[name].save == number for name in last.marks)
        if last.state != "saved" or last.kind != "mark" or last.grader != grader or not same:
            raise AutograderError("it cannot be undone: one of these marks was changed since")
        store.settle(question, last, "undoing")
        try:
            gradebook.write(course, question, list(last.before.values()), _after(last))
        except AutograderError as error:
            store.settle(question, last, "saved")
            if isinstance(error, MarkedElsewhere):
                raise AutograderError(
                    "it cannot be undone: one of these answers was marked or graded elsewhere since"
                ) from None
            raise
        with suppress(AutograderError):
            store.settle(question, last, "undone")
    return last


# ------------------------------------------------------------------------------------------- items


@dataclass(frozen=True)
class Change:
    """What a changed rubric does to one answer. stays : why its points stay, "" if they follow."""

    student: str
    before: float
    after: float
    stays: str = ""


def change_items(
    course: Course, store: Store, question: Question, items: Sequence[Item], grader: str
) -> list[Change]:
    """Make `items` the question's rubric, and change the points of all who have a changed item.

    items : one whose id is "" is new; one that is left out is deleted. Points that were typed, or
    given in the formgrader since, stay. Returns all who have a changed item, sorted.
    """
    with store.alone():
        _recover(course, store, question)
        return _change_items(course, store, question, items, grader)


def _change_items(
    course: Course, store: Store, question: Question, items: Sequence[Item], grader: str
) -> list[Change]:
    old = {item.id: item for item in store.items(question)}
    rubric = _checked(items, {*old, *(item.id for item in store.deleted_items(question))})
    new = {item.id: item for item in rubric}
    changed = {id for id, item in old.items() if new.get(id) != item}
    now = entries(course, question)
    marks, before, changes = [], {}, []
    for student, kept in store.marks(question).items():
        mark, entry = kept.mark, now.get(student)
        if not changed & set(mark.items) or entry is None or entry.points is None:
            continue
        if entry.points != mark.points:
            stays = "marked in another program since"
            changes.append(Change(student, entry.points, entry.points, stays))
            continue
        chosen = tuple(id for id in mark.items if id in new)
        points = mark.points if mark.typed else total(rubric, chosen, question.max_points)
        stays = "its points were typed" if mark.typed else ""
        changes.append(Change(student, mark.points, points, stays))
        if (chosen, points) != (mark.items, mark.points):
            before[student] = entry
            comment = entry.comment or ""
            marks.append(replace(mark, items=chosen, points=points, comment=comment))
    number = store.intend(question, marks, before, grader, "items", rubric)
    try:
        after = [replace(before[mark.student], points=mark.points) for mark in marks]
        gradebook.write(course, question, after, before)
    except AutograderError:
        store.settle(question, number, "undone")
        raise
    store.settle(question, number, "saved")
    return changes


def _checked(items: Sequence[Item], known: set[str]) -> list[Item]:
    """The rubric that a grader typed, with ids for what is new."""
    if len(items) > _MAX_ITEMS:
        raise AutograderError(f"a rubric may have {_MAX_ITEMS} items, got {len(items)}")
    fresh = (id for id in (f"new-{number}" for number in range(1, 10**6)) if id not in known)
    rubric = []
    for item in items:
        text = _storable(item.text)[:_MAX_TEXT]
        if not text or not math.isfinite(item.points):
            raise AutograderError("each item of a rubric must have points and a text")
        rubric.append(Item(item.id or next(fresh), item.points, text))
    if len({item.id for item in rubric}) < len(rubric):
        raise AutograderError("each item of a rubric must be there once")
    return rubric
