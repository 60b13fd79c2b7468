"""Reports as HTML for Jupyter and as text for a terminal. Output of students' code is escaped.

A mistake, or an error, that several tests show is said once, on top, with these tests below it.
"""

from __future__ import annotations

import html
import re
import sys
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from .judge import Report, Verdict

__all__ = [
    "Line",
    "Progress",
    "Score",
    "emit",
    "one_line",
    "progress_html",
    "progress_text",
    "report_html",
    "report_text",
]

_RIGHT, _UNFINISHED, _WRONG = (
    ("✓", "#fff", "#1d7a3e"),
    ("…", "#fff", "#666"),
    ("✗", "#111", "#f0a500"),
)
"""A mark, its colour, and its background: so it can be read on a light and on a dark page."""
_LINE = "#0072b2"
_MARKS = {"passed": _RIGHT, "not written": _UNFINISHED, "missing": _UNFINISHED}
_STYLE = (
    "font-family:var(--jp-content-font-family,system-ui,sans-serif);"
    "font-size:var(--jp-content-font-size1,14px);line-height:1.5;max-width:52em"
)
_PRE = (
    "margin:.3em 0;padding:.4em .6em;white-space:pre-wrap;overflow-wrap:anywhere;"
    "background:rgba(128,128,128,.14);border-radius:3px;font-size:.92em"
)


def points_text(value: float) -> str:
    return f"{value:g}"


def _earned_of(earned: float, points: float) -> str:
    """
    >>> _earned_of(0.5, 1)
    '0.5 of 1 point'
    """
    return f"{earned:g} of {points:g} point{'' if points == 1 else 's'}"


def _message(verdict: Verdict) -> str:
    if verdict.status == "not written":
        return "Not answered yet." if verdict.test == "your choice" else "Not written yet."
    return verdict.message


def _reason(verdict: Verdict) -> tuple[str, str]:
    """Equal for tests that failed for the same reason."""
    if verdict.mistake:
        return "mistake", verdict.mistake
    if verdict.status != "error":
        return verdict.status, _message(verdict)
    # The line of the check differs from test to test, and so do sizes in the message.
    lines = [x for x in verdict.message.splitlines() if not x.startswith("when the check ran:")]
    return verdict.status, re.sub(r"\d+", "0", "\n".join(lines))


def _parts(report: Report) -> list[list[Verdict]]:
    """The verdicts in the order of the page: a mistake, or what several tests show, is on top."""
    parts: dict[object, list[Verdict]] = {}
    for number, verdict in enumerate(report.verdicts):
        reason = number if verdict.status == "passed" else _reason(verdict)
        parts.setdefault(reason, []).append(verdict)
    return sorted(parts.values(), key=lambda part: not _on_top(part))


def _on_top(part: list[Verdict]) -> bool:
    return len(part) > 1 or bool(part[0].mistake)


def _nothing_ran(report: Report) -> bool:
    """Whether no test could run, all for the same reason: then one line is enough."""
    reasons = {_reason(verdict) for verdict in report.verdicts}
    return len(reasons) == 1 and report.verdicts[0].status in ("not written", "missing", "lost")


def _kind(verdict: Verdict) -> str:
    if re.fullmatch(r"option \w", verdict.mistake):  # of a multiple-choice question
        return f"you chose {verdict.mistake}"
    kind = "a different convention" if verdict.elsewhere else "looks like"
    return f"{kind}: {verdict.mistake}" if verdict.mistake else ""


def one_line(report: Report) -> str:
    """What is wrong, first of all; "" if nothing is."""
    for part in _parts(report):
        verdict = part[0]
        if verdict.status != "passed":
            lines = _message(verdict).splitlines() or [verdict.status]
            return _kind(verdict) or lines[-1 if verdict.status == "error" else 0]
    return ""


def _printed(report: Report) -> str:
    return next((verdict.printed for verdict in report.verdicts if verdict.printed), "")


