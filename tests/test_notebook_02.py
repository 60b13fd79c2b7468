"""Notebook 02 says nothing about signals and gradients that is not measured: its numbers, again.

The notebook's own cells run once, with the solutions. `says` holds the prose to the numbers; what
depends on random numbers must hold for more seeds than the notebook shows.
"""

from __future__ import annotations

import contextlib
import io
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import jupytext
import numpy as np
import pytest
import tiny_cifar

from autograder.editions import withheld
from autograder.exercises import load
from cs231n_lib import initialization as init
from cs231n_lib.data import load_digits
from cs231n_lib.network import Network
from cs231n_lib.preprocessing import pca_whiten, preprocess
from cs231n_lib.propagation import forward_statistics, gradient_statistics, predicted_std
from cs231n_lib.training import fit

NAME = "02_init_statistics"
TEXT = Path(__file__).parent.parent / "notebooks" / "src" / f"{NAME}.py"
CELLS = jupytext.read(TEXT, fmt="py:percent").cells
PROSE = "\n".join(cell.source for cell in CELLS if cell.cell_type == "markdown")
THE_LINE = "images = data.load_digits(raw=True)"
SLIDE = np.array(
    [
        *(0.627953, 0.486051, 0.407723, 0.357108, 0.320917),
        *(0.292116, 0.273387, 0.254935, 0.239266, 0.228008),
    ]
)

Notebook = dict[str, Any]


def run(change: Callable[[str], str] = lambda source: source) -> tuple[Notebook, str]:
    """The variables of the notebook after all its cells have run, and what it printed."""
    matplotlib = pytest.importorskip("matplotlib")
    matplotlib.use("Agg")
    import matplotlib.pyplot as plt

    scope: Notebook = {"__name__": "__main__"}
    printed = io.StringIO()
    with pytest.MonkeyPatch.context() as patch, contextlib.redirect_stdout(printed):
        patch.setattr(plt, "show", lambda: plt.close("all"))
        for module, names in withheld(NAME).items():  # as in the edition that students have
            for name in names:
                patch.delattr(f"{module}.{name}")
        for cell in CELLS:
            if cell.cell_type == "code":
                exec(compile(change(cell.source), "<notebook 02>", "exec"), scope)
    return scope, printed.getvalue()


@pytest.fixture(scope="module")
def ran() -> tuple[Notebook, str]:
    return run()


@pytest.fixture(scope="module")
def notebook(ran: tuple[Notebook, str]) -> Notebook:
    return ran[0]


@pytest.fixture(scope="module")
def printed(ran: tuple[Notebook, str]) -> str:
    return ran[1]


def says(*phrases: str) -> None:
    absent = [phrase for phrase in phrases if phrase not in PROSE]
    assert absent == []


def relu(z: np.ndarray) -> np.ndarray:
    return np.maximum(0, z)


def large(fan_in: int, fan_out: int, rng: np.random.Generator) -> np.ndarray:
    return init.small_random(fan_in, fan_out, rng, scale=1.0)


def stack(rule: Any, seed: int, examples: int = 300) -> tuple[np.ndarray, list[np.ndarray]]:
    """The lecture's ten layers of 500, with fewer examples."""
    rng = np.random.default_rng(seed)
    D = rng.standard_normal((examples, 500))
    return D, [rule(500, 500, rng) for _ in range(10)]


def stds(rule: Any, activation: Any, seed: int) -> np.ndarray:
    return np.array([std for _, std in forward_statistics(*stack(rule, seed), activation)])


# -------------------------------------------------------------------------------- the two decisions


def test_the_solutions_are_the_library_s_functions(notebook: Notebook) -> None:
    digits = load_digits(raw=True)
    for name, library in (("preprocess", preprocess), ("pca_whiten", pca_whiten)):
        more = () if name == "preprocess" else (20,)
        for mine, theirs in zip(
            notebook[name](digits.X_train, digits.X_test, *more),
            library(digits.X_train, digits.X_test, *more),
            strict=True,
        ):
            np.testing.assert_allclose(abs(mine), abs(theirs), atol=1e-9)
    np.testing.assert_allclose(notebook["predicted_std"](10), predicted_std(10), rtol=1e-12)


