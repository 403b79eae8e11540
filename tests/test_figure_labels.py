"""Labels of figures: enough to read a number by, never more than have room, and none that is wrong of one seed."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest
from app_pages import SMALL
from drawn_figures import moons

from datasets import load_dataset
from diagnostics.depth_profile import depth_profile
from diagnostics.figures.depth_profile import depth_profile_figure
from diagnostics.figures.layer_spread import spread_figure
from diagnostics.figures.layer_strip import spread_strip_figure
from diagnostics.figures.layer_summary import layer_summary_figure
from diagnostics.figures.log_ticks import MOST_POWERS, log_ticks
from diagnostics.figures.map_surroundings import _beside
from diagnostics.figures.printing import fitted_to_print
from diagnostics.figures.table import figure_table
from diagnostics.figures.theme import FigureWords, axis, figure_of, log_axis
from diagnostics.figures.update_ratio import update_ratio_figure
from diagnostics.layer_statistics import layer_moments
from diagnostics.layer_summary import LayerSummaryReport
from diagnostics.update_ratio import update_ratio
from pages.components import frame, words
from runs import train_run
from runs.figure_export import PRESETS, apply_preset


def seen(ticks: dict[str, object], low: float, high: float) -> list[str]:
    places, texts = ticks["tickvals"], ticks["ticktext"]
    return [text for place, text in zip(places, texts, strict=True) if low <= math.log10(place) <= high]  # type: ignore[call-overload]


@pytest.mark.parametrize("low", [-7.3, -0.7, 0.0, 2.9])
@pytest.mark.parametrize("decades", [0.2, 0.5, 0.9, 1.3, 2.0, 3.5, 9.0, 29.0])
def test_every_axis_has_enough_labels_and_room_for_them(low: float, decades: float) -> None:
    found = seen(log_ticks(low, low + decades), low, low + decades)
    assert 3 <= len(found) <= MOST_POWERS + 2, found
    assert len(set(found)) == len(found)


def test_an_axis_that_says_nothing_of_its_range_follows_what_is_drawn() -> None:
    line = {"type": "scatter", "x": np.array([1, 2, 4]), "y": np.array([0.2, np.nan, 3.0])}
    layout = {"xaxis": log_axis("step (updates)", True), "yaxis": log_axis("loss", True)}
    figure = figure_of([line], FigureWords("?", "", ""), kind="any", layout=layout)
    x, y = (one.to_plotly_json() for one in (figure.layout.xaxis, figure.layout.yaxis))
    assert seen(x, 0.0, math.log10(4)) == ["1", "2", "3"]  # steps are whole numbers
    assert seen(y, math.log10(0.2), math.log10(3)) == ["0.2", "0.5", "1", "2"]


def test_a_strip_has_few_labels_however_far_its_numbers_spread() -> None:
    report = layer_moments(moons(), "gradient")
    stds = [10.0 ** np.linspace(-9, 0, len(item.steps)) for item in report.layers]
    for item, std in zip(report.layers, stds, strict=True):
        item.std.mean[:] = std
    strip = spread_strip_figure(report).layout.yaxis
    assert 2 <= len(seen(strip.to_plotly_json(), -9, 0)) <= 4


def test_numbers_that_have_exploded_are_written_as_powers() -> None:
    assert axis("activation", range=[-6e13, 6e13])["exponentformat"] == "power"
    assert "exponentformat" not in axis("activation", range=[-60.0, 60.0])


def test_one_seed_has_no_band_and_no_words_about_one() -> None:
    alone = train_run(replace(SMALL, seeds=(0,)), load_dataset("moons", n=60))
    figures = [update_ratio_figure(update_ratio(alone)), spread_figure(layer_moments(alone))]
    assert not any("band" in figure.layout.meta["reading"] for figure in figures)


def test_each_group_of_the_table_has_a_line_of_its_own_and_what_is_missing_is_said() -> None:
    numbers = np.array([[0.5, 1, -2, 3], [np.nan] * 4, [1e-12, 1, -1, 1]])
    report = LayerSummaryReport(3, ("weights", "weights", "biases"), ("dense1", "output", "dense1"), numbers, "run", 2)
    figure = layer_summary_figure(report)
    table = figure_table(figure)
    assert table.iloc[0].tolist() == ["weights", "dense1", "mean", 0.5]
    assert len(table) == 8  # what is missing has no number
    empty = np.isnan(np.asarray(figure.data[0].z, dtype=np.float64)).all(axis=1)
    assert empty.tolist() == [True, False, False, True, False]
    heads = [(entry.text, entry.y) for entry in figure.layout.annotations]
    assert heads == [("<b>weights</b>", 0), ("<b>biases</b>", 3)]
    assert list(figure.data[0].text[2]) == ["–"] * 4  # an empty cell would not show its text


def test_a_run_that_diverged_says_so() -> None:
    store = frame.store()
    wild = replace(SMALL, optimizer={"type": "sgd", "learning_rate": 100.0}, seeds=(0, 1))
    lost = store.entry(train_run(wild, load_dataset("sine", n=60), store=store).id)
    well = store.entry(train_run(SMALL, load_dataset("sine", n=60), store=store).id)
    assert words.diverged(lost) == "diverged"
    assert "finished, diverged" in frame.state_in_words(lost, "finished")
    assert words.diverged(well) == ""
    assert words.diverged(replace(lost, diverged={1: 7})) == "1 of 2 seeds diverged"
    report = depth_profile(store.load(lost.id), "activation", lost.diverged[0])
    assert "No number is finite at step" in depth_profile_figure(report).layout.annotations[0].text.replace("<br>", " ")


@pytest.mark.parametrize("preset", PRESETS)
def test_a_table_is_printed_as_high_as_its_rows_need(preset: str) -> None:
    report = LayerSummaryReport(0, ("weights",) * 40, tuple(f"dense{i}" for i in range(40)), np.ones((40, 4)), "run", 1)
    figure = layer_summary_figure(report)
    printed = fitted_to_print(apply_preset(figure, preset), figure)
    row = (printed.layout.height - printed.layout.margin.t - printed.layout.margin.b) / 41
    assert row > 1.3 * printed.data[0].textfont.size


def test_names_of_known_functions_stay_on_the_map_and_apart() -> None:
    paths = np.array([[0.0, 0.0], [1.0, 1.0]])
    crosses = np.array([[0.02, 0.5], [0.1, 0.52], [0.99, 0.5], [0.5, 0.9]])
    assert _beside(crosses, paths) == ["top right", "bottom right", "top left", "top center"]
    assert _beside(crosses[:1], crosses[:1]) == ["top right"]  # all in one place
