"""The benchmark: commands are measured in turns, and what is not sure is not shown."""

from __future__ import annotations

import io
import json

import pytest
from helpers.new_course import LESSON, written
from rich.console import Console

from autograder.authoring.build import build, source_notebook
from autograder.bench import large, notebooks, speed, waiting
from autograder.bench.classes import HEAVY, LIGHT, project
from autograder.bench.ways import Way
from autograder.errors import AutograderError


def way(name, seconds, processor=((1, 5),) * 3, submissions=(2, 6)):
    return Way(name, None, [], [], submissions, seconds=[*seconds], processor=[*processor])


def lines_of(table):
    out = io.StringIO()
    Console(file=out, width=100).print(table)
    return out.getvalue()


def test_time_and_processor_of_both_commands_are_noted(tmp_path):
    way = Way("busy", tmp_path, ["-c", "pass"], ["-c", "print(sum(range(10**7)))"], (1, 2))
    way.measure()
    way.measure()
    assert len(way.seconds) == len(way.processor) == 2
    assert 0 < way.processor[0][0] < way.processor[0][1]


def test_a_command_that_fails_is_told_with_its_words(tmp_path):
    way = Way("broken", tmp_path, ["-c", "raise SystemExit('no such class')"], [], (1, 2))
    with pytest.raises(AutograderError, match="broken failed:\nno such class"):
        way.measure()
    assert way.seconds == []


def test_the_table_tells_what_one_more_submission_costs():
    slow = way("slow", [(3.0, 11.0), (2.0, 12.0), (2.0, 13.0)])
    fast = way("fast", [(1.0, 3.0)] * 3, [(0.5, 2.5)] * 3)
    said = lines_of(speed._table([slow, fast], "09_test"))
    lines = {line.split()[0]: line.split() for line in said.splitlines() if line.strip()}
    assert " ".join(lines["slow"]) == "slow 2.500 ± 0.375 1.000 ± 0.000 1.0 ± 0.0 12.0 s"
    assert " ".join(lines["fast"]) == "fast 0.500 ± 0.000 0.500 ± 0.000 5.0 ± 0.8 3.0 s"
    assert "too small" not in said


@pytest.mark.parametrize(
    "noisy",
    [[(5.0, 5.01), (5.0, 5.6), (5.0, 5.2)], [(5.0, 5.01), (5.1, 5.0), (5.0, 5.01)]],
    ids=["spread larger than the figure", "less for more"],
)
def test_the_difference_of_two_noisy_totals_is_no_figure(noisy):
    slow = way("slow", [(2.0, 10.0), (2.0, 10.2), (2.0, 10.1)])
    said = lines_of(speed._table([slow, way("fast", noisy)], "09_test"))
    (line,) = (line.split() for line in said.splitlines() if line.startswith("  fast"))
    assert " ".join(line[:-2]) == "fast too small 1.000 ± 0.000"
    assert "with more students (--students N) it shows" in " ".join(said.split())


def test_of_one_round_there_is_a_cost_and_no_ratio():
    one = [(1, 5)]
    table = speed._table(
        [way("slow", [(2.0, 10.0)], one), way("fast", [(1.0, 1.4)], one)], "09_test"
    )
    said = " ".join(lines_of(table).split())
    assert "fast 0.100 1.000 1.4 s" in said


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
    speed.run(students=2, rounds=1, console=Console(file=out, width=100), notebooks=[LIGHT])
    assert "Same marks from both graders: 2 of 2." in out.getvalue()


@pytest.mark.nightly
def test_a_projects_own_notebooks_are_graded_by_both(tmp_path):
    made = written(tmp_path / "project")
    build(project=made)
    out = io.StringIO()
    console = Console(file=out, width=100)
    notebooks.run(made, students=5, plain_students=3, rounds=1, console=console)
    said = out.getvalue()
    assert LESSON in said
    assert "Same marks from both graders: 3 of 3." in said


def test_a_large_class_is_looked_at_while_it_is_graded():
    program = """
import json, time
for number in range(20):
    print(json.dumps({"event": "graded", "student": str(number)}), flush=True)
    time.sleep(0.05)
print(json.dumps({"event": "end"}))
"""
    moments = large.follow(["-c", program], 20)
    assert [moment.graded for moment in moments] == [1, 2, 10, 20]
    assert moments[-1].seconds > moments[0].seconds
    with pytest.raises(AutograderError, match="failed"):
        large.follow(["-c", f"print({json.dumps(json.dumps({'event': 'failed'}))})"], 20)


def test_modules_that_a_command_imports_are_counted():
    few, more = (waiting.imports(["-c", program]) for program in ("pass", "import wave"))
    assert 0 < few < more
