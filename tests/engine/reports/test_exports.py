"""Exports: as the platforms read them, through our command and through nbgrader's."""

from __future__ import annotations

import csv
import io
import json
import re
import tracemalloc
from shutil import rmtree

import pytest
from helpers.graded_class import FIRST, record
from nbgrader.api import Gradebook
from nbgrader.apps import ExportApp

from autograder.commands import main
from autograder.errors import AutograderError
from autograder.grading.classroom import rows
from autograder.reports import exports
from autograder.reports.course_report import write_course_report
from autograder.reports.report import write_report
from autograder.reports.results_reader import read
from autograder.results import Assignment, Exercise, Result, Results, Student, text


def result(assignment, student, score, **more):
    points = {"max_score": 10.0, "raw_score": score, "late_penalty": 0.0, "needs_manual": False}
    return Result(assignment, student, score, **{**points, **more})


CLASS = Results(
    "cs231n",
    (Assignment("01_a", 10.0), Assignment("02_b", 5.5)),
    (
        Student("ang", "An", "Ng", "an@x.org", "311"),
        Student("=cmd()", "+Bo", ""),
        Student("idle", "I", "Dle"),
    ),
    (result("01_a", "ang", 10 / 3), result("01_a", "=cmd()", 4.0), result("02_b", "ang", 5.5)),
)


def made(make, results: Results, column: str = "") -> str:
    return "".join(make(results, results.results, column))


def cells(content: str) -> list[list[str]]:
    return list(csv.reader(io.StringIO(content, newline="")))


def canvas_reads(content: str):
    """What Canvas's importer takes from a file: its rules, as the module's docstring cites them."""
    header, points, *people = cells(content)
    assert "Student" in header[0]
    assert "ID" in header[1]
    assert re.search(r"SIS\s+User\s+ID", header[2])
    assert re.search(r"SIS\s+Login\s+ID", header[3])
    assert "Section" in header[4]
    assert "Points Possible" in points[0]
    titles = header[5:]
    most = dict(zip(titles, map(float, points[5:]), strict=True))
    return most, [(row[:5], dict(zip(titles, row[5:], strict=True))) for row in people]


def test_canvas_reads_points_and_people():
    most, people = canvas_reads(made(exports.canvas, CLASS))
    assert most == {"01_a": 10.0, "02_b": 5.5}
    assert people[0] == (["Ng, An", "311", "ang", "ang", ""], {"01_a": "3.3333", "02_b": "5.5"})
    assert people[1][1] == {"01_a": "4", "02_b": ""}
    assert len(people) == 2, "who handed nothing in is left out"


def test_moodle_reads_a_score_or_a_dash():
    header, *people = cells(made(exports.moodle, CLASS))
    first, second = (dict(zip(header, row, strict=True)) for row in people)
    assert (first["Username"], first["ID number"], first["Email address"]) == (
        "ang",
        "ang",
        "an@x.org",
    )
    assert (first["01_a"], second["02_b"]) == ("3.3333", "-")


@pytest.mark.parametrize("make", [exports.canvas, exports.moodle, exports.exercises])
def test_no_name_becomes_a_formula(make):
    some = (Exercise("=x", 1.0, 1.0, 1.0),)
    found = Results(CLASS.course, CLASS.assignments[:1], CLASS.students, CLASS.results[:2])
    found.results[1].__dict__.update(exercises=some, problem="@SUM(A1)")
    for row in cells(made(make, found)):
        for cell in row:
            assert cell[:1] not in set("=+-@")


def test_the_notebook_may_have_another_name_there():
    one = Results("c", CLASS.assignments[:1], CLASS.students, CLASS.results[:2])
    assert canvas_reads(made(exports.canvas, one, "First one (4711)"))[0] == {
        "First one (4711)": 10.0
    }


@pytest.mark.parametrize("kind", ["csv", "json"])
def test_a_large_course_is_written_and_never_held(tmp_path, kind):
    def submissions():
        for _ in range(2000):
            some = tuple(Exercise(f"x{i}", 1.0, 1.0, 1.0) for i in range(20))
            yield result("01_a", "ang", 1.0, exercises=some, problem="y" * 200)

    tracemalloc.start()
    exports.write(tmp_path / "made", exports.FORMATS[kind][0](CLASS, submissions(), ""))
    _, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert most < 1_000_000 < 9_000_000 < (tmp_path / "made").stat().st_size


# --------------------------------------------------------------------------------- from a gradebook


@pytest.fixture
def graded(klass):
    record(klass, "student-01", "student-02", affine=4.5, q_linear=1.0)
    record(klass, "student-03")
    with Gradebook(klass.course.db_url, "cs231n") as book:
        book.update_or_create_student("student-01", first_name="Zoë", last_name="Ng, An")
        book.add_student("idle")
    return klass.course


