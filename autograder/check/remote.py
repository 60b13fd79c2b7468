"""The kernel's part of grading: run one probe on the notebook's variables, return the outcome.

The grader sends a probe and its inputs, and judges the outcome in its own process. The kernel
knows no right result.
"""

from __future__ import annotations

import base64
from typing import Any

from .probe import run
from .values import dumps, loads

__all__ = ["answer"]


def answer(request: str, namespace: dict[str, Any]) -> str:
    """Serve one request {"probe", "names", "inputs"}; request and answer are base64 of `dumps`."""
    fields = loads(base64.b64decode(request))
    outcome = run(fields["probe"], fields["names"], fields["inputs"], namespace)
    return base64.b64encode(dumps(outcome.to_value())).decode("ascii")
