"""What an answer does to a descent: the second-order methods, on functions whose minimum is known.

As in ``trainings``, each function is given the answers of an exercise and returns a ``Run``.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from autograder.book.drawing import Panel, Run, panel
from cs231n_lib import quasi_newton, second_order
from cs231n_lib.surfaces import Surface, long_rosenbrock, rosenbrock, saddle

__all__ = [
    "limited_memory",
    "line_search",
    "newton",
    "quadratic_model",
    "quasi_newton_run",
    "whole",
    "without_the_hessian",
    "wolfe_search",
]

Answers = Mapping[str, Any]
START = np.tile([-1.2, 1.0], 5)
STEPS = 40


class _Counted:
    """The loss and gradient of the long Rosenbrock valley; counts its calls.

    `wall`: beyond it the loss is NaN.
    """

    def __init__(self, wall: float = np.inf) -> None:
        self.calls, self.wall = 0, wall

    def __call__(self, x: np.ndarray) -> tuple[float, np.ndarray]:
        self.calls += 1
        with np.errstate(all="ignore"):
            loss, g = long_rosenbrock(x)
        return (np.nan if np.abs(x).max() > self.wall else loss), g


def quadratic_model(answers: Answers) -> Run:
    """The Taylor expansion of Rosenbrock's function along a line, beside the function itself."""
    x, d = np.array([-0.5, 0.6]), np.array([0.5, 0.25])
    g, H = rosenbrock.gradient(x), _hessian(rosenbrock, x)
    along = np.linspace(-1, 1, 41)
    f0 = float(rosenbrock(x))
    values = answers["taylor2"](f0, g.copy(), H.copy(), along[:, np.newaxis] * d)
    model = np.column_stack([along, np.array(values, dtype=float).reshape(len(along))])
    truth = np.column_stack([along, [rosenbrock(x + t * d) for t in along]])
    numbers = {"at the point": float(model[20, 1]), "one step further": float(model[-1, 1])}
    return Run([Panel("expansion along a line", "steps", [model], behind=[truth])], numbers)


def _hessian(surface: Surface, x: np.ndarray, h: float = 1e-5) -> np.ndarray:
    """The Hessian by centred differences of the gradient, symmetric."""
    columns = [(surface.gradient(x + e) - surface.gradient(x - e)) / (2 * h) for e in h * np.eye(2)]
    return 0.5 * (np.array(columns) + np.array(columns).T)


def newton(answers: Answers) -> Run:
    """Newton's method in Rosenbrock's valley, and on a saddle."""
    step = answers["newton_step"]
    path, off = [np.array(rosenbrock.start)], [np.array([-1.0, 0.05])]
    with np.errstate(all="ignore"):
        for points, surface, steps in ((path, rosenbrock, 8), (off, saddle, 4)):
            for _ in range(steps):
                x = points[-1]
                if not np.abs(x).max() < 1e8:
                    break
                points.append(x + step(surface.gradient(x).copy(), _hessian(surface, x)))
        losses = [float(rosenbrock(x)) for x in path]
        distance = float(np.abs(off[-1][1]))
        flat = np.linalg.norm(step(np.ones(2), np.diag([1.0, 1e-4])))
        bent = np.linalg.norm(step(np.array([1.0, 2.0]), np.array([[2.0, 1.0], [1.0, -3.0]])))
    numbers = {
        "loss in Rosenbrock's valley after 8 steps": losses[-1],
        "distance from the saddle's ridge after 4 steps": distance,
        "step where one curvature is 0.0001": float(flat),
        "step where one is negative": float(bent),
    }
    valley = panel("loss in Rosenbrock's valley", "step", losses, log=True)
    ridge = panel("distance from the saddle's ridge", "step", [abs(x[1]) for x in off], log=True)
    return Run([valley, ridge], numbers)


def _descend(
    direction: Any, search: Any, remember: Callable[..., None], wall: float = np.inf
) -> Run:
    """Steps along directions of a quasi-Newton method, each as long as the line search says."""
    f = _Counted(wall)
    x = START.copy()
    loss, g = f(x)
    losses = [loss]
    with np.errstate(all="ignore"):
        for _ in range(STEPS):
            d = np.asarray(direction(g.copy()))
            t = search(lambda point: f(point)[0], x.copy(), d.copy(), g.copy())
            x_new = x + t * d
            loss, g_new = f(x_new)
            losses.append(loss)
            if not np.isfinite(loss) or loss > 1e12:
                break
            remember(x_new - x, g_new - g)
            if len(losses) == 10:  # a pair as noise gives it, of negative curvature
                remember(x_new - x, g - g_new)
            x, g = x_new, g_new
    numbers = {f"loss after {STEPS} steps": losses[-1], "evaluations": float(f.calls)}
    return Run([panel("loss", "step", losses, log=True)], numbers)


