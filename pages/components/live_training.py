"""A training as it happens: loss and metric, the learned function, and the state of the layers, updated in place.

One fragment looks twice a second while the run lives, and redraws once a second. If nothing new was recorded it shows
the same figures again, and when the run ends it redraws the page once and comes to rest.
"""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

import streamlit as st

from pages.components import figure_view, frame
from pages.components.layer_strip import layer_strip
from pages.components.run_picker import loaded
from pages.components.training_controls import run_controls

if TYPE_CHECKING:
    import plotly.graph_objects as go

    from diagnostics.run import Run

EVERY = 0.5  # seconds: how soon the end of a training is noticed
REDRAWN = 0.9  # seconds between two drawings, which take the training's time
STRIP_REDRAWN = 2.5  # the state of the layers changes more slowly than the loss
_SHOWN = "train/shown"


@dataclass(frozen=True)
class Shown:
    """The figures of a run at one moment: its curves, what it has learned, and a strip of its layers."""

    curves: Mapping[str, go.Figure]
    function: go.Figure | None
    strip: Mapping[str, go.Figure]


def live_training(run_id: str) -> None:
    """Draw the controls and the figures of a run; while it is being made they follow it."""
    every = EVERY if frame.is_live(run_id) else None
    st.fragment(_watch, run_every=every)(run_id, every is not None)


def _watch(run_id: str, following: bool) -> None:
    live = frame.is_live(run_id)
    if (live and not following) or not frame.exists(run_id):  # of a run whose folder is gone the whole page tells
        st.rerun()
    run_controls(run_id)
    shown = _shown(run_id)
    if shown is None:
        st.caption("The figures appear with the first recorded step.")
    else:
        _draw(shown, run_id, live=live)
    if following and not live:  # the end is on the screen; now the rest of the page may learn of it
        st.rerun()


def _draw(shown: Shown, run_id: str, *, live: bool) -> None:
    with st.container(key="wide-live"):
        for column, (key, figure) in zip(st.columns(2, gap="medium"), shown.curves.items(), strict=False):
            with column:
                figure_view.show(figure, key=f"train/{key}", live=live)
    if shown.function is None:
        layer_strip(shown.strip, run_id)
        return
    with st.container(key="side-by-side"):
        left, right = st.columns([3, 2], gap="medium")
    with left:
        figure_view.show(shown.function, key="train/function", live=live)
    with right:
        layer_strip(shown.strip, run_id)


def _shown(run_id: str) -> Shown | None:
    """Return the figures of the newest snapshot; those of the last time if nothing new was recorded."""
    job = frame.job(run_id)
    version = (run_id, job.version if job is not None else -1, frame.is_live(run_id))
    last = st.session_state.get(_SHOWN)
    now = time.monotonic()
    if last is not None and (last[0] == version or (version[2] and last[0][0] == run_id and now < last[2])):
        known: Shown = last[1]
        return known
    run = job.snapshot() if job is not None else None
    if run is None:
        run = loaded(run_id)
    if not len(run.series):
        return None
    strip, until = (last[1].strip, last[3]) if last is not None and last[0][0] == run_id else (None, 0.0)
    if strip is None or now >= until or not version[2]:
        strip, until = layer_strips(run), now + STRIP_REDRAWN
    drawn = Shown(*figures_of(run), strip)
    st.session_state[_SHOWN] = (version, drawn, now + REDRAWN, until)
    return drawn


def figures_of(run: Run) -> tuple[dict[str, go.Figure], go.Figure | None]:
    """Return the curves of a run and what it has learned."""
    from diagnostics import learning_curves as curves
    from diagnostics.figures.learning_curves import learning_curves_figure

    drawn = {
        metric: learning_curves_figure(curves.learning_curves([run], metric=metric, x="epoch"))
        for metric in ("loss", "accuracy", "r2")
        if f"train/{metric}" in run.series
    }
    return drawn, _learned_function(run)


def layer_strips(run: Run) -> dict[str, go.Figure]:
    """Return the small figures of the layers' state."""
    from diagnostics.figures.layer_strip import share_strip_figure, spread_strip_figure
    from diagnostics.layer_statistics import layer_moments
    from diagnostics.saturation import dead_units, saturation

    result = {name: spread_strip_figure(layer_moments(run, name)) for name in ("activation", "gradient")}
    saturated, dead = saturation(run), dead_units(run)
    shares = dead if dead.layers and not saturated.layers else saturated
    return {**result, shares.kind: share_strip_figure(shares, [layer.name for layer in run.layers])}


def _learned_function(run: Run) -> go.Figure | None:
    """Return the decision surface for two features, the fitted function for one, else the confusion matrix."""
    if "probe/output" not in run.series:
        return None
    if "grid/output" in run.series:
        from diagnostics import decision_surface as surface
        from diagnostics.figures import decision_surface as surface_figures

        if "grid/axes" in run.constants:
            return surface_figures.decision_surface_figure(surface.decision_surface(run))
        from diagnostics.fitted_function import fitted_function

        return surface_figures.fitted_function_figure(fitted_function(run))
    if run.info.get("task") == "classification":
        from diagnostics.confusion import confusion
        from diagnostics.figures.confusion import confusion_figure

        return confusion_figure(confusion(run))
    return None
