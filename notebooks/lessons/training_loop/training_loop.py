"""The four steps in their order: sample, forward, backward, update."""

from __future__ import annotations

import numpy as np

from autograder.exercise import Exercise, Mistake, Style, Test, edit
from cs231n_lib.data import load_digits

# --- probes ---------------------------------------------------------------------------------------


def around_toys(training_loop, start, batches, rate, steps, tell):
    calls, fed = [], []

    class Batches:
        def sample_data_batch(self):
            calls.append("sample")
            return batches[(calls.count("sample") - 1) % len(batches)]

    class Bowl:
        def __init__(self):
            self.x, self.slope = start.copy(), None

        def forward(self, batch):
            calls.append("forward")
            fed.append(np.array(batch))
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
        return {"calls": calls, "batches": np.array(fed)}
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

    lines = Lines()
    training_loop(Batches(), lines, rule, {"learning_rate": rate}, steps)
    return {"loss on all 200 digits": lines.forward((X, Y)), "network.x": lines.x}


# --- inputs ---------------------------------------------------------------------------------------


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


# --- a property -----------------------------------------------------------------------------------


def four_steps_in_order(inputs, values):
    order = ["sample", "forward", "backward", "update"]
    calls, steps = list(values["calls"]), inputs["steps"]
    if calls == order * steps:
        same = np.array_equal(values["batches"], inputs["batches"][:steps])
        return "" if same else "`forward` is not given the batch that was just sampled."
    if calls[: 4 * steps] == order * (len(calls) // 4):
        return f"The order is right, but it is not gone through {steps} times."
    return f"Your loop begins with: {', '.join(calls[:6])}. The four steps have another order."


# --- the reference: the library has no such function ----------------------------------------------


def right_loop(dataset, network, rule, config, steps):
    """The lecture's main loop, `steps` times round; returns the loss of every batch, in order."""
    losses = []
    for _ in range(steps):
        data_batch = dataset.sample_data_batch()
        losses.append(network.forward(data_batch))
        dx = network.backward()
        network.x, config = rule(network.x, dx, config)
    return losses


# --- other right answers --------------------------------------------------------------------------


def writes_into_x(dataset, network, rule, config, steps):
    history = np.zeros(steps)
    for t in range(steps):
        batch = dataset.sample_data_batch()
        history[t] = network.forward(batch)
        new_x, config = rule(network.x, network.backward(), config)
        network.x[:] = new_x
    return history


def loops_with_while(dataset, network, rule, config, steps):
    losses: tuple[float, ...] = ()
    while len(losses) < steps:
        loss = network.forward(dataset.sample_data_batch())
        dx = network.backward()
        result = rule(network.x, dx, config)
        network.x, config = result[0], result[1]
        losses += (loss,)
    return losses


def has_a_step_function(dataset, network, rule, config, steps):
    state = {"config": config}

    def step():
        loss = network.forward(dataset.sample_data_batch())
        network.x, state["config"] = rule(network.x, network.backward(), state["config"])
        return loss

    return [step() for _ in range(steps)]


# --- wrong answers --------------------------------------------------------------------------------

SAMPLE = "        data_batch = dataset.sample_data_batch()\n"
FORWARD = "        losses.append(network.forward(data_batch))\n"
BACK = "        dx = network.backward()\n"
UPDATE = "        network.x, config = rule(network.x, dx, config)\n"


def loop_with(*changes):
    return {"training_loop": edit(right_loop, *changes)["right_loop"]}


# --- the exercise ---------------------------------------------------------------------------------

training_loop = Exercise(
    name="training_loop",
    slide="Mini-batch SGD: the loop of four steps",
    answers={"training_loop": right_loop},
    tests=[
        Test(
            "sample, forward, backward, update, in this order",
            around_toys,
            toys("calls"),
            points=2,
            holds=four_steps_in_order,
        ),
        Test("network.x after five steps, with a rule that counts", around_toys, toys("x")),
        Test("returns the loss of every batch", around_toys, toys("losses")),
        # A step more or less moves no parameter by more than the tolerance.
        Test("400 steps on 200 digits: the network has learned", on_digits, some_digits, atol=0.02),
    ],
    mistakes=[
        Mistake(
            "update before backprop",
            "The parameters are updated before the gradients of this batch are there: each step "
            "uses the gradient of the batch before it, and the first one none at all.",
            loop_with(
                ("    for _", "    dx = np.zeros_like(network.x)\n    for _"),
                (BACK, ""),
                (UPDATE, UPDATE + BACK),
            ),
        ),
        Mistake(
            "one batch for all steps",
            "The batch is drawn once, before the loop, so every step sees the same examples. It "
            "will memorise them. Sampling is the first step of every round.",
            loop_with((SAMPLE, ""), ("    for _", SAMPLE[4:] + "    for _")),
        ),
        Mistake(
            "the new parameters do not reach the network",
            "The rule is called, but what it returns never reaches the network: a variable of the "
            "loop is not `network.x`. So the net stays as it was.",
            loop_with(("network.x, config = rule", "x, config = rule")),
        ),
        Mistake(
            "the config is not handed on",
            "Every step gets the config of the first one. SGD does not mind; a rule that "
            "remembers something (a step count, a velocity) forgets it every time.",
            loop_with(("network.x, config = rule", "network.x, _ = rule")),
        ),
        Mistake(
            "the rule is not asked",
            "You take a step of plain gradient descent yourself, and never call `rule`: the loop "
            "would be the same for every update rule.",
            loop_with((UPDATE, '        network.x = network.x - config["learning_rate"] * dx\n')),
        ),
        Mistake(
            "uphill",
            "The rule is given the negative gradient, and since it subtracts what it is given, "
            "the network climbs.",
            loop_with(("(network.x, dx, config)", "(network.x, -dx, config)")),
        ),
        Mistake(
            "the loss after the update",
            "You ask for the loss once more after the update. That costs a second forward pass in "
            "every step, and right after a batch was learned its loss is too good.",
            loop_with(
                (FORWARD, "        network.forward(data_batch)\n"), (UPDATE, UPDATE + FORWARD)
            ),
        ),
        Mistake(
            "one step too few",
            "The loop runs one time less than it is asked to. Where does your counting start, "
            "and does it include its end?",
            loop_with(("range(steps)", "range(1, steps)")),
        ),
        Mistake(
            "only the last loss",
            "You return the loss of the last batch only. One batch says little: the curve of all "
            "of them is what you look at.",
            loop_with(("return losses", "return losses[-1:]")),
        ),
    ],
    styles=[
        Style("writes into network.x, losses in an array", {"training_loop": writes_into_x}),
        Style("while, losses in a tuple", {"training_loop": loops_with_while}),
        Style("a function for the step", {"training_loop": has_a_step_function}),
    ],
)
