"""Update rules racing on a surface: a picture that plays, with no kernel and no library.

``race(paths, surface)`` shows it. The page (``race.html``) is hand-written SVG and JavaScript; this
module fills in contours, paths and losses. Where scripts do not run, the finished paths are shown.
"""

import html
import math
from collections.abc import Mapping
from itertools import pairwise
from typing import Any

import numpy as np

from cs231n_lib.frame import Playable, embedded, fill
from cs231n_lib.plotting import PALETTE, grid, levels
from cs231n_lib.surfaces import Surface

__all__ = ["Race", "race"]

WIDTH, HEIGHT = 640.0, 420.0  # of the drawing, in its own units
MARGIN = (46.0, 10.0, 10.0, 40.0)  # left, right, top, bottom
FRAMES = 400  # longer races skip steps, so that the page stays small
FAR = 3000.0  # a path is drawn this far outside the picture, not further


class Race(Playable):
    """What ``race`` returns: a playable picture in a notebook, a table in a terminal."""


def race(
    paths: Mapping[str, np.ndarray],
    surface: Surface,
    title: str = "",
    view: tuple[float, float, float, float] | None = None,
) -> Race:
    """A playable race of ``paths``, each (steps + 1, 2), over the contours of ``surface``.

    ``title`` defaults to the surface's name and ``view`` (x least, x most, y least, y most) to its
    view; the view is widened so that both axes have one scale. The paths may have different
    lengths; the shorter ones wait at their ends. A path counts as diverged from its first number
    that is not finite. Raises ``ValueError`` for no path, or one of another shape.

    >>> from cs231n_lib.surfaces import valley
    >>> race({"walk": np.array([[-1.0, 0.0], [-0.5, 0.0]])}, valley(10))
    valley, condition 10: loss after 1 step
      walk  0.125
    """
    if not paths:
        raise ValueError("paths must hold at least one path")
    tracks = {}
    for label, path in paths.items():
        path = np.asarray(path, dtype=float)
        if path.ndim != 2 or path.shape[1] != 2 or len(path) == 0:
            raise ValueError(f"path {label!r} must have shape (steps + 1, 2), got {path.shape}")
        tracks[label] = path
    title = title or surface.name
    left, right, top, bottom = MARGIN
    to_pixels, view = _projection(view or surface.view)
    steps = max(map(len, tracks.values())) - 1
    every = max(1, math.ceil(steps / FRAMES))
    runners = [
        _runner(label, path, surface, to_pixels, every, PALETTE[i % len(PALETTE)])
        for i, (label, path) in enumerate(tracks.items())
    ]
    told = ("name", "color", "loss", "last", "diverged")
    data = {
        "runners": [{key: runner[key] for key in told} for runner in runners],
        "steps": steps,
        "every": every,
        "box": [left, WIDTH - right, top, HEIGHT - bottom],
    }
    table = _table(title, tracks, surface, steps)
    parts = {
        "TITLE": html.escape(title),
        "CONTOURS": _contours(surface, view, to_pixels),
        "AXES": _axes(view, to_pixels),
        "MINIMUM": _minimum(surface, to_pixels),
        "STATIC": "".join(_static(runner) for runner in runners),
        "DOTS": "Each dot is one step." if every == 1 else f"A dot is {every} steps.",
        "TABLE": html.escape(table),
        "DATA": embedded(data),
        "BOX": f'x="{left:g}" y="{top:g}" width="{WIDTH - left - right:g}" '
        f'height="{HEIGHT - top - bottom:g}"',
    }
    return Race("Update rules racing on a loss surface", fill("race.html", parts), table)


def _projection(view: tuple[float, float, float, float]) -> tuple[Any, Any]:
    """The map from points to drawing units, one scale for both axes, and the view it shows."""
    left, right, top, bottom = MARGIN
    width, height = WIDTH - left - right, HEIGHT - top - bottom
    cx, cy = (view[0] + view[1]) / 2, (view[2] + view[3]) / 2
    scale = min(width / (view[1] - view[0]), height / (view[3] - view[2]))
    half_x, half_y = width / scale / 2, height / scale / 2

    def to_pixels(points: np.ndarray) -> np.ndarray:
        points = np.asarray(points, dtype=float)
        with np.errstate(over="ignore"):  # clipped below
            x = left + (points[..., 0] - cx + half_x) * scale
            y = top + (cy + half_y - points[..., 1]) * scale
        return np.clip(np.stack([x, y], axis=-1), -FAR, FAR)

    return to_pixels, (cx - half_x, cx + half_x, cy - half_y, cy + half_y)


def _runner(
    label: str, path: np.ndarray, surface: Surface, to_pixels: Any, every: int, color: str
) -> dict[str, Any]:
    """One path, cut into frames: ``points`` to draw, ``loss`` at each, ``last`` finite step."""
    finite = np.isfinite(path).all(axis=1)
    alive = len(path) if finite.all() else int(np.argmin(finite))
    # The last step is always a frame, so that the end of the picture is the end of the path.
    frames = sorted({*range(0, alive, every), alive - 1}) if alive else []
    with np.errstate(over="ignore", invalid="ignore"):
        losses = np.atleast_1d(surface.f(path[frames])).tolist()
    return {
        "name": label,
        "color": color,
        "points": " ".join(f"{x:.1f},{y:.1f}" for x, y in to_pixels(path[frames])),
        "loss": [float(f"{loss:.3g}") if math.isfinite(loss) else None for loss in losses],
        "last": alive - 1,
        "diverged": alive < len(path),
    }


