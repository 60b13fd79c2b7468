# %% [markdown]
# # 08 · Second-order methods
#
# Every rule of notebook 05 looks at the slope and guesses how far to go. The curvature would say. Here you build the method that uses it (Newton's), and find out what it costs. Then you build two that get most of it for far less: one that needs only products with the Hessian, and L-BFGS, which needs no second derivative at all. On a full batch L-BFGS beats Adam; on mini-batches it falls apart. You will measure both, and see why.
#
# **You will learn**
# - how a loss looks to second order, and why Newton's step needs no learning rate,
# - what goes wrong where the curvature is negative, and what damping does about it,
# - how to solve Newton's equations without the Hessian,
# - how BFGS learns the curvature from gradients alone, and how L-BFGS multiplies by a matrix that it never forms,
# - why one condition is not enough for a line search,
# - when the lecture's advice "try out L-BFGS" holds, and how noise breaks it.
#
# **Slides:** "Second order optimization methods", "L-BFGS", "In practice". **Time:** five to six hours, best in two sittings: the second begins with BFGS. **Points:** {{points}}. The exercise `weak_wolfe` is a bonus.
#
# Work in four beats: *predict*, *write*, *check*, *look*. Where it says **Predict**, put your guess in place of the dots before you run the next cells. Guesses are never graded, and a wrong one teaches more than a right one. Hints come in three steps; open as few as you can.

# %% locked="setup"
import time
from functools import partial

import matplotlib.pyplot as plt
import numpy as np

from autograder.check import check, guess, needs, progress, reveal
from cs231n_lib.data import load_digits, sample_batch
from cs231n_lib.network import Network
from cs231n_lib.optim import adam, sgd
from cs231n_lib.plotting import DASHES, PALETTE, curves, style, trajectories
from cs231n_lib.quasi_newton import Remembered
from cs231n_lib.second_order import hessian
from cs231n_lib.surfaces import long_rosenbrock, rosenbrock, saddle, valley
from cs231n_lib.training import minimize

digits = load_digits()


def loss_of(f):
    """Only the loss of a function that gives (loss, gradient)."""
    return lambda x: f(x)[0]


def gradient_of(f):
    """Only the gradient."""
    return lambda x: f(x)[1]


def both_of(surface):
    """A function that gives (loss, gradient), from a surface of notebook 05."""
    return lambda x: (float(surface(x)), surface.gradient(x))


def armijo(f, x, d, g):
    """The line search that you write below, `backtracking`, for an f that gives both."""
    return backtracking(loss_of(f), x, d, g)

# %% [markdown]
# ## The loss to second order
#
# At a point $\theta_0$ you know the loss $J(\theta_0)$ and its gradient $g$. Suppose you also know the *Hessian* $H$, the symmetric matrix of all second derivatives, $H_{ij} = \partial^2 J / \partial\theta_i\,\partial\theta_j$. Then for a displacement $d = \theta - \theta_0$
#
# $$J(\theta_0 + d) \;\approx\; J(\theta_0) + d^\top g + \tfrac12\, d^\top H\, d$$
#
# Write it. To draw the model as a surface you need it for a whole grid of displacements at once, so `d` may have any number of axes in front of its last one.
#
# <details><summary>Hint 1</summary>
#
# Write it for a single `d` of shape $(n,)$ first. Each of the two terms is one number.
#
# </details>
# <details><summary>Hint 2: many at once</summary>
#
# `d @ g` works for many displacements as it is, and so does `d @ H`: the product runs over the last axis of `d`. Only the last product, with `d` again, must not mix one displacement with another.
#
# </details>
# <details><summary>Hint 3: nearly there</summary>
#
# Multiply `d @ H` by `d` element by element, and sum over the last axis. Do not forget the factor in front of it.
#
# </details>

# %% solution="taylor2"
def taylor2(f0, g, H, d):
    """The second-order expansion of a loss at displacement d.

    f0: the loss at the point. g: (n,), its gradient there. H: (n, n), its Hessian there.
    d: (n,), gives a number; or (..., n), gives a number for each displacement.
    """
    ### BEGIN SOLUTION
    curvature = ((d @ H) * d).sum(axis=-1)
    return f0 + d @ g + curvature / 2
    ### END SOLUTION

# %% check="taylor2"
check("taylor2")

# %% [markdown]
# How good is the model? Take Rosenbrock's curved valley at $(-1, 0.6)$. (`hessian` measures $H$ by centred differences of the gradient, as notebook 00 measured gradients.)
#
# **Predict:** you halve the length of $d$. By which factor does the error of the linear model shrink, and by which that of the quadratic one?

# %%
guess("error_shrinks", ...)  # two factors, such as [3, 3]

# %%
needs("taylor2")
spot, view = np.array([-1.0, 0.6]), (-1.6, 1.2, -0.6, 1.8)
f0, g, H = float(rosenbrock(spot)), rosenbrock.gradient(spot), hessian(rosenbrock.gradient, spot)
lengths, way = 2.0 ** -np.arange(2, 11), np.array([0.8, 0.6])
truth = np.array([float(rosenbrock(spot + r * way)) for r in lengths])
model_errors = {
    "linear": np.abs(f0 + lengths * (g @ way) - truth),
    "quadratic": np.abs(taylor2(f0, g, H, lengths[:, None] * way) - truth),
}
shrinks = {name: errors[-2] / errors[-1] for name, errors in model_errors.items()}

# %%
needs("taylor2")
with style((11, 4)):
    figure, (left, right) = plt.subplots(1, 2)
    bottom = tuple(spot - np.linalg.solve(H, g))
    trajectories(
        left, lambda p: taylor2(f0, g, H, p - spot), {"point": spot[None]},
        view=view, minimum=bottom, title="the quadratic model",
    )
    across, up = np.meshgrid(np.linspace(*view[:2], 150), np.linspace(*view[2:], 150))
    losses = rosenbrock(np.stack([across, up], axis=-1))
    left.contour(across, up, losses, [2, 10, 40, 100], colors=PALETTE[1], linestyles="--")
    labels = {"xlabel": "length of d", "ylabel": "error", "title": "error of the model"}
    curves(right, lengths, model_errors, **labels, log=True, marker="o")
    right.set(xscale="log")
    plt.show()
reveal("error_shrinks", shrinks, form=".1f")

# %% [markdown]
# <details><summary>What came out</summary>
#
# *Left: thin solid lines are the contours of the model, ellipses around its minimum (star); dashed orange lines are those of the true loss, which bend away along the curved valley. Near the point the two agree. Right: on logarithmic axes both errors fall along straight lines, the quadratic model's more steeply.*
#
# The linear model is wrong by a term with $r^2$: half the length, a quarter of the error. The quadratic one is wrong by a term with $r^3$: an eighth.
#
# </details>
#
# The quadratic model has something that no linear model has: a minimum. Why not go there at once?

# %% [markdown]
# ## Newton's step
#
# Where is the slope of the model zero? Its derivative with respect to $d$ is $g + H d$, so
#
# $$H\,d = -g, \qquad \theta^* = \theta_0 - H^{-1} g$$
#
# (Step by step: the page *Newton's step* in the book with answers.) The loss is the rotated valley of notebook 05, a quadratic with condition number 100. SGD needs some 330 steps to come within 0.001 of the minimum. How many does Newton's method need?
#
# - **A** One.
# - **B** Two, one for each direction.
# - **C** About as many as the condition number says.
# - **D** That depends on the starting point.

# %% solution="q_newton_steps"
q_newton_steps = ...  # "A", "B", "C" or "D"
### BEGIN SOLUTION
q_newton_steps = "A"
### END SOLUTION

# %% check="q_newton_steps"
check("q_newton_steps")

# %% [markdown]
# Now a trap. The slide says "solving for the *critical point*": a minimum is one, but so is a maximum, and so is a saddle. On the saddle $\tfrac12(x^2 - y^2)$, with $g = (x, -y)$, you stand at $(-1,\ 0.001)$. The loss falls forever along $y$. Where does Newton's step lead?
#
# - **A** A little way down, along $y$.
# - **B** Far out along $x$.
# - **C** Exactly onto the saddle point.
# - **D** Nowhere: $H$ is not invertible.

# %% solution="q_newton_on_saddle"
q_newton_on_saddle = ...  # "A", "B", "C" or "D"
### BEGIN SOLUTION
q_newton_on_saddle = "C"
### END SOLUTION

# %% check="q_newton_on_saddle"
check("q_newton_on_saddle")

# %% [markdown]
# The eigenvalues of $H$ are the curvatures along its eigenvectors. Where one is negative ($H$ is *indefinite*), Newton's step walks **up** in that direction, to the top of the ridge. The remedy is *damping*: add a number $\lambda$ to the whole diagonal, which adds it to every eigenvalue,
#
# $$(H + \lambda I)\, d = -g,$$
#
# with $\lambda$ just large enough that the smallest eigenvalue becomes `least`, a small positive number. If it is at least that already, $\lambda = 0$, and the step is Newton's. With a positive definite matrix, $g^\top d = -g^\top (H + \lambda I)^{-1} g < 0$: the step leads downhill. (The larger $\lambda$, the more it resembles a small step of gradient descent: $d \approx -g/\lambda$.)
#
# **Predict, then play.** Four methods in three landscapes: gradient descent (at a rate that suits each: 0.018, 0.001 and 0.1); Newton's step as the slide has it; the same damped, and shortened where the loss would rise; and L-BFGS, which you will build last. Answer the question above the drawings in writing. Then choose a method, press Play, and look at all four drawings before you choose the next.

