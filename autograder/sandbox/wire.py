"""Messages over a socket between the grader and a student's process: a length, then JSON.

The grader's end, :class:`Channel`, trusts nothing: a message may be cut short, too long, no JSON,
or never come, and its content may be anything.
"""

from __future__ import annotations

import json
import select
import socket
import struct
import time
from typing import Any

__all__ = ["BadMessage", "Channel", "Closed", "limit_items", "receive", "send"]

MAX_BYTES = 32 << 20
"""Most bytes that the grader accepts in one message."""
MAX_ITEMS = 500_000
"""Most lists, objects and items in one message: each takes fifty bytes of memory or more."""
_LENGTH = struct.Struct(">I")


class Closed(Exception):
    """The other end is gone."""


class BadMessage(Exception):
    """What arrived is not a message."""


def send(sock: socket.socket, message: dict[str, Any]) -> None:
    """Send one message."""
    data = json.dumps(message).encode()
    sock.sendall(_LENGTH.pack(len(data)) + data)


def receive(sock: socket.socket) -> dict[str, Any]:
    """Wait for one message from a trusted end."""
    (length,) = _LENGTH.unpack(_receive_bytes(sock, _LENGTH.size))
    return json.loads(_receive_bytes(sock, length))


def _receive_bytes(sock: socket.socket, size: int) -> bytes:
    parts = bytearray()
    while len(parts) < size:
        part = sock.recv(min(size - len(parts), 1 << 20))
        if not part:
            raise Closed
        parts += part
    return bytes(parts)


def limit_items(data: bytes) -> None:
    """Raise BadMessage if the JSON text `data` would become more than ``MAX_ITEMS`` objects.

    >>> limit_items(b'{"text": "' + MAX_ITEMS * b"," + b'"}')
    >>> limit_items(b"[" + MAX_ITEMS * b"[]," + b"[]]")
    Traceback (most recent call last):
    autograder.sandbox.wire.BadMessage: too many items
    """
    if not data.isascii() or b"\0" in data:  # UTF-16 has bytes that look like quotes
        raise BadMessage("not ASCII")
    # Without escapes, every quote begins or ends a string.
    unescaped = data.replace(b"\\\\", b"").replace(b'\\"', b"")
    if unescaped.count(b'"') <= MAX_ITEMS:
        outside = b"".join(unescaped.split(b'"')[::2])
        if sum(map(outside.count, (b"[", b"{", b","))) <= MAX_ITEMS:
            return
    raise BadMessage("too many items")


class Channel:
    """The grader's end of a socket whose other end students control."""

    def __init__(self, sock: socket.socket) -> None:
        self._sock = sock
        self._sock.setblocking(False)
        self._buffer = bytearray()
        self.received = 0
        """Bytes received so far."""

    def close(self) -> None:
        self._sock.close()

    def send(self, message: dict[str, Any], seconds: float) -> None:
        """Send one message; raises Closed if the other end does not accept it in time."""
        data = json.dumps(message).encode()
        left, end = memoryview(_LENGTH.pack(len(data)) + data), time.monotonic() + seconds
        try:
            while left:
                _, ready, _ = select.select([], [self._sock], [], max(0, end - time.monotonic()))
                if not ready:
                    raise Closed
                left = left[self._sock.send(left[: 1 << 18]) :]
        except (OSError, ValueError):  # ValueError: this end was closed
            raise Closed from None

    def receive(self, seconds: float) -> dict[str, Any] | None:
        """The next message; None if there is none in time. Raises Closed, BadMessage."""
        end = time.monotonic() + seconds
        while True:
            message = self._next()
            if message is not None:
                return message
            try:
                ready, _, _ = select.select([self._sock], [], [], max(0, end - time.monotonic()))
                if not ready:
                    return None
                part = self._sock.recv(1 << 18)
            except (OSError, ValueError):
                raise Closed from None
            if not part:
                raise Closed
            self.received += len(part)
            self._buffer += part

    def _next(self) -> dict[str, Any] | None:
        if len(self._buffer) < _LENGTH.size:
            return None
        (length,) = _LENGTH.unpack_from(self._buffer)
        if length > MAX_BYTES:
            raise BadMessage(f"a message of {length} bytes")
        end = _LENGTH.size + length
        if len(self._buffer) < end:
            return None
        data = bytes(self._buffer[_LENGTH.size : end])
        del self._buffer[:end]
        limit_items(data)
        try:
            message = json.loads(data)
        except (ValueError, RecursionError):
            raise BadMessage("no JSON") from None
        if not isinstance(message, dict):
            raise BadMessage("no object")
        return message
