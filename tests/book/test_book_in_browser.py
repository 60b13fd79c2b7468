"""The whole book in a real browser, read from files: nothing fetched, light, dark, on a phone."""

from __future__ import annotations

import re
import subprocess
import sys
from urllib.parse import unquote, urlsplit

import pytest
from helpers import PROJECT, ROOT, axe
from helpers.html_pages import Page

from autograder.book.site import work_folder

pytestmark = pytest.mark.browser
WORK = work_folder(PROJECT)
PHONE, DESK = {"width": 380, "height": 800}, {"width": 1300, "height": 900}
PAGES = [
    "index",
    "notebooks/05_update_rules",
    "mistakes/05_update_rules",
    "slides",
    "conventions",
    "api/optim",
    "_modules/cs231n_lib/optim",
    "search",
]
FETCHED = {"src", "srcset", "poster", "data"}
"""Attributes whose address a browser asks for at once; `href` only of a <link>."""


@pytest.fixture(scope="module")
def site():
    # As a reader makes it; also, Sphinx's own extensions warn, which is an error in these tests.
    subprocess.run([sys.executable, "-m", "autograder", "book"], cwd=ROOT, check=True)
    return WORK / "html"


def opened(page, site, name, scheme="light", size=DESK):
    page.emulate_media(color_scheme=scheme)
    page.set_viewport_size(size)
    page.goto((site / f"{name}.html").as_uri())


# --- the files


def test_no_page_asks_the_network_for_anything(site):
    asked = []
    for path in sorted(site.rglob("*.html")):
        for tag in re.findall(r"<[a-z][^>]*>", path.read_text(encoding="utf-8")):
            names = FETCHED | ({"href"} if tag.startswith("<link") else set())
            for name, address in re.findall(r'\s([a-z]+)="([^"]*)"', tag):
                if name in names and re.match(r"(https?:)?//", address):
                    asked.append(f"{path.name}: {address}")
    for path in sorted(site.rglob("*.css")):
        found = re.findall(
            r"(?:url\(|@import)\s*[\"']?((?:https?:)?//[^)\"']*)", path.read_text("utf-8")
        )
        asked += [f"{path.name}: {address}" for address in found]
    assert asked == []


def test_every_link_leads_to_a_page_and_a_place_in_it(site):
    broken, known = [], {}
    for path in sorted(site.rglob("*.html")):
        for link in set(Page(path.read_text(encoding="utf-8")).links):
            parts = urlsplit(link)
            if parts.scheme:
                continue
            target = (path.parent / unquote(parts.path)).resolve() if parts.path else path
            if target not in known:
                text = target.read_text("utf-8") if target.suffix == ".html" else ""
                known[target] = set(re.findall(r'\sid="([^"]*)"', text))
            if parts.fragment and unquote(parts.fragment) not in known[target]:
                broken.append(f"{path.name}: {link}")
    assert broken == []


def test_every_picture_is_described(site):
    found = 0
    for path in sorted(site.rglob("*.html")):
        for tag in re.findall(r"<img[^>]*>", path.read_text(encoding="utf-8")):
            assert re.search(r'alt="[^"]{10,}"', tag), f"{path.name}: {tag}"
            found += 1
    assert found > 100


def test_every_formula_is_shown_as_one(site):
    notebooks = "".join(p.read_text("utf-8") for p in sorted((site / "notebooks").glob("*.html")))
    assert notebooks.count("<math ") > 700
    code = re.sub(r"(?s)<(pre|script|code|iframe)\b.*?</\1>", "", notebooks)
    words = re.sub(r"<[^>]+>", "", code)
    assert re.findall(r"\$[^$\n]{1,40}\$|\\[a-z]{2,}", words) == []


# --- the browser


@pytest.mark.parametrize("name", PAGES)
def test_a_page_opens_without_an_error_and_fetches_files_alone(page, site, name):
    asked, errors = [], []
    page.on("request", lambda request: asked.append(request.url))
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.on("console", lambda m: errors.append(m.text) if m.type in ("error", "warning") else None)
    opened(page, site, name)
    page.evaluate("document.querySelectorAll('iframe').forEach(each => each.scrollIntoView())")
    page.wait_for_load_state()
    assert errors == []
    root = site.as_uri()
    assert [url for url in asked if not url.startswith((root, "data:", "about:"))] == []


@pytest.mark.parametrize("name", PAGES)
def test_no_page_is_wider_than_a_phone(page, site, name):
    opened(page, site, name, size=PHONE)
    assert page.evaluate("document.documentElement.scrollWidth") == PHONE["width"]


