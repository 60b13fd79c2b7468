"""Notebook 04, run once for all the tests of its numbers, and what several of them need."""

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
from cs231n_lib.network import Network

NAME = "04_babysitting"
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
                exec(compile(change(cell.source), "<notebook 04>", "exec"), scope)
    return scope, printed.getvalue()


@cache
def ran() -> tuple[Notebook, str]:
    """The same for the notebook as it is: every module of tests looks at one run."""
    return run()


def says(*phrases: str) -> None:
    absent = [phrase for phrase in phrases if phrase not in PROSE]
    assert absent == []


def he(seed: int, hidden: int = 50) -> Any:
    """Parameters of the usual size, as the notebook's sessions start with."""
    return Network([64, hidden, 10], rng=np.random.default_rng(seed)).params
