"""The loops around an update rule: walk a function, fit a network, babysit a classifier.

All take the same steps: an update rule (a name, or a function with the contract of
``optim``) is given the flat parameters and their gradient, and its result becomes the parameters.

Rates that are too high are part of the course. A run that blows up goes on with inf and nan in its
records, as the slides show it, and NumPy's warnings about that are off inside these loops.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from cs231n_lib import data, optim
from cs231n_lib.network import Network, Parameters

__all__ = [
    "ClassifierTrainer",
    "TrainingStats",
    "clip_by_global_norm",
    "fit",
    "minimize",
    "train_with_schedule",
]

Config = Mapping[str, Any]


def _step(
    rule: optim.Rule, x: np.ndarray, dx: np.ndarray, config: Config | None
) -> tuple[np.ndarray, Config | None]:
    """One step of a rule, possibly a student's: its result is looked at before it is used."""
    result = rule(x, dx, config)
    name = getattr(rule, "__name__", "rule")
    if not (isinstance(result, tuple) and len(result) == 2):
        raise TypeError(f"{name} must return (next_w, config), got {type(result).__name__}")
    next_x, config = result
    if np.shape(next_x) != x.shape:
        raise ValueError(
            f"{name} must return parameters of shape {x.shape}, got {np.shape(next_x)}"
        )
    return next_x, config


def minimize(
    loss_and_gradient: Callable[[np.ndarray], tuple[Any, np.ndarray]],
    x0: Any,
    rule: str | optim.Rule,
    config: Config | None = None,
    *,
    steps: int = 100,
) -> np.ndarray:
    """Follow an update rule downhill from ``x0`` (D,); returns the path, (steps + 1, D).

    ``loss_and_gradient`` gives ``(loss, gradient)`` at a point. Row 0 of the path is ``x0``.

    >>> bowl = lambda x: (x @ x, 2 * x)
    >>> path = minimize(bowl, [1.0, 0.0], "sgd", {"learning_rate": 0.25}, steps=3)
    >>> path[:, 0]
    array([1.   , 0.5  , 0.25 , 0.125])
    """
    if steps < 0:
        raise ValueError(f"steps must be at least 0, got {steps}")
    rule = optim.get_rule(rule)
    path = np.empty((steps + 1, np.size(x0)))
    path[0] = x0
    with np.errstate(over="ignore", invalid="ignore"):
        for t in range(steps):
            x = path[t].copy()  # the rule may work in place
            path[t + 1], config = _step(rule, x, loss_and_gradient(x)[1], config)
    return path


def fit(
    network: Network,
    X: np.ndarray,
    y: np.ndarray,
    rule: str | optim.Rule = "sgd",
    config: Config | None = None,
    *,
    epochs: int = 10,
    batch_size: int | None = 100,
    rng: np.random.Generator | None = None,
) -> np.ndarray:
    """Train ``network`` in place; returns the loss of every mini-batch, in order.

    An epoch is N // batch_size random batches (at least one); ``batch_size`` None uses all the
    data in every step. ``rng`` None means ``default_rng(0)``.

    >>> X, y = data.spiral(rng=np.random.default_rng(0))
    >>> losses = fit(Network([2, 30, 3]), X, y, "sgd", {"learning_rate": 0.5}, epochs=100)
    >>> losses.shape, bool(losses[-1] < 0.5 * losses[0])
    ((300,), True)
    """
    rule = optim.get_rule(rule)
    rng = np.random.default_rng(0) if rng is None else rng
    size, per_epoch = _batches(len(X), batch_size)
    losses = np.zeros(epochs * per_epoch)
    with np.errstate(over="ignore", invalid="ignore"):
        for t in range(len(losses)):
            batch = (X, y) if size is None else data.sample_batch(X, y, size, rng)
            losses[t], dx = network.loss_and_gradient(*batch)
            network.x, config = _step(rule, network.x, dx, config)
    return losses


