# %% [markdown]
# # 01 · Activation functions
#
# Between two matrix products there must be something that is not linear: without it, a stack of a hundred layers is one matrix. The lecture shows six candidates on one slide. Here you build all six, forward and backward, and then test them: which of them let a gradient through ten layers, which can die, and which of six equal nets learns best?
#
# **You will learn**
# - how a layer is written as a pair of functions that share a `cache`,
# - why sigmoids saturate, and why their positive outputs force a low rate on the next layer,
# - how a ReLU dies, and what leaky ReLU, maxout and ELU do about it,
# - how to write these functions so that they survive an input of 1000.
#
# **Slides:** "Activation Functions". **Time:** about three hours. **Points:** {{points}}.
#
# How it goes: *predict*, *write*, *check*, *look*. Wherever it says **Predict**, write your guess into the cell below before you read on. Guesses are never graded, and a wrong one teaches more than a right one. *What came out* is folded until you open it. Hints come in three steps; open as few as you can.

# %% locked="setup"
import matplotlib.pyplot as plt
import numpy as np

from autograder.check import check, guess, needs, progress, reveal
from cs231n_lib.data import load_digits
from cs231n_lib.gradcheck import numerical_gradient, relative_error
from cs231n_lib.network import Network
from cs231n_lib.plotting import PALETTE, curves, style
from cs231n_lib.training import fit

digits = load_digits()


def first_weights(fan_in, fan_out, rng):
    """Random weights of variance 2 / fan_in; notebook 02 explains why that is a good size."""
    return rng.standard_normal((fan_in, fan_out)) * (2 / fan_in) ** 0.5


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
    error = relative_error(slope, numeric)
    print(f"your slope against a numerical one: relative error {error:.0e}")

# %% [markdown]
# ## First, play
#
# Before you write a line, see what is at stake. Choose one of five activations, and how large the random weights of a network are at its start. (The sixth, maxout, has weights of its own and no single curve.) On the left is the function with its slope. On the right is what becomes of a gradient that comes back through ten layers of 100 such units.
#
# Read the question above the drawings and decide on an answer before you touch anything. Then play. What in the left drawing could have told you what happens in the right one? You will measure the same with your own functions, once you have built them.

# %%
from cs231n_lib.play import play

play("activations")

# %% [markdown]
# ## One layer, two functions
#
# A layer appears in a network as a pair:
#
# - `x_forward(x) -> (out, cache)` computes the output, and stores in `cache` whatever the way back will need. You decide what that is: a number, an array, a tuple, a dict.
# - `x_backward(dout, cache) -> dx` receives how the loss changes with the layer's *output*, `dout` $= \partial L / \partial\, \text{out}$, and returns how it changes with the *input*, `dx` $= \partial L / \partial x$.
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
# The line under the figure is a *gradient check*: the slope is measured once more, as $\big(f(x+h) - f(x-h)\big) / 2h$, and compared. An error below about $10^{-5}$ is fine. Each of your functions gets such a check.
#
# Two rules that every layer follows: it does not change the arrays that it is given (other code may need them), and it remembers nothing except through `cache` (the same function serves many layers of one network).

# %% [markdown]
# ## Sigmoid
#
# $$\sigma(x) = \frac{1}{1 + e^{-x}}$$
#
# It squashes every number into $(0, 1)$. It was popular early on because it resembles the firing rate of a neuron. Its slope has a short form in terms of its own value, which is worth deriving once with pencil and paper. **Predict:** how large is the slope where it is largest?
#
# There is a catch. $e^{710}$ does not fit into a 64-bit float. At $x = -1000$ the formula as it stands computes $1/(1+\infty) = 0$: the right number, with a warning; rearranged carelessly it gives $\infty/\infty$, which is not a number at all. **Your sigmoid must handle ±1000: no warning, no NaN.**
#
# <details><summary>Hint 1: the slope</summary>
#
# Differentiate $(1 + e^{-x})^{-1}$, and look for $\sigma$ in the result. It helps to know that $1 - \sigma(x) = \sigma(-x)$.
#
# </details>
# <details><summary>Hint 2: no overflow</summary>
#
# $e^{t}$ overflows only for large *positive* $t$. Multiply numerator and denominator of $\sigma$ by $e^{x}$: you get a second form. Which of the two is safe for $x < 0$, which for $x \ge 0$?
#
# </details>
# <details><summary>Hint 3: nearly there</summary>
#
# `np.where(condition, a, b)` computes `a` *and* `b` everywhere before it selects, so a dangerous `exp` inside it still warns. But one exponential is enough for both forms: the one of minus the absolute value of $x$, which is never above 1. For the way back, think about which single array is the best thing to put into `cache`.
#
# </details>

