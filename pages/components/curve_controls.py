"""The bar above the curves: which metric, which axes, how much smoothing. What is set survives a change of page."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import streamlit as st

UNITS = {"step": "Steps", "epoch": "Epochs", "examples": "Examples", "seconds": "Seconds"}
METRICS = {
    "loss": "Loss",
    "accuracy": "Accuracy",
    "balanced_accuracy": "Balanced accuracy",
    "roc_auc": "ROC AUC",
    "calibration_error": "Calibration error",
    "r2": "R²",
    "mae": "Absolute error",
    "rmse": "RMSE",
    "batch_loss": "Mini-batch loss",
}


@dataclass(frozen=True)
class CurveChoice:
    """What the person chose."""

    metric: str
    x: str
    log_x: bool
    log_y: bool
    smoothing: float


def curve_controls(metrics: Sequence[str]) -> CurveChoice:
    """Draw the bar and return the choice; `metrics` are those on offer."""
    for key, value in (
        ("curves/x", "epoch"),
        ("curves/smoothing", 0.0),
        ("curves/log_x", False),
        ("curves/log_y", False),
    ):
        st.session_state.setdefault(key, value)
    if st.session_state.get("curves/metric") not in metrics:
        st.session_state["curves/metric"] = metrics[0]
    metric = st.segmented_control(
        "Metric",
        metrics,
        key="curves/metric",
        format_func=lambda m: METRICS.get(m, m),
        required=True,
        persist_state="session",
    )
    with st.container(horizontal=True, vertical_alignment="bottom", gap="medium"):
        x = st.segmented_control(
            "Horizontal axis",
            list(UNITS),
            key="curves/x",
            format_func=lambda u: UNITS[u],
            required=True,
            persist_state="session",
        )
        log_x = st.toggle("Log x", key="curves/log_x", persist_state="session", help="Logarithmic horizontal axis.")
        log_y = st.toggle("Log y", key="curves/log_y", persist_state="session", help="Logarithmic vertical axis.")
        smoothing = st.slider(
            "Smoothing",
            0.0,
            0.98,
            step=0.02,
            key="curves/smoothing",
            width=150,
            persist_state="session",
            help="Weight of the past in an exponential moving average. The unsmoothed line stays visible, pale.",
        )
    return CurveChoice(str(metric), str(x), bool(log_x), bool(log_y), float(smoothing))
