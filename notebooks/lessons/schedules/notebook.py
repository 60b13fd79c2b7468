# %% [markdown]
# # 06 · Learning rate schedules
#
# SGD, momentum, AdaGrad, RMSProp, Adam: all of them have a learning rate, and the slide asks which of four is best to use. A trick question, and you will see why: the rate that is best at the beginning is not the one that is best at the end. So the rate becomes a function of time. Here you write the lecture's three decays, a loop that follows any of them, and find out by measuring when all this pays, and when it does not.
#
# **You will learn**
# - what a rate that is too low, good, high or too high looks like, and why a high one gets stuck above the minimum,
# - step, exponential and 1/t decay, as functions of the step, and how to choose their constants,
# - how to give *any* update rule a rate that changes,
# - that decay pays where there is noise and a high rate, also for Adam, and where it costs you more than it brings.
#
# **Slides:** "Which one of these learning rates is best to use?", "Learning rate decay over time!". **Time:** about two hours. **Points:** {{points}}. The last exercise is a bonus.
#
# How it goes: *predict*, *write*, *check*, *look*. Wherever it says **Predict**, do so before you run the cell; a wrong prediction teaches more than a right one. Hints come in three steps; open as few as you can.

# %% locked="setup"
import math

import matplotlib.pyplot as plt
import numpy as np

from autograder.check import check, needs, progress
from cs231n_lib.data import Dataset, load_digits, sample_batch
from cs231n_lib.network import Network, init_two_layer_model, two_layer_net
from cs231n_lib.optim import adam, sgd, sgd_momentum
from cs231n_lib.plotting import PALETTE, curves, style
from cs231n_lib.training import ClassifierTrainer, fit, minimize

digits = load_digits()
X_later = np.concatenate([digits.X_val, digits.X_test])  # 797 digits that no net here is trained on
y_later = np.concatenate([digits.y_val, digits.y_test])

# %% [markdown]
# ## Four rates
#
# To see what a rate does we need a problem in which the gradients are *noisy* and whose minimum we know exactly. Take 500 digits, give a fifth of them a random label (in real data sets, too, labels are wrong), and train a single softmax layer, with a little regularisation, in batches of only 10. This loss is convex: it has one minimum, and with all the data in each step and enough patience we can go there. How far above it a run ends is its **excess loss**.

# %%
rng = np.random.default_rng(0)
X, y = digits.X_train[:500], digits.y_train[:500].copy()
mislabelled = rng.random(500) < 0.2
y[mislabelled] = rng.integers(0, 10, mislabelled.sum())


def softmax_net():
    """One layer, always with the same initial weights."""
    return Network([64, 10], init=0.01, reg=1e-3, rng=np.random.default_rng(0))


patient = softmax_net()
fit(patient, X, y, "momentum", {"learning_rate": 0.5}, epochs=1500, batch_size=None)
lowest, slope = patient.loss_and_gradient(X, y)
print(f"labels that are wrong now: {np.mean(y != digits.y_train[:500]):.0%}")
print(f"lowest possible loss: {lowest:.4f} (largest gradient there: {np.abs(slope).max():.0e})")


def excess(network):
    """Loss on all 500 digits, above the lowest possible one."""
    return network.loss_and_gradient(X, y)[0] - lowest

# %% [markdown]
# Now the slide's picture: plain SGD, ten epochs (500 steps), four rates. The low one is 0.01, the good one 1, the high one 3, the very high one 30.
#
# **Predict:** which one has the lowest loss after the first ten *steps*, and which one at the end?
#
# - **A** the good one is ahead after ten steps, and at the end
# - **B** the high one is ahead after ten steps, the good one at the end
# - **C** the very high one is ahead after ten steps, the high one at the end
# - **D** whoever leads at first: at the end it is the low one

# %% solution="q_four_rates"
q_four_rates = ...  # "A", "B", "C" or "D"
### BEGIN SOLUTION
q_four_rates = "B"
### END SOLUTION

# %% check="q_four_rates"
check("q_four_rates")

# %%
RATES = {"low, 0.01": 0.01, "good, 1": 1, "high, 3": 3, "very high, 30": 30}
seen_at = np.r_[0:50:5, 50:501:10]


def loss_curve(rate, seed):
    """Excess loss at the steps `seen_at`, for SGD with one rate from beginning to end."""
    network, rng = softmax_net(), np.random.default_rng(seed)

    def on_a_batch(x):
        network.x = x
        return network.loss_and_gradient(*sample_batch(X, y, 10, rng))

    path = minimize(on_a_batch, network.x.copy(), sgd, {"learning_rate": rate}, steps=500)
    losses = []
    for x in path[seen_at]:
        network.x = x
        losses.append(excess(network))
    return losses


picture = {label: np.mean([loss_curve(rate, s) for s in range(3)], axis=0) for label, rate in RATES.items()}
with style((8, 4.4)):
    figure, ax = plt.subplots()
    curves(ax, seen_at / 50, picture, xlabel="epoch", ylabel="excess loss (above the minimum)", log=True)
    ax.set_title("The slide's picture, on digits with wrong labels (mean of 3 runs)")
    ax.legend(loc="center", bbox_to_anchor=(0.55, 0.42), ncols=2)
    plt.show()
