"""A reader's predictions: kept on this computer, never graded, shown beside what is measured.

A lesson asks in a cell of its own, which the reader edits, and answers after the experiment::

    guess("share_right", ...)                        # a number, a letter, or a list of them
    ...
    reveal("share_right", accuracy)                  # You said 0.3; measured 0.153.
    ax.axhline(guessed("share_right") or np.nan)     # or drawn into the figure

Nothing here raises an error, whatever the reader writes: a guess that cannot be understood is told
so in a line.
"""

from __future__ import annotations

import contextlib
import math
import numbers
import re
from collections.abc import Mapping
from typing import Any

import numpy as np

from . import stored
from .pack import available, find
from .show import Line, emit

__all__ = ["guess", "guessed", "reveal"]

_MOST = 20
"""Numbers in a guess that is a list."""
_LONGEST = 100
_EXAMPLES = 'a number, such as guess("{name}", 0.3), or a letter in quotes, such as "B"'
_kept: dict[str, Any] = {}
"""The guesses of this process, which hold where nothing can be stored."""


def guess(name: str, *value: Any) -> None:
    """Keep what you expect: a number, a letter or another short text, or a list of them.

    name : of the prediction. value : ``...`` is no guess yet; what is understood is in
    :func:`_understand`.

    >>> guess("share_right", 0, 3)
    Python writes decimals with a point: guess("share_right", 0.3)
    """
    problem, given = "", None
    if not isinstance(name, str):
        problem = 'The name of a guess comes first, in quotes: guess("name", 0.3)'
    elif len(value) == 2 and all(type(item) is int for item in value):
        point = f"{value[0]}.{value[1]}"
        problem = f'Python writes decimals with a point: guess("{name}", {point})'
    elif len(value) > 1:
        problem = f'Put several values in brackets: guess("{name}", [{_text([*value])}])'
    elif value:
        try:
            given = _understand(value[0])
        except ValueError as error:
            problem = f"{error} Give {_EXAMPLES.format(name=name)}."
    key = _key(name)
    if problem:
        emit(Line(problem))
    elif given is None:
        _kept.pop(key, None)
        stored.forget("guesses", key)
        emit(Line("No guess yet: replace the dots with yours and run this cell."))
    else:
        _kept[key] = given
        stored.save("guesses", key, given)
        emit(Line(f"Your guess is noted: {_text(given)}"))


def guessed(name: str) -> Any:
    """The guess called `name`, to be drawn: a number, a text or a list; None if there is none."""
    key = _key(name)
    if key in _kept:
        return _kept[key]
    try:
        return _understand(stored.load("guesses").get(key))
    except ValueError:  # somebody edited the file
        return None


def reveal(name: str, result: Any, form: str = ".3g", word: str = "measured") -> None:
    """Show the guess called `name` beside the result.

    Parameters
    ----------
    result : a number, a text or a list; or {label: value}, with a line for each.
    form : how numbers are written, such as ``".1%"``: then a guess of 30 is read as 30 %.
    word : what the result is.

    >>> reveal("a guess that nobody made", 0.1532)
    You made no guess; measured 0.153.
    """
    said = guessed(name)
    if not isinstance(result, Mapping):
        line = f"{_said(said, form)}; {word} {_text(_plain(result), form)}."
        emit(Line(_capital(line), strong=True))
        return
    values = [_plain(value) for value in result.values()]
    single = isinstance(said, list) and len(said) == len(values)
    lines = [
        (f"{label}: {_said(said[place], form)}; " if single else f"{label}: ")
        + f"{word} {_text(value, form)}."
        for place, (label, value) in enumerate(zip(result, values, strict=True))
    ]
    emit(
        Line(
            "\n".join(lines if single else [_capital(f"{_said(said, form)}."), *lines]), strong=True
        )
    )


def _key(name: object) -> str:
    """Names a guess among those of all courses."""
    course = ""
    with contextlib.suppress(OSError, ValueError, KeyError):  # packs may be damaged
        packs = available()
        course = find(next(iter(packs))).course if packs else ""
    return f"{course}/{str(name)[:_LONGEST]}"


def _understand(value: Any) -> Any:
    """The guess as a number, a text or a list; None for no guess. Raises ValueError.

    >>> _understand([np.float64(0.5), "30 %", "(b)", True]), _understand(...)
    ([0.5, 0.3, 'B', True], None)
    """
    if value is None or value is ...:
        return None
    if isinstance(value, np.ndarray):
        value = value.tolist()
    if isinstance(value, (list, tuple)):
        if len(value) > _MOST:
            raise ValueError(f"A guess can hold at most {_MOST} values, but this has {len(value)}.")
        items = [_understand(item) for item in value]
        if any(isinstance(item, list) for item in items):
            raise ValueError("A list in a list cannot be a guess.")
        return items if any(item is not None for item in items) else None
    if isinstance(value, str):
        return _from_text(value)
    if isinstance(value, (bool, np.bool_)):
        return bool(value)
    if isinstance(value, numbers.Real):
        if math.isnan(value):
            raise ValueError("NaN is not a number.")
        return int(value) if isinstance(value, numbers.Integral) else float(value)
    raise ValueError(f"A value of type {type(value).__name__} cannot be a guess.")


def _from_text(text: str) -> Any:
    """
    >>> [_from_text(text) for text in ("0,3", "30 %", " b. ", "twice as large", " ")]
    [0.3, 0.3, 'B', 'twice as large', None]
    """
    text = " ".join(text.split())
    if len(text) > _LONGEST:
        raise ValueError(f"That is too long for a guess: at most {_LONGEST} characters.")
    match = re.fullmatch(r"([-+]?\d*[.,]?\d+(?:[eE][-+]?\d+)?) ?(%?)", text)
    if match:
        number = float(match[1].replace(",", "."))
        return number / 100 if match[2] else number
    letter = text.strip(" .,:;()[]'\"`")
    return letter.upper() if len(letter) == 1 else text or None


def _plain(value: Any) -> Any:
    """The result in a form that :func:`_text` can write, whatever it is."""
    if isinstance(value, np.generic | np.ndarray):
        value = value.tolist()
    return [*value] if isinstance(value, tuple) else value


def _capital(line: str) -> str:
    return line[:1].upper() + line[1:]


def _said(said: Any, form: str) -> str:
    if said is None:
        return "you made no guess"
    if form.endswith("%") and isinstance(said, (int, float)) and abs(said) > 1.5:
        said = said / 100
    return f"you said {_text(said, form)}"


def _text(value: Any, form: str = ".3g") -> str:
    """
    >>> _text([0.15312, 1000, "B", True]), _text(0.5, ".0%")
    ('0.153, 1000, B, True', '50%')
    """
    if isinstance(value, list):
        return ", ".join(_text(item, form) for item in value)
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        whole = isinstance(value, int) and form == ".3g"
        return str(value) if whole else format(value, form)
    return "–" if value is None else str(value)
