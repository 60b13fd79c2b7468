"""What answers and groups are called on the page: nothing that says whose they are."""

from __future__ import annotations

import hmac
import secrets
from collections.abc import Iterable, Mapping
from contextlib import suppress

from nbgrader import api
from sqlalchemy import select

from ..course import Course
from ..errors import AutograderError
from ..grading.database import reading

__all__ = ["Aliases"]

_LENGTH = 20


class Aliases:
    """Ids of students and of groups, made with a key that the page does not get."""

    def __init__(self, course: Course) -> None:
        self.course = course
        self._students: dict[str, str] = {}
        self._key = secrets.token_bytes(32)
        with suppress(AutograderError):  # ids outlive the program: an open page can go on
            self._key = hmac.digest(course.secret(), b"ids on the page of `mark`", "sha256")

    def know(self, students: Iterable[str]) -> None:
        """Know these by their ids, also those that the page has from a program that ended."""
        self._students |= {self._digest(student): student for student in students}

    def of(self, student: str) -> str:
        """The student's id on the page."""
        self.know([student])
        return self._digest(student)

    def label(self, student: str) -> str:
        """What the page calls the student's answer."""
        return f"Answer {self.of(student)[:4]}"

    def student(self, id: str) -> str:
        """The student with this id; raises AutograderError if there is none."""
        if id not in self._students:
            raise AutograderError("there is no such answer: load the page again")
        return self._students[id]

    def group(self, question: str, digests: Mapping[str, str]) -> str:
        """The id of a group: another one if a member or an answer is another one.

        digests : of the answers, by student.
        """
        return self._digest(
            "\n".join([question, *(part for pair in digests.items() for part in pair)])
        )

    def names(self, ids: Iterable[str]) -> dict[str, str]:
        """Who these students are, by id."""
        students = {id: self.student(id) for id in ids}
        columns = select(api.Student.id, api.Student.first_name, api.Student.last_name)
        with reading(self.course) as database:
            full = {id: " ".join(filter(None, names)) for id, *names in database.execute(columns)}
        return {
            id: f"{full[student]} ({student})" if full.get(student) else student
            for id, student in students.items()
        }

    def _digest(self, text: str) -> str:
        return hmac.digest(self._key, text.encode(), "sha256").hex()[:_LENGTH]