print("excess loss   " + "".join(f"{label:>15s}" for label in picture))
for t in (10, 50, 500):
    print(f"{t:4d} steps    " + "".join(f"{losses[seen_at == t].item():15.2f}" for losses in picture.values()))

# %% [markdown]
# *Four curves over ten epochs, excess loss on a logarithmic axis. The low rate comes down slowly and is still high at the end. The good one falls fast at first, and goes on falling. The high one falls even faster, crosses the good one within an epoch, and stays where it is, wriggling. The very high one jumps up at once and stays far above where it began.*
#
# After ten steps the high rate leads: 0.5 above the minimum, and the good one 0.7. After one epoch they are level. At the end the good one is at 0.07, and the high one still at 0.16, where it has been for six epochs: it is not slow, it is *stuck*. The low one has come down from 1.5 to 0.9 only, and the very high one went up to 5 and more in no time.
#
# ### Why a high rate gets stuck
#
# The gradient of ten examples is the gradient of all, plus noise. Near the minimum the first part vanishes, the noise does not: so the parameters never come to rest, they jitter. How much? Take the simplest minimum that there is, $f(x) = \tfrac12 x^2$, with gradients $x + \text{noise}$ (mean 0, variance 1). One step of SGD is
#
# $$x \leftarrow x - \alpha\,(x + \text{noise}) = (1 - \alpha)\,x - \alpha\,\text{noise}.$$
#
# If the variance $V$ of $x$ is not to change any more, then $V = (1-\alpha)^2\, V + \alpha^2$, which gives
#
# $$V = \frac{\alpha}{2 - \alpha}.$$
#
# **Predict:** the rate is small, say 0.1. You halve it. What becomes of the variance?
#
# - **A** it stays: the noise is in the data
# - **B** about a quarter is left
# - **C** about half is left
# - **D** it doubles

# %% solution="q_noise_floor"
q_noise_floor = ...  # "A", "B", "C" or "D"
### BEGIN SOLUTION
q_noise_floor = "C"
### END SOLUTION

# %% check="q_noise_floor"
check("q_noise_floor")

# %%
def bowl(rate_at, steps, start=10.0, balls=2000):
    """Mean square of x after each step, for many balls in the noisy bowl; `rate_at(t)` is the rate."""
    rng = np.random.default_rng(0)
    x, squares = np.full(balls, start), []
    for t in range(steps):
        x = x - rate_at(t) * (x + rng.standard_normal(balls))
        squares.append(np.mean(x**2))
    return np.array(squares)


constant_rates = {f"rate {rate}": bowl(lambda t, rate=rate: rate, 400) for rate in (0.4, 0.1, 0.025)}
with style((7.5, 3.8)):
    figure, ax = plt.subplots()
    curves(ax, np.arange(1, 401), constant_rates, xlabel="step", ylabel="mean square of x", log=True)
    ax.set_title("2000 balls in a noisy bowl, all from x = 10")
    plt.show()
for label, squares in constant_rates.items():
    rate = float(label.split()[1])
    print(f"{label}: measured over the last 100 steps {squares[-100:].mean():.4f}, formula {rate / (2 - rate):.4f}")

# %% [markdown]
# *Three curves on a logarithmic axis. The highest rate reaches its floor within ten steps, and it is the highest floor; the lower the rate, the longer the way down, and the lower the floor at its end.*
#
# That is the whole dilemma. A high rate is fast and ends high; a low one is slow and ends low. Each is best for some time, none for all time.
#
# **Question 1** (2 points, in your own words). "Which one of these learning rates is best to use?" Answer the slide's question for the four rates of the picture. Say what makes the high one better at first and worse later, and what you would do with the rate.

# %% [markdown] question="which_rate_is_best" points=2
# ### BEGIN SOLUTION
# **Model answer.** None of them for the whole run: all of them are of use, one after the other. Far from the minimum the gradients of all batches agree, so a long step is a good step, and the high rate is ahead (of the rates that do not diverge). Near the minimum what is left is mostly noise, and the steps' noise is proportional to the rate: the high rate jitters at a level above the minimum (variance α/(2 − α) in the bowl), and the low rate, which would jitter less, has not got there in time. So start with a high rate, though not the very high one, which goes uphill, and lower it in the course of training.
#
# **Rubric.** 1 point: no single one; begin high and decay (or: the good one, if only one may be chosen for all of the run, and with the remark that decaying is better). 1 point: the reason: progress while far away, and a noise floor that grows with the rate near the minimum.
# ### END SOLUTION

# %% [markdown]
# ## Decay
#
# A *schedule* says which rate to use in step $t = 0, 1, 2, \dots$ It is a pure function: it remembers nothing, and one can ask it for any step at any time, so that it can be plotted and tested before a single step is taken.
#
# **Predict, then play.** Here is the high rate that got stuck, on the same digits with the same wrong labels. Move the second slider, and the rate decays. How far must it go down, and does it matter by which road? And what does the same decay do to a rate of 0.1, which has not got anywhere yet? Write down what you expect, then see.

# %%
from cs231n_lib.play import play

play("schedules")

