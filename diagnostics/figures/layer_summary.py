"""The table of mean, standard deviation, minimum and maximum of every layer, drawn; its colour is the size."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import plotly.graph_objects as go

from diagnostics.figures.colors import SCALES
from diagnostics.figures.theme import SIZE, FigureWords, Naming, axis, figure_of, single
from diagnostics.layer_summary import STATISTICS, LayerSummaryReport
from diagnostics.settings_in_words import mean_of_seeds

HEADS = ("mean", "standard<br>deviation", "minimum", "maximum")
TOLD = ("quantity", "layer", "statistic", "number")
ROW = 22  # pixels
SMALL = 1e-3  # numbers below it are written with two digits and a power of ten, which have room in a cell
DECADES = (-8, 12)  # common numbers stay in the pale half, on which they can be read
ABOVE = 40  # pixels, for the names of the columns


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
    places, heads = _places(rows)
    cells, texts = np.full((places[-1] + 1, len(HEADS)), np.nan), np.full((places[-1] + 1, len(HEADS)), "", object)
    cells[places] = np.where(np.isfinite(sizes), sizes, DECADES[0])
    told = np.full((*cells.shape, len(TOLD)), None, object)
    told[places] = [
        [[*pair, name, float(number)] for name, number in zip(STATISTICS, row, strict=True)]
        for pair, row in zip(rows, numbers, strict=True)
    ]
    texts[places] = [[_written(number) for number in row] for row in numbers]
    trace = {
        "type": "heatmap",
        "x": list(HEADS),
        "y": list(range(len(cells))),
        "z": single(cells),
        "zmin": DECADES[0],
        "zmax": DECADES[1],
        "text": texts.tolist(),
        "hoverongaps": False,
        "texttemplate": "%{text}",
        "textfont": {"size": SIZE - 2},
        "colorscale": SCALES["share"][0],
        "customdata": told,
        "meta": {"scale": "share", "columns": list(TOLD)},
        "showscale": False,  # the numbers are written
        "name": "four numbers",
        "hovertemplate": "%{customdata[1]}, %{customdata[2]}: %{text}<extra></extra>",
        "xgap": 2,
        "ygap": 1,
    }
    bare = {"ticks": "", "showgrid": False, "showline": False}
    layout = {
        "height": ABOVE + 12 + ROW * (places[-1] + 1),
        "xaxis": axis("", type="category", side="top", tickangle=0, **bare),
        "yaxis": axis(
            "",
            tickvals=places,
            ticktext=[layer for _, layer in rows],
            range=[places[-1] + 0.5, -0.5],
            ticksuffix=" ",
            **bare,
        ),
        "annotations": [_head(group, place) for group, place in heads.items()],
        "margin": {"l": 12 + 7 * max(len(layer) for _, layer in rows), "r": 8, "t": ABOVE, "b": 12},
    }
    caption = (
        "Look for a cell whose colour is far from that of its neighbours in the same block. "
        f"At step {report.step}; mean and standard deviation: {mean_of_seeds(report.n_seeds)}, minimum and maximum: of "
        "all seeds. The stronger the colour, the larger without regard to sign; – : not recorded, or not finite."
    )
    words = FigureWords(
        question, caption, _summary(report), report.run_id, report.n_seeds, "Bengio 2012, section 4.2", **named
    )
    return figure_of([trace], words, kind="summary", layout=layout)


def _places(rows: list[tuple[str, str]]) -> tuple[list[int], dict[str, int]]:
    """The line of each row, and that of each group's name, which has a line of its own above its first row."""
    places: list[int] = []
    heads: dict[str, int] = {}
    for i, (group, _) in enumerate(rows):
        heads.setdefault(group, i + len(heads))
        places.append(i + len(heads))
    return places, heads


def _head(group: str, place: int) -> dict[str, object]:
    where = {"xref": "paper", "x": 0, "xanchor": "left", "y": place, "yanchor": "middle", "showarrow": False}
    return {"text": f"<b>{group}</b>", "font": {"size": SIZE - 1}, **where}


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
