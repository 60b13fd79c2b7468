"""The exercise lbfgs_direction: the two loops of L-BFGS."""

from __future__ import annotations

import numpy as np

from autograder.exercise import Exercise, Mistake, Style, Test, edit, functions
from cs231n_lib import quasi_newton

from .shared import symmetric

# --- probes ---------------------------------------------------------------------------------------


def direction(lbfgs_direction, g, S, Y):
    return {"d": lbfgs_direction(g, list(S), list(Y))}


def direction_and_lists(lbfgs_direction, g, S, Y):
    S, Y, same = list(S), list(Y), g.copy()
    first = lbfgs_direction(g, S, Y)
    return {"d": first, "d, asked again with the same lists": lbfgs_direction(same, S, Y)}


def memory_needed(lbfgs_direction, g, S, Y):
    import tracemalloc

    S, Y, peaks = list(S), list(Y), []
    for _ in range(3):  # whatever else allocates just then does not do so three times
        tracemalloc.start()
        d = lbfgs_direction(g.copy(), S, Y)
        peaks.append(tracemalloc.get_traced_memory()[1])
        tracemalloc.stop()
    return {"d": d, "a matrix was made": min(peaks) > 2 * len(g) ** 2}


# --- inputs ---------------------------------------------------------------------------------------


def pairs(count, n=7):
    """So many pairs, each with a Hessian and a scale of its own, and a gradient."""

    def inputs(rng):
        S = rng.normal(size=(count, n))
        scales = rng.permutation(np.linspace(0.5, 3, count)) if count > 1 else [2.0]
        Y = [k * symmetric(rng, rng.uniform(1, 4, n)) @ s for k, s in zip(scales, S, strict=True)]
        return {"g": rng.normal(size=n), "S": list(S), "Y": Y}

    return inputs


def no_pairs(rng):
    return {"g": rng.normal(size=6), "S": [], "Y": []}


def large(rng):
    """One pair, so that the order of pairs is not the question."""
    n = 400
    s = rng.normal(size=n)
    return {"g": rng.normal(size=n), "S": [s], "Y": [s * np.linspace(1, 5, n)]}


# --- properties -----------------------------------------------------------------------------------


def no_matrix(inputs, values, expected):
    made = "Too much memory: a matrix of n times n numbers was made on the way."
    if np.shape(values["d"]) != np.shape(expected["d"]):
        return f"d must have the shape of g, {inputs['g'].shape}."
    if not np.allclose(values["d"], expected["d"], rtol=1e-6, atol=1e-9):
        return f"For one pair and {len(inputs['g'])} parameters this is another direction."
    return made if values["a matrix was made"] else ""


# --- other right answers --------------------------------------------------------------------------


def by_numbers(g, S, Y):
    q, k = g.copy(), len(S)
    rho, a = [1 / np.dot(y, s) for s, y in zip(S, Y, strict=True)], [0.0] * k
    for i in range(k - 1, -1, -1):
        a[i] = rho[i] * np.dot(S[i], q)
        q = q - a[i] * Y[i]
    r = q if k == 0 else np.dot(S[-1], Y[-1]) / np.dot(Y[-1], Y[-1]) * q
    for i in range(k):
        b = rho[i] * np.dot(Y[i], r)
        r = r + S[i] * (a[i] - b)
    return -r


def recursive(g, S, Y):
    def times_Hinv(v, k):
        if k == 0:
            return v * gamma
        s, y = S[k - 1], Y[k - 1]
        a = (s @ v) / (s @ y)
        r = times_Hinv(v - a * y, k - 1)
        return r + (a - (y @ r) / (s @ y)) * s

    gamma = (S[-1] @ Y[-1]) / np.sum(Y[-1] ** 2) if len(S) else 1.0
    return times_Hinv(-g, len(S))


def from_minus_g(g, S, Y):
    d, stack = -g, []
    for s, y in list(zip(S, Y, strict=True))[::-1]:
        stack += [(s, y, s.dot(d) / s.dot(y))]
        d = d - stack[-1][2] * y
    if stack:
        s, y, _ = stack[0]
        d = d * s.dot(y) / y.dot(y)
    while stack:
        s, y, share = stack.pop()
        d = d + (share - y.dot(d) / s.dot(y)) * s
    return d


