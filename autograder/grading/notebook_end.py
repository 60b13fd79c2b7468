"""The results in a graded notebook, read from the end of its file.

Graded notebooks are written as nbformat writes them: keys in order, one space of indentation. So
the cells, which make a file large, come first, and a line ``"metadata": {`` begins the rest. What
is read is in the notebook itself: it cannot be missing or of another run.
"""

from __future__ import annotations

import json
import os
from typing import BinaryIO

import msgspec

from ..results import KEY, SubmissionResults

__all__ = ["read_results"]

_BEGINS = b'{\n "cells": ['
_METADATA = b'\n "metadata": {'
_MOST = 1 << 16
"""Bytes to look at: four times what the results of thirteen exercises take."""


class _Metadata(msgspec.Struct):
    results: SubmissionResults = msgspec.field(name=KEY)


class _End(msgspec.Struct):
    metadata: _Metadata


_decode = msgspec.json.Decoder(_End).decode


def read_results(file: BinaryIO) -> SubmissionResults:
    """The results in the metadata of a graded notebook, however it was written.

    Raises ValueError, KeyError or TypeError if there are none.
    """
    if file.read(len(_BEGINS)) == _BEGINS:
        file.seek(max(len(_BEGINS), file.seek(0, os.SEEK_END) - _MOST))
        end = file.read()
        # No line break is inside a JSON text. So if what follows one is, after a brace, an object
        # that ends with the file, then this is the notebook's own metadata, and no cell's.
        if (start := end.rfind(_METADATA)) >= 0:
            try:
                return _decode(b"{" + end[start:]).metadata.results
            except ValueError:
                pass  # such as NaN, which Python writes and JSON has not
    file.seek(0)
    return SubmissionResults.from_value(json.loads(file.read())["metadata"][KEY])
