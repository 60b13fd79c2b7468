"""The files of a downloaded zip or folder, none of which is trusted.

Nothing is unpacked: files are listed, and read into memory one at a time, so a name in an archive
is never a path on this machine. Links are refused, and number and size are limited. Reading a bad
file (encrypted, damaged, too large) raises an error, which costs only its own submission.
"""

from __future__ import annotations

import gzip
import io
import lzma
import os
import re
import stat
import struct
import tarfile
import zipfile
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath

from ..errors import AutograderError
from ..grading.hand_in import read_notebook_file, read_plain
from ..grading.notebook_file import (
    FILE_LIMIT,
    SIZE_LIMIT,
    TooLong,
    copy_without_outputs,
)

__all__ = ["Contents", "File", "Unreadable", "open_download", "student_tar", "student_zip"]

MAX_FILES = 100_000
"""In a download: 3,000 students with ten files each are 30,000."""
MAX_FILES_OF_STUDENT = 2_000
"""In a zip that one student handed in."""
MAX_BYTES = 8 << 30
"""Read from one download in total."""


_FAILURES = (
    zipfile.BadZipFile,  # its checksum
    zlib.error,
    lzma.LZMAError,
    EOFError,
    OSError,
    ValueError,
    RuntimeError,  # NotImplementedError among them
    struct.error,
)
"""What zipfile raises for bytes that are no zip, or a malformed one."""


class Unreadable(Exception):
    """Why a file cannot be used, as a phrase to follow its name."""


@dataclass(frozen=True)
class File:
    """A file of a download.

    read : its bytes, at most ``SIZE_LIMIT``, a larger notebook's without its saved outputs; raises
    Unreadable.
    """

    path: PurePosixPath
    read: Callable[[], bytes] = field(repr=False, compare=False)

    @property
    def name(self) -> str:
        return self.path.name


@dataclass(frozen=True)
class Contents:
    """What a download holds. refused : files that are not used, each with its reason."""

    files: list[File]
    refused: list[str]


@contextmanager
def open_download(
    path: Path, include: Callable[[PurePosixPath], bool] = lambda path: True
) -> Iterator[Contents]:
    """The files of the zip or folder at `path`, readable in the ``with`` block.

    include : which folders and files of a folder to use.

    Raises AutograderError if nothing can be read at all.
    """
    if path.is_dir():
        yield _folder(path, include)
    elif not path.exists():
        raise AutograderError(f"there is no {path}: give a folder, or a zip as the LMS made it")
    else:
        try:
            archive = zipfile.ZipFile(path)
        except PermissionError as error:
            raise AutograderError(f"{path}: {error.strerror}") from None
        except _FAILURES as error:
            raise AutograderError(
                f"{path} must be a folder or a zip, but is not a whole zip ({error}): "
                "download it again"
            ) from None
        with archive:
            yield _contents(archive, MAX_FILES, _Budget(MAX_BYTES))


def student_zip(data: bytes) -> Contents:
    """The files of a zip that a student handed in; raises :class:`Unreadable`."""
    try:
        archive = zipfile.ZipFile(io.BytesIO(data))
        return _contents(archive, MAX_FILES_OF_STUDENT, _Budget(4 * SIZE_LIMIT))
    except AutograderError as error:
        raise Unreadable(str(error)) from None
    except _FAILURES:
        raise Unreadable("is a damaged zip") from None


def student_tar(data: bytes) -> Contents:
    """The files of a tar, perhaps compressed by gzip, that a student handed in."""
    files, refused = [], []
    try:
        if data.startswith(b"\x1f\x8b"):
            data = gzip.GzipFile(fileobj=io.BytesIO(data)).read(4 * SIZE_LIMIT + 1)
        if len(data) > 4 * SIZE_LIMIT:
            raise Unreadable("holds too much")
        archive = tarfile.TarFile(fileobj=io.BytesIO(data))
        for count, entry in enumerate(archive, start=1):
            path = PurePosixPath(entry.name)
            if count > MAX_FILES_OF_STUDENT:
                raise Unreadable(f"must hold at most {MAX_FILES_OF_STUDENT} files")
            if entry.isfile() and not _is_junk(path):
                files.append(File(path, _tar_reader(archive, entry)))
            elif not entry.isdir():
                refused.append(f"{path}: {_LINK if entry.issym() else 'no plain file'}")
    except (*_FAILURES, tarfile.TarError, OverflowError):
        raise Unreadable("is a damaged tar") from None
    return Contents(files, refused)


