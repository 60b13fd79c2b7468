"""Questions from source notebooks, answers from graded ones, whatever is in these."""

import base64
import json
import shutil
import time

import pytest
from helpers import LESSONS, PROJECT
from helpers.plain_course import NOTEBOOKS, write_plain_course
from helpers.plain_notebooks import DOT
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output

from autograder.course import init
from autograder.marking.questions import (
    LONGEST,
    LONGEST_OUTPUT,
    OUTPUTS,
    PICTURES,
    answers,
    questions,
    whole,
)

PICTURE = {"image/png": base64.b64encode(DOT).decode()}
ADDED = new_markdown_cell("A pie of 110 %.")


def marked(cell, grade_id, **kinds):
    kinds = {"grade": False, "solution": False, "task": False, "locked": False, **kinds}
    cell.metadata.nbgrader = {"grade_id": grade_id, "schema_version": 3, "points": 2, **kinds}
    return cell


def notebook(why="YOUR ANSWER HERE", code="raise NotImplementedError", added=(), outputs=()):
    manual = {"grade": True, "solution": True}
    return new_notebook(
        cells=[
            new_markdown_cell("Why?"),
            marked(new_markdown_cell(why), "why", **manual),
            new_markdown_cell("Draw it."),
            marked(new_code_cell(code, outputs=list(outputs)), "draw", **manual),
            marked(new_markdown_cell("Find a figure that misleads."), "figure", task=True),
            new_code_cell("# for your notes"),
            *added,
            marked(new_code_cell("assert True"), "test", grade=True, locked=True),
            new_markdown_cell("below the next one"),
        ]
    )


@pytest.fixture
def course(tmp_path):
    """A course of one notebook in plain nbgrader's form; nobody has answered yet."""
    course = init(write_plain_course(tmp_path / "course"))
    source = notebook(
        "### BEGIN SOLUTION\nIt is steep.\n\nRubric: 2 points: steep\n### END SOLUTION",
        "# Draw.\n### BEGIN SOLUTION\nplot()\n### END SOLUTION",
    )
    source.cells[
        4
    ].source += "\n=== BEGIN MARK SCHEME ===\n- (2 points) a figure\n=== END MARK SCHEME ==="
    write(course.source_dir("ps1"), source)
    write(course.release_dir("ps1"), notebook())
    return course


def write(folder, content):
    folder.mkdir(parents=True, exist_ok=True)
    text = content if isinstance(content, str) else json.dumps(content)
    (folder / "ps1.ipynb").write_text(text, encoding="utf-8")


def answer(course, cell, content, student="ann"):
    write(course.autograded_dir("ps1", student), content)
    question = next(item for item in questions(course, "ps1") if item.cell == cell)
    shown = whole(course, question, student)
    [in_short] = answers(course, question, [student]).values()
    assert (shown.text, shown.digest) == (in_short.text, in_short.digest)
    return shown


# ------------------------------------------------------------------------------------- questions


def test_a_question_has_its_text_its_model_answer_and_its_rubric(course):
    why, draw, figure = questions(course, "ps1")
    assert (why.name, why.kind, why.text, why.answer) == ("why", "words", "Why?", "It is steep.")
    assert [(item.points, item.text) for item in why.rubric] == [(2.0, "steep")]
    assert (draw.kind, draw.text, draw.answer) == ("code", "Draw it.", "plot()")
    assert (figure.kind, figure.text) == ("task", "Find a figure that misleads.")
    assert [item.text for item in figure.rubric] == ["a figure"]


def test_a_question_may_stand_in_the_cell_of_its_answer(course):
    names = [item.name for name in NOTEBOOKS for item in questions(course, name)]
    assert names == ["why", "1_shapes/inherits", "newspaper"]
    [why] = questions(course, "weather")
    assert why.text == "Why is the hill wetter than the harbour?"
    assert why.answer.startswith("The air rises")


def test_what_is_folded_above_a_question_is_not_of_it(course):
    path = course.source_dir("ps1") / "ps1.ipynb"
    folded = "<details><summary>What came out</summary>\\n\\nA hill.\\n\\n</details>\\n\\nWhy?"
    path.write_text(path.read_text("utf-8").replace('"Why?"', f'"{folded}"'), "utf-8")
    assert questions(course, "ps1")[0].text == "Why?"


def test_the_marks_around_a_solution_may_be_configured(course):
    with (course.root / "nbgrader_config.py").open("a", encoding="utf-8") as config:
        config.write("\nc.ClearSolutions.begin_solution_delimeter = 'LÖSUNG'\n")
        config.write("c.ClearSolutions.end_solution_delimeter = 'ENDE'\n")
    write(course.source_dir("ps1"), notebook("Say it.\n# LÖSUNG\nSteep.\n# ENDE"))
    assert (questions(course, "ps1")[0].text, questions(course, "ps1")[0].answer) == (
        "Say it.", "Steep.",
    )  # fmt: skip


def test_every_question_of_the_lessons_has_a_rubric_that_adds_up(tmp_path):
    course = init(tmp_path / "course", PROJECT)
    count = 0
    for name in LESSONS:
        shutil.copytree(PROJECT.source / name, course.source_dir(name))
        for question in questions(course, name):
            count += 1
            assert sum(item.points for item in question.rubric) == question.max_points
            assert len(question.rubric) >= question.max_points, question.name
            assert len(question.answer) > 100, question.name
            assert "Rubric" not in question.answer
            assert "**Q" in question.text, question.name
    assert count >= 28


# --------------------------------------------------------------------------------------- answers


