"""The attempts of a student: the notebooks in each, their order, and their scores."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import nbformat
from nbgrader.utils import parse_utc

from ..course import Course
from ..grading.hand_in import HandedIn, NotebookFile, collect_all, read_plain
from ..grading.rebuild import read_submission
from ..grading.recognise import answers_in, recognise, with_ids
from ..project import Project
from .archives import File, Unreadable, student_tar, student_zip
from .layouts import HandIn, timestamp_in
from .notebooks import sort_files
from .policy import Policy, read

__all__ = [
    "SECRET", "TIMESTAMP", "Attempt", "Score", "attempt_in", "by_grading", "collected_before",
    "in_order", "roster_time",
]  # fmt: skip

TIMESTAMP = "timestamp.txt"
SECRET = "submission_secret.txt"
"""In nbgrader's exchange, the student who has it may fetch the feedback."""


@dataclass(frozen=True)
class Attempt:
    """What a student handed in at one time. time : in UTC; note : a remark for the instructor.

    notebooks : by the names of the assignment's notebooks, in their order; one that was not handed
    in has a problem and no data. lost : what could not be taken of it, and why, or ""; beside :
    names of the files that are no such notebook.
    """

    notebooks: Mapping[str, HandedIn]
    time: datetime | None = None
    secret: bytes = b""
    note: str = ""
    lost: str = ""
    beside: tuple[str, ...] = ()
    collected: bool = False
    """Whether it was collected in an earlier run."""

    @property
    def data(self) -> bytes:
        """The first notebook's bytes."""
        return self.handed_in[0].data

    @property
    def handed_in(self) -> tuple[HandedIn, ...]:
        return tuple(self.notebooks.values())

    @property
    def content(self) -> list[tuple[Any, ...]]:
        """What tells one attempt from another."""
        return [(file.data, file.several) for file in self.handed_in]

    @property
    def time_text(self) -> str:
        return f"{self.time:%Y-%m-%d %H:%M} UTC" if self.time else "no time given"


Score = Callable[[Mapping[str, Sequence[Attempt]]], Mapping[str, Sequence[float]]]
"""Takes attempts by student, and returns the points of each, in the same order."""


_ARCHIVE = re.compile(r"\.(zip|tar|tar\.gz|tgz)$", re.IGNORECASE)


def attempt_in(hand_in: HandIn, released: Mapping[str, Path]) -> Attempt:
    """The assignment's notebooks in what was handed in, or in the one archive there.

    released : the assignment's notebooks as students received them, by their names.

    Raises Unreadable if there is none of them.
    """
    files, names = list(hand_in.files), list(released)
    sorted_files = sort_files(files, names)
    archives = [file for file in files if _ARCHIVE.search(file.name)]
    problems: list[str] = []
    if len(sorted_files.copies) < len(names) and len(archives) == 1:
        (archive,) = archives
        try:
            files += _unpacked(archive)
            files.remove(archive)
            sorted_files = sort_files(files, names)
        except Unreadable as error:
            problems = [f"{archive.name} {error}"]
            if not sorted_files.copies:
                raise Unreadable(problems[0]) from None
    if not sorted_files.copies:
        raise Unreadable(sorted_files.unclear)
    notebooks = {name: HandedIn(problem=f"There is no {name}.ipynb.") for name in names}
    for name, copies in sorted_files.copies.items():
        try:
            notebooks[name] = _read(name, copies, problems)
        except Unreadable as error:
            problems.append(str(error))
    if all(file.problem for file in notebooks.values()):
        raise Unreadable("; ".join(problems))
    if len(names) > 1:
        notebooks = {
            name: _newest_with_answers(file, released[name]) for name, file in notebooks.items()
        }
    secret = next((file for file in files if file.name == SECRET), None)
    return Attempt(
        notebooks,
        hand_in.time,
        _read_secret(secret),
        "; ".join(sorted_files.notes),
        "; ".join(filter(None, [sorted_files.unclear, *problems])),
        tuple(file.name for file in sorted_files.beside),
    )


def _unpacked(archive: File) -> list[File]:
    unpacked = student_zip if archive.name.lower().endswith(".zip") else student_tar
    return unpacked(archive.read()).files


def _read(name: str, copies: Mapping[File, int], problems: list[str]) -> HandedIn:
    """The notebook `name`, in several files perhaps; adds to `problems` what cannot be read."""
    several: list[NotebookFile] = []
    ages = sorted(set(copies.values()), reverse=True)
    for file, number in copies.items():
        new_name = f"{name}-{len(several)}.ipynb" if several else f"{name}.ipynb"
        try:
            several.append(NotebookFile(new_name, file.read(), ages.index(number)))
        except Unreadable as error:
            problems.append(f"{file.name} {error}")
    if not several:
        return HandedIn(problem=problems[-1])
    return HandedIn(several[0].data, several=tuple(several) if len(several) > 1 else ())


