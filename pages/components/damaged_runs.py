"""Runs whose files cannot be read: what that means, which folders they are, and what can be done."""

from __future__ import annotations

from pathlib import Path

import streamlit as st

from pages.components import frame, words
from pages.components.own_machine import may_read_folders


def damaged_runs() -> None:
    """Tell of folders in the store that hold no readable run; nothing if there is none."""
    store = frame.store()
    damaged = store.damaged()
    if not damaged:
        return
    with st.expander(f"{words.plural(len(damaged), 'run')} cannot be read", icon=":material/warning:"):
        st.write(
            "Files are missing or damaged, as after a full disk or an interrupted copy, or were written by a later "
            "version. What is listed here is left out of the table and harms no other run. To see such a run again, "
            "put its files back from a copy; else delete its folder on the computer that runs Backscope."
        )
        place = store.folder if may_read_folders() else Path()  # a visitor need not know where
        st.code("\n".join(str(place / "runs" / name) for name in damaged), language=None)
