"""What makes nets fast changes no number, and no result that somebody keeps."""

import copy
import pickle
import platform
import subprocess
import sys
import tracemalloc
import warnings

import numpy as np
import pytest

from cs231n_lib import activations, layers, training
from cs231n_lib.network import Network, init_two_layer_model, two_layer_net

EVERYTHING = {"normalization": "batchnorm", "dropout": 0.8, "reg": 0.1}
PLAIN = {  # the functions as they are read, handed in as one's own: they have no twins
    "activation": (activations.relu_forward, activations.relu_backward),
    "affine": (layers.affine_forward, layers.affine_backward),
}


def batch(size, seed=0, shape=(6,)):
    rng = np.random.default_rng(seed)
    return rng.normal(size=(size, *shape)), rng.integers(4, size=size)


def results(network, X, y):
    """All that a network returns for a batch."""
    loss, dx = network.loss_and_gradient(X, y)
    return [np.array(loss), dx, network.scores(X), *network.activations(X), network.predict(X)]


# ------------------------------------------------------------------------------- what is computed


@pytest.mark.parametrize("shape", [(6,), (1, 2, 3)])
@pytest.mark.parametrize("size", [1, 7])
@pytest.mark.parametrize("reg", [0.0, 0.3])
@pytest.mark.parametrize("sizes", [(6, 4), (6, 5, 4), (6, 50, 30, 20, 4)])
def test_a_net_with_twins_is_the_net_of_the_plain_functions(sizes, reg, size, shape):
    fast, plain = (Network(sizes, reg=reg, **parts) for parts in ({}, PLAIN))
    for ours, theirs in zip(
        results(fast, *batch(size, shape=shape)),
        results(plain, *batch(size, shape=shape)),
        strict=True,
    ):
        np.testing.assert_array_equal(ours, theirs)


def test_the_relu_s_twin_selects_infinities_too():
    special = [0.0, -0.0, 1.0, -1.0, np.inf, -np.inf, np.nan]
    for gradients in (special[:4], special):
        dout, x = (grid.ravel() for grid in np.meshgrid(gradients, special))
        with warnings.catch_warnings(action="error"):
            dx = activations._relu_backward_in_nets(dout, x)
        np.testing.assert_array_equal(dx, activations.relu_backward(dout, x))
    assert not np.signbit(activations._relu_backward_in_nets(np.array([-2.0]), np.array([-1.0])))


def test_the_gradient_for_the_input_is_not_computed():
    X = np.ones((50, 20_000))
    network = Network([20_000, 2, 2, 3])
    network.forward((X, np.zeros(50, dtype=int)))
    tracemalloc.start()
    network.backward()
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert network.x.nbytes < peak < X.nbytes / 2


def test_without_regularisation_no_weight_is_squared():
    network = Network([6, 5, 4], init=1e200)
    loss, dx = network.loss_and_gradient(np.zeros((3, 6)), np.zeros(3, dtype=int))
    assert loss == pytest.approx(np.log(4))
    assert np.isfinite(dx).all()


# ----------------------------------------------------------------------------------- what is kept


@pytest.mark.parametrize("options", [{}, EVERYTHING])
def test_what_a_network_returned_stays_as_it_was(options):
    """Through other batches and sizes, steps in place, and a whole training."""
    network = Network([6, 5, 5, 4], **options)
    kept = results(network, *batch(7))
    before = copy.deepcopy(kept)
    for size, seed in [(7, 1), (3, 2), (20, 3), (7, 4)]:
        network.x -= 0.5 * network.loss_and_gradient(*batch(size, seed))[1]
    training.fit(network, *batch(50, 5), "adam", epochs=3, batch_size=7)
    for now, then in zip(kept, before, strict=True):
        np.testing.assert_array_equal(now, then)


