# %% [markdown]
# # 07 · Dropout
#
# In every step of training, throw away a random half of each hidden layer. It sounds like sabotage, takes two lines, and for some years was the first thing that people tried against overfitting. Here you write these lines, find out why one of them is a division, and then measure where dropout helps, where it does nothing, and what else would have done the job.
#
# **You will learn**
# - what a mask is, why what is kept gets *larger*, and why a test then has nothing to do,
# - how a gradient finds its way back through a random layer, and how to check it,
# - what the test mode stands for: a mean over $2^{100}$ networks, and how nearly,
# - when dropout pays (labels that lie) and when it does not (clean digits), measured over several runs,
# - whether batch normalization "slightly reduces the need for dropout, maybe": you will have numbers.
#
# **Slides:** "Dropout", which this lecture leaves as a TODO, and the last claim of "Batch Normalization". **Time:** one and a half hours. **Points:** {{points}}.
#
# How it goes: *predict*, *write*, *check*, *look*. Wherever it says **Predict**, do so before you run the cell. Hints come in three steps; open as few as you can.

# %% locked="setup"
import matplotlib.pyplot as plt
import numpy as np

from autograder.check import check, needs, progress
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
# Take the outputs $x$ of a hidden layer: one row for each example of the batch, one column for each unit. For every single number toss a coin that shows heads with probability $p$:
#
# $$m_{ij} = \begin{cases} 1 & \text{with probability } p \\ 0 & \text{otherwise} \end{cases}
# \qquad\qquad \text{out}_{ij} = \frac{m_{ij}\; x_{ij}}{p}$$
#
# A unit whose $m$ is 0 is gone: it adds nothing to the next layer, for this example, in this step. The next layer cannot rely on any one unit, nor on a conspiracy of several; and each example trains a *thinned* network of its own, one of $2^{100}$ for a layer of 100 units, all of which share their weights.
#
# $p$ is the probability to **keep**, here and on CS231n's pages. In PyTorch (`nn.Dropout(p)`), Keras and Flax the number is the probability to *drop*. Both conventions look the same at 0.5, so code with the wrong one works until somebody changes the number.
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
# The next layer adds up what it gets. If half of it is missing in training, and nothing in a test, its sums are twice as large in the test as they ever were in training. So something must make up for that, and it does so for the *mean*: $\text{out}$ is $x/p$ with probability $p$, and 0 otherwise, so
#
# $$\mathrm{E}[\text{out}] = p \cdot \frac{x}{p} + (1 - p) \cdot 0 = x.$$
#
# The paper of 2014 left training alone and multiplied by $p$ in the test. To divide in training instead is called *inverted* dropout, and everybody does it: **the test has nothing to do**, and needs to know nothing of $p$.
#
# **Predict, then play.** Here the 64 pixels of a digit play the units of a layer. A mask drops half of them, another mask another half, and so on, and the draws are averaged. What comes out after a thousand of them, with the division and without? And what does a $p$ of 0.1 change? Write down what you expect, then see.

# %%
from cs231n_lib.play import play

play("dropout_masks")

# %% [markdown]
# The mean is what the division decides about, and it does not matter how small $p$ is. What a small $p$ costs is noise: what a single draw adds up to scatters by a fifth of the digit's own sum at $p = 0.5$, and by more than half of it at 0.1. So training with few units is training with much noise, and that is meant.
#
# Now write it. `dropout_param` is a dictionary with `"mode"` (`"train"` or `"test"`), `"p"`, and a source of randomness, which `generator(dropout_param)` hands you as a NumPy generator: one that goes on from call to call if there is an `"rng"` in the dictionary, or a fresh one, always in the same state, if there is a `"seed"`. Draw from that generator and from nothing else. What you return as `cache` is yours to choose; your own `dropout_backward` will get it.
#
# <details><summary>Hint 1: what to do when</summary>
#
# Two modes, two ways out of the function. One of them is a single line. In the other you draw first, and the draw has the shape of `x`: every number gets a toss of its own.
#
# </details>
# <details><summary>Hint 2: tossing a biased coin</summary>
#
# A generator's method `random(shape)` gives numbers spread evenly between 0 and 1. Which share of them is smaller than 0.3? A comparison of an array with a number is an array of `True` and `False`, which count as 1 and 0 in a product.
#
# </details>
# <details><summary>Hint 3: nearly there</summary>
#
# Make one array that is 0 where a number is dropped, and the scale where it is kept. The output is `x` times that array, in a new array. Think of what the backward pass will need to know, and put just that into the cache.
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
# Look at it. Here is a hidden layer of a fresh net, 25 digits in 100 units, before and after your function with $p = 0.5$:

