"""A page inside a page: how ``race`` and ``play`` show themselves in a notebook.

Each is a document of its own, hand-written HTML, SVG and JavaScript, that asks nothing of a kernel
or of the network. It stands in an ``<iframe>``, so its styles and those of the page around it do
not meet. ``frame.css`` and ``frame.js`` are what such documents share: colours for light and dark,
buttons, and a frame that is as high as what is in it.
"""

import html
import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

__all__ = ["Playable", "embedded", "fill"]

_FOLDER = Path(__file__).parent


class Playable:
    """A picture that plays: a frame with a document in a notebook, ``text`` in a terminal.

    ``label`` is what a screen reader calls the frame. ``text`` is also shown by a page that cannot
    show frames. ``height``, in pixels, holds until the document has measured itself.
    """

    def __init__(self, label: str, document: str, text: str, height: int = 540) -> None:
        self.label = label
        self.document = document
        self.text = text
        self.height = height

    def _repr_html_(self) -> str:
        return (
            f'<iframe title="{html.escape(self.label)}" loading="lazy" '
            f'style="width:100%;max-width:960px;height:{self.height}px;border:0;'
            # As its document's: where the two differ, browsers paint the frame's corners white.
            'color-scheme:light" '
            f'srcdoc="{html.escape(self.document)}">{html.escape(self.text)}</iframe>'
        )

    def __repr__(self) -> str:
        return self.text


def fill(template: str, parts: Mapping[str, str]) -> str:
    """A document of this folder with its placeholders, ``<!--NAME-->``, replaced by ``parts``.

    ``<!--STYLE-->`` and ``<!--FRAME-->`` are what all documents share. The parts stay as they are:
    what is text must be escaped before.
    """
    shared = {"STYLE": _read("frame.css"), "FRAME": _read("frame.js")}
    everything = {**shared, **parts}
    return re.sub(r"<!--([A-Z]+)-->", lambda found: everything[found[1]], _read(template))


def embedded(data: Any) -> str:
    """``data`` as JSON that may stand inside a script: no ``<`` can end it.

    >>> embedded({"name": "</script>"})
    '{"name":"\\\\u003c/script>"}'
    """
    return json.dumps(data, separators=(",", ":")).replace("<", "\\u003c")


def _read(name: str) -> str:
    return (_FOLDER / name).read_text(encoding="utf-8")
