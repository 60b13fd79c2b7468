"""The Gradescope autograder: what is in the zip, and how it grades when Gradescope calls it."""

from __future__ import annotations

import ast
import json
import os
import shutil
import stat
import subprocess
import sys
import tempfile
import zipfile
from dataclasses import asdict, replace
from pathlib import Path

import pytest
from helpers.graded_class import FIRST, QUESTION, released
from helpers.small_course import project

from autograder.check.judge import Report, Verdict
from autograder.check.values import dumps
from autograder.errors import AutograderError
from autograder.grading.environment import environment
from autograder.grading.load import load_release
from autograder.reports import gradescope, gradescope_run
from autograder.reports.gradescope_run import main, report
from autograder.results import SubmissionResults

RIGHT = "def affine_forward(x, w, b):\n    return x.reshape(len(x), -1) @ w + b, None"
NO_BIAS = "def affine_forward(x, w, b):\n    return x.reshape(len(x), -1) @ w, None"
LINEAR = "q_linear = 'B'"


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """A course, and the zip for its first notebook."""
    root = tmp_path_factory.mktemp("gradescope")
    course = released(root)
    given = {"project": project(root / "project")}
    said = gradescope.export(course, FIRST, **given)
    return course, root / "course" / "exports" / f"gradescope-{FIRST}.zip", said, given


class Harness:
    """Gradescope's folders and what it does: unpack the zip, copy run_autograder, run it.

    https://gradescope-autograders.readthedocs.io/en/latest/specs/
    """

    def __init__(self, root: Path, package: Path) -> None:
        self.root = root
        for name in ("source", "submission", "results"):
            (root / name).mkdir(parents=True)
        subprocess.run(
            [sys.executable, "-m", "zipfile", "-e", package, root / "source"], check=True
        )
        with zipfile.ZipFile(package) as archive:
            for entry in archive.infolist():
                (root / "source" / entry.filename).chmod(entry.external_attr >> 16)
        shutil.copy(root / "source" / "run_autograder", root / "run_autograder")
        self.home = root / "home"  # where setup.sh puts Python: here, this one
        (self.home / "venv" / "bin").mkdir(parents=True)
        program = f'#!/bin/sh\nexec "{sys.executable}" "$@"\n'
        (self.home / "venv" / "bin" / "python").write_text(program)
        (self.home / "venv" / "bin" / "python").chmod(0o755)

    @property
    def environment(self) -> dict[str, str]:
        return {
            "PATH": os.defpath,
            "HOME": str(self.root),
            "AUTOGRADER_ROOT": str(self.root),
            "AUTOGRADER_HOME": str(self.home),
        }

    def hand_in(self, answers: dict[str, str], folder: str = "") -> None:
        path = self.root / "source" / "released" / f"{FIRST}.ipynb"
        notebook = json.loads(path.read_text(encoding="utf-8"))
        for cell in notebook["cells"]:
            cell["source"] = answers.get(cell["id"], cell["source"])
        self.upload(json.dumps(notebook), folder)

    def upload(self, content: str, folder: str = "") -> None:
        target = self.root / "submission" / folder / f"{FIRST}.ipynb"
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(content, encoding="utf-8")

    def run(self) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [self.root / "run_autograder"],
            cwd=self.root,
            env=self.environment,
            capture_output=True,
            text=True,
        )

    @property
    def results(self) -> dict:
        return json.loads((self.root / "results" / "results.json").read_text(encoding="utf-8"))


@pytest.fixture
def harness(made, tmp_path):
    return Harness(tmp_path / "autograder", made[1])


def as_gradescope_wants_it(found: dict) -> dict:
    """Checks a results.json by the specification's rules; returns it."""
    assert isinstance(found["score"], float)
    assert found["visibility"] in gradescope.VISIBILITIES
    assert found["stdout_visibility"] == "hidden"
    for test in found["tests"]:
        assert 0 <= test["score"] <= test["max_score"]
        assert test["status"] in ("passed", "failed")
        assert test["output_format"] == test["name_format"] == "text"
        assert isinstance(test["output"], str)
    assert found["score"] == pytest.approx(sum(test["score"] for test in found["tests"]))
    return found


# ------------------------------------------------------------------------------------ it grades


def test_a_right_submission_gets_all_points(harness):
    harness.hand_in({"affine_solution": RIGHT, "q_linear_solution": LINEAR, QUESTION: "It moves."})
    ran = harness.run()
    assert ran.returncode == 0, ran.stderr
    found = as_gradescope_wants_it(harness.results)
    assert found["score"] == 5.5
    assert [test["name"] for test in found["tests"]][:2] == ["affine: rows", "affine: images"]
    assert found["output"] == f"{QUESTION}: 2 points, given by a person."
    assert found["execution_time"] > 0
    assert found["extra_data"]["isolation"] in ran.stdout
    assert stat.S_IMODE((harness.root / "source").stat().st_mode) == 0o700
    assert found["extra_data"]["environment"] == environment(), "the engine that grades the class"


