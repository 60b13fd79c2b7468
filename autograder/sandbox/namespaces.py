"""A new root directory, without other processes or a network: namespaces(7).

The new root is a small file system in memory. The readable paths are mounted in it read-only, under
the same names as outside. The order of the calls is that of pivot_root(2). The mount calls of Linux
5.12 (open_tree, mount_setattr, move_mount) take hold of every path before anything is mounted, so
no mount covers another's source, and "read-only" holds for mounts below as well.
"""

from __future__ import annotations

import os
import platform
import signal
import stat
import struct
from collections.abc import Iterable
from pathlib import Path
from typing import NoReturn

from . import system

__all__ = ["enter", "run_first_process"]

# linux/sched.h, for unshare(2)
_NEWNS, _NEWCGROUP, _NEWUTS, _NEWIPC = 0x00020000, 0x02000000, 0x04000000, 0x08000000
_NEWUSER, _NEWPID, _NEWNET = 0x10000000, 0x20000000, 0x40000000

# mount(2), umount(2)
_MS_NOSUID, _MS_NODEV, _MS_REC, _MS_PRIVATE = 2, 4, 1 << 14, 1 << 18
_MNT_DETACH = 2

# linux/mount.h, linux/fcntl.h; the call numbers are the same on every machine
_OPEN_TREE, _MOVE_MOUNT, _MOUNT_SETATTR = 428, 429, 442
_PIVOT_ROOT = {"x86_64": 155, "aarch64": 41}
_AT_FDCWD, _AT_EMPTY_PATH, _AT_RECURSIVE = -100, 0x1000, 0x8000
_OPEN_TREE_CLONE, _MOVE_MOUNT_F_EMPTY_PATH = 1, 4
_ATTR_RDONLY, _ATTR_NOSUID, _ATTR_NODEV, _ATTR_NOEXEC = 1, 2, 4, 8

_DEVICES = ("null", "zero", "full", "random", "urandom")
_FILES = 16384  # in the scratch folder: many empty files fill a disk too
# A folder that always exists, and is not needed any more once something is mounted over it.
_BASE = "/dev"


def enter(
    scratch: str, readable: Iterable[str], hidden: Iterable[str], disk: int, uid: int | None
) -> None:
    """Move this process into a new root; the children that it forks are in new namespaces too.

    uid : the owner of the scratch folder. None: the caller is not root, and gets root's powers in
        a user namespace in which only the caller's user exists.
    """
    owner = (os.geteuid(), os.getegid()) if uid is None else (uid, uid)
    spaces = _NEWNS | _NEWCGROUP | _NEWUTS | _NEWIPC | _NEWPID | _NEWNET
    system.call("unshare", "unshare", spaces | (_NEWUSER if uid is None else 0))
    if uid is None:
        _map_user(*owner)
    system.call("sethostname", "sethostname", b"sandbox", 7)
    system.call("mounts", "mount", None, b"/", None, _MS_REC | _MS_PRIVATE, None)
    os.umask(0o022)
    sources = _sources(readable, hidden)
    devices = {f"/dev/{name}": _clone(f"/dev/{name}", _ATTR_NOEXEC) for name in _DEVICES}
    _mount_memory(_BASE, "size=1m,nr_inodes=4096,mode=755")
    os.chdir(_BASE)
    for path, source in (devices | sources).items():
        _place(path, source)
    _make_folder(scratch)
    _set_attributes("/", _AT_FDCWD, b".", _ATTR_RDONLY)
    _mount_memory(
        f".{scratch}", f"size={disk},nr_inodes={_FILES},mode=700,uid={owner[0]},gid={owner[1]}"
    )
    system.syscall("pivot_root", _PIVOT_ROOT[platform.machine()], b".", b".")
    system.call("umount of the old root", "umount2", b".", _MNT_DETACH)
    os.chdir("/")


def _map_user(uid: int, gid: int) -> None:
    """Map this user and group to themselves, and no others: user_namespaces(7)."""
    for name, text in (
        ("setgroups", "deny"), ("uid_map", f"{uid} {uid} 1"), ("gid_map", f"{gid} {gid} 1")
    ):  # fmt: skip
        try:
            Path("/proc/self", name).write_text(text)
        except OSError as error:
            raise OSError(error.errno, f"{name}: {error.strerror}") from None


