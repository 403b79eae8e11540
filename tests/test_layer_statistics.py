"""Layers: shares on shared bins by hand, moments, saturation, update ratios, and what the figures show of them."""

from __future__ import annotations

import numpy as np
import pytest
from made_runs import STEPS, histogram, made_run, per_seed

from diagnostics import Run, Series
from diagnostics.figures.layer_statistics import (
    histogram_over_time_figure,
    layer_histograms_figure,
    layer_moments_figure,
)
from diagnostics.figures.saturation import saturation_figure
from diagnostics.figures.update_ratio import update_ratio_figure
from diagnostics.layer_statistics import binnings, histogram_over_time, layer_histograms, layer_moments, recorded_steps
from diagnostics.saturation import dead_units, saturation
from diagnostics.update_ratio import update_ratio

QUANTILES = Series(("step", "seed", "quantile"), "", STEPS, np.tile(np.array([-2, -1, 0, 1, 2.0]), (4, 2, 1)))


def run() -> Run:
    rows = [[0, 0], [0.1, 0.3], [0.2, 0.4], [0.8, 1.0]]
    series = {
        "dense1/activation/histogram": histogram("linear", [[-1, -1, 0.001, 1], [-1, 0.001, 0.001, 1]]),
        "dense2/activation/histogram": histogram("symlog", [[0, 0, 0, 1.01], [0, 0, 1.01, 1e5]]),
        "dense1/activation/saturated_share": per_seed(rows),
        "dense2/activation/saturated_share": per_seed(np.full((4, 2), np.nan)),
        "dense1/activation/dead_share": per_seed(np.full((4, 2), np.nan)),
        "dense2/activation/dead_share": per_seed(rows),
        "dense1/update/update_ratio": per_seed([[1e-3, 3e-3]] * 4),
    }
    for what, values in (("mean", [[0.5, 1.5]] * 4), ("std", [[1, 3]] * 4)):
        series[f"dense1/activation/{what}"] = per_seed(values)
    series["dense1/activation/quantiles"] = QUANTILES
    return made_run(series)


def test_histograms_are_shares_of_all_numbers_on_whole_recorded_bins() -> None:
    report = layer_histograms(run())
    assert report.binning == "linear"
    assert report.left_out == ("dense2",)
    assert len(report.edges) == 65
    (item,) = report.layers
    assert item.share.sum() == pytest.approx(1)
    low, middle, high = (int(np.searchsorted(report.edges, v, side="right")) - 1 for v in (-1, 0.001, 1))
    assert item.share[[low, middle, high]].tolist() == pytest.approx([0.375, 0.375, 0.25])
    assert (item.low[low], item.high[low]) == (0.25, 0.5)


def test_exact_zeros_and_what_lies_outside_are_told_apart() -> None:
    (item,) = layer_histograms(run(), binning="symlog").layers
    assert item.zero == pytest.approx((3 + 2) / 8)
    assert item.outside == pytest.approx(1 / 8)
    assert item.share.sum() + item.zero + item.outside == pytest.approx(1)
    assert binnings(run(), "activation") == ("linear", "symlog")


def test_moments_are_means_over_the_seeds() -> None:
    (item,) = layer_moments(run()).layers
    assert item.mean.mean.tolist() == [1, 1, 1, 1]
    assert item.std.mean.tolist() == [2, 2, 2, 2]
    assert (item.low.mean[0], item.high.mean[0]) == (-2, 2)
    figure = layer_moments_figure(layer_moments(run()), log_x=False)
    traces = {trace.name: trace for trace in figure.data}
    assert traces["dense1, upper edge"].y.tolist() == [3, 3, 3, 3]
    assert traces["dense1, 98th percentile"].y.tolist() == [2, 2, 2, 2]


def test_saturated_and_dead_shares_leave_out_layers_for_which_they_are_not_defined() -> None:
    saturated, dead = saturation(run()), dead_units(run())
    assert (saturated.layers, dead.layers) == (("dense1",), ("dense2",))
    assert saturated.share[0].tolist() == pytest.approx([0, 0.2, 0.3, 0.9])
    figure = saturation_figure(saturated)
    np.testing.assert_allclose(figure.data[0].z[0], [0, 0.2, 0.3, 0.9], rtol=1e-6)
    assert "dense1 90%" in figure.layout.meta["summary"]


def test_the_update_ratio_has_its_band() -> None:
    figure = update_ratio_figure(update_ratio(run()))
    line = next(trace for trace in figure.data if trace.name == "dense1")
    np.testing.assert_allclose(line.y, 2e-3, rtol=1e-6)
    assert (figure.layout.shapes[0].y0, figure.layout.shapes[0].y1) == (1e-3, 1e-2)


def test_the_figure_draws_every_layer_on_the_same_bins() -> None:
    figure = layer_histograms_figure(layer_histograms(run()))
    line = next(trace for trace in figure.data if trace.name == "dense1")
    assert np.sum(line.y) == pytest.approx(1, rel=1e-5)
    assert "Not on this scale: dense2" in figure.layout.meta["caption"]
    logarithmic = layer_histograms_figure(layer_histograms(run(), binning="symlog"))
    assert "0" in logarithmic.layout.xaxis.ticktext
    assert np.max(logarithmic.data[-1].y) == pytest.approx(5 / 8)


def test_over_time_each_column_is_one_record() -> None:
    report = histogram_over_time(run(), "dense2")
    assert report.share.shape == (4, 77)
    figure = histogram_over_time_figure(report)
    assert np.asarray(figure.data[0].z).shape[1] == 4
    assert recorded_steps(run()).tolist() == [0, 1, 2, 4]


def test_nothing_recorded_gives_a_sentence() -> None:
    empty = made_run({})
    figures = [
        layer_histograms_figure(layer_histograms(empty)),
        layer_moments_figure(layer_moments(empty)),
        histogram_over_time_figure(histogram_over_time(empty, "dense1")),
        saturation_figure(saturation(empty)),
        update_ratio_figure(update_ratio(empty)),
    ]
    for figure in figures:
        assert len(figure.data) == 0
        assert len(figure.layout.annotations[0].text) > 10
