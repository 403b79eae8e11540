"""The map of a run's trajectories: PCA at once, t-SNE in the background with progress and cancel."""

from __future__ import annotations

from typing import TYPE_CHECKING

import streamlit as st

from pages.components import figure_view, frame, owner, words
from pages.components.run_picker import loaded

if TYPE_CHECKING:
    from diagnostics.run import Run
    from diagnostics.trajectories import TrajectoriesReport
    from runs.computations import Computation, Report

EVERY = 0.7  # seconds
_CANCELLED = "tsne/cancelled"


def pca_map(run_id: str, live: bool) -> None:
    """Draw the PCA map of the run as it is now."""
    from diagnostics.trajectories import trajectories

    _show(trajectories(loaded(run_id), "pca"), live)


def tsne_map(run_id: str, seed: int) -> None:
    """Draw the t-SNE map of what is recorded now, as soon as it is computed."""
    from runs.jobs import registry

    run = loaded(run_id)
    series = run.series.get("probe/output")
    n_moments = 0 if series is None else len(series.steps)
    key = f"t-SNE {frame.store().folder} {run_id} {n_moments} {seed}"
    if st.session_state.get(_CANCELLED) == key:
        st.info("Cancelled. Start it anew, or look at the PCA map.", icon=":material/info:")
        st.button("Compute the t-SNE map", key="tsne/again", on_click=st.session_state.pop, args=(_CANCELLED, None))
        return
    job = registry().compute(key, lambda report: _tsne(run, seed, report), owner=None)
    st.fragment(_watch, run_every=EVERY if job.state == "running" else None)(job, job.state == "running")


def _tsne(run: Run, seed: int, report: Report) -> TrajectoriesReport:
    from diagnostics.trajectories import trajectories

    return trajectories(run, "tsne", seed, report)


def _watch(job: Computation, running: bool) -> None:
    if (job.state == "running") != running:
        st.rerun()
    if job.state == "running":
        st.progress(job.fraction, text=f"t-SNE of all recorded moments: {job.fraction:.0%}")
        st.button("Cancel", key="tsne/cancel", on_click=_cancel, args=(job,))
    elif job.state == "finished":
        _show(job.result, live=False)
    elif job.state == "cancelled":  # by another who looks at the same map
        st.rerun()
    else:
        st.error(words.plain(job.error.removeprefix("ValueError: ")))


def _cancel(job: Computation) -> None:
    job.cancel(owner=owner.current())
    st.session_state[_CANCELLED] = job.key


def _show(report: object, live: bool) -> None:
    from diagnostics.figures.trajectories import trajectories_figure
    from diagnostics.trajectories import TrajectoriesReport

    if isinstance(report, TrajectoriesReport):
        figure_view.show(trajectories_figure(report), key=f"trajectories/{report.method}", live=live)
