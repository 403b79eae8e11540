"""Hinton diagrams: the area of a square is the size of a weight."""

from __future__ import annotations

import numpy as np
import pytest
from feature_reports import hinton, image_network

from diagnostics import hinton_diagram as hinton_diagrams
from diagnostics.figures.hinton_diagram import hinton_diagram_figure
from diagnostics.figures.table import figure_table
from models import Experiment, Network


def made_report(weights: np.ndarray, most: tuple[int, int] = (32, 48)) -> hinton_diagrams.HintonReport:
    """Of a network without hidden layer, whose weights are given as (units, inputs)."""
    network = Network.build(Experiment(layers=(), dtype="float64"), weights.shape[1], "regression", weights.shape[0])
    params = np.zeros(network.n_parameters)
    network.views(params)["output/W"][...] = weights.T
    return hinton_diagrams.hinton_diagram(network, params, "output/W", most=most)


def sides(trace: object) -> list[float]:
    """Widths of the squares of a path: five corners and a gap each."""
    x = np.asarray(trace.x).reshape(-1, 6)
    return [float(square[1] - square[0]) for square in x]


def test_the_area_of_a_square_is_proportional_to_the_weight() -> None:
    figure = hinton_diagram_figure(made_report(np.array([[1.0, -4.0], [0.0, 0.25]])))
    positive, negative = sides(figure.data[0]), sides(figure.data[1])
    assert len(positive) == 2  # a weight of zero has no square
    assert len(negative) == 1
    largest = negative[0] ** 2
    assert [side**2 / largest for side in positive] == pytest.approx([1 / 4, 0.25 / 4], rel=1e-5)
    assert negative[0] < 1  # within its cell


def test_a_square_stands_in_the_cell_of_its_weight() -> None:
    positive = hinton_diagram_figure(made_report(np.array([[0.0, 0.0, 0.0], [0.0, 0.0, 2.0]]))).data[0]
    assert np.mean(np.asarray(positive.x)[:4]) == pytest.approx(2)  # third input
    assert np.mean(np.asarray(positive.y)[:4]) == pytest.approx(1)  # second unit


def test_a_large_matrix_is_cut_to_its_strongest_rows_and_columns() -> None:
    weights = np.full((5, 6), 0.1)
    weights[3, 4], weights[1, 2] = 9.0, -8.0
    report = made_report(weights, most=(2, 2))
    assert report.rows.tolist() == [1, 3]
    assert report.columns.tolist() == [2, 4]
    np.testing.assert_array_equal(report.weights, [[-8.0, 0.1], [0.1, 9.0]])
    # 64 + 81 + 2·0.01 of 64 + 81 + 28·0.01
    assert report.share == pytest.approx(145.02 / 145.28)
    assert "2 of 5 units" in hinton_diagram_figure(report).layout.meta["caption"]


def test_the_table_has_each_weight_once_by_its_name() -> None:
    report = hinton()
    table = figure_table(hinton_diagram_figure(report))
    assert len(table) == report.weights.size
    row = table[table["of"] == "height → unit 2"]
    assert row["value"].item() == pytest.approx(report.weights[2, 1])


def test_names_of_features_stand_below_the_columns() -> None:
    assert list(hinton_diagram_figure(hinton()).layout.xaxis.ticktext) == ["age", "height", "weight"]


def test_a_kernel_is_read_as_a_matrix_and_an_unknown_name_refused() -> None:
    network, params = image_network()
    report = hinton_diagrams.hinton_diagram(network, params, "convolution1/W")
    assert (report.n_rows, report.n_columns) == (3, 18)
    with pytest.raises(ValueError, match=r"choose one of convolution1/W, dense1/W, output/W"):
        hinton_diagrams.hinton_diagram(network, params, "convolution1/b")


def test_weights_of_zero_give_an_empty_diagram() -> None:
    figure = hinton_diagram_figure(made_report(np.zeros((2, 2))))
    assert sides(figure.data[0]) == sides(figure.data[1]) == []
