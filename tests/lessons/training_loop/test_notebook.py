"""Notebook 00: the numbers in its prose, over more seeds than it runs, and what its text promises.

The notebook's own cells run once, with the solutions, in the student edition: what this notebook
builds cannot be imported there, so that they also prove that it needs nothing else. The claims:

* of three lines' descents one goes wrong by its rate alone, and single points arrive first
* templates read most digits; a wrong example pulls with a force of nearly one
* the error against h is a U, by h² or h and rounding; the complex step has none
* correct layers agree to a few millionths; kinks and zeros raise alarms, as often as said
* a gradient that is slightly wrong hardly shows in the loss
* the loop reaches its loss from any start
* a batch's noise falls like 1/√size; steps times rate is what counts while the rate is small
"""

from __future__ import annotations

import numpy as np
import pytest
from helpers.course_notebook import CourseNotebook

from cs231n_lib import data, gradcheck, layers, optim
from cs231n_lib.network import Network

NOTEBOOK = CourseNotebook("00_training_loop")
says = NOTEBOOK.says
DIGITS = data.load_digits()
SEEDS = range(10)


@pytest.fixture(scope="module")
def notebook():
    return NOTEBOOK.names


# --------------------------------------------------------------------------- the student's edition


def test_the_solutions_earn_all_points():
    NOTEBOOK.earns_all_points()


@pytest.mark.parametrize(
    ("code", "name"),
    [
        ("optim.sgd", "sgd"),
        ("optim.adam", "adam"),
        ("data.Dataset(x, y, 2).sample_data_batch()", "sample_batch"),
        ("Network([2, 2], init=0.1, activation=pair).forward((x, y))", "affine_forward"),
    ],
)
def test_what_is_built_here_is_asked_for_by_its_name(code, name, tmp_path):
    script = (
        "import numpy as np\n"
        "from cs231n_lib import data, optim\n"
        "from cs231n_lib.network import Network\n"
        "x, y, pair = np.ones((4, 2)), np.zeros(4, dtype=int), (None, None)\n" + code
    )
    last_line = NOTEBOOK.run_in_edition(tmp_path, script).stderr.splitlines()[-1]
    assert last_line.startswith(f"ImportError: {name} is what you build in 0"), last_line


# -------------------------------------------------------------------------------- what is answered


def test_the_solutions_agree_with_the_library(notebook):
    rng = np.random.default_rng(5)
    x, w, b, dout = (rng.normal(size=shape) for shape in ((4, 2, 3), (6, 5), (5,), (4, 5)))
    built, library = notebook["affine_forward"](x, w, b), layers.affine_forward(x, w, b)
    np.testing.assert_allclose(built[0], library[0])
    both = notebook["affine_backward"](dout, built[1]), layers.affine_backward(dout, library[1])
    for mine, theirs in zip(*both, strict=True):
        np.testing.assert_allclose(mine, theirs)
    y = np.array([0, 1, 4, 2])
    for mine, theirs in zip(
        notebook["softmax_loss"](dout, y), layers.softmax_loss(dout, y), strict=True
    ):
        np.testing.assert_allclose(mine, theirs)


# ----------------------------------------------------------------------------- the loop, first seen


def test_of_the_three_lines_one_goes_wrong_and_single_points_arrive_before_small_steps(notebook):
    """The cause is the rate: where it stays below 1, halved from 1.1, nothing grows."""
    fit = notebook["fit_line"]
    for seed in range(1, 13):
        slow, single, fast = (
            fit(20, 0.01, seed=seed),
            fit(1, 0.1, seed=seed),
            fit(20, 1.1, seed=seed),
        )
        assert slow[-20:].mean() < 0.6 * slow[:5].mean()
        assert slow[-20:].mean() > 3 * single[-20:].mean()
        assert single[20:40].mean() < 0.3
        assert single[20:].max() > 100 * single[20:].min()
        assert fast[-20:].mean() > 1e4 > 10 > slow.max()
        assert fit(20, 0.55, seed=seed)[10:].max() < 1
    assert notebook["highest"] == "C"
    says("after 60 steps its loss is still several times that of B", "within some twenty steps")


