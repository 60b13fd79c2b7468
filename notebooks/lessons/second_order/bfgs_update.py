"""The exercise bfgs_update: the inverse Hessian after one more pair of step and change."""

from __future__ import annotations

import numpy as np

from autograder.exercise import Exercise, Mistake, Style, Test, edit, functions
from cs231n_lib import quasi_newton

from .shared import symmetric

# --- probes ---------------------------------------------------------------------------------------


def one_update(bfgs_update, Hinv, s, y):
    return {"Hinv": bfgs_update(Hinv, s, y)}


def updates_in_a_row(bfgs_update, Hinv, S, Y):
    seen = []
    for s, y in zip(S, Y, strict=True):
        Hinv = bfgs_update(Hinv, s, y)
        seen.append(np.array(Hinv))
    return {"Hinv": seen}


def each_pair_by_itself(bfgs_update, Hinv, S, Y):
    return {"Hinv": [bfgs_update(Hinv.copy(), s, y) for s, y in zip(S, Y, strict=True)]}


# --- inputs ---------------------------------------------------------------------------------------


def a_pair(rng):
    """The loss curves more than Hinv believes in every direction: SR1 stays positive definite."""
    Hinv = symmetric(rng, rng.uniform(1, 2, 5))
    s = rng.uniform(0.5, 1, 5) * rng.choice([-1.0, 1.0], 5)
    return {"Hinv": Hinv, "s": s, "y": symmetric(rng, rng.uniform(1.25, 4, 5)) @ s}


def several_pairs(rng):
    A = symmetric(rng, np.array([1.0, 2.0, 5.0, 9.0]))
    S = rng.normal(size=(6, 4))
    return {"Hinv": symmetric(rng, rng.uniform(0.5, 2, 4)), "S": S, "Y": S @ A}


def upward_and_downward(rng):
    """Along every other pair the loss curves downward."""
    inputs = several_pairs(rng)
    inputs["Y"][::2] *= -1
    return inputs


def downward_between(rng):
    inputs = several_pairs(rng)
    inputs["Y"][[1, 4]] *= -1
    return inputs


def flat(rng):
    """y·s is exactly 0, once with y = 0; a third pair curves upward."""
    s, y = np.zeros(4), np.zeros(4)
    s[:2], y[2:] = rng.uniform(0.5, 1, 2), rng.uniform(0.5, 1, 2)
    S, Y = np.array([s, s, s]), np.array([y, np.zeros(4), y + 2 * s])
    return {"Hinv": symmetric(rng, rng.uniform(0.5, 2, 4)), "S": S, "Y": Y}


# --- properties -----------------------------------------------------------------------------------


def is_an_inverse_hessian(inputs, values):
    Hinv, s, y = np.asarray(values["Hinv"], dtype=float), inputs["s"], inputs["y"]
    if Hinv.shape != inputs["Hinv"].shape:
        return f"Hinv must have the shape {inputs['Hinv'].shape}."
    if not np.isfinite(Hinv).all():
        return "Hinv is not finite everywhere."
    if np.abs(Hinv - Hinv.T).max() > 1e-9 * np.abs(Hinv).max():
        return "Hinv is not symmetric any more."
    if np.abs(Hinv @ y - s).max() > 1e-9 * np.abs(s).max():
        return "Hinv times y is not s: the newest pair is not explained."
    if np.linalg.eigvalsh(Hinv)[0] <= 0:
        return "Hinv is not positive definite any more."
    return ""


def only_upward_pairs_count(inputs, values):
    Hinv = inputs["Hinv"]
    for new, s, y in zip(values["Hinv"], inputs["S"], inputs["Y"], strict=True):
        if new is None:
            return "Nothing is returned where the pair is skipped."
        if np.shape(new) != Hinv.shape:
            return f"Hinv must have the shape {Hinv.shape}."
        stays = np.allclose(new, Hinv, rtol=1e-9, atol=1e-9)
        if y @ s <= 0 and not stays:
            return "Hinv has changed, though y·s is not positive."
        if y @ s > 0 and stays:
            return "Hinv has not changed, though y·s is positive."
    return ""


# --- other right answers --------------------------------------------------------------------------


def two_factors(Hinv, s, y):
    curvature = y @ s
    if curvature <= 0:
        return Hinv
    left = np.eye(len(s)) - np.outer(s, y) / curvature
    return left @ Hinv @ left.T + np.outer(s, s) / curvature


