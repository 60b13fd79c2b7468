"""What a student adds to their own hand-in changes nothing for anybody else, in any layout."""

from __future__ import annotations

from pathlib import PurePosixPath

import pytest
from helpers.handed_in import CANVAS_ROSTER, GRADESCOPE_ROSTER, NOTEBOOK, notebook, zipped
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from autograder.course import init
from autograder.errors import AutograderError
from autograder.intake.archives import File
from autograder.intake.collect import collect
from autograder.intake.layouts import LAYOUTS, hand_ins
from autograder.intake.roster import ROSTER

METADATA = "submission_metadata.yml"
TIME = "2030-01-01 00:00:00.000000 UTC"


def metadata(numbers):
    return "".join(
        f"submission_{n}:\n  :submitters:\n  - :name: Student {n}\n    :sid: s-{n}\n"
        f"  :created_at: 2026-10-1{n} 21:05:00 Z\n"
        for n in numbers
    ).encode()


# Of each layout, what the system writes before the names that student `n` gives.
PREFIXES = {
    "canvas": "student{n}_400{n}_50{n}_",
    "canvas late": "student{n}_late_400{n}_50{n}_",
    "canvas anonymous": "400{n}_50{n}_",
    "moodle": "Student {n}_30{n}_assignsubmission_file/",
    "moodle old": "Student {n}_30{n}_assignsubmission_file_/",
    "moodle flat": "Student {n}_30{n}_assignsubmission_file_",
    "gradescope": "assignment_7_export/submission_{n}/",
    "blackboard": "Lab_s_student-0{n}_attempt_2026-10-1{n}-21-05-33_",
    "brightspace": "39-64{n} - Student {n} - Oct 1{n}, 2026 905 PM/",
    "brightspace flat": "39-64{n} - Student {n} - Oct 1{n}, 2026 905 PM - ",
    "ilias": "Muster_Student {n}_student-0{n}_12{n}/",
    "exchange": "student-0{n}+" + NOTEBOOK + "+2026-10-1{n} 21:00:00 UTC+Aa/",
    "folder": "student-0{n}/",
    "folder in a folder": "submissions/student-0{n}/",
    "nbgrader's tree": "submitted/student-0{n}/" + NOTEBOOK + "/",
}
POSED = [
    METADATA, "timestamp.txt", f"{NOTEBOOK}.ipynb", NOTEBOOK, "submission_2", "student-02", "_",
    f"student-02+{NOTEBOOK}+{TIME}+x", f"+{NOTEBOOK}+{TIME}", "student2_4002_502_x.ipynb", "7_8_",
    "assignsubmission_file_x.ipynb", "Student 2_302_assignsubmission_file_", "late_4002_502_x",
    "a_1_assignsubmission_file_x.ipynb", "text.html", "submissions", "assignment_7_export", "a\nb",
    "student-02.ipynb", "\u202estudent-02", "ＳＴＵＤＥＮＴ-02", "٤٠٠٢_٥٠٢_x", "\\", "..\\x", " ",
    "x_student-02_attempt_2026-10-12-21-05-33_x.ipynb", "a_b_student-02_1", "index.html", " - ",
    "39-642 - Student 2 - Oct 12, 2026 905 PM", "attempt_2026-10-12-21-05-33.txt", "2_student-02",
]  # fmt: skip
NAMES = st.lists(st.sampled_from(POSED) | st.text(max_size=8), min_size=1, max_size=4)
ADDED = st.lists(st.builds("".join, NAMES) | st.builds("/".join, NAMES), max_size=6)


def path_of(name):
    return PurePosixPath(name.replace("\\", "/"))


def download(kind, students):
    """The files of `students`, one notebook each, by path."""
    files = {PREFIXES[kind].format(n=n) + f"{NOTEBOOK}.ipynb": notebook(f"{n}") for n in students}
    if kind == "gradescope":
        files[f"assignment_7_export/{METADATA}"] = metadata(students)
    return files


