"""Run a probe: ask a student's functions a question and record what happens, whatever happens.

A *probe* is a short function, carried as source text, that is given the answers of an exercise (the
student's functions, in order) and some inputs, and returns a dict of named results. It holds no
expected value, so it may run beside a student's code: at home in the notebook, at school in the
sandboxed kernel.
"""

from __future__ import annotations

import ast
import builtins
import contextlib
import copy
import io
import linecache
import os
import sysconfig
import traceback
import warnings
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, field, fields
from functools import lru_cache
from types import CodeType
from typing import Any

import numpy as np

from .values import BadValue, plain

__all__ = ["Outcome", "run"]

PRINT_LIMIT = 2_000
"""Most characters kept of what a student's code prints during one probe."""


@dataclass(frozen=True)
class Outcome:
    """What happened when a probe ran. All fields are plain values.

    status: "ok"; "missing" (an answer has no such name yet); "not written" (the stub is still
    there); "error" (an exception); "lost" (the process that ran it ended or took too long).
    """

    status: str = "ok"
    values: dict[str, Any] = field(default_factory=dict)
    warnings: list[str] = field(default_factory=list)
    changed: list[str] = field(default_factory=list)
    """Names of the inputs that no longer hold what they held before."""
    printed: str = ""
    error: str = ""
    """For "error" the traceback, cut to the student's lines; for the others, what to say."""

    def to_value(self) -> dict[str, Any]:
        return asdict(self)

    @classmethod
    def from_value(cls, value: Any) -> Outcome:
        """Rebuild an outcome from a stranger's value; raises BadValue where it has another form."""
        kinds = {"status": str, "values": dict, "printed": str, "error": str}
        if not isinstance(value, dict) or set(value) != {item.name for item in fields(cls)}:
            raise BadValue("an outcome must have exactly the fields of Outcome")
        for name, item in value.items():
            if name in kinds and not isinstance(item, kinds[name]):
                raise BadValue(f"{name} must be a {kinds[name].__name__}")
            if name not in kinds:
                if not isinstance(item, list) or not all(isinstance(each, str) for each in item):
                    raise BadValue(f"{name} must be a list of text")
                value[name] = [each[:500] for each in item[:20]]
        value["printed"] = value["printed"][:PRINT_LIMIT]
        value["error"] = value["error"][:4_000]
        return cls(**value)


def run(
    source: str, names: list[str], inputs: Mapping[str, Any], namespace: Mapping[str, Any]
) -> Outcome:
    """Run the probe `source` on the answers called `names` in `namespace`.

    Parameters
    ----------
    source : text of one function `probe(*answers, **inputs)` that uses only numpy (as `np`).
    names : names of the answers, looked up in `namespace`.
    inputs : plain values; the probe gets its own copy.

    >>> def double(x): return 2 * x
    >>> ask = "def probe(f, x): return {'y': f(x)}"
    >>> run(ask, ["double"], {"x": 4.0}, {"double": double}).values
    {'y': 8.0}
    """
    absent = [name for name in names if name not in namespace]
    if absent:
        return Outcome("missing", error=f"`{absent[0]}` is not defined yet.")
    filename = _register(source)
    answers = [namespace[name] for name in names]
    given = copy.deepcopy(dict(inputs))
    printed = _Bounded(PRINT_LIMIT)
    status, values, error = "ok", {}, ""
    with _quiet(printed) as caught:
        try:
            scope: dict[str, Any] = {"np": np}
            code, defined = _compiled(source, filename)
            exec(code, scope)
            probe = next(item for key, item in reversed(scope.items()) if key in defined)
            result = probe(*answers, **given)
            values = {str(key): plain(item) for key, item in result.items()}
        except NotImplementedError as exception:
            status, error = "not written", _cut(exception, filename)
        except (Exception, SystemExit) as exception:
            status, error = "error", _cut(exception, filename)
    return Outcome(
        status=status,
        values=values,
        warnings=[f"{item.category.__name__}: {item.message}"[:300] for item in caught[:20]],
        changed=[name for name in inputs if not _same(inputs[name], given[name])],
        printed=printed.getvalue(),
        error=error,
    )


@lru_cache(maxsize=64)
def _compiled(source: str, filename: str) -> tuple[CodeType, list[str]]:
    """The probe's code, and the names of the functions in it."""
    nodes = ast.parse(source).body
    defined = [node.name for node in nodes if isinstance(node, ast.FunctionDef)]
    return compile(source, filename, "exec"), defined


def _register(source: str) -> str:
    """Make the probe's lines known to tracebacks."""
    filename = f"<check {abs(hash(source)):x}>"
    linecache.cache[filename] = (len(source), None, source.splitlines(keepends=True), filename)
    return filename


class _Bounded(io.StringIO):
    def __init__(self, limit: int) -> None:
        super().__init__()
        self._left = limit

    def write(self, text: str) -> int:
        if self._left > 0:
            super().write(text[: self._left])
        self._left -= len(text)
        return len(text)


@contextlib.contextmanager
def _quiet(printed: io.StringIO) -> Iterator[list[warnings.WarningMessage]]:
    """Keep prints, warnings and questions of the code inside from reaching the notebook."""

    def no_input(prompt: object = "") -> str:
        raise RuntimeError("input() cannot be used here: nobody is there to answer during a check.")

    asked = builtins.input
    with (
        contextlib.redirect_stdout(printed),
        contextlib.redirect_stderr(printed),
        warnings.catch_warnings(record=True) as caught,
        np.errstate(divide="warn", over="warn", invalid="warn", under="ignore"),
    ):
        warnings.simplefilter("always")
        builtins.input = no_input
        try:
            yield caught
        finally:
            builtins.input = asked


_LIBRARIES = tuple(
    os.path.normcase(sysconfig.get_path(name)) + os.sep for name in ("stdlib", "purelib", "platlib")
)
_HERE = os.path.normcase(os.path.dirname(__file__)) + os.sep


def _cut(exception: BaseException, probe_file: str) -> str:
    """The traceback, cut to the lines of the student; to the probe's call where there are none."""
    summary = traceback.TracebackException.from_exception(exception, limit=-60)
    own, asked = [], []
    for frame in summary.stack:
        path = os.path.normcase(frame.filename)
        if frame.filename == probe_file:
            asked.append(frame)
        elif not path.startswith((_HERE, *_LIBRARIES, "<frozen", "<__array_function__")):
            own.append(frame)
    lines = [f"in {f.name}, line {f.lineno}:  {f.line}" for f in own[-6:]]
    if not own and asked:
        lines = [f"when the check ran:  {asked[-1].line}"]
    message = "".join(summary.format_exception_only()).strip()
    if not own and "NoneType" in message:
        lines.append("(your function gave None: is there a `return`?)")
    elif not own and "unpack" in message:
        lines.append("(does your function return just what its docstring says, in that order?)")
    return "\n".join([*lines, message[:500]])


def _same(before: Any, after: Any) -> bool:
    if isinstance(before, np.ndarray):
        return (
            isinstance(after, np.ndarray)
            and before.shape == after.shape
            and before.dtype == after.dtype
            and before.tobytes() == after.tobytes()
        )
    if isinstance(before, dict):
        return before.keys() == after.keys() and all(_same(before[k], after[k]) for k in before)
    if isinstance(before, (list, tuple)):
        return len(before) == len(after) and all(
            _same(b, a) for b, a in zip(before, after, strict=True)
        )
    return type(before) is type(after) and (before == after or before != before)
