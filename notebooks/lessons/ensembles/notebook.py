# %% [markdown]
# # 09 · Ensembles, averages, and what to do in practice
#
# "Train multiple independent models. At test time average their results. Enjoy 2% extra performance." It is the last advice of the lecture and the easiest to follow. But average *what*? Probabilities, scores, votes, or the weights themselves? One of these four is a disaster, and in the very next slide the lecture recommends something that looks just like it, and works. Here you build the averages, find out why, and measure the 2 %.
#
# **You will learn**
# - how to average networks, and what ten lines of code buy: for which networks 2 % is honest, and for which it is not,
# - why the models must be independent, and what makes them so,
# - why the average of the weights of two good networks is a bad network, and that of two checkpoints a good one,
# - what the running average `x_test = 0.995*x_test + 0.005*x` remembers, how it should start, and when it pays,
# - what is left of "Adam is a good default choice" and "try out L-BFGS" on three problems.
#
# **Slides:** "Evaluation: Model Ensembles", "Fun Tips/Tricks", "In practice". **Time:** about two hours. **Points:** {{points}}.
#
# How it goes: *predict*, *write*, *check*, *look*. Wherever it says **Predict**, do so before you run the cell; a wrong prediction teaches more than a right one. Hints come in three steps; open as few as you can.

# %% locked="setup"
import copy
from functools import cache

import matplotlib.pyplot as plt
import numpy as np

from autograder.check import check, needs, progress
from cs231n_lib.data import Dataset, load_digits
from cs231n_lib.network import Network
from cs231n_lib.plotting import PALETTE, curves, style
from cs231n_lib.quasi_newton import Remembered, lbfgs
from cs231n_lib.training import fit

digits = load_digits()
X_train, y_train = digits.X_train, digits.y_train
# Nothing is chosen in this notebook, only measured; so both parts that no net has seen may be asked.
X_new = np.concatenate([digits.X_val, digits.X_test])
y_new = np.concatenate([digits.y_val, digits.y_test])


def train_one(examples, hidden, epochs, seed, start, order):
    """A net that has learned `examples` digits: which ones says `seed`, its random start and the
    order of its batches say `start` and `order`."""
    rows = np.random.default_rng(1000 + seed).permutation(1000)[:examples]
    network = Network([64, hidden, 10], rng=np.random.default_rng([seed, start, 1]))
    rng, config = np.random.default_rng([seed, order, 2]), {"learning_rate": 0.01}
    fit(network, X_train[rows], y_train[rows], "adam", config, epochs=epochs, batch_size=25, rng=rng)
    return network


def independent(k, examples=300, hidden=10, epochs=30, seed=0):
    """k nets that share their data and nothing else."""
    return [train_one(examples, hidden, epochs, seed, j, j) for j in range(k)]


def with_parameters(network, x):
    """A copy of a network, with other parameters."""
    other = copy.deepcopy(network)
    other.x = x
    return other


def noisy_labels(share, rng):
    """The training labels, of which a share is replaced by random digits."""
    labels = y_train.copy()
    rows = rng.random(len(labels)) < share
    labels[rows] = rng.integers(10, size=rows.sum())
    return labels

# %% [markdown]
# ## Eight opinions
#
# Eight small networks (10 hidden units) have learned the same 300 digits. Each has a random start of its own, and its own order of batches. Here is what they think of the one new digit on which they disagree most:

# %%
eight = independent(8)
answers = np.array([network.predict(X_new) for network in eight])
print("accuracy of each on 797 new digits:", " ".join(f"{np.mean(a == y_new):.3f}" for a in answers))
print(f"two of them disagree on {np.mean([np.mean(a != b) for i, a in enumerate(answers) for b in answers[:i]]):.1%} of the digits")
wavering = int(np.argmax([len(set(said)) for said in answers.T.tolist()]))  # most different answers
print(f"digit number {wavering}: they say {', '.join(str(a) for a in answers[:, wavering])}; it is a {y_new[wavering]}")
with style((2, 2.2)):
    figure, ax = plt.subplots()
    ax.imshow((X_new[wavering] + load_digits(raw=True).X_train.mean(axis=0) / 16).reshape(8, 8), cmap="gray_r")
    ax.set_title(f"number {wavering}", fontsize=10)
    ax.axis("off")
    plt.show()

# %% [markdown]
# *A digit of 8x8 pixels.*
#
# ### Averaging what they say
#
# A network's scores become probabilities through the softmax, and the ensemble's probability is their mean:
#
# $$p(c \mid x) = \frac1k \sum_{j=1}^{k} \mathrm{softmax}\bigl(s_j(x)\bigr)_c$$
#
# Write it. A model is anything with a method `scores(X)` that returns $(N, C)$ scores. As in notebook 00, scores of 1000 should be no trouble.
#
# <details><summary>Hint 1</summary>
#
# What comes first, the softmax or the mean? Read the formula from the inside out.
#
# </details>
# <details><summary>Hint 2</summary>
#
# For one model: subtract from each row its own largest score (a column of them: `keepdims=True`), exponentiate, divide each row by its sum. Then do that for each of the models.
#
# </details>
# <details><summary>Hint 3: nearly there</summary>
#
# Collect one array $(N, C)$ of probabilities for each model in a list. The mean over a list of arrays is `np.mean` with `axis=0`, the axis along which the list runs.
#
# </details>

# %% solution="average_probabilities"
def average_probabilities(models, X):
    """What an ensemble says: the mean of its members' probabilities, (N, C).

    models: a list of at least one, each with scores(X) -> (N, C). X: examples, one per row.
    """
    ### BEGIN SOLUTION
    opinions = []
    for model in models:
        raw = model.scores(X)
        powers = np.exp(raw - np.max(raw, axis=1, keepdims=True))
        opinions.append(powers / np.sum(powers, axis=1, keepdims=True))
    return np.mean(opinions, axis=0)
    ### END SOLUTION

# %% check="average_probabilities"
check("average_probabilities")

# %%
needs("average_probabilities")


