"""Playable pictures in a real browser: by keyboard, light and dark, on a phone, without scripts."""

from __future__ import annotations

import json

import numpy as np
import pytest
from helpers import PROJECT

from autograder.authoring import pictures
from autograder.picture import Control, Frame, Panel, Picture, Series, every_setting
from cs231n_lib import play as play_module
from cs231n_lib.play import play

pytestmark = pytest.mark.browser
WIDTHS = (360, 700, 1000)
each_picture = pytest.mark.parametrize("name", pictures.names(PROJECT))


@pytest.fixture
def show(page):
    """Show a picture on a page of some colour and width; returns its frame."""
    page.set_viewport_size({"width": 1000, "height": 800})
    trouble = []
    page.on("pageerror", lambda error: trouble.append(str(error)))
    page.on("request", lambda request: trouble.append(request.url))

    def shown(name, background="white", width=1000):
        page.set_viewport_size({"width": width, "height": 800})
        page.set_content(f"<body style='background: {background}'>{play(name)._repr_html_()}")
        frame = page.frame_locator("iframe")
        frame.locator("figure svg").last.wait_for()
        return frame

    yield shown
    assert trouble == []


@pytest.fixture
def kinds(tmp_path, monkeypatch):
    """A picture with every kind of panel and control."""
    controls = [
        Control("Step", ["first", "second", "third"], kind="time"),
        Control("Rule", ["SGD", "Adam"], kind="choice"),
    ]
    names, grid = ["SGD", "momentum", "Adam"], [0.0, 1.0, 2.0]
    panels = [
        Panel("Bars", "rule", "steps", "bars", at=names),
        Panel("Cells", "a", "b", "cells", at=grid, background=[Series("z", grid, z=range(9))]),
        Panel("Points", "a", "b", "points", xscale="log", at=[0.1, 1, 10]),
        Panel("Lines", "a", "b", yscale="log", at=[1, 2, 3, 4]),
    ]

    def frame(i, j):
        line = Series("line", [1, np.nan, 10, 100 * (i + 1)])
        path = Series("path", [i, j], x=[0, 1], kind="lines")
        bars = [Series("a", [1, 2, i]), Series("b", [j, 1, 2])]
        return Frame(f"Step {i}, rule {j}.", [bars, [path], [Series("dots", [1, i, 2])], [line]])

    frames = every_setting(controls, frame)
    made = Picture("Kinds", "what?", "Four drawings.", controls, panels, frames)
    (tmp_path / "kinds.json").write_text(made.text(), encoding="utf-8")
    monkeypatch.setattr(play_module, "_FOLDER", tmp_path)
    return "kinds"


def drawing(frame):
    return frame.locator(".panels").inner_html()


@pytest.mark.parametrize("name", ["activations", "gradient_check"])
@pytest.mark.parametrize(
    ("background", "width", "dark"), [("white", 1000, 0), ("#111", 1000, 1), ("white", 360, 0)]
)
def test_arrow_keys_change_the_sentence_and_the_drawing(show, name, background, width, dark):
    frame = show(name, background, width)
    assert frame.locator("html.dark").count() == dark
    says, slider = frame.locator(".says"), frame.locator("[type=range]").first
    before = says.inner_text(), drawing(frame), slider.get_attribute("aria-valuetext")
    last = slider.get_attribute("max") == slider.input_value()
    slider.focus()
    slider.press("ArrowLeft" if last else "ArrowRight")
    after = says.inner_text(), drawing(frame), slider.get_attribute("aria-valuetext")
    assert [one == other for one, other in zip(before, after, strict=True)] == [False] * 3
    assert frame.locator("output").first.inner_text() == after[2]


@each_picture
def test_every_setting_that_is_reached_by_keyboard_says_its_own_sentence(show, name):
    data = json.loads(pictures.stored(PROJECT, name).read_text(encoding="utf-8"))
    frame = show(name)
    chosen = [control["start"] for control in data["controls"]]
    for at, control in enumerate(data["controls"]):
        for k in range(len(control["values"])):
            if control["kind"] == "choice":
                frame.locator(f"[name=control{at}]").nth(k).press("Space")
            else:
                frame.locator(f"#control{at}").fill(str(k))
            chosen[at] = k
            lengths = [len(each["values"]) for each in data["controls"]]
            number = int(np.ravel_multi_index(chosen, lengths))
            assert frame.locator(".says").inner_text() == data["frames"][number]["says"]


