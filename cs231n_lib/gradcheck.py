"""Is a gradient right? Compare it with one that needs no calculus.

Slides: "Gradient checking"; course notes "Neural Networks Part 3", section "Gradient checks".
"""

from collections.abc import Callable
from typing import Any

import numpy as np

__all__ = ["numerical_gradient", "relative_error"]


def numerical_gradient(
    f: Callable[[np.ndarray], Any],
    x: np.ndarray,
    df: np.ndarray | float | None = None,
    h: float = 1e-5,
) -> np.ndarray:
    """Gradient of ``f`` at ``x`` by centred differences: (f(x + h) - f(x - h)) / 2h per element.

    ``x`` is a float array of any shape, nudged in place one element at a time and restored bit for
    bit, so ``f`` may also be a function of no argument's own that reads ``x`` (``lambda _: ...``).
    If ``f`` returns an array, ``df`` is the upstream gradient of the same shape (the ``dout`` of a
    backward pass), and the gradient of sum(f · df) is returned. The error falls like h² until
    rounding, which grows like 1/h, takes over: 1e-5 suits float64.

    >>> x = np.array([1.0, 2.0])
    >>> numerical_gradient(lambda x: float(np.sum(x**3)), x).round(6)
    array([ 3., 12.])
    >>> numerical_gradient(lambda x: x**2, x, df=np.array([1.0, 10.0])).round(6)
    array([ 2., 40.])
    """
    if not isinstance(x, np.ndarray) or not np.issubdtype(x.dtype, np.floating):
        got = f"{x.dtype} array" if isinstance(x, np.ndarray) else type(x).__name__
        raise TypeError(f"x must be an array of floats, because it is nudged by h; got {got}")
    if not h > 0:
        raise ValueError(f"h must be positive, got {h}")
    gradient = np.zeros_like(x)
    for i in np.ndindex(x.shape):
        old = x[i]
        try:
            x[i] = old + h
            plus = np.array(f(x))  # a copy: f may return x, or a view of it
            x[i] = old - h
            minus = np.array(f(x))
        finally:
            x[i] = old
        if df is None and plus.size != 1:
            raise ValueError(f"df is required, because f returns an array of shape {plus.shape}")
        gradient[i] = np.sum((plus - minus) * (1.0 if df is None else df)) / (2 * h)
    return gradient


def relative_error(a: np.ndarray | float, b: np.ndarray | float) -> float:
    """The largest |a - b| / max(|a|, |b|) over the elements; 0/0 counts as 0.

    The notes' rule of thumb, for float64: above 1e-2 wrong, 1e-4 fine with kinks, below 1e-7
    happy. NaN, or infinity against anything else, gives NaN. Raises ``ValueError`` for shapes that
    are not equal.

    >>> relative_error(np.array([0.0, 1.0]), np.array([0.0, 1.25]))
    0.2
    """
    a, b = np.asarray(a, dtype=float), np.asarray(b, dtype=float)
    if a.shape != b.shape:
        raise ValueError(f"a and b must have one shape, got {a.shape} and {b.shape}")
    ratio = np.zeros(a.shape)
    with np.errstate(invalid="ignore", over="ignore"):
        largest = np.maximum(np.abs(a), np.abs(b))
        np.divide(np.abs(a - b), largest, out=ratio, where=a != b)
    return float(ratio.max(initial=0.0))
