"""Maps of units over two features, and linear regions: counted where geometry says how many there are."""

from __future__ import annotations

import numpy as np
import pytest
from app_pages import LAYER, SMALL, finished_run

from diagnostics.figures.unit_maps import linear_regions_figure, unit_maps_figure
from diagnostics.unit_maps import COARSE, UnitMapsReport, unit_maps
from models import Experiment, Network
from pages.components import frame
from pages.components.unit_features import subjects
from runs import features

SQUARE = np.array([[-1.0, 1.0], [-1.0, 1.0]])


def built(*activations: str, weights: list[tuple[list[list[float]], list[float]]]) -> tuple[Network, np.ndarray]:
    """A network of dense layers over two features with given weights and biases."""
    layers = [
        {"type": "dense", "units": len(b), "activation": name}
        for name, (_, b) in zip(activations, weights, strict=True)
    ]
    network = Network.build(Experiment(layers=layers), 2, "classification", 2)
    params = network.init((0,))
    views = network.views(params)
    for depth, (w, b) in enumerate(weights, start=1):
        views[f"dense{depth}/W"][0] = w
        views[f"dense{depth}/b"][0] = b
    return network, params


THREE_LINES = ([[1.0, 0.0, 1.0], [0.0, 1.0, 1.0]], [0.1, -0.1, 0.3])  # x = -0.1, y = 0.1, x + y = -0.3


def test_three_lines_make_seven_regions() -> None:
    """n lines of which no two are parallel and no three meet cut the plane into 1 + n + n(n - 1)/2 parts."""
    report = unit_maps(*built("relu", weights=[THREE_LINES]), SQUARE)
    assert report.n_regions.tolist() == [[7]]
    assert np.unique(report.regions).tolist() == list(range(7))


def test_a_folded_line_is_cut_in_two_places_by_one_unit() -> None:
    """relu(x) and relu(-x) fold the plane at x = 0; |x| = 1/2 cuts each side once more."""
    fold = ([[1.0, -1.0], [0.0, 0.0]], [0.0, 0.0])
    network, params = built("relu", "relu", weights=[fold, ([[1.0], [1.0]], [-0.5])])
    report = unit_maps(network, params, SQUARE, side=100)  # no point of the grid lies on x = 0
    assert report.n_regions.tolist() == [[2, 4]]
    borders = report.axes[0][1:][np.diff(report.regions[1, 0]) != 0]
    np.testing.assert_allclose(borders, [-0.5, 0.0, 0.5], atol=2 / 99)


@pytest.mark.parametrize(("activation", "n"), [("hard_tanh", 3), ("leaky_relu", 2), ("linear", 1)])
def test_each_nonlinearity_has_its_number_of_pieces(activation: str, n: int) -> None:
    report = unit_maps(*built(activation, weights=[([[3.0], [0.0]], [0.1])]), SQUARE)
    assert report.n_regions.tolist() == [[n]]


def test_behind_a_curved_layer_nothing_is_counted() -> None:
    second = ([[1.0], [1.0], [1.0]], [0.0])
    report = unit_maps(*built("relu", "tanh", weights=[THREE_LINES, second]), SQUARE)
    assert report.n_regions.tolist() == [[7]]
    assert report.curved == "tanh"
    assert "nothing is counted: tanh is curved" in linear_regions_figure(report).layout.meta["reading"]
    curved = unit_maps(*built("tanh", weights=[THREE_LINES]), SQUARE)
    assert curved.regions.shape == (0, 151, 151)
    assert "no linear regions" in linear_regions_figure(curved).layout.annotations[0].text


def test_regions_never_become_fewer_with_depth_and_every_seed_is_counted() -> None:
    layers = [{"type": "dense", "units": 8, "activation": "relu"}] * 4
    network = Network.build(Experiment(layers=layers), 2, "classification", 2)
    params = network.init((0, 1, 2))
    biases = np.flatnonzero(~np.asarray(network.is_weight, bool))
    params[:, biases] = np.random.default_rng(1).normal(scale=0.3, size=(3, len(biases)))
    report = unit_maps(network, params, 2 * SQUARE)
    assert report.n_regions.shape == (3, 4)
    assert (np.diff(report.n_regions, axis=1) >= 0).all()
    assert (report.n_regions[:, -1] > report.n_regions[:, 0]).all()
    assert (report.n_regions[:, 0] <= 1 + 8 + 28).all()  # eight lines
    alone = unit_maps(network, params[1:2], 2 * SQUARE)
    assert alone.n_regions.tolist() == report.n_regions[1:2].tolist()


