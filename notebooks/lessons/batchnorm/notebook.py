# %% [markdown]
# # 03 · Batch normalisation
#
# Notebook 02 chose the size of the random weights with care, so that every layer starts with a signal of reasonable size. Batch normalisation goes about it differently: whatever the weights are, it *makes* the signal reasonable, in every layer and in every step. It is a layer like any other, with a forward and a backward pass. Its forward pass is the first in this course that differs between training and use, and its backward pass is the best exercise in the chain rule that the course has. The slide claims four benefits. You will measure all four: three of them hold under conditions, and one does not show at all.
#
# **You will learn**
# - to write batch normalisation forward, in training and at test time, with running averages,
# - to take a gradient through a mean and a variance: node by node, and then on paper in one line,
# - what it does for gradients, learning rates and initialisation, how deep a network it can carry, and when it does nothing or harm,
# - why batch statistics must not be used at test time.
#
# **Slides:** "Batch Normalization" (both). **Paper:** Ioffe and Szegedy, [2015](https://arxiv.org/abs/1502.03167). **Time:** four to five hours. **Points:** {{points}}. The last exercise is a bonus.
#
# How it goes: *predict*, *write*, *check*, *look*. Wherever it says **Predict**, write your guess into the cell below before you read on. Guesses are never graded, and a wrong one teaches more than a right one. *What came out* is folded until you open it. Hints come in three steps; open as few as you can.

# %% locked="setup"
import matplotlib.pyplot as plt
import numpy as np

from autograder.check import check, guess, needs, progress, reveal
from cs231n_lib.data import load_digits
from cs231n_lib.gradcheck import numerical_gradient, relative_error
from cs231n_lib.network import Network
from cs231n_lib.parameters import Parameters
from cs231n_lib.plotting import PALETTE, curves, style
from cs231n_lib.training import fit

digits = load_digits()
X_later = np.concatenate([digits.X_val, digits.X_test])  # 797 images that are not trained on
y_later = np.concatenate([digits.y_val, digits.y_test])

# %% [markdown]
# ## Predict, then play
#
# First see what is at stake. A network of seven hidden layers of 50 ReLU units learns the digits, once without and once with batch normalisation in each of these layers. You choose the scale of its random weights, their standard deviation in all layers, and the learning rate. On the left is the signal before the first step, on the right what training makes of it.
#
# **Predict** the answer to the question above the drawings, then play. Can you find a scale and a rate at which the network with batch normalisation does badly, too?

# %%
from cs231n_lib.play import play

play("batchnorm")

# %% [markdown]
# Why is a high rate tolerated, and why do scale and rate belong together? You will find out with a layer of your own, which you build first.

# %% [markdown]
# ## Forward, while training
#
# A batch of $N$ examples with $D$ features is an array `x` of shape $(N, D)$, a row per example. Each column, that is each feature, is normalised by itself, with the mean and the variance **of this batch**:
#
# $$\mu = \frac1N \sum_i x_i, \qquad \sigma^2 = \frac1N \sum_i (x_i - \mu)^2, \qquad \hat x_i = \frac{x_i - \mu}{\sqrt{\sigma^2 + \varepsilon}}, \qquad y_i = \gamma\, \hat x_i + \beta .$$
#
# The first three formulas are the slide's "normalize"; the last is its "and then allow the network to squash the range if it wants to": $\gamma$ and $\beta$, one number each per feature, are parameters that are learned. They start as 1 and 0. With $\gamma = \sigma$ and $\beta = \mu$ the layer could undo itself.
#
# At test time there may be no batch to measure, so the layer remembers what it saw. Its memory is the dictionary `bn_param`, in which each batch updates two running averages of shape $(D,)$:
#
# $$\text{running mean} \leftarrow m \cdot \text{running mean} + (1 - m) \cdot \mu, \qquad \text{running var} \leftarrow m \cdot \text{running var} + (1 - m) \cdot \sigma^2$$
#
# with $m$ = `momentum`; both start at 0. Libraries differ in the details:
#
# | | here | elsewhere |
# |---|---|---|
# | variance | divided by $N$ ("biased") | the same |
# | running variance | an average of that same $\sigma^2$ | PyTorch: of $\tfrac{N}{N-1}\sigma^2$; the paper multiplies by this at the end |
# | $\varepsilon$ | added to the variance, inside the root; 1e-5 if not given | the same, but update rules such as Adam add theirs after the root |
# | momentum | the weight of the OLD value; 0.9 if not given | PyTorch: of the new one, its 0.1 is our 0.9 |
#
# **Predict:** a batch goes in with columns of all sizes. What are the mean and the standard deviation of each column that comes out, if $\gamma$ is 3 and $\beta$ is 5?

# %%
guess("mean_and_std_out", ...)  # the two numbers, such as [0, 1]

# %% [markdown]
# Fill the **first** gap now; the second, for test time, is the next exercise. Put into `cache` whatever your backward pass will need.
#
# <details><summary>Hint 1</summary>
#
# Examples lie along axis 0. Mean and variance have one number per column, shape `(D,)`, and broadcasting does the rest, as long as you do not keep the axis.
#
# </details>
# <details><summary>Hint 2</summary>
#
# Subtract the mean *before* you square: the mean of squares minus the square of the mean is right on paper only. The running values are computed from `running_mean` and `running_var`, which the first lines fetch; a result that is not put back into `bn_param` is lost when the function returns.
#
# </details>
# <details><summary>Hint 3: nearly there</summary>
#
# In order: mean; variance; one over the root of variance plus eps; normalised x; out; two entries of `bn_param`; cache. The running values know nothing of eps, gamma and beta. A good cache is the normalised x, the inverse of the standard deviation, and gamma.
#
# </details>

# %% solution="batchnorm_forward"
def batchnorm_forward(x, gamma, beta, bn_param):
    """Normalise each column of x, then scale by gamma and shift by beta: returns (out, cache).

    x: (N, D). gamma, beta: (D,). Leave these three as they are.
    bn_param: "mode", "train" or "test"; "eps" (1e-5 if absent); "momentum" (0.9 if absent);
    "running_mean" and "running_var", (D,), which mode "train" updates and mode "test" uses.
    """
    eps, momentum = bn_param.get("eps", 1e-5), bn_param.get("momentum", 0.9)
    running_mean = bn_param.get("running_mean", np.zeros(x.shape[1]))
    running_var = bn_param.get("running_var", np.zeros(x.shape[1]))
    if bn_param["mode"] == "train":
        ### BEGIN SOLUTION
        mu = x.mean(axis=0)
        var = x.var(axis=0)
        ivar = 1 / np.sqrt(var + eps)
        xhat = (x - mu) * ivar
        out, cache = gamma * xhat + beta, (xhat, ivar, gamma)
        bn_param["running_mean"] = momentum * running_mean + (1 - momentum) * mu
        bn_param["running_var"] = momentum * running_var + (1 - momentum) * var
        ### END SOLUTION
    else:
        cache = None  # nothing is trained at test time
        ### BEGIN SOLUTION
        out = gamma * (x - running_mean) / np.sqrt(running_var + eps) + beta
        ### END SOLUTION
    return out, cache

# %% check="batchnorm_forward"
check("batchnorm_forward")

# %%
needs("batchnorm_forward")
rng = np.random.default_rng(0)
columns = rng.standard_normal((200, 3)) * [0.02, 1.0, 30.0] + [1.0, 0.0, -200.0]
seen = {"x": columns}
for name, gamma, beta in (("gamma 1, beta 0", 1.0, 0.0), ("gamma 3, beta 5", 3.0, 5.0)):
    scale_and_shift = np.full(3, gamma), np.full(3, beta)
    seen[name], _ = batchnorm_forward(columns, *scale_and_shift, {"mode": "train"})
for name, values in seen.items():
    means = "".join(f"{mean:9.2f}" for mean in values.mean(axis=0) + 0)
    stds = "".join(f"{std:7.2f}" for std in values.std(axis=0))
    print(f"{name:16} means{means}   standard deviations{stds}")
last = seen["gamma 3, beta 5"][:, 2]
reveal("mean_and_std_out", [last.mean(), last.std()], form=".2f")

# %% [markdown]
# <details><summary>What came out</summary>
#
# Whatever went in: mean $\beta$, standard deviation $\gamma$. (Only the first column falls a little short, 0.99 for 1: its variance, 0.0004, is not large compared with $\varepsilon$.)
#
# </details>

# %% [markdown]
# Now put it to work. Here is notebook 02's experiment once more: a signal goes through ten layers of 200 tanh units, with weights of 0.01, which make it vanish, and of 1.0, which saturate every unit. Your layer stands between each product and its tanh.
#
# **Predict** the standard deviation of what comes out of the tenth layer with batch norm, for weights of 0.01 and of 1.0.

# %%
guess("std_after_ten_layers", ...)  # two numbers, such as [0.1, 1]

