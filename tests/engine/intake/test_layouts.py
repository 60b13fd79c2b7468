"""Whose file is whose, in the layouts of each system."""

from __future__ import annotations

from datetime import datetime

import pytest
from helpers import handed_in
from helpers.handed_in import NOTEBOOK, notebook, zipped

from autograder.errors import AutograderError
from autograder.intake.archives import open_download
from autograder.intake.layouts import hand_ins, relevant_paths, timestamp_in


def read(path, layout=""):
    with open_download(path, relevant_paths(NOTEBOOK, layout)) as contents:
        return hand_ins(contents.files, NOTEBOOK, layout)


def names(hand_in):
    return [file.name for file in hand_in.files]


def test_canvas_is_recognised_by_its_names(tmp_path):
    layout, (one, two) = read(handed_in.canvas(tmp_path / "submissions.zip"))
    assert layout == "canvas"
    assert one.keys == (("canvas", "4001"), ("name", "onestudent"))
    assert (one.late, two.late) == (False, True)
    assert two.keys[0] == ("canvas", "4002")
    assert names(one) == [f"{NOTEBOOK}-1.ipynb"]
    assert names(two) == [f"{NOTEBOOK}.ipynb", "picture.png"]


def test_canvas_with_names_hidden_still_has_ids(tmp_path):
    files = {f"{user}_99_{NOTEBOOK}.ipynb": notebook() for user in (4001, 4002)}
    layout, found = read(zipped(tmp_path / "submissions.zip", files))
    assert layout == "canvas"
    assert [each.keys[0] for each in found] == [("canvas", "4001"), ("canvas", "4002")]


def test_what_does_not_look_like_canvas_is_told_and_not_dropped(tmp_path):
    _, found = read(handed_in.canvas(tmp_path / "submissions.zip", "stray.ipynb"))
    assert [each.who for each in found][-1] == "stray.ipynb"
    assert found[-1].keys == ()


def test_moodle_old_and_new_are_recognised_and_comments_left_out(tmp_path):
    layout, (one, two) = read(handed_in.moodle(tmp_path / "m.zip"))
    assert layout == "moodle"
    assert one.keys == (("moodle", "301"), ("name", "studentone"))
    assert names(one) == names(two) == [f"{NOTEBOOK}.ipynb"]


def test_moodle_without_folders(tmp_path):
    file = f"Student One_301_assignsubmission_file_{NOTEBOOK}.ipynb"
    layout, (one,) = read(zipped(tmp_path / "m.zip", {file: notebook()}))
    assert (layout, one.keys[0], names(one)) == ("moodle", ("moodle", "301"), [f"{NOTEBOOK}.ipynb"])


def test_gradescope_is_read_from_its_metadata(tmp_path):
    layout, (alone, one, two) = read(handed_in.gradescope(tmp_path / "g.zip"))
    assert layout == "gradescope"
    assert alone.time == datetime(2026, 10, 14, 21, 5)
    assert one.time == two.time == datetime(2026, 10, 14, 23, 0), "in UTC"
    assert one.keys[0] == ("sid", "s-1")
    assert two.keys[0] == ("email", "student-02@example.edu")
    assert names(one) == names(two)


@pytest.mark.parametrize(
    "metadata",
    ["- a list", "submission_11: 3", "submission_11:\n  :submitters: [1, 2]", "submission_11: {}"],
)
def test_gradescope_with_strange_metadata_knows_nobody(tmp_path, metadata):
    _, found = read(handed_in.gradescope(tmp_path / "g.zip", metadata))
    assert [each.keys for each in found] == [(), ()]


@pytest.mark.parametrize("metadata", ["a: [1", "!!python/object/apply:os.system ['false']", "\0"])
def test_gradescope_with_broken_metadata_is_a_clear_error(tmp_path, metadata):
    with pytest.raises(AutograderError, match=r"submission_metadata\.yml cannot be read"):
        read(handed_in.gradescope(tmp_path / "g.zip", metadata))


@pytest.mark.parametrize("told", ["exchange", ""])
def test_the_exchange_gives_every_attempt_of_this_notebook(tmp_path, told):
    layout, found = read(handed_in.exchange(tmp_path), told)
    assert layout == "exchange"
    assert [(each.who, each.time.hour) for each in found] == [
        ("student-01", 20),
        ("student-01", 21),
    ]
    edition = [] if told else ["extra.ipynb"]
    expected = [f"{NOTEBOOK}.ipynb", *edition, "submission_secret.txt", "timestamp.txt"]
    assert sorted(names(found[0])) == expected


@pytest.mark.parametrize(
    "paths",
    [
        ["student-01/x.ipynb", "student-02/x.ipynb"],
        ["student-01.ipynb", "student-02.ipynb"],
        [f"student-01/{NOTEBOOK}/x.ipynb", f"student-02/{NOTEBOOK}/x.ipynb"],
        [
            "download/student-01/x.ipynb",
            "download/student-02/x.ipynb",
            "download/student-02/sub/y.png",
        ],
        [f"a/term/student-01/{NOTEBOOK}/x.ipynb", f"a/term/student-02/{NOTEBOOK}/x.ipynb"],
    ],
)
def test_a_folder_for_each_student_is_understood(tmp_path, paths):
    layout, found = read(zipped(tmp_path / "x.zip", dict.fromkeys(paths, notebook())))
    assert layout == "folder"
    assert [each.who for each in found] == ["student-01", "student-02"]


def test_nbgraders_time_of_a_folder_is_taken(tmp_path):
    files = {
        "student-01/x.ipynb": notebook(),
        "student-01/timestamp.txt": b"2026-10-14 21:05:00.000000 +0200",
    }
    _, (one,) = read(zipped(tmp_path / "x.zip", files))
    assert one.time == datetime(2026, 10, 14, 19, 5)


@pytest.mark.parametrize("data", [b"", b"yesterday", b"\xff\xfe", b"2026-99-99", b"9" * 1000])
def test_a_timestamp_may_hold_anything(data):
    assert timestamp_in(data) is None
