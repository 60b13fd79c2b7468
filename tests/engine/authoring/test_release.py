"""What students get: complete, useful alone, and without a solution in any byte."""

from __future__ import annotations

import io
import json
import os
import re
import shutil
import subprocess
import sys
import zipfile

import nbformat
import numpy as np
import pytest
from helpers import LESSONS, PROJECT, ROOT
from helpers.at_home import alone
from helpers.shared import all_released
from helpers.small_course import AFFINE, EXERCISES, FIRST, FIRST_TEXT, SECOND, project
from nbgrader.api import Gradebook

from autograder.authoring import editions
from autograder.authoring import release as release_module
from autograder.authoring.build import build
from autograder.authoring.leaks import leaks, secret_lines
from autograder.authoring.release import add_edition, release
from autograder.course import Course, init
from autograder.errors import AutograderError

REAL = LESSONS


@pytest.fixture(scope="module")
def ready(tmp_path_factory):
    """A built project and a course with an empty gradebook, to copy: making them is slow."""
    folder = tmp_path_factory.mktemp("ready")
    build(project=project(folder / "project"))
    course = init(folder / "course")
    course.config()
    Gradebook(course.db_url, "cs231n").close()
    return folder


@pytest.fixture(scope="module")
def released(ready, tmp_path_factory):
    """The first notebook, released; not to be changed."""
    folder = tmp_path_factory.mktemp("released")
    shutil.copytree(ready / "course", folder / "course")
    made, course = project(ready / "project"), Course.open(folder / "course")
    return made, course, *release(course, FIRST, made)


@pytest.fixture
def small(ready, tmp_path):
    shutil.copytree(ready / "project", tmp_path / "project")
    return project(tmp_path / "project")


@pytest.fixture
def course(ready, tmp_path):
    shutil.copytree(ready / "course", tmp_path / "course")
    return Course.open(tmp_path / "course")


def test_a_release_holds_the_notebook_the_edition_and_a_readme(released):
    _, course, folder, target = released
    assert folder == course.release / FIRST
    assert target == course.download / f"{FIRST}.zip"
    assert sorted(path.name for path in folder.iterdir()) == [
        "01_small.ipynb",
        "README.md",
        "autograder",
        "checks",
        "cs231n_lib",
        "requirements.txt",
    ]
    packs = sorted((folder / "checks" / FIRST).iterdir())
    names = ["affine.npz", "q_linear.npz", "unchecked.json"]
    assert [path.name for path in packs] == names
    readme = (folder / "README.md").read_text(encoding="utf-8")
    assert readme.startswith("# A small notebook\n\nIn this folder: the notebook `01_small.ipynb`")
    assert "{" not in readme


def test_solutions_model_answers_and_hidden_tests_are_gone(released):
    _, _, folder, _ = released
    notebook = nbformat.read(folder / f"{FIRST}.ipynb", as_version=4)
    sources = {cell.id: cell.source for cell in notebook.cells}
    assert sources["affine"] == 'check("affine")'
    assert sources["why_bias"] == "YOUR ANSWER HERE"
    assert sources["affine_solution"].endswith("# YOUR CODE HERE\n    raise NotImplementedError()")
    for path in folder.rglob("*"):
        if path.is_file():
            data = path.read_bytes()
            for secret in (b"flattened_rows", b"moves the plane", b"autograder.stock", b"SOLUTION"):
                assert secret not in data, path


def test_the_gradebook_knows_the_points(released):
    course = released[1]
    with Gradebook(course.db_url) as gradebook:
        notebook = gradebook.find_notebook(FIRST, FIRST)
        points = {cell.name: cell.max_score for cell in notebook.grade_cells}
    assert points == {"affine": 4.5, "q_linear": 1, "why_bias": 2}


# nbgrader 0.9.6 makes a submission before it has a session.
made_by_nbgrader = pytest.mark.filterwarnings("ignore:Object of type <Submitted:Warning")


