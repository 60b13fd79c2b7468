"""The class in files: a CSV exported by any system, the course's own roster, nbgrader's gradebook.

A roster has each student's id in the course (nbgrader's, the name of the folder) and what other
systems call them. These exports are recognised by their headings:

Canvas: Grades > Export > Export Entire Gradebook. ``Student`` ("Last, First"), ``ID`` (Canvas's
    own, also in its zips), ``SIS User ID``, ``SIS Login ID``, ``Section``
Moodle: an assignment's Download grading worksheet. ``Identifier`` ("Participant 123", the number in
    its zips, different in each assignment), ``Full name``, ``Email address``, perhaps ``ID number``
    and ``Username``, and ``Last modified (submission)``, the time of handing in (moodle's
    mod/assign/feedback/offline/importgradeslib.php); or a course's participants. In German too;
    in other languages by what its columns hold (:func:`_recognised`)
Gradescope: Roster > Download Roster. ``First Name``, ``Last Name``, ``SID``, ``Email``, ``Role``
nbgrader: ``id``, ``first_name``, ``last_name``, ``email``, ``lms_user_id``

So is any other CSV with a column ``student_id``, and any of ``first_name``, ``last_name``,
``name``, ``email``, ``canvas``, ``moodle``, ``sid``, ``section`` and ``submitted``.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

from nbgrader import api
from nbgrader.api import Gradebook
from sqlalchemy import select

from ..course import Course, patient
from ..errors import AutograderError
from ..grading.database import FAILURES, explain
from .policy import read as read_policy
from .students import Key, Roster, Student, may_name_a_folder, plain_name
from .times import read as read_time
from .times import read_column

__all__ = [
    "ROSTER",
    "Key",
    "Roster",
    "Student",
    "course_roster",
    "import_roster",
    "into_gradebook",
    "may_name_a_folder",
    "plain_name",
    "read_roster",
    "saved_roster",
    "write_roster",
]

ROSTER = "roster.csv"
"""The course's own roster, in its directory."""

_IDS = (
    "student_id", "sis login id", "username", "anmeldename", "sid", "id number", "id-nummer",
    "matrikelnummer", "sis user id",
)  # fmt: skip
_EMAILS = ("email", "email address", "e-mail", "e-mail-adresse")
_COLUMNS = {
    "first": ("first_name", "first name", "vorname"),
    "last": ("last_name", "last name", "surname", "nachname"),
    "name": ("name", "full name", "vollständiger name", "student"),
    "email": _EMAILS,
    "canvas": ("canvas", "lms_user_id"),
    "moodle": ("moodle", "identifier"),
    "sid": ("sid", "sis user id", "id number", "id-nummer", "matrikelnummer"),
    "section": ("section", "sections", "group", "groups", "gruppe", "gruppen"),
    "submitted": ("submitted", "last modified (submission)", "zuletzt geändert (abgabe)"),
    "also": ("also",),
    "left": ("left",),
}
_NAMED = {name for names in _COLUMNS.values() for name in names} | {*_IDS}


# -------------------------------------------------------------------------------------------- a CSV


def read_roster(path: Path, column: str = "") -> Roster:
    """The roster in the CSV file `path`.

    column : with the students' ids in this course; by default the first of ``student_id``, ``SIS
    Login ID``, ``Username``, ``SID``, ``ID number``, ``SIS User ID``, ``ID`` (nbgrader's) and
    ``Email``, or what these are called in German, or the only one that holds email addresses.

    Raises AutograderError if there is no such file or column.
    """
    try:
        text = path.read_bytes().decode("utf-8-sig")
    except OSError as error:
        raise AutograderError(f"the roster {path} cannot be read: {error.strerror}") from None
    except UnicodeDecodeError:
        raise AutograderError(f"the roster {path} must be UTF-8 text (CSV UTF-8)") from None
    # Excel writes and reads a first line that says how cells are separated.
    said = re.match(r'"?sep=(.)"?\r?\n', text)
    body = text[said.end() :] if said else text
    # Where decimals have a comma, programs write semicolons.
    separator = said[1] if said else max(",;\t", key=body.partition("\n")[0].count)
    try:
        rows = list(csv.reader(io.StringIO(body), delimiter=separator, strict=True))
    except csv.Error as error:
        raise AutograderError(f"the roster {path} is no CSV: {error}") from None
    headings = [heading.strip().casefold() for heading in rows[0]] if rows else []
    headings = _recognised(headings, rows[1:], column.casefold())
    id_column = _id_column(path, headings, rows, column)
    students: dict[str, Student] = {}
    notes = []
    for number, row in enumerate(rows[1:], start=3 if said else 2):
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