# %%
from cs231n_lib.play import play

play("newton_steps")

# %% [markdown]
# <details><summary>What came out</summary>
#
# Newton's step needs no rate, but it trusts its model blindly. In Rosenbrock's valley the second step leads from a loss of 4 to one of 960, and on the saddle the first one ends where there is no slope to follow. Two different faults, with a remedy each: damping cures the saddle and does nothing in Rosenbrock's valley, where $H$ is positive definite at every point on the way; shorter steps cure Rosenbrock, for a price: 20 steps to the minimum, not 6.
#
# </details>
#
# The formula on the slide has an inverse in it. Nobody computes one. To *solve* the equations is three times cheaper, and where $H$ is nearly singular, only the solver's $d$ still fulfils them: a computed inverse gives a $d$ that may be about as near to the true one, but $Hd + g$ is far from zero.
#
# <details><summary>Hint 1: the equations</summary>
#
# `np.linalg.solve(A, b)` gives the $x$ with $A x = b$. Which sign does $b$ have here?
#
# </details>
# <details><summary>Hint 2: the eigenvalues</summary>
#
# `np.linalg.eigvalsh` gives the eigenvalues of a symmetric matrix in rising order. How far is the first one below `least`? If it is not below, nothing is added.
#
# </details>
# <details><summary>Hint 3: nearly there</summary>
#
# λ is the larger of two numbers: zero, and what the smallest eigenvalue lacks. Put it on the diagonal of a *new* matrix (`np.eye(n)` is the identity); `H + λ` would add it everywhere.
#
# </details>

# %% solution="newton_step"
def newton_step(g, H, least=1e-3):
    """Newton's step d, (n,), damped where it has to be: (H + lambda I) d = -g.

    g: (n,), gradient. H: (n, n), symmetric. Leave both as they are.
    least: lambda raises the smallest eigenvalue to this; it is 0 where that is not below it.
    """
    ### BEGIN SOLUTION
    lacking = least - np.linalg.eigvalsh(H)[0]
    if lacking > 0:
        H = H + lacking * np.eye(len(H))
    return np.linalg.solve(H, -g)
    ### END SOLUTION

# %% check="newton_step"
check("newton_step")

# %% [markdown]
# One step of Newton against 100 of SGD. Then multiply the *loss* by a constant. That moves no minimum; it only changes the units in which you measure the loss.
#
# **Predict:** the start is 1.04 away from the minimum. How far from it does Newton's step end, with the loss as it is, times 1000, and divided by 100,000? Look at the docstring above before you answer.

# %%
guess("other_units", ...)  # three distances, such as [0.5, 0.5, 0.5]

# %%
needs("newton_step")
turned, by_sgd, by_newton = valley(condition=100, angle=0.5), {}, {}
start = np.array(turned.start)


def in_other_units(scale):
    return lambda x: (scale * turned(x), scale * turned.gradient(x))


for scale in (1, 1000, 1e-5):
    f = in_other_units(scale)
    newton = start + newton_step(f(start)[1], hessian(gradient_of(f), start))
    path = minimize(f, start, sgd, {"learning_rate": 0.018}, steps=100)
    by_sgd[scale], by_newton[scale] = np.hypot(*path[-1]), np.hypot(*newton)
    if scale == 1:
        with style((8, 4)):
            _, ax = plt.subplots()
            walks = {"SGD, 100 steps": path, "Newton, 1 step": np.stack([start, newton])}
            trajectories(ax, turned, walks, title="one step against a hundred")
            plt.show()
for scale, distance in by_sgd.items():
    left_over = f"{distance:.2f}" if np.isfinite(distance) else "none: it has exploded"
    print(f"loss times {scale:g}: distance from the minimum after SGD's hundred steps {left_over}")
reveal("other_units", {f"loss times {scale:g}": by_newton[scale] for scale in by_newton}, ".1e")

# %% [markdown]
# <details><summary>What came out</summary>
#
# *SGD zig-zags along the valley, and is still some way off after 100 steps. Newton's line goes straight to the star, across the contours.*
#
# Newton's step is exact but for the error of the measured $H$; SGD has 0.16 left to go. With the loss times 1000, SGD at the same rate explodes, since the rate has the wrong units now; Newton's step does not change, because $g$ and $H$ grow by the same factor.
#
# Divided by 100,000 the curvatures are 0.00001 and 0.001. The smaller one is below `least`, damping sets in, and the step covers 4 % of the way. So Newton's step is indifferent to units only as long as it is not damped: `least` has units, too.
#
# </details>
#
# Most losses are no quadratics, so one step is not the end. Here is Rosenbrock's valley from its classic start, where the loss is 24. **Predict:** does the loss fall in every step? What is the highest loss on the way?

# %%
guess("highest_on_the_way", ...)  # a loss

# %%
needs("newton_step")
x, newton_losses, newton_distances = np.array([-1.2, 1.0]), [], []
for step in range(8):
    newton_losses.append(float(rosenbrock(x)))
    newton_distances.append(np.abs(x - 1).max())
    print(f"after {step} steps: loss {newton_losses[-1]:9.2e}, distance {newton_distances[-1]:.1e}")
    x = x + newton_step(rosenbrock.gradient(x), hessian(rosenbrock.gradient, x))
reveal("highest_on_the_way", max(newton_losses))

# %% [markdown]
# <details><summary>What came out</summary>
#
# Seven steps to machine precision, where SGD needs thousands. Look at both ends of this table. At the end the number of right digits about *doubles* with each step (0.06, 0.000009, then $10^{-11}$: that is *quadratic convergence*). But on the way the loss rises from 4.7 to 1400: the model was trusted far beyond where it is true. Newton's step tells you where to go, if the model is right. Whether to go all the way is another question; the line search below answers it.
#
# </details>
#
# ### On the saddle, and in a network
#
# First the saddle, with and without damping.

# %%
needs("newton_step")
walks, x = {}, np.array(saddle.start)
g, H = saddle.gradient(x), hessian(saddle.gradient, x)
for name, d in {"undamped": np.linalg.solve(H, -g), "damped": newton_step(g, H)}.items():
    walks[name] = np.array([x, x + d])
    right, up = np.round(x + d, 6) + 0.0  # no -0.00
    print(f"{name}: after one step at x = {right:.2f}, y = {up:.2f};", end=" ")
    print(f"loss {float(saddle(x)):.2f} → {float(saddle(x + d)):.2f}")
with style((8, 3.6)):
    _, ax = plt.subplots()
    title = "one step from (-1, 0.001)"
    trajectories(ax, saddle, walks, view=(-1.2, 0.6, -0.4, 1.3), title=title)
    plt.show()

# %% [markdown]
# *The undamped step runs along the ridge into the saddle point at (0, 0). The damped one leaves the ridge sideways, and downhill.*
#
# The undamped step has found its critical point, and the gradient is zero there: no later step will get it away. The damped one is 1.0 away from the ridge at once, though the slope in that direction was a thousandth.
#
# Do real losses have indefinite Hessians? Take a small network, 64-3-10, so that its Hessian is small enough to be computed ($235 \times 235$), fresh from its initialisation, with 200 digits. **Predict:** which share of the 235 curvatures is negative? And does the loss fall or rise in an undamped step, and in a damped one with `least` 0.001?

# %%
guess("negative_curvatures", ...)  # a share, such as 0.5

# %%
guess("undamped_then_damped", ...)  # two words, such as ["falls", "falls"]

# %%
everything = digits.X_train, digits.y_train
few = digits.X_train[:200], digits.y_train[:200]


def digits_network(seed, hidden=50):
    """A fresh tanh network: (on, x). on(X, y) is f(x) -> (loss, gradient) on these images."""
    rng = np.random.default_rng(seed)
    network = Network([64, hidden, 10], activation="tanh", init="xavier", reg=1e-4, rng=rng)

    def on(X, y):
        def f(x):
            network.x = x
            return network.loss_and_gradient(X, y)

        return f

    return on, network.x.copy()

# %%
needs("newton_step")


def first_step(seed):
    """The curvatures at the start; the loss there, after a step, and after two that are damped."""
    on, x = digits_network(seed, hidden=3)
    f = on(*few)
    loss, g = f(x)
    H = hessian(gradient_of(f), x)
    steps = np.linalg.solve(H, -g), newton_step(g, H), newton_step(g, H, least=0.1)
    return np.linalg.eigvalsh(H), [loss, *(f(x + d)[0] for d in steps)]


first_steps = []
print("       negative   loss: start, undamped, damped with 0.001, with 0.1")
for seed in range(5):
    curvatures, losses = first_step(seed)
    first_steps.append([np.mean(curvatures < -1e-9), *losses])
    print(f"net {seed}    {first_steps[-1][0]:.0%}", "".join(f"{loss:11.2f}" for loss in losses))
with style((7.5, 3.2)):
    _, ax = plt.subplots()
    ax.hist(curvatures, bins=60, color=PALETTE[0])
    ax.set(xlabel="curvature (eigenvalue of H)", ylabel="directions", yscale="log")
    ax.axvline(0, color=PALETTE[1])
    plt.show()
