"""The recorder: it disturbs nothing, records what the schedule says, and its numbers are those of NumPy."""

from __future__ import annotations

import numpy as np
import pytest
from small_data import classes, numbers

from diagnostics import BINNINGS, QUANTILES, Recorder, Run
from diagnostics.recording.schedule import standard_schedule
from models import Experiment, TrainingData, evaluate, train
from models.evaluation import predict
from models.training import network_for

LAYERS = ({"units": 6, "activation": "tanh"}, {"units": 5, "activation": "relu"})
EXPERIMENT = Experiment(
    layers=LAYERS, batch_size=8, epochs=5, seeds=(0, 1), optimizer={"type": "adam", "learning_rate": 0.02}
)


def recorded(experiment: Experiment, data: TrainingData) -> tuple[Run, np.ndarray]:
    recorder = Recorder(experiment, data, run_id="r", info={"name": "test"}, x_test=data.x_train, y_test=data.y_train)
    for step in train(experiment, data):
        recorder.observe(step)
    recorder.finish("finished")
    return recorder.snapshot(), step.state.params


@pytest.mark.parametrize("data", [classes(), numbers()], ids=["classification", "regression"])
def test_a_recorded_training_ends_bit_for_bit_as_an_unrecorded_one(data: TrainingData) -> None:
    _, params = recorded(EXPERIMENT, data)
    *_, last = train(EXPERIMENT, data)
    np.testing.assert_array_equal(params, last.state.params)


def test_the_series_have_the_promised_names_axes_and_steps() -> None:
    run, _ = recorded(EXPERIMENT, classes())
    names = set(run.series)
    assert {
        "train/loss",
        "validation/accuracy",
        "train/batch_loss",
        "time/seconds",
        "learning_rate",
        "test/accuracy",
    } <= names
    for layer in ("dense1", "dense2", "output"):
        for quantity in ("pre_activation", "activation", "gradient", "weight", "weight_gradient", "update"):
            assert {f"{layer}/{quantity}/{what}" for what in ("mean", "std", "quantiles", "histogram")} <= names
    assert {"dense1/activation/saturated_share", "dense2/activation/dead_share", "dense1/update/update_ratio"} <= names
    for series in run.series.values():
        assert series.dims[0] == "step"
        assert len(series.dims) == series.values.ndim
        assert (np.diff(series.steps) > 0).all()
    assert run.series["dense1/activation/mean"].steps.tolist()[:10] == list(range(10))
    assert run.series["dense1/update/mean"].steps[0] == 1
    assert run.series["train/loss"].values.shape[1] == 2
    assert run.series["dense1/activation/histogram"].binning == "linear"
    assert run.series["dense2/activation/histogram"].binning == "symlog"


def test_the_recorded_numbers_are_those_of_numpy() -> None:
    data = classes()
    recorder = Recorder(EXPERIMENT, data, run_id="r", info={})
    for step in train(EXPERIMENT, data):
        recorder.observe(step)
        if step.number == 4:
            break
    run, params = recorder.snapshot(), step.state.params
    tape = step.network.forward(params, run.constants["probe/x"])
    a = tape.activation["dense1"]
    np.testing.assert_allclose(
        run.series["dense1/activation/mean"].values[4], a.mean(axis=(1, 2)), rtol=1e-5, atol=1e-6
    )
    np.testing.assert_allclose(run.series["dense1/activation/std"].values[4], a.std(axis=(1, 2)), rtol=1e-5)
    quantiles = np.quantile(a.reshape(2, -1), QUANTILES, axis=1).T
    np.testing.assert_allclose(run.series["dense1/activation/quantiles"].values[4], quantiles, rtol=1e-4, atol=1e-6)
    counts = run.series["dense1/activation/histogram"].values[4][:, :256]
    expected = [np.histogram(row, bins=BINNINGS["linear"].edges)[0] for row in a.reshape(2, -1)]
    assert np.abs(counts.astype(int) - expected).sum() <= 2  # a number on an edge may fall to either side in float32
    dead = (tape.activation["dense2"] <= 0).all(axis=1).mean(axis=1)
    np.testing.assert_allclose(run.series["dense2/activation/dead_share"].values[4], dead)
    saturated = (np.abs(a) > 0.9).mean(axis=(1, 2))
    np.testing.assert_allclose(run.series["dense1/activation/saturated_share"].values[4], saturated, rtol=1e-6)
    weight, update = (part["dense1/W"] for part in (step.network.views(params), step.updates))
    ratio = [np.linalg.norm(u) / np.linalg.norm(w - u) for w, u in zip(weight, update, strict=True)]
    np.testing.assert_allclose(run.series["dense1/update/update_ratio"].values[3], ratio, rtol=1e-5)
    scores = evaluate(step.network, params, data.x_validation, data.y_validation)
    np.testing.assert_allclose(run.series["validation/loss"].values[4], scores["loss"], rtol=1e-5)


