"""Tables as CSV, for spreadsheets and learning platforms; no text can act as a formula."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache

__all__ = ["Cell", "harmless", "lines", "number", "table"]

Cell = str | float | bool | None

_FORMULA = tuple("=+-@＝＋－＠")
"""The characters that begin a formula, with the wide forms of East Asian keyboards.

https://owasp.org/www-community/attacks/CSV_Injection
"""


def harmless(text: str) -> str:
    """A cell that a spreadsheet takes for text, whatever it begins with. A lone "-" is text.

    >>> harmless("=1+1"), harmless("student-01"), harmless(""), harmless("-")
    ("'=1+1", 'student-01', '', '-')
    """
    is_formula = text.lstrip().startswith(_FORMULA) or "" < text[:1] < " "
    return f"'{text}" if is_formula and text != "-" else text


def number(value: float) -> str:
    """Points as every platform reads them: a decimal point, no exponent, no trailing zeros.

    >>> number(4.5), number(20.0), number(1 / 3), number(-1e-9)
    ('4.5', '20', '0.3333', '0')
    """
    return f"{round(value, 4) + 0.0:.4f}".rstrip("0").rstrip(".")  # + 0.0: no "-0"


def table(header: Sequence[str], rows: Iterable[Sequence[Cell]]) -> str:
    """The table as CSV (RFC 4180: quoted where necessary). `header` is trusted and not changed.

    >>> print(table(["who", "points"], [["Ng, An", 2.50], ["=cmd", None], ["x", True]]), end="")
    who,points
    "Ng, An",2.5
    '=cmd,
    x,yes
    """
    return "".join(lines(header, rows))


def lines(header: Sequence[str], rows: Iterable[Sequence[Cell]]) -> Iterator[str]:
    """The lines of a :func:`table`, for one that is too large to be held."""
    writer = csv.writer(_Echo())
    yield writer.writerow(header)
    for row in rows:
        yield writer.writerow(map(_cell, row))


class _Echo:
    """A file that gives back what is written, which `writerow` returns."""

    def write(self, text: str) -> str:
        return text


@lru_cache(maxsize=1 << 14, typed=True)  # True is not 1; names and points come again and again
def _cell(value: Cell) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if value is None:
        return ""
    return harmless(value) if isinstance(value, str) else number(value)