def loss_of(probabilities):
    return -np.mean(np.log(probabilities[np.arange(len(y_new)), y_new]))


each = np.array([average_probabilities([network], X_new[[wavering]])[0] for network in eight])
joint = average_probabilities(eight, X_new[[wavering]])[0]
with style((9, 3.4)):
    _, (left, right) = plt.subplots(1, 2, sharey=True, width_ratios=(2, 1))
    bottom = np.arange(8)
    shades = left.imshow(each.T, cmap="Blues", vmin=0, vmax=1, aspect="auto", origin="lower")
    left.set(xlabel="network", ylabel="class", xticks=bottom, yticks=range(10), title="probabilities, by each network")
    left.grid(False)
    plt.colorbar(shades, ax=left)
    right.barh(range(10), joint, color=PALETTE[1])
    right.set(xlabel="mean probability", title="together")
    plt.show()
print(f"together: {joint.argmax()}, with probability {joint.max():.2f}; right is {y_new[wavering]}")
single_losses = [loss_of(average_probabilities([network], X_new)) for network in eight]
joint_loss = loss_of(average_probabilities(eight, X_new))
print(f"loss on all new digits: mean of the eight {np.mean(single_losses):.2f}, least {min(single_losses):.2f}; together {joint_loss:.2f}")

# %% [markdown]
# *Left: eight columns, one for each network, dark where it sees a class as probable. Some columns are dark at one class, some at another. Right: the mean of the columns, one bar for each class.*
#
# **Predict.** Three networks look at an image that is a 4 or a 9. Two of them give the 4 a probability of 0.55, the third one of 0.05. They decide by a vote, one network, one vote; or by averaging their probabilities. The decision is
#
# - **A.** a 4 both ways
# - **B.** a 4 by the vote, a 9 by the average
# - **C.** a 9 by the vote, a 4 by the average
# - **D.** a 9 both ways

# %% solution="q_sure_or_many"
q_sure_or_many = ...  # "A", "B", "C" or "D"
### BEGIN SOLUTION
q_sure_or_many = "B"
### END SOLUTION

# %% check="q_sure_or_many"
check("q_sure_or_many")

# %% [markdown]
# ### Does it have to help?
#
# For the *loss* there is a law. The loss of an example is $-\log p$, a convex function, so (Jensen) the loss of the mean probability is at most the mean of the losses, whatever the networks are. For the *accuracy* there is none: an average can be wrong where most members were right. One more reason to measure.
#
# And for how many networks? **Predict, then play.** Below are 24 of each kind, and for comparison one single run that was looked at 24 times, after each of its last epochs. Write down what you expect of 2, 8 and 24 members; then let the number grow. One ensemble shows what may happen to you, the mean of five what to expect.

# %%
from cs231n_lib.play import play

play("ensemble_size")

# %% [markdown]
# For the networks the loss falls as far as one looks, by less and less; the accuracy of one ensemble may also fall with a new member. The checkpoints of a run that has come to rest are one and the same opinion, 24 times: on average they gain nothing.
#
# Now measure it yourself. Write `ensemble_ladder`: how good is each model alone, and how good are the first 1, 2, …, k of them together?
#
# <details><summary>Hint 1</summary>
#
# You have the function that makes one answer out of several models. An ensemble of the first $j$ models is a slice of the list.
#
# </details>
# <details><summary>Hint 2</summary>
#
# From probabilities (or scores) $(N, C)$ to decisions $(N,)$: the largest entry in each row. From decisions to an accuracy: how often are they equal to `y`, on average?
#
# </details>
# <details><summary>Hint 3: nearly there</summary>
#
# Two lists, one loop over the number of members from 1 to k (both included). Mind the slice: `models[:2]` are two models.
#
# </details>

# %% solution="ensemble_ladder"
def ensemble_ladder(models, X, y):
    """Accuracies of k models, alone and together: two arrays of k numbers from 0 to 1.

    alone[j]: that of models[j]. together[j]: that of the averaged probabilities of the first
    j + 1 models, in the order given. models: a list, each with scores(X) -> (N, C).
    X: examples, one per row; y: (N,) the right classes.
    """
    ### BEGIN SOLUTION
    singles, rungs = [], []
    for members in range(1, len(models) + 1):
        singles.append(np.mean(models[members - 1].scores(X).argmax(axis=1) == y))
        rungs.append(np.mean(average_probabilities(models[:members], X).argmax(axis=1) == y))
    return np.array(singles), np.array(rungs)
    ### END SOLUTION

# %% check="ensemble_ladder"
check("ensemble_ladder")

# %% [markdown]
# ### "Enjoy 2% extra performance"
#
# Is it so? Three settings: weak networks with 100 examples, weak networks with 300, strong networks (50 hidden units) with all 1000. Five ensembles of eight for each: first they are trained.

# %%
SETTINGS = {
    "100 examples, 10 hidden units": (100, 10, 60),
    "300 examples, 10 hidden units": (300, 10, 30),
    "1000 examples, 50 hidden units": (1000, 50, 8),
}
groups = {label: [independent(8, *s, seed=seed) for seed in range(5)] for label, s in SETTINGS.items()}
ensembles = groups["300 examples, 10 hidden units"]  # these are used again below
for label, models in groups.items():
    print(f"{label}: the first network is right on {models[0][0].accuracy(X_new, y_new):.1%} of the new digits")

# %% [markdown]
# You have seen what eight gain over one on average. **Predict:** how much do five ensembles differ in this? And what is left of the gain if you compare with the *best* of the eight?

# %%
needs("average_probabilities", "ensemble_ladder")


def in_turns(models):
    """The ladder, averaged over eight orders, in which each network is the first one once."""
    return np.mean([ensemble_ladder(models[i:] + models[:i], X_new, y_new) for i in range(8)], axis=0)


