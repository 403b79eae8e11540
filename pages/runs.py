"""Runs: what have I tried? The table of stored runs, and the curves of several side by side."""

import streamlit as st

from pages.components import figure_view, frame
from pages.components.curve_controls import METRICS
from pages.components.damaged_runs import damaged_runs
from pages.components.following import nothing_yet
from pages.components.model_download import model_download
from pages.components.run_picker import entries, loaded, runs_picker
from pages.components.run_table import run_actions, run_table

frame.page("runs")

stored = entries()
if not stored:
    nothing_yet("A table of everything you have trained: data, settings that differ, results with their spread.")
else:
    run_table(stored)
    run_actions(stored)
    model_download(stored)
    st.subheader("Compare", anchor=False)
    chosen = runs_picker("runs/compare")
    if chosen:
        from diagnostics.figures.learning_curves import learning_curves_figure
        from diagnostics.learning_curves import learning_curves, metrics

        runs = [loaded(run_id) for run_id in chosen]
        offered = metrics(runs) or ("loss",)
        name = str(
            st.segmented_control(
                "Metric",
                offered,
                default=offered[0],
                key="runs/metric",
                format_func=lambda m: METRICS.get(m, m),
                required=True,
            )
        )
        colours = [frame.store().entry(run_id).colour for run_id in chosen]
        report = learning_curves(runs, name, "epoch", colours=colours)
        figure_view.show(learning_curves_figure(report), key="runs/curves")
damaged_runs()
