"""The kernel's end of grading: run one probe on the notebook's variables, return what happened.

The grader sends a probe and its inputs, and judges what comes back in its own process. Nothing here
knows what is right.
"""

from __future__ import annotations

import base64
from typing import Any

from .probe import run
from .values import dumps, loads

__all__ = ["answer"]


def answer(request: str, namespace: dict[str, Any]) -> str:
    """Serve one request {"probe", "names", "inputs"}; request and answer are base64 of `dumps`."""
    asked = loads(base64.b64decode(request))
    outcome = run(asked["probe"], asked["names"], asked["inputs"], namespace)
    return base64.b64encode(dumps(outcome.to_value())).decode("ascii")
