# %% [markdown]
# # 00 · The training loop, and how to know that a gradient is right
#
# Every network of this course is trained by the same loop of four steps: sample, forward, backward, update. Here you build all four with nothing but NumPy, and a network that you built learns to read digits. Between the steps you build the instrument that every later notebook relies on: the gradient check. A network with a wrong gradient can train beautifully, as you will see, so its loss curve does not give the error away. Measuring the gradient does.
#
# **You will learn**
# - the loop of mini-batch SGD, and what the other steps rely on in each of them,
# - how to write a layer and a loss, forward and backward, that survive scores of 1000,
# - how to measure a gradient without calculus, which step $h$ to take, and why neither a larger nor a smaller one is better,
# - when the check raises a false alarm (kinks, float32, two zeros), and how to find one wrong gradient among right ones.
#
# **Slides:** "Mini-batch SGD", "Gradient checking". **Time:** three to four hours. **Points:** {{points}}.
#
# How it goes: *predict*, *write*, *check*, *look*. Wherever it says **Predict**, write your guess into the cell below before you read on. Guesses are never graded, and a wrong one teaches more than a right one. *What came out* is folded until you open it. Hints come in three steps; open as few as you can.

# %% locked="setup"
import matplotlib.pyplot as plt
import numpy as np

from autograder.check import check, guess, needs, progress, reveal
from cs231n_lib.data import Dataset, load_digits
from cs231n_lib.network import Network
from cs231n_lib.plotting import PALETTE, curves, style

digits = load_digits()


def pictures(columns, titles, title):
    """Draw each column of 64 numbers as an image of 8x8; all in one range of grey."""
    most = np.abs(columns).max()
    with style((9, 1.7)):
        figure, axes = plt.subplots(1, columns.shape[1])
        for ax, column, text in zip(axes, columns.T, titles, strict=True):
            ax.imshow(column.reshape(8, 8), cmap="gray", vmin=-most, vmax=most)
            ax.set_title(text, fontsize=10)
            ax.axis("off")
        figure.suptitle(title)
        plt.show()

# %% [markdown]
# ## The loop
#
# Slide "Mini-batch SGD" is the whole of training:
#
# 1. **Sample** a batch of data
# 2. **Forward** prop it through the graph, get the loss
# 3. **Backprop** to calculate the gradients
# 4. **Update** the parameters using the gradient
#
# Before you write any of it, watch it at work on the smallest problem there is: a line through 200 noisy points, with two parameters, slope and offset. Find the four steps in the code.
#
# **Predict:** of these three runs, one goes wrong. Which one?
#
# - **A** batches of 20 points, rate 0.01
# - **B** batches of a single point, rate 0.1
# - **C** batches of 20 points, rate 1.1

# %%
guess("run_that_fails", ...)  # a letter in quotes, such as "A"

# %%
def fit_line(batch_size, rate, steps=60, seed=0):
    """Fit a line to 200 noisy points: the loss of each batch."""
    rng = np.random.default_rng(seed)
    across = rng.uniform(-1, 1, 200)
    up = 2 * across - 1 + 0.3 * rng.standard_normal(200)
    slope, offset, history = 0.0, 0.0, []
    for _ in range(steps):
        batch = rng.integers(200, size=batch_size)  # 1. sample
        miss = slope * across[batch] + offset - up[batch]  # 2. forward
        history.append(np.mean(miss**2))
        slope_gradient = np.mean(2 * miss * across[batch])  # 3. backprop
        offset_gradient = np.mean(2 * miss)
        slope -= rate * slope_gradient  # 4. update
        offset -= rate * offset_gradient
    return np.array(history)


line_runs = {"A": fit_line(20, 0.01), "B": fit_line(1, 0.1), "C": fit_line(20, 1.1)}
with style((7, 3.4)):
    _, ax = plt.subplots()
    curves(ax, None, line_runs, xlabel="step", ylabel="loss of the batch", log=True)
    plt.show()
highest = max(line_runs, key=lambda run: line_runs[run][-20:].mean())
reveal("run_that_fails", highest, word="the loss grows in")

# %% [markdown]
# <details><summary>What came out</summary>
#
# *Three losses against the step, logarithmic. A falls slowly. B falls within some twenty steps to the level of the noise and jumps about there, over several orders of magnitude. C climbs without end.*
#
# **C.** With a rate of 1.1 each step goes so far past the minimum that the next gradient is larger than the last. A is safe and slow: after 60 steps its loss is still several times that of B. B sees one point at a time, so its losses jump, and yet it has arrived. Change the numbers in the cell and watch: what do you expect of batches of 200 at rate 0.9?
#
# </details>

# %% [markdown]
# Now build it, one step after the other. The data are the 8x8 digits: 1000 images to train on, `digits.X_train` $(1000, 64)$ with `digits.y_train` $(1000,)$, and 297 to validate.
#
# ## Step 1: sample
#
# Write the function that draws a mini-batch. What the other steps rely on:
#
# - the images stay beside their labels,
# - no image comes twice in one batch,
# - over many batches *every* image comes, as often as any other, and together with any other image,
# - all randomness comes from the generator `rng` that it is given, so that a run can be repeated. (A NumPy `Generator`; its methods are listed under `help(rng)`.)
#
# <details><summary>Hint 1</summary>
#
# Do not draw images. Draw the *numbers of rows*, once, and take both the images and the labels with them.
#
# </details>
# <details><summary>Hint 2</summary>
#
# Generators can choose from a range of whole numbers, and they can shuffle one. The first of these draws the same number twice, unless it is told not to.
#
# </details>
# <details><summary>Hint 3: nearly there</summary>
#
# Two lines: `rows = …`, an array of `batch_size` different numbers from 0 to the last row; then index `X` with it, and `y` with it. Shuffling 0, 1, 2, … and taking the first few is as good as choosing without replacement.
#
# </details>

# %% solution="sample_batch"
def sample_batch(X, y, batch_size, rng):
    """Draw a mini-batch: (X_batch, y_batch).

    X: examples, (N, ...), one per row. y: their labels, (N,). batch_size: from 1 to N.
    rng: a NumPy Generator, the only source of randomness. Leave X and y as they are.
    """
    ### BEGIN SOLUTION
    chosen_rows = rng.choice(len(X), batch_size, replace=False)
    return X[chosen_rows], y[chosen_rows]
    ### END SOLUTION

# %% check="sample_batch"
check("sample_batch")

# %% [markdown]
# Is every row reached? Draw 2000 batches of 50, and count how often each of the 1000 rows came. The mean of the counts is 100. **Predict:** how often did the rarest row come, and how often the most frequent one?

# %%
guess("rarest_and_most_frequent", ...)  # two counts, such as [98, 102]

