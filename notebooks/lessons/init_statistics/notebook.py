# %% [markdown]
# # 02 · Preprocessing and initialisation
#
# Before a network learns anything, two decisions have been made: what its inputs look like, and how large its random weights are. A bad choice of either can stop the learning before it starts, and two numbers per layer, mean and standard deviation, often show it. The lecture prints a table of such numbers. Here you reproduce it, compute it without running a network, use that to choose weights, and find out where the formula holds and where it does not.
#
# **You will learn**
# - to centre and normalise data without using the test set, and why centring pays,
# - why random weights of 0.01 or of 1.0 ruin a network of ten layers, each in its own way,
# - where Xavier's $1/\sqrt{n}$ comes from, what it assumes, and what tanh does to that assumption,
# - why ReLU needs a factor of 2, and what happens to the gradients.
#
# **Slides:** "Data Preprocessing", "Weight Initialization", "Xavier initialization". **Time:** three to four hours. **Points:** {{points}}. The last exercise is a bonus.
#
# How it goes: *predict*, *write*, *check*, *look*. Wherever it says **Predict**, write your guess into the cell below before you read on. Guesses are never graded, and a wrong one teaches more than a right one. *What came out* is folded until you open it. Hints come in three steps; open as few as you can.

# %% locked="setup"
import matplotlib.pyplot as plt
import numpy as np

from cs231n_lib import activations, data
from autograder.check import check, guess, needs, progress, reveal
from cs231n_lib.network import Network
from cs231n_lib.plotting import PALETTE, curves, histograms, style
from cs231n_lib.propagation import gradient_statistics, slide_lines
from cs231n_lib.training import fit

# %% [markdown]
# The images of this notebook are the handwritten digits that come with the library. It also runs on the photographs of CIFAR-10: replace the one line in the next cell by `images = data.load_cifar10(1000, 297, 500, raw=True)`, which downloads 170 MB once. (The numbers in the text are those of the digits.)

# %%
images = data.load_digits(raw=True)

# %%
X_train, y_train = images.X_train[:1000], images.y_train[:1000]
X_test, y_test = images.X_test[:500], images.y_test[:500]


def picture(ax, row, title):
    """Draw a row of pixels: 64 grey ones, or 3072 that are 32 x 32 in red, green and blue."""
    grey = len(row) % 3 != 0
    row = (row - row.min()) / max(np.ptp(row), 1e-12)
    side = int(np.sqrt(len(row) if grey else len(row) / 3))
    shown = row.reshape(side, side) if grey else row.reshape(3, side, side).transpose(1, 2, 0)
    ax.imshow(shown, cmap="gray")
    ax.set_title(title, fontsize=10)
    ax.set_axis_off()


print(f"{len(X_train)} images to train and {len(X_test)} to test, ", end="")
print(f"of {X_train.shape[1]} pixels from {X_train.min():g} to {X_train.max():g}")
with style((8, 1.8)):
    _, axes = plt.subplots(1, 6)
    for ax, row, label in zip(axes, X_train, y_train, strict=False):
        picture(ax, row, f"class {label}")
    plt.show()

# %% [markdown]
# *Six training images, each with its class.*
#
# ## Zero-centre, normalise
#
# Every pixel is a feature, with its own mean and its own standard deviation over the images. The slide's two steps are
#
# $$x_j \;\leftarrow\; x_j - \mu_j, \qquad x_j \;\leftarrow\; x_j / \sigma_j ,$$
#
# so that each feature has mean 0 and standard deviation 1. Two things often go wrong.
#
# *Whose* $\mu$ and $\sigma$? What a network has learned, it has learned about numbers that went through one fixed formula. So $\mu$ and $\sigma$ are measured **on the training set, once**, and whatever comes later (validation set, test set, a single image next year) goes through the same formula.
#
# *What if a pixel never changes?* A pixel in the corner may be 0 in all training images. Then there is no spread to divide by, and the pixel should **only be centred**. It must not become NaN, and it must not become huge in the test set, where it may differ for once. Two popular recipes fail here. One adds $10^{-8}$ to every $\sigma$: what does that do to a test image with a 1 in such a pixel? The other replaces every $\sigma$ that is exactly 0. But the mean of many equal numbers is rounded, so the standard deviation of a thousand times 0.1 comes out as a tiny number that is not 0, and dividing by it makes a small difference larger than $10^{13}$.
#
# **Predict:** after this, how far from 0 is the mean of a pixel over the *test* set, at most?
#
# <details><summary>Hint 1</summary>
#
# The examples lie along axis 0. You need two numbers for each column, all of them from `X_train`.
#
# </details>
# <details><summary>Hint 2</summary>
#
# A column is constant if its maximum equals its minimum: no rounding can spoil that. By which number can you divide such a column so that nothing changes?
#
# </details>
# <details><summary>Hint 3: nearly there</summary>
#
# `np.where(condition, a, b)` picks element by element, and so does an assignment to `std[condition]`, on an array of your own. Both results are made with the same mean and the same divisor. Write them into new arrays, `X_train` and `X_test` are still needed.
#
# </details>

# %%
guess("largest_test_mean", ...)  # a number, such as 1.5

# %% solution="preprocess"
def preprocess(X_train, X_test):
    """Zero-centre and normalise each column with the training set's mean and standard deviation.

    X_train (N, D), X_test (M, D). A column that is constant in X_train is only centred.
    Returns the two new arrays (X_train, X_test); leaves its inputs as they are.
    """
    ### BEGIN SOLUTION
    mean, std = X_train.mean(axis=0), X_train.std(axis=0)
    std[X_train.max(axis=0) == X_train.min(axis=0)] = 1
    return (X_train - mean) / std, (X_test - mean) / std
    ### END SOLUTION

# %% check="preprocess"
check("preprocess")

# %%
needs("preprocess")
rng = np.random.default_rng(0)
cloud = rng.standard_normal((300, 2)) @ np.array([[2.4, 1.1], [0.0, 0.5]]) + [5, 2]
normalised = preprocess(cloud, cloud)[0]
panels = {
    "original data": cloud,
    "zero-centred": normalised * np.std(cloud, 0),
    "normalised": normalised,
}
with style((10, 3.4)):
    _, axes = plt.subplots(1, 3, sharex=True, sharey=True)
    for ax, (title, points) in zip(axes, panels.items(), strict=True):
        ax.plot(*points.T, ".", color=PALETTE[0], markersize=3)
        ax.axhline(0, color="gray", linewidth=0.8)
        ax.axvline(0, color="gray", linewidth=0.8)
        ax.set(xlabel="first feature", ylabel="second feature", title=title)
        ax.set_aspect("equal")
        ax.label_outer()
    plt.show()

# %% [markdown]
# *The slide's picture. Left: an elongated cloud of points, away from the origin. Middle: the same cloud around the origin. Right: as wide as it is high. It still leans to one side: the two features are correlated, and normalising does not change that. (The bonus at the end does.)*
#
# Now the images:

# %%
needs("preprocess")
X, X_later = preprocess(X_train, X_test)
flat = np.flatnonzero(np.ptp(X_train, axis=0) == 0)
surprising = [int(p) for p in flat if np.any(X_test[:, p] != X_train[0, p])]
test_means, largest = np.abs(X_later.mean(axis=0)).max(), (np.abs(X).max(), np.abs(X_later).max())
print(f"constant in the training set: {len(flat)} pixels; of these not constant in the test set:")
print(f"    {surprising}")
print(f"largest number: training set {largest[0]:.1f}, test set {largest[1]:.1f}")
print(f"largest mean of a pixel in the training set: {np.abs(X.mean(axis=0)).max():.0e}")
with style((8, 1.9)):
    _, axes = plt.subplots(1, 4)
    shown = {
        "raw": X_train[0],
        "preprocessed": X[0],
        "mean of each pixel": X_train.mean(axis=0),
        "sd of each pixel": X_train.std(axis=0),
    }
    for ax, (title, row) in zip(axes, shown.items(), strict=True):
        picture(ax, row, title)
    plt.show()
