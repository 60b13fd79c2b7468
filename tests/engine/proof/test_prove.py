"""The proof: that it finds what it looks for, and, with 3 secrets, that nothing is wrong.

The whole proof is `make prove`; its result in docs/ must be in step with the exercises.
"""

from __future__ import annotations

import dataclasses
import json

import numpy as np
import pytest
from helpers import LESSONS, PROJECT

from autograder.commands import main
from autograder.errors import AutograderError
from autograder.exercise import Exercise, Mistake, Style, Test, functions
from autograder.project import Project
from autograder.proof import kill_matrix, kill_pages, prove, running, trials
from autograder.proof.fates import try_mutants
from autograder.proof.mutants import mutants, whole_source

# --- an exercise to try it on -----------------------------------------------------------------


def doubled(x, times=1):
    """Double, so many times."""
    while times > 0:
        x = 2 * x
        times -= 1
    return x


def once(doubled, x):
    return {"y": doubled(x)}


def twice(doubled, x):
    return {"y": doubled(x, 2)}


def any_x(rng):
    return {"x": rng.uniform(1, 2, (3, 2))}


def exercise(**changes) -> Exercise:
    whole = Exercise(
        name="doubled",
        slide="Arithmetic",
        answers=functions(doubled),
        tests=[Test("once", once, any_x), Test("twice", twice, any_x)],
        mistakes=[
            Mistake("once only", "It doubles once.", {"doubled": lambda x, times=1: 2 * x}),
            Mistake("squares", "It squares.", {"doubled": lambda x, times=1: x**2}),
        ],
        styles=[Style("a power", {"doubled": lambda x, times=1: x * 2**times})],
    )
    return dataclasses.replace(whole, **changes)


def written_to(folder) -> Project:
    """This course's project, whose proof is written elsewhere."""
    return dataclasses.replace(PROJECT, proof=folder)


def proof_of(tried: Exercise, secrets: int = 2) -> prove.ExerciseProof:
    trial = trials.try_secrets(tried, range(secrets))
    found = mutants(whole_source(doubled))
    fates = try_mutants("doubled", [tried], found, [1, 2])
    return prove.ExerciseProof("05_update_rules", tried, trial, fates=fates)


