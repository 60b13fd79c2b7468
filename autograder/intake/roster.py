"""Who is in the class: one CSV, whichever system exported it, and who an archive means by a name.

A roster names each student's id in the course (nbgrader's: the name of the folder) and what other
systems call them. These exports are read as they come, by their headings:

Canvas: Grades > Export > Export Entire Gradebook. ``Student`` ("Last, First"), ``ID`` (Canvas's
    own, which its zips name), ``SIS User ID``, ``SIS Login ID``
Moodle: an assignment's Download grading worksheet. ``Identifier`` ("Participant 123", the number
    that its zips name, another in each assignment), ``Full name``, ``Email address``, perhaps ``ID
    number`` and ``Username``, and ``Last modified (submission)``, which is when a student handed in
    (moodle's mod/assign/feedback/offline/importgradeslib.php); or a course's participants
Gradescope: Roster > Download Roster. ``First Name``, ``Last Name``, ``SID``, ``Email``, ``Role``

Anything else with a column ``student_id``, and any of ``first_name``, ``last_name``, ``name``,
``email``, ``canvas``, ``moodle``, ``sid`` and ``submitted``, is a roster as well.
"""

from __future__ import annotations

import csv
import io
import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from nbgrader import api
from nbgrader.api import Gradebook
from sqlalchemy import select

from ..course import Course
from ..errors import AutograderError

__all__ = [
    "ROSTER",
    "Key",
    "Roster",
    "Student",
    "into_gradebook",
    "may_name_a_folder",
    "of_course",
    "plain_name",
    "read_roster",
    "write_roster",
]

ROSTER = "roster.csv"
"""The course's own, in its directory."""

Key = tuple[str, str]
"""What a system calls somebody: (id, canvas, moodle, sid, email or name; the value)."""

_IDS = ("student_id", "sis login id", "username", "sid", "id number", "sis user id")
_EMAILS = ("email", "email address", "e-mail")
_COLUMNS = {
    "first": ("first_name", "first name"),
    "last": ("last_name", "last name", "surname"),
    "name": ("name", "full name", "student"),
    "email": _EMAILS,
    "canvas": ("canvas",),
    "moodle": ("moodle", "identifier"),
    "sid": ("sid", "sis user id", "id number"),
    "submitted": ("submitted", "last modified (submission)"),
}


@dataclass(frozen=True)
class Student:
    """One line of a roster. keys : what other systems call them; submitted : when, if told."""

    id: str
    first_name: str = ""
    last_name: str = ""
    keys: frozenset[Key] = frozenset()
    submitted: str = ""

    def key(self, kind: str) -> str:
        """What `kind` of system calls them, if that is known."""
        return next((value for each, value in sorted(self.keys) if each == kind), "")


@dataclass(frozen=True)
class Roster:
    """The class. notes : lines of its file that are nobody's, with the reason."""

    students: Mapping[str, Student] = field(default_factory=dict)
    notes: Sequence[str] = ()

    def __post_init__(self) -> None:
        index: dict[Key, set[str]] = {}
        for student in self.students.values():
            for key in {("id", student.id.casefold()), *student.keys}:
                index.setdefault(key, set()).add(student.id)
        object.__setattr__(self, "_index", index)

    def find(self, keys: Iterable[Key]) -> tuple[str, str]:
        """The student that the first of `keys` known here means; else "" and why there is none.

        Nobody is guessed: a name that two students have is nobody's.
        """
        index: Mapping[Key, set[str]] = self._index  # type: ignore[attr-defined]
        for kind, value in keys:
            found = index.get((kind, value), set())
            if len(found) == 1:
                return next(iter(found)), ""
            if found:
                return "", f"may be {' or '.join(sorted(found))}"
        return "", _NOBODY

    def joined(self, other: Roster, add: bool) -> Roster:
        """This roster with what `other` knows of these students and, if `add`, of new ones."""
        students, notes = dict(self.students), [*self.notes, *other.notes]
        for student in other.students.values():
            keys = sorted(student.keys, key=lambda key: _STRONGEST.index(key[0]))
            known, reason = self.find([("id", student.id.casefold()), *keys])
            if not known and not (add and reason == _NOBODY):
                notes.append(f"{student.id} {reason}")
                continue
            mine = students.get(known or student.id, Student(student.id))
            students[mine.id] = replace(
                mine,
                first_name=mine.first_name or student.first_name,
                last_name=mine.last_name or student.last_name,
                keys=mine.keys | student.keys,
                submitted=student.submitted or mine.submitted,
            )
        return Roster(students, notes)


_NOBODY = "is nobody in the roster"
_STRONGEST = ("id", "canvas", "moodle", "sid", "email", "name")


def plain_name(name: str) -> str:
    """A name as different systems write it: no case, accents, blanks or punctuation.

    >>> plain_name("O’Neill, Zoë"), plain_name("oneillzoe")
    ('oneillzoe', 'oneillzoe')
    """
    letters = unicodedata.normalize("NFKD", name.casefold())
    return "".join(letter for letter in letters if letter.isalnum())


def may_name_a_folder(student: str) -> bool:
    """Whether a student's id is fit to name a folder, on any system.

    >>> [may_name_a_folder(each) for each in ("student-01@example.edu", "..", "a/b", "a+b")]
    [True, False, False, False]
    """
    return bool(re.fullmatch(r"[^\W_][\w.@-]{0,99}", student))


