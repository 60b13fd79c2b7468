# %% [markdown]
# # 08 · Second-order methods
#
# Every rule of notebook 05 looks at the slope and guesses how far to go. The curvature would tell. Here you build the method that asks for it (Newton's), find out what it costs, and then the one that gets nearly all of it for next to nothing: L-BFGS, which on a full batch leaves Adam behind, and on mini-batches falls to pieces. You will see both, and why.
#
# **You will learn**
# - how a loss looks to second order, and why Newton's step needs no learning rate,
# - what goes wrong where the curvature is negative, and two ways to handle it,
# - how BFGS learns the curvature from gradients alone, and how L-BFGS multiplies by a matrix that it never forms,
# - when the lecture's advice "try out L-BFGS" holds, and how noise breaks it.
#
# **Slides:** "Second order optimization methods", "L-BFGS", "In practice". **Time:** three hours. **Points:** {{points}}.
#
# How it goes: *predict*, *write*, *check*, *look*. Wherever it says **Predict**, do so before you run the cell; a wrong prediction teaches more than a right one. Hints come in three steps; open as few as you can.

# %% locked="setup"
import time

import matplotlib.pyplot as plt
import numpy as np

from autograder.check import check, needs, progress
from cs231n_lib.data import load_digits, sample_batch
from cs231n_lib.network import Network
from cs231n_lib.optim import adam, sgd
from cs231n_lib.plotting import PALETTE, curves, style, trajectories
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

# %% [markdown]
# ## The loss to second order
#
# At a point $\theta_0$ you know the loss $J(\theta_0)$ and its gradient $g$. Suppose that you also know the *Hessian* $H$, the symmetric matrix of all second derivatives, $H_{ij} = \partial^2 J / \partial\theta_i\,\partial\theta_j$. Then for a displacement $d = \theta - \theta_0$
#
# $$J(\theta_0 + d) \;\approx\; J(\theta_0) + d^\top g + \tfrac12\, d^\top H\, d$$
#
# Write it. To draw the model as a surface we need it for a whole grid of displacements at once, so `d` may have any number of axes in front of its last one.
#
# <details><summary>Hint 1</summary>
#
# Write it for a single `d` of shape $(n,)$ first. Each of the two terms is one number.
#
# </details>
# <details><summary>Hint 2: many at once</summary>
#
# `d @ g` works for many displacements as it stands, and so does `d @ H`: the product runs over the last axis of `d`. Only the last product, with `d` again, must not mix one displacement with another.
#
# </details>
# <details><summary>Hint 3: nearly there</summary>
#
# Multiply `d @ H` by `d` element by element, and sum over the last axis. Do not forget what stands in front of it.
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
# How good is the model? Take Rosenbrock's curved valley at $(-1, 0.6)$. **Predict:** when you halve the length of $d$, by which factor does the error of the linear model shrink, and by which that of the quadratic one?
#
# (`hessian` measures $H$ by centred differences of the gradient, as notebook 00 measured gradients.)

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
with style((11, 4)):
    figure, (left, right) = plt.subplots(1, 2)
    model_minimum = spot - np.linalg.solve(H, g)
    trajectories(left, lambda p: taylor2(f0, g, H, p - spot), {"point": spot[None]}, view=view, minimum=tuple(model_minimum), title="the quadratic model")
    across, up = np.meshgrid(np.linspace(*view[:2], 150), np.linspace(*view[2:], 150))
    true_loss = rosenbrock(np.stack([across, up], axis=-1))
    left.contour(across, up, true_loss, levels=[2, 10, 40, 100], colors=PALETTE[1], linewidths=0.9, linestyles="--")
    curves(right, lengths, model_errors, xlabel="length of d", ylabel="error of the model", log=True, title="how far one can trust it", marker="o")
    right.set(xscale="log")
    plt.show()
error_orders = {name: np.polyfit(np.log(lengths[3:]), np.log(errors[3:]), 1)[0] for name, errors in model_errors.items()}
for name, order in error_orders.items():
    print(f"the {name} model's error goes with length to the power {order:.2f}")

# %% [markdown]
# *Left: thin solid lines are the contours of the model, ellipses around its minimum (star); dashed orange lines are those of the true loss, which bend away along the curved valley. Near the point the two agree. Right: on logarithmic axes both errors fall along straight lines, the quadratic model's more steeply.*
#
# The linear model is wrong by a term with $r^2$: half the length, a quarter of the error. The quadratic one is wrong by a term with $r^3$: an eighth. And the quadratic one has something that no linear model has: a minimum. Why not go there at once?

# %% [markdown]
# ## Newton's step
#
# Where is the slope of the model zero? Its derivative with respect to $d$ is $g + H d$, so
#
# $$H\,d = -g, \qquad \theta^* = \theta_0 - H^{-1} g$$
#
# **Predict:** the loss is the turned valley of notebook 05, a quadratic with condition number 100. SGD needs some 330 steps to come within 0.001 of the minimum. How many does Newton's method need?
#
# - **A** one
# - **B** two, one for each direction
# - **C** about as many as the condition number says
# - **D** that depends on where you start

# %% solution="q_newton_steps"
q_newton_steps = ...  # "A", "B", "C" or "D"
### BEGIN SOLUTION
q_newton_steps = "A"
### END SOLUTION

