"""The page's server: it answers its owner alone, and says so when something cannot be done."""

from __future__ import annotations

import asyncio
import socket
import stat
import threading
from contextlib import closing
from pathlib import Path
from urllib.parse import unquote, urlsplit

import pytest
import requests
from helpers.answered import ASSIGNMENT, answered
from helpers.graded_class import twin
from helpers.mark_server import running

from autograder.marking import server as server_module
from autograder.marking.desk import ACTIONS
from autograder.marking.server import MAX_BODY, Desks

TOO_MUCH = "That is too much to be saved at once."
OPEN_TO_ALL = """
c.ServerApp.ip = "0.0.0.0"
c.IdentityProvider.token = ""
c.ServerApp.password = ""
c.ServerApp.disable_check_xsrf = True
c.ServerApp.allow_origin = "*"
c.ServerApp.base_url = "/elsewhere"
"""


@pytest.fixture(scope="module")
def whole_class(tmp_path_factory):
    texts = {"ada": "It moves the plane.", "ben": "No idea."}
    return answered(tmp_path_factory.mktemp("answered") / "course", texts)


@pytest.fixture(scope="module")
def home(tmp_path_factory):
    """The home of somebody whose JupyterLab is open to everybody."""
    home = tmp_path_factory.mktemp("home")
    (home / ".jupyter").mkdir()
    (home / ".jupyter" / "jupyter_server_config.py").write_text(OPEN_TO_ALL, encoding="utf-8")
    return home


@pytest.fixture(scope="module")
def server(whole_class, home, tmp_path_factory):
    course = twin(whole_class, tmp_path_factory.mktemp("marked") / "course")
    with running(course, ASSIGNMENT, "--no-browser", "--grader", "Ann", home=home) as server:
        assert server.open().ok
        yield server


def addresses(server):
    """All that is served."""
    pages = [server.page.rsplit("/", 1)[0], server.page]
    files = [f"{pages[0]}/page/{path.name}" for path in page_files()]
    return pages, files, [f"{server.page}/api/{action}" for action in sorted(ACTIONS)]


def page_files():
    folder = Path(server_module.__file__).parent / "page"
    return [path for path in folder.iterdir() if path.suffix in (".css", ".js")]


# ----------------------------------------------------------------------------------- who may ask


def test_its_owner_gets_the_page_and_may_mark(server):
    assert "<html" in server.open().text
    overview = server.ask("overview").json()
    assert overview["grader"] == "Ann"
    assert [one["waiting"] for one in overview["questions"]] == [2, 2]
    group = server.ask("next", {"question": "why"}).json()["group"]
    ids = [member["id"] for member in group["members"]]
    mark = {"question": "why", "ids": ids, "items": ["1"], "comment": "Ja.", "key": group["key"]}
    saved = server.ask("save", {**mark, "points": None, "second": False}).json()
    assert (saved["saved"], saved["points"]) == (1, 1.0)
    assert server.ask("undo", {"token": saved["undo"]}).ok


def test_nobody_else_gets_anything(server):
    pages, files, actions = addresses(server)
    for address in pages:  # to the log-in, as all of Jupyter's pages
        refused = requests.get(address, allow_redirects=False, timeout=30)
        assert refused.status_code == 302
        assert urlsplit(refused.headers["Location"]).path == "/login"
        assert refused.content == b""
    for address in files:
        assert requests.get(address, timeout=30).status_code == 403
    for address in actions:
        for header in ({}, {"Authorization": "token wrong"}):
            refused = requests.post(address, json={}, headers=header, timeout=30)
            assert refused.status_code == 403
            assert "ada" not in refused.text


def test_another_name_for_this_machine_gets_nothing(server):
    """A web site whose name leads to 127.0.0.1 cannot ask through somebody's browser."""
    pages, files, actions = addresses(server)
    owner = {"cookies": server.cookies, "headers": {**server.xsrf, "Host": "evil.example"}}
    for address in [*pages, *files]:
        assert requests.get(address, **owner, timeout=30).status_code == 403
    for address in actions:
        assert requests.post(address, json={}, **owner, timeout=30).status_code == 403


@pytest.mark.parametrize(
    "headers", [{}, {"X-XSRFToken": "2|0|0|0"}, {"Origin": "https://evil.example"}]
)
def test_another_site_cannot_mark_with_the_owners_cookie(server, headers):
    if "Origin" in headers:
        headers = {**headers, **server.xsrf}
    for action in sorted(ACTIONS):
        address = f"{server.page}/api/{action}"
        assert server.session.post(address, json={}, headers=headers, timeout=30).status_code in (
            403,
            404,
        )


def test_it_listens_on_this_machine_alone_whatever_the_user_has_configured(server):
    port = urlsplit(server.root).port
    with closing(socket.socket(socket.AF_INET, socket.SOCK_DGRAM)) as line:
        line.connect(("192.0.2.1", 9))  # sends nothing: which address would be ours
        outside = line.getsockname()[0]
    if outside.startswith("127."):
        pytest.skip("this machine has no other address")
    with closing(socket.socket()) as knock:
        assert knock.connect_ex((outside, port)) != 0


def test_the_token_is_in_no_list_of_processes_and_in_no_file(server, home):
    command = Path(f"/proc/{server.process.pid}/cmdline")
    if command.exists():
        assert server.token.encode() not in command.read_bytes()
    files = [path for path in home.rglob("*") if path.is_file()]
    assert [path for path in files if server.token.encode() in path.read_bytes()] == []