ladders = {label: [in_turns(models) for models in of] for label, of in groups.items()}
with style((8, 4.2)):
    figure, ax = plt.subplots()
    for label, color, shape in zip(ladders, PALETTE, "os^", strict=False):
        gains = 100 * np.array([together - alone.mean() for alone, together in ladders[label]])
        ax.errorbar(np.arange(1, 9), gains.mean(axis=0), gains.std(axis=0), label=label, color=color, marker=shape, capsize=3)
    ax.axhline(2, color="gray", linestyle="--", linewidth=1, label="the slide's 2 %")
    ax.axhline(0, color="gray", linewidth=1)
    ax.set(xlabel="networks in the ensemble", ylabel="gain, percentage points", title="Over the mean of the single networks")
    ax.set_ylim(-0.3, 5)
    ax.legend(ncols=2, loc="upper left")
    plt.show()
print("                                 single   best of 8   eight together   gain   over the best")
gain_table = {}
for label, pairs in ladders.items():
    best = np.array([max(model.accuracy(X_new, y_new) for model in models) for models in groups[label]])
    alone, eight_of_them = np.array([(a.mean(), t[-1]) for a, t in pairs]).T
    gain_table[label] = 100 * (eight_of_them - alone), 100 * (eight_of_them - best)
    gain, over_best = gain_table[label]
    print(f"{label:32s} {alone.mean():.3f}      {best.mean():.3f}            {eight_of_them.mean():.3f}   {gain.mean():4.1f}   {over_best.mean():9.1f}")

# %% [markdown]
# *Three curves of gain against the number of networks, with error bars of one standard deviation over five ensembles. All start at 0, rise steeply at first, and flatten after three or four networks; the weaker the single networks, the higher. Only the topmost curve crosses the dashed line at 2.*
#
# So it depends. Eight networks that have seen 100 examples gain 3.0 points over a single one; with 300 examples it is 1.8; strong networks on all the data gain 0.5. (Over seventeen ensembles each instead of five: 3.0, 1.6 and 0.5; single ensembles of the weakest kind gained from 1.2 to 5.0.) Two per cent is a fair number for networks that still make many mistakes *of their own*. A network that is right on 96 % cannot gain 2 % by losing its private mistakes: most of those that are left are everybody's.
#
# And mind what it is compared with: the *mean* of the single networks. Over the best of the eight, the gain is 1.4, 0.9 and 0.1. (But which one is best you do not know without test data, so the mean is the fair comparison.) Three quarters of the gain, and more, come with the first four networks.
#
# **Question 1** (2 points, in your own words). Is "enjoy 2% extra performance" true? Say for which networks, compared with what, and what it costs.

# %% [markdown] question="is_it_two_percent" points=2
# ### BEGIN SOLUTION
# **Model answer.** It depends on the networks. On the digits eight weak networks (100 examples) gain about 3 points over the mean single network, those with 300 examples about 1.6 to 1.8, and strong ones with all the data only about 0.5. Compared with the best of the eight the gain is about 1 point for the weak ones and next to nothing for the strong ones. The price is eight trainings and eight forward passes for every test image; three or four networks give most of it.
#
# **Rubric.** 1 point: the gain depends on how good the single networks are (large for weak networks and few data, small for good ones), with numbers or a figure from the experiment. 1 point: one of the two caveats: compared with the best single network it is much less than compared with the mean, or the price of k trainings and k passes at test time.
# ### END SOLUTION

# %% [markdown]
# ## Average what?
#
# There are four things that one might average: probabilities, scores (logits), votes, and, why not, the weights: the networks are alike, each has one flat vector `x` of 760 parameters, so `np.mean` over these is one line, and the result needs only *one* pass at test time instead of eight.
#
# **Predict:** eight independent networks of the middle setting, each about 92 % right. The network with the mean of their weights is
#
# - **A.** as good as their averaged probabilities: about 94 % right
# - **B.** as good as a single one: about 92 %
# - **C.** somewhat worse than the worst: about 85 %
# - **D.** far worse than the worst: wrong on about half of the digits

# %% solution="q_mean_of_weights"
q_mean_of_weights = ...  # "A", "B", "C" or "D"
### BEGIN SOLUTION
q_mean_of_weights = "D"
### END SOLUTION

# %% check="q_mean_of_weights"
check("q_mean_of_weights")

# %%
needs("average_probabilities")


def four_averages(models):
    """Accuracy of the four ways, and the mean of the single accuracies."""
    scores = np.array([model.scores(X_new) for model in models])
    votes = np.eye(10)[scores.argmax(axis=2)].mean(axis=0)
    one_net = with_parameters(models[0], np.mean([model.x for model in models], axis=0))
    ways = {
        "probabilities": average_probabilities(models, X_new),
        "scores": scores.mean(axis=0),
        "votes": votes,
        "weights": one_net.scores(X_new),
    }
    found = {name: np.mean(way.argmax(axis=1) == y_new) for name, way in ways.items()}
    return {"a single one": np.mean(scores.argmax(axis=2) == y_new), **found}


averaged = [four_averages(models) for models in ensembles]
for name in averaged[0]:
    values = np.array([found[name] for found in averaged])
    print(f"{name:14s} {values.mean():.3f}   (of five ensembles: {values.min():.3f} to {values.max():.3f})")

# %% [markdown]
# Probabilities, scores and votes are within a fraction of a point of one another; votes come last, by 0.2 to 0.4 points, since they throw away how sure a network is, and between the other two there is nothing to choose. (Scores have one drawback that does not show here: a network that calls a class impossible, with a score of −1000, has a veto.) The mean of the weights is right on about half of the digits (31 % to 74 % in seventeen ensembles).
#
# ### Why the mean of good weights is bad
#
# The parameters of a network can be rearranged without changing what it computes: exchange two hidden units, together with their rows and columns in $W_1$, $b_1$ and $W_2$, and the outputs stay the same. With ten hidden units there are $10! = 3\,628\,800$ such twins of each network. Let us walk on the straight line from one network to another, $(1 - t)\,x_A + t\,x_B$, and look at the accuracy on the way, for three choices of B: an independent network, a *twin* of A itself with its hidden units in another order, and A after it has been trained for 20 more epochs.

