"""A new course: complete, useful at home alone, and without an answer in its release."""

from __future__ import annotations

import ast
import json
import os
import re
import subprocess
import sys

import pytest
from helpers.at_home import alone, texts_in
from helpers.new_course import LESSON, LIBRARY, RIGHT, opened, ready, written

from autograder.authoring import editions
from autograder.authoring.build import build
from autograder.authoring.leaks import leaks, secret_lines
from autograder.authoring.new import new_project
from autograder.commands import main
from autograder.project import MANIFEST, Project

FORMS = pytest.mark.parametrize("library", ["", LIBRARY], ids=["alone", "with a library"])
EXERCISES = {"moving_average": 3.0, "q_noise": 1.0, "detrend": 3.0}
PUBLIC_FUNCTIONS = {"averages", "without_trend", "rms"}
"""The probes, which travel; and what the library gives away."""


# --- what is written --------------------------------------------------------------------------


@FORMS
def test_a_new_course_is_written_whole(library, tmp_path):
    files = new_project(tmp_path / "my-course", library)
    assert sorted(files) == sorted(p for p in (tmp_path / "my-course").rglob("*") if p.is_file())
    texts = {path.name: path.read_text(encoding="utf-8") for path in files}
    assert [name for name, text in texts.items() if re.search(r"@[A-Z_]+@", text)] == []
    assert Project.read(tmp_path / "my-course" / MANIFEST).lessons == (LESSON,)
    for name in re.findall(r"^\| (`.+?) \|", texts["README.md"], re.M):
        for part in re.findall(r"`([^`]+)`", name):
            if part not in ("source/", "checks/"):  # `build` makes these
                assert list((tmp_path / "my-course").rglob(part.rstrip("/"))), part


@pytest.mark.parametrize("what", ["a file in it", "a file"])
def test_a_folder_with_something_in_it_is_refused(what, tmp_path, capsys):
    folder = tmp_path / "my-course"
    if what == "a file":
        folder.write_text("mine", encoding="utf-8")
    else:
        folder.mkdir()
        (folder / "mine.txt").touch()
    before = sorted(tmp_path.rglob("*"))
    assert main(["new", str(folder)]) == 2
    assert f"a new course needs a new or empty folder, got {folder}" in capsys.readouterr().err
    assert sorted(tmp_path.rglob("*")) == before


IMPOSSIBLE = "must be a name that Python can import, such as my_lib; got"
TAKEN = "must be a name that nothing here has yet, such as my_lib; got"


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("my-lib", IMPOSSIBLE), ("../lib", IMPOSSIBLE), ("a.b", IMPOSSIBLE), ("class", IMPOSSIBLE),
        ("numpy", TAKEN), ("json", TAKEN), ("sys", TAKEN), ("autograder", TAKEN),
        ("lessons", TAKEN), ("checks", TAKEN), ("course", TAKEN),
    ],
)  # fmt: skip
def test_a_name_that_no_library_can_have_is_refused(name, message, tmp_path, capsys):
    assert main(["new", str(tmp_path / "my-course"), "--library", name]) == 2
    assert f"--library {message} {name!r}" in capsys.readouterr().err
    assert not (tmp_path / "my-course").exists()