reveal("largest_test_mean", test_means, word="it is")

# %% [markdown]
# <details><summary>What came out</summary>
#
# *A digit before and after; then the mean image, a blurred spot, and the standard deviations: largest around the middle, next to nothing at the left and right border.*
#
# On the test set the means are close to 0, not equal to it: up to 0.17. That is as it should be.
#
# Four pixels are 0 in all 1000 training images, and **one of them, number 24, is 1 in two of the 500 test images**. With $10^{-8}$ added to the standard deviation, the network would receive 100,000,000 there. The danger is real: it is in the first data set at hand.
#
# No formula removes a second danger: a pixel that is not 0 in only *one* or *two* of 1000 training images has a tiny standard deviation. So a faint speck of brightness 1 becomes 31.6 in the training set, and one of brightness 2 becomes 44.7 in the test set. Normalising makes rare pixels loud.
#
# </details>

# %% [markdown]
# ### Does it pay?
#
# The simplest classifier, one affine layer and a softmax, from zero weights, three epochs of SGD. Each kind of input gets the best of fourteen learning rates (compare at their own best rates, or not at all); the loss is that of the whole training set. The last two columns will help to explain the result.
#
# **Predict:** which step lowers the loss more?
#
# - **A** centring
# - **B** normalising what is centred already

# %%
guess("which_step_helps", ...)  # a letter in quotes, such as "B"

# %%
needs("preprocess")
RATES = 10.0 ** np.arange(-5, 1.6, 0.5)


def try_rates(inputs, later):
    """(training loss, rate, test accuracy) after 3 epochs for each rate: means of three runs."""
    results = []
    for rate in RATES:
        runs = []
        for seed in range(3):
            network = Network([inputs.shape[1], 10], init=0.0)
            rng = np.random.default_rng(seed)
            with np.errstate(all="ignore"):  # some of the rates are far too high
                how = {"epochs": 3, "batch_size": 50, "rng": rng}
                fit(network, inputs, y_train, "sgd", {"learning_rate": rate}, **how)
                runs.append((network.forward((inputs, y_train)), network.accuracy(later, y_test)))
        loss, accuracy = np.mean(runs, axis=0)
        results.append((loss if np.isfinite(loss) else np.inf, rate, accuracy))
    return results


average, largest = X_train.mean(axis=0), np.abs(X_train).max()
versions = {
    "raw": (X_train, X_test),
    "raw, divided by the largest": (X_train / largest, X_test / largest),
    "zero-centred": (X_train - average, X_test - average),
    "zero-centred and normalised": (X, X_later),
}
tried = {name: try_rates(*pair) for name, pair in versions.items()}
best = {name: min(results) for name, results in tried.items()}
top_eigenvalue = {}
print("                             best rate   loss   test      loss at   largest eigenvalue")
print("input                                        accuracy  rate 0.01  of the mean of x xᵀ")
for name, (loss, rate, accuracy) in best.items():
    inputs = versions[name][0]
    top_eigenvalue[name] = np.linalg.norm(inputs, 2) ** 2 / len(inputs)
    same_rate = min(tried[name], key=lambda trial: abs(np.log10(trial[1]) + 2))[0]
    print(f"{name:28} {rate:9.1g} {loss:7.3f} {accuracy:8.3f} {same_rate:10.2f}", end="")
    print(f" {top_eigenvalue[name]:14.1f}")
losses = [best[name][0] for name in ("raw", "zero-centred", "zero-centred and normalised")]
gains = {"A": losses[0] - losses[1], "B": losses[1] - losses[2]}
reveal("which_step_helps", max(gains, key=gains.get), word="more helps")

# %% [markdown]
# <details><summary>What came out</summary>
#
# Centring pays: after the same three epochs the loss is a third lower than with raw pixels (with other seeds up to two thirds). Normalising on top of it does *not* pay here, and the course notes say as much: pixels have the same scale anyway. What it changes is the rate that suits, from 0.1 to about 3. It pays where features have different units (metres, years, euros), and it makes "variance 1" true, on which the second half of this notebook is built.
#
# Why does centring pay? Not because of a zig-zag: at the *same* rate of 0.01 raw and centred pixels reach nearly the same loss, 0.2. But the raw pixels' common mean is one steep direction, with an eigenvalue of 2,700 against 178 after centring, and so their rate is capped much lower. That is the finding of notebook 01, on real data. Dividing all pixels by 16 does not help against it: it changes the rate that suits by a factor of $16^2$, and next to nothing else. (The two losses differ because the rates are a coarse grid, and a run near the highest rate that still works depends on its random numbers.)
#
# </details>
#
# Tomorrow a single new image comes in. Which mean do you subtract from it?
#
# - **A** its own
# - **B** that of the images that come in tomorrow
# - **C** that of all images there are by then, training and test
# - **D** that of the training images

# %% solution="q_whose_mean"
q_whose_mean = ...  # "A", "B", "C" or "D"
### BEGIN SOLUTION
q_whose_mean = "D"
### END SOLUTION

# %% check="q_whose_mean"
check("q_whose_mean")

# %% [markdown]
# ## Ten layers, and two numbers for each
#
# Now the weights. Must they be random at all? Take 50 ReLU units between the pixels and the ten classes, with **all weights 0.1**, and train for five epochs.
#
# **Predict** the test accuracy. (With random weights of standard deviation 0.1 it is above 90 %.)

# %%
guess("equal_weights", ...)  # a share, such as 0.8

# %%
needs("preprocess")


def all_equal(fan_in, fan_out, rng):
    return np.full((fan_in, fan_out), 0.1)


def random_tenths(fan_in, fan_out, rng):
    return rng.normal(0, 0.1, (fan_in, fan_out))


symmetry = {}
for name, init in {"random": random_tenths, "all equal": all_equal}.items():
    rng = np.random.default_rng(0)
    network = Network([X.shape[1], 50, 10], init=init, rng=rng)
    fit(network, X, y_train, "sgd", {"learning_rate": 0.1}, epochs=5, batch_size=50, rng=rng)
    rank = np.linalg.matrix_rank(network.params["W1"])
    symmetry[name] = network.accuracy(X_later, y_test), rank
    print(f"{name:10} test accuracy {symmetry[name][0]:.0%}, rank of W1 after training: {rank}")
reveal("equal_weights", symmetry["all equal"][0], form=".0%")

# %% [markdown]
# <details><summary>What came out</summary>
#
# About 10 %, that is, nothing. All units of a layer compute the same, get the same gradient, and stay equal: after training, $W_1$ still has rank 1. The 50 units are 50 copies of one.
#
# </details>
#
# So the weights have to be random. But random *how large*?
#
# **Play.** Below, an input of normal random numbers goes through ten layers of 500 units, without biases; you choose the activation and the *scale* of the weights, which is the standard deviation of them all. Before you play, decide on four short answers. With a scale of 0.01, what does a histogram of the tenth layer's outputs look like? With 1? Is there a scale in between that treats all ten layers alike? And is it the same for tanh and for ReLU?

# %%
from cs231n_lib.play import play

play("init_statistics")

