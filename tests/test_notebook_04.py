"""Notebook 04: every number in its prose, recomputed over more seeds than the notebook runs.

The notebook's own cells run once, with the solutions. `says` holds the prose to the numbers.
"""

from __future__ import annotations

import contextlib
import io
import re
from collections import Counter
from pathlib import Path
from typing import Any

import jupytext
import numpy as np
import pytest
import tiny_cifar

from cs231n_lib import babysitting
from cs231n_lib.network import Network, init_two_layer_model, two_layer_net
from cs231n_lib.search import try_out
from cs231n_lib.training import ClassifierTrainer

TEXT = Path(__file__).parent.parent / "notebooks" / "src" / "04_babysitting.py"
CELLS = jupytext.read(TEXT, fmt="py:percent").cells
PROSE = "\n".join(cell.source for cell in CELLS if cell.cell_type == "markdown")

Notebook = dict[str, Any]


def run(**instead: str) -> tuple[Notebook, str]:
    """The notebook's variables after all its cells have run, and what they printed."""
    matplotlib = pytest.importorskip("matplotlib")
    matplotlib.use("Agg")
    import matplotlib.pyplot as plt

    scope: Notebook = {"__name__": "__main__"}
    printed = io.StringIO()
    with pytest.MonkeyPatch.context() as patch, contextlib.redirect_stdout(printed):
        patch.setattr(plt, "show", lambda: plt.close("all"))
        for cell in CELLS:
            if cell.cell_type == "code":
                source = cell.source
                for old, new in instead.items():
                    source = source.replace(f"{old}()", new)
                exec(compile(source, "<notebook 04>", "exec"), scope)
    return scope, printed.getvalue()


@pytest.fixture(scope="module")
def ran() -> tuple[Notebook, str]:
    return run()


@pytest.fixture(scope="module")
def notebook(ran: tuple[Notebook, str]) -> Notebook:
    return ran[0]


def says(*phrases: str) -> None:
    assert [phrase for phrase in phrases if phrase not in PROSE] == []


# ------------------------------------------------------------------------------------ before a run


def test_the_first_loss_and_how_it_rises(ran: tuple[Notebook, str]) -> None:
    table = re.findall(r"^(?:0|100|10000|1e\+06) +(\S+) +(\S+)$", ran[1], re.M)
    assert [said for said, _ in table] == [expected for _, expected in table]
    assert table[0][0] == "2.302585"
    assert [float(said) for said, _ in table] == sorted(float(said) for said, _ in table)


def test_weights_of_the_usual_size_start_elsewhere(notebook: Notebook) -> None:
    pictures = notebook["pictures"]
    losses = [two_layer_net(pictures.X_train, he(seed), pictures.y_train)[0] for seed in range(20)]
    assert [round(loss, 2) for loss in (min(losses), max(losses))] == [2.26, 2.53]
    says("somewhere between 2.26 and 2.53 (twenty seeds)")


def he(seed: int) -> Any:
    return Network([64, 50, 10], rng=np.random.default_rng(seed)).params


def test_the_clinic_finds_what_the_text_says(notebook: Notebook) -> None:
    assert notebook["clinic"] == {
        "healthy": (True, 12),
        "loss summed, not averaged": (False, None),
        "gradient with the wrong sign": (True, None),
        "all pixels are 0": (True, None),
        "labels off by one in training": (True, None),
        "penalty subtracted": (False, 12),
        "first layer does not learn": (True, 29),
        "labels shuffled": (True, 19),
    }
    says("needs 12 steps (over twelve starts 6 to 22)", "29 steps instead of 12 (27 to 65 over")


def test_the_clinic_does_not_depend_on_the_seed(notebook: Notebook) -> None:
    steps: dict[str, list[Any]] = {}
    for name, (net, y) in notebook["ward"].items():
        X = notebook["pictures"].X_train
        steps[name] = [babysitting.overfit_small(net, he(seed), X, y)[1] for seed in range(12)]
    assert (min(steps["healthy"]), max(steps["healthy"])) == (6, 22)
    assert (min(steps["first layer does not learn"]), max(steps["first layer does not learn"])) == (
        27,
        65,
    )
    assert max(steps["labels shuffled"]) < 40
    for name, (_, found) in notebook["clinic"].items():
        assert {count is None for count in steps[name]} == {found is None}, name