def test_the_engine_is_the_zips_own(harness):
    source = harness.root / "source"
    script = "import autograder, cs231n_lib\nprint(autograder.__file__, cs231n_lib.__file__)"
    run = (
        (source / "run_autograder")
        .read_text()
        .replace("-m autograder.reports.gradescope_run", '-c "$1"')
    )
    ran = subprocess.run(
        ["bash", "-c", run, "x", script], env=harness.environment, capture_output=True, text=True
    )
    inside = (source / "grader/autograder/__init__.py", source / "released/cs231n_lib/__init__.py")
    assert ran.stdout.split() == [*map(str, inside)], ran.stderr


def test_a_wrong_one_is_told_its_mistake_and_no_more(harness, monkeypatch):
    monkeypatch.setenv("AUTOGRADER_ROOT", str(harness.root))
    harness.hand_in({"affine_solution": NO_BIAS, "q_linear_solution": "q_linear = 1 / 0"}, "a/b")
    assert main() == 0
    found = as_gradescope_wants_it(harness.results)
    assert found["score"] == 0.0
    assert found["tests"][0]["output"] == "Looks like: no bias\nThe bias `b` is left out."
    assert "ZeroDivisionError" not in json.dumps(found)


@pytest.mark.parametrize(
    ("content", "why"),
    [("{broken", "The file is not a notebook"), (None, f"There is no {FIRST}.ipynb")],
)
def test_a_broken_or_missing_one_gets_a_zero_with_its_reason(harness, monkeypatch, content, why):
    monkeypatch.setenv("AUTOGRADER_ROOT", str(harness.root))
    if content is not None:
        harness.upload(content)
    assert main() == 0
    found = as_gradescope_wants_it(harness.results)
    assert found["score"] == 0.0
    assert why in found["output"]
    assert sum(test["max_score"] for test in found["tests"]) == 5.5


def test_it_says_whether_students_code_could_read_the_hidden_tests(made, monkeypatch, capsys):
    """At the weakest level that depends on who runs it: root is safe, if Python is open to all."""
    with tempfile.TemporaryDirectory() as folder:  # where every user may go, as /autograder
        Path(folder).chmod(0o755)
        harness = Harness(Path(folder, "autograder"), made[1])
        monkeypatch.setenv("AUTOGRADER_ROOT", str(harness.root))
        monkeypatch.setattr(gradescope_run, "isolation_level", lambda require: "limits")
        peek = f"import os\nfound = os.listdir({str(harness.root / 'source' / 'hidden')!r})\n"
        harness.hand_in({"affine_solution": RIGHT, "q_linear_solution": f"{peek}{LINEAR}"})
        assert main() == 0
        was_read = harness.results["tests"][2]["score"] == 1.0  # else the line before it raised
        assert was_read is not harness.results["extra_data"]["hidden_tests_closed"]
        assert was_read is ("could read the hidden tests" in capsys.readouterr().out)


def test_a_link_out_of_the_submission_is_not_followed(harness, monkeypatch):
    monkeypatch.setenv("AUTOGRADER_ROOT", str(harness.root))
    harness.hand_in({"affine_solution": RIGHT}, "../elsewhere")
    (harness.root / "submission" / "x").symlink_to(harness.root / "elsewhere")
    assert main() == 0
    assert f"There is no {FIRST}.ipynb" in harness.results["output"]


def test_where_grading_cannot_work_there_is_no_mark(harness, monkeypatch, capsys):
    monkeypatch.setenv("AUTOGRADER_ROOT", str(harness.root))
    (harness.root / "results" / "results.json").write_text('{"score": 5.5}')

    def refuse(require):
        raise AutograderError("isolation 'namespaces' was required")

    monkeypatch.setattr(gradescope_run, "isolation_level", refuse)
    assert main() == 2
    assert not (harness.root / "results" / "results.json").exists()
    assert "not graded: isolation 'namespaces' was required" in capsys.readouterr().err


def verdict(**more):
    return replace(Verdict("t", 2.0, "failed", "at [0, 3]"), **more)


@pytest.mark.parametrize(
    ("reveal", "verdict", "said"),
    [
        (False, verdict(), "The result is another one than was asked for."),
        (True, verdict(), "at [0, 3]"),
        (False, verdict(status="error", message="inputs!"), "It raised an error."),
        (False, verdict(mistake="cubes", message="x**3"), "Looks like: cubes\nx**3"),
        (True, verdict(status="passed", message=""), ""),
    ],
)
def test_what_differed_is_shown_where_it_is_asked_for(reveal, verdict, said):
    exercise = Report("e", "n", "s", [verdict])
    results = SubmissionResults(marks={"e": 0.0}, reports=[exercise])
    found = report(results, {"e": 2.0}, {}, {"reveal": reveal, "visibility": "visible"})
    assert found["tests"][0]["output"] == said


