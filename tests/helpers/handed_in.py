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
"One, Student",4001,S-1,student-01,A,
"Twø, Student",4002,S-2,student-02,A,
"Three, Student",4003,S-3,student-03,A,
"Three, Student",4004,S-4,student-04,B,
"Student, Test",4999,,,A,
"""
MOODLE_ROSTER = """\
Identifier,"Full name",Username,"ID number","Email address",Status,"Last modified (submission)"
"Participant 301","Student One",student-01,S-1,Student-01@x.edu,Submitted,"Wed, 14 Oct 2026, 9 PM"
"Participant 302","Student Twø",student-02,S-2,student-02@example.edu,Submitted,-
"""
GRADESCOPE_ROSTER = """\
First Name,Last Name,SID,Email,Role
Student,One,S-1,student-01@example.edu,Student
Student,Twø,S-2,student-02@example.edu,Student
A,Teacher,,teacher@example.edu,Instructor
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
    """Student 1 in time, a second upload; student 2 late, with a picture; `more` files."""
    files = {
        f"onestudent_4001_501_{NOTEBOOK}-1.ipynb": notebook(words.get("one", "student-01")),
        f"twøstudent_late_4002_502_{NOTEBOOK}.ipynb": notebook("student-02"),
        "twøstudent_late_4002_503_picture.png": b"png",
        **{name: notebook(name) for name in more},
    }
    return zipped(path, files)


def moodle(path: Path) -> Path:
    """Student 1's in a folder as of today; student 2's as of old, and a comment of his."""
    return zipped(
        path,
        {
            f"Student One_301_assignsubmission_file/{NOTEBOOK}.ipynb": notebook("student-01"),
            f"Student Twø_302_assignsubmission_file_/work/{NOTEBOOK}.ipynb": notebook("student-02"),
            "Student Twø_302_assignsubmission_onlinetext_/onlinetext.html": b"<p>here it is</p>",
        },
    )


def gradescope(path: Path, metadata: str = "") -> Path:
    """One of Student 1 alone, one of Student 1 and student 2 together."""
    told = metadata or (
        "submission_11:\n"
        "  :submitters:\n"
        "  - :name: Student One\n    :sid: S-1\n    :email: student-01@example.edu\n"
        "  :created_at: 2026-10-14 21:05:00.000000000 Z\n"
        "submission_12:\n"
        "  :submitters:\n"
        "  - :name: Student One\n    :sid: S-1\n    :email: student-01@example.edu\n"
        "  - :name: Student Twø\n    :sid:\n    :email: student-02@example.edu\n"
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
    """An exchange's inbound folder: Student 1 twice, and something of another notebook."""
    for name, word in {
        f"student-01+{NOTEBOOK}+2026-10-14 20:00:00.000000 UTC+Aa-1": "first",
        f"student-01+{NOTEBOOK}+2026-10-14 21:00:00.000000 UTC+Bb_2": "second",
        "student-01+02_next+2026-10-20 21:00:00.000000 UTC+Cc": "other",
    }.items():
        attempt = folder / name
        (attempt / "cs231n_lib").mkdir(parents=True)
        (attempt / "cs231n_lib" / "extra.ipynb").write_bytes(notebook("of the edition"))
        (attempt / f"{name.split('+')[1]}.ipynb").write_bytes(notebook(word))
        (attempt / "timestamp.txt").write_text(name.split("+")[2], encoding="utf-8")
        (attempt / "submission_secret.txt").write_text(f"secret of {word}", encoding="utf-8")
    return folder