# %% [markdown]
# In the rest of this notebook you build this experiment yourself, and find the formula that gives the right scale without trying.
#
# The first idea: small. Take normal random numbers with a standard deviation `scale` of 0.01, whatever the layer. In this course a weight matrix has **one row per input and one column per unit**, `(fan_in, fan_out)`, and all randomness comes from a Generator `rng` that you receive, so that a run can be repeated.
#
# <details><summary>Hint 1</summary>
#
# `rng.standard_normal(shape)` gives normal numbers with mean 0 and standard deviation 1.
#
# </details>
# <details><summary>Hint 2</summary>
#
# Multiplying random numbers by $c$ multiplies their standard deviation by $c$, and their variance by $c^2$.
#
# </details>
# <details><summary>Hint 3: nearly there</summary>
#
# The shape is one tuple of two numbers, so it is in parentheses of its own. Which of the two comes first?
#
# </details>

# %% solution="small_random"
def small_random(fan_in, fan_out, rng, scale=0.01):
    """Random weights (fan_in, fan_out), mean 0, standard deviation `scale`, drawn from rng."""
    ### BEGIN SOLUTION
    return rng.normal(0, scale, (fan_in, fan_out))
    ### END SOLUTION

# %% check="small_random"
check("small_random")

# %% [markdown]
# The lecture's experiment: 1000 examples of 500 normal random numbers go through ten layers of 500 tanh units each,
#
# $$h_0 = X, \qquad h_l = f(h_{l-1}\, W_l), \qquad l = 1, \dots, 10,$$
#
# without biases. For each layer, look at the mean and the standard deviation of **all its numbers together**, all examples and all units. Write the instrument. (`activation` is a function of an array, such as `np.tanh`.)
#
# <details><summary>Hint 1</summary>
#
# One loop over the weight matrices. The input of each layer is the output of the layer before it.
#
# </details>
# <details><summary>Hint 2</summary>
#
# `np.mean(h)` and `np.std(h)` without an axis are over everything. What goes into the list: numbers from before the activation, or from after it?
#
# </details>
# <details><summary>Hint 3: nearly there</summary>
#
# Start with a variable that holds `X`, and replace it in each round by the layer's output. Give it a new array: `X` itself must stay. Ten matrices make ten pairs; the input is not among them.
#
# </details>

# %% solution="forward_statistics"
def forward_statistics(X, weights, activation):
    """(mean, standard deviation) of each layer's output, first layer first: a list of pairs.

    X (N, D). weights: a list of matrices (D, H1), (H1, H2), ... activation: a function of an array.
    Leaves X and the weights as they are.
    """
    ### BEGIN SOLUTION
    pairs, out = [], X
    for w in weights:
        out = activation(out @ w)
        pairs.append((out.mean(), out.std()))
    return pairs
    ### END SOLUTION

# %% check="forward_statistics"
check("forward_statistics")

# %%
def ten_layers(init, activation="tanh", seed=0, examples=1000):
    """The lecture's stack: its random input, its ten weight matrices, and what each layer gives."""
    rng = np.random.default_rng(seed)
    D = rng.standard_normal((examples, 500))
    network = Network([500] * 11 + [10], activation=activation, init=init, rng=rng)
    return D, [network.params[f"W{i}"] for i in range(1, 11)], network.activations(D)


def show_layers(outputs, title, range, highest=None):
    """Histograms of the numbers in five of the ten layers; bars are cut off at `highest`."""
    with style((11, 2.6)):
        figure, axes = plt.subplots(1, 5, sharey=True)
        chosen = {f"layer {i}": outputs[i - 1] for i in (1, 2, 4, 7, 10)}
        histograms(axes, chosen, xlabel="output", range=range)
        axes[0].set_ylim(0, highest)
        figure.suptitle(title)
        plt.show()


def large_random(fan_in, fan_out, rng):
    return small_random(fan_in, fan_out, rng, scale=1.0)


def relu(z):
    return np.maximum(0, z)

# %% [markdown]
# You have seen that 0.01 is too small. **Predict** the numbers with paper and pencil: the input has standard deviation 1, the weights 0.01, and there are 500 inputs to each unit. What is the standard deviation after one layer? After ten?

# %%
guess("collapse", ...)  # after one layer, after ten: such as [0.9, 0.5]

# %%
needs("small_random", "forward_statistics")
D, small_weights, outputs = ten_layers(small_random)
small = forward_statistics(D, small_weights, np.tanh)
print(slide_lines(D, small))
print(f"... the last one, in full: {small[-1][1]:.1e}")
show_layers(outputs, "tanh, weights of 0.01", (-1, 1))
reveal("collapse", {"after one layer": small[0][1], "after ten": small[-1][1]})

# %% [markdown]
# <details><summary>What came out</summary>
#
# *The first histogram is a bell, the second a narrow peak, the others a single bar at 0.*
#
# 0.214 after one layer, and $3 \cdot 10^{-7}$ after ten. A sum of 500 terms, each with variance $0.01^2$, has the standard deviation $\sqrt{500} \cdot 0.01 = 0.22$. So small numbers pass through tanh nearly unchanged, and every layer multiplies by 0.22. The signal **collapses**, and with it everything that the last layer could know about the input.
#
# </details>
#
# Then larger weights: 1.0. You have seen their histogram. **Predict** from it the standard deviation of the tenth layer.

# %%
guess("saturated", ...)  # a number, such as 5

# %%
needs("small_random", "forward_statistics")
D, large_weights, outputs = ten_layers(large_random)
large = forward_statistics(D, large_weights, np.tanh)
print(slide_lines(D, large))
print(f"beyond ±0.98: {np.mean(np.abs(outputs[-1]) > 0.98):.1%} of the last layer")
show_layers(outputs, "tanh, weights of 1.0", (-1, 1))
reveal("saturated", large[-1][1])

# %% [markdown]
# <details><summary>What came out</summary>
#
# *Two columns, at -1 and at +1, in every layer; hardly anything between them.*
#
# 0.98, in every layer. The sums have a standard deviation of $\sqrt{500} = 22$, and tanh is flat beyond ±3: nine of ten units sit beyond ±0.98. They are **saturated**, just as in notebook 01. Remember the 0.98: it looks healthy, and it will come back.
#
# </details>

# %% [markdown]
# ## Xavier initialisation
#
# Between "collapses" and "saturates" there must be a size that keeps the signal as it is. One unit adds up $n$ = fan_in products, $z = \sum_i h_i w_i$. If the $w_i$ are independent, with mean 0, then
#
# $$\mathrm{Var}(z) = \sum_{i=1}^n \mathrm{E}[h_i^2]\; \mathrm{Var}(w) = n\, \mathrm{Var}(w)\; \mathrm{E}[h^2] .$$
#
# For the signal to keep its size, which variance must the weights have? And which standard deviation? That is what the slide calls Xavier initialisation (Glorot and Bengio, [2010](https://proceedings.mlr.press/v9/glorot10a.html)), "reasonable", with a derivation that "assumes linear activations".
#
# <details><summary>Hint 1</summary>
#
# Set $\mathrm{Var}(z) = \mathrm{E}[h^2]$ in the formula and solve for $\mathrm{Var}(w)$.
#
# </details>
# <details><summary>Hint 2</summary>
#
# What you multiply random numbers with is a *standard deviation*: the root of the variance.
#
# </details>
# <details><summary>Hint 3: nearly there</summary>
#
# The shape is as before. With 100 inputs the weights should have a standard deviation of 0.1, with 400 inputs 0.05, whatever the number of units.
#
# </details>

# %% solution="xavier"
def xavier(fan_in, fan_out, rng):
    """Random weights (fan_in, fan_out) that keep the variance of a signal in a linear layer."""
    ### BEGIN SOLUTION
    return rng.normal(0, fan_in**-0.5, (fan_in, fan_out))
    ### END SOLUTION

# %% check="xavier"
check("xavier")

