"""Hands in cells that each print less than a cell may, and together more than a reader can open.

place: folder
honest: affine 0, halve 3, q_linear 1
"""

import json


def hand_in(folder, notebook):
    for number in range(100):
        cell = {
            "cell_type": "code",
            "id": f"c{number}",
            "metadata": {},
            "source": "print('x' * 90_000)",
        }
        notebook["cells"].insert(2, {**cell, "outputs": [], "execution_count": None})
    (folder / "@NAME@.ipynb").write_text(json.dumps(notebook))
