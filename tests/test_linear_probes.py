"""Linear probes: all of what a line can part, nothing of what no line can, and a layer that unfolds it."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from feature_reports import dense, linear_probes

from diagnostics import linear_probes as probes
from diagnostics.figures.linear_probes import linear_probes_figure
from models import Experiment, Network


def xor_network() -> tuple[Network, np.ndarray]:
    """A layer relu(x0 + x1), relu(-x0 - x1): its sum is |x0 + x1|, large where both have the same sign."""
    network = Network.build(Experiment(layers=[dense(2, "relu")], dtype="float64"), 2, "classification", 2)
    params = np.zeros((1, network.n_parameters))
    network.views(params)["dense1/W"][0] = [[1.0, -1.0], [1.0, -1.0]]
    return network, params


def corners(n: int, seed: int) -> tuple[np.ndarray, np.ndarray]:
    generator = np.random.default_rng(seed)
    signs = np.array([[1, 1], [1, -1], [-1, 1], [-1, -1]])[np.arange(n) % 4]
    return signs + 0.1 * generator.normal(size=(n, 2)), (signs.prod(axis=1) > 0).astype(np.int64)


def test_a_layer_that_unfolds_the_classes_is_read_without_a_mistake() -> None:
    network, params = xor_network()
    report = probes.linear_probes(network, params, corners(80, 0), corners(40, 1))
    assert report.layers == ("input", "dense1", "output")
    assert report.scores[0, 0] < 0.8  # no line parts the corners of a square crosswise: three of four at most
    assert report.scores[1, 0] == 1.0
    assert report.chance == 0.5


def test_classes_that_a_line_parts_are_read_off_the_input() -> None:
    network, params = xor_network()
    x, _ = corners(80, 0)
    report = probes.linear_probes(network, params, (x, (x[:, 0] > 0) * 1), (x, (x[:, 0] > 0) * 1))
    assert report.scores[0, 0] == 1.0


def test_the_scale_of_a_layer_does_not_matter() -> None:
    """Without standardization the penalty would press the weights of so small numbers to nothing."""
    network, params = xor_network()
    network.views(params)["dense1/W"][...] *= 1e-4
    report = probes.linear_probes(network, params, corners(80, 0), corners(40, 1))
    assert report.scores[1, 0] == 1.0


def test_numbers_are_read_by_a_line() -> None:
    network = Network.build(Experiment(layers=[dense(3)], dtype="float64"), 2, "regression", 1)
    x, _ = corners(80, 0)
    y = (3 * x[:, :1] - x[:, 1:]) + 5
    report = probes.linear_probes(network, network.init((0, 1)), (x[:60], y[:60]), (x[60:], y[60:]))
    assert report.measure == "R²"
    assert report.scores[0].min() > 0.999  # the penalty of 1 on 60 examples shrinks by 1/61; its square is 0.0003


def test_the_input_is_the_same_for_all_seeds_and_an_interrupted_probe_has_gaps() -> None:
    report = linear_probes()
    assert report.scores[0, 0] == report.scores[0, 1]
    assert np.isfinite(report.scores).all()
    network, params = xor_network()
    stopped = probes.linear_probes(network, params, corners(20, 0), corners(20, 1), progress=lambda share: share == 0)
    assert np.isfinite(stopped.scores[:, 0]).tolist() == [True, False, False]


def test_what_has_no_single_class_is_refused() -> None:
    network, params = xor_network()
    x, y = corners(20, 0)
    with pytest.raises(ValueError, match="at least two classes"):
        probes.linear_probes(network, params, (x, y * 0), (x, y))
    with pytest.raises(ValueError, match="to fit and to score"):
        probes.linear_probes(network, params, (x, y), (x[:0], y[:0]))


def test_a_layer_that_is_not_finite_is_left_out() -> None:
    network, params = xor_network()
    network.views(params)["output/W"][...] = np.nan
    report = probes.linear_probes(network, params, corners(20, 0), corners(20, 1))
    assert np.isfinite(report.scores[:, 0]).tolist() == [True, True, False]


def test_the_figure_shows_the_mean_the_chance_and_the_start() -> None:
    report = replace(linear_probes(), before=linear_probes().scores - 0.1)
    traces = {trace.name: trace for trace in linear_probes_figure(report).data}
    np.testing.assert_allclose(traces["trained"].y, report.scores.mean(axis=1), rtol=1e-6)
    np.testing.assert_allclose(traces["before training"].y, report.scores.mean(axis=1) - 0.1, rtol=1e-6)
    np.testing.assert_allclose(traces["chance"].y, report.chance)
    assert "trained, upper edge" in traces