def test_a_race_can_be_played_in_a_page(page, site):
    opened(page, site, "notebooks/05_update_rules")
    frame = page.locator("iframe[title*=racing]").first
    frame.scroll_into_view_if_needed()
    inside = frame.content_frame
    inside.get_by_role("button", name="Play").wait_for()
    assert inside.locator("output").inner_text() == "0 of 150"
    inside.locator(".step").click()
    assert inside.locator("output").inner_text() == "1 of 150"


def test_a_hint_opens_and_has_its_formulas(page, site):
    opened(page, site, "notebooks/05_update_rules")
    hint = page.locator("details", has=page.locator("math")).first
    assert not hint.locator("math").first.is_visible()
    hint.locator("summary").click()
    assert hint.locator("math").first.is_visible()


def test_the_search_finds_a_word_of_the_course(page, site):
    opened(page, site, "index")
    page.locator("input[type=search], input[name=q]").first.fill("Nesterov")
    page.keyboard.press("Enter")
    page.locator("#search-results li").first.wait_for()
    found = page.locator("#search-results li a").all_inner_texts()
    assert "05 · Update rules" in found


def test_a_full_stop_stays_on_its_formula_s_line(page, site):
    opened(page, site, "notebooks/07_dropout", size=PHONE)
    apart = """() => [...document.querySelectorAll("article p math")].filter(each => {
        const next = each.nextSibling;
        if (!next || next.nodeType !== 3 || !/^[.,;:]/.test(next.data)) return false;
        const stop = document.createRange();
        stop.setStart(next, 0), stop.setEnd(next, 1);
        return stop.getBoundingClientRect().top > each.getBoundingClientRect().bottom;
    }).length"""
    assert page.locator("article p .kept").count() > 10
    assert page.evaluate(apart) == 0


def test_what_scrolls_sideways_on_a_phone_says_so_until_it_is_read(page, site):
    opened(page, site, "conventions", size=PHONE)
    wide = (
        "[...document.querySelectorAll('.table-wrapper, pre')]"
        ".filter(each => each.scrollWidth > each.clientWidth + 1)"
    )
    assert page.evaluate(f"{wide}.length") > 5
    assert page.evaluate(f"{wide}.every(each => each.matches('.more'))")
    page.evaluate(f"{wide}[0].scrollLeft = 10000")
    page.wait_for_function(f"!{wide}[0].matches('.more')")


def test_roots_have_no_empty_space_behind_them(page, site):
    opened(page, site, "notebooks/07_dropout")
    page.evaluate("document.fonts.ready")
    root = page.locator("article p math msqrt:visible").first
    margin = root.evaluate("each => getComputedStyle(each).marginRight")
    assert float(margin.removesuffix("px")) < 0


def test_formulas_are_set_in_the_book_s_own_font(page, site):
    opened(page, site, "notebooks/05_update_rules")
    page.evaluate("document.fonts.ready")
    assert page.evaluate("document.fonts.check('16px \"STIX Two Math\"')")
    loaded = page.evaluate("[...document.fonts].map(each => [each.family, each.status])")
    assert ["STIX Two Math", "loaded"] in [[family.strip('"'), status] for family, status in loaded]


@pytest.mark.parametrize("name", PAGES)
def test_nothing_keeps_anybody_out(page, site, name):
    problems = []
    for scheme, size in (("light", PHONE), ("dark", DESK)):
        opened(page, site, name, scheme, size)
        page.evaluate("document.querySelectorAll('details').forEach(each => each.open = true)")
        problems += [f"{scheme}: {problem}" for problem in axe.serious(page)]
    assert problems == []


def test_on_paper_hints_are_open_and_the_colours_are_those_of_paper(page, site):
    opened(page, site, "notebooks/05_update_rules", "dark")
    page.emulate_media(media="print", color_scheme="dark")
    colour = page.evaluate("getComputedStyle(document.body).backgroundColor")
    assert colour in ("rgb(255, 255, 255)", "rgba(0, 0, 0, 0)")
    count = "document.querySelectorAll('article details:not([open])').length"
    before = page.evaluate(count)
    page.evaluate("dispatchEvent(new Event('beforeprint'))")
    assert (before > 20, page.evaluate(count)) == (True, 0)
    page.evaluate("dispatchEvent(new Event('afterprint'))")
    assert page.evaluate(count) == before