def quasi_newton_run(answers: Answers) -> Run:
    """BFGS in a valley of ten parameters; its tenth pair comes again, with the wrong sign."""
    held = {"Hinv": np.eye(len(START))}

    def remember(s: np.ndarray, y: np.ndarray) -> None:
        held["Hinv"] = answers["bfgs_update"](held["Hinv"], s, y)

    return _descend(lambda g: -held["Hinv"] @ g, quasi_newton.backtracking, remember)


def line_search(answers: Answers) -> Run:
    """Steepest descent, c = 0.3, in a valley of ten parameters whose loss is NaN beyond 1.3."""

    def search(f: Any, x: np.ndarray, d: np.ndarray, g: np.ndarray) -> float:
        return float(answers["backtracking"](f, x, d, g, c=0.3))

    return _descend(lambda g: -g, search, lambda s, y: None, wall=1.3)


def limited_memory(answers: Answers) -> Run:
    """L-BFGS with the answer's direction and the last ten pairs."""
    S: list[np.ndarray] = []
    Y: list[np.ndarray] = []

    def remember(s: np.ndarray, y: np.ndarray) -> None:
        if s @ y > 1e-10 * (s @ s):
            S.append(s)
            Y.append(y)
            del S[:-10], Y[:-10]

    direction = answers["lbfgs_direction"]
    return _descend(lambda g: direction(g, S, Y), quasi_newton.backtracking, remember)


def _armijo(f: Any, x: np.ndarray, d: np.ndarray, g: np.ndarray) -> float:
    return quasi_newton.backtracking(lambda point: f(point)[0], x, d, g)


def whole(answers: Answers) -> Run:
    """The whole method with four pairs, in a valley of ten parameters."""
    f, start = _Counted(), START.copy()
    with np.errstate(all="ignore"):
        x, losses = answers["lbfgs"](f, start, m=4, steps=200, search=_armijo)
        reached = long_rosenbrock(np.asarray(x, dtype=float))[0]
    numbers = {
        "loss reached": float(reached),
        "evaluations": float(f.calls),
        "losses returned": float(len(losses)),
        "change of the start that was given": float(np.abs(start - START).max()),
    }
    return Run([panel("losses returned", "step", losses, log=True)], numbers)


def wolfe_search(answers: Answers) -> Run:
    """L-BFGS with the answer's search, from Rosenbrock's classic start."""
    f = _Counted(wall=4.0)

    def search(f: Any, x: np.ndarray, d: np.ndarray, g: np.ndarray) -> float:
        return float(answers["weak_wolfe"](f, x, d, g))

    with np.errstate(all="ignore"):
        _, losses = quasi_newton.lbfgs(f, np.array([-1.2, 1.0]), steps=60, search=search)
    numbers = {
        "loss reached": losses[-1],
        "steps": len(losses) - 1.0,
        "evaluations": float(f.calls),
    }
    return Run([panel("loss", "step", losses, log=True)], numbers)


def without_the_hessian(answers: Answers) -> Run:
    """Newton's method by products and conjugate gradients, in a valley of ten parameters."""
    product = answers.get("hessian_vector", second_order.hessian_vector)
    solve = answers.get("conjugate_gradients", second_order.conjugate_gradients)
    f, x, losses = _Counted(), START.copy(), []

    def gradient(point: np.ndarray) -> np.ndarray:
        return f(point)[1]

    with np.errstate(all="ignore"):
        for _ in range(STEPS):
            loss, g = f(x)
            losses.append(loss)
            d = np.asarray(
                solve(lambda v, x=x: product(gradient, x, v), -g, steps=10, tolerance=0.1)
            )
            if not np.isfinite(d).all() or not loss > 1e-20:
                break
            x = x + _armijo(f, x, d, g) * d
    zeros = np.asarray(product(gradient, START, np.zeros(10)))
    long = np.asarray(product(gradient, START, 1e6 * np.eye(10)[0]))
    numbers = {
        "loss reached": losses[-1],
        "evaluations": float(f.calls),
        "product with zeros": float(np.abs(zeros).max()),
        "product with a vector a million long": float(long[0]),
    }
    return Run([panel("loss", "step", losses, log=True)], numbers)
