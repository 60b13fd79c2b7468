"""nbgrader's exchange: the folder that students and instructors of one machine share.

nbgrader's own commands release to it and fetch from it. Where it is a folder, we collect from it:
we can choose between all attempts, and refuse links, which nbgrader follows with an instructor's
rights, and files that somebody put there in another's name. Any other exchange (such as ngshare)
collects by its own code.
"""

from __future__ import annotations

import os
from glob import escape
from pathlib import Path
from shlex import quote

from nbgrader.auth import Authenticator
from nbgrader.coursedir import CourseDirectory
from nbgrader.exchange import ExchangeError, default
from nbgrader.exchange.exchange_factory import ExchangeFactory

from ..course import Course
from ..errors import AutograderError

__all__ = ["foreign_owners", "inbound", "is_inbound", "run_other"]


def _collector(course: Course, assignment: str) -> default.ExchangeCollect:
    config = course.config()
    directory = CourseDirectory(config=config)
    directory.assignment_id = assignment
    return ExchangeFactory(config=config).Collect(
        coursedir=directory, authenticator=Authenticator(config=config), config=config
    )


def inbound(course: Course, assignment: str) -> Path | None:
    """The folder that students submit to; None for an exchange that is no folder.

    Raises AutograderError if nothing has been released to this exchange.
    """
    collector = _collector(course, assignment)
    if type(collector) is not default.ExchangeCollect:
        return None
    folder = Path(collector.root) / collector.coursedir.course_id / "inbound"
    if not folder.is_dir():
        raise AutograderError(
            f"nbgrader's exchange must have {folder}, which is made by releasing to it "
            f"(cd {quote(str(course.root))} && nbgrader release_assignment {quote(assignment)}); "
            "or give the zip or the folder to collect from: "
            f"python -m autograder collect {quote(assignment)} submissions.zip"
        )
    return folder


def is_inbound(course: Course, assignment: str, source: Path) -> bool:
    """Whether `source` is the folder that students submit to: there, it counts who owns what."""
    collector = _collector(course, assignment)
    folder = Path(collector.root) / collector.coursedir.course_id / "inbound"
    return type(collector) is default.ExchangeCollect and source.resolve() == folder.resolve()


def run_other(course: Course, assignment: str) -> None:
    """Collect the last hand-ins through the configured exchange, as nbgrader does."""
    collector = _collector(course, assignment)
    collector.update = True
    try:
        collector.start()
    except ExchangeError as error:
        raise AutograderError(f"nbgrader's exchange: {error}") from error


def foreign_owners(course: Course, folder: Path, assignment: str) -> dict[str, str]:
    """Hand-ins under one user's name that another user owns, each with a message.

    nbgrader only warns about them, so anybody could replace what another student handed in. Where
    files do not belong to their authors, set ``ExchangeCollect.check_owner = False``.
    """
    if os.name != "posix" or not _collector(course, assignment).check_owner:
        return {}
    import pwd

    messages = {}
    for path in sorted(folder.glob(f"*+{escape(assignment)}+*")):
        try:
            owner = pwd.getpwuid(path.lstat().st_uid).pw_name
        except (KeyError, OSError):
            owner = "an unknown user"
        if owner != path.name.split("+")[0]:
            messages[path.name] = f"{path.name} is owned by {owner} (ExchangeCollect.check_owner)"
    return messages
