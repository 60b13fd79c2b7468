"""The exercise newton_step: Newton's step, damped where it has to be."""

from __future__ import annotations

import numpy as np

from autograder.exercise import Exercise, Mistake, Style, Test, edit, functions
from cs231n_lib import second_order

from .shared import symmetric

# --- probes ---------------------------------------------------------------------------------------


def landing_points(newton_step, H, target, starts):
    landed = []
    for x in starts:
        landed.append(x + newton_step(H @ (x - target), H))
    return {"where one step lands": landed}


def steps_taken(newton_step, gs, H, more):
    return {"d": [newton_step(g, H, **more) for g in gs]}


def hard_equations(newton_step, g, H):
    return {"d": newton_step(g, H)}


# --- inputs ---------------------------------------------------------------------------------------


def bowls(rng):
    H = symmetric(rng, np.array([1.0, 4.0, 20.0, 100.0]) * rng.uniform(0.9, 1.1, 4))
    return {"H": H, "target": rng.normal(size=4), "starts": rng.normal(scale=5, size=(3, 4))}


def curved(*eigenvalues, **more):
    """Three gradients at a Hessian with about these eigenvalues; `more` goes to the step."""

    def inputs(rng):
        spectrum = np.array(eigenvalues) * rng.uniform(0.9, 1.1, len(eigenvalues))
        gs = [rng.normal(size=len(spectrum)) for _ in range(3)]
        return {"gs": gs, "H": symmetric(rng, spectrum), "more": more}

    return inputs


def nearly_singular(rng):
    """A thousand million times flatter in one direction than in another; d is moderate.

    A damping of 1e-3 leaves at least 1e-12 in the property's measure, an inverse more than 1e-11.
    """
    H = symmetric(rng, np.logspace(0, 9, 8))
    return {"g": -H @ rng.uniform(0.5, 1, 8), "H": H}


# --- properties -----------------------------------------------------------------------------------


def fulfilled_to_rounding(inputs, values):
    H, d = inputs["H"], np.asarray(values["d"], dtype=float)
    off = np.abs(H @ d + inputs["g"]).max() / (np.abs(H).max() * np.abs(d).max())
    if not off < 1e-6:
        return "d does not solve the equations at all."
    return "" if off < 3e-13 else "Your H d is not -g where H is nearly singular: far from it."


# --- other right answers --------------------------------------------------------------------------


def by_eigenvectors(g, H, least=1e-3):
    values, vectors = np.linalg.eigh(H)
    values = values + max(0, least - values.min())
    return -vectors @ ((vectors.T @ g) / values)


def by_cholesky(g, H, least=1e-3):
    lowest = np.min(np.linalg.eigvalsh(H))
    damped = H if lowest >= least else H + np.diag(np.full(len(g), least - lowest))
    L = np.linalg.cholesky(damped)
    return np.linalg.solve(L.T, np.linalg.solve(L, -g))


def in_a_copy(g, H, least=1e-3):
    H = np.array(H)
    shortfall = least - np.linalg.eigvals(H).real.min()
    if shortfall > 0:
        H[np.diag_indices(len(H))] += shortfall
    return np.linalg.lstsq(H, -g, rcond=None)[0]


# --- wrong answers --------------------------------------------------------------------------------


def takes_sizes(g, H, least=1e-3):
    values, vectors = np.linalg.eigh(H)
    return -vectors @ ((vectors.T @ g) / np.maximum(np.abs(values), least))


def lifts_each(g, H, least=1e-3):
    values, vectors = np.linalg.eigh(H)
    return -vectors @ ((vectors.T @ g) / np.maximum(values, least))


def changes_H(g, H, least=1e-3):
    H.flat[:: len(g) + 1] += max(0.0, least - np.linalg.eigvalsh(H)[0])
    return -np.linalg.solve(H, g)


DAMPING = "damping = max(0.0, least - smallest)"

# --- the exercise ---------------------------------------------------------------------------------

