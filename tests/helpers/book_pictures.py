"""Make the README's pictures of the book, after ``make book``.

In the folder ``tests``: ``python -m helpers.book_pictures``.
"""

from __future__ import annotations

import io
import shutil
from typing import TYPE_CHECKING

from conftest import CHROMIUM
from PIL import Image

from autograder.book.site import work_folder
from helpers import PROJECT, ROOT

if TYPE_CHECKING:  # only `make browser` installs it
    from playwright.sync_api import Page

__all__ = ["take"]


def take() -> None:
    """Write docs/book_notebook.png."""
    from playwright.sync_api import sync_playwright

    program = next(filter(None, map(shutil.which, CHROMIUM)))
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, chromium_sandbox=False)
        page = browser.new_page(viewport={"width": 1180, "height": 820}, device_scale_factor=1.25)
        _race(page, "light", "book_notebook")
        browser.close()


def _race(page: Page, scheme: str, name: str) -> None:
    page.emulate_media(color_scheme=scheme)
    page.goto((work_folder(PROJECT) / "html" / "notebooks" / "05_update_rules.html").as_uri())
    frame = page.locator("iframe[title*=racing]").first
    frame.scroll_into_view_if_needed()
    inside = frame.content_frame
    inside.get_by_role("button", name="Play").wait_for()
    inside.locator(".time input").fill("60")
    inside.locator(".time input").blur()
    frame.evaluate("each => window.scrollTo(0, each.getBoundingClientRect().top + scrollY - 150)")
    page.wait_for_timeout(500)
    picture = Image.open(io.BytesIO(page.screenshot())).convert("RGB")
    # 256 colours are enough for text, contours and six runners.
    small = picture.quantize(256, method=Image.Quantize.FASTOCTREE, dither=Image.Dither.NONE)
    small.save(ROOT / "docs" / f"{name}.png", optimize=True)


if __name__ == "__main__":
    take()
