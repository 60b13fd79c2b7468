# %% [markdown]
# # 09 · Ensembles, averages, and what to do in practice
#
# "Train multiple independent models. At test time average their results. Enjoy 2% extra performance." That is the lecture's last advice, and the easiest to follow. But average *what*? Probabilities, scores, votes, or the weights themselves? One of these four is a disaster, and yet the next slide recommends something that looks just like it, and works. Here you build the averages, find out why, and measure the 2 %.
#
# **You will learn**
# - how to average networks, what ten lines of code buy, and for which networks 2 % is an honest figure,
# - why the models must be independent, and what makes them so,
# - why the average of the weights of two good networks is a bad network, and that of two checkpoints a good one,
# - what the running average `x_test = 0.995*x_test + 0.005*x` remembers, where it should start, and when it helps,
# - what is left of "Adam is a good default choice" and "try out L-BFGS" when you measure them, also beside the defaults of today.
#
# **Slides:** "Evaluation: Model Ensembles", "Fun Tips/Tricks", "In practice". **Time:** three to four hours. **Points:** {{points}}.
#
# How it goes: *predict*, *write*, *check*, *look*. Wherever it says **Predict**, write your guess into the cell below before you read on. Guesses are never graded, and a wrong one teaches more than a right one. *What came out* is folded until you open it. Hints come in three steps; open as few as you can.

# %% locked="setup"
import copy
from functools import cache

import matplotlib.pyplot as plt
import numpy as np

from autograder.check import check, guess, needs, progress, reveal
from cs231n_lib.data import Dataset, load_digits
from cs231n_lib.network import Network
from cs231n_lib.optim import get_rule
from cs231n_lib.plotting import PALETTE, curves, style
from cs231n_lib.quasi_newton import Remembered, lbfgs
from cs231n_lib.schedules import warmup_cosine, warmup_stable_decay
from cs231n_lib.training import fit

digits = load_digits()
X_train, y_train = digits.X_train, digits.y_train
# Up to the last table nothing is chosen here, only measured; so both parts that no network has
# seen may be used.
X_new = np.concatenate([digits.X_val, digits.X_test])
y_new = np.concatenate([digits.y_val, digits.y_test])


@cache
def train_one(examples, hidden, epochs, seed, start, order):
    """A network that has learned `examples` digits.

    `seed` says which digits, `start` its random weights, `order` the order of its batches.
    """
    rows = np.random.default_rng(1000 + seed).permutation(1000)[:examples]
    network = Network([64, hidden, 10], rng=np.random.default_rng([seed, start, 1]))
    rng, config = np.random.default_rng([seed, order, 2]), {"learning_rate": 0.01}
    fit(
        network, X_train[rows], y_train[rows], "adam", config, epochs=epochs, batch_size=25, rng=rng
    )
    return network


def independent(k, examples=300, hidden=10, epochs=30, seed=0):
    """k networks that share their data and nothing else."""
    return [train_one(examples, hidden, epochs, seed, j, j) for j in range(k)]


def with_parameters(network, x):
    """A copy of a network, with other parameters."""
    other = copy.deepcopy(network)
    other.x = x
    return other


def noisy_labels(share, rng):
    """The training labels, a share of them replaced by random digits."""
    labels = y_train.copy()
    rows = rng.random(len(labels)) < share
    labels[rows] = rng.integers(10, size=rows.sum())
    return labels

# %% [markdown]
# ## Eight opinions
#
# Eight small networks (10 hidden units) have learned the same 300 digits. Each has its own random start and its own order of batches, and each is right on about 91 % of the new digits.
#
# **Predict:** on what share of the new digits do two of them give different answers?

# %%
guess("two_disagree", ...)  # a share, such as 0.02

# %%
def disagreement(models):
    """How often two of them give different answers, on average over all pairs."""
    answers = [model.predict(X_new) for model in models]
    return np.mean([np.mean(a != b) for i, a in enumerate(answers) for b in answers[:i]])


eight = independent(8)
answers = np.array([network.predict(X_new) for network in eight])
accuracies = np.mean(answers == y_new, axis=1)
print("accuracy of each on 797 new digits:", " ".join(f"{accuracy:.3f}" for accuracy in accuracies))
wavering = int(np.argmax([len(set(column)) for column in answers.T.tolist()]))
print(f"they disagree most on number {wavering}: they say", *answers[:, wavering], end="; ")
print(f"it is a {y_new[wavering]}")
with style((2, 2.2)):
    figure, ax = plt.subplots()
    average_image = load_digits(raw=True).X_train.mean(axis=0) / 16
    ax.imshow((X_new[wavering] + average_image).reshape(8, 8), cmap="gray_r")
    ax.set_title(f"number {wavering}", fontsize=10)
    ax.axis("off")
    plt.show()
reveal("two_disagree", disagreement(eight), form=".1%")

# %% [markdown]
# <details><summary>What came out</summary>
#
# *A digit of 8x8 pixels, the one on which the networks disagree most.*
#
# Each network is wrong on about one digit in eleven, and two of them differ on 7.6 %. If all made the same mistakes, they would never differ. Of the mistakes of one network, any other makes about two thirds as well. The last third is its own, and that is what an average can remove.
#
# </details>
#
# ### Averaging what they say
#
# The softmax turns a network's scores into probabilities, and the ensemble's probability is their mean:
#
# $$p(c \mid x) = \frac1k \sum_{j=1}^{k} \mathrm{softmax}\bigl(s_j(x)\bigr)_c$$
#
# Write it. A model is anything with a method `scores(X)` that returns $(N, C)$ scores. As in notebook 00, scores of 1000 must cause no trouble.
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
    shades = left.imshow(each.T, cmap="Blues", vmin=0, vmax=1, aspect="auto", origin="lower")
    left.set(xlabel="network", ylabel="class", xticks=range(8), yticks=range(10))
    left.set_title("probabilities, by each network")
    left.grid(False)
    plt.colorbar(shades, ax=left)
    right.barh(range(10), joint, color=PALETTE[1])
    right.set(xlabel="mean probability", title="together")
    plt.show()
