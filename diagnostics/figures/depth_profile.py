"""One number for each layer against depth, drawn: the band of the seeds, and dashed what theory expects."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import plotly.graph_objects as go

from diagnostics.depth_profile import DepthProfileReport
from diagnostics.figures.colors import RUN_COLORS, THEORY, faded, layer_color
from diagnostics.figures.frames import Frames
from diagnostics.figures.lines import band, least_and_largest, line_end_labels, room_for
from diagnostics.figures.theme import (
    BOTTOM,
    LOG_LEFT,
    FigureWords,
    Naming,
    Parts,
    axis,
    drawn,
    log_axis,
    parts_of,
    single,
)
from diagnostics.seed_spread import Floats
from diagnostics.settings_in_words import mean_of_seeds
from diagnostics.theory import MEAN_SINGULAR_VALUE, Method, TheoryReport

NAMES = {
    "pre_activation": "pre-activations",
    "activation": "activations",
    "gradient": "back-propagated gradients",
    "weight_gradient": "weight gradients",
}
QUESTIONS = {
    "pre_activation": "How strongly is every layer driven?",
    "activation": "Does the signal keep its strength on its way up?",
    "gradient": "Does the gradient keep its strength on its way down?",
    "weight_gradient": "Do all layers get a similar push?",
    MEAN_SINGULAR_VALUE: "Does each layer stretch or shrink what passes?",
}
TERMS = {
    "pre_activation": "pre-activation",
    "activation": "activation",
    "gradient": "back-propagated gradient",
    "weight_gradient": "weight gradient",
    MEAN_SINGULAR_VALUE: "singular value",
}
SOURCES = {
    "activation": "Glorot & Bengio 2010, figure 6",
    "gradient": "Glorot & Bengio 2010, figure 7",
    "weight_gradient": "Glorot & Bengio 2010, figure 8",
    MEAN_SINGULAR_VALUE: "Glorot & Bengio 2010, section 4.2.1",
}
SHORT: dict[Method, str] = {"mean_field": "mean field", "linear": "linear"}
IN_WORDS: dict[Method, str] = {
    "mean_field": "mean field: the average over all first weights, of layers so wide that chance averages out",
    "linear": "linear: each nonlinearity replaced by its tangent at 0",
}
DASHES: dict[Method, str] = {"mean_field": "dash", "linear": "dot"}
STROKES: dict[Method, str] = {"mean_field": "dashed", "linear": "dotted"}
MEASURED = "measured"
MANY_LAYERS, NAMED_LAYERS = 8, 5  # of more than the first, about the second are named
ROOM = 0.05  # of the axis, above and below what is drawn
LEAST_DECADES = 0.2
BEHIND = "behind "  # so a reason begins that is another layer's
DEPTH = "layer, from the first to the last"


def depth_profile_figure(report: DepthProfileReport, span: tuple[float, float] | None = None) -> go.Figure:
    """Return a line over the layers with the band of the seeds, and dashed each theory, on a logarithmic axis.

    `span`, of `shared_span`, is the part of the axis to show; what holds something at this step by default.
    """
    return drawn(_parts(report, span))


def depth_profile_frames(reports: Sequence[DepthProfileReport], **layout: object) -> Frames[Parts]:
    """Return the parts of one figure for each report, all with the same axis; `layout` as Plotly describes it."""
    span = shared_span(reports)

    def draw(number: int) -> Parts:
        parts = _parts(reports[number], span)
        parts["layout"].update(layout)
        return parts

    return Frames(len(reports), draw)


def _parts(report: DepthProfileReport, span: tuple[float, float] | None) -> Parts:
    named: Naming = {"title": _title(report.quantity), "term": TERMS[report.quantity]}
    question, kind = QUESTIONS[report.quantity], f"depth-{report.quantity}"
    if not np.any(report.mean > 0):
        sentence = "No layer is recorded for this quantity yet, or all numbers are zero."
        if len(report.mean) and not np.isfinite(report.mean).any():
            sentence = f"No number is finite at step {report.step}: choose an earlier step to see how it came to that."
        return parts_of([], FigureWords(question, "", sentence, **named), kind=kind)
    x = np.arange(1.0, len(report.layers) + 1)
    theory = [trace for one in report.theories for trace in theory_lines(one, report.quantity, report.layers)]
    labels = [SHORT[one.method] for one in report.theories if np.isfinite(_of(one, report)).any()]
    shown = span or shared_span([report])
    traces = [*_measured(report, x), *theory, *_labels(report, shown)]
    layout = {
        "xaxis": axis(DEPTH, **_named_layers(report.layers), range=[0.7, _label_place(report) + 0.25]),
        "yaxis": _y_axis(report, shown),
        "margin": {"l": LOG_LEFT, "r": room_for([MEASURED, *labels]), "t": 12, "b": BOTTOM},
        "showlegend": False,
    }
    words = FigureWords(
        question,
        _caption(report, bool(labels)),
        _summary(report),
        report.run_id,
        report.n_seeds,
        SOURCES.get(report.quantity, ""),
        details=_details(report),
        **named,
    )
    return parts_of(traces, words, kind=kind, layout=layout)


def _named_layers(layers: Sequence[str]) -> dict[str, list[float] | list[str]]:
    """Ticks with the names of all layers; of many, some at equal distances and the last, which can be read upright."""
    n, places = len(layers), list(range(len(layers)))
    if n > MANY_LAYERS:
        distance = -(-n // NAMED_LAYERS)
        places = [*range(0, n - 1 - distance // 2, distance), n - 1]
    return {"tickvals": [place + 1.0 for place in places], "ticktext": [layers[place] for place in places]}


def theory_lines(theory: TheoryReport, quantity: str, layers: Sequence[str]) -> list[dict[str, object]]:
    """Return the dashed line of a theory for a figure whose layers stand at 1, 2, …; none if it covers no layer."""
    values = _positive(theory.values(quantity, layers))
    if not np.isfinite(values).any():
        return []
    return [
        {
            "type": "scatter",
            "mode": "lines+markers",
            "x": single(np.arange(1.0, len(layers) + 1)),
            "y": single(values),
            "name": SHORT[theory.method],
            "legendgroup": SHORT[theory.method],
            "line": {"color": THEORY, "width": 1.5, "dash": DASHES[theory.method]},
            "marker": {"color": THEORY, "size": 4, "symbol": "circle-open"},
            "customdata": np.array([[name] for name in layers], dtype=object),
            "meta": {"columns": ["layer"]},
            "hovertemplate": f"{theory.name}<br>%{{customdata[0]}}: %{{y:.3~g}}<extra></extra>",
        }
    ]


def _title(quantity: str) -> str:
    if quantity == MEAN_SINGULAR_VALUE:
        return "Mean singular value of each layer's Jacobian"
    return f"{NAMES[quantity]} by depth".capitalize()


def _y_axis(report: DepthProfileReport, span: tuple[float, float]) -> dict[str, object]:
    """A logarithmic axis that is no narrower than `LEAST_DECADES`, so that a level line looks level."""
    title = "mean singular value" if report.quantity == MEAN_SINGULAR_VALUE else "standard deviation"
    room = max(ROOM * (span[1] - span[0]), (LEAST_DECADES - span[1] + span[0]) / 2)
    return log_axis(title, True, range=[span[0] - room, span[1] + room])


def _measured(report: DepthProfileReport, x: Floats) -> list[dict[str, object]]:
    n, color = len(report.layers), RUN_COLORS[0]
    edges = band(x, _lower_edge(report), report.high, MEASURED, faded(color)) if report.n_seeds > 1 else []
    line: dict[str, object] = {
        "type": "scatter",
        "mode": "lines+markers",
        "x": single(x),
        "y": single(_positive(report.mean)),
        "name": MEASURED,
        "legendgroup": MEASURED,
        "line": {"color": color, "width": 2},
        "marker": {"color": [layer_color(depth, n) for depth in range(n)], "size": 8},
        "customdata": np.array([[name] for name in report.layers], dtype=object),
        "meta": {"columns": ["layer"]},
        "hovertemplate": "%{customdata[0]}: %{y:.3~g}<extra></extra>",
    }
    return [*edges, line]


def _lower_edge(report: DepthProfileReport) -> Floats:
    """A band that reaches zero has no end on a logarithmic axis: it is drawn down to a tenth of the mean at most."""
    return _positive(np.maximum(report.low, report.mean / 10))


def _positive(values: Floats) -> Floats:
    return np.where(values > 0, values, np.nan)


def _of(theory: TheoryReport, report: DepthProfileReport) -> Floats:
    return _positive(theory.values(report.quantity, report.layers))


def shared_span(reports: Sequence[DepthProfileReport]) -> tuple[float, float]:
    """Return the least and the largest power of ten that is drawn in any of the figures of the reports."""
    lines = [line for report in reports for line in (report.mean, _lower_edge(report), report.high)]
    lines += [_of(one, report) for report in reports[:1] for one in report.theories]
    return least_and_largest(*(np.log10(_positive(line)) for line in lines))


def _labels(report: DepthProfileReport, span: tuple[float, float]) -> list[dict[str, object]]:
    """The names at the ends of the lines, in distances of a logarithmic axis."""
    named = [(MEASURED, RUN_COLORS[0], report.mean)]
    named += [(SHORT[one.method], THEORY, _of(one, report)) for one in report.theories]
    ends = [float(np.log10(_positive(line)[-1])) for _, _, line in named]
    names, line_colors = [name for name, _, _ in named], [color for _, color, _ in named]
    return line_end_labels(names, line_colors, _label_place(report), ends, span=span, value=lambda y: float(10.0**y))


def _label_place(report: DepthProfileReport) -> float:
    """Right of the last layer's marker, however many layers share the axis."""
    return len(report.layers) + max(0.05, 0.016 * len(report.layers))


