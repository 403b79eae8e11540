"""Biases, gates, attention and channels: what is recorded of them, against naive computations; their figures."""

from __future__ import annotations

import numpy as np
import pytest
from small_data import classes

from datasets import load_dataset
from diagnostics import Recorder, Run
from diagnostics.attention_reach import attention_reach
from diagnostics.channels import channels, convolutions
from diagnostics.figures.attention_reach import attention_reach_figure
from diagnostics.figures.channels import channels_figure
from diagnostics.figures.gates import gates_figure
from diagnostics.gates import gates
from diagnostics.layer_statistics import layer_histograms, layer_moments
from models import Experiment, Network, TrainingData, train
from models.training import network_for
from runs.launch import training_data

DENSE = Experiment(layers=({"units": 6}, {"units": 5, "activation": "relu"}), batch_size=8, epochs=1, seeds=(0, 1))


def recorded(experiment: Experiment, data: TrainingData, dense: int = 0) -> tuple[Run, dict[int, np.ndarray], Network]:
    """The run, the parameters after each update, and the network."""
    recorder = Recorder(experiment, data, run_id="r", info={}, dense=dense)
    params = {}
    for step in train(experiment, data):
        recorder.observe(step)
        params[step.number] = step.state.params.copy()
    recorder.finish("finished")
    return recorder.snapshot(), params, network_for(experiment, data)


def sequence_run(*layers: dict[str, object]) -> tuple[Run, dict[int, np.ndarray], Network]:
    data = training_data(load_dataset("adding_problem", n=60, length=5))
    return recorded(Experiment(layers=layers, batch_size=8, max_steps=4, seeds=(0, 1), epochs=1), data)


@pytest.mark.parametrize("dense", [0, 1])
def test_biases_are_recorded_apart_from_weights(dense: int) -> None:
    run, params, network = recorded(DENSE, classes(), dense)
    biases = network.views(params[3])["dense2/b"].reshape(2, -1)
    row = run.series["dense2/bias/mean"].steps.tolist().index(3)
    np.testing.assert_allclose(run.series["dense2/bias/mean"].values[row], biases.mean(axis=1), atol=1e-7)
    np.testing.assert_allclose(run.series["dense2/bias/maximum"].values[row], biases.max(axis=1), atol=1e-7)
    assert run.series["dense2/bias/histogram"].values[row].sum(axis=-1).tolist() == [5, 5]
    assert run.series["dense2/bias/histogram"].values[0, :, -4].tolist() == [5, 5]  # they start as exact zeros
    assert run.series["dense2/bias_gradient/mean"].steps[0] == 1
    assert run.series["dense2/bias_gradient/mean"].unit == "loss per unit"


def test_bias_gradients_are_those_of_the_update() -> None:
    run, _, network = recorded(DENSE, classes())
    for step in train(DENSE, classes()):
        if step.number == 2:
            gradient = network.views(step.gradient)["dense1/b"].reshape(2, -1)
            break
    row = run.series["dense1/bias_gradient/std"].steps.tolist().index(2)
    np.testing.assert_allclose(run.series["dense1/bias_gradient/std"].values[row], gradient.std(axis=1), rtol=1e-5)


def test_analyses_of_layers_take_biases() -> None:
    run, _, _ = recorded(DENSE, classes())
    assert [item.layer.name for item in layer_moments(run, "bias").layers] == ["dense1", "dense2", "output"]
    assert layer_histograms(run, "bias", 0).layers[0].zero == 1


def test_gates_are_those_of_the_formula() -> None:
    run, params, network = sequence_run({"type": "lstm", "units": 3})
    x = np.asarray(run.constants["probe/x"]).reshape(-1, 5, 2)
    views = network.views(params[4].astype(np.float64))
    expected = []
    for seed in range(2):
        h, c, rows = np.zeros((len(x), 3)), np.zeros((len(x), 3)), []
        for t in range(5):
            z = np.concatenate([x[:, t], h], axis=1) @ views["lstm1/W"][seed] + views["lstm1/b"][seed].reshape(-1)
            i, f, o = (1 / (1 + np.exp(-z[:, 3 * k : 3 * k + 3])) for k in range(3))
            c = f * c + i * np.tanh(z[:, 9:])
            h = o * np.tanh(c)
            rows.append((i, f, o))
        expected.append(np.array(rows))  # (positions, gate, examples, units)
    gate_means = np.array(expected).mean(axis=(1, 3, 4))  # (seeds, gate)
    for place, name in enumerate(("input_gate", "forget_gate", "output_gate")):
        np.testing.assert_allclose(run.series[f"lstm1/{name}/mean"].values[-1], gate_means[:, place], rtol=1e-4)
        assert run.series[f"lstm1/{name}/histogram"].binning == "linear"
    report = gates(run)
    assert [gate.name for gate in report.gates] == ["input_gate", "forget_gate", "output_gate"]
    np.testing.assert_allclose(report.gates[1].mean.mean[-1], gate_means[:, 1].mean(), rtol=1e-4)


