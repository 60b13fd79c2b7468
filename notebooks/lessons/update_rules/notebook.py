# %% [markdown]
# # 05 · Update rules
#
# Backpropagation tells you which way is down. How far should you go, and should you remember where you came from? The lecture gives six answers, from plain SGD to Adam. Here you build the five that take more than one line, and then AdamW, today's default. You race them against each other and check the slides' remarks by measurement. Not all of them survive.
#
# **You will learn**
# - why plain SGD zig-zags in a valley, and what a velocity does about it,
# - how Nesterov looks ahead, and how his update is rewritten so that the gradient is needed only where you are,
# - how AdaGrad, RMSProp and Adam give each parameter a rate of its own, and when that helps,
# - why rules must be compared with *all* their settings tuned, and what momentum is worth then,
# - whether "the bias correction matters in the first few iterations", and what AdamW changes about weight decay.
#
# **Slides:** "Parameter Updates" to "Adam update". **Time:** four to five hours. **Points:** {{points}}. The exercise `rprop` is a bonus.
#
# How it goes: *predict*, *write*, *check*, *look*. Wherever it says **Predict**, write your guess into the cell below before you read on. Guesses are never graded, and a wrong one teaches more than a right one. *What came out* is folded until you open it. Hints come in three steps; open as few as you can.

# %% locked="setup"
import matplotlib.pyplot as plt
import numpy as np

from autograder.check import check, guess, needs, progress, reveal
from cs231n_lib.data import load_digits
from cs231n_lib.network import Network
from cs231n_lib.optim import sgd
from cs231n_lib.plotting import PALETTE, curves, style, trajectories
from cs231n_lib.race import race
from cs231n_lib.surfaces import beale, saddle, valley
from cs231n_lib.training import fit, minimize


def walk(surface, rule, learning_rate, steps, start=None, **more):
    """The path (steps + 1, 2) of a rule on a surface; `more` goes into its config."""
    start = surface.start if start is None else start
    config = {"learning_rate": learning_rate, **more}
    return minimize(lambda p: (surface(p), surface.gradient(p)), start, rule, config, steps=steps)


def moves(rule, gradients, config):
    """How far a rule moves one parameter downhill in each step, given its gradients."""
    w, config, moved = np.zeros(1), dict(config), []
    for g in gradients:
        before = w.copy()
        w, config = rule(w, np.array([float(g)]), config)
        moved.append(float(before[0] - w[0]))
    return np.array(moved)


def draw(lines, xlabel, ylabel, title, at=None, xscale="linear", **more):
    """One figure with a curve for each line."""
    with style((7.5, 3.8)):
        _, ax = plt.subplots()
        curves(ax, at, lines, xlabel=xlabel, ylabel=ylabel, title=title, **more)
        ax.set_xscale(xscale)
        plt.show()

# %% [markdown]
# ## The valley
#
# Suppose that the loss is steep vertically but shallow horizontally. The simplest such loss is a quadratic,
#
# $$f(x, y) = \tfrac12 \left( x^2 + 100\, y^2 \right), \qquad \nabla f = (x,\; 100\, y),$$
#
# which curves a hundred times more across the valley than along it. That ratio is the *condition number*; those of deep networks are far worse. Plain gradient descent is the one rule that you get for free:
#
# $$w \leftarrow w - \alpha\, \nabla f(w)$$
#
# **Predict:** you start at $(-1,\ 0.3)$, on the wall at the far end. What is the trajectory along which SGD converges towards the minimum at $(0, 0)$?
#
# - **A** straight to the minimum: the negative gradient is the direction of steepest descent
# - **B** first along the floor until $x$ is right, then down the wall
# - **C** to and fro across the floor, while it creeps along it
# - **D** in a curve that spirals around the minimum

# %% solution="q_trajectory"
q_trajectory = ...  # "A", "B", "C" or "D"
### BEGIN SOLUTION
q_trajectory = "C"
### END SOLUTION

# %% check="q_trajectory"
check("q_trajectory")

# %% [markdown]
# Now look. Three learning rates, 60 steps each:

# %%
steep, turned = valley(condition=100), valley(condition=100, angle=0.5)
rates = {"rate 0.005": 0.005, "rate 0.018": 0.018, "rate 0.0202": 0.0202}
sgd_paths = {label: walk(steep, sgd, rate, 60) for label, rate in rates.items()}
with style((11, 3.6)):
    figure, axes = plt.subplots(1, 3, sharey=True)
    for ax, (label, path) in zip(axes, sgd_paths.items(), strict=True):
        trajectories(ax, steep, {"SGD": path}, title=f"SGD, {label}")
        ax.get_legend().remove()
        ax.label_outer()
    plt.show()
for label, path in sgd_paths.items():
    print(f"{label}: ends at x = {path[-1, 0]:+.3f}, y = {path[-1, 1]:+.1e}")

# %% [markdown]
# <details><summary>What came out</summary>
#
# *Three panels with the contour lines of a long horizontal valley; each small dot is a step, the large one the last, the star the minimum. The slow rate drops onto the floor and crawls. 0.018 jumps from wall to wall, each jump smaller than the one before. 0.0202 jumps ever higher.*
#
# One step multiplies $x$ by $1 - \alpha$ and $y$ by $1 - 100\,\alpha$. The steep direction forbids any rate above $2/100$; at a rate that it allows, the shallow one shrinks by less than 2 % a step. With 0.018, $y$ changes sign in every step ($1 - 1.8 = -0.8$) and $x$ has 0.336 of its way left after 60. *One rate for both directions is the problem.* There are two ways out: remember something about the past steps (momentum), or give each direction its own rate (AdaGrad and its successors).
#
# </details>
#
# **Question 1** (2 points, in your own words). What is the trajectory along which SGD converges towards the minimum of such a valley, and why can no single learning rate make it a good one? Use the factors by which one step multiplies $x$ and $y$.

# %% [markdown] question="why_sgd_zigzags" points=2
# ### BEGIN SOLUTION
# **Model answer.** It jitters across the steep direction and makes very slow progress along the shallow one. One step multiplies the coordinate of a direction with curvature $h$ by $1 - \alpha h$. In the steep direction ($h = 100$) this must stay above −1, so $\alpha < 0.02$, and for $\alpha > 0.01$ it is negative: $y$ changes sign in each step. In the shallow direction ($h = 1$) the factor $1 - \alpha$ then is at least 0.98: hundreds of steps. A rate that is good for one direction is useless or divergent for the other.
#
# **Rubric.** 1 point: jitter (change of sign) across and slow progress along, each assigned to the right direction. 1 point: the reason, as a limit on the rate from the steep direction which makes the factor of the shallow one close to 1 (any correct formula or number).
# ### END SOLUTION

# %% [markdown]
# ## Momentum
#
# Think of the parameters as the position of a ball that rolls down the loss, with friction. The gradient no longer moves the ball: it *pushes* it, and the velocity $v$ moves it:
#
# $$v_t = \mu\, v_{t-1} - \alpha\, \nabla f(w_{t-1}), \qquad w_t = w_{t-1} + v_t$$
#
# $\mu$ is called momentum, usually 0.5, 0.9 or 0.99, but it acts as friction: each step loses the share $1 - \mu$ of the velocity. Along the floor the pushes all point the same way and add up. Across it they change sign and cancel.
#
# Every rule in this notebook has one form: `rule(w, dw, config)` takes the parameters, the gradient there, and a dictionary with the hyperparameters *and whatever the rule wants to remember*. It returns the new parameters and the dictionary for the next step. The lines that fill in missing entries are written for you, here and below; note that the state starts at zero.
#
# (PyTorch's velocity is another quantity: it collects gradients, and the rate multiplies it when the step is taken. The check knows that form, and tells you.)
#
# <details><summary>Hint 1: what happens in which order</summary>
#
# First the velocity is updated, from its old value and the gradient. Then the position moves, by the *new* velocity.
#
# </details>
# <details><summary>Hint 2: where things live</summary>
#
# The old velocity is in `config["velocity"]`, μ in `config["momentum"]`, α in `config["learning_rate"]`. Where will the next call look for the velocity?
#
# </details>
# <details><summary>Hint 3: nearly there</summary>
#
# Three lines: compute $v_t$ from the three entries of `config` and `dw`; put it back under the key it came from; add it to `w`. The sign of the gradient is in the first line, so the last one has a plus.
#
# </details>

# %% solution="sgd_momentum"
def sgd_momentum(w, dw, config=None):
    """SGD with momentum.

    w, dw: parameters and their gradient, arrays of one shape (any shape).
    config: "learning_rate", "momentum" (mu), and "velocity", of the shape of w.
    Returns (next_w, config), config with the new velocity. Leave dw as it is.
    """
    config = dict(config or {})
    config.setdefault("learning_rate", 1e-2)
    config.setdefault("momentum", 0.9)
    config.setdefault("velocity", np.zeros_like(w))
    ### BEGIN SOLUTION
    pushed = config["momentum"] * config["velocity"] - config["learning_rate"] * dw
    config["velocity"] = pushed
    next_w = w + pushed
    ### END SOLUTION
    return next_w, config

# %% check="sgd_momentum"
check("sgd_momentum")

# %% [markdown]
# The slide says of momentum: *overshooting the target, but overall getting to the minimum much faster.* **Predict:** both rules start at $(1, 1)$ with rate 0.01, at which SGD lands exactly on the floor with its first step. How far past $x = 0$ does the ball roll?

# %%
guess("overshoot", ...)  # a number

