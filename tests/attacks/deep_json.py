"""Hands in lists in lists in lists, a hundred thousand of them.

place: folder
honest: affine 0, halve 0, q_linear 0
"""


def hand_in(folder, notebook):
    deep = "[" * 100_000 + "]" * 100_000
    (folder / "@NAME@.ipynb").write_text('{"nbformat": 4, "cells": ' + deep + "}")
