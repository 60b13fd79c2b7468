"""Connections to the gradebook's database, and explanations of its errors.

The tables are nbgrader's (``nbgrader.api``); releasing a notebook makes the database, nothing here
does. SQLite keeps nbgrader's rollback journal and gets no write-ahead log: so the gradebook is one
file that can be copied, also on network folders, and the formgrader can read while we write (a
commit locks readers out for milliseconds, and they wait).
"""

from __future__ import annotations

import errno
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from nbgrader import api
from sqlalchemy import Engine, create_engine, event, inspect, make_url
from sqlalchemy.exc import ArgumentError, NoSuchModuleError, SQLAlchemyError
from sqlalchemy.orm import Session
from sqlalchemy.pool import NullPool

from ..course import LOCK_SECONDS, LOCKED, Course
from ..errors import AutograderError

__all__ = [
    "FAILURES",
    "add_indexes",
    "connect",
    "explain",
    "printable_url",
    "reading",
    "require_schema",
]

_SET_LOCK_TIMEOUT = f"SET LOCAL lock_timeout = {round(LOCK_SECONDS * 1000)}"

_JOINED_BY = (
    ("submitted_notebook", "assignment_id"),
    ("submitted_assignment", "student_id"),
    ("grade", "notebook_id"),
    ("comment", "notebook_id"),
    ("base_cell", "notebook_id"),
)
"""The columns that nbgrader joins by and does not index (what is unique is indexed)."""

FAILURES = (SQLAlchemyError, OSError)
"""The errors of a database or a file that :func:`explain` explains."""


def connect(course: Course, write: bool = False) -> Engine:
    """An engine for the course's gradebook; it opens nothing before it is used.

    With `write`, an SQLite transaction takes its lock when it begins: what it has read cannot
    change before it writes.
    """
    url = make_url(course.db_url)
    if url.get_backend_name() == "sqlite":
        lock_seconds = float(str(url.query.get("timeout", LOCK_SECONDS)))
        return _sqlite(Path(url.database or ""), write, lock_seconds)
    try:
        engine = create_engine(url, pool_pre_ping=True)
    except (ImportError, NoSuchModuleError) as error:
        raise AutograderError(
            f"the gradebook {printable_url(course.db_url)} needs a driver that is not installed "
            f"({error}); for PostgreSQL: pip install -e '.[postgres]'"
        ) from None
    except ArgumentError as error:
        raise AutograderError(f"CourseDirectory.db_url in {course.root}: {error}") from None
    if url.get_backend_name() == "postgresql" and "options" not in url.query:
        event.listen(
            engine, "begin", lambda connection: connection.exec_driver_sql(_SET_LOCK_TIMEOUT)
        )
    return engine


def _sqlite(path: Path, write: bool, lock_seconds: float) -> Engine:
    # mode=rw: a missing gradebook is an error, instead of a new and empty one.
    uri = f"{path.absolute().as_uri()}?mode=rw"

    def open_file() -> sqlite3.Connection:
        # isolation_level None: we send BEGIN; Python would send it before the first change only.
        return sqlite3.connect(uri, uri=True, timeout=lock_seconds, isolation_level=None)

    # Opened anew for each transaction (under a millisecond): through an open connection we might
    # write to a file that was removed or replaced meanwhile.
    engine = create_engine("sqlite://", creator=open_file, poolclass=NullPool)
    begin = "BEGIN IMMEDIATE" if write else "BEGIN"
    event.listen(engine, "begin", lambda connection: connection.exec_driver_sql(begin))
    return engine


@contextmanager
def reading(course: Course) -> Iterator[Session]:
    """A session that reads a consistent state of the gradebook, and writes nothing."""
    engine = connect(course)
    try:
        with Session(engine) as session:
            yield session
    except FAILURES as error:
        raise AutograderError(explain(error, course.db_url)) from error
    finally:
        engine.dispose()


