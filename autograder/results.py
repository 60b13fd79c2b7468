"""The results of grading, as classes: stored in graded notebooks, exported from a course.

:class:`SubmissionResults` is stored in the metadata of a graded notebook. :class:`Results` is the
document that leaves the course: who earned what, on which exercise and test, and why.
``docs/results.md`` describes it; ``docs/results.schema.json`` is made from these classes
(``python -m autograder.results``). Every export, to a learning platform, to Gradescope or to a
spreadsheet, is made from these values alone. This module reads no gradebook, so that it works
inside Gradescope as well.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import partial
from hashlib import sha256
from typing import Annotated, Any, Literal

import msgspec
from msgspec import Meta

from .check.judge import Report, Verdict

__all__ = [
    "FORMAT",
    "KEY",
    "VERSION",
    "Assignment",
    "Exercise",
    "NewVersion",
    "Result",
    "Results",
    "Student",
    "SubmissionResults",
    "Test",
    "cell_name",
    "judged_tests",
    "merged",
    "schema",
    "text",
]

KEY = "autograder"
"""The key of :class:`SubmissionResults` in a graded notebook's metadata."""
FORMAT = "autograder results"
VERSION = 2
"""Increased when a field is removed or changes its meaning, not when one is added."""

Name = Annotated[str, Meta(min_length=1)]
Points = Annotated[float, Meta(ge=0)]
Time = Annotated[str, Meta(pattern=r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?\+00:00$")]
Status = Literal["passed", "failed", "error", "missing", "not written", "lost"]
Isolation = Literal["", "namespaces", "landlock+seccomp", "limits"]


# ------------------------------------------------------------------------------ of one submission


@dataclass(frozen=True)
class NewVersion:
    """An exercise that was graded before with another version of its tests.

    why : the reason for the new version; before, after : the points then and now; by_hand : a
    person gave the points, and they stay.
    """

    exercise: str
    old: int
    new: int
    why: str
    before: float | None
    after: float | None
    by_hand: bool = False

    @property
    def gain(self) -> float:
        return 0.0 if self.by_hand else (self.after or 0.0) - (self.before or 0.0)


@dataclass(frozen=True)
class SubmissionResults:
    """The results of grading one submission; what an older grader did not record is empty.

    marks : points of each graded cell, None if a person has to give them; reports : of the
    exercises, test by test; facts : what was repaired in the submission, and which cells were
    stopped; unreadable : why it could not be read, "" if it could; submission, release : digests
    of both; isolation, environment, limits : how it was graded; changes : by exercise, why its
    tests were changed, one line for each new version; regraded : exercises that were graded before
    with another version; not_tamper_proof : cells whose tests an instructor wrote; figures : the
    cells that no mark depends on ran as well.
    """

    marks: dict[str, float | None] = field(default_factory=dict)
    reports: list[Report] = field(default_factory=list)
    facts: list[str] = field(default_factory=list)
    unreadable: str = ""
    submission: str = ""
    release: str = ""
    isolation: str = ""
    environment: dict[str, str] = field(default_factory=dict)
    limits: dict[str, float] = field(default_factory=dict)
    changes: dict[str, list[str]] = field(default_factory=dict)
    regraded: list[NewVersion] = field(default_factory=list)
    not_tamper_proof: list[str] = field(default_factory=list)
    figures: bool = False

    @classmethod
    def from_value(cls, value: object) -> SubmissionResults:
        """Read results from a notebook's metadata; raises ValueError if it holds something else.

        >>> SubmissionResults.from_value({"marks": {"adam": 3.0}, "of another version": 1}).marks
        {'adam': 3.0}
        """
        return msgspec.convert(value, cls)

    def to_value(self) -> dict[str, Any]:
        """As plain data for JSON."""
        value: dict[str, Any] = msgspec.to_builtins(self)
        return value

    @property
    def score(self) -> float:
        """All points given so far."""
        return sum(mark or 0.0 for mark in self.marks.values())

    def version(self, exercise: str) -> int:
        """The version of the tests that an exercise was graded with, from 1."""
        return 1 + len(self.changes.get(exercise, ()))


def cell_name(notebook: str, cell: str, several: bool) -> str:
    """A cell's name in its assignment: of `several` notebooks, two may have a cell of one name.

    >>> cell_name("part 1", "mean", several=True)
    'part 1/mean'
    """
    return f"{notebook}/{cell}" if several else cell


def merged(results: Mapping[str, SubmissionResults]) -> SubmissionResults:
    """The results of a whole submission, from those of its notebooks, by their names.

    >>> halves = {name: SubmissionResults(marks={"sum": 1.0}) for name in ("a", "b")}
    >>> merged(halves).marks
    {'a/sum': 1.0, 'b/sum': 1.0}
    """
    first, *others = results.values()
    if not others:
        return first
    whole = replace(first, marks={}, reports=[], facts=[], changes={}, regraded=[])
    whole = replace(whole, not_tamper_proof=[], unreadable="")
    unreadable = [part.unreadable for part in results.values() if part.unreadable]
    if len(unreadable) == len(results):
        whole = replace(whole, unreadable=" ".join(dict.fromkeys(unreadable)))
    for notebook, part in results.items():
        name = partial(cell_name, notebook, several=True)
        whole.marks.update({name(cell): mark for cell, mark in part.marks.items()})
        whole.reports.extend(replace(item, exercise=name(item.exercise)) for item in part.reports)
        problem = [part.unreadable] if part.unreadable and not whole.unreadable else []
        whole.facts.extend(f"{notebook}: {fact}" for fact in (*problem, *part.facts))
        whole.changes.update({name(cell): lines for cell, lines in part.changes.items()})
        whole.regraded.extend(replace(new, exercise=name(new.exercise)) for new in part.regraded)
        whole.not_tamper_proof.extend(map(name, part.not_tamper_proof))
    return replace(
        whole,
        submission=_digest(part.submission for part in results.values()),
        release=_digest(part.release for part in results.values()),
    )


def _digest(digests: Iterable[str]) -> str:
    return sha256("".join(digests).encode()).hexdigest()


# ------------------------------------------------------------------------------------ of a course


@dataclass(frozen=True)
class Test:
    """One hidden test. status : passed, failed, error, missing, not written or lost."""

    name: Name
    status: Status
    score: Points
    max_score: Points
    mistake: str = ""
    message: str = ""
    __test__ = False  # pytest: not a test class


@dataclass(frozen=True)
class Exercise:
    """One graded cell: an exercise, a question in words, or a test that an instructor wrote.

    auto_score : the grader's, None if only a person can mark it; manual_score : a person's, which
    replaces it; score : what counts, with extra credit; version : of the tests.
    """

    name: Name
    score: float
    max_score: Points
    auto_score: float | None
    manual_score: float | None = None
    extra_credit: float = 0.0
    needs_manual: bool = False
    tests: tuple[Test, ...] = ()
    version: Annotated[int, Meta(ge=1)] = 1


@dataclass(frozen=True)
class Result:
    """One graded submission.

    score : what counts, ``max(raw_score - late_penalty, 0)``; problem : why it could not be read,
    "" if it could; facts : what was repaired in it, and which cells were stopped; isolation,
    release, environment : how it was graded (docs/grading.md).
    """

    assignment: str
    student: Name
    score: Points
    max_score: Points
    raw_score: float
    late_penalty: float
    needs_manual: bool
    submitted_at: Time | None = None
    problem: str = ""
    facts: tuple[str, ...] = ()
    isolation: Isolation = ""
    release: str = ""
    environment: dict[str, str] = field(default_factory=dict)
    exercises: tuple[Exercise, ...] = ()


@dataclass(frozen=True)
class Assignment:
    """One notebook. exercises : the maximum points of its graded cells, in order."""

    name: str
    max_score: Points
    due: Time | None = None
    exercises: dict[str, Points] = field(default_factory=dict)


@dataclass(frozen=True)
class Student:
    """A student in the gradebook. lms_id : their ID on the learning platform, if known."""

    id: Name
    first_name: str = ""
    last_name: str = ""
    email: str = ""
    lms_id: str = ""


@dataclass(frozen=True)
class Results:
    """A course, or a part of it. Students without a graded submission are in `students` only."""

    course: str
    assignments: tuple[Assignment, ...] = ()
    students: tuple[Student, ...] = ()
    results: tuple[Result, ...] = ()


def text(results: Results, submissions: Iterable[Result] | None = None) -> Iterator[str]:
    """The document as JSON, in parts; the same results give the same bytes.

    submissions : the results, if they are too many to be held in `results`.

    >>> "".join(text(Results("sums"))).splitlines()[1:4]
    [' "format": "autograder results",', ' "version": 2,', ' "course": "sums",']
    """
    top = replace(results, results=())
    document = {"format": FORMAT, "version": VERSION, **msgspec.to_builtins(top)}
    head, end = _json(document).rsplit("[]", 1)
    yield head
    separator = "["
    for result in results.results if submissions is None else submissions:
        # A text in JSON has no line break: each of these begins a line.
        yield f"{separator}\n{_json(result)}".replace("\n", "\n  ")
        separator = ","
    yield ("\n ]" if separator == "," else "[]") + end + "\n"


def _json(value: object) -> str:
    return msgspec.json.format(msgspec.json.encode(value), indent=1).decode()


def schema() -> dict[str, Any]:
    """The JSON schema of that document, in which every field is required."""
    (top,), parts = msgspec.json.schema_components([Results], ref_template="#/$defs/{name}")
    for part in parts.values():
        part.pop("description", None)  # docs/results.md describes it
        part["required"] = list(part["properties"])
        for value in part["properties"].values():
            value.pop("default", None)
    document = parts.pop(top["$ref"].rpartition("/")[2])
    constants = {"format": {"const": FORMAT}, "version": {"const": VERSION}}
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": f"Results of a course, version {VERSION} (docs/results.md)",
        "type": "object",
        "required": [*constants, *document["required"]],
        "properties": {**constants, **document["properties"]},
        "$defs": parts,
    }


def judged_tests(
    results: SubmissionResults, points: Mapping[str, float]
) -> dict[str, tuple[Test, ...]]:
    """The tests of each exercise, from the results of a submission.

    points : the maximum points of each graded cell; its tests share them.
    """
    tests = {}
    for report in results.reports:
        most = report.points
        known = most and report.exercise in points
        scale = points[report.exercise] / most if known else 1.0
        tests[report.exercise] = tuple(_test(verdict, scale) for verdict in report.verdicts)
    return tests


def _test(verdict: Verdict, scale: float) -> Test:
    return Test(
        name=verdict.test,
        status=verdict.status,  # type: ignore[arg-type]
        score=verdict.earned * scale,
        max_score=verdict.points * scale,
        mistake=verdict.mistake,
        message=verdict.message,
    )


if __name__ == "__main__":
    print(json.dumps(schema(), indent=1))
