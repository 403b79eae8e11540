"""Gradient noise as it is recorded: the numbers of each mini-batch, bounded, and without disturbing the training."""

from __future__ import annotations

import numpy as np
import pytest
from small_data import classes, numbers

from diagnostics import Recorder, Run
from diagnostics.figures.gradient_noise import agreement_figure, noise_scale_figure, norm_test_figure
from diagnostics.gradient_noise import gradient_noise
from diagnostics.recording.measures import MEASURES
from diagnostics.recording.relative_step import relative_step
from models import Experiment, TrainingData, train
from models.passes import Pass
from models.site import Draws

LAYERS = ({"units": 6, "activation": "tanh"}, {"units": 5, "activation": "relu"})
SGD = {"type": "sgd", "learning_rate": 0.1}
EXPERIMENT = Experiment(layers=LAYERS, batch_size=8, epochs=5, seeds=(0, 1), optimizer=SGD, dtype="float64")
ALL = tuple(MEASURES)


def recorded(
    experiment: Experiment, data: TrainingData, measures: tuple[str, ...] = ALL, dense: int = 0
) -> tuple[Run, np.ndarray]:
    recorder = Recorder(experiment, data, run_id="r", info={}, measures=measures, dense=dense)
    for step in train(experiment, data):
        recorder.observe(step)
    recorder.finish("finished")
    return recorder.snapshot(), step.state.params


