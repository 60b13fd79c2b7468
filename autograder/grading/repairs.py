"""The facts about a submission's repairs: one sentence a kind, however many cells it names."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence

__all__ = [
    "CHANGED", "DOUBLED", "ELSEWHERE", "MISSING", "MISSING_ANSWER", "TURNED", "UNMARKED",
    "Repairs", "first_few",
]  # fmt: skip

Kind = tuple[str, str]
"""The sentence for one cell, and that for several."""

MISSING_ANSWER = (
    "The answer cell {} was missing.",
    "{} cells were missing and were put back: {}.",
)
MISSING = (
    "The locked cell {} was missing; it was put back.",
    "{} cells were missing and were put back: {}.",
)
CHANGED = (
    "The locked cell {} had been changed; the released one was used.",
    "{} locked cells had been changed; the released ones were used: {}.",
)
DOUBLED = (
    "The cell {} was there more than once.",
    "{} cells were there more than once: {}.",
)
UNMARKED = (
    "The cell {} had lost its name; it was recognised by what is in it.",
    "{} cells had lost their names; they were recognised by what is in them: {}.",
)
ELSEWHERE = (
    "The answer for {} was in another cell.",
    "{} answers were in other cells than those for them: {}.",
)
TURNED = {
    kind: (
        f"The cell {{}} had been turned into a {kind} cell.",
        f"{{}} cells had been turned into {kind} cells: {{}}.",
    )
    for kind in ("code", "markdown", "raw")
}


class Repairs:
    """What was repaired in which cells."""

    def __init__(self) -> None:
        self._names: dict[Kind, list[str]] = defaultdict(list)

    def note(self, kind: Kind, name: str) -> None:
        """Note a repair of the cell `name`."""
        self._names[kind].append(f"`{name}`")

    def sentences(self) -> list[str]:
        """The facts. Missing cells are one, those of answers first."""
        names = {kind: list(dict.fromkeys(names)) for kind, names in self._names.items()}
        if MISSING in names and MISSING_ANSWER in names:
            names[MISSING_ANSWER] += names.pop(MISSING)
        return [
            one.format(of[0]) if len(of) == 1 else several.format(len(of), first_few(of))
            for (one, several), of in names.items()
        ]


def first_few(names: Sequence[str], most: int = 3) -> str:
    """The first names, and how many more there are.

    >>> first_few(["a", "b", "c", "d", "e"])
    'a, b, c, 2 more'
    """
    more = len(names) - most
    return ", ".join([*names[:most], *([f"{more} more"] if more > 0 else [])])
