"""The lecture as a map: from each slide to what is read, written and looked up for it.

The lecture is CS231n's "Training Neural Networks, Part 2". Its slides' titles are listed here, in
its order; what belongs to each is told by the exercises, which name their slide.
"""

from __future__ import annotations

import inspect
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from autograder.book.gallery import words
from autograder.book.headings import Place, places
from autograder.exercise import Exercise
from autograder.project import Project

__all__ = ["QUESTIONS", "SLIDES", "TODO", "Slide", "write"]


@dataclass(frozen=True)
class Slide:
    """A slide's title, and what else tells that something belongs to it.

    `also`: beginnings of the slide that an exercise names, besides the title. `read`: headings of
    notebooks, as (notebook, heading), where no exercise leads to them.
    """

    title: str
    also: tuple[str, ...] = ()
    read: tuple[tuple[str, str], ...] = ()


SLIDES = (
    Slide("Mini-batch SGD", read=(("00_training_loop", "The loop"),)),
    Slide("Activation Functions", read=(("01_activations", "The slide, redrawn by you"),)),
    Slide("Data Preprocessing"),
    Slide("Xavier initialization"),
    Slide("Weight Initialization", ("He et al., 2015",)),
    Slide("Batch Normalization", read=(("03_batchnorm", "The slide's four claims"),)),
    Slide(
        "Babysitting the learning process",
        ("Loss barely changing",),
        (("04_babysitting", "The slide's run"),),
    ),
    Slide("Cross-validation"),
    Slide("Grid Layout"),
    Slide("Random Layout", read=(("04_babysitting", "Side by side"),)),
    Slide("Parameter Updates", read=(("00_training_loop", "The four steps"),)),
    Slide(
        "Suppose loss function is steep vertically but shallow horizontally",
        ("Q: What is the trajectory",),
        (("05_update_rules", "The valley again"),),
    ),
    Slide("Momentum update"),
    Slide("SGD VS Momentum", read=(("05_update_rules", "Who is fastest, and when?"),)),
    Slide("Nesterov Momentum update"),
    Slide("AdaGrad update", ("Q: What happens with AdaGrad", "Q2: What happens to the step size")),
    Slide("RMSProp update"),
    Slide(
        "rmsprop: A mini-batch version of rprop",
        read=(
            ("05_update_rules", "From rprop to RMSProp"),
            ("05_update_rules", "RMSProp: learn to forget"),
        ),
    ),
    Slide("Adam update"),
    Slide(
        "SGD, SGD+Momentum, Adagrad, RMSProp, Adam all have learning rate as a hyperparameter",
        ("Q: Which one of these learning rates",),
    ),
    Slide("Learning rate decay over time!"),
    Slide(
        "Second order optimization methods",
        ("Q2: why is this impractical", "Quasi-Newton methods"),
    ),
    Slide("L-BFGS", read=(("08_second_order", "Full batch, deterministic mode"),)),
    Slide(
        "In practice", read=(("08_second_order", "In practice"), ("09_ensembles", "In practice"))
    ),
    Slide("Evaluation: Model Ensembles"),
    Slide("Fun Tips/Tricks"),
)

TODO = {
    # The lecture's list of what is still to come: where it comes.
    "Parameter update schemes": "05_update_rules",
    "Learning rate schedules": "06_schedules",
    "Dropout": "07_dropout",
    "Gradient checking": "00_training_loop",
    "Model ensembles": "09_ensembles",
}

QUESTIONS = {
    # The lecture's questions: the cells that ask a person the same.
    "What is the trajectory along which we converge towards the minimum with SGD?": [
        "why_sgd_zigzags"
    ],
    "What happens with AdaGrad?": ["what_happens_with_adagrad"],
    "What happens to the step size over long time?": ["adagrad_over_long_time"],
    "Which one of these learning rates is best to use?": ["which_rate_is_best"],
    "what is nice about this update?": ["what_is_nice_about_newton"],
    "why is this impractical for training Deep Neural Nets?": ["why_newton_is_impractical"],
}

