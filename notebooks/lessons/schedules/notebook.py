# %% [markdown]
# # 06 · Learning rate schedules
#
# SGD, momentum, AdaGrad, RMSProp, Adam: all of them have a learning rate, and the slide shows four and asks which is best to use. It is a trick question, and you will see why. The way out is to make the rate a function of time. Here you write the lecture's three decays, a loop that follows any schedule, and the two schedules that large models are trained with today. Then you measure when each of them pays, when it does not, and what can take its place.
#
# **You will learn**
# - what a rate that is too low, good, high or too high looks like, and why,
# - step, exponential and 1/t decay, as functions of the step, and how to choose their constants,
# - how to give *any* update rule a rate that changes, and which rules gain from it,
# - linear-to-zero and WSD (warm-up, stable, decay), and what it costs to plan the end of a run,
# - why a mean of weights can replace a decay,
# - what warm-up does, when it harms, and what clipping does instead.
#
# **Slides:** "Which one of these learning rates is best to use?", "Learning rate decay over time!". **Time:** about four hours, best in two sittings: the second half is "Schedules of today". **Points:** {{points}}. The cosine is a bonus.
#
# How it goes: *predict*, *write*, *check*, *look*. Wherever it says **Predict**, write your guess into the cell below before you read on. Guesses are never graded, and a wrong one teaches more than a right one. *What came out* is folded until you open it. Hints come in three steps; open as few as you can.

# %% locked="setup"
import math

import matplotlib.pyplot as plt
import numpy as np

from autograder.check import check, guess, needs, progress, reveal
from cs231n_lib.data import Dataset, load_digits, sample_batch
from cs231n_lib.network import Network, init_two_layer_model, two_layer_net
from cs231n_lib.optim import adam, sgd, sgd_momentum
from cs231n_lib.play import play
from cs231n_lib.plotting import PALETTE, curves, style
from cs231n_lib.training import ClassifierTrainer, clip_by_global_norm, fit, minimize

digits = load_digits()
X_later = np.concatenate([digits.X_val, digits.X_test])  # 797 digits that no net here is trained on
y_later = np.concatenate([digits.y_val, digits.y_test])

# %% [markdown]
# ## Four rates
#
# To see what a rate does, we need *noisy* gradients and a minimum that we know exactly. Take 500 digits, give a fifth of them a random label (real data sets have wrong labels, too), and train a single softmax layer, with a little regularisation, in batches of only 10. This loss is convex: it has one minimum, and with all the data in each step and enough patience we can go there. How far above it a run ends is its **excess loss**.

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
# - **D** whoever leads at first, at the end it is the low one

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


four_curves = {
    label: np.mean([loss_curve(rate, seed) for seed in range(3)], axis=0)
    for label, rate in RATES.items()
}
with style((8, 4.4)):
    figure, ax = plt.subplots()
    curves(ax, seen_at / 50, four_curves, xlabel="epoch", ylabel="excess loss", log=True)
    ax.set_title("The slide's picture, on digits with wrong labels (mean of 3 runs)")
    ax.legend(loc="center", bbox_to_anchor=(0.55, 0.42), ncols=2)
    plt.show()
print("excess loss   " + "".join(f"{label:>15s}" for label in four_curves))
for t in (10, 50, 500):
    row = [losses[seen_at == t].item() for losses in four_curves.values()]
    print(f"{t:4d} steps    " + "".join(f"{loss:15.2f}" for loss in row))

# %% [markdown]
# <details><summary>What came out</summary>
#
# *Four curves over ten epochs, excess loss on a logarithmic axis. The low rate comes down slowly and is still high at the end. The good one falls fast at first and goes on falling. The high one falls even faster, is overtaken by the good one after about an epoch, and stays where it is, wriggling. The very high one jumps up at once and stays far above where it began.*
#
# After ten steps the high rate leads: 0.5 above the minimum, where the good one is 0.7 above it. After one epoch they are level. At the end the good one is at 0.07 and the high one still at 0.16, where it has been for six epochs: it is not slow, it is *stuck*. The low one has only come down from 1.5 to 0.9, and the very high one went up to 5 and more within ten steps.
#
# </details>

# %% [markdown]
# ### Why a high rate gets stuck
#
# The gradient of ten examples is the gradient of all, plus noise. Near the minimum the first part vanishes and the noise does not. So the parameters never come to rest; they jitter. How much? Take the simplest minimum that there is, $f(x) = \tfrac12 x^2$, with gradients $x + \text{noise}$ (mean 0, variance 1), and start many balls in it.
#
# **Predict:** the rate is small, say 0.1. You halve it. What becomes of the variance of $x$, after a long time?
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
    """Mean square of x after each step, for many balls in the noisy bowl; the rate: rate_at(t)."""
    rng = np.random.default_rng(0)
    x, squares = np.full(balls, start), []
    for t in range(steps):
        x = x - rate_at(t) * (x + rng.standard_normal(balls))
        squares.append(np.mean(x**2))
    return np.array(squares)


constant_rates = {f"rate {a}": bowl(lambda t, a=a: a, 400) for a in (0.4, 0.1, 0.025)}
with style((7.5, 3.8)):
    figure, ax = plt.subplots()
    steps = np.arange(1, 401)
    curves(ax, steps, constant_rates, xlabel="step", ylabel="mean square of x", log=True)
    ax.set_title("2000 balls in a noisy bowl, all from x = 10")
    plt.show()
for label, squares in constant_rates.items():
    a = float(label.split()[1])
    print(f"{label}: measured over the last 100 steps {squares[-100:].mean():.4f},", end=" ")
    print(f"α / (2 - α) = {a / (2 - a):.4f}")

# %% [markdown]
# <details><summary>What came out</summary>
#
# *Three curves on a logarithmic axis. The highest rate reaches its floor within ten steps, and it is the highest floor; the lower the rate, the longer the way down, and the lower the floor at its end.*
#
# One step of SGD in the bowl is
#
# $$x \leftarrow x - \alpha\,(x + \text{noise}) = (1 - \alpha)\,x - \alpha\,\text{noise}.$$
#
# If the variance $V$ of $x$ no longer changes, then $V = (1-\alpha)^2\, V + \alpha^2$, which gives
#
# $$V = \frac{\alpha}{2 - \alpha},$$
#
# about $\alpha / 2$ for a small rate. A high rate is fast and ends high; a low one is slow and ends low. Each is best for some time, none for all time.
#
# </details>
#
# **Question 1** (2 points, in your own words). "Which one of these learning rates is best to use?" Answer the slide's question for the four rates of the picture. Say what makes the high one better at first and worse later, and what you would do with the rate.

