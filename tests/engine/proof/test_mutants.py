"""Faults made by machine: which there are, which there are not, and that they run."""

from __future__ import annotations

import ast

import numpy as np
import pytest

from autograder.proof.mutants import load, mutants, whole_source
from autograder.proof.rewritings import rewritings
from cs231n_lib import dropout, normalization, optim


def changed(statement: str) -> dict[str, set[str]]:
    """By kind, what the one statement of a function is changed to."""
    found: dict[str, set[str]] = {}
    for mutant in mutants(f"def f(x, y, **more):\n    {statement}"):
        found.setdefault(mutant.kind, set()).add(mutant.after)
    return found


@pytest.mark.parametrize(
    ("statement", "kind", "result"),
    [
        ("return x + y", "sign", "return x - y"),
        ("return -x", "sign", "return x"),
        ("return x * y", "operator", "return x / y"),
        ("return x / y", "swapped operands", "return y / x"),
        ("return x + y", "dropped term", "return x"),
        ("return x + y", "dropped term", "return y"),
        ("return x + 2", "off by one", "return x + 3"),
        ("return x + 2", "off by one", "return x + 1"),
        ("return 0.5", "constant", "return 1.0"),
        ("return True", "constant", "return False"),
        ("return x['m']", "constant", "return x['m_']"),
        ("return x < y", "comparison", "return x <= y"),
        ("return x < y", "comparison", "return x >= y"),
        ("return x and y", "condition", "return x or y"),
        ("return x and y", "condition", "return y"),
        ("return 1 if x else y", "condition", "return y if x else 1"),
        ("return x.sum(axis=0)", "off by one", "return x.sum(axis=1)"),
        ("return x.sum(axis=0)", "dropped argument", "return x.sum()"),
        ("return x.sum()", "function", "return x.mean()"),
        ("return np.exp(x)", "dropped function", "return x"),
        ("return np.dot(x, y)", "swapped arguments", "return np.dot(y, x)"),
        ("return x, y", "swapped results", "return (y, x)"),
        ("return x[1:]", "index", "return x[:]"),
        ("return x[y]", "index", "return x"),
        ("x[0] = y", "dropped statement", "pass"),
        ("x += y", "operator", "x -= y"),
        ("x += y", "dropped term", "x = y"),
        ("x = x + y", "missing copy", "x += y"),
        ("y = x.copy()", "missing copy", "y = x"),
        ("y = x * 2", "dtype", "y = np.float16(x * 2)"),
        ("y = np.zeros(3)", "dtype", "y = np.zeros(3, dtype=int)"),
    ],
)
def test_is_this_slip_made(statement: str, kind: str, result: str) -> None:
    assert result in changed(statement)[kind]


@pytest.mark.parametrize(
    "statement",
    [
        "x = np.asarray(x)",
        "x, y = np.asarray(x), np.asarray(y)",
        "assert x > 0, 'must be positive'",
        "if x < 0: raise ValueError(f'x must be positive, got {x - 1}')",
    ],
)
def test_is_a_guard_left_alone(statement: str) -> None:
    assert changed(statement) == {}


def test_is_what_is_symmetric_left_unswapped() -> None:
    assert changed("return min(x, y)") == {"function": {"return max(x, y)"}}


def test_are_helpers_of_nothing_but_guards_left_alone() -> None:
    source = (
        "def _checked(x):\n    if x < 0:\n        raise ValueError\n    return x\n"
        "def f(x):\n    x = _checked(x)\n    return x + x\n"
    )
    assert {mutant.before for mutant in mutants(source)} == {"return x + x"}


def test_does_each_mutant_differ_and_compile() -> None:
    source = whole_source(normalization.batchnorm_forward)
    found = mutants(source)
    texts = [mutant.source for mutant in found]
    assert len(texts) == len(set(texts)) > 100
    assert ast.unparse(ast.parse(source)) not in texts
    assert all(mutant.before != mutant.after for mutant in found)
    for text in texts:
        compile(text, "mutant", "exec")


def test_are_the_helpers_of_an_answer_part_of_it() -> None:
    assert "return {**defaults" in whole_source(optim.sgd)
    assert any("config and {}" in mutant.after for mutant in mutants(whole_source(optim.sgd)))


def test_does_a_mutant_compute_what_it_says() -> None:
    mutant = next(m for m in mutants(whole_source(optim.sgd)) if m.kind == "sign")
    assert "w + c" in mutant.after
    rule = load(mutant.source, optim.sgd)
    next_w, _ = rule(np.array([1.0]), np.array([2.0]), {"learning_rate": 0.25})
    assert next_w == [1.5]
    assert optim.sgd(np.array([1.0]), np.array([2.0]), {"learning_rate": 0.25})[0] == [0.5]


@pytest.mark.parametrize("rule", [optim.sgd_momentum, optim.rmsprop, optim.adam])
def test_do_rewritings_compute_the_same_in_other_words(rule) -> None:
    found = rewritings({rule.__name__: rule})
    assert len(found) >= 5
    w, dw = np.array([1.0, -2.0, 0.5]), np.array([0.3, 0.2, -0.1])
    expected, config = rule(w, dw, None)
    expected, _ = rule(expected, 2 * dw, config)
    for title, answers in found.items():
        other, config = answers[rule.__name__](w, dw, None)
        other, _ = answers[rule.__name__](other, 2 * dw, config)
        np.testing.assert_allclose(other, expected, rtol=1e-12, err_msg=title)


def test_is_a_rewriting_that_changes_nothing_left_out() -> None:
    found = rewritings({"dropout_backward": dropout.dropout_backward})
    assert "roots as powers" not in found
    assert "a method" in found
