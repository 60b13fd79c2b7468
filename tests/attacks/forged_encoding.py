"""Sends millions of lists in UTF-16, where what looks like a quote is half of another character.

place: start
at most: affine 0, halve 3, q_linear 1
"""

import os
import socket
import stat
import struct

body = ('{"x": "\u2230", "y": [' + "[]," * 4_000_000 + "[]]}").encode("utf-16-le")
for number in range(3, 256):
    try:
        if stat.S_ISSOCK(os.fstat(number).st_mode):
            channel = socket.socket(fileno=os.dup(number))
            channel.sendall(struct.pack(">I", len(body)) + body)
    except OSError:
        continue