def three_terms(Hinv, s, y):
    if not np.dot(y, s) > 0:
        return Hinv.copy()
    s, y = s[:, None], y[:, None]
    ys = (y.T @ s).item()
    Hy = Hinv @ y
    return Hinv + (1 + (y.T @ Hy).item() / ys) * (s @ s.T) / ys - (Hy @ s.T + s @ Hy.T) / ys


def by_loops(Hinv, s, y):
    n, ys = len(s), sum(a * b for a, b in zip(y, s, strict=True))
    new = np.array(Hinv)
    if ys <= 0:
        return new
    Hy = [sum(Hinv[i, j] * y[j] for j in range(n)) for i in range(n)]
    yHy = sum(y[i] * Hy[i] for i in range(n))
    for i in range(n):
        for j in range(n):
            new[i, j] += (ys + yHy) * s[i] * s[j] / ys**2 - (Hy[i] * s[j] + s[i] * Hy[j]) / ys
    return new


# --- wrong answers --------------------------------------------------------------------------------


def update_by(formula, skips=True):
    """An update by `formula(Hinv, s, y, rho, eye)`; it skips bad pairs, or not."""

    def bfgs_update(Hinv, s, y):
        if skips and y @ s <= 0:
            return Hinv
        with np.errstate(all="ignore"):
            return formula(Hinv, s, y, 1 / (y @ s), np.eye(len(s)))

    return {"bfgs_update": bfgs_update}


def right_formula(Hinv, s, y, rho, eye):
    left = eye - rho * np.outer(s, y)
    return left @ Hinv @ left.T + rho * np.outer(s, s)


def absolute_curvature(Hinv, s, y, rho, eye):
    return right_formula(Hinv, s, y, abs(rho), eye)


def sides_exchanged(Hinv, s, y, rho, eye):
    left = eye - rho * np.outer(y, s)
    return left @ Hinv @ left.T + rho * np.outer(s, s)


def without_outer(Hinv, s, y, rho, eye):
    return (eye - rho * s * y) @ Hinv @ (eye - rho * y * s) + rho * s * s


def without_last(Hinv, s, y, rho, eye):
    left = eye - rho * np.outer(s, y)
    return left @ Hinv @ left.T


def inner_products(Hinv, s, y, rho, eye):
    left = eye - rho * (s @ y)
    return left @ Hinv @ left.T + rho * (s @ s)


def same_bracket_twice(Hinv, s, y, rho, eye):
    left = eye - rho * np.outer(s, y)
    return left @ Hinv @ left + rho * np.outer(s, s)


def one_side(Hinv, s, y, rho, eye):
    return (eye - rho * np.outer(s, y)) @ Hinv + rho * np.outer(s, s)


def dfp(Hinv, s, y, rho, eye):
    Hy = Hinv @ y
    return Hinv + rho * np.outer(s, s) - np.outer(Hy, Hy) / (y @ Hy)


def rank_one(Hinv, s, y, rho, eye):
    off = s - Hinv @ y
    return Hinv + np.outer(off, off) / (off @ y)


def changes_Hinv(Hinv, s, y):
    if y @ s > 0:
        Hinv[...] = right_formula(Hinv, s, y, 1 / (y @ s), np.eye(len(s)))
    return Hinv


SKIP = "    if not _curves_upward(s, y):\n        return Hinv\n"

# --- the exercise ---------------------------------------------------------------------------------

