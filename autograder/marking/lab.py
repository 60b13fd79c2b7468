"""In JupyterLab started beside a course: the page, and a menu entry, *Nbgrader > Mark Answers*.

``init`` turns this extension on, for the environment that it runs in. Where JupyterLab is started
with no course in sight, it does nothing. Behind JupyterHub, its log-in stands before the page.
"""

from __future__ import annotations

import getpass
import json
import os
import sys
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import quote

from ..course import CONFIG, Course

if TYPE_CHECKING:
    from jupyter_server.serverapp import ServerApp

__all__ = ["ADDRESS", "default_grader", "enable", "page_on_hub"]

ADDRESS = "autograder/mark"
_BELOW = "course"
"""A course directory in the folder where JupyterLab was started."""


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
    folders = (Path(app.root_dir), Path.cwd())
    for path in (place for folder in folders for place in (folder, folder / _BELOW)):
        if (path / CONFIG).is_file() and Course(path).source.is_dir():
            return Course(path)
    return None


# ---------------------------------------------------------------------------- what is around it


def enable() -> bool:
    """Turn the extension on in this environment; True if it was not, and now is.

    On a hub, whose environment is often not the user's, for all environments of the user.
    """
    value = {"ServerApp": {"jpserver_extensions": {__name__: True}}}
    folders = [Path(sys.prefix, "etc", "jupyter")]
    if "JUPYTERHUB_USER" in os.environ:
        folders.append(Path(os.environ.get("JUPYTER_CONFIG_DIR") or Path.home() / ".jupyter"))
    paths = [folder / "jupyter_server_config.d" / "autograder.json" for folder in folders]
    if any(path.exists() for path in paths):
        return False
    for path in paths:
        with suppress(OSError):
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(json.dumps(value, indent=2) + "\n", encoding="utf-8")
            return True
    return False


def page_on_hub(assignment: str) -> str:
    """The page's address on the hub in whose terminal this runs; "" outside of one.

    A server of its own would listen on the hub's machine, where no browser of the user's is.
    """
    own_server = os.environ.get("JUPYTERHUB_SERVICE_PREFIX", "")
    where = os.environ.get("JUPYTERHUB_PUBLIC_URL") or own_server  # the hub may not know its name
    return f"{where}{ADDRESS}/{quote(assignment, safe='')}" if own_server else ""
