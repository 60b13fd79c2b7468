"""What tests share: this checkout's project, small courses, sample classes, pages, oracles."""

from pathlib import Path

from autograder.exercise import Exercise
from autograder.project import MANIFEST, Project

__all__ = ["LESSONS", "PROJECT", "ROOT", "load"]

ROOT = Path(__file__).resolve().parents[2]
PROJECT = Project.read(ROOT / "notebooks" / MANIFEST)
LESSONS = list(PROJECT.lessons)


def load(lesson: str) -> list[Exercise]:
    """The exercises of one of this course's lessons."""
    return PROJECT.load(lesson)
