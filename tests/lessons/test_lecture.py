"""The lecture's own code, read from the lecture and run as it stands; and its questions.

Every block of code has the test that is named like it in ``CODE``, every "Q:" a cell of a notebook:
what is left out fails.

The lecture's text is not part of the project. It is looked for where the environment variable
``LECTURE6`` points, or in ``../shared/lecture6.txt`` beside the checkout. Its code is Python 2 in
one word, ``xrange``; and where it says ``m,v = #...`` something must stand in front of the comment.
"""

import re

import numpy as np
import pytest
from helpers import LESSONS, PROJECT
from helpers.pages import LECTURE

from cs231n_lib import initialization, optim
from cs231n_lib.data import Dataset, load_digits
from cs231n_lib.network import Network, init_two_layer_model, two_layer_net
from cs231n_lib.propagation import forward_statistics, slide_lines
from cs231n_lib.surfaces import valley
from cs231n_lib.training import ClassifierTrainer

QUESTIONS = PROJECT.book_module("slides").QUESTIONS
STEPS = 12
SURFACE = valley(20, 0.4)


@pytest.fixture(scope="module")
def blocks():
    if not LECTURE.is_file():
        pytest.skip(
            f"THE LECTURE'S CODE IS NOT TESTED: no {LECTURE}; set LECTURE6 to the text file"
        )
    return re.findall(r"^```\n(.*?)^```", LECTURE.read_text(encoding="utf-8"), re.S | re.M)


CODE = {
    # What must stand in the block that the test of this name runs; "-": what must not.
    "table_of_statistics": ("hidden layer 1 had mean",),
    "xavier_line": ("# layer initialization",),
    "babysitting_call": ("ClassifierTrainer()",),
    "main_loop": ("while True", "-x_test"),
    "gradient_descent": ("# Gradient descent update",),
    "momentum": ("# Momentum update",),
    "nesterov_rewrite": ("# Nesterov momentum update rewrite",),
    "adagrad": ("# Adagrad update",),
    "rmsprop": ("# RMSProp",),
    "adam_incomplete": ("# Adam", "-xrange"),
    "adam": ("# Adam", "xrange"),
    "running_average": ("while True", "x_test"),
}


def distinct(blocks):
    """The blocks of the lecture; those on several slides count once."""
    return {"\n".join(line.rstrip() for line in block.splitlines()) for block in blocks}


def one(blocks, name):
    """The block that has this name in ``CODE``."""
    words = CODE[name]
    found = [
        block
        for block in distinct(blocks)
        if all((word[1:] not in block) if word[0] == "-" else (word in block) for word in words)
    ]
    assert len(found) == 1, f"{len(found)} blocks hold {words}"
    return found[0]


@pytest.fixture
def code(blocks, request):
    """The block that the test is named after."""
    return one(blocks, request.function.__name__.removeprefix("test_"))


def test_no_block_of_code_is_left_out(blocks):
    assert {one(blocks, name) for name in CODE} == distinct(blocks)
    assert [name for name in CODE if f"test_{name}" not in globals()] == []


def test_no_question_is_left_out(blocks):
    text = LECTURE.read_text(encoding="utf-8")
    asked = {question.strip() for question in re.findall(r"^Q\d?: ([^?]*\?)", text, re.M)}
    assert asked == set(QUESTIONS)
    text = "".join(PROJECT.text(lesson).read_text(encoding="utf-8") for lesson in LESSONS)
    cells = set(re.findall(r'question="(\w+)"', text))
    for question, names in QUESTIONS.items():
        assert names, question
        assert set(names) <= cells, question


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


def test_gradient_descent(code):
    expected = library(optim.sgd, learning_rate=0.03)
    np.testing.assert_allclose(run(code, learning_rate=0.03), expected, rtol=1e-12)


