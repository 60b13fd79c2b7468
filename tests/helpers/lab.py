"""A JupyterLab server for tests in a real browser, with a home folder of its own."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

__all__ = ["jupyter_lab"]

NO_NEWS = '{"fetchNews": "false", "checkForUpdates": false}'


@contextmanager
def jupyter_lab(folder: Path, home: Path) -> Iterator[Callable[[str], str]]:
    """A JupyterLab server in `folder`; yields a function that makes its URLs."""
    settings = home / ".jupyter/lab/user-settings/@jupyterlab/apputils-extension"
    settings.mkdir(parents=True)
    (settings / "notification.jupyterlab-settings").write_text(NO_NEWS, encoding="utf-8")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [
        *(sys.executable, "-m", "jupyterlab", "--no-browser", f"--port={port}", "--allow-root"),
        *("--IdentityProvider.token=t", "--LabApp.expose_app_in_browser=True"),
    ]
    programs = os.path.dirname(sys.executable)
    environment = {
        **os.environ,
        "HOME": str(home),
        "PATH": f"{programs}{os.pathsep}{os.environ['PATH']}",
    }
    log = (home / "log").open("w", encoding="utf-8")
    server = subprocess.Popen(command, cwd=folder, env=environment, stdout=log, stderr=log)
    try:
        for _ in range(300):
            with socket.socket() as knock:
                if knock.connect_ex(("127.0.0.1", port)) == 0:
                    break
            time.sleep(0.2)
        yield lambda path: f"http://127.0.0.1:{port}/{path}?token=t"
    finally:
        server.terminate()
        server.wait()
        log.close()
