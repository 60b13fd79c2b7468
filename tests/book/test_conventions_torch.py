"""The book's page "Conventions" against the libraries that it speaks about.

Where the page writes another library's rule as a small function, that function must do as the
library does; where a table names a default, it must be the library's (``make torch``).
"""

import inspect
import math

import numpy as np
import pytest
from helpers.pages import BOOK, Page

from cs231n_lib.activations import relu_backward, relu_forward
from cs231n_lib.layers import softmax_loss

pytestmark = pytest.mark.torch

PAGE = Page(BOOK / "conventions.md")
CUT = np.where(np.arange(20) < 10, 0.1, 0.01)  # a rate that changes on the way


def page(name, *args, **settings):
    """What the page's own function computes."""
    return PAGE.names[name](*args, **settings)


def theirs(rule, *args, **settings):
    return page("theirs", PAGE.names[rule], *args, **settings)


def says(section, row, column):
    return float(PAGE.cell(section, row, column).split(" ")[0])


def default(function, name):
    called = function.__init__ if isinstance(function, type) else function
    return inspect.signature(called).parameters[name].default


@pytest.fixture
def torch():
    return pytest.importorskip("torch", reason="PyTorch is not installed (make torch)")


@pytest.fixture
def jax():
    jax = pytest.importorskip("jax", reason="JAX is not installed (make torch)")
    jax.config.update("jax_enable_x64", True)
    return jax


@pytest.fixture
def optax(jax):
    return pytest.importorskip("optax", reason="optax is not installed (make torch)")


@pytest.fixture
def keras(jax, monkeypatch):
    monkeypatch.setenv("KERAS_BACKEND", "jax")  # read once, when keras is imported
    return pytest.importorskip("keras", reason="Keras is not installed (make torch)")


@pytest.fixture
def linen(jax):
    reason = "Flax is not installed (make torch)"
    return pytest.importorskip("flax.linen", reason=reason)


def follow_torch(torch, kind, rates, w0=0.0, **options):
    w = torch.full((7,), w0, dtype=torch.float64, requires_grad=True)
    optimizer = kind([w], lr=1.0, **options)
    points = []
    for g, rate in zip(PAGE.names["gradients"], np.broadcast_to(rates, 20), strict=True):
        optimizer.param_groups[0]["lr"] = float(rate)
        w.grad = torch.tensor(g)
        optimizer.step()
        points.append(w.detach().numpy().copy())
    return np.array(points)


def follow_keras(keras, kind, rates, w0=0.0, **options):
    w = keras.Variable(np.full(7, w0), dtype="float64")
    optimizer = getattr(keras.optimizers, kind)(learning_rate=1.0, **options)
    points = []
    for g, rate in zip(PAGE.names["gradients"], np.broadcast_to(rates, 20), strict=True):
        optimizer.learning_rate = float(rate)
        optimizer.apply([keras.ops.convert_to_tensor(g, dtype="float64")], [w])
        points.append(np.asarray(w.value))
    return np.array(points)


def follow_optax(optax, make, rates, w0=0.0):
    rates = np.broadcast_to(rates, 20)
    optimizer = make(lambda count: np.asarray(rates)[int(count)])
    w = np.full(7, w0)
    state, points = optimizer.init(w), []
    for g in PAGE.names["gradients"]:
        step, state = optimizer.update(g, state, w)
        w = np.asarray(w + step)
        points.append(w)
    return np.array(points)


def close(a, b, rtol=1e-6):
    """Keras and JAX keep rates and powers in float32 on the way."""
    np.testing.assert_allclose(a, b, rtol=rtol, atol=1e-9)


TORCH_SGD = [
    {"momentum": 0.9},
    {"momentum": 0.9, "nesterov": True},
    {"momentum": 0.9, "dampening": 0.9},
]


@pytest.mark.parametrize("options", TORCH_SGD)
def test_pytorch_s_momentum_is_the_page_s(torch, options):
    settings = {**options, "mu": options["momentum"]}
    del settings["momentum"]
    expected = follow_torch(torch, torch.optim.SGD, CUT, **options)
    close(theirs("pytorch_sgd", CUT, **settings), expected, 1e-10)


