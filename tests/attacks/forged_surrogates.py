"""Puts half characters into its results, which no file can be written with.

place: start
honest: affine 0, halve 3, q_linear 1
"""

import base64
import json

import autograder.check.remote as remote

answer = remote.answer
HALF = "\ud800 \udfff \x00 \x1b[31m \u202e \ufffe"
TREE = {
    "status": "error",
    "values": {"dict": {HALF: HALF}},
    **{"warnings": [HALF], "changed": [HALF], "printed": HALF, "error": HALF},
}


def forged(request, namespace):
    if b"affine_forward" not in base64.b64decode(request):
        return answer(request, namespace)
    return base64.b64encode(json.dumps({"tree": {"dict": TREE}, "arrays": []}).encode()).decode()


remote.answer = forged
