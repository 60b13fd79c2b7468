"""A release as one value: it travels, and needs nothing of the course any more."""

from __future__ import annotations

import dataclasses
import json
import os
import pickle
import shutil
import subprocess
import sys
from types import SimpleNamespace

import pytest
from helpers.small_course import FIRST, POINTS, project

from autograder import course
from autograder.authoring import build, release
from autograder.errors import AutograderError
from autograder.grading.grader import Grader
from autograder.grading.hand_in import HandedIn
from autograder.grading.load import load_release
from autograder.grading.released import files_of

RIGHT = "def affine_forward(x, w, b):\n    return x.reshape(len(x), -1) @ w + b, None"


@pytest.fixture(scope="module")
def gone(tmp_path_factory):
    """A release that was read from a course which is deleted now, and the digest of its edition."""
    root = tmp_path_factory.mktemp("gone")
    made = project(root / "project")
    build.build([], made)
    here = course.init(root / "course")
    release.release(here, FIRST, made)
    found = load_release(here, FIRST, made)
    shutil.rmtree(root)
    return found


def right_answers(found):
    notebook = json.loads(json.dumps(found.notebook))
    for cell in notebook["cells"]:
        cell["source"] = {"affine_solution": RIGHT, "q_linear_solution": "q_linear = 'B'"}.get(
            cell["id"], cell["source"]
        )
    return HandedIn(json.dumps(notebook).encode())


def test_what_was_sent_elsewhere_grades_without_the_course(gone, tmp_path):
    """In another process, in an empty folder, that is given the pickled values and nothing else."""
    sent = pickle.dumps((Grader([gone]), [right_answers(gone)]))
    script = (
        "import pickle, sys\n"
        "grader, handed_in = pickle.load(sys.stdin.buffer)\n"
        "graded = grader(handed_in)\n"
        "(notebook,) = graded.notebooks.values()\n"
        "assert graded.seconds > 0\n"
        "print(sum(mark or 0 for mark in notebook.metadata['autograder']['marks'].values()))\n"
    )
    ran = subprocess.run(
        [sys.executable, "-c", script],
        input=sent,
        cwd=tmp_path,
        env={"PATH": os.defpath, "HOME": str(tmp_path)},
        capture_output=True,
    )
    assert ran.stdout.decode().strip() == str(POINTS[FIRST]), ran.stderr.decode()


def test_a_worker_with_other_software_refuses(gone):
    with pytest.raises(AutograderError, match=r"a worker runs numpy \S+, and here is 1\.0"):
        Grader([gone], environment={"numpy": "1.0"})([HandedIn()])


def test_the_edition_is_unpacked_once_a_process_and_where_it_is_stays_there(gone):
    other = pickle.loads(pickle.dumps(gone))
    assert gone.edition == gone.edition
    assert files_of(gone.edition) == gone.files
    assert other.edition == gone.edition  # it has the same files
    changed = dataclasses.replace(gone, files={**gone.files, "cs231n_lib/layers.py": b"# mended"})
    assert changed.edition != gone.edition
    assert gone.edition.stat().st_mode & 0o777 == 0o755


def test_the_unpacked_edition_goes_with_its_process(gone):
    script = (
        "import pickle, sys\nrelease = pickle.load(sys.stdin.buffer)\n"
        "print(release.edition, (release.edition / 'cs231n_lib').is_dir())"
    )
    ran = subprocess.run(
        [sys.executable, "-c", script], input=pickle.dumps(gone), capture_output=True, check=True
    )
    path, was_there = ran.stdout.decode().split()
    assert was_there == "True"
    assert not os.path.exists(path)


@pytest.mark.parametrize("part", ["notebook", "source", "packs", "files"])
def test_another_release_has_another_digest(gone, part):
    changed = {
        "notebook": lambda: {**gone.notebook, "cells": gone.notebook.cells[:-1]},
        "source": lambda: {**gone.source, "cells": gone.source.cells[:-1]},
        "packs": lambda: {},
        "files": lambda: {**gone.files, "cs231n_lib/layers.py": b"# mended"},
    }[part]()
    if part in ("notebook", "source"):
        changed = type(gone.notebook)(changed)
    assert dataclasses.replace(gone, **{part: changed}).digest != gone.digest
    assert dataclasses.replace(gone).digest == gone.digest


def test_a_submission_that_is_given_up_is_not_read(gone, monkeypatch):
    graded = Grader([gone]).give_up("It ended its process, 2 times.").notebooks[FIRST]
    results = SimpleNamespace(**graded.metadata["autograder"])
    assert results.unreadable == "It ended its process, 2 times."
    assert sum(mark or 0 for mark in results.marks.values()) == 0
    # Grading the class again tries it again: this is nobody's submission.
    assert results.submission != right_answers(gone).digest


def test_a_release_of_an_older_grader_is_to_be_made_again(tmp_path):
    made = project(tmp_path / "project")
    build.build([], made)
    here = course.init(tmp_path / "course")
    release.release(here, FIRST, made)
    shutil.rmtree(here.release_dir(FIRST) / "autograder")  # its check was in the library then
    with pytest.raises(AutograderError, match=f"autograder release {FIRST}.*marks stay"):
        load_release(here, FIRST, made)
    release.release(here, FIRST, made)
    assert load_release(here, FIRST, made).packs


def test_a_notebook_that_lies_beside_the_released_one_is_not_graded(tmp_path):
    made = project(tmp_path / "project")
    build.build([], made)
    here = course.init(tmp_path / "course")
    release.release(here, FIRST, made)
    shutil.copy(here.release_dir(FIRST) / f"{FIRST}.ipynb", here.release_dir(FIRST) / "mine.ipynb")
    assert load_release(here, FIRST, made).name == FIRST
