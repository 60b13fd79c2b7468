"""Notebook 04: its form, what it says about checks before a run, and the slide's run.

The claims, and which module holds them:

* here: the first loss, what a penalty adds to it, twenty digits learned by heart, whose fault it
  is; the slide's cost that stands still while the accuracy rises
* test_logs: which log belongs to which fault, and what epoch lines hide
* test_steps: the rule of 1e-3 picks too low a rate for 100 steps; clipping saves a high one
* test_search: distinct values win, not chance; borders; folds of sorted data
* test_luck: the best of 40 runs of one setting leads by luck, of different ones in part
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from helpers import PROJECT, tiny_cifar
from helpers.course_notebook import Names
from helpers.notebook_04 import NOTEBOOK, he, says

from autograder.check import NotWritten
from cs231n_lib import babysitting
from cs231n_lib.network import init_two_layer_model, two_layer_net
from cs231n_lib.search import try_out
from cs231n_lib.training import ClassifierTrainer


@pytest.fixture(scope="module")
def notebook() -> Names:
    return NOTEBOOK.names


@pytest.fixture(scope="module")
def printed() -> str:
    return NOTEBOOK.printed


# ------------------------------------------------------------------------------------ before a run


def test_the_first_loss_and_how_it_rises(printed: str) -> None:
    table = re.findall(r"^(?:0|100|10000|1e\+06) +(\S+) +(\S+)$", printed, re.M)
    assert len(table) == 4
    assert all(loss == expected for loss, expected in table)
    assert table[0][0] == "2.302585"
    losses = [float(loss) for loss, _ in table]
    assert losses == sorted(losses)


def test_weights_of_the_usual_size_start_elsewhere(notebook: Names) -> None:
    pictures = notebook["pictures"]
    losses = [two_layer_net(pictures.X_train, he(seed), pictures.y_train)[0] for seed in range(20)]
    assert [round(loss, 2) for loss in (min(losses), max(losses))] == [2.26, 2.53]
    says("somewhere between 2.26 and 2.53 (twenty seeds)")


def test_how_many_parameters_learn_twenty_digits_by_heart() -> None:
    assert he(0).flat.size == 3760
    says("fifty hidden units and 3,760 parameters")


def test_the_clinic_finds_what_the_text_says(notebook: Names) -> None:
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


@pytest.mark.nightly
def test_the_clinic_does_not_depend_on_the_seed(notebook: Names) -> None:
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
    for name, (_, steps_taken) in notebook["clinic"].items():
        assert {count is None for count in steps[name]} == {steps_taken is None}, name


# --------------------------------------------------------------------------------- the slide's run


def test_the_slide_s_lines_are_printed(printed: str) -> None:
    lines = [line for line in printed.splitlines() if line.startswith("Finished epoch")]
    assert len(lines) == 10
    for number, line in enumerate(lines, start=1):
        form = (
            rf"Finished epoch {number} / 10: cost 2\.302\d{{3}}, train: 0\.\d{{6}}, "
            r"val 0\.\d{6}, lr 1\.000000e-06"
        )
        assert re.fullmatch(form, line)
    assert re.search(r"^finished optimization\. best validation accuracy: 0\.\d{6}$", printed, re.M)


def slide(seed: int, pictures: Any) -> Any:
    rng = np.random.default_rng(seed)
    X, y, X_val, y_val = pictures[:4]
    return ClassifierTrainer().train(
        255 * X, y, 255 * X_val, y_val, init_two_layer_model(64, 50, 10, rng=rng), two_layer_net,
        num_epochs=10, reg=1e-6, learning_rate=1e-6, batch_size=1, rng=rng,
    )[1]  # fmt: skip


@pytest.mark.nightly
def test_the_cost_stands_still_and_the_accuracy_creeps_up(notebook: Names) -> None:
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


def test_no_cost_is_far_from_ln_10_and_scores_may_be_multiplied(notebook: Names) -> None:
    assert 1e-5 < notebook["moved"] < 3e-4
    assert max(notebook["stats"].val_acc_history) == pytest.approx(0.2, abs=0.03)
    scores, y = notebook["scores"], notebook["y_val"]
    assert np.abs(scores).max() < 1e-3
    cost = [notebook["softmax_loss"](factor * scores, y)[0] for factor in (1, 1000)]
    assert cost[1] < cost[0] - 0.02
    says("None of the 10,000 costs is farther than 0.0003 from", "The largest score is below 0.001")
    accuracies = [np.mean(np.argmax(f * scores, axis=1) == y) for f in (1, 10, 100, 1000)]
    assert len(set(accuracies)) == 1
    says("so the accuracy stays what it was. The cost falls as the differences grow")


# ---------------------------------------------------------------------------------------- the text


def test_the_solutions_earn_all_points() -> None:
    NOTEBOOK.earns_all_points()


def test_the_solutions_are_the_library_s_functions(notebook: Names) -> None:
    X, y = notebook["pictures"][:2]
    assert notebook["sanity_loss"](7) == pytest.approx(babysitting.sanity_loss(7))
    steps = [
        overfit(two_layer_net, he(5), X, y)[1]
        for overfit in (notebook["overfit_small"], babysitting.overfit_small)
    ]
    assert steps[0] == steps[1]
    assert try_out(notebook["k_fold"](X, y, 4)[0], 0.5, 0.0) > 0.85


def test_who_has_written_nothing_is_told_what_to_write(monkeypatch: pytest.MonkeyPatch) -> None:
    """By each cell that uses answers (the first of them that is missing); the others run."""
    pytest.importorskip("matplotlib").use("Agg")
    monkeypatch.setattr("matplotlib.pyplot.show", lambda: None)
    monkeypatch.chdir(PROJECT.built("04_babysitting").parent)
    scope: Names = {"__name__": "__main__"}
    missing = []
    for cell in NOTEBOOK.cells:
        if cell.cell_type == "code" and "### BEGIN SOLUTION" not in cell.source:
            try:
                exec(compile(cell.source, "<notebook 04>", "exec"), scope)
            except NotWritten as error:
                missing += re.findall(r"`(\w+)`", str(error))
    scope["plt"].close("all")
    first_of_each = {"sanity_loss", "diagnose", "update_ratio", "grid_layout", "random_layout"}
    assert set(missing) == first_of_each | {"winner_and_its_test", "k_fold"}


@pytest.mark.nightly
def test_one_line_switches_to_cifar_10(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The line that the text names, with fewer images of a tiny archive, and all cells run."""
    says("change the line below as its comment says")
    (line,) = [cell.source for cell in NOTEBOOK.cells if "data.load_cifar10(" in cell.source]
    assert line.startswith(
        "pictures = data.load_digits()  # on photographs: pictures = data.load_cifar10("
    )
    with tiny_cifar.instead_of_cifar10(monkeypatch, tmp_path):
        scope, printed = NOTEBOOK.run(
            lambda cell: cell.replace("data.load_digits()", "data.load_cifar10(60, 30, 30)")
        )
    assert scope["inputs"] == 3072
    assert "60 images to train, 30 to validate, 30 to test; 3072 numbers each" in printed
    assert all(scope["clinic"]["healthy"])
    assert printed.count("Finished epoch") == 10
