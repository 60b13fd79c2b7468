"""One process, locked up: it is forked, gives up what its plan says, and only then runs."""

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
    """How one process will be locked up.

    scratch : its own folder, the only one it may write to.
    readable : files and folders that it may read, besides.
    hidden : inside readable ones, and not to be read.
    limits : numbers by their names in `resource`.
    disk : bytes that `scratch` may hold (enforced at `namespaces`).
    uid : the user to become; None: stay the caller.
    reads_all : that user could not read Python (an interpreter under a private home folder), so it
        keeps the one capability to read past permissions, CAP_DAC_READ_SEARCH.
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
    """Call `run` in a new process that is locked up as planned, and return its process id.

    For a process with one thread, which becomes the one to which orphans fall. RuntimeError if
    anything could not be locked: then `run` was not called, and nothing is left (see `sweep`).
    `run` closes the files that it does not need: an open folder is a way out of any lock.
    """
    if _LINUX:
        system.prctl("child subreaper", system.PR_SET_CHILD_SUBREAPER, 1)
    ends = _Ends()
    pid = os.fork()
    if pid == 0:
        _enclosed(plan, run, ends)
    _started.append(pid)
    ends.close("says", "waits", "leash")
    said = b"".join(iter(lambda: os.read(ends.said, 4096), b"")).decode("utf-8", "replace")
    words = dict(line.partition(" ")[::2] for line in said.splitlines())
    if "locked" not in words:
        ends.close("said", "go", "held")
        sweep()
        reason = words.get("failed", "it ended while it was being locked up")
        raise RuntimeError(f"{plan.level}: {reason}")
    if "pid" in words:  # the one that set up the namespaces has ended
        os.waitpid(pid, 0)
        pid = int(words["pid"])
    os.write(ends.go, b"g")
    ends.close("said", "go")
    return pid  # `held` stays open as long as this process lives


class _Ends:
    """Three pipes: what the new process says; its word to go; and what ties it to the keeper."""

    def __init__(self) -> None:
        self.said, self.says = os.pipe()
        self.waits, self.go = os.pipe()
        self.leash, self.held = os.pipe()

    def close(self, *names: str) -> None:
        for name in names:
            os.close(getattr(self, name))


def _enclosed(plan: Plan, run: Callable[[], None], ends: _Ends) -> None:
    """The new process: never returns."""
    try:
        ends.close("said", "go", "held")
        _settle(plan)
        if plan.level == "namespaces":
            _enter(plan, ends)
        ends.close("leash")
        _lock(plan)
        os.write(ends.says, b"locked\n")
        ends.close("says")
        # The keeper lives: it would not say so otherwise. If it ends from now on, so does this.
        if os.read(ends.waits, 1) != b"g":
            os._exit(1)
        ends.close("waits")
    except BaseException as error:
        os.write(ends.says, f"failed {' '.join(_reason(error).split())}\n".encode())
        os._exit(1)
    try:
        run()
        os._exit(0)
    finally:
        os._exit(1)


def _reason(error: BaseException) -> str:
    if isinstance(error, OSError) and error.strerror:
        return f"{error.filename}: {error.strerror}" if error.filename else error.strerror
    return str(error) or type(error).__name__


def _enter(plan: Plan, ends: _Ends) -> None:
    """Make the namespaces, and return in their second process."""
    namespaces.enter(plan.scratch, plan.readable, plan.hidden, plan.disk, plan.uid)
    if os.fork() == 0:
        namespaces.stay(ends.leash, plan.uid)
    pid = os.fork()
    if pid:
        os.write(ends.says, f"pid {pid}\n".encode())
        os._exit(0)


def _settle(plan: Plan) -> None:
    """What needs /proc, /dev, or the right to write there."""
    if _LINUX:
        with open("/proc/self/oom_score_adj", "w") as file:  # the first to go when memory is short
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
    rules = _rules(plan) if plan.level == "landlock+seccomp" else None
    if _LINUX:
        system.drop_privileges(plan.uid, plan.reads_all)
        # No core dump, and nobody of this user may trace it or read its memory.
        system.prctl("dumpable", system.PR_SET_DUMPABLE, 0)
        if not has_quota(plan):  # there, the leash does it
            system.prctl("parent's death", system.PR_SET_PDEATHSIG, signal.SIGKILL)
    _limit(plan)
    if rules:
        rules.enforce()
    if strong:
        seccomp.install(same_user=plan.uid is None and not has_quota(plan))


def _rules(plan: Plan) -> landlock.Ruleset:
    rules = landlock.Ruleset()
    hidden = {os.path.realpath(path) for path in plan.hidden}
    for path in plan.readable:
        read, listed = landlock.around(os.path.realpath(path), hidden)
        for each in read:
            rules.allow_reading(each)
        for each in listed:
            rules.allow_listing(each)
    for name in ("null", "zero", "full", "random", "urandom"):
        rules.allow_device(f"/dev/{name}")
    rules.allow_all(plan.scratch)
    return rules


def _limit(plan: Plan) -> None:
    for name, value in plan.limits.items():
        if name == "RLIMIT_NPROC" and plan.uid is None and plan.level != "namespaces":
            continue  # it counts all processes of a user, also those outside
        # A Mac lacks or refuses some; the others still hold.
        with contextlib.nullcontext() if _LINUX else contextlib.suppress(Exception):
            number = getattr(resource, name)
            hard = resource.getrlimit(number)[1]
            most = value if hard == resource.RLIM_INFINITY else min(value, hard)
            resource.setrlimit(number, (most, most))


_started: list[int] = []  # by this process, and not yet swept


def sweep() -> None:
    """Kill everything that descends from this process, and wait until nothing is left."""
    while True:
        for pid in paths.children() if _LINUX else _started:
            with contextlib.suppress(OSError):
                group = os.getpgid(pid) if _LINUX else pid
                if group != os.getpgrp():
                    os.killpg(group, signal.SIGKILL)  # all at once: a fork bomb is not outrun
                os.kill(pid, signal.SIGKILL)
        try:
            os.waitpid(-1, 0)
        except ChildProcessError:
            _started.clear()
            return
