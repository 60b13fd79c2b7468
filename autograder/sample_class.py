"""A class to try the grader on: students who answer well, make known mistakes, or break things.

Answers come from the exercises (`autograder/exercises`) and the notebook's own solutions: a new
exercise is in the sample class without a line here. What each student must get is computed from the
function objects, in this process: :func:`write_class` returns it, for whoever grades the class.
"""

from __future__ import annotations

import copy
import shutil
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from cs231n_lib.check import Report, examine

from .course import Course
from .exercises import Exercise, load, notebooks
from .grading import read_notebook
from .sample_notebook import DAMAGE, HANG, KILL, Plan, Writer

__all__ = ["DAMAGE", "Expectation", "disagreements", "write_class"]


@dataclass(frozen=True)
class Expectation:
    """What a student of the sample class must get.

    reason : words that must stand among the facts, or as the reason why the file cannot be read.
    """

    student: str
    kind: str
    score: float
    max_score: float
    mistakes: dict[str, list[str]] = field(default_factory=dict)
    reason: str = ""


def write_class(
    course: Course, notebook: str, count: int | None = 15, each: int = 3
) -> dict[str, Expectation]:
    """Hand in `notebook` as student-01, student-02, … would; returns what each must get.

    The same arguments give the same class. What these students handed in before is replaced.

    Parameters
    ----------
    count : students; None: as many as it takes to have every style, mistake and damage in it.
    each : most mistakes that one student makes (each in another exercise).
    """
    exercises = load(notebook)
    released = read_notebook(course.release_dir(notebook) / f"{notebook}.ipynb")
    source = read_notebook(course.source_dir(notebook) / f"{notebook}.ipynb")
    writer = Writer(notebook, exercises, released, source)
    judge = _Judge(notebook, exercises, course.secret())
    expected = {}
    for number, plan in enumerate(_plans(notebook, exercises, count, each), start=1):
        student = f"student-{number:02}"
        folder = course.submitted_dir(notebook, student)
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        name, text = writer.hand_in(plan)
        (folder / name).write_text(text, encoding="utf-8")
        expected[student] = judge.expectation(student, plan)
    return expected


