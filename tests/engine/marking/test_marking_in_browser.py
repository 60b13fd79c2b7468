"""The page of `mark` in a real browser: a class of 300 by keyboard alone, on three screens.

`make screenshots` writes the pictures of docs/marking.md anew.
"""

from __future__ import annotations

import io
import json
import os
import subprocess
import sys
from contextlib import contextmanager
from statistics import median

import pytest
from helpers import ROOT, axe
from helpers.answers_in_words import ADAGRAD, LONG, QUESTIONS, ZIGZAG, answers_of, words_class
from helpers.graded_class import contents, twin
from helpers.term_course import RULES
from helpers.typed_page import COMMAND, PART, agrees
from nbgrader.api import Gradebook
from PIL import Image

pytestmark = pytest.mark.browser
PAGE = ROOT / "docs" / "marking.md"
COUNT = 300
SLOWEST = 0.3
"""Seconds to the next answer, on a busy machine; what it took is printed."""
DESK, TABLET, PHONE = (
    {"width": 1280, "height": 800},
    {"width": 820, "height": 1180},
    {"width": 390, "height": 844},
)
EARNS = {ZIGZAG: ("steep", "floor"), ADAGRAD: ("smaller", "valley"), LONG: ("zero", "convex")}
"""Who uses these words is given the first or second item of the rubric. Pure invention."""
COMMENT = "Read it again."
WATCH = """() => {
  let pressed = 0, changed = null, marking = false;
  const [text, end] = ["text", "end"].map((id) => document.getElementById(id));
  window.times = [];
  addEventListener("keydown", (event) => {
    if (event.key !== "Enter") return;
    [pressed, marking] = [performance.now(), end.hidden];
    window.next = new Promise((resolve, reject) => {
      changed = resolve;
      setTimeout(reject, 30_000, `nothing changed; the page says: ${document.body.innerText}`);
    });
  }, true);
  const painted = (does) => () => requestAnimationFrame(() => setTimeout(does));
  new MutationObserver(painted(() => {
    if (marking) window.times.push((performance.now() - pressed) / 1000);
    changed?.();
  })).observe(text, { childList: true });
  new MutationObserver(painted(() => changed?.())).observe(end, { childList: true });
}"""
"""Measures the time from Enter to the next answer; `window.next` waits until it is there."""


@pytest.fixture(scope="module")
def whole_class(tmp_path_factory):
    return words_class(tmp_path_factory.mktemp("words"), COUNT)


@pytest.fixture(scope="module")
def address(whole_class, tmp_path_factory):
    """The address where a copy of the class is marked."""
    with marking(twin(whole_class, tmp_path_factory.mktemp("looked-at") / "course")) as address:
        yield address


@contextmanager
def marking(course):
    """Where `python -m autograder mark` says that it is."""
    with typed(f"mark {RULES} --grader Ada", course.root.parent) as printed:
        yield next(word for word in printed.split() if word.startswith("http://"))


@contextmanager
def typed(command, folder):
    """What a command that serves the page prints, until the page is there."""
    process = subprocess.Popen(
        [sys.executable, "-m", "autograder", *command.split(), "--no-browser"],
        cwd=folder,
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    )
    try:
        lines = []
        while "http://" not in "".join(lines[-1:]):
            lines.append(process.stdout.readline())
            assert lines[-1], f"it ended after {lines}"
        yield "".join(lines)
    finally:
        process.terminate()
        process.communicate()


def opened(page, address, size=DESK, scheme="light", question=ZIGZAG):
    page.emulate_media(color_scheme=scheme)
    page.set_viewport_size(size)
    page.goto(f"{address}&question={question}")
    page.locator("#text:not(:empty)").wait_for()
    # The next one is there too, as it is when somebody has read this one
    page.wait_for_load_state("networkidle")


def with_fingers(page, size):
    """Another page, on a screen that is touched."""
    browser = page.context.browser
    return browser.new_context(viewport=size, has_touch=True, is_mobile=True).new_page()


def press(page, keys):
    for key in keys:
        page.keyboard.press(key)


