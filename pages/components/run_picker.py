"""Choosing runs to look at, and reading them: from the job while they are being made, else from the store."""

from __future__ import annotations

from typing import TYPE_CHECKING

import streamlit as st

from pages.components import frame, owner

if TYPE_CHECKING:
    from diagnostics.run import Run
    from runs.store import Entry


def entries() -> tuple[Entry, ...]:
    """Return the runs of this browser and those without an owner, newest first; and the one of the address."""
    own = frame.store().list(owner=owner.current())
    shown = st.session_state.get("run_id")
    if isinstance(shown, str) and all(entry.id != shown for entry in own) and frame.exists(shown):
        return (*own, frame.store().entry(shown))
    return tuple(own)


def label(entry: Entry) -> str:
    """Return the name of a run with its data and its state unless it is finished."""
    state = "" if entry.state == "finished" else f" · {entry.state}"
    return f"{entry.name} · {entry.data_name}{state}"


def run_picker(key: str = "run_picker") -> str | None:
    """Draw a choice of the run being looked at and return its id; None if there is no run."""
    current = frame.current_run_id()
    known = {entry.id: entry for entry in entries()}
    if current is None or current not in known:
        return current
    ids = list(known)
    position = ids.index(current)
    chosen = st.selectbox("Run", ids, index=position, format_func=lambda run_id: label(known[run_id]), key=key)
    if chosen is not None and chosen != current:
        frame.choose_run(chosen)
        st.rerun()
    return current


def runs_picker(key: str = "runs_picker", limit: int = 10) -> tuple[str, ...]:
    """Draw a choice of several runs to compare, the current one chosen at first, and return their ids."""
    current = frame.current_run_id()
    known = {entry.id: entry for entry in entries()}
    default = [current] if current in known else []
    chosen = st.multiselect(
        "Runs",
        list(known),
        default=default,
        max_selections=limit,
        format_func=lambda run_id: label(known[run_id]),
        key=key,
    )
    return tuple(chosen)


def loaded(run_id: str) -> Run:
    """Return the run as it is now: a snapshot of the running job, else what the store holds (read once)."""
    job = frame.job(run_id)
    if job is not None and job.state in frame.LIVE_STATES:
        return job.snapshot()
    entry = frame.store().entry(run_id)
    return _stored(run_id, entry.state, entry.seconds, str(frame.store().folder))


@st.cache_resource(max_entries=12, show_spinner=False)
def _stored(run_id: str, state: str, seconds: float, folder: str) -> Run:
    """Read a run that no longer changes; state, seconds and folder are part of what it is kept under."""
    return frame.store().load(run_id)
