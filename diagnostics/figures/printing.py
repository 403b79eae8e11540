"""A figure fitted to the size at which it is printed: type, lines, markers and margins in the same proportion.

`runs.figure_export.apply_preset` says how wide the figure and how large its type is; here everything else follows, so
that a figure one column wide is no crowded picture of the screen. Nothing that is shown changes.
"""

from __future__ import annotations

import math
from typing import Any

import plotly.graph_objects as go

from diagnostics.figures.plain_names import with_plain_names
from diagnostics.figures.theme import SIZE

FONT = 'Helvetica, Arial, "Liberation Sans", "DejaVu Sans", sans-serif'
INK, FAINT = "#1c1f24", "#e3e6ea"
LETTER = 0.5  # mean width of a letter, in sizes of the type
LINE = 1.35  # height of a line
WIDE = 800  # pixels: a figure of this width is for the screen of a lecture, whose height is given
SQUARE = 0.84  # height of a map or matrix, of its width: the rest is for the bar of its colours and the axis
SEVERAL = 1.3  # height of several plots, of that of one
SMALL = 0.9  # size of numbers and legends, of the type


def fitted_to_print(printed: go.Figure, on_screen: go.Figure) -> go.Figure:
    """Return the figure `printed`, whose size and type are set, with all else in proportion.

    Parameters
    ----------
    printed : plotly.graph_objects.Figure
        What `apply_preset` made of `on_screen`.
    on_screen : plotly.graph_objects.Figure
        The figure as the page shows it; its height says how much room it needs.
    """
    result: dict[str, Any] = printed.to_dict()
    layout = result["layout"]
    size = float(printed.layout.font.size)
    layout["font"] = {"family": FONT, "size": size, "color": INK}
    layout["height"] = _height(printed, on_screen, size / SIZE)
    for trace in result["data"]:
        _scale_trace(trace, size)
    for name, entry in layout.items():
        if name.startswith(("xaxis", "yaxis")):
            _scale_axis(entry, size)
    layout["legend"] = {**layout.get("legend", {}), "font": {"size": SMALL * size}, "itemwidth": 30}
    _make_room(layout, result["data"], size)
    return go.Figure(result)


def with_title(printed: go.Figure) -> go.Figure:
    """Return the figure with its title and, below it, its question, as a slide needs them."""
    meta = printed.layout.meta if isinstance(printed.layout.meta, dict) else {}
    title, question = (with_plain_names(str(meta.get(part, ""))) for part in ("title", "question"))
    if not title:
        return printed
    size, result = float(printed.layout.font.size), go.Figure(printed)
    below = f"<br><span style='font-size:{size:.0f}px'>{question}</span>" if question else ""
    result.update_layout(
        title={
            "text": f"<b>{title}</b>{below}",
            "font": {"size": 1.25 * size, "color": INK},
            "x": 0,
            "xref": "paper",
            "y": 1 - 1.4 * size / float(printed.layout.height),
            "yref": "container",
            "yanchor": "top",
        },
        margin={"t": float(printed.layout.margin.t) + 3 * LINE * size},
    )
    return result


def _height(printed: go.Figure, on_screen: go.Figure, factor: float) -> int:
    """A map, a matrix or several plots are made as high as they need, a figure of few rows no higher than it needs."""
    most = float(printed.layout.height)
    if printed.layout.yaxis.scaleanchor is not None or any(trace.type.endswith("3d") for trace in printed.data):
        width = float(printed.layout.width)
        return round(most if width > WIDE else min(max(SQUARE * width, most), 1.35 * most))
    if any(trace.type == "heatmap" and trace.texttemplate for trace in printed.data):  # a table, in which one reads
        return round(float(on_screen.layout.height or most) * factor)
    own, is_one = float(on_screen.layout.height or most), len(list(on_screen.select_yaxes())) == 1
    return round(min(most if is_one else SEVERAL * most, max(own * factor, 0.5 * most)))


