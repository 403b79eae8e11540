"""Fitting a map: at once or in the background, frozen while a run lives; and its tests."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

import streamlit as st

from pages.components.computed import computed

if TYPE_CHECKING:
    from diagnostics.embedding import Options
    from diagnostics.run import Run
    from diagnostics.trajectories import FunctionMapReport, MapTests
    from pages.components.map_controls import MapChoice
    from runs.computations import Computation, Report

AT_ONCE = ("mds", "pca", "inpca")
FROZEN = "map/frozen"  # the map that was fitted while a run lived, and how much had been recorded
FITTING = "map/fitting"  # what is being fitted while a run lives: it goes on when more is recorded


def with_map(runs: Sequence[Run], choice: MapChoice, draw: Callable[[FunctionMapReport], None], *, live: bool) -> None:
    """Draw the map of the runs as they are now, as soon as it is fitted.

    A map that was fitted while a run lived stays as it is, and what is recorded since is placed in it, until it is
    fitted anew.

    Raises
    ------
    ValueError
        If there is nothing to be drawn.
    """
    from diagnostics.trajectories import FunctionMapReport, extended, function_map

    place, recorded = _place(runs, choice), _recorded(runs)
    frozen, before = st.session_state.get(FROZEN, {}).get(place, (None, []))
    if frozen is not None:
        if recorded != before:
            _offer_refit(place, live=live)
        draw(extended(frozen, runs) if recorded != before else frozen)
        return
    key = key_of(runs, choice)
    if live and choice.method not in AT_ONCE:
        key, recorded = st.session_state.setdefault(FITTING, {}).setdefault(place, (key, recorded))

    def keep(report: object) -> None:
        if isinstance(report, FunctionMapReport):
            if live and report.embedding.place is not None:
                st.session_state[FROZEN] = {place: (report, recorded)}
                st.session_state.get(FITTING, {}).pop(place, None)
            draw(report)

    if choice.method in AT_ONCE:
        keep(_at_once(key, runs, choice))
        return

    def fit(progress: Report) -> object:
        options = options_of(choice)
        return function_map(
            runs, choice.method, choice.n_dims, spacing=choice.spacing, options=options, progress=progress
        )

    keep(computed(key, "The map", fit, slot="map"))


def _place(runs: Sequence[Run], choice: MapChoice) -> str:
    """What a frozen map is of, whatever has been recorded."""
    chosen = (choice.method, choice.n_dims, choice.spacing, choice.perplexity, choice.seed)
    return f"{[run.id for run in runs]} {chosen}"


def key_of(runs: Sequence[Run], choice: MapChoice) -> str:
    """Return what says exactly which map it is."""
    return f"map {_place(runs, choice)} {_recorded(runs)}"


def _recorded(runs: Sequence[Run]) -> list[int]:
    """How many records of the outputs each run has."""
    return [len(run.series["probe/output"].steps) if "probe/output" in run.series else 0 for run in runs]


def _offer_refit(place: str, *, live: bool) -> None:
    def refit() -> None:
        st.session_state.get(FROZEN, {}).pop(place, None)

    with st.container(horizontal=True, vertical_alignment="center"):
        st.caption(
            "The axes stay as they were fitted when this page was opened; what is recorded since is placed among them."
            + ("" if live else " The training has ended.")
        )
        st.button("Fit the map anew", key="map/refit", on_click=refit, icon=":material/refresh:")


def options_of(choice: MapChoice) -> Options:
    """Return the options of the embedding."""
    from diagnostics.embedding import Options

    return Options(perplexity=choice.perplexity, seed=choice.seed)


@st.cache_resource(max_entries=12, show_spinner="Fitting the map")
def _at_once(key: str, _runs: Sequence[Run], _choice: MapChoice) -> FunctionMapReport:
    from diagnostics.trajectories import function_map

    return function_map(_runs, _choice.method, _choice.n_dims, spacing=_choice.spacing, options=options_of(_choice))


def tests_of(runs: Sequence[Run], report: FunctionMapReport, choice: MapChoice) -> Computation:
    """Return the computation of what chance would give on this map (`MapTests`), started if it is not there yet."""
    from diagnostics.trajectories import map_tests
    from runs.jobs import registry

    return registry().compute(
        f"tests of {key_of(runs, choice)}",
        lambda progress: map_tests(report, runs, options=options_of(choice), progress=progress),
        owner=None,
    )


def finished_tests(job: Computation | None) -> MapTests | None:
    """Return the tests, if they are there by now."""
    from diagnostics.trajectories import MapTests

    result = None if job is None or job.state != "finished" else job.result
    return result if isinstance(result, MapTests) else None
