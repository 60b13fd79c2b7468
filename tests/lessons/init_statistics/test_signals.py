"""Notebook 02: its numbers about signals and gradients in ten layers, for ten seeds and more."""

from __future__ import annotations

import re
from typing import Any

import numpy as np
import pytest
from helpers import PROJECT
from helpers.course_notebook import Names
from helpers.notebook_02 import NOTEBOOK, large, relu, says, stack, stds

from cs231n_lib import activations
from cs231n_lib import initialization as init
from cs231n_lib.propagation import forward_statistics, gradient_statistics, predicted_std

picture = PROJECT.module("02_init_statistics", "picture")

TANH = (activations.tanh_forward, activations.tanh_backward)
RELU = (activations.relu_forward, activations.relu_backward)
SLIDE = np.array(
    [
        *(0.627953, 0.486051, 0.407723, 0.357108, 0.320917),
        *(0.292116, 0.273387, 0.254935, 0.239266, 0.228008),
    ]
)


@pytest.fixture(scope="module")
def notebook() -> Names:
    return NOTEBOOK.names


@pytest.fixture(scope="module")
def printed() -> str:
    return NOTEBOOK.printed


# ---------------------------------------------------------------------------------- ten layers


@pytest.mark.parametrize(
    ("activation", "scale", "table"),
    [
        ("tanh", 0, "small"),
        ("tanh", 8, "large"),
        ("tanh", 3, "table"),
        ("ReLU", 3, "decaying"),
        ("ReLU", 4, "kept"),
    ],
)
def test_the_picture_shows_the_layers_that_the_notebook_makes(
    notebook: Names, activation: str, scale: int, table: str
) -> None:
    """With a tenth of the examples, and the same weights."""
    shown = [h.std() for h in picture.outputs(activation, picture.SCALES[scale])]
    assert shown == pytest.approx([std for _, std in notebook[table]], rel=0.05)


def test_the_scales_of_the_picture_are_xavier_s_and_he_s() -> None:
    xavier, he = picture.SCALES[3:5]
    assert (round(xavier, 3), round(he, 3)) == (0.045, 0.063)
    assert xavier == np.sqrt(1 / 500)
    assert he == np.sqrt(2 / 500)
    says("scale is $1/\\sqrt{500} = 0.045$", "is $\\sqrt{2/500} = 0.063$, the next step")


def test_the_slide_s_table_is_there_in_the_slide_s_words(printed: str) -> None:
    number = r"-?\d\.\d{6}"
    table = rf"input layer had mean {number} and std {number}\n" + "".join(
        rf"hidden layer {layer} had mean {number} and std {number}\n" for layer in range(1, 11)
    )
    assert len(re.findall(table, printed)) == 5


def test_every_hidden_layer_is_within_3_percent_of_the_slide(notebook: Names) -> None:
    assert abs(notebook["D"].std() - 1) < 0.01
    assert np.abs(notebook["stds"] / SLIDE - 1).max() < 0.01
    assert notebook["ON_THE_SLIDE"] == SLIDE.tolist()
    for seed in range(10):
        assert np.abs(stds(init.xavier, np.tanh, seed) / SLIDE - 1).max() < 0.03
    says("within one or two percent")


def test_theory_gives_the_ten_numbers(notebook: Names, printed: str) -> None:
    expected = (0.627929, 0.486262, 0.408236, 0.357638, 0.321622, 0.294390, 0.272911, 0.255430)
    expected += (0.240856, 0.228473)
    np.testing.assert_allclose(notebook["theory"], expected, atol=1e-6)
    assert np.abs(notebook["theory"] / SLIDE - 1).max() < 0.01
    for number in expected:
        assert f"{number:.6f}" in printed
    says("from 0.627929 in the first layer to 0.228473 in the tenth")


def test_in_deep_networks_the_signal_falls_like_one_over_the_root() -> None:
    deep = predicted_std(300)
    assert deep[-1] == pytest.approx(0.04, abs=1e-3)
    assert deep[9] * np.sqrt(20) == pytest.approx(1, abs=0.03)
    assert deep[-1] * np.sqrt(600) == pytest.approx(1, abs=0.01)
    lost = deep[98] ** 2 - deep[99] ** 2
    assert lost / (2 * deep[98] ** 4) == pytest.approx(1, abs=0.03)
    held = predicted_std(300, gain=1.5)
    assert held[-1] == pytest.approx(held[99], rel=1e-3)
    assert held[-1] > 0.3
    says("A somewhat larger gain would settle at a constant level")
    says("to $3 \\cdot 10^{-7}$ after ten")
    says("After 300 layers 0.04 is left", "weights that are too small by a factor of 4.5")
    assert np.sqrt(1 / 500) / 0.01 == pytest.approx(4.5, abs=0.03)


