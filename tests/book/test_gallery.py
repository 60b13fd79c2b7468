"""The gallery of this course: is every mistake in it, is it true, and does it give nothing away?

Notebook 05 stands for all where pages are drawn; the other experiments are tried on the right
answer alone.
"""

import re
import xml.etree.ElementTree as ElementTree
from dataclasses import replace

import numpy as np
import pytest
from helpers import LESSONS, PROJECT, load

from autograder.authoring.leaks import leaks, secret_lines
from autograder.book import comparisons, gallery
from autograder.exercise import Mistake

experiments = PROJECT.book_module("experiments")
ALL = {exercise.name: exercise for notebook in LESSONS for exercise in load(notebook)}
IN_WORDS = {"diagnose", "find_wrong_gradients"}
"""Exercises whose answers are words: there is nothing to draw."""
TRIED = sorted(name for name, exercise in ALL.items() if experiments.experiment_of(exercise))


def asks_for_functions(exercise):
    return all(callable(answer) for answer in exercise.answers.values())


def shown(exercise):
    return comparisons.shown(exercise, experiments.experiment_of(exercise))


def one(exercise, mistake):
    """How the gallery shows one mistake of an exercise."""
    (chosen,) = (known for known in ALL[exercise].mistakes if known.name == mistake)
    return shown(replace(ALL[exercise], mistakes=[chosen]))[0]


@pytest.fixture(scope="module")
def in_words(tmp_path_factory):
    """All pages, with nothing tried out."""
    folder = tmp_path_factory.mktemp("words")
    gallery.write(folder, replace(PROJECT, book=None))
    return folder


@pytest.fixture(scope="module")
def drawn(tmp_path_factory):
    """The page of notebook 05 with its pictures."""
    folder = tmp_path_factory.mktemp("drawn")
    gallery.write(folder, replace(PROJECT, lessons=("05_update_rules",)))
    return folder / "mistakes"


# ---------------------------------------------------------------------------- is everything there


def test_each_exercise_that_asks_for_functions_has_an_experiment():
    functions = {name for name, exercise in ALL.items() if asks_for_functions(exercise)}
    assert set(experiments.EXPERIMENTS) <= functions
    assert functions - set(TRIED) == IN_WORDS, "draw it in book/experiments, or tell it IN_WORDS"


@pytest.mark.parametrize("notebook", LESSONS)
def test_every_mistake_stands_on_its_page_with_its_message(notebook, in_words):
    page = (in_words / "mistakes" / f"{notebook}.md").read_text("utf-8")
    for exercise in load(notebook):
        if asks_for_functions(exercise):
            name = re.escape(gallery.words(exercise.name))
            section = re.search(rf"^## {name}$.*?(?=^## |\Z)", page, re.M | re.S)[0]
            for mistake in exercise.mistakes:
                assert f"### {gallery.words(mistake.name)}" in section
                assert f"> {gallery.words(mistake.message)}\n" in section


def test_the_index_counts_what_is_there(in_words):
    text = (in_words / "mistakes" / "index.md").read_text("utf-8")
    count = sum(len(known.mistakes) for known in ALL.values() if asks_for_functions(known))
    assert f"{count} ways to get the functions of these notebooks wrong" in text
    assert all(f"({notebook}.md)" in text for notebook in LESSONS)


# ------------------------------------------------------------------------ does it give nothing away


@pytest.mark.parametrize("notebook", LESSONS)
def test_no_page_holds_a_line_of_an_answer(notebook, in_words):
    assert leaks(in_words / "mistakes" / f"{notebook}.md", notebook, PROJECT) == []


def test_no_picture_holds_a_line_of_an_answer(drawn):
    assert leaks(drawn, "05_update_rules", PROJECT) == []


def test_a_line_of_an_answer_would_be_found(drawn, tmp_path):
    line = next(iter(secret_lines("05_update_rules", PROJECT)))
    page = tmp_path / "page.md"
    page.write_text((drawn / "05_update_rules.md").read_text("utf-8") + line, "utf-8")
    assert leaks(page, "05_update_rules", PROJECT)


def test_what_is_said_to_a_wrong_letter_is_left_out(in_words):
    """With all wrong options on the page, the one that is left would be the answer."""
    pages = "".join(path.read_text("utf-8") for path in (in_words / "mistakes").glob("*.md"))
    for exercise in ALL.values():
        if all(isinstance(answer, str) for answer in exercise.answers.values()):
            assert not any(gallery.words(wrong.message) in pages for wrong in exercise.mistakes)


