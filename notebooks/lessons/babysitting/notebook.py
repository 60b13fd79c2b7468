# %% [markdown]
# # 04 · Babysitting the learning process
#
# Your backward pass is right, your update rule is right, and the network still learns nothing. Or it learns, but is it any *good*? This notebook is about everything around a training run: two checks before it starts, its log and the length of its steps while it runs, and the search for hyperparameters, the numbers that nobody tells you.
#
# **You will learn**
# - which loss a network must start with, and why twenty examples are the best test of your code,
# - what a log says about the learning rate, overfitting and underfitting, and what it hides,
# - how to search for hyperparameters: on which scale, in which layout, from coarse to fine,
# - which layouts of trials find the good values, and for what reason,
# - how much of a winner's score is luck, and why you keep the test set out of the search.
#
# **Slides:** "Babysitting the learning process", "Cross-validation", "Grid Layout", "Random Layout". **Time:** four to five hours, best in two sittings: the second half is the search. **Points:** {{points}}.
#
# Work in four beats: *predict*, *write*, *check*, *look*. Where it says **Predict**, put your guess in place of the dots before you run the next cells. Guesses are never graded, and a wrong one teaches more than a right one. Hints come in three steps; open as few as you can.

# %% locked="setup"
from collections import Counter

import matplotlib.pyplot as plt
import numpy as np

from cs231n_lib import data
from cs231n_lib.babysitting import read_log
from autograder.check import check, guess, needs, progress, reveal
from cs231n_lib.layers import softmax_loss
from cs231n_lib.network import Network, init_two_layer_model, two_layer_net
from cs231n_lib.plotting import DASHES, PALETTE, curves, projections, style
from cs231n_lib.search import digits_table, try_out
from cs231n_lib.training import ClassifierTrainer, fit

# %% [markdown]
# The data are the handwritten digits that come with the library. The lecture used CIFAR-10, 60,000 small colour photographs. To see its run there, change the line below as its comment says. The first time, that downloads 170 MB, and it needs `pip install pooch`. Everything runs on both, but the numbers in this text are those of the digits. An image of 3,072 numbers instead of 64 needs other learning rates, and all cells together then take about a minute.

# %%
pictures = data.load_digits()  # on photographs: pictures = data.load_cifar10(1000, 297, 500)
inputs = pictures.X_train.shape[1]
sizes = [len(labels) for labels in (pictures.y_train, pictures.y_val, pictures.y_test)]
print("{} images to train, {} to validate, {} to test;".format(*sizes), inputs, "numbers each")

# %% [markdown]
# ## Before the run: is the loss right?
#
# A new network with tiny random weights prefers no class. All its scores are nearly 0, so softmax gives each of $C$ classes the probability $1/C$, and the cross-entropy is
#
# $$L_0 = -\ln \frac1C = \ln C .$$
#
# So you know the first loss *before you run anything*. If the network disagrees, you have found a bug in one second. Then turn regularisation on. The loss must go up, and you know by how much: in this course's networks by $\frac12\, \lambda \sum W^2$, summed over all weights of all layers (biases are not regularised).
#
# **Predict:** which number will a network with ten classes start with?

# %%
guess("first_loss", ...)  # a number with three decimals

# %% [markdown]
# <details><summary>Hint 1</summary>
#
# Two numbers are added. The first needs only the number of classes, the second everything else.
#
# </details>
# <details><summary>Hint 2</summary>
#
# `weights` is a list of arrays of different shapes, so they do not fit into one array. What does each of them contribute?
#
# </details>
# <details><summary>Hint 3: nearly there</summary>
#
# NumPy's natural logarithm has a three-letter name. For each array, square every element and add them all up; then add up over the arrays, and multiply by half of `reg`. An empty list gives a penalty of 0 by itself.
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
reveal("first_loss", sanity_loss(10), form=".6f")

# %% [markdown]
# <details><summary>What came out</summary>
#
# $\ln 10 = 2.302585$, and more with `reg`. It takes a huge `reg` to make that visible, because these weights are minute.
#
# The last line is a caveat. Weights of the usual size (He's) prefer some classes before they know anything, and the loss starts somewhere between 2.26 and 2.53 (twenty seeds). The check wants *small* weights.
#
# </details>

# %% [markdown]
# ## Before the run: can it memorise twenty examples?
#
# Next, take a handful of examples, switch regularisation off, and train until **all** of them are right. A network with fifty hidden units and 3,760 parameters can memorise twenty digits. If it cannot, do not start a long run.
#
# Write that loop, with plain gradient descent. The network comes as a *loss function*, like `two_layer_net`: `loss_function(X, model)` returns scores (N, C), and `loss_function(X, model, y)` returns `(loss, grads)`, where `grads` is a mapping with the same names as `model`.
#
# <details><summary>Hint 1</summary>
#
# First cut `X` and `y` down to `n` rows. Then repeat: check whether all are right; if not, take one step.
#
# </details>
# <details><summary>Hint 2</summary>
#
# The predicted class of a row is the place of its highest score. A step moves *every* entry of the model against its own gradient, which must be computed anew each time. If up to `max_steps` steps are allowed, how often do you check: `max_steps` times, or once more?
#
# </details>
# <details><summary>Hint 3: nearly there</summary>
#
# Loop over `range(max_steps + 1)`; the counter is the number of steps already done. If the predicted classes equal `y`, return the model and the counter. Otherwise ask for the gradients and update each entry, unless the counter says that the allowance is used up. After the loop: the model and `None`.
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
# First a question. Somebody shuffled the labels of a data set before training, so that images and labels no longer belong together. Which of the two checks finds that?
#
# - **A** The first loss: it is not ln 10 when labels are wrong.
# - **B** The twenty examples: wrong labels cannot be learned.
# - **C** Both.
# - **D** Neither. What finds it is the accuracy on images that were not trained on.

# %% solution="q_what_checks_miss"
q_what_checks_miss = ...  # "A", "B", "C" or "D"
### BEGIN SOLUTION
q_what_checks_miss = "D"
### END SOLUTION

# %% check="q_what_checks_miss"
check("q_what_checks_miss")

# %% [markdown]
# Now a clinic. One network is healthy; each of the seven others has one bug that is common in practice. Read their code.
#
# **Predict:** how many of the seven pass *both* checks, the first loss and the twenty examples?

# %%
guess("bugs_that_pass", ...)  # a number from 0 to 7

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
    """The images were divided by 255 twice, the second time as integers: all pixels are 0."""
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
print(f"{'':30} {'first loss, without and with reg':33} steps to 20 right")
for name, (net, y) in ward.items():
    losses = [net(pictures.X_train, tiny, y, reg)[0] for reg in (0.0, 1e4)]
    expected = [sanity_loss(10, reg, [tiny["W1"], tiny["W2"]]) for reg in (0.0, 1e4)]
    start = Network([inputs, 50, 10], rng=np.random.default_rng(0)).params
    steps = overfit_small(net, start, pictures.X_train, y, learning_rate=rate)[1]
    clinic[name] = (bool(np.allclose(losses, expected, atol=1e-3)), steps)
    first = "as expected" if clinic[name][0] else f"{losses[0]:.2f}, {losses[1]:.2f}"
    print(f"{name:30} {first:33} {steps or 'NEVER'}")
reveal("bugs_that_pass", sum(passes and steps is not None for passes, steps in clinic.values()) - 1)

