"""Judging in bounded time: what takes too long costs its own tests, and nothing else."""

from __future__ import annotations

import time

import numpy as np
import pytest

from autograder.check.pack import Case, Pack
from autograder.check.probe import Outcome
from autograder.grading import judging
from autograder.grading.judging import Judge
from autograder.grading.time_limit import TimeUp, within

SLOW = """
def holds(inputs, values):
    while values["y"] == 1: pass
    if values["y"] == 2: raise MemoryError
    return "" if values["y"] == 3 else "No."
"""


def pack(tests):
    expected = Outcome(values={"y": 3.0})
    return Pack("slow", "nb", "", ["f"], [
        Case(f"test {n}", 1, "", {}, expected, holds=SLOW) for n in range(tests)
    ])  # fmt: skip


def outcomes(*values):
    return [Outcome(values={"y": float(value)}) for value in values]


@pytest.fixture(autouse=True)
def _short(monkeypatch):
    monkeypatch.setattr(judging, "EXERCISE_SECONDS", 0.5)
    monkeypatch.setattr(judging, "TEST_SECONDS", 0.3)
    monkeypatch.setattr(judging, "_LEAST", 0.1)


def statuses(report):
    return [verdict.status for verdict in report.verdicts]


def test_a_test_that_takes_too_long_is_failed_and_the_others_count():
    judge = Judge()
    report = judge(pack(3), outcomes(3, 1, 4))
    assert statuses(report) == ["passed", "lost", "failed"]
    assert "took too long to compare" in report.verdicts[1].message
    assert statuses(judge(pack(2), outcomes(3, 3))) == ["passed", "passed"]


def test_exercises_after_many_slow_ones_still_count(monkeypatch):
    monkeypatch.setattr(judging, "_ALL_SECONDS", 1.0)
    judge = Judge()
    began = time.monotonic()
    for _ in range(4):
        assert set(statuses(judge(pack(12), outcomes(*[1] * 12)))) == {"lost"}
    assert time.monotonic() - began < 60
    assert statuses(judge(pack(1), outcomes(3))) == ["passed"]


def test_no_memory_is_a_lost_test():
    def judge_without_memory(pack, outcomes):
        if outcomes[0].values:
            raise MemoryError
        return "nothing"

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(judging, "judge", judge_without_memory)
        assert Judge()(pack(1), outcomes(3)) == "nothing"


def test_a_limit_ends_what_does_not_end_and_passes_on_the_rest():
    def refuse():
        raise KeyError("lemon")

    def endless():
        while True:
            try:
                time.sleep(0.01)
            except Exception:
                raise AssertionError from None

    assert within(5, lambda: np.arange(3).sum()) == 3
    with pytest.raises(KeyError, match="lemon"):
        within(5, refuse)
    with pytest.raises(TimeUp):
        within(0.1, endless)