def test_a_hand_written_test_is_one_test():
    results = SubmissionResults(marks={"mine": 1.0})
    found = report(results, {"mine": 4.0}, {}, {"reveal": False, "visibility": "hidden"})
    (test,) = found["tests"]
    assert (test["name"], test["score"], test["max_score"], test["status"]) == (
        "mine", 1.0, 4.0, "failed",
    )  # fmt: skip


# --------------------------------------------------------------------------------- what is in it


def unpacked(made):
    with zipfile.ZipFile(made[1]) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def test_the_same_tests_are_in_it_as_grade_the_class(made):
    course, path, _, given = made
    with zipfile.ZipFile(path) as archive:
        archive.extractall(course.root / "unpacked")
    source = course.root / "unpacked"
    settings = json.loads((source / "settings.json").read_text())
    (inside,) = gradescope_run.load(source, settings)
    outside = load_release(course, FIRST, given["project"])
    assert inside.files == outside.files
    assert inside.notebook == outside.notebook
    for name, pack in outside.packs.items():
        assert dumps(asdict(inside.packs[name])) == dumps(asdict(pack))


def test_no_answer_and_no_secret_is_in_it(made):
    secret = made[0].secret()
    for name, data in unpacked(made).items():
        assert secret not in data, name
        for words in (
            *(b"### BEGIN SOLUTION", b"flattened_rows", b"forgotten_bias", b"added_later"),
            *(b"Model answer", b"largest_of_both", b"student-0", str(made[0].root).encode()),
        ):
            assert words not in data, (name, words)
    names = set(unpacked(made))
    assert not [name for name in names if "exercises" in name or "02_next" in name]


def test_what_gradescope_runs_is_at_the_root_and_a_program(made):
    with zipfile.ZipFile(made[1]) as archive:
        for name in ("setup.sh", "run_autograder"):
            assert archive.getinfo(name).external_attr >> 16 == 0o755
            assert archive.read(name).startswith(b"#!/usr/bin/env bash\n")
    assert made[1].stat().st_mode & 0o777 == 0o600
    assert str(made[1]) in made[2][0]


def test_its_readme_says_the_points_and_the_questions(made):
    text = unpacked(made)["README.md"].decode()
    assert "**5.5**" in text
    assert f"a person marks `{QUESTION}` (2)" in text
    assert "@" not in text


def test_the_packages_named_are_those_that_it_imports(made):
    imported = set()
    for name, data in unpacked(made).items():
        if name.startswith("grader/"):
            for node in ast.walk(ast.parse(data)):
                if isinstance(node, ast.Import):
                    imported |= {alias.name.partition(".")[0] for alias in node.names}
                elif isinstance(node, ast.ImportFrom) and not node.level:
                    imported.add(node.module.partition(".")[0])
    ours = {"cs231n_lib", "autograder", "autograder_tester", "sandbox"}
    others = {name.lower() for name in imported - sys.stdlib_module_names - ours}
    # The figures' backend is a name in the environment.
    assert others | {"matplotlib-inline"} == set(gradescope.PACKAGES)


def test_setup_installs_them_where_run_autograder_looks(made, harness):
    """With programs in place of apt-get, python3, pip and uv that note how they are called."""
    tools, noted = harness.root / "tools", harness.root / "noted"
    tools.mkdir()
    note = f'#!/bin/sh\necho "$(basename "$0") $*" >> "{noted}"\n'
    for path in (tools / "apt-get", tools / "python3"):
        path.write_text(note)
        path.chmod(0o755)
    (harness.home / "uv" / "bin").mkdir(parents=True)
    for name in ("pip", "uv"):
        shutil.copy(tools / "apt-get", harness.home / "uv" / "bin" / name)
    environment = {**harness.environment, "PATH": f"{tools}:{os.defpath}"}
    subprocess.run([harness.root / "source" / "setup.sh"], env=environment, check=True)
    said = noted.read_text().splitlines()
    version = f"{sys.version_info.major}.{sys.version_info.minor}"
    assert f"uv venv --python {version} {harness.home}/venv" in said
    assert "requirements.txt --constraint" in said[-1]
    needed = (harness.root / "source" / "requirements.txt").read_text().split()
    assert needed == list(gradescope.PACKAGES)


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"assignment": ""}, "say which"),
        ({"assignment": "02_next"}, "02_next must be released first"),
        ({"require": "walls"}, "--require must be one of namespaces"),
        ({"visibility": "never"}, "--visibility must be one of visible"),
    ],
)
def test_a_call_that_cannot_work_says_why(made, wrong, said):
    with pytest.raises(AutograderError, match=said):
        gradescope.export(made[0], **{"assignment": FIRST, **wrong})


def test_a_dry_run_writes_no_zip(made, tmp_path):
    to = tmp_path / "x.zip"
    (said,) = gradescope.export(made[0], FIRST, to=to, dry_run=True, **made[3])
    assert said.startswith(f"would write {to}")
    assert not to.exists()
