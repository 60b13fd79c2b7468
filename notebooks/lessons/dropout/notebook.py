# %% [markdown]
# # 07 · Dropout
#
# In every training step, throw away a random half of each hidden layer. It sounds like sabotage, takes two lines, and for some years it was the first thing that people tried against overfitting. Here you write these lines and find out why one of them is a division. Then you measure where dropout helps, where it does nothing, and what else would have done the job.
#
# **You will learn**
# - what a mask is, why the numbers that are kept get *larger*, and why nothing is left to do at test time,
# - how a gradient finds its way back through a random layer, and how to check it,
# - what test mode stands for, the mean over $2^{100}$ networks, and how well,
# - when dropout pays (with wrong labels) and when it does not (on clean digits), measured over several runs,
# - whether batch normalisation "slightly reduces the need for dropout, maybe".
#
# **Slides:** "Dropout", which this lecture leaves as a TODO, and the last claim of "Batch Normalization". **Paper:** Srivastava et al., [2014](https://jmlr.org/papers/v15/srivastava14a.html). **Time:** two to three hours. **Points:** {{points}}.
#
# How it goes: *predict*, *write*, *check*, *look*. Wherever it says **Predict**, write your guess into the cell below before you read on. Guesses are never graded, and a wrong one teaches more than a right one. *What came out* is folded until you open it. Hints come in three steps; open as few as you can.

# %% locked="setup"
import matplotlib.pyplot as plt
import numpy as np

from autograder.check import check, guess, needs, progress, reveal
from cs231n_lib.data import load_digits, sample_batch
from cs231n_lib.dropout import generator
from cs231n_lib.gradcheck import numerical_gradient, relative_error
from cs231n_lib.layers import softmax_loss
from cs231n_lib.network import Network
from cs231n_lib.optim import adam
from cs231n_lib.plotting import PALETTE, curves, style
from cs231n_lib.training import fit

digits = load_digits()
new_X = np.concatenate([digits.X_val, digits.X_test])  # 797 digits that no net here is trained on
new_y = np.concatenate([digits.y_val, digits.y_test])

# %% [markdown]
# ## A mask for every number
#
# Take the outputs $x$ of a hidden layer, with a row for each example of the batch and a column for each unit. For every single number toss a coin that shows heads with probability $p$:
#
# $$m_{ij} = \begin{cases} 1 & \text{with probability } p \\ 0 & \text{otherwise} \end{cases}
# \qquad\qquad \text{out}_{ij} = \frac{m_{ij}\; x_{ij}}{p}$$
#
# A unit whose $m$ is 0 is gone: it adds nothing to the next layer, for this example, in this step. So the next layer cannot rely on any single unit, or on a few units that always work together. And each example trains a *thinned* network of its own, one of $2^{100}$ for a layer of 100 units, all of which share their weights.
#
# $p$ is the probability to **keep**, here and in CS231n. In PyTorch (`nn.Dropout(p)`), Keras and Flax the number is the probability to *drop*. At 0.5 the two look the same, so code with the wrong convention works until somebody changes the number.
#
# **Predict:** a batch of 25 examples goes through a layer of 100 units: 2,500 numbers, none of them 0. With $p = 0.8$, how many are left after dropout?
#
# - **A** about 500
# - **B** about 1,250
# - **C** about 2,000
# - **D** exactly 2,000

# %% solution="q_kept_numbers"
q_kept_numbers = ...  # "A", "B", "C" or "D"
### BEGIN SOLUTION
q_kept_numbers = "C"
### END SOLUTION

# %% check="q_kept_numbers"
check("q_kept_numbers")

# %% [markdown]
# ### Why divide?
#
# The next layer adds up its inputs. If half of them are missing in training and none in a test, its sums are twice as large in the test as they ever were in training. Something must make up for that, and dividing by $p$ does so for the *mean*: $\text{out}$ is $x/p$ with probability $p$, and 0 otherwise, so
#
# $$\mathrm{E}[\text{out}] = p \cdot \frac{x}{p} + (1 - p) \cdot 0 = x.$$
#
# The paper of 2014 left training alone and multiplied by $p$ in the test. Dividing in training instead is called *inverted* dropout, and it is what libraries do today: **at test time nothing is left to do**, and nobody needs to know $p$.
#
# **Predict, then play.** Here the 64 pixels of a digit stand for the units of a layer. One mask drops half of them, another mask another half, and so on, and the results are averaged. What does the average of a thousand draws look like, with the division and without? And what changes at $p = 0.1$? Write down what you expect, then see.

# %%
from cs231n_lib.play import play

play("dropout_masks")

# %% [markdown]
# <details><summary>What came out</summary>
#
# The division keeps the mean, however small $p$ is. The price of a small $p$ is noise: the sum of a single draw scatters by a fifth of the digit's own sum at $p = 0.5$, and by more than half of it at 0.1. So training with few units is training with much noise, and that is intended.
#
# </details>

# %% [markdown]
# Now write it. `dropout_param` is a dictionary with `"mode"` (`"train"` or `"test"`), `"p"`, and a source of randomness, which `generator(dropout_param)` gives you as a NumPy generator. With an `"rng"` in the dictionary, that generator goes on from call to call; with a `"seed"`, you get a fresh one each time, always in the same state. Draw from this generator and from nothing else. What you return as `cache` is up to you; your own `dropout_backward` will receive it.
#
# <details><summary>Hint 1: what to do when</summary>
#
# Two modes, two ways out of the function. One of them is a single line. In the other you draw first, and the draw has the shape of `x`: every number gets a toss of its own.
#
# </details>
# <details><summary>Hint 2: tossing a biased coin</summary>
#
# A generator's method `random(shape)` gives numbers spread evenly between 0 and 1. What share of them is smaller than 0.3? Comparing an array with a number gives an array of `True` and `False`, which count as 1 and 0 in a product.
#
# </details>
# <details><summary>Hint 3: nearly there</summary>
#
# Make one array that is 0 where a number is dropped, and the scale where it is kept. The output is `x` times that array, in a new array. Think about what the backward pass will need, and put just that into the cache.
#
# </details>

