"""One notebook's whole budget: what all of its cells may show and take together."""

from __future__ import annotations

import time

from helpers import edition

from autograder.grading.kernel import Limits, Sandbox


def test_all_cells_together_show_no_more_than_a_reader_can_open():
    with Sandbox(edition(), Limits(output_bytes=1000)) as sandbox:
        shown = [sandbox.execute("print('x' * 900)").outputs for _ in range(20)]
        assert len(repr(shown[0])) > 900
        assert sum(len(repr(outputs)) for outputs in shown) < 13_000
        assert "output cut here" in shown[-1][-1]["text"]
        assert sandbox.execute("x = 1").problem == ""


def test_what_runs_again_for_a_dead_process_runs_within_the_same_time():
    with Sandbox(edition(), Limits()) as sandbox:
        for _ in range(6):
            sandbox.execute("import time; time.sleep(0.3)")
        sandbox.kill()
        sandbox._deadline = time.monotonic() + 0.4
        asked = sandbox._request_id
        assert "whole notebook" in sandbox.execute("1").problem
        assert sandbox._request_id - asked < 4
