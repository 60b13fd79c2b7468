"""The book's worked derivations: what each claims is computed on the page, and the page runs."""

import pytest
from helpers.pages import BOOK, Page

FOLDER = BOOK / "derivations"
PAGES = sorted(page.stem for page in FOLDER.glob("*.md") if page.stem != "index")


@pytest.mark.parametrize("name", PAGES)
def test_the_page_s_code_runs(name):
    assert Page(FOLDER / f"{name}.md").names


@pytest.mark.parametrize("name", PAGES)
def test_the_page_names_its_notebook_and_ends_with_a_check(name):
    text = Page(FOLDER / f"{name}.md").text
    assert "\n*Notebook 0" in text
    assert "```python\n" in text.split("\n## Check it\n")[1]


def test_the_index_has_every_page():
    index = Page(FOLDER / "index.md").text
    assert [name for name in PAGES if f"({name}.md)" not in index] == []
    assert len(PAGES) == index.count(".md)")