# %% check="q_newton_steps"
check("q_newton_steps")

# %% [markdown]
# Now a trap. The slide says "solving for the *critical point*": a minimum is one, but so is a maximum, and so is a saddle. **Predict:** on the saddle $\tfrac12(x^2 - y^2)$, with $g = (x, -y)$, you stand at $(-1,\ 0.001)$. The loss falls forever along $y$. Where does Newton's step lead?
#
# - **A** a little way down, along $y$
# - **B** far out along $x$
# - **C** exactly onto the saddle point
# - **D** nowhere: H is not invertible

# %% solution="q_newton_on_saddle"
q_newton_on_saddle = ...  # "A", "B", "C" or "D"
### BEGIN SOLUTION
q_newton_on_saddle = "C"
### END SOLUTION

# %% check="q_newton_on_saddle"
check("q_newton_on_saddle")

# %% [markdown]
# The eigenvalues of $H$ are the curvatures along its eigenvectors. Where one is negative ($H$ is *indefinite*), Newton's step walks **up** in that direction, to the top of the ridge. The remedy is called *damping*: add a number $\lambda$ to the whole diagonal, which adds it to every eigenvalue,
#
# $$(H + \lambda I)\, d = -g,$$
#
# with $\lambda$ just large enough that the smallest eigenvalue becomes `least`, a small positive number. If it is at least that already, $\lambda = 0$, and the step is Newton's. With a positive definite matrix, $g^\top d = -g^\top (H + \lambda I)^{-1} g < 0$: the step leads downhill. (The larger $\lambda$, the more it resembles a small step of gradient descent: $d \approx -g/\lambda$.)
#
# **Predict, then play.** Four methods in three landscapes: gradient descent (at a rate that suits each: 0.018, 0.001 and 0.1); Newton's step as the slide has it; the same damped, and shortened where the loss would rise; and L-BFGS, the last thing that you will build. Answer the question above the drawings in writing. Then choose a method, press Play, and look at all four drawings before you choose the next.

# %%
from cs231n_lib.play import play

play("newton_steps")

# %% [markdown]
# Newton's step needs no rate, but it trusts its model blindly. In Rosenbrock's valley the second step leads from a loss of 4 to one of 960, and on the saddle the first one ends where there is no slope to follow. Damping mends the one. Shorter steps mend the other, for a price: 20 steps to the minimum, not 6.
#
# The formula on the slide has an inverse in it. Nobody computes one: to *solve* the equations is three times cheaper, and where $H$ is nearly singular it keeps the digits that the inverse loses.
#
# <details><summary>Hint 1: the equations</summary>
#
# `np.linalg.solve(A, b)` gives the $x$ with $A x = b$. Which sign has $b$ here?
#
# </details>
# <details><summary>Hint 2: the eigenvalues</summary>
#
# `np.linalg.eigvalsh` gives the eigenvalues of a symmetric matrix in rising order. How far is the first one below `least`? If it is not, nothing is added.
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
# One step of Newton against 100 of SGD. And then the same once more with the *loss* multiplied by 1000, which moves no minimum: it only changes the units in which you measure it.

# %%
needs("newton_step")
turned, one_against_hundred = valley(condition=100, angle=0.5), {}
start = np.array(turned.start)


def in_other_units(scale):
    return lambda x: (scale * turned(x), scale * turned.gradient(x))


for scale in (1, 1000):
    f = in_other_units(scale)
    newton = start + newton_step(f(start)[1], hessian(gradient_of(f), start))
    path = minimize(f, start, sgd, {"learning_rate": 0.018}, steps=100)
    one_against_hundred[scale] = (np.hypot(*path[-1]), np.hypot(*newton))
    if scale == 1:
        with style((8, 4)):
            _, ax = plt.subplots()
            trajectories(ax, turned, {"SGD, 100 steps": path, "Newton, 1 step": np.stack([start, newton])}, title="one step against a hundred")
            plt.show()
for scale, (by_sgd, by_newton) in one_against_hundred.items():
    left_over = f"{by_sgd:.2f}" if np.isfinite(by_sgd) else "none: it has exploded"
    print(f"loss times {scale}: distance from the minimum after Newton's step {by_newton:.0e}, after SGD's hundred {left_over}")

# %% [markdown]
# *SGD zig-zags along the valley, and is still some way off after 100 steps. Newton's line goes straight to the star, across the contours.*
#
# Newton's step is exact but for the error of the measured $H$; SGD has 0.16 left to go. With the loss in other units, SGD at the same rate explodes, since its rate has the wrong units now; Newton's step does not change, because $g$ and $H$ grow by the same factor. There is no rate to tune.
#
# Most losses are no quadratics, so one step is not the end. Here is Rosenbrock's valley from its classic start:

# %%
needs("newton_step")
x, newton_losses, newton_distances = np.array([-1.2, 1.0]), [], []
for step in range(8):
    newton_losses.append(float(rosenbrock(x)))
    newton_distances.append(np.abs(x - 1).max())
    print(f"after {step} steps: loss {newton_losses[-1]:9.2e}, distance from the minimum {newton_distances[-1]:.1e}")
    x = x + newton_step(rosenbrock.gradient(x), hessian(rosenbrock.gradient, x))

