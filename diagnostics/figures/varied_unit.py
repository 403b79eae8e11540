"""The output along a slider, drawn; and what each layer says at one position of it."""

from __future__ import annotations

import numpy as np
import plotly.graph_objects as go

from diagnostics.figures.colors import CLASS_COLORS, THEORY
from diagnostics.figures.panel_places import PanelPlaces
from diagnostics.figures.theme import FigureWords, Naming, axis, figure_of, single
from diagnostics.figures.tiles import cells_trace, joined_names, signed_trace, tiles, tiles_layout
from diagnostics.varied_unit import VariedReport

MOST_EXAMPLES = 4
MOST_LINES = 6
NOTABLE = 0.05  # a probability that is reached nowhere is not drawn
PANEL_HEIGHT = 150
DASHES = ("solid", "dash", "dot", "dashdot", "longdash", "longdashdot")
MOST_UNITS = 64  # of a layer that are drawn
MOST_MAPS, MAP_COLUMNS = 32, 8
NAMED: Naming = {"title": "One part varied, all else held fixed", "term": "varied unit"}
MAPS: Naming = {"title": "What changes behind it", "term": "varied unit"}
QUESTION = "What does this part of the network do to the output?"
MAPS_QUESTION = "Which units change with it?"
LAYER_MAPS_QUESTION = "Where do the maps change with it?"
SOURCE = "Bengio 2012, section 4"


def varied_unit_figure(report: VariedReport) -> go.Figure:
    """Return a panel for each example: a line for each output along the slider, a dotted one where it stands itself."""
    n = min(len(report.outputs), MOST_EXAMPLES)
    lines = _notable(report, n)
    places = PanelPlaces(n, min(n, 2), x_gap=0.1, row_height=PANEL_HEIGHT, y_gap=64)
    layout = places.layout([_example_name(report, i) for i in range(n)], legend=True)
    traces: list[dict[str, object]] = []
    for i, (across, up) in enumerate(places.domains()):
        letter = "" if i == 0 else str(i + 1)
        place = {"xaxis": f"x{letter}", "yaxis": f"y{letter}"}
        traces += [{**_line(report, i, k, order), **place} for order, k in enumerate(lines)]
        traces.append({**_own(report, i, lines), **place})
        layout[f"xaxis{letter}"] = axis(
            _slider(report) if places.is_lowest(i) else "", domain=across, anchor=f"y{letter}"
        )
        layout[f"yaxis{letter}"] = axis(
            _output(report) if i % places.n_columns == 0 else "", domain=up, anchor=f"x{letter}", **_range(report)
        )
    words = FigureWords(
        QUESTION, _caption(report, lines), _summary(report), report.run_id, 1, SOURCE, details=_details(report), **NAMED
    )
    return figure_of(traces, words, kind="varied", layout=layout)


def varied_maps_figure(report: VariedReport, place: int, example: int = 0) -> go.Figure:
    """Return how much each unit of each layer has changed at one position of the slider, from what it says by itself.

    Parameters
    ----------
    report : VariedReport
    place : int
        In ``report.values``.
    example : int
    """
    names = list(report.maps)
    changes = [report.maps[name][example, place] - report.own_maps[name][example] for name in names]
    units = [np.abs(change).reshape(-1, change.shape[-1]).argmax(axis=0) for change in changes]
    strongest = [
        np.take_along_axis(change.reshape(-1, change.shape[-1]), where[None], axis=0)[0]
        for change, where in zip(changes, units, strict=True)
    ]
    largest = max(
        float(np.nanmax(np.abs(report.maps[name][example] - report.own_maps[name][example]), initial=0.0))
        for name in names
    )
    width = min(max(map(len, strongest)), MOST_UNITS)
    sheet = np.full((len(names), width), np.nan)
    for row, values in enumerate(strongest):
        sheet[row, : min(len(values), width)] = values[:width]
    trace = {
        **cells_trace(sheet, names, [], "change"),
        "x": list(range(width)),
        "zmin": -(largest or 1.0),
        "zmax": largest or 1.0,
        "hoverongaps": False,
        "hovertemplate": "%{y}, unit %{x}: %{z:.3~g}<extra></extra>",
        "name": "change",
    }
    layout = {
        "height": 110 + 28 * len(names),
        "xaxis": axis("unit", showgrid=False, ticks=""),
        "yaxis": axis("layer", type="category", autorange="reversed", showgrid=False, ticks=""),
    }
    changed = [name for name, values in zip(names, strongest, strict=True) if np.abs(values).max() > 1e-6]
    value = f"{report.values[place]:.3g}".replace("-", "−")
    caption = (
        f"A row for each layer, a cell for each unit: how much what it says has changed, with {report.what} at {value} "
        f"instead of {report.own[example]:.3g}".replace(" -", " −")
    )
    caption += ". A unit with several places shows where it changed most." if any(c.ndim > 1 for c in changes) else "."
    if max(map(len, strongest)) > width:
        caption += f" The first {width} units of each layer are shown."
    summary = f"With {report.what} at {value}, {joined_names(changed)} changed." if changed else "Nothing has changed."
    words = FigureWords(MAPS_QUESTION, caption, summary, report.run_id, 1, SOURCE, details=_details(report), **MAPS)
    return figure_of([trace], words, kind="varied-maps", layout=layout)


