"""Leaves shared memory: POSIX, System V, and a message queue.

place: start
honest: affine 0, halve 3, q_linear 1
stops_at: landlock+seccomp
"""

import ctypes
from multiprocessing import shared_memory

libc = ctypes.CDLL(None, use_errno=True)
try:
    shared_memory.SharedMemory("@MARK@", create=True, size=4096)
except OSError as error:
    print(error)
print(libc.shmget(int("@KEY@"), 4096, 0o1666))
print(libc.syscall(240, b"@MARK@", 0o102, 0o600, None))  # mq_open on x86_64
