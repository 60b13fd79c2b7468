"""What every notebook's text promises: its points, its order, its hints."""

from __future__ import annotations

import re

import pytest
from helpers import LESSONS, PROJECT, load
from helpers.course_notebook import CourseNotebook

from autograder.authoring.build import source_notebook

ALL = [CourseNotebook(name) for name in LESSONS]
each_notebook = pytest.mark.parametrize("notebook", ALL, ids=[each.name for each in ALL])
HEADING = (
    r"\*\*Points:\*\* (\d+): (\d+) in (\w+) exercises"
    r" and (\d+) for (\w+) (?:multiple-choice )?questions.*?; (\d+) for (\w+) questions answered"
)
NUMBERS = ["no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten"]
MAY_BE_SHOWN = {"for i in np.ndindex(x.shape):", "out = cache", "loss, g = f(x)"}
"""Lines of solutions that are no part of the idea."""


def exercises_of(notebook):
    """The exercises that ask for functions, and those that ask for a choice."""
    chosen = [each for each in load(notebook.name) if each.name.startswith("q_")]
    return [each for each in load(notebook.name) if each not in chosen], chosen


@each_notebook
def test_the_heading_s_points_are_those_of_exercises_and_questions(notebook):
    written, chosen = exercises_of(notebook)
    by_hand = [int(n) for n in re.findall(r'question="\w+" points=(\d+)', notebook.text)]
    heading = source_notebook(notebook.name, PROJECT).cells[0].source
    said = re.search(HEADING, heading)
    assert said, heading
    points = [sum(each.points for each in written), sum(each.points for each in chosen)]
    assert int(said[1]) == sum(points) + sum(by_hand)
    assert [int(said[2]), int(said[4]), int(said[6])] == [*points, sum(by_hand)]
    counted = [len(written), len(chosen), len(by_hand)]
    assert [said[3], said[5], said[7]] == [NUMBERS[count] for count in counted]


@each_notebook
def test_exercises_are_in_the_order_of_the_notebook(notebook):
    names = [each.name for each in load(notebook.name)]
    assert re.findall(r'# %% check="(\w+)"', notebook.text) == names
    cells = re.findall(r'# %% solution="(\w+)"', notebook.text)
    assert cells == [name for name in names if name in cells]


@each_notebook
def test_options_are_printed_in_one_way(notebook):
    other_ways = r"^# - (?:\*\*)?\(?[A-H][.):](?:\*\*)?[.):]? .*"
    assert re.findall(other_ways, notebook.text, re.M) == []
    _, chosen = exercises_of(notebook)
    assert len(re.findall(r"^# - \*\*[A-H]\*\* ", notebook.text, re.M)) >= 3 * len(chosen)


@each_notebook
def test_every_function_has_three_hints(notebook):
    written, _ = exercises_of(notebook)
    for number in (1, 2, 3):
        assert notebook.text.count(f"<summary>Hint {number}") == len(written)


@each_notebook
def test_hints_do_not_hold_a_line_of_the_solutions(notebook):
    solutions = re.findall(r"### BEGIN SOLUTION\n(    .*?)### END SOLUTION", notebook.text, re.S)
    lines = {line.strip() for part in solutions for line in part.splitlines() if line.strip()}
    hints = "\n".join(re.findall(r"<details>.*?</details>", notebook.text, re.S))
    assert len(lines) > 10
    assert [line for line in lines - MAY_BE_SHOWN if line in hints] == []


GUESS = re.compile(r'^guess\("(\w+)", \.\.\.\)  # \S.*$')
SHOWS = r'\b(?:reveal|guessed)\("{}"'


@each_notebook
def test_a_guess_has_a_cell_of_its_own_and_what_came_out_is_folded(notebook):
    cells = notebook.cells
    for number, cell in enumerate(cells):
        if cell.cell_type == "code" and re.search(r"(?m)^\s*guess\(", cell.source):
            line = GUESS.match(cell.source)
            assert line, f"one line, dots, and a comment on what is asked for: {cell.source}"
            assert "locked" not in cell.metadata, "the reader edits it"
            shows = SHOWS.format(line[1])
            after = [n for n, each in enumerate(cells) if re.search(shows, each.source)]
            assert after, f"{line[1]} is never shown"
            assert after[0] > number
            outcome = cells[after[-1] + 1]
            assert outcome.source.startswith("<details><summary>What came out</summary>"), line[1]


def test_each_guess_has_a_name_of_its_own():
    names = [name for each in ALL for name in re.findall(r'(?m)^guess\("(\w+)"', each.text)]
    assert len(names) == len({*names})
