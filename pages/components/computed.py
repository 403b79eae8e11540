"""What takes longer than a moment: computed in the background, with progress and cancel, and kept."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, TypeVar

import streamlit as st

from pages.components import frame, owner, words

if TYPE_CHECKING:
    from runs.computations import Computation, Report

Result = TypeVar("Result")
EVERY = 0.5  # seconds
PATIENCE = 0.4  # seconds that a click waits for it: what is ready by then shows no progress
_CANCELLED = "computed/cancelled"


def computed(key: str, what: str, function: Callable[[Report], Result], *, slot: str) -> Result | None:
    """Return what a function returns; until it has, draw its progress, or why there is no result, and return None.

    Parameters
    ----------
    key : str
        Says exactly what is computed: the same key is computed once, for everybody who looks at this store.
    what : str
        In words, for the progress.
    function : callable
        Gets a callback ``report(share) -> keep_going``. It must not touch Streamlit.
    slot : str
        Where on the page it stands; unique on the page, and the same for other choices.
    """
    from runs.jobs import registry

    key = f"{frame.store().folder} {key}"
    cancelled = st.session_state.setdefault(_CANCELLED, set())
    if key in cancelled:
        st.info("Cancelled. Compute it, or choose something else.", icon=":material/info:")
        st.button("Compute it", key=f"{slot}/again", on_click=cancelled.discard, args=(key,))
        return None
    job = registry().compute(key, function, owner=None)
    if job.state == "running":
        job.wait(PATIENCE)
    if job.state == "finished":
        return job.result  # type: ignore[return-value]
    if job.state == "failed":
        message = job.error.removeprefix("ValueError: ").removeprefix("KeyError: ")
        st.info(f"This cannot be shown: {words.plain(message)}", icon=":material/info:")
    else:  # running, or cancelled by another who looks at the same: then it begins anew
        st.fragment(_progress, run_every=EVERY)(job, what, slot)
    return None


def _progress(job: Computation, what: str, slot: str) -> None:
    if job.state != "running":
        st.rerun()
    st.progress(job.fraction, text=f"{what}: {job.fraction:.0%}")
    st.button("Cancel", key=f"{slot}/cancel", on_click=_cancel, args=(job,))


def _cancel(job: Computation) -> None:
    job.cancel(owner=owner.current())
    st.session_state.setdefault(_CANCELLED, set()).add(job.key)
