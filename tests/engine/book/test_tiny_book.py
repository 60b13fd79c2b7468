"""A project of one notebook, with no library and no book's folder, gets a site all the same."""

from __future__ import annotations

import importlib.util
import re
import subprocess
import sys

import pytest

from autograder.authoring.build import build
from autograder.book.bundle import self_study
from autograder.book.site import make, work_folder
from autograder.errors import AutograderError
from autograder.project import Project

NEEDED = ("sphinx", "myst_nb", "furo")

MANIFEST = """\
title = "Sums, and nothing else's"
lessons = ["01_adding"]
requirements = ["numpy>=2.0"]
"""

EXERCISES = """
import numpy as np
from autograder.exercise import Exercise, Mistake, Test, functions

def total(numbers):
    reduced_result = sum(numbers)
    return reduced_result

def without_the_last(numbers):
    return sum(numbers[:-1])

def twelve(total, numbers):
    return {"total": total(numbers)}

EXERCISES = [
    Exercise(
        "total",
        "Adding up",
        functions(total),
        [Test("twelve", twelve, lambda rng: {"numbers": rng.normal(size=12)}, points=2)],
        [Mistake("stops early", "The last number is not added.", {"total": without_the_last})],
    )
]
"""

NOTEBOOK = """\
# %% [markdown]
# # Adding
#
# The sum is $\\sum_i x_i$.

# %%
from autograder.check import check
print(open("numbers.txt").read())

# %% solution="total"
def total(numbers):
    ### BEGIN SOLUTION
    reduced_result = sum(numbers)
    return reduced_result
    ### END SOLUTION

# %% check="total"
check("total")
"""

MAKE = """
import sys
from pathlib import Path
from autograder.book.site import make, work_folder
from autograder.project import find_project
project = find_project(Path(sys.argv[1]))
work = work_folder(project)
make(work / "html", work, project, solutions="solutions" in sys.argv)
"""


@pytest.fixture
def tiny(tmp_path):
    root = tmp_path / "sums"
    lesson = root / "lessons" / "adding"
    (lesson / "files").mkdir(parents=True)
    (root / "project.toml").write_text(MANIFEST, encoding="utf-8")
    (lesson / "__init__.py").write_text(EXERCISES, encoding="utf-8")
    (lesson / "notebook.py").write_text(NOTEBOOK, encoding="utf-8")
    (lesson / "files" / "numbers.txt").write_text("one to twelve", encoding="utf-8")
    project = Project.read(root / "project.toml")
    build([], project)
    return project


def site_of(project, *arguments):
    """The text of the site's pages, made as a command makes it: Sphinx's own extensions warn."""
    missing = [name for name in NEEDED if importlib.util.find_spec(name) is None]
    if missing:
        pytest.skip(
            f"NO BOOK IS MADE: {', '.join(missing)} not installed (pip install -e '.[book]')"
        )
    ran = subprocess.run(
        [sys.executable, "-c", MAKE, str(project.root), *arguments],
        cwd=project.root.parent,
        capture_output=True,
        text=True,
    )
    assert ran.returncode == 0, ran.stdout + ran.stderr
    site = work_folder(project) / "html"
    return {
        path.relative_to(site).as_posix(): path.read_text("utf-8") for path in site.rglob("*.html")
    }


def test_a_project_without_library_and_book_gets_a_site(tiny):
    pages = site_of(tiny)
    assert "<title>Sums" in pages["index.html"]
    assert 'href="notebooks/01_adding.html">Adding</a>' in pages["index.html"]
    page = re.sub(r"<[^>]+>", "", pages["notebooks/01_adding.html"])
    assert "one to twelve" in page  # what a cell printed of the file beside it
    assert "2 of 2 points" in page
    assert "YOUR CODE HERE" in page
    assert "<math" in pages["notebooks/01_adding.html"]
    assert "The last number is not added." in pages["mistakes/01_adding.html"]
    assert not any(name.startswith(("api/", "_modules/", "solutions/")) for name in pages)
    assert not any("reduced_result" in text for text in pages.values())


def test_with_solutions_it_has_them(tiny):
    pages = site_of(tiny, "solutions")
    assert "reduced_result" in re.sub(r"<[^>]+>", "", pages["solutions/01_adding.html"])
    assert "reduced_result" not in pages["notebooks/01_adding.html"]


def test_the_bundle_has_what_the_notebook_needs(tiny):
    files = self_study({}, tiny)
    names = {name.removeprefix("self-study/") for name in files}
    assert {
        "README.md",
        "notebooks/01_adding.ipynb",
        "notebooks/autograder/check/__init__.py",
        "notebooks/checks/01_adding/total.npz",
        "notebooks/numbers.txt",
        "requirements.txt",
        "solutions/01_adding.ipynb",
    } <= names
    assert files["self-study/requirements.txt"] == b"numpy>=2.0\n"
    readme = files["self-study/README.md"].decode()
    assert readme.startswith("# Sums")
    assert "The library" not in readme


def test_a_project_without_lessons_has_no_book(tmp_path):
    with pytest.raises(AutograderError, match="names no lessons"):
        make(tmp_path / "out", tmp_path / "work", Project(tmp_path))
