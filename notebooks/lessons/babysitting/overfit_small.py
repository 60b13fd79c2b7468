"""Memorising a handful of examples."""

from __future__ import annotations

import numpy as np

from autograder.exercise import Exercise, Mistake, Style, Test, edit, functions
from cs231n_lib import babysitting

# --- probes ---------------------------------------------------------------------------------------


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
        asked.append(X)
        regs.append(float(reg))
        scores = X @ model["W"] + model["b"]
        if y is None:
            return scores
        p = np.exp(scores - scores.max(axis=1, keepdims=True))
        p /= p.sum(axis=1, keepdims=True)
        p[np.arange(len(y)), y] -= 1
        return 1.0, {"W": X.T @ p / len(y), "b": p.sum(axis=0) / len(y)}

    asked: list[np.ndarray] = []
    regs: list[float] = []
    overfit_small(net, {"W": W, "b": b}, X, y, n, learning_rate, max_steps)
    return {
        "the examples that it uses": np.unique(np.concatenate(asked), axis=0),
        "how many in a call": sorted({len(rows) for rows in asked}),
        "largest reg": max(regs),
    }


def several_searches(overfit_small, searches):
    def net(X, model, y=None, reg=0.0):
        scores = X @ model["W"] + model["b"]
        if y is None:
            return scores
        p = np.exp(scores - scores.max(axis=1, keepdims=True))
        p /= p.sum(axis=1, keepdims=True)
        p[np.arange(len(y)), y] -= 1
        return 1.0, {"W": X.T @ p / len(y), "b": p.sum(axis=0) / len(y)}

    results = {}
    for name, given in searches.items():
        start = {"W": given["W"], "b": given["b"]}
        rest = given["n"], given["learning_rate"], given["max_steps"]
        trained, steps = overfit_small(net, start, given["X"], given["y"], *rest)
        if not hasattr(trained, "keys"):
            raise TypeError("the first of the two results must be the model, arrays by name")
        results[f"steps, {name}"] = "None" if steps is None else int(steps)
        results[f"W, {name}"] = trained["W"]
    return results


# --- inputs ---------------------------------------------------------------------------------------


def few_of_many(rng):
    """Thirty numbers and a bias for 12 examples: they can always be told apart.

    Drawn again unless at least ten are right two steps before all are: so whoever stops early is
    seen to.
    """
    while True:
        X, y = rng.normal(size=(60, 30)), rng.permutation(np.arange(60) % 4)
        y[:12] = rng.permutation(np.arange(12) % 4)
        start = {"W": 0.3 * rng.normal(size=(30, 4)), "b": np.array([3.0, 0.0, 0.0, -1.0])}
        inputs = {"X": X, "y": y, **start, "n": 12, "learning_rate": 0.1, "max_steps": 150}
        steps = trained_on_few(babysitting.overfit_small, **inputs)["steps"]
        if steps is not None and steps > 2:
            before = {**inputs, "max_steps": steps - 2}
            model = trained_on_few(babysitting.overfit_small, **before)
            scores = X[:12] @ model["W"] + model["b"]
            if np.sum(scores.argmax(axis=1) == y[:12]) >= 10:
                return inputs


def right_already_and_not_yet(rng):
    right, not_yet = few_of_many(rng), {**few_of_many(rng), "max_steps": 10}
    right["y"] = (right["X"] @ right["W"] + right["b"]).argmax(axis=1)
    return {"searches": {"all right at the start": right, "some wrong at the start": not_yet}}


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


# --- property -------------------------------------------------------------------------------------


def only_there_nothing_to_do(inputs, values):
    W = inputs["searches"]["all right at the start"]["W"]
    if values["steps, all right at the start"] != 0:
        return "All examples are right at the start: that takes 0 steps."
    if not np.array_equal(values["W, all right at the start"], W):
        return "All examples are right at the start, and yet the model is changed."
    if values["steps, some wrong at the start"] == 0:
        return "Some examples are wrong at the start: that takes more than 0 steps."
    return ""


# --- other right answers --------------------------------------------------------------------------


def in_place(loss_function, model, X, y, n=20, learning_rate=0.5, max_steps=200):
    steps = 0
    while (np.argmax(loss_function(X[:n], model), 1) != y[:n]).any():
        if steps == max_steps:
            return model, None
        grads = loss_function(X[:n], model, y[:n], 0.0)[1]
        for name in model:
            model[name] -= learning_rate * grads[name]
        steps += 1
    return model, steps


def recursive(loss_function, model, X, y, n=20, learning_rate=0.5, max_steps=200):
    if np.mean(np.argmax(loss_function(X[:n], model), axis=1) == y[:n]) == 1.0:
        return model, 0
    if max_steps == 0:
        return model, None
    loss, grads = loss_function(X[:n], model, y[:n], reg=0)
    model = {name: w - learning_rate * grads[name] for name, w in model.items()}
    model, more = recursive(loss_function, model, X, y, n, learning_rate, max_steps - 1)
    return model, None if more is None else more + 1


def gradient_first(loss_function, model, X, y, n=20, learning_rate=0.5, max_steps=200):
    X, y, model, steps = X[:n], y[:n], dict(model), None
    for step in range(max_steps + 1):
        _, grads = loss_function(X, model, y)
        if sum(loss_function(X, model).argmax(axis=1) == y) == len(y):
            steps = step
            break
        if step < max_steps:
            for name, grad in grads.items():
                model[name] = model[name] + (-learning_rate) * grad
    return model, steps


# --- wrong answers --------------------------------------------------------------------------------


