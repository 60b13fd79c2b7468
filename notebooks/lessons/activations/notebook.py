# %% [markdown]
# # 01 · Activation functions
#
# Between two matrix products there must be something that is not linear: without it, a stack of a hundred layers is one matrix. The lecture shows six candidates on one slide. Here you build all six, forward and backward, and then put them to the test: which of them let a gradient through ten layers, and which can die?
#
# **You will learn**
# - how a layer is written as a pair of functions that share a `cache`,
# - why sigmoids saturate, and what their positive outputs do to the gradient of the next layer's weights,
# - how a ReLU dies, and what leaky ReLU, maxout and ELU do about it,
# - how to write these so that an input of 1000 does no harm.
#
# **Slides:** "Activation Functions". **Time:** two to three hours. **Points:** {{points}}.
#
# How it goes: *predict*, *write*, *check*, *look*. Wherever it says **Predict**, do so before you run the cell; a wrong prediction teaches more than a right one. Hints come in three steps; open as few as you can.

# %% locked="setup"
import matplotlib.pyplot as plt
import numpy as np

from autograder.check import check, needs, progress
from cs231n_lib.data import load_digits
from cs231n_lib.gradcheck import numerical_gradient, relative_error
from cs231n_lib.network import Network
from cs231n_lib.plotting import PALETTE, curves, style
from cs231n_lib.training import fit

digits = load_digits()


def look(name, forward, backward):
    """Draw a function and its slope, and compare the slope with one that needs no calculus."""
    x = np.linspace(-4, 4, 400)  # an even number of points, so that none is exactly 0
    ones = np.ones_like(x)
    out, cache = forward(x.copy())
    slope = backward(ones.copy(), cache)
    numeric = numerical_gradient(lambda x: forward(x.copy())[0], x, df=ones)
    with style((6.4, 3.2)):
        _, ax = plt.subplots()
        curves(ax, x, {"value": out, "slope": slope}, xlabel="x", ylabel="value, slope", title=name)
        plt.show()
    print(f"your slope against a numerical one: relative error {relative_error(slope, numeric):.0e}")

# %% [markdown]
# ## Predict, then play
#
# What is at stake, before you write a line: choose one of five activations, and how large the random weights of a network are at its start. (The sixth, maxout, has weights of its own and no one curve.) Left is the function with its slope. Right is what becomes of a gradient that comes back through ten layers of 100 such units.
#
# **Predict** what the question above the drawings asks, and write it down. Then play. What in the left drawing could have told you what happens in the right one? You will measure the same with your own functions, after you have built them.

# %%
from cs231n_lib.play import play

play("activations")

# %% [markdown]
# ## One layer, two functions
#
# A layer appears in a network as a pair:
#
# - `x_forward(x) -> (out, cache)` computes the output, and puts aside in `cache` whatever the way back will need. What that is, is your business: a number, an array, a tuple, a dict.
# - `x_backward(dout, cache) -> dx` is told how the loss changes with the layer's *output*, `dout` $= \partial L / \partial\, \text{out}$, and answers how it changes with the *input*, `dx` $= \partial L / \partial x$.
#
# An activation works on each number by itself, so the chain rule is one product per number, $\;\text{dx} = \text{dout} \cdot f'(x)$. Here is the pattern with a function that is on no slide, $f(x) = x^2$:

# %%
def square_forward(x):
    return x**2, x  # the slope will need x


def square_backward(dout, cache):
    x = cache
    return dout * 2 * x


look("square", square_forward, square_backward)

# %% [markdown]
# The line under the figure is a *gradient check*: the slope is measured once more, as $\big(f(x+h) - f(x-h)\big) / 2h$, and compared. Below $10^{-5}$ or so, be happy. You get one with each of your functions.
#
# Two manners that every layer keeps: it does not change the arrays that it is given (somebody else may need them), and it remembers nothing except through `cache` (the same function serves many layers of one network).

# %% [markdown]
# ## Sigmoid
#
# $$\sigma(x) = \frac{1}{1 + e^{-x}}$$
#
# It squashes every number into $(0, 1)$. History likes it: it looks like the firing rate of a nerve cell. Its slope has a famous short form in terms of its own value, which is worth deriving once with pencil and paper: where is it largest, and how large?
#
# There is a catch. $e^{710}$ does not fit into a 64-bit float. At $x = -1000$ the formula as it stands computes $1/(1+\infty) = 0$: the right number, with a warning; rearranged carelessly it gives $\infty/\infty$, which is not a number at all. **Your sigmoid should be calm at ±1000: no warning, no NaN.**
#
# <details><summary>Hint 1: the slope</summary>
#
# Differentiate $(1 + e^{-x})^{-1}$, and look for $\sigma$ in the result. It helps to know that $1 - \sigma(x) = \sigma(-x)$.
#
# </details>
# <details><summary>Hint 2: staying calm</summary>
#
# $e^{t}$ overflows only for large *positive* $t$. Multiply numerator and denominator of $\sigma$ by $e^{x}$: you get a second form. Which of the two is safe for $x < 0$, which for $x \ge 0$?
#
# </details>
# <details><summary>Hint 3: nearly there</summary>
#
# `np.where(condition, a, b)` computes `a` *and* `b` everywhere before it selects, so a dangerous `exp` inside it still warns. But one exponential is enough for both forms: the one of minus the absolute value of $x$, which is never above 1. For the way back, think about which single array is the best thing to put into `cache`.
#
# </details>

