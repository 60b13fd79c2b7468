"""Take what students handed in to an LMS, a folder or nbgrader's exchange into ``submitted/``.

Each hand-in is brought to a student of the roster, each student's last (or best) one is kept, and
what could not be taken is told by name: nobody is guessed, and no failure costs more than its own
hand-in. What is left is what nbgrader's own ``collect`` leaves: ``submitted/STUDENT/NOTEBOOK/``
with the notebook and a ``timestamp.txt``, so that its other commands go on from there.
"""

from __future__ import annotations

import os
import secrets
import shutil
from collections.abc import Container, Iterable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from ..course import Course
from ..errors import AutograderError
from ..grading.classroom import students_of
from .archives import Unreadable, opened
from .attempts import (
    SECRET,
    STAMP,
    Attempt,
    Score,
    attempt_in,
    collected_before,
    in_order,
    told_time,
)
from .late import Policy, read
from .layouts import HandIn, hand_ins, wanted
from .roster import Roster, Student, may_name_a_folder, of_course

__all__ = ["Collected", "collect"]

_NEED_ROSTER = {
    "canvas": "Canvas: Grades > Export > Export Entire Gradebook",
    "moodle": "Moodle: the assignment's Download grading worksheet",
}


@dataclass
class Collected:
    """What was found, by student; and what could not be taken, with its reason."""

    notebook: str
    layout: str
    new: list[str] = field(default_factory=list)
    replaced: list[str] = field(default_factory=list)
    unchanged: list[str] = field(default_factory=list)
    several: dict[str, str] = field(default_factory=dict)
    """Who handed in more than once, and which one was kept."""
    unknown: list[str] = field(default_factory=list)
    failed: list[str] = field(default_factory=list)
    refused: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    missing: list[str] = field(default_factory=list)
    """Students of the roster with nothing in ``submitted/``."""

    @property
    def complete(self) -> bool:
        return not (self.unknown or self.failed or self.refused)


def collect(
    course: Course,
    notebook: str,
    source: Path,
    layout: str = "",
    keep: Score | None = None,
    roster: Path | None = None,
    column: str = "",
    passed_over: Container[str] = (),
    dry_run: bool = False,
) -> Collected:
    """Collect `notebook` from the zip or folder `source`.

    layout : a name of :data:`autograder.intake.layouts.LAYOUTS`, else it is found out;
    keep : scores attempts, and the best is kept, else the last; roster, column : a CSV besides
    the course's own, and its column of ids; passed_over : folders at the top of `source` that are
    not looked at.

    Raises AutograderError where nothing can be collected.
    """
    if not course.release_dir(notebook).is_dir() and not course.source_dir(notebook).is_dir():
        raise AutograderError(
            f"{notebook} must be a notebook that was released in this course: "
            f"python -m autograder release {notebook}"
        )
    known, policy = of_course(course, roster, column), read(course)
    if not dry_run:
        _recover(course, notebook)
    looked_at = wanted(notebook, layout)
    with opened(
        source, lambda path: path.parts[0] not in passed_over and looked_at(path)
    ) as contents:
        if not contents.files and not passed_over:
            raise AutograderError(f"{source} must hold what was handed in, but holds no file")
        layout, found = hand_ins(contents.files, notebook, layout)
        if known is None and layout in _NEED_ROSTER:
            raise AutograderError(
                f"{source} calls students by names and numbers of the system it is from, so a "
                f"roster is needed ({_NEED_ROSTER[layout]}): --roster FILE.csv, or once for the "
                "whole term: python -m autograder roster FILE.csv"
            )
        told = Collected(notebook, layout, refused=contents.refused)
        told.notes += list(known.notes) if known else []
        rivals: dict[str, list[Attempt]] = {}
        untimed = []
        for student, own in sorted(_by_student(found, known, told).items()):
            line = known.students[student] if known else Student(student)
            untimed += [each.who for each in own if each.late and not line.submitted]
            read_ones = _attempts(own, notebook, line, policy, told)
            if not read_ones:
                continue
            attempts = in_order([*collected_before(course, notebook, student), *read_ones])
            if keep and len(attempts) > 1:
                rivals[student] = attempts
            else:
                _keep(course, student, attempts, attempts[-1], "the last", told, dry_run)
    for student, points in keep(rivals).items() if keep and rivals else ():
        most = max(points)
        chosen = [each for each, its in zip(rivals[student], points, strict=True) if its == most][
            -1
        ]
        how = f"the best ({most:g})"
        _keep(course, student, rivals[student], chosen, how, told, dry_run)
    if untimed:
        told.notes.append(_untimed(untimed))
    if known:
        told.missing = sorted(set(known.students) - {*told.new, *students_of(course, notebook)})
    return told


