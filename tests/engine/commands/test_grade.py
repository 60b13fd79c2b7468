"""The command `grade`: its events, its exit code, its progress, its table of what would change."""

from __future__ import annotations

import io
import itertools
import json
import os
import re
import subprocess
import sys
from dataclasses import fields
from functools import partial
from types import SimpleNamespace

import pytest
from helpers import ROOT
from rich.console import Console

from autograder import course
from autograder.commands import grade as grade_command
from autograder.commands import main
from autograder.grading import classroom, events
from autograder.grading.compare import Change, Comparison
from autograder.grading.events import End, Failed, Graded, Start
from autograder.reports import progress


@pytest.fixture
def class_of_three(tmp_path, monkeypatch):
    """A course whose grading is a play: two are graded, one is not (or all, if nobody fails)."""
    played = SimpleNamespace(fails=True, asked={}, root=tmp_path / "course")
    monkeypatch.setattr(classroom, "grade_class", partial(play, played))
    monkeypatch.setattr(grade_command, "show_class", lambda course, assignment: print("THE TABLE"))
    course.init(played.root)
    return played


def play(played, where, notebook, tell, **asked):
    played.asked = asked
    tell(Start(notebook, total=3, unchanged=4, workers=2, isolation="limits"))
    tell(Graded("student-01", score=3.5, max=5, seconds=0.25, cells={"setup": 0.125}))
    tell(Graded("student-02", score=0, max=5, seconds=0, reason="The file is too large."))
    if played.fails:
        tell(Failed("student-03", "the disk is full"))
        tell(End(graded=2, failed=1, seconds=1.5))
        raise classroom.NotAllGraded({"student-03": "the disk is full"})
    tell(End(graded=2, failed=0, seconds=1.5))
    return ["student-01", "student-02"]


def grade(played, *options):
    return main(["grade", "01_small", "--course", str(played.root), *options])


def test_json_is_one_event_a_line_and_nothing_else(class_of_three, capsys):
    assert grade(class_of_three, "--json") == 1
    said = capsys.readouterr()
    assert [json.loads(line) for line in said.out.splitlines()] == [
        {
            "event": "start", "notebook": "01_small", "total": 3, "unchanged": 4, "workers": 2,
            "isolation": "limits",
        },
        {
            "event": "graded", "student": "student-01", "score": 3.5, "max": 5, "seconds": 0.25,
            "reason": "", "cells": {"setup": 0.125},
        },
        {
            "event": "graded", "student": "student-02", "score": 0, "max": 5, "seconds": 0,
            "reason": "The file is too large.", "cells": {},
        },
        {"event": "failed", "student": "student-03", "reason": "the disk is full"},
        {"event": "end", "graded": 2, "failed": 1, "seconds": 1.5},
    ]  # fmt: skip
    assert "student-03: the disk is full" in said.err


def test_every_event_and_field_is_documented():
    for kind in (Start, Graded, Comparison, Failed, End):
        text = events.__doc__.split(f"``{kind.__name__.lower()}``")[1]
        for each in fields(kind):
            assert each.name in text, (kind, each.name)


def test_the_exit_code_tells_whether_all_are_graded(class_of_three, capsys):
    assert grade(class_of_three) == 1
    assert "student-03: the disk is full" in capsys.readouterr().err
    class_of_three.fails = False
    assert grade(class_of_three) == 0
    said = capsys.readouterr()
    assert "isolation: limits" in said.out
    assert "THE TABLE" in said.out
    assert said.err == ""


def test_ctrl_c_is_130(class_of_three, monkeypatch, capsys):
    def stopped(*_, **__):
        raise KeyboardInterrupt

    monkeypatch.setattr(classroom, "grade_class", stopped)
    assert grade(class_of_three) == 130
    assert capsys.readouterr().err == "autograder: stopped\n"