# %%
needs("sample_batch")
rng = np.random.default_rng(0)
drawn = [sample_batch(np.arange(1000), np.arange(1000), 50, rng)[1] for _ in range(2000)]
counts = np.bincount(np.concatenate(drawn), minlength=1000)
with style((10, 3.4)):
    _, (left, right) = plt.subplots(1, 2, width_ratios=(2, 1))
    left.bar(np.arange(1000), counts, width=1.0, color=PALETTE[0])
    left.set(xlabel="row of the data", ylabel="times drawn", title="2000 batches of 50 rows")
    right.hist(counts, bins=np.arange(59.5, 145, 5), color=PALETTE[1])
    right.set(xlabel="times drawn", ylabel="rows", title="histogram of the counts")
    plt.show()
print(f"each row came {counts.mean():.0f} times on average, standard deviation {counts.std():.1f}")
reveal("rarest_and_most_frequent", [int(counts.min()), int(counts.max())], word="it was")

# %% [markdown]
# <details><summary>What came out</summary>
#
# *Left: one bar for each of the 1000 rows, all about 100 high, none missing. Right: the same counts as a histogram, a bell around 100.*
#
# Every row is reachable, and the scatter is that of a fair lottery. A row is in a batch with probability $p = 0.05$, so among 2000 batches it comes $2000\,p = 100$ times, with a standard deviation of $\sqrt{2000\, p\, (1-p)} = 9.7$. Some implementations walk through a shuffled copy of the data instead, so that each row comes exactly once per epoch; then there is no scatter at all.
#
# </details>

# %% [markdown]
# ## Step 2: forward, first half: the affine layer
#
# $$\text{out} = x\,W + b$$
#
# A layer is a pair of functions. `affine_forward(x, w, b) -> (out, cache)` computes the output, and puts into `cache` whatever the backward pass will need (what that is, you decide). `affine_backward(dout, cache) -> (dx, dw, db)` receives how the loss changes with the layer's output, `dout` $= \partial L/\partial\,\text{out}$, and returns how it changes with each of the inputs.
#
# Shapes: `x` is $(N, d_1, \dots, d_k)$: $N$ examples of any shape, each of which is flattened to $D = d_1 \cdots d_k$ numbers; `w` is $(D, M)$, `b` is $(M,)$, `out` is $(N, M)$. Each gradient has the same shape as the array that it belongs to.
#
# <details><summary>Hint 1: which product?</summary>
#
# Let the shapes tell you. `dw` is $(D, M)$; you have $x$, $(N, D)$, and `dout`, $(N, M)$. Only one product of the two (one of them transposed) has the right shape, and it is the right one. The same goes for `dx`.
#
# </details>
# <details><summary>Hint 2: the bias</summary>
#
# The same $b$ is added to each of the $N$ rows. What is used $N$ times gets $N$ contributions to its gradient; how do contributions combine?
#
# </details>
# <details><summary>Hint 3: nearly there</summary>
#
# `x.reshape(len(x), -1)` flattens each example; put the *original* `x` into the cache, because `dx` needs its shape in the end. `b` is not needed in the backward pass: its shape is that of a row of `dout`.
#
# </details>

# %% solution="affine"
def affine_forward(x, w, b):
    """x times w plus b, for each example: returns (out, cache).

    x: (N, d1, ..., dk), flattened to (N, D). w: (D, M). b: (M,). out: (N, M).
    """
    ### BEGIN SOLUTION
    flat = x.reshape(len(x), -1)
    return flat @ w + b, (x, w)
    ### END SOLUTION


def affine_backward(dout, cache):
    """Gradients (dx, dw, db), shaped like x, w and b, given dout (N, M) and the forward's cache."""
    ### BEGIN SOLUTION
    x, w = cache
    flat = x.reshape(len(x), -1)
    dx = (dout @ w.T).reshape(x.shape)
    return dx, flat.T @ dout, dout.sum(axis=0)
    ### END SOLUTION

# %% check="affine"
check("affine")

# %% [markdown]
# What can one affine layer do? Take as its ten columns the ten *mean images* $m_k$ of the training digits. A column's output is large if the image is bright in the same places: the column is a template. With the bias $b_k = -\tfrac12 \lVert m_k \rVert^2$ the largest output belongs to the *nearest* mean image (expand $\lVert x - m_k\rVert^2$ to see it). No training at all. **Predict:** what share of the validation digits does it get right, with the bias and without?

# %%
guess("templates_right", ...)  # two shares, such as [0.5, 0.5]

# %%
needs("affine")
means = np.stack([digits.X_train[digits.y_train == k].mean(axis=0) for k in range(10)], axis=1)
pictures(means, range(10), "ten columns of w: the mean images (bright: more ink than average)")
template_accuracy = {}
for name, b in {"with the bias": -0.5 * (means**2).sum(axis=0), "without": np.zeros(10)}.items():
    out, _ = affine_forward(digits.X_val.reshape(-1, 8, 8), means, b)
    template_accuracy[name] = np.mean(out.argmax(axis=1) == digits.y_val)
reveal("templates_right", template_accuracy, form=".1%")

# %% [markdown]
# <details><summary>What came out</summary>
#
# *Ten small images with bright and dark patches on grey, one for each digit: a ring around a dark hole for the 0, a bright bar for the 1, and so on.*
#
# 88.9 % with the bias, 84.8 % without: the bias matters.
#
# </details>

# %% [markdown]
# Now we want the machine to find better templates than means. For that it needs to know what "better" is.

# %% [markdown]
# ## Step 2: forward, second half: the loss
#
# The softmax turns the $C$ scores of an example into probabilities, and the loss is minus the log of the probability of the right class, averaged over the batch:
#
# $$p_{ij} = \frac{e^{x_{ij}}}{\sum_k e^{x_{ik}}}, \qquad L = -\frac1N \sum_i \log p_{i,y_i}, \qquad \frac{\partial L}{\partial x_{ij}} = \,?$$
#
# **Predict:** ten classes, and a new network whose ten scores are all equal. What is the loss?
#
# - **A** 0.1
# - **B** 1
# - **C** 2.302585
# - **D** 10

# %% solution="q_first_loss"
q_first_loss = ...  # "A", "B", "C" or "D"
### BEGIN SOLUTION
q_first_loss = "C"
### END SOLUTION

# %% check="q_first_loss"
check("q_first_loss")

# %% [markdown]
# <details><summary>What came out</summary>
#
# The loss of $C$ equal scores is $\ln C$. Check it first in any new network: if the first loss is far from $\ln C$, something is wrong already.
#
# </details>
#
# Now write it. The formula as it stands computes $e^{1000} = \infty$, and $\infty/\infty$ is not a number. But the probabilities do not change when the same number is subtracted from all scores of a row. **Your loss must not overflow at scores of 1000, and must be right even for an example whose right class is 1000 behind** (its loss is 1000, not infinite).
#
# <details><summary>Hint 1: the gradient</summary>
#
# Write one example's loss as $\log \sum_k e^{x_k} - x_y$. Differentiate by $x_j$: the first part gives a probability, the second gives something only where $j = y$. And do not forget the mean over the batch.
#
# </details>
# <details><summary>Hint 2: no overflow</summary>
#
# Which number, subtracted from a row, makes all its exponents at most 0? And one of them exactly 0, so that the sum is never 0 either? `keepdims=True` keeps a column a column.
#
# </details>
# <details><summary>Hint 3: nearly there</summary>
#
# Never form $p$ and take its log: a probability of $e^{-1000}$ is 0 for a computer. Compute the *log*-probabilities, (shifted scores) − log(sum of their exponentials); the probabilities are `np.exp` of those. To pick one number for each row: an array of row numbers `np.arange(N)` and the array `y`, both as indices.
#
# </details>

