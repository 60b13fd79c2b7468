"""For a bonus: weak_wolfe, a step that is neither too long nor too short, by bisection."""

from __future__ import annotations

import numpy as np

from autograder.exercise import Exercise, Mistake, Style, Test, edit, functions
from cs231n_lib import quasi_newton

from .shared import symmetric

# --- probes ---------------------------------------------------------------------------------------


def steps_in_a_bowl(weak_wolfe, H, xs, ds, more):
    def f(x):
        return float(0.5 * x @ H @ x), H @ x

    landed = []
    for x, d in zip(xs, ds, strict=True):
        t = weak_wolfe(f, x, d, H @ x, **more)
        landed.append(x + float(t) * d)
    return {"x + t d": landed}


def steps_with_an_edge(weak_wolfe, xs, ds, edge, beyond):
    def f(x):
        if np.sum(x) > edge:
            return beyond, np.full_like(x, np.nan)
        return float(0.5 * x @ x), np.array(x)

    landed = []
    for x, d in zip(xs, ds, strict=True):
        landed.append(x + float(weak_wolfe(f, x, d, x.copy())) * d)
    return {"x + t d": landed}


def steps_up_and_down(weak_wolfe, H, xs, ds):
    def f(x):
        return float(0.5 * x @ H @ x), H @ x

    steps = [float(weak_wolfe(f, x, d, H @ x)) for x, d in zip(xs, ds, strict=True)]
    return {"t": np.array(steps)}


def steps_to_a_wall(weak_wolfe, normal, xs, ds, walls):
    def f(x):
        asked.append(np.array(x))
        beyond = max(0.0, float(normal @ x) - walls[len(points)])
        return 50 * beyond**2 - float(normal @ x), (100 * beyond - 1) * normal

    landed, points = [], []
    asked: list = []
    for x, d in zip(xs, ds, strict=True):
        g = f(x)[1]
        asked.clear()
        landed.append(x + float(weak_wolfe(f, x, d, g)) * d)
        points.append(np.array(sorted(asked, key=lambda point: float((point - x) @ d))))
    return {"x + t d": landed, "points at which f is asked": points}


# --- inputs ---------------------------------------------------------------------------------------


def bowl(rng):
    return symmetric(rng, np.array([1.0, 3.0, 8.0, 20.0]) * rng.uniform(0.9, 1.1, 4))


def straight(rng, factors, more):
    """From x towards the minimum: t = 1 is `factor` times as far as the minimum."""
    xs = rng.uniform(1, 2, (len(factors), 4)) * rng.choice([-1.0, 1.0], (len(factors), 4))
    H = bowl(rng)
    return {"H": H, "xs": xs, "ds": -np.asarray(factors)[:, None] * xs, "more": more}


def good_steps(rng):
    """As far as the minimum, more or less. Twice, the slope at the end is nearly as steep, upward:
    enough for the weak condition, though not for the strong one."""
    factors = rng.uniform([0.6, 0.8, 1.1, 1.93, 1.93], [0.8, 0.95, 1.4, 1.97, 1.97])
    return straight(rng, rng.permutation(factors), {})


def too_long(rng):
    return straight(rng, 2.0 ** np.arange(1, 6) * rng.uniform(1.2, 1.8, 5), {})


def too_short(rng):
    return straight(rng, 0.1 * 0.5 ** np.arange(1, 6) * rng.uniform(1.2, 1.8, 5), {})


def demanding(rng):
    """Long enough is half of the way to the minimum, and short enough 1.4 times that way."""
    factors = np.array([0.3, 0.12, 1.2, 1.7, 3.4]) * rng.uniform(0.95, 1.05, 5)
    return straight(rng, rng.permutation(factors), {"c1": 0.3, "c2": 0.5})


def a_wall(rng):
    """A steady slope down to a steep wall: only steps of 1.01 to 1.14 times the way to it will do.

    Each case has a length of its own, a number with few binary digits: to get there the search has
    to double some steps, to halve others, and to go to the middle between the two.
    """
    lengths = rng.permutation([0.75, 1.5, 0.625, 2.5, 0.3125, 0.875])
    normal, xs, ds = (
        rng.uniform(0.5, 1, 3),
        rng.uniform(-2, -1, (6, 3)),
        rng.uniform(0.5, 1, (6, 3)),
    )
    ds *= (rng.uniform(1.04, 1.09, 6) / lengths / (ds @ normal))[:, None]
    return {"normal": normal, "xs": xs, "ds": ds, "walls": xs @ normal + 1}


