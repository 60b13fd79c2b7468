"""The course directory and its secret."""

from __future__ import annotations

import os
import stat
import subprocess
import sys
from pathlib import Path

import pytest
from helpers import PROJECT, ROOT
from helpers.graded_class import FIRST
from nbgrader.coursedir import CourseDirectory

from autograder.commands import main
from autograder.course import (
    CONFIG,
    SECRET,
    SETTINGS,
    Course,
    init,
    missing_paths,
    put_programs_on_path,
)
from autograder.errors import AutograderError
from autograder.project import MANIFEST, find_project

posix = pytest.mark.skipif(os.name != "posix", reason="file modes are POSIX")


def test_init_makes_a_course_that_open_finds(tmp_path):
    made = init(tmp_path / "course")
    assert (made.root / CONFIG).is_file()
    assert made.source.is_dir()
    assert Course.open(tmp_path / "course") == made


def test_the_secret_is_32_bytes_of_its_own_in_each_course(tmp_path):
    one, other = init(tmp_path / "one").secret(), init(tmp_path / "other").secret()
    assert len(one) == len(other) == 32
    assert one != other


@posix
def test_the_secret_is_the_owners_alone_whatever_the_umask(tmp_path):
    before = os.umask(0)
    try:
        made = init(tmp_path / "course")
    finally:
        os.umask(before)
    assert stat.S_IMODE((made.root / SECRET).stat().st_mode) == 0o600


def test_init_again_changes_nothing(tmp_path):
    made = init(tmp_path / "course")
    (made.root / CONFIG).write_text("# mine\n", encoding="utf-8")
    secret = made.secret()
    init(tmp_path / "course")
    assert made.secret() == secret
    assert (made.root / CONFIG).read_text(encoding="utf-8") == "# mine\n"


@posix
@pytest.mark.parametrize("mode", [0o640, 0o604, 0o660])
def test_a_secret_that_others_can_read_is_refused(tmp_path, mode):
    made = init(tmp_path / "course")
    (made.root / SECRET).chmod(mode)
    with pytest.raises(AutograderError, match=rf"owner alone \(mode 600\), got mode {mode:o}"):
        made.secret()


def test_a_missing_or_a_cut_secret_is_an_error(tmp_path):
    made = init(tmp_path / "course")
    (made.root / SECRET).write_bytes(b"short")
    with pytest.raises(AutograderError, match="must hold 32 bytes, got 5"):
        made.secret()
    (made.root / SECRET).unlink()
    with pytest.raises(AutograderError, match=r"secret\.key is missing"):
        made.secret()


def test_a_folder_that_init_did_not_make_is_not_a_course(tmp_path):
    with pytest.raises(AutograderError, match=r"it has no nbgrader_config\.py.*autograder init"):
        Course.open(tmp_path)


def test_a_folder_in_a_course_says_which_course_to_give(tmp_path):
    made = init(tmp_path / "my course")
    for inside in (made.release / "05_x", made.root / "course"):  # the second: --course's default
        with pytest.raises(AutograderError, match=f"lies in one; give that: --course '{made.root}"):
            Course.open(inside)


def test_a_release_is_no_course_and_holds_none(tmp_path):
    (tmp_path / "05_x" / "autograder" / "check").mkdir(parents=True)
    for folder in (tmp_path / "05_x", tmp_path / "05_x" / "course"):
        with pytest.raises(AutograderError, match="it is a release, which is for students"):
            Course.open(folder)
        for make in (init, missing_paths):
            with pytest.raises(AutograderError, match="must not lie in a release"):
                make(folder)


def test_a_command_typed_in_a_release_says_so(klass):
    where = klass.course.release_dir(FIRST)
    command = [sys.executable, "-m", "autograder", "status", "--course", str(klass.course.root)]
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    ran = subprocess.run(command, cwd=where, env=environment, capture_output=True, text=True)
    assert (ran.returncode, ran.stdout) == (2, "")
    (line,) = ran.stderr.splitlines()
    assert "you are in a release" in line


def test_a_path_that_a_gradebook_s_address_cannot_hold_is_refused(tmp_path):
    made = init(tmp_path / "who")
    for use in (init, missing_paths, Course.open):
        with pytest.raises(AutograderError, match=r"must hold no '\?'.*rename that folder"):
            use(made.root.rename(tmp_path / "who?"))
        made.root.with_name("who?").rename(made.root)
    assert [path.name for path in tmp_path.iterdir()] == ["who"]


def test_a_configuration_that_cannot_be_run_is_a_sentence(tmp_path):
    made = init(tmp_path / "course")
    (made.root / CONFIG).write_text("c = get_config()\nc.CourseDirectory.root = rot\n", "utf-8")
    with pytest.raises(AutograderError, match=r"cannot be read: NameError: name 'rot'"):
        made.config()


# ------------------------------------------------------- students' code runs in the sandbox alone


