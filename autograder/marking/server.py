"""The page's address on a Jupyter server: who may ask, what they may ask, what they are answered.

==============================================  ===================================================
``GET  autograder/mark``                        the assignments, and how many answers wait
``GET  autograder/mark/ASSIGNMENT``             the page; ``?question=NAME`` opens one question
``GET  autograder/mark/page/FILE``              the page's style and scripts
``POST autograder/mark/ASSIGNMENT/api/ACTION``  a method of :class:`~.desk.Desk`: its arguments as
                                                a JSON object, its result as another
==============================================  ===================================================

Whoever asks must be logged in as Jupyter knows it (a token or a cookie; behind JupyterHub, as the
server's owner), for every one of these, and an action must carry Jupyter's XSRF token. A mistake is
answered by ``{"message": ...}``, which the page shows.
"""

from __future__ import annotations

import inspect
from collections import OrderedDict
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from html import escape
from importlib import resources
from typing import Any, get_type_hints
from urllib.parse import quote

import msgspec
from jupyter_server.base.handlers import APIHandler, JupyterHandler
from jupyter_server.utils import url_path_join
from tornado import web
from tornado.ioloop import IOLoop

from ..course import Course
from ..errors import AutograderError
from .desk import ACTIONS, Desk
from .todo import waiting_of_course

__all__ = ["MAX_BODY", "Desks", "add_handlers"]

MAX_BODY = 1_000_000
"""Bytes of a request. A comment has no need of more."""
_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; "
    "img-src 'self' data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
_TYPES = {"css": "text/css", "js": "text/javascript"}
_OPEN = 4
"""Assignments that are held in memory at once."""


class Desks:
    """The desks of one grader. Each works in a thread of its own, one request after the other."""

    def __init__(self, course: Course, grader: str) -> None:
        self.course = course
        self.grader = grader
        self._desks: OrderedDict[str, tuple[ThreadPoolExecutor, list[Desk]]] = OrderedDict()
        self._reader = ThreadPoolExecutor(1)

    def knows(self, assignment: str) -> bool:
        """Whether the course has this assignment, by this very name."""
        return any(folder.name == assignment for folder in self.course.source.glob("*"))

    async def do(self, assignment: str, work: Callable[[Desk], Any]) -> Any:
        """What `work` returns, called with the assignment's desk in its thread."""
        thread, desks = self._desks.setdefault(assignment, (ThreadPoolExecutor(1), []))
        self._desks.move_to_end(assignment)
        while len(self._desks) > _OPEN:
            self._desks.popitem(last=False)[1][0].shutdown(wait=False)

        def run() -> Any:
            if not desks:
                desks.append(Desk(self.course, assignment, self.grader))
            return work(desks[0])

        return await IOLoop.current().run_in_executor(thread, run)

    async def waiting(self) -> Mapping[str, int]:
        """How many answers wait, by assignment."""
        loop = IOLoop.current()
        return await loop.run_in_executor(self._reader, waiting_of_course, self.course)


def add_handlers(app: web.Application, address: str, desks: Desks) -> None:
    """Serve the page and its actions on a Jupyter server, at an address below its own."""
    address = url_path_join(app.settings["base_url"], address)
    about = {"desks": desks}
    app.add_handlers(
        ".*$",
        [
            (rf"{address}", _List, about),
            (rf"{address}/page/([a-z]+)\.(css|js)", _File),
            (rf"{address}/([^/]+)", _Page, about),
            (rf"{address}/([^/]+)/api/([a-z_]+)", _Action, about),
        ],
    )


class _Private:
    """What all answers say to the browser: keep nothing, load nothing from elsewhere."""

    @property
    def content_security_policy(self) -> str:
        return _POLICY

    def set_default_headers(self) -> None:
        super().set_default_headers()  # type: ignore[misc]
        for name, value in (
            ("Content-Security-Policy", _POLICY),
            ("Cache-Control", "no-store"),
            ("X-Content-Type-Options", "nosniff"),
            ("Referrer-Policy", "same-origin"),
            ("Cross-Origin-Resource-Policy", "same-origin"),
        ):
            self.set_header(name, value)  # type: ignore[attr-defined]


class _List(_Private, JupyterHandler):
    def initialize(self, desks: Desks) -> None:
        self.desks = desks

    @web.authenticated
    async def get(self) -> None:
        try:
            waiting = await self.desks.waiting()
        except AutograderError as error:
            self.set_status(409)
            self.finish(_list_page(f"<p>{escape(str(error))}</p>"))
            return
        lines = "".join(
            f'<li><a href="mark/{quote(name, safe="")}">'
            f"{escape(name)}</a>: {'nothing waits' if not count else f'{count} wait'}</li>"
            for name, count in waiting.items()
        )
        self.finish(_list_page(f"<ul>{lines}</ul>" if lines else "<p>Nothing is graded yet.</p>"))


class _Page(_Private, JupyterHandler):
    def initialize(self, desks: Desks) -> None:
        self.desks = desks

    @web.authenticated
    def get(self, assignment: str) -> None:
        if not self.desks.knows(assignment):
            raise web.HTTPError(404)
        _ = self.xsrf_token  # makes the cookie that the script sends back
        self.finish(_page_file("mark.html"))


class _File(_Private, APIHandler):
    @web.authenticated
    def get(self, name: str, kind: str) -> None:
        try:
            text = _page_file(f"{name}.{kind}")
        except FileNotFoundError:
            raise web.HTTPError(404) from None
        self.finish(text, set_content_type=f"{_TYPES[kind]}; charset=utf-8")


class _Action(_Private, APIHandler):
    def initialize(self, desks: Desks) -> None:
        self.desks = desks

    @web.authenticated
    async def post(self, assignment: str, action: str) -> None:
        if action not in ACTIONS or not self.desks.knows(assignment):
            self._refuse(404, f"There is no {action!r} of {assignment!r}.")
        elif len(self.request.body) > MAX_BODY:
            self._refuse(413, "That is too much to be saved at once.")
        else:
            try:
                values = msgspec.json.decode(self.request.body or b"{}", type=_arguments(action))
                arguments = msgspec.structs.asdict(values)
                self.finish(
                    msgspec.json.encode(
                        await self.desks.do(
                            assignment, lambda desk: getattr(desk, action)(**arguments)
                        )
                    )
                )
            except msgspec.DecodeError as error:
                self._refuse(400, str(error))
            except AutograderError as error:
                self._refuse(409, str(error))
            except Exception:
                self.log.exception("autograder mark: %s", action)
                self._refuse(500, "That went wrong; the server's log says more.")

    def _refuse(self, status: int, message: str) -> None:
        self.set_status(status)
        self.finish({"message": message})


@cache
def _arguments(action: str) -> type[msgspec.Struct]:
    """The arguments of a desk's method, with their types and bounds."""
    method = getattr(Desk, action)
    types = get_type_hints(method, include_extras=True)
    parameters = list(inspect.signature(method).parameters.values())[1:]
    fields: list[Any] = [
        (one.name, types[one.name])
        if one.default is one.empty
        else (one.name, types[one.name], one.default)
        for one in parameters
    ]
    return msgspec.defstruct(action, fields, forbid_unknown_fields=True)


def _page_file(name: str) -> str:
    return (resources.files(__package__) / "page" / name).read_text(encoding="utf-8")


def _list_page(body: str) -> str:
    return (
        '<!doctype html><html lang="en"><head><meta charset="utf-8"><title>Mark answers</title>'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        '<link rel="stylesheet" href="mark/page/mark.css"></head><body><main><h1>Mark answers</h1>'
        f"{body}</main></body></html>"
    )