# %%
needs("batchnorm_forward")
signal = np.random.default_rng(0).standard_normal((500, 200))
through = {}
for scale in (0.01, 1.0):
    for name, pair in (("without", None), ("batch norm", (batchnorm_forward, None))):
        rng = np.random.default_rng(1)
        network = Network([200] * 11 + [10], "tanh", init=scale, rng=rng, normalization=pair)
        outputs = network.activations(signal, mode="train")
        through[scale, name] = [h.std() for h in outputs]
with style((10, 3.6)):
    _, axes = plt.subplots(1, 2)
    for ax, scale in zip(axes, (0.01, 1.0), strict=True):
        pair = {name: through[scale, name] for name in ("without", "batch norm")}
        labels = {"xlabel": "layer", "ylabel": "standard deviation of the output"}
        curves(
            ax, range(1, 11), pair, **labels, title=f"weights of {scale}", log=scale < 1, marker="o"
        )
    axes[1].set_ylim(0, 1.1)
    plt.show()
print("scale of the weights            layer 1     layer 10")
for (scale, name), stds in through.items():
    print(f"{scale:20} {name:>10} {stds[0]:8.3f} {stds[-1]:12.2g}")
reveal("std_after_ten_layers", [through[scale, "batch norm"][-1] for scale in (0.01, 1.0)])

# %% [markdown]
# <details><summary>What came out</summary>
#
# *Two panels. Left, weights of 0.01: without batch norm the curve falls along a straight line to less than a hundred-millionth; with it, it is level at 0.63. Right, weights of 1.0: without it the curve is level just below 1, where tanh is saturated; with it, again level at 0.63.*
#
# You have met this level before: 0.628 is what tanh makes of a normal variable of mean 0 and standard deviation 1, the first number in notebook 02's table from the lecture. With batch normalisation *every* layer is a first layer.
#
# </details>

# %% [markdown]
# ## Forward, at test time
#
# After training, images come one at a time, or together with any others. Then nothing may be measured on the batch; the layer becomes a fixed function:
#
# $$y = \gamma\, \frac{x - \text{running mean}}{\sqrt{\text{running var} + \varepsilon}} + \beta$$
#
# and nothing is learned, so the running values stay as they are. (This function has a gradient, too, and an easy one: each output depends on its own input alone, with the slope $\gamma / \sqrt{\text{running var} + \varepsilon}$. It is used to fine-tune a network with its statistics frozen, or to ask which pixels a score depends on. Here nobody asks for it, so mode "test" keeps no cache.) **Go back to your function, fill the second gap, run that cell, and check here.**
#
# <details><summary>Hint 1</summary>
#
# It is one line. What stands for $\mu$ and $\sigma^2$ was fetched in the first lines of the function.
#
# </details>
# <details><summary>Hint 2</summary>
#
# At test time the function must be *the same* as in training, if the running values happened to be the batch's: the same $\varepsilon$ in the same place, the same $\gamma$ and $\beta$.
#
# </details>
# <details><summary>Hint 3: nearly there</summary>
#
# Is the mean or the variance *of `x`* anywhere in your line? Is anything written into `bn_param`? Neither should be. What was averaged is the variance, so the root is still to be taken.
#
# </details>

# %% check="batchnorm_test_mode"
check("batchnorm_test_mode")

# %% [markdown]
# How good are running values? Send sixty batches of 50 digits through one layer, and watch one pixel. The running variance starts at 0.
#
# **Predict:** after how many batches does it reach 95 % of the true variance, with a momentum of 0.9?

# %%
guess("batches_until_right", ...)  # a number

# %%
needs("batchnorm_forward", "batchnorm_test_mode")
pixel, rng = 20, np.random.default_rng(0)
memory, followed = {"mode": "train", "momentum": 0.9}, []
for _ in range(60):
    rows = digits.X_train[rng.choice(1000, 50, replace=False)]
    batchnorm_forward(rows, np.ones(64), np.zeros(64), memory)
    followed.append((rows[:, pixel].var(), memory["running_var"][pixel]))
followed = np.array(followed)
truth = digits.X_train[:, pixel].var()
with style((7.5, 3.8)):
    _, ax = plt.subplots()
    ax.plot(range(1, 61), followed[:, 0], ".", color=PALETTE[1], label="variance of the batch")
    ax.plot(range(1, 61), followed[:, 1], "-", color=PALETTE[0], label="running variance")
    ax.axhline(
        truth, color="gray", linestyle="--", linewidth=1.2, label="variance over all 1000 images"
    )
    ax.set(xlabel="batch", ylabel="variance", title="one pixel, momentum 0.9", ylim=(0, None))
    ax.legend(loc="lower right")
    plt.show()
shares = followed[:, 1] / truth
early = ", ".join(f"{shares[t - 1]:.2f} after {t}" for t in (1, 10, 30))
print(f"running variance, as a share of that of all images: {early} batches")
reveal("batches_until_right", int(np.argmax(shares > 0.95)) + 1)

# %% [markdown]
# <details><summary>What came out</summary>
#
# *Dots, one per batch, scatter around a dashed line. A curve starts near 0, bends up to the dashed line within some thirty batches, and then follows it with small wiggles.*
#
# The start at 0 is forgotten like $m^t$: after $t$ batches the running variance is, up to the noise of the batches, $1 - 0.9^t$ of the true one: 10 % after one, 65 % after ten, 96 % after thirty. So **do not test a network that has seen only a handful of batches**. (Libraries start the running variance at 1, which is wrong too, but less visibly. Adam, in notebook 05, corrects such a start by dividing by $1 - m^t$.)
#
# </details>

# %% [markdown]
# A network with batch normalisation was left in mode "train" by mistake, and is given a single image. What do its scores say?
#
# - **A** the right class, but with less certainty than in a batch
# - **B** always the same, whatever the image is
# - **C** nothing: the division by a variance of 0 makes them NaN
# - **D** the same as in mode "test", since there is no batch to measure

# %% solution="q_image_alone"
q_image_alone = ...  # "A", "B", "C" or "D"
### BEGIN SOLUTION
q_image_alone = "B"
### END SOLUTION

# %% check="q_image_alone"
check("q_image_alone")

# %% [markdown]
# ## Backward, node by node
#
# Given `dout` $= \partial L/\partial y$, shape $(N, D)$: what are $\partial L/\partial x$, $\partial L/\partial \gamma$ and $\partial L/\partial \beta$? What makes this one harder than a ReLU: an input $x_i$ acts on *every* output of its column, because it moves $\mu$ and $\sigma^2$, which all rows use. Draw the graph of one column, a node for each simple step:
#
# ```
# x ──┬─────────────→ (x − μ) ──┬──────────────────→ (·) ── x̂ ── γ·x̂ + β ── y
#     │                  ↑      │                     ↑
#     └─→ mean ── μ ─────┘      └─→ square ─→ mean ── σ² ─→ 1/√(σ² + ε)
# ```
#
# and go backwards through it. Two rules are all you need:
#
# - Where a value goes **two ways**, its gradient is the **sum** of what comes back from the two. There are two such forks: $x$ and $x - \mu$.
# - Where **one number serves all $N$ rows** ($\mu$, $\sigma^2$, $\gamma$, $\beta$: broadcasting), its gradient is the **sum over the rows**. The reverse holds for a mean: each of its $N$ inputs receives $\tfrac1N$ of its gradient.
#
# The names of the course: each gradient is called `d` and the name of its value, and has its shape.
#
# This is the longest way back in the course, so take it in two parts. **First half: from $y$ to $\sigma^2$.** How does the loss change if the variance of a column alone moves, while $x - \mu$ stays as it is? That path has three nodes: $y = \gamma \hat x + \beta$, the product $\hat x = (x - \mu) \cdot s$, and $s = 1/\sqrt{\sigma^2 + \varepsilon}$.
#
# <details><summary>Hint 1</summary>
#
# Go from the right to the left. The first step turns `dout` into the gradient for $\hat x$: what was $\hat x$ multiplied by?
#
# </details>
# <details><summary>Hint 2: the product in the middle</summary>
#
# $\hat x$ is a product of two things, $x - \mu$ and $s$. The gradient of each factor is that of the product, times the other factor; and $s$ is one number per column, so there is a sum. If your cache has $\hat x$ and $s$ only, $x - \mu$ is one divided by the other.
#
# </details>
# <details><summary>Hint 3: nearly there</summary>
#
# $s = (\sigma^2 + \varepsilon)^{-1/2}$, whose derivative by $\sigma^2$ is a power of $s$ itself, with a factor and a sign in front: which? The result has one number per column, shape `(D,)`.
#
# </details>

# %% solution="variance_gradient"
def variance_gradient(dout, cache):
    """Gradient for the variance of each column, (D,): the first half of the way back.

    dout: (N, D), left as it is. cache: from your own batchnorm_forward, in mode "train".
    """
    ### BEGIN SOLUTION
    xhat, ivar, gamma = cache
    divar = (dout * gamma * xhat / ivar).sum(axis=0)
    return -0.5 * ivar**3 * divar
    ### END SOLUTION

