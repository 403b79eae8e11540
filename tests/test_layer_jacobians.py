"""Singular values over training: worked by hand, against a plain decomposition of every kept state, and drawn."""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from pathlib import Path

import numpy as np
import pytest

from datasets import load_dataset
from diagnostics.depth_profile import singular_value_profile
from diagnostics.figures.layer_jacobians import EXPECTED, layer_jacobians_figure
from diagnostics.layer_jacobians import LayerJacobiansReport, spread_examples
from diagnostics.seed_spread import spread_over_seeds
from diagnostics.singular_values import mean_singular_value
from models import Experiment
from models.activations import ACTIVATIONS
from models.training import STOPPED
from runs import RunStore, train_run
from runs import layer_jacobians as stored

LAYERS = [{"type": "dense", "units": 5, "activation": "tanh"}, {"type": "dense", "units": 4, "activation": "relu"}]


@pytest.fixture(scope="module")
def kept(tmp_path_factory: pytest.TempPathFactory) -> tuple[str, RunStore]:
    store = RunStore(tmp_path_factory.mktemp("kept"))
    experiment = Experiment(layers=LAYERS, epochs=4, seeds=(0, 1))
    return train_run(experiment, load_dataset("moons"), store=store).id, store


def test_units_without_a_slope_count_as_zeros() -> None:
    """2 I with the slopes 1, 0, 1, 0: the singular values are 2, 2, 0, 0."""
    slopes = np.array([[[1.0, 0.0, 1.0, 0.0]]])
    assert mean_singular_value(2 * np.eye(4)[None], slopes).tolist() == [1.0]
    assert mean_singular_value(2 * np.eye(4)[None], np.zeros((1, 1, 4))).tolist() == [0.0]


@pytest.mark.parametrize("shape", [(150, 120), (120, 150), (130, 130)])
def test_the_eigenvalues_of_a_large_matrix_give_its_singular_values(shape: tuple[int, int]) -> None:
    generator = np.random.default_rng(3)
    weights, slopes = generator.normal(size=(1, *shape)), generator.uniform(size=(1, 2, shape[1]))
    weights[0, :, 5] = weights[0, :, 4]  # one singular value less where there are fewer columns than rows
    naive = np.mean([np.linalg.svd(weights[0] * row, compute_uv=False).mean() for row in slopes[0]])
    # √ε·σ_max, about 1.5e-8 · 22, in one of 120 values
    np.testing.assert_allclose(mean_singular_value(weights, slopes), naive, rtol=0, atol=1e-8)


def test_every_kept_state_is_measured_with_every_seed(kept: tuple[str, RunStore]) -> None:
    run_id, store = kept
    run = store.load(run_id)
    told: list[float] = []
    report = stored.stored_layer_jacobians(run_id, store, lambda share: told.append(share) or True)
    assert report.layers == ("dense1", "dense2", "output")
    assert report.steps.tolist() == [0, *stored.states(run_id, store)]
    assert len(report.steps) > 4
    assert told == sorted(told)
    assert told[-1] == 1.0
    x = spread_examples(np.asarray(run.constants["probe/x"]), report.n_examples)
    for row, (step, name) in enumerate(stored.states(run_id, store).items(), start=1):
        state = store.checkpoint(run_id, name)
        assert state is not None
        assert state.step == step
        per_seed = [_naive(params, x) for params in state.params]
        np.testing.assert_allclose(report.spread.mean[row], np.mean(per_seed, axis=0), rtol=1e-4)  # single precision
        np.testing.assert_allclose(report.spread.std[row], np.std(per_seed, axis=0), rtol=1e-2, atol=1e-5)


def _naive(params: np.ndarray, x: np.ndarray) -> list[float]:
    """Two features, 5 tanh, 4 relu, two logits: the parameters stand one after another, W before b."""
    sizes, means, start, before = (2, 5, 4, 2), [], 0, np.asarray(x, np.float64)
    for n, m, name in zip(sizes, sizes[1:], ("tanh", "relu", "linear"), strict=False):
        w = params[start : start + n * m].reshape(n, m).astype(np.float64)
        b = params[start + n * m : start + n * m + m].astype(np.float64)
        z, start = before @ w + b, start + n * m + m
        slopes = ACTIVATIONS[name].slope_at(z)
        means.append(float(np.mean([np.linalg.svd(w * one, compute_uv=False).mean() for one in slopes])))
        before = ACTIVATIONS[name].value(z)
    return means