newton_step = Exercise(
    name="newton_step",
    slide="Second order optimization methods: Newton parameter update",
    answers=functions(second_order.newton_step),
    tests=[
        Test("one step solves a quadratic, from anywhere", landing_points, bowls, points=2),
        Test(
            "an indefinite H is damped; g and H stay as they were",
            steps_taken,
            curved(-2.0, -0.3, 1.0, 4.0, 9.0, least=0.5),
            points=2,
            untouched=["gs", "H"],
        ),
        Test(
            "a positive eigenvalue below `least` is raised, too",
            steps_taken,
            curved(0.02, 1.0, 5.0, least=0.2),
            untouched=["gs", "H"],
        ),
        Test(
            "`least` may be left out: 1e-3",
            steps_taken,
            curved(-2.0, 2.0, 6.0),
            untouched=["gs", "H"],
        ),
        Test(
            "d fulfils the equations up to rounding, where H is nearly singular",
            hard_equations,
            nearly_singular,
            rtol=1e-3,  # for names: what shifts H down to `least` has no more digits
            holds=fulfilled_to_rounding,
        ),
    ],
    mistakes=[
        Mistake(
            "sign",
            "Your step goes up, and to the mirror image of the minimum. Where is the slope of the "
            "quadratic zero: at H d = g or at H d = -g?",
            edit(second_order.newton_step, ("return -np", "return np")),
        ),
        Mistake(
            "no damping",
            "Right where H is positive definite. Where it has a negative eigenvalue, the critical "
            "point of the quadratic is a saddle, and your step may well walk uphill to it.",
            edit(second_order.newton_step, (DAMPING, "damping = 0.0")),
        ),
        Mistake(
            "damps a good H as well",
            "You shift the eigenvalues even where the smallest one is large enough: a step on a "
            "quadratic then misses its minimum. Raise only what is too small.",
            edit(second_order.newton_step, (DAMPING, "damping = least - smallest")),
        ),
        Mistake(
            "adds `least` always",
            "You add `least` to every H, whether it needs it or not: a step on a quadratic misses "
            "its minimum by a little, and an H with eigenvalue -2 stays indefinite.",
            edit(second_order.newton_step, (DAMPING, "damping = least")),
        ),
        Mistake(
            "`least` is hard-coded",
            "You always raise the smallest eigenvalue to 1e-3, whatever `least` is.",
            edit(second_order.newton_step, (DAMPING, "damping = max(0.0, 1e-3 - smallest)")),
        ),
        Mistake(
            "negative eigenvalues only",
            "A negative smallest eigenvalue is raised. But one of nearly 0 makes a step that is "
            "nearly infinite: everything below `least` is to be raised.",
            edit(
                second_order.newton_step,
                (DAMPING, "damping = least - smallest if smallest < 0 else 0.0"),
            ),
        ),
        Mistake(
            "size of the smallest eigenvalue",
            "You add `least` and the SIZE of the smallest eigenvalue. Where that is positive and "
            "small, you end up above `least`.",
            edit(
                second_order.newton_step,
                (DAMPING, "damping = least + abs(smallest) if smallest < least else 0.0"),
            ),
        ),
        Mistake(
            "smallest in size",
            "You look for the eigenvalue that is closest to 0. The most dangerous one is the most "
            "negative, however large it is.",
            edit(
                second_order.newton_step,
                ("np.linalg.eigvalsh(H)[0]", "np.abs(np.linalg.eigvalsh(H)).min()"),
            ),
        ),
        Mistake(
            "adds to every element",
            "Your damping is added to every element of H. A number times the identity stands on "
            "the diagonal only.",
            edit(second_order.newton_step, (" * np.eye(len(g))", "")),
        ),
        Mistake(
            "only the diagonal",
            "You divide by the diagonal of H. That is exact only where the valley lies along the "
            "axes; in general there are equations to solve.",
            edit(
                second_order.newton_step,
                (
                    "np.linalg.solve(H + damping * np.eye(len(g)), g)",
                    "(g / (np.diag(H) + damping))",
                ),
            ),
        ),
        Mistake(
            "sizes of all eigenvalues",
            "You divide by the size of each eigenvalue: the 'saddle-free' Newton method of Dauphin "
            "et al., 2014. It goes downhill as well, but it is another step than H + λI gives.",
            {"newton_step": takes_sizes},
            elsewhere=True,
        ),
        Mistake(
            "each eigenvalue for itself",
            "You raise each eigenvalue that is too small to `least`, and leave the others alone. "
            "That is in the textbooks, too; here one λ is added to all of them.",
            {"newton_step": lifts_each},
            elsewhere=True,
        ),
        Mistake(
            "explicit inverse",
            "You compute the inverse, and multiply by it. That costs three times as much as "
            "solving the equations, and where H is nearly singular your d does not fulfil them.",
            edit(
                second_order.newton_step,
                (
                    "np.linalg.solve(H + damping * np.eye(len(g)), g)",
                    "(np.linalg.inv(H + damping * np.eye(len(g))) @ g)",
                ),
            ),
        ),
        Mistake(
            "H is changed",
            "The step is right, but the damping was added to the caller's own H, where it stays. "
            "Make a new matrix.",
            {"newton_step": changes_H},
        ),
    ],
    styles=[
        Style("eigenvectors", {"newton_step": by_eigenvectors}),
        Style("Cholesky", {"newton_step": by_cholesky}),
        Style("in a copy", {"newton_step": in_a_copy}),
    ],
)
