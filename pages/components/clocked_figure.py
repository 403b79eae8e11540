"""Figures under the clock: their frames are made here, once for each state of a run, and sent to the browser."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import streamlit as st

from pages.components import figure_view, frame
from pages.components.live_chart import DEFAULT_HEIGHT, clocked_chart

if TYPE_CHECKING:
    import plotly.graph_objects as go

    from diagnostics.figures.theme import Parts
    from diagnostics.run import Run
    from pages.components.clock import ClockState
    from pages.components.layer_entries import Entry
    from pages.components.layer_figures import View


@dataclass(frozen=True, eq=False)
class Clocked:
    """A figure at the clock's step, for words and export, and the packed frames for the browser."""

    figure: go.Figure
    packed: str


def show_clocked(entry: Entry, view: View, state: ClockState, *, live: bool) -> None:
    """Draw a figure that follows the clock, with its words and its menu.

    Parameters
    ----------
    entry : Entry
    view : View
    state : ClockState
        Where the clock rests: that step is among the frames, and is what is exported.
    live : bool
        Whether the run is still going on.
    """
    dark = frame.is_dark()
    chosen = tuple(str(getattr(view, name)) if name != "other" else _state(view) for name in entry.uses)
    key = (entry.id, *_version(view.run), state.step, dark, *chosen)
    made = _made(key, lambda: frames_of(entry, view, state, dark=dark))
    layout = made.figure.layout
    name = f"layers/figure/{entry.id}"

    def chart() -> None:
        marks = {mark: mark in entry.marks for mark in ("time", "rows", "columns")}
        clocked_chart(made.packed, name, int(layout.height or DEFAULT_HEIGHT), layout.meta, marks)

    figure_view.show(made.figure, key=name, live=live, chart=chart)


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
    """Return a figure at at most fifty steps, packed, and as it is where the clock rests."""
    from diagnostics.clock_steps import clock_steps
    from diagnostics.figures.packing import packed
    from diagnostics.figures.theme import themed_arrays

    steps = clock_steps(view.run)
    last = int(steps[-1]) if len(steps) else 0
    at = last if state.step is None else state.step
    steps = np.unique(np.append(steps, at))
    drawn = entry.figures(view, steps.tolist())
    if len(drawn) == 1:
        steps = steps[:1]
    number = int(np.searchsorted(steps, at)) if len(drawn) > 1 else 0
    shown = _worded(drawn[number], moves=len(drawn) > 1)
    text = packed([themed_arrays(figure, dark) for figure in drawn], steps.tolist(), steady=entry.steady)
    return Clocked(shown, text)


def _worded(frame: go.Figure | Parts, *, moves: bool) -> go.Figure:
    """Return the figure at the clock's step; while the clock moves, what stands below it names no step."""
    from diagnostics.figures.theme import drawn

    figure = drawn(frame) if isinstance(frame, dict) else frame
    if moves:
        meta = dict(figure.layout.meta)
        figure.layout.meta = {**meta, "reading": re.sub(r"at step \d+", "at the clock's step", str(meta["reading"]))}
    return figure
