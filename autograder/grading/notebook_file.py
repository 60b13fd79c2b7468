"""The bytes of a notebook file: what is read of them, and in which encoding.

Grading needs sources and metadata. Saved outputs and pasted pictures, which make files large, are
dropped before the JSON is parsed, so that they take no memory.
"""

from __future__ import annotations

import json
import re
import shutil
from mmap import ACCESS_READ, mmap
from pathlib import Path
from tempfile import TemporaryFile
from typing import IO

import nbformat
from nbformat import NotebookNode

__all__ = [
    "FILE_LIMIT", "SIZE_LIMIT", "TooLong", "copy_without_outputs", "decode", "read_notebook",
    "without_outputs",
]  # fmt: skip

FILE_LIMIT = 400 << 20
"""Largest notebook file that is looked at, in bytes."""
SIZE_LIMIT = 20 << 20
"""Most bytes that may be left of it without outputs and pasted pictures."""
_TOKENS = 5_000_000  # brackets and texts in what is dropped: a few seconds
_ITEMS = 2_000_000  # in what is left: each takes fifty bytes of memory or more

# A quote inside a JSON text has a backslash in front, so none of these is inside a text.
_DROPPED = re.compile(rb'(?<!\\)"(?:outputs|attachments|widgets)"[ \t\r\n]*:[ \t\r\n]*(?=[\[{])')
# A text without end ends with the file; a possessive repetition (*+) needs no memory.
_TOKEN = re.compile(rb'"(?:[^"\\]++|\\.)*+(?:"|\Z)|[\[\]{}]', re.DOTALL)


class TooLong(ValueError):
    """The file is larger than a notebook can be; the message says by what."""


def without_outputs(data: bytes | mmap) -> bytes:
    """The notebook's JSON without the contents of outputs, attachments and saved widgets.

    Text that is no JSON stays as it is, more or less; raises :class:`TooLong`.

    >>> without_outputs(b'{"source": "x", "outputs": [{"text": "]"}], "id": 1}')
    b'{"source": "x", "outputs": [], "id": 1}'
    """
    kept: list[bytes] = []
    begin = tokens = size = 0
    while match := _DROPPED.search(data, begin):
        kept.append(data[begin : match.end()])
        size += len(kept[-1])
        if size > SIZE_LIMIT:
            break
        depth = 0
        for token in _TOKEN.finditer(data, match.end()):
            tokens += 1
            if tokens > _TOKENS:
                raise TooLong("its outputs have too many parts")
            bracket = data[token.start()]
            depth += (bracket in b"[{") - (bracket in b"]}")
            if depth <= 0:
                break
        first = data[match.end()]
        kept.append(b"[]" if first in b"[" else b"{}")
        begin = token.end()
    if size + len(data) - begin > SIZE_LIMIT:
        raise TooLong(f"without its outputs, it may have {SIZE_LIMIT >> 20} MB")
    text = b"".join([*kept, data[begin:]])
    if sum(map(text.count, (b"[", b"{", b","))) > _ITEMS:
        raise TooLong("it has too many parts")
    return text


def copy_without_outputs(file: IO[bytes]) -> bytes:
    """The same for a large file that can only be read from its beginning to its end."""
    with TemporaryFile() as copy:
        shutil.copyfileobj(file, copy)
        copy.flush()
        with mmap(copy.fileno(), 0, access=ACCESS_READ) as view:
            return without_outputs(view)


def decode(data: bytes) -> tuple[str, str]:
    """The text of a file, and the name of its encoding if that is not UTF-8, else "".

    Raises UnicodeDecodeError for broken UTF-16. Without a mark of its encoding, text that is not
    UTF-8 is taken for Windows-1252, or Latin-1 if it has bytes that this lacks.

    >>> decode("é".encode("cp1252")), decode('{"é": 1}'.encode("utf-16"))
    (('é', 'Windows-1252'), ('{"é": 1}', 'UTF-16'))
    """
    encoding = json.detect_encoding(data)
    if encoding.startswith("utf-8"):
        for name, known_as in (("utf-8-sig", ""), ("cp1252", "Windows-1252")):
            try:
                return data.decode(name), known_as
            except UnicodeDecodeError:
                pass
        return data.decode("latin-1"), "Latin-1"
    return data.decode(encoding), encoding[:6].upper()


def read_notebook(path: Path) -> NotebookNode:
    """Read a trusted notebook: a source or a release."""
    return nbformat.read(path, as_version=4)