# %% solution="sigmoid"
def sigmoid_forward(x):
    """Squash each number into (0, 1).

    x: array of any shape. Returns (out, cache), out of the shape of x.
    No overflow, no warning and no NaN for any finite x.
    """
    ### BEGIN SOLUTION
    e = np.exp(-np.abs(x))
    out = np.where(x >= 0, 1.0, e) / (1.0 + e)
    return out, out
    ### END SOLUTION


def sigmoid_backward(dout, cache):
    """Gradient for x, given dout (the gradient for out) and the forward pass's cache."""
    ### BEGIN SOLUTION
    out = cache
    return dout * out * (1.0 - out)
    ### END SOLUTION

# %% check="sigmoid"
check("sigmoid")

# %%
needs("sigmoid")
look("sigmoid", sigmoid_forward, sigmoid_backward)

# %% [markdown]
# An S from 0 to 1; the slope is a low hill, at most ¼ (at $x = 0$), and next to nothing beyond ±4. Keep that ¼ in mind: every sigmoid on the way multiplies the gradient by ¼ *at best*.

# %% [markdown]
# ## tanh
#
# $$\tanh(x) = \frac{e^{x} - e^{-x}}{e^{x} + e^{-x}}$$
#
# It squashes into $(-1, 1)$ and goes through the origin. It is the sigmoid in disguise, stretched and moved: $\;\sigma(x) = \tfrac12 + \tfrac12 \tanh(x/2)$.
#
# **Predict:** how large is its largest slope? (Use the identity: the sigmoid's is ¼.)
#
# <details><summary>Hint 1</summary>
#
# The formula above overflows in the numerator and in the denominator. Does NumPy perhaps have this function?
#
# </details>
# <details><summary>Hint 2</summary>
#
# Quotient rule, then look for $\tanh$ itself in the result, squared.
#
# </details>
# <details><summary>Hint 3: nearly there</summary>
#
# The slope depends on the *value* only, as with the sigmoid. Test your formula at two places: at 0 it must give 1, and where the value is close to ±1 it must be close to 0.
#
# </details>

# %% solution="tanh"
def tanh_forward(x):
    """Squash each number into (-1, 1). x: any shape. Returns (out, cache)."""
    ### BEGIN SOLUTION
    out = np.tanh(x)
    return out, out
    ### END SOLUTION


def tanh_backward(dout, cache):
    """Gradient for x, given dout and the forward pass's cache."""
    ### BEGIN SOLUTION
    out = cache
    return dout * (1.0 - out**2)
    ### END SOLUTION

# %% check="tanh"
check("tanh")

# %%
needs("sigmoid", "tanh")
look("tanh", tanh_forward, tanh_backward)
x = np.linspace(-30, 30, 61)
difference = sigmoid_forward(x)[0] - (0.5 + 0.5 * tanh_forward(x / 2)[0])
print(f"sigmoid against its disguise: largest difference {np.abs(difference).max():.0e}")

# %% [markdown]
# Twice as steep in $x$ and twice as high: the slope at 0 is $2 \cdot 2 \cdot \tfrac14 = 1$. But it still flattens out on both sides: tanh *saturates* just as the sigmoid does.

# %% [markdown]
# ## Does it matter that the sigmoid is never negative?
#
# tanh is centred on zero, the sigmoid on ½. It sounds like a trifle. Take one unit of the *next* layer, $f = w \cdot x + b$, whose inputs $x_i$ are outputs of sigmoids, and one example with loss $L$.
#
# **Predict:** what do the signs of $\partial L/\partial w_1, \dots, \partial L/\partial w_{10}$ look like, for one example? For the average over a mini-batch of 100?
#
# The cell draws examples with ten inputs each, and counts how often all ten gradients of $w$ have the same sign. The third row is the very same sigmoid with ½ subtracted.

