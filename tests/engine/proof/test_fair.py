"""Pretenders and false names: the proof sees them where they gain, and only there."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest

from autograder.authoring import pretenders
from autograder.exercise import PUBLIC, Exercise, Mistake, Style, Test, edit, functions, source_of
from autograder.proof import fates, kill_matrix, names, prove, trials
from autograder.proof.mutants import mutants, whole_source

# --- an exercise with every weakness, and one with none ------------------------------------------


def drop(x, rng, p=0.5):
    """Set elements to 0, each with the probability p."""
    keep = rng.random(x.shape) >= p
    return x * keep


def says_so(drop, x, seed):
    out, again = (drop(x, np.random.default_rng(seed)) for _ in range(2))
    return {"repeats": bool((out == again).all()), "kept": int((out != 0).sum())}


def repeats(inputs, values):
    return "" if values["repeats"] and 0 < values["kept"] < inputs["x"].size else "no"


def shows_it(drop, x, seed):
    out, again = (drop(x, np.random.default_rng(seed)) for _ in range(2))
    return {"out": out, "again": again}


def shown(inputs, values, expected):
    x, out = inputs["x"], values["out"]
    same = out.shape == x.shape and (out == values["again"]).all()
    return (
        "" if same and ((out == 0) | (out == x)).all() and 0 < (out == 0).sum() < x.size else "no"
    )


def nothing_dropped(drop, x, seed):
    return {"out": drop(x, np.random.default_rng(seed), 0.0)}


def any_x(rng):
    return {"x": rng.uniform(1, 2, (8, 8)), "seed": int(rng.integers(1000))}


def exercise(*tests: Test, **changes) -> Exercise:
    return dataclasses.replace(Exercise("drop", "", functions(drop), tests), **changes)


WEAK = exercise(Test("it says so", says_so, any_x, holds=repeats))
IDLE = exercise(Test("p = 0", nothing_dropped, any_x))
STRONG = exercise(Test("it shows it", shows_it, any_x, holds=shown))


def packs(tried: Exercise):
    return tried.pack("", PUBLIC), tried.pack("", trials.secret(1))


def test_a_claim_is_replayed_and_drawn_numbers_are_not():
    assert pretenders.replayed_tests(*packs(WEAK)) == ["it says so"]
    assert pretenders.replayed_tests(*packs(STRONG)) == []
    assert pretenders.replayed_tests(*packs(IDLE)) == []


def test_the_liar_finds_what_a_property_wants_to_hear():
    def count(inputs, values):
        return "" if values["repeats"] and values["kept"] == inputs["seed"] else "no"

    def half(inputs, values):
        return "" if values["kept"] > 0 else "no"

    home, school = packs(exercise(Test("it says so", says_so, any_x, holds=half)))
    assert pretenders.liars_tests(home, school) == ["it says so"]
    # No stored result has the school's seed as its count; the liar tries the inputs' numbers.
    wants_seed = dataclasses.replace(school.cases[0], holds=source_of(count, name="holds"))
    asked = dataclasses.replace(school, cases=[wants_seed])
    assert pretenders.replayed_tests(home, asked) == []
    assert pretenders.liars_tests(home, asked) == ["it says so"]
    assert pretenders.liars_tests(*packs(STRONG)) == []


def test_the_author_is_told_which_test_is_replayed():
    (message,) = pretenders.replayable(WEAK)
    assert message.startswith("drop: it says so: a result that students have passes this test")
    assert pretenders.replayable(STRONG) == []


def test_who_does_nothing_is_seen():
    school = packs(IDLE)[1]
    assert pretenders.idle_tests(IDLE, school) == {"returns its first argument": ["p = 0"]}
    assert pretenders.idle_tests(STRONG, packs(STRONG)[1]) == {}


@pytest.mark.parametrize(
    ("tried", "who"), [(WEAK, "the replayer"), (IDLE, "who returns its first")]
)
def test_a_gain_falls_short(tried, who):
    trial = trials.try_secrets(tried, range(3))
    row = kill_matrix.row(prove.ExerciseProof("01", tried, trial))
    assert any(name.startswith(who) for name in row["gains"])
    assert any("nobody worked for" in bar for bar in kill_matrix.summary([row])["bars"])


# --- prices --------------------------------------------------------------------------------------


def scaled(drop, x, seed):
    return {"sum": float(drop(x, np.random.default_rng(seed), 0.0).sum())}


def small_or_large(rng):
    return {"x": np.full((2, 2), rng.choice([0.0, 1.0])), "seed": 0}


def test_a_price_by_lot_falls_short():
    double = Mistake("doubled", "It doubles.", edit(drop, ("x * keep", "2 * x * keep")))
    tests = [Test("all kept", nothing_dropped, any_x), Test("by lot", scaled, small_or_large)]
    tried = exercise(*tests, mistakes=[double])
    row = kill_matrix.row(prove.ExerciseProof("01", tried, trials.try_secrets(tried, range(12))))
    assert row["moving"] == ["doubled"]
    assert row["mistakes"]["doubled"]["sometimes"] == ["by lot"]
    assert "the price of a mistake depends on the secret" in kill_matrix.summary([row])["bars"]


def large(drop, x, seed):
    return {"large": bool(drop(x, np.random.default_rng(seed), 0.0).sum() > 5)}


def small_or_larger(rng):
    return {"x": np.full((2, 2), rng.choice([1.0, 2.0])), "seed": 0}


def test_a_mutant_whose_price_moves_is_seen():
    (not_dropped,) = [m for m in mutants(whole_source(drop)) if m.after == "return keep"]
    first = Test("sum", scaled, any_x)
    (steady,) = fates.try_mutants("drop", [exercise(first)], [not_dropped], [1, 2])
    assert (steady.moving, steady.killed) == ([], True)
    tried = exercise(first, Test("by lot", large, small_or_larger))
    (moving,) = fates.try_mutants("drop", [tried], [not_dropped], range(1, 12))
    assert (moving.moving, moving.killed) == (["by lot"], True)


# --- names ---------------------------------------------------------------------------------------


def scaled_by(x, factor=2.0, power=1):
    return factor * x**power + 1


def by_default(scaled_by, x):
    return {"y": scaled_by(x)}


def with_factor(scaled_by, x):
    return {"y": scaled_by(x, factor=3.0)}


NAMES = Exercise(
    "scaled_by",
    "",
    functions(scaled_by),
    [
        Test("default", by_default, lambda rng: {"x": rng.uniform(1, 2, 5)}),
        Test("factor", with_factor, lambda rng: {"x": rng.uniform(1, 2, 5)}),
    ],
    [
        Mistake("no one", "Add 1.", edit(scaled_by, (" + 1", ""))),
        Mistake("a square", "It squares.", edit(scaled_by, ("x**power", "x**2"))),
        Mistake("a function", "It is 3.", {"scaled_by": lambda x, factor=2.0: factor * x + 3}),
    ],
    [Style("twice", {"scaled_by": lambda x, factor=2.0: x * factor + 1})],
)


def test_pairs_are_made_of_edits_of_one_answer():
    made = {(one, two): answer for one, two, answer in names.pairs(NAMES)}
    assert set(made) == {("no one", "a square")}
    assert made["no one", "a square"]["scaled_by"](3.0) == 18.0


def test_defaults_are_changed_in_the_reference_and_in_styles():
    changed = dict(names.changed_defaults(NAMES))
    assert changed["the reference: scaled_by(power=2)"]["scaled_by"](3.0) == 19.0
    assert changed["twice: scaled_by(factor=2000.0)"]["scaled_by"](1.0) == 2001.0
    assert len(changed) == 2 + 2 + 2
    assert scaled_by(3.0) == 7.0


def test_a_name_that_only_looks_right_at_home_is_false():
    tried = [NAMES.pack("", trials.secret(number)) for number in (0, 1)]
    square = [("the reference: scaled_by(power=2)", ("a square",))]
    namings = names.try_names(NAMES, tried)
    assert [(n.answer, n.names) for n in namings if n.names] == square
    assert all(not n.false for n in namings)  # it does what the mistake does
    always = [case.mistakes["no one"] for case in tried[0].cases]
    assert names.names_given(tried[:1], [always]) == (["no one"], [])
    assert names.names_given(tried, [always, always]) == (["no one"], ["no one"])
    assert names.names_given(tried, [always, always], ["no one"]) == (["no one"], [])
