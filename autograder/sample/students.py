"""A class to try the grader on: students who answer well, make known mistakes, or break things.

Answers come from the exercises of the project and the notebook's own solutions: a new
exercise is in the sample class without a line here. What each student must get is computed by
calling their functions in this process: :func:`write_class` returns it, for whoever grades them.
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
    course: Course, notebook: str, count: int | None = 15, each: int = 3, turn: int = 0
) -> dict[str, Expectation]:
    """Hand in `notebook` as student-01, student-02, … would; returns what each must get.

    The same arguments give the same class. What these students handed in before is replaced.

    Parameters
    ----------
    count : students; None: as many as it takes to have every style, mistake and damage in it.
    each : most mistakes that one student makes (each in another exercise).
    turn : classes of turn 0 and 1 begin with other damage, so that two small ones have all of it.
    """
    exercises = course.project.load(notebook)
    released = read_notebook(course.release_dir(notebook) / f"{notebook}.ipynb")
    source = read_notebook(course.source_dir(notebook) / f"{notebook}.ipynb")
    writer = Writer(notebook, exercises, released, source)
    with contextlib.chdir(course.release_dir(notebook)):  # where the data are that it reads
        judge = _Judge(notebook, exercises, course.secret(), writer)
    expected = {}
    plans = _plans(notebook, exercises, count, each, turn)
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
    notebook: str, exercises: Sequence[Exercise], count: int | None, each: int, turn: int
) -> list[Plan]:
    """Who is in the class, shuffled: who does well, who makes mistakes, who breaks things."""
    start = turn * (len(DAMAGE) // 2) % len(DAMAGE)
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


def _shared(exercises: Sequence[Exercise]) -> set[str]:
    """The functions that more than one exercise asks for."""
    count = Counter(name for exercise in exercises for name in exercise.answers)
    return {name for name in count if count[name] > 1}


def _styled(exercises: Sequence[Exercise]) -> list[Plan]:
    """Students who write everything right, each in another way.

    But for functions that several exercises ask for: what one style puts into a cache, the right
    answer to another exercise cannot read.
    """
    shared = _shared(exercises)
    styles = {
        exercise.name: [style for style in exercise.styles if not shared & set(style.replaces)]
        for exercise in exercises
    }
    return [
        Plan(
            f"all right, style {i + 2}",
            {name: own[i % len(own)].replaces for name, own in styles.items() if own},
            words=i == 0,
        )
        for i in range(max(map(len, styles.values()), default=0))
    ]


def _mistaken(exercises: Sequence[Exercise], each: int) -> list[Plan]:
    """Students who between them make every mistake once, at most `each` a student."""
    waiting = {exercise.name: list(exercise.mistakes) for exercise in exercises}
    # A wrong way back reads what the reference's forward pass keeps, not what the solution's does.
    shared = _shared(exercises)
    alone = {
        exercise.name: {
            name: answer
            for name, answer in exercise.answers.items()
            if callable(answer) and name not in shared
        }
        for exercise in exercises
    }
    students: list[Plan] = []
    first = 0
    while any(waiting.values()):
        # Begin where the last student ended: a small class meets all exercises.
        names = [exercise.name for exercise in exercises]
        order = [name for name in names[first:] + names[:first] if waiting[name]]
        chosen = _apart(order, exercises)[: each - len(students) % each]
        wrong: dict[str, Mapping[str, Any]] = {
            name: {**alone[name], **waiting[name].pop(0).replaces} for name in chosen
        }
        kind = "a mistake" if len(wrong) == 1 else f"{len(wrong)} mistakes"
        students.append(Plan(kind, wrong, words=len(students) % 2 == 0))
        first = (names.index(chosen[-1]) + 1) % len(names)
    return students


def _apart(names: Sequence[str], exercises: Sequence[Exercise]) -> list[str]:
    """Those of the exercises, in order, that ask for no function of one before."""
    answers = {exercise.name: set(exercise.answers) for exercise in exercises}
    chosen: list[str] = []
    for name in names:
        if not any(answers[name] & answers[other] for other in chosen):
            chosen.append(name)
    return chosen


_FACTS = {
    "check deleted": "was missing",
    "points edited": "had been changed",
    "cell duplicated": "more than once",
    "broken JSON": "not a notebook",
    "no notebook": "no notebook",
    "own cell never ends": "Stopped after",
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
        body = HANG if kind == "endless loop" else KILL
        plan.text = {target.name: _functions(target, exercises, body)}
    return plan


def _functions(exercise: Exercise, exercises: Sequence[Exercise], body: str) -> str:
    """Definitions, with this body, of what the exercise asks for and none before it did."""
    before = {name for each in exercises[: exercises.index(exercise)] for name in each.answers}
    lines = "".join(f"    {line}\n" for line in body.splitlines())
    names = [name for name in exercise.answers if name not in before]
    return "\n\n".join(f"def {name}(*args, **kwargs):\n{lines}" for name in names)


class _Judge:
    """Says what answers must get: it calls the functions here, without sandbox and gradebook."""

    def __init__(
        self, notebook: str, exercises: Sequence[Exercise], key: bytes, writer: Writer
    ) -> None:
        self.exercises, self.writer = exercises, writer
        self.packs = {each.name: each.pack(notebook, key) for each in exercises}
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
            reason=_FACTS.get(plan.damage, ""),
        )

    def _reports(self, plan: Plan) -> dict[str, Report]:
        """What each exercise says of the student's cells, of which many are like others'."""
        texts = self._texts(plan)
        scope: dict[str, Any] = {}
        reports = {}
        for exercise in self.exercises:
            known = exercise.name, _relevant(texts, set(exercise.answers))
            if known not in self.known:
                scope = scope or self._defined(texts)
                names = {name: scope[name] for name in exercise.answers if name in scope}
                self.known[known] = examine(self.packs[exercise.name], names)
            reports[exercise.name] = self.known[known]
        return reports

    def _texts(self, plan: Plan) -> list[str]:
        """The answer cells. What would hang or kill raises an error here; nothing is printed."""
        raises = {
            exercise.name: _functions(exercise, self.exercises, "raise RuntimeError")
            for exercise in self.exercises
            if plan.text.get(exercise.name) and plan.damage in ("endless loop", "kernel killed")
        }
        damage = "" if plan.damage == "prints and warnings" else plan.damage
        return self.writer.answers(replace(plan, text={**plan.text, **raises}, damage=damage))

    def _defined(self, texts: Sequence[str]) -> dict[str, Any]:
        scope = dict(self.setup)
        for text in texts:
            with contextlib.suppress(Exception):  # a cell that fails defines what it did
                exec(text, scope)
        return scope


def _relevant(texts: Sequence[str], names: set[str]) -> tuple[str, ...]:
    """The cells that define `names`, or what these use."""
    while True:
        found = [text for text in texts if names & _said(text)[0]]
        more = names.union(*(_said(text)[1] for text in found))
        if more == names:
            return tuple(found)
        names = more


@lru_cache(maxsize=1000)
def _said(text: str) -> tuple[frozenset[str], frozenset[str]]:
    """The names that a cell defines, and all names that it says."""
    try:
        tree = ast.parse(text)
    except SyntaxError:
        return frozenset(), frozenset()
    said = {node.id for node in ast.walk(tree) if isinstance(node, ast.Name)}
    return frozenset().union(*map(defines, tree.body)), frozenset(said)


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
