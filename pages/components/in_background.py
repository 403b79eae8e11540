"""What takes longer than a moment on a page: computed in the background once, with progress and cancel, then drawn."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import streamlit as st

from pages.components import owner, words

if TYPE_CHECKING:
    from runs.computations import Computation, Report

EVERY = 0.5  # seconds
AT_ONCE = 0.4  # seconds that are waited for a result before progress is shown instead


def in_background(
    name: str, key: str, what: str, function: Callable[[Report], object], draw: Callable[[object], None]
) -> None:
    """Draw the result of a function as soon as it is there; before that its progress, and a button that cancels.

    Parameters
    ----------
    name : str
        Of the place on the page; unique there.
    key : str
        Says exactly what is computed, the folder of the store included: whoever asks for it anew gets the same result.
    what : str
        What is being computed, in words.
    function : callable
        Gets a callback ``report(share) -> keep_going`` and returns the result.
    draw : callable
        Draws the result.
    """
    from runs.jobs import registry

    cancelled = f"{name}/cancelled"
    if st.session_state.get(cancelled) == key:
        st.info("Cancelled.", icon=":material/info:")
        st.button("Compute it", key=f"{name}/again", on_click=st.session_state.pop, args=(cancelled, None))
        return
    job = registry().compute(key, function, owner=None)
    job.wait(AT_ONCE)
    running = job.state == "running"
    st.fragment(_watch, run_every=EVERY if running else None)(job, name, what, draw, running)


def _watch(job: Computation, name: str, what: str, draw: Callable[[object], None], running: bool) -> None:
    if (job.state == "running") != running:
        st.rerun()
    if running:
        st.progress(job.fraction, text=f"{what}: {job.fraction:.0%}")
        st.button("Cancel", key=f"{name}/cancel", on_click=_cancel, args=(job, f"{name}/cancelled"))
    elif job.state == "finished":
        draw(job.result)
    elif job.state == "cancelled":  # by another who looks at the same
        st.info("Cancelled.", icon=":material/info:")
        st.button("Compute it", key=f"{name}/anew")
    else:
        message = job.error.removeprefix("ValueError: ").removeprefix("KeyError: ")
        st.info(f"This cannot be shown: {words.plain(message)}", icon=":material/info:")


def _cancel(job: Computation, cancelled: str) -> None:
    job.cancel(owner=owner.current())
    st.session_state[cancelled] = job.key
