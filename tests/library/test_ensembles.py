"""Averages of networks: against naive loops, SciPy, and what holds whatever the networks are."""

import copy
import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import special

from cs231n_lib import ensembles
from cs231n_lib.data import Dataset
from cs231n_lib.network import Network


class Table:
    """A model whose scores are known."""

    def __init__(self, scores):
        self.table = np.array(scores, dtype=float)

    def scores(self, X):
        return self.table


class Recorded:
    """A dataset and a network in one: a bowl that moves, and that writes down where x has been."""

    def __init__(self, start, centres):
        self.x, self.centres, self.seen = np.array(start, dtype=float), centres, []

    def sample_data_batch(self):
        return self.centres[len(self.seen) % len(self.centres)]

    def forward(self, centre):
        self.slope = self.x - centre
        self.seen.append(self.x.copy())
        return 0.5 * float(self.slope @ self.slope)

    def backward(self):
        return self.slope.copy()

    def visited(self):
        return [*self.seen, self.x.copy()]


def some_models(seed, k=4, n=7, classes=5, scale=3.0):
    rng = np.random.default_rng(seed)
    return [Table(scale * rng.normal(size=(n, classes))) for _ in range(k)]


def naive(models, n):
    """1/k Σ_j exp(s_jc) / Σ_b exp(s_jb) (slide "Model Ensembles"), one number at a time."""
    rows = []
    for i in range(n):
        row = [0.0] * models[0].table.shape[1]
        for model in models:
            powers = [math.exp(s) for s in model.table[i]]
            for c, power in enumerate(powers):
                row[c] += power / sum(powers) / len(models)
        rows.append(row)
    return rows


seeds = st.integers(0, 10**6)
sizes = st.integers(1, 6)


# ------------------------------------------------------------------------- average_probabilities


@given(seeds, sizes)
def test_is_the_average_what_a_naive_loop_gives(seed, k):
    models = some_models(seed, k)
    got = ensembles.average_probabilities(models, np.zeros((7, 2)))
    np.testing.assert_allclose(got, naive(models, 7), rtol=1e-12)


def test_is_one_model_s_average_its_softmax_also_for_scores_of_a_thousand():
    (model,) = some_models(0, k=1, scale=1000)
    got = ensembles.average_probabilities([model], np.zeros((7, 2)))
    np.testing.assert_allclose(got, special.softmax(model.table, axis=1), rtol=1e-12)


@given(seeds, sizes)
def test_is_the_loss_of_the_average_at_most_the_average_of_the_losses(seed, k):
    """Jensen's inequality, for any networks and any right classes."""
    models = some_models(seed, k)
    y = np.random.default_rng(seed).integers(5, size=7)

    def losses(p):
        return -np.log(p[np.arange(7), y])

    together = losses(ensembles.average_probabilities(models, None))
    alone = np.mean([losses(ensembles.average_probabilities([m], None)) for m in models], axis=0)
    assert (together <= alone + 1e-12).all()


@given(seeds, sizes)
def test_does_the_order_of_the_models_not_matter_and_do_rows_sum_to_one(seed, k):
    models = some_models(seed, k)
    one = ensembles.average_probabilities(models, None)
    other = ensembles.average_probabilities(models[::-1], None)
    np.testing.assert_allclose(one, other, rtol=1e-12)
    np.testing.assert_allclose(one.sum(axis=1), 1, rtol=1e-12)


def test_are_two_who_lean_outvoted_by_one_who_is_sure():
    leans, sure = [[0.2, 0.0]], [[0.0, 3.0]]
    mean = ensembles.average_probabilities([Table(leans), Table(leans), Table(sure)], None)
    assert mean.argmax() == 1


# ------------------------------------------------------------------------------- ensemble_ladder


@given(seeds, sizes)
def test_is_each_rung_an_ensemble_of_its_own(seed, k):
    models = some_models(seed, k, n=30)
    y = np.random.default_rng(seed + 1).integers(5, size=30)
    alone, together = ensembles.ensemble_ladder(models, np.zeros((30, 1)), y)
    assert alone.shape == together.shape == (k,)
    for j in range(k):
        own = [max(range(5), key=lambda c, row=row: row[c]) for row in models[j].table]
        joint = [row.index(max(row)) for row in naive(models[: j + 1], 30)]
        assert alone[j] == pytest.approx(sum(a == b for a, b in zip(own, y, strict=True)) / 30)
        assert together[j] == pytest.approx(sum(a == b for a, b in zip(joint, y, strict=True)) / 30)
    assert together[0] == alone[0]


# --------------------------------------------------------------------------- average_checkpoints


def trained_with_batchnorm(seed, hidden=(8, 6), **more):
    rng = np.random.default_rng(seed)
    network = Network([5, *hidden, 3], normalization="batchnorm", rng=rng, **more)
    X, y = rng.normal(1, 2, size=(40, 5)), rng.integers(3, size=40)
    checkpoints = []
    for t in range(60):
        rows = rng.permutation(40)[:10]
        network.forward((X[rows], y[rows]))
        network.x -= 0.5 * network.backward()
        if t % 20 == 19:
            checkpoints.append(network.x.copy())
    return network, X, y, checkpoints


@pytest.mark.parametrize("seed", range(4))
def test_does_the_average_say_at_test_time_what_it_says_while_it_normalizes_with_all_of_x(seed):
    """In "train" mode a pass uses its own batch's statistics: so an oracle is built in."""
    network, X, y, checkpoints = trained_with_batchnorm(seed)
    made = ensembles.average_checkpoints(checkpoints, network, X, y)
    np.testing.assert_allclose(made.scores(X), made.scores(X, mode="train"), rtol=1e-9)
    assert not np.allclose(network.scores(X), network.scores(X, mode="train"), rtol=1e-3)