def _number(loss: float) -> str:
    return f"{loss:.3g}" if math.isfinite(loss) else "diverged"


def _table(title: str, tracks: Mapping[str, np.ndarray], surface: Surface, steps: int) -> str:
    """The outcome as plain text, for terminals and for pages that show no frames."""
    width = max(map(len, tracks))
    lines = [f"{title}: loss after {steps} step{'' if steps == 1 else 's'}"]
    with np.errstate(over="ignore", invalid="ignore"):
        for label, path in tracks.items():
            lines.append(f"  {label:<{width}}  {_number(float(surface.f(path[-1])))}")
    return "\n".join(lines)


def _static(runner: dict[str, Any]) -> str:
    """The whole path, drawn without a script; a script reads its points from here."""
    return f'<polyline class="path" stroke="{runner["color"]}" points="{runner["points"]}"/>'


def _contours(surface: Surface, view: tuple[float, float, float, float], to_pixels: Any) -> str:
    """The ground above each level as one translucent shape: stacked, they shade the hills."""
    import contourpy

    x, y, z = grid(surface.f, view, 120)
    generator: Any = contourpy.contour_generator(x, y, z, fill_type="OuterOffset")
    shapes = []
    for level in levels(z):
        polygons, offsets = generator.filled(float(level), np.inf)
        loops = [
            points[start:stop]
            for points, offset in zip(polygons, offsets, strict=True)
            for start, stop in pairwise(offset)
        ]
        shapes.append(f'<path d="{"".join(_loop(to_pixels(loop)) for loop in loops)}"/>')
    return "".join(shapes)


def _loop(pixels: np.ndarray) -> str:
    """A closed line through a tenth of its points or fewer: none is missed by half a unit."""
    half = len(pixels) // 2  # a closed line has no ends to start from: simplify it in two parts
    kept = np.concatenate([_simplified(pixels[: half + 1])[:-1], _simplified(pixels[half:])[:-1]])
    return "M" + " ".join(f"{x:g} {y:g}" for x, y in kept.round(1)) + "Z"


def _simplified(line: np.ndarray, tolerance: float = 0.5) -> np.ndarray:
    """Douglas and Peucker, 1973: keep the point farthest from the chord, look on both sides."""
    if len(line) < 3:
        return line
    chord, offsets = line[-1] - line[0], line - line[0]
    length = math.hypot(*chord)
    away = np.hypot(*offsets.T)
    if length > 0:
        away = np.abs(chord[0] * offsets[:, 1] - chord[1] * offsets[:, 0]) / length
    far = int(np.argmax(away))
    if away[far] <= tolerance:
        return line[[0, -1]]
    return np.concatenate([_simplified(line[: far + 1])[:-1], _simplified(line[far:])])


def _ticks(least: float, most: float) -> list[float]:
    """Round numbers inside an interval, about five."""
    rough = (most - least) / 5
    unit = 10 ** math.floor(math.log10(rough))
    step = next(unit * k for k in (1, 2, 5, 10) if unit * k >= rough)
    first = math.ceil(least / step)
    return [k * step for k in range(first, math.floor(most / step) + 1)]


def _axes(view: tuple[float, float, float, float], to_pixels: Any) -> str:
    left, right, top, bottom = MARGIN
    marks = []
    for tick in _ticks(view[0], view[1]):
        x = to_pixels(np.array([tick, 0.0]))[0]
        marks.append(
            f'<text x="{x:.0f}" y="{HEIGHT - bottom + 15:g}" text-anchor="middle">{tick:g}</text>'
        )
    for tick in _ticks(view[2], view[3]):
        y = to_pixels(np.array([0.0, tick]))[1]
        marks.append(f'<text x="{left - 6:g}" y="{y + 4:.0f}" text-anchor="end">{tick:g}</text>')
    middle_x, middle_y = (left + WIDTH - right) / 2, (top + HEIGHT - bottom) / 2
    marks.append(
        f'<text class="name" x="{middle_x:g}" y="{HEIGHT - 6:g}" text-anchor="middle">'
        f'first parameter</text><text class="name" text-anchor="middle" '
        f'transform="translate(12 {middle_y:g}) rotate(-90)">second parameter</text>'
    )
    return "".join(marks)


def _minimum(surface: Surface, to_pixels: Any) -> str:
    """A star with a word, where the surface has a lowest point."""
    if surface.minimum is None:
        return ""
    x, y = to_pixels(np.array(surface.minimum))
    corners = [
        (math.sin(k * math.pi / 5) * r, -math.cos(k * math.pi / 5) * r)
        for k, r in enumerate([9.0, 3.8] * 5)
    ]
    points = " ".join(f"{x + dx:.1f},{y + dy:.1f}" for dx, dy in corners)
    return f'<polygon class="star" points="{points}"><title>minimum</title></polygon>'
