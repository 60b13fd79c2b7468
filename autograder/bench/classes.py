"""The class that the benchmark grades: two notebooks, each for this grader and for plain nbgrader.

``01_heavy`` has 25 code cells (6 answers, 10 checks, 3 plots, one training loop of about half a
second), ``02_light`` as many without plots and training. The checks of the plain notebooks are
asserts, as an instructor writes them. All submissions are right; only the work is measured.

``python -m autograder.bench.classes COURSE NOTEBOOK STUDENTS JOBS`` grades one of them and prints
what ``grade --json`` prints.
"""
# mypy: disallow-untyped-defs=False

from __future__ import annotations

import json
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import numpy as np

from ..authoring.build import build, source_notebook
from ..authoring.percent import dump, to_notebook
from ..authoring.release import release
from ..course import Course, init
from ..exercise import Exercise, Test, functions
from ..grading.class_table import students_of
from ..grading.classroom import grade_class
from ..grading.events import Event, as_record
from ..project import Project

__all__ = ["HEAVY", "LIGHT", "plain_course", "project", "sandboxed_course"]

HEAVY, LIGHT = "01_heavy", "02_light"


def sigmoid(x):
    return 1 / (1 + np.exp(-x))


def relu(x):
    return np.maximum(x, 0)


def affine(x, w, b):
    return x @ w + b


def softmax(x):
    e = np.exp(x - x.max(axis=1, keepdims=True))
    return e / e.sum(axis=1, keepdims=True)


def momentum(w, dw, v):
    v = 0.9 * v - 0.01 * dw
    return w + v, v


def accuracy(scores, y):
    return float(np.mean(scores.argmax(axis=1) == y))


def _sigmoid(sigmoid, x):
    return {"out": sigmoid(x)}


def _relu(relu, x):
    return {"out": relu(x)}


def _affine(affine, x, w, b):
    return {"out": affine(x, w, b)}


def _softmax(softmax, x):
    return {"out": softmax(x)}


def _momentum(momentum, w, dw, v):
    next_w, next_v = momentum(w, dw, v)
    return {"w": next_w, "v": next_v}


def _accuracy(accuracy, scores, y):
    return {"accuracy": accuracy(scores, y)}


def _arrays(rows: int, **shapes: tuple[int, ...]):
    def inputs(rng):
        arrays = {name: rng.normal(size=(rows, *shape)) for name, shape in shapes.items()}
        if "scores" in shapes:
            arrays["y"] = rng.integers(0, 4, rows)
        if "w" in shapes and "b" in shapes:
            arrays.update(w=rng.normal(size=(3, 2)), b=rng.normal(size=2))
        return arrays

    return inputs


_TABLE: list[tuple[Any, Any, dict[str, Any], str]] = [
    (sigmoid, _sigmoid, {"x": (3,)}, "np.allclose(sigmoid(x), 1 / (1 + np.exp(-x)))"),
    (relu, _relu, {"x": (3,)}, "np.allclose(relu(x), x * (x > 0))"),
    (affine, _affine, {"x": (3,), "w": (), "b": ()}, "np.allclose(affine(x, w, b), x.dot(w) + b)"),
    (softmax, _softmax, {"x": (4,)}, "np.allclose(softmax(x).sum(axis=1), 1)"),
    (momentum, _momentum, {"w": (3,), "dw": (3,), "v": (3,)}, "momentum(w, dw, v)[0].shape"),
    (accuracy, _accuracy, {"scores": (4,)}, "accuracy(scores, scores.argmax(axis=1)) == 1"),
]
_EXERCISES = [
    Exercise(
        name=f"{answer.__name__}_{size}",
        slide="Benchmark",
        answers=functions(answer),
        tests=[Test("values", probe, _arrays(rows, **shapes))],
    )
    for size, rows, table in (("small", 5, _TABLE), ("large", 500, _TABLE[:4]))
    for answer, probe, shapes, _ in table
]
_DATA = """\
rng = np.random.default_rng(0)
x = rng.normal(size=(6, 4)); scores = x
w = rng.normal(size=(6, 4)); dw, v = w + 1, w - 1
"""
_PLOT = """\
figure, axes = plt.subplots(figsize=(5, 3))
axes.plot(np.linspace(-3, 3, 200), {what})
axes.set(title="curve {number}", xlabel="x", ylabel="f(x)")
plt.show()
"""
_TRAINING = """\
features, labels = rng.normal(size=(500, 64)), rng.integers(0, 10, 500)
weights, velocity = np.zeros((64, 10)), np.zeros((64, 10))
for step in range(1500):
    dscores = softmax(affine(features, weights, 0))
    dscores[np.arange(500), labels] -= 1
    weights, velocity = momentum(weights, features.T @ dscores / 500, velocity)
print("accuracy", accuracy(affine(features, weights, 0), labels))
"""


