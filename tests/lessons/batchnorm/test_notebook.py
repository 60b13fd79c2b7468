"""Notebook 03: the numbers in its prose, over more seeds than it runs, and what its text promises.

The notebook's own cells run once, with the solutions, and without what its edition lacks. Bounds on
what depends on random numbers come from 10 to 25 runs each; fewer are repeated here, for time.
The claims:

* what a batch-normalised column looks like, and how running values forget their start
* one image in mode train; mode train left on, in random and in sorted batches
* the gradient loses its shift and its stretch; what then counts is the weights' direction
* without it the gradient goes with the seventh power of the weights' scale
* the highest rate does not depend on the depth with it, and falls with the depth without
* more initialisations work, not all; at a thousandth the first step is the cause
* noise by company does not regularise here; small batches hurt

Deep networks, gradients per layer and skip connections are in test_depth, the picture is in
test_picture.
"""

from __future__ import annotations

import numpy as np
import pytest
from helpers.course_notebook import CourseNotebook

from cs231n_lib import normalization as norm
from cs231n_lib.parameters import Parameters

NOTEBOOK = CourseNotebook("03_batchnorm")
says = NOTEBOOK.says
LIBRARY = (norm.batchnorm_forward, norm.batchnorm_backward)
BOTH = {"without": None, "batch norm": LIBRARY}
SEEDS = range(10)


@pytest.fixture(scope="module")
def notebook():
    return NOTEBOOK.names


def gradients(network, rows):
    """The loss on the first `rows` training images, and its gradients by name."""
    digits = network.digits
    loss, dx = network.loss_and_gradient(digits.X_train[:rows], digits.y_train[:rows])
    return loss, Parameters(network.params.shapes, dx)


@pytest.fixture(scope="module")
def made(notebook):
    """The notebook's `make`, whose networks know the digits."""

    def make(*args, **kwargs):
        network = notebook["make"](*args, **kwargs)
        network.digits = notebook["digits"]
        return network

    return make


# -------------------------------------------------------------------------------- what is answered


@pytest.mark.slow
def test_the_solutions_earn_all_points():
    NOTEBOOK.earns_all_points()


def test_the_solutions_agree_with_the_library(notebook):
    rng = np.random.default_rng(5)
    x, dout, gamma, beta = (rng.normal(size=shape) for shape in ((6, 4), (6, 4), 4, 4))
    for kind, backwards in (("batchnorm", ("", "_alt")), ("layernorm", ("",))):
        memories = {"eps": 1e-3, "mode": "train"}, {"eps": 1e-3, "mode": "train"}
        solution = notebook[f"{kind}_forward"](x, gamma, beta, memories[0])
        library = getattr(norm, f"{kind}_forward")(x, gamma, beta, memories[1])
        np.testing.assert_allclose(solution[0], library[0])
        assert memories[0].keys() == memories[1].keys()
        expected = getattr(norm, f"{kind}_backward")(dout, library[1])
        if kind == "batchnorm":
            halfway = notebook["variance_gradient"](dout, solution[1])
            np.testing.assert_allclose(halfway, norm.variance_gradient(dout, library[1]))
        for which in backwards:
            results = notebook[f"{kind}_backward{which}"](dout, solution[1])
            for result, right in zip(results, expected, strict=True):
                np.testing.assert_allclose(result, right)


# ------------------------------------------------------------------------------------ the two modes


def test_columns_come_out_with_mean_beta_and_standard_deviation_gamma(notebook):
    for name, (gamma, beta) in {"gamma 1, beta 0": (1, 0), "gamma 3, beta 5": (3, 5)}.items():
        out = notebook["seen"][name]
        np.testing.assert_allclose(out.mean(axis=0), beta, atol=1e-9)
        np.testing.assert_allclose(out.std(axis=0)[1:], gamma, rtol=1e-4)
        var = notebook["columns"][:, 0].var()
        assert out[:, 0].std() / gamma == pytest.approx(np.sqrt(var / (var + 1e-5)))
    assert round(notebook["seen"]["gamma 1, beta 0"][:, 0].std(), 2) == 0.99
    says("0.99 for 1: its variance, 0.0004")


def test_every_layer_is_a_first_layer(notebook):
    through = notebook["through"]
    assert 1e-9 < through[0.01, "without"][-1] < 1e-8
    assert 0.96 < min(through[1.0, "without"]) < max(through[1.0, "without"]) < 0.98
    nodes, weights = np.polynomial.hermite_e.hermegauss(100)
    expected = np.sqrt(weights @ np.tanh(nodes) ** 2 / weights.sum())
    assert round(expected, 3) == 0.628
    for scale in (0.01, 1.0):
        np.testing.assert_allclose(through[scale, "batch norm"], expected, atol=0.005)
    says("0.628 is what tanh makes of a normal variable", "less than a hundred-millionth")


