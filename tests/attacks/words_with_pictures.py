"""Writes pictures that are elsewhere, so that whoever reads the answer is seen to do so.

place: folder
honest: affine 0, halve 3, q_linear 1
"""

import json

PICTURES = """
![a](http://127.0.0.1:@PORT@/@MARK@.png) ![b](//127.0.0.1:@PORT@/x.png) ![c][r]
![d](file:///etc/passwd) ![e](data:image/svg+xml;base64,PHN2Zy8+) ![f](../../secret.key)

[r]: http://127.0.0.1:@PORT@/reference.png
"""


def hand_in(folder, notebook):
    for cell in notebook["cells"]:
        if cell["id"] == "why_bias":
            cell["source"] = PICTURES
    (folder / "@NAME@.ipynb").write_text(json.dumps(notebook))
