"""Collect what students handed in to an LMS, a folder or nbgrader's exchange into ``submitted/``.

Each hand-in is matched with a student of the roster, never by a guess, and each student's last (or
best) one is kept. The others are reported by name; a failure costs only its own hand-in. The result
is the same as that of nbgrader's own ``collect``: ``submitted/STUDENT/ASSIGNMENT/`` with the
notebooks under their released names and a ``timestamp.txt``, so that its other commands work.
"""

from __future__ import annotations

import os
import secrets
import shutil
from collections.abc import Container, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from shlex import quote

from ..course import Course
from ..errors import AutograderError
from ..grading.class_table import students_of
from .archives import Unreadable, open_download
from .attempts import (
    SECRET,
    TIMESTAMP,
    Attempt,
    Score,
    attempt_in,
    collected_before,
    in_order,
    roster_time,
)
from .layouts import HandIn, hand_ins, relevant_paths
from .policy import Policy, read
from .roster import Roster, Student, course_roster, may_name_a_folder

__all__ = ["Collected", "collect"]

_NEED_ROSTER = {
    "canvas": "Canvas: Grades > Export > Export Entire Gradebook",
    "moodle": "Moodle: the assignment's Download grading worksheet",
    "blackboard": "Blackboard: Grade Center > Work Offline > Download",
    "brightspace": "Brightspace: Grades > Export",
    "ilias": "a CSV with the columns student_id, the login, and name",
}
_SHOWN = 5
"""Files of a student that are named."""


@dataclass
class Collected:
    """Students by what became of their hand-ins, and what was not collected, with the reasons."""

    assignment: str
    layout: str
    new: list[str] = field(default_factory=list)
    replaced: list[str] = field(default_factory=list)
    unchanged: list[str] = field(default_factory=list)
    several: dict[str, str] = field(default_factory=dict)
    """Students who handed in more than once, and which attempt was kept."""
    unknown: list[str] = field(default_factory=list)
    failed: list[str] = field(default_factory=list)
    refused: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    beside: dict[str, str] = field(default_factory=dict)
    """Students, and the files of theirs that are neither a notebook nor released: not collected."""
    missing: list[str] = field(default_factory=list)
    """Students of the roster with nothing in ``submitted/``."""

    @property
    def complete(self) -> bool:
        return not (self.unknown or self.failed or self.refused)


def collect(
    course: Course,
    assignment: str,
    source: Path,
    layout: str = "",
    keep: Score | None = None,
    roster: Path | None = None,
    column: str = "",
    skip: Container[str] = (),
    dry_run: bool = False,
) -> Collected:
    """Collect `assignment` from the zip or folder `source`.

    layout : a name of :data:`autograder.intake.layouts.LAYOUTS`; by default it is detected;
    keep : scores attempts, to keep the best; by default the last is kept; roster, column : a CSV in
    addition to the course's own, and its column of ids; skip : folders at the top of `source` to
    leave out.

    Raises AutograderError if nothing can be collected.
    """
    names = course.notebooks(assignment)
    if not names:
        raise AutograderError(
            f"{assignment} must be an assignment that was released in this course: "
            f"python -m autograder release {quote(assignment)}"
        )
    class_roster, policy = course_roster(course, roster, column, assignment), read(course)
    if not dry_run:
        _recover(course, assignment)
    folder = course.release_dir(assignment)
    released = {name: folder / f"{name}.ipynb" for name in names}
    beside = {path.name for path in folder.rglob("*") if path.is_file()}
    is_relevant = relevant_paths(assignment, layout, beside)
    with open_download(
        source, lambda path: path.parts[0] not in skip and is_relevant(path)
    ) as contents:
        if not contents.files and not skip:
            raise AutograderError(f"{source} must hold submissions, but it holds no file")
        layout, received = hand_ins(contents.files, assignment, layout, policy.zone, names)
        if class_roster is None and layout in _NEED_ROSTER:
            raise AutograderError(
                f"{source} identifies students by that system's names and numbers, so a roster is "
                f"needed ({_NEED_ROSTER[layout]}): --roster FILE.csv, or once for the whole term: "
                "python -m autograder roster FILE.csv"
            )
        collected = Collected(assignment, layout, refused=contents.refused)
        collected.notes += class_roster.notes if class_roster else []
        if layout == "folder" and any(x.name == TIMESTAMP for y in received for x in y.files):
            collected.notes.append(
                f"the times in {TIMESTAMP} are ignored, since students may have written them; if "
                "nbgrader wrote them, use --from submitted"
            )
        to_score: dict[str, list[Attempt]] = {}
        untimed = []
        for name, of_student in sorted(_by_student(received, class_roster, collected).items()):
            student = class_roster.students[name] if class_roster else Student(name)
            untimed += [x.who for x in of_student if x.late and not student.submitted]
            new = _attempts(of_student, released, student, policy, collected)
            _note_files(name, new, beside, collected)
            if not new:
                continue
            attempts = in_order([*collected_before(course, assignment, name), *new])
            if keep and len(attempts) > 1:
                to_score[name] = attempts
            else:
                _keep(course, name, attempts, attempts[-1], "the last", collected, dry_run)
    for name, points in keep(to_score).items() if keep and to_score else ():
        most = max(points)
        attempts = to_score[name]
        best = [a for a, score in zip(attempts, points, strict=True) if score == most][-1]
        _keep(course, name, attempts, best, f"the best ({most:g})", collected, dry_run)
    unread = [f"{x.who} ({x.written})" for x in received if x.written and not x.time]
    if unread:
        collected.notes.append(f"times that cannot be read, and are ignored: {', '.join(unread)}")
    if untimed:
        collected.notes.append(
            f"late, but the archive has no times: {', '.join(untimed)}. They count as on time; to "
            "give the times, use --roster FILE.csv with the columns student_id and submitted"
        )
    if class_roster:
        present = {*collected.new, *students_of(course, assignment)}
        collected.missing = sorted(set(class_roster.students) - class_roster.left - present)
    return collected


