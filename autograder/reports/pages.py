"""Pages from templates: students' texts are escaped, and a file is written in one step."""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import Any

from jinja2 import Environment, PackageLoader
from markupsafe import Markup, escape

__all__ = ["count", "render", "write"]


def render(template: str, **values: Any) -> str:
    """The text of a template (a file of ``autograder/templates``) with these values."""
    environment = Environment(
        loader=PackageLoader("autograder"), autoescape=True, trim_blocks=True, lstrip_blocks=True
    )
    environment.filters |= {
        "code": _code,
        "points": lambda value: f"{value:.4g}",
        "percent": lambda share: f"{100 * share:.0f} %",
        "count": count,
    }
    return environment.get_template(template).render(values)


def write(path: Path, text: str) -> Path:
    """Write a file that nobody sees half-written; returns its path."""
    path.parent.mkdir(exist_ok=True)
    draft = path.with_name(f"{path.name}.new")
    draft.write_text(text, encoding="utf-8", newline="")
    os.replace(draft, path)
    return path


def count(number: float, one: str, many: str = "") -> str:
    """A number of things in words.

    >>> count(1, "student"), count(0.5, "point"), count(60310, "cell that hangs", "cells that hang")
    ('1 student', '0.5 points', '60,310 cells that hang')
    """
    amount = f"{number:,.0f}" if number == round(number) else f"{number:.4g}"
    return f"{amount} {one if number == 1 else many or one + 's'}"


def _code(text: str) -> Markup:
    """Escaped text, with `code` between backquotes shown as code."""
    return Markup(re.sub(r"`([^`\n]+)`", r"<code>\1</code>", str(escape(text))))