def _text(notebook: str, plain: bool) -> str:
    """The notebook's text, with our checks or with an instructor's asserts."""
    setup = "import numpy as np\nimport matplotlib.pyplot as plt\n"
    setup += "" if plain else "from autograder.check import check\n"
    cells = [f'# %% locked="setup"\n{setup}', f"# %%\n{_DATA}"]
    for (answer, _, _, claim), repeats in zip(_TABLE, (2, 2, 2, 2, 1, 1), strict=True):
        name = answer.__name__
        source = "".join(_SOURCE[name])
        cells.append(f'# %% solution="{name}"\n### BEGIN SOLUTION\n{source}### END SOLUTION\n')
        for size in ("small", "large")[:repeats]:
            if not plain:
                cells.append(f'# %% check="{name}_{size}"\ncheck("{name}_{size}")\n')
                continue
            more = "x = rng.normal(size=(6, 4)); b = 1\nw = np.ones((4, 2)); dw, v = w, w\n"
            hidden = f"### BEGIN HIDDEN TESTS\n{more}assert {claim}\n### END HIDDEN TESTS\n"
            cells.append(f'# %% test="{name}_{size}" points=1\n{hidden}')
    if notebook == HEAVY:
        curves = (
            "sigmoid(np.linspace(-3, 3, 200))",
            "relu(np.linspace(-3, 3, 200))",
            "rng.random(200)",
        )
        for number, what in enumerate(curves, start=1):
            cells.append("# %%\n" + _PLOT.format(what=what, number=number))
        cells.append(f"# %%\n{_TRAINING}")
        cells += [f"# %%\nprint({number}, x.mean())\n" for number in range(3)]
    else:
        cells += [f"# %%\nprint({number}, x.mean())\n" for number in range(7)]
    return "\n".join(cells)


_SOURCE = {
    answer.__name__: Path(__file__).read_text(encoding="utf-8").split(f"def {answer.__name__}(")[1]
    for answer, *_ in _TABLE
}
_SOURCE = {
    name: f"def {name}({text.split(chr(10) + chr(10))[0].rstrip()}\n"
    for name, text in _SOURCE.items()
}


def _load(notebook: str) -> list[Exercise]:
    return _EXERCISES


def project(root: Path, notebook: str) -> Project:
    """The project of one of the notebooks in `root`, built if it is new."""
    made = Project(root / notebook, (notebook,), exercises=_load)
    if not made.root.exists():
        made.text(notebook).parent.mkdir(parents=True)
        made.text(notebook).write_text(_text(notebook, plain=False), encoding="utf-8")
        build([notebook], made)
    return made


def sandboxed_course(folder: Path, students: Iterable[str]) -> Course:
    """A course of this grader with both notebooks released and handed in."""
    course = init(folder / "ours", project(folder, HEAVY))
    for name in (HEAVY, LIGHT):
        made = project(folder, name)
        release(course, name, made)
        _hand_in(course, name, dump(source_notebook(name, made)), students)
    return course


def plain_course(folder: Path, students: Iterable[str]) -> Course:
    """A course of plain nbgrader with both notebooks handed in, but not generated yet."""
    course = Course(folder / "plain")
    for name in (HEAVY, LIGHT):
        source = course.source_dir(name)
        source.mkdir(parents=True)
        text = dump(to_notebook(_text(name, plain=True), {}, name))
        (source / f"{name}.ipynb").write_text(text, encoding="utf-8")
        _hand_in(course, name, text, students)
    return course


def _hand_in(course: Course, notebook: str, text: str, students: Iterable[str]) -> None:
    for student in students:
        folder = course.submitted_dir(notebook, student)
        folder.mkdir(parents=True)
        (folder / f"{notebook}.ipynb").write_text(text, encoding="utf-8")


def main(root: str, notebook: str, students: str, jobs: str) -> None:
    course = Course(Path(root))
    names = [student for student in students_of(course, notebook) if student.startswith(students)]
    made = project(course.root.parent, notebook)

    def tell(event: Event) -> None:
        print(json.dumps(as_record(event)), flush=True)

    grade_class(course, notebook, names, int(jobs), force=True, project=made, tell=tell)


if __name__ == "__main__":
    main(*sys.argv[1:])
