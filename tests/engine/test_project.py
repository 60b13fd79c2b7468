"""The manifest: what it may say, what each error says, and which project is found from where."""

from __future__ import annotations

import re

import pytest
from helpers import LESSONS, PROJECT, ROOT

from autograder.errors import AutograderError
from autograder.project import MANIFEST, Project, find_project, has_manifest


def manifest(folder, text):
    path = folder / MANIFEST
    path.write_text(text, encoding="utf-8")
    return path


WRONG = {
    "unknown key": ('titel = "Sums"', "there is no key 'titel'"),
    "a number for a text": ("title = 7", "title must be a text, got 7"),
    "a list for a text": ('library = ["a"]', "library must be a text, got ['a']"),
    "a text for a list": ('lessons = "01_a"', "lessons must be a list of texts, got '01_a'"),
    "numbers in a list": ("requirements = [1]", "requirements must be a list of texts, got [1]"),
    "library without a package": (
        'library = "../none"',
        "library must be a folder with a package (an __init__.py), got '../none'",
    ),
    "lesson with a space": (
        'lessons = ["01 a"]',
        "a lesson's name must be digits, an underscore and a Python name, such as 01_warm_up; "
        "got '01 a'",
    ),
    "lesson with a hyphen": ('lessons = ["01_a-b"]', "such as 01_warm_up; got '01_a-b'"),
    "lesson outside": ('lessons = ["../01_a"]', "such as 01_warm_up; got '../01_a'"),
    "no TOML": ("title = ", "cannot be read: Invalid value"),
}


@pytest.mark.parametrize(("text", "message"), WRONG.values(), ids=WRONG)
def test_what_is_wrong_is_named_with_what_is_required_and_what_came(tmp_path, text, message):
    path = manifest(tmp_path, text)
    with pytest.raises(AutograderError, match=re.escape(message)) as caught:
        Project.read(path)
    assert str(caught.value).startswith(str(path))


def test_a_missing_manifest_is_named_with_the_ways_out(tmp_path):
    with pytest.raises(AutograderError, match=r"project\.toml cannot be read: .* No such file"):
        Project.read(tmp_path / MANIFEST)
    with pytest.raises(AutograderError) as caught:
        find_project(tmp_path)
    assert f"there is no {MANIFEST} in {tmp_path} or above it" in str(caught.value)
    assert "--project DIR" in str(caught.value)
    assert "python -m autograder new DIR" in str(caught.value)
    assert not has_manifest(tmp_path)


def test_an_empty_manifest_is_a_project_called_as_its_folder(tmp_path):
    project = Project.read(manifest(tmp_path, ""))
    assert (project.title, project.id) == (tmp_path.name, tmp_path.name)
    assert (project.lessons, project.library, project.book) == ((), None, None)
    assert project.requirements == ("numpy>=2.0", "jupyterlab>=4.2")
    assert project.load("01_none") == []


def test_paths_are_seen_from_the_manifest(tmp_path, monkeypatch):
    (tmp_path / "lib").mkdir()
    (tmp_path / "lib" / "__init__.py").touch()
    (tmp_path / "notebooks").mkdir()
    monkeypatch.chdir("/")
    text = 'library = "../lib"\nproof = "../docs"\nbook = "../book"'
    project = Project.read(manifest(tmp_path / "notebooks", text))
    folders = (project.library, project.proof, project.book)
    assert folders == tuple(tmp_path.resolve() / name for name in ("lib", "docs", "book"))


def test_lessons_are_given_away_in_their_order(tmp_path):
    project = Project.read(manifest(tmp_path, 'lessons = ["02_b", "01_a", "c"]'))
    assert project.earlier("02_b") == ()
    assert project.earlier("c") == ("02_b", "01_a"), "the manifest's order, not that of names"
    assert project.earlier("kmeans") == (), "a stranger gives nothing away"
    assert project.named([]) == ["02_b", "01_a", "c"]
    with pytest.raises(AutograderError, match="must be one of 02_b, 01_a, c; got 'a'"):
        project.named(["a"])


def test_a_project_is_found_from_inside_and_from_the_folder_above(tmp_path):
    inner = tmp_path / "notebooks"
    (inner / "lessons" / "a").mkdir(parents=True)
    manifest(inner, 'title = "inner"')
    for start in (tmp_path, inner, inner / "lessons" / "a"):
        assert find_project(start).root == inner.resolve()


def test_a_manifest_that_changes_is_read_again(tmp_path):
    path = manifest(tmp_path, 'title = "before"')
    assert find_project(tmp_path).title == "before"
    path.write_text('title = "afterwards"', encoding="utf-8")
    assert find_project(tmp_path).title == "afterwards"


def test_data_go_by_the_names_they_have_beside_the_notebook(tmp_path):
    project = Project.read(manifest(tmp_path, 'lessons = ["01_a"]'))
    assert project.files("01_a") == {}
    folder = project.lesson("01_a") / "files"
    for name in ("x.csv", "raw/deep/y.bin", "raw/__pycache__/z.pyc"):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).touch()
    assert list(project.files("01_a")) == ["raw/deep/y.bin", "x.csv"]


def test_the_engine_names_no_course():
    """Not this course's library, and none of its lessons: they are known by the manifest alone."""
    names = [PROJECT.library.name.removesuffix("_lib"), *LESSONS]
    engine = ROOT / "autograder"
    named = [
        f"{path.relative_to(engine)}: {name}"
        for path in sorted(engine.rglob("*"))
        if path.is_file() and "__pycache__" not in path.parts
        for name in names
        if name in path.read_text(encoding="utf-8", errors="replace")
    ]
    assert named == []
