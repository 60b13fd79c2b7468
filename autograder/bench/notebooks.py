"""The cost of grading the project's own notebooks: this grader, and plain ``nbgrader autograde``.

Both grade the same honest class (:func:`.sample.students.write_class`): right answers in several
styles, known mistakes, unwritten answers. This grader has one worker. nbgrader gets the first few
students only, because it takes many seconds for each.
"""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from statistics import median

from rich.console import Console
from rich.table import Table

from ..authoring.release import release
from ..course import Course, init, put_programs_on_path
from ..errors import AutograderError
from ..grading.class_table import rows
from ..project import Project
from ..sample.students import Expectation, disagreements, write_class
from .speed import PLAIN_CONFIG, STOCK, same_marks
from .ways import Way, note, ratio, table, timed

__all__ = ["grade_command", "honest_course", "run"]

STUDENTS, PLAIN = 12, 3
_DIFFERENT = 24
"""Students who hand in different work; in a larger class it is handed in again."""


def honest_course(
    folder: Path, project: Project, lessons: Sequence[str], students: int
) -> tuple[Course, dict[str, dict[str, Expectation]]]:
    """A course with these lessons released and handed in, and what the first of each must get."""
    course, expected = init(folder / "ours", project), {}
    for lesson in lessons:
        release(course, lesson)
        different = min(students, _DIFFERENT)
        expected[lesson] = write_class(course, lesson, different, honest=True)
        folders = [course.submitted_dir(lesson, student) for student in expected[lesson]]
        for number in range(different, students):
            target = course.submitted_dir(lesson, f"student-{number + 1:02}")
            shutil.copytree(folders[number % different], target)
    return course, expected


def grade_command(
    course: Course, lesson: str, jobs: int, students: Sequence[str] = ()
) -> list[str]:
    """The arguments of Python that grade these students, or all."""
    chosen = [word for student in students for word in ("--student", student)]
    place = ["--course", str(course.root), "--jobs", str(jobs)]
    return ["-m", "autograder", "grade", lesson, "--force", "--json", *place, *chosen]


def run(
    project: Project,
    lessons: Sequence[str] = (),
    students: int = STUDENTS,
    plain_students: int = PLAIN,
    rounds: int = 3,
    console: Console | None = None,
) -> None:
    """Measure and print a table of the project's lessons, or of `lessons`."""
    console, lessons = console or Console(), project.named(lessons)
    if not 2 <= plain_students <= students or students < 3:
        raise AutograderError(
            "students must be at least 3, and nbgrader needs at least 2 of them; "
            f"got {students} and {plain_students}"
        )
    measured: dict[str, tuple[Way, Way]] = {}
    same = of = 0
    wrong: list[str] = []
    with tempfile.TemporaryDirectory(prefix="bench-") as temporary:
        folder = Path(temporary)
        course, expected = honest_course(folder, project, lessons, students)
        plain = Course(folder / "plain")
        environment = {"AUTOGRADER_PROJECT": str(project.root)}
        for lesson in lessons:
            chosen = list(expected[lesson])[:plain_students]
            _hand_in_plainly(plain, project, lesson, course, chosen)
            generate = ["-m", "nbgrader", "generate_assignment", lesson]
            timed("generate_assignment", plain.root, generate, environment)
            ways = _ways(course, plain, lesson, chosen, students, environment)
            for turn in range(1, rounds + 1):
                for way in ways:
                    way.measure()
                    console.print(f"{lesson}, round {turn} of {rounds}: {way.last}")
            graded = rows(course, lesson)
            wrong += [f"{lesson}, {line}" for line in disagreements(expected[lesson], graded)]
            measured[lesson] = ways
            alike, both = same_marks(course, plain, lesson)
            same, of = same + alike, of + both
    console.print(_table(measured))
    console.print(_summary(measured))
    console.print(f"Same marks from both graders: {same} of {of}.\n")
    if wrong:
        raise AutograderError("\n".join(["marks that are wrong:", *wrong]))


def _hand_in_plainly(
    plain: Course, project: Project, lesson: str, course: Course, students: Sequence[str]
) -> None:
    """The lesson in a course of plain nbgrader, with what these students handed in."""
    source = plain.source_dir(lesson)
    source.mkdir(parents=True)
    (plain.root / "nbgrader_config.py").write_text(PLAIN_CONFIG, encoding="utf-8")
    for name, path in {f"{lesson}.ipynb": project.built(lesson), **project.files(lesson)}.items():
        (source / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(path, source / name)
    for student in students:
        shutil.copytree(course.submitted_dir(lesson, student), plain.submitted_dir(lesson, student))


def _ways(
    course: Course,
    plain: Course,
    lesson: str,
    chosen: Sequence[str],
    students: int,
    environment: Mapping[str, str],
) -> tuple[Way, Way]:
    put_programs_on_path()
    stock = ["-m", "nbgrader", "autograde", lesson, "--force"]
    stock_ways = [*stock, f"--student={chosen[0]}"], stock
    ours = (grade_command(course, lesson, 1, chosen[:2]), grade_command(course, lesson, 1))
    return (
        Way(STOCK, plain.root, *stock_ways, (1, len(chosen)), environment),
        Way("this grader, 1 worker", course.root, *ours, (2, students)),
    )


def _table(measured: Mapping[str, tuple[Way, Way]]) -> Table:
    stock, ours = next(iter(measured.values()))
    (few, many), (stock_few, stock_many) = ours.submissions, stock.submissions
    title = (
        f"one more submission with one worker, seconds, {len(ours.seconds)} rounds\n"
        f"({few} against {many}; {STOCK}: {stock_few} against {stock_many})"
    )
    made = table(title, "", ("nbgrader", "this grader", "CPU s", "× faster"))
    for lesson, (stock, ours) in measured.items():
        times = ratio(stock.cost, ours.cost)
        costs = stock.cost.shown(1), ours.cost.shown(), ours.processor_cost.shown()
        made.add_row(lesson, *costs, times.shown(1) if times else "")
    made.caption = note(way.cost for ways in measured.values() for way in ways)
    return made


def _summary(measured: Mapping[str, tuple[Way, Way]]) -> str:
    """The median, and the worst."""
    costs = {name: ours.cost.median for name, (_, ours) in measured.items()}
    times = {name: ratio(stock.cost, ours.cost) for name, (stock, ours) in measured.items()}
    slowest = max(costs, key=costs.__getitem__)
    words = f"median {median(costs.values()):.3f} s, at most {costs[slowest]:.3f} s ({slowest})"
    known = {name: figure.median for name, figure in times.items() if figure}
    if known:
        least = min(known, key=known.__getitem__)
        words += f"; at least {known[least]:.0f} times as fast as {STOCK} ({least})"
    return words