# --------------------------------------------------------------------------------- the slide's run


def test_the_slide_s_lines_are_printed(ran: tuple[Notebook, str]) -> None:
    lines = [line for line in ran[1].splitlines() if line.startswith("Finished epoch")]
    assert len(lines) == 10
    for number, line in enumerate(lines, start=1):
        form = (
            rf"Finished epoch {number} / 10: cost 2\.302\d{{3}}, train: 0\.\d{{6}}, "
            r"val 0\.\d{6}, lr 1\.000000e-06"
        )
        assert re.fullmatch(form, line)
    assert re.search(r"^finished optimization\. best validation accuracy: 0\.\d{6}$", ran[1], re.M)


def slide(seed: int, pictures: Any) -> Any:
    rng = np.random.default_rng(seed)
    X, y, X_val, y_val = pictures[:4]
    return ClassifierTrainer().train(
        255 * X, y, 255 * X_val, y_val, init_two_layer_model(64, 50, 10, rng=rng), two_layer_net,
        num_epochs=10, reg=1e-6, learning_rate=1e-6, batch_size=1, rng=rng,
    )[1]  # fmt: skip


@pytest.mark.slow
def test_the_cost_stands_still_and_the_accuracy_creeps_up(notebook: Notebook) -> None:
    runs = [slide(seed, notebook["pictures"]) for seed in range(12)]
    for stats in runs:
        cost = np.array(stats.loss_history)
        assert np.abs(cost - np.log(10)).max() < 3.5e-4
    first = np.array([stats.val_acc_history[0] for stats in runs])
    last = np.array([stats.val_acc_history[-1] for stats in runs])
    assert first.mean() == pytest.approx(0.12, abs=0.01)
    assert last.mean() == pytest.approx(0.18, abs=0.01)
    assert last.max() == pytest.approx(0.29, abs=0.02)
    assert last.min() == pytest.approx(0.11, abs=0.02)
    says("0.12 on average after the first epoch and 0.18 after the tenth")
    says("the best run gets to 0.29, the worst ends at 0.11")


def test_no_cost_is_far_from_ln_10_and_scores_may_be_multiplied(notebook: Notebook) -> None:
    assert 1e-5 < notebook["moved"] < 3e-4
    assert notebook["stats"].val_acc_history[-1] > 0.15
    scores, y = notebook["scores"], notebook["y_val"]
    assert np.abs(scores).max() < 1e-3
    cost = [notebook["softmax_loss"](factor * scores, y)[0] for factor in (1, 1000)]
    assert cost[1] < cost[0] - 0.02
    says("None of the 10,000 costs is farther than 0.0003 from")


# ----------------------------------------------------------------------------------- reading a log


def test_the_usual_suspects_are_named(notebook: Notebook) -> None:
    assert notebook["verdicts"] == {
        "rate 0.000001": ("rate too low", "rate too low"),
        "rate 0.01": ("underfitting", "underfitting"),
        "rate 1": ("good", "good"),
        "rate 10": ("good", "rate too high"),
        "rate 15": ("rate too low", "rate too high"),
        "rate 1000000": ("rate too high", "rate too high"),
        "rate 1, 50 images": ("overfitting", "overfitting"),
        "rate 0.3, 2 hidden units": ("underfitting", "underfitting"),
    }
    for rate, times in (("rate 10", 10), ("rate 15", 14)):
        _, every, start = notebook["sessions"][rate]
        assert max(every[:20]) / start == pytest.approx(times, abs=0.5)
    says("thrown to 14 times its start", "first jumps to ten times the start")


@pytest.mark.parametrize(
    ("settings", "label", "least"),
    [
        ({"rate": 1e-6}, "rate too low", 12),
        ({"rate": 0.01}, "underfitting", 12),
        ({"rate": 1}, "good", 12),
        ({"rate": 3}, "good", 12),
        ({"rate": 15}, "rate too high", 12),
        ({"rate": 1e6}, "rate too high", 12),
        ({"rate": 1, "images": 50, "epochs": 30}, "overfitting", 11),
        ({"rate": 0.3, "hidden": 2}, "underfitting", 12),
    ],
)
def test_labels_hold_over_twelve_seeds(
    notebook: Notebook, settings: dict[str, Any], label: str, least: int
) -> None:
    found = Counter()
    for seed in range(12):
        log, every, start = notebook["session"](**settings, seed=seed)
        found[babysitting.diagnose({**log, "cost": every}, start)] += 1
    assert found[label] >= least


