"""Values between a student's process and the grader: bounded before they are expanded."""

from __future__ import annotations

import base64
import json
import tracemalloc

import numpy as np
import pytest

from autograder.check.values import (
    ITEMS,
    LIMIT,
    BadValue,
    Other,
    TooLarge,
    dumps,
    join,
    loads,
    plain,
)  # fmt: skip
from autograder.grading.kernel import _read_outcome

MEGABYTE = np.zeros(125_000)
TEXT = "x" * 1_000_000


def encoded(tree, *arrays):
    packed = [
        [array.dtype.str, [*array.shape], base64.b64encode(array.tobytes()).decode()]
        for array in arrays
    ]
    return json.dumps({"tree": tree, "arrays": packed}).encode()


def doubled(times):
    """A list that takes a few bytes, and has 2**times items for whoever walks it."""
    items = [1, "a"]
    for _ in range(times):
        items = [items, items]
    return items


@pytest.mark.parametrize(
    "value",
    [
        {"w": np.arange(6.0).reshape(2, 3), "t": 2, "more": [None, True, 1.5, "text"]},
        [np.zeros((0, 784)), np.zeros((5, 0)), np.float32(3)],
        [MEGABYTE] * 15,
        [["a"]] * (ITEMS // 2),
        {"a": [1.0, 2.0] * 900_000},
    ],
)
def test_what_fits_arrives_as_it_was(value):
    np.testing.assert_equal(loads(dumps(value)), plain(value))
    assert not any(isinstance(item, Other) for item in plain(value))


@pytest.mark.parametrize(
    ("value", "description"),
    [
        ([MEGABYTE] * 1500, "an array of shape (125000,), and the whole result is too large"),
        ([TEXT] * 17, "a text of 1000000 characters, and the whole result is too large"),
        ({"x": [0.5] * 2_000_001}, "a list of 2000001 items, and the whole result is too large"),
        ([None] * (ITEMS + 1), "a list of 200001 items, and the whole result is too large"),
        ([dict.fromkeys(range(ITEMS))], "a dict of 200000 entries, and the whole result is too"),
        (doubled(19), "a list of 2 items, and the whole result is too large to compare"),
        ([np.zeros((10_000_000, 0))], "an array of shape (10000000, 0), too large to compare"),
        ([np.zeros((0, 20_000))] * 9, "an array of shape (0, 20000), and the whole result is"),
        ([np.zeros(LIMIT + 1, np.int8)], f"an array of shape ({LIMIT + 1},), too large"),
    ],
)
def test_a_value_is_bounded_as_a_whole(value, description):
    text = repr(plain(value))
    assert description in text
    assert len(loads(dumps(value))) > 0


def test_nothing_is_copied_beyond_the_limit():
    tracemalloc.start()
    plain([MEGABYTE] * 1500)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 2 * LIMIT


@pytest.mark.parametrize(
    "data",
    [
        encoded([{"array": 0}] * 1500, MEGABYTE),
        encoded({"dict": {str(n): {"array": 0} for n in range(17)}}, MEGABYTE),
        encoded([[]] * (ITEMS + 1)),
        encoded([{"array": 0}] * 9, np.zeros((20_000, 0))),
    ],
)
def test_references_of_a_forged_value_are_bounded_before_they_are_followed(data):
    with pytest.raises(TooLarge, match="more than 16 MB, or more than 200000 items"):
        loads(data)
    outcome = _read_outcome({"answer": base64.b64encode(data).decode()})
    assert outcome.status == "error"
    assert outcome.error.startswith("The whole result is too large to compare")


def test_an_empty_array_must_have_few_places():
    data = json.dumps({"tree": {"array": 0}, "arrays": [["<f8", [16_000_000, 0], ""]]}).encode()
    with pytest.raises(BadValue, match="larger than a value may be"):
        loads(data)


def test_a_course_s_own_data_are_not_cut():
    many = [MEGABYTE] * 17
    assert len(plain(many, bounded=False)[16]) == 125_000
    assert len(dumps(many, bounded=False)) > 17 * 1_300_000
    assert len(join([{"array": 0}] * 17, [MEGABYTE])) == 17


def test_a_list_of_numpy_numbers_is_an_array_like_a_list_of_numbers():
    for numbers in ([np.float64(1.5), 2], (np.float32(1), np.float32(2)), [np.bool_(True), False]):
        assert isinstance(plain(numbers), np.ndarray)
    assert isinstance(plain([np.float64(1), "2"]), list)
