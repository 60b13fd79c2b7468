"""A class to try the grader on: students who answer well, make known mistakes, or break things.

Their answers come from the project's exercises and the notebook's solutions, so that a new exercise
is in the sample class without any change here. :func:`write_class` also returns the marks that each
student must get, computed by calling their functions in this process.
"""

from __future__ import annotations

import ast
import contextlib
import copy
import shutil
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import lru_cache
from itertools import zip_longest
from typing import Any

import numpy as np

from ..check import Report, examine
from ..course import Course
from ..exercise import Exercise
from ..grading.submission import read_notebook
from .notebook import DAMAGE, HANG, KILL, Plan, Writer, defines

__all__ = ["DAMAGE", "Expectation", "disagreements", "write_class"]


@dataclass(frozen=True)
class Expectation:
    """The marks that a student of the sample class must get.

    reason : words that the facts, or the reason why the file is unreadable, must contain.
    """

    student: str
    kind: str
    score: float
    max_score: float
    mistakes: dict[str, list[str]] = field(default_factory=dict)
    reason: str = ""


def write_class(
    course: Course,
    notebook: str,
    count: int | None = 15,
    mistakes_each: int = 3,
    turn: int = 0,
    honest: bool = False,
) -> dict[str, Expectation]:
    """Hand in `notebook` as student-01, student-02, …; returns what each must get.

    The same arguments give the same class. Earlier submissions of these students are replaced.

    Parameters
    ----------
    count : number of students; None: enough to have every style, mistake and damage.
    mistakes_each : the most mistakes that one student makes, each in another exercise.
    turn : 0 or 1: two small classes of different turns together have all kinds of damage.
    honest : nobody breaks anything: right answers in all styles, known mistakes, unwritten answers.
    """
    exercises = course.project.load(notebook)
    released = read_notebook(course.release_dir(notebook) / f"{notebook}.ipynb")
    source = read_notebook(course.source_dir(notebook) / f"{notebook}.ipynb")
    writer = Writer(notebook, exercises, released, source)
    with contextlib.chdir(course.release_dir(notebook)):  # the notebook reads its data files
        judge = _Judge(notebook, exercises, course.secret(), writer)
    expected = {}
    if honest:
        plans = _honest(exercises, mistakes_each)
        plans = [plans[i % len(plans)] for i in range(count or len(plans))]
    else:
        plans = _plans(notebook, exercises, count, mistakes_each, turn)
    for number, plan in enumerate(plans, start=1):
        student = f"student-{number:02}"
        folder = course.submitted_dir(notebook, student)
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        name, text = writer.hand_in(plan)
        (folder / name).write_text(text, encoding="utf-8")
        expected[student] = judge.expectation(student, plan)
    return expected


