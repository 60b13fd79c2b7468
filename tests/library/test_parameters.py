"""Named views into one flat vector."""

import copy
import pickle

import numpy as np
import pytest

from cs231n_lib import network
from cs231n_lib.parameters import Parameters


def test_views_and_vector_are_the_same_memory():
    p = Parameters({"W": (2, 3), "b": (3,)})
    p["W"][1, 2] = 5
    p["b"] += 1
    np.testing.assert_array_equal(p.flat, [0, 0, 0, 0, 0, 5, 1, 1, 1])
    p.flat[0] = 9
    assert p["W"][0, 0] == 9


def test_assignment_copies_into_the_vector():
    p, values = Parameters({"W": (2, 2)}), np.ones((2, 2))
    vector = p.flat
    p["W"] = values
    values[:] = 7
    p.flat += 1
    np.testing.assert_array_equal(vector, [2, 2, 2, 2])
    assert p.flat is vector


@pytest.mark.parametrize(
    "duplicate", [Parameters.copy, copy.deepcopy, lambda p: pickle.loads(pickle.dumps(p))]
)
def test_copies_have_a_vector_of_their_own(duplicate):
    p = Parameters({"W": (2,)})
    q = duplicate(p)
    q["W"] = [1, 2]
    np.testing.assert_array_equal(q.flat, [1, 2])
    np.testing.assert_array_equal(p.flat, [0, 0])


def test_parameters_behave_like_a_dictionary():
    p = Parameters.of({"W": np.eye(2), "b": np.ones(2)})
    assert list(p) == ["W", "b"]
    assert len(p) == 2
    assert "b" in p
    assert {name: array.shape for name, array in p.items()} == p.shapes
    assert dict(**p)["W"][1, 1] == 1


def test_parameters_refuse_what_does_not_fit():
    p = Parameters({"W": (2, 3)})
    with pytest.raises(ValueError, match=r"W must have shape \(2, 3\), got \(3, 2\)"):
        p["W"] = np.zeros((3, 2))
    with pytest.raises(KeyError, match="'V' is not a parameter; there are W"):
        p["V"] = 0
    with pytest.raises(ValueError, match=r"flat must have shape \(6,\), got \(5,\)"):
        p.flat = np.zeros(5)
    with pytest.raises(ValueError, match="flat must be 6 float64 numbers"):
        Parameters({"W": (2, 3)}, np.zeros(6, dtype=np.float32))


def test_the_network_s_module_has_it_too():
    assert network.Parameters is Parameters