# %% solution="dropout_forward"
def dropout_forward(x, dropout_param):
    """Inverted dropout, forward.

    x: an array of any shape. dropout_param: "mode" ("train" or "test"), "p" (the probability to
    KEEP a number), and what generator(dropout_param) draws from.
    Returns (out, cache), out in the shape of x. Leave x as it is.
    """
    mode, p = dropout_param["mode"], dropout_param["p"]
    ### BEGIN SOLUTION
    if mode == "test":
        return x, None
    tossed = generator(dropout_param).random(x.shape)
    factor = (tossed < p) / p
    return x * factor, factor
    ### END SOLUTION

# %% check="dropout_forward"
check("dropout_forward")

# %% [markdown]
# The mean stays. What about the mean *square*? **Predict:** `x` is 1 everywhere and $p = 0.25$. The mean of $\text{out}^2$ over very many numbers is
#
# - **A** 1: the scale makes up for what is missing
# - **B** 4
# - **C** 16
# - **D** 0.25

# %% solution="q_second_moment"
q_second_moment = ...  # "A", "B", "C" or "D"
### BEGIN SOLUTION
q_second_moment = "B"
### END SOLUTION

# %% check="q_second_moment"
check("q_second_moment")

# %% [markdown]
# Look at a hidden layer of a fresh net, 25 digits in 100 units, before and after your function with $p = 0.5$; and at a million ones for five values of $p$.

# %%
needs("dropout_forward")
layer = Network([64, 100, 10]).activations(digits.X_train[:25])[0]
layer_out = dropout_forward(layer, {"mode": "train", "p": 0.5, "seed": 1})[0]
with style((11, 3.4)):
    figure, axes = plt.subplots(1, 2)
    for ax, values, title in zip(axes, (layer, layer_out), ("before", "after"), strict=True):
        shown = ax.imshow(values, vmin=0, vmax=2, cmap="cividis", aspect="auto")
        ax.set(xlabel="unit", ylabel="example", title=title)
        ax.grid(False)
    figure.colorbar(shown, ax=axes, label="output of the unit")
    plt.show()
for name, values in {"before": layer, "after": layer_out}.items():
    zeros, square = np.mean(values == 0), np.mean(values**2)
    print(f"{name}: {zeros:.0%} are 0, mean {values.mean():.3f}, mean square {square:.3f}")

ones = np.ones((1000, 1000))
print("\n   p    kept    mean   mean square   1/p")
moments = {}
for p in (1.0, 0.75, 0.5, 0.25, 0.1):
    out = dropout_forward(ones, {"mode": "train", "p": p, "seed": 0})[0]
    moments[p] = np.mean(out != 0), out.mean(), np.mean(out**2)
    kept, mean, square = moments[p]
    print(f"{p:4.2f} {kept:7.3f} {mean:7.3f} {square:13.2f} {1 / p:5.1f}")

# %% [markdown]
# <details><summary>What came out</summary>
#
# *Two pictures of 25 rows and 100 columns. Before: about half of the numbers are 0, because of the ReLU; the others are dim, and some units are bright in many rows. After: about three quarters are 0, here one and there another, and no row or column is dark as a whole. Those that are left are twice as bright.*
#
# No single scale can keep both. The mean stays, the mean square grows by $1/p$: dropout is noise, and the less you keep, the more noise you get. (So do not put a batch normalisation right *behind* dropout. It would measure the larger variance in training, and use it in a test, where the variance is smaller: Li et al., [2018](https://arxiv.org/abs/1801.05134).)
#
# </details>

# %% [markdown]
# ## The way back
#
# What was dropped had no influence on the loss, so its gradient is 0. What was kept was multiplied by one number on the way forward. That is the whole backward pass, but it needs to know *which* numbers those were: a mask is drawn once in each step, not twice.
#
# <details><summary>Hint 1</summary>
#
# `out` is `x` times something. What is its slope with respect to `x`, for a number that was kept, and for one that was dropped?
#
# </details>
# <details><summary>Hint 2</summary>
#
# It is the array that you made in the forward pass, scale and all. Is it in your cache? If not, go back and put it there. (The output itself will not do: after a ReLU an input may be 0 and still be kept.)
#
# </details>
# <details><summary>Hint 3: nearly there</summary>
#
# One product. And one more case: what does your forward pass put into the cache in test mode, and what must come back then?
#
# </details>

# %% solution="dropout_backward"
def dropout_backward(dout, cache):
    """Dropout, backward: dx, the gradient with respect to x, in the shape of dout.

    cache: what your dropout_forward returned with the output that dout belongs to, in either mode.
    Leave dout as it is.
    """
    ### BEGIN SOLUTION
    if cache is None:
        return dout
    return dout * cache
    ### END SOLUTION

# %% check="dropout_backward"
check("dropout_backward")

# %% [markdown]
# How do you check the gradient of something random? The centred difference asks for the output twice for each number of `x`, and each time the mask is a new one, unless there is a `"seed"`. **Predict** the relative error of your gradient against the numerical one, first with a `"seed"`, then with an `"rng"`. (In notebook 00's measure, 2 is the largest possible, and two equal arrays have 0.)

# %%
guess("gradient_errors", ...)  # two numbers, such as [1e-3, 1e-3]

# %%
needs("dropout_forward", "dropout_backward")
rng = np.random.default_rng(0)
x, dout = rng.normal(size=(2, 6, 8))


def gradient_error(**randomness):
    """Relative error of your gradient against the numerical one, and the largest of the latter."""
    dropout_param = {"mode": "train", "p": 0.5, **randomness}
    dx = dropout_backward(dout, dropout_forward(x, dropout_param)[1])
    measured = numerical_gradient(lambda x: dropout_forward(x, dropout_param)[0], x, dout)
    return relative_error(dx, measured), np.abs(measured).max()


