"""Answers with words of megabytes wherever a word is shown to the reader: kinds, names, errors.

place: start
honest: affine 0, halve 3, q_linear 1
"""

import base64
import itertools
import json

import autograder.check.remote as remote

answer = remote.answer
count = itertools.count()
LONG = "<script>alert(1)</script> " * 100_000
KINDS = [
    ("ok", {name: {"other": LONG} for name in ("out", "total", "kept", "rows")}, [], ""),
    ("ok", {LONG: 1.0}, [LONG] * 4, ""),
    ("error", {}, [LONG], LONG * 3),
    ("lost", {}, [], LONG),
]


def forged(request, namespace):
    if b"affine_forward" not in base64.b64decode(request):
        return answer(request, namespace)
    status, values, words, error = KINDS[next(count) % len(KINDS)]
    tree = {
        "status": status,
        "values": {"dict": values},
        **{"warnings": words, "changed": words, "printed": LONG, "error": error},
    }
    return base64.b64encode(json.dumps({"tree": {"dict": tree}, "arrays": []}).encode()).decode()


remote.answer = forged
