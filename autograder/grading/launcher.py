"""The grader's end of the sandbox's template: started once, forked for each submission.

The template itself is ``sandbox/template.py``.
"""

from __future__ import annotations

import array
import atexit
import json
import os
import shutil
import socket
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

from ..errors import AutograderError
from ..sandbox import isolation, paths, wire

__all__ = ["Limits", "Template", "isolation_level", "require_private", "template_of"]

_MAIN = Path(isolation.__file__).with_name("template.py")
_THREADS = ("OMP", "OPENBLAS", "MKL", "NUMEXPR", "VECLIB_MAXIMUM")


@dataclass(frozen=True)
class Limits:
    """What one submission may use. Times in seconds, sizes in bytes.

    memory : address space of its process; file_size : largest file; disk : all of its files;
    output_bytes : how much of a cell's output is kept.
    """

    cell_seconds: float = 30
    test_seconds: float = 10
    total_seconds: float = 300
    memory: int = 4 << 30
    file_size: int = 64 << 20
    disk: int = 256 << 20
    output_bytes: int = 1 << 20

    def for_kernel(self) -> dict[str, int]:
        """The limits that the operating system enforces, by their names in `resource`."""
        return {
            "RLIMIT_AS": self.memory,
            "RLIMIT_FSIZE": self.file_size,
            "RLIMIT_CPU": int(self.total_seconds) + 10,
            "RLIMIT_CORE": 0,
            "RLIMIT_NOFILE": 256,
            "RLIMIT_NPROC": 64,
        }


def isolation_level(require: str = "") -> str:
    """The strongest isolation that works here; AutograderError if it is weaker than `require`."""
    try:
        return isolation.choose(require)
    except isolation.Unavailable as error:
        raise AutograderError(str(error)) from None


def require_private(folder: Path, level: str) -> None:
    """Raise AutograderError if students' code could read `folder` at this level."""
    try:
        isolation.plan(
            level, "/scratch", sys.prefix, {}, 0, private=[str(folder)], hidden=paths.hidden()
        )
    except isolation.Unavailable as error:
        raise AutograderError(str(error)) from None


class Template:
    """A process with everything imported, forked for each submission."""

    def __init__(self, edition: Path, limits: Limits, level: str) -> None:
        if not edition.is_dir():
            raise AutograderError(f"edition must be a folder, got {edition}")
        self._edition, self._limits, self._level = edition.resolve(), limits, level
        self._process: subprocess.Popen[bytes] | None = None

    def fork(self) -> tuple[wire.Channel, socket.socket]:
        """Start a locked process; returns its channel and the socket of its keeper."""
        for attempt in (1, 2):
            if self._process is None or self._process.poll() is not None:
                self._start()
            channel, outlet = socket.socketpair()
            control, keeper = socket.socketpair()
            numbers = array.array("i", [keeper.fileno(), outlet.fileno()])
            try:
                rights = [(socket.SOL_SOCKET, socket.SCM_RIGHTS, numbers)]
                self._control.sendmsg([b"f"], rights)
                keeper.close()
                outlet.close()
                control.settimeout(60)
                reply = wire.receive(control)
            except (OSError, wire.Closed):
                for sock in (channel, outlet, control, keeper):
                    sock.close()
                self.close()
                if attempt == 2:
                    raise AutograderError("the sandbox's process does not start") from None
                continue
            if "failed" in reply:
                channel.close()
                control.close()
                raise AutograderError(f"the sandbox cannot be locked down: {reply['failed']}")
            return wire.Channel(channel), control
        raise AssertionError

    def _start(self) -> None:
        self.close()
        self._folder = Path(tempfile.mkdtemp(prefix="sandbox-"))
        self._folder.chmod(0o755)
        _copy_font_cache(self._folder)
        # A copy in two parts: packages, which all share read-only, and data, copied for each.
        parts = self._folder / "edition"
        packages, beside = parts / "packages", parts / "beside"
        leave_out = shutil.ignore_patterns("__pycache__")
        for folder in (packages, beside):
            folder.mkdir(parents=True)
        names = []
        for path in sorted(self._edition.iterdir()):
            if (path / "__init__.py").is_file() or path.name == "checks":
                shutil.copytree(path, packages / path.name, ignore=leave_out)
                names.append(path.name)
            elif path.is_dir():
                shutil.copytree(path, beside / path.name, ignore=leave_out)
            else:
                shutil.copyfile(path, beside / path.name)
        data = sum(path.stat().st_size for path in beside.rglob("*") if path.is_file())
        settings = {
            "edition": str(packages),
            "packages": [name for name in names if name != "checks"],
            "beside": str(beside),
            "hidden": paths.hidden(tuple(names)),
            "site": paths.site_packages(),
            "level": self._level,
            "limits": self._limits.for_kernel(),
            "disk": self._limits.disk + data,
        }
        self._control, template_end = socket.socketpair()
        command = [sys.executable, "-I", "-S", str(_MAIN), str(template_end.fileno())]
        with template_end:
            self._process = subprocess.Popen(
                [*command, json.dumps(settings)],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.PIPE,
                cwd=self._folder,
                env=self._environment(),
                pass_fds=[template_end.fileno()],
                start_new_session=True,
            )
        self._control.settimeout(120)
        try:
            wire.receive(self._control)
        except (OSError, wire.Closed):
            self._process.kill()
            error_text = self._process.communicate()[1].decode(errors="replace")[-2000:]
            self.close()
            raise AutograderError(f"the sandbox's template does not start:\n{error_text}") from None

    def _environment(self) -> dict[str, str]:
        kept = {name: os.environ[name] for name in ("LANG", "TZ") if name in os.environ}
        return {
            **kept,
            **{f"{name}_NUM_THREADS": "1" for name in _THREADS},
            "PATH": os.defpath,
            "HOME": str(self._folder),
            "TMPDIR": tempfile.gettempdir(),
            "IPYTHONDIR": str(self._folder / "ipython"),
            "MPLCONFIGDIR": str(self._folder / "matplotlib"),
            "MPLBACKEND": "module://matplotlib_inline.backend_inline",
            "PYTHONDONTWRITEBYTECODE": "1",
            "AUTOGRADER_PROGRESS": os.devnull,
        }

    def close(self) -> None:
        """End the process; its forks live as long as the sandboxes that use them."""
        process, self._process = self._process, None
        if process is None:
            return
        self._control.close()  # the signal to end
        try:
            process.wait(timeout=5)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        if process.stderr:
            process.stderr.close()
        shutil.rmtree(self._folder, ignore_errors=True)


_templates: dict[tuple[Path, Limits, str], Template] = {}
_MAX_TEMPLATES = 4


def template_of(edition: Path, limits: Limits, level: str) -> Template:
    """This process's template for an edition, closed at exit, or when there are too many."""
    key = edition, limits, level
    if key not in _templates:
        if len(_templates) >= _MAX_TEMPLATES:
            _templates.pop(next(iter(_templates))).close()
        _templates[key] = Template(edition, limits, level)
        atexit.register(_templates[key].close)
    return _templates[key]


def _copy_font_cache(folder: Path) -> None:
    """Give the template matplotlib's list of fonts, which takes seconds to make."""
    import matplotlib.font_manager  # importing it writes the cache

    target = folder / "matplotlib"
    target.mkdir()
    for file in Path(matplotlib.get_cachedir()).glob("fontlist-*.json"):
        shutil.copy(file, target)
