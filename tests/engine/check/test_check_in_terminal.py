"""`python -m autograder.check NOTEBOOK`: its table, its exit code, the workflow that runs it."""

from __future__ import annotations

import importlib.metadata
import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import yaml
from helpers import ROOT
from helpers.small_course import FIRST
from packaging.requirements import Requirement

from autograder.check.__main__ import main

RIGHT = "def affine_forward(x, w, b):\n    return x.reshape(len(x), -1) @ w + b, None"
NO_BIAS = RIGHT.replace(" + b", "")
PAGE = (ROOT / "docs" / "check_in_a_terminal.md").read_text(encoding="utf-8")
(WORKFLOW,) = (yaml.safe_load(text) for text in re.findall(r"```yaml\n(.*?)```", PAGE, re.DOTALL))


@pytest.fixture
def folder(_small_release, tmp_path):
    """What a student has."""
    course, _ = _small_release
    return Path(shutil.copytree(course.release_dir(FIRST), tmp_path / "mine"))


def write(folder, name=FIRST, **answers):
    """Write answers into cells; an empty one removes the cell. Returns the notebook's name."""
    path = folder / f"{FIRST}.ipynb"
    notebook = json.loads(path.read_text(encoding="utf-8"))
    notebook["cells"] = [cell for cell in notebook["cells"] if answers.get(cell["id"], "…")]
    for cell in notebook["cells"]:
        cell["source"] = answers.get(cell["id"], cell["source"])
    path.unlink()
    (folder / f"{name}.ipynb").write_text(json.dumps(notebook), encoding="utf-8")
    return f"{name}.ipynb"


def check(folder, *arguments, **environment):
    """Run the command where nothing of this repository is on the path."""
    ran = subprocess.run(
        [sys.executable, "-m", "autograder.check", *arguments],
        cwd=folder,
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
    )
    return ran.returncode, ran.stdout, ran.stderr


def test_all_points_are_exit_code_0(folder):
    name = write(folder, affine_solution=RIGHT, q_linear_solution="q_linear = 'B.'")
    before = (folder / name).read_bytes()
    code, table, errors = check(folder, name)
    assert (code, errors) == (0, "")
    assert table.splitlines() == [
        "01_small",
        "  affine      4.5 / 4.5",
        "  q_linear      1 / 1",
        "  total       5.5 / 5.5",
        "  and 2: marked by hand",
    ]
    assert (folder / name).read_bytes() == before


def test_what_is_wrong_is_said_in_one_line_and_a_cell_that_raises_stops_nothing(folder):
    name = write(
        folder,
        "of another name",
        affine_solution=NO_BIAS,
        q_linear_solution="import no_such_thing\nq_linear = 'B'",
    )
    code, table, _ = check(folder, name)
    assert code == 1
    assert "affine        0 / 4.5   looks like: no bias\n" in table
    assert "the cell that defines it ended with ModuleNotFoundError: No module named" in table


def test_a_check_cell_that_was_removed_is_made_up_for(folder):
    name = write(folder, affine_solution=RIGHT, affine="", q_linear="", q_linear_solution="")
    code, table, _ = check(folder, name)
    assert code == 1
    assert "affine      4.5 / 4.5\n" in table
    assert "q_linear      0 / 1     `q_linear` is not defined yet" in table


def test_an_endless_cell_is_interrupted_and_a_lost_process_is_told(folder):
    stuck, lost = "while True: pass", "import os\nos._exit(1)"
    name = write(folder, affine_solution=stuck, q_linear_solution="q_linear = 'B'")
    code, table, _ = check(folder, name, "--timeout", "3")
    assert code == 1
    assert "q_linear      1 / 1" in table
    code, table, _ = check(folder, write(folder, affine_solution=RIGHT, q_linear_solution=lost))
    assert code == 1
    assert "affine      4.5 / 4.5\n" in table
    assert "q_linear      0 / 1     The notebook did not run to the end:" in table


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (None, "there is no file it.ipynb"),
        ("no JSON", "it.ipynb is not a notebook: "),
        ('{"cells": [], "metadata": {}, "nbformat": 4, "nbformat_minor": 5}', "has no exercise"),
    ],
)
def test_what_cannot_be_checked_is_exit_code_2(tmp_path, monkeypatch, capsys, text, message):
    monkeypatch.chdir(tmp_path)
    if text is not None:
        Path("it.ipynb").write_text(text, encoding="utf-8")
    with pytest.raises(SystemExit) as end:
        main(["it.ipynb"])
    assert end.value.code == 2
    assert message in capsys.readouterr().err


def test_the_page_s_workflow_passes_once_everything_is_right(folder):
    """Its steps, in a released folder; instead of installing: are the packages here?"""
    steps = WORKFLOW["jobs"]["check"]["steps"]
    install, run = (step["run"] for step in steps if "run" in step)
    assert install == "pip install -r requirements.txt"
    for line in (folder / "requirements.txt").read_text(encoding="utf-8").splitlines():
        needed = Requirement(line)
        assert importlib.metadata.version(needed.name) in needed.specifier
    assert str(WORKFLOW["env"]["NOTEBOOK"]).endswith(".ipynb")
    programs = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    environment = {**os.environ, "PATH": programs, "NOTEBOOK": f"{FIRST}.ipynb"}

    def passes():
        return (
            subprocess.run(["bash", "-e", "-c", run], cwd=folder, env=environment).returncode == 0
        )

    assert not passes()
    write(folder, affine_solution=RIGHT, q_linear_solution="q_linear = 'B'")
    assert passes()
