"""Notebook 05, where there is chance: its claims over seeds that are not the notebook's.

* tuned momentum gains nothing in batches of 50, and a hundredfold and more with all images
* a fixed momentum of 0.9 beats the straight-line schedule on the digits
* without its correction Adam's rate acts several times higher: good at 0.001, bad at 0.1
* a penalty in Adam's gradient shrinks weights by the size of their noise; AdamW as it is asked
"""

from __future__ import annotations

import numpy as np
import pytest
from helpers.course_notebook import CourseNotebook, Names

from cs231n_lib import optim

NOTEBOOK = CourseNotebook("05_update_rules")
says = NOTEBOOK.says
SEEDS = range(30, 36)


@pytest.fixture(scope="module")
def notebook() -> Names:
    return NOTEBOOK.names


@pytest.fixture(scope="module")
def by_size(notebook: Names) -> dict[int, dict[float, float]]:
    """Mean loss at the end for each batch size and momentum, each at its best rate."""
    return {size: notebook["best_losses"](size, SEEDS) for size in notebook["BEST_RATES"]}


@pytest.mark.nightly
def test_what_momentum_gains_grows_with_the_batch(by_size: dict[int, dict[float, float]]) -> None:
    gain = {size: losses[0] / losses[0.9] for size, losses in by_size.items()}
    assert gain[50] < 0.9
    assert 3 < gain[200] < 30
    assert gain[1000] > 200
    says("With all images, momentum 0.9 ends hundreds of times lower than SGD")
    says("With batches of 50 it ends *higher* than SGD")


@pytest.mark.nightly
def test_in_small_batches_a_momentum_of_a_half_is_about_as_good_as_none(
    by_size: dict[int, dict[float, float]],
) -> None:
    plain, half, _ = by_size[50].values()
    assert 0.5 < half / plain < 2
    says("which of SGD and 0.5 is the better depends on the seeds")


@pytest.mark.nightly
def test_the_best_rate_for_momentum_grows_with_the_batch(notebook: Names) -> None:
    """A third of the best rate, and three times as much, are worse for each batch size."""
    for size, rates in notebook["BEST_RATES"].items():
        with np.errstate(all="ignore"):
            ends = [
                notebook["mean_losses"](
                    optim.sgd_momentum, rate, SEEDS[:5], size // 10, size, momentum=0.9
                )[-20:].mean()
                for rate in (rates[0.9] / 3, rates[0.9], 3 * rates[0.9])
            ]
        assert not ends[0] <= ends[1]
        assert not ends[2] <= ends[1]
    assert [rates[0.9] for rates in notebook["BEST_RATES"].values()] == [0.3, 1, 4]
    says("the best rate for μ = 0.9 is 0.3, 1 and 4 in the three rows")


@pytest.mark.parametrize("seed", range(1, 7))
def test_on_the_digits_too_a_fixed_momentum_beats_the_schedule(notebook: Names, seed: int) -> None:
    digits, losses = notebook["digits"], []
    for momentum_at in (lambda t: 0.9, lambda t: optim.anneal_momentum(t, 100)):
        network = notebook["Network"]([64, 50, 10], rng=np.random.default_rng(seed))
        rng, config = np.random.default_rng(seed), {"learning_rate": 0.1}
        for t in range(100):
            rows = rng.choice(len(digits.y_train), 50, replace=False)
            config["momentum"] = momentum_at(t)
            _, dx = network.loss_and_gradient(digits.X_train[rows], digits.y_train[rows])
            network.x, config = optim.sgd_momentum(network.x, dx, config)
        losses.append(network.loss_and_gradient(digits.X_train, digits.y_train)[0])
    fixed, annealed = losses
    assert fixed < 0.9 * annealed


def test_at_one_rate_momentum_looks_like_magic_and_a_higher_rate_does_as_well(
    notebook: Names,
) -> None:
    ends = [
        notebook["mean_losses"](rule, rate, SEEDS)[-20:].mean()
        for rule, rate in ((optim.sgd, 0.01), (optim.sgd_momentum, 0.01), (optim.sgd, 0.1))
    ]
    assert ends[0] > 2 * ends[1]
    assert ends[2] < ends[1] < 1.3 * ends[2]


@pytest.mark.parametrize("seeds", [range(3), SEEDS])
def test_without_correction_a_low_rate_acts_high_and_a_high_one_too_high(
    notebook: Names, seeds: range
) -> None:
    def run(rate: float) -> tuple[np.ndarray, np.ndarray]:
        right, raw = (
            notebook["mean_losses"](rule, rate, seeds)
            for rule in (optim.adam, optim.adam_incomplete)
        )
        return right, raw

    right, raw = run(0.001)
    assert raw[-20:].mean() < 0.5 * right[-20:].mean()
    right, raw = run(0.1)
    assert raw[-20:].mean() > 3 * right[-20:].mean()
    assert 1.7 * raw[0] < raw.max() < 3 * raw[0]
    assert right.max() < 1.2 * right[0]


@pytest.mark.parametrize("seed", range(1, 6))
def test_a_penalty_in_the_gradient_shrinks_by_the_noise_and_adamw_by_what_is_asked(
    notebook: Names, seed: int
) -> None:
    shrink = notebook["shrink"]
    assert shrink(optim.adam, 0.1, 0, seed) == pytest.approx([0.97, 0.07], abs=0.015)
    assert shrink(optim.adamw, 0, 0.1, seed) == pytest.approx((1 - 1e-4) ** 3000, abs=0.015)
    says("0.97 and 0.07, where 0.74 was asked for")