def _by_student(
    found: Iterable[HandIn], roster: Roster | None, told: Collected
) -> dict[str, list[HandIn]]:
    by_student: dict[str, list[HandIn]] = {}
    for each in found:
        if roster is None:
            student = each.who if may_name_a_folder(each.who) else ""
            reason = "cannot be the name of a folder"
        else:
            student, reason = roster.find(each.keys)
        if student:
            by_student.setdefault(student, []).append(each)
        else:
            told.unknown.append(f"{each.who} {reason}")
    return by_student


def _untimed(late: Sequence[str]) -> str:
    return (
        f"late, but the archive does not tell when: {', '.join(late)}. They count as in time, "
        "unless a CSV tells: --roster FILE.csv with the columns student_id and submitted"
    )


def _attempts(
    found: Sequence[HandIn],
    notebook: str,
    student: Student,
    policy: Policy,
    told: Collected,
) -> list[Attempt]:
    attempts = []
    for each in found:
        try:
            attempt = attempt_in(each, notebook)
        except Unreadable as error:
            told.failed.append(f"{each.who}: {error}")
            continue
        if attempt.time is None and len(found) == 1:
            attempt = replace(attempt, time=told_time(student.submitted, policy))
        if attempt.said:
            told.notes.append(f"{each.who}: {attempt.said}")
        attempts.append(attempt)
    return attempts


def _keep(
    course: Course,
    student: str,
    attempts: Sequence[Attempt],
    chosen: Attempt,
    how: str,
    told: Collected,
    dry_run: bool,
) -> None:
    if len(attempts) > 1:
        told.several[student] = f"{len(attempts)} different ones, kept {how}: {chosen.when}"
    if chosen.here:
        told.unchanged.append(student)
        return
    try:
        if not dry_run:
            if told.layout == "exchange" and not chosen.secret:
                # nbgrader's release_feedback ends at the first without one: nobody would get any.
                chosen = replace(chosen, secret=secrets.token_hex().encode())
            _put(course, told.notebook, student, chosen)
    except OSError as error:
        told.failed.append(f"{student}: cannot be written ({error.strerror})")
    else:
        (told.replaced if any(one.here for one in attempts) else told.new).append(student)


_OLD = "old-"


def _draft(course: Course, notebook: str) -> Path:
    return course.submitted / f".{notebook}.new"


def _recover(course: Course, notebook: str) -> None:
    """Put back what a run had just moved away when it was killed."""
    for old in _draft(course, notebook).glob(f"{_OLD}*"):
        target = course.submitted_dir(notebook, old.name.removeprefix(_OLD))
        if not target.exists():
            os.replace(old, target)


def _put(course: Course, notebook: str, student: str, attempt: Attempt) -> None:
    """Put an attempt in its place in one step, so that no half of it is ever graded."""
    target = course.submitted_dir(notebook, student)
    draft = _draft(course, notebook)
    shutil.rmtree(draft, ignore_errors=True)
    new, old = draft / "new", draft / f"{_OLD}{student}"
    new.mkdir(parents=True)
    try:
        (new / f"{notebook}.ipynb").write_bytes(attempt.data)
        if attempt.time:
            text = f"{attempt.time:%Y-%m-%d %H:%M:%S.%f} UTC"
            (new / STAMP).write_text(text, encoding="utf-8")
        if attempt.secret:
            (new / SECRET).write_bytes(attempt.secret)
        target.parent.mkdir(parents=True, exist_ok=True)
        if target.is_symlink():
            target.unlink()
        elif target.exists():
            os.replace(target, old)
        try:
            os.replace(new, target)
        except BaseException:
            if old.exists():
                os.replace(old, target)
            raise
    finally:
        shutil.rmtree(draft, ignore_errors=True)
