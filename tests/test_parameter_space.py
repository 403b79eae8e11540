"""Networks by their weights and by their function: distances, maps, and copies that change one and not the other."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from layer_cases import conv, dense, layer

from datasets import load_dataset
from diagnostics.figures.parameter_space import symmetry_figure, weight_distances_figure, weight_map_figure
from diagnostics.figures.theme import apply_theme
from diagnostics.parameter_space import outputs_of, point_map, symmetry_report, weight_map
from models import Experiment, Network
from runs import RunStore, train_run
from runs.landscape import kept_weights, symmetric_copies
from runs.landscape import weight_map as stored_map

GENERATOR = np.random.default_rng(0)
NETWORK = Network.build(Experiment(layers=[dense(5, "relu")], dtype="float64"), 3, "classification", 2)
STATES = NETWORK.init((0, 1, 2)) + np.array([0.0, 0.5])[:, None, None] * GENERATOR.normal(
    size=(2, 3, NETWORK.n_parameters)
)
X = GENERATOR.normal(size=(11, 3))


def test_distances_are_those_of_a_second_naive_computation() -> None:
    report = weight_map(NETWORK, STATES, [{}, {}], X, steps=np.array([0, 4]), seeds=(0, 1, 2))
    outputs = np.stack([outputs_of(NETWORK, state, {}, X) for state in STATES])
    for t in (0, 1):
        pairs = [(0, 1), (0, 2), (1, 2)]
        expected = np.mean([np.sqrt(((STATES[t, i] - STATES[t, j]) ** 2).sum()) for i, j in pairs])
        assert report.between[t] == pytest.approx(expected)
        expected = np.mean([np.sqrt(((outputs[t, i] - outputs[t, j]) ** 2).mean()) for i, j in pairs])
        assert report.function_between[t] == pytest.approx(expected)
    np.testing.assert_allclose(report.from_start[1], np.sqrt(((STATES[1] - STATES[0]) ** 2).sum(axis=1)))
    assert not report.from_start[0].any()
    assert (report.n_examples, report.n_outputs, report.n_parameters) == (11, 2, NETWORK.n_parameters)


def test_one_seed_has_no_distance_between_seeds() -> None:
    report = weight_map(NETWORK, STATES[:, :1], [{}, {}], X, steps=np.array([0, 4]), seeds=(0,))
    assert np.isnan(report.between).all()
    assert [trace.name for trace in weight_distances_figure(report).data] == ["from the start"] * 2


def test_the_map_of_points_in_a_plane_keeps_all_distances_whatever_the_number_of_dimensions() -> None:
    flat = GENERATOR.normal(size=(6, 2))
    axes = np.linalg.qr(GENERATOR.normal(size=(500, 2)))[0].T
    for rows in (flat, flat @ axes + 3):
        found = point_map(rows)
        apart = np.linalg.norm(found.points[:, None] - found.points[None], axis=2)
        np.testing.assert_allclose(apart, np.linalg.norm(flat[:, None] - flat[None], axis=2), atol=1e-6)
        assert sum(found.shares) == pytest.approx(1.0)


@pytest.mark.parametrize(
    ("layers", "shape"),
    [
        ([dense(6, "relu"), dense(6, "tanh")], (3,)),
        ([conv(3, "relu"), layer("max_pool"), layer("flatten"), dense(4, "tanh")], (4, 4, 1)),
        ([dense(5), layer("residual", activation="tanh", layers=[dense(7, "relu"), dense(5, "linear")])], (3,)),
    ],
    ids=["dense", "convolution", "residual"],
)
def test_copies_are_far_in_weights_and_the_same_in_function(layers: list[object], shape: tuple[int, ...]) -> None:
    network = Network.build(Experiment(layers=layers, dtype="float32"), shape, "classification", 3)  # type: ignore[arg-type]
    params = np.stack([network.init((0, 1)), network.init((2, 3))])
    x = GENERATOR.normal(size=(15, int(np.prod(shape))))
    report = symmetry_report(network, params, [{}, {}], x, steps=np.array([0, 1]), seeds=(0, 1), row=1)
    assert len(report.kinds) >= 6
    assert (report.weight_distance > 0.1).all()
    assert (report.function_distance < 1e-12).all()  # float64, whatever the network was trained in
    assert report.seed_function_distance > 1e-3  # the same measure sees another network
    copies = report.function.points[-len(report.kinds) :]
    np.testing.assert_allclose(copies, np.broadcast_to(report.function.points[1], copies.shape), atol=1e-6)
    moved = np.linalg.norm(report.weights.points[-len(report.kinds) :] - report.weights.points[1], axis=1)
    assert moved.max() > 0.1


def test_the_figures_say_what_was_measured(tmp_path: Path) -> None:
    store = RunStore(tmp_path)
    experiment = Experiment(layers=[dense(6, "relu")], seeds=(0, 1), epochs=6)
    run = train_run(experiment, load_dataset("moons"), store=store)
    kept = kept_weights(run.id, store)
    places, copies = stored_map(kept), symmetric_copies(kept, 0)
    for figure in (weight_map_figure(places), weight_distances_figure(places), symmetry_figure(copies)):
        for dark in (False, True):
            assert len(apply_theme(figure, dark=dark).data) == len(figure.data)  # go.Figure checks every property
        assert all(figure.layout.meta[word] for word in ("title", "question", "reading", "summary", "term"))
    assert "no output differs by more than rounding" in symmetry_figure(copies).layout.meta["summary"]
    wrong = replace(copies, function_distance=np.full(len(copies.kinds), 0.1))
    assert "outputs differ" in symmetry_figure(wrong).layout.meta["summary"]
    assert not np.array_equal(symmetric_copies(kept, 0, draw=1).weight_distance, copies.weight_distance)


def test_a_network_without_hidden_units_has_no_copies_and_says_so() -> None:
    network = Network.build(Experiment(layers=[], dtype="float64"), 3, "classification", 2)
    params = np.stack([network.init((0,)), network.init((1,))])
    report = symmetry_report(network, params, [{}, {}], X, steps=np.array([0, 1]), seeds=(0,))
    assert (report.kinds, report.nodes) == ((), ())
    assert "None of the symmetries holds" in symmetry_figure(report).layout.meta["summary"]
