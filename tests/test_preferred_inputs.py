"""What excites a unit: of a linear network it is known exactly."""

from __future__ import annotations

import numpy as np
import pytest
from feature_reports import examples, image_network, made, table_network, top

from diagnostics.figures.preferred_inputs import preferred_input_figure, top_examples_figure
from diagnostics.preferred_inputs import Region, preferred_input, top_examples
from models import Experiment, Network

WIDE = Region(np.full(3, -10.0), np.full(3, 10.0), np.zeros(3), 2.0)
W = np.array([[3.0, 0.0], [4.0, -1.0], [0.0, 0.0]])


def linear_network() -> tuple[Network, np.ndarray]:
    """Two outputs, 3 x0 + 4 x1 and -x1."""
    network = Network.build(Experiment(layers=(), dtype="float64"), 3, "regression", 2)
    params = np.zeros(network.n_parameters)
    network.views(params)["output/W"][...] = W
    return network, params


def test_the_preferred_input_of_a_linear_unit_is_the_direction_of_its_weights() -> None:
    report = preferred_input(*linear_network(), "output", [0, 1], WIDE)
    # on the sphere of radius 2: 2 w/|w|, where the response is 2 |w|
    np.testing.assert_allclose(report.inputs, [[1.2, 1.6, 0.0], [0.0, -2.0, 0.0]], atol=1e-6)
    np.testing.assert_allclose(report.path[-1], [10.0, 2.0], rtol=1e-9)


def test_it_stays_within_the_range_of_the_data() -> None:
    region = Region(np.array([-1.0, -1.0, -1.0]), np.array([0.5, 0.25, 1.0]), np.zeros(3), 2.0)
    report = preferred_input(*linear_network(), "output", [0], region)
    np.testing.assert_allclose(report.inputs[0], [0.5, 0.25, 0.0], atol=1e-9)


def test_the_region_of_data_holds_half_of_them() -> None:
    x = np.array([[0.0, 0.0], [2.0, 0.0], [0.0, 4.0], [2.0, 4.0], [1.0, 2.0]])
    region = Region.of_data(x)
    np.testing.assert_array_equal(region.center, [1.0, 2.0])
    assert region.radius == pytest.approx(np.sqrt(5))  # of the distances √5, √5, √5, √5, 0 the median
    np.testing.assert_allclose(region.nearest(np.array([[9.0, 2.0], [1.0, 3.0]])), [[2.0, 2.0], [1.0, 3.0]])
    with pytest.raises(ValueError, match="at least one"):
        Region.of_data(x[:0])


@pytest.mark.parametrize("layer", ["convolution1", "dense1", "output"])
def test_the_response_never_falls_and_rises_above_a_random_input(layer: str) -> None:
    network, params = image_network()
    x = examples(network)
    report = preferred_input(network, params, layer, [0, 1, 2], Region.of_data(x))
    assert (np.diff(report.path, axis=0) >= 0).all()
    seen = top_examples(network, params, x, layer, [0, 1, 2])
    assert (report.path[-1] > seen.mean_response + 1.0).all()  # a random input gives the mean, give or take


def test_the_start_is_where_it_begins() -> None:
    start = np.array([0.0, 0.0, 1.5])
    report = preferred_input(*linear_network(), "output", [1], WIDE, start=start)
    np.testing.assert_array_equal(report.start[0], start)
    assert report.path[0, 0] == 0


def test_the_examples_with_the_largest_responses_are_found() -> None:
    network, params = linear_network()
    x = np.zeros((20, 3))
    x[:, 1] = np.arange(20)  # responses 4 k and -k
    labels = np.r_[np.zeros(12), np.ones(8)].astype(np.int64)
    report = top_examples(network, params, x, "output", [0, 1], labels=labels)
    assert report.places.tolist() == [list(range(19, 10, -1)), list(range(9))]
    np.testing.assert_array_equal(report.responses[0], 4.0 * np.arange(19, 10, -1))
    np.testing.assert_allclose(report.mean_response, [38.0, -9.5])
    assert report.purity is not None
    np.testing.assert_allclose(report.purity, [8 / 9, 1.0])
    assert report.prior == 0.6


def test_without_a_choice_the_liveliest_units_are_taken() -> None:
    network, params = linear_network()
    x = np.random.default_rng(0).normal(size=(9, 3))
    assert top_examples(network, params, x, "output").units.tolist() == [0, 1]
    with pytest.raises(ValueError, match="units 0 to 1, not 2"):
        top_examples(network, params, x, "output", [2])
    with pytest.raises(ValueError, match="no examples"):
        top_examples(network, params, x[:0], "output")


def test_images_are_drawn_with_their_classes_above() -> None:
    report = top(is_image=True)
    figure = top_examples_figure(report)
    sheet, names = figure.data
    assert np.isfinite(sheet.z).sum() == 2 * 9 * 20
    assert report.labels is not None
    assert list(names.text) == [str(label) for label in report.labels.ravel()]
    grey = report.examples[0, 0].reshape(4, 5, 2).mean(axis=-1)
    rows, columns = np.nonzero(np.isfinite(sheet.z))
    first = np.asarray(sheet.z)[rows.min() : rows.min() + 4, columns.min() : columns.min() + 5]
    np.testing.assert_allclose(first, grey, rtol=1e-6)


def test_rows_of_a_table_are_drawn_as_cells() -> None:
    report = top(is_image=False, n_units=1)
    cells = top_examples_figure(report).data[0]
    np.testing.assert_allclose(cells.z, report.examples[0], rtol=1e-6)
    means = top(is_image=False)
    np.testing.assert_allclose(top_examples_figure(means).data[0].z, means.examples.mean(axis=1), rtol=1e-6)


def test_inputs_that_were_made_are_drawn_as_they_are() -> None:
    table = made(is_image=False)
    np.testing.assert_allclose(preferred_input_figure(table).data[0].z, table.inputs, rtol=1e-6)
    image = preferred_input_figure(made(is_image=True))
    assert np.isfinite(image.data[0].z).sum() == 2 * 20
    assert table_network()[0].nodes[-1].units == table.n_units
