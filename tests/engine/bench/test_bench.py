"""The benchmark: a command is measured, and one that fails is no measurement."""

from __future__ import annotations

import io

import pytest
from rich.console import Console

from autograder.authoring.build import source_notebook
from autograder.bench import speed as bench
from autograder.bench.classes import HEAVY, LIGHT, project
from autograder.bench.speed import Way
from autograder.errors import AutograderError


def test_time_and_processor_of_both_commands_are_noted(tmp_path):
    way = Way("busy", tmp_path, ["-c", "pass"], ["-c", "print(sum(range(10**7)))"])
    way.measure()
    way.measure()
    assert len(way.seconds) == len(way.processor) == 2
    assert 0 < way.processor[0][0] < way.processor[0][1]


def test_a_command_that_fails_is_told_with_its_words(tmp_path):
    way = Way("broken", tmp_path, ["-c", "raise SystemExit('no such class')"], [])
    with pytest.raises(AutograderError, match="broken failed:\nno such class"):
        way.measure()
    assert way.seconds == []


def test_the_table_tells_what_one_more_submission_costs(tmp_path):
    slow = Way("slow", tmp_path, [], [], [(3.0, 11.0), (2.0, 12.0), (2.0, 92.0)], [(1, 5)] * 3)
    fast = Way("fast", tmp_path, [], [], [(1.0, 3.0)] * 3, [(0.5, 2.5)] * 3)
    out = io.StringIO()
    Console(file=out, width=100).print(bench._table([slow, fast], "09_test", 2, 6, 3))
    lines = {line.split()[0]: line.split() for line in out.getvalue().splitlines() if line.strip()}
    assert lines["slow"] == ["slow", "2.500", "1.000", "1.0", "12.0", "s"]
    assert lines["fast"] == ["fast", "0.500", "0.500", "5.0", "3.0", "s"]


@pytest.mark.parametrize(("notebook", "plots"), [(HEAVY, 3), (LIGHT, 0)])
def test_the_notebooks_are_what_the_table_says(tmp_path, notebook, plots):
    cells = source_notebook(notebook, project(tmp_path, notebook)).cells
    code = [cell.source for cell in cells if cell.cell_type == "code"]
    assert len(code) == 25
    assert sum("BEGIN SOLUTION" in source for source in code) == 6
    assert sum(source.startswith("check(") for source in code) == 10
    assert sum("plt.show()" in source for source in code) == plots


@pytest.mark.nightly
def test_both_graders_give_the_same_marks_for_honest_work():
    out = io.StringIO()
    console = Console(file=out, width=100)
    assert bench.run(students=2, rounds=1, console=console, notebooks=[LIGHT]) == 0
    assert "Same marks from both graders: 2 of 2." in out.getvalue()
