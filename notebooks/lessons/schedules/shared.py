"""What all decays are asked for: the rates of some steps.

Constants are drawn so that schedules which look alike at the first steps (e^-k or 1 - k) are
hundreds of tolerances apart.
"""

from __future__ import annotations

import numpy as np

# --- probes ---------------------------------------------------------------------------------------


def rates_at(schedule, times, settings):
    order = ("lr0", "drop", "every", "k", "warmup", "total", "decay", "final")
    settings = [settings[name] for name in order if name in settings]
    return {"rate": [float(schedule(int(t), *settings)) for t in times]}


def rates_without_decay(schedule, times, lr0, k):
    """The last rate is one with decay."""
    rates = [float(schedule(int(t), lr0, 0.0)) for t in times]
    return {"rate": [*rates, float(schedule(40, lr0, k))]}


# --- property -------------------------------------------------------------------------------------


def only_the_last_differs(inputs, values, expected):
    """How far away the last rate is does not matter: a tenth of the right way is enough."""
    *rates, last = values["rate"]
    *right, _ = expected["rate"]
    wrong = ~np.isclose(rates, right, rtol=1e-6, atol=0)
    if wrong.any():
        return f"The rate is wrong at step {inputs['times'][wrong.argmax()]}."
    way, right_way = (abs(rate - right[0]) for rate in (last, expected["rate"][-1]))
    return "" if way > 0.1 * right_way else "The rate is (nearly) the same at all steps."


# --- inputs ---------------------------------------------------------------------------------------


def a_rate(rng, low=0.2, high=0.9):
    """A number that half precision rounds to another one, where it is all that is asked for."""
    return float(np.float16(rng.uniform(low, high))) * float(1 + rng.uniform(5e-5, 2e-4))


# Of the two smooth decays:


def first_steps(rng):
    settings = {"lr0": float(rng.uniform(0.2, 0.9)), "k": float(rng.uniform(0.15, 0.35))}
    return {"times": np.arange(12), "settings": settings}


def many_steps(rng):
    settings = {"lr0": float(rng.uniform(0.2, 0.9)), "k": float(rng.uniform(0.003, 0.006))}
    return {"times": np.sort(rng.integers(100, 1200, 8)), "settings": settings}


def no_decay(rng):
    """From a large rate: a step of some optimizer away from it is not a decay."""
    times, k = np.r_[0, rng.integers(1, 1000, 4)], float(rng.uniform(0.15, 0.25))
    return {"times": times, "lr0": a_rate(rng, 2, 9), "k": k}
