"""How each system names what students hand in, and what it tells of them.

Who handed in is read where that system writes it, at the top of the download, and nowhere else:
what follows there is the student's, and names neither a student nor a time. With the sources:

Canvas (Speed Grader or the assignment's page, Download Submissions): one flat zip;
    ``alvarezava_4001_99_01_warm_up.ipynb`` is the sortable name (in lower case, without blanks),
    ``_late`` if so, the user's id, the file's id, and its name; ``…_4001_text.html`` was typed in.
    Only the last attempt, no times; without the name where marking is anonymous
    (``get_filename``, ``add_upload_submission`` in canvas-lms's app/models/content_zipper.rb)
Moodle (View all submissions, Download all submissions): a folder for each student,
    ``Student One_123_assignsubmission_file/…`` (up to 3.x with a ``_`` at the end): the full name
    with blanks for its underscores ("Participant" if hidden), the number that the grading worksheet
    calls Identifier, the kind; without "Download submissions in folders" the same is a prefix of
    the file's name. No times: they are in the grading worksheet (``get_student_prefix``,
    ``load_submissionplugin_filelist`` in moodle's mod/assign/classes/downloader.php)
Gradescope (Review Grades, Export Submissions): ``assignment_7_export/submission_12/…`` and
    ``submission_metadata.yml``, which holds under ``submission_12`` the ``:submitters:``
    (``:name:``, ``:sid:``, ``:email:``; more than one in a group) and ``:created_at:``. The format
    is not documented; this is what other programs that use such exports read
Blackboard (Grade Center, Assignment File Download): one flat zip, every attempt;
    ``Lab 1_one_attempt_2026-10-14-21-05-33_warm_up.ipynb`` is the assignment's name, the user's,
    the time, and the file's name; a ``.txt`` for each attempt (github.com/kwurst/bb-file-cleanup)
Brightspace (Assignments, Download): ``397-640 - Student One - Oct 14, 2026 905 PM/…``, every
    attempt, and ``index.html``; in older ones the same is a prefix of the file's name. The format
    is not documented; this is what other programs that use such downloads read
ILIAS (Exercise, Download All Submissions): ``One_Student_login_123/…``, the last and first name,
    the login and the user's id (``downloadAllAssignmentFiles`` in ILIAS's class.ilExSubmission.php,
    github.com/ilifau/ExerciseStatusFile)
nbgrader's exchange: ``STUDENT+NOTEBOOK+TIME+RANDOM/…``, every attempt
nbgrader's ``submitted``: ``STUDENT/NOTEBOOK/…`` with nbgrader's ``timestamp.txt``; only if one says
    so, because in any other folder a student may have written that file
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import yaml

from ..errors import AutograderError
from . import times
from .archives import File, Unreadable
from .students import Key, plain_name

__all__ = ["SYSTEMS", "HandIn", "Part", "System", "timestamp_in"]


@dataclass(frozen=True)
class HandIn:
    """What somebody handed in at one time.

    who : their name in the download; keys : to look them up in a roster, the surest first, none if
    the name is not one that the system gives; files : as the student named them; time : in UTC, if
    known; late : the system marks it as late, perhaps without a time; written : the time as the
    system wrote it.
    """

    who: str
    keys: tuple[Key, ...]
    files: list[File] = field(default_factory=list)
    time: datetime | None = None
    late: bool = False
    written: str = ""


@dataclass(frozen=True)
class Part:
    """Files of one hand-in, with what the system's part of their paths holds."""

    named: Mapping[str, str]
    files: list[File] = field(default_factory=list)


@dataclass(frozen=True)
class System:
    """A way to name hand-ins.

    path : of a path, the group ``part`` is what the system writes to tell the hand-ins apart, and
    ``rest`` is the student's; hand_ins : of all parts, for an assignment and a time zone;
    is_telling : no other system's names look so.
    """

    path: re.Pattern[str]
    hand_ins: Callable[[Sequence[Part], str, str], Iterator[HandIn]]
    is_telling: bool = True