# %%
guess("sigmoid_slope", ...)  # a number, such as 1

# %% solution="sigmoid"
def sigmoid_forward(x):
    """Squash each number into (0, 1).

    x: floats, an array of any shape. Returns (out, cache), out of the shape of x.
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
out, cache = sigmoid_forward(np.linspace(-4, 4, 401))
reveal("sigmoid_slope", sigmoid_backward(np.ones_like(out), cache).max())

# %% [markdown]
# <details><summary>What came out</summary>
#
# *An S from 0 to 1; the slope is a low hill, ¼ at $x = 0$, and next to nothing beyond ±4.*
#
# Keep that ¼ in mind: every sigmoid on the way multiplies the gradient by ¼ *at best*.
#
# </details>

# %% [markdown]
# ## tanh
#
# $$\tanh(x) = \frac{e^{x} - e^{-x}}{e^{x} + e^{-x}}$$
#
# It squashes into $(-1, 1)$ and goes through the origin. It is a stretched and shifted sigmoid: $\;\sigma(x) = \tfrac12 + \tfrac12 \tanh(x/2)$.
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

# %%
guess("tanh_slope", ...)  # a number, such as 0.25

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
print(f"sigmoid against ½ + ½ tanh(x/2): largest difference {np.abs(difference).max():.0e}")
out, cache = tanh_forward(np.linspace(-4, 4, 401))
reveal("tanh_slope", tanh_backward(np.ones_like(out), cache).max())

# %% [markdown]
# <details><summary>What came out</summary>
#
# tanh is the sigmoid made twice as steep and twice as high: its slope at 0 is $2 \cdot 2 \cdot \tfrac14 = 1$. But it also flattens out on both sides: tanh *saturates* just as the sigmoid does.
#
# </details>

# %% [markdown]
# ## Does it matter that the sigmoid is never negative?
#
# tanh is centred on zero, the sigmoid on ½. Does that matter? Take one unit of the *next* layer, $f = w \cdot x + b$, whose ten inputs $x_i$ are outputs of sigmoids, and look at its gradient.
#
# **Predict:** what holds for the gradient of the loss $L$ of **one example** with respect to $w$?
#
# - **A** All components are positive, because the inputs are.
# - **B** The sign of each component is the sign of its weight.
# - **C** All components have the sign of $\partial L/\partial f$.
# - **D** The components add up to zero.

# %% solution="q_not_zero_centred"
q_not_zero_centred = ...  # "A", "B", "C" or "D"
### BEGIN SOLUTION
q_not_zero_centred = "C"
### END SOLUTION

# %% check="q_not_zero_centred"
check("q_not_zero_centred")

# %% [markdown]
# A batch averages over examples. The next cell draws examples with ten inputs each, and counts how often all ten gradients of $w$ have the same sign. Its third row is the same sigmoid with ½ subtracted. **Predict:** in what share of the mini-batches of 100 do the ten gradients behind sigmoids still have one sign?

# %%
guess("one_sign_in_batches", ...)  # a share, such as 0.01

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
one_sign = {}
print("all ten gradients of one sign, in batches of    1     10    100")
for name, x in inputs.items():
    for size in (1, 10, 100):
        dw = (df * x).reshape(-1, size, 10).mean(axis=1)
        one_sign[name, size] = np.mean(np.abs(np.sign(dw).sum(axis=1)) == 10)
    print(f"{name:>43} " + "".join(f"{one_sign[name, size]:7.1%}" for size in (1, 10, 100)))
reveal("one_sign_in_batches", one_sign["sigmoid", 100], form=".0%")

# %% [markdown]
# <details><summary>What came out</summary>
#
# For single examples the sigmoid's ten gradients *always* share one sign; the other two do so in one of 500 cases ($2 \cdot 2^{-10}$, like throwing ten coins). Averaging over a batch mixes signs, but less than one might hope: even in batches of 100, more than half of the gradients point all one way, because the ten gradients still share a large common part.
#
# </details>
#
# What does it cost? The usual story: suppose that the best $w$ is $(1, -1)$ and that we start at $(0, 0)$. One weight must go up and the other down, but each step moves both the same way, so the path zig-zags, and the zig-zag makes it slow. Test that story. We run SGD with one example a step on $f = w \cdot x$ with a squared loss, once with sigmoids as inputs and once with ½ subtracted from them, and count the steps until $w$ stays within 0.1 of the goal.
#
# **Predict:** both runs have the *same* rate, 2. How many steps does each take?

# %%
guess("steps_at_equal_rates", ...)  # with sigmoids, with ½ subtracted: such as [50, 20]

# %%
needs("sigmoid")
RATES = (0.5, 1, 1.5, 2, 2.5, 3, 4, 6, 8, 10, 12)
shifts = {"sigmoid": 0.0, "sigmoid - 1/2": 0.5}


def walk(shift, rate, seed, steps=400):
    """The path of w, from (0, 0) towards (1, -1)."""
    rng = np.random.default_rng(seed)
    goal, path = np.array([1.0, -1.0]), [np.zeros(2)]
    for _ in range(steps):
        x = sigmoid_forward(rng.standard_normal(2))[0] - shift
        df = x @ path[-1] - x @ goal
        path.append(path[-1] - rate * df * x)
        if np.abs(path[-1]).max() > 1e3:
            break  # it blows up
    return np.array(path)


def steps_needed(path, near=0.1):
    """The step after which the path stays within `near` of the goal; inf if it does not."""
    outside = np.nonzero(np.linalg.norm(path - [1, -1], axis=1) > near)[0].max()
    return 1 + outside if outside < len(path) - 1 else np.inf


def median_steps(shift, rate):
    return np.median([steps_needed(walk(shift, rate, seed)) for seed in range(25)])


counts = {name: [median_steps(shift, rate) for rate in RATES] for name, shift in shifts.items()}
with style((7.2, 4.2)):
    _, ax = plt.subplots()
    for (label, shift), colour, dash in zip(shifts.items(), PALETTE, ("-", "--"), strict=False):
        path = walk(shift, 2.0, seed=5, steps=60)
        look_of_line = {"color": colour, "marker": "o", "markersize": 3, "linewidth": 1.4}
        ax.plot(*path.T, dash, label=label, **look_of_line)
    ax.plot(1, -1, "*", color="#808080", markersize=16, label="goal")
    ax.set(xlabel="first weight", ylabel="second weight", title="two walks at rate 2")
    ax.set_aspect("equal")
    ax.legend(loc="center left", bbox_to_anchor=(1, 0.5))
    plt.show()
print("rate          " + "".join(f"{rate:6g}" for rate in RATES))
for name, steps in counts.items():
    print(f"{name:14}" + "".join(f"{count:6.0f}" for count in steps))
print("(steps to the goal, median of 25 runs; inf: it never stays there)")
at_two = {name: steps[RATES.index(2)] for name, steps in counts.items()}
reveal("steps_at_equal_rates", at_two, form=".0f")

# %% [markdown]
# <details><summary>What came out</summary>
#
# *Two walks in the plane of the two weights, from $(0,0)$ to the star at the lower right. With sigmoids (solid) each step goes to the upper right or the lower left: a zig-zag. With ½ subtracted (dashed) every direction is open.*
#
# The zig-zag is there, and it costs **nothing**: at equal rates both need the same number of steps, 30 or so at rate 2. What differs is the rate that they tolerate. With sigmoids the walk never settles at rates of 4 and more; with ½ subtracted it does so even at 12. At its own best rate each takes 25 to 30 steps with sigmoids, and 9 to 14 with ½ subtracted. **Inputs that are not centred cap the rate.**
#
# </details>
#
# Why? On average one step multiplies the error $w - w_{\text{best}}$ by $I - \text{rate} \cdot \mathrm{E}[x x^T]$. So look at the eigenvalues of that matrix: along each eigenvector the error shrinks by the factor $1 - \text{rate} \cdot \lambda$. The *smallest* eigenvalue decides how many steps you need at a given rate, the *largest* decides which rate you can use.

# %%
needs("sigmoid")
rng = np.random.default_rng(0)
for number in (2, 10):
    x = sigmoid_forward(rng.standard_normal((100_000, number)))[0]
    for name, shift in shifts.items():
        eigenvalues = np.linalg.eigvalsh((x - shift).T @ (x - shift) / len(x))
        least, most = eigenvalues[0], eigenvalues[-1]
        print(f"{number:2d} inputs, {name:13}: {least:.3f} to {most:.3f}, ratio {most / least:.0f}")

# %% [markdown]
# <details><summary>What came out</summary>
#
# The smallest eigenvalue is the same, 0.043, with and without the ½: hence the same number of steps at the same rate. The largest is not. All inputs share the mean ½, so along $(1, 1, \dots, 1)$ the curvature is that of their *sum*: 0.54 with two inputs, 2.5 with ten, which is some 60 times the smallest. Subtracting the mean leaves a bowl in place of this valley (notebook 05 is about valleys). So an activation whose outputs are not centred forces a lower rate on the next layer, the more so the wider it is.
#
# </details>
#
# **Q: Why does an activation that is not zero-centred make the gradients of $w$ all of one sign, and what does it cost?** Answer in three to five sentences, with the formula. Say for what size of batch your statement about the signs is exact, and what in your measurements speaks for your answer about the cost. *(3 points)*

# %% [markdown] question="why_not_zero_centred" points=3
# ### BEGIN SOLUTION
# **Model answer.** For one example, $f = \sum_i w_i x_i + b$ gives $\partial L/\partial w_i = (\partial L/\partial f)\, x_i$. If all $x_i$ are outputs of a sigmoid they are positive, so every component has the sign of the one factor that they share, $\partial L/\partial f$. This is exact for a single example; in a mini-batch the examples' $\partial L/\partial f$ differ in sign, and the average may have mixed signs. The path zig-zags, but that is not what costs: at equal rates the walk takes as many steps as with centred inputs. The common mean gives $\mathrm{E}[xx^T]$ one large eigenvalue (0.54 against 0.043 with two inputs), so the rate has to stay low: at its own best rate the uncentred walk needs two to three times as many steps.
#
# **Rubric.** 1 point: the gradient is $\partial L/\partial f$ times the input, and positive inputs leave the sign to the shared factor. 1 point: exact for one example only; an average over a batch can mix signs. 1 point: the cost is the capped rate (a steep direction along the common mean), with a measurement: the same steps at equal rates, fewer for centred inputs at their own best rate. ("It zig-zags and is therefore slow" alone does not earn this point.)
# ### END SOLUTION

# %% [markdown]
# ## ReLU
#
# $$f(x) = \max(0, x)$$
#
# The *rectified linear unit* ([Krizhevsky, Sutskever and Hinton, 2012](https://papers.nips.cc/paper/2012/hash/c399862d3b9d6b76c8436e924a68c45b-Abstract.html) made it popular) does not saturate for positive $x$ and is cheap to compute. For negative $x$ it gives 0, and no gradient passes back.
#
# Where exactly $x = 0$ the slope is a matter of convention: 0 and 1 are both fine. And minus infinity should give 0, not NaN. One thing to settle before you write the backward pass: which array decides where the gradient passes, `dout` or `x`?
#
# <details><summary>Hint 1</summary>
#
# NumPy has a function that takes the larger of two numbers, element by element. (It is not `np.max`.)
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
# A ReLU that leaks: on the left there is a small slope instead of none, so a gradient always comes back. Elsewhere you will meet $\alpha = 0.01$ (PyTorch's default); in *PReLU* it is learned (He et al., [2015](https://arxiv.org/abs/1502.01852)).
#
# Think: the slide writes a maximum. For which $\alpha$ would that maximum no longer be a leaky ReLU?
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
# <details><summary>What came out</summary>
#
# The slope is 0.1 on the left and 1 on the right. With $\alpha > 1$ the maximum would select the *other* line on each side. That is why $\alpha$ stays below 1.
#
# </details>

# %% [markdown]
# ## Maxout
#
# $$f(x) = \max(w_1^T x + b_1,\; w_2^T x + b_2)$$
#
# Why decide on a shape at all? A maxout unit (Goodfellow et al., [2013](https://arxiv.org/abs/1302.4389)) has *two* linear pieces and takes the larger one; it learns where the kink is and how steep the sides are. It does not saturate and cannot die. The price: twice the parameters.
#
# With $N$ examples, $D$ inputs and $M$ units: `x` is $(N, D)$, `w1` and `w2` are $(D, M)$, `b1` and `b2` are $(M,)$, `out` is $(N, M)$. The backward pass returns five gradients, each of the shape of what it belongs to. Where the two pieces are exactly equal, `dout` must be counted **once**: it does not matter which piece gets it, or whether they share.
#
# **Predict:** which $w_1, b_1, w_2, b_2$ turn a maxout unit with one input into $|x|$? (And which into a ReLU?)
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

# %%
guess("maxout_absolute", ...)  # w1, b1, w2, b2 for |x|: four numbers, such as [1, 1, 1, 1]

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
        first = np.array([[float(w1)]]), np.array([float(b1)])
        second = np.array([[float(w2)]]), np.array([float(b2)])
        drawn[label] = maxout_forward(x, *first, *second)[0][:, 0]
    curves(ax, x[:, 0], drawn, xlabel="x", ylabel="value", title="one maxout unit, three settings")
    plt.show()
reveal("maxout_absolute", shapes["(1, 0), (-1, 0): |x|"], word="one of the answers is")

# %% [markdown]
# <details><summary>What came out</summary>
#
# *One unit, three settings of its four numbers: a hinge, a V, and a V with its own slopes whose kink has moved away from 0.*
#
# $|x| = \max(x, -x)$, in either order. Two pieces always bend upwards; sums of such units can bend either way.
#
# </details>

# %% [markdown]
# ## ELU
#
# $$f(x) = \begin{cases} x & \text{if } x > 0 \\ \alpha\,(e^{x} - 1) & \text{if } x \le 0 \end{cases}$$
#
# The *exponential linear unit* (Clevert, Unterthiner and Hochreiter, [2015](https://arxiv.org/abs/1511.07289)) is a smoother ReLU: for very negative $x$ it settles at $-\alpha$. Its outputs can be negative, so their mean is closer to zero, and on the left the gradient fades instead of being cut off. The price is an exponential, and one side saturates again.
#
# **Predict:** for $\alpha = 1$ the slope has no jump at 0. From which slope to 1 does it jump for $\alpha = 0.5$?
#
# <details><summary>Hint 1</summary>
#
# Which exponentials are computed at $x = 1000$? Remember that `np.where` computes both branches everywhere.
#
# </details>
# <details><summary>Hint 2</summary>
#
# Where the result of the exponential is thrown away, its argument may be anything, not only `x`.
#
# </details>
# <details><summary>Hint 3: nearly there</summary>
#
# Cut the exponent off at 0 with `np.minimum`. On the negative side the slope is $\alpha e^{x}$, which can also be had from the value of `out`; on the positive side it is that of the straight line. The backward pass must know `alpha`.
#
# </details>

# %%
guess("elu_slope", ...)  # a number, such as 1

# %% solution="elu"
def elu_forward(x, alpha=1.0):
    """x where x is positive, alpha (exp(x) - 1) elsewhere. x: any shape. No overflow."""
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
_, cache = elu_forward(np.array([-1e-9]), 0.5)
reveal("elu_slope", elu_backward(np.ones(1), cache)[0])

# %% [markdown]
# <details><summary>What came out</summary>
#
# For $\alpha = 1$ value and slope are both continuous at 0; for $\alpha = 0.5$ the slope jumps there from 0.5 to 1.
#
# </details>

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
# *Top: sigmoid, tanh, ReLU. Bottom: leaky ReLU, maxout, ELU. Solid blue is the value, dashed orange the slope.*
#
# Look at the dashed lines alone. Their height at a point is the factor by which a gradient is multiplied when it comes back through that point.

# %% [markdown]
# ## A gradient that comes through ten layers
#
# Stack ten layers of 100 units, each a random matrix followed by an activation; send data forward and a gradient of size 1 backward; and record its size after each layer on its way down. We do it for two sizes of the random weights: variance $1/\text{fan-in}$ (the lecture's Xavier initialisation) and $2/\text{fan-in}$ (He's).
#
# **Predict** what is left of the gradient after ten layers with Xavier's weights, for the sigmoid and for the ReLU.

# %%
guess("left_after_ten", ...)  # sigmoid, ReLU: two numbers, such as [0.5, 0.5]

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
survived = {
    gain: {name: gradient_sizes(layer, gain) for name, layer in layers.items()} for gain in (1, 2)
}
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
reveal("left_after_ten", {name: survived[1][name][-1] for name in ("sigmoid", "ReLU")}, form=".1e")

# %% [markdown]
# <details><summary>What came out</summary>
#
# *Two panels, size of the gradient (logarithmic) against the layers passed. The sigmoid falls steeply in both.*
#
# After ten sigmoid layers less than a hundred-thousandth is left. With Xavier's weights the ReLU and the leaky version multiply the gradient by about $1/\sqrt2$ per layer, because half of the units are off; He's factor 2 makes up for exactly that. tanh and ELU keep about a quarter with Xavier's weights, and end above 1 with He's; maxout keeps the size with Xavier's, and explodes with He's.
#
# So "which activation?" and "how large are the weights at the start?" are one question. Notebook 02 answers it.
#
# </details>

# %% [markdown]
# ## Six nets
#
# Now let all six train. The net is the same for each: 64 pixels, two hidden layers of 50 units, 10 classes, weights of variance $2/\text{fan-in}$, plain SGD for five epochs in batches of 50. Each activation gets the best of five learning rates (judged on the validation digits), and is then judged on the test digits, mean of three runs. A maxout unit has two pieces, so its hidden layers have twice the weights.
#
# **Predict:** one of the six falls far behind. How many points of test accuracy (out of 100) lie between the best and the worst of the *other five*?

# %%
guess("spread_of_five", ...)  # points of accuracy, such as 10

# %%
needs("sigmoid", "tanh", "relu", "leaky_relu", "maxout", "elu")
from cs231n_lib.layers import affine_backward, affine_forward, softmax_loss


def hidden_layer(x, params, forward, backward):
    """The layer's output, and its way back: dout -> (dx, gradients of the parameters)."""
    if forward is maxout_forward:
        out, cache = maxout_forward(x, *params)
        return out, lambda dout: maxout_backward(dout, cache)
    z, affine_cache = affine_forward(x, *params)
    out, cache = forward(z)
    return out, lambda dout: affine_backward(backward(dout, cache), affine_cache)


