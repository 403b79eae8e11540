"""The table of runs, and what can be done with one: open, rename, delete after a question."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

import streamlit as st

from pages.components import frame, local_time, owner, words
from pages.components.fork import fork_button
from pages.components.last_runs import score
from pages.components.run_picker import labels

if TYPE_CHECKING:
    from runs.store import Entry, RunStore

_TROUBLE = "runs/trouble"


def run_table(entries: Sequence[Entry]) -> None:
    """Draw one row for each run: name, data, what differs, result with its spread over the seeds, when, how long."""
    import pandas as pd

    from runs.comparison import differing_settings

    differing = differing_settings(entries)
    rows = [
        {
            "Name": entry.name,
            "Data": entry.data_name,
            "State": _state(entry),
            "Settings that differ": differing[entry.id] or "none",
            "Result (± over seeds)": score(entry),
            "Seeds": len(entry.experiment.seeds),
            "Started": pd.to_datetime(entry.created, errors="coerce", utc=True),
            "Duration": words.duration(entry.seconds),
        }
        for entry in entries
    ]
    started = st.column_config.DatetimeColumn(format="D MMM, HH:mm", timezone=st.context.timezone)
    st.dataframe(pd.DataFrame(rows), hide_index=True, column_config={"Started": started}, width="stretch")


def _state(entry: Entry) -> str:
    """The state with its sign, and the place in the queue."""
    job = frame.job(entry.id)
    state = job.state if job is not None and job.state in frame.LIVE_STATES else entry.state
    place = f"place {job.progress.queue_position}" if job is not None and state == "queued" else ""
    return frame.sign_and_state(entry, state, place)


def run_actions(entries: Sequence[Entry]) -> None:
    """Draw the choice of one run and what can be done with it."""
    known, named = {entry.id: entry for entry in entries}, labels(entries)
    current = st.session_state.get("run_id")
    position = list(known).index(current) if current in known else 0
    chosen = known[st.selectbox("One run", list(known), position, format_func=named.__getitem__, key="runs/one")]
    mine = owner.owns(chosen.owner)
    if chosen.error:
        st.error(words.plain(f"It failed: {chosen.error}"))
    if trouble := st.session_state.pop(_TROUBLE, ""):
        st.error(words.plain(str(trouble)))
    with st.container(horizontal=True):
        if st.button("Open", type="primary", key="runs/open", icon=":material/open_in_new:"):
            st.switch_page("pages/curves.py", query_params={"run": chosen.id})
        fork_button(chosen.id, "runs/fork")
        if st.button("Rename", key="runs/rename", disabled=not mine):
            _rename(chosen)
        if st.button("Delete", key="runs/delete", disabled=not mine, icon=":material/delete:"):
            _delete(chosen)
    if not mine:
        st.caption("This run belongs to somebody else: you can look at it, and not change it.")


@st.dialog("Rename this run")
def _rename(entry: Entry) -> None:
    st.text_input("Name", entry.name, max_chars=120, key="runs/new_name")
    if st.button("Rename", type="primary", key="runs/rename_now", on_click=_rename_now, args=(entry.id,)):
        st.rerun()


def _rename_now(run_id: str) -> None:
    name = str(st.session_state["runs/new_name"])
    if _act(run_id, lambda store: store.rename(run_id, name)):
        for key in (
            "runs/one",
            "runs/compare",
        ):  # set again, so that the browser learns the new words of what is chosen
            if key in st.session_state:
                st.session_state[key] = st.session_state[key]


def _act(run_id: str, act: Callable[[RunStore], None]) -> bool:
    """Do something to a run of this browser; what goes wrong is told on the page. Return whether it was done."""
    store = frame.store()
    try:
        if not owner.owns(store.entry(run_id).owner):
            raise PermissionError("this run belongs to somebody else: you can look at it, and not change it")
        act(store)
    except (ValueError, KeyError, RuntimeError, OSError) as error:
        st.session_state[_TROUBLE] = str(error.args[0]) if isinstance(error, KeyError) else str(error)
        return False
    return True


@st.dialog("Delete this run?")
def _delete(entry: Entry) -> None:
    started = local_time.moment(entry.created)
    what = f"{entry.name} on {entry.data_name}, started on {started}, and all that it recorded will be gone for good."
    st.write(words.plain(what))
    with st.container(horizontal=True):
        deleted = st.button(
            "Delete for good", type="primary", key="runs/delete_now", on_click=_delete_now, args=(entry.id,)
        )
        kept = st.button("Keep it", key="runs/keep")
    if deleted or kept:
        st.rerun()


def _delete_now(run_id: str) -> None:
    if _act(run_id, lambda store: store.delete(run_id)) and st.session_state.get("run_id") == run_id:
        st.session_state.pop("run_id")
        st.query_params.pop("run", None)
