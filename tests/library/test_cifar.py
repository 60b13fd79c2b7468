"""CIFAR-10's loader, on a tiny archive of the official format, served on 127.0.0.1."""

from __future__ import annotations

import builtins
import errno
import sys
from pathlib import Path

import numpy as np
import pytest
from helpers import tiny_cifar

from cs231n_lib import cifar, data


@pytest.fixture(scope="module")
def content():
    return tiny_cifar.archive()


@pytest.fixture
def server(content, tmp_path, monkeypatch):
    with tiny_cifar.instead_of_cifar10(monkeypatch, tmp_path, content) as server:
        yield server


def serve(server, monkeypatch, content):
    """From now on this archive is the right one, and what the server has."""
    server.content = content
    monkeypatch.setenv("CS231N_CIFAR10_SHA256", tiny_cifar.sha256(content))


def serve_with(server, monkeypatch, **changes):
    """The tiny archive with some files replaced; None takes one out."""
    files = {**tiny_cifar.members(3, 2), **changes}
    kept = {name: text for name, text in files.items() if text is not None}
    serve(server, monkeypatch, tiny_cifar.archive(kept))


def kept(folder: Path) -> list[str]:
    return [path.name for path in folder.iterdir()]


# ------------------------------------------------------------------------------- what is returned


def test_one_line_gives_six_parts(server):
    parts = data.load_cifar10()
    assert [part.shape for part in parts] == [
        (1470, 3072),
        (1470,),
        (30, 3072),
        (30,),
        (120, 3072),
        (120,),
    ]
    assert type(parts) is data.Digits
    assert parts.X_train.dtype == np.float64
    assert parts.y_train.dtype == np.int64


def test_pictures_and_labels_are_the_archive_s_in_its_batches_order(server):
    """The archive's files are in disorder; batch 1 comes first all the same."""
    parts = data.load_cifar10(1000, 250, 100, raw=True)
    pixels, labels = tiny_cifar.images(0, 1250)
    np.testing.assert_array_equal(np.concatenate([parts.X_train, parts.X_val]), pixels)
    np.testing.assert_array_equal(np.concatenate([parts.y_train, parts.y_val]), labels)
    pixels, labels = tiny_cifar.images(1500, 100)
    np.testing.assert_array_equal(parts.X_test, pixels)
    np.testing.assert_array_equal(parts.y_test, labels)


@pytest.mark.parametrize(
    ("asked", "sizes"),
    [
        ((10, 5, 2), (10, 5, 2)),
        ((290, 20, None), (290, 20, 120)),
        ((100, None, 5), (100, 30, 5)),
        ((None, 700, 5), (800, 700, 5)),
    ],
)
def test_sizes_may_be_asked_for(server, asked, sizes):
    parts = data.load_cifar10(*asked)
    assert (len(parts.y_train), len(parts.y_val), len(parts.y_test)) == sizes
    assert (len(parts.X_train), len(parts.X_val), len(parts.X_test)) == sizes


def test_pixels_are_scaled_and_centred_by_the_training_part_alone(server):
    raw, parts = data.load_cifar10(300, 40, 20, raw=True), data.load_cifar10(300, 40, 20)
    assert (raw.X_train.min(), raw.X_train.max()) == (0, 240)
    np.testing.assert_allclose(parts.X_train.mean(axis=0), 0, atol=1e-14)
    offsets = np.concatenate([raw.X_val / 255 - parts.X_val, raw.X_test / 255 - parts.X_test])
    np.testing.assert_allclose(offsets, np.tile(raw.X_train.mean(axis=0) / 255, (60, 1)))


def test_colours_come_one_after_the_other(server):
    picture = data.load_cifar10(5, 5, 5, raw=True).X_train[0].reshape(3, 32, 32)
    lit = picture[0] > 0  # red: a digit, four times as large, in full strength
    assert (lit[::4, ::4].repeat(4, 0).repeat(4, 1) == lit).all()
    assert ((picture[1] > 0) <= lit).all()
    assert (picture[1] <= picture[0]).all()


def test_there_is_a_name_for_each_label():
    assert len(cifar.CLASSES) == 10
    assert (cifar.CLASSES[0], cifar.CLASSES[3], cifar.CLASSES[9]) == ("airplane", "cat", "truck")


def test_the_official_archive_is_what_is_asked_for():
    """Its address and its size in the hash table of the world: sha256 of 64 hex digits."""
    assert cifar.URL == "https://www.cs.toronto.edu/~kriz/cifar-10-python.tar.gz"
    assert cifar.SHA256.startswith("6d958be074577803")
    assert len(bytes.fromhex(cifar.SHA256)) == 32


