"""The proof of hand-written tests: which fault each finds, and which test finds none."""

from __future__ import annotations

import sys
from dataclasses import replace

import nbformat
import pytest
from helpers.plain_notebooks import code
from helpers.plain_notebooks import test as asserts
from helpers.small_course import FIRST, project
from nbformat.v4 import new_notebook

from autograder.authoring.release import release
from autograder.commands import main, parser
from autograder.commands.prove import plain_assignments
from autograder.course import init
from autograder.grading.kernel import Limits
from autograder.grading.released import Release
from autograder.project import MANIFEST, Project
from autograder.proof import plain
from autograder.proof.plain_faults import NONE, Fault, faults, spread
from autograder.proof.plain_page import missed, page, rows, summary, verdicts
from autograder.proof.plain_runs import Run, failed_tests, short_limits

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="nothing is proved on Windows")

AVERAGE = """
def average(values):
    # Given, and not for students to write:
    total, place = 0, 0
    ### BEGIN SOLUTION
    while place < len(values):
        total += values[place]
        place += 1
    return total / place
    ### END SOLUTION
"""
CELLS = [
    code("numbers = [4, 1, 7]"),
    code(AVERAGE, "average"),
    asserts("assert average is not None", "test_defined", 1),
    asserts("# twice\nassert average([1, 2]) == 1.5", "test_average", 2),
    code("### BEGIN SOLUTION\nlargest = max(numbers)\n### END SOLUTION", "largest"),
    asserts("assert largest is not None", "test_there", 1),
    code("def third(x):\n    ### BEGIN SOLUTION\n    return x / 2\n    ### END SOLUTION", "third"),
    asserts("assert third(6) == 2", "test_third", 1),
    code("### BEGIN SOLUTION\nsmallest = min(numbers)\n### END SOLUTION", "smallest"),
    code("### BEGIN SOLUTION\nplan = 5\n### END SOLUTION", "by_hand"),
]
CELLS[-1].metadata.nbgrader |= {"grade": True, "points": 1}


@pytest.fixture(scope="module")
def course(tmp_path_factory):
    """A course with one released assignment, and one that is not released."""
    root = tmp_path_factory.mktemp("plain") / "course"
    for name in ("sums", "later"):
        folder = root / "source" / name
        folder.mkdir(parents=True)
        nbformat.write(new_notebook(cells=CELLS), folder / f"{name}.ipynb")
    course = init(root, Project(root, id="plain"))
    release(course, "sums", Project(root))
    return course


@pytest.fixture(scope="module")
def proof(course):
    with pytest.MonkeyPatch.context() as patch:  # faults of the loop never end
        patch.setattr(plain, "short_limits", lambda solution: Limits(1, 1, 30))
        return plain.prove_plain(course, "sums")


def proved(proof, name):
    return next(test for test in proof.tests if test.name == name)


def changes_found(proof, name):
    return {fault.fault.after for fault in proof.found(proved(proof, name))}


# --------------------------------------------------------------------------------- what tests find


def test_a_useful_test_finds_wrong_values_errors_and_loops_without_end(proof):
    found = changes_found(proof, "test_average")
    assert {"return total * place", "total -= values[place]", "return None"} <= found
    assert "place += 0" in found
    by_comparison = {
        fault.fault.after: fault.finders["test_average"]
        for fault in proof.found(proved(proof, "test_average"))
    }
    assert by_comparison["return total * place"]
    assert not by_comparison["place += 0"], "it was stopped"
    assert not by_comparison["total += values"], "an error in the answer"


def test_a_test_that_finds_nothing_is_named_with_its_assertion(proof):
    test = proved(proof, "test_defined")
    assert proof.finds_nothing(test)
    assert proof.tried(test)
    (line,) = (line for line in verdicts(proof) if "test_defined" in line)
    assert "FINDS NOTHING" in line
    assert "(assert average is not None)" in line


