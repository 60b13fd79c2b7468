"""Connects to a server, by each kind of socket.

place: start
honest: affine 0, halve 3, q_linear 1
stops_at: landlock+seccomp
"""

import socket
import urllib.request

PORT = int("@PORT@")
for connect in (
    lambda: socket.create_connection(("127.0.0.1", PORT), timeout=1),
    lambda: socket.create_connection(("localhost", PORT), timeout=1),
    lambda: socket.socket(socket.AF_INET, socket.SOCK_DGRAM).sendto(b"x", ("127.0.0.1", PORT)),
    lambda: urllib.request.urlopen(f"http://127.0.0.1:{PORT}/@MARK@", timeout=0.2),
):
    try:
        connect()
        print("BREACH")
    except OSError as error:
        print(error)
