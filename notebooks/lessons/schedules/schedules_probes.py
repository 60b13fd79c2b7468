"""Probes of notebook 06: what schedules, and the loop that follows one, are asked, and with what.

Constants are drawn so that schedules which look alike for a halved rate or at the first steps (a
share that stays or that goes, e^-k or 1 - k) are hundreds of tolerances apart. Each list of steps
begins with 0, for schedules that keep a memory which they should not have.
"""
# mypy: disallow-untyped-defs=False
# (A probe's source travels to where only numpy is known, so it carries no annotations.)

from __future__ import annotations

import numpy as np

# ------------------------------------------------------------------------------------ schedules


def rates_at(schedule, times, settings):
    order = ("lr0", "drop", "every", "k", "warmup", "total", "final")
    settings = [settings[name] for name in order if name in settings]
    return {"rate": [float(schedule(int(t), *settings)) for t in times]}


def constants(decay_constants, fractions, steps):
    pairs = []
    for fraction, n in zip(fractions, steps, strict=True):
        k_exponential, k_inverse = decay_constants(float(fraction), int(n))
        pairs.append([float(k_exponential), float(k_inverse)])
    return {
        "k of exponential decay": [pair[0] for pair in pairs],
        "k of 1/t decay": [pair[1] for pair in pairs],
    }


def _stairs(rng):
    """A drop that is not near one half."""
    drop = float(rng.choice([rng.uniform(0.25, 0.4), rng.uniform(0.65, 0.8)]))
    return {"lr0": float(rng.uniform(0.1, 0.9)), "drop": drop, "every": int(rng.integers(4, 9))}


def first_stage(rng):
    settings = _stairs(rng)
    return {"times": np.arange(settings["every"]), "settings": settings}


def around_the_borders(rng):
    settings = _stairs(rng)
    borders = settings["every"] * np.arange(1, 6)
    return {
        "times": np.r_[0, np.sort(np.r_[borders - 1, borders, borders + 1])],
        "settings": settings,
    }


def inside_the_stages(rng):
    settings = _stairs(rng)
    return {"times": np.arange(4 * settings["every"]), "settings": settings}


def any_order(rng):
    settings = _stairs(rng)
    times = rng.permutation(np.repeat(np.arange(1, 3 * settings["every"]), 2))
    return {"times": np.r_[0, times], "settings": settings}


def each_step_a_stage(rng):
    return {"times": np.arange(5), "settings": {**_stairs(rng), "every": 1}}


def first_steps(rng):
    settings = {"lr0": float(rng.uniform(0.2, 0.9)), "k": float(rng.uniform(0.15, 0.35))}
    return {"times": np.arange(12), "settings": settings}


def many_steps(rng):
    settings = {"lr0": float(rng.uniform(0.2, 0.9)), "k": float(rng.uniform(0.003, 0.006))}
    return {"times": np.sort(rng.integers(100, 1200, 8)), "settings": settings}


def no_decay(rng):
    return {
        "times": np.r_[0, rng.integers(1, 1000, 4)],
        "settings": {"lr0": float(rng.random()), "k": 0.0},
    }


def fractions_and_steps(rng):
    return {"fractions": rng.uniform(0.02, 0.4, 4), "steps": rng.integers(20, 1000, 4)}


def nearly_constant(rng):
    return {"fractions": np.r_[1.0, rng.uniform(0.6, 0.9, 3)], "steps": rng.integers(2, 50, 4)}


def _warm(rng):
    lr0, warmup = float(rng.uniform(0.2, 0.9)), int(rng.integers(5, 9))
    return {"lr0": lr0, "warmup": warmup, "total": warmup + int(rng.integers(12, 20))}


def while_warm(rng):
    settings = _warm(rng)
    return {"times": np.arange(settings["warmup"]), "settings": settings}


def on_the_way_down(rng):
    settings = _warm(rng)
    return {"times": np.arange(settings["warmup"], settings["total"] + 1), "settings": settings}


def down_to_final(rng):
    settings = _warm(rng)
    times = np.arange(settings["warmup"], settings["total"] + 1)
    return {"times": times, "settings": {**settings, "final": 0.25 * settings["lr0"]}}


def beyond_the_run(rng):
    settings = _warm(rng)
    times = settings["total"] + rng.integers(3, 8, 4)
    return {"times": times, "settings": {**settings, "final": 0.25 * settings["lr0"]}}


def without_warmup(rng):
    settings = {**_warm(rng), "warmup": 0}
    return {"times": np.arange(settings["total"]), "settings": settings}


# ---------------------------------------------------------------------------------- the loop


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
    losses = train_with_schedule(Batches(), bowl, rule, dict(config), schedule, steps)
    if tell == "rates":
        return {"the rates that the rule got": seen}
    if tell == "x":
        return {"network.x": bowl.x}
    return {"losses": np.array(losses, dtype=float)}


def plans(tell, divides=False):
    """Seven steps; the plan goes on a bit, for loops that count otherwise."""

    def inputs(rng):
        return {
            "start": rng.uniform(2, 3, 3),
            "batches": rng.uniform(-1, 1, (9, 3)),
            "plan": np.cumprod(rng.uniform(0.6, 0.9, 10)) * 0.5,
            "config": {"learning_rate": float(rng.uniform(0.7, 0.8)), "decay_rate": 0.5},
            "steps": 7,
            "divides": divides,
            "tell": tell,
        }

    return inputs
