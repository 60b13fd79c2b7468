r"""Formulas as MathML, made when the book is built: browsers show it without any script.

A Sphinx extension, to be named in ``conf.py``: ``$…$`` and ``$$…$$`` of the pages, and ``:math:``
of docstrings, are translated by ``latex2mathml``.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from itertools import pairwise
from typing import TYPE_CHECKING, Any
from xml.etree import ElementTree

from latex2mathml.converter import convert

if TYPE_CHECKING:
    from sphinx.application import Sphinx

__all__ = ["mathml", "setup", "spoken"]

_SPACE = "{http://www.w3.org/1998/Math/MathML}"
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
    _tighten(sign for sign in made.iter(_SPACE + "mo") if sign.text in ("/", "∂", "∇"))
    for element in made.iter():
        _tighten(b for a, b in pairwise(element) if _is_sign(a, b))
    for scripts in _SCRIPTS:
        for element in made.iter(_SPACE + scripts):
            for script in element[1:]:
                _tighten(script.iter(_SPACE + "mo"))
    return ElementTree.tostring(made, encoding="unicode")


def _tighten(operators: Iterable[ElementTree.Element]) -> None:
    """No space around the slash, and the minus of an index t − 1: TeX has none, browsers have."""
    for operator in operators:
        operator.attrib |= {"lspace": "0", "rspace": "0"}


def _is_sign(before: ElementTree.Element, operator: ElementTree.Element) -> bool:
    """Whether a minus or plus belongs to what follows, as in v = −x, and is no subtraction."""
    both = before.tag == operator.tag == _SPACE + "mo"
    return both and operator.text in ("−", "+") and before.text not in (")", "]", "}", "|", "!")


def spoken(markdown: str) -> str:
    r"""Markdown as plain words, for the description of a picture.

    >>> spoken(r"*Falls like $1/\sqrt{B}$, below* `adam`'s $\tfrac14$.")
    "Falls like 1/√(B), below adam's 1/4."
    """
    text = re.sub(r"\$\$?(.+?)\$\$?", lambda formula: _flat(formula[1]), markdown, flags=re.S)
    return " ".join(re.sub(r"[*`]", "", text).split())


def _flat(latex: str) -> str:
    return _said(ElementTree.fromstring(mathml(latex)))


def _said(element: ElementTree.Element) -> str:
    parts = [_said(child) for child in element]
    match element.tag.removeprefix(_SPACE):
        case "mfrac":
            return "/".join(parts)
        case "msqrt":
            return f"√({''.join(parts)})"
        case "msup":
            return "^".join(parts)
        case "msub":
            return "_".join(parts)
        case "mspace":
            return " "
    return (element.text or "") + "".join(parts)


def _translated(node: Any, display: bool) -> str:
    from sphinx.util.logging import getLogger

    try:
        return mathml(node.astext(), display)
    except ValueError as error:
        getLogger(__name__).warning("%s", error, location=node)
        return ""


def _inline(writer: Any, node: Any) -> None:
    # The word joiner keeps a full stop on the formula's line.
    writer.body.append(_translated(node, display=False) + "\u2060")
    node.clear()  # its text, the LaTeX, would be written next


def _block(writer: Any, node: Any) -> None:
    from sphinx.util.math import get_node_equation_number

    writer.body.append(writer.starttag(node, "div", CLASS="math"))
    if node["number"]:
        number = get_node_equation_number(writer, node)
        writer.body.append(f'<span class="eqno">({number})')
        writer.add_permalink_ref(node, "Link to this equation")
        writer.body.append("</span>")
    writer.body.append(_translated(node, display=True) + "</div>\n")
    node.clear()


def setup(app: Sphinx) -> dict[str, bool]:
    """Sphinx calls this."""
    app.add_html_math_renderer("mathml", (_inline, None), (_block, None))
    return {"parallel_read_safe": True, "parallel_write_safe": True}
