"""Update rules a second time: naive, scalar, each from its equation in unrolled form.

The library keeps running averages. An oracle keeps every gradient it ever saw and evaluates the
sum that the average stands for, with Python floats, one parameter at a time; so the two share
neither recursion nor state, and agree only if both are right.

An oracle is called as ``oracle(w0, gradient, steps, **hyperparameters)`` with ``gradient(w, t)``
for step t = 1, 2, ... and lists of floats, and returns the list of points, ``w0`` first.

Notation: g_i is the gradient at step i, lr the learning rate, Σ runs over i = 1..t.
"""

from math import sqrt


def _walk(w0, gradient, steps, step):
    """Points w_t = w_{t-1} + step([g_1, ..., g_t]) for each parameter on its own."""
    w = [float(x) for x in w0]
    seen = [[] for _ in w]
    points = [list(w)]
    for t in range(1, steps + 1):
        g = gradient(w, t)
        for k in range(len(w)):
            seen[k].append(float(g[k]))
        w = [w[k] + step(seen[k]) for k in range(len(w))]
        points.append(list(w))
    return points


def _weighted(values, decay):
    """Σ decay^(t-i) values_i."""
    t = len(values)
    return sum(decay ** (t - i) * value for i, value in enumerate(values, start=1))


def sgd(w0, gradient, steps, lr):
    """Robbins and Monro, 1951: w_t = w_{t-1} - lr g_t."""
    return _walk(w0, gradient, steps, lambda g: -lr * g[-1])


def momentum(w0, gradient, steps, lr, mu):
    """Polyak, 1964, eq. 9, unrolled: v_t = -lr Σ mu^(t-i) g_i."""
    return _walk(w0, gradient, steps, lambda g: -lr * _weighted(g, mu))


def nesterov(w0, gradient, steps, lr, mu):
    """Sutskever et al., 2013, eq. 3-4, in theta; returned is phi_t = theta_t + mu v_t.

    The gradient is asked for at theta + mu v, which is the phi of the step before.
    """
    theta, v = [float(x) for x in w0], [0.0] * len(w0)
    points = [list(theta)]
    for t in range(1, steps + 1):
        ahead = [a + mu * b for a, b in zip(theta, v, strict=True)]
        g = gradient(ahead, t)
        v = [mu * b - lr * float(c) for b, c in zip(v, g, strict=True)]
        theta = [a + b for a, b in zip(theta, v, strict=True)]
        points.append([a + mu * b for a, b in zip(theta, v, strict=True)])
    return points


def adagrad(w0, gradient, steps, lr, eps):
    """Duchi et al., 2011, diagonal form: the root of Σ g_i² divides the step."""
    return _walk(w0, gradient, steps, lambda g: -lr * g[-1] / (sqrt(sum(x * x for x in g)) + eps))


def rprop(w0, gradient, steps, lr, up, down, least, most):
    """Hinton, 2012, lecture 6.5: the length of each step, from all signs so far."""

    def step(g):
        length = lr
        for i, now in enumerate(g):
            before = g[i - 1] if i else 0.0
            if now * before > 0:
                length *= up
            elif now * before < 0:
                length *= down
            length = max(least, min(most, length))
        return -length if g[-1] > 0 else length if g[-1] < 0 else 0.0

    return _walk(w0, gradient, steps, step)


def rmsprop(w0, gradient, steps, lr, decay, eps):
    """Tieleman and Hinton, 2012, slide 29: MeanSquare_t = (1 - decay) Σ decay^(t-i) g_i²."""

    def step(g):
        mean_square = (1 - decay) * _weighted([x * x for x in g], decay)
        return -lr * g[-1] / (sqrt(mean_square) + eps)

    return _walk(w0, gradient, steps, step)


def adam_incomplete(w0, gradient, steps, lr, beta1, beta2, eps):
    """Kingma and Ba, 2014, section 3, eq. 1: moments as sums, not corrected."""

    def step(g):
        first = (1 - beta1) * _weighted(g, beta1)
        second = (1 - beta2) * _weighted([x * x for x in g], beta2)
        return -lr * first / (sqrt(second) + eps)

    return _walk(w0, gradient, steps, step)


def adam(w0, gradient, steps, lr, beta1, beta2, eps):
    """Kingma and Ba, 2014, algorithm 1: corrected moments are weighted MEANS of the gradients.

    (1 - beta) Σ beta^(t-i) g_i / (1 - beta^t) = Σ beta^(t-i) g_i / Σ beta^(t-i), so the correction
    is a division by the weights' sum. The paper's eps is added after it, outside the root.
    """

    def step(g):
        ones = [1.0] * len(g)
        first = _weighted(g, beta1) / _weighted(ones, beta1)
        second = _weighted([x * x for x in g], beta2) / _weighted(ones, beta2)
        return -lr * first / (sqrt(second) + eps)

    return _walk(w0, gradient, steps, step)


def adamw(w0, gradient, steps, lr, beta1, beta2, eps, decay):
    """Loshchilov and Hutter, 2019, algorithm 2, their schedule being lr, and alpha 1 inside it.

    Unrolled: a step made at time i has shrunk by (1 - lr decay) once a step ever since, and so has
    the start. The gradients are those of the path so far; nothing else is kept.
    """
    shrink, w = 1 - lr * decay, [float(x) for x in w0]
    seen, moved, points = [[] for _ in w], [[] for _ in w], [list(w)]
    for t in range(1, steps + 1):
        g = gradient(w, t)
        for k in range(len(w)):
            seen[k].append(float(g[k]))
            ones = [1.0] * t
            first = _weighted(seen[k], beta1) / _weighted(ones, beta1)
            second = _weighted([x * x for x in seen[k]], beta2) / _weighted(ones, beta2)
            moved[k].append(-lr * first / (sqrt(second) + eps))
        w = [shrink**t * float(w0[k]) + _weighted(moved[k], shrink) for k in range(len(w))]
        points.append(list(w))
    return points
