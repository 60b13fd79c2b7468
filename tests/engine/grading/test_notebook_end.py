"""Results from the end of a graded notebook's file: those that reading all of it gives, always."""

from __future__ import annotations

import io
import json
import os

import nbformat
import pytest
from helpers.graded_class import FIRST, FULL, mark_by_hand, record

from autograder.commands import main
from autograder.grading.gradebook import copies_of, results_at
from autograder.grading.notebook_end import read_results
from autograder.grading.submission import KEY
from autograder.results import SubmissionResults

RESULTS = {"marks": {"affine": 4.5, "why": None}, "facts": ['\n "metadata": {', "é\u2028"]}
OTHERS = {"marks": {"affine": 0.0}}
CELL = {
    "cell_type": "markdown",
    "id": "a",
    "metadata": {KEY: OTHERS},
    "source": ['\n "metadata": {"autograder": {}}'],
}


def document(cells=(CELL,), results=RESULTS):
    metadata = {KEY: results, "kernelspec": {"name": "python3"}}
    return {"cells": [*cells], "metadata": metadata, "nbformat": 4, "nbformat_minor": 5}


class File(io.BytesIO):
    """Counts the bytes that are read."""

    count = 0

    def read(self, size=-1):
        data = super().read(size)
        self.count += len(data)
        return data


def as_nbformat_writes(notebook):
    return nbformat.v4.writes(nbformat.from_dict(notebook)) + "\n"


def in_another_order(notebook):
    return json.dumps(dict(reversed(notebook.items())), indent=1)


@pytest.mark.parametrize(
    "write",
    [
        as_nbformat_writes,
        in_another_order,
        json.dumps,
        lambda notebook: json.dumps(notebook, indent=0),
        lambda notebook: json.dumps(notebook, indent=4),
        lambda notebook: as_nbformat_writes(notebook).replace("\n", "\r\n"),
        lambda notebook: as_nbformat_writes(notebook)[:-2] + ', "metadata": {"autograder": {}}}',
    ],
    ids=["nbformat", "order", "compact", "no indent", "indent", "Windows", "said twice"],
)
@pytest.mark.parametrize("facts", [[], ["x" * 200_000]], ids=["short", "long"])
def test_they_are_those_of_the_whole_file(write, facts):
    text = write(document(results={**RESULTS, "facts": [*RESULTS["facts"], *facts]}))
    expected = SubmissionResults.from_value(json.loads(text)["metadata"][KEY])
    assert read_results(io.BytesIO(text.encode())) == expected


def test_of_a_large_notebook_little_is_read():
    cells = [CELL | {"source": "x" * 100} for _ in range(50_000)]
    file = File(as_nbformat_writes(document(cells)).encode())
    assert read_results(file).marks == RESULTS["marks"]
    assert file.count < 100_000 < 10_000_000 < len(file.getvalue())


def test_what_python_writes_and_json_has_not_is_read_as_well():
    text = as_nbformat_writes(document(results={"limits": {"seconds": float("inf")}}))
    assert read_results(io.BytesIO(text.encode())).limits == {"seconds": float("inf")}


@pytest.mark.parametrize(
    "damage",
    [
        lambda text: text[: len(text) // 2],
        lambda text: text[:-3],
        lambda text: text + "}",
        lambda text: text.replace('"affine": 4.5', '"affine": "4.5"'),
        lambda text: text.replace('"autograder": {\n   "facts"', '"another": {\n   "facts"'),
        lambda text: "",
        lambda text: "[]",
    ],
    ids=["half", "end", "more", "no number", "nbgrader's", "empty", "no object"],
)
def test_what_holds_no_results_has_none(damage):
    text = as_nbformat_writes(document())
    assert damage(text) != text
    with pytest.raises((ValueError, KeyError, TypeError)):
        read_results(io.BytesIO(damage(text).encode()))


def test_a_change_by_hand_is_seen_at_once_though_size_and_time_stay(klass):
    record(klass, "student-01", **FULL)
    path = copies_of(klass.course, FIRST, "student-01")[FIRST]
    before = path.stat()
    path.chmod(0o644)
    path.write_bytes(path.read_bytes().replace(b'"affine": 4.5', b'"affine": 1.5'))
    os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))
    assert path.stat().st_size == before.st_size
    assert results_at(klass.course, FIRST, "student-01").marks["affine"] == 1.5


def test_reports_and_exports_are_the_same_however_the_notebooks_were_written(klass, monkeypatch):
    """Also of a course that an older version graded: it wrote the same notebooks."""
    record(klass, "student-01", **FULL)
    record(klass, "student-02", "student-03", affine=4.5)
    mark_by_hand(klass.course, "student-01")

    def made():
        root = str(klass.course.root)
        for words in (["export", "csv"], ["export", "json"], ["report", FIRST], ["report"]):
            assert main([*words, "--course", root]) == 0
        folders = (klass.course.root / name for name in ("exports", "reports"))
        return {path.name: path.read_bytes() for folder in folders for path in folder.iterdir()}

    made()  # the course's page has a link to the other one from now on
    ours = made()
    assert len(ours) == 6
    whole = SubmissionResults.from_value
    monkeypatch.setattr(
        "autograder.grading.gradebook.read_results",
        lambda file: whole(json.loads(file.read())["metadata"][KEY]),
    )
    assert made() == ours, "as reading the whole files gives"
    monkeypatch.undo()
    for student in ("student-01", "student-02"):
        path = copies_of(klass.course, FIRST, student)[FIRST]
        path.chmod(0o644)
        path.write_text(json.dumps(json.loads(path.read_bytes())), encoding="utf-8")
    assert made() == ours
