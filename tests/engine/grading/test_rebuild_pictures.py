"""Pictures pasted into words, by the instructor or by a student: shown, and bounded."""

from __future__ import annotations

import base64
import json

import nbformat
import pytest
from nbconvert.exporters import HTMLExporter
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook
from nbgrader.utils import compute_checksum, determine_grade

from autograder.grading import repairs
from autograder.grading.hand_in import HandedIn
from autograder.grading.rebuild import read_submission, rebuild

DOT = (
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAA"
    "AABJRU5ErkJggg=="
)
OTHER_DOT = base64.b64encode(base64.b64decode(DOT) + b" ").decode()
SKETCH = {"image.png": {"image/png": DOT}}
DRAWING = {"image.png": {"image/png": OTHER_DOT}}
LEFT_OUT = "Of the pasted pictures, {} cannot be shown: "


@pytest.fixture
def released():
    """Words with a picture, a question, and a plain cell with another picture to draw on."""
    notebook = new_notebook(
        cells=[
            new_markdown_cell("Look: ![a](attachment:image.png)", attachments=SKETCH, id="look"),
            new_markdown_cell("YOUR ANSWER HERE", id="why"),
            new_code_cell("1", id="code"),
            new_markdown_cell("Draw here. ![b](attachment:image.png)", attachments=SKETCH, id="b"),
        ]
    )
    cell = notebook.cells[1]
    cell.metadata.nbgrader = {
        "grade_id": "why", "grade": True, "solution": True, "locked": False, "points": 1,
        "schema_version": 3,
    }  # fmt: skip
    cell.metadata.nbgrader.checksum = compute_checksum(cell)
    return notebook


@pytest.fixture
def hand_in(released):
    """Returns a function that hands in a changed copy, and gives the rebuilt notebook."""

    def hand_in(change=lambda cells: None):
        submission = nbformat.from_dict(json.loads(json.dumps(released)))
        change(submission.cells)
        return rebuild(released, read_submission(HandedIn(json.dumps(submission).encode())))

    return hand_in


def answered(text, attachments):
    def change(cells):
        cells[1].update(source=text, attachments=attachments)

    return change


def page(notebook):
    nbformat.validate(notebook)
    return HTMLExporter().from_notebook_node(notebook)[0]


def pictures(notebook, data=DOT):
    return page(notebook).count(f'src="data:image/png;base64,{data}"')


def test_a_picture_of_the_release_is_shown(hand_in):
    notebook, facts = hand_in()
    assert pictures(notebook) == 2
    assert facts == []
    assert determine_grade(notebook.cells[1]) == (0, 1)


@pytest.mark.parametrize("name", ["image.png", "my picture.png", "Ünder 100%.png", "a.png"])
@pytest.mark.parametrize("mention", ["(attachment:{})", "(<attachment:{}>)", '(attachment:{} "t")'])
def test_a_picture_in_an_answer_is_shown(hand_in, name, mention):
    text = f"<b>Here: ![my drawing]{mention.format(name)}, or not."
    notebook, facts = hand_in(answered(text, {name: DRAWING["image.png"]}))
    assert pictures(notebook, OTHER_DOT) == 1
    assert pictures(notebook) == 2, "the release's own, of the same name"
    assert notebook.cells[1].source.startswith("< b>Here: ![my drawing](")
    assert facts == []


def test_a_picture_is_found_by_its_name_in_a_link(hand_in):
    text = "![x](attachment:my%20picture.png)"
    notebook, _ = hand_in(answered(text, {"my picture.png": DRAWING["image.png"]}))
    assert pictures(notebook, OTHER_DOT) == 1


def test_each_cell_has_its_own_picture_even_if_words_stand_elsewhere(hand_in):
    def change(cells):
        cells[2:2] = [
            new_markdown_cell("One ![x](attachment:image.png)", attachments=SKETCH, id="one"),
            new_markdown_cell("Two ![x](attachment:image.png)", attachments=DRAWING, id="two"),
        ]

    notebook, facts = hand_in(change)
    assert (pictures(notebook), pictures(notebook, OTHER_DOT)) == (3, 1)
    assert facts == ["The answer for `why` was in another cell."]
    assert determine_grade(notebook.cells[1]) == (None, 1)