def train(forward, backward, rate, seed, epochs=5):
    """Accuracy on the validation digits, and on the test digits."""
    rng = np.random.default_rng(seed)
    pieces = 2 if forward is maxout_forward else 1
    params = [
        [array for _ in range(n) for array in (first_weights(fan_in, units, rng), np.zeros(units))]
        for fan_in, units, n in ((64, 50, pieces), (50, 50, pieces), (50, 10, 1))
    ]

    def scores(x):
        ways_back = []
        for layer_params in params[:-1]:
            x, back = hidden_layer(x, layer_params, forward, backward)
            ways_back.append(back)
        x, cache = affine_forward(x, *params[-1])
        return x, [*ways_back, lambda dout: affine_backward(dout, cache)]

    def accuracy(x, y):
        return np.mean(scores(x)[0].argmax(axis=1) == y)

    for _ in range(epochs):
        for rows in rng.permutation(len(digits.X_train)).reshape(-1, 50):
            out, ways_back = scores(digits.X_train[rows])
            _, dout = softmax_loss(out, digits.y_train[rows])
            for layer_params, back in zip(reversed(params), reversed(ways_back), strict=True):
                dout, *gradients = back(dout)
                for array, gradient in zip(layer_params, gradients, strict=True):
                    array -= rate * gradient
    return accuracy(digits.X_val, digits.y_val), accuracy(digits.X_test, digits.y_test)