# %% [markdown]
# (Glorot and Bengio's paper itself ends with a compromise between the ways forward and back, the variance 2/(fan_in + fan_out), and "Xavier" in PyTorch means that. In the slide's experiment all layers have as many units as inputs, and there the two are the same.)
#
# **Predict** before you make the slide's table with your own weights. The derivation of Xavier's formula assumes linear activations. What does tanh do to the standard deviations $\sigma_1, \sigma_2, \dots$ of the layers?
#
# - **A** nothing that matters: they stay at 1
# - **B** they fall, fast at first and then ever more slowly
# - **C** they fall by the same factor in every layer
# - **D** they rise, until the units saturate

# %% solution="q_tanh_and_the_derivation"
q_tanh_and_the_derivation = ...  # "A", "B", "C" or "D"
### BEGIN SOLUTION
q_tanh_and_the_derivation = "B"
### END SOLUTION

# %% check="q_tanh_and_the_derivation"
check("q_tanh_and_the_derivation")

# %%
needs("xavier", "forward_statistics")
D, xavier_weights, outputs = ten_layers(xavier)
table = forward_statistics(D, xavier_weights, np.tanh)
print(slide_lines(D, table))
show_layers(outputs, "tanh, Xavier's weights", (-1, 1))
ON_THE_SLIDE = [
    *(0.627953, 0.486051, 0.407723, 0.357108, 0.320917),
    *(0.292116, 0.273387, 0.254935, 0.239266, 0.228008),
]
stds = np.array([std for _, std in table])
difference = np.abs(stds / ON_THE_SLIDE - 1).max()
print(f"largest difference from the slide's standard deviations: {difference:.1%}")

# %% [markdown]
# <details><summary>What came out</summary>
#
# *Five broad histograms, from an almost even spread over -1 to 1 in the first layer to a bell in the tenth.*
#
# The random numbers are not the lecturer's, and yet the table is the same within one or two percent. No layer is dead, none is saturated. (With 500 inputs Xavier's scale is $1/\sqrt{500} = 0.045$. Was that your choice in the picture?) But the numbers *do* fall, from 0.63 to 0.23. Linear layers would have kept 1.
#
# </details>

# %% [markdown]
# ## The table without a network
#
# Different random numbers give the same table again and again, so it should be possible to *compute* it. Take layers so wide that the sum in each unit is a normal variable (central limit theorem). Only one number has to be carried from layer to layer, the mean square $q = \mathrm{E}[h^2]$:
#
# $$z = \sqrt{\text{gain}\cdot q_{l-1}}\; Z, \quad Z \sim N(0, 1), \qquad q_l = \mathrm{E}\big[f(z)^2\big], \qquad q_0 = 1,$$
#
# where gain $= n \cdot \mathrm{Var}(w)$ says how large the weights are: 1 for Xavier's, $500 \cdot 0.01^2 = 0.05$ for the small ones. The standard deviation of the layer is $\sqrt{\mathrm{E}[h^2] - \mathrm{E}[h]^2}$. (For tanh the mean is 0 and the second term drops out. For others it does not, and still it is the mean *square* that goes on to the next layer: look at the formula for $\mathrm{Var}(z)$ above.)
#
# What remains is an expectation over one normal variable, that is, an integral,
#
# $$\mathrm{E}[g(Z)] = \frac{1}{\sqrt{2\pi}} \int g(x)\, e^{-x^2/2}\, dx \;\approx\; \sum_k w_k\, g(x_k).$$
#
# **Gauss-Hermite quadrature** chooses the points $x_k$ and weights $w_k$ so well that a few dozen of them give many digits, if $g$ is smooth. NumPy has them: `np.polynomial.hermite_e.hermegauss(n)` returns points and weights for the integral of $g(x)\,e^{-x^2/2}$ (without the factor in front). The check wants 5 digits: 10 points are too few, 50 are enough.
#
# **Predict:** what will be left of the standard deviation after 300 layers?
#
# <details><summary>Hint 1: the expectation</summary>
#
# Get points and weights once, before the loop. What do the weights add up to? And what must the weights of a mean add up to? (A simulation with random $Z$ would need $10^{10}$ of them for 5 digits. If the check finds a relative error of 0.001 everywhere, your formula may be right and the integral too coarse.)
#
# </details>
# <details><summary>Hint 2: one layer</summary>
#
# Three steps: stretch the points by the standard deviation of $z$; send them through `activation`; take two weighted sums, of the result and of its square.
#
# </details>
# <details><summary>Hint 3: nearly there</summary>
#
# Carry the mean square, starting with 1, and compute the standard deviation from it on the side, for the list. The first entry of the list is that of the first *hidden* layer. `gain` multiplies a variance, so a root is taken of the product.
#
# </details>

# %%
guess("after_300_layers", ...)  # a number, such as 0.2

# %% solution="predicted_std"
def predicted_std(layers, activation=np.tanh, gain=1.0):
    """The standard deviations that theory expects after 1, 2, ..., layers very wide layers.

    The input has mean 0 and standard deviation 1, the weights variance gain / fan_in.
    activation: a function of an array. Returns `layers` numbers, right to 5 digits.
    """
    ### BEGIN SOLUTION
    points, shares = np.polynomial.hermite_e.hermegauss(150)
    shares /= np.sqrt(2 * np.pi)
    second, predicted = 1.0, []
    for _ in range(layers):
        out = activation(np.sqrt(gain * second) * points)
        first, second = np.sum(shares * out), np.sum(shares * out**2)
        predicted.append(np.sqrt(second - first**2))
    return np.array(predicted)
    ### END SOLUTION

# %% check="predicted_std"
check("predicted_std")

# %%
needs("small_random", "xavier", "forward_statistics", "predicted_std")
theory = predicted_std(10)
print("hidden layer    slide       yours       theory")
for i in range(10):
    print(f"{i + 1:7} {ON_THE_SLIDE[i]:14.6f} {stds[i]:11.6f} {theory[i]:12.6f}")
shrinking = predicted_std(10, gain=0.05)
print(f"\n0.01: {small[0][1]:.6f} to {small[-1][1]:.2e}, ", end="")
print(f"theory {shrinking[0]:.6f} to {shrinking[-1]:.2e}")
deep = np.arange(1, 301)
falling = {"theory for tanh, Xavier": predicted_std(300)}
falling["1 / √(2 · layer)"] = 1 / np.sqrt(2 * deep)
with style((7.5, 4)):
    _, ax = plt.subplots()
    curves(ax, deep, falling, xlabel="layer", ylabel="standard deviation", log=True)
    ax.plot(range(1, 11), ON_THE_SLIDE, "o", color=PALETTE[2], label="the slide")
    ax.set(xscale="log", title="How the signal falls in a very deep network")
    ax.legend()
    plt.show()
reveal("after_300_layers", predicted_std(300)[-1], word="theory says")

# %% [markdown]
# <details><summary>What came out</summary>
#
# *Logarithmic axes. The ten points of the slide lie on the theory's curve, which bends into the straight line $1/\sqrt{2l}$ and follows it to layer 300.*
#
# Slide, run and theory agree to about a percent, from 0.627929 in the first layer to 0.228473 in the tenth. And the two curves show what happens then. For small $z$, $\tanh z \approx z - z^3/3$, so a layer loses about $2\sigma^4$ of its variance $\sigma^2$: the smaller the signal, the less is lost. The solution of $\sigma^2 \leftarrow \sigma^2 - 2\sigma^4$ goes like $1/(2l)$. After 300 layers 0.04 is left, where weights that are too small by a factor of 4.5 have it down to $3 \cdot 10^{-7}$ after ten.
#
# </details>

# %% [markdown]
# **Q: The mathematical derivation assumes linear activations. What does tanh do to it?** Where in the derivation is linearity used; what does tanh change, and why does it matter less and less from layer to layer; so is $1/\sqrt{n}$ still "reasonable"? Four to six sentences. *(3 points)*

