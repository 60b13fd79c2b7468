"""Grade what comes in as it comes in: collect, grade, write the feedback, give it back.

Each step looks at what the one before has left, and does nothing twice: collecting the same again
changes nothing, what is graded is not graded again, and a page may be written twice. So a round
that was killed needs no repair. The journal says for which hand-ins all of that is done.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ..course import Course
from ..errors import AutograderError
from ..grading.classroom import NotAllGraded, grade_class
from ..grading.events import Event, Graded
from ..grading.feedback import feedback
from ..grading.feedback_state import pages_of
from ..grading.lock import lock
from ..project import Project
from . import exchange
from .arrivals import Arrival, Settling, arrivals
from .attempts import SECRET, TIMESTAMP, Attempt
from .collect import Collected, collect
from .give_back import give_back, note
from .journal import Journal, Record
from .late import put_due_dates, settle
from .watch_events import Handled, Renewed, Tell, Trouble
from .watch_rules import COUNTS, Today, rules_of

__all__ = ["Watcher"]

_LOCK = ".watch.lock"
_AT_ONCE = 16
"""Submissions that are graded before their feedback is given."""
_AGAIN = 60.0
"""Seconds until something that failed is tried again."""


@dataclass(frozen=True)
class _AllBut:
    """Everything but these names."""

    names: frozenset[str]

    def __contains__(self, name: object) -> bool:
        return name not in self.names


@dataclass
class Watcher:
    """Watches the exchange, or a drop folder with a folder for each notebook, in a ``with`` block.

    notebooks : which, none: all that are released; jobs, require, project : as of grading.

    Raises AutograderError if another watcher is at work on the course, or the rules are invalid.
    """

    course: Course
    tell: Tell
    notebooks: Sequence[str] = ()
    drop: Path | None = None
    jobs: int = 0
    require: str = ""
    project: Project | None = None
    _settling: Settling = field(default_factory=Settling)
    _troubles: dict[tuple[str, str], tuple[float, str]] = field(default_factory=dict)
    _stack: ExitStack = field(default_factory=ExitStack)

    def __enter__(self) -> Watcher:
        rules_of(self.course)
        root = self.course.root
        self._stack.enter_context(lock(root / _LOCK, f"{root} is being watched already"))
        self._journal = Journal(self.course)
        return self

    def __exit__(self, *_: object) -> None:
        self._stack.close()

    @property
    def in_trouble(self) -> bool:
        """Whether something failed and has not been done since."""
        return bool(self._troubles)

    def look(self) -> bool:
        """Take all that is new and whole; returns whether there is more that may become so."""
        more = False
        for notebook in self.notebooks or self._released():
            today = Today(self.course, notebook)
            more |= bool(self._try(notebook, "", self._look, today))
        return more

    def _released(self) -> list[str]:
        folders = self.course.release.glob("[!.]*/")
        return sorted(path.name for path in folders if self.course.notebooks(path.name))

    def _look(self, today: Today) -> bool:
        self._renew(today)
        notebook = today.notebook
        folder, layout = self._place(notebook)
        present = arrivals(folder, notebook, layout)
        records = {arrival.name: self._journal.of(notebook, arrival) for arrival in present}
        done = {name for name, record in records.items() if record and record.outcome != "waits"}
        new = [arrival for arrival in present if arrival.name not in done]
        settled = [arrival for arrival in new if self._settling.is_settled(arrival)]
        is_all = len(settled) == len(new)
        if settled and layout == "exchange":
            settled = list(self._in_own_name(today, folder, settled))
        for arrival in settled:
            if not arrival.who:
                self._try(notebook, arrival.name, self._take_download, today, arrival)
        by_student: dict[str, list[Arrival]] = {}
        for arrival in settled:
            student = today.student(arrival.who)
            if arrival.who and not self._is_held_back(notebook, student):
                by_student.setdefault(student, []).append(arrival)
        allowed = list(self._within_limit(today, by_student, records))
        if allowed:
            students = {today.student(arrival.who) for arrival in allowed}
            earlier = {
                arrival.name
                for arrival in present
                if (record := records[arrival.name])
                and record.outcome not in ("waits", "refused")
                and today.student(arrival.who) in students
            }
            self._take(today, folder, allowed, earlier)
        return not is_all

    def _place(self, notebook: str) -> tuple[Path, str]:
        """The folder where hand-ins come in, and its layout."""
        if self.drop is not None:
            return self.drop / notebook, "folder"
        inbound = exchange.inbound(self.course, notebook)
        if inbound is None:
            raise AutograderError(
                "this course's exchange is no folder, so nobody sees when something comes in: run "
                "collect, grade and feedback from time to time instead"
            )
        return inbound, "exchange"

    # ------------------------------------------------------------------------------ what may fail

    def _is_held_back(self, notebook: str, name: str) -> bool:
        return time.monotonic() < self._troubles.get((notebook, name), (0.0, ""))[0]

    def _try(self, notebook: str, name: str, function: Callable[..., Any], *about: Any) -> Any:
        """``function(*about)``; None if it fails, or is too early to be tried again.

        name : of the student or file that it is about; others go on.
        """
        if self._is_held_back(notebook, name):
            return None
        try:
            result = function(*about)
        except (AutograderError, OSError) as error:
            self._fail(notebook, name, str(error))
            return None
        self._troubles.pop((notebook, name), None)
        return result

    def _fail(self, notebook: str, name: str, reason: str) -> None:
        _, before = self._troubles.get((notebook, name), (0.0, ""))
        self._troubles[notebook, name] = (time.monotonic() + _AGAIN, reason)
        if reason != before:
            self.tell(Trouble(notebook, reason))

    # ------------------------------------------------------------------------- what may be graded

    def _in_own_name(self, today: Today, folder: Path, new: Sequence[Arrival]) -> Iterator[Arrival]:
        foreign = exchange.foreign_owners(self.course, folder, today.notebook)
        for arrival in new:
            if arrival.name in foreign:
                self._end(today, arrival, "", "refused", foreign[arrival.name])
            else:
                yield arrival

    def _within_limit(
        self,
        today: Today,
        by_student: Mapping[str, Sequence[Arrival]],
        records: Mapping[str, Record | None],
    ) -> Iterator[Arrival]:
        """The hand-ins that may be graded today; the others wait, and are told so once a day."""
        limit = today.rules.attempts_a_day
        for student, new in by_student.items():
            left = max(limit - self._journal.used(today.notebook, student, today.day), 0)
            if not limit or (left and today.rules.counts != "best"):
                left = len(new)  # of all that came at once, only one is graded
            yield from new[:left]
            for arrival in new[left:]:
                record = records[arrival.name]
                if record is None or record.day != today.day:
                    reason = f"{limit} were already graded today; it waits until tomorrow"
                    self._note(today, arrival, f"This was handed in, but {reason}.")
                    self._end(today, arrival, student, "waits", reason)

    # ------------------------------------------------------------------------------------- taking

    def _take_download(self, today: Today, download: Arrival) -> None:
        """Collect and grade a whole download of an LMS."""
        collected, _ = self._collect(today, download.path, "", ())
        students = [*collected.new, *collected.replaced, *collected.unchanged]
        for student, event in self._graded(today, students):
            shows = today.shows(student)
            self._journal.write(Record(today.notebook, student, "graded", today.day, shows=shows))
            self._tell_graded(today, download.name, student, event)
        for line in [*collected.unknown, *collected.failed, *collected.refused]:
            self.tell(Handled(today.notebook, download.name, "", "refused", reason=line))
        self._write(today, download, "", "passed over")

    def _take(
        self, today: Today, folder: Path, new: Sequence[Arrival], earlier: Iterable[str]
    ) -> None:
        """Collect the new hand-ins of some students, beside their earlier ones; grade them."""
        names = _AllBut(frozenset([*earlier, *(arrival.name for arrival in new)]))
        collected, points = self._collect(today, folder, new[0].layout, names)
        students = {*collected.new, *collected.replaced, *collected.unchanged}
        problems = [*collected.unknown, *collected.failed, *collected.refused]

        def problem(arrival: Arrival) -> str:
            starts = (f"{arrival.who} ", f"{arrival.who}:", arrival.name)
            return "; ".join(line for line in problems if line.startswith(starts))

        by_student: dict[str, list[Arrival]] = {}
        for arrival in new:
            student = today.student(arrival.who)
            by_student.setdefault(student, []).append(arrival)
            if student in students:
                continue
            reason = problem(arrival) or "it was not collected"
            if reason in collected.unknown:  # until the roster has them
                self._fail(today.notebook, student, reason)
                continue
            self._note(today, arrival, f"This was not graded: {reason}.")
            self._end(today, arrival, student, "refused", reason)
        for student, event in self._graded(today, sorted(students)):
            secret, when = self._kept(today, student)
            for arrival in by_student.get(student, ()):
                if arrival.layout != "exchange" or arrival.secret in ("", secret):
                    self._write(today, arrival, student, "graded", today.shows(student))
                    self._tell_graded(today, arrival.name, student, event)
                    continue
                score = points.get(arrival.secret)
                reason = f"the one of {when} counts, because {COUNTS[today.rules.counts]}"
                more = "" if score is None else f" This one has {score:g} points."
                more += f" ({problem(arrival)})" if problem(arrival) else ""
                self._note(today, arrival, f"Of your hand-ins, {reason}.{more}")
                outcome = "passed over" if score is None else "scored"
                self._end(today, arrival, student, outcome, reason)

    def _collect(
        self, today: Today, source: Path, layout: str, skip: Any
    ) -> tuple[Collected, dict[str, float]]:
        """Collect; and if the best counts, the points of those compared, by their secrets."""
        choose, points = today.chooser(self.jobs, self.project), dict[str, float]()

        def keep(attempts: Mapping[str, Sequence[Attempt]]) -> Mapping[str, Sequence[float]]:
            assert choose is not None
            scores = choose(attempts)
            for student, several in attempts.items():
                secrets = [attempt.secret.decode(errors="replace") for attempt in several]
                points.update(zip(secrets, scores[student], strict=True))
            return scores

        collected = collect(
            self.course, today.notebook, source, layout, keep if choose else None, skip=skip
        )
        return collected, points if today.rules.counts == "best" else {}

    def _graded(self, today: Today, students: Sequence[str]) -> Iterator[tuple[str, Graded | None]]:
        """Grade some students at a time and give back their feedback; yields each who has it.

        With how it was graded; None if it was already. Who fails is tried again later.
        """
        put_due_dates(self.course)
        for start in range(0, len(students), _AT_ONCE):
            some, events = students[start : start + _AT_ONCE], dict[str, Graded]()

            def tell(event: Event, events: dict[str, Graded] = events) -> None:
                if isinstance(event, Graded):
                    events[event.student] = event
                self.tell(event)

            failed: Mapping[str, str] = {}
            try:
                grade_class(
                    self.course,
                    today.notebook,
                    some,
                    jobs=self.jobs,
                    require=self.require,
                    project=self.project,
                    tell=tell,
                )
            except NotAllGraded as error:
                failed = error.failed
            if today.policy.is_set:
                settle(self.course)
            for student in some:
                if student in failed:
                    self._fail(
                        today.notebook, student, f"{student} is not graded: {failed[student]}"
                    )
                elif self._try(today.notebook, student, self._give, today, student):
                    yield student, events.get(student)

    # ---------------------------------------------------------------------------- what is given

    def _give(self, today: Today, student: str) -> bool:
        feedback(self.course, today.notebook, [student], show=today.shows(student))
        secret, _ = self._kept(today, student)
        if self.drop is None and secret:
            pages = {
                path.stem: path.read_text(encoding="utf-8")
                for path in pages_of(self.course, today.notebook, student)
            }
            give_back(self.course, today.notebook, secret, pages)
        return True

    def _renew(self, today: Today) -> None:
        """Give back again what may show all, now that the due date has passed."""
        for student, before in self._journal.shown(today.notebook).items():
            if before == "all" or today.shows(student) != "all":
                continue
            if self._try(today.notebook, student, self._give, today, student):
                record = Record(today.notebook, student, "renewed", today.day, shows="all")
                self._journal.write(record)
                self.tell(Renewed(today.notebook, student, "all"))

    def _kept(self, today: Today, student: str) -> tuple[str, str]:
        """The secret and the time of the hand-in that counts."""
        folder = self.course.submitted_dir(today.notebook, student)
        secret, stamp = (
            path.read_text(encoding="utf-8", errors="replace") if path.is_file() else ""
            for path in (folder / SECRET, folder / TIMESTAMP)
        )
        return secret, f"{stamp[:16]} UTC" if stamp else "another time"

    def _note(self, today: Today, arrival: Arrival, text: str) -> None:
        if arrival.layout == "exchange" and arrival.secret:
            page = note(today.notebook, text)
            pages = dict.fromkeys(self.course.notebooks(today.notebook), page)
            give_back(self.course, today.notebook, arrival.secret, pages)

    # ------------------------------------------------------------------------------ what is told

    def _tell_graded(self, today: Today, name: str, student: str, event: Graded | None) -> None:
        score, most, reason = (event.score, event.max, event.reason) if event else (None, None, "")
        shows = today.shows(student)
        self.tell(Handled(today.notebook, name, student, "graded", score, most, shows, reason))

    def _end(self, today: Today, arrival: Arrival, student: str, outcome: str, reason: str) -> None:
        self._write(today, arrival, student, outcome)
        self.tell(Handled(today.notebook, arrival.name, student, outcome, reason=reason))

    def _write(
        self, today: Today, arrival: Arrival, student: str, outcome: str, shows: str = ""
    ) -> None:
        about = today.notebook, student, outcome, today.day, arrival.name, arrival.signature
        self._journal.write(Record(*about, shows))
        if outcome != "waits":
            self._settling.forget(arrival)
