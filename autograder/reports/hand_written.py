"""The hand-written tests of an assignment over the class: who failed which, and on what words."""

from __future__ import annotations

import json
import statistics
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from nbformat import NotebookNode

from ..course import Course
from ..grading.class_table import Row
from ..grading.gradebook import copies_of
from ..results import KEY, cell_name
from .class_statistics import Cause, Points, Topic
from .failures import Failure, failures_in, tests_in

__all__ = ["ClassTest", "Outcomes", "causes_of", "class_tests", "outcomes", "topics_of"]


@dataclass(frozen=True)
class Outcomes:
    """failures : of each student's hand-written tests, None where one passed; in_reach : the tests
    that ran among the answers, so that an answer can cheat."""

    failures: Mapping[str, Mapping[str, Failure | None]] = field(default_factory=dict)
    in_reach: frozenset[str] = frozenset()

    def of(self, student: str) -> dict[str, Failure]:
        """The tests that a student failed."""
        tests = self.failures.get(student, {})
        return {name: failure for name, failure in tests.items() if failure}


def outcomes(
    course: Course, assignment: str, graded: Sequence[Row], notebooks: Mapping[str, NotebookNode]
) -> Outcomes:
    """The outcomes of those whose submissions could be read. notebooks : the released ones."""
    judged = {report.exercise for row in graded for report in row.reports}
    several = len(notebooks) > 1
    tests = {notebook: tests_in(content.cells) for notebook, content in notebooks.items()}
    names = {
        cell_name(notebook, cell, several) for notebook, cells in tests.items() for cell in cells
    }
    if names <= judged:  # no file needs to be opened
        return Outcomes()
    failures, in_reach = {}, set()
    for row in graded:
        if row.unreadable:
            continue
        of_student: dict[str, Failure | None] = {}
        for notebook, path in copies_of(course, assignment, row.student).items():
            document = json.loads(path.read_bytes())
            for cell, failure in failures_in(document, tests.get(notebook, {})).items():
                of_student[cell_name(notebook, cell, several)] = failure
            in_reach |= {
                cell_name(notebook, cell, several)
                for cell in document["metadata"].get(KEY, {}).get("not_tamper_proof", ())
            }
        failures[row.student] = of_student
    return Outcomes(failures, frozenset(in_reach))


@dataclass(frozen=True)
class ClassTest:
    """One hand-written test over the class.

    mean : of the points that count; lost : by all together; of : students who were graded;
    failures : with the students who have each, the most frequent first; in_reach : an answer can
    cheat.
    """

    name: str
    label: str
    points: float
    mean: float
    lost: Mapping[str, float]
    passed: int
    of: int
    failures: Sequence[tuple[Failure, Sequence[str]]]
    in_reach: bool


def class_tests(
    outcomes: Outcomes, points: Points, most: Mapping[str, float], labels: Mapping[str, str]
) -> list[ClassTest]:
    """The hand-written tests in the order of `most`, the maximum points of each cell."""
    tests = []
    for name, possible in most.items():
        students = {
            student: of_student[name]
            for student, of_student in outcomes.failures.items()
            if name in of_student
        }
        if not students:
            continue
        earned = {student: points.get(student, {}).get(name) or 0.0 for student in students}
        by_failure: dict[Failure, list[str]] = {}
        for student, failure in students.items():
            if failure:
                by_failure.setdefault(failure, []).append(student)
        tests.append(
            ClassTest(
                name=name,
                label=labels.get(name, f"`{name}`"),
                points=possible,
                mean=statistics.fmean(earned.values()),
                lost={student: max(possible - earned[student], 0.0) for student in students},
                passed=sum(failure is None for failure in students.values()),
                of=len(students),
                failures=sorted(by_failure.items(), key=lambda group: -len(group[1])),
                in_reach=name in outcomes.in_reach,
            )
        )
    return tests


def causes_of(tests: Sequence[ClassTest]) -> list[Cause]:
    """Why points are missing in hand-written tests."""
    return [
        Cause(
            exercise=test.name,
            slide=test.label,
            name=failure.title,
            message=f"`{failure.line}`" if failure.line and failure.title == failure.error else "",
            known=False,
            elsewhere=False,
            students=tuple(students),
            lost=lost,
        )
        for test in tests
        for failure, students in test.failures
        if (lost := sum(test.lost[student] for student in students))
    ]


def topics_of(tests: Sequence[ClassTest]) -> list[Topic]:
    """The tests that cost points, as what to teach again; without what nobody began to write."""
    topics = []
    for test in tests:
        causes = tuple(cause for cause in causes_of([test]) if cause.tried)
        lost = sum(cause.lost for cause in causes)
        students = tuple(student for cause in causes for student in cause.students)
        if causes:
            topics.append(Topic(test.label, lost, lost / (test.points * test.of), students, causes))
    return topics
