"""The book's page "Conventions": its code runs, and its tables say what the library does.

What it says about PyTorch, Keras, optax and Flax is tested in ``test_conventions_torch.py``.
"""

import inspect

import numpy as np
import pytest
from helpers.pages import BOOK, Page

from cs231n_lib import activations, network, optim, quasi_newton
from cs231n_lib.normalization import batchnorm_forward

PAGE = Page(BOOK / "conventions.md")


def test_every_block_of_code_runs():
    assert PAGE.names


def test_a_block_that_is_false_is_found_and_on_its_own_line(tmp_path):
    false = tmp_path / "false.md"
    false.write_text("# A page\n\n```python\nx = 1\n```\n\n```python\nassert x == 2\n```\n")
    with pytest.raises(AssertionError) as found:
        _ = Page(false).names
    assert found.traceback[-1].lineno == 7  # counted from 0


def test_every_topic_has_a_table_and_a_proof():
    for topic in PAGE.text.split("\n## ")[1:-1]:
        title = topic.split("\n", 1)[0]
        assert "\n| who |" in topic or title == "Standard deviation"
        assert "\n```python\n" in topic or title == "L-BFGS"


def default(function, name):
    return inspect.signature(function).parameters[name].default


def filled(rule):
    """The hyperparameters that a rule fills in, and its first state."""
    return rule(np.zeros(1), np.zeros(1))[1]


LIBRARY = [
    ("Activations", "leaky slope", default(activations.leaky_relu_forward, "alpha")),
    ("Activations", "ELU α", default(activations.elu_forward, "alpha")),
    ("Momentum", "default momentum", filled(optim.sgd_momentum)["momentum"]),
    ("AdaGrad", "eps", filled(optim.adagrad)["epsilon"]),
    ("AdaGrad", "sum starts at", filled(optim.adagrad)["cache"][0]),
    ("RMSProp", "decay", filled(optim.rmsprop)["decay_rate"]),
    ("RMSProp", "eps", filled(optim.rmsprop)["epsilon"]),
    ("Adam", "eps", filled(optim.adam)["epsilon"]),
    ("L-BFGS", "pairs kept", default(quasi_newton.lbfgs, "m")),
]


@pytest.mark.parametrize(("section", "column", "value"), LIBRARY)
def test_the_course_s_own_defaults_are_the_library_s(section, column, value):
    assert float(PAGE.cell(section, "this course", column)) == value


def test_batch_normalisation_s_defaults_are_the_library_s():
    x, ones, zeros = np.random.default_rng(0).normal(size=(5, 3)), np.ones(3), np.zeros(3)
    said = {
        name: float(PAGE.cell("Batch normalisation", "this course", name))
        for name in ("momentum", "eps")
    }
    silent, told = {"mode": "train"}, {"mode": "train", **said}
    outs = [batchnorm_forward(x, ones, zeros, param)[0] for param in (silent, told)]
    np.testing.assert_array_equal(*outs)
    np.testing.assert_array_equal(silent["running_var"], told["running_var"])
    np.testing.assert_allclose(silent["running_var"], (1 - said["momentum"]) * x.var(axis=0))
    assert PAGE.cell("Batch normalisation", "this course", "starts at") == "0, 0"


def test_biases_are_not_regularised():
    model = network.init_two_layer_model(4, 5, 10)
    for name in ("b1", "b2"):
        model[name] += 7.0
    x, y = np.zeros((2, 4)), np.array([0, 1])
    loss, more = (network.two_layer_net(x, model, y, reg)[0] for reg in (0.0, 1.0))
    weights = sum(np.sum(model[name] ** 2) for name in ("W1", "W2"))
    np.testing.assert_allclose(more - loss, 0.5 * weights, rtol=1e-6)
