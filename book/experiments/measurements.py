"""What an answer measures, estimates or lays out: statistics, errors, gradients, searches.

As in ``trainings``, each function is given the answers of an exercise and returns a ``Run``.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from autograder.book.drawing import Panel, Run, panel
from cs231n_lib import initialization, schedules
from cs231n_lib.layers import softmax_loss
from cs231n_lib.network import Network, Parameters, init_two_layer_model, two_layer_net
from cs231n_lib.propagation import predicted_std
from cs231n_lib.training import fit

from .trainings import digits

__all__ = [
    "constants",
    "difference_quotient",
    "errors",
    "expected_loss",
    "folds",
    "layout",
    "narrower",
    "signal",
    "small_set",
    "step_lengths",
    "stuck",
    "theory",
    "winners",
]

Answers = Mapping[str, Any]


def only(answers: Answers) -> Any:
    """The one answer of an exercise that asks for one."""
    (answer,) = answers.values()
    return answer


# ------------------------------------------------------------------- the signal in a deep network


def signal(answers: Answers) -> Run:
    """Mean and standard deviation of the outputs of ten ReLU layers of 200 units."""
    rng = np.random.default_rng(0)
    X = 0.5 + rng.normal(size=(300, 200))
    weights = [initialization.he(200, 200, rng) for _ in range(10)]
    table = np.asarray(only(answers)(X, weights, _relu), dtype=float)
    means, stds = table.T if table.shape == (10, 2) else (table[:, 0], table[:, 1])
    numbers = {"standard deviation in the last layer": stds[-1], "layers": float(len(stds))}
    return Run([panel("means", "layer", means), panel("deviations", "layer", stds)], numbers)


def _relu(z: np.ndarray) -> np.ndarray:
    return np.maximum(z, 0)


def theory(answers: Answers) -> Run:
    """The standard deviations that are expected in ten layers: tanh, and ReLU with gain 2."""
    plain = np.asarray(only(answers)(10)).ravel()
    gained = np.asarray(only(answers)(10, _relu, 2.0)).ravel()
    numbers = {"tanh, layer 10": float(plain[-1]), "ReLU, layer 10": float(gained[-1])}
    return Run([panel("tanh", "layer", plain), panel("ReLU", "layer", gained)], numbers)


def stuck(answers: Answers) -> Run:
    """The stuck fractions of 40 sigmoid and of 40 tanh units, from the calmest to the wildest."""
    rng = np.random.default_rng(0)
    z = rng.normal(size=(50, 40)) * np.linspace(0.2, 12, 40) + np.linspace(0, 6, 40)
    reports = [only(answers)(out, kind) for out, kind in _squashed(z)]
    shares = [np.asarray(report["saturated"], dtype=float) for report in reports]
    numbers = {
        "mean stuck fraction, sigmoid": float(shares[0].mean()),
        "tanh": float(shares[1].mean()),
        "dead units, sigmoid": float(np.sum(reports[0]["dead"])),
    }
    return Run([panel("sigmoid", "unit", shares[0]), panel("tanh", "unit", shares[1])], numbers)


def _squashed(z: np.ndarray) -> list[tuple[np.ndarray, str]]:
    return [(1 / (1 + np.exp(-z)), "sigmoid"), (np.tanh(z), "tanh")]


def settled(answers: Answers) -> Run:
    """The signal in 100 tanh layers, with the gains that are found for it to end at two levels."""
    levels, panels, numbers = (0.5, 0.8), [], {}
    for level in levels:
        gain = float(only(answers)(lambda gain: predicted_std(100, gain=gain)[-1], level))
        signal = predicted_std(100, gain=max(gain, 0.0))
        panels.append(panel(f"signal, to end at {level:g}", "layer", signal))
        numbers[f"gain for {level:g}"] = gain
    return Run(panels, numbers)


# -------------------------------------------------------------------------- gradients and updates


def difference_quotient(answers: Answers) -> Run:
    """The error of a numerical gradient of the softmax loss, against the step h."""
    rng = np.random.default_rng(0)
    scores, labels = rng.normal(size=(3, 4)), np.array([0, 2, 1])
    exact = softmax_loss(scores, labels)[1]
    errors = []
    steps = 10.0 ** np.arange(-1, -12.5, -0.5)
    for h in steps:
        x = scores.copy()
        got = only(answers)(lambda z: softmax_loss(z, labels)[0], x, h=h)
        errors.append(float(np.abs(got - exact).max() / np.abs(exact).max()))
    line = np.column_stack([np.log10(steps), errors])
    numbers = {"smallest relative error": min(errors), "error at h = 1e-5": errors[8]}
    return Run([Panel("relative error of the gradient", "log h", [line], log=True)], numbers)


def errors(answers: Answers) -> Run:
    """What it says of numbers that are 1 % apart, by their size; and of 0, NaN and small errors."""
    a = np.array([1.0, -2.0, 3.0])
    sizes = 10.0 ** np.arange(-16, 9)
    same = [float(only(answers)(s * a, s * a * [1, 1.01, 1])) for s in sizes]
    parts = 10.0 ** np.arange(-12, 0.5)
    small = [float(only(answers)(a, a * [1, 1, 1 + part])) for part in parts]
    numbers = {
        "1 % apart": same[16],
        "1 against 2": float(only(answers)(np.ones(2), 2 * np.ones(2))),
        "2 against 1": float(only(answers)(2 * np.ones(2), np.ones(2))),
        "0 against 0": float(only(answers)(np.zeros(2), np.zeros(2))),
        "0 against 0.001": float(only(answers)(np.zeros(2), np.array([0.0, 0.001]))),
        "NaN against 1": float(only(answers)(np.array([np.nan, 1.0]), np.ones(2))),
    }
    by_size = Panel("1 % apart", "log size", [np.column_stack([np.log10(sizes), same])], log=True)
    by_part = Panel("one apart", "log part", [np.column_stack([np.log10(parts), small])], log=True)
    return Run([by_size, by_part], numbers)


def constants(answers: Answers) -> Run:
    """The two decays with the constants that are to leave a tenth after 160 steps."""
    k_exp, k_inverse = (float(k) for k in only(answers)(0.1, 160))
    with np.errstate(all="ignore"):
        falling = [schedules.exponential_decay(t, 1.0, k_exp) for t in range(161)]
        inverse = [schedules.inverse_time_decay(t, 1.0, k_inverse) for t in range(161)]
    numbers = {"exponential, last rate": falling[-1], "1/t, last rate": inverse[-1]}
    return Run(
        [panel("exponential decay", "step", falling), panel("1/t decay", "step", inverse)], numbers
    )


# ------------------------------------------------------------------- babysitting, and the search


def expected_loss(answers: Answers) -> Run:
    """The loss at the start, against the number of classes and against the regularisation."""
    weights = [np.full((3, 4), 0.5), np.full((4, 2), -0.25)]
    by_classes = [only(answers)(c) for c in range(2, 31)]
    by_reg = [only(answers)(10, reg, weights) for reg in np.arange(0, 1.01, 0.1)]
    numbers = {"10 classes": float(by_classes[8]), "the same, with reg = 1": float(by_reg[-1])}
    return Run(
        [panel("loss", "classes", by_classes), panel("loss, 10 classes", "reg", by_reg)], numbers
    )


def small_set(answers: Answers) -> Run:
    """The losses that are computed on the way to 100 % on twenty digits."""
    data, losses = digits(), []

    def watched(X: Any, model: Any, y: Any = None, **more: Any) -> Any:
        result = two_layer_net(X, model, y, **more)
        if y is not None:
            losses.append(float(result[0]))
        return result

    model = init_two_layer_model(64, 30, 10, scale=0.1)
    settings = {"n": 20, "learning_rate": 0.3}
    result, steps = only(answers)(watched, model, data.X_train, data.y_train, **settings)
    asked = len(losses)
    _, few = only(answers)(watched, model, data.X_train, data.y_train, max_steps=10, **settings)
    _, none = only(answers)(watched, result, data.X_train, data.y_train, **settings)
    right = two_layer_net(data.X_train[:20], result).argmax(axis=1) == data.y_train[:20]
    numbers = {
        "steps": _or_nan(steps),
        "steps from where that ended": _or_nan(none),
        "steps if only 10 are allowed": _or_nan(few),
        "accuracy on the twenty": float(right.mean()),
        "gradients asked for": float(len(losses)),
    }
    return Run([panel("loss", "gradient asked for", losses[:asked])], numbers)


def _or_nan(steps: int | None) -> float:
    return np.nan if steps is None else float(steps)


_RANGES = {"rate": (1e-3, 1.0, "log"), "momentum": (0.5, 0.95, "linear")}


def layout(answers: Answers) -> Run:
    """The trials of a search in two parameters, nine of them."""
    ((name, lay_out),) = answers.items()
    if name == "grid_layout":
        trials = lay_out(3, dict(_RANGES))
    else:
        trials = lay_out(9, dict(_RANGES), np.random.default_rng(3))
    places = np.array([[np.log10(max(t["rate"], 1e-12)), t["momentum"]] for t in trials])
    ninths = np.floor(9 * (places[:, 0] + 3) / 3).clip(-1, 9)
    numbers = {
        "trials": float(len(trials)),
        "different rates": float(len(np.unique(places[:, 0].round(9)))),
        "rates below 0.03": float(np.sum(places[:, 0] < np.log10(0.03))),
        "ninths of the rate's range that hold a trial": float(len(np.unique(ninths))),
    }
    return Run(
        [Panel("momentum", "log rate", [places], dots=True, behind=[_box(_RANGES)])], numbers
    )


def step_lengths(answers: Answers) -> Run:
    """The ratios of 60 steps of a net on the digits, for each layer."""
    data, rng = digits(), np.random.default_rng(0)
    model = Network((64, 30, 10), rng=rng).params
    ratios = []
    for _ in range(60):
        rows = rng.integers(0, len(data.y_train), 50)
        _, grads = two_layer_net(data.X_train[rows], model, data.y_train[rows])
        after = Parameters.of({name: model[name] - 0.5 * grads[name] for name in model})
        ratio = only(answers)(model, after)
        ratios.append([ratio["W1"], ratio["W2"]])
        model = after
    first, second = np.array(ratios).T
    numbers = {
        "layers reported": float(len(ratio)),
        "median of layer 1": float(np.median(first)),
        "of layer 2": float(np.median(second)),
    }
    return Run([panel("layer 1", "step", first), panel("layer 2", "step", second)], numbers)


def winners(answers: Answers) -> Run:
    """The best of 10 to 40 runs that differ by luck alone, on validation and on test data."""
    rng = np.random.default_rng(0)
    val, test = 0.95 + 0.006 * rng.normal(size=(2, 120))
    val[:6] = np.nan  # they blew up
    order = rng.permuted(np.tile(np.arange(120), (200, 1)), axis=1)
    found = [only(answers)(val, test, order[:, :k]) for k in range(10, 41)]
    reported, worth = (np.array([np.mean(pair[i]) for pair in found]) for i in (0, 1))
    numbers = {"best of 40, validation": float(reported[-1]), "the same, test": float(worth[-1])}
    return Run(
        [panel("validation", "runs tried", reported), panel("test", "runs tried", worth)], numbers
    )


def _box(ranges: Mapping[str, Any]) -> np.ndarray:
    (x0, x1), (y0, y1) = ranges["rate"][:2], ranges["momentum"][:2]
    a, b = (np.log10(max(x, 1e-12)) for x in (x0, x1))
    return np.array([[a, y0], [b, y0], [b, y1], [a, y1], [a, y0]])


def narrower(answers: Answers) -> Run:
    """Where the next, finer search would look after nine trials."""
    rng = np.random.default_rng(5)
    trials = [
        {"rate": float(10 ** rng.uniform(-3, 0)), "momentum": float(rng.uniform(0.5, 0.95))}
        for _ in range(9)
    ]
    trials[4] = {"rate": 0.8, "momentum": 0.5}
    val = [0.5, 0.61, 0.7, np.nan, 0.93, 0.88, 0.64, 0.72, 0.8]
    results = [
        {"params": dict(t), "val": v, "train": 0.99 - 0.04 * i, "test": 0.6 + 0.03 * i}
        for i, (t, v) in enumerate(zip(trials, val, strict=True))
    ]
    ranges, border = only(answers)(results, dict(_RANGES), shrink=0.4)
    numbers = {
        "lowest rate": float(ranges["rate"][0]),
        "highest rate": float(ranges["rate"][1]),
        "flag at the border, rate": float(bool(border["rate"])),
        "flag, momentum": float(bool(border["momentum"])),
        "ranges on a logarithmic scale": float(sum(r[2] == "log" for r in ranges.values())),
    }
    lines = [_box(ranges)]
    dots = [np.array([[np.log10(t["rate"]), t["momentum"]]] * 2) for t in trials]
    return Run([Panel("momentum", "log rate", lines, behind=[_box(_RANGES), *dots])], numbers)


def folds(answers: Answers) -> Run:
    """Accuracies on five validation folds of 203 digits, one net for each."""
    data = digits()
    X, y = data.X_train[:203], data.y_train[:203]
    accuracies, seen = [], 0
    parts = only(answers)(X, y, 5)
    for X_train, y_train, X_val, y_val in parts:
        network = Network((64, 30, 10))
        fit(network, X_train, y_train, "sgd", {"learning_rate": 0.5}, epochs=60, batch_size=None)
        accuracies.append(network.accuracy(X_val, y_val))
        known = {row.tobytes() for row in X_train}
        seen += sum(row.tobytes() in known for row in X_val)
    numbers = {
        "mean accuracy": float(np.mean(accuracies)),
        "validation rows that were trained on": float(seen),
        "validation rows in all": float(sum(len(part[3]) for part in parts)),
    }
    return Run([panel("accuracy on the fold", "fold", accuracies, dots=True)], numbers)
