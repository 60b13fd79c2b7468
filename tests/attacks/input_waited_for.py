"""Waits for input that nobody gives, in each way there is.

place: start
honest: affine 0, halve 3, q_linear 1
"""

import getpass
import os
import sys

for ask in (
    input,
    getpass.getpass,
    lambda: sys.__stdin__.read(),
    lambda: os.read(0, 1),
    breakpoint,
):
    try:
        ask()
    except BaseException as error:
        print(type(error).__name__)
