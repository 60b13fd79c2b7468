"""Update rules against PyTorch's, wherever the conventions can be mapped.

* SGD, AdaGrad, RMSProp, Adam: the same; ``alpha`` is ``decay_rate``. All add eps outside the root
  (Adam after the correction).
* SGD with momentum: PyTorch's buffer b_t = mu b_{t-1} + g_t is multiplied by the rate when it is
  used; our velocity is v_t = -rate · b_t. Equal while the rate is constant, see below.
* ``nesterov=True`` is the phi rewrite: -rate (g + mu b_t) = -mu v_{t-1} + (1 + mu) v_t.
* AdamW: the same, weight decay included. Rprop: the same until a sign changes, see the last test.
* ``adam_incomplete`` has no counterpart.
"""

import numpy as np
import pytest
from helpers.rules import PROBLEMS, RULES, Problem, follow

pytestmark = pytest.mark.torch

THEIRS = {
    "sgd": lambda o, c: (o.SGD, {}),
    "momentum": lambda o, c: (o.SGD, {"momentum": c["momentum"]}),
    "nesterov": lambda o, c: (o.SGD, {"momentum": c["momentum"], "nesterov": True}),
    "adagrad": lambda o, c: (o.Adagrad, {"eps": c["epsilon"]}),
    "rmsprop": lambda o, c: (o.RMSprop, {"alpha": c["decay_rate"], "eps": c["epsilon"]}),
    "adam": lambda o, c: (o.Adam, {"betas": (c["beta1"], c["beta2"]), "eps": c["epsilon"]}),
    "adamw": lambda o, c: (
        o.AdamW,
        {
            "betas": (c["beta1"], c["beta2"]),
            "eps": c["epsilon"],
            "weight_decay": c["weight_decay"],
        },
    ),
}


@pytest.fixture
def torch():
    return pytest.importorskip(
        "torch", reason="PyTorch is not installed: pip install torch==2.13.0"
    )


def follow_torch(torch, make, problem, lr, steps, change=None):
    """The points that a PyTorch optimiser visits; ``change`` = (step, new rate)."""
    w = torch.tensor(problem.start, dtype=torch.float64, requires_grad=True)
    kind, options = make
    optimizer = kind([w], lr=lr, **options)
    points = [w.detach().numpy().copy()]
    for t in range(1, steps + 1):
        if change and t == change[0]:
            optimizer.param_groups[0]["lr"] = change[1]
        w.grad = torch.tensor(np.array(problem.gradient(points[-1], t), dtype=float))
        optimizer.step()
        points.append(w.detach().numpy().copy())
    return np.array(points)


@pytest.mark.parametrize("problem", PROBLEMS)
@pytest.mark.parametrize("name", THEIRS)
def test_visits_the_same_points_as_pytorch(torch, name, problem):
    row, problem = RULES[name], PROBLEMS[problem]
    make = THEIRS[name](torch.optim, row.config)
    theirs = follow_torch(torch, make, problem, row.config["learning_rate"], 30)
    ours = follow(row.rule, problem, row.config, 30)
    np.testing.assert_allclose(ours, theirs, rtol=1e-9, atol=1e-12)


def test_momentum_differs_from_pytorch_once_the_rate_changes(torch):
    """A smaller rate slows PyTorch's ball at once; ours keeps the velocity that it has."""
    problem, rule = PROBLEMS["a gradient that never changes"], RULES["momentum"].rule
    make = (torch.optim.SGD, {"momentum": 0.5})
    theirs = follow_torch(torch, make, problem, 0.1, 2, change=(2, 0.0))
    w, config = np.array(problem.start), {"learning_rate": 0.1, "momentum": 0.5}
    w, config = rule(w, np.array(problem.gradient(w, 1)), config)
    np.testing.assert_allclose(w, theirs[1])
    moved, _ = rule(w, np.array(problem.gradient(w, 2)), {**config, "learning_rate": 0.0})
    np.testing.assert_array_equal(theirs[2], theirs[1])
    np.testing.assert_allclose(moved - w, 0.5 * (w - problem.start))


def test_rprop_steps_where_pytorch_waits_after_a_change_of_sign(torch):
    """The same steps, but PyTorch leaves a weight alone in the step in which its sign changes."""
    config = {"learning_rate": 0.1, "up": 1.5, "down": 0.5, "least": 0.01, "most": 0.3}
    limits = {"etas": (0.5, 1.5), "step_sizes": (0.01, 0.3)}
    row = RULES["rprop"]
    for gradients, equal in (([1, 2, 3, 4, 5], 5), ([1, 2, -1, -1, -1], 2)):
        problem = Problem([0.0], lambda w, t, gradients=gradients: [gradients[t - 1]])
        theirs = follow_torch(torch, (torch.optim.Rprop, limits), problem, 0.1, 5)
        ours = follow(row.rule, problem, config, 5)
        same = np.isclose(ours, theirs)[:, 0]
        assert same[: equal + 1].all()
        assert same.all() == (equal == 5)
        assert (theirs[3] == theirs[2]) == (equal == 2)
