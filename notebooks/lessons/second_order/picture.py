"""Notebook 08: gradient descent, Newton's method and L-BFGS, step by step on three surfaces."""

from __future__ import annotations

from functools import cache

import numpy as np

from autograder.picture import Control, Frame, Panel, Picture, Series, every_setting, number
from cs231n_lib.quasi_newton import backtracking, lbfgs
from cs231n_lib.second_order import hessian, newton_step
from cs231n_lib.surfaces import Surface, rosenbrock, saddle, valley
from cs231n_lib.training import minimize

__all__ = ["NAME", "picture"]

NAME = "newton_steps"

METHODS = ("gradient descent", "Newton", "Newton, damped, with line search", "L-BFGS")
STEPS = (0, 1, 2, 3, 4, 5, 6, 8, 10, 15, 20, 30, 40)
TURN = 0.5
SURFACES: dict[str, tuple[Surface, tuple[float, float], tuple[float, ...], float]] = {
    # surface, start, (x least, x most, y least, y most), rate of gradient descent
    "valley": (valley(100, TURN), valley(100, TURN).start, (-1.5, 0.9, -0.9, 0.5), 0.018),
    "Rosenbrock": (rosenbrock, (-1.0, 0.6), (-2.0, 2.0, -2.7, 1.8), 0.001),
    "saddle": (saddle, saddle.start, (-1.3, 0.9, -0.4, 1.3), 0.1),
}
MAPS = {
    "valley": ("A straight valley, condition number 100", (0.1, 0.5, 2, 5, 10)),
    "Rosenbrock": ("Rosenbrock's curved valley", (0.5, 4, 20, 100, 400, 1000)),
    "saddle": ("A saddle: the loss falls forever along y", (0.4, 0.1, 0.001, -0.1, -0.4)),
}
LEAST = 1e-12  # a loss below that is drawn as this


def newton(surface: Surface, x: np.ndarray, damped: bool, steps: int) -> np.ndarray:
    """The path of Newton's method: as the slide has it, or damped and with a line search."""
    path = [x]
    for _ in range(steps):
        g, H = surface.gradient(x), hessian(surface.gradient, x)
        if damped:
            d = newton_step(g, H)
            d = d * backtracking(lambda point: float(surface(point)), x, d, g)
        else:
            d = np.linalg.solve(H, -g)
        x = x + d
        path.append(x)
    return np.array(path)


@cache
def path(method: str, name: str) -> np.ndarray:
    """Where a method is at its start and after each step (n, 2).

    It ends where it leaves the picture, or has no slope left to follow.
    """
    surface, start, view, rate = SURFACES[name]
    x, most = np.array(start), STEPS[-1]

    def f(point: np.ndarray) -> tuple[float, np.ndarray]:
        return float(surface(point)), surface.gradient(point)

    if method == "gradient descent":
        walked = minimize(f, x, "sgd", {"learning_rate": rate}, steps=most)
    elif method == "L-BFGS":
        with np.errstate(over="ignore", invalid="ignore"):  # no step is too long on the saddle
            ends = [lbfgs(f, x, steps=k, tolerance=1e-6)[0] for k in range(1, most + 1)]
        walked = np.array([x, *ends])
    else:
        with np.errstate(over="ignore", invalid="ignore"):
            walked = newton(surface, x, method != "Newton", 8 if name == "saddle" else most)
    inside = (walked >= view[::2]).all(axis=1) & (walked <= view[1::2]).all(axis=1)
    over = ~inside | (np.abs(surface.gradient(walked)).max(axis=1) < 1e-6)
    return walked[: np.argmax(over) + 1] if over.any() else walked


def losses(method: str, name: str) -> np.ndarray:
    """The loss along the path."""
    return np.asarray(SURFACES[name][0](path(method, name)))