# %% [markdown] question="which_rate_is_best" points=2
# ### BEGIN SOLUTION
# **Model answer.** None of them for the whole run: they are best one after the other. Far from the minimum the gradients of all batches agree, so a long step is a good step, and the high rate is ahead (of the rates that do not diverge). Near the minimum what is left is mostly noise, and the steps' noise is proportional to the rate: the high rate jitters at a level above the minimum (variance α/(2 − α) in the bowl), while the low rate, which would jitter less, has not got there in time. So start with a high rate, though not the very high one, which goes uphill, and lower it in the course of training.
#
# **Rubric.** 1 point: no single one; begin high and decay (or: the good one, if one must be chosen for the whole run, with the remark that decaying is better). 1 point: the reason: progress while far away, and a noise floor that grows with the rate near the minimum.
# ### END SOLUTION

# %% [markdown]
# ## Decay
#
# A *schedule* says which rate to use in step $t = 0, 1, 2, \dots$ It is a pure function: it remembers nothing and can be asked for any step at any time, so you can plot it and test it before you take a single step.
#
# **Play first.** Here is the high rate that got stuck, on the same digits with the same wrong labels. Move the second slider, and the rate decays. How far must it go down, and does it matter by which road? Does the same decay help a rate of 0.1, which has not got anywhere yet?

# %%
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
# Python has a division that rounds its result down to a whole number: `//`. The rest is a power. You need no loop and no memory.
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
for epoch, (theirs, mine) in enumerate(zip(stats.learning_rate_history, yours, strict=True), 1):
    print(f"{epoch:5d}{theirs:21.4f}{mine:8.4f}")

# %% [markdown]
# <details><summary>What came out</summary>
#
# The two columns agree. In the tenth epoch 63 % of the rate is left. That is a gentle decay: begin three times too high, and you are at the right rate after 21 epochs.
#
# </details>
#
# ### Exponential decay
#
# The same, without stairs:
#
# $$\alpha_t = \alpha_0\, e^{-k t}$$
#
# $t$ counts *steps*, as everywhere here. (If somebody gives you a $k$ per epoch, divide it by the number of steps in one.)
#
# <details><summary>Hint 1</summary>
#
# First work out by hand: what is the rate at $t = 0$? And with $k = 0$?
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
# <details><summary>What came out</summary>
#
# *The constant rate walks in a straight line out of the picture. The three exponential ones bend and level off, near 32, at 10 and at 3: the larger k, the sooner.*
#
# All steps together are worth $\alpha_0 / k$, a little more precisely $\alpha_0 / (1 - e^{-k}) = 10.05$ here. If the minimum is 20 away, this run will *never* get there, and its loss curve will level off just like that of a run that has arrived. Remember that when you look at one.
#
# </details>
#
# ### 1/t decay
#
# The third of the slide's decays falls fast at the beginning, and then ever more slowly:
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
# The whole denominator needs brackets; without them Python divides first and adds afterwards.
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
# The sum of $1/(1 + kt)$ grows without limit, though slowly, so such a run can get anywhere. And the sum of the *squares*, which is how the noise adds up, stays finite. Robbins and Monro showed in [1951](https://doi.org/10.1214/aoms/1177729586) that a run with both properties arrives at a minimum *exactly*, in the end. In our noisy bowl there is even a perfect choice, $\alpha_t = 1/(1 + t)$.
#
# **Predict:** where does it leave the balls after 2000 steps? A constant rate of 0.02 leaves them with a mean square of 0.01. (Write down $x$ after the first step, and after the second.)

# %%
guess("square_after_2000_steps", ...)  # the mean square of x, such as 0.01

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
    steps = np.arange(1, 2001)
    curves(ax, steps, in_the_bowl, xlabel="step", ylabel="mean square of x", log=True)
    ax.set(xscale="log", title="The noisy bowl again, all from x = 10")
    plt.show()
print(" " * 28 + "after 10, 100, 2000 steps")
for label, squares in in_the_bowl.items():
    print(f"{label:27s} " + "  ".join(f"{squares[t - 1]:.5f}" for t in (10, 100, 2000)))
reveal("square_after_2000_steps", in_the_bowl["1/t, 1, k = 1"][-1], form=".5f")

# %% [markdown]
# <details><summary>What came out</summary>
#
# *Both axes logarithmic. The constant rates fall to their floors. The exponential decay with k = 0.1 falls and freezes; the one with k = 0.01 gets lower, and freezes as well. The 1/t decay is a straight line from the first step to the last, and ends lowest.*
#
# $1/(1+t)$ throws the start away in the first step ($x \leftarrow -\text{noise}$), and from then on $x$ is minus the *mean of all the noise so far*. Its mean square after $t$ steps is $1/t$: one over two thousand at the end, twenty times lower than with a constant rate of 0.02. No schedule can do better without knowing where it starts.
#
# But this bowl has one curvature, and we know it. With an $\alpha_0$ ten times smaller the same formula is a disaster: after 2000 steps the balls have covered less than 60 % of the way (try `inverse_time_decay(t, 0.1, 1.0)`). And a network has hundreds of curvatures.
#
# </details>
#
# ### Where to end
#
# How do you choose $k$? Ask for something that you can picture: "after `steps` steps, `fraction` of the initial rate is to be left." Solve the slide's two formulas for $k$.
#
# <details><summary>Hint 1</summary>
#
# Write $\alpha_t / \alpha_0 = \text{fraction}$ at $t = \text{steps}$, once for each formula. The initial rate cancels.
#
# </details>
# <details><summary>Hint 2</summary>
#
# For the exponential, take the natural logarithm of both sides. The logarithm of a number below 1 is negative, and $k$ must not be.
#
# </details>
# <details><summary>Hint 3: nearly there</summary>
#
# For 1/t decay, turn both sides upside down: one side is then $1 + k \cdot \text{steps}$. Test yourself with `fraction` 1: both constants must be 0.
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

# %% [markdown]
# **Predict:** both decays start at 1 and end at 0.01 after 500 steps. How much of the rate does each have left after the first 50?

# %%
guess("left_after_a_tenth", ...)  # two fractions, [exponential, 1/t]

# %%
needs("step_decay", "exponential_decay", "inverse_time_decay", "decay_constants")
STEPS = 500
k_exponential, k_inverse = decay_constants(0.01, STEPS)


