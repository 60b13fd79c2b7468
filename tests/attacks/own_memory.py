"""Searches the whole memory of its own process, which was forked from one that others made.

place: end
honest: affine 0, halve 3, q_linear 1
"""

import contextlib
import ctypes
import gc
import re

SECRET = re.compile(rb"CANARY-[A-Z]+-[0-9a-f]{12}")
try:
    with open("/proc/self/maps") as table, open("/proc/self/mem", "rb", buffering=0) as memory:
        for line in table:
            where, rights, *_ = line.split()
            start, end = (int(number, 16) for number in where.split("-"))
            if "w" in rights and end - start < 1 << 28:
                memory.seek(start)
                with contextlib.suppress(OSError):
                    print("BREACH" if SECRET.search(memory.read(end - start)) else "", end="")
except OSError:
    # Without /proc: the memory beside each object that is known.
    for item in gc.get_objects()[::50]:
        page = id(item) & ~4095
        print("BREACH" if SECRET.search(ctypes.string_at(page, 4096)) else "", end="")