# %% [markdown] question="tanh_and_the_derivation" points=3
# ### BEGIN SOLUTION
# **Model answer.** $\mathrm{Var}(z) = n\,\mathrm{Var}(w)\,\mathrm{E}[h^2]$ holds for any activation. Linearity is used in the other half of a layer: that the output $h = f(z)$ has the variance of $z$. tanh is flatter than the line, $|\tanh z| < |z|$, so each layer hands on less than it got: instead of 1 the standard deviations are 0.63, 0.49, ..., 0.23. The loss comes from the curvature, which large values feel and small ones do not: near 0 tanh is almost linear (slope 1), and a layer loses only about $2\sigma^4$ of its variance $\sigma^2$. So the more the signal has shrunk, the better the assumption holds, and it falls like $1/\sqrt{2l}$, not exponentially. $1/\sqrt n$ is therefore still reasonable: after ten layers a quarter is left, neither collapsed nor saturated. (A somewhat larger gain would settle at a constant level.)
#
# **Rubric.** 1 point: linearity is used for $\mathrm{Var}(f(z)) = \mathrm{Var}(z)$, not for the sum. 1 point: tanh shrinks, since it is below the line. 1 point: near 0 it is nearly linear, so the shrinking slows down (no exponential decay), and the conclusion "still reasonable".
# ### END SOLUTION

# %% [markdown]
# ### Does the input have to have standard deviation 1?
#
# The theory starts with 1. The real images, raw and preprocessed, through 500-unit tanh layers with Xavier's weights:

# %%
needs("preprocess", "xavier", "forward_statistics")
rng = np.random.default_rng(0)
for_images = [xavier(X.shape[1], 500, rng)] + [xavier(500, 500, rng) for _ in range(9)]
real = {"raw": X_train, "preprocessed": X}
first_out = {}
for name, inputs in real.items():
    along = [f"{std:.2f}" for _, std in forward_statistics(inputs, for_images, np.tanh)]
    first_out[name] = np.tanh(inputs @ for_images[0])
    stuck = activations.saturation_report(first_out[name], "tanh")["saturated"].mean()
    print(f"{name:13} standard deviations {' '.join(along)}   stuck in layer 1: {stuck:.0%}")

# %% [markdown]
# Raw pixels from 0 to 16 saturate the first layer: three quarters of its numbers are stuck, and the weights below it get little gradient. With preprocessed ones hardly any are stuck, and the first layer has 0.59, a little less than the theory's 0.63 (four dead pixels, and images are not normal random numbers). But look at the tail: by layer ten the two can no longer be told apart. Xavier's tanh layers pull *any* signal to the same curve. It is the first layer that needs your preprocessing.

# %% [markdown]
# ## ReLU
#
# Now the same weights with ReLU, $f(z) = \max(0, z)$.
#
# **Predict** the factor by which one layer changes the standard deviation. (A picture of $f(z)^2$ against $z^2$ helps.)

# %%
guess("relu_factor", ...)  # a number, such as 1

# %%
needs("xavier", "forward_statistics")
D, xavier_weights, outputs = ten_layers(xavier, "relu")
decaying = forward_statistics(D, xavier_weights, relu)
print(slide_lines(D, decaying))
off = [np.mean(outputs[layer] == 0) for layer in (0, -1)]
print(f"exactly 0: {off[0]:.0%} of layer 1, {off[1]:.0%} of layer 10")
show_layers(outputs, "ReLU, Xavier's weights", (0, 3), highest=0.15)
reveal("relu_factor", (decaying[-1][1] / decaying[0][1]) ** (1 / 9), word="in this run it is")

# %% [markdown]
# <details><summary>What came out</summary>
#
# *The bar at 0, which is cut off, holds more than half of the numbers. The rest is a long slope in the first layer, and moves closer to 0 from layer to layer; in the tenth next to nothing is left beside that bar.*
#
# From 0.58 down to 0.02 or 0.03, depending on the random numbers: a factor of $1/\sqrt 2$ in every layer, with no end to it.
#
# </details>
#
# Why does ReLU shrink the signal by a constant factor?
#
# - **A** The outputs' mean is not 0 any more, and the weights of the next layer would have to make up for the shift.
# - **B** Half of the units are dead, and the other half would have to do their work.
# - **C** Half of the mean square of $z$ is lost when its negative half is set to 0.
# - **D** ReLU saturates.

# %% solution="q_relu_halves"
q_relu_halves = ...  # "A", "B", "C" or "D"
### BEGIN SOLUTION
q_relu_halves = "C"
### END SOLUTION

# %% check="q_relu_halves"
check("q_relu_halves")

# %% [markdown]
# So change the weights such that $\mathrm{E}[h^2]$ stays what it was. This is He initialisation (He, Zhang, Ren and Sun, [2015](https://arxiv.org/abs/1502.01852)).
#
# <details><summary>Hint 1</summary>
#
# By which factor must the *variance* of the weights grow to make up for what ReLU throws away?
#
# </details>
# <details><summary>Hint 2</summary>
#
# Variance and standard deviation again: where does the factor go, inside or outside of the root?
#
# </details>
# <details><summary>Hint 3: nearly there</summary>
#
# It is your `xavier`, times a constant that is a little over 1.4. With 50 inputs the standard deviation should be 0.2, with 200 inputs 0.1.
#
# </details>

# %% solution="he"
def he(fan_in, fan_out, rng):
    """Random weights (fan_in, fan_out) that keep the mean square of a signal in a ReLU layer."""
    ### BEGIN SOLUTION
    return rng.normal(0, (2 / fan_in) ** 0.5, (fan_in, fan_out))
    ### END SOLUTION

# %% check="he"
check("he")

# %%
needs("he", "forward_statistics", "predicted_std")
D, he_weights, outputs = ten_layers(he, "relu")
kept = forward_statistics(D, he_weights, relu)
print(slide_lines(D, kept))
tenth = [predicted_std(10, relu, gain)[-1] for gain in (2.0, 1.0)]
print(f"theory for layer 10 with ReLU: He's weights {tenth[0]:.3f}, Xavier's {tenth[1]:.3f}")
show_layers(outputs, "ReLU, He's weights", (0, 3), highest=0.15)

# %% [markdown]
# *Beside the bar at 0 (cut off again) the other half of the numbers is spread like half a bell, much the same in every layer.*
#
# It holds: 0.83 in the first layer, and after ten layers still most of it. (He's scale is $\sqrt{2/500} = 0.063$, the next step of the slider.) "Most of it"? The theory says 0.83 for *all* layers. Is this run unlucky? Ten runs:

# %%
needs("he", "forward_statistics")
runs = []
for seed in range(10):
    D, w, _ = ten_layers(he, "relu", seed, examples=200)
    runs.append([std for _, std in forward_statistics(D, w, relu)])
runs = np.array(runs)
with style((7.5, 3.8)):
    _, ax = plt.subplots()
    ax.plot(range(1, 11), runs.T, color=PALETTE[0], linewidth=1, linestyle="-")
    level = {"root of the mean variance": np.sqrt((runs**2).mean(axis=0))}
    curves(ax, range(1, 11), level, color=PALETTE[1], xlabel="layer", ylabel="standard deviation")
    ax.set_title("ReLU with He's weights, ten runs")
    ax.set_ylim(0, 1.4)
    plt.show()
for layer in (1, 10):
    print(f"layer {layer}: {runs[:, layer - 1].min():.2f} to {runs[:, layer - 1].max():.2f}")

# %% [markdown]
# *Ten thin lines that start together at 0.83 and spread out like a fan; their mean is level.*
#
# Each layer multiplies the signal by a factor that is 1 *on average*: with 500 units, not exactly 1. Ten such factors in a row make a random walk. Deeper networks wander farther, wider ones less far; tanh does not do it, since it pulls everything back to its curve. So "He holds" is a statement about the mean. In one run anything from 0.6 to 1.2 is normal. (Batch normalisation, in notebook 03, ends this wandering.)

