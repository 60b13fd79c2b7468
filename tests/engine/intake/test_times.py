"""Times as other programs write them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import pytest

from autograder.intake.times import read, read_column

EVENING = datetime(2025, 10, 14, 21, 5)
DUE = datetime(2025, 10, 14, 23, 59)


@pytest.mark.parametrize(
    "text",
    [
        "2025-10-14T21:05",
        "2025/10/14 21:05:00",
        "20251014210500",
        "2025-10-14-21-05-00",
        "10/14/2025 9:05 PM",
        "10/14/25, 9:05\u202fPM",
        "14/10/2025 21:05",
        "14-10-2025 21:05",
        "14.10.2025 21:05",
        "14.10.25, 21:05 Uhr",
        "Oct 14 at 9:05pm",
        "14 Oct at 21:05",
        "Oct 14, 2025 at 9:05pm",
        "Oct 14, 2025 905 PM",
        "Tuesday, October 14, 2025, 9:05 PM",
        "Tuesday, 14 October 2025, 9:05 PM",
        "Dienstag, 14. Oktober 2025, 21:05",
        "mardi 14 octobre 2025, 21:05",
        "martes, 14 de octubre de 2025, 21:05",
        "martedì, 14 ottobre 2025, 21:05",
        "dinsdag, 14 oktober 2025, 21:05",
        "terça-feira, 14 de outubro de 2025 às 21:05",
    ],
)
def test_a_time_without_an_offset_is_of_the_zone(text):
    assert read(text, "UTC", DUE) == EVENING
    assert read(text, "America/Los_Angeles", DUE) == EVENING + timedelta(hours=7)


@pytest.mark.parametrize(
    ("text", "offset"),
    [
        ("2025-10-14 21:05:00 -0700", -7),
        ("2025-10-14T21:05:00-07:00", -7),
        ("2025-10-14T21:05:00+02", 2),
        ("2025-10-14 21:05:00.000000000 +02:00", 2),
        ("2025-10-14T21:05:00Z", 0),
        ("2025-10-14 21:05:00.000000 UTC", 0),
        ("Tue, 14 Oct 2025 21:05:00 +0530", 5.5),
    ],
)
def test_an_offset_is_read_exactly_whatever_the_zone(text, offset):
    assert read(text, "Asia/Tokyo") == EVENING - timedelta(hours=offset)


def test_a_time_of_another_library_is_taken_as_it_is():
    pacific = timezone(timedelta(hours=-7))
    assert read(EVENING.replace(tzinfo=pacific), "UTC") == EVENING + timedelta(hours=7)
    assert read(EVENING, "America/Los_Angeles") == EVENING + timedelta(hours=7)


def test_parts_of_a_second_keep_hand_ins_in_order():
    assert read("2025-10-14 21:05:00.25 UTC", "UTC") == EVENING.replace(microsecond=250000)


@pytest.mark.parametrize(("text", "hour"), [("12:05 AM", 0), ("12:05 PM", 12), ("9 am", 9)])
def test_noon_and_midnight(text, hour):
    assert read(f"10/14/2025 {text}", "UTC").hour == hour


@pytest.mark.parametrize(
    ("near", "year"),
    [
        (datetime(2025, 10, 15), 2025),
        (datetime(2025, 11, 29), 2025),
        (datetime(2026, 1, 5), 2025),
        (datetime(2026, 9, 1), 2026),
    ],
)
def test_a_missing_year_is_the_nearest(near, year):
    assert read("Oct 14 at 9:05pm", "UTC", near) == EVENING.replace(year=year)
    assert read("Feb 29 at 9:05pm", "UTC", datetime(2025, 2, 1)) == datetime(2024, 2, 29, 21, 5)


def test_a_missing_year_is_this_one_by_default():
    now = datetime.now(UTC).replace(tzinfo=None)
    yesterday = now - timedelta(days=1)
    assert read(f"{yesterday:%b %d at %H:%M}", "UTC") == yesterday.replace(second=0, microsecond=0)


def test_a_date_alone_is_the_beginning_of_its_day():
    assert read("05.11.2025", "UTC") == datetime(2025, 11, 5)
    assert read("05.11.2025", "Europe/Zurich") == datetime(2025, 11, 4, 23)


def test_where_clocks_are_put_back_an_abbreviation_tells_else_it_is_the_earlier():
    first, second = datetime(2025, 11, 2, 8, 30), datetime(2025, 11, 2, 9, 30)
    zone = "America/Los_Angeles"
    assert read("2025-11-02 01:30 PDT", zone) == first
    assert read("2025-11-02 01:30 PST", zone) == second
    assert read("2025-11-02 01:30", zone) == first


@pytest.mark.parametrize(
    "text",
    [
        "",
        "yesterday",
        "05/11/2025",
        "05/11/2025 9:05 PM",
        "10/32/2025",
        "13/13/2025",
        "2025-10-14 25:00",
        "10/14/2025 21:05 PM",
        "14 Brumaire 2025",
        "14 jui 2025",  # juin or juillet
        "2025-10-14 21:05 CST",  # of China, Cuba or the USA
        "9:05 PM",
        "99999999999999",
        "0001-01-01 00:00 +1400",
        "2025-10-14 21:05 or later",
    ],
)
def test_what_is_not_clear_is_no_time(text):
    assert read(text, "Europe/Zurich", DUE) is None


def test_who_knows_the_order_can_say_it():
    assert read("05/11/2025", "UTC", day_first=True) == datetime(2025, 11, 5)
    assert read("05/11/2025", "UTC", day_first=False) == datetime(2025, 5, 11)
    assert read("10/14/2025", "UTC", day_first=True) == datetime(2025, 10, 14), "only one way"
    assert read("05/05/2025", "UTC") == datetime(2025, 5, 5), "the same in both"


@pytest.mark.parametrize(("other", "month"), [("25/11/2025", 11), ("11/25/2025 9:05 PM", 5)])
@pytest.mark.parametrize("day_first", [None, True, False])
def test_one_date_of_a_column_tells_the_order_of_all(other, month, day_first):
    column = read_column({"a": "05/11/2025", "b": other}, "UTC", day_first=day_first)
    assert column.times["a"].month == month, "what the column shows is surer than what was said"
    assert column.notes == []


def test_a_column_of_both_orders_tells_nothing():
    texts = {"a": "05/11/2025", "b": "25/11/2025", "c": "11/25/2025"}
    column = read_column(texts, "UTC", day_first=True)
    assert set(column.times) == {"b", "c"}
    assert "a (05/11/2025)" in column.notes[0]


def test_whose_time_is_not_clear_is_told_by_name():
    texts = {"a": "05/11/2025", "b": "06/11/2025", "c": "soon, at 9", "d": "-", "e": ""}
    column = read_column(texts, "UTC")
    assert column.times == {}
    unclear, unreadable = column.notes
    assert "day_first" in unclear
    assert unclear.endswith("a (05/11/2025), b (06/11/2025)")
    assert unreadable.endswith("c (soon, at 9)"), "no digit, no time: it was not handed in"
    assert len(read_column(texts, "UTC", day_first=False).times) == 2
