"""Hands in a folder of folders, a thousand and more deep, beside the notebook.

place: folder
honest: affine 0, halve 3, q_linear 1
"""

import json
import os


def hand_in(folder, notebook):
    (folder / "@NAME@.ipynb").write_text(json.dumps(notebook))
    here = os.open(folder, os.O_RDONLY)
    for _ in range(1200):
        os.mkdir("deep", dir_fd=here)
        below = os.open("deep", os.O_RDONLY, dir_fd=here)
        os.close(here)
        here = below
    os.close(here)
