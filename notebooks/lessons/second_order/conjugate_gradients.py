"""The exercise conjugate_gradients: equations solved by products alone."""

from __future__ import annotations

import numpy as np

from autograder.exercise import Exercise, Mistake, Style, Test, edit, functions
from cs231n_lib import second_order

from .shared import symmetric

# --- probes ---------------------------------------------------------------------------------------


def solutions(conjugate_gradients, H, bs, more):
    def product(v):
        return H @ v

    return {"d": [conjugate_gradients(product, b, **more) for b in bs]}


def products_asked(conjugate_gradients, Hs, b, mores):
    def product(v):
        count.append(1)
        return H @ v

    count: list = []
    ends, counts = [], []
    for matrix, more in zip(Hs, mores, strict=True):
        H, count = matrix, []
        d = conjugate_gradients(product, np.array(b), **more)
        ends.append(d / np.linalg.norm(b))
        counts.append(len(count))
    return {"d / |b|": ends, "products": np.array(counts)}


# --- inputs ---------------------------------------------------------------------------------------


def round_enough(rng):
    H = symmetric(rng, np.array([1.0, 2.0, 5.0, 9.0, 20.0]) * rng.uniform(0.9, 1.1, 5))
    return {"H": H, "bs": rng.normal(size=(3, 5)), "more": {"steps": 5, "tolerance": 1e-12}}


def some_steps(rng):
    """Two or three steps of the many that it would take."""
    H = symmetric(rng, np.logspace(0, 2, 8) * rng.uniform(0.9, 1.1, 8))
    return {"H": H, "bs": rng.normal(size=(3, 8)), "more": {"steps": int(rng.integers(2, 4))}}


def indefinite(rng):
    """One curvature in six is negative. It shows in the first direction of two b, in the second of
    two others, and later in the rest."""
    H = symmetric(rng, np.array([-0.04, 0.01, 0.02, 0.03, 0.05, 0.08]) * rng.uniform(0.95, 1.05, 6))
    values, vectors = np.linalg.eigh(H)
    bs = rng.uniform(0.9, 1.1, (6, 6)) * rng.choice([-1.0, 1.0], (6, 6))
    bs[:, 0] *= np.array([0.3, 0.3, 1.6, 1.6, 6.0, 6.0])
    return {"H": H, "bs": rng.permutation(bs @ vectors.T), "more": {"steps": 6}}


def few_curvatures(rng):
    """With k different curvatures k steps are enough, in however many parameters. b is tiny.

    A few steps more are allowed, not 50: what rounding leaves of the residual would decide the end.
    With one curvature, a power of 2, nothing is left, so that the defaults can be tried.
    """
    Hs, mores = [], []
    for kinds in rng.permutation([1, 2, 3, 4]):
        curvatures = np.resize(2.0 ** np.arange(kinds), 10) * rng.uniform(0.8, 1.2)
        one = 2.0 ** rng.integers(1, 4) * np.eye(10)
        Hs.append(one if kinds == 1 else symmetric(rng, curvatures))
        mores.append({} if kinds == 1 else {"steps": 7, "tolerance": 1e-6})
    return {"Hs": Hs, "b": 1e-8 * rng.uniform(1, 2, 10), "mores": mores}


# --- other right answers --------------------------------------------------------------------------


def beta_from_residuals(product, b, steps=50, tolerance=1e-6):
    d, residual = 0 * b, 1.0 * b
    direction = residual.copy()
    for count in range(steps):
        if np.linalg.norm(residual) <= tolerance * np.linalg.norm(b):
            break
        image = product(direction)
        if direction @ image <= 0:
            return residual if count == 0 else d
        length = (residual @ direction) / (direction @ image)
        d = d + length * direction
        following = residual - length * image
        beta = np.dot(following, following) / np.dot(residual, residual)
        residual, direction = following, following + beta * direction
    return d


def from_the_slope(product, b, steps=50, tolerance=1e-6):
    """In terms of the gradient H d - b of the model, as Nocedal and Wright write it."""
    d, slope = np.zeros(b.shape), -b
    p = -slope
    while steps > 0 and np.sqrt(slope @ slope) > tolerance * np.sqrt(b @ b):
        Hp = product(p)
        if p @ Hp <= 0:
            return d if d.any() else np.array(b)
        step = -(slope @ p) / (p @ Hp)
        d = d + step * p
        slope = slope + step * Hp
        p = -slope + (slope @ Hp) / (p @ Hp) * p
        steps -= 1
    return d


