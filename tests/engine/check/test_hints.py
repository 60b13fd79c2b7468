"""Hints: why a name is not defined, and what a wrong name was meant to be. In a real IPython."""

from __future__ import annotations

import sys

import pytest
from helpers.doubling import EXERCISE
from IPython.core.interactiveshell import InteractiveShell

from autograder.check import check, examine
from autograder.check.hints import nearest

PACK = EXERCISE.pack("00_doubling")


@pytest.fixture
def cell(monkeypatch):
    """Runs a cell of a notebook; returns what the check then says of `double`."""
    shell = InteractiveShell()
    shell.user_ns["__name__"] = "__main__"
    monkeypatch.setattr(sys, "last_value", None, raising=False)
    monkeypatch.setattr(shell, "showtraceback", lambda *a, **k: shell._get_exc_info())
    monkeypatch.setattr(shell, "showsyntaxerror", lambda *a, **k: shell._get_exc_info())

    def run_cell(source):
        shell.run_cell(source)
        return examine(PACK, shell.user_ns).verdicts[0].message

    return run_cell


def test_an_answer_that_is_missing_says_what_to_do():
    message = examine(PACK, {}).verdicts[0].message
    assert message == "`double` is not defined yet: run its cell. Did you rename it?"


def test_a_function_with_a_name_like_it_may_be_meant(cell):
    assert cell("def dubble(x): return 2 * x").endswith("Did you call it `dubble`?")


def test_what_is_imported_or_asked_for_is_not_meant(cell):
    source = "from copy import deepcopy as doubled\ndoubles = 2\ndef triple(x): return 3 * x"
    assert cell(source).endswith("Did you rename it?")


@pytest.mark.parametrize(
    ("source", "error"),
    [
        ("import no_such_thing\ndef double(x): return 2 * x", "ModuleNotFoundError: No module"),
        ("def half(x): return x / 0\ndouble = half(1)", "ZeroDivisionError: division by zero"),
        ("def double(x): return 2 x", "SyntaxError: "),
    ],
)
def test_the_error_in_its_cell_is_named(cell, source, error):
    message = cell(source)
    assert message.startswith("`double` is not defined: the cell that defines it ended with")
    assert error in message


def test_an_error_in_another_cell_is_not_named(cell):
    assert "ended with" not in cell("import no_such_thing\ndoubled = double(1)")


def test_the_nearest_name_for_a_function_or_a_text():
    assert nearest("adm", ["adam", "sgd"]) == "adam"
    assert nearest(nearest, ["nearest_name", "sgd"]) == "nearest_name"
    assert nearest("what", ["adam", "sgd"]) == ""


def test_a_function_instead_of_its_name_is_understood(tmp_path, monkeypatch):
    PACK.save(tmp_path / "checks" / "00_doubling" / "double.npz")
    monkeypatch.chdir(tmp_path)
    with pytest.raises(KeyError, match="Did you mean 'double'"):
        check(EXERCISE.answers["double"])
