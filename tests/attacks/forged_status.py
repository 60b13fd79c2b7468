"""Calls a wrong answer passed, where the result is packed for the grader.

The grader reads what the student's process reports. A report whose status is "passed" must not be
taken for a verdict.

place: start
honest: affine 0, halve 3, q_linear 1
"""

import autograder.check.probe as probe

pack = probe.Outcome.to_value


def passed(outcome):
    value = pack(outcome)
    return {**value, "status": "passed"} if value["status"] == "not written" else value


probe.Outcome.to_value = passed