def _scale_trace(trace: dict[str, Any], size: float) -> None:
    factor = size / SIZE
    for part in ("line", "marker", "textfont"):
        entry = trace.get(part)
        if not isinstance(entry, dict):
            continue
        for key in ("width", "size"):
            if isinstance(entry.get(key), int | float):
                entry[key] = entry[key] * factor
        if isinstance(entry.get("line"), dict) and isinstance(entry["line"].get("width"), int | float):
            entry["line"]["width"] *= factor
        if "colorbar" in entry:
            _scale_bar(entry["colorbar"], size)
    if "text" in trace and "textfont" not in trace:
        trace["textfont"] = {"size": SMALL * size}
    if "colorbar" in trace:
        _scale_bar(trace["colorbar"], size)


def _scale_bar(bar: dict[str, Any], size: float) -> None:
    title = bar.get("title", {})
    bar["title"] = {**title, "font": {"size": size, "color": INK}}
    bar["tickfont"] = {"size": SMALL * size, "color": INK}
    bar["thickness"] = 0.75 * size
    bar["xpad"] = 0.5 * size


def _scale_axis(entry: dict[str, Any], size: float) -> None:
    factor = size / SIZE
    title = entry.get("title", {})
    entry["title"] = {**title, "font": {"size": size, "color": INK}, "standoff": 0.5 * size}
    entry["tickfont"] = {"size": SMALL * size, "color": INK}
    entry.update(linecolor=INK, tickcolor=INK, gridcolor=FAINT, linewidth=factor, gridwidth=0.7 * factor)
    entry.update(ticklen=4 * factor, tickwidth=factor)
    if "minor" in entry:
        entry["minor"] = {**entry["minor"], "ticklen": 2 * factor, "tickwidth": 0.8 * factor}


def _make_room(layout: dict[str, Any], traces: list[dict[str, Any]], size: float) -> None:
    """Set the margins, and above the plot a place each for the legend and for notes."""
    factor = size / SIZE
    margin = {side: value * factor for side, value in layout.get("margin", {}).items()}
    width = float(layout["width"]) - margin.get("l", 0) - margin.get("r", 0)
    rows = 0 if layout.get("showlegend") is False else _legend_rows(traces, width, size)
    legend = rows * 1.6 * SMALL * size
    notes = 0.0
    for note in layout.get("annotations", []):
        note["font"] = {**note.get("font", {}), "size": SMALL * size, "color": INK}
        if note.get("yref") != "paper" or not note.get("y", 0) > 1:
            continue
        lines = str(note["text"]).split("<br>")
        long = max(len(line) for line in lines) * LETTER * SMALL * size
        notes = len(lines) * LINE * SMALL * size
        if legend and long > width - _legend_width(traces, size):
            note["yshift"] = legend
            notes += legend
    margin["t"] = max(margin.get("t", 0.0), legend, notes) + 0.4 * size
    margin |= {side: max(margin.get(side, 0.0), 0.8 * size) for side in "lr"}
    layout["margin"] = margin


def _named(traces: list[dict[str, Any]]) -> list[str]:
    """The names that stand in the legend."""
    shown = [t for t in traces if t.get("showlegend", True) and t.get("type") not in ("heatmap", "contour", "box")]
    names = [str(trace.get("name", "")) for trace in shown]
    return names if len(names) > 1 or any(trace.get("showlegend") for trace in shown) else []


def _legend_width(traces: list[dict[str, Any]], size: float) -> float:
    return sum(40 + len(name) * LETTER * SMALL * size + size for name in _named(traces))


def _legend_rows(traces: list[dict[str, Any]], width: float, size: float) -> int:
    """How many rows the legend takes: its entries stand in columns as wide as the longest."""
    names = _named(traces)
    if not names:
        return 0
    if _legend_width(traces, size) <= width:
        return 1
    longest = 40 + max(map(len, names)) * LETTER * SMALL * size + size
    return math.ceil(len(names) / max(1, int(width / longest)))
