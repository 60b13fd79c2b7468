"""Small pictures of two runs, one right and one mistaken, as hand-written SVG.

Grey is right, orange is the mistake; they differ in brightness, width and dashes too. The
background is transparent, and no colour is so light or so dark that it would vanish on a white page
or on a black one.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from html import escape
from typing import Any

import numpy as np

__all__ = ["Panel", "Run", "panel", "picture"]

RIGHT, WRONG, INK = "#8c8c8c", "#d55e00", "#7a7a7a"
_WIDTH, _HEIGHT, _LEFT, _TOP, _BOTTOM, _GAP, _MARGIN = 230, 120, 44, 20, 20, 12, 5


@dataclass(frozen=True)
class Panel:
    """One set of axes: each line is an array (n, 2) of points.

    `log`: a logarithmic vertical axis. `dots`: points that are not joined. `behind`: lines of the
    scenery, such as contours.
    """

    title: str
    across: str
    lines: Sequence[np.ndarray]
    log: bool = False
    dots: bool = False
    behind: Sequence[np.ndarray] = ()


@dataclass(frozen=True)
class Run:
    """What came out of one run: pictures, and numbers with their names, the most telling first.

    `stopped`: the error that ended it.
    """

    panels: Sequence[Panel] = ()
    numbers: Mapping[str, float] = field(default_factory=dict)
    stopped: str = ""


def panel(title: str, across: str, *values: Any, **more: Any) -> Panel:
    """A panel of one line for each sequence of values, against 1, 2, 3, ...

    >>> panel("loss", "step", [0.5, 0.25]).lines[0].tolist()
    [[1.0, 0.5], [2.0, 0.25]]
    """
    return Panel(title, across, [_numbered(line) for line in values], **more)


def _numbered(values: Any) -> np.ndarray:
    column = np.asarray(values, dtype=float).reshape(-1)
    return np.column_stack([np.arange(1.0, len(column) + 1), column])


def picture(right: Run, wrong: Run, title: str) -> str:
    """The panels of the right run beside each other, those of the wrong one drawn over them."""
    count = len(right.panels)
    width = count * (_LEFT + _WIDTH + _GAP)
    height = _TOP + _HEIGHT + _BOTTOM
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" '
        f'width="{width}" height="{height}" font-family="system-ui,sans-serif" font-size="11" '
        f'fill="none" role="img"><title>{escape(title)}</title>'
    ]
    for number, one in enumerate(right.panels):
        other = wrong.panels[number] if number < len(wrong.panels) else None
        left = number * (_LEFT + _WIDTH + _GAP) + _LEFT
        parts += [f'<g transform="translate({left},{_TOP})">', *_axes(one, other), "</g>"]
    return "\n".join([*parts, "</svg>"]) + "\n"


def _axes(right: Panel, wrong: Panel | None) -> list[str]:
    lines = [_scaled(line, right.log) for line in right.lines]
    wrongs = [_scaled(line, right.log) for line in wrong.lines] if wrong else []
    behind = [_scaled(line, right.log) for line in right.behind]
    x = _limits([*lines, *behind], wrongs, 0, 0.5)
    y = _limits([*lines, *behind], wrongs, 1, 1.0, 6.0 if right.log else 0.0)
    place = _Place(x, y)
    parts = _labels(right, x, y, place)
    parts.append(f'<svg width="{_WIDTH}" height="{_HEIGHT}">')
    parts += _drawn(behind, place, False, f'stroke="{INK}" stroke-opacity=".3"')
    parts += _drawn(lines, place, right.dots, f'stroke="{RIGHT}" stroke-width="4"', 4.5)
    parts += _drawn(wrongs, place, right.dots, f'stroke="{WRONG}" stroke-width="1.8"', 3)
    return [*parts, *_leaving(wrongs, place), "</svg>"]


def _labels(one: Panel, x: tuple[float, float], y: tuple[float, float], place: _Place) -> list[str]:
    """The frame, the title above it, and what is at the ends of both axes."""
    ink, end = f'fill="{INK}"', 'text-anchor="end"'
    least, most = (_tick(10**value if one.log else value) for value in y)
    return [
        f'<rect width="{_WIDTH}" height="{_HEIGHT}" stroke="{INK}" stroke-opacity=".45"/>',
        f'<text x="0" y="-7" {ink}>{escape(one.title)}</text>',
        f'<text x="{_WIDTH}" y="{_HEIGHT + 14}" {end} {ink}>'
        f"{escape(one.across)}, {_tick(x[0])} to {_tick(x[1])}</text>",
        f'<text x="-5" y="{place.y(y[1]) + 6:.0f}" {end} {ink}>{most}</text>',
        f'<text x="-5" y="{place.y(y[0]) + 2:.0f}" {end} {ink}>{least}</text>',
    ]


def _leaving(lines: Sequence[np.ndarray], place: _Place) -> list[str]:
    """An arrowhead at the edge where a line leaves the picture, or is outside from the start."""
    parts = []
    low, high = place.up
    for line in lines:
        outside = [(x, up > high) for x, up in line if math.isfinite(x) and (up > high or up < low)]
        for across, above in outside[:1]:
            x = min(max(place.x(across), 6), _WIDTH - 6)
            edge, inward = (0, 8) if above else (_HEIGHT, -8)
            parts.append(
                f'<path d="M{x - 5:.1f},{edge + inward}h10l-5,{-inward}z" fill="{WRONG}"/>'
            )
    return parts


@dataclass(frozen=True)
class _Place:
    across: tuple[float, float]
    up: tuple[float, float]

    def x(self, value: float) -> float:
        part = (value - self.across[0]) / (self.across[1] - self.across[0])
        return _MARGIN + (_WIDTH - 2 * _MARGIN) * part

    def y(self, value: float) -> float:
        part = (self.up[1] - value) / (self.up[1] - self.up[0])
        return _MARGIN + (_HEIGHT - 2 * _MARGIN) * part


def _drawn(
    lines: Sequence[np.ndarray], place: _Place, dots: bool, look: str, size: float = 1.5
) -> list[str]:
    parts = []
    for number, line in enumerate(lines):
        for run in _unbroken(line):
            points = [(_near(place.x(x), _WIDTH), _near(place.y(y), _HEIGHT)) for x, y in run]
            if dots or len(points) == 1:
                parts += [f'<circle cx="{x}" cy="{y}" r="{size}" {look}/>' for x, y in points]
            else:
                dash = ' stroke-dasharray="5 3"' if number else ""
                parts.append(
                    f'<polyline points="{" ".join(f"{x},{y}" for x, y in points)}" {look}{dash}/>'
                )
    return parts


def _near(value: float, size: int) -> float:
    """A coordinate, to a tenth; what lies far outside is brought nearer, out of sight."""
    return float(f"{min(max(value, -2.0 * size), 3.0 * size):.1f}")


def _scaled(line: np.ndarray, log: bool) -> np.ndarray:
    points = np.array(line, dtype=float).reshape(-1, 2)
    if len(points) > _MOST:
        points = points[np.unique(np.linspace(0, len(points) - 1, _MOST).astype(int))]
    if log:
        points[:, 1] = np.log10(np.maximum(points[:, 1], 1e-17))
    return points


_MOST = 90
"""Points that a line is drawn with."""


def _unbroken(line: np.ndarray) -> list[np.ndarray]:
    """The pieces of a line between points that are not finite."""
    good = np.isfinite(line).all(axis=1)
    cuts = np.flatnonzero(~good)
    pieces = np.split(line, np.sort(np.concatenate([cuts, cuts + 1])))
    return [piece for piece in pieces if len(piece) and np.isfinite(piece).all()]


def _limits(
    right: Sequence[np.ndarray],
    wrong: Sequence[np.ndarray],
    axis: int,
    room: float,
    least: float = 0.0,
) -> tuple[float, float]:
    """What an axis shows: all of the right lines, and the wrong ones where they are not far away.

    `room`: how far away that is, in lengths of the right lines; but `least` at least.
    """
    shown = _finite([line[:, axis] for line in right])
    others = _finite([line[:, axis] for line in wrong])
    if not len(shown):
        shown = others if len(others) else np.zeros(1)
    low, high = float(shown.min()), float(shown.max())
    away = max(least, room * ((high - low) or max(abs(high), 1.0) * 0.5))
    near = others[(others >= low - away) & (others <= high + away)]
    if len(others):
        low = (
            low if others.min() >= low else _reach(near.min(initial=low), others.min(), low - away)
        )
        top = -_reach(-near.max(initial=high), -others.max(), -high - away)
        high = high if others.max() <= high else top
    return (low, high) if high > low else (low - 0.5 * abs(low), high + (0.5 * abs(high) or 1.0))


def _reach(nearest: float, farthest: float, border: float) -> float:
    """How far down to show: as far as the line goes, or to the border that it crosses."""
    return float(nearest if farthest >= border else border)


def _finite(columns: Sequence[np.ndarray]) -> np.ndarray:
    values = np.concatenate([*columns, np.zeros(0)])
    return values[np.isfinite(values)]


def _tick(value: float) -> str:
    """A short number for an axis.

    >>> [_tick(v) for v in (0.0, 2.3026, 1.23e-5, 160.0)]
    ['0', '2.3', '1e-05', '160']
    """
    if value == 0 or abs(value) < 1e-12:
        return "0"
    size = math.floor(math.log10(abs(value)))
    digits = max(2, size + 1) if -4 < size < 4 else 1
    return f"{value:.{digits}g}"
