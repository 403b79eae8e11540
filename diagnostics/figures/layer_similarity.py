"""Layers against layers, drawn as a sheet of colours with the numbers in its cells."""

from __future__ import annotations

import numpy as np
import plotly.graph_objects as go

from diagnostics.figures.colors import SCALES
from diagnostics.figures.theme import SIZE, FigureWords, Naming, axis, color_bar, figure_of, single
from diagnostics.layer_similarity import LayerSimilarityReport

NAMED: Naming = {"title": "Layers against layers", "term": "representation similarity"}
MOST_WRITTEN = 10  # layers; beyond that the numbers in the cells would not fit
MOST_LARGE = 7  # layers up to which they are as large as all other words
HEIGHT = 420
SOURCE = "Kornblith et al. 2019; unbiased estimate: Song et al. 2012, Nguyen et al. 2021"
QUESTIONS = {True: "Which layers say nearly the same?", False: "Do both networks form the same layers?"}
ESTIMATOR = (
    "Linear CKA with the unbiased estimator of HSIC, which is 0 on average for representations that have nothing in "
    "common, however wide the layers are"
)
FLATTENED = "of convolutions all positions and channels count"


def layer_similarity_figure(report: LayerSimilarityReport) -> go.Figure:
    """Return the layers of the first networks upwards, those of the second to the right, CKA as colour and number."""
    question = QUESTIONS[report.same]
    if not np.isfinite(report.mean).any():
        sentence = "Every layer says the same for all examples, or its numbers are not finite: nothing can be compared."
        return figure_of([], FigureWords(question, "", sentence, report.run_id, **NAMED), kind="layer-similarity")
    trace = sheet(report.mean, report.std, (report.first, report.second), n_pairs=report.n_pairs)
    trace["hovertemplate"] = "%{y} and %{x}: %{z:.3f}%{customdata}<extra></extra>"
    titles = ("layer", "layer") if report.same else (f"layer, {report.names[1]}", f"layer, {report.names[0]}")
    layout = square_layout(*titles, height=HEIGHT)
    words = FigureWords(
        question, _caption(report), _summary(report), report.run_id, report.n_seeds, SOURCE,
        details=f"{ESTIMATOR}; on {report.n_examples} probe examples; {FLATTENED}.", **NAMED,
    )  # fmt: skip
    return figure_of([trace], words, kind="layer-similarity", layout=layout)


def sheet(
    mean: np.ndarray,
    std: np.ndarray,
    names: tuple[tuple[str, ...], tuple[str, ...]],
    *,
    n_pairs: int,
    least: float = 0.0,
) -> dict[str, object]:
    """Return a sheet of CKA, with numbers in the cells where there is room, and the spread to be hovered.

    Colours go from `least` to 1.
    """
    written = max(mean.shape) <= MOST_WRITTEN
    spread = [["" if n_pairs < 2 or not np.isfinite(one) else f" ± {one:.3f}" for one in row] for row in std]
    return {
        "type": "heatmap",
        "x": list(names[1]),
        "y": list(names[0]),
        "z": single(mean),
        "zmin": least,
        "zmax": 1,
        "colorscale": SCALES["share"][0],
        "meta": {"scale": "share"},
        "name": "CKA",
        "xgap": 1,
        "ygap": 1,
        "customdata": spread,
        "showscale": not written,
        "colorbar": color_bar("CKA"),
        **(_written(mean) if written else {}),
    }


def square_layout(x_title: str, y_title: str, *, height: int) -> dict[str, object]:
    """Return the axes of a sheet whose cells are square."""
    fixed = {"type": "category", "showgrid": False, "ticks": "", "constrain": "domain", "nticks": 30}
    return {
        "height": height,
        "xaxis": axis(x_title, **fixed),
        "yaxis": axis(y_title, **fixed, scaleanchor="x"),
        "margin": {"l": 56, "r": 16, "t": 12, "b": 52},
    }


def _written(mean: np.ndarray) -> dict[str, object]:
    size = SIZE if max(mean.shape) <= MOST_LARGE else SIZE - 2
    return {"text": _cells(mean), "texttemplate": "%{text}", "textfont": {"size": size}}


def _cells(mean: np.ndarray) -> list[list[str]]:
    return [["" if not np.isfinite(value) else f"{value:.2f}".replace("-", "−") for value in row] for row in mean]


def _caption(report: LayerSimilarityReport) -> str:
    caption = "1: the two layers hold the same examples to be alike; 0: they have nothing in common. "
    if report.same:
        caption += f"Each network with itself at {report.names[0]}"
    elif report.names[0] == report.names[1]:
        caption += f"Different seeds at {report.names[0]}"
    else:
        caption += f"Upwards: {report.names[0]}; to the right: {report.names[1]}"
    if report.n_pairs > 1:
        caption += f"; mean over {report.n_pairs} {'seeds' if report.same else 'pairs of networks'}"
    caption += ". A block of high numbers: layers that say nearly the same."
    return caption if np.isfinite(report.mean).all() else f"{caption} Empty: a layer that says one thing to all."


def _summary(report: LayerSimilarityReport) -> str:
    mean = report.mean
    if report.same:
        next_to = np.array([mean[i, i + 1] for i in range(len(mean) - 1)])
        if not np.isfinite(next_to).any():
            return "No two successive layers can be compared."
        i = int(np.nanargmin(next_to))
        text = f"At {report.names[0]} the largest step is from {report.first[i]} to {report.first[i + 1]}: CKA "
        return f"{text}{next_to[i]:.2f}; from the input to {report.first[-1]} it is {mean[0, -1]:.2f}."
    if report.is_alike:
        layers = [i for i in range(1, len(mean)) if np.isfinite(mean[i]).any()]
        hits = sum(int(np.nanargmax(mean[i, 1:])) + 1 == i for i in layers)
        own = ", ".join(f"{report.first[i]} {mean[i, i]:.2f}" for i in layers if np.isfinite(mean[i, i]))
        return f"Of {len(layers)} layers {hits} are most like the layer of the same name. Like with like: {own}."
    a, b = np.unravel_index(int(np.nanargmax(mean[1:, 1:])), mean[1:, 1:].shape)
    best = mean[1:, 1:][a, b]
    return f"Most alike are {report.first[a + 1]} and {report.second[b + 1]}: CKA {best:.2f}."
