"""System calls that Python has no function for. An error names the step that failed.

Numbers and names are from the kernel's headers (``linux/prctl.h``, ``linux/capability.h``); the
manual pages named beside them explain them.
"""

from __future__ import annotations

import contextlib
import os
import sys

try:
    import ctypes
except ImportError:  # a Python built without it
    ctypes = None  # type: ignore[assignment]

__all__ = ["address", "drop_privileges", "has_capability", "prctl", "syscall"]

_libc = ctypes.CDLL(None, use_errno=True) if ctypes and sys.platform == "linux" else None

# prctl(2)
PR_SET_PDEATHSIG = 1
PR_SET_DUMPABLE = 4
PR_SET_KEEPCAPS = 8
PR_CAPBSET_DROP = 24
PR_SET_CHILD_SUBREAPER = 36
PR_SET_NO_NEW_PRIVS = 38
PR_CAP_AMBIENT = 47
PR_CAP_AMBIENT_RAISE = 2
PR_CAP_AMBIENT_CLEAR_ALL = 4

# capabilities(7)
CAP_DAC_READ_SEARCH = 2
CAP_SETGID = 6
CAP_SETUID = 7
CAP_SETPCAP = 8
_LAST_CAPABILITY = 63  # capset(2) takes two words of 32 bits
_CAPABILITY_VERSION_3 = 0x20080522


def call(step: str, function: str, *arguments: int | bytes | object | None) -> int:
    """Call a function of the C library; -1 becomes an OSError that names `step`."""
    if _libc is None:
        raise OSError(0, f"{step}: this Python has no ctypes")
    converted = [ctypes.c_long(x) if isinstance(x, int) else x for x in arguments]
    ctypes.set_errno(0)
    target = getattr(_libc, function)
    target.restype = ctypes.c_long if function == "syscall" else ctypes.c_int
    result: int = target(*converted)
    if result == -1:
        number = ctypes.get_errno()
        raise OSError(number, f"{step}: {os.strerror(number)}")
    return result


def syscall(step: str, number: int, *arguments: int | bytes | object | None) -> int:
    """syscall(2), for calls that an old C library lacks."""
    return call(step, "syscall", number, *arguments)


def prctl(step: str, option: int, *arguments: int) -> int:
    """prctl(2); arguments that are not used must be 0."""
    return call(step, "prctl", option, *arguments, *(0,) * (4 - len(arguments)))


def address(data: bytes) -> int:
    """The address of `data` in memory, valid while `data` is kept."""
    return ctypes.cast(ctypes.c_char_p(data), ctypes.c_void_p).value or 0


def has_capability(number: int) -> bool:
    """Whether this process has that capability."""
    return bool(_effective() >> number & 1)


def _effective() -> int:
    header = (ctypes.c_uint32 * 2)(_CAPABILITY_VERSION_3, 0)
    words = (ctypes.c_uint32 * 6)()  # effective, permitted, inheritable; then their high halves
    call("capget", "capget", header, words)
    return words[0] | words[3] << 32


def _keep_only(kept: int) -> None:
    header = (ctypes.c_uint32 * 2)(_CAPABILITY_VERSION_3, 0)
    low, high = kept & 0xFFFFFFFF, kept >> 32
    call("capset", "capset", header, (ctypes.c_uint32 * 6)(low, low, low, high, high, high))
    if _effective() != kept:
        raise OSError(0, "capset: capabilities are left that should not be")


def drop_privileges(uid: int | None, reads_all: bool = False) -> None:
    """Become the user `uid` (None: stay the same user), and give up every capability.

    reads_all : keep only CAP_DAC_READ_SEARCH: to read, but not to write, what `uid` may not.
    """
    kept = 1 << CAP_DAC_READ_SEARCH if reads_all else 0
    if has_capability(CAP_SETPCAP):  # the bounding set: no program that it starts gets any back
        with contextlib.suppress(OSError):  # EINVAL ends the kernel's list of capabilities
            for number in range(_LAST_CAPABILITY + 1):
                if not kept >> number & 1:
                    prctl("capabilities", PR_CAPBSET_DROP, number)
    if uid is not None:
        prctl("keep capabilities", PR_SET_KEEPCAPS, 1)
        os.setgroups([])
        os.setresgid(uid, uid, uid)
        os.setresuid(uid, uid, uid)
        if (*os.getresuid(), *os.getresgid(), *os.getgroups()) != (uid,) * 6:
            raise OSError(0, f"setresuid: still not user {uid}")
    prctl("ambient capabilities", PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL)
    _keep_only(kept)
    if kept:  # also for programs it starts, at the level where it may
        prctl("ambient capabilities", PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, CAP_DAC_READ_SEARCH)
    prctl("no new privileges", PR_SET_NO_NEW_PRIVS, 1)
