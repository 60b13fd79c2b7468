"""What a student has: a release, unzipped where nothing else is installed."""

from __future__ import annotations

import io
import json
import subprocess
import sys
import zipfile
from collections.abc import Iterator, Mapping
from pathlib import Path

_ALONE = """
import json, sys

class Blocked:
    def find_spec(self, name, path=None, target=None):
        if name.split(".")[0] in {"nbgrader", "scipy", "jupytext", "nbformat"}:
            raise ImportError(f"{name} is not there")

sys.meta_path.insert(0, Blocked())
sys.path.insert(0, "")
import matplotlib
matplotlib.use("Agg")
name, answers = sys.argv[1], json.loads(sys.argv[2])
with open(f"{name}.ipynb", encoding="utf-8") as file:
    cells = json.load(file)["cells"]
scope = {"__name__": "__main__"}
for cell in cells:
    meta = cell["metadata"].get("nbgrader", {})
    source = answers.get(meta.get("grade_id"), "".join(cell["source"]))
    source = "\\n".join(line for line in source.splitlines() if not line.startswith("%"))
    if meta.get("locked") and not meta["grade"] and cell["cell_type"] == "code":
        exec(source, scope)
    if meta.get("solution") and not meta["grade"]:
        try:
            exec(source, scope)
        except NotImplementedError:
            pass
    if meta.get("grade") and not meta["solution"]:
        score = eval(source.strip().splitlines()[-1], scope)
        print(meta["grade_id"], float(score), json.dumps(score.text))
print("modules", sorted(m for m in sys.modules if m.split(".")[0] == "autograder"))
print("from", sys.modules["autograder"].__file__)
"""


def alone(
    target: Path, folder: Path, notebook: str, answers: Mapping[str, str] | None = None
) -> list[list[str]]:
    """Unzip a release, and run its set-up, answers and checks where nothing else is installed.

    answers : what is written into cells, by their ids; the other ones stay as released. Returns
    [exercise, points, the check's text as JSON] for each check.
    """
    with zipfile.ZipFile(target) as archive:
        archive.extractall(folder)
    ran = subprocess.run(
        [sys.executable, "-I", "-c", _ALONE, notebook, json.dumps(dict(answers or {}))],
        cwd=folder / notebook,
        capture_output=True,
        text=True,
    )
    assert ran.returncode == 0, ran.stderr
    lines = ran.stdout.splitlines()
    assert lines[-2].startswith("modules ['autograder', 'autograder.check'")
    assert all("check" in name for name in lines[-2].split(", ")[1:])
    assert lines[-1] == f"from {folder / notebook / 'autograder' / '__init__.py'}"
    return [line.split(" ", 2) for line in lines[:-2]]


def texts_in(folder: Path) -> Iterator[str]:
    """All texts of a folder, those inside archives included."""
    for path in sorted(folder.rglob("*")):
        if path.is_file():
            data = path.read_bytes()
            yield data.decode("utf-8", errors="replace")
            if zipfile.is_zipfile(io.BytesIO(data)):
                with zipfile.ZipFile(io.BytesIO(data)) as archive:
                    for name in archive.namelist():
                        member = archive.read(name)
                        yield member.decode("utf-8", errors="replace")
                        yield member.decode("utf-32-le", errors="replace")  # NumPy's text


__all__ = ["alone", "texts_in"]
