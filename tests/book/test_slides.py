"""The map from the slides: is the whole lecture on it, every exercise, and do its links lead there?

The lecture's text is not part of the project: it is where the environment's ``LECTURE6`` says.
"""

import re
from collections import Counter
from dataclasses import replace

import pytest
from helpers import LESSONS, PROJECT, load
from helpers.pages import LECTURE

from autograder.authoring.build import source_notebook
from autograder.book.headings import places

slides = PROJECT.book_module("slides")

NO_TITLES = (
    # What stands alone on a slide and is not its title.
    "Lecture 6", "Loop:", "Sigmoid", "tanh tanh(x)", "ReLU max(0,x)", "Maxout", "ELU", "[", "(",
    "Normalize:", "And then allow", "TODO", "Training a neural network,", "Image credits",
    "Ordinary momentum update:", "Variable transform", "Replace all thetas", "Added element-wise",
    "- ", "Cited by", "momentum", "RMSProp-like", "Looks a bit like", "The bias correction",
    "step decay:", "e.g. decay", "exponential decay:", "1/t decay:", "second-order Taylor",
    "Solving for", "Enjoy 2%",
)  # fmt: skip


@pytest.fixture(scope="module")
def page(tmp_path_factory):
    return slides.write(tmp_path_factory.mktemp("slides"), PROJECT).read_text("utf-8")


@pytest.fixture(scope="module")
def lecture():
    """What stands alone on the slides: titles and the like, each once, in the lecture's order."""
    if not LECTURE.is_file():
        pytest.skip(f"THE MAP IS NOT COMPARED WITH THE LECTURE: no {LECTURE}; set LECTURE6")
    text = LECTURE.read_text("utf-8")
    text = re.sub(r"^```\n.*?^```|\$\$.*?\$\$", "\n\n", text, flags=re.S | re.M)
    blocks = (block.strip().splitlines() for block in re.split(r"\n\s*\n", text))
    return list(dict.fromkeys(block[0] for block in blocks if len(block) == 1))


def plain(title):
    return title.replace("*", "").removeprefix("=> ").rstrip(".:")


def test_no_slide_is_left_out(lecture):
    titles = {slide.title for slide in slides.SLIDES}
    for line in lecture:
        question = re.sub(r"^Q\d?: ", "", line)
        known = line.startswith(NO_TITLES) or any(question.startswith(q) for q in slides.QUESTIONS)
        assert known or plain(line) in titles, line


def test_slides_come_in_the_lectures_order(lecture):
    at = {plain(line): number for number, line in enumerate(lecture)}
    order = [at[slide.title] for slide in slides.SLIDES if slide.title in at]
    assert len(order) >= len(slides.SLIDES) - 1, "Xavier's title is the only one in quotes"
    assert order == sorted(order)


def test_the_todo_list_is_the_lectures(lecture):
    items = re.search(r"^TODO\n\n((?:- .*\n)+)", LECTURE.read_text("utf-8"), re.M)[1]
    assert re.findall(r"- (.*)\n", items) == list(slides.TODO)


def test_every_slide_todo_and_question_is_on_the_page(page):
    for title in [*(slide.title for slide in slides.SLIDES), *slides.TODO, *slides.QUESTIONS]:
        assert f"| {title[0].upper()}{title[1:]} |" in page or f"| {title} |" in page


def test_every_exercise_is_on_the_map(page):
    written = Counter(re.findall(r"`(\w+)` \(\d+\)", page))
    for notebook in LESSONS:
        for exercise in load(notebook):
            assert written[exercise.name] >= 1, f"{exercise.name} names no slide: {exercise.slide}"
            assert f"`{exercise.name}` ({exercise.points:g})" in page


def test_what_is_withheld_is_looked_up_in_the_library(page):
    assert "{py:func}`~cs231n_lib.optim.adam`" in page
    assert "training_loop_reference" not in page


def test_an_exercise_stands_beside_the_section_that_asks_for_it(page):
    (line,) = (line for line in page.splitlines() if "`rmsprop` (8)" in line)
    assert "05 [RMSProp: learn to forget](notebooks/05_update_rules.ipynb#rmsprop-learn-to-" in line


def test_links_lead_to_headings(page):
    """The anchors that MyST gives the headings, by MyST's own rule."""
    slug = pytest.importorskip("myst_parser.slugs").github_slugify
    known = set()
    for notebook in LESSONS:
        for cell in source_notebook(notebook, PROJECT).cells:
            if cell.cell_type == "markdown":
                for heading in re.findall(r"^#{1,3} (.+)$", cell.source, re.M):
                    known.add(f"{notebook}.ipynb#{slug(heading.replace('`', ''))}")
    links = re.findall(r"\(notebooks/(\S+?)\)", page)
    assert len(links) > 80
    assert set(links) <= known


def test_each_exercise_and_question_has_a_place():
    for notebook in LESSONS:
        cells = Counter(cell for place in places(notebook, PROJECT) for cell in place.cells)
        assert {exercise.name for exercise in load(notebook)} <= set(cells)
        assert set(cells.values()) == {1}


def test_a_heading_that_is_gone_is_missed(tmp_path, monkeypatch):
    lost = slides.Slide("Lost", read=(("05_update_rules", "No such heading"),))
    monkeypatch.setattr(slides, "SLIDES", (lost,))
    with pytest.raises(ValueError, match="no heading 'No such heading'"):
        slides.write(tmp_path, replace(PROJECT, lessons=("05_update_rules",)))
