"""A notebook of the course for its tests: its text, its claims, and one run of all its cells."""

from __future__ import annotations

import contextlib
import io
import os
import re
import subprocess
import sys
import time
from collections.abc import Callable
from functools import cached_property
from pathlib import Path
from typing import Any

import jupytext
import pytest

from autograder.authoring import editions
from helpers import PROJECT, load

__all__ = ["CourseNotebook", "Names"]

SLOWER = 1.6
"""So much slower than usual may the machine of a test be."""
Names = dict[str, Any]
"""The variables of a notebook after all its cells have run."""


class CourseNotebook:
    """One lesson's text. Test modules of one notebook share its run."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.text = PROJECT.text(name).read_text(encoding="utf-8")
        self.cells = jupytext.reads(self.text, fmt="py:percent").cells
        self.seconds: dict[str, float] = {}
        """How long the processor worked for each cell, by its source."""
        self.code = [cell.source for cell in self.cells if cell.cell_type == "code"]
        self.prose = "\n".join(cell.source for cell in self.cells if cell.cell_type == "markdown")

    def says(self, *phrases: str) -> None:
        """Assert that the prose holds these words."""
        assert [phrase for phrase in phrases if phrase not in self.prose] == []

    def run(self, change: Callable[[str], str] = lambda source: source) -> tuple[Names, str]:
        """Run all cells with their solutions: the variables, and what was printed.

        As in the student edition, what the notebook builds cannot be imported. ``earned`` holds the
        points that the checks gave.
        """
        matplotlib = pytest.importorskip("matplotlib")
        matplotlib.use("Agg")
        import matplotlib.pyplot as plt

        scope: Names = {"__name__": "__main__", "earned": []}
        printed = io.StringIO()
        with pytest.MonkeyPatch.context() as patch, contextlib.redirect_stdout(printed):
            patch.chdir(PROJECT.built(self.name).parent)
            patch.setattr(plt, "show", lambda: plt.close("all"))
            for module, names in editions.withheld(self.name).items():
                for name in names:
                    patch.delattr(f"{module}.{name}")
            for source in self.code:
                source = re.sub(r"(?m)^(check\(.*)$", r"earned.append(float(\1))", change(source))
                start = time.process_time()
                exec(compile(source, f"<notebook {self.name}>", "exec"), scope)
                self.seconds[source] = time.process_time() - start
        return scope, printed.getvalue()

    @cached_property
    def _ran(self) -> tuple[Names, str]:
        return self.run()

    @property
    def names(self) -> Names:
        """The variables after the one run of the notebook as it is."""
        return self._ran[0]

    @property
    def printed(self) -> str:
        """What that run printed."""
        return self._ran[1]

    def earns_all_points(self) -> None:
        """Assert that the solutions pass every check, and that cells of over 5 s say so."""
        assert sum(self.names["earned"]) == sum(exercise.points for exercise in load(self.name))
        slow = [cell for cell, seconds in self.seconds.items() if seconds > 5 * SLOWER]
        assert [cell for cell in slow if not re.search(r"(?m)^takes\(\d", cell)] == []

    def run_in_edition(self, folder: Path, script: str) -> subprocess.CompletedProcess[str]:
        """Run a script where the student edition, written to `folder`, is the library."""
        editions.write(self.name, folder)
        environment = {**os.environ, "PYTHONPATH": str(folder), "MPLBACKEND": "Agg"}
        ran = [sys.executable, "-W", "error", "-c", script]
        return subprocess.run(ran, cwd=folder, env=environment, capture_output=True, text=True)
