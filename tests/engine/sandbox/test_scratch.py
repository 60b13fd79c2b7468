"""The folder of a submission is measured and removed, whatever is in it."""

from __future__ import annotations

import os
import sys

import pytest
from helpers.deep_folders import dig

from autograder.sandbox import scratch


@pytest.fixture
def folder(tmp_path):
    folder = tmp_path / "scratch"
    folder.mkdir()
    yield folder
    if folder.exists():
        folder.chmod(0o700)
        scratch.remove(str(folder))


@pytest.mark.parametrize("name", ["deep", "deep" * 50])
def test_a_very_deep_tree_is_measured_and_removed(folder, name):
    """Deeper than Python's stack goes, and its path is longer than the system takes."""
    dig(folder, 1200, name, last=0)
    assert scratch.bytes_in(str(folder)) == sys.maxsize
    scratch.remove(str(folder))
    assert not folder.exists()


def test_a_wide_tree_is_removed_with_names_that_look_alike(folder):
    for path in ("a/a/a/a", "a/b/a", "b/a/b", "c"):
        (folder / path).mkdir(parents=True)
        (folder / path / "a").write_text("x")
    scratch.remove(str(folder))
    assert not folder.exists()


def test_closed_folders_are_opened(folder):
    (folder / "a" / "b").mkdir(parents=True)
    (folder / "a" / "b" / "file").write_text("x")
    (folder / "a" / "b").chmod(0)
    (folder / "a").chmod(0)
    scratch.remove(str(folder))
    assert not folder.exists()


def test_links_are_removed_and_what_they_name_stays(folder, tmp_path):
    other = tmp_path / "other"
    other.mkdir(mode=0o500)
    (folder / "a").mkdir()
    (folder / "a" / "link").symlink_to(other)
    (folder / "link").symlink_to(other)
    (folder / "nowhere").symlink_to(tmp_path / "none")
    os.mkfifo(folder / "pipe")
    assert scratch.bytes_in(str(folder)) < 100_000
    scratch.remove(str(folder))
    assert not folder.exists()
    assert other.stat().st_mode & 0o777 == 0o500


def test_a_link_in_place_of_the_folder_is_not_followed(folder, tmp_path):
    (folder / "kept").write_text("x")
    link = tmp_path / "link"
    link.symlink_to(folder)
    scratch.remove(str(link))
    assert (folder / "kept").exists()


def test_what_is_not_there_is_no_error(tmp_path):
    scratch.remove(str(tmp_path / "none"))
    assert scratch.bytes_in(str(tmp_path / "none")) == 0


def test_bytes_on_the_disk_and_names_are_counted(folder):
    for number in range(100):
        (folder / f"f{number}").touch()
    names = scratch.bytes_in(str(folder))
    assert names >= 100 * 1024
    (folder / "f0").write_bytes(b"x" * 1_000_000)
    assert 1_000_000 <= scratch.bytes_in(str(folder)) - names < 1_200_000
    with open(folder / "sparse", "wb") as file:
        file.truncate(1 << 40)
    assert scratch.bytes_in(str(folder)) < 2_000_000


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells what a process keeps open")
def test_a_deleted_file_that_is_kept_open_is_counted(folder):
    path = folder / "file"
    before = scratch.deleted_bytes(os.getpid())
    with open(path, "wb") as file:
        file.write(b"x" * 1_000_000)
        file.flush()
        assert scratch.deleted_bytes(os.getpid()) == before
        path.unlink()
        assert scratch.deleted_bytes(os.getpid()) - before >= 1_000_000
