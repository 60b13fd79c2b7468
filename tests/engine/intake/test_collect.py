"""Collecting: from each layout into submitted/, and what is told of the rest."""

from __future__ import annotations

import argparse
import gzip
import io
import json
import tarfile
import zipfile

import pytest
from helpers import handed_in
from helpers.handed_in import (
    CANVAS_ROSTER,
    GRADESCOPE_ROSTER,
    MOODLE_ROSTER,
    NOTEBOOK,
    notebook,
    zipped,
)
from helpers.small_course import project

from autograder.commands import main
from autograder.commands.collect import arguments
from autograder.course import init
from autograder.errors import AutograderError
from autograder.intake import collect as collecting
from autograder.intake.attempts import by_grading
from autograder.intake.collect import collect
from autograder.intake.layouts import LAYOUTS
from autograder.intake.roster import ROSTER


@pytest.fixture
def course(tmp_path):
    made = init(tmp_path / "course")
    made.release_dir(NOTEBOOK).mkdir(parents=True)
    (made.release_dir(NOTEBOOK) / f"{NOTEBOOK}.ipynb").write_bytes(notebook())
    return made


def roster(course, text):
    (course.root / ROSTER).write_text(text, encoding="utf-8")


def word(course, student):
    """The word in the notebook that was collected; "" if there is none."""
    path = course.submitted_dir(NOTEBOOK, student) / f"{NOTEBOOK}.ipynb"
    return json.loads(path.read_bytes())["cells"][0]["source"] if path.exists() else ""


def stamp(course, student):
    path = course.submitted_dir(NOTEBOOK, student) / "timestamp.txt"
    return path.read_text(encoding="utf-8") if path.exists() else ""


def files_in(folder):
    return sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*.*"))


def test_canvas(course, tmp_path):
    roster(course, CANVAS_ROSTER)
    zip_ = handed_in.canvas(tmp_path / "s.zip", f"stranger_9_9_{NOTEBOOK}.ipynb")
    told = collect(course, NOTEBOOK, zip_)
    assert (told.layout, told.new) == ("canvas", ["student-01", "student-02"])
    assert (word(course, "student-01"), word(course, "student-02")) == ("student-01", "student-02")
    assert told.unknown == ["stranger (9) is not in the roster"]
    assert told.missing == ["student-03", "student-04"]
    assert any("twøstudent (4002)" in note and "late" in note for note in told.notes)
    assert stamp(course, "student-01") == "", "Canvas tells no times, and the zip's own are none"
    assert files_in(course.submitted) == [
        f"{s}/{NOTEBOOK}/{NOTEBOOK}.ipynb" for s in ("student-01", "student-02")
    ]


def test_moodle_takes_times_from_the_worksheet(course, tmp_path):
    worksheet = tmp_path / "worksheet.csv"
    worksheet.write_text(MOODLE_ROSTER, encoding="utf-8")
    (course.root / "course.toml").write_text('timezone = "Europe/Zurich"\n', encoding="utf-8")
    told = collect(course, NOTEBOOK, handed_in.moodle(tmp_path / "m.zip"), roster=worksheet)
    assert told.new == ["student-01", "student-02"]
    assert stamp(course, "student-01") == "2026-10-14 19:00:00.000000 UTC"
    assert stamp(course, "student-02") == "", "none is told"


@pytest.mark.parametrize("make", [handed_in.canvas, handed_in.moodle])
def test_names_need_a_roster(course, tmp_path, make):
    with pytest.raises(AutograderError, match="so a roster is needed"):
        collect(course, NOTEBOOK, make(tmp_path / "x.zip"))


