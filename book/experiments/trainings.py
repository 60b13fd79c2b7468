"""What an answer does to training: small nets on the digits, with the answer in its place.

Each function is given the answers of an exercise by name (the right ones, or those of a mistake)
and returns a ``Run``. The nets take functions as arguments, so a mistake is simply handed to them.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import Any

import numpy as np

from autograder.book.drawing import Panel, Run, panel
from cs231n_lib import dropout as library_dropout
from cs231n_lib import layers, normalization, optim
from cs231n_lib.data import Dataset, Digits, load_digits
from cs231n_lib.network import Network
from cs231n_lib.optim import Rule
from cs231n_lib.propagation import forward_statistics
from cs231n_lib.training import fit, train_with_schedule

__all__ = [
    "activation",
    "affine",
    "batches",
    "dropout",
    "initialiser",
    "loop",
    "loss",
    "maxout",
    "normalised",
    "preprocessing",
    "test_mode",
]

Answers = Mapping[str, Any]
EPOCHS, BATCH = 8, 50
STEPS = 160
LOSS, VALIDATION = "loss at the end", "validation accuracy"
AFTERWARDS = "loss on all training images afterwards"


@lru_cache(maxsize=1)
def _loaded() -> tuple[Digits, Digits]:
    return load_digits(), load_digits(raw=True)


def digits(raw: bool = False) -> Digits:
    """The digits, a copy for each run: some mistakes write into their inputs."""
    return Digits(*(part.copy() for part in _loaded()[raw]))


def smooth(losses: Any) -> np.ndarray:
    """The mean of each loss and the nine before it."""
    values = np.asarray(losses, dtype=float).reshape(-1)
    if len(values) < 2:
        return values
    sums = np.convolve(values, np.ones(10))[: len(values)]
    return sums / np.minimum(np.arange(1, len(values) + 1), 10)


def trained(
    network: Any,
    rate: float,
    data: Digits | None = None,
    look: Callable[[Any], float] | None = None,
    seen: str = VALIDATION,
) -> Run:
    """SGD for some epochs; after each, a look at the network."""
    data = data or digits()
    rng, losses, looks = np.random.default_rng(0), [], []
    with np.errstate(all="ignore"):
        for _ in range(EPOCHS):
            X, y, config = data.X_train, data.y_train, {"learning_rate": rate}
            losses.append(fit(network, X, y, "sgd", config, epochs=1, batch_size=BATCH, rng=rng))
            looks.append(look(network) if look else network.accuracy(data.X_val, data.y_val))
    curve = np.concatenate(losses)
    numbers = {LOSS: float(np.mean(curve[-20:])), seen: looks[-1]}
    return Run([panel("loss", "step", smooth(curve)), panel(seen, "epoch", looks)], numbers)


# ------------------------------------------------------------------------------------- in the net


def activation(answers: Answers) -> Run:
    """A net with two hidden layers of 32 units that have this activation."""
    forward, backward = answers.values()
    name = next(iter(answers))
    if name in ("leaky_relu_forward", "elu_forward"):
        pair = (lambda x: forward(x, 0.3)), backward
    else:
        pair = forward, backward
    return trained(Network((64, 32, 32, 10), pair), 1.0 if name == "sigmoid_forward" else 0.3)


def affine(answers: Answers) -> Run:
    """A net with two hidden layers of 32 units, all with these affine maps, on images 8 x 8."""
    pair = answers["affine_forward"], answers["affine_backward"]
    data = digits()
    images = {key: getattr(data, key).reshape(-1, 8, 8) for key in ("X_train", "X_val")}
    return trained(Network((64, 32, 32, 10), affine=pair), 0.3, data._replace(**images))


def loss(answers: Answers) -> Run:
    """A net that is trained with this loss: from the usual weights, and from enormous ones."""
    answer = answers["softmax_loss"]
    usual = trained(Network((64, 32, 10), loss=answer), 0.3)
    enormous = trained(Network((64, 32, 10), loss=answer, init=8.0), 0.1)
    (curve, _), hard = usual.panels, enormous.panels[0]
    numbers = {**usual.numbers, "from enormous weights": enormous.numbers[LOSS]}
    return Run([curve, Panel("loss from enormous weights", "step", hard.lines)], numbers)


def normalised(answers: Answers) -> Run:
    """A net with two hidden layers of 32 normalised units; eps is 0.1 and momentum 0.8."""
    return trained(_normalised(answers, (64, 32, 32, 10)), 0.1)


def _normalised(answers: Answers, sizes: tuple[int, ...]) -> Network:
    forward, *rest = answers.values()
    backward = rest[0] if rest else normalization.batchnorm_backward
    network = Network(sizes, normalization=(forward, backward))
    for layer_param in network.bn_params:
        layer_param |= {"eps": 0.1, "momentum": 0.8}
    return network


def variance_step(answers: Answers) -> Run:
    """The same net; the gradient for the variance is the answer's, the rest of the way is right."""
    forward, gradient = answers.values()

    def kept_forward(x: np.ndarray, gamma: Any, beta: Any, param: Any) -> tuple[np.ndarray, Any]:
        _, right = normalization.batchnorm_forward(x, gamma, beta, {**param})
        out, cache = forward(x, gamma, beta, param)
        return out, (cache, right)

    def backward(dout: np.ndarray, caches: Any) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        cache, (x_hat, inv_std, gamma) = caches
        dvar = np.asarray(gradient(dout, cache))
        right = x_hat, inv_std, gamma
        off = (
            (dvar - normalization.variance_gradient(dout, right)) * 2 * x_hat / inv_std / len(dout)
        )
        dx, dgamma, dbeta = normalization.batchnorm_backward(dout, right)
        return dx + off - off.mean(axis=0), dgamma, dbeta

    return normalised({"forward": kept_forward, "backward": backward})