def test_momentum(code):
    got = run(code, learning_rate=0.03, mu=0.9, v=np.zeros(2))
    expected = library(optim.sgd_momentum, learning_rate=0.03, momentum=0.9)
    np.testing.assert_allclose(got, expected, rtol=1e-12)


def test_nesterov_rewrite(code):
    got = run(code, learning_rate=0.03, mu=0.9, v=np.zeros(2))
    expected = library(optim.nesterov_momentum, learning_rate=0.03, momentum=0.9)
    np.testing.assert_allclose(got, expected, rtol=1e-12)


def test_adagrad(code):
    got = run(code, learning_rate=0.3, cache=np.zeros(2))
    np.testing.assert_allclose(got, library(optim.adagrad, learning_rate=0.3), rtol=1e-12)


def test_rmsprop(code):
    got = run(code, learning_rate=0.1, decay_rate=0.9, cache=np.zeros(2))
    expected = library(optim.rmsprop, learning_rate=0.1, decay_rate=0.9)
    np.testing.assert_allclose(got, expected, rtol=1e-12)


def test_adam_incomplete(code):
    got = run(code, learning_rate=0.1, beta1=0.9, beta2=0.999, m=np.zeros(2), v=np.zeros(2))
    expected = library(optim.adam_incomplete, learning_rate=0.1)
    np.testing.assert_allclose(got, expected, rtol=1e-12)


def test_adam(code):
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


def test_main_loop(code, training_names):
    digits, network = load_digits(), training_names["network"]
    assert network.accuracy(digits.X_val, digits.y_val) < 0.3
    with pytest.raises(Enough):
        exec(code, training_names)
    assert training_names["loss"] < 0.3
    assert network.accuracy(digits.X_val, digits.y_val) > 0.93


def test_running_average(code, training_names):
    x = training_names["x"]
    training_names["x_test"] = start = x.copy()
    training_names["dataset"].left = 10
    with pytest.raises(Enough):
        exec(code, training_names)
    average = training_names["x_test"]
    # Between where it started and where the network is, and still close to the start.
    assert 0 < np.linalg.norm(average - start) < 0.05 * np.linalg.norm(x - start)


def shape(text):
    """A text with every digit replaced by a nine: format, not numbers."""
    return [re.sub(r"\d", "9", line.rstrip()) for line in text.strip().splitlines()]


def stds(table):
    return np.array([float(line.split()[-1]) for line in table.splitlines()])


def ten_layers(make):
    """A table in the lecture's words, of 1000 random examples in ten layers of 500 units."""
    rng = np.random.default_rng(0)
    X = rng.standard_normal((1000, 500))
    weights = [make(500, 500, rng) for _ in range(10)]
    return slide_lines(X, forward_statistics(X, weights, np.tanh))


def test_table_of_statistics(code):
    table = ten_layers(initialization.xavier)
    assert shape(table.replace("-", "")) == shape(code.replace("-", ""))
    np.testing.assert_allclose(stds(table), stds(code), rtol=0.03)


def test_xavier_line(code, blocks):
    def make(fan_in, fan_out, rng):
        np.random.seed(int(rng.integers(1 << 31)))  # noqa: NPY002  (the lecture draws from it)
        names = {"np": np, "fan_in": fan_in, "fan_out": fan_out}
        exec(code, names)
        return names["W"]

    expected = stds(one(blocks, "table_of_statistics"))
    np.testing.assert_allclose(stds(ten_layers(make)), expected, rtol=0.03)


def test_babysitting_call(code, capsys):
    call, log = re.split(r"\n(?=Finished epoch 1 )", code)
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

    printed = capsys.readouterr().out
    assert shape(printed) == shape(log)
    assert len(names["stats"].val_acc_history) == 10
    assert names["best_model"]["W1"].shape == (3072, 50)
    for line in printed.splitlines()[:10]:
        assert float(re.search(r"cost (\S+),", line).group(1)) == pytest.approx(
            np.log(10), abs=1e-3
        )
        assert line.endswith("lr 1.000000e-06")
