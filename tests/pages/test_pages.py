"""README, CONTRIBUTING, CHANGELOG and docs/: their links lead somewhere, what they name exists."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from helpers import LESSONS, ROOT

import cs231n_lib
from autograder.commands import COMMANDS

PAGES = [*sorted(ROOT.glob("*.md")), *sorted((ROOT / "docs").glob("*.md"))]
PAGES += [ROOT / "tests" / "attacks" / "README.md"]
README = (ROOT / "README.md").read_text(encoding="utf-8")
LIBRARY = {path.stem for path in (ROOT / "cs231n_lib").glob("*.py")} - {"__init__"}

LINK = re.compile(r"\]\((?!https?:)([^)#\s]*)#?([^)\s]*)\)|src=\"([^\"]+)\"")
FILE = re.compile(r"`((?:autograder|notebooks|cs231n_lib|tests|book|docs)/[\w/.-]*)`")
NOT_YET = re.compile("TOPIC|NAME|sign_descent")  # the last is what CONTRIBUTING.md writes

each_page = pytest.mark.parametrize(
    "page", PAGES, ids=[path.relative_to(ROOT).as_posix() for path in PAGES]
)


def anchors(page: Path) -> set[str]:
    """The names that a page's headings have, as GitHub makes them."""
    headings = re.findall(r"^#+ (.*)$", page.read_text(encoding="utf-8"), re.M)
    return {re.sub(r"[^\w -]", "", heading.lower()).replace(" ", "-") for heading in headings}


def dead_links(page: Path) -> list[str]:
    dead = []
    for path, anchor, picture in LINK.findall(page.read_text(encoding="utf-8")):
        target = page.parent / (path or picture or page.name)
        if not target.exists() or (anchor and anchor not in anchors(target)):
            dead.append(f"{path or picture}#{anchor}")
    return dead


@each_page
def test_a_link_leads_somewhere(page: Path) -> None:
    assert dead_links(page) == []


def test_a_dead_link_is_noticed(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text('# One, two\n[a](#one-two) [b](#two) [c](no.md) <img src="x.png">', "utf-8")
    assert dead_links(page) == ["#two", "no.md#", "x.png#"]


@each_page
def test_a_file_that_is_named_exists(page: Path) -> None:
    names = FILE.findall(page.read_text(encoding="utf-8"))
    missing = [name for name in names if not NOT_YET.search(name) and not (ROOT / name).exists()]
    assert missing == []


@each_page
def test_a_command_that_is_named_exists(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    targets = set(re.findall(r"^([a-z]+):", makefile, re.M))
    assert {*re.findall(r"(?:^    |`)make ([a-z]+)", text, re.M)} <= targets
    assert {*re.findall(r"python -m autograder ([a-z]+)", text)} <= {*COMMANDS}


# ---------------------------------------------------------------------------------------- README


def test_the_readme_is_short() -> None:
    assert len(README.split()) <= 700


def test_the_map_names_every_notebook_and_modules_of_the_library() -> None:
    rows = re.findall(r"^\|[^|]*\| \[(\d\d_\w+)\]\((\S+)\) \| (.*) \|$", README, re.M)
    assert [name for name, _, _ in rows] == LESSONS
    for name, link, modules in rows:
        assert link == f"notebooks/source/{name}/{name}.ipynb"
        links = re.findall(r"\[(\w+)\]\((\S+?)\)", modules)
        assert links
        assert all(link == f"cs231n_lib/{module}.py" for module, link in links)
        assert {module for module, _ in links} <= LIBRARY


def test_the_library_s_front_page_names_every_module() -> None:
    assert set(re.findall(r"^``(\w+)``", cs231n_lib.__doc__ or "", re.M)) == LIBRARY
