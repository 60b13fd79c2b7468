"""Networks made of parts of one's own: normalization, affine layers, loss, initialiser."""

import numpy as np
import pytest

from cs231n_lib import activations, initialization, layers, normalization
from cs231n_lib.gradcheck import numerical_gradient
from cs231n_lib.network import Network, Parameters


@pytest.fixture
def rng():
    return np.random.default_rng(3)


@pytest.fixture
def batch(rng):
    return rng.normal(size=(7, 6)), rng.integers(4, size=7)


def standardized(x, gamma, beta, bn_param):
    """A normalization with another formula and another cache: x over its root mean square."""
    size = np.sqrt((x**2).mean(axis=0) + 0.1)
    return gamma * x / size + beta, {"x": x, "size": size, "gamma": gamma}


def standardized_backward(dout, cache):
    x, size = cache["x"], cache["size"]
    d = dout * cache["gamma"]
    dx = d / size - x * (d * x).sum(axis=0) / (len(x) * size**3)
    return dx, (dout * x / size).sum(axis=0), dout.sum(axis=0)


@pytest.mark.parametrize(
    "normalization", ["batchnorm", "layernorm", (standardized, standardized_backward)]
)
def test_gradients_of_a_normalized_network_are_numeric_gradients(normalization, batch, rng):
    network = Network([6, 5, 5, 4], "tanh", reg=0.05, rng=rng, normalization=normalization)
    network.x += 0.1 * rng.normal(size=network.x.size)  # also gamma and beta
    _, dx = network.loss_and_gradient(*batch)
    numeric = numerical_gradient(lambda _: network.forward(batch), network.x)
    # A bias before batch norm has a gradient of exactly 0, so differences are absolute.
    np.testing.assert_allclose(dx, numeric, atol=1e-8)


def test_gamma_and_beta_are_in_the_vector_and_hidden_layers_alone_have_them():
    network = Network([6, 5, 3, 4], normalization="batchnorm")
    names = "W1 b1 gamma1 beta1 W2 b2 gamma2 beta2 W3 b3"
    assert list(network.params) == names.split()
    assert {name: a.mean() for name, a in network.params.items() if name[0] in "gb"} == {
        **{"b1": 0, "b2": 0, "b3": 0, "gamma1": 1, "gamma2": 1, "beta1": 0, "beta2": 0}
    }
    assert network.x.size == sum(array.size for array in network.params.values())


def test_gamma_and_beta_are_not_regularised(batch):
    losses = []
    for reg in (0.0, 0.5):
        network = Network([6, 5, 4], reg=reg, normalization="batchnorm")
        losses.append(network.forward(batch))
    squares = sum((network.params[name] ** 2).sum() for name in ("W1", "W2"))
    assert losses[1] - losses[0] == pytest.approx(0.25 * squares)


def test_the_same_seed_gives_the_same_weights_with_and_without_normalization():
    plain, normalized = Network([6, 5, 4]), Network([6, 5, 4], normalization="batchnorm")
    for name in plain.params:
        np.testing.assert_array_equal(plain.params[name], normalized.params[name])


def test_a_forward_pass_normalizes_and_a_prediction_uses_what_it_left_behind(batch):
    X, y = batch
    network = Network([6, 5, 4], "tanh", normalization="batchnorm")
    for _ in range(200):
        network.forward((X, y))
    (bn_param,) = network.bn_params
    before = X @ network.params["W1"]
    np.testing.assert_allclose(bn_param["running_mean"], before.mean(axis=0), rtol=1e-6)
    np.testing.assert_allclose(bn_param["running_var"], before.var(axis=0), rtol=1e-6)
    # One example has no variance of its own: its scores are the ones it gets in company.
    np.testing.assert_allclose(network.scores(X[:1]), network.scores(X)[:1])
    np.testing.assert_allclose(network.scores(X), network.scores(X, mode="train"), rtol=1e-6)


