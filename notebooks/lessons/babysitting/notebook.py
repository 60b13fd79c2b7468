# %% [markdown]
# # 04 · Babysitting the learning process
#
# Your backward pass is right, the update rule too, and still the network learns nothing. Or it learns, but is it *good*? This notebook is about everything around the training run: two checks before it starts, reading its log while it runs, and finding the numbers that nobody tells you, the hyperparameters, without fooling yourself.
#
# **You will learn**
# - which loss a network must start with, and why twenty examples are the best test set for your code,
# - what a log says about the learning rate, overfitting and underfitting, and what it hides,
# - how to search for hyperparameters: on which scale, in which layout, from coarse to fine,
# - when a random layout beats a grid, when it does not, and why the test set stays out of all this.
#
# **Slides:** "Babysitting the learning process", "Cross-validation", "Grid Layout", "Random Layout". **Time:** two to three hours. **Points:** {{points}}.
#
# How it goes: *predict*, *write*, *check*, *look*. Wherever it says **Predict**, do so before you run the cell; a wrong prediction teaches more than a right one. Hints come in three steps; open as few as you can.

# %% locked="setup"
from collections import Counter

import matplotlib.pyplot as plt
import numpy as np

from cs231n_lib import data
from cs231n_lib.babysitting import read_log
from autograder.check import check, needs, progress
from cs231n_lib.layers import softmax_loss
from cs231n_lib.network import Network, init_two_layer_model, two_layer_net
from cs231n_lib.plotting import DASHES, PALETTE, curves, style
from cs231n_lib.search import digits_table, try_out
from cs231n_lib.training import ClassifierTrainer

# %% [markdown]
# The data are the handwritten digits that come with the library. The lecture's run was on CIFAR-10, 60,000 small colour photographs. To see it there, change the one line below as it says: the first time, that downloads 170 MB, and needs `pip install pooch`. Everything runs on both. The numbers in this text are those of the digits; with 3,072 numbers per image instead of 64 other learning rates are good, and all cells together take about a minute.

# %%
pictures = data.load_digits()  # on photographs: pictures = data.load_cifar10(1000, 297, 500)
inputs = pictures.X_train.shape[1]
print(len(pictures.y_train), "images to train,", len(pictures.y_val), "to validate,", len(pictures.y_test), "to test;", inputs, "numbers each")

# %% [markdown]
# ## Before the run: is the loss right?
#
# A new network with tiny random weights prefers no class: its scores are all nearly 0, so softmax gives each of $C$ classes the probability $1/C$, and the cross-entropy is
#
# $$L_0 = -\ln \frac1C = \ln C .$$
#
# You know the first loss *before you run anything*. If the network disagrees, there is a bug, and it took you one second to find out. Then turn regularisation on. The loss must go up, and you know by how much: in this course's networks by $\frac12\, \lambda \sum W^2$, over all weights of all layers (biases are not regularised).
#
# **Predict:** which number will a ten-class network start with?
#
# <details><summary>Hint 1</summary>
#
# Two numbers are added. The first needs the number of classes only, the second everything else.
#
# </details>
# <details><summary>Hint 2</summary>
#
# `weights` is a list of arrays, of different shapes, so they cannot be put into one array. What does each of them contribute?
#
# </details>
# <details><summary>Hint 3: nearly there</summary>
#
# NumPy's natural logarithm has a three-letter name. For each array, square every element and add all of them up; then add up over the arrays, and multiply by half of `reg`. An empty list gives a penalty of 0 by itself.
#
# </details>

# %% solution="sanity_loss"
def sanity_loss(num_classes, reg=0.0, weights=()):
    """The loss that a softmax classifier must start with while it prefers no class.

    num_classes: how many. reg: strength of the L2 penalty, with the factor 1/2.
    weights: the weight arrays of all layers, of any shapes. Returns a number.
    """
    ### BEGIN SOLUTION
    squares = [np.sum(w * w) for w in weights]
    return np.log(num_classes) + reg * sum(squares) / 2
    ### END SOLUTION

# %% check="sanity_loss"
check("sanity_loss")

# %%
needs("sanity_loss")
model = init_two_layer_model(inputs, 50, 10)  # weights of standard deviation 0.0001
weights = [model["W1"], model["W2"]]
print("reg       the network says   it should say")
for reg in (0.0, 1e2, 1e4, 1e6):
    loss, _ = two_layer_net(pictures.X_train, model, pictures.y_train, reg)
    print(f"{reg:<9g} {loss:12.6f} {sanity_loss(10, reg, weights):17.6f}")
usual = Network([inputs, 50, 10], rng=np.random.default_rng(0)).params
loss, _ = two_layer_net(pictures.X_train, usual, pictures.y_train)
print(f"weights of the usual size, no reg: {loss:.2f}")

# %% [markdown]
# $\ln 10 = 2.302585$, and up with `reg`. To see it rise we need a monstrous `reg`, as these weights are minute. The last line is a caveat: weights of the usual size (He's) do prefer something before they know anything, and the loss starts somewhere between 2.26 and 2.53 (twenty seeds). The check wants *small* weights.

# %% [markdown]
# ## Before the run: can it learn twenty examples by heart?
#
# Next, take a handful of examples, switch regularisation off, and train until **all** of them are right. A network with fifty hidden units and 3,760 parameters can learn twenty digits by heart; if it cannot, do not even think of a long run.
#
# Write that loop, with plain gradient descent. The network comes as a *loss function*, like `two_layer_net`: `loss_function(X, model)` returns scores (N, C), and `loss_function(X, model, y)` returns `(loss, grads)`, where `grads` is a mapping with the same names as `model`.
#
# <details><summary>Hint 1</summary>
#
# First cut `X` and `y` down to `n` rows. Then, again and again: look whether all are right; if not, take one step.
#
# </details>
# <details><summary>Hint 2</summary>
#
# The predicted class of a row is the place of its highest score. A step moves *every* entry of the model against its own gradient, which has to be computed anew each time. How often do you look, if up to `max_steps` steps are allowed: `max_steps` times, or once more?
#
# </details>
# <details><summary>Hint 3: nearly there</summary>
#
# A loop over `range(max_steps + 1)` whose counter is the number of steps already done. In it: if the predicted classes equal `y`, return the model and the counter. Otherwise ask for the gradients and update each entry, unless the counter says that the allowance is used up. After the loop: the model and `None`.
#
# </details>