# %% [markdown]
# ### Step decay
#
# "Decay learning rate by half every few epochs." In general: after each `every` steps the rate is multiplied by `drop`.
#
# $$\alpha_t = \alpha_0 \cdot \text{drop}^{\,n}, \qquad n = \text{the number of whole stages that are over before step } t$$
#
# <details><summary>Hint 1</summary>
#
# With `every = 4`: how many stages are over before steps 0, 3, 4, 7 and 8? Write the five numbers down.
#
# </details>
# <details><summary>Hint 2</summary>
#
# They are 0, 0, 1, 1, 2. Which arithmetic operation turns `t` and `every` into these?
#
# </details>
# <details><summary>Hint 3: nearly there</summary>
#
# Python has a division whose result is a whole number, rounded down: `//`. The rest is a power. No loop is needed, and nothing is remembered.
#
# </details>

# %% solution="step_decay"
def step_decay(t, lr0, drop, every):
    """The rate of step t = 0, 1, 2, ...: lr0, multiplied by drop after each `every` steps.

    Steps 0 to every - 1 have lr0, the next `every` steps lr0 * drop, and so on. Returns a float.
    """
    ### BEGIN SOLUTION
    stages_over = t // every
    return lr0 * drop**stages_over
    ### END SOLUTION

# %% check="step_decay"
check("step_decay")

# %% [markdown]
# You have met one already. The lecture's `ClassifierTrainer` has a parameter `learning_rate_decay`: after each epoch, it multiplies the rate by it. **Predict:** 1000 examples, batches of 50, `learning_rate_decay=0.95`. Which schedule is that, step by step?
#
# - **A** `exponential_decay(t, lr0, k=0.95)`, that is, $\alpha_0\, e^{-0.95\,t}$
# - **B** `step_decay(t, lr0, drop=0.95, every=20)`
# - **C** `step_decay(t, lr0, drop=0.95, every=1)`
# - **D** `inverse_time_decay(t, lr0, k=0.05)`, that is, $\alpha_0 / (1 + 0.05\,t)$

# %% solution="q_trainer_decay"
q_trainer_decay = ...  # "A", "B", "C" or "D"
### BEGIN SOLUTION
q_trainer_decay = "B"
### END SOLUTION

# %% check="q_trainer_decay"
check("q_trainer_decay")

# %%
needs("step_decay")
model = init_two_layer_model(64, 50, 10, scale=0.1)
_, stats = ClassifierTrainer().train(
    digits.X_train, digits.y_train, digits.X_val, digits.y_val, model, two_layer_net,
    learning_rate=0.5, learning_rate_decay=0.95, batch_size=50, num_epochs=10,
)  # fmt: skip
yours = [step_decay(20 * epoch, 0.5, 0.95, 20) for epoch in range(10)]
print("epoch   the trainer's rate   yours")
for epoch, (theirs, mine) in enumerate(zip(stats.learning_rate_history, yours, strict=True), start=1):
    print(f"{epoch:5d}{theirs:21.4f}{mine:8.4f}")

# %% [markdown]
# The two columns agree: in the tenth epoch 63 % of the rate is left. That is a rather gentle decay: begin three times too high, and you are at the right rate after 21 epochs.
#
# ### Exponential decay
#
# The same, without stairs:
#
# $$\alpha_t = \alpha_0\, e^{-k t}$$
#
# $t$ counts *steps*, as everywhere here. (If somebody tells you a $k$ per epoch, divide it by the number of steps in one.)
#
# <details><summary>Hint 1</summary>
#
# Check what you want by hand first: what is the rate at $t = 0$? And with $k = 0$?
#
# </details>
# <details><summary>Hint 2</summary>
#
# $e^x$ is `math.exp(x)` or `np.exp(x)`. Mind the sign of the exponent.
#
# </details>
# <details><summary>Hint 3: nearly there</summary>
#
# One line: the initial rate times the exponential of minus ($k$ times $t$).
#
# </details>

# %% solution="exponential_decay"
def exponential_decay(t, lr0, k):
    """The rate of step t = 0, 1, 2, ...: lr0 times e to the power of -kt. Returns a float."""
    ### BEGIN SOLUTION
    left = math.exp(-k * t)
    return lr0 * left
    ### END SOLUTION

# %% check="exponential_decay"
check("exponential_decay")

# %% [markdown]
# **Predict:** $\alpha_0 = 0.1$, $k = 0.01$, and a long straight slope on which the gradient is 1 everywhere. How far do you get, if you have as many steps as you like?
#
# - **A** as far as you like: the steps never stop
# - **B** about 10
# - **C** 0.1
# - **D** 0.001

# %% solution="q_reach"
q_reach = ...  # "A", "B", "C" or "D"
### BEGIN SOLUTION
q_reach = "B"
### END SOLUTION

# %% check="q_reach"
check("q_reach")

# %%
needs("exponential_decay")
walked = {"constant": np.cumsum(np.full(1000, 0.1))}
for k in (0.003, 0.01, 0.03):
    walked[f"exponential, k = {k}"] = np.cumsum([exponential_decay(t, 0.1, k) for t in range(1000)])