@pytest.mark.parametrize(
    ("text", "warned"),
    [
        (None, False),
        ("", True),
        ("get_config().Autograde.exporter_class = 'autograder.plugin.SubmissionReader'\n", False),
        ("get_config().Autograde.exporter_class = 'nbconvert.NotebookExporter'\n", True),
        (
            "from autograder.plugin import SubmissionReader\n"
            "class Mine(SubmissionReader): pass\n"
            "get_config().Autograde.exporter_class = Mine\n",
            False,
        ),
    ],
    ids=["as init wrote it", "empty", "by name", "another", "a class of one's own"],
)  # fmt: skip
def test_every_command_warns_where_the_plugin_is_missing(tmp_path, capsys, text, warned):
    made = init(tmp_path / "course", PROJECT)
    if text is not None:
        (made.root / CONFIG).write_text(text, encoding="utf-8")
    for command in (["status"], ["late"], ["export", "canvas"], ["grade", "05_x"], ["similar"]):
        main([*command, "--course", str(made.root)])
        told = [line for line in capsys.readouterr().err.splitlines() if "warning" in line]
        assert len(told) == warned, command
    main(["init", str(made.root), "--project", str(PROJECT.root)])
    lines = capsys.readouterr().err.splitlines()
    assert len(lines) == warned
    if warned:
        assert "outside the sandbox" in lines[0]
        with (made.root / CONFIG).open("a", encoding="utf-8") as config:
            config.write("\n" + lines[0].partition("add the line: ")[2] + "\n")
        assert made.warning() == ""


def test_a_file_cannot_become_a_course(tmp_path):
    (tmp_path / "file").write_text("", encoding="utf-8")
    with pytest.raises(AutograderError, match="got a file"):
        init(tmp_path / "file")


@pytest.mark.parametrize("inside", [".", "notebooks", "notebooks/source/course", "autograder/new"])
def test_a_course_among_tracked_files_is_refused(inside):
    with pytest.raises(AutograderError, match="must not lie among the checkout's tracked files"):
        init(ROOT / inside)
    assert not (ROOT / inside / SECRET).exists()


def test_without_git_the_usual_folder_of_a_checkout_may_hold_a_course(tmp_path, monkeypatch):
    monkeypatch.setattr("autograder.course_place.shutil.which", lambda name: None)
    (tmp_path / ".git").mkdir()
    init(tmp_path / "course", PROJECT)
    with pytest.raises(AutograderError):
        init(tmp_path / "other", PROJECT)


def test_git_says_what_it_ignores(tmp_path):
    git = subprocess.run(["git", "init", "-q", str(tmp_path)], check=False)
    if git.returncode:
        pytest.skip("needs git")
    (tmp_path / ".gitignore").write_text("/mine/\n", encoding="utf-8")
    init(tmp_path / "mine", PROJECT)
    with pytest.raises(AutograderError):
        init(tmp_path / "course", PROJECT)


def test_the_configuration_is_for_the_folder_it_lies_in(tmp_path):
    made = init(tmp_path / "course")
    config = made.config()
    assert config.CourseDirectory.root == str(made.root)
    assert config.CourseDirectory.course_id == "cs231n"
    hook = "autograder.proof.rehearsal.after_generating"
    assert config.GenerateAssignment.post_convert_hook == hook


def test_nbgrader_started_in_the_course_reads_the_configuration(tmp_path):
    made = init(tmp_path / "course")
    script = (
        "from nbgrader.apps import NbGrader\n"
        "app = NbGrader(); app.initialize([]); app.load_config_file()\n"
        "print(app.coursedir.root, app.coursedir.course_id)\n"
    )
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    ran = subprocess.run(
        [sys.executable, "-c", script],
        cwd=made.root,
        env=environment,
        capture_output=True,
        text=True,
    )
    assert ran.stdout.split() == [str(made.root), "cs231n"], ran.stderr


def test_programs_of_the_environment_are_put_on_the_path_once(monkeypatch):
    monkeypatch.setenv("PATH", "/usr/bin")
    put_programs_on_path()
    put_programs_on_path()
    assert os.environ["PATH"] == os.pathsep.join([os.path.dirname(sys.executable), "/usr/bin"])


def test_paths_of_a_course_follow_nbgrader(tmp_path):
    made = init(tmp_path / "course")
    theirs = CourseDirectory(config=made.config())
    for mine, step in [
        (made.submitted_dir("05_x", "student-01"), theirs.submitted_directory),
        (made.autograded_dir("05_x", "student-01"), theirs.autograded_directory),
        (made.feedback_dir("05_x", "student-01"), theirs.feedback_directory),
    ]:
        assert mine == Path(theirs.format_path(step, "student-01", "05_x"))
    for mine, step in [
        (made.source_dir("05_x"), theirs.source_directory),
        (made.release_dir("05_x"), theirs.release_directory),
    ]:
        assert mine == Path(theirs.format_path(step, ".", "05_x"))
    assert made.db_url == theirs.db_url


def test_a_course_names_its_project_or_lies_in_it_or_is_used_from_there(tmp_path, monkeypatch):
    for name in ("one", "other"):
        (tmp_path / name).mkdir()
        (tmp_path / name / MANIFEST).write_text(f'title = "{name}"\n', encoding="utf-8")
    course = init(tmp_path / "one" / "course", find_project(tmp_path / "other"))
    assert course.project.title == "other"
    assert 'project = "../../other"' in (course.root / SETTINGS).read_text(encoding="utf-8")
    (course.root / SETTINGS).unlink()  # as in a course that was made before there were projects
    assert course.project.title == "one"
    away = init(tmp_path / "away", find_project(tmp_path / "one"))
    (away.root / SETTINGS).write_text("[late]\nbank = 3\n", encoding="utf-8")
    monkeypatch.chdir(tmp_path / "other")
    assert away.project.title == "other"
    (away.root / SETTINGS).write_text('project = "../gone"\n', encoding="utf-8")
    with pytest.raises(AutograderError, match=r"project must be .*got '\.\./gone'"):
        _ = away.project
