"""Compare packs by what they say: the bytes of a .npz say more than that.

And say which exercises' tests are others than the released ones, without a new version.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np

from ..check.pack import Pack
from ..exercise import Exercise

__all__ = ["same_pack", "unversioned", "up_to_date"]


def up_to_date(path: Path, pack: Pack) -> bool:
    """Whether the file holds just this pack."""
    try:
        return same_pack(Pack.load(path), pack)
    except (OSError, ValueError, KeyError, TypeError):
        return False


def same_pack(one: Pack, other: Pack) -> bool:
    """Whether two packs say the same: numbers to 1e-7, as NumPy's builds differ in the last bits.

    The text of a mistake's exception is left out: nobody sees it, and Python's versions differ.
    """

    def comparable(pack: Pack) -> dict[str, Any]:
        value = asdict(pack)
        for case in value["cases"]:
            for outcome in case["mistakes"].values():
                outcome.pop("error")
                outcome.pop("warnings") if outcome["status"] == "error" else None
        return value

    return _alike(comparable(one), comparable(other))


def unversioned(released: Path, notebook: str, exercises: Sequence[Exercise]) -> list[str]:
    """What to say of exercises whose tests were changed since the release, but not their version.

    released : the folder with the packs of the release; where there is none, nothing is said.
    """
    said = []
    for exercise in exercises:
        try:
            before = Pack.load(released / f"{exercise.name}.npz")
        except (OSError, ValueError, KeyError, TypeError):
            continue
        changed = _changed_tests(before, exercise.pack(notebook))
        if changed and len(exercise.changes) <= len(before.changes):
            more = [f"{len(changed) - 3} more"] if len(changed) > 3 else []
            said.append(
                f"{exercise.name}: tests changed since the release "
                f"({', '.join([*changed[:3], *more])}), and it is still version "
                f"{exercise.version}: say why, in its `changes`"
            )
    return said


def _changed_tests(before: Pack, now: Pack) -> list[str]:
    """Names of the tests that differ, or are in one of them only."""
    were, are = ({case.name: asdict(case) for case in pack.cases} for pack in (before, now))
    for case in (*were.values(), *are.values()):
        case.pop("mistakes")  # they give names, and no points
    return [
        name
        for name in {**are, **were}
        if name not in were or name not in are or not _alike(were[name], are[name])
    ]


def _alike(one: Any, other: Any) -> bool:
    if isinstance(one, dict):
        return (
            isinstance(other, dict)
            and one.keys() == other.keys()
            and all(_alike(one[key], other[key]) for key in one)
        )
    if isinstance(one, list):
        return isinstance(other, list) and len(one) == len(other) and all(map(_alike, one, other))
    if isinstance(one, np.ndarray):
        return (
            isinstance(other, np.ndarray)
            and one.shape == other.shape
            and one.dtype == other.dtype
            and np.allclose(one, other, rtol=1e-7, atol=1e-12, equal_nan=True)
        )
    if isinstance(one, float) and isinstance(other, float):
        return one == other or math.isclose(one, other, rel_tol=1e-7, abs_tol=1e-12) or one != one
    return type(one) is type(other) and bool(one == other)
