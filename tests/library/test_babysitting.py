"""Checks before a run, and logs."""

from __future__ import annotations

import contextlib
import io

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.special import log_softmax

from cs231n_lib.babysitting import diagnose, overfit_small, read_log, sanity_loss, update_ratio
from cs231n_lib.data import load_digits
from cs231n_lib.network import Network, init_two_layer_model, two_layer_net
from cs231n_lib.training import ClassifierTrainer

LN10 = 2.302585


def test_ten_classes_start_at_the_slide_s_number():
    assert sanity_loss(10) == pytest.approx(2.302585, abs=5e-7)


@given(st.integers(1, 500))
def test_it_is_the_cross_entropy_of_equal_scores(classes):
    assert sanity_loss(classes) == pytest.approx(-log_softmax(np.zeros(classes))[0])


def test_it_is_what_a_network_says():
    """Weights as small as the slide's, and a strength that makes the penalty visible."""
    rng = np.random.default_rng(3)
    model = init_two_layer_model(7, 5, 4, rng=rng)
    X, y = rng.normal(size=(9, 7)), rng.integers(4, size=9)
    weights = [model["W1"], model["W2"]]
    for reg in (0.0, 1e5):
        said, _ = two_layer_net(X, model, y, reg)
        assert sanity_loss(4, reg, weights) == pytest.approx(said, abs=1e-6)
    assert sanity_loss(4, 1e5, weights) > sanity_loss(4) + 1e-3


def test_no_classes_are_refused():
    with pytest.raises(ValueError, match="num_classes must be at least 1, got 0"):
        sanity_loss(0)


# ---------------------------------------------------------------------------------- overfit_small


@pytest.fixture(scope="module")
def digits():
    return load_digits()


def he(seed):
    return Network([64, 50, 10], rng=np.random.default_rng(seed)).params


def test_twenty_digits_are_learned_by_heart_from_any_start(digits):
    for seed in range(12):
        trained, steps = overfit_small(two_layer_net, he(seed), digits.X_train, digits.y_train)
        assert 6 <= steps <= 22
        predicted = np.argmax(two_layer_net(digits.X_train[:20], trained), axis=1)
        np.testing.assert_array_equal(predicted, digits.y_train[:20])


def test_the_steps_are_the_least_that_are_enough(digits):
    """One step fewer is not enough, and says so."""
    data = digits.X_train, digits.y_train
    _, steps = overfit_small(two_layer_net, he(0), *data)
    assert overfit_small(two_layer_net, he(0), *data, max_steps=steps)[1] == steps
    assert overfit_small(two_layer_net, he(0), *data, max_steps=steps - 1)[1] is None


def test_the_parameters_are_those_of_gradient_descent(digits):
    start = he(1)
    trained, steps = overfit_small(
        two_layer_net, start, digits.X_train, digits.y_train, n=5, learning_rate=0.1
    )
    flat = start.flat.copy()
    by_hand = start.copy()
    for _ in range(steps):
        _, grads = two_layer_net(digits.X_train[:5], by_hand, digits.y_train[:5])
        by_hand.flat = by_hand.flat - 0.1 * grads.flat
    for name in by_hand:
        np.testing.assert_allclose(trained[name], by_hand[name], rtol=1e-12)
    np.testing.assert_array_equal(start.flat, flat)


def test_what_is_right_already_takes_no_step(digits):
    said = np.argmax(two_layer_net(digits.X_train, he(2)), axis=1)
    assert overfit_small(two_layer_net, he(2), digits.X_train, said)[1] == 0


def test_one_image_with_two_labels_cannot_be_learned(digits):
    X = digits.X_train[[0, 0]]
    assert overfit_small(two_layer_net, he(0), X, np.array([1, 2]), max_steps=20)[1] is None


# --------------------------------------------------------------------------------------- diagnose


def log(cost, train, val):
    return {"cost": cost, "train": [0.1, train], "val": [0.1, val]}