# %%
def permuted(network, seed=0):
    """The same function with the hidden units in another order."""
    order = np.random.default_rng(seed).permutation(network.sizes[1])
    twin = copy.deepcopy(network)
    for name in ("W1", "b1"):
        twin.params[name] = network.params[name][..., order]
    twin.params["W2"] = network.params["W2"][order]
    return twin


def trained_on(network, seed, epochs=20):
    """A copy of a net of `independent(8, seed=seed)`, trained for some more epochs."""
    rows = np.random.default_rng(1000 + seed).permutation(1000)[:300]
    later, config = copy.deepcopy(network), {"learning_rate": 0.01}
    fit(later, X_train[rows], y_train[rows], "adam", config, epochs=epochs, batch_size=25, rng=np.random.default_rng(seed))
    return later


way = np.linspace(0, 1, 21)


def along_the_line(a, b):
    return np.array([with_parameters(a, (1 - t) * a.x + t * b.x).accuracy(X_new, y_new) for t in way])


lines = {"an independent network": [], "its own twin, units in another order": [], "itself, 20 epochs later": []}
for seed, (first, second, *_) in enumerate(ensembles):
    ends = (second, permuted(first, seed), trained_on(first, seed))
    for line, end in zip(lines.values(), ends, strict=True):
        line.append(along_the_line(first, end))
with style((7.5, 4)):
    figure, ax = plt.subplots()
    curves(ax, way, {f"to {name}": np.mean(line, axis=0) for name, line in lines.items()}, xlabel="t: from A (0) to B (1)", ylabel="accuracy", title="On the straight line from one network to another (mean of 5)")
    ax.set_ylim(0, 1)
    plt.show()
middle = {name: np.array(line)[:, 10] for name, line in lines.items()}
for name, values in middle.items():
    print(f"halfway to {name}: {values.mean():.3f}  ({values.min():.3f} to {values.max():.3f})")

# %% [markdown]
# *Three curves that start and end near 0.92. The way to an independent network sags deeply in the middle, the way to the twin as deeply or deeper, the way to the later self is level.*
#
# Halfway to an independent network, the accuracy is 0.715 on average, and halfway to *its own twin* it is 0.712. The twin gives the same answer to every question! So it is not that the other network is worse, or has learned something else. The straight line between two good sets of parameters simply leads through bad ones, and an average of eight is in the middle of all these gorges. Halfway to the later self there is nothing to see: 0.913, as at the ends. That is the next section.
#
# ## Why independent?
#
# "Train multiple *independent* models", says the slide. How independent is a network that differs in less? Three kinds of eight: another start *and* other batches (as before); another start, the same batches; the same start, other batches.
#
# **Predict:** eight networks with the *same* random start, that differ only in the order of their batches. Compared with fully independent ones, their ensemble gains
#
# - **A.** as much: other batches make other networks
# - **B.** more than half as much
# - **C.** something, but less than half as much
# - **D.** nothing at all: they are the same network

# %% solution="q_same_start"
q_same_start = ...  # "A", "B", "C" or "D"
### BEGIN SOLUTION
q_same_start = "C"
### END SOLUTION

# %% check="q_same_start"
check("q_same_start")

# %%
needs("average_probabilities")


def disagreement(models):
    """How often two of them give different answers, on average over all pairs."""
    given = [model.predict(X_new) for model in models]
    return np.mean([np.mean(a != b) for i, a in enumerate(given) for b in given[:i]])


def eight_that_share(what, seed):
    places = [(0 if what == "start" else j, 0 if what == "batches" else j) for j in range(8)]
    return [train_one(300, 10, 30, seed, start, order) for start, order in places]


kinds = {
    "nothing": ensembles,
    "the batches": [eight_that_share("batches", seed) for seed in range(5)],
    "the start": [eight_that_share("start", seed) for seed in range(5)],
}
print("they share     disagree   single   together   gain, points   mean of the weights")
sharing = {}
for what, groups in kinds.items():
    found = [four_averages(models) for models in groups]
    single, joint, weights = (np.array([f[key] for f in found]) for key in ("a single one", "probabilities", "weights"))
    sharing[what] = np.mean([disagreement(models) for models in groups]), 100 * (joint - single), weights
    print(f"{what:12s} {sharing[what][0]:10.1%} {single.mean():8.3f} {joint.mean():10.3f} {sharing[what][1].mean():14.1f} {weights.mean():21.3f}")

# %% [markdown]
# The random start is what makes networks independent. With the same batches but other starts they disagree as often, and gain as much, to within what five ensembles can show. With the same start and other batches they disagree half as often, and gain 0.4 points instead of 1.8 (over seventeen ensembles 0.5 instead of 1.6: about a third).
#
# Look at the last column. From one common start, even the *weights* may be averaged: 0.914. These networks have stayed in one valley, which is why they are so alike. Independence and a meaningful mean of weights exclude each other.
#
# How much can be gained? If each error has variance $\sigma^2$ and two of them correlate with $\rho$, the mean of $k$ has the variance $\rho\,\sigma^2 + (1 - \rho)\,\sigma^2 / k$. The second part goes away with $k$, the first one stays.
#
# **Question 2** (3 points, in your own words). Why must the models of an ensemble be independent? Explain with the errors that they make, say what is left of the gain if all of them make the same ones, and use the table: what makes two networks independent, and what hardly does?

# %% [markdown] question="why_independent_models" points=3
# ### BEGIN SOLUTION
# **Model answer.** Averaging removes what is different in the members' errors and leaves what they have in common. If the error of each has variance $\sigma^2$ and two of them correlate with $\rho$, the mean of k has variance $\rho\sigma^2 + (1-\rho)\sigma^2/k$: with independent errors ($\rho = 0$) it shrinks like 1/k, with equal ones ($\rho = 1$) not at all; then k networks are as good as one. So diversity is what one pays for. In the table it comes from the random start: networks with another start disagree on 7 % of the digits and gain nearly two points, whether the batches differ or not; networks with the same start and other batches end near each other, disagree on half as many digits, and gain a fraction of a point. (Their mistakes on the data that all have in common remain in any case: all have seen the same 300 digits.)
#
# **Rubric.** 1 point: averaging cancels only the part of the errors that differs between the models. 1 point: with identical errors nothing is gained (a formula, or the limiting case). 1 point: the table read rightly: the start makes them independent, the order of the batches hardly.
# ### END SOLUTION