def test_what_preprocessing_does_to_the_digits(notebook: Notebook) -> None:
    X, later = notebook["X"], notebook["X_later"]
    assert np.abs(X.mean(axis=0)).max() < 1e-14
    assert np.abs(later.mean(axis=0)).max() == pytest.approx(0.17, abs=5e-3)
    assert (np.abs(X).max(), np.abs(later).max()) == pytest.approx((31.6, 44.7), abs=0.05)
    assert len(notebook["flat"]) == 4
    assert notebook["surprising"] == [24]
    seen = load_digits(raw=True).X_test[:, 24]
    assert sorted(seen)[-3:] == [0, 1, 1]
    says(
        "up to 0.17", "Four pixels are 0 in all 1000", "one of them, number 24, is 1 in two of the"
    )
    says("becomes 31.6 there, and another one 44.7")
    assert 0 < np.full((1000, 1), 0.1).std(axis=0)[0] < 1e-16


def softmax_regression(inputs: np.ndarray, y: np.ndarray, rate: float, seed: int) -> float:
    network, rng = Network([inputs.shape[1], 10], init=0.0), np.random.default_rng(seed)
    fit(network, inputs, y, "sgd", {"learning_rate": rate}, epochs=3, batch_size=50, rng=rng)
    return network.forward((inputs, y))


def test_centring_pays_and_normalising_does_not(notebook: Notebook) -> None:
    losses = {name: found[0] for name, found in notebook["best"].items()}
    raw, _, centred, normalised = losses.values()
    assert centred / raw == pytest.approx(2 / 3, abs=0.05)
    assert normalised > 0.95 * centred
    assert notebook["loss"] > centred  # whitened
    assert notebook["best"]["zero-centred"][1] == pytest.approx(0.1)
    assert notebook["best"]["zero-centred and normalised"][1] == pytest.approx(3.16, abs=0.01)
    says("a third lower than with raw pixels (with other seeds up to two thirds)")


def test_centring_pays_and_normalising_does_not_with_other_seeds_too() -> None:
    digits = load_digits(raw=True)
    X, y = digits.X_train, digits.y_train
    rates = {"raw": 10**-1.5, "centred": 0.1, "normalised": 10**0.5}
    inputs = {"raw": X, "centred": X - X.mean(axis=0), "normalised": preprocess(X, X)[0]}
    losses = {
        name: np.array([softmax_regression(inputs[name], y, rates[name], s) for s in range(12)])
        for name in rates
    }
    thirds = {name: found.reshape(4, 3).mean(axis=1) for name, found in losses.items()}
    assert (thirds["centred"] < 0.75 * thirds["raw"]).all()
    assert (thirds["centred"] > 0.25 * thirds["raw"]).all()
    assert (thirds["normalised"] > thirds["centred"]).all()


# ---------------------------------------------------------------------------------- ten layers


def test_the_slide_s_table_is_there_in_the_slide_s_words(printed: str) -> None:
    number = r"-?\d\.\d{6}"
    table = rf"input layer had mean {number} and std {number}\n" + "".join(
        rf"hidden layer {layer} had mean {number} and std {number}\n" for layer in range(1, 11)
    )
    assert len(re.findall(table, printed)) == 5


def test_every_hidden_layer_is_within_3_percent_of_the_slide(notebook: Notebook) -> None:
    assert abs(notebook["D"].std() - 1) < 0.01
    assert np.abs(notebook["stds"] / SLIDE - 1).max() < 0.01
    assert notebook["ON_THE_SLIDE"] == SLIDE.tolist()
    for seed in range(10):
        assert np.abs(stds(init.xavier, np.tanh, seed) / SLIDE - 1).max() < 0.03
    says("within one or two percent")


def test_theory_gives_the_ten_numbers(notebook: Notebook, printed: str) -> None:
    expected = (0.627929, 0.486262, 0.408236, 0.357638, 0.321622, 0.294390, 0.272911, 0.255430)
    expected += (0.240856, 0.228473)
    np.testing.assert_allclose(notebook["theory"], expected, atol=1e-6)
    assert np.abs(notebook["theory"] / SLIDE - 1).max() < 0.01
    for number in expected:
        assert f"{number:.6f}" in printed
    says("from 0.627929 in the first layer to 0.228473 in the tenth")


def test_in_deep_networks_the_signal_falls_like_one_over_the_root() -> None:
    deep = predicted_std(300)
    assert deep[-1] == pytest.approx(0.04, abs=1e-3)
    assert deep[9] * np.sqrt(20) == pytest.approx(1, abs=0.03)
    assert deep[-1] * np.sqrt(600) == pytest.approx(1, abs=0.01)
    lost = deep[98] ** 2 - deep[99] ** 2
    assert lost / (2 * deep[98] ** 4) == pytest.approx(1, abs=0.03)
    says("After 300 layers 0.04 is left", "weights that are too small by a factor of 4.5")
    assert np.sqrt(1 / 500) / 0.01 == pytest.approx(4.5, abs=0.03)


