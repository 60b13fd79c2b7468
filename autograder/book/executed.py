"""The notebooks with what they show: figures, numbers, passed checks.

A source notebook holds the solutions, so it runs; the book shows the release, which does not. So
the source is executed, and each output is put into the release's cell of the same id. Runs are
kept, by what they depend on: the notebook with its files, the library and the check.
"""

from __future__ import annotations

import copy
import os
import re
import shutil
import tempfile
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from hashlib import sha256
from pathlib import Path

import nbformat
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError
from nbformat.notebooknode import NotebookNode
from nbgrader.preprocessors import ClearHiddenTests

from ..authoring.build import source_notebook
from ..authoring.editions import CHECK
from ..errors import AutograderError
from ..project import Project
from .mathml import spoken

__all__ = ["executed", "key_of", "library_files", "run_all", "shown", "with_outputs"]

_MINUTES = 10
_KERNEL = ["--InlineBackend.figure_formats=retina", "--log-level=ERROR"]


def run_all(
    notebooks: Sequence[str], project: Project, cache: Path, tell: Callable[[str], None] = print
) -> dict[str, NotebookNode]:
    """Each notebook's source, executed; as many at once as there are processors."""
    with ThreadPoolExecutor(os.cpu_count() or 1) as pool:
        runs = pool.map(lambda name: executed(name, project, cache, tell), notebooks)
        return dict(zip(notebooks, runs, strict=True))


def executed(
    notebook: str, project: Project, cache: Path, tell: Callable[[str], None] = print
) -> NotebookNode:
    """The source of `notebook` with its outputs, from `cache` where nothing has changed.

    Raises
    ------
    AutograderError : a cell of it fails.
    """
    source = source_notebook(notebook, project)
    used = [Path(__file__), *CHECK.rglob("*"), *(project.checks / notebook).rglob("*")]
    used += [*project.files(notebook).values(), *library_files(project)]
    path = cache / f"{notebook}-{key_of(*used, first=nbformat.writes(source))}.ipynb"
    if not path.exists():
        tell(f"running {notebook}")
        ran = shown(_run(source, notebook, project))
        cache.mkdir(parents=True, exist_ok=True)
        for old in cache.glob(f"{notebook}-*.ipynb"):
            old.unlink()
        draft = path.with_suffix(".new")
        nbformat.write(ran, draft)
        draft.replace(path)
    return nbformat.read(path, as_version=4)


def library_files(project: Project) -> list[Path]:
    """All files of the library; none where there is no library."""
    return sorted(project.library.rglob("*")) if project.library else []


def key_of(*files: Path, first: str = "") -> str:
    """Names what these files hold: the same files, the same key."""
    digest = sha256(first.encode())
    for path in sorted(set(files)):
        if path.is_file() and "__pycache__" not in path.parts:
            digest.update(path.name.encode() + sha256(path.read_bytes()).digest())
    return digest.hexdigest()[:16]


def _run(source: NotebookNode, notebook: str, project: Project) -> NotebookNode:
    """`source` with its outputs; hidden tests are left out, so a check shows what a reader sees.

    It runs in a folder of its own, so that what it writes is left nowhere.
    """
    node, _ = ClearHiddenTests().preprocess(copy.deepcopy(source), {})
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        if project.checks.is_dir():
            shutil.copytree(project.checks, folder / "checks")
        for file, path in project.files(notebook).items():
            (folder / file).parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(path, folder / file)
        importable = [project.library.parent] if project.library else []
        environment = {
            **os.environ,
            "PYTHONPATH": os.pathsep.join(map(str, [*importable, CHECK.parents[1]])),
            "AUTOGRADER_PROGRESS": str(folder / "progress.json"),  # not the reader's own
            "OMP_NUM_THREADS": "1",
            "OPENBLAS_NUM_THREADS": "1",
        }
        client = NotebookClient(
            node,
            timeout=60 * _MINUTES,
            record_timing=False,
            extra_arguments=_KERNEL,
            resources={"metadata": {"path": name}},
        )
        try:
            client.execute(env=environment)
        except CellExecutionError as error:
            raise AutograderError(f"{notebook} cannot be shown, it fails:\n{error}") from None
    return _put(source, node)


def _put(node: NotebookNode, ran: NotebookNode) -> NotebookNode:
    """A copy of `node` with the outputs of `ran`'s cells, by their ids."""
    node = copy.deepcopy(node)
    outputs = {cell.id: cell.outputs for cell in ran.cells if cell.cell_type == "code"}
    for cell in node.cells:
        if cell.cell_type == "code":
            cell.outputs = copy.deepcopy(outputs.get(cell.id, []))
    return node


def shown(node: NotebookNode) -> NotebookNode:
    """The notebook without what only this machine says: warnings."""
    for cell in node.cells:
        if cell.cell_type == "code":
            cell.outputs = [out for out in cell.outputs if out.get("name") != "stderr"]
    return node


def with_outputs(release: NotebookNode, ran: NotebookNode) -> NotebookNode:
    """`release` with the outputs of `ran`'s cells, by their ids; figures get their description.

    A figure is described by the text below it, folded or not, whose first paragraph becomes the
    picture's alternative text.
    """
    node = _put(release, ran)
    for cell, after in zip(node.cells, [*node.cells[1:], None], strict=True):
        if any("image/png" in out.get("data", {}) for out in cell.get("outputs", [])):
            text = after.source if after and after.cell_type == "markdown" else ""
            text = re.sub(r"\A\s*<details>.*?</summary>", "", text)
            alt = spoken(text.strip().partition("\n\n")[0]) or "A figure; the code above draws it."
            cell.metadata["mystnb"] = {"image": {"alt": alt}}
    return node
