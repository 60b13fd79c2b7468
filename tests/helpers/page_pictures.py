"""The pictures of docs/ of report and feedback: at a desk and on a phone, light and dark."""

from __future__ import annotations

import io
from pathlib import Path

from PIL import Image

DESK, PHONE = (1280, 1000), (390, 844)
_GAP = 20


def take(page, report: Path, feedback: Path, folder: Path) -> list[Path]:
    """Write the pictures of these two pages; returns their paths."""
    page.route("https://**", lambda route: route.abort())  # nbgrader's page asks for MathJax
    shots = {
        (name, size, scheme): _shot(page, path, size, scheme)
        for name, path in (("report", report), ("feedback", feedback))
        for size in (DESK, PHONE)
        for scheme in ("light", "dark")
    }
    dark = [shots["report", DESK, "dark"], shots["feedback", DESK, "dark"]]
    phones = [
        shots[name, PHONE, scheme]
        for name in ("report", "feedback")
        for scheme in ("light", "dark")
    ]
    pictures = {
        "report": shots["report", DESK, "light"],
        "feedback": shots["feedback", DESK, "light"],
        "dark": _row([shot.resize((DESK[0] // 2, DESK[1] // 2)) for shot in dark]),
        "phones": _row(phones),
    }
    paths = []
    for name, picture in pictures.items():
        path = folder / f"{name}.png"
        # 128 colours are plenty for text and flat areas, and a third of the bytes.
        picture.quantize(128).save(path, optimize=True)
        paths.append(path)
    return paths


def _shot(page, path: Path, size: tuple[int, int], scheme: str) -> Image.Image:
    page.set_viewport_size({"width": size[0], "height": size[1]})
    page.emulate_media(color_scheme=scheme)
    page.goto(path.as_uri())
    return Image.open(io.BytesIO(page.screenshot())).convert("RGB")


def _row(pictures: list[Image.Image]) -> Image.Image:
    """The pictures beside each other."""
    width = sum(picture.width + _GAP for picture in pictures) - _GAP
    row = Image.new("RGB", (width, pictures[0].height), "#808080")
    left = 0
    for picture in pictures:
        row.paste(picture, (left, 0))
        left += picture.width + _GAP
    return row