# ---------------------------------------------------------------------------------- steps 1 and 2


def test_every_row_is_drawn_about_as_often_as_the_others(notebook):
    counts = notebook["counts"]
    assert counts.mean() == 100
    assert counts.min() > 50
    assert counts.max() < 150
    spreads = []
    for seed in SEEDS:
        rng = np.random.default_rng(seed)
        rows = [data.sample_batch(np.arange(1000), np.arange(1000), 50, rng)[1] for _ in range(500)]
        spreads.append(np.bincount(np.concatenate(rows), minlength=1000).std() * np.sqrt(4))
    assert np.mean(spreads) == pytest.approx(np.sqrt(2000 * 0.05 * 0.95), rel=0.03)
    says("2000\\,p = 100", "= 9.7")


def test_templates_read_most_digits_and_more_with_their_bias(notebook):
    nearest = ((DIGITS.X_val[:, :, None] - notebook["means"]) ** 2).sum(axis=1).argmin(axis=1)
    accuracy = notebook["template_accuracy"]
    assert accuracy["with the bias"] == np.mean(nearest == DIGITS.y_val)
    assert [round(100 * share, 1) for share in accuracy.values()] == [88.9, 84.8]
    says("88.9 % with the bias, 84.8 % without")


def test_an_example_that_is_wrong_pulls_with_a_force_of_nearly_one(notebook):
    loss, gradient = (np.array(curve) for curve in notebook["shapes"].values())
    slope = np.diff(loss) / np.diff(notebook["lead"])
    np.testing.assert_allclose(slope[[0, -1]], [-1, 0], atol=3e-3)
    np.testing.assert_allclose(gradient[[0, 60, -1]], [-1, -0.5, 0], atol=3e-3)
    assert layers.softmax_loss(np.zeros((3, 10)), np.array([0, 5, 9]))[0] == pytest.approx(2.302585)
    assert layers.softmax_loss(np.array([[0.0, 1000.0]]), np.array([0]))[0] == 1000


# ------------------------------------------------------------------------------ the gradient check


def test_the_error_against_h_is_a_u_and_each_judge_has_its_own_bottom(notebook):
    steps, curve = notebook["steps"], notebook["u_curve"]
    best = {name: steps[np.argmin(errors)] for name, errors in curve.items()}
    least = {name: min(errors) for name, errors in curve.items()}
    assert 0.9e-6 < best["centred"] < 1.1e-5
    assert 3e-9 < best["one-sided"] < 4e-8
    assert 0.9e-3 < best["centred, float32"] < 1.1e-2
    assert 1e-11 < least["centred"] < 1e-9
    assert 1e-9 < least["one-sided"] < 1e-7
    assert 1e-5 < least["centred, float32"] < 5e-4
    assert 1e5 < least["centred, float32"] / least["centred"] < 1e7
    assert steps[8] == pytest.approx(1e-5)
    assert 3e-3 < curve["centred, float32"][8] < 0.05
    for errors in curve.values():
        assert errors[0] > 100 * min(errors) < errors[-1]
    says("at the $h = 10^{-5}$ that served so well before, an error of about one per cent")


def test_truncation_falls_like_h_squared_or_like_h(notebook):
    steps, curve = np.log10(notebook["steps"][:6]), notebook["u_curve"]
    for name, power in {"centred": 2, "one-sided": 1}.items():
        slope = np.polyfit(steps, np.log10(curve[name][:6]), 1)[0]
        assert slope == pytest.approx(power, abs=0.05)


def test_the_complex_step_has_no_u(notebook):
    """At other points, too: the error falls to rounding and stays there however small h is."""
    for seed in SEEDS:
        point = np.random.default_rng(seed).uniform(0.05, 0.4, 8)
        for h in (1e-10, 1e-30, 1e-100):
            slopes = notebook["complex_step"](notebook["wavy"], point, h)
            assert notebook["worst_error"](slopes, point) < 2e-15
    errors = notebook["complex_errors"]
    assert errors[1e-30] < 1e-15 < min(notebook["u_curve"]["centred"]) / 1e4
    says("$h$ may be $10^{-30}$", "No U, no best step")


