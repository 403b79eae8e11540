"""What a network decides, for real tables: over two columns, over one, on the PCA plane, and row by row.

`decision_view` draws all of it; a page calls it with the id of a run. The rows behind mistakes are in `mistaken_rows`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import streamlit as st

from pages.components import figure_view, frame, words
from pages.components.computed import computed
from pages.components.mistaken_rows import mistaken_rows

if TYPE_CHECKING:
    from collections.abc import Sequence

    from diagnostics.figures.plane_surface import Shown
    from diagnostics.permutation_importance import ImportanceReport
    from runs.decision import DecisionNetwork
    from runs.fork import KeptState

SUBJECTS = {
    "slice": "Two columns",
    "curve": "One column",
    "plane": "PCA plane",
    "importance": "Which columns",
    "errors": "Mistakes, row by row",
}
LEAST_FOR_PLANE = 3  # features
MOST_HELD = 500  # rows that can be chosen
COLORS = {"answer": "Answer", "seeds": "Where seeds disagree"}


def decision_view(run_id: str) -> None:
    """Draw the choice of view and state of a run, and the view; a sentence where nothing of it is kept."""
    from runs.fork import kept_states

    try:
        states = kept_states(run_id, frame.store())
    except (KeyError, ValueError) as error:
        _cannot(error)
        return
    if states:
        _view(run_id, states)
    else:
        wait = "It appears with the first state that is kept." if frame.is_live(run_id) else "Train it anew to see it."
        st.info(f"No state of this network is kept, so that it can answer nothing. {wait}", icon=":material/info:")


@st.fragment
def _view(run_id: str, states: tuple[KeptState, ...]) -> None:
    named = {state.name: state for state in states}
    with st.container(horizontal=True, vertical_alignment="bottom", gap="medium"):
        views = st.container(width="content")
        chosen = st.selectbox(
            "State",
            list(named),
            key=f"decision/state/{run_id}",
            index=list(named).index("last") if "last" in named else 0,
            format_func=lambda name: f"{_called(name)}, step {named[name].step}",
            width=230,
            persist_state="session",
            help="The network as it was then; all seeds that did not diverge.",
        )
    try:
        at = _network(str(frame.store().folder), run_id, chosen, named[chosen].step)
    except (KeyError, ValueError) as error:
        _cannot(error)
        return
    there = subjects(at)
    key = f"decision/view/{at.kind}"
    if st.session_state.get(key) not in there:
        st.session_state[key] = there[0]
    subject = views.segmented_control(
        "View", there, key=key, format_func=SUBJECTS.__getitem__, required=True, persist_state="session"
    )
    drawn = {
        "slice": _slice,
        "curve": _curve,
        "plane": _plane,
        "importance": _importance_figure,
        "errors": mistaken_rows,
    }
    drawn[str(subject)](at)


def _cannot(error: Exception) -> None:
    st.info(words.plain(f"This cannot be shown: {error.args[0]}."), icon=":material/info:")


def _called(name: str) -> str:
    return {"last": "last", "best": "best validation loss"}.get(name, "on the way")


def subjects(at: DecisionNetwork) -> tuple[str, ...]:
    """Return the views that there are: of tables all, of images the plane and the rows, of sequences the rows."""
    found = []
    if at.kind == "table":
        found += ["slice"] * (len(at.columns) > 1) + ["curve"]
    if at.kind != "sequence" and len(at.data.feature_names) >= LEAST_FOR_PLANE:
        found.append("plane")
    return (*found, *(["importance"] * (len(at.columns) > 1)), "errors")


@st.cache_resource(max_entries=4, show_spinner=False)
def _network(folder: str, run_id: str, state: str, step: int) -> DecisionNetwork:
    """One network for each kept state; the step tells apart what was called "last" at different times."""
    from runs.decision import decision_network

    return decision_network(run_id, frame.store(), state)


def _slice(at: DecisionNetwork) -> None:
    from diagnostics.figures.plane_surface import feature_slice_figure
    from runs.decision import slice_of_features

    order = _order(at)
    if order is None:
        return
    with st.container(horizontal=True, vertical_alignment="bottom", gap="medium"):
        first = _column("Across", at, order, f"decision/first/{at.run_id}", 0)
        second = _column("Upwards", at, order, f"decision/second/{at.run_id}", 1)
        held = _held(at) if len(at.columns) > 2 else None
        output = _output(at, with_class=True)
        shown = _color(at)
    if first == second:
        st.info("Across and upwards stands the same column: choose two different ones.", icon=":material/info:")
        return
    key = f"slice {at.run_id} {at.step} {first} {second} {held} {output}"
    report = computed(
        key,
        "The surface",
        lambda progress: slice_of_features(at, (first, second), held, output, progress),
        slot="decision/slice",
    )
    if report is not None:
        figure_view.show(feature_slice_figure(report, shown), key="decision/slice")


def _curve(at: DecisionNetwork) -> None:
    from diagnostics.figures.partial_dependence import partial_dependence_figure
    from runs.decision import curves_of_feature

    order = _order(at)
    if order is None:
        return
    with st.container(horizontal=True, vertical_alignment="bottom", gap="medium"):
        column = _column("Column", at, order, f"decision/column/{at.run_id}", 0)
        held = _held(at)
        output = _output(at, with_class=False) or 0
    key = f"curve {at.run_id} {at.step} {column} {held} {output}"
    report = computed(
        key, "The curves", lambda progress: curves_of_feature(at, column, held, output, progress), slot="decision/curve"
    )
    if report is not None:
        figure_view.show(partial_dependence_figure(report), key="decision/curve")


def _plane(at: DecisionNetwork) -> None:
    from diagnostics.figures.plane_surface import pca_plane_figure
    from runs.decision import plane_of_components

    with st.container(horizontal=True, vertical_alignment="bottom", gap="medium"):
        output = _output(at, with_class=True)
        shown = _color(at)
    key = f"plane {at.run_id} {at.step} {output}"
    report = computed(
        key, "The plane", lambda progress: plane_of_components(at, output, progress), slot="decision/plane"
    )
    if report is not None:
        figure_view.show(pca_plane_figure(report, shown), key="decision/plane")


def _importance_figure(at: DecisionNetwork) -> None:
    from diagnostics.figures.permutation_importance import permutation_importance_figure

    report = _importance(at)
    if report is not None:
        figure_view.show(permutation_importance_figure(report), key="decision/importance")


def _importance(at: DecisionNetwork) -> ImportanceReport | None:
    from runs.decision import importance

    return computed(
        f"importance {at.run_id} {at.step}",
        "Which columns the network uses",
        lambda progress: importance(at, progress),
        slot="decision/importance",
    )


def _order(at: DecisionNetwork) -> list[int] | None:
    """The columns, the most important first; None while that is being computed."""
    report = _importance(at)
    return None if report is None else [int(place) for place in report.order]


def _column(label: str, at: DecisionNetwork, order: Sequence[int], key: str, place: int) -> int:
    """The choice of a column; it stays chosen when another state orders them in another way."""
    st.session_state.setdefault(key, order[min(place, len(order) - 1)])
    return int(
        st.selectbox(
            label,
            order,
            key=key,
            format_func=lambda column: at.columns[column].name,
            width=230,
            persist_state="session",
            help="The columns that the network uses most come first (permutation importance). Type to search.",
        )
    )


def _held(at: DecisionNetwork) -> int | None:
    """The row at which the other columns are held; None for the typical one."""
    split = at.split(at.part)

    def called(row: int) -> str:
        if row < 0:
            return "typical row"
        return f"{at.part} row {int(split.rows[row]) + 1}"

    chosen = st.selectbox(
        "Other columns as in",
        [-1, *range(min(len(split.x), MOST_HELD))],
        key=f"decision/held/{at.run_id}",
        format_func=called,
        width=200,
        persist_state="session",
        help="The typical row has the median of each column of numbers and the most frequent category of the others.",
    )
    return None if chosen < 0 else int(chosen)


def _output(at: DecisionNetwork, *, with_class: bool) -> int | None:
    """The class, label or target that is shown; None for the most probable class, if that is offered."""
    names, task = at.output_names, at.data.task
    if task == "classification" and len(names) == 2:
        return 1
    if len(names) == 1:
        return 0
    label = {"classification": "Class", "multi_label": "Label"}.get(task, "Target")
    most_probable = [-1] if with_class and task == "classification" else []
    chosen = st.selectbox(
        label,
        [*most_probable, *range(len(names))],
        key=f"decision/output/{at.run_id}/{with_class}",
        format_func=lambda place: "most probable" if place < 0 else names[place],
        width=200,
        persist_state="session",
    )
    return None if chosen < 0 else int(chosen)


def _color(at: DecisionNetwork) -> Shown:
    """What the colour of a surface says."""
    if at.n_seeds < 2:
        return "answer"
    chosen = st.segmented_control(
        "Colour",
        list(COLORS),
        key="decision/colour",
        default="answer",
        format_func=COLORS.__getitem__,
        required=True,
        persist_state="session",
    )
    return "seeds" if chosen == "seeds" else "answer"
