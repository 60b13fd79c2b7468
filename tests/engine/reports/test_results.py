"""The results schema: what it tells of a class, and that its description says the same."""

from __future__ import annotations

import dataclasses
import json
from datetime import datetime

import jsonschema
import pytest
from helpers import ROOT
from helpers.graded_class import FIRST, QUESTION, mark_by_hand, record
from nbgrader.api import Gradebook

from autograder import results
from autograder.check.judge import Report, Verdict
from autograder.errors import AutograderError
from autograder.reports.results_reader import read

SCHEMA = json.loads((ROOT / "docs" / "results.schema.json").read_text(encoding="utf-8"))
TOLD = (ROOT / "docs" / "results.md").read_text(encoding="utf-8")
PARTS = (
    results.Results,
    results.Assignment,
    results.Student,
    results.Result,
    results.Exercise,
    results.Test,
)


def graded(klass):
    """All right with a mark by hand, partly right, and no notebook at all."""
    record(klass, "student-01", "student-02", affine=4.5, q_linear=1.0)
    record(klass, "student-02", affine=0.0, q_linear=1.0)
    record(klass, "student-03")
    mark_by_hand(klass.course, "student-01", score=1.5)  # and half a point of extra credit
    return read(klass.course)


def one(found, student):
    return next(each for each in found.results if each.student == student)


def test_the_document_is_as_its_schema_says(klass):
    jsonschema.Draft202012Validator.check_schema(SCHEMA)
    document = json.loads("".join(results.text(graded(klass))))
    jsonschema.validate(document, SCHEMA)
    assert len(document["results"]) == 3
    for part in ("assignments", "students", "results"):
        broken = {**document, part: [{**document[part][0], "name": 3, "id": 3, "score": "1"}]}
        with pytest.raises(jsonschema.ValidationError):
            jsonschema.validate(broken, SCHEMA)


def test_the_schema_is_made_from_the_classes():
    assert results.schema() == SCHEMA, "python -m autograder.results > docs/results.schema.json"


@pytest.mark.parametrize("part", PARTS, ids=lambda part: part.__name__)
def test_the_page_names_every_field(part):
    for field in dataclasses.fields(part):
        assert f"`{field.name}`" in TOLD


def test_what_an_older_grader_left_is_still_read():
    verdict = {"test": "t", "points": 3.0, "status": "passed", "message": "", "mistake": ""}
    verdict |= {"elsewhere": False, "printed": ""}
    report = {"exercise": "e", "notebook": "n", "slide": "s", "verdicts": [verdict]}
    older = {"marks": {"e": 3.0, "words": None}, "reports": [report], "not tamper-proof": []}
    read_again = results.SubmissionResults.from_value(older)
    assert (read_again.score, read_again.reports[0].earned, read_again.regraded) == (3.0, 3.0, [])
    assert results.SubmissionResults.from_value(read_again.to_value()) == read_again
    with pytest.raises(ValueError, match="Expected `float"):
        results.SubmissionResults.from_value({"marks": {"e": "3"}})


def test_the_version_is_told():
    assert SCHEMA["properties"]["version"] == {"const": results.VERSION}
    assert SCHEMA["properties"]["format"] == {"const": results.FORMAT}
    assert f"version {results.VERSION}" in TOLD


def test_points_are_the_gradebooks(klass):
    found = one(graded(klass), "student-01")
    assert (found.raw_score, found.score, found.max_score) == (7.5, 7.5, 7.5)
    question = next(each for each in found.exercises if each.name == QUESTION)
    assert (question.score, question.manual_score, question.extra_credit) == (2.0, 1.5, 0.5)
    assert [each.name for each in found.exercises] == ["affine", "q_linear", QUESTION]
    assert not found.needs_manual


def test_exercises_stand_in_the_order_of_the_release(klass):
    path = klass.course.release_dir(FIRST) / f"{FIRST}.ipynb"
    notebook = json.loads(path.read_text(encoding="utf-8"))
    notebook["cells"].reverse()
    path.write_text(json.dumps(notebook), encoding="utf-8")
    order = [QUESTION, "q_linear", "affine"]
    assert [*read(klass.course).assignments[0].exercises] == order


def test_tests_are_there_with_their_part_of_the_points(klass):
    affine = one(graded(klass), "student-01").exercises[0]
    assert [(test.name, test.score, test.max_score) for test in affine.tests] == [
        ("rows", 3.0, 3.0),
        ("images", 1.5, 1.5),
    ]
    assert one(graded(klass), "student-02").exercises[0].tests[0].status == "failed"


def test_tests_of_a_cell_with_other_points_are_scaled():
    verdicts = [Verdict("t", 3.0, "passed"), Verdict("u", 3.0, "lost")]
    told = results.SubmissionResults(reports=[Report("e", "n", "s", verdicts)])
    assert [(t.score, t.max_score) for t in results.judged_tests(told, {"e": 2.0})["e"]] == [
        (1.0, 1.0),
        (0.0, 1.0),
    ]


def test_a_graded_notebook_of_another_run_tells_nothing_of_its_tests(klass):
    graded(klass)
    with Gradebook(klass.course.db_url, "cs231n") as book:
        book.find_grade("affine", FIRST, FIRST, "student-01").auto_score = 1.0
        book.db.commit()
    affine, linear, _ = one(read(klass.course), "student-01").exercises
    assert (affine.score, affine.tests) == (1.0, ())
    assert linear.tests


def test_what_could_not_be_read_says_why(klass):
    found = one(graded(klass), "student-03")
    assert found.problem == f"There is no {FIRST}.ipynb (no notebook in the submission)."
    assert found.score == 0


def test_a_late_penalty_is_taken_off(klass):
    graded(klass)
    with Gradebook(klass.course.db_url, "cs231n") as book:
        saved = book.find_submission_notebook(FIRST, FIRST, "student-02")
        saved.late_submission_penalty = 0.25
        saved.assignment.timestamp = datetime(2026, 10, 14, 23, 59)
        book.find_submission_notebook(FIRST, FIRST, "student-03").late_submission_penalty = 1.0
        book.db.commit()
    found = one(read(klass.course), "student-02")
    assert (found.raw_score, found.late_penalty, found.score) == (1.0, 0.25, 0.75)
    assert found.submitted_at == "2026-10-14T23:59:00+00:00"
    assert one(read(klass.course), "student-03").score == 0.0


def test_who_handed_nothing_in_is_a_student_all_the_same(klass):
    graded(klass)
    with Gradebook(klass.course.db_url, "cs231n") as book:
        book.add_student("zoe", first_name="Zoë", last_name="Ng", email="z@x.org", lms_user_id="7")
    found = read(klass.course)
    assert found.students[-1] == results.Student("zoe", "Zoë", "Ng", "z@x.org", "7")
    assert len(found.results) == 3


def test_without_details_no_notebook_is_opened(klass, monkeypatch):
    whole = graded(klass)
    monkeypatch.setattr("autograder.reports.results_reader.results_at", None)
    assert [each.score for each in read(klass.course, details=False).results] == [
        each.score for each in whole.results
    ]


def test_an_unknown_notebook_is_named(klass):
    with pytest.raises(AutograderError, match=f"must be in the gradebook .{FIRST}.*got '09_no'"):
        read(klass.course, ["09_no"])
