"""The watcher as a program: killed, refused, stopped; and its page."""

from __future__ import annotations

import configparser
import json
import os
import re
import shlex
import signal
import subprocess
import sys
from functools import partial
from pathlib import Path

import pytest
from helpers import ROOT
from helpers.graded_class import FIRST
from helpers.small_course import project
from helpers.watched import NO_BIAS, Watched, quick

from autograder.commands import main, parser
from autograder.intake import watch, watch_rules

pytestmark = pytest.mark.skipif(os.name != "posix", reason="the exchange is for Unix alone")
PROGRAM = ROOT / "tests" / "helpers" / "grade_small.py"
PAGE = (ROOT / "docs" / "watch.md").read_text(encoding="utf-8")


@pytest.fixture
def watched(klass, monkeypatch):
    return quick(klass, monkeypatch)


@pytest.fixture
def program(klass):
    """Returns a function that starts the command in a process of its own."""
    path = os.pathsep.join([str(ROOT), str(ROOT / "tests")])
    watched, running = Watched(klass), []

    def start(*options):
        command = [sys.executable, str(PROGRAM), str(klass.made), "watch", FIRST]
        options = ["--course", str(klass.course.root), "--interval", "1", "--jobs", "1", *options]
        running.append(
            subprocess.Popen(
                [*command, *options],
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                text=True,
                env={**os.environ, "PYTHONPATH": path},
            )
        )
        return running[-1]

    yield watched, start
    for process in running:
        process.kill()
        process.communicate()


def until(process, event):
    """Read its lines until one is of this event; returns the line."""
    for line in process.stdout:
        if (record := json.loads(line))["event"] == event:
            return record
    raise AssertionError(process.stderr.read())


@pytest.mark.nightly
def test_a_real_kill_a_second_watcher_and_ctrl_c(program, capsys):
    watched, start = program
    secret = watched.submit("student-09")
    first = start("--json")
    until(first, "start")
    assert main(["watch", FIRST, "--once", "--course", str(watched.course.root)]) == 2
    assert "is being watched already" in capsys.readouterr().err
    first.kill()
    second = start("--json")  # at once: the kill has ended the lock
    handled = until(second, "handled")
    assert (handled["score"], handled["reason"]) == (4.5, "")
    assert "4.5 of 7.5" in watched.fetched(secret)
    other = watched.submit("student-08", NO_BIAS)
    assert until(second, "handled")["student"] == "student-08"
    assert "0 of 7.5" in watched.fetched(other)
    second.send_signal(signal.SIGINT)
    assert second.wait(20) == 130
    assert second.stderr.read().strip() == "autograder: stopped"


def test_once_says_a_line_for_each_and_by_its_exit_code_what_failed(watched, capsys, monkeypatch):
    made = project(watched.klass.made)
    monkeypatch.setattr(watch, "Watcher", partial(watch.Watcher, project=made))
    watched.submit("student-09\x1b[2J")
    watched.submit("student-08")
    assert main(["watch", FIRST, "--once", "--course", str(watched.course.root)]) == 1
    first, *lines = capsys.readouterr().out.splitlines()
    assert first == f"watching the exchange for {FIRST}"
    assert [re.sub(r" \d\d:\d\d:\d\d ", " ", line) for line in lines] == [
        f"{FIRST}: FAILED, will be tried again: student-09?[2J cannot be the name of a folder",
        f"{FIRST}: student-08: 4.5/7.5; feedback given, which shows mistakes",
    ]
    assert main(["watch", "02_none", "--course", str(watched.course.root)]) == 2
    assert "02_none must be released" in capsys.readouterr().err


# ----------------------------------------------------------------------------------------- the page


def test_the_pages_unit_and_crontab_start_the_command():
    unit = configparser.ConfigParser(strict=True, interpolation=None)
    unit.optionxform = str
    unit.read_string(re.search(r"```ini\n(.*?)```", PAGE, re.S)[1])
    assert unit["Service"]["Type"] == "exec"
    assert unit["Service"]["Restart"] == "on-failure"
    assert unit["Install"]["WantedBy"].endswith(".target")
    cron = re.search(r"^\* \* \* \* \* (.*)$", PAGE, re.M)[1]
    for command in (unit["Service"]["ExecStart"], cron.partition("&& ")[2]):
        words = shlex.split(command)
        assert Path(words[0]).parts[-3:] == (".venv", "bin", "python")
        assert words[1:3] == ["-m", "autograder"]
        options = parser().parse_args(words[3:])
        assert options.once == (command is not unit["Service"]["ExecStart"] and "--once" in words)


def test_the_pages_rules_are_rules(watched):
    watched.set(re.search(r"```toml\n(.*?)```", PAGE, re.S)[1])
    rules = watch_rules.rules_of(watched.course)
    assert {rules.show, rules.counts} <= {*watch_rules.SHOWS, *watch_rules.COUNTS}
