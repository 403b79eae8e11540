"""What is drawn on a map of function space: paths, snapshots, means, starts and heads, outlines, known functions.

Traces with `meta["shown"]` grow while the clock moves: their points are seen from one step on and until another
(`growth`), see `diagnostics.figures.growing`. Start at `map_traces`.
"""

from __future__ import annotations

import numpy as np

from diagnostics.figures.colors import depth_scale, faded
from diagnostics.figures.map_surroundings import (
    NEVER,
    MapView,
    at_points,
    known_traces,
    null_traces,
    outlines_traces,
    run_color,
    shown_from,
    trace_kind,
    with_gaps,
)
from diagnostics.figures.theme import color_bar, single
from diagnostics.seed_spread import Floats
from diagnostics.snapshots import Ints
from diagnostics.trajectories import FunctionMapReport

EARLY = 2.5  # power that spreads the colours of the first epochs, in which most happens
ARROWS = 4  # on each mean path
MANY = 3000  # points from which they are drawn by the graphics card
ALWAYS = -1  # a step before the first


def map_traces(report: FunctionMapReport, view: MapView) -> list[dict[str, object]]:
    """Return everything that is drawn, what lies below first."""
    return [
        *null_traces(report, view),
        *outlines_traces(report, view),
        *_paths(report, view),
        _snapshots(report, view),
        *_means(report, view),
        *_ends(report, view),
        *known_traces(report, view),
    ]


def growth(report: FunctionMapReport) -> tuple[Ints, Ints]:
    """Return from which step on each snapshot is the newest of its path, and until which (exclusive), (n,) and (n,)."""
    shown = report.snapshots
    until = np.full(len(shown), NEVER, dtype=np.int64)
    inner = np.flatnonzero(shown.path[1:] == shown.path[:-1])
    until[inner] = shown.step[inner + 1]
    return shown.step, until


def _paths(report: FunctionMapReport, view: MapView) -> list[dict[str, object]]:
    """Thin lines of the seeds, one trace for each run."""
    shown, result = report.snapshots, []
    start, _ = growth(report)
    for run, name in enumerate(shown.run_names):
        rows = [path for path in shown.rows() if shown.run[path.start] == run]
        if not rows:
            continue
        since = np.concatenate([np.append(start[path], ALWAYS) for path in rows])
        several = len(shown.run_ids) > 1
        result.append(
            {
                "type": trace_kind(report),
                "mode": "lines",
                **at_points(with_gaps(report.points, rows)),
                "name": name if several else "paths of the seeds",
                "legendgroup": f"run {run}",
                "showlegend": several,
                "line": {"color": faded(run_color(view, run), 0.45), "width": 1 if report.points.shape[1] == 2 else 2},
                "hoverinfo": "skip",
                "meta": {"shown": shown_from(since)},
            }
        )
    return result


def _snapshots(report: FunctionMapReport, view: MapView) -> dict[str, object]:
    shown = report.snapshots
    start, _ = growth(report)
    flat = report.points.shape[1] == 2
    marker: dict[str, object] = {"size": 6 if flat else 3.5, "line": {"width": 0}}
    if view.color_by == "run":
        marker["color"] = [run_color(view, run) for run in shown.run]
    else:
        numbers = shown.epoch if view.color_by == "epoch" else np.log10(np.maximum(shown.loss, 1e-12))
        title = "epoch" if view.color_by == "epoch" else "loss (power of ten)"
        scale = depth_scale(EARLY if view.color_by == "epoch" else 1.0)
        marker |= {"color": single(numbers), "colorscale": scale, "showscale": True, "colorbar": color_bar(title)}
        marker |= {"cmin": float(np.nanmin(numbers)), "cmax": float(np.nanmax(numbers))} if _any(numbers) else {}
    kind = "scattergl" if flat and len(shown) > MANY else trace_kind(report)
    names = np.array(shown.run_names, dtype=object)[shown.run]
    custom = np.empty((len(shown), 6), dtype=object)
    custom[:, 0], custom[:, 1], custom[:, 2] = names, shown.seed, shown.step
    custom[:, 3], custom[:, 4] = np.round(shown.epoch, 3), _short(shown.loss)
    custom[:, 5] = np.arange(len(shown))
    return {
        "type": kind,
        "mode": "markers",
        **at_points(report.points),
        "name": "snapshots",
        "marker": marker,
        "customdata": custom,
        "meta": {
            "columns": ["run", "seed", "step", "epoch", "loss", "row"],
            "shown": shown_from(start),
            "rows": True,
        },
        "hovertemplate": "%{customdata[0]}, seed %{customdata[1]}<br>step %{customdata[2]}, epoch %{customdata[3]}<br>"
        "loss %{customdata[4]}<extra></extra>",
        "showlegend": False,
    }


def _any(numbers: Floats) -> bool:
    return bool(np.isfinite(numbers).any())