def in_place(product, b, steps=50, tolerance=1e-6):
    d, r, p = np.zeros(len(b)), b.astype(float), b.astype(float)
    rr, enough = sum(r * r), tolerance**2 * sum(b * b)
    for k in range(steps):
        if rr <= enough:
            break
        Hp = product(p)
        if not p.dot(Hp) > 0:
            return d if k else r
        d += rr / p.dot(Hp) * p
        r -= rr / p.dot(Hp) * Hp
        old, rr = rr, sum(r * r)
        p *= rr / old
        p += r
    return d


# --- the exercise ---------------------------------------------------------------------------------

CURVES = "if curvature <= 0:\n            return d if step > 0 else r"
NEXT = "p = r + squared / before * p"


def wrong_solver(*changes):
    return edit(second_order.conjugate_gradients, *changes)


conjugate_gradients = Exercise(
    name="conjugate_gradients",
    slide="Second order optimization methods",
    answers=functions(second_order.conjugate_gradients),
    tests=[
        Test("solves five equations", solutions, round_enough, points=2, untouched=["bs"]),
        Test("no more than `steps` steps", solutions, some_steps, untouched=["bs"]),
        Test("stops where the curvature is negative", solutions, indefinite, untouched=["bs"]),
        Test("stops where it is done", products_asked, few_curvatures),
    ],
    mistakes=[
        Mistake(
            "steepest descent",
            "Each of your directions is the residual itself. It must be made conjugate to the one "
            "before: a multiple of that is added.",
            wrong_solver((NEXT, "p = r")),
        ),
        Mistake(
            "beta upside down",
            "Your multiple of the old direction is upside down: the NEW squared length of the "
            "residual goes over the old one.",
            wrong_solver((NEXT, "p = r + before / squared * p")),
        ),
        Mistake(
            "beta without squares",
            "You divide lengths of residuals where their squares belong.",
            wrong_solver((NEXT, "p = r + np.sqrt(squared / before) * p")),
        ),
        Mistake(
            "subtracts the old direction",
            "The multiple of the old direction is added to the residual, not subtracted from it.",
            wrong_solver((NEXT, "p = r - squared / before * p")),
        ),
        Mistake(
            "one step length for all",
            "Your step has always length 1. The curvature along p says how far to go.",
            wrong_solver(("alpha = squared / curvature", "alpha = 1.0")),
        ),
        Mistake(
            "the curvature of the residual",
            "The curvature is that along p, the direction in which you go: p·Hp, not r·Hp or p·p.",
            wrong_solver(("curvature = p @ Hp", "curvature = p @ p")),
        ),
        Mistake(
            "the residual grows",
            "Walking along p takes H p away from the residual; you add it.",
            wrong_solver(("r - alpha * Hp", "r + alpha * Hp")),
        ),
        Mistake(
            "goes on where it curves downward",
            "Where p·Hp is negative, the model has no minimum along p, and your step leads to its "
            "maximum. Stop before that step.",
            wrong_solver((CURVES, "pass")),
        ),
        Mistake(
            "zeros at the first direction",
            "If the very first direction curves downward, you return zeros: no step at all. "
            "Return b then; with b = -g that is a step downhill.",
            wrong_solver((CURVES, "if curvature <= 0:\n            return d")),
        ),
        Mistake(
            "always b where it curves downward",
            "Where a later direction curves downward, you throw away what you have found so far. "
            "Return that; b is only for the first direction.",
            wrong_solver((CURVES, "if curvature <= 0:\n            return np.array(b)")),
        ),
        Mistake(
            "an absolute tolerance",
            "You compare the residual with `tolerance` itself. It is meant relative to the length "
            "of b: equations in other units are no easier.",
            wrong_solver(("tolerance * np.linalg.norm(b)", "tolerance")),
        ),
        Mistake(
            "does not stop",
            "You always take all the steps, however small the residual is.",
            wrong_solver(("np.sqrt(squared) <= enough", "squared == 0")),
        ),
        Mistake(
            "b is changed",
            "The solution is right, but you worked in the caller's own b. Begin with a copy.",
            wrong_solver(
                ("np.array(b, dtype=float)", "b"),
                (
                    "d, r = d + alpha * p, r - alpha * Hp",
                    "d = d + alpha * p\n        p = np.array(p)\n        r -= alpha * Hp",
                ),
            ),
        ),
    ],
    styles=[
        Style("beta from two residuals", {"conjugate_gradients": beta_from_residuals}),
        Style("from the slope of the model", {"conjugate_gradients": from_the_slope}),
        Style("in place", {"conjugate_gradients": in_place}),
    ],
)
