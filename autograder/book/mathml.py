r"""Formulas of the book as MathML, made when it is built (:mod:`autograder.mathml`).

A Sphinx extension, to be named in ``conf.py``: it translates ``$…$`` and ``$$…$$`` of the pages,
and ``:math:`` of docstrings.
"""

from __future__ import annotations

import re
from html import escape
from typing import TYPE_CHECKING, Any
from xml.etree import ElementTree

from ..mathml import SPACE, mathml

if TYPE_CHECKING:
    from sphinx.application import Sphinx

__all__ = ["setup", "spoken"]


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
    match element.tag.removeprefix(SPACE):
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
    made, after = _translated(node, display=False), node.get("after", "")
    writer.body.append(f'<span class="kept">{made}{escape(after)}</span>' if after else made)
    node.clear()  # its text, the LaTeX, would be written next


def _keep_punctuation(app: Sphinx, page: Any, name: str) -> None:
    """A full stop stays on its formula's line: browsers break lines between the two."""
    from docutils import nodes

    for formula in list(page.findall(nodes.math)):
        siblings = formula.parent
        place = siblings.index(formula) + 1
        following = siblings[place] if place < len(siblings) else None
        if isinstance(following, nodes.Text):
            text = following.astext()
            rest = text.lstrip(".,;:!?)]’”")
            formula["after"] = text[: len(text) - len(rest)]
            siblings[place] = nodes.Text(rest)


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
    app.connect("doctree-resolved", _keep_punctuation)
    app.add_html_math_renderer("mathml", (_inline, None), (_block, None))
    return {"parallel_read_safe": True, "parallel_write_safe": True}
