"""Messages over a socket between the grader and a student's process: JSON, each after its length.

The grader's end, :class:`Channel`, expects anything: a message may be cut short, too long, no JSON,
or never come. It says so and takes nothing for granted about what is in a message.
"""

from __future__ import annotations

import json
import select
import socket
import struct
import time
from typing import Any

__all__ = ["BadMessage", "Channel", "Closed", "receive", "require_few", "send"]

LARGEST = 32 << 20
"""Most bytes in one message that the grader takes in."""
MANY = 500_000
"""Most lists, objects and items in one message: each becomes some fifty bytes or more in memory."""
_LENGTH = struct.Struct(">I")


class Closed(Exception):
    """The other end is gone."""


class BadMessage(Exception):
    """What came is no message."""


def send(sock: socket.socket, message: dict[str, Any]) -> None:
    """Send one message, whole."""
    data = json.dumps(message).encode()
    sock.sendall(_LENGTH.pack(len(data)) + data)


def receive(sock: socket.socket) -> dict[str, Any]:
    """Wait for one message from an end that is trusted."""
    (length,) = _LENGTH.unpack(_exactly(sock, _LENGTH.size))
    return json.loads(_exactly(sock, length))


def _exactly(sock: socket.socket, size: int) -> bytes:
    parts = bytearray()
    while len(parts) < size:
        part = sock.recv(min(size - len(parts), 1 << 20))
        if not part:
            raise Closed
        parts += part
    return bytes(parts)


def require_few(data: bytes) -> None:
    """Raise BadMessage where the JSON text `data` would become more than ``MANY`` objects.

    >>> require_few(b'{"text": "' + MANY * b"," + b'"}')
    >>> require_few(b"[" + MANY * b"[]," + b"[]]")
    Traceback (most recent call last):
    autograder.sandbox.wire.BadMessage: too many items
    """
    if not data.isascii() or b"\0" in data:  # UTF-16 has bytes that look like quotes
        raise BadMessage("not ASCII")
    bare = data.replace(b"\\\\", b"").replace(b'\\"', b"")  # a quote left begins or ends a string
    if bare.count(b'"') <= MANY:
        outside = b"".join(bare.split(b'"')[::2])
        if sum(map(outside.count, (b"[", b"{", b","))) <= MANY:
            return
    raise BadMessage("too many items")


class Channel:
    """The grader's end of a socket whose other end students control."""

    def __init__(self, sock: socket.socket) -> None:
        self._sock = sock
        self._sock.setblocking(False)
        self._buffer = bytearray()
        self.received = 0
        """Bytes that came in so far."""

    def close(self) -> None:
        self._sock.close()

    def send(self, message: dict[str, Any], seconds: float) -> None:
        """Send one message; raises Closed if the other end does not take it in time."""
        data = json.dumps(message).encode()
        left, end = memoryview(_LENGTH.pack(len(data)) + data), time.monotonic() + seconds
        try:
            while left:
                _, ready, _ = select.select([], [self._sock], [], max(0, end - time.monotonic()))
                if not ready:
                    raise Closed
                left = left[self._sock.send(left[: 1 << 18]) :]
        except OSError:
            raise Closed from None

    def receive(self, seconds: float) -> dict[str, Any] | None:
        """The next message; None if none came in time. Raises Closed, BadMessage."""
        end = time.monotonic() + seconds
        while True:
            message = self._next()
            if message is not None:
                return message
            ready, _, _ = select.select([self._sock], [], [], max(0, end - time.monotonic()))
            if not ready:
                return None
            try:
                part = self._sock.recv(1 << 18)
            except OSError:
                raise Closed from None
            if not part:
                raise Closed
            self.received += len(part)
            self._buffer += part

    def _next(self) -> dict[str, Any] | None:
        if len(self._buffer) < _LENGTH.size:
            return None
        (length,) = _LENGTH.unpack_from(self._buffer)
        if length > LARGEST:
            raise BadMessage(f"a message of {length} bytes")
        end = _LENGTH.size + length
        if len(self._buffer) < end:
            return None
        data = bytes(self._buffer[_LENGTH.size : end])
        del self._buffer[:end]
        require_few(data)
        try:
            message = json.loads(data)
        except (ValueError, RecursionError):
            raise BadMessage("no JSON") from None
        if not isinstance(message, dict):
            raise BadMessage("no object")
        return message