gradient_errors = {
    "the same mask each time (seed)": gradient_error(seed=1),
    "a new mask each time (rng)": gradient_error(rng=np.random.default_rng(1)),
}
for name, (error, largest) in gradient_errors.items():
    print(f"{name}: relative error {error:.0e}, largest numerical gradient {largest:.1f}")
reveal("gradient_errors", [error for error, _ in gradient_errors.values()], form=".0e")

# %% [markdown]
# <details><summary>What came out</summary>
#
# With the same mask each time, the function that is differentiated is an ordinary one, and your gradient agrees to nine digits or more. With new masks the "difference quotient" is the difference of two unrelated numbers, divided by $2 \cdot 10^{-5}$. That gives "gradients" of hundreds of thousands, beside which yours is nothing: a relative error of 1.
#
# So a gradient check needs a seed. In *training* a seed would be a disaster: the same units would be dropped in each step, and you would train one single thin net.
#
# </details>

# %% [markdown]
# ## What if the division is forgotten?
#
# It happens: the mask is there, the scale is not. The net trains, the loss falls, nothing crashes. **Predict:** such a net has three hidden layers with ReLU and $p = 0.5$ after each. In a test, when nothing is dropped, its scores are, compared with those in training, about
#
# - **A** as large: the weights have learned to live with it
# - **B** 2 times as large
# - **C** 4 times as large
# - **D** 8 times as large

# %% solution="q_forgotten_scale"
q_forgotten_scale = ...  # "A", "B", "C" or "D"
### BEGIN SOLUTION
q_forgotten_scale = "D"
### END SOLUTION

# %% check="q_forgotten_scale"
check("q_forgotten_scale")

# %% [markdown]
# The next cell trains both nets, with the division and without. **Predict** how many points of accuracy on new digits the bug costs.

# %%
guess("points_lost", ...)  # a number from 0 to 100, such as 20

# %%
needs("dropout_forward", "dropout_backward")


def without_the_scale(x, dropout_param):
    """Your dropout, but what is kept is not divided by p."""
    out, cache = dropout_forward(x, dropout_param)
    return (out, cache) if dropout_param["mode"] == "test" else (out * dropout_param["p"], cache)


def unscaled_backward(dout, cache):
    return dropout_backward(dout, cache) * 0.5


def trained(sizes, pair, seed=0):
    """A net with dropout, half of each hidden layer; 15 epochs on the 1000 clean digits."""
    rng = np.random.default_rng(seed)
    net = Network(sizes, rng=rng, dropout=(0.5, *pair))
    config = {"learning_rate": 3e-3}
    fit(net, digits.X_train, digits.y_train, adam, config, epochs=15, batch_size=50, rng=rng)
    return net


def report(net):
    """Mean size of the scores in training and in a test; loss and accuracy on new digits."""
    sizes = [np.abs(net.scores(new_X, mode)).mean() for mode in ("train", "test")]
    return *sizes, softmax_loss(net.scores(new_X), new_y)[0], net.accuracy(new_X, new_y)


DEEP = [64, 100, 100, 100, 10]
deep = {
    "divided by p": trained(DEEP, (dropout_forward, dropout_backward)),
    "not divided": trained(DEEP, (without_the_scale, unscaled_backward)),
}
deep_reports = {name: report(net) for name, net in deep.items()}
for name, (in_training, in_test, loss, accuracy) in deep_reports.items():
    print(f"{name}: scores {in_training:.1f} in training, {in_test:.1f} in a test:", end=" ")
    print(f"times {in_test / in_training:.1f}; new digits: loss {loss:.2f}, accuracy {accuracy:.1%}")
with style((7.5, 3.6)):
    _, ax = plt.subplots()
    for (name, net), color, hatch in zip(deep.items(), PALETTE, ("", "//"), strict=False):
        best = np.sort(net.scores(new_X), axis=1)
        bars = {"alpha": 0.6, "label": name, "color": color, "hatch": hatch}
        ax.hist(best[:, -1] - best[:, -2], bins=np.linspace(0, 120, 61), **bars)
    ax.set(xlabel="best score minus second best, in a test", ylabel="new digits")
    ax.set_title("how sure the two nets are")
    ax.legend()
    plt.show()
right, wrong = deep_reports.values()
reveal("points_lost", 100 * (right[-1] - wrong[-1]), form=".1f")

# %% [markdown]
# <details><summary>What came out</summary>
#
# *Two histograms of how far the best score is ahead of the second. With the division: a hump that ends at 15. Without: spread evenly from 0 to 80, with a tail beyond 100.*
#
# Each layer doubles, and three layers make $2^3 = 8$. (You see nearly 7. In training the noise of the masks makes the scores a bit larger than they are in a test. That is so for the right net as well, whose factor is 0.8 and not 1.)
#
# And here is the trap: **the accuracy hardly shows it**. As a rule it is lower by less than a point, because the largest score stays the largest when all are multiplied by the same number. What suffers is the loss, which is five times as high: the net has become absurdly sure of itself, and where it is wrong, it is wrong with great certainty. Anyone who looks only at the accuracy will never find this bug.
#
# </details>

# %% [markdown]
# **Question 1** (2 points, in your own words). A friend finds that her net with dropout has the right accuracy on the validation data, but a loss there that is far higher than the training loss. She suspects overfitting; you suspect a missing scale. Which quick measurement tells the two apart, and in which two places can the scale be put right?

# %% [markdown] question="overfitting_or_missing_scale" points=2
# ### BEGIN SOLUTION
# **Model answer.** Compare the net with itself in the two modes on the *same* data: the mean size of the scores (or of a layer's output, or the loss) on the training data in train mode and in test mode. A missing scale makes the test mode's numbers larger by about $1/p$ for each layer, on training data too; overfitting does not: it shows as a difference between training and validation data in the *same* (test) mode. Put right: divide by $p$ in training (inverted dropout), or multiply by $p$ in the test (the paper's way; a net that is trained already needs no new training for it).
#
# **Rubric.** 1 point: a measurement that holds the data fixed and changes the mode (or holds the mode and changes the data), with what each suspicion predicts. 1 point: both places, divide by $p$ in training or multiply by $p$ in the test.
# ### END SOLUTION

