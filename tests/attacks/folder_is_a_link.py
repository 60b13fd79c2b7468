"""Hands in a folder that is a link to the folder of another student.

place: folder
honest: affine 0, halve 0, q_linear 0
"""

from pathlib import Path


def hand_in(folder, notebook):
    folder.rmdir()
    folder.symlink_to(Path("@COURSE@/submitted/bob/@NAME@"))
