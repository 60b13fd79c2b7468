"""The playable pictures of a project's lessons: ``lessons/TOPIC/picture.py`` computes one.

``python -m autograder pictures`` writes ``LIBRARY/pictures/NAME.json``, which is committed;
with ``--check`` it says which of them are not what their module computes.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import numpy as np

from ..errors import AutograderError
from ..picture import Picture
from ..project import Project

__all__ = ["differences", "load", "names", "stored", "write"]


def names(project: Project) -> dict[str, str]:
    """The pictures that can be computed, each with its lesson."""
    drawn = [name for name in project.lessons if (project.lesson(name) / "picture.py").is_file()]
    found = {str(project.module(lesson, "picture").NAME): lesson for lesson in drawn}
    return dict(sorted(found.items()))


def load(project: Project, name: str) -> Picture:
    """Compute a picture."""
    picture: Picture = project.module(names(project)[name], "picture").picture()
    return picture


def stored(project: Project, name: str) -> Path:
    """Where a picture is kept: with the library, which shows it."""
    if project.library is None:
        raise AutograderError("a project without a library has nothing to show pictures with")
    return project.library / "pictures" / f"{name}.json"


def write(project: Project, asked: Iterable[str] = ()) -> list[Path]:
    """Compute these pictures (default: all) and write what has changed; returns those paths.

    What has moved by less than its tolerance has not changed: another machine writes nothing new.
    """
    written = []
    for name in _named(project, asked):
        picture, path = load(project, name), stored(project, name)
        if _difference(picture, path):
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(picture.text(), encoding="utf-8", newline="\n")
            written.append(path)
    return written


def differences(project: Project, asked: Iterable[str] = ()) -> list[str]:
    """What differs between these pictures (default: all) and what is stored: one line each."""
    wanted = list(asked)
    found = []
    for name in _named(project, wanted):
        difference = _difference(load(project, name), stored(project, name))
        if difference:
            found.append(f"{name}: {difference}")
    if not wanted:
        known = names(project)
        kept = sorted(stored(project, "x").parent.glob("*.json")) if known else []
        left = [path.stem for path in kept if path.stem not in known]
        found += [f"{name}: no lesson computes it" for name in left]
    return found


def _named(project: Project, asked: Iterable[str]) -> list[str]:
    wanted, known = list(asked), list(names(project))
    for name in wanted:
        if name not in known:
            raise AutograderError(f"the picture must be one of {', '.join(known)}; got {name!r}")
    return wanted or known


def _difference(picture: Picture, path: Path) -> str:
    """How the stored picture differs from the computed one; "" where it does not."""
    if not path.exists():
        return "is missing"
    now, then = json.loads(picture.text()), json.loads(path.read_text(encoding="utf-8"))
    if _frame_work(now) != _frame_work(then):
        return "its title, controls, axes or sentences have changed"
    farthest = max(
        _moved(one[axis], other[axis], panel[f"{axis}lim"], panel.get(f"{axis}scale", ""))
        for number, panel in enumerate(now["panels"])
        for one, other in zip(_series(now, number), _series(then, number), strict=True)
        for axis in "xyz"
        if axis in one
    )
    if farthest > picture.tolerance:
        return f"a point has moved by {farthest:.2g} of its axis (at most {picture.tolerance:g})"
    return ""


def _series(document: dict[str, Any], panel: int) -> list[dict[str, Any]]:
    """All series of a panel: the fixed ones, then those of each frame."""
    shown, frames = [*document["panels"][panel]["background"]], document["frames"]
    for frame in frames:
        series = frame["panels"][panel]
        shown += frames[series]["panels"][panel] if isinstance(series, int) else series
    return shown


def _frame_work(document: dict[str, Any]) -> Any:
    """All but the numbers that are drawn, and those in sentences and at the ends of axes."""
    said = {**document, "frames": [_words(frame["says"]) for frame in document["frames"]]}
    limits = ("xlim", "ylim", "zlim", "background")
    said["panels"] = [
        {name: value for name, value in panel.items() if name not in limits}
        for panel in document["panels"]
    ]
    shown = [
        [(s["label"], s.get("kind"), sorted(s)) for s in _series(document, number)]
        for number in range(len(document["panels"]))
    ]
    return said, shown


def _words(sentence: str) -> str:
    """A sentence without its numbers."""
    return re.sub(r"[-−]?\d[\d,.]*(·10)?[⁻⁰¹²³⁴⁵⁶⁷⁸⁹]*", "#", sentence)


def _moved(one: Any, other: Any, limits: Any, scale: str) -> float:
    """The largest distance between two lists of numbers, as a part of the axis."""
    a, b, ends = (np.array(values, dtype=float) for values in (one, other, limits))
    if a.shape != b.shape or (np.isnan(a) != np.isnan(b)).any():
        return math.inf
    if scale == "log":
        a, b, ends = np.log10(a), np.log10(b), np.log10(ends)
    return float(np.nanmax(np.abs(a - b), initial=0.0) / abs(ends[1] - ends[0]))
