"""A course to attack: planted secrets, and an eye on what an attack leaves behind.

An attack is one file of ``tests/attacks/``; its README says what is in it.
"""

from __future__ import annotations

import ast
import json
import os
import re
import secrets
import socket
import sqlite3
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import nbformat
import numpy as np
from nbformat import NotebookNode
from nbformat.v4 import new_code_cell, new_markdown_cell

from autograder import course
from autograder.authoring import build, release
from autograder.grading.load import load_release
from autograder.grading.released import Release
from helpers import ROOT, small_course
from helpers.exercises_to_attack import EXERCISES, HONEST, NAME, POINTS, TEXT

ATTACKS = ROOT / "tests" / "attacks"


# -- one attack ------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Attack:
    """One file of ``tests/attacks/``, and what its header says."""

    name: str
    title: str
    text: str
    place: str
    honest: dict[str, float]
    at_most: bool
    stops_at: str
    quick: bool

    @property
    def is_hand_in(self) -> bool:
        return self.place == "folder"


_PLACES = ("start", "end", "answer", "answer and end", "folder")
_KEYS = ("place", "honest", "at most", "stops_at", "limits")


def read_attack(path: Path) -> Attack:
    """Read one file; an error names what is wrong in its header."""
    text = path.read_text(encoding="utf-8")
    header = ast.get_docstring(ast.parse(text)) or ""
    said = dict(re.findall(rf"^({'|'.join(_KEYS)}): *(.*)$", header, re.MULTILINE))
    place, marks = said.get("place", "start"), said.get("honest") or said.get("at most", "")
    honest = {name: float(mark) for name, mark in re.findall(r"(\w+) ([\d.]+)", marks)}
    if place not in _PLACES or set(honest) != set(POINTS):
        raise ValueError(
            f"{path.name}: the header must name a place of {_PLACES} and the honest marks of "
            f"{sorted(POINTS)}, got {said}"
        )
    title, quick = header.splitlines()[0], "limits" in said
    stops_at = said.get("stops_at", "")
    return Attack(path.stem, title, text, place, honest, "at most" in said, stops_at, quick)


def all_attacks() -> list[Attack]:
    """Every attack, by name."""
    files = sorted(ATTACKS.glob("*.py"))
    return [
        read_attack(path)
        for path in files
        if path.stem != "conftest" and not path.stem.startswith("test_")
    ]


# -- the course, and what must not happen to it ----------------------------------------------------


@dataclass
class Ground:
    """A released course with planted secrets.

    known : what an attacker is told of it, by the words that stand for it in an attack's file. To
        guess where things are is not the hard part, so it is assumed to be known.
    canaries : texts that no student may ever see.
    """

    root: Path
    release: Release
    known: dict[str, str]
    canaries: list[str]
    bystander: subprocess.Popen[bytes]
    listener: socket.socket
    others: list[Path] = field(default_factory=list)

    @property
    def course(self) -> Path:
        return self.root / "course"

    @property
    def mark(self) -> str:
        """Stands in the name of all that an attack makes, so that it can be found again."""
        return self.known["MARK"]

    def hand_in(self, folder: Path, attack: Attack | None = None) -> Path:
        """Write the submission that holds the attack; without one, the honest and complete one."""
        folder.mkdir(parents=True)
        answers = dict(HONEST)
        if attack is None:
            return self._write(folder, answers)
        del answers["affine_solution"]
        text = re.sub(r"@([A-Z]+)@", lambda found: self.known[found[1]], attack.text)
        if attack.is_hand_in:
            scope: dict[str, Any] = {"__name__": attack.name}
            exec(compile(text, attack.name, "exec"), scope)
            notebook = json.loads(json.dumps(self._filled(answers)))
            scope["hand_in"](folder, notebook)
            return folder
        if attack.place.startswith("answer"):
            answers["affine_solution"] = text
        added = {2: text} if attack.place == "start" else {}
        if attack.place.endswith("end"):
            added = {len(self.release.notebook.cells): text}
        return self._write(folder, answers, added)

    def _filled(self, answers: Mapping[str, str]) -> NotebookNode:
        notebook = nbformat.from_dict(json.loads(json.dumps(self.release.notebook)))
        for cell in notebook.cells:
            cell.source = answers.get(cell.id, cell.source)
        return notebook

    def _write(
        self, folder: Path, answers: Mapping[str, str], added: Mapping[int, str] | None = None
    ) -> Path:
        notebook = self._filled(answers)
        for place, text in (added or {}).items():
            notebook.cells.insert(place, new_code_cell(text))
        path = folder / f"{NAME}.ipynb"
        path.write_text(json.dumps(notebook), encoding="utf-8")
        return folder

    def numbers(self) -> list[str]:
        """The hidden expected results and inputs, as a print would begin to show them."""
        found: set[str] = set()
        for pack in self.release.packs.values():
            for case in pack.cases:
                for value in [*case.expected.values.values(), *case.inputs.values()]:
                    found |= set(_digits(value))
        return sorted(found)

    def files(self) -> dict[str, tuple[Any, ...]]:
        """What is in the course, the home folder, and the folders that all may write to."""
        state: dict[str, tuple[Any, ...]] = {}
        for top in (self.root, *self.others):
            for path in [top, *sorted(top.rglob("*"))]:
                info = path.lstat()
                size = 0 if path.is_dir() else info.st_size
                state[str(path)] = (info.st_mode, info.st_uid, size, info.st_mtime_ns * (size > 0))
        return state

    def traces(self) -> list[str]:
        """What bears the mark of an attack: files, shared memory, processes."""
        places = [
            "/tmp",
            "/var/tmp",
            "/dev/shm",
            "/dev/mqueue",
            str(self.root),
            tempfile.gettempdir(),
        ]
        found = [str(path) for top in set(places) for path in Path(top).glob(f"*{self.mark}*")]
        shared = Path("/proc/sysvipc/shm")
        if shared.exists():
            keys = [line.split()[0] for line in shared.read_text().splitlines()[1:]]
            found += [f"shared memory {key}" for key in keys if key == self.known["KEY"]]
        return found + [f"process {pid}" for pid in self._processes()]

    def _processes(self) -> Iterator[int]:
        for folder in Path("/proc").glob("[0-9]*"):
            try:
                state = (folder / "stat").read_text().rpartition(")")[2].split()[0]
                words = (folder / "comm").read_text() + (folder / "cmdline").read_text()
            except (OSError, UnicodeDecodeError):
                continue
            if self.mark in words and state not in "ZX":
                yield int(folder.name)

    def visited(self) -> bool:
        """Whether anybody came to the port that an attack knows."""
        self.listener.setblocking(False)
        try:
            self.listener.accept()[0].close()
        except BlockingIOError:
            return False
        return True


