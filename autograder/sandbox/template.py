"""The template: a process with everything imported, forked for each submission.

Started by the grader as ``python -I -S template.py FD SETTINGS``. It imports NumPy, matplotlib,
IPython and the student edition once, and runs no student's code itself. For each submission the
grader sends it two sockets; it forks a *keeper*, and the keeper starts the locked process
(``isolation``) that serves the cells (``shell``). The keeper ends that process on the grader's
signal, when the grader is gone, or when the scratch folder is too large; then it cleans up.
"""

from __future__ import annotations

import array
import contextlib
import gc
import importlib
import importlib.util
import json
import os
import pkgutil
import select
import shutil
import signal
import socket
import sys
import tempfile
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

INTERRUPT = b"i"
_PULSE = 0.2  # seconds between two measurements of the scratch folder


def main() -> None:
    control = socket.socket(fileno=int(sys.argv[1]))
    settings = json.loads(sys.argv[2])
    sys.argv[1:] = []
    # The edition, the standard library, the installed packages; not the grader's checkout.
    sys.path[:] = [settings["edition"], *sys.path, *settings["site"]]
    here = Path(__file__).parent
    _load("sandbox", here)
    _load("autograder_tester", here.with_name("tester"))  # a course may have a "tester" of its own
    from autograder_tester.ends import Ends  # type: ignore[import-not-found]
    from sandbox import isolation, scratch, shell, wire  # type: ignore[import-not-found]

    warm_shell = shell.make()
    ends = Ends(warm_shell)
    _warm(settings["packages"])
    plan = partial(_plan, isolation, settings)
    with contextlib.suppress(Exception):  # a keeper will tell; here, what is looked up is kept
        plan(os.getcwd(), isolation.unprivileged_user(os.getpid()))
    gc.collect()
    gc.freeze()
    wire.send(control, {"ready": True})
    for keeper, outlet in _requests(control):
        if os.fork() == 0:
            control.close()
            serve = partial(shell.serve, warm_shell, ends)
            _run_keeper(keeper, outlet, settings, plan, isolation, scratch, wire, serve)
        keeper.close()
        outlet.close()
        _reap()
    scratch.remove(os.getcwd())  # in case the grader was killed


def _load(name: str, folder: Path) -> None:
    """Make the package in `folder` importable as `name`, and nothing beside it."""
    spec = importlib.util.spec_from_file_location(
        name, folder / "__init__.py", submodule_search_locations=[str(folder)]
    )
    assert spec
    assert spec.loader
    sys.modules[name] = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(sys.modules[name])


def _warm(packages: list[str]) -> None:
    """Import the modules of the edition's packages, so that no fork has to."""
    for name in packages:
        with contextlib.suppress(Exception):  # a notebook that imports it will show the error
            package = importlib.import_module(name)
            for module in pkgutil.iter_modules(package.__path__, f"{name}."):
                if not module.name.endswith("__main__"):
                    with contextlib.suppress(Exception):
                        importlib.import_module(module.name)
    with contextlib.suppress(ImportError):
        importlib.import_module("autograder.check.remote")


def _reap() -> None:
    """Wait for the keepers that have ended, so that their resource usage is counted."""
    with contextlib.suppress(ChildProcessError):
        while os.waitpid(-1, os.WNOHANG)[0]:
            pass


def _requests(control: socket.socket) -> Iterator[tuple[socket.socket, socket.socket]]:
    """Yield (keeper's socket, shell's socket) for each submission, until the grader is gone."""
    size = 2 * array.array("i").itemsize
    while True:
        try:
            data, extra, _, _ = control.recvmsg(1, socket.CMSG_SPACE(size))
        except OSError:
            return
        if not data:
            return
        numbers = array.array("i")
        for level, kind, content in extra:
            if level == socket.SOL_SOCKET and kind == socket.SCM_RIGHTS:
                numbers.frombytes(content[:size])
        keeper, outlet = (socket.socket(fileno=number) for number in numbers)
        yield keeper, outlet


def _plan(isolation: Any, settings: dict[str, Any], folder: str, uid: int | None) -> Any:
    edition = os.path.dirname(settings["edition"])
    about = settings["level"], folder, edition, settings["limits"], settings["disk"]
    return isolation.plan(*about, hidden=settings["hidden"], uid=uid)


def _run_keeper(
    control: socket.socket,
    outlet: socket.socket,
    settings: dict[str, Any],
    make_plan: Callable[[str, int | None], Any],
    isolation: Any,
    scratch: Any,
    wire: Any,
    serve: Any,
) -> None:
    """Start the locked process and end it; never returns."""
    status = 1
    folder = ""
    pid = 0
    try:
        os.setsid()
        uid = isolation.unprivileged_user(os.getpid())
        folder = scratch.make(uid)
        plan = make_plan(folder, uid)

        def run() -> None:
            _prepare(folder, outlet, settings["beside"])
            serve(outlet)

        pid = isolation.start(plan, run)
        outlet.close()
        wire.send(control, {"pid": pid})

        def used() -> int:
            return int(scratch.bytes_in(folder) + scratch.deleted_bytes(pid))

        polled = None if isolation.has_quota(plan) else used
        _watch(control, pid, polled, settings["disk"], wire)
        status = 0
    except BaseException as error:
        with contextlib.suppress(OSError):
            wire.send(control, {"failed": f"{type(error).__name__}: {error}"})
    finally:
        if pid:
            with contextlib.suppress(OSError):
                os.kill(pid, signal.SIGKILL)
                os.waitpid(pid, 0)
        with contextlib.suppress(Exception):
            isolation.sweep()
        if folder:
            scratch.remove(folder)
        os._exit(status)


def _watch(
    control: socket.socket, pid: int, used: Callable[[], int] | None, disk: int, wire: Any
) -> None:
    """Pass interrupts on until the grader hangs up; kill the process if it used too much."""
    over = False
    while True:
        ready, _, _ = select.select([control], [], [], _PULSE if used else None)
        if ready:
            if control.recv(1) != INTERRUPT:
                return
            os.kill(pid, signal.SIGINT)
        elif used and not over and used() > disk:
            over = True
            os.kill(pid, signal.SIGKILL)
            wire.send(control, {"disk": True})


def _prepare(scratch: str, outlet: socket.socket, beside: str) -> None:
    """In the locked process: close all files but one socket, and make its home and work folders.

    beside : the folder of the files beside the notebook.
    """
    null = os.open(os.devnull, os.O_RDWR)
    for number in range(3):
        os.dup2(null, number)
    keep = outlet.fileno()
    os.closerange(3, keep)
    os.closerange(keep + 1, 1 << 16)
    work, home, temporary = (os.path.join(scratch, name) for name in ("work", "home", "tmp"))
    for folder in (home, temporary):
        os.mkdir(folder)
    shutil.copytree(beside, work, copy_function=shutil.copyfile)
    os.environ.update(
        HOME=home,
        TMPDIR=temporary,
        MPLCONFIGDIR=os.path.join(home, "matplotlib"),
        IPYTHONDIR=os.path.join(home, "ipython"),
    )
    tempfile.tempdir = None
    os.chdir(work)


if __name__ == "__main__":
    main()
