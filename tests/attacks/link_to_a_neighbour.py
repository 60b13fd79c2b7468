"""Hands in a link to the notebook of another student.

place: folder
honest: affine 0, halve 0, q_linear 0
"""

from pathlib import Path


def hand_in(folder, notebook):
    (folder / "@NAME@.ipynb").symlink_to(Path("@COURSE@/submitted/bob/@NAME@/@NAME@.ipynb"))
