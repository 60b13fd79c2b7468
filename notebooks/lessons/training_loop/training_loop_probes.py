"""Probes of notebook 00: what the steps of the loop are asked, and with which inputs.

Samples are random, so properties judge them; their complaints hold no numbers, because a mistake is
recognised by its complaint.
"""
# mypy: disallow-untyped-defs=False
# (A probe's source travels to where only numpy is known, so it carries no annotations.)

from __future__ import annotations

import numpy as np

from cs231n_lib.data import load_digits

# ------------------------------------------------------------------------------------ sample_batch


def one_batch(sample_batch, X, y, batch_size, seed):
    X_batch, y_batch = sample_batch(X, y, batch_size, np.random.default_rng(seed))
    return {"X_batch": X_batch, "y_batch": y_batch}


def many_batches(sample_batch, X, y, batch_size, seed, times):
    rng = np.random.default_rng(seed)
    return {"labels": np.array([sample_batch(X, y, batch_size, rng)[1] for _ in range(times)])}


def whose_randomness(sample_batch, X, y, batch_size, seed):
    def labels(generator):
        return np.asarray(sample_batch(X, y, batch_size, generator)[1])

    one, two = np.random.default_rng(seed), np.random.default_rng(seed)
    first, following = labels(one), labels(one)
    return {
        "is the beginning": bool(np.array_equal(first, y[:batch_size])),
        "the same seed again": bool(np.array_equal(first, labels(two))),
        "the next batch is the same": bool(np.array_equal(first, following)),
    }


def rows_beside_their_labels(inputs, values):
    X, y, size = inputs["X"], inputs["y"], inputs["batch_size"]
    X_batch, y_batch = np.asarray(values["X_batch"]), np.asarray(values["y_batch"])
    if X_batch.shape != (size, *X.shape[1:]):
        return "`X_batch` must be (batch_size, …), each row shaped like a row of `X`."
    if y_batch.shape != (size,):
        return "`y_batch` must hold one label for each row: its shape is (batch_size,)."
    same = (X_batch[:, None] == X[None]).reshape(size, len(X), -1).all(axis=2)
    if not same.any(axis=1).all():
        return "There is a row in the batch that is no row of `X`."
    if (y[same.argmax(axis=1)] != y_batch).any():
        if (np.sort(y[same.argmax(axis=1)]) == np.sort(y_batch)).all():
            return "The labels are those of these rows, but they stand in another order."
        return "Rows stand beside the labels of other rows."
    return ""


def no_row_twice(inputs, values):
    labels = values["labels"]
    if labels.shape != (inputs["times"], inputs["batch_size"]):
        return "Not every batch has `batch_size` labels."
    if (np.diff(np.sort(labels, axis=1), axis=1) == 0).any():
        return "A row comes twice in one batch."
    return ""


def every_row_comes(inputs, values):
    y, n = inputs["y"], len(inputs["y"])
    place = {label: row for row, label in enumerate(y.tolist())}
    together = np.zeros((n, n), dtype=int)
    for batch in values["labels"]:
        rows = [place[label] for label in batch.tolist()]
        together[np.ix_(rows, rows)] += 1
    counts = together.diagonal()
    if counts[-1] == 0 and (counts[:-1] > 0).all():
        return "The last row never comes."
    if (counts == 0).any():
        return "There are rows that never come."
    if (together == 0).any():
        return "There are pairs of rows that never come in one batch together."
    fair = len(values["labels"]) * inputs["batch_size"] / n
    if (np.abs(counts - fair) > 0.5 * fair).any():
        return "Some rows come far more often than others."
    return ""


def from_the_generator(inputs, values):
    if values["is the beginning"]:
        return "The batch is the beginning of the data."
    if values["the next batch is the same"]:
        return "The next batch from the same generator is the first one again."
    if not values["the same seed again"]:
        return "Two generators in the same state gave different batches."
    return ""


def labelled(rng, n, *shape):
    """Rows that are all different, and labels that are all different and in no order."""
    return {"X": rng.normal(size=(n, *shape)), "y": 100 + rng.permutation(n)}


def small_images(rng):
    """Enough of them: rows drawn twice are others, and drawn rows are not sorted by chance."""
    return {**labelled(rng, 16, 2, 3), "batch_size": 8, "seed": int(rng.integers(1e6))}


