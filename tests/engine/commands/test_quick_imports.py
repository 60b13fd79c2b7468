"""No command waits for what it does not need, and others still find it."""

from __future__ import annotations

import subprocess
import sys

import pytest
from helpers import ROOT

PROGRAM = """
import sys
from autograder.commands import main
assert main(["status", "--course", {course!r}]) == 0
assert "nbformat" in sys.modules and "nbgrader" in sys.modules
assert "lark" not in sys.modules, "38 grammars were made"
import rfc3987_syntax
assert rfc3987_syntax.is_valid_syntax("iri", "http://example.org")
"""


def test_status_makes_no_grammars(klass):
    pytest.importorskip("rfc3987_syntax")
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM.format(course=str(klass.course.root))],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
