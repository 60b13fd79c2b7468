"""Build the notebooks from their text, and the data of the student's check from the exercises.

::

    lessons/TOPIC/notebook.py  ->  source/NN_TOPIC/NN_TOPIC.ipynb
    lessons/TOPIC/files/       ->  source/NN_TOPIC/
    lessons/TOPIC/__init__.py  ->  checks/NN_TOPIC/EXERCISE.npz

The results are committed; ``build --check`` verifies that they match their sources.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import nbformat
from nbformat.notebooknode import NotebookNode
from nbgrader.nbgraderformat import MetadataValidator

from ..check.pack import UNCHECKED, Pack
from ..errors import AutograderError
from ..exercise import Exercise
from ..project import Project, find_project
from .packs import up_to_date
from .percent import dump, kind, place, to_notebook, to_text
from .pretenders import replayable

__all__ = ["build", "differences", "from_notebook", "source_notebook"]


def source_notebook(notebook: str, project: Project | None = None) -> NotebookNode:
    """The notebook that the text of `notebook` describes, checked against its exercises."""
    project = project or find_project()
    path = project.text(notebook)
    name = project.relative(path)
    if not path.exists():
        raise AutograderError(f"{name} is missing: the text of the lesson {notebook}")
    exercises = project.load(notebook)
    points = {exercise.name: exercise.points for exercise in exercises}
    text = path.read_text(encoding="utf-8")
    built = to_notebook(text, points, name, _first_cell(notebook, project))
    _require_cells(built, exercises, name)
    nbformat.validate(built)
    MetadataValidator().validate_nb(built)
    return built


def _first_cell(notebook: str, project: Project) -> str:
    """The code that comes before the notebook's own; "" for none."""
    if project.first_cell is None:
        return ""
    text = project.first_cell.read_text(encoding="utf-8").strip()
    return text.replace("{{notebook}}", notebook)


def _require_cells(notebook: NotebookNode, exercises: Sequence[Exercise], file: str) -> None:
    """Require a check cell and a solution cell for each exercise, and no other solution cells."""
    cells = [(*kind(cell), number, cell) for number, cell in enumerate(notebook.cells, start=1)]
    checks = {name for role, name, _, _ in cells if role == "check"}
    solutions = {name for role, name, _, _ in cells if role == "solution"}
    for exercise in exercises:
        if exercise.name not in checks:
            raise AutograderError(f'{file}: exercise {exercise.name!r} has no cell check="…"')
        if not solutions & {exercise.name, *exercise.answers}:
            raise AutograderError(f'{file}: exercise {exercise.name!r} has no cell solution="…"')
    known = {name for exercise in exercises for name in (exercise.name, *exercise.answers)}
    for role, name, number, cell in cells:
        if role == "solution" and name not in known:
            raise AutograderError(f"{place(file, number, cell)}: no exercise asks for {name!r}")


def _repeated_names(
    exercises: dict[str, Sequence[Exercise]], notebooks: dict[str, NotebookNode]
) -> list[str]:
    """Names of exercises and questions that occur in more than one notebook, as errors."""
    owner: dict[str, str] = {}
    errors = []
    for notebook in sorted({*exercises, *notebooks}):
        cells = notebooks[notebook].cells if notebook in notebooks else []
        questions = [name for role, name in map(kind, cells) if role in ("question", "test")]
        for name in [*(exercise.name for exercise in exercises.get(notebook, ())), *questions]:
            if name in owner:
                errors.append(
                    f"{notebook}: {name!r} is already the name of an exercise or a question of "
                    f"{owner[name]}"
                )
            owner.setdefault(name, notebook)
    return errors


def _unchecked_points(notebook: NotebookNode) -> dict[str, float]:
    """The points of a notebook's questions in words, and of the tests that are written in it."""
    points: dict[str, float] = {}
    for cell in notebook.cells:
        role, _ = kind(cell)
        if role in ("question", "test"):
            points[f"{role}s"] = points.get(f"{role}s", 0) + cell.metadata.nbgrader.points
    return points


@dataclass(frozen=True)
class _Results:
    notebooks: dict[Path, str]
    packs: dict[Path, Pack]
    files: dict[Path, bytes]
    """The notebooks' data files, and the points that the student's check cannot give."""
    stale: list[Path]
    """Packs, and other files of the check, that no lesson has any more."""
    errors: list[str]


def _make(notebooks: Iterable[str], project: Project) -> _Results:
    """Build `notebooks` in memory; an error in one does not stop the others."""
    chosen = project.named(notebooks)
    exercises: dict[str, Sequence[Exercise]] = {}
    texts: dict[Path, str] = {}
    packs: dict[Path, Pack] = {}
    built: dict[str, NotebookNode] = {}
    errors: list[str] = []
    for name in project.lessons:
        try:
            exercises[name] = project.load(name)
            if name in chosen:
                for number, exercise in enumerate(exercises[name]):
                    path = project.pack(name, exercise.name)
                    pack = exercise.pack(name, number=number)
                    packs[path] = replace(pack, course=project.id)
                    errors += [f"{name}: {problem}" for problem in replayable(exercise)]
        except Exception as error:  # an exercise module is code: it may raise anything
            exercises.pop(name, None)
            if name in chosen:
                where = project.relative(project.lesson(name))
                errors.append(f"{where}: {type(error).__name__}: {error}")
    for name in [name for name in chosen if name in exercises]:
        try:
            built[name] = source_notebook(name, project)
            texts[project.built(name)] = dump(built[name])
        except AutograderError as error:
            errors.append(str(error))
    errors += _repeated_names(exercises, built)
    files = {
        project.built(name).parent / file: path.read_bytes()
        for name in chosen
        for file, path in project.files(name).items()
    }
    files |= {
        project.checks / name / UNCHECKED: json.dumps(points).encode()
        for name, notebook in built.items()
        if (points := _unchecked_points(notebook))
    }
    stale = [
        path
        for pattern in ("*/*.npz", f"*/{UNCHECKED}")
        for path in sorted(project.checks.glob(pattern))
        if path not in packs
        and path not in files
        and (
            path.parent.name in (exercises if path.suffix == ".npz" else built)
            or path.parent.name not in project.lessons
        )
        and (path.parent.name in chosen or not list(notebooks))
    ]
    return _Results(texts, packs, files, stale, errors)