def gradient_of_the_start(loss_function, model, X, y, n=20, learning_rate=0.5, max_steps=200):
    _, grads = loss_function(X[:n], model, y[:n])
    for step in range(max_steps + 1):
        params = {name: model[name] - step * learning_rate * grads[name] for name in model}
        if (loss_function(X[:n], params).argmax(axis=1) == y[:n]).all():
            return params, step
    return params, None


def counts_from_0_after_the_step(
    loss_function, model, X, y, n=20, learning_rate=0.5, max_steps=200
):
    for step in range(max_steps):
        _, grads = loss_function(X[:n], model, y[:n])
        model = {name: model[name] - learning_rate * grads[name] for name in model}
        if (loss_function(X[:n], model).argmax(axis=1) == y[:n]).all():
            return model, step
    return model, None


def last_step_not_looked_at(*args):
    model, steps = babysitting.overfit_small(*args)
    return model, None if steps == args[-1] else steps


# --- the exercise ---------------------------------------------------------------------------------

overfit_small = Exercise(
    name="overfit_small",
    slide="Babysitting the learning process",
    answers=functions(babysitting.overfit_small),
    tests=[
        Test(
            "trains until all are right, and counts the steps",
            trained_on_few,
            few_of_many,
            points=2,
            untouched=["X", "y"],
        ),
        Test(
            "uses the first n examples in each step, and no regularisation",
            what_it_asks,
            few_of_many,
        ),
        Test(
            "0 steps where all are right at the start, and only there",
            several_searches,
            right_already_and_not_yet,
            holds=only_there_nothing_to_do,
        ),
        Test(
            "gives up after max_steps steps: None, and only then",
            several_searches,
            hopeless_and_just_enough,
        ),
    ],
    mistakes=[
        Mistake(
            "uphill",
            "Your parameters move with the gradient, up the loss: it never gets there. Which way "
            "does a gradient point?",
            edit(babysitting.overfit_small, ("- learning_rate", "+ learning_rate")),
        ),
        Mistake(
            "all of the data",
            "You train on everything that you are given. The check is about a handful of examples, "
            "the first n: so few that anything that can learn at all can memorise them.",
            edit(babysitting.overfit_small, ("X[:n], y[:n]", "X, y")),
        ),
        Mistake(
            "one step too many counted",
            "Your number of steps is too large by one. Count the updates that were made, not the "
            "rounds of the loop in which you looked.",
            edit(babysitting.overfit_small, ("return params, step\n", "return params, step + 1\n")),
        ),
        Mistake(
            "looks after the first step only",
            "You take a step before you look for the first time. Where all are right at the start, "
            "there is nothing to do.",
            edit(
                babysitting.overfit_small,
                ("np.array_equal(predicted, few_y)", "step and np.array_equal(predicted, few_y)"),
            ),
        ),
        Mistake(
            "counts from 0 after the step",
            "Your loop steps first, looks then, and returns its counter, which starts at 0: so it "
            "says 0 after the first step, and takes a step even where all are right already.",
            {"overfit_small": counts_from_0_after_the_step},
        ),
        Mistake(
            "the last step is not looked at",
            "Your loop ends right after the last allowed step, without checking whether it was "
            "enough. After max_steps steps, check once more.",
            {"overfit_small": last_step_not_looked_at},
        ),
        Mistake(
            "one step too many taken",
            "When the steps run out, you have taken one more than max_steps: after the last "
            "check, stop.",
            edit(babysitting.overfit_small, ("step < max_steps", "step <= max_steps")),
        ),
        Mistake(
            "learning_rate not used",
            "Your steps are as long as the default learning rate whatever `learning_rate` says.",
            edit(
                babysitting.overfit_small,
                ("params[name] - learning_rate *", "params[name] - 0.5 *"),
            ),
        ),
        Mistake(
            "gives up silently",
            "When the steps run out you return their number as if all had gone well. But this is "
            "the case that the check is made for: return None.",
            edit(babysitting.overfit_small, ("return params, None", "return params, max_steps")),
        ),
        Mistake(
            "biases left out",
            "Only the parameters called W… learn here. Every entry of `grads` belongs to one of "
            "`model`, biases included.",
            edit(
                babysitting.overfit_small,
                (
                    "params[name] - learning_rate * grads[name] for",
                    "params[name] - learning_rate * grads[name] * name.startswith('W') for",
                ),
            ),
        ),
        Mistake(
            "regularised",
            "You switch regularisation on. It pulls the weights away from a perfect fit: for this "
            "check it must be off.",
            edit(
                babysitting.overfit_small, ("few_X, params, few_y)", "few_X, params, few_y, 0.1)")
            ),
        ),
        Mistake(
            "stops before all are right",
            "You stop when nine of ten are right. A broken network often gets most of a handful "
            "right; the check is that it gets ALL.",
            edit(
                babysitting.overfit_small,
                ("np.array_equal(predicted, few_y)", "np.mean(predicted == few_y) >= 0.8"),
            ),
        ),
        Mistake(
            "the gradient of the start",
            "You compute the gradient once, and walk along it. Compute it anew in every step, "
            "at the new parameters.",
            {"overfit_small": gradient_of_the_start},
        ),
        Mistake(
            "one example at a time",
            "Each of your steps looks at one example. With so few, take all of them in every step: "
            "then nothing is left to chance.",
            edit(
                babysitting.overfit_small,
                (
                    "loss_function(few_X, params, few_y)",
                    "loss_function(few_X[step % n :][:1], params, few_y[step % n :][:1])",
                ),
            ),
        ),
    ],
    styles=[
        Style("in place", {"overfit_small": in_place}),
        Style("recursion", {"overfit_small": recursive}),
        Style("gradient first, look afterwards", {"overfit_small": gradient_first}),
    ],
)
