"""Hands in JSON that readers read differently: names twice, NaN, numbers without end, deep lists.

place: folder
honest: affine 0, halve 3, q_linear 1
"""

import json


def hand_in(folder, notebook):
    for cell in notebook["cells"]:
        cell["metadata"]["odd"] = [float("nan"), float("inf"), 10**400, {"a": {"b": [[[[]]]]}}]
    text = json.dumps(notebook)
    twice = '{"nbformat": 3, "cells": [], "metadata": {"a": 1e999}, "x": ' + "[" * 300 + "]" * 300
    (folder / "@NAME@.ipynb").write_text(twice + ", " + text[1:])