def _canvas(parts: Sequence[Part], assignment: str, zone: str) -> Iterator[HandIn]:
    for part in parts:
        name, user = part.named["name"], part.named["user"]
        keys = _known(canvas=user, name=plain_name(name))
        who = f"{name} ({user})" if name else user
        yield HandIn(who, keys, part.files, late=bool(part.named["late"]))


def _moodle(parts: Sequence[Part], assignment: str, zone: str) -> Iterator[HandIn]:
    for part in parts:
        if part.named["kind"] == "file":  # not text typed into Moodle, nor comments
            name, number = part.named["name"], part.named["number"]
            keys = _known(moodle=number, name=plain_name(name))
            yield HandIn(f"{name} ({number})" if number else name, keys, part.files)


def _blackboard(parts: Sequence[Part], assignment: str, zone: str) -> Iterator[HandIn]:
    for part in parts:
        head, written = part.named["head"], part.named["time"]
        keys = _endings(part.named["user"])  # with the end of the assignment's name
        files = [file for file in part.files if file.name != f"{part.named['part']}.txt"]
        yield HandIn(head, keys, files, times.read(written, zone), written=written)


def _brightspace(parts: Sequence[Part], assignment: str, zone: str) -> Iterator[HandIn]:
    for part in parts:
        name, written = part.named["name"], part.named["time"]
        if name:  # it is not the list of contents
            keys, time = _known(name=plain_name(name)), times.read(written, zone)
            yield HandIn(name, keys, part.files, time, written=written)


def _ilias(parts: Sequence[Part], assignment: str, zone: str) -> Iterator[HandIn]:
    for part in parts:
        keys = _endings(part.named["login"]) + _known(id=part.named["part"].casefold())
        keys += _known(name=plain_name(part.named["name"]))
        yield HandIn(part.named["part"], keys, part.files)


def _endings(name: str) -> tuple[Key, ...]:
    """User names that `name` may end with, where both may hold underscores."""
    words = name.casefold().split("_")[-5:]
    return tuple(("id", "_".join(words[i:])) for i in range(len(words)))


_METADATA = "submission_metadata.yml"


def _gradescope(parts: Sequence[Part], assignment: str, zone: str) -> Iterator[HandIn]:
    metadata = _metadata([file for part in parts if not part.named["part"] for file in part.files])
    for part in parts:
        folder = part.named["part"]
        if not folder:
            continue
        entry = metadata.get(folder)
        entry = entry if isinstance(entry, Mapping) else {}
        submitters = [x for x in entry.get(":submitters") or [] if isinstance(x, Mapping)]
        time = entry.get(":created_at")
        in_utc = times.read(time, "UTC") if isinstance(time, (str, datetime)) else None
        for submitter in submitters or [{}]:
            name, sid, email = (str(submitter.get(f":{x}") or "") for x in ("name", "sid", "email"))
            keys = _known(sid=sid.casefold(), id=sid.casefold())
            keys += _known(email=email.casefold(), id=email.casefold(), name=plain_name(name))
            who = sid or email or name or folder
            yield HandIn(who, keys, part.files, in_utc, written=str(time or ""))


def _metadata(files: Sequence[File]) -> Mapping[Any, Any]:
    if len(files) != 1:
        got = len(files) or "none"
        raise AutograderError(f"an export of Gradescope must hold one {_METADATA}, got {got}")
    try:
        text = files[0].read()
        metadata = yaml.load(text, Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))
    except (Unreadable, yaml.YAMLError, ValueError, RecursionError) as error:
        reason = str(error).partition("\n")[0]
        raise AutograderError(f"{_METADATA} cannot be read ({reason}): export again") from None
    return metadata if isinstance(metadata, Mapping) else {}


def _exchange(parts: Sequence[Part], assignment: str, zone: str) -> Iterator[HandIn]:
    for part in parts:
        if part.named["notebook"] == assignment:
            user, written = part.named["user"], part.named["time"]
            keys, time = _known(id=user.casefold()), times.read(written, "UTC")
            yield HandIn(user, keys, part.files, time, written=written)


