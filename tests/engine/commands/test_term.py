"""A whole term, as docs/instructors.md tells it: forty students, three notebooks, three LMSs."""

from __future__ import annotations

import csv
import io
import json
import os
import re
import shutil
import subprocess
import sys

import pytest
from helpers.term_course import COUNT, DROPOUT, NOTEBOOKS, RATES, RULES, name
from helpers.term_played import COMMENT, EXTRA, MARK, PAGE, play
from nbgrader.api import Gradebook

from autograder.course import Course
from autograder.reports.status import STATES, of_students

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(os.name != "posix", reason="Windows does not grade"),
]


@pytest.fixture(scope="module")
def played(tmp_path_factory):
    return play(tmp_path_factory.mktemp("term"))


@pytest.fixture(scope="module")
def term(played):
    return played.term


def due_scores(played) -> dict[str, dict[str, float]]:
    """What must be in the gradebook at the end, {notebook: {student: points}}, late days apart."""
    found = {}
    for notebook in NOTEBOOKS:
        own = played.term.by_notebook[notebook]
        collected = [x for x in own.files if own.kind[x] != "no notebook"]
        found[notebook] = {x: own.score[x] for x in collected}
    for student in found[RULES]:
        found[RULES][student] += MARK * len(answered(played.term, student))
    found[RULES][played.praised] += EXTRA
    return found


def answered(term, student) -> list[str]:
    """The questions in words of the first notebook that `student` wrote something to."""
    released = questions(term.untouched(RULES))
    try:
        mine = questions(term.by_notebook[RULES].files[student])
    except json.JSONDecodeError:
        return []
    return [each for each in released if mine[each] != released[each]]


def questions(data: bytes) -> dict[str, str]:
    return {
        cell["metadata"]["nbgrader"]["grade_id"]: "".join(cell["source"])
        for cell in json.loads(data)["cells"]
        if cell["cell_type"] == "markdown" and cell["metadata"].get("nbgrader", {}).get("grade")
    }


def penalties(played) -> dict[tuple[str, str], float]:
    """Points that lateness costs: two days are free, then a fifth of the points a day."""
    one, other = played.term.late[RULES]
    scores = due_scores(played)
    return {
        (RULES, other): 0.2 * scores[RULES][other],  # 3 days late, 2 from the bank
        (RATES, one): 0.2 * scores[RATES][one],  # 1 day of the bank is left, for 2
        (DROPOUT, other): 0.2 * scores[DROPOUT][other],  # the bank is empty
    }


def final(played) -> dict[tuple[str, str], float]:
    """What counts, {(notebook, student): points}."""
    taken = penalties(played)
    return {
        (notebook, student): points - taken.get((notebook, student), 0.0)
        for notebook, scores in due_scores(played).items()
        for student, points in scores.items()
    }


def test_every_command_says_what_the_page_shows(played):
    wrong = list(filter(None, (each.complaint for each in played.typed)))
    assert not wrong, "\n".join(wrong)
    assert len(played.typed) > 25


def test_what_was_not_collected_is_in_the_exit_code_and_nothing_else_is(played):
    incomplete = [each.command.split()[2] for each in played.typed if each.code]
    assert incomplete == ["canvas.zip", "moodle.zip", "gradescope.zip"]


def test_everybody_has_the_points_that_the_answers_must_get(played):
    with Gradebook(played.term.course.db_url, "cs231n") as book:
        found = {
            (notebook, each.student.id): each.score
            for notebook in NOTEBOOKS
            for each in book.notebook_submissions(notebook, notebook)
        }
    assert found == pytest.approx(due_scores_flat(played))
    assert {student for _, student in found} == set(map(name, range(1, COUNT + 1)))


def due_scores_flat(played):
    return {
        (n, s): points for n, scores in due_scores(played).items() for s, points in scores.items()
    }


def test_being_late_costs_what_the_bank_and_an_extension_leave(played):
    assert "student-05" in played.term.late[RATES], "who has an extension is late, for free"
    with Gradebook(played.term.course.db_url, "cs231n") as book:
        found = {
            (notebook, each.student.id): each.late_submission_penalty
            for notebook in NOTEBOOKS
            for each in book.notebook_submissions(notebook, notebook)
            if each.late_submission_penalty
        }
    assert found == pytest.approx(penalties(played))
    assert min(found.values()) > 1


def test_nobody_is_lost(played):
    """Who is not graded handed nothing in, or no notebook."""
    for notebook in NOTEBOOKS:
        own = played.term.by_notebook[notebook]
        nothing = set(own.kind) - set(own.files) | {
            x for x in own.kind if own.kind[x] == "no notebook"
        }
        graded = played.term.course.autograded.glob(f"*/{notebook}/{notebook}.ipynb")
        missing = set(own.kind) - {path.parts[-3] for path in graded}
        assert missing == nothing
        said = next(
            each.output for each in reversed(played.typed) if f"collect {notebook}" in each.command
        )
        assert f"nothing from: {', '.join(sorted(missing))}\n" in said


