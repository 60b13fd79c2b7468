"""`init` on a directory that nbgrader made; and such a course from `collect` to `watch`."""

from __future__ import annotations

import json
import os
import re

import pytest
from helpers.plain_course import ANSWERS, hand_in, write_plain_course

from autograder.commands import main
from autograder.course import CONFIG, SECRET, SETTINGS, Course
from autograder.intake import arrivals

CONFIGURATION = 'c = get_config()\nc.CourseDirectory.course_id = "physics"\n'


@pytest.fixture
def term(tmp_path, monkeypatch):
    """A course as nbgrader has it, away from any project."""
    monkeypatch.chdir(tmp_path)
    folder = write_plain_course(tmp_path / "term")
    (folder / CONFIG).write_text(CONFIGURATION, encoding="utf-8")
    return folder


def contents(folder):
    return {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_init_keeps_what_is_there_and_names_the_line_to_add(term, capsys):
    before = contents(term)
    assert main(["init", "term"]) == 0
    told = capsys.readouterr()
    assert told.out.splitlines()[-1] == "Next: python -m autograder release plots --course term"
    assert set(contents(term)) - set(before) == {term / SETTINGS, term / SECRET}
    assert contents(term).items() >= before.items()
    assert "project =" not in (term / SETTINGS).read_text(encoding="utf-8")
    (line,) = told.err.splitlines()
    with (term / CONFIG).open("a", encoding="utf-8") as config:
        config.write(line.partition("add the line: ")[2] + "\n")
    assert main(["init", "term"]) == 0
    assert capsys.readouterr().err == ""
    assert Course(term).config().CourseDirectory.course_id == "physics"


def test_source_alone_is_a_course_of_nbgraders(term):
    (term / CONFIG).unlink()
    assert main(["init", "term"]) == 0
    assert Course(term).warning() == ""


def test_an_empty_folder_away_from_a_project_is_none(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    assert main(["init", "course"]) == 2
    assert "project.toml" in capsys.readouterr().err
    assert not (tmp_path / "course").exists()


@pytest.mark.parametrize(
    "setting",
    [
        'source_directory = "src"',
        'feedback_directory = "../returned"',
        'directory_structure = "{student_id}/{nbgrader_step}/{assignment_id}"',
    ],
)
@pytest.mark.parametrize("options", [(), ("--dry-run",)])
def test_folders_of_other_names_are_refused_by_name(term, capsys, setting, options):
    (term / CONFIG).write_text(f"c.CourseDirectory.{setting}\n", encoding="utf-8")
    before = contents(term)
    assert main(["init", "term", *options]) == 2
    told = capsys.readouterr().err
    assert f"CourseDirectory.{setting.split()[0]} must be" in told
    assert "remove that line, and rename the folder" in told
    assert contents(term) == before
    (term / CONFIG).write_text('c.CourseDirectory.source_directory = "source"\n', "utf-8")
    assert main(["init", "term", *options]) == 0


@pytest.mark.slow
@pytest.mark.skipif(os.name != "posix", reason="the locked process is for Unix alone")
def test_every_command_takes_an_assignment_of_any_name(term, tmp_path, monkeypatch, capsys):
    name, drop = "Homework 1.2", tmp_path / "drop" / "Homework 1.2"
    (term / "source" / "shapes").rename(term / "source" / name)
    for command in (["init", "term"], ["release", name, "--course", "term"]):
        assert main(command) == 0

    def work(student):
        folder = hand_in(term, name, student, ANSWERS["shapes"][student])
        place = tmp_path / "in" / student
        place.parent.mkdir(exist_ok=True)
        folder.rename(place)
        return place

    first, second = work("student-01"), work("student-02")
    (second / "1_shapes.ipynb").rename(second / "shapes, my version.ipynb")
    (second / "2_counters.ipynb").unlink()
    (second / "2_counters-1.ipynb").write_bytes((first / "2_counters.ipynb").read_bytes())
    in_course = ["--course", "term"]
    assert main(["collect", name, "in", "--keep", "best", *in_course]) == 0
    told = capsys.readouterr().out
    assert "note: student-02: 1_shapes.ipynb was handed in as shapes, my version.ipynb" in told
    assert main(["grade", name, *in_course]) == 0
    assert main(["feedback", name, *in_course]) == 0
    assert main(["late", *in_course]) == 0
    capsys.readouterr()
    assert main(["status", name, *in_course]) == 0
    told = capsys.readouterr().out
    points = dict(re.findall(r"(student-0.) .*?([\d.]+)/11", told))
    assert 0 < float(points["student-02"]) < float(points["student-01"])
    graded = term / "autograded" / "student-02" / name
    assert {path.name for path in graded.glob("*.ipynb")} == {"1_shapes.ipynb", "2_counters.ipynb"}

    monkeypatch.setattr(arrivals, "QUIET", 0.0)
    drop.mkdir(parents=True)
    third = work("student-03")
    (third / "2_counters.ipynb").unlink()
    third.rename(drop / "student-03")
    capsys.readouterr()
    assert main(["watch", "--once", "--drop", "drop", "--json", *in_course]) == 0
    events = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    handled = [event for event in events if event.get("outcome")]
    assert [(x["notebook"], x["student"], x["outcome"]) for x in handled] == [
        (name, "student-03", "graded")
    ]
    page = (term / "feedback" / "student-03" / name / "2_counters.html").read_text(encoding="utf-8")
    assert "There is no 2_counters.ipynb" in page