def test_the_students_own_layers_pass(notebook):
    assert len(notebook["own_errors"]) == 4
    assert max(notebook["own_errors"].values()) < 1e-7
    says("All below $10^{-7}$")


def test_the_whole_network_passes_with_a_few_millionths(notebook):
    assert notebook["whole_error"] < 2e-5
    for seed in SEEDS:
        network = Network(
            [64, 10], init=0.01, activation=(None, None), rng=np.random.default_rng(seed)
        )
        batch = DIGITS.X_train[5 * seed : 5 * seed + 5], DIGITS.y_train[5 * seed : 5 * seed + 5]
        assert network.forward(batch) == pytest.approx(np.log(10), abs=0.03)
        computed = network.backward()

        def loss(x, network=network, batch=batch):
            network.x = x
            return network.forward(batch)

        measured = gradcheck.numerical_gradient(loss, network.x.copy())
        assert 1e-6 < gradcheck.relative_error(computed, measured) < 1e-5
        assert np.sum(computed == 0) == np.sum(measured == 0) == 40
        assert np.abs(computed[computed != 0]).min() == pytest.approx(6e-6, rel=0.1)
    blank = (data.load_digits(raw=True).X_train == 0).all(axis=0)
    assert blank.sum() == 4
    says(
        "The worst of the 650 errors is a few millionths", "0.000006", "40 gradients are exactly 0"
    )
    says("four pixels in which no training digit has any ink")


def test_a_kink_raises_alarms_as_often_as_it_should(notebook):
    """100 numbers from a normal distribution of height 0.4: the chance that one is within h."""
    for h, share in notebook["false_alarms"].items():
        chance = 1 - (1 - 0.8 * h) ** 100
        assert share == pytest.approx(chance, abs=4 * np.sqrt(chance / 200) + 1e-9)
    assert [round(100 * (1 - (1 - 0.8 * h) ** 100)) for h in (1e-2, 1e-3)] == [55, 8]
    assert 1 - (1 - 0.8e-5) ** 100 < 1e-3
    ramp = notebook["seen"]["centred, h = 1e-5"]
    np.testing.assert_allclose(ramp, np.clip(0.5 + notebook["near"] / 2e-5, 0, 1), atol=1e-6)
    says("55 % for $h = 10^{-2}$, 8 % for $10^{-3}$, and less than a thousandth for $10^{-5}$")


def test_zero_on_both_sides_but_for_rounding_looks_like_an_error(notebook):
    claimed, measured = notebook["claimed"][0], notebook["found"][0]
    assert max(abs(claimed), abs(measured)) < 1e-10
    assert notebook["shift_error"] <= 2


# ------------------------------------------------------------------------------------ the bug hunt


def gelu_backward_by_the_chain_rule(dout, cache):
    """tanh(u)' = (1 - tanh²) u' with u = √(2/π)(x + 0.044715 x³), u' = √(2/π)(1 + 0.134145 x²)."""
    x, t = cache
    return dout * (
        0.5 * (1 + t) + 0.5 * x * (1 - t**2) * np.sqrt(2 / np.pi) * (1 + 0.134145 * x**2)
    )


