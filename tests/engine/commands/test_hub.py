"""A class on a real JupyterHub: docs/hub.md is done, file by file; run by `make hub`."""

from __future__ import annotations

import re
import time
from contextlib import closing
from types import SimpleNamespace

import nbformat
import pytest
from helpers import ROOT, hub_machine, load
from helpers.hub_machine import (
    HUB,
    PAGE,
    PASSWORD,
    PROXY,
    Browser,
    Hub,
    Machine,
    free_port,
    page_block,
    page_commands,
)

pytestmark = pytest.mark.hub
NOTEBOOK = re.search(r"autograder release (\S+)", page_commands("Hand out a\nnotebook"))[1]
FILE = f"{NOTEBOOK}/{NOTEBOOK}.ipynb"
STUDENTS = SOLVED, UNTOUCHED = ("student-01", "student-02")
INBOUND = "/srv/nbgrader/exchange/cs231n/inbound"
FULL = sum(exercise.points for exercise in load(NOTEBOOK))


@pytest.fixture(scope="module")
def machine():
    pytest.importorskip("jupyterhub", reason="needs: pip install -e '.[hub]'")
    if not (PROXY / "node_modules").is_dir():
        pytest.skip(f"needs: npm install --prefix {PROXY} configurable-http-proxy (make hub does)")
    if not hub_machine.may_enter():
        pytest.skip("needs root on Linux, with the right to mount: it makes users of its own")
    with closing(Machine()) as machine:
        machine.furnish()
        yield machine


@pytest.fixture(scope="module")
def logs(tmp_path_factory):
    return tmp_path_factory.mktemp("hub")


def logged_in(hub, machine):
    """All users, each with a server of their own."""
    hub.wait()
    people = {user: Browser(hub, user) for user in machine.users}
    for person in people.values():
        person.start()
    for person in people.values():
        person.wait()
    return people


def hand_in(people):
    """Both students fetch and submit; one solves the notebook between."""
    for student in STUDENTS:
        people[student].assignment("fetch", NOTEBOOK)
    people[SOLVED].save(FILE, answers(people[SOLVED].open(FILE)))
    for student in STUDENTS:
        people[student].assignment("submit", NOTEBOOK)


def answers(notebook):
    """The fetched notebook with the solutions of the source notebook in its answer cells."""
    source = nbformat.read(ROOT / "notebooks" / "source" / FILE, as_version=4)
    solutions = {
        cell.id: cell.source
        for cell in source.cells
        if cell.metadata.get("nbgrader", {}).get("solution")
    }
    for cell in notebook["cells"]:
        cell["source"] = solutions.get(cell["id"], cell["source"])
    return notebook


@pytest.fixture(scope="module")
def term(machine, logs):
    """One notebook from its release to the fetched feedback, through the servers of three users."""
    machine.run("teacher", page_commands("Once, as the teacher"))
    machine.run("teacher", page_commands("Hand out a\nnotebook"))
    with closing(Hub(machine, logs / "exchange")) as hub:
        people = logged_in(hub, machine)
        hand_in(people)
        machine.run(UNTOUCHED, IN_ANOTHERS_NAME)
        collect, rest = page_commands("Or when it is due").split("\n", 1)
        collected = machine.try_("teacher", collect).stdout
        graded = machine.run("teacher", rest)
        for student in STUDENTS:
            people[student].assignment("fetch_feedback", NOTEBOOK)
        yield SimpleNamespace(hub=hub, people=people, collected=collected, graded=graded)


IN_ANOTHERS_NAME = f"""
cp -r {NOTEBOOK} "{INBOUND}/{SOLVED}+{NOTEBOOK}+2100-01-01 10:00:00 UTC+x"
"""


def test_everybody_has_their_marks(term):
    scores = dict(re.findall(r"^ *(student-\d+) +([\d.]+)/", term.graded, re.M))
    assert scores == {SOLVED: f"{FULL:g}", UNTOUCHED: "0"}
    assert re.search("isolation: (namespaces|landlock)", term.graded)


def test_what_was_handed_in_in_anothers_name_is_told_and_not_taken(term):
    assert "2 new" in term.collected
    assert f"NOT COLLECTED: {SOLVED}+" in term.collected
    assert f"is owned by {UNTOUCHED}" in term.collected


