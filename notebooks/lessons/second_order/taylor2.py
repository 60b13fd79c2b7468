"""The exercise taylor2: the quadratic model of a loss."""

from __future__ import annotations

import numpy as np

from autograder.exercise import Exercise, Mistake, Style, Test, edit, functions
from cs231n_lib import second_order

from .shared import symmetric

# --- probes ---------------------------------------------------------------------------------------


def one_at_a_time(taylor2, f0, g, H, ds):
    return {"the model's loss": [taylor2(f0, g, H, d) for d in ds]}


def all_at_once(taylor2, f0, g, H, d):
    return {"the model's loss": taylor2(f0, g, H, d)}


# --- inputs ---------------------------------------------------------------------------------------


def a_point(rng):
    H = symmetric(rng, np.array([-2.0, 1.0, 3.0, 6.0]) * rng.uniform(0.8, 1.2, 4))
    return {"f0": float(rng.uniform(2, 4)), "g": rng.uniform(1, 2, 4), "H": H}


def single_displacements(rng):
    """Three: a wrong term may happen to be nearly 0 along one of them."""
    ds = rng.uniform(0.5, 1.5, (3, 4)) * rng.choice([-1.0, 1.0], (3, 4))
    return {**a_point(rng), "ds": list(ds)}


def many_displacements(rng):
    return {**a_point(rng), "d": rng.normal(size=(3, 2, 4))}


# --- other right answers --------------------------------------------------------------------------


def by_loops(f0, g, H, d):
    total = np.full(np.shape(d)[:-1], float(f0))
    for i in range(len(g)):
        total = total + g[i] * d[..., i]
        for j in range(len(g)):
            total = total + d[..., i] * H[i, j] * d[..., j] / 2
    return total


def by_einsum(f0, g, H, d):
    return f0 + np.einsum("...i,i->...", d, g) + np.einsum("...i,ij,...j->...", d, H, d) / 2


def in_brackets(f0, g, H, d):
    return f0 + ((g + np.matmul(d, H) / 2) * d).sum(-1)


# --- wrong answers --------------------------------------------------------------------------------

LINEAR, CURVED = "d @ g", "0.5 * np.sum((d @ H) * d, axis=-1)"

# --- the exercise ---------------------------------------------------------------------------------

taylor2 = Exercise(
    name="taylor2",
    slide="Second order optimization methods: second-order Taylor expansion",
    answers=functions(second_order.taylor2),
    tests=[
        Test(
            "one displacement; nothing is changed",
            one_at_a_time,
            single_displacements,
            points=2,
            untouched=["g", "H", "ds"],
        ),
        Test("many displacements at once", all_at_once, many_displacements),
    ],
    mistakes=[
        Mistake(
            "the half is missing",
            "The curvature counts twice. Differentiate your model twice in one dimension: does "
            "H come out, or 2H?",
            edit(second_order.taylor2, ("0.5 * np.sum", "np.sum")),
        ),
        Mistake(
            "half of the slope, too",
            "You halve the linear term as well. Its derivative at d = 0 must be the gradient.",
            edit(second_order.taylor2, (LINEAR, "0.5 * d @ g")),
        ),
        Mistake(
            "without the loss at the point",
            "At d = 0 your model says 0. There it must say what the loss is.",
            edit(second_order.taylor2, ("f0 + ", "")),
        ),
        Mistake(
            "sign of the slope",
            "The linear term has the wrong sign: a small step along the gradient must make the "
            "loss larger. (Newton's step has a minus; the expansion has none.)",
            edit(second_order.taylor2, ("f0 + d @ g", "f0 - d @ g")),
        ),
        Mistake(
            "sign of the curvature",
            "The quadratic term has the wrong sign: where H is positive, the loss curves upward.",
            edit(second_order.taylor2, (" + 0.5 *", " - 0.5 *")),
        ),
        Mistake(
            "one d too few",
            "The curvature enters with one d only. It is a quadratic form: twice the "
            "displacement, four times the term.",
            edit(second_order.taylor2, ("(d @ H) * d", "d @ H")),
        ),
        Mistake(
            "element by element",
            "You multiply H by d element by element, where a matrix product is meant: the mixed "
            "terms d_i d_j of two different parameters do not come out right.",
            edit(
                second_order.taylor2,
                (CURVED, "0.5 * np.sum(H * (d * d)[..., None, :], axis=(-2, -1))"),
            ),
        ),
        Mistake(
            "diagonal only",
            "You use only the diagonal of H. The other elements say how one parameter's slope "
            "changes with another parameter. In a rotated valley they matter.",
            edit(second_order.taylor2, ("(d @ H) * d", "np.diag(H) * d * d")),
        ),
        Mistake(
            "without H",
            "Your curvature term ignores H, as if every direction had curvature 1.",
            edit(second_order.taylor2, ("(d @ H) * d", "d * d")),
        ),
        Mistake(
            "all displacements added up",
            "Right for one displacement. For many at once you add them all up: each needs a number "
            "of its own, so sum over the last axis only.",
            edit(second_order.taylor2, (", axis=-1", "")),
        ),
    ],
    styles=[
        Style("loops", {"taylor2": by_loops}),
        Style("einsum", {"taylor2": by_einsum}),
        Style("d outside the brackets", {"taylor2": in_brackets}),
    ],
)
