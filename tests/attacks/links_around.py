"""Hands in links to the secret, to the root and to itself, beside an honest notebook.

place: folder
honest: affine 0, halve 3, q_linear 1
"""

import json


def hand_in(folder, notebook):
    for name, target in [
        ("secret.ipynb", "@COURSE@/secret.key"),
        ("up", "../.."),
        ("root", "/"),
        ("itself.ipynb", "itself.ipynb"),
        ("cs231n_lib", "@CHECKOUT@/cs231n_lib"),
        ("timestamp.txt", "@COURSE@/secret.key"),
    ]:
        (folder / name).symlink_to(target)
    (folder / "@NAME@.ipynb").write_text(json.dumps(notebook))