def _short(loss: Floats) -> list[str]:
    return [f"{value:.3g}" if np.isfinite(value) else "not measured" for value in loss]


def _means(report: FunctionMapReport, view: MapView) -> list[dict[str, object]]:
    """The mean path of each run, bold, with arrows in its direction where there is a plane to turn them in."""
    shown, result = report.snapshots, []
    for mean in report.mean_paths:
        color = run_color(view, mean.run)
        rows = shown.run == mean.run
        since = np.interp(mean.epochs, *_by_epoch(shown.epoch[rows], shown.step[rows])).round().astype(np.int64)
        trace: dict[str, object] = {
            "type": trace_kind(report),
            "mode": "lines",
            **at_points(mean.points),
            "name": "mean of the seeds" if len(shown.run_ids) == 1 else f"{shown.run_names[mean.run]}, mean",
            "legendgroup": f"run {mean.run}",
            "showlegend": len(shown.run_ids) == 1,
            "line": {"color": color, "width": 3.5 if report.points.shape[1] == 2 else 6},
            "customdata": np.round(mean.epochs, 3)[:, None],
            "hoverinfo": "skip",  # it would stand in the way of the moments below it
            "meta": {"columns": ["epoch"], "shown": shown_from(since)},
        }
        result.append(trace)
        if report.points.shape[1] == 2:
            result.append(_arrows(mean.points, since, color, f"run {mean.run}"))
    return result


def _by_epoch(epoch: Floats, step: Ints) -> tuple[Floats, Floats]:
    order = np.argsort(epoch, kind="stable")
    return epoch[order], step[order].astype(np.float64)


def _arrows(points: Floats, since: Ints, color: str, group: str) -> dict[str, object]:
    """Arrow heads at equal distances along a path; Plotly turns each away from the point before it."""
    way = np.concatenate([[0.0], np.linalg.norm(np.diff(points, axis=0), axis=1).cumsum()])
    places = np.linspace(0, way[-1], ARROWS + 2)[1:-1]
    behind = np.maximum(places - 0.01 * max(float(way[-1]), 1e-300), 0.0)
    at, before = (
        np.stack([np.interp(where, way, column) for column in points.T], axis=1) for where in (places, behind)
    )
    pairs = np.stack([before, at, np.full_like(at, np.nan)], axis=1).reshape(-1, points.shape[1])
    steps = np.repeat(np.interp(places, way, since.astype(np.float64)).round().astype(np.int64), 3)
    return {
        "type": "scatter",
        "mode": "markers",
        **at_points(pairs),
        "name": "direction",
        "legendgroup": group,
        "showlegend": False,
        "hoverinfo": "skip",
        "marker": {
            "symbol": "arrow",
            "angleref": "previous",
            "size": np.tile([0.0, 14.0, 0.0], len(at)),
            "color": color,
        },
        "meta": {"shown": shown_from(steps)},
    }


def _ends(report: FunctionMapReport, view: MapView) -> list[dict[str, object]]:
    """Where each path begins, and where it is: at the end, or at the clock's step."""
    shown = report.snapshots
    start, until = growth(report)
    colors = np.array([run_color(view, int(run)) for run in shown.run])
    custom = np.empty((len(shown), 3), dtype=object)
    custom[:, 0], custom[:, 2] = shown.seed, np.arange(len(shown))
    custom[:, 1] = np.array(shown.run_names, dtype=object)[shown.run]
    flat = report.points.shape[1] == 2
    common = {"type": trace_kind(report), "mode": "markers", "showlegend": True}
    begin = {
        **common,
        **at_points(report.points[shown.starts]),
        "name": "start",
        "marker": {
            "symbol": "circle-open",
            "size": 10 if flat else 5,
            "color": colors[shown.starts].tolist(),
            "line": {"width": 2, "color": colors[shown.starts].tolist()},
        },
        "customdata": custom[shown.starts],
        "meta": {"columns": ["seed", "run", "row"], "rows": True},
        "hovertemplate": "start of seed %{customdata[0]}, %{customdata[1]}<extra></extra>",
    }
    heads = {
        **common,
        **at_points(_only(report.points, shown.ends)),
        "name": "end",
        "marker": {
            "symbol": "diamond",
            "size": 10 if flat else 5,
            "color": colors.tolist(),
            "line": {"width": 1, "color": "white"},
        },
        "customdata": custom,
        "meta": {
            "columns": ["seed", "run", "row"],
            "rows": True,
            "shown": {"from": start, "until": until, "points": report.points},
        },
        "hovertemplate": "seed %{customdata[0]}, %{customdata[1]}<extra></extra>",
    }
    return [begin, heads]


def _only(points: Floats, rows: Ints) -> Floats:
    result = np.full_like(points, np.nan)
    result[rows] = points[rows]
    return result