def _newest_with_answers(file: HandedIn, released: Path) -> HandedIn:
    """Of several copies the one that counts: in an assignment of several notebooks, grading takes
    the one of the released name."""
    if not file.several or not released.is_file():
        return HandedIn(file.data, problem=file.problem)
    release = with_ids(nbformat.read(released, as_version=4))
    newest = sorted(file.several, key=lambda copy: copy.age)
    counts = [
        answers_in(release, recognise(release, read_submission(HandedIn(copy.data)).cells))
        for copy in newest
    ]
    chosen = next((copy for copy, count in zip(newest, counts, strict=True) if count), newest[0])
    return HandedIn(chosen.data)


def _read_secret(file: File | None) -> bytes:
    try:
        return file.read()[:1000] if file else b""
    except Unreadable:
        return b""


def roster_time(text: str, policy: Policy) -> datetime | None:
    """A time from a roster, in UTC; without a zone of its own it is in the course's."""
    if not any(letter.isdigit() for letter in text):
        return None
    try:
        time: datetime = parse_utc(text)
    except (ValueError, OverflowError):
        return None
    has_zone = re.search(r"(Z|UTC|GMT|[+-]\d\d:?\d\d)$", text)
    return time if has_zone else policy.utc(time)


def collected_before(course: Course, assignment: str, student: str) -> list[Attempt]:
    """The attempt in ``submitted/``, if there is one."""
    folder, names = course.submitted_dir(assignment, student), course.notebooks(assignment)
    notebooks = dict(zip(names, collect_all(folder, names), strict=True))
    if all(file.problem for file in notebooks.values()):
        return []
    timestamp, secret = (_read_start(folder / name) for name in (TIMESTAMP, SECRET))
    return [Attempt(notebooks, timestamp_in(timestamp), secret, collected=True)]


def _read_start(path: Path) -> bytes:
    try:
        return read_plain(path)[0][:1000]
    except OSError:
        return b""


def in_order(attempts: Sequence[Attempt]) -> list[Attempt]:
    """The attempts, the last one last; the same handed in again is no new attempt.

    If not all times are known, what is collected now counts as later than what was before.
    """
    all_timed = all(attempt.time for attempt in attempts)
    different: list[Attempt] = []

    def key(attempt: Attempt) -> tuple[bool, datetime, bool]:
        new = not attempt.collected
        return new and not all_timed, attempt.time or datetime.min, new

    for attempt in sorted(attempts, key=key):
        if not different or different[-1].content != attempt.content:
            different.append(attempt)
        elif different[-1].time is None and attempt.time is not None:
            different[-1] = attempt  # the same, with its time
    return different


def by_grading(
    course: Course, assignment: str, jobs: int = 0, project: Project | None = None
) -> Score:
    """Score attempts by grading them all in the sandbox, without recording anything.

    An attempt's late penalty is deducted, by the due date in ``course.toml`` and without late days.
    """
    from ..grading.grader import Grader
    from ..grading.kernel import Limits
    from ..grading.load import load_releases, require_closed
    from ..grading.places import place
    from ..grading.submission import results_of

    def score(attempts: Mapping[str, Sequence[Attempt]]) -> dict[str, list[float]]:
        policy = read(course)
        due = policy.due.get(assignment)
        points = {student: [0.0] * len(several) for student, several in attempts.items()}
        tasks = {
            f"{student}#{number}": (student, number, attempt)
            for student, several in attempts.items()
            for number, attempt in enumerate(several)
        }
        with place("", jobs) as backend:
            grader = Grader(load_releases(course, assignment, project), Limits(), backend.level(""))
            require_closed(course, grader.level, project)
            work = ((name, attempt.handed_in) for name, (_, _, attempt) in tasks.items())
            for name, result in backend.run(grader, work):
                student, number, attempt = tasks[name]
                if not isinstance(result, Exception):
                    points[student][number] = sum(
                        results_of(graded).score for graded in result.notebooks.values()
                    )
                if due and attempt.time:
                    extension = policy.extension(student, assignment)
                    late = policy.lateness(due, attempt.time) - extension
                    days = policy.days(max(late, timedelta()))
                    points[student][number] -= policy.penalty(points[student][number], days)
        return points

    return score