with style((7.5, 3.8)):
    figure, ax = plt.subplots()
    curves(ax, np.arange(1, 1001), walked, xlabel="step", ylabel="distance walked")
    ax.set(title="On a slope with gradient 1, initial rate 0.1", ylim=(0, 40))
    plt.show()
for label, distance in walked.items():
    print(f"{label}: {distance[-1]:.2f} after 1000 steps")

# %% [markdown]
# *The constant rate walks in a straight line out of the picture. The three exponential ones bend and level off, near 32, at 10 and at 3: the larger k, the sooner.*
#
# All steps together are worth $\alpha_0 / k$, a little more precisely $\alpha_0 / (1 - e^{-k}) = 10.05$ here. If the minimum is 20 away, this run will *never* get there, and its loss curve will level off as nicely as that of a run that has arrived. Remember that when you look at one.
#
# ### 1/t decay
#
# The third of the slide's decays falls as fast at the beginning, and then ever more slowly:
#
# $$\alpha_t = \frac{\alpha_0}{1 + k t}$$
#
# <details><summary>Hint 1</summary>
#
# Again by hand: $t = 0$ must give $\alpha_0$, and $t = 1/k$ half of it.
#
# </details>
# <details><summary>Hint 2</summary>
#
# All of the denominator needs brackets; without them Python divides first and adds afterwards.
#
# </details>
# <details><summary>Hint 3: nearly there</summary>
#
# One line: the initial rate divided by (one plus the product of $k$ and $t$).
#
# </details>

# %% solution="inverse_time_decay"
def inverse_time_decay(t, lr0, k):
    """The rate of step t = 0, 1, 2, ...: lr0 divided by 1 + kt. Returns a float."""
    ### BEGIN SOLUTION
    denominator = 1 + k * t
    return lr0 / denominator
    ### END SOLUTION

# %% check="inverse_time_decay"
check("inverse_time_decay")

# %% [markdown]
# The sum of $1/(1 + kt)$ grows without limit, though slowly: such a run can get anywhere. And the sum of the *squares*, which is what the noise adds up with, stays finite. Robbins and Monro showed in 1951 that these two things are what a run needs to arrive at a minimum *exactly*, in the end. In our noisy bowl there is even a perfect choice. **Predict:** what does $\alpha_t = 1/(1 + t)$ do there? (Write down $x$ after the first step, and after the second.)

# %%
needs("exponential_decay", "inverse_time_decay")
in_the_bowl = {
    "constant, 0.4": bowl(lambda t: 0.4, 2000),
    "constant, 0.02": bowl(lambda t: 0.02, 2000),
    "exponential, 0.4, k = 0.01": bowl(lambda t: exponential_decay(t, 0.4, 0.01), 2000),
    "exponential, 0.4, k = 0.1": bowl(lambda t: exponential_decay(t, 0.4, 0.1), 2000),
    "1/t, 1, k = 1": bowl(lambda t: inverse_time_decay(t, 1.0, 1.0), 2000),
}
with style((8.5, 4.4)):
    figure, ax = plt.subplots()
    curves(ax, np.arange(1, 2001), in_the_bowl, xlabel="step", ylabel="mean square of x", log=True)
    ax.set(xscale="log", title="The noisy bowl again, all from x = 10")
    plt.show()
for label, squares in in_the_bowl.items():
    print(f"{label:27s} after 10, 100, 2000 steps: " + "  ".join(f"{squares[t - 1]:.5f}" for t in (10, 100, 2000)))

# %% [markdown]
# *Both axes logarithmic. The constant rates fall to their floors. The exponential decay with k = 0.1 falls and freezes, the one with k = 0.01 gets lower, and freezes as well. The 1/t decay is a straight line from the first step to the last, and ends lowest.*
#
# $1/(1+t)$ throws the start away in the first step ($x \leftarrow -\text{noise}$), and from then on $x$ is minus the *mean of all the noise so far*. Its mean square after $t$ steps is $1/t$: one over two thousand at the end, twenty times lower than what a constant rate of 0.02 is left with. No schedule can do better, if it does not know where it starts.
#
# Do not fall in love with it. This bowl has one curvature, and we know it. With an $\alpha_0$ ten times smaller the same formula is a disaster: after 2000 steps less than 60 % of the way is behind it (try `inverse_time_decay(t, 0.1, 1.0)`). And a network has hundreds of curvatures.
#
# ### Where to end
#
# How does one choose $k$? Ask for what you can imagine: "after `steps` steps, `fraction` of the initial rate is to be left." Solve the slide's two formulas for $k$.
#
# <details><summary>Hint 1</summary>
#
# Write $\alpha_t / \alpha_0 = \text{fraction}$ at $t = \text{steps}$, once for each formula. The initial rate cancels.
#
# </details>
# <details><summary>Hint 2</summary>
#
# For the exponential take the natural logarithm of both sides. The logarithm of a number below 1 is negative, and $k$ must not be.
#
# </details>
# <details><summary>Hint 3: nearly there</summary>
#
# For 1/t decay turn both sides upside down: on the one side stands $1 + k \cdot \text{steps}$ then. Check yourself with `fraction` 1: both constants must be 0.
#
# </details>

