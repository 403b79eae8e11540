"""The architecture in the form: one row for each layer, of every type that the data can be read with.

What no chain of rows can say, residual blocks and graphs, is written as text (JSON); the form checks it.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import streamlit as st

from pages.components import words
from pages.components.form_fields import choice, field, first_value

if TYPE_CHECKING:
    from datasets import Prepared

LAYERS = "form/layers"
AS_TEXT = "form/as_text"
TEXT = "form/text"
NOTE = "form/layers_note"  # what was said when layers were put in
MOST_UNITS = 1024
DENSE = {"type": "dense", "units": 32, "activation": "tanh"}
# what reads a table, a sequence of vectors, an image, and tokens
OFFERED = {
    1: ("dense", "dropout", "batch_norm", "layer_norm"),
    2: ("dense", "lstm", "recurrent", "attention", "layer_norm", "batch_norm", "dropout", "flatten"),
    3: ("dense", "convolution", "max_pool", "average_pool", "flatten", "batch_norm", "dropout"),
    0: ("embedding", "dense", "lstm", "recurrent", "attention", "layer_norm", "dropout", "flatten"),
}


def fill_layers(layers: Sequence[Mapping[str, object]]) -> None:
    """Put layers into the form: as rows, or as text where they are no chain."""
    state = st.session_state
    state.pop(NOTE, None)
    is_chain = all("inputs" not in layer and "layers" not in layer for layer in layers)
    state[AS_TEXT] = not is_chain
    state[TEXT] = json.dumps([dict(layer) for layer in layers], indent=1)
    state[LAYERS] = list(range(len(layers))) if is_chain else []
    for number, layer in enumerate(layers if is_chain else ()):
        state[f"form/type/{number}"] = str(layer.get("type", "dense"))
        for name, value in layer.items():
            if name != "type":
                state[f"form/{name}/{number}"] = value


def architecture_form(data: Prepared) -> tuple[object, ...]:
    """Draw the layers and return them as entries of an experiment; what is wrong with a text is shown."""
    offered = OFFERED[_kind(data)]
    if st.session_state.get(AS_TEXT):
        layers = _text()
    else:
        numbers = st.session_state[LAYERS]
        layers = tuple(_row(position, number) for position, number in enumerate(numbers))
        with st.container(horizontal=True, vertical_alignment="bottom", gap="small"):
            explanation = "The type of the layer that the button adds at the end; each has settings of its own."
            kind = choice("Next layer", "next", offered, explanation, shown=_named) if len(offered) > 1 else "dense"
            st.button("Add a layer", on_click=_add, args=(kind,), icon=":material/add:", key="form/add")
    st.toggle(
        "Write it as text",
        key=first_value(AS_TEXT, False),
        on_change=_as_text,
        args=(layers,),
        persist_state="session",
        help="JSON, one entry for each layer. For what rows cannot say: residual blocks, which have inner layers, and "
        "graphs, in which a layer names its inputs.",
    )
    return layers


def _kind(data: Prepared) -> int:
    """The number of axes of an example; 0 for tokens, which only an embedding reads."""
    return len(data.shape) if len(data.input_shape) != 1 else 0


def _named(kind: object) -> str:
    return str(kind).replace("_", " ")


def _row(position: int, number: int) -> dict[str, object]:
    from models import LAYERS as TABLE

    kind = str(st.session_state.get(f"form/type/{number}", "dense"))
    entry: dict[str, object] = {"type": kind}
    items = TABLE[kind].fields
    with st.container(horizontal=True, vertical_alignment="bottom", gap="small", key=f"row-layer-{number}"):
        if kind == "dense":
            entry["units"] = int(
                st.number_input(
                    f"Units {position + 1}",
                    1,
                    MOST_UNITS,
                    step=1,
                    key=first_value(f"form/units/{number}", 32),
                    persist_state="session",
                    help=f"How many units hidden layer {position + 1} has. From 1 to {MOST_UNITS}.",
                )
            )
            items = items[1:]
        else:
            st.markdown(f"**{position + 1} {_named(kind)}**", width="content")
        for item in items[:2]:
            entry[item.name] = field(item, f"{item.name}/{number}")
        st.button(
            ":material/close:",
            key=f"form/remove/{number}",
            on_click=_remove,
            args=(number,),
            type="tertiary",
            help=f"Remove hidden layer {position + 1}",
        )
    if len(items) > 2:
        with st.expander(f"More of layer {position + 1}: {', '.join(_named(item.name) for item in items[2:])}"):
            for item in items[2:]:
                entry[item.name] = field(item, f"{item.name}/{number}")
    return entry


def _add(kind: str) -> None:
    state = st.session_state
    numbers: list[int] = state[LAYERS]
    fresh = max(numbers, default=-1) + 1
    for key in [key for key in state if str(key).startswith("form/") and str(key).endswith(f"/{fresh}")]:
        del state[key]
    same = [number for number in numbers if state.get(f"form/type/{number}", "dense") == kind]
    if same and kind == "dense":
        for name in ("units", "activation"):
            state[f"form/{name}/{fresh}"] = state[f"form/{name}/{same[-1]}"]
    state[f"form/type/{fresh}"] = kind
    state[LAYERS] = [*numbers, fresh]


def _remove(number: int) -> None:
    st.session_state[LAYERS] = [other for other in st.session_state[LAYERS] if other != number]


def _as_text(layers: tuple[object, ...]) -> None:
    """Take the rows over into the text, or the text into rows if it is a chain."""
    if st.session_state[AS_TEXT]:
        st.session_state[TEXT] = json.dumps(layers, indent=1)
        return
    from models import Experiment

    try:
        fill_layers(Experiment(layers=layers).layers)  # type: ignore[arg-type]  # checked there
    except ValueError:
        st.session_state[AS_TEXT] = True


def _text() -> tuple[object, ...]:
    text = st.text_area("Layers", key=first_value(TEXT, "[]"), height=260, persist_state="session")
    try:
        layers = json.loads(text)
    except ValueError as error:
        st.error(words.plain(f"The text is no JSON ({error}): it begins with [ and has one {{…}} for each layer."))
        return (None,)
    return tuple(layers) if isinstance(layers, list) else (layers,)