def report_text(report: Report) -> str:
    """The report for a terminal."""
    head = f"{report.exercise}: {_earned_of(report.earned, report.points)}"
    if _nothing_ran(report):
        return f"{head} … {_message(report.verdicts[0])}"
    lines = [head]
    for part in _parts(report):
        lines += _part_text(part)
    if report.mistakes:
        lines.append(f"  Read again: {report.slide}")
    if printed := _printed(report):
        lines += ["  Your code printed:", *(f"    {line}" for line in printed.splitlines()[:20])]
    return "\n".join(lines)


def _part_text(part: list[Verdict]) -> list[str]:
    tests = [
        f"  {_MARKS.get(verdict.status, _WRONG)[0]} {verdict.test} ({points_text(verdict.points)})"
        for verdict in part
    ]
    message = _message(part[0]).splitlines()
    if not _on_top(part):
        return tests + [f"      {line}" for line in message]
    kind = _kind(part[0])
    return [f"  {line}" for line in ([kind] if kind else []) + message] + [
        f"    {test}" for test in tests
    ]


def _escape_html(text: str) -> str:
    """Escape a text, and mark `code` as code."""
    return re.sub(r"`([^`\n]+)`", r"<code>\1</code>", html.escape(text))


def report_html(report: Report) -> str:
    """The report for a notebook."""
    statuses = {verdict.status for verdict in report.verdicts}
    if statuses <= {"passed"}:
        _, _, colour = _RIGHT
    else:
        unfinished = statuses <= {"passed", "not written", "missing"}
        _, _, colour = _UNFINISHED if unfinished else _WRONG
    head = (
        f'<div style="border-left:4px solid {colour};padding:.2em .8em">'
        f"<b>{html.escape(report.exercise)}</b>&ensp;{_earned_of(report.earned, report.points)}"
    )
    if _nothing_ran(report):
        first = report.verdicts[0]
        grey = ";opacity:.65" if first.status == "not written" else ""
        body = f"&ensp;{_mark(first)} {_escape_html(_message(first))}"
        return f'<div style="{_STYLE}{grey}">{head}{body}</div></div>'
    rows = "".join(map(_part_html, _parts(report)))
    tail = ""
    if report.mistakes:
        tail += f'<div style="margin-top:.25em">Read again: {html.escape(report.slide)}</div>'
    if printed := _printed(report):
        tail += (
            "<details><summary>What your code printed</summary>"
            f'<pre style="{_PRE}">{html.escape(printed)}</pre></details>'
        )
    return f'<div style="{_STYLE}">{head}{rows}{tail}</div></div>'


def _mark(verdict: Verdict) -> str:
    mark, colour, background = _MARKS.get(verdict.status, _WRONG)
    return (
        f'<b style="color:{colour};background:{background};border-radius:3px;padding:0 .3em">'
        f"{mark}</b>"
    )


def _part_html(part: list[Verdict]) -> str:
    first, message = part[0], _escape_html(_message(part[0]))
    tests = [
        f'{_mark(verdict)} {html.escape(verdict.test)} <span style="opacity:.7">'
        f"({points_text(verdict.points)})</span>"
        for verdict in part
    ]
    if first.status == "passed":
        note = f' <span style="opacity:.7">{message}</span>' if message else ""
        return f'<div style="margin-top:.25em">{tests[0]}{note}</div>'
    if first.status == "error" and not first.mistake:
        message = f'<pre style="{_PRE}">{html.escape(first.message)}</pre>'
    if not _on_top(part):
        return (
            f'<div style="margin-top:.25em">{tests[0]}'
            f'<div style="margin-left:1.8em">{message}</div></div>'
        )
    kind = f"<b>{_escape_html(_kind(first))}</b><br>" if first.mistake else ""
    rows = "".join(f"<div>{test}</div>" for test in tests)
    return (
        f'<div style="margin-top:.25em">{kind}{message}'
        f'<div style="margin-left:1.8em">{rows}</div></div>'
    )


