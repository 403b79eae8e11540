"""Layers: where does the signal die? The saturation sheet, one layer in depth, and what else there is; one clock."""

import streamlit as st

from pages.components import frame
from pages.components.clock import ClockState, clock
from pages.components.clocked_figure import show_clocked
from pages.components.following import following, nothing_yet
from pages.components.late_frames import Late, send
from pages.components.layer_controls import layer_controls, seen, share_control
from pages.components.layer_entries import GROUPS, entries
from pages.components.layer_jacobians import layer_jacobians
from pages.components.layer_view import View
from pages.components.run_picker import run_picker
from pages.components.unit_features import there as can_show_features
from pages.components.unit_features import unit_features
from pages.components.worked_pair import compared_with, worked_pair_button

frame.page("layers")


def rows(group: str, view: View, state: ClockState, live: bool, widths: tuple[int, ...] = (1, 1)) -> list[Late | None]:
    """Draw the figures of a group, as many in a row as there are widths; return what is to be sent afterwards."""
    shown, n, late = entries(group, view.run), len(widths), []
    for row in (shown[start : start + n] for start in range(0, len(shown), n)):
        with st.container(key=f"wide-layers-{row[0].id}"):
            columns = st.columns(widths, gap="medium")
        for column, entry in zip(columns, row, strict=False):
            with column:
                late.append(show_clocked(entry, view, state, live=live))
    return late


def more(there: list[str]) -> str:
    """Draw the choice of what else is shown, and return it."""
    if len(there) == 1:
        st.subheader(GROUPS[there[0]], anchor=False)
        return there[0]
    st.session_state.setdefault("layers/group", there[0])
    return str(
        st.segmented_control(
            "More", there, key="layers/group", format_func=GROUPS.__getitem__, required=True, persist_state="session"
        )
    )


def layers(live: bool) -> None:
    """Draw everything below the run picker."""
    from diagnostics.clock_steps import recorded_layer_steps

    shown = seen(str(run_id))
    names = [layer.name for layer in shown.run.layers]
    state = clock(shown.run.id, recorded_layer_steps(shown.run).tolist(), names)
    view = share_control(View(shown, state.layer if state.layer in names else names[0]))
    late = rows("sheet", view, state, live, (3, 2)) + rows("depth", view, state, live, (1, 1, 1))
    st.subheader(f"{view.layer} in depth", anchor=False)
    view = layer_controls(view)
    late += rows("layer", view, state, live)
    there = [group for group in GROUPS if entries(group, view.run)]
    there += ["features"] * can_show_features(view.run.id)
    group = more(there) if there else ""
    if group == "features":
        unit_features(view)
    else:
        late += rows(group, view, state, live)
    if group == "paper":
        layer_jacobians(view, state)
    send(late)


run_id = run_picker("layers/run")
if run_id is None:
    nothing_yet("Which layers are saturated, and how activations, gradients and weights spread in each of them.")
    worked_pair_button()
else:
    following(layers, [run_id, *compared_with()])
