"""Recall and precision of each class of a run; where there are many classes, a choice of those that are drawn."""

from __future__ import annotations

from typing import TYPE_CHECKING

import streamlit as st

from pages.components import figure_view

if TYPE_CHECKING:
    from diagnostics.run import Run

MOST_AT_FIRST = 5  # lines that can be told apart


def class_curves(run: Run, x: str, *, log_x: bool, live: bool) -> None:
    """Draw the figure; nothing for a run without classes or validation rows."""
    if "validation/recall" not in run.series or not len(run.series["validation/recall"].steps):
        return
    from diagnostics.class_metrics import class_metrics, least_recalled
    from diagnostics.figures.class_metrics import class_metrics_figure

    report = class_metrics(run, x)
    if report.n_classes > MOST_AT_FIRST:
        named = {item.number: item.name for item in report.classes}
        key = f"curves/classes/{run.id}"
        if key not in st.session_state:  # chosen once, so that no line comes or goes while it learns
            st.session_state[key] = list(least_recalled(report, MOST_AT_FIRST))
        chosen = st.multiselect(
            "Classes",
            list(named),
            key=key,
            format_func=named.__getitem__,
            persist_state="session",
            help="At first those that are found least often are drawn.",
        )
        report = class_metrics(run, x, tuple(sorted(chosen)))
    figure_view.show(class_metrics_figure(report, log_x), key="curves/class_metrics", live=live)
