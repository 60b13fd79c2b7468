"""Hands in a notebook of fifty megabytes.

place: folder
honest: affine 0, halve 0, q_linear 0
"""

import json


def hand_in(folder, notebook):
    text = json.dumps(notebook)
    (folder / "@NAME@.ipynb").write_text(text + " " * (50 << 20))