def _plans(
    notebook: str, exercises: Sequence[Exercise], count: int | None, mistakes_each: int, turn: int
) -> list[Plan]:
    """The plans of the class, shuffled."""
    start = turn * (len(DAMAGE) // 2) % len(DAMAGE)
    broken = [_damaged(kind, exercises) for kind in [*DAMAGE[start:], *DAMAGE[:start]]]
    styled = _styled(exercises)
    mistaken = _mistaken(exercises, mistakes_each)
    right = Plan("all right", words=True)
    if count is None:
        plans = [right, *styled, *mistaken, *broken]
    else:
        shares = [(broken, count // 2), (styled, count // 7), (mistaken, count)]
        plans = [right] + [plan for plans, share in shares for plan in plans[: max(share, 1)]]
        plans = [copy.deepcopy(plans[i % len(plans)]) for i in range(count)]
    seed = int.from_bytes(notebook.encode()[-8:], "big")
    return [plans[i] for i in np.random.default_rng(seed).permutation(len(plans))]


def _honest(exercises: Sequence[Exercise], mistakes_each: int) -> list[Plan]:
    """All right, with mistakes, in another style, unfinished, untouched; then the others."""
    wrong, styled = _mistaken(exercises, mistakes_each), _styled(exercises)
    unwritten = [
        _damaged("unfinished", exercises),
        Plan("untouched", text={exercise.name: "" for exercise in exercises}),
    ]
    others = [plan for pair in zip_longest(wrong[1:], styled[1:]) for plan in pair if plan]
    return [Plan("all right", words=True), *wrong[:1], *styled[:1], *unwritten, *others]


def _shared_functions(exercises: Sequence[Exercise]) -> set[str]:
    """The functions that more than one exercise asks for."""
    count = Counter(name for exercise in exercises for name in exercise.answers)
    return {name for name in count if count[name] > 1}


def _styled(exercises: Sequence[Exercise]) -> list[Plan]:
    """Students who write everything right, each in another style.

    Functions that several exercises ask for keep the reference's style: the right answer to another
    exercise cannot read a style's cache.
    """
    shared = _shared_functions(exercises)
    styles = {
        exercise.name: [style for style in exercise.styles if not shared & set(style.replaces)]
        for exercise in exercises
    }
    return [
        Plan(
            f"all right, style {i + 2}",
            {name: known[i % len(known)].replaces for name, known in styles.items() if known},
            words=i == 0,
        )
        for i in range(max(map(len, styles.values()), default=0))
    ]


def _mistaken(exercises: Sequence[Exercise], mistakes_each: int) -> list[Plan]:
    """Students who together make every mistake once, at most `mistakes_each` a student."""
    waiting = {exercise.name: list(exercise.mistakes) for exercise in exercises}
    # A wrong backward pass reads the cache of the reference's forward pass, not of the solution's.
    shared = _shared_functions(exercises)
    right_answers = {
        exercise.name: {
            name: answer
            for name, answer in exercise.answers.items()
            if callable(answer) and name not in shared
        }
        for exercise in exercises
    }
    plans: list[Plan] = []
    start = 0
    while any(waiting.values()):
        # Begin where the last student ended, so that a small class covers all exercises.
        names = [exercise.name for exercise in exercises]
        order = [name for name in names[start:] + names[:start] if waiting[name]]
        most = mistakes_each - len(plans) % mistakes_each
        chosen = _without_shared_functions(order, exercises)[:most]
        wrong: dict[str, Mapping[str, Any]] = {
            name: {**right_answers[name], **waiting[name].pop(0).replaces} for name in chosen
        }
        kind = "a mistake" if len(wrong) == 1 else f"{len(wrong)} mistakes"
        plans.append(Plan(kind, wrong, words=len(plans) % 2 == 0))
        start = (names.index(chosen[-1]) + 1) % len(names)
    return plans


def _without_shared_functions(names: Sequence[str], exercises: Sequence[Exercise]) -> list[str]:
    """The exercises among `names`, in order, that share no function with an earlier one."""
    answers = {exercise.name: set(exercise.answers) for exercise in exercises}
    chosen: list[str] = []
    for name in names:
        if not any(answers[name] & answers[other] for other in chosen):
            chosen.append(name)
    return chosen


_REASONS = {
    "check deleted": "was missing",
    "points edited": "had been changed",
    "cell duplicated": "more than once",
    "broken JSON": "not a notebook",
    "no notebook": "no notebook",
    "own cell never ends": "Stopped after",
}


def _damaged(kind: str, exercises: Sequence[Exercise]) -> Plan:
    plan = Plan(kind, damage=kind)
    with_functions = [
        exercise for exercise in exercises if any(map(callable, exercise.answers.values()))
    ]
    # Not the last exercise: those after it must be graded too.
    target = with_functions[len(with_functions) // 2]
    if kind == "unfinished":
        plan.text = {exercise.name: "" for exercise in exercises[len(exercises) // 2 :]}
    elif kind in ("replays stored results", "fits stored results"):
        plan.text = {exercise.name: "" for exercise in exercises}
    elif kind == "syntax error":
        name = next(iter(target.answers))
        plan.text = {target.name: f"def {name}(\n    return 0"}
    elif kind in ("endless loop", "kernel killed"):
        body = HANG if kind == "endless loop" else KILL
        plan.text = {target.name: _definitions(target, exercises, body)}
    return plan


def _definitions(exercise: Exercise, exercises: Sequence[Exercise], body: str) -> str:
    """Definitions, with this body, of the functions that no earlier exercise asks for."""
    earlier = exercises[: exercises.index(exercise)]
    earlier_names = {name for item in earlier for name in item.answers}
    lines = "".join(f"    {line}\n" for line in body.splitlines())
    names = [name for name in exercise.answers if name not in earlier_names]
    return "\n\n".join(f"def {name}(*args, **kwargs):\n{lines}" for name in names)


class _Judge:
    """Computes the marks of answers by calling the functions here, without the sandbox."""

    def __init__(
        self, notebook: str, exercises: Sequence[Exercise], key: bytes, writer: Writer
    ) -> None:
        self.exercises, self.writer = exercises, writer
        self.packs = {exercise.name: exercise.pack(notebook, key) for exercise in exercises}
        self.setup = writer.setup()
        self.known: dict[tuple[str, tuple[str, ...]], Report] = {}

    def expectation(self, student: str, plan: Plan) -> Expectation:
        lost = plan.damage in ("broken JSON", "no notebook")
        reports = self._reports(plan)
        return Expectation(
            student=student,
            kind=plan.kind,
            score=0.0 if lost else sum(report.earned for report in reports.values()),
            max_score=sum(exercise.points for exercise in self.exercises),
            mistakes={
                name: report.mistakes
                for name, report in reports.items()
                if report.mistakes and name not in plan.text
            },
            reason=_REASONS.get(plan.damage, ""),
        )

    def _reports(self, plan: Plan) -> dict[str, Report]:
        """The reports on the student's cells; those on equal cells are computed once."""
        texts = self._texts(plan)
        scope: dict[str, Any] = {}
        reports = {}
        for exercise in self.exercises:
            known = exercise.name, _relevant_cells(texts, set(exercise.answers))
            if known not in self.known:
                scope = scope or self._defined(texts)
                names = {name: scope[name] for name in exercise.answers if name in scope}
                self.known[known] = examine(self.packs[exercise.name], names)
            reports[exercise.name] = self.known[known]
        return reports

    def _texts(self, plan: Plan) -> list[str]:
        """The answer cells; those that would hang or end the process raise an error instead."""
        raises = {
            exercise.name: _definitions(exercise, self.exercises, "raise RuntimeError")
            for exercise in self.exercises
            if plan.text.get(exercise.name) and plan.damage in ("endless loop", "kernel killed")
        }
        damage = "" if plan.damage == "prints and warnings" else plan.damage
        return self.writer.answers(replace(plan, text={**plan.text, **raises}, damage=damage))

    def _defined(self, texts: Sequence[str]) -> dict[str, Any]:
        scope = dict(self.setup)
        for text in texts:
            with contextlib.suppress(Exception):  # keep what it defined before it failed
                exec(text, scope)
        return scope


def _relevant_cells(texts: Sequence[str], names: set[str]) -> tuple[str, ...]:
    """The cells that define `names`, or names that those cells use."""
    while True:
        cells = [text for text in texts if names & _names_in(text)[0]]
        grown = names.union(*(_names_in(text)[1] for text in cells))
        if grown == names:
            return tuple(cells)
        names = grown


@lru_cache(maxsize=1000)
def _names_in(text: str) -> tuple[frozenset[str], frozenset[str]]:
    """The names that a cell defines, and all names in it."""
    try:
        tree = ast.parse(text)
    except SyntaxError:
        return frozenset(), frozenset()
    names = {node.id for node in ast.walk(tree) if isinstance(node, ast.Name)}
    return frozenset().union(*map(defines, tree.body)), frozenset(names)


def disagreements(expected: Mapping[str, Expectation], rows: Sequence[Any]) -> list[str]:
    """How graded `rows` (`classroom.Row`) differ from what the class must get, as messages."""
    graded = {row.student: row for row in rows}
    problems = []
    for student, expectation in expected.items():
        who, row = f"{student} ({expectation.kind})", graded.get(student)
        if row is None:
            problems.append(f"{who}: not graded")
            continue
        if abs(row.score - expectation.score) > 1e-9:
            problems.append(f"{who}: got {row.score:g} points, not {expectation.score:g}")
        if row.mistakes != expectation.mistakes:
            problems.append(f"{who}: {row.mistakes}, not {expectation.mistakes}")
        facts = " ".join([row.unreadable, *row.facts])
        if expectation.reason not in facts:
            problems.append(f"{who}: nothing says {expectation.reason!r}; said: {facts!r}")
    return problems
