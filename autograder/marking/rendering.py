"""Answers as HTML: what students wrote is data.

Nothing of theirs becomes an element, an attribute or an address. Markdown is laid out by mistune
without raw HTML; a link is its text with the address beside it; a picture is shown only if it is
in the notebook; formulas become MathML by an allow-list. What would take long, or is not known, is
shown as it was typed. Property tests hold this for any text.
"""

from __future__ import annotations

import base64
import re
from collections.abc import Mapping
from functools import partial
from html import escape
from typing import Any
from urllib.parse import unquote
from xml.etree import ElementTree

import mistune
from mistune.renderers.html import HTMLRenderer

from ..grading.time_limit import TimeUp, within
from ..mathml import SPACE, mathml
from .types import Answer

__all__ = ["render", "render_source"]

MATH_ELEMENTS = {
    "math", "mrow", "mi", "mn", "mo", "mtext", "mspace", "ms", "mfrac", "msqrt", "mroot",
    "mstyle", "mphantom", "menclose", "msub", "msup", "msubsup", "munder", "mover",
    "munderover", "mmultiscripts", "mprescripts", "none", "mtable", "mtr", "mtd",
}  # fmt: skip
MATH_ATTRIBUTES = {
    "display", "mathvariant", "displaystyle", "scriptlevel", "stretchy", "fence", "form",
    "separator", "accent", "accentunder", "movablelimits", "largeop", "linethickness",
    "lspace", "rspace", "minsize", "maxsize", "width", "columnalign", "columnspacing",
    "rowspacing", "columnlines", "rowlines", "notation",
}  # fmt: skip
_VALUE = re.compile(r"[a-z][a-z -]{0,60}|[+-]?\d{0,2}(?:\.\d{1,6})?(?:em|ex|px|pt|mu|%)?")
FORMULAS, LONGEST_FORMULA = 50, 500
_FORMULAS_OF_SOURCE = 1_000
_ADDRESS = 200  # characters of one that are shown: one definition may have thousands of links
_LONGEST = 100_000
_SECONDS = 2.0
_CONTROLS = {code: "\ufffd" for code in (*range(32), *range(127, 160)) if chr(code) not in "\t\n"}
_TAG = re.compile(r"<!--.*?-->|</?[A-Za-z][^<>]*>", re.DOTALL)
_ENVIRONMENT = re.compile(
    r"^\\begin\{(equation|align|gather|eqnarray)(\*?)\}.{1,500}?\\end\{\1\2\}",
    re.DOTALL | re.MULTILINE,
)


def render(answer: Answer, kind: str) -> str:
    """An answer as HTML: its text, what it printed and drew, and how much is left out.

    kind : of the question; "code" is shown as it was typed.

    >>> render(Answer("ann", "*So* <b onclick='f()'>", ""), "words")
    '<p><em>So</em> &lt;b onclick=&#x27;f()&#x27;&gt;</p>\\n'
    """
    text = _clean(answer.text)
    pictures = {name: _picture(name, *picture) for name, picture in answer.pictures.items()}
    page = _Page(FORMULAS, pictures)
    parts = []
    if text.strip():
        parts.append(_preformatted(text) if kind == "code" else _laid_out(text, page))
    elif not answer.outputs:
        parts.append("<p><em>Nothing was written.</em></p>")
    if answer.cut:
        parts.append(f"<p><em>{answer.cut:,} more characters are left out here.</em></p>")
    parts += [f"<pre><samp>{escape(_clean(output))}</samp></pre>" for output in answer.outputs]
    parts += [picture for name, picture in pictures.items() if name not in page.shown]
    return "".join(parts)


def render_source(text: str, kind: str = "words") -> str:
    """An instructor's text as HTML, without the tags in it."""
    text = _clean(text[:_LONGEST])
    if kind == "code":
        return _preformatted(text)
    return _laid_out(text, _Page(_FORMULAS_OF_SOURCE, {}, keep_tags=False))