def test_an_answer_is_what_was_written_and_nothing_is_what_was_given(course):
    assert answer(course, "why", notebook("Since it is *steep*.")).text == "Since it is *steep*."
    for untouched in (notebook(), notebook("  YOUR ANSWER HERE\n"), notebook("")):
        assert answer(course, "why", untouched).text == ""
    lines = notebook("x")
    lines.cells[1].source = ["one\n", "two"]
    assert answer(course, "why", lines).text == "one\ntwo"


def test_a_task_is_answered_in_the_cells_that_were_added_below_it(course):
    code = new_code_cell("print('```')", outputs=[new_output("stream", text="seen")])
    content = notebook(added=[ADDED, code])
    content.cells.append(new_markdown_cell("Another answer."))
    shown = answer(course, "figure", content)
    assert shown.text == "A pie of 110 %.\n\n````python\nprint('```')\n````"
    assert shown.outputs == ("seen",)
    assert answer(course, "figure", notebook()).text == ""


def test_only_what_a_student_wrote_makes_another_digest(course):
    one = answer(
        course, "draw", notebook(code="plot(1)", outputs=[new_output("stream", text="<at 1>")])
    )
    same = answer(
        course, "draw", notebook(code="plot(1)", outputs=[new_output("stream", text="<at 2>")])
    )
    other = answer(course, "draw", notebook(code="plot(2)"))
    assert one.digest == same.digest != other.digest
    with_picture, with_other = notebook("![](attachment:a)"), notebook("![](attachment:a)")
    with_picture.cells[1].attachments = {"a": PICTURE}
    with_other.cells[1].attachments = {"a": {"image/png": "x"}}
    digests = {answer(course, "why", content).digest for content in (with_picture, with_other)}
    assert len(digests) == 2


def test_pictures_are_those_that_were_pasted_and_drawn(course):
    drawn = new_output("display_data", {**PICTURE, "text/plain": "<Figure>"})
    shown = answer(course, "draw", notebook(code="plot()", outputs=[drawn]))
    assert shown.pictures == {"output 1": ("image/png", DOT)}
    pasted = notebook("![](attachment:my%20dot.png)")
    pasted.cells[1].attachments = {
        "my%20dot.png": PICTURE,
        "page.png": {"image/png": base64.b64encode(b"<script>").decode()},
        "drawing": {"image/svg+xml": "<svg onload='f()'/>"},
    }
    assert answer(course, "why", pasted).pictures == {"my dot.png": ("image/png", DOT)}


def test_everything_is_bounded(course):
    many = [new_output("display_data", {**PICTURE, "text/plain": "x" * 9_000}) for _ in range(30)]
    shown = answer(course, "draw", notebook(code="x" * 100_000, outputs=many))
    assert (len(shown.text), shown.cut) == (LONGEST, 80_000)
    assert len(shown.pictures) == PICTURES
    assert [len(text) for text in shown.outputs] == [LONGEST_OUTPUT] * OUTPUTS


def test_an_error_is_shown_without_its_colours(course):
    error = new_output("error", ename="E", evalue="", traceback=["\x1b[0;31mE\x1b[0m", "line 1"])
    assert answer(course, "draw", notebook(code="x", outputs=[error])).outputs == ("E\nline 1",)


@pytest.mark.parametrize(
    ("content", "why"),
    [
        ("", "cannot be read"),
        ("{", "cannot be read"),
        ("[" * 100_000, "cannot be read"),
        ('{"cells": 7}', "cannot be read"),
        ('{"cells": [7]}', "cannot be read"),
        ('{"cells": []}', "no cell 'why'"),
        ('{"cells": [{"metadata": {"nbgrader": {"grade_id": ["why"]}}}]}', "no cell 'why'"),
    ],
)
def test_a_broken_notebook_is_an_answer_that_says_so(course, content, why):
    shown = answer(course, "why", content)
    assert shown.text == ""
    assert why in shown.outputs[0]


def test_a_missing_or_huge_notebook_is_too(course):
    [why, *_] = questions(course, "ps1")
    assert answers(course, why, ["bob"])["bob"].outputs == ("There is no graded notebook.",)
    folder = course.autograded_dir("ps1", "bob")
    folder.mkdir(parents=True)
    with (folder / "ps1.ipynb").open("wb") as file:
        file.truncate(2 << 30)
    assert "more than 50 MB" in answers(course, why, ["bob"])["bob"].outputs[0]


@pytest.mark.parametrize("value", [7, None, {"a": 1}, [7, {"a": []}], "x"])
def test_cells_may_hold_anything(course, value):
    content = json.loads(json.dumps(notebook("Steep.", outputs=[new_output("stream", text="x")])))
    content["cells"][1]["attachments"] = value
    content["cells"][3] |= {"outputs": value, "source": value}
    content["cells"].insert(0, {"metadata": value, "source": value, "cell_type": value})
    assert answer(course, "why", json.dumps(content)).text == "Steep."
    answer(course, "draw", json.dumps(content))


def test_a_class_of_three_thousand_is_read_in_seconds(course):
    content = json.dumps(notebook("Steep.", outputs=[new_output("stream", text="x" * 60_000)]))
    students = [f"student-{number}" for number in range(3_000)]
    for student in students:
        write(course.autograded_dir("ps1", student), content)
    [why, *_] = questions(course, "ps1")
    began = time.process_time()
    texts = {item.text for item in answers(course, why, students).values()}
    assert texts == {"Steep."}
    assert time.process_time() - began < 5  # 0.5 on a quiet machine