# ------------------------------------------------------------------------------- download and cache


def test_it_is_downloaded_once(server, tmp_path):
    data.load_cifar10(5, 5, 5)
    assert kept(tmp_path) == [cifar.FILE]
    data.load_cifar10(6, 6, 6)
    assert server.requests == 1


def test_progress_is_told_and_can_be_silenced(server, tmp_path, capsys):
    data.load_cifar10(5, 5, 5)
    assert "\rCIFAR-10: 0 of 0 MB\n" in capsys.readouterr().out
    data.load_cifar10(5, 5, 5, cache=tmp_path / "other", progress=False)
    assert capsys.readouterr().out == ""
    assert kept(tmp_path / "other") == [cifar.FILE]


def test_a_megabyte_has_a_line_of_its_own(capsys):
    bar = cifar._Progress(shown=True)
    bar.total = 3_000_000
    for _ in range(60):
        bar.update(50_000)
    assert capsys.readouterr().out.split("\r")[1:] == [f"CIFAR-10: {i} of 3 MB" for i in range(4)]


def test_arguments_go_before_the_environment(server, tmp_path, monkeypatch, content):
    url = server.url
    monkeypatch.setenv("CS231N_CIFAR10_URL", "http://127.0.0.1:9/nothing")
    monkeypatch.setenv("CS231N_CIFAR10_SHA256", "00" * 32)
    mine = tmp_path / "mine"
    parts = data.load_cifar10(5, 5, 5, cache=mine, url=url, sha256=tiny_cifar.sha256(content))
    assert len(parts.y_test) == 5
    assert kept(mine) == [cifar.FILE]


def test_an_archive_put_there_by_hand_needs_no_pooch(server, tmp_path, monkeypatch, content):
    (tmp_path / cifar.FILE).write_bytes(content)
    monkeypatch.setitem(sys.modules, "pooch", None)
    assert len(data.load_cifar10(5, 5, 5).y_train) == 5
    assert server.requests == 0


def test_without_pooch_it_says_what_to_install(server, monkeypatch):
    monkeypatch.setitem(sys.modules, "pooch", None)
    with pytest.raises(ImportError, match="pip install pooch"):
        data.load_cifar10()


def test_the_library_is_imported_without_pooch():
    assert "pooch" not in {name for name in vars(cifar)} | {name for name in vars(data)}


@pytest.mark.parametrize(
    ("platform", "variable", "expected"),
    [
        ("linux", "XDG_CACHE_HOME", "cs231n-course"),
        ("win32", "LOCALAPPDATA", "cs231n-course"),
        ("darwin", "HOME", "Library/Caches/cs231n-course"),
    ],
)
def test_the_cache_is_where_the_system_keeps_such_things(
    tmp_path, monkeypatch, platform, variable, expected
):
    monkeypatch.delenv("CS231N_DATA", raising=False)
    monkeypatch.setattr(sys, "platform", platform)
    monkeypatch.setenv(variable, str(tmp_path))
    assert cifar._cache_folder(None) == tmp_path / expected


# ------------------------------------------------------------------------------ what can go wrong


def test_a_download_that_breaks_off_leaves_nothing_and_starts_afresh(server, tmp_path):
    server.breaks_off = True
    with pytest.raises(ConnectionError, match=r"broke off after 0\.\d MB.*call load_cifar10 again"):
        data.load_cifar10()
    assert kept(tmp_path) == []
    server.breaks_off = False
    assert len(data.load_cifar10(5, 5, 5).y_train) == 5


def test_a_file_that_was_damaged_in_the_cache_is_fetched_again(server, tmp_path, content):
    (tmp_path / cifar.FILE).write_bytes(content[:1000])
    assert len(data.load_cifar10(5, 5, 5).y_train) == 5
    assert (tmp_path / cifar.FILE).read_bytes() == content


def test_something_else_at_the_address_is_refused(server, tmp_path, content):
    server.content = content[:-1] + b"?"
    with pytest.raises(ValueError, match=f"sha256 must be {tiny_cifar.sha256(content)}"):
        data.load_cifar10()
    assert kept(tmp_path) == []


def test_no_network(server, tmp_path):
    with pytest.raises(ConnectionError, match=r"is there a network.* put here by hand") as caught:
        data.load_cifar10(url="http://127.0.0.1:9/archive")
    assert str(tmp_path / cifar.FILE) in str(caught.value)


