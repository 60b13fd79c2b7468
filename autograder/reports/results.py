"""What leaves the course, in one schema: who earned what, on which exercise and test, and why.

``docs/results.md`` tells it to others, ``docs/results.schema.json`` checks it. Every export, to a
learning platform, to Gradescope or to a spreadsheet, is made from these values and from nothing
else. This module reads no gradebook, so that it works inside Gradescope as well.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

__all__ = [
    "FORMAT",
    "VERSION",
    "Assignment",
    "Exercise",
    "Result",
    "Results",
    "Student",
    "Test",
    "judged_tests",
    "text",
]

FORMAT = "autograder results"
VERSION = 2
"""Another one where a field goes or means something else; fields may be added to this one."""


@dataclass(frozen=True)
class Test:
    """One hidden test. status : passed, failed, error, missing, not written or lost."""

    name: str
    status: str
    score: float
    max_score: float
    mistake: str = ""
    message: str = ""
    __test__ = False  # for pytest: it is none of its own


@dataclass(frozen=True)
class Exercise:
    """One graded cell: an exercise, a question in words, or a test that an instructor wrote.

    auto_score : the grader's, None where only a person can tell; manual_score : a person's, which
    goes before it; score : what counts, extra credit included; version : of the tests.
    """

    name: str
    score: float
    max_score: float
    auto_score: float | None
    manual_score: float | None = None
    extra_credit: float = 0.0
    needs_manual: bool = False
    tests: tuple[Test, ...] = ()
    version: int = 1


@dataclass(frozen=True)
class Result:
    """One graded submission.

    score : what counts, ``max(raw_score - late_penalty, 0)``; problem : why it could not be read,
    "" if it could; facts : what was repaired in it, and which cells were stopped; isolation,
    release, environment : how it was graded (docs/grading.md).
    """

    assignment: str
    student: str
    score: float
    max_score: float
    raw_score: float
    late_penalty: float
    needs_manual: bool
    submitted_at: str | None = None
    problem: str = ""
    facts: tuple[str, ...] = ()
    isolation: str = ""
    release: str = ""
    environment: Mapping[str, str] = field(default_factory=dict)
    exercises: tuple[Exercise, ...] = ()


@dataclass(frozen=True)
class Assignment:
    """One notebook. exercises : its graded cells in their order, each with its most points."""

    name: str
    max_score: float
    due: str | None = None
    exercises: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True)
class Student:
    """Somebody in the gradebook. lms_id : what the learning platform calls them, if it is known."""

    id: str
    first_name: str = ""
    last_name: str = ""
    email: str = ""
    lms_id: str = ""


@dataclass(frozen=True)
class Results:
    """A course, or a part of it. Who has no graded submission is in `students` alone."""

    course: str
    assignments: tuple[Assignment, ...] = ()
    students: tuple[Student, ...] = ()
    results: tuple[Result, ...] = ()


def text(results: Results) -> str:
    """The document, as JSON: the same results give the same bytes.

    >>> text(Results("sums")).splitlines()[1:4]
    [' "format": "autograder results",', ' "version": 2,', ' "course": "sums",']
    """
    document = {"format": FORMAT, "version": VERSION, **asdict(results)}
    return json.dumps(document, ensure_ascii=False, allow_nan=False, indent=1) + "\n"


def judged_tests(
    told: Mapping[str, Any], points: Mapping[str, float]
) -> dict[str, tuple[Test, ...]]:
    """The tests of each exercise, from what a graded notebook tells (``grading.results_of``).

    points : the most points of each graded cell; a test's part of them is what it is worth.
    """
    found = {}
    for report in told.get("reports", ()):
        name, verdicts = str(report["exercise"]), report["verdicts"]
        most = sum(verdict["points"] for verdict in verdicts)
        scale = points[name] / most if most and name in points else 1.0
        found[name] = tuple(_test(verdict, scale) for verdict in verdicts)
    return found


def _test(verdict: Mapping[str, Any], scale: float) -> Test:
    worth = verdict["points"] * scale
    return Test(
        name=verdict["test"],
        status=verdict["status"],
        score=worth if verdict["status"] == "passed" else 0.0,
        max_score=worth,
        mistake=verdict["mistake"],
        message=verdict["message"],
    )
