"""Notebook 07: the numbers in its prose, over twelve seeds that it does not run.

The bounds are those of the prose or wider. The claims:

* how many numbers a mask leaves; the mean stays, the mean square grows by 1/p
* how far single draws scatter, and what a gradient check says with a seed and without
* a forgotten scale: 8 times the scores, five times the loss, hardly any accuracy
* test mode is the mean over all masks with one hidden layer, and nearly with three
* the mean over 100 masks gains no accuracy, has a higher loss, and is less sure
* wrong labels, clean labels, batch normalisation, rivals: in test_wrong_labels.py
* turned digits: what test mode, the mean over masks and their spread say about them
"""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from helpers import PROJECT
from helpers.notebook_07 import NOTEBOOK, SEEDS, says

from cs231n_lib import dropout
from cs231n_lib.network import Network

dropout_masks = PROJECT.module("07_dropout", "picture")


@pytest.fixture(scope="module")
def notebook():
    return NOTEBOOK.names


# --------------------------------------------------------------------------- the student's edition


def test_the_solutions_earn_all_points():
    NOTEBOOK.earns_all_points()


@pytest.mark.parametrize(
    ("code", "name"),
    [
        ("Network([2, 3, 2], dropout=0.5).forward((x, y))", "dropout_forward"),
        ("Network([2, 3, 2], dropout=with_functions).forward((x, y))", ""),
        ("dropout.mc_average", "mc_average"),
    ],
)
def test_what_is_built_here_is_asked_for_by_its_name(code, name, tmp_path):
    script = (
        "import numpy as np\n"
        "from cs231n_lib import dropout\n"
        "from cs231n_lib.network import Network\n"
        "x, y = np.ones((4, 2)), np.zeros(4, dtype=int)\n"
        "with_functions = 0.5, lambda x, _: (x, None), None\n" + code
    )
    message = NOTEBOOK.run_in_edition(tmp_path, script).stderr
    wanted = f"ImportError: {name} is what you build in 07_dropout"
    assert message.splitlines()[-1].startswith(wanted) if name else message == ""


# -------------------------------------------------------------------------------- what is answered


def test_the_solutions_agree_with_the_library(notebook):
    rng = np.random.default_rng(5)
    x, dout = rng.normal(size=(2, 6, 7))
    for param in ({"mode": "train", "p": 0.3, "seed": 4}, {"mode": "test", "p": 0.3}):
        solution, library = notebook["dropout_forward"](x, param), dropout.dropout_forward(x, param)
        np.testing.assert_allclose(solution[0], library[0])
        np.testing.assert_allclose(
            notebook["dropout_backward"](dout, solution[1]),
            dropout.dropout_backward(dout, library[1]),
        )
        arguments = dropout.dropout_forward, x, {"p": 0.3, "seed": 2}, 5
        np.testing.assert_allclose(
            notebook["mc_average"](*arguments), dropout.mc_average(*arguments)
        )


# ---------------------------------------------------------------------------------------- the mask


def test_about_2000_of_2500_numbers_are_left():
    counts = [
        np.count_nonzero(
            dropout.dropout_forward(np.ones((25, 100)), {"mode": "train", "p": 0.8, "seed": s})[0]
        )
        for s in SEEDS
    ]
    assert len(set(counts)) > 5
    assert max(abs(np.array(counts) - 2000)) < 80


def test_half_of_the_hidden_numbers_are_0_and_then_three_quarters(notebook):
    before, after = notebook["layer"], notebook["layer_out"]
    assert before.shape == (25, 100)
    assert np.mean(before == 0) == pytest.approx(0.5, abs=0.05)
    assert np.mean(after == 0) == pytest.approx(0.75, abs=0.05)
    assert after.mean() == pytest.approx(before.mean(), rel=0.1)
    assert after.max() < 4 * before.std() + 2
    kept = after != 0
    np.testing.assert_allclose(after[kept], 2 * before[kept])
    says("about half of the numbers are 0", "about three quarters are 0", "twice as bright")


def test_the_mean_stays_and_the_mean_square_grows_by_one_over_p(notebook):
    for p, (kept, mean, square) in notebook["moments"].items():
        assert kept == pytest.approx(p, abs=0.01)
        assert mean == pytest.approx(1, abs=0.03)
        assert square == pytest.approx(1 / p, rel=0.03)
    assert notebook["moments"][0.25][2] == pytest.approx(4, abs=0.1)  # answer B


