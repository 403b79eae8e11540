"""On how much networks disagree, drawn: between each two at a step, over training, and on which examples."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import plotly.graph_objects as go

from diagnostics.disagreement import DisagreementReport
from diagnostics.figures.colors import RUN_COLORS, SCALES, faded
from diagnostics.figures.lines import band
from diagnostics.figures.theme import FigureWords, axis, color_bar, figure_of, single
from diagnostics.figures.tiles import grey_of, grey_trace, tiles, tiles_layout

SOURCE = "Fort, Hu & Lakshminarayanan 2019"
MATRIX_HEIGHT = 400
MOST_NAMED = 24  # networks whose names have room at an axis
MOST_SHOWN = 21  # examples
COLUMNS = 7  # on a narrow screen, too, there is room for a name above each image


def path_names(report: DisagreementReport, run_names: Sequence[str]) -> list[str]:
    """Return what each network is called: its seed, and its run where there are several."""
    several = len(set(report.path_run.tolist())) > 1
    return [
        f"{run_names[run]}, seed {seed}" if several else f"seed {seed}"
        for run, seed in zip(report.path_run, report.path_seed, strict=True)
    ]


def disagreement_matrix_figure(
    report: DisagreementReport, run_names: Sequence[str], row: int | None = None
) -> go.Figure:
    """Return how much each two networks disagree at one of the recorded steps; at their ends, if no row is given."""
    names = path_names(report, run_names)
    values = report.final if row is None else report.matrix[row]
    is_share = report.task != "regression"
    largest = max(float(np.nanmax(report.matrix)), float(report.final.max()), 1e-12)
    trace = {
        "type": "heatmap",
        "x": names,
        "y": names,
        "z": single(values),
        "zmin": 0,
        "zmax": largest,
        "colorscale": SCALES["share"][0],
        "meta": {"scale": "share"},
        "name": "disagreement",
        "hovertemplate": "%{y} and %{x}: %{z:" + (".1%" if is_share else ".3~g") + "}<extra></extra>",
        "colorbar": color_bar(
            "share answered differently" if is_share else "difference (std of the target)",
            **({"tickformat": ".0%"} if is_share else {}),
        ),
    }
    named = len(names) <= MOST_NAMED
    fixed = {"type": "category", "showgrid": False, "ticks": "", "showticklabels": named, "constrain": "domain"}
    across = axis("" if named else "networks", **fixed, tickangle=-45 if named and len(names) > 8 else 0)
    down = axis("" if named else "networks", **fixed, autorange="reversed", scaleanchor="x")
    caption = (
        "Each cell: on what share of the probe examples two networks answer differently"
        if is_share
        else "Each cell: how far the predictions of two networks lie apart (root mean square)"
    )
    caption += ", at the clock's step, each as it was last recorded. Far from 0 off the diagonal: different functions."
    words = FigureWords(
        "Do the networks give the same answers?",
        caption,
        _matrix_summary(report, names),
        n_seeds=len(names),
        source=SOURCE,
        title="Disagreement of each two networks",
        term="disagreement",
    )
    layout = {"height": MATRIX_HEIGHT, "xaxis": across, "yaxis": down}
    return figure_of([trace], words, kind="disagreement-matrix", layout=layout)


def _matrix_summary(report: DisagreementReport, names: Sequence[str]) -> str:
    first, second = np.triu_indices(len(names), 1)
    found = report.final[first, second]
    most = int(np.argmax(found))
    number = "{:.1%}" if report.task != "regression" else "{:.2g} of the target's standard deviation"
    return (
        f"At the end two networks differ on {number.format(float(found.mean()))} on average, most {names[first[most]]} "
        f"and {names[second[most]]}: {number.format(float(found[most]))}."
    )


def disagreement_over_time_figure(report: DisagreementReport) -> go.Figure:
    """Return the mean over all pairs with its band, over the steps."""
    spread, color = report.spread, RUN_COLORS[0]
    is_share = report.task != "regression"
    steps = report.steps.astype(np.float64)
    line: dict[str, object] = {
        "type": "scatter",
        "mode": "lines",
        "x": single(steps),
        "y": single(spread.mean),
        "name": "mean of all pairs",
        "legendgroup": "mean of all pairs",
        "line": {"color": color, "width": 2},
        "hovertemplate": "step %{x}: %{y:" + (".1%" if is_share else ".3~g") + "}<extra></extra>",
    }
    high = np.minimum(spread.high, 1.0) if is_share else spread.high
    traces = [*band(steps, np.maximum(spread.low, 0.0), high, "mean of all pairs", faded(color)), line]
    title = "share answered differently" if is_share else "difference (std of the target)"
    layout = {
        "height": MATRIX_HEIGHT,
        "xaxis": axis("step (updates)"),
        "yaxis": axis(title, rangemode="tozero", **({"tickformat": ".0%"} if is_share else {})),
        "showlegend": False,
    }
    n_pairs = len(report.path_run) * (len(report.path_run) - 1) // 2
    caption = (
        f"Line: mean over all {n_pairs} pairs of networks; band: ± one standard deviation over the pairs. A line that "
        "stays up: the networks stay different functions."
    )
    form = "{:.1%}" if is_share else "{:.2g}"
    first, last = (form.format(float(spread.mean[place])) for place in (0, -1))
    peak = int(np.nanargmax(spread.mean))
    summary = (
        f"Disagreement goes from {first} to {last}; it is largest at step {int(steps[peak])}: "
        f"{form.format(float(spread.mean[peak]))}."
    )
    words = FigureWords(
        "Do the networks part, or come together?",
        caption,
        summary,
        n_seeds=len(report.path_run),
        source=SOURCE,
        title="Disagreement over training",
        term="disagreement",
    )
    return figure_of(traces, words, kind="disagreement-time", layout=layout)


def disputed_images_figure(
    report: DisagreementReport, images: np.ndarray, answers: Sequence[str], truth: Sequence[str]
) -> go.Figure:
    """Return the examples on which networks disagree most.

    Parameters
    ----------
    report : DisagreementReport
    images : array (P, height, width, channels)
        Of all probe examples.
    answers, truth : sequence of str
        What the networks answer for each example, and its own class.
    """
    rows = disputed(report)
    question = "On which examples do they disagree?"
    if not len(rows):
        sentence = "All networks answer the same on every probe example."
        words = FigureWords(question, "", sentence, title="Disputed examples", source=SOURCE)
        return figure_of([], words, kind="disputed")
    names = [f"{truth[row]}: {answers[row]}" for row in rows]
    laid = tiles(grey_of(images[rows]), min(COLUMNS, len(rows)), [truth[row] for row in rows])
    share = float(report.example[rows[0]])
    words = FigureWords(
        question,
        "The probe examples on which the most pairs of networks disagree at the end, most disputed first; above each "
        "its true class, the answers when you point at it.",
        f"Most disputed is one of the class {truth[rows[0]]} ({answers[rows[0]]}): {share:.0%} of the pairs differ.",
        n_seeds=len(report.path_run),
        source=SOURCE,
        title="Disputed examples",
    )
    return figure_of([grey_trace(laid, names), *laid.names], words, kind="disputed", layout=tiles_layout(laid))


def disputed(report: DisagreementReport) -> np.ndarray:
    """Return the rows of the examples on which networks disagree most, those on which they agree left out."""
    rows = report.most[:MOST_SHOWN]
    return np.asarray(rows[report.example[rows] > 0])
