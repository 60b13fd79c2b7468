"""Packs and the values in them: what is stored, what travels, and what is refused."""

from __future__ import annotations

import contextlib
import json
from dataclasses import replace

import numpy as np
import pytest
from helpers.doubling import EXERCISE, report_of
from hypothesis import given
from hypothesis import strategies as st

from autograder import check as check_module
from autograder.authoring.packs import same_pack
from autograder.check.pack import Case, Pack
from autograder.check.probe import Outcome
from autograder.check.values import LIMIT, BadValue, Other, dumps, loads, plain


def test_a_pack_survives_its_file(tmp_path):
    pack = EXERCISE.pack("nb")
    pack.save(tmp_path / "nb" / "double.npz")
    again = Pack.load(tmp_path / "nb" / "double.npz")
    assert again.mistakes == pack.mistakes
    assert dumps(again.cases[0].inputs) == dumps(pack.cases[0].inputs)
    assert check_module.examine(again, {"double": lambda x: x * x}).mistakes == ["squares"]


def test_two_writes_of_a_pack_are_the_same_bytes(tmp_path):
    for name in "ab":
        EXERCISE.pack("nb").save(tmp_path / f"{name}.npz")
    assert (tmp_path / "a.npz").read_bytes() == (tmp_path / "b.npz").read_bytes()


def test_inputs_depend_on_the_key_and_on_nothing_else():
    first, again = EXERCISE.pack("nb", b"k"), EXERCISE.pack("nb", b"k")
    other = EXERCISE.pack("nb", b"another")
    assert dumps(first.cases[0].inputs) == dumps(again.cases[0].inputs)
    assert dumps(first.cases[0].inputs) != dumps(other.cases[0].inputs)
    assert dumps(first.cases[0].inputs) != dumps(first.cases[1].inputs)


VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**62), 2**62)
    | st.floats(allow_nan=False)
    | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)


@given(VALUES)
def test_values_survive_the_wire(value):
    once = loads(dumps(value))
    assert dumps(once) == dumps(value)


@given(st.binary(max_size=200) | st.text(max_size=200).map(str.encode))
def test_strange_bytes_are_refused_and_nothing_else_happens(data):
    with contextlib.suppress(BadValue):
        loads(data)


@pytest.mark.parametrize(
    "document",
    [
        {"tree": {"array": 0}, "arrays": [["<f8", [10**11], ""]]},
        {"tree": {"array": 0}, "arrays": [["<f8", [-1], ""]]},
        {"tree": {"array": 0}, "arrays": [["<f8", [10**15, 0], ""]]},
        {"tree": {"array": 0}, "arrays": [["|O", [1], "AAAAAAAAAAA="]]},
        {"tree": {"array": 0}, "arrays": [["V8", [1], "AAAAAAAAAAA="]]},
        {"tree": {"array": 3}, "arrays": []},
        {"tree": {"dict": [], "list": []}, "arrays": []},
        [1, 2],
    ],
)
def test_forged_documents_are_refused(document):
    with pytest.raises(BadValue):
        loads(json.dumps(document).encode())


def test_a_huge_array_is_not_copied():
    huge = np.broadcast_to(np.float64(1), (10**5, 10**5))
    assert isinstance(plain(huge), Other)
    assert huge.size * huge.itemsize > LIMIT
    assert isinstance(plain(np.zeros((10**15, 0))), Other)


def test_the_name_of_a_strange_type_is_cut():
    strange = type("x" * 10**6, (), {})()
    assert len(plain(strange)) < 100
    forged = json.dumps({"tree": {"other": "x" * 10**6}, "arrays": []})
    assert len(loads(forged.encode())) < 300


class Liar(np.ndarray):
    def __eq__(self, other):
        return np.ones(np.shape(self), bool)


def test_a_subclass_is_judged_by_its_numbers():
    assert report_of(lambda x: (x * 0).view(Liar)).earned == 0


@pytest.mark.parametrize(
    "value",
    [
        None,
        [],
        {"status": "ok"},
        {**Outcome().to_value(), "values": 3},
        {**Outcome().to_value(), "warnings": [1]},
    ],
)
def test_an_outcome_of_another_form_is_refused(value):
    with pytest.raises(BadValue):
        Outcome.from_value(value)


def test_a_smaller_tolerance_is_another_pack():
    case = Case("t", 1.0, "", {}, Outcome(), atol=1e-13)
    one, other = (Pack("e", "n", "", [], [c]) for c in (case, replace(case, atol=1e-15)))
    assert same_pack(one, one)
    assert not same_pack(one, other)
