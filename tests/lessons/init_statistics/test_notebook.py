"""Notebook 02: its numbers about preprocessing, what its text promises, and CIFAR-10 in one line.

The notebook's own cells run once, with the solutions. `says` holds the prose to the numbers; what
depends on random numbers must hold for more seeds than the notebook shows. The claims here:

* what preprocessing does to the digits, and to a constant column of 0.1
* centring pays because it allows a higher rate; normalising does not pay here
* equal weights stay equal, and learn nothing
* of whitened features the dropped directions cost, and a tiny eps
* residual branches: a scale of one over the root keeps the signal

Signals and gradients are in test_signals, training and the choice of a factor in test_training.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from helpers import tiny_cifar
from helpers.course_notebook import Names
from helpers.notebook_02 import NOTEBOOK, says

from cs231n_lib.data import load_digits
from cs231n_lib.network import Network
from cs231n_lib.preprocessing import pca_whiten, preprocess
from cs231n_lib.propagation import predicted_std
from cs231n_lib.training import fit

THE_LINE = "images = data.load_digits(raw=True)"
SMALLER = {
    "np.arange(-5, 1.6, 0.5)": "np.arange(-5.0, -2.0)",
    "(examples, 500)": "(examples, 60)",
    "[500] * 11": "[60] * 11",
    "standard_normal((500, 500))": "standard_normal((500, 60))",
    "init(500, 500, rng)": "init(60, 60, rng)",
}


@pytest.fixture(scope="module")
def notebook() -> Names:
    return NOTEBOOK.names


# -------------------------------------------------------------------------------- the two decisions


@pytest.mark.slow
def test_the_solutions_earn_all_points() -> None:
    NOTEBOOK.earns_all_points()


def test_the_solutions_are_the_library_s_functions(notebook: Names) -> None:
    digits = load_digits(raw=True)
    for name, library in (("preprocess", preprocess), ("pca_whiten", pca_whiten)):
        more = () if name == "preprocess" else (20,)
        for mine, theirs in zip(
            notebook[name](digits.X_train, digits.X_test, *more),
            library(digits.X_train, digits.X_test, *more),
            strict=True,
        ):
            np.testing.assert_allclose(abs(mine), abs(theirs), atol=1e-9)
    np.testing.assert_allclose(notebook["predicted_std"](10), predicted_std(10), rtol=1e-12)


def test_what_preprocessing_does_to_the_digits(notebook: Names) -> None:
    X, later = notebook["X"], notebook["X_later"]
    assert np.abs(X.mean(axis=0)).max() < 1e-14
    assert np.abs(later.mean(axis=0)).max() == pytest.approx(0.17, abs=5e-3)
    assert (np.abs(X).max(), np.abs(later).max()) == pytest.approx((31.6, 44.7), abs=0.05)
    assert len(notebook["flat"]) == 4
    assert notebook["surprising"] == [24]
    digits = load_digits(raw=True)
    assert sorted(digits.X_test[:, 24])[-3:] == [0, 1, 1]
    for inputs, raw, size in ((X, digits.X_train, 1), (later, digits.X_test, 2)):
        row, column = np.unravel_index(np.abs(inputs).argmax(), inputs.shape)
        assert raw[row, column] == size
        assert np.sum(digits.X_train[:, column] != 0) == size
    says(
        "up to 0.17", "Four pixels are 0 in all 1000", "one of them, number 24, is 1 in two of the"
    )
    says("a faint speck of brightness 1 becomes 31.6", "one of brightness 2 becomes 44.7")


def test_a_constant_column_of_a_tenth_is_only_centred(notebook: Names) -> None:
    for columns in (1, 4):
        X, later = np.full((1000, columns), 0.1), np.full((1, columns), 0.2)
        std = X.std(axis=0)[0]
        assert 0 < std < 1e-14
        assert 1e13 < 0.1 / std < 1e16
        for centred in (notebook["preprocess"], preprocess):
            np.testing.assert_allclose(centred(X, later)[0], 0, atol=1e-14)
            np.testing.assert_allclose(centred(X, later)[1], 0.1, rtol=1e-9)
    says("a thousand times 0.1 comes out as a tiny number that is not 0")


def softmax_regression(inputs: np.ndarray, y: np.ndarray, rate: float, seed: int) -> float:
    network, rng = Network([inputs.shape[1], 10], init=0.0), np.random.default_rng(seed)
    fit(network, inputs, y, "sgd", {"learning_rate": rate}, epochs=3, batch_size=50, rng=rng)
    return network.forward((inputs, y))


def test_centring_pays_and_normalising_does_not(notebook: Names) -> None:
    losses = {name: trial[0] for name, trial in notebook["best"].items()}
    raw, _, centred, normalised = losses.values()
    rates = notebook["RATES"]
    assert len(rates) == 14
    assert all(rates[0] < rate < rates[-1] for _, rate, _ in notebook["best"].values())
    assert centred / raw == pytest.approx(2 / 3, abs=0.05)
    assert normalised > 0.95 * centred
    whitened = {key: trial[0] for key, trial in notebook["whitened"].items()}
    assert min(whitened.values()) > 0.98 * centred
    assert whitened[60, 1.0] < 0.9 * whitened[40, 1e-5]
    assert whitened[60, 1.0] < 0.95 * whitened[60, 1e-5]
    assert notebook["top_eigenvalue"]["raw"] == pytest.approx(2700, rel=0.02)
    assert notebook["top_eigenvalue"]["zero-centred"] == pytest.approx(178, rel=0.01)
    assert notebook["best"]["zero-centred"][1] == pytest.approx(0.1)
    assert notebook["best"]["zero-centred and normalised"][1] == pytest.approx(3.16, abs=0.01)
    says("a third lower than with raw pixels (with other seeds up to two thirds)")


def test_centring_pays_and_normalising_does_not_with_other_seeds_too() -> None:
    digits = load_digits(raw=True)
    X, y = digits.X_train, digits.y_train
    rates = {"raw": 10**-1.5, "centred": 0.1, "normalised": 10**0.5, "whitened": 10**0.5}
    inputs = {"raw": X, "centred": X - X.mean(axis=0), "normalised": preprocess(X, X)[0]}
    inputs["whitened"] = pca_whiten(X, X, 40)[0]
    losses = {
        name: np.array([softmax_regression(inputs[name], y, rates[name], s) for s in range(12)])
        for name in rates
    }
    thirds = {name: runs.reshape(4, 3).mean(axis=1) for name, runs in losses.items()}
    assert (thirds["centred"] < 0.75 * thirds["raw"]).all()
    assert (thirds["centred"] > 0.25 * thirds["raw"]).all()
    assert (thirds["normalised"] > thirds["centred"]).all()
    assert (thirds["whitened"] > thirds["centred"]).all()
    says("the best of fourteen learning rates", "the loss is no better than with centring alone")


def test_centring_pays_because_it_allows_a_higher_rate() -> None:
    digits = load_digits(raw=True)
    X, y = digits.X_train, digits.y_train
    for seed in range(20, 26):
        at = {
            rate: [softmax_regression(inputs, y, rate, seed) for inputs in (X, X - X.mean(axis=0))]
            for rate in (0.001, 0.01, 0.1)
        }
        for rate in (0.001, 0.01):
            assert at[rate][0] == pytest.approx(at[rate][1], rel=0.15)
        assert at[0.1][0] > 3 * at[0.1][1]
    says("at the *same* rate of 0.01 raw and centred pixels reach nearly the same loss, 0.2")


def test_equal_weights_stay_equal_and_learn_nothing(notebook: Names) -> None:
    X, later = notebook["X"], notebook["X_later"]
    for seed in range(1, 6):
        for activation in ("relu", "tanh"):
            rng = np.random.default_rng(seed)
            init = notebook["all_equal"]
            network = Network([64, 50, 10], activation=activation, init=init, rng=rng)
            how = {"epochs": 5, "batch_size": 50, "rng": rng}
            fit(network, X, notebook["y_train"], "sgd", {"learning_rate": 0.1}, **how)
            assert np.linalg.matrix_rank(network.params["W1"]) == 1
            assert network.accuracy(later, notebook["y_test"]) < 0.2
    assert notebook["symmetry"]["random"][0] > 0.9
    says("About 10 %, that is, nothing", "$W_1$ still has rank 1")


def test_the_dropped_directions_cost_and_so_does_a_tiny_eps() -> None:
    digits = load_digits(raw=True)
    X, y, y_test = digits.X_train, digits.y_train, digits.y_test
    average = X.mean(axis=0)
    trials = {
        "centred": (X - average, digits.X_test - average, 10**-0.75),
        "40": (*pca_whiten(X, digits.X_test, 40), 10**0.75),
        "40, eps 1": (*pca_whiten(X, digits.X_test, 40, 1.0), 10**0.75),
        "60": (*pca_whiten(X, digits.X_test, 60), 10**0.5),
        "60, eps 1": (*pca_whiten(X, digits.X_test, 60, 1.0), 10**0.75),
    }
    losses, accuracies = {}, {}
    for name, (inputs, later, rate) in trials.items():
        runs = []
        for seed in range(20, 30):
            network, rng = Network([inputs.shape[1], 10], init=0.0), np.random.default_rng(seed)
            how = {"epochs": 3, "batch_size": 50, "rng": rng}
            fit(network, inputs, y, "sgd", {"learning_rate": rate}, **how)
            runs.append((network.forward((inputs, y)), network.accuracy(later, y_test)))
        losses[name], accuracies[name] = np.mean(runs, axis=0)
    assert losses["60, eps 1"] < 0.85 * min(losses["40"], losses["40, eps 1"])
    assert losses["60, eps 1"] < 0.7 * losses["60"]
    assert losses["40"] > losses["centred"]
    assert max(accuracies.values()) == accuracies["centred"]
    variances = np.linalg.svd(X - average, compute_uv=False) ** 2
    assert variances[40:].sum() / variances.sum() == pytest.approx(0.01, abs=0.002)
    says("they hold only 1 % of the variance", "None of the four reads the test digits better")


@pytest.mark.nightly
def test_scaled_residual_branches_keep_the_signal(notebook: Names) -> None:
    for seed in range(1, 6):
        grown, kept, still = (
            notebook["residual_stack"](scale, seed=seed) for scale in (1, 48**-0.5, 0)
        )
        assert 2**43 < grown**2 < 2**50
        assert kept == pytest.approx(np.sqrt(np.e), rel=0.1)
        assert still == pytest.approx(1, rel=0.02)


def test_dividing_all_pixels_by_16_changes_the_rate_that_suits_and_little_else() -> None:
    digits = load_digits(raw=True)
    X, y = digits.X_train, digits.y_train
    for seed in range(10):
        for rate in (0.001, 0.01):
            scaled = softmax_regression(X / 16, y, 16**2 * rate, seed)
            assert scaled == pytest.approx(softmax_regression(X, y, rate, seed), rel=0.05)
    says("by a factor of $16^2$, and next to nothing else")


# ---------------------------------------------------------------------------------- the text itself


@pytest.mark.nightly
def test_one_line_takes_the_notebook_to_cifar_10(tmp_path: Path) -> None:
    """With an archive of CIFAR's format, small, from 127.0.0.1; the line is the prose's own."""
    assert sum(cell.source.count(THE_LINE) for cell in NOTEBOOK.cells) == 1
    instead = re.search(r"`(images = data\.load_cifar10\(.*?\))`", NOTEBOOK.prose)
    assert instead is not None
    assert all(old in NOTEBOOK.text for old in SMALLER)
    content = tiny_cifar.archive(tiny_cifar.members(tested=500))
    with (
        pytest.MonkeyPatch.context() as patch,
        tiny_cifar.instead_of_cifar10(patch, tmp_path, content),
    ):
        names, text = NOTEBOOK.run(smaller(instead[1]))
    assert names["X_train"].shape == (1000, 3072)
    assert np.isfinite(names["X_later"]).all()
    assert "1000 images to train and 500 to test, of 3072 pixels from 0 to 2" in text
    assert names["learned"]["tanh, Xavier"][1] > 0.5


def smaller(line: str) -> Callable[[str], str]:
    """The notebook with that line, fewer rates to try, and smaller random layers."""

    def change(source: str) -> str:
        for old, new in {THE_LINE: line, **SMALLER}.items():
            source = source.replace(old, new)
        return source

    return change
