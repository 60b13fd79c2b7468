"""Right answers of notebook 00 that are nobody's library function: the loop, and the bug hunt."""
# mypy: disallow-untyped-defs=False

from __future__ import annotations

import numpy as np

from cs231n_lib import gradcheck

__all__ = ["find_wrong_gradients", "training_loop"]


def training_loop(dataset, network, rule, config, steps):
    """The lecture's main loop, `steps` times round; returns the loss of every batch, in order."""
    losses = []
    for _ in range(steps):
        data_batch = dataset.sample_data_batch()
        losses.append(network.forward(data_batch))
        dx = network.backward()
        network.x, config = rule(network.x, dx, config)
    return losses


def _first(forward):
    return lambda x: forward(x)[0]


def find_wrong_gradients(layers):
    """The names of the layers whose backward pass does not fit their forward pass.

    The points are moved a little, off every kink, and are float64 from then on; the upstream
    gradient is random, because one of ones sees sums only; NaN is not agreement.
    """
    rng = np.random.default_rng(0)
    wrong = []
    for name, (forward, backward, x) in layers.items():
        point = x + 0.1 * rng.standard_normal(x.shape)
        out, cache = forward(point.copy())
        upstream = rng.standard_normal(out.shape)
        claimed = backward(upstream.copy(), cache)
        measured = gradcheck.numerical_gradient(_first(forward), point, upstream)
        if not gradcheck.relative_error(claimed, measured) < 1e-4:
            wrong.append(name)
    return wrong
