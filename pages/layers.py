"""Layers: where does the signal die? Distributions in every layer, at one step and over time."""

import streamlit as st

from pages.components import figure_view, frame, words
from pages.components.following import following, nothing_yet
from pages.components.run_picker import loaded, run_picker
from pages.components.step_clock import step_clock

frame.page("layers")


def draw(live: bool) -> None:
    """Draw the chosen quantity of the run as it is now."""
    from diagnostics import layer_statistics as analysis
    from diagnostics.figures import layer_statistics as figures
    from diagnostics.figures.saturation import saturation_figure
    from diagnostics.figures.update_ratio import update_ratio_figure
    from diagnostics.saturation import dead_units, saturation
    from diagnostics.update_ratio import update_ratio

    run = loaded(str(run_id))
    histograms = analysis.layer_histograms(run, quantity, step, binning)
    figure_view.show(figures.layer_histograms_figure(histograms), key="layers/histograms", live=live)
    with st.container(key="wide-layers-1"):
        left, right = st.columns(2, gap="medium")
    with left:
        figure_view.show(
            figures.layer_moments_figure(analysis.layer_moments(run, quantity)), key="layers/moments", live=live
        )
    with right:
        over_time = analysis.histogram_over_time(run, layer, quantity)
        figure_view.show(figures.histogram_over_time_figure(over_time), key="layers/time", live=live)
    with st.container(key="wide-layers-2"):
        left, right = st.columns(2, gap="medium")
    with left:
        for key, report in (("saturated", saturation(run)), ("dead", dead_units(run))):
            if report.layers:
                figure_view.show(saturation_figure(report), key=f"layers/{key}", live=live)
    with right:
        figure_view.show(update_ratio_figure(update_ratio(run)), key="layers/update_ratio", live=live)


run_id = run_picker("layers/run")
if run_id is None:
    nothing_yet("Histograms of activations, gradients and weights in every layer, on one axis.")
else:
    from diagnostics.figures.layer_statistics import NAMES
    from diagnostics.layer_statistics import QUANTITIES, binnings, recorded_steps

    first = loaded(run_id)
    with st.container(horizontal=True, vertical_alignment="bottom", gap="medium"):
        st.session_state.setdefault("layers/quantity", "activation")
        quantity = str(
            st.segmented_control(
                "Quantity",
                QUANTITIES,
                key="layers/quantity",
                format_func=lambda q: NAMES[q].capitalize(),
                required=True,
                persist_state="session",
            )
        )
        words.explain("back-propagated gradient" if "gradient" in quantity else "saturation")
        layer = str(
            st.selectbox("Layer over time", [info.name for info in first.layers], key="layers/layer", width=180)
        )
        there = binnings(first, quantity) or ("symlog",)
        scales = {"linear": "from −1 to 1", "symlog": "logarithmic"}
        binning = there[0]
        if len(there) > 1:
            label = "Layers on the scale"
            binning = str(st.selectbox(label, there, key="layers/binning", format_func=lambda b: scales[b], width=180))
    steps = recorded_steps(first, quantity)
    step = step_clock(steps.tolist()) if len(steps) else None
    following(draw, [run_id])
