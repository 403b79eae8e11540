"""The look of figures: colours that stay readable, names that do not overlap, types that fit the paper."""

from __future__ import annotations

from dataclasses import replace
from functools import cache

import numpy as np
import plotly.graph_objects as go
import pytest
from app_pages import LAYER, SMALL
from drawn_figures import FIGURES, moons

from datasets import load_dataset
from diagnostics.figures import layer_statistics as layer_figures
from diagnostics.figures.colors import RUN_COLORS, SURFACE, contrast, layer_color, on_dark
from diagnostics.figures.layer_strip import share_strip_figure, spread_strip_figure
from diagnostics.figures.lines import spaced
from diagnostics.figures.printing import fitted_to_print, with_title
from diagnostics.figures.table import figure_table
from diagnostics.figures.theme import apply_theme, themed
from diagnostics.layer_statistics import layer_histograms, layer_moments
from diagnostics.saturation import saturation
from runs import train_run
from runs.figure_export import PRESETS, apply_preset

BLACK = [20.0, 23.0, 28.0]  # the dark page, #14171c


@cache
def light(name: str) -> go.Figure:
    """A figure in the light theme, made once for all tests; whoever changes it takes a copy."""
    return apply_theme(FIGURES[name](), dark=False)


def rgb(color: str) -> list[float]:
    return [float(int(color[i : i + 2], 16)) for i in (1, 3, 5)]


@pytest.mark.parametrize("name", FIGURES)
def test_plotly_accepts_every_figure_in_both_themes(name: str) -> None:
    figure = FIGURES[name]()
    before = figure.to_json(validate=False)
    for dark in (False, True):
        assert len(apply_theme(figure, dark=dark).data) == len(figure.data)  # go.Figure checks every property
    assert figure.to_json(validate=False) == before


@pytest.mark.parametrize("name", [name for name in FIGURES if not name.startswith("strip")])
def test_every_figure_has_a_title_a_question_a_caption_and_a_sentence(name: str) -> None:
    meta = FIGURES[name]().layout.meta
    assert all(len(meta[part]) > 2 for part in ("title", "question", "caption", "summary")), meta
    assert meta["caption"].startswith(meta["reading"])


@pytest.mark.parametrize("color", RUN_COLORS)
def test_a_colour_stands_out_from_the_dark_page_and_a_bright_one_stays(color: str) -> None:
    assert contrast(rgb(on_dark(color)), BLACK) >= 3  # WCAG 2.2, 1.4.11
    if contrast(rgb(color), BLACK) >= 3:
        assert on_dark(color).lower() == color.lower()
    assert on_dark("inherit") == "inherit"


@pytest.mark.parametrize("dark", [False, True])
@pytest.mark.parametrize("color", [*RUN_COLORS, *(layer_color(depth, 9) for depth in range(9))])
def test_a_name_beside_a_line_can_be_read_on_either_page(color: str, dark: bool) -> None:
    (trace,) = themed(go.Figure([{"mode": "text", "textfont": {"color": color}}]), dark)["data"]
    assert contrast(rgb(trace["textfont"]["color"]), BLACK if dark else rgb(SURFACE)) >= 4.45  # WCAG 2.2, 1.4.3


def test_an_opacity_survives_the_dark_theme() -> None:
    assert on_dark("rgba(51,34,136,0.15)").endswith(",0.15)")


def test_layers_get_lighter_from_the_first_to_the_last() -> None:
    parts = [layer_color(depth, 6).removeprefix("rgba(").split(",")[:3] for depth in range(6)]
    from_white = [contrast([float(part) for part in color], [255.0] * 3) for color in parts]
    assert from_white == sorted(from_white, reverse=True)


def test_a_layer_has_one_colour_whatever_else_is_shown() -> None:
    bounded = layer_figures.layer_histograms_figure(layer_histograms(moons(), binning="linear"))  # dense1 alone
    strip = share_strip_figure(saturation(moons()), ["dense1", "dense2", "output"])
    lines = [trace.line.color for figure in (bounded, strip) for trace in figure.data if trace.name == "dense1"]
    assert lines == [layer_color(0, 3)] * 2


def test_names_are_moved_apart_as_little_as_it_takes() -> None:
    assert spaced([0.0, 1.0], 0.5) == [0.0, 1.0]
    assert spaced([1.0, 1.0], 0.5) == [0.75, 1.25]
    assert spaced([3.0, 0.0, 0.1], 1.0) == pytest.approx([3.0, -0.45, 0.55])
    assert spaced([0.0, 0.0, 0.0], 1.0, 0.0, 5.0) == [0.0, 1.0, 2.0]
    assert spaced([5.0, 5.0], 1.0, 0.0, 5.0) == [4.0, 5.0]
    assert spaced([], 1.0) == []