# %%
needs("sgd_momentum")
race_to_floor = {
    "SGD": walk(steep, sgd, 0.01, 200, start=(1, 1)),
    "momentum 0.9": walk(steep, sgd_momentum, 0.01, 200, start=(1, 1)),
}
with style((10, 4)):
    figure, (left, right) = plt.subplots(1, 2)
    trajectories(left, steep, race_to_floor, view=(-0.4, 1.15, -1.1, 1.1), title="200 steps")
    along = {label: path[:, 0] for label, path in race_to_floor.items()}
    curves(right, None, along, xlabel="step", ylabel="x, along the valley", title="overshoot")
    plt.show()
reveal("overshoot", -race_to_floor["momentum 0.9"][:, 0].min())
for label, path in race_to_floor.items():
    least, loss = path[:, 0].min(), steep(path[100])
    print(f"{label}: least x = {least:+.3f}, loss after 100 steps {loss:.1e}")

# %% [markdown]
# <details><summary>What came out</summary>
#
# *Left: SGD drops onto the floor and crawls; the ball swings up and down across the floor and rolls past the minimum. Right: the ball's x falls below 0 and comes back; SGD's approaches 0 from above.*
#
# The ball rolls past by 0.153, and turns back. After 100 steps its loss is 700 times lower than SGD's. So the slide is right, at this rate and in this valley. You will come back to that.
#
# </details>
#
# ### Terminal velocity
#
# **Predict:** on a constant slope $g$, with $\alpha = 0.1$ and $\mu = 0.9$, the distance that the ball moves in one step tends to
#
# - **A** $0.1\,g$
# - **B** no limit: it grows and grows
# - **C** $0.09\,g$
# - **D** $1.0\,g$

# %% solution="q_terminal_velocity"
q_terminal_velocity = ...  # "A", "B", "C" or "D"
### BEGIN SOLUTION
q_terminal_velocity = "D"
### END SOLUTION

# %% check="q_terminal_velocity"
check("q_terminal_velocity")

# %%
needs("sgd_momentum")
slope = np.ones(500)
speeds = {
    f"momentum {mu}": moves(sgd_momentum, slope, {"learning_rate": 0.1, "momentum": mu})
    for mu in (0.5, 0.9, 0.99)
}
title = "Speed on a constant slope, rate 0.1"
draw(speeds, "step", "distance moved in one step", title, np.arange(1, 501), "log", log=True)
for label, speed in speeds.items():
    print(f"{label}: first step {speed[0]:.2f}, 500th step {speed[-1]:.3f}")

# %% [markdown]
# <details><summary>What came out</summary>
#
# *Three curves that start at 0.1 and level off, at 0.2, 1 and nearly 10: the larger the momentum, the higher the level and the later it is reached.*
#
# The velocity stops growing when friction takes away as much as the gradient adds: $v = \mu v - \alpha g$, so $\;|v| = \dfrac{\alpha\, g}{1 - \mu}$. Momentum 0.9 makes steps up to **10 times** longer, 0.99 up to 100 times, which takes hundreds of steps to build up.
#
# </details>
#
# This has a consequence that is easily forgotten. On the digits, with the *same* rate of 0.01, momentum looks like magic:

# %%
digits = load_digits()


def mean_losses(rule, learning_rate, seeds=range(5), epochs=5, batch_size=50, **more):
    """Loss per step on the 1000 digits: the mean of some seeds; `more` goes into the config."""
    runs = []
    for seed in seeds:
        network = Network([64, 50, 10], rng=np.random.default_rng(seed))
        rng = np.random.default_rng(seed)
        config = {"learning_rate": learning_rate, **more}
        sizes = {"epochs": epochs, "batch_size": batch_size}
        runs.append(fit(network, digits.X_train, digits.y_train, rule, config, rng=rng, **sizes))
    return np.mean(runs, axis=0)


needs("sgd_momentum")
same_rate = {
    "SGD, rate 0.01": mean_losses(sgd, 0.01),
    "momentum 0.9, rate 0.01": mean_losses(sgd_momentum, 0.01),
    "SGD, rate 0.1": mean_losses(sgd, 0.1),
}
draw(same_rate, "step", "loss of the batch", "Digits, mean of 5 runs")
for label, losses in same_rate.items():
    print(f"{label}: loss over the last 20 steps {losses[-20:].mean():.2f}")

# %% [markdown]
# <details><summary>What came out</summary>
#
# *SGD with rate 0.01 hardly falls; momentum with 0.01 falls steeply, and just beside it lies SGD with rate 0.1.*
#
# 2.15 against 0.97 looks like a triumph, but plain SGD with ten times the rate gets to 0.85. Most of what you saw was the rate in disguise. **Compare rules each at its own best rate, or not at all.** And the rate is not the only setting: for momentum, tune μ as well.
#
# </details>
#
# ### What momentum is worth when it is tuned
#
# In the valley each step is linear, so the theory is exact: for each rate and each μ, the distance from the minimum shrinks in the long run by one factor per step. **Predict** the answers to the questions above the drawings, then play.

# %%
from cs231n_lib.play import play

play("momentum_and_rate")

# %% [markdown]
# <details><summary>What you can find there</summary>
#
# Too little momentum, and the floor is slow; too much, and the ball swings for long. In between lies a best μ, and it depends on the valley: about 0.3, 0.7 and 0.9 for condition numbers κ = 10, 100, 1000. With the best rate and μ, one step multiplies the distance by
#
# $$\frac{\sqrt\kappa - 1}{\sqrt\kappa + 1} \quad\text{(momentum)}, \qquad \frac{\kappa - 1}{\kappa + 1} \quad\text{(SGD)}, \qquad\text{where}\quad \mu = \left(\frac{\sqrt\kappa - 1}{\sqrt\kappa + 1}\right)^2,\quad \alpha = \frac{4}{(\sqrt{h_{\max}} + \sqrt{h_{\min}})^2}$$
#
# with the largest and the least curvature $h$ (Polyak, 1964). **$\sqrt\kappa$ takes the place of κ**: that is what momentum is worth in a quadratic valley. And from the best μ on, a whole range of rates is equally good: at κ = 100 and μ = 0.9, all from 0.0026 to 0.038. A little too much momentum makes the rate easier to choose. What converges at all differs, too: with more μ, momentum's highest rate rises, from 2 to 4 over the steepest curvature, and Nesterov's falls, from 2 to 4/3.
#
# </details>
#
# So much for the exact gradient. With mini-batches the gradient is noisy, too. The digits again: 100 steps with batches of 50, of 200, and with all 1000 images. Each μ gets the best of five or more rates between 0.2 and 10, found beforehand; μ = 0 is plain SGD.
#
# **Predict:** how many times lower than SGD's is the loss with μ = 0.9, with batches of 50, and with all 1000? (1 is "the same"; below 1, SGD wins.)

# %%
guess("gain_of_momentum", ...)  # two numbers, such as [2, 2]

# %%
needs("sgd_momentum")
BEST_RATES = {  # batch size: the best rate for each momentum
    50: {0: 5, 0.5: 3, 0.9: 0.3},
    200: {0: 8, 0.5: 6, 0.9: 1},
    1000: {0: 8, 0.5: 6, 0.9: 4},
}


