"""The error that a person can cause and mend: shown as one line, without a traceback."""

__all__ = ["AutograderError"]


class AutograderError(Exception):
    """What was required, what came, and what to do. code : what a command exits with."""

    code = 2