# %%
needs("dropout_forward")
layer = Network([64, 100, 10]).activations(digits.X_train[:25])[0]
layer_out = dropout_forward(layer, {"mode": "train", "p": 0.5, "seed": 1})[0]
with style((11, 3.4)):
    figure, axes = plt.subplots(1, 2)
    for ax, values, title in zip(axes, (layer, layer_out), ("before", "after, p = 0.5"), strict=True):
        shown = ax.imshow(values, vmin=0, vmax=2, cmap="cividis", aspect="auto")
        ax.set(xlabel="unit", ylabel="example", title=title)
        ax.grid(False)
    figure.colorbar(shown, ax=axes, label="output of the unit")
    plt.show()
for name, values in {"before": layer, "after": layer_out}.items():
    print(f"{name}: {np.mean(values == 0):.0%} are 0, mean {values.mean():.3f}, mean square {np.mean(values**2):.3f}")

# %% [markdown]
# *Two pictures of 25 rows and 100 columns. Before: about half of the numbers are 0, by the ReLU; the others are dim, and some units are bright in many rows. After: about three quarters are 0, here one and there another, with no row or column dark as a whole; those that are left are twice as bright.*
#
# The mean is nearly that of before: with 2,500 numbers it cannot be exactly the same. But look at the mean *square*. **Predict:** `x` is 1 everywhere, $p = 0.25$. The mean of $\text{out}^2$ over very many numbers is
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

# %%
needs("dropout_forward")
ones = np.ones((500, 200))
print("   p    kept    mean   mean square   1/p")
moments = {}
for p in (1.0, 0.75, 0.5, 0.25, 0.1):
    out = dropout_forward(ones, {"mode": "train", "p": p, "seed": 0})[0]
    moments[p] = np.mean(out != 0), out.mean(), np.mean(out**2)
    kept, mean, square = moments[p]
    print(f"{p:4.2f} {kept:7.3f} {mean:7.3f} {square:13.2f} {1 / p:5.1f}")

# %% [markdown]
# One scale cannot keep both. The mean stays, the mean square grows by $1/p$: dropout is noise, and the less you keep, the more of it. (So do not put a batch normalization right *behind* a dropout: it would measure the larger variance in training, and use it in a test, where the variance is smaller.)

# %% [markdown]
# ## The way back
#
# What was dropped had no influence on the loss, so its gradient is 0. What was kept went forward by way of one multiplication. That is the whole backward pass, but it needs to know *which* numbers those were: a mask is drawn once in each step, not twice.
#
# <details><summary>Hint 1</summary>
#
# `out` is `x` times something. What is the slope of that with respect to `x`, for a number that was kept, and for one that was dropped?
#
# </details>
# <details><summary>Hint 2</summary>
#
# It is the array that you made in the forward pass, scale and all. Is it in your cache? If not, go back and put it there. (The output itself will not do: after a ReLU an input may be 0, and be kept.)
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
# How do you check the gradient of something random? The centred difference asks for the output twice for each number of `x`, and each time there is another mask. **Predict** the two relative errors that this prints, roughly: one is found with a `"seed"`, the other with an `"rng"`.

# %%
needs("dropout_forward", "dropout_backward")
rng = np.random.default_rng(0)
x, dout = rng.normal(size=(2, 6, 8))


def gradient_error(**randomness):
    """Relative error of your gradient against the numerical one."""
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

# %% [markdown]
# With the same mask each time, the function that is differentiated is an ordinary one, and your gradient agrees to nine digits or more. With new masks the "difference quotient" is a difference of two unrelated numbers, divided by $2 \cdot 10^{-5}$: "gradients" of hundreds of thousands, and a relative error of 1, the largest that there is. That is what a seed is for. In *training* a seed would be a disaster: the same units would be dropped in each step, and you would train one thin net, once.