# %% check="variance_gradient"
check("variance_gradient")

# %% [markdown]
# **Second half: the rest, and all of it together.** You may call `variance_gradient`. The variance is a mean of squares of $x - \mu$, so $x - \mu$ collects from two places, and so does $x$.
#
# **Predict** before you write: if you add the same number to a whole column of $x$, the output does not change. What does each column of $\partial L/\partial x$ sum to?

# %%
guess("sum_of_a_column_of_dx", ...)  # a number

# %% [markdown]
# <details><summary>Hint 1: the two ends</summary>
#
# $\partial L/\partial\beta$ and $\partial L/\partial\gamma$ are sums over the rows: of what, you see in $y = \gamma \hat x + \beta$. At the other end, $x$ collects from two: from $x - \mu$ directly, and from $\mu$ through a mean.
#
# </details>
# <details><summary>Hint 2: where x − μ collects</summary>
#
# One contribution comes from $\hat x$, through the product. The other comes from $\sigma^2$, through the mean of squares: a square's derivative has a 2 in it, a mean's a $1/N$.
#
# </details>
# <details><summary>Hint 3: nearly there</summary>
#
# In order, with shapes: for $\hat x$ $(N, D)$; for $\sigma^2$ $(D,)$, which you have; for $x - \mu$ $(N, D)$, from both; for $\mu$ $(D,)$, a sum with a minus sign; for $x$ $(N, D)$, from both.
#
# </details>

# %% solution="batchnorm_backward"
def batchnorm_backward(dout, cache):
    """Gradients (dx, dgamma, dbeta) of a pass in mode "train", by going back through the graph.

    dout: (N, D), left as it is. cache: from your batchnorm_forward. dx: (N, D), the others (D,).
    """
    ### BEGIN SOLUTION
    xhat, ivar, gamma = cache
    xmu = xhat / ivar
    dxhat = dout * gamma
    dvar = variance_gradient(dout, cache)
    dxmu = dxhat * ivar + 2 / len(dout) * xmu * dvar
    dmu = -dxmu.sum(axis=0)
    dx = dxmu + dmu / len(dout)
    return dx, (dout * xhat).sum(axis=0), dout.sum(axis=0)
    ### END SOLUTION

# %% check="batchnorm_backward"
check("batchnorm_backward")

# %% [markdown]
# Do not rely on the check alone: use the gradient check of notebook 00, and look at what you have built. In a column of eight numbers, how does each output change with each input? That is a matrix of 8 x 8 slopes, and your backward pass knows it: a `dout` that is 1 for one output and 0 for the others brings back one row.

# %%
needs("batchnorm_forward", "batchnorm_backward")
rng = np.random.default_rng(0)
x, gamma, beta, dout = (
    rng.standard_normal((8, 3)) * 2 + 1,
    rng.uniform(0.5, 2, 3),
    rng.standard_normal(3),
    rng.standard_normal((8, 3)),
)


def train_out(x, gamma, beta):
    return batchnorm_forward(x, gamma, beta, {"mode": "train"})


dx, dgamma, dbeta = batchnorm_backward(dout, train_out(x, gamma, beta)[1])
own_errors = {
    "dx": relative_error(dx, numerical_gradient(lambda v: train_out(v, gamma, beta)[0], x, dout)),
    "dgamma": relative_error(
        dgamma, numerical_gradient(lambda v: train_out(x, v, beta)[0], gamma, dout)
    ),
    "dbeta": relative_error(
        dbeta, numerical_gradient(lambda v: train_out(x, gamma, v)[0], beta, dout)
    ),
}
for name, error in own_errors.items():
    print(f"{name:7} relative error against the measured gradient {error:.0e}")
reveal("sum_of_a_column_of_dx", np.abs(dx.sum(axis=0)).max(), form=".0e", word="at most")

one = np.sort(rng.standard_normal((8, 1)), axis=0)
x_hat, cache = train_out(one, np.ones(1), np.zeros(1))
slopes = np.hstack([batchnorm_backward(row[:, None], cache)[0] for row in np.eye(8)]).T
fixed = np.eye(8) / one.std()
with style((9, 3.6)):
    figure, axes = plt.subplots(1, 2)
    most = np.abs(fixed).max()
    for ax, matrix, title in zip(
        axes, (fixed, slopes), ("mean and variance held fixed", "batch normalisation"), strict=True
    ):
        shown = ax.imshow(matrix, cmap="RdBu", vmin=-most, vmax=most)
        ax.set(xlabel="input (sorted by size)", ylabel="output", title=title)
        ax.grid(False)
    figure.colorbar(shown, ax=axes, label="slope")
    plt.show()
ends = slopes[[0, -1], [0, -1]] / fixed[0, 0]
print("slope of the smallest and of the largest output by their own input, as a share of that with")
print(f"mean and variance held fixed: {ends[0]:.2f} and {ends[1]:.2f}")

# %% [markdown]
# <details><summary>What came out</summary>
#
# *Two squares of 8 x 8 fields. Left, only the diagonal is filled, equally: each output depends on its own input. Right, the diagonal is paler, most of all at its two ends, and nearly every other field has some colour: negative between neighbours at either end, faintly positive in the two corners where the smallest input meets the largest.*
#
# Each column of $\partial L/\partial x$ sums to 0, up to rounding. And the picture shows why "each output depends on its own input only", the most common mistake, cannot be right. An outlier cannot run away: pull the largest input farther out, and it drags mean and standard deviation along with it.
#
# </details>

# %% [markdown]
# One question before the next exercise. In a network the layer below is affine, $x = hW + b$, and batch normalisation follows at once. What does the bias $b$ do?
#
# - **A** the same as $\beta$: the two add up
# - **B** nothing at all, and it could be left out
# - **C** it shifts $\hat x$ by $b$
# - **D** nothing to the output, but it is trained and grows without bound

# %% solution="q_bias_before_bn"
q_bias_before_bn = ...  # "A", "B", "C" or "D"
### BEGIN SOLUTION
q_bias_before_bn = "B"
### END SOLUTION

# %% check="q_bias_before_bn"
check("q_bias_before_bn")

# %% [markdown]
# ## Backward, in one line
#
# You can work out the graph's sums on paper. Write $s = 1/\sqrt{\sigma^2 + \varepsilon}$, and let $g$ be one column of `dout`. Put the pieces together, and much of it cancels (the sum of $x - \mu$ over a column is 0). What is left has three terms in a bracket: $g$ itself; something that makes the column's sum 0; and something in the direction of $\hat x$. Find it, and write it with no more than two sums. It is the same function with the same check, but shorter and faster.
#
# <details><summary>Hint 1</summary>
#
# Begin with $\hat x$ in place of $y$: the factor $\gamma$ is the same for a whole column, so it can wait until the end. Write the gradient for $x - \mu$ in terms of $\hat x$ and $s$, using $x - \mu = \hat x / s$.
#
# </details>
# <details><summary>Hint 2</summary>
#
# $\partial L/\partial\sigma^2 = -\tfrac12 s^2 \sum_i g_i \hat x_i$ (without $\gamma$): the $s^3$ lost one power to $x - \mu = \hat x / s$. Put this in. The term through $\mu$ needs the sum over the column: which of its parts sums to 0?
#
# </details>
# <details><summary>Hint 3: nearly there</summary>
#
# The two sums that you need are the gradients of $\beta$ and of $\gamma$, and each comes divided by $N$. One of them is subtracted from every row alike; the other is subtracted in proportion to $\hat x$. In front of the bracket stand $\gamma$ and $s$.
#
# </details>

# %% solution="batchnorm_backward_alt"
def batchnorm_backward_alt(dout, cache):
    """Gradients (dx, dgamma, dbeta) as batchnorm_backward computes them, from the formula on paper.

    dout: (N, D), left as it is. cache: from your batchnorm_forward. dx: (N, D), the others (D,).
    """
    ### BEGIN SOLUTION
    xhat, ivar, gamma = cache
    dgamma, dbeta = (dout * xhat).sum(axis=0), dout.sum(axis=0)
    dx = (dout - dbeta / len(dout) - xhat * dgamma / len(dout)) * gamma * ivar
    return dx, dgamma, dbeta
    ### END SOLUTION

# %% check="batchnorm_backward_alt"
check("batchnorm_backward_alt")

# %%
needs("batchnorm_forward", "batchnorm_backward", "batchnorm_backward_alt")
cache = train_out(x, gamma, beta)[1]
short = batchnorm_backward_alt(dout, cache)
same = max(
    relative_error(a, b) for a, b in zip(short, batchnorm_backward(dout, cache), strict=True)
)
x_hat = train_out(x, np.ones(3), np.zeros(3))[0]
left = np.abs((short[0] * x_hat).sum(axis=0)).max()
print(f"graph and formula: relative error {same:.0e}")
sums = [np.abs(gradient.sum(axis=0)).max() for gradient in (dout, short[0])]
along = np.abs((dout * x_hat).sum(axis=0)).max()
print(f"largest |sum of dout over a column| {sums[0]:.1f}, of dx {sums[1]:.0e}")
print(f"largest |component of dout along x_hat| {along:.1f}, of dx {left:.0e}")

