"""The questions of this lesson: choices, and one number."""

from __future__ import annotations

import numpy as np

from autograder.exercise import Exercise, Mistake, Style, Test, choice

q_newton_steps = choice(
    "q_newton_steps",
    "Second order optimization methods: Newton parameter update",
    right="A",
    wrong={
        "B": "Two would be for two directions, one after the other. The step solves for both of "
        "them at once: where is the minimum of the quadratic model, if the loss IS a quadratic?",
        "C": "That is the number for SGD: the condition number decides how many steps it needs. "
        "In which formula of Newton's step does it occur?",
        "D": "SGD's factor per step depends on the start no more than on anything else. Compare "
        "the loss with its second-order expansion: how large is the rest, for a quadratic?",
    },
    why="A quadratic is its own second-order model, so the model's minimum is the minimum of "
    "the loss, wherever you start and whatever the condition number is.",
)

q_newton_on_saddle = choice(
    "q_newton_on_saddle",
    "Second order optimization methods: solving for the critical point",
    right="C",
    wrong={
        "A": "Down along y, that is where the gradient points. Newton's step asks where the slope "
        "is ZERO.",
        "B": "Put the numbers in: g = (x, -y) and H has 1 and -1 on its diagonal. Divide each "
        "element of -g by its own curvature.",
        "D": "H is not singular, both curvatures are of size 1: the equations have a solution.",
    },
    why="H has 1 and -1 on its diagonal, so d = (-x, -y): from (x, y) that leads to (0, 0), "
    "where the slope is zero, and that is the saddle.",
)

q_curvature_pair = choice(
    "q_curvature_pair",
    "Quasi-Newton methods",
    right="B",
    wrong={
        "A": "Whether the loss fell says f; y·s compares two slopes along the step, at its end "
        "and at its beginning.",
        "C": "A line search makes t shorter. But the shorter the step on a hilltop, the more "
        "surely it sees nothing but the hilltop.",
        "D": "Rounding can do that, where s is tiny. With a loss of many hills it is not needed.",
    },
    why="y·s is the slope along s at the end minus the slope along s at the beginning: if it "
    "is negative, the slope has fallen on the way.",
)

q_noisy_pairs = choice(
    "q_noisy_pairs",
    "L-BFGS: does not transfer very well to mini-batch setting",
    right="D",
    wrong={
        "A": "Memory is what L-BFGS saves, and a batch needs less of it than all the data.",
        "B": "A noisy gradient alone would not do much harm: SGD lives on those. What does L-BFGS "
        "do with the DIFFERENCE of two of them?",
        "C": "The true change of the gradient does get smaller with the step, in proportion. That "
        "would be no trouble: y would still be H s. What does not get smaller?",
    },
    why="L-BFGS reads y as H s. A short step makes H s small, while the difference between "
    "two batches stays as large as it is: what is left is noise, taken for curvature.",
)


def whole_number(answer, salt):
    import hashlib

    if answer is None or answer is ...:
        raise NotImplementedError
    text = str(round(float(answer)))
    digest = hashlib.sha256((salt + text).encode()).digest()
    return {"your number": np.frombuffer(digest, dtype=np.uint8)}


def is_right(inputs, values, expected):
    same = np.array_equal(values["your number"], expected["your number"])
    return "" if same else "That is not the right number."


q_hessian_memory = Exercise(
    name="q_hessian_memory",
    slide="Q2: why is this impractical for training Deep Neural Nets?",
    answers={"q_hessian_memory": 4 * 1e12 / 2**30},
    tests=[
        Test(
            "your number, rounded to a whole one",
            whole_number,
            lambda rng: {"salt": rng.bytes(8).hex()},
            holds=is_right,
        )
    ],
    mistakes=[
        Mistake(
            "eight bytes",
            "That is for numbers of eight bytes (float64). Asked for is float32.",
            {"q_hessian_memory": 8 * 1e12 / 2**30},
        ),
        Mistake(
            "half of it",
            "H is symmetric, so half of it would do; asked for is the whole matrix, as "
            "np.linalg.solve wants it.",
            {"q_hessian_memory": 2 * 1e12 / 2**30},
        ),
        Mistake(
            "gigabytes",
            "Those are gigabytes, of 1000³ bytes. A GiB has 1024³.",
            {"q_hessian_memory": 4 * 1e12 / 1e9},
        ),
        Mistake(
            "one byte",
            "That is the number of elements. How many bytes has each of them, in float32?",
            {"q_hessian_memory": 1e12 / 2**30},
        ),
        Mistake(
            "mebibytes",
            "Those are MiB, of 1024² bytes. Divide by 1024 once more.",
            {"q_hessian_memory": 4 * 1e12 / 2**20},
        ),
        Mistake(
            "bytes",
            "Those are bytes. Divide by 1024 three times.",
            {"q_hessian_memory": 4 * 1e12},
        ),
        Mistake(
            "tebibytes",
            "Those are TiB. You have divided by 1024 once too often.",
            {"q_hessian_memory": 4 * 1e12 / 2**40},
        ),
        Mistake(
            "the gradient",
            "That is nothing, and so it is the gradient's memory: a million numbers. How many "
            "elements has a matrix with a row and a column for each parameter?",
            {"q_hessian_memory": 4 * 1e6 / 2**30},
        ),
    ],
    styles=[
        Style("rounded", {"q_hessian_memory": 3725}),
        Style("two digits", {"q_hessian_memory": 3725.29}),
        Style("text", {"q_hessian_memory": "3725.3"}),
    ],
)