# %% [markdown]
# ## What if the division is forgotten?
#
# It happens: the mask is there, the scale is not. The net trains, the loss falls, nothing crashes. **Predict:** such a net has three hidden layers with ReLU and $p = 0.5$ after each. In the test, when nobody is dropped, its scores are, compared with those in training, about
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

# %%
needs("dropout_forward", "dropout_backward")


def without_the_scale(x, dropout_param):
    """Your dropout, but what is kept is not divided by p."""
    out, cache = dropout_forward(x, dropout_param)
    return (out, cache) if dropout_param["mode"] == "test" else (out * dropout_param["p"], cache)


def unscaled_backward(dout, cache):
    return dropout_backward(dout, cache) * 0.5


def train_deep(pair, seed=0):
    """Three hidden layers, half of each dropped; 15 epochs on the 1000 clean digits."""
    rng = np.random.default_rng(seed)
    net = Network([64, 100, 100, 100, 10], rng=rng, dropout=(0.5, *pair))
    fit(net, digits.X_train, digits.y_train, adam, {"learning_rate": 3e-3}, epochs=15, batch_size=50, rng=rng)
    return net


def report(net):
    """Mean size of the scores in training and in a test; loss and accuracy on new digits."""
    sizes = [np.abs(net.scores(new_X, mode)).mean() for mode in ("train", "test")]
    return *sizes, softmax_loss(net.scores(new_X), new_y)[0], net.accuracy(new_X, new_y)


deep = {
    "divided by p": train_deep((dropout_forward, dropout_backward)),
    "not divided": train_deep((without_the_scale, unscaled_backward)),
}
deep_reports = {name: report(net) for name, net in deep.items()}
for name, (in_training, in_test, loss, accuracy) in deep_reports.items():
    print(f"{name}: scores {in_training:.1f} in training, {in_test:.1f} in a test ({in_test / in_training:.1f} times); new digits: loss {loss:.2f}, accuracy {accuracy:.1%}")
with style((7.5, 3.6)):
    _, ax = plt.subplots()
    for (name, net), color, hatch in zip(deep.items(), PALETTE, ("", "//"), strict=False):
        surest = np.sort(net.scores(new_X), axis=1)
        ax.hist(surest[:, -1] - surest[:, -2], bins=np.linspace(0, 120, 61), alpha=0.6, label=name, color=color, hatch=hatch)
    ax.set(xlabel="best score minus second best, in a test", ylabel="new digits", title="how sure the two nets are")
    ax.legend()
    plt.show()

# %% [markdown]
# *Two histograms of how far the best score is ahead of the second. With the division: a hump that ends at 15. Without: spread evenly from 0 to 80, with a tail beyond 100.*
#
# Each layer doubles, and three layers make $2^3 = 8$. (You see nearly 7: in training the noise of the masks makes the scores a bit larger than they are in the test, for the right net as well, whose factor is 0.8 and not 1.) And here is the trap: **the accuracy hardly shows it**, it is lower by less than a point, as a rule. The largest score stays the largest when all are multiplied by the same number. What suffers is the loss, which is five times higher, because the net has become absurdly sure of itself: where it is wrong, it is wrong with many nines. Who looks at accuracies only will never find this bug.
#
# **Question 1** (2 points, in your own words). A friend finds that her net with dropout has the right accuracy on the validation data, but a loss there that is far higher than the training loss. She suspects overfitting; you suspect a missing scale. Which quick measurement tells the two apart, and in which two places can the scale be put right?

# %% [markdown] question="overfitting_or_missing_scale" points=2
# ### BEGIN SOLUTION
# **Model answer.** Compare the net with itself in the two modes on the *same* data: the mean size of the scores (or of a layer's output, or the loss) on the training data in train mode and in test mode. A missing scale makes the test mode's numbers larger by $1/p$ for each layer, on training data too; overfitting does not: it shows as a difference between training and validation data in the *same* (test) mode. Put right: divide by $p$ in training (inverted dropout), or multiply by $p$ in the test (the paper's way; for a net that is trained already this one needs no new training).
#
# **Rubric.** 1 point: a measurement that holds the data fixed and changes the mode (or holds the mode and changes the data), with what each suspicion predicts. 1 point: both places, divide by $p$ in training or multiply by $p$ in the test.
# ### END SOLUTION

