"""The whole course once, with a sample class: build, release, hand in, grade, feedback, report.

The demo checks itself: it knows beforehand which marks each student must get.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from rich.console import Console
from rich.markup import escape

from ..authoring import build
from ..authoring.release import release
from ..course import Course, init
from ..errors import AutograderError
from ..grading.class_table import rows
from ..grading.classroom import grade_class
from ..grading.feedback import feedback
from ..grading.kernel import Limits
from ..grading.submission import read_notebook
from ..grading.workers import processors
from ..project import Project, find_project
from ..reports.progress import grading_bar, progress_bar
from ..reports.report import write_report
from ..reports.tables import class_table
from .students import Expectation, disagreements, write_class

__all__ = ["prepare", "run", "students_check"]

_LESSONS = 2
"""Enough lessons to show everything within a few minutes."""
MARK = ".demo"
"""A file that marks a directory of the demo, which the demo may delete."""
COUNT = 15
LIMITS = Limits(cell_seconds=8, test_seconds=4)
"""Short, because some students of the sample class write endless loops."""

Class = dict[str, Expectation]


def run(
    directory: Path | None = None,
    names: Sequence[str] | None = None,
    count: int = COUNT,
    console: Console | None = None,
    project: Project | None = None,
) -> int:
    """Run the demo in `directory`; returns 0 if all marks are right, else 1.

    names : lessons of the `project`; default: those of the manifest's `demo`, or the first two.
    count : submissions of each lesson.
    """
    directory = Path(directory or "demo-course")
    project = project or find_project()
    names = list(names or project.demo or project.lessons[:_LESSONS])
    console = console or Console()
    clock = _Clock(console)
    with clock("The notebooks are up to date"):
        stale = build.differences(names, project)
        if stale:
            raise AutograderError("\n".join(["run `python -m autograder build` first:", *stale]))
    with clock(f"A new course directory: {directory}"):
        course = prepare(directory, project)
    for name in names:
        with clock(f"Released {name}"):
            release(course, name)
    classes: dict[str, Class] = {}
    with clock(f"A sample class hands in {count * len(names)} notebooks"):
        for name in names:
            classes[name] = write_class(course, name, count, turn=names.index(name))
    began = time.perf_counter()
    for name in names:
        with clock(f"Graded {name}"), grading_bar(name, console=console) as tell:
            grade_class(course, name, limits=LIMITS, tell=tell)
    seconds = (time.perf_counter() - began) / (count * len(names))
    for name in names:
        with clock(f"Feedback for {name}"), progress_bar(f"feedback {name}", console) as progress:
            feedback(course, name, progress=progress)
    with clock("Reports"):
        pages = [write_report(course, name) for name in names]
    graded = {name: rows(course, name) for name in names}
    console.print()
    for name in names:
        kinds = {student: expectation.kind for student, expectation in classes[name].items()}
        console.print(class_table(name, graded[name], kinds))
    workers = min(processors(), count)
    console.print(
        f"{seconds:.1f} s per submission, {workers} at a time; {clock.total:.0f} s in all."
    )
    _print_check(course, classes, console)
    _print_paths(course, classes, pages, console)
    wrong = [line for name in names for line in disagreements(classes[name], graded[name])]
    if wrong:
        console.print("\n[bold red]Marks that are wrong:[/]")
        console.print("\n".join(wrong), markup=False)
        return 1
    console.print(
        f"\n[bold green]✓[/] All {count * len(names)} submissions got the marks they should get."
    )
    return 0


def prepare(directory: Path, project: Project | None = None) -> Course:
    """Make an empty course directory, after deleting that of an earlier demo.

    Raises
    ------
    AutograderError : `directory` holds something else.
    """
    if directory.exists():
        if directory.is_symlink() or not directory.is_dir():
            raise AutograderError(f"the demo's directory must be a folder, got {directory}")
        if any(directory.iterdir()) and not (directory / MARK).is_file():
            raise AutograderError(
                f"the demo deletes what is in its directory, and {directory} was not made by it: "
                "name another (python -m autograder demo DIR)"
            )
        shutil.rmtree(directory)
    course = init(directory, project)
    (directory / MARK).write_text("Made by `python -m autograder demo`, which may delete this.\n")
    return course


class _Clock:
    """Prints what was done, and how long it took."""

    def __init__(self, console: Console) -> None:
        self.console = console
        self.began = time.perf_counter()

    @property
    def total(self) -> float:
        return time.perf_counter() - self.began

    @contextlib.contextmanager
    def __call__(self, what: str) -> Iterator[None]:
        start = time.perf_counter()
        yield
        seconds = time.perf_counter() - start
        self.console.print(f"[green]✓[/] {escape(what)} [dim]{seconds:.1f} s[/]", highlight=False)


def students_check(course: Course, notebook: str, student: str, exercise: str) -> str:
    """The output of the check of `exercise` on the student's answers, as run in a terminal."""
    path = course.submitted_dir(notebook, student) / f"{notebook}.ipynb"
    (described,) = (item for item in course.project.load(notebook) if item.name == exercise)
    solutions = {f"{name}_solution" for name in (exercise, *described.answers)}
    cells = [
        cell.source
        for cell in read_notebook(path).cells
        if cell.metadata.get("nbgrader", {}).get("grade_id") in solutions
    ]
    setup = ["import numpy as np", "from autograder.check import check"]
    code = "\n\n".join([*setup, *cells, f"print(check({exercise!r}))"])
    home = course.release_dir(notebook)
    environment = {**os.environ, "PYTHONPATH": str(home), "AUTOGRADER_PROGRESS": os.devnull}
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=home, env=environment, capture_output=True, text=True
    )
    return done.stdout.strip() or done.stderr.strip()


