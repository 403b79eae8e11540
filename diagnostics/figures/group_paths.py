"""Groups of networks in function space, drawn: their paths on one map, and how far apart they lie over training."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import plotly.graph_objects as go

from diagnostics.embedding import Embedding
from diagnostics.figures.colors import RUN_COLORS, faded
from diagnostics.figures.lines import line_end_labels, room_for
from diagnostics.figures.theme import BOTTOM, LEFT, FigureWords, axis, figure_of, log_axis, single
from diagnostics.group_separation import GroupSpread
from diagnostics.snapshots import Snapshots
from diagnostics.trajectories import FunctionMapReport

SOURCE = "Erhan et al. 2010, section 6.3"
SYMBOLS = ("diamond", "circle", "square", "triangle-up", "x")
DASHES = ("solid", "dash", "dot", "dashdot", "longdash")


def group_paths_figure(report: FunctionMapReport, names: Sequence[str]) -> go.Figure:
    """Return the paths of all networks on the map; one colour and one sign for each run, named by `names`."""
    shown, points = report.snapshots, report.points
    traces: list[dict[str, object]] = []
    for run, name in enumerate(names):
        paths = [path for path in shown.rows() if shown.run[path.start] == run]
        color = RUN_COLORS[run % len(RUN_COLORS)]
        traces += [_lines(points, paths, name, color), *_ends(points, paths, name, run)]
    traces += _landmarks(report)
    shares = (*report.embedding.shares, 0.0, 0.0)
    layout = {
        "height": 460,
        "xaxis": axis(f"axis 1 of the map ({shares[0]:.0%} of the variance)"),
        "yaxis": axis(f"axis 2 ({shares[1]:.0%})", scaleanchor="x", scaleratio=1),
    }
    quality = report.quality
    n = [int((shown.path_run == run).sum()) for run in range(len(names))]
    counts = ", ".join(f"{count} {name}" for count, name in zip(n, names, strict=True))
    question = "Do both groups become the same functions?"
    caption = (
        "Each line is one network while it learns: what it answers on the same examples, as a point. Two points lie as "
        "far apart as their answers differ, as well as a flat map can tell. Open signs: before the first update with "
        "targets; filled: the end."
    )
    details = (
        f"{counts}; {shown.outputs.shape[1]} examples; all networks in one map, classical scaling of the Hellinger "
        f"distance; trustworthiness {quality.trustworthiness:.2f}, rank correlation of the distances "
        f"{quality.distance_spearman:.2f}."
    )
    summary = (
        f"{counts}. The map holds {report.embedding.explained:.0%} of {report.embedding.explained_what}; its distances "
        f"have a rank correlation of {quality.distance_spearman:.2f} with the true ones."
    )
    words = FigureWords(
        question, caption, summary, ", ".join(shown.run_ids), max(n, default=0), SOURCE,
        title="Networks as points: one map for all", details=details,
    )  # fmt: skip
    return figure_of(traces, words, kind="group-paths", layout=layout)


def group_ends_figure(shown: Snapshots, embedding: Embedding, names: Sequence[str]) -> go.Figure:
    """Return a map of the final functions alone, where no common way from the start hides how the groups differ."""
    traces = []
    for run, name in enumerate(names):
        paths = [path for path in shown.rows() if shown.run[path.start] == run]
        traces.append({**_ends(embedding.points, paths, name, run)[1], "name": name})
    shares = (*embedding.shares, 0.0, 0.0)
    layout = {
        "height": 460,
        "xaxis": axis(f"axis 1 of the map ({shares[0]:.0%} of the variance)"),
        "yaxis": axis(f"axis 2 ({shares[1]:.0%})", scaleanchor="x", scaleratio=1),
    }
    caption = (
        "Each sign is one network at the end. A map of its own: on that of the paths the long common way leaves little "
        "room for differences. Most of the distance lies in directions that no flat map can show, so the table judges "
        "in the full space."
    )
    summary = f"The map holds {embedding.explained:.0%} of {embedding.explained_what} between the ends."
    words = FigureWords(
        "Do the groups end in regions of their own?", caption, summary, ", ".join(shown.run_ids), shown.n_paths, SOURCE,
        title="The ends alone", details="Classical scaling of the Hellinger distance.",
    )  # fmt: skip
    return figure_of(traces, words, kind="group-ends", layout=layout)


def _lines(points: np.ndarray, paths: Sequence[slice], name: str, color: str) -> dict[str, object]:
    gap = np.full((1, 2), np.nan)
    joined = np.concatenate([part for path in paths for part in (points[path], gap)])
    return {
        "type": "scatter",
        "mode": "lines",
        "x": single(joined[:, 0]),
        "y": single(joined[:, 1]),
        "name": f"{name}, paths",
        "legendgroup": name,
        "showlegend": False,
        "line": {"color": faded(color, 0.45), "width": 1.2},
        "hoverinfo": "skip",
    }


def _ends(points: np.ndarray, paths: Sequence[slice], name: str, run: int) -> list[dict[str, object]]:
    color, symbol = RUN_COLORS[run % len(RUN_COLORS)], SYMBOLS[run % len(SYMBOLS)]
    result: list[dict[str, object]] = []
    for what, place, sign in (("start", 0, f"{symbol}-open"), ("end", -1, symbol)):
        at = points[[range(path.start, path.stop)[place] for path in paths]]
        result.append(
            {
                "type": "scatter",
                "mode": "markers",
                "x": single(at[:, 0]),
                "y": single(at[:, 1]),
                "name": f"{name}, {what}",
                "legendgroup": name,
                "marker": {"symbol": sign, "size": 8, "color": color, "line": {"color": color, "width": 1.5}},
                "hovertemplate": f"{name}, {what}<extra></extra>",
            }
        )
    return result


def _landmarks(report: FunctionMapReport) -> list[dict[str, object]]:
    """The function that has no idea; the truth would lie far outside."""
    there = [i for i, name in enumerate(report.landmarks.names) if name == "no idea"]
    if not there or not np.isfinite(report.landmark_points[there]).all():
        return []
    (x, y), meaning = report.landmark_points[there[0]], report.landmarks.meanings[there[0]]
    return [
        {
            "type": "scatter",
            "mode": "markers",
            "x": [float(x)],
            "y": [float(y)],
            "name": meaning,
            "marker": {"symbol": "cross-thin", "size": 12, "line": {"width": 2, "color": RUN_COLORS[6]}},
            "hovertemplate": f"{meaning}<extra></extra>",
        }
    ]


def group_spread_figure(spreads: Sequence[GroupSpread], *, unit: str, run: str = "") -> go.Figure:
    """Return the mean distance of all pairs of networks of each group over training, on two logarithmic axes."""
    question = "Do different beginnings end at the same function?"
    title = "How far apart the networks of a group lie"
    there = [spread for spread in spreads if len(spread.steps)]
    if not there:
        sentence = "No group has two networks, so none has a spread."
        return figure_of([], FigureWords(question, "", sentence, title=title), kind="group-spread")
    traces: list[dict[str, object]] = []
    colors = [RUN_COLORS[i % len(RUN_COLORS)] for i in range(len(there))]
    for i, spread in enumerate(there):
        traces.append(
            {
                "type": "scatter",
                "mode": "lines",
                "x": single(spread.steps + 1),
                "y": single(spread.distance),
                "name": spread.name,
                "legendgroup": spread.name,
                "showlegend": False,
                "line": {"color": colors[i], "width": 2, "dash": DASHES[i % len(DASHES)]},
                "hovertemplate": f"{spread.name}, %{{x}} − 1 updates: %{{y:.3~g}}<extra></extra>",
            }
        )
    ends = [np.log10(max(float(spread.distance[-1]), 1e-12)) for spread in there]
    values = np.concatenate([spread.distance for spread in there])
    positive = np.log10(values[values > 0]) if (values > 0).any() else np.zeros(1)
    span = float(positive.min()) - 0.1, float(positive.max()) + 0.1
    names = [spread.name for spread in there]
    rights = [float(spread.steps[-1]) + 1 for spread in there]
    for right in dict.fromkeys(rights):
        at_right = [end if own == right else float("nan") for end, own in zip(ends, rights, strict=True)]
        traces += line_end_labels(names, colors, right, at_right, span=span, value=lambda y: float(10.0**y))
    layout = {
        "height": 460,
        "xaxis": log_axis("1 + updates", log=True),
        "yaxis": log_axis(f"mean {unit} of all pairs", log=True, range=list(span)),
        "margin": {"l": LEFT, "r": room_for(names), "t": 12, "b": BOTTOM},
    }
    told = "; ".join(
        f"{spread.name}: {spread.distance[0]:.2g} at the start, {spread.distance[-1]:.2g} at the end"
        for spread in there
    )
    caption = (
        "Mean distance between the answers of two networks of the same group that began differently. A line that falls "
        "to nothing: all of them become one function; one that stays up: they end at different functions."
    )
    words = FigureWords(
        question, caption, f"{told}.", run, max(int(spread.n_paths.max()) for spread in there), SOURCE,
        title=title, details="Left end: before the first update. The distance is that in the full space, not on a map.",
    )  # fmt: skip
    return figure_of(traces, words, kind="group-spread", layout=layout)
