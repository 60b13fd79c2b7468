"""Notebook 02, run once for all the tests of its numbers, and what several of them need."""

from __future__ import annotations

import contextlib
import io
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import jupytext
import numpy as np
import pytest

from autograder.editions import withheld
from cs231n_lib import initialization as init
from cs231n_lib.propagation import forward_statistics

NAME = "02_init_statistics"
TEXT = Path(__file__).parent.parent / "notebooks" / "src" / f"{NAME}.py"
CELLS = jupytext.read(TEXT, fmt="py:percent").cells
PROSE = "\n".join(cell.source for cell in CELLS if cell.cell_type == "markdown")

Notebook = dict[str, Any]


def run(change: Callable[[str], str] = lambda source: source) -> tuple[Notebook, str]:
    """The variables of the notebook after all its cells have run, and what it printed."""
    matplotlib = pytest.importorskip("matplotlib")
    matplotlib.use("Agg")
    import matplotlib.pyplot as plt

    scope: Notebook = {"__name__": "__main__"}
    printed = io.StringIO()
    with pytest.MonkeyPatch.context() as patch, contextlib.redirect_stdout(printed):
        patch.setattr(plt, "show", lambda: plt.close("all"))
        for module, names in withheld(NAME).items():  # as in the edition that students have
            for name in names:
                patch.delattr(f"{module}.{name}")
        for cell in CELLS:
            if cell.cell_type == "code":
                exec(compile(change(cell.source), "<notebook 02>", "exec"), scope)
    return scope, printed.getvalue()


@cache
def ran() -> tuple[Notebook, str]:
    """The same for the notebook as it is: every module of tests looks at one run."""
    return run()


def says(*phrases: str) -> None:
    absent = [phrase for phrase in phrases if phrase not in PROSE]
    assert absent == []


def relu(z: np.ndarray) -> np.ndarray:
    return np.maximum(0, z)


def large(fan_in: int, fan_out: int, rng: np.random.Generator) -> np.ndarray:
    return init.small_random(fan_in, fan_out, rng, scale=1.0)


def stack(rule: Any, seed: int, examples: int = 300) -> tuple[np.ndarray, list[np.ndarray]]:
    """The lecture's ten layers of 500, with fewer examples."""
    rng = np.random.default_rng(seed)
    D = rng.standard_normal((examples, 500))
    return D, [rule(500, 500, rng) for _ in range(10)]


def stds(rule: Any, activation: Any, seed: int) -> np.ndarray:
    return np.array([std for _, std in forward_statistics(*stack(rule, seed), activation)])
