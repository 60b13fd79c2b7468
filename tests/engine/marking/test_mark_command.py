"""``mark`` in a terminal: what it says, and when it opens no page."""

from __future__ import annotations

import shutil
import subprocess
import sys

import pytest
import requests
from helpers import ROOT
from helpers.answered import ASSIGNMENT, answered
from helpers.graded_class import twin
from helpers.lab import jupyter_lab
from helpers.mark_server import running
from helpers.words import mark_in_formgrader

from autograder.commands import main
from autograder.course import init
from autograder.marking import lab
from autograder.project import Project


@pytest.fixture(scope="module")
def whole_class(tmp_path_factory):
    texts = {"ada": "It moves the plane.", "ben": "No idea."}
    return answered(tmp_path_factory.mktemp("answered") / "course", texts)


@pytest.fixture
def course(whole_class, tmp_path):
    return twin(whole_class, tmp_path / "course")


def mark(course, *words):
    return main(["mark", *words, "--course", str(course.root)])


# ------------------------------------------------------------------------------ when there is none


def test_without_a_graded_answer_it_says_what_to_do_first(whole_class, tmp_path, capsys):
    course = init(tmp_path / "new", Project(tmp_path))
    shutil.copytree(whole_class.source, course.source, dirs_exist_ok=True)
    assert mark(course, ASSIGNMENT) == 0
    printed = capsys.readouterr().out
    assert f"No submission of {ASSIGNMENT} is graded yet." in printed
    assert f"Next: python -m autograder grade {ASSIGNMENT}" in printed


def test_when_nothing_waits_it_opens_nothing_and_says_how_to_look_again(course, capsys):
    for student in ("ada", "ben"):
        mark_in_formgrader(course, student, 1.0)
        mark_in_formgrader(course, student, 1.0, cell="draw")
    assert mark(course, ASSIGNMENT) == 0
    printed = capsys.readouterr().out
    assert "waits" in printed
    assert f"python -m autograder mark {ASSIGNMENT} why" in printed


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["99_none"], "no assignment '99_none'"),
        ([ASSIGNMENT, "who"], "QUESTION must be one of why, draw; got 'who'"),
        ([ASSIGNMENT, "--requests", "no.csv"], "no.csv"),
    ],
)
def test_what_cannot_be_marked_is_said_in_a_line(course, capsys, words, message):
    assert mark(course, *words) == 2
    assert message in capsys.readouterr().err


def test_in_a_terminal_of_a_hub_it_says_where_the_page_is(course, capsys, monkeypatch):
    monkeypatch.setenv("JUPYTERHUB_SERVICE_PREFIX", "/user/ann/")
    monkeypatch.setattr(sys, "prefix", str(course.root))
    for restart in (True, False):
        assert mark(course, ASSIGNMENT) == 0
        printed = capsys.readouterr().out
        assert f"open /user/ann/autograder/mark/{ASSIGNMENT}" in printed
        assert ("restart" in printed) is restart


# ----------------------------------------------------------------------------------- when there is


def test_it_says_how_many_wait_and_opens_at_the_question_with_the_requests(course, tmp_path):
    for student in ("ada", "ben"):
        mark_in_formgrader(course, student, 1.0)
    asked = tmp_path / "asked.csv"
    asked.write_text("student,question,reason\nada,why,Again\nzoe,why,Me\n", encoding="utf-8")
    options = ("why", "--no-browser", "--requests", str(asked))
    with running(course, ASSIGNMENT, *options, home=tmp_path, JUPYTERHUB_USER="Bob") as server:
        *said, last = server.printed
        assert said[0] == "1 new regrade request"
        assert said[1].startswith("  left out: line 3 of asked.csv")
        assert said[2:] == ["  why: 1 waits", "  draw: 2 wait"]
        assert last == f"Marking {ASSIGNMENT} at {server.address}  (Ctrl-C ends)"
        assert "?question=why&token=" in server.address
        assert server.open().ok
        assert server.ask("overview").json()["grader"] == "Bob"
        assert server.ask("open", {"question": "why"}).json()["waiting"] == 1


