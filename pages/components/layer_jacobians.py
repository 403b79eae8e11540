"""The singular values of a run's layers over training, on the page Layers: computed in the background, once."""

from __future__ import annotations

from typing import TYPE_CHECKING

import streamlit as st

from pages.components import frame, owner, words
from pages.components.clocked_figure import show_clocked
from pages.components.layer_entries import Entry, still

if TYPE_CHECKING:
    import plotly.graph_objects as go

    from pages.components.clock import ClockState
    from pages.components.layer_figures import View
    from runs.computations import Computation

EVERY = 0.7  # seconds
AT_ONCE = 0.1  # seconds that are waited for a result before progress is shown instead
_CANCELLED = "jacobians/cancelled"


def layer_jacobians(view: View, state: ClockState) -> None:
    """Draw the figure as soon as it is computed; nothing while the run goes on, or if nothing of it was kept."""
    from runs.jobs import registry
    from runs.layer_jacobians import has_jacobians, states, stored_layer_jacobians

    run_id, store = view.run.id, frame.store()
    if store.entry(run_id).state == "running" or not has_jacobians(view.run, store):
        return
    key = f"layer Jacobians {store.folder} {run_id} {max(states(run_id, store), default=0)}"
    if st.session_state.get(_CANCELLED) == key:
        st.button(
            "Compute the singular values", key="jacobians/again", on_click=st.session_state.pop, args=(_CANCELLED, None)
        )
        return
    job = registry().compute(key, lambda report: stored_layer_jacobians(run_id, store, report), owner=None)
    job.wait(AT_ONCE)
    running = job.state == "running"
    st.fragment(_watch, run_every=EVERY if running else None)(job, view, state, running)


def _watch(job: Computation, view: View, state: ClockState, running: bool) -> None:
    if (job.state == "running") != running or st.session_state.get(_CANCELLED) == job.key:
        st.rerun()
    if running:
        st.progress(job.fraction, text=f"Singular values of every layer in each kept state: {job.fraction:.0%}")
        st.button("Cancel", key="jacobians/cancel", on_click=_cancel, args=(job,))
    elif job.state == "finished":
        entry = Entry("layer_jacobians", "paper", still(lambda _: _figure(job)), ("time",))
        show_clocked(entry, view, state, live=False)
    elif job.state == "cancelled":  # by another who looks at the same run
        st.rerun()
    else:
        st.error(words.plain(job.error))


def _figure(job: Computation) -> go.Figure:
    from diagnostics.figures.layer_jacobians import layer_jacobians_figure
    from diagnostics.layer_jacobians import LayerJacobiansReport

    assert isinstance(job.result, LayerJacobiansReport)
    return layer_jacobians_figure(job.result)


def _cancel(job: Computation) -> None:
    job.cancel(owner=owner.current())
    st.session_state[_CANCELLED] = job.key
