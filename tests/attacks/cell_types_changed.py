"""Turns checks into text, text into code, and answers into raw cells.

place: folder
honest: affine 0, halve 3, q_linear 1
"""

import json


def hand_in(folder, notebook):
    for cell in notebook["cells"]:
        if cell["id"] in ("affine", "halve"):
            cell["cell_type"] = "markdown"
        elif cell["id"] in ("affine_solution", "q_linear"):
            cell["cell_type"] = "raw"
        elif cell["id"] == "why_bias":
            cell.update(cell_type="code", source="print('BREACH')\n6.0", outputs=[])
    (folder / "@NAME@.ipynb").write_text(json.dumps(notebook))
