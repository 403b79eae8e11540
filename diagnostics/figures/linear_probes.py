"""The scores of linear probes against depth, drawn."""

from __future__ import annotations

import numpy as np
import plotly.graph_objects as go

from diagnostics.figures.colors import RUN_COLORS, THEORY, faded, layer_color
from diagnostics.figures.lines import band, least_and_largest, line_end_labels, room_for
from diagnostics.figures.theme import BOTTOM, LEFT, FigureWords, Naming, axis, figure_of, single
from diagnostics.linear_probes import ACCURACY, LinearProbesReport
from diagnostics.seed_spread import Floats, spread_over_seeds
from diagnostics.settings_in_words import mean_of_seeds

NAMED: Naming = {"title": "Linear probes", "term": "linear probe"}
QUESTION = "From which layer on could a linear model do it?"
SOURCE = "Alain & Bengio 2016"
TRAINED, BEFORE, CHANCE = "trained", "before training", "chance"
INPUT_COLOR = "#7a828c"


def linear_probes_figure(report: LinearProbesReport) -> go.Figure:
    """Return the score on the input and each layer, with the band of the seeds, and dotted what guessing gives."""
    x = np.arange(len(report.layers), dtype=float)
    spread = spread_over_seeds(report.scores)
    if not np.isfinite(spread.mean).any():
        sentence = "No layer's activations could be read: the network diverged, or the probes were stopped."
        return figure_of([], FigureWords(QUESTION, "", sentence, **NAMED), kind="probes")
    color, n = RUN_COLORS[0], len(report.layers) - 1
    traces = [_level(report, x)]
    before = None if report.before is None else spread_over_seeds(report.before)
    if before is not None:
        traces += _line(report, x, before.mean, BEFORE, THEORY)
    if report.n_seeds > 1:
        traces += band(x, spread.low, spread.high, TRAINED, faded(color))
    traces += _line(report, x, spread.mean, TRAINED, color)
    traces[-1]["marker"] = {"color": [INPUT_COLOR, *(layer_color(depth, n) for depth in range(n))], "size": 8}
    ends = {TRAINED: (color, spread.mean[-1]), CHANCE: (THEORY, report.chance)}
    if before is not None:
        ends[BEFORE] = (THEORY, before.mean[-1])
    scores = [spread.low, spread.high, np.array([report.chance]), *([] if before is None else [before.mean])]
    span = least_and_largest(*scores)
    traces += line_end_labels(
        list(ends), [one for one, _ in ends.values()], x[-1] + 0.06, [float(end) for _, end in ends.values()], span=span
    )
    layout = {
        "xaxis": axis(
            "layer, from the first to the last", tickvals=list(x), ticktext=list(report.layers),
            range=[-0.3, len(x) - 0.7],
        ),
        "yaxis": axis(f"{report.measure} of a linear model", **_format(report)),
        "margin": {"l": LEFT, "r": room_for(list(ends)), "t": 12, "b": BOTTOM},
        "showlegend": False,
    }  # fmt: skip
    return figure_of(traces, _words(report, spread.mean), kind="probes", layout=layout)


def _line(report: LinearProbesReport, x: Floats, values: Floats, name: str, color: str) -> list[dict[str, object]]:
    is_before = name == BEFORE
    return [
        {
            "type": "scatter",
            "mode": "lines+markers",
            "x": single(x),
            "y": single(values),
            "name": name,
            "legendgroup": name,
            "line": {"color": color, "width": 1.5 if is_before else 2, "dash": "dash" if is_before else "solid"},
            "marker": {"color": color, "size": 5},
            "customdata": np.array([[layer] for layer in report.layers], dtype=object),
            "meta": {"columns": ["layer"]},
            "hovertemplate": f"{name}, %{{customdata[0]}}: {_number(report, '%{y')}<extra></extra>",
        }
    ]


def _level(report: LinearProbesReport, x: Floats) -> dict[str, object]:
    return {
        "type": "scatter",
        "mode": "lines",
        "x": single(x),
        "y": single(np.full(len(x), report.chance)),
        "name": CHANCE,
        "legendgroup": CHANCE,
        "line": {"color": THEORY, "width": 1.5, "dash": "dot"},
        "hovertemplate": f"{CHANCE}: {_number(report, '%{y')}<extra></extra>",
    }


def _number(report: LinearProbesReport, start: str) -> str:
    return f"{start}:.1%}}" if report.measure == ACCURACY else f"{start}:.3~g}}"


def _format(report: LinearProbesReport) -> dict[str, object]:
    return {"tickformat": ".0%"} if report.measure == ACCURACY else {}


def _words(report: LinearProbesReport, mean: Floats) -> FigureWords:
    is_accuracy = report.measure == ACCURACY
    model = "logistic regression" if is_accuracy else "ridge regression"
    caption = (
        f"How well a linear model ({model}) reads the target off what each layer says; the first point is the input "
        f"itself. Line: {mean_of_seeds(report.n_seeds)} at step {report.step}"
    )
    caption += "; band: ± one standard deviation over them." if report.n_seeds > 1 else "."
    caption += f" Dotted: always guessing {'the most frequent class' if is_accuracy else 'the mean'}."
    if report.before is not None:
        caption += " Dashed: the same network before training."
    details = (
        f"Each probe is fitted on {report.n_fitted} training examples and scored on {report.n_scored} others, its "
        "inputs standardized, with an L2 penalty of 1."
    )
    best = int(np.nanargmax(mean))
    at_input, at_best = (f"{score:.1%}" if is_accuracy else f"{score:.2g}" for score in (mean[0], mean[best]))
    summary = (
        f"At step {report.step} a linear model reaches {at_input} on the input and {at_best} on "
        f"{report.layers[best]}, its best."
    )
    return FigureWords(QUESTION, caption, summary, report.run_id, report.n_seeds, SOURCE, details=details, **NAMED)