# %% solution="decay_constants"
def decay_constants(fraction, steps):
    """(k of exponential decay, k of 1/t decay) that leave `fraction` of lr0 after `steps` steps.

    fraction: above 0 and at most 1. steps: at least 1.
    """
    ### BEGIN SOLUTION
    k_exponential = math.log(1 / fraction) / steps
    k_inverse = (1 / fraction - 1) / steps
    return k_exponential, k_inverse
    ### END SOLUTION

# %% check="decay_constants"
check("decay_constants")

# %%
needs("step_decay", "exponential_decay", "inverse_time_decay", "decay_constants")
STEPS = 500
k_exponential, k_inverse = decay_constants(0.01, STEPS)


def schedules(lr0):
    """The contestants: from lr0 down to a hundredth of it (the stairs: to a sixteenth) in 500 steps."""
    return {
        "constant": lambda t: lr0,
        "step": lambda t: step_decay(t, lr0, 0.5, 100),
        "exponential": lambda t: exponential_decay(t, lr0, k_exponential),
        "1/t": lambda t: inverse_time_decay(t, lr0, k_inverse),
    }


print(f"to end at a hundredth: k = {k_exponential:.4f} for the exponential, {k_inverse:.4f} for 1/t")
rates = {name: [schedule(t) for t in range(STEPS)] for name, schedule in schedules(1.0).items()}
with style((10, 3.8)):
    figure, axes = plt.subplots(1, 2)
    for ax, log in zip(axes, (False, True), strict=True):
        curves(ax, None, rates, xlabel="step", ylabel="rate", log=log)
    axes[1].get_legend().remove()
    figure.suptitle("Four schedules, twice: linear and logarithmic")
    plt.show()
print("fraction of the rate left after 50 steps: " + ", ".join(f"{name} {rate[50]:.2f}" for name, rate in rates.items()))

# %% [markdown]
# *Left: stairs that halve every 100 steps, a smooth exponential, and 1/t, which falls like a stone and then runs along the bottom. Right, on a logarithmic axis: the exponential is a straight line, and 1/t meets it at the end.*
#
# They end at the same rate, but how differently they get there: after a tenth of the run, 1/t has 9 % of its rate left, the exponential 63 %. So with the same initial rate 1/t is by far the lowest on the way.

# %% [markdown]
# ## Train with it
#
# Now the loop. It is the lecture's: sample, forward, backward, update. Before each update the schedule is asked for the rate, and the rule finds it in its `config`, where it has always looked for it. So *any* rule can have a schedule, and the rule does not know.
#
# - `dataset.sample_data_batch()` gives a batch, `network.forward(batch)` its loss, `network.backward()` the gradient of that with respect to `network.x`;
# - `rule(x, dx, config)` returns the new parameters, and the config for the next step, with all that the rule wants to remember.
#
# <details><summary>Hint 1</summary>
#
# Five lines in the loop: the lecture's four, and one that sets the rate. Where does it have to stand?
#
# </details>
# <details><summary>Hint 2</summary>
#
# The config that comes back from the rule holds its velocity, its counters and its other settings. Change one entry of it, and leave the others.
#
# </details>
# <details><summary>Hint 3: nearly there</summary>
#
# `config["learning_rate"]` becomes the schedule's answer for this `t`; then `network.x` and `config` both become what the rule returns. The loss of each batch goes into a list.
#
# </details>

# %% solution="train_with_schedule"
def train_with_schedule(dataset, network, rule, config, schedule, steps):
    """Train `network` in place for steps t = 0, ..., steps - 1; returns the loss of every batch.

    rule: an update rule, rule(w, dw, config) -> (next_w, config). config: a dict with its settings.
    schedule: a function, schedule(t) -> the rate of step t.
    """
    ### BEGIN SOLUTION
    losses = []
    for t in range(steps):
        batch = dataset.sample_data_batch()
        losses.append(network.forward(batch))
        dx = network.backward()
        config = {**config, "learning_rate": schedule(t)}
        network.x, config = rule(network.x, dx, config)
    return losses
    ### END SOLUTION

# %% check="train_with_schedule"
check("train_with_schedule")

# %% [markdown]
# ### One rate and a schedule
#
# Back to the digits with wrong labels, and to the high rate that got stuck. **Predict:** which of the schedules will help it, and by how much?

# %%
needs("train_with_schedule", "step_decay", "exponential_decay", "inverse_time_decay", "decay_constants")


def train(rule, schedule, seed, steps=STEPS):
    """The softmax net after a run on the digits with wrong labels, in batches of 10."""
    network = softmax_net()
    dataset = Dataset(X, y, 10, rng=np.random.default_rng(seed))
    train_with_schedule(dataset, network, rule, {}, schedule, steps)
    return network


initial_rates = np.array([0.1, 0.3, 1, 3, 10, 30])
excess_at = {
    name: np.array(
        [np.mean([excess(train(sgd, schedules(lr0)[name], s)) for s in range(3)]) for lr0 in initial_rates]
    )
    for name in schedules(1.0)
}
with style((8, 4.4)):
    figure, ax = plt.subplots()
    curves(ax, initial_rates, excess_at, xlabel="initial rate", ylabel="excess loss after 500 steps", log=True, marker="o")
    ax.set(xscale="log", title="SGD, ten epochs: how much is left to do? (mean of 3 runs)")
    plt.show()
