"""The data: centred and normalised, with the training set's numbers."""

from __future__ import annotations

import math

import numpy as np

from autograder.exercise import Exercise, Mistake, Style, Test, functions
from cs231n_lib import preprocessing

# --- probes ---------------------------------------------------------------------------------------


def training_set(preprocess, X_train, X_test):
    train, _ = preprocess(X_train, X_test)
    return {"X_train": train}


def test_set(preprocess, X_train, X_test):
    _, test = preprocess(X_train, X_test)
    return {"X_test": test}


def both_sets(preprocess, X_train, X_test):
    train, test = preprocess(X_train, X_test)
    return {"X_train": train, "X_test": test}


# --- inputs ---------------------------------------------------------------------------------------


def tables(rng):
    """Six and five rows; every column has its own centre and scale, in each of the two sets."""
    centre, scale = rng.uniform(3, 10, 4), rng.uniform(2, 8, 4)
    scale[0] = rng.uniform(0.1, 0.15)  # a narrow column is not a constant one
    X_train = centre + scale * rng.normal(size=(6, 4))
    X_test = 1.5 * centre + 0.6 * scale * rng.normal(size=(5, 4))
    return {"X_train": X_train, "X_test": X_test}


def whole_numbers(rng):
    levels = rng.integers(20, 120, 4)
    X_train = levels + rng.integers(0, 120, (6, 4))
    X_test = levels // 2 + rng.integers(0, 60, (5, 4))
    return {"X_train": X_train.astype(np.uint8), "X_test": X_test.astype(np.uint8)}


def constant_columns(rng):
    """Columns 1, 3 and 4 are 0, 7 and 0.1 in the training set; in the test set they are not.

    The mean of six times 0.1 is rounded, so the standard deviation comes out as 1e-17, not as 0.
    """
    sets = tables(rng)
    sets = {name: np.column_stack([X, np.zeros(len(X))]) for name, X in sets.items()}
    for column, value in ((1, 0.0), (3, 7.0), (4, 0.1)):
        sets["X_train"][:, column] = value
        sets["X_test"][:, column] = value + rng.integers(1, 9, 5)
    return sets


# --- properties -----------------------------------------------------------------------------------


def only_centred(inputs, values):
    for name, was in inputs.items():
        is_now = np.asarray(values[name])
        if is_now.shape != was.shape:
            return "The results do not have the shapes of the two inputs."
        if not np.isfinite(is_now).all():
            return "A column that is constant in the training set gives NaN or infinity."
        for column in (0, 2):
            if not np.corrcoef(was[:, column], is_now[:, column])[0, 1] > 0.99:
                return "A column that varies no longer goes up and down with its input."
        for column in (1, 3, 4):
            moved, ends = was[:, column] - inputs["X_train"][0, column], is_now[:, column]
            if abs(ends).max() > 10_000:
                return f"In {name}, a column that never changed in training has become huge."
            if not (np.allclose(ends, moved, atol=1e-6) or np.allclose(ends, 0, atol=1e-6)):
                return f"In {name}, a column that never changed in training is not just centred."
    return ""


# --- other right answers --------------------------------------------------------------------------


def ones_for_tiny_ones(X_train, X_test):
    average, spread = np.mean(X_train, 0), np.std(X_train, 0)
    spread[spread < 1e-9] = 1
    return (X_train - average) / spread, (X_test - average) / spread


def column_by_column(X_train, X_test):
    results = [np.zeros(X_train.shape), np.zeros(X_test.shape)]
    for j in range(X_train.shape[1]):
        column = [float(x) for x in X_train[:, j]]
        mean = sum(column) / len(column)
        std = math.sqrt(sum((x - mean) ** 2 for x in column) / len(column))
        for X, result in zip((X_train, X_test), results, strict=True):
            result[:, j] = (X[:, j] - mean) / (std if max(column) > min(column) else 1)
    return results


def tiny_where_it_does_no_harm(X_train, X_test):
    both = np.concatenate([X_train, X_test]).astype(float)
    both -= both[: len(X_train)].mean(axis=0, keepdims=True)
    std = both[: len(X_train)].std(axis=0, keepdims=True)
    both *= np.where(std > 1e-3, 1 / (std + 1e-8), 1)
    return both[: len(X_train)], both[len(X_train) :]


