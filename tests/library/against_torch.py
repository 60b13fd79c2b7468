"""What training costs with the library and with PyTorch: ``python tests/library/against_torch.py``.

Processor time of one epoch of 5,000 examples in batches of 100, with one thread each. Each side has
a process of its own, since a library changes how the memory is kept that the other one uses. They
take turns, so that a busy moment hits all alike. Both do the same: the library's ``fit``, and the
loop of PyTorch's tutorials with its layers, loss and optimizers, on the same rows.
"""

from __future__ import annotations

import importlib.util
import multiprocessing
import os
import sys
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass
from importlib import metadata
from statistics import median

import numpy as np

BATCH = 100
LIBRARY, DOUBLE, SINGLE = "library float64", "torch float64", "torch float32"
SKIPPED = """
##########################################################################
##  SKIPPED: training with the library against PyTorch.                 ##
##  torch is not installed here. `make torch` installs it (a large      ##
##  download), and after that `make bench` prints this table as well.   ##
##########################################################################"""


@dataclass(frozen=True)
class Net:
    """One row of the table: a net, and the rule that trains it."""

    sizes: tuple[int, ...]
    activation: str = "relu"
    rule: str = "sgd"
    normalization: str | None = None
    keep: float | None = None

    def __str__(self) -> str:
        inputs, *hidden, classes = self.sizes
        widths = f"{len(hidden)}x{hidden[0]}" if len(hidden) > 1 else f"{hidden[0]}"
        extras = [self.normalization, self.keep and f"dropout {self.keep}"]
        words = [f"{inputs}-{widths}-{classes}", self.activation, self.rule, *filter(None, extras)]
        return " ".join(words)


WIDE, DEEP, SMALL = (3072, 50, 10), (3072, *[100] * 6, 10), (64, *[100] * 6, 10)
NETS = (
    Net(WIDE),
    Net(WIDE, rule="adam"),
    Net(DEEP, "tanh"),
    Net(DEEP),
    Net(SMALL, "tanh"),
    Net(SMALL),
    Net(SMALL, normalization="batchnorm"),
    Net(SMALL, keep=0.5),
)


def examples(net: Net, count: int) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(0)
    return rng.standard_normal((count, net.sizes[0])), rng.integers(net.sizes[-1], size=count)


def library_epoch(net: Net, count: int) -> Callable[[], object]:
    from cs231n_lib.network import Network
    from cs231n_lib.training import fit

    X, y = examples(net, count)
    parts = {"normalization": net.normalization, "dropout": net.keep}
    network, rng = Network(net.sizes, net.activation, **parts), np.random.default_rng(0)
    return lambda: fit(network, X, y, net.rule, epochs=1, batch_size=BATCH, rng=rng)


def torch_epoch(net: Net, count: int, dtype: str) -> Callable[[], object]:
    import torch
    from torch import nn

    torch.set_num_threads(1)
    torch.manual_seed(0)
    X, y = map(torch.from_numpy, examples(net, count))
    X = X.to(getattr(torch, dtype))
    modules: list[nn.Module] = []
    for fan_in, fan_out in zip(net.sizes[:-2], net.sizes[1:-1], strict=True):
        modules.append(nn.Linear(fan_in, fan_out))
        modules += [nn.BatchNorm1d(fan_out)] if net.normalization else []
        modules.append({"relu": nn.ReLU, "tanh": nn.Tanh}[net.activation]())
        modules += [nn.Dropout(1 - net.keep)] if net.keep else []
    model = nn.Sequential(*modules, nn.Linear(*net.sizes[-2:])).to(X.dtype)
    optimizer = {"sgd": torch.optim.SGD, "adam": torch.optim.Adam}[net.rule](model.parameters())
    loss_function, rng = nn.CrossEntropyLoss(), np.random.default_rng(0)

    def epoch() -> list[float]:
        losses = []
        for _ in range(count // BATCH):
            rows = torch.from_numpy(rng.choice(count, size=BATCH, replace=False))
            optimizer.zero_grad()
            loss = loss_function(model(X[rows]), y[rows])
            loss.backward()
            optimizer.step()
            losses.append(loss.item())
        return losses

    return epoch


_epochs: dict[Net, Callable[[], object]] = {}
"""In the process of one side: what is set up already."""


def milliseconds(net: Net, side: str, count: int) -> float:
    """Processor time of an epoch, in this process; never of a net's first one."""
    if net not in _epochs:
        one = library_epoch(net, count) if side == LIBRARY else torch_epoch(net, count, side[6:])
        _epochs[net] = one
        one()
    start = time.process_time()
    _epochs[net]()
    return 1e3 * (time.process_time() - start)


def measure(nets: Sequence[Net], count: int, rounds: int) -> dict[Net, dict[str, list[float]]]:
    """For each net and side, the milliseconds of each round."""
    os.environ.update({f"{name}_NUM_THREADS": "1" for name in ("OMP", "OPENBLAS", "MKL")})
    times = {net: {side: [] for side in (LIBRARY, DOUBLE, SINGLE)} for net in nets}
    with ExitStack() as stack:
        context = multiprocessing.get_context("spawn")
        workers = {
            side: stack.enter_context(ProcessPoolExecutor(1, mp_context=context))
            for side in (LIBRARY, DOUBLE, SINGLE)
        }
        for _ in range(rounds):
            for net, sides in times.items():
                for side, row in sides.items():
                    row.append(workers[side].submit(milliseconds, net, side, count).result())
    return times


def table(times: dict[Net, dict[str, list[float]]]) -> str:
    """A row for each net: what each side took, and the library's time over that of PyTorch.

    A ratio is the median of the rounds' ratios: the two times of a round lie side by side.
    """
    form = "{:33}" + "{:>18}" * 3 + "{:>12}" * 2
    lines = [form.format("", LIBRARY, DOUBLE, SINGLE, "to float64", "to float32")]
    for net, sides in times.items():
        cells = [f"{median(row):.0f} ({min(row):.0f}-{max(row):.0f})" for row in sides.values()]
        for side in (DOUBLE, SINGLE):
            pairs = zip(sides[LIBRARY], sides[side], strict=True)
            cells.append(f"{median(ours / theirs for ours, theirs in pairs):.2f}")
        lines.append(form.format(str(net), *cells))
    return "\n".join(lines)


def main(nets: Sequence[Net] = NETS, count: int = 5000, rounds: int = 11) -> int:
    if importlib.util.find_spec("torch") is None:
        print(SKIPPED)
        return 0
    print(
        f"\nTraining, one epoch of {count} examples in batches of {BATCH}: milliseconds of "
        f"processor time with one thread, median (least-most) of {rounds} rounds.\n"
        f"NumPy {np.__version__}, torch {metadata.version('torch')}"
    )
    print(table(measure(nets, count, rounds)))
    return 0


if __name__ == "__main__":
    sys.exit(main())
