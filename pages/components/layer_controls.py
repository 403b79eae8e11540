"""The bar of the page Layers: which quantity, which layer over time, and on which scale."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import streamlit as st

if TYPE_CHECKING:
    from diagnostics.run import Run

LABELS = {
    "activation": "Activation",
    "pre_activation": "Pre-activation",
    "gradient": "Gradient",
    "weight": "Weight",
    "weight_gradient": "Weight gradient",
    "update": "Weight update",
}
SCALES = {"linear": "from −1 to 1", "symlog": "logarithmic"}


@dataclass(frozen=True)
class LayerChoice:
    """What the person chose."""

    quantity: str
    layer: str
    binning: str


def layer_controls(run: Run) -> LayerChoice:
    """Draw the bar and return the choice; a `quantity` in the address is taken over once."""
    from diagnostics.layer_statistics import QUANTITIES, binnings

    asked = st.query_params.get("quantity")
    if asked in QUANTITIES:
        st.session_state["layers/quantity"] = asked
        del st.query_params["quantity"]
    st.session_state.setdefault("layers/quantity", "activation")
    with st.container(horizontal=True, vertical_alignment="bottom", gap="medium"):
        quantity = str(
            st.segmented_control(
                "Quantity",
                QUANTITIES,
                key="layers/quantity",
                format_func=LABELS.__getitem__,
                required=True,
                persist_state="session",
            )
        )
        names = [info.name for info in run.layers]
        layer = str(
            st.selectbox(
                "Layer over time",
                names,
                key="layers/layer",
                width=150,
                help="Which layer the heat map below shows over the whole training.",
            )
        )
        there = binnings(run, quantity) or ("symlog",)
        binning = there[0]
        if len(there) > 1:
            binning = str(
                st.selectbox(
                    "Scale",
                    there,
                    key="layers/binning",
                    format_func=SCALES.__getitem__,
                    width=150,
                    help="Layers whose activations are bounded are recorded from −1 to 1, the others on a logarithmic "
                    "scale; each scale shows its own layers.",
                )
            )
    return LayerChoice(quantity, layer, binning)