def test_blackboard_keeps_the_last_of_two_and_tells_what_is_not_clear(course, tmp_path):
    roster(course, "student_id\nstudent-01\nstudent-02\ns_student-02\n")
    files = {
        f"Lab_s_{student}_attempt_2026-10-1{day}-21-05-33_x.ipynb": notebook(f"{day}")
        for student, day in (("student-01", 5), ("student-01", 4), ("student-02", 4))
    }
    told = collect(course, NOTEBOOK, zipped(tmp_path / "x.zip", files))
    assert (word(course, "student-01"), told.layout) == ("5", "blackboard")
    assert stamp(course, "student-01").startswith("2026-10-15 21:05:33")
    assert told.unknown == [
        "Lab_s_student-02 may be s_student-02 or student-02: "
        "the details in the download belong to different students"
    ]


def test_a_time_that_cannot_be_read_is_told(course, tmp_path):
    files = {f"student-01+{NOTEBOOK}+2026-99-99/x.ipynb": notebook("student-01")}
    told = collect(course, NOTEBOOK, zipped(tmp_path / "x.zip", files))
    assert any("cannot be read" in x and "student-01 (2026-99-99)" in x for x in told.notes)


def test_gradescope_keeps_the_last_of_two(course, tmp_path):
    roster(course, GRADESCOPE_ROSTER)
    told = collect(course, NOTEBOOK, handed_in.gradescope(tmp_path / "g.zip"))
    assert told.new == ["S-1", "S-2"]
    assert word(course, "S-1") == word(course, "S-2") == "together"
    assert stamp(course, "S-1") == "2026-10-14 23:00:00.000000 UTC"
    assert told.several == {"S-1": "2 different versions, kept the last: 2026-10-14 23:00 UTC"}


def test_best_keeps_what_scores_most_and_of_equals_the_last(course, tmp_path):
    roster(course, GRADESCOPE_ROSTER)
    zip_ = handed_in.gradescope(tmp_path / "g.zip")
    told = collect(course, NOTEBOOK, zip_, keep=lambda rivals: {"S-1": [3.0, 2.5]}, dry_run=True)
    assert told.several["S-1"].endswith("kept the best (3): 2026-10-14 21:05 UTC")
    collect(course, NOTEBOOK, zip_, keep=lambda rivals: {"S-1": [3.0, 3.0]})
    assert word(course, "S-1") == "together"
    collect(
        course, NOTEBOOK, zip_, keep=lambda rivals: {"S-1": [3.0, 2.5, 0.0][: len(rivals["S-1"])]}
    )
    assert word(course, "S-1") == "alone"


def test_collecting_again_changes_nothing_and_a_newer_one_replaces(course, tmp_path):
    roster(course, CANVAS_ROSTER)
    collect(course, NOTEBOOK, handed_in.canvas(tmp_path / "s.zip"))
    told = collect(course, NOTEBOOK, handed_in.canvas(tmp_path / "s.zip"))
    assert (told.new, told.replaced, told.unchanged) == ([], [], ["student-01", "student-02"])
    told = collect(course, NOTEBOOK, handed_in.canvas(tmp_path / "s.zip", one="better"))
    assert (told.replaced, word(course, "student-01")) == (["student-01"], "better")


def test_an_older_one_does_not_replace_a_newer(course, tmp_path):
    def hand_in(time, said):
        name = f"student-01+{NOTEBOOK}+{time}/x.ipynb"
        return collect(course, NOTEBOOK, zipped(tmp_path / "x.zip", {name: notebook(said)}))

    hand_in("2026-10-14 12:00:00 UTC", "newer")
    told = hand_in("2026-10-13 12:00:00 UTC", "older")
    assert (told.unchanged, word(course, "student-01")) == (["student-01"], "newer")
    assert stamp(course, "student-01").startswith("2026-10-14 12:00")


def test_going_back_to_an_earlier_version_is_the_last(course, tmp_path):
    for time, said in (("2026-10-14 22:00", "first"), ("2026-10-14 23:00", "first")):
        folder = tmp_path / "in" / f"student-01+{NOTEBOOK}+{time}:00.000000 UTC"
        folder.mkdir(parents=True)
        (folder / f"{NOTEBOOK}.ipynb").write_bytes(notebook(said))
    handed_in.exchange(tmp_path / "in")
    collect(course, NOTEBOOK, tmp_path / "in")
    assert word(course, "student-01") == "first"
    assert stamp(course, "student-01").startswith("2026-10-14 22:00"), "the same again is not later"


