"""Hands in a cell of five megabytes, and one whose expression is ten thousand levels deep.

place: folder
honest: affine 0, halve 3, q_linear 1
"""

import json


def hand_in(folder, notebook):
    for number, source in enumerate(
        ["x = '" + "a" * 5_000_000 + "'", "y = " + "(" * 10_000 + "-" * 99_999]
    ):
        cell = {"cell_type": "code", "id": f"c{number}", "metadata": {}, "source": source}
        notebook["cells"].insert(2, {**cell, "outputs": [], "execution_count": None})
    (folder / "@NAME@.ipynb").write_text(json.dumps(notebook))
