"""The moving picture on Home: a recorded training of the example, played by the browser.

The recording static/two_spirals.json is made by `python -m benchmarks.home_picture`; nothing is computed here.
"""

from __future__ import annotations

from pathlib import Path

import streamlit as st

HERE = Path(__file__).resolve().parent

_component = st.components.v2.component(
    "backscope_moving_picture",
    html=(HERE / "moving_picture.html").read_text(encoding="utf-8"),
    css=(HERE / "moving_picture.css").read_text(encoding="utf-8"),
    js=(HERE / "moving_picture.js").read_text(encoding="utf-8"),
    isolate_styles=False,
)


def moving_picture() -> None:
    """Play the recorded training of the two spirals: decision surface, points and activations of each layer."""
    _component(key="moving_picture")
