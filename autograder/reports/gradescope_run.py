"""Inside Gradescope: grade the one submission that is there, with the engine that grades a class.

Folders and files are those of https://gradescope-autograders.readthedocs.io/en/latest/specs/:
``source`` (the zip, unpacked), ``submission`` and ``results/results.json``, in ``/autograder`` or
where the environment variable AUTOGRADER_ROOT says. There is no course directory and no gradebook.

What is wrong with a submission costs points and is said to the student. What is wrong with us does
not: no result is written and the exit code is not 0, so that Gradescope shows no mark but asks the
student to tell the staff, who find the reason in what was printed.
"""

from __future__ import annotations

import json
import os
import sys
import tempfile
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from nbformat import NotebookNode
from nbgrader.utils import is_grade, is_solution

from ..check.pack import Pack
from ..errors import AutograderError
from ..grading.launcher import isolation_level, require_private
from ..grading.released import Release, files_of
from ..grading.submission import grade, read_notebook, results_of
from ..results import VERSION, SubmissionResults, Test, judged_tests
from ..sandbox import isolation

__all__ = ["load", "main", "points_of", "report"]

_SAID = {
    "missing": "It is not defined in the notebook.",
    "not written": "Not written yet.",
    "error": "It raised an error.",
    "lost": "It took too long, or ended its process.",
    "failed": "The result is another one than was asked for.",
}
_DEPTH = 3


def main() -> int:
    """Grade what is in the folders; returns the exit code."""
    root = Path(os.environ.get("AUTOGRADER_ROOT", "/autograder"))
    target = root / "results" / "results.json"
    target.unlink(missing_ok=True)
    try:
        document = _graded(root)
    except AutograderError as error:
        print(f"autograder: not graded: {error}", file=sys.stderr)
        return error.code
    target.parent.mkdir(exist_ok=True)
    draft = target.with_suffix(".new")
    draft.write_text(json.dumps(document, ensure_ascii=False, indent=1), encoding="utf-8")
    os.replace(draft, target)
    about = document["extra_data"]
    level = about["isolation"] or "not needed"
    print(f"autograder: {document['score']:g} points, isolation {level}")
    if not about["hidden_tests_closed"]:
        print("autograder: at this level students' code could read the hidden tests")
    return 0


def _graded(root: Path) -> dict[str, Any]:
    began = time.monotonic()
    source = root / "source"
    source.chmod(0o700)  # for students' code, which runs as somebody else
    settings = json.loads((source / "settings.json").read_text(encoding="utf-8"))
    release = load(source, settings)
    level = isolation_level(settings["require"])
    require_private(source, level)
    graded = grade(_folder(root / "submission", release.name), release, level=level)
    document = report(results_of(graded.notebook), *points_of(graded.notebook), settings)
    document["extra_data"]["hidden_tests_closed"] = _closed(level, release.edition)
    return {**document, "execution_time": round(time.monotonic() - began, 3)}


def _closed(level: str, edition: Path) -> bool:
    """Whether students' code cannot read the hidden tests, which lie in a folder that is ours.

    The strong levels see to that (:func:`require_private`). At ``limits`` only the user does who
    runs the code, if it is another than ours, and one who may not read everything.
    """
    if level != "limits":
        return True
    user = isolation.unprivileged_user(os.getpid())
    plan = isolation.plan(level, tempfile.gettempdir(), str(edition), {}, 0, uid=user)
    return plan.uid is not None and not plan.reads_all


def load(source: Path, settings: Mapping[str, Any]) -> Release:
    """The release in the unpacked zip."""
    name = settings["notebook"]
    packs = {each: Pack.load(source / "hidden" / f"{each}.npz") for each in settings["exercises"]}
    return Release(
        name=name,
        notebook=read_notebook(source / "released" / f"{name}.ipynb"),
        source=read_notebook(source / "hidden" / f"{name}.ipynb"),
        packs=packs,
        files=files_of(source / "released", name),
    )


def points_of(notebook: NotebookNode) -> tuple[dict[str, float], dict[str, float]]:
    """The most points of the cells that the grader marks, and of those that only a person can."""
    points: dict[str, float] = {}
    by_hand: dict[str, float] = {}
    for cell in notebook.cells:
        if is_grade(cell):
            about = cell.metadata.nbgrader
            kind = by_hand if is_solution(cell) else points
            kind[str(about.grade_id)] = float(about.points)
    return points, by_hand


def _folder(submission: Path, notebook: str) -> Path:
    """Where in the submission the notebook is: a student may upload the folder, or its zip."""
    if any(submission.glob("*.ipynb")):
        return submission
    patterns = ["*/" * depth + f"{notebook}.ipynb" for depth in range(1, _DEPTH + 1)]
    found = [path.parent for pattern in patterns for path in submission.glob(pattern)]
    inside = [x for x in found if submission.resolve() in x.resolve().parents]
    return inside[0] if len(inside) == 1 else submission


def report(
    results: SubmissionResults,
    points: Mapping[str, float],
    by_hand: Mapping[str, float],
    settings: Mapping[str, Any],
) -> dict[str, Any]:
    """Gradescope's results.json, from what a graded notebook tells.

    points, by_hand : see :func:`points_of`. Each hidden test is shown by its name, with the mistake
    if it is a known one; with ``settings["reveal"]``, with what differed as well.
    """
    tests, known = [], judged_tests(results, points)
    for name, most in points.items():
        mark = results.marks[name] or 0.0
        written = Test(name, "passed" if mark == most else "failed", mark, most)
        for each in known.get(name, (written,)):
            title = name if each is written else f"{name}: {each.name}"
            tests.append(_test(title, each, settings))
    return {
        "score": sum(results.marks[name] or 0.0 for name in points),
        "output": "\n".join(_notes(results, by_hand)),
        "output_format": "text",
        "stdout_visibility": "hidden",
        "visibility": settings["visibility"],
        "tests": tests,
        "extra_data": {
            "results_version": VERSION,
            "isolation": results.isolation,
            "release": results.release,
            "environment": results.environment,
        },
    }


def _test(title: str, test: Test, settings: Mapping[str, Any]) -> dict[str, Any]:
    passed = test.status == "passed"
    said = _SAID.get(test.status, test.status)
    if test.mistake:
        said = f"Looks like: {test.mistake}\n{test.message}"
    elif settings["reveal"] and test.message:
        said = test.message
    return {
        "name": title,
        "name_format": "text",
        "score": test.score,
        "max_score": test.max_score,
        "status": "passed" if passed else "failed",
        "output": "" if passed else said,
        "output_format": "text",
    }


def _notes(results: SubmissionResults, by_hand: Mapping[str, float]) -> list[str]:
    return [
        *([results.unreadable] if results.unreadable else []),
        *results.facts,
        *(f"{name}: {most:g} points, given by a person." for name, most in by_hand.items()),
    ]


if __name__ == "__main__":
    sys.exit(main())
