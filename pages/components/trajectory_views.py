"""What the page Trajectories shows below the map: one view at a time, of all runs or of the first one."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from pages.components.following import following
from pages.components.run_picker import loaded

VIEWS = {
    "disagreement": "Disagreement",
    "weights": "Weights",
    "landscape": "Loss landscape",
    "representations": "Hidden representations",
    "decisions": "Decisions",
}
OF_FIRST = ("weights", "landscape", "decisions")


def trajectory_views(run_ids: Sequence[str]) -> None:
    """Draw the choice of view, and the view."""
    st.session_state.setdefault("trajectories/view", "disagreement")
    view = st.segmented_control(
        "More",
        list(VIEWS),
        key="trajectories/view",
        format_func=VIEWS.__getitem__,
        required=True,
        persist_state="session",
    )
    if view in OF_FIRST and len(run_ids) > 1:
        st.caption(f"Of the first run chosen above, {loaded(run_ids[0]).info.get('name', run_ids[0])}.")
    match view:
        case "disagreement":
            from pages.components.disagreement_view import disagreement_view

            following(lambda live: disagreement_view([loaded(run_id) for run_id in run_ids], live=live), run_ids)
        case "weights":
            from pages.components.symmetry_view import symmetry_view

            symmetry_view(run_ids[0])
        case "landscape":
            from pages.components.landscape_view import landscape_view

            landscape_view(run_ids[0])
        case "representations":
            from pages.components.representation_view import representation_view

            representation_view(run_ids)
        case _:
            from pages.components.decision_view import decision_view

            decision_view(run_ids[0])
