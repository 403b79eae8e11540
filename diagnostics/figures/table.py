"""The numbers of a figure as a table: what is exported as CSV and shown under *Table*."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import plotly.graph_objects as go

from diagnostics.figures.plain_names import name_as_written

if TYPE_CHECKING:
    import pandas as pd

SERIES_SIGNS = ("label", "legend", "event")  # traces that name something and hold no numbers of their own


def figure_table(figure: go.Figure) -> pd.DataFrame:
    """Return the numbers of a figure: one row for each point, with its series and what the axes are called."""
    import pandas as pd

    parts = [_trace_table(figure, trace) for trace in figure.data if not _is_sign(trace)]
    parts = [part for part in parts if len(part)]
    if not parts:
        return pd.DataFrame({"series": []})
    table = pd.concat(parts, ignore_index=True).rename(columns=name_as_written)
    return table.map(name_as_written)


def _is_sign(trace: go.Trace) -> bool:
    return isinstance(trace.meta, dict) and trace.meta.get("sign") in SERIES_SIGNS


def _trace_table(figure: go.Figure, trace: go.Trace) -> pd.DataFrame:
    import pandas as pd

    x_name, y_name = (_axis_title(figure, trace, letter) for letter in "xy")
    name = trace.name or ""
    if trace.type in ("heatmap", "contour"):
        z = np.asarray(trace.z)
        x = np.asarray(trace.x) if trace.x is not None else np.arange(z.shape[1])
        y = np.asarray(trace.y) if trace.y is not None else np.arange(z.shape[0])
        value, of = (trace.meta or {}).get("cells", ("value", "of"))
        cells = {"series": name, x_name: np.tile(x, len(y)), y_name: np.repeat(y, len(x)), value: z.ravel()}
        if trace.customdata is None:
            return pd.DataFrame(cells)
        named = pd.DataFrame({**cells, of: np.ravel(trace.customdata)})  # a sheet of images, with gaps between them
        return named[named[value].notna()]
    if trace.x is None or trace.y is None:
        return pd.DataFrame()
    columns: dict[str, object] = {"series": name, x_name: np.asarray(trace.x), y_name: np.asarray(trace.y)}
    if trace.customdata is not None:
        extra = np.asarray(trace.customdata)
        titles = (trace.meta or {}).get("columns", ()) if isinstance(trace.meta, dict) else ()
        columns |= {str(title): extra[:, i] for i, title in enumerate(titles)}
    return pd.DataFrame(columns)


def _axis_title(figure: go.Figure, trace: go.Trace, letter: str) -> str:
    """Of several plots with the same axes not every one has a title: the first one found is that of all."""
    number = (getattr(trace, f"{letter}axis", None) or letter)[1:]
    axes = [figure.layout[f"{letter}axis{number}"], *_axes(figure, letter)]
    return next((str(found.title.text) for found in axes if found is not None and found.title.text), letter)


def _axes(figure: go.Figure, letter: str) -> list[object]:
    selected = figure.select_xaxes() if letter == "x" else figure.select_yaxes()
    return list(selected)
