"""Puts streams in place of the standard ones that exit, or go on for ever, when they are used.

place: answer
honest: affine 0, halve 3, q_linear 1
limits: 1 s
"""

import sys


class Stream:
    def write(self, text):
        raise SystemExit(0)

    def flush(self):
        raise GeneratorExit


def endless(*text):
    while True:
        pass


sys.stdout = Stream()
sys.stderr = sys.__stderr__ = Stream()
sys.stderr.write = sys.stderr.flush = endless
