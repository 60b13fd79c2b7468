"""Shows half characters: printed, displayed, raised.

place: start
honest: affine 0, halve 3, q_linear 1
"""

from IPython.display import display

HALF = "\ud800 \udfff \x00 \x08 \u202e \ufeff"
print(HALF)
display({"text/plain": HALF}, raw=True)
raise type("\udcff", (Exception,), {})(HALF)
