"""A gradebook that is locked, gone, damaged or on a full disk: nothing recorded is lost."""

from __future__ import annotations

import sqlite3
import subprocess
from contextlib import closing
from pathlib import Path

import pytest
from helpers.graded_class import (
    FIRST,
    FULL,
    Class,
    contents,
    files_of,
    fill,
    mark_by_hand,
    record,
    set_url,
    small_disk,
    twin,
    unchanged,
)
from helpers.small_course import project
from nbgrader.coursedir import CourseDirectory

from autograder.commands import main
from autograder.course import init
from autograder.errors import AutograderError
from autograder.grading import recorder
from autograder.grading.classroom import grade_class
from autograder.grading.gradebook import copies_of, scores
from autograder.grading.kernel import isolation_level
from autograder.grading.recorder import Recorder
from autograder.sandbox import paths


class Killed(BaseException):
    """The end of the process, at the moment it is raised."""


@pytest.mark.parametrize("moment", ["before the commit", "after the commit"])
def test_a_run_that_is_ended_half_way_leaves_no_trace_in_the_next(
    klass, tmp_path, moment, monkeypatch
):
    record(klass, "student-01", **FULL)
    mark_by_hand(klass.course, "student-01")
    klass.hand_in("student-01", "Other words.", stamp="2026-03-01 12:00:00 UTC")
    calm = Class(twin(klass.course, tmp_path / "calm"), klass.made)
    record(calm, "student-01", affine=3.0)

    def killed(*arguments):
        raise Killed

    with monkeypatch.context() as patch:
        if moment == "before the commit":
            patch.setattr(Path, "chmod", killed)
        else:
            patch.setattr(recorder.os, "replace", killed)
        old = copies_of(klass.course, FIRST, "student-01")[FIRST].read_bytes()
        with pytest.raises(Killed):
            record(klass, "student-01", affine=3.0)
        assert copies_of(klass.course, FIRST, "student-01")[FIRST].read_bytes() == old
    assert "student-01" not in unchanged(klass)
    record(klass, "student-01", affine=3.0)
    assert contents(klass.course.db_url) == contents(calm.course.db_url)
    assert files_of(klass.course) == files_of(calm.course)


def test_a_locked_gradebook_costs_the_submission_it_locks(klass):
    set_url(klass.course, "sqlite:///gradebook.db?timeout=0.05")
    record(klass, "student-02")
    with Recorder(klass.course, FIRST) as book:
        with closing(sqlite3.connect(klass.course.gradebook)) as other:
            other.execute("BEGIN IMMEDIATE")
            with pytest.raises(AutograderError, match=r"gradebook\.db: database is locked; anoth"):
                book.record("student-01", {FIRST: klass.graded("student-01")})
        assert unchanged(klass) == ["student-02"]
        book.record("student-01", {FIRST: klass.graded("student-01")})
    assert unchanged(klass) == ["student-01", "student-02"]


def test_the_formgrader_can_read_while_marks_are_written(klass, monkeypatch):
    record(klass, "student-01", **FULL)
    seen = []
    write = Recorder._write

    def write_and_look(self, path, text):
        with closing(sqlite3.connect(klass.course.gradebook, timeout=0)) as other:
            seen.extend(other.execute("SELECT auto_score FROM grade ORDER BY auto_score"))
        write(self, path, text)

    monkeypatch.setattr(Recorder, "_write", write_and_look)
    record(klass, "student-01", affine=0.0, q_linear=0.0)
    assert seen == [(None,), (1.0,), (4.5,)]


def test_a_gradebook_that_goes_away_is_not_made_anew(klass):
    with Recorder(klass.course, FIRST) as book:
        book.record("student-01", {FIRST: klass.graded("student-01")})
        klass.course.gradebook.rename(klass.course.root / "backup.db")
        with pytest.raises(AutograderError, match=r"gradebook\.db: unable to open.*backup"):
            book.record("student-02", {FIRST: klass.graded("student-02")})
        assert not klass.course.gradebook.exists()
        with pytest.raises(AutograderError, match="release the notebook again"):
            scores(klass.course, FIRST)
        (klass.course.root / "backup.db").rename(klass.course.gradebook)
        book.record("student-02", {FIRST: klass.graded("student-02")})
    assert unchanged(klass) == ["student-01", "student-02"]


@pytest.mark.parametrize(
    ("damage", "words"),
    [
        (lambda path: path.unlink(), "missing or cannot be opened"),
        (lambda path: path.write_bytes(b"not a database " * 100), "damaged"),
        (lambda path: path.write_bytes(b""), "nbgrader db upgrade"),
        (lambda path: sqlite3.connect(path).execute("DROP TABLE grade"), "nbgrader db upgrade"),
    ],
    ids=["missing", "damaged", "empty", "another version"],
)
def test_a_gradebook_that_cannot_be_used_says_what_to_do(klass, damage, words):
    damage(klass.course.gradebook)
    with pytest.raises(AutograderError, match=words) as said, Recorder(klass.course, FIRST) as book:
        book.record("student-01", {FIRST: klass.graded("student-01")})
    assert str(klass.course.gradebook) in str(said.value)