# %% [markdown]
# The formula says what the layer does to a gradient: it **takes away two components**, the one that would shift the whole column and the one that would stretch it. Nothing downstream can see a shift or a stretch, so there is nothing to learn from them. (The second component is not quite 0: $\varepsilon$ lets a little of it through.)
#
# This has a consequence for the smallest of batches. With $N = 2$ and a tiny $\varepsilon$, what is a column of $\hat x$?
#
# - **A** two numbers whose distance is in proportion to that of the two inputs
# - **B** the inputs as they were, because two examples are too few to normalise
# - **C** 0 and 0
# - **D** −1 and 1 (in some order), whatever the inputs are, unless they are equal

# %% solution="q_batch_of_two"
q_batch_of_two = ...  # "A", "B", "C" or "D"
### BEGIN SOLUTION
q_batch_of_two = "D"
### END SOLUTION

# %% check="q_batch_of_two"
check("q_batch_of_two")

# %% [markdown]
# ## The slide's four claims
#
# The rest of this notebook puts your layer into real networks. The standard network has 7 hidden layers of 50 ReLU units, He's weights, and plain SGD with batches of 50 on 1000 digits. Your layer stands in each hidden layer between the product and the ReLU. The 797 images that are not trained on are used for all accuracies, at test time, that is with the running values.

# %%
needs("batchnorm_forward", "batchnorm_test_mode", "batchnorm_backward")
OWN = (batchnorm_forward, batchnorm_backward)
BOTH = {"without": None, "batch norm": OWN}


def make(normalization, layers=7, init="he", seed=0):
    """A network for the digits; `init`: "he", or the standard deviation of all weights."""
    return Network(
        [64] + [50] * layers + [10],
        "relu",
        init,
        rng=np.random.default_rng(seed),
        normalization=normalization,
    )


def train(network, rate, epochs=5, batch_size=50, seed=0, X=digits.X_train, y=digits.y_train):
    """Train with plain SGD: the loss of each step, inf or NaN where the rate is too high."""
    with np.errstate(all="ignore"):
        return fit(
            network,
            X,
            y,
            "sgd",
            {"learning_rate": rate},
            epochs=epochs,
            batch_size=batch_size,
            rng=np.random.default_rng(seed),
        )


def accuracy(network):
    with np.errstate(all="ignore"):
        return network.accuracy(X_later, y_later)


def gradient_lengths(network):
    """Lengths of the gradients of the hidden layers' weights, W1 first, on 200 digits."""
    _, dx = network.loss_and_gradient(digits.X_train[:200], digits.y_train[:200])
    gradients = Parameters(network.params.shapes, dx)
    return np.array([np.linalg.norm(gradients[f"W{i}"]) for i in range(1, len(network.sizes) - 1)])


first = {name: make(pair) for name, pair in BOTH.items()}
with style((7.5, 3.6)):
    _, ax = plt.subplots()
    first_losses = {name: train(network, 0.2, epochs=10) for name, network in first.items()}
    curves(
        ax,
        None,
        first_losses,
        xlabel="step",
        ylabel="loss of the batch",
        title="7 hidden layers, rate 0.2",
    )
    plt.show()
for name, network in first.items():
    print(f"{name:10} accuracy after 10 epochs {accuracy(network):.3f}")

# %% [markdown]
# *Two falling curves, a little jagged; the one with batch norm begins a little higher and falls faster; the one without has a high peak after some sixty steps; both end near 0.*
#
# It learns, and with good weights and a good rate so does the network without. So what is it for?
#
# ### Claim 1: "Improves gradient flow through the network"
#
# One batch of 200 digits, forward and backward, before any training, with weights of 23 scales from 0.0001 to 30 (the same one in all layers). The signal goes through eight products on its way.
#
# **Predict:** the scale grows tenfold, from 0.01 to 0.1. How many times as long is the gradient for the first layer's weights then, without and with batch norm?

# %%
guess("gradient_at_tenfold_scale", ...)  # two factors, without and with, such as [10, 2]

# %%
needs("batchnorm_forward", "batchnorm_test_mode", "batchnorm_backward")
scales = 10.0 ** np.linspace(-4, 1.5, 23)
kinds = {"without": (None, 1e-5), "batch norm": (OWN, 1e-5), "batch norm, eps 1e-12": (OWN, 1e-12)}
outputs, gradients = {}, {}
for name, (pair, eps) in kinds.items():
    outputs[name], gradients[name] = [], []
    for scale in scales:
        network = make(pair, init=scale)
        for bn_param in network.bn_params:
            bn_param["eps"] = eps
        gradients[name].append(gradient_lengths(network)[0])
        hidden = network.activations(digits.X_train[:200], mode="train")
        outputs[name].append(hidden[-1].std())
with style((11, 4)):
    _, axes = plt.subplots(1, 2)
    drawn = {
        "output of the last hidden layer": outputs,
        "gradient of the first layer's weights": gradients,
    }
    for ax, (title, lines), ylabel in zip(
        axes, drawn.items(), ("standard deviation", "length"), strict=True
    ):
        curves(
            ax, scales, lines, xlabel="scale of the weights", ylabel=ylabel, title=title, log=True
        )
        ax.set(xscale="log")
    plt.show()
per_decade = {name: gradients[name][12] / gradients[name][8] for name in BOTH}
reveal("gradient_at_tenfold_scale", list(per_decade.values()), word="it was")

# %% [markdown]
# <details><summary>What came out</summary>
#
# *Two panels, both axes logarithmic. Without batch norm, both quantities are straight, steep lines over some forty powers of ten. With it, both are level for all scales above 0.001. Below that they fall off, but not if eps is 1e-12.*
#
# Without, the gradient is multiplied by $10^{7}$ for every factor of 10 in the scale: there is a narrow gap between vanishing and exploding. With batch norm it is between 1 and 2 for *all* scales from 0.003 to 30. Two remarks.
#
# - "Flow" suggests that the gradient gets lost on its way to the first layers. Here it does not, with batch norm or without: the gradients of the seven hidden layers differ by a factor of 2 or 3, seldom more. A bad scale does not kill the first layers, it kills *all* of them at once. What batch norm mends is the magnitude. (This is how ReLU behaves. Seven layers of tanh, with weights of 1.0, do differ: the first one's gradient is some thirty times as long as the seventh's.)
# - At the left end $\varepsilon$ dominates the variance: a signal whose variance is much smaller than $10^{-5}$ is *not* normalised. With a smaller $\varepsilon$ it would be.
#
# </details>

# %% [markdown]
# **Q1 (2 points, in your own words).** Why does the size of the gradient depend so steeply on the scale of the weights without batch normalisation, and hardly at all with it?

# %% [markdown] question="bn_gradient_flow" points=2
# ### BEGIN SOLUTION
# **Model answer.** Without it each layer multiplies the signal on its way forward, and the gradient on its way back, by a factor in proportion to the scale. With seven or eight layers the gradient of the first one contains the product of all the other layers' factors: the scale to the seventh power. With it, the output of each layer is divided by its own standard deviation, so a factor in the weights cancels at once, and on the way back the gradient is multiplied by the weights and divided by the same standard deviation: scale over scale. So the *scale* cannot accumulate. (A factor that does not contain the scale is left in each layer, about 1.21 with ReLU. That one does accumulate: see the next section.)
#
# **Rubric.** 1 point: a product of one factor per layer (a power of the scale). 1 point: division by the standard deviation cancels the scale, in each layer, forward and backward. The factor that is left is not asked for; an answer that says "nothing at all accumulates" keeps its points and gets a comment.
# ### END SOLUTION

# %% [markdown]
# ### How far does that carry?
#
# The scale cancels in each layer. Does everything? Keep He's weights and make the network deeper: 7, 20 and 50 hidden layers, before any training.
#
# **Predict:** with batch norm and 50 hidden layers, how many times as long is the gradient of the second layer's weights as that of the last hidden layer's?

# %%
guess("growth_over_50_layers", ...)  # a number; 1 if they are equally long

# %%
needs("batchnorm_forward", "batchnorm_test_mode", "batchnorm_backward")
depths = (7, 20, 50)
by_depth = {}
for name, pair in BOTH.items():
    for layers in depths:
        by_depth[name, layers] = gradient_lengths(make(pair, layers))[1:]
with style((10, 3.6)):
    _, axes = plt.subplots(1, 2, sharey=True)
    for ax, name in zip(axes, BOTH, strict=True):
        for layers, color in zip(depths, PALETTE, strict=False):
            ax.plot(
                range(2, layers + 1),
                by_depth[name, layers],
                color=color,
                label=f"{layers} hidden layers",
            )
        ax.set(yscale="log", xlabel="layer", ylabel="length of the weights' gradient", title=name)
        ax.label_outer()
        ax.legend()
    plt.show()
