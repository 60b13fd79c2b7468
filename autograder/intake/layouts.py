"""Whose file is whose in a download of Canvas, Moodle, Gradescope, nbgrader, or in a plain folder.

Each layout takes the files of a download, and returns a :class:`HandIn` for each time somebody
handed in. What is known about the systems, with sources:

Canvas (Speed Grader or the assignment's page, Download Submissions): one flat zip;
    ``alvarezava_4001_99_01_warm_up.ipynb`` is the sortable name (lower-case letters only),
    ``_late`` if so, the user's id, the file's id, and its name. Only the last attempt, no times;
    without the name where marking is anonymous
    (``get_filename``, ``add_upload_submission`` in canvas-lms's app/models/content_zipper.rb)
Moodle (View all submissions, Download all submissions): a folder for each student,
    ``Student One_123_assignsubmission_file/…`` (up to 3.x with a ``_`` at the end): the full name
    ("Participant" if hidden), the number that the grading worksheet calls Identifier, the kind;
    without "Download submissions in folders" the same is a prefix of the file's name. No times:
    they are in the grading worksheet (``get_student_prefix``, ``load_submissionplugin_filelist`` in
    moodle's mod/assign/classes/downloader.php)
Gradescope (Review Grades, Export Submissions): ``assignment_7_export/submission_12/…`` and
    ``submission_metadata.yml``, which holds under ``submission_12`` the ``:submitters:``
    (``:name:``, ``:sid:``, ``:email:``; more than one in a group) and ``:created_at:``. The format
    is not documented; this is what other programs that use such exports read
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

__all__ = ["LAYOUTS", "HandIn", "hand_ins", "relevant_paths", "timestamp_in"]


@dataclass(frozen=True)
class HandIn:
    """What somebody handed in at one time.

    who : their name in the download; keys : to look them up in a roster, the surest first; time :
    in UTC, if known; late : the system marks it as late, perhaps without a time.
    """

    who: str
    keys: tuple[Key, ...]
    files: list[File] = field(default_factory=list)
    time: datetime | None = None
    late: bool = False


def hand_ins(files: Sequence[File], notebook: str, layout: str = "") -> tuple[str, list[HandIn]]:
    """The layout's name (detected if it is not given), and who handed in what."""
    layout = layout or next(name for name, fits in _SIGNS.items() if fits(files))
    return layout, LAYOUTS[layout](files, notebook)


# ------------------------------------------------------------------------------------------- Canvas

_CANVAS = re.compile(
    r"((?P<name>[^\W\d_].*?)(?P<late>_late)?_)?(?P<user>\d+)_(?P<file>\d+)_(?P<rest>.+)",
    re.IGNORECASE,
)


def _canvas(files: Sequence[File], notebook: str) -> list[HandIn]:
    by_user: dict[str, HandIn] = {}
    for file in files:
        parts = _CANVAS.fullmatch(file.name)
        if not parts:
            by_user.setdefault(file.name, HandIn(file.name, ())).files.append(file)
            continue
        name, user = parts["name"] or "", parts["user"]
        keys = (("canvas", user), ("name", plain_name(name)))
        who = f"{name} ({user})" if name else user
        hand_in = by_user.setdefault(user, HandIn(who, keys, late=bool(parts["late"])))
        hand_in.files.append(File(file.path.with_name(parts["rest"]), file.read))
    return list(by_user.values())


# ------------------------------------------------------------------------------------------- Moodle

_MOODLE = re.compile(
    r"(?P<name>.+)_(?P<number>\d+)_assignsubmission_(?P<kind>[a-z]+)(_(?P<rest>.*))?", re.DOTALL
)


def _moodle(files: Sequence[File], notebook: str) -> list[HandIn]:
    by_number: dict[str, HandIn] = {}
    for file in files:
        parts = next(filter(None, map(_MOODLE.fullmatch, file.path.parts)), None)
        if parts is None:
            by_number.setdefault(str(file.path), HandIn(str(file.path), ())).files.append(file)
            continue
        if parts["kind"] != "file":
            continue  # text typed into Moodle, or comments
        name, number = parts["name"], parts["number"]
        keys = (("moodle", number), ("name", plain_name(name)))
        hand_in = by_number.setdefault(number, HandIn(f"{name} ({number})", keys))
        hand_in.files.append(File(file.path.with_name(parts["rest"] or file.name), file.read))
    return list(by_number.values())


# --------------------------------------------------------------------------------------- Gradescope

_GRADESCOPE = re.compile(r"submission_\d+")
_METADATA = "submission_metadata.yml"


def _gradescope(files: Sequence[File], notebook: str) -> list[HandIn]:
    metadata = _metadata(files)
    by_folder: dict[str, list[File]] = {}
    for file in files:
        folder = next(filter(_GRADESCOPE.fullmatch, file.path.parts), "")
        if folder:
            by_folder.setdefault(folder, []).append(file)
    received = []
    for folder, of_folder in by_folder.items():
        entry = metadata.get(folder)
        entry = entry if isinstance(entry, Mapping) else {}
        submitters = [x for x in entry.get(":submitters") or [] if isinstance(x, Mapping)]
        time = _utc(entry.get(":created_at"))
        for submitter in submitters or [{}]:
            name, sid, email = (str(submitter.get(f":{x}") or "") for x in ("name", "sid", "email"))
            keys = [("sid", sid.casefold()), ("id", sid.casefold())]
            keys += [("email", email.casefold()), ("id", email.casefold())]
            keys += [("name", plain_name(name))]
            known = tuple((kind, value) for kind, value in keys if value)
            received.append(HandIn(sid or email or name or folder, known, of_folder, time))
    return received


