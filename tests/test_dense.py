"""Recording at every step: the numbers of the mini-batch's own pass, in order, whoever reduces them and when."""

from __future__ import annotations

import numpy as np
import pytest
from app_pages import SMALL
from small_data import classes, numbers

from datasets import load_dataset
from diagnostics import Recorder, Run
from diagnostics.histogram import BINNINGS
from diagnostics.recording import kernels
from diagnostics.recording.statistics import in_numpy
from models import Experiment, TrainingData, train
from runs import train_run

EXPERIMENT = Experiment(
    layers=({"units": 6, "activation": "tanh"}, {"units": 5, "activation": "relu"}),
    batch_size=8,
    epochs=9,
    seeds=(0, 1),
)


def recorded(experiment: Experiment, data: TrainingData, dense: int = 1) -> tuple[Run, np.ndarray]:
    recorder = Recorder(experiment, data, run_id="r", info={}, dense=dense)
    for step in train(experiment, data):
        recorder.observe(step)
    recorder.finish("finished")
    return recorder.snapshot(), step.state.params


@pytest.mark.parametrize("data", [classes(), numbers()], ids=["classification", "regression"])
def test_a_densely_recorded_training_ends_bit_for_bit_as_an_unrecorded_one(data: TrainingData) -> None:
    _, params = recorded(EXPERIMENT, data)
    *_, last = train(EXPERIMENT, data)
    np.testing.assert_array_equal(params, last.state.params)


def test_every_update_has_its_record_in_order() -> None:
    run, _ = recorded(
        EXPERIMENT, classes()
    )  # batches of 8, 8, 8 and 6: the reader changes its ring at each epoch's end
    for name in ("dense1/activation/mean", "output/weight/histogram", "dense2/update/update_ratio"):
        assert run.series[name].steps.tolist() == list(range(1, 37))
    tenth, _ = recorded(EXPERIMENT, classes(), dense=10)
    assert tenth.series["dense1/activation/mean"].steps.tolist() == [10, 20, 30]


def test_the_numbers_are_those_of_each_mini_batch() -> None:
    run, _ = recorded(EXPERIMENT, classes())
    for step in train(EXPERIMENT, classes()):
        if step.tape is None:
            continue
        n = np.float32(step.tape.output.shape[1])
        arrays = {
            "dense1/activation": ("linear", step.tape.activation["dense1"]),
            "dense2/activation": ("symlog", step.tape.activation["dense2"]),
            "dense2/gradient": (
                "symlog",
                step.tape.grad_pre_activation["dense2"] * n,
            ),
            "output/weight": ("symlog", step.network.views(step.state.params)["output/W"]),
            "output/weight_gradient": ("symlog", step.gradients["output/W"]),  # type: ignore[index]
        }
        for name, (binning, array) in arrays.items():
            for what, expected in in_numpy(np.ascontiguousarray(array).reshape(2, -1), BINNINGS[binning]).items():
                found = run.series[f"{name}/{what}"]
                np.testing.assert_allclose(found.at(step.number)[1], expected, rtol=1e-5, atol=1e-7)
        a, update = step.tape.activation, step.updates["output/W"]  # type: ignore[index]
        dead = (a["dense2"] <= 0).all(axis=1).mean(axis=1)
        np.testing.assert_allclose(run.series["dense2/activation/dead_share"].at(step.number)[1], dead)
        saturated = (np.abs(a["dense1"]) > 0.9).mean(axis=(1, 2))
        np.testing.assert_allclose(run.series["dense1/activation/saturated_share"].at(step.number)[1], saturated)
        before = step.network.views(step.state.params)["output/W"] - update
        ratio = np.linalg.norm(update, axis=(1, 2)) / np.linalg.norm(before, axis=(1, 2))
        np.testing.assert_allclose(run.series["output/update/update_ratio"].at(step.number)[1], ratio, rtol=1e-4)


def test_a_diverged_seed_is_nan_from_there_on() -> None:
    recorder = Recorder(EXPERIMENT, classes(), run_id="r", info={}, dense=1)
    for step in train(EXPERIMENT, classes()):
        recorder.observe(step)
        if step.number == 3:
            step.state.params[1] = np.inf
    recorder.finish("finished")
    mean = recorder.snapshot().series["dense1/activation/mean"]
    assert np.isnan(mean.values[mean.steps > 3, 1]).all()
    assert np.isfinite(mean.values[:, 0]).all()
    counts = recorder.snapshot().series["dense1/activation/histogram"]
    assert counts.values[-1, 1].sum() == 0


def test_the_distance_grows_where_the_histograms_would_take_too_much() -> None:
    experiment = Experiment(layers=EXPERIMENT.layers, batch_size=8, epochs=10**6, seeds=tuple(range(10)))
    recorder = Recorder(experiment, classes(), run_id="r", info={}, dense=1)
    assert recorder._dense is not None
    n_records = recorder.total // recorder._dense.every
    assert n_records * 10 * 3 * 4 * 389 * 4 <= 64 * 2**20  # seeds, layers, quantities, slots, bytes
    assert n_records > 300


def test_functions_of_the_learned_network_are_recorded_as_ever() -> None:
    dense, _ = recorded(EXPERIMENT, classes())
    plain = Recorder(EXPERIMENT, classes(), run_id="r", info={})
    for step in train(EXPERIMENT, classes()):
        plain.observe(step)
    plain.finish("finished")
    for name in ("probe/output", "validation/loss"):
        np.testing.assert_array_equal(dense.series[name].values, plain.snapshot().series[name].values)


def test_a_headless_run_is_recorded_as_often_as_asked() -> None:
    run = train_run(SMALL, load_dataset("moons"), record_every=2)
    steps = run.series["dense1/activation/mean"].steps
    assert steps.tolist() == list(range(2, int(str(run.info["planned_steps"])) + 1, 2))
    assert run.info["record_every"] == 2


@pytest.mark.parametrize(
    "layers",
    [
        EXPERIMENT.layers,
        ({"type": "convolution", "channels": 3, "activation": "relu"}, {"type": "flatten"}),
        ({"type": "lstm", "units": 4},),  # its weights stand in two places
    ],
    ids=["dense", "convolution", "lstm"],
)
def test_the_compiled_kernel_records_what_its_twin_does(
    layers: tuple[dict[str, object], ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    pytest.importorskip("numba")
    x, y = np.random.default_rng(0).normal(size=(22, 48)).astype(np.float32), np.arange(22) % 3
    shape = {"convolution": (4, 4, 3), "lstm": (6, 8)}.get(str(layers[0].get("type")), (48,))
    data = TrainingData(x, y, x[:0], y[:0], "classification", 3, shape)
    experiment = Experiment(layers=layers, batch_size=8, epochs=2, seeds=(0, 1))
    expected, _ = recorded(experiment, data)
    kernel = kernels._compile()
    monkeypatch.setattr("diagnostics.recording.dense_store.compiled", lambda: kernel)
    found, _ = recorded(experiment, data)
    assert list(found.series) == list(expected.series)
    for name, series in found.series.items():
        if name.split("/")[0] in ("time", "gradient_noise"):
            continue
        exact = name.endswith(("histogram", "minimum", "maximum"))
        tolerance = {"rtol": 0, "atol": 0} if exact else {"rtol": 2e-6, "atol": 1e-7}
        np.testing.assert_array_equal(series.steps, expected.series[name].steps)
        np.testing.assert_allclose(series.values, expected.series[name].values, err_msg=name, **tolerance)
