"""Playable pictures: what is stored is what their modules compute, and the page that shows it."""

from __future__ import annotations

import html
import itertools
import json
import re
import tomllib

import numpy as np
import pytest
from helpers import PROJECT, ROOT
from helpers.course_notebook import CourseNotebook

from autograder.authoring import pictures
from autograder.picture import LARGEST, Control, Frame, Panel, Picture, Series
from cs231n_lib import play as play_module
from cs231n_lib.play import play

schedules = PROJECT.module("06_schedules", "picture")

NAMES = list(pictures.names(PROJECT))
# These take long to compute; of each, a part is computed again: here, or with its notebook.
SLOW = {"batchnorm", "ensemble_size", "schedules"}
each_picture = pytest.mark.parametrize("name", NAMES)


def stored(name):
    return json.loads(pictures.stored(PROJECT, name).read_text(encoding="utf-8"))


def series_of(data):
    return Series(data["label"], data["y"], data.get("x"), data.get("z"), data.get("kind", ""))


def read_back(data):
    """The stored picture as the model describes it."""
    panels = [
        Panel(**{**panel, "background": [series_of(s) for s in panel["background"]]})
        for panel in data["panels"]
    ]
    frames = []
    for frame in data["frames"]:
        shown = [
            data["frames"][panel]["panels"][at] if isinstance(panel, int) else panel
            for at, panel in enumerate(frame["panels"])
        ]
        frames.append(Frame(frame["says"], [[series_of(s) for s in panel] for panel in shown]))
    controls = [Control(**control) for control in data["controls"]]
    return Picture(data["title"], data["question"], data["alt"], controls, panels, frames)


# ------------------------------------------------------------------------------- what is stored


def test_each_picture_that_is_stored_has_a_module_and_the_other_way_round():
    assert play_module.pictures() == NAMES


@each_picture
def test_the_model_accepts_what_is_stored(name):
    """And finds nothing to round, to repeat or to fit in any more; gaps excepted, all is finite."""
    assert read_back(stored(name)).document() == stored(name)


@each_picture
def test_every_sentence_has_a_number_and_is_short(name):
    for frame in stored(name)["frames"]:
        assert re.search(r"\d", frame["says"])
        assert len(frame["says"]) < 260


@each_picture
def test_it_is_small(name):
    assert pictures.stored(PROJECT, name).stat().st_size <= LARGEST
    assert len(play(name)._repr_html_()) < 2 * LARGEST


@pytest.mark.parametrize("name", [name for name in NAMES if name not in SLOW])
def test_computed_again_it_is_what_is_stored(name):
    assert pictures.differences(PROJECT, [name]) == []


def test_the_schedules_curves_are_what_is_stored():
    data = stored("schedules")
    lengths = [range(len(control["values"])) for control in data["controls"]]
    settings = list(itertools.product(*lengths))
    for kind, rate, left in ((0, 3, 1), (2, 4, 2)):
        shown = data["frames"][settings.index((kind, rate, left))]["panels"][1][0]["y"]
        where = (schedules.KINDS[kind], schedules.RATES[rate], [*schedules.LEFT.values()][left])
        assert np.log(shown) == pytest.approx(np.log(schedules.curve(*where)), abs=0.05)


def test_what_the_library_reads_is_shipped_with_it():
    text = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    shipped = tomllib.loads(text)["tool"]["setuptools"]["package-data"]["*"]
    held = {path.suffix for path in (ROOT / "cs231n_lib").rglob("*.*") if path.is_file()}
    assert held - {".py", ".pyc"} <= {pattern.removeprefix("**/*") for pattern in shipped}


# -------------------------------------------------------------------------------------- the page


@each_picture
def test_a_terminal_gets_title_question_controls_and_the_first_sentence(name):
    data, lines = stored(name), repr(play(name)).splitlines()
    assert lines[:2] == [data["title"], f"Predict: {data['question']}"]
    assert len(lines) == 3 + len(data["controls"])
    for line, control in zip(lines[2:], data["controls"], strict=False):
        assert f"{control['name']}: " in line
        assert f"(now {control['values'][control['start']]})" in line
    lengths = [len(control["values"]) for control in data["controls"]]
    first = np.ravel_multi_index([control["start"] for control in data["controls"]], lengths)
    assert lines[-1] == data["frames"][first]["says"]


@each_picture
def test_every_setting_is_there_in_words_without_a_script(name):
    data, page = stored(name), play(name).document
    rows = re.findall(r"<tr><td>(.*?)</td><td>(.*?)</td></tr>", page)
    settings = itertools.product(*(control["values"] for control in data["controls"]))
    said = [html.escape(frame["says"]) for frame in data["frames"]]
    assert rows == [*zip((html.escape(", ".join(each)) for each in settings), said, strict=True)]
    assert f'aria-live="polite">{html.escape(repr(play(name)).splitlines()[-1])}<' in page


@each_picture
def test_the_page_asks_the_network_for_nothing(name):
    page = play(name).document
    assert not re.search(r"https?:|//\w|@import|url\((?!#)|<link|\ssrc=|\bfetch\b", page)
    assert "<!--" not in page  # no placeholder was forgotten
    shown = play(name)._repr_html_()
    assert shown.startswith(f'<iframe title="{html.escape(stored(name)["title"])}"')
    assert f'srcdoc="{html.escape(page)}"' in shown


def test_texts_cannot_break_out_of_the_page(tmp_path, monkeypatch):
    evil = "</script><b>&"
    frames = [Frame(said, [[Series(evil, [1, 2], x=[0, 1])]]) for said in (evil, "2")]
    made = Picture(
        title="A <title>",
        question="which & why?",
        alt='a "line"',
        controls=[Control(evil, [evil, "2"])],
        panels=[Panel(evil, evil, evil)],
        frames=frames,
    )
    (tmp_path / "evil.json").write_text(made.text(), encoding="utf-8")
    monkeypatch.setattr(play_module, "_FOLDER", tmp_path)
    page = play("evil").document
    assert page.count("</script>") == 1
    assert "<b>" not in page
    assert "<h1>A &lt;title&gt;</h1>" in page
    assert "which &amp; why?" in page
    assert 'aria-label="a &quot;line&quot;"' in page


def test_an_unknown_name_is_answered_with_the_known_ones():
    with pytest.raises(ValueError, match=f"name must be one of {', '.join(NAMES)}; got 'none'"):
        play("none")


def test_a_student_who_has_written_nothing_yet_sees_the_picture(tmp_path):
    script = "from cs231n_lib.play import play; print(play('activations'))"
    ran = CourseNotebook("01_activations").run_in_edition(tmp_path, script)
    assert ran.stdout.startswith(stored("activations")["title"]), ran.stderr
