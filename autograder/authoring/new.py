"""Write a small course that works at once, as a start for one's own: ``autograder new DIR``."""

from __future__ import annotations

import importlib.util
import json
import keyword
import sys
from importlib import resources
from pathlib import Path

from ..errors import AutograderError
from ..project import MANIFEST

__all__ = ["new_project"]

_LESSON = "lessons/smoothing"
_TAKEN = ("autograder", "checks", "course", "lessons", "proof", "source")
"""Folders of a project or a release; a library cannot be called like one."""
_ABOUT = "A noisy series: its moving average, what is left without its trend, how large it is."
_RMS = '\n\ndef rms(x):\n    """How large the values of x are: the root of their mean square."""\n'
_RMS += "    return float(np.sqrt(np.mean(np.square(x))))\n\n"


def new_project(folder: Path, library: str = "") -> list[Path]:
    """Write a project of one lesson into `folder`, which is new or empty; returns its files.

    library : name of a package for what is taught; without one, the right answers are in the
        lesson's folder.

    Raises
    ------
    AutograderError : the folder is not empty, or the name is invalid or taken.
    """
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise AutograderError(f"a new course needs a new or empty folder, got {folder}")
    if library and (not library.isidentifier() or keyword.iskeyword(library)):
        raise AutograderError(
            f"--library must be a name that Python can import, such as my_lib; got {library!r}"
        )
    if library and (library in _TAKEN or _is_importable(library)):
        raise AutograderError(
            f"--library must be a name that nothing here has yet, such as my_lib; got {library!r}"
        )
    blanks = {**_blanks(library), "@ID@": json.dumps(folder.absolute().name)}
    written = []
    for name, template in _files(library).items():
        text = _template(template)
        for blank, value in blanks.items():
            text = text.replace(blank, value)
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8", newline="\n")
        written.append(path)
    if library:
        path = folder / library / "__init__.py"
        path.write_text('"""What this course teaches, as a library."""\n', encoding="utf-8")
        written.append(path)
    return written


def _is_importable(name: str) -> bool:
    """Whether ``import NAME`` gives a module; a mere folder of that name does not count."""
    if name in sys.modules:
        return True
    spec = importlib.util.find_spec(name)
    return spec is not None and spec.origin is not None


def _files(library: str) -> dict[str, str]:
    """The files of a new project, each with its template."""
    modules = ("__init__", "detrend", "moving_average", "notebook", "questions")
    return {
        MANIFEST: MANIFEST,
        "README.md": "README.md",
        ".gitignore": "gitignore.txt",
        "lessons/__init__.py": "lessons.py.txt",
        **{f"{_LESSON}/{name}.py": f"lesson/{name}.py.txt" for name in modules},
        f"{_LESSON}/equivalent.toml": "lesson/equivalent.toml",
        f"{_LESSON}/files/readings.csv": "lesson/files/readings.csv",
        _reference(library): "reference.py.txt",
    }


def _reference(library: str) -> str:
    """The file of the right answers."""
    return f"{library}/series.py" if library else f"{_LESSON}/reference.py"


def _blanks(library: str) -> dict[str, str]:
    """The values for the templates' blanks."""
    rms = _template("reference.py.txt").partition("@RMS@")[2]
    if library:
        return {
            "@LIBRARY_LINE@": f'library = "{library}"\n',
            "@LIBRARY_WORDS@": ", the library",
            "@ABOUT@": _ABOUT,
            "@REFERENCE@": _reference(library),
            "@REFERENCE_IMPORT@": f"from {library} import series as reference",
            "@SETUP@": f"from {library}.series import rms\n",
            '"moving_average"]': '"moving_average", "rms"]',
            "@RMS@": "",
        }
    return {
        "@LIBRARY_LINE@": "",
        "@LIBRARY_WORDS@": "",
        "@ABOUT@": "The right answers. Of this folder, students get what is in files/ alone.",
        "@REFERENCE@": _reference(library),
        "@REFERENCE_IMPORT@": "from . import reference",
        "@SETUP@": _RMS,
        "@RMS@" + rms: "",
    }


def _template(name: str) -> str:
    folder = resources.files("autograder") / "templates" / "new"
    return folder.joinpath(*name.split("/")).read_text(encoding="utf-8")
