"""CONTRIBUTING.md, "Add an exercise in ten minutes", followed in a copy of the course."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from helpers import ROOT

TEXT = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
NOTEBOOK, EXERCISE = "05_update_rules", "sign_descent"
LESSON = "notebooks/lessons/update_rules"
BEGIN = (
    "def sign_descent(w, dw, config=None):\n    rate = (config or {}).get('learning_rate', 0.01)\n"
)

INSTRUCTION = re.compile(
    r"[Ii]n (?P<new>the new file )?`(?P<path>[^`]+)`"
    r"(?:, at the end|, after the\s+line\s+`(?P<after>[^`]+)`|):\n\n"
    r"```python\n(?P<block>.*?)```\n",
    re.S,
)
LAST_BLOCK = re.compile(r".*^```python\n(.*?)```\n", re.S | re.M)


def follow_the_instructions(folder: Path) -> None:
    for step in INSTRUCTION.finditer(TEXT):
        path, after, block = folder / step["path"], step["after"], step["block"]
        assert path.exists() != bool(step["new"]), path
        text = "" if step["new"] else path.read_text(encoding="utf-8")
        if after is None:
            text += block
        else:
            line = after + "\n"
            assert text.count(line) == 1, f"{step['path']} must have the line {after!r} once"
            text = text.replace(line, line + block)
        path.write_text(text, encoding="utf-8")


def python(course: Path, *arguments: str, inside: str = ".") -> subprocess.CompletedProcess[str]:
    """Run Python in a folder inside the copy, which is found first: by PYTHONPATH."""
    return subprocess.run(
        [sys.executable, *arguments],
        cwd=course / inside,
        env={**os.environ, "PYTHONPATH": str(course)},
        capture_output=True,
        text=True,
    )


def check_in(course: Path, answer: str) -> str:
    """What a student reads who has written `answer` and runs the check, beside the notebook."""
    code = f"import numpy as np\nfrom autograder.check import check\n{answer}\n"
    code += f"print(check({EXERCISE!r}))"
    done = python(course, "-c", code, inside=f"notebooks/source/{NOTEBOOK}")
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def course(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("contributing") / "course"
    hidden = shutil.ignore_patterns("__pycache__", ".*")
    for name in ("cs231n_lib", "autograder", "notebooks", "tests"):
        shutil.copytree(ROOT / name, folder / name, ignore=hidden)
    shutil.copy(ROOT / "pyproject.toml", folder)
    follow_the_instructions(folder)
    built = python(folder, "-m", "autograder", "build", NOTEBOOK)
    assert built.returncode == 0, built.stdout + built.stderr
    return folder


def test_every_block_of_code_is_followed():
    blocks = re.findall(r"^```python$", TEXT, re.M)
    assert len(INSTRUCTION.findall(TEXT)) == len(blocks) - 1 == 6  # the last one is run below


def test_the_build_is_complete(course: Path):
    assert (course / "notebooks" / "checks" / NOTEBOOK / f"{EXERCISE}.npz").is_file()
    done = python(course, "-m", "autograder", "build", "--check", NOTEBOOK)
    assert done.returncode == 0, done.stdout + done.stderr
    notebook = course / "notebooks" / "source" / NOTEBOOK / f"{NOTEBOOK}.ipynb"
    assert f'"grade_id": "{EXERCISE}"' in notebook.read_text(encoding="utf-8")


def test_the_right_answer_gets_full_points(course: Path):
    report = check_in(
        course,
        BEGIN
        + "    w -= rate * np.where(dw > 0, 1, np.where(dw < 0, -1, 0))\n    return w, config",
    )
    assert "4 of 4" in report
    assert "plain gradient step" not in report


def test_the_wrong_answer_is_named(course: Path):
    report = check_in(course, BEGIN + "    return w - rate * dw, config")
    assert "0 of 4" in report
    assert "plain gradient step" in report
    assert "large gradients still make large steps" in " ".join(report.split())


def test_nan_costs_the_test_about_zero_and_no_more(course: Path):
    report = check_in(course, BEGIN + "    return w - rate * dw / np.abs(dw), config")
    assert "3 of 4" in report
    assert "0 divided by 0" in report


def test_the_report_at_the_end_of_the_page(course: Path):
    done = python(course, "-c", LAST_BLOCK.match(TEXT)[1])  # type: ignore[index]
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("0.0 of 4.0")
    assert "plain gradient step" in done.stdout


def test_the_general_proof_takes_the_new_exercise_in(course: Path):
    done = python(course, "-m", "pytest", "-q", "tests/lessons/test_exercises.py", "-k", EXERCISE)
    assert done.returncode == 0, done.stdout + done.stderr
    passed = re.search(r"(\d+) passed", done.stdout)
    assert passed is not None
    assert int(passed[1]) >= 7  # the reference, a stub; two mistakes; three styles


@pytest.mark.nightly
def test_the_quick_proof_finds_nothing_wrong(course: Path):
    done = python(course, "-m", "autograder", "prove", NOTEBOOK, "--secrets", "3")
    assert done.returncode == 0, done.stdout + done.stderr
    assert "sign_descent" in done.stdout


def test_the_new_code_keeps_the_house_style(course: Path):
    done = python(course, "-m", "ruff", "check", "--no-cache", LESSON, "cs231n_lib/optim.py")
    assert done.returncode == 0, done.stdout
