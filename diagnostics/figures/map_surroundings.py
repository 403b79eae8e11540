"""What lies around the paths on a map of function space: outlines at equal epochs, known functions, random walks.

`MapView` says how a map is drawn.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from diagnostics.figures.colors import RUN_COLORS, THEORY, faded
from diagnostics.figures.theme import single
from diagnostics.function_distance import UNITS
from diagnostics.random_walk import RandomWalkReport
from diagnostics.seed_spread import Floats
from diagnostics.trajectories import FunctionMapReport

NEVER = 2**31 - 1  # a step after the last

ColorBy = Literal["epoch", "loss", "run"]
NEAR = (0.25, 0.1)  # of the map across and upwards: so close to one another two names would overlap
EDGE = 0.12  # of the map, at the sides of which a name would be cut off


@dataclass(frozen=True)
class MapView:
    """How a map is drawn: colour of the points, colour "#rrggbb" of each run, and what else is drawn on it."""

    color_by: ColorBy = "epoch"
    run_colors: tuple[str, ...] = RUN_COLORS
    null: RandomWalkReport | None = None
    outlines: bool = True
    known: bool = True


def shown_from(steps: NDArray[np.integer]) -> dict[str, NDArray[np.integer]]:
    """Return `meta["shown"]` of points that stay once they are there; `steps` are those from which on they are seen."""
    return {"from": steps, "until": np.full(len(steps), NEVER)}


def at_points(points: Floats) -> dict[str, object]:
    """Return x, y (and z) of points (m, 2 or 3)."""
    names = ("x", "y", "z")[: points.shape[1]]
    return {name: single(column) for name, column in zip(names, points.T, strict=True)}


def trace_kind(report: FunctionMapReport) -> str:
    """Return what Plotly calls a trace in the plane or in space."""
    return "scatter" if report.points.shape[1] == 2 else "scatter3d"


def run_color(view: MapView, run: int) -> str:
    """Return the colour of a run."""
    return view.run_colors[run % len(view.run_colors)]


def with_gaps(points: Floats, rows: Sequence[slice]) -> Floats:
    """Return the rows one after another, with a row of NaN behind each part."""
    gap = np.full((1, points.shape[1]), np.nan)
    return np.concatenate([part for path in rows for part in (points[path], gap)])


def outlines_traces(report: FunctionMapReport, view: MapView) -> list[dict[str, object]]:
    """Return the outlines of the seeds at some epochs."""
    if not view.outlines:
        return []
    result: list[dict[str, object]] = []
    for number, outline in enumerate(report.outlines):
        color = run_color(view, outline.run)
        result.append(
            {
                "type": "scatter",
                "mode": "lines",
                **at_points(outline.points),
                "fill": "toself",
                "fillcolor": faded(color, 0.06),
                "line": {"color": faded(color, 0.6), "width": 1, "dash": "dot"},
                "name": "all seeds at one epoch",
                "legendgroup": "outlines",
                "showlegend": number == 0,
                "hoverinfo": "text",
                "text": f"all seeds at epoch {outline.epoch:.3g}",
                "hoveron": "fills",
                "meta": {"shown": shown_from(np.full(len(outline.points), outline.step))},
            }
        )
    return result


def known_traces(report: FunctionMapReport, view: MapView) -> list[dict[str, object]]:
    """Return the functions of known meaning, with their names."""
    there = np.flatnonzero(np.isfinite(report.landmark_points).all(axis=1))
    if not view.known or not len(there):
        return []
    names = [report.landmarks.names[row] for row in there]
    unit, away = UNITS[report.snapshots.task], report.landmark_distances
    true = [f"in truth {away[row]:.2g} from the ends, on average ({unit})" for row in there]
    meanings = [f"{report.landmarks.meanings[row]}<br>{text}" for row, text in zip(there, true, strict=True)]
    size = 11 if report.points.shape[1] == 2 else 5
    return [
        {
            "type": trace_kind(report),
            "mode": "markers+text",
            **at_points(report.landmark_points[there]),
            "name": "known functions",
            "showlegend": False,
            "text": names,
            "textposition": _beside(report.landmark_points[there], report.points),
            "textfont": {"color": THEORY, "size": 12},
            "marker": {"symbol": "x" if report.points.shape[1] == 2 else "cross", "size": size, "color": THEORY},
            "customdata": np.array(meanings, dtype=object)[:, None],
            "meta": {"columns": ["meaning"]},
            "hovertemplate": "%{text}: %{customdata[0]}<extra></extra>",
        }
    ]


def _beside(places: np.ndarray, others: np.ndarray) -> list[str]:
    """Where each name stands: within the map, and below its cross if above it would lie over another name."""
    everything = np.concatenate([places, others])
    low, high = np.nanmin(everything, axis=0), np.nanmax(everything, axis=0)
    shares = ((places - low) / np.where(high > low, high - low, 1.0))[:, :2]
    found: list[str] = []
    for number, (across, _) in enumerate(shares):
        near = (np.abs(shares[:number] - shares[number]) < NEAR).all(axis=1)
        above = not any(found[other].startswith("top") for other in np.flatnonzero(near))
        side = "left" if across > 1 - EDGE else "right" if across < EDGE else "center"
        found.append(f"{'top' if above else 'bottom'} {side}")
    return found


def null_traces(report: FunctionMapReport, view: MapView) -> list[dict[str, object]]:
    """Return random walks with as many steps, if they are to be drawn."""
    if view.null is None or len(view.null.points) != len(report.points):
        return []
    return [
        {
            "type": trace_kind(report),
            "mode": "lines",
            **at_points(with_gaps(view.null.points, list(report.snapshots.rows()))),
            "name": "random walks, for comparison",
            "line": {"color": THEORY, "width": 1, "dash": "dash"},
            "hoverinfo": "skip",
            "showlegend": True,
        }
    ]
