"""A graded class of lesson 05 whose three questions in words were answered by hundreds of students.

Nothing is run: the graded notebook of an empty submission is given each student's answers. These
come from a few dozen texts, most of them copied with small changes, as in a real class.
"""

from __future__ import annotations

import json
import random
from pathlib import Path

from nbformat import from_dict
from nbgrader.utils import determine_grade

from autograder.authoring.release import release
from autograder.course import Course, init
from autograder.grading.hand_in import HandedIn
from autograder.grading.load import load_release
from autograder.grading.recorder import Recorder
from autograder.grading.submission import KEY, grade
from helpers.term_course import RULES, project

ZIGZAG, ADAGRAD, LONG = QUESTIONS = (
    "why_sgd_zigzags",
    "what_happens_with_adagrad",
    "adagrad_over_long_time",
)
ENDING = {
    ZIGZAG: "I tried it with $\\alpha = {:.4f}$ and saw the same path after {} steps.",
    ADAGRAD: "With a rate of {:.4f} my own run needed {} steps.",
    LONG: "After step {1} my step size was {0:.4f}, as the formula says.",
}
TEXTS = {
    ZIGZAG: [
        "It zigzags across the steep direction and makes slow progress along the shallow one. One "
        "step multiplies $y$ by $1 - 100\\alpha$, which is negative for $\\alpha > 0.01$, and $x$ "
        "by $1 - \\alpha$, which is close to 1.",
        "The gradient points mostly across the valley, so the steps jump from wall to wall "
        "and very little is left for the direction along the floor.",
        "The rate is limited by the steep direction: it must stay below $2/100$. Along the shallow "
        "direction each step then only removes about 1 % of the distance, so it takes hundreds.",
        "Because the learning rate is too big in $y$ and too small in $x$.",
        "SGD is noisy, so it jumps around and does not go straight to the minimum.",
        "The condition number is 100:\n\n- across, the sign changes in each step\n- along, the "
        "factor is $1 - \\alpha \\approx 0.98$\n\nNo single rate suits both curvatures.",
        "It goes down the steepest direction, which is not where the minimum is. The level curves "
        "are long ellipses, so the negative gradient is nearly at right angles to the valley.",
        "The loss is not convex here and has many local minima.",
        "It oscillates in the steep direction, since each step overshoots the floor, and it crawls "
        "in the shallow direction, since the gradient is small there.",
        "I do not know.",
    ],
    ADAGRAD: [
        "Each parameter is divided by the root of the sum of its own squared gradients. Steep ones "
        "get smaller steps and shallow ones get larger steps, so the path is nearly straight. It "
        "does not help if the valley is turned by 45 degrees.",
        "AdaGrad takes smaller steps in the steep direction, as its gradients are large.",
        "It normalises the gradient per parameter: $\\frac{g}{\\sqrt{c} + \\varepsilon}$. Both "
        "coordinates then move at the same pace. If the directions mix, it is of no use.",
        "It adds momentum, so the zigzag cancels.",
        "The steps become equal in both directions and the path heads for the minimum.",
        "It damps $y$ and amplifies $x$, because the cache of $y$ is $100^2$ times as large. In a "
        "rotated valley both caches are the same, and nothing is gained.",
        "It makes the learning rate larger when the gradient is larger.",
        "The learning rate adapts to each parameter, but in a long run the steps die out.",
    ],
    LONG: [
        "The cache only grows, so the step size goes to zero like $1/\\sqrt{t}$. For a convex "
        "problem this is what one wants near the minimum; a network may stop too early.",
        "The steps get smaller and smaller because we keep adding squared gradients.",
        "It stops learning after some time. That is bad for neural networks, since the loss is not "
        "convex and we may still be far from a good region.",
        "The step size stays constant because the gradient is constant.",
        "It decays to 0. In the convex case it works like a schedule, and the sum of the steps "
        "$\\sum 1/\\sqrt{t}$ is still unbounded, so it arrives.",
        "It grows without bound and the loss becomes NaN.",
        "Early large gradients are remembered for ever, so later progress is slow.",
    ],
}
HOSTILE = '<img src="https://example.org/x.png" onerror="alert(1)"> [a link](javascript:alert(2))'
SYNONYMS = {
    "It ": "This ", "very ": "really ", "nearly ": "almost ", "progress": "headway",
    "close to": "about", "direction": "coordinate", "because": "since", "keep adding": "always add",
}  # fmt: skip


def words_class(root: Path, count: int) -> Course:
    """A course in `root` with `count` graded submissions: the first one writes nothing."""
    made = project(root / "checkout")
    course = init(root / "course")
    release(course, RULES, made)
    empty = grade(HandedIn(problem="not run"), load_release(course, RULES, made)).notebook
    template = json.dumps(empty)
    with Recorder(course, RULES) as book:
        for student, answers in answers_of(count).items():
            book.record(student, {RULES: _graded(template, student, answers)})
    return course


def answers_of(count: int) -> dict[str, dict[str, str]]:
    """What each student answers to each question. The same for the same `count`."""
    rng = random.Random(7)
    answers = {
        f"student-{number:03}": {question: _answer(rng, question) for question in QUESTIONS}
        for number in range(1, count + 1)
    }
    answers["student-001"] = {}
    answers["student-002"][ZIGZAG] = HOSTILE
    return answers


def _answer(rng: random.Random, question: str) -> str:
    texts = TEXTS[question]
    text = rng.choices(texts, [1 / place for place in range(1, len(texts) + 1)])[0]
    change = rng.random()
    if change < 0.2:
        text = rng.choice([text.rstrip("."), text.replace(" ", "  ", 3), text.lower()])
    elif change < 0.35:
        if words := [word for word in SYNONYMS if word in text]:
            word = rng.choice(words)
            text = text.replace(word, SYNONYMS[word], 1)
    elif change < 0.5:
        text += "\n\n" + ENDING[question].format(rng.random(), rng.randrange(40, 4000))
    return text


def _graded(template: str, student: str, answers: dict[str, str]):
    notebook = from_dict(json.loads(template))
    marks = {}
    for cell in notebook.cells:
        cell.source = answers.get(cell.id, cell.source)
        if cell.metadata.get("nbgrader", {}).get("grade"):
            marks[cell.id] = determine_grade(cell)[0]
    about = {"submission": f"of {student}", "marks": marks, "unreadable": ""}
    notebook.metadata[KEY].update(about)
    return notebook


__all__ = ["ADAGRAD", "HOSTILE", "LONG", "QUESTIONS", "ZIGZAG", "answers_of", "words_class"]
