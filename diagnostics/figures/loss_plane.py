"""The loss on a plane through the space of weights, drawn as a map with the path of training."""

from __future__ import annotations

import numpy as np
import plotly.graph_objects as go

from diagnostics.figures.colors import SCALES
from diagnostics.figures.theme import FigureWords, axis, color_bar, figure_of, single
from diagnostics.loss_plane import PATH, PlaneReport

HEIGHT = 560
END = "#D55E00"
FROM_LOG = 20.0  # times the smallest loss: from there on colours are logarithmic
CLIPPED = 0.95  # of the plane keeps its own colour, and everything the path visits
N_LINES = 14
TICKS = np.array([1, 2, 5])


def loss_plane_figure(report: PlaneReport) -> go.Figure:
    """Return the map."""
    question = "What does the loss look like around the path?"
    known = report.loss[np.isfinite(report.loss)]
    if not len(known):
        sentence = "The loss is not finite anywhere on this plane: the network overflows."
        words = FigureWords(question, "", sentence, title="Loss on a plane", term="loss landscape")
        return figure_of([], words, kind="loss-plane")
    low = float(known.min())
    on_path = report.path_loss[np.isfinite(report.path_loss)]
    high = max(float(np.quantile(known, CLIPPED)), float(on_path.max(initial=low)))
    log = low > 0 and high / low > FROM_LOG
    n_clipped = int((~(report.loss <= high)).sum())
    traces = [_surface(report, (low, high), log), *_path(report)]
    layout = {"height": HEIGHT, "showlegend": False, **_axes(report)}
    return figure_of(traces, _words(report, question, log, n_clipped), kind=f"loss-plane-{report.kind}", layout=layout)


def _surface(report: PlaneReport, bounds: tuple[float, float], log: bool) -> dict[str, object]:
    low, high = bounds
    shown = np.clip(np.where(np.isfinite(report.loss), report.loss, high), low, high)
    start, end = (np.log10(low), np.log10(high)) if log else (low, high)
    size = max(float(end - start) / N_LINES, 1e-12)
    bar = color_bar("training loss", **(_ticks(low, high) if log else {}))
    return {
        "type": "contour",
        "x": single(report.x),
        "y": single(report.y),
        "z": single(np.log10(shown) if log else shown),
        "customdata": single(report.loss),
        "name": "training loss",
        "zmin": float(start),
        "zmax": float(end),
        "contours": {"start": float(start), "end": float(end), "size": size},
        "colorscale": SCALES["number"][0],
        "meta": {"scale": "number", "cells": ["log10 of the loss, as drawn" if log else "loss, as drawn", "loss"]},
        "line": {"width": 0.5, "color": "rgba(255,255,255,0.5)"},
        "colorbar": bar,
        "hovertemplate": "loss %{customdata:.3g}<br>%{x:.3g}, %{y:.3g}<extra></extra>",
    }


def _ticks(low: float, high: float) -> dict[str, object]:
    values = np.concatenate([TICKS * 10.0**exponent for exponent in range(-12, 13)])
    inside = values[(values >= low) & (values <= high)]
    if len(inside) > 7:
        inside = inside[np.isclose(np.log10(inside) % 1, 0) | np.isclose(np.log10(inside) % 1, 1)]
    return {"tickvals": np.log10(inside).tolist(), "ticktext": [f"{value:g}" for value in inside]}


def _path(report: PlaneReport) -> list[dict[str, object]]:
    x, y = single(report.path[:, 0]), single(report.path[:, 1])
    base: dict[str, object] = {"type": "scatter", "x": x, "y": y}
    halo = {"color": "#ffffff", "width": 4.5}
    line = {"color": END, "width": 2}
    last = len(report.steps) - 1
    symbols = ["circle-open" if k == 0 else "star" if k == last else "circle" for k in range(last + 1)]
    sizes = [12 if k in (0, last) else 6 for k in range(last + 1)]
    return [
        {**base, "mode": "lines", "name": "edge of the path", "line": halo, "hoverinfo": "skip"},
        {
            **base,
            "mode": "lines+markers",
            "name": "path",
            "line": line,
            "marker": {"symbol": symbols, "size": sizes, "color": END, "line": {"width": 1.5, "color": END}},
            "customdata": np.stack([report.steps, report.path_loss], axis=1),
            "meta": {"columns": ["step", "true loss"]},
            "hovertemplate": "step %{customdata[0]}: true loss %{customdata[1]:.3g}<extra></extra>",
        },
    ]


def _axes(report: PlaneReport) -> dict[str, object]:
    if report.kind == PATH:
        names = ("along the path's first principal direction (weights)", "along its second (weights)")
        return {"xaxis": _within(names[0], report.x), "yaxis": _within(names[1], report.y, scaleanchor="x")}
    names = ("first random direction (1: as far as each unit's weights are long)", "second random direction")
    return {"xaxis": _within(names[0], report.x), "yaxis": _within(names[1], report.y)}


def _within(name: str, places: np.ndarray, **more: object) -> dict[str, object]:
    return axis(name, range=[float(places[0]), float(places[-1])], constrain="domain", **more)


def _words(report: PlaneReport, question: str, log: bool, n_clipped: int) -> FigureWords:
    which = (
        "The plane is that of the two principal directions of the path"
        if report.kind == PATH
        else "The plane is that of two random directions in which each unit's weights have their own length"
    )
    n = report.loss.size
    caption = (
        f"{which}, through the state at step {report.steps[report.center]} of seed {report.seed}. Circle: before "
        "training; star: the last state; points: kept states, projected. The plane holds "
        f"{_percent(report.share)} of the path's movement: what lies outside of it is not seen."
    )
    if n_clipped:
        caption += f" The brightest colour stands for all larger losses, too ({n_clipped / n:.0%} of the plane)."
    if log:
        caption += " Colours are logarithmic."
    nearest = [
        int(np.abs(places - at).argmin())
        for places, at in ((report.x, report.path[0, 0]), (report.y, report.path[0, 1]))
    ]
    on_plane = float(report.loss[nearest[1], nearest[0]])
    lowest = np.unravel_index(
        int(np.nanargmin(np.where(np.isfinite(report.loss), report.loss, np.nan))), report.loss.shape
    )
    summary = (
        f"On the plane the training loss goes from {report.loss[lowest]:.3g} up; at the state in its centre it is "
        f"{report.path_loss[report.center]:.3g}. The first weights have a true loss of {report.path_loss[0]:.3g}, "
        f"their projection about {on_plane:.3g}: the plane holds {_percent(report.share)} of the path's movement."
    )
    details = (
        f"{len(report.x)} × {len(report.y)} points, {report.n_examples} training examples, dropout off; share of the "
        f"movement: of the squared distances of the {len(report.steps)} states from the centre."
    )
    if report.kind != PATH:
        details += f" The two directions have a cosine of {report.cosine:.3f}; biases stay. Draw {report.draw}."
    if report.renormalized:
        details += " Running means of batch normalization were measured anew at each point."
    return FigureWords(
        question, caption, summary, report.run_id, 1, "Li et al. 2018, sections 4 and 7", title="Loss on a plane",
        details=details, term="loss landscape",
    )  # fmt: skip


def _percent(share: float) -> str:
    if not np.isfinite(share):
        return "none"
    return f"{share:.1%}" if share >= 0.001 else f"{100 * share:.2g}%"