# %% [markdown]
# ## What test mode stands for
#
# There are $2^{100}$ masks for 100 units, so a net with dropout is $2^{100}$ nets. What you would like to know is what they say *on average*. Test mode is one single pass with no mask at all. Is that the same?
#
# **Predict:** averaged over all masks, which of these is *exactly* what test mode gives?
#
# - **A** the scores of a net with one hidden layer, dropout after its ReLU
# - **B** the probabilities (softmax of the scores) of that net
# - **C** the scores of a net with three hidden layers, dropout after each
# - **D** none of them

# %% solution="q_exact_average"
q_exact_average = ...  # "A", "B", "C" or "D"
### BEGIN SOLUTION
q_exact_average = "A"
### END SOLUTION

# %% check="q_exact_average"
check("q_exact_average")

# %% [markdown]
# Nobody can go through all the masks, but a mean over $n$ random ones comes close, with an error that falls like $1/\sqrt{n}$. That is a *Monte Carlo* average. Write it for any function with dropout's contract, `forward(x, dropout_param) -> (out, cache)`: `dropout_forward` itself, or a whole network.
#
# <details><summary>Hint 1: what can go wrong</summary>
#
# The caller's dictionary may say "test", and then there are no masks. It may hold a seed, with which each call draws the same mask. And it belongs to the caller: it must look the same afterwards.
#
# </details>
# <details><summary>Hint 2: a dictionary of your own</summary>
#
# Make a new one for your calls, with the three things that `forward` needs. For the randomness, call `generator` once, *before* the loop, so that all calls draw from one generator.
#
# </details>
# <details><summary>Hint 3: nearly there</summary>
#
# Collect the first result of each of the $n$ calls, and take the mean over the calls only: an `axis` decides about that. The result has the shape of one output.
#
# </details>

# %% solution="mc_average"
def mc_average(forward, x, dropout_param, n):
    """The mean of forward's output over n different masks, in the shape of one output.

    forward(x, dropout_param) -> (out, cache), called in train mode whatever dropout_param says.
    dropout_param: "mode", "p", and "rng" or "seed"; left as it is. The same seed, the same mean.
    """
    ### BEGIN SOLUTION
    own = {"mode": "train", "p": dropout_param["p"], "rng": generator(dropout_param)}
    outs = [forward(x, own)[0] for _ in range(n)]
    return np.mean(outs, axis=0)
    ### END SOLUTION

# %% check="mc_average"
check("mc_average")

# %% [markdown]
# Now ask two nets, one with one hidden layer and the one with three from above. How far is the mean of their scores over $n$ masks from test mode? The unit is the standard deviation of the scores; with a single mask the distances are about 0.4 and 0.75. **Predict** the distance for 1,024 masks.

# %%
guess("distance_after_1024", ...)  # one hidden layer, three: two numbers, such as [0.5, 0.5]

# %%
needs("dropout_forward", "dropout_backward", "mc_average")


def passes(net):
    """The forward pass of a net, with your dropout after each ReLU: forward(X, dropout_param)."""
    layers = len(net.sizes) - 1

    def forward(X, dropout_param):
        out = X
        for i in range(1, layers + 1):
            out = out @ net.params[f"W{i}"] + net.params[f"b{i}"]
            if i < layers:
                out = dropout_forward(np.maximum(out, 0), dropout_param)[0]
        return out, None

    return forward


def gaps(net, counts, seed=0):
    """For each n: rms difference between the mean over n masks and test mode, in units of sd."""
    X, dropout_param = new_X[:50], {"mode": "train", "p": 0.5, "rng": np.random.default_rng(seed)}
    test = net.scores(X)
    means = [mc_average(passes(net), X, dropout_param, n) for n in counts]
    return np.array([np.sqrt(np.mean((mean - test) ** 2)) / test.std() for mean in means])


SHALLOW = [64, 100, 10]
nets = {
    "one hidden layer": trained(SHALLOW, (dropout_forward, dropout_backward)),
    "three hidden layers": deep["divided by p"],
}
counts = np.array([1, 4, 16, 64, 256, 1024])
gap = {name: gaps(net, counts) for name, net in nets.items()}
with style((6.5, 4)):
    _, ax = plt.subplots()
    lines = {**gap, "one over the root of n": gap["one hidden layer"][0] / np.sqrt(counts)}
    labels = {"xlabel": "masks in the mean, n", "ylabel": "distance from test mode / sd"}
    curves(ax, counts, lines, **labels, log=True, marker="o")
    ax.set(xscale="log", title="does the mean come to test mode?")
    plt.show()
for name, values in gap.items():
    each = ", ".join(f"n = {n}: {value:.3f}" for n, value in zip(counts, values, strict=True))
    print(f"{name}: {each}")
reveal("distance_after_1024", {name: values[-1] for name, values in gap.items()})

# %% [markdown]
# <details><summary>What came out</summary>
#
# *Both axes logarithmic. One hidden layer: a straight line that falls like one over the root of n, as far as it is drawn. Three hidden layers: falls alike at first, then levels off.*
#
# With one hidden layer the scores are *linear* in what dropout touches. A mean goes through anything linear, so test mode is the mean over all $2^{100}$ nets, free of charge. With three, the mean of a ReLU is not the ReLU of the mean, and the line levels off at nearly a tenth of the scores' spread: test mode is an approximation, and not a bad one.
#
# </details>

# %% [markdown]
# If we want an average, should we not average honestly, over 100 masks, and over the *probabilities*? That is known as *Monte Carlo dropout* (Gal and Ghahramani, [2016](https://arxiv.org/abs/1506.02142)). **Predict** for the net with three hidden layers: its accuracy on new digits is about 0.95 in test mode, and its loss is printed above. What are accuracy and loss of the mean over 100 masks?

