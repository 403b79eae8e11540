"""A part of a page that follows a run while it lives, and comes to rest when it ends."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import streamlit as st

from pages.components import frame

EVERY = 2.0  # seconds


def following(draw: Callable[[bool], None], run_ids: Sequence[str]) -> None:
    """Call `draw(live)` now, and every two seconds while one of the runs is being made."""
    live = any(frame.is_live(run_id) for run_id in run_ids)
    st.fragment(_follow, run_every=EVERY if live else None)(draw, tuple(run_ids), live)


def _follow(draw: Callable[[bool], None], run_ids: tuple[str, ...], following_now: bool) -> None:
    live = any(frame.is_live(run_id) for run_id in run_ids)
    if live != following_now:
        st.rerun()
    draw(live)


def nothing_yet(what: str) -> None:
    """Say what will appear on a page, and offer the two ways to make it appear."""
    st.info(f"{what} It appears here as soon as there is a run, and grows while it trains.", icon=":material/info:")
    with st.container(horizontal=True):
        if st.button("Train the example", type="primary", icon=":material/play_arrow:", key="nothing/example"):
            from pages.components.example import start_example

            st.switch_page("pages/train.py", query_params={"run": start_example()})
        if st.button("Bring your table", icon=":material/upload_file:", key="nothing/table"):
            st.switch_page("pages/data.py")