@pytest.mark.parametrize("attachments", [SKETCH, {}, None, {"image.png": {"image/png": "broken"}}])
def test_words_beside_a_released_picture_leave_it_there(hand_in, attachments):
    def change(cells):
        cells[3].source += " Drawn."
        cells[3].attachments = attachments

    notebook, facts = hand_in(change)
    assert pictures(notebook) == 2
    assert facts == []


@pytest.mark.parametrize(
    "attachments",
    [
        {},
        {"other.png": SKETCH["image.png"]},
        {"image.png": {"image/svg+xml": "<svg onload='alert(1)'/>", "text/html": "<script>"}},
        {"image.png": {"image/png": "<script>"}},
        {"image.png": {"image/png": [DOT]}},
        {"image.png": DOT},
        [DOT],
        "none",
    ],
)
def test_what_is_no_plain_picture_is_left_out(hand_in, attachments):
    notebook, facts = hand_in(answered("![x](attachment:image.png)", attachments))
    assert pictures(notebook) == 2
    assert notebook.cells[1].source == "![x] (attachment:image.png)"
    assert "attachments" not in notebook.cells[1]
    assert "script" not in json.dumps(notebook)
    assert facts[0].startswith(LEFT_OUT.format(1))


@pytest.mark.parametrize(
    "text",
    [
        "![x][y]\n\n[y]: attachment:image.png", "![x][y]\n\n[y]:\nattachment:image.png",
        "![x]( attachment:nowhere.png)", "![x](\nattachment:nowhere.png)",
        "![x](attachment&colon;nowhere.png)", "![x](attachment:picture-1)",
        '<img src="attachment:image.png">', "![a\nb](attachment:image.png)",
    ],
)  # fmt: skip
def test_a_mention_of_another_form_breaks_no_page(hand_in, text):
    notebook, _ = hand_in(answered(text, {}))
    assert pictures(notebook) == 2


def test_the_pictures_of_a_notebook_are_bounded(hand_in, monkeypatch):
    text = "![x](attachment:image.png) " * 100
    notebook, facts = hand_in(answered(text, DRAWING))
    assert pictures(notebook, OTHER_DOT) == repairs.MOST
    assert facts[0].startswith(LEFT_OUT.format(100 - repairs.MOST))
    monkeypatch.setattr(repairs, "SIZE", 3 * len(OTHER_DOT) + 1)
    assert pictures(hand_in(answered(text, DRAWING))[0], OTHER_DOT) == 3


def test_a_picture_is_not_multiplied_by_its_new_name(hand_in):
    text = "![x](attachment:image.png)" + " ![x](attachment:picture-1)" * 100
    assert pictures(hand_in(answered(text, DRAWING))[0], OTHER_DOT) == 1


def test_attachments_beyond_all_bounds_cost_the_pictures_only(hand_in):
    many = {"image.png": {"image/png": DOT}, "x": {str(number): [] for number in range(1_100_000)}}
    notebook, facts = hand_in(answered("Because. ![x](attachment:image.png)", many))
    assert notebook.cells[1].source == "Because. ![x] (attachment:image.png)"
    assert facts[0].startswith(LEFT_OUT.format(1))


@pytest.mark.parametrize("name", ["Ünder.png", "my picture.png"])
def test_a_released_picture_with_a_name_that_nbconvert_does_not_find(released, hand_in, name):
    released.cells[0].update(
        source=f"![x](<attachment:{name}>)", attachments={name: SKETCH["image.png"]}
    )
    assert pictures(hand_in()[0]) == 2


def test_a_release_that_mentions_a_picture_it_lacks_has_a_page(released, hand_in):
    del released.cells[0]["attachments"]
    assert pictures(hand_in()[0]) == 1


def test_a_student_s_words_are_not_laid_out_while_rebuilding(released, hand_in, monkeypatch):
    """That can take hours; the page's own makers have a time limit."""
    released.cells[0].source = released.cells[3].source = "Look."
    monkeypatch.setattr(repairs, "MarkdownWithMath", None)
    hand_in(answered("![x](attachment:image.png) attachment:", DRAWING))
    hand_in(lambda cells: cells[3].update(source="attachment: <b>"))
