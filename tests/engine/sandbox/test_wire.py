"""The grader's end of the channel takes in anything, and makes little of it."""

from __future__ import annotations

import json
import socket
import struct

import pytest

from autograder.sandbox import wire

LISTS = "[" + "[]," * wire.MAX_ITEMS + "[]]"


@pytest.fixture
def ends():
    theirs, ours = socket.socketpair()
    theirs.setblocking(False)
    channel = wire.Channel(ours)
    yield theirs, channel
    theirs.close()
    channel.close()


def heard(channel, data):
    """What the channel makes of these bytes, however many."""
    channel._buffer += data
    return channel._next()


def framed(data):
    return struct.pack(">I", len(data)) + data


@pytest.mark.parametrize(
    "text",
    [
        {"printed": "[1, 2], " * wire.MAX_ITEMS},
        {"quoted": '"a", \\' * wire.MAX_ITEMS},
        {"letters": "é☂\U0001f600" * 1000},
        {"answer": "AAAA" * 1_000_000, "numbers": list(range(wire.MAX_ITEMS // 2))},
    ],
)
def test_long_texts_are_read(ends, text):
    assert heard(ends[1], framed(json.dumps(text).encode())) == text


@pytest.mark.parametrize(
    "data",
    [
        b'{"x": ' + LISTS.encode() + b"}",
        b'{"x": "\\\\", "y": ' + LISTS.encode() + b"}",
        b'{"x": "\\"", "y": ' + LISTS.encode() + b"}",
        b'{"x": "\\\\\\"", "y": ' + LISTS.encode() + b"}",
        b'{"x": {' + b",".join(b'"%d":0' % n for n in range(wire.MAX_ITEMS)) + b"}}",
        ('{"x": "\u2230", "y": ' + LISTS + "}").encode("utf-16-le"),
        ('{"x": "\u2230", "y": ' + LISTS + "}").encode("utf-32-be"),
        b"[" * 1_000_000,
    ],
)
def test_more_lists_than_a_grader_has_memory_for_are_refused(ends, data, monkeypatch):
    def never(text):
        raise AssertionError("it was read")

    monkeypatch.setattr(wire.json, "loads", never)
    with pytest.raises(wire.BadMessage):
        heard(ends[1], framed(data))


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"[]",
        b"7",
        b"{",
        b"\xff",
        b'{"x": ' + b"[" * 100_000 + b"]" * 100_000 + b"}",
        b'{"x": ' + b"9" * 5000 + b"}",
        b"\xef\xbb\xbf{}",
    ],
)
def test_what_is_no_message_is_refused(ends, data):
    with pytest.raises(wire.BadMessage):
        heard(ends[1], framed(data))


def test_a_message_may_come_in_pieces_and_an_announced_giant_is_refused(ends):
    theirs, channel = ends
    for byte in framed(b'{"a": 1}')[:-1]:
        theirs.send(bytes([byte]))
        assert channel.receive(0) is None
    theirs.send(b"}")
    assert channel.receive(0) == {"a": 1}
    theirs.send(b"\xff\xff\xff\xff")
    with pytest.raises(wire.BadMessage):
        channel.receive(0)
