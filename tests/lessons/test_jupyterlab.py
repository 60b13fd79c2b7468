"""What people see: a student in JupyterLab, a grader in the formgrader. In a real browser."""

from __future__ import annotations

import re
import shutil

import nbformat
import pytest
from helpers.lab import jupyter_lab
from nbgrader.api import Gradebook

from autograder.authoring.release import release
from autograder.course import init
from autograder.grading import classroom
from autograder.grading.submission import read_notebook

pytestmark = pytest.mark.browser
NOTEBOOK = "01_activations"

RIGHT_TANH = """
def tanh_forward(x):
    out = np.tanh(x)
    return out, out

def tanh_backward(dout, cache):
    return dout * (1 - cache**2)
"""
WRONG_RELU = """
def relu_forward(x):
    return np.maximum(0, x), x

def relu_backward(dout, cache):
    return dout * (dout > 0)
"""

SCROLL = """async (id) => {
    const notebook = window.jupyterapp.shell.currentWidget.content;
    const at = notebook.widgets.findIndex(cell => cell.model.id === id);
    await notebook.scrollToItem(at, 'start');
}"""


@pytest.fixture(scope="module")
def course(tmp_path_factory):
    course = init(tmp_path_factory.mktemp("browser") / "course")
    release(course, NOTEBOOK)
    return course


def fill(course, **answers):
    notebook = read_notebook(course.release_dir(NOTEBOOK) / f"{NOTEBOOK}.ipynb")
    for cell in notebook.cells:
        cell.source = answers.get(cell.id, cell.source)
    return notebook


def test_a_student_runs_the_notebook_and_is_told_what_is_right_and_wrong(course, page, tmp_path):
    notebook = fill(course, tanh_solution=RIGHT_TANH, relu_solution=WRONG_RELU)
    folder = tmp_path / "home"
    shutil.copytree(course.release_dir(NOTEBOOK), folder)
    nbformat.write(notebook, folder / "mine.ipynb")
    with jupyter_lab(folder, tmp_path) as url:
        page.goto(url("lab/tree/mine.ipynb") + "&reset")
        page.wait_for_function("window.jupyterapp?.shell.currentWidget?.context", timeout=60_000)
        # The promise of each command is awaited: waiting for an idle kernel is a race.
        page.evaluate(
            """async (ids) => {
                const panel = window.jupyterapp.shell.currentWidget;
                await panel.context.ready;
                await panel.sessionContext.ready;
                await panel.sessionContext.session.kernel.info;
                for (const id of ids) {
                    const cells = panel.content.widgets;
                    panel.content.activeCellIndex = cells.findIndex(cell => cell.model.id === id);
                    await window.jupyterapp.commands.execute('notebook:run-cell');
                }
            }""",
            ["setup", "tanh_solution", "tanh", "relu_solution", "relu", "elu_solution", "elu"],
        )
        for cell, text in (
            ("tanh", "5 of 5 points"),
            ("relu", "looks like: mask from the sign of dout"),
            ("elu", "Not written yet."),
        ):
            page.evaluate(SCROLL, cell)  # what is out of sight is not in the page
            page.locator(".jp-OutputArea-output", has_text=text).first.wait_for()
        page.get_by_role("button", name="Validate").click()
        results = page.locator(".jp-Dialog", has_text="Validation Results")
        results.wait_for(timeout=180_000)  # it runs the whole notebook
        failed = results.inner_text()
        assert 'check("relu")' in failed
        assert 'check("elu")' in failed
        assert 'check("tanh")' not in failed, "what the check calls right is right for nbgrader"


def test_a_grader_reads_answer_and_rubric_in_the_formgrader(course, page, tmp_path):
    words = {"why_not_zero_centred": "They share a sign."}
    folder = course.submitted_dir(NOTEBOOK, "student-01")
    folder.mkdir(parents=True)
    notebook = fill(course, tanh_solution=RIGHT_TANH)
    question = next(
        cell
        for cell in notebook.cells
        if cell.cell_type == "markdown" and cell.metadata.get("nbgrader", {}).get("grade")
    )
    question.source = words["why_not_zero_centred"]
    nbformat.write(notebook, folder / f"{NOTEBOOK}.ipynb")
    classroom.grade_class(course, NOTEBOOK)
    with Gradebook(course.db_url) as gradebook:
        submission = gradebook.find_submission_notebook(NOTEBOOK, NOTEBOOK, "student-01").id
    with jupyter_lab(course.root, tmp_path) as url:
        page.goto(url("lab"))
        page.goto(url(f"formgrader/gradebook/{NOTEBOOK}/{NOTEBOOK}"))
        page.get_by_text(re.compile(r"5 / \d+")).first.wait_for()
        page.goto(url(f"formgrader/submissions/{submission}/"))
        page.get_by_text("They share a sign.").wait_for()
        page.get_by_text("For the grader.").first.wait_for()
        page.get_by_text("Rubric.").first.wait_for()
        assert page.get_by_text("tanh 5 of 5 points").count() >= 1