def test_mode(answers: Answers) -> Run:
    """A net with batch normalisation (eps 0.1), and images that come one at a time."""
    data = digits()
    few = [(data.X_val[i : i + 1], data.y_val[i]) for i in range(100)]

    def one_at_a_time(network: Network) -> float:
        return float(np.mean([network.predict(image)[0] == label for image, label in few]))

    return trained(
        _normalised(answers, (64, 32, 10)),
        0.1,
        data,
        one_at_a_time,
        "accuracy on images that come one by one",
    )


def dropout(answers: Answers) -> Run:
    """A net with two hidden layers of 60 units, six in ten of which are kept."""
    backward = answers.get("dropout_backward", library_dropout.dropout_backward)
    layer = (0.6, answers["dropout_forward"], backward)
    return trained(Network((64, 60, 60, 10), dropout=layer), 0.3)


class _MaxoutNet:
    """maxout - affine - softmax, with all parameters in one flat vector `x`."""

    def __init__(self, answers: Answers) -> None:
        rng = np.random.default_rng(0)
        self.forward, self.backward = answers["maxout_forward"], answers["maxout_backward"]
        self.shapes = [(64, 20), (20,), (64, 20), (20,), (20, 10), (10,)]
        self.x = np.concatenate([rng.normal(0, 0.1, np.prod(shape)) for shape in self.shapes])

    def _parts(self) -> list[np.ndarray]:
        ends = np.cumsum([np.prod(shape) for shape in self.shapes])[:-1]
        pieces = zip(np.split(self.x, ends), self.shapes, strict=True)
        return [piece.reshape(shape) for piece, shape in pieces]

    def loss_and_gradient(self, X: np.ndarray, y: np.ndarray) -> tuple[float, np.ndarray]:
        *pieces, w, b = self._parts()
        hidden, cache = self.forward(X, *pieces)
        scores, last = layers.affine_forward(hidden, w, b)
        loss, dscores = layers.softmax_loss(scores, y)
        dhidden, dw, db = layers.affine_backward(dscores, last)
        grads = [*self.backward(dhidden, cache)[1:], dw, db]
        for grad, shape in zip(grads, self.shapes, strict=True):
            if np.shape(grad) != shape:
                raise ValueError(f"a gradient has shape {np.shape(grad)}, its weights {shape}")
        return loss, np.concatenate([np.ravel(grad) for grad in grads])

    def accuracy(self, X: np.ndarray, y: np.ndarray) -> float:
        *pieces, w, b = self._parts()
        scores = self.forward(X, *pieces)[0] @ w + b
        return float(np.mean(scores.argmax(axis=1) == y))