def rows(played, file):
    path = played.term.course.root / "exports" / file
    return list(csv.DictReader(io.StringIO(path.read_text(encoding="utf-8"))))


def test_canvas_is_told_what_counts(played):
    header, *students = rows(played, "course.canvas.csv")
    most = {each: float(header[each]) for each in NOTEBOOKS}
    assert most == {RULES: 73, RATES: 53, DROPOUT: 32}
    found = {
        (notebook, row["SIS Login ID"]): float(row[notebook])
        for row in students
        for notebook in NOTEBOOKS
        if row[notebook]
    }
    assert found == pytest.approx(final(played))
    ids = {row["SIS Login ID"]: int(row["ID"]) for row in students}
    assert ids == {name(number): 4000 + number for number in range(1, COUNT + 1)}


def test_moodle_is_told_the_same(played):
    found = {
        (notebook, row["Username"]): float(row[notebook])
        for row in rows(played, "course.moodle.csv")
        for notebook in NOTEBOOKS
        if row[notebook] != "-"
    }
    assert found == pytest.approx(final(played))


def test_the_points_of_the_exercises_add_up_to_the_notebooks(played):
    found = {key: 0.0 for key in final(played)}
    for row in rows(played, "course.exercises.csv"):
        found[row["assignment"], row["student"]] += float(row["score"])
    assert found == pytest.approx(due_scores_flat(played))


def test_the_document_says_the_same_with_its_reasons(played):
    path = played.term.course.root / "exports" / "course.results.json"
    results = json.loads(path.read_text(encoding="utf-8"))["results"]
    found = {(each["assignment"], each["student"]): each for each in results}
    assert {key: each["score"] for key, each in found.items()} == pytest.approx(final(played))
    for notebook in NOTEBOOKS:
        broken = [x for x, kind in played.term.by_notebook[notebook].kind.items()
                  if kind == "broken JSON"]  # fmt: skip
        for student in broken:
            assert "not a notebook" in found[notebook, student]["problem"]


def test_the_course_report_adds_up_each_student(played):
    path = played.term.course.root / "reports" / "course.csv"
    lines = list(csv.DictReader(io.StringIO(path.read_text(encoding="utf-8"))))
    totals: dict[str, float] = {}
    for (_, student), points in due_scores_flat(played).items():
        totals[student] = totals.get(student, 0.0) + points
    assert {row["student"]: float(row["total"]) for row in lines[1:]} == pytest.approx(totals)


def test_each_graded_student_has_a_feedback_page_with_what_a_person_wrote(played):
    course = played.term.course
    for student in due_scores(played)[RULES]:
        assert (course.feedback_dir(RULES, student) / f"{RULES}.html").is_file()
    page = course.feedback_dir(RULES, played.praised) / f"{RULES}.html"
    assert COMMENT in page.read_text(encoding="utf-8")


def test_status_counts_every_student_at_every_stage(played):
    first, graded, last = played.counts
    nobody = dict.fromkeys(STATES, 0)
    assert first == {notebook: {**nobody, "missing": COUNT} for notebook in NOTEBOOKS}
    for counts in (graded, last):
        assert {sum(each.values()) for each in counts.values()} == {COUNT}
        assert not sum(each["to grade"] for each in counts.values())
    done = due_scores(played)
    assert graded[RULES]["graded"] == len(done[RULES]), "all marked by hand, none given back"
    assert last[RULES] == {**nobody, "missing": COUNT - len(done[RULES]),
                           "returned": len(done[RULES])}  # fmt: skip
    for notebook in (RATES, DROPOUT):
        assert last[notebook]["waiting"] + last[notebook]["graded"] == len(done[notebook])
        assert last[notebook]["waiting"] > 5


def test_a_student_can_be_deleted_as_the_page_says(played, tmp_path):
    course = Course(shutil.copytree(played.term.course.root, tmp_path / "course"))
    roster = course.root / "roster.csv"
    assert naming(course, "student-40", "4040"), "before, there is something to delete"
    for folder in (course.submitted, course.autograded, course.feedback):
        shutil.rmtree(folder / "student-40")
    lines = roster.read_text(encoding="utf-8").splitlines(keepends=True)
    kept = [line for line in lines if not line.startswith("student-40,")]
    roster.write_text("".join(kept), encoding="utf-8")
    for folder in ("reports", "exports", "timings"):
        shutil.rmtree(course.root / folder)
    remove = ["nbgrader", "db", "student", "remove", "student-40", "--force"]
    assert f"`{' '.join(remove).replace('student-40', 'ID')}`" in PAGE.read_text(encoding="utf-8")
    subprocess.run([sys.executable, "-m", *remove], cwd=course.root, check=True)
    assert len({line.student for line in of_students(course)}) == COUNT - 1
    assert naming(course, "student-40", "4040") == []


def naming(course, *names):
    """The course's files that hold one of these words."""
    words = re.compile(rf"({'|'.join(names)})\b".encode())
    files = (path for path in course.root.rglob("*") if path.is_file())
    return [path for path in files if words.search(path.read_bytes())]
