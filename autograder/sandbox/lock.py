"""Start a locked process: it is forked, gives up what its plan says, and only then runs."""

from __future__ import annotations

import contextlib
import os
import signal
import sys
from collections.abc import Callable
from dataclasses import dataclass

try:
    import resource
except ImportError:  # Windows has none
    resource = None  # type: ignore[assignment]

from . import landlock, namespaces, paths, seccomp, system

__all__ = ["Plan", "has_quota", "start", "sweep"]

_LINUX = sys.platform == "linux"


@dataclass(frozen=True)
class Plan:
    """How one process will be locked.

    scratch : its own folder, the only one it may write to.
    readable : files and folders that it may also read.
    hidden : paths inside readable ones that it may not read.
    limits : numbers by their names in `resource`.
    disk : bytes that `scratch` may hold (enforced at `namespaces`).
    uid : the user to become; None: stay the caller.
    reads_all : that user could not read Python (an interpreter under a private home folder), so
        the process keeps one capability, CAP_DAC_READ_SEARCH.
    """

    level: str
    scratch: str
    readable: tuple[str, ...]
    hidden: tuple[str, ...]
    limits: dict[str, int]
    disk: int
    uid: int | None
    reads_all: bool = False


def has_quota(plan: Plan) -> bool:
    """Whether the kernel itself keeps the scratch folder within `disk` bytes."""
    return plan.level == "namespaces"


def start(plan: Plan, run: Callable[[], None]) -> int:
    """Call `run` in a new process that is locked as planned, and return its process id.

    The caller must have one thread; it adopts the orphans of its descendants. RuntimeError if
    anything could not be locked: then `run` was not called, and no process is left (see `sweep`).
    `run` must close the files that it does not need: an open folder is a way out of any lock.
    """
    if _LINUX:
        system.prctl("child subreaper", system.PR_SET_CHILD_SUBREAPER, 1)
    pipes = _Pipes()
    pid = os.fork()
    if pid == 0:
        _run_locked(plan, run, pipes)
    _started.append(pid)
    pipes.close("status_write", "go_read", "leash_read")
    status = b"".join(iter(lambda: os.read(pipes.status_read, 4096), b""))
    lines = status.decode("utf-8", "replace").splitlines()
    values = dict(line.partition(" ")[::2] for line in lines)
    if "locked" not in values:
        pipes.close("status_read", "go_write", "leash_write")
        sweep()
        reason = values.get("failed", "it ended while it was being locked up")
        raise RuntimeError(f"{plan.level}: {reason}")
    if "pid" in values:  # the process that set up the namespaces has ended
        os.waitpid(pid, 0)
        pid = int(values["pid"])
    os.write(pipes.go_write, b"g")
    pipes.close("status_read", "go_write")
    return pid  # `leash_write` stays open as long as this process lives


class _Pipes:
    """Three pipes: the new process's status, its signal to go, and the leash of the keeper.

    Nothing is written to the leash: the namespaces end when the keeper, and its end, are gone.
    """

    def __init__(self) -> None:
        self.status_read, self.status_write = os.pipe()
        self.go_read, self.go_write = os.pipe()
        self.leash_read, self.leash_write = os.pipe()

    def close(self, *names: str) -> None:
        for name in names:
            os.close(getattr(self, name))


def _run_locked(plan: Plan, run: Callable[[], None], pipes: _Pipes) -> None:
    """The new process: never returns."""
    try:
        pipes.close("status_read", "go_write", "leash_write")
        _prepare(plan)
        if plan.level == "namespaces":
            _enter_namespaces(plan, pipes)
        pipes.close("leash_read")
        _lock(plan)
        os.write(pipes.status_write, b"locked\n")
        pipes.close("status_write")
        # The go proves that the keeper is alive; from now on this process ends with it.
        if os.read(pipes.go_read, 1) != b"g":
            os._exit(1)
        pipes.close("go_read")
    except BaseException as error:
        reason = " ".join(_error_text(error).split())
        os.write(pipes.status_write, f"failed {reason}\n".encode())
        os._exit(1)
    try:
        run()
        os._exit(0)
    finally:
        os._exit(1)


