"""The clock: which recorded step the figures of a page show."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

KEY = "clock/step"
NEWEST = "newest"


def step_clock(steps: Sequence[int]) -> int | None:
    """Draw a slider over the recorded steps and return the chosen one; None for the newest, which follows the run."""
    options: list[int | str] = [*(int(step) for step in steps), NEWEST]
    if st.session_state.get(KEY) not in options:
        st.session_state[KEY] = NEWEST
    with st.container(horizontal=True, vertical_alignment="bottom"):
        st.button("First", key="clock/first", on_click=_go, args=(options[0],), help="The network before training.")
        st.button("Back", key="clock/back", on_click=_move, args=(options, -1), help="One record back.")
        st.button("On", key="clock/on", on_click=_move, args=(options, 1), help="One record on.")
        st.button("Newest", key="clock/newest", on_click=_go, args=(NEWEST,), help="The last record; follows the run.")
        chosen = st.select_slider(
            "Step",
            options,
            key=KEY,
            persist_state="session",
            help="Updates done when the histograms were recorded; records are dense at the start of training.",
        )
    return None if chosen == NEWEST else int(chosen)


def _go(step: int | str) -> None:
    st.session_state[KEY] = step


def _move(options: list[int | str], by: int) -> None:
    place = options.index(st.session_state[KEY]) + by
    st.session_state[KEY] = options[min(max(place, 0), len(options) - 1)]
