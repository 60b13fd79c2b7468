"""How an exercise is described: once, and everything else is derived from it.

::

    Exercise(
        name="double",                           # also the id of its check cell
        slide="Arithmetic: doubling",            # what a student should read again
        answers=functions(arithmetic.double),    # the reference, under the names a student uses
        tests=[
            Test("doubles every element", twice, inputs=any_x, points=2),
        ],
        mistakes=[
            Mistake("squares", "`x*x` is a square; …", edit(arithmetic.double, ("2 * x", "x * x"))),
        ],
        styles=[Style("adds", {"double": lambda x: x + x})],
    )

with a *probe* that is given the answers, in order, and the inputs by name::

    def twice(double, x):
        return {"y": double(x)}

    def any_x(rng):
        return {"x": rng.normal(size=(4, 3))}

A probe is run on the reference, on the student and on each mistake, with the same inputs. It may
use numpy (as ``np``) and nothing else, because its source travels into the student's process. It
must not hold an expected value.
"""

from __future__ import annotations

import ast
import hmac
import inspect
import re
import textwrap
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import lru_cache
from typing import Any

import numpy as np

from .check.judge import Report, judge
from .check.pack import Case, MistakeText, Pack
from .check.probe import Outcome, run
from .check.values import plain

__all__ = [
    "PUBLIC",
    "Exercise",
    "Mistake",
    "Style",
    "Test",
    "choice",
    "edit",
    "functions",
    "source_of",
]

PUBLIC = b"public"
"""The key of the inputs that students have; a course's secret is the key of the hidden inputs."""


@dataclass(frozen=True)
class Test:
    """One test, with its points (all or nothing).

    Values must equal the reference's within ``|got - expected| <= atol + rtol |expected|``, unless
    there is a property `holds(inputs, values)` or `holds(inputs, values, expected)`, which returns
    "" or what is wrong; `expected` are the reference's values. A property's source lies in the
    students' packs: it must not hold the answer's formula. `quiet`: a warning fails the test.
    `untouched`: names of inputs that must not be changed.
    """

    __test__ = False  # pytest: not a test class

    name: str
    probe: Callable[..., dict[str, Any]]
    inputs: Callable[[np.random.Generator], dict[str, Any]] = lambda rng: {}
    points: float = 1
    rtol: float = 1e-6
    atol: float = 1e-9
    holds: Callable[..., str] | None = None
    quiet: bool = False
    untouched: Sequence[str] = ()
    why: str = ""
    """Said when the test is passed: why that is right."""


@dataclass(frozen=True)
class Mistake:
    """A known wrong answer, and the message for a student who gives it (never the right answer).

    `replaces` maps names of answers to wrong ones; the other answers are the reference's.
    `elsewhere`: the answer follows a convention that another book or library uses.
    """

    name: str
    message: str
    replaces: Mapping[str, Any]
    elsewhere: bool = False


@dataclass(frozen=True)
class Style:
    """Another right way to write the answer, which must get full points."""

    name: str
    replaces: Mapping[str, Any]


@dataclass(frozen=True)
class Exercise:
    name: str
    slide: str
    answers: Mapping[str, Any]
    tests: Sequence[Test]
    mistakes: Sequence[Mistake] = ()
    styles: Sequence[Style] = field(default=())
    changes: Sequence[str] = ()
    """Why the tests were changed: one line for each version after the first."""

    @property
    def version(self) -> int:
        """The version of the tests, from 1."""
        return 1 + len(self.changes)

    @property
    def points(self) -> float:
        return float(sum(test.points for test in self.tests))

    def pack(self, notebook: str, key: bytes = PUBLIC, number: int = 0) -> Pack:
        """The results of the reference and the mistakes on the inputs that `key` determines.

        notebook, number : the exercise's notebook, and its place among the notebook's exercises.
        """
        return Pack(
            exercise=self.name,
            notebook=notebook,
            slide=self.slide,
            names=list(self.answers),
            cases=[self._case(test, key) for test in self.tests],
            mistakes={m.name: MistakeText(m.message, m.elsewhere) for m in self.mistakes},
            number=number,
            changes=list(self.changes),
        )

    def _case(self, test: Test, key: bytes) -> Case:
        inputs = plain(test.inputs(_generator(key, self.name, test.name)))
        probe = source_of(test.probe)

        def outcome_with(replaces: Mapping[str, Any]) -> Outcome:
            return run(probe, list(self.answers), inputs, {**self.answers, **replaces})

        expected = outcome_with({})
        case = Case(
            name=test.name,
            points=float(test.points),
            probe=probe,
            inputs=inputs,
            expected=expected,
            rtol=test.rtol,
            atol=test.atol,
            holds=source_of(test.holds, name="holds") if test.holds else "",
            quiet=test.quiet,
            untouched=list(test.untouched),
            why=test.why,
        )
        alone = Pack(self.name, "", "", list(self.answers), [case])
        (verdict,) = judge(alone, [expected]).verdicts
        if verdict.status != "passed":
            raise ValueError(f"{self.name}: {test.name}: the reference fails: {verdict.message}")
        outcomes = {mistake.name: outcome_with(mistake.replaces) for mistake in self.mistakes}
        failing = {
            name: outcome
            for name, outcome in outcomes.items()
            if judge(alone, [outcome]).earned < case.points
        }
        return replace(case, mistakes=failing)

    def examine(self, replaces: Mapping[str, Any], key: bytes = PUBLIC) -> Report:
        """The report on the reference with some answers replaced."""
        pack = self.pack("", key)
        namespace = {**self.answers, **replaces}
        return judge(pack, [run(c.probe, pack.names, c.inputs, namespace) for c in pack.cases])


