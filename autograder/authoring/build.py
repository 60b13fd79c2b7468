"""Make the notebooks from their text, and the data of the student's check from the exercises.

::

    lessons/TOPIC/notebook.py  ->  source/NN_TOPIC/NN_TOPIC.ipynb
    lessons/TOPIC/files/       ->  source/NN_TOPIC/
    lessons/TOPIC/__init__.py  ->  checks/NN_TOPIC/EXERCISE.npz

Both results are committed; ``build --check`` proves that they are what the sources say.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import nbformat
from nbformat.notebooknode import NotebookNode
from nbgrader.nbgraderformat import MetadataValidator

from ..check.pack import Pack
from ..errors import AutograderError
from ..exercise import Exercise
from ..project import Project, find_project
from .packs import up_to_date
from .percent import dump, kind, place, to_notebook, to_text

__all__ = ["build", "differences", "from_notebook", "source_notebook"]


def source_notebook(notebook: str, project: Project | None = None) -> NotebookNode:
    """The notebook that the text of `notebook` describes, checked against its exercises."""
    project = project or find_project()
    path = project.text(notebook)
    name = project.relative(path)
    if not path.exists():
        raise AutograderError(f"{name} is missing: the text of the lesson {notebook}")
    described = project.load(notebook)
    points = {exercise.name: exercise.points for exercise in described}
    made = to_notebook(path.read_text(encoding="utf-8"), points, name)
    _require_cells(made, described, name)
    nbformat.validate(made)
    MetadataValidator().validate_nb(made)
    return made


def _require_cells(made: NotebookNode, described: Sequence[Exercise], name: str) -> None:
    """Each exercise has its check cell and something to write; each solution cell an exercise."""
    found = [(kind(cell), number, cell) for number, cell in enumerate(made.cells, start=1)]
    checked = {called for (what, called), _, _ in found if what == "check"}
    solved = {called for (what, called), _, _ in found if what == "solution"}
    for exercise in described:
        if exercise.name not in checked:
            raise AutograderError(f'{name}: exercise {exercise.name!r} has no cell check="…"')
        if not solved & {exercise.name, *exercise.answers}:
            raise AutograderError(f'{name}: exercise {exercise.name!r} has no cell solution="…"')
    wanted = {called for exercise in described for called in (exercise.name, *exercise.answers)}
    for (what, called), number, cell in found:
        if what == "solution" and called not in wanted:
            where = place(name, number, cell)
            raise AutograderError(f"{where}: no exercise asks for {called!r}")


def _repeated_names(
    described: dict[str, Sequence[Exercise]], made: dict[str, NotebookNode]
) -> list[str]:
    """Exercises and questions are called by name alone: a name may occur in one notebook only."""
    owner: dict[str, str] = {}
    errors = []
    for name in sorted({*described, *made}):
        cells = made[name].cells if name in made else []
        asked = [called for what, called in map(kind, cells) if what in ("question", "test")]
        for called in [*(exercise.name for exercise in described.get(name, ())), *asked]:
            if called in owner:
                errors.append(
                    f"{name}: {called!r} is already the name of an exercise or a question of "
                    f"{owner[called]}"
                )
            owner.setdefault(called, name)
    return errors


@dataclass(frozen=True)
class _Results:
    notebooks: dict[Path, str]
    packs: dict[Path, Pack]
    files: dict[Path, bytes]
    """Data that go along with a notebook."""
    stale: list[Path]
    """Packs whose exercise is gone."""
    errors: list[str]


def _make(notebooks: Iterable[str], project: Project) -> _Results:
    """All that the sources of `notebooks` say, in memory; what fails does not stop the rest."""
    chosen = project.named(notebooks)
    described: dict[str, Sequence[Exercise]] = {}
    texts: dict[Path, str] = {}
    packs: dict[Path, Pack] = {}
    made: dict[str, NotebookNode] = {}
    errors: list[str] = []
    for name in project.lessons:
        try:
            described[name] = project.load(name)
            if name in chosen:
                for number, one in enumerate(described[name]):
                    packs[project.pack(name, one.name)] = one.pack(name, number=number)
        except Exception as error:  # an exercise module is code: whatever it raises is a finding
            described.pop(name, None)
            if name in chosen:
                where = project.relative(project.lesson(name))
                errors.append(f"{where}: {type(error).__name__}: {error}")
    for name in [name for name in chosen if name in described]:
        try:
            made[name] = source_notebook(name, project)
            texts[project.built(name)] = dump(made[name])
        except AutograderError as error:
            errors.append(str(error))
    errors += _repeated_names(described, made)
    stale = [
        path
        for path in sorted(project.checks.glob("*/*.npz"))
        if path not in packs
        and (path.parent.name in described or path.parent.name not in project.lessons)
        and (path.parent.name in chosen or not list(notebooks))
    ]
    files = {
        project.built(name).parent / file: path.read_bytes()
        for name in chosen
        for file, path in project.files(name).items()
    }
    return _Results(texts, packs, files, stale, errors)


def build(
    notebooks: Iterable[str] = (), project: Project | None = None, *, force: bool = False
) -> list[str]:
    """Write what is out of date; returns the paths written, relative to the root.

    `force`: overwrite a notebook that was edited in JupyterLab and not taken back into its text.

    Raises
    ------
    AutograderError : what is wrong with a text or an exercise; the others are written all the same.
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
    """Whether the file holds an edit that its text does not: JupyterLab writes other bytes."""
    try:
        held = nbformat.read(path, as_version=4)
        text = to_text(held, path.name)
        points = {
            cell.metadata.nbgrader.grade_id: cell.metadata.nbgrader.get("points", 0)
            for cell in held.cells
            if kind(cell)[0] == "check"
        }
        if dump(to_notebook(text, points, path.name)) == path.read_text(encoding="utf-8"):
            return False  # as `build` left it: only the text has moved on
        return text != project.text(path.stem).read_text(encoding="utf-8")
    except (AutograderError, ValueError, AttributeError, OSError):
        return True


