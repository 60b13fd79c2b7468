"""Averages of weights against PyTorch's, Keras' and optax' (``make torch``)."""

import numpy as np
import pytest
from helpers.pages import BOOK, Page

from cs231n_lib import ensembles
from cs231n_lib.network import Network

pytestmark = pytest.mark.torch

PAGE = Page(BOOK / "conventions.md")
POINTS = np.random.default_rng(1).normal(size=(12, 3))
DECAY = 0.9


@pytest.fixture
def torch():
    return pytest.importorskip("torch", reason="PyTorch is not installed (make torch)")


def averaged_by_pytorch(torch, **how):
    """What an AveragedModel holds after it was shown the points, the first one before any step."""
    model = torch.nn.Linear(3, 1, bias=False, dtype=torch.float64)
    averaged = torch.optim.swa_utils.AveragedModel(model, **how)
    for point in POINTS:
        model.weight.data = torch.tensor(point[None])
        averaged.update_parameters(model)
    return averaged.module.weight.data.numpy()[0]


def average_along_points():
    """This course's running average of the same points, the first one before any step."""

    class Run:
        x, t = POINTS[0].copy(), 0

        def sample_data_batch(self):
            return None

        def forward(self, batch):
            self.t += 1
            return 0.0

        def backward(self):
            return self.x - POINTS[self.t]  # with the rate 1: on to the next point

    run = Run()
    return ensembles.running_average(run, run, 1.0, len(POINTS) - 1, DECAY)


def test_pytorch_s_average_is_the_page_s_and_ours_where_both_are_shown_the_start(torch):
    average = torch.optim.swa_utils.get_ema_multi_avg_fn(DECAY)
    theirs = averaged_by_pytorch(torch, multi_avg_fn=average)
    np.testing.assert_allclose(theirs, PAGE.names["average_from_first_update"](POINTS, DECAY))
    np.testing.assert_allclose(theirs, average_along_points())


def test_an_averaged_model_takes_the_mean_as_average_checkpoints_does(torch):
    checkpoints = np.random.default_rng(2).normal(size=(12, 8))
    network = Network([3, 2], rng=np.random.default_rng(0))
    X, y = np.zeros((2, 3)), np.zeros(2, dtype=int)
    ours = ensembles.average_checkpoints(list(checkpoints), network, X, y).x
    np.testing.assert_allclose(ours, checkpoints.mean(axis=0))
    np.testing.assert_allclose(averaged_by_pytorch(torch), POINTS.mean(axis=0))


def test_keras_starts_after_the_first_step_and_optax_at_zero(monkeypatch):
    jax = pytest.importorskip("jax", reason="JAX is not installed (make torch)")
    jax.config.update("jax_enable_x64", True)
    optax = pytest.importorskip("optax", reason="optax is not installed (make torch)")
    monkeypatch.setenv("KERAS_BACKEND", "jax")
    keras = pytest.importorskip("keras", reason="Keras is not installed (make torch)")
    held = keras.Variable(np.zeros(3), dtype="float64")
    optimizer = keras.optimizers.SGD(1.0, use_ema=True, ema_momentum=DECAY)
    optimizer.build([held])
    for point in POINTS:
        optimizer.apply([np.asarray(held.value) - point])
    (average,) = optimizer._model_variables_moving_average
    page = PAGE.names["average_from_first_update"](POINTS, DECAY)
    np.testing.assert_allclose(np.asarray(average.value), page, rtol=1e-6)

    ema = optax.ema(DECAY)
    state = ema.init(np.zeros(3))
    for point in POINTS:
        corrected, state = ema.update(point, state)
    zero_start = np.zeros(3)
    for point in POINTS:
        zero_start = DECAY * zero_start + (1 - DECAY) * point
    np.testing.assert_allclose(corrected, zero_start / (1 - DECAY ** len(POINTS)), rtol=1e-6)
    moved = optax.incremental_update(np.ones(1), np.zeros(1), 1 - DECAY)
    np.testing.assert_allclose(moved, [1 - DECAY], rtol=1e-6)
