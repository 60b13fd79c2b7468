"""Update rules: from a gradient to the next parameters.

Contract, the same for every rule:

    next_w, config = rule(w, dw, config=None)

* ``w`` parameters and ``dw`` the gradient of the loss there: float arrays of one shape, any shape.
* ``config`` a dictionary: the hyperparameters (defaults are filled in) and the state that the rule
  keeps between steps (absent before the first step, when it counts as zero). Pass back the one
  that was returned. Keys that a rule does not know are handed through.
* Nothing that is passed in is changed: not ``w``, not ``dw``, not ``config``.

Conventions, because textbooks differ. The learning rate multiplies the gradient before it enters
the velocity, so ``v`` is a step, not a gradient (PyTorch's SGD multiplies afterwards; the two agree
while the rate is constant). ``epsilon`` is added OUTSIDE the square root and defaults to the
slides' 1e-7. ``t`` counts the steps already done: 0 at the start, raised before it is used.

Slides: "Parameter Updates" to "Adam update" (lecture 6); ``adamw`` is younger. Inside the functions the names are the
slides': ``dw`` (the slides' dx), ``v``, ``m``, ``mu``, ``beta1``, ``eps``.
"""

import sys
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

__all__ = [
    "RULE_NAMES",
    "Rule",
    "adagrad",
    "adam",
    "adam_incomplete",
    "adamw",
    "anneal_momentum",
    "get_rule",
    "nesterov_lookahead",
    "nesterov_momentum",
    "rmsprop",
    "rprop",
    "sgd",
    "sgd_momentum",
]

Config = dict[str, Any]
Rule = Callable[..., tuple[np.ndarray, Config]]

# Short names, among them those of the lecture-era trainer, and the functions they stand for.
# Both sides are words: a function is looked up when it is asked for (see get_rule).
RULE_NAMES = {
    "sgd": "sgd",
    "momentum": "sgd_momentum",
    "sgd_momentum": "sgd_momentum",
    "nesterov": "nesterov_momentum",
    "nesterov_momentum": "nesterov_momentum",
    "adagrad": "adagrad",
    "rprop": "rprop",
    "rmsprop": "rmsprop",
    "adam_incomplete": "adam_incomplete",
    "adam": "adam",
    "adamw": "adamw",
}


def get_rule(rule: str | Rule) -> Rule:
    """The update rule of that name; a function is returned as it is.

    Raises ``ValueError`` for a name that is not in ``RULE_NAMES``.

    >>> get_rule("momentum").__name__
    'sgd_momentum'
    """
    if callable(rule):
        return rule
    if rule not in RULE_NAMES:
        known = ", ".join(RULE_NAMES)
        raise ValueError(f"rule must be a function or one of {known}; got {rule!r}")
    found: Rule = getattr(sys.modules[__name__], RULE_NAMES[rule])
    return found


def _filled(
    config: Mapping[str, Any] | None, w: np.ndarray, dw: np.ndarray, **defaults: Any
) -> Config:
    """A new config with the defaults that are missing; refuses a gradient of another shape."""
    if np.shape(w) != np.shape(dw):
        raise ValueError(f"dw must have the shape of w, {np.shape(w)}; got {np.shape(dw)}")
    return {**defaults, **(config or {})}


def sgd(
    w: np.ndarray, dw: np.ndarray, config: Mapping[str, Any] | None = None
) -> tuple[np.ndarray, Config]:
    """Gradient descent: ``w += -learning_rate * dw``.

    ``config``: ``learning_rate`` (1e-2).

    >>> sgd(np.array([1.0]), np.array([2.0]), {"learning_rate": 0.25})[0]
    array([0.5])
    """
    c = _filled(config, w, dw, learning_rate=1e-2)
    return w - c["learning_rate"] * dw, c


def sgd_momentum(
    w: np.ndarray, dw: np.ndarray, config: Mapping[str, Any] | None = None
) -> tuple[np.ndarray, Config]:
    """Momentum: ``v = mu*v - learning_rate*dw; w += v``, a ball that rolls with friction.

    ``config``: ``learning_rate`` (1e-2), ``momentum`` mu (0.9); state ``velocity`` v.
    Under a constant gradient the velocity tends to -learning_rate * dw / (1 - mu).
    Slide "Momentum update"; Polyak, 1964.

    >>> w, config = sgd_momentum(np.array([1.0]), np.array([2.0]), {"learning_rate": 0.25})
    >>> w, config["velocity"]
    (array([0.5]), array([-0.5]))
    """
    c = _filled(config, w, dw, learning_rate=1e-2, momentum=0.9, velocity=np.zeros_like(w))
    v = c["momentum"] * c["velocity"] - c["learning_rate"] * dw
    c["velocity"] = v
    return w + v, c