reveal("negative_curvatures", np.mean(first_steps, axis=0)[0], form=".0%")
_, before, undamped, damped, _ = np.transpose(first_steps)
falls = {"undamped": (undamped < before).sum(), "damped": (damped < before).sum()}
reveal("undamped_then_damped", {name: f"falls in {n} of 5 nets" for name, n in falls.items()})

# %% [markdown]
# <details><summary>What came out</summary>
#
# *A histogram with a tall peak at 0 and thin tails on both sides, to about −0.2 on the left and +0.6 on the right (logarithmic heights).*
#
# About one direction in six curves downward, and many are nearly flat. So the undamped step goes to a critical point that nobody wants: the loss falls by 0.1 at most, or rises. With `least` 0.1 it falls from 2.2–2.4 to 1.7–2.1, in all five nets (and in ten others). With $10^{-3}$ the step is a hundred times longer in the direction of the smallest eigenvalue, and the loss goes *up*, to 5 and more in each of them: the model is not true that far out. So there *is* a knob to turn again.
#
# </details>
#
# **Question 1** (2 points, in your own words; the slide's "Q: what is nice about this update?"). What is nice about Newton's update, compared with those of notebook 05? Name two things, and the condition under which they hold.

# %% [markdown] question="what_is_nice_about_newton" points=2
# ### BEGIN SOLUTION
# **Model answer.** It has no learning rate, because the curvature says how far to go in each direction. And as long as it is not damped it is indifferent to the units and to the condition number: a long valley is no harder than a bowl, a quadratic is solved in one step from anywhere, and near a minimum the number of right digits doubles with each step. All of this holds where the quadratic model is a good one and $H$ is positive definite: near a minimum. (Far from one, the step may be much too long, or lead to a saddle, and damping or a line search brings parameters back.)
#
# **Rubric.** 1 point for two of: no learning rate (no hyperparameters); one step solves a quadratic; indifferent to condition number / scale / rotated axes; quadratic convergence (half a point each). 1 point for the condition: positive definite Hessian, or a point so near the minimum that the quadratic model holds.
# ### END SOLUTION

# %% [markdown]
# ## What it costs
#
# A network with a million parameters is a small one. Its gradient has a million elements, four megabytes in float32. **How many GiB** (of $1024^3$ bytes) does its Hessian take, in float32? Compute it; a whole number will do.

# %% solution="q_hessian_memory"
q_hessian_memory = ...  # GiB, a number
### BEGIN SOLUTION
q_hessian_memory = 1e6**2 * 4 / 1024**3
### END SOLUTION

# %% check="q_hessian_memory"
check("q_hessian_memory")

# %% [markdown]
# And if you had that memory: the time to solve the equations grows with $n^3$. The next cell measures it for up to 2,000 parameters (the median of three runs each), and extrapolates to a million. **Predict:** how many days does one step take, on your machine?

# %%
guess("days_for_one_step", ...)  # days

# %%
sizes = np.array([250, 500, 1000, 2000])
seconds, rng = [], np.random.default_rng(0)
for n in sizes:
    A, b, runs = rng.normal(size=(n, n)) + n * np.eye(n), rng.normal(size=n), []
    for _ in range(3):
        began = time.perf_counter()
        np.linalg.solve(A, b)
        runs.append(time.perf_counter() - began)
    seconds.append(np.median(runs))
with style((7.5, 3.4)):
    _, ax = plt.subplots()
    times = {"np.linalg.solve": seconds, "n³": seconds[-1] * (sizes / sizes[-1]) ** 3.0}
    labels = {"xlabel": "number of parameters n", "ylabel": "seconds"}
    curves(ax, sizes, times, **labels, log=True, title="one Newton step, H given", marker="o")
    ax.set(xscale="log")
    plt.show()
print("memory of H in float32:")
for n in (1_000, 100_000, 1_000_000, 60_000_000):
    print(f"   {n:10,d} parameters: {4 * n**2 / 2**30:16,.3f} GiB")
print(f"n = {sizes[-1]}: {seconds[-1]:.3f} s")
reveal("days_for_one_step", seconds[-1] * (1e6 / sizes[-1]) ** 3 / 86400)

# %% [markdown]
# <details><summary>What came out</summary>
#
# *On logarithmic axes the measured times lie near a straight line of slope 3, which is what $n^3$ looks like.*
#
# On the machine on which this was written it took 0.13 s for 2000 parameters; that makes half a year for *one* step with a million, and 3,725 GiB for the matrix. With AlexNet's 60 million parameters it is 13 million GiB. And you need $H$ before you can solve anything: the way we measured it, that takes $2n$ gradients, 470 for our network of 235 parameters, and two million for a million.
#
# </details>
#
# **Question 2** (2 points; the slide's "Q2: why is this impractical for training Deep Neural Nets?"). Give the two costs, each with its dependence on $n$ and one number; and say why a faster computer will not help.

# %% [markdown] question="why_newton_is_impractical" points=2
# ### BEGIN SOLUTION
# **Model answer.** The Hessian has $n^2$ elements: for a million parameters 3,725 GiB in float32 (and $n$ columns to compute, each at the price of a gradient or two). To invert it or to solve the equations takes $O(n^3)$ operations, in each step: extrapolated from small $n$, months for a single step at a million. With ten times the parameters the memory grows a hundredfold and the time a thousandfold, so faster machines only buy slightly larger networks. (Besides: with mini-batches H is noisy as well, and it is indefinite.)
#
# **Rubric.** 1 point: memory $O(n^2)$ with a right number for some $n$. 1 point: time $O(n^3)$ per step with a number (measured, extrapolated, or $10^{18}$ operations) and the growth as the reason why hardware does not help.
# ### END SOLUTION

# %% [markdown]
# ## Products with the Hessian are enough
#
# There is a way around the matrix. Along a direction $v$ the gradient changes by $Hv$ per unit of length, so one product costs two gradients, in any number of parameters:
#
# $$H v \;\approx\; |v|\; \frac{\nabla J\!\left(x + h\, v/|v|\right) - \nabla J\!\left(x - h\, v/|v|\right)}{2h}$$
#
# The step has length $h$ however long $v$ is: too long a step leaves the point, too short a one drowns in rounding (the U of notebook 00). For $v = 0$ the product is a vector of zeros.
#
# <details><summary>Hint 1</summary>
#
# The same as a centred difference in notebook 00. There you walked along one axis; here along $v$.
#
# </details>
# <details><summary>Hint 2: the length</summary>
#
# First the length of $v$, by `np.linalg.norm`. What happens to the formula if it is 0?
#
# </details>
# <details><summary>Hint 3: nearly there</summary>
#
# Make a displacement along $v$ of length $h$. Ask for the gradient at $x$ plus and at $x$ minus it, take the difference, divide by the distance of the two points, and multiply by the length of $v$.
#
# </details>

# %% solution="hessian_vector"
def hessian_vector(gradient, x, v, h=1e-5):
    """The product H v, (n,), of the Hessian at x with v, from two gradients.

    gradient: (n,) -> (n,). x: (n,). v: (n,), of any length; zeros give zeros.
    h: how far to each side the gradients are taken. Leave x and v as they are.
    """
    ### BEGIN SOLUTION
    size = np.linalg.norm(v)
    if size == 0:
        return np.zeros_like(x)
    aside = (h / size) * v
    return size * (gradient(x + aside) - gradient(x - aside)) / (2 * h)
    ### END SOLUTION

# %% check="hessian_vector"
check("hessian_vector")

# %% [markdown]
# To solve $Hd = b$ with nothing but products is what *conjugate gradients* do. You keep the solution so far, $d$ (zeros at first), the *residual* $r = b - Hd$ (so $b$ at first), and a direction $p$ (also $b$). In each step
#
# $$\alpha = \frac{r^\top r}{p^\top H p}, \qquad d \leftarrow d + \alpha\, p, \qquad r_{new} = r - \alpha\, H p, \qquad p \leftarrow r_{new} + \frac{r_{new}^\top r_{new}}{r^\top r}\; p .$$
#
# $\alpha$ goes to the minimum along $p$; the last term keeps each new direction *conjugate* to the old ones ($p_i^\top H p_j = 0$), so that no step spoils what an earlier one has reached. Stop where $|r|$ is at most `tolerance` times $|b|$.
#
# If $p^\top H p \le 0$, the model has no minimum along $p$. Stop there, too, and return the $d$ that you have; if it was the very first direction, return $b$. With $b = -g$ the result then leads downhill even where $H$ is indefinite.
#
# <details><summary>Hint 1</summary>
#
# Ask for one product in each step and keep it: it is needed for the curvature and for the residual.
#
# </details>
# <details><summary>Hint 2: what to keep</summary>
#
# $r^\top r$ occurs with the old and with the new residual. Keep the old number until the new direction is made.
#
# </details>
# <details><summary>Hint 3: nearly there</summary>
#
# `for` at most `steps` times: stop if the residual is short enough; the product with p; its curvature, and the way out if that is not positive (is it the first round?); then the four formulas, in their order.
#
# </details>

