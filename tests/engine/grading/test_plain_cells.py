"""Notebooks of ordinary nbgrader courses: cells without names, tasks, raw cells, copies, magics."""

from __future__ import annotations

import json
from itertools import count

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_raw_cell
from nbgrader.utils import compute_checksum

from autograder.grading.hand_in import HandedIn
from autograder.grading.kernel import Limits
from autograder.grading.rebuild import read_submission, rebuild
from autograder.grading.recognise import with_ids
from autograder.grading.released import Release
from autograder.grading.submission import grade, results_of

LIMITS = Limits(cell_seconds=5, test_seconds=5, total_seconds=60)
STUB = "def f(x):\n    # YOUR CODE HERE\n    raise NotImplementedError()"
RIGHT = "def f(x):\n    return x + k"
CHECK = "assert f(1) == 2"


def marked(make, source, name, **flags):
    cell = make(source)
    flags = {"grade": False, "solution": False, "locked": False, "task": False, **flags}
    cell.metadata.nbgrader = {"grade_id": name, "schema_version": 3, **flags}
    cell.metadata.nbgrader.checksum = compute_checksum(cell)
    return cell


def answer(source, name):
    return marked(new_code_cell, source, name, solution=True)


def test_cell(source, name):
    return marked(new_code_cell, source, name, grade=True, locked=True, points=1)


test_cell.__test__ = False  # pytest: not a test


def question(name):
    flags = {"grade": True, "solution": True, "points": 2}
    return marked(new_markdown_cell, "YOUR ANSWER HERE", name, **flags)


def task(name, locked=True):
    return marked(new_markdown_cell, "Write about it.", name, task=True, locked=locked, points=2)


def old(*cells):
    """A notebook of format 4.4, whose cells have no ids."""
    notebook = new(*cells)
    for cell in notebook.cells:
        cell.pop("id")
    notebook.nbformat_minor = 4
    return notebook


def new(*cells):
    for cell, number in zip(cells, count()):
        cell.id = f"id-{number}"
    return new_notebook(cells=list(cells))


def copy_of(notebook):
    return nbformat.from_dict(json.loads(json.dumps(notebook)))


def handed_in(notebook):
    return HandedIn(json.dumps(notebook).encode())


def rebuilt(released, change):
    """The sources of the code and words to be graded, and the facts."""
    submission = copy_of(released)
    change(submission.cells)
    notebook, facts = rebuild(released, read_submission(handed_in(submission)))
    nbformat.validate(notebook)
    return [cell.source for cell in notebook.cells], facts, notebook


def graded(released, *sources, change=lambda cells: None):
    """Grade a submission whose unlocked cells hold these sources, in their order."""
    submission = copy_of(released)
    for cell, source in zip(submission.cells, sources, strict=False):
        cell.source = cell.source if source is None else source
    change(submission.cells)
    released = with_ids(released)  # as it is loaded
    release = Release("nb", released, released, packs={}, files={})
    notebook = grade(handed_in(submission), release, LIMITS).notebook
    nbformat.validate(notebook)
    return results_of(notebook), notebook


# Cells with neither a grade id nor a cell id


def nameless():
    """Each plain cell is needed, and one of them is to be changed."""
    return old(
        new_code_cell("import math"),
        new_markdown_cell("Set k to one."),
        new_code_cell("k = None"),
        answer(STUB, "f"),
        new_code_cell("two = 2"),
        test_cell("assert f(math.floor(two)) == 3", "test_f"),
        new_code_cell("k = 5"),
        test_cell("assert f(1) == 6", "test_again"),
    )


@pytest.mark.parametrize("make", [old, new])
def test_plain_cells_keep_their_own_text(make):
    released = make(*nameless().cells)
    results, _ = graded(released, None, None, "k = 1", RIGHT)
    assert results.marks == {"test_f": 1, "test_again": 1}
    assert results.facts == []


def test_plain_cells_that_share_an_id_keep_their_own_text():
    released = nameless()
    for cell in released.cells:
        cell.id = "the-same"

    def change(cells):
        cells[2].source, cells[6].source = "k = 1", "k = 3 + 2"

    sources, facts, notebook = rebuilt(released, change)
    assert sources == [
        "import math", "Set k to one.", "k = 1", STUB, "two = 2",
        "assert f(math.floor(two)) == 3", "k = 3 + 2", "assert f(1) == 6",
    ]  # fmt: skip
    assert facts == []
    assert len({cell.id for cell in notebook.cells}) == len(notebook.cells)