# %%
guess("mean_of_100_masks", ...)  # accuracy and loss, such as [0.9, 0.5]

# %%
needs("dropout_forward", "dropout_backward", "mc_average")


def probabilities(scores):
    p = np.exp(scores - scores.max(axis=1, keepdims=True))
    return p / p.sum(axis=1, keepdims=True)


def quality(p):
    """Accuracy, loss and mean certainty of probabilities for the new digits."""
    right = p[np.arange(len(new_y)), new_y]
    return np.mean(p.argmax(axis=1) == new_y), -np.log(right).mean(), p.max(axis=1).mean()


def compared(net, n=100, seed=0):
    """Quality of test mode, and of the mean probabilities over n masks."""
    forward, dropout_param = passes(net), {"mode": "train", "p": 0.5, "seed": seed}

    def thinned(X, dropout_param):
        return probabilities(forward(X, dropout_param)[0]), None

    test, averaged = probabilities(net.scores(new_X)), mc_average(thinned, new_X, dropout_param, n)
    return {"test mode": quality(test), f"mean of {n}": quality(averaged)}


comparisons = {name: compared(net) for name, net in nets.items()}
for name, both in comparisons.items():
    for way, (accuracy, loss, certainty) in both.items():
        print(f"{name}, {way}: accuracy {accuracy:.1%}, loss {loss:.3f}, certainty {certainty:.1%}")
reveal("mean_of_100_masks", comparisons["three hidden layers"]["mean of 100"][:2])

# %% [markdown]
# <details><summary>What came out</summary>
#
# Nothing is gained. The accuracy is the same to within a point, and the loss is *higher* in each of twelve other runs, by about 0.04 with one hidden layer and 0.1 with three. Thinned nets disagree, so their average is modest: it is 84 % sure on average where test mode is 95 % sure. The deep net is right in 95 to 96 of 100 cases, so test mode has the honest certainty. (That is for new digits of the same kind. "Since then", at the end, turns them on their side.)
#
# </details>

# %% [markdown]
# ## Does it help?
#
# Now the claim itself. Dropout is a *regulariser*: it makes nets that memorise too much generalise better. Take 500 digits, a net with 100 hidden units (7,510 parameters), Adam and 30 epochs. To see what is memorised, give the net something that can *only* be memorised: in half of the runs 150 of the 500 labels are replaced by wrong ones. New digits are always judged by their right labels.
#
# **Predict** what share of the wrong labels a net memorises that keeps 1, 0.75, 0.5, 0.25 of its hidden units.

# %%
guess("wrong_labels_memorised", ...)  # four shares, such as [0.1, 0.1, 0.1, 0.1]

# %%
needs("dropout_forward", "dropout_backward")


def training_data(share, seed):
    """500 digits; a share of the labels is replaced by another digit. Returns X, y, wrong rows."""
    rng = np.random.default_rng(seed)
    X, y = digits.X_train[:500], digits.y_train[:500].copy()
    wrong = rng.permutation(500)[: int(500 * share)]
    y[wrong] = (y[wrong] + rng.integers(1, 10, len(wrong))) % 10
    return X, y, wrong


def learn(keep, share, seed, normalization=None, reg=0.0):
    """30 epochs. Every 2: training labels right, wrong ones memorised, new digits; and the net."""
    X, y, wrong = training_data(share, seed)
    rng = np.random.default_rng(seed)
    dropout = None if keep == 1 else (keep, dropout_forward, dropout_backward)
    net = Network(SHALLOW, rng=rng, normalization=normalization, dropout=dropout, reg=reg)
    config, history = {"learning_rate": 5e-3}, []
    for step in range(1, 301):
        _, dx = net.loss_and_gradient(*sample_batch(X, y, 50, rng))
        net.x, config = adam(net.x, dx, config)
        if step % 20 == 0:
            agrees = net.predict(X) == y
            memorised = agrees[wrong].mean() if len(wrong) else 0.0
            history.append([agrees.mean(), memorised, net.accuracy(new_X, new_y)])
    return np.array(history), net


def mean_of_runs(keep, share, seeds, **more):
    """The mean history of some runs, and the least and largest final accuracy on new digits."""
    runs = np.array([learn(keep, share, seed, **more)[0] for seed in range(seeds)])
    return runs.mean(axis=0), runs[:, -1, 2].min(), runs[:, -1, 2].max()


KEEPS = (1, 0.75, 0.5, 0.25)


def table(results):
    print("keep   training labels   wrong ones memorised   new digits (range)")
    for keep, (history, least, most) in results.items():
        labels, memorised, new = history[-1]
        print(f"{keep:4} {labels:17.1%} {memorised:22.1%} {new:12.1%} ({least:.1%} to {most:.1%})")


noisy = {keep: mean_of_runs(keep, 0.3, seeds=3) for keep in KEEPS}
table(noisy)
with style((11, 4)):
    _, (left, right) = plt.subplots(1, 2)
    epochs = np.arange(2, 31, 2)
    for ax, column in ((left, 1), (right, 2)):
        lines = {f"keep {keep}": history[:, column] for keep, (history, _, _) in noisy.items()}
        curves(ax, epochs, lines, xlabel="epoch", ylabel="share")
    left.set_title("wrong labels memorised")
    right.set_title("new digits that are right")
    plt.show()
memorised = {f"keep {keep}": history[-1, 1] for keep, (history, _, _) in noisy.items()}
reveal("wrong_labels_memorised", memorised, form=".0%")

# %% [markdown]
# <details><summary>What came out</summary>
#
# *Left: the share of the 150 wrong labels that the net has memorised rises with the epochs: for keep 1 to six tenths, for 0.25 hardly at all. Right: the accuracy on new digits; all four rise to about 0.9 within six to fourteen epochs; then keep 1 falls steadily, 0.75 more slowly, 0.5 a little, and 0.25 hardly.*
#
# </details>

