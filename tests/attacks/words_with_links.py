"""Writes links that are programs, into Markdown and into formulas.

place: folder
honest: affine 0, halve 3, q_linear 1
"""

import json

LINKS = r"""
[one](javascript:alert(1)) [two](JaVaScRiPt:alert(1)) [three][r] ![four](javascript:alert(1))
[five](&#106;avascript:alert(1)) [six](java&Tab;script:alert(1)) [seven](<javascript:alert(1)>)
<javascript:alert(1)> [eight](data:text/html;base64,PHNjcmlwdD5hbGVydCgxKTwvc2NyaXB0Pg==)
[nine](vbscript:x) [ten](\x01javascript:alert(1)) [a" onclick="alert(1)](x "y" onclick=alert(1))

[r]: javascript:alert(1) "title"

$\href{javascript:alert(1)}{x}$ $$\class{x}{y} \cssId{a}{b} \style{background:url(x)}{z}$$
\begin{equation}\href{javascript:alert(1)}{x}\end{equation}
$\require{html} \def\x{\href}\x{javascript:alert(1)}{y} \unicode[x]{65}$
"""


def hand_in(folder, notebook):
    for cell in notebook["cells"]:
        if cell["id"] == "why_bias":
            cell["source"] = LINKS
    (folder / "@NAME@.ipynb").write_text(json.dumps(notebook))
