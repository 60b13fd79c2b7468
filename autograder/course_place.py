"""Where a course directory may lie, and which folders nbgrader may use in it."""

from __future__ import annotations

import shlex
import shutil
import subprocess
from pathlib import Path

from traitlets.config import Config

from .errors import AutograderError
from .project import has_manifest

__all__ = ["require_free", "require_plain_path", "require_usual_folders", "where_the_course_is"]

CONFIG = "nbgrader_config.py"
_IGNORED = ("course", "demo-course")
"""Folders at the top of a checkout that .gitignore names, for when there is no git program."""


def require_free(root: Path) -> None:
    """Require a place where a course may be made."""
    require_plain_path(root)
    if release := next(filter(_is_release, (root, *root.parents)), None):
        raise AutograderError(
            f"a course directory must not lie in a release, which is for students; got {root} in "
            f"{release}"
        )
    _refuse_tracked(root)


def require_plain_path(root: Path) -> None:
    if "?" in str(root):
        raise AutograderError(
            f"the path of a course directory must hold no '?', with which the options begin in the "
            f"address of its gradebook; got {root}: rename that folder"
        )


def _is_release(folder: Path) -> bool:
    """Whether students got this folder: it has their edition of this package, the check alone."""
    package = folder / "autograder"
    return (package / "check").is_dir() and not (package / "grading").exists()


def where_the_course_is(directory: Path, root: Path) -> str:
    """What to give instead of `directory`, which is no course."""
    around = next((folder for folder in root.parents if (folder / CONFIG).is_file()), None)
    if around:
        return f"it lies in one; give that: --course {shlex.quote(str(around))}"
    if any(map(_is_release, (root, *root.parents))):
        return "it is a release, which is for students; give the directory that `init` made"
    return f"make one with `python -m autograder init {directory}`"


def _refuse_tracked(root: Path) -> None:
    above = [folder for folder in root.parents if (folder / ".git").exists()]
    if not has_manifest(root) and (not above or _ignored(root.relative_to(above[0]), above[0])):
        return
    raise AutograderError(
        f"a course directory holds students' work and a secret, so it must not lie among the "
        f"checkout's tracked files; got {root}. Use ./{_IGNORED[0]}, or a folder elsewhere"
    )


def _ignored(inside: Path, checkout: Path) -> bool:
    git = shutil.which("git")
    if git:
        status = subprocess.run(
            [git, "check-ignore", "-q", f"{inside.as_posix()}/"], cwd=checkout, check=False
        ).returncode
        if status in (0, 1):
            return status == 0
    return inside.parts[0] in _IGNORED


_FOLDERS = ("source", "release", "submitted", "autograded", "feedback")


def require_usual_folders(path: Path, settings: Config) -> None:
    """Require that nbgrader's configuration, the file `path`, gives its folders no other names."""
    usual = {f"{name}_directory": name for name in _FOLDERS}
    usual["directory_structure"] = str(Path("{nbgrader_step}", "{student_id}", "{assignment_id}"))
    for name, value in usual.items():
        if (actual := settings.get(name, value)) != value:
            raise AutograderError(
                f"{path}: CourseDirectory.{name} must be {value!r}, got {actual!r}: remove that "
                "line, and rename the folder"
            )
