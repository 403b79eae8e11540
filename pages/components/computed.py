"""What takes longer than a click: computed in the background with progress and cancel, kept, drawn when ready."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import streamlit as st

from pages.components import owner, words

if TYPE_CHECKING:
    from runs.computations import Computation, Report

EVERY = 0.5  # seconds
AT_ONCE = 0.3  # seconds that a click waits for it: what is ready by then shows no progress
_CANCELLED = "computed/cancelled"


def computed(
    key: str, what: str, function: Callable[[Report], object], draw: Callable[[object], None], *, slot: str
) -> None:
    """Draw what a function returns, as soon as it has; until then its progress, with a button that cancels it.

    Parameters
    ----------
    key : str
        Says exactly what is computed, the store and the run among it; the same key is computed once.
    what : str
        In words, for the progress.
    function : callable
        Gets a callback ``report(share) -> keep_going``.
    draw : callable
        Gets the result.
    slot : str
        Where on the page it stands; unique on the page, and the same for other choices.
    """
    from runs.jobs import registry

    cancelled = st.session_state.setdefault(_CANCELLED, set())
    if key in cancelled:
        st.info("Cancelled. Compute it anew, or choose something else.", icon=":material/info:")
        st.button(f"Compute {what}", key=f"{slot}/again", on_click=cancelled.discard, args=(key,))
        return
    job = registry().compute(key, function, owner=None)
    if job.state == "running":
        job.wait(AT_ONCE)
    running = job.state == "running"
    st.fragment(_watch, run_every=EVERY if running else None)(job, what, draw, slot, running)


def _watch(job: Computation, what: str, draw: Callable[[object], None], slot: str, running: bool) -> None:
    if (job.state == "running") != running:
        st.rerun()
    if job.state == "running":
        st.progress(job.fraction, text=f"Computing {what}: {job.fraction:.0%}")
        st.button("Cancel", key=f"{slot}/cancel", on_click=_cancel, args=(job,))
    elif job.state == "finished":
        draw(job.result)
    elif job.state == "cancelled":  # by another who looks at the same
        st.rerun()
    else:
        st.info(words.plain(job.error.removeprefix("ValueError: ")), icon=":material/info:")


def _cancel(job: Computation) -> None:
    job.cancel(owner=owner.current())
    st.session_state.setdefault(_CANCELLED, set()).add(job.key)
