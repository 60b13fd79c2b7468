"""Asks the kernel by number for what a locked process must not have.

place: start
honest: affine 0, halve 3, q_linear 1
stops_at: landlock+seccomp
"""

import ctypes
import platform

libc = ctypes.CDLL(None, use_errno=True)
NUMBERS = {  # x86_64, aarch64; Linux, arch/*/syscall tables
    "mount": (165, 40),
    "umount2": (166, 39),
    "pivot_root": (155, 41),
    "chroot": (161, 51),
    "unshare": (272, 97),
    "setns": (308, 268),
    "ptrace": (101, 117),
    "bpf": (321, 280),
    "keyctl": (250, 219),
    "add_key": (248, 217),
    "init_module": (175, 105),
    "open_by_handle_at": (304, 265),
    "name_to_handle_at": (303, 264),
    "perf_event_open": (298, 241),
    "userfaultfd": (323, 282),
    "io_uring_setup": (425, 425),
    "memfd_secret": (447, 447),
    "execveat": (322, 281),
    "open_tree": (428, 428),
    "fsopen": (430, 430),
    "process_madvise": (440, 440),
    "x32 getpid": (0x40000000 + 39, 0x40000000 + 39),
}
buffer = ctypes.create_string_buffer(256)
which = 0 if platform.machine() == "x86_64" else 1
for name, numbers in NUMBERS.items():
    if name.startswith("x32"):
        continue  # the filter ends the process for it: see x32_calls
    first = 0x10000000 if name == "unshare" else buffer
    if libc.syscall(numbers[which], first, buffer, buffer, 0, 0) >= 0:
        print("BREACH", name)