def _error_text(error: BaseException) -> str:
    if isinstance(error, OSError) and error.strerror:
        return f"{error.filename}: {error.strerror}" if error.filename else error.strerror
    return str(error) or type(error).__name__


def _enter_namespaces(plan: Plan, pipes: _Pipes) -> None:
    """Make the namespaces, and return in their second process."""
    namespaces.enter(plan.scratch, plan.readable, plan.hidden, plan.disk, plan.uid)
    if os.fork() == 0:
        namespaces.run_first_process(pipes.leash_read, plan.uid)
    pid = os.fork()
    if pid:
        os.write(pipes.status_write, f"pid {pid}\n".encode())
        os._exit(0)


def _prepare(plan: Plan) -> None:
    """The steps that need /proc, /dev, or root's rights."""
    if _LINUX:
        with open("/proc/self/oom_score_adj", "w") as file:  # killed first when memory is short
            file.write("1000")
    owner = os.geteuid() if plan.uid is None else plan.uid
    if not has_quota(plan) and os.stat(plan.scratch).st_uid != owner:
        os.chown(plan.scratch, owner, -1)
    null = os.open(os.devnull, os.O_RDONLY)
    os.dup2(null, 0)
    if null:
        os.close(null)


def _lock(plan: Plan) -> None:
    os.setsid()
    os.umask(0o077)
    os.chdir(plan.scratch)
    strong = plan.level != "limits"
    rules = _landlock_rules(plan) if plan.level == "landlock+seccomp" else None
    if _LINUX:
        system.drop_privileges(plan.uid, plan.reads_all)
        # No core dump, and no process of this user may trace it or read its memory.
        system.prctl("dumpable", system.PR_SET_DUMPABLE, 0)
        if plan.level != "namespaces":  # there, the leash does it
            system.prctl("parent's death", system.PR_SET_PDEATHSIG, signal.SIGKILL)
    _set_limits(plan)
    if rules:
        rules.enforce()
    if strong:
        seccomp.install(same_user=plan.uid is None and plan.level != "namespaces")


def _landlock_rules(plan: Plan) -> landlock.Ruleset:
    rules = landlock.Ruleset()
    hidden = {os.path.realpath(path) for path in plan.hidden}
    for path in plan.readable:
        read, listed = landlock.around(os.path.realpath(path), hidden)
        for entry in read:
            rules.allow_reading(entry)
        for entry in listed:
            rules.allow_listing(entry)
    for name in ("null", "zero", "full", "random", "urandom"):
        rules.allow_device(f"/dev/{name}")
    rules.allow_all(plan.scratch)
    return rules


def _set_limits(plan: Plan) -> None:
    for name, value in plan.limits.items():
        if name == "RLIMIT_NPROC" and plan.uid is None and plan.level != "namespaces":
            continue  # it counts all processes of the user, also those outside
        # macOS lacks or refuses some; the others still hold.
        with contextlib.nullcontext() if _LINUX else contextlib.suppress(Exception):
            number = getattr(resource, name)
            hard = resource.getrlimit(number)[1]
            limit = value if hard == resource.RLIM_INFINITY else min(value, hard)
            resource.setrlimit(number, (limit, limit))


_started: list[int] = []  # process ids, until they are swept


def sweep() -> None:
    """Kill everything that descends from this process, and wait until nothing is left."""
    while True:
        for pid in paths.children() if _LINUX else _started:
            with contextlib.suppress(OSError):
                group = os.getpgid(pid) if _LINUX else pid
                if group != os.getpgrp():
                    os.killpg(group, signal.SIGKILL)  # at once: one by one, a fork bomb wins
                os.kill(pid, signal.SIGKILL)
        try:
            os.waitpid(-1, 0)
        except ChildProcessError:
            _started.clear()
            return