def test_an_error_is_quoted_without_the_line_that_raised_it():
    """The check shows a student their own line; here it would be a line of ours."""
    entry = one("forward_statistics", "every layer sees the input")
    assert entry.caught.endswith(" (size 60 is different from 30)") or "ValueError" in entry.caught
    assert "h @ W" not in entry.caught


# --------------------------------------------------------------------------------- is it true


@pytest.mark.parametrize("name", TRIED)
def test_the_right_answer_does_not_differ_from_itself(name):
    right = Mistake("none", "", {})
    (entry,) = shown(replace(ALL[name], mistakes=[right]))
    assert entry.effect.startswith("**Nothing to see:**")
    assert not entry.visible


@pytest.mark.parametrize(
    ("exercise", "mistake", "effect"),
    [
        ("sgd", "gradient ascent", "instead of"),
        ("softmax_loss", "no shift", "From enormous weights: NaN instead of"),
        ("affine", "db not summed", "It stops with `ValueError:"),
        ("batchnorm_test_mode", "the batch's own values", "come one by one:"),
        ("sigmoid", "one memory for all calls", "instead of"),
        ("k_fold", "validation data in the training part", "trained on: 203 instead of 0"),
        ("grid_layout", "along the diagonal", "Trials: 3 instead of 9"),
        ("step_decay", "drops only once", "Rate in step 80: 0.32 instead of 0.128"),
        ("taylor2", "the half is missing", "One step further:"),
        ("average_probabilities", "sum", "adds up to: 6 instead of 1"),
    ],
)
def test_a_mistake_is_seen(exercise, mistake, effect):
    entry = one(exercise, mistake)
    assert entry.visible
    assert effect in entry.effect


@pytest.mark.parametrize(
    ("exercise", "mistake", "how_little"),
    [
        ("affine", "dx not reshaped", "Nothing"),
        ("relu", "NaN at infinity", "Nothing"),
        ("maxout", "tie counted twice", "Nothing"),
        ("sigmoid", "overflow", "Hardly anything"),  # nearly the same numbers
    ],
)
def test_a_mistake_that_does_not_show_is_said_not_to_show(exercise, mistake, how_little):
    entry = one(exercise, mistake)
    assert not entry.visible
    assert entry.effect.startswith(f"**{how_little} to see:** loss at the end 0.")
    assert "found by 1 of" in entry.caught


def test_a_mistake_that_trains_better_is_counted():
    better, worse = one("adam", "correction computed and not used"), one("adam", "betas swapped")
    assert experiments.flatters(better)
    assert not experiments.flatters(worse)
    assert experiments.remark([better, worse]).startswith("2 were tried out in the training of ")
    assert "and 1 of these end at a *lower* training loss" in experiments.remark([better, worse])


@pytest.mark.parametrize(
    ("exercise", "mistake"),
    [("sample_batch", "randomness from elsewhere"), ("dropout_forward", "NumPy's global state")],
)
def test_mistakes_that_draw_from_nowhere_look_the_same_each_time(exercise, mistake):
    first, second = (one(exercise, mistake) for _ in range(2))
    assert first == second


def test_nobody_elses_random_numbers_are_changed():
    state, fresh = np.random.get_state()[1].copy(), np.random.default_rng  # noqa: NPY002
    one("dropout_forward", "NumPy's global state")
    assert np.random.default_rng is fresh
    np.testing.assert_array_equal(np.random.get_state()[1], state)  # noqa: NPY002


# ------------------------------------------------------------------------------------ the pictures


def test_each_picture_has_a_text_with_its_numbers(drawn):
    page = (drawn / "05_update_rules.md").read_text("utf-8")
    images = re.findall(r"^!\[(.+)\]\((\S+)\)\{\.drawn\}$", page, re.M)
    files = {path.relative_to(drawn).as_posix() for path in drawn.rglob("*.svg")}
    assert {file for _, file in images} == files
    assert len(images) == sum(
        len(known.mistakes) for known in load("05_update_rules") if asks_for_functions(known)
    )
    for text, _ in images:
        assert "grey: right, orange: this mistake." in text
        assert re.search(r"\d", text)


def test_pictures_are_small_and_hold_shapes_and_words_only(drawn):
    for path in drawn.rglob("*.svg"):
        assert path.stat().st_size < 15_000
        tree = ElementTree.fromstring(path.read_text("utf-8"))
        kinds = {element.tag.rpartition("}")[2] for element in tree.iter()}
        assert kinds <= {"svg", "title", "g", "rect", "text", "polyline", "circle", "path"}
