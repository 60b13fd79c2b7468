"""Connections to the gradebook's database, and what its errors ask of a person.

The tables are nbgrader's own (``nbgrader.api``); a database is made by releasing a notebook, never
here. SQLite keeps the rollback journal that nbgrader gives it, and no write-ahead log: one file
that can be copied, on network folders too, and the formgrader reads while we write (a writer shuts
readers out for the milliseconds of its commit alone, and they wait for that).
"""

from __future__ import annotations

import errno
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy import Engine, create_engine, event, make_url
from sqlalchemy.exc import ArgumentError, NoSuchModuleError, SQLAlchemyError
from sqlalchemy.orm import Session
from sqlalchemy.pool import NullPool

from ..course import Course
from ..errors import AutograderError

__all__ = ["Failure", "connect", "explained", "reading", "shown"]

PATIENCE = 30.0
"""Seconds to wait for a database that another program has locked.

For other ones: ``?timeout=60`` at the end of an SQLite gradebook's URL, which nbgrader keeps to as
well; ``?options=-c lock_timeout=60000`` at the end of PostgreSQL's.
"""

_PATIENTLY = f"SET LOCAL lock_timeout = {round(PATIENCE * 1000)}"

Failure = (SQLAlchemyError, OSError)
"""What goes wrong with a database or a file: :func:`explained` has words for it."""


def connect(course: Course, write: bool = False) -> Engine:
    """An engine for the course's gradebook; nothing is opened before it is used.

    With `write`, a transaction of SQLite takes its lock at the beginning: what it read cannot
    change before it writes.
    """
    url = make_url(course.db_url)
    if url.get_backend_name() == "sqlite":
        patience = float(str(url.query.get("timeout", PATIENCE)))
        return _sqlite(Path(url.database or ""), write, patience)
    try:
        engine = create_engine(url, pool_pre_ping=True)
    except (ImportError, NoSuchModuleError) as error:
        raise AutograderError(
            f"the gradebook {shown(course.db_url)} needs a driver that is not installed ({error}); "
            "for PostgreSQL: pip install -e '.[postgres]'"
        ) from None
    except ArgumentError as error:
        raise AutograderError(f"CourseDirectory.db_url in {course.root}: {error}") from None
    if url.get_backend_name() == "postgresql" and "options" not in url.query:
        event.listen(engine, "begin", lambda connection: connection.exec_driver_sql(_PATIENTLY))
    return engine


def _sqlite(path: Path, write: bool, patience: float) -> Engine:
    # mode=rw: a gradebook that is not there is an error, and not a new and empty one.
    uri = f"{path.absolute().as_uri()}?mode=rw"

    def open_file() -> sqlite3.Connection:
        # isolation_level None: BEGIN is ours to say, and not Python's, before the first change.
        return sqlite3.connect(uri, uri=True, timeout=patience, isolation_level=None)

    # Opened for each transaction, in some tenths of a millisecond: a file that was removed or
    # replaced meanwhile would be written to for nothing.
    engine = create_engine("sqlite://", creator=open_file, poolclass=NullPool)
    begin = "BEGIN IMMEDIATE" if write else "BEGIN"
    event.listen(engine, "begin", lambda connection: connection.exec_driver_sql(begin))
    return engine


@contextmanager
def reading(course: Course) -> Iterator[Session]:
    """A session that sees the gradebook at one moment, and writes nothing."""
    engine = connect(course)
    try:
        with Session(engine) as session:
            yield session
    except Failure as error:
        raise AutograderError(explained(error, course.db_url)) from error
    finally:
        engine.dispose()


def shown(url: str) -> str:
    """A database's address for a person: a file's path, or the URL without its password.

    >>> shown("postgresql://teacher:secret@localhost/marks")
    'postgresql://teacher:***@localhost/marks'
    """
    address = make_url(url)
    if address.get_backend_name() == "sqlite":
        return address.database or url
    return address.render_as_string(hide_password=True)


def explained(error: Exception, url: str) -> str:
    """What happened, where, and what to do: one sentence for a person.

    >>> explained(OSError(28, "No space left on device", "/c/autograded/.x.new"), "sqlite:///g.db")
    '/c/autograded/.x.new: No space left on device; free some space'
    """
    if isinstance(error, OSError):
        where = error.filename2 or error.filename or shown(url)
        advice = _FILES.get(error.errno or 0, "look at that disk")
        return f"{where}: {error.strerror or error}; {advice}"
    original = getattr(error, "orig", None) or error
    name = getattr(original, "sqlite_errorname", type(original).__name__)
    said = (str(original).splitlines() or [name])[0][:300]  # PostgreSQL adds the statement
    for start, advice in _DATABASES.items():
        if name.startswith(start):
            return f"{shown(url)}: {said}; {advice}"
    return f"{shown(url)}: {said}"


_RIGHTS = "give yourself the right to write it, and the folder it is in"
_SPACE = "free some space"
_WAIT = "another program kept it locked: end that one (an nbgrader, a copy of the file)"
_SCHEMA = (
    "this is no gradebook of this version of nbgrader: make a copy of it, then `nbgrader db "
    "upgrade`; if it is new and empty, release the notebook again"
)

_FILES = {
    errno.ENOSPC: _SPACE,
    errno.EDQUOT: _SPACE,
    errno.EFBIG: "it may not be as large: raise the limit (ulimit -f)",
    errno.EACCES: _RIGHTS,
    errno.EPERM: _RIGHTS,
    errno.EROFS: "it is on a disk that cannot be written",
}
_DATABASES = {
    # SQLite's names: https://www.sqlite.org/rescode.html
    "SQLITE_BUSY": _WAIT,
    "SQLITE_LOCKED": _WAIT,
    "SQLITE_FULL": _SPACE,
    "SQLITE_READONLY": _RIGHTS,
    "SQLITE_PERM": _RIGHTS,
    "SQLITE_CANTOPEN": (
        "it is missing or cannot be opened: bring it back from a backup, or release the notebook "
        "again for a new one (marks given by hand are in the old one alone)"
    ),
    "SQLITE_NOTADB": "it is damaged: bring it back from a backup",
    "SQLITE_CORRUPT": "it is damaged: bring it back from a backup",
    "SQLITE_IOERR": "look at that disk",
    "SQLITE_ERROR": _SCHEMA,
    # PostgreSQL's, as psycopg names them: https://www.postgresql.org/docs/current/errcodes-appendix.html
    "LockNotAvailable": _WAIT,
    "DiskFull": _SPACE,
    "InsufficientPrivilege": "this user may not write there: ask who runs the server",
    "ReadOnlySqlTransaction": "it is read-only: ask who runs the server",
    "UndefinedTable": _SCHEMA,
    "UndefinedColumn": _SCHEMA,
    "OperationalError": "the server does not answer: see that it runs, and its address is right",
    "AdminShutdown": "the server was stopped: start it",
}
