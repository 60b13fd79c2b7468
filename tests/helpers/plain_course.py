"""A small course of plain nbgrader form (see :mod:`helpers.plain_notebooks`) and its students."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

import nbformat
from nbformat import NotebookNode
from nbformat.v4 import new_notebook

from helpers.plain_notebooks import EMPTY_EARNS, FILES, NOTEBOOKS, POINTS

__all__ = [
    "ANSWERS", "EMPTY_EARNS", "FILES", "NOTEBOOKS", "POINTS", "hand_in", "write_plain_course",
]  # fmt: skip

ANSWERS: dict[str, dict[str, dict[str, str]]] = {
    "weather": {
        # In other words than the solution, and as right.
        "student-01": {
            "read_rain": """
def read_rain(path):
    with open(path) as lines:
        next(lines)
        rows = [line.rstrip().split(",") for line in lines]
    return [
        dict(month=month, station=station, mm=float(mm) if mm else math.nan)
        for month, station, mm in rows
    ]
""",
            "mean_by_station": """
def mean_by_station(rows):
    sums = {}
    for row in rows:
        if row["mm"] == row["mm"]:
            sums.setdefault(row["station"], []).append(row["mm"])
    return {station: sum(mm) / len(mm) for station, mm in sums.items()}
""",
            "wettest": 'wettest = "February"',
            "why": "Clouds rise, cool down and rain.",
        },
        # A hole in the data ends the first function, and makes the second one nan.
        "student-02": {
            "read_rain": """
def read_rain(path):
    with open(path) as lines:
        return [{**row, "mm": float(row["mm"])} for row in csv.DictReader(lines)]
""",
            "mean_by_station": """
def mean_by_station(rows):
    names = {row["station"] for row in rows}
    return {n: np.mean([row["mm"] for row in rows if row["station"] == n]) for n in names}
""",
            "wettest": 'wettest = "January"',
        },
        # Writes to the data file, which is the released one again for the tests of others.
        "student-03": {
            "read_rain": """
def read_rain(path):
    text = open(path).read().replace("Harbour,\\n", "Harbour,nan\\n")
    open(path, "w").write(text)
    return [{**row, "mm": float(row["mm"])} for row in csv.DictReader(text.splitlines())]
""",
            "wettest": 'wettest = max(["February", "March"], key=len)',
        },
        "student-04": {},
    },
    "shapes": {
        "student-01": {
            "rectangle": """
from dataclasses import dataclass

@dataclass
class Rectangle:
    width: float
    height: float

    def __post_init__(self):
        if self.width < 0 or self.height < 0:
            raise ValueError(f"sides must be at least 0, got {self}")

    def area(self):
        return self.width * self.height
""",
            "square": """
class Square(Rectangle):
    def __init__(self, side):
        Rectangle.__init__(self, side, side)
""",
            "inherits": "The area, and when two are equal.",
            "counter": """
import itertools

def counter():
    return itertools.count(1).__next__
""",
        },
        # No negative side is refused; one counter for all.
        "student-02": {
            "rectangle": """
class Rectangle:
    def __init__(self, width, height):
        self.width = width
        self.height = height
    def area(self):
        return self.width * self.height
    def __eq__(self, other):
        return self.width == other.width and self.height == other.height
""",
            "square": """
class Square(Rectangle):
    def __init__(self, side):
        self.width = self.height = side
""",
            "counter": """
calls = 0
def counter():
    def count():
        global calls
        calls += 1
        return calls
    return count
""",
        },
        "student-03": {"square": "class Square(Rectangle):\n    pass"},
        "student-04": {},
    },
    "plots": {
        "student-01": {
            "draw": """
def draw(ax, x):
    "Sine and cosine."
    for name, f in {"sine": np.sin, "cosine": np.cos}.items():
        ax.plot(x, f(x), label=name)
    ax.set(title="Sine and cosine")
    ax.legend()
""",
        },
        # No legend, and the cosine twice.
        "student-02": {
            "draw": """
def draw(ax, x):
    ax.plot(x, np.cos(x))
    ax.plot(x, np.cos(x))
    ax.set_title("curves")
""",
        },
        "student-03": {"draw": "def draw(ax, x):\n    plt.plot(x, np.sin(x))"},
        "student-04": {},
    },
}
"""Honest answers: {assignment: {student: {grade id: source}}}; the last student writes nothing."""


def write_plain_course(folder: Path) -> Path:
    """Write the course's ``source/`` into `folder`, as an instructor has it; returns `folder`."""
    for assignment, notebooks in NOTEBOOKS.items():
        source = folder / "source" / assignment
        source.mkdir(parents=True)
        for name, cells in notebooks.items():
            (source / f"{name}.ipynb").write_text(_notebook_text(cells, name), encoding="utf-8")
        for path, data in FILES[assignment].items():
            (source / path).parent.mkdir(parents=True, exist_ok=True)
            (source / path).write_bytes(data)
    return folder


def _notebook_text(cells: list[NotebookNode], name: str) -> str:
    kernel = {"name": "python3", "language": "python", "display_name": "Python 3"}
    notebook = new_notebook(cells=cells, metadata={"kernelspec": kernel})
    document = json.loads(nbformat.writes(notebook))
    for number, cell in enumerate(document["cells"]):
        cell["id"] = f"{name[:2]}-{number}"
        if name == "rain":
            del cell["id"]
    if name == "rain":
        document["nbformat_minor"] = 2
    return json.dumps(document, indent=1) + "\n"


def hand_in(course: Path, assignment: str, student: str, answers: Mapping[str, str] = {}) -> Path:
    """Write a submission into the course's ``submitted/``: the release with a student's answers.

    answers : {grade id: source}; default: those of :data:`ANSWERS`.
    """
    answers = answers or ANSWERS[assignment][student]
    folder = course / "submitted" / student / assignment
    folder.mkdir(parents=True, exist_ok=True)
    for path in sorted((course / "release" / assignment).glob("*.ipynb")):
        document = json.loads(path.read_text(encoding="utf-8"))
        for cell in document["cells"]:
            grade_id = cell["metadata"].get("nbgrader", {}).get("grade_id")
            if grade_id in answers:
                cell["source"] = answers[grade_id].strip()
        (folder / path.name).write_text(json.dumps(document), encoding="utf-8")
    return folder