def test_ten_nodes_are_too_few_and_fifty_enough() -> None:
    def with_nodes(n: int) -> np.ndarray:
        nodes, shares = np.polynomial.hermite_e.hermegauss(n)
        q, found = 1.0, []
        for _ in range(10):
            q = float(shares @ np.tanh(np.sqrt(q) * nodes) ** 2) / np.sqrt(2 * np.pi)
            found.append(np.sqrt(q))
        return np.array(found)

    errors = {n: np.abs(with_nodes(n) / predicted_std(10) - 1).max() for n in (10, 50)}
    assert errors[10] > 1e-4
    assert errors[50] < 1e-6
    says("10 points are too few, 50 are enough")


def test_small_weights_collapse(notebook: Notebook) -> None:
    assert notebook["small"][0][1] == pytest.approx(0.213, abs=2e-3)
    assert notebook["small"][-1][1] == pytest.approx(3e-7, rel=0.1)
    for seed in range(10):
        found = stds(init.small_random, np.tanh, seed)
        assert found[0] == pytest.approx(0.2135, rel=0.01)
        assert found[-1] == pytest.approx(2.98e-7, rel=0.06)
        ratios = found[1:] / found[:-1]
        assert ratios[1:] == pytest.approx(0.01 * np.sqrt(500), rel=0.03)
    says("0.213 after one layer, and $3 \\cdot 10^{-7}$ after ten", "multiplies by 0.22")


def test_large_weights_saturate(notebook: Notebook) -> None:
    assert [round(std, 2) for _, std in notebook["large"]] == [0.98] * 10
    for seed in range(10):
        D, weights = stack(large, seed)
        assert [std for _, std in forward_statistics(D, weights, np.tanh)] == pytest.approx(
            [0.9817] * 10, abs=1.5e-3
        )
        assert np.mean(np.abs(np.tanh(D @ weights[0])) > 0.98) == pytest.approx(0.917, abs=0.01)
    says("0.98, in every layer", "nine of ten units sit beyond ±0.98")


def test_relu_with_xavier_s_weights_decays(notebook: Notebook) -> None:
    found = [std for _, std in notebook["decaying"]]
    assert found[0] == pytest.approx(0.585, abs=2e-3)
    last = np.array([stds(init.xavier, relu, seed)[-1] for seed in range(20)])
    assert 0.017 < last.min() < last.max() < 0.04
    assert np.sqrt(np.mean(last**2)) == pytest.approx(predicted_std(10, relu)[-1], rel=0.15)
    says("From 0.58 down to 0.02 or 0.03", "a factor of $1/\\sqrt 2$ in every layer")


def test_he_s_weights_hold_on_average_and_wander_in_single_runs(notebook: Notebook) -> None:
    assert notebook["kept"][0][1] == pytest.approx(0.83, abs=5e-3)
    assert notebook["kept"][-1][1] == pytest.approx(0.73, abs=5e-3)
    found = np.array([stds(init.he, relu, seed) for seed in range(20)])
    assert np.ptp(found[:, 0]) < 0.03
    assert np.ptp(found[:, -1]) > 0.2
    assert 0.55 < found.min() < found.max() < 1.25
    level = np.sqrt((found**2).mean(axis=0))
    np.testing.assert_allclose(level, np.sqrt(1 - 1 / np.pi), rtol=0.08)
    says("0.83 in the first layer", "anything from 0.6 to 1.2")


def test_xavier_s_tanh_layers_forget_where_they_came_from(notebook: Notebook) -> None:
    raw, X = notebook["X_train"], notebook["X"]
    for seed in range(10):
        rng = np.random.default_rng(seed)
        weights = [init.xavier(64, 500, rng)] + [init.xavier(500, 500, rng) for _ in range(9)]
        from_raw, from_X = (
            [std for _, std in forward_statistics(inputs, weights, np.tanh)] for inputs in (raw, X)
        )
        assert from_raw[0] == pytest.approx(0.95, abs=0.01)
        assert from_X[0] == pytest.approx(0.59, abs=0.01)
        assert from_raw[-1] == pytest.approx(from_X[-1], rel=0.12)
        assert np.mean(np.abs(np.tanh(raw @ weights[0])) > 0.98) == pytest.approx(0.76, abs=0.04)
        assert np.mean(np.abs(np.tanh(X @ weights[0])) > 0.98) < 0.04
    says("three quarters of its numbers are stuck", "the first layer has 0.59")


# ------------------------------------------------------------------------------------ gradients


