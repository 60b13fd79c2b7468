"""Rebuilding a submission: what is taken from it, what is put back, what is told."""

from __future__ import annotations

import json
import os

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook

from autograder.grading import hand_in as hand_in_module
from autograder.grading.hand_in import collect
from autograder.grading.rebuild import read_submission, rebuild

STUB = "def f(x):\n    raise NotImplementedError()"


def marked(cell, name, **flags):
    defaults = {"grade": False, "solution": False, "locked": False, "task": False}
    cell.metadata["nbgrader"] = {"grade_id": name, "schema_version": 3, **defaults, **flags}
    return cell


@pytest.fixture
def released():
    return new_notebook(
        cells=[
            marked(new_code_cell("import numpy as np", id="setup"), "setup", locked=True),
            marked(new_code_cell(STUB, id="f_solution"), "f_solution", solution=True),
            marked(new_code_cell('check("f")', id="f"), "f", grade=True, locked=True, points=3),
            new_code_cell("plot(f)", id="plain"),
            new_markdown_cell("<details>a hint</details>", id="hint"),
            marked(
                new_markdown_cell("YOUR ANSWER HERE", id="why"),
                "why",
                grade=True,
                solution=True,
                points=2,
            ),
        ]
    )


@pytest.fixture
def hand_in(released, tmp_path):
    """Returns a function that changes a copy of the release, hands it in, and rebuilds it."""

    def hand_in(change):
        notebook = nbformat.from_dict(json.loads(json.dumps(released)))
        answer = change(notebook)
        notebook = notebook if answer is None else answer
        (tmp_path / "nb.ipynb").write_text(json.dumps(notebook), encoding="utf-8")
        return rebuild(released, read_submission(collect(tmp_path, "nb")))

    return hand_in


def sources(notebook):
    return [cell.source for cell in notebook.cells]


RIGHT = "def f(x):\n    return x"


def test_an_answer_is_taken_and_nothing_is_told(hand_in):
    def change(nb):
        nb.cells[1].source = RIGHT
        nb.cells[5].source = "Because."

    notebook, facts = hand_in(change)
    assert sources(notebook) == [
        "import numpy as np", RIGHT, 'check("f")', "plot(f)", "<details>a hint</details>",
        "Because.",
    ]  # fmt: skip
    assert facts == []
    nbformat.validate(notebook)


def test_points_ids_and_flags_are_the_release_s(hand_in, released):
    def change(nb):
        nb.cells[2].metadata.nbgrader.points = 1000
        nb.cells[2].metadata.nbgrader.locked = False
        nb.cells[2].metadata.tags = ["skip-execution"]
        nb.metadata.kernelspec = {"name": "evil", "display_name": "evil"}

    notebook, _ = hand_in(change)
    assert [cell.metadata for cell in notebook.cells] == [cell.metadata for cell in released.cells]
    assert notebook.metadata == released.metadata


def test_a_changed_check_is_put_back(hand_in):
    def change(nb):
        nb.cells[2].source = "3.0"

    notebook, facts = hand_in(change)
    assert notebook.cells[2].source == 'check("f")'
    assert facts == ["The locked cell `f` had been changed; the released one was used."]


def test_a_deleted_check_is_put_back(hand_in):
    notebook, facts = hand_in(lambda nb: nb.cells.pop(2) and None)
    assert notebook.cells[2].source == 'check("f")'
    assert facts == ["The locked cell `f` was missing; it was put back."]


def test_prefilled_outputs_are_dropped(hand_in):
    def change(nb):
        nb.cells[2].outputs = [
            {"output_type": "execute_result", "data": {"text/plain": "3.0"}, "metadata": {},
             "execution_count": 1}
        ]  # fmt: skip

    notebook, _ = hand_in(change)
    assert all(cell.get("outputs", []) == [] for cell in notebook.cells)


def test_added_cells_stay_where_they_were(hand_in):
    def change(nb):
        nb.cells[1].source = RIGHT
        nb.cells.insert(1, new_code_cell("helper = 1"))
        nb.cells.insert(0, new_markdown_cell("my notes"))

    notebook, facts = hand_in(change)
    assert sources(notebook)[:4] == ["my notes", "import numpy as np", "helper = 1", RIGHT]
    assert facts == []


def test_a_plain_cell_is_the_student_s(hand_in):
    def change(nb):
        nb.cells[3].source = "plot(f, 'red')"

    assert "plot(f, 'red')" in sources(hand_in(change)[0])


def test_cells_are_put_in_order(hand_in):
    def change(nb):
        nb.cells[1].source = RIGHT
        nb.cells.reverse()

    assert sources(hand_in(change)[0])[:3] == ["import numpy as np", RIGHT, 'check("f")']


@pytest.mark.parametrize(("first", "second"), [(RIGHT, STUB), (STUB, RIGHT)])
def test_of_a_doubled_cell_the_written_one_counts(hand_in, first, second):
    def change(nb):
        nb.cells[1].source = first
        nb.cells.insert(2, json.loads(json.dumps(nb.cells[1])))
        nb.cells[2]["source"] = second

    notebook, facts = hand_in(change)
    assert sources(notebook).count(RIGHT) == 1
    assert STUB not in sources(notebook)
    assert facts == ["The cell `f_solution` was there more than once."]


def test_two_written_copies_both_run_in_their_order(hand_in):
    def change(nb):
        nb.cells[1].source = "f = 1"
        nb.cells.insert(2, json.loads(json.dumps(nb.cells[1])))
        nb.cells[2]["source"] = "f = 2"

    assert sources(hand_in(change)[0])[1:3] == ["f = 1", "f = 2"]


