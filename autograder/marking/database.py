"""The file ``marking.db`` of a course: its tables, its transactions, what is said if they fail."""

from __future__ import annotations

import os
import sqlite3
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime
from pathlib import Path

from ..course import Course
from ..errors import AutograderError
from ..grading.database import explain

try:
    import fcntl
except ImportError:  # Windows
    fcntl = None  # type: ignore[assignment]

__all__ = ["STORE", "Database"]

STORE = "marking.db"
LOCK_SECONDS = 30.0
"""Seconds to wait for another program that writes the file."""
_VERSION = 1
_TABLES = """
CREATE TABLE items (assignment TEXT, notebook TEXT, cell TEXT, id TEXT, place INTEGER,
    points REAL, text TEXT, deleted INTEGER DEFAULT 0,
    PRIMARY KEY (assignment, notebook, cell, id));
CREATE TABLE saves (id INTEGER PRIMARY KEY AUTOINCREMENT, assignment TEXT, notebook TEXT,
    cell TEXT, grader TEXT, at TEXT, kind TEXT, state TEXT, items TEXT);
CREATE INDEX saves_of_question ON saves (assignment, notebook, cell);
CREATE TABLE marks (save INTEGER REFERENCES saves, student TEXT, items TEXT, points REAL,
    typed INTEGER, comment TEXT, grader TEXT, at TEXT, digest TEXT, before TEXT,
    PRIMARY KEY (save, student)) WITHOUT ROWID;
CREATE TABLE claims (assignment TEXT, notebook TEXT, cell TEXT, student TEXT, grader TEXT,
    until REAL, PRIMARY KEY (assignment, notebook, cell, student)) WITHOUT ROWID;
CREATE TABLE readings (first INTEGER REFERENCES saves, student TEXT, items TEXT, points REAL,
    typed INTEGER, grader TEXT, at TEXT, PRIMARY KEY (first, student)) WITHOUT ROWID;
CREATE TABLE requests (assignment TEXT, notebook TEXT, cell TEXT, student TEXT, reason TEXT,
    at TEXT, after INTEGER, PRIMARY KEY (assignment, notebook, cell, student, reason));
"""


class Database:
    """The file of a course, made when it is first written.

    clock : seconds since 1970.
    """

    def __init__(self, course: Course, clock: Callable[[], float] = time.time) -> None:
        self.course, self.clock = course, clock
        self.path = course.root / STORE

    def now(self) -> str:
        return datetime.fromtimestamp(self.clock(), UTC).isoformat(timespec="milliseconds")

    @contextmanager
    def reading(self) -> Iterator[sqlite3.Connection]:
        """A consistent state; an empty one where there is no file yet."""
        with self._explained(), closing(self._open_or_empty()) as database:
            database.execute("BEGIN")
            yield database
            database.execute("ROLLBACK")

    @contextmanager
    def writing(self) -> Iterator[sqlite3.Connection]:
        """A transaction: written to the disk at the end of the block, unless that raises."""
        with self._explained(), closing(self._open(make=True)) as database:
            database.execute("PRAGMA synchronous = FULL")
            database.execute("BEGIN IMMEDIATE")
            if not _version(database):
                _make_tables(database)
            yield database
            database.execute("COMMIT")

    @contextmanager
    def alone(self) -> Iterator[None]:
        """Wait until nobody else is between two transactions, and keep others waiting.

        Ends with the process, however that ends. A folder that cannot be locked is not.
        """
        if not fcntl:
            yield
            return
        handle, end = os.open(self.course.root, os.O_RDONLY), time.monotonic() + LOCK_SECONDS
        try:
            while not _locked(handle):
                if time.monotonic() > end:
                    raise AutograderError(
                        f"another grader has been saving for {LOCK_SECONDS:g} seconds: end that "
                        "program, then save again"
                    )
                time.sleep(0.005)
            yield
        finally:
            os.close(handle)

    def _open_or_empty(self) -> sqlite3.Connection:
        if self.path.exists():
            database = self._open()
            try:
                if _version(database):
                    return database
            except BaseException:
                database.close()
                raise
            database.close()
        database = sqlite3.connect(":memory:", isolation_level=None)
        _make_tables(database)
        return database

    def _open(self, make: bool = False) -> sqlite3.Connection:
        if make and not self.path.exists():
            os.close(os.open(self.path, os.O_WRONLY | os.O_CREAT, 0o600))
            if self.course.config().CourseDirectory.get("groupshared", False):
                self.path.chmod(0o660)  # SQLite gives its journal the same rights
        uri = f"{self.path.absolute().as_uri()}?mode=rw"
        return sqlite3.connect(uri, uri=True, timeout=LOCK_SECONDS, isolation_level=None)

    @contextmanager
    def _explained(self) -> Iterator[None]:
        try:
            yield
        except (sqlite3.Error, OSError) as error:
            raise AutograderError(_explain(error, self.path)) from error


def _locked(handle: int) -> bool:
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    except OSError:
        pass  # a file system without locks
    return True


def _version(database: sqlite3.Connection) -> int:
    version = int(database.execute("PRAGMA user_version").fetchone()[0])
    if version > _VERSION:
        raise AutograderError(
            f"{STORE} was made by a newer version of this program ({version}; this one knows "
            f"{_VERSION}): mark with that one"
        )
    return version


def _make_tables(database: sqlite3.Connection) -> None:
    for statement in _TABLES.split(";")[:-1]:  # executescript would end the transaction
        database.execute(statement)
    database.execute(f"PRAGMA user_version = {_VERSION}")


def _explain(error: Exception, path: Path) -> str:
    name = getattr(error, "sqlite_errorname", "")
    if isinstance(error, sqlite3.Error) and name.startswith(("SQLITE_NOTADB", "SQLITE_CORRUPT")):
        return (
            f"{path} is damaged ({error}). Points and comments are safe in the gradebook; which "
            f"items of the rubric were given is in this file alone: bring it back from a backup, "
            f"or move it away to begin a new one"
        )
    if name.startswith("SQLITE_CANTOPEN"):
        return f"{path}: {error}; give yourself the right to write it, and the folder it is in"
    return explain(error, f"sqlite:///{path}")