# %% [markdown]
# You must hand over one of these four nets, to read the postcodes on real letters. Which?
#
# - **A** keep 1: it has the highest accuracy on what it was taught
# - **B** keep 1 or 0.75: the other two get a quarter of their own training labels wrong, so something is broken
# - **C** keep 0.25, although it has the lowest accuracy on what it was taught
# - **D** it does not matter: the differences are within what varies from run to run

# %% solution="q_which_net"
q_which_net = ...  # "A", "B", "C" or "D"
### BEGIN SOLUTION
q_which_net = "C"
### END SOLUTION

# %% check="q_which_net"
check("q_which_net")

# %% [markdown]
# <details><summary>How large the gain is</summary>
#
# Without dropout the net gets nearly nine tenths of its training labels right, because it memorises six of ten wrong ones, and pays for it: the weights that make these pictures come out wrong also spoil new ones. Keep half, and two of ten wrong labels get in; keep a quarter, and it is one of ten. Compared run by run, keeping half gains 8 points on new digits (4.8 to 10.2 in twelve other runs), keeping a quarter 10 (6.8 to 12.4).
#
# </details>
#
# Why should a mask keep wrong labels out? The usual answer: a wrong label needs a combination of units that fits this one picture, and masks break combinations. Put it to the test. Take a net that was trained *without* dropout, and only those labels that it has learned. Drop half of its hidden units at random. **Predict:** after how many of 100 such masks does it still give a right label that it has learned? And a wrong label?

# %%
guess("labels_that_survive", ...)  # right labels, wrong labels: two numbers, such as [50, 50]

# %%
needs("dropout_forward", "dropout_backward", "mc_average")


def survival(net, X, y, wrong, seed=0):
    """Share of masks that leave a net the labels that it learned: right ones, wrong ones."""
    forward = passes(net)

    def agrees(X, dropout_param):
        return (forward(X, dropout_param)[0].argmax(axis=1) == y) * 1.0, None

    survives = mc_average(agrees, X, {"mode": "train", "p": 0.5, "seed": seed}, 200)
    learned, is_wrong = net.predict(X) == y, np.isin(np.arange(len(y)), wrong)
    return survives[learned & ~is_wrong].mean(), survives[learned & is_wrong].mean()


survived = survival(learn(1, 0.3, seed=0)[1], *training_data(0.3, seed=0))
survived = dict(zip(("a right label", "a wrong label"), 100 * np.array(survived), strict=True))
print("Half of the units dropped: of 100 masks so many leave an answer as it was learned.")
reveal("labels_that_survive", survived, form=".0f")

# %% [markdown]
# <details><summary>What came out</summary>
#
# A wrong label is more fragile: about half of the masks break it, and only a quarter of them break a right one. That supports the usual answer, but "masks break combinations" is too strong: many memorised labels survive. Dropout does not forbid memorising. It makes a wrong label cost more than a right one.
#
# </details>
#
# **Question 2** (2 points, in your own words). The net with keep 0.25 gets about 70 % of its training labels right. Explain why that is close to the best that a sensible net *should* get here, and why dropping units makes it harder to learn a wrong label than a right one.

# %% [markdown] question="why_worse_is_better" points=2
# ### BEGIN SOLUTION
# **Model answer.** 150 of the 500 labels, 30 %, are wrong. A net that has understood what digits look like gives the *right* digit for these pictures and is counted as wrong: 70 % is what full understanding scores. Everything above it is memorised. A right label is supported by some dozens of similar pictures with the same label, so many units, in many combinations, agree on it, and it survives when most of them are dropped. A wrong label contradicts the similar pictures: it needs a combination of units that fits this one picture, and masks break such a combination more often (half of the masks in the measurement above, against a quarter for right labels). (Also: dropout is noise of variance $(1-p)/p$, against which only what is supported redundantly can be learned.)
#
# **Rubric.** 1 point: 70 % = the share of right labels, with the reason. 1 point: a wrong label needs a specific combination (or precise fit) that masks break more often, while a right one is supported by many examples or units.
# ### END SOLUTION

# %% [markdown]
# ### Clean labels, and batch normalisation
#
# So much for a case that was made for it. Now the same nets on the same 500 digits with *right* labels; and everything again with batch normalisation between the affine map and the ReLU, of which the lecture says that it "acts as a form of regularization in a funny way, and slightly reduces the need for dropout, maybe".
#
# **Predict** the accuracy on new digits with batch normalisation and *without* dropout (keep 1), first after wrong labels, then after clean ones. Without batch normalisation the first is in the table above.

# %%
guess("with_batch_norm", ...)  # wrong labels, clean labels: two shares, such as [0.5, 0.5]

# %%
needs("dropout_forward", "dropout_backward")
WITH = {"normalization": "batchnorm"}
everything = {
    ("30 % wrong labels", "without BN"): noisy,
    ("30 % wrong labels", "with BN"): {keep: mean_of_runs(keep, 0.3, 3, **WITH) for keep in KEEPS},
    ("clean labels", "without BN"): {keep: mean_of_runs(keep, 0.0, 2) for keep in KEEPS},
    ("clean labels", "with BN"): {keep: mean_of_runs(keep, 0.0, 2, **WITH) for keep in KEEPS},
}
lines = {}
for (labels, bn), results in everything.items():
    print(f"\n{labels}, {bn}")
    table(results)
    lines[f"{labels}, {bn}"] = [history[-1, 2] for history, _, _ in results.values()]
with style((7, 4)):
    _, ax = plt.subplots()
    axes = {"xlabel": "share of the units that is kept", "ylabel": "new digits that are right"}
    curves(ax, KEEPS, lines, **axes, title="what dropout changes", marker="o")
    ax.invert_xaxis()
    plt.show()
reveal("with_batch_norm", {name: line[0] for name, line in lines.items() if "with BN" in name})

# %% [markdown]
# <details><summary>What came out</summary>
#
# *Accuracy on new digits against the share that is kept, from 1 down to 0.25. The two lines for clean labels lie close together at 0.95, and dip by a point or so at 0.25. The two for wrong labels rise from left to right; the one with batch normalisation starts far lower, and they meet at 0.25.*
#
# </details>

