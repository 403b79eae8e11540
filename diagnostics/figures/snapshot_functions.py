"""The function behind a point of a map, drawn; which snapshot it is stands above it. Start at `function_panel`."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import plotly.graph_objects as go

from diagnostics.figures.axis_range import robust_range
from diagnostics.figures.colors import CLASS_COLORS, RUN_COLORS, SCALES, faded
from diagnostics.figures.packing import Path
from diagnostics.figures.plain_names import with_plain_names
from diagnostics.figures.theme import BOTTOM, LEFT, FigureWords, axis, figure_of, single
from diagnostics.snapshot_functions import SnapshotFunctionsReport

HEIGHT = 420
LINE = 17  # pixels of a line of words above it
WIDTH, MOST_LINES = 46, 3  # letters and lines of the settings
POINTS = 200  # training examples, at most
GREY = "rgba(122,130,140,0.6)"
TITLES = {
    "surface": "The function there",
    "classes": "The function there",
    "curve": "The function there",
    "confusion": "Its answers there",
    "per class": "Its answers there",
    "predictions": "Its predictions there",
}
READING = {
    "surface": "Colour: {output} over the two features; points: training examples.",
    "classes": "Colour: the likeliest class over the two features; points: training examples.",
    "curve": "Line: {output} over the feature; points: training examples.",
    "confusion": "Of the probe examples of each true class (row), the share predicted as each class (column).",
    "per class": "Share of the probe examples that are answered rightly.",
    "predictions": "Each point is a probe example: on the line the prediction is right.",
}


NUMBERS = ("surface", "curve", "predictions")
BEYOND = 0.1  # of the axis, so that what explodes leaves the frame
ONE_OUTPUT = ("surface", "curve")


@dataclass(frozen=True, eq=False)
class FunctionPanel:
    """The figure at one row, and what changes from row to row (`diagnostics.figures.packing.packed_rows`)."""

    figure: go.Figure
    changing: dict[Path, list[np.ndarray]]
    words: dict[Path, list[str]]


def function_panel(report: SnapshotFunctionsReport, row: int = 0, settings: Sequence[str] = ()) -> FunctionPanel:
    """Return the figure of the function at row `row`, and of all others what differs.

    `settings` are those of each run in words, where several are compared.
    """
    traces, path = _drawn(report, row)
    told = [str(with_plain_names(_told(report, number, settings))) for number in range(len(report.values))]
    most = max(text.count("<br>") for text in told) + 1
    place = {"x": 0, "xref": "paper", "xanchor": "left", "y": 1.02, "yref": "paper", "yanchor": "bottom"}
    label = {"text": told[row], "font": {"size": 12}, "showarrow": False, "align": "left", **place}
    layout = {
        "height": HEIGHT,
        "annotations": [label],
        "margin": {"l": LEFT, "r": 10, "t": 12 + LINE * most, "b": BOTTOM},
        **_axes(report),
    }
    question = "What does this network answer, at this moment?"
    summary = f"Shown is {told[row].replace('<br>', ', ')}."
    reading = (
        READING[report.kind].format(output=report.labels[-1]) if report.kind in ONE_OUTPUT else READING[report.kind]
    )
    if report.kind == "predictions" and len(report.labels) > 1:
        reading += f" Of {len(report.labels)} targets the first is shown."
    caption = (
        f"{reading} Of the point that the mouse was on last; when the clock moves, of the newest of the same path."
        f"{_beyond(report)}"
    )
    words = FigureWords(question, caption, summary, report.snapshots.run_ids[0], 1, title=TITLES[report.kind])
    figure = figure_of(traces, words, kind=f"function-{report.kind}", layout={**layout, "showlegend": False})
    shown = report.values
    if report.kind in NUMBERS and report.snapshots.task == "regression":  # sent with 8 bits, most of them for the axis
        low, high, _ = _limits(report)
        shown = np.clip(shown, low - BEYOND * (high - low), high + BEYOND * (high - low))
    changing = {path: [single(values) for values in shown]}
    return FunctionPanel(figure, changing, {("layout", "annotations", 0, "text"): told})


def _told(report: SnapshotFunctionsReport, row: int, settings: Sequence[str]) -> str:
    shown = report.snapshots
    loss = f", loss {shown.loss[row]:.3g}" if np.isfinite(shown.loss[row]) else ""
    run = int(shown.run[row])
    lines = [f"<b>{shown.run_names[run]}</b>, seed {shown.seed[row]}"]
    lines += textwrap.wrap(settings[run], WIDTH, max_lines=MOST_LINES, placeholder=" …") if settings else []
    lines.append(f"step {shown.step[row]}, epoch {shown.epoch[row]:.3g}{loss}")
    return "<br>".join(lines)


def _drawn(report: SnapshotFunctionsReport, row: int) -> tuple[list[dict[str, object]], Path]:
    if report.kind in ("surface", "classes"):
        return [_heat(report, row), _examples(report)], ("data", 0, "z")
    if report.kind == "curve":
        drawn: dict[str, object] = {"type": "scatter", "mode": "lines", "name": "function"}
        at = {"x": single(report.x), "y": single(report.values[row])}
        line: dict[str, object] = {"color": RUN_COLORS[0], "width": 2.5}
        return [{**drawn, **at, "line": line}, _examples(report)], ("data", 0, "y")
    if report.kind == "predictions":
        marker = {"size": 6, "color": RUN_COLORS[0]}
        dots: dict[str, object] = {"type": "scatter", "mode": "markers", "name": "examples", "marker": marker}
        ends = single(np.array(_range(report.values, report.x)))
        right: dict[str, object] = {
            "type": "scatter",
            "mode": "lines",
            "name": "right",
            "x": ends,
            "y": ends,
            "line": {"color": GREY, "width": 1},
        }
        return [{**dots, "x": single(report.x), "y": single(report.values[row])}, right], ("data", 0, "y")
    if report.kind == "confusion":
        return [_confusion(report, row)], ("data", 0, "z")
    bars: dict[str, object] = {
        "type": "bar",
        "orientation": "h",
        "name": "share",
        "y": list(report.labels),
        "x": single(report.values[row]),
    }
    return [{**bars, "marker": {"color": RUN_COLORS[0]}}], ("data", 0, "x")


def _heat(report: SnapshotFunctionsReport, row: int) -> dict[str, object]:
    common: dict[str, object] = {
        "type": "heatmap",
        "x": single(report.x),
        "y": single(report.y),
        "z": single(report.values[row]),
        "name": "output",
        "showscale": False,
        "hoverinfo": "skip",
    }
    if report.kind == "classes":
        n = int(np.nanmax(report.values)) + 1
        steps = [[(i + side) / n, faded(CLASS_COLORS[i % 10], 0.4)] for i in range(n) for side in (0, 1)]
        return {**common, "colorscale": steps, "zmin": -0.5, "zmax": n - 0.5}
    is_share = report.snapshots.task != "regression"
    scale = "sides" if is_share else "number"
    low, high = (0.0, 1.0) if is_share else _limits(report)[:2]
    return {
        **common,
        "colorscale": SCALES[scale][0],
        "meta": {"scale": scale},
        "zmin": low,
        "zmax": high,
        "zsmooth": "best",
    }


def _examples(report: SnapshotFunctionsReport) -> dict[str, object]:
    every = max(1, -(-len(report.truth_x) // POINTS))
    labels = np.asarray(report.truth_label)[::every]
    color: object = GREY
    if report.kind != "curve" and report.snapshots.task == "classification":
        color = [CLASS_COLORS[int(label) % 10] for label in labels]
    marker = {"size": 4, "color": color, "line": {"width": 0.5, "color": "white"}}
    at = {"x": single(report.truth_x[::every]), "y": single(report.truth_y[::every])}
    return {"type": "scatter", "mode": "markers", **at, "name": "examples", "marker": marker, "hoverinfo": "skip"}


def _confusion(report: SnapshotFunctionsReport, row: int) -> dict[str, object]:
    return {
        "type": "heatmap",
        "x": list(report.labels),
        "y": list(report.labels),
        "z": single(report.values[row]),
        "zmin": 0,
        "zmax": 1,
        "colorscale": SCALES["share"][0],
        "meta": {"scale": "share"},
        "name": "share",
        "xgap": 1,
        "ygap": 1,
        "showscale": False,
        "hovertemplate": "true %{y}, predicted %{x}: %{z:.0%}<extra></extra>",
    }


def _range(*arrays: np.ndarray) -> tuple[float, float]:
    numbers = np.concatenate([array.ravel() for array in arrays])
    numbers = numbers[np.isfinite(numbers)]
    return (float(numbers.min()), float(numbers.max())) if len(numbers) else (0.0, 1.0)


def _limits(report: SnapshotFunctionsReport) -> tuple[float, float, int]:
    """Between which numbers a surface, a curve or predictions are shown, and how many snapshots reach beyond."""
    rows = report.values.reshape(len(report.values), -1)
    low, high, outside = robust_range([rows.min(axis=1)], [rows.max(axis=1)])
    known = {"curve": report.truth_y, "predictions": report.x}.get(report.kind, np.empty(0))
    least, largest = _range(known) if np.isfinite(known).any() else (low, high)
    return min(low, least), max(high, largest), outside


def _beyond(report: SnapshotFunctionsReport) -> str:
    if report.kind not in NUMBERS or report.snapshots.task != "regression":
        return ""
    outside = _limits(report)[2]
    return f" {outside} of {len(report.values)} snapshots reach beyond what is shown." if outside else ""


def _axes(report: SnapshotFunctionsReport) -> dict[str, object]:
    if report.kind in ("surface", "classes"):
        first, second = report.labels[:2]
        quiet = {"showgrid": False, "constrain": "domain"}
        return {
            "xaxis": axis(f"{first} (standardized)", **quiet),
            "yaxis": axis(f"{second} (standardized)", scaleanchor="x", **quiet),
        }
    if report.kind == "confusion":
        fixed = {"type": "category", "showgrid": False, "ticks": "", "constrain": "domain"}
        across = axis("predicted class", **fixed)
        return {"xaxis": across, "yaxis": axis("true class", **fixed, autorange="reversed", scaleanchor="x")}
    if report.kind == "per class":
        return {"xaxis": axis("share right", range=[0, 1], tickformat=".0%"), "yaxis": axis("", type="category")}
    low, high, _ = _limits(report)
    room = 0.05 * ((high - low) or 1.0)
    if report.kind == "curve":
        names = report.labels[:2]
        return {"xaxis": axis(f"{names[0]} (standardized)"), "yaxis": axis(names[1], range=[low - room, high + room])}
    return {
        "xaxis": axis(f"true {report.labels[0]} (standardized)"),
        "yaxis": axis("predicted (standardized)", range=[low - room, high + room]),
    }
