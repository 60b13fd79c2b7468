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


def test_canvas_late_and_typed_in(tmp_path):
    names = ["late_4001_99_x.ipynb", "b_late_4002_text.html", "c_4003_link.html", "d_4004_9_9_9_x"]
    layout, found = read(zipped(tmp_path / "submissions.zip", dict.fromkeys(names, b"")))
    assert layout == "canvas"
    assert [(each.who, each.late) for each in found] == [
        ("4001", True), ("b (4002)", True), ("c (4003)", False), ("d (4004)", False)
    ]  # fmt: skip


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


def who_and_when(tmp_path, paths):
    """(layout, [(ids and names, time in UTC), …]) of a download from a course in Zurich."""
    path = zipped(tmp_path / "x.zip", dict.fromkeys(paths, notebook()))
    with open_download(path) as contents:
        layout, found = hand_ins(contents.files, NOTEBOOK, zone="Europe/Zurich")
    return layout, [({value for _, value in each.keys}, each.time) for each in found]


def test_blackboard_has_every_attempt_with_its_time(tmp_path):
    prefix = "Lab 1_van_one_attempt_2026-10-1"
    paths = [f"{prefix}{day}-21-05-33{end}" for day in (4, 5) for end in ("_x.ipynb", ".txt")]
    assert who_and_when(tmp_path, paths) == (
        "blackboard",
        [({"van_one", "one"}, datetime(2026, 10, day, 19, 5, 33)) for day in (14, 15)],
    )


@pytest.mark.parametrize("separator", ["/", " - "])
def test_brightspace(tmp_path, separator):
    paths = [f"39-64 - Student van-One - Oct 14, 2026 905 PM{separator}x.ipynb", "index.html"]
    expected = [({"studentvanone"}, datetime(2026, 10, 14, 19, 5))]
    assert who_and_when(tmp_path, paths) == ("brightspace", expected)


def test_ilias(tmp_path):
    expected = ("ilias", [({"van_one", "one", "one_student_van_one_123", "onestudent"}, None)])
    assert who_and_when(tmp_path, ["One_Student_van_one_123/x.ipynb"]) == expected


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


FOLDERS = [
    ["student-01/x.ipynb", "student-02/x.ipynb"],
    ["student-01.ipynb", "student-02.IPYNB"],
    [f"student-01/{NOTEBOOK}/x.ipynb", f"student-02/{NOTEBOOK}/x.ipynb"],
    ["student-01\\", "student-01\\x.ipynb", "student-02\\sub\\x.ipynb"],
]


@pytest.mark.parametrize("root", ["", "submissions/", f"{NOTEBOOK}/", f"submissions/{NOTEBOOK}/"])
@pytest.mark.parametrize("paths", FOLDERS)
def test_a_folder_for_each_student_is_understood(tmp_path, paths, root):
    files = {f"{root}{path}": notebook() for path in paths} | {"__MACOSX/x/._y": b""}
    layout, found = read(zipped(tmp_path / "x.zip", files))
    assert layout == "folder"
    assert [each.who for each in found] == ["student-01", "student-02"]


@pytest.mark.parametrize("make", [handed_in.canvas, handed_in.moodle, handed_in.gradescope])
@pytest.mark.parametrize(
    ("root", "told"), [("submissions", False), ("export", False), ("hw5", True)]
)
def test_a_folder_around_a_download_changes_nothing(tmp_path, make, root, told):
    layout, expected = read(make(tmp_path / "x.zip"))
    with open_download(tmp_path / "x.zip") as contents:
        files = {f"{root}/{file.path}": file.read() for file in contents.files}
    path = zipped(tmp_path / "y.zip", files)
    assert read(path, layout if told else "") == (layout, expected)
    if told:
        with pytest.raises(AutograderError, match="all lies in one folder, 'hw5'"):
            read(path)


def test_a_folder_around_students_folders_may_be_a_student_and_is_asked_for(tmp_path):
    paths = ["a/term/student-01/x.ipynb", "a/term/student-02/x.ipynb"]
    path = zipped(tmp_path / "x.zip", dict.fromkeys(paths, notebook()))
    with pytest.raises(AutograderError, match="unpack it and collect from 'a' itself"):
        read(path)
    assert [each.who for each in read(path, "folder")[1]] == ["a"]


def test_nobody_is_made_up_from_a_files_name(tmp_path):
    paths = [f"{NOTEBOOK}.ipynb", f"{NOTEBOOK} (1).ipynb", "README.txt", "student-01.ipynb"]
    _, found = read(zipped(tmp_path / "x.zip", dict.fromkeys(paths, notebook())))
    assert [each.who for each in found if each.keys] == ["student-01"]


def test_a_time_is_taken_from_nbgraders_own_folder_if_that_is_what_it_is(tmp_path):
    files = {
        f"submitted/student-01/{NOTEBOOK}/x.ipynb": notebook(),
        f"submitted/student-01/{NOTEBOOK}/timestamp.txt": b"2026-10-14 21:05:00.000000 +0200",
        f"submitted/student-01/{NOTEBOOK}/work/timestamp.txt": b"2020-10-14 21:05:00.000000 UTC",
        "submitted/student-02/02_next/timestamp.txt": b"2026-10-14 21:05:00.000000 +0200",
    }
    path = zipped(tmp_path / "x.zip", files)
    _, (one,) = read(path, "submitted")
    assert (one.who, one.time) == ("student-01", datetime(2026, 10, 14, 19, 5))
    layout, found = read(path)
    assert (layout, [each.time for each in found]) == ("folder", [None, None])


@pytest.mark.parametrize("data", [b"", b"yesterday", b"\xff\xfe", b"2026-99-99", b"9" * 1000])
def test_a_timestamp_may_hold_anything(data):
    assert timestamp_in(data) is None
