"""Figures in one style: readable sizes, and a palette for colour-blind eyes.

Matplotlib is imported inside the functions, so importing this module costs nothing. Each function
draws into an ``ax`` that is given to it and labels it; ``with style():`` around the figure gives
the look. Curves differ by colour AND by line style, so they can be told apart without colour.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, cast

import numpy as np

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from cs231n_lib.surfaces import Surface

__all__ = [
    "DASHES",
    "PALETTE",
    "curves",
    "guess_line",
    "histograms",
    "projections",
    "style",
    "trajectories",
]

# Okabe and Ito, 2008: distinct for every common kind of colour vision. Their yellow and black
# are left out: one vanishes on a white page, the other on a black one.
PALETTE = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#56B4E9", "#E69F00")
DASHES = ("-", "--", "-.", ":", (0, (6, 1.5, 1, 1.5, 1, 1.5)), (0, (9, 3)))

# A white card through which a fifth of the page shows: white on a white page, a soft grey that
# does not glare on a dark one, and dark text reads well on both. (Were it less than half opaque,
# JupyterLab would choose a background by the colour of the ticks.)
_PAPER, _INK = (1.0, 1.0, 1.0, 0.8), "#333333"


@contextmanager
def style(size: tuple[float, float] = (7.0, 4.2)) -> Iterator[None]:
    """Matplotlib settings for the figures made inside: ``size`` in inches.

    Nothing global stays changed afterwards.

    >>> import matplotlib.pyplot as plt
    >>> before = plt.rcParams["font.size"]
    >>> with style():
    ...     inside = plt.rcParams["figure.figsize"]
    >>> inside, plt.rcParams["font.size"] == before
    ([7.0, 4.2], True)
    """
    import matplotlib
    from cycler import cycler

    # Six colours under six line styles, paired: the n-th curve gets the n-th of both.
    pairs = cycler(color=PALETTE) + cycler(linestyle=DASHES)
    settings: dict[str, Any] = {
        "figure.figsize": size,
        "figure.dpi": 110,
        "figure.facecolor": _PAPER,
        "savefig.facecolor": _PAPER,
        "figure.constrained_layout.use": True,
        "axes.facecolor": "none",
        "axes.prop_cycle": pairs,
        "axes.grid": True,
        "axes.spines.top": False,
        "axes.spines.right": False,
        "axes.titlesize": 12,
        "axes.labelsize": 11,
        "font.size": 11,
        "legend.fontsize": 10,
        "legend.facecolor": "white",
        "legend.framealpha": 0.8,
        "grid.alpha": 0.25,
        "lines.linewidth": 2.0,
        "svg.fonttype": "none",
        **{
            name: _INK
            for name in (
                "text.color",
                "axes.labelcolor",
                "axes.titlecolor",
                "axes.edgecolor",
                "xtick.color",
                "ytick.color",
                "grid.color",
            )
        },
    }
    with matplotlib.rc_context(cast(Any, settings)):  # its keys are a list of literals
        yield


def _look(i: int) -> dict[str, Any]:
    """Colour and line style of the i-th thing in a figure, also outside ``style()``."""
    return {"color": PALETTE[i % len(PALETTE)], "linestyle": DASHES[i % len(DASHES)]}


def curves(
    ax: "Axes",
    x: np.ndarray | Sequence[float] | None,
    ys: Mapping[str, Any],
    *,
    xlabel: str,
    ylabel: str,
    title: str = "",
    log: bool = False,
    **line: Any,
) -> "Axes":
    """One labelled curve per entry of ``ys`` over a common ``x`` (None: 0, 1, 2, ...).

    ``log`` makes the vertical axis logarithmic; ``line`` goes to ``ax.plot``.

    >>> import matplotlib.pyplot as plt
    >>> figure, ax = plt.subplots()
    >>> ax = curves(ax, None, {"SGD": [3, 2, 1]}, xlabel="step", ylabel="loss")
    >>> ax.get_legend().get_texts()[0].get_text()
    'SGD'
    >>> plt.close(figure)
    """
    for i, (label, y) in enumerate(ys.items()):
        y = np.asarray(y, dtype=float)
        ax.plot(np.arange(len(y)) if x is None else x, y, label=label, **{**_look(i), **line})
    if log:
        ax.set_yscale("log")
    ax.set(xlabel=xlabel, ylabel=ylabel, title=title)
    if ys:
        ax.legend()
    return ax


def guess_line(ax: "Axes", value: object, *, along: str = "y", label: str = "your guess") -> "Axes":
    """A dotted line at the reader's guess; nothing where that is no finite number.

    ``along`` is the axis on which the guess lies: "y" draws a horizontal line.

    >>> import matplotlib.pyplot as plt
    >>> figure, ax = plt.subplots()
    >>> len(guess_line(ax, 0.3).lines), len(guess_line(ax, None).lines)
    (1, 1)
    >>> plt.close(figure)
    """
    if along not in ("x", "y"):
        raise ValueError(f'along must be "x" or "y", got {along!r}')
    if isinstance(value, (int, float)) and np.isfinite(value):
        draw = ax.axhline if along == "y" else ax.axvline
        draw(value, color=_INK, linestyle=(0, (1, 1.5)), linewidth=1.6, label=label)
        ax.legend()
    return ax


def levels(values: np.ndarray, n: int = 12) -> np.ndarray:
    """``n`` contour levels that leave about as much area between them, and two close to the bottom.

    Equal steps in loss would put all lines of a steep valley on its walls and none on its floor.

    >>> levels(np.linspace(0, 1, 101) ** 2, n=4).round(3)
    array([0.002, 0.012, 0.04 , 0.16 , 0.36 , 0.64 ])
    """
    finite = values[np.isfinite(values)]
    even = np.quantile(finite, np.linspace(0, 1, n + 2)[1:-1])
    lowest = finite.min()
    return np.unique([lowest + part * (even[0] - lowest) for part in (0.05, 0.3)] + list(even))


def grid(
    f: Callable[[np.ndarray], np.ndarray], view: tuple[float, float, float, float], n: int
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """``f`` on n x n points of ``view`` (x least, x most, y least, y most).

    Returns x (n,), y (n,) and the values (n, n), a row per y.

    >>> x, y, z = grid(lambda p: p[..., 0], (0, 1, 0, 2), 3)
    >>> z[0], y
    (array([0. , 0.5, 1. ]), array([0., 1., 2.]))
    """
    x, y = np.linspace(view[0], view[1], n), np.linspace(view[2], view[3], n)
    return x, y, np.asarray(f(np.stack(np.meshgrid(x, y), axis=-1)))


def trajectories(
    ax: "Axes",
    f: "Surface | Callable[[np.ndarray], np.ndarray]",
    paths: Mapping[str, np.ndarray],
    *,
    view: tuple[float, float, float, float] | None = None,
    minimum: tuple[float, float] | None = None,
    title: str = "",
    xlabel: str = "first parameter",
    ylabel: str = "second parameter",
) -> "Axes":
    """Contours of a surface and the paths that walk on it, each path with a label.

    ``f`` takes points (..., 2); ``paths`` maps labels to arrays (steps + 1, 2). ``view`` and
    ``minimum`` default to the surface's own; a plain function needs ``view``. Every step is a
    small dot, the last position a large one. A path that leaves the view is cut at its edge.

    >>> import matplotlib.pyplot as plt
    >>> from cs231n_lib.surfaces import saddle
    >>> figure, ax = plt.subplots()
    >>> ax = trajectories(ax, saddle, {"straight": np.array([[-1.0, 0.0], [0.0, 0.0]])})
    >>> ax.get_title(), [float(x) for x in ax.get_xlim()]
    ('saddle', [-1.2, 0.8])
    >>> plt.close(figure)
    """
    view = getattr(f, "view", None) if view is None else view
    if view is None:
        raise ValueError("view is required when f is a plain function: (x least, x most, y …)")
    minimum = getattr(f, "minimum", None) if minimum is None else minimum
    x, y, z = grid(f, view, 160)
    ax.contour(x, y, z, levels=levels(z), colors=_INK, linewidths=0.7, linestyles="-", alpha=0.55)
    for i, (label, path) in enumerate(paths.items()):
        path = np.asarray(path, dtype=float)
        path = path[np.isfinite(path).all(axis=1)]
        # Far outside, matplotlib's integer pixel coordinates overflow.
        reach = 100 * max(view[1] - view[0], view[3] - view[2])
        path = np.clip(path, -reach, reach)
        look = _look(i)
        ax.plot(*path.T, label=label, marker=".", markersize=4, linewidth=1.6, **look)
        ax.plot(*path[-1:].T, marker="o", markersize=8, color=look["color"])
    if minimum is not None:
        ax.plot(*minimum, marker="*", markersize=14, color=_INK, linestyle="none", label="minimum")
    ax.grid(False)
    ax.set(xlim=view[:2], ylim=view[2:], xlabel=xlabel, ylabel=ylabel)
    ax.set_title(title or getattr(f, "name", ""))
    if paths or minimum is not None:
        ax.legend(loc="center left", bbox_to_anchor=(1.01, 0.5))  # inside it would hide paths
    return ax


def histograms(
    axes: Sequence["Axes"],
    values: Mapping[str, np.ndarray],
    *,
    xlabel: str,
    bins: int = 40,
    range: tuple[float, float] | None = None,
) -> None:
    """One histogram per entry of ``values``, each in its own axes, all over the same ``range``.

    Heights are fractions of the values; values outside ``range`` are not counted. Under the label
    stand mean and standard deviation.

    >>> import matplotlib.pyplot as plt
    >>> figure, axes = plt.subplots(1, 2)
    >>> histograms(axes, {"layer 1": np.zeros(5), "layer 2": np.ones(5)}, xlabel="activation")
    >>> axes[1].get_title()
    'layer 2\\nmean 1, sd 0'
    >>> plt.close(figure)
    """
    flat = list(np.ravel(np.asarray(axes, dtype=object)))
    if len(flat) < len(values):
        raise ValueError(f"axes must be at least {len(values)}, one per entry; got {len(flat)}")
    if range is None:
        everything = np.concatenate([np.ravel(v) for v in values.values()])
        range = (float(everything.min()), float(everything.max()))
        if range[0] == range[1]:
            range = (range[0] - 0.5, range[1] + 0.5)
    for ax, (label, v) in zip(flat, values.items(), strict=False):
        v = np.ravel(v)
        ax.hist(v, bins=bins, range=range, weights=np.full(v.size, 1 / v.size), color=PALETTE[0])
        ax.set_title(f"{label}\nmean {v.mean():.2g}, sd {v.std():.2g}", fontsize=10)
        ax.set_xlabel(xlabel)
    for ax in flat[:1]:
        ax.set_ylabel("fraction")


def projections(
    layouts: Mapping[str, Sequence[Mapping[str, float]]],
    scores: Mapping[str, Sequence[float]],
    known: tuple[np.ndarray, np.ndarray],
) -> None:
    """Layouts of trials in two parameters side by side, and their projection onto the first one.

    ``layouts``: a label to its trials, dicts with two parameters, both drawn on log scales;
    ``scores``: the same label to an accuracy for each trial. ``known``: values of the first
    parameter and the accuracies that they give, drawn as a curve. Makes a figure of its own: below,
    each layout in the plane; above, its trials over the first parameter alone.

    >>> import matplotlib.pyplot as plt
    >>> trials = [{"rate": 0.1, "reg": 1e-6}, {"rate": 1.0, "reg": 1e-5}]
    >>> known = np.array([0.1, 1.0]), np.array([0.5, 0.9])
    >>> projections({"two": trials}, {"two": [0.5, 0.9]}, known)
    >>> [ax.get_title() for ax in plt.gcf().axes[:1]]
    ['two']
    >>> plt.close()
    """
    import matplotlib.pyplot as plt

    rows: dict[str, Any] = {"sharex": True, "sharey": "row", "height_ratios": (1, 1.6)}
    figure, axes = plt.subplots(2, len(layouts), squeeze=False, **rows)
    for column, (label, trials) in enumerate(layouts.items()):
        above, below = axes[:, column]
        x_name, y_name = trials[0]
        x = [trial[x_name] for trial in trials]
        y = [trial[y_name] for trial in trials]
        above.plot(*known, color=PALETTE[0])
        above.plot(x, scores[label], "o", color=PALETTE[1], markersize=6)
        above.vlines(x, -0.08, -0.02, color=PALETTE[1], linewidth=1.5)
        above.set(title=label, ylim=(-0.1, 1.02))
        look = {"cmap": "viridis", "vmin": 0, "vmax": 1, "s": 100, "edgecolor": "black"}
        dots = below.scatter(x, y, c=scores[label], **look)
        below.set(xscale="log", yscale="log", xlabel=x_name.replace("_", " "))
    axes[0, 0].set_ylabel("accuracy")
    axes[1, 0].set_ylabel(y_name)
    figure.colorbar(dots, ax=axes[1], label="accuracy")
