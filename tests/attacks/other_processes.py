"""Reads what /proc tells of others: environment, command line, files, memory.

place: start
honest: affine 0, halve 3, q_linear 1
stops_at: landlock+seccomp
"""

from pathlib import Path

for pid in ("@BYSTANDER@", "@GRADER@", "1"):
    for name in ("environ", "cmdline", "maps", "status", "cwd/secret.key", "root/etc/passwd"):
        try:
            print("BREACH", Path("/proc", pid, name).read_bytes()[:20_000])
        except OSError as error:
            print(error)
    try:
        for file in Path("/proc", pid, "fd").iterdir():
            print("BREACH", file, file.resolve())
    except OSError as error:
        print(error)
try:
    with open("/proc/@GRADER@/mem", "r+b") as memory:
        print("BREACH", memory)
except OSError as error:
    print(error)