def test_a_function_retyped_in_a_new_cell_is_not_undone_by_the_stub(hand_in):
    def change(nb):
        nb.cells[1] = new_code_cell(RIGHT)

    notebook, facts = hand_in(change)
    assert RIGHT in sources(notebook)
    assert STUB not in sources(notebook)
    assert facts == ["The cell `f_solution` had lost its name; it was recognised by what is in it."]


def test_lost_metadata_is_found_again_by_the_cells_id(hand_in):
    def change(nb):
        nb.cells[1].source = RIGHT
        for cell in nb.cells:
            cell.metadata = {}

    notebook, facts = hand_in(change)
    assert sources(notebook)[1] == RIGHT
    assert facts == []


def test_an_answer_in_words_is_shown_and_never_run(hand_in):
    def change(nb):
        nb.cells[5].source = "a<b <script>alert(1)</script> <!-- -->"

    shown = hand_in(change)[0].cells[5].source
    assert "<s" not in shown
    assert "</" not in shown
    assert "<!" not in shown


def test_a_code_answer_turned_into_words_stays_code(hand_in):
    def change(nb):
        nb.cells[1] = {"cell_type": "markdown", "metadata": nb.cells[1].metadata, "source": "text"}

    notebook, facts = hand_in(change)
    assert notebook.cells[1].cell_type == "code"
    assert facts == ["The cell `f_solution` had been turned into a markdown cell."]


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "not a notebook"),
        (b"{", "not a notebook"),
        (b"[]", "not a notebook"),
        (b"{}", "not a notebook"),
        (b'{"nbformat": 4, "cells": 3}', "not a notebook"),
        (b'{"nbformat": 99, "cells": []}', "not a notebook"),
        (b"[" * 100_000, "not a notebook"),
        (b"\xff\xfe\x00", "not text"),
    ],
)
def test_a_broken_file_has_a_reason(tmp_path, released, content, said):
    (tmp_path / "nb.ipynb").write_bytes(content)
    submission = read_submission(collect(tmp_path, "nb"))
    assert said in submission.unreadable
    assert sources(rebuild(released, submission)[0]) == sources(released)


def test_a_huge_file_is_not_read(tmp_path):
    with (tmp_path / "nb.ipynb").open("wb") as file:
        file.truncate(50 << 20)
    reason = "The file is too large: without its outputs, it may have 20 MB."
    assert read_submission(collect(tmp_path, "nb")).unreadable == reason


def test_odd_cells_are_passed_over(hand_in):
    def change(nb):
        nb.cells[1].source = [RIGHT[:5], RIGHT[5:]]
        nb.cells += [3, None, {"cell_type": "code"}, {"cell_type": "evil", "source": "x"}]
        nb.cells.append({"cell_type": "code", "source": {"a": 1}, "metadata": 7, "id": []})

    notebook, _ = hand_in(change)
    assert sources(notebook)[1] == RIGHT


def test_an_old_format_is_converted(hand_in):
    def change(nb):
        old = nbformat.v3.new_notebook(
            worksheets=[nbformat.v3.new_worksheet(cells=[nbformat.v3.new_code_cell(input=RIGHT)])]
        )
        return old

    notebook, facts = hand_in(change)
    assert RIGHT in sources(notebook)
    assert "old format" in facts[0]


def test_a_misnamed_notebook_is_taken_if_it_is_the_only_one(tmp_path, released):
    text = json.dumps(released)
    (tmp_path / "nb (1).ipynb").write_text(text, encoding="utf-8")
    submission = read_submission(collect(tmp_path, "nb"))
    assert not submission.unreadable
    assert "'nb (1).ipynb'" in submission.facts[0]


def test_a_link_is_not_followed(tmp_path):
    (tmp_path / "elsewhere").write_text("{}", encoding="utf-8")
    folder = tmp_path / "in"
    folder.mkdir()
    (folder / "nb.ipynb").symlink_to(tmp_path / "elsewhere")
    assert "no notebook" in read_submission(collect(folder, "nb")).unreadable


def test_what_is_handed_in_is_known_by_its_content_and_its_name(tmp_path):
    digests = [collect(tmp_path, "nb").digest]
    misnamed = tmp_path / "mine.ipynb"
    for text in ("1", "2"):
        misnamed.write_text(text, encoding="utf-8")
        digests.append(collect(tmp_path, "nb").digest)
    misnamed.rename(tmp_path / "nb.ipynb")
    digests.append(collect(tmp_path, "nb").digest)
    assert len(set(digests)) == 4
    assert collect(tmp_path, "nb").digest == digests[-1]


def test_a_linked_folder_is_not_followed(tmp_path):
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "elsewhere" / "nb.ipynb").write_text("{}", encoding="utf-8")
    (tmp_path / "in").symlink_to(tmp_path / "elsewhere")
    found = collect(tmp_path / "in", "nb")
    assert found.data == b""
    assert "is a link" in found.problem


def test_a_pipe_is_neither_read_nor_waited_for(tmp_path, monkeypatch):
    os.mkfifo(tmp_path / "nb.ipynb")
    assert "no notebook" in collect(tmp_path, "nb").problem
    # ... even if it was a file when the folder was listed.
    monkeypatch.setattr(hand_in_module, "_notebooks_in", lambda folder: ["nb.ipynb"])
    assert "not a plain file" in collect(tmp_path, "nb").problem


def test_a_file_that_becomes_a_link_is_not_followed(tmp_path, monkeypatch):
    (tmp_path / "secret.key").write_text("secret", encoding="utf-8")
    (tmp_path / "nb.ipynb").symlink_to(tmp_path / "secret.key")
    monkeypatch.setattr(hand_in_module, "_notebooks_in", lambda folder: ["nb.ipynb"])
    found = collect(tmp_path, "nb")
    assert found.data == b""
    assert "cannot be read" in found.problem
