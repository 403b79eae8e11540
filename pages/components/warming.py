"""Libraries that every page needs sooner or later, imported while the first page is being read, and not at a click."""

from __future__ import annotations

import importlib
import threading

import streamlit as st

LATER = 1.0  # seconds after the first page: it is drawn by then
NAMES = ("pandas", "plotly.graph_objects", "diagnostics.theory", "diagnostics.figures.theme")


@st.cache_resource(show_spinner=False)
def warm_up() -> None:
    """Import what is slow to import, once in a process, in a thread of its own."""
    timer = threading.Timer(LATER, _import_all)
    timer.daemon = True
    timer.start()


def _import_all() -> None:
    for name in NAMES:
        importlib.import_module(name)
