"""How a download tells whose file is whose: Canvas, Moodle, Gradescope, nbgrader, plain folders.

Each layout takes the files of a download, and gives one :class:`HandIn` for each time somebody
handed in. What is known of the systems, and from where:

Canvas (Speed Grader or the assignment's page, Download Submissions): one flat zip;
    ``alvarezava_4001_99_05_update_rules.ipynb`` is the sortable name in small letters without
    anything else, ``_late`` if so, the user's id, the file's id, and its name. The last attempt
    alone, no times; where marking is anonymous the name is missing
    (``get_filename``, ``add_upload_submission`` in canvas-lms's app/models/content_zipper.rb)
Moodle (View all submissions, Download all submissions): a folder for each student,
    ``Student One_123_assignsubmission_file/…`` (with a ``_`` at the end, up to 3.x): the full name
    ("Participant" where it is hidden), the number that the grading worksheet calls Identifier, the
    kind; without "Download submissions in folders" the same in front of a file's name. No times:
    the grading worksheet has them (``get_student_prefix``, ``load_submissionplugin_filelist`` in
    moodle's mod/assign/classes/downloader.php)
Gradescope (Review Grades, Export Submissions): ``assignment_7_export/submission_12/…`` and
    ``submission_metadata.yml``, which holds under ``submission_12`` the ``:submitters:``
    (``:name:``, ``:sid:``, ``:email:``; more than one in a group) and ``:created_at:``. Its format
    is not documented; this is what the programs read that work on such exports
nbgrader's exchange: ``STUDENT+NOTEBOOK+TIME+RANDOM/…``, every attempt
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import PurePosixPath
from typing import Any

import yaml
from nbgrader.utils import parse_utc

from ..errors import AutograderError
from .archives import File, Unreadable
from .roster import Key, plain_name

__all__ = ["LAYOUTS", "HandIn", "hand_ins", "stamp_time", "wanted"]


@dataclass(frozen=True)
class HandIn:
    """What somebody handed in at one time.

    who : as the download calls them; keys : to be looked up in a roster, the surest first; time :
    when, in UTC, if it is told; late : the system says that it is late, but perhaps not when.
    """

    who: str
    keys: tuple[Key, ...]
    files: list[File] = field(default_factory=list)
    time: datetime | None = None
    late: bool = False


def hand_ins(files: Sequence[File], notebook: str, layout: str = "") -> tuple[str, list[HandIn]]:
    """Who handed in what, and the layout's name, which is found out if it is not given."""
    layout = layout or next(name for name, fits in _SIGNS.items() if fits(files))
    return layout, LAYOUTS[layout](files, notebook)


# ------------------------------------------------------------------------------------------- Canvas

_CANVAS = re.compile(
    r"((?P<name>[^\W\d_].*?)(?P<late>_late)?_)?(?P<user>\d+)_(?P<file>\d+)_(?P<rest>.+)",
    re.IGNORECASE,
)


def _canvas(files: Sequence[File], notebook: str) -> list[HandIn]:
    found: dict[str, HandIn] = {}
    for file in files:
        parts = _CANVAS.fullmatch(file.name)
        if not parts:
            found.setdefault(file.name, HandIn(file.name, ())).files.append(file)
            continue
        name, user = parts["name"] or "", parts["user"]
        keys = (("canvas", user), ("name", plain_name(name)))
        who = f"{name} ({user})" if name else user
        each = found.setdefault(user, HandIn(who, keys, late=bool(parts["late"])))
        each.files.append(File(file.path.with_name(parts["rest"]), file.read))
    return list(found.values())


# ------------------------------------------------------------------------------------------- Moodle

_MOODLE = re.compile(
    r"(?P<name>.+)_(?P<number>\d+)_assignsubmission_(?P<kind>[a-z]+)(_(?P<rest>.*))?", re.DOTALL
)


def _moodle(files: Sequence[File], notebook: str) -> list[HandIn]:
    found: dict[str, HandIn] = {}
    for file in files:
        parts = next(filter(None, map(_MOODLE.fullmatch, file.path.parts)), None)
        if parts is None:
            found.setdefault(str(file.path), HandIn(str(file.path), ())).files.append(file)
            continue
        if parts["kind"] != "file":
            continue  # text that was typed into Moodle, or comments
        name, number = parts["name"], parts["number"]
        keys = (("moodle", number), ("name", plain_name(name)))
        each = found.setdefault(number, HandIn(f"{name} ({number})", keys))
        each.files.append(File(file.path.with_name(parts["rest"] or file.name), file.read))
    return list(found.values())


# --------------------------------------------------------------------------------------- Gradescope

_GRADESCOPE = re.compile(r"submission_\d+")
_METADATA = "submission_metadata.yml"


def _gradescope(files: Sequence[File], notebook: str) -> list[HandIn]:
    told = _metadata(files)
    by_name: dict[str, list[File]] = {}
    for file in files:
        name = next(filter(_GRADESCOPE.fullmatch, file.path.parts), "")
        if name:
            by_name.setdefault(name, []).append(file)
    found = []
    for name, own in by_name.items():
        one = told.get(name)
        one = one if isinstance(one, Mapping) else {}
        submitters = [each for each in one.get(":submitters") or [] if isinstance(each, Mapping)]
        time = _utc(one.get(":created_at"))
        for person in submitters or [{}]:
            called = {kind: str(person.get(f":{kind}") or "") for kind in ("name", "sid", "email")}
            keys = [("sid", called["sid"].casefold()), ("id", called["sid"].casefold())]
            keys += [("email", called["email"].casefold()), ("id", called["email"].casefold())]
            keys += [("name", plain_name(called["name"]))]
            who = called["sid"] or called["email"] or called["name"] or name
            known = tuple((kind, value) for kind, value in keys if value)
            found.append(HandIn(who, known, own, time))
    return found


