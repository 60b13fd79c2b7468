"""The shipped digits, mini-batches, toy data."""

from collections import Counter

import numpy as np
import pytest

from cs231n_lib import data
from cs231n_lib.network import Network
from cs231n_lib.training import fit


@pytest.fixture
def rng():
    return np.random.default_rng(4)


@pytest.fixture(scope="module")
def digits():
    return data.load_digits()


def test_the_split_has_the_stated_sizes(digits):
    assert [part.shape for part in digits] == [
        (1000, 64),
        (1000,),
        (297, 64),
        (297,),
        (500, 64),
        (500,),
    ]


def test_raw_digits_are_the_repository_s_own_images():
    """Facts about the original file: its counts per class, its range, its sum of pixels."""
    raw = data.load_digits(raw=True)
    X = np.concatenate([raw.X_train, raw.X_val, raw.X_test])
    y = np.concatenate([raw.y_train, raw.y_val, raw.y_test])
    assert (X.min(), X.max(), X.sum()) == (0, 16, 561718)
    assert [Counter(y.tolist())[k] for k in range(10)] == [
        178,
        182,
        177,
        183,
        181,
        182,
        181,
        179,
        174,
        180,
    ]


def test_no_image_is_in_two_parts():
    raw = data.load_digits(raw=True)
    rows = [{row.tobytes() for row in part} for part in (raw.X_train, raw.X_val, raw.X_test)]
    assert len(set.union(*rows)) == sum(map(len, rows)) == 1797


def test_images_and_labels_belong_together(digits):
    """In every part most images are nearest to the mean training image of their own class."""
    means = np.stack([digits.X_train[digits.y_train == k].mean(axis=0) for k in range(10)])
    for X, y in (digits[0:2], digits[2:4], digits[4:6]):
        nearest = np.argmin(((X[:, None] - means) ** 2).sum(axis=2), axis=1)
        assert np.mean(nearest == y) > 0.85


def test_every_part_holds_every_class(digits):
    for labels in (digits.y_train, digits.y_val, digits.y_test):
        assert set(labels) == set(range(10))


def test_pixels_are_centred_by_the_training_mean_alone(digits):
    raw = data.load_digits(raw=True)
    np.testing.assert_allclose(digits.X_train.mean(axis=0), 0, atol=1e-14)
    assert np.abs(digits.X_val.mean(axis=0)).max() > 0.01
    offsets = raw.X_test / 16 - digits.X_test
    np.testing.assert_allclose(offsets, np.tile(offsets[0], (500, 1)), atol=1e-14)
    assert digits.X_train.dtype == np.float64


def test_changing_the_digits_does_not_change_them_for_others(digits):
    mine = data.load_digits()
    mine.X_train[:] = 7
    np.testing.assert_array_equal(data.load_digits().X_train, digits.X_train)


def test_the_attribution_is_beside_the_data():
    text = (data.Path(data.__file__).with_name("digits.txt")).read_text()
    for part in ("Alpaydin", "Kaynak", "10.24432/C50P49", "CC BY 4.0"):
        assert part in text


def test_rows_and_labels_stay_together_and_come_once_per_batch(rng):
    X, y = np.arange(40.0).reshape(20, 2), np.arange(20)
    for _ in range(20):
        X_batch, y_batch = data.sample_batch(X, y, 15, rng)
        np.testing.assert_array_equal(X_batch[:, 0], 2 * y_batch)
        assert len(set(y_batch)) == 15


def test_every_row_can_come_and_at_every_place(rng):
    X, y = np.zeros((5, 1)), np.arange(5)
    draws = np.array([data.sample_batch(X, y, 3, rng)[1] for _ in range(300)])
    for place in draws.T:
        assert set(place) == set(range(5))


@pytest.mark.parametrize("size", [0, 6])
def test_a_batch_larger_than_the_data_is_refused(size, rng):
    with pytest.raises(ValueError, match=f"batch_size must be from 1 to 5.*got {size}"):
        data.sample_batch(np.zeros((5, 1)), np.zeros(5), size, rng)


def test_rows_without_labels_are_refused(rng):
    with pytest.raises(ValueError, match="got 5 and 4 rows"):
        data.sample_batch(np.zeros((5, 1)), np.zeros(4), 2, rng)


def test_a_dataset_moves_on_and_repeats_itself_in_the_next_run():
    X, y = np.zeros((100, 1)), np.arange(100)
    one, two = data.Dataset(X, y, 10), data.Dataset(X, y, 10)
    first = one.sample_data_batch()[1]
    np.testing.assert_array_equal(first, two.sample_data_batch()[1])
    assert (first != one.sample_data_batch()[1]).any()


def test_a_dataset_draws_with_the_function_that_it_is_given():
    X, y = np.arange(20.0)[:, None], np.arange(20)

    def last_ones(X, y, batch_size, rng):
        return X[-batch_size:], y[-batch_size:]

    _, labels = data.Dataset(X, y, 3, sample=last_ones).sample_data_batch()
    np.testing.assert_array_equal(labels, [17, 18, 19])


def test_a_hidden_layer_learns_the_spiral_and_a_line_does_not():
    X, y = data.spiral(noise=0.1)
    accuracy = {}
    for name, sizes in {"line": [2, 3], "hidden layer": [2, 50, 3]}.items():
        network = Network(sizes)
        fit(network, X, y, "sgd", {"learning_rate": 1.0}, epochs=300)
        accuracy[name] = network.accuracy(X, y)
    assert accuracy["line"] < 0.65
    assert accuracy["hidden layer"] > 0.95


def test_without_noise_the_arms_are_rotations_of_each_other():
    X, _ = data.spiral(20, 2, noise=0.0)
    c, s = np.cos(4.0), np.sin(4.0)
    np.testing.assert_allclose(X[:20] @ np.array([[c, -s], [s, c]]), X[20:], atol=1e-12)
    with pytest.raises(ValueError, match="at least 1, got 0, 3"):
        data.spiral(0)
