"""Ends its cells with numbers that no notebook may hold, for requests that are and are not there.

place: start
at most: affine 0, halve 3, q_linear 1
"""

import os
import socket
import stat
import struct

NUMBERS = ["-5", "0", "true", "1e999", "NaN", "-Infinity", "1" + "0" * 400, "9" * 5000, '"7"', "[]"]


def messages():
    for request in range(1, 20):
        for number in NUMBERS:
            shown = (
                f'"data": {{"text/plain": "6.0"}}, "metadata": {{}}, "execution_count": {number}'
            )
            yield f'{{"to": {request}, "msg_type": "execute_result", "content": {{{shown}}}}}'
            yield f'{{"to": {number}, "to": {request}, "msg_type": "end", "msg_type": "end"}}'
            end = f'"msg_type": "end", "content": {{"count": {number}, "answer": {number}}}'
            yield f'{{"to": {request}, {end}}}'
            yield f'{{"to": {number}, {end}}}'


for number in range(3, 256):
    try:
        if not stat.S_ISSOCK(os.fstat(number).st_mode):
            continue
        channel = socket.socket(fileno=os.dup(number))
        for message in messages():
            data = message.encode()
            channel.send(struct.pack(">I", len(data)) + data, socket.MSG_DONTWAIT)
    except OSError:
        continue
