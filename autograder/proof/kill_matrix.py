"""The kill matrix: which test finds which fault; ``docs/kill_matrix.md`` and its picture.

The results of `prove` are stored as plain data (``docs/kill_matrix.json``), by notebook and with a
digest of all that they depend on, and the page and the picture are written from the data. So one
notebook can be proved again alone, and a test can compare the digests without proving anything.
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
_PROVERS = (
    "authoring/pretenders.py", "authoring/replayer.py", "check/difference.py", "check/judge.py",
    "check/probe.py", "check/values.py", "exercise.py", "proof/changes.py", "proof/fates.py",
    "proof/mutants.py", "proof/names.py", "proof/prove.py", "proof/rewritings.py",
    "proof/running.py", "proof/trials.py",
)  # fmt: skip
"""The modules of the engine that decide a proof."""
_NOT_PROVED = ("notebook.py", "picture.py")
"""The modules of a lesson that no exercise depends on."""


def folder_of(project: Project) -> Path:
    """The folder of a project's proof."""
    return project.proof or project.root / "proof"


# --- the digest of a proof ------------------------------------------------------------------------


def digest(project: Project, lesson: str) -> str:
    """The digest of all that the proof of a lesson depends on: its modules, what they import from
    the project and its library, the proving modules, and the list of mutants that are no faults."""
    folder = project.lesson(lesson)
    modules = [
        path
        for path in sorted(folder.rglob("*.py"))
        if path.name not in _NOT_PROVED and "files" not in path.relative_to(folder).parts
    ]
    files = imported_files(modules, [project.library] if project.library else [])
    parts = [code_digest([*files, *(_ENGINE / name for name in _PROVERS)])]
    parts += [f"{mutant} {why}" for mutant, why in sorted(equivalents(project, lesson).items())]
    return sha256("\n".join(parts).encode()).hexdigest()[:16]


# --- a proof as data ------------------------------------------------------------------------------

Row = dict[str, Any]


def row(proof: ExerciseProof) -> Row:
    """The proof of one exercise as plain data."""
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
        "moving": sorted(name for name, mistake in mistakes.items() if mistake["sometimes"]),
        "moving mutants": [
            [f.answer, f.kind, f.before, f.after, f.moving] for f in faults if f.moving
        ],
        "gains": {name: sorted(tests) for name, tests in sorted(trial.gains.items())},
        "tried names": len(proof.namings) + len(faults),
        "named": sum(bool(n.names) for n in proof.namings) + sum(bool(f.named) for f in faults),
        "false names": sorted(
            [[naming.answer, ", ".join(naming.false)] for naming in proof.namings if naming.false]
            + [[f"{f.before}  →  {f.after}", ", ".join(f.false)] for f in faults if f.false]
        ),
        "survivors": [[f.answer, f.kind, f.before, f.after] for f in proof.survivors],
        "surprises": [[f.answer, f.kind, f.before, f.after] for f in proof.surprises],
        "carried": [list(cost) for cost in proof.carried],
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
        is_own = fate.exercise in ("", proof.exercise.name)
        kind["tests"].update(fate.tests if is_own else [f"in {fate.exercise}"])
    return dict(sorted(kinds.items()))


def _rounded(size: float) -> float | None:
    """The size with one digit, since others depend on the machine; None if it is infinite."""
    return None if math.isinf(size) else float(f"{size:.0e}")


# --- stored and written ---------------------------------------------------------------------------


def stored(folder: Path) -> dict[str, Any]:
    """The stored proofs: ``{notebook: {"digest": ..., "exercises": [row, ...]}}``."""
    path = folder / DATA
    return json.loads(path.read_text(encoding="utf-8")) if path.is_file() else {}


def write(project: Project, proofs: list[ExerciseProof]) -> list[Path]:
    """Replace the stored proofs of these notebooks, and write data, page and picture."""
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
    """The texts of the data, the page and the picture, by path."""
    return {
        folder / DATA: _data(known),
        folder / PAGE: kill_pages.page(known, summary(_rows(known)), len(MUTANT_SECRETS)),
        folder / PICTURE: kill_pages.picture(known),
    }


def _rows(known: dict[str, Any]) -> list[Row]:
    return [exercise for lesson in known.values() for exercise in lesson["exercises"]]


