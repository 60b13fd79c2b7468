"""Raises exceptions whose text is huge, or raises again, or is no text.

place: answer
honest: affine 0, halve 3, q_linear 1
"""


class Huge(Exception):
    def __str__(self):
        return "x" * 50_000_000


class NoText(Exception):
    def __str__(self):
        return 6.0


class Again(NotImplementedError):
    def __str__(self):
        raise Again

    __repr__ = __str__


class Chain(Exception):
    @property
    def __cause__(self):
        return self


kinds = iter([Huge(), NoText(), Again(), Chain()])


def affine_forward(x, w, b):
    raise next(kinds)
