"""What a person is told: the error that they can cause and mend, and the command to type."""

from shlex import join

__all__ = ["AutograderError", "command"]


class AutograderError(Exception):
    """What was required, what came, and what to do. code : what a command exits with."""

    code = 2


def command(*words: str) -> str:
    """A command of ours, as it is typed.

    >>> command("release", "Lab 1")
    "python -m autograder release 'Lab 1'"
    """
    return f"python -m autograder {join(words)}"
