"""A filter of the system calls that a submission's process may make. seccomp(2).

The filter sees the number of a call and plain numbers among its arguments; it cannot follow a
pointer, so it never sees a path. It is a small program for the kernel's packet filter
(``linux/bpf_common.h``), the same at both levels that use it, so that marks are the same at both.

Allowed are memory, threads, files (other locks restrict which), time, pipes, and pairs of connected
sockets, which asyncio needs.
"""

from __future__ import annotations

import errno
import os
import platform
import struct
import sys

from . import system

__all__ = ["CONDITIONAL", "DATES", "IGNORED", "REFUSED", "install", "program", "unsupported"]

# linux/audit.h; a machine is a column of the tables below.
_ARCHITECTURES = {"x86_64": (0, 0xC000003E), "aarch64": (1, 0xC00000B7)}
_NEWEST = 450  # set_mempolicy_home_node; newer calls are not in these tables
_X32 = 0x40000000  # x86_64's second set of numbers: __X32_SYSCALL_BIT

# Always refused: EPERM. Numbers: asm/unistd_64.h of x86, asm-generic/unistd.h (aarch64).
REFUSED: dict[str, tuple[int | None, int | None]] = {
    # other programs and processes
    "fork": (57, None),
    "vfork": (58, None),
    "execve": (59, 221),
    "execveat": (322, 281),
    "ptrace": (101, 117),
    "process_vm_readv": (310, 270),
    "process_vm_writev": (311, 271),
    "process_madvise": (440, 440),
    "process_mrelease": (448, 448),
    "kcmp": (312, 272),
    "pidfd_open": (434, 434),
    "pidfd_getfd": (438, 438),
    "pidfd_send_signal": (424, 424),
    "sched_setscheduler": (144, 119),
    "sched_setparam": (142, 118),
    "sched_setattr": (314, 274),
    "migrate_pages": (256, 238),
    "move_pages": (279, 239),
    # network; `socketpair` is below
    "socket": (41, 198),
    "connect": (42, 203),
    "bind": (49, 200),
    "listen": (50, 201),
    "accept": (43, 202),
    "accept4": (288, 242),
    # roots, mounts, namespaces
    "mount": (165, 40),
    "umount2": (166, 39),
    "pivot_root": (155, 41),
    "chroot": (161, 51),
    "unshare": (272, 97),
    "setns": (308, 268),
    "open_tree": (428, 428),
    "move_mount": (429, 429),
    "fsopen": (430, 430),
    "fsconfig": (431, 431),
    "fsmount": (432, 432),
    "fspick": (433, 433),
    "mount_setattr": (442, 442),
    # files, by ways that Landlock does not check: handles, attributes, watching a folder's names
    "open_by_handle_at": (304, 265),
    "name_to_handle_at": (303, 264),
    "truncate": (76, 45),
    "chown": (92, None),
    "fchown": (93, 55),
    "lchown": (94, None),
    "fchownat": (260, 54),
    "setxattr": (188, 5),
    "lsetxattr": (189, 6),
    "fsetxattr": (190, 7),
    "removexattr": (197, 14),
    "lremovexattr": (198, 15),
    "fremovexattr": (199, 16),
    "inotify_init": (253, None),
    "inotify_init1": (294, 26),
    "inotify_add_watch": (254, 27),
    "fanotify_init": (300, 262),
    "fanotify_mark": (301, 263),
    "quotactl": (179, 60),
    "quotactl_fd": (443, 443),
    "sync": (162, 81),
    "syncfs": (306, 267),
    # memory that limits do not count, or that outlives the process
    "memfd_create": (319, 279),
    "memfd_secret": (447, 447),
    "shmget": (29, 194),
    "shmat": (30, 196),
    "shmctl": (31, 195),
    "shmdt": (67, 197),
    "semget": (64, 190),
    "semop": (65, 193),
    "semctl": (66, 191),
    "semtimedop": (220, 192),
    "msgget": (68, 186),
    "msgsnd": (69, 189),
    "msgrcv": (70, 188),
    "msgctl": (71, 187),
    "mq_open": (240, 180),
    "mq_unlink": (241, 181),
    "mq_timedsend": (242, 182),
    "mq_timedreceive": (243, 183),
    "mq_notify": (244, 184),
    "mq_getsetattr": (245, 185),
    "add_key": (248, 217),
    "request_key": (249, 218),
    "keyctl": (250, 219),
    # parts of the kernel that a course does not need and attackers use
    "bpf": (321, 280),
    "perf_event_open": (298, 241),
    "userfaultfd": (323, 282),
    "io_uring_setup": (425, 425),
    "io_uring_enter": (426, 426),
    "io_uring_register": (427, 427),
    "io_setup": (206, 0),
    "io_destroy": (207, 1),
    "io_submit": (209, 2),
    "io_cancel": (210, 3),
    "io_getevents": (208, 4),
    "io_pgetevents": (333, 292),
    "splice": (275, 76),
    "tee": (276, 77),
    "vmsplice": (278, 75),
    "personality": (135, 92),
    "modify_ldt": (154, None),
    "lookup_dcookie": (212, 18),
    "uselib": (134, None),
    "ustat": (136, None),
    "sysfs": (139, None),
    "_sysctl": (156, None),
    "nfsservctl": (180, 42),
    # the machine
    "kexec_load": (246, 104),
    "kexec_file_load": (320, 294),
    "init_module": (175, 105),
    "finit_module": (313, 273),
    "delete_module": (176, 106),
    "create_module": (174, None),
    "reboot": (169, 142),
    "swapon": (167, 224),
    "swapoff": (168, 225),
    "acct": (163, 89),
    "syslog": (103, 116),
    "vhangup": (153, 58),
    "iopl": (172, None),
    "ioperm": (173, None),
    "sethostname": (170, 161),
    "setdomainname": (171, 162),
    "settimeofday": (164, 170),
    "adjtimex": (159, 171),
    "clock_settime": (227, 112),
    "clock_adjtime": (305, 266),
}

