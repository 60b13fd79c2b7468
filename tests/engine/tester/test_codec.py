"""What travels between the two processes: data keep type and identity, all else is refused."""

from __future__ import annotations

import collections
import copy
import datetime
import decimal
import fractions
import io
import json
import sys
import uuid

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from autograder.tester.codec import Codec
from autograder.tester.errors import BadMessage
from autograder.tester.line import from_text, to_text
from autograder.tester.table import Table


def no_object(value):
    raise TypeError(f"no data: {value!r}")


def pair():
    return Codec(Table(0), no_object, no_object), Codec(Table(1), no_object, no_object)


def send(value, codecs=None):
    sender, receiver = codecs or pair()
    return from_text(receiver, to_text(sender, value))


def same(one, other):
    if type(one) is not type(other):
        return False
    if isinstance(one, np.ndarray):
        return one.dtype == other.dtype and one.shape == other.shape and repr(one) == repr(other)
    if isinstance(one, (list, tuple, collections.deque)):
        return len(one) == len(other) and all(map(same, one, other))
    if isinstance(one, dict):
        return same(list(one.items()), list(other.items()))
    if isinstance(one, Exception):
        return same(one.args, other.args)
    return one == other or repr(one) == repr(other)  # nan


SCALARS = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text()
    | st.binary()
    | st.complex_numbers()
    | st.decimals().filter(lambda number: not number.is_snan())
    | st.fractions()
    | st.datetimes(timezones=st.none() | st.just(datetime.UTC))
    | st.dates()
    | st.timedeltas()
    | st.uuids()
)
KEYS = st.integers() | st.text() | st.tuples(st.integers(), st.text())
VALUES = st.recursive(
    SCALARS,
    lambda inner: (
        st.lists(inner)
        | st.tuples(inner, inner)
        | st.dictionaries(KEYS, inner)
        | st.sets(KEYS)
        | st.frozensets(KEYS)
    ),
    max_leaves=20,
)


@given(VALUES)
def test_data_arrive_with_their_types(value):
    assert same(send(value), value)


@pytest.mark.parametrize(
    "value",
    [
        ...,
        NotImplemented,
        range(10, 0, -3),
        slice(None, 5, 2),
        1 << 200,
        bytearray(b"ab"),
        collections.Counter("hello"),
        collections.OrderedDict(b=1, a=2),
        collections.deque([1, 2], maxlen=3),
        collections.defaultdict(list, {"a": [1]}),
        datetime.time(12, 30, fold=1),
        decimal.Decimal("1.50"),
        fractions.Fraction(-1, 3),
        uuid.UUID(int=7),
        ValueError("no", 3),
        UnicodeDecodeError("utf-8", b"x", 0, 1, "bad"),
        int,
        np.float32,
        np.dtype("<f4"),
        np.float32(1.5),
        np.datetime64("2020-01-01"),
        np.arange(6).reshape(2, 3),
        np.array(["a", "bc"]),
        np.array([1, "a", None], object),
        np.zeros((0, 3)),
        np.array(5),
        np.array(["2020-01-01"], "M8[D]"),
    ],
    ids=lambda value: repr(value)[:30],
)
def test_other_data_arrive_with_their_types(value):
    assert same(send(value), value)


def test_a_text_file_in_memory_arrives_at_its_place():
    file = io.StringIO("one\ntwo\n")
    file.readline()
    assert send(file).read() == "two\n"


@given(st.lists(st.integers()), st.lists(st.integers()))
def test_a_change_in_place_goes_back_to_the_same_object(before, after):
    codecs = pair()
    mine = list(before)
    theirs = send((mine, mine), codecs)
    assert theirs[0] is theirs[1]
    theirs[0][:] = after
    assert send(theirs[0], codecs[::-1]) is mine
    assert mine == after


@pytest.mark.parametrize(
    ("value", "change"),
    [
        ({"a": 1}, lambda x: x.update(b=[1])),
        ({1, 2}, lambda x: x.discard(1)),
        (bytearray(b"ab"), lambda x: x.extend(b"c")),
        (np.zeros(3), lambda x: x.__setitem__(1, 5)),
        (np.array([None, 1], object), lambda x: x.__setitem__(0, "a")),
        (collections.Counter("ab"), lambda x: x.update("a")),
        (collections.OrderedDict(a=1, b=2), lambda x: x.move_to_end("a")),
        (collections.deque([1, 2]), lambda x: x.rotate()),
        (np.zeros(100_000), lambda x: x.__setitem__(-1, 1)),
    ],
    ids=lambda value: type(value).__name__,
)
def test_every_container_can_be_changed_from_the_other_side(value, change):
    codecs = pair()
    theirs = send(value, codecs)
    change(theirs)
    expected = copy.deepcopy(theirs)
    send(theirs, codecs[::-1])
    assert same(value, expected)


