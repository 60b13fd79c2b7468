"""What is repaired in a submission, and the facts about it: one sentence a kind.

Of the pictures that students pasted into their words, plain ones are kept, and shown once.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import quote, unquote

from nbconvert.filters.markdown_mistune import InvalidNotebook, IPythonRenderer, MarkdownWithMath
from nbformat import NotebookNode

from .outputs import is_picture

__all__ = [
    "CHANGED", "DOUBLED", "ELSEWHERE", "MISSING", "MISSING_ANSWER", "TURNED", "UNMARKED",
    "Pictures", "Repairs", "drop_dead_references", "first_few",
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


MOST = 30
"""Most pictures in a notebook that are shown. nbconvert puts each into the page once a mention."""
SIZE = 8 << 20
"""Most bytes of them in all, as base64."""

_MENTION = re.compile(
    r"\]\( ?<?attachment:([^()<>\n\"]{1,200}?)>?(?: {1,3}\"[^\"\n]{0,200}\")? ?\)"
)
_DEFUSED = re.compile(r"(!\[[^\[\]\n]{0,500}\]) \(attachment:(picture-\d{1,6})\)")


class Pictures:
    """The pictures of one submission, under names of their own."""

    def __init__(self) -> None:
        self._kept: dict[str, dict[str, str]] = {}
        self._left = SIZE
        self._left_out = 0

    def take(self, source: str, pasted: Any, released: Mapping[str, Any]) -> str:
        """Markdown in which each picture that can be shown is mentioned by its new name.

        pasted : the attachments of the student's cell, which may be anything; released : those of
        the same cell in the release, which count where the student's do not.
        """
        pasted = pasted if isinstance(pasted, dict) else {}

        def rename(match: re.Match[str]) -> str:
            name = match[1] if match[1] in pasted or match[1] in released else unquote(match[1])
            bundle = _plain_pictures(pasted.get(name)) or released.get(name, {})
            size = sum(map(len, bundle.values()))
            if not bundle or size > self._left or len(self._kept) >= MOST:
                self._left_out += 1
                return match[0]
            self._left -= size
            name = f"picture-{len(self._kept) + 1}"
            self._kept[name] = bundle
            return f"](attachment:{name})"

        return _MENTION.sub(rename, source)

    def attach(self, cell: NotebookNode) -> None:
        """Show in a cell of defused words the pictures that it mentions, each once."""
        attachments: dict[str, dict[str, str]] = {}

        def show(match: re.Match[str]) -> str:
            bundle = self._kept.get(match[2])
            if not bundle:
                return match[0]
            self._kept[match[2]] = {}
            attachments[match[2]] = bundle
            return f"{match[1]}(attachment:{match[2]})"

        cell.source = _DEFUSED.sub(show, cell.source)
        cell.pop("attachments", None)
        if attachments:
            cell.attachments = attachments

    def facts(self) -> list[str]:
        """A sentence if some are not shown."""
        if not self._left_out:
            return []
        return [
            f"Of the pasted pictures, {self._left_out:,} cannot be shown: only those that are in "
            f"the file, as PNG or JPEG, up to {MOST} and to {SIZE >> 20} MB in all."
        ]


def _plain_pictures(bundle: Any) -> dict[str, str]:
    items = bundle.items() if isinstance(bundle, dict) else ()
    return {kind: data for kind, data in items if isinstance(data, str) and is_picture(kind, data)}


def drop_dead_references(cell: NotebookNode) -> None:
    """Show as text what mentions attachments that are not there, for which nbconvert fails.

    cell : words of the instructor's, who may also have used names that nbconvert does not find.
    """
    if "attachment:" not in cell.source:
        return
    attachments = cell.setdefault("attachments", NotebookNode())
    attachments.update({quote(name): attachments[name] for name in attachments})
    try:
        renderer = IPythonRenderer(escape=False, attachments=attachments)
        MarkdownWithMath(renderer=renderer).render(cell.source)
    except InvalidNotebook:
        cell.source = cell.source.replace("attachment:", "attachment: ")
