"""The class: a CSV exported by any system, and the search for a student by what that calls them.

A roster has each student's id in the course (nbgrader's, the name of the folder) and what other
systems call them. These exports are recognised by their headings:

Canvas: Grades > Export > Export Entire Gradebook. ``Student`` ("Last, First"), ``ID`` (Canvas's
    own, also in its zips), ``SIS User ID``, ``SIS Login ID``
Moodle: an assignment's Download grading worksheet. ``Identifier`` ("Participant 123", the number in
    its zips, different in each assignment), ``Full name``, ``Email address``, perhaps ``ID number``
    and ``Username``, and ``Last modified (submission)``, the time of handing in (moodle's
    mod/assign/feedback/offline/importgradeslib.php); or a course's participants
Gradescope: Roster > Download Roster. ``First Name``, ``Last Name``, ``SID``, ``Email``, ``Role``

So is any other CSV with a column ``student_id``, and any of ``first_name``, ``last_name``,
``name``, ``email``, ``canvas``, ``moodle``, ``sid`` and ``submitted``.
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
    "course_roster",
    "into_gradebook",
    "may_name_a_folder",
    "plain_name",
    "read_roster",
    "write_roster",
]

ROSTER = "roster.csv"
"""The course's own roster, in its directory."""

Key = tuple[str, str]
"""A kind ("id", "canvas", "moodle", "sid", "email" or "name") and a student's value of it."""

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
    """One row of a roster. submitted : the time of handing in, if the roster has it."""

    id: str
    first_name: str = ""
    last_name: str = ""
    keys: frozenset[Key] = frozenset()
    submitted: str = ""

    def key(self, kind: str) -> str:
        """The student's key of this kind, or ""."""
        return next((value for key, value in sorted(self.keys) if key == kind), "")


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

    def find(self, keys: Iterable[Key]) -> tuple[str, str]:
        """(id, "") of the student with the first of `keys` in this roster, else ("", why not).

        It does not guess: a name that two students have identifies neither.
        """
        index: Mapping[Key, set[str]] = self._index  # type: ignore[attr-defined]
        for key in keys:
            ids = index.get(key, set())
            if len(ids) == 1:
                return next(iter(ids)), ""
            if ids:
                return "", f"may be {' or '.join(sorted(ids))}"
        return "", _NOBODY

    def merged(self, other: Roster, add: bool) -> Roster:
        """This roster with what `other` adds to these students and, if `add`, with new ones."""
        students, notes = dict(self.students), [*self.notes, *other.notes]
        for new in other.students.values():
            keys = sorted(new.keys, key=lambda key: _STRONGEST.index(key[0]))
            known, reason = self.find([("id", new.id.casefold()), *keys])
            if not known and not (add and reason == _NOBODY):
                notes.append(f"{new.id} {reason}")
                continue
            old = students.get(known or new.id, Student(new.id))
            students[old.id] = replace(
                old,
                first_name=old.first_name or new.first_name,
                last_name=old.last_name or new.last_name,
                keys=old.keys | new.keys,
                submitted=new.submitted or old.submitted,
            )
        return Roster(students, notes)


_NOBODY = "is nobody in the roster"
_STRONGEST = ("id", "canvas", "moodle", "sid", "email", "name")


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