_PARTICIPANT = re.compile(r"([^\W\d_][^\d_-]{3,})\d+")


def _recognised(headings: list[str], rows: list[list[str]], column: str) -> list[str]:
    """The headings, in English where Moodle wrote them in a language that is not known here.

    Its worksheet begins with "Participant 123" and the full name, and has the time of handing in
    before the time of grading; its list of participants begins with first and last names.
    column : the heading of the ids, which stays.
    """
    columns = {
        number: [cell for row in rows if len(row) > number and (cell := row[number].strip())]
        for number in range(len(headings))
    }
    emails = [n for n, cells in columns.items() if cells and all("@" in cell for cell in cells)]
    times = [n for n, cells in columns.items() if cells and all(map(_is_time, cells))]
    matches = [_PARTICIPANT.fullmatch(cell) for cell in columns.get(0, [])]
    english: dict[int, str] = {}
    if times and matches and len({match and match[1] for match in matches}) == 1 and matches[0]:
        english = {0: "identifier", 1: "full name", times[0]: "last modified (submission)"}
    elif len(emails) == 1 and emails[0] > 1:
        names = [cell for number in (0, 1) for cell in columns[number]]
        if not any(letter.isdigit() for cell in names for letter in cell):
            english = {0: "first name", 1: "last name"}
    if len(emails) == 1:
        english[emails[0]] = "email address"
    return [
        heading if heading in {*_NAMED, column} else english.get(number, heading)
        for number, heading in enumerate(headings)
    ]


def _is_time(cell: str) -> bool:
    return cell == "-" or read_time(cell, "UTC", day_first=True) is not None