# %% solution="conjugate_gradients"
def conjugate_gradients(product, b, steps=50, tolerance=1e-6):
    """The solution d, (n,), of H d = b, given only product: v -> H v. H is symmetric.

    It ends after `steps` steps, where the residual is at most tolerance times as long as b, or
    at a direction that does not curve upward: then with d so far, with b if it is the first one.
    One product a step. Leave b as it is.
    """
    ### BEGIN SOLUTION
    d, r, p = np.zeros(len(b)), b.copy(), b.copy()
    for k in range(steps):
        if np.linalg.norm(r) <= tolerance * np.linalg.norm(b):
            break
        Hp = product(p)
        if p @ Hp <= 0:
            return d if k else b.copy()
        old = r @ r
        d = d + old / (p @ Hp) * p
        r = r - old / (p @ Hp) * Hp
        p = r + (r @ r) / old * p
    return d
    ### END SOLUTION

# %% check="conjugate_gradients"
check("conjugate_gradients")

# %% [markdown]
# Now Newton's method for the network that you will meet again below, 64-50-10 on 1000 digits. Its $H$ has $3760^2$ elements and would cost 7,520 gradients. Instead: ten steps of conjugate gradients at most, to half of the residual, and a line search. The unit of cost is a *pass* over the data: one loss and gradient on all of it.
#
# **Predict:** the loss starts near 2.3. How low is it after 200 passes, and how many Newton steps were that?

# %%
guess("newton_cg", ...)  # a loss and a number of steps, such as [1.0, 100]

# %%
needs("hessian_vector", "conjugate_gradients")


def newton_cg(seed, passes=200):
    """The loss after each Newton step, and the passes that it took to get there."""
    on, x = digits_network(seed)
    f, reached = Remembered(on(*everything)), []
    while f.evaluations < passes:
        loss, g = f(x)
        reached.append((f.evaluations, loss))
        product = partial(hessian_vector, gradient_of(f), x)
        d = conjugate_gradients(product, -g, steps=10, tolerance=0.5)
        t = 1.0
        while t > 1e-9 and f(x + t * d)[0] > loss:
            t /= 2
        x = x + t * d
    return reached


cg_runs = [newton_cg(seed) for seed in range(3)]
for seed, run in enumerate(cg_runs):
    lows = [next(loss for k, loss in run[::-1] if k <= limit) for limit in (20, 50, 100, 200)]
    print(f"net {seed}: after 20, 50, 100, 200 passes", "  ".join(f"{low:.4f}" for low in lows))
lowest = np.mean([run[-1][1] for run in cg_runs])
reveal("newton_cg", {"loss": lowest, "steps": np.mean([len(run) for run in cg_runs])})

# %% [markdown]
# <details><summary>What came out</summary>
#
# Below 0.02, in 15 to 20 steps. So curvature pays, and it takes no matrix. But most of the 200 passes went into products: some ten passes a step. Could you learn the curvature from gradients that you compute anyway? That is the rest of this notebook.
#
# </details>

# %% [markdown]
# ## BFGS: curvature for free
#
# You take a step $s = x_{new} - x$, and the gradient changes by $y = g_{new} - g$. That change *is* information about $H$: for a quadratic, $y = H s$. So if you keep an estimate $\hat H^{-1}$ of the inverse Hessian, you can demand of it
#
# $$\hat H^{-1} y = s,$$
#
# and get curvature without ever computing a second derivative. That is one equation for a whole matrix. Of all symmetric matrices that fulfil it, BFGS takes the one closest to the old estimate (in a norm weighted by the curvature, so that units do not matter; in the plain sum of squares it would be another one):
#
# $$\hat H^{-1}_{new} = \left(I - \rho\, s\, y^\top\right) \hat H^{-1} \left(I - \rho\, y\, s^\top\right) + \rho\, s\, s^\top, \qquad \rho = \frac{1}{y^\top s}$$
#
# ($s\,y^\top$ is a column times a row: a matrix.) Multiply by $y$ from the right to see how it works: the right bracket gives $y - \rho\,y\,(s^\top y) = 0$, and the last term gives $s$.
#
# All is well as long as $y^\top s > 0$. What does it mean if $y^\top s < 0$?
#
# - **A** The step has made the loss larger.
# - **B** Along the step the loss curves downward, on average: the slope has become more negative.
# - **C** The step was too long; a shorter one would have $y^\top s > 0$.
# - **D** Nothing but rounding errors.

# %% solution="q_curvature_pair"
q_curvature_pair = ...  # "A", "B", "C" or "D"
### BEGIN SOLUTION
q_curvature_pair = "B"
### END SOLUTION

# %% check="q_curvature_pair"
check("q_curvature_pair")

# %% [markdown]
# Such a pair would put a negative eigenvalue into the estimate, and the next direction could lead uphill. BFGS has a simple way to handle it: **skip the pair**, and keep the estimate as it is. Then it stays positive definite for ever.
#
# <details><summary>Hint 1</summary>
#
# First ask whether the pair is any good. What do you return if it is not (also for $y^\top s = 0$)?
#
# </details>
# <details><summary>Hint 2: which product?</summary>
#
# For vectors of shape $(n,)$, `y @ s` is a number, `s * y` a vector, and `np.outer(s, y)` the matrix $s\,y^\top$.
#
# </details>
# <details><summary>Hint 3: nearly there</summary>
#
# Make the left bracket as a matrix. The right one is its transpose. That costs two products of matrices, $O(n^3)$, and is all right here. (Multiply the brackets out, compute `Hinv @ y` first, and $O(n^2)$ is enough, as the slide says.)
#
# </details>

# %% solution="bfgs_update"
def bfgs_update(Hinv, s, y):
    """The estimate of the inverse Hessian after one more pair.

    Hinv: (n, n), symmetric, positive definite. s: (n,), a step. y: (n,), by how much the gradient
    changed over it. Where y @ s is not positive, the pair is skipped and Hinv returned as it is.
    Leave Hinv, s and y as they are.
    """
    ### BEGIN SOLUTION
    if not y @ s > 0:
        return Hinv
    left = np.eye(len(s)) - np.outer(s, y) / (y @ s)
    return left @ Hinv @ left.T + np.outer(s, s) / (y @ s)
    ### END SOLUTION

# %% check="bfgs_update"
check("bfgs_update")

# %% [markdown]
# What does it learn, and how fast? A quadratic of 20 parameters with condition number 100. Each step goes along $-\hat H^{-1} g$, exactly to the lowest point on that line (for a quadratic there is a formula for it), and updates. **Predict:** after how many steps is $\hat H^{-1}$ the true inverse, to six digits?

# %%
guess("inverse_known", ...)  # a number of steps

# %%
needs("bfgs_update")
rng = np.random.default_rng(0)
turn = np.linalg.qr(rng.normal(size=(20, 20)))[0]
A = turn @ np.diag(np.logspace(0, 2, 20)) @ turn.T
x, Hinv = rng.normal(size=20), np.eye(20)
bfgs_losses, inverse_errors, ranks = [], [], []
for _ in range(22):
    g = A @ x
    bfgs_losses.append(0.5 * x @ g)
    inverse_errors.append(np.linalg.norm(Hinv @ A - np.eye(20)))
    d = -Hinv @ g
    s = -(g @ d) / (d @ A @ d) * d
    updated = bfgs_update(Hinv, s, A @ s)
    ranks.append(int(np.linalg.matrix_rank(updated - Hinv, tol=1e-9)))
    x, Hinv = x + s, updated
with style((7.5, 3.8)):
    _, ax = plt.subplots()
    learned = {"loss": np.maximum(bfgs_losses, 1e-25), "error of the inverse": inverse_errors}
    labels = {"xlabel": "step", "ylabel": "loss, error of the inverse", "log": True}
    curves(ax, None, learned, **labels, title="20 parameters", marker="o", markersize=4)
    plt.show()
print("rank of the change in the first ten updates:", ranks[:10])
reveal("inverse_known", int(np.argmax(np.array(inverse_errors) < 1e-6)))

# %% [markdown]
# <details><summary>What came out</summary>
#
# *Both curves come down slowly at first. The error of the inverse falls off a cliff at step 20, from more than 0.1 to rounding; so does the loss.*
#
# After 20 steps, one for each parameter, BFGS knows the inverse Hessian exactly, and no second derivative was computed. But it has taken useful steps all along, so nobody waits for $n$ of them. (The slide speaks of "rank 1 updates". BFGS changes the estimate by a matrix of rank **two**, as you see; the rank-one update exists too, is called SR1, and does not keep the estimate positive definite.)
#
# </details>
#
# And a pair that curves downward? Take two points on the ridge of the saddle:

# %%
needs("bfgs_update")
before, after = np.array([0.0, 0.1]), np.array([0.0, 0.4])
s, y = after - before, saddle.gradient(after) - saddle.gradient(before)
print(f"the loss fell from {float(saddle(before)):.3f} to {float(saddle(after)):.3f};", end=" ")
print(f"y·s = {y @ s:.2f}")
print("the estimate afterwards:", bfgs_update(np.eye(2), s, y).tolist())

