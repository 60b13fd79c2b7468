"""Figures: labelled, restyled without a trace, and matplotlib left alone until one is drawn."""

import subprocess
import sys

import matplotlib as mpl
import numpy as np
import pytest

from cs231n_lib import plotting
from cs231n_lib.surfaces import beale, saddle


@pytest.fixture
def plt(monkeypatch):
    monkeypatch.setenv("MPLBACKEND", "agg")
    import matplotlib.pyplot as plt

    plt.switch_backend("agg")
    yield plt
    plt.close("all")


MODULES = "activations data gradcheck layers network optim plotting race surfaces training"


def test_importing_the_library_does_not_import_matplotlib():
    """Nor anything else that a student's program did not ask for."""
    imports = ", ".join(f"cs231n_lib.{name}" for name in MODULES.split())
    heavy = ("matplotlib", "contourpy", "scipy", "autograder", "IPython", "pooch")
    code = f"import {imports}, sys; print([name for name in {heavy} if name in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_importing_the_package_imports_none_of_its_modules():
    code = "import sys, cs231n_lib; print([m for m in sys.modules if m.startswith('cs231n_lib.')])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_style_is_gone_afterwards_even_after_an_error():
    before = dict(mpl.rcParams)
    with plotting.style():
        assert mpl.rcParams["figure.figsize"] != before["figure.figsize"]
    assert dict(mpl.rcParams) == before
    with pytest.raises(ZeroDivisionError), plotting.style():
        1 / 0  # noqa: B018
    assert dict(mpl.rcParams) == before


def luminance(colour):
    """Relative luminance of WCAG 2, for contrast."""
    channels = np.array([int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)])
    linear = np.where(channels <= 0.03928, channels / 12.92, ((channels + 0.055) / 1.055) ** 2.4)
    return float(linear @ [0.2126, 0.7152, 0.0722])


@pytest.mark.parametrize("colour", plotting.PALETTE)
def test_colours_can_be_seen_on_white_and_on_the_dark_card_of_a_race(colour):
    """A contrast of 3 is what graphics need; some reach 2, and have dashes or shapes to help."""
    for background in ("#ffffff", "#15191e"):
        light, dark = sorted([luminance(colour), luminance(background)], reverse=True)
        assert (light + 0.05) / (dark + 0.05) >= 2


def test_a_figure_is_white_on_a_light_page_and_does_not_glare_on_a_dark_one(plt):
    with plotting.style():
        figure, _ = plt.subplots()
    figure.canvas.draw()
    *card, opacity = (float(part) / 255 for part in np.asarray(figure.canvas.buffer_rgba())[0, 0])
    assert card == [1.0, 1.0, 1.0]
    assert opacity >= 0.5, "JupyterLab would choose a background of its own"
    on_black = f"#{round(255 * opacity):02x}" + 2 * f"{round(255 * opacity):02x}"
    assert luminance(on_black) < 0.65
    assert (luminance(on_black) + 0.05) / (luminance("#333333") + 0.05) > 7


def test_curves_differ_without_colour_too(plt):
    _, ax = plt.subplots()
    plotting.curves(ax, None, {str(i): [1, 2] for i in range(6)}, xlabel="step", ylabel="loss")
    assert len({str(line.get_linestyle()) + str(line._dash_pattern) for line in ax.lines}) == 6
    assert (ax.get_xlabel(), ax.get_ylabel()) == ("step", "loss")


def test_curves_hold_the_numbers_they_were_given(plt):
    _, ax = plt.subplots()
    plotting.curves(ax, [10, 20], {"a": [1, 100]}, xlabel="x", ylabel="y", log=True)
    np.testing.assert_array_equal(ax.lines[0].get_xydata(), [[10, 1], [20, 100]])
    assert ax.get_yscale() == "log"


def test_trajectories_label_paths_and_minimum_and_keep_the_view(plt):
    _, ax = plt.subplots()
    path = np.array([[1.0, 1.0], [1.5, 0.5], [np.inf, 1.0]])
    plotting.trajectories(ax, beale, {"SGD": path, "wild": np.array([[1.0, 1.0], [1e300, 1e300]])})
    assert [text.get_text() for text in ax.get_legend().get_texts()] == ["SGD", "wild", "minimum"]
    assert ax.get_xlim() + ax.get_ylim() == beale.view
    np.testing.assert_array_equal(ax.lines[0].get_xydata(), path[:2])
    ax.figure.canvas.draw()


def test_a_plain_function_needs_a_view(plt):
    _, ax = plt.subplots()
    with pytest.raises(ValueError, match="view is required"):
        plotting.trajectories(ax, saddle.f, {})
    plotting.trajectories(ax, saddle.f, {}, view=(-1, 1, -2, 2))
    assert ax.get_ylim() == (-2, 2)


def test_levels_rise_and_share_the_area_evenly():
    values = np.random.default_rng(9).exponential(size=100_000) ** 3
    levels = plotting.levels(values, n=9)
    assert (np.diff(levels) > 0).all()
    counts = np.histogram(values, bins=[-1, *levels[2:], np.inf])[0]
    np.testing.assert_allclose(counts, 10_000, rtol=0.01)


def test_histograms_share_their_range_and_add_up_to_one(plt):
    _, axes = plt.subplots(1, 2)
    plotting.histograms(axes, {"a": np.array([0.0, 1.0]), "b": np.array([4.0])}, xlabel="value")
    for ax in axes:
        bars = [(bar.get_x(), bar.get_height()) for bar in ax.patches]
        assert bars[0][0] == pytest.approx(0, abs=1e-12)
        assert sum(height for _, height in bars) == pytest.approx(1)
        assert ax.get_xlabel() == "value"
    assert axes[1].get_title() == "b\nmean 4, sd 0"


def test_histograms_need_an_axes_each(plt):
    _, ax = plt.subplots()
    with pytest.raises(ValueError, match=r"axes must be at least 2.*got 1"):
        plotting.histograms([ax], {"a": np.ones(2), "b": np.ones(2)}, xlabel="value")


def test_projections_draw_each_layout_twice(plt):
    layouts = {
        "one": [{"learning_rate": 0.1, "reg": 1e-6}],
        "two": [{"learning_rate": 1.0, "reg": 1e-5}, {"learning_rate": 10.0, "reg": 1e-5}],
    }
    known = np.array([0.1, 1.0, 10.0]), np.array([0.2, 0.9, 0.3])
    plotting.projections(layouts, {"one": [0.2], "two": [0.9, 0.3]}, known)
    axes = plt.gcf().axes
    assert [ax.get_title() for ax in axes[:2]] == ["one", "two"]
    assert [ax.get_xlabel() for ax in axes[2:4]] == ["learning rate"] * 2
    for above, below, trials in zip(axes[:2], axes[2:4], layouts.values(), strict=True):
        curve, dots = above.lines
        np.testing.assert_array_equal(curve.get_ydata(), known[1])
        assert list(dots.get_xdata()) == [trial["learning_rate"] for trial in trials]
        assert below.get_xscale() == below.get_yscale() == "log"
        assert len(below.collections[0].get_offsets()) == len(trials)
