"""Make the zip that grades one assignment in Gradescope: https://gradescope-autograders.readthedocs.io

It holds the engine (only the files that decide a mark), the files that students have, and the
hidden tests as data. It does not hold the course's secret, the solutions (for hand-written tests
out of reach: the names in them), the mistakes' code, the reference functions of this assignment,
other assignments, or students.
"""

from __future__ import annotations

import copy
import json
import platform
import tempfile
from collections.abc import Sequence
from importlib import metadata, resources
from pathlib import Path

import nbformat
from IPython.core.inputtransformer2 import TransformerManager
from nbformat import NotebookNode
from nbgrader.utils import is_solution

from ..authoring.release import write_zip
from ..course import Course
from ..errors import AutograderError, command
from ..grading.environment import files_that_judge
from ..grading.load import load_releases
from ..grading.released import Release
from ..grading.run_cells import hand_written_tests
from ..project import Project
from ..sandbox.isolation import LEVELS
from ..tester.names import Names, names_of
from .gradescope_run import points_of

__all__ = ["PACKAGES", "VISIBILITIES", "export", "package"]

PACKAGES = (
    "ipython",
    "matplotlib",
    "matplotlib-inline",
    "msgspec",
    "nbconvert",
    "nbformat",
    "nbgrader",
    "numpy",
    "traitlets",
)
"""The packages that the engine imports, as a test verifies; constraints.txt pins them."""
VISIBILITIES = ("visible", "hidden", "after_due_date", "after_published")
"""When students see a result, in Gradescope's terms."""

_ENGINE = Path(__file__).resolve().parent.parent
_SCRIPTS = ("setup.sh", "run_autograder")
_RUNNERS = (
    *("__init__.py", "grading/__init__.py"),
    *("reports/__init__.py", "reports/failures.py", "reports/gradescope_run.py"),
)
"""The files of this package that Gradescope needs, beside those that decide a mark."""


def export(
    course: Course,
    assignment: str,
    to: Path | None = None,
    dry_run: bool = False,
    require: str = "",
    reveal: bool = False,
    visibility: str = "visible",
    project: Project | None = None,
) -> list[str]:
    """Write ``exports/gradescope-ASSIGNMENT.zip``; returns lines to print.

    require : refuse to grade with less isolation than this level; reveal : show students not only a
    hidden test's name, but also what differed; visibility : one of VISIBILITIES.
    """
    files = package(course, assignment, require, reveal, visibility, project)
    path = to or course.root / "exports" / f"gradescope-{assignment}.zip"
    size = f"{path}: {sum(map(len, files.values())) / 1e6:.1f} MB unpacked"
    if dry_run:
        return [f"would write {size}"]
    write_zip(path, files, programs=_SCRIPTS)
    path.chmod(0o600)
    return [
        size,
        "It holds hidden tests: for Gradescope alone. Its README.md says what to set there.",
    ]


def package(
    course: Course,
    assignment: str,
    require: str = "",
    reveal: bool = False,
    visibility: str = "visible",
    project: Project | None = None,
) -> dict[str, bytes]:
    """The files of the zip, as {name: bytes}; see :func:`export`."""
    for name, value, known in (
        ("--require", require, LEVELS),
        ("--visibility", visibility, VISIBILITIES),
    ):
        if value and value not in known:
            raise AutograderError(f"{name} must be one of {', '.join(known)}; got {value!r}")
    if not assignment:
        raise AutograderError("gradescope-zip grades one assignment: say which (ASSIGNMENT)")
    if not any(course.release_dir(assignment).glob("*.ipynb")):
        raise AutograderError(
            f"{assignment} must be released first: {command('release', assignment)}"
        )
    releases = load_releases(course, assignment, project)
    first = releases[0]
    settings = {
        "assignment": assignment,
        "notebooks": {release.name: sorted(release.out_of_reach) for release in releases},
        "exercises": list(first.packs),
        "require": require,
        "reveal": reveal,
        "visibility": visibility,
    }
    return {
        **{name: _fill_template(f"{name}.txt", releases) for name in _SCRIPTS},
        "README.md": _fill_template("README.md", releases),
        "settings.json": json.dumps(settings, indent=1).encode(),
        "requirements.txt": "\n".join([*PACKAGES, ""]).encode(),
        "constraints.txt": _pins(),
        **{f"released/{release.name}.ipynb": _bytes(release.notebook) for release in releases},
        **{f"released/{name}": data for name, data in first.files.items()},
        **{
            f"hidden/{release.name}.ipynb": _bytes(_with_hidden_tests(release))
            for release in releases
        },
        **_packs(first),
        **_engine(),
    }


