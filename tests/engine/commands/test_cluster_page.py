"""docs/cluster.md, played: a certificate, a scheduler, two workers, one of them killed."""

from __future__ import annotations

import os
import re
import shlex
import shutil
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest
import yaml
from helpers import ROOT
from helpers.new_course import LESSON, MOVING_AVERAGE, PADDED, RIGHT, opened, written
from helpers.typed_page import agrees

from autograder.grading.classroom import rows

psutil = pytest.importorskip("psutil")
pytest.importorskip("distributed")
pytestmark = [
    pytest.mark.nightly,
    pytest.mark.skipif(not shutil.which("openssl"), reason="the page makes a certificate"),
]
PAGE = (ROOT / "docs" / "cluster.md").read_text(encoding="utf-8")
PART = re.compile(
    r"^```(?P<kind>\w+)\n(?P<block>.*?)^```$|^<!-- meanwhile: (?P<hook>.+?) -->$", re.S | re.M
)
COMMAND = re.compile(r"^\$ (?P<command>.*)\n(?P<shown>(?:(?!\$ ).*\n)*)", re.M)
KILLED, OTHER, FORGOTTEN = (part["hook"] for part in PART.finditer(PAGE) if part["hook"])
WORKERS = 2


class Machine:
    """The home of a teacher who follows the page. said : what each `grade` wrote, with its code."""

    def __init__(self, home: Path) -> None:
        self.home, self.said, self.running = home, [], []
        self.made = opened(written(home / "course"))
        for number in range(12):
            kind = (MOVING_AVERAGE, PADDED)[number % 2]
            answers = {**RIGHT, "moving_average_solution": kind}
            self.made.hand_in(f"student-{number:02}", answers)
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        self.environment = {
            "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
            "HOME": str(home),
            "PYTHONPATH": str(ROOT),
            "DASK_CONFIG": str(home / "cluster" / "dask.yaml"),
            "OMP_NUM_THREADS": "1",
            "OPENBLAS_NUM_THREADS": "1",
        }

    def here(self, text: str) -> str:
        """The page's words, for this machine and this course."""
        text = text.replace("HOST", "127.0.0.1").replace("8786", str(self.port))
        return text.replace("--nworkers -1", f"--nworkers {WORKERS}").replace(
            "05_update_rules", LESSON
        )

    def start(self, command: str, shown: str, **settings: str) -> subprocess.Popen:
        """Start a program that goes on, and wait until it has said what the page shows."""
        host = ["--host", "127.0.0.1"] if "scheduler" in command else []
        log = self.home / f"{len(self.running)}.log"
        with log.open("wb") as file:
            process = subprocess.Popen(
                [*shlex.split(self.here(command)), *host],
                cwd=self.home,
                env={**self.environment, **settings},
                stdout=file,
                stderr=subprocess.STDOUT,
            )
        self.running.append((process, log))
        wait_until(lambda: agrees(self.here(shown).replace("  ", " "), words(log)), process, log)
        return process

    def grade(self, command: str, hook: str = "") -> None:
        environment = {**self.environment, "COLUMNS": "300"}
        if hook == FORGOTTEN:
            del environment["DASK_CONFIG"]
        with subprocess.Popen(
            [*shlex.split(self.here(command)), "--course", str(self.made.course.root)],
            cwd=self.home,
            env=environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        ) as process:
            if hook == KILLED:
                graded = self.made.course.autograded
                wait_until(lambda: any(graded.glob("*/*/*.ipynb")), process)
                os.kill(self.workers()[0], signal.SIGKILL)
            output, _ = process.communicate(timeout=300)
        course = f" --course {self.made.course.root.relative_to(self.home)}"
        self.said.append((output.replace(course, ""), process.returncode))

    def workers(self) -> list[int]:
        """The processes that `dask worker` keeps, one a worker."""
        (nanny, _) = self.running[1]
        children = psutil.Process(nanny.pid).children()
        return [child.pid for child in children if "spawn_main" in " ".join(child.cmdline())]

    def worker_of_another_version(self) -> None:
        info = self.home / "other" / "numpy-2.0.0.dist-info"
        info.mkdir(parents=True)
        (info / "METADATA").write_text("Metadata-Version: 2.1\nName: numpy\nVersion: 2.0.0\n")
        command = "dask worker tls://HOST:8786 --nworkers 1 --nthreads 1"
        path = os.pathsep.join([str(info.parent), str(ROOT)])
        self.start(command, "...Registered to: tls://HOST:8786\n...\n", PYTHONPATH=path)

    def close(self) -> None:
        for process, _ in reversed(self.running):
            for child in psutil.Process(process.pid).children(recursive=True):
                child.kill()
            process.kill()
            process.wait()


def words(log: Path) -> str:
    return re.sub(" +", " ", log.read_text(encoding="utf-8"))


def wait_until(happens, process, log=None, seconds=120):
    end = time.monotonic() + seconds
    while not happens():
        assert process.poll() is None, log and words(log)
        assert time.monotonic() < end, log and words(log)
        time.sleep(0.1)


@pytest.fixture(scope="module")
def played(tmp_path_factory):
    machine = Machine(tmp_path_factory.mktemp("home"))
    hook, shown = "", []
    try:
        for part in PART.finditer(PAGE.partition("\n## SLURM")[0]):
            if part["hook"]:
                hook = part["hook"]
            elif part["kind"] == "sh":
                home = {"cwd": machine.home, "env": machine.environment}
                subprocess.run(["bash", "-ec", part["block"]], check=True, **home)
            elif part["kind"] == "console":
                for command, lines in COMMAND.findall(part["block"]):
                    if command.startswith("dask"):
                        machine.start(command, lines)
                        continue
                    if hook == OTHER:
                        machine.worker_of_another_version()
                    machine.grade(command, hook)
                    shown.append(machine.here(lines))
        yield machine, shown
    finally:
        machine.close()


def test_each_command_says_what_the_page_shows(played):
    machine, shown = played
    assert [code for _, code in machine.said] == [0, 2, 2]
    for (output, _), lines in zip(machine.said, shown, strict=True):
        assert agrees(lines, output), output


def test_a_worker_was_killed_and_started_again_and_everybody_has_the_right_marks(played):
    machine, _ = played
    assert "signal 9" in words(machine.running[1][1])
    assert len(machine.workers()) == WORKERS
    points = [row.score for row in rows(machine.made.course, LESSON)]
    assert len(points) == 12
    assert len(set(points[::2])) == len(set(points[1::2])) == 1
    assert points[0] > points[1] > 0


def test_the_certificates_key_is_its_owners_alone(played):
    folder = played[0].home / "cluster"
    assert folder.stat().st_mode & 0o077 == 0
    assert (folder / "cluster.key").stat().st_mode & 0o077 == 0


def test_what_was_not_run_is_at_least_well_formed():
    slurm, kubernetes = re.findall(r"^```yaml\n(.*?)^```$", PAGE, re.S | re.M)
    assert yaml.safe_load(slurm)["jobqueue"]["slurm"]["cores"] == 1
    spec = yaml.safe_load(kubernetes)["spec"]
    (scheduler,), (worker,) = (spec[x]["spec"]["containers"] for x in ("scheduler", "worker"))
    assert scheduler["env"] == worker["env"]
    (program,) = re.findall(r"^```python\n(.*?)^```$", PAGE, re.S | re.M)
    compile(program, "cluster.md", "exec")
