"""What an enclosed process may do: a function each, run by `enclosed.py`, in this order.

`at` says where things are: `folder` (the world outside, with a canary), `edition`, `site` (packages
that are installed), `keeper` (a process id), `uid` (who it should be). What a function returns is
the answer, or the exception that it raises: an OSError by its name (EPERM), another by its class.

`attempts_on_others.py` has what it should not be able to do.
"""

from __future__ import annotations

import asyncio
import ctypes
import os
import signal
import socket
import tempfile
import threading
from pathlib import Path

libc = ctypes.CDLL(None, use_errno=True)

OWN = []


def own(function):
    OWN.append(function)
    return function


# -- its own things ---------------------------------------------------------------------------


@own
def folder(at):
    return os.path.samefile(".", at.scratch), os.listdir(".")


@own
def file(at):
    os.mkdir("work")
    Path("work/a").write_text("mine")
    os.rename("work/a", "b")
    return Path("b").read_text(), oct(os.stat("b").st_mode)


@own
def copies(at):
    import shutil

    shutil.copy("b", "c")
    Path("d").touch()
    Path("d").touch()
    return Path("c").read_text(), Path("d").read_text()


@own
def temporary_file(at):
    with tempfile.TemporaryFile(dir=".") as file:
        return file.write(b"12")


@own
def standard_input(at):
    return os.read(0, 1)


@own
def user(at):
    return os.getresuid() == (at.uid,) * 3 and set(os.getgroups()) <= {os.getgid()}


@own
def threads(at):
    seen = []
    several = [threading.Thread(target=seen.append, args=(n,)) for n in range(4)]
    for each in several:
        each.start()
    for each in several:
        each.join()
    return sorted(seen)


@own
def standard_library(at):
    import colorsys  # noqa: F401
    import lzma  # noqa: F401
    import sqlite3

    return sqlite3.connect("x").execute("select 1").fetchall()


@own
def packages(at):
    import inner
    import ordinary

    return ordinary.VALUE + inner.VALUE


@own
def edition(at):
    return Path(at.edition, "__init__.py").read_text()


@own
def loop(at):
    return asyncio.run(asyncio.sleep(0, "slept"))


@own
def pair(at):
    one, other = socket.socketpair()
    one.send(b"in")
    return other.recv(2)


@own
def devices(at):
    Path("/dev/null").write_text("x")
    with open("/dev/zero", "rb") as zero, open("/dev/urandom", "rb") as random:
        return zero.read(1), len(random.read(4)), len(os.urandom(8))


@own
def signals(at):
    got = []
    signal.signal(signal.SIGUSR1, lambda *_: got.append("signal"))
    os.kill(os.getpid(), signal.SIGUSR1)
    signal.raise_signal(signal.SIGUSR1)
    return got


@own
def capabilities(at):
    header = (ctypes.c_uint32 * 2)(0x20080522, 0)
    words = (ctypes.c_uint32 * 6)()
    if libc.capget(header, words):
        raise OSError(ctypes.get_errno(), "capget")
    return [f"{each:x}" for each in words]


@own
def new_privileges_and_dumps(at):
    return libc.prctl(39, 0, 0, 0, 0) == 0, libc.prctl(3, 0, 0, 0, 0) == 1


@own
def more_files(at):
    import resource

    resource.setrlimit(resource.RLIMIT_NOFILE, (1 << 16, 1 << 16))


@own
def all_files(at):
    several = []
    try:
        while True:
            several.append(os.open("b", os.O_RDONLY))
    finally:
        for each in several:
            os.close(each)


@own
def large_file(at):
    Path("big").write_bytes(bytes(3 << 20))


@own
def memory(at):
    return len(bytearray(2 << 30))
