"""What the layers of runs hold of the examples, compared: a tab of the page Trajectories. Start at
`representation_view`.

All is computed in the background from the states that were kept (`runs.representations`) and remembered there.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import TYPE_CHECKING

import streamlit as st

from pages.components import figure_view, frame, words
from pages.components.computed import computed
from pages.components.representation_choices import CHOICES, Asked, chosen

if TYPE_CHECKING:
    from diagnostics.figures.unit_trajectories import ColorBy
    from runs.representations import KeptRun


def representation_view(run_ids: Sequence[str]) -> None:
    """Draw the choices and the figures for some runs, the first of which is looked at; several can be compared.

    Parameters
    ----------
    run_ids : sequence of str
        Runs of the store. Those that are still going on, or of which no state is kept, are named and left out.
    """
    kept = _there(run_ids)
    if not kept:
        return
    key, what = "representations/what", next(iter(CHOICES))
    what = str(
        st.segmented_control(
            "Look at", list(CHOICES), key=key, default=what, format_func=CHOICES.__getitem__, required=True,
            persist_state="session",
        )
    )  # fmt: skip
    asked = chosen(what, kept)
    if asked is None:
        return
    last = [kept[run_id].steps[-1] for run_id in asked.run_ids]
    key = f"representations {last} {asked.key}"
    report = computed(key, _WAITING[what], partial(asked.compute, frame.store()), slot=f"representations/{what}")
    if report is not None:
        _DRAWN[what](asked, report)


def _there(run_ids: Sequence[str]) -> dict[str, KeptRun]:
    """Return the runs that can be looked at; say why others cannot."""
    kept: dict[str, KeptRun] = {}
    for run_id in run_ids:
        try:
            entry = frame.store().entry(run_id)
            name = words.plain(entry.name)
            if frame.is_live(run_id) or entry.state == "running":
                st.info(
                    f"{name} is still training. What its layers hold is compared at the states that are kept on the "
                    "way, once it has ended or was stopped.",
                    icon=":material/info:",
                )
                continue
            found = _kept(run_id, entry.state, entry.seconds, str(frame.store().folder))
        except (KeyError, ValueError, OSError) as error:
            st.info(f"A run cannot be looked at: {words.plain(str(error.args[0]))}", icon=":material/info:")
            continue
        if len(found.steps) > 1:
            kept[run_id] = found
        else:
            st.info(
                f"Of {name} no state was kept, so that there is nothing to compare: train it anew, or choose another.",
                icon=":material/info:",
            )
    return kept


@st.cache_resource(max_entries=32, show_spinner=False)
def _kept(run_id: str, state: str, seconds: float, folder: str) -> KeptRun:
    """Read what there is to choose from; state, seconds and folder are part of what it is kept under."""
    from runs.representations import kept_run

    return kept_run(run_id, frame.store())


def _layers(asked: Asked, result: object) -> None:
    from diagnostics.figures.layer_similarity import layer_similarity_figure
    from diagnostics.layer_similarity import LayerSimilarityReport

    assert isinstance(result, LayerSimilarityReport)
    figure_view.show(layer_similarity_figure(result), key="representations/layers")


def _over_training(asked: Asked, result: object) -> None:
    from diagnostics.figures.similarity_over_training import between_moments_figure, to_final_figure
    from diagnostics.similarity_over_training import SimilarityOverTrainingReport

    assert isinstance(result, SimilarityOverTrainingReport)
    with st.container(key="wide-representations"):
        left, right = st.columns(2, gap="medium")
    with left:
        figure_view.show(to_final_figure(result), key="representations/to_final")
    with right:
        figure_view.show(between_moments_figure(result, asked.shown), key="representations/moments")


def _examples(asked: Asked, result: object) -> None:
    from diagnostics.example_maps import ExampleMapsReport
    from diagnostics.figures.example_maps import example_maps_figure

    assert isinstance(result, ExampleMapsReport)
    figure_view.show(example_maps_figure(result), key="representations/examples")


def _units(asked: Asked, result: object) -> None:
    from diagnostics.figures.unit_trajectories import unit_trajectories_figure
    from diagnostics.unit_trajectories import UnitTrajectoriesReport

    assert isinstance(result, UnitTrajectoriesReport)
    color_by: ColorBy = "class" if asked.shown == "class" else "layer"
    figure_view.show(unit_trajectories_figure(result, color_by), key="representations/units")


_DRAWN: Mapping[str, Callable[[Asked, object], None]] = {
    "layers": _layers,
    "training": _over_training,
    "examples": _examples,
    "units": _units,
}
_WAITING = {
    "layers": "Comparing the layers",
    "training": "Comparing every layer at all kept moments",
    "examples": "Mapping the examples",
    "units": "Mapping the units",
}
