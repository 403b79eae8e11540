"""What takes longer than a moment: computed in the background with progress and cancel. Start at `computed`."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, TypeVar

import streamlit as st

from pages.components import frame, owner, words

if TYPE_CHECKING:
    from runs.computations import Computation, Report

Result = TypeVar("Result")
PATIENCE = 0.8  # seconds: what is ready by then shows no progress
EVERY = 0.5


def computed(key: str, what: str, function: Callable[[Report], Result]) -> Result | None:
    """Return the result of `function`, or draw how far it is, or why there is none, and return None.

    Parameters
    ----------
    key : str
        Says exactly what is computed; the same key is computed once for everybody.
    what : str
        In words, for the progress.
    function : callable
        Gets a callback that is told the share that is done and returns whether to go on. It must not touch Streamlit.
    """
    from runs.jobs import registry

    key = f"{frame.store().folder} {key}"
    cancelled = f"cancelled/{key}"
    if st.session_state.get(cancelled):
        st.info("Cancelled.", icon=":material/info:")
        st.button("Compute it", key=f"again/{key}", on_click=st.session_state.pop, args=(cancelled, None))
        return None
    job = registry().compute(key, function, owner=None)
    if job.state == "running":
        job.wait(PATIENCE)
    if job.state == "finished":
        return job.result  # type: ignore[return-value]
    if job.state == "failed":
        st.info(words.plain(f"This cannot be shown: {job.error.split(': ', 1)[-1]}"), icon=":material/info:")
    else:
        st.fragment(_progress, run_every=EVERY)(job, what, cancelled)
    return None


def _progress(job: Computation, what: str, cancelled: str) -> None:
    if job.state != "running":
        st.rerun()
    st.progress(job.fraction, text=f"{what}: {job.fraction:.0%}")
    st.button("Cancel", key=f"cancel/{job.key}", on_click=_cancel, args=(job, cancelled))


def _cancel(job: Computation, cancelled: str) -> None:
    job.cancel(owner=owner.current())
    st.session_state[cancelled] = True