def test_ten_nodes_are_too_few_and_fifty_enough() -> None:
    def with_nodes(n: int) -> np.ndarray:
        nodes, shares = np.polynomial.hermite_e.hermegauss(n)
        q, spread = 1.0, []
        for _ in range(10):
            q = float(shares @ np.tanh(np.sqrt(q) * nodes) ** 2) / np.sqrt(2 * np.pi)
            spread.append(np.sqrt(q))
        return np.array(spread)

    errors = {n: np.abs(with_nodes(n) / predicted_std(10) - 1).max() for n in (10, 50)}
    assert errors[10] > 1e-4
    assert errors[50] < 1e-6
    says("10 points are too few, 50 are enough")


def test_small_weights_collapse(notebook: Names) -> None:
    assert notebook["small"][0][1] == pytest.approx(0.214, abs=5e-4)
    assert notebook["small"][-1][1] == pytest.approx(3e-7, rel=0.1)
    for seed in range(10):
        spread = stds(init.small_random, np.tanh, seed)
        assert spread[0] == pytest.approx(0.2135, rel=0.01)
        assert spread[-1] == pytest.approx(2.98e-7, rel=0.06)
        ratios = spread[1:] / spread[:-1]
        assert ratios[1:] == pytest.approx(0.01 * np.sqrt(500), rel=0.03)
    says("0.214 after one layer, and $3 \\cdot 10^{-7}$ after ten", "multiplies by 0.22")


def test_large_weights_saturate(notebook: Names) -> None:
    assert [round(std, 2) for _, std in notebook["large"]] == [0.98] * 10
    for seed in range(10):
        D, weights = stack(large, seed)
        assert [std for _, std in forward_statistics(D, weights, np.tanh)] == pytest.approx(
            [0.9817] * 10, abs=1.5e-3
        )
        assert np.mean(np.abs(np.tanh(D @ weights[0])) > 0.98) == pytest.approx(0.917, abs=0.01)
    says("0.98, in every layer", "nine of ten units sit beyond ±0.98")


@pytest.mark.nightly
def test_relu_with_xavier_s_weights_decays(notebook: Names) -> None:
    spread = [std for _, std in notebook["decaying"]]
    assert spread[0] == pytest.approx(0.585, abs=2e-3)
    last = np.array([stds(init.xavier, relu, seed)[-1] for seed in range(20)])
    assert 0.017 < last.min() < last.max() < 0.04
    assert np.sqrt(np.mean(last**2)) == pytest.approx(predicted_std(10, relu)[-1], rel=0.15)
    says("From 0.58 down to 0.02 or 0.03", "a factor of $1/\\sqrt 2$ in every layer")


@pytest.mark.nightly
def test_he_s_weights_hold_on_average_and_wander_in_single_runs(notebook: Names) -> None:
    assert notebook["kept"][0][1] == pytest.approx(0.83, abs=5e-3)
    assert notebook["kept"][-1][1] == pytest.approx(0.73, abs=5e-3)
    spread = np.array([stds(init.he, relu, seed) for seed in range(20)])
    assert np.ptp(spread[:, 0]) < 0.03
    assert np.ptp(spread[:, -1]) > 0.2
    assert 0.55 < spread.min() < spread.max() < 1.25
    level = np.sqrt((spread**2).mean(axis=0))
    np.testing.assert_allclose(level, np.sqrt(1 - 1 / np.pi), rtol=0.08)
    says("0.83 in the first layer", "anything from 0.6 to 1.2")


def test_half_of_the_numbers_behind_a_relu_are_0() -> None:
    for rule in (init.xavier, init.he):
        for seed in range(5):
            D, weights = stack(rule, seed)
            first = D @ weights[0] <= 0
            for w in weights:
                D = relu(D @ w)
            assert first.mean() == pytest.approx(0.5, abs=0.02)
            assert np.mean(D == 0) == pytest.approx(0.5, abs=0.06)
    says("holds more than half of the numbers")


def test_he_s_signal_wanders_farther_in_deep_and_narrow_networks() -> None:
    wander = {}
    for width in (50, 200):
        runs = []
        for seed in range(40):
            rng = np.random.default_rng(seed)
            D = rng.standard_normal((100, width))
            weights = [init.he(width, width, rng) for _ in range(20)]
            runs.append([std for _, std in forward_statistics(D, weights, relu)])
        wander[width] = np.log(runs).std(axis=0)
    for one in wander.values():
        assert one[4] < 0.8 * one[9] < 0.8**2 * one[19]
    assert (wander[200][4:] < 0.7 * wander[50][4:]).all()
    says("Deeper networks wander farther, wider ones less far")


