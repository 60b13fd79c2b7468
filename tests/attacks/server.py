"""Opens doors of its own: ports, and sockets that have no file.

place: start
honest: affine 0, halve 3, q_linear 1
stops_at: landlock+seccomp
"""

import os
import socket

for family, address in [
    (socket.AF_INET, ("127.0.0.1", 0)),
    (socket.AF_INET6, ("::1", 0)),
    (socket.AF_UNIX, "\0@MARK@"),
    (socket.AF_UNIX, "/tmp/@MARK@.sock"),
]:
    try:
        server = socket.socket(family)
        server.bind(address)
        server.listen()
        print("BREACH", address)
    except OSError as error:
        print(error)
os.path.exists("/run/docker.sock") and print("BREACH")