# %% [markdown]
# ## One network, several checkpoints
#
# "Can also get a small boost from averaging multiple model checkpoints of a single model": no second training. The line above showed that a network and its later self lie in one valley, so here the *weights* may be averaged, and the test costs one pass only.
#
# It pays where a run is noisy: a high rate, small batches, or, as here, labels of which every fifth is replaced by a random digit. And to make it interesting, the network has batch normalization.
#
# Then there is a catch. The averaged weights produce other activations than those of any checkpoint, but `running_mean` and `running_var` in `network.bn_params` still belong to the last steps of the run. They must be *measured again*, with the averaged weights in place: one forward pass in "train" mode over all the training data, in which the old values count for nothing. Remember (notebook 03): there is one dictionary in `bn_params` for each hidden layer; in a training pass
#
# `running = momentum * running + (1 - momentum) * this batch's`,
#
# and if there is no entry "momentum", it is 0.9.
#
# <details><summary>Hint 1: in which order</summary>
#
# First the weights, then the statistics: the pass must see the averaged weights. `averaged.x = …` puts a vector into the network; `forward`, on the pair of `X` and `y`, is a pass in "train" mode.
#
# </details>
# <details><summary>Hint 2: how one pass can be enough</summary>
#
# Which momentum gives the old value the weight 0? Set it in each of the dictionaries before the pass.
#
# </details>
# <details><summary>Hint 3: nearly there</summary>
#
# Whoever trains this network further wants the old momentum back. So remember before the pass what each dictionary had (`.get` with a default helps where it has no such entry), and put it back afterwards.
#
# </details>

# %% solution="average_checkpoints"
def average_checkpoints(checkpoints, network, X, y):
    """A copy of the network with the mean of the checkpoints as its parameters.

    checkpoints: a list of parameter vectors like network.x. X, y: the training data, for one pass
    after which each running_mean and running_var in the copy's bn_params is the mean and the
    (biased) variance over all of X. The momentum is afterwards what it was (0.9 if it is absent).
    The given network stays as it is.
    """
    averaged = copy.deepcopy(network)
    ### BEGIN SOLUTION
    averaged.x = np.mean(checkpoints, axis=0)
    before = [layer.get("momentum", 0.9) for layer in averaged.bn_params]
    for layer in averaged.bn_params:
        layer["momentum"] = 0.0
    averaged.forward((X, y))
    for layer, momentum in zip(averaged.bn_params, before, strict=True):
        layer["momentum"] = momentum
    ### END SOLUTION
    return averaged

# %% check="average_checkpoints"
check("average_checkpoints")

# %% [markdown]
# Watch a run of 1000 steps; a checkpoint every 50. **Predict:** the last ten networks, one by one, are right on some 85 % of the new digits. And their average?

# %%
needs("average_checkpoints", "average_probabilities")


def noisy_run(seed, steps=1000, every=50):
    """A network with batch norm after a noisy run, its labels, and (x, bn_params) every 50 steps."""
    rng = np.random.default_rng(seed)
    labels = noisy_labels(0.2, rng)
    network, saved = Network([64, 50, 10], normalization="batchnorm", rng=rng), []
    dataset = Dataset(X_train, labels, 10, rng)
    for step in range(1, steps + 1):
        network.forward(dataset.sample_data_batch())
        network.x -= 1.0 * network.backward()
        if step % every == 0:
            saved.append(copy.deepcopy(network))
    return network, labels, saved


def compare_checkpoints(seed):
    network, labels, saved = noisy_run(seed)
    last = saved[-10:]
    vectors = [checkpoint.x for checkpoint in last]
    accuracies = {
        "a single checkpoint": np.mean([checkpoint.accuracy(X_new, y_new) for checkpoint in last]),
        "the best of the ten": max(checkpoint.accuracy(X_new, y_new) for checkpoint in last),
        "their probabilities, averaged": np.mean(average_probabilities(last, X_new).argmax(axis=1) == y_new),
        "their weights, old statistics": with_parameters(network, np.mean(vectors, axis=0)).accuracy(X_new, y_new),
        "their weights, new statistics": average_checkpoints(vectors, network, X_train, labels).accuracy(X_new, y_new),
    }
    return accuracies, [checkpoint.accuracy(X_new, y_new) for checkpoint in saved]


compared = [compare_checkpoints(seed) for seed in range(5)]
with style((7.5, 3.8)):
    figure, ax = plt.subplots()
    curves(ax, np.arange(50, 1001, 50), {"x, run 0": compared[0][1]}, xlabel="step", ylabel="accuracy on new digits", title="A noisy run, and the average of its last ten checkpoints")
    ax.plot([550, 1000], 2 * [compared[0][0]["their weights, new statistics"]], color=PALETTE[1], linewidth=3, label="weights averaged")
    ax.legend()
    plt.show()
boost = {name: np.array([accuracies[name] for accuracies, _ in compared]) for name in compared[0][0]}
for name, values in boost.items():
    print(f"{name:31s} {values.mean():.3f}   ({values.min():.3f} to {values.max():.3f})")

