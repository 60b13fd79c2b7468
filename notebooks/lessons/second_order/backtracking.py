"""The exercise backtracking: a step that is short enough, by Armijo's condition."""

from __future__ import annotations

import numpy as np

from autograder.exercise import Exercise, Mistake, Style, Test, edit, functions
from cs231n_lib import quasi_newton

from .shared import symmetric

# --- probes ---------------------------------------------------------------------------------------


def steps_in_a_bowl(backtracking, H, xs, ds, more):
    def f(x):
        return float(0.5 * x @ H @ x)

    landed = []
    for x, d in zip(xs, ds, strict=True):
        t = backtracking(f, x, d, H @ x, **more)
        landed.append(x + float(t) * d)
    return {"x + t d": landed}


def steps_with_an_edge(backtracking, xs, edges, beyond):
    def f(x):
        total = np.sum(x)
        return float(-total - total**2 / 10) if total < edges[len(landed)] else beyond

    landed = []
    for x in xs:
        slope = -1 - np.sum(x) / 5
        t = backtracking(f, x, np.ones_like(x), slope * np.ones_like(x))
        landed.append(x + float(t))
    return {"x + t d": landed}


def steps_up_and_down(backtracking, H, xs, ds):
    def f(x):
        return float(0.5 * x @ H @ x)

    steps = [float(backtracking(f, x, d, H @ x)) for x, d in zip(xs, ds, strict=True)]
    return {"t": np.array(steps)}


def points_asked(backtracking, H, xs, ds):
    def f(x):
        asked.append(np.array(x))
        return float(0.5 * x @ H @ x)

    points = []
    asked: list = []
    for x, d in zip(xs, ds, strict=True):
        asked.clear()
        backtracking(f, x, d, H @ x)
        points.append(np.array(sorted(asked, key=lambda point: float((point - x) @ d))))
    return {"points at which f is asked": points}


# --- inputs ---------------------------------------------------------------------------------------


def bowl(rng):
    return symmetric(rng, np.array([1.0, 3.0, 8.0, 20.0]) * rng.uniform(0.9, 1.1, 4))


def good_steps(rng):
    """As far as the minimum, more or less."""
    H, xs = bowl(rng), rng.normal(size=(4, 4))
    return {"H": H, "xs": xs, "ds": -rng.uniform(0.6, 1.4, (4, 1)) * xs, "more": {}}


def too_long(rng):
    """1.2 to 29 times as far as the minimum: at 2 the loss is no lower than at x.

    Just below 2 it is lower, by a tenth of what c = 1e-4 asks for.
    """
    H, xs = bowl(rng), rng.normal(size=(6, 4))
    factors = np.append(2.0 ** np.arange(1, 6) * rng.uniform(0.6, 0.9, 5), 1.99998)
    return {"H": H, "xs": xs, "ds": -factors[:, None] * xs, "more": {}}


def demanding(rng):
    """A step of t times the way to the minimum is long enough if t <= 2 (1 - c)."""
    c = float(rng.uniform(0.55, 0.65))
    H, xs = 1e-4 * bowl(rng), rng.normal(size=(4, 4))
    factors = np.array([1.4, 2.5, 5.5, 0.6]) * rng.uniform(0.95, 1.05, 4)
    return {"H": H, "xs": xs, "ds": -factors[:, None] * xs, "more": {"c": c}}


def crooked(rng):
    """Downhill, but not along the gradient: the slope is that of the direction.

    Along d the loss is back at its old level at t = `level`, and a step will do up to 0.6 `level`:
    of 1, 1/2, 1/4, ... there is always one between the two. The last d is so long that its slope
    outweighs the gradient's square.
    """
    H, xs = bowl(rng), rng.normal(size=(6, 4))
    gradients, aside = xs @ H, rng.normal(size=(6, 4))
    level = rng.uniform(1.3, 1.42, 6) * 0.5 ** np.array([0, 1, 2, 3, 4, 9])
    ds = 0.5 * aside / np.linalg.norm(aside, axis=1, keepdims=True)
    ds -= gradients / np.linalg.norm(gradients, axis=1, keepdims=True)
    slopes, curvatures = (gradients * ds).sum(axis=1), (ds @ H * ds).sum(axis=1)
    ds *= (-2 * slopes / (curvatures * level))[:, None]
    return {"H": H, "xs": xs, "ds": ds, "more": {"c": 0.4}}