# %% [markdown]
# <details><summary>What came out</summary>
#
# The healthy network needs 12 steps (over twelve starts 6 to 22). Both checks find the sum in place of a mean; only the first loss finds the subtracted penalty. Only the twenty examples find the wrong sign, the dead input and the shifted labels.
#
# Neither *finds* a first layer that does not learn. Fifty random features are plenty for twenty examples; it just takes 29 steps instead of 12 (27 to 65 over twelve starts). And shuffled labels pass both checks, too.
#
# </details>

# %% [markdown]
# ## The slide's run
#
# Now the famous slide: a two-layer net, tiny weights, a learning rate of one millionth, ten epochs. The cell below makes the slide's call, argument by argument, with two differences: the pictures, and `batch_size=1`, which the slide does not mention. CIFAR-10 has some fifty times more images, so that ten epochs are thousands of steps. With 1,000 images you get as many, 10,000, by taking them one at a time. The pixels run over a range of 255, as those of photographs do (minus the mean image).
#
# **Predict:** the cost starts at 2.302585, and chance is an accuracy of 0.1. Where are the cost and the validation accuracy after ten epochs?

# %%
guess("after_ten_epochs", ...)  # two numbers: [cost, accuracy]

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
    curves(left, steps, {"cost of the batch": stats.loss_history}, xlabel="step", ylabel="cost")
    left.set_ylim(0, 2.6)
    shown = {"training": stats.train_acc_history, "validation": stats.val_acc_history}
    shown["chance"] = np.full(10, 0.1)
    curves(right, epochs, shown, xlabel="epoch", ylabel="accuracy")
    right.set_ylim(0, 0.3)
    plt.show()
reveal("after_ten_epochs", [stats.loss_history[-1], stats.val_acc_history[-1]], form=".4f")

# %% [markdown]
# <details><summary>What came out</summary>
#
# *Left: the cost of every step, a flat line at 2.30. Right: training and validation accuracy over the ten epochs, well above the dash-dotted line of chance at 0.1, and wavering upwards.*
#
# "Loss barely changing: learning rate is probably too low", says the slide. None of the 10,000 costs is farther than 0.0003 from $\ln 10$. And yet the network is no longer guessing. How far the accuracy creeps is a matter of luck: over twelve seeds it is 0.12 on average after the first epoch and 0.18 after the tenth; the best run gets to 0.29, the worst ends at 0.11. On the slide it goes from 0.10 to 0.19.
#
# </details>
#
# Why does the accuracy rise on the slide while the cost hardly moves?
#
# - **A** The printed cost is that of one batch only; over all batches it falls.
# - **B** Accuracy asks only WHICH score is the highest. Differences of a ten-thousandth are enough for that, and they hardly change the cost.
# - **C** Regularisation adds to the cost exactly what the data loss loses.
# - **D** The accuracy does not really rise: it is noise around chance.

# %% solution="q_accuracy_creeps"
q_accuracy_creeps = ...  # "A", "B", "C" or "D"
### BEGIN SOLUTION
q_accuracy_creeps = "B"
### END SOLUTION

# %% check="q_accuracy_creeps"
check("q_accuracy_creeps")

# %% [markdown]
# To see it, multiply all scores of the trained network by a constant, the same for all. **Predict** what changes:
#
# - **A** the cost and the accuracy,
# - **B** only the cost,
# - **C** only the accuracy,
# - **D** neither.

# %%
guess("scores_multiplied", ...)  # "A", "B", "C" or "D"

# %%
scores = two_layer_net(X_val, best_model)
print("scores times   largest score      cost   accuracy")
rows = []
for factor in (1, 10, 100, 1000):
    cost, _ = softmax_loss(factor * scores, y_val)
    accuracy = np.mean(np.argmax(factor * scores, axis=1) == y_val)
    rows.append((round(cost, 4), accuracy))
    print(f"{factor:12} {factor * np.abs(scores).max():15.4f} {cost:9.4f} {accuracy:10.3f}")
costs_differ, accuracies_differ = (len(set(column)) > 1 for column in zip(*rows, strict=True))
letters = {(True, True): "A", (True, False): "B", (False, True): "C", (False, False): "D"}
reveal("scores_multiplied", letters[costs_differ, accuracies_differ], word="it is")

# %% [markdown]
# <details><summary>What came out</summary>
#
# The largest score is below 0.001. Multiplying does not change which score of a row is the largest, so the accuracy stays what it was. The cost falls as the differences grow.
#
# </details>

# %% [markdown]
# **Question 1** (3 points, in your own words). The cost hardly moves and the accuracy rises. Explain how both can be true, using what softmax does with scores that are nearly equal. Which of the two would you watch to judge the learning rate, and what would you do next?

# %% [markdown] question="why_accuracy_creeps" points=3
# ### BEGIN SOLUTION
# **Model answer.** All scores are tiny (below 0.001), so every class has a probability of almost exactly 1/10, and the cost stays at ln 10 to three decimals: it depends on how large the differences between scores are. Accuracy depends only on which score is the largest. The weights have moved very little, but in a direction that puts the right class's score slightly ahead more often, so the argmax changes. Multiplying all scores by 1000 leaves the accuracy as it is and lowers the cost. To judge the rate, watch the cost: it says that the steps are much too short. So raise the rate by factors of ten until the cost falls visibly (or explodes).
#
# **Rubric.** 1 point: nearly equal scores give probabilities near 1/C, hence a cost near ln C. 1 point: accuracy depends only on the order of the scores, so tiny consistent differences are enough. 1 point: the rate is too low, judged by the cost; raise it by factors.
# ### END SOLUTION

# %% [markdown]
# ## Reading a log
#
# **Predict, then play.** Before you write a function that reads logs, read some yourself. A net of 50 hidden units learns 1,000 digits, at rates from a millionth to a million. Draw two logs on paper, each with a cost and two accuracies: one of a rate that is far too low, one of a rate that is far too high. What changes with 50 training images, or with two hidden units? Then play. Each setting comes with a diagnosis; try to guess the rule behind it.

# %%
from cs231n_lib.play import play

play("learning_rate_clinic")

# %% [markdown]
# Now write the rule down. A log is a dictionary of lists, one number per epoch: `"cost"`, `"train"` and `"val"`. `start` is the cost before the first step, which you know how to check. The diagnosis is **the first of these that is true**:
#
# | label | when |
# |---|---|
# | `"rate too high"` | some cost is not finite (nan or infinite), or some cost is above 3·start, or the *last* cost is above 1.1·start |
# | `"rate too low"` | the last cost is above 0.95·start: it has hardly come down |
# | `"overfitting"` | at the end, training accuracy is more than 0.1 above validation accuracy |
# | `"underfitting"` | at the end, training accuracy is below 0.8 |
# | `"good"` | otherwise |
#
# The four numbers are rules of thumb that fit these digits. On CIFAR-10 this net would never get near 0.8: what counts as underfitting depends on what is possible.
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
# Make an array of the costs, and first ask whether all of it passes `np.isfinite`. "At the end" means the last entry of a list, not the best one. Everything about the cost is relative to `start`, which is not the first entry of the log.
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
# `read_log` makes such a dictionary from printed lines. So you can diagnose any log of this form that you find, for instance two lines of somebody else's:

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
# Eight runs on the digits, with weights of the usual size, pixels from 0 to 1 and batches of 50: six learning rates from 0.000001 to 1000000, a run on 50 images only, and a net with two hidden units. Each gets two diagnoses: one from the ten epoch lines that a trainer prints, and one from the costs of *all* batches, which it keeps in `stats.loss_history`.
#
# You have met most of them in the picture. **Predict:** for how many of the eight do the two diagnoses differ, and for which?

