"""The late policy: days, bank and per cent, from course.toml through nbgrader's plugin."""

from __future__ import annotations

import re
import shutil
from datetime import datetime, timedelta

import pytest
from helpers import LESSONS
from helpers.graded_class import FIRST, record
from nbgrader.api import Gradebook, SubmittedAssignment
from nbgrader.preprocessors import AssignLatePenalties

from autograder.commands import main
from autograder.course import SETTINGS, init
from autograder.errors import AutograderError
from autograder.grading import classroom
from autograder.intake.late import put_due_dates, settle
from autograder.intake.policy import Bill, HandedInLate, Policy, bills, read

DUE = datetime(2026, 10, 14, 22, 0)
POLICY = "[due]\n01_small = 2026-10-14T22:00:00\n[late]\nbank = 1\nper_cent_a_day = 20\n"


def late(notebook, week, days):
    due = datetime(2026, 10, 1) + timedelta(weeks=week)
    return HandedInLate(notebook, due, timedelta(days=days))


def set_policy(course, text):
    (course.root / SETTINGS).write_text(text, encoding="utf-8")


def penalty(course, student="student-01"):
    with Gradebook(course.db_url, "cs231n") as book:
        found = book.find_submission_notebook(FIRST, FIRST, student)
        return found.late_submission_penalty, found.score


@pytest.mark.parametrize(
    ("late_by", "days"),
    [
        (timedelta(0), 0),
        (timedelta(minutes=10), 0),
        (timedelta(minutes=11), 1),
        (timedelta(days=1), 1),
        (timedelta(days=1, seconds=1), 2),
    ],
)
def test_a_day_that_has_begun_counts_after_the_grace(late_by, days):
    assert Policy(grace=timedelta(minutes=10)).days(late_by) == days


def test_the_bank_pays_what_was_due_first_whatever_the_order():
    hand_ins = [late("03", 3, 1), late("01", 1, 2), late("02", 2, 2), late("00", 0, 0)]
    assert bills(Policy(bank=3), "student-01", hand_ins) == {
        "00": Bill(0, 0),
        "01": Bill(2, 0),
        "02": Bill(2, 1),
        "03": Bill(1, 1),
    }


def test_an_extension_is_one_students_on_one_notebook_or_on_all():
    own = {"02": timedelta(days=2), "*": timedelta(days=1)}
    policy = Policy(extensions={"student-01": own})
    hand_ins = [late("01", 1, 3), late("02", 2, 3)]
    assert bills(policy, "student-01", hand_ins) == {"01": Bill(2, 2), "02": Bill(1, 1)}
    assert bills(policy, "student-02", hand_ins) == {"01": Bill(3, 3), "02": Bill(3, 3)}


def test_no_more_is_taken_than_was_earned():
    assert Policy(per_cent_a_day=40).penalty(5.0, 1) == 2.0
    assert Policy(per_cent_a_day=40).penalty(5.0, 100) == 5.0


# ------------------------------------------------------------------------------------- course.toml


def test_what_init_writes_costs_nothing_and_is_not_written_over(tmp_path):
    course = init(tmp_path / "course")
    assert read(course) == Policy()
    set_policy(course, POLICY)
    assert read(init(tmp_path / "course")).bank == 1


def test_the_examples_in_it_mean_what_they_say(tmp_path):
    course = init(tmp_path / "course")
    text = (course.root / SETTINGS).read_text(encoding="utf-8")
    example = re.compile(r'^# (?=\[|[\w"*]+ = )', re.M)
    set_policy(course, example.sub("", text))
    policy = read(course)
    assert (policy.bank, policy.per_cent_a_day) == (4, 20.0)
    assert policy.grace == timedelta(minutes=15)
    assert policy.due == {LESSONS[0]: datetime(2026, 10, 14, 23, 59)}
    assert policy.extension("student-01", LESSONS[0]) == timedelta(days=3)
    assert policy.extension("student-01", "06_schedules") == timedelta(days=1)