def _id_column(path: Path, headings: list[str], rows: list[list[str]], column: str) -> str:
    if column:
        if column.casefold() not in headings:
            names = ", ".join(rows[0]) if rows else "nothing"
            raise AutograderError(f"--id must be a column of {path} ({names}), got {column!r}")
        return column.casefold()
    # Beside Canvas's "Student" an "ID" is Canvas's own.
    last = (*_EMAILS, "id") if "student" in headings else ("id", *_EMAILS)
    for name in (*_IDS, *last):
        number = headings.index(name) if name in headings else len(headings)
        # A Canvas without logins exports an empty column for them.
        if any(len(row) > number and row[number].strip() for row in rows[1:]):
            return name
    raise AutograderError(
        f"the roster {path} must have a column that is a student's id in this course (student_id, "
        "or what Canvas, Moodle, Gradescope and nbgrader export), got "
        f"{', '.join(rows[0]) if rows else 'nothing'}: choose one with --id"
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
    also = {(kind, value) for kind, _, value in (x.partition(":") for x in cell("also").split(";"))}
    known, other = (frozenset((kind, x) for kind, x in some if x) for some in (keys | also, also))
    left, section = bool(cell("left")), cell("section")
    return Student(id, first, last, known, cell("submitted"), section, other, left)


# --------------------------------------------------------------------------------- the course's own

_WRITTEN = ("email", "canvas", "sid")


def write_roster(path: Path, roster: Roster) -> None:
    """Write the course's own roster, without Moodle's numbers and times, which change each time."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(["student_id", "first_name", "last_name", *_WRITTEN, "section", "left", "also"])
    for student in sorted(roster.students.values(), key=lambda student: student.id):
        keys = [student.key(kind) for kind in _WRITTEN]
        also = ";".join(f"{kind}:{value}" for kind, value in sorted(student.also))
        about = [student.section, "yes" if student.left else "", also]
        writer.writerow([student.id, student.first_name, student.last_name, *keys, *about])
    draft = path.with_name(f".{path.name}.new")
    draft.write_text(text.getvalue(), encoding="utf-8", newline="")
    draft.replace(path)


def saved_roster(course: Course) -> Roster | None:
    """The course's own roster, if it has one."""
    path = course.root / ROSTER
    return _with_folders(read_roster(path), path) if path.is_file() else None


def course_roster(
    course: Course, path: Path | None = None, column: str = "", notebook: str = ""
) -> Roster | None:
    """The course's roster, with what the file `path` adds; None if there is neither.

    notebook : what the times in the file are about. They become UTC (ISO 8601), or "" where they
    are not clear, and then the notes tell whose.
    """
    roster = saved_roster(course)
    if path is None:
        return roster
    given = _with_times(course, _given(path, column), notebook)
    return given if roster is None else roster.with_keys_of(given)


def import_roster(
    course: Course, path: Path, column: str = "", is_whole_class: bool = True
) -> Roster:
    """The course's roster as the new export `path` has it: see :meth:`Roster.imported`."""
    return (saved_roster(course) or Roster()).imported(_given(path, column), is_whole_class)


def _given(path: Path, column: str) -> Roster:
    given = read_roster(path, column)
    roster = _with_folders(given, path)
    if given.students and not roster.students:
        raise AutograderError(f"{roster.notes[-1]}: choose another column with --id")
    return roster


def _with_folders(roster: Roster, path: Path) -> Roster:
    """Without those whose id cannot be the name of their folder, who are noted."""
    odd = [name for name in roster.students if not may_name_a_folder(name)]
    if not odd:
        return roster
    note = (
        "a student's id must be letters, digits, '.', '@', '_' or '-', for it names a folder; "
        f"{path.name} has {', '.join(map(repr, odd))}"
    )
    students = {name: row for name, row in roster.students.items() if name not in odd}
    return Roster(students, [*roster.notes, note])


def _with_times(course: Course, roster: Roster, notebook: str) -> Roster:
    policy = read_policy(course)
    column = read_column(
        {student.id: student.submitted for student in roster.students.values()},
        policy.zone,
        policy.due.get(notebook),
        policy.day_first,
    )
    exact = {name: f"{time.isoformat()}+00:00" for name, time in column.times.items()}
    students = {
        name: replace(student, submitted=exact.get(name, ""))
        for name, student in roster.students.items()
    }
    return Roster(students, [*roster.notes, *column.notes])


def into_gradebook(course: Course, roster: Roster) -> int:
    """Put the class into nbgrader's gradebook; returns how many students are new there."""
    directory = course.config().CourseDirectory
    try:
        with Gradebook(patient(directory.db_url), directory.course_id) as book:
            return _put(book, roster)
    except FAILURES as error:
        raise AutograderError(explain(error, directory.db_url)) from error


def _put(book: Gradebook, roster: Roster) -> int:
    known = {row.id: row for row in book.db.scalars(select(api.Student))}
    for student in roster.students.values():
        if student.left and student.id not in known:
            continue
        row = known.get(student.id) or api.Student(id=student.id)
        row.first_name = student.first_name or row.first_name
        row.last_name = student.last_name or row.last_name
        row.email = student.key("email") or row.email
        row.lms_user_id = student.key("canvas") or row.lms_user_id
        book.db.add(row)
    book.db.commit()
    return len(set(roster.students) - roster.left - set(known))