# %% [markdown]
# ## And the gradients?
#
# What comes back matters as much as what goes forward. One step back through a layer multiplies the gradient by the slopes $f'(z)$ and by $W^\top$. Let a gradient of size 1 arrive at the tenth layer's output, take it all the way back, and look at two things in each layer: $dh$, the gradient for the layer's output, and $dW$, the gradient for its weights.
#
# **Predict** for weights of 1.0 and tanh, where nine of ten units are saturated: compared with the *last* layer's $dW$, the *first* layer's is
#
# - **A** zero, since hardly any gradient gets through saturated units
# - **B** about the same, since the outputs have the same size in all layers
# - **C** many thousand times larger
# - **D** many thousand times smaller

# %% solution="q_saturated_gradient"
q_saturated_gradient = ...  # "A", "B", "C" or "D"
### BEGIN SOLUTION
q_saturated_gradient = "C"
### END SOLUTION

# %% check="q_saturated_gradient"
check("q_saturated_gradient")

# %%
needs("small_random", "xavier", "he")
tanh_pair = (activations.tanh_forward, activations.tanh_backward)
relu_pair = (activations.relu_forward, activations.relu_backward)
stacks = {
    "tanh, 0.01": (small_random, tanh_pair),
    "tanh, 1.0": (large_random, tanh_pair),
    "tanh, Xavier": (xavier, tanh_pair),
    "ReLU, Xavier": (xavier, relu_pair),
    "ReLU, He": (he, relu_pair),
}
back = {}
for name, (init, pair) in stacks.items():
    rng = np.random.default_rng(0)
    D, w = rng.standard_normal((500, 500)), [init(500, 500, rng) for _ in range(10)]
    back[name] = np.array(gradient_statistics(D, w, pair, rng))
with style((11, 4)):
    _, axes = plt.subplots(1, 2)
    for ax, column, what in zip(axes, (0, 1), ("outputs, dh", "weights, dW"), strict=True):
        sizes = {name: found[:, column] for name, found in back.items()}
        curves(ax, range(1, 11), sizes, xlabel="layer", ylabel="standard deviation", log=True)
        ax.set_title(f"gradient for the {what}")
    axes[0].legend().set_visible(False)
    axes[1].legend(loc="center", bbox_to_anchor=(0.5, 0.25), ncol=2)
    plt.show()
print("                     dh: layer 1   layer 10    dW: layer 1   layer 10")
for name, found in back.items():
    dh, dW = found.T
    print(f"{name:20} {dh[0]:11.1e} {dh[-1]:10.1e} {dW[0]:14.1e} {dW[-1]:10.1e}")
slopes = 1 - ten_layers(large_random, examples=200)[2][-1] ** 2
print("\nslopes of the tanh units with weights of 1.0: ", end="")
print(f"half of them below {np.median(slopes):.0e}, their mean {slopes.mean():.3f}")

# %% [markdown]
# <details><summary>What came out</summary>
#
# *Two panels, size of the gradient (logarithmic) against the layer. Left, going back from layer 10 to layer 1: with 0.01 the gradient falls by six powers of ten, with 1.0 it GROWS by almost five, with Xavier's (tanh) and He's (ReLU) it stays within a factor of three; with Xavier's under ReLU it falls to a twentieth. Right: the weights' gradients are level for four of the five; with 1.0 they rise steeply towards layer 1.*
#
# - **0.01:** the gradients of all weights have the same size, $6 \cdot 10^{-8}$, in the first layer and in the last. In the last layer the gradient is there, but the input is not; in the first it is the other way round. $dW$ is the product of the two.
# - **Xavier for tanh, He for ReLU:** all layers learn at about the same pace. So does ReLU with Xavier's, only twenty times more slowly.
# - **1.0:** "saturated, so the gradients are zero", one often hears, also in this lecture's first part. Half of the slopes are indeed below $10^{-12}$. But the few that are not come with weights of size 1, and there are 500 of them in each sum. The gradient does not vanish. It is carried by a few percent of the units, and it **explodes**, by a factor of 3.5 in each layer: the first layer's weights get 75,000 times the gradient of the last layer's (with other seeds 60,000 to 100,000 times). No learning rate suits both.
#
# </details>
#
# **Q: Ten tanh layers, weights of 0.01 or of 1.0: what goes wrong, forward and backward?** Give for each of the two what the signal does on its way forward, what the gradient does on its way back, and say why a look at the outputs' standard deviations alone would not have found one of the two failures. *(3 points)*

# %% [markdown] question="forward_and_backward" points=3
# ### BEGIN SOLUTION
# **Model answer.** With 0.01 every layer multiplies the signal by $0.01\sqrt{500} \approx 0.22$: it collapses to $3\cdot 10^{-7}$ after ten layers; on the way back the gradient is multiplied by the same 0.22 per layer (the slopes are 1), so it vanishes as well, and $dW$, the product of both, is tiny in every layer: nothing is learned. With 1.0 the sums have a standard deviation of 22, and most units sit at ±1: the outputs hardly depend on how large $z$ is. Backward, most slopes are 0, but the rest, multiplied by large weights, make the gradient grow by 3.5 per layer: it explodes towards the input. The outputs' standard deviation is 0.98 in all layers, which looks healthy: that the units are saturated is seen in the histogram (or the fraction beyond ±0.98), and the gradient only if one measures it.
#
# **Rubric.** 1 point: 0.01, signal and gradient both shrink by a constant factor per layer. 1 point: 1.0, saturation forward and a gradient that is NOT simply zero but grows (or is very uneven over the layers), with a reason. 1 point: 0.98 looks healthy; histogram, fraction of saturated units, or gradients needed.
# ### END SOLUTION

# %% [markdown]
# ## Does it learn?
#
# Now train: ten hidden layers of 100 units, plain SGD with a rate of 0.1, five epochs over the preprocessed digits.
#
# **Predict** the loss at the end for five starts: tanh with 0.01, with 1.0 and with Xavier's weights; ReLU with Xavier's and with He's. A classifier that knows nothing has a loss of $\ln 10 = 2.30$.

# %%
guess("five_losses", ...)  # five losses in this order, such as [1, 1, 1, 1, 1]

# %%
needs("preprocess", "small_random", "xavier", "he")


def learn(activation, init, hidden_layers=10, epochs=5, seed=0):
    """Loss of each step, and accuracy on the test images."""
    rng = np.random.default_rng(seed)
    sizes = [X.shape[1]] + [100] * hidden_layers + [10]
    network = Network(sizes, activation=activation, init=init, rng=rng)
    how = {"epochs": epochs, "batch_size": 50, "rng": rng}
    losses = fit(network, X, y_train, "sgd", {"learning_rate": 0.1}, **how)
    return np.array(losses), network.accuracy(X_later, y_test)


trials = {
    "tanh, 0.01": ("tanh", small_random),
    "tanh, 1.0": ("tanh", large_random),
    "tanh, Xavier": ("tanh", xavier),
    "ReLU, Xavier": ("relu", xavier),
    "ReLU, He": ("relu", he),
}
learned = {name: learn(*trial) for name, trial in trials.items()}
with style((7.5, 4)):
    _, ax = plt.subplots()
    # Each point is the mean of ten steps.
    coarse = {name: run[0].reshape(-1, 10).mean(axis=1) for name, run in learned.items()}
    steps = 10 * np.arange(1, len(coarse["tanh, 0.01"]) + 1)
    curves(ax, steps, coarse, xlabel="step", ylabel="loss", title="Ten hidden layers", log=True)
    plt.show()
