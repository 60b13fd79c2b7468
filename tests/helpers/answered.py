"""A course of :mod:`helpers.words` with notebooks: what its students answered, as if graded."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

from autograder.course import Course
from helpers.words import ASSIGNMENT, course_of

WHY_SOURCE = """\
### BEGIN SOLUTION
The bias **moves** the plane.

**Rubric.** 1 point for "moves the plane"; 1 point for an example.
### END SOLUTION"""
UNTOUCHED = "YOUR ANSWER HERE"


def answered(root: Path, answers: Mapping[str, str]) -> Course:
    """A course in `root` where these students gave these answers to the question ``why``."""
    course = course_of(root, *answers)
    _write(course.source_dir(ASSIGNMENT), WHY_SOURCE)
    _write(course.release_dir(ASSIGNMENT), UNTOUCHED)
    for student, text in answers.items():
        answer(course, student, text)
    return course


def answer(course: Course, student: str, text: str) -> None:
    """Let this be the student's answer from now on."""
    _write(course.autograded_dir(ASSIGNMENT, student), text)


def _write(folder: Path, text: str) -> None:
    why = {"grade": True, "solution": True, "grade_id": "why", "points": 2}
    draw = {"task": True, "grade": False, "solution": False, "grade_id": "draw", "points": 3}
    cells = [("Why a bias?", None), (text, why), ("Draw it.", draw), ("A line.", None)]
    notebook = {
        "cells": [
            {
                "cell_type": "markdown",
                "id": f"cell-{number}",
                "metadata": {} if about is None else {"nbgrader": {"schema_version": 3, **about}},
                "source": source,
            }
            for number, (source, about) in enumerate(cells)
        ],
        "metadata": {},
        "nbformat": 4,
        "nbformat_minor": 5,
    }
    folder.mkdir(parents=True, exist_ok=True)
    (folder / f"{ASSIGNMENT}.ipynb").write_text(json.dumps(notebook), encoding="utf-8")


__all__ = ["ASSIGNMENT", "UNTOUCHED", "answer", "answered"]