def test_two_gradients_of_one_batch_are_equal_and_apart():
    network = Network([6, 5, 4])
    first, second = (network.loss_and_gradient(*batch(7))[1] for _ in range(2))
    np.testing.assert_array_equal(first, second)
    assert not np.shares_memory(first, second)
    network.forward(batch(7))
    again, once_more = network.backward(), network.backward()
    np.testing.assert_array_equal(again, once_more)
    assert not np.shares_memory(again, once_more)


def test_two_layer_net_s_gradients_are_the_caller_s():
    model = init_two_layer_model(6, 5, 4, scale=0.5)
    X, y = batch(7)
    _, first = two_layer_net(X, model, y, 0.1)
    before = first.copy()
    first_scores = two_layer_net(X, model)
    scores = first_scores.copy()
    _, second = two_layer_net(2 * X, model, y, 0.1)
    second.flat += 1
    np.testing.assert_array_equal(first.flat, before.flat)
    np.testing.assert_array_equal(first_scores, scores)


def test_networks_that_take_turns_do_not_meet():
    """One of them inside the loss of the other: a pass begins while another one is pending."""
    alone = [Network([6, 5, 4], reg=0.1).loss_and_gradient(*batch(7)) for _ in range(2)]
    inner = Network([6, 5, 4], reg=0.1)
    nested = []

    def loss(scores, y):
        nested.append(inner.loss_and_gradient(*batch(7)))
        return layers.softmax_loss(scores, y)

    outer = Network([6, 5, 4], reg=0.1, loss=loss)
    turns = [outer.loss_and_gradient(*batch(7)), *nested]
    for (loss_now, dx), (loss_then, expected) in zip(turns, alone, strict=True):
        assert loss_now == loss_then
        np.testing.assert_array_equal(dx, expected)


@pytest.mark.parametrize("duplicate", [copy.deepcopy, lambda n: pickle.loads(pickle.dumps(n))])
def test_a_copy_goes_its_own_way(duplicate):
    """Also in the middle: the original has gone forward and not yet backward."""
    network = Network([6, 5, 5, 4], **EVERYTHING)
    network.forward(batch(7))
    twin = duplicate(network)
    gradient = network.backward()
    np.testing.assert_array_equal(twin.backward(), gradient)
    x = network.x.copy()
    training.fit(twin, *batch(50, 5), epochs=2, batch_size=7)
    np.testing.assert_array_equal(network.x, x)
    np.testing.assert_array_equal(network.backward(), gradient)


def test_batches_that_a_student_s_layer_keeps_stay_as_they_were():
    X, y = batch(40)
    seen = []

    def affine_forward(x, w, b):
        seen.append((x, x.copy()))
        return layers.affine_forward(x, w, b)

    network = Network([6, 5, 4], affine=(affine_forward, layers.affine_backward))
    training.fit(network, X, y, epochs=2, batch_size=10)
    assert len(seen) == 16
    for now, then in seen:
        np.testing.assert_array_equal(now, then)


# ------------------------------------------------------------------------------ the system's pages

_PAGES = """
import resource
import numpy as np
from cs231n_lib.network import Network
from cs231n_lib.training import fit

def pages():
    return resource.getrusage(resource.RUSAGE_SELF).ru_minflt

X, y = np.ones((200, 3072)), np.zeros(200, dtype=int)
network = Network([3072, 50, 10])
for rule in ("sgd", "adam"):
    fit(network, X, y, rule, epochs=5)
    before = pages()
    fit(network, X, y, rule, epochs=10)  # of 2 steps
    print((pages() - before) / 20)
"""


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="other systems keep memory otherwise")
def test_the_memory_of_a_step_serves_the_next_one():
    """A batch, and a gradient, are 600 and 300 pages; a step asks the system for none."""
    command = [sys.executable, "-c", _PAGES]
    run = subprocess.run(command, capture_output=True, text=True, check=True)
    sgd, adam = map(float, run.stdout.split())
    assert sgd < 100
    assert adam < 100
