"""The names that a notebook has besides Python's own: nothing waits for a reader, nothing ends."""

from __future__ import annotations

import pytest
from helpers import edition

from autograder.grading.kernel import Limits, Sandbox


@pytest.fixture(scope="module")
def sandbox():
    with Sandbox(edition(), Limits(cell_seconds=20)) as sandbox:
        yield sandbox


def run(sandbox, source):
    """What a cell printed or showed; fails if it did not end by itself, or with an error."""
    execution = sandbox.execute(source)
    assert not execution.problem
    assert "error" not in {output["output_type"] for output in execution.outputs}
    return "".join(
        output.get("text", "") + output.get("data", {}).get("text/plain", "")
        for output in execution.outputs
    )


@pytest.mark.parametrize(
    ("source", "shown"),
    [
        ("help(len)", "Return the number of items in a container."),
        ("help()\nprint('after')", "after"),
        ("help", "help(object)"),
        ("license()", "TERMS AND CONDITIONS"),
        ("copyright", "Python Software Foundation"),
        ("credits", "supporting Python development"),
    ],
)
def test_help_and_the_like_are_shown_whole_and_without_waiting(sandbox, source, shown):
    assert shown in run(sandbox, source)


@pytest.mark.parametrize("call", ["exit()", "quit()", "exit", "quit(keep_kernel=True)"])
def test_exit_and_quit_end_nothing(sandbox, call):
    run(sandbox, f"here = 5\n{call}")
    assert run(sandbox, "print(here)") == "5\n"