def test_a_test_that_finds_only_none_compares_nothing(proof):
    test = proved(proof, "test_there")
    assert [fault.fault.kind for fault in proof.found(test) if fault.finders[test.name]] == [NONE]
    assert not proof.finds_nothing(test)
    assert proof.compares_nothing(test)
    assert not proof.compares_nothing(proved(proof, "test_average"))
    few = replace(proof, faults=tuple(proof.found(test) + proof.passing(test)[:2]))
    assert not few.compares_nothing(test), "two faults may be none"


def test_what_the_solution_fails_and_a_stub_earns_is_said_first(proof):
    assert not proof.passed
    failed, stub, *_ = summary(proof)
    assert failed.startswith("THE SOLUTION FAILS `test_third`, with 0 of 1 points: it fails (Asser")
    assert stub == "An empty notebook earns 1 of 5 points (`test_defined` 1)."


def test_a_test_that_the_solution_fails_finds_nothing_and_is_not_blamed(proof):
    assert not any(line.startswith("third") for line in missed(proof))
    assert proof.found(proved(proof, "test_third")) == []
    assert not any("test_third" in line for line in verdicts(proof))


def test_answers_that_no_test_or_only_a_person_looks_at_are_told(proof):
    lines = [*verdicts(proof)]
    assert "no test depends on the answer `smallest`: none of its faults is found" in lines
    assert "no fault of `by_hand` was tried: a person marks it" in lines
    assert not any(line.startswith("smallest") for line in missed(proof))


def test_a_missed_fault_is_told_with_its_cell_its_line_and_the_change(proof):
    assert "largest, line 2: largest = max(numbers)  →  largest = min(numbers)" in missed(proof)


def test_a_fault_that_two_tests_find_is_found_by_none_alone():
    def fault(*tests):
        return plain.TriedFault("a", Fault(1, "", "", "", ""), dict.fromkeys(tests, True))

    tests = [
        plain.ProvedTest(name, 1, 1, 0, "", False, frozenset("a"), "") for name in ("one", "two")
    ]
    proof = plain.PlainProof("sums", tests, [fault("one", "two"), fault("one"), fault()], {}, 1)
    assert [row[3:] for row in rows(proof)] == [("3", "2", "1", "2"), ("3", "1", "0", "1")]


def test_a_test_depends_on_the_answers_whose_names_it_needs():
    cells = [
        code("import numpy as np\n### BEGIN SOLUTION\nnp.random.seed(1)\n### END SOLUTION", "seed"),
        code("x = 1", "first"),
        asserts("assert np.sqrt(x) == 1", "test_first", 1),
        code("x = 2", "second"),
        code("def f():\n    return x", "f"),
        code("y = f()"),
        asserts("assert y == 2", "test_y", 1),
        asserts("assert x", "test_second", 1),
    ]
    notebook = new_notebook(cells=cells)
    needed = plain._needed_answers(Release("sums", notebook, notebook, {}, {}))
    assert needed == {"test_first": {"first"}, "test_y": {"f"}, "test_second": {"second"}}


# ------------------------------------------------------------------------------------- the command


def test_the_command_prints_a_table_and_writes_a_page(course, capsys):
    where = ["--course", str(course.root), "--jobs", "1"]
    assert main(["prove", "sums", "--faults", "3", *where]) == 1
    output = capsys.readouterr().out
    table = output[output.index("test_defined") - 200 : output.index("THE SOLUTION")]
    assert max(map(len, table.splitlines())) <= 100
    text = (course.root / "reports" / "proof-sums.md").read_text(encoding="utf-8")
    assert text.startswith("# sums: what its tests find\n")
    assert "of 3 machine-made faults" in text
    assert "`test_third`" in text


def test_an_assignment_that_is_not_released_is_refused(course, capsys):
    assert main(["prove", "later", "--course", str(course.root)]) == 2
    assert "later is not released: python -m autograder release later" in capsys.readouterr().err


