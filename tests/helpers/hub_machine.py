"""A machine of its own for a JupyterHub: what docs/hub.md says, done in private name spaces.

Its users, their passwords and its folders are in a copy of ``/etc`` and in an empty ``/srv`` that
no other process of this machine sees, and that are gone when the first process ends.
"""

from __future__ import annotations

import os
import re
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import requests

from helpers import ROOT

PAGE = (ROOT / "docs" / "hub.md").read_text(encoding="utf-8")
PROXY = Path(sys.prefix) / "lib" / "hub"
HUB = Path("/srv/jupyterhub")
PASSWORD = "correct horse battery staple"
CLONED = ("autograder", "cs231n_lib", "notebooks")

# bash, as it also reaps orphans, which the first process of a machine has to do.
# $1: a folder for this run; $2: the environment; $3: npm's folder with the proxy; $4: this Python;
# $5: the home folder that it is in, if that is closed to other users (pyenv).
# The environment is shown twice, and in neither with this checkout in it: students' has no course
# at all, the teacher's has the teacher's own clone.
MACHINE = """
set -e
mkdir "$1/etc" "$1/srv" "$1/home" "$1/python"
cp -a /etc/. "$1/etc"
mount --bind "$1/etc" /etc
mount --bind "$1/srv" /srv
useradd --defaults --base-dir /srv/home
mkdir -p /srv/home /srv/jupyterhub/env /srv/jupyterhub/proxy
mount --bind "$2" /srv/jupyterhub/env
mount --bind "$3" /srv/jupyterhub/proxy
for link in /srv/jupyterhub/env/lib/python3*/site-packages/__editable__.cs231n_course-*.pth; do
    mount --bind /dev/null "$link"
done
if [ -n "$5" ]; then
    mount --bind "$4" "$1/python"
    mount --bind "$1/home" "$5"
    mkdir -p "$4"
    mount --bind "$1/python" "$4"
fi
echo ready
read -r _
"""


def page_block(after: str, language: str = "python") -> str:
    """What the page shows after a paragraph with these words in it."""
    paragraph = rf"{re.escape(after)}(?:(?!\n\n).)*\n\n"
    (text,) = re.findall(rf"{paragraph}```{language}\n(.*?)^```", PAGE, re.M | re.S)
    return text


def page_file(path: str) -> str:
    """The file that the page shows after its name, which begins a paragraph."""
    return page_block(f"\n\n`{path}`")


def page_commands(after: str) -> str:
    """The commands that the page shows after a paragraph with these words in it."""
    return page_block(after, "sh")


def free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return free.getsockname()[1]


def closed_home(path: Path) -> str:
    """The first folder above `path` that only its owner may enter; "" if there is none."""
    above = reversed(path.parents)
    return next((str(folder) for folder in above if not folder.stat().st_mode & 1), "")


def with_programs(user: str, script: str) -> str:
    """The script, with the Python of this user."""
    home = "~/cs231n/.venv" if user == "teacher" else HUB / "env"
    return f"set -e\nexport PATH={home}/bin:$PATH\n{script}"