def test_a_port_that_is_taken_is_said(course, tmp_path):
    with running(course, ASSIGNMENT, "--no-browser", home=tmp_path) as server:
        port = server.root.rpartition(":")[2]
        done = subprocess.run(
            [
                *(sys.executable, "-m", "autograder", "mark", ASSIGNMENT, "--no-browser"),
                *("--port", port, "--course", str(course.root)),
            ],
            cwd=ROOT,
            capture_output=True,
            text=True,
            check=False,
        )
    assert done.returncode == 2
    assert done.stderr.endswith(f"autograder: --port must be one that is free, got {port}\n")


# -------------------------------------------------------------------------------- in JupyterLab


@pytest.fixture
def extension(monkeypatch, tmp_path):
    """An environment in which `init` has turned it on."""
    with monkeypatch.context() as patch:
        patch.setattr(sys, "prefix", str(tmp_path))
        assert main(["init", str(tmp_path / "another"), "--project", str(ROOT)]) == 0
    monkeypatch.setenv("JUPYTER_CONFIG_PATH", str(tmp_path / "etc" / "jupyter"))
    monkeypatch.setenv("JUPYTERHUB_USER", "ann")


def test_init_turns_the_extension_on_once_and_on_a_hub_for_the_user_where_it_may_not_for_all(
    monkeypatch, tmp_path
):
    (tmp_path / "file").touch()
    monkeypatch.setenv("JUPYTER_CONFIG_DIR", str(tmp_path / "users"))
    monkeypatch.setattr(sys, "prefix", str(tmp_path / "file"))
    monkeypatch.delenv("JUPYTERHUB_USER", raising=False)
    assert not lab.enable(), "a home folder serves all environments: elsewhere it is left alone"
    monkeypatch.setenv("JUPYTERHUB_USER", "ann")
    for prefix, folder in (("all", "all/etc/jupyter"), ("file", "users")):
        monkeypatch.setattr(sys, "prefix", str(tmp_path / prefix))
        assert (lab.enable(), lab.enable()) == (True, False)
        written = tmp_path / folder / "jupyter_server_config.d" / "autograder.json"
        assert [*tmp_path.rglob("autograder.json")] == [written]
        written.unlink()


@pytest.mark.slow
@pytest.mark.parametrize("above", [False, True])
def test_a_server_beside_a_course_serves_the_page_to_who_is_logged_in(
    course, tmp_path, extension, above
):
    home = tmp_path / "home"
    with jupyter_lab(course.root.parent if above else course.root, home) as address:
        assert (
            f"{ASSIGNMENT}</a>: 4 wait" in requests.get(address("autograder/mark"), timeout=60).text
        )
        page = address(f"autograder/mark/{ASSIGNMENT}").partition("?")[0]
        overview = requests.post(
            f"{page}/api/overview", headers={"Authorization": "token t"}, json={}, timeout=60
        )
        assert overview.json()["grader"] == "ann"
        assert requests.post(f"{page}/api/overview", json={}, timeout=60).status_code == 403


@pytest.mark.slow
def test_a_server_elsewhere_has_nothing_of_it(tmp_path, extension):
    (tmp_path / "empty").mkdir()
    with jupyter_lab(tmp_path / "empty", tmp_path / "home") as address:
        assert requests.get(address("autograder/mark"), timeout=60).status_code == 404
        assert "autograder-mark" not in requests.get(address("lab"), timeout=60).text


@pytest.mark.browser
def test_the_page_is_in_jupyterlabs_menu(page, course, tmp_path, extension):
    with jupyter_lab(course.root, tmp_path / "home") as address:
        page.goto(address("lab"))
        page.locator("#jp-MainMenu").get_by_text("Nbgrader").click()
        with page.context.expect_page() as opened:
            page.locator(".lm-Menu").get_by_text("Mark Answers").click()
        tab = opened.value
        tab.get_by_role("link", name=ASSIGNMENT).click()
        tab.get_by_text("Save and next").wait_for()
        assert tab.locator("#text").inner_text() in ("It moves the plane.", "No idea.")
        assert tab.url.endswith(f"/autograder/mark/{ASSIGNMENT}")