def _metadata(files: Sequence[File]) -> Mapping[Any, Any]:
    try:
        text = next(file for file in files if file.name == _METADATA).read()
        metadata = yaml.load(text, Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))
    except StopIteration:
        raise AutograderError(f"an export of Gradescope must hold {_METADATA}, got none") from None
    except (Unreadable, yaml.YAMLError, ValueError, RecursionError) as error:
        reason = str(error).partition("\n")[0]
        raise AutograderError(f"{_METADATA} cannot be read ({reason}): export again") from None
    return metadata if isinstance(metadata, Mapping) else {}


def _utc(time: Any) -> datetime | None:
    """A time as UTC without a zone, as nbgrader keeps it; None if it is no time."""
    if isinstance(time, str):
        # nbgrader would read the offset of "21:05:00 +0200" as 200 seconds.
        time = re.sub(r" (?=[+-]\d\d:?\d\d$)", "", time)
    try:
        utc: datetime | None = parse_utc(time) if isinstance(time, (str, datetime)) else None
    except (ValueError, OverflowError):
        return None
    return utc


# ---------------------------------------------------------------------------- nbgrader, and folders

_EXCHANGE = re.compile(r"(?P<user>.+?)\+(?P<notebook>[^+]+)\+(?P<time>\d{4}-[^+]+)(\+[^+]*)?")


def _exchange(files: Sequence[File], notebook: str) -> list[HandIn]:
    by_folder: dict[str, HandIn] = {}
    for file in files:
        parts = next(filter(None, map(_EXCHANGE.fullmatch, file.path.parts)), None)
        if parts and parts["notebook"] == notebook:
            user = parts["user"]
            hand_in = HandIn(user, (("id", user.casefold()),), time=_utc(parts["time"]))
            by_folder.setdefault(parts.group(), hand_in).files.append(file)
    return list(by_folder.values())


def relevant_paths(notebook: str, layout: str) -> Callable[[PurePosixPath], bool]:
    """A filter of the folders and files of a download that may belong to `notebook`.

    An exchange holds the whole term, and each hand-in there has a copy of the student edition.
    """
    if layout != "exchange":
        return lambda path: True

    def is_relevant(path: PurePosixPath) -> bool:
        parts = _EXCHANGE.fullmatch(path.parts[0])
        needed = path.suffix in ("", ".ipynb", ".zip", ".txt") and len(path.parts) < 3
        return bool(parts and parts["notebook"] == notebook) and (len(path.parts) == 1 or needed)

    return is_relevant


def _folder(files: Sequence[File], notebook: str) -> list[HandIn]:
    """A folder or file with the name of each student, or nbgrader's ``STUDENT/NOTEBOOK``."""
    by_student: dict[str, list[File]] = {}
    paths = [file.path.parts for file in files]
    # All paths in a zip of a folder begin with that folder.
    wrapped = len({parts[0] for parts in paths}) == 1 and all(len(parts) > 2 for parts in paths)
    for file, parts in zip(files, paths, strict=True):
        if notebook in parts[1:-1]:
            student = parts[parts.index(notebook, 1) - 1]
        elif len(parts) == 1:
            student = file.path.stem
        else:
            student = parts[1 if wrapped else 0]
        by_student.setdefault(student, []).append(file)
    return [
        HandIn(
            student,
            (("id", student.casefold()), ("name", plain_name(student))),
            of_student,
            _time_of(of_student),
        )
        for student, of_student in by_student.items()
    ]


def _time_of(files: Sequence[File]) -> datetime | None:
    for file in files:
        if file.name == "timestamp.txt":
            try:
                return timestamp_in(file.read())
            except Unreadable:
                return None
    return None


def timestamp_in(data: bytes) -> datetime | None:
    """The time in nbgrader's ``timestamp.txt``, in UTC; None if there is none.

    >>> timestamp_in(b"2026-10-14 21:05:00.000000 UTC")
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


def _any_part_matches(pattern: re.Pattern[str]) -> Callable[[Sequence[File]], bool]:
    return lambda files: any(pattern.fullmatch(part) for file in files for part in file.path.parts)


def _mostly_canvas(files: Sequence[File]) -> bool:
    matches = sum(bool(_CANVAS.fullmatch(file.name)) for file in files)
    return matches * 2 > len(files)


_SIGNS: Mapping[str, Callable[[Sequence[File]], bool]] = {
    "gradescope": lambda files: any(file.name == _METADATA for file in files),
    "moodle": _any_part_matches(_MOODLE),
    "exchange": _any_part_matches(_EXCHANGE),
    "canvas": _mostly_canvas,
    "folder": lambda files: True,
}
