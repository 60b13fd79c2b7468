"""Prove the tests: ``python -m autograder prove``.

For every exercise, under many course secrets: the reference gets all points and a stub none, each
mistake fails the same tests and is recognised, each right answer in another style gets all points,
and answers that nobody worked for get none (`pretenders`). Then every generic mutant of every
answer has to lose points, in the same tests with the public inputs ("at home") and with hidden ones
("at school"), unless `equivalent.toml` lists it with the reason why it is no fault. No wrong answer
may be called by the name of a mistake that is not in it (`names`).

No notebook runs: worker processes run some ten thousand probes within a second or two.
"""

from __future__ import annotations

import inspect
import tomllib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from ..errors import AutograderError
from ..exercise import Exercise
from ..grading import workers
from ..project import Project
from .fates import Fate, try_mutants
from .importable import importable_answers, repeated_statements
from .mutants import mutants, whole_source
from .names import Naming, try_names
from .trials import Trial, carried, secret, try_secrets

__all__ = [
    "SECRETS",
    "ExerciseProof",
    "equivalents",
    "excused_helpers",
    "given_away",
    "prove",
    "work",
]

SECRETS = 200
MUTANT_SECRETS = (1, 2, 3)
NAMING_SECRETS = (1, 2)
EQUIVALENT = "equivalent.toml"
"""The file in a lesson's folder that lists the mutants that are no faults, and what an edition may
hold although it does a part of an answer's work."""

_SECRETS_A_TASK = 10
_MUTANTS_A_TASK = 30
_TASK_SECONDS = 300
_MEMORY = 4 << 30  # of a worker: a mutant's loop may fill it


@dataclass
class ExerciseProof:
    """The results for one exercise."""

    notebook: str
    exercise: Exercise
    trial: Trial
    excuses: Mapping[tuple[str, str], str] = field(default_factory=dict)
    """Why a mutant is no fault, by its answer and its name."""
    fates: list[Fate] = field(default_factory=list)
    namings: list[Naming] = field(default_factory=list)
    """What pairs of mistakes and changed defaults are called."""
    carried: list[tuple[str, str, float]] = field(default_factory=list)
    """Mistakes of earlier exercises that cost points here: (exercise, mistake, points)."""

    @property
    def equivalent(self) -> list[Fate]:
        """Mutants that are no faults."""
        return [fate for fate in self.fates if self.reason(fate)]

    def reason(self, fate: Fate) -> str:
        """Why this mutant is no fault; "" if it is one."""
        return self.excuses.get((fate.answer, f"{fate.before}  →  {fate.after}"), "")

    @property
    def survivors(self) -> list[Fate]:
        """Mutants that are not known to be no faults, and keep their points under some secret."""
        return [fate for fate in self.fates if not self.reason(fate) and not fate.killed]

    @property
    def surprises(self) -> list[Fate]:
        """Mutants that pass at home and lose points at school."""
        return [fate for fate in self.fates if any(fate.hidden) and not fate.tests]


def prove(
    project: Project,
    names: Sequence[str] = (),
    secrets: int = SECRETS,
    jobs: int = 0,
    tell: Callable[[str, int, int], None] = lambda what, done, of: None,
    only: Callable[[Exercise], bool] = lambda exercise: True,
) -> list[ExerciseProof]:
    """Try the exercises of these lessons (default: all) under `secrets` secrets.

    tell : called with an exercise, the number of finished tasks, and that of all tasks.
    only : selects exercises of these lessons.

    Raises
    ------
    AutograderError : there is no such lesson.
    """
    proofs = {
        (lesson, exercise.name): ExerciseProof(lesson, exercise, Trial(exercise.name), excuses)
        for lesson in project.named(names)
        for excuses in [equivalents(project, lesson)]
        for exercise in project.load(lesson)
        if only(exercise)
    }
    tasks = [
        task
        for (notebook, _), proof in proofs.items()
        for task in _tasks(project, notebook, proof.exercise, secrets)
    ]
    numbered = [(f"{index}", task) for index, task in enumerate(tasks)]
    for done, (key, result) in enumerate(workers.run(work, numbered, jobs, _TASK_SECONDS), 1):
        task = tasks[int(key)]
        proof = proofs[task.notebook, task.exercise]
        if isinstance(result, Trial):
            proof.trial.add(result)
        elif isinstance(result, AutograderError):
            proof.trial.complaints.append(f"{task}: {result}")
        elif task.answer:
            proof.fates += result
        else:
            proof.namings += result
        tell(task.exercise, done, len(tasks))
    for proof in proofs.values():  # tasks end in any order: sort
        proof.trial.complaints += [
            f"no fault, by {EQUIVALENT}, but it loses points: {fate.before} → {fate.after}"
            for fate in proof.equivalent
            if not fate.survives
        ]
        proof.trial.complaints.sort()
        owners = _first_owners(project, proof.notebook, proof.exercise)
        proof.carried = carried(proof.exercise, owners)
        proof.fates.sort(key=lambda fate: (fate.answer, fate.kind, fate.before, fate.after))
    return list(proofs.values())