@pytest.mark.nightly
def test_xavier_s_tanh_layers_forget_where_they_came_from(notebook: Names) -> None:
    raw, X = notebook["X_train"], notebook["X"]
    for seed in range(10):
        rng = np.random.default_rng(seed)
        weights = [init.xavier(64, 500, rng)] + [init.xavier(500, 500, rng) for _ in range(9)]
        from_raw, from_X = (
            [std for _, std in forward_statistics(inputs, weights, np.tanh)] for inputs in (raw, X)
        )
        assert from_raw[0] == pytest.approx(0.95, abs=0.01)
        assert from_X[0] == pytest.approx(0.59, abs=0.01)
        assert from_raw[-1] == pytest.approx(from_X[-1], rel=0.12)
        assert np.mean(np.abs(np.tanh(raw @ weights[0])) > 0.98) == pytest.approx(0.76, abs=0.04)
        assert np.mean(np.abs(np.tanh(X @ weights[0])) > 0.98) < 0.04
    says("three quarters of its numbers are stuck", "the first layer has 0.59")


# ------------------------------------------------------------------------------------ gradients


def test_gradients_vanish_stay_or_explode(notebook: Names) -> None:
    back = notebook["back"]
    vanishing, exploding = back["tanh, 0.01"], back["tanh, 1.0"]
    assert vanishing[:, 1] == pytest.approx(6e-8, rel=0.1)
    assert exploding[0, 1] / exploding[-1, 1] == pytest.approx(75_000, rel=0.02)
    assert 1e-6 < vanishing[0, 0] < 1e-5
    assert 3e4 < exploding[0, 0] < 1e5
    for name in ("tanh, Xavier", "ReLU, He"):
        assert back[name][:, 0].max() / back[name][:, 0].min() < 3, name
        assert back[name][:, 1].max() / back[name][:, 1].min() < 1.6, name
    weak, right = back["ReLU, Xavier"], back["ReLU, He"]
    assert 1 / weak[0, 0] == pytest.approx(20, rel=0.3)
    assert np.median(right[:, 1] / weak[:, 1]) == pytest.approx(20, rel=0.25)
    says("the same size, $6 \\cdot 10^{-8}$", "only twenty times more slowly")


def test_saturated_units_do_not_stop_the_gradient_whatever_the_seed() -> None:
    ratios = []
    for seed in range(10):
        D, weights = stack(large, seed, examples=100)
        sizes = np.array(gradient_statistics(D, weights, TANH, np.random.default_rng(1000 + seed)))
        assert (sizes[0, 0] / sizes[-1, 0]) ** (1 / 9) == pytest.approx(3.5, rel=0.05)
        ratios.append(sizes[0, 1] / sizes[-1, 1])
        slopes = 1 - np.tanh(D @ weights[0]) ** 2
        assert np.median(slopes) < 1e-11
        assert slopes.mean() == pytest.approx(0.036, abs=0.004)
    assert 55_000 < min(ratios) < max(ratios) < 105_000
    says("get 75,000 times the gradient", "(with other seeds 60,000 to 100,000 times)")
    says("Half of the slopes are indeed below $10^{-12}$", "by a factor of 3.5 in each layer")


@pytest.mark.nightly
@pytest.mark.parametrize("seed", range(1, 11))
def test_gradients_are_level_with_the_right_weights_whatever_the_seed(seed: int) -> None:
    def statistics(rule: Any, pair: Any) -> np.ndarray:
        D, weights = stack(rule, seed, examples=100)
        return np.array(gradient_statistics(D, weights, pair, np.random.default_rng(1000 + seed)))

    small, weak = statistics(init.small_random, TANH), statistics(init.xavier, RELU)
    level = [statistics(init.xavier, TANH), statistics(init.he, RELU)]
    assert small[0, 0] == pytest.approx(1.4e-6, rel=0.1)
    assert 15 < 1 / weak[0, 0] < 30
    assert 15 < np.median(level[1][:, 1] / weak[:, 1]) < 30
    for sizes in (small, weak, *level):
        assert sizes[:, 1].max() / sizes[:, 1].min() < 1.6
    for sizes in level:
        assert sizes[:, 0].max() / sizes[:, 0].min() < 3


def test_half_of_the_slopes_are_below_what_the_prose_says(notebook: Names) -> None:
    assert np.median(notebook["slopes"]) < 1e-12
