"""What theory expects of fresh weights: closed forms, and the mean over many random networks of the engine.

A tolerance of the comparisons with random networks: four standard errors of the mean over the networks, and 3 % of the
expected variance for the width, since mean-field theory is exact only for infinitely many units.
"""

from __future__ import annotations

from dataclasses import replace
from functools import cache

import numpy as np
import pytest

from diagnostics import Run
from diagnostics.output_gradient import mean_square_probability, output_gradient
from diagnostics.run import LayerInfo
from diagnostics.theory import QUANTITIES, Method, TheoryReport, expected_start, theory_of_run
from models import ACTIVATIONS, INITIALIZERS, LOSSES, Experiment, Network
from models.arrays import Array
from models.losses import softmax

COVERED = [name for name, initializer in INITIALIZERS.items() if initializer.variance is not None]
N_SEEDS, N_EXAMPLES, N_FEATURES, WIDTH, N_CLASSES, N_BATCH = 16, 32, 48, 128, 6, 8
ALLOWANCE = 0.03


@cache
def examples() -> tuple[Array, np.ndarray]:
    """Inputs whose size differs from example to example, neither Gaussian nor with mean 0, and classes at random."""
    generator = np.random.default_rng(0)
    sizes = generator.uniform(0.5, 1.5, size=(N_EXAMPLES, 1))
    x = sizes * (0.3 + generator.uniform(-1, 1, size=(N_EXAMPLES, N_FEATURES)))
    return x, np.arange(N_EXAMPLES) % N_CLASSES


def experiment(activation: str, initializer: str, **settings: object) -> Experiment:
    layers = [{"units": WIDTH, "activation": activation}] * 2
    values = {"layers": layers, "initializer": initializer, "seeds": tuple(range(N_SEEDS)), "batch_size": N_BATCH}
    return Experiment.of({**values, **settings})


def theory(settings: Experiment, method: Method = "mean_field", task: str = "classification") -> TheoryReport:
    x, y = examples()
    network = Network.build(settings, x.shape[1], task, N_CLASSES if task == "classification" else 2)
    target = y if task == "classification" else np.stack([np.sin(y), 0.5 * np.cos(y)], axis=1)
    return expected_start(network, x, target, experiment=settings, method=method)


def measured(settings: Experiment, task: str = "classification") -> dict[str, dict[str, Array]]:
    """The variance of each quantity in each layer of each network, (R,).

    That of a weight gradient is the mean over all mini-batches of N of the P examples. With G the variance of the
    gradient of all examples together and g the mean of those of single ones, G = g/P + (1 - 1/P) c and the mini-batches
    have g/N + (1 - 1/N) c.
    """
    x, y = examples()
    network = Network.build(settings, x.shape[1], task, N_CLASSES if task == "classification" else 2)
    target = y if task == "classification" else np.stack([np.sin(y), 0.5 * np.cos(y)], axis=1)
    params = network.init(settings.seeds)
    tape = network.forward(params, x)
    grad = np.empty(tape.output.shape, tape.output.dtype)
    network.loss.value_and_gradient(tape.output, target, grad)
    gradients = network.views(network.backward(tape, grad))
    result, read = {}, np.broadcast_to(x, (len(params), *x.shape))
    for node in network.nodes:
        name = node.name
        gradient = tape.grad_pre_activation[name].astype(np.float64) * N_EXAMPLES
        squares = np.square(read).mean(axis=2) * np.square(gradient).mean(axis=2)
        single = (squares - (read.mean(axis=2) * gradient.mean(axis=2)) ** 2).mean(axis=1)
        together = gradients[f"{name}/W"].astype(np.float64).var(axis=(1, 2))
        between = (together - single / N_EXAMPLES) / (1 - 1 / N_EXAMPLES)
        result[name] = {
            "pre_activation": tape.pre_activation[name].var(axis=(1, 2)),
            "activation": tape.activation[name].var(axis=(1, 2)),
            "gradient": gradient.var(axis=(1, 2)),
            "weight_gradient": single / N_BATCH + between * (1 - 1 / N_BATCH),
        }
        read = tape.activation[name]
    return result


def assert_agrees(report: TheoryReport, found: dict[str, dict[str, Array]]) -> None:
    wrong = []
    for name, quantities in found.items():
        for quantity, values in quantities.items():
            expected = float(report.values(quantity, [name])[0]) ** 2
            error = values.std(ddof=1) / np.sqrt(len(values))
            if not abs(values.mean() - expected) <= 4 * error + ALLOWANCE * expected:
                off = values.mean() / expected - 1
                wrong.append(
                    f"{name} {quantity}: {expected:.4g} expected, {off:+.1%} ± {error / expected:.1%} measured"
                )
    assert not wrong, "\n".join(wrong)


@pytest.mark.parametrize("initializer", COVERED)
@pytest.mark.parametrize("activation", ACTIVATIONS)
def test_mean_field_theory_agrees_with_random_networks(activation: str, initializer: str) -> None:
    settings = experiment(activation, initializer)
    assert_agrees(theory(settings), measured(settings))