def _data(known: dict[str, Any]) -> str:
    """The data as JSON, one exercise a line."""
    parts = []
    for notebook, lesson in known.items():
        rows = ",\n".join(
            json.dumps(exercise, ensure_ascii=False) for exercise in lesson["exercises"]
        )
        digest_text = json.dumps(lesson["digest"])
        parts.append(
            f'{json.dumps(notebook)}: {{"digest": {digest_text}, "exercises": [\n{rows}\n]}}'
        )
    return "{" + ",\n".join(parts) + "}\n"


def out_of_date(project: Project, names: Sequence[str] = ()) -> list[str]:
    """What has to be proved or written again, one line each; [] if nothing."""
    folder = folder_of(project)
    known = stored(folder)
    problems = [
        f"{notebook}: its exercises, or what tries them, have changed since they were proved"
        for notebook in project.named(names)
        if known.get(notebook, {}).get("digest") != digest(project, notebook)
    ]
    for path, text in _texts(known, folder).items():
        if not path.is_file() or path.read_text(encoding="utf-8") != text:
            problems.append(f"{path.name} is not what the proof's data say")
    return problems


def summary(rows: Sequence[Row]) -> Row:
    """The totals of these exercises, and in "bars" the bars that they miss."""
    mistakes = [mistake for exercise in rows for mistake in exercise["mistakes"].values()]
    kinds = [kind for exercise in rows for kind in exercise["mutants"].values()]
    faults = sum(exercise["lose at school"] for exercise in rows)
    surprises = sum(len(exercise["surprises"]) for exercise in rows)
    factors = [factor for exercise in rows for factor in margins(exercise).values()]
    total: Row = {
        "exercises": len(rows),
        "tests": sum(len(exercise["tests"]) for exercise in rows),
        "secrets": min((exercise["secrets"] for exercise in rows), default=0),
        "mistakes": len(mistakes),
        "mistakes killed": sum(mistake["killed"] for mistake in mistakes),
        "mistakes named": sum(mistake["named"] for mistake in mistakes),
        "honest": sum(len(exercise["honest"]) for exercise in rows),
        "honest failed": sum(
            bool(wrong) for exercise in rows for wrong in exercise["honest"].values()
        ),
        "moving": sum(len(exercise["moving"]) for exercise in rows),
        "moving mutants": sum(len(exercise["moving mutants"]) for exercise in rows),
        "gains": sum(len(exercise["gains"]) for exercise in rows),
        "tried names": sum(exercise["tried names"] for exercise in rows),
        "named": sum(exercise["named"] for exercise in rows),
        "false names": sum(len(exercise["false names"]) for exercise in rows),
        "mutants": sum(kind["all"] for kind in kinds),
        "mutants killed": sum(kind["killed"] for kind in kinds),
        "equivalent": sum(len(exercise["equivalent"]) for exercise in rows),
        "faults at school": faults,
        "also at home": faults - surprises,
        "smallest factor": min(factors, default=math.inf),
        "complaints": sum(len(exercise["complaints"]) for exercise in rows),
    }
    total["bars"] = _bars(total)
    return total


def margins(exercise: Row) -> dict[str, float]:
    """By test, the smallest error of a mistake divided by the largest error of a right answer."""
    return {
        name: wrong / honest
        for name, (honest, wrong) in exercise["margins"].items()
        if honest and wrong
    }


def _bars(total: Row) -> list[str]:
    """The bars that the totals miss."""
    bars = [
        (total["complaints"] == 0, "something that is known right or wrong was judged otherwise"),
        (total["mistakes killed"] == total["mistakes"], "a mistake passes"),
        (total["moving"] == 0, "the price of a mistake depends on the secret"),
        (total["moving mutants"] == 0, "the price of a mutant depends on the secret"),
        (total["gains"] == 0, "an answer that nobody worked for earns points"),
        (total["false names"] == 0, "a wrong answer is called by the name of another mistake"),
        (total["mistakes named"] >= 0.98 * total["mistakes"], "less than 98 % of mistakes named"),
        (total["honest failed"] == 0, "an honest answer is marked wrong"),
        (total["mutants killed"] >= 0.99 * total["mutants"], "less than 99 % of mutants killed"),
        (total["also at home"] >= 0.95 * total["faults at school"], "surprises at school"),
        (total["smallest factor"] >= 100, "a tolerance with less than a factor of 100 around it"),
    ]
    return [text for reached, text in bars if not reached]