# %% [markdown]
# What does this say about "slightly reduces the need for dropout, maybe"?
#
# - **A** it holds here: with batch normalisation, dropout is needed less
# - **B** here it is the other way round: with batch normalisation the net memorises more, and dropout has more to mend
# - **C** batch normalisation makes no difference
# - **D** nothing: the differences are not measurable with a few runs

# %% solution="q_need_for_dropout"
q_need_for_dropout = ...  # "A", "B", "C" or "D"
### BEGIN SOLUTION
q_need_for_dropout = "B"
### END SOLUTION

# %% check="q_need_for_dropout"
check("q_need_for_dropout")

# %% [markdown]
# <details><summary>How sure that is, and how far it carries</summary>
#
# With **clean labels** dropout has nothing to mend. Every net gets its training labels right without having to memorise a wrong one. Keeping 0.75 or 0.5 moves the accuracy on new digits by less than the runs differ (on average by 0.1 and 0.4 points, downwards). Keeping 0.25 costs 1.5 points.
#
# With **wrong labels** the sentence of the lecture is turned round. Batch normalisation makes the net a faster learner, of wrong labels too: it memorises nearly nine of ten. Without dropout it reads new digits worse, by 5 points (1.9 to 8.8 in twelve other runs), and keeping a quarter gains 14 points instead of 10. With keep 0.25 the two are level.
#
# "Maybe", said the lecture, and for a large net on a million photographs it may be so. This is a small one on 500 digits, in batches of 50, and nothing that you measured here says what happens there. What you can take along: *it has to be measured*.
#
# </details>

# %% [markdown]
# ### Would something else have done?
#
# Before you thank dropout, ask what its rivals do on the same wrong labels: an L2 penalty of 0.01, and simply *stopping early*, after 8 epochs. **Predict** how they read new digits. (Without anything it was under 80 %, with keep 0.25 nearly 90.)

# %%
guess("rivals", ...)  # the penalty, stopping early: two shares, such as [0.5, 0.5]

# %%
needs("dropout_forward", "dropout_backward")
penalised = mean_of_runs(1, 0.3, 3, reg=0.01)[0]
rivals = {
    "nothing": noisy[1][0][-1],
    "dropout, keep 0.5": noisy[0.5][0][-1],
    "dropout, keep 0.25": noisy[0.25][0][-1],
    "L2 penalty, reg 0.01": penalised[-1],
    "nothing, stopped after 8 epochs": noisy[1][0][3],
}
for name, (labels, memorised, new) in rivals.items():
    print(f"{name:32} training labels {labels:.1%}, wrong ones {memorised:5.1%},", end=" ")
    print(f"new digits {new:.1%}")
reveal("rivals", [rivals[name][2] for name in list(rivals)[-2:]])

# %% [markdown]
# <details><summary>What came out</summary>
#
# A quarter kept, the penalty, and stopping early: all three read nearly 90 % of the new digits, and memorise less than a tenth of the wrong labels. (In twelve other runs they are within a point of each other on average, though not in each run.)
#
# Each of them has a number that somebody must choose: 0.25, 0.01, 8 epochs. And each was chosen with the new digits in view, where a validation set with *right* labels should have been asked. A bad choice costs more than the choice of the remedy: keep 0.75 is 5 points worse than keep 0.25, and a penalty of 0.1 ruins the net. The penalty costs one line and no noise, and stopping early even saves work.
#
# </details>
#
# **Question 3** (2 points, in your own words). Your supervisor reads the lecture's sentence and says: "We use batch normalisation, so we can leave dropout out." What did you measure that speaks to this, how far does it carry, and what would you do for *their* data before you decide?

# %% [markdown] question="bn_instead_of_dropout" points=2
# ### BEGIN SOLUTION
# **Model answer.** On 500 digits with 30 % wrong labels the net with batch normalisation memorised more of them than the one without (and read new digits some 5 points worse), and dropout helped it more; on clean digits batch normalisation made no difference that could be told from the runs' spread, and dropout did not help at all. So "BN replaces dropout" is refuted as a general rule, but only by one small net, one data set, batches of 50, one kind of noise; it does not show that BN *always* needs dropout. For other data: train both ways, with and without dropout, each over several seeds, at a fraction tuned on validation data, and compare with cheaper remedies (L2, stopping early).
#
# **Rubric.** 1 point: the measurement, in the right direction, with its limits. 1 point: a comparison on their own data over several seeds (2 × 2, or with the rivals) instead of a rule.
# ### END SOLUTION

# %% [markdown]
# ## What to take home
#
# - Dropout is a mask with a number for **every element**, drawn anew in each step, **divided by the share that is kept**; at test time nothing is left to do. Check which share your library's `p` means.
# - Backward goes through the **same** mask. For a gradient check, fix the seed; for training, never.
# - A forgotten scale hides behind the accuracy, and shows in the loss.
# - Test mode is the mean over all thinned nets: exactly where everything after the mask is linear, roughly elsewhere.
# - It is a remedy for nets that memorise. Where nothing is memorised it does nothing, and it is not the only remedy.
#
# ## Since then (2026)
#
# - **Where dropout still lives.** Where little data are seen many times: when a large model is fine-tuned, and in front of classifiers. Large language models are mostly trained without it. They see nearly every text once, so there is little to memorise. T5's [second version](https://github.com/google-research/text-to-text-transfer-transformer/blob/main/released_checkpoints.md#t511) (2020) turned it off for pre-training and on for fine-tuning; Liu, Bauer and Manning ([2025](https://arxiv.org/abs/2505.24788)) tested models of up to 1.4 billion parameters, and dropout hurt in one pass over the data. That agrees with your clean labels.
# - **Stochastic depth** (Huang et al., [2016](https://arxiv.org/abs/1603.09382)) drops whole branches of a residual net: $x + \frac{m}{p}\,\text{branch}(x)$, with one coin $m$ for each image. Under the name of *drop path* it is a standard part of the recipes for vision transformers and modern convolutional nets (Liu et al., [2022](https://arxiv.org/abs/2201.03545)), which see each image hundreds of times.
# - **Monte Carlo dropout** reads the spread over masks as the net's doubt. The derivation (Gal and Ghahramani, [2016](https://arxiv.org/abs/1506.02142)) is elegant, and its reading as a Bayesian posterior is disputed (Le Folgoc et al., [2021](https://arxiv.org/abs/2110.04286)). In a large comparison on shifted data it was better calibrated than a plain net, and an ensemble of five to ten nets (notebook 09) was better still (Ovadia et al., [2019](https://arxiv.org/abs/1906.02530)).
#
# The next cell tries the third on your deep net. It turns the new digits, which were only ever seen upright, by up to 90 degrees. A net that knows what it does not know should become unsure. **Predict**, at 60 degrees: the share of right answers, the mean certainty of test mode, and that of the mean over 100 masks.

