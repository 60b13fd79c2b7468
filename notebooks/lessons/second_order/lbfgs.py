"""The exercise lbfgs: L-BFGS as a whole, judged by where it goes and by what it costs."""

from __future__ import annotations

import numpy as np

from autograder.exercise import Exercise, Mistake, Style, Test, edit, functions
from cs231n_lib import quasi_newton

from .shared import symmetric

# --- probes ---------------------------------------------------------------------------------------


def way_down(lbfgs, A, weights, x0, unit, m, steps):
    def f(x):
        u = x / unit
        loss = 0.5 * u @ A @ u + np.sum(weights * np.cosh(u))
        return unit**2 * loss, unit * (A @ u + weights * np.sinh(u))

    def halving(f, x, d, g):
        start, t = f(x)[0], 1.0
        while t > 1e-12 and not f(x + t * d)[0] <= start + 1e-4 * t * (g @ d):
            t /= 2
        return t if t > 1e-12 else 0.0

    x, losses = lbfgs(f, x0, m=m, steps=steps, tolerance=-np.inf, search=halving)
    return {"losses": np.array(losses, dtype=float) / unit**2, "x": np.asarray(x) / unit}


def ways_out(lbfgs, scales, starts, m, steps):
    def f(x):
        return float(np.sum(scales * (x**4 / 4 - x**2 / 2))), scales * (x**3 - x)

    def halving(f, x, d, g):
        start, t = f(x)[0], 1.0
        while t > 1e-12 and not f(x + t * d)[0] <= start + 1e-4 * t * (g @ d):
            t /= 2
        return t if t > 1e-12 else 0.0

    ways = [lbfgs(f, x0, m=m, steps=steps, tolerance=-np.inf, search=halving) for x0 in starts]
    return {"losses": [np.array(losses) for _, losses in ways]}


def ends_of_the_way(lbfgs, A, starts, tolerances):
    def f(x):
        return 0.5 * x @ A @ x, A @ x

    def all_of_it(f, x, d, g):
        return 1.0

    ends, all_losses = [], []
    for x0, tolerance in zip(starts, tolerances, strict=True):
        x, losses = lbfgs(f, x0, steps=20, tolerance=float(tolerance), search=all_of_it)
        ends.append(np.array(x))
        all_losses.append(np.array(losses, dtype=float))
    return {"losses": all_losses, "x": ends}


def as_long_as_told(lbfgs, A, starts, lengths):
    def f(x):
        return 0.5 * x @ A @ x, A @ x

    def told(f, x, d, g):
        return float(left.pop(0)) if f(x)[1] @ d < 0 else 0.0

    ends, all_losses = [], []
    for x0, steps in zip(starts, lengths, strict=True):
        left = [*steps, 0.0]
        x, losses = lbfgs(f, x0, steps=20, tolerance=-np.inf, search=told)
        ends.append(np.array(x))
        all_losses.append(np.array(losses, dtype=float))
    return {"losses": all_losses, "x": ends}


def curved_valley(lbfgs, starts, bends, m, most):
    def f(x):
        key = x.tobytes()
        if key not in seen:
            count[0] += 1
            if count[0] > most:
                raise RuntimeError
            off, short = x[1:] - x[:-1] ** 2, bends[len(ends)] - x[:-1]
            g = np.zeros_like(x)
            g[:-1] = -400 * x[:-1] * off - 2 * short
            g[1:] += 200 * off
            if np.abs(g).max() < 1e-4:  # arrived: so it ends here, whatever ends it
                g = np.zeros_like(x)
            if len(seen) > 5:
                seen.clear()
            seen[key] = float(np.sum(100 * off**2 + short**2)), g
        return seen[key][0], seen[key][1].copy()

    def halving(f, x, d, g):
        start, t = f(x)[0], 1.0
        while t > 1e-12 and not f(x + t * d)[0] <= start + 1e-4 * t * (g @ d):
            t /= 2
        return t if t > 1e-12 else 0.0

    ends = []
    for x0 in starts:
        seen, count = {}, [0]
        with np.errstate(all="ignore"):
            try:
                x, losses = lbfgs(f, x0, m=m, steps=300, tolerance=1e-9, search=halving)
            except RuntimeError:
                if count[0] <= most:
                    raise
        # Errors, not values: what a wrong method has reached by then differs from machine to
        # machine. They are raised here, so that no line of what was running is quoted.
        if count[0] > most:
            raise RuntimeError(f"not there after {most} evaluations; SciPy needs some 87")
        if (np.diff(losses) > 0).any():
            raise RuntimeError("the loss rises from one step to the next, somewhere on the way")
        if f(np.asarray(x, dtype=float))[1].any():
            raise RuntimeError("it has stopped far from the minimum")
        ends.append(np.array(x))
    return {"x": ends}


