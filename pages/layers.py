"""Layers: where does the signal die? Saturation on top, then distributions at one step and over time."""

import streamlit as st

from pages.components import figure_view, frame
from pages.components.following import following, nothing_yet
from pages.components.layer_controls import layer_controls
from pages.components.run_picker import loaded, run_picker
from pages.components.step_clock import step_clock

frame.page("layers")


def sheets(live: bool) -> None:
    """Draw where units are saturated or dead, and how large the updates are."""
    from diagnostics.figures.saturation import saturation_figure
    from diagnostics.figures.update_ratio import update_ratio_figure
    from diagnostics.saturation import dead_units, saturation
    from diagnostics.update_ratio import update_ratio

    run = loaded(str(run_id))
    with st.container(key="wide-layers-1"):
        left, right = st.columns(2, gap="medium")
    reports = {"saturated": saturation(run), "dead": dead_units(run)}
    defined = {key: report for key, report in reports.items() if report.layers}
    with left:
        for key, report in (defined or {"saturated": reports["saturated"]}).items():
            figure_view.show(saturation_figure(report), key=f"layers/{key}", live=live)
    with right:
        figure_view.show(update_ratio_figure(update_ratio(run)), key="layers/update_ratio", live=live)


def distributions(live: bool) -> None:
    """Draw the chosen quantity of the run as it is now."""
    from diagnostics import layer_statistics as analysis
    from diagnostics.figures import layer_statistics as figures

    run = loaded(str(run_id))
    histograms = analysis.layer_histograms(run, choice.quantity, step, choice.binning)
    figure_view.show(figures.layer_histograms_figure(histograms), key="layers/histograms", live=live)
    with st.container(key="wide-layers-2"):
        left, right = st.columns(2, gap="medium")
    with left:
        moments = analysis.layer_moments(run, choice.quantity)
        figure_view.show(figures.layer_moments_figure(moments), key="layers/moments", live=live)
    with right:
        over_time = analysis.histogram_over_time(run, choice.layer, choice.quantity)
        figure_view.show(figures.histogram_over_time_figure(over_time), key="layers/time", live=live)


run_id = run_picker("layers/run")
if run_id is None:
    nothing_yet("Which layers are saturated, and how activations, gradients and weights spread in each of them.")
else:
    from diagnostics.layer_statistics import recorded_steps

    first = loaded(run_id)
    following(sheets, [run_id])
    choice = layer_controls(first)
    steps = recorded_steps(first, choice.quantity)
    step = step_clock(steps.tolist()) if len(steps) else None
    following(distributions, [run_id])
