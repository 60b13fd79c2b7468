"""``[watch]`` of course.toml: how often, what feedback shows, and which hand-in counts."""

from __future__ import annotations

import os
import re
from datetime import timedelta

import pytest
from helpers import ROOT
from helpers.graded_class import FIRST
from helpers.watched import NO_BIAS, NOW, RIGHT, ROWS_ONLY, outcomes, quick

from autograder.course import SETTINGS
from autograder.errors import AutograderError
from autograder.grading import classroom
from autograder.intake import watch_rules
from autograder.intake.watch_events import Renewed

pytestmark = pytest.mark.skipif(os.name != "posix", reason="the exchange is for Unix alone")


@pytest.fixture
def watched(klass, monkeypatch):
    return quick(klass, monkeypatch)


def test_who_has_handed_in_often_enough_waits_until_tomorrow(watched, monkeypatch):
    watched.set("[watch]\nattempts_a_day = 1\n")
    watched.submit("student-09", NO_BIAS)
    watched.look()
    second = watched.submit("student-09", RIGHT, minutes=1)
    other = watched.submit("student-08", RIGHT)
    assert outcomes(watched.look()) == [
        ("student-09", "waits", None),
        ("student-08", "graded", 4.5),
    ]
    assert "it waits until tomorrow" in watched.fetched(second)
    assert "4.5 of 7.5" in watched.fetched(other)
    assert watched.look() == [], "it is told once"
    monkeypatch.setattr(watch_rules.Today, "day", "2100-01-01")
    assert outcomes(watched.look()) == [("student-09", "graded", 4.5)]
    assert "4.5 of 7.5" in watched.fetched(second)


def test_the_best_counts_and_the_limit_is_for_what_is_graded(watched, monkeypatch):
    monkeypatch.setattr("autograder.grading.places.place", classroom.place)
    watched.set('[watch]\ncounts = "best"\nattempts_a_day = 3\n')
    best = watched.submit("student-09", ROWS_ONLY)
    watched.look()
    worse = watched.submit("student-09", NO_BIAS, minutes=1)
    assert outcomes(watched.look()) == [("student-09", "scored", None)]
    assert "This one has 0 points." in watched.fetched(worse)
    assert "3 of 7.5" in watched.fetched(best)
    for minute in (2, 3):
        watched.submit("student-09", RIGHT, minutes=minute)
    assert outcomes(watched.look()) == [
        ("student-09", "waits", None),
        ("student-09", "graded", 4.5),
    ]


def test_the_last_one_in_time_counts(watched):
    watched.set(f'[due]\n{FIRST} = {NOW:%Y-%m-%dT%H:%M:%S}\n[watch]\ncounts = "last in time"\n')
    watched.submit("student-09", ROWS_ONLY, minutes=-20)
    watched.submit("student-09", RIGHT, minutes=-10)
    late = watched.submit("student-09", NO_BIAS, minutes=10)
    assert outcomes(watched.look())[1:] == [
        ("student-09", "graded", 4.5),
        ("student-09", "passed over", None),
    ]
    assert "the last one in time" in watched.fetched(late)


def summary(page):
    return page.split('<main class="summary">')[1].split("</main>")[0]


@pytest.mark.parametrize("show", watch_rules.SHOWS)
def test_before_the_due_date_feedback_shows_what_the_course_says(watched, show):
    due = f"[due]\n{FIRST} = {NOW + timedelta(days=1):%Y-%m-%dT%H:%M:%S}\n"
    watched.set(f'{due}[watch]\nshow = "{show}"\n')
    mistaken = watched.submit("student-08", NO_BIAS)
    failing = watched.submit("student-09", RIGHT.replace("+ b", "+ 2 * b"))
    assert {event.shows for event in watched.look()} == {show}
    mistake, failure = watched.fetched(mistaken), watched.fetched(failing)
    assert ("is left out" in summary(mistake)) == (show != "points")
    assert ("Another result than expected" in summary(failure)) == (show == "all")
    assert "Every test passed" not in mistake + failure
    # The report of each test stands below, in the notebook.
    assert ("images" in failure) == (show == "all")


def test_when_the_due_date_has_passed_all_is_shown(watched):
    watched.set(f"[due]\n{FIRST} = {NOW + timedelta(days=1):%Y-%m-%dT%H:%M:%S}\n")
    secret = watched.submit("student-09", RIGHT.replace("+ b", "+ 2 * b"))
    watched.look()
    assert "After the due date, all" in watched.fetched(secret)
    passed = f"[due]\n{FIRST} = {NOW - timedelta(hours=1):%Y-%m-%dT%H:%M:%S}\n"
    watched.set(f"{passed}[extensions.student-09]\n{FIRST} = 2\n")
    assert watched.look() == [], "not for who has an extension"
    watched.set(passed)
    assert watched.look() == [Renewed(FIRST, "student-09", "all")]
    assert "Another result than expected" in watched.fetched(secret)
    assert watched.look() == []


@pytest.mark.parametrize(
    ("rules", "words"),
    [
        ("[watch]\nattempts_a_day = -1", "attempts_a_day must be a whole number from 0"),
        ("[watch]\nattempts_a_day = true", "got True"),
        ('[watch]\nshow = "some"', "show must be one of 'points', 'mistakes', 'all'; got 'some'"),
        ("[watch]\ncounts = 3", "counts must be one of 'last', 'last in time', 'best'; got 3"),
        ("[watch]\nlimit = 3", "[watch] must be a section that may hold attempts_a_day, show"),
        ("watch = 3", "got 3"),
        ("[watch", "cannot be read"),
    ],
)
def test_invalid_rules_are_named(watched, rules, words):
    watched.set(rules)
    with pytest.raises(AutograderError, match=re.escape(words)):
        watched.look()


def test_the_template_of_a_course_says_the_defaults(watched):
    text = (ROOT / "autograder" / "templates" / SETTINGS).read_text(encoding="utf-8")
    section = text.partition("[watch]\n")[2]
    watched.set("[watch]\n" + re.sub("^# (?=[a-z_]+ =)", "", section, flags=re.M))
    assert watched.course.settings()["watch"], "the lines are there"
    assert watch_rules.rules_of(watched.course) == watch_rules.Rules()