def crooked(rng):
    """Downhill, but far from the gradient: what counts is the slope along d, not that of f.

    Half of the steps are too short by that measure, by a factor of up to 5; half are too long.
    """
    H, xs = bowl(rng), rng.normal(size=(6, 4))
    gradients, aside = xs @ H, rng.normal(size=(6, 4))
    aside -= gradients * ((aside * gradients).sum(axis=1) / (gradients**2).sum(axis=1))[:, None]
    ds = aside / np.linalg.norm(aside, axis=1, keepdims=True)
    ds -= 0.3 * gradients / np.linalg.norm(gradients, axis=1, keepdims=True)
    slopes, curvatures = (gradients * ds).sum(axis=1), (ds @ H * ds).sum(axis=1)
    factors = np.array([0.04, 0.02, 0.07, 3.0, 5.5, 12.0]) * rng.uniform(0.9, 1.1, 6)
    ds *= (-factors * slopes / curvatures)[:, None]
    return {"H": H, "xs": xs, "ds": ds, "more": {}}


def an_edge(rng):
    """Beyond twice the way to the minimum there is no number; d leads much farther than that."""
    xs = -rng.uniform(1, 2, (4, 3))
    xs *= 3 / -xs.sum(axis=1, keepdims=True)
    factors = np.array([2.6, 5.5, 11.0, 0.03]) * rng.uniform(0.9, 1.1, 4)
    return {"xs": xs, "ds": -factors[:, None] * xs, "edge": 2.5}


def infinite(rng):
    return {**an_edge(rng), "beyond": np.inf}


def not_a_number(rng):
    return {**an_edge(rng), "beyond": np.nan}


def up_and_down(rng):
    """A dozen directions that lead up, and a dozen that lead down, in an order that is drawn."""
    H, xs = bowl(rng), rng.normal(size=(24, 4))
    factors = np.where(rng.permutation(24) < 12, 1, -1) * rng.uniform(0.6, 1.4, 24)
    return {"H": H, "xs": xs, "ds": factors[:, None] * xs}


# --- property -------------------------------------------------------------------------------------


def asked_once(inputs, values, expected):
    name = "points at which f is asked"
    for some, few in zip(values[name], expected[name], strict=True):
        if len(some) > len(few):
            return "f is asked more often than once at x and once for each try."
        if np.shape(some) != np.shape(few) or not np.allclose(some, few, rtol=1e-6, atol=1e-9):
            return "f is not asked at the steps that the rule gives, one after the other."
    return ""


def arrives(inputs, values, expected):
    got, wanted = values["x + t d"], expected["x + t d"]
    same = np.shape(got) == np.shape(wanted) and np.allclose(got, wanted, rtol=1e-6, atol=1e-9)
    return "" if same else "It ends too near to the start, or too far from it."


# --- other right answers --------------------------------------------------------------------------


def no_upper_end(f, x, d, g, c1=1e-4, c2=0.9):
    start, slope = f(x)[0], np.dot(g, d)
    t, short, long = 1.0, 0.0, None
    for _ in range(40):
        value, gradient = f(x + t * d)
        low_enough = value - start <= c1 * t * slope
        if low_enough and np.dot(gradient, d) >= c2 * slope:
            return t
        if low_enough:
            short = t
        else:
            long = t
        t = 2 * short if long is None else short + (long - short) / 2
    return short


def an_interval(f, x, d, g, c1=1e-4, c2=0.9):
    f0, promise = f(x)[0], sum(a * b for a, b in zip(g, d, strict=True))
    interval = [0.0, float("inf")]
    t = 1.0
    while interval[1] - interval[0] > 1e-12 and t < 1e12:
        loss, g_t = f(x + t * d)
        if np.isnan(loss) or loss > f0 + c1 * t * promise:
            interval[1] = t
        elif np.sum(g_t * d) < c2 * promise:
            interval[0] = t
        else:
            return t
        t = min(2 * t, sum(interval) / 2)
    return interval[0]


def recursive(f, x, d, g, c1=1e-4, c2=0.9):
    (start, _), slope = f(x), g @ d

    def between(low, high, t, left):
        if left == 0:
            return low
        loss, gradient = f(x + t * d)
        if loss <= start + c1 * t * slope:
            if gradient @ d >= c2 * slope:
                return t
            low = t
        else:
            high = t
        return between(low, high, 2 * t if high == np.inf else 0.5 * (low + high), left - 1)

    return between(0, np.inf, 1.0, 40)


# --- wrong answers --------------------------------------------------------------------------------


def asks_again(f, x, d, g, c1=1e-4, c2=0.9):
    low, high, t = 0.0, np.inf, 1.0
    for _ in range(40):
        if not f(x + t * d)[0] <= f(x)[0] + c1 * t * (g @ d):
            high = t
        elif f(x + t * d)[1] @ d < c2 * (g @ d):
            low = t
        else:
            return t
        t = (low + high) / 2 if high < np.inf else 2 * t
    return low


LONG = "if not loss <= f0 + c1 * t * slope:"
SHORT = "elif g_new @ d < c2 * slope:"
NEXT = "t = (low + high) / 2 if high < np.inf else 2 * t"
STRONG = "elif abs(g_new @ d) <= -c2 * slope:\n            return t\n        elif g_new @ d < 0:"

# --- the exercise ---------------------------------------------------------------------------------


def mistaken(*changes):
    return edit(quasi_newton.weak_wolfe, *changes)