def layer_maps_figure(report: VariedReport, layer: str, place: int, example: int = 0) -> go.Figure:
    """Return the maps of a layer that says images, one for each unit, at one position of the slider.

    All positions share one scale of colours, so that frames can be compared.

    Raises
    ------
    ValueError
        If what the layer says is no image.
    """
    maps = np.asarray(report.maps[layer][example])
    if maps.ndim != 4:
        raise ValueError(f"{layer} says no images: choose a convolution or pooling layer")
    shown = min(maps.shape[-1], MOST_MAPS)
    names = [f"unit {unit}" for unit in range(shown)]
    laid = tiles(np.moveaxis(maps[place, ..., :shown], -1, 0), min(MAP_COLUMNS, shown), names)
    most = float(np.abs(maps).max()) or 1.0
    sheet = {**signed_trace(laid, names, "activation"), "zmin": -most, "zmax": most}
    change = np.abs(maps[place] - report.own_maps[layer][example]).reshape(-1, maps.shape[-1]).max(axis=0)
    value = f"{report.values[place]:.3g}".replace("-", "−")
    caption = f"What each unit of {layer} says at each place, with {report.what} at {value}. All maps share one scale."
    if shown < maps.shape[-1]:
        caption += f" The first {shown} of {maps.shape[-1]} units are shown."
    n_changed = int((change > 1e-6).sum())
    summary = f"{n_changed} of {maps.shape[-1]} maps differ from what they are by themselves."
    named: Naming = {"title": f"Maps of {layer}", "term": MAPS["term"]}
    words = FigureWords(
        LAYER_MAPS_QUESTION, caption, summary, report.run_id, 1, SOURCE, details=_details(report), **named
    )
    return figure_of([sheet, *laid.names], words, kind="layer-maps", layout=tiles_layout(laid))


def _notable(report: VariedReport, n: int) -> list[int]:
    """The outputs that are drawn: of classes those that some panel shows above zero, the largest first."""
    heights = report.outputs[:n].max(axis=(0, 1))
    order = np.argsort(-heights, kind="stable")[:MOST_LINES]
    if report.is_classes:
        order = order[(heights[order] >= NOTABLE) | (np.arange(len(order)) < 2)]
    return sorted(int(k) for k in order)


def _line(report: VariedReport, example: int, k: int, order: int) -> dict[str, object]:
    name = _name(report, k)
    return {
        "type": "scatter",
        "mode": "lines",
        "x": single(report.values),
        "y": single(report.outputs[example, :, k]),
        "name": name,
        "legendgroup": name,
        "showlegend": example == 0,
        "line": {"color": CLASS_COLORS[k % 10], "width": 2, "dash": DASHES[order % len(DASHES)]},
        "customdata": np.array([[_example_name(report, example)]] * len(report.values), dtype=object),
        "meta": {"columns": ["example"]},
        "hovertemplate": f"{name}: %{{y:.3~g}}<extra></extra>",
    }


def _own(report: VariedReport, example: int, lines: list[int]) -> dict[str, object]:
    """The place of the slider that changes nothing, from the least to the largest number of the panel."""
    shown = report.outputs[example][:, lines]
    low, high = (0.0, 1.0) if report.is_classes else (float(shown.min()), float(shown.max()))
    return {
        "type": "scatter",
        "mode": "lines",
        "x": [float(report.own[example])] * 2,
        "y": [low, high],
        "name": "as it is",
        "legendgroup": "as it is",
        "showlegend": example == 0,
        "line": {"color": THEORY, "width": 1.5, "dash": "dot"},
        "customdata": np.array([[_example_name(report, example)]] * 2, dtype=object),
        "meta": {"columns": ["example"]},
        "hovertemplate": "as it is: %{x:.3~g}<extra></extra>",
    }


def _name(report: VariedReport, k: int) -> str:
    return report.output_names[k] if k < len(report.output_names) else f"output {k}"


def _example_name(report: VariedReport, i: int) -> str:
    return report.example_names[i] if i < len(report.example_names) else f"example {i}"


def _slider(report: VariedReport) -> str:
    return f"value of {report.what}" if report.kind == "value" else f"factor on {report.what}"


def _output(report: VariedReport) -> str:
    return "probability" if report.is_classes else "output"


def _range(report: VariedReport) -> dict[str, object]:
    return {"range": [-0.02, 1.02]} if report.is_classes else {}


def _caption(report: VariedReport, lines: list[int]) -> str:
    what = "given each value that it takes on the data" if report.kind == "value" else "multiplied by each factor"
    verb = "is" if report.what.startswith("unit") else "are"
    caption = (
        f"The output for each example when {report.what} {verb} {what} and all else stays as it is. Dotted: where it "
        "stands by itself. A level line: the output does not depend on it."
    )
    n_outputs = report.outputs.shape[2]
    return f"{caption} Shown are {len(lines)} of {n_outputs} outputs." if len(lines) < n_outputs else caption


def _details(report: VariedReport) -> str:
    return f"Seed {report.seed} at step {report.step}."


def _summary(report: VariedReport) -> str:
    spans = report.outputs.max(axis=1) - report.outputs.min(axis=1)
    i, k = np.unravel_index(int(np.argmax(spans)), spans.shape)
    low, high = report.outputs[i, :, k].min(), report.outputs[i, :, k].max()
    what = f"the probability of {_name(report, int(k))}" if report.is_classes else _name(report, int(k))
    text = f"Most of all {what} changes for {_example_name(report, int(i))}: from {low:.2g} to {high:.2g}."
    return text.replace(" -", " −")