def read_roster(path: Path, column: str = "") -> Roster:
    """The roster in the CSV file `path`.

    column : with the students' ids in this course; by default the first of ``student_id``, ``SIS
    Login ID``, ``Username``, ``SID``, ``ID number``, ``SIS User ID``, ``Email`` and ``ID``.

    Raises AutograderError if there is no such file or column.
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
    headings = [heading.strip().casefold() for heading in rows[0]] if rows else []
    id_column = _id_column(path, headings, rows, column)
    students: dict[str, Student] = {}
    notes = []
    for number, row in enumerate(rows[1:], start=2):
        stripped = map(str.strip, row)
        cells = {name: cell for name, cell in zip(headings, stripped, strict=False) if cell}
        if not cells or not _is_student(cells):
            continue
        if id_column not in cells:
            name = cells.get("student") or cells.get("full name") or next(iter(cells.values()))
            notes.append(f"line {number} of {path.name}: {name} has no {id_column}")
            continue
        student = _student(cells[id_column], cells)
        if student.id in students:
            notes.append(f"line {number} of {path.name}: {student.id} is there twice")
        students.setdefault(student.id, student)
    return Roster(students, notes)


def _dialect(text: str) -> type[csv.Dialect]:
    """The CSV dialect: where decimals have a comma, programs write semicolons."""
    headings = text.partition("\n")[0]
    separator = max(",;\t", key=headings.count)
    return type("Dialect", (csv.excel,), {"delimiter": separator})


def _id_column(path: Path, headings: list[str], rows: list[list[str]], column: str) -> str:
    if column:
        if column.casefold() not in headings:
            names = ", ".join(rows[0]) if rows else "nothing"
            raise AutograderError(f"--id must be a column of {path} ({names}), got {column!r}")
        return column.casefold()
    for name in (*_IDS, *_EMAILS, "id"):
        number = headings.index(name) if name in headings else len(headings)
        # A Canvas without logins exports an empty column for them.
        if any(len(row) > number and row[number].strip() for row in rows[1:]):
            return name
    raise AutograderError(
        f"the roster {path} must have a column that is a student's id in this course (student_id, "
        f"or what Canvas, Moodle and Gradescope export), got {', '.join(headings) or 'nothing'}"
    )


def _is_student(cells: Mapping[str, str]) -> bool:
    """Whether a row is not Canvas's row of points, its test student, or a teacher."""
    name = cells.get("student", "").casefold()
    if name.startswith("points possible") or name in ("student, test", "test student"):
        return False
    return cells.get("role", "student").casefold() == "student"


def _student(id: str, cells: Mapping[str, str]) -> Student:
    def cell(kind: str) -> str:
        return next((cells[heading] for heading in _COLUMNS[kind] if heading in cells), "")

    first, last, name = cell("first"), cell("last"), cell("name")
    if not (first or last):
        # Canvas writes "Last, First"; "Student van One" cannot be split.
        last, comma, first = (part.strip() for part in name.partition(","))
        first, last = (first, last) if comma else ("", name)
    keys = {("name", plain_name(x)) for x in (name, f"{first} {last}", f"{last} {first}")}
    keys.add(("email", cell("email").casefold()))
    keys.add(("canvas", cell("canvas") or (cells.get("id", "") if "student" in cells else "")))
    keys.add(("moodle", (re.findall(r"\d+", cell("moodle")) or [""])[-1]))
    keys |= {("sid", cells.get(heading, "").casefold()) for heading in _COLUMNS["sid"]}
    known = frozenset((kind, value) for kind, value in keys if value)
    return Student(id, first, last, known, cell("submitted"))


_WRITTEN = ("student_id", "first_name", "last_name", "email", "canvas", "sid")


def write_roster(path: Path, roster: Roster) -> None:
    """Write the course's own roster, without Moodle's numbers and times, which change each time."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(_WRITTEN)
    for student in sorted(roster.students.values(), key=lambda student: student.id):
        others = [student.key(kind) for kind in _WRITTEN[3:]]
        writer.writerow([student.id, student.first_name, student.last_name, *others])
    path.write_text(text.getvalue(), encoding="utf-8", newline="")


def course_roster(
    course: Course, path: Path | None = None, column: str = "", add: bool = False
) -> Roster | None:
    """The course's roster, with additions from the file `path`; None if there is neither.

    add : also add students that only `path` has.

    Raises AutograderError for an id that cannot name a folder.
    """
    saved = course.root / ROSTER
    roster = read_roster(saved) if saved.is_file() else None
    if path is not None:
        given = read_roster(path, column)
        roster = given if roster is None else roster.merged(given, add)
    for name in roster.students if roster else ():
        if not may_name_a_folder(name):
            raise AutograderError(
                "a student's id must be letters, digits, '.', '@', '_' or '-', for it names a "
                f"folder; got {name!r} in {path or saved}: choose another column with --id"
            )
    return roster


def into_gradebook(course: Course, roster: Roster) -> int:
    """Put the class into nbgrader's gradebook; returns how many students are new there."""
    directory = course.config().CourseDirectory
    with Gradebook(directory.db_url, directory.course_id) as book:
        known = {row.id: row for row in book.db.scalars(select(api.Student))}
        for student in roster.students.values():
            row = known.get(student.id) or api.Student(id=student.id)
            row.first_name = student.first_name or row.first_name
            row.last_name = student.last_name or row.last_name
            row.email = student.key("email") or row.email
            row.lms_user_id = student.key("canvas") or row.lms_user_id
            book.db.add(row)
        book.db.commit()
    return len(set(roster.students) - set(known))