# --- inputs ---------------------------------------------------------------------------------------


def valley(rng):
    """Measured in thousandths: so short steps count as well as any."""
    A = symmetric(rng, np.logspace(0, 2, 15) * rng.uniform(0.9, 1.1, 15))
    x0 = 1e-3 * rng.choice([-1.0, 1.0], 15) * rng.uniform(1, 3, 15)
    return {"A": A, "weights": rng.uniform(1, 3, 15), "x0": x0, "unit": 1e-3, "m": 3, "steps": 12}


def hilltop(rng):
    """Near 0 every direction curves downward; the minima are at -1 and 1.

    In all starts but two the first parameter begins on the far side of a minimum, and moves first:
    pairs that curve upward come before those that curve downward. In those two the first pair
    curves downward. All pairs are kept: m is not the question here.
    """
    scales = np.array([5.0, 0.3, 0.5, 0.8]) * rng.uniform(0.9, 1.1, 4)
    starts = rng.uniform(0.01, 0.03, (6, 4)) * rng.choice([-1.0, 1.0], (6, 4))
    starts[:4, 0] = rng.uniform(1.9, 2.1, 4)
    return {"scales": scales, "starts": list(starts), "m": 10, "steps": 10}


def small_at_once_or_after_a_step(rng):
    """A bowl so round that after one step down the gradient all of it is below any tolerance.

    In four starts all elements of the gradient are small enough; its length is so in one of them.
    In three one element is not, though the others are next to nothing: it is negative, and two or
    three times as large as the tolerance.
    """
    A = symmetric(rng, np.linspace(0.85, 0.95, 6))
    even = rng.uniform(15, 20, (4, 6)) * rng.choice([-1.0, 1.0], (4, 6))
    steep = rng.uniform(0.5, 1, (3, 6)) * rng.choice([-1.0, 1.0], (3, 6))
    steep[np.arange(3), rng.integers(6, size=3)] = rng.uniform(-20, -15, 3)
    slopes = np.concatenate([even, steep])
    tolerances = np.abs(slopes).max(axis=1) * [1.05, 1.05, 1.05, 3, 0.5, 0.5, 0.35]
    order = rng.permutation(7)
    starts = np.linalg.solve(A, slopes[order].T).T
    return {"A": A, "starts": list(starts), "tolerances": tolerances[order]}


def lengths_that_are_drawn(rng):
    """Three to six steps of a fraction of the direction's length; then the search says 0."""
    A = symmetric(rng, np.linspace(0.5, 1.5, 5))
    lengths = [rng.uniform(0.3, 0.8, count) for count in rng.permutation([3, 4, 5, 6])]
    return {"A": A, "starts": list(rng.normal(size=(4, 5))), "lengths": lengths}


def long_valley(rng):
    """Rosenbrock's valley, bent a little, so that the minimum is nowhere known.

    At the start all of the gradient is negative, and every pair on the way curves upward.
    """
    starts, bends = rng.uniform(-1.6, -1.4, (2, 10)), rng.uniform(0.95, 1.05, (2, 9))
    return {"starts": list(starts), "bends": list(bends), "m": 10, "most": 80}


# --- other right answers --------------------------------------------------------------------------


def with_deque(f, x0, m=10, steps=200, tolerance=1e-5, search=None):
    from collections import deque

    x = x0.astype(float)
    S: deque = deque(maxlen=m)
    Y: deque = deque(maxlen=m)
    losses = [f(x)[0]]
    while len(losses) <= steps:
        g = f(x)[1]
        if max(abs(g)) <= tolerance:
            break
        step = quasi_newton.lbfgs_direction(g, list(S), list(Y))
        step = step * search(f, x, step, g)
        if not step.any():
            break
        change = f(x + step)[1] - g
        if change @ step > 0:
            S.append(step)
            Y.append(change)
        x = x + step
        losses.append(f(x)[0])
    return x, losses