FITS = """() => document.documentElement.scrollWidth <= innerWidth
    && document.documentElement.scrollHeight <= innerHeight"""

LABELS = """() => [...document.querySelectorAll("figure svg")].flatMap(svg => {
    const texts = [...svg.querySelectorAll("text")]
        .map(each => [each.textContent, each.getBoundingClientRect()]);
    const edge = svg.getBoundingClientRect();
    const cut = texts.filter(([, box]) => box.left < edge.left - 1 || box.right > edge.right + 6);
    const meet = texts.filter(([, a], i) => texts.some(([, b], k) => k < i && a.left < b.right
        && b.left < a.right && a.top + 3 < b.bottom && b.top + 3 < a.bottom));
    return [...cut, ...meet].map(([text]) => text);
})"""


@each_picture
def test_the_frame_is_as_large_as_its_content_and_no_words_collide(show, page, name):
    for width in WIDTHS:
        frame = show(name, width=width)
        inner = page.frames[1]
        inner.wait_for_function(FITS)
        assert inner.evaluate(LABELS) == []
    height = page.locator("iframe").bounding_box()["height"]
    frame.locator("summary").press("Enter")  # all settings in words
    page.wait_for_function(f"document.querySelector('iframe').offsetHeight > {height + 50}")
    inner.wait_for_function(FITS)
    frame.locator("summary").press("Enter")  # and smaller again
    page.wait_for_function(f"document.querySelector('iframe').offsetHeight == {height}")


def test_a_play_button_steps_to_the_end_and_is_silent_on_the_way(show, kinds):
    frame = show(kinds)
    button, says = frame.locator(".play"), frame.locator(".says")
    button.press("Enter")
    assert says.get_attribute("aria-live") == "off"
    assert says.inner_text() == "Step 1, rule 0."  # at once, the rest follows
    frame.locator("output", has_text="third").wait_for()
    frame.locator(".play", has_text="Play").wait_for()  # it stops by itself
    assert says.get_attribute("aria-live") == "polite"
    button.press("Enter")  # from the beginning
    assert says.inner_text() == "Step 0, rule 0."
    button.press("Enter")
    assert "Play" in button.inner_text()


def test_each_kind_of_panel_is_drawn(show, kinds):
    figures = show(kinds).locator("figure")
    assert figures.nth(0).locator(".front rect").count() == 6  # three rules, two bars each
    assert figures.nth(1).locator(".behind rect").count() == 9
    assert figures.nth(1).locator(".front .line").count() == 1  # a path over the cells
    assert figures.nth(2).locator(".front .mark").count() == 3
    assert figures.nth(2).locator(".front .line").count() == 0
    gap = figures.nth(3).locator(".front .line").get_attribute("d")
    assert gap.count("M") == 2
    assert figures.nth(3).locator(".front .mark").count() == 3


def test_points_are_where_their_axes_say(show, kinds):
    """On a logarithmic axis a factor of ten is one length; upwards is up."""
    figure = show(kinds).locator("figure").nth(2)
    across = [each.bounding_box()["x"] for each in figure.locator(".front .mark").all()]
    assert across[1] - across[0] == pytest.approx(across[2] - across[1], abs=0.3)
    height = [each.bounding_box()["y"] for each in figure.locator(".front .mark").all()]
    assert height[2] < height[0] < height[1]


@each_picture
def test_without_scripts_it_is_there_in_words(page, name):
    context = page.context.browser.new_context(java_script_enabled=False)
    plain = context.new_page()
    plain.set_content(play(name)._repr_html_())
    frame = plain.frame_locator("iframe")
    assert frame.locator(".says").inner_text() == repr(play(name)).splitlines()[-1]
    assert frame.locator(".unscripted").is_visible()
    assert not frame.locator(".controls").is_visible()
    frame.locator("summary").click()
    assert frame.locator("td").first.is_visible()
    context.close()
