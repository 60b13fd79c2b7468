"""CIFAR-10: 60,000 real colour photographs of 32x32 pixels in ten classes, downloaded on request.

A. Krizhevsky, "Learning Multiple Layers of Features from Tiny Images" (2009). The archive (170 MB)
is fetched once, from its author's page, and kept. Nothing else in the library needs a network.

Downloading needs the small package ``pooch``; an archive that is in the cache already does not.
"""

import errno
import hashlib
import os
import pickle
import sys
import tarfile
import zlib
from pathlib import Path
from typing import IO, Any, NoReturn

import numpy as np

from cs231n_lib.splits import Digits

__all__ = ["CLASSES", "load_cifar10"]

URL = "https://www.cs.toronto.edu/~kriz/cifar-10-python.tar.gz"
SHA256 = "6d958be074577803d12ecdefd02955f39262c83c16fe9348329d7fe0b5c001ce"
FILE = "cifar-10-python.tar.gz"
PIXELS = 32 * 32 * 3
TRAINING = tuple(f"data_batch_{i}" for i in range(1, 6))

CLASSES = (
    "airplane", "automobile", "bird", "cat", "deer", "dog", "frog", "horse", "ship", "truck",
)  # fmt: skip
"""What the labels 0 to 9 mean."""


def load_cifar10(
    train: int | None = None,
    val: int | None = None,
    test: int | None = None,
    *,
    raw: bool = False,
    cache: str | os.PathLike[str] | None = None,
    url: str | None = None,
    sha256: str | None = None,
    progress: bool = True,
) -> Digits:
    """CIFAR-10 in the six parts that ``load_digits`` has; images (N, 3072), labels 0 to 9.

    ``train``, ``val``, ``test``: how many images. As in the course, the first ``train`` of the
    50,000 training images train, the next ``val`` validate, and the first ``test`` of the 10,000
    test images test. None: for ``val`` one in fifty, for the others all that are left: 49,000,
    1,000 and 10,000. (A thousand images are 25 MB of float64, all of them 1.5 GB.)

    An image is its 1,024 red numbers row by row, then the green and the blue ones:
    ``X[0].reshape(3, 32, 32)``. Pixels are divided by 255, minus the mean image of the TRAINING
    part; with ``raw`` they are as stored, 0 to 255. float64 either way.

    The first call downloads the archive into ``cache``: the argument, or the environment variable
    ``CS231N_DATA``, or the system's own place (on Linux ``~/.cache/cs231n-course``). A broken
    download leaves nothing behind and starts afresh at the next call. The archive's SHA-256 is
    checked at every call. ``url`` and ``sha256`` (or ``CS231N_CIFAR10_URL``,
    ``CS231N_CIFAR10_SHA256``) point to a mirror, or to another archive of this format.

    Raises ``ImportError`` (with what to install), ``ConnectionError`` (no network, or the
    connection broke), ``OSError`` (the disk is full) or ``ValueError`` (what came is not the
    archive, the archive is damaged, or it holds fewer images than were asked for).
    """
    for name, size in (("train", train), ("val", val), ("test", test)):
        if size is not None and size < 1:
            raise ValueError(f"{name} must be at least 1 or None, got {size}")
    url = url or os.environ.get("CS231N_CIFAR10_URL") or URL
    sha256 = (sha256 or os.environ.get("CS231N_CIFAR10_SHA256") or SHA256).lower()
    archive = _cache_folder(cache) / FILE
    if not archive.is_file() or _sha256(archive) != sha256:
        _download(url, sha256, archive, progress)
    needed = None if train is None or val is None else train + val
    batches = _read(archive, {"data_batch": needed, "test_batch": test})
    training = [batches[name] for name in TRAINING]
    parts = _split(training, batches["test_batch"], train, val, test)
    return parts if raw else _centred(parts)


# ------------------------------------------------------------------------------------ the download


def _cache_folder(cache: str | os.PathLike[str] | None) -> Path:
    named = cache or os.environ.get("CS231N_DATA")
    if named:
        return Path(named).expanduser()
    if sys.platform == "win32":
        base = os.environ.get("LOCALAPPDATA") or Path.home() / "AppData" / "Local"
    elif sys.platform == "darwin":
        base = Path.home() / "Library" / "Caches"
    else:
        base = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(base) / "cs231n-course"


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