def test_dry_run_tells_the_same_and_writes_nothing(course, tmp_path):
    roster(course, CANVAS_ROSTER)
    zip_ = handed_in.canvas(tmp_path / "s.zip")
    assert collect(course, NOTEBOOK, zip_, dry_run=True).new == ["student-01", "student-02"]
    assert list(course.submitted.iterdir()) == []


def test_a_zip_in_what_one_student_handed_in_is_opened(course, tmp_path):
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr(f"work/{NOTEBOOK}.ipynb", notebook("within"))
        archive.writestr("work/cs231n_lib/optim.py", "")
    files = {"student-01/work.zip": buffer.getvalue(), "student-02/work.zip": b"PK broken"}
    told = collect(course, NOTEBOOK, zipped(tmp_path / "x.zip", files))
    assert word(course, "student-01") == "within"
    assert told.failed == ["student-02: work.zip is a damaged zip"]


def test_a_tar_in_what_one_student_handed_in_is_opened(course, tmp_path):
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w:gz") as archive:
        link = tarfile.TarInfo(f"work/{NOTEBOOK}-7.ipynb")
        link.type, link.linkname = tarfile.SYMTYPE, "/etc/passwd"
        archive.addfile(link)
        file = tarfile.TarInfo(f"../{NOTEBOOK}.ipynb")
        file.size = len(notebook("within"))
        archive.addfile(file, io.BytesIO(notebook("within")))
    files = {
        "student-01/work.tar.gz": buffer.getvalue(),
        "student-02/work.tgz": buffer.getvalue()[:-30],
        "student-03/work.tar.gz": gzip.compress(bytes(90 << 20)),
    }
    told = collect(course, NOTEBOOK, zipped(tmp_path / "x.zip", files))
    assert word(course, "student-01") == "within"
    assert told.failed == [
        "student-02: work.tgz is a damaged tar",
        "student-03: work.tar.gz holds too much",
    ]


@pytest.mark.parametrize("end", [".ipynb.json", ".IPYNB", ".ipynb.txt", "-3.Ipynb.TXT"])
def test_a_notebook_is_known_by_any_of_its_endings(course, tmp_path, end):
    made = {f"student-01/{NOTEBOOK}{end}": notebook("01"), "student-01/x.ipynb": notebook("x")}
    collect(course, NOTEBOOK, zipped(tmp_path / "x.zip", made))
    assert word(course, "student-01") == "01"


@pytest.mark.parametrize(
    ("files", "said"),
    [
        (["report.pdf"], "no notebook (report.pdf)"),
        (["a.ipynb", "b.ipynb"], f"which of a.ipynb, b.ipynb is {NOTEBOOK}.ipynb?"),
    ],
)
def test_no_notebook_is_told_and_costs_that_student_alone(course, tmp_path, files, said):
    made = {f"student-01/{name}": notebook(name) for name in files} | {
        "student-02/x.ipynb": notebook("student-02")
    }
    told = collect(course, NOTEBOOK, zipped(tmp_path / "x.zip", made))
    assert told.failed == [f"student-01: {said}"]
    assert told.new == ["student-02"]
    assert told.notes == ["student-02: handed in as x.ipynb"]
    assert not (course.submitted / "student-01").exists()


def test_of_several_uploads_the_last_number_is_taken(course, tmp_path):
    names = [f"{NOTEBOOK}.ipynb", f"{NOTEBOOK} (2).ipynb", f"{NOTEBOOK}-10.ipynb", "other.ipynb"]
    made = {f"student-01/{name}": notebook(name) for name in names}
    collect(course, NOTEBOOK, zipped(tmp_path / "x.zip", made))
    assert word(course, "student-01") == f"{NOTEBOOK}-10.ipynb"


