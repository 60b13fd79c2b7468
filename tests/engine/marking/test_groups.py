"""Which answers are marked together, and what is shown of their differences."""

import random
import time
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from autograder.marking.groups import differences, group

LONG = (
    "The gradient points mostly across the valley, so the steps jump from wall to wall while the "
    "path along the floor makes hardly any progress, because that slope is so gentle."
)


def together(one, other, kind="words"):
    return len(group({"ann": one, "bob": other}, kind)) == 1


def members(texts, kind="words"):
    return [group.members for group in group(texts, kind)]


# ------------------------------------------------------------------------------------------ equal


def test_case_white_space_and_punctuation_do_not_count():
    texts = {"ann": "It is *steep*.", "bob": "it  is steep", "eve": "It is, ﬁnally, steep!"}
    assert members(texts) == [("ann", "bob"), ("eve",)]
    assert together("It isn’t ﬁne – or so", "it isn't fine, or so")
    assert not group(texts)[0].differences


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("x > 0", "x < 0"),
        ("x = -1", "x = 1"),
        ("a + b", "a b"),
        ("$W x$", "$w x$"),
        ("$x_1$", "$x^1$"),
        ("10² steps", "102 steps"),
        ("1.5", "15"),
        ("`a-b`", "`a+b`"),
    ],
)
def test_signs_and_formulas_do(one, other):
    assert not together(one, other)


def test_pictures_are_looked_at_one_by_one():
    texts = dict.fromkeys(("ann", "bob"), "![a](attachment:picture-1)")
    assert len(group(texts)) == 2


def test_code_is_the_same_but_for_comments_and_blank_lines():
    assert together("def f(x):\n    return x  # so\n\n", "def f(x):\n\n    return x", "code")
    assert not together("return x[1:]", "return x[:1]", "code")
    assert not together("if a:\n    b\nc", "if a:\n    b\n    c", "code")
    assert not together('"#a"', '"#b"', "code")
    assert not together(LONG + " x", LONG + " y", "code")


# ----------------------------------------------------------------------------------- nearly equal


def test_a_slip_of_the_pen_is_nearly_equal():
    assert together(LONG, LONG.replace("gentle", "gentel"))
    assert together(LONG, LONG.replace("hardly any progress", "hardly any real progress"))
    assert not together("It is steep.", "It is a valley.")


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("is so gentle", "is not so gentle"),
        ("makes", "doesn't make"),
        ("path along", "path not along"),
        ("so the", "so the 3"),
        ("is so gentle", "is so ungentle"),
        ("makes", "increases"),
        ("wall to wall", "wall to $w$"),
        ("steps jump", "steps n jump"),
        ("path along", "path without"),
        ("mostly", "always"),
    ],
)
def test_one_decisive_word_keeps_them_apart(old, new):
    assert old in LONG
    assert not together(LONG, LONG.replace(old, new))


@pytest.mark.parametrize(
    ("one", "other"),
    [("increases", "decreases"), ("larger", "smaller"), ("before", "after"), ("up", "down"),
     ("positive", "negative"), ("always", "sometimes"), ("more", "less"), ("two", "three"),
     ("stable", "unstable"), ("linear", "non-linear"), ("with", "without"), ("ever", "never")],
)  # fmt: skip
def test_opposites_keep_them_apart(one, other):
    assert not together(f"{LONG} So {one} it is.", f"{LONG} So {other} it is.")


def test_the_order_of_decisive_words_counts():
    assert not together(f"{LONG} First up, then down.", f"{LONG} First down, then up.")


def test_small_differences_make_no_chain():
    words = LONG.split()
    texts = {}
    for number in range(len(words)):  # each differs from the one before in a single word
        texts[f"student-{number:02}"] = " ".join(words)
        words[number] = words[number][::-1] + "er"
    groups = group(texts)
    assert len(groups) > 3
    for one in groups:
        first = texts[one.members[0]]
        assert all(len(first) - 40 < len(texts[name]) < len(first) + 40 for name in one.members)


def test_long_answers_must_be_equal_after_the_first_2000_characters():
    rest = " ".join(f"word{chr(97 + n % 26)}" for n in range(600))
    assert together(f"{LONG} {rest}", f"{LONG.replace('gentle', 'gentel')} {rest}")
    assert not together(f"{LONG} {rest}", f"{LONG} {rest[:-1]}")


# -------------------------------------------------------------------------------- order and speed


def test_the_largest_group_is_first_and_empty_answers_are_last():
    texts = {"ann": " \n", "bob": "", "cat": "", "dan": "Steep.", "eve": "Flat.", "fay": "steep"}
    assert members(texts) == [("dan", "fay"), ("eve",), ("ann", "bob", "cat")]


def test_the_answer_that_most_have_is_the_first():
    texts = {"ann": LONG.replace("gentle", "gentel"), "bob": LONG, "cat": LONG.lower()}
    [one] = group(texts)
    assert one.members == ("bob", "cat", "ann")
    assert list(one.differences) == ["ann"]


@given(
    st.dictionaries(st.text("abc", min_size=1), st.text("ab .1$`\n\0🙂"), max_size=12), st.randoms()
)
def test_everybody_is_in_one_group_whatever_the_order(texts, rng):
    groups = group(texts)
    assert sorted(name for one in groups for name in one.members) == sorted(texts)
    shuffled = rng.sample(sorted(texts), len(texts))
    assert group({name: texts[name] for name in shuffled}) == groups


def made_up(rng, size, words):
    return " ".join(rng.choices(words, k=size // 7))


@pytest.mark.parametrize(("size", "alphabet"), [(300, 400), (300, 12), (20_000, 400)])
def test_three_thousand_different_answers_are_grouped_in_seconds(size, alphabet):
    rng = random.Random(0)
    words = ["".join(rng.choices("etaoinshrdlu", k=6)) for _ in range(alphabet)]
    count = 3_000 if size < 1_000 else 300
    texts = {f"student-{number}": made_up(rng, size, words) for number in range(count)}
    began = time.process_time()
    groups = group(texts)
    seconds = time.process_time() - began
    print(f"{count} answers of {size} characters: {len(groups)} groups in {seconds:.2f} s")
    assert len(groups) == count
    assert seconds < 8  # one on a quiet machine


@pytest.mark.parametrize("part", ["$", "`", "- ", "'", "1,", "((-", "x", "²", "1e", "#", '"', "\\"])
def test_any_text_is_compared_in_no_time(part):
    text = (part * 20_000)[:20_000]
    began = time.process_time()
    for kind in ("words", "code"):
        group({"ann": text, "bob": text[:-1] + "q", "cat": text + "."}, kind)
    differences(text, " ".join(text))
    assert time.process_time() - began < 5


# ------------------------------------------------------------------------------------ differences


def test_differences_are_whole_words():
    parts = differences("It is very steep, there.", "it is not steep there, I think")
    assert [(part.kind, part.text) for part in parts] == [
        ("same", "it is "),
        ("less", "very "),
        ("more", "not "),
        ("same", "steep there, "),
        ("more", "I think"),
    ]
    assert [part.kind for part in differences("It is.", "it is")] == ["same"]


@given(st.text("ab. \n"), st.text("ab. \n"))
def test_the_other_answer_can_be_read_in_the_differences(one, other):
    parts = differences(one, other)
    assert "".join(part.text for part in parts if part.kind != "less").split() == other.split()
    assert all(a.kind != b.kind for a, b in pairwise(parts))