@pytest.mark.parametrize("mode", ["train", "test"])
def test_looking_changes_no_running_value(mode, batch):
    def greedy(x, gamma, beta, bn_param):
        bn_param.setdefault("calls", np.zeros(1))
        bn_param["calls"] += 1  # in place: a copy of the dict alone would share it
        return gamma * x + beta, None

    network = Network([6, 5, 4], normalization=(greedy, None))
    network.forward(batch)
    network.scores(batch[0], mode)
    network.activations(batch[0], mode)
    network.accuracy(*batch)
    assert network.bn_params == [{"mode": "train", "calls": 1}]


def test_layers_are_told_their_mode_and_have_a_dict_of_their_own(batch):
    seen = []

    def note(x, gamma, beta, bn_param):
        seen.append((x.shape[1], bn_param["mode"]))
        bn_param["width"] = x.shape[1]
        return x, None

    network = Network([6, 5, 3, 4], normalization=(note, None))
    network.forward(batch)
    network.predict(batch[0])
    assert seen == [(5, "train"), (3, "train"), (5, "test"), (3, "test")]
    assert [bn_param["width"] for bn_param in network.bn_params] == [5, 3]


def test_an_own_affine_layer_and_loss_are_used(batch):
    X, y = batch
    expected = Network([6, 5, 4], reg=0.2).loss_and_gradient(X, y)

    def affine_forward(x, w, b):
        return x @ w + b, {"x": x, "w": w}

    def affine_backward(dout, cache):
        return dout @ cache["w"].T, cache["x"].T @ dout, dout.sum(axis=0)

    def twice(scores, y):
        loss, dscores = layers.softmax_loss(scores, y)
        return 2 * loss, 2 * dscores

    network = Network([6, 5, 4], affine=(affine_forward, affine_backward), loss=twice)
    loss, dx = network.loss_and_gradient(X, y)
    without_reg = Network([6, 5, 4]).loss_and_gradient(X, y)
    assert loss == pytest.approx(2 * without_reg[0])
    np.testing.assert_allclose(dx, 2 * without_reg[1])
    assert expected[0] > without_reg[0]


def test_parts_of_one_s_own_work_where_the_library_withholds_all_of_its(batch, monkeypatch):
    own = {
        "activation": (activations.tanh_forward, activations.tanh_backward),
        "init": lambda fan_in, fan_out, rng: rng.standard_normal((fan_in, fan_out)),
        "normalization": (normalization.batchnorm_forward, normalization.batchnorm_backward_alt),
        "affine": (layers.affine_forward, layers.affine_backward),
        "loss": layers.softmax_loss,
    }
    expected = Network([6, 5, 4], **own).loss_and_gradient(*batch)
    for module in (activations, initialization, layers, normalization):
        for name in module.__all__:
            monkeypatch.delattr(module, name)
    loss, dx = Network([6, 5, 4], **own).loss_and_gradient(*batch)
    assert loss == expected[0]
    np.testing.assert_array_equal(dx, expected[1])


@pytest.mark.parametrize(
    ("module", "name", "options"),
    [
        (normalization, "batchnorm_forward", {"normalization": "batchnorm"}),
        (normalization, "batchnorm_backward_alt", {"normalization": "batchnorm"}),
        (normalization, "layernorm_backward", {"normalization": "layernorm"}),
        (layers, "affine_backward", {}),
        (activations, "relu_backward", {}),
        (layers, "softmax_loss", {}),
        (initialization, "he", {}),
        (initialization, "xavier", {"init": "xavier"}),
    ],
)
def test_the_library_s_parts_are_looked_up_late(module, name, options, batch, monkeypatch):
    """A withheld one is asked for by name, so that its module can say where it is built."""

    def refuse(*args):
        raise ImportError(f"{name} is what you build")

    monkeypatch.setattr(module, name, refuse)
    with pytest.raises(ImportError, match=f"{name} is what you build"):
        Network([6, 5, 4], **options).loss_and_gradient(*batch)


def test_a_model_with_half_of_its_gammas_is_refused(batch):
    network = Network([6, 5, 5, 4], normalization="batchnorm")
    network.params = Parameters.of(
        {name: array for name, array in network.params.items() if name != "gamma2"}
    )
    with pytest.raises(ValueError, match="parameters must be named W1, b1"):
        network.forward(batch)
