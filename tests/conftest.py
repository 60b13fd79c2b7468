"""What all tests share: a loud word about the tests that a plain run leaves out."""

from __future__ import annotations

import pytest

OPT_IN = ("torch", "browser", "hub")

_left_out = pytest.StashKey[dict[str, int]]()


def pytest_deselected(items: list[pytest.Item]) -> None:
    for item in items:
        counts = item.config.stash.setdefault(_left_out, {})
        for marker in OPT_IN:
            if item.get_closest_marker(marker):
                counts[marker] = counts.get(marker, 0) + 1


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    asked = terminalreporter.config.option.markexpr
    for marker, count in terminalreporter.config.stash.get(_left_out, {}).items():
        if f"not {marker}" in asked:
            terminalreporter.write_line(
                f"LEFT OUT: {count} tests marked `{marker}`. Run them: make {marker}", yellow=True
            )