def pops_the_oldest(f, x0, m=10, steps=200, tolerance=1e-5, search=None):
    x = x0 + 0.0
    loss, g = f(x)
    losses = [loss]
    S: list = []
    Y: list = []
    for _ in range(steps):
        if np.linalg.norm(g, np.inf) <= tolerance:
            return x, losses
        d = quasi_newton.lbfgs_direction(g, S, Y)
        t = search(f, x, d, g)
        if t == 0:
            return x, losses
        old = g
        x = x + t * d
        loss, g = f(x)
        losses += [loss]
        if np.dot(g - old, d) <= 0:
            continue
        S.append(t * d)
        Y.append(g - old)
        if len(S) > m:
            S.pop(0)
            Y.pop(0)
    return x, losses


def one_list_of_pairs(f, x0, m=10, steps=200, tolerance=1e-5, search=None):
    pairs: list = []
    x = np.copy(x0).astype(float)
    (loss, g), k = f(x), 0
    losses = [loss]
    while k < steps and (np.abs(g) > tolerance).any():
        d = quasi_newton.lbfgs_direction(g, [s for s, _ in pairs], [y for _, y in pairs])
        if (t := search(f, x, d, g)) == 0:
            break
        loss, new_g = f(x + t * d)
        if (new_g - g) @ d > 0:
            pairs = [*pairs, (t * d, new_g - g)][-m:]
        x, g, k = x + t * d, new_g, k + 1
        losses.append(loss)
    return x, losses


# --- wrong answers --------------------------------------------------------------------------------

KEEP = "S, Y = [*S, s][-m:], [*Y, y][-m:]"
PAIR = "s, y = x_new - x, g_new - g"
SEARCH = "t = search(f, x, d, g)"
LOSS = "lambda point: f(point)[0]"
COPY = "x = np.array(x0, dtype=float)"

# --- the exercise ---------------------------------------------------------------------------------