def received(files, layout=""):
    """The layout, and {who: all that is known of what they handed in}."""
    parsed = [File(path_of(name), lambda data=data: data) for name, data in files]
    layout, found = hand_ins(parsed, NOTEBOOK, layout)
    known = {}
    for x in found:
        if layout == "folder" and x.who == "student-09" and not x.keys:
            continue  # a file that is named as the attacker's folder
        data = sorted((str(file.path), file.read()) for file in x.files)
        known.setdefault(x.who, []).append((x.keys, x.time, x.late, data))
    return layout, known


@pytest.mark.parametrize("kind", PREFIXES)
@given(added=ADDED, order=st.randoms(use_true_random=False))
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@example(added=[METADATA, "submission_1/x.ipynb"], order=None)
@example(added=[f"student-02+{NOTEBOOK}+{TIME}+x/{NOTEBOOK}.ipynb"], order=None)
@example(added=[f"student-02/{NOTEBOOK}/{NOTEBOOK}-9.ipynb"], order=None)
@example(added=["a_1_assignsubmission_file_05.ipynb", "timestamp.txt"], order=None)
def test_no_other_student_changes_whatever_one_adds(kind, added, order):
    honest = download(kind, (1, 2, 9))
    layout, expected = received(honest.items())
    assert layout == kind.split()[0].removeprefix("nbgrader's") or layout == "folder"
    mine = PREFIXES[kind].format(n=9)
    posed = metadata((1, 2))
    attack = [(mine + name, posed if name.endswith("yml") else TIME.encode()) for name in added]
    files = [*attack, *honest.items()]
    if order:
        order.shuffle(files)
    for told in ("", layout):
        now, found = received(files, told)
        assert now == layout
        assert found.keys() == expected.keys(), "nobody is new, nobody is gone"
        changed = {who for who in found if found[who] != expected[who]}
        assert all("9" in who for who in changed)
        assert all(x[:3] == expected[who][0][:3] for who in changed for x in found[who])


@pytest.mark.parametrize("kind", PREFIXES)
@given(added=ADDED)
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@example(added=["student-02/x.ipynb", "student-01/x.ipynb"])
@example(added=[METADATA, "submission_1/x.ipynb"])
def test_who_is_alone_in_a_download_hands_in_for_nobody_else(kind, added):
    honest = download(kind, (9,))
    layout, expected = received(honest.items(), kind.split()[0] if "canvas" in kind else "")
    mine = PREFIXES[kind].format(n=9)
    names = [f"{mine}{name}" for name in added or ["x.ipynb"]]
    files = [(name, metadata((1, 2))) for name in names]
    if kind == "gradescope":
        files += [(f"assignment_7_export/{METADATA}", metadata((9,)))]
    for told in ("", layout):
        try:
            now, found = received(files, told)
        except AutograderError as error:
            refusal = str(error)
            assert "--from" in refusal
            assert not told
        else:
            assert now == layout
            assert found.keys() <= expected.keys()
            assert all(x[:3] == expected[who][0][:3] for who in found for x in found[who])


def test_the_first_of_many_metadata_is_not_the_one_that_counts():
    honest = download("gradescope", (1, 2, 9))
    swapped = metadata((1, 2)).replace(b"s-1", b"s-0").replace(b"s-2", b"s-1")
    posed = [(f"assignment_7_export/submission_9/{METADATA}", swapped)]
    found = received([*posed, *honest.items()])[1]
    words = {who: x[0][3][0][1] for who, x in found.items()}
    assert words == {"s-1": notebook("1"), "s-2": notebook("2"), "s-9": notebook("9")}
    with pytest.raises(AutograderError, match="must hold one submission_metadata"):
        received([*honest.items(), (f"assignment_7_export/{METADATA}", swapped)])


def test_a_file_that_fits_two_systems_is_no_reason_to_choose_the_other():
    posed = [("4009_509_assignsubmission_file_x.ipynb", b"")]
    assert received([*download("canvas anonymous", (1,)).items(), *posed])[0] == "canvas"
    with pytest.raises(AutograderError, match=r"--from canvas\|moodle"):
        received(posed)


