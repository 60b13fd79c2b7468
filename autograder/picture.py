"""The parts of a playable picture, and the JSON that is stored.

A picture has one to three *controls*. Each combination of their values is a *frame*: what each
*panel* shows, and one sentence that describes it, with numbers.
"""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from itertools import product
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

__all__ = ["Control", "Frame", "Panel", "Picture", "Series", "every_setting", "number"]

CONTROLS = ("slider", "choice", "time")
PANELS = ("lines", "points", "bars", "cells")
SCALES = ("linear", "log")
DIGITS = 4
LARGEST = 60_000  # bytes: a notebook holds the picture in its output


@dataclass(frozen=True)
class Control:
    """A slider through ordered values, a choice among a few, or a slider with a play button.

    values : their labels; `start` is the index of the one that is shown first.
    """

    name: str
    values: Sequence[str]
    start: int = 0
    kind: str = "slider"

    def __post_init__(self) -> None:
        _require_one_of("kind", self.kind, CONTROLS)
        if len(self.values) < 2 or len(set(self.values)) < len(self.values):
            raise ValueError(f"values must be at least two, all different; got {self.values}")
        if not 0 <= self.start < len(self.values):
            raise ValueError(f"start must be from 0 to {len(self.values) - 1}, got {self.start}")


@dataclass(frozen=True)
class Series:
    """One line, one set of points or bars, or one grid of cells, with its name in the legend.

    y : None or NaN where there is nothing to draw; a line has a gap there.
    x : as many values as y; by default the panel's `at`.
    z : for cells, one number for each y and x, row by row; `x` and `y` are the cells' centres.
    kind : if it differs from the panel's.
    """

    label: str
    y: ArrayLike
    x: ArrayLike | None = None
    z: ArrayLike | None = None
    kind: str = ""

    def data(self) -> dict[str, Any]:
        """The series as in the JSON."""
        data = {"label": self.label, "kind": self.kind, "y": _numbers(self.y)}
        data |= {name: _numbers(v) for name, v in (("x", self.x), ("z", self.z)) if v is not None}
        return {name: value for name, value in data.items() if value != ""}


@dataclass(frozen=True)
class Panel:
    """One drawing with its axes, `x` and `y`, which are the same in all frames.

    at : the x of all series that have none: numbers, or names (of bars).
    xlim, ylim : limits of the axes; by default, all frames fit.
    zlim : for cells: the values shown by no colour and by full colour.
    background : series that every frame shows.
    """

    title: str
    x: str
    y: str
    kind: str = "lines"
    xscale: str = "linear"
    yscale: str = "linear"
    xlim: tuple[float, float] | None = None
    ylim: tuple[float, float] | None = None
    zlim: tuple[float, float] | None = None
    at: Sequence[str] | ArrayLike | None = None
    background: Sequence[Series] = ()

    def __post_init__(self) -> None:
        _require_one_of("kind", self.kind, PANELS)
        _require_one_of("xscale", self.xscale, SCALES)
        _require_one_of("yscale", self.yscale, SCALES)
        if self.kind == "bars" and self.at is None:
            raise ValueError(f"panel {self.title!r} must have `at`, where its bars stand")


@dataclass(frozen=True)
class Frame:
    """The picture at one setting of the controls: a sentence, and the series of each panel."""

    says: str
    panels: Sequence[Sequence[Series]]


def every_setting(controls: Sequence[Control], make: Callable[..., Frame]) -> list[Frame]:
    """``make(i, j, ...)`` for every combination of the controls' values, in the order of frames."""
    return [make(*setting) for setting in product(*(range(len(c.values)) for c in controls))]