def constant_columns_to_zero(X_train, X_test):
    mean, std = X_train.mean(axis=0), X_train.std(axis=0)
    varies = (X_train != X_train[0]).any(axis=0)
    scale = np.divide(1, std, out=np.zeros_like(std), where=varies)
    return tuple((X - mean) * scale for X in (X_train, X_test))


# --- wrong answers --------------------------------------------------------------------------------


def mean_and_std(X):
    """Mean and standard deviation of each column; 1 where a column is constant."""
    return X.mean(axis=0), np.where(np.ptp(X, axis=0) > 0, X.std(axis=0), 1)


def standardised(x, mean, std):
    return (x - mean) / std


def training_set_alone(X_train, X_test):
    numbers = mean_and_std(X_train)
    return numbers, numbers


def preprocess_with(change=standardised, measured=training_set_alone):
    """A wrong `preprocess`: `change(x, mean, std)`, with the two sets' numbers from `measured`."""

    def function(X_train, X_test):
        for_train, for_test = measured(X_train, X_test)
        return change(X_train, *for_train), change(X_test, *for_test)

    return {"preprocess": function}


def each_set_by_itself(X_train, X_test):
    return mean_and_std(X_train), mean_and_std(X_test)


def mean_of_the_test_set(X_train, X_test):
    mean, std = mean_and_std(X_train)
    return (mean, std), (X_test.mean(axis=0), std)


def both_sets_together(X_train, X_test):
    numbers = mean_and_std(np.concatenate([X_train, X_test]))
    return numbers, numbers


def test_set_untouched(X_train, X_test):
    return mean_and_std(X_train), (0.0, 1.0)


def n_minus_1(X_train, X_test):
    mean, std = mean_and_std(X_train)
    numbers = mean, std * np.sqrt(len(X_train) / (len(X_train) - 1))
    return numbers, numbers


def all_columns_together(X_train, X_test):
    numbers = X_train.mean(), X_train.std()
    return numbers, numbers


def least_and_range(X_train, X_test):
    numbers = X_train.min(axis=0), np.maximum(np.ptp(X_train, axis=0), 1e-300)
    return numbers, numbers


def ones_where_std_is_0(X_train, X_test):
    std = X_train.std(axis=0)
    numbers = X_train.mean(axis=0), np.where(std == 0, 1, std)
    return numbers, numbers


def with_std_plus(tiny):
    def function(X_train, X_test):
        mean, std = X_train.mean(axis=0), X_train.std(axis=0) + tiny
        return (X_train - mean) / std, (X_test - mean) / std

    return {"preprocess": function}


def writes_into_inputs(X_train, X_test):
    mean, std = mean_and_std(X_train)
    for X in (X_train, X_test):
        X[...] = (X - mean) / std
    return X_train, X_test


# --- the exercise ---------------------------------------------------------------------------------

# Values are about 1. A tiny number added to a standard deviation of 2 or more changes them by less.
NEAR = 1e-5

