"""The lecture's own code, read from the lecture and run as it stands.

The lecture's text is not part of the project. It is looked for where the environment variable
``LECTURE6`` points, or in ``../shared/lecture6.txt`` beside the checkout. Its code is Python 2 in
one word, ``xrange``; and where it says ``m,v = #...`` something must stand in front of the comment.
"""

import os
import re
from pathlib import Path

import numpy as np
import pytest

from cs231n_lib import optim
from cs231n_lib.data import Dataset, load_digits
from cs231n_lib.network import Network, init_two_layer_model, two_layer_net
from cs231n_lib.surfaces import valley
from cs231n_lib.training import ClassifierTrainer

LECTURE = Path(
    os.environ.get("LECTURE6", Path(__file__).parents[1] / ".." / "shared" / "lecture6.txt")
)
STEPS = 12
SURFACE = valley(20, 0.4)


@pytest.fixture(scope="module")
def blocks():
    if not LECTURE.is_file():
        pytest.skip(
            f"THE LECTURE'S CODE IS NOT TESTED: no {LECTURE}; set LECTURE6 to the text file"
        )
    return re.findall(r"^```\n(.*?)^```", LECTURE.read_text(encoding="utf-8"), re.S | re.M)


def one(blocks, *wanted, without=()):
    """The code that holds all the words ``wanted`` and none of ``without``; repeats count once."""
    stripped = {"\n".join(line.rstrip() for line in block.splitlines()) for block in blocks}
    found = [
        block
        for block in stripped
        if all(word in block for word in wanted) and not any(word in block for word in without)
    ]
    assert len(found) == 1, f"{len(found)} blocks hold {wanted} without {without}"
    return found[0]


def run(code, **names):
    """Run a snippet once per step with a fresh gradient ``dx``; the points that ``x`` visits."""
    names = {"np": np, "x": np.array([1.0, -2.0]), **names}
    points = [names["x"].copy()]
    for _ in range(STEPS):
        names["dx"] = SURFACE.gradient(names["x"])
        exec(code, names)
        points.append(names["x"].copy())
    return np.array(points)


def library(rule, **config):
    """The points that a rule of the library visits from the same start."""
    x, points = np.array([1.0, -2.0]), []
    points.append(x)
    for _ in range(STEPS):
        x, config = rule(x, SURFACE.gradient(x), config)
        points.append(x)
    return np.array(points)


def test_gradient_descent(blocks):
    code = one(blocks, "# Gradient descent update")
    expected = library(optim.sgd, learning_rate=0.03)
    np.testing.assert_allclose(run(code, learning_rate=0.03), expected, rtol=1e-12)


def test_momentum(blocks):
    code = one(blocks, "# Momentum update")
    got = run(code, learning_rate=0.03, mu=0.9, v=np.zeros(2))
    expected = library(optim.sgd_momentum, learning_rate=0.03, momentum=0.9)
    np.testing.assert_allclose(got, expected, rtol=1e-12)


def test_nesterov_rewrite(blocks):
    code = one(blocks, "# Nesterov momentum update rewrite")
    got = run(code, learning_rate=0.03, mu=0.9, v=np.zeros(2))
    expected = library(optim.nesterov_momentum, learning_rate=0.03, momentum=0.9)
    np.testing.assert_allclose(got, expected, rtol=1e-12)


def test_adagrad(blocks):
    code = one(blocks, "# Adagrad update")
    got = run(code, learning_rate=0.3, cache=np.zeros(2))
    np.testing.assert_allclose(got, library(optim.adagrad, learning_rate=0.3), rtol=1e-12)


def test_rmsprop(blocks):
    code = one(blocks, "# RMSProp")
    got = run(code, learning_rate=0.1, decay_rate=0.9, cache=np.zeros(2))
    expected = library(optim.rmsprop, learning_rate=0.1, decay_rate=0.9)
    np.testing.assert_allclose(got, expected, rtol=1e-12)


