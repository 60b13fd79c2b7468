"""Marks and names: a slip of form counts once, and a name needs evidence."""

from __future__ import annotations

import numpy as np
import pytest

from autograder.exercise import Exercise, Mistake, Test, edit, functions


def moments(x, eps=1e-5):
    mean = x.mean(axis=0)
    return mean, x.std(axis=0) + eps


def mean_of(moments, x):
    return {"mean": moments(x)[0]}


def std_of(moments, x):
    return {"std": moments(x)[1]}


def both_of(moments, x):
    mean, std = moments(x)
    return {"mean": mean, "std": std}


def any_x(rng):
    return {"x": rng.uniform(1, 2, (4, 3))}


def infinite_x(rng):
    return {"x": np.full((4, 3), np.inf)}


def near(inputs, values, expected):
    return "" if np.allclose(values["mean"], expected["mean"]) else "The mean is wrong."


STATISTICS = Exercise(
    name="moments",
    slide="",
    answers=functions(moments),
    tests=[
        Test("mean", mean_of, any_x, points=3, untouched=["x"]),
        Test("both", both_of, any_x, points=1, untouched=["x"]),
        Test("std", std_of, any_x, points=2, untouched=["x"]),
    ],
    mistakes=[
        Mistake("sum", "It is a sum.", edit(moments, ("x.mean(axis=0)", "x.sum(axis=0)"))),
        Mistake("rows", "Along rows.", edit(moments, ("mean(axis=0)", "mean(axis=1)[:3]"))),
        Mistake("variance", "It is a variance.", edit(moments, ("x.std(", "x.var("))),
    ],
)


def statuses(report):
    return [verdict.status for verdict in report.verdicts]


def with_needless_axes(x):
    mean, std = moments(x)
    return mean[None], std[None]


def changes_x(x):
    mean, std = moments(x)
    x -= mean
    return mean, std


@pytest.mark.parametrize("function", [with_needless_axes, changes_x])
def test_a_slip_of_form_costs_the_cheapest_test_that_shows_it(function):
    report = STATISTICS.examine({"moments": function})
    assert statuses(report) == ["passed", "failed", "passed"]
    assert "in one test only" in report.verdicts[0].message
    assert "in one test only" not in report.verdicts[1].message
    assert report.earned == 5


def test_two_slips_are_two():
    def both(x):
        mean, std = changes_x(x)
        return mean[None], std

    # The shape shows in "mean" and "both", the changed input in all: both count in "both".
    assert statuses(STATISTICS.examine({"moments": both})) == ["passed", "failed", "passed"]


def test_wrong_numbers_of_a_wrong_shape_are_wrong_numbers():
    def wrong(x):
        mean, std = moments(x)
        return 2 * mean[None], std

    assert statuses(STATISTICS.examine({"moments": wrong})) == ["failed", "failed", "passed"]


def test_an_axis_more_than_one_long_is_no_slip():
    def transposed(x):
        mean, std = moments(x)
        return np.stack([mean, mean]), std

    assert statuses(STATISTICS.examine({"moments": transposed})) == ["failed", "failed", "passed"]


def test_a_property_forgives_a_shape_and_gets_the_expected_values():
    exercise = Exercise(
        name="moments",
        slide="",
        answers=functions(moments),
        tests=[Test("by property", mean_of, any_x, 2, holds=near), Test("mean", mean_of, any_x)],
    )
    assert exercise.examine({}).earned == 3
    assert exercise.examine({"moments": with_needless_axes}).earned == 2
    assert exercise.examine({"moments": lambda x: (x.sum(axis=0), 0)}).earned == 0


def test_a_mistake_is_called_by_its_name():
    for mistake in STATISTICS.mistakes:
        assert STATISTICS.examine(mistake.replaces).mistakes == [mistake.name]


def test_two_mistakes_that_meet_in_one_test_get_no_name_that_is_not_sure():
    both = edit(moments, ("x.mean(axis=0)", "x.sum(axis=0)"), ("x.std(", "x.var("))
    assert STATISTICS.examine(both).mistakes == []  # in "both" neither has its own outcome


def test_a_name_needs_all_its_tests():
    # The mean is a sum for four rows only, which "both" does not ask for.
    tests = [STATISTICS.tests[0], Test("five rows", mean_of, lambda rng: {"x": np.ones((5, 2))})]
    exercise = Exercise("moments", "", functions(moments), tests, STATISTICS.mistakes[:1])
    for_four = {"moments": lambda x: (x.mean(axis=0) * (4 if len(x) == 4 else 1), 0)}
    report = exercise.examine(for_four)
    assert statuses(report) == ["failed", "passed"]
    assert report.mistakes == []


def test_a_name_needs_half_of_the_failures():
    others = [Test(f"std {number}", std_of, any_x) for number in range(3)]
    exercise = Exercise(
        "moments", "", functions(moments), [STATISTICS.tests[0], *others], STATISTICS.mistakes[:1]
    )
    assert exercise.examine(STATISTICS.mistakes[0].replaces).mistakes == ["sum"]
    wrong = {"moments": lambda x: (x.sum(axis=0), x.std(axis=1)[:3])}
    assert exercise.examine(wrong).mistakes == []  # it explains one failure of four


def test_nan_is_no_evidence():
    tests = [Test("infinite", mean_of, infinite_x)]
    minus = Mistake("a difference", "It is NaN.", {"moments": lambda x: (x[0] - x[1], 0)})
    exercise = Exercise("moments", "", functions(moments), tests, [minus])
    assert exercise.examine(minus.replaces).mistakes == []


def test_the_same_exception_supports_a_name():
    tests = [*STATISTICS.tests[:2], Test("short", mean_of, lambda rng: {"x": np.ones((2, 2))})]
    exercise = Exercise("moments", "", functions(moments), tests, [
        Mistake("third row", "Only the third.", {"moments": lambda x: (x[2], moments(x)[1])}),
    ])  # fmt: skip
    report = exercise.examine(exercise.mistakes[0].replaces)
    assert statuses(report) == ["failed", "failed", "error"]
    assert [verdict.mistake for verdict in report.verdicts] == ["third row", "third row", ""]
    other = exercise.examine({"moments": lambda x: (x[2 if len(x) > 2 else 1], moments(x)[1])})
    assert other.mistakes == []
