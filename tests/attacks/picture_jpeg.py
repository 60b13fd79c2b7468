"""Shows a small JPEG that says it has four billion pixels, and others that are cut short.

place: start
honest: affine 0, halve 3, q_linear 1
"""

from IPython.display import display

start = b"\xff\xd8\xff\xe0\x00\x10JFIF\x00\x01\x01\x00\x00\x01\x00\x01\x00\x00"
frame = b"\x00\x0b\x08\xff\xdc\xff\xdc\x01\x01\x11\x00"
for picture in (
    start + b"\xff\xc0" + frame + b"\xff\xda",
    start + b"\xff\xff\xff\xc2" + frame,
    start + b"\xff\xc0\x00\x0b\x08\xff",
    start + b"\xff\xe1\x00\x00" * 1000,
    b"\xff\xd8\xff",
):
    display({"image/jpeg": picture}, raw=True)