# %%
needs("sigmoid", "tanh")
rng = np.random.default_rng(0)
z = rng.standard_normal((20_000, 10))
df = rng.standard_normal((20_000, 1))  # dL/df of each example: of either sign
inputs = {
    "sigmoid": sigmoid_forward(z)[0],
    "tanh": tanh_forward(z)[0],
    "sigmoid - 1/2": sigmoid_forward(z)[0] - 0.5,
}
print("all ten gradients of one sign, in batches of    1     10    100")
for name, x in inputs.items():
    row = f"{name:>43} "
    for size in (1, 10, 100):
        dw = (df * x).reshape(-1, size, 10).mean(axis=1)
        same = np.abs(np.sign(dw).sum(axis=1)) == 10
        row += f"{same.mean():7.1%}"
    print(row)

# %% [markdown]
# For single examples it is always so with the sigmoid, and in one of 500 cases with the other two ($2 \cdot 2^{-10}$, like throwing ten coins). Averaging over a batch mixes signs, as some say in the sigmoid's defence. It helps less than one might hope: even in batches of 100 more than half of the gradients point all one way, because the ten gradients still share a large common part.
#
# What does it do to learning? Suppose the best $w$ is $(1, -1)$ and we start at $(0, 0)$: one weight must go up, the other down. If every step moves both in the same direction…

# %%
needs("sigmoid")


def walk(shift, rate, seed, steps=60):
    """SGD with one example a step on f = w·x with a squared loss; the goal is w = (1, -1)."""
    rng = np.random.default_rng(seed)
    goal, path = np.array([1.0, -1.0]), [np.zeros(2)]
    for _ in range(steps):
        x = sigmoid_forward(rng.standard_normal(2))[0] - shift
        df = x @ path[-1] - x @ goal
        path.append(path[-1] - rate * df * x)
    return np.array(path)


def steps_needed(path, near=0.1):
    """The step after which the path stays within `near` of the goal."""
    return 1 + np.nonzero(np.linalg.norm(path - [1, -1], axis=1) > near)[0].max()


runs = {"sigmoid, rate 2": (0.0, 2.0), "sigmoid - 1/2, rate 6": (0.5, 6.0)}
with style((7.2, 4.2)):
    _, ax = plt.subplots()
    for (label, run), colour, dash in zip(runs.items(), PALETTE, ("-", "--"), strict=False):
        path = walk(*run, seed=5)
        ax.plot(*path.T, dash, color=colour, marker="o", markersize=3, linewidth=1.4, label=label)
    ax.plot(1, -1, "*", color="#808080", markersize=16, label="goal")
    ax.set(xlabel="first weight", ylabel="second weight", title="one sign for both gradients: zig-zag")
    ax.set_aspect("equal")
    ax.legend(loc="center left", bbox_to_anchor=(1, 0.5))
    plt.show()
for label, run in runs.items():
    counts = [steps_needed(walk(*run, seed, steps=400)) for seed in range(15)]
    print(f"{label:22} steps to the goal: {np.median(counts):.0f} (of 15 runs: {min(counts)} to {max(counts)})")

# %% [markdown]
# The figure shows two walks in the plane of the two weights, from $(0,0)$ to the star. The goal lies to the lower right, but with positive inputs each step can only go to the upper right or the lower left: the solid walk gets there by zig-zag. With ½ subtracted (dashed) every direction is open. Each has the best rate that we found for it, and the one that is not centred still needs about twice the steps.
#
# Now in your own words, and first as a multiple choice. One unit $f = w\cdot x + b$ gets its inputs from sigmoids. What holds for the gradient of the loss of **one example** with respect to $w$?
#
# - **A.** All components are positive, because the inputs are.
# - **B.** The sign of each component is the sign of its weight.
# - **C.** All components have the sign of $\partial L/\partial f$.
# - **D.** The components add up to zero.

# %% solution="q_not_zero_centred"
q_not_zero_centred = ...  # "A", "B", "C" or "D"
### BEGIN SOLUTION
q_not_zero_centred = "C"
### END SOLUTION

# %% check="q_not_zero_centred"
check("q_not_zero_centred")

# %% [markdown]
# **Q: Why does an activation that is not zero-centred make the gradients of $w$ all of one sign, and why is that bad?** Answer in three to five sentences, with the formula, and say for what size of batch your statement is exact. *(3 points)*

# %% [markdown] question="why_not_zero_centred" points=3
# ### BEGIN SOLUTION
# **Model answer.** For one example, $f = \sum_i w_i x_i + b$ gives $\partial L/\partial w_i = (\partial L/\partial f)\, x_i$. If all $x_i$ are outputs of a sigmoid they are positive, so every component has the sign of the one factor that they share, $\partial L/\partial f$. So a step can only raise all weights of this unit or lower all of them; if some have to go up and others down, the path zig-zags and needs more steps. The statement is exact for a single example. In a mini-batch the examples' $\partial L/\partial f$ differ in sign and the average may have mixed signs, but its common part stays large, so learning remains slower than with centred inputs.
#
# **Rubric.** 1 point: the gradient is $\partial L/\partial f$ times the input. 1 point: positive inputs, so the shared factor decides every sign, and updates go all up or all down (zig-zag). 1 point: exact for one example only; an average over a batch can mix signs.
# ### END SOLUTION

