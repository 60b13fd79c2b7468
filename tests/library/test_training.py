"""The loops: walking a surface, fitting a network, babysitting a classifier."""

import re

import numpy as np
import pytest

from cs231n_lib import data, optim, training
from cs231n_lib.network import Network, Parameters, init_two_layer_model, two_layer_net
from cs231n_lib.surfaces import saddle, valley


@pytest.fixture(scope="module")
def digits():
    return data.load_digits()


@pytest.fixture
def small(digits):
    """Arguments of ``ClassifierTrainer.train`` for a quick run: 200 digits, a small model."""
    model = init_two_layer_model(64, 20, 10, np.random.default_rng(8), scale=0.1)
    d = digits
    return d.X_train[:200], d.y_train[:200], d.X_val, d.y_val, model, two_layer_net


def bowl(x):
    return float(x @ x), 2 * x


def in_place(w, dw, config=None):
    """SGD as many would write it: on the spot, and into the config that came."""
    config = {} if config is None else config
    config["steps"] = config.get("steps", 0) + 1
    w -= config.get("learning_rate", 0.25) * dw
    return w, config


def test_a_path_starts_at_its_start_and_has_a_row_per_step():
    path = training.minimize(bowl, [1.0, -3.0], "sgd", {"learning_rate": 0.25}, steps=4)
    np.testing.assert_array_equal(path[:, 0], [1, 0.5, 0.25, 0.125, 0.0625])
    np.testing.assert_array_equal(path[:, 1], -3 * path[:, 0])


def test_a_rule_may_work_in_place():
    start = np.array([1.0, -3.0])
    path = training.minimize(bowl, start, in_place, steps=4)
    np.testing.assert_array_equal(path[:, 0], [1, 0.5, 0.25, 0.125, 0.0625])
    np.testing.assert_array_equal(start, [1, -3])


def test_the_config_that_is_passed_in_is_only_read():
    config = {"learning_rate": 0.1}
    training.minimize(bowl, [1.0], "adam", config, steps=3)
    assert config == {"learning_rate": 0.1}


def test_a_rate_that_is_too_high_gives_a_path_to_infinity_and_no_warning():
    path = training.minimize(bowl, [1.0], "sgd", {"learning_rate": 1e9}, steps=200)
    assert path[0] == 1
    assert not np.isfinite(path[-1])


def test_momentum_overshoots_where_plain_descent_does_not():
    """The lecture's picture in numbers: condition 100, from (1, 1), rate 0.01."""
    f, gradient = valley(100)
    least = {
        rule: training.minimize(
            lambda p: (f(p), gradient(p)), [1.0, 1.0], rule, {"learning_rate": 0.01}, steps=300
        )[:, 0].min()
        for rule in ("sgd", "momentum", "nesterov")
    }
    assert least["sgd"] > 0
    assert least["momentum"] == pytest.approx(-0.153, abs=1e-3)
    assert least["nesterov"] == pytest.approx(-0.121, abs=1e-3)


def test_adaptive_rules_leave_the_saddle_first():
    def steps_to_leave(rule):
        def walk(p):
            return saddle(p), saddle.gradient(p)

        path = training.minimize(walk, saddle.start, rule, {"learning_rate": 0.1}, steps=100)
        return int(np.argmax(np.abs(path[:, 1]) > 0.5))

    steps = {rule: steps_to_leave(rule) for rule in optim.RULE_NAMES if rule != "adam_incomplete"}
    assert steps["rmsprop"] == 1
    assert max(steps["adagrad"], steps["adam"]) < 10
    assert 20 < steps["nesterov"] < steps["momentum"] < steps["sgd"]


def test_fit_trains_the_network_and_tells_every_loss(digits):
    network = Network([64, 30, 10])
    losses = training.fit(
        network, digits.X_train, digits.y_train, "sgd", {"learning_rate": 0.5}, epochs=10
    )
    assert losses.shape == (100,)
    assert losses[0] == pytest.approx(2.6, abs=0.5)
    assert network.accuracy(digits.X_val, digits.y_val) > 0.93


def test_fit_with_the_full_batch_takes_one_step_an_epoch_and_needs_no_luck(digits):
    def run(seed):
        network = Network([64, 10], init=0.0)
        rng = np.random.default_rng(seed)
        args = (digits.X_train, digits.y_train, in_place)
        return training.fit(network, *args, epochs=5, batch_size=None, rng=rng)

    losses = run(0)
    assert losses.shape == (5,)
    assert (np.diff(losses) < 0).all()
    np.testing.assert_array_equal(losses, run(1))