pairs = dict(six, maxout=(maxout_forward, maxout_backward))
contest = {}
with np.errstate(all="ignore"):  # some of the rates are far too high
    for name, pair in pairs.items():
        by_rate = {
            rate: np.mean([train(*pair, rate, seed) for seed in range(3)], axis=0)
            for rate in (0.1, 0.3, 1, 3, 10)
        }
        rate = max(by_rate, key=lambda rate: by_rate[rate][0])
        contest[name] = by_rate[rate][1]
        print(f"{name:11} best rate {rate:4g}, test accuracy {contest[name]:.1%}")
others = sorted(contest.values())[1:]
reveal("spread_of_five", 100 * (others[-1] - others[0]), form=".1f")

# %% [markdown]
# <details><summary>What came out</summary>
#
# The sigmoid is far behind, at some 82 %. (It needs more time: with ten epochs it gets to 90 % and more.) The other five end within two or three points of each other, between 94 and 97 %. maxout is at or near the top, but it has nearly twice the weights. On a small net that trains well, with a tuned rate, the choice among these five hardly matters. Expect differences where nets are deep, rates are high or the start is poor.
#
# </details>

# %% [markdown]
# ## Which units are stuck? A report
#
# A unit that sits on a flat part of its curve learns next to nothing. Write the instrument that finds such units. It receives the *outputs* of one layer, `out` $(N, \text{units})$, and the `kind` of activation that made them. For that kind, an element counts as **stuck** when it is
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
# First use: tanh units on the digits (1000 images of 64 pixels), before any training, with larger and larger weights. How much of the layer is stuck, and how much of a gradient that reaches the layer's output passes on? **Predict** both for a standard deviation of 1.

