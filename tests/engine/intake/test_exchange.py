"""nbgrader's exchange: collected from by us, and a whole round through nbgrader's commands."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from helpers import elsewhere, handed_in
from helpers.handed_in import NOTEBOOK
from helpers.small_course import FIRST, project

from autograder.authoring import build
from autograder.authoring.release import release
from autograder.commands import main
from autograder.course import CONFIG, init

pytestmark = pytest.mark.skipif(os.name != "posix", reason="the exchange is for Unix alone")


@pytest.fixture
def shared(tmp_path):
    """A course whose exchange is a folder of its own, with something in its inbound folder."""
    made = init(tmp_path / "course")
    made.release_dir(NOTEBOOK).mkdir(parents=True)
    (made.release_dir(NOTEBOOK) / f"{NOTEBOOK}.ipynb").write_bytes(handed_in.notebook())
    use_exchange(made, tmp_path / "exchange")
    handed_in.exchange(tmp_path / "exchange" / "cs231n" / "inbound")
    return made


def use_exchange(course, root):
    with (course.root / CONFIG).open("a", encoding="utf-8") as config:
        config.write(f"\nc.Exchange.root = {str(root)!r}\nc.ExchangeCollect.check_owner = False\n")


def collect(course, *options):
    return main(["collect", FIRST, "exchange", "--course", str(course.root), *options])


def test_the_last_one_is_collected_with_its_time_and_the_way_back(shared, capsys):
    assert collect(shared) == 0
    assert "1 new" in capsys.readouterr().out
    folder = shared.submitted_dir(NOTEBOOK, "student-01")
    assert json.loads((folder / f"{NOTEBOOK}.ipynb").read_bytes())["cells"][0]["source"] == "second"
    assert (folder / "timestamp.txt").read_text() == "2026-10-14 21:00:00.000000 UTC"
    assert (folder / "submission_secret.txt").read_text() == "secret of second"
    assert len(list(folder.iterdir())) == 3
    assert collect(shared) == 0
    assert "1 already collected" in capsys.readouterr().out


def test_a_link_that_a_student_left_there_is_not_followed(shared, tmp_path, capsys):
    inbound = tmp_path / "exchange" / "cs231n" / "inbound"
    attempt = inbound / f"eve+{NOTEBOOK}+2026-10-14 20:00:00.000000 UTC+Ee"
    attempt.mkdir()
    (attempt / f"{NOTEBOOK}.ipynb").symlink_to(shared.root / "secret.key")
    assert collect(shared) == 1
    assert "a link; links are not followed" in capsys.readouterr().out
    assert not (shared.submitted / "eve").exists()


@pytest.mark.parametrize("source", ["exchange", "../exchange/cs231n/inbound"])
def test_what_another_user_put_there_in_a_students_name_is_not_taken(shared, capsys, source):
    with (shared.root / CONFIG).open("a", encoding="utf-8") as config:
        config.write("\nc.ExchangeCollect.check_owner = True\n")
    path = source if source == "exchange" else str(shared.root / source)
    assert main(["collect", FIRST, path, "--course", str(shared.root)]) == 1
    said = capsys.readouterr().out
    assert said.count("NOT COLLECTED: student-01+") == 2
    assert "is owned by" in said
    assert not list(shared.submitted.glob("student*"))


def test_a_hand_in_without_nbgraders_secret_does_not_end_release_feedback(shared):
    for path in shared.root.parent.rglob("submission_secret.txt"):
        path.unlink()
    assert collect(shared) == 0
    secret = shared.submitted_dir(NOTEBOOK, "student-01") / "submission_secret.txt"
    assert len(secret.read_text()) >= 64, "nbgrader's release_feedback reads it of everybody"


def test_an_exchange_that_does_not_exist_is_a_clear_error(tmp_path, capsys):
    made = init(tmp_path / "course")
    made.release_dir(NOTEBOOK).mkdir(parents=True)
    (made.release_dir(NOTEBOOK) / f"{NOTEBOOK}.ipynb").write_bytes(handed_in.notebook())
    use_exchange(made, tmp_path / "nowhere")
    assert collect(made) == 2
    assert "nbgrader release_assignment 01_small" in capsys.readouterr().err


def test_another_kind_of_exchange_collects_as_it_does(shared, capsys):
    with (shared.root / CONFIG).open("a", encoding="utf-8") as config:
        config.write("\nc.ExchangeFactory.collect = 'helpers.elsewhere.Elsewhere'\n")
    assert collect(shared, "--dry-run") == 2
    assert "this course's exchange is not a folder" in capsys.readouterr().err
    assert collect(shared) == 0
    assert f"grade {NOTEBOOK}" in capsys.readouterr().out
    assert elsewhere.asked == [(FIRST, True)]


@pytest.mark.slow
def test_a_whole_round_from_release_to_fetched_feedback(tmp_path):
    made = project(tmp_path / "project")
    build.build([], made)
    course = init(tmp_path / "course")
    use_exchange(course, tmp_path / "exchange")
    home = tmp_path / "home"
    home.mkdir()
    nbgrader = Command(home)
    release(course, FIRST, made)
    nbgrader(course.root, "release_assignment", FIRST)
    nbgrader(home, "fetch_assignment", FIRST, "--course", "cs231n", exchange=tmp_path / "exchange")
    assert (home / FIRST / "cs231n_lib").is_dir(), "the student edition came along"
    solve(home / FIRST / f"{FIRST}.ipynb")
    nbgrader(home, "submit", FIRST, "--course", "cs231n", exchange=tmp_path / "exchange")
    assert collect(course) == 0
    grade(course, made)
    assert main(["feedback", FIRST, "--course", str(course.root)]) == 0
    nbgrader(course.root, "release_feedback", FIRST)
    nbgrader(home, "fetch_feedback", FIRST, "--course", "cs231n", exchange=tmp_path / "exchange")
    (page,) = (home / FIRST / "feedback").rglob("*.html")
    assert "affine" in page.read_text(encoding="utf-8")


class Command:
    """nbgrader's command line, as a user with a home folder of their own."""

    def __init__(self, home: Path) -> None:
        self.environment = {
            **os.environ,
            "HOME": str(home),
            "JUPYTER_DATA_DIR": str(home / "data"),
            "JUPYTER_CONFIG_DIR": str(home / "config"),
            "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
        }

    def __call__(self, folder: Path, *arguments: str, exchange: Path | None = None) -> None:
        where = [f"--Exchange.root={exchange}"] if exchange else []
        command = [sys.executable, "-m", "nbgrader", *arguments, *where]
        ran = subprocess.run(
            command, cwd=folder, env=self.environment, capture_output=True, text=True
        )
        assert ran.returncode == 0, ran.stderr


def solve(path: Path) -> None:
    notebook = json.loads(path.read_text(encoding="utf-8"))
    for cell in notebook["cells"]:
        if cell["id"] == "affine_solution":
            cell["source"] = (
                "def affine_forward(x, w, b):\n    return x.reshape(len(x), -1) @ w + b, None\n"
            )
    path.write_text(json.dumps(notebook), encoding="utf-8")


def grade(course, made) -> None:
    from autograder.grading.classroom import grade_class, rows

    grade_class(course, FIRST, jobs=1, project=made)
    (row,) = rows(course, FIRST)
    assert row.score == 4.5
