"""The rehearsal of a release says what students would find out, and decides where tests run."""

from __future__ import annotations

import json
import shutil

import pytest
from helpers.plain_course import EMPTY_EARNS, NOTEBOOKS, write_plain_course
from helpers.small_course import FIRST, FIRST_TEXT, SECOND, project

from autograder.authoring.build import build
from autograder.authoring.release import release
from autograder.commands import main
from autograder.course import Course, init
from autograder.grading.load import load_release, load_releases
from autograder.project import Project
from autograder.proof.rehearsal import (
    Rehearsal,
    RehearsedCell,
    after_generating,
    is_due,
    rehearse,
    store,
)


@pytest.fixture(scope="module")
def ready(tmp_path_factory):
    """The plain course, released; to copy."""
    root = write_plain_course(tmp_path_factory.mktemp("plain") / "course")
    course = init(root, Project(root, id="plain"))
    for assignment in NOTEBOOKS:
        release(course, assignment, Project(root))
    return root


@pytest.fixture
def course(ready, tmp_path):
    shutil.copytree(ready, tmp_path / "course")
    return Course.open(tmp_path / "course")


def rewrite(course, assignment, notebook, **sources):
    """Release again with other sources of cells, by their grade ids."""
    path = course.source_dir(assignment) / f"{notebook}.ipynb"
    document = json.loads(path.read_text(encoding="utf-8"))
    for cell in document["cells"]:
        grade_id = cell["metadata"].get("nbgrader", {}).get("grade_id")
        cell["source"] = sources.get(grade_id, cell["source"])
    document["cells"][1]["source"] = sources.get("setup", document["cells"][1]["source"])
    path.write_text(json.dumps(document), encoding="utf-8")
    release(course, assignment, Project(course.root))


def rehearsed(course, assignment):
    return rehearse(course, assignment, Project(course.root))


@pytest.mark.parametrize("assignment", NOTEBOOKS)
def test_a_right_solution_passes_and_what_a_stub_earns_is_known(course, assignment):
    rehearsal = rehearsed(course, assignment)
    assert rehearsal.passed
    assert rehearsal.facts == ()
    assert [cell for cell in rehearsal.cells if cell.why] == []
    assert sum(cell.stub or 0 for cell in rehearsal.cells) == EMPTY_EARNS[assignment]
    by_hand = {cell.name for cell in rehearsal.cells if cell.solution is None}
    assert (
        by_hand == {"weather": {"why"}, "shapes": {"inherits"}, "plots": {"newspaper"}}[assignment]
    )


def test_points_for_nothing_are_told(course):
    (line,) = rehearsed(course, "plots").lines()
    assert line == "an empty notebook earns 0.5 of 0.5 points in `test_defined` of plots"


def test_the_grader_follows_the_stored_decisions_until_a_test_is_changed(course):
    plain = Project(course.root)
    store(course, rehearsed(course, "shapes"))
    first, second = load_releases(course, "shapes", plain)
    assert first.out_of_reach == {"test_rectangle", "test_square"}
    assert second.out_of_reach == {"test_counter"}
    rewrite(course, "shapes", "1_shapes", test_square="assert Square(2).area() == 4")
    changed = load_release(course, "shapes", plain, "1_shapes")
    assert changed.out_of_reach == {"test_rectangle"}


def test_a_test_that_works_in_the_students_process_alone_stays_there_with_its_reason(course):
    lines = ["### BEGIN SOLUTION", "import math", "math.drawn = draw = max", "### END SOLUTION"]
    answer = "\n".join(lines)
    test = "import math\nassert math.drawn is draw"
    nothing = dict.fromkeys(["test_curves", "test_labels", "test_described"], "draw")
    rewrite(course, "plots", "plots", draw=answer, test_defined=test, **nothing)
    rehearsal = rehearsed(course, "plots")
    assert rehearsal.passed
    tests = [cell for cell in rehearsal.cells if cell.digest]
    (cell,) = [cell for cell in tests if not cell.out_of_reach]
    assert cell.name == "test_defined"
    assert cell.why == (
        "elsewhere the solution earns 0 instead of 0.5: "
        "it fails (AttributeError: module 'math' has no attribute 'drawn')"
    )
    assert any(line.startswith("`test_defined` of plots is not") for line in rehearsal.lines())


