"""Run a probe on a student's functions, and record what happens.

A *probe* is a short function, passed as source text. It receives the answers of an exercise (the
student's functions, in order) and some inputs, and returns a dict of named results. It holds no
expected value, so it may run beside the student's code: in the notebook at home, and in the
sandboxed kernel when graded.
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
"""How many characters are kept of what a student's code prints during one probe."""


@dataclass(frozen=True)
class Outcome:
    """What happened when a probe ran. All fields are plain values.

    status: "ok"; "missing" (an answer's name is not defined); "not written" (it is still the
    stub); "error" (an exception); "lost" (the process ended or took too long).
    """

    status: str = "ok"
    values: dict[str, Any] = field(default_factory=dict)
    warnings: list[str] = field(default_factory=list)
    changed: list[str] = field(default_factory=list)
    """Names of the inputs that the probe changed."""
    printed: str = ""
    error: str = ""
    """For "error" the traceback, cut to the student's lines; for other statuses a message."""

    def to_value(self) -> dict[str, Any]:
        return asdict(self)

    @classmethod
    def from_value(cls, value: Any) -> Outcome:
        """Rebuild an outcome from an untrusted value; raises BadValue if it has another form."""
        kinds = {"status": str, "values": dict, "printed": str, "error": str}
        if not isinstance(value, dict) or set(value) != {item.name for item in fields(cls)}:
            raise BadValue("an outcome must have exactly the fields of Outcome")
        for name, item in value.items():
            if name in kinds and not isinstance(item, kinds[name]):
                raise BadValue(f"{name} must be a {kinds[name].__name__}")
            if name not in kinds:
                if not isinstance(item, list) or not all(isinstance(line, str) for line in item):
                    raise BadValue(f"{name} must be a list of text")
                value[name] = [line[:500] for line in item[:20]]
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
    inputs : plain values; the probe receives a copy.

    >>> def double(x): return 2 * x
    >>> ask = "def probe(f, x): return {'y': f(x)}"
    >>> run(ask, ["double"], {"x": 4.0}, {"double": double}).values
    {'y': 8.0}
    """
    missing = [name for name in names if name not in namespace]
    if missing:
        return Outcome("missing", error=f"`{missing[0]}` is not defined yet.")
    filename = _register_source(source)
    answers = [namespace[name] for name in names]
    probe_inputs = copy.deepcopy(dict(inputs))
    printed = _BoundedText(PRINT_LIMIT)
    values: dict[str, Any] = {}
    status, error = "ok", ""
    with _captured(printed) as caught:
        try:
            scope: dict[str, Any] = {"np": np}
            code, defined = _compiled(source, filename)
            exec(code, scope)
            probe = next(item for key, item in reversed(scope.items()) if key in defined)
            result = probe(*answers, **probe_inputs)
            whole = plain({str(key): item for key, item in result.items()})
            values = whole if isinstance(whole, dict) else {"the result": whole}
        except NotImplementedError as exception:
            status, error = "not written", _student_traceback(exception, filename)
        except (Exception, SystemExit) as exception:
            status, error = "error", _student_traceback(exception, filename)
    return Outcome(
        status=status,
        values=values,
        warnings=[f"{item.category.__name__}: {item.message}"[:300] for item in caught[:20]],
        changed=[name for name in inputs if not _unchanged(inputs[name], probe_inputs[name])],
        printed=printed.getvalue(),
        error=error,
    )


@lru_cache(maxsize=64)
def _compiled(source: str, filename: str) -> tuple[CodeType, list[str]]:
    """The probe's code, and the names of the functions in it."""
    nodes = ast.parse(source).body
    defined = [node.name for node in nodes if isinstance(node, ast.FunctionDef)]
    return compile(source, filename, "exec"), defined


def _register_source(source: str) -> str:
    """Make the probe's lines known to tracebacks."""
    filename = f"<check {abs(hash(source)):x}>"
    linecache.cache[filename] = (len(source), None, source.splitlines(keepends=True), filename)
    return filename


class _BoundedText(io.StringIO):
    def __init__(self, limit: int) -> None:
        super().__init__()
        self._left = limit

    def write(self, text: str) -> int:
        if self._left > 0:
            super().write(text[: self._left])
        self._left -= len(text)
        return len(text)


@contextlib.contextmanager
def _captured(printed: io.StringIO) -> Iterator[list[warnings.WarningMessage]]:
    """Keep prints, warnings and ``input()`` of the code inside away from the notebook."""

    def no_input(prompt: object = "") -> str:
        raise RuntimeError("input() cannot be used here: nobody can answer it during a check.")

    real_input = builtins.input
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
            builtins.input = real_input


_LIBRARIES = tuple(
    os.path.normcase(sysconfig.get_path(name)) + os.sep for name in ("stdlib", "purelib", "platlib")
)
_HERE = os.path.normcase(os.path.dirname(__file__)) + os.sep


def _student_traceback(exception: BaseException, probe_file: str) -> str:
    """The traceback, cut to the student's lines; to the probe's call if there are none."""
    summary = traceback.TracebackException.from_exception(exception, limit=-60)
    student_frames, probe_frames = [], []
    for frame in summary.stack:
        path = os.path.normcase(frame.filename)
        if frame.filename == probe_file:
            probe_frames.append(frame)
        elif not path.startswith((_HERE, *_LIBRARIES, "<frozen", "<__array_function__")):
            student_frames.append(frame)
    lines = [f"in {f.name}, line {f.lineno}:  {f.line}" for f in student_frames[-6:]]
    if not student_frames and probe_frames:
        lines = [f"when the check ran:  {probe_frames[-1].line}"]
    message = "".join(summary.format_exception_only()).strip()
    if not student_frames and "NoneType" in message:
        lines.append("(your function returned None: is there a `return`?)")
    elif not student_frames and "unpack" in message:
        lines.append("(does your function return exactly what its docstring says, in that order?)")
    return "\n".join([*lines, message[:500]])


def _unchanged(before: Any, after: Any) -> bool:
    if isinstance(before, np.ndarray):
        return (
            isinstance(after, np.ndarray)
            and before.shape == after.shape
            and before.dtype == after.dtype
            and before.tobytes() == after.tobytes()
        )
    if isinstance(before, dict):
        return before.keys() == after.keys() and all(
            _unchanged(before[k], after[k]) for k in before
        )
    if isinstance(before, (list, tuple)):
        return len(before) == len(after) and all(
            _unchanged(b, a) for b, a in zip(before, after, strict=True)
        )
    return type(before) is type(after) and (before == after or before != before)