def test_a_server_that_does_not_have_it(server):
    server.status = 404
    with pytest.raises(ConnectionError, match="refuses: 404"):
        data.load_cifar10()


def test_a_full_disk(server, tmp_path, monkeypatch):
    opened = builtins.open

    class Full:
        def __init__(self, file):
            self.file = file

        def write(self, chunk):
            raise OSError(errno.ENOSPC, "No space left on device")

        def __enter__(self):
            return self

        def __exit__(self, *error):
            self.file.close()

    def full(path, mode="r", *args, **kwargs):
        file = opened(path, mode, *args, **kwargs)
        return Full(file) if mode == "wb" and str(tmp_path) in str(path) else file

    monkeypatch.setattr(builtins, "open", full)
    with pytest.raises(OSError, match=r"no space left for CIFAR-10 \(170 MB\) in") as caught:
        data.load_cifar10()
    assert caught.value.errno == errno.ENOSPC
    assert kept(tmp_path) == []


@pytest.mark.parametrize("share", [0.02, 0.5, 0.99])
def test_a_truncated_archive(server, monkeypatch, content, share):
    serve(server, monkeypatch, content[: int(share * len(content))])
    with pytest.raises(ValueError, match="is not CIFAR-10's archive of Python batches"):
        data.load_cifar10()


@pytest.mark.parametrize("other", [b"<html>sign in first</html>", b""])
def test_no_archive_at_all(server, monkeypatch, other):
    serve(server, monkeypatch, other)
    with pytest.raises(ValueError, match="it is damaged or cut off"):
        data.load_cifar10()


def test_a_batch_that_is_missing(server, monkeypatch):
    serve_with(server, monkeypatch, data_batch_4=None)
    with pytest.raises(ValueError, match="it lacks data_batch_4"):
        data.load_cifar10()


def test_a_pickle_is_never_allowed_to_run_anything(server, monkeypatch, tmp_path):
    ran = tmp_path / "ran"
    serve_with(server, monkeypatch, data_batch_3=tiny_cifar.evil(str(ran)))
    with pytest.raises(ValueError, match=r"data_batch_3 is not a batch.*wants to use \w+\.open"):
        data.load_cifar10()
    assert not ran.exists()


def batch(data, labels=None):
    return tiny_cifar.batch("x", data, [1] * 3 if labels is None else labels)


PICTURES = np.zeros((3, 3072), np.uint8)


@pytest.mark.parametrize(
    ("made", "message"),
    [
        (batch(np.zeros((3, 1024), np.uint8)), r"must be uint8 \(N, 3072\), got uint8 \(3, 1024\)"),
        (batch([1, 2, 3]), r"must be uint8 \(N, 3072\), got list"),
        (batch(PICTURES, [1, 2]), "3 labels from 0 to 9"),
        (batch(PICTURES, [1, 2, 10]), "3 labels from 0 to 9"),
        (batch(PICTURES, b"abc"), "3 labels from 0 to 9"),
        (b"\x80\x02](K\x01e.", r"must be uint8 \(N, 3072\), got NoneType"),
        (batch(PICTURES).replace(b"U\x02u1", b"U\x02O8"), "it holds an array of b'O8'"),
        (batch(PICTURES).replace(b"ndarray\nK\x00", b"ndarray\nK\x07"), "it holds an odd array"),
        (b"no pickle", "is not a batch of CIFAR-10"),
    ],
)
def test_a_batch_of_another_form(server, monkeypatch, made, message):
    serve_with(server, monkeypatch, data_batch_2=made)
    with pytest.raises(ValueError, match=message):
        data.load_cifar10(5, 5, 2)


@pytest.mark.parametrize(
    ("asked", "message"),
    [
        ((1400, 101, 5), r"train \+ val must be at most 1500.*got 1400 \+ 101"),
        ((5, 5, 121), "test must be at most 120.*got 121"),
        ((0, 5, 5), "train must be at least 1 or None, got 0"),
        ((5, -1, 5), "val must be at least 1 or None, got -1"),
    ],
)
def test_more_pictures_than_there_are(server, asked, message):
    with pytest.raises(ValueError, match=message):
        data.load_cifar10(*asked)


def test_a_pickle_of_numpy_s_own_is_read_by_the_same_opcodes():
    """The tiny archive's handwritten opcodes are a pickle that Python itself understands."""
    import pickle

    X, y = tiny_cifar.images(0, 3)
    held = pickle.loads(tiny_cifar.batch("name", X, y), encoding="latin1")
    np.testing.assert_array_equal(held["data"], X)
    assert held["labels"] == y