@pytest.mark.parametrize("nesterov", [False, True])
def test_keras_momentum_is_the_page_s(keras, nesterov):
    expected = follow_keras(keras, "SGD", CUT, momentum=0.9, nesterov=nesterov)
    close(theirs("keras_sgd", CUT, momentum=0.9, nesterov=nesterov), expected)


@pytest.mark.parametrize("nesterov", [False, True])
def test_optax_momentum_is_pytorch_s(optax, nesterov):
    def make(rate):
        return optax.sgd(rate, momentum=0.9, nesterov=nesterov)

    close(theirs("pytorch_sgd", CUT, mu=0.9, nesterov=nesterov), follow_optax(optax, make, CUT))


def test_keras_adagrad_rmsprop_and_adam_are_the_page_s(keras):
    close(
        theirs("inside_adagrad", 0.1, eps=1e-7, start=0.1),
        follow_keras(keras, "Adagrad", 0.1),
    )
    close(theirs("inside_rmsprop", 0.1, decay=0.9, eps=1e-7), follow_keras(keras, "RMSprop", 0.1))
    close(theirs("keras_adam", 0.1), follow_keras(keras, "Adam", 0.1), 1e-5)


def test_optax_adagrad_and_rmsprop_are_the_page_s_and_adam_is_ours(optax):
    close(
        theirs("inside_adagrad", 0.1, eps=1e-7, start=0.1),
        follow_optax(optax, optax.adagrad, 0.1),
    )
    close(
        theirs("inside_rmsprop", 0.1, decay=0.9, eps=1e-8),
        follow_optax(optax, optax.rmsprop, 0.1),
    )
    adam = page("ours", PAGE.names["optim"].adam, 0.1, epsilon=1e-8)
    close(adam, follow_optax(optax, optax.adam, 0.1))


def decays(kind, rule, wd, rates=CUT):
    return page("ours", PAGE.names[kind](rule, wd), rates, w0=1.0, epsilon=1e-8)


def test_weight_decay_is_l2_in_pytorch_s_adam_and_decoupled_in_adamw(torch):
    adam = PAGE.names["optim"].adam
    for kind, made in (("l2", torch.optim.Adam), ("decoupled", torch.optim.AdamW)):
        expected = follow_torch(torch, made, CUT, w0=1.0, weight_decay=0.1)
        close(decays(kind, adam, 0.1), expected, 1e-9)
    sgd = follow_torch(torch, torch.optim.SGD, CUT, w0=1.0, weight_decay=0.1)
    close(decays("l2", PAGE.names["optim"].sgd, 0.1), sgd, 1e-9)


def test_weight_decay_is_decoupled_in_optax_and_in_every_optimiser_of_keras(optax, keras):
    optim = PAGE.names["optim"]
    made = follow_optax(optax, lambda rate: optax.adamw(rate, weight_decay=0.1), CUT, w0=1.0)
    close(decays("decoupled", optim.adam, 0.1), made)
    by_momentum = follow_keras(keras, "SGD", CUT, w0=1.0, momentum=0.9, weight_decay=0.1)
    close(decays("decoupled", optim.sgd_momentum, 0.1), by_momentum)
    plain, decoupled = (
        follow_keras(keras, kind, CUT, w0=1.0, weight_decay=0.1) for kind in ("Adam", "AdamW")
    )
    close(plain, decoupled)


def test_pytorch_s_running_values_are_the_page_s(torch):
    layer = torch.nn.BatchNorm1d(3, dtype=torch.float64)
    mean, var = np.zeros(3), np.ones(3)
    for batch in np.random.default_rng(0).normal(size=(4, 6, 3)):
        layer(torch.tensor(batch))
        mean, var = page("pytorch_running", mean, var, batch)
    close(layer.running_mean.numpy(), mean, 1e-9)
    close(layer.running_var.numpy(), var, 1e-9)


@pytest.mark.parametrize("library", ["keras", "linen"])
def test_keras_and_flax_average_the_variance_that_they_use(jax, library, request):
    x = np.random.default_rng(0).normal(size=(6, 3)).astype(np.float32)
    if library == "keras":
        layer = request.getfixturevalue("keras").layers.BatchNormalization(momentum=0.9)
        layer(x, training=True)
        running = np.asarray(layer.moving_variance.value)
    else:
        layer = request.getfixturevalue("linen").BatchNorm(use_running_average=False, momentum=0.9)
        start = layer.init(jax.random.key(0), x)
        running = layer.apply(start, x, mutable=["batch_stats"])[1]["batch_stats"]["var"]
    np.testing.assert_allclose(running, 0.9 + 0.1 * x.var(axis=0), rtol=1e-5)