@made_by_nbgrader
def test_releasing_again_keeps_marks_and_renews_the_release(small, course):
    folder, target = release(course, FIRST, small)
    before = target.read_bytes()
    with Gradebook(course.db_url) as gradebook:
        gradebook.add_student("student-01")
        gradebook.add_submission(FIRST, "student-01")
        gradebook.find_submission(FIRST, "student-01")
        grade = gradebook.find_grade("why_bias", FIRST, FIRST, "student-01")
        grade.manual_score = 1.5
        comment = gradebook.find_comment("why_bias", FIRST, FIRST, "student-01")
        comment.manual_comment = "An example is missing."
        gradebook.db.commit()
    (folder / "README.md").write_text("spoilt", encoding="utf-8")
    release(course, FIRST, small)
    assert target.read_bytes() == before, "the same release is the same zip"
    with Gradebook(course.db_url) as gradebook:
        grade = gradebook.find_grade("why_bias", FIRST, FIRST, "student-01")
        comment = gradebook.find_comment("why_bias", FIRST, FIRST, "student-01")
        assert grade.manual_score == 1.5
        assert comment.manual_comment == "An example is missing."
    small.text(FIRST).write_text(FIRST_TEXT.replace("small notebook", "new title"), "utf-8")
    build(project=small)
    release(course, FIRST, small)
    assert "new title" in (folder / f"{FIRST}.ipynb").read_text(encoding="utf-8")


@made_by_nbgrader
def test_new_graded_cells_after_a_submission_are_refused_and_the_old_release_stays(small, course):
    folder, target = release(course, FIRST, small)
    before = {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}
    source = (course.source_dir(FIRST) / f"{FIRST}.ipynb").read_bytes()
    with Gradebook(course.db_url) as gradebook:
        gradebook.add_student("student-01")
        gradebook.add_submission(FIRST, "student-01")
    more = '\n# %% test="by_hand" points=1\nassert affine_forward\n'
    small.text(FIRST).write_text(FIRST_TEXT + more, "utf-8")
    build(project=small)
    with pytest.raises(AutograderError, match="was handed in already"):
        release(course, FIRST, small)
    assert {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()} == before
    assert (course.source_dir(FIRST) / f"{FIRST}.ipynb").read_bytes() == source
    assert sorted(path.name for path in course.release.iterdir()) == [FIRST]
    assert target.exists()


def test_a_notebook_that_is_not_built_is_not_released(small, course):
    small.text(FIRST).write_text(FIRST_TEXT.replace("small", "tiny"), "utf-8")
    with pytest.raises(AutograderError, match=r"build first.*\n.*differs from its text"):
        release(course, FIRST, small)
    with pytest.raises(AutograderError, match="must be one of 01_small, 02_next; got '09_none'"):
        release(course, "09_none", small)


@pytest.mark.parametrize(
    "plant",
    [
        ("cs231n_lib/notes.txt", b"x = 1\n    flattened_rows = x.reshape(len(x), -1)\n"),
        ("cs231n_lib/data.py", b"# **Model answer.** The bias moves the plane away from zero.\n"),
        ("cs231n_lib/wrong.py", b"forgotten_bias = x.reshape(len(x), -1) @ w\n"),
        ("extra.ipynb", json.dumps({"a": ['q_linear = "B"  # the affine one\n']}).encode()),
        ("extra.txt", b"from autograder.stock import score"),
    ],
    ids=["solution", "model answer", "mistake", "escaped", "hidden test"],
)
def test_a_planted_leak_is_found(released, tmp_path, plant):
    made, _, folder, _ = released
    assert leaks(folder, FIRST, made) == []
    name, data = plant
    shutil.copytree(folder, tmp_path / "copy")
    path = tmp_path / "copy" / name
    path.write_bytes((path.read_bytes() if path.exists() else b"") + data)
    found = leaks(tmp_path / "copy", FIRST, made)
    assert found
    assert {line.split(":")[0] for line in found} == {name}


def test_a_release_that_leaks_is_refused_and_removed(small, course, monkeypatch):
    add = release_module._add_student_files

    def careless(folder, notebook, made):
        add(folder, notebook, made)
        (folder / "notes.txt").write_text("flattened_rows = x.reshape(len(x), -1)", "utf-8")

    monkeypatch.setattr(release_module, "_add_student_files", careless)
    with pytest.raises(AutograderError, match=r"not released, because of 1 secret:") as caught:
        release(course, FIRST, small)
    assert "notes.txt" in str(caught.value)
    assert not (course.release / FIRST).exists()
    assert not (course.download / f"{FIRST}.zip").exists()