def test_an_empty_folder_is_taken(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "my course").mkdir()
    assert main(["new", "my course"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == "my course/project.toml"
    assert lines[-1] == "Next: cd 'my course' && python -m autograder build"


@FORMS
def test_every_question_is_asked_before_its_answer(library):
    course = ready(library)
    notebook = json.loads((course.released / f"{LESSON}.ipynb").read_text(encoding="utf-8"))
    cells = notebook["cells"]
    answers = [n for n, cell in enumerate(cells) if "".join(cell["source"]) == "YOUR ANSWER HERE"]
    assert answers
    for number in answers:
        assert cells[number - 1]["cell_type"] == "markdown"
        assert "?" in "".join(cells[number - 1]["source"])


@FORMS
def test_the_source_notebook_runs_and_earns_all_points(library, tmp_path):
    project = written(tmp_path / "my-course", library and "source_lib")
    build(project=project)
    cells = json.loads(project.built(LESSON).read_text(encoding="utf-8"))["cells"]
    code = ["".join(cell["source"]) for cell in cells if cell["cell_type"] == "code"]
    checks = [f'assert check("{name}") == {points}' for name, points in EXERCISES.items()]
    ran = subprocess.run(
        [sys.executable, "-c", "\n\n".join([*code, *checks])],
        cwd=project.built(LESSON).parent,
        env={**os.environ, "PYTHONPATH": os.pathsep.join([str(project.root), *sys.path])},
        capture_output=True,
        text=True,
    )
    assert ran.returncode == 0, ran.stderr
    half_a_day, a_day = map(int, re.findall(r"hours: measured (\d+)%", ran.stdout))
    assert a_day < 10 < 40 < half_a_day, "as the model answer says"


# --- what students get ------------------------------------------------------------------------


def answer_lines(course):
    """Lines of right and wrong answers, read off the files by this test's own means."""
    project = course.project
    folder = project.library or project.lesson(LESSON)
    paths = [folder / ("series.py" if project.library else "reference.py")]
    paths += [project.lesson(LESSON) / f"{name}.py" for name in ("moving_average", "detrend")]
    for path in paths:
        text = path.read_text(encoding="utf-8")
        for node in ast.parse(text).body:
            if isinstance(node, ast.FunctionDef) and node.name not in PUBLIC_FUNCTIONS:
                lines = text.splitlines()[node.lineno : node.end_lineno]
                body = node.body[1:] if ast.get_docstring(node) else node.body
                yield from (line.strip() for line in lines[body[0].lineno - node.lineno - 1 :])
    for region in re.findall(
        r"BEGIN SOLUTION\n(.*?)# *##* END SOLUTION",
        project.text(LESSON).read_text(encoding="utf-8"),
        re.S,
    ):
        yield from (line.strip("# ") for line in region.splitlines() if line.strip("# "))


@FORMS
def test_no_answer_and_no_secret_is_in_a_release(library, tmp_path):
    course = ready(library)
    key = course.course.secret()
    assert len(secret_lines(LESSON, course.project)) > 20
    assert leaks(course.released, LESSON, course.project, key) == []
    assert leaks(course.download, LESSON, course.project, key) == []
    lines = {line for line in answer_lines(course) if len(line) > 12}
    assert len(lines) > 15
    assert "sums = np.cumsum(np.concatenate([[0.0], x]))" in lines
    assert 'return np.convolve(x, np.ones(width) / width, mode="same")' in lines
    assert any("Over a whole day the swing averages out" in line for line in lines)
    text = "\n".join(texts_in(course.download.parent))
    assert [line for line in lines if line in text] == []
    assert key.hex() not in text
    assert "BEGIN SOLUTION" not in text


def test_asking_the_library_for_an_answer_names_its_lesson(tmp_path):
    course = ready(LIBRARY)
    for question in ("from {} import moving_average", "import {} as s; s.detrend"):
        ran = in_release(course, question.format(f"{LIBRARY}.series"))
        name = "detrend" if "detrend" in question else "moving_average"
        assert f"ImportError: {name} is what you build in {LESSON}" in ran.stderr
    ran = in_release(course, f"from {LIBRARY}.series import rms; print(rms([3.0, -3.0]))")
    assert ran.stdout == "3.0\n"


def in_release(course, script):
    return subprocess.run(
        [sys.executable, "-I", "-c", f"import sys; sys.path.insert(0, ''); {script}"],
        cwd=course.released,
        capture_output=True,
        text=True,
    )


def test_an_answer_in_the_librarys_own_module_is_withheld_too(tmp_path):
    """With its functions in ``__init__.py``, the library was given away whole once."""
    folder = tmp_path / "my-course"
    new_project(folder, "whole_lib")
    (folder / "whole_lib" / "series.py").replace(folder / "whole_lib" / "__init__.py")
    for path in (folder / "lessons" / "smoothing").glob("*.py"):
        text = path.read_text(encoding="utf-8").replace("whole_lib.series", "whole_lib")
        text = text.replace("from whole_lib import series as", "import whole_lib as")
        path.write_text(text, encoding="utf-8")
    project = Project.read(folder / MANIFEST)
    withheld = {"moving_average": LESSON, "detrend": LESSON}
    assert editions.withheld(LESSON, project) == {"whole_lib": withheld}
    editions.write(LESSON, tmp_path / "edition", project)
    text = (tmp_path / "edition" / "whole_lib" / "__init__.py").read_text(encoding="utf-8")
    assert "def rms" in text
    assert "cumsum" not in text


# --- at home ----------------------------------------------------------------------------------


@FORMS
def test_the_zip_works_alone_and_a_stub_is_not_written_yet(library, tmp_path):
    course = ready(library)
    checks = alone(course.download, tmp_path / "home", LESSON)
    assert [(name, points) for name, points, _ in checks] == [(name, "0.0") for name in EXERCISES]
    assert [name for name, _, text in checks if "Not written yet." in text] == [
        "moving_average",
        "detrend",
    ]


@FORMS
def test_right_answers_earn_all_points_at_home(library, tmp_path):
    """The set-up reads ``readings.csv`` on the way: without it, nothing runs."""
    checks = alone(ready(library).download, tmp_path / "home", LESSON, RIGHT)
    assert {name: float(points) for name, points, _ in checks} == EXERCISES


def test_data_in_a_folder_lie_in_that_folder_beside_the_notebook(tmp_path):
    project = written(tmp_path / "my-course")
    data = project.lesson(LESSON) / "files" / "raw" / "more.csv"
    data.parent.mkdir()
    data.write_text("1\n2\n", encoding="utf-8")
    course = opened(project)
    assert (course.released / "raw" / "more.csv").read_text(encoding="utf-8") == "1\n2\n"
    readme = (course.released / "README.md").read_text(encoding="utf-8")
    assert "`raw/more.csv`, and `readings.csv`" in readme
    reads = 'assert np.loadtxt("raw/more.csv").sum() == 3\n' + RIGHT["detrend_solution"]
    checks = alone(course.download, tmp_path / "home", LESSON, {"detrend_solution": reads})
    assert [points for _, points, _ in checks] == ["0.0", "0.0", "3.0"]
