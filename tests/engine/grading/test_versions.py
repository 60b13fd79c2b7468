"""Mended tests: their version goes with the marks, and who gains and who loses is told."""

from __future__ import annotations

from dataclasses import replace

import pytest
from helpers.graded_class import FIRST, grade_of, mark_by_hand, record
from helpers.html_pages import Page
from helpers.small_course import AFFINE, affine_inputs, no_bias_affine, project
from nbgrader.api import Gradebook

from autograder.authoring import release
from autograder.authoring.packs import unversioned
from autograder.check.judge import Report, Verdict
from autograder.check.pack import Pack
from autograder.commands import grade, main
from autograder.course import SETTINGS, Course
from autograder.exercise import Mistake, Test
from autograder.grading import classroom
from autograder.grading.compare import Change, Comparison, compare
from autograder.grading.feedback import feedback
from autograder.grading.gradebook import results_at
from autograder.intake.late import put_due_dates, settle
from autograder.reports.report import write_report
from autograder.reports.results_reader import read
from autograder.results import NewVersion, SubmissionResults

WHY = "grey images have `one` channel"
GAIN = NewVersion("affine", 1, 2, WHY, before=3.0, after=4.5)


def mend(klass, *why):
    """The tests of `affine` have another version from now on."""
    pack = klass.release.packs["affine"]
    packs = {**klass.release.packs, "affine": replace(pack, changes=[*pack.changes, *why])}
    klass.release = replace(klass.release, packs=packs)


def summary(klass, student):
    (path,) = feedback(klass.course, FIRST, [student])
    source = path.read_text(encoding="utf-8")
    return Page(source.split('<main class="summary">')[1].split("</main>")[0]).text


@pytest.fixture
def mended(klass):
    """student-01 gains by the new version, student-02 loses; student-03 has a mark by hand."""
    klass.hand_in("student-03", "Words.", code="something")
    record(klass, "student-01", "student-03", affine=3.0)
    record(klass, "student-02", affine=4.5)
    mark_by_hand(klass.course, "student-03", "affine", 4.0)
    mend(klass, WHY)
    record(klass, "student-01", "student-03", affine=4.5)
    record(klass, "student-02", affine=3.0)
    return klass


# ------------------------------------------------------------------------------- version and marks


def test_an_exercise_begins_with_version_1_and_each_change_makes_another():
    assert AFFINE.version == 1
    assert replace(AFFINE, changes=["one", "two"]).version == 3


def test_the_version_goes_with_the_release(tmp_path):
    replace(AFFINE, changes=[WHY]).pack(FIRST).save(tmp_path / "affine.npz")
    assert Pack.load(tmp_path / "affine.npz").changes == [WHY]


def test_the_version_is_in_the_results_of_a_submission(mended):
    assert results_at(mended.course, FIRST, "student-01").changes == {"affine": [WHY]}
    (first, *_) = read(mended.course).results
    assert {each.name: each.version for each in first.exercises} == {
        "affine": 2, "q_linear": 1, "why_bias": 1,
    }  # fmt: skip


def test_a_students_page_says_that_the_mark_changed_and_why(mended):
    said = summary(mended, "student-01")
    assert "Graded again" in said
    assert "affine : grey images have one channel. Points: 3 before, 4.5 now." in said
    assert "Points: 4.5 before, 3 now." in summary(mended, "student-02")


def test_what_a_person_gave_stays_and_nothing_is_said_of_it(mended):
    assert grade_of(mended.course, "student-03", "affine")[:2] == (4.5, 4.0)
    assert "Graded again" not in summary(mended, "student-03")


def test_the_report_says_who_gained_and_who_lost(mended):
    page = Page(write_report(mended.course, FIRST).read_text(encoding="utf-8"))
    line = "affine: version 1 → 2 (grey images have one channel): 1 gain, 1 lose"
    assert line in page.text


def test_it_is_still_said_after_another_grading_but_not_of_another_answer(mended):
    record(mended, "student-01", affine=4.5)
    assert len(results_at(mended.course, FIRST, "student-01").regraded) == 1
    mend(mended, "and rows too", "and columns")
    record(mended, "student-01", affine=3.0)
    last = results_at(mended.course, FIRST, "student-01").regraded[-1]
    assert (last.old, last.new, last.why) == (2, 4, "and rows too; and columns")
    mended.hand_in("student-01", "Other words.", code="other code")
    record(mended, "student-01", affine=4.5)
    assert results_at(mended.course, FIRST, "student-01").regraded == []


def test_a_late_penalty_is_that_of_the_new_points(klass):
    text = f"[late]\nper_cent_a_day = 10\n[due]\n{FIRST} = 2026-10-14T12:00:00\n"
    (klass.course.root / SETTINGS).write_text(text, encoding="utf-8")
    put_due_dates(klass.course)
    klass.hand_in("student-01", "Words.", stamp="2026-10-16 11:00:00 UTC")

    def score():
        settle(klass.course)
        with Gradebook(klass.course.db_url, "cs231n") as book:
            found = book.find_submission(FIRST, "student-01")
            return found.score, found.late_submission_penalty

    record(klass, "student-01", affine=3.0)
    assert score() == (3.0, pytest.approx(0.6))
    mend(klass, WHY)
    record(klass, "student-01", affine=4.5)
    assert score() == (4.5, pytest.approx(0.9))


# ------------------------------------------------------------------------------------- a dry run


def results(points, *changes):
    verdict = Verdict("images", 1.5, "passed" if points > 3 else "failed")
    report = Report("affine", FIRST, "The affine layer", [verdict])
    return SubmissionResults({"affine": points}, [report], changes={"affine": [*changes]})


