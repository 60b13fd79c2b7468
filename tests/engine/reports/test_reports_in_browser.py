"""The instructor's and the student's pages in a real browser: light, dark, on a phone, on paper."""

from __future__ import annotations

import pytest
from helpers.graded_class import FIRST, record
from helpers.small_course import project

from autograder.grading.feedback import feedback
from autograder.grading.recorder import Recorder
from autograder.grading.submission import KEY
from autograder.grading.timings import note
from autograder.reports.course_report import write_course_report
from autograder.reports.report import write_report
from autograder.reports.similarity import write_similar

pytestmark = pytest.mark.browser
PHONE, DESK = {"width": 380, "height": 800}, {"width": 1200, "height": 900}

CONTRAST = """() => {
    const context = document.createElement("canvas").getContext("2d", {willReadFrequently: true});
    const rgb = colour => {
        context.clearRect(0, 0, 1, 1);
        context.fillStyle = colour;
        context.fillRect(0, 0, 1, 1);
        return [...context.getImageData(0, 0, 1, 1).data];
    };
    const light = ([r, g, b]) => [r, g, b].map(v => v / 255)
        .map(v => v <= .04045 ? v / 12.92 : ((v + .055) / 1.055) ** 2.4)
        .reduce((sum, v, i) => sum + v * [.2126, .7152, .0722][i], 0);
    const behind = element => {
        for (; element; element = element.parentElement) {
            const colour = rgb(getComputedStyle(element).backgroundColor);
            if (colour[3] > 250) return colour;
        }
        return [255, 255, 255];
    };
    const texts = document.createTreeWalker(ROOT, NodeFilter.SHOW_TEXT);
    const found = [];
    while (texts.nextNode()) {
        const element = texts.currentNode.parentElement;
        if (!texts.currentNode.data.trim() || element.closest("svg, style, script")) continue;
        const [a, b] = [light(rgb(getComputedStyle(element).color)), light(behind(element))];
        const ratio = (Math.max(a, b) + .05) / (Math.min(a, b) + .05);
        if (ratio < 4.5) found.push(`${ratio.toFixed(1)}: ${texts.currentNode.data.trim()}`);
    }
    return found;
}"""


@pytest.fixture
def pages(klass):
    """The notebook's report, the course's, and a student's feedback page."""
    course = klass.course
    with Recorder(course, FIRST) as book:
        graded = klass.graded("student-02", q_linear=1.0)
        verdicts = graded.metadata[KEY]["reports"][0]["verdicts"]
        message = "A `" + "long_name_" * 12 + "` that does not break."
        verdicts[0] |= {"status": "failed", "mistake": "no bias", "message": message}
        book.record("student-02", {FIRST: graded})
    record(klass, "student-01", affine=4.5, q_linear=1.0)
    record(klass, "student-03")
    note(course, FIRST, "student-01", {"setup": 0.25})
    feedback(course, FIRST, ["student-02"])
    for number in range(11, 20):
        odd = "\n".join(f"    row_{i} = np.sin({i} * x) + {'w * ' * 30}b" for i in range(3))
        code = f"def affine_forward(x, w, b):\n{odd if number < 13 else '    ...'}"
        klass.hand_in(f"student-{number}", code=code)
    similar, pairs = write_similar(course, FIRST, project=project(klass.made))
    assert pairs == 1
    return {
        "similar": similar,
        "report": write_report(course, FIRST),
        "course": write_course_report(course),
        "feedback": course.feedback_dir(FIRST, "student-02") / f"{FIRST}.html",
    }


def students(page, table):
    return page.locator(f"{table} tbody th").all_inner_texts()


def test_a_click_on_a_heading_sorts_and_says_so(page, pages):
    page.goto(pages["report"].as_uri())
    heat = "table.heat"
    score = page.locator(f"{heat} thead th").nth(1)
    score.get_by_role("button").click()
    assert score.get_attribute("aria-sort") == "descending"
    assert students(page, heat) == ["student-01", "student-02", "student-03"]
    score.get_by_role("button").focus()
    page.keyboard.press("Enter")
    assert score.get_attribute("aria-sort") == "ascending"
    assert students(page, heat) == ["student-03", "student-02", "student-01"]
    assert page.locator(f"{heat} thead th[aria-sort]").count() == 1


