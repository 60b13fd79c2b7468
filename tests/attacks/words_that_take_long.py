"""Writes an answer that takes a reader of Markdown, or a colourer of code, very long.

place: folder
honest: affine 0, halve 3, q_linear 1
"""

import json

SLOW = [
    "[" * 5_000,
    "![" * 3_000 + "](" * 3_000,
    "*a **b " * 3_000,
    "> " * 3_000 + "x",
    "`" * 3_000 + " x " + "``` " * 3_000,
    "$" * 2_999 + "\\begin{x}" * 1_000,
    "| a " * 2_000 + "\n" + "|-" * 2_000,
    "```mermaid\ngraph TD; A-->B; click A href javascript:alert(1)\n```",
    "# " + "#" * 3_000 + " x {#" * 100,
]


def hand_in(folder, notebook):
    for cell in notebook["cells"]:
        if cell["id"] == "why_bias":
            cell["source"] = "\n\n".join(SLOW)
    (folder / "@NAME@.ipynb").write_text(json.dumps(notebook))
