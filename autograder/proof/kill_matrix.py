"""The kill matrix: which test finds which fault; ``docs/kill_matrix.md`` and its picture.

`prove` finds it out; here it is boiled down to plain data (``docs/kill_matrix.json``, by notebook,
with a digest of what it was found on) and written as pages from these. So one notebook can be
proved anew, and a test can tell, without proving anything, that the pages are in step with the
exercises.
"""

from __future__ import annotations

import json
import math
from collections import Counter
from collections.abc import Sequence
from hashlib import sha256
from pathlib import Path
from typing import Any

from ..project import Project
from ..syntax import code_digest, imported_files
from . import kill_pages
from .prove import MUTANT_SECRETS, ExerciseProof, equivalents

__all__ = ["digest", "folder_of", "out_of_date", "stored", "summary", "write"]

DATA, PAGE, PICTURE = "kill_matrix.json", "kill_matrix.md", "kill_matrix.svg"

_ENGINE = Path(__file__).resolve().parents[1]
_TRIES = (
    "proof/mutants.py", "proof/changes.py", "proof/prove.py", "proof/rewritings.py",
    "proof/trials.py", "exercise.py", "check/judge.py", "check/probe.py", "check/values.py",
)  # fmt: skip
"""Of this package, what decides a proof."""
_NO_TESTS = ("notebook.py", "picture.py")
"""Of a lesson's modules, those that no exercise depends on."""


def folder_of(project: Project) -> Path:
    """Where a project's proof is written."""
    return project.proof or project.root / "proof"


# --- what a lesson's proof depends on -------------------------------------------------------------


def digest(project: Project, lesson: str) -> str:
    """Of all that the proof of this lesson depends on: its modules, what these import of the
    project and its library, what tries them, and what is said to be no fault."""
    folder = project.lesson(lesson)
    modules = [
        path
        for path in sorted(folder.rglob("*.py"))
        if path.name not in _NO_TESTS and "files" not in path.relative_to(folder).parts
    ]
    used = imported_files(modules, [project.library] if project.library else [])
    judged = [code_digest([*used, *(_ENGINE / name for name in _TRIES)])]
    judged += [f"{where} {why}" for where, why in sorted(equivalents(project, lesson).items())]
    return sha256("\n".join(judged).encode()).hexdigest()[:16]


# --- boiled down ----------------------------------------------------------------------------------

Row = dict[str, Any]


def row(proof: ExerciseProof) -> Row:
    """What the pages say about one exercise."""
    exercise, trial, secrets = proof.exercise, proof.trial, proof.trial.secrets
    points = {test.name: float(test.points) for test in exercise.tests}
    mistakes = {
        mistake.name: {
            "tests": [name for name in points if trial.killed[mistake.name][name] == secrets],
            "sometimes": [
                name for name in points if 0 < trial.killed[mistake.name][name] < secrets
            ],
            "killed": trial.lost[mistake.name] == secrets,
            "named": trial.named[mistake.name] == secrets,
        }
        for mistake in exercise.mistakes
    }
    faults = [fate for fate in proof.fates if not proof.reason(fate)]
    return {
        "exercise": exercise.name,
        "tests": points,
        "secrets": secrets,
        "complaints": trial.complaints,
        "mistakes": mistakes,
        "honest": trial.honest,
        "margins": {
            name: [_rounded(margin.honest), _rounded(margin.wrong)]
            for name, margin in trial.margins.items()
        },
        "mutants": _kinds(proof),
        "survivors": [[f.answer, f.kind, f.before, f.after] for f in proof.survivors],
        "surprises": [[f.answer, f.kind, f.before, f.after] for f in proof.surprises],
        "carried": [list(each) for each in proof.carried],
        "lose at school": sum(any(fate.hidden) for fate in faults) + len(mistakes),
        "equivalent": sorted(
            [f.answer, f"{f.before}  →  {f.after}", proof.reason(f)] for f in proof.equivalent
        ),
    }


def _kinds(proof: ExerciseProof) -> Row:
    kinds: Row = {}
    for fate in proof.fates:
        if proof.reason(fate):
            continue
        kind = kinds.setdefault(fate.kind, {"all": 0, "killed": 0, "named": 0, "tests": Counter()})
        kind["all"] += 1
        kind["killed"] += fate.killed
        kind["named"] += bool(fate.named)
        here = fate.exercise in ("", proof.exercise.name)
        kind["tests"].update(fate.tests if here else [f"in {fate.exercise}"])
    return dict(sorted(kinds.items()))


def _rounded(size: float) -> float | None:
    """To one digit: the others differ from machine to machine. None: nothing to measure."""
    return None if math.isinf(size) else float(f"{size:.0e}")


# --- kept, and written ----------------------------------------------------------------------------


