"""Exercises of notebook 05, second half: a learning rate for each parameter, and Adam."""

from __future__ import annotations

from autograder.exercise import Exercise, Mistake, Test, edit, functions
from cs231n_lib import optim

from ..rules import (
    Inputs,
    any_shape,
    first_step,
    follow,
    remember,
    seeded,
    shape_of_step,
    some_steps,
)
from .update_rule_styles import styles

__all__ = ["adagrad", "adam", "adam_incomplete", "rmsprop"]

# Where epsilon is not the point, 1e-7 (slides) and 1e-8 (CS231n, PyTorch) must both pass: with the
# gradients used there they differ by less than 1e-6 in `w`. A mistake differs by 1e-3 and more.
LOOSE = 1e-6
TINY = 1e-5
SCALE: Inputs = {"learning_rate": 0.1, "epsilon": 1e-8}
INSIDE = (
    "Your epsilon is inside the square root. Some papers and libraries put it there; the lecture "
    "adds it to the finished root. Inside, an epsilon of 1e-7 already damps gradients of 3e-4."
)

adagrad = Exercise(
    name="adagrad",
    slide="AdaGrad update",
    answers=functions(optim.adagrad),
    tests=[
        Test(
            "one step from rest, any shape, dw left as it was",
            first_step,
            any_shape(SCALE),
            untouched=["dws"],
            atol=LOOSE,
        ),
        Test("six steps while the gradient changes sign", follow, some_steps(SCALE), 2, atol=LOOSE),
        Test("goes on from a stored cache", follow, seeded(SCALE, squares="cache"), atol=LOOSE),
        Test(
            "stores the new cache in config",
            remember,
            seeded(SCALE, squares="cache", keys=["cache"]),
        ),
        Test(
            "gradients of 1e-5 and epsilon 1e-7",
            follow,
            some_steps({**SCALE, "epsilon": 1e-7}, scale=TINY),
        ),
        Test("config=None: rate 1e-2", follow, some_steps(None, scale=100), atol=LOOSE),
    ],
    mistakes=[
        Mistake(
            "cache is assigned, not accumulated",
            "Your cache holds the last squared gradient only, so every step has the same size and "
            "all that is left of the gradient is its sign. AdaGrad remembers the whole history.",
            edit(optim.adagrad, ('cache = c["cache"] + dw**2', "cache = dw**2")),
        ),
        Mistake(
            "cache is not stored",
            "The sum is right within a step, but it never gets into `config`: each step forgets "
            "the ones before.",
            edit(optim.adagrad, ('    c["cache"] = cache\n', "")),
        ),
        Mistake(
            "no square root",
            "You divide by the sum of squares itself. Its root has the units of a gradient; "
            "without it, steps explode where gradients are small and vanish where they are large.",
            edit(optim.adagrad, ("np.sqrt(cache)", "cache")),
        ),
        Mistake(
            "epsilon inside the root",
            INSIDE,
            edit(
                optim.adagrad, ('(np.sqrt(cache) + c["epsilon"])', 'np.sqrt(cache + c["epsilon"])')
            ),
            elsewhere=True,
        ),
    ],
    styles=styles("adagrad"),
)

LEAK: Inputs = {**SCALE, "decay_rate": 0.9}
BIG_EPSILON = "epsilon is taken from config (0.1)"

