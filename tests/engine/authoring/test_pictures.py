"""What a playable picture is made of: what the model writes and refuses, and how it is compared."""

from __future__ import annotations

import re
from dataclasses import replace

import numpy as np
import pytest
from helpers import PROJECT

from autograder.authoring import pictures
from autograder.commands import main
from autograder.picture import (
    Control,
    Frame,
    Panel,
    Picture,
    Series,
    every_setting,
    number,
)
from autograder.project import Project

CONTROL = Control("rate", ["low", "high"])
PANEL = Panel("loss", "step", "loss", at=[0, 1, 2])
LINE = Series("loss", [1.0, 2.0, np.nan])


def small(**changes):
    """A picture with one slider and one line."""
    parts = {
        "title": "A <title>",
        "question": "which & why?",
        "alt": 'a "line"',
        "controls": [CONTROL],
        "panels": [PANEL],
        "frames": [Frame("The loss is 1.", [[LINE]]), Frame("It is 2.", [[LINE]])],
    }
    return Picture(**{**parts, **changes})


def test_numbers_have_four_digits_gaps_are_null_and_axes_fit_all_frames():
    frames = [
        Frame("1", [[Series("a", [1.23456, np.nan, 3])]]),
        Frame("2", [[Series("a", [5, 6, 11])]]),
    ]
    data = small(frames=frames).document()
    assert data["frames"][0]["panels"] == [[{"label": "a", "y": [1.235, None, 3]}]]
    low, high = data["panels"][0]["ylim"]
    assert 0 < low < 1.235
    assert 11 < high < 12


def test_a_panel_that_is_seen_again_is_not_stored_again():
    frames = small().document()["frames"]
    assert frames[0]["panels"] == [[{"label": "loss", "y": [1, 2, None]}]]
    assert frames[1]["panels"] == [0]


def test_frames_are_in_the_order_of_the_controls_the_last_one_fastest():
    controls = [CONTROL, Control("rule", ["SGD", "Adam", "RMSProp"], kind="choice")]
    frames = every_setting(controls, lambda i, j: Frame(f"{i}{j}", []))
    assert [frame.says for frame in frames] == ["00", "01", "02", "10", "11", "12"]


def test_bars_stand_on_their_axis_with_room_at_both_ends():
    panel = Panel("a", "rule", "steps", "bars", at=["SGD", "Adam", "RMSProp"])
    [drawn] = small(panels=[panel]).document()["panels"]
    assert drawn["xlim"] == [-0.5, 2.5]
    assert drawn["ylim"] == [0, 2.12]


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: Control("a", ["1"]), "values must be at least two, all different"),
        (lambda: Control("a", ["1", "1"]), "values must be at least two, all different"),
        (lambda: Control("a", ["1", "2"], start=2), "start must be from 0 to 1, got 2"),
        (lambda: Control("a", ["1", "2"], kind="wheel"), "kind must be one of slider, choice"),
        (lambda: Panel("a", "x", "y", "pie"), "kind must be one of lines, .*; got 'pie'"),
        (lambda: Panel("a", "x", "y", yscale="ln"), "yscale must be one of linear, log"),
        (lambda: Panel("a", "x", "y", "bars"), "'a' must have `at`"),
        (lambda: small(controls=[CONTROL] * 4), "controls must be one to three, got 4"),
        (lambda: small(frames=[]), "frames must be 2, one a setting; got 0"),
        (lambda: small(frames=[Frame("a", [])] * 2), "frame 0 must have 1 panels, got 0"),
        (lambda: small(frames=[Frame(" ", [[LINE]])] * 2), "frame 0 must say something"),
    ],
)
def test_what_cannot_be_shown_is_refused(make, message):
    with pytest.raises(ValueError, match=message):
        make()


@pytest.mark.parametrize(
    ("series", "panel", "message"),
    [
        (Series("a", [1, 2]), PANEL, "'a' of 'loss' must have 3 values, got 2"),
        (Series("a", [1, 2]), Panel("p", "x", "y"), "must have x, since its panel has no `at`"),
        (Series("a", [0, 1, 2]), replace(PANEL, yscale="log"), "must be positive, or None"),
        (Series("a", [1, 2, 3], kind="pie"), PANEL, "kind must be one of lines"),
        (Series("a", [1, 2, 3], kind="cells"), PANEL, "must have z if it is shown as cells"),
        (Series("a", [1], z=[1, 2], kind="cells"), PANEL, "must have 3 values, got 2"),
    ],
)
def test_series_that_do_not_fit_their_panel_are_refused_when_written(series, panel, message):
    with pytest.raises(ValueError, match=message):
        small(panels=[panel], frames=[Frame("1", [[series]])] * 2).text()


