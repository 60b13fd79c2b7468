"""Shows a small picture that is huge when it is opened: sixty thousand pixels on each side.

place: start
honest: affine 0, halve 3, q_linear 1
"""

import base64
import struct
import zlib

from IPython.display import display

SIDE = 60_000


def chunk(kind, data):
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


head = chunk(b"IHDR", struct.pack(">IIBBBBB", SIDE, SIDE, 1, 0, 0, 0, 0))
rows = chunk(b"IDAT", zlib.compress(bytes(1 << 20), 9))
png = b"\x89PNG\r\n\x1a\n" + head + rows + chunk(b"IEND", b"")
display({"image/png": base64.b64encode(png).decode()}, raw=True)
gif = b"GIF89a" + struct.pack("<HH", 65_535, 65_535) + bytes(20)
display({"image/jpeg": base64.b64encode(gif).decode(), "text/plain": "a picture"}, raw=True)
