"""``python -m autograder mark``, started as in a terminal, and its page asked for things."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import requests

from autograder.course import Course
from helpers import ROOT

__all__ = ["Server", "running"]


class Server:
    """A server that runs; `session` is a browser that was opened with the address it printed."""

    def __init__(self, process: subprocess.Popen[str], address: str, printed: list[str]) -> None:
        self.process, self.address, self.printed = process, address, printed
        parts = urlsplit(address)
        self.page = f"{parts.scheme}://{parts.netloc}{parts.path}"
        self.root = f"{parts.scheme}://{parts.netloc}"
        self.token = parse_qs(parts.query)["token"][0]
        self.session = requests.Session()

    def open(self) -> requests.Response:
        """Follow the address that was printed."""
        answer = self.session.get(self.address, timeout=30)
        self.cookies = self.session.cookies.get_dict("127.0.0.1")
        self.xsrf = {"X-XSRFToken": self.cookies["_xsrf"]}
        return answer

    def ask(self, action: str, values: object = None, **more: object) -> requests.Response:
        """What the page's script does; the page must be open."""
        body = {"json": {} if values is None else values, "headers": self.xsrf, **more}
        return self.session.post(f"{self.page}/api/{action}", timeout=30, **body)

    def stop(self) -> int:
        """Ctrl-C; the exit code."""
        self.process.send_signal(signal.SIGINT)
        rest, _ = self.process.communicate(timeout=60)
        self.printed += rest.splitlines()
        return self.process.returncode


@contextmanager
def running(course: Course, assignment: str, *options: str, home: Path, **more: str):
    """A server for an assignment of a course, for somebody with this home folder."""
    command = [sys.executable, "-m", "autograder", "mark", assignment, *options]
    process = subprocess.Popen(
        [*command, "--course", str(course.root)],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        env={**os.environ, "HOME": str(home), "PYTHONUNBUFFERED": "1", **more},
    )
    try:
        printed = list(_until_the_address(process))
        words = [word for line in printed for word in line.split() if word.startswith("http://")]
        assert words, "\n".join(printed)
        yield Server(process, words[-1], printed)
    finally:
        process.kill()
        process.communicate()


def _until_the_address(process: subprocess.Popen[str]) -> Iterator[str]:
    for line in process.stdout:
        yield line.rstrip("\n")
        if "http://" in line:
            return
