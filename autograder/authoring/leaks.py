"""Search the files that students get for what they must not get.

Secret lines are those of solutions, model answers, rubrics and hidden tests in the source notebook,
and of the references, mistakes and styles of its exercises. A line that is public elsewhere, such
as ``return out, cache``, is not secret. Texts inside notebooks, archives and arrays are searched
too.
"""

from __future__ import annotations

import inspect
import io
import json
import re
import zipfile
from collections.abc import Iterator, Mapping
from contextlib import suppress
from importlib import resources
from pathlib import Path
from typing import Any

import numpy as np
from nbformat.notebooknode import NotebookNode

from ..exercise import Exercise, source_of
from ..project import Project, find_project
from .build import source_notebook
from .editions import CHECK, modules, sources

__all__ = ["leaks", "search", "secret_lines"]

_MARKS = ("BEGIN SOLUTION", "END SOLUTION", "HIDDEN TESTS", "autograder.stock")
_REGION = re.compile(
    r"^[^\n]*BEGIN (?P<kind>SOLUTION|HIDDEN TESTS)[^\n]*$.*?^[^\n]*END (?P=kind)[^\n]*$",
    re.MULTILINE | re.DOTALL,
)
_WORD = re.compile(r"[A-Za-z_]\w+")
_SHORTEST = 12
"""A shorter line gives nothing away."""


def leaks(path: Path, notebook: str, project: Project | None = None, key: bytes = b"") -> list[str]:
    """The secrets in `path`, a folder or a file; one line each.

    `key`: the course's secret, which must not be there either.
    """
    secret = {
        **secret_lines(notebook, project),
        **{mark: "a mark of the source" for mark in _MARKS},
    }
    return search(path, secret, key)


def search(path: Path, secret: Mapping[str, str], key: bytes = b"") -> list[str]:
    """The lines of `secret` ({line: where it comes from}) that a folder or a file holds."""
    problems = []
    # An array's bytes are hardly ever a text: only runs of characters as long as a line are.
    shortest = min(map(len, secret), default=1)
    runs = re.compile(rf"[^\x00-\x08\n-\x1f\ufffd]{{{shortest},}}")
    # A line's first and last word may be parts of longer ones in the text; those between are whole.
    inner_words = {line: {*_WORD.findall(line)[1:-1]} for line in secret}
    for name, data in _files(path):
        text = "\n".join(run for text in _texts(name, data) for run in runs.findall(text))
        words = {*_WORD.findall(text)}
        possible = [line for line, inner in inner_words.items() if inner <= words]
        problems += [f"{name}: {secret[line]}: {line}" for line in possible if line in text]
        if key and (key in data or key.hex() in text):
            problems.append(f"{name}: the secret of the course")
    return problems


def secret_lines(notebook: str, project: Project | None = None) -> dict[str, str]:
    """The lines that must not be in the release of `notebook`: {line: where it comes from}."""
    project = project or find_project()
    source = source_notebook(notebook, project)
    lines: dict[str, str] = {}
    for cell in source.cells:
        for region in _REGION.finditer(cell.source):
            where = f"a {region['kind'].lower()} of the notebook"
            lines |= {line: where for line in region[0].splitlines()[1:-1]}
    earlier = project.earlier(notebook)
    for name in project.lessons:
        if name not in earlier:
            for exercise in project.load(name):
                lines |= _lines_of(exercise)
    public = _public_text(notebook, source, project)
    stripped = {line.strip(): where for line, where in lines.items()}
    return {
        line: where
        for line, where in stripped.items()
        if len(line) >= _SHORTEST and line not in public
    }


def _lines_of(exercise: Exercise) -> dict[str, str]:
    groups: list[tuple[str, Mapping[str, Any]]] = [("the reference", exercise.answers)]
    groups += [(f"mistake {mistake.name!r}", mistake.replaces) for mistake in exercise.mistakes]
    groups += [(f"style {style.name!r}", style.replaces) for style in exercise.styles]
    lines: dict[str, str] = {}
    for origin, answers in groups:
        for answer in answers.values():
            if callable(answer):
                where = f"{origin} of {exercise.name}"
                lines |= {line: where for line in _source_lines(answer).splitlines()}
    return lines


def _source_lines(answer: Any) -> str:
    try:
        return source_of(answer)
    except (OSError, TypeError, StopIteration, SyntaxError):
        pass
    try:
        text = inspect.getsource(answer)
    except (OSError, TypeError):
        return ""
    # A lambda has no statement of its own: take only the lines that hold it.
    return "\n".join(line for line in text.splitlines() if "lambda" in line)


def _public_text(notebook: str, source: NotebookNode, project: Project) -> str:
    """All that students may read: the rest of the notebook, the edition, the probes."""
    parts = [_REGION.sub("", cell.source) for cell in source.cells]
    parts += [path.read_text(encoding="utf-8") for path in CHECK.glob("*.py")]
    changed = sources(notebook, project)
    for path in modules(notebook, project):
        name = path.relative_to(project.library or path).as_posix()
        parts.append(changed.get(name) or path.read_text(encoding="utf-8"))
    for name in (*project.earlier(notebook), notebook):
        for exercise in project.load(name):
            for test in exercise.tests:
                parts.append(source_of(test.probe))
                parts.append(source_of(test.holds) if test.holds else "")
    template = resources.files("autograder") / "templates"
    parts.append((template / "README.md").read_text(encoding="utf-8"))
    return "\n".join(parts)


def _files(root: Path) -> Iterator[tuple[str, bytes]]:
    if root.is_file():
        yield root.name, root.read_bytes()
    for file in sorted(root.rglob("*")):
        if file.is_file():
            yield file.relative_to(root).as_posix(), file.read_bytes()


def _texts(name: str, data: bytes) -> Iterator[str]:
    """Every text in the bytes of a file, also inside archives, arrays and JSON."""
    yield data.decode("utf-8", errors="replace")
    # Instructors' data may be locked or of objects: what cannot be opened has no text to search.
    if zipfile.is_zipfile(io.BytesIO(data)):
        with (
            suppress(zipfile.BadZipFile, RuntimeError),
            zipfile.ZipFile(io.BytesIO(data)) as archive,
        ):
            for member in archive.infolist():
                yield from _texts(member.filename, archive.read(member))
    elif name.endswith(".npy"):
        with suppress(ValueError, EOFError):
            array = np.load(io.BytesIO(data), allow_pickle=False)
            for text in array.astype(str).ravel().tolist() if array.dtype.kind in "US" else ():
                yield from _texts("text.json", text.encode())
    elif name.endswith((".ipynb", ".json")):
        try:
            yield from _strings(json.loads(data))
        except ValueError:  # not JSON, but readable
            yield data.decode("utf-8", errors="replace").replace('\\"', '"')


def _strings(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for key, item in value.items():
            yield key
            yield from _strings(item)
    elif isinstance(value, list):
        # A notebook's sources are lists of lines.
        if all(isinstance(item, str) for item in value):
            yield "".join(value)
        for item in value:
            yield from _strings(item)
