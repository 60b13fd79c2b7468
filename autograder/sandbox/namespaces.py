"""A root directory of its own, and no other process or network: namespaces(7).

The new root is a small file system in memory in which the readable paths are mounted where they are
outside, read-only. The order of the calls is that of pivot_root(2). Mounts are made with the calls
of Linux 5.12 (open_tree, mount_setattr, move_mount): they take hold of every path before anything
is mounted, so that nothing comes to lie over it, and "read-only" holds for mounts below as well.
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

__all__ = ["enter", "stay"]

# linux/sched.h, for unshare(2)
_NEWNS, _NEWCGROUP, _NEWUTS, _NEWIPC = 0x00020000, 0x02000000, 0x04000000, 0x08000000
_NEWUSER, _NEWPID, _NEWNET = 0x10000000, 0x20000000, 0x40000000

# mount(2), umount(2)
_MS_NOSUID, _MS_NODEV, _MS_REC, _MS_PRIVATE = 2, 4, 1 << 14, 1 << 18
_MNT_DETACH = 2

# linux/mount.h, linux/fcntl.h; the numbers of the calls are the same on every machine
_OPEN_TREE, _MOVE_MOUNT, _MOUNT_SETATTR = 428, 429, 442
_PIVOT_ROOT = {"x86_64": 155, "aarch64": 41}
_AT_FDCWD, _AT_EMPTY_PATH, _AT_RECURSIVE = -100, 0x1000, 0x8000
_OPEN_TREE_CLONE, _MOVE_MOUNT_F_EMPTY_PATH = 1, 4
_ATTR_RDONLY, _ATTR_NOSUID, _ATTR_NODEV, _ATTR_NOEXEC = 1, 2, 4, 8

_DEVICES = ("null", "zero", "full", "random", "urandom")
_FILES = 16384  # in the scratch folder: many empty files fill a disk too
# Somewhere that always exists. What is mounted over it lies over nothing that is still needed.
_BASE = "/dev"


def enter(
    scratch: str, readable: Iterable[str], hidden: Iterable[str], disk: int, uid: int | None
) -> None:
    """Move this process into a new root; the children that it forks are in new namespaces too.

    uid : the owner of the scratch folder; None: without root's powers, which then come from a user
        namespace that knows the caller alone.
    """
    owner = (os.geteuid(), os.getegid()) if uid is None else (uid, uid)
    spaces = _NEWNS | _NEWCGROUP | _NEWUTS | _NEWIPC | _NEWPID | _NEWNET
    system.call("unshare", "unshare", spaces | (_NEWUSER if uid is None else 0))
    if uid is None:
        _map(*owner)
    system.call("sethostname", "sethostname", b"sandbox", 7)
    system.call("mounts", "mount", None, b"/", None, _MS_REC | _MS_PRIVATE, None)
    os.umask(0o022)
    places = _places(readable, hidden)
    devices = {f"/dev/{name}": _clone(f"/dev/{name}", _ATTR_NOEXEC) for name in _DEVICES}
    _mount_memory(_BASE, "size=1m,nr_inodes=4096,mode=755")
    os.chdir(_BASE)
    for path, source in (devices | places).items():
        _place(path, source)
    _make_folder(scratch)
    _set_attributes("/", _AT_FDCWD, b".", _ATTR_RDONLY)
    _mount_memory(
        f".{scratch}", f"size={disk},nr_inodes={_FILES},mode=700,uid={owner[0]},gid={owner[1]}"
    )
    system.syscall("pivot_root", _PIVOT_ROOT[platform.machine()], b".", b".")
    system.call("umount of the old root", "umount2", b".", _MNT_DETACH)
    os.chdir("/")


def _map(uid: int, gid: int) -> None:
    """user_namespaces(7): we are nobody else in there, and nobody else is there."""
    for name, text in (
        ("setgroups", "deny"), ("uid_map", f"{uid} {uid} 1"), ("gid_map", f"{gid} {gid} 1")
    ):  # fmt: skip
        try:
            Path("/proc/self", name).write_text(text)
        except OSError as error:
            raise OSError(error.errno, f"{name}: {error.strerror}") from None


# -- what is seen -----------------------------------------------------------------------------

_EMPTY = -1  # instead of a mount: a folder that cannot be looked into


def _places(readable: Iterable[str], hidden: Iterable[str]) -> dict[str, int | str]:
    """Path in the new root -> a mount (an open file), _EMPTY, or the target of a link.

    Outer folders come first, so that what is hidden covers, and what is readable in there is back.
    """
    wanted = {os.path.realpath(path): True for path in readable}
    wanted |= {os.path.realpath(path): False for path in hidden if os.path.exists(path)}
    found: dict[str, int | str] = {}
    for path in sorted(wanted):
        outer = next((p for p in map(str, Path(path).parents) if p in wanted), None)
        if wanted[path] and not (outer and wanted[outer]):
            found[path] = _clone(path, _ATTR_NODEV)
        elif not wanted[path] and outer and wanted[outer]:
            # For a file a device, where devices cannot be opened.
            found[path] = _EMPTY if os.path.isdir(path) else _clone("/dev/null", _ATTR_NODEV)
    for path in sorted(readable):
        real = os.path.realpath(path)
        inside = any(str(parent) in wanted for parent in Path(os.path.abspath(path)).parents)
        if path != real and not inside:
            found[path] = real
    return found


def _clone(path: str, attributes: int) -> int:
    """A copy of the mount of `path` and of those below, not mounted anywhere yet."""
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
    """Give `path`, below the working directory, its content."""
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


def stay(leash: int, uid: int | None) -> NoReturn:
    """Be the first process of the new namespace, until the other end of `leash` is closed.

    The kernel ignores most signals to a first process, so the submission is not it; and ends all
    others with it: this is what ties them to the keeper, which holds the other end.
    """
    system.drop_privileges(uid)
    signal.pthread_sigmask(signal.SIG_BLOCK, signal.valid_signals())
    os.closerange(0, leash)
    os.closerange(leash + 1, os.sysconf("SC_OPEN_MAX"))
    os.read(leash, 1)
    os._exit(0)