def test_what_is_asked_for_is_passed_on(class_of_three):
    grade(class_of_three, "--require", "landlock+seccomp", "--scheduler", "tcp://h:1", "--dry-run")
    asked = class_of_three.asked
    assert asked["require"] == "landlock+seccomp"
    assert asked["scheduler"] == "tcp://h:1"
    assert asked["dry_run"] is True
    grade(class_of_three, "--jobs", "7", "--student", "a", "--student", "b", "--force")
    asked = class_of_three.asked
    assert (asked["jobs"], asked["students"], asked["force"]) == (7, ["a", "b"], True)
    assert (asked["require"], asked["scheduler"], asked["dry_run"]) == ("", "", False)


def test_an_unknown_level_is_refused(class_of_three, capsys):
    assert grade(class_of_three, "--require", "prayer") == 2
    assert "must be one of namespaces, landlock+seccomp, limits, got 'prayer'" in (
        capsys.readouterr().err
    )


def test_a_reader_who_goes_away_is_no_traceback(class_of_three):
    """As in `grade --json | head -1`."""
    script = (
        "import sys; sys.path.insert(0, {tests!r})\n"
        "from functools import partial; from types import SimpleNamespace; import test_grade\n"
        "played = SimpleNamespace(fails=False)\n"
        "test_grade.classroom.grade_class = partial(test_grade.play, played)\n"
        "print(test_grade.main({arguments!r}), file=sys.stderr)\n"
    )
    arguments = ["grade", "01_small", "--json", "--course", str(class_of_three.root)]
    reader, writer = os.pipe()
    os.close(reader)
    ran = subprocess.run(
        [sys.executable, "-c", script.format(tests=os.path.dirname(__file__), arguments=arguments)],
        env={**os.environ, "PYTHONPATH": os.pathsep.join([str(ROOT), str(ROOT / "tests")])},
        stdout=writer,
        stderr=subprocess.PIPE,
        text=True,
    )
    os.close(writer)
    assert ran.stderr == "2\n"


def shown_in(console):
    with progress.grading_bar("01_small", console=console) as tell:
        tell(Start("01_small", total=8, unchanged=0, workers=2, isolation="limits"))
        for number in range(1, 8):
            tell(Graded(f"student-0{number}", score=1, max=5, seconds=1))
        tell(Failed("student-08", "the disk is full"))
    return console.file.getvalue()


def test_without_a_terminal_there_is_a_line_now_and_then(monkeypatch):
    two_seconds_each = itertools.count(0, 2).__next__
    monkeypatch.setattr(progress, "time", SimpleNamespace(monotonic=two_seconds_each))
    assert shown_in(Console(file=io.StringIO(), width=200)).splitlines() == [
        "01_small: 8 to grade, 0 unchanged; 2 at once, isolation: limits",
        "grading 01_small 3/8, 0.5/s, 0:00:10 left, student-03",
        "grading 01_small 6/8, 0.5/s, 0:00:04 left, student-06",
        "student-08 is not graded: the disk is full",
        "grading 01_small 8/8, 0.5/s, 0:00:00 left, 1 failed, student-08",
    ]


def test_in_a_terminal_there_is_a_bar():
    shown = shown_in(Console(file=io.StringIO(), width=120, force_terminal=True))
    last = next(line for line in reversed(shown.splitlines()) if "grading 01_small" in line)
    for part in ("8/8", "/s", "0:00:0", "1 failed", "student-08"):
        assert part in re.sub(r"\x1b\[[\d;?]*[A-Za-z]", "", last)


def test_many_changed_tests_of_an_exercise_are_told_as_one():
    tests = [Change("adam", f"test {i}", None, 1.0) for i in range(3)]
    few = [Change("sgd", "a", 1.0, 0.0), Change("sgd", "b", 0.0, 1.5, by_hand=True)]
    compared = [Comparison("student-01", 2, 5.5, (*tests, *few))]
    console = Console(file=io.StringIO(), width=200)
    console.print(grade_command.difference_table("01_small", compared))
    assert (
        "adam, 3 tests: none → 3; sgd, a: 1 → 0; sgd, b: 0 → 1.5 (marked by hand)"
        in console.file.getvalue()
    )
