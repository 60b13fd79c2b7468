"""What 04_babysitting asks of the checks before a run and of the reader of its log, and with what.

Logs keep away from the borders between two diagnoses, so that a different way of rounding never
decides; each kind of log comes in forms that a wrong rule takes for another kind.
"""
# mypy: disallow-untyped-defs=False
# (A probe's source travels to where only numpy is known, so it carries no annotations.)

from __future__ import annotations

import numpy as np

from cs231n_lib import babysitting

# ------------------------------------------------------------------------------------ sanity_loss


def losses_at_start(sanity_loss, classes):
    return {f"loss with {count} classes": sanity_loss(int(count)) for count in classes}


def regularised_losses(sanity_loss, num_classes, reg, weights):
    return {
        "loss": sanity_loss(num_classes, reg, weights),
        "loss with twice the reg": sanity_loss(num_classes, 2 * reg, weights),
    }


def some_classes(rng):
    return {"classes": np.r_[10, rng.integers(11, 1000, 4)]}


def some_weights(rng):
    weights = [rng.normal(size=(6, 4)) + 0.4, rng.normal(size=(4, 3)) + 0.4]
    return {"num_classes": 3, "reg": float(rng.uniform(0.2, 0.8)), "weights": weights}


# ---------------------------------------------------------------------------------- overfit_small


def trained_on_few(overfit_small, X, y, W, b, n, learning_rate, max_steps):
    def net(X, model, y=None, reg=0.0):
        scores = X @ model["W"] + model["b"]
        if y is None:
            return scores
        p = np.exp(scores - scores.max(axis=1, keepdims=True))
        p /= p.sum(axis=1, keepdims=True)
        at = np.arange(len(y)), y
        loss = -np.log(p[at]).mean() + 0.5 * reg * (model["W"] ** 2).sum()
        p[at] -= 1
        dscores = p / len(y)
        return loss, {"W": X.T @ dscores + reg * model["W"], "b": dscores.sum(axis=0)}

    model = {"W": W, "b": b}
    trained, steps = overfit_small(net, model, X, y, n, learning_rate, max_steps)
    if not hasattr(trained, "keys"):
        raise TypeError("the first of the two results must be the model, arrays by name")
    return {"steps": steps, "W": trained["W"], "b": trained["b"]}


def what_it_asks(overfit_small, X, y, W, b, n, learning_rate, max_steps):
    def net(X, model, y=None, reg=0.0):
        rows.append(len(X))
        regs.append(float(reg))
        scores = X @ model["W"] + model["b"]
        if y is None:
            return scores
        p = np.exp(scores - scores.max(axis=1, keepdims=True))
        p /= p.sum(axis=1, keepdims=True)
        p[np.arange(len(y)), y] -= 1
        return 1.0, {"W": X.T @ p / len(y), "b": p.sum(axis=0) / len(y)}

    rows: list[int] = []
    regs: list[float] = []
    overfit_small(net, {"W": W, "b": b}, X, y, n, learning_rate, max_steps)
    return {"examples in a call": sorted(set(rows)), "largest reg": max(regs)}


def gives_up(overfit_small, searches):
    def net(X, model, y=None, reg=0.0):
        scores = X @ model["W"] + model["b"]
        if y is None:
            return scores
        p = np.exp(scores - scores.max(axis=1, keepdims=True))
        p /= p.sum(axis=1, keepdims=True)
        p[np.arange(len(y)), y] -= 1
        return 1.0, {"W": X.T @ p / len(y), "b": p.sum(axis=0) / len(y)}

    found = {}
    for name, given in searches.items():
        start = {"W": given["W"], "b": given["b"]}
        rest = given["n"], given["learning_rate"], given["max_steps"]
        trained, steps = overfit_small(net, start, given["X"], given["y"], *rest)
        if not hasattr(trained, "keys"):
            raise TypeError("the first of the two results must be the model, arrays by name")
        found[f"steps, {name}"] = "None" if steps is None else int(steps)
        found[f"W, {name}"] = trained["W"]
    return found


