"""BFGS and L-BFGS: the inverse Hessian guessed from gradients that were computed anyway.

A step s = x_new - x changed the gradient by y = g_new - g. Over that step the average Hessian B has
B s = y, so its inverse has ``Hinv y = s``: one *curvature pair* (s, y) for each step. Along s the
loss curves upward on average only if y·s > 0; a pair without that is of no use, and is skipped.

L-BFGS keeps the last m pairs and multiplies by the matrix that they stand for, without forming it.
``lbfgs`` needs a loss that is the same function in every call: full batch, no dropout, no noise.

Slides: "Second order optimization methods" (quasi-Newton methods), "L-BFGS". Names as in Nocedal
and Wright, Numerical Optimization, 2nd edition, 2006 (N&W below): ``s``, ``y``, ρ = 1 / y·s, γ.
"""

from collections.abc import Callable, Sequence

import numpy as np

__all__ = ["Remembered", "backtracking", "bfgs_update", "lbfgs", "lbfgs_direction", "weak_wolfe"]

LossAndGradient = Callable[[np.ndarray], tuple[float, np.ndarray]]
Search = Callable[[LossAndGradient, np.ndarray, np.ndarray, np.ndarray], float]
"""A line search: (f, x, d, g) to the length t of the step t d; 0.0 where none will do."""


def bfgs_update(Hinv: np.ndarray, s: np.ndarray, y: np.ndarray) -> np.ndarray:
    """The inverse Hessian after one more pair: symmetric, positive definite, and ``Hinv y = s``.

    ``Hinv⁺ = (I - ρ s yᵀ) Hinv (I - ρ y sᵀ) + ρ s sᵀ`` with ρ = 1 / y·s. ``Hinv`` (n, n) symmetric
    positive definite, ``s`` and ``y`` (n,). Where y·s is not positive, or only by rounding
    (at most 1e-10 |s||y|), the pair is skipped: ``Hinv`` is returned as it is.

    It changes ``Hinv`` by a matrix of rank two, in O(n²). N&W equation 6.17; Broyden, Fletcher,
    Goldfarb and Shanno, 1970, each on his own. The same formula with s and y exchanged updates
    the Hessian itself as DFP does.

    >>> bfgs_update(np.eye(2), s=np.array([1.0, 0.0]), y=np.array([4.0, 0.0]))
    array([[0.25, 0.  ],
           [0.  , 1.  ]])
    """
    _same_length(s, y)
    if np.shape(Hinv) != (len(s), len(s)):
        raise ValueError(f"Hinv must be {(len(s), len(s))} for this s, got {np.shape(Hinv)}")
    if not _curves_upward(s, y):
        return Hinv
    rho = 1 / (y @ s)
    side = Hinv @ y
    return (
        Hinv
        - rho * (np.outer(s, side) + np.outer(side, s))
        + rho * (1 + rho * (y @ side)) * np.outer(s, s)
    )


def lbfgs_direction(g: np.ndarray, S: Sequence[np.ndarray], Y: Sequence[np.ndarray]) -> np.ndarray:
    """The step ``d = -Hinv g`` (n,), with ``Hinv`` built from the pairs, but never formed.

    ``g`` (n,) the gradient; ``S`` and ``Y`` the pairs, (n,) each, the OLDEST first, all with
    y·s > 0. ``Hinv`` is what ``bfgs_update`` makes of them, in that order, from γI with
    γ = s·y / y·y of the newest pair. Without pairs the step is ``-g``.

    O(m n) for m pairs. Slide "L-BFGS"; N&W algorithm 7.4; Nocedal, 1980.

    >>> s, y = np.array([1.0, 0.0]), np.array([4.0, 0.0])
    >>> lbfgs_direction(np.array([8.0, 8.0]), [s], [y])
    array([-2., -2.])
    """
    if len(S) != len(Y):
        raise ValueError(f"S and Y must hold as many steps as changes, got {len(S)} and {len(Y)}")
    q, alphas = np.array(g, dtype=float), []
    for s, y in zip(reversed(S), reversed(Y), strict=True):
        alpha = (s @ q) / (y @ s)
        q -= alpha * y
        alphas.append(alpha)
    if len(S) > 0:
        q *= (S[-1] @ Y[-1]) / (Y[-1] @ Y[-1])
    for s, y, alpha in zip(S, Y, reversed(alphas), strict=True):
        beta = (y @ q) / (y @ s)
        q += (alpha - beta) * s
    return -q


def backtracking(
    f: Callable[[np.ndarray], float],
    x: np.ndarray,
    d: np.ndarray,
    g: np.ndarray,
    c: float = 1e-4,
    tries: int = 40,
) -> float:
    """The first of t = 1, ½, ¼, ... for which the loss falls enough, by Armijo's condition.

    ``f(x + t d) <= f(x) + c t gᵀd``: at least the fraction ``c`` of what the slope promises.
    ``f`` maps (n,) to a number, ``g`` is its gradient at ``x``, ``d`` a direction with gᵀd < 0.
    A loss that is infinite or NaN is not low enough. 0.0 where none of ``tries`` steps will do.
    N&W algorithm 3.1; Armijo, 1966.

    >>> backtracking(lambda x: float(x @ x), np.array([1.0]), np.array([-4.0]), np.array([2.0]))
    0.25
    """
    f0, slope = f(x), g @ d
    t = 1.0
    for _ in range(tries):
        if f(x + t * d) <= f0 + c * t * slope:
            return t
        t /= 2
    return 0.0


