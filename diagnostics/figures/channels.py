"""The channels of a convolution over training, drawn: one row for each, its spread as colour, dead ones marked."""

from __future__ import annotations

import numpy as np
import plotly.graph_objects as go

from diagnostics.channels import ChannelsReport
from diagnostics.figures.colors import NEGATIVE, SCALES
from diagnostics.figures.theme import FigureWords, Naming, axis, color_bar, figure_of, single

QUESTION = "Do all channels of this convolution take part?"
CENTRAL = 0.98  # of the numbers decide on the scale of colours


def channels_figure(report: ChannelsReport) -> go.Figure:
    """Return a heat map of channels and records; a cross marks a channel that does not vary at that record."""
    layer = report.layer.name if report.layer else "this layer"
    named: Naming = {"title": f"Channels of {layer}", "term": "dead unit"}
    if len(report.steps) == 0:
        words = FigureWords(QUESTION, "", f"No channels are recorded for {layer}.", **named)
        return figure_of([], words, kind="channels")
    n_channels = report.std.shape[1]
    finite = report.std[np.isfinite(report.std)]
    columns = [str(step) for step in report.steps]
    rows = np.arange(n_channels)  # as units are numbered elsewhere
    trace = {
        "type": "heatmap",
        "x": columns,
        "y": rows,
        "z": single(report.std.T),
        "zmin": 0,
        "zmax": float(np.quantile(finite, CENTRAL)) or 1.0 if len(finite) else 1.0,
        "colorscale": SCALES["share"][0],
        "meta": {"scale": "share"},
        "colorbar": color_bar("standard deviation", tickformat=".3~g"),
        "name": layer,
        "hovertemplate": "channel %{y}, step %{x}: %{z:.3g}<extra></extra>",
        "ygap": 1 if n_channels <= 40 else 0,
    }
    still = np.argwhere(report.std == 0)
    marks = {
        "type": "scatter",
        "mode": "markers",
        "x": [columns[i] for i, _ in still],
        "y": [int(rows[j]) for _, j in still],
        "name": "does not vary",
        "showlegend": False,
        "marker": {"symbol": "x-thin", "size": 5, "color": NEGATIVE, "line": {"color": NEGATIVE, "width": 1.2}},
        "hovertemplate": "channel %{y} does not vary at step %{x}<extra></extra>",
    }
    layout = {
        "height": min(max(130 + 14 * n_channels, 240), 560),
        "xaxis": axis(
            "step (updates), one column for each record",
            type="category",
            nticks=8,
            tickangle=0,
            range=[-0.5, len(columns) - 0.5],
        ),
        "yaxis": axis("channel", range=[n_channels - 0.5, -0.5], showgrid=False),
    }
    caption = (
        f"Standard deviation of each channel over probe examples and places, seed {report.seed}. A cross: the channel "
        "is the same everywhere."
    )
    if n_channels < report.n_channels:
        caption += f" The first {n_channels} of {report.n_channels} channels."
    words = FigureWords(QUESTION, caption, _summary(report), report.run_id, 1, "Zeiler & Fergus 2014", **named)
    return figure_of([trace, marks] if len(still) else [trace], words, kind="channels", layout=layout)


def _summary(report: ChannelsReport) -> str:
    last = report.std[-1]
    parts = []
    if np.isfinite(last).all():
        n_still, moving = int((last == 0).sum()), last[last > 0]
        parts.append(f"{n_still} of {len(last)} channels do not vary")
        if len(moving) > 1:
            parts.append(f"the strongest spreads {moving.max() / moving.min():.2g} times as far as the weakest")
    if np.isfinite(report.dead[-1]):
        parts.append(f"{report.dead[-1]:.0%} of the channels of all seeds are off everywhere")
    return f"At step {report.steps[-1]}, {'; '.join(parts) or 'no seed is left'}."