# %% [markdown]
# Seven steps to machine precision, where SGD needs thousands. Look at both ends of this table. At the end the number of right digits about *doubles* with each step (0.06, 0.000009, then $10^{-11}$: that is *quadratic convergence*). But on the way the loss rises from 4.7 to 1400: the model was trusted far beyond where it is true. Newton's step tells you where to go, if the model is right; whether to go all the way is another question, and the line search below answers it.
#
# ### On the saddle, and in a network
#
# First the saddle, with and without damping.

# %%
needs("newton_step")
walks = {}
for name in ("undamped", "damped"):
    x = np.array(saddle.start)
    walks[name] = [x]
    g, H = saddle.gradient(x), hessian(saddle.gradient, x)
    x = x + (newton_step(g, H) if name == "damped" else np.linalg.solve(H, -g))
    walks[name].append(x)
walks = {name: np.array(path) for name, path in walks.items()}
with style((8, 3.6)):
    _, ax = plt.subplots()
    trajectories(ax, saddle, walks, view=(-1.2, 0.6, -0.4, 1.3), title="one step from (-1, 0.001)")
    plt.show()
for name, path in walks.items():
    x, y = np.round(path[1], 6) + 0.0  # no -0.00
    print(f"{name}: after one step at x = {x:.2f}, y = {y:.2f}; loss {float(saddle(path[0])):.2f} → {float(saddle(path[1])):.2f}")

# %% [markdown]
# *The undamped step runs along the ridge into the saddle point at (0, 0). The damped one leaves the ridge sideways, and downhill.*
#
# The undamped step has found its critical point, and the gradient is zero there: no later step will get it away. The damped one is 1.0 away from the ridge at once, though the slope in that direction was a thousandth.
#
# Are there indefinite Hessians in real life? Take a small network, 64-3-10, so that its Hessian is small enough to be computed ($235 \times 235$), fresh from its initialisation, with 200 digits. **Predict:** how many of the 235 eigenvalues are negative?

# %%
needs("newton_step")
few = digits.X_train[:200], digits.y_train[:200]


def small_network(seed):
    """Loss and gradient of a fresh 64-3-10 network on 200 digits, and its parameters."""
    network = Network([64, 3, 10], activation="tanh", init="xavier", reg=1e-4, rng=np.random.default_rng(seed))

    def f(x):
        network.x = x
        return network.loss_and_gradient(*few)

    return f, network.x.copy()


first_steps = []
for seed in range(5):
    f, x = small_network(seed)
    loss, g = f(x)
    H = hessian(gradient_of(f), x)
    curvatures = np.linalg.eigvalsh(H)
    undamped, damped = np.linalg.solve(H, -g), newton_step(g, H, least=0.1)
    first_steps.append(((curvatures < 0).sum(), loss, f(x + undamped)[0], f(x + damped)[0]))
    print("net {}: {} of 235 curvatures are negative; loss {:.2f}, after an undamped step {:.2f}, after a damped one {:.2f}".format(seed, *first_steps[-1]))
with style((7.5, 3.4)):
    _, ax = plt.subplots()
    ax.hist(curvatures, bins=60, color=PALETTE[0])
    ax.set(xlabel="curvature (eigenvalue of H)", ylabel="directions", yscale="log", title="the last of these networks: curvatures of its loss")
    ax.axvline(0, color=PALETTE[1])
    plt.show()

# %% [markdown]
# *A histogram with a tall peak at 0 and thin tails on both sides, to about −0.2 on the left and +0.6 on the right (logarithmic heights).*
#
# About one direction in six curves downward, and a tall heap is nearly flat. So the undamped step goes to a critical point that nobody wants: the loss falls by 0.1 at most, or rises. With damping it falls from 2.3–2.4 to 1.7–2.1, in all five nets (and in five others). Here `least` is 0.1. With $10^{-3}$ the step is a hundred times longer in the direction of the smallest eigenvalue, and the loss goes *up*, to 5 and more in each of ten nets: the model is not true that far out. So there *is* a knob to turn again.
#
# **Question 1** (2 points, in your own words; the slide's "Q: what is nice about this update?"). What is nice about Newton's update, compared with those of notebook 05? Name two things, and the condition under which they hold.

# %% [markdown] question="what_is_nice_about_newton" points=2
# ### BEGIN SOLUTION
# **Model answer.** It has no hyperparameters: no learning rate, because the curvature says how far to go in each direction. And it is indifferent to the units and to the condition number: a long valley is no harder than a bowl, a quadratic is solved in one step from anywhere, and near a minimum the number of right digits doubles with each step. All of this holds where the quadratic model is a good one and $H$ is positive definite: near a minimum. (Far from one, the step may be much too long, or lead to a saddle, and damping or a line search brings parameters back.)
#
# **Rubric.** 1 point for two of: no learning rate (no hyperparameters); one step solves a quadratic; indifferent to condition number / scale / turned axes; quadratic convergence (half a point each). 1 point for the condition: positive definite Hessian, or a point so near the minimum that the quadratic model holds.
# ### END SOLUTION

