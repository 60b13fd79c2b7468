"""The items of rubrics, as instructors write them."""

import time

import pytest

from autograder.marking.rubric import items_of, split


def items(text, max_points):
    return [(item.points, item.text) for item in items_of(text, max_points)]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("1 point: a. 0.5 points for b; -1 point: c.", [(1, "a"), (0.5, "b"), (-1, "c")]),
        ("1 point for the $y^2$. 1 point: off for ALL.", [(1, "the $y^2$"), (1, "off for ALL")]),
        (
            "1 point each for two different reasons (half without the remedy). 1 point: one way.",
            [
                (1, "two different reasons (half without the remedy) (1 of 2)"),
                (1, "two different reasons (half without the remedy) (2 of 2)"),
                (1, "one way"),
            ],
        ),
        (
            "1 point for two of: a; b (half a point each). 1 point: or a point so near that it "
            "holds",
            [(0.5, "two of: a; b (1 of 2)"), (0.5, "two of: a; b (2 of 2)"),
             (1, "or a point so near that it holds")],
        ),
        (
            "- 2 pts: reason\n- (1 point) example\n- −1 point: sign",
            [(2, "reason"), (1, "example"), (-1, "sign")],
        ),
        ("* reason (1 point)\n* an example (0,5 points).", [(1, "reason"), (0.5, "an example")]),
        ("1. **2 points:** a\n   and b\n2. **1 mark:** c", [(2, "a and b"), (1, "c")]),
        ("+1 reason\n+0.5 example\n-1 sign", [(1, "reason"), (0.5, "example"), (-1, "sign")]),
        ("# 1 point: a loop\n# 2 points: none\n", [(1, "a loop"), (2, "none")]),
        ("2p: x, ½ point: y", [(2, "x"), (0.5, "y")]),
    ],
)  # fmt: skip
def test_forms_of_rubrics(text, expected):
    assert items(text, 3) == expected


def test_a_short_form_counts_if_the_points_add_up_with_it():
    text = "Half a point for the drawing, one for what misleads."
    assert items(text, 1.5) == [(0.5, "the drawing"), (1, "what misleads")]
    assert items("2 points for the drawing, one for all.", 2) == [(2, "the drawing, one for all")]


def test_without_a_rubric_an_answer_is_right_or_half_right():
    assert items("", 3) == items("As in the book.", 3) == [(3, "right"), (1.5, "half right")]
    assert items("", 0) == [(0, "right")]


def test_where_points_are_only_taken_off_all_points_are_an_item():
    assert items("-1 point: no unit", 4) == [(4, "all points"), (-1, "no unit")]


def test_items_have_names_of_their_own():
    names = [item.id for item in items_of("1 point each for three reasons", 3)]
    assert len(set(names)) == 3


@pytest.mark.parametrize(
    ("text", "answer", "rubric"),
    [
        ("**Model answer.** A.\n\n**Rubric.** 1 point: a.", "A.", "1 point: a."),
        ("A.\n\n## Rubric\n\n- 1 point: a", "A.", "- 1 point: a"),
        ("A.\n\nMarking scheme:\n1 point: a", "A.", "1 point: a"),
        ("A.\n\n1 point for a.", "A.", "1 point for a."),
        ("A.\n- a (1 point)\n- b (1 point)", "A.", "- a (1 point)\n- b (1 point)"),
        ("A rubric is a list. At one point", "A rubric is a list. At one point", ""),
        ("", "", ""),
    ],
)  # fmt: skip
def test_the_model_answer_ends_where_the_rubric_begins(text, answer, rubric):
    assert split(text) == (answer, rubric)


@pytest.mark.parametrize(
    "part",
    [
        "1 point: ",
        " ",
        "\n",
        "- ",
        "(",
        "1",
        "*",
        "# ",
        " \t",
        "and ",
        ". ",
        "1 point each ",
        "(1 ",
    ],
)
def test_any_text_is_read_in_no_time(part):
    text = (part * 20_000)[:20_000]
    began = time.process_time()
    split(text)
    assert len(items_of(text, 3)) <= 30
    assert time.process_time() - began < 2
