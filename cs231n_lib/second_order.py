"""Newton's step: the loss as a quadratic, and the jump to that quadratic's minimum.

Around a point θ0 the loss is, to second order in the displacement d = θ - θ0,

    J(θ0 + d) ≈ J(θ0) + dᵀ g + ½ dᵀ H d,        g = ∇J(θ0),  H = the Hessian at θ0, (n, n),

which is lowest where H d = -g, as long as H is positive definite. ``d`` is a STEP, to be added to
the parameters; no learning rate is left to choose. ``hessian_vector`` and ``conjugate_gradients``
solve these equations without H itself; ``quasi_newton`` replaces H by what gradients tell of it.

Slides: "Second order optimization methods". Inside the functions the names are those of the
formulas: ``g``, ``H``, ``d``.
"""

from collections.abc import Callable

import numpy as np

__all__ = ["conjugate_gradients", "hessian", "hessian_vector", "newton_step", "taylor2"]


def taylor2(f0: float, g: np.ndarray, H: np.ndarray, d: np.ndarray) -> np.ndarray | float:
    """The second-order Taylor expansion at displacement ``d``: ``f0 + dᵀg + ½ dᵀHd``.

    ``f0`` the loss at the point, ``g`` (n,) its gradient and ``H`` (n, n) its Hessian there;
    ``d`` (n,), or (..., n) for many displacements at once, each of which gets a number.
    Raises ``ValueError`` where the shapes do not fit.

    >>> H = np.array([[2.0, 0.0], [0.0, 4.0]])
    >>> float(taylor2(1.0, np.array([-2.0, 0.0]), H, np.array([1.0, 1.0])))
    2.0
    """
    _matching(g, H)
    if np.shape(d)[-1:] != np.shape(g):
        raise ValueError(f"d must have {len(g)} numbers in its last axis, got shape {np.shape(d)}")
    d = np.asarray(d)
    return f0 + d @ g + 0.5 * np.sum((d @ H) * d, axis=-1)


def newton_step(g: np.ndarray, H: np.ndarray, least: float = 1e-3) -> np.ndarray:
    """Newton's step ``d`` (n,): the solution of ``(H + λI) d = -g``.

    ``g`` (n,) gradient, ``H`` (n, n) symmetric Hessian. λ, the damping, is 0 where the smallest
    eigenvalue of ``H`` is at least ``least``; elsewhere it is the number that raises it to
    ``least``. Without it the step leads to a saddle or to a maximum as gladly as to a minimum.
    With it, and ``least`` > 0, the step leads downhill: gᵀd < 0.

    The equations are solved, not multiplied by an inverse: that costs more, and where H is nearly
    singular its d no longer fulfils them (Higham, Accuracy and Stability of Numerical Algorithms,
    2nd edition, section 14.1). ``least`` has the units of H: in other units of the loss it must be
    scaled, too. Slide "Newton parameter update" (there without damping); Levenberg, 1944; Nocedal
    and Wright, Numerical Optimization, 2nd edition, section 3.4.
    Others take |λ_i| for each eigenvalue (Dauphin et al., 2014) and keep the undamped directions.

    >>> newton_step(np.array([1.0, 4.0]), np.diag([2.0, 4.0]))
    array([-0.5, -1. ])
    >>> newton_step(np.array([3.0, 0.5]), np.diag([2.0, -1.0]), least=1.0)
    array([-0.75, -0.5 ])
    """
    _matching(g, H)
    smallest = np.linalg.eigvalsh(H)[0]
    damping = max(0.0, least - smallest)
    return -np.linalg.solve(H + damping * np.eye(len(g)), g)


