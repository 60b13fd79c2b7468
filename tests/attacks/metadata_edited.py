"""Edits points, ids and flags, and leaves the results of a grading that never was.

place: folder
honest: affine 0, halve 3, q_linear 1
"""

import json


def hand_in(folder, notebook):
    for cell in notebook["cells"]:
        flags = cell["metadata"].get("nbgrader")
        if flags and cell["id"] == "affine":
            flags.update(points=1000, locked=False, solution=True, schema_version=99)
            cell["source"] = "1000.0"
        elif flags and cell["id"] == "affine_solution":
            flags.update(grade=True, points=float("inf"), locked=False, task=True)
        cell["metadata"]["tags"] = ["skip-execution", "raises-exception", "remove_cell"]
    forged = {"reports": [{"exercise": "affine", "verdicts": [{"status": "passed", "points": 6}]}]}
    notebook["metadata"].update(autograder=forged, kernelspec={"name": "evil", "argv": ["sh"]})
    notebook["metadata"]["celltoolbar"] = notebook["metadata"]["nbgrader"] = {"points": 1000}
    (folder / "@NAME@.ipynb").write_text(json.dumps(notebook))
