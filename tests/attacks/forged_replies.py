"""Speaks on the channel to the grader itself: replies, results, outputs and errors that it made up.

place: start
at most: affine 0, halve 3, q_linear 1
"""

import json
import os
import socket
import stat
import struct

MESSAGES = [
    {"msg_type": "end", "content": {"answer": "bm8=", "count": 7}},
    {
        "msg_type": "execute_result",
        "content": {"data": {"text/plain": "6.0"}, "metadata": {}, "execution_count": 1},
    },
    {"msg_type": "error", "content": {"ename": 3, "evalue": [], "traceback": {}}},
    {"msg_type": "stream", "content": {"name": "<script>", "text": "\ud800"}},
    {"msg_type": "status", "content": {"execution_state": "idle"}},
    {"msg_type": ["end"], "content": None},
    {"msg_type": "display_data", "content": {"data": {"text/html": "<script>"}, "metadata": []}},
]
for number in range(3, 256):
    try:
        if not stat.S_ISSOCK(os.fstat(number).st_mode):
            continue
        channel = socket.socket(fileno=os.dup(number))
    except OSError:
        continue
    for request in range(12):
        for message in MESSAGES:
            data = json.dumps({"to": request, **message}).encode()
            try:
                channel.send(struct.pack(">I", len(data)) + data, socket.MSG_DONTWAIT)
            except OSError:
                break
