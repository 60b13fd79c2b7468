"""docs/instructors.md: its pictures are there, its commands exist. Played: test_term."""

from __future__ import annotations

import re
import shlex

import pytest
from helpers.term_played import PAGE
from helpers.typed_page import COMMAND
from PIL import Image

from autograder.commands import parser

TEXT = PAGE.read_text(encoding="utf-8")
PICTURES = re.findall(r"!\[(.*?)\]\((.*?)\)", TEXT)
LARGEST = 120_000


@pytest.mark.parametrize(("alt", "path"), PICTURES, ids=[path for _, path in PICTURES])
def test_a_picture_is_described_sharp_and_small(alt, path):
    file = PAGE.parent / path
    assert len(alt) > 40
    assert file.stat().st_size < LARGEST
    with Image.open(file) as picture:
        assert picture.width >= 900


def test_every_picture_is_shown():
    marking = (PAGE.parent / "marking.md").read_text(encoding="utf-8")
    shown = set(re.findall(r"images/([\w.]+)", TEXT + marking))
    assert {path.name for path in (PAGE.parent / "images").glob("*.png")} == shown


def test_every_command_in_the_text_exists():
    commands = next(each for each in parser()._actions if isinstance(each.choices, dict)).choices
    told = [command for command, _ in COMMAND.findall(TEXT)]
    assert len(told) > 25
    for command in told:
        assert parser().parse_args(shlex.split(command)).run
    term = set(commands) - {"new", "build", "prove", "demo", "bench", "book", "bundle", "pictures"}
    missing = {name for name in term if not re.search(rf"[`$ ]{name}\b", TEXT)}
    assert missing == set(), "a command of the term that the page does not tell of"