# %% solution="overfit_small"
def overfit_small(loss_function, model, X, y, n=20, learning_rate=0.5, max_steps=200):
    """Plain gradient descent on the first n examples until all are classified right.

    All n examples in every step, no regularisation. model: a mapping of names to arrays.
    Returns (model, steps): the trained parameters, and the number of steps (updates) it took,
    0 if all were right at the start; None if some are still wrong after max_steps steps (then
    the model is what these steps have made of it).
    """
    ### BEGIN SOLUTION
    X, y, model = X[:n], y[:n], dict(model)
    for done in range(max_steps + 1):
        if (loss_function(X, model).argmax(axis=1) == y).all():
            return model, done
        if done < max_steps:
            grads = loss_function(X, model, y)[1]
            for name in model:
                model[name] = model[name] - learning_rate * grads[name]
    return model, None
    ### END SOLUTION

# %% check="overfit_small"
check("overfit_small")

# %% [markdown]
# Now a clinic. One network is healthy, the others each have one bug that is common in real life. **Predict**, before you run the second cell: which bug is found by the first loss, which by the twenty examples, and which by neither?

# %%
def summed(X, model, y=None, reg=0.0):
    """The loss is summed over the batch, not averaged, and so are the gradients."""
    if y is None:
        return two_layer_net(X, model)
    loss, grads = two_layer_net(X, model, y, reg)
    return loss * len(X), {name: len(X) * grads[name] for name in grads}


def uphill(X, model, y=None, reg=0.0):
    """The gradient has the wrong sign."""
    if y is None:
        return two_layer_net(X, model)
    loss, grads = two_layer_net(X, model, y, reg)
    return loss, {name: -grads[name] for name in grads}


def blind(X, model, y=None, reg=0.0):
    """The images were divided by 255 once too often, as integers: all pixels are 0."""
    return two_layer_net(0 * X, model, y, reg)


def off_by_one(X, model, y=None, reg=0.0):
    """The labels in training start at 1, those in testing at 0."""
    return two_layer_net(X, model, y if y is None else (y + 1) % 10, reg)


def frozen(X, model, y=None, reg=0.0):
    """The gradient never reaches the first layer."""
    if y is None:
        return two_layer_net(X, model)
    loss, grads = two_layer_net(X, model, y, reg)
    return loss, {name: grads[name] * (name in ("W2", "b2")) for name in grads}


def rewarded(X, model, y=None, reg=0.0):
    """The penalty is subtracted from the loss (the gradient is right)."""
    if y is None:
        return two_layer_net(X, model)
    loss, grads = two_layer_net(X, model, y, reg)
    return loss - reg * sum(np.sum(model[name] ** 2) for name in ("W1", "W2")), grads

# %%
needs("sanity_loss", "overfit_small")
shuffled = np.random.default_rng(0).permutation(pictures.y_train)
ward = {
    "healthy": (two_layer_net, pictures.y_train),
    "loss summed, not averaged": (summed, pictures.y_train),
    "gradient with the wrong sign": (uphill, pictures.y_train),
    "all pixels are 0": (blind, pictures.y_train),
    "labels off by one in training": (off_by_one, pictures.y_train),
    "penalty subtracted": (rewarded, pictures.y_train),
    "first layer does not learn": (frozen, pictures.y_train),
    "labels shuffled": (two_layer_net, shuffled),
}
tiny = init_two_layer_model(inputs, 50, 10)
rate = 32 / inputs  # 0.5 for the digits; the more inputs, the more one step does
clinic = {}
for name, (net, y) in ward.items():
    losses = [net(pictures.X_train, tiny, y, reg)[0] for reg in (0.0, 1e4)]
    expected = [sanity_loss(10, reg, [tiny["W1"], tiny["W2"]]) for reg in (0.0, 1e4)]
    start = Network([inputs, 50, 10], rng=np.random.default_rng(0)).params
    steps = overfit_small(net, start, pictures.X_train, y, learning_rate=rate)[1]
    clinic[name] = (bool(np.allclose(losses, expected, atol=1e-3)), steps)
    first = "as expected" if clinic[name][0] else f"{losses[0]:.2f}, {losses[1]:.2f}"
    print(f"{name:30} first loss without and with reg: {first:17} 20 by heart: {steps or 'NEVER'}")

# %% [markdown]
# The healthy network needs 12 steps (over twelve starts 6 to 22). A sum in place of a mean is found by both checks, the subtracted penalty by the first loss only; wrong sign, dead input and shifted labels are found by the twenty examples only. A first layer that does not learn is not *found*: fifty random features are plenty for twenty examples, it just takes 29 steps instead of 12 (27 to 65 over twelve starts).
#
# And the last row? A question for you. The labels were shuffled before training: nothing in the data belongs together any more. Which check finds it?
#
# - **A.** The first loss: it is not ln 10 when labels are wrong.
# - **B.** The twenty examples: wrong labels cannot be learned.
# - **C.** Both.
# - **D.** Neither. What finds it is the accuracy on images that were not trained on.

# %% solution="q_what_checks_miss"
q_what_checks_miss = ...  # "A", "B", "C" or "D"
### BEGIN SOLUTION
q_what_checks_miss = "D"
### END SOLUTION

# %% check="q_what_checks_miss"
check("q_what_checks_miss")

# %% [markdown]
# ## The slide's run
#
# Now the famous slide. A two-layer net, tiny weights, a learning rate of one millionth, ten epochs. Here is the call, argument by argument. Two things differ: the pictures, and `batch_size=1`, which the slide does not mention. On CIFAR-10, with some fifty times more images, ten epochs are thousands of steps; with 1,000 images you get as many, 10,000, by taking them one at a time. The pixels run over a range of 255, as those of photographs do (minus the mean image).
#
# **Predict:** what will the cost do, and what the accuracies?

# %%
X_train, y_train = 255 * pictures.X_train, pictures.y_train
X_val, y_val = 255 * pictures.X_val, pictures.y_val
model = init_two_layer_model(inputs, 50, 10)  # input size, hidden size, number of classes
trainer = ClassifierTrainer()
best_model, stats = trainer.train(
    X_train, y_train, X_val, y_val, model, two_layer_net,
    num_epochs=10, reg=0.000001, update="sgd", learning_rate_decay=1, sample_batches=True,
    learning_rate=1e-6, verbose=True, batch_size=1,
)
moved = np.abs(np.array(stats.loss_history) - np.log(10)).max()
print(f"farthest that any of the {len(stats.loss_history)} costs got from ln 10: {moved:.6f}")