def test_a_million_gives_nan_from_step_32_on(notebook: Notebook) -> None:
    for seed in range(12):
        _, every, _ = notebook["session"](1e6, epochs=2, seed=seed)
        assert int(np.argmin(np.isfinite(every))) + 1 == pytest.approx(32, abs=1)
    says("gives nan from step 32 on, with each of twelve seeds")


def test_epoch_lines_hide_a_rate_of_15(notebook: Notebook) -> None:
    lines, every = notebook["at_15"].values()
    assert lines == {"rate too high": 3, "rate too low": 4, "underfitting": 3}
    assert every == {"rate too high": 10}
    says("only three of the ten are recognised, and four get the opposite", "ten of ten")


def test_a_rate_that_is_slightly_too_high_gambles(notebook: Notebook) -> None:
    last = {
        rate: [notebook["session"](rate, seed=seed)[0]["val"][-1] for seed in range(10)]
        for rate in (3, 10)
    }
    assert min(last[3]) > 0.94
    assert min(last[10]) == pytest.approx(0.47, abs=0.01)
    assert max(last[10]) == pytest.approx(0.94, abs=0.01)
    says("ends between 0.47 and 0.94", "rate 3 ends above 0.94 every time")


# ---------------------------------------------------------------------------------------- searching


def test_the_grid_misses_the_hill_and_the_random_layout_does_not(notebook: Notebook) -> None:
    assert max(notebook["reached"]["grid layout"]) < 0.4
    assert max(notebook["reached"]["random layout"]) == pytest.approx(0.899, abs=0.01)
    assert sum(accuracy > 0.7 for accuracy in notebook["reached"]["random layout"]) == 2
    rates, accuracies = notebook["rates"], notebook["accuracies"].mean(axis=1)
    high = rates[accuracies > 0.8]
    assert 0.05 < high.min() < 0.2
    assert 5 < high.max() < 15
    says("high only between about 0.1 and 10", "two stand on its slope")


def test_random_wins_where_the_box_is_wide(notebook: Notebook) -> None:
    means = {
        key: tuple(values.mean() for values in pair)
        for key, pair in notebook["results"].items()
        if not isinstance(key, str)
    }
    for key, expected in {
        (12, 9): (0.52, 0.87),
        (12, 25): (0.86, 0.95),
        (4, 9): (0.944, 0.956),
        (1, 9): (0.963, 0.959),
    }.items():
        assert means[key] == pytest.approx(expected, abs=0.012), key
    says("0.87 against 0.52", "With 25 trials, 0.95 against 0.86", "0.3 points")


def test_the_contest_does_not_depend_on_the_seed(notebook: Notebook) -> None:
    for seed in range(10):
        wide, narrow = (notebook["contest"](decades, 3, seed=seed) for decades in (12, 1))
        assert wide[1].mean() - wide[0].mean() > 0.28
        assert 0.18 < np.mean(wide[0] > wide[1]) < 0.3
        assert 0.001 < narrow[0].mean() - narrow[1].mean() < 0.006
        assert np.mean(narrow[0] > narrow[1]) > 0.5
    says("the grid wins about every fourth time")


def test_the_grid_gambles_on_its_place(notebook: Notebook) -> None:
    grid, drawn = notebook["results"]["lucky"]
    assert np.mean(grid > drawn) > 0.95
    grid, drawn = notebook["results"]["unlucky"]
    assert np.mean(grid > drawn) < 0.13
    lucky, unlucky = (notebook["results"][name][1].mean() for name in ("lucky", "unlucky"))
    assert abs(lucky - unlucky) < 0.03
    says("nearly every time (98 %)", "loses in nine cases of ten")


@pytest.mark.slow
def test_a_search_that_moves_at_the_border_ends_higher(notebook: Notebook) -> None:
    def best(shrink: float, seed: int) -> float:
        story = notebook["search"](notebook["misplaced"], shrink, seed=seed)
        return max(result["val"] for _, result, _ in story)

    moves, shrinks = (np.array([best(s, seed) for seed in range(12)]) for s in (1.0, 0.4))
    assert (moves >= shrinks - 1e-9).all()
    assert np.sum(moves > shrinks + 1e-9) == 9
    assert (moves.mean(), shrinks.mean()) == pytest.approx((0.957, 0.948), abs=2e-3)
    says("better accuracy nine times and never with the worse (0.957 against 0.948")


