"""What results say of a class, against independent ways to work it out."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import pointbiserialr

from autograder.check.judge import Report, Verdict
from autograder.reports.class_statistics import (
    at_risk,
    causes,
    discrimination,
    histogram,
    items,
    slowest,
    topics,
)


def verdict(test="rows", status="passed", points=2.0, mistake="", message="", elsewhere=False):
    return Verdict(test, points, status, message, mistake, elsewhere)


def report(exercise, *verdicts, slide="Slide of affine"):
    return Report(exercise, "01_small", slide, list(verdicts))


# ------------------------------------------------------------------------------------ the figures


@given(st.lists(st.integers(0, 1000), max_size=50))
def test_the_histogram_is_numpys(thousandths):
    shares = [value / 1000 for value in thousandths]
    expected = np.histogram(thousandths, bins=range(0, 1001, 100))[0]
    assert histogram(shares) == expected.tolist()


def test_a_score_beyond_all_points_is_in_the_last_class():
    assert histogram([1.2, -0.1]) == [1, 0, 0, 0, 0, 0, 0, 0, 0, 1]


def test_discrimination_of_an_all_or_nothing_item_is_the_point_biserial_correlation():
    rng = np.random.default_rng(4)
    rest = rng.integers(0, 40, 60).astype(float)
    item = (rest + rng.normal(scale=12, size=60) > 20).astype(float)
    expected = pointbiserialr(item, rest).statistic
    assert discrimination(item.tolist(), rest.tolist()) == pytest.approx(expected, abs=1e-12)
    assert expected > 0.4


def test_an_item_is_not_in_the_total_that_it_is_compared_with():
    """With it there, points given by chance would seem to tell who is good."""
    rng = np.random.default_rng(7)
    points = {
        f"s{number}": {"chance": float(rng.integers(2)), "rest": float(rng.integers(3))}
        for number in range(400)
    }
    (chance, _) = items(points, {"chance": 1.0, "rest": 2.0})
    columns = np.array([[each["chance"], each["rest"]] for each in points.values()]).T
    assert chance.discrimination == pytest.approx(np.corrcoef(columns)[0, 1])
    assert abs(chance.discrimination) < 0.15
    assert np.corrcoef(columns[0], columns.sum(axis=0))[0, 1] > 0.4


@pytest.mark.parametrize(
    ("item", "rest"),
    [([0.0, 1.0], [1.0, 2.0]), ([1.0] * 20, list(range(20))), (list(range(20)), [3.0] * 20)],
    ids=["two students", "an item that all have", "a rest that all have"],
)
def test_where_a_correlation_means_nothing_there_is_none(item, rest):
    assert discrimination(item, rest) is None


def test_an_item_counts_those_who_are_marked_and_says_who_waits():
    points = {"a": {"q": 2.0, "r": 1.0}, "b": {"q": 1.0, "r": None}, "c": {"q": 0.0, "r": None}}
    q, r = items(points, {"q": 2.0, "r": 1.0})
    assert (q.share, q.full, q.of, q.waiting) == (0.5, 1, 3, 0)
    assert (r.share, r.full, r.of, r.waiting) == (1.0, 1, 1, 2)


def test_an_item_that_nobody_is_marked_in_is_left_out():
    assert items({"a": {"q": None}}, {"q": 2.0, "other": 1.0}) == []


# ------------------------------------------------------------------------------------- the causes

NO_BIAS = {"mistake": "no bias", "message": "`b` is left out.", "status": "failed"}
CLASS = {
    "student-00": [report("affine", verdict("rows", points=3), verdict("images", points=1.5))],
    "student-01": [
        report(
            "affine", verdict("rows", points=3, **NO_BIAS), verdict("images", points=1.5, **NO_BIAS)
        )
    ],
    "student-02": [
        report("affine", verdict("rows", points=3, **NO_BIAS), verdict("images", "error", 1.5)),
        report("relu", verdict("all", "failed", 1.0), slide="ReLU"),
    ],
    "dot": [
        report("affine", verdict("rows", "not written", 3), verdict("images", "not written", 1.5))
    ],
}


def test_a_mistake_counts_a_student_once_and_sums_the_points_of_its_tests():
    first = causes(CLASS)[0]
    assert (first.name, first.known, first.message) == ("no bias", True, "`b` is left out.")
    assert first.students == ("student-01", "student-02")
    assert first.lost == 3 + 1.5 + 3


def test_what_is_no_known_mistake_is_told_by_what_became_of_it():
    told = {(cause.exercise, cause.name): cause.lost for cause in causes(CLASS) if not cause.known}
    assert told == {
        ("affine", "raised an error"): 1.5,
        ("affine", "not written"): 4.5,
        ("relu", "another difference"): 1.0,
    }


def test_causes_account_for_every_lost_point():
    reports = [report for student in CLASS.values() for report in student]
    lost = sum(report.points - report.earned for report in reports)
    assert sum(cause.lost for cause in causes(CLASS)) == lost


def test_an_unknown_status_is_told_as_it_is():
    (cause,) = causes({"student-00": [report("affine", verdict(status="melted"))]})
    assert cause.name == "melted"


def test_what_to_teach_again_is_what_cost_most_of_what_was_tried():
    first, second = topics(CLASS)
    assert (first.slide, first.lost, first.students) == (
        "Slide of affine",
        9.0,
        ("student-01", "student-02"),
    )
    assert first.share == 9.0 / (4 * 4.5)
    assert (second.slide, second.share) == ("ReLU", 1.0)


def test_two_exercises_of_one_slide_are_one_topic():
    wrong = verdict(status="failed")
    (topic,) = topics({"student-00": [report("a", wrong), report("b", wrong)]})
    assert (topic.lost, len(topic.causes), topic.students) == (4.0, 2, ("student-00",))


def test_a_class_without_a_fault_has_nothing_to_be_taught_again():
    assert topics({"student-00": CLASS["student-00"]}) == []
    assert causes({}) == []


# ------------------------------------------------------------------------------------ the seconds


def test_the_slowest_cell_is_slow_for_most_and_not_for_one():
    seconds = {f"s{n}": {"slow": 1.0, "quick": 0.1} for n in range(4)}
    seconds["s4"] = {"slow": 1.2, "quick": 30.0}
    first, second = slowest(seconds)
    assert (first.cell, first.median, first.longest, first.student) == ("slow", 1.0, 1.2, "s4")
    assert (second.cell, second.median, second.longest, second.student) == (
        "quick",
        0.1,
        30.0,
        "s4",
    )


def test_cells_that_students_added_are_left_out():
    seconds = {"a": {"setup": 0.1, "added-1": 9.0}, "b": {"setup": 0.1}}
    assert [slow.cell for slow in slowest(seconds)] == ["setup"]
    assert slowest({}) == []


# --------------------------------------------------------------------------------- who needs help


def of_a_class(*assignments):
    """Shares of 20 students, of whom the first has these in each assignment and the others 0.8."""
    return [
        {f"student-{n:02}": 0.8 for n in range(2, 21)} | ({} if x is None else {"student-01": x})
        for x in assignments
    ]


@pytest.mark.parametrize(
    ("shares", "falling", "far_below"),
    [
        ((0.9, 0.9, 0.6), True, False),
        ((0.9, 0.8, 0.7, 0.5), True, False),
        ((0.9, 0.7, 0.8), False, False),
        ((0.3, 0.3), False, True),
        ((0.9, 0.0, 0.0), True, True),
        ((None, None, 0.9), False, True),
        ((0.39,), False, True),
        ((0.41,), False, False),
        ((0.9, None), False, False),
    ],
)
def test_at_risk_is_who_falls_or_is_far_below(shares, falling, far_below):
    students = {one.student: one for one in at_risk(of_a_class(*shares))}
    assert set(students) == ({"student-01"} if falling or far_below else set())
    for one in students.values():
        assert (one.is_falling, one.is_far_below) == (falling, far_below)
        assert one.shares == shares


@given(st.lists(st.floats(0.05, 0.95), min_size=2, max_size=6), st.floats(0.0, 0.5))
def test_an_assignment_that_is_harder_for_all_puts_nobody_at_risk(start, harder):
    names = [f"student-{n}" for n in range(len(start))]
    ready = {name: 0.5 + share / 2 for name, share in zip(names, start, strict=True)}
    shares = [ready, {name: share - harder for name, share in ready.items()}]
    assert not any(one.is_falling for one in at_risk(shares))


def test_no_class_has_nobody_at_risk():
    assert at_risk([]) == at_risk([{}]) == []
