"""The class of the benchmark of whole-course commands: copies of a few graded submissions."""

from __future__ import annotations

from dataclasses import replace

import pytest
from helpers.graded_class import FULL, contents, files_of, mark_by_hand, record

from autograder.bench import course as bench
from autograder.errors import AutograderError
from autograder.reports.results_reader import read


@pytest.fixture
def few(klass):
    record(klass, "student-01", **FULL)
    record(klass, "student-02", "student-03", affine=4.5)
    mark_by_hand(klass.course, "student-01")
    return klass.course


def test_each_handed_in_what_one_of_the_few_did(few, tmp_path):
    before = contents(few.db_url), files_of(few)
    crowd = bench.crowd(few, tmp_path / "crowd", 7)
    results = read(crowd)
    assert [result.student for result in results.results] == [f"s-{n:05}" for n in range(7)]
    originals = read(few).results
    assert sorted(map(str, originals), key=str) == sorted(
        str(replace(copy, student=one.student))
        for one in originals
        for copy in results.results[:3]
        if (copy.score, copy.problem, copy.exercises) == (one.score, one.problem, one.exercises)
    )
    assert (contents(few.db_url), files_of(few)) == before


def test_what_a_command_takes_is_measured_and_a_failure_is_no_measurement(few):
    seconds, megabytes = bench.cost(few, ["export", "json"])
    assert 0.1 < seconds < 60
    assert 30 < megabytes < 500
    assert (few.root / "exports" / "course.results.json").is_file()
    with pytest.raises(AutograderError, match="report 09_none failed:\nautograder: no submission"):
        bench.cost(few, ["report", "09_none"])


@pytest.mark.slow
def test_the_table_of_a_small_class(capsys, monkeypatch):
    monkeypatch.setattr(bench, "NOTEBOOKS", bench.NOTEBOOKS[:1])
    bench.main(["5"])
    lines = capsys.readouterr().out.splitlines()
    assert [line.split(":")[:2] for line in lines] == [
        ["5 students, 1 notebooks", f" {words}"]
        for words in ("status", "report", "report 00_light", "export csv", "export json")
    ]