def test_the_same_seed_gives_the_same_run(digits):
    def run(rng):
        return training.fit(Network([64, 10]), digits.X_train, digits.y_train, epochs=1, rng=rng)

    np.testing.assert_array_equal(run(None), run(np.random.default_rng(0)))
    assert (run(None) != run(np.random.default_rng(1))).any()


def test_a_batch_size_beyond_the_data_means_all_of_it(digits):
    losses = training.fit(
        Network([64, 10]), digits.X_train[:30], digits.y_train[:30], epochs=3, batch_size=100
    )
    assert losses.shape == (3,)


@pytest.mark.parametrize(
    ("rule", "error", "message"),
    [
        (lambda w, dw, config=None: w, TypeError, r"must return \(next_w, config\), got ndarray"),
        (lambda w, dw, config=None: (w[:1], {}), ValueError, r"of shape \(2,\), got \(1,\)"),
        ("adma", ValueError, "got 'adma'"),
    ],
)
def test_a_rule_that_breaks_the_contract_is_told_so(rule, error, message):
    with pytest.raises(error, match=message):
        training.minimize(bowl, [1.0, 2.0], rule)


def test_numbers_of_steps_and_rows_that_make_no_sense_are_refused(digits):
    with pytest.raises(ValueError, match="steps must be at least 0, got -1"):
        training.minimize(bowl, [1.0], "sgd", steps=-1)
    with pytest.raises(ValueError, match="batch_size must be at least 1, got 0"):
        training.fit(Network([64, 10]), digits.X_train, digits.y_train, batch_size=0)


def test_the_trainer_keeps_records_per_step_and_per_epoch(small):
    _, stats = training.ClassifierTrainer().train(
        *small, num_epochs=3, batch_size=50, learning_rate=0.4, learning_rate_decay=0.5
    )
    assert len(stats.loss_history) == 12
    assert len(stats.train_acc_history) == len(stats.val_acc_history) == 3
    assert stats.learning_rate_history == [0.4, 0.2, 0.1]


def test_a_decayed_rate_is_the_rate_that_is_used(small):
    """With a decay of 0 only the first epoch moves anything."""
    args = {"num_epochs": 3, "sample_batches": False, "learning_rate": 0.1}
    _, stats = training.ClassifierTrainer().train(*small, learning_rate_decay=0.0, **args)
    first, second, third = stats.loss_history
    assert second < first
    assert third == second


@pytest.mark.parametrize(
    ("update", "rate"),
    [
        ("sgd", 0.3),
        (in_place, 0.3),
        ("momentum", 0.03),
        ("nesterov", 0.03),
        ("adagrad", 0.05),
        ("rmsprop", 0.01),
        ("adam", 0.01),
    ],
)
def test_every_update_rule_trains(update, rate, small):
    _, stats = training.ClassifierTrainer().train(
        *small, num_epochs=10, batch_size=20, update=update, learning_rate=rate
    )
    assert stats.best_val_acc > 0.8


def test_momentum_reaches_the_rule(small):
    def losses(**options):
        _, stats = training.ClassifierTrainer().train(*small, num_epochs=2, **options)
        return stats.loss_history

    assert losses(update="momentum", momentum=0.0) == losses(update="sgd")
    assert losses(update="momentum") == losses(update="momentum", momentum=0.9)
    assert losses(update="momentum") != losses(update="sgd")


def test_the_best_epoch_is_returned_not_the_last(small):
    """The rate grows until the model is destroyed; what comes back was measured before that."""
    X_val, y_val, net = small[2], small[3], small[5]
    best, stats = training.ClassifierTrainer().train(
        *small, num_epochs=12, batch_size=20, learning_rate=0.3, learning_rate_decay=3.0
    )
    assert stats.val_acc_history[-1] < 0.5 < stats.best_val_acc
    assert stats.best_val_acc == max(stats.val_acc_history)
    assert stats.best_epoch == 1 + int(np.argmax(stats.val_acc_history))
    assert np.mean(np.argmax(net(X_val, best), axis=1) == y_val) == stats.best_val_acc


def test_the_model_that_is_passed_in_is_only_read(small):
    before = small[4].flat.copy()
    training.ClassifierTrainer().train(*small, num_epochs=1)
    np.testing.assert_array_equal(small[4].flat, before)