def test_running_values_forget_their_start_like_powers_of_the_momentum(notebook):
    X = notebook["digits"].X_train
    variances = []
    for seed in range(40):
        rng, memory, row = np.random.default_rng(seed), {"mode": "train"}, []
        for _ in range(30):
            batch = X[rng.choice(1000, 50, replace=False), 20:21]
            norm.batchnorm_forward(batch, np.ones(1), np.zeros(1), memory)
            row.append(memory["running_var"][0])
        variances.append(row)
    mean = np.mean(variances, axis=0)[[0, 9, 29]] / X[:, 20].var()
    assert [round(100 * (1 - 0.9**t)) for t in (1, 10, 30)] == [10, 65, 96]
    # Drawn without replacement, 50 of 1000 have on average 49/50 · 1000/999 of the variance.
    expected = (1 - 0.9 ** np.array([1, 10, 30])) * 49 / 50 * 1000 / 999
    np.testing.assert_allclose(mean, expected, rtol=0.02)
    seen = notebook["followed"][[0, 9, 29], 1] / notebook["truth"]
    np.testing.assert_allclose(seen, [0.1, 0.65, 0.96], atol=0.08)
    says("10 % after one, 65 % after ten, 96 % after thirty")


def test_one_image_in_mode_train_always_gets_the_same_scores(made):
    network = made(LIBRARY)
    scores = [network.scores(network.digits.X_val[[i]], mode="train") for i in range(3)]
    np.testing.assert_allclose(scores[1:], [scores[0]] * 2, atol=1e-12)


@pytest.mark.nightly
def test_mode_train_left_on_is_hardly_seen_in_random_batches_of_50(notebook, made):
    """Ten runs: .945 to .957 in mode test; then .91 to .94, .58 to .63, .09 to .11, .17 to .2."""
    train, accuracy, count = (notebook[n] for n in ("train", "accuracy", "accuracy_in_batches"))
    shuffled, by_class = notebook["shuffled"], notebook["by_class"]
    for seed in range(3):
        network = made(LIBRARY, seed=seed)
        train(network, 0.2, epochs=10, seed=seed)
        usual = accuracy(network)
        assert 0.93 < usual < 0.97
        assert 0.01 < usual - count(network, 50, shuffled) < 0.05
        assert 0.5 < count(network, 5, shuffled) < 0.7
        assert count(network, 1, shuffled) == pytest.approx(0.1, abs=0.03)
        assert count(network, 50, by_class) == pytest.approx(0.19, abs=0.05)
    assert set(notebook["left_on"]) == {
        (50, "shuffled"),
        (5, "shuffled"),
        (1, "shuffled"),
        (50, "sorted by class"),
    }
    says("two to four points are missing", "from over 0.9 to about 0.2")


# ------------------------------------------------------------------------------------ the way back


def test_the_gradient_loses_its_shift_and_its_stretch(notebook):
    assert max(notebook["own_errors"].values()) < 1e-7
    assert notebook["same"] < 1e-11
    assert notebook["left"] < 1e-3
    slopes, fixed = notebook["slopes"], notebook["fixed"]
    np.testing.assert_allclose(slopes.sum(axis=1), 0, atol=1e-12)
    assert (np.diag(slopes) < np.diag(fixed)).all()
    assert slopes[[0, -1], [0, -1]].max() < np.diag(slopes)[2:-2].min()
    assert min(slopes[0, -1], slopes[-1, 0]) > 0 > max(slopes[0, 1], slopes[-1, -2])


# --------------------------------------------------------------------------- claim 1: gradient flow


def test_without_batch_norm_the_gradient_goes_with_the_seventh_power_of_the_scale(notebook, made):
    scales, lengths = notebook["scales"], notebook["gradients"]
    slope = np.diff(np.log10(lengths["without"])) / np.diff(np.log10(scales))
    np.testing.assert_allclose(slope[scales[1:] < 0.05], 7, atol=0.05)
    np.testing.assert_allclose(slope[scales[:-1] > 1], 7, atol=0.05)
    low = lengths["batch norm"][0], lengths["batch norm, eps 1e-12"][0]
    assert low[0] < 1e-5 < 0.9 < low[1]
    assert notebook["per_decade"]["without"] == pytest.approx(1e7, rel=0.02)
    assert 0.5 < notebook["per_decade"]["batch norm"] < 2
    for seed in SEEDS:
        for scale in (0.003, 0.1, 30):
            length = np.linalg.norm(gradients(made(LIBRARY, init=scale, seed=seed), 200)[1]["W1"])
            assert 0.9 < length < 2.3
    says("multiplied by $10^{7}$ for every factor of 10", "between 1 and 2 for *all* scales")


