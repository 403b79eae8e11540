"""The table of mean, standard deviation, minimum and maximum of every layer, drawn; its colour is the size."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import plotly.graph_objects as go

from diagnostics.figures.colors import SCALES
from diagnostics.figures.theme import SIZE, FigureWords, Naming, axis, color_bar, figure_of, single
from diagnostics.layer_summary import STATISTICS, LayerSummaryReport
from diagnostics.settings_in_words import seeds

HEADS = ("mean", "standard deviation", "minimum", "maximum")
ROW = 22  # pixels
SMALL = 1e-3  # numbers below it are written with two digits and a power of ten, which have room in a cell
DECADES = (-8, 12)  # common numbers stay in the pale half, on which they can be read


def layer_summary_figure(report: LayerSummaryReport) -> go.Figure:
    """Return the numbers of the report as a table, group by group, coloured by their size."""
    return layer_summary_frames([report])[0]


def layer_summary_frames(reports: Sequence[LayerSummaryReport]) -> list[go.Figure]:
    """Return one table for each report, all on the same scale of colours.

    Rows that are not recorded at all steps, such as gradients before the first update, are left empty there.
    """
    rows = dict.fromkeys(pair for report in reports for pair in zip(report.groups, report.layers, strict=True))
    return [_table(report, list(rows)) for report in reports]


def _table(report: LayerSummaryReport, rows: list[tuple[str, str]]) -> go.Figure:
    named: Naming = {"title": "Every layer in four numbers", "term": ""}
    question = "Which numbers are out of proportion?"
    if not rows:
        return figure_of([], FigureWords(question, "", "No layer is recorded yet.", **named), kind="summary")
    there = {pair: i for i, pair in enumerate(zip(report.groups, report.layers, strict=True))}
    numbers = np.array(
        [report.numbers[there[pair]] if pair in there else np.full(len(STATISTICS), np.nan) for pair in rows]
    )
    with np.errstate(divide="ignore", invalid="ignore"):
        sizes = np.clip(np.log10(np.abs(numbers)), *DECADES)
    names = [_row_name(rows, i) for i in range(len(rows))]
    ticks = list(range(DECADES[0], DECADES[1] + 1, 4))
    trace = {
        "type": "heatmap",
        "x": list(HEADS),
        "y": list(range(len(rows))),
        "z": single(np.where(np.isfinite(sizes), sizes, np.nan)),
        "zmin": DECADES[0],
        "zmax": DECADES[1],
        "text": [[_written(number) for number in row] for row in numbers],
        "texttemplate": "%{text}",
        "textfont": {"size": SIZE - 1},
        "colorscale": SCALES["share"][0],
        "meta": {"scale": "share"},
        "colorbar": color_bar("size", tickvals=ticks, ticktext=[f"10<sup>{t}</sup>".replace("-", "−") for t in ticks]),
        "name": "four numbers",
        "hovertemplate": "%{x}: %{text}<extra></extra>",
        "xgap": 2,
        "ygap": 1,
    }
    layout = {
        "height": 90 + ROW * len(rows),
        "xaxis": axis("", type="category", side="top", ticks="", showgrid=False, showline=False),
        "yaxis": axis(
            "",
            tickvals=list(range(len(rows))),
            ticktext=names,
            range=[len(rows) - 0.5, -0.5],
            ticks="",
            ticksuffix=" ",
            showgrid=False,
            showline=False,
        ),
        "margin": {"l": 56, "r": 16, "t": 34, "b": 12},
    }
    caption = (
        "Look for a cell whose colour is far from that of its neighbours in the same block. "
        f"At step {report.step}; mean and standard deviation: mean of {seeds(report.n_seeds)}, minimum and maximum: of "
        "all seeds. The stronger the colour, the larger without regard to sign; – : not recorded, or not finite."
    )
    words = FigureWords(
        question, caption, _summary(report), report.run_id, report.n_seeds, "Bengio 2012, section 4.2", **named
    )
    return figure_of([trace], words, kind="summary", layout=layout)


def _row_name(rows: list[tuple[str, str]], i: int) -> str:
    """The group stands before its first layer only."""
    group, layer = rows[i]
    return layer if i and rows[i - 1][0] == group else f"<b>{group}</b>  {layer}"


def _written(number: float) -> str:
    if not np.isfinite(number):
        return "–"
    if number == 0:
        return "0"
    if abs(number) < SMALL:
        digits, exponent = f"{number:.1e}".split("e")
        return f"{digits}e{int(exponent)}".replace("-", "−")
    return f"{number:.3g}".replace("-", "−")


def _summary(report: LayerSummaryReport) -> str:
    """The widest and the narrowest layer of each group, if they differ by more than a factor of three."""
    std = report.numbers[:, STATISTICS.index("std")]
    parts = []
    for group in dict.fromkeys(report.groups):
        place = [i for i, name in enumerate(report.groups) if name == group and std[i] > 0]
        if len(place) < 2:
            continue
        wide, narrow = max(place, key=lambda i: std[i]), min(place, key=lambda i: std[i])
        if std[wide] > 3 * std[narrow]:
            ratio = std[wide] / std[narrow]
            parts.append(f"{group}: {report.layers[wide]} spreads {ratio:.2g} times as far as {report.layers[narrow]}")
    return f"At step {report.step}, {'; '.join(parts) or 'no two layers differ in spread by more than 3 to 1'}."