def stored(folder: Path) -> dict[str, Any]:
    """What was proved: ``{notebook: {"digest": ..., "exercises": [row, ...]}}``."""
    path = folder / DATA
    return json.loads(path.read_text(encoding="utf-8")) if path.is_file() else {}


def write(project: Project, proofs: list[ExerciseProof]) -> list[Path]:
    """Put these notebooks' proofs in the place of older ones, and write data, page and picture."""
    folder = folder_of(project)
    folder.mkdir(parents=True, exist_ok=True)
    known = stored(folder)
    for notebook in dict.fromkeys(proof.notebook for proof in proofs):
        rows = [row(proof) for proof in proofs if proof.notebook == notebook]
        known[notebook] = {"digest": digest(project, notebook), "exercises": rows}
    known = {notebook: known[notebook] for notebook in project.lessons if notebook in known}
    texts = _texts(known, folder)
    for path, text in texts.items():
        path.write_text(text, encoding="utf-8")
    return list(texts)


def _texts(known: dict[str, Any], folder: Path) -> dict[Path, str]:
    """Everything that is written: data, page, picture."""
    return {
        folder / DATA: _data(known),
        folder / PAGE: kill_pages.page(known, summary(_rows(known)), len(MUTANT_SECRETS)),
        folder / PICTURE: kill_pages.picture(known),
    }


def _rows(known: dict[str, Any]) -> list[Row]:
    return [each for found in known.values() for each in found["exercises"]]


def _data(known: dict[str, Any]) -> str:
    """As JSON, an exercise a line."""
    parts = []
    for notebook, found in known.items():
        rows = ",\n".join(json.dumps(each, ensure_ascii=False) for each in found["exercises"])
        kept = json.dumps(found["digest"])
        parts.append(f'{json.dumps(notebook)}: {{"digest": {kept}, "exercises": [\n{rows}\n]}}')
    return "{" + ",\n".join(parts) + "}\n"


def out_of_date(project: Project, names: Sequence[str] = ()) -> list[str]:
    """What has to be proved, or written, again; [] if nothing."""
    folder = folder_of(project)
    known = stored(folder)
    wrong = [
        f"{notebook}: its exercises, or what tries them, have changed since they were proved"
        for notebook in project.named(names)
        if known.get(notebook, {}).get("digest") != digest(project, notebook)
    ]
    for path, text in _texts(known, folder).items():
        if not path.is_file() or path.read_text(encoding="utf-8") != text:
            wrong.append(f"{path.name} is not what the proof's data say")
    return wrong


def summary(rows: Sequence[Row]) -> Row:
    """The totals over these exercises, and in "bars" what falls short."""
    mistakes = [mistake for each in rows for mistake in each["mistakes"].values()]
    kinds = [kind for each in rows for kind in each["mutants"].values()]
    faults = sum(each["lose at school"] for each in rows)
    surprises = sum(len(each["surprises"]) for each in rows)
    factors = [factor for each in rows for factor in margins(each).values()]
    total: Row = {
        "exercises": len(rows),
        "tests": sum(len(each["tests"]) for each in rows),
        "secrets": min((each["secrets"] for each in rows), default=0),
        "mistakes": len(mistakes),
        "mistakes killed": sum(mistake["killed"] for mistake in mistakes),
        "mistakes named": sum(mistake["named"] for mistake in mistakes),
        "honest": sum(len(each["honest"]) for each in rows),
        "honest failed": sum(bool(wrong) for each in rows for wrong in each["honest"].values()),
        "mutants": sum(kind["all"] for kind in kinds),
        "mutants killed": sum(kind["killed"] for kind in kinds),
        "equivalent": sum(len(each["equivalent"]) for each in rows),
        "faults at school": faults,
        "also at home": faults - surprises,
        "smallest factor": min(factors, default=math.inf),
        "complaints": sum(len(each["complaints"]) for each in rows),
    }
    total["bars"] = _bars(total)
    return total


def margins(each: Row) -> dict[str, float]:
    """By test, how many times larger the smallest error of a mistake is than any honest one."""
    return {
        name: wrong / honest
        for name, (honest, wrong) in each["margins"].items()
        if honest and wrong
    }


def _bars(total: Row) -> list[str]:
    """What falls short of what is promised."""
    wanted = [
        (total["complaints"] == 0, "something that is known right or wrong was judged otherwise"),
        (total["mistakes killed"] == total["mistakes"], "a mistake passes"),
        (total["mistakes named"] >= 0.98 * total["mistakes"], "less than 98 % of mistakes named"),
        (total["honest failed"] == 0, "an honest answer is marked wrong"),
        (total["mutants killed"] >= 0.99 * total["mutants"], "less than 99 % of mutants killed"),
        (total["also at home"] >= 0.95 * total["faults at school"], "surprises at school"),
        (total["smallest factor"] >= 100, "a tolerance with less than a factor of 100 around it"),
    ]
    return [text for good, text in wanted if not good]
