"""The networks of a run by their weights and by their function, and other weights for the same function."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

import streamlit as st

from pages.components import figure_view
from pages.components.computed import computed
from pages.components.kept_networks import computation_key, kept, seed_choice

if TYPE_CHECKING:
    from diagnostics.parameter_space import SymmetryReport
    from runs.landscape import KeptWeights

KEY = "symmetry"


def symmetry_view(run_id: str) -> None:
    """Draw both maps, both distances over training, and copies of one network with other weights."""
    from runs.landscape import weight_map

    states = kept(run_id)
    if states is None:
        return
    key = computation_key(states, "weight map")
    _draw_map(computed(key, "The maps", partial(weight_map, states), slot=f"{KEY}/map"))
    _copies(states)


def _draw_map(report: object) -> None:
    from diagnostics.figures.parameter_space import weight_distances_figure, weight_map_figure
    from diagnostics.parameter_space import WeightMapReport

    if isinstance(report, WeightMapReport):
        figure_view.show(weight_map_figure(report), key=f"{KEY}/map")
        figure_view.show(weight_distances_figure(report), key=f"{KEY}/distances")


def _copies(states: KeptWeights) -> None:
    from runs.landscape import symmetric_copies

    place = f"{KEY}/{states.run_id}"
    with st.container(horizontal=True, vertical_alignment="bottom", gap="small"):
        seed = seed_choice("Copies of seed", states.seeds, f"{place}/seed")
        st.button(
            "Draw other copies",
            icon=":material/casino:",
            key=f"{place}/again",
            on_click=_another,
            args=(f"{place}/draw",),
            help="Other orders of the units, other factors and other signs.",
        )
    draw = int(st.session_state.get(f"{place}/draw", 0))
    copies = computed(
        computation_key(states, "symmetries", seed, draw),
        "The copies",
        lambda _: symmetric_copies(states, seed, draw),
        slot=f"{KEY}/copies",
    )
    _draw_copies(copies)


def _another(key: str) -> None:
    st.session_state[key] = int(st.session_state.get(key, 0)) + 1


def _draw_copies(report: object) -> None:
    from diagnostics.figures.parameter_space import symmetry_figure
    from diagnostics.parameter_space import SymmetryReport

    if isinstance(report, SymmetryReport):
        figure_view.show(symmetry_figure(report), key=f"{KEY}/copies")
        with st.expander("Distances of the copies, and which symmetry holds for which layer"):
            _tables(report)


def _tables(report: SymmetryReport) -> None:
    import pandas as pd

    from diagnostics.symmetries import KINDS

    distances = {
        "copy by": report.kinds,
        "distance of weights": report.weight_distance,
        "largest difference of an output": [f"{one:.1e}" for one in report.function_distance],
    }
    st.dataframe(pd.DataFrame(distances), hide_index=True)
    rows = [
        {"layer": one.node, **{kind: f"no: {one.reasons[kind]}" if one.reasons[kind] else "holds" for kind in KINDS}}
        for one in report.nodes
    ]
    st.table(pd.DataFrame(rows).set_index("layer"))
