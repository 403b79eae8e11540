"""The largest eigenvalue of the Hessian: against explicit Hessians, known curvature, and the edge of stability."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from layer_cases import CASES, dense
from small_data import classes

from datasets import load_dataset
from diagnostics import Recorder
from diagnostics.curvature import Curvature, lanczos
from diagnostics.figures.sharpness import sharpness_figure
from diagnostics.sharpness import sharpness, sharpness_steps, stability_limit
from models import Experiment, Network, TrainingData, train
from models.arrays import Array
from runs import RunStore, train_run
from runs.sharpness import stored_sharpness

GENERATOR = np.random.default_rng(0)


def explicit_hessian(curvature: Curvature, params: Array, buffers: dict[str, Array]) -> Array:
    """All columns by central differences of gradients with h = 1e-5, good to about 1e-9: (R, n, n)."""
    h, columns = 1e-5, []
    for j in range(params.shape[1]):
        ends = []
        for sign in (1, -1):
            moved = params.copy()
            moved[:, j] += sign * h
            curvature.place(moved, buffers)
            ends.append(curvature.gradient())
        columns.append((ends[0] - ends[1]) / (2 * h))
    curvature.place(params, buffers)
    hessian = np.stack(columns, axis=2)
    return (hessian + hessian.swapaxes(1, 2)) / 2


@pytest.mark.parametrize(
    "name",
    ["dense, a table", "convolution, padded", "lstm, the last state", "attention, one head", "batch_norm, a table"],
)
def test_the_largest_eigenvalue_is_that_of_the_explicit_hessian(name: str) -> None:
    network = CASES[name].network()
    x = np.random.default_rng(1).normal(size=(12, int(np.prod(CASES[name].shape))))
    y = np.random.default_rng(2).normal(size=(12, 3))
    curvature = Curvature(network, 2, x, y)
    assert curvature.exact
    params = network.init((0, 1)) + 0.3 * np.random.default_rng(3).normal(size=(2, network.n_parameters))
    buffers = network.init_buffers(2)
    hessian = explicit_hessian(curvature, params, buffers)
    found = curvature.largest_eigenvalue(tolerance=1e-4)
    np.testing.assert_allclose(found.values, np.linalg.eigvalsh(hessian)[:, -1], rtol=1e-5)
    direction = found.vectors[:, :, None]
    np.testing.assert_allclose((hessian @ direction)[..., 0], found.values[:, None] * found.vectors, atol=2e-3)


def test_a_linear_regression_has_the_curvature_of_its_features() -> None:
    # L = mean (xw + b - y)², so H = 2/N [x 1]ᵀ[x 1] wherever one stands
    x, y = GENERATOR.normal(size=(50, 4)) * [1, 2, 3, 4], GENERATOR.normal(size=(50, 1))
    network = Network.build(Experiment(dtype="float64"), 4, "regression", 1)
    curvature = Curvature(network, 3, x, y)
    curvature.place(GENERATOR.normal(size=(3, 5)), {})
    with_ones = np.column_stack([x, np.ones(50)])
    expected = np.linalg.eigvalsh(2 / 50 * with_ones.T @ with_ones)[-1]
    np.testing.assert_allclose(curvature.largest_eigenvalue(tolerance=1e-6).values, expected, rtol=1e-10)


def test_differences_of_gradients_stand_in_for_exact_products(monkeypatch: pytest.MonkeyPatch) -> None:
    network = CASES["dense, a table"].network()
    x, y = GENERATOR.normal(size=(9, 3)), GENERATOR.normal(size=(9, 3))
    exact = Curvature(network, 2, x, y)

    def unknown(*_: object) -> None:
        raise NotImplementedError

    monkeypatch.setattr("diagnostics.curvature.DirectionalPass", unknown)
    by_differences = Curvature(network, 2, x, y)
    assert not by_differences.exact
    params = network.init((0, 1))
    for curvature in (exact, by_differences):
        curvature.place(params, {})
    direction = GENERATOR.normal(size=params.shape)
    expected = exact.times(direction)
    np.testing.assert_allclose(by_differences.times(direction), expected, atol=1e-8 * np.abs(expected).max())
    values = [curvature.largest_eigenvalue(tolerance=1e-4).values for curvature in (exact, by_differences)]
    np.testing.assert_allclose(values[0], values[1], rtol=1e-6)


def test_lanczos_finds_the_largest_and_not_the_most_negative(monkeypatch: pytest.MonkeyPatch) -> None:
    values = np.concatenate([[-9.0], np.linspace(-1, 2, 80), [3.0]])
    rotation = np.linalg.qr(GENERATOR.normal(size=(82, 82)))[0]
    matrix = (rotation * values) @ rotation.T
    start = GENERATOR.normal(size=(2, 82))
    start /= np.linalg.norm(start, axis=1, keepdims=True)
    found = lanczos(lambda v: v @ matrix, start.copy(), 1e-6)
    np.testing.assert_allclose(found.values, 3.0, rtol=1e-10)
    assert (found.residual <= 1e-6).all()
    monkeypatch.setattr("diagnostics.curvature.MOST_BYTES", 8 * 2 * 82 * 4)  # four vectors: begun anew, often
    np.testing.assert_allclose(lanczos(lambda v: v @ matrix, start.copy(), 1e-2).values, 3.0, rtol=1e-3)


def test_a_warm_start_takes_fewer_products() -> None:
    network = CASES["dense, a table"].network()
    curvature = Curvature(network, 2, GENERATOR.normal(size=(30, 3)), GENERATOR.normal(size=(30, 3)))
    curvature.place(network.init((0, 1)), {})
    cold = curvature.largest_eigenvalue()
    warm = curvature.largest_eigenvalue(cold.vectors)
    assert warm.n_products < cold.n_products
    np.testing.assert_allclose(warm.values, cold.values, rtol=1e-2)


def quadratic(rate: float, **optimizer: float) -> Experiment:
    settings = {"type": "sgd", "learning_rate": rate, **optimizer}
    return Experiment(optimizer=settings, batch_size=64, epochs=400, seeds=(0, 1), dtype="float64")


@pytest.mark.parametrize("settings", [{}, {"momentum": 0.6}, {"momentum": 0.6, "nesterov": True}])
def test_descent_is_stable_below_the_limit_and_diverges_beyond(settings: dict[str, float]) -> None:
    x = np.random.default_rng(4).normal(size=(64, 3))
    y = x @ np.array([[1.0], [2.0], [3.0]])
    data = TrainingData(x, y, x[:0], y[:0], "regression", 1)
    curvature = 2 / 64 * np.linalg.eigvalsh(np.column_stack([x, np.ones(64)]).T @ np.column_stack([x, np.ones(64)]))[-1]
    factor, _ = stability_limit(quadratic(0.1, **settings))
    assert factor is not None
    for share, converges in ((0.97, True), (1.03, False)):
        *_, last = train(quadratic(share * factor / curvature, **settings), data)
        assert (last.batch_loss < 1e-3).all() == converges
        assert (last.batch_loss > 1.0).all() != converges


def test_a_recorded_sharpness_is_that_of_the_training_loss_beside_its_limit() -> None:
    sgd = {"type": "sgd", "learning_rate": 0.2, "momentum": 0.5}
    experiment = Experiment(layers=(dense(5),), batch_size=8, epochs=6, seeds=(0, 1), optimizer=sgd, dtype="float64")
    data = classes()
    recorder = Recorder(experiment, data, run_id="r", info={}, measures=("sharpness",))
    states = {}
    for step in train(experiment, data):
        recorder.observe(step)
        states[step.number] = step.state.params.copy()
    recorder.finish("finished")
    run = recorder.snapshot()
    report = sharpness(run)
    assert report.steps.tolist() == sorted(sharpness_steps(recorder.schedule.layers))
    assert report.steps[0] == 0
    assert report.steps[-1] == step.number
    assert len(report.steps) == 8
    curvature = Curvature(recorder.network, 2, data.x_train.astype(np.float32), data.y_train)
    hessian = explicit_hessian(curvature, states[step.number], {})
    expected = np.linalg.eigvalsh(hessian)[:, -1]
    np.testing.assert_allclose(run.series["sharpness/largest_eigenvalue"].values[-1], expected, rtol=1e-3)
    assert report.limit is not None
    assert report.ratio is not None
    np.testing.assert_allclose(report.limit, 2 * 1.5 / 0.2)
    np.testing.assert_allclose(report.ratio.mean[-1], (expected / 15).mean(), rtol=1e-3)
    assert report.rule == "2(1 + β)/η"


def test_no_limit_is_stated_where_none_is_known() -> None:
    assert stability_limit(Experiment(optimizer="adam")) == (None, "")
    frozen = replace(quadratic(0.1), layers=(dense(3),), layer_rates={"dense1": 0.0})
    assert stability_limit(frozen) == (None, "")


def test_a_diverged_seed_has_no_sharpness() -> None:
    network = CASES["dense, a table"].network()
    curvature = Curvature(network, 2, GENERATOR.normal(size=(9, 3)), GENERATOR.normal(size=(9, 3)))
    params = network.init((0, 1))
    params[1, 0] = np.nan
    curvature.place(params, {})
    found = curvature.largest_eigenvalue()
    assert np.isnan(found.values).tolist() == [False, True]


def test_a_stored_run_has_its_sharpness_at_every_kept_state(tmp_path: Path) -> None:
    store, data = RunStore(tmp_path), load_dataset("moons")
    experiment = Experiment(layers=(dense(4),), epochs=2, seeds=(0, 1), optimizer={"type": "sgd", "learning_rate": 0.5})
    run = train_run(experiment, data, store=store, measures=("sharpness",))
    report = stored_sharpness(run.id, store)
    assert set(report.steps) == {
        state.step for name in store.checkpoints(run.id) if (state := store.checkpoint(run.id, name))
    }
    recorded = sharpness(run)
    assert report.steps[-1] == recorded.steps[-1]
    assert report.spread.mean[-1] == pytest.approx(recorded.spread.mean[-1], rel=1e-6)
    np.testing.assert_allclose(report.limit, 4.0)
    figure = sharpness_figure(report)
    assert figure.data[-1].name == "limit 2/η"
    np.testing.assert_allclose(figure.data[-2].y, report.spread.mean, rtol=1e-6)
    first = stored_sharpness(run.id, store, lambda _: False)
    np.testing.assert_array_equal(first.steps, report.steps[:1])
