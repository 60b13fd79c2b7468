"""Hostile archives: what is read of them, and what is refused."""

from __future__ import annotations

import io
import os
import struct
import zipfile
from contextlib import suppress

import numpy as np
import pytest
from helpers.handed_in import encrypted, with_link, zipped

from autograder.errors import AutograderError
from autograder.intake import archives
from autograder.intake.archives import Unreadable, open_download, student_zip


def read_all(path):
    """{path: bytes, or why there are none} and what was refused."""
    found = {}
    with open_download(path) as contents:
        for file in contents.files:
            try:
                found[str(file.path)] = file.read()
            except Unreadable as error:
                found[str(file.path)] = str(error)
    return found, contents.refused


def test_a_zip_and_a_folder_of_the_same_files_hold_the_same(tmp_path):
    files = {"a.ipynb": b"1", "student-01/b.ipynb": b"22", "student-01/deep/c.txt": b""}
    for name, data in files.items():
        (tmp_path / "folder" / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "folder" / name).write_bytes(data)
    assert read_all(zipped(tmp_path / "x.zip", files)) == (files, [])
    assert read_all(tmp_path / "folder") == (files, [])


@pytest.mark.parametrize(
    "name", ["../up.ipynb", "a/../../up.ipynb", "/etc/up.ipynb", "..\\up.ipynb", "C:\\up.ipynb"]
)
def test_a_path_that_leaves_the_archive_is_refused(tmp_path, name):
    found, refused = read_all(zipped(tmp_path / "x.zip", {name: b"1", "good.ipynb": b"2"}))
    assert found == {"good.ipynb": b"2"}
    assert len(refused) == 1
    assert "leaves the archive" in refused[0]


def test_a_link_in_a_zip_is_refused(tmp_path):
    path = with_link(zipped(tmp_path / "x.zip", {"good": b"2"}), "bad.ipynb", "/etc/passwd")
    assert read_all(path) == ({"good": b"2"}, ["bad.ipynb: a link; links are not followed"])


@pytest.mark.skipif(os.name != "posix", reason="links and pipes")
def test_links_and_pipes_in_a_folder_are_refused(tmp_path):
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "secret.ipynb").write_bytes(b"secret")
    folder = tmp_path / "folder"
    folder.mkdir()
    (folder / "good").write_bytes(b"1")
    (folder / "file.ipynb").symlink_to(outside / "secret.ipynb")
    (folder / "sub").symlink_to(outside)
    os.mkfifo(folder / "pipe.ipynb")
    found, refused = read_all(folder)
    assert found == {"good": b"1"}
    assert [line.partition(":")[0] for line in refused] == ["file.ipynb", "pipe.ipynb", "sub"]


def test_an_encrypted_file_costs_itself_alone(tmp_path):
    path = encrypted(zipped(tmp_path / "x.zip", {"a.ipynb": b"1", "b.ipynb": b"2"}), "a.ipynb")
    assert read_all(path)[0] == {"a.ipynb": "is encrypted", "b.ipynb": b"2"}


def test_a_damaged_file_costs_itself_alone(tmp_path):
    path = zipped(tmp_path / "x.zip", {"a.ipynb": os.urandom(500), "b.ipynb": b"2"})
    data = bytearray(path.read_bytes())
    data[100] ^= 255
    path.write_bytes(bytes(data))
    assert read_all(path)[0] == {"a.ipynb": "is damaged", "b.ipynb": b"2"}


def test_a_bomb_is_not_unpacked(tmp_path, monkeypatch):
    monkeypatch.setattr(archives, "SIZE_LIMIT", 1 << 20)
    monkeypatch.setattr(archives, "FILE_LIMIT", 6 << 20)
    bombs = {"a.ipynb": b"0" * (7 << 20), "b.txt": b"0" * (5 << 20), "c.ipynb": b"2"}
    assert read_all(zipped(tmp_path / "x.zip", bombs))[0] == {
        "a.ipynb": "is too large (7 MB)", "b.txt": "is too large (5 MB)", "c.ipynb": b"2"
    }  # fmt: skip


