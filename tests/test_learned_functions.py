"""Decision surface, fitted function, confusion matrix, the drawings of data and of the network."""

from __future__ import annotations

import numpy as np
import pytest
from app_pages import SMALL

from datasets import load_dataset
from diagnostics import Run
from diagnostics.confusion import confusion
from diagnostics.decision_surface import decision_surface
from diagnostics.figures import data_set
from diagnostics.figures.colors import RUN_COLORS, layer_color
from diagnostics.figures.confusion import confusion_figure
from diagnostics.figures.decision_surface import decision_surface_figure, fitted_function_figure
from diagnostics.figures.network_drawing import network_drawing_figure
from diagnostics.figures.table import figure_table
from diagnostics.figures.theme import apply_theme
from diagnostics.fitted_function import fitted_function
from runs import train_run


def run_on(name: str) -> Run:
    return train_run(SMALL, load_dataset(name))


def test_the_surface_is_the_mean_output_of_the_seeds_on_the_grid() -> None:
    run = run_on("moons")
    report = decision_surface(run)
    outputs = run.series["grid/output"].values[-1]
    np.testing.assert_allclose(report.surface, outputs[:, :, 1].mean(axis=0).reshape(41, 41), rtol=1e-6)
    alone = decision_surface(run, step=0, seed=1)
    np.testing.assert_allclose(alone.surface.ravel(), run.series["grid/output"].values[0, 1, :, 1], rtol=1e-6)
    figure = decision_surface_figure(report)
    np.testing.assert_allclose(figure.data[0].z, report.surface, rtol=1e-6)
    assert figure.data[0].x[1] == pytest.approx(run.constants["grid/axes"][0, 1])


def test_more_classes_are_drawn_as_areas() -> None:
    report = decision_surface(run_on("blobs"))
    assert report.kind == "class"
    assert set(np.unique(report.surface)) <= {0, 1, 2}
    assert len(decision_surface_figure(report).data) == 1 + 3


def test_the_fitted_function_is_in_the_targets_own_unit() -> None:
    run = run_on("sine")
    report = fitted_function(run)
    mean, std = float(str(run.info["target_mean"])), float(str(run.info["target_std"]))
    np.testing.assert_allclose(
        report.values[:, 0], run.series["grid/output"].values[-1, 0, :, 0] * std + mean, rtol=1e-5
    )
    assert len(fitted_function_figure(report).data) == 5  # points, two edges, seeds, mean


def test_the_confusion_matrix_by_hand() -> None:
    run = run_on("iris")
    outputs, y = run.series["probe/output"].values[-1], run.constants["probe/y"]
    report = confusion(run)
    expected = np.mean([(one.argmax(axis=1)[y == 1] == 1).mean() for one in outputs])
    assert report.share[1, 1] == pytest.approx(expected)
    np.testing.assert_allclose(report.share.sum(axis=1), 1)
    assert confusion_figure(report).data[0].x == ("setosa", "versicolor", "virginica")


def test_what_does_not_fit_the_data_is_refused() -> None:
    with pytest.raises(ValueError, match="needs data with two features"):
        decision_surface(run_on("iris"))
    with pytest.raises(ValueError, match="needs data with one feature"):
        fitted_function(run_on("moons"))
    with pytest.raises(ValueError, match="needs a classification"):
        confusion(run_on("sine"))


def test_the_network_is_drawn_with_its_parameters() -> None:
    figure = network_drawing_figure(SMALL, 30, "classification", 2)
    # 30·6 + 6 + 6·6 + 6 + 6·2 + 2 = 242
    assert "242 parameters" in figure.layout.meta["caption"]
    labels = " ".join(annotation.text for annotation in figure.layout.annotations)
    assert "dense2" in labels
    assert "relu" in labels


def test_data_are_drawn_before_training() -> None:
    figure = data_set.class_balance_figure({"train": [6, 2], "validation": [1, 0], "test": [1, 0]}, ["a", "b"])
    assert "right in 80% of all rows" in figure.layout.meta["caption"]
    rare = data_set.class_balance_figure({"train": [1990, 10], "validation": [0, 0], "test": [0, 0]}, ["no", "yes"])
    assert "right in 99.5% of all rows" in rare.layout.meta["caption"]  # not in 100%
    data = load_dataset("moons")
    assert len(data_set.plane_figure(data.train.x, data.train.y, data.feature_names, data.class_names).data) == 2
    assert len(data_set.feature_ranges_figure(data.train.x, data.feature_names).data) == 2
    line = load_dataset("sine")
    assert len(data_set.line_figure(line.train.x, line.train.y, line.feature_names, "y").data[0].x) == 210
    parts = {"train": np.arange(5.0), "validation": np.arange(3.0), "test": np.arange(2.0)}
    target = data_set.target_distribution_figure(parts, "y")
    assert sum(sum(trace.y) for trace in target.data) == 10


def test_every_layer_has_its_colour_by_depth_and_both_themes_their_ink() -> None:
    colors = [layer_color(i, 5) for i in range(5)]
    assert len(set(colors)) == 5
    assert len(set(RUN_COLORS)) == 10
    figure = network_drawing_figure(SMALL, 2, "classification", 2)
    light = apply_theme(figure, dark=False).layout.font.color
    assert light != apply_theme(figure, dark=True).layout.font.color
    assert len(figure_table(figure)) > 0