def test_gradients_of_all_layers_are_about_equally_long(made):
    """Largest over smallest of seven layers: 1.1 to 3.5, but up to 5.4 without, at scale 1."""
    worst = []
    for seed in SEEDS:
        for pair in BOTH.values():
            for scale in (0.01, "he", 1.0):
                grads = gradients(made(pair, init=scale, seed=seed), 200)[1]
                lengths = [np.linalg.norm(grads[f"W{i}"]) for i in range(1, 8)]
                worst.append(max(lengths) / min(lengths))
    assert max(worst) < 6
    assert np.median(worst) < 3
    assert np.mean(np.array(worst) > 3.5) < 0.15
    says("differ by a factor of 2 or 3, seldom more")


# -------------------------------------------------------------------------- claim 2: learning rates


def test_only_the_direction_of_weights_counts(notebook, made):
    (loss, length), (other, tenth) = notebook["tenfold"].values()
    assert other == pytest.approx(loss, rel=1e-5)
    assert tenth == pytest.approx(length / 10, rel=1e-3)
    network = made(LIBRARY)
    dw = gradients(network, 200)[1]["W4"]
    along = (dw * network.params["W4"]).sum(axis=0)
    assert np.abs(along).max() < 1e-4 * np.linalg.norm(dw)


def test_high_rates_make_weights_long(notebook):
    growth = dict(zip(notebook["rates"], notebook["growth"][7, "batch norm"], strict=True))
    assert 1 < growth[0.1] < 1.02 < growth[0.8] < 1.2 < growth[3.2]


@pytest.mark.nightly
def test_with_batch_norm_the_highest_rate_does_not_depend_on_the_depth(notebook):
    """Six runs: with it 3.2, or once or twice 1.6; without it 6.4, 1.6-3.2, 0.8-1.6, 0.1-0.4."""
    rates, highest, best = notebook["rates"], {}, {}
    for layers in notebook["ladder"]:
        for name, pair in BOTH.items():
            runs = [notebook["accuracies_by_rate"](pair, layers, seed)[0] for seed in range(1, 6)]
            highest[layers, name] = [rates[run > 0.8].max() for run in runs]
            best[layers, name] = np.mean([run.max() for run in runs])
        assert set(highest[layers, "batch norm"]) <= {1.6, 3.2}
        assert highest[layers, "batch norm"].count(3.2) >= 4
    assert set(highest[1, "without"]) == {6.4}
    assert set(highest[2, "without"]) <= {1.6, 3.2}
    assert set(highest[3, "without"]) <= {0.8, 1.6}
    assert set(highest[7, "without"]) <= {0.1, 0.2, 0.4}
    gains = np.divide(highest[7, "batch norm"], highest[7, "without"])
    assert gains.min() >= 4
    assert gains.max() < 33
    assert best[1, "batch norm"] == pytest.approx(best[1, "without"], abs=0.02)
    assert 0.015 < best[7, "batch norm"] - best[7, "without"] < 0.055
    for layers, one_of in ((1, {3.2}), (7, {1.6, 3.2})):  # what the notebook shows, and the key C
        assert notebook["highest"][layers, "batch norm"] in one_of
    assert notebook["highest"][7, "batch norm"] >= 2 * notebook["highest"][7, "without"]
    assert notebook["highest"][1, "batch norm"] < notebook["highest"][1, "without"]
    says("gains a factor of 4 to 32 with seven", "two to five points", "0.1 to 0.4 with seven")


# -------------------------------------------------------------------------- claim 3: initialisation


@pytest.mark.nightly
def test_more_initialisations_work_but_not_all(notebook, made):
    """Of 20 scales: 1 or 2 without, 10 to 14 with; 14 to 20 after ten epochs (10 runs each)."""
    counts = {
        name: [np.sum(reached > 0.8)]
        for name, reached in notebook["scale_runs"].items()  # with seed 0
    }
    for name, pair in BOTH.items():
        counts[name].append(np.sum(notebook["by_scale"](pair, seed=3) > 0.8))
    assert all(1 <= count <= 3 for count in counts["without"])
    assert all(9 <= count <= 16 for count in counts["batch norm"])
    twenty = notebook["twenty"]
    assert notebook["scale_runs"]["batch norm"][:5].mean() == pytest.approx(0.6, abs=0.15)
    middle = (twenty > 0.03) & (twenty < 0.3)
    assert notebook["scale_runs"]["batch norm"][middle].min() > 0.88
    says("one or two work without batch norm", "(10 to 14 over ten runs)")


