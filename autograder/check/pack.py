"""An exercise as data: probes, inputs, and the results of the right and the known wrong answers.

A pack holds no code but the probes: neither the reference nor the mistakes. The student's check
reads it from ``checks/LESSON/EXERCISE.npz``, in the notebook's folder or above it. The grader makes
its own pack, with hidden inputs, and never stores it.
"""

from __future__ import annotations

import json
import os
from dataclasses import asdict, dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np

from .hints import nearest
from .probe import Outcome
from .values import join, split

__all__ = ["UNCHECKED", "Case", "MistakeText", "Pack", "available", "checks_folder", "find"]

UNCHECKED = "unchecked.json"
"""The file beside a notebook's packs: the points that no check gives, by the kind of cell."""


@dataclass(frozen=True)
class MistakeText:
    """The message for this mistake; `elsewhere`: it is right under another convention."""

    message: str
    elsewhere: bool = False


@dataclass(frozen=True)
class Case:
    """One test as data. `mistakes` holds the outcomes of the mistakes that fail it."""

    name: str
    points: float
    probe: str
    inputs: dict[str, Any]
    expected: Outcome
    mistakes: dict[str, Outcome] = field(default_factory=dict)
    rtol: float = 1e-6
    atol: float = 1e-9
    holds: str = ""
    """Source of the property `holds(inputs, values)`, which may take the expected values as a third
    argument; "" if values must equal the expected."""
    quiet: bool = False
    """Whether a warning fails the test."""
    untouched: list[str] = field(default_factory=list)
    """Names of the inputs that must not be changed."""
    why: str = ""
    """Said when the test is passed."""


@dataclass(frozen=True)
class Pack:
    """The data to check one exercise."""

    exercise: str
    notebook: str
    slide: str
    names: list[str]
    cases: list[Case]
    mistakes: dict[str, MistakeText] = field(default_factory=dict)
    course: str = ""
    """The course that it is of: what is remembered of it is no other course's."""
    number: int = 0
    """The exercise's place in its notebook, from 0."""
    changes: list[str] = field(default_factory=list)
    """Why its tests were changed: one line for each version after the first."""

    @property
    def points(self) -> float:
        return float(sum(case.points for case in self.cases))

    def save(self, path: Path) -> None:
        """Write an .npz file: the arrays, and one JSON text `pack` that refers to them."""
        tree, arrays = split(asdict(self))
        named = {f"a{index}": array for index, array in enumerate(arrays)}
        path.parent.mkdir(parents=True, exist_ok=True)
        np.savez_compressed(path, pack=np.array(json.dumps(tree)), **named)  # type: ignore[arg-type]

    @classmethod
    def load(cls, path: Path) -> Pack:
        with np.load(path, allow_pickle=False) as archive:
            arrays = [archive[f"a{index}"] for index in range(len(archive.files) - 1)]
            return cls.from_value(join(json.loads(str(archive["pack"])), arrays))

    @classmethod
    def from_value(cls, value: dict[str, Any]) -> Pack:
        cases = []
        for case in value["cases"]:
            outcomes = {name: Outcome(**item) for name, item in case["mistakes"].items()}
            expected = Outcome(**case["expected"])
            cases.append(Case(**{**case, "expected": expected, "mistakes": outcomes}))
        mistakes = {name: MistakeText(**item) for name, item in value["mistakes"].items()}
        return cls(**{**value, "cases": cases, "mistakes": mistakes})


def checks_folder() -> Path:
    """The folder of the packs: one folder a notebook, one file an exercise.

    A release has it beside this package; otherwise it is in the folder of the notebook's project,
    which lies around the notebook, or is named by the environment variable AUTOGRADER_PROJECT.
    """
    current = Path.cwd()
    beside = Path(__file__).resolve().parents[2]
    named = os.environ.get("AUTOGRADER_PROJECT")
    for folder in (beside, current, *current.parents, *([Path(named)] if named else [])):
        if any((folder / "checks").glob("*/*.npz")):
            return folder / "checks"
    return beside / "checks"


def available(folder: Path | None = None) -> dict[str, Path]:
    """The exercises that can be checked, as {name: path of its pack}."""
    return {path.stem: path for path in sorted((folder or checks_folder()).glob("*/*.npz"))}


@lru_cache(maxsize=64)
def _load(path: Path, changed: int) -> Pack:
    return Pack.load(path)


def find(name: str, folder: Path | None = None) -> Pack:
    """The pack of the exercise `name`."""
    packs = available(folder)
    if not packs:
        raise KeyError(
            f"there must be a folder `checks` in {Path.cwd()} or above it; there is none"
        )
    if name not in packs:
        near = nearest(name, packs)
        hint = f" Did you mean {near!r}?" if near else ""
        known = ", ".join(packs)
        raise KeyError(
            f"name must be an exercise of this course, got {name!r}.{hint} Known: {known}"
        )
    path = packs[name]
    return _load(path, path.stat().st_mtime_ns)
