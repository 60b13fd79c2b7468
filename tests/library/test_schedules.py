"""Schedules against closed-form lists, running products and their own inverses."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cs231n_lib import data, optim, schedules, training
from cs231n_lib.network import Network

rates = st.floats(1e-6, 10)
constants = st.floats(0, 1)
steps = st.integers(0, 2000)


def listed(schedule, times, *settings):
    return [schedule(t, *settings) for t in times]


# --------------------------------------------------------------------------------- closed forms


def test_does_step_decay_halve_at_each_border():
    found = listed(schedules.step_decay, range(10), 0.8, 0.5, 3)
    assert found == [0.8, 0.8, 0.8, 0.4, 0.4, 0.4, 0.2, 0.2, 0.2, 0.1]


def test_does_drop_multiply_rather_than_take_away():
    found = listed(schedules.step_decay, [0, 9, 10, 20, 30], 1.0, 0.1, 10)
    np.testing.assert_allclose(found, [1, 1, 0.1, 0.01, 0.001])


@given(rates, st.floats(0.1, 1), st.integers(1, 50), st.integers(0, 300))
def test_is_step_decay_what_a_trainer_does_that_multiplies_at_each_border(lr0, drop, every, t):
    rate = lr0
    for step in range(1, t + 1):
        if step % every == 0:
            rate *= drop
    assert schedules.step_decay(t, lr0, drop, every) == pytest.approx(rate)


def test_does_exponential_decay_give_the_powers_of_e():
    found = listed(schedules.exponential_decay, [0, 1, 2, 3], 2.0, 1.0)
    np.testing.assert_allclose(found, [2, 0.7357588823, 0.2706705665, 0.0995741367], rtol=1e-9)
    halved = listed(schedules.exponential_decay, [0, 10, 20, 30], 0.8, math.log(2) / 10)
    np.testing.assert_allclose(halved, [0.8, 0.4, 0.2, 0.1])


@given(rates, constants, st.integers(0, 300), st.integers(0, 300))
def test_does_exponential_decay_lose_the_same_share_over_equal_times(lr0, k, s, t):
    one_go = schedules.exponential_decay(s + t, lr0, k)
    in_two = schedules.exponential_decay(t, schedules.exponential_decay(s, lr0, k), k)
    assert one_go == pytest.approx(in_two)


def test_do_the_steps_of_exponential_decay_add_up_to_the_geometric_series():
    total = sum(listed(schedules.exponential_decay, range(5000), 0.1, 0.01))
    assert total == pytest.approx(10.05, abs=1e-3)


def test_does_1_over_t_decay_give_a_half_a_third_a_quarter():
    found = listed(schedules.inverse_time_decay, [0, 20, 40, 60, 180], 0.6, 0.05)
    np.testing.assert_allclose(found, [0.6, 0.3, 0.2, 0.15, 0.06])


def test_do_the_steps_of_1_over_t_decay_grow_like_a_logarithm():
    """Sum of 1/(1 + t) is the harmonic number: ln n + 0.5772... + 1/(2n)."""
    total = sum(listed(schedules.inverse_time_decay, range(1000), 1.0, 1.0))
    assert total == pytest.approx(math.log(1000) + 0.5772156649 + 1 / 2000, abs=1e-6)


def test_does_the_rate_1_over_1_plus_t_make_the_running_mean():
    """On x²/2 with noisy gradients, x is minus the mean of the noise after every step."""
    noise = np.random.default_rng(3).normal(size=200)
    x = 7.0
    for t, n in enumerate(noise):
        x -= schedules.inverse_time_decay(t, 1.0, 1.0) * (x + n)
        assert x == pytest.approx(-noise[: t + 1].mean())


def test_does_warmup_cosine_go_through_its_points():
    at = [0, 1, 2, 3, 4, 6, 8, 10, 12, 13, 100]
    found = listed(schedules.warmup_cosine, at, 0.8, 4, 12)
    root = math.sqrt(2) / 4  # (1 + cos(pi/4)) / 2 is 1/2 + root
    expected = [0.2, 0.4, 0.6, 0.8, 0.8, 0.8 * (0.5 + root), 0.4, 0.8 * (0.5 - root), 0, 0, 0]
    np.testing.assert_allclose(found, expected, atol=1e-15)


def test_does_warmup_cosine_end_at_final_and_stay():
    found = listed(schedules.warmup_cosine, [0, 5, 10, 11, 99], 1.0, 0, 10, 0.2)
    np.testing.assert_allclose(found, [1.0, 0.6, 0.2, 0.2, 0.2])


@given(rates, st.integers(0, 40), st.integers(1, 60), st.floats(0, 1))
def test_does_warmup_cosine_rise_then_fall_within_its_limits(lr0, warmup, way, part):
    final = part * lr0
    found = listed(
        schedules.warmup_cosine, range(warmup + way + 5), lr0, warmup, warmup + way, final
    )
    top = max(warmup - 1, 0)
    assert found[top] == pytest.approx(lr0)
    assert max(found) == pytest.approx(lr0)
    assert (np.diff(found[: top + 1]) > 0).all()
    assert (np.diff(found[top:]) <= 1e-12 * lr0).all()
    np.testing.assert_allclose(found[warmup + way :], final, atol=1e-12 * lr0)


def test_does_the_line_go_through_its_points_and_stay_at_zero():
    found = listed(schedules.linear_to_zero, [0, 1, 5, 9, 10, 11, 400], 0.5, 10)
    np.testing.assert_allclose(found, [0.5, 0.45, 0.25, 0.05, 0, 0, 0], atol=1e-16)


@given(rates, st.integers(1, 200))
def test_does_every_step_of_the_line_take_away_the_same(lr0, total):
    found = listed(schedules.linear_to_zero, range(total + 1), lr0, total)
    np.testing.assert_allclose(-np.diff(found), lr0 / total, rtol=1e-9)
    assert sum(found) == pytest.approx(lr0 * (total + 1) / 2)


def test_does_wsd_go_up_stay_and_come_down():
    found = listed(schedules.warmup_stable_decay, range(14), 0.6, 3, 12, 4)
    expected = [0.2, 0.4, 0.6, 0.6, 0.6, 0.6, 0.6, 0.6, 0.6, 0.45, 0.3, 0.15, 0, 0]
    np.testing.assert_allclose(found, expected, atol=1e-15)


@given(rates, st.integers(0, 30), st.integers(0, 30), st.integers(1, 30))
def test_is_wsd_the_lower_of_its_two_lines(lr0, warmup, stable, decay):
    total = warmup + stable + decay
    found = listed(schedules.warmup_stable_decay, range(total + 3), lr0, warmup, total, decay)
    corners = [-1, warmup - 1, total - decay, total]
    drawn = np.interp(range(total + 3), corners, [0, lr0, lr0, 0])
    np.testing.assert_allclose(found, drawn, atol=1e-12 * lr0)


@given(rates, st.integers(0, 20), st.integers(1, 20), st.integers(1, 500))
def test_does_a_longer_run_of_wsd_begin_with_the_same_rates(lr0, warmup, decay, longer):
    short, total = schedules.warmup_stable_decay, warmup + decay + 10
    for t in range(total - decay + 1):
        rate = short(t, lr0, warmup, total, decay)
        assert rate == short(t, lr0, warmup, total + longer, decay)


def test_is_wsd_with_nothing_else_the_line_to_zero():
    for t in range(15):
        line = schedules.linear_to_zero(t, 0.3, 12)
        assert schedules.warmup_stable_decay(t, 0.3, 0, 12, 12) == pytest.approx(line)


@given(st.floats(1e-3, 1), st.integers(1, 2000), rates)
def test_do_the_constants_leave_just_that_fraction(fraction, steps, lr0):
    k_exponential, k_inverse = schedules.decay_constants(fraction, steps)
    wanted = pytest.approx(fraction * lr0)
    assert schedules.exponential_decay(steps, lr0, k_exponential) == wanted
    assert schedules.inverse_time_decay(steps, lr0, k_inverse) == wanted
    assert min(k_exponential, k_inverse) >= 0


@given(rates, constants, steps)
def test_does_every_decay_start_at_lr0_and_never_rise(lr0, k, t):
    for schedule, settings in (
        (schedules.step_decay, (0.5, 7)),
        (schedules.exponential_decay, (k,)),
        (schedules.inverse_time_decay, (k,)),
    ):
        assert schedule(0, lr0, *settings) == lr0
        assert 0 <= schedule(t + 1, lr0, *settings) <= schedule(t, lr0, *settings)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: schedules.step_decay(-1, 0.1, 0.5, 10), "t must be at least 0, got -1"),
        (lambda: schedules.step_decay(3, 0.1, 0.5, 0), "every must be at least 1 step, got 0"),
        (lambda: schedules.exponential_decay(-2, 0.1, 0.5), "t must be at least 0, got -2"),
        (lambda: schedules.exponential_decay(2, 0.1, -0.5), "k must be at least 0, got -0.5"),
        (lambda: schedules.inverse_time_decay(2, 0.1, -1), "k must be at least 0, got -1"),
        (lambda: schedules.inverse_time_decay(-1, 0.1, 1), "t must be at least 0, got -1"),
        (lambda: schedules.warmup_cosine(-1, 0.1, 1, 5), "t must be at least 0, got -1"),
        (lambda: schedules.warmup_cosine(0, 0.1, 5, 5), "from 0 to total - 1 = 4, got 5"),
        (lambda: schedules.warmup_cosine(0, 0.1, -1, 5), "from 0 to total - 1 = 4, got -1"),
        (lambda: schedules.linear_to_zero(-1, 0.1, 5), "t must be at least 0, got -1"),
        (lambda: schedules.linear_to_zero(0, 0.1, 0), "total must be at least 1 step, got 0"),
        (lambda: schedules.warmup_stable_decay(-1, 0.1, 1, 5, 2), "t must be at least 0, got -1"),
        (lambda: schedules.warmup_stable_decay(0, 0.1, -1, 5, 2), "warmup must .* got -1"),
        (lambda: schedules.warmup_stable_decay(0, 0.1, 2, 5, 4), "total - warmup = 3, got 4"),
        (lambda: schedules.warmup_stable_decay(0, 0.1, 2, 5, 0), "decay must be from 1 .* got 0"),
        (lambda: schedules.decay_constants(0, 5), "fraction must be above 0 .* got 0"),
        (lambda: schedules.decay_constants(1.5, 5), "fraction must be .* at most 1, got 1.5"),
        (lambda: schedules.decay_constants(0.5, 0), "steps must be at least 1, got 0"),
    ],
)
def test_settings_that_make_no_sense_are_refused(call, message):
    with pytest.raises(ValueError, match=message):
        call()


# ------------------------------------------------------------------------------------ the loop


def run(rule, schedule, config=None, steps=30):
    d = data.load_digits()
    network = Network([64, 10], rng=np.random.default_rng(1))
    dataset = data.Dataset(d.X_train[:100], d.y_train[:100], 10, rng=np.random.default_rng(2))
    losses = training.train_with_schedule(dataset, network, rule, config, schedule, steps)
    return network.x.copy(), losses


@pytest.mark.parametrize("rule", ["sgd", "momentum", "nesterov", "adagrad", "rmsprop", "adam"])
def test_is_a_constant_schedule_the_same_as_a_constant_rate(rule):
    """Against ``fit``, which draws the same batches from the same generator."""
    d = data.load_digits()
    network = Network([64, 10], rng=np.random.default_rng(1))
    losses = training.fit(
        network, d.X_train[:100], d.y_train[:100], rule, {"learning_rate": 0.02},
        epochs=3, batch_size=10, rng=np.random.default_rng(2),
    )  # fmt: skip
    x, scheduled = run(rule, lambda t: 0.02)
    np.testing.assert_array_equal(scheduled, losses)
    np.testing.assert_array_equal(x, network.x)


def test_is_every_step_taken_with_the_rate_of_its_own_number():
    rates = []

    def spy(w, dw, config=None):
        rates.append(config["learning_rate"])
        return optim.sgd(w, dw, config)

    run(spy, lambda t: 0.5 / (1 + t), steps=6)
    assert rates == [0.5, 0.25, 0.5 / 3, 0.125, 0.1, 0.5 / 6]


def test_does_a_rate_of_zero_from_some_step_on_stop_everything():
    x_then, _ = run("sgd", lambda t: 0.3, steps=10)
    x_later, losses = run("sgd", lambda t: 0.3 if t < 10 else 0.0, steps=30)
    np.testing.assert_array_equal(x_then, x_later)
    assert losses.shape == (30,)


def test_do_the_rule_s_other_settings_and_its_memory_survive():
    seen = []

    def spy(w, dw, config=None):
        seen.append((config["momentum"], config.get("calls", 0)))
        return optim.sgd(w, dw, {**config, "calls": config.get("calls", 0) + 1})

    given_config = {"momentum": 0.7, "learning_rate": 9.0}
    run(spy, lambda t: 0.1, given_config, steps=4)
    assert seen == [(0.7, 0), (0.7, 1), (0.7, 2), (0.7, 3)]
    assert given_config == {"momentum": 0.7, "learning_rate": 9.0}


def test_is_the_velocity_kept_in_steps_when_the_rate_drops():
    """The library's velocity is a step: after a drop to 0 the ball rolls on by mu v."""
    x_one, _ = run("momentum", lambda t: 0.2, steps=1)
    x_two, _ = run("momentum", lambda t: 0.2 if t < 1 else 0.0, steps=2)
    start = Network([64, 10], rng=np.random.default_rng(1)).x
    np.testing.assert_allclose(x_two - x_one, 0.9 * (x_one - start), atol=1e-15)


def test_a_negative_number_of_steps_is_refused():
    with pytest.raises(ValueError, match="steps must be at least 0, got -1"):
        run("sgd", lambda t: 0.1, steps=-1)