class _Progress:
    """How much has come, and the line "CIFAR-10: 85 of 170 MB" that says so."""

    def __init__(self, shown: bool) -> None:
        self.total, self.done, self._shown, self._last = 0, 0, shown, ""

    def update(self, size: int) -> None:
        self.done += size
        line = f"\rCIFAR-10: {self.done / 1e6:.0f} of {self.total / 1e6:.0f} MB"
        if self._shown and line != self._last:
            self._last = line
            print(line, end="", flush=True)

    def close(self) -> None:
        if self._last:
            print()


def _download(url: str, sha256: str, archive: Path, progress: bool) -> None:
    """Fetch the archive into its place; it is there whole and right, or an error says why not."""
    try:
        import pooch
        import requests
    except ImportError:
        raise ImportError(
            "downloading CIFAR-10 needs the package pooch: run `pip install pooch`. "
            f"(Or download {url} yourself and put it here: {archive})"
        ) from None
    pooch.get_logger().setLevel("WARNING")  # the progress line says the same
    bar = _Progress(progress)

    def load(url: str, path: str, _: object) -> None:
        with requests.get(url, stream=True, timeout=30) as response, open(path, "wb") as file:
            response.raise_for_status()
            bar.total = int(response.headers.get("Content-Length", 0))
            for chunk in response.iter_content(1 << 16):
                file.write(chunk)
                bar.update(len(chunk))

    again = "Nothing of it was kept; call load_cifar10 again to start afresh."
    try:
        # pooch writes to a temporary file and moves it into place when its hash is right.
        pooch.retrieve(url, f"sha256:{sha256}", archive.name, archive.parent, downloader=load)
    except requests.HTTPError as error:
        raise ConnectionError(f"the server refuses: {error}") from None
    except requests.RequestException as error:
        if bar.done:
            why = f"the download of {url} broke off after {bar.done / 1e6:.1f} MB. {again}"
        else:
            by_hand = f"The archive may also be put here by hand: {archive}"
            why = f"{url} cannot be reached: is there a network? {by_hand} ({_short(error)})"
        raise ConnectionError(why) from None
    except OSError as error:
        if error.errno != errno.ENOSPC:
            raise
        why = f"no space left for CIFAR-10 (170 MB) in {archive.parent}. {again}"
        raise OSError(errno.ENOSPC, why) from None
    except ValueError:
        raise ValueError(
            f"what came from {url} is not the archive: its sha256 must be {sha256}. {again}"
        ) from None
    finally:
        bar.close()


def _short(error: Exception) -> str:
    return f"{type(error).__name__}: {str(error)[:120]}"


# ------------------------------------------------------------------------------ reading the archive


Batch = tuple[np.ndarray, np.ndarray]
"""Images (N, 3072) uint8 and labels (N,) int64."""


class _Unpickler(pickle.Unpickler):
    """Reads dicts, lists, bytes, numbers and uint8 arrays, and refuses everything else.

    A pickle is a program: it may name any function of any module and call it. These are the three
    names that an array of a Python 2 pickle needs.
    """

    def find_class(self, module: str, name: str) -> Any:
        if (module, name) == ("numpy.core.multiarray", "_reconstruct"):
            return _empty
        if (module, name) == ("numpy", "ndarray"):
            return np.ndarray
        if (module, name) == ("numpy", "dtype"):
            return _uint8
        raise pickle.UnpicklingError(f"it wants to use {module}.{name}")


def _empty(kind: Any, shape: Any, code: Any) -> np.ndarray:
    """The empty array whose contents the pickle sets next."""
    if kind is not np.ndarray or shape != (0,):
        raise pickle.UnpicklingError("it holds an odd array")
    return np.empty(0, dtype=np.uint8)


def _uint8(code: Any, *flags: Any) -> np.dtype[Any]:
    if code not in (b"u1", "u1"):
        raise pickle.UnpicklingError(f"it holds an array of {code!r:.40}")
    return np.dtype("u1", copy=True)  # a copy: the pickle sets its state