def test_a_name_with_a_very_long_number_is_only_a_name(course, tmp_path):
    made = {f"student-01/{NOTEBOOK}-{'9' * 5000}.ipynb": notebook("student-01")}
    assert collect(course, NOTEBOOK, zipped(tmp_path / "x.zip", made)).new == ["student-01"]


def test_a_name_does_not_steer_the_terminal(course, tmp_path, capsys):
    made = {"\x1b[2Jeve/x.ipynb": notebook(), "student-01/x.ipynb": notebook("student-01")}
    path = zipped(tmp_path / "x.zip", made)
    assert main(["collect", NOTEBOOK, str(path), "--course", str(course.root)]) == 1
    said = capsys.readouterr().out
    assert "?[2Jeve cannot be the name of a folder" in said
    assert "\x1b" not in said


def test_without_a_roster_a_folders_name_is_the_student(course, tmp_path):
    made = {"student-01/x.ipynb": notebook("student-01"), "b+c/x.ipynb": notebook("bc")}
    told = collect(course, NOTEBOOK, zipped(tmp_path / "x.zip", made))
    assert told.new == ["student-01"]
    assert told.unknown == ["b+c cannot be the name of a folder"]


def test_nothing_of_an_archive_lands_outside(course, tmp_path):
    made = {
        f"../../evil/{NOTEBOOK}.ipynb": notebook(),
        "student-01/x.ipynb": notebook("student-01"),
    }
    path = handed_in.with_link(
        zipped(tmp_path / "x.zip", made), "student-02/x.ipynb", "/etc/passwd"
    )
    before = set(tmp_path.iterdir())
    told = collect(course, NOTEBOOK, path)
    assert len(told.refused) == 2
    assert not told.complete
    assert files_in(course.submitted) == [f"student-01/{NOTEBOOK}/{NOTEBOOK}.ipynb"]
    assert set(tmp_path.iterdir()) == before


def test_a_full_disk_costs_that_student_and_leaves_the_one_of_before(course, tmp_path, monkeypatch):
    def full(self, data):
        raise OSError(28, "No space left on device")

    made = {"student-01/x.ipynb": notebook("one")}
    collect(course, NOTEBOOK, zipped(tmp_path / "x.zip", made))
    monkeypatch.setattr(collecting.Path, "write_bytes", full)
    told = collect(
        course, NOTEBOOK, zipped(tmp_path / "y.zip", {"student-01/x.ipynb": notebook("two")})
    )
    assert told.failed == ["student-01: cannot be written (No space left on device)"]
    assert word(course, "student-01") == "one"
    assert list(course.submitted.iterdir()) == [course.submitted / "student-01"]


def hand_in_two(course, tmp_path):
    collect(course, NOTEBOOK, zipped(tmp_path / "x.zip", {"student-01/x.ipynb": notebook("one")}))
    return zipped(tmp_path / "y.zip", {"student-01/x.ipynb": notebook("two")})


def test_stopped_while_one_is_replaced_the_one_of_before_is_put_back(course, tmp_path, monkeypatch):
    second, moved = hand_in_two(course, tmp_path), []
    replace = collecting.os.replace

    def stopped(source, target):
        moved.append(source)
        if len(moved) == 2:
            raise KeyboardInterrupt
        replace(source, target)

    monkeypatch.setattr(collecting.os, "replace", stopped)
    with pytest.raises(KeyboardInterrupt):
        collect(course, NOTEBOOK, second)
    assert word(course, "student-01") == "one"


def test_killed_there_the_next_run_puts_it_back(course, tmp_path):
    second = hand_in_two(course, tmp_path)
    draft = course.submitted / f".{NOTEBOOK}.new"
    draft.mkdir()
    course.submitted_dir(NOTEBOOK, "student-01").rename(draft / "old-student-01")
    told = collect(course, NOTEBOOK, second, dry_run=True)
    assert draft.exists(), "a dry run writes nothing"
    told = collect(course, NOTEBOOK, second)
    assert (told.replaced, word(course, "student-01")) == (["student-01"], "two")
    assert not draft.exists()