print("initial rate" + "".join(f"{rate:9g}" for rate in initial_rates))
for name, losses in excess_at.items():
    print(f"{name:12s}" + "".join(f"{loss:9.3f}" for loss in losses))

# %% [markdown]
# *Four curves shaped like a U, over the initial rate, both axes logarithmic. The constant rate's has its bottom at 1, and rises steeply to both sides. The others have theirs further right, 1/t at 10 or more, and are flatter there; step and exponential have bottoms that are lower by half. Left of 1 the constant rate is the lowest of all.*
#
# Three things to read off it:
#
# - **On the right, decay pays.** At a rate of 3, halving it every two epochs brings the excess loss down from about 0.16 to less than 0.04; at 10 from about 1 to less than 0.05. And the bottoms are *wide*: with exponential decay all rates from 3 to 30 end at 0.03 to 0.05. A decay forgives a rate that is too high.
# - **On the left, decay costs.** At 0.1 the constant rate is the best of the four: nobody has arrived yet, and whoever slows down arrives later. *A schedule does not save a rate that is too low.*
# - **Each schedule has its own best initial rate**, about 1 for the constant one, 3 to 10 for step and exponential, 10 to 30 for 1/t. Compare schedules at the same initial rate, and you compare the rates. (At 3 you would conclude that 1/t decay does nothing.) Best against best: decay halves what is left to do.

# %% [markdown]
# ### Every rule
#
# "SGD, SGD+Momentum, Adagrad, RMSProp, Adam all have learning rate as a hyperparameter." But Adam divides each step by the size of the gradients; does it not adapt its rate by itself? **Predict:** does Adam profit from decay on this problem?
#
# - **A** no: the division takes out the noise as well
# - **B** no: its $v$ makes the steps shorter and shorter near the minimum
# - **C** only as long as the bias correction is at work
# - **D** yes, about as much as SGD

# %% solution="q_adam_decay"
q_adam_decay = ...  # "A", "B", "C" or "D"
### BEGIN SOLUTION
q_adam_decay = "D"
### END SOLUTION

# %% check="q_adam_decay"
check("q_adam_decay")

# %% [markdown]
# Three rules, four schedules, five runs each: once at one initial rate for each rule, a high one on purpose; then with each pair of rule and schedule at *its own* best rate (found beforehand, by trying nine).

# %%
needs("train_with_schedule", "step_decay", "exponential_decay", "inverse_time_decay", "decay_constants")
RULES = {"SGD": sgd, "momentum": sgd_momentum, "Adam": adam}
HIGH = {"SGD": 3, "momentum": 0.3, "Adam": 0.1}
TUNED = {
    "SGD": {"constant": 1, "step": 5, "exponential": 10, "1/t": 20},
    "momentum": {"constant": 0.1, "step": 0.5, "exponential": 1, "1/t": 2},
    "Adam": {"constant": 0.02, "step": 0.1, "exponential": 0.3, "1/t": 0.5},
}


def trials(rule, name, lr0, seeds=5):
    """Excess loss and accuracy on digits not trained on, (seeds, 2)."""
    networks = [train(RULES[rule], schedules(lr0)[name], seed) for seed in range(seeds)]
    return np.array([(excess(n), n.accuracy(X_later, y_later)) for n in networks])


at_high = {(rule, name): trials(rule, name, HIGH[rule]) for rule in RULES for name in schedules(1)}
at_best = {(rule, name): trials(rule, name, TUNED[rule][name]) for rule in RULES for name in schedules(1)}
with style((10, 4.2)):
    figure, axes = plt.subplots(1, 2, sharey=True)
    for ax, results, title in ((axes[0], at_high, "one high rate"), (axes[1], at_best, "each at its own best rate")):
        for i, name in enumerate(schedules(1)):
            found = [results[rule, name][:, 0] for rule in RULES]
            ax.errorbar(
                np.arange(3) + 0.15 * (i - 1.5), np.mean(found, axis=1), np.std(found, axis=1),
                fmt="os^D"[i], color=PALETTE[i], capsize=4, linestyle="none", label=name,
            )  # fmt: skip
        ax.set(xticks=range(3), xticklabels=RULES, xlabel="update rule", title=title, yscale="log")
    axes[0].set_ylabel("excess loss after 500 steps")
    axes[0].legend()
    plt.show()
print(f"accuracy on 797 other digits of the exact minimum: {patient.accuracy(X_later, y_later):.3f}")
for title, results in (("one high rate", at_high), ("own best rate", at_best)):
    print(f"\n{title}: excess loss, mean ± sd of 5 runs (accuracy on 797 other digits)")
    print(" " * 9 + "".join(f"{name:>24s}" for name in schedules(1)))
    for rule in RULES:
        cells = []
        for name in schedules(1):
            losses, accuracies = results[rule, name].T
            cells.append(f"{losses.mean():9.3f} ± {losses.std():.3f} ({accuracies.mean():.3f})")
        print(f"{rule:9s}" + "".join(cells))

