"""The release of any nbgrader assignment: complete, without an answer, or refused by name."""

from __future__ import annotations

import json
import shutil
import zipfile

import nbformat
import pytest
from helpers.plain_course import FILES, NOTEBOOKS, POINTS, write_plain_course
from helpers.plain_notebooks import DOT
from nbgrader.api import Gradebook

from autograder.authoring.plain import foreign_language, look_alikes
from autograder.authoring.release import changes, release
from autograder.course import Course, init
from autograder.errors import AutograderError
from autograder.project import Project


@pytest.fixture(scope="module")
def ready(tmp_path_factory):
    """The plain course with an empty gradebook, to copy: making that is slow."""
    root = write_plain_course(tmp_path_factory.mktemp("plain") / "course")
    course = init(root, Project(root, id="plain"))
    course.config()
    Gradebook(course.db_url, "plain").close()
    return root


@pytest.fixture
def course(ready, tmp_path):
    shutil.copytree(ready, tmp_path / "course")
    return Course.open(tmp_path / "course")


def released(course, assignment):
    return release(course, assignment, Project(course.root))


def edit(course, assignment, notebook, change):
    """Change a source notebook as JSON."""
    path = course.source_dir(assignment) / f"{notebook}.ipynb"
    document = json.loads(path.read_text(encoding="utf-8"))
    change(document)
    path.write_text(json.dumps(document), encoding="utf-8")
    return path


def cell_of(document, grade_id):
    cells = document["cells"]
    return next(c for c in cells if c["metadata"].get("nbgrader", {}).get("grade_id") == grade_id)


def refusal(course, assignment):
    before = sorted(course.root.rglob("*"))
    with pytest.raises(AutograderError) as refused:
        released(course, assignment)
    assert sorted(course.root.rglob("*")) == before, "nothing was written"
    return str(refused.value)


@pytest.mark.parametrize("assignment", POINTS)
def test_a_release_holds_the_notebooks_and_what_lay_beside_them_and_nothing_else(
    course, assignment
):
    folder, archive = released(course, assignment)
    names = {f"{name}.ipynb" for name in NOTEBOOKS[assignment]} | set(FILES[assignment])
    files = {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file()
    }
    assert set(files) == names
    assert {name: files[name] for name in FILES[assignment]} == FILES[assignment]
    with zipfile.ZipFile(archive) as package:
        assert set(package.namelist()) == {f"{assignment}/{name}" for name in names}
    with Gradebook(course.db_url) as gradebook:
        assert gradebook.find_assignment(assignment).max_score == POINTS[assignment]
    text = b"".join(data for name, data in files.items() if name.endswith(".ipynb"))
    for secret in (
        b"BEGIN",
        b"DictReader",
        b"The air rises",
        b"nonlocal",
        b"np.cos",
        b"newspaper, and",
    ):
        assert secret not in text


def test_an_old_notebook_is_brought_to_todays_format_in_the_release_alone(course):
    def age(document):
        marks = cell_of(document, "test_mean")["metadata"]["nbgrader"]
        for name in ("schema_version", "task"):
            del marks[name]
        marks["points"] = "3"

    source = edit(course, "weather", "rain", age)
    before = source.read_bytes()
    folder, _ = released(course, "weather")
    notebook = nbformat.read(folder / "rain.ipynb", as_version=4)
    assert notebook.nbformat_minor == 5
    assert len({cell.id for cell in notebook.cells}) == len(notebook.cells)
    marks = cell_of(notebook, "test_mean")["metadata"]["nbgrader"]
    assert (marks["schema_version"], marks["points"]) == (3, 3.0)
    assert source.read_bytes() == before


def test_a_notebook_of_format_3_is_released(course):
    path = course.source_dir("plots") / "plots.ipynb"
    old = nbformat.convert(nbformat.read(path, as_version=4), 3)
    path.write_text(nbformat.writes(old, version=3), encoding="utf-8")
    folder, _ = released(course, "plots")
    notebook = nbformat.read(folder / "plots.ipynb", as_version=nbformat.NO_CONVERT)
    assert (notebook.nbformat, notebook.nbformat_minor) == (4, 5)
    assert cell_of(notebook, "draw")


def twice(document):
    document["cells"].append(json.loads(json.dumps(cell_of(document, "draw"))))


def unclosed(document):
    cell = cell_of(document, "test_curves")
    cell["source"] = [line for line in cell["source"] if "END HIDDEN" not in line]


def negative(document):
    cell_of(document, "test_curves")["metadata"]["nbgrader"]["points"] = -1


def misplaced(document):
    document["cells"][1]["source"] = "### BEGIN SOLUTION\nanswer = 42\n### END SOLUTION"


def nameless(document):
    cell_of(document, "draw")["metadata"]["nbgrader"]["grade_id"] = ""


def of_r(document):
    document["metadata"]["kernelspec"] = {"name": "ir", "language": "R", "display_name": "R"}


@pytest.mark.parametrize(
    ("fault", "words"),
    [
        (twice, "each grade id must be there once, and cells 3, 9 are all called 'draw'"),
        (unclosed, "cell 5 (test_curves) has BEGIN HIDDEN TESTS and no END HIDDEN TESTS"),
        (negative, "cell 5 (test_curves) is worth -1 points; points must be at least 0"),
        (misplaced, "cell 2 holds a solution, and is not marked as an answer"),
        (nameless, "nbgrader cannot use its metadata (grade_id is empty)"),
        (of_r, "it is for R; only Python notebooks can be graded"),
    ],
)
def test_what_cannot_be_graded_is_refused_by_name_before_anything_is_written(course, fault, words):
    edit(course, "plots", "plots", fault)
    assert f"plots.ipynb: {words}" in refusal(course, "plots")


