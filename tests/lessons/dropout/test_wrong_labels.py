"""Notebook 07: what dropout does about wrong labels, for twelve seeds that it does not run.

Claims: the less is kept, the fewer wrong labels are memorised, and new digits gain by it in each
run; half of the masks break a wrong label, a quarter a right one; on clean labels nothing is
gained; batch normalisation leaves more to mend; a penalty and stopping early do as well.
"""

from __future__ import annotations

import numpy as np
import pytest
from helpers.notebook_07 import NOTEBOOK, SEEDS, says

from cs231n_lib.network import Network


@pytest.fixture(scope="module")
def notebook():
    return NOTEBOOK.names


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


@pytest.mark.nightly
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


@pytest.mark.nightly
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


@pytest.mark.nightly
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


@pytest.mark.nightly
def test_half_of_the_masks_break_a_wrong_label_and_a_quarter_a_right_one(notebook):
    shares = []
    for seed in SEEDS:
        _, net = notebook["learn"](1, 0.3, seed)
        shares.append(notebook["survival"](net, *notebook["training_data"](0.3, seed), seed))
    right, wrong = np.transpose(shares)
    assert [right.mean(), wrong.mean()] == pytest.approx([0.75, 0.5], abs=0.04)
    assert (right - wrong > 0.15).all()
    says("about half of the masks break it, and only a quarter of them break a right one")


@pytest.mark.nightly
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


@pytest.mark.nightly
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


@pytest.mark.nightly
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
