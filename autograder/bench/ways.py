"""Commands that are measured in turns, and how sure the figures are.

Each command grades few submissions, and then many: the difference in time, divided by the
difference in number, is the cost of one more, without that of starting. Where the rounds differ by
more than the figure itself, the cost is too small to measure so, and no figure is shown.
"""

from __future__ import annotations

import os
import platform
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from rich.box import SIMPLE_HEAD
from rich.table import Table

from ..errors import AutograderError

__all__ = ["Figure", "Way", "machine", "note", "ratio", "table", "timed"]

TOO_SMALL = "too small"
_PACKAGES = Path(__file__).resolve().parents[2]
_THREADS = ("OMP", "OPENBLAS", "MKL", "NUMEXPR")


@dataclass(frozen=True)
class Figure:
    """A figure of each round."""

    rounds: tuple[float, ...]

    @property
    def median(self) -> float:
        return statistics.median(self.rounds)

    @property
    def spread(self) -> float:
        """Between the largest and the smallest."""
        return max(self.rounds) - min(self.rounds)

    @property
    def is_sure(self) -> bool:
        """Whether the rounds agree, to say which figure is meant; of one round nobody knows."""
        return len(self.rounds) > 1 and min(self.rounds) > 0 and self.spread <= self.median

    def shown(self, digits: int = 3) -> str:
        """The median, with half the spread.

        >>> Figure((1.0, 1.2, 1.1)).shown(), Figure((0.1, 0.4)).shown(), Figure((0.1,)).shown()
        ('1.100 ± 0.100', 'too small', '0.100')
        """
        if len(self.rounds) == 1 and self.median > 0:
            return f"{self.median:.{digits}f}"
        if not self.is_sure:
            return TOO_SMALL
        return f"{self.median:.{digits}f} ± {self.spread / 2:.{digits}f}"


def ratio(slow: Figure, fast: Figure) -> Figure | None:
    """How many times `slow` is `fast`, round by round; None if that is not known.

    >>> ratio(Figure((2.0, 2.0)), Figure((0.4, 0.5)))
    Figure(rounds=(5.0, 4.0))
    >>> ratio(Figure((2.0, 2.0)), Figure((0.4, 0.1)))  # the difference of two noisy totals
    """
    if not (slow.is_sure and fast.is_sure):
        return None
    times = Figure(tuple(a / b for a, b in zip(slow.rounds, fast.rounds, strict=True)))
    return times if times.is_sure else None


def note(figures: Iterable[Figure]) -> str | None:
    """What is said below a table in which some figure is too small."""
    if all(figure.shown() != TOO_SMALL for figure in figures):
        return None
    return f"{TOO_SMALL} to measure here: with more students (--students N) it shows."


@dataclass
class Way:
    """A way to grade: its commands for few and for many submissions, and their times.

    few, many : the arguments of Python; submissions : how many these grade.
    """

    name: str
    root: Path
    few: Sequence[str]
    many: Sequence[str]
    submissions: tuple[int, int]
    environment: Mapping[str, str] = field(default_factory=dict)
    seconds: list[tuple[float, float]] = field(default_factory=list)
    """For each round, the times for few and for many submissions."""
    processor: list[tuple[float, float]] = field(default_factory=list)

    def measure(self) -> None:
        """Run both commands once, and record wall and processor time."""
        pairs = [
            timed(self.name, self.root, command, self.environment)
            for command in (self.few, self.many)
        ]
        self.seconds.append((pairs[0][0], pairs[1][0]))
        self.processor.append((pairs[0][1], pairs[1][1]))

    @property
    def last(self) -> str:
        """What the last round says, which is not sure yet."""
        return f"{self.name}, {self.cost.rounds[-1]:.3f} s"

    @property
    def cost(self) -> Figure:
        """The seconds of one more submission."""
        return self._more(self.seconds)

    @property
    def processor_cost(self) -> Figure:
        """The same in seconds of a processor."""
        return self._more(self.processor)

    @property
    def whole(self) -> float:
        """The seconds for all, with the start."""
        return statistics.median(many for _, many in self.seconds)

    def _more(self, pairs: Sequence[tuple[float, float]]) -> Figure:
        few, many = self.submissions
        return Figure(tuple((b - a) / (many - few) for a, b in pairs))


def timed(
    name: str, root: Path, command: Sequence[str], environment: Mapping[str, str] | None = None
) -> tuple[float, float]:
    """Run Python with these arguments; the seconds, and those of a processor, children included."""
    settings = {
        **os.environ,
        **{f"{library}_NUM_THREADS": "1" for library in _THREADS},
        "PYTHONPATH": str(_PACKAGES),
        **(environment or {}),
    }
    start = time.perf_counter()
    with tempfile.TemporaryFile() as output:
        child = subprocess.Popen(
            [sys.executable, *command], cwd=root, env=settings, stdout=output, stderr=output
        )
        # Not child.wait(): only wait4 returns what this child and its children used.
        _, status, used = os.wait4(child.pid, 0)
        child.returncode = os.waitstatus_to_exitcode(status)
        if child.returncode:
            output.seek(0)
            text = output.read().decode(errors="replace")[-2000:]
            raise AutograderError(f"{name} failed:\n{text}")
    return time.perf_counter() - start, used.ru_utime + used.ru_stime


def table(title: str, first: str, numbers: Sequence[str]) -> Table:
    """An empty table. first : the heading of the names; numbers : of the figures."""
    made = Table(title=title, title_justify="left", title_style="bold", box=SIMPLE_HEAD)
    made.caption_justify = "left"
    made.add_column(first, no_wrap=True)
    for heading in numbers:
        made.add_column(heading, justify="right", no_wrap=True)
    return made


def machine() -> str:
    """The machine that was measured, in a line."""
    name = platform.processor() or platform.machine()
    cpuinfo = Path("/proc/cpuinfo")
    if cpuinfo.exists():
        for line in cpuinfo.read_text(encoding="utf-8", errors="replace").splitlines():
            if line.startswith("model name"):
                name = line.split(":", 1)[1].strip()
                break
    load = f", load {os.getloadavg()[0]:.1f}" if hasattr(os, "getloadavg") else ""
    python = platform.python_version()
    return f"{platform.system()}, {os.cpu_count()} processors ({name}){load}; Python {python}"
