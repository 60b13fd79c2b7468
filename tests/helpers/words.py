"""A gradebook with a question in words, made by nbgrader itself: nothing is released or graded."""

from __future__ import annotations

import inspect
import os
import signal
import sys
from pathlib import Path
from types import SimpleNamespace

from nbgrader import api
from nbgrader.api import Gradebook
from nbgrader.server_extensions.formgrader.apihandlers import CommentHandler, GradeHandler

from autograder.course import Course, init
from autograder.marking.types import Item, Question

ASSIGNMENT = "01_words"
RUBRIC = (Item("1", 1.0, "moves the plane"), Item("2", 1.0, "an example"), Item("3", -0.5, "long"))
WHY = Question(
    ASSIGNMENT, ASSIGNMENT, "why", "why", 2.0, "words", "Why a bias?", "It moves it.", RUBRIC
)
DRAW = Question(ASSIGNMENT, ASSIGNMENT, "draw", "draw", 3.0, "task", "Draw it.", "A line.")


def course_of(root: Path, *students: str) -> Course:
    """A course whose gradebook holds these students' answers to both questions."""
    course = init(root)
    fill_gradebook(course, *students)
    return course


def fill_gradebook(course: Course, *students: str) -> None:
    with Gradebook(course.db_url, "words") as book:
        assignment = book.add_assignment(ASSIGNMENT)
        notebook = book.add_notebook(ASSIGNMENT, ASSIGNMENT)
        place = (ASSIGNMENT, ASSIGNMENT)
        why = book.add_grade_cell("why", *place, max_score=2, cell_type="markdown").id
        answer = book.add_solution_cell("why", *place).id
        draw = book.add_task_cell("draw", *place, max_score=3, cell_type="markdown").id
        for student in students:
            ids = {"assignment": api.new_uuid(), "notebook": api.new_uuid()}
            book.db.add(api.Student(id=student))
            book.db.flush()
            book.db.add(
                api.SubmittedAssignment(
                    id=ids["assignment"], student_id=student, assignment_id=assignment.id
                )
            )
            book.db.flush()
            book.db.add(
                api.SubmittedNotebook(
                    id=ids["notebook"], assignment_id=ids["assignment"], notebook_id=notebook.id
                )
            )
            book.db.flush()
            for cell in (why, draw):
                book.db.add(api.Grade(cell_id=cell, notebook_id=ids["notebook"]))
            for cell in (answer, draw):
                book.db.add(api.Comment(cell_id=cell, notebook_id=ids["notebook"]))
        book.db.commit()


def mark_in_formgrader(
    course: Course, student: str, points: float | None, comment: str | None = None, cell="why"
) -> None:
    """What the formgrader's own handlers do when these are typed there."""
    put_grade, put_comment = map(inspect.unwrap, (GradeHandler.put, CommentHandler.put))
    with Gradebook(course.db_url, "words") as book:
        grade = book.find_grade(cell, ASSIGNMENT, ASSIGNMENT, student)
        sent = {**grade.to_dict(), "manual_score": points}
        handler = SimpleNamespace(gradebook=book, write=len, get_json_body=lambda: sent)
        put_grade(handler, grade.id)
        if comment is not None:
            row = book.find_comment(cell, ASSIGNMENT, ASSIGNMENT, student)
            sent = {**row.to_dict(), "manual_comment": comment}
            handler.get_json_body = lambda: sent
            put_comment(handler, row.id)


def grade_again(course: Course, student: str, cell: str = "why") -> None:
    """What the recorder does to a manual mark when the student hands in something else."""
    with Gradebook(course.db_url, "words") as book:
        book.find_grade(cell, ASSIGNMENT, ASSIGNMENT, student).needs_manual_grade = True
        book.db.commit()


def in_a_process(work) -> int:
    """Run `work` in a forked process; returns its exit status, -9 if it was killed."""
    child = os.fork()
    if not child:
        status = 1
        try:
            work()
            status = 0
        except BaseException as error:
            print(error, file=sys.stderr)
        finally:
            os._exit(status)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


def kill_me(*arguments, **named) -> None:
    os.kill(os.getpid(), signal.SIGKILL)