print("hidden layers   second / last, without   with batch norm   per layer")
for layers in depths:
    ratios = [by_depth[name, layers][0] / by_depth[name, layers][-1] for name in BOTH]
    per_layer = ratios[1] ** (1 / (layers - 2))
    print(f"{layers:13} {ratios[0]:24.1f} {ratios[1]:17,.1f} {per_layer:11.3f}")
reveal("growth_over_50_layers", ratios[1], form=",.0f")

# %% [markdown]
# <details><summary>What came out</summary>
#
# *Two panels, logarithmic. Without batch norm the three curves wander, with no common direction. With it they are nearly straight lines that fall from the first layers to the last; the deeper the network, the higher the start: with 50 layers it is thousands of times the end.*
#
# Something does accumulate: **on its way back the gradient grows by a factor of about 1.2 in every layer**, so it *explodes* with depth, with batch norm and not without. Seven layers hide that (a factor of 2), 50 do not (some thousands). The scale is innocent: it still cancels. Count one layer, from one normalised $\hat x$, roughly normal with mean 0 and variance 1, to the next:
#
# - Forward, ReLU gives $h$ with mean square $\tfrac12$ and mean $1/\sqrt{2\pi}$. The next normalisation subtracts the mean, so only the *variance* counts, $\tfrac12 - \tfrac1{2\pi}$, and it divides by that, times the weights' factor.
# - Backward, the gradient's mean square is multiplied by $\tfrac12$, since half of the units are off, times the same weights' factor.
#
# The quotient is $\frac{1/2}{1/2 - 1/(2\pi)} = \frac{\pi}{\pi - 1} = 1.47$, and its root $\sqrt{\pi/(\pi-1)} = 1.21$. Removing ReLU's mean shrinks the signal, the division stretches it again, and the gradient is stretched along (Yang et al., [2019](https://arxiv.org/abs/1902.08129); step by step in the book with answers, *Batch normalisation, backward*).
#
# </details>

# %% [markdown]
# Do such networks learn? Ten epochs with 20 and with 40 hidden layers, each kind at the rate that did best of four with 20 layers.
#
# **Predict** the accuracy with batch norm, for 20 and for 40 hidden layers.

# %%
guess("accuracy_of_20_and_40", ...)  # two accuracies, such as [0.9, 0.9]

# %%
needs("batchnorm_forward", "batchnorm_test_mode", "batchnorm_backward")


def deep_accuracy(network, rate, seed=0):
    train(network, rate, epochs=10, seed=seed)
    return accuracy(network)


best_rates = {"without": 0.05, "batch norm": 0.2}
deep = {}
for name, pair in BOTH.items():
    networks = [make(pair, layers) for layers in (20, 40)]
    deep[name] = [deep_accuracy(network, best_rates[name]) for network in networks]
print("accuracy of 20 and 40 layers without: {:.2f}, {:.2f}".format(*deep["without"]))
reveal("accuracy_of_20_and_40", deep["batch norm"], form=".2f")

# %% [markdown]
# <details><summary>What came out</summary>
#
# With 20 layers batch norm reaches about 0.85, and the network without it about half as much. With 40 layers both fail: about 0.3 with, and close to guessing without. So "improves gradient flow" holds up to a depth, and then ends.
#
# Is the growing gradient to blame? Not by itself. Undo the growth, by dividing each layer's gradient by 1.21 for every layer between it and the last one, and 40 layers still fail: at no rate that we tried do they get above 0.4. So unequal steps are not all that goes wrong in such a network, and this experiment does not say what else does.
#
# </details>

# %% [markdown]
# What has made depth possible is another idea, and you have all its parts. A **skip connection** carries the signal *around* each layer: $h_{\ell+1} = h_\ell + \operatorname{ReLU}(\text{batch norm}(h_\ell))\,W + b$ (He et al., [2016](https://arxiv.org/abs/1603.05027), in the order called *pre-norm*). On the way back the gradient has a path with the factor 1. The cell below is to be read, not to be written: each array holds two halves, the stream that is passed on and the branch that the layer works on.
#
# **Predict** the same two accuracies, for 20 and 40 layers, with skip connections.

# %%
guess("accuracy_with_skips", ...)  # two accuracies, such as [0.9, 0.9]

# %%
needs("batchnorm_forward", "batchnorm_test_mode", "batchnorm_backward")


def add_forward(h, w, b):
    """stream + branch·w + b; the first layer has no stream yet, and the last one leaves it."""
    branch, out = h[:, -len(w) :], h[:, -len(w) :] @ w + b
    hidden = h.shape[1] > len(w) and w.shape[0] == w.shape[1]
    return (h[:, : len(w)] + out if hidden else out), (h, branch, w, hidden)


def add_backward(dout, cache):
    h, branch, w, hidden = cache
    dh = np.zeros_like(h)
    dh[:, -len(w) :] = dout @ w.T
    if hidden:
        dh[:, : len(w)] = dout  # the path with the factor 1
    return dh, branch.T @ dout, dout.sum(axis=0)


def branch_forward(x, gamma, beta, bn_param):
    out, cache = batchnorm_forward(x, gamma, beta, bn_param)
    return np.hstack([x, out]), cache


def branch_backward(dout, cache):
    dstream, dbranch = np.hsplit(dout, 2)
    dx, dgamma, dbeta = batchnorm_backward(dbranch, cache)
    return dstream + dx, dgamma, dbeta


def relu_forward(x):
    stream, branch = np.hsplit(x, 2)
    return np.hstack([stream, np.maximum(branch, 0)]), branch > 0


def relu_backward(dout, on):
    return dout * np.hstack([np.ones_like(on), on])


def with_skips(layers, seed=0):
    return Network(
        [64] + [50] * layers + [10],
        (relu_forward, relu_backward),
        rng=np.random.default_rng(seed),
        normalization=(branch_forward, branch_backward),
        affine=(add_forward, add_backward),
    )


skip_lengths = gradient_lengths(with_skips(50))[1:]
deep["skips"] = [deep_accuracy(with_skips(layers), 0.2) for layers in (20, 40)]
growth_with_skips = skip_lengths[0] / skip_lengths[-1]
print("50 layers, gradient of the second layer over that of the last: ", end="")
print(f"{growth_with_skips:.0f} (without skips {ratios[1]:,.0f})")
reveal("accuracy_with_skips", deep["skips"], form=".2f")

# %% [markdown]
# <details><summary>What came out</summary>
#
# Both learn, and reach about 0.95. The gradients of 50 layers now differ by a factor of about ten, not of thousands, and those of 20 by about six: they still grow with the depth, but no longer by a fixed factor per layer. ResNets and today's language models are built in this way.
#
# </details>

# %% [markdown]
# ### Claim 2: "Allows higher learning rates"
#
# First a question about one matrix. All weights $W$ of one hidden layer are multiplied by 10, batch normalisation follows, and $\varepsilon$ is negligible. What happens to the layer's output, and to the gradient $\partial L/\partial W$?
#
# - **A** the output stays as it is, the gradient becomes a tenth
# - **B** both stay as they are
# - **C** the output becomes ten times as large, the gradient stays
# - **D** the output stays as it is, the gradient becomes ten times as large

# %% solution="q_weights_times_ten"
q_weights_times_ten = ...  # "A", "B", "C" or "D"
### BEGIN SOLUTION
q_weights_times_ten = "A"
### END SOLUTION

# %% check="q_weights_times_ten"
check("q_weights_times_ten")

# %%
needs("batchnorm_forward", "batchnorm_test_mode", "batchnorm_backward")
tenfold = {}
for factor in (1, 10):
    network = make(OWN)
    network.params["W4"] = factor * network.params["W4"]
    loss = network.forward((digits.X_train[:200], digits.y_train[:200]))
    tenfold[factor] = loss, gradient_lengths(network)[3]
    length = tenfold[factor][1]
    print(f"W4 times {factor:2}: loss {loss:.4f}, length of the gradient of W4 {length:.4f}")

# %% [markdown]
# So only the *direction* of the weights counts, and a step turns it by an angle of about rate · |gradient| / |W|: weights ten times as long turn by a hundredth of the angle. Now what if the rate is too high? The gradient is at right angles to $W$ (going along $W$ changes nothing), so each step makes $W$ *longer*; by Pythagoras, a large step makes it much longer. Longer weights take smaller turns. **A rate that is too high lowers itself.**
#
# That is the theory. Now test it: rates from 0.1 to 12.8, each twice the last, for networks of 1, 2, 3 and 7 hidden layers. Call a rate usable if the accuracy after five epochs is above 0.8. Look at the two ends of this ladder: in which of the two networks does batch normalisation allow clearly higher rates, at least twice as high?
#
# - **A** in the one with 1 hidden layer only
# - **B** in neither
# - **C** in the one with 7 hidden layers only
# - **D** in both

