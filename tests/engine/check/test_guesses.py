"""A reader's predictions: understood, kept, shown beside the result, and never in the way."""

from __future__ import annotations

import json
import os
import stat
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

import autograder
from autograder.check import guess, guessed, reveal, show

ROOT = Path(autograder.__file__).parents[1]


@pytest.fixture(autouse=True)
def own_file(tmp_path, monkeypatch):
    monkeypatch.setenv("AUTOGRADER_PROGRESS", str(tmp_path / "progress.json"))
    monkeypatch.setitem(guess.__globals__, "_kept", {})
    return tmp_path / ".autograder_guesses.json"


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        (0.3, 0.3),
        (3, 3),
        (True, True),
        (np.float32(0.5), 0.5),
        (np.int64(7), 7),
        (np.array([1.0, 2.0]), [1.0, 2.0]),
        ((0.9, 0.8), [0.9, 0.8]),
        ("B", "B"),
        (" b. ", "B"),
        ("(b)", "B"),
        ("0,3", 0.3),
        ("1e-3", 0.001),
        ("30 %", 0.3),
        ("twice as large", "twice as large"),
        (float("inf"), float("inf")),
        (..., None),
        (None, None),
        ("", None),
        ([..., 0.5], [None, 0.5]),
        ([..., ...], None),
    ],
)
def test_a_guess_is_kept_as_it_was_meant(given, kept, capsys):
    guess("x", given)
    assert guessed("x") == kept
    assert type(guessed("x")) is type(kept)
    printed = capsys.readouterr().out
    assert printed.startswith("No guess yet" if kept is None else "Your guess is noted: ")
    assert printed.count("\n") == 1


@pytest.mark.parametrize(
    ("call", "told"),
    [
        (("x", 0, 3), 'Python writes decimals with a point: guess("x", 0.3)'),
        (("x", 1, 2, 3), 'Put several values in brackets: guess("x", [1, 2, 3])'),
        ((0.3,), "The name of a guess comes first, in quotes"),
        ((0.3, 1), "The name of a guess comes first, in quotes"),
        (
            ("x", print),
            "A value of type builtin_function_or_method cannot be a guess. Give a number, such",
        ),
        (("x", {0.3}), "A value of type set cannot be a guess."),
        (("x", 1j), "A value of type complex cannot be a guess."),
        (("x", float("nan")), "NaN is not a number."),
        (("x", "word " * 50), "That is too long for a guess"),
        (("x", list(range(50))), "A guess can hold at most 20 values, but this has 50."),
        (("x", [[1, 2]]), "A list in a list cannot be a guess."),
    ],
)
def test_what_cannot_be_understood_is_told_in_a_line_and_raises_nothing(call, told, capsys):
    guess(*call)
    printed = capsys.readouterr().out
    assert printed.startswith(told)
    assert printed.count("\n") == 1
    assert guessed("x") is None


def test_the_guess_is_shown_beside_the_result(capsys):
    guess("share", 0.3)
    guess("letter", "b")
    guess("two", [0.9, 0.8])
    capsys.readouterr()
    reveal("share", np.float64(0.15312))
    reveal("share", 0.15312, form=".1%")
    reveal("letter", "C", word="right is")
    reveal("two", {"with": np.float64(0.889), "without": 0.848}, form=".1%")
    reveal("two", [0.889, 0.848])
    reveal("share", {"with": 0.889, "without": 0.848})
    reveal("unknown", 3)
    assert capsys.readouterr().out.splitlines() == [
        "You said 0.3; measured 0.153.",
        "You said 30.0%; measured 15.3%.",
        "You said B; right is C.",
        "with: you said 90.0%; measured 88.9%.",
        "without: you said 80.0%; measured 84.8%.",
        "You said 0.9, 0.8; measured 0.889, 0.848.",
        "You said 0.3.",
        "with: measured 0.889.",
        "without: measured 0.848.",
        "You made no guess; measured 3.",
    ]


def test_thirty_is_thirty_per_cent_where_the_result_is_one(capsys):
    guess("share", 30)
    reveal("share", 0.15, form=".0%")
    assert capsys.readouterr().out.splitlines()[1] == "You said 30%; measured 15%."


def test_it_is_remembered_after_a_restart_until_the_reader_takes_it_back(own_file, monkeypatch):
    guess("x", 0.3)
    guess("y", "B")
    monkeypatch.setitem(guess.__globals__, "_kept", {})  # as a new process
    assert [guessed("x"), guessed("y"), guessed("z")] == [0.3, "B", None]
    guess("x", ...)
    assert [guessed("x"), guessed("y")] == [None, "B"]
    assert list(json.loads(own_file.read_text()).values()) == ["B"]


def test_it_does_not_touch_the_points(own_file):
    guess("x", 0.3)
    assert [path.name for path in own_file.parent.iterdir()] == [own_file.name]


@pytest.mark.parametrize("content", ["[broken", "[1]", '{"/x": {"a": 1}}', '{"/x": NaN}'])
def test_a_broken_file_is_no_guess(own_file, content, capsys):
    own_file.write_text(content)
    assert guessed("x") is None
    reveal("x", 1.0)
    guess("x", 0.5)
    assert guessed("x") == 0.5


def test_where_nothing_can_be_stored_it_holds_until_the_process_ends(tmp_path, monkeypatch):
    device = tmp_path / "device"
    os.mkfifo(device)
    monkeypatch.setenv("AUTOGRADER_PROGRESS", str(device))  # a grader's sandbox has the null device
    guess("x", 0.3)
    assert guessed("x") == 0.3
    assert [path.name for path in tmp_path.iterdir()] == ["device"]
    assert stat.S_ISFIFO(device.stat().st_mode)


@pytest.mark.parametrize("home", ["/nonexistent/home", "/proc", "/dev/null/home"])
def test_it_works_with_no_home_folder(home, tmp_path):
    code = (
        "from autograder.check import guess, reveal\n"
        "guess('x', 0.3); reveal('x', 0.15)\nguess('x', ...)"
    )
    environment = {"PYTHONPATH": str(ROOT), "HOME": home, "PATH": os.defpath}
    ran = subprocess.run(
        [sys.executable, "-W", "error", "-c", code],
        env=environment, cwd=tmp_path, capture_output=True, text=True,
    )  # fmt: skip
    assert ran.stderr == ""
    assert ran.stdout.splitlines()[1] == "You said 0.3; measured 0.15."


def test_a_line_is_grey_and_a_result_is_not_and_both_are_escaped():
    grey, result = show.Line("<b> `x`"), show.Line("a\nb", strong=True)
    assert "opacity" in grey._repr_html_()
    assert "&lt;b&gt; <code>x</code>" in grey._repr_html_()
    assert "opacity" not in result._repr_html_()
    assert "a<br>b" in result._repr_html_()
