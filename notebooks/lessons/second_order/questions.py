"""The questions of this lesson: choices, and one number."""

from __future__ import annotations

import numpy as np

from autograder.exercise import Exercise, Mistake, Style, Test, choice

q_newton_steps = choice(
    "q_newton_steps",
    "Second order optimization methods: Newton parameter update",
    right="A",
    wrong={
        "B": "That would be one direction after the other. The equations H d = -g hold for both "
        "directions at the same time.",
        "C": "The condition number decides how many steps SGD needs. Does it occur anywhere in the "
        "formula of Newton's step?",
        "D": "Pick two starts. At each of them, how far is this loss from its own second-order "
        "expansion?",
    },
    why="A quadratic is its own second-order model, so the model's minimum is the minimum of "
    "the loss, wherever you start and whatever the condition number is.",
)

q_newton_on_saddle = choice(
    "q_newton_on_saddle",
    "Second order optimization methods: solving for the critical point",
    right="C",
    wrong={
        "A": "Minus the gradient points down along y. But Newton's step asks where the slope is "
        "ZERO.",
        "B": "Put the numbers in: g = (x, -y) and H has 1 and -1 on its diagonal. Divide each "
        "element of -g by its own curvature.",
        "D": "H is not singular: both curvatures have size 1, so the equations have a solution.",
    },
    why="H has 1 and -1 on its diagonal, so d = (-x, -y): from (x, y) that leads to (0, 0), "
    "where the slope is zero, and that is the saddle.",
)

q_curvature_pair = choice(
    "q_curvature_pair",
    "Quasi-Newton methods",
    right="B",
    wrong={
        "A": "Whether the loss fell is a matter of two losses. y·s compares two slopes along the "
        "step: at its end and at its beginning.",
        "C": "Suppose that you stand on a hilltop. The shorter the step, the more surely it ends "
        "on the hilltop, too.",
        "D": "Rounding can do that where s is tiny. But y·s < 0 happens with exact numbers as "
        "well: think of a hilltop.",
    },
    why="y·s is the slope along s at the end minus the slope along s at the beginning: if it "
    "is negative, the slope has fallen on the way.",
)

q_too_short = choice(
    "q_too_short",
    "L-BFGS",
    right="C",
    wrong={
        "A": "Look at the losses: they fall in every step, and t is 1, the first length tried.",
        "B": "The search would have given 0 for a direction that leads uphill, and the loss falls.",
        "D": "The loss falls by about 0.003 in each step. Rounding is some 1e-15 here.",
    },
    why="y·s < 0 says that the slope at the end of the step is even steeper than at its start: the "
    "step stopped too early. And since the pair is skipped, nothing is learned from that.",
)

q_noisy_pairs = choice(
    "q_noisy_pairs",
    "L-BFGS: does not transfer very well to mini-batch setting",
    right="D",
    wrong={
        "A": "The pairs have the size of the parameters, whatever the batch is. Memory is what "
        "L-BFGS saves.",
        "B": "SGD descends with noisy gradients. L-BFGS also uses the DIFFERENCE of two of them: "
        "what is in that?",
        "C": "The true change of the gradient gets smaller with the step, and that is no trouble: "
        "y is still H s. What does not get smaller?",
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
            "That is for numbers of eight bytes (float64). A float32 has four.",
            {"q_hessian_memory": 8 * 1e12 / 2**30},
        ),
        Mistake(
            "half of it",
            "H is symmetric, so half of it would be enough to know it. But the question is about "
            "the whole matrix, as np.linalg.solve takes it.",
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
            "Those are TiB: you divided by 1024 once too often.",
            {"q_hessian_memory": 4 * 1e12 / 2**40},
        ),
        Mistake(
            "the gradient",
            "That is the memory of the gradient: a million numbers. How many elements does a "
            "matrix with a row and a column for each parameter have?",
            {"q_hessian_memory": 4 * 1e6 / 2**30},
        ),
    ],
    styles=[
        Style("rounded", {"q_hessian_memory": 3725}),
        Style("two digits", {"q_hessian_memory": 3725.29}),
        Style("text", {"q_hessian_memory": "3725.3"}),
    ],
)
