"""Writes scripts into an answer in words, into a heading and into a cell of its own.

place: folder
honest: affine 0, halve 3, q_linear 1
"""

import json

ACTS = [
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    "<svg/onload=alert(1)>",
    "<iframe src='javascript:alert(1)'></iframe>",
    "# <details open ontoggle=alert(1)>",
    "<!-- --><math><a xlink:href='javascript:alert(1)'>x</a></math>",
    '```html\n<script>alert(1)</script>\n```\n<style>@import "//x"</style>',
    "`<script>alert(1)</script>` &lt;script&gt; &#60;script&#62;",
    "<\nscript>alert(1)</script> <\tscript> <scr\0ipt> </p><script >",
    '<p title="<script>alert(1)</script>">',
]


def hand_in(folder, notebook):
    text = "\n\n".join(ACTS)
    for cell in notebook["cells"]:
        if cell["id"] == "why_bias":
            cell["source"] = text
    for kind in ("markdown", "raw"):
        metadata = {"raw_mimetype": "text/html", "format": "text/html"}
        added = {"cell_type": kind, "id": f"x{kind}", "metadata": metadata, "source": text}
        notebook["cells"].append(added)
    (folder / "@NAME@.ipynb").write_text(json.dumps(notebook))
