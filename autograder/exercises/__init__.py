"""The exercises, one module a notebook: ``exercises/NN_topic.py`` holds ``EXERCISES``."""

from __future__ import annotations

import importlib
import re
from pathlib import Path

from .model import Exercise

__all__ = ["Exercise", "load", "notebooks"]

_FOLDER = Path(__file__).parent


def notebooks() -> list[str]:
    """Names of the notebooks that have exercises, in order."""
    return sorted(path.stem for path in _FOLDER.iterdir() if re.fullmatch(r"\d\d_\w+", path.stem))


def load(notebook: str) -> list[Exercise]:
    """The exercises of `notebook`, in their order in it."""
    if notebook not in notebooks():
        raise KeyError(f"notebook must be one of {notebooks()}, got {notebook!r}")
    exercises: list[Exercise] = importlib.import_module(f"{__name__}.{notebook}").EXERCISES
    return exercises