def _read(archive: Path, wanted: dict[str, int | None]) -> dict[str, Batch]:
    """All batches, each cut to the first rows that are wanted of its kind (None: all)."""
    found: dict[str, Batch] = {}
    try:
        with tarfile.open(archive, "r|gz") as stream:  # one pass, one batch in memory at a time
            for member in stream:
                name = member.name.rpartition("/")[2]
                kind = name if name == "test_batch" else name.rpartition("_")[0]
                if kind in wanted and member.isfile():
                    X, y = _batch(_opened(stream, member), name)
                    rows = wanted[kind]
                    found[name] = X[:rows].copy(), y[:rows].copy()
    except (EOFError, tarfile.TarError, zlib.error, OSError) as error:
        _refuse(archive, f"it is damaged or cut off ({_short(error)})")
    missing = {"test_batch", *TRAINING} - set(found)
    if missing:
        _refuse(archive, f"it lacks {', '.join(sorted(missing))}")
    return found


def _opened(stream: tarfile.TarFile, member: tarfile.TarInfo) -> IO[bytes]:
    file = stream.extractfile(member)
    assert file is not None  # isfile() was asked
    return file


def _refuse(archive: Path, why: str) -> NoReturn:
    raise ValueError(f"{archive} is not CIFAR-10's archive of Python batches: {why}")


def _not_a_batch(name: str, why: str) -> NoReturn:
    raise ValueError(f"{name} is not a batch of CIFAR-10: {why}")


def _batch(file: IO[bytes], name: str) -> Batch:
    """One pickled batch, looked at before it is believed."""
    try:
        held = _Unpickler(file, encoding="bytes").load()
    except (OSError, EOFError, tarfile.TarError, zlib.error):
        raise  # the archive's fault, not the pickle's
    except Exception as error:  # a broken pickle can raise nearly anything
        _not_a_batch(name, _short(error))
    data = held.get(b"data") if isinstance(held, dict) else None
    labels = held.get(b"labels") if isinstance(held, dict) else None
    if not isinstance(data, np.ndarray) or data.shape[1:] != (PIXELS,) or data.dtype != np.uint8:
        what = f"{data.dtype} {data.shape}" if isinstance(data, np.ndarray) else type(data).__name__
        _not_a_batch(name, f"its data must be uint8 (N, {PIXELS}), got {what}")
    if (
        not isinstance(labels, list)
        or len(labels) != len(data)
        or not all(type(label) is int and 0 <= label < 10 for label in labels)
    ):
        _not_a_batch(name, f"it must hold {len(data)} labels from 0 to 9, one for each image")
    return data, np.array(labels, dtype=np.int64)


# --------------------------------------------------------------------------------------- six parts


def _split(
    batches: list[Batch], tested: Batch, train: int | None, val: int | None, test: int | None
) -> Digits:
    """The parts as ``load_cifar10`` promises them, pixels as stored."""
    have, have_test = sum(len(labels) for _, labels in batches), len(tested[1])
    val = have // 50 if val is None else val
    train = have - val if train is None else train
    test = have_test if test is None else test
    if train < 1 or val < 1 or train + val > have:
        raise ValueError(
            f"train + val must be at most {have} (the archive's training images), "
            f"got {train} + {val}"
        )
    if test > have_test:
        raise ValueError(f"test must be at most {have_test} (its test images), got {test}")
    return Digits(
        *_rows(batches, 0, train), *_rows(batches, train, train + val), *_rows([tested], 0, test)
    )


def _rows(batches: list[Batch], start: int, stop: int) -> Batch:
    """Rows start to stop of the batches one after the other, as float64 and int64."""
    X, y = np.empty((stop - start, PIXELS)), np.empty(stop - start, dtype=np.int64)
    first = -start  # where the batch's row 0 would stand in X
    for images, labels in batches:
        low, high = max(first, 0), min(first + len(labels), len(y))
        if low < high:
            X[low:high], y[low:high] = (
                images[low - first : high - first],
                labels[low - first : high - first],
            )
        first += len(labels)
    return X, y


def _centred(parts: Digits) -> Digits:
    """Pixels from 0 to 1, minus the training part's mean image. In place: they are large."""
    for X in (parts.X_train, parts.X_val, parts.X_test):
        X /= 255
    mean = parts.X_train.mean(axis=0)
    for X in (parts.X_train, parts.X_val, parts.X_test):
        X -= mean
    return parts
