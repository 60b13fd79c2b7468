"""Update rules: against the oracles, against theory, and the contract that all of them keep."""

import ast
import copy
import inspect
import types

import numpy as np
import pytest
from helpers.rules import PROBLEMS, RULES, follow
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, arrays

from cs231n_lib import activations, layers, optim

ALL = [row.rule for name, row in RULES.items() if "defaults" not in name]

# Neither so small that epsilon decides, nor so large that a square overflows.
sizes = st.floats(1e-2, 1e2)
gradients = arrays(np.float64, array_shapes(max_dims=3, max_side=3), elements=sizes)


@pytest.mark.parametrize("problem", PROBLEMS)
@pytest.mark.parametrize("name", RULES)
def test_visits_the_same_points_as_the_oracle(name, problem):
    row, problem = RULES[name], PROBLEMS[problem]
    got = follow(row.rule, problem, row.config, steps=30)
    expected = row.oracle(problem.start, problem.gradient, 30, **row.settings)
    np.testing.assert_allclose(got, expected, rtol=1e-9, atol=1e-12)


@pytest.mark.parametrize("rule", ALL)
def test_changes_nothing_that_is_passed_in(rule):
    w, dw = np.array([1.0, -2.0]), np.array([0.5, 3.0])
    _, config = rule(w, dw, None)
    before = copy.deepcopy((w, dw, config))
    rule(w, dw, config)
    np.testing.assert_array_equal(w, before[0])
    np.testing.assert_array_equal(dw, before[1])
    assert config.keys() == before[2].keys()
    for key, value in config.items():
        np.testing.assert_array_equal(value, before[2][key])


@pytest.mark.parametrize("rule", ALL)
def test_unknown_keys_are_handed_through(rule):
    _, config = rule(np.ones(2), np.ones(2), {"note": "mine"})
    assert config["note"] == "mine"


@pytest.mark.parametrize("rule", ALL)
def test_a_gradient_of_another_shape_is_refused_not_broadcast(rule):
    with pytest.raises(ValueError, match=r"dw must have the shape of w, \(2, 1\); got \(2,\)"):
        rule(np.ones((2, 1)), np.ones(2))


@pytest.mark.parametrize("rule", ALL)
def test_float32_parameters_stay_float32(rule):
    w = np.ones(3, dtype=np.float32)
    _, config = rule(w, w)
    assert rule(w, w, config)[0].dtype == np.float32


@pytest.mark.parametrize("rule", ALL)
@given(dw=gradients)
@settings(max_examples=20)
def test_every_element_is_updated_as_if_it_were_alone(rule, dw):
    together, config = rule(np.zeros_like(dw), dw)
    together, _ = rule(together, -0.5 * dw, config)
    for i in np.ndindex(dw.shape):
        alone, config = rule(np.zeros(()), dw[i])
        alone, _ = rule(alone, -0.5 * dw[i], config)
        assert together[i] == pytest.approx(alone.item(), rel=1e-12)


@pytest.mark.parametrize("rule", [optim.adagrad, optim.rmsprop, optim.adam, optim.adam_incomplete])
@given(dw=gradients, scale=st.floats(1e-3, 1e3))
@settings(max_examples=20)
def test_adaptive_steps_do_not_depend_on_the_scale_of_the_loss(rule, dw, scale):
    def path(factor):
        w, config = np.zeros_like(dw), {"epsilon": 0.0}
        for sign in (1, 1, -1):
            w, config = rule(w, sign * factor * dw, config)
        return w

    np.testing.assert_allclose(path(scale), path(1.0), rtol=1e-9, atol=1e-12)


def test_momentum_reaches_its_terminal_velocity():
    w, config = np.zeros(1), {"learning_rate": 0.1, "momentum": 0.9}
    for _ in range(400):
        w, config = optim.sgd_momentum(w, np.array([2.0]), config)
    assert config["velocity"] == pytest.approx(-2.0)  # rate 0.1 times gradient 2, ten times over


def test_nesterov_rewrite_is_the_lookahead_form_seen_from_phi():
    curvature = np.array([1.0, 40.0])

    def grad(x):
        return curvature * x

    theta, v = np.array([1.0, 1.0]), np.zeros(2)
    phi, config = theta, {"learning_rate": 0.01, "momentum": 0.7}
    for _ in range(20):
        theta, v = optim.nesterov_lookahead(theta, v, grad, 0.01, 0.7)
        phi, config = optim.nesterov_momentum(phi, grad(phi), config)
        np.testing.assert_allclose(phi, theta + 0.7 * v, rtol=1e-12)
        np.testing.assert_allclose(config["velocity"], v, rtol=1e-12)


def test_nesterov_lookahead_leaves_its_inputs_alone():
    theta, v = np.array([1.0]), np.array([2.0])
    optim.nesterov_lookahead(theta, v, lambda x: x, 0.1, 0.9)
    assert (theta.item(), v.item()) == (1.0, 2.0)