def test_before_training_it_is_the_profile_over_depth(kept: tuple[str, RunStore]) -> None:
    run_id, store = kept
    report = stored.stored_layer_jacobians(run_id, store)
    profile = singular_value_profile(store.load(run_id), n_examples=report.n_examples)
    np.testing.assert_allclose(report.spread.mean[0], profile.mean, rtol=1e-6)
    np.testing.assert_allclose(report.theory, profile.theories[0].values("mean_singular_value", report.layers))


def test_what_is_stopped_keeps_what_it_has_and_a_diverged_seed_is_left_out(kept: tuple[str, RunStore]) -> None:
    run_id, store = kept
    nothing = stored.stored_layer_jacobians(run_id, store, lambda _: False)
    assert not len(nothing.steps)
    assert not layer_jacobians_figure(nothing).data
    first, *_ = stored.states(run_id, store)
    stopped = stored.stored_layer_jacobians(run_id, store, lambda share: share < 0.3)
    assert stopped.steps.tolist()[:2] == [0, first]
    assert len(stopped.steps) < len(stored.states(run_id, store))
    state = store.checkpoint(run_id, "last")
    assert state is not None
    gone = replace(state, control={**state.control, STOPPED: {"1": 3}})
    network = stored.network_for(store.load(run_id).experiment, stored.training_data(load_dataset("moons")))
    parts = stored._Parts(2, lambda _: True)
    values = stored._of_state(parts, network, gone, (0, 1), np.ones((2, 2), np.float32))
    assert values is not None
    assert [bool(number) for number in np.isfinite(values["dense1"])] == [True, False]


def test_a_run_without_a_dense_layer_of_its_own_is_refused(tmp_path: Path) -> None:
    store = RunStore(tmp_path / "runs")
    with pytest.raises(KeyError):
        stored.stored_layer_jacobians("nothing", store)


@cache
def report_by_hand(scale: float = 1.0) -> LayerJacobiansReport:
    """Two layers, three steps, two seeds half a unit apart."""
    mean = np.array([[0.5, 1.5], [0.6, 2.0], [0.7, 3.0 * scale]])
    values = np.stack([mean - 0.25, mean + 0.25], axis=2)
    return LayerJacobiansReport(
        ("dense1", "output"), np.array([0, 50, 100]), spread_over_seeds(values, axis=2), (0, 2), 3,
        np.array([0.49, np.nan]), "mean field", 8, "run", 2,
    )  # fmt: skip


def test_the_figure_shows_a_line_for_each_layer_and_theory_at_its_beginning_only() -> None:
    figure = layer_jacobians_figure(report_by_hand())
    lines = {trace.name: trace for trace in figure.data if trace.mode == "lines+markers"}
    np.testing.assert_allclose(lines["output"].y, [1.5, 2.0, 3.0])
    assert lines["dense1"].x.tolist() == [0, 50, 100]
    (theory,) = [trace for trace in figure.data if trace.name == EXPECTED]
    np.testing.assert_allclose(theory.y[:2], 0.49, rtol=1e-6)
    assert np.isnan(theory.y[3:5]).all()
    assert np.nanmax(theory.x) < 50
    assert "dense1 from 0.5 to 0.7" in figure.layout.meta["summary"]
    assert figure.layout.yaxis.type != "log"
    assert layer_jacobians_figure(report_by_hand(10.0)).layout.yaxis.type == "log"  # 30 beside 0.5


def test_without_a_state_the_figure_is_a_sentence() -> None:
    nothing = replace(report_by_hand(), spread=spread_over_seeds(np.full((3, 2, 2), np.nan), axis=2))
    figure = layer_jacobians_figure(nothing)
    assert not figure.data
    assert "No singular value" in figure.layout.annotations[0].text
