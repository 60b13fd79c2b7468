"""Sends one array of a megabyte, and results that refer to it fifteen hundred times.

place: start
honest: affine 0, halve 3, q_linear 1
"""

import base64
import json

import autograder.check.remote as remote

answer = remote.answer
MEGABYTE = ["<f8", [125_000], base64.b64encode(bytes(1_000_000)).decode()]
NAMES = ("out", "total", "kept", "rows")
TREE = {
    "status": "ok",
    "values": {"dict": dict.fromkeys(NAMES, [{"array": 0}] * 1_500)},
    **{"warnings": [], "changed": [], "printed": "", "error": ""},
}


def forged(request, namespace):
    if b"affine_forward" not in base64.b64decode(request):
        return answer(request, namespace)
    data = json.dumps({"tree": {"dict": TREE}, "arrays": [MEGABYTE]})
    return base64.b64encode(data.encode()).decode()


remote.answer = forged
