"""Gradient noise, drawn: the norm test by layer, the agreement of successive gradients, the noise scale."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import plotly.graph_objects as go

from diagnostics.figures.colors import RUN_COLORS, THEORY, faded, layer_color
from diagnostics.figures.lines import MOST_LABELS, band, least_and_largest, line_end_labels, room_for
from diagnostics.figures.theme import BOTTOM, LEFT, FigureWords, Naming, axis, figure_of, log_axis, single
from diagnostics.gradient_noise import GradientNoiseReport, NoiseLine
from diagnostics.seed_spread import Floats
from diagnostics.settings_in_words import mean_of_seeds

NOT_RECORDED = "The gradients of single examples were not recorded in this run."
COUPLED = "Batch normalization mixes the examples of a mini-batch, so that the numbers are those of their parts in it."
NETWORK = "all layers"
COLORS = "Blue: all layers together; the others from the first (dark) to the last (light)."


def norm_test_figure(report: GradientNoiseReport, log_x: bool = True) -> go.Figure:
    """Return √(tr Σ̂/N)/‖g‖ of each layer over training."""
    question = "Is the gradient more signal or more noise?"
    named: Naming = {"title": "Noise of the gradient beside its size", "term": "norm test"}
    if not report.norm_test:
        return figure_of([], FigureWords(question, "", NOT_RECORDED, **named), kind="norm-test")
    caption = (
        "The standard error of the mini-batch's gradient divided by its length: below 1 the signal prevails, above 1 "
        f"updates are mostly noise, and a larger batch would help. {_seeds(report)} {COLORS}"
    )
    last = report.norm_test[0]
    summary = (
        f"At step {last.steps[-1]} the noise in the gradient of {report.batch_size} examples is "
        f"{last.spread.mean[-1]:.2g} times its length."
    )
    words = _words(report, question, caption, summary, "Byrd et al. 2012, equation 3.9", named)
    layout = {"xaxis": log_axis("step (updates)", log_x), "yaxis": log_axis("noise / length of the gradient", True)}
    return _figure(report.norm_test, report, words, layout, edge=1.0, kind="norm-test", log_y=True)


def agreement_figure(report: GradientNoiseReport, log_x: bool = True) -> go.Figure:
    """Return the cosine of the angle between successive gradients, of each layer over training."""
    question = "Do successive gradients agree?"
    named: Naming = {"title": "Cosine between successive gradients", "term": "cosine similarity"}
    lines = [line for line in report.agreement if np.isfinite(line.spread.mean).any()]
    if not lines:
        return figure_of([], FigureWords(question, "", NOT_RECORDED, **named), kind="agreement")
    caption = (
        "1: both point the same way; around 0: they are unrelated, as when noise prevails; below 0: each update takes "
        f"back part of the last one, as when the learning rate is large. {_seeds(report)} {COLORS}"
    )
    known = lines[0].spread.mean[np.isfinite(lines[0].spread.mean)]
    summary = f"Over all layers the cosine between successive gradients is {known[-1]:.2f} at the end."
    words = _words(report, question, caption, summary, "", named)
    layout = {"xaxis": log_axis("step (updates)", log_x), "yaxis": axis("cosine", range=[-1.05, 1.05])}
    return _figure(lines, report, words, layout, edge=0.0, kind="agreement", log_y=False)


def noise_scale_figure(report: GradientNoiseReport, log_x: bool = True) -> go.Figure:
    """Return the noise scale over training, beside the size of the mini-batch."""
    question = "How large a mini-batch would pay?"
    named: Naming = {"title": "Gradient noise scale", "term": "noise scale"}
    line = report.noise_scale
    if line is None or not np.isfinite(line.spread.mean).any():
        sentence = NOT_RECORDED if line is None else "The mini-batches are too small to tell signal from noise."
        return figure_of([], FigureWords(question, "", sentence, **named), kind="noise-scale")
    caption = (
        "Up to this many examples a larger mini-batch makes better updates almost in proportion; beyond it, more "
        "examples hardly change the gradient. It usually grows while the loss falls. Dashed: the mini-batch of this "
        f"run. {_seeds(report)}"
    )
    if not np.isfinite(line.spread.mean).all():
        caption += " Gaps: there the noise hides the gradient."
    known = line.spread.mean[np.isfinite(line.spread.mean)]
    summary = f"The noise scale ends at {known[-1]:.3g} examples; the mini-batch has {report.batch_size}."
    words = _words(report, question, caption, summary, "McCandlish et al. 2018, section 2.2", named)
    layout = {"xaxis": log_axis("step (updates)", log_x), "yaxis": log_axis("examples", True)}
    return _figure([line], report, words, layout, edge=report.batch_size, kind="noise-scale", log_y=True)


def _seeds(report: GradientNoiseReport) -> str:
    spread = "; band: ± one standard deviation of all layers together." if report.n_seeds > 1 else "."
    return f"Line: {mean_of_seeds(report.n_seeds)}{spread}"


def _words(
    report: GradientNoiseReport, question: str, caption: str, summary: str, source: str, named: Naming
) -> FigureWords:
    details = COUPLED if report.coupled else ""
    return FigureWords(question, caption, summary, report.run_id, report.n_seeds, source, details=details, **named)


def _figure(
    lines: Sequence[NoiseLine],
    report: GradientNoiseReport,
    words: FigureWords,
    layout: Mapping[str, object],
    *,
    edge: float,
    kind: str,
    log_y: bool,
) -> go.Figure:
    lines = [line for line in lines if line.name] + [line for line in lines if not line.name]  # the latter on top
    names = [line.name or NETWORK for line in lines]
    colors = [_color(line, report.n_layers) for line in lines]
    labelled = 1 < len(lines) <= MOST_LABELS
    traces: list[dict[str, object]] = []
    for line, name, color in zip(lines, names, colors, strict=True):
        if report.n_seeds > 1 and not line.name:  # the bands of several layers would hide one another
            traces += band(line.steps, _low(line, log_y), line.spread.high, name, faded(color))
        traces.append(
            {
                "type": "scatter",
                "mode": "lines",
                "x": single(line.steps),
                "y": single(line.spread.mean),
                "name": name,
                "legendgroup": name,
                "line": {"color": color, "width": 1.4 if line.name else 2.6},
                "showlegend": not labelled and len(lines) > 1,
            }
        )
    if labelled:
        traces += _labels(lines, names, colors, log_y)
    reference = {
        "type": "line",
        "xref": "paper",
        "x0": 0,
        "x1": 1,
        "y0": edge,
        "y1": edge,
        "line": {"color": THEORY, "width": 1.2, "dash": "dash"},
        "layer": "below",
    }
    right = room_for(names) if labelled else 16
    base = {"height": 300, "shapes": [reference], "margin": {"l": LEFT, "r": right, "t": 14, "b": BOTTOM}}
    return figure_of(traces, words, kind=kind, layout={**base, **layout})


def _color(line: NoiseLine, n_layers: int) -> str:
    return layer_color(line.depth, n_layers) if line.name else RUN_COLORS[0]


def _low(line: NoiseLine, log_y: bool) -> Floats:
    """A band that reaches zero has no end on a logarithmic axis: it is drawn down to a tenth of the mean at most."""
    low, mean = line.spread.low, line.spread.mean
    return np.asarray(np.maximum(low, mean / 10)) if log_y else low


def _labels(
    lines: Sequence[NoiseLine], names: Sequence[str], colors: Sequence[str], log_y: bool
) -> list[dict[str, object]]:
    """The names at the ends of the lines; distances are those of the axis."""
    with np.errstate(divide="ignore", invalid="ignore"):
        places = [np.log10(line.spread.mean) if log_y else line.spread.mean for line in lines]
        bands = [(_low(line, log_y), line.spread.high) for line in lines if not line.name]
        edges = [np.log10(edge) for both in bands for edge in both] if log_y else []
    ends = [float(place[-1]) for place in places]
    span = least_and_largest(*places, *edges) if log_y else (-1.0, 1.0)
    return line_end_labels(
        names, colors, float(lines[0].steps[-1]), ends, span=span, value=lambda y: float(10.0**y) if log_y else y
    )