print(f"together: {joint.argmax()}, with probability {joint.max():.2f};", end=" ")
print(f"right is {y_new[wavering]}")
single_losses = [loss_of(average_probabilities([network], X_new)) for network in eight]
joint_loss = loss_of(average_probabilities(eight, X_new))
print(f"loss on all new digits: mean of the eight {np.mean(single_losses):.2f},", end=" ")
print(f"least {min(single_losses):.2f}; together {joint_loss:.2f}")

# %% [markdown]
# *Left: eight columns, one for each network, dark where it finds a class probable. Some columns are dark at one class, some at another. Right: the mean of the columns, one bar for each class.*
#
# **Predict.** Three networks look at an image that is a 4 or a 9. Two of them give the 4 a probability of 0.55, the third one of 0.05. They decide by a vote, one network, one vote; or by averaging their probabilities. The decision is
#
# - **A** a 4 both ways
# - **B** a 4 by the vote, a 9 by the average
# - **C** a 9 by the vote, a 4 by the average
# - **D** a 9 both ways

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
# For the *loss* there is a law. The loss of an example is $-\log p$, a convex function, so by Jensen's inequality the loss of the mean probability is at most the mean of the losses, whatever the networks are. For the *accuracy* there is no such law: an average can be wrong where most members are right. One more reason to measure.
#
# **Predict:** how many points of accuracy do eight networks together gain over the average single one? Three kinds of network: small ones (10 hidden units) that have learned 100 digits, small ones that have learned 300, and larger ones (50 hidden units) that have learned 1000.

# %%
guess("gain_of_eight", ...)  # three gains in percentage points, such as [2, 2, 2]

# %% [markdown]
# And do 24 gain three times as much as eight? Play: let the number of members grow. One ensemble shows what may happen to you, the mean of five shows what to expect. For comparison, the last choice is one single run that was looked at 24 times, after each of its last epochs.

# %%
from cs231n_lib.play import play

play("ensemble_size")

# %% [markdown]
# <details><summary>What came out</summary>
#
# For the networks the loss falls as far as one looks, by less and less; the accuracy of one ensemble sometimes falls with a new member. The checkpoints of a run that has come to rest are one and the same opinion, 24 times: on average they gain nothing.
#
# </details>
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
# Is it true? Five ensembles of eight for each kind of network; first they are trained.

# %%
SETTINGS = {
    "100 examples, 10 hidden units": (100, 10, 60),
    "300 examples, 10 hidden units": (300, 10, 30),
    "1000 examples, 50 hidden units": (1000, 50, 8),
}
groups = {
    label: [independent(8, *setting, seed=seed) for seed in range(5)]
    for label, setting in SETTINGS.items()
}
ensembles = groups["300 examples, 10 hidden units"]  # these are used again below
for label, models in groups.items():
    accuracy = models[0][0].accuracy(X_new, y_new)
    print(f"{label}: the first network is right on {accuracy:.1%} of the new digits")

# %% [markdown]
# So far the gain was over the *average* single network. **Predict:** how much is left of it, for the weakest kind, if you compare with the *best* of the eight?

# %%
guess("gain_over_the_best", ...)  # in percentage points

# %%
needs("average_probabilities", "ensemble_ladder")


def in_turns(models):
    """The ladder, averaged over eight orders, in which each network is the first one once."""
    orders = [models[i:] + models[:i] for i in range(8)]
    return np.mean([ensemble_ladder(order, X_new, y_new) for order in orders], axis=0)


ladders = {label: [in_turns(models) for models in of] for label, of in groups.items()}
with style((8, 4.2)):
    figure, ax = plt.subplots()
    for label, color, shape in zip(ladders, PALETTE, "os^", strict=False):
        gains = 100 * np.array([together - alone.mean() for alone, together in ladders[label]])
        looks = {"label": label, "color": color, "marker": shape, "capsize": 3}
        ax.errorbar(np.arange(1, 9), gains.mean(axis=0), gains.std(axis=0), **looks)
    ax.axhline(2, color="gray", linestyle="--", linewidth=1, label="the slide's 2 %")
    ax.axhline(0, color="gray", linewidth=1)
    ax.set(xlabel="networks in the ensemble", ylabel="gain, points", ylim=(-0.3, 5))
    ax.set_title("Gain over the mean of the single networks")
    ax.legend(ncols=2, loc="upper left")
    plt.show()
print("                                 single   best of 8   eight together")
gain_table = {}
for label, pairs in ladders.items():
    best = np.array([max(m.accuracy(X_new, y_new) for m in models) for models in groups[label]])
    alone, eight_of_them = np.array([(a.mean(), t[-1]) for a, t in pairs]).T
    gain_table[label] = 100 * (eight_of_them - alone), 100 * (eight_of_them - best)
    print(f"{label:32s} {alone.mean():.3f} {best.mean():11.3f} {eight_of_them.mean():16.3f}")
gained = {label: gain.mean() for label, (gain, _) in gain_table.items()}
reveal("gain_of_eight", gained, form=".1f")
over_the_best = [gain.mean() for _, gain in gain_table.values()]
print("gain over the best of eight:", " ".join(f"{gain:.1f}" for gain in over_the_best))
reveal("gain_over_the_best", over_the_best[0], form=".1f")

