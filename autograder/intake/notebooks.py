"""Which of a student's files is which notebook of the assignment.

Names change on their way: for a second upload of the same name Canvas appends "-1", browsers
" (1)"; JupyterLab and file managers call a copy so; browsers add ``.json`` or ``.txt`` to what they
save; blanks become other signs.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import lru_cache

from .archives import File

__all__ = ["MOST_COPIES", "Sorted", "is_called", "sort_files"]

MOST_COPIES = 5
_MOST_FILES = 50
"""Notebooks of a student that are looked at, for each one that is expected."""
_LONGEST_NAME = 200
_NOTEBOOK = r"\.ipynb(\.json|\.txt)?"
_COPY = r"(-copy\d*+| copy( \d++)?+|[-_ ]?\(?(?P<number>\d{1,6}+)\)?)"
"""Nothing is tried in two ways: a name of many digits would take for ever."""
_BLANK = r"([ _+-]|%20)"


@dataclass
class Sorted:
    """A student's files. copies : of each notebook that is there, each with the number of its
    upload, the newest first; notes : on the choice; unclear : what could not be chosen, or "";
    beside : files that are no notebook of the assignment."""

    copies: dict[str, dict[File, int]] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)
    unclear: str = ""
    beside: list[File] = field(default_factory=list)


def sort_files(files: Sequence[File], names: Sequence[str]) -> Sorted:
    """Sort what a student handed in. names : of the assignment's notebooks."""
    result = Sorted()
    unknown = []
    left = _MOST_FILES * len(names)
    for file in files:
        if not re.search(rf"{_NOTEBOOK}$", file.name, re.IGNORECASE):
            result.beside.append(file)
            continue
        left -= 1
        name, number = _notebook_of(file.name, names) if left >= 0 else ("", 0)
        if name:
            result.copies.setdefault(name, {})[file] = number
        else:
            unknown.append(file)
    for name, copies in result.copies.items():
        newest = sorted(copies, key=lambda file: (-copies[file], len(file.name), file.name))
        result.copies[name] = {file: copies[file] for file in newest[:MOST_COPIES]}
        if len(copies) > 1:
            shown = ", ".join(file.name for file in result.copies[name])
            note = f"{len(copies)} notebooks; the newest with answers counts: {shown}"
            result.notes.append(note if len(names) == 1 else f"{name}: {note}")
    _place_unknown(result, unknown, names)
    if not result.copies and not result.unclear:
        shown = ", ".join(file.name for file in files[:5])
        result.unclear = f"no notebook ({shown or 'nothing'})"
    return result


def _place_unknown(result: Sorted, unknown: list[File], names: Sequence[str]) -> None:
    """Take the one notebook with another name for the one that is missing; else say what is."""
    missing = [name for name in names if name not in result.copies]
    if len(unknown) == len(missing) == 1:
        (file,), (name,) = unknown, missing
        result.copies[name] = {file: 0}
        expected = f"{name}.ipynb was " if len(names) > 1 else ""
        result.notes.append(f"{expected}handed in as {file.name}")
        return
    result.beside += unknown
    expected = " or ".join(f"{name}.ipynb" for name in missing)
    if unknown and missing:
        files = ", ".join(file.name for file in unknown[:MOST_COPIES])
        result.unclear = f"which of {files} is {expected}?"
    elif missing and result.copies:
        result.notes.append(f"there is no {expected}")


def _notebook_of(file_name: str, names: Sequence[str]) -> tuple[str, int]:
    """The notebook of that name, and the number of the upload; "" if it is none's.

    Of ``lab`` and ``lab-1``, the file ``lab-1.ipynb`` is the second, and no copy of the first.
    """
    if len(file_name) >= _LONGEST_NAME:
        return "", 0
    matches = {name: match for name in names if (match := _pattern(name).fullmatch(file_name))}
    name = max(matches, key=lambda name: (len(name), file_name.startswith(name)), default="")
    return name, int(matches[name]["number"] or 0) if name else 0


def is_called(name: str, file_name: str) -> bool:
    """Whether a file without its ending may be a copy of the notebook `name`."""
    return bool(len(file_name) < _LONGEST_NAME and _pattern(name).fullmatch(f"{file_name}.ipynb"))


@lru_cache(maxsize=64)
def _pattern(name: str) -> re.Pattern[str]:
    copies = _COPY.replace("?P<number>", "")
    written = re.escape(name).replace(r"\ ", _BLANK)
    return re.compile(rf"{written}({copies})*?{_COPY}?{_NOTEBOOK}", re.IGNORECASE)