def graded(course, question):
    """Points and comment by student, of those whose answer waits no more; from the gradebook."""
    marks = {}
    with Gradebook(course.db_url, "cs231n") as book:
        for notebook in book.notebook_submissions(RULES, RULES):
            student = notebook.student.id
            grade = book.find_grade(question, RULES, RULES, student)
            comment = book.find_comment(question, RULES, RULES, student).manual_comment
            if grade.manual_score is not None and not grade.needs_manual_grade:
                marks[student] = grade.manual_score, comment
    return marks


def earned(question, text):
    return [key for key, word in zip("12", EARNS[question], strict=True) if word in text.lower()]


# --- the evening's work


def mark_all(page, requests):
    """Mark what waits, of all questions, by what is seen and by keys. Returns how many keys.

    requests : those on their way. Nobody has read an answer before they are back.
    """
    keys, commented = 0, set()
    while True:
        page.wait_for_timeout(20)
        for _ in range(3000):
            if not requests:
                break
            page.wait_for_timeout(10)
        assert not requests, "these have had no answer for half a minute"
        if page.locator("#end").is_visible():
            if not page.locator("#end button").count():
                return keys
            given = []
        else:
            question = page.locator("#questions [aria-current]").inner_text().split()[0]
            given = earned(question, page.locator("#text").inner_text())
            if not given:
                again = ["ArrowDown", "Enter"] if question in commented else COMMENT
                given = ["0", "c", *again]
                commented.add(question)
        press(page, [*given, "Enter"])
        page.evaluate("window.next")
        keys += len(given) + 1


def test_a_class_is_marked_by_keyboard_alone(page, whole_class, tmp_path):
    course = twin(whole_class, tmp_path / "course")
    asked, moved, requests = [], [], set()
    with marking(course) as address:
        opened(page, address)
        page.evaluate(WATCH)
        page.on("framenavigated", lambda frame: moved.append(frame.url))
        page.on("request", lambda request: (asked.append(request.url), requests.add(request)))
        for end in ("requestfinished", "requestfailed"):
            page.on(end, lambda request: requests.discard(request))
        keys = mark_all(page, requests)
        times = page.evaluate("window.times")
    number = COUNT * len(QUESTIONS)
    groups = sum(url.endswith("/save") for url in asked)
    print(f"\n{number} answers, {groups} groups, {keys} keys: {keys / number:.2f} an answer")
    print(f"next answer: median {median(times) * 1000:.0f} ms, slowest {max(times) * 1000:.0f} ms")
    assert keys <= 2 * number
    assert median(times) < SLOWEST
    assert moved == []
    assert [url for url in asked if not url.startswith(address.partition("/autograder")[0])] == []

    answers, expected = answers_of(COUNT), {}
    for question in QUESTIONS:
        marks = graded(course, question)
        expected[question] = {
            student: (float(len(given)), None if given else COMMENT)
            for student in marks
            for given in [earned(question, answers[student][question])]
        }
        assert marks == expected[question]
        assert len(marks) == COUNT - 1, "the first student wrote nothing, and has 0 points already"

    other = twin(whole_class, tmp_path / "other")
    as_the_formgrader(other, expected)
    assert contents(course.db_url) == contents(other.db_url)


def as_the_formgrader(course, marks):
    with Gradebook(course.db_url, "cs231n") as book:
        for question, students in marks.items():
            for student, (points, comment) in students.items():
                grade = book.find_grade(question, RULES, RULES, student)
                grade.manual_score, grade.needs_manual_grade = points, False
                book.find_comment(question, RULES, RULES, student).manual_comment = comment
        book.db.commit()


def ask_again(course, *students):
    """Mark answers in the formgrader; then these students ask for another look, in a CSV."""
    as_the_formgrader(course, {ZIGZAG: dict.fromkeys(students, (1.0, "Why?"))})
    lines = [f"{student},{ZIGZAG},I did say why." for student in students]
    text = "\n".join(["student,question,reason", *lines, ""])
    (course.root.parent / "requests.csv").write_text(text, encoding="utf-8")