def few_of_many(rng):
    """Thirty numbers and a bias for 12 examples: they can always be told apart."""
    X, y = rng.normal(size=(60, 30)), rng.permutation(np.arange(60) % 4)
    y[:12] = rng.permutation(np.arange(12) % 4)
    start = {"W": 0.3 * rng.normal(size=(30, 4)), "b": np.array([3.0, 0.0, 0.0, -1.0])}
    return {"X": X, "y": y, **start, "n": 12, "learning_rate": 0.1, "max_steps": 400}


def right_already(rng):
    asked = few_of_many(rng)
    scores = asked["X"] @ asked["W"] + asked["b"]
    return {**asked, "y": scores.argmax(axis=1)}


def hopeless_and_just_enough(rng):
    """One example with two labels; and examples that need exactly the steps that are allowed."""
    hopeless, enough = few_of_many(rng), few_of_many(rng)
    hopeless["X"][1], hopeless["y"][:2] = hopeless["X"][0], [0, 1]
    steps = trained_on_few(babysitting.overfit_small, **enough)["steps"]
    searches = {
        "one image with two labels": {**hopeless, "max_steps": 15},
        "max_steps is just enough": {**enough, "max_steps": steps},
    }
    return {"searches": searches}


# --------------------------------------------------------------------------------------- diagnose


def labels(diagnose, logs, starts):
    found = {}
    for name in logs:
        log = {key: [float(number) for number in logs[name][key]] for key in logs[name]}
        label = str(diagnose(log, float(starts[name]))).strip().lower()
        known = ("rate too high", "rate too low", "overfitting", "underfitting", "good")
        if label not in known:
            raise ValueError(f"{label!r} is not one of the five labels of the table")
        found[f"label of: {name}"] = label
    return found


def a_log(rng, start, cost, train, val):
    """Costs, as multiples of `start`, with the noise of a batch; accuracies as they are."""
    noise = 1 + rng.uniform(-0.01, 0.01, len(cost))
    return {"cost": start * noise * cost, "train": np.array(train), "val": np.array(val)}


def rising(rng, end, epochs=8, start=0.1):
    """Accuracies that climb from about `start` to `end`."""
    way = 1 - np.exp(-3 * np.arange(1, epochs + 1) / epochs)
    made = start + (end - start) * way / way[-1]
    made[:-1] += rng.uniform(-0.01, 0.01, epochs - 1)
    return made


def falling(end, epochs=8, begin=0.9):
    return begin * (end / begin) ** (np.arange(epochs) / (epochs - 1))


def chance(rng, epochs=8):
    return rng.uniform(0.07, 0.13, epochs)


def too_high(rng, start):
    dead = chance(rng), chance(rng)
    nan = np.full(8, np.nan)
    nan[:3] = 1.0, 1.9, 2.6
    infinite = np.linspace(1, 2.5, 8)
    infinite[4], infinite[5:] = np.inf, 1.05
    spike = falling(rng.uniform(0.05, 0.2))
    spike[rng.integers(1, 5)] = rng.uniform(3.3, 3.7)
    above = np.r_[1.0, rng.uniform(1.2, 2.6, 5), 0.99, rng.uniform(1.25, 1.6)]
    end = rng.uniform(0.88, 0.95)
    return {
        "costs that end in nan": a_log(rng, start, nan, *dead),
        "an infinite cost in the middle": a_log(rng, start, infinite, *dead),
        "one cost far above the start, then a normal run": a_log(
            rng, start, spike, rising(rng, end), rising(rng, end - 0.02)
        ),
        "costs that end above the start": a_log(rng, start, above, *dead),
    }