for name, (_, accuracy) in learned.items():
    print(f"{name:13} test accuracy {accuracy:.2f}")
last = {name: losses[-20:].mean() for name, (losses, _) in learned.items()}
reveal("five_losses", last, word="in the last 20 steps")

# %% [markdown]
# <details><summary>What came out</summary>
#
# *Loss (logarithmic) against steps. 0.01 is a horizontal line at 2.30. 1.0 starts above 10 and comes down to about 6. ReLU with Xavier's weights hardly moves at first. tanh with Xavier's weights and ReLU with He's fall to 0.1 and 0.4.*
#
# The statistics showed all this before the first step. With 0.01 nothing is learned in five epochs. With 1.0 something is, badly. (That run is chaotic: after some steps a difference in the last digit of one product has changed it altogether. Yours may end at 5 or 7.) Xavier's weights work for tanh; for ReLU, with ten layers, He's make the difference between 1.7 and 0.4.
#
# </details>
#
# How far does that carry? Two checks: fewer layers, and more patience.

# %%
needs("preprocess", "small_random", "xavier", "he")
print("hidden layers of tanh units: loss with 0.01 and with Xavier's weights")
by_depth = {}
for depth in (1, 2, 3):
    both = small_random, xavier
    by_depth[depth] = [learn("tanh", init, depth)[0][-20:].mean() for init in both]
    print(f"{depth:13}                {by_depth[depth][0]:14.2f} {by_depth[depth][1]:10.2f}")
print("\nten ReLU layers, ten epochs instead of five")
patient = {}
for name, init in (("0.01", small_random), ("Xavier", xavier), ("He", he)):
    patient[name] = learn("relu", init, epochs=10)[0][-20:].mean()
    print(f"{name:>13} {patient[name]:8.2f}")

# %% [markdown]
# <details><summary>What came out</summary>
#
# - With **one** hidden layer 0.01 is slower, but it learns; with two it has not left 2.3 in these five epochs, and three are as stuck as ten. In a network of the size of the lecture's `two_layer_net` you would hardly have noticed.
# - **Patience** helps where gradients are small but even: ReLU with Xavier's weights goes on falling. It does not help a collapsed signal.
# - An **update rule** that divides each gradient by its size, plus a small $\varepsilon$, takes ReLU with Xavier's weights to a loss between 0.1 and 0.3 in five epochs (Adam, which you build in notebook 05, at rate 0.001). Whether it helps a collapsed signal depends on that $\varepsilon$: ten tanh layers with 0.01 stay between 2.0 and 2.3 with $10^{-7}$, and come down to between 1.7 and 2.0 with $10^{-12}$. Neither replaces good weights, which reach 0.1.
#
# </details>

# %% [markdown]
# ## Use your theory: choose the weights for tanh
#
# Xavier's weights let the signal fall for ever. Would larger ones do better? Let the weights have the variance *factor*/fan_in. Then `predicted_std` with gain = factor says where the signal goes. Change the factor in the next cell until the signal neither falls nor fills the range up to 1:

# %%
needs("predicted_std")
factor = 1.0  # try others
levels = predicted_std(200, gain=factor)
print(f"factor {factor:g}: {levels[9]:.2f} after 10 layers, {levels[199]:.2f} after 200")

# %% [markdown]
# Trying by hand gets you two digits. Let a program search: the larger the gain, the larger the signal in the last layer, so you can tell from one try in which direction to go on.
#
# <details><summary>Hint 1</summary>
#
# Keep two gains, one that gives too little and one that gives too much. What does a try in the middle tell you?
#
# </details>
# <details><summary>Hint 2</summary>
#
# The range from 1 to 10 is halved by each try. How many tries does it take until it is smaller than $10^{-6}$?
#
# </details>
# <details><summary>Hint 3: nearly there</summary>
#
# Call `predict` with the middle of the range. If the result is below `level`, the middle becomes the lower end, otherwise the upper end. Repeat that some fifty times.
#
# </details>

# %% solution="gain_for"
def gain_for(predict, level):
    """The gain between 1 and 10 at which predict(gain) equals level, to six digits or more.

    predict(gain) is a number that rises with the gain.
    """
    ### BEGIN SOLUTION
    low, high = 1.0, 10.0
    for _ in range(50):
        middle = (low + high) / 2
        if predict(middle) < level:
            low = middle
        else:
            high = middle
    return middle
    ### END SOLUTION

# %% check="gain_for"
check("gain_for")

# %%
needs("predicted_std", "gain_for")
for level in (0.3, 0.5, 0.65, 0.8):
    factor = gain_for(lambda gain: predicted_std(200, gain=gain)[-1], level)
    print(f"{level:.2f} after 200 layers: factor {factor:.3f}, its root {factor**0.5:.3f}")

# %% [markdown]
# The same integral, with the slope in place of the value, says what a gradient does on its way back: at the level where the signal settles, each layer multiplies it by
#
# $$\sqrt{\text{factor} \cdot \mathrm{E}\big[f'(z)^2\big]} .$$
#
# **Predict:** which of the factors 0.5, 1, 2, 25/9 and 4 gives ten tanh layers the lowest loss? (He's weights have the factor 2; 25/9 is PyTorch's choice for tanh.)

# %%
guess("best_factor", ...)  # one of the five, such as 0.5

# %%
needs("preprocess", "predicted_std")
points, shares = np.polynomial.hermite_e.hermegauss(150)
shares = shares / shares.sum()


def with_factor(factor):
    return lambda fan_in, fan_out, rng: rng.normal(0, (factor / fan_in) ** 0.5, (fan_in, fan_out))


choices = {}
print("         signal after layer        gradient per layer   loss, ten layers,")
print("factor     10    200   2000     at the level of 2000    mean of three runs")
for factor in (0.5, 1, 2, 25 / 9, 4):
    levels = predicted_std(2000, gain=factor)
    slopes_there = 1 - np.tanh(np.sqrt(factor) * levels[-1] * points) ** 2
    growth = np.sqrt(factor * np.sum(shares * slopes_there**2))
    runs = [learn("tanh", with_factor(factor), seed=seed)[0][-20:].mean() for seed in range(3)]
    choices[factor] = levels[9], levels[199], growth, np.mean(runs)
    print(f"{factor:6.2f} {levels[9]:6.2f} {levels[199]:6.2f} {levels[-1]:6.2f}", end="")
    print(f" {growth:20.2f} {np.mean(runs):20.3f}")
lowest = min(choices, key=lambda factor: choices[factor][-1])
reveal("best_factor", lowest, word="lowest here")

# %% [markdown]
# <details><summary>What came out</summary>
#
# With a factor of 1 the signal falls for ever, ever more slowly (0.05 after 200 layers); below 1 it collapses. Any factor above 1 lets it **settle**: 2 at 0.56, 25/9 at 0.65. (So that is where PyTorch's factor for tanh puts the signal: your search gave nearly the same for 0.65.) The price is on the way back: at those levels each layer makes the gradient larger, by 5 % and by 10 %. Over ten layers that is harmless, and a signal that does not fall is worth more: 2 and 25/9 end at less than half of the loss of Xavier's weights. So He's weights, which "belong" to ReLU, beat Xavier's under tanh. Over 200 layers a factor of 1.1 per layer becomes $10^8$, and the choice would be another one: tanh has no factor that keeps both the signal and the gradient. Formulas are starting points.
#
# </details>

