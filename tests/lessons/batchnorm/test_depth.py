"""Notebook 03, "How far does that carry?": what it says of deep networks, over other seeds."""

from __future__ import annotations

import numpy as np
import pytest
from helpers.course_notebook import CourseNotebook

from cs231n_lib import normalization as norm
from cs231n_lib.network import Network
from cs231n_lib.parameters import Parameters

NOTEBOOK = CourseNotebook("03_batchnorm")
says = NOTEBOOK.says
LIBRARY = (norm.batchnorm_forward, norm.batchnorm_backward)
SEEDS = range(1, 6)


@pytest.fixture(scope="module")
def notebook():
    return NOTEBOOK.names


def second_over_last(notebook, network):
    lengths = notebook["gradient_lengths"](network)
    return lengths[1] / lengths[-1]


def test_with_batch_norm_the_gradient_grows_by_the_root_of_pi_over_pi_minus_1(notebook):
    """Six runs: 1.7 to 2 with 7 layers, 19 to 36 with 20, 4,500 to 7,700 with 50."""
    make, bounds = notebook["make"], {7: (1.5, 2.3), 20: (15, 45), 50: (3e3, 1e4)}
    for layers, (least, most) in bounds.items():
        for seed in SEEDS:
            with_it = second_over_last(notebook, make(LIBRARY, layers, seed=seed))
            assert least < with_it < most
            without = second_over_last(notebook, make(None, layers, seed=seed))
            assert 0.2 < without < 5
            if layers == 50:
                expected = np.sqrt(np.pi / (np.pi - 1))
                assert with_it ** (1 / 48) == pytest.approx(expected, rel=0.02)
    assert round(np.sqrt(np.pi / (np.pi - 1)), 2) == 1.21
    assert round(np.pi / (np.pi - 1), 2) == 1.47
    says("a factor of about 1.2 in every layer", "(a factor of 2), 50 do not (some thousands)")


def test_what_grows_does_not_depend_on_the_scale_of_the_weights(notebook):
    for seed in SEEDS:
        ratios = [
            second_over_last(notebook, notebook["make"](LIBRARY, 20, init=scale, seed=seed))
            for scale in (0.1, 0.2, 1.0)
        ]
        np.testing.assert_allclose(ratios, ratios[0], rtol=0.4)  # the scores differ
    says("The scale is innocent: it still cancels")


def test_layers_of_tanh_do_differ(notebook):
    """Six runs: 30 to 39."""
    for seed in SEEDS:
        network = Network([64] + [50] * 7 + [10], "tanh", 1.0, rng=np.random.default_rng(seed))
        lengths = notebook["gradient_lengths"](network)
        assert 22 < lengths[0] / lengths[-1] < 50
    says("some thirty times as long as the seventh's")


def test_with_skips_the_gradient_grows_slowly(notebook):
    """Three runs: 5.2 to 6.3 with 20 layers, 9.9 to 12.9 with 50."""
    for layers, least, most in ((20, 4, 8), (50, 7, 17)):
        ratios = [second_over_last(notebook, notebook["with_skips"](layers, s)) for s in SEEDS]
        assert least < min(ratios) < max(ratios) < most
    says("by a factor of about ten, not of thousands, and those of 20 by about six")


def test_the_gradient_with_skips_is_right(notebook):
    digits, network = notebook["digits"], notebook["with_skips"](3)
    batch = digits.X_train[:20], digits.y_train[:20]
    gradient = network.loss_and_gradient(*batch)[1]
    for place in np.random.default_rng(0).choice(len(gradient), 30, replace=False):
        kept, losses = network.x[place], []
        for value in (kept + 1e-5, kept - 1e-5):
            network.x[place] = value
            losses.append(network.forward(batch))
        network.x[place] = kept
        assert gradient[place] == pytest.approx((losses[0] - losses[1]) / 2e-5, abs=1e-8)


def test_what_is_said_of_test_mode_and_of_rms_norm(notebook):
    for seed in SEEDS:
        rng = np.random.default_rng(seed)
        memory = {"mode": "test", "running_mean": rng.normal(size=3), "running_var": rng.random(3)}
        x, gamma, beta = rng.normal(size=(4, 3)), rng.normal(size=3), rng.normal(size=3)
        outs = [notebook["batchnorm_forward"](x + h, gamma, beta, memory)[0] for h in (0, 1)]
        slopes = np.tile(gamma / np.sqrt(memory["running_var"] + 1e-5), (4, 1))
        np.testing.assert_allclose(outs[1] - outs[0], slopes)
        x = rng.normal(size=(4, 50))
        np.testing.assert_allclose(
            notebook["rms_norm"](10 * x, 1), notebook["rms_norm"](x, 1), atol=1e-4
        )
        assert np.abs(notebook["rms_norm"](x + 3, 1) - notebook["rms_norm"](x, 1)).max() > 0.5
    np.testing.assert_allclose(notebook["normed"].std(axis=(0, 2, 3)), 1, atol=2e-3)
    np.testing.assert_allclose(notebook["normed"].mean(axis=(0, 2, 3)), 0, atol=1e-9)
    says("RMSNorm ignores the scale of its input", "each output depends on its own input alone")


@pytest.mark.nightly
def test_batch_norm_carries_20_layers_and_skips_carry_40(notebook):
    deep, make, skips = (notebook[name] for name in ("deep_accuracy", "make", "with_skips"))
    reached = {}
    for layers in (20, 40):
        runs = {
            "without": [deep(make(None, layers, seed=s), 0.05, s) for s in SEEDS],
            "batch norm": [deep(make(LIBRARY, layers, seed=s), 0.2, s) for s in SEEDS],
            "skips": [deep(skips(layers, s), 0.2, s) for s in SEEDS],
        }
        for name, accuracies in runs.items():
            reached[name, layers] = accuracies
    for name, shown in notebook["deep"].items():
        for layers, accuracy in zip((20, 40), shown, strict=True):
            assert accuracy == pytest.approx(np.mean(reached[name, layers]), abs=0.15)
    assert np.mean(reached["batch norm", 20]) == pytest.approx(0.85, abs=0.05)
    assert np.mean(reached["without", 20]) == pytest.approx(0.45, abs=0.12)
    assert np.mean(reached["batch norm", 40]) == pytest.approx(0.3, abs=0.08)
    assert np.mean(reached["without", 40]) < 0.2
    for layers in (20, 40):
        assert np.mean(reached["skips", layers]) == pytest.approx(0.95, abs=0.015)
    says("reaches about 0.85", "about 0.3 with, and close to guessing without", "about 0.95")


@pytest.mark.nightly
def test_undoing_the_growth_does_not_make_40_layers_learn(notebook):
    """What would show that unequal steps are all that goes wrong; rates 0.2 and 12.8: 0.1."""
    digits, layers = notebook["digits"], 40
    for seed in SEEDS:
        for rate in (0.8, 3.2):
            network = notebook["make"](LIBRARY, layers, seed=seed)
            undo = Parameters(network.params.shapes, np.ones(len(network.x)))
            for i in range(1, layers + 1):
                for kind in ("W", "b", "gamma", "beta"):
                    undo[f"{kind}{i}"][...] = 1.21 ** (i - layers)
            rng = np.random.default_rng(seed)
            for _ in range(10):
                for rows in rng.permutation(1000).reshape(20, 50):
                    batch = digits.X_train[rows], digits.y_train[rows]
                    network.x -= rate * undo.flat * network.loss_and_gradient(*batch)[1]
            assert notebook["accuracy"](network) < 0.4
    says("at no rate that we tried do they get above 0.4")
