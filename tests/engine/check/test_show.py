"""How a report looks: what is said once, what has which colour, and whether it can be read."""

from __future__ import annotations

import re

import numpy as np
import pytest
from helpers.doubling import report_of

from autograder.check import show
from autograder.check.judge import Report, Verdict
from autograder.exercise import choice

ASKED = choice("q", "slide", right="B", wrong={"A": "A is for apple."}, why="It is blue.")


def report(*verdicts):
    return Report("double", "00_doubling", "Arithmetic", list(verdicts))


def border(page):
    return re.search(r"border-left:4px solid (\S+?);", page)[1]


def test_a_mistake_is_said_once_on_top_of_the_tests_that_it_explains():
    text = show.report_text(report_of(lambda x: x**2))
    assert text.splitlines() == [
        "double: 0 of 4 points",
        "  looks like: squares",
        "  It multiplies `x` by itself.",
        "      ✗ doubles every element (2)",
        "      ✗ leaves x alone (1)",
        "      ✗ is quiet about large numbers (1)",
        "  Read again: Arithmetic: doubling",
    ]
    page = show.report_html(report_of(lambda x: x**2))
    assert page.count("looks like: squares") == page.count("<code>x</code>") == 1
    assert page.index("looks like") < page.index("doubles every element")


def test_a_mistake_stands_above_tests_that_passed_and_that_failed_for_other_reasons():
    known = Verdict("c", 1, "failed", "Twice.", mistake="triples", elsewhere=True)
    text = show.report_text(
        report(Verdict("a", 1, "passed"), Verdict("b", 2, "failed", "No."), known)
    )
    assert text.splitlines()[1:-1] == [
        "  a different convention: triples",
        "  Twice.",
        "      ✗ c (1)",
        "  ✓ a (1)",
        "  ✗ b (2)",
        "      No.",
    ]


def rows(x):
    return x + np.ones(7 + x.size)


def test_one_exception_in_all_tests_is_said_once():
    elsewhere = [
        Verdict(line, 1, "error", f"when the check ran:  {line}\nTypeError: no {line[0]}")
        for line in ("1 + f(x)", "2 + f(x)")
    ]
    for shown, error in ((report_of(rows), "ValueError"), (report(*elsewhere), "TypeError")):
        assert len({verdict.message for verdict in shown.verdicts}) == 2, "other sizes or lines"
        for text in (show.report_text(shown), show.report_html(shown)):
            assert text.count(error) == 1


def test_different_errors_are_all_said():
    one, other = (Verdict(test, 1, "error", f"{test}Error: no") for test in "ab")
    text = show.report_text(report(one, other))
    assert "aError" in text
    assert "bError" in text


def test_a_note_on_a_test_that_passed_stands_in_its_line():
    (verdict,) = ASKED.examine({"q": "B"}).verdicts
    assert "✓ your choice (1)\n      It is blue." in show.report_text(report(verdict))
    line = show.report_html(report(verdict)).split("<div")[-1]
    assert "your choice" in line
    assert '<span style="opacity:.7">It is blue.</span>' in line


def test_a_wrong_choice_is_not_said_to_look_like_one():
    text = show.report_text(ASKED.examine({"q": "a"}))
    assert "you chose option A\n  A is for apple." in text


@pytest.mark.parametrize(
    ("statuses", "mark"),
    [
        (["passed", "passed"], "✓"),
        (["passed", "not written"], "…"),
        (["missing", "missing"], "…"),
        (["not written", "failed"], "✗"),
        (["lost", "lost"], "✗"),
    ],
)
def test_right_is_green_unfinished_grey_wrong_amber(statuses, mark):
    page = show.report_html(report(*(Verdict(s, 1, s, s) for s in statuses)))
    marks = re.findall(r"color:(\S+?);background:(\S+?);[^>]*>(.)</b>", page)
    assert border(page) == {mark: back for _, back, mark in marks}[mark]
    red, green, blue = rgb(border(page))
    assert {"✓": green > 1.5 * red, "…": red == green == blue, "✗": red > green > blue}[mark]


def rgb(colour):
    digits = colour[1:] if len(colour) == 7 else "".join(2 * digit for digit in colour[1:])
    return [int(digits[i : i + 2], 16) / 255 for i in (0, 2, 4)]


def luminance(colour):
    """https://www.w3.org/TR/WCAG21/#dfn-relative-luminance"""
    parts = [c / 12.92 if c <= 0.03928 else ((c + 0.055) / 1.055) ** 2.4 for c in rgb(colour)]
    return float(np.dot(parts, [0.2126, 0.7152, 0.0722]))


def contrast(one, other):
    low, high = sorted([luminance(one), luminance(other)])
    return (high + 0.05) / (low + 0.05)


def test_the_measure_of_contrast_is_the_usual_one():
    assert contrast("#fff", "#000") == pytest.approx(21)
    assert contrast("#777777", "#fff") == pytest.approx(4.48, abs=0.01)


def test_marks_can_be_read_on_every_page_since_they_bring_their_background():
    page = show.report_html(report(*(Verdict(s, 1, s) for s in ("passed", "missing", "failed"))))
    marks = re.findall(r"color:(\S+?);background:(\S+?);[^>]*>(.)</b>", page)
    assert [mark for *_, mark in marks] == ["✓", "…", "✗"]
    for colour, background, _ in marks:
        assert contrast(colour, background) >= 4.5
    # No colour of letters alone is enough on both of JupyterLab's pages.
    assert not any(
        min(contrast(f"#{2 * f'{grey:02x}'}{grey:02x}", page) for page in ("#fff", "#111")) >= 4.5
        for grey in range(256)
    )


def test_no_glyph_needs_an_emoji_font():
    parts = [show.Progress("nb", [("a", 1, 2), ("b", 0, 2), ("c", 2, 2)], [("words", 1)])]
    broken = report(*(Verdict(s, 1, s) for s in ("passed", "missing", "failed", "lost", "error")))
    pages = [show.progress_text(parts), show.progress_html(parts)]
    pages += [show.report_text(broken), show.report_html(broken)]
    assert {letter for letter in "".join(pages) if ord(letter) > 127} == set("✓✗…◐")