def weak_wolfe(
    f: LossAndGradient,
    x: np.ndarray,
    d: np.ndarray,
    g: np.ndarray,
    c1: float = 1e-4,
    c2: float = 0.9,
    tries: int = 40,
) -> float:
    """A step length t that is neither too long nor too short, by bisection from t = 1.

    Too long: ``f(x + t d) > f(x) + c1 t gᵀd``, or a loss that is NaN (Armijo's condition fails).
    Too short: ``∇f(x + t d)ᵀd < c2 gᵀd``, the slope along ``d`` is still nearly as steep as at x.
    While no t was too long, the next one is twice as long; then it lies halfway between the longest
    that was too short (or 0) and the shortest that was too long. After ``tries``: the longest that
    was too short, 0.0 if there was none.

    ``f`` maps (n,) to ``(loss, gradient)``, ``g`` is its gradient at ``x``, ``d`` a direction with
    gᵀd < 0; 0 < c1 < c2 < 1. The step s = t d then has y·s >= (c2 - 1) t gᵀd > 0, so no curvature
    pair has to be skipped. The *strong* condition, |∇f(x + t d)ᵀd| <= c2 |gᵀd|, also calls too long
    what ends on a steep slope upward; SciPy and PyTorch ask for that. N&W equation 3.6; Wolfe,
    1969; the bisection: Lewis and Overton, 2013, algorithm 2.6.

    >>> bowl = lambda x: (float(x @ x), 2 * x)
    >>> weak_wolfe(bowl, np.array([1.0]), np.array([-0.01]), np.array([2.0]))
    16.0
    """
    (f0, _), slope = f(x), g @ d
    low, high, t = 0.0, np.inf, 1.0
    for _ in range(tries):
        loss, g_new = f(x + t * d)
        if not loss <= f0 + c1 * t * slope:
            high = t
        elif g_new @ d < c2 * slope:
            low = t
        else:
            return t
        t = (low + high) / 2 if high < np.inf else 2 * t
    return low


def lbfgs(
    f: LossAndGradient,
    x0: np.ndarray,
    m: int = 10,
    steps: int = 200,
    tolerance: float = 1e-5,
    search: Search = weak_wolfe,
) -> tuple[np.ndarray, list[float]]:
    """Minimize ``f`` by L-BFGS; returns ``(x, losses)``, the loss at ``x0`` and after each step.

    ``f`` maps parameters (n,) to ``(loss, gradient)`` and must be deterministic. The last ``m``
    pairs are kept; ``search(f, x, d, g)`` gives the length of each step. It ends after ``steps``
    steps, where no element of the gradient is larger than ``tolerance``, or where the search
    gives 0. ``x0`` is left as it is.

    A pair without y·s > 0 is skipped, as in ``bfgs_update``. After ``weak_wolfe`` there is none;
    Armijo's condition alone (``backtracking``) does not rule it out. Wrap ``f`` in ``Remembered``:
    then asking it again for a point just seen costs nothing. Slide "L-BFGS"; N&W algorithm 7.5.

    >>> x, losses = lbfgs(lambda x: (float(x @ x), 2 * x), np.array([3.0, -4.0]))
    >>> x, losses
    (array([0., 0.]), [25.0, 0.0])
    """
    if m < 1:
        raise ValueError(f"m must be at least 1 pair, got {m}")
    x = np.array(x0, dtype=float)
    loss, g = f(x)
    S: list[np.ndarray] = []
    Y: list[np.ndarray] = []
    losses = [float(loss)]
    while len(losses) <= steps:
        if np.abs(g).max() <= tolerance:
            break
        d = lbfgs_direction(g, S, Y)
        t = search(f, x, d, g)
        if t == 0:
            break
        x_new = x + t * d
        loss, g_new = f(x_new)
        s, y = x_new - x, g_new - g
        if _curves_upward(s, y):
            S, Y = [*S, s][-m:], [*Y, y][-m:]
        x, g = x_new, g_new
        losses.append(float(loss))
    return x, losses


class Remembered:
    """A loss that remembers the last points it was asked for, and counts its real evaluations.

    ``f`` maps (n,) to ``(loss, gradient)``. A line search asks for the loss, and the step after it
    for loss and gradient at the same point: that is one evaluation, if someone remembers.
    ``losses`` holds the loss of each evaluation, in order.

    >>> f = Remembered(lambda x: (float(x @ x), 2 * x))
    >>> [f(np.array([1.0]))[0], f(np.array([2.0]))[0], f(np.array([1.0]))[0]]
    [1.0, 4.0, 1.0]
    >>> f.evaluations, f.losses
    (2, [1.0, 4.0])
    """

    def __init__(self, f: LossAndGradient, size: int = 3) -> None:
        if size < 1:
            raise ValueError(f"size must be at least 1 point, got {size}")
        self.f, self.size = f, size
        self.losses: list[float] = []
        self._seen: dict[bytes, tuple[float, np.ndarray]] = {}

    @property
    def evaluations(self) -> int:
        """How often the loss was really computed."""
        return len(self.losses)

    def __call__(self, x: np.ndarray) -> tuple[float, np.ndarray]:
        x = np.array(x, dtype=float)  # a copy: f may keep it
        key = x.tobytes()
        known = self._seen.pop(key, None)
        if known is None:
            loss, g = self.f(x)
            known = float(loss), np.array(g)
            self.losses.append(known[0])
        self._seen[key] = known  # last in order: the points asked for most recently stay
        if len(self._seen) > self.size:
            del self._seen[next(iter(self._seen))]
        return known[0], known[1].copy()


def _same_length(s: np.ndarray, y: np.ndarray) -> None:
    if np.ndim(s) != 1 or np.shape(s) != np.shape(y):
        raise ValueError(
            f"s and y must be vectors of one length, got shapes {np.shape(s)} and {np.shape(y)}"
        )


def _curves_upward(s: np.ndarray, y: np.ndarray) -> bool:
    """y·s > 0, by more than rounding."""
    return bool(y @ s > 1e-10 * np.sqrt((s @ s) * (y @ y)))
