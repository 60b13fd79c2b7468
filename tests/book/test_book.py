"""The book of this course: its sources without bodies, its formulas, its self-study bundle."""

from __future__ import annotations

import io
import os
import re
import subprocess
import sys
import zipfile
from pathlib import Path
from xml.etree import ElementTree

import nbformat
from helpers import LESSONS, PROJECT, ROOT

from autograder.authoring.build import source_notebook
from autograder.authoring.release import write_zip
from autograder.book.answers import built
from autograder.book.bundle import self_study
from autograder.book.source_pages import shown_source
from autograder.mathml import mathml
from cs231n_lib import optim


def test_the_source_shows_what_is_given_and_not_what_is_built():
    text = shown_source("cs231n_lib.optim", PROJECT, solutions=False)
    compile(text, "optim.py", "exec")
    assert "def adam(" in text
    assert "You build this in 05_update_rules." in text
    assert "np.sqrt" not in text
    assert "def get_rule" in text
    assert "RULE_NAMES[rule]" in text  # a body that nobody has to write
    assert shown_source("cs231n_lib.optim", PROJECT, solutions=True) == Path(
        optim.__file__
    ).read_text(encoding="utf-8")


def test_no_body_is_left_of_any_function_that_a_notebook_asks_for():
    for module, names in built(PROJECT).items():
        text = shown_source(module, PROJECT, solutions=False)
        assert text.count("You build this in") == len(names), module


def test_every_formula_of_notebooks_and_pages_is_translated():
    texts = [path.read_text(encoding="utf-8") for path in sorted((ROOT / "book").rglob("*.md"))]
    for name in LESSONS:
        cells = source_notebook(name, PROJECT).cells
        texts += [cell.source for cell in cells if cell.cell_type == "markdown"]
    count = 0
    for text in texts:
        prose = re.sub(r"```.*?```|`[^`\n]*`", "", text, flags=re.S)
        for formula in re.finditer(r"\$\$(.+?)\$\$|\$([^$\n]+?)\$", prose, re.S):
            made = ElementTree.fromstring(mathml(formula[1] or formula[2]))
            assert "&" not in "".join(made.itertext())
            count += 1
    assert count > 700


def test_the_bundle_s_check_runs_where_it_was_unzipped(tmp_path):
    files = self_study({"book/index.html": b"<p>read</p>"}, PROJECT)
    write_zip(tmp_path / "a.zip", files)
    write_zip(tmp_path / "b.zip", files)
    assert (tmp_path / "a.zip").read_bytes() == (tmp_path / "b.zip").read_bytes()
    with zipfile.ZipFile(io.BytesIO((tmp_path / "a.zip").read_bytes())) as archive:
        archive.extractall(tmp_path)
    folder = tmp_path / "self-study"
    assert {path.name for path in folder.iterdir()} == {
        "README.md",
        "requirements.txt",
        "book",
        "notebooks",
        "solutions",
    }
    empty, full = (
        _run(folder / where / "07_dropout.ipynb", folder / "notebooks")
        for where in ("notebooks", "solutions")
    )
    assert empty == f"0.0 {folder / 'notebooks' / 'cs231n_lib'}"
    assert float(full.split()[0]) > 0


def test_the_bundle_s_notebooks_have_no_answers_and_its_solutions_have():
    files = self_study({}, PROJECT)
    for name in LESSONS:
        given = files[f"self-study/notebooks/{name}.ipynb"]
        assert b"SOLUTION" not in given
        assert b"autograder.stock" not in given
        assert b"YOUR CODE HERE" in given
        assert b"BEGIN SOLUTION" in files[f"self-study/solutions/{name}.ipynb"]


def _run(notebook, folder):
    """The points of one check after the notebook's own cell for it, and whose library it was."""
    node = nbformat.read(notebook, as_version=4)
    sources = {cell.id: cell.source for cell in node.cells}
    script = "\n".join(
        [
            "import numpy as np, cs231n_lib, os",
            "from autograder.check import check",
            "from cs231n_lib.dropout import generator",
            sources["dropout_forward_solution"],
            "print(float(check('dropout_forward')), os.path.dirname(cs231n_lib.__file__))",
        ]
    )
    environment = {**os.environ, "PYTHONPATH": "", "AUTOGRADER_PROGRESS": str(folder / "p.json")}
    ran = subprocess.run(
        [sys.executable, "-c", script], cwd=folder, env=environment, capture_output=True, text=True
    )
    assert ran.returncode == 0, ran.stderr
    return ran.stdout.strip()