# %% [markdown]
# ## What it costs
#
# A network with a million parameters is a small one. Its gradient has a million elements, four megabytes in float32. **How many GiB** (of $1024^3$ bytes) has its Hessian, in float32? Compute it; a whole number will do.

# %% solution="q_hessian_memory"
q_hessian_memory = ...  # GiB, a number
### BEGIN SOLUTION
q_hessian_memory = 1e6**2 * 4 / 1024**3
### END SOLUTION

# %% check="q_hessian_memory"
check("q_hessian_memory")

# %% [markdown]
# And if you had that memory: the time to solve the equations goes with $n^3$. Measure it, and extrapolate. (The median of a few runs each; your machine will give other numbers than ours.)

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
million = seconds[-1] * (1e6 / sizes[-1]) ** 3
with style((7.5, 3.8)):
    _, ax = plt.subplots()
    cube = seconds[-1] * (sizes / sizes[-1]) ** 3.0
    curves(ax, sizes, {"np.linalg.solve": seconds, "n³, through the last point": cube}, xlabel="number of parameters n", ylabel="seconds", log=True, title="one Newton step, H given", marker="o")
    ax.set(xscale="log")
    plt.show()
print(f"n = {sizes[-1]}: {seconds[-1]:.3f} s; n = 1 000 000, by n³: {million / 86400:,.0f} days for one step")
print("memory of H in float32:")
for n in (1_000, 100_000, 1_000_000, 60_000_000):
    print(f"   {n:10,d} parameters: {4 * n**2 / 2**30:16,.3f} GiB")

# %% [markdown]
# *On logarithmic axes the measured times lie near a straight line of slope 3, which is what $n^3$ looks like.*
#
# On the machine on which this was written it took 0.13 s for 2000 parameters; that makes half a year for *one* step with a million, and 3,725 GiB for the matrix. With AlexNet's 60 million parameters it is 13 million GiB. And the solving comes on top of getting $H$: the way we measured it, that takes $2n$ gradients, 470 for our network of 235 parameters, and two million for a million.
#
# **Question 2** (2 points; the slide's "Q2: why is this impractical for training Deep Neural Nets?"). Give the two costs, each with its dependence on $n$ and one number; and say why a cheaper computer will not help.

# %% [markdown] question="why_newton_is_impractical" points=2
# ### BEGIN SOLUTION
# **Model answer.** The Hessian has $n^2$ elements: for a million parameters 3,725 GiB in float32 (also $n$ Hessian columns to compute, each as dear as a gradient or two). To invert it or to solve the equations takes $O(n^3)$ operations, in each step: extrapolated from small $n$, months for a single step at a million. With ten times the parameters the memory grows a hundredfold and the time a thousandfold, so faster machines only buy slightly larger networks. (Besides: with mini-batches H is noisy as well, and it is indefinite.)
#
# **Rubric.** 1 point: memory $O(n^2)$ with a right number for some $n$. 1 point: time $O(n^3)$ per step with a number (measured, extrapolated, or $10^{18}$ operations) and the growth as the reason why hardware does not help.
# ### END SOLUTION

# %% [markdown]
# ## BFGS: curvature for free
#
# You take a step $s = x_{new} - x$, and the gradient changes by $y = g_{new} - g$. That change *is* information about $H$: for a quadratic, $y = H s$. So whoever keeps an estimate $\hat H^{-1}$ of the inverse Hessian can demand of it
#
# $$\hat H^{-1} y = s,$$
#
# and get curvature without ever computing a second derivative. It is one equation for a whole matrix; of all symmetric matrices that fulfil it, BFGS takes the one that is closest to the old estimate:
#
# $$\hat H^{-1}_{new} = \left(I - \rho\, s\, y^\top\right) \hat H^{-1} \left(I - \rho\, y\, s^\top\right) + \rho\, s\, s^\top, \qquad \rho = \frac{1}{y^\top s}$$
#
# ($s\,y^\top$ is a column times a row: a matrix.) Multiply by $y$ from the right to see how it works: the right bracket gives $y - \rho\,y\,(s^\top y) = 0$, and the last term gives $s$.
#
# **Predict:** all is well as long as $y^\top s > 0$. What does it mean if $y^\top s < 0$?
#
# - **A** the step has made the loss larger
# - **B** along the step the loss curves downward, on average: the slope has become more negative
# - **C** the step was too long; a shorter one would have $y^\top s > 0$
# - **D** nothing but rounding errors

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
# First the question whether the pair is any good. What do you return if it is not (also for $y^\top s = 0$)?
#
# </details>
# <details><summary>Hint 2: which product?</summary>
#
# For vectors of shape $(n,)$, `y @ s` is a number, `s * y` a vector, and `np.outer(s, y)` the matrix $s\,y^\top$.
#
# </details>
# <details><summary>Hint 3: nearly there</summary>
#
# Make the left bracket as a matrix. The right one is its transpose. That costs two products of matrices, $O(n^3)$, and is all right here. (Who multiplies the brackets out and computes `Hinv @ y` first needs $O(n^2)$ only, as the slide says.)
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
# What does it learn, and how fast? A quadratic of 20 parameters with condition number 100. In each step we go along $-\hat H^{-1} g$, exactly as far as the loss falls (for a quadratic there is a formula for that), and update. **Predict:** after how many steps is $\hat H^{-1}$ the true inverse?

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
    curves(ax, None, learned, xlabel="step", ylabel="loss, error of the inverse", log=True, title="BFGS on a quadratic of 20 parameters", marker="o", markersize=4)
    plt.show()
