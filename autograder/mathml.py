r"""Formulas as MathML, translated by ``latex2mathml``: browsers show it without any script."""

from __future__ import annotations

import re
from collections.abc import Iterable
from itertools import pairwise
from xml.etree import ElementTree

from latex2mathml.converter import convert

__all__ = ["SPACE", "mathml"]

SPACE = "{http://www.w3.org/1998/Math/MathML}"
"""In front of the tags of its elements."""
_SCRIPTS = ("msub", "msup", "msubsup", "munder", "mover", "munderover")
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
    try:
        made = ElementTree.fromstring(convert(text, display="block" if display else "inline"))
    except Exception as error:  # latex2mathml's errors have no base of their own
        raise ValueError(f"latex2mathml cannot translate {latex.strip()}: {error}") from None
    left = re.search(r"\\[A-Za-z]+", " ".join(made.itertext()))
    if left:
        raise ValueError(f"latex2mathml does not know {left[0]}, in the formula {latex.strip()}")
    _tighten(sign for sign in made.iter(SPACE + "mo") if sign.text in ("/", "∂", "∇"))
    for element in made.iter():
        _tighten(b for a, b in pairwise(element) if _is_sign(a, b))
    for scripts in _SCRIPTS:
        for element in made.iter(SPACE + scripts):
            for script in element[1:]:
                _tighten(script.iter(SPACE + "mo"))
    return ElementTree.tostring(made, encoding="unicode")


def _tighten(operators: Iterable[ElementTree.Element]) -> None:
    """No space around the slash, and the minus of an index t − 1: TeX has none, browsers have."""
    for operator in operators:
        operator.attrib |= {"lspace": "0", "rspace": "0"}


def _is_sign(before: ElementTree.Element, operator: ElementTree.Element) -> bool:
    """Whether a minus or plus belongs to what follows, as in v = −x, and is no subtraction."""
    both = before.tag == operator.tag == SPACE + "mo"
    return both and operator.text in ("−", "+") and before.text not in (")", "]", "}", "|", "!")
