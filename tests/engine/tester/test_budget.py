"""What one test cell may cost, and what is left after a process was lost."""

from __future__ import annotations

import time

import pytest
from helpers import ROOT, edition

from autograder.grading import apart
from autograder.grading.kernel import Limits, Sandbox

LIMITS = Limits(cell_seconds=2, memory=2 << 30)
FINE = "def double(x): return 2 * x"
TEST = "assert double(4) == 8"
REFERENCE = [FINE, TEST, "f = ask = hello = down = None"]


@pytest.fixture(scope="module")
def folder():
    return edition()


@pytest.fixture
def pair(folder):
    with (
        Sandbox(folder, LIMITS) as sandbox,
        apart.Tester(sandbox, folder, LIMITS, "", REFERENCE) as tester,
    ):
        sandbox.execute(FINE)
        yield sandbox, tester


def passes(execution):
    return not execution.failed and not execution.problem


@pytest.mark.parametrize(
    ("answer", "test", "problem"),
    [
        ("def f():\n    while True: pass", "f()", "Stopped after 2 s"),
        ("def f(): pass", "while True: f()", "Stopped after 2 s"),
        ("", "while True: pass", "Stopped after"),
        ("import os\ndef f(): os._exit(3)", "f()", "The Python process ended"),
        ("def f(g): return g(g)", "def g(h): return f(h)\nf(g)", "too deeply"),
        ("def f():\n    while True: print('x' * 10**6)", "f()", "Stopped after 2 s"),
    ],
    ids=["answer", "messages", "test", "exit", "depth", "output"],
)
def test_a_cell_that_uses_too_much_costs_itself(pair, answer, test, problem):
    sandbox, tester = pair
    sandbox.execute(answer)
    began = time.monotonic()
    execution = tester.run(test)
    assert problem in execution.problem
    assert time.monotonic() - began < 60
    assert passes(tester.run(TEST))


@pytest.mark.parametrize(
    "result", ["b'x' * 10**8", "list(range(10**7))", "{i: () for i in range(10**6)}"]
)
def test_a_result_that_is_too_large_is_an_error_of_the_answer(pair, result):
    sandbox, tester = pair
    sandbox.execute(f"def f(): return {result}")
    execution = tester.run("f()")
    assert execution.failed or execution.problem
    assert passes(tester.run(TEST))


def test_a_lost_tester_begins_anew_with_what_it_was_given(pair):
    tester = pair[1]
    tester.provide("def check(x): assert x == 8")
    assert passes(tester.run("value = double(4)\ncheck(value)"))
    execution = tester.run("import os\nos._exit(0)")
    assert execution.problem
    assert passes(tester.run("check(value)"))


def test_answers_that_were_lost_are_run_again(pair):
    sandbox, tester = pair
    sandbox.execute("import os\ndef f(): os._exit(0)")
    assert passes(tester.run("kept = double"))
    assert tester.run("f()").problem
    assert passes(tester.run(TEST))


def test_the_tester_sees_what_nbgrader_sets(pair):
    sandbox, tester = pair
    source = "import os\nassert os.environ['NBGRADER_EXECUTION'] == 'autograde'"
    assert passes(sandbox.execute(source))
    assert passes(tester.run(source))


def test_input_is_an_error_in_a_cell_of_the_answers(pair):
    sandbox, tester = pair
    (output,) = sandbox.execute("input()").outputs
    assert output["ename"] == "StdinNotImplementedError"
    sandbox.execute("def ask(): return input()")
    assert tester.run("ask()").failed


def test_cells_among_the_answers_get_what_tests_defined(pair):
    sandbox, tester = pair
    tester.run("import math\nlimit = 3\ndef near(x): return math.isclose(x, limit)")
    test = "assert near(limit) and math.pi > 3"
    tester.share(test)
    assert passes(sandbox.execute(test))


def test_cells_among_the_answers_keep_the_notebooks_own_objects(pair):
    sandbox, tester = pair
    given = "import logging\nlog = logging.Logger('steps')\nlimits = [1]"
    sandbox.execute(given)
    tester.provide(given)
    assert passes(tester.run("log.setLevel(10)\nlimits.append(2)"))
    test = "assert log.isEnabledFor(10) is not None and limits == [1, 2]"
    tester.share(test)
    assert passes(sandbox.execute(test))


def test_what_an_answer_prints_is_among_the_outputs(pair):
    sandbox, tester = pair
    sandbox.execute("def hello(): print('hello')")
    assert [output["text"] for output in tester.run("hello()").outputs] == ["hello\n"]


def test_calls_may_go_back_and_forth(pair):
    sandbox, tester = pair
    sandbox.execute("def down(n, turn): return 0 if n == 0 else turn(n - 1) + 1")
    test = "def turn(n): return down(n, turn)\nassert down(10, turn) == 10"
    assert passes(tester.run(test))


def test_an_error_shows_the_line_of_the_answer_and_no_place_on_this_machine(pair):
    sandbox, tester = pair
    sandbox.execute("def f():\n    return 1 / 0")
    text = "\n".join(tester.run("f()").outputs[-1]["traceback"])
    assert "ZeroDivisionError" in text
    assert "return 1 / 0" in text
    assert str(ROOT) not in text
