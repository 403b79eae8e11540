"""The numbers of a figure as a table: what is exported as CSV and shown under *Table*."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import plotly.graph_objects as go

from diagnostics.figures.plain_names import name_as_written

if TYPE_CHECKING:
    import pandas as pd

    from diagnostics.trajectories import FunctionMapReport

EXACT = 1e-6  # of a number in single precision
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


def map_table(report: FunctionMapReport) -> pd.DataFrame:
    """Return the places of all snapshots on a map: run, seed, step, epoch, loss, x, y and perhaps z, path after path.

    The loss is missing where it was not measured. Runs of the same name have their ids behind it.
    """
    import pandas as pd

    shown = report.snapshots
    unique = len(set(shown.run_names)) == len(shown.run_names)
    names = [
        name if unique else f"{name} ({run_id})" for name, run_id in zip(shown.run_names, shown.run_ids, strict=True)
    ]
    told = {"seed": shown.seed, "step": shown.step, "epoch": shown.epoch, "loss": shown.loss}
    places = dict(zip("xyz", report.points.T, strict=False))
    return pd.DataFrame({"run": [names[run] for run in shown.run], **told, **places})


def _is_sign(trace: go.Trace) -> bool:
    return isinstance(trace.meta, dict) and trace.meta.get("sign") in SERIES_SIGNS


def _trace_table(figure: go.Figure, trace: go.Trace) -> pd.DataFrame:
    import pandas as pd

    name = trace.name or ""
    if trace.type.endswith("3d"):
        scene = figure.layout[getattr(trace, "scene", None) or "scene"]
        axes = {letter: str(scene[f"{letter}axis"].title.text or letter) for letter in "xyz"}
        columns = {"series": name, **{title: np.asarray(trace[letter]) for letter, title in axes.items()}}
        return pd.DataFrame({**columns, **_extra(trace)}).infer_objects()
    if trace.type == "heatmap" and (trace.meta or {}).get("columns"):  # its colours are not its numbers
        titles = list(trace.meta["columns"])
        told = pd.DataFrame(np.reshape(np.asarray(trace.customdata, dtype=object), (-1, len(titles))), columns=titles)
        return told[told[titles[-1]].notna()].infer_objects()
    x_name, y_name = (_axis_title(figure, trace, letter) for letter in "xy")
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
    y = np.asarray(trace.y)
    if (empty := (trace.meta or {}).get("empty")) and y.dtype.kind == "f":  # below a logarithmic axis
        y = np.where(y <= empty * (1 + EXACT), 0.0, y)
    points = {"series": name, x_name: np.asarray(trace.x), y_name: y}
    return pd.DataFrame({**points, **_extra(trace)}).infer_objects()


def _extra(trace: go.Trace) -> dict[str, object]:
    """What else is known of each point."""
    if trace.customdata is None:
        return {}
    extra = np.asarray(trace.customdata, dtype=object)  # else numbers beside words would become words
    titles = (trace.meta or {}).get("columns", ()) if isinstance(trace.meta, dict) else ()
    return {str(title): extra[:, i] for i, title in enumerate(titles)}


def _axis_title(figure: go.Figure, trace: go.Trace, letter: str) -> str:
    """Of several plots with the same axes not every one has a title: the first one found is that of all."""
    number = (getattr(trace, f"{letter}axis", None) or letter)[1:]
    axes = [figure.layout[f"{letter}axis{number}"], *_axes(figure, letter)]
    return next((str(found.title.text) for found in axes if found is not None and found.title.text), letter)


def _axes(figure: go.Figure, letter: str) -> list[object]:
    selected = figure.select_xaxes() if letter == "x" else figure.select_yaxes()
    return list(selected)
