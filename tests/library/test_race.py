"""The playable race: what is in its page, and that it plays."""

import html
import json
import re
from html.parser import HTMLParser

import numpy as np
import pytest

from cs231n_lib.race import race
from cs231n_lib.surfaces import beale, saddle, valley

LINE = np.array([[-1.0, 0.0], [-0.5, 0.25], [0.0, 0.0]])


def data(shown):
    """What the page's script is told."""
    return json.loads(re.search(r"const race = (\{.*\});", shown.document).group(1))


def test_each_path_is_told_step_by_step_with_its_losses():
    shown = race({"walk": LINE, "stand": LINE[:1]}, valley(10))
    walk, stand = data(shown)["runners"]
    assert walk["loss"] == [0.5, 0.438, 0.0]
    assert (walk["last"], stand["last"], data(shown)["steps"]) == (2, 0, 2)
    assert walk["color"] != stand["color"]
    assert len(re.findall("<polyline", shown.document)) == 2


def test_points_are_drawn_to_scale():
    """x grows to the right, y upwards, and both by the same factor."""
    shown = race({"walk": np.array([[0.0, 0.0], [0.5, 0.0], [0.0, 0.5]])}, saddle)
    points = re.search(r'<polyline[^>]*points="([^"]*)"', shown.document).group(1)
    origin, right, up = (np.array(p.split(","), dtype=float) for p in points.split())
    assert right[0] - origin[0] == pytest.approx(origin[1] - up[1], abs=0.2)
    assert right[0] > origin[0]
    assert up[1] < origin[1]


def test_a_path_that_diverges_is_cut_and_says_so():
    path = np.array([[0.0, 1.0], [1e200, 2.0], [np.inf, np.nan], [0.0, 0.0]])
    runner = data(race({"wild": path}, beale))["runners"][0]
    assert runner["diverged"]
    assert runner["last"] == 1
    assert runner["loss"] == [14.2, None]


def test_a_path_that_is_never_finite_still_makes_a_page():
    runner = data(race({"lost": np.full((3, 2), np.nan)}, beale))["runners"][0]
    assert runner["last"] == -1
    assert runner["loss"] == []


def test_long_paths_skip_steps_and_keep_their_end():
    path = np.linspace([1.0, 0.0], [0.0, 0.0], 1002)
    told = data(race({"long": path}, valley(1)))
    assert told["every"] == 3
    assert told["runners"][0]["loss"][-1] == 0.0
    assert len(told["runners"][0]["loss"]) == 335  # steps 0, 3, ..., 999, and 1001


def test_names_cannot_break_out_of_the_page():
    name = "</script><b>&"
    shown = race({name: LINE}, valley(10), title="<i>title</i>")
    assert data(shown)["runners"][0]["name"] == name
    assert shown.document.count("</script>") == 1
    assert "<i>" not in shown.document
    assert "<b>" not in shown.document


class Tags(HTMLParser):
    def __init__(self, text):
        super().__init__()
        self.seen = []
        self.feed(text)
        self.close()

    def handle_starttag(self, tag, attrs):
        self.seen.append((tag, dict(attrs)))


def test_a_notebook_shows_one_frame_that_fetches_nothing():
    shown = race({"walk": LINE}, valley(10))
    [(tag, attributes)] = Tags(shown._repr_html_()).seen
    assert tag == "iframe"
    assert attributes["title"]
    assert attributes["srcdoc"] == shown.document
    inside = Tags(shown.document).seen
    assert not [a for _, attrs in inside for a in attrs if a in ("src", "href", "srcset")]
    assert not re.search(r"@import|url\(\s*['\"]?(?!#)(?!#dot)h", shown.document)
    assert "<!--" not in shown.document  # no placeholder was forgotten


def test_pages_without_frames_and_terminals_get_the_outcome_as_text():
    shown = race({"walk": LINE, "stand": LINE[:1]}, valley(10))
    assert repr(shown) == "valley, condition 10: loss after 2 steps\n  walk   0\n  stand  0.5"
    assert html.escape(repr(shown)) in shown._repr_html_()


def test_a_race_is_small():
    rng = np.random.default_rng(10)
    paths = {str(i): np.cumsum(rng.normal(scale=0.1, size=(151, 2)), axis=0) for i in range(5)}
    assert len(race(paths, beale)._repr_html_()) < 50_000


@pytest.mark.parametrize(
    ("paths", "message"),
    [
        ({}, "at least one path"),
        ({"flat": np.zeros(4)}, r"path 'flat' must have shape \(steps \+ 1, 2\), got \(4,\)"),
        ({"empty": np.zeros((0, 2))}, r"got \(0, 2\)"),
    ],
)
def test_paths_of_another_shape_are_refused(paths, message):
    with pytest.raises(ValueError, match=message):
        race(paths, beale)


@pytest.mark.browser
@pytest.mark.parametrize(("background", "dark"), [("white", False), ("#111", True)])
def test_it_plays_steps_hides_and_resets(page, background, dark):
    from playwright.sync_api import expect

    errors = []
    page.on("pageerror", lambda error: errors.append(error))
    shown = race({"walk": LINE, "stand": LINE[:1]}, valley(10))
    page.set_content(f"<body style='background: {background}'>{shown._repr_html_()}")
    frame = page.frame_locator("iframe")
    output, row = frame.locator("output"), frame.locator("tbody tr").first
    expect(output).to_have_text("0 of 2")
    frame.locator(".step").click()
    expect(output).to_have_text("1 of 2")
    expect(row).to_contain_text("0.438")
    frame.locator(".reset").click()
    frame.locator(".play").click()
    expect(output).to_have_text("2 of 2")
    expect(frame.locator(".play")).to_contain_text("Play")  # it stops at the end
    frame.locator("svg").first.press("Home")
    frame.locator("svg").first.press("ArrowRight")
    expect(output).to_have_text("1 of 2")
    row.locator("button").click()
    expect(row.locator("button")).to_have_attribute("aria-pressed", "false")
    assert frame.locator("html.dark").count() == dark
    assert not errors
