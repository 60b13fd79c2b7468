"""The exercise hessian_vector: a product with H from two gradients."""

from __future__ import annotations

import numpy as np

from autograder.exercise import Exercise, Mistake, Style, Test, edit, functions
from cs231n_lib import second_order

from .shared import symmetric

# --- probes ---------------------------------------------------------------------------------------


def products(hessian_vector, A, third, fourth, xs, vs, more):
    def gradient(x):
        return A @ x + third * x**2 + fourth * x**3

    pairs = zip(xs, vs, strict=True)
    sizes = [np.linalg.norm(v) or 1.0 for v in vs]
    found = [hessian_vector(gradient, x, v, **more) for x, v in pairs]
    return {"H v / |v|": [Hv / size for Hv, size in zip(found, sizes, strict=True)]}


def gradients_asked(hessian_vector, A, xs, vs):
    def gradient(x):
        asked.append(np.array(x))
        return A @ x

    asked: list = []
    found = [hessian_vector(gradient, x, v) for x, v in zip(xs, vs, strict=True)]
    return {"H v": found, "gradients a product": len(asked) / len(xs)}


# --- inputs ---------------------------------------------------------------------------------------


def terms(rng, third, fourth, xs, vs, **more):
    A = symmetric(rng, np.array([-2.0, 0.5, 1.0, 3.0]) * rng.uniform(0.9, 1.1, 4))
    weights = rng.uniform(1, 2, (2, 4)) * [[third], [fourth]]
    return {"A": A, "third": weights[0], "fourth": weights[1], "xs": xs, "vs": vs, "more": more}


def unit_vectors(rng, count):
    vs = rng.uniform(0.3, 1, (count, 4)) * rng.choice([-1.0, 1.0], (count, 4))
    return vs / np.linalg.norm(vs, axis=1, keepdims=True)


def of_ordinary_length(rng):
    """The gradient's second derivative is constant: centred differences have no error but rounding.

    One-sided ones are off by some 1e-5.
    """
    xs = rng.uniform(0.3, 1, (4, 4))
    return terms(rng, 3, 0, xs, unit_vectors(rng, 4) * rng.uniform(2, 4, (4, 1)))


def long_and_short(rng):
    """Vectors from 0.1 to 1e5 long, and one of zeros. (Shorter ones drown in rounding, not always
    in the same way, if the step is as short.)"""
    lengths = np.array([1e5, 1e3, 0.1, 0.0])[:, None] * rng.uniform(1, 2, (4, 1))
    order = rng.permutation(4)
    return terms(rng, 0, 3, rng.uniform(0.3, 1, (4, 4)), (unit_vectors(rng, 4) * lengths)[order])


def a_coarse_step(rng):
    """h = 0.1 to 0.3, so that it shows in the third digit which h was taken."""
    h, xs = float(rng.uniform(0.1, 0.3)), rng.uniform(0.3, 1, (3, 4))
    return terms(rng, 0, 3, xs, unit_vectors(rng, 3) * rng.uniform(2, 4, (3, 1)), h=h)


def a_bowl(rng):
    A = symmetric(rng, rng.uniform(1, 3, 6))
    return {"A": A, "xs": rng.normal(size=(3, 6)), "vs": rng.normal(size=(3, 6))}


# --- other right answers --------------------------------------------------------------------------


def along_a_unit_vector(gradient, x, v, h=1e-5):
    size = np.sqrt(np.sum(v**2))
    if size == 0:
        return 0.0 * v
    unit = v / size
    return size * (gradient(x + h * unit) - gradient(x - h * unit)) / h / 2


def with_a_factor(gradient, x, v, h=1e-5):
    if not v.any():
        return np.zeros_like(v)
    epsilon = h / np.sqrt(v @ v)
    ahead, behind = gradient(x + epsilon * v), gradient(x - epsilon * v)
    return (ahead - behind) / (2 * epsilon)


def behind_first(gradient, x, v, h=1e-5):
    epsilon = h / max(np.linalg.norm(v), 1e-300)
    behind = gradient(x - epsilon * v)
    return 0.5 / epsilon * (gradient(x + epsilon * v) - behind)