def test_what_waits_stays_at_the_end_whichever_way_it_is_sorted(page, pages, klass):
    klass.hand_in("student-01", "It moves the plane, again.")
    record(klass, "student-01", affine=4.5, q_linear=1.0)
    page.goto(write_report(klass.course, FIRST).as_uri())
    why = page.locator("table.heat thead th").nth(4)
    for _ in range(2):
        why.get_by_role("button").click()
        assert students(page, "table.heat")[-1] == "student-01"


@pytest.mark.parametrize("name", ["report", "course", "feedback", "similar"])
def test_nothing_is_wider_than_a_phone(page, pages, name):
    page.route("https://**", lambda route: route.abort())  # nbgrader's page asks for MathJax
    page.set_viewport_size(PHONE)
    page.goto(pages[name].as_uri())
    assert page.evaluate("document.documentElement.scrollWidth") == PHONE["width"]


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("name", ["report", "course", "feedback", "similar"])
def test_every_word_stands_out_from_what_is_behind_it(page, pages, name, scheme):
    page.route("https://**", lambda route: route.abort())
    page.emulate_media(color_scheme=scheme)
    page.set_viewport_size(DESK)
    page.goto(pages[name].as_uri())
    page.evaluate("document.querySelectorAll('details').forEach(each => each.open = true)")
    assert page.evaluate(CONTRAST.replace("ROOT", "document.querySelector('main')")) == []


def test_a_pairs_link_opens_both_texts_side_by_side_or_below_each_other(page, pages):
    page.set_viewport_size(DESK)
    page.goto(pages["similar"].as_uri())
    texts = page.locator("#pair-1 pre")
    assert not texts.first.is_visible()
    page.locator('a[href="#pair-1"]').click()
    left, right = (texts.nth(i).bounding_box() for i in (0, 1))
    assert left["y"] == right["y"]
    page.set_viewport_size(PHONE)
    above, below = (texts.nth(i).bounding_box() for i in (0, 1))
    assert above["x"] == below["x"]
    assert above["y"] < below["y"]


@pytest.mark.parametrize("name", ["report", "course", "similar"])
def test_the_reports_ask_the_network_for_nothing_and_raise_no_error(page, pages, name):
    asked, errors = [], []
    page.on("request", lambda request: asked.append(request.url))
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.goto(pages[name].as_uri())
    assert asked == [pages[name].as_uri()]
    assert errors == []


def test_on_paper_a_wide_table_is_not_cut_off_by_a_scroll_bar(page, pages):
    page.goto(pages["report"].as_uri())
    page.emulate_media(media="print", color_scheme="dark")
    styles = page.evaluate(
        """() => [...document.querySelectorAll(".scroll")].map(each =>
            getComputedStyle(each).overflowX)"""
    )
    assert set(styles) == {"visible"}
    assert page.evaluate("getComputedStyle(document.body).color") == "rgb(34, 38, 43)"


def feedback_page(page, pages, size, anchor=""):
    page.route("https://**", lambda route: route.abort())
    page.set_viewport_size(size)
    page.goto(pages["feedback"].as_uri() + anchor)
    return page.locator(".below > .container")


def test_feedback_is_little_more_than_a_screen_until_the_notebook_is_opened(page, pages):
    notebook = feedback_page(page, pages, DESK)
    assert not notebook.is_visible()
    assert page.evaluate("document.documentElement.scrollHeight") < 1.5 * DESK["height"]
    page.get_by_text("Your notebook, as it was graded").click()
    assert notebook.is_visible()


def test_a_link_into_the_folded_notebook_opens_it_there(page, pages):
    notebook = feedback_page(page, pages, DESK)
    page.locator(".summary table a").first.click()
    assert notebook.is_visible()
    again = feedback_page(page, pages, PHONE, "#affine")
    assert again.is_visible()
    assert page.evaluate("document.getElementsByName('affine')[0].getBoundingClientRect().top") < 50


def test_on_paper_nothing_is_folded(page, pages):
    notebook = feedback_page(page, pages, DESK)
    page.evaluate("dispatchEvent(new Event('beforeprint'))")
    assert notebook.is_visible()
    assert page.locator("details:not([open])").count() == 0
