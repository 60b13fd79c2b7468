"""Several graders: none is given what another has open; a tenth of the answers is read twice."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest
from helpers.words import DRAW, RUBRIC, WHY
from hypothesis import given
from hypothesis import strategies as st

from autograder.course import init
from autograder.marking.gradebook import Entry
from autograder.marking.graders import (
    _kappa,
    agreement,
    chosen_for_second,
    claim,
    claimed_by_others,
    leave,
    read_again,
    to_read_again,
)
from autograder.marking.saving import marks_for
from autograder.marking.store import Store

CLASS = [f"student-{number:03}" for number in range(300)]


class Clock:
    """Seconds that pass when a test says so."""

    def __init__(self) -> None:
        self.seconds = 1_800_000_000.0

    def __call__(self) -> float:
        return self.seconds


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def store(tmp_path, clock):
    return Store(init(tmp_path / "course"), clock)


# ------------------------------------------------------------------------------------------ claims


def test_a_group_is_given_to_one_grader(store):
    assert claim(store, WHY, ["s1", "s2"], "ann")
    assert not claim(store, WHY, ["s2", "s3"], "bob")  # one of them is open
    assert claim(store, WHY, ["s3"], "bob")
    assert claim(store, DRAW, ["s1"], "bob")  # another question
    assert claimed_by_others(store, WHY, "bob") == {"s1": "ann", "s2": "ann"}
    assert claimed_by_others(store, WHY, "ann") == {"s3": "bob"}


def test_whoever_asks_again_keeps_it_longer(store, clock):
    claim(store, WHY, ["s1"], "ann", seconds=300)
    clock.seconds += 200
    assert claim(store, WHY, ["s1"], "ann", seconds=300)
    clock.seconds += 200
    assert not claim(store, WHY, ["s1"], "bob")


def test_a_group_that_was_left_or_forgotten_is_free(store, clock):
    claim(store, WHY, ["s1", "s2", "s3"], "ann", seconds=300)
    leave(store, WHY, "ann", ["s1"])
    leave(store, WHY, "bob")  # only what is his
    assert claim(store, WHY, ["s1"], "bob")
    assert not claim(store, WHY, ["s2"], "bob")
    clock.seconds += 300
    assert claim(store, WHY, ["s2"], "bob")
    leave(store, WHY, "bob")
    assert claimed_by_others(store, WHY, "ann") == {}


def test_of_many_who_ask_at_once_one_gets_it(store):
    def ask(name):
        mine = Store(store.course, store.clock)
        return [claim(mine, WHY, CLASS[at : at + 3], name) for at in range(10)]

    with ThreadPoolExecutor(4) as pool:
        given = list(pool.map(ask, ["ann", "bob", "cem", "dee"]))
    owners = [
        {at + offset for at, mine in enumerate(answers) if mine for offset in range(3)}
        for answers in given
    ]
    assert sum(map(len, owners)) == len(set().union(*owners)) > 0


# --------------------------------------------------------------------------------- second readings


def give(store, points, *students, grader="ann", second=False, items=()):
    """A mark, or a second reading, for these students."""
    digests = dict.fromkeys(students, "digest")
    marks = marks_for(store, WHY, digests, items, points, "", grader)
    if second:
        read_again(store, WHY, marks)
        return None
    number = store.intend(WHY, marks, {name: Entry(name) for name in students}, grader)
    store.settle(WHY, number, "saved")
    return number


def test_a_tenth_is_chosen_always_the_same_and_not_by_name():
    chosen = chosen_for_second(WHY, CLASS)
    assert len(chosen) == 30
    assert chosen == chosen_for_second(WHY, CLASS[::-1]) != chosen_for_second(DRAW, CLASS)
    assert len(set(chosen) - set(chosen_for_second(WHY, [*CLASS, "one more"]))) <= 1
    thirds = [sum(name in chosen for name in CLASS[at : at + 100]) for at in (0, 100, 200)]
    assert min(thirds) >= 4
    assert len(chosen_for_second(WHY, CLASS[:3])) == 1
    assert chosen_for_second(WHY, []) == []


def test_another_grader_reads_again_what_is_marked(store):
    chosen = chosen_for_second(WHY, CLASS)
    assert to_read_again(store, WHY, "bob", CLASS) == []
    give(store, 1.0, *chosen[:5])
    give(store, 1.0, chosen[5], grader="bob")
    give(store, 1.0, next(name for name in CLASS if name not in chosen))
    assert to_read_again(store, WHY, "bob", CLASS) == chosen[:5]
    assert to_read_again(store, WHY, "ann", CLASS) == [chosen[5]]
    give(store, 2.0, chosen[0], grader="bob", second=True)
    assert to_read_again(store, WHY, "bob", CLASS) == chosen[1:5]
    assert to_read_again(store, WHY, "cem", CLASS) == chosen[1:6]  # a second reading, no third


def test_a_second_reading_never_changes_a_mark(store):
    give(store, 1.0, "s1")
    before = store.marks(WHY)
    give(store, 0.5, "s1", grader="bob", second=True)
    give(store, 0.0, "s1", grader="cem", second=True)  # the first reading again counts
    give(store, 0.0, "s1", "s2", second=True)  # ann's own, and one that has no mark
    assert store.marks(WHY) == before
    (pair,) = agreement(store, WHY).disagreements
    assert (pair.first, pair.second, pair.second_grader, pair.settled) == (1.0, 0.5, "bob", False)


def test_kappa_is_that_of_a_textbook(store):
    """50 proposals and two readers: 20 both yes, 15 both no, 5 and 10 differ: kappa is 0.4.

    https://en.wikipedia.org/wiki/Cohen%27s_kappa#Simple_example
    """
    table = {(2.0, 2.0): 20, (2.0, 0.0): 5, (0.0, 2.0): 10, (0.0, 0.0): 15}
    names = iter(CLASS)
    for (first, second), count in table.items():
        students = [next(names) for _ in range(count)]
        give(store, first, *students)
        give(store, second, *students, grader="bob", second=True)
    result = agreement(store, WHY)
    assert (result.n, result.same, len(result.disagreements)) == (50, 35, 15)
    assert result.kappa == pytest.approx(0.4, abs=1e-12)


@given(st.lists(st.tuples(*[st.sampled_from([0.0, 0.5, 1.0, 2.0])] * 2), max_size=12))
def test_kappa_compares_with_readers_who_draw_their_points_at_random(pairs):
    chance = [first == second for first, _ in pairs for _, second in pairs]
    if all(chance):
        assert _kappa(pairs) is None
        return
    same, by_chance = (sum(x) / len(x) for x in ([a == b for a, b in pairs], chance))
    assert _kappa(pairs) == pytest.approx((same - by_chance) / (1 - by_chance), abs=1e-12)


@pytest.mark.parametrize(
    ("pairs", "kappa"),
    [
        ([], None),
        ([(1.0, 1.0)] * 3, None),
        ([(0.0, 0.0), (1.0, 1.0), (2.0, 2.0)], 1.0),
        ([(0.0, 1.0), (1.0, 0.0)], -1.0),
        ([(0.0, 0.0), (0.0, 1.0), (1.0, 0.0), (1.0, 1.0)], 0.0),
        ([(1.0, 2.0)] * 3, 0.0),
    ],
)
def test_kappa_of_small_and_degenerate_tables(store, pairs, kappa):
    for name, (first, second) in zip(CLASS, pairs, strict=False):
        give(store, first, name)
        give(store, second, name, grader="bob", second=True)
    assert agreement(store, WHY).kappa == kappa


def test_a_disagreement_is_settled_when_the_answer_is_marked_again(store):
    give(store, 1.0, "s1")
    give(store, 0.5, "s1", grader="bob", second=True)
    settling = give(store, 1.0, "s1", grader="cem")
    result = agreement(store, WHY)
    assert [pair.settled for pair in result.disagreements] == [True]
    assert (result.n, result.same) == (1, 0)  # that they agree now says nothing of them
    store.settle(WHY, settling, "undone")
    assert [pair.settled for pair in agreement(store, WHY).disagreements] == [False]


def test_an_item_that_is_worth_less_now_is_no_disagreement(store):
    give(store, None, "s1", items=("1",))
    give(store, None, "s1", items=("2",), grader="bob", second=True)
    cheaper = [RUBRIC[0], replace(RUBRIC[1], points=0.5)]
    mark = replace(store.marks(WHY)["s1"].mark)
    number = store.intend(WHY, [mark], {"s1": Entry("s1")}, "ann", "items", cheaper)
    assert agreement(store, WHY).same == 1
    store.settle(WHY, number, "saved")
    (pair,) = agreement(store, WHY).disagreements
    assert (pair.first, pair.second, pair.settled) == (1.0, 0.5, False)


def test_an_undone_mark_has_no_second_reading(store):
    number = give(store, 1.0, "s1")
    give(store, 0.5, "s1", grader="bob", second=True)
    store.settle(WHY, number, "undone")
    assert agreement(store, WHY).n == 0
