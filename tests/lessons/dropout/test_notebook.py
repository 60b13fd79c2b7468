"""Notebook 07: the numbers in its prose, over twelve seeds that it does not run.

The bounds are those of the prose or wider. The claims:

* how many numbers a mask leaves; the mean stays, the mean square grows by 1/p
* how far single draws scatter, and what a gradient check says with a seed and without
* a forgotten scale: 8 times the scores, five times the loss, hardly any accuracy
* test mode is the mean over all masks with one hidden layer, and nearly with three
* the mean over 100 masks gains no accuracy, has a higher loss, and is less sure
* wrong labels are memorised the less the less is kept, and new digits gain by it in each run
* half of the masks break a wrong label, a quarter a right one
* on clean labels dropout gains nothing; with batch normalisation there is more to mend
* a penalty and stopping early do as well, and their numbers matter more than the choice
* turned digits: what test mode, the mean over masks and their spread say about them
"""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from helpers import PROJECT
from helpers.course_notebook import CourseNotebook

from cs231n_lib import dropout
from cs231n_lib.network import Network

dropout_masks = PROJECT.module("07_dropout", "picture")

NOTEBOOK = CourseNotebook("07_dropout")
says = NOTEBOOK.says
SEEDS = range(3, 15)  # the notebook runs 0, 1 and 2


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


# ------------------------------------------------------------------------------------ does it help


@pytest.fixture(scope="module")
def learned(notebook):
    """Histories (training labels right, wrong ones memorised, new digits right), one per seed."""
    wanted = [
        *[(share, None, keep) for share in (0.3, 0.0) for keep in (1, 0.75, 0.5, 0.25)],
        *[(0.3, "batchnorm", keep) for keep in (1, 0.25)],
        (0.0, "batchnorm", 1),
    ]
    return {
        (share, norm, keep): np.array(
            [notebook["learn"](keep, share, seed, normalization=norm)[0] for seed in SEEDS]
        )
        for share, norm, keep in wanted
    }


def final(learned, share, norm, keep, column=2):
    return learned[share, norm, keep][:, -1, column]


def test_150_of_the_500_labels_differ_from_the_right_ones(notebook):
    X, y, wrong = notebook["training_data"](0.3, 0)
    assert len(X) == 500
    assert len(wrong) == 150
    assert np.flatnonzero(y != notebook["digits"].y_train[:500]).tolist() == sorted(wrong)
    assert Network([64, 100, 10]).x.size == 7510
    assert len(notebook["new_y"]) == 797
    says("(7,510 parameters)", "150 of the 500 labels")


def test_wrong_labels_are_memorised_the_less_the_less_is_kept(notebook, learned):
    stated = {1: 0.6, 0.75: 0.4, 0.5: 0.2, 0.25: 0.1}
    for keep, share in stated.items():
        memorised = final(learned, 0.3, None, keep, 1)
        assert memorised.mean() == pytest.approx(share, abs=0.03)
        assert notebook["noisy"][keep][0][-1, 1] == pytest.approx(share, abs=0.05)
    assert final(learned, 0.3, None, 1, 0).mean() == pytest.approx(0.87, abs=0.02)
    assert final(learned, 0.3, None, 0.25, 0).mean() == pytest.approx(0.71, abs=0.02)
    says("it memorises six of ten wrong ones", "two of ten wrong labels get in")
    says("keep a quarter, and it is one of ten", "nearly nine tenths of its training labels")


def test_dropout_gains_on_new_digits_in_every_run(notebook, learned):
    without = final(learned, 0.3, None, 1)
    for keep, mean, least, most in ((0.5, 0.08, 0.048, 0.102), (0.25, 0.10, 0.068, 0.124)):
        gain = final(learned, 0.3, None, keep) - without
        assert gain.mean() == pytest.approx(mean, abs=0.006)
        assert gain.min() == pytest.approx(least, abs=0.005)
        assert gain.max() == pytest.approx(most, abs=0.005)
    _, _, worst_most = notebook["noisy"][1]
    _, best_least, _ = notebook["noisy"][0.25]
    assert worst_most < best_least - 0.03  # the ranges do not touch
    says("gains 8 points", "(4.8 to 10.2 in twelve other runs)", "a quarter 10 (6.8 to 12.4)")


