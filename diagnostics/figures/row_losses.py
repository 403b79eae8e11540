"""The loss of single rows through the kept states of the training, drawn."""

from __future__ import annotations

import numpy as np
import plotly.graph_objects as go

from diagnostics.figures.colors import RUN_COLORS, THEORY, faded
from diagnostics.figures.theme import FigureWords, axis, figure_of, log_axis, single
from diagnostics.row_losses import RowLossesReport
from diagnostics.settings_in_words import seeds

MOST_LINES = 120
WIDE = 1.5  # powers of ten
LEAST = 1e-6  # smaller losses are drawn as this one


def row_losses_figure(report: RowLossesReport, everything: RowLossesReport) -> go.Figure:
    """Return a line for each row, the mean of them in bold, and beside it the mean of all rows of the part."""
    rows = np.maximum(report.mean, LEAST)
    drawn = rows[:, :MOST_LINES]
    n = drawn.shape[1]
    gap = np.full((1, n), np.nan)
    lines = {
        "type": "scatter",
        "mode": "lines",
        "x": single(np.tile(np.append(report.steps, np.nan), n)),
        "y": single(np.concatenate([drawn, gap]).T.ravel()),
        "customdata": np.repeat(report.numbers[:n] + 1, len(report.steps) + 1)[:, None],
        "meta": {"columns": ["row"]},
        "name": "single rows",
        "line": {"width": 1, "color": faded(RUN_COLORS[0], 0.5)},
        "hovertemplate": "row %{customdata[0]}: %{y:.3~g}<extra></extra>",
    }
    mean = _line(report, "mean of these rows", {"color": RUN_COLORS[0], "width": 3.5})
    others = _line(everything, f"mean of all {report.part} rows", {"color": THEORY, "width": 2, "dash": "dash"})
    layout = {
        "height": 340,
        "xaxis": axis("updates"),
        "yaxis": _loss_axis(drawn, everything),
    }
    lost = rows.shape[1] - n
    caption = (
        f"Each thin line: one of {report.chosen}, its loss before training and at every kept state, mean of "
        f"{seeds(report.losses.shape[1])}. Bold: their mean; dashed: the mean of all {report.part} rows. A line that "
        f"rises at the end is a row that is being unlearned{f'; {lost} more rows are not drawn' if lost else ''}."
    )
    details = f"Losses below {LEAST:g} are drawn there. {everything.losses.shape[2]} {report.part} rows in all."
    words = FigureWords(
        "Were these rows ever learned?", caption, _summary(report, everything), report.run_id, report.losses.shape[1],
        title="Loss of single rows", details=details, term="loss",
    )  # fmt: skip
    return figure_of([lines, others, mean] if n else [], words, kind="row-losses", layout=layout)


def _line(report: RowLossesReport, name: str, line: dict[str, object]) -> dict[str, object]:
    values = report.mean.mean(axis=1) if report.losses.shape[2] else np.full(len(report.steps), np.nan)
    return {
        "type": "scatter",
        "mode": "lines+markers",
        "x": single(report.steps),
        "y": single(np.maximum(values, LEAST)),
        "name": name,
        "line": line,
        "marker": {"size": 6, "color": line["color"]},
        "hovertemplate": "%{y:.3~g}<extra>%{fullData.name}</extra>",
    }


def _loss_axis(drawn: np.ndarray, everything: RowLossesReport) -> dict[str, object]:
    """A logarithmic axis where the losses differ by more than a power of ten or so, else a linear one."""
    values = np.concatenate([drawn.ravel(), np.maximum(everything.mean.mean(axis=1), LEAST)])
    values = np.log10(values[np.isfinite(values)])
    low, high = (float(values.min()), float(values.max())) if len(values) else (0.0, 0.0)
    is_wide = high - low > WIDE
    return log_axis("loss of the row", is_wide, **({"range": [low - 0.15, high + 0.15]} if is_wide else {}))


def _summary(report: RowLossesReport, everything: RowLossesReport) -> str:
    mean = report.mean
    if not mean.shape[1]:
        return f"There is no row among {report.chosen}."
    last, best = mean[-1], mean.min(axis=0)
    rose = int((last > 1.5 * best).sum())
    of_all = float(everything.mean[-1].mean())
    return (
        f"At the end the loss is {last.mean():.3g} on average, that of all {report.part} rows {of_all:.3g}; "
        f"in {rose} of {mean.shape[1]} it ends at more than 1.5 times the lowest loss of the way."
    )
