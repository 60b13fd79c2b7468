"""Does the filter before the kernel decide rightly, also on machines that are not this one?"""

from __future__ import annotations

import errno
import platform
import re
from pathlib import Path

import pytest

from autograder.sandbox import seccomp


def decide(
    machine: str,
    architecture: int,
    number: int,
    *arguments: int,
    pid: int = 7,
    same_user: bool = True,
) -> str:
    """Run the filter's program by hand: linux/Documentation/networking/filter.rst."""
    words = [number, architecture, 0, 0]
    for each in (*arguments, *(0,) * (6 - len(arguments))):
        words += [each & 0xFFFFFFFF, each >> 32]
    accumulator, at, code = 0, 0, seccomp.program(machine, pid, same_user)
    while True:
        kind, yes, no, k = code[at]
        at += 1
        if kind == 0x20:
            accumulator = words[k // 4]
        elif kind == 0x54:
            accumulator &= k
        elif kind == 0x06:
            names = {0x7FFF0000: "allow", 0x80000000: "kill", 0x50000: "ignore"}
            return names.get(k) or errno.errorcode[k & 0xFFFF]
        else:
            truth = {0x15: accumulator == k, 0x25: accumulator > k, 0x45: bool(accumulator & k)}
            at += yes if truth[kind] else no


X86, ARM = ("x86_64", 0xC000003E), ("aarch64", 0xC00000B7)


@pytest.mark.parametrize(
    ("decision", "machine", "call"),
    [
        ("allow", X86, (1, 1, 0, 4)),  # write
        ("allow", ARM, (64, 1, 0, 4)),
        ("kill", ("x86_64", 0x40000003), (1,)),  # as a 32-bit program
        ("kill", ("aarch64", 0x40000028), (64,)),
        ("kill", X86, (0x40000001,)),  # x32
        ("ENOSYS", X86, (451,)),  # younger than the table
        ("ENOSYS", ARM, (470,)),
        ("EPERM", X86, (56, 0x1200011)),  # clone: a process
        ("EPERM", ARM, (220, 0x1200011)),
        ("allow", X86, (56, 0x3D0F00)),  # clone: a thread
        ("allow", ARM, (220, 0x3D0F00)),
        ("ENOSYS", X86, (435,)),  # clone3
        ("EPERM", ARM, (221,)),  # execve
        ("allow", X86, (62, 7, 9)),  # kill itself
        ("EPERM", X86, (62, 8, 9)),
        ("EPERM", X86, (62, 0xFFFFFFFF, 9)),  # all
        ("EPERM", X86, (62, 0, 9)),  # its group
        ("EPERM", ARM, (129, 1, 9)),
        ("allow", X86, (53, 1, 1 | 0o2000000)),  # socketpair: streams, close-on-exec
        ("EPERM", X86, (53, 1, 2)),  # datagrams
        ("EPERM", X86, (53, 2, 1)),  # not local
        ("allow", X86, (44, 3, 0, 4, 0, 0)),  # sendto without an address
        ("EPERM", X86, (44, 3, 0, 4, 0, 0x7FFF12345678)),
        ("EPERM", X86, (44, 3, 0, 4, 0, 0x700000000)),  # only its high half set
        ("EPERM", ARM, (206, 3, 0, 4, 0, 0x700000000)),
        ("allow", X86, (302, 0, 7)),  # its own limits
        ("EPERM", X86, (302, 8, 7)),
        ("allow", X86, (141, 0, 0)),
        ("EPERM", X86, (141, 2, 0)),  # setpriority of all of a user's
        ("ignore", X86, (90,)),  # chmod
        ("ignore", ARM, (53,)),
        ("allow", X86, (72, 3, 1)),  # fcntl F_GETFD
        ("EPERM", X86, (72, 3, 8)),  # F_SETOWN
        ("EPERM", X86, (157, 1)),  # prctl PR_SET_PDEATHSIG
        ("allow", ARM, (167, 15)),  # PR_SET_NAME
    ],
)
def test_the_filter_decides(decision, machine, call):
    assert decide(*machine, *call) == decision


def test_a_user_of_its_own_may_change_modes_and_dates():
    for number in (90, 280):
        assert decide(*X86, number, same_user=False) == "allow"
        assert decide(*X86, number, same_user=True) != "allow"


@pytest.mark.parametrize(
    ("column", "header"),
    [
        (0, "/usr/include/x86_64-linux-gnu/asm/unistd_64.h"),
        (1, "/usr/include/asm-generic/unistd.h"),
    ],
)
def test_the_filter_has_the_kernels_numbers(column, header):
    if not Path(header).exists():
        pytest.skip(f"no {header} here to compare with")
    pattern = r"#\s*define __NR(?:3264)?_(\w+)\s+(\d+)"
    numbers = dict(re.findall(pattern, Path(header).read_text()))
    table = seccomp.REFUSED | seccomp.IGNORED | seccomp.DATES | seccomp.CONDITIONAL
    wrong = {
        name: both[column]
        for name, both in table.items()
        if both[column] is not None and numbers.get(name) != str(both[column])
    }
    assert wrong == {}


def test_a_machine_without_a_table_has_no_filter(monkeypatch):
    monkeypatch.setattr(platform, "machine", lambda: "riscv64")
    assert seccomp.unsupported() == "no seccomp filter for the machine riscv64"
    with pytest.raises(OSError, match="riscv64"):
        seccomp.install(True)