# %% solution="softmax_loss"
def softmax_loss(x, y):
    """Mean softmax cross-entropy and its gradient: returns (loss, dx).

    x: scores, (N, C). y: (N,) whole numbers, the right class of each row. loss: a number.
    dx: gradient of that mean with respect to x, (N, C). Leave x and y as they are.
    """
    ### BEGIN SOLUTION
    n = len(x)
    shifted_scores = x - np.max(x, axis=1, keepdims=True)
    log_probabilities = shifted_scores - np.log(np.sum(np.exp(shifted_scores), axis=1, keepdims=True))
    dx = np.exp(log_probabilities)
    dx[np.arange(n), y] -= 1
    return -np.mean(log_probabilities[np.arange(n), y]), dx / n
    ### END SOLUTION

# %% check="softmax_loss"
check("softmax_loss")

# %%
needs("softmax_loss")
lead = np.linspace(-6, 6, 121)
of_one = [softmax_loss(np.array([[a, 0.0]]), np.array([0])) for a in lead]
shapes = {
    "loss": [loss for loss, _ in of_one],
    "gradient for the right score": [dx[0, 0] for _, dx in of_one],
}
with style((7, 3.6)):
    _, ax = plt.subplots()
    curves(ax, lead, shapes, xlabel="lead of the right class", ylabel="loss, gradient")
    ax.set_title("one example, two classes")
    plt.show()
print("behind by      the formula as it stands      yours")
for behind in (0.0, 10.0, 800.0):
    with np.errstate(all="ignore"):
        e = np.exp(np.array([0.0, behind]))
        plain = -np.log(e[0] / e.sum())
    own, _ = softmax_loss(np.array([[0.0, behind]]), np.array([0]))
    print(f"{behind:9.0f} {plain:23.4f} {own:17.4f}")

# %% [markdown]
# *The loss falls along a straight line of slope −1 while the right class is behind, bends where the two are level, and runs out to 0. The gradient goes from −1 to 0.*
#
# So the loss is a soft hinge: an example that is wrong pulls with a force of nearly 1, however wrong it is; one that is safely right hardly pulls at all. With the formula as it stands, a score of 800 ends the run: the loss is infinite here, and NaN a step later. Yours says 800.

# %% [markdown]
# ## Step 3: backprop, and how to trust it
#
# You have written two backward passes, and a check says that they are right. Outside this course there is no such check. But you can build one yourself, because a gradient can be *measured*. Nudge one number of the input up by a small $h$, then down by $h$, and see how far the loss moves:
#
# $$\frac{\partial f}{\partial x_i} \approx \frac{f(x + h\,e_i) - f(x - h\,e_i)}{2h}$$
#
# This is the *centred* difference. It needs two evaluations of $f$ for every single number in $x$, so nobody trains with it. But it is an honest judge: it knows only the forward pass, and nothing of your calculus.
#
# `f` takes the array and returns one number. It may read the same array under another name (the parameters of a network, say), so when you are done, `x` must hold what it held before, bit for bit. In floating point, adding $h$ and taking it away again does not always give the old number back.
#
# <details><summary>Hint 1</summary>
#
# `for i in np.ndindex(x.shape):` goes through all places of an array of any shape, and `x[i]` is one number.
#
# </details>
# <details><summary>Hint 2</summary>
#
# Before you touch `x[i]`, keep its value in a variable. Everything else is written in terms of it: both nudges, and the restored value.
#
# </details>
# <details><summary>Hint 3: nearly there</summary>
#
# In the loop: keep; nudge up and evaluate; nudge down (from the kept value, not from the nudged one) and evaluate; put the kept one back; store the difference, divided by how far apart the two points were. The result is an array of zeros like `x` that you fill.
#
# </details>

# %% solution="numerical_gradient"
def numerical_gradient(f, x, h=1e-5):
    """Gradient of f at x by centred differences, an array of the shape of x.

    f: takes an array like x, returns a number. x: an array of floats, any shape; unchanged at the
    end, bit for bit. h: how far each number is nudged, to either side.
    """
    ### BEGIN SOLUTION
    gradient = np.zeros_like(x)
    for i in np.ndindex(x.shape):
        kept = x[i]
        x[i] = kept + h
        above = f(x)
        x[i] = kept - h
        below = f(x)
        x[i] = kept
        gradient[i] = (above - below) / (2 * h)
    return gradient
    ### END SOLUTION

# %% check="numerical_gradient"
check("numerical_gradient")

# %% [markdown]
# ### Which h?
#
# The derivative is the limit $h \to 0$, so: the smaller, the better? **Predict:** with float64 numbers of ordinary size, the centred difference is most accurate for about
#
# - **A** $h = 10^{-1}$
# - **B** $h = 10^{-5}$
# - **C** $h = 10^{-10}$
# - **D** $h = 10^{-16}$

# %% solution="q_best_step"
q_best_step = ...  # "A", "B", "C" or "D"
### BEGIN SOLUTION
q_best_step = "B"
### END SOLUTION

# %% check="q_best_step"
check("q_best_step")

# %% [markdown]
# **Play.** How low does the error get, and what stops it? Below is a function under a magnifying glass that gets stronger as $h$ gets smaller: $h$ is always one unit wide in the picture. Slide $h$ down, and watch the straight line through the two points. Then try the one-sided formula, $\big(f(x+h) - f(x)\big)/h$, and numbers in float32.

# %%
from cs231n_lib.play import play

play("gradient_check")

# %% [markdown]
# Now measure it with your own function. The function under the glass was $f(x) = \sum e^{\sin 3x}$, whose gradient we know: $3\cos(3x)\, e^{\sin 3x}$. Three judges: your centred difference; a one-sided one, $\big(f(x+h) - f(x)\big)/h$; and your centred one again, of the same function computed in float32.

# %%
needs("numerical_gradient")


def wavy(x):
    return np.sum(np.exp(np.sin(3 * x)))


def wavy_in_float32(x):
    return float(wavy(x.astype(np.float32)))


def one_sided(f, x, h):
    slopes = []
    for i in range(len(x)):
        moved = x.copy()
        moved[i] += h
        slopes.append((f(moved) - f(x)) / h)
    return np.array(slopes)


def worst_error(slopes, point):
    exact = 3 * np.cos(3 * point) * np.exp(np.sin(3 * point))
    return np.max(np.abs(slopes - exact) / np.abs(exact))