def all_of_it(rng):
    return {**labelled(rng, 7, 2), "batch_size": 7, "seed": int(rng.integers(1e6))}


def most_of_it(rng):
    return {**labelled(rng, 20, 2), "batch_size": 15, "seed": int(rng.integers(1e6)), "times": 8}


def a_few_often(rng):
    """300 batches of 4 from 12: a fair sampler leaves out a pair once in 1e10 times."""
    return {**labelled(rng, 12, 1), "batch_size": 4, "seed": int(rng.integers(1e6)), "times": 300}


def some_of_many(rng):
    return {**labelled(rng, 40, 2), "batch_size": 12, "seed": int(rng.integers(1e6))}


# ----------------------------------------------------------------------------------- training_loop


def around_toys(training_loop, start, batches, rate, steps, tell):
    calls = []

    class Batches:
        def sample_data_batch(self):
            calls.append("sample")
            return batches[(calls.count("sample") - 1) % len(batches)]

    class Bowl:
        def __init__(self):
            self.x, self.slope = start.copy(), None

        def forward(self, batch):
            calls.append("forward")
            self.slope = self.x - batch
            return 0.5 * float(np.sum(self.slope**2))

        def backward(self):
            if self.slope is None:
                raise RuntimeError("backward needs a forward pass before it")
            calls.append("backward")
            return self.slope.copy()

    def rule(x, dx, config):
        calls.append("update")
        t = config["t"] + 1
        return x - rate * (dx + 0.1 * x) / t, {**config, "t": t}

    bowl = Bowl()
    losses = training_loop(Batches(), bowl, rule, {"learning_rate": rate, "t": 0}, steps)
    if tell == "calls":
        return {"calls": calls}
    if tell == "x":
        return {"network.x": bowl.x}
    return {"losses": np.array(losses, dtype=float)}


def on_digits(training_loop, pixels, labels, steps, rate):
    X, Y = pixels / 16.0, np.eye(10)[labels]

    class Batches:
        rng = np.random.default_rng(0)

        def sample_data_batch(self):
            rows = self.rng.permutation(len(X))[:20]
            return X[rows], Y[rows]

    class Lines:
        x, slope = np.zeros(640), None

        def forward(self, batch):
            pixels, wanted = batch
            missed = pixels @ self.x.reshape(64, 10) - wanted
            self.slope = (pixels.T @ missed).ravel() / len(pixels)
            return 0.5 * float(np.mean(np.sum(missed**2, axis=1)))

        def backward(self):
            if self.slope is None:
                raise RuntimeError("backward needs a forward pass before it")
            return self.slope

    def rule(x, dx, config):
        return x - rate * dx, config

    losses = training_loop(Batches(), Lines(), rule, {"learning_rate": rate}, steps)
    return {"losses": np.array(losses, dtype=float)}


def four_steps_in_order(inputs, values):
    order = ["sample", "forward", "backward", "update"]
    calls, steps = list(values["calls"]), inputs["steps"]
    if calls == order * steps:
        return ""
    if calls[: 4 * steps] == order * (len(calls) // 4):
        return f"The order is right, but it is not gone through {steps} times."
    return f"Your loop begins with: {', '.join(calls[:6])}. The four steps have another order."


def gets_down(inputs, values):
    losses = values["losses"]
    if losses.shape != (inputs["steps"],):
        return "There must be one loss for each step."
    if not np.isfinite(losses).all() or losses[-10:].mean() > losses[0]:
        return "The loss is higher in the end than in the beginning."
    if losses[-10:].mean() > 0.4 * losses[0]:
        return "The loss falls too little: it should come below 0.2, from 0.5."
    return ""


def toys(tell):
    def inputs(rng):
        start, batches = rng.uniform(1, 2, 3), rng.uniform(-1, 1, (7, 3))
        rate = float(rng.uniform(0.2, 0.4))
        return {"start": start, "batches": batches, "rate": rate, "steps": 5, "tell": tell}

    return inputs


def some_digits(rng):
    """Real ones, as they are stored: 200 images of 64 pixels, 0 to 16."""
    digits = load_digits(raw=True)
    rows = rng.permutation(len(digits.y_train))[:200]
    pixels, labels = digits.X_train[rows].astype(np.uint8), digits.y_train[rows].astype(np.uint8)
    return {"pixels": pixels, "labels": labels, "steps": 400, "rate": 0.05}