# %% [markdown]
# *The accuracy of the run's checkpoints jumps up and down between 0.75 and 0.9. The average of the last ten, a horizontal bar, lies above all of them.*
#
# A single one of the last ten is right on 85.6 %, jumping to and fro; their average on 93.3 %, without one more step of training, and far above the best of the ten (90.1 %). What has happened? With a rate this high the run never settles: it jumps around the bottom of its valley, from wall to wall, and the middle of the places that it visits is nearer to the bottom than any of them. In such a case the "small boost" is the largest of this notebook. In a calm run there is nothing to average out, and it is none at all.
#
# Measuring the statistics again brings 0.7 points (over twelve more runs 0.7 as well, from 0.1 to 1.3, never a loss). And averaging the ten networks' *probabilities* is as good or a little better, at ten times the price at test time.
#
# One trap is left. Somebody writes, in the loop that trains by `network.x -= …`,
#
#     if step % 50 == 0:
#         checkpoints.append(network.x)
#
# and after the loop takes `np.mean(checkpoints, axis=0)`. What is it?
#
# - **A.** the parameters of the last step
# - **B.** the mean of the parameters at these steps, as intended
# - **C.** the parameters of the first of these steps
# - **D.** an error

# %% solution="q_checkpoint_list"
q_checkpoint_list = ...  # "A", "B", "C" or "D"
### BEGIN SOLUTION
q_checkpoint_list = "A"
### END SOLUTION

# %% check="q_checkpoint_list"
check("q_checkpoint_list")

# %% [markdown]
# **Question 3** (3 points, in your own words). When is averaging weights wrong, and when is averaging checkpoints right? Explain both with the line between two parameter vectors, and say what a network with batch normalization needs in addition, and why.

# %% [markdown] question="when_weights_may_be_averaged" points=3
# ### BEGIN SOLUTION
# **Model answer.** A network is not linear in its parameters, so the mean of two parameter vectors computes something else than the mean of the two outputs. Between independent networks it is wrong: their hidden units are arranged differently (even a network and its own permuted twin have a bad average), and on the straight line between them the accuracy collapses. Checkpoints of one run (late enough, so that the start is forgotten), or networks that share a common start and stay near each other, lie in one valley: on the line between them the loss is as low as at the ends or lower, and averaging cancels the noise of the steps. With batch normalization the running mean and variance must be measured again with the averaged weights, since they describe the activations that the weights of the last steps produced.
#
# **Rubric.** 1 point: independent networks: units do not correspond (permutation), or a barrier on the line between. 1 point: checkpoints lie in the same valley, the line between them is level, what averages out is the noise of the steps. 1 point: running statistics belong to other weights and must be measured again.
# ### END SOLUTION

# %% [markdown]
# ## A running average
#
# Instead of storing checkpoints one can average while training. The last block of code in the lecture:
#
#     while True:
#         data_batch = dataset.sample_data_batch()
#         loss = network.forward(data_batch)
#         dx = network.backward()
#         x += - learning_rate * dx
#         x_test = 0.995*x_test + 0.005*x # use for test set
#
# What does it remember? Each step takes 0.5 % away from everything that was, and gives it to the present.
#
# **Predict:** after how many steps has the weight of today's parameters in `x_test` fallen to one half?
#
# - **A.** 5
# - **B.** 100
# - **C.** 138
# - **D.** 200

# %% solution="q_half_life"
q_half_life = ...  # "A", "B", "C" or "D"
### BEGIN SOLUTION
q_half_life = "C"
### END SOLUTION

# %% check="q_half_life"
check("q_half_life")

# %% [markdown]
# The block does not say where `x_test` starts. Suppose somebody starts it at zero, like Adam's averages, and suppose that `x` does not move at all. **Predict:** how much of `x` is still missing in `x_test` after 100 steps?
#
# - **A.** 0.5 %
# - **B.** 39.4 %
# - **C.** 60.6 %
# - **D.** 99.5 %

# %% solution="q_zero_start"
q_zero_start = ...  # "A", "B", "C" or "D"
### BEGIN SOLUTION
q_zero_start = "C"
### END SOLUTION

# %% check="q_zero_start"
check("q_zero_start")

# %%
ages = np.arange(1001)
weights_left = {f"decay {decay}": decay**ages for decay in (0.9, 0.99, 0.995, 0.999)}
with style((10, 3.8)):
    _, (left, right) = plt.subplots(1, 2)
    curves(left, ages, weights_left, xlabel="steps ago", ylabel="weight, of a new one's", title="What is left of a parameter vector")
    left.axhline(0.5, color="gray", linewidth=1)
    from_zero = {f"decay {decay}": 1 - decay**ages for decay in (0.9, 0.99, 0.995, 0.999)}
    curves(right, ages, from_zero, xlabel="step", ylabel="x_test, where x = 1", title="An average that starts at zero")
    plt.show()
for decay in (0.9, 0.99, 0.995, 0.999):
    print(f"decay {decay}: half-life {np.log(0.5) / np.log(decay):5.1f} steps; from a zero start {decay**100:6.1%} is missing after 100 steps")

# %% [markdown]
# *Left: four falling curves; that of 0.995 crosses one half at 138 steps, that of 0.9 at 7, that of 0.999 only at 693. Right: the mirror image, four curves that rise from 0 to 1.*
#
# $0.995^n = \tfrac12$ for $n = \ln 2 / (-\ln 0.995) = 138.3$. And from a zero start, $0.995^{100} = 60.6\,\%$ is missing at step 100, and still 0.7 % at step 1000: a network with 39 % of its weights is no network. Adam divides such a bias away. Here it is simpler: *start the average at `x`*.
#
# ### Write the loop
#
# The lecture's six lines, as a function. It trains the network by plain SGD, and returns `x_test`. To watch a run in pieces it must be able to go on: if it is given an `x_test`, the average goes on from there.
#
# <details><summary>Hint 1: where it starts</summary>
#
# If no `x_test` is given, it starts with the *values* that `network.x` has at the beginning. A second name for the same array would follow the network around.
#
# </details>
# <details><summary>Hint 2: where the step goes</summary>
#
# In the lecture `x` is the network's own array, and `x += …` changes it in place. `x = x - …` makes a new array, of which the network knows nothing, unless you give it to `network.x`.
#
# </details>
# <details><summary>Hint 3: nearly there</summary>
#
# In each round: the four lines of notebook 00; then, inside the loop, the averaging with `decay` and its complement to 1, of the *new* parameters. After the loop, return the average. The network itself never sees it.
#
# </details>

