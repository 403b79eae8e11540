"""The map of function space under the clock, and beside it the function of a point."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

import streamlit as st

from pages.components import figure_view, frame, words
from pages.components.animation_export import Motion
from pages.components.clock import clock
from pages.components.live_chart import clocked_chart
from pages.components.map_controls import MapChoice
from pages.components.map_fitting import finished_tests, tests_of, with_map
from pages.components.map_quality import quality_strip
from pages.components.run_picker import loaded, names_of

if TYPE_CHECKING:
    from diagnostics.figures.map_surroundings import MapView
    from diagnostics.random_walk import RandomWalkReport
    from diagnostics.run import Run
    from diagnostics.trajectories import FunctionMapReport, MapTests

SNAPSHOT = "snapshot"  # the bus of the chart beside the map


def map_view(run_ids: Sequence[str], choice: MapChoice, live: bool) -> None:
    """Draw the map of some runs, what lies under it, and the function of a point beside it."""
    runs, names = [loaded(run_id) for run_id in run_ids], names_of(run_ids)

    def draw(report: FunctionMapReport) -> None:
        _draw(runs, replace(report, snapshots=replace(report.snapshots, run_names=names)), choice, live=live)

    try:
        with_map(runs, choice, draw, live=live)
    except ValueError as error:
        st.info(words.plain(str(error.args[0])), icon=":material/info:")


def _draw(runs: Sequence[Run], report: FunctionMapReport, choice: MapChoice, *, live: bool) -> None:
    steps = sorted(set(report.snapshots.step.tolist()))
    clock(runs[0].id, steps, ())
    job = None if report.is_frozen else tests_of(runs, report, choice)
    with st.container(key="wide-map"):
        left, right = st.columns((2, 1), gap="medium")
    with left:
        _map(report, choice, steps, finished_tests(job), live=live)
    with right:
        _function(runs, report)
    quality_strip(report, job)


def _map(report: FunctionMapReport, choice: MapChoice, steps: list[int], tests: MapTests | None, *, live: bool) -> None:
    from diagnostics.figures.growing import without_growth
    from diagnostics.figures.packing import packed_growing
    from diagnostics.figures.table import map_table
    from diagnostics.figures.theme import themed_arrays
    from diagnostics.figures.trajectories import function_map_figure

    null = tests.null if choice.walk and tests is not None else None
    figure = function_map_figure(report, _view(report, choice, null))
    shown = report.snapshots
    text = packed_growing(
        themed_arrays(figure, frame.is_dark()), steps, {"path": shown.path.tolist(), "step": shown.step.tolist()}
    )
    key = f"trajectories/map-{choice.method}-{choice.n_dims}"
    layout = figure.layout
    extras = figure_view.Extras(Motion(figure, steps), {"coordinates": lambda: map_table(report)})

    def chart() -> None:
        clocked_chart(text, key, int(layout.height), layout.meta, {})

    figure_view.show(without_growth(figure), key=key, live=live, chart=chart, extras=extras)


def _view(report: FunctionMapReport, choice: MapChoice, null: RandomWalkReport | None) -> MapView:
    from diagnostics.figures.map_surroundings import MapView

    return MapView(choice.color_by, run_colors(report.snapshots.run_ids), null, known=choice.known)


def run_colors(run_ids: Sequence[str]) -> tuple[str, ...]:
    """Return the colour of each run, the same on all pages."""
    from diagnostics.figures.colors import RUN_COLORS

    return tuple(RUN_COLORS[frame.store().entry(run_id).colour % len(RUN_COLORS)] for run_id in run_ids)


def _function(runs: Sequence[Run], report: FunctionMapReport) -> None:
    from diagnostics.figures.packing import packed_rows
    from diagnostics.figures.snapshot_functions import function_panel
    from diagnostics.figures.theme import themed_arrays
    from diagnostics.snapshot_functions import snapshot_functions
    from runs.comparison import differing_settings

    entries = [frame.store().entry(run.id) for run in runs]
    differing = differing_settings(entries) if len(runs) > 1 else {}
    settings = [differing[run.id] for run in runs] if differing else []
    panel = function_panel(snapshot_functions(runs, report.snapshots), int(report.snapshots.ends[0]), settings)
    text = packed_rows(themed_arrays(panel.figure, frame.is_dark()), panel.changing, panel.words)
    key, layout = "trajectories/function", panel.figure.layout

    def chart() -> None:
        clocked_chart(text, key, int(layout.height), layout.meta, {}, bus=SNAPSHOT)

    figure_view.show(panel.figure, key=key, chart=chart)
