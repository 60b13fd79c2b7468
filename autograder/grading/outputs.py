"""The outputs of one cell, gathered from its messages up to a size."""

from __future__ import annotations

import base64
import binascii
import struct
from dataclasses import dataclass, field
from typing import Any

from nbformat.v4 import output_from_msg

__all__ = ["Collector", "Execution", "is_picture", "writable"]

_PNG = b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR"
_JPEG = b"\xff\xd8\xff"
_PIXELS = 50_000_000
"""Most pixels of a picture: a small file can become one that fills a browser's memory."""


@dataclass
class Execution:
    """What running one cell gave.

    problem : why it did not end by itself, or ""; failed : it raised an error, whether or not
    that is among the outputs.
    """

    outputs: list[Any] = field(default_factory=list)
    count: int | None = None
    problem: str = ""
    failed: bool = False


_FORMS: dict[str, dict[str, type]] = {
    "stream": {"name": str, "text": str},
    "display_data": {"data": dict, "metadata": dict},
    "execute_result": {"data": dict, "metadata": dict, "execution_count": int},
    "error": {"ename": str, "evalue": str, "traceback": list},
}


def _well_formed(content: dict[str, Any], form: dict[str, type]) -> bool:
    return all(isinstance(content.get(name), kind) for name, kind in form.items())


class Collector:
    """Gathers the outputs of one cell from a shell's messages, up to a size."""

    def __init__(self, execution: Execution, limit: int) -> None:
        self.execution = execution
        self.room = limit
        self._clear = False

    def take(self, message: dict[str, Any]) -> None:
        """Use one message; malformed ones are ignored, since students control their process."""
        kind, content = message.get("msg_type"), message.get("content")
        if not isinstance(kind, str) or not isinstance(content, dict):
            return
        if kind == "clear_output":
            self._clear = True
            if not content.get("wait"):
                self._empty()
        elif kind in _FORMS and _well_formed(content, _FORMS[kind]):
            self._add(kind, content)

    def _empty(self) -> None:
        self.execution.outputs.clear()
        self._clear = False

    def _add(self, kind: str, content: dict[str, Any]) -> None:
        before = self.room
        self.room -= len(repr(content))
        if self.room < 0:
            if before >= 0:
                note = {"output_type": "stream", "name": "stdout", "text": "\n[output cut here]\n"}
                self.execution.outputs.append(note)
            return
        if self._clear:
            self._empty()
        output = output_from_msg({"header": {"msg_type": kind}, "content": content})
        outputs = self.execution.outputs
        last = outputs[-1] if outputs else {}
        if output["output_type"] == "stream" and last.get("name") == output["name"]:
            last["text"] += output["text"]
        else:
            outputs.append(output)


def is_picture(kind: str, text: str) -> bool:
    """Whether `text` is base64 of a picture of that MIME type that is small enough to open."""
    try:
        data = base64.b64decode("".join(text.split()), validate=True)
    except (binascii.Error, ValueError):
        return False
    if kind == "image/png" and data.startswith(_PNG) and len(data) > 24:
        width, height = struct.unpack(">II", data[16:24])  # PNG specification, 11.2.1
        return bool(0 < width * height <= _PIXELS)
    return kind == "image/jpeg" and data.startswith(_JPEG) and 0 < _jpeg_pixels(data) <= _PIXELS


def _jpeg_pixels(data: bytes) -> int:
    """The number of pixels in the first frame header (ITU-T T.81, B.2.2); 0 without one."""
    at = 2
    while at + 9 <= len(data) and data[at] == 0xFF:
        marker = data[at + 1]
        if 0xC0 <= marker <= 0xCF and marker not in (0xC4, 0xC8, 0xCC):
            height, width = struct.unpack(">HH", data[at + 5 : at + 9])
            return int(width * height)
        # 0xFF may be repeated before a marker; other segments begin with their length.
        at += 1 if marker == 0xFF else 2 + int.from_bytes(data[at + 2 : at + 4])
    return 0


def writable(value: Any) -> Any:
    """The same text, list or dict, with "?" for surrogates, which UTF-8 cannot encode."""
    if isinstance(value, str):
        return value.encode("utf-8", "replace").decode("utf-8")
    if isinstance(value, dict):
        return type(value)({writable(name): writable(item) for name, item in value.items()})
    if isinstance(value, list):
        return [writable(item) for item in value]
    return value