def _example_of_mistake(
    course: Course, classes: Mapping[str, Class]
) -> tuple[str, str, str] | None:
    """A (notebook, student, exercise) with a mistake, in a function if possible."""
    examples = [
        (name, student, exercise.name, any(map(callable, exercise.answers.values())))
        for name, expected in classes.items()
        for exercise in course.project.load(name)
        for student, expectation in expected.items()
        if exercise.name in expectation.mistakes
    ]
    return max(examples, key=lambda example: example[3])[:3] if examples else None


def _print_check(course: Course, classes: Mapping[str, Class], console: Console) -> None:
    example = _example_of_mistake(course, classes)
    if example:
        name, student, exercise = example
        console.print(f'\n[bold]What {student} sees at home[/], from check("{exercise}"):\n')
        text = students_check(course, name, student, exercise)
        console.print(text, markup=False, highlight=False, soft_wrap=True)


def _print_paths(
    course: Course, classes: Mapping[str, Class], pages: Sequence[Path], console: Console
) -> None:
    example = _example_of_mistake(course, classes)
    lines = [("class report", page) for page in pages]
    if example:
        name, student, _ = example
        lines.append(("feedback", course.feedback_dir(name, student) / f"{name}.html"))
    lines += [("release", course.release_dir(name)) for name in classes]
    lines += [("zip for students", course.download / f"{name}.zip") for name in classes]
    lines.append(("gradebook", course.gradebook))
    console.print("\n[bold]To open:[/]")
    for what, path in lines:
        line = f"  {what:17} {os.path.relpath(path)}"
        console.print(line, markup=False, highlight=False, soft_wrap=True)
    programs = Path(sys.executable).parent
    console.print(
        f"  {'formgrader':17} cd {os.path.relpath(course.root)} && "
        f'PATH="{programs}:$PATH" jupyter lab    (menu Nbgrader, Formgrader)',
        markup=False,
        highlight=False,
        soft_wrap=True,
    )
    console.print("\n[bold]To try next:[/]")
    first = next(iter(classes))
    for what in ("status", f"status {first}", f"mark {first}", "report", "export csv"):
        line = f"  python -m autograder {what} --course {os.path.relpath(course.root)}"
        console.print(line, markup=False, highlight=False, soft_wrap=True)
