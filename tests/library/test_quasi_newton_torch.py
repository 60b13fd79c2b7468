"""L-BFGS against PyTorch's, which searches for the strong Wolfe conditions by interpolation.

The first step differs (PyTorch's is no longer than its rate, its elements' sizes added up), and so
do the lengths: what can be compared is where they end, and at how many evaluations.
"""

import numpy as np
import pytest

from cs231n_lib import quasi_newton
from cs231n_lib.quasi_newton import Remembered
from cs231n_lib.second_order import hessian_vector
from cs231n_lib.surfaces import long_rosenbrock

pytestmark = pytest.mark.torch


@pytest.fixture
def torch():
    return pytest.importorskip(
        "torch", reason="PyTorch is not installed: pip install torch==2.13.0"
    )


def by_torch(torch, f, start):
    """Where PyTorch's L-BFGS ends, and its evaluations."""
    w = torch.tensor(start, dtype=torch.float64, requires_grad=True)
    optimizer = torch.optim.LBFGS(
        [w],
        max_iter=5000,
        max_eval=9999,
        history_size=10,
        tolerance_grad=1e-5,
        tolerance_change=0,
        line_search_fn="strong_wolfe",
    )
    evaluations = []

    def closure():
        loss, gradient = f(w.detach().numpy())
        w.grad = torch.tensor(gradient)
        evaluations.append(loss)
        return torch.tensor(loss)

    optimizer.step(closure)
    return w.detach().numpy(), len(evaluations)


def by_this_course(start):
    """Where `lbfgs` ends, and its evaluations."""
    f = Remembered(long_rosenbrock)
    x, _ = quasi_newton.lbfgs(f, start, steps=5000)
    return x, f.evaluations


def test_rosenbrock_s_classic_start(torch):
    start = np.array([-1.2, 1.0])
    theirs, their_evaluations = by_torch(torch, long_rosenbrock, start)
    ours, our_evaluations = by_this_course(start)
    np.testing.assert_allclose(theirs, 1, atol=1e-4)
    np.testing.assert_allclose(ours, 1, atol=1e-4)
    assert our_evaluations <= 1.5 * their_evaluations


@pytest.mark.parametrize("seed", range(3))
def test_rosenbrock_in_a_hundred_parameters(torch, seed):
    start = np.tile([-1.2, 1.0], 50) + 0.1 * np.random.default_rng(seed).normal(size=100)
    theirs, their_evaluations = by_torch(torch, long_rosenbrock, start)
    ours, our_evaluations = by_this_course(start)
    np.testing.assert_allclose(ours, theirs, atol=1e-4)
    assert our_evaluations <= 1.5 * their_evaluations


def test_products_are_those_of_double_backward(torch):
    rng = np.random.default_rng(0)
    x, v = rng.normal(size=10), rng.normal(size=10)

    def loss(w):
        return (100 * (w[1:] - w[:-1] ** 2) ** 2 + (1 - w[:-1]) ** 2).sum()

    w = torch.tensor(x)
    _, exact = torch.autograd.functional.hvp(loss, w, torch.tensor(v))
    got = hessian_vector(lambda p: long_rosenbrock(p)[1], x, v)
    np.testing.assert_allclose(got, exact.numpy(), rtol=1e-6, atol=1e-6)