def test_a_picture_that_is_too_large_for_a_notebook_is_refused():
    with pytest.raises(ValueError, match="at most 60000 bytes"):
        small(alt="long " * 12_000).text()


@pytest.fixture
def store(tmp_path, monkeypatch):
    """A store with a small picture, and how to say what would be computed now."""
    now = {"small": small()}
    monkeypatch.setattr(pictures, "names", lambda project: dict.fromkeys(now, "01_small"))
    monkeypatch.setattr(pictures, "load", lambda project, name: now[name])
    project = Project(tmp_path, library=tmp_path)
    pictures.write(project)

    def compare(picture):
        now["small"] = picture
        return pictures.differences(project)

    return project, compare


def with_last(value, says="It is 3."):
    """The small picture whose second line ends its first step at `value`; its axis is 1.0 long."""
    frames = [*small().frames[:1], Frame(says, [[Series("loss", [1.0, value, np.nan])]])]
    return small(frames=frames, tolerance=0.05)


def test_a_point_may_move_by_the_tolerance_and_numbers_in_sentences_with_it(store):
    _, compare = store
    assert compare(with_last(2.04)) == []
    [line] = compare(with_last(2.2))
    assert re.fullmatch(r"small: a point has moved by 0\.1\d of its axis \(at most 0.05\)", line)


def test_on_a_logarithmic_axis_decades_count(store):
    """From 0.01 to 0.02 is a twentieth of an axis from 0.001 to 1000."""
    project, compare = store

    def decades(value):
        panel = replace(PANEL, yscale="log", ylim=(1e-3, 1e3))
        frames = [Frame(f"{k}", [[Series("loss", [1, 2, value])]]) for k in (1, 2)]
        return small(panels=[panel], frames=frames, tolerance=0.03)

    compare(decades(0.01))
    pictures.write(project)
    assert compare(decades(0.0102)) == []
    assert "moved by 0.05 of its axis" in compare(decades(0.02))[0]


def test_other_words_a_gap_and_another_control_are_differences(store):
    _, compare = store
    assert compare(with_last(2.0, says="It was 3.")) == [
        "small: its title, controls, axes or sentences have changed"
    ]
    assert "moved by inf" in compare(with_last(np.nan))[0]
    assert "have changed" in compare(small(controls=[replace(CONTROL, start=1)]))[0]


def test_what_no_lesson_computes_and_what_has_no_file_is_a_difference(store):
    project, compare = store
    pictures.stored(project, "small").rename(pictures.stored(project, "old"))
    assert compare(small()) == ["small: is missing", "old: no lesson computes it"]


def test_what_has_hardly_moved_is_not_written_again(store):
    project, compare = store
    compare(with_last(2.04))
    assert pictures.write(project) == []
    compare(with_last(2.2))
    assert pictures.write(project) == [pictures.stored(project, "small")]
    assert compare(with_last(2.2)) == []


def test_the_command_checks_and_names_what_it_knows(capsys):
    assert main(["pictures", "gradient_check", "--check"]) == 0
    assert "are up to date" in capsys.readouterr().out
    assert main(["pictures", "none"]) == 2
    assert (
        f"must be one of {', '.join(pictures.names(PROJECT))}; got 'none'"
        in capsys.readouterr().err
    )


@pytest.mark.parametrize(
    ("value", "digits", "said"),
    [
        (0, 2, "0"),
        (0.00996, 2, "0.010"),
        (99.7, 2, "100"),
        (12345, 3, "12,300"),
        (-0.5, 1, "−0.5"),
        (1e-10, 1, "10⁻¹⁰"),
        (-3.24e7, 2, "−3.2·10⁷"),
    ],
)
def test_numbers_are_said_as_people_write_them(value, digits, said):
    assert number(value, digits) == said