# %% [markdown]
# ## L-BFGS: without the matrix
#
# BFGS still holds $n^2$ numbers. But look at what they are used for: only the product $\hat H^{-1} g$. And $\hat H^{-1}$ is made of pairs. So keep the pairs, only the last $m$ of them (ten, say), and multiply by what they stand for. L is for *limited memory*.
#
# Write $V = I - \rho\, y\, s^\top$. One update is $\hat H^{-1}_{new} = V^\top \hat H^{-1} V + \rho\, s\, s^\top$, so the product with a vector $q$ is
#
# $$\hat H^{-1}_{new}\, q \;=\; V^\top\, \hat H^{-1}\, (q - \alpha\, y) + \alpha\, s, \qquad \alpha = \rho\, s^\top q,$$
#
# and $V^\top r = r - \beta\, s$ with $\beta = \rho\, y^\top r$. Read it as a recipe: *on the way in*, subtract $\alpha y$ from the vector; *on the way out*, add $(\alpha - \beta)\, s$. In the middle stands the next older estimate, with its own way in and out, and at the centre of all a plain multiple of the identity, $\gamma I$ with
#
# $$\gamma = \frac{s^\top y}{y^\top y} \quad \text{of the newest pair,}$$
#
# a guess at the size of the inverse curvature. So there are two loops. You are given the pairs as two lists, `S` and `Y`, with the **oldest first**. (The algebra, step by step: *The two loops of L-BFGS* in the book with answers.)
#
# <details><summary>Hint 1: the order</summary>
#
# The newest update is the outermost. Which pair do you meet first on the way in, and which on the way out?
#
# </details>
# <details><summary>Hint 2: what to keep</summary>
#
# The way out needs the α of each pair again, so put them into a list. In which order do they come, and in which are they needed? β needs no list: compute it on the spot, from the vector as it is at that moment.
#
# </details>
# <details><summary>Hint 3: nearly there</summary>
#
# Begin with a *copy* of g (why?). First loop over the pairs, newest to oldest: α from s, ρ and the vector; subtract α·y. Multiply by γ, if there are pairs at all. Second loop, oldest to newest: β from y, ρ and the vector; add (α − β)·s. Now you have $\hat H^{-1} g$; the direction is minus that.
#
# </details>

# %% solution="lbfgs_direction"
def lbfgs_direction(g, S, Y):
    """The direction d = -Hinv g, (n,), without forming Hinv.

    g: (n,), the gradient. S, Y: lists of steps and of changes of the gradient, (n,) each, the
    oldest first, all with y @ s > 0; both may be empty, then d = -g. Leave g, S and Y as they are.
    """
    ### BEGIN SOLUTION
    vector, pairs, alphas = g.copy(), list(zip(S, Y, strict=True)), []
    for s, y in pairs[::-1]:
        alphas.append((s @ vector) / (y @ s))
        vector = vector - alphas[-1] * y
    if pairs:
        s, y = pairs[-1]
        vector = vector * (s @ y) / (y @ y)
    for s, y in pairs:
        beta = (y @ vector) / (y @ s)
        vector = vector + (alphas.pop() - beta) * s
    return -vector
    ### END SOLUTION

# %% check="lbfgs_direction"
check("lbfgs_direction")

# %% [markdown]
# Compare it with the matrix itself, made by *your own* `bfgs_update` from $\gamma I$:

# %%
needs("lbfgs_direction", "bfgs_update")
rng = np.random.default_rng(1)
S = list(rng.normal(size=(6, 20)))
Y = [A @ s for s in S]
dense = np.eye(20) * (S[-1] @ Y[-1]) / (Y[-1] @ Y[-1])
for s, y in zip(S, Y, strict=True):
    dense = bfgs_update(dense, s, y)
g = rng.normal(size=20)
gap = np.abs(lbfgs_direction(g, S, Y) + dense @ g).max()
print(f"two loops against the matrix: largest difference {gap:.0e}")
print("memory for a million parameters, float32:")
print(f"   the Hessian {4e12 / 2**30:,.0f} GiB; ten pairs {2 * 10 * 4e6 / 2**20:,.0f} MiB")

# %% [markdown]
# Trust no other test. We tried: with both loops running the wrong way round, L-BFGS trains the network that you will see below *just as well* as the right one (loss 0.025 after 20 evaluations, the right one 0.026). With β forgotten, too. No loss curve on the digits would ever have told. In Rosenbrock's valley, in 100 parameters, the first of the two needs nearly five times the evaluations, and the second never arrives.

# %% [markdown]
# ## How far? Backtracking
#
# A quasi-Newton direction comes with a length, so the natural step is the whole of it, $t = 1$. Usually that is good. Where it is not (you saw Newton's loss go to 1400), the step is halved until the loss has fallen *enough*. Enough means, by Armijo:
#
# $$f(x + t\,d) \;\le\; f(x) + c\; t\; g^\top d$$
#
# $g^\top d < 0$ is the slope along $d$, so $t\,g^\top d$ is what the linear model promises. A small fraction $c = 10^{-4}$ of that is little to ask, but more than "lower than before": steps that gain ever less could stop halfway down. A loss that is infinite or NaN is never low enough.
#
# Each evaluation of `f` may be a pass over all the data: do not ask for the same one twice.
#
# <details><summary>Hint 1</summary>
#
# Two numbers do not change while $t$ does. Compute them before the loop.
#
# </details>
# <details><summary>Hint 2: NaN</summary>
#
# Every comparison with NaN is False. So ask whether the step is *good*, not whether it is bad.
#
# </details>
# <details><summary>Hint 3: nearly there</summary>
#
# `for` at most 40 times: if the loss at x + t·d is at most the bound for *this* t, you have found it; otherwise halve t. What does it mean if the loop comes to its end?
#
# </details>

# %% solution="backtracking"
def backtracking(f, x, d, g, c=1e-4):
    """The first t of 1, 1/2, 1/4, ... that fulfils Armijo's condition; 0.0 if 40 of them do not.

    f: (n,) -> loss. x: (n,). d: (n,), a direction with g @ d < 0. g: (n,), the gradient at x.
    """
    ### BEGIN SOLUTION
    start, promise = f(x), c * (g @ d)
    for halvings in range(40):
        t = 0.5**halvings
        if f(x + t * d) <= start + t * promise:
            return t
    return 0.0
    ### END SOLUTION

# %% check="backtracking"
check("backtracking")

# %% [markdown]
# Back to Newton in Rosenbrock's valley, with the line search in between. Without it, Newton took seven steps. **Predict:** how many are there now, and how long is the second one (the one that led to a loss of 1400)?

# %%
guess("with_line_search", ...)  # a number of steps and a t, such as [7, 0.5]

# %%
needs("backtracking", "newton_step")
x, searched = np.array([-1.2, 1.0]), []
for step in range(30):
    g = rosenbrock.gradient(x)
    if np.abs(g).max() < 1e-10:
        break
    d = newton_step(g, hessian(rosenbrock.gradient, x))
    t = backtracking(rosenbrock, x, d, g)
    if step == 1:
        ray = (x, d, g)
    searched.append((float(rosenbrock(x)), t))
    x = x + t * d
print("steps taken:", [t for _, t in searched])

# %%
needs("backtracking", "newton_step")
(x1, d1, g1), ts = ray, np.linspace(0, 0.5, 200)
along = {
    "the loss": [float(rosenbrock(x1 + t * d1)) for t in ts],
    "what c = 0.3 allows": float(rosenbrock(x1)) + 0.3 * ts * (g1 @ d1),
    "what c = 0.0001 allows": float(rosenbrock(x1)) + 1e-4 * ts * (g1 @ d1),
}
with style((11, 3.8)):
    _, (left, right) = plt.subplots(1, 2)
    curves(left, ts, along, xlabel="t", ylabel="loss", title="along the second step")
    left.set(ylim=(2, 8))
    both = {"Newton": newton_losses, "with line search": [loss for loss, _ in searched]}
    for i, (name, losses) in enumerate(both.items()):
        shown = np.maximum(losses, 1e-18)
        right.plot(shown, "-o" if i else "--s", color=PALETTE[i], label=name, markersize=4)
    right.set(xlabel="step", ylabel="loss", yscale="log", title="Rosenbrock's valley")
    right.legend()
    plt.show()
reveal("with_line_search", [len(searched), searched[1][1]])

# %% [markdown]
# <details><summary>What came out</summary>
#
# *Left: the loss along the second step falls, is lowest near t = 0.11, crosses the two lines of Armijo's condition and shoots up. Right: without the search the loss jumps to 1400 and then falls quickly; with it, it falls in every step, and arrives after more of them.*
#
# The second step is cut to $t = 0.125$, and the loss never rises. The price: 22 steps, not 7. A detour through a high place can be lucky; you cannot count on it. Near the minimum all steps have $t = 1$, so the quadratic convergence is kept.
#
# </details>

# %% [markdown]
# ## L-BFGS as a whole
#
# Now put it together. `f` gives loss and gradient at once, `f(x) -> (loss, gradient)`, as a network does. The line search is an argument: `search(f, x, d, g)` returns the length $t$. Until further notice it is `armijo` from the first cell, which calls your `backtracking`.
#
# 1. At $x$ with gradient $g$: stop if no element of $g$ is larger than `tolerance` (in size).
# 2. The direction comes from the pairs, the length from `search`. If that is 0, stop: there is nothing left to gain.
# 3. The new point, its loss and gradient. Keep the pair, if it curves upward; never more than the last `m`.
#
# The search and you will ask `f` several times at one and the same point. Do not worry: in the experiments below, `f` is wrapped in `Remembered`, which keeps the last few answers and counts only real evaluations.
#
# <details><summary>Hint 1: what is a step?</summary>
#
# `d` is a direction; the step that was really taken is $s = t\,d$. And $y$ needs the gradients at *both* ends: keep the old one until it is computed.
#
# </details>
# <details><summary>Hint 2: when to stop</summary>
#
# "No element is larger" is a question about the largest one. And an element of −5 is large.
#
# </details>
# <details><summary>Hint 3: nearly there</summary>
#
# Before the loop: a copy of `x0`, `loss, g = f(x)`, two empty lists, `losses = [loss]`. At the end of each round: append the pair at the *end* of the lists (if it curves upward), delete the first element of each if they are longer than `m`, move to the new x *and* the new g, and append the new loss.
#
# </details>