def _caption(report: DepthProfileReport, has_theory: bool) -> str:
    reading = {
        "gradient": "Gradients run from right to left: a line that falls to the left is a vanishing gradient.",
        "weight_gradient": "A level line: all layers are pushed alike.",
        MEAN_SINGULAR_VALUE: "Below 1 a layer shrinks small differences on average, above 1 it stretches them.",
    }.get(report.quantity, "A line that falls to the right is a signal that dies out on its way up.")
    caption = f"{reading} Line: {mean_of_seeds(report.n_seeds)} at step {report.step}"
    caption += "; band: ± one standard deviation over them." if report.n_seeds > 1 else "."
    if has_theory:
        caption += f" Grey: what theory expects before the first update{_theories_in_words(report)}."
    return caption


def _theories_in_words(report: DepthProfileReport) -> str:
    """What the names beside the grey lines mean."""
    shown = [one.method for one in report.theories if np.isfinite(_of(one, report)).any()]
    return f" ({'; '.join(IN_WORDS[method] for method in shown)})"


def _details(report: DepthProfileReport) -> str:
    parts = [f"Measured at {report.n_examples} of the probe examples."] if report.n_examples else []
    said: set[str] = set()
    for theory in report.theories:
        reasons = {name: why for name, why in theory.reasons(report.quantity).items() if name in report.layers}
        if len(reasons) < len(report.layers):
            fresh = [sentence for sentence in theory.assumptions if sentence not in said]
            parts.append(_sentence(f"{theory.name} ({STROKES[theory.method]}): {'; '.join(fresh)}."))
            said |= set(fresh)
        if reasons:
            parts.append(_why_not(theory.name, reasons, report.layers))
    return " ".join(parts)