point = np.linspace(0.05, 0.4, 8)
steps = 10.0 ** np.arange(-1, -12.5, -0.5)
u_curve = {
    "centred": [worst_error(numerical_gradient(wavy, point, h=h), point) for h in steps],
    "one-sided": [worst_error(one_sided(wavy, point, h), point) for h in steps],
    "centred, float32": [
        worst_error(numerical_gradient(wavy_in_float32, point, h=h), point) for h in steps
    ],
}
with style((7.5, 4.2)):
    _, ax = plt.subplots()
    look = {"log": True, "marker": "o", "markersize": 4}
    curves(ax, steps, u_curve, xlabel="step h", ylabel="largest relative error", **look)
    ax.set(xscale="log", ylim=(1e-12, 1e2), title="neither too large nor too small")
    ax.invert_xaxis()
    plt.show()
for name, errors in u_curve.items():
    best = steps[np.argmin(errors)]
    print(f"{name:17} best at h = {best:.0e}, error {min(errors):.0e}; at h = 1e-5 {errors[8]:.0e}")

# %% [markdown]
# <details><summary>What came out</summary>
#
# *Relative error against $h$, both axes logarithmic, $h$ falling to the right. Each curve falls along a straight line, reaches a lowest point, and rises again, jagged. The centred one goes deepest, with its lowest point between $10^{-5}$ and $10^{-6}$; the one-sided one falls half as steeply and turns at about $10^{-8}$; the float32 one turns already between $10^{-2}$ and $10^{-3}$, and its lowest point is hundreds of thousands of times higher.*
#
# Two errors pull in opposite directions. The **truncation** error is that of the formula: by Taylor, $\tfrac{h^2}{6} f'''$ for the centred and $\tfrac{h}{2} f''$ for the one-sided difference: two orders of magnitude for every one of $h$, or just one. The **rounding** error is that of the computer: $f$ itself is known to about $\epsilon f$ only, with $\epsilon \approx 10^{-16}$, and this is divided by $h$. Their sum is smallest where they are about equal: $h \approx \epsilon^{1/3} \approx 10^{-5}$ for the centred difference, $\epsilon^{1/2} \approx 10^{-8}$ for the one-sided one.
#
# In **float32**, $\epsilon \approx 10^{-7}$. Near $h = 3\cdot 10^{-3}$ four digits are right; at the $h = 10^{-5}$ that served so well before, an error of about one per cent is left, and a *right* gradient looks wrong. Check gradients in float64, whatever you train with.
#
# </details>
#
# **Question 1** (3 points, in your own words). Why does the error of the centred difference have the shape of a U, and where is its lowest point? Name both errors, how each depends on $h$, and say what changes in float32.

# %% [markdown] question="why_a_u_curve" points=3
# ### BEGIN SOLUTION
# **Model answer.** Two errors add up. The truncation error comes from cutting the Taylor series: for the centred difference the even terms cancel, and $\tfrac{h^2}{6} f'''$ is left; it falls with $h^2$. The rounding error comes from subtracting two nearly equal numbers, each known to a relative precision of $\epsilon$, and dividing by $2h$: about $\epsilon |f| / h$; it grows as $h$ falls. The sum is smallest where the two are about equal, $h \approx \epsilon^{1/3}$ (for $f$ and $f'''$ of ordinary size): $10^{-5}$ to $10^{-6}$ in float64 ($\epsilon \approx 10^{-16}$). In float32, $\epsilon \approx 10^{-7}$, so the lowest point moves to $h$ between $10^{-2}$ and $10^{-3}$ and lies much higher (about $\epsilon^{2/3}$): only four or five digits, instead of ten.
#
# **Rubric.** 1 point: truncation error that falls like $h^2$ (Taylor). 1 point: rounding error that grows like $\epsilon/h$ (cancellation). 1 point: lowest point where they balance, about $10^{-5}$ in float64, and larger and higher in float32.
# ### END SOLUTION

# %% [markdown]
# ## One number: the relative error
#
# Two gradients, one computed and one measured: do they agree? An absolute difference of $10^{-4}$ is nothing if they are about 100, and everything if they are about $10^{-4}$. So compare with their size. The course notes take
#
# $$\text{error} = \max_i \frac{|a_i - b_i|}{\max(|a_i|, |b_i|)}$$
#
# over all elements. Where both are 0 they agree, so the error there is 0, not 0/0. And if one of them is not a number, the result must not look like agreement (NaN itself is a fine result).
#
# The notes' rule of thumb, for $h = 10^{-5}$ and float64: above $10^{-2}$ the gradient is probably wrong; between $10^{-2}$ and $10^{-4}$ feel uncomfortable; $10^{-4}$ is all right if there are kinks, and too high if there are none; at $10^{-7}$ and less, be happy.
#
# <details><summary>Hint 1</summary>
#
# `np.maximum(a, b)` compares two arrays element by element, `np.max(a)` looks for the largest in one. You need both.
#
# </details>
# <details><summary>Hint 2</summary>
#
# Where is the denominator 0? Only where *both* are 0, and then the numerator is 0 as well. What would be a harmless denominator there?
#
# </details>
# <details><summary>Hint 3: nearly there</summary>
#
# Compute the denominator; where it is 0, put 1 in its place (`np.where`); divide; take the largest. Do without `nan_to_num`, `nanmax` and small constants: the first two hide NaN, the last hides errors of small gradients.
#
# </details>

# %% solution="relative_error"
def relative_error(a, b):
    """The largest |a - b| / max(|a|, |b|) over all elements, a number; 0 where both are 0.

    a, b: numbers or arrays of one shape. NaN in one of them gives NaN.
    """
    ### BEGIN SOLUTION
    a, b = np.asarray(a, dtype=float), np.asarray(b, dtype=float)
    size = np.maximum(np.abs(a), np.abs(b))
    safe = np.where(size == 0, 1.0, size)
    return float(np.max(np.abs(a - b) / safe))
    ### END SOLUTION

# %% check="relative_error"
check("relative_error")

# %% [markdown]
# ### Your own layers, on trial
#
# A layer returns an array, and the judge wants one number. So choose an upstream gradient `dout`, at random, and ask for the gradient of $\sum \text{out} \cdot \text{dout}$: *that* is what a backward pass computes.

