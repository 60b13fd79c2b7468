"""nbgrader's own tests of its commands, run plain and again with our configuration in force.

`make nbgrader`. The tests come with nbgrader itself. docs/nbgrader_suite.md lists those that pass
plain and may fail with ours, each with its reason; any other failure is a fault, and so is a test
in that list that passes.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Mapping
from importlib import metadata
from pathlib import Path
from xml.etree import ElementTree

from rich.console import Console
from rich.table import Table

ROOT = Path(__file__).parents[2]
CONFIG = ROOT / "autograder" / "templates" / "nbgrader_config.py.txt"
DIFFERENCES = ROOT / "docs" / "nbgrader_suite.md"
TESTS = Path(metadata.distribution("nbgrader").locate_file("nbgrader/tests/apps"))


def course_config() -> str:
    """The file that every course gets, but for its name and place, which nbgrader's tests set."""
    lines = CONFIG.read_text(encoding="utf-8").splitlines(keepends=True)
    return "".join(line for line in lines if not line.startswith("c.CourseDirectory."))


def run_suite(config: str, tests: Path = TESTS) -> dict[str, bool]:
    """Which tests pass (`command::test`) while `config` is in force; skipped ones are left out."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        # A file on Jupyter's path is read before the one that each test writes beside its course.
        (folder / "nbgrader_config.py").write_text(config, encoding="utf-8")
        (folder / "pytest.ini").write_text("[pytest]\n", encoding="utf-8")  # not this project's
        environment = os.environ | {
            "JUPYTER_CONFIG_PATH": name,
            "JUPYTER_CONFIG_DIR": str(folder / "empty"),
        }
        options = ["-c", "pytest.ini", f"--rootdir={TESTS}", "-p", "no:cacheprovider"]
        options += [
            "-q",
            "--no-header",
            "--tb=short",
            "--disable-warnings",
            "--junitxml=results.xml",
        ]
        pytest = [sys.executable, "-m", "pytest", *options, str(tests)]
        ended = subprocess.run(pytest, cwd=folder, env=environment, check=False)
        if ended.returncode not in (0, 1):  # 1: some tests failed
            sys.exit(f"pytest could not run nbgrader's tests (it ended with {ended.returncode})")
        return read_results(folder / "results.xml")


def read_results(path: Path) -> dict[str, bool]:
    results: dict[str, bool] = {}
    for case in ElementTree.parse(path).iter("testcase"):
        if case.find("skipped") is None:
            module = case.attrib["classname"].split(".")[0]
            command = module.removeprefix("test_").removeprefix("nbgrader_")
            passed = case.find("failure") is None and case.find("error") is None
            test = f"{command}::{case.attrib['name']}"
            results[test] = results.get(test, True) and passed  # a failing teardown comes apart
    return results


def read_differences(page: str) -> dict[str, str]:
    """The table's rows: test and reason."""
    return dict(re.findall(r"^\| `(\w+::test_\S+)` \| (.+) \|$", page, re.M))


def find_faults(
    plain: Mapping[str, bool], ours: Mapping[str, bool], differences: Mapping[str, str]
) -> list[str]:
    """What `make nbgrader` fails for, a line each."""
    faults = []
    for test, passed in plain.items():
        passed_with_ours = ours.get(test, False)
        if passed and not passed_with_ours and test not in differences:
            faults.append(f"{test} passes plain and fails with our configuration")
        if test in differences and passed_with_ours:
            faults.append(f"{test} passes: take it out of docs/{DIFFERENCES.name}")
    for test in differences:
        if not plain.get(test, False):
            faults.append(f"{test} does not pass plain: take it out of docs/{DIFFERENCES.name}")
    return faults


def count_table(plain: Mapping[str, bool], ours: Mapping[str, bool]) -> Table:
    """How many tests of each command there are and how many pass."""
    tests, passed_plain, passed_ours = (
        Counter(test.split("::")[0] for test in names)
        for names in (plain, [t for t in plain if plain[t]], [t for t in plain if ours.get(t)])
    )
    table = Table("command", "tests", "pass plain", "pass with ours")
    for command in tests:
        counts = tests[command], passed_plain[command], passed_ours[command]
        table.add_row(command, *map(str, counts))
    return table


def main() -> None:
    print("plain nbgrader:", flush=True)
    plain = run_suite("")
    print("\nwith our configuration:", flush=True)
    ours = run_suite(course_config())
    Console().print(count_table(plain, ours))
    differences = read_differences(DIFFERENCES.read_text(encoding="utf-8"))
    faults = find_faults(plain, ours, differences)
    if faults:
        sys.exit("\n".join(faults))
    print(f"No test differs but for the {len(differences)} that docs/{DIFFERENCES.name} explains.")


if __name__ == "__main__":
    main()