def _submitted(parts: Sequence[Part], assignment: str, zone: str) -> Iterator[HandIn]:
    for part in parts:
        if part.named["notebook"] == assignment:
            student, time = part.named["part"], None
            stamps = [file for file in part.files if str(file.path) == "timestamp.txt"]
            with suppress(Unreadable):
                time = timestamp_in(stamps[0].read()) if stamps else None
            yield HandIn(student, _known(id=student.casefold()), part.files, time)


def timestamp_in(data: bytes) -> datetime | None:
    """The time in nbgrader's ``timestamp.txt``, in UTC; None if there is none.

    >>> timestamp_in(b"2026-10-14 21:05:00.000000 UTC")
    datetime.datetime(2026, 10, 14, 21, 5)
    """
    return times.read(data[:100].decode(errors="replace").strip(), "UTC")


def _folder(parts: Sequence[Part], assignment: str, zone: str) -> Iterator[HandIn]:
    for part in parts:
        student = part.named["part"]
        keys = _known(id=student.casefold(), name=plain_name(student))
        # A file or repository that is called as the assignment does not say whose it is.
        is_anybodys = plain_name(student).startswith(plain_name(assignment))
        yield HandIn(student, () if is_anybodys else keys, part.files)


def _known(**keys: str) -> tuple[Key, ...]:
    return tuple((kind, value) for kind, value in keys.items() if value)


def _pattern(text: str) -> re.Pattern[str]:
    # A student's name for a file may hold anything, line breaks too.
    return re.compile(text, re.DOTALL | re.IGNORECASE)


_CANVAS = _pattern(
    r"(?P<part>((?P<name>(?!late_[0-9]|[0-9]+_[0-9]+_)[^/]+?)_)?((?P<late>late)_)?"
    r"(?P<user>[0-9]+))_([0-9]+_(?P<rest>.*)|(text|link)\.html)"
)
_MOODLE = _pattern(
    r"(?P<part>(?P<name>[^_/]+)(_(?P<number>[0-9]+))?_assignsubmission_(?P<kind>[a-z]+))"
    r"(_?/|_|$)(?P<rest>.*)"
)
_BLACKBOARD = _pattern(
    r"(?P<part>(?P<head>[^/_]+_(?P<user>[^/]+?))_attempt_(?P<time>[0-9]{4}(-[0-9]{2}){5}))"
    r"(_(?P<rest>.*)|\.txt)"
)
_BRIGHTSPACE = _pattern(
    r"(?P<part>[0-9]+-[0-9]+ - (?P<name>[^/]+?) - "
    r"(?P<time>[^/]{1,20}? [0-9]{4} [0-9]{3,4}( [AP]M)?))( - |/|$)(?P<rest>.*)|index\.html"
)
_ILIAS = _pattern(r"(?P<part>(?P<name>[^_/]+_[^_/]+)_(?P<login>[^/]+)_[0-9]+)(/(?P<rest>.*))?")
_EXCHANGE = _pattern(
    r"(?P<part>(?P<user>[^+/]+)\+(?P<notebook>[^+/]+)\+(?P<time>[0-9]{4}-[^+/]+)(\+[^+/]*)?)"
    r"(/(?P<rest>.*))?"
)
_GRADESCOPE = _pattern(rf"(?P<part>submission_[0-9]+)(/(?P<rest>.*))?|{re.escape(_METADATA)}")
_SUBMITTED = _pattern(r"(?P<part>[^/]+)/(?P<notebook>[^/]+)/(?P<rest>.*)")
_FOLDER = _pattern(r"(?P<part>[^/]+?)(/(?P<rest>.*)|\.(ipynb(\.json|\.txt)?|zip|tar|tar\.gz|tgz))")

SYSTEMS: Mapping[str, System] = {
    "canvas": System(_CANVAS, _canvas),
    "moodle": System(_MOODLE, _moodle),
    "gradescope": System(_GRADESCOPE, _gradescope),
    "blackboard": System(_BLACKBOARD, _blackboard),
    "brightspace": System(_BRIGHTSPACE, _brightspace),
    "ilias": System(_ILIAS, _ilias),
    "exchange": System(_EXCHANGE, _exchange),
    "submitted": System(_SUBMITTED, _submitted, is_telling=False),
    "folder": System(_FOLDER, _folder, is_telling=False),
}
