"""Layers that the data can be read with: put into the form where those that stand there cannot be."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import streamlit as st

from pages.components.architecture_form import AS_TEXT, DENSE, LAYERS, NOTE, TEXT, fill_layers

if TYPE_CHECKING:
    from datasets import Prepared

_DATA = "form/layers_data"


def fit_layers(data: Prepared) -> None:
    """Look, once for each choice of data, whether the layers in the form can read them; if not, put in some that can.

    Call it before the form is drawn. `note` says what was done.
    """
    state = st.session_state
    if state.get(_DATA) == data.digest:
        return
    state[_DATA] = data.digest
    state.pop(NOTE, None)
    if not _can_read(_layers_in_form(), data):
        layers, note = suggestion(data)
        fill_layers(layers)
        state[NOTE] = note


def note() -> None:
    """Say that the layers were set, if they were."""
    if told := st.session_state.get(NOTE):
        st.caption(str(told))


def suggestion(data: Prepared) -> tuple[tuple[dict[str, object], ...], str]:
    """Return layers that train on these data as they are, and a sentence on why they were chosen."""
    if not data.vocabulary:
        told = "The layers were set to two dense ones, since these data cannot be read with those that stood here."
        return (dict(DENSE), dict(DENSE)), told
    returns, each = ("all", "each") if data.per_position else ("last", "the last")
    layers = (
        {"type": "embedding", "vocabulary": data.vocabulary, "units": 16},
        {"type": "lstm", "units": 32, "returns": returns},
    )
    return layers, (
        f"The layers were set to what these data need: an embedding, which makes numbers of the {data.vocabulary} "
        f"different symbols, and an LSTM, which reads them in their order and answers at {each} position."
    )


def _can_read(layers: object, data: Prepared) -> bool:
    from models import Experiment, Network

    try:
        experiment = Experiment.of({"layers": layers})
        Network.build(experiment, data.shape, data.task, data.n_outputs, per_position=data.per_position)
    except (TypeError, ValueError):
        return False
    sizes = [int(str(entry["vocabulary"])) for entry in experiment.layers if entry.get("type") == "embedding"]
    return all(size >= data.vocabulary > 0 for size in sizes)  # the columns of a table are no symbols


def _layers_in_form() -> object:
    """The layers as they stand in the session, as text or as rows; None if the text cannot be read."""
    from models import LAYERS as TABLE

    state = st.session_state
    if state.get(AS_TEXT):
        try:
            return json.loads(str(state.get(TEXT, "[]")))
        except ValueError:
            return None
    layers = []
    for number in state[LAYERS]:
        kind = str(state.get(f"form/type/{number}", "dense"))
        known = {item.name: state.get(f"form/{item.name}/{number}") for item in TABLE[kind].fields}
        layers.append({"type": kind, **{name: value for name, value in known.items() if value is not None}})
    return layers
