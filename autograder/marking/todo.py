"""How much there is to mark, and requests for another look that an instructor brings."""

from __future__ import annotations

from pathlib import Path

from nbgrader import api
from sqlalchemy import case, func, select

from ..course import Course
from ..errors import AutograderError
from ..grading.database import reading
from . import gradebook
from .questions import questions
from .requests import keep_requests, open_requests, read_requests
from .store import Store
from .types import Question

__all__ = ["questions_of", "take_requests", "to_mark", "waiting_of_course"]


def questions_of(course: Course, assignment: str) -> dict[str, Question]:
    """What a person marks in an assignment, by name; raises AutograderError if that is nothing."""
    if not any(course.source_dir(assignment).glob("*.ipynb")):
        raise AutograderError(f"there is no assignment {assignment!r} in {course.source}")
    by_name = {question.name: question for question in questions(course, assignment)}
    if not by_name:
        raise AutograderError(f"{assignment} has no question that a person marks")
    return by_name


def to_mark(course: Course, assignment: str) -> dict[str, int]:
    """How many answers wait for a person, by question; {} if nothing is graded yet.

    With those whose students ask for another look.
    """
    by_name = questions_of(course, assignment)
    if not waiting_of_course(course, assignment):
        return {}
    store, counts = Store(course), {}
    for name, question in by_name.items():
        entries = gradebook.entries(course, question)
        asked = open_requests(store, question).keys() & entries.keys()
        counts[name] = len(asked | {one.student for one in entries.values() if one.waits})
    return counts


def waiting_of_course(course: Course, assignment: str = "") -> dict[str, int]:
    """How many answers wait for a person, by assignment (in this one): of those that are graded."""
    if not any(course.autograded.glob("*")):
        return {}  # and perhaps no gradebook yet
    grade = api.Grade
    query = (
        select(api.Assignment.name, func.sum(case((grade.needs_manual_grade, 1), else_=0)))
        .join(api.SubmittedNotebook, api.SubmittedNotebook.id == grade.notebook_id)
        .join(
            api.SubmittedAssignment,
            api.SubmittedAssignment.id == api.SubmittedNotebook.assignment_id,
        )
        .join(api.Assignment, api.Assignment.id == api.SubmittedAssignment.assignment_id)
        .group_by(api.Assignment.name)
        .order_by(api.Assignment.name)
    )
    if assignment:
        query = query.where(api.Assignment.name == assignment)
    with reading(course) as database:
        return {name: int(count) for name, count in database.execute(query)}


def take_requests(course: Course, assignment: str, path: Path) -> tuple[int, list[str]]:
    """Keep the requests in a CSV; returns how many are new, and what is wrong with other lines."""
    by_name = questions_of(course, assignment)
    entries = {name: gradebook.entries(course, one) for name, one in by_name.items()}
    students = {student for one in entries.values() for student in one}
    requests, notes = read_requests(path, list(by_name.values()), students)
    store = Store(course)
    kept = [keep_requests(store, one, requests, entries[name]) for name, one in by_name.items()]
    return sum(kept), notes
