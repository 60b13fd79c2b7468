"""Deletes every check, the set-up, and the questions; only its answers are left.

place: folder
honest: affine 0, halve 3, q_linear 1
"""

import json


def hand_in(folder, notebook):
    kept = ("affine_solution", "halve_solution", "q_linear_solution")
    notebook["cells"] = [cell for cell in notebook["cells"] if cell["id"] in kept]
    (folder / "@NAME@.ipynb").write_text(json.dumps(notebook))
