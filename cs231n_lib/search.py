"""Choosing hyperparameters: layouts of trials, from coarse to fine, and cross-validation.

Slides "Cross-validation", "Grid Layout", "Random Layout"; J. Bergstra and Y. Bengio, "Random Search
for Hyper-Parameter Optimization" (2012).

*Ranges* say where to search, ``{"rate": (1e-4, 1.0, "log"), "keep": (0.5, 1.0, "linear")}``: on a
"log" axis equal FACTORS are equally far apart, as suits rates and strengths; on a "linear" one,
equal differences. A *layout* is a list of trials, each a dict with a value for every name.
"""

from collections.abc import Mapping, Sequence
from itertools import product
from pathlib import Path
from typing import Any

import numpy as np

from cs231n_lib import training
from cs231n_lib.data import load_digits
from cs231n_lib.network import Network

__all__ = [
    "coarse_to_fine",
    "digits_table",
    "grid_layout",
    "k_fold",
    "latin_layout",
    "measured",
    "random_layout",
    "try_out",
    "winner_and_its_test",
    "write_table",
]

Ranges = Mapping[str, tuple[float, float, str]]
Trial = dict[str, float]
Fold = tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]


def grid_layout(per_axis: int, ranges: Ranges) -> list[Trial]:
    """Every combination of ``per_axis`` values of each parameter, evenly spaced on its scale.

    Both ends are among the values. With d parameters these are ``per_axis ** d`` trials.

    >>> [t["rate"] for t in grid_layout(3, {"rate": (0.01, 1.0, "log")})]
    [0.01, 0.1, 1.0]
    >>> len(grid_layout(3, {"rate": (0.01, 1.0, "log"), "keep": (0.5, 1.0, "linear")}))
    9
    """
    if per_axis < 2:
        raise ValueError(f"per_axis must be at least 2 (both ends), got {per_axis}")
    axes = []
    for low, high, scale in ranges.values():
        spaced = np.geomspace if scale == "log" else np.linspace
        axes.append(spaced(low, high, per_axis).tolist())
    return [dict(zip(ranges, values, strict=True)) for values in product(*axes)]


def random_layout(n: int, ranges: Ranges, rng: np.random.Generator) -> list[Trial]:
    """``n`` trials; each value drawn by itself, uniformly on its parameter's scale.

    >>> layout = random_layout(9, {"rate": (0.01, 1.0, "log")}, np.random.default_rng(0))
    >>> len({trial["rate"] for trial in layout})
    9
    """
    trials: list[Trial] = [{} for _ in range(n)]
    for name, (low, high, scale) in ranges.items():
        for trial in trials:
            if scale == "log":
                trial[name] = float(np.exp(rng.uniform(np.log(low), np.log(high))))
            else:
                trial[name] = float(rng.uniform(low, high))
    return trials


def latin_layout(n: int, ranges: Ranges, rng: np.random.Generator) -> list[Trial]:
    """``n`` trials that share no cell of any parameter: a Latin hypercube.

    Each range is cut into ``n`` cells, equally wide on its scale, and each cell gets one value,
    uniform within it. Which cells of different parameters meet in a trial is drawn.
    M. McKay, R. Beckman and W. Conover, "A Comparison of Three Methods for Selecting Values of
    Input Variables in the Analysis of Output from a Computer Code" (1979). SciPy's
    ``qmc.LatinHypercube`` gives shares of the ranges; with ``scramble=False``, the cells' middles.

    >>> layout = latin_layout(4, {"keep": (0.0, 4.0, "linear")}, np.random.default_rng(0))
    >>> sorted(int(trial["keep"]) for trial in layout)
    [0, 1, 2, 3]
    """
    trials: list[Trial] = [{} for _ in range(n)]
    for name, (low, high, scale) in ranges.items():
        there, back = (np.log, np.exp) if scale == "log" else (float, float)
        edges = np.linspace(there(low), there(high), n + 1)
        for trial, cell in zip(trials, rng.permutation(n), strict=True):
            trial[name] = float(back(rng.uniform(edges[cell], edges[cell + 1])))
    return trials


def coarse_to_fine(
    results: Sequence[Mapping[str, Any]], ranges: Ranges, shrink: float = 0.25
) -> tuple[dict[str, tuple[float, float, str]], dict[str, bool]]:
    """Where to search next: ranges around the best trial, ``shrink`` times as wide.

    ``results``: one dict per trial, with "params" (the trial), and the accuracies "train", "val"
    and "test"; those of a run that blew up may be nan. Best is the highest "val", the first at a
    tie. Its value is in the middle of the new range, on the parameter's scale, so a new range may
    stick out of the old one. Returns the ranges, and for each parameter whether the best value was
    at the border: nearer to an end than a tenth of the range's width on its scale.

    >>> results = [{"params": {"rate": r}, "val": v} for r, v in [(0.1, 0.7), (1.0, 0.9)]]
    >>> coarse_to_fine(results, {"rate": (0.01, 1.0, "log")}, shrink=0.5)
    ({'rate': (0.316..., 3.162..., 'log')}, {'rate': True})
    """
    val = [float(result["val"]) for result in results]
    best = results[int(np.nanargmax(val))]["params"]
    narrower, at_border = {}, {}
    for name, (low, high, scale) in ranges.items():
        there, back = (np.log, np.exp) if scale == "log" else (float, float)
        ends = there(low), there(high)
        middle, width = there(best[name]), ends[1] - ends[0]
        half = shrink * width / 2
        narrower[name] = (float(back(middle - half)), float(back(middle + half)), scale)
        at_border[name] = bool(min(middle - ends[0], ends[1] - middle) < width / 10)
    return narrower, at_border