def test_feedback_came_to_its_owner(term, machine):
    for student, score in {SOLVED: FULL, UNTOUCHED: 0}.items():
        assert_feedback(machine, student, score)


def assert_feedback(machine, student, score):
    page = machine.run(student, f"cat {NOTEBOOK}/feedback/*/{NOTEBOOK}.html")
    assert re.search(rf"\b{score:g}(\.0)? ?(/|of)", page), student


def test_what_was_fetched_holds_no_answer(term, machine):
    fetched = machine.run(UNTOUCHED, f"cat {NOTEBOOK}/*.ipynb $(find {NOTEBOOK} -name '*.py')")
    assert "YOUR CODE HERE" in fetched
    assert "BEGIN SOLUTION" not in fetched
    withheld = machine.try_(
        UNTOUCHED, f"cd {NOTEBOOK} && python -c 'from cs231n_lib.optim import adam'"
    )
    assert f"adam is what you build in {NOTEBOOK}" in withheld.stderr


@pytest.mark.parametrize("module", ["autograder", "cs231n_lib"])
def test_a_students_python_has_no_course_in_it(term, machine, module):
    assert "No module named" in machine.try_(UNTOUCHED, f"python -c 'import {module}'").stderr
    machine.run("teacher", f"python -c 'import {module}'")


@pytest.mark.parametrize(
    "what",
    [
        "ls ~teacher",
        f"ls ~{SOLVED}",
        "cat ~teacher/course/secret.key",
        "cat ~teacher/course/gradebook.db",
        "cat ~teacher/cs231n/notebooks/source/*/*.ipynb",
        f"ls {INBOUND}",
        f"cat {INBOUND}/*/*.ipynb",
        "ls /srv/nbgrader/exchange/cs231n/feedback",
        "mv /srv/nbgrader/exchange/cs231n /srv/nbgrader/exchange/mine",
        "touch /srv/nbgrader/exchange/cs231n/outbound/x",
        "ls /srv/jupyterhub/state",
        "touch /srv/jupyterhub/jupyterhub_config.py /etc/jupyter/nbgrader_config.py",
    ],
)
def test_a_student_may_not(term, machine, what):
    refused = machine.try_(UNTOUCHED, what)
    assert refused.returncode
    assert re.search("Permission denied|Operation not permitted|No such file", refused.stderr)


def test_a_student_cannot_take_away_what_another_handed_in(term, machine):
    name = machine.run(
        "root", f"ls {INBOUND} | grep '^{SOLVED}+.*==\\|^{SOLVED}+' | head -1"
    ).strip()
    refused = machine.try_(UNTOUCHED, f"mv '{INBOUND}/{name}' '{INBOUND}/gone'")
    assert "Operation not permitted" in refused.stderr, "even who knows its name"


def test_a_token_opens_its_owners_server_alone(term):
    eve = term.people[UNTOUCHED]
    assert eve.ask("GET", f"/user/{UNTOUCHED}/api/contents").ok
    for path in (f"/user/{SOLVED}/api/contents", "/user/teacher/api/contents", "/hub/api/users"):
        assert eve.ask("GET", path).status_code in (403, 404), path


def test_the_teacher_has_the_formgrader(term):
    page = term.people["teacher"].ask("GET", "/user/teacher/formgrader/manage_students")
    assert page.ok
    found = term.people["teacher"].server("GET", "formgrader/api/assignments")
    assert [each["name"] for each in found] == [NOTEBOOK]


def test_the_teacher_and_nobody_else_has_the_page_for_marking(term):
    page = f"/user/teacher/autograder/mark/{NOTEBOOK}"
    assert "Save and next" in term.people["teacher"].ask("GET", page).text
    assert term.people[UNTOUCHED].ask("GET", page).status_code in (403, 404)