def test_it_opens_the_browser_with_a_file_that_nobody_else_can_read(whole_class, home, tmp_path):
    browser, noted = tmp_path / "browser", tmp_path / "noted"
    browser.write_text(f'#!/bin/sh\necho "$1" > {noted}.part && mv {noted}.part {noted}\n')
    browser.chmod(0o755)
    course = twin(whole_class, tmp_path / "course")
    with running(course, ASSIGNMENT, home=home, BROWSER=f"{browser} %s") as server:
        for _ in range(300):
            if noted.exists():
                break
            threading.Event().wait(0.1)
        address = noted.read_text(encoding="utf-8").strip()
        assert server.token not in address
        path = Path(unquote(urlsplit(address).path))
        assert server.token in path.read_text(encoding="utf-8")
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
        assert server.stop() == 0
    assert not path.exists()


def test_ctrl_c_ends_it_at_once(whole_class, home, tmp_path):
    course = twin(whole_class, tmp_path / "course")
    with running(course, ASSIGNMENT, "--no-browser", home=home) as server:
        assert server.stop() == 0
        assert "Traceback" not in "\n".join(server.printed)
        assert server.printed[-1].startswith("Next: python -m autograder feedback 01_words")


# --------------------------------------------------------------------------------- what is answered


def test_a_browser_keeps_nothing_and_loads_nothing_from_elsewhere(server):
    pages, files, _ = addresses(server)
    answers = [server.session.get(address, timeout=30) for address in [*pages, *files]]
    answers.append(server.ask("overview"))
    for answer in answers:
        assert answer.status_code == 200
        policy = dict(
            part.strip().split(" ", 1)
            for part in answer.headers["Content-Security-Policy"].split(";")
        )
        assert policy["default-src"] == "'none'"
        assert policy["script-src"] == policy["connect-src"] == "'self'"
        assert answer.headers["Cache-Control"] == "no-store"
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert "Access-Control-Allow-Origin" not in {
            name for name, value in answer.headers.items() if value
        }
    types = {path.suffix: f"text/{path.suffix[1:]}" for path in page_files()}
    types[".js"] = "text/javascript"
    for address, answer in zip(files, answers[2:], strict=False):
        assert answer.headers["Content-Type"].startswith(types[Path(address).suffix])


def test_nothing_else_of_a_jupyter_server_is_there(server):
    for path in ("api/contents", "api/kernels", "files/gradebook.db", "tree", "lab"):
        assert server.session.get(f"{server.root}/{path}", timeout=30).status_code == 404
    address = f"{server.root}/api/kernels"
    assert server.session.post(address, headers=server.xsrf, timeout=30).status_code == 404


@pytest.mark.parametrize(
    ("action", "values", "status", "words"),
    [
        ("bogus", {}, 404, "no 'bogus'"),
        ("_sort", {}, 404, "_sort"),
        ("open", {}, 400, "question"),
        ("open", {"question": 3}, 400, "str"),
        ("open", {"question": "why", "more": 1}, 400, "more"),
        ("open", {"question": "no"}, 409, "no question 'no'"),
        ("open", [], 400, "object"),
        ("save", {"question": "why", "ids": ["x"], "items": [], "key": ""}, 409, "no such answer"),
        ("save", {"question": "why", "ids": [], "items": [], "points": "1"}, 400, "float"),
    ],
)
def test_a_mistake_is_answered_in_words_that_the_page_shows(server, action, values, status, words):
    answer = server.ask(action, values)
    assert answer.status_code == status
    assert words in answer.json()["message"]


def test_a_body_without_end_is_refused(server):
    answer = server.ask("open", data=b" " * (MAX_BODY + 1), json=None)
    assert (answer.status_code, answer.json()["message"]) == (413, TOO_MUCH)
    assert server.ask("overview").ok


@pytest.mark.parametrize("name", ["99_none", "..", "%2e%2e", "..%2f..", "page", "api"])
def test_an_assignment_is_one_of_the_course(server, name):
    address = f"{server.page.rsplit('/', 1)[0]}/{name}"
    for request in (
        requests.Request("GET", address),
        requests.Request("POST", f"{address}/api/overview", headers=server.xsrf, json={}),
    ):
        prepared = server.session.prepare_request(request)
        prepared.url = request.url  # as it stands: a program need not tidy up ".."
        assert server.session.send(prepared, timeout=30).status_code == 404


def test_the_list_shows_what_waits(server):
    text = server.session.get(server.page.rsplit("/", 1)[0], timeout=30).text
    assert '<a href="mark/01_words">01_words</a>: 4 wait' in text


# ---------------------------------------------------------------------------------------- at once


def test_the_server_lives_while_a_desk_works_and_a_desk_does_one_thing_at_a_time(monkeypatch):
    monkeypatch.setattr(server_module, "Desk", lambda course, assignment, grader: assignment)
    released, order = threading.Event(), []

    def slow(desk):
        order.append(f"{desk} begins")
        released.wait(20)
        order.append(f"{desk} ends")

    async def all_at_once():
        desks = Desks(None, "Ann")
        first = asyncio.ensure_future(desks.do("01", slow))
        second = asyncio.ensure_future(desks.do("01", lambda desk: order.append("second")))
        await desks.do("02", lambda desk: order.append("other desk"))
        released.set()
        await asyncio.gather(first, second)

    asyncio.run(all_at_once())
    assert sorted(order) == ["01 begins", "01 ends", "other desk", "second"]
    assert order[-2:] == ["01 ends", "second"]


def test_few_desks_are_kept_in_memory(monkeypatch):
    made = []
    monkeypatch.setattr(
        server_module, "Desk", lambda course, assignment, grader: made.append(assignment)
    )

    async def many():
        desks = Desks(None, "Ann")
        for name in ("01", "02", "03", "04", "05", "01", "05"):
            await desks.do(name, lambda desk: None)

    asyncio.run(many())
    assert made == ["01", "02", "03", "04", "05", "01"]
