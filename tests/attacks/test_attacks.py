"""The red team: what a hostile submission gains (nothing), learns (nothing) and harms (nobody).

Each file of ``tests/attacks/`` is one attack. It is handed in within a course full of planted
secrets, graded at every isolation level that works here, and then everything is looked at.
"""

from __future__ import annotations

import base64
import html.parser
import io
import json
import math
import os
import re
import resource
import sys
import tempfile
import time
from dataclasses import replace
from functools import cache

import nbformat
import pytest
from helpers import ROOT
from helpers.exercises_to_attack import NAME, POINTS
from helpers.hostile_course import all_attacks, ground
from nbconvert.exporters import HTMLExporter
from nbformat import NotebookNode
from nbgrader.utils import determine_grade
from PIL import Image

from autograder.grading import shown
from autograder.grading.kernel import Limits
from autograder.grading.submission import grade, results_of
from autograder.sandbox import isolation
from autograder.sandbox.scratch import remove

LEVELS = [level for level, why_not in isolation.available().items() if not why_not]
ALL = all_attacks()
LIMITS = Limits(
    cell_seconds=4,
    test_seconds=4,
    total_seconds=40,
    memory=768 << 20,
    file_size=16 << 20,
    output_bytes=100_000,
)
QUICK = replace(LIMITS, cell_seconds=1, test_seconds=1)
"""For attacks that end by a time limit only."""
BRIEF = replace(QUICK, total_seconds=8)
"""For those of them that stop every cell: what they lose is their own."""
PATIENCE = 60.0
"""Seconds that processes and their folders have to be gone: five are too few on a busy machine."""

NOT_STOPPED_BY_LIMITS = {
    "checkout_read", "course_read", "course_written", "devices", "edition_poisoned",
    "installed_library", "keeper_killed", "network", "other_processes", "out_of_the_root", "ptrace",
    "server", "shared_memory_left", "signals_to_others", "startup_files", "system_calls",
    "user_regained", "x32_calls",
}  # fmt: skip
"""What the docs say of that level: it reads, writes, signals and connects as its user may."""

DIFFERS_BY_LEVEL = NOT_STOPPED_BY_LIMITS | {
    "daemon", "deleted_files_kept", "disk_bomb", "fork_bomb", "many_files", "memory_bomb",
    "process_stopped", "sparse_terabyte", "starving",
}  # fmt: skip
"""What another mechanism stops at each level (the table in `sandbox/isolation.py`): processes that
are left, disks, memory. The other attacks meet the same grader, and the weaker levels at night."""

BY_NATURE = {
    "changed_input_hidden": "whether an input was changed is seen in the student's process only, "
    "and who has the right numbers could have left the input alone",
    "inputs_kept_for_later": "the inputs of a test are in the student's process by then; they are "
    "worth nothing without the results",
    "inputs_raised": "the text of an exception is feedback that honest students need",
}
"""What succeeds, and why that is no gain: no grader that runs a function can know better."""


SEEN_BY_ROOT_ON_LINUX = {
    "deleted_files_kept": "only root is told which files a locked process keeps open",
}
"""What the weaker levels stop where the grader runs as root; `namespaces` always does."""


def graded(folder, ground, level, limits=LIMITS):
    return grade(folder, ground.release, limits, level).notebook


@pytest.fixture(scope="module")
def field(tmp_path_factory):
    with pytest.MonkeyPatch.context() as patch:
        root = tmp_path_factory.mktemp("field")
        scratch = root / "temporary"
        scratch.mkdir()
        with ground(root / "ground", patch.setenv) as made:
            patch.setattr(tempfile, "tempdir", str(scratch))
            patch.setattr(shown, "_CELL_SECONDS", 1.0)
            patch.setattr(shown, "_PAGE_SECONDS", 4.0)
            made.scratch = scratch
            yield made
            remove(str(scratch))


@pytest.fixture(scope="module")
def honest(field, tmp_path_factory):
    """Returns a function: grade the honest submission again; its notebook as text.

    Its `first` is the same, graded once for each level and limits.
    """
    folder = field.hand_in(tmp_path_factory.mktemp("honest") / NAME)

    def honest(level, limits=LIMITS):
        return nbformat.writes(graded(folder, field, level, limits))

    honest.first = cache(honest)
    return honest


def marks(notebook):
    found = {
        cell.metadata.nbgrader.grade_id: determine_grade(cell)[0]
        for cell in notebook.cells
        if cell.metadata.get("nbgrader", {}).get("grade")
    }
    assert found.pop("why_bias") in (None, 0)
    return found


@pytest.mark.parametrize("level", LEVELS)
def test_the_honest_submission_gets_everything(level, honest):
    assert marks(nbformat.reads(honest.first(level), 4)) == POINTS


def _levels(attack):
    """Those that promise to stop it, the weakest last."""
    return [level for level in LEVELS if not (attack.stops_at and level == "limits")]


def _cases():
    for level in LEVELS:
        for attack in ALL:
            if level not in _levels(attack):
                continue
            why = BY_NATURE.get(attack.name)
            if level != "namespaces" and (os.geteuid() or sys.platform != "linux"):
                why = why or SEEN_BY_ROOT_ON_LINUX.get(attack.name)
            marks = [pytest.mark.xfail(reason=why, raises=AssertionError)] if why else []
            if level != LEVELS[0] and attack.name not in DIFFERS_BY_LEVEL:
                marks.append(pytest.mark.nightly)
            yield pytest.param(attack, level, id=f"{level}-{attack.name}", marks=marks)


