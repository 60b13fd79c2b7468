"""Writes words and code for which a page would take minutes, or more stack than there is.

place: folder
honest: affine 0, halve 3, q_linear 1
"""

import json

WORDS = [
    "\\begin{x}" * 45_000,
    ")\n- \n> " * 300,
    "&amp;www." + "\n||-" * 2_000 + "_\n|",
    "|-\n|:-:|" * 1_000,
    "[" * 400_000,
    "\\\\[_" * 100_000,
    "\n".join("  " * depth + "- > a" for depth in range(500)),
]
CODE = ["a." * 100_000 + "a", "%%html\n" + "<a " * 100_000, 'f"{' * 100_000]


def hand_in(folder, notebook):
    for number, text in enumerate([*WORDS, *CODE]):
        kind = "markdown" if text in WORDS else "code"
        cell = {"cell_type": kind, "id": f"c{number}", "metadata": {}, "source": text}
        if kind == "code":
            cell |= {"outputs": [], "execution_count": None}
        notebook["cells"].append(cell)
    for cell in notebook["cells"]:
        if cell["id"] == "why_bias":
            cell["source"] = "\\begin{x}" * 1_000 + "\n\n" + WORDS[1]
    (folder / "@NAME@.ipynb").write_text(json.dumps(notebook))