def test_dropout_s_p_drops_in_pytorch(torch):
    torch.manual_seed(0)
    out = torch.nn.Dropout(0.2)(torch.ones(10_000)).numpy()
    assert abs(np.mean(out > 0) - 0.8) < 0.02
    np.testing.assert_allclose(out[out > 0], 1 / 0.8)


def test_gelu_and_silu_are_the_page_s(torch, jax, keras):
    x = np.linspace(-5, 5, 101)
    tensor, nn = torch.tensor(x), torch.nn
    exact, by_tanh = page("exact_gelu", x), page("tanh_gelu", x)
    assert np.allclose(nn.GELU()(tensor), exact)
    assert np.allclose(nn.GELU(approximate="tanh")(tensor), by_tanh)
    assert np.allclose(jax.nn.gelu(x), by_tanh)
    assert np.allclose(jax.nn.gelu(x, approximate=False), exact)
    single = {"rtol": 1e-5, "atol": 1e-6}  # Keras computes in float32
    assert np.allclose(keras.activations.gelu(x), exact, **single)
    assert np.allclose(keras.activations.gelu(x, approximate=True), by_tanh, **single)
    assert np.allclose(nn.SiLU()(tensor), page("silu", x))
    assert jax.nn.swish is jax.nn.silu


def test_rms_normalisation_is_the_page_s(torch, keras, linen):
    x = 0.001 * np.random.default_rng(0).normal(size=(4, 6)).astype(np.float32)
    theirs = torch.nn.RMSNorm(6)(torch.tensor(x)).detach()
    assert np.allclose(theirs, page("rms_norm", x, np.finfo(np.float32).eps), rtol=1e-5)
    assert "1.19e-7" in PAGE.cell("RMS normalisation", "PyTorch", "eps")
    assert np.allclose(keras.layers.RMSNormalization()(x), page("rms_norm", x, 1e-6), rtol=1e-5)
    assert default(linen.RMSNorm, "epsilon") == 1e-6 == says("RMS normalisation", "Keras", "eps")


def test_clipping_is_the_page_s(torch, optax, keras):
    rng = np.random.default_rng(0)
    grads = [rng.normal(size=(3, 2)).astype(np.float32), rng.normal(size=4).astype(np.float32)]
    for limit in (0.5, 100.0):
        together = page("by_global_norm", grads, limit)
        made, _ = optax.clip_by_global_norm(limit).update(grads, None)
        parameters = [torch.nn.Parameter(torch.zeros(g.shape)) for g in grads]
        for parameter, g in zip(parameters, grads, strict=True):
            parameter.grad = torch.tensor(g)
        torch.nn.utils.clip_grad_norm_(parameters, limit)
        optimizers = keras.optimizers
        globally = optimizers.SGD(global_clipnorm=limit)._clip_gradients(grads)
        alone = optimizers.SGD(clipnorm=limit)._clip_gradients(grads)
        for k, right in enumerate(together):
            for got in (made[k], parameters[k].grad, globally[k]):
                assert np.allclose(got, right, rtol=1e-5)
            assert np.allclose(alone[k], page("by_each_norm", grads, limit)[k], rtol=1e-5)


def test_layers_and_losses_are_as_the_tables_say(torch):
    assert tuple(torch.nn.Linear(3, 2).weight.shape) == (2, 3)
    x, y = np.random.default_rng(0).normal(size=(5, 4)), np.arange(5) % 4
    theirs = torch.nn.CrossEntropyLoss()(torch.tensor(x), torch.tensor(y))
    np.testing.assert_allclose(theirs.item(), softmax_loss(x, y)[0])
    zero = torch.zeros(1, requires_grad=True)
    torch.relu(zero).backward()
    assert zero.grad.item() == relu_backward(np.ones(1), relu_forward(np.zeros(1))[1]).item() == 0