def _why_not(theory: str, reasons: Mapping[str, str], layers: Sequence[str]) -> str:
    """Return a sentence; layers behind an uncovered one share its reason."""
    by_reason: dict[str, list[str]] = {}
    for name, why in reasons.items():
        cause = why.split(": ", 1)[1] if why.startswith(BEHIND) and ": " in why else why
        by_reason.setdefault(cause, []).append(name)
    parts = [
        f"{'any layer' if len(names) == len(layers) else ', '.join(names)} ({why})" for why, names in by_reason.items()
    ]
    return _sentence(f"{theory} says nothing of {', '.join(parts)}.")


def _sentence(text: str) -> str:
    return text[0].upper() + text[1:]


def _summary(report: DepthProfileReport) -> str:
    """From the first to the last hidden layer, measured and expected."""
    last = max(len(report.layers) - 2, 0)
    what = "mean singular value" if report.quantity == MEAN_SINGULAR_VALUE else f"spread of {NAMES[report.quantity]}"
    first_name, last_name = report.layers[0], report.layers[last]
    summary = (
        f"At step {report.step} the {what} is {report.mean[0]:.2g} in {first_name} "
        f"and {report.mean[last]:.2g} in {last_name}"
    )
    for theory in report.theories:
        values = _of(theory, report)
        if np.isfinite(values[[0, last]]).all():
            summary += f"; {theory.name} expects {values[0]:.2g} and {values[last]:.2g}"
    return f"{summary}."