lbfgs = Exercise(
    name="lbfgs",
    slide="L-BFGS: usually works very well in full batch, deterministic mode",
    answers=functions(quasi_newton.lbfgs),
    tests=[
        Test(
            "twelve steps down a valley, m = 3; x0 stays as it was",
            way_down,
            valley,
            points=3,
            untouched=["x0"],
        ),
        Test("from a hilltop: pairs that curve downward are skipped", ways_out, hilltop, points=2),
        Test(
            "stops where no element of the gradient is larger than `tolerance`",
            ends_of_the_way,
            small_at_once_or_after_a_step,
            untouched=["starts"],
        ),
        Test("goes as far as `search` says", as_long_as_told, lengths_that_are_drawn),
        Test(
            "Rosenbrock's valley in ten parameters: no more evaluations than SciPy's",
            curved_valley,
            long_valley,
            points=3,
            rtol=0,
            atol=1e-4,
        ),
    ],
    mistakes=[
        Mistake(
            "steepest descent",
            "Every step goes straight down the gradient, as if no pair were ever kept.",
            edit(quasi_newton.lbfgs, (KEEP, "pass")),
        ),
        Mistake(
            "y is the new gradient",
            "Your y is the new gradient itself. It should be by how much the gradient has changed "
            "over the step.",
            edit(quasi_newton.lbfgs, (PAIR, "s, y = x_new - x, g_new")),
        ),
        Mistake(
            "s is the direction",
            "Your s is the direction, not the step that was really taken. That makes no difference "
            "while t is 1, so it is easy to overlook.",
            edit(quasi_newton.lbfgs, (PAIR, "s, y = d, g_new - g")),
        ),
        Mistake(
            "s and y exchanged",
            "You store steps where changes belong, and changes where steps belong.",
            edit(quasi_newton.lbfgs, (KEEP, "S, Y = [*S, y][-m:], [*Y, s][-m:]")),
        ),
        Mistake(
            "keeps the oldest",
            "Once m pairs are there, no new one gets in: the directions are made of what the loss "
            "was like at the start. The oldest pair must go.",
            edit(quasi_newton.lbfgs, (KEEP, "S, Y = [*S, s][:m], [*Y, y][:m]")),
        ),
        Mistake(
            "never forgets",
            "You keep all pairs, not the last m. The L in L-BFGS stands for limited memory.",
            edit(
                quasi_newton.lbfgs, (KEEP, "S, Y = [*S, s][-99:], [*Y, y][-99:]")
            ),  # all of them take minutes
        ),
        Mistake(
            "m is hard-coded",
            "You always keep ten pairs, whatever `m` is.",
            edit(quasi_newton.lbfgs, (KEEP, "S, Y = [*S, s][-10:], [*Y, y][-10:]")),
        ),
        Mistake(
            "one pair too few",
            "You keep m - 1 pairs. Is room made before the new one comes in, or after?",
            edit(quasi_newton.lbfgs, (KEEP, "S, Y = [*S, s][-m + 1 :], [*Y, y][-m + 1 :]")),
        ),
        Mistake(
            "newest first",
            "You put the newest pair at the front of the lists; `lbfgs_direction` expects it at "
            "the end.",
            edit(quasi_newton.lbfgs, (KEEP, "S, Y = [s, *S][:m], [y, *Y][:m]")),
        ),
        Mistake(
            "no skip",
            "You keep every pair, also those with y·s <= 0. After one of them the direction may "
            "lead uphill, and the line search finds nothing.",
            edit(quasi_newton.lbfgs, ("if _curves_upward(s, y):", "if True:")),
        ),
        Mistake(
            "starts again after a bad pair",
            "A pair that curves downward makes you forget all the others. Leave out that one only.",
            edit(
                quasi_newton.lbfgs,
                (KEEP, KEEP + "\n        else:\n            S, Y = [], []"),
            ),
        ),
        Mistake(
            "no line search",
            "Every step has its full length. Far from a minimum, and in the first step, that may "
            "be much too far: the loss goes up.",
            edit(quasi_newton.lbfgs, (SEARCH, "t = 1.0")),
        ),
        Mistake(
            "a line search of its own",
            "You always call the same line search. The caller chooses one: call `search`.",
            edit(quasi_newton.lbfgs, (SEARCH, f"t = backtracking({LOSS}, x, d, g)")),
        ),
        Mistake(
            "the whole step after the search",
            "You ask for a length, and then take the whole of d all the same.",
            edit(quasi_newton.lbfgs, ("x_new = x + t * d", "x_new = x + d")),
        ),
        Mistake(
            "the gradient grows old",
            "x moves on, but the gradient that the next direction is made of stays that of the "
            "start. Everything that belongs to the old point must be replaced.",
            edit(quasi_newton.lbfgs, ("x, g = x_new, g_new", "x = x_new")),
        ),
        Mistake(
            "does not stop",
            "You ignore `tolerance`: your loop goes on until the line search gives up.",
            edit(quasi_newton.lbfgs, ("np.abs(g).max() <= tolerance", "False")),
        ),
        Mistake(
            "stops by the length of the gradient",
            "You compare the gradient's length with `tolerance`. That is larger than any of its "
            "elements, so you go on where you should stop: ask for the largest element.",
            edit(quasi_newton.lbfgs, ("np.abs(g).max()", "np.linalg.norm(g)")),
            elsewhere=True,
        ),
        Mistake(
            "stops by the mean of the gradient",
            "You compare the mean size of the gradient's elements with `tolerance`. One of them "
            "may be much larger: ask for the largest.",
            edit(quasi_newton.lbfgs, ("np.abs(g).max()", "np.abs(g).mean()")),
        ),
        Mistake(
            "stops at negative elements",
            "You stop where no element of the gradient is above `tolerance`, even if some are far "
            "below zero. It is their size that counts.",
            edit(quasi_newton.lbfgs, ("np.abs(g).max()", "g.max()")),
        ),
        Mistake(
            "the first loss is missing",
            "The list begins with the loss after the first step. It should begin with the one at "
            "x0, so that it has one number more than there are steps.",
            edit(
                quasi_newton.lbfgs,
                ("losses = [float(loss)]", "losses: list[float] = []"),
                ("while len(losses) <= steps:", "while len(losses) < steps:"),
            ),
        ),
        Mistake(
            "x0 is changed",
            "The steps are right, but you write them into the caller's own array: afterwards x0 is "
            "the result. Begin with a copy.",
            edit(
                quasi_newton.lbfgs,
                (COPY, "x = x0"),
                ("x, g = x_new, g_new", "x[:] = x_new\n        g = g_new"),
            ),
        ),
    ],
    styles=[
        Style("a deque", {"lbfgs": with_deque}),
        Style("pops the oldest", {"lbfgs": pops_the_oldest}),
        Style("one list of pairs", {"lbfgs": one_list_of_pairs}),
    ],
)