def an_edge(beyond):
    def inputs(rng):
        xs = rng.uniform(1.5, 3, (4, 3))
        return {
            "xs": xs,
            "edges": xs.sum(axis=1) + 3 * np.array([0.6, 0.3, 0.15, 0.08]),
            "beyond": beyond,
        }

    return inputs


def up_and_down(rng):
    """A dozen directions that lead up, and a dozen that lead down, in an order that is drawn."""
    H, xs = bowl(rng), rng.normal(size=(24, 4))
    up = rng.permutation(24) < 12
    factors = np.where(up, 1, -1) * rng.uniform(0.6, 1.4, 24)
    return {"H": H, "xs": xs, "ds": factors[:, None] * xs}


def plainly_too_long(rng):
    """To be halved one to five times, whatever c is asked for."""
    H, xs = bowl(rng), rng.normal(size=(5, 4))
    factors = 2.0 ** np.arange(1, 6) * rng.uniform(0.6, 0.9, 5)
    return {"H": H, "xs": xs, "ds": -factors[:, None] * xs}


# --- property -------------------------------------------------------------------------------------


def asked_once(inputs, values, expected):
    (given,), (enough,) = values.values(), expected.values()
    for some, few in zip(given, enough, strict=True):
        if len(some) > len(few):
            return "f is asked more often than once at x and once for each try."
        if np.shape(some) != np.shape(few) or not np.allclose(some, few, rtol=1e-6, atol=1e-9):
            return "f is not asked at x and at the steps 1, 1/2, 1/4, ... until one will do."
    return ""


# --- other right answers --------------------------------------------------------------------------


def while_loop(f, x, d, g, c=1e-4):
    start, slope, t = f(x), np.dot(g, d), 1.0
    while not f(x + t * d) <= start + c * t * slope:
        t = 0.5 * t
        if t < 1e-12:
            return 0.0
    return t


def powers_of_two(f, x, d, g, c=1e-4):
    f0 = f(x)
    wanted = c * np.sum(g * d)
    steps = (2.0**-k for k in range(40))
    return next((t for t in steps if f(x + t * d) - f0 <= t * wanted), 0.0)


def recursive(f, x, d, g, c=1e-4):
    f0, slope = f(x), sum(a * b for a, b in zip(g, d, strict=True))

    def try_step(t, left):
        if left == 0:
            return 0
        return t if f0 - f(x + t * d) >= -c * t * slope else try_step(t / 2, left - 1)

    return try_step(1.0, 40)


# --- wrong answers --------------------------------------------------------------------------------


def asks_again(f, x, d, g, c=1e-4):
    t = 1.0
    for _ in range(40):
        if f(x + t * d) <= f(x) + c * t * (g @ d):
            return t
        t /= 2
    return 0.0


# --- the exercise ---------------------------------------------------------------------------------