@pytest.mark.parametrize(
    ("zone", "due", "time", "days"),
    [
        # What was due on the last evening of summer time, handed in on the next evening.
        ("America/Los_Angeles", "2025-11-01T23:59", "2025-11-02T23:30", 1),
        ("Europe/Zurich", "2026-10-24T23:59", "2026-10-25T23:30", 1),
        ("Europe/Zurich", "2026-10-24T23:59", "2026-10-26T00:30", 2),
        ("Europe/Zurich", "2026-03-28T23:59", "2026-03-29T23:30", 1),
        ("Europe/Zurich", "2026-03-28T23:59", "2026-03-30T00:30", 2),
        ("Europe/Zurich", "2026-10-24T23:59", "2026-10-24T23:59", 0),
    ],
)
def test_a_late_day_is_a_day_of_the_courses_calendar(zone, due, time, days):
    policy = Policy(zone=zone)
    due, time = (policy.utc(datetime.fromisoformat(text)) for text in (due, time))
    assert policy.days(policy.lateness(due, time)) == days


def test_who_is_in_time_by_nbgraders_extension_is_in_time():
    policy, day = Policy(zone="Europe/Zurich"), timedelta(days=1)
    due = policy.utc(datetime(2026, 3, 28, 23, 59))
    assert policy.lateness(due, due + day, day) == timedelta()
    assert policy.lateness(due, due + day + timedelta(hours=1), day) == timedelta(hours=2)


def test_times_are_of_the_courses_zone(tmp_path):
    course = init(tmp_path / "course")
    set_policy(course, 'timezone = "America/Los_Angeles"\n[due]\na = 2026-10-14T23:59:00\n')
    assert read(course).due == {"a": datetime(2026, 10, 15, 6, 59)}
    set_policy(course, 'timezone = "America/Los_Angeles"\n[due]\na = 2026-10-14T23:59:00Z\n')
    assert read(course).due == {"a": datetime(2026, 10, 14, 23, 59)}


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("bank = 3", "it may hold project, timezone, .*; got bank"),
        ("late = 3", r"late must be a section, \[late\], got 3"),
        ("[late]\nbank = -1", "bank must be a whole number from 0, got -1"),
        ("[late]\nbank = 1.5", "bank must be a whole number from 0, got 1.5"),
        ("[late]\nbank = true", "bank must be a whole number from 0, got True"),
        ("[late]\nper_cent_a_day = 101", "per_cent_a_day must be a number from 0 to 100, got 101"),
        ("[late]\nper_cent_a_day = nan", "per_cent_a_day must be a number from 0 to 100, got nan"),
        ("[late]\nrate = 1", r"\[late\] may hold bank, per_cent_a_day, grace_minutes; got rate"),
        ("[due]\na = 2026-10-14", r"due\.a must be a time like 2026-10-14T23:59:00, got datetime"),
        ("day_first = 1", "day_first must be true or false, got 1"),
        ('timezone = "Mars"', "timezone must be one like 'Europe/Zurich', got 'Mars'"),
        ('[extensions.student-01]\na = "3"', "a must be a number from 0, got '3'"),
        ("[late", "cannot be read"),
    ],
)
def test_a_mistake_in_it_is_one_clear_line(tmp_path, text, said):
    course = init(tmp_path / "course")
    set_policy(course, text)
    with pytest.raises(AutograderError, match=said) as raised:
        read(course)
    assert str(course.root / SETTINGS) in str(raised.value)


# --------------------------------------------------------------------------------------- gradebook


def hand_in_late(klass, days, policy=POLICY):
    set_policy(klass.course, policy)
    put_due_dates(klass.course)
    time = DUE + timedelta(days=days) - timedelta(hours=1)
    klass.hand_in("student-01", stamp=f"{time:%Y-%m-%d %H:%M:%S} UTC")


ONE_EVENING = """timezone = "America/Los_Angeles"
[due]
01_small = 2025-11-01T23:59:00
[late]
per_cent_a_day = 20
"""