def test_gradients_vanish_stay_or_explode(notebook: Notebook) -> None:
    back = notebook["back"]
    vanishing, exploding = back["tanh, 0.01"], back["tanh, 1.0"]
    assert vanishing[:, 1] == pytest.approx(6e-8, rel=0.1)
    assert 70_000 < exploding[0, 1] / exploding[-1, 1] < 80_000
    assert 1e-6 < vanishing[0, 0] < 1e-5
    assert 3e4 < exploding[0, 0] < 1e5
    for name in ("tanh, Xavier", "ReLU, He"):
        assert back[name][:, 0].max() / back[name][:, 0].min() < 3, name
        assert back[name][:, 1].max() / back[name][:, 1].min() < 1.6, name
    weak, right = back["ReLU, Xavier"], back["ReLU, He"]
    assert 1 / weak[0, 0] == pytest.approx(20, rel=0.3)
    assert np.median(right[:, 1] / weak[:, 1]) == pytest.approx(20, rel=0.25)
    says("the same size, $6 \\cdot 10^{-8}$", "only twenty times more slowly", "70,000 times")


def test_saturated_units_do_not_stop_the_gradient_whatever_the_seed() -> None:
    from cs231n_lib import activations

    pair = (activations.tanh_forward, activations.tanh_backward)
    for seed in range(10):
        D, weights = stack(large, seed, examples=100)
        found = np.array(gradient_statistics(D, weights, pair, np.random.default_rng(seed)))
        assert (found[0, 0] / found[-1, 0]) ** (1 / 9) == pytest.approx(3.5, rel=0.05)
        slopes = 1 - np.tanh(D @ weights[0]) ** 2
        assert np.median(slopes) < 1e-11
        assert slopes.mean() == pytest.approx(0.036, abs=0.004)
    says("half of the slopes are below $10^{-12}$", "by a factor of 3.5 in each layer")


def test_half_of_the_slopes_are_below_what_the_prose_says(notebook: Notebook) -> None:
    assert np.median(notebook["slopes"]) < 1e-12


# ------------------------------------------------------------------------------------- training


@pytest.fixture(scope="module")
def ten_runs() -> dict[str, np.ndarray]:
    """Loss at the end of ten runs of each trial, seeds 1 to 10: none is the notebook's."""
    digits = load_digits(raw=True)
    X, y = preprocess(digits.X_train, digits.X_test)[0], digits.y_train

    def loss(activation: str, rule: Any, seed: int, hidden: int = 10) -> float:
        rng = np.random.default_rng(seed)
        sizes = [64] + [100] * hidden + [10]
        network = Network(sizes, activation=activation, init=rule, rng=rng)
        given = {"learning_rate": 0.1}
        return float(
            np.mean(fit(network, X, y, "sgd", given, epochs=5, batch_size=50, rng=rng)[-20:])
        )

    trials: dict[str, tuple[Any, ...]] = {
        "tanh, 0.01": ("tanh", init.small_random),
        "tanh, 1.0": ("tanh", large),
        "tanh, Xavier": ("tanh", init.xavier),
        "tanh, He": ("tanh", init.he),
        "ReLU, Xavier": ("relu", init.xavier),
        "ReLU, He": ("relu", init.he),
    }
    shallow = {f"0.01, {n} layers": ("tanh", init.small_random, n) for n in (1, 2, 3)}
    return {
        name: np.array([loss(*trial[:2], seed, *trial[2:]) for seed in range(1, 11)])
        for name, trial in {**trials, **shallow}.items()
    }


def test_the_notebook_s_curves_end_as_told(notebook: Notebook) -> None:
    last = {name: losses[-20:].mean() for name, (losses, _) in notebook["learned"].items()}
    assert last["tanh, 0.01"] == pytest.approx(2.30, abs=0.01)
    assert 6 < last["tanh, 1.0"] < 7
    assert last["tanh, Xavier"] == pytest.approx(0.10, abs=5e-3)
    assert last["ReLU, Xavier"] == pytest.approx(1.7, abs=0.05)
    assert last["ReLU, He"] == pytest.approx(0.36, abs=0.01)
    assert notebook["coarse"]["tanh, 1.0"][0] > 10
    says("the difference between 1.7 and 0.4", "comes down to 6 or 7", "fall to 0.1 and 0.4")


@pytest.mark.slow
def test_the_statistics_foretell_who_learns(ten_runs: dict[str, np.ndarray]) -> None:
    assert ten_runs["tanh, 0.01"] == pytest.approx(np.log(10), abs=0.01)
    assert 4.5 < ten_runs["tanh, 1.0"].min() < ten_runs["tanh, 1.0"].max() < 9
    assert ten_runs["tanh, Xavier"].max() < 0.15
    assert ten_runs["ReLU, Xavier"].min() > 1
    assert ten_runs["ReLU, He"].max() < 0.7
    assert (ten_runs["tanh, He"] < 0.7 * ten_runs["tanh, Xavier"]).all()


