"""Hands in a notebook of a format that does not exist.

place: folder
at most: affine 0, halve 3, q_linear 1
"""

import json


def hand_in(folder, notebook):
    text = json.dumps({**notebook, "nbformat": True, "worksheets": [{"cells": 7}]})
    (folder / "@NAME@.ipynb").write_text(text)
