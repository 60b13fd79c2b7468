"""The library's speed: a table where PyTorch is installed, and a loud word where it is not."""

import importlib.util

import numpy as np
import pytest
from library import against_torch as bench


def test_a_row_has_the_median_the_spread_and_ratios_of_what_was_measured_side_by_side():
    times = {
        bench.LIBRARY: [10.0, 40.0, 12.0],
        bench.DOUBLE: [20.0, 80.0, 16.0],  # a busy moment in the second round
        bench.SINGLE: [5.0, 10.0, 10.0],
    }
    row = bench.table({bench.Net((64, 30, 30, 10), keep=0.5): times}).splitlines()[1]
    assert row.split("  ")[0] == "64-2x30-10 relu sgd dropout 0.5"
    assert row.split("0.5", 1)[1].split() == [
        "12", "(10-40)", "20", "(16-80)", "10", "(5-10)", "0.50", "2.00",
    ]  # fmt: skip


def test_without_pytorch_it_says_that_the_table_is_missing(monkeypatch, capsys):
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    assert bench.main() == 0
    assert "SKIPPED: training with the library against PyTorch" in capsys.readouterr().out


def test_an_epoch_of_the_library_trains():
    epoch = bench.library_epoch(bench.Net((5, 4, 3), "tanh", "adam", "batchnorm", 0.5), 300)
    first, second = epoch(), epoch()
    assert len(first) == len(second) == 3
    assert not np.array_equal(first, second)


@pytest.mark.torch
def test_both_sides_train_the_same_nets_and_are_measured(capsys):
    pytest.importorskip("torch", reason="PyTorch is not installed: pip install torch==2.13.0")
    nets = [bench.Net((5, 4, 3)), bench.Net((5, 4, 4, 3), "tanh", "adam", "batchnorm", 0.5)]
    epoch = bench.torch_epoch(nets[1], 300, "float32")
    first, second = epoch(), epoch()
    assert len(first) == len(second) == 3
    assert first != second
    assert bench.main(nets, count=200, rounds=2) == 0
    *_, plain, full = capsys.readouterr().out.splitlines()
    assert plain.startswith("5-4-3 relu sgd  ")
    assert full.startswith("5-2x4-3 tanh adam batchnorm dropout 0.5")