def train_with_schedule(
    dataset: data.Dataset,
    network: Network,
    rule: str | optim.Rule,
    config: Config | None,
    schedule: Callable[[int], float],
    steps: int,
) -> np.ndarray:
    """The lecture's main loop, with the rate of each step from a schedule; trains in place.

    ``dataset`` has ``sample_data_batch()``; ``network`` has ``forward(batch)``, ``backward()`` and
    ``x``. Before step ``t`` = 0, 1, ..., ``steps`` - 1 the rule's ``learning_rate`` becomes
    ``schedule(t)``; all else in its config stays, so rules keep their state. Returns the losses,
    (steps,).
    Slide "Learning rate decay over time!".

    >>> X, y = data.spiral(rng=np.random.default_rng(0))
    >>> halved = lambda t: 0.5 / (1 + t // 200)
    >>> losses = train_with_schedule(
    ...     data.Dataset(X, y), Network([2, 30, 3]), "sgd", None, halved, 400)
    >>> losses.shape, bool(losses[-1] < 0.5 * losses[0])
    ((400,), True)
    """
    if steps < 0:
        raise ValueError(f"steps must be at least 0, got {steps}")
    rule = optim.get_rule(rule)
    losses = np.zeros(steps)
    with np.errstate(over="ignore", invalid="ignore"):
        for t in range(steps):
            losses[t] = network.forward(dataset.sample_data_batch())
            dx = network.backward()
            config = {**(config or {}), "learning_rate": schedule(t)}
            network.x, config = _step(rule, network.x, dx, config)
    return losses


def clip_by_global_norm(dx: np.ndarray, limit: float) -> np.ndarray:
    """The gradient, scaled down to length ``limit`` if it is longer: ``dx min(1, limit / |dx|)``.

    ``dx`` is the gradient of ALL parameters, of any shape, as ``Network.backward`` returns it
    (flat): its direction stays. ``limit`` has the units of the gradient. A gradient with inf or nan
    in it stays as it is. Raises ``ValueError`` unless ``limit`` > 0.
    Not on the slides: Pascanu et al., 2013 (arXiv:1211.5063). PyTorch's ``clip_grad_norm_`` divides
    by ``|dx| + 1e-6``, so that what it clips is shorter than the limit by that share.

    >>> clip_by_global_norm(np.array([3.0, 4.0]), 1.0), clip_by_global_norm(np.array([0.3]), 1.0)
    (array([0.6, 0.8]), array([0.3]))
    """
    if not limit > 0:
        raise ValueError(f"limit must be above 0, got {limit}")
    length = np.linalg.norm(dx)
    if not np.isfinite(length) or length <= limit:
        return dx.copy()
    return dx * (limit / length)


