"""Writes a whole number of four hundred digits into its results, by hand.

No float holds it: to convert it must not end the grader.

place: start
honest: affine 0, halve 3, q_linear 1
"""

import base64
import json

import autograder.check.remote as remote

answer = remote.answer
TREE = {
    "status": "ok",
    "values": {"dict": {name: 10**400 for name in ("out", "total", "kept", "rows")}},
    **{"warnings": [], "changed": [], "printed": "", "error": ""},
}


def forged(request, namespace):
    if b"affine_forward" not in base64.b64decode(request):
        return answer(request, namespace)
    return base64.b64encode(json.dumps({"tree": {"dict": TREE}, "arrays": []}).encode()).decode()


remote.answer = forged