@pytest.mark.parametrize("kind", [dict, Parameters.of])
def test_gradients_are_matched_by_name(kind, small):
    """A loss function of one's own, whose gradients come in another order."""
    model = {"shift": np.zeros(10), "scale": np.ones(10)}

    def loss_function(X, model, y=None, reg=0.0):
        scores = X[:, :10] * model["scale"] + model["shift"]
        if y is None:
            return scores
        return 1.0, kind({"scale": np.full(10, 2.0), "shift": np.full(10, -1.0)})

    best, _ = training.ClassifierTrainer().train(
        *small[:4], model, loss_function, num_epochs=1, sample_batches=False, learning_rate=0.5
    )
    assert isinstance(best, Parameters)
    assert set(best["shift"]) == {0.5}
    assert set(best["scale"]) == {0.0}


def test_gradients_with_other_names_are_refused(small):
    def loss_function(X, model, y=None, reg=0.0):
        return 1.0, {"W3": 0.0}

    with pytest.raises(ValueError, match="gradients for W1, b1, W2, b2, got W3"):
        training.ClassifierTrainer().train(*small[:5], loss_function)


def test_the_log_has_a_line_per_epoch_and_a_last_one(small, capsys):
    _, stats = training.ClassifierTrainer().train(*small, num_epochs=2, verbose=True)
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) == 3
    told = re.fullmatch(
        r"Finished epoch 2 / 2: cost (\S+), train: (\S+), val (\S+), lr (\S+)", lines[1]
    )
    numbers = (stats.loss_history[-1], stats.train_acc_history[-1], stats.val_acc_history[-1], 1e-2)
    assert [float(group) for group in told.groups()] == pytest.approx(numbers, abs=1e-6)
    assert told.group(4) == "1.000000e-02"
    assert lines[2] == f"finished optimization. best validation accuracy: {stats.best_val_acc:.6f}"


def test_nothing_is_printed_unless_asked_for(small, capsys):
    training.ClassifierTrainer().train(*small, num_epochs=1)
    assert capsys.readouterr().out == ""


def test_the_slides_rate_hardly_moves_the_cost_while_accuracy_creeps_up(digits):
    """The slide's run on digits of 0 to 255: ten epochs of rate 1e-6, batches of one."""
    raw = data.load_digits(raw=True)
    scale, mean = 255 / 16, raw.X_train.mean(axis=0) * 255 / 16
    _, stats = training.ClassifierTrainer().train(
        raw.X_train * scale - mean, raw.y_train, raw.X_val * scale - mean, raw.y_val,
        init_two_layer_model(64, 50, 10), two_layer_net,
        num_epochs=10, reg=1e-6, learning_rate=1e-6, batch_size=1,
    )  # fmt: skip
    np.testing.assert_allclose(stats.loss_history, np.log(10), atol=1e-3)
    assert stats.val_acc_history[-1] > 0.15


def test_a_rate_of_a_million_blows_up(digits, capsys):
    d = digits
    training.ClassifierTrainer().train(
        d.X_train, d.y_train, d.X_val, d.y_val, init_two_layer_model(64, 50, 10), two_layer_net,
        num_epochs=3, learning_rate=1e6, batch_size=50, verbose=True,
    )  # fmt: skip
    assert "cost nan" in capsys.readouterr().out


# ------------------------------------------------------------------------------------- clipping


def test_a_long_gradient_keeps_its_direction_and_gets_the_limit_s_length():
    dx = np.random.default_rng(4).normal(size=(5, 3))
    clipped = training.clip_by_global_norm(dx, 0.7)
    assert np.linalg.norm(clipped) == pytest.approx(0.7)
    assert (clipped / dx).std() == pytest.approx(0, abs=1e-15)


@pytest.mark.parametrize("dx", [[0.3, -0.4], [0.0, 0.0], [np.inf, 1.0], [np.nan, 1.0]])
def test_a_short_gradient_and_one_without_a_length_stay_as_they_are(dx):
    dx = np.array(dx)
    clipped = training.clip_by_global_norm(dx, 0.5)
    np.testing.assert_array_equal(clipped, dx)
    assert clipped is not dx


def test_the_gradient_that_is_given_is_not_changed():
    dx = np.array([3.0, 4.0])
    training.clip_by_global_norm(dx, 1.0)
    np.testing.assert_array_equal(dx, [3, 4])


@pytest.mark.parametrize("limit", [0, -1.0, float("nan")])
def test_a_limit_must_be_positive(limit):
    with pytest.raises(ValueError, match="limit must be above 0"):
        training.clip_by_global_norm(np.ones(2), limit)