# --- wrong answers --------------------------------------------------------------------------------


def whole_hessian(gradient, x, v, h=1e-5):
    H = second_order.hessian(gradient, x, h)
    return H @ v


def product_with_zeros_is_nan(gradient, x, v, h=1e-5):
    unit = v / np.sqrt(np.sum(v**2))
    return np.sqrt(np.sum(v**2)) * (gradient(x + h * unit) - gradient(x - h * unit)) / (2 * h)


STEP = "step = h * v / length"
DIFFERENCE = "(gradient(x + step) - gradient(x - step)) / (2 * h)"

# --- the exercise ---------------------------------------------------------------------------------


def wrong_product(*changes):
    return edit(second_order.hessian_vector, *changes)


hessian_vector = Exercise(
    name="hessian_vector",
    slide="Second order optimization methods",
    answers=functions(second_order.hessian_vector),
    tests=[
        Test(
            "products with four vectors",
            products,
            of_ordinary_length,
            rtol=1e-7,  # one-sided differences are off by 1e-6 or more, rounding is 1e-9
            atol=1e-8,
            untouched=["xs", "vs"],
        ),
        Test(
            "long and short vectors, and zeros",
            products,
            long_and_short,
            rtol=1e-7,
            atol=1e-8,
            untouched=["xs", "vs"],
        ),
        Test("the step that is asked for: h", products, a_coarse_step),
        Test("two gradients for a product", gradients_asked, a_bowl),
    ],
    mistakes=[
        Mistake(
            "one-sided",
            "You compare the gradient with the one at x itself. Half a step to either side costs "
            "as much, and the largest error cancels (as in notebook 00).",
            wrong_product((DIFFERENCE, "(gradient(x + step) - gradient(x)) / h")),
        ),
        Mistake(
            "divided by h",
            "Your product is twice too long: how far apart are the two points?",
            wrong_product(("(2 * h)", "h")),
        ),
        Mistake(
            "not divided",
            "You return a difference of gradients. A derivative is a difference divided by a "
            "distance.",
            wrong_product((" / (2 * h)", "")),
        ),
        Mistake(
            "the step is as long as v",
            "Your step is h times v, so its length depends on that of v: a long v takes you far "
            "from x, and a short one drowns in rounding.",
            wrong_product((STEP, "step = h * v"), ("return length * ", "return ")),
        ),
        Mistake(
            "the product with a unit vector",
            "Your product is the one with v / |v|. H v is longer by the factor |v|.",
            wrong_product(("return length * ", "return ")),
        ),
        Mistake(
            "sign",
            "Your product has the wrong sign: which gradient is subtracted from which?",
            wrong_product(
                (DIFFERENCE, "(gradient(x - step) - gradient(x + step)) / (2 * h)"),
            ),
        ),
        Mistake(
            "only the curvature along v",
            "You keep only the part of H v that lies along v. It is a vector, and may point "
            "anywhere.",
            wrong_product(
                (
                    f"return length * {DIFFERENCE}",
                    f"slope = {DIFFERENCE}\n    return (slope @ v) / length * v",
                )
            ),
        ),
        Mistake(
            "h is hard-coded",
            "Your step has always the same length: `h` is not used.",
            wrong_product(("length = np", "h = 1e-5\n    length = np")),
        ),
        Mistake(
            "zeros over zeros",
            "For v = 0 you divide by its length, which gives NaN. What is H times zeros?",
            {"hessian_vector": product_with_zeros_is_nan},
        ),
        Mistake(
            "the whole matrix",
            "You form H first, from 2n gradients, and then multiply. Two gradients are enough: "
            "walk along v.",
            {"hessian_vector": whole_hessian},
        ),
    ],
    styles=[
        Style("along a unit vector", {"hessian_vector": along_a_unit_vector}),
        Style("a factor of its own", {"hessian_vector": with_a_factor}),
        Style("behind first", {"hessian_vector": behind_first}),
    ],
)