def test_all_faults_of_all_notebooks_are_told_at_once(course):
    for name in ("1_shapes", "2_counters"):
        (course.source_dir("shapes") / f"{name}.ipynb").write_text("{", encoding="utf-8")
    lines = refusal(course, "shapes").splitlines()
    assert [line.partition(" (")[0] for line in lines] == [
        "not released, because of 2 faults:",
        "1_shapes.ipynb: it cannot be read as a notebook",
        "2_counters.ipynb: it cannot be read as a notebook",
    ]


def test_a_folder_without_a_notebook_and_an_unknown_name_are_refused(course):
    (course.source_dir("plots") / "plots.ipynb").unlink()
    assert "holds no notebook" in refusal(course, "plots")
    assert "must be one of shapes, weather; got 'nothing'" in refusal(course, "nothing")
    assert "got '../source/shapes'" in refusal(course, "../source/shapes")


@pytest.mark.parametrize(
    ("metadata", "language"),
    [
        ({}, ""),
        ({"kernelspec": {"name": "python3"}}, ""),
        ({"kernelspec": {"name": "conda-env-r-py", "language": "python"}}, ""),
        ({"kernelspec": {"name": "my-course"}}, ""),
        ({"kernelspec": {"name": "ir"}}, "ir"),
        ({"kernelspec": {"name": "julia-1.9"}}, "julia-1.9"),
        ({"language_info": {"name": "octave"}}, "octave"),
    ],
)
def test_which_notebooks_are_for_python(metadata, language):
    notebook = nbformat.from_dict({"metadata": metadata})
    assert foreign_language(notebook) == language


def in_metadata(document):
    cell_of(document, "draw")["metadata"]["old"] = "ax.plot(x, np.cos(x), label='cosine')"
    lines = cell_of(document, "draw")["source"]
    cell_of(document, "draw")["source"] = "".join(lines).replace('"cosine"', "'cosine'")


def test_a_solution_in_metadata_is_not_released_and_the_earlier_release_stays(course):
    folder, archive = released(course, "plots")
    before = (folder / "plots.ipynb").read_bytes(), archive.read_bytes()
    edit(course, "plots", "plots", in_metadata)
    with pytest.raises(AutograderError, match=r"1 secret:\nplots\.ipynb: a solution of"):
        released(course, "plots")
    assert ((folder / "plots.ipynb").read_bytes(), archive.read_bytes()) == before


def test_outputs_and_pictures_of_the_solution_are_left_out(course):
    def draw(document):
        why = cell_of(document, "why")
        text = "".join(why["source"])
        why["source"] = text.replace("### END", "![clouds](attachment:clouds.png)\n### END")
        why["attachments"] = {"clouds.png": {"image/png": "SGlkZGVu"}}
        shown = {"output_type": "stream", "name": "stdout", "text": "wettest was February"}
        cell_of(document, "wettest")["outputs"] = [shown]

    edit(course, "weather", "rain", draw)
    text = (released(course, "weather")[0] / "rain.ipynb").read_text(encoding="utf-8")
    assert "clouds" not in text
    assert "wettest was" not in text
    folder, _ = released(course, "shapes")
    notebook = nbformat.read(folder / "1_shapes.ipynb", as_version=4)
    assert list(notebook.cells[0].attachments) == ["sketch.png"], "the question's picture stays"


def test_files_that_look_like_a_solution(course):
    beside = course.source_dir("plots") / "old"
    beside.mkdir()
    shutil.copy(course.source_dir("plots") / "plots.ipynb", beside / "solution.ipynb")
    shutil.copy(course.source_dir("plots") / "plots.ipynb", beside / "solution.json")
    with pytest.raises(AutograderError, match=r"old/solution\.json: a mark of the source: BEGIN"):
        released(course, "plots")
    (beside / "solution.json").unlink()
    (beside / "hint.py").write_text('ax.plot(x, np.sin(x), label="sine")\n', encoding="utf-8")
    with zipfile.ZipFile(beside / "data.zip", "w") as archive:
        archive.writestr("pixel.png", DOT)
    folder, _ = released(course, "plots")
    assert sorted(path.name for path in (folder / "old").iterdir()) == ["data.zip", "hint.py"]
    assert look_alikes(course, "plots") == [
        "old/hint.py is released, and holds 1 line of what students write"
    ]
    (beside / "hint.py").unlink()
    (beside / "solution.ipynb").rename(course.source_dir("plots") / "solved.ipynb")
    released(course, "plots")
    (line,) = look_alikes(course, "plots")
    assert line.startswith("solved.ipynb has the graded cells of plots.ipynb, and students must")


def test_what_a_release_would_change_is_known_without_releasing(course):
    project = Project(course.root)
    assert changes(course, "shapes", project) == [
        "1_shapes.ipynb: new",
        "2_counters.ipynb: new",
        "measuring.py: new",
        "sketch.png: new",
    ]
    assert not course.release_dir("shapes").exists()
    released(course, "shapes")
    (course.source_dir("shapes") / "sketch.png").unlink()
    assert changes(course, "shapes", project) == ["sketch.png: gone"]