def _digits(value: Any) -> Iterator[str]:
    if isinstance(value, Mapping):
        value = list(value.values())
    if isinstance(value, (list, tuple)):
        for item in value:
            yield from _digits(item)
    elif isinstance(value, (float, np.ndarray)) and np.asarray(value).dtype.kind == "f":
        for number in np.asarray(value).ravel().tolist():
            if abs(number) > 1e-3:
                yield f"{abs(number):.12f}"[:8]


_PLANT_IN_DATABASE = "create table canary (word text)"


@contextmanager
def ground(root: Path, set_environment: Callable[[str, str], None]) -> Iterator[Ground]:
    """The course, its secrets and its bystander, for as long as the attacks go on."""
    canary = {name: f"CANARY-{name}-{secrets.token_hex(6)}" for name in _CANARIES}
    small = small_course.project(root / "project")
    made = replace(small, lessons=(NAME,), exercises={NAME: EXERCISES}.__getitem__)
    text = TEXT.replace("CANARY", canary["SOURCE"])
    made.text(NAME).parent.mkdir(parents=True)
    made.text(NAME).write_text(text, encoding="utf-8")
    build.build([], made)
    here = course.init(root / "course")
    (here.root / course.SECRET).write_bytes(canary["SECRET"].ljust(32, "!").encode()[:32])
    release.release(here, NAME, made)
    home = root / "home"
    set_environment("HOME", str(home))
    set_environment("COURSE_TOKEN", canary["ENVIRONMENT"])
    (home / ".ssh").mkdir(parents=True)
    (home / ".ssh" / "id_ed25519").write_text(canary["HOME"])
    with sqlite3.connect(here.gradebook) as database:
        database.execute(_PLANT_IN_DATABASE)
        database.execute("insert into canary values (?)", (canary["GRADEBOOK"],))
    database.close()
    handle, shared_file = tempfile.mkstemp(prefix="course-", suffix=".txt")
    os.write(handle, canary["TMP"].encode())
    os.close(handle)
    listener = socket.create_server(("127.0.0.1", 0))
    wait = [sys.executable, "-c", "import time; time.sleep(3600)"]
    bystander = subprocess.Popen(wait)
    known = {
        "ROOT": str(root),
        "COURSE": str(here.root),
        "CHECKOUT": str(ROOT),
        "HOME": str(home),
        "TMP": shared_file,
        "NAME": NAME,
        "GRADER": str(os.getpid()),
        "BYSTANDER": str(bystander.pid),
        "PORT": str(listener.getsockname()[1]),
        "KEY": str(secrets.randbelow(1 << 30) + 1000),
        "MARK": f"red-{secrets.token_hex(4)}",
    }
    loaded = load_release(here, NAME, made)
    words = [*canary.values(), canary["SECRET"][:24]]
    found = Ground(root, loaded, known, words, bystander, listener, [Path(shared_file)])
    neighbour = found.hand_in(here.submitted_dir(NAME, "student-02")) / f"{NAME}.ipynb"
    theirs = json.loads(neighbour.read_text(encoding="utf-8"))
    theirs["cells"].append(new_markdown_cell(canary["NEIGHBOUR"]))
    neighbour.write_text(json.dumps(theirs), encoding="utf-8")
    try:
        yield found
    finally:
        bystander.kill()
        bystander.wait()
        listener.close()
        os.unlink(shared_file)


_CANARIES = ("SECRET", "NEIGHBOUR", "GRADEBOOK", "SOURCE", "HOME", "ENVIRONMENT", "TMP")
