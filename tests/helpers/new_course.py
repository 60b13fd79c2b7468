"""Courses that `autograder new` writes, built and released; answers handed in for them."""

from __future__ import annotations

import atexit
import json
import shutil
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from autograder.authoring.build import build
from autograder.authoring.new import new_project
from autograder.authoring.release import release
from autograder.course import Course, init
from autograder.project import MANIFEST, Project

LESSON = "01_smoothing"
LIBRARY = "series_lib"

MOVING_AVERAGE = """\
def moving_average(x, width):
    return np.array([x[i : i + width].mean() for i in range(len(x) - width + 1)])
"""
PADDED = """\
def moving_average(x, width):
    return np.convolve(x, np.ones(width) / width, mode="same")
"""
DETREND = """\
def detrend(x):
    t = np.arange(len(x))
    return x - np.polyval(np.polyfit(t, x, 1), t)
"""
RIGHT = {
    "moving_average_solution": MOVING_AVERAGE,
    "q_noise_solution": 'q_noise = "B"',
    "detrend_solution": DETREND,
}
"""What earns all points that the grader gives, by the ids of the cells."""


@dataclass(frozen=True)
class NewCourse:
    """A course directory, the project whose lessons it gives, and the zip for its students."""

    project: Project
    course: Course
    download: Path

    @property
    def released(self) -> Path:
        return self.course.release_dir(LESSON)

    def hand_in(self, student: str, answers: Mapping[str, str]) -> None:
        """Put a notebook with these answers into ``submitted/``."""
        notebook = answered(self.released, answers)
        folder = self.course.submitted_dir(LESSON, student)
        folder.mkdir(parents=True)
        (folder / f"{LESSON}.ipynb").write_text(json.dumps(notebook), encoding="utf-8")


def written(folder: Path, library: str = "") -> Project:
    """A new project in `folder`, as it is written."""
    new_project(folder, library)
    return Project.read(folder / MANIFEST)


def opened(project: Project) -> NewCourse:
    """Build the project, make a course directory in it, and release its lesson."""
    build(project=project)
    course = init(project.root / "course", project)
    _, download = release(course, LESSON, project)
    return NewCourse(project, course, download)


@cache
def ready(library: str = "") -> NewCourse:
    """A course that is made once for all tests, which leave it as it is."""
    folder = Path(tempfile.mkdtemp(prefix="new-course-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    return opened(written(folder.resolve() / "my-course", library))


def answered(release: Path, answers: Mapping[str, str], *cells: str) -> dict[str, Any]:
    """The released notebook with these cells filled in, and `cells` added after the set-up."""
    path = release / f"{LESSON}.ipynb"
    notebook: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    by_id = {
        cell["metadata"].get("nbgrader", {}).get("grade_id"): cell for cell in notebook["cells"]
    }
    for name, source in answers.items():
        by_id[name]["source"] = source
    place = notebook["cells"].index(by_id["setup"]) + 1
    added = [
        {
            "cell_type": "code",
            "id": f"mine-{number}",
            "metadata": {},
            "source": source,
            "outputs": [],
            "execution_count": None,
        }
        for number, source in enumerate(cells)
    ]
    notebook["cells"][place:place] = added
    return notebook


__all__ = [
    "LESSON",
    "LIBRARY",
    "PADDED",
    "RIGHT",
    "NewCourse",
    "answered",
    "opened",
    "ready",
    "written",
]