# %% [markdown]
# *Two panels; in each, for SGD, momentum and Adam, four marks with error bars, one for each schedule, on a logarithmic axis. Left, at one high rate: step and exponential decay lie far below the constant rate, 1/t beside it or a little below. Right, each at its own best rate: constant and 1/t on top, step and exponential at half their height, and the three rules hardly differ.*
#
# - **Adam needs a schedule as much as the others.** At the high rate decay brings its excess loss down from 0.2 to 0.03, at the best rates from 0.06 to 0.03: the same numbers as for SGD. What Adam divides by is the size of the gradients *of the batches*, noise included; near the minimum noise is all there is, and noise divided by its own size does not get smaller as you come closer.
# - **At their best, the three rules are equal here**, and step and exponential decay are worth a factor of two.
# - **1/t decay does not shine**, though theory praises it: even at its best rate it is no better than a constant one, because it has given most of its rate away before the run has got anywhere. (With a `fraction` of a tenth, not a hundredth, it does better. Try.)
# - **Look at the accuracies, too.** At the high rate decay is worth five points or more of accuracy on other digits. At the best rates it is worth next to nothing: all are between 0.87 and 0.90. Nearly a fifth of the labels that we fit are wrong, so the last bit of training loss is not worth having. The exact minimum itself gets only 0.887, and the best accuracy in the table, above 0.90, belongs to runs that were stopped well above it, by 1/t decay. You decay the rate to reach a minimum; whether you want to be there is another question.
#
# ### Where it does not pay
#
# Decay is a cure for noise. **Predict** what it does where there is none: all 500 digits in each step. And on the whole training set, with *clean* labels and a network that can fit them all, where at the minimum every example's gradient is nearly zero?

# %%
needs("train_with_schedule", "step_decay", "exponential_decay", "inverse_time_decay", "decay_constants")
full_batch = {}
for name, schedule in schedules(3.0).items():
    network = softmax_net()
    train_with_schedule(Dataset(X, y, 500), network, sgd, {}, schedule, STEPS)
    full_batch[name] = excess(network)


def clean_run(schedule, seed):
    """Training loss and accuracy on other digits, of a 64-50-10 net after 10 epochs on clean labels."""
    network = Network([64, 50, 10], rng=np.random.default_rng(seed))
    dataset = Dataset(digits.X_train, digits.y_train, 20, rng=np.random.default_rng(seed))
    train_with_schedule(dataset, network, sgd, {}, schedule, STEPS)
    return network.loss_and_gradient(digits.X_train, digits.y_train)[0], network.accuracy(X_later, y_later)


clean = {name: np.array([clean_run(schedule, seed) for seed in range(5)]) for name, schedule in schedules(1.0).items()}
print("schedule      full batch: excess loss     clean labels: training loss    accuracy")
for name in full_batch:
    loss, accuracy = clean[name].mean(axis=0)
    print(f"{name:12s}{full_batch[name]:20.4f}{loss:28.4f}{accuracy:19.3f} ± {clean[name][:, 1].std():.3f}")

# %% [markdown]
# Both times the constant rate has the lowest loss, by a factor of three and more; in accuracy no decay gets past it. Without noise there is no floor to get below, and each step that is made shorter is progress that is not made. With clean labels the noise vanishes by itself as the examples are fitted. A net that cannot fit every one of its examples is never rid of it. Which of the two is yours? Look at the curve: is it *stuck and wriggling*, or *still going down*?
#
# **Question 2** (2 points). You decay the rate exponentially. After half of the epochs the training loss hardly moves any more. That can be the minimum, or the schedule. How can the schedule be to blame, and what would you do or look at to find out which it is?

# %% [markdown] question="stopped_by_the_schedule" points=2
# ### BEGIN SOLUTION
# **Model answer.** The steps of an exponential decay add up to a finite length, about α0/k times the gradient: with a large k the rate is next to nothing long before the minimum is reached, and the loss levels off for lack of steps. To tell: raise the rate again (to α0, or decay more slowly) from there. If the loss then goes down further, before or after a moment of noise, it was the schedule. Or look at the size of the rate and of the full gradient: at a minimum the gradient is small, in a run that was stopped it is not. Or compare with a constant rate: a curve that still falls at the same time with it says that decay came too early.
#
# **Rubric.** 1 point: the rate has become so small that the steps left cannot get any further (finite sum, or a rate of nearly zero), though the minimum is not reached. 1 point: a test that can tell the two cases apart.
# ### END SOLUTION

# %% [markdown]
# ## Bonus: warm-up and cosine
#
# Two schedules of our days that the slide does not have. The **cosine** begins to fall gently, is fastest in the middle, and lands gently. The **warm-up** before it raises the rate in a straight line, because the very first gradients of a deep network can be wild. Together, with $w$ = `warmup`, $T$ = `total`:
#
# $$\alpha_t = \begin{cases} \alpha_0\, \dfrac{t + 1}{w} & t < w \\[2ex] \alpha_\text{final} + (\alpha_0 - \alpha_\text{final})\, \dfrac{1 + \cos(\pi s)}{2} & w \le t < T, \quad s = \dfrac{t - w}{T - w} \\[2ex] \alpha_\text{final} & t \ge T \end{cases}$$
#
# <details><summary>Hint 1</summary>
#
# Three cases, in this order: still warming up; on the way down; beyond the planned run. `warmup` may be 0: do you divide by it then?
#
# </details>
# <details><summary>Hint 2</summary>
#
# $s$ runs from 0 to 1 on the way down. If you keep it from getting larger than 1, the third case is a part of the second.
#
# </details>
# <details><summary>Hint 3: nearly there</summary>
#
# On the way up, `return` at once; then `s`, with `min`; then the formula, with `math.cos` and `math.pi`. Brackets: the half belongs to one plus the cosine.
#
# </details>

