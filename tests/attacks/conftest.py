"""Keeps pytest from importing the attacks: they are text for a sandbox."""

from pathlib import Path

collect_ignore = [
    path.name for path in Path(__file__).parent.glob("*.py") if not path.stem.startswith("test_")
]