def winner_and_its_test(
    val: np.ndarray, test: np.ndarray, searches: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """What searches report, and what their winners are worth: both (S,).

    ``val`` and ``test`` (R,) are the accuracies of R runs. Each row of ``searches`` (S, k) is one
    search: the numbers of the k runs that it compared. Its winner is the run with the highest
    validation accuracy, the first at a tie; one that blew up (nan) never wins. Returns the winners'
    validation accuracies and their test accuracies.

    >>> val, test = np.array([0.8, 0.9, 0.7]), np.array([0.83, 0.81, 0.82])
    >>> winner_and_its_test(val, test, np.array([[0, 1], [2, 0]]))
    (array([0.9, 0.8]), array([0.81, 0.83]))
    """
    places = np.nanargmax(val[searches], axis=1)
    winners = searches[np.arange(len(searches)), places]
    return val[winners], test[winners]


def k_fold(X: np.ndarray, y: np.ndarray, k: int) -> list[Fold]:
    """The data divided ``k`` times: ``(X_train, y_train, X_val, y_val)`` for each fold.

    Each row is in exactly one validation part, and in the training part of the other k - 1 folds.
    The parts' sizes differ by one row at most. Rows stay in order: shuffle sorted data before.

    >>> folds = k_fold(np.arange(10.0).reshape(5, 2), np.arange(5), 2)
    >>> [(y_train.tolist(), y_val.tolist()) for _, y_train, _, y_val in folds]
    [([3, 4], [0, 1, 2]), ([0, 1, 2], [3, 4])]
    """
    if not 2 <= k <= len(X):
        raise ValueError(f"k must be from 2 to {len(X)} (the rows of X), got {k}")
    folds = []
    for held_out in np.array_split(np.arange(len(X)), k):
        kept = np.delete(np.arange(len(X)), held_out)
        folds.append((X[kept], y[kept], X[held_out], y[held_out]))
    return folds


def try_out(
    parts: Sequence[np.ndarray],
    learning_rate: float,
    reg: float,
    epochs: int = 5,
    seed: int = 0,
) -> float:
    """Accuracy of one trial: a net with 50 ReLUs, plain SGD, batches of 50.

    ``parts``: X_train, y_train, X_val, y_val (more may follow, and are not looked at). A run that
    blows up scores whatever its last finite answer is worth: about one in ten.

    >>> from cs231n_lib.data import load_digits
    >>> try_out(load_digits(), learning_rate=0.5, reg=1e-5) > 0.9
    True
    """
    X, y, X_val, y_val = parts[:4]
    rng = np.random.default_rng(seed)
    network = Network([X.shape[1], 50, 10], reg=reg, rng=rng)
    with np.errstate(over="ignore", invalid="ignore"):
        training.fit(
            network,
            X,
            y,
            "sgd",
            {"learning_rate": learning_rate},
            epochs=epochs,
            batch_size=50,
            rng=rng,
        )
        return network.accuracy(X_val, y_val)


TABLE = Path(__file__).with_name("digits_table.npz")
RATES, STRENGTHS = np.geomspace(1e-5, 1e3, 129), np.geomspace(1e-8, 1e-4, 9)


def digits_table() -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Validation accuracies on the digits for many rates and strengths: a search that is paid for.

    Returns rates (R,) and strengths (S,), both evenly spaced in their logarithm, and accuracies
    (R, S). ``python -m cs231n_lib.search`` makes the table again (a minute), by ``measured``.
    """
    with np.load(TABLE, allow_pickle=False) as stored:
        return stored["rates"], stored["strengths"], stored["accuracies"].astype(np.float64)


def measured(rows: Sequence[int], columns: Sequence[int]) -> np.ndarray:
    """These rows and columns of the table's accuracies, trained anew: 5 epochs from a seed each.

    >>> (measured([0, 80], [4]) > 0.5).tolist()
    [[False], [True]]
    """
    digits = load_digits()
    return np.array(
        [
            [
                try_out(digits, float(RATES[i]), float(STRENGTHS[j]), seed=100 * i + j)
                for j in columns
            ]
            for i in rows
        ]
    )


def write_table(path: Path = TABLE) -> None:
    """Train for the whole table, and write its file."""
    accuracies = measured(range(len(RATES)), range(len(STRENGTHS))).astype(np.float32)
    np.savez_compressed(path, rates=RATES, strengths=STRENGTHS, accuracies=accuracies)
    print(f"{accuracies.size} runs: {path}")


if __name__ == "__main__":
    write_table()
