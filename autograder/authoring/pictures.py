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
    """The pictures that lessons compute, as {picture: lesson}."""
    lessons = [name for name in project.lessons if (project.lesson(name) / "picture.py").is_file()]
    return dict(sorted((str(project.module(name, "picture").NAME), name) for name in lessons))


def load(project: Project, name: str) -> Picture:
    """Compute a picture."""
    picture: Picture = project.module(names(project)[name], "picture").picture()
    return picture


def stored(project: Project, name: str) -> Path:
    """The file of a picture, in the library, which shows it."""
    if project.library is None:
        raise AutograderError("a project without a library has nothing to show pictures with")
    return project.library / "pictures" / f"{name}.json"


def write(project: Project, pictures: Iterable[str] = ()) -> list[Path]:
    """Compute these pictures (default: all) and write what has changed; returns those paths.

    A picture that moved by less than its tolerance has not changed, so that the rounding of another
    machine changes nothing.
    """
    written = []
    for name in _named(project, pictures):
        picture, path = load(project, name), stored(project, name)
        if _difference(picture, path):
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(picture.text(), encoding="utf-8", newline="\n")
            written.append(path)
    return written


def differences(project: Project, pictures: Iterable[str] = ()) -> list[str]:
    """How these pictures (default: all) differ from the stored ones, one line each."""
    chosen = list(pictures)
    problems = []
    for name in _named(project, chosen):
        difference = _difference(load(project, name), stored(project, name))
        if difference:
            problems.append(f"{name}: {difference}")
    if not chosen:
        known = names(project)
        paths = sorted(stored(project, "x").parent.glob("*.json")) if known else []
        unknown = [path.stem for path in paths if path.stem not in known]
        problems += [f"{name}: no lesson computes it" for name in unknown]
    return problems


def _named(project: Project, pictures: Iterable[str]) -> list[str]:
    chosen, known = list(pictures), list(names(project))
    for name in chosen:
        if name not in known:
            raise AutograderError(f"the picture must be one of {', '.join(known)}; got {name!r}")
    return chosen or known


def _difference(picture: Picture, path: Path) -> str:
    """How the stored picture differs from the computed one; "" if it does not."""
    if not path.exists():
        return "is missing"
    new, old = json.loads(picture.text()), json.loads(path.read_text(encoding="utf-8"))
    if _without_numbers(new) != _without_numbers(old):
        return "its title, controls, axes or sentences have changed"
    distance = max(
        _distance(one[axis], other[axis], panel[f"{axis}lim"], panel.get(f"{axis}scale", ""))
        for number, panel in enumerate(new["panels"])
        for one, other in zip(_series(new, number), _series(old, number), strict=True)
        for axis in "xyz"
        if axis in one
    )
    if distance > picture.tolerance:
        return f"a point has moved by {distance:.2g} of its axis (at most {picture.tolerance:g})"
    return ""


def _series(document: dict[str, Any], panel: int) -> list[dict[str, Any]]:
    """All series of a panel: the fixed ones, then those of each frame."""
    shown, frames = [*document["panels"][panel]["background"]], document["frames"]
    for frame in frames:
        series = frame["panels"][panel]
        shown += frames[series]["panels"][panel] if isinstance(series, int) else series
    return shown


def _without_numbers(document: dict[str, Any]) -> Any:
    """The document without drawn numbers, limits of axes, and numbers in sentences."""
    sentences = [_words(frame["says"]) for frame in document["frames"]]
    limits = ("xlim", "ylim", "zlim", "background")
    panels = [
        {name: value for name, value in panel.items() if name not in limits}
        for panel in document["panels"]
    ]
    series = [
        [(s["label"], s.get("kind"), sorted(s)) for s in _series(document, number)]
        for number in range(len(document["panels"]))
    ]
    return {**document, "frames": sentences, "panels": panels}, series


def _words(sentence: str) -> str:
    """A sentence without its numbers."""
    return re.sub(r"[-−]?\d[\d,.]*(·10)?[⁻⁰¹²³⁴⁵⁶⁷⁸⁹]*", "#", sentence)


def _distance(one: Any, other: Any, limits: Any, scale: str) -> float:
    """The largest distance between two lists of numbers, as a part of the axis."""
    a, b, ends = (np.array(values, dtype=float) for values in (one, other, limits))
    if a.shape != b.shape or (np.isnan(a) != np.isnan(b)).any():
        return math.inf
    if scale == "log":
        a, b, ends = np.log10(a), np.log10(b), np.log10(ends)
    return float(np.nanmax(np.abs(a - b), initial=0.0) / abs(ends[1] - ends[0]))
