"""Hands in a file whose name is a link and a script, for a grader that quotes it.

place: folder
honest: affine 0, halve 3, q_linear 1
"""

import json


def hand_in(folder, notebook):
    name = "[a](javascript:alert(1)) <img src=x onerror=alert(1)> `$x$` \udcff\n# x.ipynb"
    (folder / name).write_text(json.dumps(notebook))
