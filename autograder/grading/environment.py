"""What a mark depends on beside the submission, the release and the limits: the software."""

from __future__ import annotations

import hashlib
import platform
from collections.abc import Iterable
from functools import cache
from importlib.metadata import version
from pathlib import Path

import cs231n_lib

__all__ = ["environment", "files_that_judge"]

_HERE = Path(__file__).resolve().parent.parent
_CHECK = Path(cs231n_lib.__file__).resolve().parent / "check"
_JUDGES = (
    *("grading/submission.py", "grading/rebuild.py", "grading/released.py", "grading/kernel.py"),
    *("grading/launcher.py", "grading/outputs.py", "grading/environment.py"),
    *("errors.py", "sandbox/*.py"),
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
    judges = digest_of([*files_that_judge(), *_CHECK.glob("*.py")])
    return {
        "python": platform.python_version(),
        **{name: version(name) for name in ("numpy", "matplotlib", "ipython")},
        "grader": f"{cs231n_lib.__version__}+{judges[:16]}",
    }


def files_that_judge() -> list[Path]:
    """Of this package, the files that decide a mark."""
    return sorted(path for pattern in _JUDGES for path in _HERE.glob(pattern))


def digest_of(paths: Iterable[Path]) -> str:
    """One digest for the names and contents of these files, in any order."""
    digests = [
        f"{path.name} {hashlib.sha256(path.read_bytes()).hexdigest()}" for path in sorted(paths)
    ]
    return hashlib.sha256("\n".join(digests).encode()).hexdigest()