# %%
guess("stuck_and_passing", ...)  # two shares, such as [0.1, 0.9]

# %%
needs("tanh", "saturation_report")
print("std of the weights   stuck   units stuck for all examples   gradient that passes")
saturation = {}
for std in (0.05, 0.2, 0.5, 1, 3):
    w = std * np.random.default_rng(0).standard_normal((64, 100))
    out, cache = tanh_forward(digits.X_train @ w)
    report = saturation_report(out, "tanh")
    stuck, always = report["saturated"].mean(), int(report["dead"].sum())
    passes = np.abs(tanh_backward(np.ones_like(out), cache)).mean()
    saturation[std] = {"stuck": stuck, "passes": passes}
    print(f"{std:18} {stuck:7.1%} {always:16} of 100 {passes:20.3f}")
reveal("stuck_and_passing", saturation[1], form=".0%")

# %% [markdown]
# <details><summary>What came out</summary>
#
# The larger the weights, the more of the layer is stuck and the less gradient passes. But no unit is stuck for *all* examples.
#
# </details>

# %% [markdown]
# ## How a ReLU dies
#
# The little gradient that still passes a saturated tanh unit may free it. A ReLU that is off for **every** training example is in another position. Let us make some.
#
# A net of 64 pixels, 100 ReLUs and 10 classes learns the digits by plain SGD: three epochs at a given rate, then seven at a gentle 0.3. After each epoch your report counts the dead. Rates: 0.5 (fine), 10 and 20 (too high). For comparison a leaky ReLU at 10 and 20, for which we count the units that are on their leaking side for every example.
#
# **Predict** the share of dead ReLUs at the end, for rates 0.5, 10 and 20.