backtracking = Exercise(
    name="backtracking",
    slide="L-BFGS",
    answers=functions(quasi_newton.backtracking),
    tests=[
        Test("the whole step where it is good", steps_in_a_bowl, good_steps),
        Test(
            "halves a step that is too long; x and d stay as they were",
            steps_in_a_bowl,
            too_long,
            untouched=["xs", "ds"],
        ),
        Test("a demanding c: a little lower is not enough", steps_in_a_bowl, demanding, points=2),
        Test("directions other than the gradient's", steps_in_a_bowl, crooked),
        Test("an infinite loss is not low enough", steps_with_an_edge, an_edge(np.inf)),
        Test("NaN is not low enough", steps_with_an_edge, an_edge(np.nan)),
        # Steps of 1e-16 are noise: which of them will do hangs on the last bits of f.
        Test("0 where no step will do, and only there", steps_up_and_down, up_and_down, atol=1e-15),
        Test("asks f no more than needed", points_asked, plainly_too_long, holds=asked_once),
    ],
    mistakes=[
        Mistake(
            "any decrease",
            "You take any step that makes the loss lower, by however little. Such steps can get "
            "ever smaller and stop anywhere: ask for the fraction c of what the slope promises.",
            edit(quasi_newton.backtracking, (" + c * t * slope", "")),
        ),
        Mistake(
            "sign of the promise",
            "Your bound lies above the loss at x: the slope along d is negative already, and you "
            "have turned its sign. So steps that go up are accepted.",
            edit(quasi_newton.backtracking, ("+ c * t * slope", "- c * t * slope")),
        ),
        Mistake(
            "promise of the whole step",
            "You ask each step for what the whole step promises. Half the step promises half as "
            "much: t is missing in the bound.",
            edit(quasi_newton.backtracking, ("c * t * slope", "c * slope")),
        ),
        Mistake(
            "without the slope",
            "The bound must fall with t, as steep as the fraction c of the slope along d. Yours "
            "does not know the slope at all.",
            edit(quasi_newton.backtracking, ("c * t * slope", "c * t")),
        ),
        Mistake(
            "c is hard-coded",
            "Your condition ignores the `c` that it is given: it has a fixed number in its place.",
            edit(quasi_newton.backtracking, ("+ c * t", "+ 1e-4 * t")),
        ),
        Mistake(
            "slope of the gradient",
            "You take the slope along the gradient, minus its squared length. That is right for "
            "gradient descent; here the step goes along d.",
            edit(quasi_newton.backtracking, ("g @ d", "-(g @ g)")),
        ),
        Mistake(
            "NaN passes",
            "A loss that is NaN passes your test, since every comparison with NaN is False. Put "
            "the question so that True means good.",
            edit(
                quasi_newton.backtracking,
                (
                    "if f(x + t * d) <= f0 + c * t * slope:",
                    "if not f(x + t * d) > f0 + c * t * slope:",
                ),
            ),
        ),
        Mistake(
            "tenths",
            "You divide the step by ten each time, as some codes do. Here it is halved: a step "
            "that is shorter than needed is a waste, too.",
            edit(quasi_newton.backtracking, ("t /= 2", "t /= 10")),
            elsewhere=True,
        ),
        Mistake(
            "begins with a half",
            "You never try the whole step: t is halved before it is tried. For a quasi-Newton "
            "direction t = 1 is nearly always the best.",
            edit(quasi_newton.backtracking, ("t = 1.0", "t = 0.5")),
        ),
        Mistake(
            "half as long as the good one",
            "The step is halved once more after a good one was found. Test first, then halve.",
            edit(quasi_newton.backtracking, ("return t\n", "return t / 2\n")),
        ),
        Mistake(
            "the last step tried",
            "Where no step will do, you give back the last one that was tried, which is not good "
            "either. Say 0, so that the caller notices.",
            edit(quasi_newton.backtracking, ("return 0.0", "return t")),
        ),
        Mistake(
            "backward",
            "You walk against d. It is a step, so it leads downhill as it is.",
            edit(quasi_newton.backtracking, ("f(x + t * d)", "f(x - t * d)")),
        ),
        Mistake(
            "asks for f(x) every time",
            "Right, but you compute the loss at x again for each try. With a million examples that "
            "is half of the time: keep it.",
            {"backtracking": asks_again},
        ),
    ],
    styles=[
        Style("while", {"backtracking": while_loop}),
        Style("powers of two", {"backtracking": powers_of_two}),
        Style("recursive", {"backtracking": recursive}),
    ],
)