# --- wrong answers --------------------------------------------------------------------------------


def forms_the_matrix(g, S, Y):
    eye = np.eye(len(g))
    Hinv = eye if len(S) == 0 else eye * (S[-1] @ Y[-1]) / (Y[-1] @ Y[-1])
    for s, y in zip(S, Y, strict=True):
        left = eye - np.outer(s, y) / (y @ s)
        Hinv = left @ Hinv @ left.T + np.outer(s, s) / (y @ s)
    return -Hinv @ g


def turns_the_lists(g, S, Y):
    S.reverse()
    Y.reverse()
    return by_numbers(g, S[::-1], Y[::-1])


NEWEST_FIRST = "zip(reversed(S), reversed(Y), strict=True)"
OLDEST_FIRST = "zip(S, Y, reversed(alphas), strict=True)"
GAMMA = "(S[-1] @ Y[-1]) / (Y[-1] @ Y[-1])"
BLIND = (
    " A network may train with it all the same, so no loss curve tells you: compare with the dense "
    "product."
)

# --- the exercise ---------------------------------------------------------------------------------

lbfgs_direction = Exercise(
    name="lbfgs_direction",
    slide="L-BFGS: does not form/store the full inverse Hessian",
    answers=functions(quasi_newton.lbfgs_direction),
    tests=[
        Test("without pairs: straight down", direction, no_pairs),
        Test("one pair", direction, pairs(1), points=2, rtol=1e-10, atol=1e-10),
        Test(
            "six pairs: equal to the dense product to 1e-10; g stays as it was",
            direction,
            pairs(6),
            points=3,
            rtol=1e-10,
            atol=1e-10,
            untouched=["g", "S", "Y"],
        ),
        Test(
            "g and the lists are left as they were",
            direction_and_lists,
            pairs(3),
            rtol=1e-10,
            atol=1e-10,
            untouched=["g"],
        ),
        Test("no matrix is formed", memory_needed, large, holds=no_matrix),
    ],
    mistakes=[
        Mistake(
            "first loop, order",
            "The first loop goes from the oldest pair to the newest, and it should undo the newest "
            "first." + BLIND,
            edit(
                quasi_newton.lbfgs_direction,
                (NEWEST_FIRST, "zip(S, Y, strict=True)"),
                (OLDEST_FIRST, "zip(S, Y, alphas, strict=True)"),
            ),
        ),
        Mistake(
            "second loop, order",
            "The second loop goes from the newest pair to the oldest: the way back must meet the "
            "pairs in the opposite order." + BLIND,
            edit(
                quasi_newton.lbfgs_direction,
                (OLDEST_FIRST, "zip(reversed(S), reversed(Y), alphas, strict=True)"),
            ),
        ),
        Mistake(
            "both loops, order",
            "Both loops run the wrong way round, as if the first pair of the lists were the "
            "newest. The last one is." + BLIND,
            edit(
                quasi_newton.lbfgs_direction,
                (NEWEST_FIRST, "zip(S, Y, strict=True)"),
                (OLDEST_FIRST, "zip(reversed(S), reversed(Y), reversed(alphas), strict=True)"),
            ),
        ),
        Mistake(
            "alphas in the wrong order",
            "The pairs come in the right order, but each with the α of another pair: the first "
            "loop collected them from the newest to the oldest." + BLIND,
            edit(quasi_newton.lbfgs_direction, (OLDEST_FIRST, "zip(S, Y, alphas, strict=True)")),
        ),
        Mistake(
            "gamma is missing",
            "You have the identity between the loops, not γI. The steps then have the wrong "
            "length, and the line search has to correct each of them." + BLIND,
            edit(quasi_newton.lbfgs_direction, ("        q *= " + GAMMA, "        q *= 1.0")),
        ),
        Mistake(
            "gamma upside down",
            "Your γ is y·y / s·y, a curvature. Hinv is an INVERSE Hessian: its units are those of "
            "s over y.",
            edit(quasi_newton.lbfgs_direction, (GAMMA, "(Y[-1] @ Y[-1]) / (S[-1] @ Y[-1])")),
        ),
        Mistake(
            "gamma of the oldest pair",
            "Your γ comes from the oldest pair. The newest knows best how the loss curves here.",
            edit(quasi_newton.lbfgs_direction, (GAMMA, "(S[0] @ Y[0]) / (Y[0] @ Y[0])")),
        ),
        Mistake(
            "the longer gamma",
            "Your γ is s·s / s·y, the longer of two that Barzilai and Borwein proposed (1988). For "
            "L-BFGS the shorter one is in use.",
            edit(quasi_newton.lbfgs_direction, (GAMMA, "(S[-1] @ S[-1]) / (S[-1] @ Y[-1])")),
            elsewhere=True,
        ),
        Mistake(
            "beta uses s",
            "In the second loop you project with s, as in the first. The two loops are each "
            "other's transpose: the roles of s and y change." + BLIND,
            edit(quasi_newton.lbfgs_direction, ("beta = (y @ q)", "beta = (s @ q)")),
        ),
        Mistake(
            "alpha uses y",
            "In the first loop you project with y. α is the share of the vector along s.",
            edit(quasi_newton.lbfgs_direction, ("alpha = (s @ q)", "alpha = (y @ q)")),
        ),
        Mistake(
            "alpha of the gradient",
            "In the first loop every α is made of g itself. But after the first pair the vector is "
            "not g any more: use it as it is at that moment.",
            edit(quasi_newton.lbfgs_direction, ("alpha = (s @ q)", "alpha = (s @ g)")),
        ),
        Mistake(
            "beta of the gradient",
            "In the second loop every β is made of g itself. Use the vector as it is at that "
            "moment, after what the first loop, γ and the pairs before have made of it.",
            edit(quasi_newton.lbfgs_direction, ("beta = (y @ q)", "beta = (y @ g)")),
        ),
        Mistake(
            "takes away s",
            "In the first loop you take away a multiple of s. The vector there is a gradient, and "
            "so is y; s is a step.",
            edit(quasi_newton.lbfgs_direction, ("q -= alpha * y", "q -= alpha * s")),
        ),
        Mistake(
            "adds y",
            "In the second loop you add a multiple of y. After the scaling by γ the vector is a "
            "step, and so is s; y is a change of gradients.",
            edit(quasi_newton.lbfgs_direction, ("(alpha - beta) * s", "(alpha - beta) * y")),
        ),
        Mistake(
            "beta with the wrong sign",
            "In the second loop you add α and β. β is what the vector has along s already; α is "
            "what it should have.",
            edit(quasi_newton.lbfgs_direction, ("(alpha - beta)", "(alpha + beta)")),
        ),
        Mistake(
            "beta is missing",
            "The second loop adds all of α, though part of that is in the vector already.",
            edit(quasi_newton.lbfgs_direction, ("(alpha - beta)", "alpha")),
        ),
        Mistake(
            "uphill",
            "This is Hinv g, so it leads uphill. The step is minus that.",
            edit(quasi_newton.lbfgs_direction, ("return -q", "return q")),
        ),
        Mistake(
            "g is changed",
            "The direction is right, but the first loop has written into the caller's own g. Begin "
            "with a copy.",
            edit(quasi_newton.lbfgs_direction, ("np.array(g, dtype=float)", "g")),
        ),
        Mistake(
            "the lists are turned round",
            "You reverse S and Y themselves: after the call the caller's lists run the other way "
            "round, and the next call gets its pairs in the wrong order.",
            {"lbfgs_direction": turns_the_lists},
        ),
        Mistake(
            "forms the matrix",
            "Right, but you form the whole inverse Hessian. For a million parameters that is four "
            "million megabytes; the two loops need a handful of vectors.",
            {"lbfgs_direction": forms_the_matrix},
        ),
    ],
    styles=[
        Style("by numbers", {"lbfgs_direction": by_numbers}),
        Style("recursive", {"lbfgs_direction": recursive}),
        Style("from minus g", {"lbfgs_direction": from_minus_g}),
    ],
)