# %% [markdown]
# ## ReLU
#
# $$f(x) = \max(0, x)$$
#
# The *rectified linear unit* does not saturate for positive $x$, costs next to nothing, and trains faster in practice than the two above. For negative $x$ it gives 0, and lets no gradient back.
#
# Where exactly $x = 0$ the slope is a matter of convention: 0 and 1 are both fine. And minus infinity should give 0, not NaN.
#
# **Predict:** which array decides where the gradient passes: `dout`, `x`, or either?
#
# <details><summary>Hint 1</summary>
#
# NumPy has a function that takes the larger of two things, element by element. (`np.max` is not the one.)
#
# </details>
# <details><summary>Hint 2</summary>
#
# If you multiply by a mask of zeros and ones: what is $0 \cdot (-\infty)$?
#
# </details>
# <details><summary>Hint 3: nearly there</summary>
#
# Backward: where $x$ was positive, `dout` passes as it is, with whatever sign it has; elsewhere there is 0. Do not write into `dout`: make a new array.
#
# </details>

# %% solution="relu"
def relu_forward(x):
    """The larger of 0 and x, element by element. x: any shape. Returns (out, cache)."""
    ### BEGIN SOLUTION
    return np.maximum(0, x), x
    ### END SOLUTION


def relu_backward(dout, cache):
    """Gradient for x, given dout and the forward pass's cache."""
    ### BEGIN SOLUTION
    x = cache
    return np.where(x > 0, dout, 0.0)
    ### END SOLUTION

# %% check="relu"
check("relu")

# %%
needs("relu")
look("ReLU", relu_forward, relu_backward)

# %% [markdown]
# A hinge and a step. To the right the slope is 1: a gradient passes any number of ReLUs unharmed, as long as they are *on*. To the left it is 0, and not just small.

# %% [markdown]
# ## Leaky ReLU
#
# $$f(x) = \max(\alpha x, x), \qquad \alpha = 0.1 \text{ on the slide}$$
#
# A ReLU that leaks: to the left there is a small slope instead of none, so a gradient always comes back. Elsewhere you will meet $\alpha = 0.01$ (PyTorch's default); in *PReLU* it is learned.
#
# **Predict:** the slide writes a maximum. For which $\alpha$ would that maximum no longer be a leaky ReLU?
#
# <details><summary>Hint 1</summary>
#
# `alpha` is an argument with a default: a caller may pass another value, and the backward pass needs the one that was used. How does it get there?
#
# </details>
# <details><summary>Hint 2</summary>
#
# A `cache` may be a tuple.
#
# </details>
# <details><summary>Hint 3: nearly there</summary>
#
# As with the ReLU, `x` decides which side an element is on. The only difference is what happens on the negative side: there, not 0 but a fraction of `dout` comes through.
#
# </details>

# %% solution="leaky_relu"
def leaky_relu_forward(x, alpha=0.1):
    """x where x is positive, alpha times x elsewhere. x: any shape; 0 < alpha < 1."""
    ### BEGIN SOLUTION
    return np.where(x > 0, x, alpha * x), (x, alpha)
    ### END SOLUTION


def leaky_relu_backward(dout, cache):
    """Gradient for x, given dout and the forward pass's cache."""
    ### BEGIN SOLUTION
    x, alpha = cache
    return np.where(x > 0, 1.0, alpha) * dout
    ### END SOLUTION

# %% check="leaky_relu"
check("leaky_relu")

# %%
needs("leaky_relu")
look("leaky ReLU", leaky_relu_forward, leaky_relu_backward)

# %% [markdown]
# The hinge does not close quite: the slope is 0.1 on the left and 1 on the right. (With $\alpha > 1$ the maximum would select the *other* line on each side. That is why $\alpha$ stays below 1.)

# %% [markdown]
# ## Maxout
#
# $$f(x) = \max(w_1^T x + b_1,\; w_2^T x + b_2)$$
#
# Why decide on a shape at all? A maxout unit has *two* linear pieces and takes the larger one; where the kink is and how steep the sides are is learned. It does not saturate and cannot die. The price: twice the parameters.
#
# With $N$ examples, $D$ inputs and $M$ units: `x` is $(N, D)$, `w1` and `w2` are $(D, M)$, `b1` and `b2` are $(M,)$, `out` is $(N, M)$. The backward pass returns five gradients, each of the shape of what it belongs to. Where the two pieces are exactly equal, `dout` must be counted **once**: it does not matter which piece gets it, or whether they share.
#
# **Predict:** which $w_1, b_1, w_2, b_2$ make a maxout unit with one input a ReLU? Which make it $|x|$?
#
# <details><summary>Hint 1</summary>
#
# Compute the two pieces, each $(N, M)$. For every element of `out` one of them won; a boolean array can remember which.
#
# </details>
# <details><summary>Hint 2</summary>
#
# Split `dout` into two arrays that add up to `dout`: one for the elements where the first piece won, one for all the others. From here on each piece is an ordinary linear layer with its own upstream gradient.
#
# </details>
# <details><summary>Hint 3: nearly there</summary>
#
# For a linear layer `x @ w + b` with upstream gradient `d`: the gradient for `w` has shape $(D, M)$, so it can only be a product of `x` and `d` with one of them transposed; the one for `b` adds up over the rows of `d`; the one for `x` has shape $(N, D)$. The input feeds both pieces, so its two gradients add.
#
# </details>