def test_the_curves_are_as_the_caption_says(notebook, learned):
    drawn = {keep: history[:, 2] for keep, (history, _, _) in notebook["noisy"].items()}
    others = {keep: learned[0.3, None, keep].mean(axis=0)[:, 2] for keep in drawn}
    for new in (drawn, others):
        for curve in new.values():
            assert curve[:7].max() == pytest.approx(0.9, abs=0.015)
            assert 3 <= curve.argmax() + 1 <= 10
        lost = [curve.max() - curve[-1] for curve in new.values()]
        assert lost == pytest.approx([0.1, 0.06, 0.02, 0.007], abs=0.016)
        assert lost == sorted(lost, reverse=True)
        assert new[1][-1] < new[0.75][-1] < new[0.5][-1] < new[0.25][-1]
        assert new[1][0] > new[0.25][0]


def test_half_of_the_masks_break_a_wrong_label_and_a_quarter_a_right_one(notebook):
    shares = []
    for seed in SEEDS:
        _, net = notebook["learn"](1, 0.3, seed)
        shares.append(notebook["survival"](net, *notebook["training_data"](0.3, seed), seed))
    right, wrong = np.transpose(shares)
    assert [right.mean(), wrong.mean()] == pytest.approx([0.75, 0.5], abs=0.04)
    assert (right - wrong > 0.15).all()
    says("about half of the masks break it, and only a quarter of them break a right one")


def test_on_clean_labels_dropout_has_nothing_to_mend(learned):
    clean = {keep: final(learned, 0.0, None, keep) for keep in (1, 0.75, 0.5, 0.25)}
    loss = {keep: (clean[1] - accuracy).mean() for keep, accuracy in clean.items()}
    assert loss[0.75] == pytest.approx(0.001, abs=0.003)
    assert loss[0.5] == pytest.approx(0.004, abs=0.003)
    assert loss[0.25] == pytest.approx(0.015, abs=0.002)
    assert np.ptp(clean[1]) > loss[0.5]
    assert min(final(learned, 0.0, None, keep, 0).min() for keep in clean) > 0.99
    assert abs(final(learned, 0.0, "batchnorm", 1) - clean[1]).max() < 0.012
    says("(on average by 0.1 and 0.4 points, downwards)", "Keeping 0.25 costs 1.5 points")


def test_batch_normalization_needs_dropout_more_here(learned):
    without, with_bn = final(learned, 0.3, None, 1), final(learned, 0.3, "batchnorm", 1)
    worse = without - with_bn
    assert worse.mean() == pytest.approx(0.05, abs=0.005)
    assert worse.min() == pytest.approx(0.019, abs=0.005)  # above 0 in every run
    assert worse.max() == pytest.approx(0.088, abs=0.005)
    assert final(learned, 0.3, "batchnorm", 1, 1).mean() == pytest.approx(0.87, abs=0.02)
    mended = final(learned, 0.3, "batchnorm", 0.25) - with_bn
    assert mended.mean() == pytest.approx(0.14, abs=0.01)
    level = final(learned, 0.3, "batchnorm", 0.25) - final(learned, 0.3, None, 0.25)
    assert abs(level.mean()) < 0.01
    says("worse, by 5 points (1.9 to 8.8 in twelve other runs)", "gains 14 points instead of 10")
    says("memorises nearly nine of ten")


def test_a_penalty_or_stopping_early_would_have_done_as_well(notebook, learned):
    def penalised(reg):
        runs = [notebook["learn"](1, 0.3, seed, reg=reg)[0][-1] for seed in SEEDS]
        return np.mean(runs, axis=0)

    penalty, ruined = penalised(0.01), penalised(0.1)
    dropped = learned[0.3, None, 0.25][:, -1].mean(axis=0)
    for rival in (penalty, learned[0.3, None, 1][:, 3].mean(axis=0)):
        assert rival[2] == pytest.approx(dropped[2], abs=0.01)
        assert rival[1] < 0.1
    for name in list(notebook["rivals"])[2:]:
        assert notebook["rivals"][name][2] == pytest.approx(0.9, abs=0.01)
    assert notebook["epochs"][3] == 8
    assert ruined[2] < 0.6
    worse = dropped[2] - final(learned, 0.3, None, 0.75).mean()
    assert worse == pytest.approx(0.05, abs=0.005)
    says("within a point of each other on average", "all three read nearly 90 % of the new digits")
    says("keep 0.75 is 5 points worse than keep 0.25, and a penalty of 0.1 ruins the net")


# ------------------------------------------------------------------------------------- since then


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
