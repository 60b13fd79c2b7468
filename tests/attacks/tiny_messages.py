"""Sends messages of two bytes without end, so that the grader is busy reading them.

place: start
honest: affine 0, halve 3, q_linear 1
limits: 1 s
"""

import os
import socket
import stat

for number in range(3, 256):
    try:
        if stat.S_ISSOCK(os.fstat(number).st_mode):
            channel = socket.socket(fileno=os.dup(number))
            while True:
                channel.sendall(b"\x00\x00\x00\x02{}" * 10_000)
    except OSError:
        continue
