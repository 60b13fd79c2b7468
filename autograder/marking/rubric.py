"""The items of a rubric, from the text that an instructor wrote below the model answer.

    **Rubric.** 1 point: the reason. Half a point for an example; -1 point: a wrong sign.
    1 point each for two different remedies.

or as a list, ``- 2 pts: the reason``, ``(1 point) the reason``, ``- the reason (1 point)``.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Iterator

from .types import Item

__all__ = ["items_of", "split"]

_MOST = 30
_LONGEST = 20_000
_NUMBERS = {
    "half a": 0.5, "a half": 0.5, "half": 0.5, "½": 0.5, "1/2": 0.5, "1/4": 0.25, "an": 1.0,
    "a": 1.0, "one": 1.0, "two": 2.0, "three": 3.0, "four": 4.0, "five": 5.0, "six": 6.0,
}  # fmt: skip
# Every repetition has a bound: the time that these take grows with the text, and no faster.
_DECIMAL = r"\d{1,6}(?:[.,]\d{1,6})?"
_NUMBER = rf"(?:(?:{'|'.join(_NUMBERS)})(?!\w)|[+-]?{_DECIMAL})"
_UNIT = r"(?:points?|pts?\.?|marks?|p)(?!\w)"
_POINTS = rf"{_NUMBER}\s{{0,3}}{_UNIT}"
_BOLD = "[*_]{0,3}"
_LINE = r"^[ \t>#*•]{0,20}(?:[-+][ \t]{1,9}|\d{1,2}[.)][ \t]{1,9})?"
_BEGIN = rf"(?:{_LINE}|(?<=[.,;!?)])\s{{1,20}}|\band\s{{1,20}}){_BOLD}"
_HEADS = (
    rf"{_BEGIN}{_POINTS}{_BOLD}(?:\s{{1,3}}each)?{_BOLD}(?:\s?[:–—]|\s(?:-|for\b|if\b)){_BOLD}",
    rf"{_BEGIN}[(\[]\s?{_POINTS}\s?[)\]]{_BOLD}:?{_BOLD}",
    rf"{_LINE}(?:{_DECIMAL}\s?{_UNIT}|[+-]{_DECIMAL}):?(?=\s)",
)
_HEAD = re.compile("|".join(_HEADS), re.IGNORECASE | re.MULTILINE)
"""Points in front of what they are given for."""
_SHORT_HEAD = re.compile("|".join((*_HEADS, rf"{_BEGIN}{_NUMBER}\s{{1,3}}for\b")), _HEAD.flags)
"""The same, with "one for the comparison" after "one point for the area"."""
_TAIL = re.compile(
    rf"{_LINE}(?P<text>.{{1,500}}?)[ \t]?[(\[]\s?{_POINTS}\s?[)\]][.;]?[ \t]{{0,9}}$", _HEAD.flags
)
"""Points in brackets behind it."""
_EACH = re.compile(rf"\s?\(({_POINTS}) each\)", _HEAD.flags)
_COUNT = re.compile(rf"(?:each of )?({_NUMBER})\s", _HEAD.flags)
_HEADING = re.compile(
    r"^[ \t#>*_]{0,20}(?:rubric|mark(?:ing)? scheme|grading(?: scheme| criteria)?)"
    r"[*_ \t]{0,9}(?:[.:]|$)[*_]{0,3}",
    _HEAD.flags,
)
_LABEL = re.compile(
    r"\A[\s#*_]{0,20}(?:(?:model|sample) )?(?:answer|solution)[.:][*_]{0,3}", re.IGNORECASE
)


def split(text: str) -> tuple[str, str]:
    """The model answer and the rubric of a solution's text; either may be "".

    >>> split("**Model answer.** It is steep.\\n\\n**Rubric.** 1 point: steep.")
    ('It is steep.', '1 point: steep.')
    >>> split("It is steep.\\n- 1 point: steep")
    ('It is steep.', '- 1 point: steep')
    """
    heading = _HEADING.search(text)
    first = next(_first_items(text), len(text))
    begin, end = (heading.start(), heading.end()) if heading else (first, first)
    return _LABEL.sub("", text[:begin]).strip(), text[end:].strip()


def _first_items(text: str) -> Iterator[int]:
    """Where a list of items begins that has no heading."""
    for match in _HEAD.finditer(text[:_LONGEST]):
        if "\n" in match[0] or match.start() == 0 or text[match.start() - 1] == "\n":
            yield match.start()
            return
    yield from (match.start() for match in _TAIL.finditer(text[:_LONGEST]))


def items_of(text: str, max_points: float) -> tuple[Item, ...]:
    """The items of a rubric; of one without points, or of none: right, and half right.

    >>> [(item.points, item.text) for item in items_of("1 point: a. 1 point each for two b.", 3)]
    [(1.0, 'a'), (1.0, 'two b (1 of 2)'), (1.0, 'two b (2 of 2)')]
    """
    text = re.sub("[−–](?=\\d)", "-", text[:_LONGEST])
    items = list(_in_front(_HEAD, text)) or list(_behind(text))
    if items and not _adds_up(items, max_points):
        shorter = list(_in_front(_SHORT_HEAD, text))
        items = shorter if _adds_up(shorter, max_points) else items
    if not items:
        items = [(max_points, "right"), (max_points / 2, "half right")][: 2 if max_points else 1]
    elif all(points < 0 for points, _ in items):  # what is taken off
        items.insert(0, (max_points, "all points"))
    return tuple(Item(str(at), points, text) for at, (points, text) in enumerate(items[:_MOST], 1))


def _adds_up(items: Iterable[tuple[float, str]], max_points: float) -> bool:
    return math.isclose(sum(points for points, _ in items if points > 0), max_points)


def _in_front(head: re.Pattern[str], text: str) -> Iterator[tuple[float, str]]:
    heads = list(head.finditer(text))
    ends = [match.start() for match in heads[1:]] + [len(text)]
    for match, end in zip(heads, ends, strict=False):
        rest = text[match.end() : end]
        yield from _items(_value(match[0]), rest, bool(re.search(r"\beach\b", match[0])))


def _behind(text: str) -> Iterator[tuple[float, str]]:
    for match in _TAIL.finditer(text):
        yield _value(text[match.end("text") : match.end()]), _one_line(match["text"])


def _items(points: float, text: str, each: bool) -> Iterator[tuple[float, str]]:
    """The items that these points make: several for "one each for two reasons"."""
    number = 1
    if each and (count := _COUNT.match(text.strip())):
        number = int(_value(count[1]))
    elif part := _EACH.search(text):
        number, text = round(points / (_value(part[1]) or points)), _EACH.sub("", text)
        points /= max(number, 1)
    text = _one_line(text)
    for at in range(min(number, _MOST)) if number > 1 else ():
        yield points, f"{text} ({at + 1} of {number})"
    if number <= 1:
        yield points, text


def _value(text: str) -> float:
    """The number in a text that has one."""
    number = re.search(_NUMBER, re.sub(_LINE, "", text), re.IGNORECASE)
    word = number[0].lower() if number else ""
    return _NUMBERS[word] if word in _NUMBERS else float(word.replace(",", ".") or 0)


def _one_line(text: str) -> str:
    """Without line breaks, the marks of comments, and the punctuation at its ends."""
    lines = [line.strip(" \t#>") for line in text.splitlines()]
    return " ".join(filter(None, lines)).strip(" .,;")
