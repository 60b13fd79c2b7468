"""The command line: what it does, and what it says to somebody who errs."""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys
from importlib import import_module
from pathlib import Path

import pytest
from helpers import ROOT
from helpers.graded_class import record
from helpers.small_course import EXERCISES, FIRST, FIRST_TEXT, SECOND, project

from autograder import commands
from autograder.authoring import build
from autograder.commands import COMMANDS, main, parser
from autograder.course import SETTINGS
from autograder.project import MANIFEST, Project

HEAVY = ("numpy", "nbgrader", "nbformat", "IPython", "jupytext", "matplotlib", "rich")


@pytest.fixture
def small(tmp_path, monkeypatch):
    """The small project with a manifest, as the folder one stands in."""
    made = project(tmp_path / "project")
    (made.root / MANIFEST).write_text(
        f'title = "Small"\nlibrary = "cs231n_lib"\nlessons = {list(EXERCISES)}\n', encoding="utf-8"
    )
    for name in EXERCISES:
        (made.lesson(name) / "__init__.py").write_text(
            f"from helpers.small_course import EXERCISES as ALL\n\nEXERCISES = ALL[{name!r}]\n",
            encoding="utf-8",
        )
    monkeypatch.chdir(made.root)
    return Project.read(made.root / MANIFEST)


def loaded_by(code):
    """The modules that a Python has loaded that ran this code."""
    ran = subprocess.run(
        [sys.executable, "-c", f"import sys\n{code}\nprint(*sys.modules)"],
        env={**os.environ, "PYTHONPATH": os.pathsep.join([str(ROOT), str(ROOT / "tests")])},
        capture_output=True,
        text=True,
    )
    assert ran.returncode == 0, ran.stderr
    return set(ran.stdout.splitlines()[-1].split())


# ------------------------------------------------------------------------------------ every command


def test_every_file_is_a_command_and_every_command_a_file():
    folder = Path(commands.__file__).parent
    assert {path.stem for path in folder.glob("*.py")} - {"__init__", "shared"} == {*COMMANDS}
    assert len({*COMMANDS}) == len(COMMANDS)


@pytest.mark.parametrize("name", COMMANDS)
def test_a_command_is_described_and_its_examples_can_be_typed(name):
    command = import_module(f"autograder.commands.{name}")
    line = command.__doc__.splitlines()[0]
    assert line.endswith(".")
    assert f"\n    {name}" in (listed := parser().format_help())
    assert line[1:-1] in re.sub(r"\s+", " ", listed)
    assert command.EXAMPLES
    for words in command.EXAMPLES:
        options = parser().parse_args([name, *shlex.split(words)])
        assert options.run is command.run


@pytest.mark.parametrize("name", COMMANDS)
def test_a_command_has_a_course_or_a_project(name):
    (subparsers,) = (action for action in parser()._actions if isinstance(action.choices, dict))
    options = set(subparsers.choices[name]._option_string_actions)
    makes = {"init", "build", "pictures", "book", "bundle", "prove", "demo", "bench"}
    assert ("--project" in options) == (name in makes)
    assert ("--course" in options) == (name not in {*makes, "new"} - {"prove"})


def test_help_does_not_wait_for_the_grader():
    modules = loaded_by("from autograder.commands import parser; parser().format_help()")
    assert modules & {*HEAVY, "autograder.grading", "autograder.project"} == set()


def test_build_does_not_wait_for_the_grader(small):
    modules = loaded_by("from autograder.commands import main; main(['build'])")
    assert "autograder.authoring.build" in modules
    assert modules & {"IPython", "rich", "autograder.grading", "autograder.sandbox"} == set()


# ---------------------------------------------------------------------------------- single commands


def test_build_writes_then_check_is_content_then_complains(small, capsys):
    assert main(["build"]) == 0
    assert "source/01_small/01_small.ipynb\n" in capsys.readouterr().out
    assert main(["build", "--check"]) == 0
    assert "up to date" in capsys.readouterr().out
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


def everything_in(folder):
    return {path: path.is_file() and path.read_bytes() for path in folder.rglob("*")}


def test_a_dry_run_writes_nothing_and_says_what_it_would(klass, small, capsys):
    (klass.course.root / SETTINGS).write_text('project = "../project"\n', encoding="utf-8")
    build.build([], small)
    record(klass, "student-01", affine=4.5)
    where = ["--course", str(klass.course.root)]
    before = everything_in(klass.course.root.parent)
    for arguments, said in (
        (["init", str(klass.course.root.parent / "other")], "other/secret.key"),
        (["init", str(klass.course.root)], "Nothing was written"),
        (["build"], "everything is up to date"),
        (["release", SECOND, *where], f"{SECOND}.ipynb: new"),
        (["release", FIRST, *where], "the release is up to date"),
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


def test_the_next_step_names_the_course_it_is_for(small, capsys):
    main(["init"])
    assert capsys.readouterr().out.endswith("Next: python -m autograder release ASSIGNMENT\n")
    main(["init", "term one"])
    assert capsys.readouterr().out.endswith("release ASSIGNMENT --course 'term one'\n")


def test_a_project_is_named_or_is_around_the_folder_one_stands_in(
    small, tmp_path, monkeypatch, capsys
):
    monkeypatch.chdir(small.lesson(FIRST))
    assert main(["build", "--check"]) == 1
    assert "Run `python -m autograder build`." in capsys.readouterr().out
    monkeypatch.chdir(tmp_path)
    assert main(["build", "--check"]) == 2
    assert "there is no project.toml" in capsys.readouterr().err
    assert main(["build", "--check", "--project", "project"]) == 1
    assert "Run `python -m autograder build --project project`." in capsys.readouterr().out
    assert main(["build", "--project", "project/lessons"]) == 2
    assert "--project must be a folder with a project.toml" in capsys.readouterr().err


def test_a_course_remembers_the_project_it_was_made_from(small, tmp_path, monkeypatch, capsys):
    build.build([FIRST], small)
    monkeypatch.chdir(tmp_path)
    assert main(["init", "term", "--project", "project"]) == 0
    assert main(["release", FIRST, "--course", "term"]) == 0
    assert f"term/release/{FIRST}\n" in capsys.readouterr().out


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