def test_a_map_is_the_units_activation_at_each_point() -> None:
    report = unit_maps(*built("relu", weights=[THREE_LINES]), np.array([[-1.0, 1.0], [0.0, 3.0]]))
    x, y = report.axes[0][::COARSE], report.axes[1][::COARSE]
    expected = np.maximum(x[None, :] + y[:, None] + 0.3, 0)
    np.testing.assert_allclose(report.maps["dense1"][2], expected, rtol=1e-5, atol=1e-6)


def test_of_many_units_those_that_vary_most_are_kept() -> None:
    w = [[float(k % 5 + 1) for k in range(20)], [0.0] * 20]
    report = unit_maps(*built("linear", weights=[(w, [0.0] * 20)]), SQUARE)
    assert report.units["dense1"] == tuple(k for k in range(20) if k % 5 > 0)
    figure = unit_maps_figure(report)
    assert "units that vary most" in figure.layout.meta["reading"]
    assert "16 of dense1" in figure.layout.meta["summary"]


def test_other_networks_are_refused() -> None:
    three = Network.build(Experiment(layers=[LAYER]), 3, "classification", 2)
    with pytest.raises(ValueError, match="two features"):
        unit_maps(three, three.init((0,)), SQUARE)
    flat = Network.build(Experiment(layers=[]), 2, "classification", 2)
    with pytest.raises(ValueError, match="no hidden layer"):
        unit_maps(flat, flat.init((0,)), SQUARE)


def drawn_report() -> UnitMapsReport:
    second = ([[1.0, -1.0], [0.5, 2.0], [0.0, 1.0]], [0.0, 0.1])
    return unit_maps(*built("relu", "relu", weights=[THREE_LINES, second]), SQUARE)


def test_the_second_feature_runs_upwards_and_each_layer_has_its_own_scale() -> None:
    report = drawn_report()
    sheet, names = unit_maps_figure(report).data
    side = report.maps["dense1"].shape[1]
    assert list(names.text) == ["unit 0", "unit 1", "unit 2", "unit 0", "unit 1", ""]
    top = int(np.flatnonzero(np.isfinite(sheet.z).any(axis=1))[0])
    first = np.asarray(sheet.z)[top : top + side, :side]  # the sheet is drawn from its top
    maps = report.maps["dense1"]
    np.testing.assert_allclose(first, maps[0][::-1] / maps.max(), rtol=1e-6)
    assert np.nanmax(sheet.z) == 1.0
    assert (sheet.customdata[top][0], sheet.customdata[-1][0]) == ("dense1, unit 0", "dense2, unit 0")


def test_the_regions_are_named_with_their_number() -> None:
    report = drawn_report()
    figure = linear_regions_figure(report)
    n = report.n_regions[0]
    assert n[1] > n[0] == 7
    assert list(figure.data[1].text) == ["dense1: 7 regions", f"dense2: {n[1]} regions"]
    patches = np.asarray(figure.data[0].z)
    assert len(np.unique(patches[:, :151][np.isfinite(patches[:, :151])])) == 7
    assert f"7 behind dense1, {n[1]} behind dense2" in figure.layout.meta["summary"]


def test_a_stored_run_of_two_features_is_mapped_and_others_are_not_offered_it() -> None:
    run_id = finished_run()
    report = features.unit_maps(run_id, frame.store())
    assert (report.run_id, report.layers, report.curved) == (run_id, ("dense1", "dense2"), "tanh")
    assert report.n_regions.shape == (2, 0)
    run = frame.store().load(run_id)
    np.testing.assert_allclose(report.axes[:, [0, -1]], run.constants["grid/axes"][:, [0, -1]], rtol=1e-6)
    assert "maps" in subjects(run)
    other = finished_run("iris", SMALL)
    assert "maps" not in subjects(frame.store().load(other))
    with pytest.raises(ValueError, match="two features"):
        features.unit_maps(other, frame.store())
