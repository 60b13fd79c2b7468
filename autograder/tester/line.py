"""One end of the line between the two processes: requests, replies, and requests meanwhile."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from .codec import Codec
from .errors import BadMessage, Refused

__all__ = ["Exchange", "from_text", "to_text"]

Exchange = Callable[[str, Callable[[str], str]], str]
"""Sends a request and returns its reply; the function answers what is asked meanwhile."""

MAX_TEXT = 24 << 20
_MAX_ITEMS = 4_000_000


def to_text(codec: Codec, value: Any) -> str:
    text = json.dumps(codec.pack(value))
    if len(text) > MAX_TEXT:
        raise Refused(f"The data are too large to pass on: more than {MAX_TEXT >> 20} MB.")
    return text


def from_text(codec: Codec, text: str) -> Any:
    if len(text) > MAX_TEXT or text.count(",") + text.count("[") > _MAX_ITEMS:
        raise BadMessage("too large")
    try:
        message = json.loads(text)
    except (ValueError, RecursionError):
        raise BadMessage("no JSON") from None
    return codec.unpack(message)