def test_the_names_of_lines_are_no_rows_of_the_table() -> None:
    for name in ("moments", "update ratio", "two runs"):
        table = figure_table(FIGURES[name]())
        assert not any("name" in series for series in table["series"]), name
        assert table.iloc[:, 1:].notna().all(axis=None) or name == "two runs"  # seeds are parted by a gap there


def test_the_activations_of_the_output_are_left_out_of_the_strip() -> None:
    shown = {trace.name for trace in spread_strip_figure(layer_moments(moons(), "activation")).data}
    assert {"dense1", "dense2"} <= shown
    assert "output" not in shown
    assert "output" in {trace.name for trace in FIGURES["strip of spreads"]().data}


def test_the_strip_shows_the_numbers_of_the_report() -> None:
    report = layer_moments(moons(), "gradient")
    traces = {trace.name: trace for trace in spread_strip_figure(report).data}
    after_start = report.layers[0].steps > 0  # step 0 has no place on a logarithmic axis
    np.testing.assert_allclose(traces["dense1"].y, report.layers[0].std.mean[after_start], rtol=1e-6)


def test_lines_that_end_alike_get_one_name() -> None:
    sigmoid = {**LAYER, "activation": "sigmoid"}
    one_step = train_run(replace(SMALL, layers=(sigmoid, sigmoid), max_steps=1), load_dataset("moons"))
    figure = share_strip_figure(saturation(one_step), ["dense1", "dense2", "output"])
    assert [trace.text[0].strip() for trace in figure.data if trace.mode == "text"] == ["all alike"]


@pytest.mark.parametrize("preset", PRESETS)
@pytest.mark.parametrize("name", [name for name in FIGURES if not name.startswith("strip")])
def test_a_printed_figure_has_its_width_and_type_and_the_same_numbers(name: str, preset: str) -> None:
    shown = FIGURES[name]()
    printed = fitted_to_print(apply_preset(light(name), preset), shown)
    size = PRESETS[preset].points * 96 / 72
    assert printed.layout.width == round(PRESETS[preset].width * 96)
    if name != "four numbers":  # a table is as high as its rows need (test_figure_labels)
        assert printed.layout.height <= round(1.35 * PRESETS[preset].height * 96)
    assert printed.layout.font.size == pytest.approx(size)
    for axis in (printed.layout.xaxis, printed.layout.yaxis):
        assert axis.tickfont.size is None or axis.tickfont.size == pytest.approx(0.9 * size)
    numbers = [
        [trace.get(letter) for trace in figure.to_dict()["data"] for letter in "xyz"] for figure in (shown, printed)
    ]
    assert numbers[0] == numbers[1]


def test_lines_grow_with_the_type() -> None:
    shown = FIGURES["gap"]()
    widths = {}
    for preset in PRESETS:
        printed = fitted_to_print(apply_preset(apply_theme(shown, dark=False), preset), shown)
        widths[preset] = next(trace for trace in printed.data if trace.name == "gap").line.width
    assert widths["one column"] < 2.2 < widths["slides"]


def test_a_slide_says_what_it_shows_and_has_room_for_it() -> None:
    shown = FIGURES["loss"]()
    printed = fitted_to_print(apply_preset(apply_theme(shown, dark=False), "slides"), shown)
    slide = with_title(printed)
    assert "Does the loss fall" in slide.layout.title.text
    assert slide.layout.margin.t > printed.layout.margin.t + 2 * printed.layout.font.size
    assert printed.layout.title.text is None


def test_a_legend_of_several_runs_has_one_entry_for_each_run() -> None:
    figure = FIGURES["two runs"]()
    named = [trace.name for trace in figure.data if trace.showlegend is not False]
    assert named == ["Moons", "Sine", "training", "validation"]
    groups = {trace.legendgroup for trace in figure.data if trace.name.startswith(named[0])}
    assert len(groups) == 1  # a click on the run hides both of its curves


def test_a_sheet_is_dark_where_the_page_is_dark() -> None:
    figure = FIGURES["saturation"]()
    light, dark = (themed(figure, dark=dark)["data"][0]["colorscale"][0][1] for dark in (False, True))
    assert contrast(rgb(light), [255.0] * 3) < 1.2
    assert contrast(rgb(dark), BLACK) < 1.2


@pytest.mark.parametrize("name", FIGURES)
def test_no_figure_offers_to_send_its_data_away(name: str) -> None:
    assert "sendChartToCloud" in light(name).layout.modebar.remove