@pytest.mark.parametrize(("t", "shrunk"), [(1, 1), (4, 2), (100, 10), (400, 20)])
def test_adagrad_steps_shrink_like_one_over_root_t(t, shrunk):
    w, config = np.zeros(1), {"learning_rate": 1.0}
    for _ in range(t):
        before = w
        w, config = optim.adagrad(before, np.array([5.0]), config)
    assert (before - w).item() == pytest.approx(1 / shrunk, rel=1e-6)


@pytest.mark.parametrize(("t", "ratio"), [(1, 3.162), (10, 6.53), (100, 3.24), (1000, 1.26)])
def test_adam_without_correction_takes_steps_that_are_too_long_for_a_long_time(t, ratio):
    lengths = []
    for rule in (optim.adam_incomplete, optim.adam):
        w, config = np.zeros(1), {}
        for _ in range(t):
            before = w
            w, config = rule(before, np.array([1.0]), config)
        lengths.append((before - w).item())
    assert lengths[0] / lengths[1] == pytest.approx(ratio, rel=2e-3)


def test_adam_counts_its_steps_and_keeps_uncorrected_moments():
    _, config = optim.adam(np.zeros(1), np.array([2.0]))
    _, config = optim.adam(np.zeros(1), np.array([2.0]), config)
    assert config["t"] == 2
    assert config["m"] == pytest.approx(0.38)  # 2 (1 - 0.9²)
    assert config["v"] == pytest.approx(4 * (1 - 0.999**2))


def test_adamw_s_decay_does_not_depend_on_the_gradients_size_and_adam_with_a_penalty_does():
    """Pure noise of two sizes: nothing to learn, so the weights should shrink at one pace."""
    for seed in range(3):
        noise = np.array([10.0, 0.1]) * np.random.default_rng(seed).standard_normal((3000, 2))
        ends = []
        for rule, decay, penalty in ((optim.adamw, 0.1, 0.0), (optim.adam, 0.0, 0.1)):
            w, config = np.ones(2), {"weight_decay": decay}
            for g in noise:
                w, config = rule(w, g + penalty * w, config)
            ends.append(w)
        decoupled, in_the_gradient = ends
        np.testing.assert_allclose(decoupled, (1 - 1e-4) ** 3000, atol=0.12)
        assert in_the_gradient[0] > 0.85
        assert in_the_gradient[1] < 0.3


def test_rprop_cares_for_signs_only():
    w, config = np.zeros(2), {"learning_rate": 0.1}
    for g in (np.array([5.0, 1e-6]), np.array([0.1, 3.0]), np.array([-1e-3, -9.0])):
        w, config = optim.rprop(w, g, config)
    np.testing.assert_allclose(w, -0.1 - 0.12 + 0.06)


def test_momentum_rises_from_start_to_end_in_equal_steps():
    values = [optim.anneal_momentum(t, 50) for t in range(50)]
    assert values[0] == 0.5
    assert values[-1] == 0.99
    np.testing.assert_allclose(np.diff(values), 0.01, rtol=1e-9)


def test_momentum_stays_at_its_end_and_may_fall():
    assert optim.anneal_momentum(1000, 10) == 0.99
    assert optim.anneal_momentum(1, 3, start=0.9, end=0.5) == pytest.approx(0.7)
    assert optim.anneal_momentum(0, 1) == 0.5


@pytest.mark.parametrize(("t", "total", "what"), [(-1, 5, "t must"), (0, 0, "total must")])
def test_annealing_refuses_impossible_times(t, total, what):
    with pytest.raises(ValueError, match=what):
        optim.anneal_momentum(t, total)


@pytest.mark.parametrize(
    ("name", "rule"), [("momentum", optim.sgd_momentum), ("nesterov", optim.nesterov_momentum)]
)
def test_lecture_era_names_work(name, rule):
    assert optim.get_rule(name) is rule


def test_a_function_is_its_own_rule():
    assert optim.get_rule(ALL[0]) is ALL[0]


def test_an_unknown_rule_is_told_which_are_known():
    with pytest.raises(ValueError, match=r"sgd, momentum.*adamw; got 'adma'"):
        optim.get_rule("adma")


def test_rules_are_looked_up_when_they_are_asked_for(monkeypatch):
    def other(w, dw, config=None):
        return w, {}

    monkeypatch.setattr(optim, "adam", other)
    assert optim.get_rule("adam") is other


@pytest.mark.parametrize("module", [activations, layers, optim])
def test_a_module_without_any_one_of_its_functions_still_imports(module):
    """Editions take out what a notebook teaches: nothing else in the module may need it."""
    source = inspect.getsource(module)
    functions = [
        node
        for node in ast.parse(source).body
        if isinstance(node, ast.FunctionDef) and not node.name.startswith("_")
    ]
    assert len(functions) >= 3
    for gone in functions:
        lines = source.splitlines()
        del lines[gone.lineno - 1 : gone.end_lineno]
        cut = types.ModuleType(module.__name__)
        exec(compile("\n".join(lines), module.__name__, "exec"), cut.__dict__)
        assert not hasattr(cut, gone.name)
        for name, function in vars(cut).items():
            if inspect.isfunction(function) and name != "get_rule":
                assert gone.name not in function.__code__.co_names, f"{name} calls {gone.name}"
