"""Where the page is served: in JupyterLab started beside a course, or by a server of its own.

Installing this package turns the extension on (``jupyter/``). Where there is no
course it does nothing. With one, JupyterLab's menu has *Nbgrader > Mark Answers*; so also behind
JupyterHub, whose log-in then stands before it.
"""

from __future__ import annotations

import getpass
import logging
import os
import secrets
import signal
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlencode

from jupyter_server.serverapp import ServerApp
from jupyter_server.services.contents.manager import AsyncContentsManager
from traitlets.config import Config

from ..course import CONFIG, Course
from ..errors import AutograderError

__all__ = ["MarkingServer", "default_grader", "page_on_hub", "server"]

ADDRESS = "autograder/mark"
_ABOVE = "course"
"""A course directory in the folder where JupyterLab was started."""
_TOKEN_BYTES = 24


def default_grader() -> str:
    """The name of whoever runs this: on a hub, the name there."""
    name = os.environ.get("JUPYTERHUB_USER")
    try:
        return name or getpass.getuser()
    except (KeyError, OSError):  # an account without a name, as in some containers
        return "grader"


# ----------------------------------------------------------------------------------- in JupyterLab


def _jupyter_server_extension_points() -> list[dict[str, str]]:
    return [{"module": __name__}]


def _link_jupyter_server_extension(app: ServerApp) -> None:
    if _course_beside(app):
        folder = str(Path(__file__).parent / "labextensions")
        app.config.LabServerApp.extra_labextensions_path.extend([folder])


def _load_jupyter_server_extension(app: ServerApp) -> None:
    if course := _course_beside(app):
        from .server import Desks, add_handlers

        add_handlers(app.web_app, ADDRESS, Desks(course, default_grader()))
        app.log.info("autograder: marks answers in %s", course.root)


def _course_beside(app: ServerApp) -> Course | None:
    folder = Path(app.root_dir)
    for path in (folder, folder / _ABOVE):
        if (path / CONFIG).is_file() and Course(path).source.is_dir():
            return Course(path)
    return None


# ------------------------------------------------------------------------------ a server of its own


class _NoFiles(AsyncContentsManager):
    """Serves none: what Jupyter calls a manager of contents has an address of its own for them."""

    def get_extra_handlers(self) -> list[Any]:
        return []


class MarkingServer(ServerApp):
    """A Jupyter server that serves the page and nothing else: no files, no kernels.

    It asks nobody whether to stop, and reads no configuration: what a user has set for their
    JupyterLab (another address to listen on, no token) must not open the marks to others.
    """

    name = "autograder-mark"
    default_services = ()  # type: ignore[assignment]

    def load_config_file(self, suppress_errors: bool = True) -> None:  # type: ignore[override]
        pass

    def init_signal(self) -> None:
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, lambda *_: self.stop(from_signal=True))

    def write_server_info_file(self) -> None:
        """Not written: it would hold the token."""


def server(
    course: Course, assignment: str, question: str, grader: str, port: int, browser: bool
) -> tuple[MarkingServer, str]:
    """A server for one course, ready to be started, and the page's address, with its token."""
    from .server import MAX_BODY, Desks, add_handlers

    token = secrets.token_hex(_TOKEN_BYTES)
    query = {"question": question} if question else {}
    path = f"/{ADDRESS}/{quote(assignment, safe='')}"
    settings: dict[str, Any] = {
        "ip": "127.0.0.1",
        "port": port,
        "port_retries": 0,
        "allow_root": True,
        "contents_manager_class": _NoFiles,
        "open_browser": browser,
        "cookie_secret": secrets.token_bytes(32),
        "default_url": f"{path}?{urlencode(query)}" if query else path,
        "max_body_size": MAX_BODY,
        "log_level": logging.ERROR,
    }
    app = MarkingServer(config=Config(ServerApp=settings, IdentityProvider={"token": token}))
    app.no_browser_open_file = not browser
    try:
        app.initialize([], find_extensions=False)
    except SystemExit:  # Jupyter's way to say so
        raise AutograderError(f"--port must be one that is free, got {port}") from None
    add_handlers(app.web_app, ADDRESS, Desks(course, grader))
    query["token"] = token
    return app, f"http://127.0.0.1:{app.port}{path}?{urlencode(query)}"


def page_on_hub(assignment: str) -> str:
    """The page's address on the hub in whose terminal this runs; "" outside of one.

    A server of its own would listen on the hub's machine, where no browser of the user's is.
    """
    server_address = os.environ.get("JUPYTERHUB_SERVICE_PREFIX", "")
    host = os.environ.get("JUPYTERHUB_HOST", "").rstrip("/")
    path = f"{server_address}{ADDRESS}/{quote(assignment, safe='')}"
    return f"{host}{path}" if server_address else ""
