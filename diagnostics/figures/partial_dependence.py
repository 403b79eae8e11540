"""The prediction against one column, drawn: single rows, their average, the held row; below, where the data lie."""

from __future__ import annotations

import numpy as np
import plotly.graph_objects as go

from diagnostics.figures.colors import RUN_COLORS, THEORY, faded
from diagnostics.figures.lines import band
from diagnostics.figures.plane_surface import as_sentences, plane_layout_axis
from diagnostics.figures.theme import FigureWords, axis, figure_of, single
from diagnostics.partial_dependence import PartialDependenceReport
from diagnostics.plane_surface import NUMBER
from diagnostics.seed_spread import Spread
from diagnostics.settings_in_words import seeds

AVERAGE, HELD = RUN_COLORS[0], RUN_COLORS[3]
MOST_TICKS = 400  # of the rug
AGAINST = 0.15  # share of the rows; from here on the average hides something


def partial_dependence_figure(report: PartialDependenceReport) -> go.Figure:
    """Return the curves above, and a strip with the density and the rows below."""
    name, what = report.axis.name, _what(report)
    mode = "lines+markers" if report.axis.categories else "lines"
    x = report.axis.places
    traces: list[dict[str, object]] = [_single_rows(report)]
    held_name = report.held_name.split(" (")[0]
    for spread, label, color, dash in (
        (report.held, held_name, HELD, "dash"),
        (report.average, "average over the rows", AVERAGE, "solid"),
    ):
        if report.n_seeds > 1:
            traces += band(x, spread.low, spread.high, label, faded(color))
        traces.append(_line(x, spread, label, (color, dash, mode)))
    traces += _strip(report)
    layout = {
        "height": 430,
        "xaxis": plane_layout_axis(report.axis, anchor="y2"),
        "yaxis": axis(what, domain=[0.2, 1]),
        "yaxis2": axis("data", domain=[0, 0.13], range=[-0.3, 1.1], showticklabels=False, showgrid=False, ticks=""),
    }
    bands = f"; bands: ± one standard deviation over {seeds(report.n_seeds)}" if report.n_seeds > 1 else ""
    caption = (
        f"Each thin line is one row, whose {name} is changed while all else stays; bold: their average; dashed: "
        f"{report.held_name}{bands}. Below: where the training rows lie; where there are none, the curves are guesses."
    )
    details = (
        f"Average of {report.n_averaged} rows, {len(report.each)} of them drawn (mean over the seeds). Where columns "
        f"go together, some of the changed rows cannot exist. {as_sentences(report.notes)}Step {report.step}."
    )
    words = FigureWords(
        f"How does the prediction depend on {name}?", caption, _summary(report), report.run_id, report.n_seeds,
        source="Friedman 2001, section 8.2; Goldstein et al. 2015", title=f"{what[0].upper()}{what[1:]} against {name}",
        details=details, term="partial dependence",
    )  # fmt: skip
    return figure_of(traces, words, kind=f"curve {name}", layout=layout)


def _what(report: PartialDependenceReport) -> str:
    meaning = report.meaning
    return f"predicted {meaning.name}" if meaning.kind == NUMBER else f"probability of {meaning.name}"


def _summary(report: PartialDependenceReport) -> str:
    mean, places = report.average.mean, report.axis.places
    low, high = (_place(report, float(places[int(at)])) for at in (np.argmin(mean), np.argmax(mean)))
    text = (
        f"On average the {_what(report)} moves by {report.span:.3g}, from {mean.min():.3g} at {report.axis.name} {low} "
        f"to {mean.max():.3g} at {high}."
    )
    against = report.crossing_share
    if against >= AGAINST:
        text += f" {against:.0%} of the single rows move against it: the effect depends on other columns."
    return text


def _place(report: PartialDependenceReport, place: float) -> str:
    return report.axis.categories[int(place)] if report.axis.categories else f"{place:.4g}".replace("-", "−")


def _single_rows(report: PartialDependenceReport) -> dict[str, object]:
    n = len(report.each)
    return {
        "type": "scatter",
        "mode": "lines",
        "x": single(np.tile(np.append(report.axis.places, np.nan), n)),
        "y": single(np.concatenate([report.each, np.full((n, 1), np.nan)], axis=1).ravel()),
        "name": "single rows",
        "line": {"width": 0.8, "color": faded(THEORY, 0.45)},
        "hoverinfo": "skip",
    }


def _line(x: np.ndarray, spread: Spread, name: str, look: tuple[str, str, str]) -> dict[str, object]:
    color, dash, mode = look
    return {
        "type": "scatter",
        "mode": mode,
        "x": single(x),
        "y": single(spread.mean),
        "name": name,
        "legendgroup": name,
        "line": {"color": color, "width": 3 if dash == "solid" else 2, "dash": dash},
        "marker": {"color": color, "size": 8},
        "hovertemplate": "%{y:.3~g}<extra>%{fullData.name}</extra>",
    }


def _strip(report: PartialDependenceReport) -> list[dict[str, object]]:
    """The density of the rows, and a tick for each of them."""
    base: dict[str, object] = {"yaxis": "y2", "showlegend": False}
    if report.axis.categories:
        bars = {"type": "bar", "x": single(report.axis.places), "y": single(report.density), "width": 0.5}
        return [{**base, **bars, "marker": {"color": faded(THEORY, 0.5)}, "name": "rows", "hoverinfo": "skip"}]
    area = {
        **base,
        "type": "scatter",
        "mode": "lines",
        "x": single(report.axis.places),
        "y": single(report.density),
        "fill": "tozeroy",
        "fillcolor": faded(THEORY, 0.3),
        "line": {"color": THEORY, "width": 1},
        "name": "density of the rows",
        "hoverinfo": "skip",
    }
    data = report.data[:: max(1, -(-len(report.data) // MOST_TICKS))]
    ticks = {
        **base,
        "type": "scatter",
        "mode": "markers",
        "x": single(data),
        "y": single(np.full(len(data), -0.15)),
        "marker": {"symbol": "line-ns-open", "size": 7, "color": faded(THEORY, 0.7), "line": {"width": 1}},
        "name": "rows",
        "hoverinfo": "skip",
    }
    return [area, ticks]
