"""Tables as CSV: what a spreadsheet, and a learning platform, will read out of them."""

from __future__ import annotations

import csv
import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from autograder.reports.spreadsheet import harmless, number, table


def read(text: str) -> list[list[str]]:
    return list(csv.reader(io.StringIO(text, newline="")))


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t=", " =", "\r", "＝", "－"])
def test_no_text_is_a_formula(start):
    assert harmless(f"{start}cmd|' /C calc'!A0") == f"'{start}cmd|' /C calc'!A0"


@pytest.mark.parametrize("name", ["Ng, An", 'Bo "Bo" Li', "O'Neill", "李小龍", "a;b", "two\nlines"])
def test_a_name_comes_back_as_it_was(name):
    assert read(table(["who"], [[name]])) == [["who"], [name]]


@given(st.floats(-1e6, 1e6))
def test_points_are_plain_decimals(value):
    assert abs(float(number(value)) - value) <= 0.5001e-4
    assert not set(number(value)) - set("-0123456789.")
    assert number(value) != "-0"


def test_no_points_yet_is_an_empty_cell():
    assert read(table(["a", "b"], [[None, 0.0]]))[1] == ["", "0"]