def require_schema(course: Course) -> None:
    """Require that this version of nbgrader made the gradebook, or that there is none.

    Of SQLite files only, where asking costs nothing. Other trouble is left to who uses it.
    """
    url = make_url(course.db_url)
    if url.get_backend_name() != "sqlite" or not Path(url.database or "").is_file():
        return
    engine = connect(course)
    try:
        database = inspect(engine)
        tables = set(database.get_table_names())
        missing = [
            f"{table.name}.{column.name}"
            for table in api.Base.metadata.sorted_tables
            for columns in [
                {row["name"] for row in database.get_columns(table.name)}
                if table.name in tables
                else set()
            ]
            for column in table.columns
            if column.name not in columns
        ]
    except FAILURES:
        return
    finally:
        engine.dispose()
    if tables and missing:
        raise AutograderError(f"{url.database}: has no {missing[0]}; {_SCHEMA}")


def add_indexes(course: Course) -> None:
    """Index the columns that nbgrader joins by, where they are not.

    Without, the formgrader's list of submissions grows with the square of the class: a minute for
    1,000 students with answers to mark, and a second with. Nothing else changes, and nbgrader
    (``nbgrader db upgrade``, too) goes on as before. A gradebook that cannot be written now stays
    as it is.
    """
    engine = connect(course)
    try:
        database = inspect(engine)
        missing = [
            (table, column)
            for table, column in _JOINED_BY
            if [column] not in [index["column_names"][:1] for index in database.get_indexes(table)]
        ]
    except FAILURES:
        return
    finally:
        engine.dispose()
    if not missing:
        return
    engine = connect(course, write=True)
    with suppress(*FAILURES), engine.begin() as connection:
        for table, column in missing:
            name = f"ix_{table}_{column}"
            connection.exec_driver_sql(
                f'CREATE INDEX IF NOT EXISTS "{name}" ON "{table}" ("{column}")'
            )
    engine.dispose()


def printable_url(url: str) -> str:
    """A database's address for messages: a file's path, or the URL without its password.

    >>> printable_url("postgresql://teacher:secret@localhost/marks")
    'postgresql://teacher:***@localhost/marks'
    """
    address = make_url(url)
    if address.get_backend_name() == "sqlite":
        return address.database or url
    return address.render_as_string(hide_password=True)


def explain(error: Exception, url: str) -> str:
    """What happened, where, and what to do, in one sentence.

    >>> explain(OSError(28, "No space left on device", "/c/autograded/.x.new"), "sqlite:///g.db")
    '/c/autograded/.x.new: No space left on device; free some space'
    """
    if isinstance(error, OSError):
        file = error.filename2 or error.filename or printable_url(url)
        advice = _FILE_ADVICE.get(error.errno or 0, "look at that disk")
        return f"{file}: {error.strerror or error}; {advice}"
    original = getattr(error, "orig", None) or error
    name = getattr(original, "sqlite_errorname", type(original).__name__)
    message = (str(original).splitlines() or [name])[0][:300]  # PostgreSQL adds the statement
    for start, advice in _DATABASE_ADVICE.items():
        if name.startswith(start):
            return f"{printable_url(url)}: {message}; {advice}"
    return f"{printable_url(url)}: {message}"


_RIGHTS = "give yourself the right to write it, and the folder it is in"
_SPACE = "free some space"
_SCHEMA = (
    "this is no gradebook of this version of nbgrader: make a copy of it, then, in the course "
    "directory, `nbgrader db upgrade`; if it is new and empty, release the notebook again"
)

_FILE_ADVICE = {
    errno.ENOSPC: _SPACE,
    errno.EDQUOT: _SPACE,
    errno.EFBIG: "it is larger than files may be here: raise the limit (ulimit -f)",
    errno.EACCES: _RIGHTS,
    errno.EPERM: _RIGHTS,
    errno.EROFS: "it is on a disk that cannot be written",
}
_DATABASE_ADVICE = {
    # SQLite's names: https://www.sqlite.org/rescode.html
    "SQLITE_BUSY": LOCKED,
    "SQLITE_LOCKED": LOCKED,
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
    "LockNotAvailable": LOCKED,
    "DiskFull": _SPACE,
    "InsufficientPrivilege": "this user may not write there: ask who runs the server",
    "ReadOnlySqlTransaction": "it is read-only: ask who runs the server",
    "UndefinedTable": _SCHEMA,
    "UndefinedColumn": _SCHEMA,
    "OperationalError": "the server does not answer: see that it runs, and its address is right",
    "AdminShutdown": "the server was stopped: start it",
}
