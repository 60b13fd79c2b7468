"""Give feedback to nbgrader's exchange, where *Fetch feedback* in JupyterLab finds it."""

from __future__ import annotations

import os
from collections.abc import Mapping
from html import escape
from pathlib import Path

from nbgrader.auth import Authenticator
from nbgrader.coursedir import CourseDirectory
from nbgrader.exchange import ExchangeError
from nbgrader.exchange.exchange_factory import ExchangeFactory
from nbgrader.utils import notebook_hash

from ..course import Course
from ..errors import AutograderError

__all__ = ["give_back", "note"]

_NOTE = """<!DOCTYPE html>
<html lang="en"><head><meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark"><title>{title}</title></head>
<body style="max-width: 40em; margin: 2em auto; padding: 0 1em; font: 17px/1.5 sans-serif">
<h1 style="font-size: 1.4em">{title}</h1>
<p>{text}</p>
</body></html>
"""


def give_back(course: Course, assignment: str, secret: str, pages: Mapping[str, str]) -> None:
    """Give pages to the student whose hand-in has this secret, where nbgrader looks for them.

    pages : by the notebooks' names.

    Not by nbgrader's ``release_feedback``, which takes the secret of the hand-in that was graded:
    who hands in the same again is to find it there as well.
    """
    config = course.config()
    directory = CourseDirectory(config=config)
    directory.assignment_id = assignment
    releaser = ExchangeFactory(config=config).ReleaseFeedback(
        coursedir=directory, authenticator=Authenticator(config=config), config=config
    )
    try:
        releaser.init_dest()
        for notebook, page in pages.items():
            name = f"{notebook_hash(secret=secret, notebook_id=notebook)}.html"
            draft = Path(releaser.dest_path) / f".{name}"
            draft.write_text(page, encoding="utf-8")
            draft.chmod(0o644)
            os.replace(draft, draft.with_name(name))
    except (ExchangeError, OSError) as error:
        raise AutograderError(f"nbgrader's exchange takes no feedback: {error}") from error


def note(title: str, text: str) -> str:
    """A page with a few words, in the place of feedback."""
    return _NOTE.format(title=escape(title), text=escape(text))
