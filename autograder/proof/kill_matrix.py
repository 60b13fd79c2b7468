"""The kill matrix: which test finds which fault; ``docs/kill_matrix.md`` and its picture.

`prove` finds it out; here it is boiled down to plain data (``docs/kill_matrix.json``, by notebook,
with a digest of what it was found on) and written as pages from these. So one notebook can be
proved anew, and a test can tell, without proving anything, that the pages are in step with the
exercises.
"""

from __future__ import annotations

import ast
import hashlib
import json
import math
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from .. import exercises
from ..exercises import notebooks
from . import kill_pages
from .prove import MUTANT_SECRETS, ExerciseProof, reason

__all__ = ["FOLDER", "digest", "out_of_date", "stored", "summary", "write"]

ROOT = Path(__file__).resolve().parents[2]
FOLDER = ROOT / "docs"
DATA, PAGE, PICTURE = "kill_matrix.json", "kill_matrix.md", "kill_matrix.svg"

START, END = "<!-- proof -->\n", "<!-- end of proof -->\n"
"""Around the totals in the README."""

_ENGINE = [
    "autograder/proof/equivalent.toml", "autograder/proof/mutants.py", "autograder/proof/prove.py",
    "autograder/proof/rewritings.py", "autograder/proof/trials.py", "autograder/exercises/model.py",
    "cs231n_lib/check/judge.py", "cs231n_lib/check/probe.py", "cs231n_lib/check/values.py",
]  # fmt: skip


# --- what a notebook's proof depends on -----------------------------------------------------------


def digest(notebook: str) -> str:
    """Of every file that the proof of this notebook depends on."""
    found = {ROOT / name for name in _ENGINE}
    _follow(Path(exercises.__file__).parent / f"{notebook}.py", found)
    total = hashlib.sha256()
    for path in sorted(found):
        total.update(path.relative_to(ROOT).as_posix().encode())
        total.update(path.read_bytes().replace(b"\r\n", b"\n"))
    return total.hexdigest()[:16]


def _follow(path: Path, found: set[Path]) -> None:
    """Add the module and those of the exercises and of the library that it imports."""
    if path in found or not path.is_file():
        return
    found.add(path)
    for imported in _imports(path):
        _follow(imported, found)


def _imports(path: Path) -> Iterator[Path]:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom):
            start = path.parent if node.level else ROOT
            base = start.joinpath(*(node.module or "").split("."))
            yield base.with_suffix(".py")
            yield from (base / f"{alias.name}.py" for alias in node.names)
        elif isinstance(node, ast.Import):
            yield from (ROOT.joinpath(*a.name.split(".")).with_suffix(".py") for a in node.names)


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
    faults = [fate for fate in proof.fates if not reason(fate)]
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
            [f.answer, f"{f.before}  →  {f.after}", reason(f)] for f in proof.equivalent
        ),
    }


def _kinds(proof: ExerciseProof) -> Row:
    kinds: Row = {}
    for fate in proof.fates:
        if reason(fate):
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


def stored(folder: Path = FOLDER) -> dict[str, Any]:
    """What was proved: ``{notebook: {"digest": ..., "exercises": [row, ...]}}``."""
    path = folder / DATA
    return json.loads(path.read_text(encoding="utf-8")) if path.is_file() else {}


def write(proofs: list[ExerciseProof], folder: Path = FOLDER) -> list[Path]:
    """Put these notebooks' proofs in the place of older ones, and write data, page and picture."""
    known = stored(folder)
    for notebook in dict.fromkeys(proof.notebook for proof in proofs):
        rows = [row(proof) for proof in proofs if proof.notebook == notebook]
        known[notebook] = {"digest": digest(notebook), "exercises": rows}
    known = {notebook: known[notebook] for notebook in notebooks() if notebook in known}
    texts = _texts(known, folder)
    for path, text in texts.items():
        path.write_text(text, encoding="utf-8")
    return list(texts)


def _texts(known: dict[str, Any], folder: Path) -> dict[Path, str]:
    """Everything that is written: data, page, picture; and the totals, in the course's README."""
    total = summary(_rows(known))
    texts = {
        folder / DATA: _data(known),
        folder / PAGE: kill_pages.page(known, total, len(MUTANT_SECRETS)),
        folder / PICTURE: kill_pages.picture(known),
    }
    readme = folder.parent / "README.md"
    if readme.is_file():
        before, _, rest = readme.read_text(encoding="utf-8").partition(START)
        _, _, after = rest.partition(END)
        texts[readme] = before + START + kill_pages.readme(total) + END + after
    return texts


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


def out_of_date(names: list[str], folder: Path = FOLDER) -> list[str]:
    """What has to be proved, or written, again; [] if nothing."""
    known = stored(folder)
    wrong = [
        f"{notebook}: its exercises, or what tries them, have changed since they were proved"
        for notebook in names or notebooks()
        if known.get(notebook, {}).get("digest") != digest(notebook)
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
