"""``{{points}}`` in a notebook's text: computed by the build, and kept on the way back."""

from __future__ import annotations

import json

import nbformat
import pytest
from helpers.small_course import FIRST, FIRST_TEXT, project

from autograder.authoring.build import build, differences, from_notebook, source_notebook
from autograder.authoring.percent import to_notebook
from autograder.errors import AutograderError

TEXT = FIRST_TEXT.replace("# The affine layer is", "# **Points:** {{points}}. Yes.\n#\n# It is")
SENTENCE = (
    "7.5: 4.5 in one exercise and 1 for one multiple-choice question, which are checked here and "
    "now; 2 for one question answered in words, which a person reads"
)


@pytest.fixture
def small(tmp_path):
    made = project(tmp_path, first=TEXT)
    build(project=made)
    return made


def edit(made, change):
    """Change the built notebook as JupyterLab would."""
    notebook = nbformat.read(made.built(FIRST), as_version=4)
    change({cell.id: cell for cell in notebook.cells}, notebook.cells[0])
    made.built(FIRST).write_text(json.dumps(notebook), encoding="utf-8")
    from_notebook(made.built(FIRST), made)
    return made.text(FIRST).read_text(encoding="utf-8")


def header(made):
    return source_notebook(FIRST, made).cells[0].source


def test_the_build_says_what_the_points_add_up_to(small):
    assert f"**Points:** {SENTENCE}. Yes." in header(small)
    assert differences(project=small) == []


def test_the_short_form_survives_an_edit_in_jupyterlab(small):
    def add_a_word(cells, first):
        first.source += "\n\nMore."

    text = edit(small, add_a_word)
    assert text == TEXT.replace("$xW + b$.", "$xW + b$.\n#\n# More.")


def test_points_that_were_changed_in_jupyterlab_are_added_up_again(small):
    def change_points(cells, first):
        cells["why_bias"].metadata.nbgrader.points = 3

    assert "{{points}}" in edit(small, change_points)
    assert "8.5: 4.5 in one" in header(small)
    assert "; 3 for one question answered in words" in header(small)


def test_a_typed_sentence_of_this_form_cannot_disagree(tmp_path):
    made = project(tmp_path, first=TEXT.replace("{{points}}", SENTENCE.replace("7.5", "60")))
    build(project=made)
    (problem,) = differences(project=made)
    assert "is not in the usual form" in problem
    from_notebook(made.built(FIRST), made)
    assert made.text(FIRST).read_text(encoding="utf-8") == TEXT


@pytest.mark.parametrize(
    ("cells", "sentence"),
    [
        ('# %% [markdown] question="why" points=2\n', "2: 2 for one question answered in words"),
        ('# %% test="t" points=3\nassert f\n', "3: 3 for one test, which run"),
        (
            '# %% solution="x"\n### BEGIN SOLUTION\nx = 3\n### END SOLUTION\n'
            '# %% check="x"\ncheck("x")\n',
            "2: 2 for one question with a definite answer, which are checked here and now.",
        ),
    ],
    ids=["words alone", "hand-written tests", "a value"],
)
def test_only_what_is_there_is_named(cells, sentence):
    region = "# ### BEGIN SOLUTION\n# A.\n# ### END SOLUTION\n" if "question" in cells else ""
    text = "# %% [markdown]\n# {{points}}.\n\n" + cells + region
    notebook = to_notebook(text, {"x": 2.0}, "x")
    assert notebook.cells[0].source.startswith(sentence)


def test_what_a_student_writes_and_code_stay_as_they_are(tmp_path):
    code = FIRST_TEXT.replace("np.zeros(3)", 'print("{{points}}")')
    made = project(tmp_path, first=code.replace("**Model answer.**", "**Model** {{points}}."))
    notebook = source_notebook(FIRST, made)
    assert sum("{{points}}" in cell.source for cell in notebook.cells) == 3


def test_points_of_nothing_are_an_error():
    with pytest.raises(AutograderError, match="no cell has points"):
        to_notebook("# %% [markdown]\n# {{points}}\n", {}, "x")
