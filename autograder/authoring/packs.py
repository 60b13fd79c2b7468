"""Compare packs by content, since the bytes of an .npz file differ even if its content does not.

Also find exercises whose tests have changed since the release without a new version.
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
    """Whether the file holds this pack."""
    try:
        return same_pack(Pack.load(path), pack)
    except (OSError, ValueError, KeyError, TypeError):
        return False


def same_pack(one: Pack, other: Pack) -> bool:
    """Whether two packs are equal, numbers to 1e-7: NumPy's builds differ in the last bits.

    The text of a mistake's exception is not compared: nobody sees it, and it depends on Python's
    version.
    """

    def comparable(pack: Pack) -> dict[str, Any]:
        value = asdict(pack)
        for case in value["cases"]:
            case["atol"] = str(case["atol"])  # smaller than what numbers may differ by
            for outcome in case["mistakes"].values():
                outcome.pop("error")
                outcome.pop("warnings") if outcome["status"] == "error" else None
        return value

    return _equal(comparable(one), comparable(other))


def unversioned(released: Path, notebook: str, exercises: Sequence[Exercise]) -> list[str]:
    """Exercises whose tests have changed since the release, but not their version, as messages.

    released : the folder with the packs of the release; exercises without one are skipped.
    """
    problems = []
    for exercise in exercises:
        try:
            old = Pack.load(released / f"{exercise.name}.npz")
        except (OSError, ValueError, KeyError, TypeError):
            continue
        changed = _changed_tests(old, exercise.pack(notebook))
        if changed and len(exercise.changes) <= len(old.changes):
            more = [f"{len(changed) - 3} more"] if len(changed) > 3 else []
            problems.append(
                f"{exercise.name}: tests changed since the release "
                f"({', '.join([*changed[:3], *more])}), and it is still version "
                f"{exercise.version}: say why, in its `changes`"
            )
    return problems


def _changed_tests(before: Pack, now: Pack) -> list[str]:
    """Names of the tests that differ, or that only one pack has."""
    old, new = ({case.name: asdict(case) for case in pack.cases} for pack in (before, now))
    for case in (*old.values(), *new.values()):
        for text in ("mistakes", "why"):  # they change what is said, not the points
            case.pop(text)
    return [
        name
        for name in {**new, **old}
        if name not in old or name not in new or not _equal(old[name], new[name])
    ]


def _equal(one: Any, other: Any) -> bool:
    if isinstance(one, dict):
        return (
            isinstance(other, dict)
            and one.keys() == other.keys()
            and all(_equal(one[key], other[key]) for key in one)
        )
    if isinstance(one, list):
        return isinstance(other, list) and len(one) == len(other) and all(map(_equal, one, other))
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
