"""axe-core, which finds what keeps people out of a page; fetched once from npm."""

from __future__ import annotations

import shutil
import subprocess
from functools import cache
from typing import Any

import pytest

from autograder.book.site import work_folder
from helpers import PROJECT

AXE = "4.14.1"


@cache
def script() -> str:
    """Its text. Skips the test, and says so, where it cannot be had."""
    kept = work_folder(PROJECT) / f"axe-core-{AXE}"
    file = kept / "package" / "axe.min.js"
    if not file.exists():
        if shutil.which("npm") is None:
            pytest.skip("NOT CHECKED for accessibility: axe-core needs npm")
        kept.mkdir(parents=True, exist_ok=True)
        fetched = subprocess.run(
            ["npm", "pack", "--silent", f"axe-core@{AXE}"], cwd=kept, capture_output=True, text=True
        )
        if fetched.returncode:
            pytest.skip(f"NOT CHECKED for accessibility: {fetched.stderr.strip()[:200]}")
        shutil.unpack_archive(kept / f"axe-core-{AXE}.tgz", kept)
    return file.read_text(encoding="utf-8")


def serious(page: Any) -> list[str]:
    """What is wrong with the page as it is shown now: the rule, and the element."""
    page.evaluate(script())
    results = page.evaluate("axe.run(document, {resultTypes: ['violations']})")
    return [
        f"{violation['id']}: {node['html'][:200]}"
        for violation in results["violations"]
        if violation["impact"] in ("serious", "critical")
        for node in violation["nodes"]
    ]


__all__ = ["serious"]
