"""Uses magics that write HTML and scripts.

place: start
honest: affine 0, halve 3, q_linear 1
"""

from IPython import get_ipython

shell = get_ipython()
ACT = "<script>alert(1)</script><img src=x onerror=alert(1)>"
shell.run_cell_magic("html", "", ACT)
shell.run_cell_magic("javascript", "", "alert(1)")
shell.run_cell_magic("svg", "", f"<svg>{ACT}</svg>")
shell.run_cell_magic("markdown", "", ACT)
shell.run_line_magic("alias_magic", "check html")


class Shown:
    def _repr_mimebundle_(self, **options):
        return {"text/html": ACT, "text/plain": ACT, "application/javascript": "alert(1)"}

    def __repr__(self):
        return ACT


Shown()
