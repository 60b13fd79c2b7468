"""Landlock: a process gives up access to all files but those named. landlock(7).

Rules only add: what is allowed for a folder is allowed for all below it. To hide something in a
readable folder, everything around it is allowed one by one (`around`). Only listing is allowed for
the whole folder, because Python lists a folder before it imports from it.
"""

from __future__ import annotations

import os
import stat
import struct

from . import system

__all__ = ["Ruleset", "abi", "around"]

# The same numbers on every machine: asm-generic/unistd.h.
_CREATE_RULESET, _ADD_RULE, _RESTRICT_SELF = 444, 445, 446
_CREATE_RULESET_VERSION = 1
_RULE_PATH_BENEATH = 1

# linux/landlock.h: LANDLOCK_ACCESS_FS_*
_EXECUTE, _WRITE_FILE, _READ_FILE, _READ_DIR = 1 << 0, 1 << 1, 1 << 2, 1 << 3
_MAKE_CHAR, _MAKE_BLOCK = 1 << 6, 1 << 11
_TRUNCATE, _IOCTL_DEV = 1 << 14, 1 << 15
# ABI version: how many rights that kernel knows (landlock(7), "VERSIONS").
_RIGHTS = {1: 13, 2: 14, 3: 15, 4: 15, 5: 16}
_OF_FILES = _EXECUTE | _WRITE_FILE | _READ_FILE | _TRUNCATE | _IOCTL_DEV
_NET = 0b11  # BIND_TCP, CONNECT_TCP: ABI 4
_SCOPES = 0b11  # ABSTRACT_UNIX_SOCKET, SIGNAL: ABI 6
_LOG_SAME_EXEC_OFF = 1  # refusals are not logged: ABI 7


def abi() -> int:
    """The kernel's Landlock version; OSError where it has none or it is off."""
    return system.syscall("landlock", _CREATE_RULESET, None, 0, _CREATE_RULESET_VERSION)


class Ruleset:
    """What will be allowed; everything else that the kernel can refuse is refused."""

    def __init__(self) -> None:
        version = abi()
        self._all = (1 << _RIGHTS[min(version, max(_RIGHTS))]) - 1
        net = _NET if version >= 4 else 0
        scopes = _SCOPES if version >= 6 else 0
        self._flags = _LOG_SAME_EXEC_OFF if version >= 7 else 0
        words = 1 if version < 4 else 2 if version < 6 else 3  # older kernels: a shorter struct
        attributes = struct.pack("=3Q", self._all, net, scopes)
        self._descriptor = system.syscall(
            "landlock ruleset", _CREATE_RULESET, attributes, 8 * words, 0
        )

    def allow_reading(self, path: str) -> None:
        """Read and execute `path` and all below it."""
        self._allow(path, _EXECUTE | _READ_FILE | _READ_DIR)

    def allow_listing(self, path: str) -> None:
        """See the names in the folder `path`, and in those below."""
        self._allow(path, _READ_DIR)

    def allow_all(self, path: str) -> None:
        """Do anything below `path`, except use or make devices."""
        self._allow(path, self._all & ~(_MAKE_CHAR | _MAKE_BLOCK | _IOCTL_DEV))

    def allow_device(self, path: str) -> None:
        """Read and write the device `path`."""
        self._allow(path, _READ_FILE | _WRITE_FILE | _TRUNCATE)

    def _allow(self, path: str, rights: int) -> None:
        descriptor = os.open(path, os.O_PATH | os.O_CLOEXEC)
        try:
            if not stat.S_ISDIR(os.fstat(descriptor).st_mode):
                rights &= _OF_FILES
            rule = struct.pack("=Qi", rights & self._all, descriptor)  # the kernel's is packed too
            system.syscall(
                f"landlock {path}", _ADD_RULE, self._descriptor, _RULE_PATH_BENEATH, rule, 0
            )
        finally:
            os.close(descriptor)

    def enforce(self) -> None:
        """Apply the rules to this process, for good. Needs PR_SET_NO_NEW_PRIVS."""
        system.syscall("landlock", _RESTRICT_SELF, self._descriptor, self._flags)
        os.close(self._descriptor)


def around(folder: str, hidden: set[str]) -> tuple[list[str], list[str]]:
    """(paths to read, folders to list) that together give `folder` without `hidden`; real paths.

    >>> import tempfile
    >>> home = os.path.realpath(tempfile.mkdtemp())
    >>> for name in ("a", "b", "c"):
    ...     os.makedirs(f"{home}/{name}/deep")
    >>> read, listed = around(home, {f"{home}/b/deep", f"{home}/c"})
    >>> [os.path.relpath(x, home) for x in read], [os.path.relpath(x, home) for x in listed]
    (['a'], ['.', 'b'])
    """
    if folder in hidden:
        return [], []
    if not any(path.startswith(folder.rstrip("/") + "/") for path in hidden):
        return [folder], []
    read: list[str] = []
    listed = [folder]
    with os.scandir(folder) as entries:
        for entry in sorted(entries, key=lambda entry: entry.name):
            if entry.is_symlink():
                continue  # a rule for a link allows nothing: its target needs one
            read_below, listed_below = around(entry.path, hidden)
            read += read_below
            listed += listed_below
    return read, listed
