"""Run a whole notebook, check every exercise in it, and print a table.

::

    python -m autograder.check 01_smoothing.ipynb

The notebook's code cells run from top to bottom in a process of their own, in the notebook's
folder; the file is not changed. A cell that ends with an error does not stop the others. The exit
code is 0 if the notebook has all points that the check can give, 1 if some are missing, and 2 if
nothing could be checked.
"""

from __future__ import annotations

import argparse
import os
import re
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from . import examine, exercises_by_notebook, unchecked_points
from .pack import Pack, find
from .show import one_line, points_text

__all__ = ["main", "send"]

_CALL = re.compile(r"""^[^#\n]*\bcheck\(\s*["']([\w-]+)["']""", re.MULTILINE)
_RESULT = "application/json"


def main(arguments: Sequence[str] | None = None) -> int:
    """The command; returns its exit code."""
    parser = argparse.ArgumentParser(
        "python -m autograder.check",
        description="Run a notebook, check every exercise in it, and print a table.",
        epilog="Exit code: 0 all points, 1 some are missing, 2 nothing could be checked.",
    )
    parser.add_argument("notebook", type=Path, metavar="NOTEBOOK.ipynb")
    parser.add_argument(
        "--timeout", type=float, default=600, help="seconds for each cell (default: %(default)s)"
    )
    options = parser.parse_args(arguments)
    path: Path = options.notebook.resolve()
    if not path.is_file():
        parser.error(f"there is no file {options.notebook}")
    try:
        import ipykernel  # noqa: F401  # it runs the cells
        import nbclient
        import nbformat
    except ImportError as error:
        parser.error(f"{error}: this command needs JupyterLab (pip install jupyterlab)")
    try:
        notebook = nbformat.read(path, as_version=4)
        cells = [cell for cell in notebook.cells if cell.cell_type == "code"]
    except Exception as error:  # any text may be in the file
        parser.error(f"{options.notebook} is not a notebook: {_first_line(error)}")
    os.chdir(path.parent)
    packs = _asked_for(path.stem, [name for cell in cells for name in _CALL.findall(cell.source)])
    if not packs:
        parser.error(
            f"{options.notebook} has no exercise that the check knows: keep it beside its folder "
            "`checks`; it needs cells with check(…)"
        )
    problem = _run(notebook, [pack.exercise for pack in packs], options.timeout, nbclient, nbformat)
    results = _results(notebook)
    not_run = {"earned": 0.0, "wrong": problem or "It was not checked."}
    rows = [(pack, results.get(pack.exercise, not_run)) for pack in packs]
    print(_table(rows))
    return 0 if all(result["earned"] == pack.points for pack, result in rows) else 1


def _first_line(error: Exception) -> str:
    return str(error).strip().partition("\n")[0] or type(error).__name__


def _asked_for(notebook: str, called: Sequence[str]) -> list[Pack]:
    """The exercises of the notebook; of the notebooks that it calls, if it has another name."""
    exercises = exercises_by_notebook()
    names = [name for name, own in exercises.items() if {*own} & {*called}]
    if notebook in exercises:
        names = [notebook]
    packs = [find(exercise) for name in names for exercise in exercises[name]]
    return sorted(packs, key=lambda pack: (pack.notebook, pack.number))


def _run(notebook: Any, names: list[str], timeout: float, nbclient: Any, nbformat: Any) -> str:
    """Run the cells, with the results of `names` sent after the cells that check them.

    Returns "", or why the process did not get to the end.
    """
    cells, left = [], set(names)
    for cell in notebook.cells:
        cells.append(cell)
        called = _CALL.findall(cell.source) if cell.cell_type == "code" else []
        here = [name for name in called if name in names]
        if here:
            cells.append(nbformat.v4.new_code_cell(_sending(here)))
            left -= {*here}
    if left:
        cells.append(nbformat.v4.new_code_cell(_sending(sorted(left))))
    notebook.cells = cells
    # The kernel imports this package, wherever the command was given.
    beside = str(Path(__file__).resolve().parents[2])
    paths = [path for path in (os.environ.get("PYTHONPATH"), beside) if path]
    os.environ["PYTHONPATH"] = os.pathsep.join(paths)
    client = nbclient.NotebookClient(
        notebook,
        timeout=timeout,
        kernel_name="python3",
        allow_errors=True,
        interrupt_on_timeout=True,
        extra_arguments=["--log-level=ERROR"],
        resources={"metadata": {"path": str(Path.cwd())}},
    )
    try:
        client.execute()
    except Exception as error:  # the process ended, or does not answer
        return f"The notebook did not run to the end: {_first_line(error)}"
    return ""


def _sending(names: list[str]) -> str:
    return f"__import__('{__package__}.__main__', fromlist=['send']).send({names}, globals())"


def send(names: Sequence[str], namespace: Mapping[str, Any]) -> None:
    """Display the results of these exercises as JSON: the notebook's part of this command."""
    from IPython.display import display

    for name in names:
        report = examine(find(name), namespace)
        result = {"name": name, "earned": report.earned, "wrong": one_line(report)}
        display({_RESULT: result}, raw=True)


def _results(notebook: Any) -> dict[str, dict[str, Any]]:
    outputs = [output for cell in notebook.cells for output in cell.get("outputs", ())]
    results = [output.data[_RESULT] for output in outputs if _RESULT in output.get("data", {})]
    return {result["name"]: result for result in results if "wrong" in result}


def _table(rows: Sequence[tuple[Pack, Mapping[str, Any]]]) -> str:
    width = max(len(pack.exercise) for pack, _ in rows)
    lines = []
    for notebook in dict.fromkeys(pack.notebook for pack, _ in rows):
        lines.append(notebook)
        earned = points = 0.0
        for pack, result in rows:
            if pack.notebook == notebook:
                earned, points = earned + result["earned"], points + pack.points
                lines.append(_row(pack.exercise, width, result["earned"], pack.points))
                lines[-1] += f"  {_cut(result['wrong'])}" if result["wrong"] else ""
        lines.append(_row("total", width, earned, points))
        lines += [f"  and {most:g}: {text}" for text, most in unchecked_points(notebook)]
    return "\n".join(line.rstrip() for line in lines)


def _cut(text: str, most: int = 150) -> str:
    return text if len(text) <= most else f"{text[: most - 1]}…"


def _row(name: str, width: int, earned: float, points: float) -> str:
    return f"  {name:{width}}  {points_text(earned):>5} / {points_text(points):<4}"


if __name__ == "__main__":
    sys.exit(main())