def schedules(lr0):
    """The contestants: from lr0 down to a hundredth of it (the stairs: to a sixteenth)."""
    return {
        "constant": lambda t: lr0,
        "step": lambda t: step_decay(t, lr0, 0.5, 100),
        "exponential": lambda t: exponential_decay(t, lr0, k_exponential),
        "1/t": lambda t: inverse_time_decay(t, lr0, k_inverse),
    }


print(f"to end at a hundredth: k = {k_exponential:.4f} (exponential), {k_inverse:.4f} (1/t)")
rates = {name: [rate_at(t) for t in range(STEPS)] for name, rate_at in schedules(1.0).items()}
with style((10, 3.8)):
    figure, axes = plt.subplots(1, 2)
    for ax, log in zip(axes, (False, True), strict=True):
        curves(ax, None, rates, xlabel="step", ylabel="rate", log=log)
    axes[1].get_legend().remove()
    figure.suptitle("Four schedules, twice: linear and logarithmic")
    plt.show()
reveal("left_after_a_tenth", {name: rates[name][50] for name in ("exponential", "1/t")}, form=".2f")

# %% [markdown]
# <details><summary>What came out</summary>
#
# *Left: stairs that halve every 100 steps, a smooth exponential, and 1/t, which falls like a stone and then runs along the bottom. Right, on a logarithmic axis: the exponential is a straight line, and 1/t meets it at the end.*
#
# They end at the same rate and take very different ways: after a tenth of the run, 1/t has 9 % of its rate left, the exponential 63 %. With the same initial rate, 1/t is by far the lowest in between.
#
# </details>

# %% [markdown]
# ## Train with it
#
# Now the loop. It is the lecture's: sample, forward, backward, update. Before each update you ask the schedule for the rate, and the rule finds it in its `config`, where it has always looked for it. So *any* rule can have a schedule, and the rule does not know.
#
# - `dataset.sample_data_batch()` gives a batch, `network.forward(batch)` its loss, `network.backward()` the gradient of that with respect to `network.x`;
# - `rule(x, dx, config)` returns the new parameters, and the config for the next step, with all that the rule wants to remember.
#
# <details><summary>Hint 1</summary>
#
# Five lines in the loop: the lecture's four, and one that sets the rate. Where does that one have to stand?
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
# Back to the digits with wrong labels, and to the high rate, 3, that got stuck 0.16 above the minimum.
#
# **Predict:** halve it every two epochs, four times in all. Where does it end? And where does a rate of 0.1 end that is halved in the same way? At a constant 0.1 it ends 0.19 above the minimum.

# %%
guess("excess_with_stairs", ...)  # two excess losses, [from rate 3, from rate 0.1]

# %%
needs("train_with_schedule", "step_decay", "exponential_decay", "inverse_time_decay")
needs("decay_constants")


def train(rule, schedule, seed, steps=STEPS):
    """The softmax net after a run on the digits with wrong labels, in batches of 10."""
    network = softmax_net()
    dataset = Dataset(X, y, 10, rng=np.random.default_rng(seed))
    train_with_schedule(dataset, network, rule, {}, schedule, steps)
    return network


def excess_of(name, lr0):
    """Excess loss of SGD with that schedule, mean of 3 runs."""
    return np.mean([excess(train(sgd, schedules(lr0)[name], seed)) for seed in range(3)])


initial_rates = np.array([0.1, 0.3, 1, 3, 10, 30])
excess_at = {
    name: np.array([excess_of(name, lr0) for lr0 in initial_rates]) for name in schedules(1.0)
}
with style((8, 4.4)):
    figure, ax = plt.subplots()
    axis = {"xlabel": "initial rate", "ylabel": "excess loss after 500 steps"}
    curves(ax, initial_rates, excess_at, log=True, marker="o", **axis)
    ax.set(xscale="log", title="SGD, ten epochs: how much is left to do? (mean of 3 runs)")
    plt.show()
print("initial rate" + "".join(f"{rate:9g}" for rate in initial_rates))
for name, losses in excess_at.items():
    print(f"{name:12s}" + "".join(f"{loss:9.3f}" for loss in losses))
stairs = dict(zip(initial_rates, excess_at["step"], strict=True))
reveal("excess_with_stairs", {f"rate {rate:g}": stairs[rate] for rate in (3, 0.1)}, form=".3f")

# %% [markdown]
# <details><summary>What came out</summary>
#
# *Four curves shaped like a U, over the initial rate, both axes logarithmic. The constant rate's has its bottom at 1, and rises steeply to both sides. The others have theirs further right, 1/t at 10 or more, and are flatter there; step and exponential have bottoms that are lower by half. At 0.1 and 0.3 the constant rate is the lowest of all.*
#
# Three things to read off it:
#
# - **On the right, decay pays.** At a rate of 3, halving it every two epochs brings the excess loss down from about 0.16 to less than 0.04; at 10 from about 1 to less than 0.06. And the bottoms are *wide*: with exponential decay all rates from 3 to 30 end at 0.03 to 0.06. A decay forgives a rate that is too high.
# - **On the left, decay costs.** At 0.1 the constant rate is the best of the four: no run has arrived yet, and one that slows down arrives later. *A schedule does not save a rate that is too low.*
# - **Each schedule has its own best initial rate**, about 1 for the constant one, 3 to 10 for step and exponential, 10 to 30 for 1/t. Compare schedules at the same initial rate, and you compare the rates. (At 3 you would conclude that 1/t decay does nothing.) Best against best: decay halves what is left to do.
#
# </details>

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
needs("train_with_schedule", "step_decay", "exponential_decay", "inverse_time_decay")
needs("decay_constants")
RULES = {"SGD": sgd, "momentum": sgd_momentum, "Adam": adam}
HIGH = {"SGD": 3, "momentum": 0.3, "Adam": 0.1}
TUNED = {
    "SGD": {"constant": 1, "step": 5, "exponential": 10, "1/t": 20},
    "momentum": {"constant": 0.1, "step": 0.5, "exponential": 1, "1/t": 2},
    "Adam": {"constant": 0.02, "step": 0.1, "exponential": 0.3, "1/t": 0.5},
}


def trials(rule, name, lr0, seeds=range(5)):
    """Excess loss and accuracy on digits not trained on, (seeds, 2)."""
    networks = [train(RULES[rule], schedules(lr0)[name], seed) for seed in seeds]
    return np.array([(excess(n), n.accuracy(X_later, y_later)) for n in networks])


