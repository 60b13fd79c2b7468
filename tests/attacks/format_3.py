"""Hands in the notebook in the format of ten years ago, with results in it.

place: folder
honest: affine 0, halve 3, q_linear 1
"""

import json

import nbformat


def hand_in(folder, notebook):
    for cell in notebook["cells"]:
        if cell["cell_type"] == "code":
            cell["outputs"] = []
    old = nbformat.convert(nbformat.from_dict(notebook), 3)
    (folder / "@NAME@.ipynb").write_text(json.dumps(old))
