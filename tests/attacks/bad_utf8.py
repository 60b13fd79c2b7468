"""Hands in a file that is no UTF-8.

place: folder
honest: affine 0, halve 0, q_linear 0
"""

import json


def hand_in(folder, notebook):
    text = json.dumps(notebook).encode()
    (folder / "@NAME@.ipynb").write_bytes(text[:-2] + b"\xff\xfe\xc0\xaf" + text[-2:])