def _by_student(
    received: Iterable[HandIn], roster: Roster | None, collected: Collected
) -> dict[str, list[HandIn]]:
    by_student: dict[str, list[HandIn]] = {}
    for hand_in in received:
        student, reason = _owner(hand_in, roster)
        if student:
            by_student.setdefault(student, []).append(hand_in)
        else:
            collected.unknown.append(f"{hand_in.who} {reason}")
    if roster is None:
        return by_student
    for student, theirs in by_student.items():
        accounts = {hand_in.who for hand_in in theirs}
        if len(accounts) == 1:
            continue
        # Names can be chosen: an account with nothing but a student's name hands in nothing.
        sure = [x for x in theirs if roster.find(key for key in x.keys if key[0] != "name")[0]]
        by_student[student] = sure
        for who in sorted(accounts - {x.who for x in sure}):
            rivals = ", ".join(sorted(accounts - {who}))
            collected.unknown.append(f"{who} has the name of {student}, and so has {rivals}")
    return by_student


def _owner(hand_in: HandIn, roster: Roster | None) -> tuple[str, str]:
    """(student, "") or ("", why not): all that the system says of them must be one student's."""
    if not hand_in.keys:
        return "", "does not say whose it is (a folder or file named as the student would)"
    if roster is None:
        is_usable = may_name_a_folder(hand_in.who)
        return (hand_in.who, "") if is_usable else ("", "cannot be the name of a folder")
    student, reason = roster.find(hand_in.keys)
    others = {roster.find([key])[0] for key in hand_in.keys} - {student, ""}
    if student and others:
        both = " or ".join(sorted({student, *others}))
        return "", f"may be {both}: the details in the download belong to different students"
    return student, reason


def _attempts(
    received: Sequence[HandIn],
    released: Mapping[str, Path],
    student: Student,
    policy: Policy,
    collected: Collected,
) -> list[Attempt]:
    attempts = []
    for hand_in in received:
        try:
            attempt = attempt_in(hand_in, released)
        except Unreadable as error:
            collected.failed.append(f"{hand_in.who}: {error}")
            continue
        if attempt.time is None and len(received) == 1:
            attempt = replace(attempt, time=roster_time(student.submitted, policy))
        if attempt.note:
            collected.notes.append(f"{hand_in.who}: {attempt.note}")
        if attempt.lost:
            collected.failed.append(f"{hand_in.who}: {attempt.lost}")
        attempts.append(attempt)
    return attempts


def _note_files(
    student: str, attempts: Iterable[Attempt], released: Container[str], collected: Collected
) -> None:
    """Note the files that a student added to what was released."""
    names = {name for attempt in attempts for name in attempt.beside if name not in released}
    added = sorted(names - {TIMESTAMP, SECRET})
    if added:
        more = f" and {len(added) - _SHOWN} more" if len(added) > _SHOWN else ""
        collected.beside[student] = ", ".join(added[:_SHOWN]) + more


def _keep(
    course: Course,
    student: str,
    attempts: Sequence[Attempt],
    chosen: Attempt,
    how: str,
    collected: Collected,
    dry_run: bool,
) -> None:
    if len(attempts) > 1:
        count = len(attempts)
        collected.several[student] = f"{count} different versions, kept {how}: {chosen.time_text}"
    if chosen.collected:
        collected.unchanged.append(student)
        return
    try:
        if not dry_run:
            if collected.layout == "exchange" and not chosen.secret:
                # nbgrader's release_feedback fails for the whole class if one has no secret.
                chosen = replace(chosen, secret=secrets.token_hex().encode())
            _put(course, collected.assignment, student, chosen)
    except OSError as error:
        collected.failed.append(f"{student}: cannot be written ({error.strerror})")
    else:
        replaces = any(attempt.collected for attempt in attempts)
        (collected.replaced if replaces else collected.new).append(student)


_OLD = "old-"
_NEWEST = 1_000_000_000.0  # a time: only the differences count


def _draft(course: Course, assignment: str) -> Path:
    return course.submitted / f".{assignment}.new"


def _recover(course: Course, assignment: str) -> None:
    """Put back what a killed run had moved away."""
    for old in _draft(course, assignment).glob(f"{_OLD}*"):
        target = course.submitted_dir(assignment, old.name.removeprefix(_OLD))
        if not target.exists():
            os.replace(old, target)


def _put(course: Course, assignment: str, student: str, attempt: Attempt) -> None:
    """Put an attempt in its place in one step, so that a half of it is never graded."""
    target = course.submitted_dir(assignment, student)
    draft = _draft(course, assignment)
    shutil.rmtree(draft, ignore_errors=True)
    new, old = draft / "new", draft / f"{_OLD}{student}"
    new.mkdir(parents=True)
    try:
        for name, notebook in attempt.notebooks.items():
            if not notebook.problem:
                (new / f"{name}.ipynb").write_bytes(notebook.data)
            for file in notebook.several:
                (new / file.name).write_bytes(file.data)
                times = (_NEWEST, _NEWEST - 60 * file.age)
                os.utime(new / file.name, times)  # grading takes the newest with answers
        if attempt.time:
            text = f"{attempt.time:%Y-%m-%d %H:%M:%S.%f} UTC"
            (new / TIMESTAMP).write_text(text, encoding="utf-8")
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
