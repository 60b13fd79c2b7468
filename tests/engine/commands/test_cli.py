"""The command line: what it does, and what it says to somebody who errs."""

from __future__ import annotations

import io
import itertools
import json
import os
import re
import shlex
import subprocess
import sys
from dataclasses import fields
from functools import partial
from types import SimpleNamespace

import pytest
from helpers import ROOT
from helpers.graded_class import record
from helpers.small_course import FIRST, FIRST_TEXT, SECOND, project
from rich.console import Console

from autograder import commands, course, events, terminal
from autograder.authoring import build as build_module
from autograder.cli import main, parser
from autograder.grading import classroom
from autograder.grading.compare import Change, Comparison
from autograder.grading.events import End, Failed, Graded, Start


@pytest.fixture
def small(tmp_path, monkeypatch):
    made = project(tmp_path / "project")
    monkeypatch.setattr(build_module, "Project", lambda: made)
    return made


def test_the_commands_are_listed():
    listed = parser().format_help()
    for name in ("init", "build", "release", "grade", "feedback", "demo", "bench"):
        assert f"\n    {name} " in listed


def test_help_does_not_wait_for_the_grader():
    script = (
        "import sys\nfrom autograder.cli import parser\nparser().format_help()\n"
        "print(sorted({'numpy', 'nbgrader', 'jupytext', 'matplotlib'} & set(sys.modules)))"
    )
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    ran = subprocess.run(
        [sys.executable, "-c", script], env=environment, capture_output=True, text=True
    )
    assert ran.stdout.strip() == "[]", ran.stderr


def test_build_writes_then_check_is_content_then_complains(small, capsys):
    assert main(["build"]) == 0
    assert "notebooks/source/01_small/01_small.ipynb" in capsys.readouterr().out
    assert main(["build", "--check"]) == 0
    assert "in step" in capsys.readouterr().out
    small.text(FIRST).write_text(FIRST_TEXT.replace("small", "tiny"), encoding="utf-8")
    assert main(["build", "--check"]) == 1
    assert "01_small.ipynb differs from its text" in capsys.readouterr().out


def test_from_notebook_says_which_text_it_wrote(small, capsys):
    main(["build"])
    small.text(FIRST).unlink()
    assert main(["build", "--from-notebook", str(small.built(FIRST))]) == 0
    assert f"wrote {small.text(FIRST)}" in capsys.readouterr().out
    assert small.text(FIRST).read_text(encoding="utf-8") == FIRST_TEXT


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["build", "09_none"], "must be one of 01_small, 02_next; got '09_none'"),
        (["build", "--from-notebook", "none.ipynb"], "there is no notebook none.ipynb"),
        (["release", "01_small", "--course", "nowhere"], "nowhere is not a course directory"),
        (["grade", "01_small", "--course", "nowhere"], "nowhere is not a course directory"),
        (["feedback", "01_small", "--course", "nowhere"], "nowhere is not a course directory"),
        (["init", str(ROOT / "notebooks")], "must not lie among the checkout's tracked files"),
    ],
)
def test_a_users_error_is_one_clear_line_and_exit_code_2(small, capsys, arguments, said):
    assert main(arguments) == 2
    error = capsys.readouterr().err
    assert said in error
    assert error.startswith("autograder: ")
    assert len(error.splitlines()) == 1


def test_every_command_has_an_example_that_can_be_typed():
    commands = next(each for each in parser()._actions if isinstance(each.choices, dict)).choices
    for name, sub in commands.items():
        examples = re.findall(rf"^  python -m autograder ({name}.*)$", sub.epilog, re.M)
        assert examples, name
        for example in examples:
            assert parser().parse_args(shlex.split(example)).run


def everything_in(folder):
    return {path: path.is_file() and path.read_bytes() for path in folder.rglob("*")}


