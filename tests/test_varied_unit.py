"""One unit or some weights varied: known for a network that is worked by hand, and only what lies behind changes."""

from __future__ import annotations

import numpy as np
import pytest
from feature_reports import examples, image_network, table_network, varied_unit

from diagnostics import varied_unit as varied
from diagnostics import weight_subsets as subsets
from diagnostics.figures.table import figure_table
from diagnostics.figures.varied_unit import layer_maps_figure, varied_maps_figure, varied_unit_figure
from models import Experiment, Network
from models.evaluation import predict


def linear_chain() -> tuple[Network, np.ndarray]:
    """h = (x0 + x1, x0), y = 2 h0 - h1."""
    layers = [{"type": "dense", "units": 2, "activation": "linear"}]
    network = Network.build(Experiment(layers=layers, dtype="float64"), 2, "regression", 1)
    params = np.zeros(network.n_parameters)
    network.views(params)["dense1/W"][...] = [[1.0, 1.0], [1.0, 0.0]]
    network.views(params)["output/W"][...] = [[2.0], [-1.0]]
    return network, params


def test_the_output_follows_the_unit_and_the_other_stays() -> None:
    network, params = linear_chain()
    x = np.array([[1.0, 2.0], [3.0, 1.0]])
    report = varied.varied_unit(network, params, x, "dense1", 0, data=np.array([[0.0, -1.0], [2.0, 5.0]]))
    assert report.values[[0, -1]].tolist() == [-1.0, 7.0]  # x0 + x1 over the data
    np.testing.assert_allclose(report.outputs[0, :, 0], 2 * report.values - 1)
    np.testing.assert_allclose(report.outputs[1, :, 0], 2 * report.values - 3)
    assert report.own.tolist() == [3.0, 4.0]
    assert report.own_outputs[:, 0].tolist() == [5.0, 5.0]


def test_what_goes_around_the_unit_stays() -> None:
    """y = w · (h + W h): around the inner layer h stays, so that its unit adds its value and no more."""
    linear = {"type": "dense", "units": 2, "activation": "linear"}
    block = {"type": "residual", "layers": [linear], "activation": "linear"}
    network = Network.build(Experiment(layers=[linear, block], dtype="float64"), 2, "regression", 1)
    params = np.zeros(network.n_parameters)
    network.views(params)["dense1/W"][...] = np.eye(2)
    network.views(params)["output/W"][...] = [[1.0], [10.0]]
    network.views(params)["dense2/W"][...] = [[0.0, 1.0], [0.0, 0.0]]
    x = np.array([[1.0, 2.0]])
    report = varied.varied_unit(network, params, x, "dense2", 1, data=np.array([[-3.0, 0.0], [4.0, 0.0]]))
    assert report.values[[0, -1]].tolist() == [-3.0, 4.0]
    np.testing.assert_allclose(report.outputs[0, :, 0], 1 + 10 * (2 + report.values))
    assert report.own.tolist() == [1.0]


def test_weights_are_varied_by_a_factor_and_left_as_they_were() -> None:
    network, params = linear_chain()
    before = params.copy()
    chosen = subsets.weights_into(network, "dense1", 0)
    report = varied.varied_weights(network, params, np.array([[1.0, 2.0]]), chosen, what="the weights")
    np.testing.assert_allclose(report.outputs[0, :, 0], 2 * 3 * report.values - 1)
    assert report.own_outputs[0, 0] == 2 * 3 - 1
    np.testing.assert_array_equal(params, before)
    with pytest.raises(ValueError, match="no weights"):
        varied.varied_weights(network, params, np.ones((1, 2)), chosen[:0], what="nothing")


@pytest.mark.parametrize("is_image", [False, True])
def test_by_itself_the_output_is_what_the_network_predicts(is_image: bool) -> None:
    network, params = image_network() if is_image else table_network()
    report = varied_unit(is_image)
    expected = predict(network, params[None], examples(network)[:3])[0]
    np.testing.assert_allclose(report.own_outputs, expected, rtol=1e-5)
    if is_image:  # a map is multiplied: at 1 nothing changes
        at_one = int(np.argmin(np.abs(report.values - 1)))
        assert report.values[at_one] == pytest.approx(1)
        np.testing.assert_allclose(report.outputs[:, at_one], report.own_outputs, rtol=1e-5)


def test_only_the_unit_and_what_lies_behind_it_changes() -> None:
    network, params = table_network()
    x = examples(network)
    report = varied.varied_unit(network, params, x[:2], "dense2", 3, data=x)
    assert (report.maps["dense1"] == report.own_maps["dense1"][:, None]).all()
    others = np.arange(5) != 3
    assert (report.maps["dense2"][..., others] == report.own_maps["dense2"][:, None, others]).all()
    np.testing.assert_allclose(report.maps["dense2"][0, :, 3], report.values, rtol=1e-6)
    assert np.ptp(report.maps["output"], axis=1).max() > 0
    changed = varied_maps_figure(report, 40).layout.meta["summary"]
    assert "dense2 and output changed" in changed
    assert "dense1" not in changed