def test_the_full_metrics_are_recorded_of_validation_and_test_only() -> None:
    data = classes()
    run, params = recorded(EXPERIMENT, data)
    network = network_for(EXPERIMENT, data)
    full = {"loss", "accuracy", "balanced_accuracy", "roc_auc", "calibration_error", "precision", "recall"}
    for part, names in (("train", {"loss", "accuracy", "batch_loss"}), ("validation", full), ("test", full)):
        assert {name.partition("/")[2] for name in run.series if name.startswith(f"{part}/")} == names
    assert run.series["validation/roc_auc"].dims == ("step", "seed")
    assert run.series["validation/recall"].dims == ("step", "seed", "class")
    assert run.series["validation/recall"].values.shape[1:] == (2, 3)
    np.testing.assert_array_equal(run.series["validation/recall"].steps, run.series["validation/loss"].steps)
    found = evaluate(network, params, data.x_validation, data.y_validation)
    for name, values in found.items():
        np.testing.assert_allclose(run.series[f"validation/{name}"].values[-1], values, rtol=1e-5)
    assert "validation/roc_auc" in run.info["summary"]
    assert "validation/recall" not in run.info["summary"]


def test_the_gradient_is_that_of_each_example_and_not_of_the_mean() -> None:
    run, _ = recorded(EXPERIMENT, classes())
    # at the output, cross-entropy: softmax - onehot, per example; its mean square follows from the recorded outputs
    outputs, y = run.series["probe/output"].values[0].astype(float), run.constants["probe/y"]
    gradient = outputs - np.eye(3)[y]
    np.testing.assert_allclose(run.series["output/gradient/std"].values[0], gradient.std(axis=(1, 2)), rtol=1e-4)


def test_a_diverged_seed_is_nan_from_there_on() -> None:
    recorder = Recorder(EXPERIMENT, classes(), run_id="r", info={})
    for step in train(EXPERIMENT, classes()):
        recorder.observe(step)
        if step.number == 3:
            step.state.params[1] = np.inf
    recorder.finish("finished")
    run = recorder.snapshot()
    for name in ("train/loss", "train/batch_loss", "dense1/activation/mean", "dense1/weight/std", "probe/output"):
        series = run.series[name]
        after = series.values[series.steps > 3]
        assert np.isnan(after[:, 1]).all()
        assert np.isfinite(after[:, 0]).all()
    recall = run.series["validation/recall"]
    assert np.isnan(recall.values[recall.steps > 3][:, 1]).all()
    assert run.series["dense1/weight/histogram"].values[-1, 1].sum() == 0
    assert run.info["diverged_seeds"] == {"1": 4}


def test_outputs_are_recorded_at_each_evaluation_unless_they_are_large(monkeypatch: pytest.MonkeyPatch) -> None:
    def steps() -> list[int]:
        recorder = Recorder(Experiment(layers=LAYERS, epochs=60, seeds=(0, 1)), classes(), run_id="r", info={})
        for step in train(recorder.experiment, classes()):
            recorder.observe(step)
        found = recorder.snapshot().series
        assert set(found["dense1/activation/mean"].steps) == recorder.schedule.layers
        assert recorder.schedule.evaluations > recorder.schedule.layers
        if len(found["probe/output"].steps) > len(recorder.schedule.layers):
            assert found["probe/output"].steps.tolist() == found["train/loss"].steps.tolist()
            return found["probe/output"].steps.tolist()
        assert set(found["probe/output"].steps) == recorder.schedule.layers
        return []

    assert len(steps()) > 60
    monkeypatch.setattr("diagnostics.recording.recorder.MOST_FUNCTION_NUMBERS", 1000)
    assert steps() == []


def test_a_stopped_run_has_its_last_step_in_full_and_test_results() -> None:
    experiment = Experiment(layers=LAYERS, batch_size=1, epochs=40, seeds=(0,))
    recorder = Recorder(experiment, classes(), run_id="r", info={}, x_test=classes().x_train, y_test=classes().y_train)
    for step in train(experiment, classes()):
        recorder.observe(step)
        if step.number == 333:
            break
    assert 333 not in recorder.schedule.layers
    recorder.finish("stopped")
    run = recorder.snapshot()
    assert run.series["dense1/activation/mean"].steps[-1] == 333
    assert run.series["test/accuracy"].steps.tolist() == [333]
    assert run.info["state"] == "stopped"