preprocess = Exercise(
    name="preprocess",
    slide="Data Preprocessing",
    answers=functions(preprocessing.preprocess),
    tests=[
        Test("the training set", training_set, tables, points=2, rtol=NEAR, atol=NEAR),
        Test(
            "the test set, with the training set's numbers",
            test_set,
            tables,
            points=2,
            rtol=NEAR,
            atol=NEAR,
        ),
        Test(
            "a column that is constant in the training set: no NaN, no huge number",
            both_sets,
            constant_columns,
            holds=only_centred,
            quiet=True,
        ),
        Test(
            "whole numbers, as images are stored; the inputs stay as they were",
            both_sets,
            whole_numbers,
            rtol=NEAR,
            atol=NEAR,
            untouched=("X_train", "X_test"),
        ),
    ],
    mistakes=[
        Mistake(
            "test set's own numbers",
            "Your test set is normalised with its own mean and standard deviation. The network was "
            "fitted to inputs that went through the training set's: the same image must give the "
            "same numbers wherever it is. (And what if the test set is a single image?)",
            preprocess_with(measured=each_set_by_itself),
        ),
        Mistake(
            "test set's own mean",
            "You divide by the training set's standard deviation, but subtract the test set's own "
            "mean. Measure everything on the training set.",
            preprocess_with(measured=mean_of_the_test_set),
        ),
        Mistake(
            "measured on both sets together",
            "Your mean and standard deviation are those of training and test set together. So the "
            "test set influences the training, and is no longer a test: that is a leak.",
            preprocess_with(measured=both_sets_together),
        ),
        Mistake(
            "test set left as it was",
            "The test set comes out as it went in. (Did you change X_train in place first? Then, "
            "by the time you use them for X_test, its mean is 0 and its standard deviation 1.)",
            preprocess_with(measured=test_set_untouched),
        ),
        Mistake(
            "divided by 0",
            "A column that never changes in the training set, such as the corner of an image, has "
            "the standard deviation 0, and 0/0 is not a number.",
            with_std_plus(0.0),
        ),
        Mistake(
            "tiny number instead of care",
            "A tiny number in the denominator keeps NaN away, but if a pixel that never changed in "
            "training differs in one test image, that difference is divided by the tiny number: "
            "the network gets an input of millions. A column without spread needs another divisor.",
            with_std_plus(1e-8),
        ),
        Mistake(
            "asked the standard deviation for a 0",
            "You look for columns whose standard deviation is 0. Rounding spoils that: of a column "
            "that holds only 0.1 it can come out as 1e-17, and you divide by it. Which numbers of "
            "a column can you compare, without any arithmetic, to see whether it is constant?",
            preprocess_with(measured=ones_where_std_is_0),
        ),
        Mistake(
            "centred, not normalised",
            "The mean is subtracted, but the columns keep their different scales. That is often "
            "enough for images; here both steps are asked for.",
            preprocess_with(lambda x, mean, std: x - mean),
        ),
        Mistake(
            "normalised, not centred",
            "You divide by the standard deviation, but the mean is still in there.",
            preprocess_with(lambda x, mean, std: x / std),
        ),
        Mistake(
            "divided by the variance",
            "You divide by the variance. To end with a standard deviation of 1, by what must you "
            "divide? (Think of units: metres and square metres.)",
            preprocess_with(lambda x, mean, std: (x - mean) / std**2),
        ),
        Mistake(
            "mean subtracted after the division",
            "You scale first and then subtract the mean of the UNSCALED column. Either order is "
            "fine, as long as the mean is that of the numbers it is subtracted from.",
            preprocess_with(lambda x, mean, std: x / std - mean),
        ),
        Mistake(
            "N - 1",
            "Your standard deviation divides by N - 1, as in pandas, MATLAB or PyTorch. This "
            "course uses NumPy's, which divides by N. With 1000 images nobody would notice.",
            preprocess_with(measured=n_minus_1),
            elsewhere=True,
        ),
        Mistake(
            "one number for all columns",
            "You use one mean and one standard deviation for the whole array. Each pixel has its "
            "own: along which axis do the examples lie?",
            preprocess_with(measured=all_columns_together),
        ),
        Mistake(
            "each row by itself",
            "You take mean and standard deviation of each ROW, so every image is normalised by "
            "itself. That is done too (as 'contrast normalisation'), but it is not the slide's: "
            "each pixel is compared with the same pixel of the other images.",
            preprocess_with(
                lambda x, *_: (x - x.mean(axis=1, keepdims=True)) / x.std(axis=1, keepdims=True)
            ),
            elsewhere=True,
        ),
        Mistake(
            "scaled to 0 and 1",
            "You map each column's least value to 0 and its largest to 1. That is min-max scaling; "
            "here the mean must be 0 and the standard deviation 1.",
            preprocess_with(measured=least_and_range),
            elsewhere=True,
        ),
        Mistake(
            "writes into its inputs",
            "The numbers are right where the inputs are floats, but you write them into the arrays "
            "that you were given: the caller still needs the original images, and in arrays of "
            "whole numbers the fractions are lost.",
            {"preprocess": writes_into_inputs},
        ),
    ],
    styles=[
        Style("ones for what is nearly 0", {"preprocess": ones_for_tiny_ones}),
        Style("column by column", {"preprocess": column_by_column}),
        Style("a harmless tiny number", {"preprocess": tiny_where_it_does_no_harm}),
        Style("constant columns to zero", {"preprocess": constant_columns_to_zero}),
    ],
)