@pytest.mark.parametrize("loss", ["mean_squared_error", "mean_absolute_error", "huber"])
def test_it_agrees_for_every_loss_of_a_regression(loss: str) -> None:
    settings = experiment("tanh", "glorot_normal", loss=loss)
    assert_agrees(theory(settings, task="regression"), measured(settings, task="regression"))


def test_it_agrees_for_the_cross_entropy_of_single_labels() -> None:
    settings = experiment("sigmoid", "he_normal", loss="binary_cross_entropy")
    x, y = examples()
    network = Network.build(settings, x.shape[1], "classification", 2)
    report = expected_start(network, x, y % 2, experiment=settings, method="mean_field")
    params = network.init(tuple(range(64)))  # one output: its gradient hangs on few numbers
    tape = network.forward(params, x)
    grad = np.empty(tape.output.shape, tape.output.dtype)
    network.loss.value_and_gradient(tape.output, y % 2, grad)
    network.backward(tape, grad)
    for name in ("dense2", "output"):
        variances = (tape.grad_pre_activation[name].astype(np.float64) * N_EXAMPLES).var(axis=(1, 2))
        expected = report.values("gradient", [name])[0] ** 2
        assert variances.mean() == pytest.approx(expected, abs=4 * variances.std() / 8 + ALLOWANCE * expected)


@pytest.mark.parametrize("initializer", ["constant", "zeros"])
def test_weights_that_are_all_the_same_have_a_reason_instead_of_a_number(initializer: str) -> None:
    report = theory(experiment("tanh", initializer))
    for quantity in QUANTITIES:
        assert np.isnan(report.values(quantity, ["dense1", "dense2", "output"])).all()
        assert "nothing is random" in report.reasons(quantity)["dense1"]


def test_linear_theory_is_the_recursion_of_the_paper() -> None:
    layers = [{"units": units, "activation": "tanh"} for units in (100, 50, 200)]
    settings = Experiment(layers=layers, initializer="standard", batch_size=8)
    report = theory(settings, "linear")
    mean_square = float(np.square(examples()[0]).mean())
    assert report.input_mean_square == pytest.approx(mean_square)
    # each n v = n/(3n) = 1/3; measured within one network, whose mean over m units varies with (mean over pairs)/m
    x = examples()[0]
    between = float((x @ x.T).mean()) / N_FEATURES
    names = ["dense1", "dense2", "dense3", "output"]
    variance = [(mean_square - between / m) / 3 ** (depth + 1) for depth, m in enumerate((100, 50, 200, N_CLASSES))]
    np.testing.assert_allclose(report.values("activation", names), np.sqrt(variance), rtol=1e-9)
    # backwards m v: output 6/(3·200), dense3 200/(3·50), dense2 50/(3·100); gradients of pairs cancel but for 1 %
    gradients = report.values("gradient", names) ** 2
    ratios = gradients[:-1] / gradients[1:]
    np.testing.assert_allclose(ratios, [50 / 300, 200 / 150, 6 / 600], rtol=0.02)


def test_weight_gradients_are_level_where_activations_and_gradients_are_not() -> None:
    """Equation 14: the product hangs on the depth of the network and not on that of the layer."""
    settings = Experiment(layers=[{"units": 64, "activation": "tanh"}] * 5, initializer="standard", batch_size=8)
    names = [f"dense{i}" for i in range(2, 6)]
    report = theory(settings, "linear")
    np.testing.assert_allclose(
        report.values("weight_gradient", names) / report.values("weight_gradient", names)[0], 1, rtol=0.03
    )
    gradients = report.values("gradient", names)
    np.testing.assert_allclose(gradients[1:] / gradients[:-1], np.sqrt(3), rtol=0.01)


@pytest.mark.parametrize("activation", ["sigmoid", "relu", "leaky_relu", "elu", "selu", "gelu", "silu", "softplus"])
def test_linear_theory_is_silent_on_what_is_not_symmetric_with_slope_1(activation: str) -> None:
    report = theory(experiment(activation, "standard"), "linear")
    assert np.isnan(report.values("gradient", ["dense1", "output"])).all()
    assert "symmetric" in report.reasons("activation")["dense1"]
    assert report.reasons("activation")["dense2"].startswith("behind dense1")


def test_relu_with_he_weights_keeps_its_mean_square() -> None:
    """He et al. 2015, equation 10: E[z²] of all layers is twice E[x²], and a relu halves it."""
    settings = Experiment(layers=[{"units": 4096, "activation": "relu"}] * 4, initializer="he_normal")
    x = np.ones((1, 3))
    network = Network.build(replace(settings, seeds=(0,)), 3, "classification", 2)
    report = expected_start(network, x, np.zeros(1, np.int64), experiment=settings, method="mean_field")
    names = [f"dense{i}" for i in range(1, 5)]
    np.testing.assert_allclose(report.values("pre_activation", names), np.sqrt(2), rtol=1e-3)
    means = [layer.mean_activation for layer in report.layers[:4]]
    np.testing.assert_allclose(means, np.sqrt(2) / np.sqrt(2 * np.pi), rtol=1e-9)  # E max(z, 0) = σ/√(2π)