def test_one_suspect_is_wrong_by_little_and_the_others_are_right(notebook):
    for name, (forward, backward, _) in notebook["suspects"].items():
        errors = []
        for seed in SEEDS:
            x, dout = np.random.default_rng(seed).normal(size=(2, 4, 5))
            numeric = gradcheck.numerical_gradient(lambda x, f=forward: f(x)[0], x, dout)
            errors.append(gradcheck.relative_error(backward(dout, forward(x)[1]), numeric))
        if name == "B":
            assert min(errors) > 1e-2
        else:
            assert max(errors) < 1e-6
    forward, backward, _ = notebook["suspects"]["B"]
    x = np.linspace(-10, 10, 4001)
    cache = forward(x)[1]
    off = np.abs(backward(np.ones_like(x), cache) - gelu_backward_by_the_chain_rule(1.0, cache))
    assert 0.030 < off.max() < 0.031
    numeric = gradcheck.numerical_gradient(lambda x: forward(x)[0], x[::100], np.ones(41))
    np.testing.assert_allclose(
        gelu_backward_by_the_chain_rule(1.0, forward(x[::100])[1]), numeric, atol=1e-8
    )
    assert notebook["find_wrong_gradients"](notebook["suspects"]) == ["B"]
    says("nowhere off by more than 0.031")


@pytest.mark.nightly
def test_the_loss_curve_does_not_tell_which_is_wrong(notebook):
    """Twelve runs each: all learn, and the mended one ends about 1 % lower."""
    train, suspects = notebook["train_with"], notebook["suspects"]
    mended = suspects["B"][0], gelu_backward_by_the_chain_rule
    for seed in range(12):
        last = {}
        for name, pair in {**{n: s[:2] for n, s in suspects.items()}, "mended": mended}.items():
            losses, accuracy = train(pair, seed)
            assert 2 < losses[0] < 3.5
            assert accuracy > 0.9
            last[name] = losses[-10:].mean()
        assert last["C"] < last["B"] < last["A"] < 0.3
        assert 0.005 < last["B"] / last["mended"] - 1 < 0.012
    assert all(2 < losses[0] < 3 for losses, _ in notebook["suspect_runs"].values())
    says("about 1 % lower, in each of twelve runs", "nine of ten validation digits right, or more")


# ------------------------------------------------------------------------------ the loop, the noise


def test_the_loop_reaches_the_stated_loss_from_any_start(notebook):
    loop = notebook["training_loop"]
    for seed in SEEDS:
        network = notebook["own_network"](seed)
        losses = loop(
            data.Dataset(DIGITS.X_train, DIGITS.y_train, 100, np.random.default_rng(seed)),
            network,
            optim.sgd,
            {"learning_rate": 1.0},
            1000,
        )
        assert losses[0] == pytest.approx(2.30, abs=0.02)
        assert np.mean(losses[-100:]) == pytest.approx(0.065, abs=0.003)
        assert network.accuracy(DIGITS.X_val, DIGITS.y_val) == pytest.approx(0.95, abs=0.012)
    last = notebook["losses"][-100:]
    assert min(last) == pytest.approx(0.03, abs=0.01)
    assert max(last) == pytest.approx(0.12, abs=0.02)
    says("to **below 0.1**", "Some 95 of 100 validation digits", "from about 0.03 to about 0.12")


def test_the_noise_of_a_batch_falls_like_one_over_the_root_of_its_size(notebook):
    sizes, noise = notebook["sizes"], notebook["noise"]
    assert noise[0] == pytest.approx(5.0, abs=0.25)
    assert noise[3] == pytest.approx(0.6, abs=0.04)
    # Without replacement the variance is (N - B) / (N - 1) times that of independent draws.
    expected = noise[0] / np.sqrt(sizes) * np.sqrt((1000 - sizes) / 999)
    np.testing.assert_allclose(noise, expected, rtol=0.1)
    says("off by five times the gradient's own length; that of 64 examples by 0.6 of it")


def test_steps_times_rate_is_what_counts_while_the_rate_is_small(notebook):
    for seed in SEEDS[:3]:
        full, hundreds, tens, tens_slow = (
            notebook["after_ten_epochs"](size, rate, seed)
            for size, rate in ((1000, 1.0), (100, 1.0), (10, 1.0), (10, 0.1))
        )
        assert full[0] > 4 * hundreds[0] > 12 * tens[0]
        assert tens_slow[0] == pytest.approx(hundreds[0], rel=0.04)
        assert full[1] < hundreds[1]
    assert notebook["closest"] == ("B", "D")
    says("the same, and so is the loss, to within a few per cent")
