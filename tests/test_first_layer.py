"""The weights of the first layer: in the shape of what a unit sees, the strongest and most different ones first."""

from __future__ import annotations

import numpy as np
import pytest
from feature_reports import dense, first_layer, image_network

from diagnostics import first_layer as first_layers
from diagnostics.figures.colors import NEGATIVE, POSITIVE
from diagnostics.figures.first_layer import first_layer_figure
from diagnostics.figures.table import figure_table
from diagnostics.first_layer import strong_and_different
from models import Experiment, Network


def network_of(layers: list[dict[str, object]], shape: int | tuple[int, ...]) -> Network:
    return Network.build(Experiment(layers=layers, dtype="float64"), shape, "regression", 1)


@pytest.mark.parametrize("before", [[], [{"type": "flatten"}], [{"type": "dropout", "rate": 0.5}, {"type": "flatten"}]])
def test_a_planted_image_is_found_where_it_was_planted(before: list[dict[str, object]]) -> None:
    """A unit that says the pixel in row 2, column 1 of channel 1 has one weight, there."""
    shape = (3, 4, 2)
    network = network_of([*before, dense(5, "linear")], shape)
    planted, params = np.zeros(shape), np.zeros(network.n_parameters)
    planted[2, 1, 1] = 1
    weights = network.views(params)["dense1/W"]
    for place in range(weights.shape[0]):  # find the row that reads this pixel by what the network says
        weights[:, 3] = 0
        weights[place, 3] = 7
        if network.forward(params[None], planted.reshape(1, -1)).activation["dense1"][0, 0, 3] != 0:
            break
    report = first_layers.first_layer(network, params)
    assert report.units[0] == 3
    np.testing.assert_array_equal(report.weights[0], 7 * planted)


def test_a_kernel_is_shown_as_it_lies_on_the_image() -> None:
    network, params = image_network()
    report = first_layers.first_layer(network, params)
    kernel = network.views(params)["convolution1/W"]  # (channels in, size, size, channels)
    for place, unit in enumerate(report.units):
        np.testing.assert_allclose(report.weights[place, 0, 2, 1], kernel[1, 0, 2, unit])
    assert report.weights.shape == (3, 3, 3, 2)


def test_the_strongest_unit_comes_first_and_its_copy_last() -> None:
    rows = np.array([[1.0, 0.0], [3.0, 0.0], [2.9, 0.0], [0.0, 0.5]])
    # 1 is the longest; what it does not span is 0.5 of row 3; then nothing is left, so 2 (2.9) before 0 (1.0)
    np.testing.assert_array_equal(strong_and_different(rows, 4), [1, 3, 2, 0])
    np.testing.assert_array_equal(strong_and_different(rows, 2), [1, 3])


def test_the_share_of_the_shown_weights_is_told() -> None:
    network = network_of([dense(3, "linear")], 2)
    params = np.zeros(network.n_parameters)
    network.views(params)["dense1/W"][...] = [[3.0, 0.0, 0.0], [0.0, 4.0, 0.0]]
    report = first_layers.first_layer(network, params, most=1)
    assert report.units.tolist() == [1]
    assert report.share == pytest.approx(16 / 25)


def test_what_is_no_pattern_of_the_input_is_refused() -> None:
    pooled = network_of([{"type": "max_pool"}, {"type": "flatten"}, dense(3)], (4, 4, 1))
    walked = network_of([{"type": "lstm", "units": 3}], (4, 2))
    for network in (pooled, walked):
        with pytest.raises(ValueError, match="Hinton diagram"):
            first_layers.first_layer(network, network.init((0,))[0])


def test_bars_show_the_largest_weights_with_their_signs() -> None:
    report = first_layer(is_image=False)
    figure = first_layer_figure(report)
    assert len(figure.data) == report.n_units == 4
    for place, bars in enumerate(figure.data):
        weights = dict(zip(bars.y, bars.x, strict=True))
        expected = dict(zip(report.feature_names, report.weights[place], strict=True))
        assert weights == pytest.approx(expected, rel=1e-6)
        assert list(np.abs(bars.x)) == sorted(np.abs(bars.x), reverse=True)
        assert [color == POSITIVE for color in bars.marker.color] == [value > 0 for value in bars.x]
        assert set(bars.marker.color) <= {POSITIVE, NEGATIVE}


def test_images_share_a_scale_that_is_the_same_on_both_sides_of_zero() -> None:
    report = first_layer(is_image=True)
    sheet = first_layer_figure(report).data[0]
    assert -sheet.zmin == sheet.zmax == pytest.approx(np.abs(report.weights.mean(axis=-1)).max())
    assert np.isfinite(sheet.z).sum() == report.n_units * 9
    table = figure_table(first_layer_figure(report))
    assert table["of"].value_counts().to_dict() == dict.fromkeys(("unit 0", "unit 1", "unit 2"), 9)  # without the gaps


def test_many_units_are_cut_and_the_rest_is_told() -> None:
    network = network_of([dense(40)], (3, 3, 1))
    figure = first_layer_figure(first_layers.first_layer(network, network.init((0,))[0]))
    assert "32 of 40 units" in figure.layout.meta["caption"]
