"""Exercises of notebook 06: the three decays of the slide."""
# mypy: disallow-untyped-defs=False

from __future__ import annotations

from autograder.exercise import Exercise, Mistake, Test, edit, functions
from cs231n_lib import schedules

from . import schedules_probes as ask
from .schedules_styles import STYLES

__all__ = ["exponential_decay", "inverse_time_decay", "step_decay"]

SLIDE = "Learning rate decay over time!"

STAGES = "lr0 * drop ** (_steps(t) // every)"
EXPONENT = "lr0 * math.exp(-k * _steps(t))"
INVERSE = "lr0 / (1 + k * _steps(t))"


def stairs(instead):
    return edit(schedules.step_decay, (STAGES, instead))


def exponential(instead):
    return edit(schedules.exponential_decay, (EXPONENT, instead))


def inverse(instead):
    return edit(schedules.inverse_time_decay, (INVERSE, instead))


def remembers_its_rate(t, lr0, drop, every):
    """The rate lives outside the call, and is lowered whenever a border is asked for."""
    if t == 0:
        MEMORY["rate"] = lr0
    elif t % every == 0:
        MEMORY["rate"] *= drop
    return MEMORY["rate"]


MEMORY = {"rate": 0.0}


step_decay = Exercise(
    name="step_decay",
    slide=f"{SLIDE} Step decay",
    answers=functions(schedules.step_decay),
    tests=[
        Test("the first stage has the rate lr0", ask.rates_at, ask.first_stage),
        Test(
            "the last step before each border, and the first two after it",
            ask.rates_at,
            ask.around_the_borders,
            points=2,
        ),
        Test("every step of four stages", ask.rates_at, ask.inside_the_stages),
        Test("asked in any order, and twice", ask.rates_at, ask.any_order),
        Test("every = 1: a drop in each step", ask.rates_at, ask.each_step_a_stage),
    ],
    mistakes=[
        Mistake(
            "no stairs",
            "Your rate falls in every step, along a smooth curve. Step decay keeps it constant "
            "for a while: only whole stages count. What does Python have for division that "
            "forgets the rest?",
            stairs("lr0 * drop ** (t / every)"),
        ),
        Mistake(
            "drops one step too early",
            "Your first stage is one step short: steps are counted from 0, so the step with the "
            "number `every` is the first one of the second stage, and the one before it is not.",
            stairs("lr0 * drop ** ((t + 1) // every)"),
        ),
        Mistake(
            "drops one step too late",
            "Your first stage is one step too long. Steps are counted from 0: when the step with "
            "the number `every` comes, that many steps have been taken already.",
            stairs("lr0 * drop ** (max(t - 1, 0) // every)"),
        ),
        Mistake(
            "drops before the first step",
            "Your stages begin with a drop, so the run never has the rate `lr0` at all. How many "
            "drops should there have been at t = 0?",
            stairs("lr0 * drop ** (t // every + 1)"),
        ),
        Mistake(
            "drops after the first step",
            "Only step 0 has the rate `lr0`: the first drop comes right after it, and each other "
            "one a stage too early as well. A loop that counts borders must not count step 0.",
            stairs("lr0 * drop ** -(-t // every)"),
        ),
        Mistake(
            "rounds to the nearest stage",
            "The drop comes in the middle of a stage: this rounds to the nearest whole stage. A "
            "stage is over when all of it is over.",
            stairs("lr0 * drop ** int(t / every + 0.5)"),
        ),
        Mistake(
            "compounds",
            "You lower a rate that is lowered already: within a stage each step multiplies again "
            "by all the drops so far. The rate of a step is made from `lr0`, by as many drops as "
            "there were borders before it.",
            stairs("lr0 * drop ** sum(s // every for s in range(t + 1))"),
        ),
        Mistake(
            "remembers its rate",
            "Right, if each step is asked for once, and in order. Asked out of order, or twice, "
            "the rate drops too often: something is remembered between calls. Make it a function "
            "of its arguments alone, so that one may plot it before training.",
            {"step_decay": remembers_its_rate},
        ),
        Mistake(
            "drops only once",
            "After the first border your rate stays where it is. It should drop at each border, "
            "again and again.",
            stairs("lr0 * drop ** min(t // every, 1)"),
        ),
        Mistake(
            "only at the border itself",
            "Your rate is lower in the steps at the borders, and back at `lr0` in the ones after "
            "them. The drops should last.",
            stairs("lr0 * (drop if t and t % every == 0 else 1)"),
        ),
        Mistake(
            "drop is what goes",
            "You take `drop` for the share that goes away; here it is the factor that the rate "
            "is multiplied by. At one half nobody sees the difference, at 0.1 everybody does.",
            stairs("lr0 * (1 - drop) ** (t // every)"),
        ),
        Mistake(
            "always one half",
            "You halve the rate, whatever `drop` says. That is the slide's example; here the "
            "factor is an argument.",
            stairs("lr0 * 0.5 ** (t // every)"),
        ),
        Mistake(
            "lr0 in the brackets",
            "You raise `lr0` to a power as well, so that the first stage has the rate 1. Only the "
            "drops are repeated.",
            stairs("(lr0 * drop) ** (t // every)"),
        ),
        Mistake(
            "the rate grows",
            "Your rate grows from stage to stage: you divide by a number that is smaller than 1.",
            stairs("lr0 / drop ** (t // every)"),
        ),
        Mistake(
            "a factor per stage, not a power",
            "You multiply by the number of the stage. Two drops in a row are a multiplication by "
            "`drop`, and another one: what does that make for n of them?",
            stairs("lr0 * (drop * (t // every) if t >= every else 1)"),
        ),
    ],
    styles=STYLES["step_decay"],
)

