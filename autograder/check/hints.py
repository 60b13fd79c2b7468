"""Why an answer is not defined, as far as this process knows; and the nearest name for a typo."""

from __future__ import annotations

import difflib
import inspect
import linecache
import re
import sys
from collections.abc import Collection, Mapping
from typing import Any

__all__ = ["nearest", "why_missing"]


def nearest(name: object, names: Collection[str]) -> str:
    """The name that `name`, a text or a function, was probably meant to be; "" if none is near.

    >>> nearest("adm", ["adam", "sgd"])
    'adam'
    """
    text = str(getattr(name, "__name__", name))
    return next(iter(difflib.get_close_matches(text, names, n=1)), "")


def why_missing(name: str, namespace: Mapping[str, Any], answers: Collection[str]) -> str:
    """Why `name` is not in `namespace`; `answers` are the names that the notebook asks for."""
    error = _error_in_cell_of(name)
    if error:
        return f"`{name}` is not defined: the cell that defines it ended with {error}"
    theirs = [
        key
        for key, value in namespace.items()
        if not key.startswith("_")
        and key not in answers
        and inspect.isfunction(value)
        and value.__module__ == namespace.get("__name__", value.__module__)
    ]
    renamed = nearest(name, theirs)
    question = f"Did you call it `{renamed}`?" if renamed else "Did you rename it?"
    return f"`{name}` is not defined yet: run its cell. {question}"


def _error_in_cell_of(name: str) -> str:
    """The error with which a cell ended that defines `name`, if it was the last one; else ""."""
    error = getattr(sys, "last_value", None)
    if error is None or isinstance(error, NotImplementedError):
        return ""
    files = [error.filename] if isinstance(error, SyntaxError) and error.filename else []
    trace = error.__traceback__
    while trace:
        if trace.tb_frame.f_code.co_name == "<module>":
            files.append(trace.tb_frame.f_code.co_filename)
        trace = trace.tb_next
    definition = re.compile(rf"^(?:(?:async )?def {name}\(|{name}\s*[:=])", re.MULTILINE)
    if not any(definition.search("".join(linecache.getlines(file))) for file in files):
        return ""
    first = (str(error).splitlines() or [""])[0][:200]
    return f"{type(error).__name__}: {first}" if first else type(error).__name__