@dataclass(frozen=True)
class _Task:
    """The secrets from `start` to `stop`; or the mutants of `answer` with these numbers; or, if
    there are none of both, the names of wrong answers."""

    project: Project
    notebook: str
    exercise: str
    answer: str
    start: int
    stop: int


def _tasks(project: Project, notebook: str, exercise: Exercise, secrets: int) -> Iterator[_Task]:
    for start in range(0, secrets, _SECRETS_A_TASK):
        stop = min(start + _SECRETS_A_TASK, secrets)
        yield _Task(project, notebook, exercise.name, "", start, stop)
    yield _Task(project, notebook, exercise.name, "", 0, 0)
    for answer in _new_answers(project, notebook, exercise):
        count = len(mutants(whole_source(exercise.answers[answer])))
        for start in range(0, count, _MUTANTS_A_TASK):
            yield _Task(project, notebook, exercise.name, answer, start, start + _MUTANTS_A_TASK)


def _new_answers(project: Project, notebook: str, exercise: Exercise) -> list[str]:
    """Names of the functions that no earlier exercise asks for."""
    first = _first_owners(project, notebook, exercise)
    return [name for name, owner in first.items() if owner.name == exercise.name]


def _first_owners(project: Project, notebook: str, exercise: Exercise) -> dict[str, Exercise]:
    """The first exercise that asks for each function of this exercise."""
    return {
        name: _owners(project, notebook, name, answer)[0]
        for name, answer in exercise.answers.items()
        if inspect.isfunction(answer)
    }


def _owners(project: Project, notebook: str, name: str, answer: Any) -> list[Exercise]:
    return [exercise for exercise in project.load(notebook) if exercise.answers.get(name) is answer]


def work(task: _Task) -> Trial | list[Fate] | list[Naming]:
    """Do one task; runs in a worker process."""
    _limit_memory()
    exercise = next(
        exercise for exercise in task.project.load(task.notebook) if exercise.name == task.exercise
    )
    if not task.stop:
        return try_names(exercise, [exercise.pack("", secret(n)) for n in (0, *NAMING_SECRETS)])
    if not task.answer:
        trial = try_secrets(exercise, range(task.start, task.stop))
        if task.start == 0:
            trial.complaints += given_away(task.project, task.notebook, exercise)
        return trial
    answer = exercise.answers[task.answer]
    selected = mutants(whole_source(answer))[task.start : task.stop]
    owners = _owners(task.project, task.notebook, task.answer, answer)
    return try_mutants(task.answer, owners, selected, MUTANT_SECRETS)


def _limit_memory() -> None:
    import resource  # does not exist on Windows

    _, hard = resource.getrlimit(resource.RLIMIT_AS)
    resource.setrlimit(resource.RLIMIT_AS, (_MEMORY, hard))


# --- what the edition holds -----------------------------------------------------------------------


def given_away(project: Project, lesson: str, exercise: Exercise) -> list[str]:
    """Complaints on the lesson's edition of the library: what in it does an answer's work."""
    excused = excused_helpers(project, lesson)
    return [
        *(
            f"the edition gives {answer} away: {name} does a part of its work"
            for answer, name in importable_answers(project, lesson, exercise)
            if (answer, name) not in excused
        ),
        *(
            f"the edition gives {answer} away: {name} has three of its statements"
            for answer, name in repeated_statements(project, lesson, exercise)
        ),
    ]


# --- excuses --------------------------------------------------------------------------------------


def equivalents(project: Project, lesson: str) -> dict[tuple[str, str], str]:
    """Why a mutant is no fault, by its answer and its name (``before  →  after``)."""
    return {
        (answer, name): group["why"]
        for group in _excuses(project, lesson).get("because", [])
        for answer, names in group["mutants"].items()
        for name in names
    }


def excused_helpers(project: Project, lesson: str) -> set[tuple[str, str]]:
    """Pairs of an answer and what the lesson's edition may hold, which does a part of its work."""
    return {
        (answer, name)
        for group in _excuses(project, lesson).get("importable", [])
        for answer, names in group["names"].items()
        for name in names
    }


def _excuses(project: Project, lesson: str) -> dict[str, Any]:
    path = project.lesson(lesson) / EQUIVALENT
    return tomllib.loads(path.read_text(encoding="utf-8")) if path.is_file() else {}