@pytest.mark.nightly
def test_twice_the_time_helps_small_scales_with_batch_norm_only(notebook):
    small = notebook["twenty"][:8:2]
    early = notebook["by_scale"](LIBRARY, 4, 5, small).mean()
    late = notebook["by_scale"](LIBRARY, 4, 10, small).mean()
    assert late > early + 0.1
    assert late > 0.75
    assert notebook["by_scale"](None, 4, 10, small).max() < 0.2
    says("14 to 20 of the twenty get there, 18 on average", "stay where they are, at 0.1")


def test_the_first_step_is_longer_than_weights_of_a_thousandth(made):
    for seed in SEEDS:
        turn = {}
        for scale in (0.001, 0.1, 1.0):
            network = made(LIBRARY, init=scale, seed=seed)
            step = 0.2 * np.linalg.norm(gradients(network, 50)[1]["W4"])
            turn[scale] = step / np.linalg.norm(network.params["W4"])
        assert turn[0.001] > 1.5
        assert turn[0.1] < 0.1
        assert turn[1.0] < 0.01
    says("the very first step is longer than the weights themselves")


# -------------------------------------------------------------------------- claim 4: regularisation


def test_one_image_sees_another_noise_in_every_company(notebook):
    """Means over ten images, in ten networks: .34 to .37, .29 to .33, .07 to .13."""
    network = notebook["first"]["batch norm"]
    spread = {
        size: np.mean([notebook["company"](network, i, size, 40).std() for i in range(10)])
        for size in (5, 10, 50)
    }
    assert spread[5] == pytest.approx(0.35, abs=0.05)
    assert spread[10] == pytest.approx(0.3, abs=0.05)
    assert spread[50] == pytest.approx(0.1, abs=0.06)
    says("about 0.35 in batches of 5, 0.3 in batches of 10, and 0.1 in batches of 50")


@pytest.mark.nightly
def test_batch_norm_does_not_regularise_here(notebook):
    """25 runs: +.003 (sd .007) with right labels, -.019 (sd .020) with a fifth of them random."""
    gain = {}
    for wrong in (0.0, 0.2):
        runs = {
            name: np.array([notebook["few_images"](pair, wrong, seed) for seed in range(5, 15)])
            for name, pair in BOTH.items()
        }
        both = [*runs.values(), *(notebook["by_heart"][wrong, name] for name in BOTH)]
        assert min(accuracies[:, 0].min() for accuracies in both) > 0.95
        later = {
            name: np.append(runs[name][:, 1], notebook["by_heart"][wrong, name][:, 1])
            for name in BOTH
        }
        gain[wrong] = np.mean(later["batch norm"] - later["without"])
    assert abs(gain[0.0]) < 0.008
    assert -0.035 < gain[0.2] < -0.008
    says("by two points on average over 25 runs")


@pytest.mark.nightly
def test_small_batches_hurt_batch_norm_alone(notebook):
    """Ten runs, batches of 2, 5, 10, 50: .19 to .31, .86 to .91, .91 to .94, .93 to .95."""
    layer = norm.layernorm_forward, norm.layernorm_backward
    by = notebook["by_batch_size"]
    accuracies = {name: [pairs] for name, pairs in notebook["size_runs"].items()}
    for seed in (1, 2):
        for name, pair in {**BOTH, "layer norm": layer}.items():
            accuracies[name].append([by(pair, size, seed) for size in notebook["sizes"]])
    # (seed, size, usual or exact)
    runs = {name: np.array(pairs) for name, pairs in accuracies.items()}
    usual = runs["batch norm"][:, :, 0]
    assert usual[:, 0].max() < 0.4
    assert 0.02 < np.mean(usual[:, 3] - usual[:, 1]) < 0.09
    assert 0.003 < np.mean(usual[:, 3] - usual[:, 2]) < 0.04
    np.testing.assert_allclose(runs["batch norm"][:, 1:, 1], usual[:, 1:], atol=0.03)
    assert runs["batch norm"][:, 0, 1].max() < 0.4
    assert min(runs["without"].min(), runs["layer norm"].min()) > 0.83
    says("Batches of 5 cost some five points, batches of 10 a point or two")