@dataclass(frozen=True)
class Picture:
    """A playable picture.

    question : what to predict. alt : a description, for people who cannot see the drawing.
    frames : in the order of `every_setting`.
    tolerance : how far a point may move when the picture is computed again, as a part of its axis.
        Rounding differs between machines, and long trainings amplify it.
    """

    title: str
    question: str
    alt: str
    controls: Sequence[Control]
    panels: Sequence[Panel]
    frames: Sequence[Frame] = field(repr=False)
    tolerance: float = 1e-3

    def __post_init__(self) -> None:
        if not 1 <= len(self.controls) <= 3:
            raise ValueError(f"controls must be one to three, got {len(self.controls)}")
        expected = math.prod(len(control.values) for control in self.controls)
        if len(self.frames) != expected:
            raise ValueError(f"frames must be {expected}, one a setting; got {len(self.frames)}")
        for number, frame in enumerate(self.frames):
            if not frame.says.strip():
                raise ValueError(f"frame {number} must say something")
            if len(frame.panels) != len(self.panels):
                raise ValueError(
                    f"frame {number} must have {len(self.panels)} panels, got {len(frame.panels)}"
                )

    def document(self) -> dict[str, Any]:
        """The document to store: numbers have four digits, and the axes fit all frames."""
        return {
            "title": self.title,
            "question": self.question,
            "alt": self.alt,
            "controls": [
                {"name": c.name, "values": list(c.values), "start": c.start, "kind": c.kind}
                for c in self.controls
            ],
            "panels": [self._panel(number) for number in range(len(self.panels))],
            "frames": self._frames(),
        }

    def _frames(self) -> list[dict[str, Any]]:
        """The frames; a panel equal to an earlier frame's is stored as the number of that frame."""
        first: dict[str, int] = {}
        frames = []
        for number, frame in enumerate(self.frames):
            panels: list[Any] = []
            for at, shown in enumerate(frame.panels):
                panel = [series.data() for series in shown]
                earlier = first.setdefault(f"{at} {_json(panel)}", number)
                panels.append(panel if earlier == number else earlier)
            frames.append({"says": frame.says, "panels": panels})
        return frames

    def text(self) -> str:
        """The JSON, one frame a line, so that a diff can be read."""
        document = self.document()
        frames = ",\n".join(_json(frame) for frame in document.pop("frames"))
        text = f'{_json(document)[:-1]},"frames":[\n{frames}\n]}}\n'
        if len(text.encode()) > LARGEST:
            raise ValueError(f"a picture must have at most {LARGEST} bytes, got {len(text)}")
        return text

    def _panel(self, number: int) -> dict[str, Any]:
        panel = self.panels[number]
        shown = [*panel.background, *(s for frame in self.frames for s in frame.panels[number])]
        data: dict[str, Any] = {
            name: getattr(panel, name) for name in ("title", "x", "y", "kind", "xscale", "yscale")
        }
        if panel.at is not None:
            names = any(isinstance(value, str) for value in np.ravel(np.asarray(panel.at, object)))
            data["at"] = list(panel.at) if names else _numbers(panel.at)  # type: ignore[arg-type]
        for series in shown:
            _check_series(series, panel)
        xs = [data["at"] if series.x is None else _numbers(series.x) for series in shown]
        ys = [_numbers(series.y) for series in shown]
        xlim, ylim = panel.xlim, panel.ylim
        if panel.kind == "bars":
            xlim = xlim or _bar_limits(data["at"])
            tops = [value for y in ys for value in y if value is not None]
            if ylim is None and panel.yscale == "linear" and min(tops) >= 0:
                ylim = (0.0, 1.06 * max(tops))  # bars stand on their axis
        data["xlim"] = _limits(xlim, xs, panel.xscale, margin=0.02)
        data["ylim"] = _limits(ylim, ys, panel.yscale, margin=0.06)
        if any(series.z is not None for series in shown):
            zs = [_numbers(series.z) for series in shown if series.z is not None]
            data["zlim"] = _limits(panel.zlim, zs, "linear", margin=0)
        return {**data, "background": [series.data() for series in panel.background]}


def number(value: float, digits: int = 2) -> str:
    """A number as it is written in a sentence.

    >>> number(0.0312), number(1234.5, 3), number(5.4e-7, 1), number(1e-5, 1)
    ('0.031', '1,230', '5·10⁻⁷', '10⁻⁵')
    """
    rounded = float(f"{value:.{digits}g}")
    if rounded == 0:
        return "0"
    if 1e-3 <= abs(rounded) < 1e5:
        decimals = max(0, digits - 1 - math.floor(math.log10(abs(rounded))))
        return f"{rounded:,.{decimals}f}".replace("-", "−")
    head, power = f"{value:.{digits - 1}e}".split("e")
    raised = str(int(power)).translate(str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹"))
    return f"{'' if head == '1' else head.replace('-', '−') + '·'}10{raised}"


def _require_one_of(name: str, value: str, allowed: Sequence[str]) -> None:
    if value not in allowed:
        raise ValueError(f"{name} must be one of {', '.join(allowed)}; got {value!r}")


def _numbers(values: ArrayLike) -> list[float | None]:
    """The values rounded to four digits; None for those that are not finite."""
    flat = np.ravel(np.asarray(values, dtype=float))
    rounded = [float(f"{v:.{DIGITS}g}") if math.isfinite(v) else None for v in flat.tolist()]
    return [int(v) if v is not None and v == int(v) and abs(v) < 1e6 else v for v in rounded]


def _check_series(series: Series, panel: Panel) -> None:
    """Raise ValueError if a series does not fit its panel."""
    if series.kind:
        _require_one_of("kind", series.kind, PANELS)
    where = f"series {series.label!r} of {panel.title!r}"
    x = panel.at if series.x is None else series.x
    if x is None:
        raise ValueError(f"{where} must have x, since its panel has no `at`")
    across, up = len(np.ravel(np.asarray(x, object))), np.size(np.asarray(series.y, float))
    if ((series.kind or panel.kind) == "cells") != (series.z is not None):
        raise ValueError(f"{where} must have z if it is shown as cells, and only then")
    expected, got = (across, up) if series.z is None else (across * up, np.size(series.z))
    if expected != got:
        raise ValueError(f"{where} must have {expected} values, got {got}")
    if panel.yscale == "log" and any(v is not None and v <= 0 for v in _numbers(series.y)):
        raise ValueError(f"{where} must be positive, or None, on a logarithmic axis")


def _limits(
    given: tuple[float, float] | None, rows: Iterable[Iterable[Any]], scale: str, margin: float
) -> list[float | None]:
    """`given`, or the smallest and largest value of `rows`, with a margin on both sides."""
    if given is not None:
        return _numbers(given)
    flat = [value for row in rows for value in row if value is not None]
    ends = np.array([min(flat), max(flat)], dtype=float)
    if scale == "log":
        ends = np.log10(ends)
    spread = (ends[1] - ends[0]) or 1.0
    ends += np.array([-margin, margin]) * spread
    return _numbers(10**ends if scale == "log" else ends)


def _bar_limits(at: Sequence[Any]) -> tuple[float, float]:
    """Limits with room for the first and the last bar; bars with names are numbered."""
    places = range(len(at)) if isinstance(at[0], str) else at
    half = 0.5 * (places[1] - places[0]) if len(places) > 1 else 0.5
    return places[0] - half, places[-1] + half


def _json(data: Any) -> str:
    return json.dumps(data, separators=(",", ":"), ensure_ascii=False, allow_nan=False)
