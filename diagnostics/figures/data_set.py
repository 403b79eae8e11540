"""Data before training, drawn from plain arrays: class balance, distributions of features, points in the plane."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import plotly.graph_objects as go

from diagnostics.figures.colors import CLASS_COLORS, CLASS_SYMBOLS, RUN_COLORS
from diagnostics.figures.theme import FigureWords, axis, figure_of, single

PARTS = ("train", "validation", "test")
PART_COLORS = ("#0072B2", "#D55E00", "#999933")
MOST_FEATURES = 12
N_BINS = 30


def class_balance_figure(counts: Mapping[str, Sequence[int]], class_names: Sequence[str]) -> go.Figure:
    """Return a bar for each class and part.

    Parameters
    ----------
    counts : mapping
        Part -> number of examples of each class.
    class_names : sequence of str
    """
    traces = [
        {"type": "bar", "x": list(class_names), "y": list(counts[part]), "name": part, "marker": {"color": color}}
        for part, color in zip(PARTS, PART_COLORS, strict=True)
    ]
    total = np.sum([counts[part] for part in PARTS], axis=0)
    largest, least = int(np.argmax(total)), int(np.argmin(total))
    share = total[largest] / max(total.sum(), 1)
    summary = (
        f"The largest class is {class_names[largest]} with {_short_of_all(share)} of all rows, "
        f"the smallest {class_names[least]} with {total[least]} rows."
    )
    guess = f"Always guessing {class_names[largest]} would be right in {_short_of_all(share)} of all rows."
    caption = f"Rows of each class in each part. {guess}"
    layout = {"barmode": "stack", "xaxis": axis("class", type="category"), "yaxis": axis("rows"), "height": 300}
    return figure_of(
        traces, FigureWords("How many rows has each class?", caption, summary), kind="balance", layout=layout
    )


def _short_of_all(share: float) -> str:
    """A share in percent that says 100 % only of all: 67%, 99.5%, 99.98%."""
    digits = next((digits for digits in range(4) if round(share, digits + 2) < 1), 0)
    return f"{share:.{digits}%}"


def label_shares_figure(
    counts: Mapping[str, Sequence[int]], n_rows: Mapping[str, int], label_names: Sequence[str]
) -> go.Figure:
    """Return how many rows each label applies to; a row counts for each of its labels.

    Parameters
    ----------
    counts : mapping
        Part -> number of examples with each label.
    n_rows : mapping
        Part -> number of examples.
    label_names : sequence of str
    """
    traces = [
        {"type": "bar", "x": list(label_names), "y": list(counts[part]), "name": part, "marker": {"color": color}}
        for part, color in zip(PARTS, PART_COLORS, strict=True)
    ]
    share = np.sum([counts[part] for part in PARTS], axis=0) / max(sum(n_rows.values()), 1)
    told = ", ".join(f"{name} {value:.0%}" for name, value in zip(label_names, share, strict=True))
    caption = "Rows to which each label applies, in each part. A row counts for each of its labels."
    layout = {"barmode": "stack", "xaxis": axis("label", type="category"), "yaxis": axis("rows"), "height": 300}
    words = FigureWords("How often does each label apply?", caption, f"Of all rows: {told}.")
    return figure_of(traces, words, kind="labels", layout=layout)


def target_distribution_figure(values: Mapping[str, np.ndarray], target: str) -> go.Figure:
    """Return the histogram of a numeric target in each part, on shared bins."""
    everything = np.concatenate([np.ravel(values[part]) for part in PARTS])
    edges = np.histogram_bin_edges(everything, bins=N_BINS)
    traces = []
    for part, color in zip(PARTS, PART_COLORS, strict=True):
        counts, _ = np.histogram(np.ravel(values[part]), bins=edges)
        traces.append(
            {
                "type": "bar",
                "x": single((edges[:-1] + edges[1:]) / 2),
                "y": counts,
                "name": part,
                "marker": {"color": color},
            }
        )
    caption = "Rows of each part in shared bins."
    summary = f"{target} has a mean of {everything.mean():.4g} and a standard deviation of {everything.std():.3g}."
    layout = {"barmode": "stack", "bargap": 0.05, "xaxis": axis(target), "yaxis": axis("rows"), "height": 300}
    return figure_of(traces, FigureWords("How is the target spread?", caption, summary), kind="target", layout=layout)


def feature_ranges_figure(x: np.ndarray, names: Sequence[str]) -> go.Figure:
    """Return a box for each of the first features, as the network sees them."""
    shown = min(len(names), MOST_FEATURES)
    traces = []
    for i in range(shown):
        quantiles = np.quantile(x[:, i], [0.02, 0.25, 0.5, 0.75, 0.98])
        traces.append(
            {
                "type": "box",
                "orientation": "h",
                "y": [names[i]],
                "lowerfence": [quantiles[0]],
                "q1": [quantiles[1]],
                "median": [quantiles[2]],
                "q3": [quantiles[3]],
                "upperfence": [quantiles[4]],
                "name": names[i],
                "showlegend": False,
                "marker": {"color": RUN_COLORS[0]},
                "line": {"width": 1.2},
            }
        )
    more = f" The first {shown} of {len(names)} features." if len(names) > shown else ""
    caption = f"Box: middle half of the training rows; whiskers: 2nd and 98th percentile.{more}"
    far = [names[i] for i in range(len(names)) if np.abs(x[:, i]).max() > 8]
    summary = (
        f"{len(far)} of {len(names)} features have values beyond 8 standard deviations."
        if far
        else "No feature has values beyond 8."
    )
    layout = {
        "xaxis": axis("value, as the network sees it"),
        "yaxis": axis("", type="category", autorange="reversed"),
        "height": 130 + 24 * shown,
    }
    return figure_of(
        traces, FigureWords("What does the network see?", caption, summary), kind="features", layout=layout
    )


def plane_figure(x: np.ndarray, y: np.ndarray, names: Sequence[str], class_names: Sequence[str]) -> go.Figure:
    """Return the training rows of two features as points, coloured by class."""
    traces = []
    for number, name in enumerate(class_names):
        here = x[y == number]
        marker = {
            "color": CLASS_COLORS[number % 10],
            "symbol": CLASS_SYMBOLS[number % len(CLASS_SYMBOLS)],
            "size": 6,
            "line": {"width": 0.6, "color": "white"},
        }
        traces.append(
            {
                "type": "scatter",
                "mode": "markers",
                "x": single(here[:, 0]),
                "y": single(here[:, 1]),
                "name": name,
                "marker": marker,
            }
        )
    layout = {
        "height": 380,
        "xaxis": axis(f"{names[0]} (standardized)"),
        "yaxis": axis(f"{names[1]} (standardized)", scaleanchor="x"),
    }
    words = FigureWords(
        "What does the network see?",
        "Training rows, in the colour of their class.",
        f"{len(x)} training rows in the plane.",
    )
    return figure_of(traces, words, kind="plane", layout=layout)


def line_figure(x: np.ndarray, y: np.ndarray, names: Sequence[str], target: str) -> go.Figure:
    """Return the training rows of one feature and a numeric target as points."""
    trace = {
        "type": "scatter",
        "mode": "markers",
        "x": single(x[:, 0]),
        "y": single(np.ravel(y)),
        "name": "training rows",
        "marker": {"color": RUN_COLORS[0], "size": 6, "opacity": 0.7},
    }
    layout = {"height": 380, "xaxis": axis(f"{names[0]} (standardized)"), "yaxis": axis(f"{target} (standardized)")}
    words = FigureWords("What does the network see?", "Training rows.", f"{len(x)} training rows on a line.")
    return figure_of([trace], words, kind="line", layout=layout)
