"""The gallery of mistakes: what it is made of, with a course of two small notebooks."""

import re
import xml.etree.ElementTree as ElementTree
from dataclasses import replace

import numpy as np
import pytest
from helpers.small_course import AFFINE, FIRST, SECOND, project

from autograder.book import comparisons, gallery
from autograder.book.additions import addition
from autograder.book.drawing import Panel, Run, panel, picture
from autograder.exercise import Mistake

EXPERIMENTS = '''
import numpy as np
from autograder.book.drawing import Run, panel

def experiment_of(exercise):
    return rows if exercise.name == "affine" else None

def rows(answers):
    """Two rows of ones."""
    out, _ = answers["affine_forward"](np.ones((2, 3)), np.ones((3, 2)), np.ones(2))
    return Run([panel("output", "row", out[:, 0])], {"first output": out[0, 0]})

def remark(entries):
    return f"{len(entries)} tried on ones."
'''


@pytest.fixture
def small(tmp_path):
    return project(tmp_path / "project")


@pytest.fixture
def with_experiments(small):
    """The small course with a book whose experiments are these."""

    def made(text):
        book = small.root / "book"
        book.mkdir()
        (book / "experiments.py").write_text(text, encoding="utf-8")
        return replace(small, book=book)

    return made


def told_and_drawn(folder, course):
    names = {path.name for path in gallery.write(folder, course)}
    pages = [folder / "mistakes" / name for name in ("index.md", f"{FIRST}.md")]
    return names, *(path.read_text("utf-8") for path in pages)


# ------------------------------------------------------------------------------- the experiments


def test_without_experiments_mistakes_are_told_in_words(small, tmp_path):
    names, index, page = told_and_drawn(tmp_path / "out", small)
    assert not any(name.endswith(".svg") for name in names)
    assert "1 way to get the functions of these notebooks wrong.\n" in index
    assert "orange" not in index + page
    assert "### no bias" in page
    assert "> The bias `b` is left out.\n" in page
    assert "*The check:* found by 2 of 2 tests, first by “rows”" in page


def test_with_experiments_they_are_drawn_and_the_course_may_remark_on_them(
    with_experiments, tmp_path
):
    names, index, page = told_and_drawn(tmp_path / "out", with_experiments(EXPERIMENTS))
    assert "affine_01.svg" in names
    assert "1 of them were tried out" in index
    assert "\n1 tried on ones.\n" in index
    assert "Tried on: Two rows of ones.\n" in page
    assert "First output: 3 instead of 4." in page


def test_a_course_without_mistakes_has_no_gallery(small, tmp_path):
    assert gallery.write(tmp_path / "out", replace(small, lessons=(SECOND,))) == []


def test_experiments_that_cannot_be_imported_are_not_taken_for_absent(small, with_experiments):
    assert addition(small, "experiments") is None
    course = with_experiments("import no_such_module_at_all")
    assert addition(course, "pages") is None
    with pytest.raises(ModuleNotFoundError, match="no_such_module_at_all"):
        addition(course, "experiments")


def test_a_mistake_that_raises_stops_with_its_error():
    def experiment(answers):
        return Run(numbers={"value": answers["affine_forward"]()})

    fails = Mistake("fails", "It fails.", {"affine_forward": lambda: 1 / 0})
    right = replace(AFFINE, answers={"affine_forward": lambda: 1.0}, tests=[], mistakes=[fails])
    (entry,) = comparisons.shown(right, experiment)
    assert entry.effect == "It stops with `ZeroDivisionError: division by zero`."
    assert entry.visible


# ------------------------------------------------------------------------------------ the pictures


def numbers(svg, colour):
    """The points of each line of one colour."""
    lines = re.findall(rf'<polyline points="([^"]+)" stroke="{colour}"', svg)
    return [np.array([pair.split(",") for pair in line.split()], float) for line in lines]


def drawn_over(right, wrong, **more):
    runs = (Run([panel("loss", "step", values, **more)]) for values in (right, wrong))
    return picture(*runs, "a title")


def test_higher_losses_are_drawn_higher():
    svg = drawn_over([2.0, 1.0, 0.5], [2.0, 1.5, 1.0])
    (right,), (wrong,) = numbers(svg, "#8c8c8c"), numbers(svg, "#d55e00")
    assert right[0].tolist() == wrong[0].tolist()
    assert (right[1:, 1] > wrong[1:, 1]).all()
    assert (np.diff(right[:, 1]) > 0).all()


def test_a_line_far_away_leaves_the_right_one_readable():
    svg = drawn_over([2.0, 1.0, 0.5], [2.0, 1e3, 1e30])
    (right,) = numbers(svg, "#8c8c8c")
    assert np.ptp(right[:, 1]) > 40
    assert svg.count("<path") == 1


def test_a_line_that_stays_inside_gets_no_arrowhead():
    assert "<path" not in drawn_over([2.0, 1.0, 0.5], [2.0, 1.9, 1.8])


def test_a_line_stops_where_it_is_not_a_number():
    svg = drawn_over([4.0, 3.0, 2.0, 1.0], [4.0, 3.0, np.nan, np.inf])
    (wrong,) = numbers(svg, "#d55e00")
    assert len(wrong) == 2


@pytest.mark.parametrize("values", [[np.nan, np.nan], [0.0, 0.0], [5.0], []])
def test_odd_lines_make_a_picture_too(values):
    ElementTree.fromstring(drawn_over(values, values))
    ElementTree.fromstring(drawn_over(values, [1.0, 2.0], log=True))


def test_a_long_line_is_thinned_and_keeps_its_ends():
    svg = drawn_over(np.arange(1000.0), np.arange(1000.0))
    (line,) = numbers(svg, "#8c8c8c")
    assert len(line) <= 100
    assert line[0, 0] < line[-1, 0]


def test_markup_in_a_title_is_text():
    svg = picture(Run([Panel("a<b", "x", [np.zeros((2, 2))])]), Run(), "c<d")
    assert ElementTree.fromstring(svg)[0].text == "c<d"


# --------------------------------------------------------------------------------------- the words


def test_numbers_are_compared_by_name():
    right, wrong = Run(numbers={"loss": 0.1, "accuracy": 0.9}), Run(numbers={"loss": 0.4})
    effect, visible = comparisons.compared(
        right, replace(wrong, numbers={"loss": 0.4, "accuracy": 0.9})
    )
    assert effect == "Loss: 0.4 instead of 0.1."
    assert visible


def test_markup_in_a_message_is_text():
    assert gallery.words("a*b*c and `a*b` <i>") == "a\\*b\\*c and `a*b` &lt;i&gt;"
    assert gallery.words("one ` alone") == "one ' alone"