def test_a_comparison_says_from_which_version_to_which():
    assert compare("student-01", results(3.0), results(4.5, WHY)).versions == (GAIN,)
    assert compare("student-01", results(3.0, WHY), results(4.5, WHY)).versions == ()
    assert compare("student-01", None, results(4.5, WHY)).versions == ()
    (by_hand,) = compare("student-01", results(3.0), results(4.5, WHY), {"affine": 2.0}).versions
    assert (by_hand.by_hand, by_hand.gain) == (True, 0.0)


@pytest.fixture
def dry_run(klass, monkeypatch):
    """`grade --dry-run` where one gains by a new version, and for another nothing changes."""

    def play(course, notebook, tell, **asked):
        change = Change("affine", "images", 0.0, 1.5)
        tell(Comparison("student-01", 3.0, 4.5, (change,), (GAIN,)))
        tell(Comparison("student-02", 3.0, 3.0, (), (replace(GAIN, after=3.0),)))
        return ["student-01", "student-02"]

    monkeypatch.setattr(classroom, "grade_class", play)
    monkeypatch.setattr(grade, "version_notes", lambda course, assignment: ["note: affine"])
    return lambda *more: main(["grade", FIRST, "--course", str(klass.course.root), *more])


def test_a_dry_run_says_which_version_it_is_and_why(dry_run, capsys):
    assert dry_run("--dry-run") == 0
    said = capsys.readouterr()
    assert f"affine: version 1 → 2 ({WHY}): 1 gain, 0 lose" in said.out
    assert "student-02" not in said.out
    assert said.err == "note: affine\n"


def test_the_changes_are_written_test_by_test_where_asked(dry_run, tmp_path, capsys):
    to = tmp_path / "regrade.csv"
    assert dry_run("--dry-run", "--changes", str(to)) == 0
    assert str(to) in capsys.readouterr().out.replace("\n", "")
    assert to.read_text(encoding="utf-8").splitlines() == [
        "student,exercise,test,before,after,by_hand,version,why",
        f"student-01,affine,images,0,1.5,no,2,{WHY}",
    ]
    for others in ((), ("--dry-run", "--json")):
        assert dry_run("--changes", str(to), *others) == 2
        assert "--changes FILE needs --dry-run" in capsys.readouterr().err


# ------------------------------------------------------------------- changed, and under one version


def forward_twice(affine_forward, x, w, b):
    return {"out": 2 * affine_forward(x, w, b)[0]}


def longer_inputs(rng):
    inputs = affine_inputs(rng)
    return {**inputs, "x": inputs["x"][:3]}


ROWS, IMAGES = AFFINE.tests
CHANGED = {
    "a name": replace(ROWS, name="all rows"),
    "points": replace(ROWS, points=2),
    "a tolerance": replace(ROWS, rtol=1e-3),
    "a probe": replace(ROWS, probe=forward_twice),
    "inputs": replace(ROWS, inputs=longer_inputs),
    "untouched": replace(ROWS, untouched=[]),
}


@pytest.fixture
def released(tmp_path):
    AFFINE.pack(FIRST).save(tmp_path / "affine.npz")
    return tmp_path


@pytest.mark.parametrize("what", CHANGED)
def test_a_changed_test_is_told_unless_it_has_a_new_version(released, what):
    changed = replace(AFFINE, tests=[CHANGED[what], IMAGES])
    (said,) = unversioned(released, FIRST, [changed])
    assert said.startswith("affine: tests changed since the release (")
    assert "still version 1" in said
    assert IMAGES.name not in said
    assert unversioned(released, FIRST, [replace(changed, changes=[WHY])]) == []


def test_a_test_more_or_less_is_told(released):
    more = Test("again", forward_twice, affine_inputs)
    for tests, name in (([ROWS, IMAGES, more], "again"), ([ROWS], "images")):
        (said,) = unversioned(released, FIRST, [replace(AFFINE, tests=tests)])
        assert f"({name})" in said


def test_other_right_results_are_told(released):
    reference = {"affine_forward": lambda x, w, b: (x.reshape(len(x), -1) @ w - b, None)}
    (said,) = unversioned(released, FIRST, [replace(AFFINE, answers=reference)])
    assert "(rows, images)" in said


def test_an_old_version_does_not_count_for_a_new_change(tmp_path):
    replace(AFFINE, changes=["long ago"]).pack(FIRST).save(tmp_path / "affine.npz")
    changed = replace(AFFINE, tests=[ROWS], changes=["long ago"])
    assert "still version 2" in unversioned(tmp_path, FIRST, [changed])[0]


def test_what_gives_no_other_points_is_not_told(released, tmp_path):
    named = [Mistake("another", "What a message!", {"affine_forward": no_bias_affine})]
    assert unversioned(released, FIRST, [AFFINE, replace(AFFINE, mistakes=named)]) == []
    assert unversioned(tmp_path / "never released", FIRST, [replace(AFFINE, tests=[ROWS])]) == []


def test_release_says_so_as_a_note_and_releases(klass, monkeypatch, capsys):
    made = (klass.course.release_dir(FIRST), klass.course.download / f"{FIRST}.zip")
    changed = replace(project(klass.made), exercises=lambda name: [replace(AFFINE, tests=[ROWS])])
    monkeypatch.setattr(Course, "project", changed)
    monkeypatch.setattr(release, "release", lambda course, notebook: made)
    words = ["release", FIRST, "--no-rehearsal", "--course", str(klass.course.root)]
    assert main(words) == 0
    note, *others = capsys.readouterr().out.splitlines()
    assert note.startswith("note: affine: tests changed since the release (images)")
    assert others
