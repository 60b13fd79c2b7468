"""Isolation levels of a submission's process, and which of them work on this machine.

``namespaces``
    A root directory of its own with what Python needs, read-only, and a scratch folder in memory
    that holds `disk` bytes and no more. No other file exists for it, no process, no network, no
    ``/proc``. It dies with its keeper. It starts no process and opens no socket (`seccomp`).
``landlock+seccomp``
    The same, but enforced by refusals of the kernel: it reads what Python needs, writes in its
    scratch folder (whose size the keeper watches), signals nobody, starts no process, opens no
    socket. It can probe for names, sizes and dates of other files, but cannot read them.
``limits``
    CPU time, memory and file size; another user, if started by root. Nothing more: **it can read
    what that user may read, start programs, use the network**. All that macOS offers.

=================================  ============  ==================  ==========================
what the enclosed process can do   namespaces    landlock+seccomp    limits
=================================  ============  ==================  ==========================
read files of others               none exist    refused             as the user may
write outside scratch              none exists   refused             as the user may
fill the disk                      `disk` bytes  keeper polls        keeper polls
network                            none          no socket           yes
start processes, other programs    refused       refused             yes (ended by `sweep`)
signal or trace others             none exist    refused             those of its user
outlive its keeper                 no            no                  a child that it started may
user it runs as, started by root   another, without capabilities (see `Plan.reads_all`)
user it runs as, else              the caller's own
=================================  ============  ==================  ==========================
"""

from __future__ import annotations

import functools
import os
import subprocess
import sys
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from . import paths, system
from .lock import Plan, has_quota, start, sweep

__all__ = [
    "LEVELS",
    "Plan",
    "Unavailable",
    "available",
    "choose",
    "describe",
    "has_quota",
    "plan",
    "start",
    "sweep",
    "unprivileged_user",
]

LEVELS = ("namespaces", "landlock+seccomp", "limits")  # the strongest first
_LINUX = sys.platform == "linux"


class Unavailable(RuntimeError):
    """The required level does not work here; the message says why."""


# -- which level ------------------------------------------------------------------------------


@functools.cache
def available() -> dict[str, str]:
    """Each level, and why it does not work here ("" if it does); each is tried."""
    if sys.platform == "win32":
        return dict.fromkeys(LEVELS, "Windows has no fork, and no limits for a process")
    reasons = {}
    for level in LEVELS:
        if level != "limits" and not _LINUX:
            reasons[level] = f"needs Linux, this is {sys.platform}"
        else:
            reasons[level] = _try(level)
    return reasons


def _try(level: str) -> str:
    """Why `level` fails here, or "". Tried in a new process, since it must have one thread."""
    folder = str(Path(__file__).parent)
    script = (
        "import importlib.util as u, sys\n"
        f"s = u.spec_from_file_location('sandbox', {folder + '/__init__.py'!r},"
        f" submodule_search_locations=[{folder!r}])\n"
        "sys.modules['sandbox'] = u.module_from_spec(s)\n"
        "from sandbox import trial\n"
        f"print(trial.reason({level!r}))"
    )
    try:
        trial = subprocess.run(
            [sys.executable, "-I", "-S", "-c", script],
            capture_output=True, text=True, timeout=60, stdin=subprocess.DEVNULL,
        )  # fmt: skip
    except (OSError, subprocess.SubprocessError) as error:
        return f"it could not be tried: {error}"
    if trial.returncode:
        error_text = trial.stderr.strip() or str(trial.returncode)
        return f"the trial failed: {error_text.splitlines()[-1]}"
    return trial.stdout.strip()


def choose(require: str = "") -> str:
    """The strongest level that works here; Unavailable if it is weaker than `require`."""
    if require and require not in LEVELS:
        raise ValueError(f"level must be one of {', '.join(LEVELS)}, got {require!r}")
    reasons = available()
    best = next((level for level in LEVELS if not reasons[level]), None)
    if best is None:
        raise Unavailable(f"no isolation works here: {reasons[LEVELS[-1]]}")
    if require and LEVELS.index(best) > LEVELS.index(require):
        raise Unavailable(
            f"isolation {require!r} was required, but here only {best!r} works: {reasons[require]}"
        )
    return best


def describe(level: str) -> str:
    """What `level` means on this machine, in one line for a person."""
    uid = unprivileged_user(0)
    user = "another user" if uid is not None else "your own user, without its capabilities"
    return {
        "namespaces": f"own root, processes and network; as {user}",
        "landlock+seccomp": f"reads Python alone, starts nothing, no network; as {user}",
        "limits": f"time, memory and file size only; otherwise may do as {user} may",
    }[level]


# -- a plan -----------------------------------------------------------------------------------


def unprivileged_user(seed: int) -> int | None:
    """An unused user id, different for each `seed` (a process id); None where we cannot switch.

    From a range that systemd leaves unused; 65534 ("nobody") where that range is not mapped, as in
    most containers.
    """
    if not _LINUX or os.geteuid() != 0:
        return None
    if not (system.has_capability(system.CAP_SETUID) and system.has_capability(system.CAP_SETGID)):
        return None
    for uid in (2_010_000_000 + seed % 100_000_000, 65534):
        if paths.is_mapped(uid):
            return uid
    return None


def plan(
    level: str,
    scratch: str,
    edition: str,
    limits: Mapping[str, int],
    disk: int,
    private: Iterable[str] = (),
    hidden: Sequence[str] = (),
    uid: int | None = None,
) -> Plan:
    """What a submission may read, for `start`.

    private : folders that must not be readable (the course, a home). If one lies inside what Python
        itself needs, this raises Unavailable.
    hidden : parts of what Python needs that must not be readable (:func:`paths.hidden`).
    """
    if level not in LEVELS:
        raise ValueError(f"level must be one of {', '.join(LEVELS)}, got {level!r}")
    for name, value in (("scratch", scratch), ("edition", edition)):
        if not os.path.isabs(value):
            raise ValueError(f"{name} must be an absolute path, got {value!r}")
    readable = (*paths.needed_by_python(), os.path.normpath(edition))
    hidden = tuple(hidden)
    for path in private:
        cover = paths.readable_through(path, readable, hidden)
        if cover and level != "limits":
            raise Unavailable(
                f"{path} would be readable to students: it lies inside {cover}, "
                "which Python needs; move it elsewhere"
            )
    # In a new root no closed folder lies above a readable path.
    reachable = level == "namespaces" or all(map(paths.reachable, (*readable, scratch)))
    reads_all = uid is not None and not (reachable and paths.open_to_all(readable))
    if reads_all and not system.has_capability(system.CAP_DAC_READ_SEARCH):
        uid, reads_all = None, False  # stay root, without its capabilities
    return Plan(level, scratch, readable, hidden, dict(limits), disk, uid, reads_all)