# %% solution="q_where_rates_gain"
q_where_rates_gain = ...  # "A", "B", "C" or "D"
### BEGIN SOLUTION
q_where_rates_gain = "C"
### END SOLUTION

# %% [markdown]
# Choose before you run the experiment; the check comes after it.

# %%
needs("batchnorm_forward", "batchnorm_test_mode", "batchnorm_backward")
rates = 0.1 * 2.0 ** np.arange(8)
ladder = (1, 2, 3, 7)


def accuracies_by_rate(pair, layers, seed=0):
    """Accuracy at each rate; and how many times as long the last hidden W has become."""
    reached, growth = [], []
    for rate in rates:
        network = make(pair, layers, seed=seed)
        before = np.linalg.norm(network.params[f"W{layers}"])
        train(network, rate, seed=seed)
        reached.append(accuracy(network))
        with np.errstate(over="ignore"):  # weights may have exploded
            growth.append(np.linalg.norm(network.params[f"W{layers}"]) / before)
    return np.array(reached), np.array(growth)


by_rate, growth = {}, {}
for layers in ladder:
    for name, pair in BOTH.items():
        by_rate[layers, name], growth[layers, name] = accuracies_by_rate(pair, layers)
highest = {key: rates[row > 0.8].max() for key, row in by_rate.items()}
with style((11, 3)):
    _, axes = plt.subplots(1, 4, sharey=True)
    for ax, layers in zip(axes, ladder, strict=True):
        rows = {name: by_rate[layers, name] for name in BOTH}
        title = f"{layers} hidden layer{'s' * (layers > 1)}"
        curves(
            ax,
            rates,
            rows,
            xlabel="learning rate",
            ylabel="accuracy",
            title=title,
            marker="o",
            markersize=4,
        )
        ax.set(xscale="log", ylim=(0, 1))
        ax.label_outer()
    plt.show()
print("hidden layers           " + "".join(f"{layers:11}" for layers in ladder))
for name in BOTH:
    row = "".join(f"{highest[layers, name]:11.1f}" for layers in ladder)
    print(f"highest rate {name:>10} {row}")
grown = ", ".join(f"{growth[7, 'batch norm'][i]:.2f} at rate {rates[i]:g}" for i in (0, 3, 5))
print(f"length of W7 at the end, over that at the start (7 layers, batch norm): {grown}")

# %% check="q_where_rates_gain"
check("q_where_rates_gain")

# %% [markdown]
# <details><summary>What came out</summary>
#
# *Accuracy against learning rate (logarithmic), four panels. Each curve is a plateau above 0.9 that ends in a cliff. The cliff of batch norm stays where it is, after 1.6 or 3.2, at every depth. Without batch norm it moves left, from 6.4 with 1 hidden layer to 0.4 or less with 7.*
#
# Read it as a ladder. **With batch norm the highest usable rate does not depend on the depth**: 3.2 in nearly all runs over six seeds, sometimes 1.6. Without it, it falls with every step: 6.4 with one hidden layer, 1.6 to 3.2 with two, 0.8 to 1.6 with three, 0.1 to 0.4 with seven. So batch norm loses a factor of 2 in the shallowest network, is about even with two layers, and gains a factor of 4 to 32 with seven. The claim holds, and strongly, **where there is depth**.
#
# What are high rates good for? Compare each network at its best rate: with 7 hidden layers batch norm gains two to five points in these five epochs, with 1 hidden layer nothing.
#
# </details>

# %% [markdown]
# **Q2 (2 points).** Explain with the picture of lengths and angles why batch normalisation makes a network tolerate a rate that is too high. Which weights of our network are not protected in this way?

# %% [markdown] question="bn_learning_rates" points=2
# ### BEGIN SOLUTION
# **Model answer.** The output of a normalised layer does not change if its weights (of one unit) are multiplied by a number: only their direction counts. Therefore the gradient is at right angles to them, so a step makes them longer, the more so the larger the step; and the gradient is in inverse proportion to their length. So after some large steps the weights are long, and the same rate turns them by a smaller angle (rate over length squared): the effective rate has come down by itself. Not protected: the weights of the last layer (no batch norm behind it), and gamma and beta.
#
# **Rubric.** 1 point: weights grow, gradient and so the angle of a step shrink with their length (with a reason for at least one of the two). 1 point: the last affine layer (gamma and beta may also be named).
# ### END SOLUTION

# %% [markdown]
# ### Claim 3: "Reduces the strong dependence on initialization"
#
# Twenty scales of the weights from 0.001 to 1, the same in all layers, five epochs each at a rate of 0.2. (He's weights would be 0.18 in the first layer and 0.2 in the others.)
#
# **Predict:** how many of the twenty reach an accuracy of 0.8, without and with batch norm?

# %%
guess("usable_scales", ...)  # two counts, without and with, such as [10, 15]

# %%
needs("batchnorm_forward", "batchnorm_test_mode", "batchnorm_backward")
twenty = 10.0 ** np.linspace(-3, 0, 20)


def by_scale(pair, seed=0, epochs=5, scales=twenty):
    reached = []
    for scale in scales:
        network = make(pair, init=scale, seed=seed)
        train(network, 0.2, epochs, seed=seed)
        reached.append(accuracy(network))
    return np.array(reached)


scale_runs = {name: by_scale(pair) for name, pair in BOTH.items()}
with style((7.5, 3.8)):
    _, ax = plt.subplots()
    title = "twenty initialisations, 7 hidden layers, 5 epochs"
    labels = {"xlabel": "scale of the weights", "ylabel": "accuracy", "title": title}
    curves(ax, twenty, scale_runs, **labels, marker="o", markersize=5)
    ax.axhline(0.8, color="gray", linewidth=0.8)
    ax.set(xscale="log", ylim=(0, 1))
    plt.show()
for name, reached in scale_runs.items():
    print(f"{name:10} {np.sum(reached > 0.8):2} of 20 above 0.8; worst {reached.min():.2f}")
print("\nbatch norm, length of the very first step of W4 compared with that of W4")
first_turn = {}
for scale in (0.001, 0.01, 0.1, 1.0):
    network = make(OWN, init=scale)
    _, dx = network.loss_and_gradient(digits.X_train[:50], digits.y_train[:50])
    step = 0.2 * np.linalg.norm(Parameters(network.params.shapes, dx)["W4"])
    first_turn[scale] = step / np.linalg.norm(network.params["W4"])
    print(f"  weights of {scale:<5}: {first_turn[scale]:.3f}")
usable = [int(np.sum(reached > 0.8)) for reached in scale_runs.values()]
reveal("usable_scales", usable, word="it was")

# %% [markdown]
# <details><summary>What came out</summary>
#
# *Accuracy against scale. Without batch norm: 0.1 everywhere, with one narrow peak near 0.2. With it: around 0.6 for the smallest scales, above 0.9 from about 0.03 to 0.3, and somewhat less at 1.*
#
# Of twenty scales, one or two work without batch norm, and ten or more with it (10 to 14 over ten runs): the claim holds. It is "reduces", though, not "removes". The scales below 0.01 have much the same healthy gradient as the others (claim 1), and still they learn more slowly. This is the downside of what made high rates harmless: short weights turn by a *large* angle. With weights of 0.001 the very first step is longer than the weights themselves: most of what was random is replaced by the gradient of one batch, and the network has to recover from that. Large weights hardly turn at all: in the picture at the top, with weights of 1, a rate of 0.05 reaches 56 % in five epochs, and one of 1.6 reaches 90 %. With ten epochs instead of five (`by_scale(OWN, epochs=10)`), 14 to 20 of the twenty get there, 18 on average; without batch norm the small scales stay where they are, at 0.1.
#
# </details>

# %% [markdown]
# **Q3 (2 points).** With batch normalisation, which scale of the weights is "right" now, and what do too small and too large ones do? Compare with what they do without it.

# %% [markdown] question="bn_initialisation" points=2
# ### BEGIN SOLUTION
# **Model answer.** Forward, the scale no longer matters (as long as the variance is large compared with eps), so signals and gradients neither vanish nor explode. What the scale still decides is how fast the weights turn: the angle of a step is the rate times a gradient that is in inverse proportion to the weights' length, divided by that length. Small weights take huge turns (the first step wipes out the initialisation), large ones hardly turn. So scale and rate belong together (rate over scale squared), and over a wide range, about two powers of ten here, both are fine. Without batch norm too small means that no signal and no gradient gets through, for ever, and too large that everything explodes at once: only scales within a factor of about 2 around He's work.
#
# **Rubric.** 1 point: with batch norm the scale acts like a learning rate (small: large turns, large: slow). 1 point: without it, signal and gradient vanish or explode; the usable range is much narrower.
# ### END SOLUTION

# %% [markdown]
# ### Claim 4: "A form of regularization in a funny way"
#
# The funny way: in training, what comes out for one image depends on which others are in its batch. That is noise, and noise can keep a network from memorising its training set. Is the noise real? Take the network trained above, and ask it for the probability of one image's right class, in mode "train", in batches with 4, 9 or 49 random others.