# For a process that shares its user with others, whose files only their paths tell apart: this
# filter sees no path, and Landlock does not check modes and dates. Changing a mode does nothing, so
# that `shutil.copy` works; changing a date is refused, which `Path.touch` can handle.
IGNORED: dict[str, tuple[int | None, int | None]] = {
    "chmod": (90, None),
    "fchmod": (91, 52),
    "fchmodat": (268, 53),
}
DATES: dict[str, tuple[int | None, int | None]] = {
    "utime": (132, None),
    "utimes": (235, None),
    "futimesat": (261, None),
    "utimensat": (280, 88),
}

# Refused or allowed by their arguments, in `_by_argument`.
CONDITIONAL: dict[str, tuple[int | None, int | None]] = {
    "clone": (56, 220),
    "clone3": (435, 435),
    "kill": (62, 129),
    "tkill": (200, 130),
    "tgkill": (234, 131),
    "rt_sigqueueinfo": (129, 138),
    "rt_tgsigqueueinfo": (297, 240),
    "prlimit64": (302, 261),
    "sched_setaffinity": (203, 122),
    "setpriority": (141, 140),
    "ioprio_set": (251, 30),
    "socketpair": (53, 199),
    "sendto": (44, 206),
    "fcntl": (72, 25),
    "ioctl": (16, 29),
    "prctl": (157, 167),
}

_CLONE_THREAD = 0x00010000  # linux/sched.h
_AF_UNIX, _SOCK_STREAM, _SOCK_TYPE_MASK = 1, 1, 0xF
_PRIO_PROCESS, _IOPRIO_WHO_PROCESS = 0, 1
# A file can be made to signal any process (fcntl(2): F_SETOWN, F_SETSIG, F_SETOWN_EX; ioctl(2):
# FIOSETOWN, SIOCSPGRP), and a terminal to take forged input (TIOCSTI, TIOCLINUX).
_FCNTL = (8, 10, 15)
_IOCTL = (0x5412, 0x541C, 0x8901, 0x8902)
# It must not undo what `system` has set; 62, PR_SCHED_CORE, affects other processes.
_PRCTL = (system.PR_SET_PDEATHSIG, system.PR_SET_DUMPABLE, 62)

# linux/bpf_common.h, linux/filter.h: an instruction is (code, jump if true, jump if false, k).
_Instruction = tuple[int, int, int, int]
_LOAD, _AND, _EQUAL, _GREATER, _SET, _RETURN = 0x20, 0x54, 0x15, 0x25, 0x45, 0x06
# linux/seccomp.h
_ALLOW: _Instruction = (_RETURN, 0, 0, 0x7FFF0000)
_KILL: _Instruction = (_RETURN, 0, 0, 0x80000000)
_NR, _ARCH = 0, 4  # offsets in struct seccomp_data
_PR_SET_SECCOMP, _SECCOMP_MODE_FILTER = 22, 2


def unsupported() -> str:
    """Why there is no filter for this machine, or ""."""
    if platform.machine() not in _ARCHITECTURES or sys.byteorder != "little":
        return f"no seccomp filter for the machine {platform.machine()}"
    if sys.maxsize < 1 << 32:
        return "no seccomp filter for a 32-bit Python"
    return ""