def test_a_released_id_that_is_missing_or_bad_does_not_make_the_notebook_invalid():
    released = nameless()
    released.cells[0].id = "not a valid id"
    released.cells[2].id = "cell-3"
    sources, _, notebook = rebuilt(released, lambda cells: None)
    assert sources == [cell.source for cell in released.cells]
    assert notebook.nbformat_minor == 5
    again = rebuild(released, read_submission(handed_in(released)))[0]
    assert [cell.id for cell in again.cells] == [cell.id for cell in notebook.cells]


def test_a_plain_cell_with_the_id_of_a_test_s_name_takes_nothing_from_it():
    released = new(*nameless().cells)
    released.cells[4].id = "test_f"
    results, _ = graded(released, None, None, "k = 1", RIGHT)
    assert results.marks == {"test_f": 1, "test_again": 1}


# Plain cells are the student's: as in plain nbgrader, what they did to them counts


@pytest.mark.parametrize("make", [old, new])
def test_a_plain_cell_that_was_split_or_retyped_is_not_undone(make):
    def retype(cells):
        cells[2:3] = [new_code_cell("half = 0.5"), new_code_cell("k = 2 * half")]

    released = make(*nameless().cells)
    results, _ = graded(released, None, None, None, RIGHT, change=retype)
    assert results.marks == {"test_f": 1, "test_again": 1}


def test_a_plain_cell_that_was_merged_into_an_answer_is_not_put_back_after_it():
    released = new(answer(STUB, "f"), new_code_cell("k = None"), test_cell(CHECK, "test_f"))

    def merge(cells):
        cells[0].source = f"k = 1\n{RIGHT}"
        del cells[1]

    assert graded(released, change=merge)[0].marks == {"test_f": 1}


def test_a_plain_cell_that_was_deleted_is_put_back():
    released = nameless()
    results, _ = graded(released, None, None, "k = 1", RIGHT, change=lambda cells: cells.pop(0))
    assert results.marks == {"test_f": 1, "test_again": 1}


@pytest.mark.parametrize("kind", ["raw", "markdown"])
@pytest.mark.parametrize("make", [old, new])
def test_a_plain_cell_that_was_turned_into_words_does_not_run(make, kind):
    released = make(
        new_code_cell("k = 1"), new_code_cell("k = None"), answer(STUB, "f"),
        test_cell(CHECK, "test_f"),
    )  # fmt: skip

    def turn(cells):
        made = new_raw_cell if kind == "raw" else new_markdown_cell
        cells[1] = made(cells[1].source, **({"id": cells[1].id} if "id" in cells[1] else {}))
        if "id" not in released.cells[1]:
            cells[1].pop("id")

    results, notebook = graded(released, None, None, RIGHT, change=turn)
    assert results.marks == {"test_f": 1}
    assert results.facts == []
    assert sum(cell.source == "k = None" for cell in notebook.cells) == 1


@pytest.mark.parametrize("make", [old, new])
def test_words_that_were_turned_into_code_run(make):
    released = make(
        new_code_cell("1"), new_markdown_cell("Write your code here."), new_code_cell("2"),
        test_cell("assert k == 1", "test_k"),
    )  # fmt: skip

    def turn(cells):
        cells[1].update(cell_type="code", source="k = 1", outputs=[], execution_count=None)

    assert graded(released, change=turn)[0].marks == {"test_k": 1}


def test_a_raw_cell_stays_raw():
    released = new(new_raw_cell("\\newpage"), new_raw_cell("mine"), answer(STUB, "f"))

    def change(cells):
        cells[1].source = "<b>changed"
        cells.append(new_raw_cell("added", id="added"))

    sources, facts, notebook = rebuilt(released, change)
    assert sources == ["\\newpage", "< b>changed", STUB, "added"]
    assert [cell.cell_type for cell in notebook.cells] == ["raw", "raw", "code", "raw"]
    assert facts == []


# Copies


def test_a_copy_of_a_plain_cell_runs_where_it_is():
    seed = "import random; random.seed(1)"
    released = new(
        new_code_cell(seed), answer("first = second = None", "draws"),
        test_cell("assert first == second", "test_draws"),
    )  # fmt: skip

    def change(cells):
        cells[1].source = "first = random.random()"
        cells[2:2] = [
            new_code_cell(seed, id="a"), new_code_cell("second = random.random()", id="b"),
        ]  # fmt: skip

    assert graded(released, change=change)[0].marks == {"test_draws": 1}


def test_what_was_written_into_a_copy_of_a_test_is_kept():
    released = new(answer(STUB, "f"), test_cell(CHECK, "test_f"))

    def change(cells):
        copy = copy_of(cells[1])
        copy.update(source="k = 1", id="copy")
        cells.insert(0, copy)

    results, _ = graded(released, RIGHT, change=change)
    assert results.marks == {"test_f": 1}
    assert results.facts == ["The cell `test_f` was there more than once."]


