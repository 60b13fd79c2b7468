"""What a course adds to its book: modules in the book's folder, each of which may be absent.

``experiments``: ``experiment_of(exercise)`` gives what the gallery draws an exercise's mistakes
with, or None; ``remark(entries)`` may add a paragraph to the gallery's front page.
``pages``: ``write(folder, project)`` writes pages that are made, not written by hand.
"""

from __future__ import annotations

from types import ModuleType

from ..project import Project

__all__ = ["addition"]


def addition(project: Project, name: str) -> ModuleType | None:
    """The module `name` of the book's folder; None where there is none.

    What such a module raises when it is imported is raised here, an ImportError too.
    """
    if project.book is None:
        return None
    places = (project.book / f"{name}.py", project.book / name / "__init__.py")
    return project.book_module(name) if any(path.is_file() for path in places) else None