def _clean(text: str) -> str:
    """A text without characters that HTML has no place for."""
    text = "\n".join(text.encode("utf-8", "replace").decode().splitlines())
    return text.translate(_CONTROLS)


def _preformatted(text: str) -> str:
    return f"<pre><code>{escape(text)}</code></pre>"


def _laid_out(text: str, page: _Page) -> str:
    markdown = mistune.create_markdown(renderer=page, plugins=["table", "strikethrough", "math"])
    text = _ENVIRONMENT.sub(r"\n$$\n\g<0>\n$$\n", text)
    try:
        return str(within(_SECONDS, partial(markdown, text)))
    except (TimeUp, RecursionError):
        page.shown.clear()
        return _preformatted(text)


def _picture(name: str, kind: str, data: bytes) -> str:
    source = f"data:{kind};base64,{base64.b64encode(data).decode()}"
    return f'<img src="{source}" alt="{escape(name)}">'


class _Page(HTMLRenderer):
    """Makes HTML of what mistune reads in one text.

    formulas : how many are translated; pictures : <img> by name, each shown once at most;
    keep_tags : whether tags are shown, as text.
    """

    def __init__(self, formulas: int, pictures: Mapping[str, str], keep_tags: bool = True) -> None:
        super().__init__(escape=True)
        self._formulas, self._pictures, self._keep_tags = formulas, pictures, keep_tags
        self.shown: set[str] = set()
        """The names of pictures that the text shows."""

    def heading(self, text: str, level: int, **attrs: Any) -> str:
        return f"<p><strong>{text}</strong></p>\n"  # the headings of the page are not theirs

    def link(self, text: str, url: str, title: str | None = None) -> str:
        address = escape(url[:_ADDRESS])
        return text if text == address else f"{text} ({address})"

    def image(self, text: str, url: str, title: str | None = None) -> str:
        kind, _, name = url.partition(":")
        name = unquote(name) if kind == "attachment" else ""
        if name in self._pictures and name not in self.shown:
            self.shown.add(name)
            return self._pictures[name]
        return f"[picture: {re.sub('<[^>]*>', '', text)}]"

    def inline_html(self, html: str) -> str:
        return escape(html if self._keep_tags else _TAG.sub("", html))

    def block_html(self, html: str) -> str:
        text = self.inline_html(html).strip()
        return f"<p>{text}</p>\n" if text else ""

    def block_code(self, code: str, info: str | None = None) -> str:
        return f"{_preformatted(code)}\n"

    def table_cell(self, text: str, align: str | None = None, head: bool = False) -> str:
        tag = "th" if head else "td"
        return f"<{tag}>{text}</{tag}>\n"

    def inline_math(self, latex: str) -> str:
        return self._formula(latex) or f"<code>{escape(f'${latex}$')}</code>"

    def block_math(self, latex: str) -> str:
        return self._formula(latex, "block") or f"<code>{escape(f'$${latex}$$')}</code>"

    def _formula(self, latex: str, display: str = "inline") -> str:
        """Its MathML, "" if there is none."""
        self._formulas -= 1
        if self._formulas < 0 or len(latex) > LONGEST_FORMULA:
            return ""
        try:
            return _allowed(ElementTree.fromstring(mathml(latex, display == "block")))
        except (ValueError, ElementTree.ParseError):
            return ""


def _allowed(formula: ElementTree.Element) -> str:
    """The formula without attributes that are not allowed; ValueError for such an element.

    latex2mathml hands tags on, even those of a student, and styles and addresses.
    """
    for element in formula.iter():
        element.tag = element.tag.removeprefix(SPACE)
        if element.tag not in MATH_ELEMENTS:
            raise ValueError(f"a formula has no element {element.tag!r}")
        element.attrib = {
            name: value
            for name, value in element.attrib.items()
            if name in MATH_ATTRIBUTES and _VALUE.fullmatch(value)
        }
    return ElementTree.tostring(formula, encoding="unicode")