# %%
guess("diagnoses_that_differ", ...)  # a number from 0 to 8

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
    by_line, by_batch = diagnose(log, start), diagnose({**log, "cost": every}, start)
    verdicts[name] = by_line, by_batch
    numbers = f"{log['cost'][-1]:9.3g} {log['train'][-1]:6.3f} {log['val'][-1]:6.3f}"
    print(f"{name:25} {numbers}   {by_line:17} {by_batch}")
reveal("diagnoses_that_differ", sum(len(set(pair)) == 2 for pair in verdicts.values()))
with style((8.5, 4)):
    _, ax = plt.subplots()
    shown = [name for name in suspects if "," not in name]  # the six rates
    for name, dash, colour in zip(shown, DASHES, PALETTE, strict=True):
        costs = np.minimum(sessions[name][1], 1e6)
        ax.plot(np.arange(1, len(costs) + 1), costs, ls=dash, c=colour, label=name, lw=1.5)
    ax.set(xlabel="step", ylabel="cost of the batch", yscale="log", ylim=(1e-3, 1e4))
    ax.set_title("one net, six learning rates")
    ax.legend(loc="center left", bbox_to_anchor=(1, 0.5))
    plt.show()

# %% [markdown]
# <details><summary>What came out</summary>
#
# *Cost per step on a logarithmic axis. The lowest rate is a flat line at 2.3; 0.01 has just begun to fall; 1 falls steadily to about 0.03. Rate 10 falls in wild jags, and once leaps to five times the start. Rate 15 leaps to nine times the start at once, comes back to where it began, and stays there. A million leaves the picture at once.*
#
# A rate of a million gives nan from about step 32 on, with each of twelve seeds. (With tanh in place of ReLU it does not. Over twelve seeds every cost stays finite, at some hundred thousand, and the net is even right in 0.6 to 0.9 of the cases. Once more, cost and accuracy are two things.)
#
# The two diagnoses differ for rate 15 (and, unless your computer rounds otherwise, for rate 10). Look at **rate 15**: its epoch lines show a cost close to the start and accuracies close to chance: the very picture of a rate that is too *low*. The costs of all batches tell the truth: within five steps, long before the first line of the log, it was thrown to nine times its start, and it never learned again. (Rate 10 was thrown to five times, and recovered.)
#
# </details>
#
# Is rate 15 just an unlucky seed? Try ten:

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
# <details><summary>What came out</summary>
#
# From the epoch lines at most half of the ten are recognised, and about as many get the opposite diagnosis: "too low", raise it! From every batch, ten of ten. (We got three and four of ten; thirty seeds on three kinds of processor gave one to five recognised of ten, and three to seven opposite. Such a run magnifies rounding errors in the last digit, in which computers differ, so your table may not be ours.) **Look at the cost of every step, at least for the first epoch.**
#
# There are other things that a log cannot tell apart. Rate 0.01 is called "underfitting", but it is only unfinished: after 100 epochs it gets to 0.90 or more on the validation set (ten seeds), where rate 1 was at 0.94 or more after ten. The net with two hidden units is still below 0.8 on its own *training* data after 100 epochs. (At a rate of 10 the rules fail on it altogether, as the picture shows: "rate too low", because a net that small never gets to three times its start. Of twelve seeds not one is called too high.)
#
# And rate 10 is fine in some runs and ruined in others: over ten seeds it ends anywhere between about 0.5 and 0.94, while rate 3 ends above 0.94 every time. A rate that is slightly too high does not fail; it gambles.
#
# </details>

# %% [markdown]
# ## How long is a step?
#
# A log shows what the steps achieved. You can also look at the steps themselves: how far does one move the weights, compared with how long the weights are?
#
# $$\text{update ratio} = \frac{\lVert W_\text{after} - W_\text{before} \rVert}{\lVert W_\text{before} \rVert},\qquad \lVert W \rVert = \sqrt{\textstyle\sum W^2},$$
#
# for each layer by itself. The [CS231n notes](https://cs231n.github.io/neural-networks-3/#ratio) give a rule of thumb: it "should be somewhere around 1e-3". If it is lower, the rate may be too low; if it is higher, too high. Build the instrument first, then see whether the rule holds here.
#
# `before` and `after` map names to arrays, such as `W1`, `b1`, `W2`, `b2`. Report only the weights, whose names begin with `W`: biases start at 0, and nothing can be divided by a length of 0.
#
# <details><summary>Hint 1</summary>
#
# A step is itself an array, of the same shape as the weights. What is it, in terms of `before` and `after`?
#
# </details>
# <details><summary>Hint 2</summary>
#
# Two lengths per layer: that of the step and that of the old weights. Is the length of the step the same as the difference of the two lengths? Think of a step that only turns the weights.
#
# </details>
# <details><summary>Hint 3: nearly there</summary>
#
# `np.linalg.norm` gives the length of an array of any shape, as long as you give it nothing but the array. Build a dictionary: go over the names, skip those that do not start with "W", and divide the one length by the other.
#
# </details>

# %% solution="update_ratio"
def update_ratio(before, after):
    """How long a step is, relative to the weights that it changes.

    before, after: mappings of names to arrays, the parameters around one step.
    Returns {name: ratio}, for the names that begin with "W".
    """
    ### BEGIN SOLUTION
    weights = [name for name in before if name.startswith("W")]
    length = np.linalg.norm
    return {name: length(after[name] - before[name]) / length(before[name]) for name in weights}
    ### END SOLUTION

# %% check="update_ratio"
check("update_ratio")

# %% [markdown]
# Now train with seven rates, 5 epochs or 100 steps each, and note the ratio of every step. The same function, given the first and the last parameters of a run, says how far the whole run moved the weights.
#
# **Predict:** one of these rates reaches the best accuracy. What is its typical update ratio for `W1`?

# %%
guess("best_update_ratio", ...)  # a number, such as 0.0001