def test_who_asks_again_comes_first_with_the_old_mark(page, whole_class, tmp_path):
    course = twin(whole_class, tmp_path / "course")
    ask_again(course, "student-005")
    with typed(f"mark {RULES} --requests requests.csv", tmp_path) as printed:
        opened(page, printed.split("at ")[-1].split()[0])
        assert page.locator("#before").inner_text().splitlines() == [
            "The student asks: I did say why.",
            "Before: 1 point",
            "“Why?”",
        ]
        press(page, ["1", "2", "Enter"])
        page.get_by_text("Saved: 1 answer, 2 points").wait_for()
        assert not page.locator("#before").is_visible()
    assert graded(course, ZIGZAG) == {"student-005": (2.0, "Why?")}


# --- what goes wrong, and what is undone


def test_a_save_that_fails_says_so_and_keeps_what_was_typed(page, address):
    opened(page, address, question=LONG)
    shown = page.locator("#text").inner_text()
    refusal = json.dumps({"message": "the gradebook is locked"})
    page.route("**/api/save", lambda route: route.fulfill(status=409, body=refusal))
    press(page, ["1", "c", *"Fine", "Enter"])
    page.get_by_text("Not saved: the gradebook is locked").wait_for()
    assert page.locator("#text").inner_text() == shown
    assert page.locator("#comment").input_value() == "Fine"
    assert page.locator("#items :checked").count() == 1
    page.route("**/api/save", lambda route: route.abort())
    page.keyboard.press("Enter")
    page.get_by_text("Not saved: The server does not answer.").wait_for()
    page.unroute("**/api/save")
    page.keyboard.press("Enter")
    page.get_by_text("Saved: ").wait_for()
    assert page.locator("#text").inner_text() != shown
    page.keyboard.press("u")
    page.get_by_text("Undone: ").wait_for()
    assert page.locator("#text").inner_text() == shown
    assert page.locator("#comment").input_value() == "Fine"
    press(page, ["c", *["Backspace"] * 4, "Escape"])


def test_a_save_that_ends_takes_no_comment_from_the_key_that_chooses_it(page, address):
    opened(page, address, question=LONG)
    held, answer = [], lambda: page.locator("#text").inner_text()
    # The one after the next is asked for when the next is shown: a held save needs it there.
    with page.expect_response("**/api/next"), page.expect_response("**/api/save"):
        press(page, ["0", "c", *"First", "Enter"])
    page.wait_for_timeout(500)
    page.route("**/api/save", lambda route: held.append(route))
    before = answer()
    press(page, ["0", "c", *"Second", "Enter"])
    page.wait_for_function(
        "before => document.getElementById('text').innerText !== before", arg=before
    )
    shown = answer()
    press(page, ["0", "c", "ArrowDown"])
    (save,) = held
    with page.expect_response("**/api/save"):
        save.continue_()
    page.wait_for_timeout(500)
    page.keyboard.press("Enter")
    assert (page.locator("#comment").input_value(), answer()) == ("First", shown)
    page.unroute("**/api/save")
    press(page, [*["Backspace"] * 5, "Escape", "u"])
    page.get_by_text("Undone: ").wait_for()
    press(page, ["u"])


def test_enter_alone_gives_nothing(page, address):
    opened(page, address)
    asked = []
    page.on("request", lambda request: asked.append(request.url))
    page.keyboard.press("Enter")
    page.get_by_text("Nothing is given yet").wait_for()
    press(page, ["p", *"7", "Enter"])
    page.get_by_text("Points must be a number from 0 to 2, got 7.").wait_for()
    assert asked == []


def test_an_answer_is_taken_out_of_its_group_and_comes_next(page, address):
    opened(page, address)
    size = int(page.locator("#heading").inner_text().split()[0])
    page.keyboard.press("ArrowDown")
    name = page.locator("#members li:focus .who").inner_text()
    page.keyboard.press("o")
    page.get_by_text("is taken out, and comes next").wait_for()
    assert int(page.locator("#heading").inner_text().split()[0]) == size - 1
    page.keyboard.press("s")
    page.locator("#heading", has_text=name).wait_for()
    page.keyboard.press("n")
    page.locator("#heading", has_text="student-").wait_for()