pairs = [(rule, name) for rule in RULES for name in schedules(1)]
at_high = {pair: trials(*pair, HIGH[pair[0]]) for pair in pairs}
at_best = {(rule, name): trials(rule, name, TUNED[rule][name]) for rule, name in pairs}
panels = {"one high rate": at_high, "each at its own best rate": at_best}
exact = patient.accuracy(X_later, y_later)
print(f"accuracy on 797 other digits of the exact minimum: {exact:.3f}")
for title, results in panels.items():
    print(f"\n{title}: excess loss, mean ± sd of 5 runs (accuracy on 797 other digits)")
    print(" " * 9 + "".join(f"{name:>24s}" for name in schedules(1)))
    for rule in RULES:
        cells = []
        for name in schedules(1):
            losses, accuracies = results[rule, name].T
            cells.append(f"{losses.mean():9.3f} ± {losses.std():.3f} ({accuracies.mean():.3f})")
        print(f"{rule:9s}" + "".join(cells))
with style((10, 4.2)):
    figure, axes = plt.subplots(1, 2, sharey=True)
    for ax, (title, results) in zip(axes, panels.items(), strict=True):
        for i, name in enumerate(schedules(1)):
            losses = [results[rule, name][:, 0] for rule in RULES]
            ax.errorbar(
                np.arange(3) + 0.15 * (i - 1.5), np.mean(losses, axis=1), np.std(losses, axis=1),
                fmt="os^D"[i], color=PALETTE[i], capsize=4, linestyle="none", label=name,
            )  # fmt: skip
        ax.set(xticks=range(3), xticklabels=RULES, xlabel="update rule", title=title, yscale="log")
    axes[0].set_ylabel("excess loss after 500 steps")
    axes[0].legend()
    plt.show()

# %% [markdown]
# <details><summary>What came out</summary>
#
# *Two panels; in each, for SGD, momentum and Adam, four marks with error bars, one for each schedule, on a logarithmic axis. Left, at one high rate: step and exponential decay lie far below the constant rate, 1/t beside it or a little below. Right, each at its own best rate: constant and 1/t on top, step and exponential at half their height, and the three rules hardly differ.*
#
# - **Adam needs a schedule as much as the others.** At the high rate decay brings its excess loss down from 0.2 or more to 0.03, at the best rates from 0.06 to 0.03, as it does for SGD. Adam divides by the size of the gradients *of the batches*, noise included. Near the minimum there is almost nothing but noise, and noise divided by its own size does not get smaller as you come closer.
# - **At their best, the three rules are equal here**, and step and exponential decay are worth a factor of two.
# - **1/t decay does not shine**, though theory praises it: even at its best rate it is no better than a constant one, because it has given most of its rate away before the run has got anywhere. (With a `fraction` of a tenth, not a hundredth, it does better. Try it.)
# - **Look at the accuracies, too.** At the high rate decay is worth five points or more of accuracy on other digits. At the best rates it is worth next to nothing: all are between 0.86 and 0.90. Nearly a fifth of the labels that we fit are wrong, so the last bit of training loss is not worth having. The exact minimum itself gets only 0.887, and the best accuracy in the table, above 0.90, belongs to runs that 1/t decay stopped well above it. Decay takes you to a minimum; whether you want to be there is another question.
#
# </details>

# %% [markdown]
# ### Where it does not pay
#
# Decay is a cure for noise. What does it do where there is none? Once all 500 digits are in each step. And once it is the whole training set, with *clean* labels and a network that can fit them all, so that at the minimum every example's gradient is nearly zero.
#
# **Predict:** which schedule has the lowest training loss after 500 steps, in both cases?

# %%
guess("best_without_noise", ...)  # "constant", "step", "exponential" or "1/t"

# %%
needs("train_with_schedule", "step_decay", "exponential_decay", "inverse_time_decay")
needs("decay_constants")
full_batch = {}
for name, schedule in schedules(3.0).items():
    network = softmax_net()
    train_with_schedule(Dataset(X, y, 500), network, sgd, {}, schedule, STEPS)
    full_batch[name] = excess(network)


def clean_run(schedule, seed):
    """Training loss and accuracy on other digits, of a 64-50-10 net, 10 epochs, clean labels."""
    network = Network([64, 50, 10], rng=np.random.default_rng(seed))
    dataset = Dataset(digits.X_train, digits.y_train, 20, rng=np.random.default_rng(seed))
    train_with_schedule(dataset, network, sgd, {}, schedule, STEPS)
    loss, _ = network.loss_and_gradient(digits.X_train, digits.y_train)
    return loss, network.accuracy(X_later, y_later)


clean = {
    name: np.array([clean_run(schedule, seed) for seed in range(3)])
    for name, schedule in schedules(1.0).items()
}
print("schedule      full batch: excess loss     clean labels: training loss    accuracy")
for name in full_batch:
    loss, accuracy = clean[name].mean(axis=0)
    spread = clean[name][:, 1].std()
    print(f"{name:12s}{full_batch[name]:20.4f}{loss:28.4f}{accuracy:19.3f} ± {spread:.3f}")
best = {
    "full batch": min(full_batch, key=full_batch.get),
    "clean labels": min(clean, key=lambda name: clean[name][:, 0].mean()),
}
reveal("best_without_noise", best, word="it was")

# %% [markdown]
# <details><summary>What came out</summary>
#
# Both times the constant rate has the lowest loss, by a factor of two and a half or more; in accuracy no decay gets past it. Without noise there is no floor to get below, and each step that is made shorter is progress lost. With clean labels the noise vanishes by itself as the examples are fitted. A net that cannot fit every one of its examples is never rid of it. Which of the two is yours? Look at the curve: is it *stuck and wriggling*, or *still going down*?
#
# </details>
#
# **Question 2** (2 points). You decay the rate exponentially. After half of the epochs the training loss hardly moves any more. That can be the minimum, or the schedule. How can the schedule be to blame, and what would you do or look at to find out which it is?

# %% [markdown] question="stopped_by_the_schedule" points=2
# ### BEGIN SOLUTION
# **Model answer.** The steps of an exponential decay add up to a finite length, about α0/k times the gradient: with a large k the rate is next to nothing long before the minimum is reached, and the loss levels off for lack of steps. To tell: raise the rate again (to α0, or decay more slowly) from there. If the loss then goes down further, before or after a moment of noise, it was the schedule. Or look at the size of the rate and of the full gradient: at a minimum the gradient is small, in a run that was stopped it is not. Or compare with a constant rate: a curve that still falls at the same time with it says that decay came too early.
#
# **Rubric.** 1 point: the rate has become so small that the steps left cannot get any further (finite sum, or a rate of nearly zero), though the minimum is not reached. 1 point: a test that can tell the two cases apart.
# ### END SOLUTION