rmsprop = Exercise(
    name="rmsprop",
    slide="RMSProp update",
    answers=functions(optim.rmsprop),
    tests=[
        Test(
            "one step from rest, any shape, dw left as it was",
            first_step,
            any_shape(LEAK),
            untouched=["dws"],
            atol=LOOSE,
        ),
        Test("six steps while the gradient changes sign", follow, some_steps(LEAK), 2, atol=LOOSE),
        Test("goes on from a stored cache", follow, seeded(LEAK, squares="cache"), atol=LOOSE),
        Test(
            "stores the new cache in config",
            remember,
            seeded(LEAK, squares="cache", keys=["cache"]),
        ),
        Test(BIG_EPSILON, follow, some_steps({**LEAK, "epsilon": 0.1})),
        Test(
            "gradients of 1e-5 and epsilon 1e-7",
            follow,
            some_steps({**LEAK, "epsilon": 1e-7}, scale=TINY),
        ),
        Test(
            "config=None: rate 1e-2 and decay rate 0.99",
            follow,
            some_steps(None, scale=100),
            atol=LOOSE,
        ),
    ],
    mistakes=[
        Mistake(
            "decay swapped",
            "The decay rate weighs the new square here, and its complement the old average: the "
            "cache forgets nearly everything in one step instead of slowly.",
            edit(
                optim.rmsprop,
                (
                    'decay * c["cache"] + (1 - decay) * dw**2',
                    '(1 - decay) * c["cache"] + decay * dw**2',
                ),
            ),
        ),
        Mistake(
            "divides by the old cache",
            "The step divides by the cache from before this gradient. In the first step that is "
            "0, so only epsilon is left below and the step is enormous; the slide updates the "
            "cache first.",
            edit(
                optim.rmsprop,
                ('    c["cache"] = cache\n', '    old, c["cache"] = c["cache"], cache\n'),
                ("np.sqrt(cache)", "np.sqrt(old)"),
            ),
        ),
        Mistake(
            "cache is not stored",
            "The average is right within a step, but it never gets into `config`: each step "
            "forgets the ones before.",
            edit(optim.rmsprop, ('    c["cache"] = cache\n', "")),
        ),
        Mistake(
            "epsilon inside the root",
            INSIDE,
            edit(
                optim.rmsprop, ('(np.sqrt(cache) + c["epsilon"])', 'np.sqrt(cache + c["epsilon"])')
            ),
            elsewhere=True,
        ),
        Mistake(
            "epsilon times the root",
            "The root is multiplied by epsilon, which makes the step millions of times too long. "
            "Epsilon is there to keep the denominator away from 0 without otherwise being felt.",
            edit(
                optim.rmsprop,
                ('(np.sqrt(cache) + c["epsilon"])', '(np.sqrt(cache) * c["epsilon"])'),
            ),
        ),
        Mistake(
            "epsilon is hard-coded",
            "Your step takes no notice of `epsilon` in `config`: a fixed small number is written "
            "into the formula.",
            edit(optim.rmsprop, ('+ c["epsilon"]', "+ 1e-7")),
        ),
    ],
    styles=styles("rmsprop"),
)

# --- Adam -----------------------------------------------------------------------------------------

MOMENTS: Inputs = {"learning_rate": 0.05, "beta1": 0.8, "beta2": 0.95, "epsilon": 1e-8}
SEED = {"averages": "m", "squares": "v"}
LATER: Inputs = {**MOMENTS, "t": 4}
SWAP = ('= c["beta1"], c["beta2"]', '= c["beta2"], c["beta1"]')
SWAPPED = (
    "The two betas have changed places: the average gradient forgets as slowly as the average "
    "square should, and the other way round. Look up which beta belongs to the first moment."
)


adam_incomplete = Exercise(
    name="adam_incomplete",
    slide="Adam update (incomplete, but close)",
    answers=functions(optim.adam_incomplete),
    tests=[
        Test(
            "six steps, dw left as it was",
            follow,
            some_steps(MOMENTS),
            untouched=["gradients"],
            atol=LOOSE,
        ),
        Test("goes on from stored m and v", follow, seeded(MOMENTS, **SEED), atol=LOOSE),
        Test("stores m and v in config", remember, seeded(MOMENTS, **SEED, keys=["m", "v"])),
        Test(BIG_EPSILON, follow, some_steps({**MOMENTS, "epsilon": 0.1})),
    ],
    mistakes=[
        Mistake(
            "the complete Adam",
            "This is Adam with its bias correction, which comes next. Leave it out here: you need "
            "the incomplete one to see what the correction does.",
            {"adam_incomplete": optim.adam},
        ),
        Mistake("betas swapped", SWAPPED, edit(optim.adam_incomplete, SWAP)),
        Mistake(
            "epsilon inside the root",
            INSIDE,
            edit(
                optim.adam_incomplete, ('(np.sqrt(v) + c["epsilon"])', 'np.sqrt(v + c["epsilon"])')
            ),
            elsewhere=True,
        ),
    ],
    styles=styles("adam_incomplete"),
)


def wrong_adam(*changes: tuple[str, str]) -> dict[str, object]:
    return dict(edit(optim.adam, *changes))


CORRECT_M, CORRECT_V = "m / (1 - beta1**t)", "v / (1 - beta2**t)"
STEP = 'mb / (np.sqrt(vb) + c["epsilon"])'
STORE = 'c["m"], c["v"], c["t"] = m, v, t'
FIXED = (
    "The correction is the same in every step: the exponent is a fixed number, so the moments go "
    "on being enlarged long after they have warmed up. Which quantity on the slide grows by one a "
    "step?"
)

