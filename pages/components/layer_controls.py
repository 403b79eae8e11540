"""The bars of the page Layers: which share; which layer, quantity and scale; and which run to compare with."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Literal

import streamlit as st

from pages.components import clock, frame
from pages.components.layer_figures import SHARES
from pages.components.layer_view import Seen, View
from pages.components.run_picker import entries, labels, loaded
from pages.components.worked_pair import OTHER, worked_pair_button

if TYPE_CHECKING:
    from diagnostics.run import Run
    from runs.store import Entry

LABELS = {
    "activation": "Activation",
    "pre_activation": "Pre-activation",
    "gradient": "Gradient",
    "weight": "Weight",
    "weight_gradient": "Weight gradient",
    "update": "Weight update",
    "bias": "Bias",
    "bias_gradient": "Bias gradient",
}
HEIGHTS: dict[Literal["density", "share", "count"], str] = {
    "density": "density",
    "share": "share of a bin",
    "count": "numbers in a bin",
}
SCALES = {"linear": "from −1 to 1", "symlog": "logarithmic"}


def seen(run_id: str) -> Seen:
    """Return a run as it is now, with its name and colour."""
    from diagnostics.figures.colors import RUN_COLORS

    entry = frame.store().entry(run_id)
    return Seen(loaded(run_id), entry.name, RUN_COLORS[entry.colour % len(RUN_COLORS)])


def share_control(view: View) -> View:
    """Draw the choice of the share, if the run has more than one of them, and return the view with it."""
    from diagnostics.saturation import defined_shares

    there = [kind for kind in SHARES if kind in defined_shares(view.run)]
    if not there:
        return view
    if st.session_state.get("layers/share") not in there:
        st.session_state["layers/share"] = there[0]
    if len(there) == 1:
        return replace(view, share=there[0])
    chosen = st.segmented_control(
        "Share shown",
        there,
        key="layers/share",
        format_func=SHARES.__getitem__,
        required=True,
        label_visibility="collapsed",
        persist_state="session",
    )
    return replace(view, share=str(chosen))


def layer_controls(view: View) -> View:
    """Draw the bar of the layer in depth and return the view with what was chosen."""
    with st.container(horizontal=True, vertical_alignment="bottom", gap="small"):
        layer = _layer(view)
        quantity = _quantity(view.run)
    with st.container(horizontal=True, vertical_alignment="bottom", gap="medium"):
        binning = _binning(view.run, quantity)
        view = _drawn(view)
        other = _other(view.run.id)
        worked_pair_button()
    return replace(view, layer=layer, quantity=quantity, binning=binning, other=_distinct(view.seen, other))


def _drawn(view: View) -> View:
    """How distributions are drawn."""
    height = st.selectbox(
        "Upwards",
        list(HEIGHTS),
        key="layers/height",
        format_func=HEIGHTS.__getitem__,
        width=160,
        help="Density: a bin's share over its width, so that areas compare; the bins are the recorded ones throughout.",
    )
    log = st.toggle("Logarithmic", key="layers/log", help="Powers of ten upwards: shows the tails.")
    panels = st.toggle("A plot for each layer", key="layers/panels", help="Side by side on the same axes.")
    return replace(view, height=height, log=log, panels=panels)


def _layer(view: View) -> str:
    """The layer in depth; a click on a layer in any figure chooses it, too."""
    key = "layers/layer"
    st.session_state[key] = view.layer
    names = [info.name for info in view.run.layers]
    st.selectbox(
        "Layer",
        names,
        key=key,
        width=150,
        on_change=lambda: clock.choose_layer(view.run.id, st.session_state[key]),
        help="Or click a layer in any figure: a row of the sheet, a line, a name in a legend.",
    )
    return view.layer


def _quantity(run: Run) -> str:
    """The quantity; a `quantity` in the address is taken over once."""
    from diagnostics.layer_statistics import BIASES, QUANTITIES, binnings

    there = [*QUANTITIES, *(name for name in BIASES if binnings(run, name))]
    asked = st.query_params.get("quantity")
    if asked in there:
        st.session_state["layers/quantity"] = asked
        del st.query_params["quantity"]
    if st.session_state.get("layers/quantity") not in there:
        st.session_state["layers/quantity"] = "activation"
    return str(
        st.segmented_control(
            "Quantity",
            there,
            key="layers/quantity",
            format_func=LABELS.__getitem__,
            required=True,
            persist_state="session",
        )
    )


def _binning(run: Run, quantity: str) -> str:
    from diagnostics.layer_statistics import binnings

    there = binnings(run, quantity) or ("symlog",)
    if len(there) == 1:
        return there[0]
    return str(
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


def _other(run_id: str) -> Seen | None:
    """The run to compare with, chosen here or named by `with` in the address."""
    known: dict[str, Entry] = {entry.id: entry for entry in entries() if entry.id != run_id}
    asked = st.query_params.get(OTHER)
    if asked and asked != run_id and asked not in known and frame.exists(asked):
        known[asked] = frame.store().entry(asked)
    if not known:
        return None
    named = labels(known.values())
    ids = list(known)
    chosen = st.selectbox(
        "Compare with",
        ids,
        index=ids.index(asked) if asked in known else None,
        format_func=named.__getitem__,
        placeholder="no other run",
        width=220,
        help="Draws this layer of both runs on the same bins.",
    )
    if chosen != asked:
        if chosen is None:
            st.query_params.pop(OTHER, None)
        else:
            st.query_params[OTHER] = chosen
    return seen(chosen) if chosen else None


def _distinct(one: Seen, other: Seen | None) -> Seen | None:
    """Return the other run such that name and colour tell it from the first."""
    from diagnostics.figures.colors import RUN_COLORS

    if other is None:
        return None
    name = f"{other.name} (the other)" if other.name == one.name else other.name
    color = next(color for color in RUN_COLORS if color != one.color) if other.color == one.color else other.color
    return replace(other, name=name, color=color)
