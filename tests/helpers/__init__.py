"""What tests share: this checkout's project, small courses, sample classes, pages, oracles."""

import atexit
import shutil
import tempfile
from functools import cache
from pathlib import Path

from autograder.exercise import Exercise
from autograder.project import MANIFEST, Project

__all__ = ["LESSONS", "PROJECT", "ROOT", "edition", "load"]

ROOT = Path(__file__).resolve().parents[2]
PROJECT = Project.read(ROOT / "notebooks" / MANIFEST)
LESSONS = list(PROJECT.lessons)


def load(lesson: str) -> list[Exercise]:
    """The exercises of one of this course's lessons."""
    return PROJECT.load(lesson)


@cache
def edition() -> Path:
    """A folder with the student edition of the last lesson; not to be changed."""
    from autograder.authoring import editions

    folder = Path(tempfile.mkdtemp(prefix="edition-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    folder.chmod(0o755)
    editions.write(LESSONS[-1], folder, PROJECT)
    return folder