# %% solution="running_average"
def running_average(dataset, network, learning_rate, steps, decay=0.995, x_test=None):
    """Train the network for some steps of SGD; returns the running average of its parameters.

    dataset: has sample_data_batch() -> batch. network: has forward(batch) -> loss,
    backward() -> gradient, and the parameters in network.x. decay: the weight of the old average.
    x_test: the average so far; None: it starts at network.x.
    """
    ### BEGIN SOLUTION
    x = network.x
    x_test = x.copy() if x_test is None else x_test
    for _ in range(steps):
        network.forward(dataset.sample_data_batch())
        x += -learning_rate * network.backward()
        x_test = decay * x_test + (1 - decay) * x
    return x_test
    ### END SOLUTION

# %% check="running_average"
check("running_average")

# %% [markdown]
# Does the lecture's own line do the same? Here it stands, letter for letter, beside your function, on a network whose parameters are one flat vector. (In a framework with a list of tensors it needs a loop.)

# %%
needs("running_average")
networks = [Network([64, 10, 10]) for _ in range(2)]
yours = running_average(Dataset(X_train, y_train, 20), networks[0], 0.1, 200)

dataset, network, learning_rate = Dataset(X_train, y_train, 20), networks[1], 0.1
x = network.x
x_test = x.copy()
for _ in range(200):
    data_batch = dataset.sample_data_batch()
    loss = network.forward(data_batch)
    dx = network.backward()
    x += - learning_rate * dx
    x_test = 0.995*x_test + 0.005*x # use for test set
lecture_gap = np.abs(x_test - yours).max()
print(f"{x.size} parameters; largest difference between the two averages: {lecture_gap:.0e}")

# %% [markdown]
# ### The noise of x, and of x_test
#
# Three runs of 2000 steps with batches of 5, all with 50 hidden units: a gentle rate; a rate that is much too high; and a middling one with the noisy labels of above. **Predict:** where does the average pay, and where not?

# %%
needs("running_average")
RUNS = {  # learning rate, share of labels that are replaced
    "gentle (rate 0.1)": (0.1, 0.0),
    "too high (rate 1.5)": (1.5, 0.0),
    "noisy labels (rate 0.5)": (0.5, 0.2),
}


def x_and_x_test(learning_rate, share, seed, decay=0.995, pieces=40, steps=50):
    """Accuracies of x and of x_test on the new digits every 50 steps: (pieces, 2)."""
    rng = np.random.default_rng(seed)
    labels = noisy_labels(share, rng)
    network, x_test, found = Network([64, 50, 10], rng=rng), None, []
    dataset = Dataset(X_train, labels, 5, rng)
    for _ in range(pieces):
        x_test = running_average(dataset, network, learning_rate, steps, decay, x_test)
        found.append((network.accuracy(X_new, y_new), with_parameters(network, x_test).accuracy(X_new, y_new)))
    return np.array(found)


watched = {label: [x_and_x_test(*run, seed) for seed in range(3)] for label, run in RUNS.items()}
with style((11, 3.6)):
    figure, axes = plt.subplots(1, 3, sharey=True)
    for ax, (label, runs) in zip(axes, watched.items(), strict=True):
        curves(ax, 50 * np.arange(1, 41), {"x": runs[0][:, 0], "x_test": runs[0][:, 1]}, xlabel="step", ylabel="accuracy", title=label)
        ax.set_ylim(0.7, 1)
        ax.label_outer()
    plt.show()
print("mean of the last 10 of 40 looks (3 runs)     x     jitter     x_test   jitter")
steadier = {}
for label, runs in watched.items():
    last = np.array(runs)[:, -10:]
    steadier[label] = last.mean(axis=(0, 1)), last.std(axis=1).mean(axis=0)
    (mean_x, mean_test), (jitter_x, jitter_test) = steadier[label]
    print(f"{label:40s} {mean_x:.3f} {jitter_x:9.3f} {mean_test:10.3f} {jitter_test:8.3f}")

# %% [markdown]
# *Three panels. Left, the gentle run: the curve of `x_test` climbs later than that of `x`, and both end as one level line. Middle and right: the curve of `x` shakes, that of `x_test` lies above it, calm.*
#
# Where the run is gentle, there is nothing to gain: 0.955 for both. (On the left you also see the price of a long memory: for the first few hundred steps `x_test` still knows the random start.) At the rate of 1.5 the average is calmer, and better: by one to two points on average over a dozen runs, in a single run by next to nothing or by five. (No exact figure is true here. At such a rate a run is chaotic: a processor that rounds the last digit otherwise has, after some steps, another run.) With noisy labels it gains 6 points, from 0.85 to 0.91, and its jitter is a quarter of that of `x`. (Over the last thousand steps both get slowly worse: the network begins to learn the wrong labels by heart. An average does not help against that.)
#
# So it is the same medicine as the checkpoints, without storing any. A network with batch normalization needs its statistics measured again here, too: `average_checkpoints([x_test], network, X, y)` does it.
#
# (A decaying rate calms `x` itself, see notebook 06, and then there is less left for the average to do.)
#
# ## In practice
#
# The lecture's summary, one slide before the ensembles:
#
# - **Adam** is a good default choice in most cases.
# - If you can afford to do full batch updates, then try out **L-BFGS** (and do not forget to disable all sources of noise).
#
# A default choice is what you take when you have *not* tuned. So let us measure just that. Three problems on the digits: a net with 50 hidden units; the same on raw pixels from 0 to 16 instead of 0 to 1; and a net with five hidden layers. Each rule has its best rate for the first problem (the *given* rate, found beforehand among eleven), and takes it along to the other two. Beside that, what it reaches if it is tuned for each problem. Twenty passes over the 1000 images, batches of 50. L-BFGS gets twenty passes as well, full batches, and has no rate.
#
# **Predict:** which rules survive the move to another problem without tuning?

