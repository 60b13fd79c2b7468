"""Opens devices and makes new ones.

place: start
honest: affine 0, halve 3, q_linear 1
stops_at: landlock+seccomp
"""

import os
import stat

for name in ("mem", "kmem", "port", "kmsg", "sda", "vda", "nvme0n1", "ptmx", "fuse", "tty", "kvm"):
    try:
        os.close(os.open(f"/dev/{name}", os.O_RDONLY))
        print("BREACH", name)
    except OSError as error:
        print(error)
for kind in (stat.S_IFBLK, stat.S_IFCHR):
    try:
        os.mknod("device", kind | 0o600, os.makedev(1, 1))
        print("BREACH")
    except OSError as error:
        print(error)
