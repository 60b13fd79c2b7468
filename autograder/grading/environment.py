"""The software that marks depend on, beside the submission, the release and the limits."""

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
    *("grading/launcher.py", "grading/outputs.py", "grading/environment.py", "grading/judging.py"),
    *("grading/missing.py", "grading/notebook_file.py", "grading/shown.py", "grading/hand_in.py"),
    *("grading/time_limit.py", "grading/beside.py", "grading/recognise.py", "grading/repairs.py"),
    *("grading/apart.py", "grading/run_cells.py", "grading/cell_outputs.py", "grading/needed/*.py"),
    "tester/*.py",
    *("errors.py", "results.py", "syntax.py", "sandbox/*.py", "check/*.py"),
)
"""The files of this package that decide a mark (a test compares this with what `grading` imports).
Changes of other files grade nobody again."""


@cache
def environment() -> dict[str, str]:
    """Versions of the software that runs and judges a submission, kept in its graded notebook.

    A submission that was graded with other versions is graded again.

    >>> sorted(environment())
    ['grader', 'ipython', 'matplotlib', 'numpy', 'python']
    """
    digest = code_digest(files_that_judge())
    return {
        "python": platform.python_version(),
        **{name: version(name) for name in ("numpy", "matplotlib", "ipython")},
        "grader": digest[:16],
    }


def files_that_judge() -> list[Path]:
    """The files of this package that decide a mark."""
    paths = sorted(path for pattern in _JUDGES for path in _HERE.glob(pattern))
    return [path for path in paths if path.name != "__main__.py"]  # the students' command
