"""Downloads in the layouts of Canvas, Moodle, Gradescope and nbgrader's exchange, made up here."""

from __future__ import annotations

import json
import stat
import zipfile
from pathlib import Path

NOTEBOOK = "01_small"

CANVAS_ROSTER = """\
Student,ID,SIS User ID,SIS Login ID,Section,01_small (77)
    Points Possible,,,,,10
"Alvarez, Ava",4001,S-1,ava,A,
"Bø, Nils",4002,S-2,nils,A,
"Lee, Ann",4003,S-3,ann3,A,
"Lee, Ann",4004,S-4,ann4,B,
"Student, Test",4999,,,A,
"""
MOODLE_ROSTER = """\
Identifier,"Full name",Username,"ID number","Email address",Status,"Last modified (submission)"
"Participant 301","Ava Alvarez",ava,S-1,Ava@x.edu,Submitted,"Wednesday, 14 October 2026, 9:05 PM"
"Participant 302","Nils Bø",nils,S-2,nils@example.edu,Submitted,-
"""
GRADESCOPE_ROSTER = """\
First Name,Last Name,SID,Email,Role
Ava,Alvarez,S-1,ava@example.edu,Student
Nils,Bø,S-2,nils@example.edu,Student
Tea,Cher,,tea@example.edu,Instructor
"""


def notebook(word: str = "") -> bytes:
    """A small notebook that is another one for each `word`."""
    cells = [{"cell_type": "markdown", "id": "a", "metadata": {}, "source": word}]
    return json.dumps({"cells": cells, "metadata": {}, "nbformat": 4, "nbformat_minor": 5}).encode()


def zipped(path: Path, files: dict[str, bytes]) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in files.items():
            archive.writestr(name, data)
    return path


def with_link(path: Path, name: str, target: str) -> Path:
    """Add a symbolic link to a zip, as a Unix program would."""
    entry = zipfile.ZipInfo(name)
    entry.create_system = 3
    entry.external_attr = (stat.S_IFLNK | 0o777) << 16
    with zipfile.ZipFile(path, "a") as archive:
        archive.writestr(entry, target)
    return path


def encrypted(path: Path, name: str) -> Path:
    """Say of a file in a zip that it is encrypted (its data are not, which nobody may notice)."""
    data = bytearray(path.read_bytes())
    for signature, offset, place in ((b"PK\3\4", 6, 30), (b"PK\1\2", 8, 46)):
        at = data.find(signature)
        while at >= 0:
            if data[at + place : at + place + len(name.encode())] == name.encode():
                data[at + offset] |= 1
            at = data.find(signature, at + 4)
    path.write_bytes(bytes(data))
    return path


def canvas(path: Path, *more: str, **words: str) -> Path:
    """Ava, in time, a second upload; Nils, late, with a picture; and `more` names of files."""
    files = {
        f"alvarezava_4001_501_{NOTEBOOK}-1.ipynb": notebook(words.get("ava", "ava")),
        f"bønils_late_4002_502_{NOTEBOOK}.ipynb": notebook("nils"),
        "bønils_late_4002_503_picture.png": b"png",
        **{name: notebook(name) for name in more},
    }
    return zipped(path, files)


def moodle(path: Path) -> Path:
    """Ava's in a folder as of today; Nils's as of old, and a comment of his."""
    return zipped(
        path,
        {
            f"Ava Alvarez_301_assignsubmission_file/{NOTEBOOK}.ipynb": notebook("ava"),
            f"Nils Bø_302_assignsubmission_file_/work/{NOTEBOOK}.ipynb": notebook("nils"),
            "Nils Bø_302_assignsubmission_onlinetext_/onlinetext.html": b"<p>here it is</p>",
        },
    )


def gradescope(path: Path, metadata: str = "") -> Path:
    """One of Ava alone, one of Ava and Nils together."""
    told = metadata or (
        "submission_11:\n"
        "  :submitters:\n"
        "  - :name: Ava Alvarez\n    :sid: S-1\n    :email: ava@example.edu\n"
        "  :created_at: 2026-10-14 21:05:00.000000000 Z\n"
        "submission_12:\n"
        "  :submitters:\n"
        "  - :name: Ava Alvarez\n    :sid: S-1\n    :email: ava@example.edu\n"
        "  - :name: Nils Bø\n    :sid:\n    :email: nils@example.edu\n"
        "  :created_at: 2026-10-15 01:00:00.000000000 +02:00\n"
    )
    return zipped(
        path,
        {
            "assignment_9_export/submission_metadata.yml": told.encode(),
            f"assignment_9_export/submission_11/{NOTEBOOK}.ipynb": notebook("alone"),
            f"assignment_9_export/submission_12/{NOTEBOOK}.ipynb": notebook("together"),
        },
    )


def exchange(folder: Path) -> Path:
    """An exchange's inbound folder: Ava twice, and something of another notebook."""
    for name, word in {
        f"ava+{NOTEBOOK}+2026-10-14 20:00:00.000000 UTC+Aa-1": "first",
        f"ava+{NOTEBOOK}+2026-10-14 21:00:00.000000 UTC+Bb_2": "second",
        "ava+02_next+2026-10-20 21:00:00.000000 UTC+Cc": "other",
    }.items():
        attempt = folder / name
        (attempt / "cs231n_lib").mkdir(parents=True)
        (attempt / "cs231n_lib" / "extra.ipynb").write_bytes(notebook("of the edition"))
        (attempt / f"{name.split('+')[1]}.ipynb").write_bytes(notebook(word))
        (attempt / "timestamp.txt").write_text(name.split("+")[2], encoding="utf-8")
        (attempt / "submission_secret.txt").write_text(f"secret of {word}", encoding="utf-8")
    return folder