@pytest.mark.slow
def test_one_hidden_layer_forgives_what_two_do_not(ten_runs: dict[str, np.ndarray]) -> None:
    assert ten_runs["0.01, 1 layers"].max() < 0.8
    assert ten_runs["0.01, 2 layers"].min() > 2.2
    assert ten_runs["0.01, 3 layers"] == pytest.approx(np.log(10), abs=0.01)


def test_depth_and_patience_as_told(notebook: Notebook) -> None:
    small, right = zip(*(notebook["by_depth"][depth] for depth in (1, 2, 3)), strict=True)
    assert small[0] < 0.7
    assert small[1:] == pytest.approx((2.3, 2.3), abs=0.03)
    assert max(right) < 0.3
    assert notebook["misplaced"] < 0.5 * notebook["learned"]["tanh, Xavier"][0][-20:].mean()
    patient, before = notebook["patient"], notebook["learned"]
    assert patient["0.01"] == pytest.approx(2.30, abs=0.01)
    assert patient["Xavier"] < 0.7 * before["ReLU, Xavier"][0][-20:].mean()
    assert patient["He"] < 0.1


# ---------------------------------------------------------------------------------- the text itself


def test_points_in_the_header_are_the_exercises_points() -> None:
    exercises = load(NAME)
    choices = [e for e in exercises if e.name.startswith("q_")]
    written = [e for e in exercises if e not in choices]
    by_hand = [int(n) for n in re.findall(r'question="\w+" points=(\d+)', TEXT.read_text("utf-8"))]
    assert len(written) == 7
    assert (sum(e.points for e in written), written[-1].name) == (33, "pca_whiten")
    assert written[-1].points == 4
    assert (len(choices), sum(e.points for e in choices), len(by_hand), sum(by_hand)) == (
        4,
        4,
        2,
        6,
    )
    says("43: 33 in seven exercises (4 of them for a bonus at the end) and 4 for four multiple")
    says("6 for two questions")


def test_exercises_are_in_the_order_of_the_notebook() -> None:
    text = TEXT.read_text("utf-8")
    assert re.findall(r'# %% check="(\w+)"', text) == [exercise.name for exercise in load(NAME)]
    assert re.findall(r'# %% solution="(\w+)"', text) == [exercise.name for exercise in load(NAME)]


def test_every_function_has_three_hints_and_none_holds_a_line_of_the_solution() -> None:
    text = TEXT.read_text("utf-8")
    for number in (1, 2, 3):
        assert text.count(f"<summary>Hint {number}") == 7
    solutions = re.findall(r"### BEGIN SOLUTION\n(    .*?)### END SOLUTION", text, re.DOTALL)
    lines = {line.strip() for part in solutions for line in part.splitlines() if line.strip()}
    hints = "\n".join(re.findall(r"<details>.*?</details>", text, re.DOTALL))
    assert len(lines) > 15
    assert [line for line in lines if line in hints] == []


def test_one_line_takes_the_notebook_to_cifar_10(tmp_path: Path) -> None:
    """With an archive of CIFAR's format, small, from 127.0.0.1; the line is the prose's own."""
    assert sum(cell.source.count(THE_LINE) for cell in CELLS) == 1
    instead = re.search(r"`(images = data\.load_cifar10\(.*?\))`", PROSE)
    assert instead is not None
    content = tiny_cifar.archive(tiny_cifar.members(tested=500))
    with (
        pytest.MonkeyPatch.context() as patch,
        tiny_cifar.instead_of_cifar10(patch, tmp_path, content),
    ):
        found, text = run(smaller(instead[1]))
    assert found["X_train"].shape == (1000, 3072)
    assert np.isfinite(found["X_later"]).all()
    assert "1000 images to train and 500 to test, of 3072 pixels from 0 to 2" in text
    assert found["learned"]["tanh, Xavier"][1] > 0.5


def smaller(line: str) -> Callable[[str], str]:
    """The notebook with that line, fewer rates to try, and smaller random layers."""
    changes = {
        THE_LINE: line,
        "np.arange(-5, 1.1, 0.5)": "np.arange(-5.0, -2.0)",
        "(examples, 500)": "(examples, 60)",
        "[500] * 11": "[60] * 11",
        "standard_normal((500, 500))": "standard_normal((500, 60))",
        "init(500, 500, rng)": "init(60, 60, rng)",
    }

    def change(source: str) -> str:
        for old, new in changes.items():
            source = source.replace(old, new)
        return source

    return change
