"""Three exercises to attack, with a test of each kind that there is, and honest answers to them."""

from __future__ import annotations

from autograder.exercise import Exercise, Mistake, Test, choice, functions
from cs231n_lib import layers

NAME = "01_hostile"
TEXT = '''\
# %% [markdown]
# # A notebook to attack

# %% locked="setup"
import numpy as np
from autograder.check import check, progress

# %% solution="affine"
def affine_forward(x, w, b):
    """Rows of x times w, plus b: returns (out, cache)."""
    ### BEGIN SOLUTION
    flattened_rows = x.reshape(len(x), -1)  # CANARY
    return flattened_rows @ w + b, (x, w, b)
    ### END SOLUTION

# %% check="affine"
check("affine")

# %% solution="halve"
def halve(x):
    """Half of each number."""
    ### BEGIN SOLUTION
    return x / 2.0
    ### END SOLUTION

# %% check="halve"
check("halve")

# %% solution="q_linear"
### BEGIN SOLUTION
q_linear = "B"
### END SOLUTION

# %% check="q_linear"
check("q_linear")

# %% [markdown] question="why_bias" points=2
# ### BEGIN SOLUTION
# **Model answer.** The bias moves the plane away from zero.
# ### END SOLUTION

# %%
np.zeros(3)
'''
RIGHT = "def affine_forward(x, w, b):\n    return x.reshape(len(x), -1) @ w + b, (x, w, b)"
HONEST = {
    "affine_solution": RIGHT,
    "halve_solution": "def halve(x):\n    return 0.5 * x",
    "q_linear_solution": "q_linear = 'B'",
    "why_bias": "Because a line need not go through zero.",
}
"""The answers of a student who did everything."""
POINTS = {"affine": 6.0, "halve": 3.0, "q_linear": 1.0}


def rows(affine_forward, x, w, b):
    return {"out": affine_forward(x, w, b)[0]}


def total(affine_forward, x, w, b):
    return {"total": float(affine_forward(x, w, b)[0].sum())}


def parts(affine_forward, x, w, b):
    out, cache = affine_forward(x, w, b)
    return {"kept": {"names": "x w b", "arrays": list(cache)[:2]}, "rows": [out[0], out[-1]]}


def some_rows(rng):
    return {"x": rng.normal(size=(4, 3)), "w": rng.normal(size=(3, 2)), "b": rng.normal(size=2)}


def is_linear(inputs, values):
    x, w, b, out = inputs["x"], inputs["w"], inputs["b"], values["out"]
    if abs(sum(map(float, out.ravel())) / out.size) > 1e6:
        return "The numbers are far too large."
    if out.shape != (len(x), len(b)):
        return "The shape is wrong."
    rest = out - b
    for i in range(len(x)):
        if abs(rest[i, 0] - sum(x[i, k] * w[k, 0] for k in range(len(w)))) > 1e-9:
            return "The bias is not added, or the product is wrong."
    return ""


def no_bias(x, w, b):
    return x.reshape(len(x), -1) @ w, (x, w, b)


def halves(halve, x):
    return {"y": halve(x)}


AFFINE = Exercise(
    name="affine",
    slide="The affine layer",
    answers=functions(layers.affine_forward),
    tests=[
        Test("rows", rows, some_rows, points=3, untouched=["x"]),
        Test("their sum", total, some_rows, points=1, quiet=True),
        Test("what is kept", parts, some_rows, points=1),
        Test("a property", rows, some_rows, points=1, holds=is_linear),
    ],
    mistakes=[Mistake("no bias", "The bias `b` is left out.", {"affine_forward": no_bias})],
)
HALVE = Exercise(
    name="halve",
    slide="Halves",
    answers={"halve": lambda x: x / 2.0},
    tests=[Test("a vector", halves, lambda rng: {"x": rng.normal(size=5)}, points=3)],
)
LINEAR = choice("q_linear", "The affine layer", "B", {"A": "Think of b.", "C": "No."}, points=1)
EXERCISES = [AFFINE, HALVE, LINEAR]
