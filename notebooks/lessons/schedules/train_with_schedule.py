"""The training loop that follows a schedule."""

from __future__ import annotations

import numpy as np

from autograder.exercise import Exercise, Mistake, Style, Test, edit, functions
from cs231n_lib import training

# --- probe ----------------------------------------------------------------------------------------


def follow_the_plan(train_with_schedule, start, batches, plan, config, steps, divides, tell):
    seen = []

    class Batches:
        X, y, batch_size, drawn = np.zeros((12, 3)), np.zeros(12, dtype=int), 4, 0

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

    def rule(x, dx, config=None):
        config = dict(config or {})
        rate, decay = config.get("learning_rate", 0.6), config.get("decay_rate", 0.1)
        before = config.get("state", np.zeros_like(x))
        seen.append(float(rate))
        if divides:
            state = decay * before + (1 - decay) * dx**2
            step = rate * dx / np.sqrt(state + 1e-12)
        else:
            state = decay * before + rate * dx
            step = state
        return x - step, {**config, "state": state, "learning_rate": rate}

    def schedule(t):
        return float(plan[t])

    bowl = Bowl()
    unfilled = np.full(steps, np.nan)
    del unfilled  # so np.empty(steps) gets this memory, not the losses of an earlier run
    losses = train_with_schedule(Batches(), bowl, rule, dict(config), schedule, steps)
    if tell == "rates":
        return {"the rates that the rule got": seen}
    if tell == "x":
        return {"network.x": bowl.x}
    return {"losses": np.array(losses, dtype=float)}


# --- inputs ---------------------------------------------------------------------------------------


def plans(tell, divides=False):
    """Seven steps; the plan goes on a bit, for loops that count otherwise.

    Where the rates are not the question it is the same rate for all steps.
    """

    def inputs(rng):
        return {
            "start": rng.uniform(2, 3, 3),
            "batches": rng.uniform(-1, 1, (9, 3)),
            "plan": np.cumprod(rng.uniform(0.6, 0.9, 10) if tell == "rates" else np.ones(10))
            * rng.uniform(0.3, 0.5),
            "config": {"learning_rate": float(rng.uniform(0.7, 0.8)), "decay_rate": 0.5},
            "steps": 7,
            "divides": divides,
            "tell": tell,
        }

    return inputs


# --- other right answers --------------------------------------------------------------------------


def writes_into_config(dataset, network, rule, config, schedule, steps):
    history = []
    for t in range(steps):
        config["learning_rate"] = schedule(t)
        history.append(network.forward(dataset.sample_data_batch()))
        network.x, config = rule(network.x, network.backward(), config)
    return history


def all_rates_beforehand(dataset, network, rule, config, schedule, steps):
    losses = np.zeros(steps)
    for t, rate in enumerate([schedule(t) for t in range(steps)]):
        batch = dataset.sample_data_batch()
        losses[t] = network.forward(batch)
        new_x, config = rule(network.x.copy(), network.backward(), dict(config, learning_rate=rate))
        network.x[:] = new_x
    return losses


def while_loop(dataset, network, rule, config, schedule, steps):
    losses: tuple[float, ...] = ()
    while len(losses) < steps:
        t = len(losses)
        loss = network.forward(dataset.sample_data_batch())
        gradient = network.backward()
        config = config | {"learning_rate": np.float64(schedule(t))}
        network.x, config = rule(network.x, gradient, config)
        losses = (*losses, loss)
    return losses


# --- the exercise ---------------------------------------------------------------------------------

# Parts of the reference that mistakes replace.
RATE = '            config = {**(config or {}), "learning_rate": schedule(t)}\n'
STEP = "            network.x, config = _step(rule, network.x, dx, config)\n"

