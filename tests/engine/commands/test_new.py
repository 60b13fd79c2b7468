"""docs/your_own_course.md, typed from its first command to its last: it shows what happens."""

from __future__ import annotations

import os
import re

import pytest
from helpers.new_course import LESSON
from helpers.own_course_played import PAGE, play

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(os.name != "posix", reason="Windows does not grade"),
]

TEXT = PAGE.read_text(encoding="utf-8")
LIBRARY = "played_lib"
SLOW = ("prove", "demo", "feedback", "report", "similar", "export")
"""With a library too, they say the same, and are not typed again."""


@pytest.fixture(scope="module")
def played(tmp_path_factory):
    return play(tmp_path_factory.mktemp("played"))


@pytest.fixture(scope="module")
def with_library(tmp_path_factory):
    return play(tmp_path_factory.mktemp("played"), LIBRARY, SLOW)


@pytest.mark.parametrize("form", ["played", "with_library"])
def test_every_command_says_what_the_page_shows(form, request):
    typed = request.getfixturevalue(form).typed
    wrong = [each.complaint for each in typed if each.complaint or each.code]
    assert not wrong, "\n".join(wrong)
    assert len(typed) >= (14 if form == "played" else 8)


def test_what_the_page_shows_of_an_exercise_is_its_text(played):
    ((shown, text),) = played.excerpts
    pieces = [piece.strip("\n") for piece in shown.split("...\n")]
    places = [text.find(piece) for piece in pieces]
    assert -1 not in places
    assert places == sorted(places), "in the order of the file"
    assert len(pieces) >= 4


@pytest.mark.parametrize("form", ["played", "with_library"])
def test_the_page_shows_what_lies_in_the_zip(form, request):
    folder = request.getfixturevalue(form).folder / "my-course" / "course" / "release"
    tree = re.search(r"^```text\n(.*?)^```$", TEXT, re.S | re.M)[1]
    shown = re.findall(r"^\S+", tree, re.M)
    files = [path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()]
    assert [name for name in shown if not (folder / name).exists()] == []
    others = {name for name in files if not name.startswith(tuple(shown))}
    others -= {f"{LESSON}/requirements.txt"}
    library = {f"{LESSON}/{LIBRARY}/__init__.py", f"{LESSON}/{LIBRARY}/series.py"}
    assert others == (library if form == "with_library" else set())
    assert "requirements.txt" in tree


def test_what_the_table_names_is_in_the_course(played):
    table = TEXT.partition("| in `my-course/`")[2].partition("\n\n")[0]
    rows = [row.split("|")[1] for row in table.splitlines()[2:]]
    names = [name for row in rows for name in re.findall(r"`([\w./]+)`", row)]
    course = played.folder / "my-course"
    places = [course, course / "lessons" / "smoothing"]
    assert [name for name in names if not any((place / name).exists() for place in places)] == []
    assert len(names) >= 8