# %%
epochs = np.arange(1, 11)
with style((9.5, 3.4)):
    _, (left, right) = plt.subplots(1, 2)
    steps = np.arange(1, len(stats.loss_history) + 1)
    curves(left, steps, {"cost": stats.loss_history}, xlabel="step", ylabel="cost", title="the cost stands still …")
    left.set_ylim(0, 2.6)
    left.get_legend().remove()
    both = {"training": stats.train_acc_history, "validation": stats.val_acc_history, "chance": np.full(10, 0.1)}
    curves(right, epochs, both, xlabel="epoch", ylabel="accuracy", title="… and the accuracy moves")
    right.set_ylim(0, 0.3)
    plt.show()

# %% [markdown]
# *Left: the cost of every step, a flat line at 2.30. Right: training and validation accuracy over the ten epochs, well above the dash-dotted line of chance at 0.1, and wavering upwards.*
#
# "Loss barely changing: learning rate is probably too low", says the slide. None of the 10,000 costs is farther than 0.0003 from $\ln 10$. And yet the network is no longer guessing. (How much the accuracy creeps depends on luck: over twelve seeds it is 0.12 on average after the first epoch and 0.18 after the tenth; the best run gets to 0.29, the worst ends at 0.11. On the slide it goes from 0.10 to 0.19.)
#
# How can the accuracy get to twice chance while the cost stands still? The next cell multiplies all scores of the trained network by a constant. **Predict** what that does to the cost, and what to the accuracy.

# %%
scores = two_layer_net(X_val, best_model)
print("scores times   largest score    cost      accuracy")
for factor in (1, 10, 100, 1000):
    cost, _ = softmax_loss(factor * scores, y_val)
    print(f"{factor:12} {factor * np.abs(scores).max():15.4f} {cost:9.4f} {np.mean(np.argmax(factor * scores, axis=1) == y_val):11.3f}")

# %% [markdown]
# Why does the accuracy rise on the slide while the cost hardly moves?
#
# - **A.** The printed cost is that of one batch only; over all batches it falls.
# - **B.** Accuracy asks only WHICH score is the highest. Differences of a ten-thousandth are enough for that, and change the cost next to nothing.
# - **C.** Regularisation adds to the cost just what the data loss loses.
# - **D.** The accuracy does not really rise: it is noise around chance.

# %% solution="q_accuracy_creeps"
q_accuracy_creeps = ...  # "A", "B", "C" or "D"
### BEGIN SOLUTION
q_accuracy_creeps = "B"
### END SOLUTION

# %% check="q_accuracy_creeps"
check("q_accuracy_creeps")

# %% [markdown]
# **Question 1** (3 points, in your own words). The cost hardly moves and the accuracy rises. Explain how both can be true, using what softmax does with scores that are nearly equal. Which of the two would you watch to judge the learning rate, and what would you do next?

# %% [markdown] question="why_accuracy_creeps" points=3
# ### BEGIN SOLUTION
# **Model answer.** All scores are tiny (below 0.001), so every class has a probability of almost exactly 1/10, and the cost stays at ln 10 to three decimals: it measures how large the differences between scores are. Accuracy only asks which score is the largest. The weights have moved by very little, but in a direction in which the right class's score is more often slightly ahead, so the argmax changes; multiplying all scores by 1000 would leave the accuracy as it is and lower the cost. To judge the rate, watch the cost: it says that the steps are much too short. So raise the rate, by factors of ten, until the cost falls visibly (or explodes).
#
# **Rubric.** 1 point: nearly equal scores give probabilities near 1/C, hence a cost near ln C. 1 point: accuracy depends on the order of the scores alone, so tiny consistent differences are enough. 1 point: the rate is too low, judged by the cost; raise it by factors.
# ### END SOLUTION

# %% [markdown]
# ## Reading a log
#
# **Predict, then play.** Before you teach a function to read logs, read some yourself. A net of 50 hidden units learns 1000 digits, at rates from a millionth to a million. Draw two logs on paper, each with a cost and two accuracies: one of a rate that is far too low, one of a rate that is far too high. And what changes with 50 training images, or with two hidden units? Then play. Each setting comes with a diagnosis; try to guess the rule behind it.

# %%
from cs231n_lib.play import play

play("learning_rate_clinic")

# %% [markdown]
# Now teach a function to read logs. A log is a dictionary of lists, one number per epoch: `"cost"`, `"train"` and `"val"`. `start` is the cost before the first step, which you know how to check. The diagnosis is **the first of these that is true**:
#
# | label | when |
# |---|---|
# | `"rate too high"` | some cost is not finite (nan or infinite), or some cost is above 3·start, or the *last* cost is above 1.1·start |
# | `"rate too low"` | the last cost is above 0.95·start: it has hardly come down |
# | `"overfitting"` | at the end, training accuracy is more than 0.1 above validation accuracy |
# | `"underfitting"` | at the end, training accuracy is below 0.8 |
# | `"good"` | otherwise |
#
# The four numbers are rules of thumb of a size for these digits. 0.8 would be a triumph for this net on CIFAR-10: what counts as underfitting depends on what is possible.
#
# <details><summary>Hint 1</summary>
#
# Five lines with `return`, in the order of the table. The first has three parts, and the first of these is the treacherous one.
#
# </details>
# <details><summary>Hint 2</summary>
#
# What is `max([1.0, nan])`, and what is `nan > 3`? NumPy can tell for a whole array which of its entries are ordinary numbers.
#
# </details>
# <details><summary>Hint 3: nearly there</summary>
#
# Make an array of the costs, and ask first whether all of it passes `np.isfinite`. "At the end" means the last entry of a list, not the best one. Everything about the cost is relative to `start`, which is not the first entry of the log.
#
# </details>

# %% solution="diagnose"
def diagnose(log, start):
    """What a training log says about its run: one of the five labels of the table above.

    log: {"cost": list, "train": list, "val": list}. start: the cost before the first step.
    """
    ### BEGIN SOLUTION
    cost = np.array(log["cost"])
    train, val = log["train"][-1], log["val"][-1]
    finite = np.isfinite(cost).all()
    if not finite or np.any(cost > 3 * start) or cost[-1] > 1.1 * start:
        return "rate too high"
    elif cost[-1] > 0.95 * start:
        return "rate too low"
    elif train - val > 0.1:
        return "overfitting"
    elif train < 0.8:
        return "underfitting"
    return "good"
    ### END SOLUTION