def test_the_playable_digit_keeps_its_mean_and_scatters_as_told():
    x = dropout_masks.pixels()
    exact = {p: np.sqrt((1 - p) / p * np.sum(x**2)) / x.sum() for p in dropout_masks.KEEPS}
    for p, scatter in exact.items():
        sums = dropout_masks.sums(p)
        assert abs(sums.mean() - 1) < 3 * scatter / np.sqrt(len(sums))
        assert sums.std() == pytest.approx(scatter, rel=0.1)
    assert exact[0.5] == pytest.approx(0.2, abs=0.02)
    assert 0.52 < exact[0.1] < 0.65
    says("a fifth of the digit's own sum at $p = 0.5$, and by more than half of it at 0.1")


def test_a_gradient_check_needs_the_same_mask_each_time(notebook):
    (same, largest), (new, absurd) = notebook["gradient_errors"].values()
    assert same < 1e-9
    assert largest < 10
    assert max(notebook["gradient_error"](seed=seed)[0] for seed in SEEDS) < 1e-9
    assert new == pytest.approx(1, abs=1e-3)
    assert absurd > 1e5
    for seed in SEEDS:
        error, size = notebook["gradient_error"](rng=np.random.default_rng(seed))
        assert error > 0.999
        assert size > 2e5
    says('"gradients" of hundreds of thousands', "a relative error of 1", "to nine digits or more")


# ----------------------------------------------------------------- the scale, and the mean of nets


@pytest.fixture(scope="module")
def trained(notebook):
    """For each seed: three hidden layers with and without the scale, and one hidden layer."""
    right = notebook["dropout_forward"], notebook["dropout_backward"]
    wrong = notebook["without_the_scale"], notebook["unscaled_backward"]
    kinds = ("DEEP", right), ("DEEP", wrong), ("SHALLOW", right)
    return [
        [notebook["trained"](notebook[sizes], pair, seed) for sizes, pair in kinds]
        for seed in SEEDS
    ]


@pytest.mark.nightly
def test_a_forgotten_scale_shows_in_the_scores_and_the_loss_and_hardly_in_the_accuracy(
    notebook, trained
):
    reports = np.array([[notebook["report"](net) for net in nets[:2]] for nets in trained])
    in_training, in_test, loss, accuracy = np.moveaxis(reports, 2, 0)
    factor = in_test / in_training
    assert (np.abs(factor[:, 0] - 0.83) < 0.05).all()
    assert (np.abs(factor[:, 1] - 6.9) < 0.4).all()
    np.testing.assert_allclose(factor[:, 1] / factor[:, 0], 8, rtol=0.12)  # answer D
    worse = loss[:, 1] / loss[:, 0]
    assert worse.mean() == pytest.approx(5.4, abs=0.4)
    assert (np.abs(worse - 5.4) < 0.9).all()
    lost = accuracy[:, 0] - accuracy[:, 1]
    assert 0 < lost.mean() < 0.01
    assert lost.max() < 0.02
    says("(You see nearly 7. ", "whose factor is 0.8 and not 1", "which is five times as high")
    says("As a rule it is lower by less than a point")
    ahead = {}
    for name, net in notebook["deep"].items():
        best = np.sort(net.scores(notebook["new_X"]), axis=1)
        ahead[name] = best[:, -1] - best[:, -2]
    assert ahead["divided by p"].max() < 16
    assert 60 < np.quantile(ahead["not divided"], 0.9) < 85
    assert 100 < ahead["not divided"].max() < 120


@pytest.mark.parametrize(("sizes", "exact"), [([5, 6, 3], True), ([5, 3, 3, 3], False)])
def test_the_mean_over_all_masks_is_the_test_mode_for_scores_of_one_hidden_layer(sizes, exact):
    """All 64 masks, each as likely as the others, through a net that is written out here."""
    net = Network(sizes, rng=np.random.default_rng(1))
    X = np.random.default_rng(2).normal(size=(4, 5))
    scores = []
    for mask in itertools.product([0.0, 2.0], repeat=6):
        out, left = X, np.array(mask)
        for i in range(1, len(sizes)):
            out = out @ net.params[f"W{i}"] + net.params[f"b{i}"]
            if i < len(sizes) - 1:
                out = np.maximum(out, 0) * left[: sizes[i]]
                left = left[sizes[i] :]
        scores.append(out)
    test = net.scores(X)
    assert np.allclose(np.mean(scores, axis=0), test) == exact
    softmax = [np.exp(s) / np.exp(s).sum(axis=1, keepdims=True) for s in (*scores, test)]
    assert not np.allclose(np.mean(softmax[:-1], axis=0), softmax[-1], atol=0.01)