def test_a_lesson_is_proved_as_a_lesson_even_if_the_course_has_it(course, tmp_path):
    made = project(tmp_path / "project")
    (made.root / MANIFEST).write_text(f'title = "Small"\nlessons = ["{FIRST}"]\n', encoding="utf-8")
    course.source_dir(FIRST).mkdir()
    words = ["prove", FIRST, "sums", "--course", str(course.root), "--project", str(made.root)]
    assert plain_assignments(parser().parse_args(words)) == ["sums"]


def test_of_a_long_line_the_changed_part_is_shown():
    start = "x = " + "f(y) + " * 20
    fault = plain.TriedFault("a", Fault(1, "", f"{start}1", f"{start}2", ""), {})
    test = plain.ProvedTest("t", 1, 1, 0, "", False, frozenset("a"), "")
    (line,) = missed(plain.PlainProof("sums", [test], [fault], {}, 1))
    assert line.endswith("f(y) + 1  →  …(y) + f(y) + f(y) + 2")
    assert len(line) < 100


def test_a_bar_in_a_change_does_not_end_the_cell_of_a_table():
    fault = plain.TriedFault("a", Fault(1, "", "x | y", "x & y", ""), {})
    test = plain.ProvedTest("t", 1, 1, 0, "", False, frozenset("a"), "")
    assert "| `x \\| y` | `x & y` |" in page(plain.PlainProof("sums", [test], [fault], {}, 1))


# --------------------------------------------------------------------------------------- the faults


@pytest.mark.parametrize(
    ("source", "changed"),
    [
        ("for i in range(n):\n    f(i)", "for i in range(n - 1):"),
        ("for i in range(n):\n    f(i)", "for i in range(1, n):"),
        ("y = x[a:b]", "y = x[a:b - 1]"),
        ("y = x[a:b]", "y = x[a + 1:b]"),
        ("y = f(x)", "y = None"),
        ("y = f(x)", "y = str(f(x))"),
        ("def f(x):\n    return x", "return str(x)"),
        ("def f(x):\n    if x < 0:\n        raise ValueError\n    return x", "pass"),
        ("y = a and not b", "y = a or not b"),
        ("y = f(a, b)", "y = f(b, a)"),
    ],
)
def test_slips_of_beginners_are_among_the_faults(source, changed):
    assert changed in [fault.after for fault in faults(source)]


def test_only_what_students_write_is_changed_and_lines_are_those_of_the_cell():
    lines = {fault.line for fault in faults(AVERAGE)}
    assert lines == {6, 7, 8, 9}
    assert faults("print(1 + 2)") == []
    assert {fault.line for fault in faults("#!\n\nx = (1 +\n     2)\n%matplotlib inline")} == {3}


def test_a_cell_magic_stays_and_what_is_no_python_is_left():
    assert {fault.source.splitlines()[0] for fault in faults("%%time\nx = 1")} == {"%%time"}
    assert faults("%%bash\nls | wc -l") == []


def test_the_chosen_faults_lie_apart():
    assert spread(list(range(10)), 3) == [0, 3, 6]


# ------------------------------------------------------------------------------------------ one run


def run(marks, problems=(), not_run=(), cells=()):
    return Run(marks, {name: "" for name in marks} | dict(problems), frozenset(not_run), 1.0, cells)


def test_limits_follow_the_solution_within_bounds():
    assert short_limits(run({}, cells=[0.01])).cell_seconds == 5
    assert short_limits(run({}, cells=[0.01, 1.2])).cell_seconds == 12
    assert short_limits(run({}, cells=[20.0])) == Limits()


def test_a_test_without_time_is_not_one_that_found_the_fault():
    solution = run({"a": 1.0, "b": 1.0, "c": 0.0})
    other = run({"a": 0.0, "b": 0.0, "c": 0.0}, {"c": "fails (AssertionError)"}, {"a"})
    assert failed_tests(other, solution) == {"b": True, "c": True}