# %% solution="lbfgs"
def lbfgs(f, x0, m=10, steps=200, tolerance=1e-5, search=armijo):
    """Minimize f by L-BFGS: returns (x, losses), the losses at x0 and after each step.

    f: (n,) -> (loss, gradient), the same function in every call. x0: (n,), left as it is.
    m: how many pairs are kept. steps: how many are taken at most.
    tolerance: it ends where no element of the gradient is larger than this.
    search: (f, x, d, g) -> t, how far to go along d; 0 where no step will do.
    """
    ### BEGIN SOLUTION
    x = x0.copy()
    loss, g = f(x)
    S, Y, losses = [], [], [loss]
    for _ in range(steps):
        if np.abs(g).max() <= tolerance:
            break
        d = lbfgs_direction(g, S, Y)
        t = search(f, x, d, g)
        if t == 0:
            break
        s = t * d
        loss, g_new = f(x + s)
        y = g_new - g
        if y @ s > 0:
            S.append(s)
            Y.append(y)
        if len(S) > m:
            del S[0], Y[0]
        x, g = x + s, g_new
        losses.append(loss)
    return x, losses
    ### END SOLUTION

# %% check="lbfgs"
check("lbfgs")

# %% [markdown]
# The classic test: Rosenbrock's valley in 100 parameters. SciPy's L-BFGS-B, a famous code that half the world uses, needs about 620 evaluations from such starts (with ten pairs). **Predict:** how many does yours need with one pair, with three, ten and thirty?

# %%
guess("evaluations", ...)  # four numbers, such as [600, 600, 600, 600]

# %%
needs("lbfgs")
winding = np.tile([-1.2, 1.0], 50) + 0.1 * np.random.default_rng(0).normal(size=100)
counts = {}
for m in (1, 3, 10, 30):
    f = Remembered(long_rosenbrock)
    x, losses = lbfgs(f, winding, m=m, steps=3000)
    counts[m] = f.evaluations
    print(f"m = {m:2d}: farthest parameter from the minimum {np.abs(x - 1).max():.0e}")
reveal("evaluations", {f"m = {m}": count for m, count in counts.items()})

# %% [markdown]
# <details><summary>What came out</summary>
#
# About 600 evaluations with ten pairs: no more than SciPy needs. A single pair already gets there, at not quite twice the price; beyond three, more of them change little.
#
# </details>

# %% [markdown]
# ## Two parameters, 672 steps
#
# Now the easy case, Rosenbrock's valley in *two* parameters, from its classic start $(-1.2, 1)$. SciPy needs 45 evaluations. Watch each step of yours: its length, $y^\top s$, and the loss.

# %%
needs("lbfgs")


def watched(search, seen):
    """The same search; seen gets (t, y·s, loss, t d) of each step."""
    def watching(f, x, d, g):
        t = search(f, x, d, g)
        loss, g_new = f(x + t * d)
        seen.append((t, (g_new - g) @ (t * d), loss, t * d))
        return t

    return watching


def from_the_classic_start(search, start=(-1.2, 1.0)):
    """What was seen of each step, and the number of evaluations."""
    f, seen = Remembered(both_of(rosenbrock)), []
    lbfgs(f, np.array(start), steps=3000, search=watched(search, seen))
    return seen, f.evaluations


by_armijo, evaluations = from_the_classic_start(armijo)
skipped = [k for k, (_, curvature, _, _) in enumerate(by_armijo, start=1) if curvature <= 0]
for k in (1, 2, 3, 4, 5, 6, 300, 600, 643):
    t, curvature, loss, s = by_armijo[k - 1]
    print(f"step {k:3d}: t = {t:<5.3g} length {np.linalg.norm(s):.4f},", end=" ")
    print(f"y·s = {curvature:8.1e}, loss {loss:.4f}")
print(f"{len(by_armijo)} steps, {evaluations} evaluations;", end=" ")
print(f"{len(skipped)} pairs skipped, those of the steps {skipped[0]} to {skipped[-1]}")

# %% [markdown]
# 672 steps, where seven of Newton's were enough, and 639 pairs skipped in a row. What is wrong with steps 4 to 642?
#
# - **A** They are too long, and the search has to halve them again and again.
# - **B** They lead uphill.
# - **C** They are too short: where they end, the slope down is even steeper than where they began.
# - **D** Nothing but rounding: the loss has stopped falling.

# %% solution="q_too_short"
q_too_short = ...  # "A", "B", "C" or "D"
### BEGIN SOLUTION
q_too_short = "C"
### END SOLUTION

# %% check="q_too_short"
check("q_too_short")

# %% [markdown]
# Armijo's condition cannot see that. It only forbids steps that are too long, and `backtracking` never tries one longer than $t = 1$. So the same three pairs make the same short steps, and no new pair ever gets in.
#
# Wolfe's second condition forbids steps that are too short. The slope along $d$ must have changed by the end of the step, to less than a fraction $c_2 = 0.9$ of what it was:
#
# $$\nabla f(x + t\,d)^\top d \;\ge\; c_2\; g^\top d$$
#
# (both sides are negative at first; a slope *upward* is fine). It implies $y^\top s \ge (c_2 - 1)\, t\, g^\top d > 0$: no pair is ever skipped. Both conditions together are the *weak Wolfe conditions*.
#
# **Bonus.** A search for such a step, by bisection (Lewis and Overton, [2013](https://doi.org/10.1007/s10107-012-0514-2)). Try $t = 1$. As long as no $t$ was too long, double it; after that, go to the middle between the longest $t$ that was too short (0 if there was none) and the shortest that was too long. A loss that is infinite or NaN means: too long.
#
# <details><summary>Hint 1</summary>
#
# Keep two numbers, the ends of the interval in which the right t must lie. What are they before the first try?
#
# </details>
# <details><summary>Hint 2: three cases</summary>
#
# Each try asks `f` once, for loss and gradient. Then: too long (which end moves?), too short (which one?), or good. Ask for too long first, and so that NaN counts as too long.
#
# </details>
# <details><summary>Hint 3: nearly there</summary>
#
# The ends are 0 and infinity (`np.inf`) at first, t is 1; at most 40 tries. If the loss is not at most Armijo's bound, high becomes t; else if the slope along d is below c2 times the first one, low becomes t; else you are done. The next t depends on whether high is still infinite. After 40 tries, low is what you have.
#
# </details>

# %% solution="weak_wolfe"
def weak_wolfe(f, x, d, g, c1=1e-4, c2=0.9):
    """A step length t that is neither too long nor too short, by bisection from t = 1.

    f: (n,) -> (loss, gradient). x: (n,). d: (n,), with g @ d < 0. g: (n,), the gradient at x.
    Too long: Armijo's condition with c1 fails. Too short: the slope at x + t d, along d, is
    below c2 times that at x. After 40 tries: the longest t that was too short, 0.0 if none was.
    """
    ### BEGIN SOLUTION
    (start, _), slope = f(x), g @ d
    low, high, t = 0.0, np.inf, 1.0
    for _ in range(40):
        value, gradient = f(x + t * d)
        if not value <= start + c1 * t * slope:
            high = t
        elif gradient @ d < c2 * slope:
            low = t
        else:
            return t
        t = 2 * t if np.isinf(high) else (low + high) / 2
    return low
    ### END SOLUTION

# %% check="weak_wolfe"
check("weak_wolfe")

# %% [markdown]
# **Predict:** from the classic start, how long is the fourth step now (the first that was too short), and how many evaluations does the whole way take?

# %%
guess("fourth_step", ...)  # a t and a number of evaluations, such as [2, 600]

# %%
needs("lbfgs", "weak_wolfe")
by_wolfe, fewer = from_the_classic_start(weak_wolfe)
near = np.array([-1.2, 1.0]) + 0.1 * np.random.default_rng(1).normal(size=(100, 2))
searches = {"Armijo": armijo, "weak Wolfe": weak_wolfe}
from_near = {
    name: np.array([from_the_classic_start(search, start)[1] for start in near])
    for name, search in searches.items()
}
for name, search in searches.items():
    f = Remembered(long_rosenbrock)
    lbfgs(f, winding, steps=3000, search=search)
    median, most = np.median(from_near[name]), from_near[name].max()
    print(f"{name}: 100 starts near the classic one, median {median:.0f}, most {most};", end=" ")
    print(f"in 100 parameters {f.evaluations}")
print("SciPy: 45, 50; 620")
with style((8, 3.6)):
    _, ax = plt.subplots()
    for i, (name, seen) in enumerate({"Armijo": by_armijo, "weak Wolfe": by_wolfe}.items()):
        losses = np.maximum([loss for _, _, loss, _ in seen], 1e-12)
        ax.plot(np.arange(1, len(losses) + 1), losses, DASHES[i], color=PALETTE[i], label=name)
    ax.set(xscale="log", yscale="log", xlabel="step", ylabel="loss", title="from the classic start")
    ax.legend()
    plt.show()
