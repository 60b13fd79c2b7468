"""Loss surfaces of two parameters, to see how an update rule walks.

A ``Surface`` is called with a point and gives the loss; ``surface.gradient`` gives the gradient.
It also unpacks: ``f, gradient = valley(100)``. Both work on a whole grid at once: the last axis of
the point array has length 2, all others are kept.
``long_rosenbrock`` is no ``Surface``: it has any number of parameters.
"""

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np

__all__ = ["Surface", "beale", "long_rosenbrock", "rosenbrock", "saddle", "valley"]

Function = Callable[[np.ndarray], np.ndarray]


@dataclass(frozen=True)
class Surface:
    """A function of two parameters, with its gradient and where to look at it.

    ``start`` a point from which a race is interesting; ``minimum`` the point where the loss is
    lowest, None where there is none; ``view`` the part of the plane worth drawing,
    (x least, x most, y least, y most).
    """

    name: str
    f: Function
    gradient: Function
    start: tuple[float, float]
    minimum: tuple[float, float] | None
    view: tuple[float, float, float, float]

    def __call__(self, point: np.ndarray) -> np.ndarray:
        return self.f(point)

    def __iter__(self) -> Iterator[Function]:
        yield self.f
        yield self.gradient


def valley(condition: float = 100.0, angle: float = 0.0) -> Surface:
    """The lecture's valley, "steep vertically but shallow horizontally", turned by ``angle``.

    f(p) = ½ (u² + condition · v²), where (u, v) are the coordinates of p along and across the
    valley: the horizontal and the vertical one when ``angle`` (radians, counter-clockwise) is 0.
    The Hessian's eigenvalues are 1 and ``condition``, so plain SGD diverges at rates above
    2 / ``condition``. The minimum is 0 at the origin. Raises ``ValueError`` for condition <= 0.

    >>> f, gradient = valley(condition=100)
    >>> float(f([1.0, 0.1])), gradient([1.0, 0.1])
    (1.0, array([ 1., 10.]))
    """
    if not condition > 0:
        raise ValueError(f"condition must be positive, got {condition}")
    c, s = math.cos(angle), math.sin(angle)
    turn = np.array([[c, -s], [s, c]])  # columns: the directions along and across
    curvature = np.array([1.0, condition])

    def f(point: np.ndarray) -> np.ndarray:
        return 0.5 * np.sum(curvature * (np.asarray(point) @ turn) ** 2, axis=-1)

    def gradient(point: np.ndarray) -> np.ndarray:
        return (curvature * (np.asarray(point) @ turn)) @ turn.T

    start = turn @ np.array([-1.0, 0.3])
    return Surface(
        name=f"valley, condition {condition:g}",
        f=f,
        gradient=gradient,
        start=(float(start[0]), float(start[1])),
        minimum=(0.0, 0.0),
        view=(-1.3, 0.7, -0.8, 0.8) if angle == 0 else (-1.3, 1.0, -1.1, 1.1),
    )


def _split(point: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    point = np.asarray(point, dtype=float)
    return point[..., 0], point[..., 1]


def _beale(point: np.ndarray) -> np.ndarray:
    x, y = _split(point)
    return (1.5 - x + x * y) ** 2 + (2.25 - x + x * y**2) ** 2 + (2.625 - x + x * y**3) ** 2


def _beale_gradient(point: np.ndarray) -> np.ndarray:
    x, y = _split(point)
    a, b, c = 1.5 - x + x * y, 2.25 - x + x * y**2, 2.625 - x + x * y**3
    dx = 2 * (a * (y - 1) + b * (y**2 - 1) + c * (y**3 - 1))
    dy = 2 * x * (a + 2 * b * y + 3 * c * y**2)
    return np.stack([dx, dy], axis=-1)


def _rosenbrock(point: np.ndarray) -> np.ndarray:
    x, y = _split(point)
    return (1 - x) ** 2 + 100 * (y - x**2) ** 2


def _rosenbrock_gradient(point: np.ndarray) -> np.ndarray:
    x, y = _split(point)
    return np.stack([-2 * (1 - x) - 400 * x * (y - x**2), 200 * (y - x**2)], axis=-1)


def long_rosenbrock(x: np.ndarray) -> tuple[float, np.ndarray]:
    """Rosenbrock's curved valley in n parameters: ``(loss, gradient)`` at ``x`` (n,), n >= 2.

    Σ 100 (x[i+1] - x[i]²)² + (1 - x[i])², lowest, 0, where all are 1. The classic test of an
    optimiser: to move along the floor, all parameters must move in step. Rosenbrock, 1960.

    >>> long_rosenbrock(np.array([0.5, 1.0, 2.0]))
    (156.5, array([-151., -250.,  200.]))
    """
    x = np.asarray(x, dtype=float)
    if x.ndim != 1 or len(x) < 2:
        raise ValueError(f"x must be a vector of at least 2 numbers, got shape {x.shape}")
    off, short = x[1:] - x[:-1] ** 2, 1 - x[:-1]
    gradient = np.zeros_like(x)
    gradient[:-1] = -400 * x[:-1] * off - 2 * short
    gradient[1:] += 200 * off
    return float(np.sum(100 * off**2 + short**2)), gradient


def _saddle(point: np.ndarray) -> np.ndarray:
    x, y = _split(point)
    return 0.5 * (x**2 - y**2)


def _saddle_gradient(point: np.ndarray) -> np.ndarray:
    x, y = _split(point)
    return np.stack([x, -y], axis=-1)


# Radford's "long valley": steep walls, then a long flat floor. Minimum 0 at (3, 0.5).
beale = Surface(
    name="long valley (Beale)",
    f=_beale,
    gradient=_beale_gradient,
    start=(1.0, 1.0),
    minimum=(3.0, 0.5),
    view=(0.0, 4.2, -1.2, 1.6),
)

# A curved valley, minimum 0 at (1, 1).
rosenbrock = Surface(
    name="curved valley (Rosenbrock)",
    f=_rosenbrock,
    gradient=_rosenbrock_gradient,
    start=(-1.2, 1.0),
    minimum=(1.0, 1.0),
    view=(-1.6, 1.6, -0.6, 1.8),
)

# ½ (x² - y²): a minimum along x, a maximum along y. The start is a hair off the ridge, where the
# gradient along y is almost nothing: who notices it first gets away first.
saddle = Surface(
    name="saddle",
    f=_saddle,
    gradient=_saddle_gradient,
    start=(-1.0, 1e-3),
    minimum=None,
    view=(-1.2, 0.8, -1.0, 1.0),
)