# %% check="diagnose"
check("diagnose")

# %% [markdown]
# `read_log` makes such a dictionary from printed lines. So any log of this form that you find can be diagnosed, for instance two lines of somebody else's:

# %%
needs("diagnose")
found_somewhere = """
Finished epoch 1 / 2: cost 2.302576, train: 0.110000, val 0.103000, lr 1.000000e-06
Finished epoch 2 / 2: cost nan, train: 0.095000, val 0.087000, lr 1.000000e+06
"""
print(diagnose(read_log(found_somewhere), start=np.log(10)))

# %% [markdown]
# ### The usual suspects
#
# Eight runs on the digits, with weights of the usual size, pixels from 0 to 1 and batches of 50: six learning rates from 0.000001 to 1000000, a run on 50 images only, and a net with two hidden units. The diagnosis is made twice: from the ten epoch lines that a trainer prints, and from the costs of *all* batches, which it keeps in `stats.loss_history`.
#
# You have met most of them in the picture. **Predict** the labels, and for which runs the two ways disagree.

# %%
def session(rate, images=None, hidden=50, epochs=10, seed=0):
    """One run; returns its log (a line per epoch), the cost of every batch, and the start."""
    rng = np.random.default_rng(seed)
    model = Network([inputs, hidden, 10], rng=rng).params
    X, y = pictures.X_train[:images], pictures.y_train[:images]
    start, _ = two_layer_net(X, model, y)
    _, stats = ClassifierTrainer().train(
        X, y, pictures.X_val, pictures.y_val, model, two_layer_net,
        num_epochs=epochs, learning_rate=rate, batch_size=min(50, len(X) // 5), rng=rng,
    )
    every = stats.loss_history
    at_ends = every[len(every) // epochs - 1 :: len(every) // epochs]
    log = {"cost": at_ends, "train": stats.train_acc_history, "val": stats.val_acc_history}
    return log, every, start

# %%
needs("diagnose")
suspects = {
    "rate 0.000001": {"rate": 1e-6},
    "rate 0.01": {"rate": 0.01},
    "rate 1": {"rate": 1},
    "rate 10": {"rate": 10},
    "rate 15": {"rate": 15},
    "rate 1000000": {"rate": 1e6},
    "rate 1, 50 images": {"rate": 1, "images": 50, "epochs": 30},
    "rate 0.3, 2 hidden units": {"rate": 0.3, "hidden": 2},
}
sessions = {name: session(**settings, seed=6) for name, settings in suspects.items()}
verdicts = {}
print(f"{'':25} last cost  train   val   from epoch lines  from every batch")
for name, (log, every, start) in sessions.items():
    verdicts[name] = diagnose(log, start), diagnose({**log, "cost": every}, start)
    print(f"{name:25} {log['cost'][-1]:9.3g} {log['train'][-1]:6.3f} {log['val'][-1]:6.3f}   {verdicts[name][0]:17} {verdicts[name][1]}")

# %%
needs("diagnose")
with style((8.5, 4)):
    _, ax = plt.subplots()
    shown = ("rate 0.000001", "rate 0.01", "rate 1", "rate 10", "rate 15", "rate 1000000")
    for (name, dash), colour in zip(zip(shown, DASHES, strict=False), PALETTE, strict=False):
        costs = np.minimum(sessions[name][1], 1e6)
        ax.plot(np.arange(1, len(costs) + 1), costs, linestyle=dash, color=colour, label=name, linewidth=1.5)
    ax.set(xlabel="step", ylabel="cost of the batch", yscale="log", ylim=(1e-3, 1e4), title="one net, six learning rates")
    ax.legend(loc="center left", bbox_to_anchor=(1, 0.5))
    plt.show()

# %% [markdown]
# *Cost per step on a logarithmic axis. The lowest rate is a flat line at 2.3; 0.01 has just begun to fall; 1 falls steadily to about 0.03. Rate 10 falls in wild jags, and once leaps to five times the start. Rate 15 leaps to nine times the start at once, comes back to where it began, and stays there. A million leaves the picture at once.*
#
# A rate of a million gives nan from about step 32 on, with each of twelve seeds. (With tanh in place of ReLU it would not. Over twelve seeds every cost stays finite, at some hundred thousand; and the net is even right in 0.6 to 0.9 of the cases. Once more, cost and accuracy are two things.) But look at **rate 15**. Its epoch lines say a cost close to the start and accuracies close to chance: the very picture of a rate that is too *low*. The costs of all batches tell the truth: within five steps, long before the first line of the log, it was thrown to nine times its start, and it never learned again. (Rate 10 was thrown to five times, and did recover.) Is that bad luck of one seed? Ten seeds:

# %%
needs("diagnose")
at_15 = {"from epoch lines": Counter(), "from every batch": Counter()}
for seed in range(10):
    log, every, start = session(15, seed=seed)
    at_15["from epoch lines"][diagnose(log, start)] += 1
    at_15["from every batch"][diagnose({**log, "cost": every}, start)] += 1
for source, counts in at_15.items():
    print(f"rate 15, {source}: {dict(counts)}")

# %% [markdown]
# From the epoch lines at most half of the ten are recognised, and about as many get the opposite diagnosis: "too low", raise it! From every batch, ten of ten. (Three and four of ten where this was written; thirty seeds on three kinds of processor gave one to five recognised of ten, and three to seven opposite. Such a run magnifies even the last digit's rounding, in which computers differ: your table may not be ours.) **Look at the cost of every step, at least for the first epoch.**
#
# Other things that a log cannot tell apart: rate 0.01 is called "underfitting". It is only not finished: after 100 epochs it gets to 0.90 or more on the validation set (ten seeds), and rate 1 was at 0.94 or more after ten. The net with two hidden units is still below 0.8 on its own *training* data after 100 epochs. (At a rate of 10 the rules fail on it altogether, as the picture shows: "rate too low", because a net that small never gets to three times its start. Of twelve seeds not one is called too high.) And rate 10 is fine in some runs and ruined in others: over ten seeds it ends anywhere between about 0.5 and 0.94, while rate 3 ends above 0.94 every time. A rate that is slightly too high does not fail; it gambles.

# %% [markdown]
# ## Where to look: the grid
#
# Rates from a millionth to a million: nobody guesses the right one. So one searches, and the first question is the *scale*. Between 0.0001 and 0.001 lies as much difference to a network as between 1 and 10: for rates and regularisation strengths it is the **factor** that counts, so they live on a log scale. For others, such as the fraction of units that dropout keeps, it is the difference.
#
# A range is given as `(low, high, "log")` or `(low, high, "linear")`, a set of ranges as a dictionary by parameter name, and a trial as a dictionary with one value for each name. The simplest plan is the **grid**: so many values of each parameter, evenly spaced on its scale with both ends included, and every combination of them.
#
# <details><summary>Hint 1</summary>
#
# First make the list of values of each parameter; then combine.
#
# </details>
# <details><summary>Hint 2</summary>
#
# NumPy has `np.linspace` for equal differences, and a sister of it for equal factors ("geometric"). For the combinations, look at `itertools.product`, or grow a list of trials parameter by parameter.
#
# </details>
# <details><summary>Hint 3: nearly there</summary>
#
# Growing: begin with a list that holds one empty trial. For each parameter, replace the list by one in which every old trial appears `per_axis` times, each time with another value of the new parameter added. How long is it in the end?
#
# </details>

# %% solution="grid_layout"
def grid_layout(per_axis, ranges):
    """All combinations of per_axis values of each parameter.

    ranges: {name: (low, high, "log" or "linear")}; both ends are among the values.
    Returns a list of per_axis ** len(ranges) trials, each a dict {name: value}, in any order.
    """
    ### BEGIN SOLUTION
    trials = [{}]
    for name, (low, high, scale) in ranges.items():
        share = np.linspace(0, 1, per_axis)
        values = low * (high / low) ** share if scale == "log" else low + (high - low) * share
        trials = [trial | {name: value} for trial in trials for value in values]
    return trials
    ### END SOLUTION

# %% check="grid_layout"
check("grid_layout")

# %% [markdown]
# ## Where to look: at random
#
# The other plan is to draw every trial at random, *uniformly on the scale of each parameter*: on a log scale the logarithm is uniform, so that every decade gets its share.
#
# **Predict:** you draw a rate with `rng.uniform(1e-4, 1)`. How many of 100 draws are below 0.01?
#
# <details><summary>Hint 1</summary>
#
# Draw a number that is uniform between 0 and 1, or between two other ends, and turn it into a value that lies in the range. For the linear scale that is nearly all.
#
# </details>
# <details><summary>Hint 2</summary>
#
# On the log scale, which quantity is uniform? Between which two ends does it lie? And how do you get back from it to the rate?
#
# </details>
# <details><summary>Hint 3: nearly there</summary>
#
# Take logarithms of both ends, draw uniformly between them, undo the logarithm. Every trial and every parameter needs its own draw, and all draws come from `rng`, so that a search can be repeated.
#
# </details>

# %% solution="random_layout"
def random_layout(n, ranges, rng):
    """n trials, each value drawn by itself, uniformly on its parameter's scale.

    ranges: {name: (low, high, "log" or "linear")}. rng: a numpy Generator.
    Returns a list of n trials, each a dict {name: value}.
    """
    ### BEGIN SOLUTION
    trials = []
    for _ in range(n):
        trial = {}
        for name, (low, high, scale) in ranges.items():
            share = rng.random()
            trial[name] = low * (high / low) ** share if scale == "log" else low + (high - low) * share
        trials.append(trial)
    return trials
    ### END SOLUTION

# %% check="random_layout"
check("random_layout")

# %%
needs("random_layout")
rng = np.random.default_rng(0)
plain = rng.uniform(1e-4, 1, 100)
on_log_scale = [trial["rate"] for trial in random_layout(100, {"rate": (1e-4, 1.0, "log")}, rng)]
print("rates between        rng.uniform   random_layout")
per_decade = []
for low in (1e-4, 1e-3, 1e-2, 1e-1):
    per_decade.append([int(np.sum((low <= np.array(drawn)) & (np.array(drawn) < 10 * low))) for drawn in (plain, on_log_scale)])
    print(f"{low:<6g} and {10 * low:<6g} {per_decade[-1][0]:14} {per_decade[-1][1]:15}")

# %% [markdown]
# Of a hundred plain draws some ninety fall into the uppermost decade, and *one*, on average, into the lower two together. On the log scale each decade gets about 25.

# %% [markdown]
# ### Side by side
#
# Suppose you know nothing: the rate may be anywhere from $10^{-8}$ to $10^4$, the regularisation strength from $10^{-8}$ to $10^{-4}$. Nine trials each. `try_out` trains a net with 50 hidden units for 5 epochs, and returns its validation accuracy.

# %%
needs("grid_layout", "random_layout")
box = {"learning_rate": (1e-8, 1e4, "log"), "reg": (1e-8, 1e-4, "log")}
layouts = {"grid layout": grid_layout(3, box), "random layout": random_layout(9, box, np.random.default_rng(2))}
reached = {name: [try_out(pictures, **trial) for trial in trials] for name, trials in layouts.items()}
rates, strengths, accuracies = digits_table()
with style((9, 5)):
    figure, axes = plt.subplots(2, 2, sharex=True, sharey="row", height_ratios=(1, 1.6))
    for column, (name, trials) in enumerate(layouts.items()):
        above, below = axes[:, column]
        where = [trial["learning_rate"] for trial in trials]
        above.plot(rates, accuracies.mean(axis=1), color=PALETTE[0], label="known from 1,161 runs")
        above.plot(where, reached[name], "o", color=PALETTE[1], markersize=6, label="this layout")
        above.vlines(where, -0.08, -0.02, color=PALETTE[1], linewidth=1.5)
        above.set(ylabel="accuracy" if column == 0 else "", ylim=(-0.1, 1.02), title=name)
        dots = below.scatter(where, [trial["reg"] for trial in trials], c=reached[name], cmap="viridis", vmin=0, vmax=1, s=110, edgecolor="black")
        below.set(xscale="log", yscale="log", xlabel="learning rate", ylabel="reg" if column == 0 else "")
    axes[0, 1].legend(loc="upper left", fontsize=8)
    figure.colorbar(dots, ax=axes[1], label="accuracy")
    plt.show()
for name, values in reached.items():
    distinct = len({trial["learning_rate"] for trial in layouts[name]})
    print(f"{name:14} {distinct} different rates, best accuracy {max(values):.3f}")

# %% [markdown]
# *Below: nine dots in the plane of rate and strength, a square of three by three on the left, scattered on the right; bright dots are accurate. Above: the same dots, projected onto the axis of the rate. The curve there is what is really going on: accuracy depends on the rate alone, and is high only between about 0.1 and 10. The grid's nine dots fall onto three places, none of them on the hill; of the random ones, two stand on its slope.*
#
# The regularisation strength hardly matters here (below $10^{-4}$). The grid does not know, and spends its nine runs on three rates.
#
# In the layouts with nine trials for two parameters, how many different learning rates are tried?
#
# - **A.** nine by both
# - **B.** nine by the grid, three by the random layout
# - **C.** three by the grid, nine by the random layout
# - **D.** three by both

# %% solution="q_nine_trials"
q_nine_trials = ...  # "A", "B", "C" or "D"
### BEGIN SOLUTION
q_nine_trials = "C"
### END SOLUTION

# %% check="q_nine_trials"
check("q_nine_trials")

# %% [markdown]
# ### Is that a law?
#
# One draw proves nothing (and if you draw in another order than we did, yours looks different from the description). And was the grid not just unlucky? A little further to the right, and a column would have hit the hill.
#
# So do it a thousand times, for boxes of several widths that stand at random around the hill. That would be two hundred thousand trainings, so we look the accuracies up in a table which took 1,161 of them: `digits_table()`, the nearest entry. (On CIFAR-10 too: this table is of the digits.)
#
# **Predict:** will the random layout win for wide boxes or for narrow ones, for few trials or for many?

# %%
def looked_up(trials):
    """Accuracies of trials, from the table: its nearest entry. Beyond its rates nothing is learned."""

    def nearest(axis, name):
        step = np.log(axis[1] / axis[0])
        places = np.log([trial[name] / axis[0] for trial in trials]) / step
        return np.clip(np.rint(places), 0, len(axis) - 1).astype(int)

    return accuracies[nearest(rates, "learning_rate"), nearest(strengths, "reg")]


def contest(decades, per_axis, centre=None, searches=1000, seed=0):
    """Best accuracy of grid and random layout, each (searches,), in boxes so many decades wide."""
    rng, best = np.random.default_rng(seed), []
    for _ in range(searches):
        middle = rng.uniform(-decades / 4, decades / 4) if centre is None else centre
        low, high = 10.0 ** (middle - decades / 2), 10.0 ** (middle + decades / 2)
        box = {"learning_rate": (low, high, "log"), "reg": (1e-8, 1e-4, "log")}
        trials = grid_layout(per_axis, box), random_layout(per_axis**2, box, rng)
        best.append([looked_up(layout).max() for layout in trials])
    return np.array(best).T

# %%
needs("grid_layout", "random_layout")
results = {}
print("decades  trials    grid  random   the grid is better in")
for decades in (12, 4, 1):
    for per_axis in (3, 5):
        grid, drawn = results[decades, per_axis**2] = contest(decades, per_axis)
        print(f"{decades:7} {per_axis**2:7} {grid.mean():7.3f} {drawn.mean():7.3f} {np.mean(grid > drawn):12.0%}")

# %% [markdown]
# With a wide box and nine trials, random wins by a mile: about 0.85 against 0.51 (ten repetitions of the contest stay within 0.02 of that). With 25 trials, 0.95 against 0.86. Over four decades one point is left of it; and where you know the decade already, the grid is a hair *better*: evenly spaced points leave no gaps and do not clump. (A hair: 0.3 points, about one of 297 validation images.)
#
# Even in the widest box the grid wins about every fourth time. Which times? So far the box stood anywhere. Now move its middle, step by step, over six decades, the distance from one column of the grid to the next.
#
# **Predict:** what will the grid's curve look like, and what the random layout's?

# %%
needs("grid_layout", "random_layout")
middles = np.linspace(-3, 3, 41)
by_place = {"grid": [], "random": []}
for middle in middles:
    for name, best in zip(by_place, contest(12, 3, middle, searches=200), strict=True):
        by_place[name].append(best.mean())
with style((7, 3.4)):
    _, ax = plt.subplots()
    curves(ax, 10.0**middles, by_place, xlabel="learning rate in the middle of the box", ylabel="best accuracy of nine trials", title="nine trials, twelve decades: where does the box stand?")
    ax.set(xscale="log", ylim=(0, 1.02))
    plt.show()
wins = np.mean(np.array(by_place["grid"]) > by_place["random"])
print(f"the grid is better at {wins:.0%} of the places")
for label, centre in {"unlucky": -2.0, "lucky": 0.5}.items():
    grid, drawn = results[label] = contest(12, 3, centre, searches=300)
    print(f"{label:8} (middle 10^{centre:<4g}): grid {grid.mean():.3f}, random {drawn.mean():.3f}; the grid is better in {np.mean(grid > drawn):.0%}")

# %% [markdown]
# *Best accuracy against the place of the box's middle. The grid's curve is the hill itself: a plateau at 0.96, above 0.9 for less than two of the six decades, and below 0.25 for nearly half of them, where no column is on the hill. The random layout's curve is flat, at about 0.85.*
#
# The grid is a gamble on its place. Put its middle column at $10^{0.5}$, and it wins nearly every time (98 %); at $10^{-2}$, as in the first figure, it loses in nine cases of ten. The random layout hardly minds where the box stands. *That* is its merit, more than any average: you do not know where the hill is, or you would not search.
#
# **Question 2** (3 points, in your own words). When is a random layout better than a grid with as many trials, and why? When is the grid as good or better? Use the projection onto the axis of the important parameter, and the numbers above.

# %% [markdown] question="grid_or_random" points=3
# ### BEGIN SOLUTION
# **Model answer.** If one parameter matters and the other does not, only the projection onto the important axis counts. A grid of n trials for two parameters has only √n places there (3 of 9), a random layout n. So when the good values fill a small part of a wide range, the random layout is much more likely to hit them (0.85 against 0.51 with nine trials over twelve decades), and its chance does not depend on where the range happens to lie, while a grid's columns may all miss or one may hit. When the range is narrow compared with the good part, or there are enough trials that the grid's spacing is smaller than the hill, both find it, and the evenly spaced grid is as good or slightly better (one decade), since random points clump and leave gaps. It also wins if it happens to stand on the optimum.
#
# **Rubric.** 1 point: √n against n distinct values of the important parameter. 1 point: wide range with a narrow good part, few trials: random wins. 1 point: a case in which the grid is as good or better (narrow range, dense enough, lucky place), with a reason.
# ### END SOLUTION

# %% [markdown]
# ## From coarse to fine
#
# One search is not enough. First a coarse one, short runs over wide ranges; then a finer one around the best trial; and so on. Write the step in between. It is given the results, one dictionary for each trial:
#
# `{"params": {"learning_rate": 0.3, "reg": 1e-6}, "train": 0.99, "val": 0.94, "test": 0.93}`
#
# and returns the ranges of the next round: the best trial's value in the middle, `shrink` times as wide as the old range, all on the parameter's own scale. A run that blew up may have `nan` for an accuracy.
#
# And one thing more, which is forgotten all the time. If the best value sits at the *border* of its range, the range was in the wrong place. So return also, for each parameter, whether its best value was nearer to an end than a tenth of the range's width (on its scale). The new range is not cut off at the old ends: let it stick out.
#
# <details><summary>Hint 1</summary>
#
# Which of the three accuracies may be used for choosing? And what does `np.argmax` do with a nan? (Try it. NumPy has a variant that passes over them.)
#
# </details>
# <details><summary>Hint 2</summary>
#
# Do everything on the scale: for "log", take logarithms of both ends and of the best value, work with these as with plain numbers, and undo the logarithm at the end.
#
# </details>
# <details><summary>Hint 3: nearly there</summary>
#
# On the scale: the width is the upper end minus the lower. The new ends are the best value minus and plus half of `shrink` times the width. For the flag, take the smaller one of the distances to the two ends.
#
# </details>

# %% solution="coarse_to_fine"
def coarse_to_fine(results, ranges, shrink=0.25):
    """Where to search next.

    results: list of {"params": {name: value}, "train": a, "val": b, "test": c}; a, b, c may be nan.
    ranges: {name: (low, high, "log" or "linear")}, those that were searched.
    Returns (new_ranges, at_border): ranges in the same form, and {name: True or False}.
    """
    ### BEGIN SOLUTION
    finished = [result for result in results if not np.isnan(result["val"])]
    winner = max(finished, key=lambda result: result["val"])["params"]
    new_ranges, border = {}, {}
    for name, (low, high, scale) in ranges.items():
        left, right, best = (np.log([low, high, winner[name]]) if scale == "log" else (low, high, winner[name]))
        reach = shrink * (right - left) / 2
        ends = [best - reach, best + reach]
        new_ranges[name] = (*(np.exp(ends) if scale == "log" else ends), scale)
        border[name] = bool(min(best - left, right - best) < 0.1 * (right - left))
    return new_ranges, border
    ### END SOLUTION

# %% check="coarse_to_fine"
check("coarse_to_fine")

# %% [markdown]
# Somebody hands you a range for the rate that was right for another network: $10^{-5}$ to $10^{-1}$. Four rounds of ten random trials. As long as the best rate is at the border the range *moves*, at full width; only when it is inside does it shrink.
#
# **Predict:** what would happen if it shrank in every round, border or not?

# %%
needs("random_layout", "coarse_to_fine")


def search(ranges, shrink_at_border, seed=1, rounds=4, trials=10):
    """The ranges of each round, its best trial, and whether its rate was at the border."""
    rng, story = np.random.default_rng(seed), []
    for turn in range(rounds):
        layout = random_layout(trials, ranges, rng)
        results = [
            {"params": trial, "val": try_out(pictures, **trial, seed=100 * turn + i)}
            for i, trial in enumerate(layout)
        ]
        best = max(results, key=lambda result: result["val"])
        _, border = coarse_to_fine(results, ranges)
        story.append((ranges, best, border["learning_rate"]))
        shrink = shrink_at_border if border["learning_rate"] else 0.4
        ranges, _ = coarse_to_fine(results, ranges, shrink=shrink)
    return story


misplaced = {"learning_rate": (1e-5, 1e-1, "log"), "reg": (1e-8, 1e-4, "log")}
stories = {"moves at the border": search(misplaced, 1.0), "always shrinks": search(misplaced, 0.4)}
for label, story in stories.items():
    print(label)
    for turn, (ranges, best, border) in enumerate(story, start=1):
        low, high, _ = ranges["learning_rate"]
        remark = "  <- at the border" if border else ""
        print(f"  round {turn}: rates {low:8.1e} to {high:8.1e}   best {best['params']['learning_rate']:7.1e}, accuracy {best['val']:.3f}{remark}")

# %% [markdown]
# The search that moves ends at a rate of 0.56, the one that always shrinks at 0.24: it has shut the door on the better rates, and will not notice. (If your `random_layout` draws in another order than ours, you see other numbers.) Over twelve seeds the first ended with the better accuracy nine times and never with the worse (0.957 against 0.948 on average).
#
# The flag is no guarantee, though. With two of the twelve seeds the best rate stood just *inside* the border, round after round, so both searches shrank alike, and ended at 0.91 and 0.94. Look at the flag, and at the numbers too: a best value that creeps towards the same end in every round wants to get out.
#
# A search reports that its best learning rate lies at the upper end of the range. What next?
#
# - **A.** Search again in a range that reaches beyond that end.
# - **B.** Search more finely inside the range, around the best value.
# - **C.** Compare the best two settings on the test set.
# - **D.** Repeat the search in the same range with more trials.

# %% solution="q_best_at_border"
q_best_at_border = ...  # "A", "B", "C" or "D"
### BEGIN SOLUTION
q_best_at_border = "A"
### END SOLUTION

# %% check="q_best_at_border"
check("q_best_at_border")

# %% [markdown]
# ### The best of many is lucky
#
# You have now compared some forty settings on 297 validation images. How good is the winner *really*? First a thought experiment that costs nothing. In the table are 288 runs with a rate below 0.001, which have learned nothing: their true accuracy is 0.1. How good does the best of them look?

# %%
rates, _, accuracies = digits_table()
untrained = accuracies[rates < 1e-3].ravel()
rng = np.random.default_rng(0)
print(f"all {len(untrained)} runs that learned nothing: mean accuracy {untrained.mean():.3f}")
lucky = {}
for k in (1, 10, 40, 200):
    picks = rng.permuted(np.tile(untrained, (300, 1)), axis=1)[:, :k]
    lucky[k] = picks.max(axis=1).mean()
    print(f"the best of {k:3}: {lucky[k]:.3f} on average")

# %% [markdown]
# The best of forty guessers is right in about 20 % of the cases instead of 10 %. Nobody cheated: the *maximum* of many noisy numbers is too high, always. So the validation accuracy of the chosen setting flatters it, and you need data that took no part in the choice: the test set, **once, at the very end**. Now, for instance:

# %%
needs("random_layout", "coarse_to_fine")
winner = max((best for _, best, _ in stories["moves at the border"]), key=lambda best: best["val"])
tested = (pictures.X_train, pictures.y_train, pictures.X_test, pictures.y_test)
on_test = np.mean([try_out(tested, **winner["params"], seed=seed) for seed in range(5)])
on_val = np.mean([try_out(pictures, **winner["params"], seed=seed) for seed in range(5)])
print(f"chosen with validation accuracy {winner['val']:.3f}; trained five times anew: validation {on_val:.3f}, test {on_test:.3f}")

# %% [markdown]
# **Question 3** (2 points, in your own words). A colleague tries 40 settings, picks the one with the best *test* accuracy, and publishes that number. What is wrong with it, and does it get better if the test set is larger?

# %% [markdown] question="why_not_the_test_set" points=2
# ### BEGIN SOLUTION
# **Model answer.** The number is the maximum of 40 noisy measurements, so it is too high: part of it is the luck of that setting on those images, which will not repeat on new ones. The test set has been used for choosing, so it is a validation set now, and nothing independent is left to measure with. A larger test set makes the noise, and with it the bias, smaller (by the square root of the number of images), but does not remove it; choose by validation data, and look at the test data once.
#
# **Rubric.** 1 point: choosing by the maximum makes the number optimistic; the test data are no longer independent. 1 point: a larger set reduces the effect without removing it (or: the remedy, validation data for the choice and the test set once).
# ### END SOLUTION

# %% [markdown]
# ## Cross-validation
#
# With few data, a validation set is a luxury: too small, and its accuracy is a lottery; too large, and nothing is left to train on. **k-fold cross-validation** takes turns: cut the data into $k$ parts, train $k$ times, each time leaving out another part to validate on, and average.
#
# <details><summary>Hint 1</summary>
#
# Work with row numbers, not with rows: divide `np.arange(len(X))` into k parts, and use the same numbers for `X` and for `y`.
#
# </details>
# <details><summary>Hint 2</summary>
#
# 23 rows do not divide into 5 equal parts. NumPy has a function that splits an array into *nearly* equal ones. Or: which rows have a number that leaves the remainder i when divided by k?
#
# </details>
# <details><summary>Hint 3: nearly there</summary>
#
# For each part, make a mask of booleans that is True for the rows of that part. Indexing with the mask gives the validation part, and with its opposite, `~mask`, the training part.
#
# </details>

# %% solution="k_fold"
def k_fold(X, y, k):
    """Divide the data k times.

    X (N, D), y (N,). Returns a list of k tuples (X_train, y_train, X_val, y_val). Each row is in
    exactly one of the k validation parts, whose sizes differ by one at most, and in the training
    part of all the other folds.
    """
    ### BEGIN SOLUTION
    number = np.arange(len(X)) % k
    return [(X[number != i], y[number != i], X[number == i], y[number == i]) for i in range(k)]
    ### END SOLUTION

# %% check="k_fold"
check("k_fold")

# %% [markdown]
# Suppose you had only 125 labelled images. How well do you know the accuracy of one setting, if you hold out one fifth of them once, and how well if you take five turns? We draw 125 images thirty times.

# %%
needs("k_fold")
once, in_turns = [], []
for seed in range(30):
    rows = np.random.default_rng(seed).permutation(len(pictures.X_train))[:125]
    few = pictures.X_train[rows], pictures.y_train[rows]
    turns = [try_out(fold, learning_rate=0.5, reg=1e-6, epochs=10, seed=seed) for fold in k_fold(*few, 5)]
    once.append(turns[0])
    in_turns.append(np.mean(turns))
print(f"one fold of 25 images:  {np.mean(once):.3f} ± {np.std(once):.3f}")
print(f"mean of five such folds: {np.mean(in_turns):.3f} ± {np.std(in_turns):.3f}")

# %% [markdown]
# The same accuracy on average, with much less spread: every image has had its turn. The price is five trainings instead of one, which is why it is rare for large networks, where data are plenty and trainings expensive.
#
# One trap. Folds that are cut from the data *in order* assume that the order means nothing. If the data are sorted by class, each fold is asked about classes that its network has never seen:

# %%
needs("k_fold")
in_order = np.argsort(pictures.y_train, kind="stable")
cut = np.array_split(in_order, 5)
sorted_scores, mixed_scores = [], []
for part in cut:
    rest = np.setdiff1d(np.arange(len(in_order)), part)
    parts = (pictures.X_train[rest], pictures.y_train[rest], pictures.X_train[part], pictures.y_train[part])
    sorted_scores.append(try_out(parts, learning_rate=0.5, reg=1e-6))
for fold in k_fold(pictures.X_train, pictures.y_train, 5):
    mixed_scores.append(try_out(fold, learning_rate=0.5, reg=1e-6))
print("five folds of data sorted by class:", " ".join(f"{score:.2f}" for score in sorted_scores))
print("five folds of the data as they are:", " ".join(f"{score:.2f}" for score in mixed_scores))

# %% [markdown]
# ## What to take home
#
# - Know the first loss: $\ln C$, and a little more with regularisation. Then learn twenty examples by heart. Both take seconds; neither finds labels that were shuffled.
# - A cost that stands still means a rate that is too low (whatever the accuracy does), nan one that is too high. In between, look at every step, not only at the lines of the log.
# - Rates are searched on a log scale. Nine random trials try nine rates, nine on a grid three. Random is safer where you know little; where you know the decade, a grid is as good.
# - A best value at the border means: move. And whatever was used for choosing cannot be used for judging.

# %%
progress("04_babysitting")
