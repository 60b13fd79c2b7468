"""What 09_ensembles asks of the answers: the probes, and the inputs that go with them.

The networks in here are small stand-ins with the same manners as the library's: `scores(X)`, a flat
vector `x`, `forward` and `backward`, and `bn_params` that a forward pass in mode "train" updates.
"""
# mypy: disallow-untyped-defs=False
# (A probe's source travels to where only numpy is known, so it carries no annotations.)

from __future__ import annotations

import numpy as np

# ------------------------------------------------------ models: tanh nets of two weight layers


def probabilities_of(average_probabilities, X, xs, hidden):
    class Net:
        def __init__(self, x):
            self.x = x

        def scores(self, X):
            cut = X.shape[1] * hidden
            W1, W2 = self.x[:cut].reshape(-1, hidden), self.x[cut:].reshape(hidden, -1)
            return np.tanh(X @ W1) @ W2

    return {"probabilities": average_probabilities([Net(x) for x in xs], X)}


def decisions_of(average_probabilities, X, tables):
    class Table:
        def __init__(self, rows):
            self.rows, self.x = rows, rows.ravel()

        def scores(self, X):
            return self.x.reshape(self.rows.shape)

    averaged = np.asarray(average_probabilities([Table(rows) for rows in tables], X))
    return {"class with the largest average": averaged.reshape(len(X), -1).argmax(axis=1)}


def ladder_of(ensemble_ladder, X, y, xs, hidden):
    class Net:
        def __init__(self, x):
            self.x = x

        def scores(self, X):
            cut = X.shape[1] * hidden
            W1, W2 = self.x[:cut].reshape(-1, hidden), self.x[cut:].reshape(hidden, -1)
            return np.tanh(X @ W1) @ W2

        def predict(self, X):
            return np.argmax(self.scores(X), axis=1)

        def accuracy(self, X, y):
            return float(np.mean(self.predict(X) == y))

    alone, together = ensemble_ladder([Net(x) for x in xs], X, y)
    return {"alone": np.array(alone, dtype=float), "together": np.array(together, dtype=float)}


def first_rung(ensemble_ladder, X, y, xs, hidden):
    class Net:
        def __init__(self, x):
            self.x = x

        def scores(self, X):
            cut = X.shape[1] * hidden
            W1, W2 = self.x[:cut].reshape(-1, hidden), self.x[cut:].reshape(hidden, -1)
            return np.tanh(X @ W1) @ W2

        def predict(self, X):
            return np.argmax(self.scores(X), axis=1)

        def accuracy(self, X, y):
            return float(np.mean(self.predict(X) == y))

    alone, together = ensemble_ladder([Net(x) for x in xs], X, y)
    first = np.array(together[:1], dtype=float)
    return {"first of together": first, "how many": [len(alone), len(together)]}


def some_nets(models=4, examples=6, scale=3.0):
    """Nets of 3 inputs, 4 hidden units and 5 classes; one of them is three times as sure."""

    def inputs(rng):
        xs = np.concatenate([rng.normal(size=(models, 12)), rng.normal(size=(models, 20))], axis=1)
        xs[:, 12:] *= scale
        xs[0, 12:] *= 3
        return {"X": rng.normal(size=(examples, 3)), "xs": xs, "hidden": 4}

    return inputs


def one_sure_two_lean(rng):
    """In each row two models lean to one class, a little, and one is sure of another."""
    tables = rng.uniform(-0.1, 0.1, (3, 8, 4))
    for row in range(8):
        leaning, other = rng.permutation(4)[:2]
        sure = rng.integers(3)
        tables[:, row, leaning] += 0.6
        tables[sure, row] = rng.uniform(-0.1, 0.1, 4)
        tables[sure, row, other] += rng.uniform(3, 4)
    return {"X": rng.normal(size=(8, 2)), "tables": tables}


def disturbed_teachers(models=6, examples=300):
    """Nets that resemble the one which labelled the data; some are far too sure of themselves."""

    def inputs(rng):
        X, teacher = rng.normal(size=(examples, 3)), rng.normal(size=32)
        y = (np.tanh(X @ teacher[:12].reshape(3, 4)) @ teacher[12:].reshape(4, 5)).argmax(axis=1)
        xs = teacher + 0.7 * rng.normal(size=(models, 32))
        xs[:, 12:] *= rng.permutation(np.geomspace(0.5, 8, models))[:, None]
        return {"X": X, "y": y, "xs": xs, "hidden": 4}

    return inputs


# ------------------------------------------------- checkpoints: a net with two normalized layers