def maxout(answers: Answers) -> Run:
    """A net with one hidden layer of 20 maxout units."""
    return trained(_MaxoutNet(answers), 0.3)


def initialiser(answers: Answers) -> Run:
    """The size of the signal in each of ten layers, and how a net of five such layers learns."""
    ((name, init),) = answers.items()
    activation = "relu" if name == "he" else "tanh"
    function = np.tanh if activation == "tanh" else lambda z: np.maximum(z, 0)
    rng = np.random.default_rng(0)
    weights = [init(200, 200, rng) for _ in range(10)]
    stats = forward_statistics(rng.normal(size=(300, 200)), weights, function)
    stds = [std for _, std in stats]
    signal = panel("standard deviation of the layer's output", "layer", stds, log=True)
    net = Network((64, 48, 40, 40, 40, 10), activation=activation, init=init)
    learnt = trained(net, 0.1)
    numbers = {"standard deviation in layer 10": stds[-1], **learnt.numbers}
    return Run([signal, learnt.panels[0]], numbers)


# --------------------------------------------------------------------------------- before the net


def preprocessing(answers: Answers) -> Run:
    """A net on data that the answer prepared; the validation images come sorted by digit."""
    (prepare,) = answers.values()
    data = digits(raw=True)
    more = (20,) if "pca_whiten" in answers else ()
    X, _ = prepare(data.X_train.copy(), data.X_val.copy(), *more)
    parts = []
    for label in range(10):
        chosen = data.y_val == label
        ready = prepare(data.X_train.copy(), data.X_val[chosen].copy(), *more)[1]
        parts.append((ready, data.y_val[chosen]))
    sorted_X, sorted_y = (np.concatenate(part) for part in zip(*parts, strict=True))
    data = data._replace(X_train=X, X_val=sorted_X, y_val=sorted_y)
    run = trained(Network((X.shape[1], 32, 10)), 0.05, data)
    column = np.std(X, axis=0)
    return Run(run.panels, {**run.numbers, "largest deviation of a column": float(column.max())})


def batches(answers: Answers) -> Run:
    """The lecture's loop on digits that are sorted by class, with batches that the answer draws."""
    data = digits()
    order = np.argsort(data.y_train, kind="stable")
    drawn = Dataset(data.X_train[order], data.y_train[order], BATCH, sample=answers["sample_batch"])
    return _through(drawn, train_with_schedule, "sgd", 0.3)


def loop(answers: Answers) -> Run:
    """The loop itself: `training_loop` with a rule that remembers, or the one with a schedule."""
    data = digits()
    ((name, answer),) = answers.items()
    if name == "train_with_schedule":
        return _through(Dataset(data.X_train, data.y_train, BATCH), answer, optim.sgd_momentum, 0.1)

    def run(dataset: Any, network: Any, rule: Any, config: Any, rate: Any, steps: int) -> Any:
        return answer(dataset, network, rule, {**config, "learning_rate": rate(0)}, steps)

    return _through(Dataset(data.X_train, data.y_train, BATCH), run, optim.sgd_momentum, 0.1)


def _through(dataset: Dataset, train: Callable[..., Any], rule: str | Rule, rate: float) -> Run:
    """Train a network in a given loop: the losses returned, and what the network is worth."""
    data, network = digits(), Network((64, 32, 10))
    whole = Dataset(data.X_train, data.y_train, 1000)
    with np.errstate(all="ignore"):
        losses = train(dataset, network, rule, {}, lambda t: rate * 0.5 ** (t // 40), STEPS)
        values = np.asarray(losses, dtype=float).reshape(-1)
        numbers = {
            AFTERWARDS: network.forward(whole.sample_data_batch()),
            VALIDATION: network.accuracy(data.X_val, data.y_val),
            "losses returned": float(len(values)),
        }
    return Run([panel("loss", "step", smooth(values))], numbers)
