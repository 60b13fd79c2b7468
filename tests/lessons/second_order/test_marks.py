"""Answers as a student writes them: the points that they get, and what they are called."""

from __future__ import annotations

import numpy as np
import pytest
from helpers import load
from scipy import optimize

from cs231n_lib import quasi_newton

EXERCISES = {exercise.name: exercise for exercise in load("08_second_order")}
KEYS = [b"public", b"one", b"another"]


def newton(damping, default=1e-3):
    def newton_step(g, H, least=default):
        shift = damping(np.linalg.eigvalsh(H)[0], least)
        return np.linalg.solve(H + shift * np.eye(len(g)), -g)

    return {"newton_step": newton_step}


def right_damping(smallest, least):
    return max(0, least - smallest)


def bfgs(skips):
    def bfgs_update(Hinv, s, y):
        if skips(y @ s):
            return Hinv
        left = np.eye(len(s)) - np.outer(s, y) / (y @ s)
        return left @ Hinv @ left.T + np.outer(s, s) / (y @ s)

    return {"bfgs_update": bfgs_update}


def armijo(nothing, enough=lambda loss, bound: loss <= bound):
    def backtracking(f, x, d, g, c=1e-4):
        start, t = f(x), 1.0
        for _ in range(40):
            if enough(f(x + t * d), start + c * t * (g @ d)):
                return t
            t /= 2
        return nothing

    return {"backtracking": backtracking}


def largest(g):
    return np.abs(g).max()


def minimizer(size=largest, least_curvature=0.0, looks_first=True):
    def lbfgs(f, x0, m=10, steps=200, tolerance=1e-5, search=None):
        x, (loss, g) = x0.copy(), f(x0)
        S, Y, losses = [], [], [loss]
        while len(losses) <= steps and not (looks_first and size(g) <= tolerance):
            d = quasi_newton.lbfgs_direction(g, S, Y)
            t = search(f, x, d, g)
            if t == 0:
                break
            s = t * d
            loss, new_g = f(x + s)
            if (new_g - g) @ s > least_curvature:
                S, Y = [*S, s][-m:], [*Y, new_g - g][-m:]
            x, g = x + s, new_g
            losses.append(loss)
            if size(g) <= tolerance:
                break
        return x, losses

    return {"lbfgs": lbfgs}


def wolfe(enough, between=lambda low, high: (low + high) / 2):
    def weak_wolfe(f, x, d, g, c1=1e-4, c2=0.9):
        (start, _), low, high, t = f(x), 0.0, np.inf, 1.0
        for _ in range(40):
            loss, slope = f(x + t * d)[0], f(x + t * d)[1] @ d
            if not loss <= start + c1 * t * (g @ d):
                high = t
            elif not enough(slope, c2 * (g @ d)):
                low = t
            else:
                return t
            t = between(low, high) if high < np.inf else 2 * t
        return low

    return {"weak_wolfe": weak_wolfe}


def solver(first=lambda b: b.copy(), still=lambda curvature: curvature > 0):
    def conjugate_gradients(product, b, steps=50, tolerance=1e-6):
        d, r, p = np.zeros(len(b)), b.copy(), b.copy()
        for k in range(steps):
            if np.linalg.norm(r) <= tolerance * np.linalg.norm(b):
                break
            Hp = product(p)
            if not still(p @ Hp):
                return d if k else first(b)
            new = r - r @ r / (p @ Hp) * Hp
            d, r, p = d + r @ r / (p @ Hp) * p, new, new + new @ new / (r @ r) * p
        return d

    return {"conjugate_gradients": conjugate_gradients}


def product(size):
    def hessian_vector(gradient, x, v, h=1e-5):
        if not v.any():
            return np.zeros(len(v))
        e = h / size(v)
        return (gradient(x + e * v) - gradient(x - e * v)) / (2 * e)

    return {"hessian_vector": hessian_vector}


def root_mean_square(g):
    return np.sqrt(np.mean(g**2))


