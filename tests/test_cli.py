"""The command line: what it does, and what it says to somebody who errs."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest
from small_course import FIRST, FIRST_TEXT, project

from autograder import build as build_module
from autograder.build import ROOT
from autograder.cli import main, parser


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


@pytest.mark.parametrize("arguments", [[], ["nothing"], ["release"], ["grade", "x", "--jobs", "0"]])
def test_a_wrong_call_is_refused_with_usage(arguments, capsys):
    with pytest.raises(SystemExit) as stopped:
        main(arguments)
    assert stopped.value.code == 2
    assert "usage:" in capsys.readouterr().err


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