def test_what_limits_does_not_stop_is_known():
    """The same list stands in the docs: an instructor has to know it."""
    assert {attack.name for attack in ALL if attack.stops_at} == NOT_STOPPED_BY_LIMITS
    assert {attack.name for attack in ALL} >= DIFFERS_BY_LEVEL
    page = (ROOT / "docs" / "grading.md").read_text(encoding="utf-8")
    told = page.split("<!-- what limits does not stop -->")[1].split("<!-- end -->")[0]
    assert set(re.findall(r"`(\w+)`", told)) == NOT_STOPPED_BY_LIMITS
    assert {attack.stops_at for attack in ALL} == {"", "landlock+seccomp"}


@pytest.fixture
def folder(tmp_path):
    """Where the submission will be, removed with whatever an attack puts there."""
    yield tmp_path / NAME
    remove(str(tmp_path / NAME))


@pytest.mark.parametrize(("attack", "level"), [*_cases()])
def test_an_attack_gains_nothing_and_harms_nobody(attack, level, field, honest, folder):
    expected, limits = honest.first(level), LIMITS
    if attack.quick:
        limits = BRIEF if attack.at_most else QUICK
    field.hand_in(folder, attack)
    files, temporary = field.files(), _left_in(field.scratch)
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    notebook = graded(folder, field, level, limits)
    # Gain.
    found = marks(notebook)
    if attack.at_most:
        assert all(found[name] <= attack.honest[name] for name in found), found
    else:
        assert found == attack.honest
    # What may be written, and read again.
    text = nbformat.writes(notebook)
    # A traceback quotes the attack's own text; what it prints, and says in a test, does not.
    assert "BREACH" not in "".join(_shown(notebook, errors=False))
    assert len("".join(_shown(notebook))) < 1_500_000
    text.encode("utf-8")
    nbformat.validate(notebook)
    json.dumps(results_of(notebook).to_value(), allow_nan=False)
    # Leaks.
    assert [word for word in field.canaries if word in text] == []
    shown = "\n".join(_shown(notebook))
    assert [number for number in field.numbers() if number in shown] == []
    # Harm.
    assert _in_time(field.traces) == []
    assert field.bystander.poll() is None
    assert not field.visited()
    assert field.files() == files
    assert _in_time(lambda: _left_in(field.scratch) - temporary) == set()
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - memory < 300_000
    # The browser, and the next student.
    assert _active(_cells(notebook)) == _active(_cells(nbformat.reads(expected, 4)))
    if level == _levels(attack)[-1]:  # where an attack is most likely to leave something
        assert honest(level) == expected


@pytest.mark.parametrize("level", LEVELS)
def test_after_all_attacks_the_honest_submission_gets_the_same(level, honest):
    assert honest(level) == honest.first(level)


def _left_in(folder):
    """What is in a folder for temporary files, but for those of templates, which come and go."""
    return {path for path in folder.iterdir() if not path.name.startswith("sandbox-")}


def _cells(notebook):
    """What of a notebook is on its page, as text: it is often the same at every level."""
    return nbformat.writes(NotebookNode({**notebook, "metadata": {}}))


def _in_time(look):
    """What `look` finds when nothing more goes away."""
    end = time.monotonic() + PATIENCE
    while (found := look()) and time.monotonic() < end:
        time.sleep(0.02)
    return found


def _shown(notebook, errors=True):
    """What a student reads in the feedback, but for their own code: outputs, reports, facts."""
    for cell in notebook.cells:
        for output in cell.get("outputs", []):
            if errors or output.output_type != "error":
                yield json.dumps(output)
    yield json.dumps(results_of(notebook).to_value())


class _Page(html.parser.HTMLParser):
    """Notes whatever in a page can act."""

    def __init__(self):
        super().__init__()
        self.active = []

    def handle_starttag(self, tag, attributes):
        if tag in _ACTING:
            self.active.append(tag)
        for name, value in attributes:
            value = re.sub(r"[\x00-\x20]", "", value or "").lower()
            if name.startswith("on") or value.startswith(("javascript:", "vbscript:", "data:text")):
                self.active.append(f"{tag} {name}={value[:40]}")
            if name == "src" and not value.startswith("data:image/"):
                self.active.append(f"{tag} {name}={value[:40]}")
            if value.startswith("data:image/"):
                self.active += [] if _opens(value) else [f"{tag}: a picture too large"]
            if name == "class" and "mermaid" in value:
                self.active.append("mermaid")


_ACTING = {"script", "iframe", "object", "embed", "base", "form", "meta", "link", "svg", "style"}


def _opens(source):
    """Whether a browser can be asked to open the picture in a data: address."""
    with Image.open(io.BytesIO(base64.b64decode(source.partition(",")[2]))) as picture:
        return math.prod(picture.size) < 1e8


@cache
def _exporter():
    return HTMLExporter(template_name="classic")


@cache
def _active(text):
    """What can act in the page that nbconvert makes of a notebook."""
    body, _ = _exporter().from_notebook_node(nbformat.reads(text, 4))
    page = _Page()
    page.feed(body)
    return page.active