adam = Exercise(
    name="adam",
    slide="Adam update",
    answers=functions(optim.adam),
    tests=[
        Test("one step from rest, arrays of any shape", first_step, any_shape(MOMENTS), atol=LOOSE),
        Test(
            "six steps while the gradient changes sign", follow, some_steps(MOMENTS), 2, atol=LOOSE
        ),
        Test("goes on from stored m, v and t", follow, seeded(LATER, **SEED), 2, atol=LOOSE),
        Test("stores m, v and t in config", remember, seeded(LATER, **SEED, keys=["m", "v", "t"])),
        Test(BIG_EPSILON, follow, some_steps({**MOMENTS, "epsilon": 0.1})),
        Test(
            "gradients of 1e-5 and epsilon 1e-7",
            follow,
            some_steps({**MOMENTS, "epsilon": 1e-7}, scale=TINY),
        ),
        Test(
            "config=None: rate 1e-3, betas 0.9 and 0.999",
            follow,
            some_steps(None, steps=12, scale=100),
            rtol=0,
            atol=1e-7,  # steps are only 1e-3
        ),
        Test(
            "gives back the shape of w, leaves dw as it was",
            shape_of_step,
            any_shape(MOMENTS),
            untouched=["dws"],
        ),
    ],
    mistakes=[
        Mistake(
            "correction computed and not used",
            "The step uses m and v as they are. If you did compute corrected moments, they never "
            "reach the parameters: this is the slide's incomplete Adam, and its first steps have "
            "the wrong size.",
            wrong_adam((STEP, 'm / (np.sqrt(v) + c["epsilon"])')),
        ),
        Mistake(
            "exponent 1 instead of t",
            FIXED,
            wrong_adam(("beta1**t", "beta1**1"), ("beta2**t", "beta2**1")),
        ),
        Mistake(
            "exponent 2 instead of t",
            FIXED,
            wrong_adam(("beta1**t", "beta1**2"), ("beta2**t", "beta2**2")),
        ),
        Mistake(
            "exponents 1 and 2 instead of t",
            FIXED + " (The 1 and 2 in the betas' names are no exponents.)",
            wrong_adam(("beta1**t", "beta1**1"), ("beta2**t", "beta2**2")),
        ),
        Mistake(
            "t is not stored",
            "Each step begins with the same t, because the new count never gets into `config`: "
            "every step is corrected as if no other had come before it.",
            wrong_adam((STORE, 'c["m"], c["v"] = m, v')),
        ),
        Mistake(
            "t is one too large",
            "Counting is off by one: the first step is corrected as if it were the second. `t` "
            "counts the steps already done, so what is it before any?",
            wrong_adam(("        t=0,", "        t=1,")),
        ),
        Mistake(
            "t is used before it is raised",
            "You correct with the number of steps done before this one. This step's own gradient "
            "is in m and v already; from a fresh start the correction even divides 0 by 0.",
            wrong_adam(
                (CORRECT_M, "m / (1 - beta1**(t - 1))"), (CORRECT_V, "v / (1 - beta2**(t - 1))")
            ),
        ),
        Mistake("betas swapped", SWAPPED, wrong_adam(SWAP)),
        Mistake(
            "m and v swapped in the step",
            "The step divides the average square by the root of the average gradient: the units "
            "are wrong, and where the gradient is negative its root is NaN. Which of the two "
            "gives the direction, and which the scale?",
            wrong_adam((STEP, 'vb / (np.sqrt(mb) + c["epsilon"])')),
        ),
        Mistake(
            "stores the corrected moments",
            "The corrected moments are for this step only. You store them, so the next step "
            "corrects them again, and the averages grow with every step.",
            wrong_adam((STORE, 'c["m"], c["v"], c["t"] = mb, vb, t')),
        ),
        Mistake(
            "epsilon inside the root",
            INSIDE,
            wrong_adam((STEP, 'mb / np.sqrt(vb + c["epsilon"])')),
            elsewhere=True,
        ),
        Mistake(
            "epsilon-hat",
            "You fold both corrections into the learning rate and add epsilon to the root of the "
            "uncorrected v. That is the short form at the end of section 2 of the paper, and "
            "TensorFlow's; its epsilon-hat is another number. The lecture adds epsilon after the "
            "correction.",
            wrong_adam(
                (STEP, 'np.sqrt(1 - beta2**t) / (1 - beta1**t) * m / (np.sqrt(v) + c["epsilon"])')
            ),
            elsewhere=True,
        ),
        Mistake(
            "epsilon added to the parameter",
            "Epsilon is outside the fraction: it does not protect the division, and it shifts "
            "every parameter a little in every step. Check the brackets.",
            wrong_adam(
                (
                    f'c["learning_rate"] * {STEP}',
                    '(c["learning_rate"] * mb / np.sqrt(vb) + c["epsilon"])',
                )
            ),
        ),
    ],
    styles=styles("adam"),
)