# %% [markdown]
# ## Schedules of today
#
# Most large language models were trained with one of three schedules that the slide does not have: the cosine, the straight line to zero, and WSD. You will write all three (the cosine is the bonus), and see what each asks of you.
#
# ### Linear to zero
#
# The rate falls by the same amount in each step of a run of $T$ = `total` steps, numbered 0 to $T - 1$:
#
# $$\alpha_t = \alpha_0 \left(1 - \frac{t}{T}\right) \quad (t < T), \qquad \alpha_t = 0 \quad (t \ge T)$$
#
# <details><summary>Hint 1</summary>
#
# How many steps of the run are left before step `t`? The rate is in proportion to that.
#
# </details>
# <details><summary>Hint 2</summary>
#
# Try `t = total + 5` in your formula. The rate must not become negative.
#
# </details>
# <details><summary>Hint 3: nearly there</summary>
#
# The steps that are left are `total` minus `t`, but at least 0: Python's `max` does that. Then the initial rate times this count, divided by `total` with a plain `/`.
#
# </details>

# %% solution="linear_to_zero"
def linear_to_zero(t, lr0, total):
    """The rate of step t = 0, 1, 2, ...: in a straight line from lr0 to 0 at step `total`.

    From step `total` on the rate is 0. Returns a float.
    """
    ### BEGIN SOLUTION
    share_left = max(1 - t / total, 0.0)
    return lr0 * share_left
    ### END SOLUTION

# %% check="linear_to_zero"
check("linear_to_zero")

# %% [markdown]
# ### Warm-up, stable, decay
#
# WSD is put together from three straight lines: *up* in the first $w$ = `warmup` steps, *flat* at $\alpha_0$, and *down* to 0 in the last $d$ = `decay` of the $T$ = `total` steps.
#
# $$\alpha_t = \begin{cases} \alpha_0\, \dfrac{t + 1}{w} & t < w \\[2ex] \alpha_0 & w \le t < T - d \\[1ex] \alpha_0\, \dfrac{T - t}{d} & T - d \le t < T \\[2ex] 0 & t \ge T \end{cases}$$
#
# `warmup` may be 0, and the flat part may be missing.
#
# <details><summary>Hint 1</summary>
#
# Four cases, in the order of the formula. If each of them returns at once, the next one needs to test only where it ends.
#
# </details>
# <details><summary>Hint 2</summary>
#
# With `warmup` 0, the first case never happens; make sure that you do not divide by it anyway.
#
# </details>
# <details><summary>Hint 3: nearly there</summary>
#
# Compare `t` with the end of the warm-up first, then with the step at which only `decay` steps are left. For the rest, the third line of the formula; as with `linear_to_zero`, `max` keeps the steps that are left from going below 0, which covers the fourth.
#
# </details>

# %% solution="warmup_stable_decay"
def warmup_stable_decay(t, lr0, warmup, total, decay):
    """The rate of step t = 0, 1, 2, ...: up to lr0, flat, and down to 0 at step `total`.

    warmup: steps on the way up, from 0 (none). decay: steps on the way down, from 1 to
    total - warmup. From step `total` on the rate is 0. Returns a float.
    """
    ### BEGIN SOLUTION
    if t < warmup:
        return lr0 * (t + 1) / warmup
    if t < total - decay:
        return lr0
    steps_left = max(total - t, 0)
    return lr0 * steps_left / decay
    ### END SOLUTION

# %% check="warmup_stable_decay"
check("warmup_stable_decay")

# %% [markdown]
# How long must the way down be? At a constant rate of 3, SGD got stuck 0.16 above the minimum; halving it every 100 steps led to 0.035.
#
# **Predict:** keep the rate at 3 for nine tenths of the run, and spend only the last 50 steps on the way down. Where does it end? And with the last 250?

# %%
guess("excess_after_wsd", ...)  # two excess losses, [50 steps down, 250 steps down]

# %%
needs("train_with_schedule", "warmup_stable_decay")
down = {
    steps: lambda t, steps=steps: warmup_stable_decay(t, 3.0, 0, STEPS, steps)
    for steps in (50, 100, 250, 500)
}
after_down = {
    steps: np.mean([excess(train(sgd, rate_at, seed)) for seed in range(5)])
    for steps, rate_at in down.items()
}
with style((7.5, 3.4)):
    figure, ax = plt.subplots()
    shapes = {f"{steps} steps down": [down[steps](t) for t in range(STEPS)] for steps in down}
    curves(ax, None, shapes, xlabel="step", ylabel="rate", title="WSD without a warm-up")
    plt.show()
for steps, loss in after_down.items():
    print(f"{steps:3d} steps down: excess loss {loss:.3f}, mean of 5 runs")
reveal("excess_after_wsd", {f"{steps} steps": after_down[steps] for steps in (50, 250)}, ".3f")

# %% [markdown]
# <details><summary>What came out</summary>
#
# *Four lines that are flat at 3 and then fall to 0 at step 500. The one that falls for 500 steps has no flat part.*
#
# The last tenth of the run takes away about half of what the high rate had left; with half of the run 0.04 remains, and a line all the way down gets lowest, 0.03. In this short and noisy run more of the way down is better. Where runs are long, 10 to 20 % are common.
#
# </details>
#
# So why would anybody keep the rate up? Because plans change.
#
# ### The price of a plan
#
# A line to zero must know its last step before the first, and so must a cosine. WSD need not: until the way down begins, its rates do not depend on `total`.
#
# **Predict:** you planned a line for 1000 steps, from a rate of 3. After 500 steps somebody else needs the machine, and you have to hand in the network as it is. A line planned for 500 would have ended 0.03 above the minimum. Where are you?

# %%
guess("excess_when_stopped", ...)  # an excess loss

# %%
needs("train_with_schedule", "linear_to_zero", "warmup_stable_decay")
ENDS = (250, 500, 1000)


def at_the_ends(run):
    """Excess loss, mean of 5 runs, of run(end, seed) -> network, for each of the ENDS."""
    return [np.mean([excess(run(end, seed)) for seed in range(5)]) for end in ENDS]


def line(planned):
    """A run that follows a line to zero planned for so many steps (None: as many as it gets)."""

    def run(end, seed):
        return train(sgd, lambda t: linear_to_zero(t, 3.0, planned or end), seed, end)

    return run