print("rank of the change in the first ten updates:", ranks[:10])
print(f"error of the inverse after 20 updates: {inverse_errors[20]:.0e}")

# %% [markdown]
# *Both curves come down slowly at first. The error of the inverse falls off a cliff at step 20, from more than 0.1 to rounding; the loss as well.*
#
# After 20 steps, one for each parameter, BFGS knows the inverse Hessian exactly, and not one second derivative was computed. But it has done useful steps all along: that is why nobody waits for $n$ of them. (The slide speaks of "rank 1 updates". BFGS changes the estimate by a matrix of rank **two**, as you see; the rank-one update exists too, is called SR1, and does not keep the estimate positive definite.)
#
# And a pair that curves downward? Take two points on the ridge of the saddle:

# %%
needs("bfgs_update")
before, after = np.array([0.0, 0.1]), np.array([0.0, 0.4])
s, y = after - before, saddle.gradient(after) - saddle.gradient(before)
print(f"the loss fell from {float(saddle(before)):.3f} to {float(saddle(after)):.3f}, and y·s = {y @ s:.2f}")
print("the estimate afterwards:", bfgs_update(np.eye(2), s, y).tolist())

# %% [markdown]
# ## L-BFGS: and without the matrix
#
# BFGS still holds $n^2$ numbers. But look at what it is used for: only the product $\hat H^{-1} g$. And $\hat H^{-1}$ is made of pairs, so one can keep the pairs, only the last $m$ of them (ten, say), and multiply by what they stand for. L is for *limited memory*.
#
# Write $V = I - \rho\, y\, s^\top$. One update is $\hat H^{-1}_{new} = V^\top \hat H^{-1} V + \rho\, s\, s^\top$, so the product with a vector $q$ is
#
# $$\hat H^{-1}_{new}\, q \;=\; V^\top\, \hat H^{-1}\, (q - \alpha\, y) + \alpha\, s, \qquad \alpha = \rho\, s^\top q,$$
#
# and $V^\top r = r - \beta\, s$ with $\beta = \rho\, y^\top r$. Read it as a recipe: *on the way in*, take $\alpha y$ away from the vector; *on the way out*, add $(\alpha - \beta)\, s$. In the middle stands the next older estimate, with its own way in and out, and in the very middle a plain multiple of the identity, $\gamma I$ with
#
# $$\gamma = \frac{s^\top y}{y^\top y} \quad \text{of the newest pair,}$$
#
# a guess at the size of the inverse curvature. So there are two loops. You are given the pairs as two lists, `S` and `Y`, with the **oldest first**.
#
# <details><summary>Hint 1: the order</summary>
#
# The newest update is the outermost. Which pair do you meet first on the way in, and which on the way out?
#
# </details>
# <details><summary>Hint 2: what to keep</summary>
#
# The way out needs the α of each pair again, so put them into a list. In which order do they come, and in which are they needed? β needs no list: it is computed on the spot, from the vector as it is at that moment.
#
# </details>
# <details><summary>Hint 3: nearly there</summary>
#
# Begin with a *copy* of g (why?). First loop over the pairs, newest to oldest: α from s, ρ and the vector; take α·y away. Multiply by γ, if there are pairs at all. Second loop, oldest to newest: β from y, ρ and the vector; add (α − β)·s. What you have now is $\hat H^{-1} g$; the direction is minus that.
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
# This comparison is the only test that can be trusted. We tried: with both loops running the wrong way round, L-BFGS trains the network that you will see below *just as well* as the right one (loss 0.025 after 20 evaluations, the right one 0.026). With β forgotten, too. No loss curve on the digits would ever have told. In Rosenbrock's valley, in 100 parameters, the first of the two needs nearly five times the evaluations, and the second never arrives.

# %% [markdown]
# ## How far? Backtracking
#
# A quasi-Newton direction comes with a length, so the natural step is the whole of it, $t = 1$. Usually that is good; where it is not (you saw Newton's loss go to 1400), the step is halved until the loss has fallen *enough*. Enough means, by Armijo:
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
# Back to Newton in Rosenbrock's valley: with the line search in between. And a look at the step that went wrong.

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
with style((11, 3.8)):
    _, (left, right) = plt.subplots(1, 2)
    x1, d1, g1 = ray
    ts = np.linspace(0, 0.5, 200)
    along = {
        "the loss": [float(rosenbrock(x1 + t * d1)) for t in ts],
        "what c = 0.3 allows": float(rosenbrock(x1)) + 0.3 * ts * (g1 @ d1),
        "what c = 0.0001 allows": float(rosenbrock(x1)) + 1e-4 * ts * (g1 @ d1),
    }
    curves(left, ts, along, xlabel="t", ylabel="loss", title="along the second step")
    left.set(ylim=(2, 8))
    both = {"Newton": newton_losses, "with line search": [loss for loss, _ in searched]}
    for i, (name, losses) in enumerate(both.items()):
        right.plot(np.maximum(losses, 1e-18), "-o" if i else "--s", color=PALETTE[i], label=name, markersize=4)
    right.set(xlabel="step", ylabel="loss", yscale="log", title="Rosenbrock's valley")
    right.legend()
    plt.show()