def test_the_two_searches_end_where_the_text_says(notebook: Notebook) -> None:
    ends = [story[-1][1]["params"]["learning_rate"] for story in notebook["stories"].values()]
    assert ends == pytest.approx([0.56, 0.24], abs=0.005)
    assert notebook["stories"]["moves at the border"][1][2]
    says("ends at a rate of 0.56, the one that always shrinks at 0.24")


def test_the_best_of_many_is_lucky(notebook: Notebook) -> None:
    assert len(notebook["untrained"]) == 288
    assert notebook["untrained"].mean() == pytest.approx(0.1, abs=0.005)
    assert notebook["lucky"][40] == pytest.approx(0.2, abs=0.01)
    says("288 runs with a rate below 0.001", "about 20 % of the cases")


def test_five_turns_are_steadier_than_one(notebook: Notebook) -> None:
    once, turns = np.array(notebook["once"]), np.array(notebook["in_turns"])
    assert turns.std() < 0.5 * once.std()
    assert abs(turns.mean() - once.mean()) < 0.04
    says("The same accuracy on average, with much less spread")


def test_folds_of_sorted_data_are_useless(notebook: Notebook) -> None:
    assert max(notebook["sorted_scores"]) < 0.6
    assert min(notebook["mixed_scores"]) > 0.88


# ---------------------------------------------------------------------------------------- the text


def test_the_winner_is_worth_about_as_much_on_the_test_set(notebook: Notebook) -> None:
    assert notebook["on_val"] < notebook["winner"]["val"]
    assert notebook["on_test"] == pytest.approx(0.945, abs=0.015)


def test_the_solutions_are_the_library_s_functions(notebook: Notebook) -> None:
    X, y = notebook["pictures"][:2]
    assert notebook["sanity_loss"](7) == pytest.approx(babysitting.sanity_loss(7))
    assert (
        notebook["overfit_small"](two_layer_net, he(5), X, y)[1]
        == (babysitting.overfit_small(two_layer_net, he(5), X, y)[1])
    )
    assert try_out(notebook["k_fold"](X, y, 4)[0], 0.5, 0.0) > 0.85


def test_points_in_the_header_are_the_exercises_points() -> None:
    from autograder.exercises import load

    exercises = load("04_babysitting")
    choices = [e for e in exercises if e.name.startswith("q_")]
    written = sum(e.points for e in exercises) - sum(e.points for e in choices)
    by_hand = [int(n) for n in re.findall(r'question="\w+" points=(\d+)', TEXT.read_text("utf-8"))]
    assert (written, len(choices), len(by_hand), sum(by_hand)) == (40, 4, 3, 8)
    says("52: 40 in the seven exercises and 4 for four multiple-choice questions", "8 for three")


def test_every_function_exercise_has_three_hints() -> None:
    for number in (1, 2, 3):
        assert PROSE.count(f"<summary>Hint {number}") == 7


def test_hints_do_not_hold_a_line_of_the_solutions() -> None:
    text = TEXT.read_text(encoding="utf-8")
    solutions = re.findall(r"### BEGIN SOLUTION\n(    .*?)### END SOLUTION", text, re.DOTALL)
    lines = {line.strip() for part in solutions for line in part.splitlines() if line.strip()}
    hints = "\n".join(re.findall(r"<details>.*?</details>", text, re.DOTALL))
    assert len(lines) > 30
    assert [line for line in lines if line in hints] == []


def test_one_line_switches_to_cifar_10(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The line that the text names, with fewer images of a tiny archive, and all cells run."""
    says("change the one line below as it says")
    (line,) = [cell.source for cell in CELLS if "data.load_cifar10(" in cell.source]
    assert line.startswith(
        "pictures = data.load_digits()  # on photographs: pictures = data.load_cifar10("
    )
    with tiny_cifar.instead_of_cifar10(monkeypatch, tmp_path):
        scope, printed = run(load_digits="load_cifar10(60, 30, 30)")
    assert scope["inputs"] == 3072
    assert "60 images to train, 30 to validate, 30 to test; 3072 numbers each" in printed
    assert all(scope["clinic"]["healthy"])
    assert printed.count("Finished epoch") == 10
