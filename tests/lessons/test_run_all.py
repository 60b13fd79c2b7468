"""Restart and run all: a notebook that nobody has begun runs to its end, and raises nothing."""

from __future__ import annotations

import os

import pytest
from helpers import LESSONS, PROJECT, ROOT
from nbclient import NotebookClient

from autograder.authoring.build import source_notebook
from autograder.book.answers import released


@pytest.mark.slow
@pytest.mark.parametrize(
    "name", [LESSONS[0], *(pytest.param(name, marks=pytest.mark.nightly) for name in LESSONS[1:])]
)
def test_a_notebook_that_nobody_has_begun_runs_to_its_end(name, monkeypatch):
    notebook = released(source_notebook(name, PROJECT))
    monkeypatch.setenv("PYTHONPATH", str(ROOT))
    monkeypatch.setenv("AUTOGRADER_PROGRESS", os.devnull)
    folder = {"metadata": {"path": str(PROJECT.built(name).parent)}}
    NotebookClient(notebook, kernel_name="python3", timeout=300, resources=folder).execute()
    lines = [
        output.data["text/plain"]
        for cell in notebook.cells
        for output in cell.get("outputs", [])
        if output.output_type == "display_data" and "image/png" not in output.data
    ]
    skipped = [line for line in lines if line.startswith(("Skipped", "Not answered", "No guess"))]
    assert len(skipped) > 5