def test_a_test_that_the_solution_fails_is_told_loudly_and_stays(course):
    rewrite(course, "plots", "plots", test_described="assert draw.__doc__ is None, 'no words'")
    rehearsal = rehearsed(course, "plots")
    assert not rehearsal.passed
    assert rehearsal.lines()[0] == (
        "THE SOLUTION FAILS `test_described` of plots, with 0 of 0 points: "
        "it fails (AssertionError: no words)"
    )
    (cell,) = [cell for cell in rehearsal.cells if cell.name == "test_described"]
    assert not cell.out_of_reach
    rewrite(course, "plots", "plots", test_described="assert draw.__doc__", test_labels="0.5")
    assert rehearsed(course, "plots").lines()[0] == (
        "THE SOLUTION FAILS `test_labels` of plots, with 0.5 of 0.75 points"
    )


def test_tests_that_fail_alike_are_told_in_one_line_and_the_cause_first():
    problem = "fails (NameError: name 'pd' is not defined)"
    cells = [RehearsedCell("a", name, 2, 0, 0, problem) for name in ("first", "second")]
    faults = ("a: cell 9 fails (KeyError: 1)", "a: cell 2 needs the module pandas, which is not")
    assert Rehearsal("data", tuple(cells), faults).lines() == [
        faults[1],
        f"THE SOLUTION FAILS `first`, `second` of a, with 0 of 4 points: it {problem}",
        faults[0],
    ]
    assert Rehearsal("data", faults=faults).passed, "a cell may show an error on purpose"


MISSING = {
    "import no_such_module": "needs the module no_such_module, which is neither installed here nor",
    "open('more.csv')": "needs the file more.csv, which is not beside the notebook",
    "1 / 0": "fails (ZeroDivisionError: division by zero)",
    "import urllib.request\nurllib.request.urlopen('http://192.0.2.1/a.csv')": (
        "needs the network, which there is not while grading"
    ),
}


@pytest.mark.parametrize("pair", [list(MISSING)[:2], list(MISSING)[2:]], ids=["here", "elsewhere"])
def test_what_is_missing_while_grading_is_called_by_its_name(course, pair):
    setup = "import matplotlib.pyplot as plt\nimport numpy as np\n" + pair[0]
    rewrite(course, "plots", "plots", setup=setup, test_described=pair[1])
    rehearsal = rehearsed(course, "plots")
    assert not rehearsal.passed
    (fault,) = rehearsal.faults
    assert fault.startswith(f"plots: cell 2 {MISSING[pair[0]]}")
    (cell,) = [cell for cell in rehearsal.cells if cell.name == "test_described"]
    assert cell.problem.startswith(MISSING[pair[1]])


def test_of_a_lesson_only_tests_written_by_hand_are_rehearsed(tmp_path):
    test = "assert affine_forward(np.eye(2), np.eye(2), 1)[0][0, 0] == 2"
    more = f'\n# %% test="by_hand" points=1\n{test}\n'
    made = project(tmp_path / "project", first=FIRST_TEXT + more)
    build(project=made)
    course = init(tmp_path / "course", made)
    assert [is_due(course, name, made) for name in (FIRST, SECOND)] == [True, False]
    release(course, FIRST, made)
    rehearsal = rehearse(course, FIRST, made)
    earned = {cell.name: (cell.solution, cell.stub, cell.out_of_reach) for cell in rehearsal.cells}
    assert earned == {
        "affine": (4.5, 0, False),
        "q_linear": (1, 0, False),
        "why_bias": (None, 0, False),
        "by_hand": (1, 0, True),
    }
    store(course, rehearsal)
    assert load_release(course, FIRST, made).out_of_reach == {"by_hand"}


def test_nbgraders_hook_rehearses_too(course, monkeypatch):
    monkeypatch.chdir(course.root)
    after_generating(assignment="shapes", student=".", notebooks=[])
    stored = json.loads((course.root / "rehearsed" / "shapes.json").read_bytes())
    assert stored["cells"]["2_counters"]["test_counter"]["out_of_reach"] is True
    assert not (course.release_dir("shapes") / "README.md").exists()


def test_the_command_shows_what_the_rehearsal_found(course, capsys):
    command = ["release", "plots", "--course", str(course.root)]
    assert main(command) == 0
    shown = capsys.readouterr().out
    assert "warning: an empty notebook earns 0.5 of 0.5 points" in shown
    row = next(line for line in shown.splitlines() if line.startswith("  plots"))
    assert row.split() == ["plots", "2.5", "2.5", "0.5", "1.5", "4", "4"]
    rewrite(course, "plots", "plots", test_described="assert False")
    assert main([*command, "--no-rehearsal"]) == 0
    assert "SOLUTION" not in capsys.readouterr().out
    assert main(command) == 1
    assert "warning: THE SOLUTION FAILS `test_described`" in capsys.readouterr().out