def _fail(number: int) -> _Instruction:
    return (_RETURN, 0, 0, 0x00050000 | number)


_EPERM = _fail(errno.EPERM)


def _load_argument(index: int, high: bool = False) -> _Instruction:
    """Load half of an argument. Of an `int`, as most are, the kernel ignores the high half."""
    return (_LOAD, 0, 0, 16 + 8 * index + 4 * high)


def _if_one_of(values: tuple[int, ...], then: _Instruction) -> list[_Instruction]:
    """Return `then` if the loaded value is one of `values`."""
    return [step for value in values for step in ((_EQUAL, 0, 1, value), then)]


def _allow_only(index: int, *values: int) -> list[_Instruction]:
    return [_load_argument(index), *_if_one_of(values, _ALLOW), _EPERM]


def _refuse_only(index: int, *values: int) -> list[_Instruction]:
    return [_load_argument(index), *_if_one_of(values, _EPERM), _ALLOW]


def _require_first(value: int) -> list[_Instruction]:
    """Refuse unless the first argument is `value`; else go on."""
    return [_load_argument(0), (_EQUAL, 1, 0, value), _EPERM]


def _by_argument(pid: int) -> dict[str, list[_Instruction]]:
    """For each call of CONDITIONAL, the instructions that decide."""
    return {
        "clone": [_load_argument(0), (_SET, 0, 1, _CLONE_THREAD), _ALLOW, _EPERM],
        # Its flags lie behind a pointer. ENOSYS makes the C library use `clone`.
        "clone3": [_fail(errno.ENOSYS)],
        **dict.fromkeys(
            ("kill", "tkill", "tgkill", "rt_sigqueueinfo", "rt_tgsigqueueinfo"), _allow_only(0, pid)
        ),
        **dict.fromkeys(("prlimit64", "sched_setaffinity"), _allow_only(0, 0, pid)),
        "setpriority": [*_require_first(_PRIO_PROCESS), *_allow_only(1, 0, pid)],
        "ioprio_set": [*_require_first(_IOPRIO_WHO_PROCESS), *_allow_only(1, 0, pid)],
        # Only streams: a datagram socket of a pair can send to any address.
        "socketpair": [
            *_require_first(_AF_UNIX),
            _load_argument(1),
            (_AND, 0, 0, _SOCK_TYPE_MASK),
            *_if_one_of((_SOCK_STREAM,), _ALLOW),
            _EPERM,
        ],
        "sendto": [  # only without an address: `send` arrives like this
            _load_argument(4),
            (_EQUAL, 0, 3, 0),
            _load_argument(4, high=True),
            *_if_one_of((0,), _ALLOW),
            _EPERM,
        ],
        "fcntl": _refuse_only(1, *_FCNTL),
        "ioctl": _refuse_only(1, *_IOCTL),
        "prctl": _refuse_only(0, *_PRCTL),
    }


def program(machine: str, pid: int, same_user: bool) -> list[_Instruction]:
    """The filter for the process `pid` of a `machine` ("x86_64", "aarch64")."""
    column, architecture = _ARCHITECTURES[machine]
    code = [(_LOAD, 0, 0, _ARCH), (_EQUAL, 1, 0, architecture), _KILL, (_LOAD, 0, 0, _NR)]
    if machine == "x86_64":
        code += [(_GREATER, 0, 1, _X32 - 1), _KILL]
    code += [(_GREATER, 0, 1, _NEWEST), _fail(errno.ENOSYS)]
    rules = {name: [_EPERM] for name in REFUSED}
    if same_user:
        rules |= {name: [_fail(0)] for name in IGNORED} | {name: [_EPERM] for name in DATES}
    rules |= _by_argument(pid)
    numbers = REFUSED | IGNORED | DATES | CONDITIONAL
    for name, decision in rules.items():
        number = numbers[name][column]
        if number is not None:
            code += [(_EQUAL, 0, len(decision), number), *decision]
    return [*code, _ALLOW]


def install(same_user: bool) -> None:
    """Filter this process's calls, for good. It must have no other thread.

    same_user : it can see files of other processes of its user (it has no root of its own).
    """
    if unsupported():
        raise OSError(errno.ENOSYS, unsupported())
    code = program(platform.machine(), os.getpid(), same_user)
    packed = b"".join(struct.pack("=HBBI", *instruction) for instruction in code)
    # struct sock_fprog {unsigned short len; struct sock_filter *filter;}
    head = struct.pack("@HP", len(code), system.address(packed))
    system.prctl("seccomp filter", _PR_SET_SECCOMP, _SECCOMP_MODE_FILTER, system.address(head))