# %% [markdown]
# <details><summary>What came out</summary>
#
# *Three curves of gain against the number of networks, with error bars of one standard deviation over five ensembles. All start at 0, rise steeply at first, and flatten after three or four networks; the weaker the single networks, the higher. Only the topmost curve crosses the dashed line at 2.*
#
# It depends. Eight networks that have seen 100 examples gain 3.0 points over a single one, with 300 examples 1.8, and strong networks with all the data 0.5. (Over seventeen ensembles each instead of five: 3.0, 1.6 and 0.5; single ensembles of the weakest kind gained from 1.2 to 5.0.) Two per cent is a fair figure for networks that still make many mistakes *of their own*. A network that is right on 96 % cannot gain 2 % that way: it has only four points to lose, and any other strong network makes three quarters of its mistakes as well.
#
# And notice what is compared: the *mean* of the single networks. Over the best of the eight, the gain is 1.4, 0.9 and 0.1. (But you do not know which one is best without test data, so the mean is the fair comparison.) Three quarters of the gain, and more, come with the first four networks.
#
# </details>
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
# There are four things you could average: probabilities, scores (logits), votes, and, why not, the weights. The networks are alike, each has one flat vector `x` of 760 parameters, so `np.mean` over these is one line, and the result needs only *one* pass at test time instead of eight.
#
# **Predict:** eight independent networks of the middle kind, each about 92 % right. The network with the mean of their weights is
#
# - **A** as good as their averaged probabilities: about 94 % right
# - **B** as good as a single one: about 92 %
# - **C** somewhat worse than the worst: about 85 %
# - **D** far worse than the worst: wrong on about half of the digits

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
    accuracies = {name: np.mean(way.argmax(axis=1) == y_new) for name, way in ways.items()}
    return {"a single one": np.mean(scores.argmax(axis=2) == y_new), **accuracies}


averaged = [four_averages(models) for models in ensembles]
for name in averaged[0]:
    values = np.array([accuracies[name] for accuracies in averaged])
    print(f"{name:14s} {values.mean():.3f}   ", end="")
    print(f"(of five ensembles: {values.min():.3f} to {values.max():.3f})")

# %% [markdown]
# <details><summary>What came out</summary>
#
# Probabilities, scores and votes are within a fraction of a point of one another. Votes come last, by 0.2 to 0.4 points, since they throw away how sure a network is; between the other two there is nothing to choose. (Scores have one drawback that does not show here: a network that calls a class impossible, with a score of −1000, has a veto.) The mean of the weights is right on about half of the digits (31 % to 74 % in seventeen ensembles).
#
# </details>
#
# ### Why the mean of good weights is bad
#
# The parameters of a network can be rearranged without changing what it computes: exchange two hidden units, together with their columns in $W_1$ and $b_1$ and their rows in $W_2$, and the outputs stay the same. With ten hidden units each network has $10! = 3\,628\,800$ such twins. Now walk in a straight line from one network to another, $(1 - t)\,x_A + t\,x_B$, and look at the accuracy on the way, for three choices of B: an independent network; a *twin* of A itself, its hidden units in another order; and A after 20 more epochs of training.
#
# **Predict:** at both ends of each line the network is right on about 92 %. And halfway?

# %%
guess("halfway", ...)  # three accuracies: to the independent network, to the twin, to the later A

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
    """A copy of a network of `independent(8, seed=seed)`, trained for some more epochs."""
    rows = np.random.default_rng(1000 + seed).permutation(1000)[:300]
    later, rng = copy.deepcopy(network), np.random.default_rng(seed)
    learn = {"epochs": epochs, "batch_size": 25, "rng": rng}
    fit(later, X_train[rows], y_train[rows], "adam", {"learning_rate": 0.01}, **learn)
    return later


way = np.linspace(0, 1, 21)


def along_the_line(a, b):
    points = [with_parameters(a, (1 - t) * a.x + t * b.x) for t in way]
    return np.array([point.accuracy(X_new, y_new) for point in points])


lines = {"an independent network": [], "its own twin": [], "itself, 20 epochs later": []}
for seed, (first, second, *_) in enumerate(ensembles):
    ends = (second, permuted(first, seed), trained_on(first, seed))
    for line, end in zip(lines.values(), ends, strict=True):
        line.append(along_the_line(first, end))
with style((7.5, 4)):
    figure, ax = plt.subplots()
    means = {f"to {name}": np.mean(line, axis=0) for name, line in lines.items()}
    curves(ax, way, means, xlabel="t: from A (0) to B (1)", ylabel="accuracy")
    ax.set_title("On the straight line between two networks (mean of 5)")
    ax.set_ylim(0, 1)
    plt.show()
middle = {name: np.array(line)[:, 10] for name, line in lines.items()}
reveal("halfway", {f"to {name}": values.mean() for name, values in middle.items()}, form=".3f")

# %% [markdown]
# <details><summary>What came out</summary>
#
# *Three curves that start and end near 0.92. The way to an independent network sags deeply in the middle, the way to the twin as deeply or deeper, the way to the later self is level.*
#
# Halfway to an independent network, the accuracy is 0.715 on average, and halfway to *its own twin* it is 0.712. The twin gives the same answer to every question! So the other network is not worse, nor has it learned something else. The straight line between two good sets of parameters simply leads through bad ones, and the average of eight lies in the middle of all these gorges. Halfway to the later self there is nothing to see: 0.913, as at the ends. You will use that in the section after next.
#
# </details>
#
# ## Why independent?
#
# "Train multiple *independent* models", says the slide. How independent is a network that differs in less? Three kinds of eight: another start *and* other batches (as before); another start, the same batches; the same start, other batches.
#
# **Predict:** eight networks with the *same* random start, that differ only in the order of their batches. Compared with fully independent ones, their ensemble gains
#
# - **A** as much: other batches make other networks
# - **B** more than half as much
# - **C** something, but less than half as much
# - **D** nothing at all: they are the same network

# %% solution="q_same_start"
q_same_start = ...  # "A", "B", "C" or "D"
### BEGIN SOLUTION
q_same_start = "C"
### END SOLUTION

# %% check="q_same_start"
check("q_same_start")

