"""Whose file is whose in a download: which system made it, and who handed in what.

The system is decided by all names at the top of the download together, never by one file in it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Sequence
from dataclasses import replace
from pathlib import PurePosixPath

from ..errors import AutograderError
from .archives import File
from .notebooks import is_called
from .systems import SYSTEMS, HandIn, Part, timestamp_in

__all__ = ["LAYOUTS", "HandIn", "hand_ins", "relevant_paths", "timestamp_in"]

LAYOUTS = tuple(SYSTEMS)

_TELLING = tuple(name for name, system in SYSTEMS.items() if system.is_telling)
_ROOT = re.compile(
    r"(assignment_[0-9]+_)?export|submissions?|abgaben|submitted|inbound", re.IGNORECASE
)
"""Folders around a download, which are no student's."""


def hand_ins(
    files: Sequence[File],
    assignment: str,
    layout: str = "",
    zone: str = "UTC",
    notebooks: Sequence[str] = (),
) -> tuple[str, list[HandIn]]:
    """The layout's name (detected if it is not given), and who handed in what.

    zone : of times without one; notebooks : the names of the assignment's.

    Raises AutograderError if the layout is not clear.
    """
    files = _without_roots(files, assignment, layout)
    layout = layout or _detected(files, assignment)
    parts: dict[str, Part] = {}
    strangers: dict[str, HandIn] = {}
    for file in files:
        match = SYSTEMS[layout].path.fullmatch(str(file.path))
        if match is None:
            top = file.path.parts[0]
            strangers.setdefault(top, HandIn(top, ())).files.append(file)
            continue
        named = {name: text or "" for name, text in match.groupdict().items()}
        path = PurePosixPath(named.pop("rest").lstrip("/") or file.path)
        part = parts.setdefault(named["part"], Part(named))
        part.files.append(File(path, file.read))
    received = list(SYSTEMS[layout].hand_ins(list(parts.values()), assignment, zone))
    if layout == "folder":
        received = [
            replace(x, keys=()) if _is_a_bare_notebook(x, notebooks) else x for x in received
        ]
    return layout, [*received, *strangers.values()]


def _is_a_bare_notebook(hand_in: HandIn, notebooks: Sequence[str]) -> bool:
    """Whether a file was put beside the students' folders, with a notebook's name."""
    return any(file.name.startswith(f"{hand_in.who}.") for file in hand_in.files) and any(
        is_called(name, hand_in.who) for name in notebooks
    )


def _detected(files: Sequence[File], assignment: str) -> str:
    """The layout that the fewest names at the top do not fit."""
    fitting = _fitting(files)
    if len(fitting) > 1:
        raise AutograderError(
            f"the names in it may be those of {' or of '.join(fitting)}: say what made it, with "
            f"--from {'|'.join(fitting)}"
        )
    if fitting == ["folder"] and _may_be_a_root(files, assignment):
        top = files[0].path.parts[0]
        raise AutograderError(
            f"all lies in one folder, {top!r}. If that is a student's, collect with --from folder; "
            f"if it is around a download, with --from {'|'.join(_TELLING)}; if it holds a folder "
            f"for each student, unpack it and collect from {top!r} itself"
        )
    return fitting[0]


def _fitting(files: Sequence[File]) -> list[str]:
    """The layouts with the fewest misfits among the names at the top.

    All that a student adds fits the true layout, so it cannot make another one fit better.
    """
    misfits: dict[str, set[str]] = {name: set() for name in (*_TELLING, "folder")}
    for file in files:
        top, path = file.path.parts[0], str(file.path)
        fits = {name for name in _TELLING if SYSTEMS[name].path.fullmatch(path)} or {"folder"}
        for name in misfits.keys() - fits:
            misfits[name].add(top)
    fewest = min(map(len, misfits.values()))
    return [name for name, tops in misfits.items() if len(tops) == fewest]


def _without_roots(files: Sequence[File], assignment: str, layout: str) -> Sequence[File]:
    """The files without the folders that lie around all of them and are no student's."""
    while (top := _common_folder(files)) is not None:
        if not (_ROOT.fullmatch(top) or top == assignment):
            # Who says what made it says too that a name which that never gives is no student's.
            if layout not in _TELLING:
                break
            if any(SYSTEMS[layout].path.fullmatch(str(file.path)) for file in files):
                break
        files = _below(files)
    return files


def _common_folder(files: Sequence[File]) -> str | None:
    tops = {file.path.parts[0] for file in files}
    if len(tops) != 1 or any(len(file.path.parts) == 1 for file in files):
        return None
    return tops.pop()


def _below(files: Sequence[File]) -> list[File]:
    return [File(PurePosixPath(*file.path.parts[1:]), file.read) for file in files]


def _may_be_a_root(files: Sequence[File], assignment: str) -> bool:
    """Whether the one folder that holds all files may as well hold students' folders."""
    if _common_folder(files) is None:
        return False
    inside = _below(files)
    if _fitting(inside) != ["folder"]:
        return True
    # What could be a student's whole hand-in, such as x.ipynb or work.zip.
    work = [x.path for x in inside if SYSTEMS["folder"].path.fullmatch(x.name)]
    return bool(work) and not any(str(path.parent) in (".", assignment) for path in work)


def relevant_paths(
    assignment: str, layout: str, released: Collection[str] = ()
) -> Callable[[PurePosixPath], bool]:
    """A filter of the folders and files of a download that may belong to `assignment`.

    An exchange holds the whole term, and each hand-in there has a copy of what was released.

    released : the names of the files that students received.
    """
    if layout != "exchange":
        return lambda path: True

    def is_relevant(path: PurePosixPath) -> bool:
        match = SYSTEMS["exchange"].path.fullmatch(path.parts[0])
        kinds = ("", ".ipynb", ".json", ".txt", ".zip", ".tar", ".gz", ".tgz")
        needed = path.suffix.lower() in kinds or path.name not in released
        is_near = len(path.parts) == 1 or (needed and len(path.parts) < 3)
        return bool(match and match["notebook"] == assignment) and is_near

    return is_relevant
