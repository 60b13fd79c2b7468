"""Notebook 09: what its text promises about points, hints and checks (nothing is run)."""

from __future__ import annotations

import re

import jupytext

from autograder.build import Project, source_notebook
from autograder.exercises import load

NOTEBOOK = "09_ensembles"
TEXT = Project().text(NOTEBOOK)
CELLS = jupytext.read(TEXT, fmt="py:percent").cells


def test_the_points_in_the_heading_are_those_of_exercises_and_questions():
    by_hand = [
        cell.metadata.nbgrader.points
        for cell in source_notebook(NOTEBOOK).cells
        if cell.cell_type == "markdown" and cell.metadata.get("nbgrader", {}).get("grade")
    ]
    chosen = [exercise for exercise in load(NOTEBOOK) if exercise.name.startswith("q_")]
    written = [exercise for exercise in load(NOTEBOOK) if exercise not in chosen]
    said = re.search(
        r"Points:\*\* (\d+): (\d+) in four exercises and (\d+) for six .*?; (\d+) for three",
        CELLS[0].source,
    )
    assert said is not None
    parts = [sum(e.points for e in written), sum(e.points for e in chosen), sum(by_hand)]
    assert (len(written), len(chosen), len(by_hand)) == (4, 6, 3)
    assert [int(number) for number in said.groups()] == [sum(parts), *parts]


def test_every_function_exercise_has_three_hints_and_its_check():
    text = TEXT.read_text(encoding="utf-8")
    for exercise in load(NOTEBOOK):
        assert text.count(f'# %% check="{exercise.name}"') == 1
        assert text.count(f'# %% solution="{exercise.name}"') == 1
    for number in (1, 2, 3):
        assert text.count(f"<summary>Hint {number}") == 4


def test_hints_do_not_hold_a_line_of_the_solutions():
    text = TEXT.read_text(encoding="utf-8")
    solutions = re.findall(r"### BEGIN SOLUTION\n(    .*?)### END SOLUTION", text, re.DOTALL)
    lines = {line.strip() for part in solutions for line in part.splitlines() if line.strip()}
    hints = "\n".join(re.findall(r"<details>.*?</details>", text, re.DOTALL))
    assert len(lines) > 15
    assert [line for line in lines if line in hints] == []
