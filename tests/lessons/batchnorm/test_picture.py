"""The playable picture of notebook 03: it shows what its networks do, and what the text says."""

from __future__ import annotations

import itertools
import json
import re

import numpy as np
import pytest
from helpers import PROJECT
from helpers.course_notebook import CourseNotebook

from autograder.authoring import pictures

batchnorm = PROJECT.module("03_batchnorm", "picture")


@pytest.fixture(scope="module")
def frames():
    """What is shown for each pair of scale and rate."""
    stored = json.loads(pictures.stored(PROJECT, "batchnorm").read_text(encoding="utf-8"))
    settings = itertools.product(batchnorm.SCALES, batchnorm.RATES)
    return dict(zip(settings, stored["frames"], strict=True))


def percent(frame):
    """Accuracy without batch norm, and with it."""
    return tuple(int(share) for share in re.findall(r"(\d+)% ", frame["says"]))


@pytest.mark.parametrize("setting", [(0.2, 0.8), (1.0, 0.2)])
def test_the_curves_are_what_is_computed(frames, setting):
    """Two of the 48 settings: all of them take half a minute."""
    for kind, shown in zip(batchnorm.KINDS, frames[setting]["panels"][1], strict=True):
        again = batchnorm.typical(kind, *setting).losses
        assert np.log10(shown["y"]) == pytest.approx(np.log10(again), abs=0.1)


def test_both_networks_learn_where_the_question_says_so(frames):
    assert min(percent(frames[0.2, 0.2])) > 90


def test_a_high_rate_and_extreme_weights_are_borne_with_batch_norm_alone(frames):
    for setting in ((0.2, 0.8), (0.2, 1.6), (0.001, 0.8), (1.0, 0.8)):
        without, normed = percent(frames[setting])
        assert without < 40
        assert normed > 80


def test_with_batch_norm_some_pairs_do_badly_too(frames):
    assert min(percent(frame)[1] for frame in frames.values()) < 50


def test_large_weights_want_a_large_rate_as_the_text_tells(frames):
    text = CourseNotebook("03_batchnorm")
    low, high = percent(frames[1.0, 0.05])[1], percent(frames[1.0, 1.6])[1]
    text.says(
        f"with weights of 1, a rate of 0.05 reaches {low} % in five epochs, and one of 1.6 reaches"
    )
    text.says(f"one of 1.6 reaches {high} %")