# %%
def steps_of(rate, epochs=5, seed=0):
    """One run: the ratios of W1 and W2 in every step, how far W1 moved in all, the accuracy."""
    rng = np.random.default_rng(seed)
    network = Network([inputs, 50, 10], rng=rng)
    start, ratios = network.params.copy(), []
    for _ in range(epochs * (len(pictures.y_train) // 50)):
        before = network.params.copy()
        batch = data.sample_batch(pictures.X_train, pictures.y_train, 50, rng)
        loss, gradient = network.loss_and_gradient(*batch)
        network.x = network.x - rate * gradient
        ratio = update_ratio(before, network.params)
        ratios.append([ratio["W1"], ratio["W2"]])
    far = update_ratio(start, network.params)["W1"]
    return np.array(ratios), far, network.accuracy(pictures.X_val, pictures.y_val)

# %%
needs("update_ratio")
by_rate = {}
print("           update ratio, median of W1, of W2   W1 moved   accuracy")
for rate in (0.01, 0.02, 0.1, 0.3, 1, 3, 10):
    ratios, far, accuracy = by_rate[rate] = steps_of(rate * 64 / inputs)
    first, second = np.median(ratios, axis=0)
    print(f"rate {rate:<5g} {first:26.5f} {second:8.5f} {far:10.3f} {accuracy:10.3f}")
best = max(by_rate, key=lambda rate: by_rate[rate][2])
reveal("best_update_ratio", np.median(by_rate[best][0][:, 0]))

# %% [markdown]
# <details><summary>What came out</summary>
#
# Not here. A ratio of a thousandth belongs to a rate between 0.02 and 0.03, with which the net is right in at most 70 % of the cases after five epochs. The best rates, 1 and 3, have median ratios of 0.013 to 0.031: more than ten times the rule (six other seeds).
#
# Here is a possible reason: count the steps. A hundred steps of a thousandth can move the weights by about a tenth of their length *at most*, if all point the same way. Rates 1 and 3 have moved `W1` by 0.6 to 1.0 of its length. If that is the reason, the low rate needs nothing but more steps. That can be tested.
#
# </details>
#
# **Predict:** rate 0.02 gets 250 epochs instead of 5. How accurate is it now?

# %%
guess("low_rate_long_run", ...)  # an accuracy, such as 0.5

# %%
needs("update_ratio")
long_run = steps_of(0.02 * 64 / inputs, epochs=250)
for name, (ratios, far, accuracy) in {"rate 0.02, 250": long_run, "rate 1, 5": by_rate[1]}.items():
    typical = np.median(ratios[:, 0])
    print(f"{name:>14} epochs: median ratio {typical:.5f}, ", end="")
    print(f"W1 moved {far:.2f}, accuracy {accuracy:.3f}")
reveal("low_rate_long_run", long_run[2])

# %% [markdown]
# <details><summary>What came out</summary>
#
# It catches up: it is about as accurate as rate 1 after five epochs (0.945 or more with six other seeds), and `W1` has moved about as far, by steps of a thousandth at most. So a ratio is too small *for the number of steps that you can afford*. Multiply the two. If the product is well below 1, the weights cannot get far, wherever the steps point, and you know it after a few steps, before the log tells you. A thousandth fits a run of some thousand steps, such as this one.
#
# At the other end, rate 10 begins with a step of nearly half the length of `W1`. And look at the layers one by one: a layer whose ratio is 0 does not learn. Of the bugs in the clinic, this instrument finds the frozen first layer in one step.
#
# </details>

# %% [markdown]
# ## Where to look: the grid
#
# Rates from a millionth to a million: nobody guesses the right one. So you search, and the first question is the *scale*. From 0.0001 to 0.001 is as big a change to a network as from 1 to 10. For rates and regularisation strengths it is the **factor** that counts, so they live on a log scale. For others, such as the fraction of units that dropout keeps, it is the difference.
#
# A range is `(low, high, "log")` or `(low, high, "linear")`, a set of ranges is a dictionary by parameter name, and a trial is a dictionary with one value for each name. The simplest plan is the **grid**: a few values of each parameter, evenly spaced on its scale from one end to the other, both included, and every combination of them.
#
# <details><summary>Hint 1</summary>
#
# First make the list of values of each parameter; then combine.
#
# </details>
# <details><summary>Hint 2</summary>
#
# NumPy has `np.linspace` for equal differences, and a similar function for equal factors ("geometric"). For the combinations, look at `itertools.product`, or grow a list of trials parameter by parameter.
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
# You can afford nine trials for two parameters, a learning rate and a regularisation strength. How many different learning rates do the two plans try?
#
# - **A** nine with both
# - **B** nine with the grid, three with the random layout
# - **C** three with the grid, nine with the random layout
# - **D** three with both

# %% solution="q_nine_trials"
q_nine_trials = ...  # "A", "B", "C" or "D"
### BEGIN SOLUTION
q_nine_trials = "C"
### END SOLUTION

# %% check="q_nine_trials"
check("q_nine_trials")

# %% [markdown]
# Now write the random layout.
#
# <details><summary>Hint 1</summary>
#
# Draw a number that is uniform between 0 and 1, or between two other ends, and turn it into a value in the range. On the linear scale there is little more to do.
#
# </details>
# <details><summary>Hint 2</summary>
#
# On the log scale, which quantity is uniform? Between which two ends does it lie? And how do you get from it back to the rate?
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
            if scale == "log":
                trial[name] = low * (high / low) ** share
            else:
                trial[name] = low + (high - low) * share
        trials.append(trial)
    return trials
    ### END SOLUTION

# %% check="random_layout"
check("random_layout")

# %% [markdown]
# **Predict:** you draw 100 rates with a plain `rng.uniform(1e-4, 1)`. How many are below 0.01?

# %%
guess("below_a_hundredth", ...)  # a number from 0 to 100

# %%
needs("random_layout")
rng = np.random.default_rng(0)
plain = rng.uniform(1e-4, 1, 100)
layout = random_layout(100, {"rate": (1e-4, 1.0, "log")}, rng)
on_log_scale = np.array([trial["rate"] for trial in layout])
print("rates between        rng.uniform   random_layout")
per_decade = []
for low in (1e-4, 1e-3, 1e-2, 1e-1):
    counts = [int(np.sum((low <= rates) & (rates < 10 * low))) for rates in (plain, on_log_scale)]
    per_decade.append(counts)
    print(f"{low:<6g} and {10 * low:<6g} {counts[0]:14} {counts[1]:15}")
reveal("below_a_hundredth", int(np.sum(plain < 0.01)))

# %% [markdown]
# <details><summary>What came out</summary>
#
# Of a hundred plain draws some ninety fall into the uppermost decade, and *one*, on average, into the lower two together. On the log scale each decade gets about 25.
#
# </details>

# %% [markdown]
# ## Where to look: one trial per cell
#
# Random draws clump and leave gaps. Cut a range into nine equal cells and draw nine values: on average, three of the cells stay empty. A third plan keeps the draws and forbids the gaps. Cut *each* parameter's range into `n` cells, equally wide on its scale, and use every cell of every parameter exactly once. Where a value lies within its cell is drawn; which cells of different parameters meet in one trial is drawn as well. This is a **Latin hypercube** ([McKay, Beckman and Conover, 1979](https://doi.org/10.1080/00401706.1979.10489755)): three lines more than `random_layout`.
#
# <details><summary>Hint 1</summary>
#
# Start with one parameter. The cells have the numbers 0 to n - 1. Which share of the range lies below cell number `i`, and how wide is a cell?
#
# </details>
# <details><summary>Hint 2</summary>
#
# Each parameter needs the numbers 0 to n - 1 in an order of its own. What can a NumPy generator do to a list of numbers?
#
# </details>
# <details><summary>Hint 3: nearly there</summary>
#
# `rng.permutation(n)` gives the cells, one for each trial. Add a draw between 0 and 1 to each cell's number and divide by n: that is a share of the range, as `random_layout` draws it. Turn it into a value on the parameter's scale, and repeat for the next parameter with a new permutation.
#
# </details>

# %% solution="latin_layout"
def latin_layout(n, ranges, rng):
    """n trials that use each of n cells of every parameter once: a Latin hypercube.

    Cells are equally wide on the parameter's scale; each value is uniform within its cell.
    ranges: {name: (low, high, "log" or "linear")}. rng: a numpy Generator.
    Returns a list of n trials, each a dict {name: value}.
    """
    ### BEGIN SOLUTION
    trials = [{} for _ in range(n)]
    for name, (low, high, scale) in ranges.items():
        shares = (rng.permutation(n) + rng.random(n)) / n
        values = low * (high / low) ** shares if scale == "log" else low + (high - low) * shares
        for trial, value in zip(trials, values, strict=True):
            trial[name] = value
    return trials
    ### END SOLUTION

# %% check="latin_layout"
check("latin_layout")

# %% [markdown]
# ### Side by side
#
# Suppose you know nothing: the rate may be anywhere from $10^{-8}$ to $10^4$, the regularisation strength from $10^{-8}$ to $10^{-4}$. Each plan gets nine trials. `try_out` trains a net with 50 hidden units for 5 epochs, and returns its validation accuracy.

# %%
needs("grid_layout", "random_layout", "latin_layout")
box = {"learning_rate": (1e-8, 1e4, "log"), "reg": (1e-8, 1e-4, "log")}
layouts = {
    "grid layout": grid_layout(3, box),
    "random layout": random_layout(9, box, np.random.default_rng(2)),
    "Latin layout": latin_layout(9, box, np.random.default_rng(2)),
}
reached = {
    name: [try_out(pictures, **trial) for trial in trials] for name, trials in layouts.items()
}
rates, strengths, accuracies = digits_table()  # 1,161 runs, paid for already
with style((11, 5)):
    projections(layouts, reached, known=(rates, accuracies.mean(axis=1)))
    plt.show()
for name, values in reached.items():
    distinct = len({trial["learning_rate"] for trial in layouts[name]})
    print(f"{name:14} {distinct} different rates, best accuracy {max(values):.3f}")

# %% [markdown]
# <details><summary>What came out</summary>
#
# *Below: nine dots in the plane of rate and strength, a square of three by three on the left, scattered in the middle and on the right; bright dots are accurate. Above: the same dots, projected onto the axis of the rate. The curve is what is really going on: accuracy depends on the rate alone, and is high only between about 0.1 and 10. The grid's nine dots fall onto three places, none of them on the hill; of the random ones, two stand on its slope; the Latin ones are spread over the whole axis.*
#
# The regularisation strength hardly matters here (below $10^{-4}$). The grid does not know that, and spends its nine runs on three rates.
#
# </details>

# %% [markdown]
# ### Is that a law?
#
# One draw proves nothing (and if you draw in another order than we did, your figure looks different from the description). And is the comparison fair to the grid? Ours is forced to put two of its three columns at the very ends of the box. A grid of **cell centres** is the fairer opponent: cut each range into three cells, and stand in their middles.
#
# So hold a contest of four plans, a thousand times, for boxes of several widths that stand at random around the hill. That would be hundreds of thousands of trainings. Instead, look the accuracies up in a table that took 1,161 of them: `digits_table()`, the nearest entry. (This table is of the digits, on CIFAR-10 too.)
#
# **Predict:** in the widest box with nine trials, the grid on the box's ends reaches about 0.5 on average. What do cell centres, random and Latin layout reach?

# %%
guess("contest", ...)  # three numbers: [cell centres, random, Latin]

# %%
def looked_up(trials):
    """Accuracies of trials, from the nearest entry of the table; beyond it nothing is learned."""

    def nearest(axis, name):
        step = np.log(axis[1] / axis[0])
        places = np.log([trial[name] / axis[0] for trial in trials]) / step
        return np.clip(np.rint(places), 0, len(axis) - 1).astype(int)

    return accuracies[nearest(rates, "learning_rate"), nearest(strengths, "reg")]


def placed(shares, ranges):
    """Trials at these shares (n, number of ranges) of ranges on a log scale."""
    low, high = (np.array([ends[side] for ends in ranges.values()]) for side in (0, 1))
    return [dict(zip(ranges, row, strict=True)) for row in low * (high / low) ** np.array(shares)]


def cell_centres(per_axis, ranges):
    """A grid that stands in the middles of equal cells."""
    middles = (np.arange(per_axis) + 0.5) / per_axis
    return placed([(a, b) for a in middles for b in middles], ranges)


PLANS = {
    "grid, ends": lambda k, box, rng: grid_layout(k, box),
    "grid, centres": lambda k, box, rng: cell_centres(k, box),
    "random": lambda k, box, rng: random_layout(k**2, box, rng),
    "Latin": lambda k, box, rng: latin_layout(k**2, box, rng),
}


def contest(plans, decades, per_axis, centre=None, searches=1000, seed=0):
    """Best accuracy of each plan in each search, in boxes so many decades wide."""
    rng, best = np.random.default_rng(seed), {name: [] for name in plans}
    for _ in range(searches):
        middle = rng.uniform(-decades / 4, decades / 4) if centre is None else centre
        low, high = 10.0 ** (middle - decades / 2), 10.0 ** (middle + decades / 2)
        box = {"learning_rate": (low, high, "log"), "reg": (1e-8, 1e-4, "log")}
        for name, plan in plans.items():
            best[name].append(looked_up(plan(per_axis, box, rng)).max())
    return {name: np.array(values) for name, values in best.items()}

# %%
needs("grid_layout", "random_layout", "latin_layout")
results = {}
print("decades  trials " + "".join(f"{name:>15}" for name in PLANS))
for decades in (12, 4, 1):
    for per_axis in (3, 5):
        results[decades, per_axis**2] = contest(PLANS, decades, per_axis)
        means = [values.mean() for values in results[decades, per_axis**2].values()]
        print(f"{decades:7} {per_axis**2:7} " + "".join(f"{mean:15.3f}" for mean in means))
reveal("contest", {name: results[12, 9][name].mean() for name in list(PLANS)[1:]}, form=".2f")

# %% [markdown]
# <details><summary>What came out</summary>
#
# In a wide box with nine trials, random beats the grid by a mile, even the grid of cell centres: about 0.85 against 0.63, or 0.52 on the box's ends (six repetitions of the contest stay within 0.03 of that). But the **Latin layout beats random** just as clearly, with 0.94. With 25 trials the order is the same and the distances are smaller: 0.86, 0.93, 0.95, 0.96. Over four decades only the grid on the ends is behind, by a point. And where you know the decade already, all four are within half a point of each other.
#
# </details>
#
# So is it the *randomness* that helps? The plans differ in two things: whether chance has a part in them, and how many different rates they try. Separate the two. A **tilted grid** involves no chance at all, but no two of its trials share a rate or a strength. And **crossed random values** are as random as can be, but there are only three rates and three strengths, in all combinations.
#
# **Predict:** which of the two does better, in the wide box with nine trials? And which numbers do they reach?

# %%
guess("chance_or_projections", ...)  # two numbers: [tilted grid, crossed random values]

# %%
def tilted_grid(k, box, rng):
    """A grid of k by k, each row shifted a little, each column too. Nothing is drawn."""
    pairs = [(i, j) for i in range(k) for j in range(k)]
    return placed([((i * k + j + 0.5) / k**2, (j * k + i + 0.5) / k**2) for i, j in pairs], box)


def crossed_random(k, box, rng):
    """k random rates and k random strengths, in all combinations."""
    some_rates, some_strengths = rng.random((2, k))
    return placed([(a, b) for a in some_rates for b in some_strengths], box)

# %%
needs("grid_layout", "random_layout", "latin_layout")
causes = contest({**PLANS, "tilted grid": tilted_grid, "crossed random": crossed_random}, 12, 3)
print("nine trials, 12 decades      3 different rates       9 different rates")
for label, few, many in (
    ("nothing drawn", "grid, centres", "tilted grid"), ("drawn", "crossed random", "random")
):
    pair = [f"{causes[name].mean():.3f} ({name})" for name in (few, many)]
    print(f"{label:24} {pair[0]:>22} {pair[1]:>22}")
tried = {name: causes[name].mean() for name in ("tilted grid", "crossed random")}
reveal("chance_or_projections", tried, form=".2f")

# %% [markdown]
# <details><summary>What came out</summary>
#
# The tilted grid, in which nothing is random, does best of all: 0.95. Crossed random values are no better than a grid: 0.58. So chance is not what helps. What helps is **distinct projections**: nine trials that try nine rates. It is better still when these are spread evenly, as in the Latin layout and the tilted grid; plain random values clump. A random layout gets distinct projections without any planning, for any number of parameters and trials; that is its case against the grid ([Bergstra and Bengio, 2012](https://www.jmlr.org/papers/v13/bergstra12a.html)).
#
# </details>
#
# One thing is left: the place of the box. So far it stood anywhere. Now move its middle, step by step, over six decades, the distance between two columns of the grid on the ends.
#
# **Predict:** sketch the curve of the grid, and that of the Latin layout.

# %%
needs("grid_layout", "random_layout", "latin_layout")
middles = np.linspace(-3, 3, 41)
by_place = {name: [] for name in PLANS}
for middle in middles:
    for name, best in contest(PLANS, 12, 3, middle, searches=100).items():
        by_place[name].append(best.mean())
with style((8.5, 3.4)):
    _, ax = plt.subplots()
    xlabel = "learning rate in the middle of the box"
    curves(ax, 10.0**middles, by_place, xlabel=xlabel, ylabel="best accuracy of nine trials")
    ax.set(xscale="log", ylim=(0, 1.02))
    ax.legend(loc="center left", bbox_to_anchor=(1, 0.5))
    plt.show()
for name, values in by_place.items():
    print(f"{name:14} from {min(values):.3f} to {max(values):.3f}, depending on the place")

# %% [markdown]
# <details><summary>What came out</summary>
#
# *Best accuracy against the place of the box's middle. The curve of the grid on the ends is the hill itself: a plateau at 0.96, above 0.9 for less than two of the six decades, and below 0.25 for nearly half of them, where no column is on the hill. That of the cell centres is the same hill every four decades, as its columns are closer: its gaps are narrower, and as deep. The random layout's curve is flat, at about 0.85, the Latin layout's flat at about 0.94.*
#
# A grid is a gamble on its place: with the middle column at $10^{0.5}$ it wins, at $10^2$ it finds nothing. Layouts with distinct projections hardly mind where the box stands. That matters most: you do not know where the hill is, or you would not search.
#
# </details>
#
# **Question 2** (3 points, in your own words). When is a random layout better than a grid with as many trials, and what is the reason? Which experiment above shows that the reason is *not* chance? And when is a grid as good? Use the projection onto the axis of the important parameter, and the numbers above.

# %% [markdown] question="grid_or_random" points=3
# ### BEGIN SOLUTION
# **Model answer.** If one parameter matters and the other does not, only the projection onto the important axis counts. A grid of n trials for two parameters has only √n places there (3 of 9), a random layout n. So when the good values fill a small part of a wide range, distinct projections are much more likely to hit them (0.85 against 0.63 for cell centres and 0.52 for the ends, with nine trials over twelve decades), and the chance of that does not depend on where the range happens to lie. It is not the randomness: the tilted grid has nine distinct rates without any chance and reaches 0.95, random values in all combinations have three rates and reach only 0.58, and the Latin layout, with less chance than the random one, is better than it (0.94), because its values do not clump. When the range is narrow compared with the good part, or there are enough trials that the grid's spacing is smaller than the hill, a grid is as good (one decade: all within half a point), and it also does well if a column happens to stand on the hill.
#
# **Rubric.** 1 point: √n against n distinct values of the important parameter, which matters for a wide range with a narrow good part. 1 point: the reason is distinct projections and not chance, with evidence (tilted grid, crossed random values, or Latin against random). 1 point: a case in which the grid is as good or better (narrow range, dense enough, lucky place), with a reason.
# ### END SOLUTION

# %% [markdown]
# ## From coarse to fine
#
# One search is not enough. First comes a coarse one, with short runs over wide ranges; then a finer one around the best trial; and so on. Before you write the step in between, a question. A search reports that its best learning rate lies at the upper end of the range. What next?
#
# - **A** Search again in a range that reaches beyond that end.
# - **B** Search more finely inside the range, around the best value.
# - **C** Compare the best two settings on the test set.
# - **D** Repeat the search in the same range with more trials.

# %% solution="q_best_at_border"
q_best_at_border = ...  # "A", "B", "C" or "D"
### BEGIN SOLUTION
q_best_at_border = "A"
### END SOLUTION

# %% check="q_best_at_border"
check("q_best_at_border")

# %% [markdown]
# Now the step from one search to the next. Your function is given the results, one dictionary for each trial:
#
# `{"params": {"learning_rate": 0.3, "reg": 1e-6}, "train": 0.99, "val": 0.94, "test": 0.93}`
#
# and returns the ranges of the next round: the best trial's value in the middle, `shrink` times as wide as the old range, all on the parameter's own scale. A run that blew up may have `nan` for an accuracy. The new range is not cut off at the old ends: let it stick out.
#
# Return also, for each parameter, whether its best value was at the *border*: nearer to an end than a tenth of the range's width (on its scale).
#
# <details><summary>Hint 1</summary>
#
# Which of the three accuracies may be used for choosing? And what does `np.argmax` do with a nan? (Try it. NumPy has a variant that ignores them.)
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
        left, right, best = low, high, winner[name]
        if scale == "log":
            left, right, best = np.log([left, right, best])
        reach = shrink * (right - left) / 2
        ends = [best - reach, best + reach]
        new_ranges[name] = (*(np.exp(ends) if scale == "log" else ends), scale)
        border[name] = bool(min(best - left, right - best) < 0.1 * (right - left))
    return new_ranges, border
    ### END SOLUTION

# %% check="coarse_to_fine"
check("coarse_to_fine")

# %% [markdown]
# Somebody hands you a range for the rate that was right for another network: $10^{-5}$ to $10^{-1}$. You run four rounds of ten random trials, in two ways. In one search the range *moves* at full width as long as the best rate is at the border, and shrinks only when it is inside. The other search shrinks its range in every round, border or not.
#
# **Predict:** at which rates do the two searches end?

# %%
guess("ends_of_the_searches", ...)  # two numbers: [moves at the border, always shrinks]

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
        rate, accuracy = best["params"]["learning_rate"], best["val"]
        found = f"best {rate:7.1e}, accuracy {accuracy:.3f}{'  <- at the border' if border else ''}"
        print(f"  round {turn}: rates {low:8.1e} to {high:8.1e}   {found}")
last = {label: story[-1][1]["params"]["learning_rate"] for label, story in stories.items()}
reveal("ends_of_the_searches", last, form=".2g")

# %% [markdown]
# <details><summary>What came out</summary>
#
# The search that moves ends at a rate of 0.56, the one that always shrinks at 0.24: it has shut the better rates out, and will not notice. (If your `random_layout` draws in another order than ours, you see other numbers.) Over twelve seeds the first ended with the better accuracy nine times and never with the worse (0.957 against 0.948 on average).
#
# The flag is no guarantee, though. With two of the twelve seeds the best rate stood just *inside* the border, round after round, so both searches shrank alike, and ended at 0.91 and 0.94. Look at the numbers as well as the flag. If the best value creeps towards the same end in every round, the range is in the wrong place.
#
# </details>

# %% [markdown]
# ## How lucky is the winner?
#
# You have now compared some forty settings on 297 validation images. How good is the best one *really*? To see how much of a winner's score is luck, leave nothing but luck: take ONE good setting and train it 120 times, with nothing changed but the seed. Note two accuracies of each run, on the validation set and on the test set.

# %%
def val_and_test(learning_rate, seed):
    """Accuracies of one run of 5 epochs, on validation and test images."""
    rng = np.random.default_rng(seed)
    network = Network([inputs, 50, 10], rng=rng)
    config = {"learning_rate": learning_rate}
    X, y = pictures[:2]
    fit(network, X, y, "sgd", config, epochs=5, batch_size=50, rng=rng)
    return [network.accuracy(X, y) for X, y in (pictures[2:4], pictures[4:6])]


good = 64 / inputs  # 1 for the digits
val, test = np.array([val_and_test(good, seed) for seed in range(120)]).T
for name, accuracies_of in {"validation": val, "test": test}.items():
    print(f"{name:10} mean {accuracies_of.mean():.3f}, least {accuracies_of.min():.3f}, ", end="")
    print(f"most {accuracies_of.max():.3f}, standard deviation {accuracies_of.std():.4f}")

# %% [markdown]
# Somebody who tries $k$ of these runs reports the best one. `searches` holds a thousand such people, one in each row: the numbers of the $k$ runs that they tried. Find each one's winner, and what they would have found on the test set. (Suppose that no two runs of a search are equally good; if they are, take either.)
#
# <details><summary>Hint 1</summary>
#
# Indexing works with arrays of numbers: if `val` holds accuracies and `row` holds the numbers of some runs, what is `val[row]`? And `val[searches]`?
#
# </details>
# <details><summary>Hint 2</summary>
#
# `argmax` gives the winner's *place in the row*. Which run stands at that place?
#
# </details>
# <details><summary>Hint 3: nearly there</summary>
#
# Search by search: look the accuracies of its runs up, find the place of the highest with the variant of `argmax` that ignores nan, get the number of the run from the row, and note `val` and `test` of that run. At the end, make arrays of the two lists.
#
# </details>

# %% solution="winner_and_its_test"
def winner_and_its_test(val, test, searches):
    """What each search reports of its winner, and what that winner is worth.

    val, test: (R,) accuracies of R runs; those of a run that blew up may be nan.
    searches: (S, k), in each row the numbers of the k runs that one search compared.
    The winner of a search is its run with the highest validation accuracy, never a nan.
    Returns two arrays (S,): the winners' validation accuracies, and their test accuracies.
    """
    ### BEGIN SOLUTION
    best, worth = [], []
    for row in searches:
        run = row[np.nanargmax(val[row])]
        best.append(val[run])
        worth.append(test[run])
    return np.array(best), np.array(worth)
    ### END SOLUTION

# %% check="winner_and_its_test"
check("winner_and_its_test")

# %% [markdown]
# **Predict:** by how much is the best of forty runs better than the average run, on the validation set and on the test set? Remember that all runs have the same setting.

# %%
guess("lead_of_the_best", ...)  # two differences of accuracies: [validation, test]

# %%
needs("winner_and_its_test")
orders = np.random.default_rng(0).permuted(np.tile(np.arange(120), (1000, 1)), axis=1)
tries, leads = (1, 2, 5, 10, 20, 40), {"validation": [], "test": []}
for k in tries:
    best_val, best_test = winner_and_its_test(val, test, orders[:, :k])
    leads["validation"].append(best_val.mean() - val.mean())
    leads["test"].append(best_test.mean() - test.mean())
with style((7, 3.4)):
    _, ax = plt.subplots()
    curves(ax, tries, leads, xlabel="runs of one setting that are compared", ylabel="winner's lead")
    plt.show()
agree = np.corrcoef(val, test)[0, 1]
print(f"correlation of validation and test accuracy over the 120 runs: {agree:.2f}")
reveal("lead_of_the_best", {name: values[-1] for name, values in leads.items()}, form=".4f")

# %% [markdown]
# <details><summary>What came out</summary>
#
# *The winner's lead over the average run against the number of runs that are compared. On the validation set it rises from 0 to more than a point; on the test set the curve stays near 0.*
#
# The best of forty looks more than a point better than the average run (0.010 to 0.016 over five other sets of 120 seeds). On the test set it is an ordinary run: its lead is between −0.006 and 0.006. Nobody cheated. The *maximum* of many noisy numbers is too high, always, and here there was nothing but noise: a run that does well on the 297 validation images does no better than others on the test images (the correlation is between −0.15 and 0.2).
#
# </details>
#
# Real searches compare *different* settings, some of which are really better. How much of the winner's lead is real then? Take 120 rates between 0.3 and 3, all of them good.

# %%
needs("winner_and_its_test")
some_rates = good * 10 ** np.random.default_rng(1).uniform(np.log10(0.3), np.log10(3), 120)
various = np.array([val_and_test(rate, 200 + seed) for seed, rate in enumerate(some_rates)]).T
best = winner_and_its_test(*various, orders[:, :40])
for name, runs, values in zip(("validation", "test"), various, best, strict=True):
    lead = values.mean() - runs.mean()
    print(f"120 rates, {name:10}: the best of 40 leads the mean by {lead:.4f}")
agree = np.corrcoef(various)[0, 1]
print(f"correlation of validation and test accuracy: {agree:.2f}")

# %% [markdown]
# <details><summary>What came out</summary>
#
# Now a part of the lead repeats on the test set (between a tenth and two thirds of it, over five other draws), and the two accuracies go together (a correlation of about 0.5). The rest is luck again. So the validation accuracy of the setting that you choose flatters it. And since two runs of ONE setting differ by half a point or more about every other time, such a difference between two settings says nothing. Train both with several seeds, and compare the means.
#
# To know how good the chosen setting is, you need data that took no part in the choice. That is the test set, **once, at the very end**.
#
# </details>
#
# Now, for instance:

# %%
needs("random_layout", "coarse_to_fine")
winner = max((best for _, best, _ in stories["moves at the border"]), key=lambda best: best["val"])
tested = (pictures.X_train, pictures.y_train, pictures.X_test, pictures.y_test)
on_test = np.mean([try_out(tested, **winner["params"], seed=seed) for seed in range(5)])
on_val = np.mean([try_out(pictures, **winner["params"], seed=seed) for seed in range(5)])
print(f"chosen with a validation accuracy of {winner['val']:.3f}")
print(f"trained five times anew: validation {on_val:.3f}, test {on_test:.3f}")

# %% [markdown]
# **Question 3** (2 points, in your own words). A colleague tries 40 settings, picks the one with the best *test* accuracy, and publishes that number. What is wrong with it, and does a larger test set help?

# %% [markdown] question="why_not_the_test_set" points=2
# ### BEGIN SOLUTION
# **Model answer.** The number is the maximum of 40 noisy measurements, so it is too high: part of it is the luck of that run on those images, which will not repeat on new ones (with one setting and forty seeds, more than a point, all of it luck). The test set has been used for choosing, so it is a validation set now, and nothing independent is left to measure with. A larger test set makes the noise, and with it the bias, smaller (by the square root of the number of images), but does not remove it. Choose by validation data, and look at the test data once.
#
# **Rubric.** 1 point: choosing by the maximum makes the number optimistic; the test data are no longer independent. 1 point: a larger set reduces the effect without removing it (or: the remedy, validation data for the choice and the test set once).
# ### END SOLUTION

# %% [markdown]
# ## Cross-validation
#
# With few data, a validation set is a luxury: if it is small, its accuracy is a lottery; if it is large, little is left to train on. **k-fold cross-validation** takes turns: cut the data into $k$ parts, train $k$ times, each time leaving out another part to validate on, and average.
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
# Suppose you had only 125 labelled images. How well do you know the accuracy of one setting if you hold out one fifth of them once, and how well if you take five turns? The cell below draws 125 images thirty times.
#
# **Predict:** one fold of 25 images gives accuracies with a standard deviation of about 0.1. What is the standard deviation of the mean of five folds?

# %%
guess("spread_of_five_folds", ...)  # a standard deviation

# %%
needs("k_fold")
once, in_turns = [], []
for seed in range(30):
    rows = np.random.default_rng(seed).permutation(len(pictures.X_train))[:125]
    folds = k_fold(pictures.X_train[rows], pictures.y_train[rows], 5)
    turns = [try_out(fold, learning_rate=0.5, reg=1e-6, epochs=10, seed=seed) for fold in folds]
    once.append(turns[0])
    in_turns.append(np.mean(turns))
print(f"one fold of 25 images:  {np.mean(once):.3f} ± {np.std(once):.3f}")
print(f"mean of five such folds: {np.mean(in_turns):.3f} ± {np.std(in_turns):.3f}")
reveal("spread_of_five_folds", np.std(in_turns), form=".3f")

# %% [markdown]
# <details><summary>What came out</summary>
#
# The same accuracy on average, with about half the spread: 0.03 to 0.05 instead of 0.06 to 0.11, over five other sets of thirty draws. Every image has had its turn. The price is five trainings instead of one, which is why cross-validation is rare for large networks, where data are plentiful and training is expensive.
#
# </details>
#
# One trap. Folds that are cut from the data *in order* assume that the order means nothing. Suppose the data are sorted by class, and each fold is a piece of that order.
#
# **Predict:** how accurate is the best of the five folds?

# %%
guess("folds_of_sorted_data", ...)  # an accuracy, such as 0.5

# %%
needs("k_fold")
in_order = np.argsort(pictures.y_train, kind="stable")
sorted_scores = []
for part in np.array_split(in_order, 5):
    rest = np.setdiff1d(in_order, part)
    fold = [values[rows] for rows in (rest, part) for values in pictures[:2]]
    sorted_scores.append(try_out(fold, learning_rate=0.5, reg=1e-6))
folds = k_fold(pictures.X_train, pictures.y_train, 5)
mixed_scores = [try_out(fold, learning_rate=0.5, reg=1e-6) for fold in folds]
print("five folds of data sorted by class:", " ".join(f"{score:.2f}" for score in sorted_scores))
print("five folds of the data as they are:", " ".join(f"{score:.2f}" for score in mixed_scores))
reveal("folds_of_sorted_data", max(sorted_scores), form=".2f")

# %% [markdown]
# <details><summary>What came out</summary>
#
# Each fold asks about classes that its network has hardly seen, or not at all. Shuffle before you cut, unless the order matters: for a time series you must not train on the future.
#
# </details>

# %% [markdown]
# ## What to take home
#
# - Know the first loss: $\ln C$, and a little more with regularisation. Then memorise twenty examples. Both take seconds; neither finds labels that were shuffled.
# - A cost that stands still means a rate that is too low (whatever the accuracy does), nan a rate that is too high. In between, look at every step, not only at the lines of the log.
# - The update ratio says whether your steps are long enough for the number of steps that you have.
# - Search rates on a log scale, with layouts whose projections are distinct: nine trials, nine rates. Where you know the decade, a grid is as good.
# - A best value at the border means: move.
# - Part of every winner's lead is luck. Compare means over seeds, and never judge with what you used for choosing.

# %% [markdown]
# ## Since then
#
# *(Written in 2026. None of this is graded.)*
#
# - **Warm-up** (Goyal et al., [2017](https://arxiv.org/abs/1706.02677)): let the rate rise from 0 over the first steps, where a high rate does the most damage. Standard for large models; notebook 06 measures when it helps and why.
# - **Clipping by the global norm** (Pascanu et al., [2013](https://arxiv.org/abs/1211.5063)): if the gradient of all parameters together is longer than a limit, scale it down to the limit. Nearly every large language model is trained so, usually with limit 1. The evidence is practice rather than theory; the cell below tries it on the run that rate 15 ruined.
# - **Quasi-random search**: sequences that fill all projections evenly, and unlike a Latin hypercube can be extended one trial at a time (Sobol, Halton). Google's [tuning playbook](https://github.com/google-research/tuning_playbook) (2023) recommends it for exploring. Its advantage over random search shrinks with the number of parameters.
# - **Successive halving** and Hyperband (Li et al., [2016](https://arxiv.org/abs/1603.06560)): start many short runs, keep the best third, train these longer, repeat. It works as far as early accuracies predict late ones; it prefers settings that learn fast.
# - **Spread over seeds**: reports of one number have given way, slowly, to means over several seeds with their spread (Bouthillier et al., [2021](https://arxiv.org/abs/2103.03098)), for the reason that you measured above.

# %%
def clipped_run(rate, limit, seed, epochs=10):
    """Validation accuracy after training with gradients of at most this length."""
    rng = np.random.default_rng(seed)
    network = Network([inputs, 50, 10], rng=rng)
    for _ in range(epochs * (len(pictures.y_train) // 50)):
        batch = data.sample_batch(pictures.X_train, pictures.y_train, 50, rng)
        loss, gradient = network.loss_and_gradient(*batch)
        length = np.linalg.norm(gradient)
        network.x = network.x - rate * gradient * min(1, limit / length)
    return network.accuracy(pictures.X_val, pictures.y_val)


clipped = {}
for limit in (np.inf, 1, 0.3, 0.1):
    clipped[limit] = [clipped_run(15 * 64 / inputs, limit, seed) for seed in range(5)]
    print(f"rate 15, gradients of at most {limit:<4g}:", end=" ")
    print("validation accuracies", " ".join(f"{score:.3f}" for score in clipped[limit]))

# %% [markdown]
# <details><summary>What came out</summary>
#
# Without clipping, rate 15 ends between 0.1 and 0.45. With gradients of at most 0.3 or 0.1, every run ends above 0.9 (eight other seeds agree). A limit of 1 is not enough here. Like the rate, the limit has to be searched for, and it belongs on a log scale.
#
# </details>
#
# **Further reading:** Bergstra and Bengio, [Random Search for Hyper-Parameter Optimization](https://www.jmlr.org/papers/v13/bergstra12a.html) (2012) · Karpathy, [A Recipe for Training Neural Networks](https://karpathy.github.io/2019/04/25/recipe/) (2019) · Godbole et al., [Deep Learning Tuning Playbook](https://github.com/google-research/tuning_playbook) (2023).

# %%
progress("04_babysitting")
