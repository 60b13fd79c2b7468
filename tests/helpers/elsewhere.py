"""An exchange that is no folder: stands for ngshare's."""

from __future__ import annotations

from nbgrader.exchange.default import ExchangeCollect

asked: list[tuple[str, bool]] = []


class Elsewhere(ExchangeCollect):
    """Notes what it was asked for, and brings nothing."""

    def start(self) -> None:
        asked.append((self.coursedir.assignment_id, self.update))


__all__ = ["Elsewhere", "asked"]
