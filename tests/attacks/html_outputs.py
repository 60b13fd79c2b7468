"""Shows HTML, scripts and pictures that are programs, for the browser of whoever reads it.

place: start
honest: affine 0, halve 3, q_linear 1
"""

from IPython.display import HTML, SVG, IFrame, Javascript, Latex, Markdown, display

ACT = "<script>alert(1)</script><img src=x onerror=alert(1)>"
display(HTML(ACT), Javascript("alert(1)"), Markdown(ACT), IFrame("javascript:alert(1)", 9, 9))
display(SVG('<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"><script>1</script></svg>'))
display(Latex(r"$\href{javascript:alert(1)}{x}$"))
for kind in ("text/plain", "image/png", "image/jpeg", "image/svg+xml", "application/javascript",
             "application/vnd.jupyter.widget-view+json", "application/vdom.v1+json",
             "text/html", "text/vnd.mermaid", f"image/png {ACT}"):  # fmt: skip
    display(
        {kind: f'x" {ACT}', "text/plain": ACT}, metadata={kind: {"width": f'1" {ACT}'}}, raw=True
    )
print(ACT)