def _metadata(files: Sequence[File]) -> Mapping[Any, Any]:
    try:
        text = next(file for file in files if file.name == _METADATA).read()
        told = yaml.load(text, Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))
    except StopIteration:
        raise AutograderError(f"an export of Gradescope must hold {_METADATA}, got none") from None
    except (Unreadable, yaml.YAMLError, ValueError, RecursionError) as error:
        said = str(error).partition("\n")[0]
        raise AutograderError(f"{_METADATA} cannot be read ({said}): export again") from None
    return told if isinstance(told, Mapping) else {}


def _utc(time: Any) -> datetime | None:
    """A time in UTC without its zone, as nbgrader keeps it; None if it is none."""
    if isinstance(time, str):
        # nbgrader would take the offset of "21:05:00 +0200" for 200 seconds.
        time = re.sub(r" (?=[+-]\d\d:?\d\d$)", "", time)
    try:
        found: datetime | None = parse_utc(time) if isinstance(time, (str, datetime)) else None
    except (ValueError, OverflowError):
        return None
    return found


# ---------------------------------------------------------------------------- nbgrader, and folders

_EXCHANGE = re.compile(r"(?P<user>.+?)\+(?P<notebook>[^+]+)\+(?P<time>\d{4}-[^+]+)(\+[^+]*)?")


def _exchange(files: Sequence[File], notebook: str) -> list[HandIn]:
    found: dict[str, HandIn] = {}
    for file in files:
        parts = next(filter(None, map(_EXCHANGE.fullmatch, file.path.parts)), None)
        if parts and parts["notebook"] == notebook:
            user = parts["user"]
            one = HandIn(user, (("id", user.casefold()),), time=_utc(parts["time"]))
            found.setdefault(parts.group(), one).files.append(file)
    return list(found.values())


def wanted(notebook: str, layout: str) -> Callable[[PurePosixPath], bool]:
    """Which folders and files of a download are to be looked at.

    An exchange holds the whole term, and in each hand-in the student edition as well.
    """
    if layout != "exchange":
        return lambda path: True

    def of_notebook(path: PurePosixPath) -> bool:
        parts = _EXCHANGE.fullmatch(path.parts[0])
        needed = path.suffix in ("", ".ipynb", ".zip", ".txt") and len(path.parts) < 3
        return bool(parts and parts["notebook"] == notebook) and (len(path.parts) == 1 or needed)

    return of_notebook


def _folder(files: Sequence[File], notebook: str) -> list[HandIn]:
    """A folder for each student, nbgrader's ``STUDENT/NOTEBOOK``, or a file called as they are."""
    found: dict[str, list[File]] = {}
    paths = [file.path.parts for file in files]
    # A zip of a folder begins with that folder.
    wrapped = len({parts[0] for parts in paths}) == 1 and all(len(parts) > 2 for parts in paths)
    for file, parts in zip(files, paths, strict=True):
        if notebook in parts[1:-1]:
            student = parts[parts.index(notebook, 1) - 1]
        elif len(parts) == 1:
            student = file.path.stem
        else:
            student = parts[1 if wrapped else 0]
        found.setdefault(student, []).append(file)
    return [
        HandIn(name, (("id", name.casefold()), ("name", plain_name(name))), own, _stamp(own))
        for name, own in found.items()
    ]


def _stamp(files: Sequence[File]) -> datetime | None:
    for file in files:
        if file.name == "timestamp.txt":
            try:
                return stamp_time(file.read())
            except Unreadable:
                return None
    return None


def stamp_time(data: bytes) -> datetime | None:
    """The time that a ``timestamp.txt`` of nbgrader's tells, in UTC; None if it tells none.

    >>> stamp_time(b"2026-10-14 21:05:00.000000 UTC")
    datetime.datetime(2026, 10, 14, 21, 5)
    """
    text = data[:100].decode(errors="replace").strip()
    return _utc(text) if re.match(r"\d{4}-\d", text) else None


LAYOUTS: Mapping[str, Callable[[Sequence[File], str], list[HandIn]]] = {
    "gradescope": _gradescope,
    "moodle": _moodle,
    "exchange": _exchange,
    "canvas": _canvas,
    "folder": _folder,
}


def _parts_like(pattern: re.Pattern[str]) -> Callable[[Sequence[File]], bool]:
    return lambda files: any(pattern.fullmatch(part) for file in files for part in file.path.parts)


def _mostly_canvas(files: Sequence[File]) -> bool:
    fitting = sum(bool(_CANVAS.fullmatch(file.name)) for file in files)
    return fitting * 2 > len(files)


_SIGNS: Mapping[str, Callable[[Sequence[File]], bool]] = {
    "gradescope": lambda files: any(file.name == _METADATA for file in files),
    "moodle": _parts_like(_MOODLE),
    "exchange": _parts_like(_EXCHANGE),
    "canvas": _mostly_canvas,
    "folder": lambda files: True,
}
