"""What the units of a network look for, on the page Layers: weights, examples, made inputs, probes of each layer."""

from __future__ import annotations

from typing import TYPE_CHECKING

import streamlit as st

from pages.components import figure_view, frame
from pages.components.varied_part import varied_part

if TYPE_CHECKING:
    import plotly.graph_objects as go

    from diagnostics.linear_probes import LinearProbesReport
    from diagnostics.preferred_inputs import PreferredInputReport
    from diagnostics.run import Run
    from diagnostics.unit_maps import UnitMapsReport
    from pages.components.layer_view import View
    from runs.features import StoredNetwork
    from runs.fork import KeptState

SUBJECTS = {
    "first_layer": "First layer",
    "hinton": "All weights",
    "examples": "Exciting examples",
    "made": "Made inputs",
    "varied": "One part varied",
    "maps": "Maps of units",
    "probes": "What each layer knows",
}


def subjects(run: Run) -> list[str]:
    """Return the subjects that a run has something to show for: maps are drawn over two features."""
    return [name for name in SUBJECTS if name != "maps" or "grid/axes" in run.constants]


def there(run_id: str) -> bool:
    """Tell whether a state of the network is kept that can be looked at."""
    return frame.store().entry(run_id).state != "running" and bool(_states(run_id))


def _states(run_id: str) -> tuple[KeptState, ...]:
    from runs.fork import kept_states

    return kept_states(run_id, frame.store())


@st.fragment
def unit_features(view: View) -> None:
    """Draw the choice of state and subject, and the figure."""
    run_id, states = view.run.id, {state.name: state for state in _states(view.run.id)}
    with st.container(horizontal=True, vertical_alignment="bottom", gap="medium"):
        subject = str(
            st.segmented_control(
                "Subject",
                subjects(view.run),
                key="layers/subject",
                default="first_layer",
                format_func=SUBJECTS.__getitem__,
                required=True,
            )
        )
        state = st.selectbox(
            "State",
            list(states),
            key="layers/state",
            format_func=lambda name: f"{_called(name)}, step {states[name].step}",
            width=230,
            help="Units of different seeds do not correspond: the first seed that did not diverge is shown.",
        )
    try:
        if subject == "varied":
            varied_part(view, _network(run_id, state))
            return
        for number, figure in enumerate(_figures(subject, view, state)):
            figure_view.show(figure, key=f"layers/feature/{subject}/{number}")
    except (KeyError, ValueError) as error:
        st.info(f"This cannot be shown: {error.args[0]}", icon=":material/info:")


def _called(name: str) -> str:
    return {"last": "last", "best": "best validation loss"}.get(name, "on the way")


@st.cache_resource(max_entries=8, show_spinner=False)
def _network(run_id: str, state: str) -> StoredNetwork:
    from runs.features import stored_network

    return stored_network(run_id, frame.store(), state)


def _figures(subject: str, view: View, state: str) -> list[go.Figure]:
    from diagnostics.figures import first_layer, hinton_diagram, linear_probes, preferred_inputs, unit_maps
    from runs import features

    place = (view.run.id, frame.store())
    match subject:
        case "first_layer":
            return [first_layer.first_layer_figure(features.first_layer(*place, state))]
        case "hinton":
            weights = f"{view.layer}/W"
            return [hinton_diagram.hinton_diagram_figure(features.hinton_diagram(*place, weights, state))]
        case "examples":
            return [preferred_inputs.top_examples_figure(features.top_examples(*place, view.layer, (), state))]
        case "made":
            return [preferred_inputs.preferred_input_figure(_made(view.run.id, view.layer, state))]
        case "maps":
            report = _maps(view.run.id, state)
            return [unit_maps.unit_maps_figure(report), unit_maps.linear_regions_figure(report)]
    return [linear_probes.linear_probes_figure(_probes(view.run.id, state))]


@st.cache_resource(max_entries=16, show_spinner="Climbing towards what excites each unit")
def _made(run_id: str, layer: str, state: str) -> PreferredInputReport:
    from runs import features

    return features.preferred_input(run_id, frame.store(), layer, (), state)


@st.cache_resource(max_entries=16, show_spinner="Fitting a linear model to each layer")
def _probes(run_id: str, state: str) -> LinearProbesReport:
    from runs import features

    return features.linear_probes(run_id, frame.store(), state)


@st.cache_resource(max_entries=8, show_spinner=False)
def _maps(run_id: str, state: str) -> UnitMapsReport:
    from runs import features

    return features.unit_maps(run_id, frame.store(), state)
