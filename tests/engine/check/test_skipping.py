"""Run all cells of an unfinished notebook: what is not written yet is no error, all else is."""

from __future__ import annotations

import os
from pathlib import Path
from types import SimpleNamespace

import nbformat
import pytest
from helpers.doubling import EXERCISE
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError
from nbformat.v4 import new_code_cell, new_notebook
from nbgrader.validator import Validator

import autograder
from autograder.check import NotWritten, skipping
from autograder.exercise import choice

ROOT = Path(autograder.__file__).parents[1]
UNFINISHED = {
    "from autograder.check import check, guess, needs, reveal": "",
    "def double(x):\n    # YOUR CODE HERE\n    raise NotImplementedError()": "",
    'q_ready = ...  # "A" or "B"\nraise NotImplementedError()': "Not answered yet: put your answer",
    'check("q_ready")': "q_ready</b>&ensp;0 of 1 point&ensp;",
    'check("double")': "double</b>&ensp;0 of 4 points&ensp;",
    'guess("made", ...)': "No guess yet",
    'needs("double")\nmade = double(2)\n\n\ndef nothing():\n    return made': "uses your <code>",
    "print(made)": "<code>made</code> comes from a cell above that was also skipped.",
    "def shown():\n    return nothing()": "",
    "after = shown() + 1": "<code>nothing</code> comes from a cell above",
    "after += 1": "<code>after</code> comes from a cell above",
    "double(3)": "uses your <code>double</code>, which is not written yet",
    "del double": "",
    "double(3)  # again": "uses <code>double</code>, which is not defined yet",
    "print('the end')": "the end",
}
FAULTS = [
    "1 / 0",
    "print(nobody_defines_this)",
    "raise NotImplementedError('not for strings')",
    "def other():\n    raise NotImplementedError()\n\nother()",
    "assert False",
    "import nowhere_to_be_found",
    "print(",
    "raise SystemExit('no more')",
]


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """The checks of one exercise and of one question."""
    for exercise in (EXERCISE, choice("q_ready", "", "A", {"B": "It is not B."})):
        path = tmp_path / "checks" / "00_doubling" / f"{exercise.name}.npz"
        exercise.pack("00_doubling").save(path)
    monkeypatch.setenv("PYTHONPATH", str(ROOT))
    monkeypatch.setenv("AUTOGRADER_PROGRESS", os.devnull)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def run(sources, **options):
    """Run cells in a real kernel; an error stops them, as it stops "Run All" in JupyterLab."""
    notebook = new_notebook(cells=[new_code_cell(source) for source in sources])
    NotebookClient(notebook, kernel_name="python3", timeout=60, **options).execute()
    return notebook.cells


def texts(cell):
    data = [output.get("data", {}) for output in cell.outputs]
    shown = [each.get("text/html", "") for each in data]
    return [
        text or output.get("text", "") for text, output in zip(shown, cell.outputs, strict=True)
    ]


@pytest.mark.slow
def test_an_unfinished_notebook_runs_to_its_end_and_says_in_a_line_what_is_missing(folder):
    cells = run(UNFINISHED)
    for cell, expected in zip(cells, UNFINISHED.values(), strict=True):
        assert len(cell.outputs) == bool(expected), cell
        for text in texts(cell):
            assert expected in text
            assert text.count("<div") <= 2, "one line"
    grey = [text for cell in cells[2:-1] for text in texts(cell)]
    assert all("opacity:.65" in text for text in grey)
    assert ["Not answered yet." in grey[1], "Not written yet." in grey[2]] == [True, True]


@pytest.mark.slow
@pytest.mark.parametrize("fault", FAULTS)
def test_any_other_error_stays_one(folder, fault):
    with pytest.raises(CellExecutionError):
        run([*[*UNFINISHED][:7], fault])


@pytest.mark.slow
@pytest.mark.parametrize("variable", ["NBGRADER_VALIDATING", "NBGRADER_EXECUTION"])
def test_while_nbgrader_runs_a_notebook_all_of_them_are_errors(folder, variable, monkeypatch):
    monkeypatch.setenv(variable, "1")
    cells = run(UNFINISHED, allow_errors=True)
    failed = [any(output.output_type == "error" for output in cell.outputs) for cell in cells]
    assert [cell.source for cell, error in zip(cells, failed, strict=True) if not error] == [
        source
        for source, expected in UNFINISHED.items()
        if not expected or source.startswith(("check", "guess", "print('"))
    ]


@pytest.mark.slow
def test_validate_says_of_an_unfinished_notebook_what_it_said_before(folder):
    """A hand-written test that an empty stub ends is not passed."""
    notebook = new_notebook(cells=[new_code_cell(source) for source in UNFINISHED])
    meta = {"grade": True, "locked": True, "solution": False, "schema_version": 3, "points": 1}
    for number, source in enumerate(["assert double(2) == 4", "needs('double')", "assert True"]):
        cell = new_code_cell(source)
        cell.metadata["nbgrader"] = {**meta, "grade_id": f"t{number}", "cell_type": "code"}
        notebook.cells.insert(-3, cell)
    nbformat.write(notebook, folder / "00_doubling.ipynb")
    result = Validator(ignore_checksums=True).validate(str(folder / "00_doubling.ipynb"))
    assert [each["source"] for each in result["failed"]] == [
        "assert double(2) == 4",
        "needs('double')",
    ]


def shell(**attributes):
    return SimpleNamespace(showtraceback=print, **attributes)


@pytest.mark.parametrize("made", [None, shell(), shell(kernel=None)])
def test_only_the_kernel_of_a_notebook_skips(made, monkeypatch):
    """The grader's sandbox has a shell, and no kernel; so has a terminal."""
    monkeypatch.setitem(skipping.sys.modules, "IPython", SimpleNamespace(get_ipython=lambda: made))
    skipping.install(lambda: {"double"})
    assert made is None or made.showtraceback is print


def test_it_is_installed_once(monkeypatch):
    calls = []
    events = SimpleNamespace(register=lambda *call: calls.append(call))
    made = shell(kernel=object(), events=events, user_ns={})
    monkeypatch.setitem(skipping.sys.modules, "IPython", SimpleNamespace(get_ipython=lambda: made))
    for name in ("NBGRADER_VALIDATING", "NBGRADER_EXECUTION"):
        monkeypatch.delenv(name, raising=False)
    skipping.install(lambda: {"double"})
    skipping.install(lambda: {"double"})
    assert [name for name, _ in calls] == ["post_run_cell"]
    error = NotWritten("later")
    monkeypatch.setattr(skipping, "emit", calls.append)
    made.showtraceback((NotWritten, error, None))
    assert calls[1].text == "Skipped. later"