# %%
guess("dead_at_the_end", ...)  # three shares, such as [0, 0.1, 0.2]

# %%
needs("relu", "leaky_relu", "saturation_report")


def dead_per_epoch(pair, rate, seed):
    """Fraction of dead units before training and after each of ten epochs; final accuracy."""
    rng = np.random.default_rng(seed)
    network = Network([64, 100, 10], activation=pair, init=first_weights, rng=rng)
    dead = []
    for epoch in range(11):
        if epoch > 0:
            config = {"learning_rate": rate if epoch <= 3 else 0.3}
            how = {"epochs": 1, "batch_size": 50, "rng": rng}
            fit(network, digits.X_train, digits.y_train, "sgd", config, **how)
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
results = {
    name: [dead_per_epoch(*trial, seed) for seed in range(3)] for name, trial in trials.items()
}
with style((8.5, 4)):
    _, ax = plt.subplots()
    means = {name: np.mean([dead for dead, _ in runs], axis=0) for name, runs in results.items()}
    labels = {"xlabel": "epoch", "ylabel": "fraction of dead units"}
    curves(ax, None, means, **labels, marker="o", markersize=4)
    ax.set_title("three epochs at a high rate, then seven at 0.3")
    ax.legend(loc="center left", bbox_to_anchor=(1, 0.5))
    ax.axvline(3, color="#808080", linewidth=1, linestyle=":")
    ax.set_ylim(-0.03, 1.03)
    plt.show()
