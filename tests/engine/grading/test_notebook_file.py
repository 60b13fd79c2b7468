"""What is read of a notebook file: no old outputs, and any encoding that an editor writes."""

from __future__ import annotations

import base64
import json
import tracemalloc
from importlib.resources import files

import pytest
from hypothesis import given
from hypothesis import strategies as st

from autograder.grading import notebook_file
from autograder.grading.hand_in import HandedIn, collect
from autograder.grading.notebook_file import TooLong, without_outputs
from autograder.grading.rebuild import read_submission
from autograder.grading.shown import SHOWN

PICTURE = base64.b64encode(bytes(range(256)) * 4000).decode()
SOURCE = 'x = {"outputs": [1]}  # "attachments": {'


def notebook(outputs=(), source=SOURCE):
    cell = {"cell_type": "code", "id": "a", "metadata": {}, "outputs": [*outputs], "source": source}
    return {"cells": [cell], "metadata": {}, "nbformat": 4, "nbformat_minor": 5}


def shown(data):
    return {"output_type": "display_data", "data": {"image/png": data}, "metadata": {}}


def read(data):
    return read_submission(HandedIn(data))


def test_fifty_megabytes_of_old_outputs_are_dropped_and_take_no_memory(tmp_path):
    path = tmp_path / "nb.ipynb"
    lines = [f'a "quoted" line {n} \\ ]}}\n' for n in range(10)]
    outputs = [shown(PICTURE), {"output_type": "stream", "name": "stdout", "text": lines}] * 40
    path.write_text(json.dumps(notebook(outputs), indent=1), encoding="utf-8")
    assert path.stat().st_size > 50 << 20
    del outputs
    tracemalloc.start()
    handed_in = collect(tmp_path, "nb")
    submission = read_submission(handed_in)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 2 << 20
    assert submission.cells == [("code", SOURCE, "a")]
    assert submission.facts == ["The file has 52 MB; its saved outputs were left out."]
    assert not submission.unreadable


def test_what_is_left_without_outputs_has_a_limit(tmp_path, monkeypatch):
    (tmp_path / "nb.ipynb").write_text(json.dumps(notebook(source="x" * (21 << 20))))
    assert "too large: without its outputs" in collect(tmp_path, "nb").problem
    monkeypatch.setattr("autograder.grading.hand_in.FILE_LIMIT", 20 << 20)
    assert collect(tmp_path, "nb").problem == "The file is too large: 21 MB."


@pytest.mark.parametrize(
    "data", [b'{"outputs": [' + b"[]," * 1_000_000 + b"[]]}", b"[" + b"[]," * 1_000_000 + b"[]]"]
)
def test_millions_of_parts_are_not_parsed(data, monkeypatch):
    monkeypatch.setattr(notebook_file, "_TOKENS", 100_000)
    tracemalloc.start()
    unreadable = read(data).unreadable
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert "too many parts" in unreadable
    assert peak < 10 << 20


JSON = st.recursive(
    st.none() | st.integers() | st.text(alphabet='ab"\\[]{}:,é\n'),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(
            st.sampled_from(["outputs", "a", '"outputs"', "attachments", "\\"]), inner, max_size=4
        )
    ),
)


def emptied(value):
    """What must be left, by another way: the parsed document, emptied."""
    if isinstance(value, list):
        return [emptied(item) for item in value]
    if not isinstance(value, dict):
        return value
    return {
        key: type(item)()
        if key in ("outputs", "attachments") and isinstance(item, (list, dict))
        else emptied(item)
        for key, item in value.items()
    }


@given(JSON, st.sampled_from([None, 1]), st.booleans())
def test_exactly_the_contents_of_outputs_are_dropped(document, indent, ascii_only):
    text = json.dumps(document, indent=indent, ensure_ascii=ascii_only)
    assert json.loads(without_outputs(text.encode())) == emptied(document)


@given(st.lists(st.sampled_from(['"outputs": [', '"', "\\", "[", "]", "{", "}", "a", ":"])))
def test_what_is_no_json_is_read_to_its_end(parts):
    text = "".join(parts).encode()
    assert len(without_outputs(text)) <= len(text) + 2 * text.count(b'"outputs": [')


def test_a_text_without_end_is_read_once(monkeypatch):
    data = b'{"outputs": ["' + b'\\"' * 4_000_000
    assert without_outputs(data) == b'{"outputs": []'
    monkeypatch.setattr(notebook_file, "_TOKENS", 3)
    with pytest.raises(TooLong):
        without_outputs(b'{"outputs": [1, [2], [3]]}')


@pytest.mark.parametrize(
    ("encoding", "name"),
    [
        ("utf-8", ""),
        ("utf-8-sig", ""),
        ("utf-16", "UTF-16"),
        ("utf-16-le", "UTF-16"),
        ("utf-16-be", "UTF-16"),
        ("utf-32", "UTF-32"),
        ("cp1252", "Windows-1252"),
    ],
)
def test_the_encodings_that_editors_write_are_read(encoding, name):
    text = json.dumps(notebook(source="größe = 1  # weiß"), ensure_ascii=False)
    submission = read(text.encode(encoding))
    assert submission.cells[0][1] == "größe = 1  # weiß"
    expected = [f"The file is not UTF-8 text; it was read as {name}."] if name else []
    assert submission.facts == expected


def test_bytes_that_windows_does_not_know_are_read_as_latin_1():
    submission = read(json.dumps(notebook(source="x = '?'")).encode().replace(b"?", b"\x81"))
    assert submission.cells[0][1] == "x = '\x81'"
    assert submission.facts == ["The file is not UTF-8 text; it was read as Latin-1."]


def test_students_are_told_the_limits():
    readme = (files("autograder") / "templates" / "README.md").read_text(encoding="utf-8")
    assert f"{notebook_file.SIZE_LIMIT >> 20} MB" in readme
    assert f"{SHOWN:,} characters of a cell" in readme
