"""What all tests share: no traces in a home folder, and a word about tests that were left out."""

from __future__ import annotations

import os
import re
import shutil
import signal
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import settings

from autograder.grading import workers
from autograder.quick_imports import import_jsonschema

import_jsonschema()

# Where tests run on all processors, each class is graded on one: a worker takes seconds to start.
if "PYTEST_XDIST_WORKER" in os.environ:
    workers.processors = lambda: 1

# The same examples in every run, and no stop-watch: a busy machine must not fail a test.
settings.register_profile("course", derandomize=True, deadline=None)
settings.load_profile("course")

# A run that a shell started with `&` ignores Ctrl-C, and so would the programs that tests start.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)

CHROMIUM = ("chromium", "chromium-browser", "google-chrome")
OPT_IN = ("nightly", "torch", "browser", "hub", "postgres")

_left_out = pytest.StashKey[dict[str, int]]()


@pytest.fixture(autouse=True)
def _own_progress(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch):
    """The check remembers a student's points in the home folder; not those of tests."""
    folder: Path = tmp_path_factory.getbasetemp()
    monkeypatch.setenv("AUTOGRADER_PROGRESS", str(folder / "progress.json"))


ALEMBIC = """\
#!/bin/sh
[ "$3" = heads ] || exec '{program}' "$@"
[ -s '{answer}' ] || {{ '{program}' "$@" >'{answer}'.$$ && mv '{answer}'.$$ '{answer}'; }}
cat '{answer}'
"""


@pytest.fixture(scope="session", autouse=True)
def _alembic_is_asked_once(tmp_path_factory: pytest.TempPathFactory) -> None:
    """nbgrader asks the program `alembic`, two seconds each time, for every new gradebook."""
    bin = os.path.dirname(sys.executable)
    paths = [bin, *os.environ["PATH"].split(os.pathsep)]
    program = shutil.which("alembic", path=os.pathsep.join(paths))
    if os.name != "posix" or program is None:
        return
    folder = tmp_path_factory.mktemp("programs")
    shared = folder.parents[1] if "PYTEST_XDIST_WORKER" in os.environ else folder
    asked = folder / "alembic"
    asked.write_text(ALEMBIC.format(program=program, answer=shared / "alembic heads"))
    asked.chmod(0o755)
    os.environ["PATH"] = os.pathsep.join([str(folder), *paths])


@pytest.fixture(scope="session")
def _browser() -> Iterator[Any]:
    program = next(filter(None, map(shutil.which, CHROMIUM)), None)
    if program is None:
        pytest.skip(f"needs one of {', '.join(CHROMIUM)}")
    api = pytest.importorskip("playwright.sync_api", reason="needs: pip install playwright")
    options = ["--disable-gpu", "--no-first-run", "--disable-background-networking"]
    with api.sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=program, chromium_sandbox=False, args=options
        )
        yield browser
        browser.close()


@pytest.fixture
def page(_browser: Any) -> Iterator[Any]:
    """A page in a real Chromium, for tests marked `browser`; nothing of another test is in it."""
    page = _browser.new_page()
    yield page
    for context in _browser.contexts:
        context.close()


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--screenshots", action="store_true", help="write the pictures of docs/images anew"
    )


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Modules with slow tests go first: so no process waits long for the last one."""
    slow = {item.path for item in items if item.get_closest_marker("slow")}
    items.sort(key=lambda item: item.path not in slow)


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Any:
    """`--dist loadfile`, but the modules of one lesson share a process, which runs its notebook."""
    if config.getoption("dist") != "loadfile":
        return None
    from xdist.scheduler import LoadFileScheduling

    class ByLesson(LoadFileScheduling):
        def _split_scope(self, nodeid: str) -> str:
            return re.sub(r"^(tests/lessons/\w+)/.*", r"\1", super()._split_scope(nodeid))

    return ByLesson(config, log)


def pytest_deselected(items: list[pytest.Item]) -> None:
    for item in items:
        counts = item.config.stash.setdefault(_left_out, {})
        for marker in OPT_IN:
            if item.get_closest_marker(marker):
                counts[marker] = counts.get(marker, 0) + 1


def pytest_sessionfinish(session: pytest.Session) -> None:
    """One of several processes (pytest-xdist) tells the first one, which has the last word."""
    if hasattr(session.config, "workeroutput"):
        session.config.workeroutput["left_out"] = session.config.stash.get(_left_out, {})


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node: Any, error: object) -> None:
    # All have deselected the same tests.
    node.config.stash[_left_out] = getattr(node, "workeroutput", {}).get("left_out", {})


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    asked = terminalreporter.config.option.markexpr
    for marker, count in terminalreporter.config.stash.get(_left_out, {}).items():
        if f"not {marker}" in asked:
            terminalreporter.write_line(
                f"LEFT OUT: {count} tests marked `{marker}`. Run them: make {marker}", yellow=True
            )


@pytest.fixture(scope="session")
def _small_release(tmp_path_factory: pytest.TempPathFactory):
    from helpers.graded_class import released  # nbgrader, for the tests that need it

    root = tmp_path_factory.mktemp("gradebook")
    return released(root), root / "project"


@pytest.fixture(scope="session")
def made_klass(_small_release):
    """Returns a function that makes, in a folder, what `klass` is."""
    from helpers.graded_class import FIRST, Class, twin

    course, project = _small_release

    def make(folder: Path) -> Any:
        klass = Class(twin(course, folder), project)
        klass.hand_in("student-01", "It moves the plane.")
        klass.hand_in("student-02", code="wrong")
        (klass.course.submitted_dir(FIRST, "student-03") / "figures").mkdir(parents=True)
        return klass

    return make


@pytest.fixture
def klass(made_klass, tmp_path: Path):
    """A course of its own with three submissions: all right, partly right, no notebook."""
    return made_klass(tmp_path / "course")