def best_losses(size, seeds=range(3)):
    """Loss over the last 20 of 100 steps, for each momentum at its best rate."""
    return {
        mu: mean_losses(sgd_momentum, rate, seeds, size // 10, size, momentum=mu)[-20:].mean()
        for mu, rate in BEST_RATES[size].items()
    }


print(f"{'batch size':>10s}{'SGD':>12s}{'mu 0.5':>12s}{'mu 0.9':>12s}")
by_size = {size: best_losses(size) for size in BEST_RATES}
for size, losses in by_size.items():
    print(f"{size:10d}" + "".join(f"{loss:12.6f}" for loss in losses.values()))
reveal("gain_of_momentum", {f"batches of {n}": by_size[n][0] / by_size[n][0.9] for n in (50, 1000)})

# %% [markdown]
# <details><summary>What came out</summary>
#
# With all images, momentum 0.9 ends hundreds of times lower than SGD. With batches of 200 it still ends several times lower. With batches of 50 it ends *higher* than SGD, and which of SGD and 0.5 is the better depends on the seeds. It is the same network, the same data and the same valley each time; what differs is the noise. A velocity adds up noise as well as gradient, which caps its rate: the best rate for μ = 0.9 is 0.3, 1 and 4 in the three rows. Where noise decides, there is little left for momentum to gain. (This is the training loss after 100 steps. It says nothing about images that were not seen.)
#
# </details>
#
# ### Annealing it
#
# "Sometimes annealed over time, e.g. from 0.5 → 0.99", says the slide: little momentum while the gradient still changes direction often, much of it later. Write that schedule. The path from `start` to `end` is your choice, as long as it only rises.
#
# <details><summary>Hint 1</summary>
#
# Which fraction of the way is done at step `t`? It must be 0 at `t = 0` and 1 at the *last* step, which is not `total`.
#
# </details>
# <details><summary>Hint 2</summary>
#
# A straight line is fine: from `start`, go that fraction of the distance between `start` and `end`.
#
# </details>
# <details><summary>Hint 3: nearly there</summary>
#
# After the last planned step the fraction would grow beyond 1; `min` prevents that. (No test uses `total` = 1, but it is good to avoid dividing by zero.)
#
# </details>

# %% solution="anneal_momentum"
def anneal_momentum(t, total, start=0.5, end=0.99):
    """Momentum at step t = 0, 1, ..., total - 1 of a run: a float.

    start at the first step, end at the last one and in any step after it; never falls.
    """
    ### BEGIN SOLUTION
    done = min(t / max(total - 1, 1), 1.0)
    return start + done * (end - start)
    ### END SOLUTION

# %% check="anneal_momentum"
check("anneal_momentum")

# %% [markdown]
# **Predict:** in the valley, all at rate 0.01, which run has the lowest loss after 300 steps?
#
# - **A** always 0.5
# - **B** always 0.9
# - **C** always 0.99
# - **D** annealed from 0.5 to 0.99

# %%
guess("lowest_of_four", ...)  # a letter in quotes, such as "A"

# %%
needs("sgd_momentum", "anneal_momentum")


def losses_in_valley(momentum_at, steps=300):
    """Loss per step in the valley, rate 0.01, with the momentum that a function of t gives."""
    w, config, losses = np.array([-1.0, 0.3]), {"learning_rate": 0.01}, []
    for t in range(steps):
        config["momentum"] = momentum_at(t)
        w, config = sgd_momentum(w, steep.gradient(w), config)
        losses.append(float(steep(w)))
    return np.array(losses)


annealed = {f"always {mu}": losses_in_valley(lambda t, mu=mu: mu) for mu in (0.5, 0.9, 0.99)}
annealed["annealed"] = losses_in_valley(lambda t: anneal_momentum(t, 300))
draw(annealed, "step", "loss", "Fixed and annealed momentum", log=True)
for label, losses in annealed.items():
    print(f"{label}: loss after 300 steps {losses[-1]:.0e}")
reveal("lowest_of_four", "ABCD"[np.argmin([run[-1] for run in annealed.values()])], word="it is")

# %% [markdown]
# <details><summary>What came out</summary>
#
# *Loss on a logarithmic axis: momentum 0.99 swings for all of the 300 steps and stays high; 0.5 falls on a straight line, 0.9 on a steeper, rippled one; the annealed run begins like 0.5, catches up with 0.9, and begins to bounce near the end.*
#
# Annealing ends far below a fixed 0.99, which overshoots again and again, and below 0.5. But a fixed 0.9 beats a straight-line schedule here, and on the digits as well (at rate 0.1). A schedule spares you the search for the right μ; it does not beat the right μ.
#
# </details>

# %% [markdown]
# ## Nesterov: look before you leap
#
# Ordinary momentum looks at the gradient where the ball *is*, and then jumps. But part of the jump is known beforehand: whatever the gradient says, the old velocity will carry the ball to $\theta + \mu v$. So why not take the gradient there?
#
# $$v_t = \mu\, v_{t-1} - \alpha\, \nabla f(\theta_{t-1} + \mu\, v_{t-1}), \qquad \theta_t = \theta_{t-1} + v_t$$
#
# If the ball is about to overshoot, that gradient already points back. Here `grad` is a function: call it with a point, and it returns the gradient there.
#
# <details><summary>Hint 1</summary>
#
# Only one thing differs from momentum: the point at which the gradient is asked for.
#
# </details>
# <details><summary>Hint 2</summary>
#
# The look-ahead point is a place to ask, not a place to go. The step itself starts from `theta`.
#
# </details>
# <details><summary>Hint 3: nearly there</summary>
#
# Name the point first (position plus surviving velocity), ask `grad` there, then write momentum's two equations with this gradient. Return position and velocity, in this order.
#
# </details>

# %% solution="nesterov_lookahead"
def nesterov_lookahead(theta, v, grad, lr, mu):
    """One step of Nesterov momentum.

    theta, v: position and velocity, arrays of one shape.
    grad: a function, grad(point) -> gradient there. lr, mu: learning rate and momentum.
    Returns (theta, v) after the step.
    """
    ### BEGIN SOLUTION
    ahead = theta + mu * v
    v = mu * v - lr * grad(ahead)
    return theta + v, v
    ### END SOLUTION

# %% check="nesterov_lookahead"
check("nesterov_lookahead")

# %% [markdown]
# The slide's two arrow diagrams, drawn with your functions: one step of a ball that comes down the left wall too fast.

# %%
needs("sgd_momentum", "nesterov_lookahead")
theta, v, lr, mu = np.array([-0.6, 0.1]), np.array([0.12, -0.2]), 0.006, 0.9
plain, _ = sgd_momentum(
    theta.copy(), steep.gradient(theta), {"learning_rate": lr, "momentum": mu, "velocity": v.copy()}
)
looked, _ = nesterov_lookahead(theta.copy(), v.copy(), steep.gradient, lr, mu)
carried = theta + mu * v
with style((10, 3.9)):
    figure, axes = plt.subplots(1, 2, sharey=True)
    for ax, end, name in ((axes[0], plain, "ordinary momentum"), (axes[1], looked, "Nesterov")):
        trajectories(ax, steep, {}, view=(-0.75, 0.05, -0.2, 0.2), title=name)
        arrows = (
            (theta, carried, "what is left of the velocity", PALETTE[2]),
            (carried, end, "gradient step", PALETTE[1]),
            (theta, end, "the actual step", PALETTE[0]),
        )
        for begin, tip, label, color in arrows:
            look = {"color": color, "label": label, "angles": "xy", "scale_units": "xy", "scale": 1}
            ax.quiver(*begin, *(tip - begin), **look)
        ax.legend(loc="upper right")
    axes[1].set_ylabel("")
    plt.show()
print(f"y after the step: ordinary momentum {plain[1]:+.3f}, Nesterov {looked[1]:+.3f}")

# %% [markdown]
# <details><summary>What came out</summary>
#
# *Two panels with three arrows each: the rest of the old velocity carries the ball from the upper wall across the floor; the gradient step is attached to its tip; the sum of both is the actual step. In the left panel the gradient step goes on downwards, in the right one upwards.*
#
# Where the ball is, the slope still says "down", and ordinary momentum goes further up the other wall, to $y = -0.140$. Where it will be, the slope already says "back": Nesterov ends at $-0.032$.
#
# </details>
#
# ### The rewrite
#
# "Slightly inconvenient", says the slide: a network's backward pass gives the gradient at the parameters, not somewhere else. The way out is to *store the look-ahead point as the parameters*: let
#
# $$\phi_t = \theta_t + \mu\, v_t .$$
#
# Then the gradient is needed at $\phi_{t-1}$, which is what we have. Take pencil and paper, replace every θ, and arrive at
#
# $$v_t = \mu\, v_{t-1} - \alpha\, \nabla f(\phi_{t-1}), \qquad \phi_t = \phi_{t-1} - \mu\, v_{t-1} + (1 + \mu)\, v_t .$$
#
# <details><summary>Hint 1: why those terms</summary>
#
# $-\mu v_{t-1}$ takes the old look-ahead back (now we are at $\theta_{t-1}$), $+v_t$ is the step, $+\mu v_t$ looks ahead again.
#
# </details>
# <details><summary>Hint 2: what to keep</summary>
#
# The position needs two velocities, the one from before the step and the new one. Only the new one is stored.
#
# </details>
# <details><summary>Hint 3: nearly there</summary>
#
# Give the old velocity a name *before* you compute the new one, and do not change that array in place (`*=`, `+=`): both names would then mean the same array, and the terms would cancel into plain momentum.
#
# </details>

# %% solution="nesterov_momentum"
def nesterov_momentum(w, dw, config=None):
    """Nesterov momentum, rewritten: w is the look-ahead point phi, dw the gradient there.

    config: "learning_rate", "momentum" (mu), and "velocity", of the shape of w.
    Returns (next_w, config), config with the new velocity. Leave dw as it is.
    """
    config = dict(config or {})
    config.setdefault("learning_rate", 1e-2)
    config.setdefault("momentum", 0.9)
    config.setdefault("velocity", np.zeros_like(w))
    ### BEGIN SOLUTION
    old = config["velocity"]
    new = config["momentum"] * old - config["learning_rate"] * dw
    config["velocity"] = new
    next_w = w - config["momentum"] * old + (1 + config["momentum"]) * new
    ### END SOLUTION
    return next_w, config

# %% check="nesterov_momentum"
check("nesterov_momentum")

# %% [markdown]
# **Predict:** from $(1, 1)$ at rate 0.01, momentum 0.9 rolled past $x = 0$ by the distance that you saw. How far does Nesterov roll, at the same rate and μ?

# %%
guess("nesterov_overshoot", ...)  # a number

# %%
needs("nesterov_lookahead", "nesterov_momentum", "sgd_momentum")
theta, v, gaps = np.array([1.0, 1.0]), np.zeros(2), []
phi, config = theta.copy(), {"learning_rate": 0.01, "momentum": 0.9}
for _ in range(20):
    theta, v = nesterov_lookahead(theta, v, steep.gradient, 0.01, 0.9)
    phi, config = nesterov_momentum(phi, steep.gradient(phi), config)
    gaps.append(np.abs(phi - (theta + 0.9 * v)).max())
print(f"phi against theta + mu v, 20 steps: largest difference {max(gaps):.0e}")

overshoot = {
    "SGD": race_to_floor["SGD"],
    "momentum 0.9": race_to_floor["momentum 0.9"],
    "Nesterov 0.9": walk(steep, nesterov_momentum, 0.01, 200, start=(1, 1)),
}
along = {label: path[:, 0] for label, path in overshoot.items()}
draw(along, "step", "x, along the valley", "Overshoot, all at rate 0.01")
reveal("nesterov_overshoot", -overshoot["Nesterov 0.9"][:, 0].min())
for label, path in overshoot.items():
    least, loss = path[:, 0].min(), steep(path[100])
    print(f"{label}: least x = {least:+.3f}, loss after 100 steps {loss:.0e}")

# %% [markdown]
# <details><summary>What came out</summary>
#
# *x against the step: Nesterov follows momentum down, passes 0 by a little less, and comes back sooner.*
#
# The two forms agree up to rounding. Looking ahead reduces the overshoot from 0.153 to 0.121, and the loss after 100 steps is a few hundred times lower than momentum's. Along the floor, which is nearly flat, the gradient ahead is nearly the same as here; across, on the steep walls, it differs a lot. That is where Nesterov gains: a step leaves 0.944 of the distance along the floor (momentum: 0.949), but nothing of the distance across it (momentum: 0.949).
#
# </details>

# %% [markdown]
# ## AdaGrad: a rate for each parameter
#
# Now the other way out of the valley. Keep, for each parameter separately, the sum of all its squared gradients so far, and divide by its root:
#
# $$c_t = c_{t-1} + g_t^2, \qquad w_t = w_{t-1} - \alpha\, \frac{g_t}{\sqrt{c_t} + \varepsilon} \qquad \text{(element by element)}$$
#
# ε, here $10^{-7}$, keeps the denominator from being 0. It stands *outside* the root (others put it inside; the check knows, and tells you).
#
# <details><summary>Hint 1</summary>
#
# The order matters: this step's gradient is in the sum before it is divided.
#
# </details>
# <details><summary>Hint 2</summary>
#
# `config["cache"]` has the shape of `w`, and NumPy's operations work element by element already: no loop is needed. Store the new sum.
#
# </details>
# <details><summary>Hint 3: nearly there</summary>
#
# Accumulate the square of `dw` onto the old cache; store it; subtract rate times gradient over (root of the cache, plus ε). Mind the brackets: ε belongs to the denominator.
#
# </details>

# %% solution="adagrad"
def adagrad(w, dw, config=None):
    """AdaGrad.

    w, dw: parameters and their gradient, arrays of one shape.
    config: "learning_rate", "epsilon", and "cache", of the shape of w: the sum of the squared
    gradients.
    Returns (next_w, config), config with the new cache. Leave dw as it is.
    """
    config = dict(config or {})
    config.setdefault("learning_rate", 1e-2)
    config.setdefault("epsilon", 1e-7)
    config.setdefault("cache", np.zeros_like(w))
    ### BEGIN SOLUTION
    config["cache"] = config["cache"] + dw**2
    scale = np.sqrt(config["cache"]) + config["epsilon"]
    next_w = w - config["learning_rate"] * dw / scale
    ### END SOLUTION
    return next_w, config

# %% check="adagrad"
check("adagrad")

# %% [markdown]
# "Q: What happens with AdaGrad?" in the valley, that is. **Predict:**
#
# - **A** steps down the steep wall get shorter compared with those along the floor, so the path turns towards the minimum
# - **B** steps down the steep wall get even longer compared with those along the floor, so it jitters more
# - **C** all steps shrink by the same factor, so the path is SGD's, only slower
# - **D** it gathers speed along the floor, and overshoots

# %% solution="q_adagrad_valley"
q_adagrad_valley = ...  # "A", "B", "C" or "D"
### BEGIN SOLUTION
q_adagrad_valley = "A"
### END SOLUTION

# %% check="q_adagrad_valley"
check("q_adagrad_valley")

# %%
needs("adagrad")
with style((10, 4.2)):
    figure, axes = plt.subplots(1, 2)
    surfaces = {"valley along an axis": steep, "valley turned": turned}
    for ax, (name, surface) in zip(axes, surfaces.items(), strict=True):
        paths = {
            "SGD, rate 0.018": walk(surface, sgd, 0.018, 60),
            "AdaGrad, rate 0.2": walk(surface, adagrad, 0.2, 60),
        }
        trajectories(ax, surface, paths, title=f"{name}, 60 steps")
        ax.legend(loc="upper right")
        for label, path in paths.items():
            print(f"{name}, {label}: {np.hypot(*path[-1]):.1e} from the minimum")
    plt.show()

# %% [markdown]
# <details><summary>What came out</summary>
#
# *Left, in the valley along the axis: AdaGrad walks to the minimum in a smooth bow, where SGD zig-zags. Right, in the same valley turned by half a radian: AdaGrad drops onto the floor and creeps along it, like SGD.*
#
# Along an axis, AdaGrad does not notice that the valley is steep: multiply $y$'s curvature by any number, and its gradient and the root of its cache change by the same factor. But it has a rate for each *parameter*, not for each *direction*. Turn the valley, so that every parameter is a bit steep and a bit shallow, and the advantage is gone. Whichever rate you give it, after 60 steps about a third of the way is left (try), just as with SGD. Pictures of valleys along an axis flatter AdaGrad. From now on, yours will be turned.
#
# </details>
#
# **Question 2** (2 points). What happens with AdaGrad in a valley that is steep in one parameter and shallow in another? Say what becomes of the step in each, and why. When does this not help?

# %% [markdown] question="what_happens_with_adagrad" points=2
# ### BEGIN SOLUTION
# **Model answer.** Each parameter's step is divided by the root of the sum of its own squared gradients. In the steep parameter these are large, so its steps are damped; in the shallow one they are small, so its steps are relatively enlarged: both move at a similar pace, and the path heads for the minimum instead of jittering. (The first step even has the size α in each parameter.) It does not help when the steep and shallow directions are no axes, as in a turned valley: each parameter's gradient then has a share of the steep direction.
#
# **Rubric.** 1 point: steps are damped in the steep parameter and relatively enlarged in the shallow one, because of the division by the root of its own summed squares. 1 point: a case where it does not help (directions that mix parameters; also accepted with a reason: steps that die out in a long run).
# ### END SOLUTION

# %% [markdown]
# ### Over a long time
#
# "Q2: What happens to the step size over long time?" **Predict:** the gradient stays at 1 for a thousand steps. AdaGrad's step
#
# - **A** settles at a constant size
# - **B** falls like $1/\sqrt{t}$
# - **C** falls exponentially
# - **D** grows

# %% solution="q_adagrad_long_run"
q_adagrad_long_run = ...  # "A", "B", "C" or "D"
### BEGIN SOLUTION
q_adagrad_long_run = "B"
### END SOLUTION

# %% check="q_adagrad_long_run"
check("q_adagrad_long_run")

# %%
needs("adagrad")
adagrad_moves = moves(adagrad, np.ones(1000), {"learning_rate": 1.0})
for t in (1, 10, 100, 1000):
    print(f"step {t:4d}: {adagrad_moves[t - 1]:.4f} learning rates")
print(f"all 1000 steps together: {adagrad_moves.sum():.1f} learning rates")

# %% [markdown]
# <details><summary>What came out</summary>
#
# After 10, 100 and 1000 steps: 0.316, 0.100 and 0.032 learning rates. The sum can only grow, so under a constant gradient the step can only shrink. Is that bad? Not for a convex problem: $\sum 1/\sqrt{t}$ has no limit (62 learning rates in a thousand steps), so AdaGrad can still get anywhere, and it needs no schedule. But when a network reaches a new region after many steps, its rate is already exhausted by old gradients.
#
# </details>
#
# **Question 3** (2 points). What happens to AdaGrad's step size over a long time, and why is this a problem for training a neural network, though it is fine for a convex problem?

# %% [markdown] question="adagrad_over_long_time" points=2
# ### BEGIN SOLUTION
# **Model answer.** The cache is a sum of squares, so it only grows, and the step size decays towards 0, like $1/\sqrt t$ while gradients keep their size. On a convex problem this acts as a schedule: smaller steps near the minimum are wanted, and the sum of the steps is still unbounded. A network's loss is not convex: early, large gradients are remembered for ever, so learning can come nearly to a stop long before a good region has been reached, and it cannot speed up again.
#
# **Rubric.** 1 point: the step decays to 0 because the cache never shrinks. 1 point: the loss is not convex, so learning may stop too early or cannot adapt to a new region, whereas for a convex problem the decay works like a schedule.
# ### END SOLUTION

# %% [markdown]
# ## From rprop to RMSProp
#
# The slide calls RMSProp "a mini-batch version of rprop". Rprop comes from the days of full batches. It does not trust the *size* of a gradient at all, and takes only its sign. What goes wrong with that in mini-batches? This is Geoff Hinton's example: a data set of ten mini-batches. In nine of them the gradient of a certain weight is $+0.1$, in the tenth it is $-0.9$. Over the whole data set the gradient is 0, so the weight should stay where it is.
#
# **Predict:** the rule is "one step of length 1 against the sign of the gradient". How far downhill (in step lengths; uphill counts as negative) does the weight move in one epoch?

# %%
guess("ten_batches_of_signs", ...)  # a number

# %%
ten_batches = np.r_[np.full(9, 0.1), -0.9]


def by_sign(w, dw, config):
    """One step length against the sign of the gradient."""
    return w - config["learning_rate"] * np.sign(dw), config


def drift(rule, epochs=100, **config):
    """How far a rule moves a weight in each epoch of the ten mini-batches, in learning rates."""
    gradients = np.tile(ten_batches, epochs)
    return moves(rule, gradients, {"learning_rate": 1.0, **config}).reshape(epochs, 10).sum(axis=1)


reveal("ten_batches_of_signs", drift(by_sign)[-1])
print(f"with the gradient itself (plain SGD): {abs(drift(sgd)[-1]):.2f}")

# %% [markdown]
# <details><summary>What came out</summary>
#
# Nine steps one way and one step back: the weight drifts by 8 step lengths in every epoch, although it should stay. The rare, large gradient counts no more than any of the small ones. To divide by the gradient's size is to divide by *a different number in each mini-batch*. Hinton's remedy is to divide by nearly the same number in neighbouring mini-batches: a moving average.
#
# </details>
#
# ### Bonus: rprop itself
#
# Skip this if you are short of time; nothing below needs it. The steps of rprop (Hinton's version) have one length for all weights only at first. From then on each weight looks at the signs of its last two gradients:
#
# - the same sign: the step was too short, its length is multiplied by `up`;
# - different signs: it went past the minimum, the length is multiplied by `down`;
# - one of the two is 0 (before the first step, the last gradient is): the length stays.
#
# Lengths below `least` are raised to it, and those above `most` lowered. Then each weight moves by its new length against the sign of its gradient.
#
# <details><summary>Hint 1</summary>
#
# What is positive where two numbers have the same sign, negative where they have not, and 0 where one of them is?
#
# </details>
# <details><summary>Hint 2</summary>
#
# `np.where(condition, a, b)` picks from two numbers or arrays, element by element, and may stand inside another. `np.clip` keeps values in a range.
#
# </details>
# <details><summary>Hint 3: nearly there</summary>
#
# Multiply this gradient by the last one. From that product make an array of factors (`up`, `down` or 1), multiply the lengths by it, clip, store the lengths *and a copy of the gradient*. Then step by length times the sign of `dw`.
#
# </details>

# %% solution="rprop"
def rprop(w, dw, config=None):
    """Rprop, as on Hinton's slides.

    w, dw: parameters and their gradient, arrays of one shape.
    config: "learning_rate" (the first length), "up", "down", "least", "most", and, of the shape
    of w, "steps" (the lengths) and "last_dw" (the last gradient).
    Returns (next_w, config), config with the new steps and last_dw. Leave dw as it is.
    """
    config = dict(config or {})
    config.setdefault("learning_rate", 1e-2)
    config.setdefault("up", 1.2)
    config.setdefault("down", 0.5)
    config.setdefault("least", 1e-6)
    config.setdefault("most", 50.0)
    config.setdefault("steps", np.full(w.shape, config["learning_rate"]))
    config.setdefault("last_dw", np.zeros_like(w))
    ### BEGIN SOLUTION
    same_sign = dw * config["last_dw"]
    factor = np.where(same_sign > 0, config["up"], np.where(same_sign < 0, config["down"], 1))
    config["steps"] = np.clip(config["steps"] * factor, config["least"], config["most"])
    config["last_dw"] = dw.copy()
    next_w = w - config["steps"] * np.sign(dw)
    ### END SOLUTION
    return next_w, config

# %% check="rprop"
check("rprop")

# %%
needs("rprop")
rprop_losses = {
    (angle, condition): surface(walk(surface, rprop, 0.1, 60)[-1])
    for angle in (0, 0.5)
    for condition in (10, 100, 1000)
    for surface in [valley(condition, angle)]
}
print("loss after 60 steps with the full gradient")
for angle, where in ((0, "valley along an axis"), (0.5, "valley turned")):
    losses = [f"{rprop_losses[angle, condition]:.0e}" for condition in (10, 100, 1000)]
    print(f"{where:20s} condition 10, 100, 1000: {', '.join(losses)}")
print(f"the ten mini-batches: drift in the first epoch {drift(rprop)[0]:.1f} first lengths")

# %% [markdown]
# <details><summary>What came out</summary>
#
# Along an axis rprop does not notice how steep the valley is: after 60 steps the loss is below $10^{-9}$ for each condition number. Turned, at 100 and 1000, it creeps along the floor. And in the ten mini-batches the drift is worse than with fixed lengths, since a length grows as long as the sign stays the same.
#
# </details>
#
# ### RMSProp: learn to forget
#
# Geoff Hinton's remedy, from the same slides of his course: in AdaGrad, replace the sum by a leaky average, which forgets.
#
# $$c_t = \rho\, c_{t-1} + (1 - \rho)\, g_t^2, \qquad w_t = w_{t-1} - \alpha\, \frac{g_t}{\sqrt{c_t} + \varepsilon}$$
#
# ρ, `decay_rate`, is 0.9 on Hinton's slide and 0.99 here if `config` has none: the average looks back over about $1/(1-\rho)$ steps, so ten or a hundred.
#
# <details><summary>Hint 1</summary>
#
# One line of your `adagrad` changes.
#
# </details>
# <details><summary>Hint 2</summary>
#
# Which part is weighed by ρ, which is close to 1: the long memory or the newcomer?
#
# </details>
# <details><summary>Hint 3: nearly there</summary>
#
# New cache = ρ times the old one plus the rest of the weight times the squared gradient. Store it, and divide by *its* root, not by the old one's. ε comes from `config`, too.
#
# </details>

# %% solution="rmsprop"
def rmsprop(w, dw, config=None):
    """RMSProp.

    w, dw: parameters and their gradient, arrays of one shape.
    config: "learning_rate", "decay_rate", "epsilon", and "cache", of the shape of w: the leaky
    average of squared gradients.
    Returns (next_w, config), config with the new cache. Leave dw as it is.
    """
    config = dict(config or {})
    config.setdefault("learning_rate", 1e-2)
    config.setdefault("decay_rate", 0.99)
    config.setdefault("epsilon", 1e-7)
    config.setdefault("cache", np.zeros_like(w))
    ### BEGIN SOLUTION
    rho = config["decay_rate"]
    config["cache"] = rho * config["cache"] + (1 - rho) * dw**2
    root = np.sqrt(config["cache"])
    next_w = w - config["learning_rate"] * dw / (root + config["epsilon"])
    ### END SOLUTION
    return next_w, config

# %% check="rmsprop"
check("rmsprop")

# %% [markdown]
# First, do the ten mini-batches still make it drift?

# %%
needs("rmsprop")
drifts = {decay: drift(rmsprop, decay_rate=decay)[-1] for decay in (0.9, 0.99, 0.999)}
for decay, last in drifts.items():
    print(f"decay rate {decay}: {last:.2f} learning rates per epoch (bare signs: 8)")

# %% [markdown]
# The more slowly the average changes, the more nearly equal are the numbers that neighbouring mini-batches are divided by, and the less the weight drifts. Now let the gradient change for good.
#
# **Predict:** the gradient is 1 for 200 steps, and then 0.1 for 400. How long is the very last step, in learning rates, with AdaGrad, and with RMSProp at decay rate 0.9?

# %%
guess("last_step", ...)  # two numbers, such as [0.1, 0.1]

# %%
needs("adagrad", "rmsprop")
getting_flat = np.r_[np.ones(200), np.full(400, 0.1)]
forgetting = {
    label: moves(rule, getting_flat, {"learning_rate": 1.0, **more})
    for label, rule, more in (
        ("AdaGrad", adagrad, {}),
        ("RMSProp, decay rate 0.99", rmsprop, {"decay_rate": 0.99}),
        ("RMSProp, decay rate 0.9", rmsprop, {"decay_rate": 0.9}),
    )
}
title = "The gradient falls from 1 to 0.1 at step 200"
draw(forgetting, "step", "step size, in learning rates", title, np.arange(1, 601), log=True)
for label, moved in forgetting.items():
    first, after, last = moved[[0, 200, -1]]
    print(f"{label}: first step {first:.2f}, step 201 {after:.3f}, step 600 {last:.3f}")
reveal("last_step", {rule: forgetting[rule][-1] for rule in ("AdaGrad", "RMSProp, decay rate 0.9")})

# %% [markdown]
# <details><summary>What came out</summary>
#
# *AdaGrad's curve falls, drops to a tenth at step 200, and stays flat from there: the small gradients add next to nothing to its sum. RMSProp's curves come down to 1, drop to a tenth at step 200, and climb back: within a few dozen steps at decay rate 0.9, while 0.99 needs more than the 400 that are shown.*
#
# RMSProp recovers: after a while its average has adapted to 0.1. In the long run the *size* of the gradient hardly matters to it. That has a price. A rule whose steps are about one learning rate long, however small the gradient, cannot settle at a minimum; it needs a schedule (notebook 06).
#
# And look at the first step: 10 learning rates for decay rate 0.99, 3.2 for 0.9. Where does that come from? The average starts at zero, so the first root is $\sqrt{1-\rho}$ times the gradient instead of the gradient. Remember this for Adam.
#
# </details>

# %% [markdown]
# ## Adam
#
# The slide builds it in two rounds. First "incomplete, but close": momentum's idea (an average $m$ of the gradient) over RMSProp's (an average $v$ of its square).
#
# $$m_t = \beta_1 m_{t-1} + (1-\beta_1)\, g_t, \qquad v_t = \beta_2 v_{t-1} + (1-\beta_2)\, g_t^2, \qquad w_t = w_{t-1} - \alpha\, \frac{m_t}{\sqrt{v_t} + \varepsilon}$$
#
# Beware of the names: this $v$ is no velocity.
#
# <details><summary>Hint 1</summary>
#
# Two leaky averages, each with its own β: one of `dw`, one of its square.
#
# </details>
# <details><summary>Hint 2</summary>
#
# It is your `rmsprop` with two changes: there is a second average, and it takes the gradient's place above the fraction line.
#
# </details>
# <details><summary>Hint 3: nearly there</summary>
#
# Compute $m$ with β₁ and $v$ with β₂ (0.9 and 0.999: the square is remembered longer), store both, then step by rate times $m$ over (root of $v$, plus ε).
#
# </details>

# %% solution="adam_incomplete"
def adam_incomplete(w, dw, config=None):
    """Adam without bias correction.

    w, dw: parameters and their gradient, arrays of one shape.
    config: "learning_rate", "beta1", "beta2", "epsilon", and "m" and "v", of the shape of w.
    Returns (next_w, config), config with the new m and v. Leave dw as it is.
    """
    config = dict(config or {})
    config.setdefault("learning_rate", 1e-3)
    config.setdefault("beta1", 0.9)
    config.setdefault("beta2", 0.999)
    config.setdefault("epsilon", 1e-7)
    config.setdefault("m", np.zeros_like(w))
    config.setdefault("v", np.zeros_like(w))
    ### BEGIN SOLUTION
    config["m"] = config["beta1"] * config["m"] + (1 - config["beta1"]) * dw
    config["v"] = config["beta2"] * config["v"] + (1 - config["beta2"]) * dw**2
    next_w = w - config["learning_rate"] * config["m"] / (np.sqrt(config["v"]) + config["epsilon"])
    ### END SOLUTION
    return next_w, config

# %% check="adam_incomplete"
check("adam_incomplete")

# %% [markdown]
# What is incomplete about it: $m$ and $v$ start at zero, and a leaky average needs a while to forget a wrong start. After $t$ steps under a constant gradient $g$, $\;m_t = (1 - \beta_1^t)\, g\;$ and $\;v_t = (1 - \beta_2^t)\, g^2$ (check it for $t = 1$). So the cure is to divide by just these factors:
#
# $$\hat m_t = \frac{m_t}{1 - \beta_1^t}, \qquad \hat v_t = \frac{v_t}{1 - \beta_2^t}, \qquad w_t = w_{t-1} - \alpha\, \frac{\hat m_t}{\sqrt{\hat v_t} + \varepsilon}$$
#
# $t$ is 1 in the first step. `config["t"]` counts the steps that are *already done*.
#
# <details><summary>Hint 1: counting</summary>
#
# `config["t"]` is 0 when the first step begins. What must have happened to it before $1 - \beta^t$ is computed? Try $t = 0$ in the formula.
#
# </details>
# <details><summary>Hint 2: what to store</summary>
#
# The averages go on from $m$ and $v$ as they are. The corrected ones are for this step alone, and the counter is state too.
#
# </details>
# <details><summary>Hint 3: nearly there</summary>
#
# Count one step more; update and store `m` and `v` as before; make two new variables, each average divided by one minus its own β to the power $t$; use *them* in the step. In Python a power is `**`, and the exponent is the counter, not the 1 or 2 in the name of the β.
#
# </details>

# %% solution="adam"
def adam(w, dw, config=None):
    """Adam, with bias correction.

    w, dw: parameters and their gradient, arrays of one shape.
    config: "learning_rate", "beta1", "beta2", "epsilon", "m" and "v", of the shape of w
    (uncorrected), and "t", the number of steps already done.
    Returns (next_w, config), config with the new m, v and t. Leave dw as it is.
    """
    config = dict(config or {})
    config.setdefault("learning_rate", 1e-3)
    config.setdefault("beta1", 0.9)
    config.setdefault("beta2", 0.999)
    config.setdefault("epsilon", 1e-7)
    config.setdefault("m", np.zeros_like(w))
    config.setdefault("v", np.zeros_like(w))
    config.setdefault("t", 0)
    ### BEGIN SOLUTION
    config["t"] += 1
    config["m"] = config["beta1"] * config["m"] + (1 - config["beta1"]) * dw
    config["v"] = config["beta2"] * config["v"] + (1 - config["beta2"]) * dw**2
    mean = config["m"] / (1 - config["beta1"] ** config["t"])
    square = config["v"] / (1 - config["beta2"] ** config["t"])
    next_w = w - config["learning_rate"] * mean / (np.sqrt(square) + config["epsilon"])
    ### END SOLUTION
    return next_w, config

# %% check="adam"
check("adam")

# %% [markdown]
# ### "Only relevant in first few iterations"?
#
# That is what the slide says of the correction. **Predict** first: under a constant gradient, with β₁ = 0.9 and β₂ = 0.999, compare Adam's first ten steps *without* correction to those with it. They are
#
# - **A** shorter: $m$ is still too small
# - **B** equal: the two biases cancel
# - **C** several times longer
# - **D** in the wrong direction

# %% solution="q_bias_correction"
q_bias_correction = ...  # "A", "B", "C" or "D"
### BEGIN SOLUTION
q_bias_correction = "C"
### END SOLUTION

# %% check="q_bias_correction"
check("q_bias_correction")

# %%
needs("adam", "adam_incomplete")
ones, at_one = np.ones(3000), {"learning_rate": 1.0}
ratio = moves(adam_incomplete, ones, at_one) / moves(adam, ones, at_one)
title = "How much longer steps are without the correction"
lines = {"uncorrected / corrected": ratio, "equal": ones}
draw(lines, "step t", "ratio of step sizes", title, np.arange(1, 3001), "log")
for t in (1, 10, 100, 1000):
    print(f"t = {t:4d}: ratio {ratio[t - 1]:.3f}")
close = np.argmax(ratio < 1.05) + 1
print(f"largest at t = {ratio.argmax() + 1}; within 5 % of 1 from t = {close}")

# %% [markdown]
# <details><summary>What came out</summary>
#
# *The ratio starts at 3.2, climbs to 6.6 around step 12, and comes down to 1 only after thousands of steps (logarithmic axis).*
#
# 3.162 in the first step, 6.53 in the tenth, 3.24 in the hundredth, and still 1.26 in the thousandth. The ratio is $(1 - \beta_1^t) / \sqrt{1 - \beta_2^t}$: the numerator has warmed up after some ten steps, the denominator looks back over a thousand. So with these betas "the first few iterations" are two thousand: ten epochs on a data set with 200 batches. And the uncorrected steps are too *long*, in the very phase in which you know least about the loss.
#
# </details>
#
# Does it matter? On the digits, 100 steps, at three rates:

# %%
needs("adam", "adam_incomplete")
print("Loss over the last 20 of 100 steps; in brackets the highest on the way (means of 3 runs)")
print("rate     corrected    uncorrected")
for rate in (0.001, 0.01, 0.1):
    right, raw = (mean_losses(rule, rate, seeds=range(3)) for rule in (adam, adam_incomplete))
    numbers = right[-20:].mean(), right.max(), raw[-20:].mean(), raw.max()
    print("{:<7g}  {:5.3f} ({:.1f})   {:5.3f} ({:.1f})".format(rate, *numbers))

# %% [markdown]
# <details><summary>What came out</summary>
#
# At a rate that is too low, the uncorrected rule learns *faster*, because its true rate is three to seven times higher: the rate in disguise once more. At a rate of 0.1 the long early steps throw the loss up to about twice where it began, which does not happen to corrected Adam. The correction makes sure that *the rate that you set is the rate that you get*, from the first step on.
#
# </details>

# %% [markdown]
# ## AdamW: decay beside the step
#
# The lecture ends with Adam. Today's default adds one term, and the reason for it can be measured in a minute. With an L2 penalty $\tfrac12 \lambda \lVert w \rVert^2$ the gradient gets an extra $\lambda w$, so plain SGD takes $w - \alpha g - \alpha\lambda w$: each weight shrinks by the share $\alpha\lambda$ in every step (*weight decay*). But what does Adam make of $g + \lambda w$? It divides it by the root of $v$.
#
# Here is the smallest test. Two weights start at 1, and their gradients are pure noise, of size 10 for one and 0.1 for the other. There is nothing to learn, so what happens to the weights is the decay's doing. With $\alpha = 0.001$ and $\lambda = 0.1$, shrinking by $\alpha\lambda$ for 3000 steps leaves $0.9999^{3000} = 0.741$.
#
# **Predict:** what does *Adam with the penalty in its gradient* leave of the two?

# %%
guess("penalty_in_adam", ...)  # two numbers, such as [0.7, 0.7]

# %%
needs("adam")


def shrink(rule, penalty, decay, seed=0):
    """What is left of 1 after 3000 steps of noise of size 10 and 0.1: means of 200 weights each."""
    rng = np.random.default_rng(seed)
    w, config = np.ones((200, 2)), {"learning_rate": 1e-3, "weight_decay": decay}
    for _ in range(3000):
        noise = [10, 0.1] * rng.standard_normal(w.shape)
        w, config = rule(w, noise + penalty * w, config)
    return w.mean(axis=0)


left_by = {"penalty in the gradient": shrink(adam, 0.1, 0)}
large, small = left_by["penalty in the gradient"]
reveal("penalty_in_adam", {"noise of size 10": large, "noise of size 0.1": small}, form=".2f")

# %% [markdown]
# <details><summary>What came out</summary>
#
# 0.97 and 0.07, where 0.74 was asked for. The division by the root of $v$ turns a decay of $\alpha\lambda$ into one of about $\alpha\lambda / \sqrt v$: ten times too weak where the gradients have size 10, ten times too strong where they have size 0.1. How fast a weight decays is decided by its gradients, not by λ.
#
# </details>
#
# *AdamW* (Loshchilov and Hutter, [2019](https://arxiv.org/abs/1711.05101)) keeps the decay out of $m$ and $v$, and lets it act on the weights directly. With Adam's $\hat m$ and $\hat v$ of the gradient *without* a penalty:
#
# $$w_t = w_{t-1} - \alpha \left( \frac{\hat m_t}{\sqrt{\hat v_t} + \varepsilon} + \lambda\, w_{t-1} \right)$$
#
# λ is `weight_decay`. You may write it out, or call your `adam` once that passes its check.
#
# <details><summary>Hint 1</summary>
#
# Compared with Adam there is one new term, in the last line. Which lines must *not* change?
#
# </details>
# <details><summary>Hint 2</summary>
#
# A weight whose gradient was always 0 still moves. By which share does it shrink in a step, according to the formula?
#
# </details>
# <details><summary>Hint 3: nearly there</summary>
#
# Both terms in the bracket belong to the weights *before* the step. If you call `adam`, keep the old `w` under a name of its own: your `adam` may change it in place.
#
# </details>

# %% solution="adamw"
def adamw(w, dw, config=None):
    """AdamW: Adam with decoupled weight decay.

    w, dw: parameters and the gradient of the loss without a penalty, arrays of one shape.
    config: as for adam, and "weight_decay" (lambda).
    Returns (next_w, config), config with the new m, v and t. Leave dw as it is.
    """
    config = dict(config or {})
    config.setdefault("learning_rate", 1e-3)
    config.setdefault("beta1", 0.9)
    config.setdefault("beta2", 0.999)
    config.setdefault("epsilon", 1e-7)
    config.setdefault("weight_decay", 0.01)
    config.setdefault("m", np.zeros_like(w))
    config.setdefault("v", np.zeros_like(w))
    config.setdefault("t", 0)
    ### BEGIN SOLUTION
    shrunk = w * (1 - config["learning_rate"] * config["weight_decay"])
    config["t"] += 1
    config["m"] = config["beta1"] * config["m"] + (1 - config["beta1"]) * dw
    config["v"] = config["beta2"] * config["v"] + (1 - config["beta2"]) * dw**2
    mean = config["m"] / (1 - config["beta1"] ** config["t"])
    square = config["v"] / (1 - config["beta2"] ** config["t"])
    next_w = shrunk - config["learning_rate"] * mean / (np.sqrt(square) + config["epsilon"])
    ### END SOLUTION
    return next_w, config

# %% check="adamw"
check("adamw")

# %%
needs("adam", "adamw")
left_by["decay beside the step"] = shrink(adamw, 0, 0.1)
for label, (large, small) in left_by.items():
    print(f"{label:24s} noise 10: {large:.2f} left   noise 0.1: {small:.2f} left")

# %% [markdown]
# <details><summary>What came out</summary>
#
# Beside the step, the decay leaves 0.74 of both. λ now means the same for each weight, whatever its gradients. What this experiment does not show is that a trained network generalises better: that depends on the problem. In PyTorch the difference is one letter, `Adam(weight_decay=…)` against `AdamW`. The book's page of conventions says what other libraries do.
#
# </details>

# %% [markdown]
# ## All together
#
# ### The valley again
#
# Six rules, a turned valley, 60 steps, and a rate that suits each (with μ = 0.9 for the two that have a velocity). **Predict** which of them will jitter, which will overshoot, which will creep. Which one ends nearest to the minimum?

# %%
guess("nearest_after_60", ...)  # a name in quotes, such as "SGD"

# %%
needs("sgd_momentum", "nesterov_momentum", "adagrad", "rmsprop", "adam")
RULES = {
    "SGD": sgd,
    "momentum": sgd_momentum,
    "Nesterov": nesterov_momentum,
    "AdaGrad": adagrad,
    "RMSProp": rmsprop,
    "Adam": adam,
}
good_rates = dict(zip(RULES, (0.018, 0.005, 0.009, 0.5, 0.02, 0.1), strict=True))
with style((11, 7)):
    figure, axes = plt.subplots(2, 3, sharex=True, sharey=True)
    walks = {name: walk(turned, rule, good_rates[name], 60) for name, rule in RULES.items()}
    for ax, (name, path) in zip(axes.flat, walks.items(), strict=True):
        trajectories(ax, turned, {name: path}, title=name)
        ax.get_legend().remove()
        ax.label_outer()
    plt.show()
nearest = min(walks, key=lambda name: np.hypot(*walks[name][-1]))
reveal("nearest_after_60", nearest, word="it is")

# %% [markdown]
# <details><summary>What came out</summary>
#
# *Six panels. SGD jitters across the floor and stops a third of the way short. Momentum swings from wall to wall, but arrives. Nesterov jumps once across the floor, runs straight along it, and overshoots a little. AdaGrad jumps far across the floor, then creeps; so does RMSProp, with smaller jumps. Adam swings in waves that die out, and is on its way.*
#
# </details>
#
# ### Radford's two surfaces
#
# The lecture shows two famous animations by Alec Radford. Here they are as races between *your* functions: press play, or step through them. First the **long valley** (Beale's function: steep walls, then a long flat way to the star). **Predict:** who is within 0.1 of the star first (and stays there)? Who takes a detour?

# %%
guess("first_in_the_long_valley", ...)  # a name in quotes, such as "SGD"

# %%
needs("sgd_momentum", "nesterov_momentum", "adagrad", "rmsprop", "adam")
valley_rates = dict(zip(RULES, (0.035, 0.013, 0.0055, 0.9, 0.02, 0.28), strict=True))
long_valley = {name: walk(beale, rule, valley_rates[name], 150) for name, rule in RULES.items()}
race(long_valley, beale, "The long valley")

# %%
def first_within(path, target, distance):
    """The step from which on a path stays within `distance` of `target`; None if it does not."""
    outside = np.flatnonzero(~(np.hypot(*(path - target).T) < distance))
    arrived = int(outside.max(initial=-1)) + 1
    return arrived if arrived < len(path) else None


needs("sgd_momentum", "nesterov_momentum", "adagrad", "rmsprop", "adam")
arrivals = {name: first_within(path, beale.minimum, 0.1) for name, path in long_valley.items()}
for name, steps in arrivals.items():
    print(f"{name:9s} is within 0.1 of the star for good after {steps} steps")
first = min(arrivals, key=lambda name: arrivals[name] or 999)
reveal("first_in_the_long_valley", first, word="it is")

# %% [markdown]
# <details><summary>What came out</summary>
#
# Adam is there after 38 steps, Nesterov after 44, AdaGrad after 48. Momentum needs 67: it rolls right through the valley, down to $y = -0.97$, and has to come back. SGD takes no detour and 137 steps. RMSProp, at a rate that keeps its jitter small, is still on its way after 150. Each has a rate that suits it *here, from this start*. Try `start=(4, 2)` in `walk`, high up on the wall: there the gradient is so large that SGD, momentum and Nesterov diverge at these rates. The three that divide by its size do not.
#
# </details>
#
# Then the **saddle**, $\tfrac12(x^2 - y^2)$: a minimum along $x$, a maximum along $y$. All start on the ridge, a thousandth beside it, where the gradient along $y$ is next to nothing, and all have the same rate, 0.1. **Predict:** who gets away first, and who last?

# %%
guess("off_the_saddle", ...)  # two names, such as ["SGD", "Adam"]

# %%
needs("sgd_momentum", "nesterov_momentum", "adagrad", "rmsprop", "adam")
off_the_saddle = {name: walk(saddle, rule, 0.1, 80) for name, rule in RULES.items()}
race(off_the_saddle, saddle, "The saddle")

# %%
needs("sgd_momentum", "nesterov_momentum", "adagrad", "rmsprop", "adam")
away = {name: int(np.argmax(np.abs(path[:, 1]) > 0.5)) for name, path in off_the_saddle.items()}
for name, steps in away.items():
    print(f"{name:9s} is more than 0.5 away from the ridge after {steps:3d} steps")
reveal("off_the_saddle", [min(away, key=away.get), max(away, key=away.get)], word="it was")

# %% [markdown]
# <details><summary>What came out</summary>
#
# SGD needs 66 steps to notice that there is a way down: where the gradient is small, it is slow. Momentum needs 25, Nesterov 22. The three that divide by the gradient's size react to its *direction*, and leave at once: 6 steps for AdaGrad and Adam, a single one for RMSProp, whose first step is ten rates long (you know why). That is a strength of theirs wherever gradients are tiny for no good reason. It is a matter of the axes again: the way down lies along one.
#
# </details>
#
# ### Who is fastest, and when?
#
# "Nesterov is faster than momentum, and momentum is faster than SGD." Is it? Count the steps until a rule is within 0.001 of the minimum and stays there for 200 steps: the mean of twelve starts around the unit circle, in the turned valley. Each rule has its own best rate in each valley, and momentum and Nesterov their own best μ as well, found beforehand on a grid (change them and see). The other settings of RMSProp and Adam stay at their defaults.
#
# **Predict** the number of steps that momentum needs at condition number 10, 100 and 1000. SGD needs 34, 330 and 3328.

# %%
guess("steps_with_momentum", ...)  # three numbers, such as [34, 330, 3328]

# %%
needs("sgd_momentum", "nesterov_momentum", "adagrad", "rmsprop", "adam")
TUNED = {  # condition number: best rate of each rule, and best momentum where it has one
    10: {
        "SGD": [0.18], "momentum": [0.225, 0.3], "Nesterov": [0.12, 0.53],
        "AdaGrad": [1.0], "RMSProp": [0.00097], "Adam": [0.25],
    },
    100: {
        "SGD": [0.019], "momentum": [0.031, 0.7], "Nesterov": [0.01205, 0.82],
        "AdaGrad": [0.99], "RMSProp": [0.001], "Adam": [0.72],
    },
    1000: {
        "SGD": [0.0019], "momentum": [0.0036, 0.89], "Nesterov": [0.001325, 0.935],
        "AdaGrad": [1.0], "RMSProp": [0.0011], "Adam": [1.2],
    },
}  # fmt: skip


def steps_to_target(rule, settings, condition, angle=0.5, limit=10_000):
    """Mean number of steps until within 0.001 for 200 steps on end; inf beyond `limit`."""
    gradient = valley(condition, angle).gradient
    turn = 2 * np.pi * (np.arange(12) + 0.5) / 12
    w = np.stack([np.cos(turn), np.sin(turn)], axis=1)
    config = dict(zip(("learning_rate", "momentum"), settings, strict=False))
    outside = np.zeros(12)  # the last step at which each start was still outside
    for t in range(1, limit + 1):
        w, config = rule(w, gradient(w), config)
        outside[~(np.hypot(*w.T) < 0.001)] = t
        if t - outside.max() >= 200:
            return float(np.mean(outside + 1))
    return np.inf


print(f"{'condition':>9s}" + "".join(f"{name:>10s}" for name in RULES))
table = {}
for condition, settings in TUNED.items():
    table[condition] = {
        name: steps_to_target(rule, settings[name], condition) for name, rule in RULES.items()
    }
    print(f"{condition:9d}" + "".join(f"{steps:10.0f}" for steps in table[condition].values()))
rates_at_fixed = {"momentum": (0.0046, 0.0045, 0.0031), "Nesterov": (0.12, 0.013, 0.0013)}
at_fixed = {
    name: [steps_to_target(RULES[name], [rates[i], 0.9], kappa) for i, kappa in enumerate(TUNED)]
    for name, rates in rates_at_fixed.items()
}
for name, steps in at_fixed.items():
    print(f"{name} with mu fixed at 0.9, best rate:", *(f"{n:.0f}" for n in steps))
reveal("steps_with_momentum", [row["momentum"] for row in table.values()], form=".0f")

# %% [markdown]
# <details><summary>What came out</summary>
#
# Read it row by row.
#
# - **Momentum** needs 12, 40 and 133 steps, with μ = 0.3, 0.7 and 0.89. When the condition number grows by 100, SGD's steps grow by 100, and momentum's by about 10: $\sqrt\kappa$ in place of κ, as the theory said. The law gives μ = 0.27, 0.67 and 0.88.
# - **Nesterov** lies between: 14, 51 and 174. So with everything tuned, on a quadratic, the slide's order is wrong in its first half at each condition number: momentum, Nesterov, SGD.
# - **With μ fixed at 0.9** you would have concluded something else: momentum 120, 124 and 135, Nesterov 52, 100 and 434. In the friendly valley both are then slower than SGD, and at 100 the slide's order holds. Nobody had tuned μ.
# - What favours Nesterov: it is less sensitive to too much momentum, and its speed is guaranteed for every smooth, strongly convex function, whereas tuned momentum can circle for ever on one that is not quadratic ([Lessard et al., 2016](https://arxiv.org/abs/1408.3595)).
# - **AdaGrad** goes with SGD, 3380 steps at condition 1000, because the valley is turned. **RMSProp** must take tiny steps from the start, because in the end it jitters at a distance of 0.7 rates.
# - **Adam**, with its β untuned, needs 126, 133 and 372: at condition 1000 far fewer than SGD. But "within 0.001 for 200 steps" is not "for good".
#
# </details>
#
# **Predict:** condition 100, 4000 steps. What does Adam do at rate 0.72, which suited it so well?
#
# - **A** it comes ever closer to the minimum
# - **B** it stays at about 0.001
# - **C** it comes close, and leaves again

# %%
guess("adam_goes_on", ...)  # a letter in quotes, such as "A"

# %%
needs("sgd_momentum", "adam")
goes_on = {
    "momentum, rate 0.0045": walk(turned, sgd_momentum, 0.0045, 4000),
    "Adam, rate 0.72": walk(turned, adam, 0.72, 4000),
    "Adam, rate 0.02": walk(turned, adam, 0.02, 4000),
}
distances = {label: np.maximum(np.hypot(*path.T), 1e-12) for label, path in goes_on.items()}
title = "Condition 100: arriving is one thing, staying another"
draw(distances, "step", "distance from the minimum", title, log=True, linewidth=1.2)
for label, distance in distances.items():
    print(f"{label}: farthest after step 1000: {distance[1000:].max():.0e}")
leaves = distances["Adam, rate 0.72"][1000:].max() > 0.01
reveal("adam_goes_on", "C" if leaves else "A or B", word="it is")

# %% [markdown]
# <details><summary>What came out</summary>
#
# *Distance on a logarithmic axis (anything below $10^{-12}$ is drawn there). Momentum goes down and stays. Adam with rate 0.72 goes down too, and after step 1000 shoots up again and again, as far as a third of a unit from the minimum. With rate 0.02 it comes down later, and is calm within these 4000 steps; in 10,000 it is not.*
#
# What has happened? At the minimum the gradients are tiny, and $v$ slowly forgets the large ones of the beginning. So the effective rate $\alpha / \sqrt{v}$ grows from step to step, until it exceeds what the steep direction allows. From then on the tiniest error grows, as with SGD at rate 0.0202, until the gradients are large again and $v$ grows with them. If that is the reason, then a $v$ that never falls must help, and so it does: with the largest $\hat v$ so far in place of $\hat v$ (*AMSGrad*, [Reddi et al., 2018](https://arxiv.org/abs/1904.09237)), the same run stays below $10^{-12}$ after step 1000. Adam as it is needs a schedule. (RMSProp fares worse: it never comes to rest, but jitters at a distance of 0.7 rates.)
#
# </details>
#
# So there is no single order. It depends on the valley, on *all* the settings of each rule, and on what you call "arrived". One more measurement: AdaGrad and Adam in valleys along the axes. **Predict** the number of steps that AdaGrad needs at condition 1000, where it needed 3380 in the turned valley.

# %%
guess("adagrad_along_the_axes", ...)  # a number

# %%
needs("sgd_momentum", "nesterov_momentum", "adagrad", "rmsprop", "adam")
print("steps in a valley along the axes, angle 0")
axis_rates = {"AdaGrad": 0.71, "Adam": 0.08}
along_axes = {
    (name, condition): steps_to_target(RULES[name], [rate], condition, angle=0.0)
    for name, rate in axis_rates.items()
    for condition in TUNED
}
for name in axis_rates:
    print(f"{name:8s}", *(f"condition {c}: {along_axes[name, c]:.0f}  " for c in TUNED))
reveal("adagrad_along_the_axes", along_axes["AdaGrad", 1000], form=".0f")

# %% [markdown]
# <details><summary>What came out</summary>
#
# Five steps, whatever the condition number, against thousands after a turn of half a radian. When you read that an adaptive method "solves" ill-conditioned problems, ask how the valley was aligned with the axes.
#
# </details>
#
# Why, then, is Adam "a good default choice in most cases"? Not because it wins races like this one. Its steps are about one rate long whatever the scale of the loss and of the layer, so that one default rate works tolerably almost everywhere, without tuning. And in a network with many layers of different scales, the axes do matter: all weights of a layer tend to have small gradients together, or large ones.
#
# ## What to take home
#
# - One rate for all directions makes SGD jitter across and creep along. A velocity adds up what agrees and cancels what does not; its top speed is $\alpha g / (1 - \mu)$.
# - Tuned momentum replaces the condition number by its square root. How much of that is left depends on the noise of the gradient.
# - Nesterov takes the gradient where the velocity leads. The rewrite stores φ, the look-ahead point.
# - AdaGrad divides by everything that ever happened, RMSProp by what happened lately; Adam divides the averaged gradient by that, and corrects both averages for their start at zero. AdamW decays the weights beside that step.
# - Compare rules with all their settings tuned, in valleys that are not aligned with the axes, from more than one start.
#
# ## Since then
#
# *(Written in 2026. None of this is graded.)*
#
# - **AdamW** ([2019](https://arxiv.org/abs/1711.05101)) is the default for transformers, usually with β₂ = 0.95 for language models, a warm-up and a falling rate (notebook 06).
# - **Lion** ([2023](https://arxiv.org/abs/2302.06675)), found by a program that searched among update rules: the *sign* of a momentum, every step one rate long. Rprop's idea is back, and so is its flaw: in the ten mini-batches Lion drifts by 8 steps per epoch, as bare signs do. It saves the memory for $v$; reports of its speed vary.
# - **Shampoo** ([2018](https://arxiv.org/abs/1802.09568)) and **SOAP** ([2024](https://arxiv.org/abs/2409.11321)) remove AdaGrad's weakness, the axes: for each weight matrix they learn in which directions its gradients vary, and divide along *those*. A version of Shampoo won the tuned track of the AlgoPerf competition ([2025](https://arxiv.org/abs/2502.15015)), 28 % faster than the baseline over eight workloads. The cell below shows the idea in the valley.
# - **Muon** ([2024](https://kellerjordan.github.io/posts/muon/)) takes the momentum of a weight matrix and sets all its singular values to about 1, so that no direction dominates the step. It has trained large language models ([2025](https://arxiv.org/abs/2502.16982)).
# - **Schedule-free** ([2024](https://arxiv.org/abs/2405.15682)) replaces the falling rate by an average of the iterates, and won AlgoPerf's track without tuning.
# - **How good is the evidence?** Claims of "twice as fast as AdamW" shrink when AdamW is tuned as carefully: to 1.4 times in small language models and about 1.1 times at 1.2 billion parameters, in a comparison of ten optimisers ([2025](https://arxiv.org/abs/2509.02046)). You have seen above how a fixed μ changes the winner. Beyond that size there are few public comparisons.

# %%
needs("adagrad")


def full_adagrad(w, dw, config):
    """AdaGrad with a matrix: divides along the directions in which the gradients varied."""
    cache = config.get("cache", 0) + np.outer(dw, dw)
    squares, axes = np.linalg.eigh(cache)
    scale = np.sqrt(np.maximum(squares, 0)) + 1e-7
    return w - config["learning_rate"] * axes @ ((axes.T @ dw) / scale), {**config, "cache": cache}


matrix_steps = {}
print("steps until within 0.001 for good, rate 1, condition 1000 (None: not in 500)")
for angle in (0, 0.5, 1):
    surface = valley(1000, angle)
    paths = [walk(surface, rule, 1.0, 500) for rule in (adagrad, full_adagrad)]
    matrix_steps[angle] = [first_within(path, np.zeros(2), 0.001) for path in paths]
    print("turned by {:<3g}: AdaGrad {}, with a matrix {}".format(angle, *matrix_steps[angle]))

# %% [markdown]
# <details><summary>What came out</summary>
#
# With a matrix, 8 steps at every angle. The price is the matrix: $n^2$ numbers for $n$ parameters, and its root. Shampoo and SOAP make that affordable with two small matrices per layer.
#
# </details>
#
# **Further reading:** Goh, [Why Momentum Really Works](https://distill.pub/2017/momentum/) (2017) · Sutskever et al., [On the importance of initialization and momentum](https://proceedings.mlr.press/v28/sutskever13.html) (2013) · Choi et al., [On Empirical Comparisons of Optimizers](https://arxiv.org/abs/1910.05446) (2019) · the book's page on conventions, and, in the book with answers, those on momentum, Nesterov's rewrite and Adam's correction.

# %%
progress("05_update_rules")