@pytest.mark.parametrize("layout", LAYOUTS)
def test_a_stray_file_is_listed_and_is_nobodys(layout):
    kind = {"submitted": "nbgrader's tree"}.get(layout, layout)
    stray = ("submitted/" if layout == "submitted" else "") + "README.txt"
    if layout == "gradescope":
        stray = f"assignment_7_export/{stray}"
    now, found = received([*download(kind, (1, 2)).items(), (stray, b"")], layout)
    assert now == layout
    assert len(found) == 3
    assert found["README.txt"][0][0] == ()


# ------------------------------------------------------------------------------- the whole command


@pytest.fixture
def course(tmp_path):
    made = init(tmp_path / "course")
    made.release_dir(NOTEBOOK).mkdir(parents=True)
    (made.release_dir(NOTEBOOK) / f"{NOTEBOOK}.ipynb").write_bytes(notebook())
    return made


def collected(course, tmp_path, files, layout=""):
    """{student: the word in their notebook}, and what was told."""
    told = collect(course, NOTEBOOK, zipped(tmp_path / "x.zip", files), layout)
    paths = course.submitted.glob(f"*/{NOTEBOOK}/{NOTEBOOK}.ipynb")
    return {path.parts[-3]: path.read_bytes() for path in paths}, told


def test_a_folder_named_as_an_exchange_drops_nobody(course, tmp_path):
    files = {f"student-0{n}/{NOTEBOOK}.ipynb": notebook(f"{n}") for n in (1, 5)}
    posed = f"student-01+{NOTEBOOK}+{TIME}+x"
    words, told = collected(
        course, tmp_path, {f"student-05/{posed}/{NOTEBOOK}.ipynb": notebook("posed")} | files
    )
    assert (told.layout, words["student-01"]) == ("folder", notebook("1"))
    assert sorted(words) == ["student-01", "student-05"]


def test_a_students_own_timestamp_is_ignored_with_a_note(course, tmp_path):
    files = {f"student-0{n}/{NOTEBOOK}.ipynb": notebook() for n in (1, 5)}
    files["student-05/timestamp.txt"] = TIME.encode()
    _, told = collected(course, tmp_path, files)
    assert not list(course.submitted.glob("*/*/timestamp.txt"))
    assert any("if nbgrader wrote them, use --from submitted" in note for note in told.notes)


def test_who_takes_another_students_name_hands_in_nothing_for_them(course, tmp_path):
    (course.root / ROSTER).write_text(CANVAS_ROSTER, encoding="utf-8")
    files = {
        f"onestudent_4001_501_{NOTEBOOK}.ipynb": notebook("true"),
        f"onestudent_9999_502_{NOTEBOOK}.ipynb": notebook("posed"),
        f"twøstudent_4001_503_{NOTEBOOK}.ipynb": notebook("whose?"),
    }
    words, told = collected(course, tmp_path, files)
    assert words == {"student-01": notebook("true")}
    assert told.unknown == [
        "twøstudent (4001) may be student-01 or student-02: "
        "the details in the download belong to different students",
        "onestudent (9999) has the name of student-01, and so has onestudent (4001)",
    ]
    (course.root / ROSTER).write_text("student_id,name\ns1,One Student\n", encoding="utf-8")
    words, told = collected(course, tmp_path, dict(list(files.items())[:2]))
    assert "s1" not in words
    assert len(told.unknown) == 2


def test_two_accounts_that_the_roster_knows_are_one_student(course, tmp_path):
    (course.root / ROSTER).write_text(GRADESCOPE_ROSTER, encoding="utf-8")
    files = download("gradescope", (1, 2))
    text = metadata((1,)) + b"submission_2:\n  :submitters:\n  - :email: student-01@example.edu\n"
    words, told = collected(course, tmp_path, {**files, f"assignment_7_export/{METADATA}": text})
    assert (list(words), told.unknown) == (["S-1"], [])