def test_a_line_for_each_exercise(graded):
    header, *rows = cells(made(exports.exercises, read(graded)))
    first = dict(zip(header, rows[0], strict=True))
    assert [
        first[name] for name in ("student", "last_name", "exercise", "score", "tests_passed")
    ] == [
        "student-01",
        "Ng, An",
        "affine",
        "4.5",
        "2",
    ]
    question = dict(zip(header, rows[2], strict=True))
    assert (question["auto_score"], question["needs_manual"]) == ("", "yes")
    assert len(rows) == 9


@pytest.mark.parametrize("kind", ["canvas", "moodle", "csv", "json"])
def test_a_deleted_submission_is_missing_and_told(graded, capsys, kind):
    (graded.submitted_dir(FIRST, "student-01") / f"{FIRST}.ipynb").unlink()
    rmtree(graded.submitted_dir(FIRST, "student-03"))
    assert main(["export", kind, "--course", str(graded.root)]) == 0
    said = capsys.readouterr().out
    for student in ("student-01", "student-03"):
        assert f"left out, the submitted files are no longer there: {student} ({FIRST})" in said
    assert f"{exports.target(graded, kind, '')}: 1 results" in said
    assert [result.student for result in read(graded).results] == ["student-02"]


def test_a_deleted_submission_is_in_no_table_and_no_report(graded):
    rmtree(graded.submitted_dir(FIRST, "student-01"))
    assert [row.student for row in rows(graded, FIRST)] == ["student-02", "student-03"]
    for page in (write_report(graded, FIRST), write_course_report(graded)):
        lines = cells(page.with_suffix(".csv").read_text(encoding="utf-8"))
        marks = {student: points for student, points, *_ in lines if student.startswith("student")}
        assert "student-02" in marks
        assert not float(marks.get("student-01") or 0.0)


def test_the_command_writes_and_says_what_is_next(graded, capsys):
    assert main(["export", "canvas", FIRST, "--course", str(graded.root)]) == 0
    path = graded.root / "exports" / f"{FIRST}.canvas.csv"
    said = capsys.readouterr().out
    assert f"{path}: 3 results" in said
    assert "not in the score yet: 1\n" in said
    assert "without a graded submission: 1\n" in said
    assert "In Canvas" in said
    _, people = canvas_reads(path.read_bytes().decode("utf-8"))
    assert people[0][0][0] == "Ng, An, Zoë"
    assert path.stat().st_mode & 0o777 == 0o600


def test_the_whole_course_is_the_default(graded, capsys):
    assert main(["export", "json", "--course", str(graded.root)]) == 0
    path = graded.root / "exports" / "course.results.json"
    assert path.read_text(encoding="utf-8") == "".join(text(read(graded)))


def test_a_dry_run_writes_nothing(graded, capsys):
    assert main(["export", "moodle", FIRST, "--dry-run", "--course", str(graded.root)]) == 0
    assert "would write" in capsys.readouterr().out
    assert not (graded.root / "exports").exists()


def test_where_to_is_the_callers_choice(graded, tmp_path):
    there = tmp_path / "new" / "marks.csv"
    exports.export(graded, "csv", FIRST, to=there)
    assert there.is_file()


def test_without_marks_it_says_what_to_do(klass):
    with pytest.raises(AutograderError, match=f"of {FIRST} is graded yet.*grade {FIRST}"):
        exports.export(klass.course, "canvas", FIRST)


def test_a_column_is_one_notebooks(graded):
    with pytest.raises(AutograderError, match="say which"):
        exports.export(graded, "canvas", column="Mine")


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
@pytest.mark.parametrize("name", ["CanvasExport", "MoodleExport", "ExerciseExport", "JsonExport"])
def test_nbgrader_makes_the_same_file(graded, tmp_path, monkeypatch, name):
    monkeypatch.chdir(graded.root)
    there = tmp_path / "made"
    app = ExportApp()
    app.initialize([f"--exporter=autograder.reports.exports.{name}", "--to", str(there)])
    app.start()
    kind = getattr(exports, name).kind
    ours = made(exports.FORMATS[kind][0], read(graded))
    assert there.read_bytes().decode("utf-8") == ours
    if kind == "json":
        assert len(json.loads(ours)["results"]) == 3


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_nbgrader_s_own_choices_count(graded, monkeypatch):
    monkeypatch.chdir(graded.root)
    app = ExportApp()
    which = [f"--assignment=['{FIRST}']", "--student=['student-02']"]
    app.initialize(["--exporter=autograder.reports.exports.CanvasExport", *which])
    app.start()
    path = graded.root / "exports" / f"{FIRST}.canvas.csv"
    assert len(canvas_reads(path.read_text(encoding="utf-8"))[1]) == 1
