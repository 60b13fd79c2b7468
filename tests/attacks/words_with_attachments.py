"""Attaches a picture that is a program, and names one that is not there.

place: folder
honest: affine 0, halve 3, q_linear 1
"""

import json

SVG = "<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>"


def hand_in(folder, notebook):
    for cell in notebook["cells"]:
        cell["attachments"] = {"a.svg": {"image/svg+xml": SVG, "text/html": "<script>1</script>"}}
        if cell["id"] == "why_bias":
            cell["source"] = "![one](attachment:a.svg) ![two](attachment:missing.png)"
    (folder / "@NAME@.ipynb").write_text(json.dumps(notebook))