def wsd(end, seed):
    return train(sgd, lambda t: warmup_stable_decay(t, 2.0, 0, end, end // 2), seed, end)


handed_in = {
    "line, planned for this end": at_the_ends(line(None)),
    "line, planned for 1000 steps": at_the_ends(line(1000)),
    "WSD, second half down": at_the_ends(wsd),
}
print(f"{'excess loss after':30s}" + "".join(f"{end:11d}" for end in ENDS) + " steps")
for name, losses in handed_in.items():
    print(f"{name:30s}" + "".join(f"{loss:11.3f}" for loss in losses))
reveal("excess_when_stopped", handed_in["line, planned for 1000 steps"][1], form=".3f")

# %% [markdown]
# <details><summary>What came out</summary>
#
# Stopped half-way, the line planned for 1000 steps is more than twice as far from the minimum as the one that knew its end, because its rate is still half of 3. WSD (at the rate that is best for it, 2) comes within a fifth of the planned line at all three ends, and the runs share a trunk: keep the weights before the way down, and you can go on from there at the high rate as if nothing had happened. Only the ways down are paid for again.
#
# And the other way round? When a line has reached zero and you get more machine time after all, there is nothing to go on with: a rate of 0 moves nothing, and raising it again first undoes what the way down has gained.
#
# </details>

# %% [markdown]
# ### A mean instead of a decay
#
# Look at the bowl once more. At a constant rate $x$ jitters around the minimum, to both sides. Then the *mean* of many $x$ should be closer to the minimum than nearly all of them. And a mean needs no plan at all.
#
# **Predict:** SGD with a constant rate of 2, for 500 steps. The last $x$ is about 0.1 above the minimum. Where is the mean of the last 250?

# %%
guess("excess_of_the_mean", ...)  # an excess loss

# %%
needs("train_with_schedule", "linear_to_zero")


def keeping(rule, path):
    """The same rule; every new x is also appended to the list `path`."""

    def step(x, dx, config):
        x, config = rule(x, dx, config)
        path.append(x.copy())
        return x, config

    return step


def last_and_mean(end, seed):
    """Excess loss after `end` steps at rate 2: of the last x, and of the mean of the last half."""
    path = []
    network = train(keeping(sgd, path), lambda t: 2.0, seed, end)
    last = excess(network)
    network.x = np.mean(path[end // 2 :], axis=0)
    return last, excess(network)


means = np.array([np.mean([last_and_mean(end, s) for s in range(5)], axis=0) for end in ENDS]).T
print(f"{'excess loss after':34s}" + "".join(f"{end:11d}" for end in ENDS) + " steps")
for name, losses in zip(("rate 2, last x", "rate 2, mean of the last half"), means, strict=True):
    print(f"{name:34s}" + "".join(f"{loss:11.3f}" for loss in losses))
reveal("excess_of_the_mean", means[1, 1], form=".3f")

# %% [markdown]
# <details><summary>What came out</summary>
#
# The last $x$ stays about 0.1 above the minimum, however long the run. The mean of the last half is at 0.03 after 500 steps, where the best decays are, and at less than 0.02 after 1000. Compare it with the table above: it is as good as the line that knew its end, at every end, and the rate was never lowered. **Averaging replaces decay.** (Polyak and Juditsky proved in [1992](https://doi.org/10.1137/0330046) that in the long run it is as good as the best decay.)
#
# It does not replace a good rate: at 10 the mean is ten times worse than at 2. Here the loss is convex, and the mean of good weights is good. In notebook 09 you will average the weights of deep networks as they train, which works as well, as long as they come from one run.
#
# </details>

# %% [markdown]
# ### Bonus: the cosine
#
# The **cosine** begins to fall gently, is fastest in the middle, and lands gently. With a warm-up before it, $w$ = `warmup`, $T$ = `total`:
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
    """The rate of step t = 0, 1, 2, ...: up to lr0 in `warmup` steps, then down to `final`.

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
# **Predict:** which of the three, stairs, line or cosine, is best for SGD, each at its own best rate? And does the cosine pay the line's price when it is planned for 1000 steps and stopped after 500?

# %%
guess("best_of_three", ...)  # "stairs", "line", "cosine" or "equal"

# %%
needs("train_with_schedule", "warmup_cosine", "step_decay", "linear_to_zero")
three = {
    "stairs from 5": lambda t: step_decay(t, 5.0, 0.5, 100),
    "line from 3": lambda t: linear_to_zero(t, 3.0, 500),
    "cosine from 3": lambda t: warmup_cosine(t, 3.0, 0, 500),
    "cosine from 3, planned for 1000": lambda t: warmup_cosine(t, 3.0, 0, 1000),
}
runs_of = {
    name: np.array([excess(train(sgd, rate_at, seed)) for seed in range(5)])
    for name, rate_at in three.items()
}
for name, losses in runs_of.items():
    print(f"{name:32s} excess loss after 500 steps {losses.mean():.3f} ± {losses.std():.3f}")
*planned, stopped = (losses.mean() for losses in runs_of.values())
apart = max(planned) > 1.5 * min(planned)
best_name = ("stairs", "line", "cosine")[int(np.argmin(planned))]
reveal("best_of_three", best_name if apart else "equal", word="it came out")

# %% [markdown]
# <details><summary>What came out</summary>
#
# The three are equal within the spread of the runs, all a little above 0.03: the shape of a way down that is long enough hardly matters. Nobody has to choose where the cosine and the line drop. And the cosine pays the same price as the line: planned for 1000 steps and stopped after 500, it is more than twice as far away.
#
# </details>

# %% [markdown]
# ## Warm-up, and its rival
#
# The very first gradients of a deep network can be wild, and a rate that would be fine later can ruin it in ten steps. A warm-up begins low. Take a net with four hidden layers, Adam, clean digits, ten epochs (200 steps), and a bold rate: 0.12, four times as high as a good one. It rises to 0.12 during the warm-up, and from there falls to zero in a straight line.
#
# **Predict:** how many of the 200 steps should the warm-up take?

# %%
guess("best_warm_up", ...)  # a number of steps, from 0 to 100

# %%
needs("train_with_schedule", "warmup_stable_decay")


def deep_run(seed, warmup, lr0=0.12, rule=adam, config=None):
    """Accuracy on other digits of a net with four hidden layers, after 200 steps."""
    network = Network([64, 50, 50, 50, 50, 10], rng=np.random.default_rng(seed))
    dataset = Dataset(digits.X_train, digits.y_train, 50, rng=np.random.default_rng(seed))

    def rate_at(t):
        return warmup_stable_decay(t, lr0, warmup, 200, 200 - warmup)

    with np.errstate(over="ignore", invalid="ignore"):  # runs that blow up are part of it
        train_with_schedule(dataset, network, rule, config or {}, rate_at, 200)
    return network.accuracy(X_later, y_later)


def five_runs(warmup, **settings):
    return np.array([deep_run(seed, warmup, **settings) for seed in range(5)])


WARMUPS = (0, 5, 10, 20, 30, 40, 60, 100)
warm = {warmup: five_runs(warmup) for warmup in WARMUPS}
with style((8, 3.8)):
    figure, ax = plt.subplots()
    averages = [runs.mean() for runs in warm.values()]
    axis = {"xlabel": "steps of warm-up", "ylabel": "accuracy on other digits"}
    curves(ax, range(len(WARMUPS)), {"mean of 5 runs": averages}, **axis)
    for place, runs in enumerate(warm.values()):
        ax.plot(np.full(5, place), runs, "o", color=PALETTE[0], alpha=0.5)
    ax.set(xticks=range(len(WARMUPS)), xticklabels=WARMUPS)
    ax.set_title("Four hidden layers, Adam at rate 0.12")
    plt.show()
for warmup, runs in warm.items():
    print(f"warm-up {warmup:3d}: {runs.mean():.3f} ± {runs.std():.3f}, worst {runs.min():.3f}")
reveal("best_warm_up", max(warm, key=lambda warmup: warm[warmup].mean()), word="best here:")

# %% [markdown]
# <details><summary>What came out</summary>
#
# *Mean accuracy and five dots for each length of the warm-up. Without one the dots are widely scattered; with 5 to 20 steps most of them lie close together above 0.9; with 60 they are scattered again, and with 100 they are far down.*
#
# A short warm-up, 5 to 20 steps, saves most runs that are damaged without one. So far, this is the usual advice. But a *long* one is worse than none.
#
# </details>
#
# ### Why does a long warm-up fail?
#
# Three explanations:
#
# - **A** The high rate comes in the end. A warm-up only delays the damage.
# - **B** With a long warm-up too few steps have a useful rate.
# - **C** Adam's $v$ has become used to the small steps of the warm-up, and is late when the gradients grow.
#
# They can be told apart. Give $v$ a short memory, `beta2 = 0.9` instead of 0.999: it then forgets within some ten steps and not within a thousand. The rates stay the same in every step, so A and B predict the same accuracies as before. C predicts that long warm-ups do no harm.
#
# **Predict:** which is it?

# %%
guess("why_long_warm_ups_fail", ...)  # "A", "B" or "C", or a list of two of them

# %%
needs("train_with_schedule", "warmup_stable_decay")
short_memory = {warmup: five_runs(warmup, config={"beta2": 0.9}) for warmup in (0, 10, 60, 100)}


def two_memories(pick):
    """Adam with two v, one that forgets in ten steps and one in a thousand; `pick` takes one."""

    def rule(x, dx, config):
        t = config.get("t", 0) + 1
        m = 0.9 * config.get("m", 0) + 0.1 * dx
        quick = 0.9 * config.get("quick", 0) + 0.1 * dx**2
        slow = 0.999 * config.get("slow", 0) + 0.001 * dx**2
        v = pick(quick / (1 - 0.9**t), slow / (1 - 0.999**t))
        x = x - config["learning_rate"] * m / (1 - 0.9**t) / (np.sqrt(v) + 1e-7)
        return x, {**config, "t": t, "m": m, "quick": quick, "slow": slow}

    return rule


picked = {
    "the larger v": five_runs(100, rule=two_memories(np.maximum)),
    "the smaller v": five_runs(100, rule=two_memories(np.minimum)),
}
print("warm-up       " + "".join(f"{warmup:8d}" for warmup in short_memory))
for beta2, by_warmup in ((0.999, warm), (0.9, short_memory)):
    print(f"beta2 {beta2:<8g}" + "".join(f"{by_warmup[w].mean():8.3f}" for w in short_memory))
for name, runs in picked.items():
    print(f"warm-up 100, two memories, {name:13s} {runs.mean():.3f} ± {runs.std():.3f}")
late = short_memory[100].mean() > warm[100].mean() + 0.1
reveal("why_long_warm_ups_fail", "C" if late else "A or B", word="these runs speak for")

# %% [markdown]
# <details><summary>What came out</summary>
#
# **C.** With the short memory a warm-up of 100 steps ends at about 0.92, at exactly the same rates. What fails is Adam's slow $v$.
#
# Is $v$ too late to rise, or too late to fall again afterwards? The last two lines tell you. An Adam that keeps both memories and always takes the *larger* $v$ is saved; with the smaller one it is lost. So $v$ is late to *rise*. As long as $t$ is far below 1000, the corrected $v$ is nearly the plain mean of the $t$ squares so far. When the rate has become high enough for the gradients to surge, a new one counts for a hundredth of $v$ after 100 calm steps, for a tenth of it after 10; $m$ counts it for a tenth at once. The longer the calm, the longer the step that the surge makes.
#
# At a warm-up of 0 the short memory does not help: those runs are lost in the first steps, in which Adam moves every weight by nearly the full rate, whatever the gradient.
#
# The advice that follows: if you warm up for long, shorten the memory as well. Language models are usually trained with `beta2` 0.95.
#
# </details>

# %% [markdown]
# ### Clipping
#
# The other way to survive a surge is to cut it. **Clipping by the global norm**: if the gradient of all parameters together is longer than a limit, scale it down to the limit; its direction stays. Unlike a warm-up it works in every step. The library has it as `clip_by_global_norm(dx, limit)`.
#
# **Predict:** SGD at a rate of 3 loses this net, whether there is a warm-up or not. Which accuracy does it reach without a warm-up, if no gradient is longer than 1?

# %%
guess("accuracy_with_clipping", ...)  # an accuracy, such as 0.5

# %%
needs("train_with_schedule", "warmup_stable_decay")


def clipped(rule, limit):
    """The same rule, with gradients of at most that length."""
    return lambda x, dx, config: rule(x, clip_by_global_norm(dx, limit), config)


LIMITS = (np.inf, 1.0, 0.1)
RISKY = [("SGD", sgd, 3.0, 0), ("SGD", sgd, 3.0, 10)]
RISKY += [("Adam", adam, 0.12, 0), ("Adam", adam, 0.12, 100)]
clipping = {}
print("accuracy, mean of 3 runs      no clipping     limit 1   limit 0.1")
for name, rule, lr0, warmup in RISKY:
    for limit in LIMITS:
        runs = [deep_run(seed, warmup, lr0, clipped(rule, limit)) for seed in range(3)]
        clipping[name, warmup, limit] = np.mean(runs)
    row = "".join(f"{clipping[name, warmup, limit]:12.3f}" for limit in LIMITS)
    print(f"{name:4s} rate {lr0:<4g} warm-up {warmup:3d}    {row}")
calm = np.mean([deep_run(seed, 0, 0.03) for seed in range(3)])
print(f"Adam, rate 0.03, no warm-up, no clipping: {calm:.3f}")
reveal("accuracy_with_clipping", clipping["SGD", 0, 1.0], form=".3f")

# %% [markdown]
# <details><summary>What came out</summary>
#
# Clipping saves what a warm-up cannot save: SGD at rate 3 goes from hardly more than guessing to 0.95. A limit of 0.1 also makes up for most of what a missing warm-up costs Adam, and what a long one does with its slow $v$. But this is not an emergency brake that rests most of the time: at a limit of 0.1 nearly all gradients are clipped (more than 90 %), so the length of the gradient no longer counts. And like the rate, the limit has to be searched for.
#
# The last line puts all this into proportion. A rate a quarter as bold needs neither, and gets further than any Adam in this section. Warm-up and clipping are an insurance for bold rates. You take it where a lost run costs more than the insurance: in large models.
#
# </details>

# %% [markdown]
# ## What to take home
#
# - The rate that is fastest far from the minimum is too noisy at it: the floor grows in proportion to the rate. So begin high, and decay.
# - A schedule is a function of the step, and any rule can follow it; Adam profits as much as SGD.
# - Decay pays where there is noise and the rate is high. Where the loss is still going down, it only slows it down; and exponential decay can stop a run that has not arrived.
# - First find a good constant rate. Then take a rate a few times higher, and decay it: that is the slide's advice, with numbers. The shape of the decay matters little, its end a lot.
# - A line or a cosine must know the end of the run. WSD decides late, and a mean of weights never has to.
# - A warm-up should be short, or Adam's memory should. Clipping guards every step.

# %% [markdown]
# ## Since then
#
# *(Written in 2026. None of this is graded.)*
#
# - **Cosine** (Loshchilov and Hutter, [2016](https://arxiv.org/abs/1608.03983)) became the standard of the following years. Its price was noticed late: Hoffmann et al. ([2022](https://arxiv.org/abs/2203.15556)) found that language models looked worse than they were where the cosine had been planned for too long a run.
# - **Linear to zero**: Defazio et al. ([2023](https://arxiv.org/abs/2310.07831)) derive it from theory and find it as good as or better than a cosine on most of a wide range of tasks; Bergsma et al. ([2025](https://arxiv.org/abs/2502.15938)) find that going all the way to zero beats stopping at a tenth, for language models of up to 1.7 billion parameters. Both are large comparisons with tuned rates.
# - **WSD** (Hu et al., [2024](https://arxiv.org/abs/2404.06395)), and with a systematic comparison Hägele et al. ([2024](https://arxiv.org/abs/2405.18392)): as good as a cosine planned for the right end, with 10 to 20 % of the steps on the way down. Schaipp et al. ([2025](https://arxiv.org/abs/2501.18965)) show that the sudden fall of the loss on the way down is what convex theory predicts.
# - **Warm-up**: Goyal et al. ([2017](https://arxiv.org/abs/1706.02677)) made it popular. Why it helps has been explained by Adam's noisy $v$ (RAdam, [2019](https://arxiv.org/abs/1908.03265)), by the size of the first updates (Ma and Yarats, [2019](https://arxiv.org/abs/1910.04209)), and by a path to flatter regions that tolerate a higher rate (Kalra and Barkeshli, [2024](https://arxiv.org/abs/2406.09405)). There is no consensus. Your sweep shows one mechanism, in one small net.
# - **Clipping** by the global norm (Pascanu et al., [2013](https://arxiv.org/abs/1211.5063)), usually at 1, is part of nearly every recipe for language models. The evidence is practice rather than theory.
# - **Averages**: means along the run (Izmailov et al., [2018](https://arxiv.org/abs/1803.05407)) stand in for a decay in language models, too (Sanyal et al., [2023](https://arxiv.org/abs/2306.03241)). **Schedule-free** learning (Defazio et al., [2024](https://arxiv.org/abs/2405.15682)) takes the gradient *between* the last point $z$ and the mean $x$ so far, and needs neither a plan nor a window. Its Adam won the self-tuning track of the AlgoPerf competition of 2024. The rule is short enough to try:

# %%
def schedule_free(rate, beta, seed, ends=(250, 500, 1000)):
    """Excess loss of the mean x after so many steps of SGD; the gradient is taken at y."""
    network, rng, losses = softmax_net(), np.random.default_rng(seed), []
    x = z = network.x.copy()
    for t in range(max(ends)):
        network.x = (1 - beta) * z + beta * x  # y
        _, dy = network.loss_and_gradient(*sample_batch(X, y, 10, rng))
        z = z - rate * dy
        x = x + (z - x) / (t + 1)  # the mean of all z
        if t + 1 in ends:
            network.x = x
            losses.append(excess(network))
    return losses


free = {beta: np.mean([schedule_free(3, beta, s) for s in range(5)], axis=0) for beta in (0.9, 0.5)}
for beta, losses in free.items():
    row = "".join(f"{loss:8.3f}" for loss in losses)
    print(f"schedule-free, rate 3, beta {beta}: excess loss after 250, 500, 1000 steps{row}")

# %% [markdown]
# <details><summary>What came out</summary>
#
# With the paper's `beta` of 0.9 it ends a little above the planned lines (0.04 after 500 steps), with 0.5 at or below them (0.03), at every end, without having been told any. So it has no schedule, but it still has a rate and a `beta` to search for.
#
# </details>
#
# **Further reading:** Defazio et al., [Optimal Linear Decay Learning Rate Schedules and Further Refinements](https://arxiv.org/abs/2310.07831) (2023) · Hägele et al., [Scaling Laws and Compute-Optimal Training Beyond Fixed Training Durations](https://arxiv.org/abs/2405.18392) (2024) · Kalra and Barkeshli, [Why Warmup the Learning Rate?](https://arxiv.org/abs/2406.09405) (2024).

# %%
progress("06_schedules")