def test_one_evening_over_the_end_of_summer_time_costs_one_day(klass, capsys):
    set_policy(klass.course, ONE_EVENING)
    put_due_dates(klass.course)
    klass.hand_in("student-01", stamp="2025-11-03 07:30:00 UTC")
    record(klass, "student-01", affine=4.0)
    assert penalty(klass.course) == (pytest.approx(0.8), 4.0), "by nbgrader's plugin"
    assert main(["late", "--course", str(klass.course.root)]) == 0
    (line,) = [line for line in capsys.readouterr().out.splitlines() if "student-01" in line]
    assert line.split() == ["student-01", FIRST, "1", "0", "0.8"]


WRITTEN = {
    "in-time-1": "10/14/2025 9:05 PM",
    "in-time-2": "2025-10-14 21:05:00 -0700",
    "in-time-3": "Dienstag, 14. Oktober 2025, 21:05",
    "late-1": "10/15/2025 9:05 PM",
    "late-2": "2025-10-16 04:05:00 UTC",
    "late-3": "Mittwoch, 15. Oktober 2025, 21:05",
    "not-clear": "the 15th, 9 o'clock",
}


def test_times_as_they_are_written_through_the_commands(klass, tmp_path, capsys):
    course = klass.course
    set_policy(
        course,
        'timezone = "America/Los_Angeles"\n[due]\n01_small = 2025-10-14T22:00:00\n'
        "[late]\nper_cent_a_day = 20\n",
    )
    put_due_dates(course)
    shutil.rmtree(course.submitted)
    for student in WRITTEN:
        klass.hand_in(student)
    download = tmp_path / "download"
    course.submitted.rename(download)
    times = tmp_path / "times.csv"
    lines = [f'{student},"{time}"\n' for student, time in WRITTEN.items()]
    times.write_text("student_id,submitted\n" + "".join(lines), encoding="utf-8")
    where = ["--course", str(course.root)]
    assert main(["collect", FIRST, str(download), "--roster", str(times), *where]) == 0
    assert "not-clear (the 15th, 9 o'clock)" in capsys.readouterr().out
    record(klass, *WRITTEN, affine=4.0)
    assert main(["late", *where]) == 0
    printed = [line.split() for line in capsys.readouterr().out.splitlines() if FIRST in line]
    assert printed == [[f"late-{number}", FIRST, "1", "0", "0.8"] for number in (1, 2, 3)]
    times.write_text("student_id,submitted\nnot-clear,2025-10-15 21:00\n", encoding="utf-8")
    for student in set(WRITTEN) - {"not-clear"}:
        shutil.rmtree(download / student)
    assert main(["collect", FIRST, str(download), "--roster", str(times), *where]) == 0
    record(klass, "not-clear", affine=4.0)
    assert penalty(course, "not-clear") == (pytest.approx(0.8), 4.0), "since a person said it"


def test_grading_takes_off_what_the_bank_does_not_cover(klass):
    hand_in_late(klass, days=3)
    record(klass, "student-01", affine=4.0)
    assert penalty(klass.course) == (pytest.approx(1.6), 4.0), "3 days, 1 of the bank: 40 %"


def test_in_time_or_within_the_bank_costs_nothing(klass):
    for days in (0, 1):
        hand_in_late(klass, days)
        record(klass, "student-01", affine=4.0)
        assert penalty(klass.course) == (None, 4.0)


def test_nbgraders_own_step_comes_to_the_same(klass):
    hand_in_late(klass, days=3)
    record(klass, "student-01", affine=4.0)
    course = klass.course
    with Gradebook(course.db_url, "cs231n") as book:
        book.find_submission_notebook(FIRST, FIRST, "student-01").late_submission_penalty = None
        book.db.commit()
    about = {"notebook": FIRST, "assignment": FIRST, "student": "student-01"}
    step = AssignLatePenalties(config=course.config())
    step.preprocess(klass.release.notebook, {"nbgrader": {**about, "db_url": course.db_url}})
    assert penalty(course) == (pytest.approx(1.6), 4.0)


