"""The tests of a new course meet the bars of `prove`."""

from __future__ import annotations

import sys
import tomllib

import pytest
from helpers.new_course import LESSON, written

from autograder.commands import main
from autograder.proof import kill_matrix, prove

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="nothing is proved on Windows")


@pytest.mark.parametrize("library", ["", "proved_lib"], ids=["alone", "with a library"])
def test_the_tests_of_a_new_course_find_every_fault(library, tmp_path):
    project = written(tmp_path / "my-course", library)
    proofs = prove.prove(project, secrets=3)
    assert kill_matrix.summary([kill_matrix.row(proof) for proof in proofs])["bars"] == []
    text = (project.lesson(LESSON) / prove.EQUIVALENT).read_text(encoding="utf-8")
    written_down = [
        (name, mutant)
        for group in tomllib.loads(text)["because"]
        for name, mutants in group["mutants"].items()
        for mutant in mutants
    ]
    no_faults = [
        (fate.answer, f"{fate.before}  →  {fate.after}")
        for proof in proofs
        for fate in proof.equivalent
    ]
    assert sorted(no_faults) == sorted(written_down), "no excuse for a mutant that is not made"
    assert len(no_faults) == 3
    assert {proof.exercise.name: len(proof.exercise.mistakes) for proof in proofs} == {
        "moving_average": 4,
        "q_noise": 3,
        "detrend": 3,
    }


def test_without_the_reasons_the_same_mutants_are_missed_faults(tmp_path, monkeypatch, capsys):
    project = written(tmp_path / "my-course")
    (project.lesson(LESSON) / prove.EQUIVALENT).unlink()
    monkeypatch.chdir(project.root)
    assert main(["prove", LESSON, "--secrets", "1"]) == 1
    assert "59 of 62 mutants killed" in capsys.readouterr().out
