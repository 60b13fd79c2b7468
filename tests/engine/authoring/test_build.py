"""Notebooks from text, and back."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from dataclasses import replace

import nbformat
import numpy as np
import pytest
from helpers import LESSONS, PROJECT, small_course
from helpers.small_course import FIRST, FIRST_TEXT, SECOND, project
from nbgrader.nbgraderformat import MetadataValidator

from autograder.authoring.build import build, differences, from_notebook, source_notebook
from autograder.authoring.packs import same_pack
from autograder.authoring.percent import dump, hidden_tests, kind, to_notebook, to_text
from autograder.check.pack import Pack
from autograder.errors import AutograderError

POINTS = {"affine": 4.5, "q_linear": 1.0}
REAL = LESSONS


@pytest.fixture
def small(tmp_path):
    made = project(tmp_path)
    build(project=made)
    return made


def first(made):
    return json.loads(made.built(FIRST).read_text(encoding="utf-8"))


def edit(made, change, name=FIRST):
    """Change a built notebook as JupyterLab would: through its JSON, in another layout."""
    notebook = nbformat.read(made.built(name), as_version=4)
    change(notebook)
    text = json.dumps(notebook, indent=1, ensure_ascii=True)
    made.built(name).write_text(text, encoding="utf-8")
    return made.built(name)


def cell(notebook, grade_id):
    return next(
        c for c in notebook.cells if c.metadata.get("nbgrader", {}).get("grade_id") == grade_id
    )


def test_what_is_built_is_a_notebook_that_nbgrader_accepts(small):
    notebook = nbformat.read(small.built(FIRST), as_version=4)
    nbformat.validate(notebook)
    MetadataValidator().validate_nb(notebook)
    kinds = {
        c.metadata.nbgrader.grade_id: (
            c.metadata.nbgrader.grade,
            c.metadata.nbgrader.solution,
            c.metadata.nbgrader.locked,
            c.metadata.nbgrader.get("points"),
        )
        for c in notebook.cells
        if "nbgrader" in c.metadata
    }
    assert kinds == {
        "setup": (False, False, True, None),
        "affine_solution": (False, True, False, None),
        "affine": (True, False, True, 4.5),
        "q_linear_solution": (False, True, False, None),
        "q_linear": (True, False, True, 1),
        "why_bias": (True, True, False, 2),
    }


def test_building_twice_gives_the_same_bytes(small, tmp_path_factory):
    again = project(tmp_path_factory.mktemp("again"))
    build(project=again)
    assert again.built(FIRST).read_bytes() == small.built(FIRST).read_bytes()
    assert build(project=small) == []


def test_ids_come_from_the_content_and_stay_when_a_cell_is_added_before(small):
    before = [c["id"] for c in first(small)["cells"]]
    assert len(set(before)) == len(before), "the two equal cells need two ids"
    longer = FIRST_TEXT.replace("# %% locked", "# %% [markdown]\n# New words.\n\n# %% locked", 1)
    after = [c.id for c in to_notebook(longer, POINTS, "x").cells]
    assert [each for each in after if each in before] == before


def test_a_check_cell_ends_in_the_hidden_tests_of_its_exercise(small):
    notebook = nbformat.read(small.built(FIRST), as_version=4)
    assert cell(notebook, "affine").source == 'check("affine")\n' + hidden_tests("affine")


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ('check="affine"', 'check="afine"', "no exercise is called 'afine'"),
        ('# %% check="affine"\ncheck("affine")\n\n', "", "'affine' has no cell check="),
        ('# %% solution="affine"', "# %%", "'affine' has no cell solution="),
        ('locked="setup"', 'locked="affine"', "'affine' is used twice"),
        ("    ### END SOLUTION\n", "", "BEGIN SOLUTION"),
        (' question="why_bias" points=2', ' question="why_bias"', "points must be given"),
        ('question="why_bias" points=2', 'question="why_bias" points=0', "points must be given"),
        ('check="affine"', 'check="affine" points=9', "the sum of its tests'"),
        ('solution="affine"', 'solution="other"', "'affine' has no cell solution="),
        ('locked="setup"', 'locked="set up"', "must be a name"),
        ('locked="setup"', 'lokked="setup"', "may have one of"),
    ],
)
def test_an_error_names_the_file_and_the_cause(tmp_path, old, new, said):
    assert FIRST_TEXT.count(old) >= 1
    made = project(tmp_path, first=FIRST_TEXT.replace(old, new))
    with pytest.raises(AutograderError, match=r"lessons/small/notebook\.py") as caught:
        build(project=made)
    assert said in str(caught.value)


def test_an_error_names_the_cell(tmp_path):
    made = project(tmp_path, first=FIRST_TEXT.replace('check="affine"', 'check="afine"'))
    with pytest.raises(AutograderError, match=r'small/notebook.py, cell 4 \(check="afine"\)'):
        source_notebook(FIRST, made)


def test_a_solution_that_no_exercise_asks_for_is_an_error(tmp_path):
    extra = '\n# %% solution="extra"\n### BEGIN SOLUTION\n1\n### END SOLUTION\n'
    with pytest.raises(AutograderError, match="no exercise asks for 'extra'"):
        build(project=project(tmp_path, first=FIRST_TEXT + extra))


def test_a_question_may_not_have_a_name_that_another_notebook_uses(tmp_path):
    text = small_course.SECOND_TEXT + (
        '\n# %% [markdown] question="why_bias" points=1\n'
        "# ### BEGIN SOLUTION\n# Because.\n# ### END SOLUTION\n"
    )
    with pytest.raises(AutograderError, match="02_next: 'why_bias' is already the name"):
        build(project=project(tmp_path, second=text))


def test_an_exercise_may_not_have_a_name_that_another_notebook_uses(tmp_path):
    made = project(tmp_path)
    both = {FIRST: small_course.EXERCISES[FIRST], SECOND: [small_course.AFFINE]}
    text = FIRST_TEXT.split("# %%\nnp.zeros")[0].rstrip() + "\n"
    made.text(SECOND).write_text(text, encoding="utf-8")
    made = replace(made, exercises=both.__getitem__)
    with pytest.raises(AutograderError, match="02_next: 'affine' is already the name"):
        build(project=made)


def test_one_wrong_notebook_does_not_stop_the_other(tmp_path):
    made = project(tmp_path, first=FIRST_TEXT.replace('check="affine"', 'check="afine"'))
    with pytest.raises(AutograderError):
        build(project=made)
    assert made.built(SECOND).exists()
    assert not made.built(FIRST).exists()


def test_an_exercise_module_that_raises_is_reported_and_its_packs_stay(small):
    def load(name):
        if name == FIRST:
            raise RuntimeError("half written")
        return small_course.EXERCISES[name]

    broken = replace(small, exercises=load)
    with pytest.raises(AutograderError, match=r"lessons/small: RuntimeError: half written"):
        build(project=broken)
    assert small.pack(FIRST, "affine").exists()


def test_check_is_content_with_what_build_wrote_and_names_what_differs(small):
    assert differences(project=small) == []
    built = small.built(FIRST)
    built.write_text(built.read_text("utf-8").replace("small notebook", "smaller one"), "utf-8")
    small.pack(SECOND, "relative_error").unlink()
    small.pack(FIRST, "affine").rename(small.pack(FIRST, "gone"))
    (small.root / "source/03_none").mkdir()
    (small.root / "source/03_none/03_none.ipynb").write_text("{}", "utf-8")
    assert sorted(differences(project=small)) == [
        "checks/01_small/affine.npz is missing",
        "checks/01_small/gone.npz has no exercise",
        "checks/02_next/relative_error.npz is missing",
        "source/01_small/01_small.ipynb differs from its text",
        "source/03_none/03_none.ipynb is no lesson of the manifest",
    ]


def test_build_removes_a_pack_without_an_exercise(small):
    old = small.pack(FIRST, "gone")
    old.write_bytes(small.pack(FIRST, "affine").read_bytes())
    assert build(project=small) == ["checks/01_small/gone.npz (removed)"]
    assert not old.exists()


def test_points_that_no_check_gives_are_told_to_the_student_s_progress(small):
    unchecked = small.pack(FIRST, "unchecked").with_suffix(".json")
    assert unchecked.read_text(encoding="utf-8") == '{"questions": 2}'
    assert not small.pack(SECOND, "unchecked").with_suffix(".json").exists()
    text = small.text(FIRST).read_text(encoding="utf-8")
    by_hand = '\n# %% test="by_hand" points=3\nassert True\n'
    small.text(FIRST).write_text(text + by_hand, encoding="utf-8")
    assert any("unchecked.json" in line for line in differences(project=small))
    build(project=small)
    assert unchecked.read_text(encoding="utf-8") == '{"questions": 2, "tests": 3}'
    rest = re.sub(r"# %% \[markdown\] question.*?(?=# %%)", "", text, flags=re.DOTALL)
    small.text(FIRST).write_text(rest, encoding="utf-8")
    assert "checks/01_small/unchecked.json (removed)" in build(project=small)


def test_packs_are_compared_by_content_not_by_their_last_bits(small):
    path = small.pack(FIRST, "affine")
    pack = Pack.load(path)
    values = pack.cases[0].expected.values
    values["out"] = values["out"] * (1 + 1e-14)
    pack.save(path)
    assert differences(project=small) == []
    values["out"] = values["out"] + 1e-4
    pack.save(path)
    assert differences(project=small) == ["checks/01_small/affine.npz differs from its exercise"]


def test_packs_with_other_shapes_texts_or_nans_are_not_the_same():
    pack = small_course.AFFINE.pack(FIRST)
    other = small_course.AFFINE.pack(FIRST)
    assert same_pack(pack, other)
    other.cases[0].expected.values["out"] = np.full((4, 2), np.nan)
    assert not same_pack(pack, other)
    pack.cases[0].expected.values["out"] = np.full((4, 2), np.nan)
    assert same_pack(pack, other)
    pack.cases[0].expected.values["out"] = np.full((2, 4), np.nan)
    assert not same_pack(pack, other)
    renamed = small_course.AFFINE.pack(SECOND)
    assert not same_pack(small_course.AFFINE.pack(FIRST), renamed)


def test_only_the_notebook_that_is_named_is_built(tmp_path):
    made = project(tmp_path)
    build([SECOND], project=made)
    assert made.built(SECOND).exists()
    assert not made.built(FIRST).exists()
    with pytest.raises(AutograderError, match="must be one of 01_small, 02_next; got '03_none'"):
        build(["03_none"], project=made)


@pytest.mark.parametrize("name", REAL)
def test_the_real_notebooks_survive_the_way_there_and_back(name):
    text = PROJECT.text(name).read_text(encoding="utf-8")
    notebook = nbformat.reads(dump(source_notebook(name)), as_version=4)
    assert to_text(notebook, name) == text


def test_from_notebook_gives_back_the_text_that_was_built(small):
    assert from_notebook(small.built(FIRST), small).read_text("utf-8") == FIRST_TEXT


def test_from_notebook_takes_an_edit_and_leaves_outputs_out(small):
    def change(notebook):
        cell(notebook, "setup").source += "\n%matplotlib inline"
        ran = cell(notebook, "affine")
        ran.outputs = [nbformat.v4.new_output("stream", text="a secret output")]
        ran.execution_count = 7
        ran.metadata["collapsed"] = True
        notebook.cells.insert(2, nbformat.v4.new_markdown_cell("Between **two** cells."))
        notebook.metadata["language_info"]["version"] = "3.13.0"

    from_notebook(edit(small, change), small)
    text = small.text(FIRST).read_text("utf-8")
    expected = FIRST_TEXT.replace(
        "import check, progress\n",
        "import check, progress\n# %matplotlib inline\n\n"
        "# %% [markdown]\n# Between **two** cells.\n",
    )
    assert text == expected
    build(project=small)
    assert differences(project=small) == []


def test_from_notebook_keeps_a_test_cell_that_was_written_by_hand(small):
    source = "assert affine_forward\n### BEGIN HIDDEN TESTS\n1\n### END HIDDEN TESTS"

    def change(notebook):
        made = nbformat.v4.new_code_cell(source)
        like = cell(notebook, "affine").metadata.nbgrader
        made.metadata["nbgrader"] = {**like, "grade_id": "by_hand", "points": 3}
        notebook.cells.append(made)

    from_notebook(edit(small, change), small)
    assert f'# %% test="by_hand" points=3\n{source}\n' in small.text(FIRST).read_text("utf-8")
    build(project=small)
    assert differences(project=small) == []


def test_hidden_tests_that_were_edited_are_refused(small):
    def change(notebook):
        cell(notebook, "affine").source = "# HIDDEN TESTS\n" + hidden_tests("affine")

    with pytest.raises(AutograderError, match=r"the hidden tests are made by `build`"):
        from_notebook(edit(small, change), small)


def test_points_that_were_edited_in_jupyterlab_are_refused_with_where_they_live(small):
    def change(notebook):
        cell(notebook, "affine").metadata.nbgrader["points"] = 40

    path = edit(small, change)
    with pytest.raises(AutograderError, match=r"has 40 points.*4\.5.*set in lessons/small"):
        from_notebook(path, small)
    assert small.text(FIRST).read_text("utf-8") == FIRST_TEXT


def test_points_of_a_question_are_taken_back(small):
    def change(notebook):
        cell(notebook, "why_bias").metadata.nbgrader["points"] = 3

    from_notebook(edit(small, change), small)
    assert 'question="why_bias" points=3' in small.text(FIRST).read_text("utf-8")


def test_a_pasted_picture_is_refused(small):
    def change(notebook):
        notebook.cells[0]["attachments"] = {"image.png": {"image/png": "AAAA"}}

    with pytest.raises(AutograderError, match=r"cell 1 \(# A small notebook\): a pasted picture"):
        from_notebook(edit(small, change), small)


def test_an_edit_made_in_jupyterlab_is_not_overwritten(small):
    path = edit(small, lambda notebook: notebook.cells[0].update(source="# Better words"))
    with pytest.raises(AutograderError, match="was edited and differs from its text"):
        build(project=small)
    assert "Better words" in path.read_text("utf-8")
    build(project=small, force=True)
    assert differences(project=small) == []


def test_a_notebook_that_was_only_run_is_built_again(small):
    edit(small, lambda notebook: cell(notebook, "affine").update(execution_count=3))
    assert build(project=small) == ["source/01_small/01_small.ipynb"]


def test_a_text_that_moved_on_is_built_again(small):
    small.text(FIRST).write_text(FIRST_TEXT.replace("small", "tiny"), "utf-8")
    assert build(project=small)[0] == "source/01_small/01_small.ipynb"


def test_check_says_how_to_put_a_text_into_its_usual_form(tmp_path):
    made = project(tmp_path, first=FIRST_TEXT.replace("\n# %% check", "\n\n# %% check"))
    build(project=made)
    (found,) = differences(project=made)
    assert "lessons/small/notebook.py is not in the usual form" in found
    from_notebook(made.built(FIRST), made)
    assert differences(project=made) == []


def test_the_check_of_a_build_works_where_it_stands(small, tmp_path):
    script = (
        "from cs231n_lib.layers import affine_forward\n"
        "from autograder.check import check\n"
        "print(float(check('affine')))\n"
        "affine_forward = lambda x, w, b: (x.reshape(len(x), -1) @ w, None)\n"
        "print(check('affine').text)\n"
    )
    environment = {
        **os.environ,
        "PYTHONPATH": str(small.root),
        "AUTOGRADER_PROGRESS": str(tmp_path / "progress.json"),
    }
    ran = subprocess.run(
        [sys.executable, "-c", script],
        cwd=small.root,
        env=environment,
        capture_output=True,
        text=True,
    )
    assert ran.returncode == 0, ran.stderr
    assert ran.stdout.startswith("4.5\n")
    assert "looks like: no bias" in ran.stdout


def test_a_course_s_first_cell_comes_before_each_notebook_s_own_code_and_goes_back(small):
    text = small.text(FIRST).read_text(encoding="utf-8")
    (small.root / "first.py").write_text("assert '{{notebook}}'\n", encoding="utf-8")
    with_it = replace(small, first_cell=small.root / "first.py")
    build([FIRST], with_it)
    built = nbformat.read(small.built(FIRST), as_version=4)
    code = [cell for cell in built.cells if cell.cell_type == "code"]
    assert (code[0].id, code[0].source) == ("first_cell", f"assert '{FIRST}'")
    assert kind(code[0]) == ("locked", "first_cell")
    assert to_text(built, FIRST) == text
    assert differences([FIRST], with_it) == []
    assert differences([FIRST], small) != []
    build([FIRST], small)
    assert "first_cell" not in small.built(FIRST).read_text(encoding="utf-8")