# %%
needs("average_probabilities")


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
for what, of in kinds.items():
    ways = [four_averages(models) for models in of]
    keys = ("a single one", "probabilities", "weights")
    single, joint, weights = (np.array([way[key] for way in ways]) for key in keys)
    apart = np.mean([disagreement(models) for models in of])
    sharing[what] = apart, 100 * (joint - single), weights
    print(f"{what:12s} {apart:10.1%} {single.mean():8.3f} {joint.mean():10.3f}", end=" ")
    print(f"{sharing[what][1].mean():14.1f} {weights.mean():21.3f}")

# %% [markdown]
# <details><summary>What came out</summary>
#
# The random start is what makes networks independent. With the same batches but other starts they disagree as often, and gain as much, as far as five ensembles can show. With the same start and other batches they disagree half as often, and gain 0.4 points instead of 1.8 (over seventeen ensembles 0.5 instead of 1.6: about a third).
#
# Look at the last column. From one common start, even the *weights* may be averaged: 0.914. These networks have stayed in one valley, which is why they are so alike. Here independence and a meaningful mean of the weights exclude each other.
#
# </details>
#
# How much can be gained? If each error has variance $\sigma^2$ and two of them correlate with $\rho$, the mean of $k$ has the variance $\rho\,\sigma^2 + (1 - \rho)\,\sigma^2 / k$. The second part goes away as $k$ grows, the first one stays.
#
# **Question 2** (3 points, in your own words). Why must the models of an ensemble be independent? Explain with the errors that they make, say what is left of the gain if all of them make the same ones, and use the table: what makes two networks independent, and what hardly does?

# %% [markdown] question="why_independent_models" points=3
# ### BEGIN SOLUTION
# **Model answer.** Averaging removes what is different in the members' errors and leaves what they have in common. If the error of each has variance $\sigma^2$ and two of them correlate with $\rho$, the mean of k has variance $\rho\sigma^2 + (1-\rho)\sigma^2/k$: with independent errors ($\rho = 0$) it shrinks like 1/k, with equal ones ($\rho = 1$) not at all; then k networks are as good as one. So diversity is what you pay for. In the table it comes from the random start: networks with another start disagree on 7 % of the digits and gain nearly two points, whether the batches differ or not; networks with the same start and other batches end near each other, disagree on half as many digits, and gain a fraction of a point. (The mistakes that the common data cause remain in any case: all have seen the same 300 digits.)
#
# **Rubric.** 1 point: averaging cancels only the part of the errors that differs between the models. 1 point: with identical errors nothing is gained (a formula, or the limiting case). 1 point: the table read rightly: the start makes them independent, the order of the batches hardly.
# ### END SOLUTION

# %% [markdown]
# ## One network, several checkpoints
#
# "Can also get a small boost from averaging multiple model checkpoints of a single model": no second training. The line above showed that a network and its later self lie in one valley, so here the *weights* may be averaged, and the test costs one pass only.
#
# It helps where a run is noisy: a high rate, small batches, or, as here, training labels with every fifth replaced by a random digit. And to make it interesting, the network has batch normalization.
#
# Then there is a catch. The averaged weights produce other activations than those of any checkpoint, but `running_mean` and `running_var` in `network.bn_params` still belong to the last steps of the run. They must be *measured again*, with the averaged weights in place: one forward pass in "train" mode over all the training data, in which the old values count for nothing. Remember notebook 03: `bn_params` holds one dictionary for each hidden layer; in a training pass
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
# Anyone who trains this network further needs the old momentum. So remember before the pass what each dictionary had (`.get` with a default helps where it has no such entry), and put it back afterwards.
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
# Watch a run of 1000 steps, with a checkpoint every 50. **Predict:** the last ten networks, one by one, are right on about 86 % of the new digits. How good is the average of their weights?

# %%
guess("averaged_checkpoints", ...)  # an accuracy, such as 0.86

# %%
needs("average_checkpoints", "average_probabilities")


def noisy_run(seed, rate=1.0, steps=1000, every=50):
    """A network with batch norm after a run, its labels, and copies of it every 50 steps."""
    rng = np.random.default_rng(seed)
    labels = noisy_labels(0.2, rng)
    network, saved = Network([64, 50, 10], normalization="batchnorm", rng=rng), []
    dataset = Dataset(X_train, labels, 10, rng)
    for step in range(1, steps + 1):
        network.forward(dataset.sample_data_batch())
        network.x -= rate * network.backward()
        if step % every == 0:
            saved.append(copy.deepcopy(network))
    return network, labels, saved


def compare_checkpoints(seed, rate=1.0):
    network, labels, saved = noisy_run(seed, rate)
    along = [checkpoint.accuracy(X_new, y_new) for checkpoint in saved]
    vectors = [checkpoint.x for checkpoint in saved[-10:]]
    stale = with_parameters(network, np.mean(vectors, axis=0))
    fresh = average_checkpoints(vectors, network, X_train, labels)
    joint = average_probabilities(saved[-10:], X_new).argmax(axis=1)
    accuracies = {
        "a single checkpoint": np.mean(along[-10:]),
        "the best of the ten": max(along[-10:]),
        "their probabilities, averaged": np.mean(joint == y_new),
        "their weights, old statistics": stale.accuracy(X_new, y_new),
        "their weights, new statistics": fresh.accuracy(X_new, y_new),
    }
    return accuracies, along


compared = [compare_checkpoints(seed) for seed in range(5)]
with style((7.5, 3.8)):
    figure, ax = plt.subplots()
    steps = np.arange(50, 1001, 50)
    curves(ax, steps, {"x, run 0": compared[0][1]}, xlabel="step", ylabel="accuracy on new digits")
    level = compared[0][0]["their weights, new statistics"]
    ax.plot([550, 1000], [level, level], color=PALETTE[1], linewidth=3, label="weights averaged")
    ax.set_title("A noisy run, and the average of its last ten checkpoints")
    ax.legend()
    plt.show()
boost = {name: np.array([found[name] for found, _ in compared]) for name in compared[0][0]}
for name, values in boost.items():
    print(f"{name:31s} {values.mean():.3f}   ({values.min():.3f} to {values.max():.3f})")
