"""The status of a course: what is due, handed in, graded, and waiting for a mark by hand.

It is read from nbgrader's folders and gradebook; nothing is stored or written.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from nbgrader import api
from sqlalchemy import case, func, make_url, select

from ..course import Course
from ..errors import AutograderError, command
from ..grading.class_table import students_of
from ..grading.database import reading
from ..grading.feedback_state import made_from
from ..grading.gradebook import feedback_digests, results_of_notebooks
from ..grading.hand_in import collect_all
from ..intake.policy import read
from ..intake.roster import ROSTER, read_roster

__all__ = ["STATES", "NotebookStatus", "StudentStatus", "next_step", "of_notebooks", "of_students"]

STATES = ("missing", "to grade", "waiting", "graded", "returned")
"""Nothing handed in; not graded since; waits for a mark by hand; all marked; feedback written."""


@dataclass(frozen=True)
class StudentStatus:
    """The status of one student in one assignment. points : so far, after the late penalty."""

    student: str
    notebook: str
    state: str
    points: float | None = None
    most: float | None = None
    late: float = 0.0
    """The late penalty in points."""
    name: str = ""
    stale: bool = False
    """The feedback page was made from other marks."""


@dataclass(frozen=True)
class NotebookStatus:
    """A released assignment. counts : the number of students in each state; due : in UTC."""

    notebook: str
    due: datetime | None
    counts: Mapping[str, int]

    @property
    def handed_in(self) -> int:
        return sum(count for state, count in self.counts.items() if state != "missing")

    @property
    def students(self) -> int:
        return sum(self.counts.values())

    def is_over(self, now: datetime) -> bool:
        """Whether it was due by `now`, in UTC without a zone."""
        return self.due is not None and self.due <= now


def of_students(course: Course, assignments: Sequence[str] = ()) -> list[StudentStatus]:
    """Each student of the class in each released assignment (or in `assignments`).

    Raises AutograderError for one that is not released.
    """
    unknown = sorted(set(assignments) - set(_released(course)))
    if unknown:
        known = ", ".join(_released(course)) or "nothing yet"
        raise AutograderError(
            f"an assignment must be one that was released ({known}), got {unknown}"
        )
    students, saved = _gradebook(course)
    if (course.root / ROSTER).is_file():
        for member in read_roster(course.root / ROSTER).students.values():
            students.setdefault(member.id, f"{member.first_name} {member.last_name}".strip())
    lines = []
    for assignment in assignments or _released(course):
        handed_in = set(students_of(course, assignment))
        notebooks = course.notebooks(assignment)
        pages = _pages(course, assignment, handed_in, notebooks)
        for student in sorted({*students, *handed_in}):
            score, most, waits, late = saved.get((assignment, student), (None, None, False, 0.0))
            name, page = students.get(student, ""), pages.get(student)
            if student not in handed_in:
                line = StudentStatus(student, assignment, "missing", most=most, name=name)
            elif score is None or _is_newer(course, assignment, student, notebooks):
                line = StudentStatus(student, assignment, "to grade", most=most, name=name)
            else:
                state = "waiting" if waits else "returned" if page == "fresh" else "graded"
                stale, points = page == "stale", score - late
                line = StudentStatus(student, assignment, state, points, most, late, name, stale)
            lines.append(line)
    return lines


def of_notebooks(course: Course, lines: Iterable[StudentStatus]) -> list[NotebookStatus]:
    """The states counted for each notebook, with its due date."""
    due: dict[str, datetime | None] = dict.fromkeys(_released(course))
    due.update(_due_dates(course))
    due.update(read(course).due)
    counts: dict[str, dict[str, int]] = {}
    for line in lines:
        counted = counts.setdefault(line.notebook, dict.fromkeys(STATES, 0))
        counted[line.state] += 1
    return [
        NotebookStatus(notebook, due.get(notebook), counts.get(notebook, dict.fromkeys(STATES, 0)))
        for notebook in _released(course)
    ]


def next_step(notebooks: Sequence[NotebookStatus], now: datetime | None = None) -> str:
    """What the instructor should do next."""
    now = now or datetime.now(UTC).replace(tzinfo=None)
    if not notebooks:
        return command("release", "ASSIGNMENT")
    if not any(notebook.students for notebook in notebooks):
        return command("roster", "class.csv")
    for notebook in notebooks:
        if notebook.counts["to grade"]:
            return command("grade", notebook.notebook)
    for notebook in notebooks:
        if notebook.counts["waiting"]:
            return command("mark", notebook.notebook)
    for notebook in notebooks:
        if notebook.counts["graded"]:
            return command("feedback", notebook.notebook)
    for notebook in notebooks:
        if notebook.is_over(now) and not notebook.handed_in:
            return command("collect", notebook.notebook, "submissions.zip")
    if not any(notebook.handed_in for notebook in notebooks):
        collect = command("collect", notebooks[0].notebook, "submissions.zip")
        return f"when it is handed in, {collect}"
    return "nothing: all that was handed in is graded and given back"


def _released(course: Course) -> list[str]:
    return sorted(path.name for path in course.release.glob("*") if path.is_dir())


def _pages(
    course: Course, assignment: str, students: Iterable[str], notebooks: Sequence[str]
) -> dict[str, str]:
    """Whose feedback page is "fresh", and whose is "stale"; who has none is left out."""
    made = {
        student: source[0]
        for student in students
        if (source := made_from(course, assignment, student, notebooks)) is not None
    }
    digests = feedback_digests(course, assignment, made) if made and _exists(course) else {}
    return {
        student: "fresh" if source == digests.get(student) else "stale"
        for student, source in made.items()
    }


def _is_newer(course: Course, assignment: str, student: str, notebooks: Sequence[str]) -> bool:
    """Whether what is handed in is not what was graded."""
    graded = results_of_notebooks(course, assignment, student, notebooks).values()
    handed_in = collect_all(course.submitted_dir(assignment, student), notebooks)
    return [part.submission for part in graded] != [file.digest for file in handed_in]


def _exists(course: Course) -> bool:
    url = make_url(course.db_url)
    return url.get_backend_name() != "sqlite" or Path(url.database or "").is_file()


def _gradebook(course: Course) -> tuple[dict[str, str], dict[tuple[str, str], Any]]:
    """Names by student; and by (assignment, student): points, maximum, waiting, late penalty."""
    if not _exists(course):
        return {}, {}
    submission, notebook_row, grade = api.SubmittedAssignment, api.SubmittedNotebook, api.Grade
    waiting = func.sum(case((grade.needs_manual_grade, 1), else_=0))
    penalty = func.sum(func.coalesce(notebook_row.late_submission_penalty, 0.0))
    penalties = (
        select(api.Assignment.name, submission.student_id, penalty)
        .select_from(notebook_row)
        .join(submission, submission.id == notebook_row.assignment_id)
        .join(api.Assignment, api.Assignment.id == submission.assignment_id)
        .group_by(api.Assignment.name, submission.student_id)
    )
    query = (
        select(
            api.Assignment.name,
            submission.student_id,
            func.sum(grade.score),
            func.sum(grade.max_score),
            waiting,
        )
        .select_from(grade)
        .join(notebook_row, notebook_row.id == grade.notebook_id)
        .join(submission, submission.id == notebook_row.assignment_id)
        .join(api.Assignment, api.Assignment.id == submission.assignment_id)
        .group_by(api.Assignment.name, submission.student_id)
    )
    with reading(course) as database:
        students = {
            id: " ".join(filter(None, (first, last)))
            for id, first, last in database.execute(
                select(api.Student.id, api.Student.first_name, api.Student.last_name)
            )
        }
        late = {(name, student): points for name, student, points in database.execute(penalties)}
        saved = {
            (name, student): (points, most, bool(waits), late[name, student])
            for name, student, points, most, waits in database.execute(query)
        }
    return students, saved


def _due_dates(course: Course) -> dict[str, datetime]:
    if not _exists(course):
        return {}
    with reading(course) as database:
        rows = database.execute(select(api.Assignment.name, api.Assignment.duedate)).all()
    return {name: due for name, due in rows if due is not None}
