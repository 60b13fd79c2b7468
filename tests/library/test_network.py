"""Fully connected networks on one flat vector of parameters."""

import numpy as np
import pytest

from cs231n_lib import activations
from cs231n_lib.gradcheck import numerical_gradient, relative_error
from cs231n_lib.network import Network, Parameters, init_two_layer_model, two_layer_net

TANH = (activations.tanh_forward, activations.tanh_backward)


@pytest.fixture
def rng():
    return np.random.default_rng(3)


@pytest.fixture
def batch(rng):
    return rng.normal(size=(7, 6)), rng.integers(4, size=7)


def test_small_weights_make_all_classes_equally_likely(batch):
    X, y = batch
    loss, _ = two_layer_net(X, init_two_layer_model(6, 5, 10), y)
    assert loss == pytest.approx(np.log(10), abs=1e-4)


def test_the_default_model_is_the_same_each_time_and_another_rng_another(rng):
    first, second = init_two_layer_model(6, 5, 4), init_two_layer_model(6, 5, 4)
    np.testing.assert_array_equal(first.flat, second.flat)
    assert (init_two_layer_model(6, 5, 4, rng)["W1"] != first["W1"]).all()


def test_scale_is_the_standard_deviation_of_the_weights():
    model = init_two_layer_model(200, 100, 10, scale=0.5)
    assert model["W1"].std() == pytest.approx(0.5, rel=0.02)
    assert not model["b1"].any()


def test_two_layer_net_by_hand():
    model = {
        "W1": np.array([[1.0, -1.0]]),
        "b1": np.array([0.0, 1.0]),
        "W2": np.array([[2.0], [3.0]]),
        "b2": np.array([0.5]),
    }
    scores = two_layer_net(np.array([[4.0], [-4.0]]), model)
    np.testing.assert_array_equal(scores, [[8.5], [15.5]])  # 2·4 + .5 and 3·(4 + 1) + .5


@pytest.mark.parametrize("activation", ["relu", "leaky_relu", "elu", "tanh", "sigmoid", TANH])
def test_two_layer_gradients_are_numeric_gradients(activation, batch, rng):
    X, y = batch
    model = init_two_layer_model(6, 5, 4, rng, scale=0.5)
    _, grads = two_layer_net(X, model, y, reg=0.1, activation=activation)

    def loss(_):
        return two_layer_net(X, model, y, reg=0.1, activation=activation)[0]

    assert relative_error(grads.flat, numerical_gradient(loss, model.flat)) < 1e-5


def test_regularisation_is_half_the_sum_of_squares_of_the_weights_not_the_biases(batch, rng):
    X, y = batch
    model = init_two_layer_model(6, 5, 4, rng, scale=1.0)
    model["b1"] = 100.0 * np.ones(5)
    plain, with_reg = (two_layer_net(X, model, y, reg)[0] for reg in (0.0, 0.2))
    squares = sum(w**2 for name in ("W1", "W2") for w in model[name].ravel())
    assert with_reg - plain == pytest.approx(0.1 * squares)


def test_images_need_no_reshaping(batch, rng):
    X, _ = batch
    model = init_two_layer_model(6, 5, 4, rng, scale=1.0)
    np.testing.assert_array_equal(
        two_layer_net(X.reshape(7, 1, 2, 3), model), two_layer_net(X, model)
    )


def test_a_plain_dictionary_is_a_model_too(batch, rng):
    X, y = batch
    model = init_two_layer_model(6, 5, 4, rng, scale=1.0)
    plain = {name: array.copy() for name, array in model.items()}
    loss, grads = two_layer_net(X, plain, y)
    expected, _ = two_layer_net(X, model, y)
    assert loss == expected
    assert isinstance(grads, Parameters)


def test_deep_network_gradients_are_numeric_gradients(batch, rng):
    network = Network([6, 5, 5, 4], activation="tanh", reg=0.05, rng=rng)
    _, dx = network.loss_and_gradient(*batch)
    numeric = numerical_gradient(lambda _: network.forward(batch), network.x)
    assert relative_error(dx, numeric) < 1e-5


