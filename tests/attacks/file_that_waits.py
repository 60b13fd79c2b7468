"""Hands in a pipe in place of the notebook: who opens it waits for ever.

place: folder
honest: affine 0, halve 0, q_linear 0
"""

import os


def hand_in(folder, notebook):
    os.mkfifo(folder / "@NAME@.ipynb")
    os.mkfifo(folder / "other.ipynb")
    (folder / "folder.ipynb").mkdir()