def test_weights_into_a_unit_are_those_that_it_reads_through() -> None:
    network, params = image_network()
    kernel = params[subsets.weights_into(network, "convolution1", 2)]
    np.testing.assert_array_equal(kernel, network.views(params)["convolution1/W"][..., 2].ravel())
    with pytest.raises(ValueError, match="behind the output"):
        varied.varied_unit(network, params, examples(network), "output", 0, data=examples(network))


def test_a_line_for_each_notable_output_and_a_dotted_one_at_the_value_itself() -> None:
    report = varied_unit(is_image=False)
    figure = varied_unit_figure(report)
    lines = [trace for trace in figure.data if trace.name != "as it is"]
    assert len(lines) == 3 * 2
    np.testing.assert_allclose(lines[2].y, report.outputs[1, :, 0], rtol=1e-6)
    marks = [trace.x[0] for trace in figure.data if trace.name == "as it is"]
    np.testing.assert_allclose(marks, report.own)
    table = figure_table(figure)
    assert list(table.columns) == ["series", "value of unit 1 of dense1", "probability", "example"]
    assert set(table["example"]) == {"example 0", "example 1", "example 2"}


def test_maps_are_drawn_on_one_scale() -> None:
    report = varied_unit(is_image=True)
    frames = [layer_maps_figure(report, "convolution1", place) for place in (0, 40)]
    assert frames[0].data[0].zmax == frames[1].data[0].zmax == np.abs(report.maps["convolution1"][0]).max()
    assert "1 of 3 maps differ" in frames[1].layout.meta["summary"]
    with pytest.raises(ValueError, match="no images"):
        layer_maps_figure(report, "dense1", 0)


@pytest.mark.parametrize("is_image", [False, True])
def test_where_a_slider_stands_by_itself_nothing_has_changed(is_image: bool) -> None:
    report = varied.with_own(varied_unit(is_image), 1)
    (own,) = np.flatnonzero(report.values == report.own[0])
    assert (np.diff(report.values) > 0).all()
    assert len(report.values) == (41 if is_image else 42)  # a factor of 1 was among the places already
    assert report.example_names == varied_unit(is_image).example_names[1:2]
    assert (report.outputs[0, own] == report.own_outputs[0]).all()
    for name, maps in report.maps.items():
        assert (maps[0, own] == report.own_maps[name][0]).all()
    figure = varied_maps_figure(report, int(own))
    assert not np.nan_to_num(figure.data[0].z).any()
    assert figure.layout.meta["summary"] == "Nothing has changed."
    assert figure.data[0].zmax == varied_maps_figure(report, 0).data[0].zmax > 0


@pytest.mark.parametrize("layer", ["convolution1", "dense1", "output"])
def test_at_a_factor_of_one_everything_is_bit_for_bit_and_before_the_weights_always(layer: str) -> None:
    network, params = image_network()
    places = subsets.weights_into(network, layer, 1)
    report = varied.varied_weights(network, params, examples(network)[:2], places, what="the weights")
    at_one = int(np.flatnonzero(report.values == 1.0)[0])
    names = [node.name for node in network.nodes]
    for name in names:
        assert (report.maps[name][:, at_one] == report.own_maps[name]).all()
        moves = bool((report.maps[name] != report.own_maps[name][:, None]).any())
        assert moves == (names.index(name) >= names.index(layer))


def test_a_subset_of_the_weights_is_chosen_by_sign_or_size() -> None:
    params = np.array([9.0, 0.1, -0.2, 0.3, -4.0, 0.0, 9.0])
    places = np.array([1, 2, 3, 4, 5])
    chosen = {which: subsets.subset_of(params, places, which).tolist() for which in subsets.SUBSETS}
    assert chosen == {"all": [1, 2, 3, 4, 5], "positive": [1, 3], "negative": [2, 4], "largest": [4]}
    with pytest.raises(ValueError, match="is negative"):
        subsets.subset_of(np.ones(3), np.array([0, 1]), "negative")
    with pytest.raises(ValueError, match="unknown subset"):
        subsets.subset_of(params, places, "pretty")


def test_a_slider_begins_where_the_output_is_farthest_from_what_it_is() -> None:
    network, params = linear_chain()
    data = np.array([[0.0, -1.0], [2.0, 5.0]])  # the unit takes −1 to 7
    for x, farthest in (([1.0, 1.0], 7.0), ([3.0, 3.0], -1.0)):  # it stands at 2, and at 6
        report = varied.with_own(varied.varied_unit(network, params, np.array([x]), "dense1", 0, data=data))
        assert report.values[varied.most_changed(report)] == farthest
