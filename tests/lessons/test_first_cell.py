"""The first cell of every notebook: words, not a traceback, where something is missing."""

from __future__ import annotations

import sys
from types import SimpleNamespace

import nbformat
import numpy as np
import pytest
from helpers import LESSONS, PROJECT, ROOT
from nbclient import NotebookClient
from nbformat.v4 import new_code_cell, new_notebook

from autograder.authoring.build import source_notebook
from autograder.authoring.percent import kind, to_text


def first_cell(name):
    notebook = source_notebook(name, PROJECT)
    code = [cell for cell in notebook.cells if cell.cell_type == "code"]
    assert [kind(cell) for cell in code[:2]] == [("locked", "first_cell"), ("locked", "setup")]
    return code[0].source


def complaint(monkeypatch, source=None, **changes):
    """What the cell says where the module `sys` or NumPy is another one; "" if nothing."""
    for name, value in changes.items():
        owner, attribute = {"python": (sys, "version_info"), "numpy": (np, "__version__")}[name]
        monkeypatch.setattr(owner, attribute, value)
    try:
        exec(source or first_cell("00_training_loop"), {"__name__": "__main__"})
    except Exception as error:
        monkeypatch.undo()
        (words,) = error._render_traceback_()
        return words
    return ""


@pytest.mark.parametrize("name", LESSONS)
def test_every_notebook_begins_with_it_and_names_its_own_zip(name):
    assert f"!unzip -q {name}.zip\\n" in first_cell(name)
    assert "{{" not in first_cell(name)


def test_it_says_nothing_where_all_is_there(monkeypatch):
    assert complaint(monkeypatch) == ""


def test_an_old_python_and_an_old_numpy_are_named(monkeypatch):
    said = complaint(monkeypatch, python=(3, 9, 1))
    assert said == "This notebook needs Python 3.11 or newer; this is 3.9."
    assert "NumPy 2 or newer; this is 1.26.4." in complaint(monkeypatch, numpy="1.26.4")


def test_it_parses_in_a_python_that_is_too_old():
    compile(
        first_cell("00_training_loop"), "first cell", "exec", dont_inherit=True, _feature_version=6
    )


@pytest.mark.parametrize("missing", ["autograder", "cs231n_lib", "numpy"])
def test_what_is_missing_is_said_with_what_to_do(missing, monkeypatch):
    there = lambda name: None if name == missing else SimpleNamespace()  # noqa: E731
    monkeypatch.setattr("importlib.util.find_spec", there)
    said = complaint(monkeypatch)
    if missing == "numpy":
        assert "%pip install" in said
    else:
        assert "Unzip the whole download (00_training_loop.zip)" in said
        assert said.endswith("    !unzip -q 00_training_loop.zip\n    %cd 00_training_loop")


@pytest.mark.slow
def test_a_lone_notebook_shows_words_and_no_traceback_and_stops(tmp_path, monkeypatch):
    monkeypatch.delenv("PYTHONPATH", raising=False)
    monkeypatch.chdir(tmp_path)
    blocked = (
        "import sys\nsys.path = [p for p in sys.path if 'site-packages' in p or 'lib/' in p]\n"
    )
    blocked += "sys.meta_path = [f for f in sys.meta_path if 'editable' not in repr(f).lower()]"
    sources = [blocked, first_cell("00_training_loop"), "print('not reached')"]
    notebook = new_notebook(cells=[new_code_cell(source) for source in sources])
    client = NotebookClient(notebook, kernel_name="python3", timeout=60)
    with pytest.raises(Exception, match="must lie beside this notebook"):
        client.execute()
    (output,) = notebook.cells[1].outputs
    assert output.traceback[0].startswith("The folders `autograder`")
    assert len(output.traceback) == 1
    assert notebook.cells[2].outputs == []


@pytest.mark.slow
def test_blas_gets_one_thread_before_numpy_is_loaded(monkeypatch):
    """In a new kernel: matrix products start no thread."""
    for name in ("OPENBLAS", "MKL", "OMP"):
        monkeypatch.delenv(f"{name}_NUM_THREADS", raising=False)
    monkeypatch.setenv("PYTHONPATH", str(ROOT))
    count = "len(os.listdir('/proc/self/task'))" if sys.platform == "linux" else "0"
    sources = [
        "import os, sys\nprint('numpy' in sys.modules)",
        first_cell("00_training_loop"),
        f"x = np.ones((800, 800))\nbefore = {count}\nx = x @ x\nprint({count} - before)",
    ]
    notebook = new_notebook(cells=[new_code_cell(source) for source in sources])
    NotebookClient(notebook, kernel_name="python3", timeout=60).execute()
    assert [cell.outputs[0].text for cell in notebook.cells[::2]] == ["False\n", "0\n"]


def test_it_is_the_same_text_for_the_built_notebook_and_back():
    for name in LESSONS:
        built = nbformat.read(PROJECT.built(name), as_version=4)
        assert to_text(built, name) == PROJECT.text(name).read_text(encoding="utf-8")
