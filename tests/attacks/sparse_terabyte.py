"""Hands in a file that says it holds a terabyte, and takes no room.

place: folder
honest: affine 0, halve 0, q_linear 0
"""


def hand_in(folder, notebook):
    with open(folder / "@NAME@.ipynb", "wb") as file:
        file.truncate(1 << 40)