def test_an_unchanged_array_is_sent_once():
    codecs = pair()
    array = np.arange(10_000)
    kept = send(array, codecs)
    assert len(to_text(codecs[0], array)) < 100
    assert send(array, codecs) is kept


def test_what_nobody_uses_any_more_is_forgotten():
    codecs = pair()
    for number in range(100):
        send([number], codecs)
    assert len(codecs[0].table) < 5
    assert len(codecs[1].table) < 5


def test_cycles_arrive():
    ring: list = [1]
    ring.append(ring)
    received = send(ring)
    assert received[1] is received


def test_subclasses_of_data_become_plain():
    class Liar(int):
        def __eq__(self, other):
            return True

        __hash__ = int.__hash__

    class Text(str):
        pass

    class Array(np.ndarray):
        pass

    values = send([Liar(3), Text("a"), np.zeros(2).view(Array)])
    assert [type(value) for value in values] == [int, str, np.ndarray]
    assert values[0] != 4


def message(*parts):
    return json.dumps({"forget": [], "parts": [list(part) for part in parts]})


@pytest.mark.parametrize(
    "tree",
    [
        {"a": 1},
        [],
        [[]],
        ["system", "ls"],
        ["@", 1],
        ["@", True],
        ["type", "os", "system"],
        ["type", "builtins", "eval"],
        ["type", "builtins", "AssertionError"],
        ["exception", "builtins", "KeyboardInterrupt", []],
        ["exception", "builtins", "SystemExit", []],
        ["exception", "builtins", "int", []],
        ["library", "os", "system"],
        ["object", 2, ["function", "f"]],
        ["new", 1, ["list", []]],  # the receiver's own number
        ["new", 2, ["array", "|O", [1], "AAAAAAAAAAA="]],
        ["new", 2, ["array", "<f8", [2], "AAAAAAAAAAA="]],
        ["new", 2, ["array", "<f8", [1 << 40, 0], ""]],
        ["new", 2, ["array", "<f8", [-1], ""]],
        ["new", 2, ["objects", [3], [1]]],
        ["new", 2, ["array", "(99999999,)i8", [0], ""]],
        ["new", 2, ["set", [["new", 4, ["list", []]]]]],
        ["new", 2, ["eval", "1"]],
        ["dtype", "i8,(999999,)i8"],
        ["scalar", "|O", "AAAAAAAAAAA="],
        ["int", "zz"],
        ["range", "0x0", "0x1", "0x0"],
        ["datetime", 0, 0, 0, 0, 0, 0, 0, 0, None],
        ["bytes", "%%%"],
        ["named", ["type", "builtins", "tuple"], 5],
        ["pandas", "eval", "1"],
        ["defaultdict", [], [], 5],
    ],
    ids=repr,
)
def test_anything_else_is_no_message(tree):
    with pytest.raises(BadMessage):
        from_text(pair()[1], message([tree]))


@pytest.mark.parametrize(
    "text",
    ["", "[", "1", "{}", '{"forget": 1, "parts": []}', "[" * 100_000, '{"forget": [], "parts": 5}'],
    ids=lambda text: text[:20],
)
def test_text_that_is_no_message(text):
    with pytest.raises(BadMessage):
        from_text(pair()[1], text)


def test_deep_nesting_is_no_message():
    tree: object = 1
    for _ in range(2000):
        tree = ["tuple", [tree]]
    limit = sys.getrecursionlimit()
    sys.setrecursionlimit(20_000)
    try:
        text = message([tree])
        with pytest.raises(BadMessage):
            from_text(pair()[1], text)
    finally:
        sys.setrecursionlimit(limit)


def test_a_change_may_not_change_the_type_or_shape():
    for value, content in (
        ([1], ["dict", [], [], None]),
        (np.zeros(2), ["array", "<f8", [1], "AAAAAAAAAAA="]),
    ):
        codecs = pair()
        to_text(codecs[0], value)
        before = copy.deepcopy(value)
        with pytest.raises(BadMessage):
            from_text(codecs[0], message([0, content], [None]))
        assert same(value, before)


def test_too_many_items_are_no_message():
    with pytest.raises(BadMessage, match="large"):
        from_text(pair()[1], message([["tuple", [1] * 4_100_000]]))