def test_network_and_two_layer_net_are_one_model(batch, rng):
    network = Network([6, 5, 4], reg=0.3, rng=rng)
    loss, grads = two_layer_net(*[batch[0], network.params, batch[1]], reg=0.3)
    assert network.forward(batch) == loss
    np.testing.assert_array_equal(network.backward(), grads.flat)


def test_the_flat_vector_is_the_network(batch):
    network = Network([6, 5, 4])
    x, before = network.x, network.forward(batch)
    x += -0.1 * network.backward()
    assert network.forward(batch) < before
    network.x = np.zeros_like(x)
    assert network.x is x
    assert network.forward(batch) == pytest.approx(np.log(4))


def test_each_gradient_is_a_new_vector(batch):
    network = Network([6, 5, 4])
    network.forward(batch)
    first = network.backward()
    network.x += 1
    network.forward(batch)
    assert network.backward() is not first


def test_backward_asks_for_a_forward_pass():
    with pytest.raises(RuntimeError, match=r"call forward\(batch\) first"):
        Network([2, 3]).backward()


def test_hidden_outputs_scores_and_predictions_belong_together(batch):
    X, _ = batch
    network = Network([6, 5, 3, 4])
    hidden = network.activations(X)
    assert [h.shape for h in hidden] == [(7, 5), (7, 3)]
    scores = hidden[-1] @ network.params["W3"] + network.params["b3"]
    np.testing.assert_allclose(network.scores(X), scores)
    assert network.accuracy(X, network.predict(X)) == 1.0
    wrong = (network.predict(X) + 1) % 4
    assert network.accuracy(X, wrong) == 0.0


@pytest.mark.parametrize(("init", "std"), [("he", 0.1), ("xavier", 0.1 / np.sqrt(2)), (0.03, 0.03)])
def test_initial_weights_have_the_standard_deviation_of_their_rule(init, std):
    network = Network([200, 400, 10], init=init)
    assert network.params["W1"].std() == pytest.approx(std, rel=0.02)


def test_an_initialiser_is_asked_for_each_layer(rng):
    asked = []

    def init(fan_in, fan_out, generator):
        asked.append((fan_in, fan_out, generator is rng))
        return np.full((fan_in, fan_out), 2.0)

    network = Network([3, 4, 5], init=init, rng=rng)
    assert asked == [(3, 4, True), (4, 5, True)]
    assert network.params["W2"].mean() == 2.0


def test_an_activation_is_looked_up_when_it_is_needed(batch, monkeypatch):
    network = Network([6, 5, 4], activation="relu")
    monkeypatch.setattr(activations, "relu_forward", lambda x: (np.zeros_like(x), x))
    assert not network.activations(batch[0])[0].any()


def test_a_pair_of_functions_works_where_the_library_withholds_its_own(batch, monkeypatch):
    pair = (activations.relu_forward, activations.relu_backward)
    expected = Network([6, 5, 4]).loss_and_gradient(*batch)
    for name in activations.__all__:
        monkeypatch.delattr(activations, name)
    loss, dx = Network([6, 5, 4], activation=pair).loss_and_gradient(*batch)
    assert loss == expected[0]
    np.testing.assert_array_equal(dx, expected[1])
    assert two_layer_net(batch[0], init_two_layer_model(6, 5, 4), activation=pair).shape == (7, 4)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"sizes": [3]}, "sizes must be at least two"),
        ({"sizes": [3, 0, 2]}, "sizes must be at least two positive numbers"),
        ({"sizes": [3, 2], "init": "lecun"}, "init must be 'he', 'xavier'.*got 'lecun'"),
        ({"sizes": [3, 2], "normalization": "bn"}, "normalization must be None, 'batch.*got 'bn'"),
    ],
)
def test_networks_that_cannot_be_built(options, message):
    with pytest.raises(ValueError, match=message):
        Network(**options)


@pytest.mark.parametrize("activation", ["swish", "maxout"])
def test_an_unknown_activation_is_named(activation, batch):
    with pytest.raises(ValueError, match=f"activation must be .* got '{activation}'"):
        Network([6, 4, 4], activation=activation).forward(batch)


def test_a_model_with_other_names_is_refused(batch):
    with pytest.raises(ValueError, match="model must hold W1, b1, W2 and b2, got W1, b1"):
        two_layer_net(batch[0], Network([6, 4]).params)
