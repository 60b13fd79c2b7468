"""A world around an enclosed process, for `test_isolation`: what it may see, and what not."""

from __future__ import annotations

import contextlib
import functools
import json
import os
import select
import shutil
import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from autograder.sandbox import isolation

__all__ = ["LIMITS", "STRANGER", "World", "all_ended", "held_open", "python_for", "traces"]

LIMITS = {
    "RLIMIT_AS": 1 << 30,
    "RLIMIT_FSIZE": 2 << 20,
    "RLIMIT_CPU": 60,
    "RLIMIT_CORE": 0,
    "RLIMIT_NOFILE": 64,
    "RLIMIT_NPROC": 40,
}
STRANGER = 54321  # a user that owns nothing
_AS_STRANGER: dict[str, Any] = {"user": STRANGER, "group": STRANGER, "extra_groups": []}


@functools.cache
def python_for(who: str) -> str | None:
    """A Python that this user may run, new enough; None if there is none."""
    if who == "caller":
        return sys.executable
    for candidate in (sys.executable, "/usr/bin/python3", "/usr/local/bin/python3"):
        check = [candidate, "-I", "-c", "import sys, ctypes; sys.exit(sys.version_info < (3, 11))"]
        with contextlib.suppress(OSError, subprocess.CalledProcessError):
            subprocess.run(check, check=True, capture_output=True, cwd="/", **_AS_STRANGER)
            return candidate
    return None


_LIBRARY = "[autograder.library]\ncourse_lib = course_lib\n"
_RECORD = "course_lib/reference.py,,\n__editable__.course.pth,,\ncourse-1.0.dist-info/RECORD,,\n"


class World:
    """A folder that anybody may read, in which keepers are run by a user ("caller", "stranger").

    The package under test is copied into a checkout that lies among the installed packages: the
    worst place for it.
    """

    def __init__(self, who: str) -> None:
        self.who = who
        self.folder = Path(os.path.realpath(tempfile.mkdtemp()))
        self.site = self.folder / "site-packages"
        checkout = self.site / "checkout"
        self.inner = checkout / ".venv" / "site-packages"
        self.package = checkout / "autograder" / "sandbox"
        for path, text in {
            self.folder / "canary": "canary",
            self.folder / "edition" / "__init__.py": "edition",
            self.site / "ordinary.py": "VALUE = 'ordi'",
            self.site / "course_lib" / "reference.py": "reference",
            self.site / "__editable__.course.pth": "/where/it/is",
            self.site / "course-1.0.dist-info" / "METADATA": "Name: course\nVersion: 1.0\n",
            self.site / "course-1.0.dist-info" / "entry_points.txt": _LIBRARY,
            self.site / "course-1.0.dist-info" / "RECORD": _RECORD,
            self.inner / "inner.py": "VALUE = 'nary'",
            checkout / "pyproject.toml": "",
            checkout / "secret.py": "secret",
        }.items():
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text)
        ours = Path(isolation.__file__).parent
        shutil.copytree(ours, self.package, ignore=shutil.ignore_patterns("__pycache__"))
        for name in ("enclosed.py", "attempts.py", "attempts_on_others.py"):
            shutil.copy(Path(__file__).with_name(name), self.package)
        self._server = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self._server.bind(str(self.folder / "server"))
        for path in (self.folder, *self.folder.rglob("*")):
            path.chmod(0o777 if path.is_dir() else 0o666)
            self._give(path)
        self._scratches = 0

    def _give(self, path: Path) -> None:
        if self.who == "stranger":
            os.chown(path, STRANGER, STRANGER)

    def remove(self) -> None:
        self._server.close()
        shutil.rmtree(self.folder)

    def command(self, level: str, code: str = "", **more: Any) -> dict[str, Any]:
        """What `subprocess` is asked, to run a keeper: for all attempts, or for `code`."""
        self._scratches += 1
        scratch = self.folder / f"scratch{self._scratches}"
        scratch.mkdir(mode=0o700)
        self._give(scratch)
        at = {"folder": self.folder, "scratch": scratch, "edition": self.folder / "edition"}
        settings = {
            "package": str(self.package),
            "level": level,
            "scratch": str(scratch),
            "edition": str(self.folder / "edition"),
            "site": [str(self.site), str(self.inner)],
            "limits": LIMITS,
            "disk": 4 << 20,
            "private": [str(self.folder / "canary")],
            "at": {name: str(path) for name, path in (at | {"site": self.site}).items()},
            "code": code,
            "patch": "",
            **more,
        }
        script = str(self.package / "enclosed.py")
        return {
            "args": [python_for(self.who), "-I", "-S", "-B", script, json.dumps(settings)],
            "cwd": "/",
            "env": {"OPENBLAS_NUM_THREADS": "1"},
            **(_AS_STRANGER if self.who == "stranger" else {}),
        }

    def run(self, level: str, code: str = "", **more: Any) -> dict[str, Any]:
        """Run a keeper to its end; what it says (see `enclosed.py`)."""
        command = self.command(level, code, **more)
        done = subprocess.run(**command, capture_output=True, text=True, timeout=60)
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout)


def traces(world: World) -> list[str]:
    """What a process of this world has left on the machine, apart from its folder."""
    mounts = Path("/proc/self/mountinfo").read_text().splitlines()
    left = [line for line in mounts if str(world.folder) in line]
    names = ("/tmp/left-by-a-submission", "/dev/shm/left-by-a-submission", world.folder / "new")
    return left + [str(name) for name in names if os.path.exists(name)]


@contextlib.contextmanager
def held_open() -> Iterator[tuple[int, int]]:
    """A pipe: (end to read, end to hold). Reading sees its end when all that hold it have ended."""
    end, held = os.pipe()
    try:
        yield end, held
    finally:
        os.close(end)


def all_ended(end: int) -> bool:
    ready, _, _ = select.select([end], [], [], 20)
    return bool(ready) and os.read(end, 1) == b""