def test_of_a_large_notebook_the_saved_outputs_are_left_out(tmp_path):
    def notebook(outputs, source):
        return f'{{"outputs": ["{"x" * outputs}"], "source": "{"y" * source}"}}'.encode()

    files = {"a.ipynb": notebook(30 << 20, 3), "b.ipynb": notebook(3, 21 << 20)}
    expected = {
        "a.ipynb": b'{"outputs": [], "source": "yyy"}',
        "b.ipynb": "is too large: without its outputs, it may have 20 MB",
    }
    assert read_all(zipped(tmp_path / "x.zip", files))[0] == expected
    for name, data in files.items():
        (tmp_path / "folder").mkdir(exist_ok=True)
        (tmp_path / "folder" / name).write_bytes(data)
    assert read_all(tmp_path / "folder")[0] == expected


def test_a_bomb_that_lies_about_its_size_is_cut_short(tmp_path, monkeypatch):
    monkeypatch.setattr(archives, "SIZE_LIMIT", 1 << 20)
    path = zipped(tmp_path / "x.zip", {"bomb.ipynb": b"0" * (5 << 20)})
    true, lie = struct.pack("<I", 5 << 20), struct.pack("<I", 100)
    path.write_bytes(path.read_bytes().replace(true, lie))
    assert read_all(path)[0] == {"bomb.ipynb": "is damaged"}


def test_there_is_a_limit_to_files_and_to_all_bytes(tmp_path, monkeypatch):
    path = zipped(tmp_path / "x.zip", {f"{n}.ipynb": b"12345" for n in range(4)})
    monkeypatch.setattr(archives, "MAX_BYTES", 12)
    found = read_all(path)[0]
    assert list(found.values())[:2] == [b"12345", b"12345"]
    assert "too much in all" in found["3.ipynb"]
    monkeypatch.setattr(archives, "MAX_FILES", 3)
    with pytest.raises(AutograderError, match="at most 3 files, got 4"):
        read_all(path)


def test_what_a_mac_adds_is_not_there(tmp_path):
    files = {"__MACOSX/a/._x.ipynb": b"", "a/.DS_Store": b"", "a/._x.ipynb": b"", "a/x.ipynb": b"1"}
    assert read_all(zipped(tmp_path / "x.zip", files)) == ({"a/x.ipynb": b"1"}, [])


@pytest.mark.parametrize("data", [b"", b"no zip", b"PK\3\4 and no more"])
def test_what_is_no_zip_is_a_clear_error(tmp_path, data):
    path = tmp_path / "x.zip"
    path.write_bytes(data)
    with pytest.raises(AutograderError, match="is not a whole zip"):
        read_all(path)
    with pytest.raises(AutograderError, match="there is no"):
        read_all(tmp_path / "none.zip")


def test_whatever_was_damaged_is_told_and_never_raises_anything_else(tmp_path):
    rng = np.random.default_rng(0)
    path = zipped(tmp_path / "x.zip", {"student-01/a.ipynb": b"1" * 50, "zoë/b.ipynb": b"2" * 50})
    whole, outcomes = path.read_bytes(), set()
    for _ in range(400):
        data = bytearray(whole)
        for at in rng.integers(len(data), size=2):
            data[at] = rng.integers(256)
        path.write_bytes(bytes(data))
        try:
            outcomes |= {str(found) for found in read_all(path)[0].values()}
        except AutograderError:
            outcomes.add("not a whole zip")
        with suppress(Unreadable):
            student_zip(bytes(data))
    assert outcomes > {"not a whole zip", "is damaged", "is encrypted"}


def test_a_students_zip_is_read_from_memory_within_limits(monkeypatch):
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr("work/01_small.ipynb", b"1")
    (file,) = student_zip(buffer.getvalue()).files
    assert file.read() == b"1"
    monkeypatch.setattr(archives, "MAX_FILES_OF_STUDENT", 0)
    with pytest.raises(Unreadable, match="at most 0 files"):
        student_zip(buffer.getvalue())
    with pytest.raises(Unreadable, match="damaged zip"):
        student_zip(b"PK")
