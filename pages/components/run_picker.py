"""Choosing runs to look at, and reading them: from the job while they are being made, else from the store."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

import streamlit as st

from pages.components import frame, local_time, owner
from pages.components.expected import begin

if TYPE_CHECKING:
    from diagnostics.run import Run
    from runs.store import Entry

MOST_LETTERS = 40  # of a name in a figure
SEVERAL = "runs"  # of the address: the runs that are compared


def entries() -> tuple[Entry, ...]:
    """Return the runs of this browser and those without an owner, newest first; and the one of the address."""
    own = frame.store().list(owner=owner.current())
    shown = st.session_state.get("run_id")
    if isinstance(shown, str) and all(entry.id != shown for entry in own) and frame.exists(shown):
        return (*own, frame.store().entry(shown))
    return tuple(own)


def labels(shown: Iterable[Entry]) -> dict[str, str]:
    """Return, by run, its name, its data and when it was started; where that is not enough, the start of its id.

    A browser sends back the words of what was chosen, so they must be different for each run, and they must not
    change with the run's state.
    """
    told = {entry.id: _label(entry) for entry in shown}
    counts = Counter(told.values())
    return {run_id: words if counts[words] == 1 else f"{words} · {run_id[:6]}" for run_id, words in told.items()}


def _label(entry: Entry) -> str:
    data = "" if entry.data_name == entry.name else f" · {entry.data_name}"
    return f"{entry.name}{data} · {local_time.moment(entry.created)}"


def names_of(run_ids: Sequence[str]) -> tuple[str, ...]:
    """Return what runs are called in a figure: their names, not too long, and told apart as in the choice."""
    shown = [frame.store().entry(run_id) for run_id in run_ids]
    called = [_short(entry.name) for entry in shown]
    told = [
        name if called.count(name) == 1 else f"{name} · {local_time.moment(entry.created)}"
        for name, entry in zip(called, shown, strict=True)
    ]
    return tuple(
        name if told.count(name) == 1 else f"{name} · {entry.id[:6]}" for name, entry in zip(told, shown, strict=True)
    )


def _short(name: str) -> str:
    return name if len(name) <= MOST_LETTERS else f"{name[: MOST_LETTERS - 1]}…"


def run_picker(key: str = "run_picker") -> str | None:
    """Draw a choice of the run being looked at and return its id; None if there is no run."""
    current = frame.current_run_id()
    known = {entry.id: entry for entry in entries()}
    if current is None or current not in known:
        return current
    ids, named = list(known), labels(known.values())
    position = ids.index(current)
    chosen = st.selectbox("Run", ids, index=position, format_func=named.__getitem__, key=f"{key}/{current}")
    if chosen is not None and chosen != current:
        frame.choose_run(chosen)
        st.rerun()
    return current


def runs_picker(key: str = "runs_picker", limit: int = 10) -> tuple[str, ...]:
    """Draw a choice of several runs to compare, and return their ids.

    Chosen at first are those of the address (`runs=`), which a link and a refresh keep, else the current one.
    """
    current = frame.current_run_id()
    known = {entry.id: entry for entry in entries()}
    asked = [run_id for run_id in st.query_params.get(SEVERAL, "").split(",") if run_id and frame.exists(run_id)]
    known |= {run_id: frame.store().entry(run_id) for run_id in asked if run_id not in known}
    default = asked[:limit] or ([current] if current in known else [])
    named = labels(known.values())
    chosen = st.multiselect(
        "Runs",
        list(known),
        default=default,
        max_selections=limit,
        format_func=named.__getitem__,
        key=key,
    )
    if list(chosen) in ([], [current]):
        st.query_params.pop(SEVERAL, None)
    else:
        st.query_params[SEVERAL] = ",".join(chosen)
    return tuple(chosen)


def loaded(run_id: str) -> Run:
    """Return the run as it is now: a snapshot of the running job, else what the store holds (read once).

    A run that cannot be read is told in a sentence, and the page ends there.
    """
    job = frame.job(run_id)
    if job is not None and job.state in frame.LIVE_STATES:
        return job.snapshot()
    try:
        entry = frame.store().entry(run_id)
        return _stored(run_id, entry.state, entry.seconds, str(frame.store().folder))
    except (KeyError, ValueError, OSError):
        st.error(
            f"The run {run_id} cannot be read: its files are damaged or gone. Choose another run, and delete this one "
            "on the page Runs."
        )
        st.stop()


@st.cache_resource(max_entries=12, show_spinner=False)
def _stored(run_id: str, state: str, seconds: float, folder: str) -> Run:
    """Read a run that no longer changes; state, seconds and folder are part of what it is kept under."""
    run = frame.store().load(run_id)
    if run_id == st.session_state.get("run_id"):  # the run being looked at
        begin(run)
    return run
