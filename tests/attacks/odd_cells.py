"""Hands in cells that are no cells, with ids and sources of every type.

place: folder
honest: affine 0, halve 3, q_linear 1
"""

import json

ODD = [None, 7, "x", [], {}, {"cell_type": "code"}, {"cell_type": ["code"], "source": "6.0"}]
VALUES = [None, 7, [], ["x", 7], {"a": 1}, "../../x", "y" * 100_000, True]


def hand_in(folder, notebook):
    added = list(ODD)
    for kind in ("code", "markdown", "raw", "heading"):
        for value in VALUES:
            cell = {"cell_type": kind, "metadata": {}, "source": "1"}
            added += [{**cell, "id": value}, {**cell, "metadata": value}, {**cell, "source": value}]
            added.append({**cell, "metadata": {"nbgrader": {"grade_id": value, "grade": value}}})
    notebook["cells"] += added
    (folder / "@NAME@.ipynb").write_text(json.dumps(notebook))
