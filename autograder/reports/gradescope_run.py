"""Runs inside Gradescope: grades the one submission there, with the engine that grades a class.

Folders and files are those of https://gradescope-autograders.readthedocs.io/en/latest/specs/:
``source`` (the unpacked zip), ``submission`` and ``results/results.json``, in ``/autograder`` or in
the folder that the environment variable AUTOGRADER_ROOT names. There is no course directory and no
gradebook.

A fault in a submission costs points, and the student reads why. After a fault in the grader no
result is written and the exit code is not 0: Gradescope shows no mark and asks the student to tell
the staff, who find the reason in the printed output.
"""

from __future__ import annotations

import glob
import json
import os
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from nbformat import NotebookNode
from nbgrader.utils import is_grade, is_solution, is_task

from ..check.pack import Pack
from ..errors import AutograderError
from ..grading.hand_in import collect_all
from ..grading.launcher import isolation_level, require_private
from ..grading.released import FOR_PEOPLE, Release, files_of
from ..grading.submission import grade, read_notebook, results_of
from ..results import VERSION, SubmissionResults, Test, cell_name, judged_tests, merged
from ..sandbox import isolation
from .failures import Failure, failures_in, tests_in

__all__ = ["load", "main", "points_of", "report"]

_OUTCOMES = {
    "missing": "It is not defined in the notebook.",
    "not written": "Not written yet.",
    "error": "It raised an error.",
    "lost": "It took too long, or ended its process.",
    "failed": "The result is another one than was asked for.",
}
_DEPTH = 3


def main() -> int:
    """Grade the submission in the folders; returns the exit code."""
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
    extra = document["extra_data"]
    level = extra["isolation"] or "not needed"
    print(f"autograder: {document['score']:g} points, isolation {level}")
    if not extra["hidden_tests_closed"]:
        print("autograder: at this level students' code could read the hidden tests")
    return 0


def _graded(root: Path) -> dict[str, Any]:
    began = time.monotonic()
    source = root / "source"
    source.chmod(0o700)  # against students' code, which runs as another user
    settings = json.loads((source / "settings.json").read_text(encoding="utf-8"))
    releases = load(source, settings)
    level = isolation_level(settings["require"])
    require_private(source, level)
    names = [release.name for release in releases]
    handed_in = collect_all(_folder(root / "submission", names), names)
    graded = {
        release.name: grade(file, release, level=level).notebook
        for release, file in zip(releases, handed_in, strict=True)
    }
    results = merged({name: results_of(notebook) for name, notebook in graded.items()})
    document = report(results, *points_of(graded), settings, _failures(graded, releases))
    edition = releases[0].edition
    document["extra_data"]["hidden_tests_closed"] = _hidden_tests_are_closed(level, edition)
    return {**document, "execution_time": round(time.monotonic() - began, 3)}


def _hidden_tests_are_closed(level: str, edition: Path) -> bool:
    """Whether students' code cannot read the hidden tests, which lie in a private folder.

    The strong levels guarantee that (:func:`require_private`). At ``limits`` the code must run as
    another user, who may not read everything.
    """
    if level != "limits":
        return True
    user = isolation.unprivileged_user(os.getpid())
    plan = isolation.plan(level, tempfile.gettempdir(), str(edition), {}, 0, uid=user)
    return plan.uid is not None and not plan.reads_all


def load(source: Path, settings: Mapping[str, Any]) -> list[Release]:
    """The releases in the unpacked zip, one a notebook."""
    packs = {
        exercise: Pack.load(source / "hidden" / f"{exercise}.npz")
        for exercise in settings["exercises"]
    }
    files = files_of(source / "released", FOR_PEOPLE if packs else ())
    return [
        Release(
            name=name,
            notebook=read_notebook(source / "released" / f"{name}.ipynb"),
            source=read_notebook(source / "hidden" / f"{name}.ipynb"),
            packs=packs,
            files=files,
            assignment=settings["assignment"],
            out_of_reach=frozenset(out_of_reach),
        )
        for name, out_of_reach in settings["notebooks"].items()
    ]


def points_of(
    notebooks: Mapping[str, NotebookNode],
) -> tuple[dict[str, float], dict[str, float]]:
    """The maximum points of the cells that the grader marks, and of those that a person marks."""
    points: dict[str, float] = {}
    by_hand: dict[str, float] = {}
    for notebook, content in notebooks.items():
        for cell in content.cells:
            if is_grade(cell) or is_task(cell):
                metadata = cell.metadata.nbgrader
                target = by_hand if is_solution(cell) or is_task(cell) else points
                name = cell_name(notebook, str(metadata.grade_id), len(notebooks) > 1)
                target[name] = float(metadata.points)
    return points, by_hand


def _failures(
    graded: Mapping[str, NotebookNode], releases: Sequence[Release]
) -> dict[str, Failure]:
    """Why the hand-written tests failed that did not pass."""
    return {
        cell_name(release.name, cell, len(releases) > 1): failure
        for release in releases
        for cell, failure in failures_in(
            graded[release.name], tests_in(release.notebook.cells)
        ).items()
        if failure
    }


def _folder(submission: Path, notebooks: Sequence[str]) -> Path:
    """The folder of the notebooks in the submission: one may upload a folder, or its zip."""
    if any(submission.glob("*.ipynb")):
        return submission
    folders = dict.fromkeys(
        path.parent
        for depth in range(1, _DEPTH + 1)
        for notebook in notebooks
        for path in submission.glob("*/" * depth + f"{glob.escape(notebook)}.ipynb")
    )
    inside = [folder for folder in folders if submission.resolve() in folder.resolve().parents]
    return inside[0] if len(inside) == 1 else submission


def report(
    results: SubmissionResults,
    points: Mapping[str, float],
    by_hand: Mapping[str, float],
    settings: Mapping[str, Any],
    failures: Mapping[str, Failure] | None = None,
) -> dict[str, Any]:
    """Gradescope's results.json, from the results of a graded submission.

    points, by_hand : see :func:`points_of`; failures : of hand-written tests. It shows each hidden
    test's name, and the mistake if that is known; with ``settings["reveal"]``, also what differed.
    """
    tests, judged = [], judged_tests(results, points)
    for name, most in points.items():
        mark = results.marks[name] or 0.0
        failure = (failures or {}).get(name)
        whole = Test(name, "failed" if failure or mark < most else "passed", mark, most)
        if failure:
            reason = failure.error if settings["reveal"] else failure.for_students
            whole = replace(whole, message=reason)
        for test in judged.get(name, (whole,)):
            title = name if test is whole else f"{name}: {test.name}"
            reveal = settings["reveal"] or test is whole  # which holds nothing hidden
            tests.append(_test_entry(title, test, reveal))
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


def _test_entry(title: str, test: Test, reveal: bool) -> dict[str, Any]:
    passed = test.status == "passed"
    output = _OUTCOMES.get(test.status, test.status)
    if test.mistake:
        output = f"Looks like: {test.mistake}\n{test.message}"
    elif reveal and test.message:
        output = test.message
    return {
        "name": title,
        "name_format": "text",
        "score": test.score,
        "max_score": test.max_score,
        "status": "passed" if passed else "failed",
        "output": "" if passed else output,
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
