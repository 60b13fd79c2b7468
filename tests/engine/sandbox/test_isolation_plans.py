"""Which level is chosen, and what does a plan say? (What it does: `test_isolation`.)"""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from autograder.sandbox import isolation, landlock, paths


@pytest.mark.parametrize(
    ("name", "value"), [("level", "strong"), ("scratch", "here"), ("edition", "cs231n_lib")]
)
def test_a_plan_names_the_argument_that_is_wrong(name, value):
    arguments = {"level": "limits", "scratch": "/s", "edition": "/e", "limits": {}, "disk": 1}
    with pytest.raises(ValueError, match=f"{name} must be .* got '{value}'"):
        isolation.plan(**(arguments | {name: value}))


@pytest.fixture
def pretend(monkeypatch):
    def make(*reasons: str) -> None:
        found = dict(zip(isolation.LEVELS, reasons, strict=True))
        monkeypatch.setattr(isolation, "available", lambda: found)

    return make


def test_the_strongest_level_that_works_is_chosen(pretend):
    pretend("", "", "")
    assert isolation.choose() == isolation.choose("limits") == "namespaces"
    pretend("not permitted", "", "")
    assert isolation.choose() == isolation.choose("landlock+seccomp") == "landlock+seccomp"


def test_less_than_what_is_required_is_an_error_with_the_reason(pretend):
    pretend("unshare: Operation not permitted", "no", "")
    with pytest.raises(isolation.Unavailable, match=r"'namespaces' .* 'limits' .* unshare: Op"):
        isolation.choose("namespaces")


def test_where_nothing_works_nothing_is_chosen(pretend):
    pretend("no", "no", "Windows")
    with pytest.raises(isolation.Unavailable, match="Windows"):
        isolation.choose()


def test_an_unknown_level_is_an_error():
    with pytest.raises(ValueError, match=r"level must be one of .* got 'docker'"):
        isolation.choose("docker")


def test_every_level_says_whether_it_works_and_what_it_means():
    assert tuple(isolation.available()) == isolation.LEVELS
    assert isolation.available()["limits"] == ""
    assert all(map(isolation.describe, isolation.LEVELS))


def test_users_differ_between_submissions():
    first, second = isolation.unprivileged_user(1), isolation.unprivileged_user(2)
    if os.geteuid() != 0:
        assert first is second is None
    else:
        assert first != second or first in (None, 65534)
        assert 0 not in (first, second)


def test_around_leaves_out_what_is_hidden(tmp_path):
    folder = Path(os.path.realpath(tmp_path))
    for name in ("a/x", "b/y", "b/z", "c/w"):
        (folder / name).mkdir(parents=True)
    read, listed = landlock.around(str(folder), {str(folder / "b" / "y"), str(folder / "c")})
    assert read == [str(folder / "a"), str(folder / "b" / "z")]
    assert listed == [str(folder), str(folder / "b")]
    assert landlock.around(str(folder), set()) == ([str(folder)], [])


def test_the_innermost_folder_decides_what_is_readable(tmp_path):
    outer, inner = tmp_path / "usr", tmp_path / "usr" / "course" / ".venv"
    hidden = tmp_path / "usr" / "course"
    inner.mkdir(parents=True)
    both, hid = (str(outer), str(inner)), (str(hidden),)
    assert paths.readable_through(str(outer / "x"), both, hid) == str(outer)
    assert paths.readable_through(str(hidden / "x"), both, hid) == ""
    assert paths.readable_through(str(inner / "x"), both, hid) == str(inner)
    assert paths.readable_through(str(tmp_path), both, hid) == ""


def test_a_link_hides_nothing(tmp_path):
    (tmp_path / "usr" / "secret").mkdir(parents=True)
    (tmp_path / "home").symlink_to(tmp_path / "usr" / "secret")
    readable = (str(tmp_path / "usr"),)
    assert paths.readable_through(str(tmp_path / "home"), readable, ()) == readable[0]


def test_files_that_others_may_not_read_are_noticed(tmp_path):
    for name, mode in (("open", 0o755), ("closed", 0o700)):
        (tmp_path / name).mkdir(mode=mode)
        (tmp_path / name / "file").write_text("")
    (tmp_path / "open" / "file").chmod(0o644)
    (tmp_path / "open").chmod(0o755)
    assert paths.open_to_all((str(tmp_path / "open"),))
    assert not paths.open_to_all((str(tmp_path / "closed"),))
    assert not paths.reachable(str(tmp_path / "closed" / "file"))


def test_children_are_found_without_the_kernels_list(monkeypatch):
    """CONFIG_PROC_CHILDREN is not in every kernel."""
    if not Path("/proc/self/stat").exists():
        pytest.skip("no /proc here")
    pid = os.posix_spawn("/bin/sleep", ["sleep", "60"], {})
    try:
        listed = paths.children()
        monkeypatch.setattr(Path, "read_text", _without("children", Path.read_text))
        assert pid in listed
        assert pid in paths.children()
    finally:
        os.kill(pid, 9)
        os.waitpid(pid, 0)


def _without(name, read_text):
    def read(path, *arguments, **options):
        if path.name == name:
            raise FileNotFoundError(path)
        return read_text(path, *arguments, **options)

    return read