# %% solution="maxout"
def maxout_forward(x, w1, b1, w2, b2):
    """The larger of two affine pieces.

    x (N, D); w1, w2 (D, M); b1, b2 (M,). Returns (out, cache), out (N, M).
    """
    ### BEGIN SOLUTION
    first, second = x @ w1 + b1, x @ w2 + b2
    return np.maximum(first, second), (x, w1, w2, first >= second)
    ### END SOLUTION


def maxout_backward(dout, cache):
    """Gradients (dx, dw1, db1, dw2, db2), given dout (N, M) and the forward pass's cache."""
    ### BEGIN SOLUTION
    x, w1, w2, first_won = cache
    d1 = np.where(first_won, dout, 0.0)
    d2 = np.where(first_won, 0.0, dout)
    dx = d1 @ w1.T + d2 @ w2.T
    return dx, x.T @ d1, d1.sum(axis=0), x.T @ d2, d2.sum(axis=0)
    ### END SOLUTION

# %% check="maxout"
check("maxout")

# %%
needs("maxout")
x = np.linspace(-4, 4, 400)[:, None]
shapes = {  # slope and bias of the first piece, then of the second
    "(1, 0), (0, 0): a ReLU": (1, 0, 0, 0),
    "(1, 0), (-1, 0): |x|": (1, 0, -1, 0),
    "(0.5, 1), (-0.3, -0.5): something else": (0.5, 1, -0.3, -0.5),
}
with style((7.2, 3.4)):
    _, ax = plt.subplots()
    drawn = {}
    for label, (w1, b1, w2, b2) in shapes.items():
        pieces = [np.array([[float(w1)]]), np.array([float(b1)]), np.array([[float(w2)]]), np.array([float(b2)])]
        drawn[label] = maxout_forward(x, *pieces)[0][:, 0]
    curves(ax, x[:, 0], drawn, xlabel="x", ylabel="value", title="one maxout unit, three settings")
    plt.show()

# %% [markdown]
# One unit, three settings of its four numbers: a hinge, a V, and a V with its own slopes whose kink has moved away from 0. Two pieces always bend upwards. Sums of such units can bend either way.

# %% [markdown]
# ## ELU
#
# $$f(x) = \begin{cases} x & \text{if } x > 0 \\ \alpha\,(e^{x} - 1) & \text{if } x \le 0 \end{cases}$$
#
# The *exponential linear unit* is a ReLU with a soft landing: for very negative $x$ it settles at $-\alpha$. So its outputs can be negative and its mean is closer to zero; and the gradient fades gently on the left instead of being cut. The price is an exponential, and the saturation is back (on one side).
#
# **Predict:** for $\alpha = 1$ the slope has no jump at 0. What about $\alpha = 0.5$?
#
# <details><summary>Hint 1</summary>
#
# Which exponentials are computed at $x = 1000$? Remember that `np.where` computes both branches everywhere.
#
# </details>
# <details><summary>Hint 2</summary>
#
# You may feed the exponential something other than `x` in those places where its result is thrown away anyway.
#
# </details>
# <details><summary>Hint 3: nearly there</summary>
#
# Cut the exponent off at 0 with `np.minimum`. On the negative side the slope is $\alpha e^{x}$, which can also be had from the value of `out`; on the positive side it is that of the straight line. The backward pass must know `alpha`.
#
# </details>

# %% solution="elu"
def elu_forward(x, alpha=1.0):
    """x where x is positive, alpha (exp(x) - 1) elsewhere. x: any shape. No overflow for large x."""
    ### BEGIN SOLUTION
    return np.where(x > 0, x, alpha * np.expm1(np.minimum(x, 0))), (x, alpha)
    ### END SOLUTION


def elu_backward(dout, cache):
    """Gradient for x, given dout and the forward pass's cache."""
    ### BEGIN SOLUTION
    x, alpha = cache
    return np.where(x > 0, 1.0, alpha * np.exp(np.minimum(x, 0))) * dout
    ### END SOLUTION