def _plans(
    notebook: str, exercises: Sequence[Exercise], count: int | None, each: int
) -> list[Plan]:
    """Who is in the class, shuffled: who does well, who makes mistakes, who breaks things."""
    # Each notebook begins with other damage, so that two small classes together have it all.
    start = notebooks().index(notebook) * (len(DAMAGE) // 2) % len(DAMAGE)
    broken = [_damaged(kind, exercises) for kind in [*DAMAGE[start:], *DAMAGE[:start]]]
    styled = _styled(exercises)
    mistaken = _mistaken(exercises, each)
    right = Plan("all right", words=True)
    if count is None:
        plans = [right, *styled, *mistaken, *broken]
    else:
        shares = [(broken, 2 * count // 5), (styled, count // 7), (mistaken, count)]
        plans = [right] + [plan for plans, share in shares for plan in plans[: max(share, 1)]]
        plans = [copy.deepcopy(plans[i % len(plans)]) for i in range(count)]
    seed = int.from_bytes(notebook.encode()[-8:], "big")
    return [plans[i] for i in np.random.default_rng(seed).permutation(len(plans))]


def _styled(exercises: Sequence[Exercise]) -> list[Plan]:
    """Students who write everything right, each in another way."""
    most = max((len(exercise.styles) for exercise in exercises), default=0)
    return [
        Plan(
            f"all right, style {i + 2}",
            {e.name: e.styles[i % len(e.styles)].replaces for e in exercises if e.styles},
            words=i == 0,
        )
        for i in range(most)
    ]


def _mistaken(exercises: Sequence[Exercise], each: int) -> list[Plan]:
    """Students who between them make every mistake once, at most `each` a student."""
    waiting = {exercise.name: list(exercise.mistakes) for exercise in exercises}
    students: list[Plan] = []
    first = 0
    while any(waiting.values()):
        # Begin where the last student ended: a small class meets all exercises.
        names = [exercise.name for exercise in exercises]
        order = [name for name in names[first:] + names[:first] if waiting[name]]
        chosen = order[: each - len(students) % each]
        wrong = {name: waiting[name].pop(0).replaces for name in chosen}
        kind = "a mistake" if len(wrong) == 1 else f"{len(wrong)} mistakes"
        students.append(Plan(kind, wrong, words=len(students) % 2 == 0))
        first = (names.index(chosen[-1]) + 1) % len(names)
    return students


_FACTS = {
    "check deleted": "was missing",
    "points edited": "had been changed",
    "cell duplicated": "more than once",
    "broken JSON": "not a notebook",
    "no notebook": "no notebook",
}


def _damaged(kind: str, exercises: Sequence[Exercise]) -> Plan:
    plan = Plan(kind, damage=kind)
    with_functions = [e for e in exercises if any(map(callable, e.answers.values()))]
    # Not the last: what comes after it must be graded all the same.
    target = with_functions[len(with_functions) // 2]
    if kind == "unfinished":
        plan.text = dict.fromkeys([e.name for e in exercises[len(exercises) // 2 :]], "")
    elif kind == "syntax error":
        name = next(iter(target.answers))
        plan.text = {target.name: f"def {name}(\n    return 0"}
    elif kind in ("endless loop", "kernel killed"):
        plan.text = {target.name: _functions(target, HANG if kind == "endless loop" else KILL)}
    return plan


def _functions(exercise: Exercise, body: str) -> str:
    lines = "".join(f"    {line}\n" for line in body.splitlines())
    return "\n\n".join(f"def {name}(*args, **kwargs):\n{lines}" for name in exercise.answers)


class _Judge:
    """Says what answers must get: it examines the function objects, here, not what is handed in."""

    def __init__(self, notebook: str, exercises: Sequence[Exercise], key: bytes) -> None:
        self.exercises = exercises
        self.packs = {each.name: each.pack(notebook, key) for each in exercises}
        self.right = {each.name: self.report(each, {}) for each in exercises}

    def report(self, exercise: Exercise, replaces: Mapping[str, Any]) -> Report:
        return examine(self.packs[exercise.name], {**exercise.answers, **replaces})

    def expectation(self, student: str, plan: Plan) -> Expectation:
        reports = {
            exercise.name: self.report(exercise, plan.wrong[exercise.name])
            if exercise.name in plan.wrong
            else self.right[exercise.name]
            for exercise in self.exercises
            if exercise.name not in plan.text
        }
        lost = plan.damage in ("broken JSON", "no notebook")
        return Expectation(
            student=student,
            kind=plan.kind,
            score=0.0 if lost else sum(report.earned for report in reports.values()),
            max_score=sum(exercise.points for exercise in self.exercises),
            mistakes={name: report.mistakes for name, report in reports.items() if report.mistakes},
            reason=_FACTS.get(plan.damage, ""),
        )


def disagreements(expected: Mapping[str, Expectation], rows: Sequence[Any]) -> list[str]:
    """Where graded `rows` (`classroom.Row`) differ from what the class must get."""
    found = {row.student: row for row in rows}
    told = []
    for student, want in expected.items():
        row = found.get(student)
        if row is None:
            told.append(f"{student} ({want.kind}): not graded")
            continue
        if abs(row.score - want.score) > 1e-9:
            told.append(f"{student} ({want.kind}): got {row.score:g} points, not {want.score:g}")
        if row.mistakes != want.mistakes:
            told.append(f"{student} ({want.kind}): {row.mistakes}, not {want.mistakes}")
        said = " ".join([row.unreadable, *row.facts])
        if want.reason not in said:
            told.append(f"{student} ({want.kind}): nothing says {want.reason!r}; said: {said!r}")
    return told