reveal("averaged_checkpoints", boost["their weights, new statistics"].mean(), form=".3f")

# %% [markdown]
# <details><summary>What came out</summary>
#
# *The accuracy of the run's checkpoints jumps up and down between 0.75 and 0.9. The average of the last ten, a horizontal bar, lies above all of them.*
#
# A single one of the last ten is right on 85.6 %, jumping to and fro; their average on 93.3 %, without one more step of training, and far above the best of the ten (90.1 %). With a rate this high the run never settles. It jumps around the bottom of its valley, from wall to wall, and the middle of the places that it visits lies nearer to the bottom than any of them: the training loss of the average is lower than that of each of the ten. In such a case the "small boost" is the largest of this notebook. A calm run leaves little to average out: at a fiftieth of this rate, with the same labels, the gain is a fraction of a point.
#
# Measuring the statistics again brings 0.7 points (over twelve more runs 0.7 as well, from 0.1 to 1.3, never a loss). And averaging the ten networks' *probabilities* is as good or a little better, at ten times the price at test time.
#
# </details>
#
# One trap is left. Somebody writes, in the loop that trains by `network.x -= …`,
#
#     if step % 50 == 0:
#         checkpoints.append(network.x)
#
# and after the loop takes `np.mean(checkpoints, axis=0)`. What is it?
#
# - **A** the parameters of the last step
# - **B** the mean of the parameters at these steps, as intended
# - **C** the parameters of the first of these steps
# - **D** an error

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
# Instead of storing checkpoints you can average while you train. The last block of code in the lecture:
#
#     while True:
#         data_batch = dataset.sample_data_batch()
#         loss = network.forward(data_batch)
#         dx = network.backward()
#         x += - learning_rate * dx
#         x_test = 0.995*x_test + 0.005*x # use for test set
#
# What does it remember? Each step takes 0.5 % of its weight away from everything so far, and gives it to the present parameters.
#
# **Predict:** after how many steps has the weight of today's parameters in `x_test` fallen to one half?
#
# - **A** 5
# - **B** 100
# - **C** 138
# - **D** 200

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
# - **A** 0.5 %
# - **B** 39.4 %
# - **C** 60.6 %
# - **D** 99.5 %

# %% solution="q_zero_start"
q_zero_start = ...  # "A", "B", "C" or "D"
### BEGIN SOLUTION
q_zero_start = "C"
### END SOLUTION

# %% check="q_zero_start"
check("q_zero_start")

# %%
ages = np.arange(1001)
left_over = {f"decay {decay}": decay**ages for decay in (0.9, 0.99, 0.995, 0.999)}
with style((10, 3.8)):
    _, (left, right) = plt.subplots(1, 2)
    curves(left, ages, left_over, xlabel="steps ago", ylabel="weight, of a new one's")
    left.set_title("What is left of a parameter vector")
    left.axhline(0.5, color="gray", linewidth=1)
    from_zero = {label: 1 - weight for label, weight in left_over.items()}
    curves(right, ages, from_zero, xlabel="step", ylabel="x_test, where x = 1")
    right.set_title("An average that starts at zero")
    plt.show()
for decay in (0.9, 0.99, 0.995, 0.999):
    half_life = np.log(0.5) / np.log(decay)
    print(f"decay {decay}: half-life {half_life:5.1f} steps;", end=" ")
    print(f"from a zero start {decay**100:6.1%} is missing after 100 steps")

# %% [markdown]
# <details><summary>What came out</summary>
#
# *Left: four falling curves; that of 0.995 crosses one half at 138 steps, that of 0.9 at 7, that of 0.999 only at 693. Right: the mirror image, four curves that rise from 0 to 1.*
#
# $0.995^n = \tfrac12$ for $n = \ln 2 / (-\ln 0.995) = 138.3$. And from a zero start, $0.995^{100} = 60.6\,\%$ is missing at step 100, and still 0.7 % at step 1000. Adam divides such a bias away. Here it is simpler: *start the average at `x`*.
#
# </details>
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
# In the lecture `x` is the network's own array, and `x += …` changes it in place. `x = x - …` makes a new array, of which the network knows nothing unless you give it to `network.x`.
#
# </details>
# <details><summary>Hint 3: nearly there</summary>
#
# In each round: the four steps of notebook 00; then, inside the loop, the averaging with `decay` and its complement to 1, of the *new* parameters. After the loop, return the average. The network itself never sees it.
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
# Three runs of 2000 steps with batches of 5, all with 50 hidden units: a gentle rate; a rate that is much too high; and a middling one with the noisy labels of above. **Predict:** by how many points of accuracy is `x_test` better than `x` at the end of each?

# %%
guess("where_it_helps", ...)  # three differences in percentage points: gentle, too high, noisy

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
        both = network, with_parameters(network, x_test)
        found.append([each.accuracy(X_new, y_new) for each in both])
    return np.array(found)


watched = {label: [x_and_x_test(*run, seed) for seed in range(3)] for label, run in RUNS.items()}
with style((11, 3.6)):
    figure, axes = plt.subplots(1, 3, sharey=True)
    steps = 50 * np.arange(1, 41)
    for ax, (label, runs) in zip(axes, watched.items(), strict=True):
        both = {"x": runs[0][:, 0], "x_test": runs[0][:, 1]}
        curves(ax, steps, both, xlabel="step", ylabel="accuracy", title=label)
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
better = {label: 100 * (means[1] - means[0]) for label, (means, _) in steadier.items()}
reveal("where_it_helps", better, form=".1f")

