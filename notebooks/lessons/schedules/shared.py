"""What all decays are asked for: the rates of some steps.

Constants are drawn so that schedules which look alike at the first steps (e^-k or 1 - k) are
hundreds of tolerances apart.
"""

from __future__ import annotations

import numpy as np

# --- probe ----------------------------------------------------------------------------------------


def rates_at(schedule, times, settings):
    order = ("lr0", "drop", "every", "k", "warmup", "total", "final")
    settings = [settings[name] for name in order if name in settings]
    return {"rate": [float(schedule(int(t), *settings)) for t in times]}


# --- inputs of the two smooth decays --------------------------------------------------------------


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
