"""Two tiny notebooks with exercises: tests of the pipeline need not wait for the real ones."""

from __future__ import annotations

import shutil
from pathlib import Path

import numpy as np

from autograder.exercise import Exercise, Mistake, Style, Test, choice, functions
from autograder.project import Project
from cs231n_lib import gradcheck, layers
from helpers import ROOT

FIRST, SECOND = "01_small", "02_next"

FIRST_TEXT = '''\
# %% [markdown]
# # A small notebook
#
# The affine layer is $xW + b$.

# %% locked="setup"
import numpy as np
from autograder.check import check, progress

# %% solution="affine"
def affine_forward(x, w, b):
    """Rows of x times w, plus b: returns (out, cache)."""
    ### BEGIN SOLUTION
    flattened_rows = x.reshape(len(x), -1)
    return flattened_rows @ w + b, (x, w)
    ### END SOLUTION

# %% check="affine"
check("affine")

# %%
np.zeros(3)

# %% solution="q_linear"
### BEGIN SOLUTION
q_linear = "B"  # the affine one
### END SOLUTION

# %% check="q_linear"
check("q_linear")

# %% [markdown] question="why_bias" points=2
# ### BEGIN SOLUTION
# **Model answer.** The bias moves the plane away from zero.
#
# **Rubric.** 1 point for "moves the plane"; 1 point for an example.
# ### END SOLUTION

# %%
np.zeros(3)

# %%
progress("01_small")
'''

SECOND_TEXT = """\
# %% [markdown]
# # The next notebook

# %% locked="setup"
import numpy as np
from autograder.check import check

# %% solution="relative_error"
def relative_error(a, b):
    ### BEGIN SOLUTION
    largest_of_both = np.maximum(np.abs(a), np.abs(b))
    return float(np.max(np.abs(a - b) / largest_of_both))
    ### END SOLUTION

# %% check="relative_error"
check("relative_error")
"""


def forward_only(affine_forward, x, w, b):
    return {"out": affine_forward(x, w, b)[0]}


def affine_inputs(rng):
    return {"x": rng.normal(size=(4, 3)), "w": rng.normal(size=(3, 2)), "b": rng.normal(size=2)}


def image_inputs(rng):
    return {**affine_inputs(rng), "x": rng.normal(size=(4, 3, 1))}


def both_ways(relative_error, a, b):
    return {"error": relative_error(a, b)}


def pair(rng):
    return {"a": rng.normal(size=5), "b": rng.normal(size=5)}


def no_bias_affine(x, w, b):
    forgotten_bias = x.reshape(len(x), -1) @ w
    return forgotten_bias, (x, w)


def dotted_affine(x, w, b):
    added_later = np.tensordot(x.reshape(len(x), -1), w, axes=1)
    return added_later + b, None


AFFINE = Exercise(
    name="affine",
    slide="The affine layer",
    answers=functions(layers.affine_forward),
    tests=[
        Test("rows", forward_only, affine_inputs, points=3, untouched=["x"]),
        Test("images", forward_only, image_inputs, points=1.5),
    ],
    mistakes=[
        Mistake("no bias", "The bias `b` is left out.", {"affine_forward": no_bias_affine}),
    ],
    styles=[Style("tensordot", {"affine_forward": dotted_affine})],
)
LINEAR = choice("q_linear", "The affine layer", "B", {"A": "Think of b.", "C": "No."}, points=1)
RELATIVE = Exercise(
    name="relative_error",
    slide="Gradient check",
    answers=functions(gradcheck.relative_error),
    tests=[Test("two vectors", both_ways, pair, points=2)],
)
EXERCISES = {FIRST: [AFFINE, LINEAR], SECOND: [RELATIVE]}
POINTS = {FIRST: 5.5, SECOND: 2.0}


def project(root: Path, **texts: str) -> Project:
    """A project in `root`: the library and the two notebooks' texts (or those given: first=…)."""
    library = root / "cs231n_lib"
    if not library.exists():
        leave = shutil.ignore_patterns("__pycache__")
        shutil.copytree(ROOT / "cs231n_lib", library, ignore=leave)
    made = Project(root, (FIRST, SECOND), library, id=root.name, exercises=EXERCISES.__getitem__)
    for name, text in {FIRST: texts.get("first"), SECOND: texts.get("second")}.items():
        made.text(name).parent.mkdir(parents=True, exist_ok=True)
        default = {FIRST: FIRST_TEXT, SECOND: SECOND_TEXT}[name]
        made.text(name).write_text(default if text is None else text, encoding="utf-8")
    return made


__all__ = ["AFFINE", "EXERCISES", "FIRST", "FIRST_TEXT", "POINTS", "SECOND", "project"]