def test_random_weights_of_pytorch_have_the_variances_of_the_table(torch):
    generator = torch.Generator().manual_seed(0)
    init, empty = torch.nn.init, torch.empty(1000, 500)  # fan_in is 500, fan_out 1000
    for fill, variance in (
        (init.xavier_normal_, 2 / 1500),
        (init.xavier_uniform_, 2 / 1500),
        (init.kaiming_normal_, 2 / 500),
    ):
        assert math.isclose(fill(empty, generator=generator).var().item(), variance, rel_tol=0.02)
    torch.manual_seed(0)
    linear = torch.nn.Linear(500, 1000).weight
    assert math.isclose(linear.var().item(), 1 / 1500, rel_tol=0.02)
    assert linear.abs().max() <= 1 / math.sqrt(500)
    assert init.calculate_gain("tanh") == 5 / 3
    assert init.calculate_gain("relu") == math.sqrt(2)


def test_random_weights_of_keras_and_jax_have_the_variances_of_the_table(jax, keras):
    for name, variance in (("he_normal", 2 / 500), ("lecun_normal", 1 / 500)):
        for W in (
            np.asarray(getattr(jax.nn.initializers, name)()(jax.random.key(0), (500, 1000))),
            np.asarray(keras.initializers.get(name)((500, 1000))),
        ):
            assert math.isclose(W.var(), variance, rel_tol=0.02)
            assert np.abs(W).max() <= 2.001 * math.sqrt(variance) / 0.87963
    W = np.asarray(keras.initializers.GlorotUniform(seed=0)((500, 1000)))
    assert math.isclose(W.var(), 2 / 1500, rel_tol=0.02)
    dense = keras.layers.Dense(2)
    assert isinstance(dense.kernel_initializer, keras.initializers.GlorotUniform)


def test_schedules_are_as_the_table_says(torch, keras, optax):
    made = {
        "StepLR": (lambda o, s: s.StepLR(o, 50), 0.1 * 0.1**3),
        "ExponentialLR": (lambda o, s: s.ExponentialLR(o, 0.9), 0.1 * 0.9**170),
    }
    for make, rate in made.values():
        optimizer = torch.optim.SGD([torch.zeros(1)], lr=0.1)
        schedule = make(optimizer, torch.optim.lr_scheduler)
        for _ in range(170):
            optimizer.step()
            schedule.step()
        assert math.isclose(optimizer.param_groups[0]["lr"], rate, rel_tol=1e-6)
    schedules = keras.optimizers.schedules
    close(schedules.ExponentialDecay(0.1, 1000, 0.96)(170), 0.1 * 0.96**0.17)
    close(schedules.InverseTimeDecay(0.1, 1000, 0.5)(170), 0.1 / 1.085)
    close(optax.exponential_decay(0.1, 1000, 0.96)(170), 0.1 * 0.96**0.17)
    warmup = optax.warmup_cosine_decay_schedule(0.0, 0.1, 10, 50)
    for t in range(60):
        close(float(warmup(t)), page("optax_warmup_cosine", t, 0.1, 10, 50))


def test_the_first_step_of_pytorch_s_lbfgs_is_no_longer_than_its_rate(torch):
    for size, length in ((10.0, 0.5), (0.01, 0.5 * 0.03)):  # added up: at most 1, times 0.5
        w = torch.zeros(3, dtype=torch.float64, requires_grad=True)
        optimizer = torch.optim.LBFGS([w], lr=0.5, max_iter=1)
        w.grad = torch.full((3,), size, dtype=torch.float64)
        optimizer.step(lambda: 0.0)
        assert math.isclose(w.abs().sum().item(), length)
        assert w.max() < 0