def nesterov_lookahead(
    theta: np.ndarray,
    v: np.ndarray,
    grad: Callable[[np.ndarray], np.ndarray],
    lr: float,
    mu: float,
) -> tuple[np.ndarray, np.ndarray]:
    """Nesterov momentum as it is derived: the gradient is taken where the velocity leads.

    v_t = mu v_{t-1} - lr ∇f(theta_{t-1} + mu v_{t-1});  theta_t = theta_{t-1} + v_t

    ``grad`` is a function of the parameters. Returns ``(theta_t, v_t)``.
    Slide "Nesterov Momentum update"; Nesterov, 1983; Sutskever et al., 2013, eq. 3 and 4.

    >>> nesterov_lookahead(np.array([1.0]), np.array([-1.0]), lambda x: 2 * x, lr=0.25, mu=0.5)
    (array([0.25]), array([-0.75]))
    """
    v_next = mu * v - lr * grad(theta + mu * v)
    return theta + v_next, v_next


def nesterov_momentum(
    w: np.ndarray, dw: np.ndarray, config: Mapping[str, Any] | None = None
) -> tuple[np.ndarray, Config]:
    """Nesterov momentum, rewritten so that the gradient is needed only at ``w`` itself.

    ``v_prev = v; v = mu*v - learning_rate*dw; w += -mu*v_prev + (1+mu)*v``

    Here ``w`` is phi = theta + mu v, the point that the velocity leads to, not theta.
    ``config``: ``learning_rate`` (1e-2), ``momentum`` mu (0.9); state ``velocity`` v.
    Slide "Nesterov momentum update rewrite"; Bengio et al., 2012, section 3.5.

    >>> w, config = nesterov_momentum(np.array([1.0]), np.array([2.0]), {"learning_rate": 0.25})
    >>> w.round(9), config["velocity"]
    (array([0.05]), array([-0.5]))
    """
    c = _filled(config, w, dw, learning_rate=1e-2, momentum=0.9, velocity=np.zeros_like(w))
    mu, v_prev = c["momentum"], c["velocity"]
    v = mu * v_prev - c["learning_rate"] * dw
    c["velocity"] = v
    return w - mu * v_prev + (1 + mu) * v, c


def adagrad(
    w: np.ndarray, dw: np.ndarray, config: Mapping[str, Any] | None = None
) -> tuple[np.ndarray, Config]:
    """AdaGrad: each element's step is divided by the root of its summed squared gradients.

    ``cache += dw**2; w += -learning_rate * dw / (sqrt(cache) + eps)``

    ``config``: ``learning_rate`` (1e-2), ``epsilon`` eps (1e-7); state ``cache``.
    Slide "AdaGrad update"; Duchi et al., 2011.

    >>> w, config = adagrad(np.array([1.0]), np.array([2.0]), {"learning_rate": 0.25})
    >>> w.round(6), config["cache"]
    (array([0.75]), array([4.]))
    """
    c = _filled(config, w, dw, learning_rate=1e-2, epsilon=1e-7, cache=np.zeros_like(w))
    cache = c["cache"] + dw**2
    c["cache"] = cache
    return w - c["learning_rate"] * dw / (np.sqrt(cache) + c["epsilon"]), c


