"""Fitting a map: at once or in the background with progress and cancel, frozen while a run lives, and its tests."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import streamlit as st

from pages.components import frame, owner, words

if TYPE_CHECKING:
    from diagnostics.embedding import Options
    from diagnostics.function_map import FunctionMapReport, MapTests
    from diagnostics.run import Run
    from pages.components.function_map_view import MapChoice
    from runs.computations import Computation

AT_ONCE = ("mds", "pca", "inpca")
EVERY = 0.7  # seconds
FROZEN = "map/frozen"
CANCELLED = "map/cancelled"


def fitted_map(runs: Sequence[Run], choice: MapChoice, *, live: bool) -> FunctionMapReport | None:
    """Return the map of the runs as they are now; None while it is computed, which is shown with progress.

    A map that was fitted while a run lived stays as it is, and what is recorded since is placed in it, until it is
    fitted anew.
    """
    from diagnostics.function_map import extended

    place = _place(runs, choice)
    frozen = st.session_state.get(FROZEN, {}).get(place)
    if frozen is not None and (frozen.embedding.place is not None):
        if not _grown(frozen, runs):
            return frozen
        _offer_refit(place, live=live)
        return extended(frozen, runs)
    report = _at_once(key_of(runs, choice), runs, choice) if choice.method in AT_ONCE else _watched(runs, choice)
    if report is not None and live:
        st.session_state[FROZEN] = {place: report}
    return report


def _place(runs: Sequence[Run], choice: MapChoice) -> str:
    """What a frozen map is of, whatever has been recorded."""
    chosen = (choice.method, choice.n_dims, choice.spacing, choice.perplexity, choice.seed)
    return f"{[run.id for run in runs]} {chosen} {frame.store().folder}"


def key_of(runs: Sequence[Run], choice: MapChoice) -> str:
    """Return what says exactly which map it is."""
    recorded = [len(run.series["probe/output"].steps) if "probe/output" in run.series else 0 for run in runs]
    return f"map {_place(runs, choice)} {recorded}"


def _grown(report: FunctionMapReport, runs: Sequence[Run]) -> bool:
    newest = max(int(run.series["probe/output"].steps[-1]) for run in runs)
    return newest > int(report.snapshots.step.max())


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
    from diagnostics.function_map import function_map

    return function_map(_runs, _choice.method, _choice.n_dims, spacing=_choice.spacing, options=options_of(_choice))


def _watched(runs: Sequence[Run], choice: MapChoice) -> FunctionMapReport | None:
    from diagnostics.function_map import FunctionMapReport, function_map
    from runs.jobs import registry

    key = key_of(runs, choice)
    if st.session_state.get(CANCELLED) == key:
        st.info("Cancelled. Start it anew, or look at the MDS map.", icon=":material/info:")
        st.button("Compute the map", key="map/again", on_click=st.session_state.pop, args=(CANCELLED, None))
        return None
    job = registry().compute(
        key,
        lambda report: function_map(
            runs, choice.method, choice.n_dims, spacing=choice.spacing, options=options_of(choice), progress=report
        ),
        owner=None,
    )
    if job.state == "finished":
        return job.result if isinstance(job.result, FunctionMapReport) else None
    if job.state == "failed":
        raise ValueError(job.error.removeprefix("ValueError: "))
    watch(job, "The map is fitted")
    return None


def tests_of(runs: Sequence[Run], report: FunctionMapReport, choice: MapChoice) -> Computation:
    """Return the computation of what chance would give on this map (`MapTests`), started if it is not there yet."""
    from diagnostics.function_map import map_tests
    from runs.jobs import registry

    return registry().compute(
        f"tests of {key_of(runs, choice)}",
        lambda progress: map_tests(report, runs, options=options_of(choice), progress=progress),
        owner=None,
    )


def finished_tests(job: Computation | None) -> MapTests | None:
    """Return the tests, if they are there by now."""
    from diagnostics.function_map import MapTests

    result = None if job is None or job.state != "finished" else job.result
    return result if isinstance(result, MapTests) else None


def watch(job: Computation, what: str) -> None:
    """Show the progress of a computation with a way to cancel it; the page is drawn anew when it has ended."""
    st.fragment(_watch, run_every=EVERY)(job, what)


def _watch(job: Computation, what: str) -> None:
    if job.state != "running":
        st.rerun()
    st.progress(job.fraction, text=words.plain(f"{what}: {job.fraction:.0%}"))
    st.button("Cancel", key="map/cancel", on_click=_cancel, args=(job,))


def _cancel(job: Computation) -> None:
    job.cancel(owner=owner.current())
    st.session_state[CANCELLED] = job.key
