"""Networks with dropout: where masks are applied, where they come from, and when there are none."""

import numpy as np
import pytest

from cs231n_lib import dropout
from cs231n_lib.gradcheck import numerical_gradient
from cs231n_lib.network import Network
from cs231n_lib.training import fit


@pytest.fixture
def rng():
    return np.random.default_rng(3)


@pytest.fixture
def batch(rng):
    return rng.normal(size=(7, 6)), rng.integers(4, size=7)


def seeded(network):
    """The same masks in every pass, another one in each layer."""
    for seed, dropout_param in enumerate(network.dropout_params):
        dropout_param["seed"] = seed
    return network


@pytest.mark.parametrize("normalization", [None, "batchnorm"])
def test_gradients_of_a_network_with_dropout_are_numeric_gradients(normalization, batch, rng):
    network = Network(
        [6, 9, 8, 4], "tanh", reg=0.05, rng=rng, normalization=normalization, dropout=0.6
    )
    network.x += 0.1 * rng.normal(size=network.x.size)
    seeded(network)
    _, dx = network.loss_and_gradient(*batch)
    numeric = numerical_gradient(lambda _: network.forward(batch), network.x)
    np.testing.assert_allclose(dx, numeric, atol=1e-8)


def test_it_stands_after_each_hidden_activation_and_nowhere_else(batch):
    X, _ = batch
    network = seeded(Network([6, 9, 8, 4], "tanh", dropout=0.6))
    first, second = (
        dropout.dropout_forward(np.ones((7, width)), {"mode": "train", "p": 0.6, "seed": seed})[0]
        for seed, width in enumerate([9, 8])
    )
    p = network.params
    hidden = first * np.tanh(X @ p["W1"] + p["b1"])
    last = second * np.tanh(hidden @ p["W2"] + p["b2"])
    np.testing.assert_allclose(network.scores(X, mode="train"), last @ p["W3"] + p["b3"])
    np.testing.assert_allclose(network.activations(X, mode="train")[1], last)


def test_predictions_drop_nothing(batch):
    X, y = batch
    plain, dropping = Network([6, 9, 4]), Network([6, 9, 4], dropout=0.3)
    np.testing.assert_array_equal(plain.scores(X), dropping.scores(X))
    np.testing.assert_array_equal(plain.predict(X), dropping.predict(X))
    assert plain.accuracy(X, y) == dropping.accuracy(X, y)
    assert dropping.forward(batch) != plain.forward(batch)


def test_every_forward_pass_has_new_masks_and_layers_do_not_share_them(batch):
    network = Network([6, 8, 8, 4], dropout=0.5)
    assert len({network.forward(batch) for _ in range(5)}) == 5
    network = Network([6, 40, 40, 4], lambda_pair(), dropout=0.5)
    first, second = (hidden != 0 for hidden in network.activations(batch[0], mode="train"))
    assert (first != second).any()


def lambda_pair():
    """An activation whose outputs are never 0."""
    return (lambda x: (np.exp(x), np.exp(x))), (lambda dout, cache: dout * cache)


def test_looking_draws_no_numbers(batch):
    losses = []
    for look in (False, True):
        network = Network([6, 9, 4], dropout=0.5)
        if look:
            network.scores(batch[0], mode="train")
            network.accuracy(*batch)
        losses.append(network.forward(batch))
    assert losses[0] == losses[1]


def test_weights_and_batches_are_the_same_with_and_without_dropout():
    """So that two runs with one seed differ by the masks alone."""
    rngs = [np.random.default_rng(5) for _ in range(2)]
    plain = Network([6, 9, 4], rng=rngs[0])
    dropping = Network([6, 9, 4], rng=rngs[1], dropout=0.5)
    np.testing.assert_array_equal(plain.x, dropping.x)
    dropping.forward((np.ones((2, 6)), np.array([0, 1])))
    assert rngs[0].random() == rngs[1].random()


def test_keeping_everything_is_no_dropout(batch):
    plain = Network([6, 9, 4]).loss_and_gradient(*batch)
    kept = Network([6, 9, 4], dropout=1.0).loss_and_gradient(*batch)
    assert plain[0] == kept[0]
    np.testing.assert_array_equal(plain[1], kept[1])


def test_functions_of_one_s_own_are_used_and_told_mode_and_fraction(batch):
    seen = []

    def own_forward(x, dropout_param):
        seen.append((x.shape[1], dropout_param["mode"], dropout_param["p"]))
        return 2 * x, None

    def own_backward(dout, cache):
        return 2 * dout

    network = Network([6, 5, 3, 4], "tanh", dropout=(0.7, own_forward, own_backward))
    _, dx = network.loss_and_gradient(*batch)
    assert seen == [(5, "train", 0.7), (3, "train", 0.7)]
    numeric = numerical_gradient(lambda _: network.forward(batch), network.x)
    np.testing.assert_allclose(dx, numeric, atol=1e-8)
    seen.clear()
    network.predict(batch[0])
    assert seen == [(5, "test", 0.7), (3, "test", 0.7)]


@pytest.mark.parametrize("name", ["dropout_forward", "dropout_backward"])
def test_the_library_s_dropout_is_looked_up_late(name, batch, monkeypatch):
    def refuse(*args):
        raise ImportError(f"{name} is what you build")

    monkeypatch.setattr(dropout, name, refuse)
    own = (0.5, lambda x, dropout_param: (x, None), lambda dout, cache: dout)
    Network([6, 5, 4]).loss_and_gradient(*batch)
    Network([6, 5, 4], dropout=own).loss_and_gradient(*batch)
    with pytest.raises(ImportError, match=f"{name} is what you build"):
        Network([6, 5, 4], dropout=0.5).loss_and_gradient(*batch)


@pytest.mark.parametrize("keep", [0, -0.5, 1.5])
def test_a_fraction_that_is_none_is_refused(keep):
    said = rf"dropout, the fraction of units to keep, must be in \(0, 1\], got {keep}"
    with pytest.raises(ValueError, match=said):
        Network([6, 5, 4], dropout=keep)


def test_training_with_dropout_learns(batch):
    network = Network([6, 30, 4], dropout=0.5)
    losses = fit(network, *batch, "sgd", {"learning_rate": 0.5}, epochs=300, batch_size=7)
    assert losses[-20:].mean() < 0.3 * losses[0]
    assert network.accuracy(*batch) == 1