print("steps taken:", [t for _, t in searched])

# %% [markdown]
# *Left: the loss along the second step falls, is lowest near t = 0.11, crosses the two lines of Armijo's condition and shoots up. Right: without the search the loss jumps to 1400 and then falls quickly; with it, it falls in every step, and arrives after more of them.*
#
# The second step is cut to $t = 0.125$, and the loss never rises. The price: 22 steps, not 7. A detour through a high place can be lucky; you cannot count on it. Near the minimum all steps have $t = 1$, so the quadratic convergence is kept.

# %% [markdown]
# ## L-BFGS as a whole
#
# Now put it together. `f` gives loss and gradient at once, `f(x) -> (loss, gradient)`, as a network does.
#
# 1. At $x$ with gradient $g$: stop if no element of $g$ is larger than `tolerance` (in size).
# 2. The direction from the pairs, the length from `backtracking`. If that is 0, stop: there is nothing left to gain.
# 3. The new point, its loss and gradient. Keep the pair, if it curves upward; never more than the last `m`.
#
# `backtracking` and you will ask `f` several times at one and the same point. Do not worry: in the experiments below, `f` is wrapped in `Remembered`, which keeps the last few answers and counts only real evaluations.
#
# <details><summary>Hint 1: what is a step?</summary>
#
# `d` is a direction; the step that was really taken is $s = t\,d$. And $y$ needs the gradients at *both* ends: keep the old one until it is computed.
#
# </details>
# <details><summary>Hint 2: f for backtracking</summary>
#
# `backtracking` wants a function that gives the loss only: `loss_of(f)`, from the first cell, is one.
#
# </details>
# <details><summary>Hint 3: nearly there</summary>
#
# Before the loop: a copy of `x0`, `loss, g = f(x)`, two empty lists, `losses = [loss]`. At the end of each round: append the pair at the *end* of the lists (if it curves upward), delete the first element of each if they are longer than `m`, move to the new x *and* the new g, and append the new loss.
#
# </details>

# %% solution="lbfgs"
def lbfgs(f, x0, m=10, steps=200, tolerance=1e-5):
    """Minimize f by L-BFGS: returns (x, losses), the losses at x0 and after each step.

    f: (n,) -> (loss, gradient), the same function in every call. x0: (n,), left as it is.
    m: how many pairs are kept. steps: how many are taken at most.
    tolerance: it ends where no element of the gradient is larger than this.
    """
    ### BEGIN SOLUTION
    x = x0.copy()
    loss, g = f(x)
    S, Y, losses = [], [], [loss]
    for _ in range(steps):
        if np.abs(g).max() <= tolerance:
            break
        d = lbfgs_direction(g, S, Y)
        t = backtracking(loss_of(f), x, d, g)
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
# The classic test: Rosenbrock's valley in 100 parameters. SciPy's L-BFGS-B, a famous code that half the world uses, needs about 620 evaluations from such starts (with ten pairs). **Predict:** how many does yours need, and what do more pairs gain?

# %%
needs("lbfgs")
winding = np.tile([-1.2, 1.0], 50) + 0.1 * np.random.default_rng(0).normal(size=100)
counts = {}
for m in (1, 3, 10, 30):
    f = Remembered(long_rosenbrock)
    x, losses = lbfgs(f, winding, m=m, steps=3000)
    counts[m] = f.evaluations
    print(f"m = {m:2d}: {f.evaluations:4d} evaluations, farthest parameter from the minimum {np.abs(x - 1).max():.0e}")

# %% [markdown]
# About 600 evaluations with ten pairs: no more than SciPy needs. A single pair already gets there, at not quite twice the price; beyond three, more of them change little.

# %% [markdown]
# ## Full batch, deterministic mode
#
# > "Usually works very well in full batch, deterministic mode"
#
# The digits, 1000 images, a 64-50-10 tanh network, and the *whole* training set in every evaluation. The unit of cost is a *pass* over the data: one evaluation of loss and gradient on all of it, or 20 mini-batches of 50. Of Adam on the full batch you see two rates: of the seven between 0.01 and 0.2 that we tried, 0.05 is the best after 20 passes and 0.03 after 50. On mini-batches, of five rates, it is 0.02. **Predict:** who is ahead after 5 passes, after 20, after 50?

# %%
needs("lbfgs")
PASSES = 200


def digits_network(seed):
    network = Network([64, 50, 10], activation="tanh", init="xavier", reg=1e-4, rng=np.random.default_rng(seed))

    def on(X, y):
        def f(x):
            network.x = x
            return network.loss_and_gradient(X, y)

        return f

    return on, network.x.copy()


def full_lbfgs(seed):
    """The lowest loss seen so far, after each pass."""
    on, x = digits_network(seed)
    f = Remembered(on(digits.X_train, digits.y_train))
    lbfgs(f, x, steps=PASSES)
    best = np.minimum.accumulate(f.losses)[:PASSES]
    return np.append(best, np.full(PASSES - len(best), best[-1]))


