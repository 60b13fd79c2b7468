"""Hands in five hundred cells of its own, so that the grader is busy with it for long.

place: folder
honest: affine 0, halve 3, q_linear 1
"""

import json


def hand_in(folder, notebook):
    for number in range(500):
        cell = {"cell_type": "code", "id": f"c{number}", "metadata": {}, "source": f"x = {number}"}
        notebook["cells"].insert(2, {**cell, "outputs": [], "execution_count": None})
    (folder / "@NAME@.ipynb").write_text(json.dumps(notebook))
