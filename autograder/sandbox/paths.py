"""What a submission's process must be able to read, and the parts of it that stay hidden."""

from __future__ import annotations

import functools
import os
import stat
import sys
import sysconfig
from importlib import metadata
from pathlib import Path

__all__ = [
    "LIBRARIES",
    "children",
    "hidden",
    "is_mapped",
    "needed_by_python",
    "open_to_all",
    "reachable",
    "readable_through",
    "site_packages",
]

_SYSTEM = (
    "/usr", "/lib", "/lib32", "/lib64", "/libx32", "/bin", "/sbin",
    "/etc/ld.so.cache", "/etc/localtime",
    "/etc/alternatives",  # Debian links the chosen BLAS through here
    "/nix/store", "/gnu/store",
)  # fmt: skip
LIBRARIES = "autograder.library"
"""Entry points of this group name the libraries of courses that are installed here."""


@functools.cache
def site_packages() -> tuple[str, ...]:
    """Folders of installed packages: the environment's, and others on its path."""
    folders = [sysconfig.get_path("purelib"), sysconfig.get_path("platlib")]
    folders += [x for x in sys.path if os.path.basename(x) in ("site-packages", "dist-packages")]
    return tuple(x for x in dict.fromkeys(map(os.path.abspath, folders)) if os.path.isdir(x))


@functools.cache
def needed_by_python() -> tuple[str, ...]:
    """Files and folders that Python needs to run and to import."""
    python = (sys.prefix, sys.base_prefix, sys.exec_prefix, sysconfig.get_path("stdlib"))
    needed = (*_SYSTEM, *map(os.path.abspath, python), *site_packages())
    return tuple(x for x in dict.fromkeys(needed) if x != "/" and os.path.exists(x))


@functools.cache
def hidden(packages: tuple[str, ...] = ()) -> tuple[str, ...]:
    """Inside what Python needs: the grader, and courses' libraries, which hold reference answers.

    packages : names of this course's packages; entry points (`LIBRARIES`) name other courses'.
    """
    packages = ("autograder", *packages)
    hidden_paths = [os.path.join(site, name) for site in site_packages() for name in packages]
    distributions = metadata.packages_distributions()
    installed = {owner for name in packages for owner in distributions.get(name, ())}
    installed |= {point.dist.name for point in metadata.entry_points(group=LIBRARIES) if point.dist}
    for name in sorted(installed):
        distribution = metadata.distribution(name)
        tops = {file.parts[0] for file in distribution.files or ()} - {"..", "__pycache__"}
        hidden_paths += [str(distribution.locate_file(top)) for top in sorted(tops)]
    hidden_paths = [path for path in hidden_paths if os.path.exists(path)]
    checkout = Path(__file__).resolve().parents[2]
    if (checkout / "pyproject.toml").exists():
        inside = [x for x in needed_by_python() if _within(str(checkout), os.path.realpath(x))]
        if inside and str(checkout) not in map(os.path.realpath, needed_by_python()):
            hidden_paths.append(str(checkout))
    return tuple(dict.fromkeys(hidden_paths))


def _within(path: str, folder: str) -> bool:
    return path == folder or path.startswith(folder.rstrip("/") + "/")


def readable_through(path: str, readable: tuple[str, ...], hidden: tuple[str, ...]) -> str:
    """The one of `readable` that would expose `path`, or "": the innermost folder decides."""
    real = os.path.realpath(path)
    covers = [(os.path.realpath(x), x in hidden, x) for x in (*readable, *hidden)]
    around = [(len(cover), is_hidden, x) for cover, is_hidden, x in covers if _within(real, cover)]
    if not around:
        return ""
    _, is_hidden, innermost = max(around)
    return "" if is_hidden else innermost


@functools.cache
def open_to_all(needed: tuple[str, ...]) -> bool:
    """Whether any user can read these: of a folder, only its first level is looked at.

    The system's folders are assumed to be readable.
    """
    for path in map(os.path.realpath, (x for x in needed if x not in _SYSTEM)):
        inside = [os.path.join(path, x) for x in os.listdir(path)] if os.path.isdir(path) else []
        for entry in (path, *inside):
            mode = os.lstat(entry).st_mode
            if not mode & stat.S_IROTH or (stat.S_ISDIR(mode) and not mode & stat.S_IXOTH):
                return False
    return True


@functools.cache
def reachable(path: str) -> bool:
    """Whether any user may pass through the folders above `path`."""
    above = Path(os.path.realpath(path)).parents
    return all(folder.stat().st_mode & stat.S_IXOTH for folder in above)


def is_mapped(number: int) -> bool:
    """Whether this (user) namespace knows that user and group: user_namespaces(7)."""
    for name in ("uid_map", "gid_map"):
        try:
            lines = Path("/proc/self", name).read_text().splitlines()
        except OSError:
            return False
        ranges = [tuple(map(int, line.split())) for line in lines]
        if not any(first <= number < first + count for first, _, count in ranges):
            return False
    return True


def children() -> list[int]:
    """Ids of this process's children, on Linux: proc_tid_children(5), else a search of /proc."""
    pid = os.getpid()
    try:
        return [int(x) for x in Path(f"/proc/self/task/{pid}/children").read_text().split()]
    except OSError:
        return [int(x) for x in os.listdir("/proc") if x.isdigit() and _parent(x) == pid]


def _parent(pid: str) -> int:
    try:
        return int(Path("/proc", pid, "stat").read_text().rpartition(")")[2].split()[1])
    except OSError:  # it has just ended
        return 0