def test_drained_rows_add_up_to_the_snapshot() -> None:
    recorder = Recorder(EXPERIMENT, classes(), run_id="r", info={})
    parts = []
    for step in train(EXPERIMENT, classes()):
        recorder.observe(step)
        if step.number % 7 == 0:
            parts.append(recorder.drain())
    recorder.finish("finished")
    parts.append(recorder.drain())
    assert recorder.drain() == {}
    for name, series in recorder.snapshot().series.items():
        rows = np.concatenate([part[name].values for part in parts if name in part])
        np.testing.assert_array_equal(rows, series.values)


def test_a_restored_recorder_goes_on_where_the_run_was() -> None:
    whole, _ = recorded(EXPERIMENT, classes())
    first = Recorder(EXPERIMENT, classes(), run_id="r", info={})
    for step in train(EXPERIMENT, classes()):
        first.observe(step)
        if step.number == 9:
            state = step.state.copy()
            break
    second = Recorder(EXPERIMENT, classes(), run_id="r", info={})
    second.restore(first.snapshot())
    assert second.drain() == {}
    for step in train(EXPERIMENT, classes(), state):
        second.observe(step)
    second.finish("finished")
    for name, series in second.snapshot().series.items():
        np.testing.assert_array_equal(series.steps, whole.series[name].steps)
        if name.endswith("cosine_of_successive"):  # the first gradient after a resume has no other before it
            assert np.isnan(series.at(10)[1]).all()
            series.values[series.steps == 10] = whole.series[name].at(10)[1]
        if name != "time/seconds":
            np.testing.assert_array_equal(series.values, whole.series[name].values)
    assert (np.diff(second.snapshot().series["time/seconds"].values) >= 0).all()


def test_a_snapshot_does_not_change_when_more_is_recorded() -> None:
    recorder = Recorder(EXPERIMENT, classes(), run_id="r", info={})
    snapshots = []
    for step in train(EXPERIMENT, classes()):
        recorder.observe(step)
        snapshots.append(recorder.snapshot(("train/",)))
    assert [len(run.series["train/loss"].steps) for run in snapshots] == list(range(1, len(snapshots) + 1))
    assert set(snapshots[-1].series) == {"train/loss", "train/accuracy", "train/batch_loss"}


@pytest.mark.parametrize("total", [0, 1, 7, 100, 10**6])
def test_the_number_of_records_is_bounded_and_holds_first_and_last(total: int) -> None:
    schedule = standard_schedule(total, 100)
    assert {0, total} <= schedule.layers <= schedule.evaluations
    assert set(range(min(total, 8) + 1)) <= schedule.layers
    assert len(schedule.layers) <= 46
    assert len(schedule.evaluations) <= 46 + 122
    assert total // schedule.batch_loss_every <= 2000


def test_probe_examples_are_fixed_and_hold_every_class() -> None:
    generator = np.random.default_rng(0)
    y = (np.arange(4000) % 1000 == 0).astype(np.int64)  # one in a thousand
    data = TrainingData(generator.normal(size=(4000, 2)), y, generator.normal(size=(4000, 2)), y, "classification", 2)
    first = Recorder(EXPERIMENT, data, run_id="a", info={}).constants
    second = Recorder(EXPERIMENT, data, run_id="b", info={}).constants
    np.testing.assert_array_equal(first["probe/x"], second["probe/x"])
    assert len(first["probe/x"]) == 300
    assert set(first["probe/y"]) == {0, 1}
    assert first["grid/x"].shape == (41 * 41, 2)
    np.testing.assert_allclose(first["grid/x"][1, 0], first["grid/axes"][0, 1])
    np.testing.assert_allclose(first["grid/x"][41, 1], first["grid/axes"][1, 1])


def test_outputs_of_an_evaluation_are_those_of_a_pass_over_the_probe_examples() -> None:
    experiment = Experiment(layers=LAYERS, epochs=60, seeds=(0, 1))
    recorder = Recorder(experiment, classes(), run_id="r", info={})
    x, checked = np.asarray(recorder.constants["probe/x"]), 0
    for step in train(experiment, classes()):
        recorder.observe(step)
        if step.number in recorder.schedule.evaluations - recorder.schedule.layers:
            expected = predict(recorder.network, step.state.params, x, step.state.buffers)
            np.testing.assert_allclose(recorder.newest("probe/output"), expected, rtol=1e-5, atol=1e-6)
            checked += 1
    assert checked > 10
