"""Turns the order of the cells around, so that checks come before what they check.

place: folder
honest: affine 0, halve 3, q_linear 1
"""

import json


def hand_in(folder, notebook):
    notebook["cells"].reverse()
    (folder / "@NAME@.ipynb").write_text(json.dumps(notebook))