def test_open_and_shut_gates_are_counted() -> None:
    run, _, _ = sequence_run({"type": "lstm", "units": 3, "forget_bias": 9.0})
    open_share, shut_share = (run.series[f"lstm1/forget_gate/{what}_share"] for what in ("open", "shut"))
    assert open_share.values[0].tolist() == [1, 1]  # 1/(1 + exp(-9)) = 0.9999
    assert shut_share.values[0].tolist() == [0, 0]
    assert (open_share.dims, open_share.unit) == (("step", "seed"), "share")
    shut, _, _ = sequence_run({"type": "lstm", "units": 3, "forget_bias": -9.0})
    assert shut.series["lstm1/forget_gate/shut_share"].values[0].tolist() == [1, 1]
    figure = gates_figure(gates(run), log_x=False)
    forget = [trace for trace in figure.data if trace.name == "open" and trace.yaxis == "y2"]
    assert forget[0].y[0] == 1


def test_entropy_of_attention_lies_between_0_and_that_of_looking_everywhere() -> None:
    run, _, _ = sequence_run({"type": "attention", "heads": 2}, {"type": "attention", "heads": 1, "causal": True})
    both, causal = attention_reach(run).layers
    assert both.uniform == pytest.approx(np.log(5))
    assert causal.uniform == pytest.approx(np.log([1, 2, 3, 4, 5]).mean())
    for item, n_heads in ((both, 2), (causal, 1)):
        assert item.heads.shape == (len(item.steps), n_heads)
        assert (item.mean.mean > 0).all()
        assert (item.mean.mean <= item.uniform + 1e-6).all()
        np.testing.assert_allclose(item.heads.mean(axis=1), item.mean.mean, rtol=1e-5)
    limit = next(trace for trace in attention_reach_figure(attention_reach(run)).data if "alike" in trace.name)
    assert limit.y[0] == pytest.approx(np.log(5), rel=1e-6)


def test_attention_weights_of_a_reader_sum_to_one() -> None:
    data = training_data(load_dataset("adding_problem", n=20, length=4))
    experiment = Experiment(layers=[{"type": "attention", "heads": 2, "causal": True}], seeds=(0,))
    network = network_for(experiment, data)
    tape = network.forward(network.init((0,)), data.x_train)
    weights = tape.made_by.inner(network.nodes[0])["attention_weights"]
    assert weights.shape == (1, len(data.x_train), 2, 4, 4)
    np.testing.assert_allclose(weights.sum(axis=-1), 1, rtol=1e-5)
    assert weights[..., 0, 1:].max() == 0  # the first position sees itself only


def test_channels_that_never_vary_are_marked() -> None:
    data = training_data(load_dataset("digits_28"))
    layers = ({"type": "convolution", "channels": 3, "stride": 4}, {"type": "flatten"})
    experiment = Experiment(layers=layers, max_steps=2, seeds=(0, 1))
    run, params, network = recorded(experiment, data)
    assert convolutions(run) == ("convolution1",)
    tape = network.forward(params[2], np.asarray(run.constants["probe/x"]))
    expected = tape.activation["convolution1"].reshape(2, -1, 3).std(axis=1)
    series = run.series["convolution1/channel_std/each_channel"]
    np.testing.assert_allclose(series.values[-1], expected, rtol=1e-4)
    assert series.dims == ("step", "seed", "channel")
    report = channels(run, "convolution1")
    report.std[-1, 1] = 0
    figure = channels_figure(report)
    assert (figure.data[1].x[-1], figure.data[1].y[-1]) == ("2", 1)
    assert "1 of 3 channels do not vary" in figure.layout.meta["summary"]


def test_a_run_without_them_gives_sentences() -> None:
    run, _, _ = recorded(DENSE, classes())
    figures = (
        gates_figure(gates(run)),
        attention_reach_figure(attention_reach(run)),
        channels_figure(channels(run, "dense1")),
    )
    assert all(len(figure.data) == 0 and "recorded" in figure.layout.annotations[0].text for figure in figures)