def test_probabilities_of_equal_logits_are_equal_and_of_very_unequal_ones_0_or_1() -> None:
    small, large = mean_square_probability(np.array([1e-12, 1e4]), 5)
    assert small == pytest.approx(1 / 25, rel=1e-6)
    assert large == pytest.approx(1 / 5, rel=0.05)  # one of five has it all: E[p²] = 1/5
    # to first order in q: E[p²] = (1 + (1 - 1/K) q)/K²
    assert mean_square_probability(np.array([1e-3]), 5)[0] == pytest.approx((1 + 0.8e-3) / 25, rel=1e-5)


@pytest.mark.parametrize("n_outputs", [2, 9])
@pytest.mark.parametrize("correlation", [-0.5, 0.5, 0.9])
def test_softmax_gradients_of_two_examples_are_those_of_random_logits(n_outputs: int, correlation: float) -> None:
    covariance = 2.0 * np.array([[1.0, correlation], [correlation, 1.0]])
    logits = np.random.default_rng(0).multivariate_normal([0, 0], covariance, size=(40_000, n_outputs))
    targets = np.eye(n_outputs)[[0, 1]]
    gradients = [softmax(logits[..., i]) - targets[i] for i in range(2)]
    expected = output_gradient(LOSSES["cross_entropy"], covariance, targets)
    assert expected is not None
    for n, m in ((0, 0), (0, 1)):
        products = (gradients[n] * gradients[m]).mean(axis=1)
        size = expected.of_units[0, 0] - (1 - 1 / n_outputs) / n_outputs  # what the logits' variance makes
        error = products.std() / np.sqrt(len(products))
        allowance = 0.03 * size if n != m else 0.0  # terms beyond the second order
        assert products.mean() == pytest.approx(expected.of_units[n, m], abs=4 * error + allowance)


def test_layers_behind_one_that_is_not_covered_have_its_reason() -> None:
    layers = [{"units": 8}, {"type": "batch_norm"}, {"units": 8}]
    report = theory(Experiment(layers=layers))
    names = ["dense1", "batch_norm1", "dense2", "output"]
    assert np.isfinite(report.values("activation", names)).tolist() == [True, False, False, False]
    assert np.isnan(report.values("gradient", names)).all()
    assert report.reasons("activation")["output"].startswith("behind batch_norm1")
    assert "batch norm" in report.reasons("gradient")["dense1"]


@pytest.mark.parametrize(
    "layer",
    [
        {"type": "convolution", "channels": 3},
        {"type": "max_pool", "size": 2},
        {"type": "average_pool", "size": 2},
    ],
)
def test_images_have_a_reason(layer: dict[str, object]) -> None:
    settings = Experiment(layers=[layer, {"units": 8}])
    network = Network.build(settings, (6, 8, 1), "classification", N_CLASSES)
    x, y = examples()
    report = expected_start(network, x, y, experiment=settings, method="mean_field")
    assert len(report.reasons("activation")) == len(report.layers)
    assert str(layer["type"]).replace("_", " ") in report.reasons("activation")["dense1"]


@pytest.mark.parametrize("settings", [{"label_smoothing": 0.1}, {"class_weights": "balanced"}])
def test_weight_gradients_are_left_out_where_training_has_another_loss(settings: dict[str, object]) -> None:
    report = theory(experiment("tanh", "standard", **settings))
    assert np.isnan(report.values("weight_gradient", ["dense1", "output"])).all()
    assert np.isfinite(report.values("gradient", ["dense1", "output"])).all()
    assert "in training" in report.reasons("weight_gradient")["output"]


def test_dropout_passes_the_signal_on_but_hides_weight_gradients() -> None:
    layers = [{"units": 16}, {"type": "dropout", "rate": 0.5}, {"units": 16}]
    with_it, without = theory(Experiment(layers=layers)), theory(Experiment(layers=[layers[0], layers[2]]))
    names = ["dense1", "dense2", "output"]
    np.testing.assert_allclose(with_it.values("gradient", names), without.values("gradient", names))
    assert "dropout" in with_it.reasons("weight_gradient")["dense2"]


def test_a_run_without_probe_examples_has_a_reason() -> None:
    layer = LayerInfo("output", "dense", "linear", 2, 2, 6, (None, None), False, False)
    report = theory_of_run(Run("bare", Experiment(), layers=(layer,)))
    assert "probe examples" in report.reasons("activation")["output"]


def test_variances_of_inputs_in_millions_follow_the_law_of_large_ones() -> None:
    # K = 2: p = σ(d) with d ~ N(0, 2q); for large q E[p (1 - p)] = density of d at 0 = 1/√(4πq), E[p²] = 1/2 less that
    # (tolerance: where the law begins, q = 200, it is (1 - π²/12q), wrong by 0.4 %)
    for q in (1e3, 4e4, 1e14):
        assert 0.5 - mean_square_probability(np.array([q]), 2)[0] == pytest.approx(1 / np.sqrt(4 * np.pi * q), rel=6e-3)
