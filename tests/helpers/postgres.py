"""A real PostgreSQL server (Debian's), started for tests marked `postgres`."""

from __future__ import annotations

import getpass
import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from sqlalchemy import create_engine, text

PROGRAMS = sorted(Path("/usr/lib/postgresql").glob("*/bin"))


class Server:
    """A server in a temporary folder, on a Unix socket alone, as a user who is not root."""

    def __init__(self, folder: Path) -> None:
        self.user = "postgres" if os.geteuid() == 0 else getpass.getuser()
        self.folder = folder
        if os.geteuid() == 0:
            shutil.chown(folder, self.user)
        data = ["-D", str(folder / "data")]
        self._run("initdb", *data, "-A", "trust", "-U", self.user, "-E", "UTF8", "--locale=C")
        self._data = data

    def start(self) -> None:
        options = f"-c listen_addresses='' -c unix_socket_directories='{self.folder}' -c fsync=off"
        log = str(self.folder / "log")
        self._run("pg_ctl", *self._data, "-w", "-l", log, "-o", options, "start")

    def stop(self) -> None:
        self._run("pg_ctl", *self._data, "-w", "-m", "immediate", "stop")

    def _run(self, program: str, *arguments: str) -> None:
        # Root may not be a server; and it starts in a folder that the other user can enter.
        user = {"user": self.user, "group": self.user} if os.geteuid() == 0 else {}
        command = [str(PROGRAMS[-1] / program), *arguments]
        done = subprocess.run(
            command, cwd=self.folder, capture_output=True, text=True, check=False, **user
        )
        assert done.returncode == 0, done.stdout + done.stderr

    def url(self, database: str) -> str:
        return f"postgresql+psycopg://{self.user}:a-secret@/{database}?host={self.folder}"

    def database(self, name: str) -> str:
        engine = create_engine(self.url("postgres"), isolation_level="AUTOCOMMIT")
        with engine.connect() as connection:
            connection.execute(text(f"CREATE DATABASE {name}"))
        engine.dispose()
        return self.url(name)


@contextmanager
def serving() -> Iterator[Server]:
    """A server that runs; skips where its programs or the driver are missing."""
    if not PROGRAMS:
        pytest.skip("needs PostgreSQL's programs: apt install postgresql")
    pytest.importorskip("psycopg", reason="needs: pip install -e '.[postgres]'")
    with tempfile.TemporaryDirectory(prefix="pg-") as folder:  # a socket's path must be short
        server = Server(Path(folder))
        server.start()
        yield server
        server.stop()