def differences(
    notebooks: Iterable[str] = (), project: Project | None = None, *, form: bool = True
) -> list[str]:
    """What ``build --check`` complains about: one line each, none when all is in step.

    `form`: also say where a text is not as ``build --from-notebook`` would write it.
    """
    project = project or find_project()
    asked = list(notebooks)
    results = _make(asked, project)
    found = list(results.errors)
    for path, text in results.notebooks.items():
        if not path.exists():
            found.append(f"{project.relative(path)} is missing")
        elif path.read_bytes() != text.encode():
            found.append(f"{project.relative(path)} differs from its text")
        source = project.text(path.stem)
        if form and to_text(nbformat.reads(text, as_version=4), source.name) != source.read_text(
            "utf-8"
        ):
            found.append(
                f"{project.relative(source)} is not in the usual form (one blank line between "
                f"cells, no header): `build --from-notebook {project.relative(path)}` writes it so"
            )
    for path, pack in results.packs.items():
        if not up_to_date(path, pack):
            state = "differs from its exercise" if path.exists() else "is missing"
            found.append(f"{project.relative(path)} {state}")
    for path, data in results.files.items():
        if not path.is_file() or path.read_bytes() != data:
            found.append(f"{project.relative(path)} differs from the lesson's files")
    found += [f"{project.relative(path)} has no exercise" for path in results.stale]
    if not asked:
        known = {project.built(name) for name in project.lessons}
        found += [
            f"{project.relative(path)} is no lesson of the manifest"
            for path in sorted(project.source.glob("**/*.ipynb"))
            if path not in known and ".ipynb_checkpoints" not in path.parts
        ]
    return found


def from_notebook(path: Path, project: Project | None = None) -> Path:
    """Take a source notebook that was edited in JupyterLab back into its text; returns its path.

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
        what, called = kind(cell)
        held = (cell.metadata.get("nbgrader") or {}).get("points")
        if what == "check" and called in points and held != points[called]:
            folder = project.relative(project.lesson(path.stem))
            raise AutograderError(
                f"{place(path.name, number, cell)}: has {held} points, the exercise's tests add up "
                f"to {points[called]:g}. Points are set in {folder}"
            )
    target = project.text(path.stem)
    text = to_text(notebook, path.name)
    to_notebook(text, points, path.name)  # what cannot be built is not taken
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_text(text, encoding="utf-8", newline="\n")
    return target