@pytest.mark.parametrize(
    ("cost", "train", "val", "label"),
    [
        ([2.3026, 2.3024], 0.19, 0.19, "rate too low"),  # the slide's
        ([2.31, 2.28], 0.1, 0.1, "rate too low"),
        ([2.5, 2.2], 0.1, 0.1, "rate too low"),
        ([2.2, 2.1], 0.3, 0.3, "underfitting"),
        ([np.nan, np.nan], 0.1, 0.1, "rate too high"),
        ([2.0, np.nan], 0.9, 0.9, "rate too high"),
        ([np.inf, 0.1], 0.95, 0.95, "rate too high"),
        ([7.0, 0.1], 0.95, 0.95, "rate too high"),
        ([6.8, 0.1], 0.95, 0.95, "good"),
        ([2.3, 2.6], 0.1, 0.1, "rate too high"),
        ([1.0, 0.01], 1.0, 0.89, "overfitting"),
        ([1.0, 0.6], 0.7, 0.4, "overfitting"),
        ([1.0, 0.6], 0.79, 0.85, "underfitting"),
        ([1.0, 0.6], 0.81, 0.79, "good"),
    ],
)
def test_labels(cost, train, val, label):
    assert diagnose(log(cost, train, val), LN10) == label


def test_the_start_is_what_costs_are_compared_with():
    shallow = log([0.5, 0.45], 0.9, 0.9)
    assert diagnose(shallow, 0.46) == "rate too low"
    assert diagnose(shallow, 0.69) == "good"
    assert diagnose(shallow, 0.4) == "rate too high"


# --------------------------------------------------------------------------------------- read_log


def test_what_the_trainer_prints_is_read_back(digits):
    printed = io.StringIO()
    with contextlib.redirect_stdout(printed):
        _, stats = ClassifierTrainer().train(
            *digits[:4], he(0), two_layer_net, num_epochs=3, learning_rate=0.3, verbose=True
        )
    found = read_log(printed.getvalue())
    np.testing.assert_allclose(found["cost"], stats.loss_history[9::10], atol=1e-6)
    np.testing.assert_allclose(found["train"], stats.train_acc_history, atol=1e-6)
    np.testing.assert_allclose(found["val"], stats.val_acc_history, atol=1e-6)
    assert found["lr"] == [0.3, 0.3, 0.3]


def test_costs_that_are_no_numbers_are_read_too():
    text = "".join(
        f"Finished epoch {i} / 3: cost {cost}, train: 0.1, val 0.2, lr 1.0e+06\n"
        for i, cost in enumerate(("2.3", "inf", "nan"), start=1)
    )
    assert read_log(text)["cost"][:2] == [2.3, np.inf]
    assert np.isnan(read_log(text)["cost"][2])


def test_a_text_without_log_lines_is_refused():
    with pytest.raises(ValueError, match="must hold lines such as 'Finished epoch 1 / 10"):
        read_log("cost 2.3")


# ----------------------------------------------------------------------------- the length of a step


def test_the_first_step_of_sgd_is_as_long_as_rate_times_gradient(digits):
    params = he(3).copy()
    _, grads = two_layer_net(digits.X_train, params, digits.y_train)
    after = {name: params[name] - 0.2 * grads[name] for name in params}
    ratio = update_ratio(params, after)
    assert [*ratio] == ["W1", "W2"]
    for name in ratio:
        gradient, weights = grads[name].ravel(), params[name].ravel()
        assert ratio[name] == pytest.approx(
            0.2 * np.sqrt((gradient @ gradient) / (weights @ weights))
        )


def test_turning_the_weights_is_a_step_though_their_length_stays():
    before = {"W1": np.array([[3.0, 4.0]])}
    assert update_ratio(before, {"W1": np.array([[4.0, -3.0]])}) == {
        "W1": pytest.approx(np.sqrt(2))
    }


def test_standing_still_is_a_ratio_of_0():
    still = {"W1": np.ones((2, 3)), "b1": np.zeros(3)}
    assert update_ratio(still, still) == {"W1": 0.0}
