"""Hands in modules and configuration beside the notebook, with names that are imported or read.

place: folder
honest: affine 0, halve 3, q_linear 1
"""

import json

TEXT = "print('BREACH')\nraise SystemExit\n"
NAMES = [
    "numpy.py",
    "cs231n_lib/__init__.py",
    "autograder/check/__init__.py",
    "checks/@NAME@/affine.npz",
    "autograder/__init__.py",
    "sitecustomize.py",
    "usercustomize.py",
    "conftest.py",
    "red.pth",
    "nbgrader_config.py",
    "jupyter_config.py",
    "ipython_config.py",
    ".ipython/profile_default/startup/00.py",
    "matplotlibrc",
    "pyproject.toml",
    "timestamp.txt",
    "gradebook.db",
]


def hand_in(folder, notebook):
    for name in NAMES:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(TEXT)
    (folder / "@NAME@.ipynb").write_text(json.dumps(notebook))