def contours(name: str, level: float) -> np.ndarray:
    """Points (n, 2) where a surface's loss is `level`: its equation, solved; gaps are NaN."""
    angle = np.linspace(0, 2 * np.pi, 49)
    if name == "valley":
        u, v = np.sqrt(2 * level) * np.cos(angle), np.sqrt(2 * level / 100) * np.sin(angle)
        c, s = np.cos(TURN), np.sin(TURN)
        return np.stack([c * u - s * v, s * u + c * v], axis=-1)
    if name == "Rosenbrock":
        least, most = max(-2.1, 1 - np.sqrt(level)), min(2.1, 1 + np.sqrt(level))
        x = (least + most) / 2 + (most - least) / 2 * np.cos(angle)
        height = np.sqrt(np.maximum(level - (1 - x) ** 2, 0) / 100)
        return np.stack([x, x**2 + np.where(angle < np.pi, height, -height)], axis=-1)
    along = np.linspace(-1.3, 1.3, 27)
    across = np.sqrt(along**2 + 2 * abs(level))
    branch = np.stack([across, along] if level > 0 else [along, across], axis=-1)
    return np.concatenate([branch, [[np.nan, np.nan]], -branch])


def landscape(name: str) -> Panel:
    """The map of a surface, and where its slope is 0."""
    surface, _, (left, right, low, high), _ = SURFACES[name]
    title, levels = MAPS[name]
    gap = np.full((1, 2), np.nan)
    x, y = np.concatenate([part for level in levels for part in (contours(name, level), gap)]).T
    lines = f"the loss is {', '.join(f'{level:g}'.replace('-', '−') for level in levels)}"
    spot = surface.minimum or (0.0, 0.0)
    return Panel(
        title,
        x="x",
        y="y",
        xlim=(left, right),
        ylim=(low, high),
        background=[
            Series(lines, y.round(3), x=x.round(3)),
            Series(
                "minimum" if surface.minimum else "saddle point", spot[1:], spot[:1], kind="points"
            ),
        ],
    )


def picture() -> Picture:
    """Four methods on three surfaces, up to forty steps: their paths, and the loss."""
    controls = [
        Control("Method", METHODS, kind="choice"),
        Control("Steps", [str(k) for k in STEPS], kind="time"),
    ]
    compared = [name for name in SURFACES if name != "saddle"]  # there the loss becomes negative
    panels = [
        *(landscape(name) for name in SURFACES),
        Panel(
            "The loss, and that of gradient descent",
            x="step",
            y="loss",
            yscale="log",
            xlim=(0, STEPS[-1]),
            ylim=(LEAST, 1e4),
            background=[
                Series(f"gradient descent, {name}", losses(METHODS[0], name), x=np.arange(41))
                for name in compared
            ],
        ),
    ]

    def frame(method: str, k: int) -> Frame:
        paths = {name: path(method, name)[: k + 1] for name in SURFACES}
        maps = [
            [
                Series("path", walked[:, 1].round(3), x=walked[:, 0].round(3)),
                Series("now", walked[-1:, 1].round(3), x=walked[-1:, 0].round(3), kind="points"),
            ]
            for walked in paths.values()
        ]
        lines = [
            Series(
                name,
                np.maximum(losses(method, name)[: k + 1], LEAST),
                x=np.arange(len(paths[name])),
            )
            for name in compared
        ]
        now = {name: float(SURFACES[name][0](walked[-1])) for name, walked in paths.items()}
        x, y = paths["saddle"][-1]
        where = (
            "it has left the picture"
            if y > SURFACES["saddle"][2][3]
            else f"it is at ({number(round(x, 3))}, {number(round(y, 3))})"
        )
        says = (
            f"{method}, {k} {'step' if k == 1 else 'steps'}: the loss is {_loss(now['valley'])} in "
            f"the straight valley and {_loss(now['Rosenbrock'])} in Rosenbrock's. On the saddle "
            f"{where}."
        )
        return Frame(says, [*maps, lines])

    return Picture(
        title="Steps with curvature, and without",
        question=(
            "how many steps does Newton's method need in the straight valley, and does its loss "
            "fall in every step in the curved one? Where does it end on the saddle, and who gets "
            "away from there? What can L-BFGS do, which is told slopes only?"
        ),
        alt=(
            "Four drawings. Three maps, contour lines of the loss with the path "
            "of a method: a straight valley, Rosenbrock's curved valley, a saddle. And the loss in "
            "the two valleys against the step, beside that of gradient descent."
        ),
        controls=controls,
        panels=panels,
        frames=every_setting(controls, lambda i, j: frame(METHODS[i], STEPS[j])),
        tolerance=0.02,
    )


def _loss(value: float) -> str:
    return number(value) if value > LEAST else "0"