@pytest.fixture(scope="module", autouse=True)
def little_time():
    """Loops without an end are ended soon."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(running, "SECONDS", 0.05)
        yield


@pytest.fixture(scope="module")
def good(little_time) -> prove.ExerciseProof:
    return proof_of(exercise())


# --- does it find what it looks for? ----------------------------------------------------------


def test_is_nothing_said_against_good_tests(good) -> None:
    assert good.trial.complaints == []
    assert not any(good.trial.honest.values())
    assert good.trial.lost == good.trial.named == {"once only": 2, "squares": 2}
    assert good.trial.killed["once only"] == {"twice": 2}
    assert good.surprises == []


def test_does_the_check_at_home_come_first(good) -> None:
    assert trials.secret(0) == b"public"
    assert trials.secret(1) != trials.secret(2)


def test_is_a_mistake_that_passes_told() -> None:
    right = Mistake("none at all", "It is right.", {"doubled": doubled})
    trial = trials.try_secrets(exercise(mistakes=[right]), [1])
    assert trial.complaints == ["the mistake 'none at all' passes under secret 1"]


def test_is_a_mistake_with_anothers_name_told() -> None:
    twin = {"doubled": lambda x, times=1: x * x}
    both = [*exercise().mistakes, Mistake("twin", "It squares, too.", twin)]
    trial = trials.try_secrets(exercise(mistakes=both), [1])
    assert trial.complaints == ["the mistake 'twin' is called squares under secret 1"]
    assert trial.named["twin"] == 0
    assert trial.lost["twin"] == 1


def test_is_an_honest_answer_that_is_marked_wrong_told() -> None:
    coarse = Style("in float16", {"doubled": lambda x, times=1: np.float16(x) * 2**times})
    trial = trials.try_secrets(exercise(styles=[coarse]), [1])
    assert "it was computed in float16" in trial.honest["in float16"].lower()
    assert "under secret 1" in trial.honest["in float16"]


def test_is_a_reference_that_fails_its_own_property_told() -> None:
    sometimes = Test("small", once, any_x, holds=lambda inputs, values: "too large")
    sometimes.holds.__dict__["__source__"] = "def f(inputs, values):\n    return 'too large'\n"
    trial = trials.try_secrets(exercise(tests=[sometimes]), [1])
    assert trial.complaints == ["doubled: small: the reference fails: too large (under secret 1)"]


def test_does_a_weak_test_leave_mutants_alive(good) -> None:
    weak = proof_of(exercise(tests=[Test("once", once, any_x)], mistakes=[]))
    alive = {fate.after for fate in weak.survivors}
    assert "while times > -1:" not in alive
    assert "while times >= 0:" not in alive
    assert "times -= 2" in alive
    assert "times -= 2" not in {fate.after for fate in good.survivors}


def test_does_a_loop_without_an_end_come_to_one() -> None:
    found = [m for m in mutants(whole_source(doubled)) if m.after == "times += 1"]
    (fate,) = try_mutants("doubled", [exercise()], found, [1])
    assert fate.killed
    assert fate.tests == ["once", "twice"]


def nothing_or_something(rng):
    return {"x": np.full(3, float(rng.integers(2)))}


def test_are_faults_that_pass_at_home_told() -> None:
    fault = next(m for m in mutants(whole_source(doubled)) if m.after == "x = 3 * x")
    tests = [Test("once", once, nothing_or_something)]
    named = [exercise(name=f"doubled {n}", tests=tests, mistakes=[]) for n in range(20)]
    tried = next(each for each in named if not each.pack("").cases[0].inputs["x"].any())
    (fate,) = try_mutants("doubled", [tried], [fault], range(1, 20))
    assert any(fate.hidden)
    assert not fate.killed
    assert not fate.survives
    trial = trials.try_secrets(tried, [0])
    assert prove.ExerciseProof("05_update_rules", tried, trial, fates=[fate]).surprises == [fate]


def test_is_an_error_measured_in_tolerances(good) -> None:
    margin = good.trial.margins["once"]
    assert margin.honest < 1e-3
    assert margin.wrong > 1e3  # of "squares": x² is not 2x
    assert margin.factor > 100


@pytest.mark.parametrize(
    ("got", "size"),
    [
        ({"y": np.full(2, 1.0)}, 0.0),
        ({"y": np.full(2, 1.02)}, 2.0),
        ({"y": np.full(3, 1.0)}, np.inf),
        ({"y": [1.0, 1.0]}, np.inf),
        ({}, np.inf),
        ({"y": np.array([1.0, np.nan])}, np.inf),
    ],
)
def test_how_large_is_an_error(got, size) -> None:
    case = exercise().pack("").cases[0]
    expected = dataclasses.replace(case.expected, values={"y": np.ones(2)})
    case = dataclasses.replace(case, expected=expected, rtol=0.0, atol=0.01)
    outcome = dataclasses.replace(expected, values=got)
    assert trials.excess(case, outcome) == pytest.approx(size)


# --- what is written --------------------------------------------------------------------------


def test_does_the_page_say_which_test_finds_which_fault(good, tmp_path) -> None:
    kill_matrix.write(written_to(tmp_path), [good])
    text = (tmp_path / "kill_matrix.md").read_text(encoding="utf-8")
    assert "| once only |  | ● | 1 | yes |" in text
    assert "| squares | ● | ● | 2 | yes |" in text
    assert "1. once: 1 point; honest ≤ " in text
    picture = (tmp_path / "kill_matrix.svg").read_text(encoding="utf-8")
    assert ">doubled</text>" in picture
    kept = kill_matrix.stored(tmp_path)["05_update_rules"]["exercises"]
    assert json.loads(json.dumps(kill_matrix.row(good))) == kept[0]


def test_is_what_falls_short_told(good) -> None:
    rows = [kill_matrix.row(good)]
    assert "a mistake passes" not in kill_matrix.summary(rows)["bars"]
    rows[0]["mistakes"]["squares"]["killed"] = False
    total = kill_matrix.summary(rows)
    assert "a mistake passes" in total["bars"]
    assert "FALLS SHORT: a mistake passes" in kill_pages.report(rows, total)


def test_is_a_change_noticed(good, tmp_path, monkeypatch) -> None:
    project = written_to(tmp_path)
    kill_matrix.write(project, [good])
    assert kill_matrix.out_of_date(project, ["05_update_rules"]) == []
    page = tmp_path / "kill_matrix.md"
    page.write_text(page.read_text(encoding="utf-8") + "by hand", encoding="utf-8")
    assert kill_matrix.out_of_date(project, ["05_update_rules"]) == [
        "kill_matrix.md is not what the proof's data say"
    ]
    monkeypatch.setattr(kill_matrix, "_PROVERS", kill_matrix._PROVERS[1:])
    (changed, _) = kill_matrix.out_of_date(project, ["05_update_rules"])
    assert changed.startswith("05_update_rules: its exercises")


LESSON = "lessons/adding"


@pytest.fixture
def adding(tmp_path) -> Project:
    """A project of one lesson, for its digest: nothing of it is loaded."""
    for name, text in {
        f"{LESSON}/__init__.py": "from .one import one\n",
        f"{LESSON}/one.py": "from .. import shared\nfrom sums import add\none = 1\n",
        f"{LESSON}/notebook.py": "# %% [markdown]\n",
        "lessons/__init__.py": "",
        "lessons/shared.py": "size = 3\n",
        "lessons/other.py": "size = 3\n",
        "sums/__init__.py": "from sums.parts import add\n",
        "sums/parts.py": "def add(a, b):\n    return a + b\n",
        "sums/unused.py": "",
    }.items():
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return Project(tmp_path, ("01_adding",), tmp_path / "sums")


@pytest.mark.parametrize(
    ("name", "text", "counts"),
    [
        (f"{LESSON}/one.py", "one = 2\n", True),
        (f"{LESSON}/two.py", "two = 2\n", True),
        (f"{LESSON}/one.py", "'New.'\nfrom .. import shared  # y\nfrom sums import add\none = (1)",
         False),
        ("lessons/shared.py", "size = 4\n", True),
        ("lessons/other.py", "size = 4\n", False),
        ("sums/parts.py", "def add(a, b):\n    return b + a\n", True),
        ("sums/unused.py", "size = 4\n", False),
        (f"{LESSON}/notebook.py", "# %%\n", False),
        (f"{LESSON}/equivalent.toml",
         "[[because]]\nwhy = 'so'\n[because.mutants]\nadd = ['a  →  b']\n", True),
    ],
)  # fmt: skip
def test_does_a_digest_go_by_what_the_proof_depends_on(adding, name, text, counts) -> None:
    before = kill_matrix.digest(adding, "01_adding")
    (adding.root / name).write_text(text, encoding="utf-8")
    assert (kill_matrix.digest(adding, "01_adding") != before) == counts


def test_is_a_module_that_is_imported_and_missing_an_error(adding) -> None:
    (adding.root / "lessons/shared.py").unlink()
    (adding.root / LESSON / "one.py").write_text("from ..shared import size\n", encoding="utf-8")
    with pytest.raises(FileNotFoundError, match=r"shared\.py is imported and is not there"):
        kill_matrix.digest(adding, "01_adding")


# --- the command ------------------------------------------------------------------------------


def test_does_an_unknown_notebook_say_which_there_are() -> None:
    with pytest.raises(AutograderError, match="must be one of 00_training_loop"):
        prove.prove(PROJECT, ["99_nothing"])


def test_does_the_command_print_and_write_nothing_for_few_secrets(
    good, monkeypatch, capsys
) -> None:
    monkeypatch.setattr(prove, "prove", lambda *_: [good])
    code = main(["prove", "05_update_rules", "--secrets", "2"])
    said = capsys.readouterr().out
    assert "doubled" in said
    assert "Nothing is written" in said
    assert code == (1 if good.survivors else 0)


def test_does_check_start_nothing(monkeypatch, capsys) -> None:
    monkeypatch.delattr(prove, "prove")
    monkeypatch.setattr(kill_matrix, "out_of_date", lambda project, names: ["05: changed"])
    assert main(["prove", "--check"]) == 1
    assert "Run `python -m autograder prove`" in capsys.readouterr().out


# --- is anything wrong? -----------------------------------------------------------------------


@pytest.mark.nightly
@pytest.mark.parametrize("notebook", LESSONS)
def test_does_a_notebook_pass_the_quick_proof(notebook: str) -> None:
    proofs = prove.prove(PROJECT, [notebook], secrets=3, jobs=1)
    rows = [kill_matrix.row(proof) for proof in proofs]
    total = kill_matrix.summary(rows)
    assert total["bars"] == [], kill_pages.report(rows, total)


@pytest.mark.parametrize("lesson", LESSONS)
def test_is_each_mutant_that_is_no_fault_still_there(lesson) -> None:
    excuses = prove.equivalents(PROJECT, lesson)
    answers = {
        name: answer
        for exercise in PROJECT.load(lesson)
        for name, answer in exercise.answers.items()
        if callable(answer)
    }
    for (name, change), why in excuses.items():
        assert len(why) > 20, (name, change)
        assert change in {mutant.name for mutant in mutants(whole_source(answers[name]))}


def test_is_the_published_matrix_in_step_with_the_exercises() -> None:
    assert kill_matrix.out_of_date(PROJECT) == []