# %% check="elu"
check("elu")

# %%
needs("elu")
look("ELU, alpha 1", elu_forward, elu_backward)

# %% [markdown]
# The landing is soft: value and slope both go over smoothly at 0 (for $\alpha = 1$ only; for $\alpha = 0.5$ the slope jumps from 0.5 to 1).

# %% [markdown]
# ## The slide, redrawn by you
#
# All six in one figure, with their slopes. For maxout we take a unit that has learned $\max(x + \tfrac12,\, -\tfrac12 x)$.

# %%
needs("sigmoid", "tanh", "relu", "leaky_relu", "maxout", "elu")


def maxout_example(x):
    weights = np.array([[1.0]]), np.array([0.5]), np.array([[-0.5]]), np.array([0.0])
    out, cache = maxout_forward(x[:, None], *weights)
    return out[:, 0], cache


def maxout_example_back(dout, cache):
    return maxout_backward(dout[:, None], cache)[0][:, 0]


six = {
    "sigmoid": (sigmoid_forward, sigmoid_backward),
    "tanh": (tanh_forward, tanh_backward),
    "ReLU": (relu_forward, relu_backward),
    "leaky ReLU": (leaky_relu_forward, leaky_relu_backward),
    "maxout": (maxout_example, maxout_example_back),
    "ELU": (elu_forward, elu_backward),
}
x = np.linspace(-4, 4, 400)
with style((9, 5)):
    _, axes = plt.subplots(2, 3, sharex=True, sharey=True)
    for ax, (name, (forward, backward)) in zip(axes.flat, six.items(), strict=True):
        out, cache = forward(x)
        both = {"value": out, "slope": backward(np.ones_like(x), cache)}
        curves(ax, x, both, xlabel="x", ylabel="value, slope", title=name)
        ax.set_ylim(-1.5, 3)
        ax.label_outer()
        ax.legend().set_visible(name == "sigmoid")
    plt.show()

# %% [markdown]
# Top: sigmoid, tanh, ReLU. Bottom: leaky ReLU, maxout, ELU. Solid blue is the value, dashed orange the slope. Look at the dashed lines alone: what they are at a point is what a gradient is multiplied by when it comes back through it.

# %% [markdown]
# ## A gradient that comes through ten layers
#
# Stack ten layers of 100 units, each a random matrix followed by an activation; send data forward and a gradient of size 1 backward; and write down its size after each layer on its way down. We do it for two sizes of the random weights: variance $1/\text{fan-in}$ (the lecture's Xavier initialisation) and $2/\text{fan-in}$ (He's).
#
# **Predict:** which activation loses the most? Which would you bet on to keep the gradient's size, and with which of the two weights?

# %%
needs("sigmoid", "tanh", "relu", "leaky_relu", "maxout", "elu")


def ordinary(forward, backward):
    """A layer of 100 units: makes its weights, returns its output and its way back."""

    def layer(x, gain, rng):
        w = rng.standard_normal((100, 100)) * np.sqrt(gain / 100)
        out, cache = forward(x @ w)
        return out, lambda dout: backward(dout, cache) @ w.T

    return layer


def maxout_layer(x, gain, rng):
    w1, w2 = rng.standard_normal((2, 100, 100)) * np.sqrt(gain / 100)
    out, cache = maxout_forward(x, w1, np.zeros(100), w2, np.zeros(100))
    return out, lambda dout: maxout_backward(dout, cache)[0]


def gradient_sizes(layer, gain, depth=10):
    """Root mean square of the gradient after passing 1, 2, … depth layers backward."""
    rng = np.random.default_rng(0)
    x, ways_back, sizes = rng.standard_normal((200, 100)), [], []
    for _ in range(depth):
        x, back = layer(x, gain, rng)
        ways_back.append(back)
    gradient = rng.standard_normal(x.shape)
    for back in reversed(ways_back):
        gradient = back(gradient)
        sizes.append(np.sqrt(np.mean(gradient**2)))
    return sizes


layers = {name: ordinary(*pair) for name, pair in six.items()} | {"maxout": maxout_layer}
survived = {gain: {name: gradient_sizes(layer, gain) for name, layer in layers.items()} for gain in (1, 2)}
with style((9.5, 4)):
    _, axes = plt.subplots(1, 2, sharey=True)
    for ax, gain, name in zip(axes, (1, 2), ("Xavier", "He"), strict=True):
        curves(
            ax,
            np.arange(1, 11),
            survived[gain],
            xlabel="layers passed on the way back",
            ylabel="size of the gradient",
            title=f"weights of variance {gain}/fan-in ({name})",
            log=True,
        )
        ax.label_outer()
    axes[1].legend().set_visible(False)
    plt.show()
