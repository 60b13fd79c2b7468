"""How a difference is described: what is wrong where, by which factor, and nothing untrue."""

from __future__ import annotations

import re

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from autograder.check.difference import difference
from autograder.check.values import plain

X = np.arange(1.0, 13).reshape(3, 4)


def said(got, expected=X, rtol=1e-6, atol=1e-9, **about):
    return difference("`y`", plain(got), plain(expected), rtol, atol, **about)


def changed(where, by=7.3):
    wrong = X.copy()
    wrong[where] += by * np.sin(wrong[where])
    return wrong


def test_a_list_of_numbers_is_as_good_as_an_array():
    assert said([1.0, 2.0], np.array([1.0, 2.0])) == ""


@pytest.mark.parametrize(
    ("where", "words"),
    [
        (np.s_[:], "at all 12 places;"),
        (np.s_[1], "in the whole row [1];"),
        (np.s_[:, 3], "in the whole column [:, 3];"),
        (np.s_[:, 1:3], "in 2 whole columns, the first is [:, 1];"),
        (np.s_[1, 1:3], "at 2 places, all in row [1], the first is [1, 1];"),
        (np.s_[1:, 0], "at 2 places, all in column [:, 0], the first is [1, 0];"),
        (([0, 1, 2], [1, 2, 3]), "at 3 of 12 places, the first is [0, 1];"),
    ],
)
def test_it_says_which_elements(where, words):
    assert said(changed(where)).startswith(f"`y` is wrong {words}")


@pytest.mark.parametrize(
    ("got", "words"),
    [
        (2 * X, "at all 12 places: each number is 2 times what it should be."),
        (X / 3, "each number is 0.3333 times what it should be."),
        (X * 1.00002, "each number is 1.00002 times what it should be."),
        (-X, "each number has the wrong sign."),
        (np.where(X > 8, -X, X), "in the whole row [2]: each of these numbers has the wrong sign."),
        (np.where(X > 4, 0.9 * X, X), "each of these numbers is 0.9 times what it should be."),
        (0 * X, "each of these numbers is 0."),
        ((2 * X).astype(np.float32), "is 2 times what it should be. (It was computed in float32.)"),
    ],
)
def test_it_says_by_what_factor(got, words):
    assert said(got).endswith(words)


@pytest.mark.parametrize(
    ("got", "expected"),
    [
        (2 * X + 1e-3, X),
        (2.0, 1.0),  # the factor of a single number would be its right value
        (np.full(3, 2.0), np.ones(3)),
        (np.array([2.0, 1.0]), np.array([1.0, 1.0])),
        (np.append(2 * X, 1e-3), np.append(X, 0)),
        (np.ones(3), np.zeros(3)),
        (np.array([2.0, 5.0]), np.array([1.0, np.inf])),
        (X * (1 + 1e-9), X + 1),
        (X > 3, X > 9),
        (X * 1j, X * 1j + 1),
    ],
)
def test_it_names_no_factor_if_there_is_not_one(got, expected):
    message = said(got, expected, atol=0)
    assert message.startswith("`y` is wrong")
    assert not re.search("times|sign|is 0", message)


numbers = st.integers(-3, 3).map(float) | st.floats(-1e3, 1e3)


@given(st.lists(st.tuples(numbers, numbers), min_size=1, max_size=6), st.sampled_from([1, 0.5, -1]))
def test_a_factor_that_it_names_is_true(pairs, scale):
    got, expected = np.array(pairs).T
    got = np.where(got > 0, got, scale * expected)
    message = said(got, expected)
    factor = re.search(r"(\S+) times what", message)
    if not factor and "sign" not in message:
        return
    times = float(factor[1]) if factor else -1.0
    wrong = ~np.isclose(got, expected, rtol=1e-6, atol=1e-9) if "these" in message else got == got
    assert got[wrong] == pytest.approx(times * expected[wrong], rel=1e-3, abs=1e-6)
    assert len(np.unique(expected[wrong])) > 1


def test_a_list_of_results_is_counted_from_1():
    steps = [X[0], X[1], X[2]]
    wrong = [X[0], -X[1], X[2]]
    assert said(wrong, steps).startswith("`y` (result 2 of 3) is wrong")
    assert said(wrong, steps, test="three steps on").startswith("`y` (step 2 of 3) is wrong")
    message = difference("`next_w`", wrong, steps, 1e-6, 0, test="goes on from a stored velocity")
    assert message.startswith("`next_w` (step 2 of 3) is wrong")
    assert said(wrong[:2], steps) == "`y` must be a list of 3 results."


def test_a_result_for_each_input_says_which_input():
    inputs = {"rate": 0.1, "xs": [X[0], X[1]]}
    message = said([X[0], -X[1]], [X[0], X[1]], inputs=inputs, test="one step")
    assert message.startswith("`y` (for input 2 of 2) is wrong")
    inputs["xs"] = [X[0], X]
    message = said([X[0], -X], [X[0], X], inputs=inputs)
    assert message.startswith("`y` (for input 2 of 2, of shape (3, 4)) is wrong")


def test_an_entry_of_a_dict_is_written_as_python_does():
    assert said({"v": -X}, {"v": X}).startswith("`y['v']` is wrong")
    assert said({"w": X}, {"v": X}) == "`y` has no entry 'v'."