def build(
    notebooks: Iterable[str] = (), project: Project | None = None, *, force: bool = False
) -> list[str]:
    """Write what is out of date; returns the paths written, relative to the root.

    `force`: overwrite a notebook that was edited in JupyterLab and not taken back into its text.

    Raises
    ------
    AutograderError : a text or an exercise is wrong; the others are written nevertheless.
    """
    project = project or find_project()
    results = _make(list(notebooks), project)
    errors, written = list(results.errors), []
    for path, text in results.notebooks.items():
        if path.exists() and path.read_text(encoding="utf-8") == text:
            continue
        if path.exists() and not force and _edited(path, project):
            errors.append(
                f"{project.relative(path)} was edited and differs from its text: take the edit "
                "back with `build --from-notebook` and its path, or drop it with `build --force`"
            )
            continue
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8", newline="\n")
        written.append(project.relative(path))
    for path, pack in results.packs.items():
        if not up_to_date(path, pack):
            pack.save(path)
            written.append(project.relative(path))
    for path, data in results.files.items():
        if not path.is_file() or path.read_bytes() != data:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(data)
            written.append(project.relative(path))
    for path in results.stale:
        path.unlink()
        written.append(f"{project.relative(path)} (removed)")
    if errors:
        raise AutograderError("\n".join(errors))
    return written


def _edited(path: Path, project: Project) -> bool:
    """Whether the notebook was edited since it was built, and its text has no such edit."""
    try:
        notebook = nbformat.read(path, as_version=4)
        text = to_text(notebook, path.name)
        points = {
            cell.metadata.nbgrader.grade_id: cell.metadata.nbgrader.get("points", 0)
            for cell in notebook.cells
            if kind(cell)[0] == "check"
        }
        made = to_notebook(text, points, path.name, _first_cell(path.stem, project))
        if dump(made) == path.read_text(encoding="utf-8"):
            return False  # as `build` wrote it: only the text has changed
        return text != project.text(path.stem).read_text(encoding="utf-8")
    except (AutograderError, ValueError, AttributeError, OSError):
        return True


def differences(
    notebooks: Iterable[str] = (), project: Project | None = None, *, form: bool = True
) -> list[str]:
    """The problems that ``build --check`` prints, one line each; none if all is in step.

    `form`: report also texts that ``build --from-notebook`` would write differently.
    """
    project = project or find_project()
    chosen = list(notebooks)
    results = _make(chosen, project)
    problems = list(results.errors)
    for path, text in results.notebooks.items():
        if not path.exists():
            problems.append(f"{project.relative(path)} is missing")
        elif path.read_bytes() != text.encode():
            problems.append(f"{project.relative(path)} differs from its text")
        source = project.text(path.stem)
        if form and to_text(nbformat.reads(text, as_version=4), source.name) != source.read_text(
            "utf-8"
        ):
            problems.append(
                f"{project.relative(source)} is not in the usual form (one blank line between "
                f"cells, no header): `build --from-notebook {project.relative(path)}` writes it so"
            )
    for path, pack in results.packs.items():
        if not up_to_date(path, pack):
            state = "differs from its exercise" if path.exists() else "is missing"
            problems.append(f"{project.relative(path)} {state}")
    for path, data in results.files.items():
        if not path.is_file() or path.read_bytes() != data:
            problems.append(f"{project.relative(path)} differs from its lesson")
    problems += [f"{project.relative(path)} has no exercise" for path in results.stale]
    if not chosen:
        known = {project.built(name) for name in project.lessons}
        problems += [
            f"{project.relative(path)} is no lesson of the manifest"
            for path in sorted(project.source.glob("**/*.ipynb"))
            if path not in known and ".ipynb_checkpoints" not in path.parts
        ]
    return problems


def from_notebook(path: Path, project: Project | None = None) -> Path:
    """Write the text of a source notebook that was edited in JupyterLab; returns the text's path.

    Raises
    ------
    AutograderError : the edit belongs elsewhere (points of an exercise) or cannot be kept as text.
    """
    project = project or find_project()
    if not path.is_file():
        raise AutograderError(f"there is no notebook {path}")
    try:
        notebook = nbformat.read(path, as_version=4)
    except Exception as error:
        raise AutograderError(f"{path} is not a notebook: {error}") from None
    points = {exercise.name: exercise.points for exercise in project.load(path.stem)}
    for number, cell in enumerate(notebook.cells, start=1):
        role, name = kind(cell)
        cell_points = (cell.metadata.get("nbgrader") or {}).get("points")
        if role == "check" and name in points and cell_points != points[name]:
            folder = project.relative(project.lesson(path.stem))
            raise AutograderError(
                f"{place(path.name, number, cell)}: has {cell_points} points, the exercise's tests "
                f"add up to {points[name]:g}. Points are set in {folder}"
            )
    target = project.text(path.stem)
    text = to_text(notebook, path.name)
    to_notebook(text, points, path.name)  # raises if the text cannot be built
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_text(text, encoding="utf-8", newline="\n")
    return target