# %%
needs("affine", "softmax_loss", "numerical_gradient", "relative_error")
rng = np.random.default_rng(1)
x, w, b = rng.standard_normal((5, 2, 3)), rng.standard_normal((6, 4)), rng.standard_normal(4)
dout, labels = rng.standard_normal((5, 4)), np.array([0, 3, 1, 1, 2])
dx, dw, db = affine_backward(dout, affine_forward(x, w, b)[1])
trials = {
    "affine, dx": (dx, numerical_gradient(lambda x: np.sum(affine_forward(x, w, b)[0] * dout), x)),
    "affine, dw": (dw, numerical_gradient(lambda w: np.sum(affine_forward(x, w, b)[0] * dout), w)),
    "affine, db": (db, numerical_gradient(lambda b: np.sum(affine_forward(x, w, b)[0] * dout), b)),
    "softmax loss": (
        softmax_loss(dout, labels)[1],
        numerical_gradient(lambda s: softmax_loss(s, labels)[0], dout),
    ),
}
own_errors = {name: relative_error(*pair) for name, pair in trials.items()}
for name, error in own_errors.items():
    print(f"{name:13} relative error {error:.0e}")

# %% [markdown]
# All below $10^{-7}$: be happy. Now the whole network, put together from your functions: 64 pixels, ten classes, 650 parameters in one vector `network.x`, checked on five digits. (There is no hidden layer in it, hence no activation.)

# %%
needs("affine", "softmax_loss", "numerical_gradient", "relative_error")


def own_network(seed=0):
    """A network made of your affine layer and your loss; weights of 0.01, biases 0."""
    return Network(
        [64, 10],
        init=0.01,
        activation=(None, None),
        affine=(affine_forward, affine_backward),
        loss=softmax_loss,
        rng=np.random.default_rng(seed),
    )


network = own_network()
few = digits.X_train[:5], digits.y_train[:5]


def loss_at(x):
    network.x = x
    return network.forward(few)


start = network.x.copy()
first_loss = loss_at(start)
computed = network.backward()
measured = numerical_gradient(loss_at, start.copy())
whole_error = relative_error(computed, measured)
print(f"loss {first_loss:.3f}; {computed.size} parameters, relative error {whole_error:.0e}")
zeros = np.sum(computed == 0), np.sum(measured == 0)
print(f"gradients that are exactly 0: {zeros[0]} computed, {zeros[1]} measured")

# %% [markdown]
# The first loss is nearly $\ln 10$, as it should be. The worst of the 650 errors is a few millionths, more than above: the smallest gradients here are 0.000006, and the same rounding error is a larger part of them. And 40 gradients are exactly 0 on both sides; your `relative_error` took them in its stride. (Which parameters do nothing? Those of four pixels in which no training digit has any ink, ten each.)

# %% [markdown]
# ## False alarms
#
# ### Kinks
#
# The function $\max(0, x)$ has a kink at 0. **Predict:** its slope is 0 on the left and 1 on the right. Which slope does a centred difference with $h = 10^{-5}$ measure exactly at 0, and what does it do on the way from $-3 \cdot 10^{-5}$ to $3 \cdot 10^{-5}$?

# %%
guess("slope_at_the_kink", ...)  # a number: the slope that it measures at 0

# %%
needs("numerical_gradient", "relative_error")


def hinge_forward(x):
    return np.maximum(0, x), x


def hinge_backward(dout, cache):
    return dout * (cache > 0)


near = np.linspace(-3e-5, 3e-5, 121)
seen = {
    "backward pass": hinge_backward(np.ones_like(near), near),
    "centred, h = 1e-5": numerical_gradient(lambda x: np.sum(hinge_forward(x)[0]), near.copy()),
}
with style((7, 3.4)):
    _, ax = plt.subplots()
    curves(ax, near * 1e5, seen, xlabel="x, in units of 0.00001", ylabel="slope")
    ax.set_title("a kink under the magnifying glass")
    plt.show()


def alarms(h, tries=200):
    """Share of random checks of 100 hinges, all right, that end with an error above 1e-4."""
    rng, count = np.random.default_rng(0), 0
    for _ in range(tries):
        x, dout = rng.standard_normal((2, 100))
        numeric = numerical_gradient(lambda x, dout=dout: np.sum(hinge_forward(x)[0] * dout), x, h=h)
        count += relative_error(hinge_backward(dout, x), numeric) > 1e-4
    return count / tries


false_alarms = {h: alarms(h) for h in (1e-2, 1e-3, 1e-5)}
for h, share in false_alarms.items():
    print(f"h = {h:.0e}: {share:.0%} of the checks of a right backward pass raise the alarm")
reveal("slope_at_the_kink", seen["centred, h = 1e-5"][60])

# %% [markdown]
# <details><summary>What came out</summary>
#
# *The backward pass is a step from 0 to 1 at $x = 0$. The measured slope is a ramp, from 0 at $-10^{-5}$ to 1 at $10^{-5}$.*
#
# Within $h$ of a kink the two points of the difference lie on two different branches. The chance that one of 100 normal numbers comes so close is $1 - (1 - 0.8\,h)^{100}$: 55 % for $h = 10^{-2}$, 8 % for $10^{-3}$, and less than a thousandth for $10^{-5}$. So take a small $h$, check few numbers, and if the alarm rings, **move**: at another point the kink is gone, and a bug is not.
#
# </details>
#
# ### Two zeros
#
# Add the same number $c$ to all scores, and the softmax loss does not change: $\partial L/\partial c = 0$. What does the check say?

# %%
needs("softmax_loss", "numerical_gradient", "relative_error")
scores = np.random.default_rng(2).standard_normal((5, 4))
claimed = np.sum(softmax_loss(scores, labels)[1], keepdims=True).ravel()
found = numerical_gradient(lambda c: softmax_loss(scores + c, labels)[0], np.zeros(1))
shift_error = relative_error(claimed, found)
print(f"computed {claimed[0]:.0e}, measured {found[0]:.0e}: relative error {shift_error:.2f}")
print(f"0.0 and 0.0: relative error {relative_error(np.zeros(1), np.zeros(1)):.2f}")

# %% [markdown]
# Both numbers are 0 but for rounding, and yet the relative error may be as large as if one of them were plainly wrong (it depends on your rounding: 0, or anything up to 2). Exact zeros are no trouble; zeros blurred by rounding are. Before you believe a large relative error, look at the two numbers themselves. A random upstream gradient helps: sums that vanish by accident become unlikely.

# %% [markdown]
# ## The bug hunt
#
# Here are three layers, each with its backward pass. Two are right, one is wrong.
#
# - **A** *softplus*, $\log(1 + e^x)$: a rounded hinge,
# - **B** *GELU* (in the form with tanh), $\tfrac{x}{2}\big(1 + \tanh(\sqrt{2/\pi}\,(x + 0.044715\, x^3))\big)$: the activation of BERT and GPT-2,
# - **C** *RMS normalisation*: each row divided by the root of its mean square; most large language models since about 2023 have it.

# %% locked="suspects"
def softplus_forward(x):
    return np.logaddexp(0, x), x


def softplus_backward(dout, cache):
    return dout * 0.5 * (1 + np.tanh(cache / 2))


def gelu_forward(x):
    t = np.tanh(np.sqrt(2 / np.pi) * x * (1 + 0.044715 * x**2))
    return 0.5 * x * (1 + t), (x, t)