def _batches(n: int, batch_size: int | None) -> tuple[int | None, int]:
    """The batch size (None: all the data) and how many batches make an epoch."""
    if batch_size is None:
        return None, 1
    if batch_size < 1:
        raise ValueError(f"batch_size must be at least 1, got {batch_size}")
    return min(batch_size, n), max(1, n // batch_size)


@dataclass
class TrainingStats:
    """What a training run leaves behind: losses per step, the other lists per epoch."""

    loss_history: list[float] = field(default_factory=list)
    train_acc_history: list[float] = field(default_factory=list)
    val_acc_history: list[float] = field(default_factory=list)
    learning_rate_history: list[float] = field(default_factory=list)
    best_val_acc: float = 0.0
    best_epoch: int = 0


class ClassifierTrainer:
    """The trainer of the lecture's babysitting slides.

    >>> from cs231n_lib.network import init_two_layer_model, two_layer_net
    >>> d = data.load_digits()
    >>> best_model, stats = ClassifierTrainer().train(
    ...     d.X_train, d.y_train, d.X_val, d.y_val, init_two_layer_model(64, 20, 10, scale=0.1),
    ...     two_layer_net, learning_rate=0.5, update="sgd", num_epochs=5)
    >>> len(stats.loss_history), stats.best_val_acc > 0.8
    (50, True)
    """

    def train(
        self,
        X: np.ndarray,
        y: np.ndarray,
        X_val: np.ndarray,
        y_val: np.ndarray,
        model: Mapping[str, np.ndarray],
        loss_function: Callable[..., Any],
        reg: float = 0.0,
        learning_rate: float = 1e-2,
        momentum: float = 0.9,
        learning_rate_decay: float = 1.0,
        update: str | optim.Rule = "sgd",
        sample_batches: bool = True,
        num_epochs: int = 30,
        batch_size: int = 100,
        verbose: bool = False,
        rng: np.random.Generator | None = None,
    ) -> tuple[Parameters, TrainingStats]:
        """Train ``model``; returns the parameters of the best epoch, and the run's records.

        ``loss_function(X, model)`` gives scores and ``loss_function(X, model, y, reg)`` gives
        ``(loss, grads)``, as ``two_layer_net`` does. ``model`` itself is not changed. ``update``
        is a rule's name or function, given ``learning_rate`` and ``momentum``. After each epoch
        the rate is multiplied by ``learning_rate_decay``. "Best" is by validation accuracy, the
        earlier epoch at a tie. Training accuracy is measured on at most 1000 examples, the same
        in every epoch. With ``verbose`` each epoch prints a line: ``cost`` is the loss of its last
        batch, ``lr`` the rate it used. ``rng`` None means ``default_rng(0)``.
        """
        rule = optim.get_rule(update)
        rng = np.random.default_rng(0) if rng is None else rng
        size, per_epoch = _batches(len(X), batch_size if sample_batches else None)
        seen = rng.choice(len(X), 1000, replace=False) if len(X) > 1000 else slice(None)
        current = Parameters.of(model)
        best, stats = current.copy(), TrainingStats()
        config: Config | None = {"momentum": momentum}

        for epoch in range(1, num_epochs + 1):
            config = {**(config or {}), "learning_rate": learning_rate}
            with np.errstate(over="ignore", invalid="ignore"):
                for _ in range(per_epoch):
                    batch = (X, y) if size is None else data.sample_batch(X, y, size, rng)
                    loss, grads = loss_function(batch[0], current, batch[1], reg)
                    dx = _aligned(grads, current)
                    current.flat, config = _step(rule, current.flat, dx, config)
                    stats.loss_history.append(float(loss))
                train_acc = _accuracy(loss_function, X[seen], y[seen], current)
                val_acc = _accuracy(loss_function, X_val, y_val, current)
            stats.train_acc_history.append(train_acc)
            stats.val_acc_history.append(val_acc)
            stats.learning_rate_history.append(learning_rate)
            if epoch == 1 or val_acc > stats.best_val_acc:
                best, stats.best_val_acc, stats.best_epoch = current.copy(), val_acc, epoch
            if verbose:
                print(
                    f"Finished epoch {epoch} / {num_epochs}: cost {loss:f}, "
                    f"train: {train_acc:f}, val {val_acc:f}, lr {learning_rate:e}"
                )
            learning_rate *= learning_rate_decay
        if verbose:
            print(f"finished optimization. best validation accuracy: {stats.best_val_acc:f}")
        return best, stats


def _aligned(grads: Mapping[str, Any], params: Parameters) -> np.ndarray:
    """Gradients as one vector in the order of ``params``, whatever mapping they came in."""
    if isinstance(grads, Parameters) and [*grads.shapes.items()] == [*params.shapes.items()]:
        return grads.flat
    if set(grads) != set(params):
        raise ValueError(
            f"loss_function must return gradients for {', '.join(params)}, got {', '.join(grads)}"
        )
    return Parameters.of({name: grads[name] for name in params}).flat


def _accuracy(
    loss_function: Callable[..., Any], X: np.ndarray, y: np.ndarray, model: Parameters
) -> float:
    return float(np.mean(np.argmax(loss_function(X, model), axis=1) == y))