# %%
guess("turned_by_60", ...)  # three shares, such as [0.5, 0.5, 0.5]

# %%
needs("dropout_forward", "dropout_backward")
raw = load_digits(raw=True)
images = np.concatenate([raw.X_val, raw.X_test]).reshape(-1, 8, 8) / 16


def turned(images, degrees):
    """Images (N, 8, 8), turned; each pixel is a weighted mean of the four that it falls between."""
    place, angle = np.arange(8) - 3.5, np.radians(degrees)
    down, across = np.meshgrid(place, place, indexing="ij")
    i = np.cos(angle) * down + np.sin(angle) * across + 5.5  # where it comes from, in `padded`
    j = np.cos(angle) * across - np.sin(angle) * down + 5.5
    padded = np.pad(images, ((0, 0), (2, 2), (2, 2)))
    top, left = i.astype(int), j.astype(int)
    u, v = i - top, j - left
    upper = (1 - v) * padded[:, top, left] + v * padded[:, top, left + 1]
    lower = (1 - v) * padded[:, top + 1, left] + v * padded[:, top + 1, left + 1]
    return (1 - u) * upper + u * lower


def doubt(net, images, seed=0):
    """Right answers; certainty in test mode, of the mean of 100 masks; spread over the masks."""
    X = images.reshape(-1, 64) - raw.X_train.mean(axis=0) / 16
    forward, own = passes(net), {"mode": "train", "p": 0.5, "rng": np.random.default_rng(seed)}
    test = probabilities(net.scores(X))
    masks = np.array([probabilities(forward(X, own)[0]) for _ in range(100)])  # (100, N, 10)
    mean = masks.mean(axis=0)
    spread = masks.std(axis=0)[np.arange(len(X)), mean.argmax(axis=1)]
    return test.argmax(axis=1) == new_y, test.max(axis=1), mean.max(axis=1), spread


angles = np.arange(0, 91, 15)
doubts = {degrees: doubt(deep["divided by p"], turned(images, degrees)) for degrees in angles}
means = {degrees: [column.mean() for column in columns] for degrees, columns in doubts.items()}
print("turned by   right   certainty: test mode   mean of 100   spread over masks")
for degrees, (right, test, mean, spread) in means.items():
    print(f"{degrees:9} {right:7.0%} {test:22.0%} {mean:13.0%} {spread:19.2f}")
with style((11, 4)):
    _, (left, right) = plt.subplots(1, 2)
    four = np.hstack([turned(images[:4], degrees).reshape(-1, 8) for degrees in angles])
    left.imshow(four, cmap="gray_r")
    left.set(xticks=8 * np.arange(7) + 3.5, xticklabels=angles, yticks=[])
    left.set_xlabel("turned by, degrees")
    left.grid(False)
    names = ("right answers", "certainty, test mode", "certainty, mean of 100", "spread over masks")
    lines = dict(zip(names, np.array(list(means.values())).T, strict=True))
    curves(right, angles, lines, xlabel="turned by, degrees", ylabel="share", marker="o")
    plt.show()


def ranked(right, doubtful):
    """Share of the pairs of a right and a wrong answer in which the wrong one is doubted more."""
    return np.mean(doubtful[~right][:, None] > doubtful[right][None, :])


right, test, mean, spread = doubts[0]
ranks = [ranked(right, doubtful) for doubtful in (-test, -mean, spread)]
print("upright: in so many pairs of a right and a wrong answer the wrong one is doubted more:")
print("test mode {:.0%}, mean of 100 {:.0%}, spread {:.0%}".format(*ranks))
reveal("turned_by_60", means[60][:3], form=".0%")

# %% [markdown]
# <details><summary>What came out</summary>
#
# *Left: four digits, turned in steps of 15 degrees. Right: the share of right answers falls from 0.95 to 0.1; the certainty of test mode falls to 0.7 at 30 degrees and then rises to nearly 1; that of the mean lies below it, with the same shape. The spread over masks rises from 0.2 to a third, and falls a little again.*
#
# Turned by 60 degrees, the net is right about once in six times. Test mode is nearly 90 % sure, the mean over masks 64 %: less overconfident, and still far from honest. At 90 degrees even the mean is 80 % sure, and right once in ten times. So masks are no detector of data of another kind. And for picking out doubtful answers among *upright* digits, the mean is hardly better than test mode, while the spread is worse. (That holds over twelve other runs.)
#
# </details>
#
# **Further reading**
# - Srivastava et al., [*Dropout*](https://jmlr.org/papers/v15/srivastava14a.html), 2014: long, and easy to read.
# - Zhang et al., [*Understanding deep learning requires rethinking generalization*](https://arxiv.org/abs/1611.03530), 2017: nets that memorise random labels, with and without dropout.
# - CS231n's notes on [regularisation](https://cs231n.github.io/neural-networks-2/#reg).
#
# Your points so far:

# %%
progress("07_dropout")
