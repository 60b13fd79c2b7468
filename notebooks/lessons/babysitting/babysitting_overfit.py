"""Exercise of notebook 04: learning a handful of examples by heart."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from autograder.exercise import Exercise, Mistake, Style, Test, edit, functions
from cs231n_lib import babysitting

from . import babysitting_probes as ask

__all__ = ["overfit_small"]


def _overfit(*changes: tuple[str, str]) -> dict[str, Callable[..., Any]]:
    return edit(babysitting.overfit_small, *changes)


def _gradients_once(
    loss_function: Callable[..., Any],
    model: dict[str, Any],
    X: Any,
    y: Any,
    n: int = 20,
    learning_rate: float = 0.5,
    max_steps: int = 200,
) -> Any:
    _, grads = loss_function(X[:n], model, y[:n])
    for step in range(max_steps + 1):
        params = {name: model[name] - step * learning_rate * grads[name] for name in model}
        if (loss_function(X[:n], params).argmax(axis=1) == y[:n]).all():
            return params, step
    return params, None


def _step_first(
    loss_function: Callable[..., Any],
    model: dict[str, Any],
    X: Any,
    y: Any,
    n: int = 20,
    learning_rate: float = 0.5,
    max_steps: int = 200,
) -> Any:
    for step in range(max_steps):
        _, grads = loss_function(X[:n], model, y[:n])
        model = {name: model[name] - learning_rate * grads[name] for name in model}
        if (loss_function(X[:n], model).argmax(axis=1) == y[:n]).all():
            return model, step
    return model, None


def _no_last_look(*given: Any) -> Any:
    model, steps = babysitting.overfit_small(*given)
    return model, None if steps == given[-1] else steps


def _in_place(
    loss_function: Callable[..., Any],
    model: dict[str, Any],
    X: Any,
    y: Any,
    n: int = 20,
    learning_rate: float = 0.5,
    max_steps: int = 200,
) -> Any:
    steps = 0
    while (np.argmax(loss_function(X[:n], model), 1) != y[:n]).any():
        if steps == max_steps:
            return model, None
        grads = loss_function(X[:n], model, y[:n], 0.0)[1]
        for name in model:
            model[name] -= learning_rate * grads[name]
        steps += 1
    return model, steps


def _recursive(
    loss_function: Callable[..., Any],
    model: dict[str, Any],
    X: Any,
    y: Any,
    n: int = 20,
    learning_rate: float = 0.5,
    max_steps: int = 200,
) -> Any:
    if np.mean(np.argmax(loss_function(X[:n], model), axis=1) == y[:n]) == 1.0:
        return model, 0
    if max_steps == 0:
        return model, None
    loss, grads = loss_function(X[:n], model, y[:n], reg=0)
    model = {name: w - learning_rate * grads[name] for name, w in model.items()}
    model, more = _recursive(loss_function, model, X, y, n, learning_rate, max_steps - 1)
    return model, None if more is None else more + 1


def _for_else(
    loss_function: Callable[..., Any],
    model: dict[str, Any],
    X: Any,
    y: Any,
    n: int = 20,
    learning_rate: float = 0.5,
    max_steps: int = 200,
) -> Any:
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


overfit_small = Exercise(
    name="overfit_small",
    slide="Babysitting the learning process",
    answers=functions(babysitting.overfit_small),
    tests=[
        Test(
            "trains until all are right, and counts the steps",
            ask.trained_on_few,
            ask.few_of_many,
            points=2,
            untouched=["X", "y"],
        ),
        Test(
            "uses the first n examples in each step, and no regularisation",
            ask.what_it_asks,
            ask.few_of_many,
        ),
        Test("0 steps where all are right at the start", ask.trained_on_few, ask.right_already),
        Test(
            "gives up after max_steps steps: None, and only then",
            ask.gives_up,
            ask.hopeless_and_just_enough,
        ),
    ],
    mistakes=[
        Mistake(
            "uphill",
            "Your parameters move with the gradient, up the loss: it never gets there. Which way "
            "does a gradient point?",
            _overfit(("- learning_rate", "+ learning_rate")),
        ),
        Mistake(
            "all of the data",
            "You train on everything that you are given. The check is about a handful of examples, "
            "the first n: so few that anything which can learn at all learns them by heart.",
            _overfit(("X[:n], y[:n]", "X, y")),
        ),
        Mistake(
            "one step too many counted",
            "Your number of steps is too large by one. Count the updates that were made, not the "
            "rounds of the loop in which you looked.",
            _overfit(("return params, step\n", "return params, step + 1\n")),
        ),
        Mistake(
            "looks after the first step only",
            "You take a step before you look for the first time. Where all are right at the start, "
            "there is nothing to do.",
            _overfit(
                ("np.array_equal(predicted, few_y)", "step and np.array_equal(predicted, few_y)")
            ),
        ),
        Mistake(
            "counts from 0 after the step",
            "Your loop steps first, looks then, and returns its counter, which starts at 0: so it "
            "says 0 after the first step, and takes a step even where all are right already.",
            {"overfit_small": _step_first},
        ),
        Mistake(
            "the last step is not looked at",
            "Your loop ends right after the last allowed step, without looking whether it was the "
            "one that did it. After max_steps steps there is one more look.",
            {"overfit_small": _no_last_look},
        ),
        Mistake(
            "one step too many taken",
            "When the steps run out, you have taken one more than max_steps: after the last look "
            "there is nothing left to do.",
            _overfit(("step < max_steps", "step <= max_steps")),
        ),
        Mistake(
            "learning_rate not used",
            "Your steps are as long as the default learning rate whatever `learning_rate` says.",
            _overfit(("params[name] - learning_rate *", "params[name] - 0.5 *")),
        ),
        Mistake(
            "gives up silently",
            "When the steps run out you return their number as if all had gone well. But this is "
            "the one case in which the check has something to say: return None.",
            _overfit(("return params, None", "return params, max_steps")),
        ),
        Mistake(
            "biases left out",
            "Only the parameters called W… learn here. Every entry of `grads` belongs to one of "
            "`model`, biases included.",
            _overfit(
                (
                    "params[name] - learning_rate * grads[name] for",
                    "params[name] - learning_rate * grads[name] * name.startswith('W') for",
                )
            ),
        ),
        Mistake(
            "regularised",
            "You switch regularisation on. It pulls the weights away from a perfect fit: for this "
            "check it must be off.",
            _overfit(("few_X, params, few_y)", "few_X, params, few_y, 0.1)")),
        ),
        Mistake(
            "stops before all are right",
            "You stop when nine of ten are right. A broken network often gets most of a handful "
            "right; the check is that it gets ALL.",
            _overfit(("np.array_equal(predicted, few_y)", "np.mean(predicted == few_y) >= 0.8")),
        ),
        Mistake(
            "the gradient of the start",
            "You compute the gradient once, and walk along it. It must be asked for again in every "
            "step, at the new parameters.",
            {"overfit_small": _gradients_once},
        ),
        Mistake(
            "one example at a time",
            "Each of your steps looks at one example. With so few, take all of them in every step: "
            "then nothing is left to chance.",
            _overfit(
                (
                    "loss_function(few_X, params, few_y)",
                    "loss_function(few_X[step % n :][:1], params, few_y[step % n :][:1])",
                )
            ),
        ),
    ],
    styles=[
        Style("in place", {"overfit_small": _in_place}),
        Style("recursion", {"overfit_small": _recursive}),
        Style("gradient first, look afterwards", {"overfit_small": _for_else}),
    ],
)