def too_low(rng, start):
    still = np.full(8, 1.0)
    wavering = np.r_[rng.uniform(0.97, 1.06, 7), rng.uniform(0.97, 1.04)]
    dip = np.r_[1.0, 0.92, rng.uniform(0.8, 0.9, 3), 0.87, 0.9, rng.uniform(0.98, 1.03)]
    end = rng.uniform(0.25, 0.35)
    return {
        "a cost that stands still, and so do the accuracies": a_log(
            rng, start, still, chance(rng), chance(rng)
        ),
        "a cost that stands still while the accuracies creep up": a_log(
            rng, start, still, rising(rng, end), rising(rng, end - 0.01)
        ),
        "a cost that wavers around the start": a_log(
            rng, start, wavering, chance(rng), chance(rng)
        ),
        "a cost that came down a little and went up again": a_log(
            rng, start, dip, chance(rng), chance(rng)
        ),
    }


def overfitted(rng, start):
    cost = falling(rng.uniform(0.005, 0.05))
    peak = rising(rng, rng.uniform(0.93, 0.95))
    peak[5:] = 0.93, 0.92, rng.uniform(0.7, 0.78)
    high = rng.uniform(0.98, 1)
    return {
        "training far above validation": a_log(
            rng, start, cost, rising(rng, high), rising(rng, high - rng.uniform(0.13, 0.18))
        ),
        "training far above validation, both low": a_log(
            rng,
            start,
            falling(0.3),
            rising(rng, rng.uniform(0.65, 0.75)),
            rising(rng, rng.uniform(0.35, 0.5)),
        ),
        "a validation accuracy that rose and fell again": a_log(
            rng, start, cost, rising(rng, rng.uniform(0.97, 1)), peak
        ),
    }


def underfitted(rng, start):
    low, middle = rng.uniform(0.4, 0.55), rng.uniform(0.65, 0.76)
    return {
        "both accuracies low": a_log(
            rng, start, falling(rng.uniform(0.6, 0.85)), rising(rng, low), rising(rng, low - 0.02)
        ),
        "training low, validation a little higher": a_log(
            rng,
            start,
            falling(rng.uniform(0.3, 0.5)),
            rising(rng, middle),
            rising(rng, middle + 0.06),
        ),
    }


def fine(rng, start):
    end = rng.uniform(0.93, 0.98)
    quick = np.r_[0.21, 0.209, 0.208, 0.209, 0.207, 0.208, 0.207, 0.209]
    flat = np.r_[np.full(7, end), end] + rng.uniform(-0.005, 0.005, 8)
    high = np.r_[1.0, rng.uniform(1.8, 2.4), falling(0.05, 6)]
    closing = rising(rng, end - 0.03)
    closing[2:4] -= 0.25
    val_low = rng.uniform(0.76, 0.785)
    return {
        "high accuracies, a low cost": a_log(
            rng, start, falling(0.03), rising(rng, end), rising(rng, end - 0.04)
        ),
        "everything learned in the first epoch, flat since": a_log(
            rng, start, quick, flat, flat - 0.03
        ),
        "a gap that was there for a while and has closed": a_log(
            rng, start, falling(0.05), rising(rng, end), closing
        ),
        "one cost at twice the start, then a normal run": a_log(
            rng, start, high, rising(rng, end), rising(rng, end - 0.04)
        ),
        "validation far above training (it happens with dropout)": a_log(
            rng, start, falling(0.3), rising(rng, rng.uniform(0.81, 0.83)), rising(rng, end + 0.02)
        ),
        "training above 0.8, validation just below it": a_log(
            rng, start, falling(0.2), rising(rng, val_low + 0.06), rising(rng, val_low)
        ),
    }


def logs_of(*kinds):
    """Logs of these kinds; half of them start elsewhere than at ln 10."""

    def inputs(rng):
        logs, starts = {}, {}
        for kind in kinds:
            for i, start in enumerate((2.3026, float(rng.uniform(0.3, 0.45)))):
                for name, log in kind(rng, start).items():
                    name = name if i == 0 else f"{name} (another start)"
                    logs[name], starts[name] = log, start
        return {"logs": logs, "starts": starts}

    return inputs