def _tar_reader(archive: tarfile.TarFile, entry: tarfile.TarInfo) -> Callable[[], bytes]:
    def read() -> bytes:
        try:
            file = archive.extractfile(entry)
            data = file.read(SIZE_LIMIT + 1) if file else b""
        except (*_FAILURES, tarfile.TarError, OverflowError):
            raise Unreadable("is damaged") from None
        if len(data) > SIZE_LIMIT:
            raise Unreadable(f"is too large (over {SIZE_LIMIT >> 20} MB)")
        return data

    return read


class _Budget:
    """Bytes that may still be read."""

    def __init__(self, left: int) -> None:
        self.left = left

    def spend(self, count: int) -> None:
        self.left -= count
        if self.left < 0:
            raise Unreadable("was not read: the archive holds too much in all")


def _contents(archive: zipfile.ZipFile, most: int, budget: _Budget) -> Contents:
    # Some Windows tools end the names of folders with a backslash.
    entries = [x for x in archive.infolist() if not x.filename.endswith(("/", "\\"))]
    if len(entries) > most:
        raise AutograderError(f"an archive must hold at most {most} files, got {len(entries)}")
    files, refused = [], []
    for entry in entries:
        path = PurePosixPath(entry.filename.replace("\\", "/"))
        if _is_junk(path):
            continue
        mode = stat.S_IFMT(entry.external_attr >> 16)
        if mode not in (0, stat.S_IFREG):
            refused.append(f"{path}: {_LINK if mode == stat.S_IFLNK else 'no plain file'}")
        elif _is_outside(path):
            refused.append(f"{path}: a path that leaves the archive")
        else:
            files.append(File(path, _reader(archive, entry, budget)))
    return Contents(files, refused)


_LINK = "a link; links are not followed"


def _is_outside(path: PurePosixPath) -> bool:
    return path.is_absolute() or ".." in path.parts or bool(re.match(r"[A-Za-z]:", str(path)))


def _is_junk(path: PurePosixPath) -> bool:
    """Whether macOS, Windows or Jupyter made the file by itself."""
    junk = {"__MACOSX", ".DS_Store", "Thumbs.db", "desktop.ini", ".ipynb_checkpoints"}
    return bool(junk & set(path.parts)) or path.name.startswith("._")


def _reader(
    archive: zipfile.ZipFile, entry: zipfile.ZipInfo, budget: _Budget
) -> Callable[[], bytes]:
    def read() -> bytes:
        if entry.flag_bits & 1:
            raise Unreadable("is encrypted")
        is_notebook, size = entry.filename.endswith(".ipynb"), entry.file_size
        if size > (FILE_LIMIT if is_notebook else SIZE_LIMIT):
            raise Unreadable(f"is too large ({size >> 20} MB)")
        try:
            with archive.open(entry) as file:
                if size > SIZE_LIMIT:
                    budget.spend(size)
                    return copy_without_outputs(file)
                # The archive may give a wrong size.
                data = file.read(SIZE_LIMIT + 1)
        except TooLong as error:
            raise Unreadable(f"is too large: {error}") from None
        except _FAILURES as error:
            if isinstance(error, NotImplementedError):
                raise Unreadable("is packed in a way that cannot be read") from None
            raise Unreadable("is damaged") from None
        budget.spend(len(data))
        if len(data) > SIZE_LIMIT:
            raise Unreadable(f"is too large (over {SIZE_LIMIT >> 20} MB)")
        return data

    return read


def _folder(root: Path, include: Callable[[PurePosixPath], bool]) -> Contents:
    files: list[File] = []
    refused: list[str] = []
    for folder, subfolders, names in os.walk(root):
        inside = PurePosixPath(Path(folder).relative_to(root).as_posix())
        subfolders[:] = sorted(name for name in subfolders if include(inside / name))
        links = [name for name in subfolders if (Path(folder) / name).is_symlink()]
        for name in sorted(names) + links:
            full, path = Path(folder) / name, inside / name
            if _is_junk(path) or not include(path):
                continue
            if full.is_symlink():
                refused.append(f"{path}: {_LINK}")
            elif not full.is_file():
                refused.append(f"{path}: no plain file")
            else:
                files.append(File(path, _reader_of(full)))
                if len(files) > MAX_FILES:
                    raise AutograderError(f"{root} must hold at most {MAX_FILES} files, got more")
    return Contents(files, refused)


def _reader_of(path: Path) -> Callable[[], bytes]:
    def read() -> bytes:
        try:
            data, size = (read_notebook_file if path.suffix == ".ipynb" else read_plain)(path)
        except TooLong as error:
            raise Unreadable(f"is too large: {error}") from None
        except OSError as error:
            raise Unreadable(f"cannot be read: {error.strerror}") from None
        if size > SIZE_LIMIT and not data:
            raise Unreadable(f"is too large ({size >> 20} MB)")
        return data

    return read
