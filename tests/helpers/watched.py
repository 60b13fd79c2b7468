"""A course that is watched, and an exchange and a drop folder to hand in to."""

from __future__ import annotations

import json
from contextlib import nullcontext
from datetime import UTC, datetime, timedelta

from nbgrader.utils import notebook_hash

from autograder.course import CONFIG, SETTINGS
from autograder.grading import classroom
from autograder.grading.kernel import isolation_level
from autograder.intake import arrivals
from autograder.intake.watch import Watcher
from autograder.intake.watch_events import Handled, Renewed, Trouble
from helpers.graded_class import FIRST
from helpers.small_course import project

RIGHT = "def affine_forward(x, w, b):\n    return x.reshape(len(x), -1) @ w + b, None"
ROWS_ONLY = "def affine_forward(x, w, b):\n    return x @ w + b, None"
NO_BIAS = "def affine_forward(x, w, b):\n    return x.reshape(len(x), -1) @ w, None"
NOW = datetime.now(UTC).replace(tzinfo=None, microsecond=0)


class _Here:
    """Grades in this process, which takes no time to start."""

    workers = 1

    def level(self, require):
        return isolation_level(require)

    def run(self, grader, tasks):
        for student, handed_in in tasks:
            yield student, grader(handed_in)


class Watched:
    """A course that is watched, and an exchange to hand in to."""

    def __init__(self, klass):
        self.klass, self.course = klass, klass.course
        self.exchange = self.course.root.parent / "exchange" / "cs231n"
        self.drop = self.course.root.parent / "drop"
        self.events = []
        for folder in (self.exchange / "inbound", self.drop / FIRST):
            folder.mkdir(parents=True)
        self.exchange.parent.chmod(0o777)  # as nbgrader wants it
        with (self.course.root / CONFIG).open("a", encoding="utf-8") as config:
            config.write(
                f"\nc.Exchange.root = {str(self.exchange.parent)!r}\n"
                "c.CourseDirectory.course_id = 'cs231n'\nc.ExchangeCollect.check_owner = False\n"
            )

    def set(self, text):
        """Replace the rules of the course."""
        (self.course.root / SETTINGS).write_text(text, encoding="utf-8")

    def notebook(self, code):
        document = json.loads(json.dumps(self.klass.release.notebook))
        for cell in document["cells"]:
            if cell["id"] == "affine_solution":
                cell["source"] = code
        return json.dumps(document)

    def submit(self, student, code=RIGHT, minutes=0, secret=""):
        """What nbgrader's submit leaves; returns the secret."""
        at = f"{NOW + timedelta(minutes=minutes):%Y-%m-%d %H:%M:%S.%f} UTC"
        secret = secret or f"secret of {student} {minutes}"
        folder = self.exchange / "inbound" / f"{student}+{FIRST}+{at}+{minutes}"
        folder.mkdir()
        (folder / f"{FIRST}.ipynb").write_text(self.notebook(code), encoding="utf-8")
        (folder / "timestamp.txt").write_text(at, encoding="utf-8")
        (folder / "submission_secret.txt").write_text(secret, encoding="utf-8")
        return secret

    def watcher(self, drop=False, **more):
        made = project(self.klass.made)
        where = self.drop if drop else None
        return Watcher(self.course, self.events.append, (FIRST,), where, project=made, **more)

    def look(self, times=2, **more):
        """A watcher looks; returns what it told of hand-ins."""
        del self.events[:]
        with self.watcher(**more) as watcher:
            for _ in range(times):
                watcher.look()
        return [event for event in self.events if isinstance(event, Handled | Renewed | Trouble)]

    def fetched(self, secret):
        """The feedback that the student with this secret finds; None if there is none."""
        name = notebook_hash(secret=secret, notebook_id=FIRST)
        path = self.exchange / "feedback" / f"{name}.html"
        return path.read_text(encoding="utf-8") if path.is_file() else None


def quick(klass, monkeypatch):
    """One that is taken as soon as it is seen twice, and graded in this process."""
    monkeypatch.setattr(arrivals, "QUIET", 0.0)
    monkeypatch.setattr(classroom, "place", lambda scheduler, jobs: nullcontext(_Here()))
    return Watched(klass)


def outcomes(events):
    return [(event.student, event.outcome, event.score) for event in events]