def _fill_template(template: str, releases: Sequence[Release]) -> bytes:
    """A template with its blanks filled in."""
    folder = resources.files("autograder") / "templates" / "gradescope"
    points, by_hand = points_of({release.name: release.notebook for release in releases})
    words = ", ".join(f"`{name}` ({most:g})" for name, most in by_hand.items())
    blanks = {
        "@ASSIGNMENT@": releases[0].assignment,
        "@NOTEBOOKS@": ", ".join(f"`{release.name}.ipynb`" for release in releases),
        "@PYTHON@": ".".join(platform.python_version_tuple()[:2]),
        "@POINTS@": f"{sum(points.values()):g}",
        "@MANUAL@": f"Tick manual grading: a person marks {words}." if words else "",
        # A file of a plain assignment could be named like a module of the engine.
        "@RELEASED@": ":$source/released" if releases[0].packs else "",
    }
    text = (folder / template).read_text(encoding="utf-8")
    for blank, value in blanks.items():
        text = text.replace(blank, value)
    return text.encode()


def _bytes(notebook: NotebookNode) -> bytes:
    return (nbformat.writes(notebook) + "\n").encode()


def _with_hidden_tests(release: Release) -> NotebookNode:
    """The released notebook with the whole tests that an instructor wrote, hidden lines included.

    It replaces the instructor's notebook, which also holds solutions and notes for graders. Of
    these, tests out of reach need the outlines.
    """
    notebook, tests = copy.deepcopy(release.notebook), hand_written_tests(release)
    if release.out_of_reach:
        tests |= _outlines(release.source)
    for cell in notebook.cells:
        name = cell.metadata.get("nbgrader", {}).get("grade_id")
        cell.source = tests.get(name, cell.source)
    return notebook


def _outlines(source: NotebookNode) -> dict[str, str]:
    """For each solution, code without it that binds and reads the same names of the notebook."""
    transform = TransformerManager().transform_cell
    code = [cell for cell in source.cells if cell.cell_type == "code"]
    names = [names_of(transform(cell.source)) for cell in code]
    bound = set().union(*(cell_names.binds for cell_names in names))
    return {
        str(cell.metadata.nbgrader.grade_id): _outline(cell_names, bound)
        for cell, cell_names in zip(code, names, strict=True)
        if is_solution(cell)
    }


def _outline(names: Names, bound: set[str]) -> str:
    imported = set().union(*(bound for _, bound in names.imports))
    reads = ", ".join(sorted(names.read_by_functions & bound))
    body = [f"    def {name}(): pass" for name in sorted(names.methods)] or ["    pass"]
    lines = [statement for statement, _ in names.imports]
    for name in sorted(names.binds - imported):
        is_defined = name in names.definitions
        lines += [f"class {name}:", *body] if is_defined else [f"{name} = None"]
    lines += [f"{name}[0] = None" for name in sorted(names.touches)]
    return "\n".join([*lines, f"lambda: ({reads})"])


def _packs(release: Release) -> dict[str, bytes]:
    with tempfile.TemporaryDirectory() as folder:
        files = {}
        for name, pack in release.packs.items():
            path = Path(folder, f"{name}.npz")
            pack.save(path)
            files[f"hidden/{path.name}"] = path.read_bytes()
        return files


def _pins() -> bytes:
    """The installed versions, with which the grading was tested."""
    return "".join(f"{name}=={metadata.version(name)}\n" for name in PACKAGES).encode()


def _engine() -> dict[str, bytes]:
    paths = [*(_ENGINE / name for name in _RUNNERS), *files_that_judge()]
    return {
        Path("grader", _ENGINE.name, path.relative_to(_ENGINE)).as_posix(): path.read_bytes()
        for path in paths
    }