reveal("fourth_step", [by_wolfe[3][0], fewer])

# %% [markdown]
# <details><summary>What came out</summary>
#
# *Both curves coincide for three steps. Armijo's then runs nearly level for some 640 steps, and drops only at the end; the other one falls all the way, and arrives after 35.*
#
# The fourth step is doubled eight times, to $t = 256$, and its pair brings the curvature of the place where the walk now is. 61 evaluations instead of 699. Of a hundred starts nearby, Armijo is caught in that way from a few (0 to 4, over five draws of a hundred), and then it needs some 700; weak Wolfe never needs more than 75. In 100 parameters the two searches cost the same.
#
# SciPy and PyTorch search for the *strong* condition, which also forbids ends on a steep slope upward. They interpolate rather than bisect; SciPy needs 45 evaluations from the classic start.
#
# </details>

# %% [markdown]
# ## Full batch, deterministic mode
#
# > "Usually works very well in full batch, deterministic mode"
#
# The digits, 1000 images, a 64-50-10 tanh network, and the *whole* training set in every evaluation. A pass is one evaluation of loss and gradient on all of it, or 20 mini-batches of 50. Of Adam on the full batch you see two rates: of the seven between 0.01 and 0.2 that we tried, 0.05 is the best after 20 passes and 0.03 after 50. On mini-batches, of five rates, it is 0.02.
#
# **Predict:** who is ahead after 5 passes, after 20, after 50: L for L-BFGS, F for Adam on the full batch, or M for Adam on mini-batches?

# %%
guess("who_is_ahead", ...)  # three letters, such as ["L", "F", "M"]

# %%
needs("lbfgs")
PASSES = 200


def full_lbfgs(seed, search=armijo):
    """The lowest loss seen so far, after each pass."""
    on, x = digits_network(seed)
    f = Remembered(on(*everything))
    lbfgs(f, x, steps=PASSES, search=search)
    best = np.minimum.accumulate(f.losses)[:PASSES]
    return np.append(best, np.full(PASSES - len(best), best[-1]))


def full_adam(seed, rate):
    on, x = digits_network(seed)
    f = Remembered(on(*everything))
    minimize(f, x, adam, {"learning_rate": rate}, steps=PASSES)
    return np.minimum.accumulate(f.losses)


def batch_adam(seed, rate=0.02, passes=50):
    """The loss on all training digits after each pass."""
    on, x = digits_network(seed)
    rng, config, losses = np.random.default_rng(seed), {"learning_rate": rate}, []
    for step in range(20 * passes):
        _, g = on(*sample_batch(*everything, 50, rng))(x)
        x, config = adam(x, g, config)
        if step % 20 == 19:
            losses.append(on(*everything)(x)[0])
    return np.minimum.accumulate(losses)


by_method = {
    "L-BFGS": np.array([full_lbfgs(seed) for seed in range(5)]),
    "Adam, full batch, 0.03": np.array([full_adam(seed, 0.03) for seed in range(5)]),
    "Adam, full batch, 0.05": np.array([full_adam(seed, 0.05) for seed in range(5)]),
    "Adam, batches of 50, 0.02": np.array([batch_adam(seed) for seed in range(5)]),
}

# %%
needs("lbfgs")
with style((9, 4.2)):
    _, ax = plt.subplots()
    labels = {"xlabel": "passes over the data", "ylabel": "training loss, lowest so far"}
    for i, (name, runs) in enumerate(by_method.items()):
        passes = np.arange(1, runs.shape[1] + 1)
        look = {"color": PALETTE[i], "linestyle": DASHES[i]}
        curves(ax, passes, {name: runs.mean(axis=0)}, **labels, log=True, **look)
        ax.fill_between(passes, runs.min(axis=0), runs.max(axis=0), color=PALETTE[i], alpha=0.2)
    ax.set(xscale="log", title="digits, mean and range of 5 runs")
    plt.show()
print(f"{'passes':28s}" + "".join(f"{p:9d}" for p in (5, 20, 50, 200)))
for name, runs in by_method.items():
    row = [p for p in (5, 20, 50, 200) if p <= runs.shape[1]]
    print(f"{name:28s}" + "".join(f"{runs[:, p - 1].mean():9.4f}" for p in row))
ahead = {}
for p in (5, 20, 50):
    losses = [runs[:, p - 1].mean() for runs in by_method.values()]
    ahead[f"after {p} passes"] = "LFFM"[np.argmin(losses)]
reveal("who_is_ahead", ahead)

# %% [markdown]
# <details><summary>What came out</summary>
#
# *Four falling curves with narrow bands, on logarithmic axes. Mini-batch Adam is the lowest by far in the first passes. L-BFGS has a slow start, crosses both curves of full-batch Adam before pass 15 and that of mini-batch Adam near pass 30, and is the lowest from there on.*
#
# On the full batch L-BFGS beats Adam, in every run: after 20 passes its loss is about half of Adam's at its best rate (0.026 against 0.049), and so it is after 50 (0.018 against 0.032). The slide is right. And there was no rate to tune. The Newton steps by conjugate gradients, further up, were between 0.03 and 0.2 after 50 passes: exact curvature costs more than it brings here. (The weak-Wolfe search changes next to nothing here.)
#
# But look at the dotted curve. Mini-batch Adam takes 20 steps in each pass, and for the first ten passes nothing comes near it. With a thousand images you can afford 50 passes; with a million, you may not want to. So who is better "per pass" depends on how many you take. (In the first ten, even full-batch Adam is ahead if its rate is high enough, 0.1 say, which it pays for later. And all of this is *training* loss: from pass 20 to pass 200 the validation accuracy of L-BFGS gains a point at most, on average.)
#
# </details>

# %% [markdown]
# ## The mini-batch setting
#
# > "Does not transfer very well to mini-batch setting. Gives bad results."
#
# The obvious way to try it: draw a batch in each step, and let $y$ be the change of the gradient from the last batch to this one. Why is that a bad idea?
#
# - **A** Ten pairs need too much memory for each batch.
# - **B** The gradient is noisy, and any noise in $g$ makes a descent method diverge.
# - **C** $y$ gets smaller and smaller as the steps do.
# - **D** $y$ is the true change *plus* the difference between two batches, which does not shrink with the step.

# %% solution="q_noisy_pairs"
q_noisy_pairs = ...  # "A", "B", "C" or "D"
### BEGIN SOLUTION
q_noisy_pairs = "D"
### END SOLUTION

# %% check="q_noisy_pairs"
check("q_noisy_pairs")

# %% [markdown]
# Measure it. At a point on the way (ten steps of L-BFGS from the start), take a step of some length downhill. How much of $y$ is noise, if the two gradients come from two batches of 50? **Predict:** how many times larger than the true $y$ is the noise, for a step of length 1 and for one of length 0.001?

# %%
guess("noise_in_y", ...)  # two ratios, such as [0.1, 10]

# %%
needs("lbfgs")


def noise_in_y(seed, length, draws=20):
    """(noise in y over its true size, share of draws with y·s <= 0)."""
    on, x = digits_network(seed)
    f, rng = on(*everything), np.random.default_rng(seed)
    x, _ = lbfgs(f, x, steps=10)
    g = f(x)[1]
    s = -length * g / np.linalg.norm(g)
    true = f(x + s)[1] - g
    sizes, failures = [], 0
    for _ in range(draws):
        here, there = (on(*sample_batch(*everything, 50, rng)) for _ in range(2))
        y = there(x + s)[1] - here(x)[1]
        sizes.append(np.linalg.norm(y - true) / np.linalg.norm(true))
        failures += y @ s <= 0
    return np.mean(sizes), failures / draws


lengths = (1.0, 0.1, 0.01, 0.001)
noise_table = {r: np.mean([noise_in_y(seed, r) for seed in range(5)], axis=0) for r in lengths}
for length, (ratio, failed) in noise_table.items():
    print(f"step of length {length:5g}: noise is {ratio:6.0f} times the true y;", end=" ")
    print(f"y·s <= 0 in {failed:.0%} of the draws")
reveal("noise_in_y", {f"length {length:g}": noise_table[length][0] for length in (1.0, 0.001)})

# %% [markdown]
# <details><summary>What came out</summary>
#
# Make a short step ten times shorter, and there is ten times more noise in $y$; for short steps the sign of $y^\top s$ is a coin toss. What L-BFGS takes for curvature is the difference between two batches. The pairs that pass, because chance made their $y^\top s$ small and positive, are the worst: $1/y^\top s$ is huge, and so is the step.
#
# </details>
#
# Here is the naive way, with the natural step $t = 1$; and a more careful one, in which *both* gradients of a pair, and the line search, use the same batch. **Predict:** the loss starts at 2.3. How high does it get on the way, in the median of five naive runs? And does the careful way end below Adam?

# %%
guess("naive_and_careful", ...)  # a loss, and "yes" or "no", such as [2.3, "yes"]

# %%
needs("lbfgs_direction", "backtracking", "lbfgs")