class Machine:
    """Users, folders and files as on the page. `run` does something there as one of them."""

    def __init__(self) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="hub-"))
        self.folder.chmod(0o755)
        self._first = subprocess.Popen(
            [
                *("unshare", "--mount", "--pid", "--fork", "--kill-child", "--mount-proc"),
                *("bash", "-c", MACHINE, "bash", str(self.folder), sys.prefix, str(PROXY)),
                *(sys.base_prefix, closed_home(Path(sys.base_prefix))),
            ],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        said = self._first.stdout.readline()
        assert said == "ready\n", said  # else nothing may be done: this would be the real machine
        children = Path(f"/proc/{self._first.pid}/task/{self._first.pid}/children")
        self._inside = children.read_text().split()[0]

    def furnish(self) -> None:
        """The page's files, users and folders, and the teacher's clone."""
        self.write(HUB / "jupyterhub_config.py", page_file(str(HUB / "jupyterhub_config.py")))
        self.write("/etc/jupyter/nbgrader_config.py", page_file("/etc/jupyter/nbgrader_config.py"))
        self.run("root", page_commands("Users and folders, as root"))
        self.users = re.findall(r"for name in (.*?);", PAGE)[0].split()
        self.run("root", "chpasswd", *(f"{user}:{PASSWORD}\n" for user in self.users))
        self._clone()

    def _clone(self) -> None:
        """The teacher's clone: with an environment that has this clone's course in it."""
        clone = self.folder / "srv" / "home" / "teacher" / "cs231n"
        leave = shutil.ignore_patterns("__pycache__", ".ipynb_checkpoints")
        for name in CLONED:
            shutil.copytree(ROOT / name, clone / name, ignore=leave)
        (clone / ".venv").mkdir()
        self.run(
            "root",
            f"""
            cd ~teacher/cs231n && chown -R teacher: . && mount --bind {sys.prefix} .venv
            echo ~teacher/cs231n > {self.folder}/course.pth && chmod 644 {self.folder}/course.pth
            for link in .venv/lib/python3*/site-packages/__editable__.cs231n_course-*.pth; do
                mount --bind {self.folder}/course.pth $link
            done
            """,
        )

    def command(self, user: str, script: str) -> list[str]:
        """A command line that runs a shell script there as this user, in their home folder."""
        enter = ["nsenter", f"--target={self._inside}", "--mount", "--pid", "--wd=/"]
        return [*enter, "runuser", "--login", user, "--command", script]

    def try_(self, user: str, script: str, *lines: str) -> subprocess.CompletedProcess[str]:
        """Run a shell script there; `lines` are its standard input."""
        return subprocess.run(
            self.command(user, with_programs(user, script)),
            input="".join(lines),
            capture_output=True,
            text=True,
            check=False,
        )

    def run(self, user: str, script: str, *lines: str) -> str:
        """The same, and it must succeed: what it printed."""
        done = self.try_(user, script, *lines)
        assert done.returncode == 0, f"as {user}: {script}\n{done.stdout}{done.stderr}"
        return done.stdout

    @contextmanager
    def running(self, user: str, script: str) -> Iterator[subprocess.Popen[str]]:
        """A command that runs there until it is stopped by Ctrl-C at the end of the block."""
        script = with_programs(user, f"echo $$ > ~/running\nexec {script}")
        with subprocess.Popen(
            self.command(user, script), stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
        ) as process:
            try:
                yield process
            finally:
                self.run(user, "kill -INT $(cat ~/running)")

    def write(self, path: str | Path, text: str) -> None:
        self.run("root", f"mkdir -p {Path(path).parent} && cat > {path}", text)

    def close(self) -> None:
        self._first.communicate("", timeout=20)  # at the end of its input, it ends
        shutil.rmtree(self.folder)


class Hub:
    """JupyterHub on that machine, with the page's file; its ports are the only thing changed."""

    def __init__(self, machine: Machine, log: Path) -> None:
        self.url = f"http://127.0.0.1:{free_port()}"
        self.log, self.machine = log, machine
        start = (
            f"echo $$ > {HUB}/state/pid;"
            f" exec {HUB}/env/bin/python -m jupyterhub -f {HUB}/jupyterhub_config.py"
            f" --JupyterHub.bind_url={self.url} --JupyterHub.hub_port={free_port()}"
            f" --ConfigurableHTTPProxy.api_url=http://127.0.0.1:{free_port()}"
        )
        with log.open("w", encoding="utf-8") as out:
            self._process = subprocess.Popen(machine.command("root", start), stdout=out, stderr=out)

    def wait(self) -> None:
        self.until("the hub answers", lambda: requests.get(f"{self.url}/hub/api", timeout=5).ok)

    def until(self, what: str, true: Any) -> None:
        for _ in range(240):
            assert self._process.poll() is None, self.log.read_text(encoding="utf-8")
            try:
                if true():
                    return
            except requests.ConnectionError:
                pass
            time.sleep(0.25)
        raise AssertionError(f"{what}: not in a minute\n{self.log.read_text(encoding='utf-8')}")

    def close(self) -> None:
        """Stop it, and with it all servers."""
        if self._process.poll() is None:
            self.machine.run("root", f"kill $(cat {HUB}/state/pid)")
            self._process.wait(timeout=60)


class Browser:
    """A user who has logged in with their password: what their JupyterLab asks for."""

    def __init__(self, hub: Hub, user: str) -> None:
        self.hub, self.user = hub, user
        with requests.Session() as session:
            session.get(f"{hub.url}/hub/login", timeout=30)
            form = {"username": user, "password": PASSWORD, "_xsrf": session.cookies["_xsrf"]}
            at = {"url": f"{hub.url}/hub/login", "data": form, "allow_redirects": False}
            assert session.post(**at, timeout=30).status_code == 302, f"{user} cannot log in"
            # Their own token, as the page "Token" of the hub makes it.
            answer = session.post(
                f"{hub.url}/hub/api/users/{user}/tokens",
                headers={"X-XSRFToken": session.cookies["_xsrf"]},
                timeout=30,
            )
        assert answer.status_code == 201, answer.text
        self._token = answer.json()["token"]

    def ask(self, method: str, path: str, **more: Any) -> requests.Response:
        header = {"Authorization": f"token {self._token}"}
        return requests.request(method, self.hub.url + path, headers=header, timeout=120, **more)

    def terminal(self) -> str:
        """What a terminal of their server has in its environment, as lines of a shell."""
        return f"export JUPYTERHUB_USER={self.user} JUPYTERHUB_API_TOKEN={self._token}\n"

    def start(self) -> None:
        """Start this user's server."""
        answer = self.ask("POST", f"/hub/api/users/{self.user}/server")
        assert answer.status_code in (201, 202), answer.text

    def wait(self) -> None:
        self.hub.until(
            f"the server of {self.user}",
            lambda: self.ask("GET", f"/hub/api/users/{self.user}").json()["server"],
        )

    def server(self, method: str, path: str, **more: Any) -> Any:
        """Ask one's own server; its answer."""
        answer = self.ask(method, f"/user/{self.user}/{path}", **more)
        assert answer.ok, answer.text
        return answer.json()

    def assignment(self, action: str, notebook: str) -> list[dict[str, Any]]:
        """A button of the Assignment List: fetch, submit or fetch_feedback."""
        about = {"course_id": "cs231n", "assignment_id": notebook}
        answer = self.server("POST", f"assignments/{action}", json=about)
        assert answer["success"], answer
        return answer["value"]

    def open(self, path: str) -> dict[str, Any]:
        return self.server("GET", f"api/contents/{path}")["content"]

    def save(self, path: str, notebook: dict[str, Any]) -> None:
        body = {"type": "notebook", "format": "json", "content": notebook}
        self.server("PUT", f"api/contents/{path}", json=body)


def may_enter() -> bool:
    """Whether this user may make such a machine: root, with the right to mount."""
    if os.name != "posix" or os.geteuid() != 0 or not shutil.which("unshare"):
        return False
    tried = subprocess.run(
        [
            "unshare",
            "--mount",
            "--pid",
            "--fork",
            "--mount-proc",
            "mount",
            "-t",
            "tmpfs",
            "t",
            "/srv",
        ],
        capture_output=True,
        check=False,
    )
    return tried.returncode == 0