exponential_decay = Exercise(
    name="exponential_decay",
    slide=f"{SLIDE} Exponential decay",
    answers=functions(schedules.exponential_decay),
    tests=[
        Test("the first twelve steps", ask.rates_at, ask.first_steps, points=2),
        Test("hundreds of steps later", ask.rates_at, ask.many_steps, points=2),
        Test("k = 0: no decay", ask.rates_at, ask.no_decay),
    ],
    mistakes=[
        Mistake(
            "1/t called exponential",
            "This is the slide's other formula, 1/t decay. Exponential decay divides the rate by "
            "the same factor in each step; yours falls ever more slowly.",
            exponential("lr0 / (1 + k * t)"),
        ),
        Mistake(
            "powers of k",
            "You multiply by k in each step. That is right where the constant is a factor per "
            "step (PyTorch's ExponentialLR calls it gamma); the slide's k stands in the exponent, "
            "and k = 0 means no decay.",
            exponential("lr0 * k**t"),
            elsewhere=True,
        ),
        Mistake(
            "grows",
            "Your rate grows from step to step. Look at the sign in the slide's exponent.",
            exponential("lr0 * math.exp(k * t)"),
        ),
        Mistake(
            "k as a time",
            "You divide t by k in the exponent, so that k is a number of steps. That is right in "
            "physics, where it is called the time constant; the slide's k multiplies t.",
            exponential("lr0 * (math.exp(-t / k) if k else 0.0)"),
            elsewhere=True,
        ),
        Mistake(
            "interest, not growth",
            "You take away the share k in each step. For tiny k that is nearly the same, as bank "
            "interest paid once a year is nearly that paid every second; the slide has e.",
            exponential("lr0 * (1 - k) ** t"),
        ),
        Mistake(
            "a straight line",
            "Your rate falls along a straight line, and below 0 after 1/k steps: then the steps go "
            "uphill. The exponential starts like this line, but never gets to 0.",
            exponential("lr0 * (1 - k * t)"),
        ),
        Mistake(
            "t is not in the exponent",
            "Your rate is 0 in the first step, and then grows with t: it is multiplied by t, "
            "outside the exponent. In Python, a power is computed before a product; brackets help.",
            exponential("lr0 * math.exp(-k) * t"),
        ),
        Mistake(
            "another base",
            "Your rate falls by powers of two: then k would count halvings. The slide's base is e.",
            exponential("lr0 * 2.0 ** (-k * t)"),
        ),
        Mistake(
            "base ten",
            "Your rate falls by powers of ten. The slide's base is e.",
            exponential("lr0 * 10.0 ** (-k * t)"),
        ),
        Mistake(
            "in stairs",
            "Your rate stays the same for some steps and then drops by a factor of e. Keras and "
            "TensorFlow offer that as `staircase=True`; the slide's formula falls in each step.",
            exponential("lr0 * math.exp(-math.floor(k * t))"),
            elsewhere=True,
        ),
        Mistake(
            "one step ahead",
            "Your first step already has a lower rate than `lr0`. Steps are counted from 0.",
            exponential("lr0 * math.exp(-k * (t + 1))"),
        ),
        Mistake(
            "without lr0",
            "Your schedule begins at 1, whatever the initial rate. What you compute is the "
            "fraction of it that is left.",
            exponential("math.exp(-k * t)"),
        ),
        Mistake(
            "t squared",
            "Your exponent grows with the square of t: half a bell curve. Were two factors of t "
            "multiplied, or was a decayed rate decayed once more in each step?",
            exponential("lr0 * math.exp(-k * t * t)"),
        ),
    ],
    styles=STYLES["exponential_decay"],
)

