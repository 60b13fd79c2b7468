"""Schedules and clipping against PyTorch's.

* ``LinearLR`` takes factors of the rate, and the step at which the last one is reached: a line that
  is at ``lr0`` in step 0 and at 0 in step ``total``. A warm-up of w steps whose first one is not
  lost goes from 1/w to 1 in w - 1 steps.
* ``clip_grad_norm_`` takes a list of tensors, and divides by their joint length + 1e-6.
"""

import numpy as np
import pytest

from cs231n_lib import schedules
from cs231n_lib.training import clip_by_global_norm

pytestmark = pytest.mark.torch


@pytest.fixture
def torch():
    return pytest.importorskip(
        "torch", reason="PyTorch is not installed: pip install torch==2.13.0"
    )


def rates(torch, make, steps, lr0=0.3):
    """The rate that a PyTorch scheduler gives each step."""
    w = torch.zeros(1, dtype=torch.float64, requires_grad=True)
    optimizer = torch.optim.SGD([w], lr=lr0)
    scheduler, found = make(optimizer, torch.optim.lr_scheduler), []
    for _ in range(steps):
        found.append(optimizer.param_groups[0]["lr"])
        optimizer.step()
        scheduler.step()
    return found


def test_linear_to_zero_is_linear_lr(torch):
    theirs = rates(torch, lambda o, s: s.LinearLR(o, 1.0, 0.0, total_iters=40), 45)
    ours = [schedules.linear_to_zero(t, 0.3, 40) for t in range(45)]
    np.testing.assert_allclose(ours, theirs, rtol=1e-9, atol=1e-12)


@pytest.mark.parametrize(("warmup", "total", "decay"), [(5, 40, 10), (8, 20, 12), (1, 30, 29)])
def test_warmup_stable_decay_is_three_schedulers_in_a_row(torch, warmup, total, decay):
    def three(optimizer, kinds):
        parts = [
            kinds.LinearLR(optimizer, 1 / warmup, 1.0, total_iters=warmup - 1),
            kinds.ConstantLR(optimizer, 1.0),
            kinds.LinearLR(optimizer, 1.0, 0.0, total_iters=decay),
        ]
        return kinds.SequentialLR(optimizer, parts, milestones=[warmup, total - decay])

    def joined(optimizer, kinds):  # milestones must differ: without a stable part, two schedulers
        parts = [
            kinds.LinearLR(optimizer, 1 / warmup, 1.0, total_iters=warmup - 1),
            kinds.LinearLR(optimizer, 1.0, 0.0, total_iters=decay),
        ]
        return kinds.SequentialLR(optimizer, parts, milestones=[warmup])

    theirs = rates(torch, three if total > warmup + decay else joined, total + 5)
    ours = [schedules.warmup_stable_decay(t, 0.3, warmup, total, decay) for t in range(total + 5)]
    np.testing.assert_allclose(ours, theirs, rtol=1e-9, atol=1e-12)


def test_every_schedule_can_be_handed_to_lambda_lr(torch):
    """``LambdaLR`` multiplies the rate by a function of the step: ours, with ``lr0`` 1."""
    for schedule, settings in (
        (schedules.warmup_stable_decay, (5, 40, 10)),
        (schedules.linear_to_zero, (40,)),
        (schedules.warmup_cosine, (5, 40)),
    ):
        theirs = rates(torch, lambda o, s: s.LambdaLR(o, lambda t: schedule(t, 1.0, *settings)), 45)
        ours = [schedule(t, 0.3, *settings) for t in range(45)]
        np.testing.assert_allclose(ours, theirs, rtol=1e-12)


@pytest.mark.parametrize("limit", [0.1, 3.0, 100.0])
def test_clipping_is_pytorch_s_over_all_parameters_together(torch, limit):
    rng = np.random.default_rng(3)
    parts = [rng.normal(size=shape) for shape in ((4, 3), (3,), (3, 2), (2,))]
    leaves = [torch.zeros(part.shape, dtype=torch.float64, requires_grad=True) for part in parts]
    for leaf, part in zip(leaves, parts, strict=True):
        leaf.grad = torch.tensor(part)
    length = torch.nn.utils.clip_grad_norm_(leaves, limit).item()
    flat = np.concatenate([part.ravel() for part in parts])
    assert length == pytest.approx(np.linalg.norm(flat))
    theirs = np.concatenate([leaf.grad.numpy().ravel() for leaf in leaves])
    ours = clip_by_global_norm(flat, limit)
    share = length / (length + 1e-6) if length > limit else 1.0
    np.testing.assert_allclose(ours * share, theirs, rtol=1e-9)
