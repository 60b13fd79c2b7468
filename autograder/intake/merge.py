"""Two accounts of one person become one: their hand-ins, their marks, and their rows in the roster.

Where both handed in a notebook, the later hand-in counts (or the one with more points, if it is not
known which is later). The other's marks go; its files are set aside, in ``set_aside/``.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from nbgrader import api
from sqlalchemy import delete, func, select, update
from sqlalchemy.orm import Session

from ..course import Course
from ..errors import AutograderError
from ..grading.database import FAILURES, connect, explain
from ..grading.hand_in import read_plain
from .late import settle_in
from .policy import read as read_policy
from .roster import ROSTER, Roster, saved_roster, write_roster
from .times import read as read_time

__all__ = ["SET_ASIDE", "Account", "Merged", "merge"]

SET_ASIDE = "set_aside"
_KINDS = ("submitted", "autograded", "feedback")


@dataclass(frozen=True)
class Account:
    """What an account has of a notebook. row : in the gradebook; by_hand : marks by a person."""

    id: str
    row: str = ""
    points: float | None = None
    by_hand: int = 0
    time: datetime | None = None
    is_here: bool = False
    """Whether something lies in ``submitted/``."""


@dataclass(frozen=True)
class Merged:
    """One notebook. dropped : what no longer counts, if both had handed in."""

    notebook: str
    kept: Account
    dropped: Account | None = None
    reason: str = ""


def merge(course: Course, student: str, other: str, dry_run: bool = False) -> list[Merged]:
    """Make `other` one more account of `student`; returns what becomes of each notebook.

    The gradebook changes in one transaction; files and roster are put back if that fails.

    Raises AutograderError for an account that is not known.
    """
    if student == other:
        raise AutograderError(f"two accounts must be two, got {student} twice")
    roster = saved_roster(course)
    engine = connect(course, write=True)
    try:
        with Session(engine) as database:
            for name in (student, other):
                _require_known(course, database, roster, name)
            plan = _plan(course, database, student, other)
            if dry_run:
                return plan
            undo = list[Callable[[], object]]()
            try:
                _change_rows(database, plan, student, other)
                settle_in(database, read_policy(course))
                _move_files(course, plan, student, other, undo)
                if roster:
                    text = (course.root / ROSTER).read_bytes()
                    undo.append(lambda: (course.root / ROSTER).write_bytes(text))
                    write_roster(course.root / ROSTER, roster.merged(student, other))
                database.commit()
            except BaseException:
                for step in reversed(undo):
                    step()
                raise
    except FAILURES as error:
        raise AutograderError(explain(error, course.db_url)) from error
    finally:
        engine.dispose()
    for kind in _KINDS:
        with suppress(OSError):
            (course.root / kind / other).rmdir()  # empty now
    return plan


def _require_known(course: Course, database: Session, roster: Roster | None, name: str) -> None:
    known = roster.students if roster else {}
    if name in known or (course.submitted / name).is_dir() or database.get(api.Student, name):
        return
    raise AutograderError(
        "an account must be in the roster, the gradebook or submitted/, as it is written there; "
        f"got {name!r}"
    )


def _plan(course: Course, database: Session, student: str, other: str) -> list[Merged]:
    names = set(database.scalars(select(api.Assignment.name)))
    for account in (student, other):
        folder = course.submitted / account
        names |= {path.name for path in folder.glob("*/")}
    plan = []
    for notebook in sorted(names):
        one, two = (_account(course, database, notebook, name) for name in (student, other))
        if one.is_here == two.is_here and (one.is_here or (one.row and two.row)):
            plan.append(_chosen(notebook, one, two))
            continue
        rank = [(account.is_here, bool(account.row)) for account in (one, two)]
        kept, rest = (one, two) if rank[0] >= rank[1] else (two, one)
        if kept.row and rest.row:
            plan.append(Merged(notebook, kept, rest, "the other's files are gone"))
        elif kept.is_here or kept.row:
            plan.append(Merged(notebook, kept))
    return plan


def _account(course: Course, database: Session, notebook: str, student: str) -> Account:
    submitted, grade = api.SubmittedAssignment, api.Grade
    row = database.execute(
        select(
            submitted.id, submitted.timestamp, func.sum(grade.score), func.count(grade.manual_score)
        )
        .join(api.Assignment, api.Assignment.id == submitted.assignment_id)
        .outerjoin(api.SubmittedNotebook, api.SubmittedNotebook.assignment_id == submitted.id)
        .outerjoin(grade, grade.notebook_id == api.SubmittedNotebook.id)
        .where(api.Assignment.name == notebook, submitted.student_id == student)
        .group_by(submitted.id, submitted.timestamp)
    ).one_or_none()
    number, time, points, by_hand = row or ("", None, None, 0)
    folder = course.submitted_dir(notebook, student)
    with suppress(OSError):
        text = read_plain(folder / "timestamp.txt")[0][:100].decode(errors="replace")
        time = read_time(text.strip(), "UTC") or time
    return Account(student, number, points, by_hand, time, os.path.lexists(folder))


def _chosen(notebook: str, one: Account, two: Account) -> Merged:
    if one.time and two.time and one.time != two.time:
        is_first, reason = one.time > two.time, "later"
    else:
        first, second = (-1.0 if x.points is None else x.points for x in (one, two))
        is_first, reason = first >= second, "more points" if first != second else "no difference"
    kept, dropped = (one, two) if is_first else (two, one)
    return Merged(notebook, kept, dropped, reason)


def _change_rows(database: Session, plan: list[Merged], student: str, other: str) -> None:
    submitted, notebook = api.SubmittedAssignment, api.SubmittedNotebook
    if not database.get(api.Student, student):
        database.add(api.Student(id=student))
        database.flush()
    for merged in plan:
        if merged.dropped and merged.dropped.row:
            of_row = select(notebook.id).where(notebook.assignment_id == merged.dropped.row)
            for table in (api.Grade, api.Comment):
                database.execute(delete(table).where(table.notebook_id.in_(of_row)))
            database.execute(delete(notebook).where(notebook.assignment_id == merged.dropped.row))
            database.execute(delete(submitted).where(submitted.id == merged.dropped.row))
    database.execute(
        update(submitted).where(submitted.student_id == other).values(student_id=student)
    )
    database.execute(delete(api.Student).where(api.Student.id == other))
    database.expire_all()


def _move_files(
    course: Course, plan: list[Merged], student: str, other: str, undo: list[Callable[[], object]]
) -> None:
    def move(source: Path, target: Path) -> None:
        if os.path.lexists(source):
            target.parent.mkdir(parents=True, exist_ok=True)
            os.rename(source, target)
            undo.append(lambda: os.rename(target, source))

    for merged in plan:
        name = merged.notebook
        rest = student if merged.kept.id == other else other
        for kind in _KINDS:
            root = course.root / kind
            move(root / rest / name, course.root / SET_ASIDE / kind / rest / name)
            if rest == student:
                move(root / other / name, root / student / name)
