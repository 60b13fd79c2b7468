r"""Formulas as MathML, translated by ``latex2mathml``: browsers show it without any script."""

from __future__ import annotations

import re
from collections.abc import Iterable, Set
from itertools import pairwise
from xml.etree import ElementTree

from latex2mathml.converter import convert

__all__ = ["SPACE", "mathml"]

SPACE = "{http://www.w3.org/1998/Math/MathML}"
"""In front of the tags of its elements."""
_SCRIPTS = ("msub", "msup", "msubsup", "munder", "mover", "munderover")
_UPRIGHT = r"\\mathrm\{([A-Za-z]+)\}"
_CLOSING = (")", "]", "}", "|", "‖", "!")
ElementTree.register_namespace("", "http://www.w3.org/1998/Math/MathML")


def mathml(latex: str, display: bool = False) -> str:
    r"""A formula as MathML.

    >>> "<mfrac>" in mathml(r"\frac{1}{2}")
    True
    >>> mathml(r"\nonsense{x}")
    Traceback (most recent call last):
    ...
    ValueError: latex2mathml does not know \nonsense, in the formula \nonsense{x}
    """
    text = latex.strip().replace("{aligned}", "{align*}")  # latex2mathml knows the second alone
    text = re.sub(r"\\\\\s*\[[^]]*\]", r"\\\\", text)  # and no space below a line, as in \\[2ex]
    upright = set(re.findall(_UPRIGHT, text))
    text = re.sub(_UPRIGHT, r"\\operatorname{\1}", text)  # \mathrm{E} would come out slanted
    try:
        made = ElementTree.fromstring(convert(text, display="block" if display else "inline"))
    except Exception as error:  # latex2mathml's errors have no base of their own
        raise ValueError(f"latex2mathml cannot translate {latex.strip()}: {error}") from None
    left = re.search(r"\\[A-Za-z]+", " ".join(made.itertext()))
    if left:
        raise ValueError(f"latex2mathml does not know {left[0]}, in the formula {latex.strip()}")
    _name_functions(made, upright)
    _tighten(sign for sign in made.iter(SPACE + "mo") if sign.text in ("/", ".", "∂", "∇"))
    for element in made.iter():
        if element.tag.removeprefix(SPACE) not in _SCRIPTS:
            for before, child in zip((None, *element), element, strict=False):
                if _base(child).text in ("∑", "∏") and (before is None or not _ends(before)):
                    _base(child).set("lspace", "0")  # there is space enough, or none is due
        _tighten(b for a, b in pairwise(element) if _is_sign(a, b))
    for scripts in _SCRIPTS:
        for element in made.iter(SPACE + scripts):
            for script in element[1:]:
                _tighten(script.iter(SPACE + "mo"))
    return ElementTree.tostring(made, encoding="unicode")


def _name_functions(made: ElementTree.Element, upright: Set[str]) -> None:
    """Names in upright letters, and a thin space beside them where TeX has one: 2 ln p, ln(p).

    upright : names that stand for themselves, as in \\mathrm; a bracket makes functions of them.
    """
    for sign in made.iter(SPACE + "mi"):
        if sign.text == "~":  # what latex2mathml makes of \sim
            sign.tag, sign.text = SPACE + "mo", "∼"
    for name in made.iter(SPACE + "mo"):
        if name.text and name.text.isascii() and name.text.isalpha():
            name.tag = SPACE + "mi"
            if len(name.text) == 1:
                name.set("mathvariant", "normal")
    for element in list(made.iter()):
        if element.tag.removeprefix(SPACE) in _SCRIPTS:
            continue
        children = list(element)
        for place, child in enumerate(children):
            name = _base(child)
            after = children[place + 1] if place + 1 < len(children) else None
            if not _is_name(name) or (name.text in upright and not _opens(after)):
                continue
            if after is not None and _is_ordinary(after):
                element.insert(list(element).index(child) + 1, _thin_space())
            if place and not _is_name(_base(children[place - 1])) and _ends(children[place - 1]):
                element.insert(list(element).index(child), _thin_space())


def _thin_space() -> ElementTree.Element:
    return ElementTree.Element(SPACE + "mspace", {"width": "0.17em"})


def _base(element: ElementTree.Element) -> ElementTree.Element:
    """What indices and exponents are attached to."""
    while element.tag.removeprefix(SPACE) in _SCRIPTS:
        element = element[0]
    return element


def _is_name(element: ElementTree.Element) -> bool:
    text = element.text or ""
    return element.tag == SPACE + "mi" and len(text) > 1 and text.isalpha()


def _opens(element: ElementTree.Element | None) -> bool:
    """Whether it begins with an opening bracket."""
    while element is not None and element.tag == SPACE + "mrow" and len(element):
        element = element[0]
    return element is not None and _base(element).text in ("(", "[", "{")


def _is_ordinary(element: ElementTree.Element) -> bool:
    """Whether a name needs a space before it: letters, numbers, fractions; no brackets or signs."""
    base = _base(element)
    if base.tag == SPACE + "mspace" or _opens(element):
        return False
    return base.tag != SPACE + "mo" or base.text in ("|", "‖", "∂", "∇")


def _ends(element: ElementTree.Element) -> bool:
    """Whether a name that follows needs a space: after letters, numbers, a closing bracket."""
    base = _base(element)
    return base.tag not in (SPACE + "mo", SPACE + "mspace") or base.text in _CLOSING


def _tighten(operators: Iterable[ElementTree.Element]) -> None:
    """No space around the slash, and the minus of an index t − 1: TeX has none, browsers have."""
    for operator in operators:
        operator.attrib |= {"lspace": "0", "rspace": "0"}


def _is_sign(before: ElementTree.Element, operator: ElementTree.Element) -> bool:
    """Whether a minus or plus belongs to what follows, as in v = −x, and is no subtraction."""
    both = before.tag == operator.tag == SPACE + "mo"
    return both and operator.text in ("−", "+") and before.text not in _CLOSING