def test_a_student_reads_feedback_with_nobody_at_the_teachers_keyboard(term, machine, page):
    student = term.people[UNTOUCHED]
    watch = page_commands("From here on, grade as it comes in").strip()
    with machine.running("teacher", watch) as watcher:
        until(watcher, f"{UNTOUCHED}: as before; feedback given")  # what was graded above
        page.set_default_timeout(60_000)
        open_assignment_list(term.hub.url, page)
        submitted = page.locator("#submitted_assignments_list")
        fetch = submitted.get_by_role("button", name="Fetch Feedback")
        links = submitted.get_by_text("(view feedback)")
        fetch.click()  # what the watcher gave back when it started
        links.first.wait_for()
        student.save(FILE, answers(student.open(FILE)))
        before = links.count()
        page.locator("#fetched_assignments_list").get_by_role("button", name="Submit").click()
        began = time.monotonic()
        while links.count() == before:
            assert time.monotonic() - began < 30
            fetch.click()
            page.wait_for_timeout(1000)
            fetch.wait_for()
        links.last.click()
        page.locator(".jp-DirListing-item", has_text=f"{NOTEBOOK}.html").dblclick()
        feedback = page.frame_locator("iframe.jp-HTMLViewer, .jp-HTMLViewer iframe")
        feedback.locator(".summary .score", has_text=re.compile(rf"{FULL:g} of")).wait_for()
        assert time.monotonic() - began < 30
        until(watcher, f"{UNTOUCHED}: {FULL:g}/")
    assert watcher.returncode == 130


def until(process, words):
    """Read what it says until a line has these words."""
    lines = []
    for line in process.stdout:
        lines.append(line)
        if words in line:
            return
    raise AssertionError("".join(lines))


def open_assignment_list(url, page):
    """Log in as a student and open nbgrader's list, with the mouse."""
    page.goto(f"{url}/hub/login?next=/user/{UNTOUCHED}/lab")
    page.fill("#username_input", UNTOUCHED)
    page.fill("#password_input", PASSWORD)
    page.click("#login_submit")
    page.get_by_role("menuitem", name="Nbgrader").click()
    page.get_by_role("menuitem", name="Assignment List").click()


def test_a_round_through_ngshare_with_the_same_hub_and_users(term, machine, logs):
    """The second half of the page: another exchange. Last, for it ends the other's hub."""
    term.hub.close()
    cache = ".local/share/jupyter/nbgrader_cache"  # of what was handed in: the page says why
    machine.run("root", f"cd /srv/home && rm -rf teacher/course */{NOTEBOOK} */{cache}")
    port = free_port()
    address = f"http://127.0.0.1:{port}/services/ngshare"
    for_all = page_block("nbgrader's configuration, for everybody")
    for_all = for_all.replace("configureExchange(c)", f"configureExchange(c, {address!r})")
    machine.write("/etc/jupyter/nbgrader_config.py", for_all)
    machine.run("root", f"cat >> {HUB}/jupyterhub_config.py", ngshare_service(port))
    with closing(Hub(machine, logs / "ngshare")) as hub:
        people = logged_in(hub, machine)
        teacher = people["teacher"].terminal()
        machine.run("teacher", teacher + members_of_the_course(machine))
        machine.run("teacher", "python -m autograder init course --project cs231n")
        used = "".join(line + "\n" for line in for_all.splitlines() if "ngshare_exchange" in line)
        machine.run("teacher", "cat >> course/nbgrader_config.py", used)
        released = page_commands("Hand out a\nnotebook").rpartition("chmod")[0]
        machine.run("teacher", teacher + released)
        hand_in(people)
        graded = machine.run("teacher", teacher + page_commands("Or when it is due"))
        assert re.search(rf"^ *{SOLVED} +{FULL:g}/", graded, re.M), graded
        for student, score in {SOLVED: FULL, UNTOUCHED: 0}.items():
            people[student].assignment("fetch_feedback", NOTEBOOK)
            assert_feedback(machine, student, score)


def ngshare_service(port):
    """Where a cluster has a pod for it, this hub starts it itself."""
    state = HUB / "state"
    command = [
        *(f"{HUB}/env/bin/python", "-m", "ngshare", "--admins=teacher"),
        *(f"--database=sqlite:///{state}/ngshare.db", f"--storage={state}/ngshare"),
    ]
    service = {
        "name": "ngshare",
        "url": f"http://127.0.0.1:{port}",
        "command": command,
        "environment": {"PYTHONPATH": f"{HUB}/env/lib/ngshare"},  # with its own, older SQLAlchemy
        "oauth_no_confirm": True,
    }
    return f"\nc.JupyterHub.services.append({service!r})\n"


def members_of_the_course(machine):
    first, second = re.findall(r"ngshare-course-management (.*)", PAGE)
    lines = [first, second, second.replace(SOLVED, UNTOUCHED)]
    return "\n".join(f"python -m ngshare_exchange.course_management {line}" for line in lines)