def _generator(key: bytes, exercise: str, test: str) -> np.random.Generator:
    digest = hmac.digest(key, f"{exercise}/{test}".encode(), "sha256")
    return np.random.default_rng(int.from_bytes(digest, "big"))


def functions(*references: Callable[..., Any]) -> dict[str, Callable[..., Any]]:
    """The answers of an exercise that asks for functions: the references, by their names."""
    return {reference.__name__: reference for reference in references}


@lru_cache(maxsize=2048)
def source_of(function: Callable[..., Any], name: str | None = None) -> str:
    """The source of a function, dedented and without its docstring; renamed to `name` if given."""
    source = getattr(function, "__source__", None) or inspect.getsource(function)
    source = textwrap.dedent(source)
    node = next(item for item in ast.parse(source).body if isinstance(item, ast.FunctionDef))
    lines = source.splitlines()
    if ast.get_docstring(node) is not None:
        text = node.body[0]
        if len(node.body) == 1:
            raise ValueError(f"{node.name} must have a body besides its docstring")
        del lines[text.lineno - 1 : text.end_lineno]
    if name and name != node.name:
        first = node.lineno - 1
        lines[first] = re.sub(rf"\bdef {node.name}\b", f"def {name}", lines[first])
    return "\n".join(lines) + "\n"


def edit(function: Callable[..., Any], *changes: tuple[str, str]) -> dict[str, Callable[..., Any]]:
    """A wrong answer made from the reference: its source with each (old, new) replaced once.

    >>> list(edit(functions, ("references}", "references[:1]}")))
    ['functions']
    """
    source = source_of(function)
    for old, new in changes:
        if source.count(old) != 1:
            raise ValueError(
                f"{function.__name__}: the text to edit must occur once, got {source.count(old)} "
                f"times: {old!r}\n{source}"
            )
        source = source.replace(old, new)
    scope = dict(vars(inspect.getmodule(function)))
    exec(compile(source, f"<mistake in {function.__name__}>", "exec"), scope)
    wrong = scope[function.__name__]
    wrong.__source__, wrong.__edits__ = source, (function, changes)
    return {function.__name__: wrong}


def choice(
    name: str, slide: str, right: str, wrong: Mapping[str, str], points: float = 1, why: str = ""
) -> Exercise:
    """A multiple-choice question, answered by a variable called `name`, such as ``name = "B"``.

    `wrong` maps each other option to the message for a student who chose it; `why` is said to one
    who is right. Only a digest of the options is stored. The messages are: a pack lies open, and
    the right letter is the one without a message. So `why` may say what it likes.
    """
    options = sorted([right, *wrong])
    mistakes = [Mistake(f"option {key}", text, {name: key}) for key, text in wrong.items()]
    test = Test(
        "your choice",
        _chosen,
        lambda rng: {"salt": rng.bytes(8).hex(), "options": options},
        points,
        holds=_is_right,
        why=why,
    )
    spellings = [right.lower(), f" {right} ", f"{right}.", f"({right.lower()})", f"{right})"]
    styles = [Style(f"written {text!r}", {name: text}) for text in spellings]
    return Exercise(name, slide, {name: right}, [test], mistakes, styles)


def _chosen(answer, salt, options):  # type: ignore[no-untyped-def]  # a probe: its source travels
    import hashlib

    if answer is None or answer is ...:
        raise NotImplementedError
    letter = str(answer).strip(" \t\n.,:;()[]'\"`").upper()
    digest = hashlib.sha256(f"{salt}{letter if letter in options else ''}".encode()).digest()
    return {"your choice": np.frombuffer(digest, dtype=np.uint8), "a letter": letter in options}


def _is_right(inputs, values, expected):  # type: ignore[no-untyped-def]  # its source travels
    if not values["a letter"]:
        *letters, last = inputs["options"]
        return f"Give one letter: {', '.join(letters)} or {last}."
    same = np.array_equal(values["your choice"], expected["your choice"])
    return "" if same else "That is not the right option."