def full_adam(seed, rate):
    on, x = digits_network(seed)
    f = Remembered(on(digits.X_train, digits.y_train))
    minimize(f, x, adam, {"learning_rate": rate}, steps=PASSES)
    return np.minimum.accumulate(f.losses)


def batch_adam(seed, rate=0.02, passes=50):
    """The loss on all training digits after each pass."""
    on, x = digits_network(seed)
    rng, config, losses = np.random.default_rng(seed), {"learning_rate": rate}, []
    for step in range(20 * passes):
        _, g = on(*sample_batch(digits.X_train, digits.y_train, 50, rng))(x)
        x, config = adam(x, g, config)
        if step % 20 == 19:
            losses.append(on(digits.X_train, digits.y_train)(x)[0])
    return np.minimum.accumulate(losses)


by_method = {
    "L-BFGS": np.array([full_lbfgs(seed) for seed in range(5)]),
    "Adam, full batch, 0.03": np.array([full_adam(seed, 0.03) for seed in range(5)]),
    "Adam, full batch, 0.05": np.array([full_adam(seed, 0.05) for seed in range(5)]),
    "Adam, batches of 50, 0.02": np.array([batch_adam(seed) for seed in range(5)]),
}
with style((9, 4.2)):
    _, ax = plt.subplots()
    for i, (name, runs) in enumerate(by_method.items()):
        passes = np.arange(1, runs.shape[1] + 1)
        curves(ax, passes, {name: runs.mean(axis=0)}, xlabel="passes over the data", ylabel="training loss, lowest so far", log=True, color=PALETTE[i], linestyle=["-", "--", "-.", ":"][i])
        ax.fill_between(passes, runs.min(axis=0), runs.max(axis=0), color=PALETTE[i], alpha=0.2)
    ax.set(xscale="log", title="digits, mean and range of 5 runs")
    plt.show()
print(f"{'passes':28s}" + "".join(f"{p:9d}" for p in (5, 20, 50, 200)))
for name, runs in by_method.items():
    told = [f"{runs[:, p - 1].mean():9.4f}" if p <= runs.shape[1] else " " * 9 for p in (5, 20, 50, 200)]
    print(f"{name:28s}" + "".join(told))

# %% [markdown]
# *Four falling curves with narrow bands, on logarithmic axes. Mini-batch Adam is the lowest by far in the first passes. L-BFGS has a slow start, crosses both curves of full-batch Adam before pass 15 and that of mini-batch Adam near pass 30, and is the lowest from there on.*
#
# On the full batch L-BFGS beats Adam, in every run: after 20 passes its loss is about half of Adam's at its best rate (0.026 against 0.049), and so it is after 50 (0.018 against 0.032). The slide is right. And there was no rate to tune.
#
# But look at the dotted curve. Mini-batch Adam takes 20 steps in each pass, and for the first ten passes nothing comes near it. With a thousand images you can afford 50 passes; with a million, you may not want to. So who is better "per pass" depends on how many you take. (In the first ten, even full-batch Adam is ahead if its rate is high enough, 0.1 say, which it pays for later. And all of this is *training* loss, down to a precision for which no validation set will thank you.)

# %% [markdown]
# ## The mini-batch setting
#
# > "Does not transfer very well to mini-batch setting. Gives bad results."
#
# The obvious way to try it: draw a batch in each step, and let $y$ be the change of the gradient from the last batch to this one. **Predict:** why is that a bad idea?
#
# - **A** ten pairs need too much memory for each batch
# - **B** the gradient is noisy, and any noise in $g$ makes a descent method diverge
# - **C** $y$ gets smaller and smaller as the steps do
# - **D** $y$ is the true change *plus* the difference between two batches, which does not shrink with the step

# %% solution="q_noisy_pairs"
q_noisy_pairs = ...  # "A", "B", "C" or "D"
### BEGIN SOLUTION
q_noisy_pairs = "D"
### END SOLUTION

# %% check="q_noisy_pairs"
check("q_noisy_pairs")

# %% [markdown]
# Measure it: at a point on the way (ten steps of L-BFGS from the start), take a step of some length downhill. How much of $y$ is noise, if the two gradients come from two batches of 50?

# %%
needs("lbfgs")


def noise_in_y(seed, length, draws=20):
    """(noise in y over its true size, share of draws with y·s <= 0)."""
    on, x = digits_network(seed)
    everything, rng = on(digits.X_train, digits.y_train), np.random.default_rng(seed)
    x, _ = lbfgs(everything, x, steps=10)
    g = everything(x)[1]
    s = -length * g / np.linalg.norm(g)
    true = everything(x + s)[1] - g
    sizes, failures = [], 0
    for _ in range(draws):
        here, there = (on(*sample_batch(digits.X_train, digits.y_train, 50, rng)) for _ in range(2))
        y = there(x + s)[1] - here(x)[1]
        sizes.append(np.linalg.norm(y - true) / np.linalg.norm(true))
        failures += y @ s <= 0
    return np.mean(sizes), failures / draws


