"""Shows four thousand small things, each in a message of its own, with ids to be updated.

place: start
honest: affine 0, halve 3, q_linear 1
"""

from IPython.display import clear_output, display

for _number in range(4_000):
    display({"text/plain": "x", "text/html": "y"}, raw=True)
handle = display("first", display_id="one")
for _ in range(500):
    handle.update("again")
    clear_output(wait=True)