_PAGE = """\
# From the slides to here

The lecture "Training Neural Networks, Part 2" from its first slide to its last: where each one is
worked through, what you write for it (with its points), and where that stands in the library when
you look it up later. Names that begin with `q` are questions, which are checked as well.

| slide | read | write | look up |
|---|---|---|---|
{slides}

## What the lecture leaves as a TODO

| to do | read | write | look up |
|---|---|---|---|
{todo}

## What the lecture asks

Each "Q" of the slides is a question that you answer in your own words, in the section that measures
it. To some of them an answer can be checked, too.

| question | answered in | checked by |
|---|---|---|
{questions}
"""


class _Course:
    """All exercises with the place of each, in the order of the notebooks."""

    def __init__(self, project: Project) -> None:
        self.places = {name: places(name, project) for name in project.lessons}
        self.exercises = [
            (notebook, exercise)
            for notebook in project.lessons
            for exercise in project.load(notebook)
        ]

    def where(self, cell: str) -> Place:
        """The heading above an exercise or a question."""
        return next(p for section in self.places.values() for p in section if cell in p.cells)

    def heading(self, notebook: str, heading: str) -> Place:
        named = [place for place in self.places[notebook] if place.heading == heading]
        if not named:
            raise ValueError(f"{notebook} has no heading {heading!r}")
        return named[0]

    def of(self, *beginnings: str, notebook: str = "") -> list[Exercise]:
        """The exercises that name a slide with one of these beginnings."""
        return [
            exercise
            for home, exercise in self.exercises
            if notebook in ("", home) and _names(exercise.slide, beginnings)
        ]

    def rows(self, title: str, exercises: Sequence[Exercise], read: Sequence[Place]) -> list[str]:
        """A line for each section that belongs to a slide, in the order of the notebooks."""
        there = {self.where(exercise.name) for exercise in exercises} | set(read)
        sections = [p for section in self.places.values() for p in section if p in there]
        lines = []
        for place in sections:
            here = [exercise for exercise in exercises if exercise.name in place.cells]
            write = ", ".join(f"`{exercise.name}` ({exercise.points:g})" for exercise in here)
            lines.append(f"| {words(title)} | {_link(place)} | {write} | {_library(here)} |")
            title = ""
        return lines


def _names(slide: str, beginnings: Sequence[str]) -> bool:
    parts = [slide, *slide.split("; "), *slide.split(", ")]
    return any(part.startswith(beginning) for part in parts for beginning in beginnings)


def write(folder: Path, project: Project) -> Path:
    """Write `slides.md` into `folder`."""
    course = _Course(project)
    slides, todo = [], []
    for slide in SLIDES:
        read = [course.heading(*pair) for pair in slide.read]
        slides += course.rows(slide.title, course.of(slide.title, *slide.also), read)
    for item, notebook in TODO.items():
        named = course.of(item, notebook=notebook)
        todo += course.rows(item, named, [] if named else course.places[notebook][:1])
    questions = []
    for question, cells in QUESTIONS.items():
        links = ", ".join(_link(course.where(cell)) for cell in cells)
        checked = [f"`{e.name}`" for _, e in course.exercises if question in e.slide]
        text = words(question[0].upper() + question[1:])
        questions.append(f"| {text} | {links} | {', '.join(checked)} |")
    tables = {"slides": slides, "todo": todo, "questions": questions}
    page = _PAGE.format_map({name: "\n".join(lines) for name, lines in tables.items()})
    path = folder / "slides.md"
    path.write_text(page, encoding="utf-8", newline="\n")
    return path


def _link(place: Place) -> str:
    number = place.link[:2]
    return f"{number} [{words(place.heading.removeprefix(f'{number} · '))}](notebooks/{place.link})"


def _library(exercises: Sequence[Exercise]) -> str:
    """The answers that are functions of the library, each with a link to its page."""
    roles = []
    for exercise in exercises:
        for answer in exercise.answers.values():
            module = getattr(answer, "__module__", None) or ""
            if inspect.isfunction(answer) and module.startswith("cs231n_lib."):
                roles.append(f"{{py:func}}`~{module}.{answer.__name__}`")
    return ", ".join(dict.fromkeys(roles))
