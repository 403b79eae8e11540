"""Densities on merged bins by hand, marks for what no bin holds, axes that stay, spreads, ridgelines, four numbers."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from made_runs import STEPS, histogram, made_run, per_seed

from diagnostics import BINNINGS, Run, Series
from diagnostics.figures.axis_range import outside_in_words, robust_range
from diagnostics.figures.layer_distributions import (
    DistributionView,
    layer_distributions_figure,
    layer_distributions_frames,
)
from diagnostics.figures.layer_spread import percentiles_figure, spread_figure
from diagnostics.figures.layer_summary import layer_summary_figure, layer_summary_frames
from diagnostics.figures.ridgelines import ridgelines_figure
from diagnostics.figures.table import figure_table
from diagnostics.figures.theme import drawn
from diagnostics.layer_densities import density, layer_densities
from diagnostics.layer_statistics import histogram_over_time, layer_moments
from diagnostics.layer_summary import layer_summary, summary_table

NORMAL = np.random.default_rng(0).normal(0, 0.3, (2, 4000)).tolist()


def run() -> Run:
    moments = {
        f"dense1/activation/{what}": per_seed([[value, value]] * 4)
        for what, value in (("mean", 0.5), ("std", 0.25), ("minimum", -1), ("maximum", 2))
    }
    quantiles = np.tile(np.array([-0.5, 0, 0.5, 1, 1.5]), (4, 2, 1))
    return made_run(
        {
            **moments,
            "dense1/activation/quantiles": Series(("step", "seed", "quantile"), "", STEPS, quantiles),
            "dense1/activation/histogram": histogram("linear", [[-1, 0.001, 0.001, 1], [-1, 0.001, 0.001, 1]]),
            "dense1/gradient/histogram": histogram("symlog", NORMAL),
            "dense2/gradient/histogram": histogram("symlog", [[0, 0, 0.1, 9e9], [0, 0, 0.1, np.nan]]),
            "dense1/activation/saturated_share": per_seed([[0, 0.5]] * 4),
            "dense2/activation/dead_share": per_seed([[0.25, 0.75]] * 4),
        }
    )


def test_a_density_is_a_share_per_width_of_a_merged_bin() -> None:
    (report,) = layer_densities(run())
    (item,) = report.layers
    heights = density(report, item.share)
    at_zero = int(np.searchsorted(report.edges, 0.001, side="right")) - 1
    assert heights[at_zero] == pytest.approx(0.5 / (4 * 2.1 / 256))  # half of the numbers in four recorded bins
    assert (heights * np.diff(report.edges)).sum() == pytest.approx(1)


def test_the_density_of_normal_numbers_is_the_bell() -> None:
    (report,) = layer_densities(run(), "gradient")
    centers = (report.edges[:-1] + report.edges[1:]) / 2
    bell = np.exp(-0.5 * (centers / 0.3) ** 2) / (0.3 * np.sqrt(2 * np.pi))
    widths = np.diff(report.edges)
    error = np.sqrt(bell / widths / 8000)  # of a count of 8000 numbers, as density
    found = density(report, report.layers[0].share)
    assert (np.abs(found - bell) < 4.5 * error + 0.1 * bell + 0.01).all()  # 0.1: the outer bins are wide


def test_merged_bins_are_whole_recorded_bins_none_much_narrower_than_a_sixtieth() -> None:
    (report,) = layer_densities(run(), "gradient")
    assert np.isin(report.edges, BINNINGS["symlog"].edges).all()
    reach = report.edges[-1]
    assert report.edges[0] == -reach
    assert 0.8 < reach < 1.1  # 99.5 % of normal numbers of deviation 0.3 lie within 0.84; a bin is 15 % wide
    assert np.diff(report.edges)[:-1].min() >= reach / 60 * 0.999


@settings(max_examples=25, deadline=None)
@given(st.lists(st.floats(width=32), min_size=1, max_size=30))
def test_nothing_is_lost(numbers: list[float]) -> None:
    made = made_run({"dense1/gradient/histogram": histogram("symlog", [numbers, numbers])})
    (item,) = layer_densities(made, "gradient")[0].layers
    assert item.share.sum() + item.zero + item.outside + item.not_finite == pytest.approx(1)
    assert item.n_numbers == len(numbers)


def test_what_no_bin_holds_stands_beside_the_plot_and_in_words() -> None:
    (report,) = layer_densities(run(), "gradient")
    figure = layer_distributions_figure(report)
    marks = next(trace for trace in figure.data if trace.name == "dense2, in no bin")
    assert list(marks.x) == ["0", "←", "→", "NaN"]  # the other layer has some below the axis
    np.testing.assert_allclose(marks.y, [0.5, 0, 0.125, 0.125])
    assert "dense2 50% exactly 0" in figure.layout.meta["summary"]
    panels = layer_distributions_figure(report, DistributionView(panels=True))
    labels = [trace.text[0] for trace in panels.data if trace.mode == "text"]
    assert labels[1].split("\u2003") == ["dense2", "0: 50%", "→: 12%", "NaN: 12%"]


def test_counts_are_numbers_of_one_seed_and_empty_bins_lie_below_a_logarithmic_axis() -> None:
    (report,) = layer_densities(run())
    counts = layer_distributions_figure(report, DistributionView("count"))
    line = next(trace for trace in counts.data if trace.name == "dense1")
    assert np.sum(line.y) == pytest.approx(4)
    logarithmic = layer_distributions_figure(report, DistributionView("share", log=True))
    line = next(trace for trace in logarithmic.data if trace.name == "dense1")
    inside = np.log10(line.y) >= logarithmic.layout.yaxis.range[0]
    assert inside.sum() == 3  # each between two that are not: open ends would leave a bin alone unseen
    assert np.isfinite(line.y).all()
    assert logarithmic.layout.yaxis.type == "log"
    table = figure_table(logarithmic)
    assert (table.loc[table["series"] == "dense1"].iloc[:, -1] > 0).sum() == 3  # what is drawn below is no number


def test_frames_have_the_same_axes_and_traces() -> None:
    base = run()
    exploding = np.asarray(base.series["dense1/gradient/histogram"].values).copy()
    exploding[3] = 0
    exploding[3, :, 192 + 150] = 1  # all numbers in one bin
    base.series["dense1/gradient/histogram"].values[...] = exploding  # type: ignore[index]
    reports = layer_densities(base, "gradient", [0, 1, 2, 4])
    frames = [drawn(parts) for parts in layer_distributions_frames(reports)]
    assert [report.step for report in reports] == [0, 1, 2, 4]
    assert len({str(frame.layout.yaxis.range) + str(frame.layout.xaxis.range) for frame in frames}) == 1
    assert len({tuple(trace.name for trace in frame.data) for frame in frames}) == 1
    alone = layer_distributions_figure(reports[0]).layout.yaxis.range[1]
    assert frames[0].layout.yaxis.range[1] <= 2.2 * alone  # one record does not stretch the axis without limit


def test_an_axis_holds_everything_but_what_explodes() -> None:
    steady = [np.arange(10.0)]
    assert robust_range([np.zeros(10)], steady, from_zero=True) == (0.0, pytest.approx(9 * 1.06), 0)
    burst = np.append(np.ones(9), 1e6)
    low, high, outside = robust_range([np.zeros(10)], [burst], from_zero=True)
    assert (low, outside) == (0.0, 1)
    assert 1 < high < 3
    assert robust_range([np.full(3, np.nan)], [np.full(3, np.inf)]) == (0.0, 1.0, 0)
    assert outside_in_words(0) == ""
    assert outside_in_words(1).startswith("1 record lies")


def test_percentiles_stand_on_both_sides() -> None:
    traces = {trace.name: trace for trace in percentiles_figure(layer_moments(run()), log_x=False).data}
    assert traces["dense1"].y.tolist() == [0.25] * 4
    assert traces["dense1, below"].y.tolist() == [-0.25] * 4
    assert traces["dense1, 98th percentile"].y.tolist() == [1.5] * 4
    assert traces["dense1, 2nd percentile"].y.tolist() == [-0.5] * 4


def test_the_spread_of_a_diverged_run_keeps_a_readable_axis() -> None:
    base = run()
    series = dict(base.series)
    for layer, rows in (("dense1", [1, 1, 1, 1e30]), ("dense2", [2, 2, 4, np.nan])):
        for what in ("mean", "std"):
            series[f"{layer}/gradient/{what}"] = per_seed([[value, value] for value in rows])
        series[f"{layer}/gradient/quantiles"] = series["dense1/activation/quantiles"]
    report = layer_moments(made_run(series), "gradient")
    linear = spread_figure(report, log_x=False, log_y=False)
    assert linear.layout.yaxis.range[1] == pytest.approx(1.06 * 40)  # ten times what the other three need
    assert "dense2 spreads most (2), 2 times as far as dense1" in linear.layout.meta["summary"]
    logarithmic = spread_figure(report, log_x=False, log_y=True)
    assert logarithmic.layout.yaxis.range[1] == pytest.approx(30.2)
    assert len(logarithmic.layout.yaxis.tickvals) < 20  # not one for each of 30 decades


def test_ridges_stand_on_their_records() -> None:
    figure = ridgelines_figure(histogram_over_time(run(), "dense1"))
    outlines = [trace for trace in figure.data if trace.fill == "tonexty"]
    assert [trace.name for trace in outlines] == [f"step {step}" for step in STEPS]
    for base, trace in zip((3, 2, 1, 0), outlines, strict=True):
        assert trace.y.min() == base
        assert trace.y.max() == pytest.approx(base + 2.6)
        assert np.max(trace.customdata) == pytest.approx(0.5)
    told = ridgelines_figure(histogram_over_time(run(), "dense2", "gradient")).layout.meta["caption"]
    assert "12.5% outside of the bins" in told
    assert "12.5% not finite" in told


def test_four_numbers_of_each_layer_are_grouped() -> None:
    report = layer_summary(run())
    table = summary_table(report)
    assert table.columns.tolist() == ["quantity", "layer", "mean", "std", "minimum", "maximum"]
    assert table.iloc[0].tolist() == ["activations", "dense1", 0.5, 0.25, -1, 2]
    figure = layer_summary_figure(report)
    assert list(figure.data[0].text[1]) == ["0.5", "0.25", "−1", "2"]
    empty = layer_summary(made_run({}))
    before, after = layer_summary_frames([empty, report])
    assert np.shape(before.data[0].z) == np.shape(after.data[0].z) == (2, 4)  # the name of the group, and one layer


def test_nothing_recorded_gives_a_sentence() -> None:
    empty = made_run({})
    figures = [
        layer_distributions_figure(layer_densities(empty)[0]),
        percentiles_figure(layer_moments(empty)),
        spread_figure(layer_moments(empty)),
        ridgelines_figure(histogram_over_time(empty, "dense1")),
        layer_summary_figure(layer_summary(empty)),
    ]
    assert all(len(figure.data) == 0 and len(figure.layout.annotations[0].text) > 10 for figure in figures)