def test_are_the_first_layer_s_statistics_those_of_its_inputs():
    network, X, y, checkpoints = trained_with_batchnorm(1)
    made = ensembles.average_checkpoints(checkpoints, network, X, y)
    mean = Network([5, 8, 6, 3], normalization="batchnorm")
    mean.x = sum(checkpoints) / 3
    np.testing.assert_allclose(made.x, mean.x, rtol=1e-12)
    z = X @ mean.params["W1"] + mean.params["b1"]
    np.testing.assert_allclose(made.bn_params[0]["running_mean"], z.mean(axis=0), rtol=1e-9)
    np.testing.assert_allclose(made.bn_params[0]["running_var"], z.var(axis=0), rtol=1e-9)


def test_does_the_given_network_stay_and_does_the_momentum_come_back():
    network, X, y, checkpoints = trained_with_batchnorm(2)
    network.bn_params[1]["momentum"] = 0.7
    before = copy.deepcopy((network.x, network.bn_params))
    kept = [vector.copy() for vector in checkpoints]
    made = ensembles.average_checkpoints(checkpoints, network, X, y)
    np.testing.assert_array_equal(network.x, before[0])
    for now, then in zip(network.bn_params, before[1], strict=True):
        assert now.keys() == then.keys()
        np.testing.assert_array_equal(now["running_mean"], then["running_mean"])
    np.testing.assert_array_equal(checkpoints, kept)
    assert [bn_param["momentum"] for bn_param in made.bn_params] == [0.9, 0.7]
    assert not np.shares_memory(made.x, network.x)


def test_can_a_network_without_batch_norm_be_averaged_too():
    network, X = Network([5, 4, 3]), np.ones((2, 5))
    vectors = [network.x - 0.25, network.x + 0.25, network.x + 0.3]
    made = ensembles.average_checkpoints(vectors, network, X, np.zeros(2, dtype=int))
    np.testing.assert_allclose(made.x - network.x, 0.1, rtol=1e-9)


# ------------------------------------------------------------------------------- running_average


@given(st.integers(0, 40), st.floats(0, 0.999))
def test_is_the_running_average_the_weighted_sum_of_all_places(steps, decay):
    """Unrolled: decay^T x_0 + (1 - decay) Σ decay^(T-t) x_t."""
    rng = np.random.default_rng(steps)
    bowl = Recorded(rng.normal(size=3), list(rng.normal(size=(5, 3))))
    got = ensembles.running_average(bowl, bowl, 0.3, steps, decay)
    first, *later = bowl.visited()
    expected = decay**steps * first
    for t, place in enumerate(later, start=1):
        expected = expected + (1 - decay) * decay ** (steps - t) * place
    np.testing.assert_allclose(got, expected, rtol=1e-9, atol=1e-12)


def test_does_the_network_walk_as_if_nobody_averaged():
    centres = list(np.random.default_rng(0).normal(size=(5, 2)))
    bowl = Recorded([3.0, -3.0], centres)
    ensembles.running_average(bowl, bowl, 0.25, 11)
    x = np.array([3.0, -3.0])
    for t in range(11):
        x = 0.75 * x + 0.25 * centres[t % 5]
    np.testing.assert_allclose(bowl.x, x, rtol=1e-12)


def test_do_two_calls_make_one_long_average():
    centres = list(np.random.default_rng(1).normal(size=(5, 2)))
    one, two = Recorded([3.0, -3.0], centres), Recorded([3.0, -3.0], centres)
    whole = ensembles.running_average(one, one, 0.3, 12, 0.8)
    half = ensembles.running_average(two, two, 0.3, 5, 0.8)
    kept = half.copy()
    both = ensembles.running_average(two, two, 0.3, 7, 0.8, x_test=half)
    np.testing.assert_allclose(both, whole, rtol=1e-12)
    np.testing.assert_array_equal(half, kept)


def test_is_the_average_of_no_steps_a_copy_of_x():
    network = Network([4, 3])
    data = Dataset(np.zeros((5, 4)), np.zeros(5, dtype=int), 2)
    x_test = ensembles.running_average(data, network, 0.1, 0)
    np.testing.assert_array_equal(x_test, network.x)
    assert not np.shares_memory(x_test, network.x)


def test_is_half_forgotten_after_138_steps_and_would_a_zero_start_weigh_60_per_cent_at_100():
    still = Recorded([1.0], [np.array([1.0])])
    moved = ensembles.running_average(still, still, 0.0, 138, x_test=np.zeros(1))
    assert moved[0] == pytest.approx(0.5, abs=1e-3)
    at_100 = ensembles.running_average(still, still, 0.0, 100, x_test=np.zeros(1))
    assert 1 - at_100[0] == pytest.approx(0.606, abs=5e-4)


# ------------------------------------------------------------------------------- what is refused


@pytest.mark.parametrize(
    ("call", "complaint"),
    [
        (lambda: ensembles.average_probabilities([], None), "models must hold at least one"),
        (
            lambda: ensembles.average_checkpoints([], Network([2, 2]), None, None),
            "checkpoints must hold at least one vector",
        ),
        (
            lambda: ensembles.running_average(None, Network([2, 2]), 0.1, -1),
            "steps must be at least 0, got -1",
        ),
        (
            lambda: ensembles.running_average(None, Network([2, 2]), 0.1, 1, decay=1.0),
            r"decay must be from 0 to below 1, got 1\.0",
        ),
    ],
)
def test_what_is_not_an_average_is_refused(call, complaint):
    with pytest.raises(ValueError, match=complaint):
        call()