# %% [markdown]
# <details><summary>What came out</summary>
#
# *Three panels. Left, the gentle run: the curve of `x_test` climbs later than that of `x`, and both end as one level line. Middle and right: the curve of `x` shakes, that of `x_test` lies above it, calm.*
#
# Where the run is gentle, there is nothing to gain: 0.955 for both. (On the left you also see the price of a long memory: for the first few hundred steps `x_test` still knows the random start.) At the rate of 1.5 the average is calmer, and better: by one to two points on average over a dozen runs, in a single run by next to nothing or by five. (No exact figure is true here. At such a rate a run is chaotic: a processor that rounds the last digit differently has, after some steps, another run.) With noisy labels it gains 6 points, from 0.85 to 0.91, and its jitter is a quarter of that of `x`. (Over the last thousand steps both get slowly worse: the network learns more and more of the wrong labels. An average does not help against that.)
#
# So it is the same medicine as the checkpoints, without storing any. A network with batch normalization needs its statistics measured again here, too: `average_checkpoints([x_test], network, X, y)` does it.
#
# </details>
#
# ## In practice
#
# The lecture's summary, one slide before the ensembles:
#
# - **Adam** is a good default choice in most cases.
# - If you can afford to do full batch updates, then try out **L-BFGS** (and do not forget to disable all sources of noise).
#
# ### Without tuning
#
# A default is what you take when you have *not* tuned, so measure exactly that. Three problems on the digits: a net with 50 hidden units; the same size with raw pixels from 0 to 16 instead of 0 to 1; and a net with five hidden layers. Each rule gets the rate that is best on the first problem (the *given* rate) and keeps it for the other two. The right half of the table shows what it reaches if it is tuned for each problem, among 0.001, 0.003, 0.01, … 10; momentum's mu was tuned as well. Each rule makes twenty passes over the 1000 images, in batches of 50. L-BFGS gets as many passes, with full batches, and has no rate.
#
# **Predict:** how many of the five rules survive the move untuned, that is, end on both other problems below 2.3, the loss of an untrained network?

# %%
guess("survivors", ...)  # a number from 0 to 5

# %%
raw = load_digits(raw=True)
grey = raw.X_train - raw.X_train.mean(axis=0)
PROBLEMS = {
    "digits": ([64, 50, 10], "tanh", X_train),
    "raw pixels": ([64, 50, 10], "relu", grey),
    "five layers": ([64, 50, 50, 50, 50, 50, 10], "relu", X_train),
}
RATES = {  # rule: its best rate on each of the three problems; the first one is the given one
    "sgd": (3.0, 0.1, 0.3),
    "momentum": (3.0, 0.1, 0.1),  # with mu = 0.5
    "adagrad": (0.1, 0.1, 0.03),
    "rmsprop": (0.01, 0.003, 0.003),
    "adam": (0.03, 0.01, 0.003),
}


def start_of(problem, seed=0):
    sizes, activation, X = PROBLEMS[problem]
    return Network(sizes, activation, reg=1e-4, rng=np.random.default_rng(seed)), X


@cache
def loss_after(problem, rule, rate, seed=0, mu=0.5):
    """Loss on all the training data after twenty passes in batches of 50."""
    network, X = start_of(problem, seed)
    config, rng = {"learning_rate": rate, "momentum": mu}, np.random.default_rng(seed)
    fit(network, X, y_train, rule, config, epochs=20, batch_size=50, rng=rng)
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


def shown(losses):
    cells = [f"{loss:12.3f}" if loss < 10 else "  blown up".rjust(12) for loss in losses]
    return "".join(cells)


names = "".join(f"{problem:>12s}" for problem in PROBLEMS)
print("loss after 20 passes")
print(" " * 19 + "at ONE given rate".center(36) + "   " + "tuned for each problem".center(36))
print("rule      rate     " + names + "   " + names)
for (rule, rate), (given, tuned) in practice.items():
    print(f"{rule:9s} {rate:<8g} " + shown(given) + "   " + shown(tuned))
print("\nall the data in each step" + "after 20 passes".center(46) + "after 60 passes".center(27))
for name, losses in full_batch.items():
    at = [shown(losses[p][passes - 1] for p in PROBLEMS) for passes in (20, 60)]
    print(f"{name:19s}" + "   ".join(at))
moved = [practice[rule, rates[0]][0][1:] for rule, rates in RATES.items()]
reveal("survivors", sum(all(loss < 2.3 for loss in losses) for losses in moved))

# %% [markdown]
# <details><summary>What came out</summary>
#
# Read it from left to right.
#
# - **Tuned, on the right, every rule is good.** Column by column, the five are within a factor of 1.5 of one another. If you tune, the rule hardly matters on these problems.
# - **Untuned, on the left, it matters.** The rates of SGD and momentum that were best on the digits blow up on raw pixels, and on five layers they blow up or learn nothing, in each of seven runs. The three rules that divide by the size of the gradients survive: with AdaGrad's 0.1 and RMSProp's 0.01 you would not have noticed that the problem has changed.
# - **Is it Adam, then?** At 0.03, its best rate on the first problem by a hair, it survives, but usually ends with several times the loss that it could have, on raw pixels ten times and more (how many times is chance: at this rate each run, and each processor, has another figure). At 0.01 it is about as good as any rule on the first two, and on five layers usually within twice the best; at its paper's 0.001, chosen by people who have never seen these problems, it is safe and slow. So: *a good default*, yes, with a rate on the low side. *Better than its siblings*, no; not here.
# - **L-BFGS** against Adam, both with all the data in each step: 0.018 against 0.031 after 60 passes on the digits, 0.002 against 0.010 on raw pixels, and less also on five layers, where it is far behind after 20. Nobody told it a rate. That is what the slide means. But look at the rows above: mini-batch rules reach in 20 passes what full-batch Adam has not reached in 60. "If you can afford it" is the important part of the sentence. And "disable all sources of noise" means: the same batch each time, no dropout, no batch norm that changes as it goes; notebook 08 shows what happens otherwise.
#
# </details>
#
# ### The lecture's advice and today's
#
# A low loss on the training data is not what you are after. What counts is new images, and there the advice of today differs from the lecture's: AdamW instead of Adam, a rate that warms up and then falls (along a cosine, or constant and then down in the last fifth: WSD), or a running average of the weights. Take five recipes and give each the same chance: 25 settings, five rates times five strengths of weight decay, each tried with four seeds; the setting with the best mean accuracy on the 297 *validation* images wins. The winners are then trained with four other seeds and seen on the 500 *test* images:
#
# - with the training labels as they are;
# - with every fifth training label replaced by a random digit, tuned for that;
# - with the same noisy labels, but *not tuned again*: at the settings that won for the true labels.
#
# **Predict:** by how many points does AdamW with warm-up and cosine beat the lecture's Adam in each of the three?