def test_the_bank_may_be_used_up_by_another_notebook(klass):
    due = DUE - timedelta(weeks=1)
    with Gradebook(klass.course.db_url, "cs231n") as book:
        before = book.add_assignment("00_before", duedate=due)
        book.add_student("student-01")
        mine = {"assignment_id": before.id, "student_id": "student-01"}
        book.db.add(SubmittedAssignment(**mine, timestamp=due + timedelta(hours=2)))
        book.db.commit()
    hand_in_late(klass, days=3)
    record(klass, "student-01", affine=4.0)
    assert penalty(klass.course)[0] == pytest.approx(2.4), "all 3 days are charged"


def test_settle_follows_course_toml_and_says_what_changes(klass, capsys):
    course = klass.course
    hand_in_late(klass, days=3)
    record(klass, "student-01", affine=4.0)
    set_policy(course, POLICY.replace("day = 20", "day = 50"))
    (line,) = settle(course, dry_run=True)
    assert (line.bill, line.before, line.after) == (Bill(3, 2), pytest.approx(1.6), 4.0)
    assert penalty(course)[0] == pytest.approx(1.6), "a dry run changes nothing"
    assert main(["late", "--course", str(course.root)]) == 0
    assert "student-01" in capsys.readouterr().out
    assert penalty(course)[0] == 4.0
    set_policy(course, POLICY + "[extensions.student-01]\n01_small = 3\n")
    settle(course)
    assert penalty(course)[0] is None
    assert main(["late", "--course", str(course.root)]) == 0
    assert "Nobody is late." in capsys.readouterr().out


def test_the_grade_command_puts_the_dates_and_settles(klass, monkeypatch):
    course = klass.course
    set_policy(course, POLICY)
    klass.hand_in("student-01", stamp="2026-10-17 21:00:00 UTC")
    monkeypatch.setattr(
        classroom, "grade_class", lambda *_, **__: record(klass, "student-01", affine=4.0)
    )
    assert main(["grade", FIRST, "--course", str(course.root)]) == 0
    assert penalty(course)[0] == pytest.approx(1.6)
    set_policy(course, POLICY.replace("day = 20", "day = 50"))
    monkeypatch.setattr(classroom, "grade_class", lambda *_, **__: None)
    assert main(["grade", FIRST, "--course", str(course.root), "--dry-run"]) == 0
    assert penalty(course)[0] == pytest.approx(1.6)
    assert main(["grade", FIRST, "--course", str(course.root)]) == 0
    assert penalty(course)[0] == 4.0, "nothing was graded anew"


def test_an_extension_given_in_nbgrader_counts_as_well(klass):
    hand_in_late(klass, days=3)
    record(klass, "student-01", affine=4.0)
    with Gradebook(klass.course.db_url, "cs231n") as book:
        book.grant_extension(FIRST, "student-01", days=1)
    (line,) = settle(klass.course)
    assert line.bill == Bill(2, 1)


def test_without_a_policy_nbgraders_own_stays(klass):
    hand_in_late(klass, days=3, policy=POLICY.partition("[late]")[0])
    config = klass.course.root / "nbgrader_config.py"
    with config.open("a", encoding="utf-8") as file:
        file.write("\nc.LateSubmissionPlugin.penalty_method = 'zero'\n")
    record(klass, "student-01", affine=4.0)
    assert penalty(klass.course) == (4.0, 4.0)
    settle(klass.course)
    assert penalty(klass.course) == (4.0, 4.0), "it is not taken back either"


def test_a_mark_by_hand_changes_what_a_day_costs(klass):
    hand_in_late(klass, days=3)
    record(klass, "student-01", affine=4.0)
    with Gradebook(klass.course.db_url, "cs231n") as book:
        book.find_grade("why_bias", FIRST, FIRST, "student-01").manual_score = 2.0
        book.db.commit()
    (line,) = settle(klass.course)
    assert line.after == pytest.approx(0.4 * 6.0)
