"""The class in memory: who is in it, and the search for a student by what systems call them."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

__all__ = ["Key", "Roster", "Student", "may_name_a_folder", "plain_name"]

Key = tuple[str, str]
"""A kind ("id", "canvas", "moodle", "sid", "email" or "name") and a student's value of it."""

_NOBODY = "is not in the roster"
_STRONG = ("canvas", "moodle", "sid", "email")
"""The kinds of keys that only one student has, the surest first."""


@dataclass(frozen=True)
class Student:
    """One row of a roster.

    also : those of `keys` that are of another account of the same person; submitted : the time of
    handing in, if the roster has it; left : no longer in the class, but with work and marks here.
    """

    id: str
    first_name: str = ""
    last_name: str = ""
    keys: frozenset[Key] = frozenset()
    submitted: str = ""
    section: str = ""
    also: frozenset[Key] = frozenset()
    left: bool = False

    def key(self, kind: str) -> str:
        """The student's own key of this kind, or ""."""
        return next((value for key, value in sorted(self.keys - self.also) if key == kind), "")

    @property
    def strong_keys(self) -> list[Key]:
        keys = sorted((kind, value) for kind, value in self.keys if kind in _STRONG)
        return [("id", self.id.casefold()), *sorted(keys, key=lambda key: _STRONG.index(key[0]))]

    @property
    def name_keys(self) -> list[Key]:
        return sorted(key for key in self.keys if key[0] == "name")

    def is_other_than(self, row: Student) -> bool:
        """Whether a key of this student is another one in `row`."""
        kinds = {kind for kind, _ in self.keys & row.keys}
        return any(self.key(kind) and row.key(kind) and kind not in kinds for kind in _STRONG)

    def updated(self, new: Student) -> Student:
        """This student as `new`, a row of a new import, has them."""
        if ("id", new.id.casefold()) in self.also:
            keys = new.keys | {("id", new.id.casefold())}
            return replace(
                self, keys=self.keys | keys, also=self.also | (keys - self.keys), left=False
            )
        kinds = {kind for kind, _ in new.keys} - {"name"}
        kept = frozenset(key for key in self.keys if key[0] not in kinds or key in self.also)
        first, last = new.first_name, new.last_name
        is_same = ("name", plain_name(f"{first} {last}")) in self.keys
        # "Student van One" in one piece tells nothing new, and cannot be split.
        if not (first or last) or (is_same and not (first and last)):
            first, last = self.first_name, self.last_name
        return replace(
            self,
            first_name=first,
            last_name=last,
            keys=kept | new.keys,
            submitted=new.submitted or self.submitted,
            section=new.section or self.section,
            left=False,
        )


@dataclass(frozen=True)
class Roster:
    """The class. notes : rows that were left out, with the reason."""

    students: Mapping[str, Student] = field(default_factory=dict)
    notes: Sequence[str] = ()

    def __post_init__(self) -> None:
        index: dict[Key, set[str]] = {}
        for student in self.students.values():
            for key in {("id", student.id.casefold()), *student.keys}:
                index.setdefault(key, set()).add(student.id)
        object.__setattr__(self, "_index", index)

    @property
    def left(self) -> frozenset[str]:
        """The ids of those who are no longer in the class."""
        return frozenset(student.id for student in self.students.values() if student.left)

    def find(self, keys: Iterable[Key]) -> tuple[str, str]:
        """(id, "") of the student with the first of `keys` in this roster, else ("", why not).

        It does not guess: a name that two students have identifies neither.
        """
        ids = self._ids(keys)
        return (next(iter(ids)), "") if len(ids) == 1 else ("", _why_not(ids))

    def _ids(self, keys: Iterable[Key]) -> set[str]:
        index: Mapping[Key, set[str]] = self._index  # type: ignore[attr-defined]
        return next((index[key] for key in keys if key in index), set())

    def with_keys_of(self, other: Roster) -> Roster:
        """This roster with what `other` calls these students, and when they handed in."""
        students, notes = dict(self.students), [*self.notes, *other.notes]
        for row, ids in self._whose(other):
            if len(ids) != 1:
                notes.append(f"{row.id} {_why_not(ids)}")
                continue
            (known,) = ids
            old = students[known]
            students[known] = replace(
                old,
                first_name=old.first_name or row.first_name,
                last_name=old.last_name or row.last_name,
                keys=old.keys | row.keys,
                submitted=row.submitted or old.submitted,
            )
        return Roster(students, notes)

    def imported(self, other: Roster, is_whole_class: bool) -> Roster:
        """This roster as the new import `other` has it; who is missing there has left.

        is_whole_class : False if `other` is only some of the class, so that nobody has left.
        """
        students, notes = dict(self.students), [*self.notes, *other.notes]
        present = set[str]()
        for row, ids in self._whose(other, may_be_new=True):
            if len(ids) > 1:
                notes.append(f"{row.id} {_why_not(ids)}")
            for known in ids if len(ids) == 1 else ():
                students[known] = students[known].updated(row)
            if not ids:
                students[row.id] = row
            present |= ids or {row.id}
        if is_whole_class:
            for name in set(students) - present:
                students[name] = replace(students[name], left=True)
        return Roster(students, notes)

    def merged(self, student: str, other: str) -> Roster:
        """This roster with `other` as one more account of `student`, found by all its keys."""
        students = {name: row for name, row in self.students.items() if name != other}
        one = students.get(student, Student(student))
        two = self.students.get(other, Student(other))
        also = one.also | ((two.keys | {("id", other.casefold())}) - one.keys)
        students[student] = replace(one, keys=one.keys | also, also=also)
        return Roster(students, self.notes)

    def _whose(self, other: Roster, may_be_new: bool = False) -> Iterator[tuple[Student, set[str]]]:
        """Each row of `other`, and whose it can be: by their name if by nothing else.

        A name is not enough if it is somebody's who has another row; nor, for who `may_be_new`, if
        a number or an email address is another one.
        """
        rows = other.students.values()
        sure = {row.id: self._ids(row.strong_keys) for row in rows}
        by_name = {row.id: self._ids(row.name_keys) for row in rows if not sure[row.id]}
        named = Counter(name for ids in by_name.values() for name in ids)
        taken = set[str]().union(*sure.values())
        for row in rows:
            yield (
                row,
                sure[row.id]
                or {
                    name
                    for name in by_name[row.id]
                    if name not in taken
                    and (len(by_name[row.id]) > 1 or named[name] == 1)
                    and not (may_be_new and self.students[name].is_other_than(row))
                },
            )


def _why_not(ids: Collection[str]) -> str:
    return f"may be {' or '.join(sorted(ids))}" if ids else _NOBODY


def plain_name(name: str) -> str:
    """A name without case, accents, blanks and punctuation, which systems write differently.

    >>> plain_name("O’Neill, Zoë"), plain_name("oneillzoe")
    ('oneillzoe', 'oneillzoe')
    """
    letters = unicodedata.normalize("NFKD", name.casefold())
    return "".join(letter for letter in letters if letter.isalnum())


def may_name_a_folder(student: str) -> bool:
    """Whether a student's id can be the name of a folder, on any system.

    >>> [may_name_a_folder(id) for id in ("student-01@example.edu", "..", "a/b", "a+b")]
    [True, False, False, False]
    """
    return bool(re.fullmatch(r"[^\W_][\w.@-]{0,99}", student))