inverse_time_decay = Exercise(
    name="inverse_time_decay",
    slide=f"{SLIDE} 1/t decay",
    answers=functions(schedules.inverse_time_decay),
    tests=[
        Test("the first twelve steps", ask.rates_at, ask.first_steps, points=2),
        Test("hundreds of steps later", ask.rates_at, ask.many_steps, points=2),
        Test("k = 0: no decay", ask.rates_at, ask.no_decay),
    ],
    mistakes=[
        Mistake(
            "divides by kt",
            "The 1 in the denominator is missing. At t = 0 this divides by 0, and in the first "
            "steps the rate is far above `lr0`. What should it be at t = 0?",
            inverse("lr0 / (k * t)"),
        ),
        Mistake(
            "brackets",
            "Python divides before it adds: this is (lr0 divided by 1) plus k t, which grows. All "
            "of the denominator belongs into brackets.",
            inverse("lr0 / 1 + k * t"),
        ),
        Mistake(
            "t is not in the denominator",
            "Your rate is 0 in the first step, and then grows with t: you divide by one plus k, "
            "and multiply by t. In Python, products and quotients are computed from left to "
            "right; brackets help.",
            inverse("lr0 / (1 + k) * t"),
        ),
        Mistake(
            "exponential",
            "This is exponential decay, the slide's other formula. With 1/t decay the rate falls "
            "fast in the beginning, and then ever more slowly.",
            inverse("lr0 * math.exp(-k * t)"),
        ),
        Mistake(
            "a power of 1 + k",
            "You divide by a power of 1 + k, which is exponential decay in another dress. Here k "
            "and t are multiplied.",
            inverse("lr0 / (1 + k) ** t"),
        ),
        Mistake(
            "the root of t",
            "Your rate falls with the square root of the denominator. There are such schedules "
            "(the first Transformer was trained with one), but the slide's has no root.",
            inverse("lr0 / math.sqrt(1 + k * t)"),
            elsewhere=True,
        ),
        Mistake(
            "in stairs",
            "Your rate stays the same until k t has grown by 1: k t is rounded down, as if the "
            "epoch were counted, not the step. TensorFlow offers that as `staircase=True`; the "
            "slide's formula falls in each step.",
            inverse("lr0 / (1 + math.floor(k * t))"),
            elsewhere=True,
        ),
        Mistake(
            "k has no effect",
            "Your schedule does not depend on k: it divides by 1 + t. With thousands of steps in "
            "a run that is a very fast decay.",
            inverse("lr0 / (1 + t)"),
        ),
        Mistake(
            "k as a time",
            "You divide t by k, so that k is the number of steps until the rate has halved. The "
            "slide's k multiplies t.",
            inverse("lr0 / (1 + t / k) if k else 0.0"),
        ),
        Mistake(
            "one step ahead",
            "Your first step already has a lower rate than `lr0`. Steps are counted from 0.",
            inverse("lr0 / (1 + k * (t + 1))"),
        ),
        Mistake(
            "without lr0",
            "Your schedule begins at 1, whatever the initial rate. What you compute is the "
            "fraction of it that is left.",
            inverse("1 / (1 + k * t)"),
        ),
    ],
    styles=STYLES["inverse_time_decay"],
)