def explicit(made_by: Pass, params: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Gradients (R, N, n_parameters) and losses (R, N) of a mini-batch's examples, each from a pass of its own."""
    gradients, losses = [], []
    for i in range(made_by.n_examples):
        one = Pass(made_by.network, params, 1, training=True, draws=Draws((0, 1)))
        one.input_rows[...] = made_by.input_rows[..., i : i + 1]
        one.target[...] = made_by.target[..., i : i + 1]
        one.replay()
        gradients.append(one.gradients.copy())
        losses.append(one.loss.copy())
    return np.stack(gradients, axis=1), np.stack(losses, axis=1)


@pytest.mark.parametrize("dense", [0, 3])
@pytest.mark.parametrize("data", [classes(), numbers()], ids=["classification", "regression"])
def test_a_training_that_is_measured_ends_bit_for_bit_as_one_that_is_not(data: TrainingData, dense: int) -> None:
    *_, last = train(EXPERIMENT, data)
    _, params = recorded(EXPERIMENT, data, dense=dense)
    np.testing.assert_array_equal(params, last.state.params)


@pytest.mark.parametrize("kind", ["batch_norm", "dropout"])
def test_running_means_and_masks_are_not_disturbed_either(kind: str) -> None:
    experiment = Experiment(layers=(*LAYERS, {"type": kind}), batch_size=8, epochs=3, seeds=(0, 1))
    *_, last = train(experiment, classes())
    run, params = recorded(experiment, classes())
    np.testing.assert_array_equal(params, last.state.params)
    assert gradient_noise(run).coupled == (kind == "batch_norm")


def test_the_recorded_numbers_are_those_of_explicit_gradients() -> None:
    data = classes()
    run, _ = recorded(EXPERIMENT, data)
    before, previous = None, None
    initial = None
    observed: dict[int, tuple[np.ndarray, ...]] = {}
    for step in train(EXPERIMENT, data):
        if step.tape is None:
            before = initial = step.state.params.copy()
            continue
        assert before is not None
        assert step.update is not None
        g, losses = explicit(step.tape.made_by, before)
        mean, n = g.mean(axis=1), g.shape[1]
        squared = np.square(mean).sum(axis=1)
        spread = g.var(axis=1, ddof=1).sum(axis=1)
        products = np.vecdot(g, mean[:, None])
        residue = g - products[..., None] / squared[:, None, None] * mean[:, None]
        unit = g / np.linalg.norm(g, axis=2, keepdims=True)
        cosines = unit @ unit.swapaxes(1, 2)
        noise = np.square(g).mean(axis=1) - mean**2 + 1e-5
        length = np.linalg.norm(step.update, axis=1)
        expected = {
            "norm": squared**0.5,
            "trace": spread,
            "signal": squared - spread / n,
            "norm_test": np.sqrt(spread / n / squared),
            "diversity": np.square(g).sum(axis=(1, 2)) / np.square(g.sum(axis=1)).sum(axis=1),
            "example_norm/mean": np.linalg.norm(g, axis=2).mean(axis=1),
            "inner_product_test": np.sqrt(products.var(axis=1, ddof=1) / n) / squared,
            "orthogonality_test": np.sqrt(np.square(residue).sum(axis=(1, 2)) / (n - 1) / n / squared),
            "mean_cosine": (cosines.sum(axis=(1, 2)) - n) / (n * (n - 1)),
            "signal_to_noise": (mean**2 / noise).mean(axis=1),
        }
        if previous is not None:
            angle = np.vecdot(previous, mean) / np.linalg.norm(previous, axis=1) / np.linalg.norm(mean, axis=1)
            expected["cosine_of_successive"] = angle
        if step.number in run.series["gradient_noise/norm"].steps:
            for name, value in expected.items():
                at, found = run.series[f"gradient_noise/{name}"].at(step.number)
                assert at == step.number
                np.testing.assert_allclose(found, value, rtol=1e-5, atol=1e-7, err_msg=name)
        w = slice(0, 3 * 6 + 6)  # the first layer with its bias
        layer_spread = g[..., w].var(axis=1, ddof=1).sum(axis=1)
        layer_test = np.sqrt(layer_spread / n) / np.linalg.norm(mean[:, w], axis=1)
        np.testing.assert_allclose(
            run.series["dense1/weight_gradient/norm_test"].at(step.number)[1], layer_test, rtol=1e-5
        )
        assert initial is not None
        moved = np.linalg.norm((step.state.params - initial)[:, w], axis=1)
        np.testing.assert_allclose(run.series["dense1/weight/distance"].at(step.number)[1], moved, rtol=1e-5)
        # for the relative step of the update before: loss and slope along it on this mini-batch
        if (start := observed.pop(step.number - 1, None)) is not None:
            direction, its_length, start_losses, start_slopes = start
            slopes = np.vecdot(g, direction[:, None])
            sets = (start_losses, losses, start_slopes, slopes)
            means = np.stack([numbers.mean(axis=1) for numbers in sets], axis=1)
            variances = np.stack([numbers.var(axis=1, ddof=1) / numbers.shape[1] for numbers in sets], axis=1)
            alpha = relative_step(its_length, means, variances)
            at, found = run.series["gradient_noise/relative_step"].at(step.number - 1)
            assert at == step.number - 1
            np.testing.assert_allclose(found, alpha, rtol=1e-4)
        direction = step.update / length[:, None]
        observed[step.number] = (direction, length, losses, np.vecdot(g, direction[:, None]))
        before, previous = step.state.params.copy(), mean


def test_of_other_optimizers_the_relative_step_is_found_along_the_update() -> None:
    adam = Experiment(layers=LAYERS, batch_size=8, epochs=5, seeds=(0, 1), optimizer="adam", dtype="float64")
    momentum = Experiment(
        layers=LAYERS, batch_size=8, epochs=5, seeds=(0, 1), dtype="float64", optimizer={**SGD, "momentum": 1e-9}
    )
    plain, _ = recorded(EXPERIMENT, classes())
    nearly_plain, _ = recorded(momentum, classes())  # takes the other way to the same number
    other, _ = recorded(adam, classes())
    series = plain.series["gradient_noise/relative_step"].values
    np.testing.assert_allclose(series, nearly_plain.series["gradient_noise/relative_step"].values, rtol=1e-3, atol=1e-4)
    assert not np.allclose(series, other.series["gradient_noise/relative_step"].values)


def test_the_relative_step_of_a_parabola_is_exact() -> None:
    # f(τ) = 2 - 4τ + 2τ²: lowest at τ = 1
    for length, alpha in ((0.5, -0.5), (1.0, 0.0), (2.0, 1.0), (3.0, 2.0)):
        means = np.array([2.0, 2 - 4 * length + 2 * length**2, -4.0, -4 + 4 * length])
        assert relative_step(np.array(length), means, np.array([1.0, 2.0, 0.5, 3.0])) == pytest.approx(alpha)
    upside_down = np.array([0.0, -2.0, -1.0, -3.0])  # f(τ) = -τ - τ²
    assert relative_step(np.array(1.0), upside_down, np.ones(4)) == -1
    assert np.isnan(relative_step(np.array(1.0), np.array([np.nan, 0, 0, 0]), np.ones(4)))


def test_the_relative_step_trusts_what_varies_less() -> None:
    # exact slopes -4 and 0 put the lowest point at the end, whatever the losses say
    means = np.array([2.0, 50.0, -4.0, 0.0])
    found = relative_step(np.array(1.0), means, np.array([1e6, 1e6, 1e-6, 1e-6]))
    assert found == pytest.approx(0, abs=1e-3)


def test_a_diverged_seed_is_nan_from_there_on() -> None:
    recorder = Recorder(EXPERIMENT, classes(), run_id="r", info={}, measures=ALL)
    for step in train(EXPERIMENT, classes()):
        recorder.observe(step)
        if step.number == 3:
            step.state.params[1] = np.inf
    recorder.finish("finished")
    run = recorder.snapshot()
    for name, series in run.series.items():
        if name.startswith("gradient_noise/"):
            assert np.isnan(series.values[series.steps > 3][:, 1]).all(), name
            assert np.isfinite(series.values[(series.steps > 3) & (series.steps < 7)][:, 0]).all() or "scale" in name


def test_what_is_recorded_and_kept_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("diagnostics.recording.noise_reader.MOST_STEPS", 20)
    experiment = Experiment(layers=LAYERS, batch_size=8, max_steps=61, epochs=10**6, seeds=(0, 1))
    recorder = Recorder(experiment, classes(), run_id="r", info={}, dense=1)
    reader = recorder._measures._noise
    assert reader is not None
    most = 0
    for step in train(experiment, classes()):
        recorder.observe(step)
        most = max(most, sum(len(taken.steps) for taken in reader._taken.values()))
    recorder.finish("finished")
    assert 20 < most < 2 * 20  # for each size of a mini-batch; there are two
    assert recorder.snapshot().series["gradient_noise/norm"].steps.tolist() == list(range(1, 62))
    assert not reader._reductions  # a finished run keeps no pass alive
    sparse, _ = recorded(experiment, classes(), ("gradient_noise",))
    assert len(sparse.series["gradient_noise/norm"].steps) <= 46


def test_a_run_can_be_recorded_without_any_measure_and_unknown_ones_are_named() -> None:
    run, _ = recorded(EXPERIMENT, classes(), ())
    assert not [name for name in run.series if name.startswith(("gradient_noise", "sharpness"))]
    report = gradient_noise(run)
    assert report.norm_test == ()
    assert report.noise_scale is None
    with pytest.raises(ValueError, match="unknown measures hessian: choose some of gradient_noise"):
        recorded(EXPERIMENT, classes(), ("hessian",))


def test_the_report_has_the_network_first_and_every_layer() -> None:
    run, _ = recorded(EXPERIMENT, classes())
    report = gradient_noise(run)
    assert [line.name for line in report.norm_test] == ["", "dense1", "dense2", "output"]
    assert [line.depth for line in report.agreement] == [-1, 0, 1, 2]
    values = np.asarray(run.series["gradient_noise/norm_test"].values, np.float64)
    np.testing.assert_allclose(report.norm_test[0].spread.mean, values.mean(axis=1))
    assert report.noise_scale is not None
    # the first smoothed ratio is that of the first record
    first = run.series["gradient_noise/noise_scale"].values[0]
    np.testing.assert_allclose(report.noise_scale.spread.mean[0], np.nanmean(first), rtol=1e-5)


def test_the_figures_show_the_numbers_of_the_report() -> None:
    report = gradient_noise(recorded(EXPERIMENT, classes())[0])
    traces = {trace.name: trace for trace in norm_test_figure(report).data}
    for line in report.norm_test:
        np.testing.assert_allclose(traces[line.name or "all layers"].y, line.spread.mean, rtol=1e-6)
    assert norm_test_figure(report).layout.shapes[0].y0 == 1
    assert noise_scale_figure(report).layout.shapes[0].y0 == 8
    cosines = {trace.name: trace for trace in agreement_figure(report).data}
    np.testing.assert_allclose(cosines["dense2"].y, report.agreement[2].spread.mean, rtol=1e-6)
    nothing = gradient_noise(recorded(EXPERIMENT, classes(), ())[0])
    for figure in (norm_test_figure(nothing), agreement_figure(nothing), noise_scale_figure(nothing)):
        assert "not recorded" in figure.layout.annotations[0].text
