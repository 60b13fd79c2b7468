"""``[watch]`` of ``course.toml``: what is graded as it comes in, which counts, what is shown."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import UTC, datetime
from functools import cached_property
from zoneinfo import ZoneInfo

from nbgrader import api
from sqlalchemy import select

from ..course import SETTINGS, Course
from ..errors import AutograderError
from ..grading.database import reading
from ..project import Project
from .attempts import Attempt, Score, by_grading
from .policy import Policy, read
from .roster import Roster, course_roster

__all__ = ["COUNTS", "SHOWS", "Rules", "Today", "rules_of"]

COUNTS = {
    "last": "it is the last one that differs from those before",
    "last in time": "it is the last one in time",
    "best": "it has the most points",
}
"""Which of a student's hand-ins counts, and why."""
SHOWS = ("points", "mistakes", "all")


@dataclass(frozen=True)
class Rules:
    """``[watch]`` of ``course.toml``.

    attempts_a_day : so many hand-ins of a student are graded on a day, 0: all; show : what the
    feedback shows before the due date; counts : which of a student's hand-ins does.
    """

    attempts_a_day: int = 5
    show: str = "mistakes"
    counts: str = "last"


def rules_of(course: Course) -> Rules:
    """The course's rules; raises AutograderError for an invalid setting, which it names."""
    section = course.settings().get("watch", {})
    known = [field.name for field in fields(Rules)]
    if not isinstance(section, dict) or not section.keys() <= {*known}:
        problem = f"[watch] must be a section that may hold {', '.join(known)}; got {section!r}"
        raise AutograderError(f"{course.root / SETTINGS}: {problem}")
    rules = Rules(**section)
    attempts, problem = rules.attempts_a_day, ""
    if not isinstance(attempts, int) or isinstance(attempts, bool) or attempts < 0:
        problem = f"attempts_a_day must be a whole number from 0 (no limit), got {attempts!r}"
    for name, allowed in {"show": SHOWS, "counts": tuple(COUNTS)}.items():
        value = getattr(rules, name)
        if value not in allowed:
            problem = f"{name} must be one of {', '.join(map(repr, allowed))}; got {value!r}"
    if problem:
        raise AutograderError(f"{course.root / SETTINGS}: {problem}")
    return rules


@dataclass(frozen=True)
class Today:
    """The rules of a course for one notebook, as they are now."""

    course: Course
    notebook: str

    @cached_property
    def rules(self) -> Rules:
        return rules_of(self.course)

    @cached_property
    def policy(self) -> Policy:
        return read(self.course)

    @cached_property
    def now(self) -> datetime:
        """One time for all that is decided in one look."""
        return datetime.now(UTC)

    @cached_property
    def day(self) -> str:
        """The date in the course's time zone."""
        return self.now.astimezone(ZoneInfo(self.policy.zone)).date().isoformat()

    @cached_property
    def due(self) -> datetime | None:
        """In UTC, by ``course.toml`` or else by nbgrader's gradebook."""
        if self.notebook in self.policy.due:
            return self.policy.due[self.notebook]
        query = select(api.Assignment.duedate).where(api.Assignment.name == self.notebook)
        with reading(self.course) as database:
            due: datetime | None = database.scalar(query)
        return due

    @cached_property
    def _roster(self) -> Roster | None:
        return course_roster(self.course)

    def student(self, who: str) -> str:
        """The student's id here, of whom a name in the exchange or a folder is."""
        student = ""
        if self._roster:
            student, _ = self._roster.find([("id", who.casefold())])
        return student or who

    def shows(self, student: str) -> str:
        """What the student's feedback may show: all, once they can hand in in time no more."""
        if self.due is None:
            return self.rules.show
        due = self.due + self.policy.extension(student, self.notebook)
        return "all" if self.now.replace(tzinfo=None) > due else self.rules.show

    def chooser(self, jobs: int = 0, project: Project | None = None) -> Score | None:
        """Scores hand-ins, of which the best counts (the last of these); None: the last counts."""
        if self.rules.counts == "best":
            return by_grading(self.course, self.notebook, jobs, project)
        return self._in_time if self.rules.counts == "last in time" else None

    def _in_time(self, attempts: Mapping[str, Sequence[Attempt]]) -> dict[str, list[float]]:
        def is_in_time(student: str, attempt: Attempt) -> bool:
            if self.due is None or attempt.time is None:
                return True
            extra = self.policy.extension(student, self.notebook) + self.policy.grace
            return attempt.time <= self.due + extra

        return {
            student: [float(is_in_time(student, attempt)) for attempt in several]
            for student, several in attempts.items()
        }
