"""The attempts of a student: the notebook in each, their order, and their scores."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from nbgrader.utils import parse_utc

from ..course import Course
from ..grading.hand_in import HandedIn, NotebookFile, collect, read_plain
from ..project import Project
from .archives import File, Unreadable, student_tar, student_zip
from .layouts import HandIn, timestamp_in
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
    """A notebook that a student handed in. time : in UTC; note : a remark for the instructor.

    several : if there are several notebooks, all of them, for grading to choose; `data` is that of
    the first.
    """

    data: bytes
    time: datetime | None = None
    secret: bytes = b""
    note: str = ""
    collected: bool = False
    """Whether it was collected in an earlier run."""
    several: tuple[NotebookFile, ...] = ()

    @property
    def handed_in(self) -> HandedIn:
        return HandedIn(self.data, several=self.several)

    @property
    def time_text(self) -> str:
        return f"{self.time:%Y-%m-%d %H:%M} UTC" if self.time else "no time is told"


Score = Callable[[Mapping[str, Sequence[Attempt]]], Mapping[str, Sequence[float]]]
"""Takes attempts by student, and returns the points of each, in the same order."""


_ARCHIVE = re.compile(r"\.(zip|tar|tar\.gz|tgz)$", re.IGNORECASE)
_NOTEBOOK = r"\.ipynb(\.json|\.txt)?"
"""Browsers append ``.json`` or ``.txt`` to what they save."""


def attempt_in(hand_in: HandIn, notebook: str) -> Attempt:
    """The notebook in what was handed in, or in the one archive there; raises Unreadable."""
    files = hand_in.files
    archives = [file for file in files if _ARCHIVE.search(file.name)]
    chosen, note = _notebooks_in(files, notebook)
    if not chosen and len(archives) == 1:
        (archive,) = archives
        unpacked = student_zip if archive.name.lower().endswith(".zip") else student_tar
        try:
            files = unpacked(archive.read()).files
        except Unreadable as error:
            raise Unreadable(f"{archive.name} {error}") from None
        chosen, note = _notebooks_in(files, notebook)
    if not chosen:
        raise Unreadable(note)
    several: list[NotebookFile] = []
    ages = sorted(set(chosen.values()), reverse=True)
    for file, number in chosen.items():
        name = f"{notebook}-{len(several)}.ipynb" if several else f"{notebook}.ipynb"
        try:
            several.append(NotebookFile(name, file.read(), ages.index(number)))
        except Unreadable as error:
            if len(chosen) == 1:
                raise Unreadable(f"{file.name} {error}") from None
            note += f"; {file.name} {error}"
    if not several:
        raise Unreadable(note)
    secret = next((file for file in files if file.name == SECRET), None)
    data, many = several[0].data, tuple(several) if len(several) > 1 else ()
    return Attempt(data, hand_in.time, _read_secret(secret), note, several=many)


_COPY = r"(-copy\d*| copy( \d+)?|[-_ ]?\(?(?P<number>\d{1,6})\)?)"
_MOST = 5


def _notebooks_in(files: Sequence[File], notebook: str) -> tuple[dict[File, int], str]:
    """The student's notebooks, each with the number of its upload, the first one first, and a note
    on the choice; none if the choice is not clear."""
    notebooks = [file for file in files if re.search(f"{_NOTEBOOK}$", file.name, re.IGNORECASE)]
    # For a second upload of the same name, Canvas appends "-1", browsers " (1)"; JupyterLab and
    # file managers call a copy so.
    copies = _COPY.replace("?P<number>", "")
    pattern = re.compile(rf"{re.escape(notebook)}({copies})*?{_COPY}?{_NOTEBOOK}", re.IGNORECASE)
    uploads = {
        file: int(match["number"] or 0)
        for file in notebooks[: 10 * _MOST]
        if len(file.name) < 200 and (match := pattern.fullmatch(file.name))
    }
    if uploads:
        newest = sorted(uploads, key=lambda file: (-uploads[file], len(file.name), file.name))
        names = ", ".join(file.name for file in newest[:_MOST])
        note = f"{len(uploads)} notebooks; the newest with answers counts: {names}"
        return {file: uploads[file] for file in newest[:_MOST]}, note if len(uploads) > 1 else ""
    if len(notebooks) == 1:
        return {notebooks[0]: 0}, f"handed in as {notebooks[0].name}"
    if notebooks:
        return {}, f"which of {', '.join(file.name for file in notebooks)} is {notebook}.ipynb?"
    names = ", ".join(file.name for file in files[:5])
    return {}, f"no notebook ({names or 'nothing'})"


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


def collected_before(course: Course, notebook: str, student: str) -> list[Attempt]:
    """The attempt in ``submitted/``, if there is one."""
    folder = course.submitted_dir(notebook, student)
    submission = collect(folder, notebook)
    if submission.problem:
        return []
    timestamp, secret = (_read_start(folder / name) for name in (TIMESTAMP, SECRET))
    time = timestamp_in(timestamp)
    return [Attempt(submission.data, time, secret, collected=True, several=submission.several)]


def _read_start(path: Path) -> bytes:
    try:
        return read_plain(path)[0][:1000]
    except OSError:
        return b""


def in_order(attempts: Sequence[Attempt]) -> list[Attempt]:
    """The attempts, the last one last; the same notebook handed in again is no new attempt.

    If not all times are known, what is collected now counts as later than what was before.
    """
    all_timed = all(attempt.time for attempt in attempts)
    different: list[Attempt] = []

    def key(attempt: Attempt) -> tuple[bool, datetime, bool]:
        new = not attempt.collected
        return new and not all_timed, attempt.time or datetime.min, new

    for attempt in sorted(attempts, key=key):
        if not different or different[-1].handed_in.digest != attempt.handed_in.digest:
            different.append(attempt)
        elif different[-1].time is None and attempt.time is not None:
            different[-1] = attempt  # the same, with its time
    return different


def by_grading(
    course: Course, notebook: str, jobs: int = 0, project: Project | None = None
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
        due = policy.due.get(notebook)
        points = {student: [0.0] * len(several) for student, several in attempts.items()}
        tasks = {
            f"{student}#{number}": (student, number, attempt)
            for student, several in attempts.items()
            for number, attempt in enumerate(several)
        }
        with place("", jobs) as backend:
            grader = Grader(load_releases(course, notebook, project), Limits(), backend.level(""))
            require_closed(course, grader.level, project)
            work = ((name, (attempt.handed_in,)) for name, (_, _, attempt) in tasks.items())
            for name, result in backend.run(grader, work):
                student, number, attempt = tasks[name]
                if not isinstance(result, Exception):
                    points[student][number] = sum(
                        results_of(graded).score for graded in result.notebooks.values()
                    )
                if due and attempt.time:
                    late = policy.lateness(due, attempt.time) - policy.extension(student, notebook)
                    days = policy.days(max(late, timedelta()))
                    points[student][number] -= policy.penalty(points[student][number], days)
        return points

    return score
