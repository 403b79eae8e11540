"""Figures under the clock: that of the step where it rests is sent first, the frames of all other steps when all stand.

They are made here, once for each state of a run; the browser moves through them without the server.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import streamlit as st

from pages.components import figure_view, frame
from pages.components.late_frames import Late
from pages.components.live_chart import DEFAULT_HEIGHT, clocked_chart

if TYPE_CHECKING:
    import plotly.graph_objects as go

    from diagnostics.figures.theme import Parts
    from diagnostics.run import Run
    from pages.components.clock import ClockState
    from pages.components.layer_entries import Entry
    from pages.components.layer_view import View


@dataclass(frozen=True, eq=False)
class Clocked:
    """A figure at the clock's step, for words and export; packed for the browser; and what packs all its frames.

    `late` is None if the figure does not move.
    """

    figure: go.Figure
    packed: str
    late: Late | None


def show_clocked(entry: Entry, view: View, state: ClockState, *, live: bool) -> Late | None:
    """Draw a figure that follows the clock, with its words and its menu.

    Parameters
    ----------
    entry : Entry
    view : View
    state : ClockState
        Where the clock rests: that step is among the frames, and is what is exported.
    live : bool
        Whether the run is still going on.

    Returns
    -------
    Late or None
        What is to be sent after all figures are (`pages.components.late_frames.send`); None if it does not move.
    """
    dark = frame.is_dark()
    chosen = tuple(str(getattr(view, name)) if name != "other" else _state(view) for name in entry.uses)
    key = (entry.id, *_version(view.run), state.step, dark, *chosen)
    made = _made(key, lambda: frames_of(entry, view, state, dark=dark))
    layout = made.figure.layout
    name = _name(entry)

    def chart() -> None:
        marks = {mark: mark in entry.marks for mark in ("time", "rows", "columns")}
        late = "" if made.late is None else made.late.version
        clocked_chart(made.packed, name, int(layout.height or DEFAULT_HEIGHT), layout.meta, marks, late=late)

    figure_view.show(made.figure, key=name, live=live, chart=chart)
    return made.late


def _name(entry: Entry) -> str:
    """The chart's key, and that of its frames."""
    return f"layers/figure/{entry.id}"


@st.cache_resource(max_entries=120, show_spinner=False)
def _made(key: tuple[object, ...], _make: Callable[[], Clocked]) -> Clocked:
    return _make()


def _version(run: Run) -> tuple[object, ...]:
    """What changes whenever something was recorded of the layers."""
    from diagnostics.clock_steps import recorded_layer_steps

    steps = recorded_layer_steps(run)
    return run.id, len(steps), int(steps[-1]) if len(steps) else -1, str(run.info.get("state"))


def _state(view: View) -> str:
    return "" if view.other is None else str(_version(view.other.run))


def frames_of(entry: Entry, view: View, state: ClockState, *, dark: bool) -> Clocked:
    """Return a figure where the clock rests, and what makes it at at most fifty steps."""
    from diagnostics.clock_steps import clock_steps
    from diagnostics.figures.packing import packed
    from diagnostics.figures.theme import themed_arrays

    steps = clock_steps(view.run)
    last = int(steps[-1]) if len(steps) else 0
    at = last if state.step is None else state.step
    steps = np.unique(np.append(steps, at))
    frames = entry.figures(view, steps.tolist())
    moves = len(frames) > 1
    number = int(np.searchsorted(steps, at)) if moves else 0
    text = packed([themed_arrays(frames[number], dark)], [at])
    shown = _worded(frames[number], moves=moves)

    def all_packed() -> str:
        return packed([themed_arrays(figure, dark) for figure in frames], steps.tolist())

    return Clocked(shown, text, Late(_name(entry), all_packed) if moves else None)


def _worded(frame: go.Figure | Parts, *, moves: bool) -> go.Figure:
    """Return the figure at the clock's step; while the clock moves, what stands below it names no step."""
    from diagnostics.figures.theme import drawn

    figure = drawn(frame) if isinstance(frame, dict) else frame
    if moves:
        meta = dict(figure.layout.meta)
        figure.layout.meta = {**meta, "reading": re.sub(r"at step \d+", "at the clock's step", str(meta["reading"]))}
    return figure