print("what is left after ten layers:   Xavier        He")
for name in layers:
    print(f"{name:>28} {survived[1][name][-1]:11.1e} {survived[2][name][-1]:10.1e}")

# %% [markdown]
# Two panels, size of the gradient (logarithmic) against the layers passed. The sigmoid falls like a stone in both: after ten layers less than a hundred-thousandth is left. With Xavier's weights the ReLU and its leaky sister lose about $1/\sqrt2$ a layer, because half of the units are off; He's factor 2 makes up for just that. tanh and ELU still have about a quarter with Xavier's, and more than they began with under He's; maxout keeps the size with Xavier's, and explodes with He's.
#
# So "which activation?" and "how large are the weights at the start?" are one question. Notebook 02 answers it.

# %% [markdown]
# ## Who is stuck? A report
#
# A unit that sits on a flat part of its curve learns nothing. Write the instrument that finds such units. It is given the *outputs* of one layer, `out` $(N, \text{units})$, and the `kind` of activation that made them. For that kind, an element counts as **stuck** when it is
#
# - `"sigmoid"`: below 0.01 or above 0.99,
# - `"tanh"`: above 0.98 in absolute value,
# - `"relu"`: exactly 0.
#
# (For the first two that is: closer to an end than 1 % of the range.) Report for each unit the fraction of the $N$ examples for which it is stuck, `"saturated"`, and whether it is stuck for every one of them, `"dead"`.
#
# <details><summary>Hint 1</summary>
#
# First make one boolean array of the shape of `out` that says which elements are stuck. Only that depends on `kind`.
#
# </details>
# <details><summary>Hint 2</summary>
#
# The mean of an array of booleans is the fraction of `True`s. Along which axis do the examples lie?
#
# </details>
# <details><summary>Hint 3: nearly there</summary>
#
# Two conditions on arrays are combined with `|`, each in its own parentheses. For `"dead"`, NumPy has a method that asks whether *all* along an axis are true.
#
# </details>

# %% solution="saturation_report"
def saturation_report(out, kind):
    """Which units of a layer are stuck, and how often.

    out (N, units): outputs of the layer. kind: "sigmoid", "tanh" or "relu".
    Returns {"saturated": (units,) fractions, "dead": (units,) True or False}.
    """
    ### BEGIN SOLUTION
    if kind == "sigmoid":
        stuck = (out < 0.01) | (out > 0.99)
    elif kind == "tanh":
        stuck = np.abs(out) > 0.98
    else:
        stuck = out == 0
    return {"saturated": stuck.mean(axis=0), "dead": stuck.all(axis=0)}
    ### END SOLUTION

# %% check="saturation_report"
check("saturation_report")

# %% [markdown]
# First use: tanh units on the digits (1000 images of 64 pixels), before any training, with larger and larger weights. How much of the layer is stuck, and how much gradient arrives at the weights before it, for each unit of gradient that reached the layer's output?

# %%
needs("tanh", "saturation_report")
print("std of the weights   stuck   gradient that passes")
for std in (0.05, 0.2, 0.5, 1, 3):
    w = std * np.random.default_rng(0).standard_normal((64, 100))
    out, cache = tanh_forward(digits.X_train @ w)
    stuck = saturation_report(out, "tanh")["saturated"].mean()
    passes = np.abs(tanh_backward(np.ones_like(out), cache)).mean()
    print(f"{std:18} {stuck:7.1%} {passes:14.3f}")

# %% [markdown]
# ## How a ReLU dies
#
# The tanh units above are stuck for *some* examples, and what little gradient comes through may free them. A ReLU that is off for **every** training example is in another position. Which? Let us make some.
#
# A net of 64 pixels, 100 ReLUs and 10 classes learns the digits by plain SGD: three epochs at a given rate, then seven at a gentle 0.3. After each epoch your report counts the dead. Rates: 0.5 (fine), 10 and 20 (too high). For comparison a leaky ReLU at 10 and 20, for which we count the units that are on their leaking side for every example.
#
# **Predict:** what will the curves do in the seven gentle epochs?

# %%
needs("relu", "leaky_relu", "saturation_report")


def first_weights(fan_in, fan_out, rng):
    """Random weights of variance 2 / fan-in; why that is a good size is the topic of notebook 02."""
    return rng.standard_normal((fan_in, fan_out)) * (2 / fan_in) ** 0.5


def dead_per_epoch(pair, rate, seed):
    """Fraction of dead units before training and after each of ten epochs; final accuracy."""
    rng = np.random.default_rng(seed)
    network = Network([64, 100, 10], activation=pair, init=first_weights, rng=rng)
    dead = []
    for epoch in range(11):
        if epoch > 0:
            config = {"learning_rate": rate if epoch <= 3 else 0.3}
            fit(network, digits.X_train, digits.y_train, "sgd", config, epochs=1, batch_size=50, rng=rng)
        hidden = network.activations(digits.X_train)[0]
        dead.append(saturation_report(np.maximum(hidden, 0), "relu")["dead"].mean())
    return dead, network.accuracy(digits.X_val, digits.y_val)