def gelu_backward(dout, cache):
    x, t = cache
    bend = np.sqrt(2 / np.pi) * (1 + 0.044715 * x**2)
    return dout * 0.5 * (1 + t + x * (1 - t**2) * bend)


def rms_forward(x):
    scale = np.sqrt(np.mean(x**2, axis=1, keepdims=True) + 1e-5)
    return x / scale, (x / scale, scale)


def rms_backward(dout, cache):
    out, scale = cache
    return (dout - out * np.mean(dout * out, axis=1, keepdims=True)) / scale


example = np.random.default_rng(3).standard_normal((4, 5))
suspects = {
    "A": (softplus_forward, softplus_backward, example),
    "B": (gelu_forward, gelu_backward, example),
    "C": (rms_forward, rms_backward, example),
}

# %% [markdown]
# Surely a bug in a gradient shows in the plots, or in the training? First the plots: value and claimed slope (for C, of the first number of a row of three while the other two stay at 1 and −1). Look, then **predict:** which one is wrong?

# %%
with style((10, 3.2)):
    _, axes = plt.subplots(1, 3)
    line = np.linspace(-4, 4, 400)
    for ax, (name, (forward, backward, _)) in zip(axes, suspects.items(), strict=True):
        rows = np.stack([line, np.ones(400), -np.ones(400)], axis=1)
        out, cache = forward(rows)
        first = np.zeros((400, 3))
        first[:, 0] = 1
        both = {"value": out[:, 0], "claimed slope": backward(first, cache)[:, 0]}
        curves(ax, line, both, xlabel="x", ylabel="value, slope", title=name)
    plt.show()

# %% [markdown]
# *Three panels, each with a smooth curve and its smooth slope. Nothing catches the eye.*

# %%
guess("suspect_by_eye", ...)  # "A", "B" or "C"

# %% [markdown]
# Then the training: the same small network (64-50-10) three times, each with one of the suspects as its activation. Ten epochs of the loop that you are about to build.

# %%
needs("sample_batch", "affine", "softmax_loss")


def train_with(pair, seed=0, steps=100):
    """Batch losses of a net with this activation, plain SGD, batches of 100, rate 0.5."""
    rng = np.random.default_rng(seed)
    layers = {"affine": (affine_forward, affine_backward), "loss": softmax_loss}
    net = Network([64, 50, 10], init=0.15, activation=pair, **layers, rng=rng)
    losses = []
    for _ in range(steps):
        losses.append(net.forward(sample_batch(digits.X_train, digits.y_train, 100, rng)))
        net.x -= 0.5 * net.backward()
    return np.array(losses), net.accuracy(digits.X_val, digits.y_val)


suspect_runs = {name: train_with(suspect[:2]) for name, suspect in suspects.items()}
with style((7.5, 3.8)):
    _, ax = plt.subplots()
    histories = {name: losses for name, (losses, _) in suspect_runs.items()}
    curves(ax, None, histories, xlabel="step", ylabel="loss of the batch")
    ax.set_title("three suspects, one of them wrong")
    plt.show()
for name, (losses, accuracy) in suspect_runs.items():
    print(f"{name}: mean loss of the last 10 steps {losses[-10:].mean():.2f}, accuracy {accuracy:.1%}")

# %% [markdown]
# *Three curves that start between 2 and 3 and fall, C at once, A and B in some fifty steps; none stalls, none explodes.*
#
# All three learn, and get nine of ten validation digits right, or more. A is the slowest, C by far the quickest: does that make one of them suspicious? The loss curves do not say. So ask your instruments: write a detective that takes *any* layers and names those whose backward pass is wrong. Do not let it be fooled:
#
# - the given `x` may be float32 and may lie on a kink. It is only an example: you may test at another point of the same shape,
# - the bug may be as small as half a per cent, or sit in only one branch of a formula,
# - an upstream gradient of ones sees only sums: a backward pass that mixes up its outputs would pass,
# - two zeros agree, and NaN is wrong. But what is `nan > 1e-4`?
#
# <details><summary>Hint 1: a plan</summary>
#
# For each layer: choose a point; go forward, choose an upstream gradient, go backward; measure the gradient of the same thing with `numerical_gradient`; compare with `relative_error`; judge. You did all of this for the affine layer above.
#
# </details>
# <details><summary>Hint 2: where and with what</summary>
#
# A point from a random generator of your own, of the shape of `x`, is float64, and the chance that it lies on a kink is next to nothing. The upstream gradient has the shape of `out`, which need not be that of `x`.
#
# </details>
# <details><summary>Hint 3: nearly there</summary>
#
# Choose a threshold between the errors of right layers (print them: $10^{-9}$ to $10^{-6}$) and the error of the smallest bug ($5 \cdot 10^{-3}$). Name a layer if its error is *not* below the threshold: for NaN, "below" is false. And give the forward pass a copy of the array each time, in case it writes into it.
#
# </details>

# %% solution="find_wrong_gradients"
def find_wrong_gradients(layers):
    """Names of the layers whose backward pass does not fit their forward pass: a list.

    layers: {name: (forward, backward, x)} with forward(x) -> (out, cache) and
    backward(dout, cache) -> dx; x: an example of an input (float64 or float32).
    """
    ### BEGIN SOLUTION
    rng, wrong = np.random.default_rng(0), []
    for name, (forward, backward, x) in layers.items():
        spot = rng.standard_normal(x.shape)
        out, cache = forward(spot.copy())
        dout = rng.standard_normal(out.shape)
        numeric = numerical_gradient(lambda p, f=forward, d=dout: np.sum(f(p)[0] * d), spot.copy())
        if not relative_error(backward(dout, cache), numeric) < 1e-4:
            wrong.append(name)
    return wrong
    ### END SOLUTION

# %% check="find_wrong_gradients"
check("find_wrong_gradients")

# %%
needs("find_wrong_gradients", "numerical_gradient", "relative_error")
print("wrong:", find_wrong_gradients(suspects))

# %% [markdown]
# Which one is it?

# %% solution="q_bug_hunt"
q_bug_hunt = ...  # "A", "B" or "C"
### BEGIN SOLUTION
q_bug_hunt = "B"
### END SOLUTION

# %% check="q_bug_hunt"
check("q_bug_hunt")

# %%
needs("find_wrong_gradients", "numerical_gradient", "relative_error")
reveal("suspect_by_eye", find_wrong_gradients(suspects), word="your detective says")

# %% [markdown]
# <details><summary>What came out</summary>
#
# If you like, find the line and repair it. The claimed slope is nowhere off by more than 0.031, so nobody sees it in a plot. With the right slope in its place, its net's loss after these 100 steps is about 1 % lower, in each of twelve runs. A bug like this can stay in the code for years. It costs a little every day, until somebody needs the gradient to be *right* (for a second-order method, say).
#
# </details>
#
# **Question 2** (3 points, in your own words). A gradient check reports a large error for a backward pass that is right: name two reasons, and for each what you do about it. And name one way in which a check can pass a backward pass that is *wrong*.

