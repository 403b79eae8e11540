"""Figures whose points are seen from one step on and until another: what is seen when, and animations made of them.

A trace with `meta["shown"]` grows: `from` and `until` (exclusive) are arrays with a step for each point; `points`
(m, 2 or 3) are its points, where the trace itself lacks some. In the app the browser moves such a figure
(`diagnostics.figures.packing`); here it becomes a figure with frames, a slider and a button that plays them, which
needs no app. Start at `animated`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import plotly.graph_objects as go
from numpy.typing import NDArray

from diagnostics.figures.printing import LINE, SMALL
from diagnostics.figures.theme import single

ROOM = 0.06  # of the range, around everything that is ever seen
LONGEST = 1.6  # axis of a space, in units of Plotly's: a longer one would not fit into the picture
LENGTH = 12_000  # ms that an animation takes, about
FASTEST, SLOWEST = 60, 500  # ms between two frames
MOST_NUMBERS = 1_500_000  # in all frames: 8 MB of text

Ints = NDArray[np.int64]
Columns = dict[str, NDArray[np.float64]]


@dataclass(frozen=True, eq=False)
class Growth:
    """A growing trace: its number in the figure, all its points, and the steps from and until which each is seen.

    Attributes
    ----------
    trace : int
    columns : dict of array (m,)
        "x", "y" and perhaps "z".
    since, until : array (m,) of int
        `until` is exclusive.
    """

    trace: int
    columns: Columns
    since: Ints
    until: Ints

    def at(self, step: int) -> Columns:
        """Return the points as they are seen at a step: NaN where one is not."""
        there = (self.since <= step) & (step < self.until)
        return {name: np.where(there, column, np.nan) for name, column in self.columns.items()}


def growths(traces: Sequence[Mapping[str, Any]]) -> Iterator[Growth]:
    """Yield the growing ones of some traces as Plotly describes them, with NumPy arrays in them."""
    for number, trace in enumerate(traces):
        grows = (trace.get("meta") or {}).get("shown")
        if grows is None:
            continue
        points = grows.get("points")
        found = dict(zip("xyz", points.T, strict=False)) if points is not None else trace
        columns = {name: np.asarray(found[name], np.float64) for name in "xyz" if found.get(name) is not None}
        yield Growth(number, columns, *(np.asarray(grows[name], np.int64) for name in ("from", "until")))


def without_growth(figure: go.Figure) -> go.Figure:
    """Return a growing figure without what only moves it, for export."""
    traces = [without_shown(trace.to_plotly_json()) for trace in figure.data]
    return go.Figure({"data": traces, "layout": figure.layout.to_plotly_json()}, _validate=False)


def without_shown(trace: Mapping[str, Any]) -> dict[str, Any]:
    """Return a trace, as Plotly describes it, without what only moves it."""
    meta = trace.get("meta")
    if not isinstance(meta, Mapping) or "shown" not in meta:
        return dict(trace)
    return {**trace, "meta": {key: value for key, value in meta.items() if key != "shown"}}


def spread(steps: Sequence[int], most: int) -> list[int]:
    """Return at most so many of the steps (two or more), evenly chosen, with the first and the last."""
    if len(steps) <= most:
        return list(steps)
    places = np.linspace(0, len(steps) - 1, most).round().astype(int)
    return [steps[place] for place in np.unique(places)]


def duration(n_frames: int) -> int:
    """Return how long each of some frames is to be seen, in ms."""
    return round(min(max(LENGTH / max(n_frames, 1), FASTEST), SLOWEST))


def animated(printed: go.Figure, growing: go.Figure, steps: Sequence[int]) -> go.Figure:
    """Return a printed figure with a frame for each step, a slider over them and buttons to play and to pause.

    Parameters
    ----------
    printed : plotly.graph_objects.Figure
        `without_growth(growing)`, fitted to a size (`diagnostics.figures.printing.fitted_to_print`).
    growing : plotly.graph_objects.Figure
        Whose traces have `meta["shown"]`.
    steps : sequence of int
        Ascending; where all frames together would be more than 1.5 million numbers, some of them are taken, evenly.

    Raises
    ------
    ValueError
        If no trace grows, or there is no step.
    """
    found = _growths(growing)
    if not len(steps):
        raise ValueError("an animation needs at least one step")
    size = sum(len(growth.since) * len(growth.columns) for growth in found)
    taken = spread(steps, max(2, MOST_NUMBERS // max(size, 1)))
    frames = [_frame(growing, found, step) for step in taken]
    result = go.Figure(printed.to_dict() | {"frames": frames})
    result.update_layout(fixed_ranges(growing, found))
    _add_controls(result, taken)
    if len(taken) < len(steps):
        note = f"The slider has {len(taken)} of {len(steps)} recorded steps."
        result.layout.meta = {**result.layout.meta, "caption": f"{result.layout.meta.get('caption', '')} {note}"}
    return result


def growing_print(printed: go.Figure, growing: go.Figure) -> dict[str, Any]:
    """Return a printed figure as `diagnostics.figures.packing.packed_growing` takes it: growing, its axes at rest.

    The last of its annotations is an empty one in a corner, for the step.

    Parameters
    ----------
    printed, growing
        As of `animated`.

    Raises
    ------
    ValueError
        If no trace grows.
    """
    found = _growths(growing)
    result: dict[str, Any] = go.Figure(printed).update_layout(fixed_ranges(growing, found)).to_dict()
    for growth in found:
        points = np.stack([single(column) for column in growth.columns.values()], axis=1)
        trace = result["data"][growth.trace]
        shown = {"from": growth.since, "until": growth.until, "points": points}
        trace["meta"] = {**(trace.get("meta") or {}), "shown": shown}
    place = {"xref": "paper", "yref": "paper", "x": 1, "y": 0, "xanchor": "right", "yanchor": "bottom"}
    look = {"showarrow": False, "bgcolor": "rgba(255,255,255,0.8)", "font": {"size": printed.layout.font.size}}
    layout = result["layout"]
    layout["annotations"] = [*layout.get("annotations", []), {**place, **look, "text": ""}]
    return result


def fixed_ranges(growing: go.Figure, found: Sequence[Growth]) -> dict[str, Any]:
    """Return the layout's axes with ranges that hold everything that is ever seen, of those that have no range.

    A space whose axes are in the proportions of the data keeps these, too.
    """
    known = {growth.trace: growth.columns for growth in found}
    seen: dict[tuple[str, ...], list[NDArray[np.float64]]] = {}
    for number, trace in enumerate(growing.data):
        scene = getattr(trace, "scene", None) if trace.type.endswith("3d") else ""
        for letter in "xyz" if scene != "" else "xy":
            numbers = known[number].get(letter) if number in known else getattr(trace, letter, None)
            if numbers is None or np.asarray(numbers).dtype.kind not in "fiu":
                continue
            name = (getattr(trace, f"{letter}axis", None) or letter).replace(letter, f"{letter}axis")
            path: tuple[str, ...] = (name,) if scene == "" else (scene or "scene", f"{letter}axis")
            seen.setdefault(path, []).append(np.asarray(numbers, np.float64))
    result: dict[str, Any] = {}
    for path, parts in seen.items():
        axis = growing.layout[path[0]] if len(path) == 1 else growing.layout[path[0]][path[1]]
        limits = _limits(np.concatenate(parts), logarithmic=axis.type == "log")
        if axis.range is not None or axis.type not in (None, "-", "linear", "log") or limits is None:
            continue
        place = result if len(path) == 1 else result.setdefault(path[0], {})
        place[path[-1]] = {"range": limits, "autorange": False}
    for name, axes in result.items():
        if name.startswith("scene") and growing.layout[name].aspectmode == "data" and len(axes) == 3:
            axes |= {"aspectmode": "manual", "aspectratio": _proportions([axes[f"{letter}axis"] for letter in "xyz"])}
    return result


def _proportions(axes: Sequence[Mapping[str, Any]]) -> dict[str, float]:
    """Return how long the axes of a space are: Plotly's "data" would measure what is seen at the moment."""
    lengths = np.array([axis["range"][1] - axis["range"][0] for axis in axes])
    lengths *= min(1 / np.exp(np.log(lengths).mean()), LONGEST / lengths.max())
    return dict(zip("xyz", lengths.tolist(), strict=True))