def averaged_network(average_checkpoints, checkpoints, now, X, y, momentum, tell):
    class Net:
        def __init__(self):
            self.x = now.copy()
            given = [{} if share is None else {"momentum": share} for share in momentum]
            self.bn_params = [{"mode": "train", **more} for more in given]
            self.forward((X[:5], y[:5]))

        def walk(self, X, modes):
            W = self.x.reshape(2, 3, 3)
            for i in range(2):
                X, bn_param = np.tanh(X @ W[i]), self.bn_params[i]
                mean, var = X.mean(axis=0), ((X - X.mean(axis=0)) ** 2).mean(axis=0)
                if modes[i] == "test":
                    mean, var = bn_param["running_mean"], bn_param["running_var"]
                else:
                    old = bn_param.get("momentum", 0.9)
                    for name, new in (("running_mean", mean), ("running_var", var)):
                        before = bn_param.get(name, np.zeros(3))
                        bn_param[name] = old * before + (1 - old) * new
                X = (X - mean) / np.sqrt(var + 1e-5)
            return X

        def forward(self, batch):
            X, y = batch
            scores = self.walk(X, [bn_param["mode"] for bn_param in self.bn_params])
            return float(np.mean((scores - y[:, None]) ** 2))

        def scores(self, X):
            return self.walk(X, ["test", "test"])

    network = Net()
    made = average_checkpoints(checkpoints, network, X, y)
    if tell == "x":
        return {"x": made.x}
    if tell == "statistics":
        kinds = ("running_mean", "running_var")
        return {kind: [p[kind] for p in made.bn_params] for kind in kinds}
    if tell == "scores":
        return {"scores": made.scores(X[::2] + 0.5)}
    if tell == "momentum":
        return {"momentum": [float(p.get("momentum", 0.9)) for p in made.bn_params]}
    return {"network.x": network.x, "its running_mean": network.bn_params[0]["running_mean"]}


def averaged_plain_network(average_checkpoints, checkpoints, now, X, y):
    class Net:
        def __init__(self):
            self.x, self.bn_params = now.copy(), [{"mode": "train"}]

        def forward(self, batch):
            X, y = batch
            return float(np.sum(self.x**2) + np.mean(X.sum(axis=1) + y))

    return {"x": average_checkpoints(checkpoints, Net(), X, y).x}


def some_checkpoints(tell, absent=0):
    """absent : how many of the two layers say nothing about their momentum."""

    def inputs(rng):
        momentum: list = [float(share) for share in rng.uniform(0.6, 0.8, 2)]
        momentum[2 - absent :] = [None] * absent
        checkpoints = [rng.normal(size=18) for _ in range(4)]
        now = rng.normal(size=18)
        X, y = rng.normal(1, 2, size=(20, 3)), rng.integers(0, 3, 20)
        asked = {"momentum": momentum, "tell": tell}
        return {"checkpoints": checkpoints, "now": now, "X": X, "y": y, **asked}

    return inputs


def plain_checkpoints(rng):
    inputs = some_checkpoints("x")(rng)
    return {name: inputs[name] for name in ("checkpoints", "now", "X", "y")}


# ------------------------------------------------------------------- the average along a run


def average_along(running_average, start, batches, rate, steps, decay, tell):
    class Batches:
        drawn = 0

        def sample_data_batch(self):
            self.drawn += 1
            return batches[(self.drawn - 1) % len(batches)]

    class Bowl:
        def __init__(self):
            self.x, self.slope = start.copy(), None

        def forward(self, batch):
            self.slope = self.x - batch
            return 0.5 * float(np.sum(self.slope**2))

        def backward(self):
            if self.slope is None:
                raise RuntimeError("backward needs a forward pass before it")
            return self.slope.copy()

    bowl = Bowl()
    how = {} if decay is None else {"decay": decay}
    x_test = running_average(Batches(), bowl, rate, steps, **how)
    if tell == "network":
        return {"network.x": bowl.x}
    if tell == "later":
        bowl.x += 1.0
    return {"x_test": x_test}


def average_in_two_calls(running_average, start, batches, rate, steps, decay):
    class Batches:
        drawn = 0

        def sample_data_batch(self):
            self.drawn += 1
            return batches[(self.drawn - 1) % len(batches)]

    class Bowl:
        def __init__(self):
            self.x, self.slope = start.copy(), None

        def forward(self, batch):
            self.slope = self.x - batch
            return 0.5 * float(np.sum(self.slope**2))

        def backward(self):
            if self.slope is None:
                raise RuntimeError("backward needs a forward pass before it")
            return self.slope.copy()

    bowl, dataset = Bowl(), Batches()
    halfway = running_average(dataset, bowl, rate, steps, decay=decay)
    x_test = running_average(dataset, bowl, rate, steps, decay=decay, x_test=np.array(halfway))
    return {"x_test": x_test}


def a_run(steps, decay=0.85, tell=None):
    """Batches that pull to places all around, from a start that lies apart from all of them."""

    def inputs(rng):
        batches = rng.uniform(-1, 1, (7, 3))
        start = rng.choice([-1.0, 1.0], 3) * rng.uniform(3, 4, 3)
        asked = {"rate": float(rng.uniform(0.2, 0.4)), "steps": steps, "decay": decay}
        return {"start": start, "batches": batches, **asked, **({"tell": tell} if tell else {})}

    return inputs