@pytest.mark.nightly
def test_the_mean_comes_to_the_test_mode_or_levels_off(notebook, trained):
    counts, shallow = notebook["counts"], notebook["gap"]["one hidden layer"]
    np.testing.assert_allclose(shallow * np.sqrt(counts), shallow[0], rtol=0.15)
    assert notebook["gap"]["three hidden layers"][-1] == pytest.approx(0.08, abs=0.015)
    single = []
    for seed, (deep, _, one) in zip(SEEDS, trained, strict=True):
        of_three, levelled = notebook["gaps"](deep, [1, 256], seed)
        assert levelled == pytest.approx(0.09, abs=0.02)
        first, later = notebook["gaps"](one, [1, 256], seed)
        assert later * 16 == pytest.approx(first, rel=0.2)
        single.append([first, of_three])
    assert np.mean(single, axis=0) == pytest.approx([0.43, 0.75], abs=0.03)
    says(
        "levels off at nearly a tenth of the scores' spread", "the distances are about 0.4 and 0.75"
    )


@pytest.mark.nightly
def test_averaging_probabilities_gains_no_accuracy_and_loses_certainty(notebook, trained):
    for which, more_loss in ((2, 0.037), (0, 0.1)):
        for seed, nets in zip(SEEDS, trained, strict=True):
            both = notebook["compared"](nets[which], n=50, seed=seed)
            (accuracy, loss, sure), (mean_accuracy, mean_loss, mean_sure) = both.values()
            assert mean_accuracy == pytest.approx(accuracy, abs=0.01)
            assert mean_loss - loss == pytest.approx(more_loss, abs=0.02)
            assert mean_sure < sure
            if which == 0:
                assert 0.945 < accuracy < 0.965
                assert sure == pytest.approx(0.95, abs=0.01)
                assert mean_sure == pytest.approx(0.84, abs=0.015)
    says("is *higher* in each of twelve other runs, by about 0.04 with one hidden layer and 0.1")
    says("84 % sure on average where test mode is 95 % sure", "right in 95 to 96 of 100 cases")


# ------------------------------------------------------------------------------------- since then


@pytest.mark.nightly
def test_turned_digits_leave_test_mode_sure_and_the_mean_over_masks_less_so(notebook, trained):
    images, ranks = notebook["images"], []
    assert np.allclose(notebook["turned"](images, 0), images)
    quarter = notebook["turned"](images, 90)
    assert np.allclose(quarter, np.rot90(images, k=-1, axes=(1, 2))) or np.allclose(
        quarter, np.rot90(images, axes=(1, 2))
    )
    means = {degrees: [] for degrees in (0, 30, 45, 60, 90)}
    for seed, (deep, _, _) in zip(SEEDS, trained, strict=True):
        for degrees, columns in means.items():
            doubt = notebook["doubt"](deep, notebook["turned"](images, degrees), seed)
            columns.append([column.mean() for column in doubt])
            if degrees == 0:
                right, test, mean, spread = doubt
                ranks.append([notebook["ranked"](right, by) for by in (-test, -mean, spread)])
    columns = {degrees: np.array(rows) for degrees, rows in means.items()}
    for rows in columns.values():
        assert (rows[:, 2] < rows[:, 1]).all()  # the mean is less sure, in each run
    right, test, mean, spread = columns[60].mean(axis=0)
    assert [right, test, mean] == pytest.approx([1 / 6, 0.89, 0.64], abs=0.02)
    right, test, mean, _ = columns[90].mean(axis=0)
    assert [right, test, mean] == pytest.approx([0.1, 0.98, 0.8], abs=0.025)
    spreads = [columns[degrees].mean(axis=0)[3] for degrees in (0, 45, 60, 90)]
    assert spreads == pytest.approx([0.2, 1 / 3, 1 / 3, 0.3], abs=0.025)
    assert columns[30].mean(axis=0)[1] == pytest.approx(0.7, abs=0.025)
    of_test, of_mean, of_spread = np.transpose(ranks)
    assert 0 < (of_mean - of_test).mean() < 0.02
    assert (of_spread < of_test - 0.02).all()
    says("right about once in six times", "Test mode is nearly 90 % sure, the mean over masks 64 %")
    says("the mean is hardly better than test mode, while the spread is worse")
    says("from 0.2 to a third", "even the mean is 80 % sure, and right once in ten times")
