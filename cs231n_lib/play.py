"""Pictures that play: predict what happens, move a control, see whether you were right.

``play("activations")`` shows one. What it shows was computed beforehand, by the functions of this
library, and stands in ``pictures/activations.json``: no kernel and no network is asked when a
control moves, and what a notebook leaves to you to write need not be there. The page is
``play.html``; where scripts do not run, all settings are there in words.
"""

import html
import json
from itertools import product
from pathlib import Path
from typing import Any

from cs231n_lib.frame import Playable, embedded, fill
from cs231n_lib.plotting import PALETTE

__all__ = ["Picture", "pictures", "play"]

_FOLDER = Path(__file__).with_name("pictures")
_HOW = {"choice": "choose", "slider": "slide", "time": "slide, or play,"}


class Picture(Playable):
    """What ``play`` returns: a playable picture in a notebook, its words in a terminal."""


def pictures() -> list[str]:
    """The names that ``play`` knows."""
    return sorted(path.stem for path in _FOLDER.glob("*.json"))


def play(name: str) -> Picture:
    """The playable picture ``name``. Raises ``ValueError`` for a name that is not known.

    >>> print(str(play("activations")).splitlines()[0])
    What an activation does to a gradient
    """
    if name not in pictures():
        raise ValueError(f"name must be one of {', '.join(pictures())}; got {name!r}")
    data = json.loads((_FOLDER / f"{name}.json").read_text(encoding="utf-8"))
    controls, frames = data["controls"], data["frames"]
    settings = list(product(*(control["values"] for control in controls)))
    start = frames[_start(controls)]["says"]
    told = {
        "palette": PALETTE,
        "controls": controls,
        "panels": data["panels"],
        "frames": [frame["panels"] for frame in frames],
    }
    parts = {
        "TITLE": html.escape(data["title"]),
        "QUESTION": html.escape(data["question"]),
        "ALT": html.escape(data["alt"]),
        "SAYS": html.escape(start),
        # The script reads its sentences from here.
        "WORDS": "".join(
            f"<tr><td>{html.escape(', '.join(setting))}</td>"
            f"<td>{html.escape(frame['says'])}</td></tr>"
            for setting, frame in zip(settings, frames, strict=True)
        ),
        "DATA": embedded(told),
    }
    return Picture(data["title"], fill("play.html", parts), _words(data, start), height=640)


def _start(controls: list[dict[str, Any]]) -> int:
    """Which frame is shown first; frames are in the order of the controls, the last one fastest."""
    frame = 0
    for control in controls:
        frame = frame * len(control["values"]) + control["start"]
    return frame


def _words(data: dict[str, Any], start: str) -> str:
    """The picture as plain text, for terminals and for pages that show no frames."""
    lines = [data["title"], f"Predict: {data['question']}"]
    for control in data["controls"]:
        values = control["values"]
        named = ", ".join(values) if len(values) <= 6 else f"{values[0]} to {values[-1]}"
        begun = values[control["start"]]
        lines.append(f"  {_HOW[control['kind']]} {control['name']}: {named} (now {begun})")
    return "\n".join([*lines, start])