# %%
raw = load_digits(raw=True)
grey = raw.X_train - raw.X_train.mean(axis=0)
PROBLEMS = {
    "digits": ([64, 50, 10], "tanh", X_train),
    "raw pixels": ([64, 50, 10], "relu", grey),
    "five layers": ([64, 50, 50, 50, 50, 50, 10], "relu", X_train),
}
RATES = {  # rule: its best rate on each of the three problems; the first one is the given one
    # (each found beforehand among 0.0001, 0.0003, 0.001, ... 10)
    "sgd": (3.0, 0.1, 0.3),
    "momentum": (0.3, 0.01, 0.03),
    "nesterov": (0.3, 0.01, 0.03),
    "adagrad": (0.1, 0.1, 0.1),
    "rmsprop": (0.01, 0.003, 0.003),
    "adam": (0.03, 0.01, 0.003),
}


def start_of(problem, seed=0):
    sizes, activation, X = PROBLEMS[problem]
    return Network(sizes, activation, reg=1e-4, rng=np.random.default_rng(seed)), X


@cache
def loss_after(problem, rule, rate, seed=0, passes=20):
    """Loss on all the training data after some passes in batches of 50."""
    network, X = start_of(problem, seed)
    fit(network, X, y_train, rule, {"learning_rate": rate}, epochs=passes, batch_size=50, rng=np.random.default_rng(seed))
    with np.errstate(all="ignore"):
        return network.loss_and_gradient(X, y_train)[0]


def lbfgs_losses(problem, passes, seed=0):
    """The best loss so far at each pass over the training data."""
    network, X = start_of(problem, seed)

    def loss_and_gradient(x):
        network.x = x
        return network.loss_and_gradient(X, y_train)

    counted = Remembered(loss_and_gradient)
    lbfgs(counted, network.x.copy(), m=10, steps=passes)
    return np.minimum.accumulate(counted.losses)[:passes]


def adam_losses(problem, passes, seed=0):
    """The loss at each pass, all the data in each step, at the best rate for this."""
    network, X = start_of(problem, seed)
    config = {"learning_rate": 0.03}
    return fit(network, X, y_train, "adam", config, epochs=passes, batch_size=None)


practice = {
    (rule, rates[0]): (
        [loss_after(p, rule, rates[0]) for p in PROBLEMS],
        [loss_after(p, rule, rate) for p, rate in zip(PROBLEMS, rates, strict=True)],
    )
    for rule, rates in RATES.items()
}
for rate in (0.01, 0.001):
    practice["adam", rate] = [loss_after(p, "adam", rate) for p in PROBLEMS], []
full_batch = {
    "L-BFGS": {problem: lbfgs_losses(problem, 60) for problem in PROBLEMS},
    "Adam": {problem: adam_losses(problem, 60) for problem in PROBLEMS},
}


def shown(loss):
    return f"{loss:12.3f}" if loss < 10 else "  blown up".rjust(12)


print("loss after 20 passes")
print(" " * 19 + "at ONE given rate".center(36) + "   " + "tuned for each problem".center(36))
print("rule      rate     " + "".join(f"{p:>12s}" for p in PROBLEMS) + "   " + "".join(f"{p:>12s}" for p in PROBLEMS))
for (rule, rate), (given, tuned) in practice.items():
    print(f"{rule:9s} {rate:<8g} " + "".join(map(shown, given)) + "   " + "".join(map(shown, tuned)))
print("\nall the data in each step" + "after 20 passes".center(46) + "after 60 passes".center(27))
for name, losses in full_batch.items():
    at = ["".join(shown(losses[p][passes - 1]) for p in PROBLEMS) for passes in (20, 60)]
    print(f"{name:19s}" + "   ".join(at))

# %% [markdown]
# Read it from left to right.
#
# - **Tuned, on the right, everybody is good.** Column by column, the six rules are within a factor of 1.5 of one another. For who tunes, the rule hardly matters on these problems.
# - **Untuned, on the left, it matters.** The rates of SGD, momentum and Nesterov that were best on the digits blow up on raw pixels, and on five layers they blow up or learn nothing, in each of seven runs. Rules that divide by the size of the gradients survive: with AdaGrad's 0.1 and RMSProp's 0.01 you would never have noticed that the problem has changed.
# - **Is it Adam, then?** At 0.03, its best rate on the first problem by a hair, it survives, but ends as a rule with several times the loss that it could have, on raw pixels ten times and more (how many times, that is chance: at this rate each run, and each processor, has another figure). At 0.01 it is about as good as anybody on the first two, and on five layers as a rule within twice the best; at its paper's 0.001, chosen by people who have never seen these problems, it is safe and slow. So: *a good default*, yes, with a rate on the low side. *Better than its siblings*, no; not here.
# - **L-BFGS** against Adam, both with all the data in each step: 0.018 against 0.031 after 60 passes on the digits, 0.002 against 0.010 on raw pixels, and less also on five layers, where it is far behind after 20. Nobody told it a rate. That is what the slide means. But look up: mini-batch rules get in 20 passes to where full-batch Adam is not yet after 60. "If you can afford it" is the important part of the sentence. And "disable all sources of noise" means: the same batch each time, no dropout, no batch norm that changes as it goes; notebook 08 shows what happens otherwise.
#
# ## What to take home
#
# - An ensemble averages **probabilities** of independently trained networks. It gains most where the single networks are weakest; most of it comes with the first three or four. Scores and votes do nearly as well; the average of independent networks' *weights* is no network.
# - What makes networks independent is the random start.
# - Checkpoints of one run lie in one valley, so their **weights** may be averaged: the noise of the steps cancels, the test costs one pass. Batch norm's statistics must be measured again.
# - `x_test = 0.995*x_test + 0.005*x` has a half-life of 138 steps. Start it at a *copy* of `x`, never let it into the training, and expect something from it where the run is noisy.
# - Without tuning take a rule that divides by the size of the gradients; Adam is one of them. With full batches and no noise, L-BFGS.

# %%
progress("09_ensembles")