def batch_lbfgs(seed, careful, passes=20, m=10):
    """The loss on all training digits after every tenth step."""
    on, x = digits_network(seed)
    rng, S, Y, losses, before = np.random.default_rng(seed), [], [], [], None
    for step in range(20 * passes):
        f = on(*sample_batch(*everything, 50, rng))
        g = f(x)[1]
        if before and not careful:
            s, y = x - before[0], g - before[1]
            if y @ s > 0:
                S, Y = [*S, s][-m:], [*Y, y][-m:]
        before = x, g
        d = lbfgs_direction(g, S, Y)
        t = armijo(f, x, d, g) if careful else 1.0
        x = x + t * d
        if careful:
            s, y = t * d, f(x)[1] - g
            if y @ s > 0:
                S, Y = [*S, s][-m:], [*Y, y][-m:]
        if step % 10 == 9:
            losses.append(on(*everything)(x)[0])
    return np.array(losses)


naive, careful = (np.array([batch_lbfgs(seed, way) for seed in range(5)]) for way in (False, True))
with_adam = np.array([batch_adam(seed, passes=20) for seed in range(5)])

# %%
needs("lbfgs_direction", "backtracking", "lbfgs")
with style((9, 4.2)):
    _, ax = plt.subplots()
    half = np.arange(1, 41) / 2
    runs_of = {"L-BFGS, naive": naive, "L-BFGS, same batch and line search": careful}
    for i, (name, runs) in enumerate(runs_of.items()):
        look = {"color": PALETTE[1 - i], "linestyle": ["--", "-"][i]}
        ax.plot(half, runs.T, linewidth=1, **look)
        ax.plot([], [], label=name, **look)
    look = {"color": PALETTE[2], "linestyle": ":", "label": "Adam, 0.02 (mean)"}
    ax.plot(np.arange(1, 21), with_adam.mean(axis=0), **look)
    labels = {"xlabel": "passes (20 batches of 50)", "ylabel": "loss on all training digits"}
    ax.set(yscale="log", title="mini-batches, 5 runs each", **labels)
    ax.legend(loc="upper left", bbox_to_anchor=(1.01, 1))
    plt.show()
print("naive:   highest loss on the way", "  ".join(f"{peak:.0f}" for peak in naive.max(axis=1)))
print("careful: loss at the end        ", "  ".join(f"{end:.3f}" for end in careful[:, -1]))
print("Adam:    loss at the end        ", "  ".join(f"{end:.3f}" for end in with_adam[:, -1]))
ahead = (careful[:, -1] < with_adam[:, -1]).sum()
peak = float(np.median(naive.max(axis=1)))
ends = f"in {ahead} of 5 runs"
reveal("naive_and_careful", {"naive, highest loss": peak, "careful, ends below Adam": ends})

# %% [markdown]
# <details><summary>What came out</summary>
#
# *Naive: wild curves that jump up by orders of magnitude, come partly back, and jump again. Careful: five jittering curves that fall below 0.1 quickly and then go no further. Adam's curve falls below them and stays smooth.*
#
# "Bad results" is right. The naive way begins at a loss of 2.3, soon gets below 1, and then some pair throws it far out: most runs reach hundreds or thousands, some of them millions, and the luckiest of fourteen that we made 6.6. Where it happens to be at the end is chance. With the same batch for both gradients it does not diverge, but it stays above Adam in each run, at more than twice the work (a line search, and one more gradient, for each step): each step solves a problem of 50 images, and the next batch poses another one.
#
# This is what the lecture's last line means: *"don't forget to disable all sources of noise"*. A mini-batch is one. Dropout is one, random crops are another, batch normalisation over mini-batches a third: anything that makes `f(x)` something else when you ask again.
#
# </details>
#
# **Question 3** (2 points, in your own words). Your colleague wants to train a network with dropout, on mini-batches, by L-BFGS, "because it has no learning rate". What will happen, and why? Use $s$ and $y$.

# %% [markdown] question="why_minibatch_lbfgs_fails" points=2
# ### BEGIN SOLUTION
# **Model answer.** The loss will jump, or at best stall well above what Adam reaches. L-BFGS takes $y = g_{new} - g$ for the effect of the step $s$ on the gradient. With another batch or another dropout mask at the two ends, $y$ holds the difference between two random losses as well, and this does not shrink when $s$ does: for short steps $y$ is nearly all noise. Then $y^\top s$ has a random sign (pairs are skipped), and where it is positive by chance and small, $1/y^\top s$ makes a huge step in a random direction. A line search compares losses of different functions, so it cannot protect. Remedy: full (or very large) batches, no dropout, the same data and masks at both ends; or Adam.
#
# **Rubric.** 1 point: $y$ contains the difference of two batches/masks, which does not get smaller with $s$. 1 point: a consequence (wrong or negative $y^\top s$, huge steps, divergence or a loss above Adam's) and that the remedy is to remove the noise or another method.
# ### END SOLUTION

# %% [markdown]
# ## In practice
#
# > "Adam is a good default choice in most cases. If you can afford to do full batch updates then try out L-BFGS."
#
# You have measured both halves of this advice:
#
# | | batches of 50 | full batch |
# |---|---|---|
# | **Adam** | ahead of all for the first 20 passes, 0.022 then | 0.049 after 20, 0.032 after 50 |
# | **L-BFGS** | thrown far out; with care it survives, above Adam | 0.026 after 20; the lowest after 50, with 0.018 |
#
# ## What to take home
#
# - To second order a loss is a quadratic. Newton's step goes to its critical point: no learning rate, no trouble with condition numbers, but blind to the difference between a minimum and a saddle. **Damping** makes the step lead downhill, and a line search keeps it from going too far.
# - The Hessian has $n^2$ elements, and solving takes $n^3$ operations: 3,725 GiB, and months, for a million parameters. **Products $Hv$ cost two gradients**, and conjugate gradients need nothing else.
# - A pair $(s, y)$ tells about curvature for the price of a gradient. BFGS asks that $\hat H^{-1}y = s$; **pairs with $y^\top s \le 0$ are skipped**. L-BFGS keeps the last few, and needs two loops and no matrix.
# - Test such code against the dense product. Wrong versions of it train networks just as well.
# - A step can be too short as well as too long. Wolfe's second condition forbids it, and then no pair is skipped.
# - L-BFGS wants one deterministic function. Noise does not shrink with the step, so it drowns $y$.

# %% [markdown]
# ## Since then
#
# *(Written in 2026. None of this is graded.)*
#
# - **Gauss–Newton.** For networks, $H$ is often replaced by $J^\top H_{out} J$: $J$ holds the derivatives of the scores, $H_{out}$ the curvature of the loss in the scores. It is never indefinite, so conjugate gradients never stop early. Martens ([2010](https://www.cs.toronto.edu/~jmartens/docs/Deep_HessianFree.pdf)) trained deep autoencoders with its products. Later work reached the same with momentum and a careful start (Sutskever et al., [2013](https://proceedings.mlr.press/v28/sutskever13.html)).
# - **One small matrix per side.** The gradient of a layer is a matrix $G$. K-FAC (Martens and Grosse, [2015](https://arxiv.org/abs/1503.05671)) approximates Gauss–Newton's block of a layer by a product of two small matrices, one for its inputs, one for its outputs. Shampoo (Gupta et al., [2018](https://arxiv.org/abs/1802.09568)) builds two from gradients alone: with $L = \sum G G^\top$ and $R = \sum G^\top G$ the step is $L^{-1/4}\, G\, R^{-1/4}$. Averages over many batches take the place of the pair $(s, y)$, so mini-batch noise does little harm. In the AlgoPerf competition (Kasimbeg et al., [2025](https://arxiv.org/abs/2502.15015)) Shampoo won the track for tuned methods.
# - **Muon** (Jordan et al., [2024](https://kellerjordan.github.io/posts/muon/)) forgets the sums: take one $G$ (smoothed by momentum), and set all its singular values to 1. The cell below shows that this *is* Shampoo's step with a memory of one. It has trained large language models (Liu et al., [2025](https://arxiv.org/abs/2502.16982)). Against AdamW tuned as carefully, the best such methods were 1.4 times as fast with 0.1 billion parameters, and 1.1 times with 1.2 billion (Wen et al., [2025](https://arxiv.org/abs/2509.02046)).
# - **L-BFGS** is at home where functions are deterministic: fitting statistical models, physics-informed networks (often after a start with Adam), style transfer.

# %%
def power(M, exponent):
    """A symmetric matrix with positive eigenvalues, to a power."""
    values, vectors = np.linalg.eigh(M)
    return vectors @ np.diag(values**exponent) @ vectors.T


G = np.random.default_rng(0).normal(size=(5, 5))
shampoo = power(G @ G.T, -0.25) @ G @ power(G.T @ G, -0.25)
left_vectors, sizes, right_vectors = np.linalg.svd(G)
print("singular values of G:             ", sizes.round(2))
print("of Shampoo's step with one G:     ", np.linalg.svd(shampoo)[1].round(6))
muon = left_vectors @ right_vectors
print(f"largest difference from Muon's step {np.abs(shampoo - muon).max():.0e}")

# %% [markdown]
# **Further reading:** Nocedal and Wright, *Numerical Optimization*, 2nd edition (2006), chapters 3, 5, 6 and 7 · Bottou, Curtis and Nocedal, [Optimization Methods for Large-Scale Machine Learning](https://arxiv.org/abs/1606.04838) (2018), section 6 · Martens, [New Insights and Perspectives on the Natural Gradient Method](https://arxiv.org/abs/1412.1193) (2020).
#
# Your points so far:

# %%
progress("08_second_order")