# %% [markdown] question="when_does_the_check_lie" points=3
# ### BEGIN SOLUTION
# **Model answer.** False alarms: (1) a kink (ReLU, hinge, max) within $h$ of the point, so that the two evaluations lie on different branches: use a small $h$, few numbers, and repeat at another point; (2) float32, where rounding divided by $h$ is a per cent and more: check in float64 (or take $h$ near $10^{-2}$); (3) a gradient that is zero but for rounding, for which a *relative* error means nothing: look at the absolute numbers. (A step that is far too small or large also counts.) Missed bugs: an upstream gradient of ones, which tests sums only; a comparison with NaN, which is always false; a border that is too tolerant; a point at which the wrong branch is not visited, or where the wrong term is zero.
#
# **Rubric.** 1 point each for two different reasons of a false alarm, with a remedy that fits (half without the remedy). 1 point: one way to miss a bug.
# ### END SOLUTION

# %% [markdown]
# ## Step 4: update
#
# $$w \leftarrow w - \alpha\, \frac{\partial L}{\partial w}$$
#
# This is one line. We give it the form that all update rules of this course have: `rule(w, dw, config)` returns `(next_w, config)`, the new parameters and the dictionary for the next step. SGD remembers nothing, so it passes on the dictionary that it was given; the rules of notebook 05 keep a velocity in it.
#
# <details><summary>Hint 1</summary>
#
# The gradient points to where the loss *grows* fastest.
#
# </details>
# <details><summary>Hint 2</summary>
#
# The rate is `config["learning_rate"]`; the two given lines make sure that it is there.
#
# </details>
# <details><summary>Hint 3: nearly there</summary>
#
# Make `next_w` from `w`, the rate and `dw`, without changing `dw`. Return two things, and the second one is the whole dictionary.
#
# </details>

# %% solution="sgd"
def sgd(w, dw, config=None):
    """One step of gradient descent.

    w, dw: parameters and their gradient, arrays of one shape (any shape). Leave dw as it is.
    config: "learning_rate". Returns (next_w, config).
    """
    config = dict(config or {})
    config.setdefault("learning_rate", 1e-2)
    ### BEGIN SOLUTION
    next_w = w - config["learning_rate"] * dw
    return next_w, config
    ### END SOLUTION

# %% check="sgd"
check("sgd")

# %% [markdown]
# ## The four steps
#
# Now the loop itself. The lecture writes it like this, with `x` for the parameters:
#
#     while True:
#         data_batch = dataset.sample_data_batch()
#         loss = network.forward(data_batch)
#         dx = network.backward()
#         x += - learning_rate * dx
#
# Yours differs in three ways: it stops after `steps` rounds, it returns the losses, and it leaves the last line to a `rule`, so that it works with any of them. `network.x` is the vector of all parameters: read the old one there, and put the new one there.
#
# <details><summary>Hint 1</summary>
#
# The rule returns two things. Where does each of them go? (What would a rule with a memory need in the next round?)
#
# </details>
# <details><summary>Hint 2</summary>
#
# `x = network.x` makes a second name for the vector. Assigning to that name later changes what the name means, not the network.
#
# </details>
# <details><summary>Hint 3: nearly there</summary>
#
# An empty list before the loop; in each round the four calls in the order of the slide, the loss appended to the list; the rule's two results go to `network.x` and to `config`, both at once.
#
# </details>

# %% solution="training_loop"
def training_loop(dataset, network, rule, config, steps):
    """Train a network for some steps: returns the list of the losses, one for each batch.

    dataset: has sample_data_batch() -> batch. network: has forward(batch) -> loss,
    backward() -> gradient for its parameters, and the parameters themselves in network.x.
    rule: rule(x, dx, config) -> (next_x, config).
    """
    ### BEGIN SOLUTION
    history = []
    for _ in range(steps):
        batch = dataset.sample_data_batch()
        loss = network.forward(batch)
        gradient = network.backward()
        network.x, config = rule(network.x, gradient, config)
        history.append(loss)
    return history
    ### END SOLUTION

# %% check="training_loop"
check("training_loop")

# %% [markdown]
# Now put together all that you have built: your batches, your layer, your loss, your step, your loop. 1000 steps with batches of 100, rate 1. **Predict:** where does the loss start, where does it end, and how many validation digits do the ten learned templates get right? (The mean images got 88.9 %.)

# %%
guess("loss_and_accuracy", ...)  # first loss, last loss, share of right digits: [..., ..., ...]

# %%
needs("sample_batch", "affine", "softmax_loss", "sgd", "training_loop")


def batches(size, seed=0):
    """The digits, in batches drawn by your function."""
    rng = np.random.default_rng(seed)
    return Dataset(digits.X_train, digits.y_train, size, rng, sample=sample_batch)


network = own_network()
losses = training_loop(batches(100), network, sgd, {"learning_rate": 1.0}, steps=1000)
with style((7.5, 3.8)):
    _, ax = plt.subplots()
    one = {"loss of the batch": losses}
    curves(ax, None, one, xlabel="step", ylabel="loss", log=True, linewidth=1.0)
    ax.set_title("your network learns to read")
    plt.show()
learned_accuracy = network.accuracy(digits.X_val, digits.y_val)
pictures(network.params["W1"], range(10), "the ten learned columns of w")
outcome = {
    "loss of the first batch": losses[0],
    "mean loss of the last 100": np.mean(losses[-100:]),
    "share of right digits": learned_accuracy,
}
reveal("loss_and_accuracy", outcome)

# %% [markdown]
# <details><summary>What came out</summary>
#
# *First figure: the loss of each batch, logarithmic: from 2.30 it falls below 0.1, with more and more jitter. Second: the ten learned templates; they resemble the means, but with sharper spots: single bright or dark pixels in which a digit differs from its rivals.*
#
# From $\ln 10 = 2.30$ to **below 0.1**: the loop works. Some 95 of 100 validation digits are right, against 89 with the means. The jitter (from about 0.03 to about 0.12 among the last 100) is not a bug: each batch is a different sample of 100 images, and has a different loss.
#
# </details>

# %% [markdown]
# ## Why mini-batches?
#
# The gradient of a batch is an estimate of the gradient over all the data. The smaller the batch, the cheaper, and the noisier. **Predict:** you want to *halve* the noise. How much larger must the batch be?
#
# - **A** twice as large
# - **B** four times as large
# - **C** ten times as large
# - **D** the noise does not depend on the size

# %% solution="q_batch_noise"
q_batch_noise = ...  # "A", "B", "C" or "D"
### BEGIN SOLUTION
q_batch_noise = "B"
### END SOLUTION

# %% check="q_batch_noise"
check("q_batch_noise")

