"""A map of function space, drawn: a path for each seed, their mean, outlines at equal epochs, and known functions.

The traces are in `diagnostics.figures.map_traces`.
"""

from __future__ import annotations

import numpy as np
import plotly.graph_objects as go

from diagnostics.figures.map_surroundings import MapView
from diagnostics.figures.map_traces import map_traces
from diagnostics.figures.theme import BOTTOM, LEFT, FigureWords, Naming, axis, figure_of
from diagnostics.function_distance import UNITS
from diagnostics.settings_in_words import seeds
from diagnostics.trajectories import FunctionMapReport

HEIGHT, LEAST_HEIGHT = 600, 430
WIDTH, WORDS = 620, 110  # pixels: of a map on a page, about, and what stands above and below it
ROOM = 0.07  # of an axis, on each side
LONGEST = 1.8  # side of a space, whose middle one is about 0.8
METHODS = {"mds": "MDS", "pca": "PCA", "inpca": "InPCA", "isomap": "Isomap", "tsne": "t-SNE"}
NAMES = {
    "mds": "Classical scaling (MDS) of the function distance",
    "pca": "Principal components (PCA) of the outputs",
    "inpca": "Intensive principal components (InPCA)",
    "isomap": "Isomap of the function distance",
    "tsne": "t-SNE of the function distance",
}
SOURCES = {
    "mds": "Erhan et al. 2010, section 6.3; Torgerson 1952",
    "pca": "Erhan et al. 2010, section 6.3",
    "inpca": "Mao et al. 2024",
    "isomap": "Erhan et al. 2010, section 6.3; Tenenbaum et al. 2000",
    "tsne": "Erhan et al. 2010, section 6.3; van der Maaten & Hinton 2008",
}


def function_map_figure(report: FunctionMapReport, view: MapView | None = None) -> go.Figure:
    """Return the map, in as many dimensions as it has."""
    view = view or MapView()
    flat = report.points.shape[1] == 2
    titles, ranges = axis_titles(report), _ranges(report, view)
    lengths = np.maximum(np.ptp(ranges, axis=1), 1e-9)
    layout: dict[str, object] = {"height": HEIGHT, "margin": {"l": LEFT, "r": 16, "t": 42, "b": BOTTOM}}
    if flat:
        across, up = ({"range": limits} for limits in ranges.tolist())
        layout |= {"xaxis": axis(titles[0], **across), "yaxis": axis(titles[1], scaleanchor="x", scaleratio=1, **up)}
        layout["height"] = round(min(max(WORDS + WIDTH * lengths[1] / lengths[0], LEAST_HEIGHT), HEIGHT))
    else:
        names = ("xaxis", "yaxis", "zaxis")
        quiet = {"backgroundcolor": "rgba(0,0,0,0)", "gridcolor": "rgba(122,130,140,0.35)", "zeroline": False}
        axes = {
            name: {"title": {"text": title}, "range": limits, **quiet}
            for name, title, limits in zip(names, titles, ranges.tolist(), strict=True)
        }
        sides = dict(
            zip("xyz", (0.8 * lengths / np.exp(np.log(lengths).mean())).clip(max=LONGEST).tolist(), strict=True)
        )
        scene = {**axes, "aspectmode": "manual", "aspectratio": sides}
        layout |= {"scene": scene, "margin": {"l": 0, "r": 0, "t": 42, "b": 0}}
    kind = f"map-{report.embedding.method}-{report.points.shape[1]}"
    return figure_of(map_traces(report, view), _words(report, view), kind=kind, layout=layout)


def _ranges(report: FunctionMapReport, view: MapView) -> np.ndarray:
    """The least and the largest place along each axis, (n_dims, 2), of all that is ever seen: axes stay as it grows."""
    parts = [report.points, report.landmark_points if view.known else report.points[:0]]
    if view.null is not None and len(view.null.points) == len(report.points):
        parts.append(view.null.points)
    places = np.concatenate(parts)
    low, high = np.nanmin(places, axis=0), np.nanmax(places, axis=0)
    room = ROOM * np.maximum(high - low, 0.1 * float((high - low).max()) or 1.0)
    return np.stack([low - room, high + room], axis=1)


def axis_titles(report: FunctionMapReport) -> list[str]:
    """Return what stands at the axes: the name and, where it means something, the share that the axis holds."""
    name = METHODS[report.embedding.method]
    shares = report.embedding.shares
    found = []
    for number in range(report.points.shape[1]):
        title = f"{name} {number + 1}"
        title += f" ({shares[number]:.0%})" if number < len(shares) else " (no unit)"
        if number < len(report.embedding.negative) and report.embedding.negative[number]:
            title += ", negative"
        found.append(title)
    return found


def _words(report: FunctionMapReport, view: MapView) -> FigureWords:
    shown, method = report.snapshots, report.embedding.method
    n_seeds, n_runs = shown.n_paths, len(shown.run_ids)
    caption = (
        "Each point is one network at one moment: all its answers to "
        f"{shown.outputs.shape[1]} fixed examples. Points that lie together answer alike. Circle: before training; "
        "diamond: the end, or where the clock stands."
    )
    if report.mean_paths:
        caption += " Bold line: mean of the seeds."
    if report.outlines and view.outlines:
        caption += " Dotted outlines: all seeds of a run at one epoch."
    if view.known and np.isfinite(report.landmark_points).all(axis=1).any():
        caption += " Crosses: known functions, which may lie far off the map (point at one for its true distance)."
    if view.color_by != "run":
        caption += f" Colour: {view.color_by}."
    spacing = {"function": "at equal distances in function", "epoch": "at equal distances in time"}
    details = (
        f"{NAMES[method]} of {len(shown)} snapshots, "
        f"{spacing.get(shown.spacing, 'all that are recorded')}, of {n_seeds} networks together"
    )
    details += f" ({n_runs} runs)." if n_runs > 1 else "."
    told = [f"{name.replace('_', ' ')}: {value}" for name, value in report.embedding.settings.items()]
    details += f" {'; '.join(told)}." if told else ""
    details += " ".join(["", *report.embedding.notes])
    if report.is_frozen:
        details += (
            f" The axes are those of the first {len(report.embedding.points)} snapshots; later ones are placed in."
        )
    named: Naming = {"title": f"Function space, {METHODS[method]}", "term": "trajectory"}
    question = "Which function is it becoming, and do all seeds arrive at the same one?"
    return FigureWords(
        question, caption, _summary(report), shown.run_ids[0], n_seeds, SOURCES[method], details=details, **named
    )


def _summary(report: FunctionMapReport) -> str:
    """What the networks' functions do, measured in the space of functions itself and not on the map."""
    shown = report.snapshots
    who = seeds(shown.n_paths) if len(shown.run_ids) == 1 else f"{shown.n_paths} networks"
    text = f"The functions of the {who} end {report.moved:.2g} from where they began"
    if shown.n_paths == 1:
        text = f"The function ends {report.moved:.2g} from where it began"
    if shown.n_paths > 1:
        text += (
            f"; on average two of them are {report.apart_at_start:.2g} apart at the start and "
            f"{report.apart_at_end:.2g} at the end"
        )
    return f"{text} ({UNITS[shown.task]})."
