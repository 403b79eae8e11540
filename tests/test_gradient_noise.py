"""Gradients of single examples without holding them: equal to those of batches of one, in float64, to 1e-8."""

from __future__ import annotations

import numpy as np
import pytest
from engine_pass import Trial
from layer_cases import CASES, Case, conv, dense, layer

from diagnostics import gradient_noise as noise
from diagnostics.recording.example_gradients import (
    ExampleGradients,
    along,
    combined,
    inner_products,
    squared_lengths,
    squares,
)
from models import Experiment, Network, Pass
from models.arrays import Array
from models.site import Draws

SEEDS = (0, 4)
N = 7
EXACT = {"rtol": 1e-8, "atol": 1e-10}

LOSSES: dict[str, tuple[str, int]] = {
    "cross_entropy": ("classification", 3),
    "binary_cross_entropy": ("multi_label", 4),
    "mean_squared_error": ("regression", 2),
    "huber": ("regression", 1),
}
NETWORKS: dict[str, tuple[dict[str, object], ...]] = {
    "no hidden layer": (),
    "tanh": (dense(5, "tanh"),),
    "relu, wide": (dense(40, "relu"), dense(33, "relu")),  # wider than the batch: products of examples
    "mixed, four layers": (dense(6, "sigmoid"), dense(5, "elu"), dense(4, "softplus"), dense(3, "gelu")),
}


def targets(loss: str, n: int) -> Array:
    task, k = LOSSES[loss]
    generator = np.random.default_rng(2)
    if task == "classification":
        return generator.integers(0, k, n)
    return generator.integers(0, 2, (n, k)) if task == "multi_label" else generator.normal(size=(n, k))


class Batch:
    """A mini-batch with weights, each seed with examples of its own, and the same examples one by one."""

    def __init__(
        self, layers: tuple[dict[str, object], ...], loss: str, *, weighted: bool, shape: tuple[int, ...] = (3,)
    ):
        experiment = Experiment(layers=layers, loss=loss, dtype="float64")
        network = Network.build(experiment, shape, *LOSSES[loss])
        generator = np.random.default_rng(1)
        self.params = network.init(SEEDS) + 0.1 * generator.normal(size=(2, network.n_parameters))
        x = generator.normal(size=(2, N, *shape))
        target = network.loss.encode(targets(loss, 2 * N), network.nodes[-1].units).reshape(2, N, -1)
        weights = generator.random((2, N)) if weighted else np.ones((2, N))
        self.one = self._pass(network, N, weighted)
        self._fill(self.one, x, target, weights)
        singles = []
        for i in range(N):
            single = self._pass(network, 1, weighted)
            self._fill(single, x[:, i : i + 1], target[:, i : i + 1], np.ones((2, 1)))
            singles.append(single.gradients.copy())
        shares = N * weights / weights.sum(axis=1, keepdims=True)
        self.explicit = np.stack(singles, axis=1) * shares[..., None]  # (R, N, n_parameters)

    def _pass(self, network: Network, n: int, weighted: bool) -> Pass:
        return Pass(network, self.params, n, training=True, draws=Draws(SEEDS), weighted=weighted)

    @staticmethod
    def _fill(one: Pass, x: Array, target: Array, weights: Array) -> None:
        one.own_input.examples[...] = x
        one.target[...] = target.swapaxes(1, 2)
        if one.weights is not None:
            one.weights[...] = weights
        one.replay()