def test_a_dry_run_writes_nothing_and_says_what_it_would(klass, small, capsys, monkeypatch):
    from autograder.authoring import release

    monkeypatch.setattr(release, "Project", lambda: small)
    build_module.build([], small)
    record(klass, "student-01", affine=4.5)
    where = ["--course", str(klass.course.root)]
    before = everything_in(klass.course.root.parent)
    for arguments, said in (
        (["init", str(klass.course.root.parent / "other")], "other/secret.key"),
        (["init", str(klass.course.root)], "Nothing was written"),
        (["build"], "all is in step"),
        (["release", SECOND, *where], f"{SECOND}.ipynb: new"),
        (["release", FIRST, *where], "the release is as it would be made now"),
        (["feedback", FIRST, *where], f"feedback/student-01/{FIRST}/{FIRST}.html"),
        (["report", FIRST, *where], f"reports/{FIRST}.csv"),
        (["report", *where], "reports/course.html"),
        (["export", "csv", *where], "exports/course.exercises.csv"),
    ):
        assert main([*arguments, "--dry-run"]) == 0
        assert said in capsys.readouterr().out
    assert everything_in(klass.course.root.parent) == before


def test_a_dry_run_of_build_says_what_differs(small, capsys):
    assert main(["build", "--dry-run"]) == 0
    assert "01_small.ipynb is missing" in capsys.readouterr().out
    assert not small.built(FIRST).exists()


def test_the_next_step_names_the_course_it_is_for(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    main(["init"])
    assert capsys.readouterr().out.endswith("Next: python -m autograder release NN_topic\n")
    main(["init", "term one"])
    assert capsys.readouterr().out.endswith("release NN_topic --course 'term one'\n")


@pytest.mark.parametrize("arguments", [[], ["nothing"], ["release"], ["grade", "x", "--jobs", "0"]])
def test_a_wrong_call_is_refused_with_usage(arguments, capsys):
    with pytest.raises(SystemExit) as stopped:
        main(arguments)
    assert stopped.value.code == 2
    assert "usage:" in capsys.readouterr().err


@pytest.fixture
def class_of_three(tmp_path, monkeypatch):
    """A course whose grading is a play: two are graded, one is not (or all, if nobody fails)."""
    played = SimpleNamespace(fails=True, asked={}, root=tmp_path / "course")
    monkeypatch.setattr(classroom, "grade_class", partial(play, played))
    monkeypatch.setattr(commands, "_show_class", lambda course, notebook: print("THE TABLE"))
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
        "from functools import partial; from types import SimpleNamespace; import test_cli\n"
        "played = SimpleNamespace(fails=False)\n"
        "test_cli.classroom.grade_class = partial(test_cli.play, played)\n"
        "print(test_cli.main({arguments!r}), file=sys.stderr)\n"
    )
    arguments = ["grade", "01_small", "--json", "--course", str(class_of_three.root)]
    reader, writer = os.pipe()
    os.close(reader)
    ran = subprocess.run(
        [sys.executable, "-c", script.format(tests=os.path.dirname(__file__), arguments=arguments)],
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        stdout=writer,
        stderr=subprocess.PIPE,
        text=True,
    )
    os.close(writer)
    assert ran.stderr == "2\n"


def shown_in(console):
    with terminal.grading_bar("01_small", console=console) as tell:
        tell(Start("01_small", total=8, unchanged=0, workers=2, isolation="limits"))
        for number in range(1, 8):
            tell(Graded(f"student-0{number}", score=1, max=5, seconds=1))
        tell(Failed("student-08", "the disk is full"))
    return console.file.getvalue()


def test_without_a_terminal_there_is_a_line_now_and_then(monkeypatch):
    two_seconds_each = itertools.count(0, 2).__next__
    monkeypatch.setattr(terminal, "time", SimpleNamespace(monotonic=two_seconds_each))
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
    console.print(terminal.difference_table("01_small", compared))
    assert (
        "adam, 3 tests: none → 3; sgd, a: 1 → 0; sgd, b: 0 → 1.5 (marked by hand)"
        in console.file.getvalue()
    )


def test_init_makes_the_course_that_it_names(tmp_path, capsys):
    assert main(["init", str(tmp_path / "mine")]) == 0
    assert str(tmp_path / "mine") in capsys.readouterr().out
    assert (tmp_path / "mine" / "nbgrader_config.py").is_file()


def test_python_m_autograder_runs():
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    ran = subprocess.run(
        [sys.executable, "-m", "autograder", "--help"],
        env=environment,
        capture_output=True,
        text=True,
    )
    assert ran.returncode == 0
    assert "COMMAND" in ran.stdout