# %%
needs("batchnorm_forward", "batchnorm_test_mode", "batchnorm_backward")


def right_class(scores, image):
    """Probability of the image's class, from the scores of its row."""
    e = np.exp(scores - scores.max())
    return e[y_later[image]] / e.sum()


def company(network, image, size, times=200):
    """Probability of the image's class in mode "train", in batches with random others."""
    rng, given = np.random.default_rng(image), []
    for _ in range(times):
        rows = np.concatenate([[image], 500 + rng.choice(297, size - 1, replace=False)])
        given.append(right_class(network.scores(X_later[rows], mode="train")[0], image))
    return np.array(given)


in_company = {size: company(first["batch norm"], 5, size) for size in (5, 10, 50)}
certain = right_class(first["batch norm"].scores(X_later[[5]])[0], 5)
with style((10, 3)):
    _, axes = plt.subplots(1, 3, sharey=True)
    for ax, (size, given) in zip(axes, in_company.items(), strict=True):
        share = np.full(len(given), 1 / len(given))
        ax.hist(given, bins=np.linspace(0, 1, 21), weights=share, color=PALETTE[0])
        ax.set(
            xlabel="probability of the right class", ylabel="fraction", title=f"batches of {size}"
        )
        ax.label_outer()
    plt.show()
stds = ", ".join(f"{given.std():.2f} in batches of {size}" for size, given in in_company.items())
print(f"standard deviations: {stds}; at test time always {certain:.3f}")

# %% [markdown]
# *Three histograms of one and the same image's probability. In batches of 5 it is anywhere from 0 to 1, in batches of 50 nearly always close to 1.*
#
# The noise is real, and large in small batches. (Over ten images the mean of the standard deviations is about 0.35 in batches of 5, 0.3 in batches of 10, and 0.1 in batches of 50.)
#
# Does it regularise? If so, it should show where memorising is easy: with only 200 training images, and then with a fifth of their labels replaced by random ones. Two hidden layers, 40 epochs, five runs each.
#
# **Predict** the accuracy on the 797 other images when a fifth of the labels are random, without and with batch norm.

# %%
guess("accuracy_with_random_labels", ...)  # two accuracies, without and with, such as [0.7, 0.8]

# %%
needs("batchnorm_forward", "batchnorm_test_mode", "batchnorm_backward")


def few_images(pair, wrong, seed):
    """Accuracy on 200 training images, a share `wrong` of which have random labels, and later."""
    rng = np.random.default_rng(seed)
    rows = rng.choice(1000, 200, replace=False)
    X, y = digits.X_train[rows], digits.y_train[rows].copy()
    replaced = rng.random(200) < wrong
    y[replaced] = rng.integers(0, 10, replaced.sum())
    network = make(pair, layers=2, seed=seed)
    train(network, 0.3, epochs=40, batch_size=20, seed=seed, X=X, y=y)
    return network.accuracy(X, y), accuracy(network)


by_heart = {}
for wrong in (0.0, 0.2):
    for name, pair in BOTH.items():
        by_heart[wrong, name] = np.array([few_images(pair, wrong, seed) for seed in range(5)])
print("random labels              training images   other images (least, most)")
for (wrong, name), found in by_heart.items():
    training, later = found.T
    spread = f"({later.min():.3f}, {later.max():.3f})"
    print(f"{wrong:13.0%} {name:>12} {training.mean():17.3f} {later.mean():14.3f} {spread}")
reveal("accuracy_with_random_labels", [by_heart[0.2, name][:, 1].mean() for name in BOTH])

# %% [markdown]
# <details><summary>What came out</summary>
#
# All four memorise their training images, wrong labels included, or nearly. On the other images batch norm makes no difference in the first case, and in the second it is no better either: a little *worse*, by two points on average over 25 runs. **On the digits the fourth claim does not show.** ("And slightly reduces the need for dropout, maybe": the slide is cautious itself. Notebook 07 looks at the two together.) The noise of a batch is there, but so is a network that learns faster, right things and wrong ones.
#
# </details>

# %% [markdown]
# Noise has a price. Four hidden layers, three epochs, batches of 2, 5, 10 and 50; the rate is in proportion to the batch size, so that an epoch covers the same ground. To find the cause, the last column repeats the test with the exact statistics of all 1000 training images in place of the running values.
#
# **Predict** the accuracy with batch norm in batches of 2.

# %%
guess("accuracy_in_batches_of_2", ...)  # a number from 0 to 1

# %%
needs("batchnorm_forward", "batchnorm_test_mode", "batchnorm_backward")


def by_batch_size(pair, size, seed=0):
    """Accuracy after three epochs; and with exact statistics, if there are any."""
    network = make(pair, layers=4, seed=seed)
    train(network, 0.2 * size / 50, epochs=3, batch_size=size, seed=seed)
    usual = accuracy(network)
    if any("running_mean" in bn_param for bn_param in network.bn_params):
        for bn_param in network.bn_params:
            bn_param["momentum"] = 0.0
        network.forward((digits.X_train, digits.y_train))
    return usual, accuracy(network)


sizes = (2, 5, 10, 50)
size_runs = {}
for name, pair in BOTH.items():
    size_runs[name] = np.array([by_batch_size(pair, size) for size in sizes])
print("batch size   without   batch norm   with exact statistics")
for size, (plain, _), (usual, exact) in zip(sizes, *size_runs.values(), strict=True):
    print(f"{size:10} {plain:9.2f} {usual:12.2f} {exact:18.2f}")
reveal("accuracy_in_batches_of_2", size_runs["batch norm"][0, 0])

# %% [markdown]
# <details><summary>What came out</summary>
#
# Without batch norm, batches of 2 are as good as any. With it they are a disaster: you know from the question above what two numbers become, whatever they are. Batches of 5 cost some five points, batches of 10 a point or two. The exact statistics do not help, so the running values are not to blame: what was learned from the noise is bad.
#
# </details>

# %% [markdown]
# **Q4 (2 points).** In which way does batch normalisation add noise to the training of an image? How does the noise depend on the batch size, and why is it not there at test time?

# %% [markdown] question="bn_regularisation" points=2
# ### BEGIN SOLUTION
# **Model answer.** The image is normalised with the mean and the variance of the batch that it happens to be in. These are estimates from N random examples, so they differ from batch to batch, by about $1/\sqrt{N}$ of a standard deviation: with N = 50 little, with N = 5 a lot, and with N = 2 hardly anything of the input is left but the sign. So the same image gives different outputs and gradients in different steps, which is noise, a little like that of dropout. At test time the running values are used, which are constants: the same image always gives the same output.
#
# **Rubric.** 1 point: depends on the random others in the batch, through mean and variance; smaller batches, more noise (about one over the root of N). 1 point: running values are fixed, so the output is a function of the image alone.
# ### END SOLUTION

# %% [markdown]
# ## Why test mode must not use the batch
#
# One last experiment, with the trained network: the same 797 images, the same weights. In mode "train" an image's scores depend on its batch. So sort the images by class, as they might come from a folder.
#
# **Predict** the accuracy in mode "train", in batches of 50: shuffled, and sorted by class.

# %%
guess("accuracy_left_in_train_mode", ...)  # two accuracies, such as [0.9, 0.5]

# %%
needs("batchnorm_forward", "batchnorm_test_mode", "batchnorm_backward")


