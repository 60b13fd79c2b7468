"""The list of tests that may differ, and what `make nbgrader` fails for."""

from __future__ import annotations

import re

import pytest
from nbgrader_suite.run import (
    DIFFERENCES,
    TESTS,
    course_config,
    find_faults,
    read_differences,
    read_results,
)


def test_a_listed_test_exists():
    page = DIFFERENCES.read_text(encoding="utf-8")
    differences = read_differences(page)
    assert len(differences) == page.count("::test_")  # no row in another form
    for test in differences:
        command, name = re.fullmatch(r"(\w+)::(\w+)(?:\[.*\])?", test).groups()
        (path,) = [path for path in TESTS.glob("test_*.py") if path.stem.endswith(f"_{command}")]
        assert f"def {name}(" in path.read_text(encoding="utf-8")


def test_the_configuration_leaves_the_course_to_the_tests():
    assert "configure(c)" in course_config()
    assert "@ID@" not in course_config()


@pytest.mark.parametrize(
    ("plain", "ours", "listed", "fault"),
    [
        (True, False, False, "passes plain and fails with our configuration"),
        (True, False, True, ""),
        (True, True, False, ""),
        (True, True, True, "passes: take it out"),
        (False, False, False, ""),
        (False, False, True, "does not pass plain"),
    ],
)
def test_what_is_a_fault(plain: bool, ours: bool, listed: bool, fault: str):
    test = "autograde::test_grade"
    faults = find_faults({test: plain}, {test: ours}, {test: "why"} if listed else {})
    assert len(faults) == bool(fault)
    assert fault in "".join(faults)


def test_a_test_that_did_not_run_with_ours_is_a_fault():
    assert find_faults({"submit::test_help": True}, {}, {})


def test_results_are_read(tmp_path):
    path = tmp_path / "results.xml"
    name = 'classname="test_nbgrader_submit.TestSubmit" name'
    path.write_text(
        f'<testsuite><testcase {name}="test_a"/><testcase {name}="test_b[True]"><failure/>'
        f'</testcase><testcase {name}="test_c"><skipped/></testcase>'
        f'<testcase {name}="test_a"><error/></testcase></testsuite>'
    )
    assert read_results(path) == {"submit::test_a": False, "submit::test_b[True]": False}