print("mean of 3 runs          dead at the end   validation accuracy (least to most)")
for name, runs in results.items():
    accuracy = [value for _, value in runs]
    spread = f"({min(accuracy):.3f} to {max(accuracy):.3f})"
    print(f"{name:22} {means[name][-1]:12.0%} {np.mean(accuracy):14.3f}   {spread}")
ends = {name: values[-1] for name, values in means.items() if name.startswith("ReLU")}
reveal("dead_at_the_end", ends, form=".0%")

# %% [markdown]
# <details><summary>What came out</summary>
#
# *Fraction of dead units against epochs, mean of three runs; the dotted line marks the end of the epochs at a high rate.*
#
# At rate 0.5 none dies. At 10 about half of the ReLUs die, most of them in the first epoch, and at 20 around 90 %. A ReLU curve never falls, **not by a single unit**: what is dead on all the data gets no gradient from any of it. The leaky curve does fall at rate 20: with a gradient, however small, large steps can also carry a unit back. (At the rate of 0.3 few return: a tenth of a gradient times a small rate is not much.)
#
# Do not read too much into it. At rate 10 the ReLUs that survived still get nine of ten validation digits right, as many as the leaky net does after the same treatment: dead units are lost capacity, and this net had some to spare. It fails when nearly all are gone: at rate 20 the ReLU net is ruined and the leaky one is not. And at rate 0.5 none is dead in the first place.
#
# </details>