def accuracy_in_batches(network, size, order):
    """Accuracy if mode "train" is left on, in batches of `size`, in this order."""
    right = 0
    for start in range(0, len(order) - size + 1, size):
        rows = order[start : start + size]
        right += np.sum(network.scores(X_later[rows], mode="train").argmax(axis=1) == y_later[rows])
    return right / (len(order) // size * size)


shuffled = np.random.default_rng(0).permutation(797)
by_class = np.argsort(y_later, kind="stable")
left_on = {}
print(f"mode test, any batches, any order      {accuracy(first['batch norm']):.3f}")
cases = [(size, "shuffled", shuffled) for size in (50, 5, 1)] + [(50, "sorted by class", by_class)]
for size, name, order in cases:
    left_on[size, name] = accuracy_in_batches(first["batch norm"], size, order)
    print(f"mode train, batches of {size:2}, {name:15} {left_on[size, name]:.3f}")
asked = [left_on[50, name] for name in ("shuffled", "sorted by class")]
reveal("accuracy_left_in_train_mode", asked, form=".2f")

# %% [markdown]
# <details><summary>What came out</summary>
#
# In shuffled batches of 50 you would hardly notice that mode "train" was left on: two to four points are missing. In small batches the network falls apart. For a single image it guesses, and sorted by class it is hardly better: fifty zeros, normalised among themselves, no longer look like zeros. This is one of the most common bugs with batch normalisation, and the shuffled batch of 50 is why it is found so late.
#
# </details>

# %% [markdown]
# **Q5 (2 points).** Give two reasons why a network in use must not normalise with the batch that comes in, even if it has 50 images.

# %% [markdown] question="bn_test_mode" points=2
# ### BEGIN SOLUTION
# **Model answer.** (1) The answer for one image would depend on which others happen to be in its batch: it is not a function of the image, cannot be repeated, and can be manipulated through the other images. (2) The batch in use need not be a random sample like those of training: sorted by class, or from one camera, it has another mean and another variance, so the normalisation removes just what tells the class (measured: from over 0.9 to about 0.2). (3) For one image alone nothing is left: x minus its mean is 0. (4) Images of the test set would give each other information: a leak, so that the measured accuracy is not that of the model.
#
# **Rubric.** 1 point each for two different reasons.
# ### END SOLUTION

# %% [markdown]
# ## Bonus: layer normalisation
#
# The trouble with small batches comes from averaging over *examples*. Layer normalisation averages over the *features* of each example instead:
#
# $$\mu_i = \frac1D \sum_j x_{ij}, \qquad \sigma_i^2 = \frac1D \sum_j (x_{ij} - \mu_i)^2, \qquad y_{ij} = \gamma_j\, \frac{x_{ij} - \mu_i}{\sqrt{\sigma_i^2 + \varepsilon}} + \beta_j .$$
#
# Examples do not see each other, so there is nothing to remember, and training and test time are the same. $\gamma$ and $\beta$ still have one number per *feature*. That is the one trap on the way back: $\gamma$ now differs within the sums.
#
# <details><summary>Hint 1</summary>
#
# Without $\gamma$ and $\beta$ it is batch normalisation of the transposed array. `keepdims=True` keeps the statistics as a column, so that they broadcast along the rows.
#
# </details>
# <details><summary>Hint 2</summary>
#
# Take your formula of one line, for the gradient that has *already* been multiplied by gamma, and change its axis and its $N$.
#
# </details>
# <details><summary>Hint 3: nearly there</summary>
#
# Two axes in one function: the sums in dx go over the features of each example, those for dgamma and dbeta over the examples, as before.
#
# </details>

# %% solution="layernorm"
def layernorm_forward(x, gamma, beta, ln_param):
    """Normalise each row of x, then scale by gamma and shift by beta: returns (out, cache).

    x: (N, D). gamma, beta: (D,). ln_param: "eps" (1e-5 if absent); there is nothing else to know.
    """
    ### BEGIN SOLUTION
    mu, var = x.mean(axis=1, keepdims=True), x.var(axis=1, keepdims=True)
    istd = 1 / np.sqrt(var + ln_param.get("eps", 1e-5))
    xhat = (x - mu) * istd
    return gamma * xhat + beta, (xhat, istd, gamma)
    ### END SOLUTION


def layernorm_backward(dout, cache):
    """Gradients (dx, dgamma, dbeta) of layernorm_forward: (N, D), (D,), (D,)."""
    ### BEGIN SOLUTION
    xhat, istd, gamma = cache
    g = dout * gamma
    along = np.mean(g * xhat, axis=1, keepdims=True)
    dx = istd * (g - g.mean(axis=1, keepdims=True) - xhat * along)
    return dx, (dout * xhat).sum(axis=0), dout.sum(axis=0)
    ### END SOLUTION

# %% check="layernorm"
check("layernorm")

# %%
needs("batchnorm_forward", "batchnorm_test_mode", "batchnorm_backward", "layernorm")
layer_norm = (layernorm_forward, layernorm_backward)
size_runs["layer norm"] = np.array([by_batch_size(layer_norm, size) for size in sizes])
with style((7.5, 3.8)):
    _, ax = plt.subplots()
    usual = {name: found[:, 0] for name, found in size_runs.items()}
    title = "4 hidden layers, 3 epochs"
    curves(ax, range(4), usual, xlabel="batch size", ylabel="accuracy", title=title, marker="o")
    ax.set_xticks(range(4), [str(size) for size in sizes])
    ax.set_ylim(0, 1)
    plt.show()
shares = ", ".join(f"{share:.2f}" for share in size_runs["layer norm"][:, 0])
print(f"layer norm, batches of 2, 5, 10, 50: {shares}")

# %% [markdown]
# *Accuracy against batch size. Without normalisation and with layer norm the curves are level at about 0.9; that of batch norm climbs from 0.2 or 0.3 for batches of 2 to 0.9 for batches of 5 and 10.*
#
# Small batches do not hurt layer norm. The first large language models used it; since about 2023 most use its shorter relative RMSNorm (see the end). In networks for images batch norm usually wins, if the batches are large enough.

# %% [markdown]
# ## What to take home
#
# - Normalise each feature over the batch, then give it a scale and a shift of its own. Here $\varepsilon$ is inside the root, the variance is biased, and momentum weighs the old value; look up what your library does.
# - The gradient takes three paths: directly, through the mean and through the variance. Its sum over a column is 0.
# - The scale of the weights cancels, forward and backward: higher rates in deep networks, less dependence on initialisation. Shallow ones gain little. With ReLU the gradient still grows by 1.21 per layer, and beyond some 20 layers you need skip connections. We saw no regularisation, and small batches hurt.
# - The layer has two modes. If you forget to switch, you notice late, and in use rather than in your own tests.

# %% [markdown]
# ## Since then (2026)
#
# - **Why it works.** The paper's reason was *internal covariate shift*: each layer's inputs change while the layers below it learn. Santurkar et al. ([2018](https://arxiv.org/abs/1805.11604)) added noise after each batch normalisation, so that this shift was larger than without it, and the network trained as fast as before. That evidence against the paper's reason is good. Their own reason, a smoother loss, fits what they measured, but other explanations do as well.
# - **Rates that tune themselves.** What you saw in claim 2 has since been proved for weights whose length does not matter: any fixed rate leads to a point where the gradient vanishes (Arora, Li and Lyu, [2018](https://arxiv.org/abs/1812.03981)).
# - **Convolutions.** There, each *channel* is normalised, over all images and all places in them: mean and variance over $N$, $H$ and $W$. The cell below does it with your function.
# - **Other things to average over.** Layer norm (Ba et al., [2016](https://arxiv.org/abs/1607.06450)) takes the features of one example, group norm (Wu and He, [2018](https://arxiv.org/abs/1803.08494)) a group of channels of one image. Both do without the batch.
# - **RMSNorm** (Zhang and Sennrich, [2019](https://arxiv.org/abs/1910.07467)) is layer norm without the mean and without $\beta$: it divides by the root of the mean square. Most language models since about 2023 use it, together with SwiGLU in place of ReLU; LLaMA ([2023](https://arxiv.org/abs/2302.13971)) made the pair common. The reason is mostly speed at equal quality.
# - **Pre-norm.** Normalising the branch and leaving the stream alone, as you did with skip connections, keeps the gradients of deep transformers even at the start, so that they can be trained without a warm-up of the rate (Xiong et al., [2020](https://arxiv.org/abs/2002.04745)).
# - **Without any.** Careful initialisation and clipping can replace batch norm in image networks (Brock et al., [2021](https://arxiv.org/abs/2102.06171)), and an elementwise tanh has replaced layer norm in transformers (Zhu et al., [2025](https://arxiv.org/abs/2503.10622)). Neither is in common use yet.

# %%
needs("batchnorm_forward")
rng = np.random.default_rng(0)
pictures = rng.standard_normal((6, 3, 5, 4)) * [[[[1.0]], [[10.0]], [[0.1]]]] + 7  # (N, C, H, W)
flat = pictures.transpose(0, 2, 3, 1).reshape(-1, 3)  # a row for each place of each picture
out, _ = batchnorm_forward(flat, np.ones(3), np.zeros(3), {"mode": "train"})
normed = out.reshape(6, 5, 4, 3).transpose(0, 3, 1, 2)
print("standard deviation of each channel:", normed.std(axis=(0, 2, 3)).round(2))


def rms_norm(x, gamma, eps=1e-5):
    """x over the root of its mean square, for each example (row)."""
    return gamma * x / np.sqrt(np.mean(x**2, axis=1, keepdims=True) + eps)


x = rng.standard_normal((4, 50))
rms_changes = {}
for change, changed in (("ten times x", 10 * x), ("x plus 3", x + 3)):
    rms_changes[change] = np.abs(rms_norm(changed, 1) - rms_norm(x, 1)).max()
    print(f"RMSNorm of {change}: differs from that of x by {rms_changes[change]:.1g} at most")

# %% [markdown]
# RMSNorm ignores the scale of its input, as layer norm does, but not a shift.
#
# **Further reading**
# - Ioffe and Szegedy, [*Batch Normalization*](https://arxiv.org/abs/1502.03167), 2015: the paper, still easy to read.
# - Santurkar et al., [*How Does Batch Normalization Help Optimization?*](https://arxiv.org/abs/1805.11604), 2018.
# - Yang et al., [*A Mean Field Theory of Batch Normalization*](https://arxiv.org/abs/1902.08129), 2019: gradients in deep networks, with proofs.
#
# Your points so far:

# %%
progress("03_batchnorm")
