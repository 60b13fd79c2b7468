"""Sends results that are no results: deep, huge, of other types, with other fields.

place: start
honest: affine 0, halve 3, q_linear 1
"""

import base64
import itertools

import autograder.check.remote as remote

answer = remote.answer
count = itertools.count()
BOMBS = [
    b'{"tree": ' + b"[" * 200_000 + b"]" * 200_000 + b', "arrays": []}',
    b'{"tree": [' + b"[]," * 7_000_000 + b'[]], "arrays": []}',
    b'{"tree": {"array": 0}, "arrays": [["<f8", [1000000000, 1000000000, 0], ""]]}',
    b'{"tree": {"array": 0}, "arrays": [["O", [1], "AAAAAAAAAAA="]]}',
    b'{"tree": {"dict": {"__class__": 1}}, "arrays": 7}',
]


def forged(request, namespace):
    if b"affine_forward" not in base64.b64decode(request):
        return answer(request, namespace)
    return base64.b64encode(BOMBS[next(count) % len(BOMBS)]).decode()


remote.answer = forged