def rprop(
    w: np.ndarray, dw: np.ndarray, config: Mapping[str, Any] | None = None
) -> tuple[np.ndarray, Config]:
    """Rprop: each element has a step length of its own, and takes the sign of the gradient only.

    ``steps *= up`` where the signs of this gradient and of the last one agree, ``steps *= down``
    where they differ; then ``steps`` is kept from ``least`` to ``most``, and ``w += -steps *
    sign(dw)``. Where one of the two gradients is 0, as before the first step, ``steps`` stays.

    ``config``: ``learning_rate`` (1e-2), the length of the first step; ``up`` (1.2), ``down``
    (0.5), ``least`` (1e-6), ``most`` (50); state ``steps`` and ``last_dw``. For full batches: the
    signs of mini-batches' gradients do not add up to the sign of their sum.
    Slide "rmsprop: A mini-batch version of rprop"; Hinton, 2012, lecture 6.5; Riedmiller and Braun,
    1993, take back a step after which the sign changes, and PyTorch's ``Rprop`` omits the next.

    >>> w, config = rprop(np.array([1.0]), np.array([2.0]), {"learning_rate": 0.25})
    >>> w, config = rprop(w, np.array([-0.001]), config)
    >>> w, config["steps"]
    (array([0.875]), array([0.125]))
    """
    c = _filled(
        config,
        w,
        dw,
        learning_rate=1e-2,
        up=1.2,
        down=0.5,
        least=1e-6,
        most=50.0,
        last_dw=np.zeros_like(w),
    )
    agree = np.sign(dw) * np.sign(c["last_dw"])
    factor = np.where(agree > 0, c["up"], np.where(agree < 0, c["down"], 1.0))
    old = c.get("steps", np.full_like(w, c["learning_rate"]))
    steps = np.clip(old * factor, c["least"], c["most"]).astype(old.dtype)
    c["steps"], c["last_dw"] = steps, np.array(dw)
    return w - steps * np.sign(dw), c


def rmsprop(
    w: np.ndarray, dw: np.ndarray, config: Mapping[str, Any] | None = None
) -> tuple[np.ndarray, Config]:
    """RMSProp: AdaGrad with a leaky average in place of the sum.

    ``cache = decay*cache + (1-decay)*dw**2; w += -learning_rate * dw / (sqrt(cache) + eps)``

    ``config``: ``learning_rate`` (1e-2), ``decay_rate`` (0.99; Hinton's slide has 0.9), ``epsilon``
    eps (1e-7); state ``cache``. Slide "RMSProp update"; Tieleman and Hinton, 2012.

    >>> w, config = rmsprop(np.array([1.0]), np.array([2.0]))
    >>> w.round(6), config["cache"].round(9)
    (array([0.9]), array([0.04]))
    """
    c = _filled(
        config, w, dw, learning_rate=1e-2, decay_rate=0.99, epsilon=1e-7, cache=np.zeros_like(w)
    )
    decay = c["decay_rate"]
    cache = decay * c["cache"] + (1 - decay) * dw**2
    c["cache"] = cache
    return w - c["learning_rate"] * dw / (np.sqrt(cache) + c["epsilon"]), c


def adam_incomplete(
    w: np.ndarray, dw: np.ndarray, config: Mapping[str, Any] | None = None
) -> tuple[np.ndarray, Config]:
    """Adam without bias correction: the slide's "incomplete, but close".

    ``m = beta1*m + (1-beta1)*dw; v = beta2*v + (1-beta2)*dw**2;
    w += -learning_rate * m / (sqrt(v) + eps)``

    ``config``: ``learning_rate`` (1e-3), ``beta1`` (0.9), ``beta2`` (0.999), ``epsilon`` eps
    (1e-7); state ``m``, ``v``. Slide "Adam update".

    >>> adam_incomplete(np.array([1.0]), np.array([2.0]))[0].round(6)  # 3.162 rates, not one
    array([0.996838])
    """
    c = _filled(
        config,
        w,
        dw,
        learning_rate=1e-3,
        beta1=0.9,
        beta2=0.999,
        epsilon=1e-7,
        m=np.zeros_like(w),
        v=np.zeros_like(w),
    )
    beta1, beta2 = c["beta1"], c["beta2"]
    m = beta1 * c["m"] + (1 - beta1) * dw
    v = beta2 * c["v"] + (1 - beta2) * dw**2
    c["m"], c["v"] = m, v
    return w - c["learning_rate"] * m / (np.sqrt(v) + c["epsilon"]), c