@pytest.mark.parametrize(
    "change",
    [
        "ALTER TABLE student DROP COLUMN lms_user_id",  # as before nbgrader 0.6
        "DROP TABLE task_cells",  # 0.5
        "DROP TABLE base_cell",
    ],
)
@pytest.mark.parametrize(
    "command",
    ["release", "roster", "collect", "grade", "feedback", "report", "export", "late", "status"],
)
def test_an_old_gradebook_is_a_sentence_for_every_command(klass, tmp_path, capsys, change, command):
    with closing(sqlite3.connect(klass.course.gradebook)) as database:
        database.execute(change)
    before = klass.course.gradebook.read_bytes()
    (tmp_path / "class.csv").write_text("student_id\nzoe\n", encoding="utf-8")
    arguments = {
        "roster": [str(tmp_path / "class.csv")],
        "collect": [FIRST, str(tmp_path)],
        "export": ["canvas"],
        "late": [],
        "status": [],
    }
    words = [command, *arguments.get(command, [FIRST]), "--course", str(klass.course.root)]
    assert main(words) == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert f"{klass.course.gradebook}: has no " in line
    assert "`nbgrader db upgrade`" in line
    assert klass.course.gradebook.read_bytes() == before


def test_a_notebook_that_the_gradebook_does_not_know_must_be_released(klass):
    with (
        pytest.raises(AutograderError, match=r"hold 02_next .* got none: release it again"),
        Recorder(klass.course, "02_next"),
    ):
        pass


def test_two_graders_do_not_work_on_one_notebook(klass):
    with Recorder(klass.course, FIRST), pytest.raises(AutograderError, match="graded already"):
        record(klass, "student-01")
    record(klass, "student-01")  # the first has ended


def test_a_full_disk_loses_nothing(klass):
    with small_disk(klass.course.autograded):
        record(klass, "student-02", **FULL)
        before = contents(klass.course.db_url), files_of(klass.course)
        filler = klass.course.autograded / "filler"
        with pytest.raises(OSError, match="No space left"):
            fill(filler)
        with (
            Recorder(klass.course, FIRST) as book,
            pytest.raises(AutograderError, match=r"\.new: No space left on device; free some"),
        ):
            book.record("student-01", {FIRST: klass.graded("student-01", **FULL)})
        filler.unlink()
        assert (contents(klass.course.db_url), files_of(klass.course)) == before
        record(klass, "student-01", **FULL)
        assert unchanged(klass) == ["student-01", "student-02"]


@pytest.mark.parametrize("size", [0, 1 << 10, 12 << 10])
def test_a_disk_that_takes_no_more_of_any_file_loses_nothing(klass, size):
    """Without a file system of its own: no file may grow past `size`, the gradebook included."""
    resource = pytest.importorskip("resource")
    record(klass, "student-02", **FULL)
    before = contents(klass.course.db_url), files_of(klass.course)
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    graded = klass.graded("student-01", **FULL)
    with Recorder(klass.course, FIRST) as book:
        resource.setrlimit(resource.RLIMIT_FSIZE, (size, hard))
        try:
            with pytest.raises(AutograderError) as said:
                book.record("student-01", {FIRST: graded})
        finally:
            resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
        assert str(klass.course.root) in str(said.value)
        assert (contents(klass.course.db_url), files_of(klass.course)) == before
        book.record("student-01", {FIRST: graded})
    assert unchanged(klass) == ["student-01", "student-02"]


def test_a_folder_that_cannot_be_written_is_named(klass):
    with small_disk(klass.course.autograded):
        record(klass, "student-02")
        subprocess.run(["mount", "-o", "remount,ro", klass.course.autograded], check=True)
        with pytest.raises(AutograderError, match=r"autograded/.*: Read-only file system"):
            record(klass, "student-01")


@pytest.mark.parametrize(
    ("url", "meant"),
    [
        ("sqlite:///marks.db", "sqlite:///{root}/marks.db"),
        ("sqlite:////srv/marks.db", "sqlite:////srv/marks.db"),
        ("postgresql://teacher@host/marks", "postgresql://teacher@host/marks"),
    ],
)
def test_the_gradebook_is_the_one_that_the_configuration_names(tmp_path, url, meant):
    course = init(tmp_path / "course")
    assert course.db_url == f"sqlite:///{course.root}/gradebook.db"
    set_url(course, url)
    assert course.db_url == meant.format(root=course.root)
    assert CourseDirectory(config=course.config()).db_url == course.db_url


def test_a_course_that_students_code_could_read_is_not_graded(klass, monkeypatch):
    """It lies where Python does, say: then a lock that lets Python be read opens it as well."""
    if isolation_level() == "limits":
        pytest.skip("at this level everything may be read anyway")
    monkeypatch.setattr(paths, "needed_by_python", lambda: (str(klass.course.root.parent),))
    with pytest.raises(AutograderError, match=r"course would be readable to students.*elsewhere"):
        grade_class(klass.course, FIRST, project=project(klass.made))
    assert unchanged(klass) == []
