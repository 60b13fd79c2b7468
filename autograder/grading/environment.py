"""What a mark depends on beside the submission, the release and the limits: the software."""

from __future__ import annotations

import platform
from functools import cache
from importlib.metadata import version
from pathlib import Path

from ..syntax import code_digest

__all__ = ["environment", "files_that_judge"]

_HERE = Path(__file__).resolve().parent.parent
_JUDGES = (
    *("grading/submission.py", "grading/rebuild.py", "grading/released.py", "grading/kernel.py"),
    *("grading/launcher.py", "grading/outputs.py", "grading/environment.py"),
    *("errors.py", "results.py", "syntax.py", "sandbox/*.py", "check/*.py"),
)
"""Of this package, what decides a mark (a test holds the list against what `grading` imports):
another table in the terminal grades nobody again."""


@cache
def environment() -> dict[str, str]:
    """Versions of what runs a submission and of what judges it, as told in a graded notebook.

    A submission that was graded by others is graded again.

    >>> sorted(environment())
    ['grader', 'ipython', 'matplotlib', 'numpy', 'python']
    """
    judges = code_digest(files_that_judge())
    return {
        "python": platform.python_version(),
        **{name: version(name) for name in ("numpy", "matplotlib", "ipython")},
        "grader": judges[:16],
    }


def files_that_judge() -> list[Path]:
    """Of this package, the files that decide a mark."""
    return sorted(path for pattern in _JUDGES for path in _HERE.glob(pattern))
