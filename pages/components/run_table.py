"""The table of runs, and what can be done with one: open, rename, delete after a question."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import streamlit as st

from pages.components import frame, owner, words
from pages.components.last_runs import score
from pages.components.run_picker import label

if TYPE_CHECKING:
    from runs.store import Entry

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
            "State": f"{frame.STATE_SIGNS.get(_state(entry), '●')} {_state(entry)}",
            "Settings that differ": differing[entry.id] or "none",
            "Result (± over seeds)": score(entry),
            "Seeds": len(entry.experiment.seeds),
            "Started": pd.Timestamp(entry.created),
            "Duration": words.duration(entry.seconds),
        }
        for entry in entries
    ]
    started = st.column_config.DatetimeColumn(format="D MMM, HH:mm")
    st.dataframe(pd.DataFrame(rows), hide_index=True, column_config={"Started": started}, width="stretch")


def _state(entry: Entry) -> str:
    job = frame.job(entry.id)
    return job.state if job is not None and job.state in frame.LIVE_STATES else entry.state


def run_actions(entries: Sequence[Entry]) -> None:
    """Draw the choice of one run and what can be done with it."""
    known = {entry.id: entry for entry in entries}
    current = st.session_state.get("run_id")
    position = list(known).index(current) if current in known else 0
    chosen = known[
        st.selectbox("One run", list(known), position, format_func=lambda run_id: label(known[run_id]), key="runs/one")
    ]
    mine = owner.owns(chosen.owner)
    if trouble := st.session_state.pop(_TROUBLE, ""):
        st.error(words.plain(str(trouble)))
    with st.container(horizontal=True):
        if st.button("Open", type="primary", key="runs/open", icon=":material/open_in_new:"):
            st.switch_page("pages/curves.py", query_params={"run": chosen.id})
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
    try:
        frame.store().rename(run_id, str(st.session_state["runs/new_name"]))
    except (ValueError, KeyError) as error:
        st.session_state[_TROUBLE] = str(error)


@st.dialog("Delete this run?")
def _delete(entry: Entry) -> None:
    st.write(words.plain(f"{entry.name} on {entry.data_name} and all that it recorded will be gone for good."))
    with st.container(horizontal=True):
        deleted = st.button(
            "Delete for good", type="primary", key="runs/delete_now", on_click=_delete_now, args=(entry.id,)
        )
        kept = st.button("Keep it", key="runs/keep")
    if deleted or kept:
        st.rerun()


def _delete_now(run_id: str) -> None:
    try:
        frame.store().delete(run_id)
    except (RuntimeError, KeyError) as error:
        st.session_state[_TROUBLE] = str(error)
        return
    if st.session_state.get("run_id") == run_id:
        st.session_state.pop("run_id")
        st.query_params.pop("run", None)
