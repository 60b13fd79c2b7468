"""The demo: it keeps off other people's folders, plays everything through, and checks itself."""

from __future__ import annotations

import io
import os
from pathlib import Path

import pytest
from rich.console import Console

from autograder.commands import main
from autograder.errors import AutograderError
from autograder.sample import demo


def test_a_folder_of_somebody_else_is_refused_and_left_alone(tmp_path):
    (tmp_path / "thesis.txt").write_text("years of work")
    with pytest.raises(AutograderError, match="was not made by it"):
        demo.prepare(tmp_path)
    assert (tmp_path / "thesis.txt").read_text() == "years of work"


def test_a_file_and_a_link_are_refused(tmp_path):
    (tmp_path / "file").write_text("")
    (tmp_path / "folder").mkdir()
    (tmp_path / "link").symlink_to(tmp_path / "folder")
    for name in ("file", "link"):
        with pytest.raises(AutograderError, match="must be a folder"):
            demo.prepare(tmp_path / name)


def test_an_earlier_demo_is_deleted(tmp_path):
    course = demo.prepare(tmp_path / "demo")
    old = course.submitted / "student-01" / "old.txt"
    old.parent.mkdir()
    old.write_text("")
    secret = course.secret()
    again = demo.prepare(tmp_path / "demo")
    assert not old.exists()
    assert again.secret() != secret


@pytest.fixture(scope="module")
def played(tmp_path_factory: pytest.TempPathFactory) -> tuple[int, str, Path]:
    folder = tmp_path_factory.mktemp("demo") / "course"
    out = io.StringIO()
    console = Console(file=out, width=200)
    code = demo.run(folder, ["05_update_rules"], count=5, console=console)
    return code, out.getvalue(), folder


@pytest.mark.nightly  # .ci/run runs the demo itself, on two Pythons
class TestTheWholeDemo:
    def test_it_ends_well(self, played):
        code, text, _ = played
        assert code == 0, text
        assert "All 5 submissions got the marks they should get." in text

    def test_progress_is_told_line_by_line_where_there_is_no_terminal(self, played):
        assert "grading 05_update_rules 5/5" in played[1]

    def test_the_files_it_names_are_there(self, played):
        _, text, folder = played
        for part in (
            "reports/05_update_rules.html",
            "reports/05_update_rules.csv",
            "download/05_update_rules.zip",
            "gradebook.db",
        ):
            assert (folder / part).is_file()
            assert part in text or part.endswith("csv")
        pages = list(folder.glob("feedback/*/05_update_rules/*.html"))
        assert len(pages) == 5

    @pytest.mark.parametrize("command", ["status", "status 05_update_rules", "report"])
    def test_what_it_names_to_try_next_can_be_typed(self, played, command, capsys):
        _, text, folder = played
        typed = f"python -m autograder {command} --course {os.path.relpath(folder)}"
        assert f"\n  {typed}\n" in text.split("To try next:")[1]
        assert main([*command.split(), "--course", str(folder)]) == 0
        assert capsys.readouterr().out

    def test_a_students_own_check_is_shown(self, played):
        text = played[1].split("sees at home")[1]
        assert "points" in text
        assert "looks like:" in text

    def test_a_wrong_mark_is_told_and_is_a_failure(self, played, monkeypatch):
        monkeypatch.setattr(demo, "disagreements", lambda expected, rows: ["student-01: 3, not 4"])
        monkeypatch.setattr(demo, "grade_class", lambda *args, **more: [])
        monkeypatch.setattr(demo, "release", lambda *args, **more: None)
        monkeypatch.setattr(demo, "prepare", lambda directory, project: demo.Course(directory))
        out = io.StringIO()
        code = demo.run(played[2], ["05_update_rules"], count=5, console=Console(file=out))
        assert code == 1
        assert "student-01: 3, not 4" in out.getvalue()
