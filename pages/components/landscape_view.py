"""The loss landscape of a run: on lines, along its path, on planes, and along the sharpest directions."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

import streamlit as st

from pages.components import figure_view
from pages.components.computed import computed
from pages.components.kept_networks import computation_key, kept, seed_choice, state_choice

if TYPE_CHECKING:
    from runs.landscape import KeptWeights

VIEWS = {
    "line": "Between two networks",
    "path": "Along the path",
    "plane": "On a plane",
    "curvature": "Sharpest directions",
}
KINDS = {"path": "of the path", "random": "random"}
KEY = "landscape"


def landscape_view(run_id: str) -> None:
    """Draw the choice of view and what belongs to it, and the figure."""
    states = kept(run_id)
    if states is None:
        return
    view = str(
        st.segmented_control(
            "View",
            list(VIEWS),
            key=f"{KEY}/view",
            default="line",
            format_func=VIEWS.__getitem__,
            required=True,
            persist_state="session",
            help="The weights of a network are one point in a space of as many dimensions as there are weights; the "
            "loss is the height there. These views cut through that space.",
        )
    )
    {"line": _line, "path": _path, "plane": _plane, "curvature": _curvature}[view](states)


def _line(states: KeptWeights) -> None:
    from runs.landscape import loss_line

    several, place = len(states.seeds) > 1, f"{KEY}/line/{states.run_id}"
    with st.container(horizontal=True, vertical_alignment="bottom", gap="small"):
        first = (
            state_choice("From the state", states, f"{place}/from", first=not several),
            seed_choice("of seed", states.seeds, f"{place}/from/seed"),
        )
        second = (
            state_choice("to the state", states, f"{place}/to"),
            seed_choice("of seed ", states.seeds, f"{place}/to/seed", 1),
        )
    if first == second:
        st.info("Both ends are the same network: choose another state or another seed.", icon=":material/info:")
        return
    key = computation_key(states, "line", *first, *second)
    _draw_line(computed(key, "The line", partial(loss_line, states, first, second), slot=f"{KEY}/line"))


def _draw_line(report: object) -> None:
    from diagnostics.figures.landscape import line_figure
    from diagnostics.landscape import LineReport

    if isinstance(report, LineReport):
        figure_view.show(line_figure(report), key=f"{KEY}/line")


def _path(states: KeptWeights) -> None:
    from runs.landscape import loss_path

    seed = seed_choice("Seed", states.seeds, f"{KEY}/path/{states.run_id}/seed")
    key = computation_key(states, "path", seed)
    _draw_path(computed(key, "The path", partial(loss_path, states, seed), slot=f"{KEY}/path"))


def _draw_path(report: object) -> None:
    from diagnostics.figures.landscape import path_figure
    from diagnostics.landscape import PathReport

    if isinstance(report, PathReport):
        figure_view.show(path_figure(report), key=f"{KEY}/path")


def _plane(states: KeptWeights) -> None:
    from runs.landscape import loss_plane

    place, draw = f"{KEY}/plane/{states.run_id}", 0
    with st.container(horizontal=True, vertical_alignment="bottom", gap="small"):
        kind = str(
            st.segmented_control(
                "Directions",
                list(KINDS),
                default="path",
                key=f"{place}/kind",
                format_func=KINDS.__getitem__,
                required=True,
                help="The two directions that hold most of the path's movement, or two random ones in which the "
                "weights of each unit change by as much as they are large.",
            )
        )
        seed = seed_choice("Seed", states.seeds, f"{place}/seed")
        state = state_choice("Through the state", states, f"{place}/state")
        if kind == "random":
            draw = int(
                st.number_input("Draw", 0, 999, 0, key=f"{place}/draw", width=120, help="Another number, others.")
            )
    key = computation_key(states, "plane", kind, seed, state, draw)
    plane = computed(
        key,
        "The plane",
        lambda report: loss_plane(states, seed, state, kind=kind, draw=draw, progress=report),
        slot=f"{KEY}/plane",
    )
    _draw_plane(plane)


def _draw_plane(report: object) -> None:
    from diagnostics.figures.loss_plane import loss_plane_figure
    from diagnostics.loss_plane import PlaneReport

    if isinstance(report, PlaneReport):
        figure_view.show(loss_plane_figure(report), key=f"{KEY}/plane/{report.kind}")


def _curvature(states: KeptWeights) -> None:
    from runs.landscape import loss_along_curvature

    place = f"{KEY}/curvature/{states.run_id}"
    with st.container(horizontal=True, vertical_alignment="bottom", gap="small"):
        seed = seed_choice("Seed", states.seeds, f"{place}/seed")
        state = state_choice("Around the state", states, f"{place}/state")
    key = computation_key(states, "curvature", seed, state)
    lines = computed(
        key,
        "The curvature",
        lambda report: loss_along_curvature(states, seed, state, progress=report),
        slot=f"{KEY}/curvature",
    )
    _draw_curvature(lines)


def _draw_curvature(report: object) -> None:
    from diagnostics.curvature_lines import CurvatureLinesReport
    from diagnostics.figures.curvature_lines import curvature_lines_figure

    if isinstance(report, CurvatureLinesReport):
        figure_view.show(curvature_lines_figure(report), key=f"{KEY}/curvature")
