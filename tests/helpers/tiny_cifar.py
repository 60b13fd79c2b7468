"""A tiny archive in CIFAR-10's own format, and a server on 127.0.0.1 that hands it out.

The official archive was pickled by Python 2, whose strings and arrays Python 3's `pickle` cannot
write; `_pickled` writes the same opcodes by hand. Its pictures are the shipped digits, four times
as large and each class in a colour of its own, so that a network can learn them.
"""

from __future__ import annotations

import hashlib
import http.server
import io
import pickle
import struct
import tarfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np
import pytest

from cs231n_lib.data import load_digits

PER_BATCH, TESTED = 300, 120


def images(first: int, count: int) -> tuple[np.ndarray, list[int]]:
    """`count` pictures (count, 3072) uint8 and their labels; digit after digit from `first`."""
    digits = load_digits(raw=True)
    rows = np.arange(first, first + count) % 1797
    grey = np.concatenate([digits.X_train, digits.X_val, digits.X_test])[rows].reshape(-1, 8, 8)
    labels = np.concatenate([digits.y_train, digits.y_val, digits.y_test])[rows]
    large = grey.repeat(4, axis=1).repeat(4, axis=2)
    tint = np.stack([np.full(10, 15), np.linspace(4, 15, 10), np.linspace(15, 4, 10)], axis=1)
    coloured = large[:, None] * tint[labels][:, :, None, None]
    return coloured.reshape(count, 3072).astype(np.uint8), labels.tolist()


def _pickled(value: Any) -> bytes:
    """A value as Python 2 pickled it (protocol 2, without its memo)."""
    if isinstance(value, bytes):
        short = len(value) < 256
        return (
            b"U" + bytes([len(value)]) if short else b"T" + struct.pack("<i", len(value))
        ) + value
    if isinstance(value, int):
        return b"K" + bytes([value]) if value < 256 else b"J" + struct.pack("<i", value)
    if isinstance(value, list):
        return b"](" + b"".join(map(_pickled, value)) + b"e"
    if isinstance(value, dict):
        return b"}(" + b"".join(_pickled(k) + _pickled(v) for k, v in value.items()) + b"u"
    rows, columns = value.shape
    return (
        b"cnumpy.core.multiarray\n_reconstruct\n"
        + b"(cnumpy\nndarray\nK\x00\x85U\x01btR"  # ... (ndarray, (0,), 'b')
        + b"(K\x01"
        + (_pickled(rows) + _pickled(columns) + b"\x86")
        + b"cnumpy\ndtype\n(U\x02u1K\x00K\x01tR"
        + b"(K\x03U\x01|NNNJ\xff\xff\xff\xffJ\xff\xff\xff\xffK\x00tb"
        + b"\x89"  # not in Fortran's order
        + _pickled(value.tobytes())
        + b"tb"
    )


def batch(name: str, data: Any, labels: Any) -> bytes:
    """The bytes of one file of the archive."""
    files = [b"digit_%d.png" % i for i in range(len(labels))]
    held = {b"batch_label": name.encode(), b"labels": labels, b"data": data, b"filenames": files}
    return b"\x80\x02" + _pickled(held) + b"."


def members(per_batch: int = PER_BATCH, tested: int = TESTED) -> dict[str, bytes]:
    """The archive's files, in the official one's disorder."""
    names = [f"data_batch_{i}" for i in (4, 3, 5, 2, 1)]
    made = {"batches.meta": b"\x80\x02}(U\x0blabel_names]u."}
    made["readme.html"] = b"<html>see the page</html>"
    made["test_batch"] = batch("testing batch 1 of 1", *images(5 * per_batch, tested))
    for name in names:
        number = int(name[-1])
        label = f"training batch {number} of 5"
        made[name] = batch(label, *images((number - 1) * per_batch, per_batch))
    return made


def archive(files: dict[str, bytes] | None = None) -> bytes:
    """The .tar.gz of these files, by default of `members()`."""
    written = io.BytesIO()
    with tarfile.open(fileobj=written, mode="w:gz", compresslevel=1) as tar:
        folder = tarfile.TarInfo("cifar-10-batches-py")
        folder.type = tarfile.DIRTYPE
        tar.addfile(folder)
        for name, content in (members() if files is None else files).items():
            info = tarfile.TarInfo(f"cifar-10-batches-py/{name}")
            info.size = len(content)
            tar.addfile(info, io.BytesIO(content))
    return written.getvalue()


def sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


class Server:
    """What the server hands out, and how: change it between requests."""

    def __init__(self, content: bytes) -> None:
        self.content = content
        self.url = ""
        self.breaks_off = False
        """Promise the whole length, and close the connection half-way."""
        self.status = 200
        self.requests = 0


@contextmanager
def serving(content: bytes) -> Iterator[Server]:
    """Serve `content` on 127.0.0.1, at a port of the system's choice."""
    state = Server(content)

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            state.requests += 1
            self.send_response(state.status)
            self.send_header("Content-Length", str(len(state.content)))
            self.end_headers()
            part = len(state.content) // 2 if state.breaks_off else None
            self.wfile.write(state.content[:part])

        def log_message(self, *args: object) -> None:
            pass

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, args=[0.01], daemon=True)
        thread.start()
        state.url = f"http://127.0.0.1:{server.server_port}/cifar-10-python.tar.gz"
        try:
            yield state
        finally:
            server.shutdown()
            thread.join()


@contextmanager
def instead_of_cifar10(
    patch: pytest.MonkeyPatch, cache: Any, content: bytes | None = None
) -> Iterator[Server]:
    """Inside, `load_cifar10()` without arguments fetches the tiny archive into `cache`."""
    content = archive() if content is None else content
    with serving(content) as server:
        patch.setenv("CS231N_CIFAR10_URL", server.url)
        patch.setenv("CS231N_CIFAR10_SHA256", sha256(content))
        patch.setenv("CS231N_DATA", str(cache))
        patch.setenv("NO_PROXY", "127.0.0.1")
        yield server


def evil(ran: str) -> bytes:
    """A pickle that would create the file `ran`."""

    class Evil:
        def __reduce__(self) -> tuple[Any, ...]:
            return (open, (ran, "w"))

    return pickle.dumps(Evil(), protocol=2)