# %% [markdown]
# ## What the test mode stands for
#
# There are $2^{100}$ masks for 100 units, so a net with dropout is $2^{100}$ nets. What one would like to know is what they say *on average*. The test mode is one single pass with no mask at all. Is that the same?
#
# **Predict:** averaged over all masks, which of these is *exactly* what the test mode gives?
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
# Nobody can go through all the masks, but a mean over $n$ random ones comes close, with an error that falls like $1/\sqrt{n}$. That is a *Monte Carlo* average. Write it for any function with dropout's contract, `forward(x, dropout_param) -> (out, cache)`: it may be `dropout_forward` itself, or a whole network.
#
# <details><summary>Hint 1: what can go wrong</summary>
#
# The caller's dictionary may say "test", where there are no masks. It may hold a seed, with which each call draws the same mask. And it is the caller's: it must look the same afterwards.
#
# </details>
# <details><summary>Hint 2: a dictionary of your own</summary>
#
# Make a new one for your calls, with the three things that `forward` needs. For the randomness, ask `generator` once, *before* the loop: all calls then draw on from one generator.
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
    dropout_param: "mode", "p", and "rng" or "seed"; left as it is. The same seed gives the same mean.
    """
    ### BEGIN SOLUTION
    own = {"mode": "train", "p": dropout_param["p"], "rng": generator(dropout_param)}
    outs = [forward(x, own)[0] for _ in range(n)]
    return np.mean(outs, axis=0)
    ### END SOLUTION

# %% check="mc_average"
check("mc_average")

# %% [markdown]
# Now ask two nets, one with one hidden layer and the one with three from above. How far is the mean over $n$ masks from the test mode, compared with the spread of the scores?

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


def train_shallow(seed=0):
    """One hidden layer, half of it dropped; 15 epochs on the 1000 clean digits."""
    rng = np.random.default_rng(seed)
    net = Network([64, 100, 10], rng=rng, dropout=(0.5, dropout_forward, dropout_backward))
    fit(net, digits.X_train, digits.y_train, adam, {"learning_rate": 3e-3}, epochs=15, batch_size=50, rng=rng)
    return net


def gaps(net, counts, seed=0):
    """For each n: rms difference between the mean over n masks and the test mode, in units of sd."""
    X, dropout_param = new_X[:50], {"mode": "train", "p": 0.5, "rng": np.random.default_rng(seed)}
    test = net.scores(X)
    means = [mc_average(passes(net), X, dropout_param, n) for n in counts]
    return np.array([np.sqrt(np.mean((mean - test) ** 2)) / test.std() for mean in means])


shallow = train_shallow()
counts = np.array([1, 4, 16, 64, 256, 1024])
gap = {"one hidden layer": gaps(shallow, counts), "three hidden layers": gaps(deep["divided by p"], counts)}
with style((6.5, 4)):
    _, ax = plt.subplots()
    curves(ax, counts, {**gap, "one over the root of n": gap["one hidden layer"][0] / np.sqrt(counts)}, xlabel="masks in the mean, n", ylabel="distance from the test mode / sd", title="does the mean come to the test mode?", log=True, marker="o")
    ax.set(xscale="log")
    plt.show()
for name, values in gap.items():
    print(f"{name}: " + ", ".join(f"n = {n}: {value:.3f}" for n, value in zip(counts, values, strict=True)))

# %% [markdown]
# *Both axes logarithmic. One hidden layer: a straight line that falls like one over the root of n, as far as it is drawn. Three hidden layers: falls alike at first, then levels off.*
#
# With one hidden layer the scores are *linear* in what dropout touches, a mean goes through anything linear, and the test mode is the mean over all $2^{100}$ nets, free of charge. With three, the mean of a ReLU is not the ReLU of the mean, and the line levels off at nearly a tenth of the scores' spread: the test mode is an approximation, and not a bad one.
#
# If averaging is what we want, should we not average honestly, over 100 masks, and over the *probabilities*? That is known as Monte Carlo dropout. **Predict:** better accuracy? Better loss?

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
    """Quality of the test mode, and of the mean probabilities over n masks."""
    dropout_param = {"mode": "train", "p": 0.5, "seed": seed}
    forward = passes(net)
    averaged = mc_average(lambda X, own: (probabilities(forward(X, own)[0]), None), new_X, dropout_param, n)
    return {"test mode": quality(probabilities(net.scores(new_X))), "mean of 100": quality(averaged)}


comparisons = {"one hidden layer": compared(shallow), "three hidden layers": compared(deep["divided by p"])}
for name, both in comparisons.items():
    for way, (accuracy, loss, certainty) in both.items():
        print(f"{name}, {way}: accuracy {accuracy:.1%}, loss {loss:.3f}, mean certainty {certainty:.1%}")

# %% [markdown]
# Neither. The accuracy is the same to within half a point or so, and the loss is *higher* in each of twelve runs, by about 0.04 with one hidden layer and 0.1 with three. The average is modest: thinned nets disagree, so it is 84 % sure where the test mode is 95 % sure; and since the deep net is right in 95 to 96 of 100 cases, the test mode's certainty is the honest one. (On digits like these. Where the question is *which* answers to doubt, or where the new data are of another kind than the old, people find the average worth its price.)

# %% [markdown]
# ## Does it help?
#
# Now the claim itself: dropout is a *regularizer*, it makes nets that have learned too much by heart generalise better. 500 digits, a net with 100 hidden units (7,510 parameters), Adam, 30 epochs. To see learning by heart, give it something that can *only* be learned by heart: in half of the runs 150 of the 500 labels are replaced by wrong ones. New digits are always judged by their right labels.

# %%
needs("dropout_forward", "dropout_backward")


def lesson(share, seed):
    """500 digits; a share of the labels is replaced by another digit. Returns X, y, wrong rows."""
    rng = np.random.default_rng(seed)
    X, y = digits.X_train[:500], digits.y_train[:500].copy()
    wrong = rng.permutation(500)[: int(500 * share)]
    y[wrong] = (y[wrong] + rng.integers(1, 10, len(wrong))) % 10
    return X, y, wrong


def learn(keep, share, seed, every=30, normalization=None, reg=0.0):
    """30 epochs; after `every` so many: right in the lesson, wrong labels learned, new digits."""
    X, y, wrong = lesson(share, seed)
    rng = np.random.default_rng(seed)
    dropout = None if keep == 1 else (keep, dropout_forward, dropout_backward)
    net = Network([64, 100, 10], rng=rng, normalization=normalization, dropout=dropout, reg=reg)
    config, history = {"learning_rate": 5e-3}, []
    for step in range(1, 301):
        _, dx = net.loss_and_gradient(*sample_batch(X, y, 50, rng))
        net.x, config = adam(net.x, dx, config)
        if step % (10 * every) == 0:
            got = net.predict(X) == y
            by_heart = got[wrong].mean() if len(wrong) else 0.0
            history.append([got.mean(), by_heart, net.accuracy(new_X, new_y)])
    return np.array(history)


def mean_of_runs(keep, share, seeds, **more):
    """The mean history of some runs, and the least and largest final accuracy on new digits."""
    runs = np.array([learn(keep, share, seed, **more) for seed in range(seeds)])
    return runs.mean(axis=0), runs[:, -1, 2].min(), runs[:, -1, 2].max()


KEEPS = (1, 0.75, 0.5, 0.25)


def table(results):
    print("keep   lesson   wrong labels learned   new digits (range)")
    for keep, (history, least, most) in results.items():
        lesson_right, by_heart, new = history[-1]
        print(f"{keep:4} {lesson_right:8.1%} {by_heart:22.1%} {new:12.1%} ({least:.1%} to {most:.1%})")


noisy = {keep: mean_of_runs(keep, 0.3, seeds=3, every=2) for keep in KEEPS}
table(noisy)
with style((11, 4)):
    _, (left, right) = plt.subplots(1, 2)
    epochs = np.arange(2, 31, 2)
    for ax, column, what in ((left, 1, "wrong labels learned by heart"), (right, 2, "new digits that are right")):
        curves(ax, epochs, {f"keep {keep}": history[:, column] for keep, (history, _, _) in noisy.items()}, xlabel="epoch", ylabel="share", title=what)
    plt.show()

# %% [markdown]
# *Left: the share of the 150 wrong labels that the net has learned by heart rises with the epochs: for keep 1 to six tenths, for 0.25 hardly at all. Right: the accuracy on new digits; all four rise to about 0.9 within some ten epochs; then keep 1 falls steadily, 0.75 more slowly, 0.5 a little, and 0.25 stays.*
#
# You must hand over one of these four nets, to read the postcodes on real letters. Which?
#
# - **A** keep 1: it has the highest accuracy on what it was taught
# - **B** keep 1 or 0.75: the other two fail on a quarter of their own lesson, so something is broken
# - **C** keep 0.25, although it is the worst at its lesson
# - **D** it does not matter: the differences are within what varies from run to run

# %% solution="q_which_net"
q_which_net = ...  # "A", "B", "C" or "D"
### BEGIN SOLUTION
q_which_net = "C"
### END SOLUTION

# %% check="q_which_net"
check("q_which_net")

# %% [markdown]
# Without dropout the net gets nearly nine tenths of its lesson right, by learning six of ten wrong labels by heart, and pays for it: the numbers that make these pictures come out wrong also spoil new ones. Keep half, and two of ten wrong labels get in; keep a quarter, and it is one of ten. Compared run by run, keeping half gains 8 points on new digits (in twelve runs 4.8 to 10.2), a quarter gains 10 (6.3 to 12.4).
#
# **Question 2** (2 points, in your own words). The net with keep 0.25 gets about 70 % of its lesson right. Explain why that is close to the best that a sensible net *should* get here, and why dropping units makes it harder to learn a wrong label than a right one.

# %% [markdown] question="why_worse_is_better" points=2
# ### BEGIN SOLUTION
# **Model answer.** 150 of the 500 labels, 30 %, are wrong. A net that has understood what digits look like gives the *right* digit for these pictures and is counted as wrong: 70 % is what full understanding scores. Everything above it is learned by heart. A right label is supported by some dozens of similar pictures with the same label, so many units, in many combinations, agree on it, and it survives when most of them are dropped. A wrong label contradicts the similar pictures: it needs a combination of units that fits this one picture, and such a combination is broken by nearly every mask. (Also: dropout is noise of variance $(1-p)/p$, against which only what is supported redundantly can be learned.)
#
# **Rubric.** 1 point: 70 % = the share of right labels, with the reason. 1 point: a wrong label needs a specific combination (or precise fit) that masks destroy, while a right one is supported by many examples or units.
# ### END SOLUTION

# %% [markdown]
# ### Clean labels, and batch normalization
#
# So much for a case that was made for it. The same nets on the same 500 digits with *right* labels; and everything again with batch normalization between the affine map and the ReLU, of which the lecture says that it "acts as a form of regularization in a funny way, and slightly reduces the need for dropout, maybe". **Predict** both tables before you look.

# %%
needs("dropout_forward", "dropout_backward")
everything = {
    ("30 % wrong labels", "without BN"): noisy,
    ("30 % wrong labels", "with BN"): {keep: mean_of_runs(keep, 0.3, 3, normalization="batchnorm") for keep in KEEPS},
    ("clean labels", "without BN"): {keep: mean_of_runs(keep, 0.0, 2) for keep in KEEPS},
    ("clean labels", "with BN"): {keep: mean_of_runs(keep, 0.0, 2, normalization="batchnorm") for keep in KEEPS},
}
for (labels, bn), results in everything.items():
    print(f"\n{labels}, {bn}")
    table(results)
with style((7, 4)):
    _, ax = plt.subplots()
    lines = {", ".join(key): [history[-1, 2] for history, _, _ in results.values()] for key, results in everything.items()}
    curves(ax, KEEPS, lines, xlabel="share of the units that is kept", ylabel="new digits that are right", title="what dropout changes", marker="o")
    ax.invert_xaxis()
    plt.show()

# %% [markdown]
# *Accuracy on new digits against the share that is kept, from 1 down to 0.25. The two lines for clean labels lie close together at 0.95, and dip by a point at 0.25. The two for wrong labels rise from left to right; the one with batch normalization starts far lower, and they meet at 0.25.*
#
# What does this say of "slightly reduces the need for dropout, maybe"?
#
# - **A** it holds here: with batch normalization, dropout is needed less
# - **B** here it is the other way round: with batch normalization the net learns more by heart, and dropout has more to mend
# - **C** batch normalization makes no difference
# - **D** nothing: the differences are not measurable with a few runs

# %% solution="q_need_for_dropout"
q_need_for_dropout = ...  # "A", "B", "C" or "D"
### BEGIN SOLUTION
q_need_for_dropout = "B"
### END SOLUTION

# %% check="q_need_for_dropout"
check("q_need_for_dropout")

# %% [markdown]
# With **clean labels** dropout has nothing to mend. Every net gets its lesson right, nothing in it *must* be learned by heart, and keeping 0.75 or 0.5 moves the accuracy on new digits by less than the runs differ (on average by 0.1 and 0.4 points, downwards). Keeping 0.25 costs 1.4 points.
#
# With **wrong labels** the sentence of the lecture is turned round. Batch normalization makes the net a better learner, of wrong labels too: nearly nine of ten by heart. Without dropout it reads new digits worse by 5 points (in twelve runs 1.9 to 8.7), and keeping a quarter now gains 14 points instead of 10. With keep 0.25 the two are level. "Maybe", said the lecture, and for a large net on a million photographs it may be so. This is a small one on 500 digits, in batches of 50, and nothing that you measured here says what happens there. What you can take along: *it has to be measured*.
#
# ### Would something else have done?
#
# Before you thank dropout, ask what its rivals do on the same wrong labels: an L2 penalty, and simply *stopping early*.

# %%
needs("dropout_forward", "dropout_backward")
rivals = {
    "nothing": noisy[1][0][-1],
    "dropout, keep 0.5": noisy[0.5][0][-1],
    "dropout, keep 0.25": noisy[0.25][0][-1],
    "L2 penalty, reg 0.01": mean_of_runs(1, 0.3, 3, reg=0.01)[0][-1],
    "nothing, stopped after 8 epochs": noisy[1][0][3],
}
for name, (lesson_right, by_heart, new) in rivals.items():
    print(f"{name:32} lesson {lesson_right:.1%}, wrong labels learned {by_heart:5.1%}, new digits {new:.1%}")

# %% [markdown]
# All three read about 90 % of the new digits, and learn less than a tenth of the wrong labels. (In twelve runs they are within half a point of each other on average, though not in each run.) The penalty costs one line and no noise; stopping early even saves work, but somebody has to know when: 8 epochs was read off the figure above, where a validation set with *right* labels would have said it.  Dropout's advantage is that it needs no such care: look how flat its line stays.
#
# **Question 3** (2 points, in your own words). Your supervisor reads the lecture's sentence and says: "We use batch normalization, so we can leave dropout out." What did you measure that speaks to this, how far does it carry, and what would you do for *their* data before you decide?

# %% [markdown] question="bn_instead_of_dropout" points=2
# ### BEGIN SOLUTION
# **Model answer.** On 500 digits with 30 % wrong labels the net with batch normalization learned more of them by heart than the one without (and read new digits some 4 or 5 points worse), and dropout helped it more; on clean digits neither made a difference that could be told from the runs' spread. So "BN replaces dropout" is refuted as a general rule, but only by one small net, one data set, batches of 25, one kind of noise; it does not show that BN *always* needs dropout. For other data: train both ways, with and without dropout, each over several seeds, at a fraction tuned on validation data, and compare with cheaper remedies (L2, stopping early).
#
# **Rubric.** 1 point: the measurement, in the right direction, with its limits. 1 point: a comparison on their own data over several seeds (2 × 2, or with the rivals) instead of a rule.
# ### END SOLUTION

# %% [markdown]
# ## What to take home
#
# - Dropout is a mask with a number for **every element**, drawn anew in each step, **divided by the share that is kept**; the test does nothing. Check which share your library's `p` means.
# - Backward goes through the **same** mask. For a gradient check, fix the seed; for training, never.
# - A forgotten scale hides behind the accuracy, and shows in the loss.
# - The test mode is the mean over all thinned nets: exactly where everything after the mask is linear, roughly elsewhere.
# - It is a remedy for a net that learns by heart. Where nothing is learned by heart, it does nothing; and it is not the only remedy.
#
# Your points so far:

# %%
progress("07_dropout")