def test_the_defaults_of_pytorch(torch):
    nn, optim = torch.nn, torch.optim
    for section, row, column, function, name in (
        ("Activations", "PyTorch", "leaky slope", nn.LeakyReLU, "negative_slope"),
        ("Activations", "PyTorch", "ELU α", nn.ELU, "alpha"),
        ("Batch normalisation", "PyTorch", "momentum", nn.BatchNorm1d, "momentum"),
        ("Batch normalisation", "PyTorch", "eps", nn.BatchNorm1d, "eps"),
        ("Momentum", "PyTorch", "default momentum", optim.SGD, "momentum"),
        ("AdaGrad", "PyTorch", "eps", optim.Adagrad, "eps"),
        ("AdaGrad", "PyTorch", "sum starts at", optim.Adagrad, "initial_accumulator_value"),
        ("RMSProp", "PyTorch", "decay", optim.RMSprop, "alpha"),
        ("RMSProp", "PyTorch", "eps", optim.RMSprop, "eps"),
        ("Adam", "PyTorch", "eps", optim.Adam, "eps"),
        ("Weight decay with Adam", "PyTorch `Adam(", "`weight_decay`", optim.Adam, "weight_decay"),
        (
            "Weight decay with Adam",
            "PyTorch `AdamW`",
            "`weight_decay`",
            optim.AdamW,
            "weight_decay",
        ),
        ("L-BFGS", "PyTorch", "pairs kept", optim.LBFGS, "history_size"),
    ):
        assert says(section, row, column) == default(function, name), (section, column)
    assert default(optim.lr_scheduler.StepLR, "gamma") == 0.1
    assert default(optim.lr_scheduler.LinearLR, "start_factor") == 1 / 3
    assert default(optim.lr_scheduler.LinearLR, "end_factor") == 1
    assert default(optim.LBFGS, "line_search_fn") is None
    assert default(optim.LBFGS, "max_iter") == 20
    assert default(optim.LBFGS, "tolerance_grad") == 1e-7
    assert default(nn.LayerNorm, "eps") == 1e-5
    with pytest.raises(ValueError, match="zero dampening"):
        optim.SGD([torch.zeros(1)], momentum=0.9, nesterov=True, dampening=0.1)


def test_the_defaults_of_keras(keras):
    layers, made, functions = keras.layers, keras.optimizers, keras.activations
    for section, row, column, function, name in (
        ("Activations", "Keras layers", "leaky slope", layers.LeakyReLU, "negative_slope"),
        ("Activations", "Keras layers", "ELU α", layers.ELU, "alpha"),
        ("Activations", "Keras functions", "leaky slope", functions.leaky_relu, "negative_slope"),
        ("Activations", "Keras functions", "ELU α", functions.elu, "alpha"),
        ("Batch normalisation", "Keras", "momentum", layers.BatchNormalization, "momentum"),
        ("Batch normalisation", "Keras", "eps", layers.BatchNormalization, "epsilon"),
        ("Momentum", "Keras", "default momentum", made.SGD, "momentum"),
        ("AdaGrad", "Keras", "eps", made.Adagrad, "epsilon"),
        ("AdaGrad", "Keras", "sum starts at", made.Adagrad, "initial_accumulator_value"),
        ("RMSProp", "Keras", "decay", made.RMSprop, "rho"),
        ("RMSProp", "Keras", "eps", made.RMSprop, "epsilon"),
        ("Adam", "Keras", "eps", made.Adam, "epsilon"),
        ("Weight decay with Adam", "Keras `AdamW`", "`weight_decay`", made.AdamW, "weight_decay"),
    ):
        assert says(section, row, column) == default(function, name), (section, row)
    assert default(made.Adam, "weight_decay") is None
    assert default(layers.LayerNormalization, "epsilon") == 1e-3
    assert default(keras.losses.SparseCategoricalCrossentropy, "from_logits") is False
    assert keras.regularizers.L2(0.5)(np.full(3, 2.0)) == 0.5 * 3 * 4


def test_the_defaults_of_optax_and_flax(optax, linen):
    for section, row, column, function, name in (
        ("AdaGrad", "optax", "eps", optax.adagrad, "eps"),
        ("AdaGrad", "optax", "sum starts at", optax.adagrad, "initial_accumulator_value"),
        ("RMSProp", "optax", "decay", optax.rmsprop, "decay"),
        ("RMSProp", "optax", "eps", optax.rmsprop, "eps"),
        ("Adam", "optax", "eps", optax.adam, "eps"),
        ("Weight decay with Adam", "optax", "`weight_decay`", optax.adamw, "weight_decay"),
        ("L-BFGS", "optax", "pairs kept", optax.lbfgs, "memory_size"),
        ("Activations", "Flax", "leaky slope", linen.leaky_relu, "negative_slope"),
        ("Activations", "Flax", "ELU α", linen.elu, "alpha"),
        ("Batch normalisation", "Flax", "momentum", linen.BatchNorm, "momentum"),
        ("Batch normalisation", "Flax", "eps", linen.BatchNorm, "epsilon"),
    ):
        assert says(section, row, column) == default(function, name), (section, column)
    assert default(optax.sgd, "momentum") is None
    assert default(optax.adam, "eps_root") == 0
    assert default(linen.LayerNorm, "epsilon") == 1e-6