def compare(gradients: ExampleGradients, explicit: Array) -> None:
    """Every reduction against the same of explicit gradients."""
    generator = np.random.default_rng(3)
    direction, weights = generator.normal(size=explicit[:, 0].shape), generator.normal(size=explicit.shape[:2])
    start = 0
    for node in gradients.nodes:
        mine = slice(start, start + gradients.gradient(node).shape[1])
        start = mine.stop
        own = explicit[..., mine]
        kernel = own @ own.swapaxes(1, 2)
        expected_along = np.vecdot(own, direction[:, None, mine])
        np.testing.assert_allclose(gradients.gradient(node), own.mean(axis=1), **EXACT)
        np.testing.assert_allclose(gradients.squared_lengths(node), np.square(own).sum(axis=2), **EXACT)
        np.testing.assert_allclose(gradients.along(node, direction[:, mine]), expected_along, **EXACT)
        np.testing.assert_allclose(gradients.combined(node, weights), np.vecmat(weights, own), **EXACT)
        np.testing.assert_allclose(gradients.squares(node), np.square(own).sum(axis=1), **EXACT)
        products = gradients.products(node)
        np.testing.assert_allclose(products.with_mean(), kernel.mean(axis=2), **EXACT)
        np.testing.assert_allclose(
            products.squared_sum(weights), np.vecdot(weights, np.matvec(kernel, weights)), **EXACT
        )
        some = np.arange(0, own.shape[2], 2)
        np.testing.assert_allclose(gradients.sampled(node, some), own[..., some].swapaxes(1, 2), **EXACT)
    assert start == explicit.shape[2]


@pytest.mark.parametrize("weighted", [False, True], ids=["alike", "weighted"])
@pytest.mark.parametrize("loss", LOSSES)
@pytest.mark.parametrize("layers", NETWORKS.values(), ids=NETWORKS)
def test_dense_networks_give_the_gradients_of_batches_of_one(
    layers: tuple[dict[str, object], ...], loss: str, weighted: bool
) -> None:
    batch = Batch(layers, loss, weighted=weighted)
    compare(ExampleGradients(batch.one), batch.explicit)


def one_by_one(case: Case, trial: Trial) -> Array:
    """The gradients of the examples of a trial in evaluation, each in a pass of its own, (R, N, n_parameters)."""
    singles = []
    for i in range(trial.x.shape[1]):
        single = Pass(trial.network, trial.params, 1, buffers=trial.buffers)
        single.own_input.examples[...] = trial.x[:, i : i + 1]
        single.forward.replay()
        single.grad_output.examples[...] = trial.grad_output[:, i : i + 1]
        single.backward.replay()
        singles.append(single.gradients.copy())
    return np.stack(singles, axis=1) * trial.x.shape[1]  # a pass has the gradient of the mean


@pytest.mark.parametrize("name", CASES)
def test_every_layer_gives_the_gradients_of_batches_of_one(name: str) -> None:
    trial = Trial(CASES[name]).replay()  # in evaluation batch normalization mixes nothing
    compare(ExampleGradients(trial.one), one_by_one(CASES[name], trial))


@pytest.mark.parametrize("name", [name for name in CASES if name.startswith(("dropout", "batch_norm"))])
def test_in_training_the_parts_of_the_examples_add_up_to_the_gradient(name: str) -> None:
    trial = Trial(CASES[name], training=True).replay()
    gradients = ExampleGradients(trial.one)
    assert gradients.coupled == name.startswith("batch_norm")
    for node in gradients.nodes:
        total = gradients.combined(node, np.ones((2, gradients.n)))
        np.testing.assert_allclose(total / gradients.n, gradients.gradient(node), **EXACT)


def test_gradients_that_do_not_fit_are_made_for_a_few_examples_at_a_time(monkeypatch: pytest.MonkeyPatch) -> None:
    trial = Trial(Case((conv(3), layer("max_pool")), (6, 6, 2))).replay()
    monkeypatch.setattr("diagnostics.recording.example_gradients.CHUNK_NUMBERS", 300)
    compare(ExampleGradients(trial.one), one_by_one(trial.case, trial))


