"""The strip of small multiples on the page Train; each leads to the page Layers, where the same stands larger."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import streamlit as st

from pages.components import frame
from pages.components.live_chart import live_chart

if TYPE_CHECKING:
    import plotly.graph_objects as go

# What each is called, and which quantity the page Layers shows after a click.
TITLES = {
    "activation": ("Spread of the activations", "activation"),
    "gradient": ("Spread of the gradients", "gradient"),
    "saturated": ("Saturated share", "activation"),
    "dead": ("Share of dead units", "activation"),
}


def layer_strip(figures: Mapping[str, go.Figure], run_id: str) -> None:
    """Draw the small figures below one another, each under a link to the page Layers."""
    from diagnostics.figures.theme import themed

    with st.container(key="layer-strip", gap="xsmall"):
        for key, figure in figures.items():
            title, quantity = TITLES[key]
            st.page_link(
                frame.MENU["layers"].path,
                label=f"**{title}**",
                icon=":material/arrow_outward:",
                icon_position="right",
                query_params={"run": run_id, "quantity": quantity},
            )
            live_chart(themed(figure, dark=frame.is_dark()), key=f"train/strip/{key}")
        st.caption(
            "One line for each layer, over the updates: does the signal keep its size on the way up, and the gradient "
            "on the way back? A title leads to the page Layers."
        )