def _limits(values: NDArray[np.float64], *, logarithmic: bool) -> list[float] | None:
    if logarithmic:
        values = np.log10(np.where(values > 0, values, np.nan))
    values = values[np.isfinite(values)]
    if not len(values):
        return None
    low, high = float(values.min()), float(values.max())
    room = ROOM * (high - low or 1.0)
    return [low - room, high + room]


def _growths(growing: go.Figure) -> list[Growth]:
    found = list(growths([trace.to_plotly_json() for trace in growing.data]))
    if not found:
        raise ValueError("no trace of this figure grows: an animation needs one with meta['shown']")
    return found


def _frame(growing: go.Figure, found: Sequence[Growth], step: int) -> dict[str, Any]:
    data = [
        {"type": growing.data[growth.trace].type, **{name: single(column) for name, column in growth.at(step).items()}}
        for growth in found
    ]
    return {"name": str(step), "data": data, "traces": [growth.trace for growth in found]}


def _add_controls(figure: go.Figure, steps: Sequence[int]) -> None:
    """Add a slider below the plot, and before it two buttons; the figure grows by the room that they take."""
    size, layout = float(figure.layout.font.size), figure.layout
    at_once = {"mode": "immediate", "transition": {"duration": 0}}
    moves = {**at_once, "fromcurrent": True, "frame": {"duration": duration(len(steps)), "redraw": True}}
    rests = {**at_once, "frame": {"duration": 0, "redraw": False}}
    stops = [
        {"label": f"{step}", "method": "animate", "args": [[str(step)], {**rests, "frame": {"redraw": True}}]}
        for step in steps
    ]
    buttons = [
        {"label": "Play", "method": "animate", "args": [None, moves]},
        {"label": "Pause", "method": "animate", "args": [[None], rests]},
    ]
    width = float(layout.width) - float(layout.margin.l) - float(layout.margin.r)
    below = 1.2 * size if any(trace.type.endswith("3d") for trace in figure.data) else 3.6 * size  # the axis's words
    room = 7 * LINE * size
    font = {"size": SMALL * size}
    figure.update_layout(
        height=float(layout.height) + room,
        margin={"b": float(layout.margin.b or 0) + room},
        sliders=[
            {
                "active": len(steps) - 1,
                "steps": stops,
                "x": min(8.5 * size / width, 0.5),
                "len": max(1 - 8.5 * size / width, 0.5),
                "y": 0,
                "pad": {"t": below, "b": 0, "l": 0, "r": 0},
                "currentvalue": {"prefix": "step ", "font": {"size": size}, "xanchor": "right"},
                "font": font,
                "transition": {"duration": 0},
            }
        ],
        updatemenus=[
            {
                "type": "buttons",
                "direction": "left",
                "showactive": False,
                "buttons": buttons,
                "x": 0,
                "y": 0,
                "xanchor": "left",
                "yanchor": "top",
                "pad": {"t": below + 1.2 * size, "l": 0, "r": 0, "b": 0},
                "font": font,
            }
        ],
    )