def test_the_rubric_is_edited_while_marking_and_the_page_says_whose_marks_change(page, address):
    opened(page, address, question=ADAGRAD)
    size = int(page.locator("#heading").inner_text().split()[0])
    press(page, ["2", "Enter"])
    page.get_by_text(f"Saved: {size} answers, 1 point").wait_for()
    press(page, ["e", "Tab", "Tab", "Tab", *"0.5", "Enter"])
    page.get_by_role("heading", name=f"{size} answers changed").wait_for()
    assert page.locator("#rubric .changed li").count() == size
    assert page.locator("#rubric .changed li").first.inner_text().endswith(": 1 → 0.5")
    page.keyboard.press("Enter")
    assert "+0.5" in page.locator("#items").inner_text()


def test_leaving_with_something_unsaved_warns(page, address):
    warnings = []
    opened(page, address)
    page.on("dialog", lambda dialog: (warnings.append(dialog.type), dialog.dismiss()))
    press(page, ["c", *"half a thought"])
    page.evaluate("setTimeout(() => location.reload())")
    page.wait_for_timeout(500)
    assert warnings == ["beforeunload"]
    assert page.locator("#comment").input_value() == "half a thought"


# --- the page of docs/


def test_the_commands_of_the_page_print_what_it_shows(whole_class, tmp_path):
    course = twin(whole_class, tmp_path / "course")
    hooks = {"two students ask": lambda: ask_again(course, "student-005", "student-006")}
    for part in PART.finditer(PAGE.read_text(encoding="utf-8")):
        if part["hook"]:
            hooks.pop(part["hook"])()
        elif part["kind"] == "console":
            for command, shown in COMMAND.findall(part["block"]):
                with typed(command, tmp_path) as printed:
                    assert agrees(shown, printed), printed
    assert not hooks


@pytest.mark.parametrize(("name", "size"), [("mark", DESK), ("mark_phone", PHONE)])
def test_the_page_is_as_docs_show_it(page, address, request, tmp_path, name, size):
    asked = request.config.getoption("--screenshots")
    picture = (ROOT / "docs" / "images" if asked else tmp_path) / f"{name}.png"
    page = page if size is DESK else with_fingers(page, size)
    opened(page, address, size)
    press(page, ["1"])
    shot = Image.open(io.BytesIO(page.screenshot(scale="css")))
    # 128 colours are plenty for text and flat areas, and a third of the bytes.
    shot.convert("RGB").quantize(128).save(picture, optimize=True)
    assert picture.stat().st_size < 120_000


# --- for everybody, on every screen


@pytest.mark.parametrize(
    ("scheme", "size"), [("light", DESK), ("dark", DESK), ("dark", TABLET), ("light", PHONE)]
)
def test_nothing_keeps_anybody_out(page, address, scheme, size):
    problems = []
    opened(page, address, size, scheme)
    page.evaluate("document.querySelectorAll('details').forEach(one => one.open = true)")
    for state, keys in (("a group", ["1"]), ("keys", ["?"]), ("rubric", ["Escape", "e"])):
        press(page, keys)
        problems += [f"{state}: {problem}" for problem in axe.serious(page)]
    assert problems == []
    assert page.evaluate("document.documentElement.scrollWidth") == size["width"]


@pytest.mark.parametrize("size", [TABLET, PHONE])
def test_fingers_hit_what_they_aim_at(page, address, size):
    finger = with_fingers(page, size)
    opened(finger, address, size)
    small = finger.evaluate(
        """() => [...document.querySelectorAll("button, summary, label.item")]
          .filter((one) => one.checkVisibility())
          .filter((one) => one.getBoundingClientRect().height < 44)
          .map((one) => one.textContent)"""
    )
    assert small == []
    finger.locator(".item").first.tap()
    finger.locator("#save").tap()
    finger.get_by_text("Saved: ").wait_for()
    finger.locator("#undo").tap()
    finger.get_by_text("Undone: ").wait_for()
