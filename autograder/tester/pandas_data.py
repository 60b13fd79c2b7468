"""Tables of pandas as values, where the notebook has imported it; no code of its own is sent."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from .table import BadMessage

__all__ = ["read", "write"]


def write(value: Any, encode: Callable[[Any], Any]) -> list[Any] | None:
    return None


def read(parts: Any, decode: Callable[[Any], Any]) -> Any:
    raise BadMessage("no pandas")
