"""Reports as HTML for Jupyter and as text for a terminal. Output of students' code is escaped."""

from __future__ import annotations

import html
import re
import sys
from collections.abc import Sequence

from .judge import Report, Verdict

__all__ = ["Score", "progress_html", "progress_text", "report_html", "report_text"]

_MARK = {"passed": "✓", "not written": "…", "missing": "…"}
_COLOUR = {"passed": "#2e8b57", "not written": "#8a8a8a", "missing": "#8a8a8a"}
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


def _message(verdict: Verdict) -> str:
    if verdict.status == "not written":
        return "Not written yet."
    return verdict.message


def _nothing_ran(report: Report) -> bool:
    """Whether no test could run, all for the same reason: then one line is enough."""
    not_run = {"not written", "missing", "lost"}
    return (
        all(verdict.status in not_run for verdict in report.verdicts)
        and len({_message(verdict) for verdict in report.verdicts}) == 1
    )


def report_text(report: Report) -> str:
    """The report for a terminal."""
    head = f"{report.exercise}: {points_text(report.earned)} of {points_text(report.points)} points"
    if _nothing_ran(report):
        return f"{head}\n  … {_message(report.verdicts[0])}"
    lines, shown = [head], set()
    for verdict in report.verdicts:
        mark = _MARK.get(verdict.status, "✗")
        lines.append(f"  {mark} {verdict.test} ({points_text(verdict.points)})")
        if verdict.status == "passed":
            continue
        if verdict.mistake:
            lines.append(f"      looks like: {verdict.mistake}")
        message = _message(verdict)
        if message in shown:
            lines.append("      (the same again)")
        else:
            lines += [f"      {line}" for line in message.splitlines()]
        shown.add(message)
    if report.mistakes:
        lines.append(f"  To read again: {report.slide}")
    printed = next((v.printed for v in report.verdicts if v.printed), "")
    if printed:
        lines += ["  Your code printed:", *(f"    {line}" for line in printed.splitlines()[:20])]
    return "\n".join(lines)


def _escape_html(text: str) -> str:
    """Escape a text, and mark `code` as code."""
    return re.sub(r"`([^`\n]+)`", r"<code>\1</code>", html.escape(text))


def report_html(report: Report) -> str:
    """The report for a notebook."""
    done = report.earned == report.points
    colour = _COLOUR["passed"] if done else "#c77700"
    head = (
        f'<div style="border-left:4px solid {colour};padding:.2em .8em">'
        f"<b>{html.escape(report.exercise)}</b>&ensp;{points_text(report.earned)} of "
        f"{points_text(report.points)} points"
    )
    if _nothing_ran(report):
        body = f"<div>… {_escape_html(_message(report.verdicts[0]))}</div>"
        return f'<div style="{_STYLE}">{head}{body}</div></div>'
    rows, shown = [], set()
    for verdict in report.verdicts:
        rows.append(_verdict_html(verdict, again=_message(verdict) in shown))
        shown.add(_message(verdict))
    tail = ""
    if report.mistakes:
        tail += f"<div>To read again: {html.escape(report.slide)}</div>"
    printed = next((v.printed for v in report.verdicts if v.printed), "")
    if printed:
        tail += (
            "<details><summary>What your code printed</summary>"
            f'<pre style="{_PRE}">{html.escape(printed)}</pre></details>'
        )
    return f'<div style="{_STYLE}">{head}{"".join(rows)}{tail}</div></div>'


def _verdict_html(verdict: Verdict, again: bool) -> str:
    mark = _MARK.get(verdict.status, "✗")
    colour = _COLOUR.get(verdict.status, "#c0392b")
    line = (
        f'<div style="margin-top:.25em"><b style="color:{colour}">{mark}</b> '
        f"{html.escape(verdict.test)} "
        f'<span style="opacity:.65">({points_text(verdict.points)})</span>'
    )
    if verdict.status == "passed":
        return line + "</div>"
    mistake = ""
    if verdict.mistake:
        kind = "a convention from elsewhere" if verdict.elsewhere else "looks like"
        mistake = f"<b>{kind}: {_escape_html(verdict.mistake)}</b><br>"
    if again:
        message = mistake + '<span style="opacity:.65">the same again</span>'
    elif verdict.status == "error":
        message = f'<pre style="{_PRE}">{html.escape(verdict.message)}</pre>'
    else:
        message = mistake + _escape_html(_message(verdict))
    return f'{line}<div style="margin-left:1.4em">{message}</div></div>'


Row = tuple[str, str, float, float]
"""Notebook, exercise, points earned, points possible."""


def progress_text(rows: Sequence[Row]) -> str:
    width = max((len(name) for _, name, _, _ in rows), default=8)
    lines = []
    for notebook in dict.fromkeys(row[0] for row in rows):
        exercises = [row for row in rows if row[0] == notebook]
        earned, points = sum(row[2] for row in exercises), sum(row[3] for row in exercises)
        lines.append(f"{notebook}: {points_text(earned)} of {points_text(points)} points")
        for _, name, got, most in exercises:
            mark = "✓" if got == most else "◐" if got else "…"
            lines.append(f"  {mark} {name:{width}}  {points_text(got):>4} / {points_text(most)}")
    return "\n".join(lines)


def progress_html(rows: Sequence[Row]) -> str:
    parts = []
    for notebook in dict.fromkeys(row[0] for row in rows):
        exercises = [row for row in rows if row[0] == notebook]
        earned, points = sum(row[2] for row in exercises), sum(row[3] for row in exercises)
        lines = "".join(_progress_row(*row[1:]) for row in exercises)
        parts.append(
            f"<div><b>{html.escape(notebook)}</b>&ensp;{points_text(earned)} of "
            f'{points_text(points)} points</div><table style="margin:0 0 .8em 0">{lines}</table>'
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