# %%
guess("todays_lead", ...)  # three differences in percentage points

# %%
def constant(t, total):
    return 1.0


def cosine(t, total):
    return warmup_cosine(t, 1.0, total // 20, total)


def wsd(t, total):
    return warmup_stable_decay(t, 1.0, total // 20, total, total // 5)


# Rule, schedule, decay of the running average (0: none); then the rate and the strength of the
# weight decay that won, with true and with noisy labels. The 25 settings: rates of Adam and AdamW
# 0.001, 0.003, 0.01, 0.03, 0.1, of momentum (mu = 0.9) 0.03, 0.1, 0.3, 1, 3; weight decay of AdamW
# 0, 0.1, 0.3, 1, 3, L2 penalty of the others 0, 0.001, 0.003, 0.01, 0.03.
# (WSD's 0.1 is the highest rate of the grid; 0.3 did worse.)
RECIPES = {
    "Adam": ("adam", constant, 0, (0.03, 0), (0.003, 0.003)),
    "momentum, warm-up, cosine": ("momentum", cosine, 0, (1, 0.001), (1, 0.003)),
    "AdamW, warm-up, cosine": ("adamw", cosine, 0, (0.03, 0.3), (0.03, 1)),
    "AdamW, warm-up, WSD": ("adamw", wsd, 0, (0.1, 0.3), (0.01, 1)),
    "AdamW, running average": ("adamw", constant, 0.98, (0.03, 0.3), (0.03, 1)),
}


def by_recipe(rule, schedule, average, rate, strength, share, seed, total=400):
    """Accuracies on the validation and the test images after twenty passes in batches of 50."""
    rng = np.random.default_rng([seed, 9])
    labels = noisy_labels(share, rng)
    penalty = 0 if rule == "adamw" else strength
    network = Network([64, 50, 10], reg=penalty, rng=rng)
    dataset = Dataset(X_train, labels, 50, rng)
    step, config, x_test = get_rule(rule), {"weight_decay": strength}, network.x
    for t in range(total):
        network.forward(dataset.sample_data_batch())
        config["learning_rate"] = rate * schedule(t, total)
        network.x, config = step(network.x, network.backward(), config)
        x_test = average * x_test + (1 - average) * network.x
    network.x = x_test
    parts = (digits.X_val, digits.y_val), (digits.X_test, digits.y_test)
    return [network.accuracy(*part) for part in parts]


COLUMNS = {"true labels": (0, 0), "noisy labels": (1, 0.2), "noisy, not tuned again": (0, 0.2)}
print("on the test images".ljust(27) + "".join(f"{name:>24s}" for name in COLUMNS))
recipe_scores = {}
for name, (*how, for_true, for_noisy) in RECIPES.items():
    winners = for_true, for_noisy
    recipe_scores[name] = np.array(
        [
            [by_recipe(*how, *winners[place], share, seed)[1] for seed in range(4)]
            for place, share in COLUMNS.values()
        ]
    )
    columns = [f"{each.mean():.3f} ± {each.std():.3f}" for each in recipe_scores[name]]
    print(f"{name:27s}" + "".join(f"{column:>24s}" for column in columns))
leads = 100 * (recipe_scores["AdamW, warm-up, cosine"] - recipe_scores["Adam"]).mean(axis=1)
reveal("todays_lead", dict(zip(COLUMNS, leads, strict=True)), form=".1f")

# %% [markdown]
# <details><summary>What came out</summary>
#
# - **Tuned, there is little to choose** (the first two columns). The five recipes are about half a point apart, and four seeds cannot tell their order. Over twenty other seeds, the recipes of today are ahead of Adam by 0.1 to 0.5 points, and two runs of *one* recipe differ by about as much. AdamW gains nothing over plain momentum with the same schedule.
# - **Not tuned again, they differ a lot.** Adam with a constant rate falls to 83 %, momentum with a schedule keeps 92 %, and the three recipes with AdamW 93 to 94 % (means of twenty other seeds).
# - **Is it the recipe?** Not only. Three settings of Adam were equally good on the validation images, to within 0.2 points: rate 0.03 without a penalty (the winner, by a hair), rate 0.01 without, and rate 0.01 with 0.001. With the noisy labels these give 83, 88 and 92 %. The settings of AdamW with cosine behave alike: those with a weight decay of 0.3 keep 94 %, those with 0.1 fall to 90 %. So what forgives here is strong weight decay, and whether the winner of a search has it is partly chance.
#
# In short: on these digits today's recipes reach no better best, and whether a setting survives a move depends more on its weight decay than on the recipe's name.
#
# **What this does not show** is scale. A network of 3,760 parameters and 400 steps can be tuned 25 times in seconds. Large language models are trained once, for weeks, from settings found on smaller ones; there SGD with momentum is clearly worse than Adam, even tuned, and rare words are one known reason (Kunstner et al., [2024](https://arxiv.org/abs/2402.19449)). Nothing on these digits is rare.
#
# </details>
#
# ## What to take home
#
# - An ensemble averages **probabilities** of independently trained networks. It gains most where the single networks are weakest; most of it comes with the first three or four. Scores and votes do nearly as well; the average of independent networks' *weights* is useless.
# - What makes networks independent is the random start.
# - Checkpoints of one run lie in one valley, so their **weights** may be averaged: the noise of the steps cancels, and the test costs one pass. Batch norm's statistics must be measured again.
# - `x_test = 0.995*x_test + 0.005*x` has a half-life of 138 steps. Start it at a *copy* of `x`, never let it into the training, and expect something from it where the run is noisy.
# - Without tuning take a rule that divides by the size of the gradients; Adam is one of them. With full batches and no noise, L-BFGS. Tuned, the recipes of then and now hardly differ here; a setting that must also serve on noisier data needs strong weight decay.
#
# ## Since then (2026)
#
# - **Averaged weights are routine.** SWA (Izmailov et al., [2018](https://arxiv.org/abs/1803.05407)) is your `average_checkpoints`, batch-norm pass included; PyTorch has it as `torch.optim.swa_utils`. The running average goes by the name *EMA*; image generators by diffusion are nearly always sampled with it (Ho et al., [2020](https://arxiv.org/abs/2006.11239), decay 0.9999), and Llama 3's final weights are an average of checkpoints (Grattafiori et al., [2024](https://arxiv.org/abs/2407.21783)). The evidence is good that an average stands in for much of a falling rate (Morales-Brotons et al., [2024](https://arxiv.org/abs/2411.18704); Hägele et al., [2024](https://arxiv.org/abs/2405.18392)). On top of a rate that falls to 0 it adds little; on these digits, nothing.
# - **Snapshots** (Huang et al., [2017](https://arxiv.org/abs/1704.00109)): one run whose rate falls and jumps back up several times, an ensemble of the networks at the low points. Cheap, but per member such ensembles gain less than independent starts do (Ashukha et al., [2020](https://arxiv.org/abs/2002.06470)); Fort et al. ([2019](https://arxiv.org/abs/1912.02757)) see what you saw: from one start, one valley.
# - **Twins.** If you first reorder the units of one network to match the other's, the line between two independent networks can become level, for wide networks (Ainsworth et al., [2022](https://arxiv.org/abs/2209.04836)). For narrow ones, a barrier remains.
# - **Model soups** (Wortsman et al., [2022](https://arxiv.org/abs/2203.05482)): networks that were fine-tuned from *one* trained network, each with other settings, mostly share its valley, so average their weights instead of picking the best. Widely used to merge fine-tuned models; which merges fail is still mostly found out by trying. The cell below makes a soup.
# - **Distillation** (Hinton et al., [2015](https://arxiv.org/abs/1503.02531)): train one small network on the *probabilities* of an ensemble or of a large network. Many small language models are made so. It works better than it is understood: the student often gets better without agreeing much more with its teacher (Stanton et al., [2021](https://arxiv.org/abs/2106.05945)).
# - **Rules.** AdamW is still the default for large models. Matrix rules such as Muon and SOAP (notebooks 05 and 08) are faster, but with every rule tuned their lead over AdamW shrinks, from 1.4 times at 0.1 billion parameters to 1.1 times at 1.2 billion (Wen et al., [2025](https://arxiv.org/abs/2509.02046)).
#
# Four networks start from one that has learned 700 upright digits, or from four random starts, and learn 200 *slanted* digits, each with a rate of its own:

# %%
def slanted(X):
    """Each row of the images moved sideways, from two pixels left (top) to one right (bottom)."""
    rows = X.reshape(-1, 8, 8)
    moved = [np.roll(rows[:, r], (r - 4) // 2, axis=1) for r in range(8)]
    return np.stack(moved, axis=1).reshape(-1, 64)


def learned(network, X, y, rate, size, epochs, seed):
    network, rng = copy.deepcopy(network), np.random.default_rng(seed)
    config = {"learning_rate": rate}
    fit(network, X, y, "adam", config, epochs=epochs, batch_size=size, rng=rng)
    return network


def make_soup(seed, common):
    """Accuracies on slanted new digits: mean of four networks, the best, their soup."""
    news = [Network([64, 50, 10], rng=np.random.default_rng([seed, j])) for j in range(4)]
    if common:
        news = 4 * [learned(news[0], X_train[:700], y_train[:700], 0.003, 25, 15, seed)]
    X, y = slanted(X_train[700:900]), y_train[700:900]
    rates = (0.003, 0.01, 0.02, 0.03)
    tuned = [learned(new, X, y, rate, 10, 20, seed) for new, rate in zip(news, rates, strict=True)]
    soup = with_parameters(tuned[0], np.mean([network.x for network in tuned], axis=0))
    *alone, of_soup = [network.accuracy(slanted(X_new), y_new) for network in [*tuned, soup]]
    return np.mean(alone), max(alone), of_soup


soups = {}
for start, common in {"one trained network": True, "four random starts": False}.items():
    soups[start] = np.array([make_soup(seed, common) for seed in range(3)])
    mean, best, soup = soups[start].mean(axis=0)
    print(f"from {start:20s} mean of four {mean:.3f}, best {best:.3f}, soup {soup:.3f}")

# %% [markdown]
# <details><summary>What came out</summary>
#
# From one trained network, the soup is about half a point better than the average of its four ingredients, and as good as the best of them (from 0.6 points worse to 0.4 better, over ten other seeds). To know the best you would have needed more labelled digits; the soup needs none, and one pass at test time. From four random starts the ingredients are nearly as good, and their soup is useless: 0.77 to 0.86.
#
# </details>
#
# **Further reading**
# - Lakshminarayanan, Pritzel and Blundell, [*Simple and scalable predictive uncertainty estimation using deep ensembles*](https://arxiv.org/abs/1612.01474), 2017: ensembles know better how sure they are.
# - Garipov et al., [*Loss surfaces, mode connectivity, and fast ensembling of DNNs*](https://arxiv.org/abs/1802.10026), 2018: independent valleys are connected after all, by curved ways.
# - Schmidt, Schneider and Hennig, [*Descending through a crowded valley*](https://arxiv.org/abs/2007.01547), 2021: fifteen rules, tuned and untuned.
#
# Your points so far:

# %%
progress("09_ensembles")
