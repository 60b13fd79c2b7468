"""Batch and layer normalization against PyTorch's, with the conventions mapped.

* PyTorch's ``momentum`` weighs the NEW value: 1 - ours.
* PyTorch's running variance is N / (N - 1) times the batch's: divided out here, batch by batch,
  which works for equal batches from a start at zero.
* eps is inside the root in both; the variance that normalizes is biased in both.
"""

import numpy as np
import pytest

from cs231n_lib import normalization as norm

pytestmark = pytest.mark.torch


@pytest.fixture
def torch():
    return pytest.importorskip(
        "torch", reason="PyTorch is not installed: pip install torch==2.13.0"
    )


def draw(seed, n=6, d=4, spread=1.0):
    rng = np.random.default_rng(seed)
    x = spread * rng.normal(size=(n, d)) + rng.normal(size=d)
    return x, rng.normal(size=d), rng.normal(size=d), rng.normal(size=(n, d))


def leaves(torch, *arrays):
    return [torch.tensor(array, requires_grad=True) for array in arrays]


SPREADS = pytest.mark.parametrize(("spread", "eps"), [(1.0, 1e-5), (0.03, 1e-3)])


@SPREADS
@pytest.mark.parametrize("backward", [norm.batchnorm_backward, norm.batchnorm_backward_alt])
def test_batch_norm_in_training_is_pytorch_s_both_ways(torch, backward, spread, eps):
    x, gamma, beta, dout = draw(0, spread=spread)
    theirs = leaves(torch, x, gamma, beta)
    expected = torch.nn.functional.batch_norm(
        theirs[0], None, None, theirs[1], theirs[2], training=True, eps=eps
    )
    expected.backward(torch.tensor(dout))
    out, cache = norm.batchnorm_forward(x, gamma, beta, {"mode": "train", "eps": eps})
    np.testing.assert_allclose(out, expected.detach().numpy(), rtol=1e-9, atol=1e-12)
    for got, leaf in zip(backward(dout, cache), theirs, strict=True):
        np.testing.assert_allclose(got, leaf.grad.numpy(), rtol=1e-8, atol=1e-9)


def test_running_values_and_test_mode_are_pytorch_s(torch):
    n = 6
    layer = torch.nn.BatchNorm1d(4, eps=1e-3, momentum=0.3, dtype=torch.float64)
    layer.running_var.zero_()  # PyTorch starts at 1, the course at 0
    bn_param = {"mode": "train", "eps": 1e-3, "momentum": 0.7}
    for seed in range(5):
        x, gamma, beta, _ = draw(seed, n)
        layer(torch.tensor(x))
        norm.batchnorm_forward(x, gamma, beta, bn_param)
    np.testing.assert_allclose(bn_param["running_mean"], layer.running_mean.numpy())
    unbiased = layer.running_var.numpy()
    np.testing.assert_allclose(bn_param["running_var"], unbiased * (n - 1) / n)
    layer.running_var *= (n - 1) / n
    layer.eval()
    bn_param["mode"] = "test"
    out, _ = norm.batchnorm_forward(x, np.ones(4), np.zeros(4), bn_param)
    np.testing.assert_allclose(out, layer(torch.tensor(x)).detach().numpy(), rtol=1e-9)


@SPREADS
def test_layer_norm_is_pytorch_s_both_ways(torch, spread, eps):
    x, gamma, beta, dout = draw(3, spread=spread)
    theirs = leaves(torch, x, gamma, beta)
    expected = torch.nn.functional.layer_norm(theirs[0], (4,), theirs[1], theirs[2], eps=eps)
    expected.backward(torch.tensor(dout))
    out, cache = norm.layernorm_forward(x, gamma, beta, {"eps": eps})
    np.testing.assert_allclose(out, expected.detach().numpy(), rtol=1e-9, atol=1e-12)
    for got, leaf in zip(norm.layernorm_backward(dout, cache), theirs, strict=True):
        np.testing.assert_allclose(got, leaf.grad.numpy(), rtol=1e-8, atol=1e-9)
