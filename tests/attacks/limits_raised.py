"""Takes its own limits away, then uses what it was not given.

place: start
honest: affine 0, halve 3, q_linear 1
"""

import os
import resource

for name in dir(resource):
    if name.startswith("RLIMIT_"):
        for wanted in (
            resource.RLIM_INFINITY,
            1 << 40,
            resource.getrlimit(getattr(resource, name))[1],
        ):
            try:
                resource.setrlimit(getattr(resource, name), (wanted, wanted))
            except (ValueError, OSError):
                continue
            break
if resource.getrlimit(resource.RLIMIT_AS)[1] in (resource.RLIM_INFINITY, 1 << 40):
    print("BREACH the limit on memory is gone")
before = os.getpriority(os.PRIO_PROCESS, 0)
try:
    os.nice(-10)
    print("BREACH it is more important than others", before)
except OSError as error:
    print(error)
