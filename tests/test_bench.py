"""The benchmark: a command is measured, and one that fails is no measurement."""

from __future__ import annotations

import io

import pytest
from rich.console import Console

from autograder import bench
from autograder.bench import Way
from autograder.errors import AutograderError


def test_time_processor_and_memory_of_a_command_are_noted(tmp_path):
    way = Way("busy", tmp_path, ["-c", "x = bytearray(90 << 20); print(sum(range(10**6)))"])
    way.measure()
    way.measure()
    assert len(way.seconds) == len(way.processor) == len(way.megabytes) == 2
    assert way.processor[0] > 0
    assert 90 < way.megabytes[0] < 300


def test_a_command_that_fails_is_told_with_its_words(tmp_path):
    way = Way("broken", tmp_path, ["-c", "raise SystemExit('no such class')"])
    with pytest.raises(AutograderError, match="broken failed:\nno such class"):
        way.measure()
    assert way.seconds == []


def test_the_table_tells_the_median_a_submission_and_the_ratio(tmp_path):
    slow = Way("slow", tmp_path, [], [8.0, 10.0, 90.0], [4.0] * 3, [100.0, 150.0, 120.0])
    fast = Way("fast", tmp_path, [], [5.0, 4.0, 6.0], [2.0] * 3, [60.0] * 3)
    out = io.StringIO()
    Console(file=out, width=100).print(bench._table([slow, fast], "09_test", 2, 3))
    lines = {line.split()[0]: line.split() for line in out.getvalue().splitlines() if line.strip()}
    assert lines["slow"] == ["slow", "5.00", "1.00×", "2.00", "150", "MB"]
    assert lines["fast"] == ["fast", "2.50", "2.00×", "1.00", "60", "MB"]


@pytest.mark.slow
def test_both_graders_give_the_same_marks_for_honest_work():
    out = io.StringIO()
    assert bench.run(students=1, rounds=1, console=Console(file=out, width=100)) == 0
    assert "Same marks from both: 1 of 1." in out.getvalue()