# -- what is visible --------------------------------------------------------------------------

_EMPTY = -1  # instead of a mount: an empty folder that cannot be listed


def _sources(readable: Iterable[str], hidden: Iterable[str]) -> dict[str, int | str]:
    """Path in the new root -> a mount (an open file), _EMPTY, or the target of a link.

    Outer folders come first: a hidden path covers a part of the readable folder around it, and a
    readable path in a hidden folder is mounted over that.
    """
    shows = {os.path.realpath(path): True for path in readable}
    shows |= {os.path.realpath(path): False for path in hidden if os.path.exists(path)}
    sources: dict[str, int | str] = {}
    for path in sorted(shows):
        outer = next((p for p in map(str, Path(path).parents) if p in shows), None)
        if shows[path] and not (outer and shows[outer]):
            sources[path] = _clone(path, _ATTR_NODEV)
        elif not shows[path] and outer and shows[outer]:
            # A hidden file is covered by a device that cannot be opened.
            sources[path] = _EMPTY if os.path.isdir(path) else _clone("/dev/null", _ATTR_NODEV)
    for path in sorted(readable):
        real = os.path.realpath(path)
        inside = any(str(parent) in shows for parent in Path(os.path.abspath(path)).parents)
        if path != real and not inside:
            sources[path] = real
    return sources


def _clone(path: str, attributes: int) -> int:
    """A copy of the mounts at and below `path`, not attached yet."""
    tree = system.syscall(
        f"open_tree {path}", _OPEN_TREE, _AT_FDCWD, os.fsencode(path),
        _OPEN_TREE_CLONE | os.O_CLOEXEC | _AT_RECURSIVE,
    )  # fmt: skip
    _set_attributes(path, tree, b"", attributes | _ATTR_NOSUID)
    return tree


def _set_attributes(name: str, tree: int, path: bytes, attributes: int) -> None:
    change = struct.pack("=4Q", attributes, 0, 0, 0)  # struct mount_attr: to set, to clear, ...
    flags = _AT_RECURSIVE | (0 if path else _AT_EMPTY_PATH)
    system.syscall(f"mount_setattr {name}", _MOUNT_SETATTR, tree, path, flags, change, len(change))


def _place(path: str, source: int | str) -> None:
    """Put `source` at `path`, below the working directory."""
    target = f".{path}"
    if isinstance(source, str):
        _make_folder(os.path.dirname(path))
        os.symlink(source, target)
    elif source == _EMPTY:
        _mount_memory(target, "size=64k,nr_inodes=64,mode=111", _MS_NODEV)
    else:
        if stat.S_ISDIR(os.fstat(source).st_mode):
            _make_folder(path)
        elif not os.path.exists(target):
            _make_folder(os.path.dirname(path))
            os.close(os.open(target, os.O_CREAT | os.O_WRONLY, 0o644))
        system.syscall(
            f"move_mount {path}", _MOVE_MOUNT, source, b"", _AT_FDCWD, os.fsencode(target),
            _MOVE_MOUNT_F_EMPTY_PATH,
        )  # fmt: skip
        os.close(source)


def _make_folder(path: str) -> None:
    os.makedirs(f".{path}", mode=0o755, exist_ok=True)


def _mount_memory(target: str, options: str, flags: int = 0) -> None:
    system.call(
        f"mount a file system in memory ({options})", "mount", b"sandbox", os.fsencode(target),
        b"tmpfs", _MS_NOSUID | flags, options.encode(),
    )  # fmt: skip


# -- the first process ------------------------------------------------------------------------


def run_first_process(leash: int, uid: int | None) -> NoReturn:
    """Be the first process of the new namespace until the keeper closes its end of `leash`.

    When a first process ends, the kernel ends the whole namespace: this ties it to the keeper. The
    submission runs in another process, because the kernel ignores most signals to the first.
    """
    system.drop_privileges(uid)
    signal.pthread_sigmask(signal.SIG_BLOCK, signal.valid_signals())
    os.closerange(0, leash)
    os.closerange(leash + 1, os.sysconf("SC_OPEN_MAX"))
    os.read(leash, 1)
    os._exit(0)