def adam(
    w: np.ndarray, dw: np.ndarray, config: Mapping[str, Any] | None = None
) -> tuple[np.ndarray, Config]:
    """Adam: averages of the gradient and of its square, both corrected for their zero start.

    ``t += 1; m = beta1*m + (1-beta1)*dw; v = beta2*v + (1-beta2)*dw**2;
    mb = m/(1-beta1**t); vb = v/(1-beta2**t); w += -learning_rate * mb / (sqrt(vb) + eps)``

    ``config``: ``learning_rate`` (1e-3), ``beta1`` (0.9), ``beta2`` (0.999), ``epsilon`` eps
    (1e-7; the paper and PyTorch have 1e-8); state ``m``, ``v`` (uncorrected) and ``t``, the steps
    already done. Slide "Adam update"; Kingma and Ba, 2014, algorithm 1.

    >>> w, config = adam(np.array([1.0]), np.array([2.0]))
    >>> w.round(6), config["t"]  # the first step is one learning rate, whatever the gradient
    (array([0.999]), 1)
    """
    c = _filled(
        config,
        w,
        dw,
        learning_rate=1e-3,
        beta1=0.9,
        beta2=0.999,
        epsilon=1e-7,
        m=np.zeros_like(w),
        v=np.zeros_like(w),
        t=0,
    )
    beta1, beta2, t = c["beta1"], c["beta2"], c["t"] + 1
    m = beta1 * c["m"] + (1 - beta1) * dw
    v = beta2 * c["v"] + (1 - beta2) * dw**2
    mb = m / (1 - beta1**t)
    vb = v / (1 - beta2**t)
    c["m"], c["v"], c["t"] = m, v, t
    return w - c["learning_rate"] * mb / (np.sqrt(vb) + c["epsilon"]), c


def adamw(
    w: np.ndarray, dw: np.ndarray, config: Mapping[str, Any] | None = None
) -> tuple[np.ndarray, Config]:
    """AdamW: Adam, and beside its step every element shrinks by the same small share.

    ``t += 1; m = beta1*m + (1-beta1)*dw; v = beta2*v + (1-beta2)*dw**2;
    mb = m/(1-beta1**t); vb = v/(1-beta2**t);
    w += -learning_rate * (mb / (sqrt(vb) + eps) + weight_decay * w)``

    ``dw`` is the gradient of the loss WITHOUT a penalty: the decay goes round ``m`` and ``v``.
    ``config``: as for ``adam``, and ``weight_decay`` (0.01, without unit; per step a share of
    learning_rate * weight_decay is taken off). PyTorch's AdamW has the same form; the paper's
    decay, Loshchilov and Hutter, 2019, algorithm 2, is not multiplied by the learning rate.

    >>> w, config = adamw(np.array([2.0]), np.array([0.0]), {"learning_rate": 0.1})
    >>> w.round(6)  # no gradient: 2 (1 - 0.1 * 0.01)
    array([1.998])
    """
    c = _filled(
        config,
        w,
        dw,
        learning_rate=1e-3,
        beta1=0.9,
        beta2=0.999,
        epsilon=1e-7,
        weight_decay=0.01,
        m=np.zeros_like(w),
        v=np.zeros_like(w),
        t=0,
    )
    beta1, beta2, t = c["beta1"], c["beta2"], c["t"] + 1
    m = beta1 * c["m"] + (1 - beta1) * dw
    v = beta2 * c["v"] + (1 - beta2) * dw**2
    mb = m / (1 - beta1**t)
    vb = v / (1 - beta2**t)
    c["m"], c["v"], c["t"] = m, v, t
    step = mb / (np.sqrt(vb) + c["epsilon"]) + c["weight_decay"] * w
    return w - c["learning_rate"] * step, c


def anneal_momentum(t: int, total: int, start: float = 0.5, end: float = 0.99) -> float:
    """Momentum that rises linearly over training, "e.g. from 0.5 -> 0.99".

    ``t`` counts steps from 0 (gives ``start``) to ``total`` - 1 (gives ``end``); later steps keep
    ``end``. A run of one step has no time to rise and gives ``start``.
    Slide "Momentum update". Raises ``ValueError`` for ``t`` < 0 or ``total`` < 1.

    >>> [round(anneal_momentum(t, 3), 3) for t in range(4)]
    [0.5, 0.745, 0.99, 0.99]
    """
    if total < 1:
        raise ValueError(f"total must be at least 1 step, got {total}")
    if t < 0:
        raise ValueError(f"t must be at least 0, got {t}")
    if total == 1:
        return start if t == 0 else end
    fraction = min(t / (total - 1), 1.0)
    return (1 - fraction) * start + fraction * end