# %% solution="warmup_cosine"
def warmup_cosine(t, lr0, warmup, total, final=0.0):
    """The rate of step t = 0, 1, 2, ...: up to lr0 in `warmup` steps, then down to `final` at `total`.

    warmup: from 0 (none) to total - 1. From step `total` on the rate is `final`. Returns a float.
    """
    ### BEGIN SOLUTION
    if t < warmup:
        return lr0 * (t + 1) / warmup
    s = min(1.0, (t - warmup) / (total - warmup))
    return final + 0.5 * (lr0 - final) * (1 + math.cos(math.pi * s))
    ### END SOLUTION

# %% check="warmup_cosine"
check("warmup_cosine")

# %% [markdown]
# First the cosine alone, against step decay, at their best rates. Then the warm-up where it should matter most: a net with four hidden layers, Adam, clean digits, ten epochs (200 steps), at a bold rate and at a very bold one. **Predict:** how many steps of warm-up are best: 0, 10 or 60?

# %%
needs("train_with_schedule", "warmup_cosine", "step_decay")
cosine_best = {"SGD": 3, "momentum": 0.3, "Adam": 0.1}
print("excess loss on the digits with wrong labels, mean of 5 runs")
with_cosine = {}
for name, lr0 in cosine_best.items():
    runs = [train(RULES[name], lambda t, lr0=lr0: warmup_cosine(t, lr0, 0, STEPS), s) for s in range(5)]
    with_cosine[name] = np.mean([excess(network) for network in runs])
    print(f"  {name:9s} cosine {with_cosine[name]:.3f}   step decay {at_best[name, 'step'][:, 0].mean():.3f}")


def deep_run(lr0, warmup, seed):
    """Accuracy on other digits of a net with four hidden layers, after 10 epochs with Adam."""
    network = Network([64, 50, 50, 50, 50, 10], rng=np.random.default_rng(seed))
    dataset = Dataset(digits.X_train, digits.y_train, 50, rng=np.random.default_rng(seed))
    train_with_schedule(dataset, network, adam, {}, lambda t: warmup_cosine(t, lr0, warmup, 200), 200)
    return network.accuracy(X_later, y_later)


warm = {(lr0, w): np.array([deep_run(lr0, w, s) for s in range(8)]) for lr0 in (0.03, 0.1) for w in (0, 10, 60)}
with style((8, 3.8)):
    figure, ax = plt.subplots()
    for i, lr0 in enumerate((0.03, 0.1)):
        for j, w in enumerate((0, 10, 60)):
            ax.plot(np.full(8, 3.5 * i + j) + np.linspace(-0.2, 0.2, 8), warm[lr0, w], "os"[i], color=PALETTE[i], alpha=0.7)
    ax.set_xticks([0, 1, 2, 3.5, 4.5, 5.5], ["0", "10", "60"] * 2)
    ax.set(xlabel="steps of warm-up (left: rate 0.03, right: rate 0.1)", ylabel="accuracy on other digits")
    ax.set_title("Four hidden layers, Adam: eight runs each")
    plt.show()
for (lr0, w), accuracies in warm.items():
    print(f"rate {lr0:<5g} warm-up {w:2d}: accuracy {accuracies.mean():.3f} ± {accuracies.std():.3f}, worst {accuracies.min():.3f}")

# %% [markdown]
# *Six columns of eight dots. The three on the left, for rate 0.03, lie at one height, near 0.95. Of those on the right, for rate 0.1, the one with 10 steps of warm-up lies close together above 0.9; with 0 and with 60 steps the dots are scattered far down.*
#
# The cosine is as good as stairs, no better. Its one advantage: nobody has to choose where to drop.
#
# And the warm-up? At a rate of 0.03, good for this net, it makes hardly any difference. At 0.1, too high for comfort, ten steps of it save runs that are otherwise damaged for good at their start. Sixty steps do not: the high rate then comes later, but it comes. So warm-up is an insurance for bold rates; and here a rate that is a third as bold needs no insurance and gets further.
#
# ## What to take home
#
# - The rate that is fastest far from the minimum is too noisy at it: the floor grows in proportion to the rate. So begin high, and decay.
# - A schedule is a function of the step, and any rule can follow it; Adam profits as much as SGD.
# - Decay pays where there is noise and the rate is high. Where the loss is still going down, it only slows it down; and exponential decay can stop a run that has not arrived.
# - First find a good constant rate. Then take a rate a few times higher, and decay it: that is the slide's advice, with numbers.

# %%
progress("06_schedules")