bfgs_update = Exercise(
    name="bfgs_update",
    slide="Quasi-Newton methods (BFGS most popular)",
    answers=functions(quasi_newton.bfgs_update),
    tests=[
        Test(
            "one update; Hinv, s and y stay as they were",
            one_update,
            a_pair,
            points=2,
            untouched=["Hinv", "s", "y"],
        ),
        Test(
            "symmetric, positive definite, and Hinv y = s",
            one_update,
            a_pair,
            holds=is_an_inverse_hessian,
            untouched=["Hinv", "s", "y"],
        ),
        Test("six updates in a row", updates_in_a_row, several_pairs),
        Test(
            "a pair that curves downward is skipped, and no other: Hinv stays as it was",
            each_pair_by_itself,
            upward_and_downward,
            points=2,
            holds=only_upward_pairs_count,
        ),
        Test("goes on after a skipped pair", updates_in_a_row, downward_between),
        Test(
            "y·s = 0 is skipped without a warning",
            each_pair_by_itself,
            flat,
            holds=only_upward_pairs_count,
            quiet=True,
        ),
    ],
    mistakes=[
        Mistake(
            "s and y exchanged",
            "s and y have changed places: your matrix maps s to y, so it is (DFP's) update of the "
            "Hessian, not BFGS's of its inverse. Which one should Hinv y give?",
            update_by(lambda Hinv, s, y, rho, eye: right_formula(Hinv, y, s, rho, eye)),
        ),
        Mistake(
            "size of the curvature",
            "You take the absolute value of y·s. The matrix stays positive definite, and is wrong: "
            "a pair that curves downward says nothing about a minimum, so it is left out.",
            update_by(absolute_curvature, skips=False),
        ),
        Mistake(
            "no skip",
            "Right for pairs that curve upward. With y·s < 0 your matrix gets a negative "
            "eigenvalue, and the next direction may lead uphill; with y·s = 0 it is all NaN.",
            update_by(right_formula, skips=False),
        ),
        Mistake(
            "rho upside down",
            "ρ is one over y·s, and you multiply by y·s itself. Check the units: ρ s yᵀ must be a "
            "plain number times a projection.",
            update_by(lambda Hinv, s, y, rho, eye: right_formula(Hinv, s, y, 1 / rho, eye)),
        ),
        Mistake(
            "sides exchanged",
            "The two brackets have changed places. Multiply your matrix by y, from the right: "
            "which bracket must make that vanish?",
            update_by(sides_exchanged),
        ),
        Mistake(
            "last term missing",
            "The last term is missing. The brackets remove what Hinv knew about the direction y, "
            "and nothing takes its place: your Hinv y is 0, and should be s.",
            update_by(without_last),
        ),
        Mistake(
            "y in the last term",
            "The last term is made of y. Its job is to give s when it is multiplied by y.",
            update_by(
                lambda Hinv, s, y, rho, eye: (
                    right_formula(Hinv, s, y, rho, eye) + rho * (np.outer(y, y) - np.outer(s, s))
                )
            ),
        ),
        Mistake(
            "no outer product",
            "`s * y` of two vectors is a vector, element by element, and NumPy then adds it to "
            "every row. You need a column times a row, which is a matrix.",
            update_by(without_outer),
        ),
        Mistake(
            "inner product",
            "`s @ y` of two vectors is one number, and so is `s @ y.T`: there is nothing to "
            "transpose in an array with one axis. NumPy then adds that number to every element. "
            "You need a matrix.",
            update_by(inner_products),
        ),
        Mistake(
            "the same bracket twice",
            "You use the left bracket on both sides. Compare the two in the formula: in one of "
            "them s and y have changed places, so it is the other one's transpose.",
            update_by(same_bracket_twice),
        ),
        Mistake(
            "one side only",
            "Only one of the two brackets is there, so the result is not symmetric.",
            update_by(one_side),
        ),
        Mistake(
            "DFP",
            "This is the older formula of Davidon, Fletcher and Powell. It explains the pair as "
            "well, and stays positive definite; BFGS is its mirror image, and works better.",
            update_by(dfp),
            elsewhere=True,
        ),
        Mistake(
            "symmetric rank one",
            "This is the symmetric rank-one update (SR1). The slide says 'rank 1', but BFGS "
            "changes Hinv by a matrix of rank two; SR1's need not stay positive definite.",
            update_by(rank_one),
            elsewhere=True,
        ),
        Mistake(
            "forgets everything",
            "Where a pair is no good you start again from the identity. Only that pair is no good: "
            "keep what the others have taught.",
            edit(
                quasi_newton.bfgs_update,
                (SKIP, SKIP.replace("return Hinv", "return np.eye(len(s))")),
            ),
        ),
        Mistake(
            "nothing is returned",
            "Where the pair is skipped, your function returns nothing. The caller needs a matrix "
            "in any case: the old one.",
            edit(quasi_newton.bfgs_update, (SKIP, SKIP.replace("return Hinv", "return None"))),
        ),
        Mistake(
            "Hinv is changed",
            "The result is right, but it was written into the caller's own Hinv. Make a new one.",
            {"bfgs_update": changes_Hinv},
        ),
    ],
    styles=[
        Style("two factors", {"bfgs_update": two_factors}),
        Style("three terms", {"bfgs_update": three_terms}),
        Style("loops", {"bfgs_update": by_loops}),
    ],
)
