"""No command waits for what it does not need, and others still find it."""

from __future__ import annotations

import subprocess
import sys

import pytest
from helpers import ROOT

STATUS = """
import sys
from autograder.commands import main
assert main(["status", "--course", {course!r}]) == 0
assert {{"nbformat", "nbgrader.api"}} <= sys.modules.keys()
"""
NOT_FOR_STATUS = {
    "IPython", "alembic", "arrow", "bleach", "bs4", "jinja2", "jupyter_client", "jupyter_server",
    "jupytext", "lark", "matplotlib", "mistune", "nbclient", "nbconvert", "rapidfuzz", "scipy",
    "tornado.web", "zmq",
}  # fmt: skip


def run(klass, program):
    done = subprocess.run(
        [sys.executable, "-c", STATUS.format(course=str(klass.course.root)) + program],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.splitlines()[-1]


def test_status_imports_no_library_that_it_does_not_use(klass):
    imported = set(run(klass, "print(*sys.modules)").split())
    assert imported & NOT_FOR_STATUS == set()
    assert not {name for name in imported if name.startswith("nbgrader.server_extensions")}


def test_a_report_imports_no_converter_and_no_server(klass):
    imported = set(
        run(klass, "import autograder.reports.course_report\nprint(*sys.modules)").split()
    )
    assert imported & NOT_FOR_STATUS == {"jinja2"}


def test_who_needs_the_slow_formats_still_gets_them(klass):
    pytest.importorskip("rfc3987_syntax")
    pytest.importorskip("isoduration")
    program = """
import isoduration, rfc3987_syntax
address = rfc3987_syntax.is_valid_syntax("iri", "http://example.org")
print(address, isoduration.parse_duration("P1D"))
"""
    assert run(klass, program) == "True P1D"


def test_nbgrader_is_whole_for_who_asks_for_it(klass):
    program = """
import nbgrader.api
from nbgrader import api, server_extensions, __version__
(points,) = nbgrader._jupyter_server_extension_points()
assert api is nbgrader.api is sys.modules["nbgrader.api"]
assert type(nbgrader) is type(sys) and __version__
try:
    nbgrader.nothing
except AttributeError as error:
    print(points["module"], error)
"""
    assert run(klass, program) == "nbgrader module 'nbgrader' has no attribute 'nothing'"
