"""Hands in code and words that hold half characters, which no file can be written with.

place: folder
honest: affine 0, halve 3, q_linear 1
"""

import json

HALF = "x = '\ud800'  # \udfff \x00 \x1b[31m \u202e"


def hand_in(folder, notebook):
    for cell in notebook["cells"]:
        if cell["id"] == "why_bias":
            cell["source"] = HALF
    added = {"cell_type": "code", "id": HALF, "metadata": {HALF: HALF}, "source": HALF}
    notebook["cells"].append({**added, "outputs": []})
    notebook["cells"].append({**added, "cell_type": "markdown"})
    (folder / "@NAME@.ipynb").write_text(json.dumps(notebook))