noise_table = {length: np.mean([noise_in_y(seed, length) for seed in range(5)], axis=0) for length in (1.0, 0.1, 0.01, 0.001)}
for length, (ratio, failed) in noise_table.items():
    print(f"step of length {length:5g}: noise is {ratio:6.0f} times the true y; y·s <= 0 in {failed:.0%} of the draws")

# %% [markdown]
# Ten times shorter a step, ten times more noise in $y$; and for short steps a coin decides over the sign of $y^\top s$. What L-BFGS takes for curvature is the difference between two batches. The pairs that pass, because chance made their $y^\top s$ small and positive, are the worst: $1/y^\top s$ is huge, and so is the step.
#
# Here is the naive way, with the natural step $t = 1$; and a more careful one, in which *both* gradients of a pair, and the line search, use the same batch.

# %%
needs("lbfgs_direction", "backtracking")


def batch_lbfgs(seed, careful, passes=20, m=10):
    """The loss on all training digits after every tenth step."""
    on, x = digits_network(seed)
    rng, S, Y, losses, before = np.random.default_rng(seed), [], [], [], None
    for step in range(20 * passes):
        f = on(*sample_batch(digits.X_train, digits.y_train, 50, rng))
        g = f(x)[1]
        if before and not careful:
            s, y = x - before[0], g - before[1]
            if y @ s > 0:
                S, Y = [*S, s][-m:], [*Y, y][-m:]
        before = x, g
        d = lbfgs_direction(g, S, Y)
        t = backtracking(loss_of(f), x, d, g) if careful else 1.0
        x = x + t * d
        if careful:
            s, y = t * d, f(x)[1] - g
            if y @ s > 0:
                S, Y = [*S, s][-m:], [*Y, y][-m:]
        if step % 10 == 9:
            losses.append(on(digits.X_train, digits.y_train)(x)[0])
    return np.array(losses)


naive, careful = (np.array([batch_lbfgs(seed, way) for seed in range(5)]) for way in (False, True))
with_adam = np.array([batch_adam(seed, passes=20) for seed in range(5)])
with style((9, 4.2)):
    _, ax = plt.subplots()
    half = np.arange(1, 41) / 2
    for i, (name, runs) in enumerate({"L-BFGS, naive": naive, "L-BFGS, same batch and line search": careful}.items()):
        ax.plot(half, runs.T, color=PALETTE[1 - i], linestyle=["--", "-"][i], linewidth=1)
        ax.plot([], [], color=PALETTE[1 - i], linestyle=["--", "-"][i], label=name)
    ax.plot(np.arange(1, 21), with_adam.mean(axis=0), color=PALETTE[2], linestyle=":", label="Adam, 0.02 (mean)")
    ax.set(yscale="log", xlabel="passes (20 batches of 50)", ylabel="loss on all training digits", title="mini-batches, 5 runs each")
    ax.legend(loc="upper left", bbox_to_anchor=(1.01, 1))
    plt.show()
print("naive:   highest loss on the way", "  ".join(f"{peak:.0f}" for peak in naive.max(axis=1)))
print("careful: loss at the end        ", "  ".join(f"{end:.3f}" for end in careful[:, -1]))
print("Adam:    loss at the end        ", "  ".join(f"{end:.3f}" for end in with_adam[:, -1]))

# %% [markdown]
# *Naive: wild curves that jump up by orders of magnitude, come partly back, and jump again. Careful: five jittering curves that fall below 0.1 quickly and then go no further. Adam's curve falls below them and stays smooth.*
#
# "Bad results" is well said. The naive way begins at a loss of 2.3, soon gets below 1, and then some pair throws it far out: most runs reach hundreds or thousands, some of them millions, and the luckiest of fourteen that we made 6.6. Where it happens to be at the end is chance. With the same batch for both gradients it does not diverge, but it stays above Adam in each run, at more than twice the work (a line search, and one more gradient, for each step): each step solves a problem of 50 images, and the next batch poses another one.
#
# This is what the lecture's last line means: *"don't forget to disable all sources of noise"*. A mini-batch is one. Dropout is one, random crops are another, batch normalisation in training mode a third: anything that makes `f(x)` something else when you ask again.
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
# Both halves of the advice have been measured now:
#
# | | batches of 50 | full batch |
# |---|---|---|
# | **Adam** | ahead of all for the first 20 passes, 0.022 then | 0.049 after 20, 0.032 after 50 |
# | **L-BFGS** | thrown far out; with care it survives, above Adam | 0.026 after 20; the lowest after 50, with 0.018 |
#
# ## What to take home
#
# - To second order a loss is a quadratic. Newton's step goes to its critical point: no learning rate, indifferent to units and condition number, but blind for the difference between a minimum and a saddle. **Damping** makes the step lead downhill.
# - The Hessian has $n^2$ elements, and solving takes $n^3$ operations: 3,725 GiB, and months, for a million parameters.
# - A pair $(s, y)$ tells about curvature for the price of a gradient. BFGS asks that $\hat H^{-1}y = s$; **pairs with $y^\top s \le 0$ are skipped**. L-BFGS keeps the last few, and needs two loops and no matrix.
# - Test such code against the dense product. Wrong versions of it train networks just as well.
# - L-BFGS wants one deterministic function. Noise does not shrink with the step, so it drowns $y$.
#
# Your points so far:

# %%
progress("08_second_order")