CASES = [
    ("newton_step", newton(right_damping), 7, []),
    ("newton_step", newton(lambda smallest, least: max(0, -smallest)), 3, []),
    ("newton_step", newton(lambda smallest, least: max(0, 1e-3 - smallest)), 4, ["hard-coded"]),
    ("newton_step", newton(right_damping, default=1e-2), 6, []),
    ("newton_step", newton(lambda smallest, least: 0), 3, ["no damping"]),
    ("bfgs_update", bfgs(lambda curvature: curvature <= 1e-10), 8, []),
    ("bfgs_update", bfgs(lambda curvature: curvature < 0), 7, []),
    ("bfgs_update", {"bfgs_update": lambda Hinv, s, y: Hinv}, 0, []),
    ("lbfgs_direction", {"lbfgs_direction": lambda g, S, Y: -g}, 1, []),
    ("backtracking", armijo(0), 9, []),
    ("backtracking", armijo(0.0, enough=lambda loss, bound: loss < bound), 9, []),
    ("backtracking", armijo(None), 8, []),
    ("backtracking", {"backtracking": lambda f, x, d, g, c=1e-4: 0.0}, 0, []),
    ("backtracking", {"backtracking": lambda f, x, d, g, c=1e-4: 1.0}, 1, []),
    ("weak_wolfe", wolfe(lambda slope, bound: slope >= bound), 10, []),
    ("weak_wolfe", {"weak_wolfe": lambda f, x, d, g, c1=1e-4, c2=0.9: 0.0}, 0, []),
    ("weak_wolfe", {"weak_wolfe": lambda f, x, d, g, c1=1e-4, c2=0.9: 1.0}, 1, []),
    ("hessian_vector", product(np.linalg.norm), 4, []),
    ("hessian_vector", product(lambda v: np.abs(v).max()), 3, []),
    ("hessian_vector", product(lambda v: 1.0), 2, ["as long as v"]),
    ("conjugate_gradients", solver(), 5, []),
    ("conjugate_gradients", solver(still=lambda curvature: curvature >= 0), 5, []),
    ("conjugate_gradients", solver(first=np.zeros_like), 4, ["zeros at the first"]),
    ("conjugate_gradients", {"conjugate_gradients": lambda product, b, **more: b}, 0, []),
    ("lbfgs", minimizer(), 10, []),
    ("lbfgs", minimizer(least_curvature=1e-10), 10, []),
    ("lbfgs", minimizer(np.linalg.norm), 9, ["by the length"]),
    ("lbfgs", minimizer(lambda g: np.mean(np.abs(g))), 9, ["by the mean"]),
    ("lbfgs", minimizer(np.max), 6, ["at negative"]),
    ("lbfgs", minimizer(root_mean_square), 9, []),
    ("lbfgs", minimizer(looks_first=False), 9, []),
]


@pytest.mark.parametrize("key", KEYS)
@pytest.mark.parametrize(("name", "answer", "points", "mistakes"), CASES)
def test_an_answer_gets_these_points_and_no_false_name(name, answer, points, mistakes, key):
    report = EXERCISES[name].examine(answer, key)
    assert report.earned == points, [verdict for verdict in report.verdicts if verdict.message]
    assert len(report.mistakes) == len(mistakes)
    assert all(part in name for part, name in zip(mistakes, report.mistakes, strict=True))


def test_scipy_needs_as_many_evaluations_in_the_bent_valley_as_is_said():
    """The message says 87; 80 must be fewer than SciPy ever needs, and enough for this course's."""
    test = EXERCISES["lbfgs"].tests[-1]
    evaluations = []

    def by_scipy(f, x0, m, steps, tolerance, search):
        options = {"maxcor": m, "maxiter": 9999, "maxfun": 9999, "ftol": 0, "gtol": tolerance}
        result = optimize.minimize(f, x0, jac=True, method="L-BFGS-B", options=options)
        evaluations.append(result.nfev)
        return result.x, []

    for seed in range(10):
        inputs = {**test.inputs(np.random.default_rng(seed)), "most": 9999}
        test.probe(by_scipy, **inputs)
    assert np.mean(evaluations) == pytest.approx(87, abs=2)
    assert min(evaluations) > 80