# %% [markdown]
# One unit in the first hidden layer, a ReLU, is off for every training example; training goes on with plain SGD (no weight decay). What happens to its weights and its bias?
#
# - **A** They never change again: each gradient is exactly 0.
# - **B** They change slowly, since the gradients are small, and the unit comes back in the end.
# - **C** They start to change once the examples are shuffled into other batches.
# - **D** They change as soon as the learning rate is raised.

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
# - Use **ReLU**, and watch the learning rate; **leaky ReLU, maxout or ELU** are worth a try. In a small, well-tuned net the five that are not the sigmoid do about equally well.
# - **tanh** is better than the **sigmoid** in hidden layers: its slope is 1 at the origin instead of ¼, and it is centred, so the next layer tolerates a higher rate. Both saturate.
# - The activation and the size of the weights belong together (notebook 02), and batch normalisation (notebook 03) makes both choices less delicate.
#
# ## Since then (2026)
#
# - **Smooth gates.** Most language models of recent years use neither of the six but $x\,\Phi(x)$ (*GELU*, with $\Phi$ the normal distribution function; Hendrycks and Gimpel, [2016](https://arxiv.org/abs/1606.08415)) or $x\,\sigma(x)$ (*SiLU* or *Swish*; Ramachandran, Zoph and Le, [2017](https://arxiv.org/abs/1710.05941)). Both are smooth, and neither is monotone: the next cell draws them.
# - **Gated layers.** *SwiGLU* multiplies two affine maps, one of them through a SiLU: $\text{SiLU}(xW) \odot xV$ (Shazeer, [2020](https://arxiv.org/abs/2002.05202)). In that paper the gain is small but consistent at an equal number of weights, and the author offers no explanation for it. Many large language models have adopted it.
# - **ReLU is not dead.** When language models were trained from scratch with ReLU instead of GELU or SiLU, Mirzadeh et al. ([2023](https://arxiv.org/abs/2310.04564)) found little difference in quality, and many exact zeros, which save work. The evidence for one smooth activation over another is thin; the evidence that a deep net must not saturate is not.
# - **A trap.** GELU has an exact form and a tanh approximation. PyTorch's default is the first, JAX's the second. The next cell measures how far they differ: enough to break a comparison of two frameworks digit by digit.

# %%
from math import erf


def gelu_forward(x):
    share = 0.5 * (1 + np.array([erf(number / np.sqrt(2)) for number in np.ravel(x)]))
    share = share.reshape(np.shape(x))  # the probability that a normal number is below x
    return x * share, (x, share)


def gelu_backward(dout, cache):
    x, share = cache
    return dout * (share + x * np.exp(-(x**2) / 2) / np.sqrt(2 * np.pi))


def silu_forward(x):
    out = x / (1 + np.exp(-x))
    return out, (x, out)


def silu_backward(dout, cache):
    x, out = cache
    gate = 1 / (1 + np.exp(-x))
    return dout * (gate + out * (1 - gate))


look("GELU", gelu_forward, gelu_backward)
look("SiLU", silu_forward, silu_backward)
x = np.linspace(-6, 6, 4801)
exact = gelu_forward(x)[0]
approximate = 0.5 * x * (1 + np.tanh(np.sqrt(2 / np.pi) * (x + 0.044715 * x**3)))
gelu_gap = np.abs(exact - approximate).max()
print(f"GELU, exact against tanh form: they differ by up to {gelu_gap:.1e}")
for name, values in {"GELU": exact, "SiLU": silu_forward(x)[0]}.items():
    print(f"{name} is lowest at {x[values.argmin()]:.2f}, where it is {values.min():.2f}")

# %% [markdown]
# **Further reading**
# - CS231n's notes on [commonly used activation functions](https://cs231n.github.io/neural-networks-1/#actfun).
# - LeCun, Bottou, Orr and Müller, *Efficient BackProp*, 1998: why inputs should be centred, by eigenvalues.
# - Dubey, Singh and Chaudhuri, [*Activation functions in deep learning*](https://arxiv.org/abs/2109.14545), 2022: a survey and benchmark.
#
# Your points so far:

# %%
progress("01_activations")
