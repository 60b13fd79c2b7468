"""Imports that would make every command wait, and what they do without."""

from __future__ import annotations

import sys
from contextlib import suppress
from importlib import import_module

__all__ = ["import_jsonschema"]

_IRI_PARSER = "rfc3987_syntax"


def import_jsonschema() -> None:
    """Import jsonschema, which nbformat needs, without its parser of internationalised addresses.

    jsonschema imports that parser where it is installed (Jupyter's servers bring it), and it takes
    a second of processor time: it makes 38 grammars. It serves the formats "iri" and
    "iri-reference", for which no notebook's schema asks. Others may still import it later.
    """
    if _IRI_PARSER in sys.modules:
        return
    sys.modules[_IRI_PARSER] = None  # type: ignore[assignment]  # Python's way to say: not there
    try:
        with suppress(ImportError):  # jsonschema itself: a student's Python does without
            import_module("jsonschema")
    finally:
        del sys.modules[_IRI_PARSER]
