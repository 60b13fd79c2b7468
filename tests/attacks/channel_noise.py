"""Writes noise on every channel that is open: half messages, huge lengths, bytes that are no text.

place: start
honest: affine 0, halve 3, q_linear 1
"""

import os
import socket
import stat

for noise in (b"\xff\xff\xff\xff", b"\x00\x00\x00\x05nojson", b"\x00\x00\x00\x02[]", b"\x00" * 7):
    for number in range(3, 256):
        try:
            if stat.S_ISSOCK(os.fstat(number).st_mode):
                socket.socket(fileno=os.dup(number)).send(noise)
        except OSError:
            continue
