"""A place that the page moves to when it first appears: what was opened by a click or a link is then in sight."""

from __future__ import annotations

from pathlib import Path

import streamlit as st

HERE = Path(__file__).resolve().parent

_component = st.components.v2.component(
    "backscope_scrolled_here",
    html="<span></span>",
    js=(HERE / "scrolled_here.js").read_text(encoding="utf-8"),
    isolate_styles=False,
)


def scrolled_here(name: str) -> None:
    """Move the page to this place, once for each name and visit. Draws nothing visible."""
    _component(key="scrolled-here", data={"name": name}, height=1)