@pytest.mark.parametrize("layout", LAYOUTS)
def test_every_layout_can_be_chosen(layout):
    parser = argparse.ArgumentParser()
    arguments(parser)
    assert parser.parse_args([NOTEBOOK, "x.zip", "--from", layout]).layout == layout


def test_a_notebook_must_be_known_and_something_handed_in(course, tmp_path):
    with pytest.raises(AutograderError, match="that was released in this course"):
        collect(course, "07_none", tmp_path)
    with pytest.raises(AutograderError, match="holds no file"):
        collect(course, NOTEBOOK, zipped(tmp_path / "x.zip", {}))


def test_the_command_says_what_is_next_and_exits_1_if_something_is_left(course, tmp_path, capsys):
    roster(course, CANVAS_ROSTER)
    arguments = ["collect", NOTEBOOK, "--course", str(course.root)]
    whole = handed_in.canvas(tmp_path / "s.zip")
    assert main([*arguments, str(whole), "--dry-run"]) == 0
    assert "2 new" in capsys.readouterr().out
    assert main([*arguments, str(whole)]) == 0
    said = capsys.readouterr().out
    assert said.splitlines()[-1].startswith(f"Next: python -m autograder grade {NOTEBOOK} --course")
    assert "nothing from: student-03, student-04" in said
    part = handed_in.canvas(tmp_path / "t.zip", "threestudent_9_9_x.ipynb")
    assert main([*arguments, str(part)]) == 1
    assert (
        "NOT COLLECTED, unknown student: threestudent (9) may be student-03 or student-04"
        in capsys.readouterr().out
    )


@pytest.mark.slow
def test_the_best_is_found_by_grading_each(klass, tmp_path):
    course, made = klass.course, {}
    for hour, code in (("20", RIGHT), ("21", "nothing")):
        klass.hand_in("student-01", code=code)
        written = course.submitted_dir(NOTEBOOK, "student-01") / f"{NOTEBOOK}.ipynb"
        name = f"student-01+{NOTEBOOK}+2026-10-14 {hour}:00:00.000000 UTC"
        made[f"{name}/{NOTEBOOK}.ipynb"] = written.read_bytes()
        written.unlink()
    zip_ = zipped(tmp_path / "x.zip", made)
    score = by_grading(course, NOTEBOOK, jobs=1, project=project(klass.made))
    told = collect(course, NOTEBOOK, zip_, keep=score)
    assert (
        told.several["student-01"]
        == "2 different versions, kept the best (4.5): 2026-10-14 20:00 UTC"
    )
    set_policy = "[due]\n01_small = 2026-10-14T19:00:00\n[late]\nper_cent_a_day = 100\n"
    (course.root / "course.toml").write_text(set_policy, encoding="utf-8")
    told = collect(course, NOTEBOOK, zip_, keep=score, dry_run=True)
    assert "kept the best (0): 2026-10-14 21:00 UTC" in told.several["student-01"], (
        "both come too late"
    )


RIGHT = "def affine_forward(x, w, b):\n    return x.reshape(len(x), -1) @ w + b, None\n"


def test_of_an_original_and_a_copy_both_are_kept_and_grading_takes_the_one_with_answers(
    course, tmp_path
):
    names = [f"{NOTEBOOK}.ipynb", f"{NOTEBOOK}-Copy1.ipynb", f"{NOTEBOOK} (1) (2).ipynb"]
    made = {f"student-01/{name}": notebook(name) for name in names}
    collected = collect(course, NOTEBOOK, zipped(tmp_path / "x.zip", made))
    assert "the newest with answers counts" in collected.notes[0]
    folder = course.submitted_dir(NOTEBOOK, "student-01")
    texts = {path.name: path.read_text() for path in folder.glob("*.ipynb")}
    assert [name for name in names if any(name in text for text in texts.values())] == names
    again = collect(course, NOTEBOOK, tmp_path / "x.zip")
    assert (again.unchanged, again.new, again.replaced) == (["student-01"], [], [])
