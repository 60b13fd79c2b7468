"""While a new course's submission is graded, no course's answers are in its reach."""

from __future__ import annotations

import ast
import shutil
import subprocess
import sys
import textwrap
from dataclasses import dataclass
from pathlib import Path
from types import SimpleNamespace

import pytest
from helpers import PROJECT, ROOT
from helpers.new_course import LESSON, LIBRARY, NewCourse, ready

from autograder import plugin
from autograder.course import SECRET, SETTINGS, Course, init
from autograder.errors import AutograderError
from autograder.grading.classroom import grade_class
from autograder.grading.kernel import Sandbox
from autograder.grading.load import load_release, require_closed
from autograder.project import MANIFEST
from autograder.sandbox import isolation, paths

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="these locks are Linux's")

STRONG = isolation.LEVELS[:2]
MODULES = [
    *("cs231n_lib", "cs231n_lib.optim", "lessons", "lessons.smoothing"),
    *("autograder.exercise", "autograder.project", "reference"),
]

ATTEMPTS = textwrap.dedent("""
    import gc, importlib, os, sys

    reached = []

    def attempt(what, action):
        try:
            action()
        except (ImportError, OSError, AttributeError):
            return
        reached.append(what)

    for path in PATHS:
        attempt(path, lambda: open(path, "rb").read(1))
        attempt(f"list {path}", lambda: os.listdir(path))
        attempt(f"copy {path}", lambda: os.link(path, "mine"))
        attempt(f"through {path}", lambda: (os.symlink(path, "link"), open("link", "rb").read(1)))
        if os.path.islink("link"):
            os.remove("link")

    for name in list(sys.modules):
        if name.split(".")[0] in ("cs231n_lib", "series_lib", "lessons"):
            del sys.modules[name]
    for folder in ([], FOLDERS):
        sys.path[:0] = folder
        importlib.invalidate_caches()
        for name in MODULES:
            attempt(f"import {name}", lambda: importlib.import_module(name))
        attempt("the library's answer", lambda: importlib.import_module(ANSWERS).detrend)

    for value in filter(callable, gc.get_objects()):
        if getattr(value, "__name__", "") in ("moving_average", "detrend"):
            reached.append(f"{value.__module__}.{value.__name__}")
    print(reached)
""")


@dataclass(frozen=True)
class Secrets:
    """What of a course, and of this checkout, a submission should not get at."""

    files: list[Path]
    folders: list[Path]

    @classmethod
    def of(cls, made: NewCourse) -> Secrets:
        project, course = made.project, made.course
        lesson, ours = project.lesson(LESSON), PROJECT.lesson("05_update_rules")
        answers = project.library / "series.py" if project.library else lesson / "reference.py"
        files = [
            *(answers, project.text(LESSON), project.built(LESSON), project.root / MANIFEST),
            *(lesson / "moving_average.py", lesson / "questions.py"),
            *(course.root / name for name in (SECRET, SETTINGS, "gradebook.db")),
            course.source_dir(LESSON) / f"{LESSON}.ipynb",
            *(ours / "adam.py", ours / "notebook.py", PROJECT.built("05_update_rules")),
            *(ROOT / "cs231n_lib" / "optim.py", ROOT / "autograder" / "exercise.py"),
        ]
        assert [path for path in files if not path.is_file()] == []
        return cls(files, [project.root, lesson, ROOT, PROJECT.root, ROOT / "cs231n_lib"])

    def attempts(self) -> str:
        """Code that tries to get at them, and prints what it got."""
        settings = {
            "PATHS": [*map(str, self.files), *(str(path.parent) for path in self.files)],
            "FOLDERS": [*map(str, self.folders)],
            "MODULES": MODULES,
            "ANSWERS": f"{LIBRARY}.series",
        }
        return "\n".join(f"{name} = {value!r}" for name, value in settings.items()) + ATTEMPTS


@pytest.mark.parametrize("level", STRONG)
@pytest.mark.parametrize("library", ["", LIBRARY], ids=["alone", "with a library"])
def test_no_answer_of_any_course_is_in_reach(level, library):
    reason = isolation.available()[level]
    if reason:
        pytest.skip(f"NOT TESTED: isolation {level} does not work here: {reason}")
    made = ready(library)
    with Sandbox(load_release(made.course, LESSON).edition, level=level) as sandbox:
        ran = sandbox.execute(Secrets.of(made).attempts())
    assert ran.problem == ""
    assert [output.get("text") for output in ran.outputs] == ["[]\n"]


def test_without_a_lock_the_same_attempts_reach_everything(tmp_path):
    secrets = Secrets.of(ready(LIBRARY))
    ran = subprocess.run(
        [sys.executable, "-I", "-c", secrets.attempts()],
        cwd=tmp_path,
        capture_output=True,
        text=True,
    )
    assert ran.returncode == 0, ran.stderr
    reached = ast.literal_eval(ran.stdout)
    assert {f"through {path}" for path in secrets.files} | {*map(str, secrets.files)} <= {*reached}
    assert {f"import {name}" for name in MODULES if name != "reference"} <= {*reached}
    assert {"the library's answer", f"{LIBRARY}.series.detrend"} <= {*reached}


@pytest.mark.parametrize("what", ["project", "library"])
def test_lessons_that_lie_where_python_reads_are_not_graded(what, tmp_path, monkeypatch):
    """A course below /usr, say, all of which every locked process can read."""
    made = ready(LIBRARY)
    course = init(tmp_path / "course", made.project)
    require_closed(course, STRONG[0])
    folder = made.project.root if what == "project" else made.project.library
    needed = (*paths.needed_by_python(), str(folder))
    monkeypatch.setattr(paths, "needed_by_python", lambda: needed)
    for level in STRONG:
        with pytest.raises(AutograderError, match=f"{folder} would be readable to students"):
            require_closed(course, level)
    require_closed(course, "limits")  # where nothing is closed, and that is said elsewhere


def test_neither_command_nor_formgrader_grades_what_is_open(tmp_path, monkeypatch):
    if isolation.choose() not in STRONG:
        pytest.skip("NOT TESTED: no isolation works here")
    made = ready()
    root = made.project.root
    course = Course(shutil.copytree(made.course.root, tmp_path / "course"))
    (course.root / SETTINGS).write_text(f'project = "{root}"\n', encoding="utf-8")
    needed = (*paths.needed_by_python(), str(root))
    monkeypatch.setattr(paths, "needed_by_python", lambda: needed)
    with pytest.raises(AutograderError, match=f"{root} would be readable to students"):
        grade_class(course, LESSON)
    directory = SimpleNamespace(root=str(course.root), db_url="")
    converter = SimpleNamespace(coursedir=directory)
    reader = SimpleNamespace(_autograde=converter)
    with pytest.raises(AutograderError, match=f"{root} would be readable to students"):
        plugin.SubmissionReader.graded(reader, made.released, LESSON, LESSON)
