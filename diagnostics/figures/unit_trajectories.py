"""Hidden units on their way, a line for each, in the colour of its layer or of the class that excites it most."""

from __future__ import annotations

from typing import Literal

import numpy as np
import plotly.graph_objects as go

from diagnostics.figures.colors import CLASS_COLORS, THEORY, faded, layer_color
from diagnostics.figures.theme import BOTTOM, LEFT, FigureWords, Naming, axis, figure_of, single
from diagnostics.unit_trajectories import UnitTrajectoriesReport

ColorBy = Literal["layer", "class"]
NAMED: Naming = {"title": "Hidden units on their way", "term": "trajectories of units"}
QUESTION = "How does what each unit responds to change, and do layers or classes form groups?"
SOURCE = "idea: Gigante et al. 2019 (M-PHATE), here without its kernel and diffusion"
HEIGHT = 560
SYMBOLS = ("circle", "diamond", "square", "triangle-up", "x")
METHODS = {"pca": "PCA", "tsne": "t-SNE"}


def unit_trajectories_figure(report: UnitTrajectoriesReport, color_by: ColorBy = "layer") -> go.Figure:
    """Return the map; without classes units are coloured by layer whatever is asked for."""
    if not report.class_names:
        color_by = "layer"
    groups = _groups(report, color_by)
    traces: list[dict[str, object]] = []
    for name, color, symbol, rows in groups:
        traces += _drawn(report, name, color, symbol, rows)
    titles = ("t-SNE 1 (no unit)", "t-SNE 2 (no unit)")
    if report.method == "pca":
        first, second = (*report.explained, 0.0, 0.0)[:2]
        titles = (f"component 1 ({first:.0%} of the variance)", f"component 2 ({second:.0%})")
    layout = {
        "height": HEIGHT,
        "xaxis": axis(titles[0]),
        "yaxis": axis(titles[1], scaleanchor="x", scaleratio=1),
        "margin": {"l": LEFT, "r": 16, "t": 44, "b": BOTTOM},
        "showlegend": True,
    }
    words = FigureWords(
        QUESTION, _caption(report, color_by), _summary(report), report.run_id, 1, SOURCE, details=_details(report),
        **NAMED,
    )  # fmt: skip
    return figure_of(traces, words, kind=f"unit-trajectories-{report.method}-{color_by}", layout=layout)


def _groups(report: UnitTrajectoriesReport, color_by: ColorBy) -> list[tuple[str, str, str, np.ndarray]]:
    """Name, colour, symbol and rows of what has one colour."""
    if color_by == "layer":
        n = len(report.layers)
        return [
            (name, layer_color(i, n), SYMBOLS[i % len(SYMBOLS)], np.flatnonzero(report.layer == i))
            for i, name in enumerate(report.layers)
        ]
    result = []
    for label in np.unique(report.preferred):
        name = "silent at the end" if label < 0 else report.class_names[label]
        color = THEORY if label < 0 else CLASS_COLORS[label % len(CLASS_COLORS)]
        result.append((name, color, SYMBOLS[label % len(SYMBOLS)], np.flatnonzero(report.preferred == label)))
    return result


def _drawn(
    report: UnitTrajectoriesReport, name: str, color: str, symbol: str, rows: np.ndarray
) -> list[dict[str, object]]:
    """The lines, the starts (open) and the ends (filled) of some units."""
    if not len(rows):
        return []
    key = report.layer[rows] * (report.unit.max() + 1) + report.unit[rows]
    breaks = np.flatnonzero(np.diff(key)) + 1
    paths = np.split(rows, breaks)
    gap = np.full((1, 2), np.nan)
    line = np.concatenate([part for path in paths for part in (report.points[path], gap)])
    common: dict[str, object] = {"type": "scatter", "legendgroup": name}
    lines = {
        **common,
        "mode": "lines",
        "x": single(line[:, 0]),
        "y": single(line[:, 1]),
        "name": f"{name}, paths",
        "line": {"color": _soft(color), "width": 1},
        "hoverinfo": "skip",
        "showlegend": False,
    }
    starts, ends = (np.array([path[i] for path in paths]) for i in (0, -1))
    between = np.setdiff1d(rows, np.concatenate([starts, ends]))
    open_symbol = f"{symbol}-open" if symbol != "x" else "x-thin-open"
    shapes = (
        (between, "on the way", 3, symbol, 0.5),
        (starts, "start", 6, open_symbol, 1),
        (ends, "end", 8, symbol, 1),
    )
    traces = [lines]
    for chosen, what, size, sign, opacity in shapes:
        if not len(chosen):
            continue
        named = [[report.layers[report.layer[i]], report.unit[i], report.step[i], _class(report, i)] for i in chosen]
        traces.append(
            {
                **common,
                "mode": "markers",
                "x": single(report.points[chosen, 0]),
                "y": single(report.points[chosen, 1]),
                "name": name if what == "end" else f"{name}, {what}",
                "showlegend": what == "end",
                "marker": {"size": size, "symbol": sign, "color": color, "opacity": opacity},
                "customdata": np.array(named, dtype=object),
                "meta": {"columns": ["layer", "unit", "step", "class that excites it most"]},
                "hovertemplate": "%{customdata[0]}, unit %{customdata[1]}, step %{customdata[2]}<br>%{customdata[3]}"
                "<extra></extra>",
            }
        )
    return traces


def _soft(color: str) -> str:
    return faded(color, 0.4) if color.startswith("#") else color.rsplit(",", 1)[0] + ",0.4)"


def _class(report: UnitTrajectoriesReport, i: int) -> str:
    label = int(report.preferred[i])
    return report.class_names[label] if label >= 0 else ""


def _caption(report: UnitTrajectoriesReport, color_by: ColorBy) -> str:
    what = "its layer" if color_by == "layer" else "the class to which it responds most at the end"
    text = (
        f"Each line is one hidden unit of seed {report.seed}: open sign before training, filled at step "
        f"{report.steps[-1]}; colour and sign: {what}. Near each other are units whose responses to the "
        f"{report.n_examples} probe examples correlate, at any two moments; opposite ones are far apart."
    )
    return f"{text} t-SNE: distances between far groups mean nothing." if report.method == "tsne" else text


def _details(report: UnitTrajectoriesReport) -> str:
    units = "; ".join(f"{name}: {len(report.kept[name])} of {n} units" for name, n in report.n_units.items())
    text = (
        f"{METHODS[report.method]} of all units at {len(report.steps)} moments together. Distance: √(2 (1 − r)) of the "
        f"responses, standardized over the examples; of a convolution a channel, averaged over the positions. {units}. "
        f"Trustworthiness {report.trust:.3f}."
    )
    if report.n_silent:
        text += f" Left out: {report.n_silent} moments of units that respond the same to every example."
    return text


def _summary(report: UnitTrajectoriesReport) -> str:
    parts = [
        f"{name} {np.nanmedian(values):.2f}".replace("-", "−")
        for name, values in report.kept.items()
        if np.isfinite(values).any()
    ]
    told = ", ".join(parts) or "no unit responds at both"
    return (
        f"Correlation of a unit's responses before training with those at step {report.steps[-1]}, median of each "
        f"layer: {told}. 1 means that the units respond to the same as at their start."
    )