def test_both_copies_of_a_plain_cell_with_the_same_id_run():
    released = new(new_code_cell("k = None"), answer(STUB, "f"), test_cell(CHECK, "test_f"))

    def change(cells):
        cells[0].source = "one = 1"
        cells.insert(1, new_code_cell("k = one", id=cells[0].id))

    assert graded(released, None, RIGHT, change=change)[0].marks == {"test_f": 1}


# Tasks


@pytest.mark.parametrize("locked", [True, False])
def test_what_is_written_below_a_task_stays_there(locked):
    released = new(task("essay", locked), question("why"), answer(STUB, "f"))
    words, code = new_markdown_cell("My essay.", id="a"), new_code_cell("n = 1", id="b")
    sources, facts, notebook = rebuilt(released, lambda cells: cells.insert(1, words))
    assert sources == ["Write about it.", "My essay.", "YOUR ANSWER HERE", STUB]
    sources, facts, _ = rebuilt(released, lambda cells: cells.insert(1, code))
    assert sources == ["Write about it.", "n = 1", "YOUR ANSWER HERE", STUB]
    assert facts == []
    assert notebook.cells[0].metadata == released.cells[0].metadata


def test_a_task_is_no_question_that_takes_words_from_others():
    released = new(question("why"), task("essay"))
    sources, _, _ = rebuilt(
        released, lambda cells: cells.insert(1, new_markdown_cell("Because of this.", id="a"))
    )
    assert sources == ["Because of this.", "Write about it."]


def test_words_in_a_task_s_cell_are_kept():
    def change(cells):
        cells[0].source += "\n\nI have written <b>here</b>."

    sources, _, notebook = rebuilt(new(task("essay", locked=False), answer(STUB, "f")), change)
    assert sources[0] == "Write about it.\n\nI have written < b>here< /b>."
    sources, facts, notebook = rebuilt(new(task("essay"), answer(STUB, "f")), change)
    assert sources[:2] == ["Write about it.", "Write about it.\n\nI have written < b>here< /b>."]
    assert "nbgrader" not in notebook.cells[1].metadata
    assert facts == ["The locked cell `essay` had been changed; the released one was used."]


# Magics


def test_magics_work_in_answers_and_tests():
    released = new(
        new_code_cell("%matplotlib inline\n%load_ext autoreload"),
        answer(STUB, "f"),
        new_code_cell("# write helper.py"),
        test_cell("%%time\nassert f(1) == 2", "test_f"),
        test_cell("from helper import g\n%timeit -n1 -r1 g()\nassert g() == 7", "test_g"),
        test_cell("%%capture printed\nprint(f(1))", "test_printed"),
    )
    results, _ = graded(
        released, None, "%%time\nk = 1\n" + RIGHT, "%%writefile helper.py\ndef g():\n    return 7"
    )
    assert results.marks == {"test_f": 1, "test_g": 1, "test_printed": 1}
    results, _ = graded(released)
    assert results.marks == {"test_f": 0, "test_g": 0, "test_printed": 0}


@pytest.mark.parametrize("source", ["%timeit 1 + 1", "!pip install numpy", "%%bash\nls the folder"])
def test_magics_beside_a_question_are_no_words(source):
    sources, facts, _ = rebuilt(
        new(new_markdown_cell("Why?"), question("why")),
        lambda cells: cells.insert(1, new_code_cell(source, id="a")),
    )
    assert sources == ["Why?", source, "YOUR ANSWER HERE"]
    assert facts == []


def test_a_written_file_defines_nothing_in_the_notebook():
    file = "%%writefile helper.py\ndef f(x):\n    return 1"
    released = new(answer(STUB, "f_solution"), test_cell(CHECK, "test_f"))
    sources, facts, _ = rebuilt(
        released, lambda cells: cells.insert(0, new_code_cell(file, id="a"))
    )
    assert sources == [file, STUB, CHECK]
    assert facts == []


# Metadata of old schemas


@pytest.mark.parametrize(
    "metadata",
    [
        {"grade": True, "grade_id": "test_f", "points": "1", "solution": False},
        {"grade": False, "grade_id": 7, "schema_version": 1},
        {"schema_version": "x", "grade_id": ["f"]},
        {"grade_id": "f", "schema_version": 2, "checksum": None, "cell_type": "raw"},
        {"grade_id": ""},
        {},
        "none",
    ],
)
def test_a_submission_s_old_or_broken_metadata_break_nothing(metadata):
    released = new(answer(STUB, "f"), test_cell(CHECK, "test_f"))

    def change(cells):
        cells[0].source = f"k = 1\n{RIGHT}"
        cells[0].metadata["nbgrader"] = metadata
        cells[1].metadata["nbgrader"] = metadata

    assert graded(released, change=change)[0].marks == {"test_f": 1}
