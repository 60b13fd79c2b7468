"""A Jupyter server that serves the page of ``mark`` and nothing else."""

from __future__ import annotations

import logging
import secrets
import signal
from typing import Any
from urllib.parse import quote, urlencode

from jupyter_server.serverapp import ServerApp
from jupyter_server.services.contents.manager import AsyncContentsManager
from traitlets.config import Config

from ..course import Course
from ..errors import AutograderError
from .lab import ADDRESS
from .server import MAX_BODY, Desks, add_handlers

__all__ = ["MarkingServer", "server"]

_TOKEN_BYTES = 24


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
        "max_body_size": 4 * MAX_BODY,  # between the two, the page is told why
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
