"""Curves: did it learn, and did it generalize? Loss and metrics of one run or several."""

import streamlit as st

from pages.components import figure_view, frame
from pages.components.class_curves import class_curves
from pages.components.curve_controls import curve_controls
from pages.components.following import following, nothing_yet
from pages.components.run_picker import loaded, runs_picker

frame.page("curves")


def draw(live: bool) -> None:
    """Draw the curves of the chosen runs, the gap and the mistakes of the first."""
    from diagnostics.confusion import confusion
    from diagnostics.figures import confusion as confusion_figures
    from diagnostics.figures import learning_curves as figures
    from diagnostics.learning_curves import generalization_gap, learning_curves

    runs = [loaded(run_id) for run_id in chosen]
    colours = [frame.store().entry(run_id).colour for run_id in chosen]
    report = learning_curves(runs, choice.metric, choice.x, choice.smoothing, colours)
    figure = figures.learning_curves_figure(report, choice.log_x, choice.log_y)
    figure_view.show(figure, key="curves/metric_figure", live=live)
    if choice.metric == "batch_loss":
        return
    with st.container(key="wide-curves"):
        left, right = st.columns(2, gap="medium")
    with left:
        gap = generalization_gap(runs[0], choice.metric, choice.x)
        figure_view.show(figures.generalization_gap_figure(gap, choice.log_x), key="curves/gap", live=live)
    if runs[0].info.get("task") == "classification" and "probe/output" in runs[0].series:
        with right:
            figure_view.show(confusion_figures.confusion_figure(confusion(runs[0])), key="curves/confusion", live=live)
    class_curves(runs[0], choice.x, log_x=choice.log_x, live=live)


if frame.current_run_id() is None:
    nothing_yet("How loss and metrics change while a network learns, on training and on validation rows.")
elif chosen := runs_picker("curves/runs"):
    from diagnostics.learning_curves import metrics

    choice = curve_controls(metrics([loaded(run_id) for run_id in chosen]) or ("loss",))
    following(draw, chosen)
else:
    st.info("Choose one run or several above: their curves appear here in one figure.", icon=":material/show_chart:")