@dataclass(frozen=True)
class Progress:
    """What is known of a notebook's points. unchecked : those of what `check` cannot judge."""

    notebook: str
    exercises: Sequence[tuple[str, float, float]]
    """Name, points earned, points possible."""
    unchecked: Sequence[tuple[str, float]] = ()

    @property
    def earned(self) -> float:
        return sum(earned for _, earned, _ in self.exercises)

    @property
    def points(self) -> float:
        checked = sum(points for _, _, points in self.exercises)
        return checked + sum(points for _, points in self.unchecked)


def progress_text(notebooks: Iterable[Progress]) -> str:
    lines = []
    for part in notebooks:
        width = max((len(name) for name, _, _ in part.exercises), default=0)
        lines.append(f"{part.notebook}: {_earned_of(part.earned, part.points)}")
        for name, got, most in part.exercises:
            mark = "✓" if got == most else "◐" if got else "…"
            lines.append(f"  {mark} {name:{width}}  {points_text(got):>4} / {points_text(most)}")
        lines += [f"  … {what} ({points_text(points)})" for what, points in part.unchecked]
    return "\n".join(lines)


def progress_html(notebooks: Iterable[Progress]) -> str:
    parts = []
    for part in notebooks:
        rows = [_progress_row(*row) for row in part.exercises]
        rows += [
            '<tr style="background:none"><td colspan="3" style="text-align:left;opacity:.7">'
            f"{html.escape(what)} ({points_text(points)})</td></tr>"
            for what, points in part.unchecked
        ]
        parts.append(
            f"<div><b>{html.escape(part.notebook)}</b>&ensp;{_earned_of(part.earned, part.points)}"
            f'</div><table style="margin:0 0 .8em 0">'
            f"{''.join(rows)}</table>"
        )
    return f'<div style="{_STYLE}">{"".join(parts)}</div>'


def _progress_row(name: str, got: float, most: float) -> str:
    share = 100 * got / most if most else 100
    bar = (
        '<div style="width:8em;height:.6em;border-radius:.3em;background:rgba(128,128,128,.25)">'
        f'<div style="width:{share:.0f}%;height:100%;border-radius:.3em;background:#2e8b57">'
        "</div></div>"
    )
    return (
        '<tr style="background:none"><td style="text-align:left">'
        f"<code>{html.escape(name)}</code></td>"
        f"<td>{bar}</td><td>{points_text(got)} / {points_text(most)}</td></tr>"
    )


class Score(float):
    """Points that are shown as their report.

    In a notebook the report is HTML, and the plain text is the number, which nbgrader (and its
    Validate button) reads as partial credit. Elsewhere the text is the report.
    """

    text: str
    html: str

    def __new__(cls, points: float, text: str, html: str) -> Score:
        score = super().__new__(cls, points)
        score.text, score.html = text, html
        return score

    def __repr__(self) -> str:
        return float.__repr__(self) if "ipykernel" in sys.modules else self.text

    def _repr_html_(self) -> str:
        return self.html


@dataclass(frozen=True)
class Line:
    """A short text below a cell: grey, so that it is no result; `strong`: it is one."""

    text: str
    strong: bool = False

    def __repr__(self) -> str:
        return self.text

    def _repr_html_(self) -> str:
        look = f"border-left:4px solid {_LINE};padding-left:.8em" if self.strong else "opacity:.65"
        body = "<br>".join(map(_escape_html, self.text.splitlines()))
        return f'<div style="{_STYLE};{look}">{body}</div>'


def emit(line: Line) -> None:
    """Show a line: below the cell in a notebook, on the terminal elsewhere."""
    ipython = sys.modules.get("IPython")
    if ipython and ipython.get_ipython():
        ipython.display.display(line)
    else:
        print(line)