def read_roster(path: Path, column: str = "") -> Roster:
    """The roster in the CSV file `path`. column : which one is a student's id in this course.

    Without it: the first one there of ``student_id``, ``SIS Login ID``, ``Username``, ``SID``,
    ``ID number``, ``SIS User ID``, ``Email``, ``ID``.

    Raises AutograderError if there is no such file, or no such column.
    """
    try:
        text = path.read_bytes().decode("utf-8-sig")
    except OSError as error:
        raise AutograderError(f"the roster {path} cannot be read: {error.strerror}") from None
    except UnicodeDecodeError:
        raise AutograderError(f"the roster {path} must be UTF-8 text (CSV UTF-8)") from None
    try:
        rows = list(csv.reader(io.StringIO(text), dialect=_dialect(text), strict=True))
    except csv.Error as error:
        raise AutograderError(f"the roster {path} is no CSV: {error}") from None
    heads = [head.strip().casefold() for head in rows[0]] if rows else []
    chosen = _id_column(path, heads, rows, column)
    students: dict[str, Student] = {}
    notes = []
    for number, row in enumerate(rows[1:], start=2):
        cells = {head: cell.strip() for head, cell in zip(heads, row, strict=False) if cell.strip()}
        if not cells or not _is_student(cells):
            continue
        if chosen not in cells:
            said = cells.get("student") or cells.get("full name") or next(iter(cells.values()))
            notes.append(f"line {number} of {path.name}: {said} has no {chosen}")
            continue
        student = _student(cells[chosen], cells)
        if student.id in students:
            notes.append(f"line {number} of {path.name}: {student.id} is there twice")
        students.setdefault(student.id, student)
    return Roster(students, notes)


def _dialect(text: str) -> type[csv.Dialect]:
    """Where a decimal comma is usual, programs write semicolons."""
    head = text.partition("\n")[0]
    separator = max(",;\t", key=head.count)
    return type("Dialect", (csv.excel,), {"delimiter": separator})


def _id_column(path: Path, heads: list[str], rows: list[list[str]], column: str) -> str:
    if column:
        if column.casefold() not in heads:
            named = ", ".join(rows[0]) if rows else "nothing"
            raise AutograderError(f"--id must be a column of {path} ({named}), got {column!r}")
        return column.casefold()
    for name in (*_IDS, *_EMAILS, "id"):
        where = heads.index(name) if name in heads else len(heads)
        # A Canvas that knows no logins has the column, and nothing in it.
        if any(len(row) > where and row[where].strip() for row in rows[1:]):
            return name
    raise AutograderError(
        f"the roster {path} must have a column that is a student's id in this course (student_id, "
        f"or what Canvas, Moodle and Gradescope export), got {', '.join(heads) or 'nothing'}"
    )


def _is_student(cells: Mapping[str, str]) -> bool:
    """Not the line of Canvas that tells the points, its test student, or a teacher."""
    name = cells.get("student", "").casefold()
    if name.startswith("points possible") or name in ("student, test", "test student"):
        return False
    return cells.get("role", "student").casefold() == "student"


def _student(id: str, cells: Mapping[str, str]) -> Student:
    def cell(kind: str) -> str:
        return next((cells[head] for head in _COLUMNS[kind] if head in cells), "")

    first, last, name = cell("first"), cell("last"), cell("name")
    if not (first or last):
        # "Last, First" is Canvas's; of "Student van One" nobody knows which part is which.
        last, comma, first = (part.strip() for part in name.partition(","))
        first, last = (first, last) if comma else ("", name)
    keys = {("name", plain_name(each)) for each in (name, f"{first} {last}", f"{last} {first}")}
    keys.add(("email", cell("email").casefold()))
    keys.add(("canvas", cell("canvas") or (cells.get("id", "") if "student" in cells else "")))
    keys.add(("moodle", (re.findall(r"\d+", cell("moodle")) or [""])[-1]))
    keys |= {("sid", cells.get(head, "").casefold()) for head in _COLUMNS["sid"]}
    known = frozenset((kind, value) for kind, value in keys if value)
    return Student(id, first, last, known, cell("submitted"))


_WRITTEN = ("student_id", "first_name", "last_name", "email", "canvas", "sid")


def write_roster(path: Path, roster: Roster) -> None:
    """Write the course's own roster. Moodle's numbers and times, an assignment's, are left out."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(_WRITTEN)
    for student in sorted(roster.students.values(), key=lambda each: each.id):
        others = [student.key(kind) for kind in _WRITTEN[3:]]
        writer.writerow([student.id, student.first_name, student.last_name, *others])
    path.write_text(text.getvalue(), encoding="utf-8", newline="")


def of_course(
    course: Course, path: Path | None = None, column: str = "", add: bool = False
) -> Roster | None:
    """The course's roster, with what the file `path` knows besides; None if there is neither.

    add : also students that only `path` knows.

    Raises AutograderError for an id that cannot name a folder.
    """
    own = course.root / ROSTER
    found = read_roster(own) if own.is_file() else None
    if path is not None:
        more = read_roster(path, column)
        found = more if found is None else found.joined(more, add)
    for name in found.students if found else ():
        if not may_name_a_folder(name):
            raise AutograderError(
                "a student's id must be letters, digits, '.', '@', '_' or '-', for it names a "
                f"folder; got {name!r} in {path or own}: choose another column with --id"
            )
    return found


def into_gradebook(course: Course, roster: Roster) -> int:
    """Put the class into nbgrader's gradebook, made if need be; returns how many are new."""
    directory = course.config().CourseDirectory
    with Gradebook(directory.db_url, directory.course_id) as book:
        known = {student.id: student for student in book.db.scalars(select(api.Student))}
        for each in roster.students.values():
            row = known.get(each.id) or api.Student(id=each.id)
            row.first_name = each.first_name or row.first_name
            row.last_name = each.last_name or row.last_name
            row.email = each.key("email") or row.email
            row.lms_user_id = each.key("canvas") or row.lms_user_id
            book.db.add(row)
        book.db.commit()
    return len(set(roster.students) - set(known))