rectified, leaking = (relu_forward, relu_backward), (leaky_relu_forward, leaky_relu_backward)
trials = {
    "ReLU, rate 0.5": (rectified, 0.5),
    "ReLU, rate 10": (rectified, 10),
    "leaky ReLU, rate 10": (leaking, 10),
    "ReLU, rate 20": (rectified, 20),
    "leaky ReLU, rate 20": (leaking, 20),
}
results = {name: [dead_per_epoch(*trial, seed) for seed in range(3)] for name, trial in trials.items()}
with style((8.5, 4)):
    _, ax = plt.subplots()
    means = {name: np.mean([dead for dead, _ in runs], axis=0) for name, runs in results.items()}
    curves(ax, None, means, xlabel="epoch", ylabel="fraction of dead units", title="three rough epochs, then seven gentle ones", marker="o", markersize=4)
    ax.legend(loc="center left", bbox_to_anchor=(1, 0.5))
    ax.axvline(3, color="#808080", linewidth=1, linestyle=":")
    ax.set_ylim(-0.03, 1.03)
    plt.show()
print("mean of 3 runs          dead at the end   validation accuracy (least to most)")
for name, runs in results.items():
    accuracy = [value for _, value in runs]
    print(f"{name:22} {means[name][-1]:12.0%} {np.mean(accuracy):14.3f}   ({min(accuracy):.3f} to {max(accuracy):.3f})")

# %% [markdown]
# The figure: fraction of dead units against epochs, mean of three runs; the dotted line marks the end of the rough epochs. At rate 0.5 nobody dies. At 10 about half of the ReLUs die, most of them in the first epoch, and at 20 around 90 %. A ReLU curve never falls, **not by a single unit**: what is dead on all the data gets no gradient from any of it. The leaky curve does fall at rate 20: with a gradient, however small, large steps can also carry a unit back. (In the gentle epochs few return: a tenth of a gentle gradient is not much.)
#
# Do not read more into it than there is. At rate 10 the ReLUs that survived still get nine of ten validation digits right, as many as the leaky net does after the same treatment: dead units are lost capacity, and this net had some to spare. Ruin comes when nearly all are gone: at rate 20 the ReLUs are ruined and the leaky ones are not. And at a sensible rate there is nothing to see: on these digits ReLU and leaky ReLU do equally well.
#
# One unit in the first hidden layer, a ReLU, is off for every training example; training goes on with plain SGD (no weight decay). What happens to its weights and its bias?
#
# - **A.** They never change again: each gradient is exactly 0.
# - **B.** They change slowly, since the gradients are small, and the unit comes back in the end.
# - **C.** They start to change once the examples are shuffled into other batches.
# - **D.** They change as soon as the learning rate is raised.

# %% solution="q_dead_relu"
q_dead_relu = ...  # "A", "B", "C" or "D"
### BEGIN SOLUTION
q_dead_relu = "A"
### END SOLUTION

# %% check="q_dead_relu"
check("q_dead_relu")

# %% [markdown]
# **Q: When does a ReLU die?** Say what exactly "dead" means, how a unit gets there, why it stays there, and name two things that prevent it. *(3 points)*

# %% [markdown] question="when_does_a_relu_die" points=3
# ### BEGIN SOLUTION
# **Model answer.** A ReLU is dead when its input $w\cdot x + b$ is negative (or zero) for every example of the training data: its output is 0 everywhere. It gets there by a step that is too large (a high learning rate, or one huge gradient) that pushes $w$ and $b$, often the bias, far to the negative side, or by an unlucky initialisation. Then its local slope is 0 for every example, so the gradients of $w$ and $b$ are exactly 0 and no later step moves them; only a change of its *inputs* (layers below that still learn) could revive it. Against it: a smaller learning rate, a good initialisation (or a slightly positive bias), or activations with a slope on the negative side (leaky ReLU, ELU, maxout).
#
# **Rubric.** 1 point: off for ALL the data, not just for one example. 1 point: cause (steps too large, or initialisation) and why it lasts (slope 0, so gradient exactly 0). 1 point: two remedies that work.
# ### END SOLUTION

# %% [markdown]
# ## What to take home
#
# - Use **ReLU**, and mind the learning rate; **leaky ReLU, maxout or ELU** are worth a try.
# - **tanh** is better than the **sigmoid** in hidden layers: it is centred, and its slope is 1 at the origin instead of ¼. Both saturate.
# - The activation and the size of the weights belong together (notebook 02), and batch normalisation (notebook 03) takes away much of the trouble of this one.
#
# Your points so far:

# %%
progress("01_activations")