# %% [markdown]
# ## Bonus: PCA and whitening
#
# Normalising leaves features correlated: neighbouring pixels are bright together. *PCA* turns the axes along the main directions of the training set, and *whitening* then makes the variance along each of them 1. With the eigenvectors $u_1, u_2, \dots$ of the covariance matrix of the centred training set (divided by $N$), and its eigenvalues $\lambda_1 \ge \lambda_2 \ge \dots$,
#
# $$x \;\to\; \left( \frac{(x - \mu)\cdot u_1}{\sqrt{\lambda_1 + \varepsilon}}, \dots, \frac{(x - \mu)\cdot u_k}{\sqrt{\lambda_k + \varepsilon}} \right).$$
#
# The small $\varepsilon$ keeps directions in which the data hardly vary from becoming pure noise. As always, the test set goes through the *training set's* formula. The sign of each direction is free.
#
# **Predict:** with centred pixels the classifier of the first section ended at a loss of about 0.06. What will it reach with the 40 main directions, whitened?
#
# <details><summary>Hint 1</summary>
#
# `np.linalg.eigh` is made for symmetric matrices. It returns the eigenvalues in *rising* order, and the eigenvectors as columns.
#
# </details>
# <details><summary>Hint 2</summary>
#
# The same directions are the rows of the third result of `np.linalg.svd(centred, full_matrices=False)`, largest first. How are its singular values related to the eigenvalues?
#
# </details>
# <details><summary>Hint 3: nearly there</summary>
#
# Keep `components` directions as the columns of a matrix, divide each column by its own root, and multiply both centred sets by that matrix. A squared singular value is a sum over $N$ examples; an eigenvalue of the covariance is a mean.
#
# </details>

# %%
guess("whitened_loss", ...)  # a loss, such as 0.03

# %% solution="pca_whiten"
def pca_whiten(X_train, X_test, components, eps=1e-5):
    """Coordinates along the training set's main directions, each with variance 1 there.

    X_train (N, D), X_test (M, D); the first `components` directions, largest variance first.
    eps is added to each variance, inside the root. Returns (N, components) and (M, components).
    """
    ### BEGIN SOLUTION
    mean = X_train.mean(axis=0)
    _, values, rows = np.linalg.svd(X_train - mean, full_matrices=False)
    variance = values[:components] ** 2 / len(X_train)
    axes = rows[:components].T / np.sqrt(variance + eps)
    return (X_train - mean) @ axes, (X_test - mean) @ axes
    ### END SOLUTION

# %% check="pca_whiten"
check("pca_whiten")

# %%
needs("preprocess", "pca_whiten")
white, white_later = pca_whiten(X_train, X_test, 40)
with style((10, 3.4)):
    figure, axes = plt.subplots(1, 3)
    axes[0].plot(*pca_whiten(cloud, cloud, 2)[0].T, ".", color=PALETTE[0], markersize=3)
    axes[0].set(xlabel="first direction", ylabel="second direction", title="the cloud, whitened")
    axes[0].set_aspect("equal")
    for ax, inputs, title in zip(axes[1:], (X, white), ("normalised", "whitened"), strict=True):
        shown = ax.imshow((inputs.T @ inputs / len(inputs))[:64, :64], vmin=-1, vmax=1, cmap="RdBu")
        ax.set(xlabel="feature", ylabel="feature", title=f"covariance, {title}")
        ax.grid(False)
    figure.colorbar(shown, ax=axes[2])
    plt.show()
whitened = {}
print("one affine layer, 3 epochs, whitened features")
for directions, eps in ((40, 1e-5), (60, 1e-5), (40, 1.0), (60, 1.0)):
    whitened[directions, eps] = min(try_rates(*pca_whiten(X_train, X_test, directions, eps)))
    loss, rate, accuracy = whitened[directions, eps]
    print(f"{directions} directions, eps {eps:g}: loss {loss:.3f} at rate {rate:.1g}, ", end="")
    print(f"test accuracy {accuracy:.3f}")
reveal("whitened_loss", whitened[40, 1e-5][0])

# %% [markdown]
# <details><summary>What came out</summary>
#
# *Left: the cloud is round and no longer leans. Middle: the covariance of the normalised pixels, with bands beside the diagonal: neighbours are correlated. Right: the covariance of the whitened features, a diagonal of ones.*
#
# All 40 directions now have the same curvature: in notebook 05's words, the valley has become a bowl. Even so the loss is no better than with centring alone. What costs is mainly the directions that were dropped: they hold only 1 % of the variance, but with 60 of them and an $\varepsilon$ of 1 the loss is clearly lower than with 40. With 60 and a tiny $\varepsilon$ the noise in the smallest directions is blown up to full size, and the loss rises again. None of the four reads the test digits better than centred pixels do. Whitening is rarely done with images today.
#
# </details>

# %% [markdown]
# ## What to take home
#
# - Centre the data, so that a higher rate can be used; normalise when features have different scales. Measure everything on the training set. Watch out for constant columns.
# - Weights: variance 1/fan_in for tanh (**Xavier**), 2/fan_in for ReLU (**He**). Too small and the signal collapses, too large and it saturates or explodes; either happens in every layer again, so depth makes it fatal.
# - Look at mean, standard deviation *and histogram* of each layer, and at the gradients, before you train. It takes a second.
#
# ## Since then (2026)
#
# - **Gains.** Libraries multiply Xavier's standard deviation by a gain for each activation: PyTorch's is 5/3 for tanh (its square is the factor 25/9 above) and $\sqrt 2$ for ReLU. Why no factor suits very deep tanh nets is worked out in Schoenholz et al., [2017](https://arxiv.org/abs/1611.01232).
# - **Orthogonal weights** keep the length of *every* signal in a linear layer, not only of the average one (Saxe, McClelland and Ganguli, [2014](https://arxiv.org/abs/1312.6120)). The theory is solid for linear nets; in practice the gain is largest in recurrent nets.
# - **Residual branches** changed the question. In $x \leftarrow x + \text{branch}(x)$ every branch *adds* to the mean square. GPT-2 therefore scales the last weights of each of its $2L$ branches by $1/\sqrt{2L}$; others let branches start at 0, so that the net starts as the identity (Zhang, Dauphin and Ma, *Fixup*, [2019](https://arxiv.org/abs/1901.09321)). The cell below shows both. With normalisation layers in addition, nets of hundreds of layers train from many starts.
# - **Width.** *μP* chooses initial sizes and rates per layer so that the best learning rate stays the same when a network gets wider: tune a small one, train a large one (Yang et al., [2022](https://arxiv.org/abs/2203.03466)). It works well where it has been tested, in transformers above all; it is not used everywhere.

# %%
def residual_stack(scale, branches=48, width=200, seed=0):
    """Root mean square of x after x <- x + scale * branch(x), many times, from 1."""
    rng = np.random.default_rng(seed)
    x = rng.standard_normal((200, width))
    for _ in range(branches):
        inner = rng.normal(0, (2 / width) ** 0.5, (width, width))  # keeps the mean square
        outer = rng.normal(0, (1 / width) ** 0.5, (width, width))  # and so does this
        x = x + scale * np.maximum(0, x @ inner) @ outer
    return np.sqrt(np.mean(x**2))


residual = {scale: residual_stack(scale) for scale in (1.0, 48**-0.5, 0.0)}
for scale, size in residual.items():
    print(f"48 branches, each times {scale:.2f}: x grows from 1 to {size:.3g}")

# %% [markdown]
# With a factor of 1 the mean square about doubles in every branch. With $1/\sqrt{48}$ it grows by a factor of $(1 + 1/48)^{48} \approx e$ in all.
#
# **Further reading**
# - CS231n's notes on [data preprocessing and weight initialisation](https://cs231n.github.io/neural-networks-2/).
# - Glorot and Bengio, [*Understanding the difficulty of training deep feedforward neural networks*](https://proceedings.mlr.press/v9/glorot10a.html), 2010: the figures behind the slide.
# - A page of the book with answers, *Random weights*, derives both formulas, forward and backward.
#
# Your points so far:

# %%
progress("02_init_statistics")