# %%
needs("sample_batch", "affine", "softmax_loss")
fresh = own_network()
full = fresh.loss_and_gradient(digits.X_train, digits.y_train)[1]
sizes, rng = np.array([1, 4, 16, 64, 256]), np.random.default_rng(0)
noise = []
for size in sizes:
    off = []
    for _ in range(200):
        batch = sample_batch(digits.X_train, digits.y_train, size, rng)
        gradient = fresh.loss_and_gradient(*batch)[1]
        off.append(np.sum((gradient - full) ** 2))
    noise.append(np.sqrt(np.mean(off) / np.sum(full**2)))
noise = np.array(noise)
with style((6.5, 3.8)):
    _, ax = plt.subplots()
    both = {"measured": noise, "one over the square root": noise[0] / np.sqrt(sizes)}
    curves(ax, sizes, both, xlabel="size of the batch", ylabel="noise", log=True, marker="o")
    ax.set(xscale="log", ylabel="noise / length of the gradient", title="a batch's gradient against the full one")
    plt.show()
for size, value in zip(sizes, noise, strict=True):
    print(f"batches of {size:3d}: noise {value:.2f} of the gradient's length")

# %% [markdown]
# <details><summary>What came out</summary>
#
# *Both axes logarithmic: the measured noise falls along the straight line $1/\sqrt{B}$, and a little below it for the largest batch (a quarter of all the data, drawn without replacement).*
#
# Four times the work for half the noise. At the start of training a single example's gradient is off by five times the gradient's own length; that of 64 examples by 0.6 of it, a usable direction already.
#
# </details>

# %% [markdown]
# Is it better to spend the work on exact directions, or on many steps? Here are four nets that each see the 1000 images ten times:
#
# - **A** batches of 1000, rate 1
# - **B** batches of 100, rate 1
# - **C** batches of 10, rate 1
# - **D** batches of 10, rate 0.1
#
# **Predict:** two of them end with nearly the same loss. Which two?

# %%
guess("same_loss", ...)  # two letters, such as "AB"

# %%
needs("sample_batch", "affine", "softmax_loss", "sgd", "training_loop")


def after_ten_epochs(size, rate, seed=0):
    """Loss on all training digits, and validation accuracy, after 10 000 examples."""
    net = own_network(seed)
    training_loop(batches(size, seed), net, sgd, {"learning_rate": rate}, steps=10_000 // size)
    return net.forward((digits.X_train, digits.y_train)), net.accuracy(digits.X_val, digits.y_val)


print("batch   steps   rate   steps x rate    loss   accuracy")
ten_epochs = {}
for size, rate in ((1000, 1.0), (100, 1.0), (10, 1.0), (10, 0.1)):
    ten_epochs[size, rate] = after_ten_epochs(size, rate)
    loss, accuracy = ten_epochs[size, rate]
    step_count = 10_000 // size
    print(f"{size:5d} {step_count:7d} {rate:6g} {step_count * rate:14g} {loss:7.3f} {accuracy:10.1%}")
ends = dict(zip("ABCD", (loss for loss, _ in ten_epochs.values()), strict=True))
pairs = [(one, other) for one in ends for other in ends if one < other]
closest = min(pairs, key=lambda pair: abs(np.log(ends[pair[0]] / ends[pair[1]])))
reveal("same_loss", "".join(closest), word="it was")

# %% [markdown]
# <details><summary>What came out</summary>
#
# For the same work, and at the same rate, the small batches get much further: 1000 noisy steps beat 10 exact ones by far. But look at B and D, batches of 100 with rate 1 and batches of 10 with rate 0.1: *steps × rate* is the same, and so is the loss, to within a few per cent. As long as the rate is small enough for the noise to average out, what counts is how far you go in total. Do not conclude that a small batch is always better: on real hardware 100 examples at once cost hardly more than 10, and at high rates the noise of small batches stops progress in the end (notebook 06).
#
# </details>

# %% [markdown]
# ## What to take home
#
# - The loop: **sample, forward, backward, update**. Everything else in this course changes one of the four.
# - The first loss of a new classifier is $\ln C$. Shift the scores before you exponentiate, and never take the log of a probability.
# - Trust a gradient when a **centred difference** with $h = 10^{-5}$, in **float64**, with a **random upstream gradient**, at a point off the kinks, agrees with it: to $10^{-7}$ where the gradients are of ordinary size, to some $10^{-6}$ where the smallest are a few millionths. Loss curves prove nothing.
# - A batch's gradient is noisy, like $1/\sqrt{B}$; many rough steps beat few exact ones.
#
# ## Since then (2026)
#
# - **Large batches.** B and D above are an instance of the *linear scaling rule*: a batch $k$ times as large takes a rate $k$ times as large (Goyal et al., [2017](https://arxiv.org/abs/1706.02677), who trained ResNet-50 that way with batches of 8,192, after a warm-up). The evidence is good for SGD up to a *critical batch size*, beyond which larger batches gain little. That size differs widely between problems (Shallue et al., [2019](https://arxiv.org/abs/1811.03600)); the *noise scale*, which is what you measured in the last figure, predicts it roughly (McCandlish et al., [2018](https://arxiv.org/abs/1812.06162)). For Adam, theory and experiments speak for the *square root* of $k$ instead (Malladi et al., [2022](https://arxiv.org/abs/2205.10287)).
# - **Autodiff.** Frameworks now derive the backward pass from the forward pass, so hand-written gradients are rare. They still exist in custom kernels and new operations, and they are still checked your way: `torch.autograd.gradcheck` compares centred differences in float64 with the backward pass.
# - **The complex step.** If $f$ is analytic and its code accepts complex numbers, $f'(x) \approx \operatorname{Im} f(x + ih)/h$ subtracts nothing, so it has no rounding error to fear: $h$ may be $10^{-30}$ (Squire and Trapp, [1998](https://doi.org/10.1137/S003614459631241X)). No U, no best step:

# %%
def complex_step(f, x, h):
    """Gradient of an analytic f, from the imaginary part that a nudge along i leaves."""
    slopes = np.zeros(len(x))
    for i in range(len(x)):
        moved = x.astype(complex)
        moved[i] += 1j * h
        slopes[i] = f(moved).imag / h
    return slopes


complex_errors = {h: worst_error(complex_step(wavy, point, h), point) for h in (1e-5, 1e-10, 1e-30)}
for h, error in complex_errors.items():
    print(f"complex step, h = {h:.0e}: largest relative error {error:.0e}")

# %% [markdown]
# It needs a function without `abs`, `max` or comparisons, so a ReLU is out of its reach, and so is code that drops the imaginary part.
#
# **Further reading**
# - CS231n's notes on [gradient checks](https://cs231n.github.io/neural-networks-3/#gradcheck): the rules of thumb used above.
# - Griewank and Walther, *Evaluating Derivatives*, 2nd edition, SIAM 2008: how automatic differentiation works, and what it costs.
# - Bottou, Curtis and Nocedal, [*Optimization Methods for Large-Scale Machine Learning*](https://arxiv.org/abs/1606.04838), 2018: why noisy steps win.
#
# Your points so far:

# %%
progress("00_training_loop")