train_with_schedule = Exercise(
    name="train_with_schedule",
    slide="Learning rate decay over time!",
    answers=functions(training.train_with_schedule),
    tests=[
        Test(
            "the rule gets the rates of steps 0, 1, 2, ...",
            follow_the_plan,
            plans("rates"),
            points=2,
        ),
        Test("network.x with a rule that keeps a velocity", follow_the_plan, plans("x"), points=2),
        Test(
            "network.x with a rule that divides by the gradient's size",
            follow_the_plan,
            plans("x", divides=True),
            points=2,
        ),
        Test("returns the loss of every batch", follow_the_plan, plans("losses")),
    ],
    mistakes=[
        Mistake(
            "the schedule is asked once",
            "Every step has the rate of the first one: the schedule is asked once, before the "
            "loop. It has to be asked again in each step.",
            edit(training.train_with_schedule, ("schedule(t)", "schedule(0)")),
        ),
        Mistake(
            "the schedule is ignored",
            "The rule goes on with the rate that was in `config` from the beginning. Put the "
            "schedule's answer where every rule looks for its rate; under another name no rule "
            "finds it.",
            edit(training.train_with_schedule, (RATE, "")),
        ),
        Mistake(
            "counts from 1",
            "The first step gets the rate that the schedule has for the second one. Steps are "
            "counted from 0.",
            edit(training.train_with_schedule, ("schedule(t)", "schedule(t + 1)")),
        ),
        Mistake(
            "one step late",
            "The rate is set after the step: the first step still has the rate that was in "
            "`config`, and each later one that of the step before it.",
            edit(training.train_with_schedule, (RATE, ""), (STEP, STEP + RATE)),
        ),
        Mistake(
            "the epoch for the step",
            "You ask the schedule with the number of the epoch, so the rate stays the same during "
            "an epoch. A schedule here counts steps: one that halves every 100 steps would take "
            "a hundred epochs to do so.",
            edit(
                training.train_with_schedule,
                ("schedule(t)", "schedule(t // (len(dataset.X) // dataset.batch_size))"),
            ),
        ),
        Mistake(
            "compounds",
            "You multiply the schedule's answer by the rate of the step before, which was lowered "
            "already. A schedule gives the rate itself, not a factor.",
            edit(
                training.train_with_schedule,
                ("schedule(t)", 'schedule(t) * (config or {}).get("learning_rate", 1)'),
            ),
        ),
        Mistake(
            "scales the gradient",
            "You scale the gradient, and leave the rate alone. For plain SGD that is nearly the "
            "same thing; a rule that divides by the gradient's size does not even notice.",
            edit(
                training.train_with_schedule,
                (RATE, ""),
                ("network.x, dx, config)", "network.x, schedule(t) * dx, config)"),
            ),
        ),
        Mistake(
            "a fresh config",
            "Each step gets a config with nothing but the rate in it: the rule loses what it "
            "remembers (a velocity, a count of steps) and its other settings.",
            edit(training.train_with_schedule, ("**(config or {}), ", "")),
        ),
        Mistake(
            "the config is not handed on",
            "Each step gets the config from the beginning, with a new rate. SGD does not mind; a "
            "rule that remembers something loses it each time.",
            edit(training.train_with_schedule, ("network.x, config =", "network.x, _ =")),
        ),
        Mistake(
            "the rule is not asked",
            "You take a step of plain gradient descent, and never ask `rule`. The schedule should "
            "serve any update rule.",
            edit(
                training.train_with_schedule,
                (
                    "network.x, config = _step(rule, network.x, dx, config)",
                    "network.x = network.x - schedule(t) * dx",
                ),
            ),
        ),
        Mistake(
            "the new parameters do not reach the network",
            "You ask the rule, but what it returns never gets into the network: a variable of the "
            "loop is not `network.x`. So the net stays as it was.",
            edit(training.train_with_schedule, ("network.x, config =", "x, config =")),
        ),
        Mistake(
            "one batch for all steps",
            "Every step sees the same batch: it was drawn once, before the loop. Sampling is the "
            "first of the four steps of each round.",
            edit(
                training.train_with_schedule,
                (
                    "        for t in",
                    "        batch = dataset.sample_data_batch()\n        for t in",
                ),
                ("network.forward(dataset.sample_data_batch())", "network.forward(batch)"),
            ),
        ),
        Mistake(
            "only the last loss",
            "You return the loss of the last batch only. Return those of all batches, one for each "
            "step.",
            edit(training.train_with_schedule, ("return losses", "return losses[-1:]")),
        ),
    ],
    styles=[
        Style("writes into config", {"train_with_schedule": writes_into_config}),
        Style("all rates beforehand", {"train_with_schedule": all_rates_beforehand}),
        Style("while", {"train_with_schedule": while_loop}),
    ],
)
