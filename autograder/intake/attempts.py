"""What one student handed in, each time: the notebook in it, in which order, and which is best."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from nbgrader.utils import parse_utc

from ..course import Course
from ..grading.rebuild import HandedIn, collect, read_plain
from ..project import Project
from .archives import File, Unreadable, zip_within
from .late import Policy, read
from .layouts import HandIn, stamp_time

__all__ = [
    "SECRET", "STAMP", "Attempt", "Score", "attempt_in", "by_grading", "collected_before",
    "in_order", "told_time",
]  # fmt: skip

STAMP = "timestamp.txt"
SECRET = "submission_secret.txt"
"""Of nbgrader's exchange: who has it may fetch the feedback."""


@dataclass(frozen=True)
class Attempt:
    """A notebook that a student handed in. time : when, in UTC; said : what to tell of it."""

    data: bytes
    time: datetime | None = None
    secret: bytes = b""
    said: str = ""
    here: bool = False
    """Whether it was collected before."""

    @property
    def when(self) -> str:
        return f"{self.time:%Y-%m-%d %H:%M} UTC" if self.time else "no time is told"


Score = Callable[[Mapping[str, Sequence[Attempt]]], Mapping[str, Sequence[float]]]
"""Points of the attempts of several students, each in the same order."""


def attempt_in(hand_in: HandIn, notebook: str) -> Attempt:
    """The notebook in what was handed in, perhaps in a zip there; raises Unreadable."""
    files = hand_in.files
    zips = [file for file in files if file.name.lower().endswith(".zip")]
    chosen, said = _notebook_in(files, notebook)
    if chosen is None and len(zips) == 1:
        try:
            files = zip_within(zips[0].read()).files
        except Unreadable as error:
            raise Unreadable(f"{zips[0].name} {error}") from None
        chosen, said = _notebook_in(files, notebook)
    if chosen is None:
        raise Unreadable(said)
    try:
        data = chosen.read()
    except Unreadable as error:
        raise Unreadable(f"{chosen.name} {error}") from None
    secret = next((file for file in files if file.name == SECRET), None)
    return Attempt(data, hand_in.time, _short(secret), said)


def _notebook_in(files: Sequence[File], notebook: str) -> tuple[File | None, str]:
    """The one that is meant, and what to tell of it; none if that is not plain."""
    own = [file for file in files if file.name.endswith(".ipynb")]
    # A second upload of the same name: "-1" is Canvas's way to call it, " (1)" the browsers'.
    called = re.compile(re.escape(notebook) + r"([-_ ]?\(?(?P<number>\d{0,6})\)?)?\.ipynb")
    named = [(match, file) for file in own if (match := called.fullmatch(file.name))]
    if named:
        chosen = max(named, key=lambda each: int(each[0]["number"] or 0))[1]
        many = f"of {len(named)} notebooks {chosen.name} was taken" if len(named) > 1 else ""
        return chosen, many
    if len(own) == 1:
        return own[0], f"handed in as {own[0].name}"
    if own:
        return None, f"which of {', '.join(file.name for file in own)} is {notebook}.ipynb?"
    names = ", ".join(file.name for file in files[:5])
    return None, f"no notebook ({names or 'nothing'})"


def _short(file: File | None) -> bytes:
    try:
        return file.read()[:1000] if file else b""
    except Unreadable:
        return b""


def told_time(text: str, policy: Policy) -> datetime | None:
    """The time that a roster tells, in the course's zone unless it names its own."""
    if not any(letter.isdigit() for letter in text):
        return None
    try:
        told: datetime = parse_utc(text)
    except (ValueError, OverflowError):
        return None
    zoned = re.search(r"(Z|UTC|GMT|[+-]\d\d:?\d\d)$", text)
    return told if zoned else policy.utc(told)


def collected_before(course: Course, notebook: str, student: str) -> list[Attempt]:
    folder = course.submitted_dir(notebook, student)
    before = collect(folder, notebook)
    if before.problem:
        return []
    stamp, secret = (_plain(folder / name) for name in (STAMP, SECRET))
    return [Attempt(before.data, stamp_time(stamp), secret, here=True)]


def _plain(path: Path) -> bytes:
    try:
        return read_plain(path)[0][:1000]
    except OSError:
        return b""


def in_order(attempts: Sequence[Attempt]) -> list[Attempt]:
    """The last one last; the same notebook handed in again is no other attempt.

    Where not all times are known, what is collected now is later than what was collected before.
    """
    timed = all(each.time for each in attempts)
    found: list[Attempt] = []

    def place(each: Attempt) -> tuple[bool, datetime, bool]:
        return not (timed or each.here), each.time or datetime.min, not each.here

    for each in sorted(attempts, key=place):
        if not found or found[-1].data != each.data:
            found.append(each)
        elif found[-1].time is None and each.time is not None:
            found[-1] = each  # now it is known when
    return found


def by_grading(
    course: Course, notebook: str, jobs: int = 0, project: Project | None = None
) -> Score:
    """Score attempts by grading them all, in the sandbox, without recording anything.

    From an attempt's points is taken what being late costs it, by the due date in ``course.toml``
    and as if the bank were empty.
    """
    from ..grading.grader import Grader
    from ..grading.kernel import Limits
    from ..grading.launcher import require_private
    from ..grading.load import load_release
    from ..grading.places import place
    from ..grading.submission import results_of

    def score(rivals: Mapping[str, Sequence[Attempt]]) -> dict[str, list[float]]:
        policy = read(course)
        due = policy.due.get(notebook)
        points = {student: [0.0] * len(each) for student, each in rivals.items()}
        tasks = {
            f"{student}#{number}": (student, number, attempt)
            for student, each in rivals.items()
            for number, attempt in enumerate(each)
        }
        with place("", jobs) as where:
            grader = Grader(load_release(course, notebook, project), Limits(), where.level(""))
            require_private(course.root, grader.level)
            work = ((name, HandedIn(attempt.data)) for name, (_, _, attempt) in tasks.items())
            for name, result in where.run(grader, work):
                student, number, attempt = tasks[name]
                if not isinstance(result, Exception):
                    points[student][number] = results_of(result[0]).score
                if due and attempt.time:
                    late = attempt.time - due - policy.extension(student, notebook)
                    days = policy.days(max(late, timedelta()))
                    points[student][number] -= policy.taken(points[student][number], days)
        return points

    return score