def test_adam_incomplete(blocks):
    code = one(blocks, "# Adam", without=["xrange"])
    got = run(code, learning_rate=0.1, beta1=0.9, beta2=0.999, m=np.zeros(2), v=np.zeros(2))
    expected = library(optim.adam_incomplete, learning_rate=0.1)
    np.testing.assert_allclose(got, expected, rtol=1e-12)


def test_adam(blocks):
    code = one(blocks, "# Adam", "xrange")
    for gap, filled in {
        "m,v = #": "m,v = np.zeros(2), np.zeros(2) #",
        "dx = #": "dx = evaluate_gradient(x) #",
    }.items():
        assert code.count(gap) == 1
        code = code.replace(gap, filled)
    points = [np.array([1.0, -2.0])]

    def evaluate_gradient(x):
        points.append(x.copy())
        return SURFACE.gradient(x)

    x = points.pop()
    names = {"np": np, "x": x, "xrange": range, "big_number": STEPS + 1, "learning_rate": 0.1}
    exec(code, {**names, "evaluate_gradient": evaluate_gradient, "beta1": 0.9, "beta2": 0.999})
    expected = library(optim.adam, learning_rate=0.1)
    np.testing.assert_allclose([*points, x], expected, rtol=1e-12)


class Enough(Exception):
    """Ends the lecture's ``while True``."""


class LimitedDataset(Dataset):
    """A data set that has only so many batches to give."""

    left = 200

    def sample_data_batch(self):
        if not self.left:
            raise Enough
        self.left -= 1
        return super().sample_data_batch()


@pytest.fixture
def training_names():
    digits = load_digits()
    network = Network([64, 30, 10])
    return {
        "network": network,
        "x": network.x,
        "dataset": LimitedDataset(digits.X_train, digits.y_train),
        "learning_rate": 0.5,
    }


def test_main_loop_trains_the_network(blocks, training_names):
    code, digits = one(blocks, "while True", without=["x_test"]), load_digits()
    network = training_names["network"]
    assert network.accuracy(digits.X_val, digits.y_val) < 0.3
    with pytest.raises(Enough):
        exec(code, training_names)
    assert training_names["loss"] < 0.3
    assert network.accuracy(digits.X_val, digits.y_val) > 0.93


def test_main_loop_with_a_running_average_of_the_parameters(blocks, training_names):
    code, x = one(blocks, "while True", "x_test"), training_names["x"]
    training_names["x_test"] = start = x.copy()
    training_names["dataset"].left = 10
    with pytest.raises(Enough):
        exec(code, training_names)
    average = training_names["x_test"]
    # Between where it started and where the network is, and still close to the start.
    assert 0 < np.linalg.norm(average - start) < 0.05 * np.linalg.norm(x - start)


def test_babysitting_call_prints_the_lecture_s_lines(blocks, capsys):
    block = one(blocks, "ClassifierTrainer()")
    call, log = re.split(r"\n(?=Finished epoch 1 )", block)
    rng = np.random.default_rng(11)
    names = {
        "init_two_layer_model": init_two_layer_model,
        "two_layer_net": two_layer_net,
        "ClassifierTrainer": ClassifierTrainer,
        "X_train": rng.normal(size=(200, 32 * 32 * 3)),
        "y_train": rng.integers(10, size=200),
        "X_val": rng.normal(size=(40, 32 * 32 * 3)),
        "y_val": rng.integers(10, size=40),
    }
    exec(call, names)

    def shape(text):
        """A text with every digit replaced by a nine: format, not numbers."""
        return [re.sub(r"\d", "9", line.rstrip()) for line in text.strip().splitlines()]

    printed = capsys.readouterr().out
    assert shape(printed) == shape(log)
    assert len(names["stats"].val_acc_history) == 10
    assert names["best_model"]["W1"].shape == (3072, 50)
    for line in printed.splitlines()[:10]:
        assert float(re.search(r"cost (\S+),", line).group(1)) == pytest.approx(
            np.log(10), abs=1e-3
        )
        assert line.endswith("lr 1.000000e-06")