weak_wolfe = Exercise(
    name="weak_wolfe",
    slide="L-BFGS",
    answers=functions(quasi_newton.weak_wolfe),
    tests=[
        Test("the whole step where it is good", steps_in_a_bowl, good_steps),
        Test("a step that is too long", steps_in_a_bowl, too_long, untouched=["xs", "ds"]),
        Test("a step that is too short", steps_in_a_bowl, too_short, untouched=["xs", "ds"]),
        Test("c1 and c2 as they are given", steps_in_a_bowl, demanding),
        Test("between too short and too long", steps_to_a_wall, a_wall, points=2, holds=arrives),
        Test("directions other than the gradient's", steps_in_a_bowl, crooked),
        Test("an infinite loss is too long", steps_with_an_edge, infinite),
        Test("NaN is too long", steps_with_an_edge, not_a_number),
        # Steps of 1e-12 are noise: what is left of a bisection that finds nothing.
        Test("0 where no step will do, and only there", steps_up_and_down, up_and_down, atol=1e-9),
        Test("asks f no more than needed", steps_to_a_wall, a_wall, holds=asked_once),
    ],
    mistakes=[
        Mistake(
            "Armijo only",
            "You accept every step that goes down far enough, however short it is. The slope at "
            "its end must have changed as well.",
            mistaken((SHORT, "elif False:")),
        ),
        Mistake(
            "the slope only",
            "You accept every step at whose end the slope has changed enough, even where the loss "
            "has risen. Both conditions must hold.",
            mistaken((LONG, "if np.isnan(loss) or loss == np.inf:")),
        ),
        Mistake(
            "the strong condition",
            "You also reject a step that ends on a steep slope UPWARD. That is the strong Wolfe "
            "condition; y·s > 0 needs the weak one only.",
            mistaken(
                (SHORT, STRONG), ("else:\n            return t", "else:\n            high = t")
            ),
            elsewhere=True,
        ),
        Mistake(
            "too short is too long",
            "You turn the second condition round: a step is too short where the slope at its end "
            "is still steeply DOWNWARD, that is, more negative than c2 times the first one.",
            mistaken((SHORT, "elif g_new @ d > c2 * slope:")),
        ),
        Mistake(
            "lengths of gradients",
            "You compare the lengths of two gradients. What counts is the slope along d: a product "
            "with d.",
            mistaken((SHORT, "elif np.linalg.norm(g_new) > c2 * np.linalg.norm(g):")),
        ),
        Mistake(
            "never longer than 1",
            "Your step never gets longer than 1. As long as none was too long, double it.",
            mistaken(("high, t = 0.0, np.inf, 1.0", "high, t = 0.0, 1.0, 1.0")),
        ),
        Mistake(
            "forgets the lower end",
            "After a step that was too long you halve it, although you know already that shorter "
            "ones are too short. Go to the middle BETWEEN the two.",
            mistaken((NEXT, "t = t / 2 if high < np.inf and t == high else 2 * t")),
        ),
        Mistake(
            "always halves",
            "You halve where you should go to the middle between a step that is too short and one "
            "that is too long.",
            mistaken((NEXT, "t = high / 2 if high < np.inf else 2 * t")),
        ),
        Mistake(
            "c1 and c2 exchanged",
            "You take c1 for the slope and c2 for the loss. The loss has to fall by the small "
            "fraction; the slope has to shrink to the large one.",
            mistaken((LONG, LONG.replace("c1", "c2")), (SHORT, SHORT.replace("c2", "c1"))),
        ),
        Mistake(
            "constants in the code",
            "Your conditions hold fixed numbers, not the `c1` and `c2` that were given.",
            mistaken((LONG, LONG.replace("c1", "1e-4")), (SHORT, SHORT.replace("c2", "0.9"))),
        ),
        Mistake(
            "promise of the whole step",
            "You ask each step for what the whole direction promises: t is missing in the bound "
            "for the loss.",
            mistaken((LONG, LONG.replace("t * ", ""))),
        ),
        Mistake(
            "slope of the gradient",
            "You take the slope along the gradient, minus its squared length. The step goes "
            "along d.",
            mistaken(("g @ d", "-(g @ g)")),
        ),
        Mistake(
            "NaN passes",
            "A loss that is NaN passes your test, since every comparison with NaN is False. Put "
            "the question so that True means good.",
            mistaken((LONG, "if loss > f0 + c1 * t * slope:")),
        ),
        Mistake(
            "the whole step where none will do",
            "Where no step goes down, you give back 1, as if the whole step were good. Say 0, so "
            "that the caller notices.",
            mistaken(("return low", "return low or 1.0")),
        ),
        Mistake(
            "asks again",
            "Right, but f is asked more than once at the same point. Each call may be a pass over "
            "all the data: keep what it gave.",
            {"weak_wolfe": asks_again},
        ),
    ],
    styles=[
        Style("no upper end at first", {"weak_wolfe": no_upper_end}),
        Style("an interval", {"weak_wolfe": an_interval}),
        Style("recursive", {"weak_wolfe": recursive}),
    ],
)