def hessian(
    gradient: Callable[[np.ndarray], np.ndarray], x: np.ndarray, h: float = 1e-5
) -> np.ndarray:
    """The Hessian (n, n) at ``x`` (n,), from centred differences of the gradient.

    Column i is ``(gradient(x + h e_i) - gradient(x - h e_i)) / 2h``: 2n gradients for the n² second
    derivatives. The result is made exactly symmetric. ``gradient`` takes and returns (n,) arrays.

    >>> hessian(lambda x: np.array([x[1] ** 2, 2 * x[0] * x[1]]), np.array([3.0, 1.0])).round(6)
    array([[0., 2.],
           [2., 6.]])
    """
    x = np.asarray(x, dtype=float)
    if x.ndim != 1:
        raise ValueError(f"x must be one vector, got shape {x.shape}")
    columns = []
    for i in range(len(x)):
        step = np.zeros_like(x)
        step[i] = h
        columns.append((gradient(x + step) - gradient(x - step)) / (2 * h))
    found = np.array(columns)
    return 0.5 * (found + found.T)


def hessian_vector(
    gradient: Callable[[np.ndarray], np.ndarray], x: np.ndarray, v: np.ndarray, h: float = 1e-5
) -> np.ndarray:
    """The product ``H v`` (n,) of the Hessian at ``x`` with ``v``, from two gradients.

    ``|v| (gradient(x + h v/|v|) - gradient(x - h v/|v|)) / 2h``: a centred difference along v, over
    a distance of h however long v is; zeros for v = 0. ``x`` and ``v`` (n,), ``gradient`` takes and
    returns (n,) arrays. Exact products, by differentiating the backward pass, cost about as much:
    Pearlmutter, 1994.

    >>> square = lambda x: np.array([x[1] ** 2, 2 * x[0] * x[1]])
    >>> hessian_vector(square, np.array([3.0, 1.0]), np.array([1.0, 10.0])).round(6)
    array([20., 62.])
    """
    if np.ndim(x) != 1 or np.shape(x) != np.shape(v):
        raise ValueError(
            f"x and v must be vectors of one length, got shapes {np.shape(x)} and {np.shape(v)}"
        )
    length = np.linalg.norm(v)
    if length == 0:
        return np.zeros(len(x))
    step = h * v / length
    return length * (gradient(x + step) - gradient(x - step)) / (2 * h)


def conjugate_gradients(
    product: Callable[[np.ndarray], np.ndarray],
    b: np.ndarray,
    steps: int = 50,
    tolerance: float = 1e-6,
) -> np.ndarray:
    """The solution d (n,) of ``H d = b`` for a symmetric H, given only products with it.

    ``product`` maps v (n,) to H v, and is called once a step; ``b`` (n,). It ends after ``steps``
    steps, or where the residual r = b - H d is at most ``tolerance`` times as long as b. In a
    direction p that does not curve upward (pᵀHp <= 0) it goes no further: d so far is returned, or
    b if that is the first direction. So with b = -g the result leads downhill even where H is
    indefinite (Newton-CG). For a positive definite H, n steps are enough, but for rounding.

    N&W algorithms 5.2 and 7.1; Hestenes and Stiefel, 1952.

    >>> H = np.array([[4.0, 1.0], [1.0, 3.0]])
    >>> conjugate_gradients(lambda v: H @ v, H @ np.array([1.0, 2.0])).round(6)
    array([1., 2.])
    """
    d, r = np.zeros(len(b)), np.array(b, dtype=float)
    p, squared = r, r @ r
    enough = tolerance * np.linalg.norm(b)
    for step in range(steps):
        if np.sqrt(squared) <= enough:
            break
        Hp = product(p)
        curvature = p @ Hp
        if curvature <= 0:
            return d if step > 0 else r
        alpha = squared / curvature
        d, r = d + alpha * p, r - alpha * Hp
        before, squared = squared, r @ r
        p = r + squared / before * p
    return d


def _matching(g: np.ndarray, H: np.ndarray) -> None:
    if np.ndim(g) != 1 or np.shape(H) != (len(g), len(g)):
        raise ValueError(f"g must be (n,) and H (n, n), got shapes {np.shape(g)} and {np.shape(H)}")
