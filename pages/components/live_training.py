"""A training as it happens: loss and metric, the learned function, and the state of the layers, updated in place.

One fragment looks twice a second while the run lives, and redraws once a second. If nothing new was recorded it shows
the same figures again, and when the run ends it redraws the page once and comes to rest.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import streamlit as st

from pages.components import figure_view, frame
from pages.components.run_picker import loaded
from pages.components.training_controls import run_controls

if TYPE_CHECKING:
    import plotly.graph_objects as go

    from diagnostics.run import Run

EVERY = 0.5  # seconds: how soon the end of a training is noticed
REDRAWN = 0.9  # seconds between two drawings, which take the training's time
_SHOWN = "train/shown"


def live_training(run_id: str) -> None:
    """Draw the controls and the figures of a run; while it is being made they follow it."""
    every = EVERY if frame.is_live(run_id) else None
    st.fragment(_watch, run_every=every)(run_id, every is not None)


def _watch(run_id: str, following: bool) -> None:
    live = frame.is_live(run_id)
    if (live and not following) or not frame.exists(run_id):  # of a run whose folder is gone the whole page tells
        st.rerun()
    run_controls(run_id)
    figures = _figures(run_id)
    if not figures:
        st.caption("The figures appear with the first recorded step.")
    with st.container(key="wide-live"):
        for row in range(0, len(figures), 2):
            for column, (key, figure) in zip(st.columns(2, gap="medium"), figures[row : row + 2], strict=False):
                with column:
                    figure_view.show(figure, key=f"train/{key}", live=live)
    if following and not live:  # the end is on the screen; now the rest of the page may learn of it
        st.rerun()


def _figures(run_id: str) -> list[tuple[str, go.Figure]]:
    """Return the figures of the newest snapshot; those of the last time if nothing new was recorded."""
    job = frame.job(run_id)
    version = (run_id, job.version if job is not None else -1, frame.is_live(run_id))
    shown = st.session_state.get(_SHOWN)
    now = time.monotonic()
    if shown is not None and (shown[0] == version or (version[2] and shown[0][0] == run_id and now < shown[2])):
        return list(shown[1])
    run = (
        job.snapshot(("train/", "validation/", "grid/", "probe/", "time/", "learning_rate"))
        if job is not None
        else None
    )
    if run is None:
        run = loaded(run_id)
    figures = list(_drawn(run)) if len(run.series) else []
    if figures:
        st.session_state[_SHOWN] = (version, figures, now + REDRAWN)
    return figures


def _drawn(run: Run) -> list[tuple[str, go.Figure]]:
    from diagnostics import learning_curves as curves
    from diagnostics.figures.learning_curves import learning_curves_figure

    figures = []
    for metric in ("loss", "accuracy", "r2"):
        if f"train/{metric}" in run.series:
            report = curves.learning_curves([run], metric=metric, x="epoch")
            figures.append((metric, learning_curves_figure(report, log_x=False, log_y=False)))
    learned = _learned_function(run)
    return [*figures, ("function", learned)] if learned is not None else figures


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