def test_leaks_are_found_inside_archives_and_arrays(small, tmp_path):
    line = "    return flattened_rows @ w + b, (x, w)\n"
    folder = tmp_path / "out"
    folder.mkdir()
    np.savez_compressed(folder / "pack.npz", pack=np.array(json.dumps({"probe": line})))
    inner = io.BytesIO()
    with zipfile.ZipFile(inner, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("a/b.py", line)
    with zipfile.ZipFile(folder / "outer.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("inner.zip", inner.getvalue())
    assert line.strip().encode() not in b"".join(p.read_bytes() for p in folder.iterdir())
    assert sorted({found.split(":")[0] for found in leaks(folder, FIRST, small)}) == [
        "outer.zip",
        "pack.npz",
    ]
    assert leaks(folder / "pack.npz", FIRST, small)


def test_the_secret_of_the_course_is_a_leak(small, course, tmp_path):
    key = course.secret()
    (tmp_path / "a.bin").write_bytes(b"..." + key + b"...")
    (tmp_path / "b.txt").write_text(key.hex(), encoding="utf-8")
    for name in ("a.bin", "b.txt"):
        assert leaks(tmp_path / name, FIRST, small, key) == [f"{name}: the secret of the course"]


def test_secret_are_only_lines_that_tell_something(small):
    secret = secret_lines(FIRST, small)
    assert "flattened_rows = x.reshape(len(x), -1)" in secret
    assert "forgotten_bias = x.reshape(len(x), -1) @ w" in secret
    assert "added_later = np.tensordot(x.reshape(len(x), -1), w, axes=1)" in secret
    assert "largest_of_both = np.maximum(np.abs(a), np.abs(b))" not in secret, "another notebook's"
    assert "import numpy as np" not in secret
    reference = "out = x.reshape(len(x), -1) @ w + b"
    assert not [line for line in secret if len(line) < 12], reference


def test_a_hook_that_fails_inside_nbgrader_is_not_overlooked(small, course, monkeypatch):
    def broken(notebook, folder, made=None):
        raise OSError("disk full")

    monkeypatch.setattr(editions, "write", broken)
    with pytest.raises(OSError, match="disk full"):
        release(course, FIRST, small)
    assert not (course.release / FIRST).exists()


def test_the_hook_finds_the_release_in_the_courses_folder(small, course, monkeypatch):
    folder, _ = release(course, SECOND, small)
    shutil.rmtree(folder / "cs231n_lib")
    monkeypatch.chdir(course.root)
    monkeypatch.setattr(Course, "project", small)
    add_edition(assignment=SECOND, student=".", notebooks=[])
    assert (folder / "cs231n_lib" / "__init__.py").is_file()


def test_the_zip_has_one_folder_and_the_same_bytes_in_each_course(released, course):
    made, _, folder, target = released
    with zipfile.ZipFile(target) as archive:
        names = archive.namelist()
        assert names == sorted(names)
        assert {name.split("/")[0] for name in names} == {FIRST}
        assert len(names) == sum(path.is_file() for path in folder.rglob("*"))
    assert release(course, FIRST, made)[1].read_bytes() == target.read_bytes()


def test_the_zip_works_alone_and_a_stub_is_not_written_yet(released, tmp_path):
    found = alone(released[3], tmp_path / "home", FIRST)
    assert [(name, points) for name, points, _ in found] == [("affine", "0.0"), ("q_linear", "0.0")]
    assert "Not written yet." in found[0][2]


@pytest.mark.slow
@pytest.mark.parametrize("notebook", REAL)
def test_a_real_release_leaks_nothing_and_works_alone(notebook, tmp_path, tmp_path_factory):
    course = all_released(tmp_path_factory)
    target = course.download / f"{notebook}.zip"
    assert len(secret_lines(notebook)) > 50
    assert leaks(target, notebook, key=course.secret()) == []
    found = alone(target, tmp_path / "home", notebook)
    names = [exercise.name for exercise in PROJECT.load(notebook)]
    assert sorted(name for name, _, _ in found) == sorted(names)
    assert {points for _, points, _ in found} == {"0.0"}
    unbegun = [text for _, _, text in found if re.search("Not (written|answered) yet", text)]
    assert len(unbegun) >= len(found) / 2


def test_the_small_course_is_what_these_tests_take_it_for():
    assert AFFINE.examine(AFFINE.mistakes[0].replaces).mistakes == ["no bias"]
    assert AFFINE.examine(AFFINE.styles[0].replaces).earned == AFFINE.points
    assert sorted(EXERCISES) == [FIRST, SECOND]


@pytest.mark.slow
@pytest.mark.parametrize("notebook", REAL[:1])
def test_nbgraders_own_command_adds_the_edition_too(notebook, course):
    folder, _ = release(course, notebook)
    before = {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}
    shutil.rmtree(folder)
    ran = subprocess.run(
        [sys.executable, "-m", "nbgrader", "generate_assignment", notebook, "--force"],
        cwd=course.root,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
    )
    assert ran.returncode == 0, ran.stderr
    assert {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()} == before