def test_the_functions_of_arrays_are_those_of_outer_products() -> None:
    generator = np.random.default_rng(0)
    x, grad = generator.normal(size=(2, 4, 5)), generator.normal(size=(2, 3, 5))
    explicit = np.einsum("rin,rjn->rnij", x, grad)
    flat = explicit.reshape(2, 5, -1)
    direction, weights = generator.normal(size=(2, 4, 3)), generator.normal(size=(2, 5))
    np.testing.assert_allclose(squared_lengths(x, grad), np.square(flat).sum(axis=2), **EXACT)
    np.testing.assert_allclose(inner_products(x, grad), flat @ flat.swapaxes(1, 2), **EXACT)
    np.testing.assert_allclose(along(x, grad, direction), np.einsum("rnij,rij->rn", explicit, direction), **EXACT)
    np.testing.assert_allclose(combined(x, grad, weights), np.einsum("rnij,rn->rij", explicit, weights), **EXACT)
    np.testing.assert_allclose(squares(x, grad), np.square(explicit).sum(axis=1), **EXACT)


def test_two_examples_worked_by_hand() -> None:
    g = np.array([[3.0, 0.0], [1.0, 2.0]])  # mean (2, 1): ‖g‖² = 5, lengths² 9 and 5, products 6 and 4
    lengths, squared, products = np.array([9.0, 5.0]), np.array(5.0), np.array([6.0, 4.0])
    spread = noise.trace(lengths, squared)
    assert spread == pytest.approx(4.0)  # (14 - 10)/1: variances of the columns are 2 and 2
    assert spread == pytest.approx(g.var(axis=0, ddof=1).sum())
    assert noise.norm_test(spread, squared, 2) == pytest.approx((4 / 10) ** 0.5)
    assert noise.inner_product_test(products, squared) == pytest.approx((2 / (2 * 25)) ** 0.5)  # variance of 6 and 4: 2
    assert noise.orthogonality_test(lengths, products, squared) == pytest.approx(((14 - 52 / 5) / (1 * 2 * 5)) ** 0.5)
    estimate = noise.signal(spread, squared, 2)
    assert estimate == pytest.approx(3.0)  # 5 - 4/2
    assert noise.noise_scale(spread, estimate) == pytest.approx(4 / 3)
    assert noise.diversity(lengths, squared) == pytest.approx(14 / 20)
    unit = g / np.linalg.norm(g, axis=1, keepdims=True)
    assert noise.mean_cosine(np.square(unit.sum(axis=0)).sum(), 2) == pytest.approx(3 / 45**0.5)
    # second moments (5, 2), g² (4, 1): 4/(1 + 1e-5) and 1/(1 + 1e-5)
    assert noise.signal_to_noise(np.array([5.0, 2.0]), np.array([2.0, 1.0])) == pytest.approx(2.5 / 1.00001)
    assert noise.cosine(np.array(6.0), np.array(9.0), np.array(8.0)) == pytest.approx(6 / 72**0.5)


def test_the_noise_scale_of_many_batches_is_that_of_the_distribution() -> None:
    # gᵢ = (1, 0) + normal noise of variance 4 in each of two directions: tr Σ = 8, ‖G‖² = 1
    g = np.array([1.0, 0.0]) + 2 * np.random.default_rng(0).normal(size=(40_000, 5, 2))
    squared = np.square(g.mean(axis=1)).sum(axis=-1)
    spread = noise.trace(np.square(g).sum(axis=-1), squared)
    estimate = noise.signal(spread, squared, 5)
    # the standard errors of both means are below 0.03 and 0.02
    assert spread.mean() == pytest.approx(8, abs=0.1)
    assert estimate.mean() == pytest.approx(1, abs=0.06)


def test_what_cannot_be_said_is_nan() -> None:
    assert np.isnan(noise.trace(np.ones((2, 1)), np.ones(2))).all()  # one example has no spread
    nothing = np.zeros((1, 3))
    assert np.isnan(noise.norm_test(noise.trace(nothing, np.zeros(1)), np.zeros(1), 3)).all()  # no gradient
    assert np.isnan(noise.noise_scale(np.array([2.0]), np.array([-1.0]))).all()
